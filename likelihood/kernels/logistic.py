"""The logistic function and the loss of a binary outcome from its logit (level 0).

With ``e = exp(-|z|)``, at most 1, every quantity is a sum or quotient of positive terms:
nothing cancels, overflows, or is clipped.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arithmetic import two_sum
from likelihood.kernels.arrays import (
    Floats,
    Numbers,
    floats,
    log1p,
    minus_size,
    numbers,
    positive_part,
)
from likelihood.kernels.extended import add, exp_parts, multiply


class Parts(NamedTuple):
    """A log-partition as ``peak + tail``: the maximum, and what is above it, at least 0."""

    peak: Floats
    tail: Floats


def _exp_in_place(x: Numbers) -> Numbers:
    return np.asarray(np.exp(x, out=x))


def softplus_parts(x: ArrayLike) -> Parts:
    """Return ``log(1 + exp(x))`` as the pair ``max(x, 0)``, ``log1p(exp(-|x|))``.

    The tail is within 1.4 ulp down to the least subnormal (1.7 in 5 million points, where it
    falls below a power of two and the exponential does not); the peak is exact.

    Examples
    --------
    >>> peak, tail = softplus_parts(40.0)
    >>> print(f"{peak} {tail:.12g}")
    40.0 4.24835425529e-18
    """
    x = numbers(x)
    return Parts(positive_part(x)[()], log1p(_exp_in_place(minus_size(x)))[()])


def softplus(x: ArrayLike) -> Floats:
    """Return ``log(1 + exp(x))``, within 1.4 ulp (1.7 in 5 million points).

    Examples
    --------
    >>> print(f"{softplus(-800.0):g} {softplus(0.0):.12g} {softplus(1e300):g}")
    0 0.69314718056 1e+300
    """
    peak, tail = softplus_parts(x)
    return peak + tail


def log_sigmoid(x: ArrayLike) -> Floats:
    """Return ``log(1 / (1 + exp(-x)))``, within 1.4 ulp (1.7 in 5 million points).

    Examples
    --------
    >>> print(f"{log_sigmoid(40.0):.12g} {log_sigmoid(-1e300):g}")
    -4.24835425529e-18 -1e+300
    """
    return -softplus(np.negative(numbers(x)))


def sigmoid(x: ArrayLike) -> Floats:
    """Return ``1 / (1 + exp(-x))``, within 1.6 ulp, subnormal results included.

    Examples
    --------
    >>> float(sigmoid(0.0)), float(sigmoid(-745.0))
    (0.5, 5e-324)
    """
    x = numbers(x)
    result: Floats = _sigmoid(x, _exp_in_place(minus_size(x)))[()]
    return result


def _sigmoid(x: Numbers, e: Numbers) -> Numbers:
    """Return the logistic function of x, given ``e = exp(-|x|)``, which it overwrites."""
    total = np.add(e, 1.0)
    share = np.divide(e, total)
    # Newton's correction of the quotient, ((e - share) - share * e) / total; e - share is exact,
    # as share is within [e / 2, e].  In place, as new arrays cost more than the arithmetic.
    correction = np.subtract(e, share)
    e *= share
    correction -= e
    correction /= total
    share += correction
    return np.where(x.real >= 0, np.subtract(1.0, share, out=np.asarray(total)), share)


def sigmoid_variance(x: ArrayLike) -> Floats:
    """Return ``s * (1 - s)`` for ``s = sigmoid(x)``, within 2.8 ulp.

    Examples
    --------
    >>> print(f"{sigmoid_variance(0.0):.12g} {sigmoid_variance(40.0):.12g}")
    0.25 4.24835425529e-18
    """
    e = _exp_in_place(minus_size(numbers(x)))
    total = 1.0 + e
    # The rounding error of the sum counts twice: put back to first order it does not count.
    low = (1.0 - total) + e
    value = e / total / total
    result: Floats = (value - value * (2.0 * low / total))[()]
    return result


def log1mexp(x: ArrayLike) -> Floats:
    """Return ``log(1 - exp(-x))`` for x > 0, within 1.4 ulp; -inf at 0 and NaN below it.

    References
    ----------
    Maechler (2012), "Accurately computing log(1 - exp(-|a|))", vignette of the R package Rmpfr.

    Examples
    --------
    >>> print(f"{log1mexp(50.0):.12g} {log1mexp(1e-20):.12g}")
    -1.92874984796e-22 -46.0517018599
    """
    x = floats(x)
    with np.errstate(divide="ignore", invalid="ignore"):
        # log(2) is where both forms lose equally little.
        result: Floats = np.where(
            x <= np.log(2.0), np.log(-np.expm1(-x)), np.log1p(-np.exp(-np.maximum(x, 0.5)))
        )[()]
    return result


def _excess(z: Numbers, y: Floats) -> Numbers:
    """Return ``|z|`` times the part of y that is against z: ``1 - y`` for z >= 0, else y."""
    against = np.where(z.real >= 0, 1.0 - y, y)
    with np.errstate(invalid="ignore"):
        product = np.asarray(-minus_size(z) * against)
    if z.size and not np.isfinite(z.real).all():
        # 0 * inf is 0 here: a certain prediction that comes true costs nothing.
        product = np.where((against == 0) & ~np.isnan(z), 0.0, product)
    return product


def binary_shortfall(z: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``max(z, 0) - y * z`` without cancellation, within 1 ulp.

    Parameters
    ----------
    z : array_like
        Logits; infinite ones give the limit.
    y : array_like, broadcastable
        Probabilities in [0, 1], or labels 0 and 1.

    Examples
    --------
    >>> float(binary_shortfall(1e300, 1)), float(binary_shortfall(float("inf"), 1))
    (0.0, 0.0)
    """
    result: Floats = _excess(numbers(z), floats(y))[()]
    return result


def binary_cross_entropy(z: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``log(1 + exp(z)) - y * z`` in nats, within 1.5 ulp (1.7 in 5 million points).

    Parameters
    ----------
    z : array_like
        Logits; infinite ones give the limit.
    y : array_like, broadcastable
        Probabilities in [0, 1], or labels 0 and 1.

    Examples
    --------
    >>> print(f"{binary_cross_entropy(40.0, 1):.12g} {binary_cross_entropy(-1000.0, 1):g}")
    4.24835425529e-18 1000
    """
    z = numbers(z)
    tail = log1p(_exp_in_place(minus_size(z)))
    result: Floats = (tail + _excess(z, floats(y)))[()]
    return result


def binary_residual(z: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``sigmoid(z) - y``, the derivative of ``binary_cross_entropy`` in z.

    Within 1.6 ulp for y in {0, 1}, and for y between within 1.6 ulp of the larger of the two terms.
    Where these agree to more than one bit the exponential is formed in two doubles: the result
    keeps about 12 digits even where y is the rounded probability.

    Parameters
    ----------
    z : array_like
        Logits; infinite ones give the limit.
    y : array_like, broadcastable
        Probabilities in [0, 1], or labels 0 and 1.

    Examples
    --------
    >>> print(f"{binary_residual(40.0, 1):.12g} {binary_residual(-40.0, 0):.12g}")
    -4.24835425529e-18 4.24835425529e-18
    """
    z, y = np.broadcast_arrays(numbers(z), floats(y))
    if ((y == 0.0) | (y == 1.0)).all():
        sign = np.asarray(1.0 - 2.0 * y)
        toward = np.asarray(z * sign)
        hard: Floats = (_sigmoid(toward, _exp_in_place(minus_size(toward))) * sign)[()]
        return hard
    near_one = y > 0.5
    # From whichever of y and 1 - y is the smaller one, exact in both cases.
    least = np.where(near_one, 1.0 - y, y)
    toward = np.where(near_one, -z, z)
    share = _sigmoid(toward, _exp_in_place(minus_size(toward)))
    result = np.asarray(share - least)
    if not np.iscomplexobj(z):
        cancelled = (np.abs(result) < 0.5 * np.maximum(share, least)) & (share < 1.0)
        if cancelled.any():
            result[cancelled] = _exact_residual(toward[cancelled], least[cancelled])
    soft: Floats = np.where(near_one, -result, result)[()]
    return soft


def _exact_residual(z: Floats, y: Floats) -> Floats:
    """Return ``sigmoid(z) - y`` with the exponential in two doubles."""
    e = exp_parts(z, np.zeros_like(z))
    high, low = add(multiply(e, two_sum(np.ones_like(y), -y)), (-y, np.zeros_like(y)))
    return (high + low) / (1.0 + e[0])
