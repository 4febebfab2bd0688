"""Passes over rows that each belong to a group with a coefficient of its own (level 3).

The predictor is ``eta = effect of the group + columns b``.  Rows are kept in the order of their
groups, so that sums over groups are sums over runs, and the columns are centred within each
group, so that effects and slopes hardly share information.  The Hessian has a block for each
group, a dense one for the slopes, and a border between them: it is never written out.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, NamedTuple, TypeVar

import numpy as np

from likelihood.family import ExponentialFamily, Floats, Integers, Statistic
from likelihood.solve.passes import BLOCK, one_blas_thread

_Result = TypeVar("_Result")

#: The fewest rows of a block, so that the calls do not take longer than the rows.
_LEAST_ROWS = 1024
#: The least pivot of a matrix with a unit diagonal that is surely regular.
PIVOT = 1e-9


class GroupedSums(NamedTuple):
    """What one pass brings back: k coordinates, g groups, q slopes of each coordinate.

    Attributes
    ----------
    effects : (g, k) array
        The gradient in the groups' effects.
    slopes : (k q,) array
        The gradient in the slopes.
    blocks : (g, k, k) array
        The Hessian in a group's effects.
    border : (g, k, k q) array
        Between the effects and the slopes.
    dense : (k q, k q) array
        In the slopes.
    value : float
        The negative log-likelihood without ``log_base``; NaN if it was not asked for.
    """

    effects: Floats
    slopes: Floats
    blocks: Floats
    border: Floats
    dense: Floats
    value: float


class Step(NamedTuple):
    """A Newton step with what the Hessian says of its length.

    Attributes
    ----------
    effects : (g, k) array
    slopes : (k q,) array
    gain : float
        The square of the distance to the maximum in standard errors.
    """

    effects: Floats
    slopes: Floats
    gain: float


@dataclass(frozen=True, eq=False)
class GroupedPasses:
    """The rows of a regression in the order of their groups.

    Attributes
    ----------
    family : type of ExponentialFamily
    columns : (q, n) array
        Scaled by powers of two, and centred within each group that has an effect of its own.
    centre : (q, g) array
        What was taken off, in the same units.
    exponents : (q,) array of int
    t : (n, k) floats or (n,) integers
    weights : (n,) array or None
        None for ones.
    offset : (k, n) array or None
    starts : (g + 1,) array of int
        Where each group begins, and where the last one ends.
    fixed : bool
        Whether the effect of the first group is held at zero.
    free : int
    threads : int
    """

    family: type[ExponentialFamily]
    columns: Floats
    centre: Floats
    exponents: Any
    t: Statistic
    weights: Floats | None
    offset: Floats | None
    starts: Integers
    fixed: bool
    free: int
    threads: int = 1

    def value(self, effects: Floats, slopes: Floats) -> tuple[float, float]:
        """Return the negative log-likelihood without ``log_base``, and what tells an overlap.

        That is the least weight times probability of what was not observed in a row.

        Parameters
        ----------
        effects : (g, k) array
        slopes : (k q,) array
        """
        B = slopes.reshape(self.free, -1)
        value, least = 0.0, math.inf
        for part, lowest in self._map(lambda rows: self._value(rows, effects, B)):
            value += part
            least = min(least, lowest)
        return value, least

    def sums(self, effects: Floats, slopes: Floats, *, value: bool = False) -> GroupedSums:
        """Return gradient and Hessian, and the value if asked for, summed over all rows.

        Parameters
        ----------
        effects : (g, k) array
        slopes : (k q,) array
        value : bool
        """
        q, (g, k) = len(self.columns), effects.shape
        gradient, along = np.zeros((k, g)), np.zeros((k, q))
        blocks, border = np.zeros((k, k, g)), np.zeros((k, k, q, g))
        dense = np.zeros((k, k, q, q))
        total = 0.0
        B = slopes.reshape(k, q)
        for here, part in self._map(lambda rows: self._part(rows, effects, B, value)):
            gradient[:, here] += part.effects
            along += part.slopes
            blocks[:, :, here] += part.blocks
            border[:, :, :, here] += part.border
            dense += part.dense
            total += part.value
        return GroupedSums(
            np.ascontiguousarray(gradient.T), along.ravel(),
            np.ascontiguousarray(blocks.transpose(2, 0, 1)),
            np.ascontiguousarray(border.transpose(3, 0, 1, 2)).reshape(g, k, k * q),
            dense.transpose(0, 2, 1, 3).reshape(k * q, k * q), total,
        )  # fmt: skip

    def _map(self, work: Callable[[slice], _Result]) -> Iterator[_Result]:
        """Yield what is found in blocks of rows, in their order whichever is ready first."""
        q, n = self.columns.shape
        size = max(BLOCK // (2 * (q + self.free)), _LEAST_ROWS)
        parts = [slice(a, min(a + size, n)) for a in range(0, n, size)]
        if self.threads == 1 or len(parts) < 2 * self.threads:
            yield from map(work, parts)
            return
        with one_blas_thread(), ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(work, parts)

    def _groups(self, rows: slice) -> tuple[slice, Integers]:
        """Return the groups that rows belong to, and where these begin and end among them."""
        first = int(np.searchsorted(self.starts, rows.start, side="right")) - 1
        last = int(np.searchsorted(self.starts, rows.stop, side="left"))
        edges = np.clip(self.starts[first : last + 1], rows.start, rows.stop) - rows.start
        return slice(first, last), edges

    def _eta(self, rows: slice, effects: Floats, B: Floats) -> Floats:
        """Return the linear predictor (k, m) of some rows."""
        here, edges = self._groups(rows)
        eta = np.repeat(effects[here].T, np.diff(edges), axis=1)
        eta += B @ self.columns[:, rows]
        if self.offset is not None:
            eta += self.offset[:, rows]
        return eta

    def _value(self, rows: slice, effects: Floats, B: Floats) -> tuple[float, float]:
        weights = None if self.weights is None else self.weights[rows]
        return self.family.pass_value(self._eta(rows, effects, B), self.t[rows], weights)

    def _part(
        self, rows: slice, effects: Floats, B: Floats, asked: bool
    ) -> tuple[slice, GroupedSums]:
        """Return the sums over some rows, and the groups that these belong to."""
        here, edges = self._groups(rows)
        runs = edges[:-1]
        columns, t = self.columns[:, rows], self.t[rows]
        weights = None if self.weights is None else self.weights[rows]
        eta = self._eta(rows, effects, B)
        value = self.family.pass_value(eta, t, weights)[0] if asked else math.nan
        residual, variance = self.family.pass_moments(eta, t, 2)
        if weights is not None:
            residual *= weights
        k, (q, m) = len(B), columns.shape
        if variance is None:
            variance = np.ones((1, m)) if weights is None else weights[None, :]
        elif weights is not None:
            variance *= weights
        blocks = np.empty((k, k, len(runs)))
        border = np.empty((k, k, q, len(runs)))
        dense = np.empty((k, k, q, q))
        summed = np.add.reduceat(variance, runs, axis=1)
        weighted = np.empty((q, m))
        pair = 0
        for a in range(k):
            for b in range(a + 1):
                np.multiply(columns, variance[pair], out=weighted)
                blocks[a, b] = blocks[b, a] = summed[pair]
                border[a, b] = border[b, a] = np.add.reduceat(weighted, runs, axis=1)
                dense[a, b] = dense[b, a] = weighted @ columns.T
                pair += 1
        return here, GroupedSums(
            np.add.reduceat(residual, runs, axis=1), residual @ columns.T, blocks, border, dense,
            value,
        )  # fmt: skip


@dataclass(frozen=True, eq=False)
class GroupedInverse:
    """The inverse of a Hessian in effects and slopes, by the Schur complement of the effects.

    Attributes
    ----------
    blocks : (g, k, k) array
        The inverses of the groups' blocks; zero for an effect that is held.
    carried : (g, k, k q) array
        These times the border: how the effects follow the slopes.
    root : (k q, k q) array
        R with ``R R'`` the covariance of the slopes.
    condition : float
        Of the columns within the groups, weighted and brought to one length.
    """

    blocks: Floats
    carried: Floats
    root: Floats
    condition: float

    def step(self, sums: GroupedSums) -> Step:
        """Return the Newton step from where a gradient was taken."""
        alone = np.einsum("gab,gb->ga", self.blocks, sums.effects)
        left = sums.slopes - np.einsum("gaj,ga->j", self.carried, sums.effects)
        half = self.root.T @ left
        slopes = -self.root @ half
        effects = -alone - self.carried @ slopes
        gain = float(np.vdot(sums.effects, alone) + half @ half)
        return Step(effects, slopes, gain)


def inverted(sums: GroupedSums, fixed: bool) -> GroupedInverse | None:
    """Return the inverse of a Hessian, None where it may be singular."""
    inverse = _inverse_blocks(sums.blocks[int(fixed) :])
    if inverse is None or not np.isfinite(sums.dense).all():
        return None
    if fixed:
        inverse = np.concatenate([np.zeros((1, *inverse.shape[1:])), inverse])
    carried = inverse @ sums.border
    q = len(sums.dense)
    if not q:
        return GroupedInverse(inverse, carried, np.zeros((0, 0)), 1.0)
    complement = sums.dense - np.einsum("gaj,gal->jl", sums.border, carried)
    # What the effects leave of a column, and the other columns of that, beside all of it.
    size = np.sqrt(np.maximum(np.diag(sums.dense), 0.0))
    if not size.all():
        return None
    scaled = complement / size[:, None] / size
    try:
        factor = np.linalg.cholesky(scaled)
    except np.linalg.LinAlgError:
        return None
    if not (np.diag(factor) ** 2).min() > PIVOT:
        return None
    root = np.linalg.inv(factor).T / size[:, None]
    own = np.sqrt(np.diag(complement))
    condition = math.sqrt(float(np.linalg.cond(complement / own[:, None] / own)))
    return GroupedInverse(inverse, carried, root, condition)


def _inverse_blocks(blocks: Floats) -> Floats | None:
    """Return the inverses (g, k, k) of small blocks, None where one may be singular."""
    diagonal = np.einsum("gaa->ga", blocks)
    if not (np.isfinite(blocks).all() and (diagonal > 0).all()):
        return None
    if blocks.shape[1] == 1:
        return np.asarray(1.0 / blocks)
    size = np.sqrt(diagonal)
    outer = size[:, :, None] * size[:, None, :]
    try:
        factor = np.linalg.cholesky(blocks / outer)
    except np.linalg.LinAlgError:
        return None
    if not (np.einsum("gaa->ga", factor) ** 2).min() > PIVOT:
        return None
    half = np.linalg.inv(factor)
    return np.asarray(half.transpose(0, 2, 1) @ half / outer)
