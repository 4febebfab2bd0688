"""Arithmetic of columns with its rounding errors, so that x**10 is known to thirty digits.

A column is a pair ``(high, low)``, the unevaluated sum of what a double holds and what it lost;
``low`` is None where nothing was lost.  A matrix of rounded powers limits a polynomial fit to half
the digits that the data support.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np

from likelihood.family import Floats
from likelihood.kernels import extended
from likelihood.kernels.arithmetic import two_product, two_sum

Column: TypeAlias = tuple[Floats, Floats | None]


def _clean(high: Floats, low: Floats) -> Column:
    """Return a pair without a low part that is zero everywhere, or that overflowed."""
    # The halves that TwoProduct makes overflow beyond 2**996, where the product itself does not.
    low = np.where(np.isfinite(high) & np.isfinite(low), low, 0.0)
    return high, (low if low.any() else None)


def _lows(a: Column, b: Column) -> tuple[Floats, Floats]:
    zero = np.zeros(())
    return (zero if a[1] is None else a[1]), (zero if b[1] is None else b[1])


def add(a: Column, b: Column) -> Column:
    """Return the sum of two columns.

    Examples
    --------
    >>> import numpy as np
    >>> high, low = add((np.array([1.0]), None), (np.array([1e-20]), None))
    >>> high, low
    (array([1.]), array([1.e-20]))
    """
    (a_low, b_low) = _lows(a, b)
    high, low = two_sum(a[0], b[0])
    return _clean(*two_sum(high, low + (a_low + b_low)))


def negative(a: Column) -> Column:
    """Return minus a column."""
    return -a[0], (None if a[1] is None else -a[1])


def absolute(a: Column) -> Column:
    """Return the absolute value of a column."""
    return np.abs(a[0]), (None if a[1] is None else np.where(a[0] < 0, -a[1], a[1]))


def multiply(a: Column, b: Column) -> Column:
    """Return the product of two columns, relative error about 2**-102.

    References
    ----------
    Dekker (1971), Numerische Mathematik 18, 224-242.

    Examples
    --------
    >>> import numpy as np
    >>> x = (np.array([1 + 2.0**-30]), None)
    >>> bool(multiply(x, x)[1][0] == 2.0**-60)
    True
    """
    a_low, b_low = _lows(a, b)
    high, low = extended.multiply((a[0], a_low), (b[0], b_low))
    plain = a[0] * b[0]
    # Halves of 2**996 and more: the product is still right in its leading double.
    return _clean(np.where(np.isfinite(high), high, plain), low)


def divide(a: Column, b: Column) -> Column:
    """Return the quotient of two columns, relative error about 2**-100.

    Examples
    --------
    >>> import numpy as np
    >>> from fractions import Fraction
    >>> high, low = divide((np.array([1.0]), None), (np.array([3.0]), None))
    >>> error = Fraction(float(high[0])) + Fraction(float(low[0])) - Fraction(1, 3)
    >>> abs(error) < Fraction(1, 2**104)
    True
    """
    a_low, b_low = _lows(a, b)
    quotient = a[0] / b[0]
    product, error = two_product(quotient, b[0])
    rest = ((a[0] - product) - error) + a_low - quotient * b_low
    high, low = two_sum(quotient, rest / b[0])
    return _clean(np.where(np.isfinite(high), high, quotient), low)


def power(a: Column, exponent: float) -> Column:
    """Return a column raised to a constant power; whole powers carry their rounding error.

    Examples
    --------
    >>> import numpy as np
    >>> high, low = power((np.array([1e6 + 1]), None), 3)
    >>> int(high[0]) + int(low[0]) == (10**6 + 1) ** 3
    True
    """
    if exponent != int(exponent):
        return np.power(a[0], exponent), None
    result: Column = (np.ones_like(a[0]), None)
    square = a
    count = abs(int(exponent))
    while count:
        if count & 1:
            result = multiply(result, square)
        count >>= 1
        if count:
            square = multiply(square, square)
    return divide((np.ones_like(a[0]), None), result) if exponent < 0 else result
