"""Exponential and logarithm as unevaluated sums of two doubles (level 0).

For the few entries where a difference of nearly equal numbers would show the rounding error of
NumPy's own.  The tables come from decimal arithmetic when they are first needed.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from functools import cache

import numpy as np

from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.arrays import Floats

Pair = tuple[Floats, Floats]

#: 1/6!, 1/7!, ... for the part of the exponential series that one double carries.
_EXP_SERIES = tuple(1.0 / n for n in (39916800, 3628800, 362880, 40320, 5040, 720))
#: -1/2, 1/3, -1/4, ... of log(1 + x), highest first.
_LOG_SERIES = tuple((-1.0) ** (n + 1) / n for n in range(11, 1, -1))


def _pair(value: Decimal) -> tuple[float, float]:
    high = float(value)
    return high, float(value - Decimal(high))


@cache
def _exp_tables() -> tuple[Floats, Floats, tuple[float, ...], tuple[tuple[float, float], ...]]:
    """Return 2**(j/64) in two parts, ln(2)/64 in three short ones, and 1/5! to 1/2!."""
    with localcontext() as context:
        context.prec = 60
        powers = [_pair(Decimal(2) ** (Decimal(j) / 64)) for j in range(64)]
        step = Decimal(2).ln() / 64
        # 32 bits each, so that their products with a 17-bit integer are exact.
        first = int(step * 2**38) / 2**38
        second = int((step - Decimal(first)) * 2**70) / 2**70
        third = float(step - Decimal(first) - Decimal(second))
        series = tuple(_pair(1 / Decimal(n)) for n in (120, 24, 6, 2))
    high, low = (np.array(part) for part in zip(*powers, strict=True))
    return high, low, (first, second, third), series


@cache
def _log_tables() -> tuple[Floats, Floats, float, float]:
    """Return -log(c / 64) for c = 0..127 in two parts (0 at c = 0), and ln(2) in two."""
    with localcontext() as context:
        context.prec = 60
        logs = [_pair(-(Decimal(max(c, 1)) / 64).ln()) for c in range(128)]
        log2 = Decimal(2).ln()
        # 41 bits: its product with an exponent is exact.
        log2_high = int(log2 * 2**41) / 2**41
        log2_low = float(log2 - Decimal(log2_high))
    high, low = (np.array(part) for part in zip(*logs, strict=True))
    return high, low, log2_high, log2_low


def add(a: Pair, b: Pair) -> Pair:
    """Return the sum of two pairs, to about 2**-104."""
    high, error = two_sum(a[0], b[0])
    return two_sum(high, error + (a[1] + b[1]))


def multiply(a: Pair, b: Pair) -> Pair:
    """Return the product of two pairs, to about 2**-102."""
    high, error = two_product(a[0], b[0])
    return two_sum(high, error + (a[0] * b[1] + a[1] * b[0]))


def divide(a: Pair, b: Pair) -> Pair:
    """Return the quotient of two pairs, to about 2**-100."""
    quotient = a[0] / b[0]
    product, error = two_product(quotient, b[0])
    rest = ((a[0] - product) - error) + a[1] - quotient * b[1]
    return two_sum(quotient, rest / b[0])


def exp_parts(x: Floats, low: Floats) -> Pair:
    """Return ``exp(x + low)`` as a pair, relative error about 2**-100; 0 below -800.

    Parameters
    ----------
    x : array
        At most 700.
    low : array
        A correction, below the last place of x.
    """
    high_table, low_table, (first, second, third), series = _exp_tables()
    zero = x < -800.0
    x = np.where(zero, 0.0, x)
    steps = np.rint(x / (first + second))
    remainder, error = two_sum(x - steps * first, -steps * second)
    r = two_sum(remainder, error - steps * third + np.where(zero, 0.0, low))
    tail = np.full_like(x, _EXP_SERIES[0])
    for coefficient in _EXP_SERIES[1:]:
        tail = tail * r[0] + coefficient
    value: Pair = (tail, np.zeros_like(x))
    for constant in series:
        value = add((np.asarray(constant[0]), np.asarray(constant[1])), multiply(r, value))
    grown = add(r, multiply(multiply(r, r), value))
    index = steps.astype(np.int64)
    power = (high_table[index & 63], low_table[index & 63])
    result = add(power, multiply(power, grown))
    shift = index >> 6
    return (
        np.where(zero, 0.0, np.ldexp(result[0], shift)),
        np.where(zero, 0.0, np.ldexp(result[1], shift)),
    )


def log_parts(x: Floats, low: Floats | float = 0.0) -> Pair:
    """Return ``log(x + low)`` as a pair, error about 2**-60 of it.

    Parameters
    ----------
    x : array
        Positive and finite.
    low : array or float
        A correction, below the last place of x.
    """
    high_table, low_table, log2_high, log2_low = _log_tables()
    fraction, exponent = np.frexp(x)
    small = fraction < np.sqrt(0.5)
    fraction = np.where(small, 2.0 * fraction, fraction)
    exponent = exponent - small
    # A short c near 64 / fraction: fraction * c / 64 is near 1, and exact in two doubles.
    c = np.rint(64.0 / fraction)
    product, error = two_product(fraction, c / 64.0)
    near = product - 1.0
    series = np.full_like(near, _LOG_SERIES[0])
    for coefficient in _LOG_SERIES[1:]:
        series = series * near + coefficient
    index = c.astype(np.int64)
    ratio = low / x
    # The square counts where x is 1 and the logarithm is all in ``low``.
    correction = ratio - 0.5 * ratio * ratio
    rest = near * near * series + error + exponent * log2_low + low_table[index] + correction
    total, first = two_sum(exponent * log2_high, high_table[index])
    total, second = two_sum(total, near)
    return two_sum(total, first + second + rest)


def exp_error(d: Floats, e: Floats) -> Floats:
    """Return the relative amount by which ``e``, the rounded exp(d), is too small; 0 at e = 0."""
    high, low = log_parts(np.where(e > 0, e, 1.0))
    return np.where(e > 0, (np.where(e > 0, d, 0.0) - high) - low, 0.0)


def logistic_means(z: Pair) -> tuple[Pair, Pair]:
    """Return ``1 / (1 + exp(-z))`` and what it lacks of 1, each to its own last digit.

    Examples
    --------
    >>> p, q = logistic_means((np.array([50.0]), np.zeros(1)))
    >>> float(p[0][0]), float(q[0][0])
    (1.0, 1.9287498479639178e-22)
    """
    positive = z[0] >= 0
    sign = np.where(positive, -1.0, 1.0)
    e = exp_parts(sign * z[0], sign * z[1])
    one: Pair = (np.ones_like(e[0]), np.zeros_like(e[0]))
    total = add(one, e)
    large, small = divide(one, total), divide(e, total)
    p = tuple(np.where(positive, a, b) for a, b in zip(large, small, strict=True))
    q = tuple(np.where(positive, b, a) for a, b in zip(large, small, strict=True))
    return (p[0], p[1]), (q[0], q[1])


def softmax_means(eta: Pair) -> tuple[Pair, Pair]:
    """Return the softmax of rows (n, K), and what each entry lacks of 1.

    Parameters
    ----------
    eta : pair of (n, K) arrays
        -inf for a class that is impossible; at least one of each row is not.

    Examples
    --------
    >>> p, q = softmax_means((np.array([[0.0, 50.0, -np.inf]]), np.zeros((1, 3))))
    >>> q[0]
    array([[1.00000000e+00, 1.92874985e-22, 1.00000000e+00]])
    """
    rows = np.arange(len(eta[0]))
    top = np.argmax(eta[0], axis=1)
    peak = eta[0][rows, top][:, None], eta[1][rows, top][:, None]
    possible = eta[0] > -np.inf
    high = np.where(possible, eta[0], peak[0])
    d = add((high, np.where(possible, eta[1], 0.0)), (-peak[0], -peak[1]))
    e = exp_parts(np.where(possible, d[0], -1e3), np.where(possible, d[1], 0.0))
    # Without the largest, or what it lacks of 1 would be lost beside it.
    rest = tuple(part.copy() for part in e)
    rest[0][rows, top] = rest[1][rows, top] = 0.0
    lower = two_sum(*sum_parts(rest[0].T, rest[1].T))
    others = lower[0][:, None], lower[1][:, None]
    one: Pair = (np.ones_like(others[0]), np.zeros_like(others[0]))
    total = add(one, others)
    lacking = add(total, (-e[0], -e[1]))
    for part, own in zip(lacking, lower, strict=True):
        part[rows, top] = own
    return divide(e, total), divide(lacking, total)


def less_target(p: Pair, q: Pair, t: Floats) -> Pair:
    """Return ``p - t = (1 - t) p - t q`` for probabilities p and q = 1 - p: nothing cancels."""
    rest = two_sum(1.0, -t)
    return add(multiply(rest, p), multiply((-t, np.zeros_like(t)), q))
