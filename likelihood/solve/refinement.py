"""Weighted designs factorised and solved to twice the working precision (level 3).

One QR of a design gives a triangle R.  Its inverse, *taken as exact*, whitens the design:
``Q = A R**-1``, formed in more than double precision, has ``Q'WQ = I + E`` with a small E that
plain arithmetic knows to the last place however ill-conditioned A is, so that

    (A'WA)**-1 = R**-1 (I + E)**-1 R**-T

has a diagonal without cancellation.  Solutions are refined with residuals in double-double, each
pass a gain of 15 digits.  The augmented system of Bjorck (1967, BIT 7, 257-278) reaches the same
digits with a gain of 16 less those of the condition number, and takes a least-squares problem
of its own for every column of the inverse.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import NamedTuple

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.arrays import floats
from likelihood.kernels.extended import Pair, add
from likelihood.solve.centring import Design, design

#: Refinement ends once the next correction would be below this share of the first.
ENOUGH = 2.0**-96
#: Passes after which a refinement that has not settled is left where it is.
PASSES = 10
#: Terms of a sum left to plain arithmetic.
_SHORT = 64


class Solution(NamedTuple):
    """Coefficients of a design in two parts, the squares left over, and passes over the rows.

    ``remaining`` is what the coefficients still miss, as the weighted length of the fit's change.
    """

    x: Pair
    squares: Pair
    passes: int
    remaining: float


@dataclass(frozen=True)
class Factor:
    """The inverse of a weighted Gram matrix ``X'WX`` in factors, and solutions with it.

    Attributes
    ----------
    design : Design
    root : (d, d) array
        R**-1, upper triangular.
    middle : (d, d) array
        ``(I + E)**-1``.
    lengths : (d,) array
        Weighted lengths of the columns of the design.
    condition : float
        Condition number of the centred columns, brought to one length (1-norm).
    """

    design: Design
    root: Floats
    middle: Floats
    lengths: Floats
    condition: float

    def half(self) -> Floats:
        """Return H with ``(X'WX)**-1 = 2**-weight_exponent D H H' D``, the intercept first.

        D is the diagonal of ``2**design.units``.
        """
        rows = self.design.uncentred((self.root, np.zeros_like(self.root)))[0]
        return np.asarray(rows @ np.linalg.cholesky(self.middle))

    def inverse(self) -> Floats:
        """Return ``(X'WX)**-1``, shape (d, d), the intercept first.

        The diagonal is right to a few units in the last place, whatever the condition; another
        entry to that share of the root of the product of its two diagonal ones.
        """
        half, units = self.half(), self.design.units
        exponents = units[:, None] + units - self.design.weight_exponent
        return np.asarray(np.ldexp(half @ half.T, exponents))

    def leverages(self) -> Floats:
        """Return ``x'(X'WX)**-1 x`` of every row with weight, that of one repetition."""
        root = np.linalg.cholesky(self.middle)
        parts = [
            np.sum((root.T @ whitened(self.root, high, low, len(self.design.X))) ** 2, axis=0)
            for _, high, low, _ in self.design.blocks()
        ]
        return np.asarray(np.ldexp(np.concatenate(parts), -self.design.weight_exponent))

    def solve(self, r: Floats, r_low: Floats | None = None) -> Pair:
        """Return the solution of ``(X'WX) u = r`` in two parts, every entry to full accuracy.

        Parameters
        ----------
        r, r_low : (d,) arrays
            The right-hand side, the intercept's first, and what it lost to rounding.
        """
        low = np.zeros_like(r) if r_low is None else r_low
        units = self.design.units
        right = self.design.adjoint((np.ldexp(r, units), np.ldexp(low, units)))
        high, low = two_sum(*self.design.uncentred(self.refine(None, right).x))
        units = units - self.design.weight_exponent
        return np.ldexp(high, units), np.ldexp(low, units)

    def refine(self, y: Pair | None, r: Pair | None = None) -> Solution:
        """Return x with ``A'W(y - Ax) + r = 0``, where A and W are the design's.

        Parameters
        ----------
        y : pair of (n,) arrays, or None for zeros
        r : pair of (d,) arrays, or None for zeros
        """
        x: Pair = (np.zeros(len(self.root)), np.zeros(len(self.root)))
        sizes: list[float] = []
        while True:
            gradient, squares = residuals(self.design, x, y)
            if r is not None:
                gradient = add(gradient, r)
            # Also these products in double-double, or each would cost digits of a pass's gain.
            white = product(self.root.T, gradient)
            step = product(self.middle, white)
            sizes.append(float(np.linalg.norm(step[0])))
            if len(sizes) > 1 and sizes[-1] > 0.25 * sizes[-2]:
                remaining = sizes[-1]
                break
            x = add(x, product(self.root, step))
            # What the step takes off the squares is known without another pass.
            gain = sum_parts(*two_product(step[0], white[0]))
            squares = add(squares, (-gain[0], -gain[1]))
            rate = sizes[-1] / sizes[-2] if len(sizes) > 1 else 1.0
            remaining = rate * sizes[-1]
            if remaining <= ENOUGH * sizes[0] or len(sizes) == PASSES:
                break
        return Solution(x, squares, len(sizes), remaining)


def factorise(
    X: Floats, weights: Floats | None = None, *, intercept: bool, low: Floats | None = None
) -> Factor:
    """Return the factors of the inverse of ``X'WX``, for solutions to full accuracy.

    The information of a logistic regression is such a matrix, with weights ``n p (1 - p)``.

    Parameters
    ----------
    X : (n, p) array, finite
    weights : (n,) array, at least 0, optional
        Rows without weight are left out.
    intercept : bool
        Whether a column of ones comes before those of X.
    low : (n, p) array, optional
        What the entries of X lost to rounding: the matrix is that of ``X + low``.

    Raises
    ------
    DataError
        If the columns are dependent to working precision.

    Examples
    --------
    >>> import numpy as np
    >>> factor = factorise(np.array([[1.0], [2.0], [4.0]]), intercept=False)
    >>> (21 * factor.inverse()).round(15)
    array([[1.]])
    >>> float(factor.solve(np.array([7.0]))[0][0]) == 1 / 3
    True
    """
    columns = design(X, weights, intercept=intercept, low=low)
    R = triangle(columns)
    if not invertible(R):
        raise _dependent(columns)
    root, condition, lengths = inverse_triangle(R)
    moment = np.zeros_like(root)
    rest = np.zeros_like(root)
    for _, high, part, w in columns.blocks():
        Q = whitened(root, high, part, len(columns.X))
        weighted = Q if w is None else Q * w
        # Short sums, because a long one of equal terms, as a constant has, rounds one way.
        for start in range(0, Q.shape[1], _SHORT):
            rows = slice(start, start + _SHORT)
            moment, error = two_sum(moment, Q[:, rows] @ weighted[:, rows].T)
            rest += error
    moment += rest
    # Far from 1 the inverse of the triangle was rounding, and the whitening with it.
    if np.linalg.eigvalsh(moment).min(initial=1.0) < 0.3:
        raise _dependent(columns)
    middle = np.linalg.inv(moment)
    return Factor(columns, root, 0.5 * (middle + middle.T), lengths, condition)


def _dependent(columns: Design) -> DataError:
    return DataError(
        f"the {columns.width} coefficients are not determined by {len(columns.X)} rows; leave out "
        "the columns that are combinations of others."
    )


def triangle(columns: Design) -> Floats:
    """Return R of the QR of a design, its rows times the roots of their weights.

    Blocks of rows are reduced one after the other, each beneath the triangle of those before.
    """
    R = np.zeros((0, columns.width))
    for _, high, _, weights in columns.blocks():
        block = high.T if weights is None else high.T * np.sqrt(weights)[:, None]
        R = floats(np.linalg.qr(np.vstack([R, block]), mode="r"))
    return R


def invertible(R: Floats) -> bool:
    """Return whether a triangle is square and has no zero on its diagonal."""
    return R.shape[0] == R.shape[1] and bool(np.diag(R).all())


def inverse_triangle(R: Floats) -> tuple[Floats, float, Floats]:
    """Return R**-1, the condition of R with columns of one length (1-norm), and those lengths."""
    # Elimination has nothing to do in a triangle: this is back substitution.
    inverse = floats(np.linalg.inv(R))
    lengths = np.sqrt(np.sum(R * R, axis=0))
    forward = np.abs(R / lengths).sum(axis=0).max(initial=0.0)
    back = np.abs(inverse * lengths[:, None]).sum(axis=0).max(initial=0.0)
    return inverse, float(forward * back), lengths


def residuals(columns: Design, x: Pair, y: Pair | None) -> tuple[Pair, Pair]:
    """Return ``A'W(y - Ax)`` and the weighted sum of squares of ``y - Ax``, in two parts each."""
    gradients, squares = [], []
    for rows, high, low, weights in columns.blocks():
        term, error = two_product(high, x[0][:, None])
        error += high * x[1][:, None]
        if low is not None:
            error += low * x[0][:, None]
        fit = sum_parts(term, error)
        target = (np.zeros(()), np.zeros(())) if y is None else (y[0][rows], y[1][rows])
        r = add(target, (-fit[0], -fit[1]))
        weighted = r
        if weights is not None:
            term, error = two_product(weights, r[0])
            weighted = term, error + weights * r[1]
        term, error = two_product(weighted[0], r[0])
        squares.append(sum_parts(term, error + weighted[0] * r[1] + weighted[1] * r[0]))
        term, error = two_product(high, weighted[0])
        error += high * weighted[1]
        if low is not None:
            error += low * weighted[0]
        gradients.append(sum_parts(term.T, error.T))
    return reduce(add, gradients), reduce(add, squares)


def product(A: Floats, x: Pair) -> Pair:
    """Return a matrix of doubles times a vector in two parts, in two parts."""
    term, error = two_product(A, x[0])
    return two_sum(*sum_parts(term.T, (error + A * x[1]).T))


def whitened(root: Floats, high: Floats, low: Floats | None, n: int) -> Floats:
    """Return ``root' (high + low)``, correctly rounded for all that it cancels.

    The factors are cut into slices so short that BLAS multiplies them without rounding.

    Parameters
    ----------
    root : (d, q) array
    high, low : (d, m) arrays, high at most about 1
    n : int
        How many such columns ``root`` was made from: their images have mean square 1 / n.

    References
    ----------
    Ozaki, Ogita, Oishi & Rump (2012), Numerical Algorithms 59, 95-118.
    """
    inner = max(len(root), 1)
    bits = (53 - math.ceil(math.log2(inner))) // 2
    # 58 bits of an image, and as many more as the terms are larger than it.
    size = float(np.abs(root).max(initial=1.0)) * inner * math.sqrt(n)
    count = math.ceil((58 + math.log2(size)) / bits)
    left = _slices(root.T, None, 1, bits, count)
    right = _slices(high, low, 0, bits, count)
    total = np.zeros((root.shape[1], high.shape[1]))
    rest = np.zeros_like(total)
    for order in range(count):
        for i in range(max(order - len(right) + 1, 0), min(order + 1, len(left))):
            total, error = two_sum(total, left[i] @ right[order - i])
            rest += error
    return np.asarray(total + rest)


def _slices(high: Floats, low: Floats | None, axis: int, bits: int, count: int) -> list[Floats]:
    """Return high + low cut into multiples of falling powers of two, each of few bits."""
    largest = np.max(np.abs(high), axis=axis, keepdims=True, initial=0.0)
    unit = np.ldexp(1.0, np.frexp(largest)[1] - bits)
    pieces = []
    for _ in range(count):
        piece = np.rint(high / unit) * unit
        pieces.append(piece)
        high = high - piece
        if low is not None:
            high, low = two_sum(high, low)
        if not high.any():
            break
        unit = unit * 2.0 ** -(bits + 1)
    return pieces
