"""Kullback-Leibler divergences, which are never negative and never cancel (level 0).

Everything is a sum of ``D(a, b) = a * log(a / b) - a + b``, the divergence of two Poisson
rates.  For vectors on the simplex the sums of -a and b cancel.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.arrays import Floats, floats

#: ln 2 as a sum of two doubles, the first with 32 trailing zero bits.
_LN2_HIGH = 0.6931471803691238
_LN2_LOW = 1.9082149292705877e-10
#: 1/3, 1/5, ...: (atanh(r) - r) / r**3 in powers of r**2; r is at most 0.172 here.
_ATANH = tuple(1.0 / n for n in range(23, 1, -2))


def _near(a: Floats, b: Floats, difference: Floats) -> Floats:
    """Return D(a, b) for b / a within sqrt(2) of 1, given ``b - a`` exactly.

    With ``r = (b - a) / (b + a)`` it is ``r * ((b - a) - 2 a (atanh(r) - r) / r)``.
    """
    r = difference / (a + b)
    square = r * r
    series = np.full_like(square, _ATANH[0])
    for coefficient in _ATANH[1:]:
        series *= square
        series += coefficient
    result: Floats = r * (difference - 2.0 * a * square * series)
    return result


def _divergence(a: Floats, b: Floats, difference: Floats | None = None) -> Floats:
    """Return D(a, b) of positive finite a and b; ``difference`` is a more exact ``b - a``."""
    fraction, exponent = np.frexp(a)
    other, other_exponent = np.frexp(b)
    # b = nearest * 2**shift, with nearest / fraction within sqrt(2) of 1.
    step = np.where(
        other > fraction * np.sqrt(2.0), 1, np.where(other < fraction * np.sqrt(0.5), -1, 0)
    )
    nearest = np.ldexp(other, -step)
    shift = other_exponent - exponent + step
    gap = nearest - fraction
    if difference is not None:
        gap = np.where(shift == 0, np.ldexp(difference, -exponent), gap)
    near = _near(fraction, nearest, gap)
    # Beyond 2**100 b is all of the result; cut there so that nothing overflows.
    cut = np.minimum(shift, 100)
    scaled = np.ldexp(nearest, cut)
    product, low = two_product(-fraction, cut * _LN2_HIGH)
    low += near - fraction * cut * _LN2_LOW
    total, error = two_sum(scaled, -nearest)
    total, second = two_sum(total, product)
    result: Floats = np.ldexp(total + (error + second + low), np.where(cut < shift, 0, exponent))
    return np.where(cut < shift, b, np.where(shift == 0, np.ldexp(near, exponent), result))


def poisson_divergence(a: ArrayLike, b: ArrayLike) -> Floats:
    """Return ``a * log(a / b) - a + b``, within 3.4 ulp, and never negative.

    It is b where a is 0, and inf where b is 0 and a is not.

    Parameters
    ----------
    a, b : array_like, broadcastable
        At least 0.

    Examples
    --------
    >>> print(f"{poisson_divergence(0.0, 2.0)} {poisson_divergence(1.0, 1.0 + 2.0**-50):.12g}")
    2.0 3.94430452611e-31
    """
    a, b = np.broadcast_arrays(floats(a), floats(b))
    with np.errstate(invalid="ignore", over="ignore"):
        inside = (a > 0) & (b > 0) & np.isfinite(a) & np.isfinite(b)
        values = _divergence(np.where(inside, a, 1.0), np.where(inside, b, 1.0))
        edge = np.where(a == 0, b, np.where((b == 0) & (a > 0), np.inf, np.nan))
        edge = np.where((a > 0) & np.isfinite(a) & np.isposinf(b), np.inf, edge)
        result: Floats = np.where(inside, values, np.where(b >= 0, edge, np.nan))[()]
    return result


def kl_divergence(p: ArrayLike, q: ArrayLike) -> Floats:
    """Return ``sum_c p_c * log(p_c / q_c)`` of each row in nats, within 2.5 ulp.

    Never negative; inf where an event of probability 0 under q has one under p.  The sum is of
    ``p * log(p / q) - p + q``, so rows need to sum to one only as closely as they do.

    Parameters
    ----------
    p, q : array_like, shape (..., K), broadcastable
        Probabilities.

    Examples
    --------
    >>> print(f"{kl_divergence([0.5, 0.5], [0.25, 0.75]):.12g} {kl_divergence([1, 0], [0, 1])}")
    0.143841036226 inf
    """
    columns = np.moveaxis(np.atleast_1d(poisson_divergence(p, q)), -1, 0)
    with np.errstate(invalid="ignore"):
        high, low = sum_parts(columns)
        total = np.asarray(high + low)
    if not np.isfinite(total).all():
        total = np.where(np.isfinite(total), total, columns.sum(axis=0))
    result: Floats = total[()]
    return result


def binary_kl_divergence(p: ArrayLike, q: ArrayLike) -> Floats:
    """Return ``p * log(p / q) + (1 - p) * log((1 - p) / (1 - q))`` in nats, within 2.9 ulp.

    Parameters
    ----------
    p, q : array_like, broadcastable
        Probabilities in [0, 1].

    Examples
    --------
    >>> print(f"{binary_kl_divergence(0.5, 0.25):.12g} {binary_kl_divergence(0.0, 0.0):g}")
    0.143841036226 0
    """
    p, q = np.broadcast_arrays(floats(p), floats(q))
    inside = (p < 1) & (q < 1) & (p >= 0) & (q >= 0)
    left, right = np.where(inside, p, 0.5), np.where(inside, q, 0.5)
    others = _divergence(1.0 - left, 1.0 - right, left - right)
    edge = np.where(p == 1, 1.0 - q, np.where((q == 1) & (p < 1), np.inf, np.nan))
    result: Floats = (poisson_divergence(p, q) + np.where(inside, others, edge))[()]
    return result
