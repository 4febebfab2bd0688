"""Fused passes over the rows of a tall design: gradient, Hessian and value in blocks (level 3).

A block is as large as a core's cache, so that its columns are read from memory once, whatever is
computed from them; blocks are shared among threads, with BLAS held to one thread inside.  The
intercept is not a copied column, and the columns are not copied to centre and scale them.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from likelihood.family import ExponentialFamily, Floats, Statistic

#: Numbers of X in a block, 2 MiB: its two uses find it in the second-level cache.
BLOCK = 2**18
#: Columns farther from zero than this many spreads are centred block by block.  Up to it the
#: cancellation of centring afterwards costs the Hessian four digits of sixteen.
FAR = 64.0


class Sums(NamedTuple):
    """What one pass brings back, k coordinates and d coefficients.

    Attributes
    ----------
    gradient : (k d,) array
    hessian : (k d, k d) array or None
    value : float
        The negative log-likelihood without ``log_base``; NaN if it was not asked for.
    least : float
        The least weight times probability of what was not observed; infinity if not asked for.
    """

    gradient: Floats
    hessian: Floats | None
    value: float
    least: float


@dataclass(frozen=True, eq=False)
class Passes:
    """The rows of a regression, to be passed over.

    Coefficients are those of centred and scaled columns, ``(X - centre) 2**-exponents``, the
    intercept first (k, d); without an intercept the centre is zero.

    Attributes
    ----------
    family : type of ExponentialFamily
    X : (n, p) array
        In rows or in columns; single precision is widened block by block.
    t : (n, k) floats or (n,) integers
    weights : (n,) array or None
        None for ones.
    offset : (n, k) array or None
    centre : (p,) array
    exponents : (p,) array of int
    intercept : bool
    free : int
        k, the free coordinates of eta.
    threads : int
    """

    family: type[ExponentialFamily]
    X: Any
    t: Statistic
    weights: Floats | None
    offset: Floats | None
    centre: Floats
    exponents: Any
    intercept: bool
    free: int
    threads: int = 1

    @cached_property
    def far(self) -> bool:
        """Whether a column is so far from zero that it has to be centred first."""
        spread = np.ldexp(1.0, self.exponents)
        return bool((np.abs(self.centre) > FAR * spread).any())

    def every(self, step: int) -> Passes:
        """Return the passes over every so-manieth row, copied to be contiguous."""
        rows = slice(None, None, step)
        return Passes(
            self.family, self.X[rows].copy("K"), self.t[rows].copy(),
            None if self.weights is None else self.weights[rows].copy(),
            None if self.offset is None else self.offset[rows].copy(),
            self.centre, self.exponents, self.intercept, self.free,
        )  # fmt: skip

    def sums(self, theta: Floats, order: int, *, value: bool | None = None) -> Sums:
        """Return gradient, and from order 2 the Hessian, summed over all rows.

        Parameters
        ----------
        theta : (k d,) array
        order : {1, 2}
        value : bool, optional
            Whether to compute the value, too; from order 2 where not given.
        """
        n, p = self.X.shape
        slopes = np.ldexp(theta.reshape(self.free, -1)[:, int(self.intercept) :], -self.exponents)
        first = theta.reshape(self.free, -1)[:, 0] if self.intercept else np.zeros(self.free)
        if not self.far:
            first = first - slopes @ self.centre
        rows = max(BLOCK // max(p, 1), 256)
        blocks = [slice(a, min(a + rows, n)) for a in range(0, n, rows)]
        asked = order > 1 if value is None else value
        gradient, hessian = np.zeros((self.free, p + 1)), None
        total, least = 0.0 if asked else np.nan, np.inf
        # In their order, whichever is ready first: the sum does not depend on the threads.
        for part in self._map(lambda b: self._block(b, first, slopes, order, asked), blocks):
            gradient += part.gradient
            if part.hessian is not None:
                hessian = (
                    part.hessian if hessian is None else np.add(hessian, part.hessian, out=hessian)
                )
            total += part.value
            least = min(least, part.least)
        return Sums(*self._centred(gradient, hessian), total, least)

    def _map(self, work: Callable[[slice], Sums], blocks: list[slice]) -> Iterator[Sums]:
        if self.threads == 1 or len(blocks) < 2 * self.threads:
            yield from map(work, blocks)
            return
        with _one_blas_thread(), ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(work, blocks)

    def _block(self, rows: slice, first: Floats, slopes: Floats, order: int, asked: bool) -> Sums:
        X = self.X[rows]
        if self.far:
            X = X - self.centre
        elif X.dtype != np.float64:
            X = X.astype(np.float64)
        t = self.t[rows]
        eta = slopes @ X.T
        eta += first[:, None]
        if self.offset is not None:
            eta += self.offset[rows].T
        weights = None if self.weights is None else self.weights[rows]
        value, least = np.nan, np.inf
        if asked:
            value, least = self.family.pass_value(eta, t, weights)
        residual, variance = self.family.pass_moments(eta, t, order)
        if weights is not None:
            residual *= weights
        k, p = slopes.shape
        gradient = np.empty((k, p + 1))
        gradient[:, 0] = residual.sum(axis=1)
        gradient[:, 1:] = residual @ X
        if order < 2:
            return Sums(gradient, None, value, least)
        if variance is None:
            return Sums(gradient, _gram(X, weights), value, least)
        if weights is not None:
            variance *= weights
        return Sums(gradient, _hessian(X, variance, k), value, least)

    def _centred(self, gradient: Floats, hessian: Floats | None) -> tuple[Floats, Floats | None]:
        """Return derivatives in the coefficients of the centred and scaled columns."""
        k, q = gradient.shape
        # eta = first + slopes x: the chain rule of slopes = 2**-e b, first = a - centre slopes.
        change = np.diag(np.append(1.0, np.ldexp(1.0, -self.exponents)))
        if self.intercept and not self.far:
            change[0, 1:] = -np.ldexp(self.centre, -self.exponents)
        if not self.intercept:
            change = change[:, 1:]
        gradient = (gradient @ change).ravel()
        if hessian is None:
            return gradient, None
        blocks = hessian.reshape(k, q, k, q).transpose(0, 2, 1, 3)
        moved = change.T @ blocks @ change
        return gradient, moved.transpose(0, 2, 1, 3).reshape(gradient.size, gradient.size)


def _gram(X: Floats, weights: Floats | None) -> Floats:
    """Return the sum over rows of ``w (1, x)(1, x)'``, shape (q, q)."""
    if weights is not None:
        weighted: Floats = _by_pairs(X, weights[None, :], 1)[0]
        return weighted
    gram = np.empty((X.shape[1] + 1,) * 2)
    gram[0, 0] = len(X)
    gram[0, 1:] = gram[1:, 0] = X.sum(axis=0)
    gram[1:, 1:] = X.T @ X
    return gram


def _hessian(X: Floats, variance: Floats, k: int) -> Floats:
    """Return the sum over rows of ``variance (x) (1, x)(1, x)'``, shape (k q, k q).

    Parameters
    ----------
    variance : (k (k + 1) / 2, m) array
        The lower triangle of the variance of each row, row by row.
    """
    q = X.shape[1] + 1
    # One product of all weights with all products of columns, where the weights are many enough
    # to pay for forming these; else one for each pair of coordinates.
    blocks = _by_products(X, variance) if 3 * len(variance) > q else _by_pairs(X, variance, k)
    gram = np.empty((k, q, k, q))
    pair = 0
    for a in range(k):
        for b in range(a + 1):
            gram[a, :, b], gram[b, :, a] = blocks[pair], blocks[pair]
            pair += 1
    return gram.reshape(k * q, k * q)


def _by_pairs(X: Floats, variance: Floats, k: int) -> Floats:
    """Return ``sum w (1, x)(1, x)'`` for each row w of the variance, one after the other."""
    q = X.shape[1] + 1
    blocks = np.empty((len(variance), q, q))
    diagonal = {a * (a + 3) // 2 for a in range(k)}
    for pair, weights in enumerate(variance):
        block = blocks[pair]
        block[0, 0] = weights.sum()
        block[0, 1:] = block[1:, 0] = weights @ X
        if pair in diagonal:
            half = X * np.sqrt(weights)[:, None]
            block[1:, 1:] = half.T @ half
        else:
            block[1:, 1:] = X.T @ (X * weights[:, None])
    return blocks


def _by_products(X: Floats, variance: Floats) -> Floats:
    """Return the same by one product of the weights with the products of columns."""
    m, q = len(X), X.shape[1] + 1
    products = q * (q + 1) // 2
    rows = max(BLOCK // products, 64)
    formed, columns = np.empty((products, rows)), np.ones((q, rows))
    sums = np.zeros((len(variance), products))
    for start in range(0, m, rows):
        count = min(rows, m - start)
        columns[1:, :count] = X[start : start + count].T
        place = 0
        for j in range(q):
            np.multiply(
                columns[j, :count], columns[j:, :count], out=formed[place : place + q - j, :count]
            )
            place += q - j
        sums += variance[:, start : start + count] @ formed[:, :count].T
    blocks = np.empty((len(variance), q, q))
    upper = np.triu_indices(q)
    blocks[:, upper[0], upper[1]] = sums
    blocks[:, upper[1], upper[0]] = sums
    return blocks


def processors() -> int:
    """Return the number of processors this process may use.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@cache
def _blas() -> Any:
    """Return the controller of the BLAS libraries in this process; finding them takes a while."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def _one_blas_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread while blocks are shared among ours."""
    limited: AbstractContextManager[Any] = _blas().limit(limits=1)
    return limited
