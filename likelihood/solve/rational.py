"""Exact linear algebra on the doubles themselves: integers, kernels, solutions (level 3).

A double is an integer times a power of two, so a question about the signs of linear forms in
doubles is one about integers, which Python has of any length.  Vectors and matrices here are
NumPy arrays of such integers (dtype object); a direction is known up to a positive factor, so
no fractions are carried along.
"""

from __future__ import annotations

import math
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats

#: Arrays of Python integers.
Exact: TypeAlias = NDArray[np.object_]
#: Arrays of powers of two.
Exponents: TypeAlias = NDArray[np.int64]


def grid(X: Floats) -> Exponents:
    """Return for each column the largest g such that ``X / 2**g`` is an array of integers.

    Parameters
    ----------
    X : (n, p) array, finite

    Returns
    -------
    (p,) array of int64, 0 for a column of zeros

    Examples
    --------
    >>> import numpy as np
    >>> grid(np.array([[0.5, 12.0], [3.0, 8.0]]))
    array([-1,  2])
    """
    mantissa, exponent = _parts(X)
    low = np.where(mantissa == 0, np.iinfo(np.int64).max, exponent)
    least = low.min(axis=0, initial=np.iinfo(np.int64).max)
    return np.where(least == np.iinfo(np.int64).max, 0, least)


def integers(X: Floats, exponents: Exponents) -> Exact:
    """Return ``X / 2**exponents`` exactly, for exponents no larger than the grid.

    Examples
    --------
    >>> import numpy as np
    >>> integers(np.array([[0.5, 12.0]]), np.array([-2, 2]))
    array([[2, 3]], dtype=object)
    """
    mantissa, exponent = _parts(X)
    shift = np.where(mantissa == 0, 0, exponent - exponents)
    # Most data fit a machine word, where shifting is a hundred times faster.
    _, bits = np.frexp(mantissa.astype(float))
    if (bits + shift).max(initial=0) < 63:
        return (mantissa << shift).astype(object)
    return np.asarray(np.left_shift(mantissa.astype(object), shift.astype(object)), dtype=object)


def _parts(X: Floats) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return an odd mantissa (or 0) and the exponent of its last bit, for each number."""
    fraction, exponent = np.frexp(X)
    mantissa = np.ldexp(fraction, 53).astype(np.int64)
    # The lowest set bit is a power of two, which frexp reads off exactly.
    _, place = np.frexp((mantissa & -mantissa).astype(float))
    trailing = np.maximum(place.astype(np.int64) - 1, 0)
    return mantissa >> trailing, exponent.astype(np.int64) - 53 + trailing


def rounded(vector: Exact, exponents: Exponents) -> Floats:
    """Return ``vector * 2**exponents`` in doubles, over a power of two that leaves it below 1.

    Each entry has a relative error of at most ``2**-52``, or is off by the least double.

    Examples
    --------
    >>> import numpy as np
    >>> rounded(np.array([1 << 2000, -3 << 1999], dtype=object), np.array([0, -2]))
    array([ 0.5   , -0.1875])
    """
    sizes = [int(v).bit_length() + int(e) for v, e in zip(vector, exponents, strict=True) if v]
    top = max(sizes, default=0)
    floats = np.zeros(len(vector))
    for j, (value, exponent) in enumerate(zip(vector, exponents, strict=True)):
        # Beyond 64 bits the rest is cut off, since an integer above 2**1024 has no double.
        cut = max(int(value).bit_length() - 64, 0)
        head = float(abs(int(value)) >> cut)
        floats[j] = math.ldexp(head if value > 0 else -head, cut + int(exponent) - top)
    return floats


def primitive(vector: Exact) -> Exact:
    """Return an integer vector over the greatest common divisor of its entries.

    Examples
    --------
    >>> import numpy as np
    >>> primitive(np.array([6, -4, 0], dtype=object))
    array([3, -2, 0], dtype=object)
    """
    divisor = math.gcd(*(int(v) for v in vector))
    return vector // divisor if divisor > 1 else vector


def eliminate(rows: Exact) -> tuple[Exact, list[int]]:
    """Return the reduced echelon form with one common pivot value, and the pivot columns.

    Fraction-free Gauss-Jordan elimination: every division is exact, and no entry is longer
    than a determinant of the rows.

    Parameters
    ----------
    rows : (m, d) array of int

    Returns
    -------
    (rank, d) array of int, list of int
        Row i has the common pivot value in column ``pivots[i]``, which is 0 in other rows.

    References
    ----------
    Bareiss (1968), Mathematics of Computation 22, 565-578.

    Examples
    --------
    >>> import numpy as np
    >>> eliminate(np.array([[2, 4, 2], [1, 2, 3]], dtype=object))
    (array([[-4, -8, 0],
           [0, 0, -4]], dtype=object), [0, 2])
    """
    work = rows.copy()
    pivots: list[int] = []
    previous: Any = 1
    for column in range(work.shape[1]):
        rank = len(pivots)
        candidates = [i for i in range(rank, len(work)) if work[i, column]]
        if not candidates:
            continue
        # The shortest pivot keeps the intermediate integers short.
        chosen = min(candidates, key=lambda i: abs(work[i, column]))
        work[[rank, chosen]] = work[[chosen, rank]]
        pivot, leading = work[rank, column], work[rank].copy()
        factors = work[:, column].copy()
        work = (work * pivot - factors[:, None] * leading[None, :]) // previous
        work[rank] = leading
        pivots.append(column)
        previous = pivot
        if len(pivots) == len(work):
            break
    return work[: len(pivots)], pivots


def kernel(rows: Exact) -> tuple[Exact, list[int]]:
    """Return a basis of the vectors orthogonal to all rows, and its free coordinates.

    Returns
    -------
    (r, d) array of int, list of int
        Basis vector i has one positive value, common to all, in coordinate ``free[i]``, where
        the others are 0.

    Examples
    --------
    >>> import numpy as np
    >>> kernel(np.array([[1, 2, 3]], dtype=object))
    (array([[-2, 1, 0],
           [-3, 0, 1]], dtype=object), [1, 2])
    """
    echelon, pivots = eliminate(rows)
    width = rows.shape[1]
    free = [j for j in range(width) if j not in set(pivots)]
    basis = np.zeros((len(free), width), dtype=object)
    value = echelon[0, pivots[0]] if pivots else 1
    sign = 1 if value > 0 else -1
    for i, column in enumerate(free):
        basis[i, column] = abs(value)
        basis[i, pivots] = -sign * echelon[:, column]
    return basis, free


def solve(matrix: Exact, right: Exact) -> tuple[Exact, int]:
    """Return numerators and the positive denominator of the solution of a regular system.

    Examples
    --------
    >>> import numpy as np
    >>> solve(np.array([[2, 0], [0, 3]], dtype=object), np.array([1, -1], dtype=object))
    (array([3, -2], dtype=object), 6)
    """
    if not len(matrix):
        return np.zeros(0, dtype=object), 1
    echelon, _ = eliminate(np.hstack([matrix, right[:, None]]))
    denominator = int(echelon[0, 0])
    return echelon[:, -1] * (1 if denominator > 0 else -1), abs(denominator)
