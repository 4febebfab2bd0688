"""Quantiles of the beta distribution, to twelve digits however large its parameters."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.inference.quantiles import gamma_lower, gamma_upper
from likelihood.kernels.arrays import Floats, floats
from likelihood.solve.roots import find_root

#: Below this smaller parameter x may be nearly a gamma variable, above it it is nearly a normal
#: one: at a sum of 1e11 the quantile is within 7e-14 of itself from below, 2e-13 from above.
_FEW = 1e5
#: The larger parameter over the smaller from which on the gamma variable is a start, and that
#: from which on it has thirteen digits.
_RARE, _EXACT = 1e4, 1e6
#: The sum of the parameters up to which SciPy 1.17's tails have twelve digits; at 1e15 they are
#: those of points standard deviations away.
_SMALL = 1e11
#: Newton's steps at most, and a step (in standard deviations) after which none is needed.
_STEPS, _CLOSE = 20, 1e-7
#: 1/3, 1/5, ...: (atanh(r) - r) / r**3 in powers of r**2.
_ATANH = tuple(1.0 / n for n in range(25, 1, -2))


#: The quantile or the tail at (a, b, p) or (a, b, x).
Inverse: TypeAlias = Callable[[Floats, Floats, Floats], Floats]


def beta_lower(a: ArrayLike, b: ArrayLike, p: ArrayLike) -> Floats:
    """Return what a beta variable is below with probability p.

    Parameters
    ----------
    a, b, p : array_like, broadcastable
        Parameters, positive; a probability, in (0, 1).

    Examples
    --------
    >>> float(beta_lower(1.0, 1.0, 0.025).round(12))
    0.025
    """
    return _quantile(a, b, p, special.betaincinv, special.betainc, 1.0)


def beta_upper(a: ArrayLike, b: ArrayLike, p: ArrayLike) -> Floats:
    """Return what a beta variable exceeds with probability p.

    Parameters
    ----------
    a, b, p : array_like, broadcastable
        Parameters, positive; a probability, in (0, 1).

    Examples
    --------
    >>> float(beta_upper(1.0, 1.0, 0.025).round(12))
    0.975
    """
    return _quantile(a, b, p, special.betainccinv, special.betaincc, -1.0)


def _quantile(
    a: ArrayLike, b: ArrayLike, p: ArrayLike, inverse: Inverse, tail: Inverse, sign: float
) -> Floats:
    a, b, p = np.broadcast_arrays(floats(a), floats(b), floats(p))
    less, more = np.minimum(a, b), np.maximum(a, b)
    expanded = (less >= _FEW) | (more / _RARE > less)
    own = ~expanded
    x = np.empty(a.shape)
    x[expanded] = _expansion(a[expanded], b[expanded], p[expanded], sign)
    x[own] = _inverted(a[own], b[own], p[own], inverse, tail, sign)
    polished = (a + b < _SMALL) & (more / _EXACT < less)
    x[polished] = _polished(x[polished], a[polished], b[polished], p[polished], tail, sign)
    return x


def _inverted(
    a: Floats, b: Floats, p: Floats, inverse: Inverse, tail: Inverse, sign: float
) -> Floats:
    """Return SciPy's quantile, or the root of its tail where that is another."""
    x = np.asarray(inverse(a, b, p))
    # SciPy 1.17's inverse is off by several standard deviations where a parameter is 1000.
    wrong = np.abs(tail(a, b, x) - p) > 1e-6 * p
    if wrong.any():
        a, b, p = a[wrong], b[wrong], p[wrong]
        x[wrong] = find_root(lambda point: sign * (tail(a, b, point) - p), np.zeros(a.shape), 1.0)
    return x


def _polished(x: Floats, a: Floats, b: Floats, p: Floats, tail: Inverse, sign: float) -> Floats:
    """Return a quantile after a Newton step."""
    # The inverse has eight digits at a = 2, b = 1e9; the tail itself has thirteen.
    inside = (x > 1e-300) & (x < 1.0)
    held = np.where(inside, x, 0.5)
    with np.errstate(under="ignore", over="ignore"):
        density = np.exp(a * np.log(held) + (b - 1.0) * np.log1p(-held) - special.betaln(a, b))
        steady = inside & (density > 0.0) & np.isfinite(density)
        step = sign * (p - tail(a, b, held)) / np.where(steady, density, 1.0)
    # A large step means that the density is not to be trusted, not that the start is wrong.
    return np.where(steady & (np.abs(step) < 1e-3), np.minimum(x * (1.0 + step), 1.0), x)


def _expansion(a: Floats, b: Floats, p: Floats, sign: float) -> Floats:
    """Return the quantile by the expansions for one or two large parameters.

    The tail taken is the one with at most one half, and x the variable with the smaller mean:
    what is left of 1 would have lost the digits of both.
    """
    swapped = a > b
    a, b = np.where(swapped, b, a), np.where(swapped, a, b)
    side = np.where((p > 0.5) != swapped, -sign, sign)
    p = np.where(p > 0.5, 1.0 - p, p)
    few = a < _FEW
    # -(b + (a - 1) / 2) log(1 - x) is a gamma variable but for terms of the order (a / b)**2
    # (Didonato & Morris 1992, ACM Transactions on Mathematical Software 18, 360-373).
    shape = np.where(few, a, 1.0)
    sum_like = np.where(side > 0.0, gamma_lower(shape, p), gamma_upper(shape, p))
    rare = -np.expm1(-sum_like / (b + 0.5 * (shape - 1.0)))
    x = np.where(few, rare, _near_normal(np.where(few, _FEW, a), np.where(few, _FEW, b), p, side))
    return np.where(swapped, 1.0 - x, x)


def _near_normal(a: Floats, b: Floats, p: Floats, side: Floats) -> Floats:
    """Return the quantile for two large parameters, by Newton's steps in the log of the tail."""
    # The upper tail is the lower one of 1 - x, whose parameters are the other way round.
    first, second = np.where(side > 0.0, a, b), np.where(side > 0.0, b, a)
    total = a + b
    # A standard deviation as a share of the mean of x and of that of 1 - x.
    rise, fall = np.sqrt(second / total / first), np.sqrt(first / total / second)
    z, log_p = special.ndtri(p), np.log(p)
    for _ in range(_STEPS):
        scaled, root = _lower_tail(first, second, rise, fall, z)
        log_tail = np.log(scaled) - 0.5 * root * root
        slope = (1.0 + rise * z) * (1.0 - fall * z)
        step = (log_p - log_tail) * scaled * math.sqrt(2.0 * math.pi) * slope
        z = z + np.clip(step, -1.0, 1.0)
        if (np.abs(step) < _CLOSE).all():
            break
    return np.asarray(a / total * (1.0 + side * z * np.sqrt(b / total / a)))


def _lower_tail(
    a: Floats, b: Floats, rise: Floats, fall: Floats, z: Floats
) -> tuple[Floats, Floats]:
    """Return exp(w**2 / 2) times the probability below z, and w, the signed root deviance.

    It is the first term of the uniform expansion (Temme 1982), which is also the formula of
    Lugannani & Rice (1980); at a = 1e5 the next term moves a quantile by 6e-11 standard
    deviations.  ``w**2 - z**2`` is ``z**3 * skew``, so that ``1 / z - 1 / w`` does not cancel.
    """
    skew = 2.0 * (a * rise**3 * _cubic(rise * z) - b * fall**3 * _cubic(-fall * z))
    ratio = np.sqrt(1.0 + z * skew)
    root = z * ratio
    correction = skew / ((1.0 + ratio) * ratio)
    tail = 0.5 * special.erfcx(-root / math.sqrt(2.0)) - correction / math.sqrt(2.0 * math.pi)
    return np.asarray(tail), np.asarray(root)


def _cubic(x: Floats) -> Floats:
    """Return ``(x - log(1 + x) - x**2 / 2) / x**3``, which is -1/3 at zero.

    With ``r = x / (2 + x)`` the logarithm is ``2 atanh(r)``, and ``x - 2 r`` is ``r x``.
    """
    square = (x / (2.0 + x)) ** 2
    series = np.full_like(square, _ATANH[0])
    for coefficient in _ATANH[1:]:
        series = series * square + coefficient
    return np.asarray(-0.5 / (2.0 + x) - 2.0 * series / (2.0 + x) ** 3)
