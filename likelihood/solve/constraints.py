"""The inequalities that a direction of recession fulfils, in doubles and exactly (level 3).

A categorical likelihood does not fall along delta if in every row no class gains on an observed
one: ``(delta_y - delta_c) . x >= 0``, with equality where both y and c were observed at the same x.
Bernoulli and Poisson are the case of two classes: a count of zero is a row in which only
class 0 was seen, a positive count one in which both were.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats, Statistic
from likelihood.solve.rational import Exact, Exponents, grid, integers, rounded

Booleans = NDArray[np.bool_]
Signs = NDArray[np.int8]

#: Distinct rows evaluated in exact arithmetic at once, so that memory stays bounded.
BLOCK_ROWS = 4096
_UNIT = float(np.finfo(np.float64).eps) / 2.0
#: Above every error of underflow, for columns scaled to a largest entry between 1/2 and 1.
_UNDERFLOW = 1e-290


def presence(t: Statistic, classes: int | None) -> Booleans:
    """Return which classes were observed in each row (n, K); K is 2 for Bernoulli and Poisson.

    Examples
    --------
    >>> import numpy as np
    >>> presence(np.array([[0.0], [3.0]]), None)
    array([[ True, False],
           [ True,  True]])
    >>> presence(np.array([[0.0], [1.0], [0.5]]), 2)
    array([[ True, False],
           [False,  True],
           [ True,  True]])
    """
    if classes is None:
        positive = t.reshape(-1) > 0
        return np.column_stack([np.ones_like(positive), positive])
    if t.ndim == 1 and t.dtype.kind in "iu":
        return np.asarray(t[:, None] == np.arange(classes))
    if t.ndim == 1 or t.shape[1] == 1:
        share = t.reshape(-1)
        return np.column_stack([share < 1, share > 0])
    return np.asarray(t > 0)


@dataclass(frozen=True)
class Constraints:
    """Constraints of distinct rows on a direction, each with its exact integers.

    Coordinates: ``delta`` of the caller's columns; *integer* coordinates, in which column j is
    ``(x - shift) / 2**exponent`` and the constant column is 1; *working* coordinates, in which
    the columns are those over a power of two, as doubles that are off by one rounding each.

    Attributes
    ----------
    X : (u, p) array
        The distinct rows with weight, in working coordinates.
    original : (u, p) array
        The same rows as given, but for the constant column, which is 1.
    base : (u,) array of int
        An observed class of each row.
    open : (u, K) array of bool
        Pairs (row, class c) with the inequality ``(delta_base - delta_c) . x >= 0``.
    tied : (u, K) array of bool
        Pairs that must be equal, since both classes were observed.
    index : (n,) array of int
        The distinct row of each given row, -1 where its weight is zero.
    constant, value : int or None, float
        The constant column, if there is one, and what it holds.
    shift, exponent, scale : (p,) arrays
        Column j in integer coordinates is ``(x - shift) / 2**exponent``, in working ones
        ``(x - shift) / 2**scale``.
    """

    X: Floats
    original: Floats
    base: NDArray[np.intp]
    open: Booleans
    tied: Booleans
    index: NDArray[np.intp]
    constant: int | None
    value: float
    shift: Floats
    exponent: Exponents
    scale: Exponents

    @property
    def free(self) -> int:
        """Free logits: classes less one."""
        return int(self.open.shape[1]) - 1

    @property
    def weights(self) -> Exponents:
        """Powers of two (d,) that take integer coordinates to working ones."""
        return np.tile(self.scale - self.exponent, self.free)

    @property
    def order(self) -> NDArray[np.intp]:
        """Coordinates (d,): those of the constant first, then column by column."""
        columns = np.arange(self.X.shape[1])
        if self.constant is not None:
            columns = np.append(self.constant, np.delete(columns, self.constant))
        each = np.arange(self.free) * self.X.shape[1]
        return np.asarray((columns[:, None] + each[None, :]).ravel())

    def scores(self, B: Floats) -> Floats:
        """Return the rows' linear predictors (u, K), the pinned class 0 included."""
        return np.hstack([np.zeros((len(self.X), 1)), self.X @ B.T])

    def margins(self, B: Floats) -> Floats:
        """Return ``(delta_base - delta_c) . x`` (u, K) of working coordinates B, in doubles."""
        scores = self.scores(B)
        return np.asarray(scores[np.arange(len(scores)), self.base][:, None] - scores)

    def signs(self, direction: Exact, among: Booleans) -> Signs:
        """Return the exact sign of each pair's margin (u, K); 0 outside ``among``.

        Parameters
        ----------
        direction : (d,) array of int
            In integer coordinates.
        """
        B = rounded(direction, self.weights).reshape(self.free, -1)
        margins, sizes = self.margins(B), np.abs(self.X) @ np.abs(B).T
        sizes = np.hstack([np.zeros((len(sizes), 1)), sizes])
        # Each product has three rounded factors' errors, a sum of p at most p more (Higham
        # 2002, section 3.1), the difference one; doubled, since the sizes are rounded too.
        error = 2.0 * (len(B[0]) + 8) * _UNIT
        bound = error * (sizes + sizes[np.arange(len(sizes)), self.base][:, None]) + _UNDERFLOW
        signs = np.where(among, np.sign(margins), 0).astype(np.int8)
        doubtful = np.flatnonzero((among & (np.abs(margins) <= bound)).any(axis=1))
        for rows in _blocks(doubtful):
            exact = self.exact(rows) @ direction.reshape(self.free, -1).T
            scores = np.hstack([np.zeros((len(rows), 1), dtype=object), exact])
            difference = scores[np.arange(len(rows)), self.base[rows]][:, None] - scores
            sign = (difference > 0).astype(np.int8) - (difference < 0).astype(np.int8)
            signs[rows] = np.where(among[rows], sign, 0)
        return signs

    def exact(self, rows: NDArray[np.intp]) -> Exact:
        """Return distinct rows (len(rows), p) in integer coordinates."""
        whole = integers(self.original[rows], self.exponent)
        return np.asarray(whole - self._anchor()[None, :], dtype=object)

    def _anchor(self) -> Exact:
        """Return what is taken off each column, in integer coordinates."""
        return np.asarray(integers(self.shift[None, :], self.exponent)[0], dtype=object)

    def forms(self, pairs: NDArray[np.intp]) -> Exact:
        """Return the linear forms (len(pairs), d) of pairs (row, class), integer coordinates."""
        rows = self.exact(pairs[:, 0])
        forms = np.zeros((len(pairs), self.free + 1, rows.shape[1]), dtype=object)
        each = np.arange(len(pairs))
        forms[each, self.base[pairs[:, 0]]] = rows
        forms[each, pairs[:, 1]] = -rows
        return forms[:, 1:].reshape(len(pairs), len(self.weights))

    def total(self, among: Booleans) -> Exact:
        """Return the sum (d,) of the forms of many pairs, integer coordinates."""
        counts = -among.astype(np.int64)
        counts[np.arange(len(counts)), self.base] += among.sum(axis=1)
        total = np.zeros((self.free, self.X.shape[1]), dtype=object)
        for rows in _blocks(np.flatnonzero(among.any(axis=1))):
            total = total + counts[rows, 1:].astype(object).T @ self.exact(rows)
        return np.asarray(total.reshape(-1), dtype=object)

    def functional(self, k: int, j: int) -> Exact:
        """Return the form (d,) whose sign is that of the caller's coefficient (k, j)."""
        form = np.zeros((self.free, self.X.shape[1]), dtype=object)
        form[k, j] = 1
        if j == self.constant:
            form[k] -= self._anchor()
            form[k] *= 1 if self.value > 0 else -1
        return np.asarray(form.reshape(-1), dtype=object)

    def fractions(self, direction: Exact) -> Exact:
        """Return an integer direction (d,) in the caller's coordinates (free, p), as fractions."""
        delta = direction.reshape(self.free, -1)
        result: Exact = delta * np.array([Fraction(2) ** -int(e) for e in self.exponent])
        if self.constant is not None:
            intercept = delta[:, self.constant] - delta @ self._anchor()
            result[:, self.constant] = intercept / Fraction(self.value)
        return result

    def coordinates(self, delta: Exact) -> Exact:
        """Return a direction (free, p) of fractions in integers (d,), up to a positive factor."""
        result = delta * np.array([Fraction(2) ** int(e) for e in self.exponent])
        if self.constant is not None:
            result[:, self.constant] = delta[:, self.constant] * Fraction(self.value)
            result[:, self.constant] = result[:, self.constant] + result @ self._anchor()
        common = math.lcm(*(v.denominator for v in result.flat))
        return np.array([int(v * common) for v in result.flat], dtype=object)


def constraints(X: Floats, t: Statistic, weights: Floats, classes: int | None) -> Constraints:
    """Return the constraints of the rows with weight, repeated rows taken once.

    Parameters
    ----------
    X : (n, p) array, finite
    t : (n,) array of int, or (n, 1) or (n, K) array
        Classes, or (mean) statistics of the rows; counts for Poisson.
    weights : (n,) array
    classes : int or None
        How many classes; None for Poisson.
    """
    used = np.flatnonzero(np.asarray(weights) > 0)
    seen = presence(t, classes)[used]
    # Sorted, so that nothing below depends on the order of the rows.
    order = np.lexsort(X[used].T[::-1])
    rows = X[used][order]
    first = np.append(True, (rows[1:] != rows[:-1]).any(axis=1)) if len(rows) else np.zeros(0, bool)
    group = np.cumsum(first) - 1
    original = rows[first] + 0.0
    together = np.zeros((len(original), seen.shape[1]), dtype=np.int64)
    np.add.at(together, group, seen[order])
    present = together > 0
    index = np.full(len(X), -1)
    index[used[order]] = group
    base = np.argmax(present, axis=1)
    tied = present.copy()
    tied[np.arange(len(base)), base] = False
    steady = np.flatnonzero((original == original[:1]).all(axis=0) & (original != 0).all(axis=0))
    constant, value = (
        (int(steady[0]), float(original[0, steady[0]])) if len(steady) else (None, 1.0)
    )
    shift = np.zeros(original.shape[1])
    if constant is not None:
        # An entry of the column itself, so that the differences stay on its grid of doubles;
        # a middle one, so that an offset of the column is taken off whole.
        middle = len(original) // 2
        shift = np.partition(original, middle, axis=0)[middle]
        original[:, constant], shift[constant] = 1.0, 0.0
    _, size = np.frexp(np.abs(original).max(axis=0, initial=0.0))
    centred = np.ldexp(original, -size) - np.ldexp(shift, -size)
    _, spread = np.frexp(np.abs(centred).max(axis=0, initial=0.0))
    return Constraints(
        X=np.ldexp(centred, -spread), original=original, base=base, open=~present, tied=tied,
        index=index, constant=constant, value=value, shift=shift, exponent=grid(original),
        scale=(size + spread).astype(np.int64),
    )  # fmt: skip


def _blocks(rows: NDArray[np.intp]) -> Iterator[NDArray[np.intp]]:
    for first in range(0, len(rows), BLOCK_ROWS):
        yield rows[first : first + BLOCK_ROWS]
