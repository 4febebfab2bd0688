"""Logs of the two tails of a gamma distribution, also where the tails underflow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.inference.saddle_point import log_poisson_pmf
from likelihood.kernels import poisson_divergence
from likelihood.kernels.arrays import Floats, floats

#: Below this SciPy's tails approach underflow.
_TINY = 1e-290
#: From this shape on two terms of the uniform expansion are exact to a double.
_LARGE = 1e5
_ROUNDING = float(np.finfo(np.float64).eps)


def log_gamma_lower(a: ArrayLike, x: ArrayLike) -> Floats:
    """Return ``log P(a, x)``, the log-probability that a gamma variable of shape a is below x.

    Parameters
    ----------
    a, x : array_like, broadcastable
        Shape, positive; point, at least 0 and possibly infinite.

    Examples
    --------
    >>> float(log_gamma_lower(1000.0, 100.0).round(6))
    -1406.852755
    """
    a, x = np.broadcast_arrays(floats(a), floats(x))
    return np.where(x < a, _log_near_tail(a, x), _log_rest(a, x))


def log_gamma_upper(a: ArrayLike, x: ArrayLike) -> Floats:
    """Return ``log Q(a, x)``, the log-probability that a gamma variable of shape a exceeds x.

    Parameters
    ----------
    a, x : array_like, broadcastable
        Shape, positive; point, at least 0 and possibly infinite.

    Examples
    --------
    >>> float(log_gamma_upper(1.0, 1e6))
    -1000000.0
    """
    a, x = np.broadcast_arrays(floats(a), floats(x))
    return np.where(x < a, _log_rest(a, x), _log_near_tail(a, x))


def _log_rest(a: Floats, x: Floats) -> Floats:
    """Return the log of the tail that holds the bulk: what the near tail leaves of 1."""
    log_tail = _log_near_tail(a, x)
    direct = np.where(x < a, special.gammaincc(a, x), special.gammainc(a, x))
    # Below one half the difference from 1 would lose digits (a shape near 0 does that).
    with np.errstate(divide="ignore"):
        return np.where(direct < 0.5, np.log(direct), np.log1p(-np.exp(log_tail)))


def _log_near_tail(a: Floats, x: Floats) -> Floats:
    """Return log P(a, x) where x < a, log Q(a, x) elsewhere."""
    below = x < a
    direct = np.where(below, special.gammainc(a, x), special.gammaincc(a, x))
    certain = (x <= 0.0) | np.isinf(x) | np.isnan(a + x)
    # SciPy's series stop at 2000 terms, too few beyond this distance at large shapes: its
    # lower tail at shape 1e6 has 5 digits five standard deviations out.
    distant = (a > 200.0) & (np.abs(x - a) > 4.0 * np.sqrt(a))
    own = ~certain & (distant | (direct < _TINY))
    # Beyond a factor of two the series and the fraction are short whatever the shape, and the
    # two parts of the uniform expansion cancel.
    uniform = (a >= _LARGE) & (x > 0.5 * a) & (x < 2.0 * a)
    with np.errstate(divide="ignore"):
        result = np.asarray(np.log(direct))
    for chosen, tail in (
        (own & uniform, _uniform),
        (own & ~uniform & below, _series),
        (own & ~uniform & ~below, _fraction),
    ):
        if chosen.any():
            result[chosen] = tail(a[chosen], x[chosen])
    return result


def _uniform(a: Floats, x: Floats) -> Floats:
    """Return the near tail's log by Temme's uniform expansion (1979; DLMF 8.12)."""
    half_square = poisson_divergence(a, x)
    side = np.where(x < a, -1.0, 1.0)
    eta = side * np.sqrt(2.0 * half_square / a)
    mu = (x - a) / a
    first = 1.0 / mu - 1.0 / eta
    second = 1.0 / eta**3 - 1.0 / mu**3 - 1.0 / mu**2 - 1.0 / (12.0 * mu)
    correction = side * (first + second / a) / np.sqrt(2.0 * math.pi * a)
    return np.asarray(np.log(0.5 * special.erfcx(np.sqrt(half_square)) + correction) - half_square)


def _series(a: Floats, x: Floats) -> Floats:
    """Return log P by its power series (DLMF 8.11.4)."""
    term = np.ones_like(a)
    total = np.ones_like(a)
    shape = a.copy()
    while (term > 0.1 * _ROUNDING * total).any():
        shape += 1.0
        term *= x / shape
        total += term
    return np.asarray(log_poisson_pmf(a, x) + np.log(total))


def _fraction(a: Floats, x: Floats) -> Floats:
    """Return log Q by Legendre's continued fraction (DLMF 8.9.2), evaluated as Lentz (1976)."""
    denominator = x + 1.0 - a
    d = 1.0 / denominator
    c = np.full_like(a, math.inf)
    value = d.copy()
    i = 0
    while True:
        i += 1
        numerator = -i * (i - a)
        denominator = denominator + 2.0
        d = 1.0 / (numerator * d + denominator)
        c = denominator + numerator / c
        value *= c * d
        if (np.abs(c * d - 1.0) <= 2.0 * _ROUNDING).all():
            return np.asarray(log_poisson_pmf(a, x) + np.log(a * value))
