"""Error-free transformations, and sums and dot products computed with them (level 0)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arrays import Floats, floats

#: Veltkamp's constant, which cuts a double into two halves of 26 bits.
_SPLITTER = 134217729.0


def two_sum(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Return ``a + b`` rounded, and its rounding error, exactly.

    Parameters
    ----------
    a, b : array_like
        Finite, with a finite sum.

    References
    ----------
    Knuth (1969), The Art of Computer Programming 2, section 4.2.2.

    Examples
    --------
    >>> total, error = two_sum(1.0, 1e-20)
    >>> float(total), float(error)
    (1.0, 1e-20)
    """
    a, b = floats(a), floats(b)
    total = a + b
    virtual = total - a
    return total, (a - (total - virtual)) + (b - virtual)


def _halves(a: Floats) -> tuple[Floats, Floats]:
    """Return a cut into a high and a low half of 26 bits each."""
    scaled = _SPLITTER * a
    high = scaled - (scaled - a)
    return high, a - high


def two_product(a: ArrayLike, b: ArrayLike) -> tuple[Floats, Floats]:
    """Return ``a * b`` rounded, and its rounding error, exactly.

    Parameters
    ----------
    a, b : array_like
        Below 2**996 in size; the error is exact if the product is zero or above 2**-969.

    References
    ----------
    Dekker (1971), Numerische Mathematik 18, 224-242.

    Examples
    --------
    >>> product, error = two_product(1 + 2.0**-30, 1 + 2.0**-30)
    >>> float(error) == 2.0**-60
    True
    """
    a, b = floats(a), floats(b)
    product = a * b
    a_high, a_low = _halves(a)
    b_high, b_low = _halves(b)
    error = a_low * b_low - (((product - a_high * b_high) - a_low * b_high) - a_high * b_low)
    return product, error


def sum_parts(x: Floats, low: Floats | None = None) -> tuple[Floats, Floats]:
    """Return the sum over the first axis as ``(high, low)``, unevaluated.

    A tree of TwoSums: the errors, and ``low`` (corrections to the entries), are summed plainly.
    """
    high = x
    if len(high) == 0:
        zero = np.zeros(x.shape[1:])
        return zero, zero.copy()
    while len(high) > 1:
        half = len(high) // 2
        a, b = high[:half], high[half : 2 * half]
        total = np.add(a, b)
        # In place, because on long arrays each new temporary costs as much as the arithmetic.
        virtual = np.subtract(total, a)
        error = np.subtract(total, virtual)
        np.subtract(a, error, out=error)
        np.subtract(b, virtual, out=virtual)
        error += virtual
        if low is not None:
            error += low[:half]
            error += low[half : 2 * half]
        if len(high) % 2:
            total[0], last = two_sum(total[0], high[-1])
            error[0] += last if low is None else last + low[-1]
        high, low = total, error
    return high[0], np.zeros_like(high[0]) if low is None else low[0]


def _by_axis(x: Floats, axis: int | None) -> Floats:
    return x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0)


def compensated_sum(x: ArrayLike, axis: int | None = None) -> Floats:
    """Return the sum of x, as if it were summed in twice the working precision.

    The error is below 1 ulp of the exact sum while the condition number
    ``sum |x| / |sum x|`` is below 1e15, and grows with it from there.

    Parameters
    ----------
    x : array_like
        Any shape; an infinity or NaN has its usual effect.
    axis : int, optional
        The axis to sum over; all of them by default.

    References
    ----------
    Ogita, Rump & Oishi (2005), SIAM J. Sci. Comput. 26, 1955-1988.

    Examples
    --------
    >>> float(compensated_sum([1e16, 1.0, -1e16, 1.0]))
    2.0
    """
    terms = _by_axis(floats(x), axis)
    with np.errstate(over="ignore", invalid="ignore"):
        high, low = sum_parts(terms)
        total = np.asarray(high + low)
        if not np.isfinite(total).all():
            # A TwoSum turns infinity into NaN, and a partial sum may overflow where the sum does
            # not: scaled down by a power of two it does not.
            high, low = sum_parts(np.ldexp(terms, -64))
            scaled = np.ldexp(high + low, 64)
            total = np.where(np.isfinite(terms).all(axis=0), scaled, terms.sum(axis=0))
    result: Floats = total[()]
    return result


def compensated_dot(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return the dot product over the last axis, as if in twice the working precision.

    The error is below 1 ulp while ``sum |a b| / |sum a b|`` is below 1e15.

    Parameters
    ----------
    a, b : array_like, broadcastable
        Finite.

    References
    ----------
    Ogita, Rump & Oishi (2005), SIAM J. Sci. Comput. 26, 1955-1988, algorithm Dot2.

    Examples
    --------
    >>> float(compensated_dot([1e8, 1.0, -1e8], [1e8, 3.0, 1e8]))
    3.0
    """
    a, b = floats(a), floats(b)
    with np.errstate(over="ignore", invalid="ignore"):
        product, error = two_product(*np.broadcast_arrays(*_scaled_pair(a, b)[0]))
        high, low = sum_parts(np.moveaxis(product, -1, 0), np.moveaxis(error, -1, 0))
        total = np.ldexp(high + low, _scaled_pair(a, b)[1])
    result: Floats = total[()]
    return result


def _scaled_pair(a: Floats, b: Floats) -> tuple[tuple[Floats, Floats], int]:
    """Return a and b scaled by powers of two to at most 1, and the exponent of the product."""
    exponents = [exponent_of_largest(part) for part in (a, b)]
    pair = tuple(np.ldexp(part, -e) for part, e in zip((a, b), exponents, strict=True))
    return (pair[0], pair[1]), sum(exponents)


def exponent_of_largest(x: Floats) -> int:
    """Return e with max |x| <= 2**e; 0 if there is no largest finite one above zero."""
    largest = float(np.max(np.abs(x), initial=0.0))
    return math.frexp(largest)[1] if np.isfinite(largest) else 0
