"""Columns and responses centred and scaled by powers of two, without rounding (level 3)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.kernels.arithmetic import exponent_of_largest, sum_parts, two_product, two_sum
from likelihood.kernels.extended import Pair, add

#: Numbers in a block of rows: its temporaries stay in a core's cache.
BLOCK = 2**15
#: Numbers in a block that BLAS works on, 2 MiB: with smaller ones its calls take longer.
WIDE_BLOCK = 2**18
#: Columns beyond these exponents are brought near 1 before anything is done with them.
_FAR = 400

Integers: TypeAlias = NDArray[np.int64]


@dataclass(frozen=True)
class Design:
    """Columns ``(2**-far X - centre) 2**-near``, after a column of ones if there is a constant.

    Attributes
    ----------
    X, low : (n, p) array
        Rows with weight, and what their entries lost to rounding (or None).
    weights : (n,) array or None
        Divided by ``2**weight_exponent``, which is even.
    position : int or None
        The column of X in whose place the ones stand; None for an intercept, which is before
        the columns of X, or where there is no constant.
    constant : float or None
        Its value: 1 for an intercept.
    taken : (q,) array of int
        The other columns of X.
    far, near, centre : (q,) array
        Their exponents and centres.
    """

    X: Floats
    low: Floats | None
    weights: Floats | None
    weight_exponent: int
    position: int | None
    constant: float | None
    taken: Integers
    far: Integers
    near: Integers
    centre: Floats

    @property
    def width(self) -> int:
        """Number of coefficients."""
        return len(self.taken) + (self.constant is not None)

    @property
    def total(self) -> float:
        """Sum of the scaled weights."""
        return float(len(self.X) if self.weights is None else self.weights.sum())

    @property
    def added(self) -> bool:
        """Whether the constant is an intercept, not a column of X."""
        return self.constant is not None and self.position is None

    @property
    def shift(self) -> Floats:
        """How far each column was moved, in its scaled units."""
        return np.asarray(np.ldexp(self.centre, -self.near))

    def blocks(self) -> Iterator[tuple[slice, Floats, Floats | None, Floats | None]]:
        """Yield rows, high and low parts of the columns (width, rows), and weights."""
        for rows in slices(len(self.X), self.width):
            high, low = self._columns(self.X[rows], None if self.low is None else self.low[rows])
            yield rows, high, low, None if self.weights is None else self.weights[rows]

    def plain(self) -> Iterator[tuple[slice, Floats, Floats | None]]:
        """Yield rows, ``2**-far X - centre`` rounded (rows, q) in a new array, and weights."""
        every = len(self.taken) == self.X.shape[1]
        for rows in slices(len(self.X), self.width, WIDE_BLOCK):
            x = self.X[rows] if every else self.X[rows][:, self.taken]
            if self.far.any():
                x = np.ldexp(x, -self.far)
            yield rows, x - self.centre, None if self.weights is None else self.weights[rows]

    def _columns(self, X: Floats, X_low: Floats | None) -> tuple[Floats, Floats | None]:
        """Return some rows of the design, transposed, in high and low parts."""
        x = X.T[self.taken]
        rest = None if X_low is None else X_low.T[self.taken]
        if self.far.any():
            x = np.ldexp(x, -self.far[:, None])
            rest = None if rest is None else np.ldexp(rest, -self.far[:, None])
        scale = np.ldexp(1.0, -self.near)[:, None]
        high, low = two_sum(x, -self.centre[:, None])
        if rest is not None:
            high, low = two_sum(high, low + rest)
        high, low = high * scale, low * scale
        if self.constant is not None:
            high = np.vstack([np.ones((1, high.shape[1])), high])
            low = np.vstack([np.zeros((1, low.shape[1])), low])
        return high, (low if low.any() else None)

    @property
    def place(self) -> int:
        """Where the constant is among the coefficients."""
        return self.position or 0

    @property
    def units(self) -> Integers:
        """Exponents that bring :meth:`uncentred` coefficients to the columns as given."""
        exponents = -(self.far + self.near)
        if self.constant is None:
            return exponents
        return np.insert(exponents, self.place, 0)

    def uncentred(self, x: Pair) -> Pair:
        """Return coefficients of the scaled columns before centring, the intercept first.

        ``x`` are those of the design, in two parts; a second axis holds several of them.
        """
        if self.constant is None:
            return x
        shift = self.shift[(slice(None), *(None,) * (x[0].ndim - 1))]
        product, error = two_product(shift, x[0][1:])
        moved = sum_parts(product, error + shift * x[1][1:])
        first = _divide(add((x[0][0], x[1][0]), (-moved[0], -moved[1])), self.constant)
        return (
            np.insert(x[0][1:], self.place, first[0], axis=0),
            np.insert(x[1][1:], self.place, first[1], axis=0),
        )

    def adjoint(self, r: Pair) -> Pair:
        """Return the transpose of :meth:`uncentred` applied to a vector in two parts."""
        if self.constant is None:
            return r
        first = _divide((r[0][self.place], r[1][self.place]), self.constant)
        high, low = (np.delete(part, self.place) for part in r)
        product, error = two_product(self.shift, first[0])
        moved = add((high, low), (-product, -(error + self.shift * first[1])))
        return np.append(first[0], moved[0]), np.append(first[1], moved[1])


def slices(n: int, width: int, block: int = BLOCK) -> Iterator[slice]:
    """Yield blocks of n rows that hold about ``block`` numbers each."""
    step = max(block // max(width, 1), 64)
    return (slice(start, min(start + step, n)) for start in range(0, n, step))


def design(
    X: Floats,
    weights: Floats | None,
    *,
    intercept: bool,
    low: Floats | None = None,
    centred: bool = True,
) -> Design:
    """Return the columns of X centred about their mean and scaled, without rows of weight 0.

    Without an intercept they are centred if a column of X is constant, whose place it takes.

    Parameters
    ----------
    X : (n, p) array, finite
    weights : (n,) array, at least 0, or None
    low : (n, p) array or None
        What the entries of X lost to rounding.
    centred : bool
        Whether a constant column of X takes the place of an intercept.

    Raises
    ------
    DataError
        If no row has weight.
    """
    exponent = 0
    if weights is not None:
        if not weights.all():
            present = weights > 0
            X, weights = X[present], weights[present]
            low = None if low is None else low[present]
        # Even, because standard errors take its root.
        exponent = 2 * (exponent_of_largest(weights) // 2)
        weights = np.ldexp(weights, -exponent)
    n, p = X.shape
    if not n:
        raise DataError("X has no row with weight; give at least one.")
    lowest, highest = column_range(X)
    position, constant = None, (1.0 if intercept else None)
    candidates = (lowest == highest) & (highest != 0)
    if low is not None:
        candidates &= ~low.any(axis=0)
    if centred and not intercept and candidates.any():
        position = int(np.argmax(candidates))
        constant = float(highest[position])
    taken = np.delete(np.arange(p), [] if position is None else position)
    lowest, highest = lowest[taken], highest[taken]
    far = np.frexp(np.maximum(np.abs(lowest), np.abs(highest)))[1].astype(np.int64)
    far = np.where(np.abs(far) > _FAR, far, 0)
    columns = Design(
        X, low, weights, exponent, position, constant, taken, far,
        np.zeros_like(far), np.zeros(len(taken)),
    )  # fmt: skip
    if constant is not None:
        total = np.zeros(len(taken))
        for _, x, w in columns.plain():
            total += (np.ones(len(x)) if w is None else w) @ x
        columns = replace(columns, centre=total / columns.total)
    if weights is None and low is None:
        ends = np.ldexp(np.stack([lowest, highest]), -far)
        spread = np.max(np.abs(ends - columns.centre), axis=0)
    else:
        spread = _weighted_spread(columns)
    return replace(columns, near=np.frexp(spread)[1].astype(np.int64))


def column_range(X: Floats) -> tuple[Floats, Floats]:
    """Return the smallest and largest entry of each column."""
    n, p = X.shape
    lowest, highest = np.full(p, np.inf), np.full(p, -np.inf)
    if not X.flags.c_contiguous:
        return X.min(axis=0), X.max(axis=0)
    for rows in slices(n, p):
        block = X[rows]
        folds = len(block) // 64
        # Rows are short vectors, 64 of them a long one, several times faster to compare.
        if folds and p < 64:
            long = block[: 64 * folds].reshape(folds, 64 * p)
            ends = long.min(axis=0).reshape(64, p), long.max(axis=0).reshape(64, p)
            rest = block[64 * folds :]
            lows, highs = np.vstack([ends[0], rest]), np.vstack([ends[1], rest])
        else:
            lows, highs = block, block
        np.minimum(lowest, lows.min(axis=0), out=lowest)
        np.maximum(highest, highs.max(axis=0), out=highest)
    return lowest, highest


def _weighted_spread(columns: Design) -> Floats:
    """Return the largest entry of each centred column times the root of its weight."""
    spread = np.zeros(len(columns.taken))
    first = columns.width - len(columns.taken)
    # The low parts are all that varies in some columns.
    blocks = (
        ((x, w) for _, x, w in columns.plain())
        if columns.low is None
        else ((high[first:].T, w) for _, high, _, w in columns.blocks())
    )
    for x, weights in blocks:
        size = np.abs(x)
        if weights is not None:
            size *= np.sqrt(weights)[:, None]
        np.maximum(spread, size.max(axis=0), out=spread)
    return spread


@dataclass(frozen=True)
class Response:
    """A response ``2**exponent (centre + high + low)``; ``total`` is its sum of squares.

    It is centred, and the sum about its mean, where the design has a constant.
    """

    high: Floats
    low: Floats
    centre: float
    exponent: int
    total: Pair


def response(y: Floats, columns: Design, low: Floats | None = None) -> Response:
    """Return y scaled to at most 1 and centred, for the rows of a design.

    Parameters
    ----------
    y : (n,) array
    low : (n,) array, optional
        What y lost to rounding.
    """
    exponent = exponent_of_largest(y)
    y = np.ldexp(y, -exponent)
    weights = columns.weights
    centre = 0.0
    if columns.constant is not None:
        mean = (y.sum() if weights is None else weights @ y) / columns.total
        centre = float(y[0] if (y == y[0]).all() else mean)
    high, part = two_sum(y, -centre)
    if low is not None:
        high, part = two_sum(high, part + np.ldexp(low, -exponent))
    zero = (np.zeros(()), np.zeros(()))
    squares, rest = zero, zero
    for rows in slices(len(y), 1):
        weighted = high[rows], part[rows]
        if weights is not None:
            product, error = two_product(weights[rows], high[rows])
            weighted = product, error + weights[rows] * part[rows]
        square, error = two_product(weighted[0], high[rows])
        error += weighted[0] * part[rows] + weighted[1] * high[rows]
        squares, rest = add(squares, sum_parts(square, error)), add(rest, sum_parts(*weighted))
    if columns.constant is not None:
        # The centre is the mean but for its rounding, so that this takes next to nothing off.
        square, error = two_product(rest[0], rest[0] / columns.total)
        squares = add(squares, (-square, -error))
    return Response(high, part, centre, exponent, squares)


def _divide(a: Pair, b: float) -> Pair:
    """Return a pair divided by a double."""
    if b == 1.0:
        return a
    quotient = a[0] / b
    product, error = two_product(quotient, b)
    return two_sum(quotient, (((a[0] - product) - error) + a[1]) / b)
