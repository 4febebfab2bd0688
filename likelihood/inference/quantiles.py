"""Quantiles that intervals are cut off at, taken from the probability outside."""

from __future__ import annotations

import math
from collections.abc import Callable
from decimal import Decimal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.inference.incomplete_gamma import log_gamma_lower, log_gamma_upper
from likelihood.inference.level import checked_level
from likelihood.inference.saddle_point import log_poisson_pmf
from likelihood.kernels.arrays import Floats, floats

#: Newton's steps at most; the second is below rounding wherever the start has five digits.
_STEPS = 8


def significance(level: float) -> float:
    """Return the probability outside an interval of this level.

    It is taken from the level as written: ``1 - 0.999999`` in binary is off by 8e-11 of itself.

    Raises
    ------
    ValueError
        The level is not in (0, 1).

    Examples
    --------
    >>> significance(0.999999)
    1e-06
    """
    return float(1 - Decimal(repr(checked_level(level))))


def normal_quantile(alpha: ArrayLike) -> Floats:
    """Return what a standard normal variable exceeds in size with probability alpha.

    Examples
    --------
    >>> float(normal_quantile(0.05).round(12))
    1.95996398454
    """
    alpha = floats(alpha)
    # Near the centre the small quantile comes from the small probability inside.
    central = math.sqrt(2.0) * special.erfinv(1.0 - np.maximum(alpha, 0.5))
    outer = -special.ndtri(0.5 * np.minimum(alpha, 0.5))
    return np.asarray(np.where(alpha > 0.5, central, outer))


def t_quantile(alpha: ArrayLike, df: ArrayLike) -> Floats:
    """Return what Student's t exceeds in size with probability alpha.

    Examples
    --------
    >>> float(t_quantile(0.05, 1).round(9))
    12.706204736
    """
    alpha, df = np.broadcast_arrays(floats(alpha), floats(df))
    # t**2 / (df + t**2) and df / (df + t**2): whichever is below one half keeps its digits.
    y = special.betainccinv(0.5, 0.5 * df, alpha)
    x = special.betaincinv(0.5 * df, 0.5, alpha)
    with np.errstate(divide="ignore"):
        large, small = np.sqrt(df * ((1.0 - x) / x)), np.sqrt(df * y / (1.0 - y))
    return np.asarray(np.where(y < 0.5, small, large))


def chi2_quantile(alpha: ArrayLike, df: ArrayLike) -> Floats:
    """Return what a chi-square variable exceeds with probability alpha.

    Examples
    --------
    >>> float(chi2_quantile(0.05, 1).round(12))
    3.841458820694
    """
    alpha, df = np.broadcast_arrays(floats(alpha), floats(df))
    return np.where(df == 1.0, normal_quantile(alpha) ** 2, 2.0 * gamma_upper(0.5 * df, alpha))


def gamma_lower(a: ArrayLike, p: ArrayLike) -> Floats:
    """Return what a gamma variable of shape a is below with probability p.

    Examples
    --------
    >>> float(gamma_lower(1.0, 0.5).round(12))
    0.69314718056
    """
    return _gamma(a, p, special.gammaincinv, log_gamma_lower, 1.0)


def gamma_upper(a: ArrayLike, p: ArrayLike) -> Floats:
    """Return what a gamma variable of shape a exceeds with probability p.

    Examples
    --------
    >>> float(gamma_upper(1.0, 0.05).round(12))
    2.995732273554
    """
    return _gamma(a, p, special.gammainccinv, log_gamma_upper, -1.0)


def _gamma(
    a: ArrayLike, p: ArrayLike, inverse: Callable[[Floats, Floats], Floats],
    log_tail: Callable[[Floats, Floats], Floats], sign: float,
) -> Floats:  # fmt: skip
    a, p = np.broadcast_arrays(floats(a), floats(p))
    x = np.asarray(inverse(a, p))
    # SciPy's inverse has nine digits in the lower tail at shape 1e6 and two at 1e9; Newton's
    # steps in the log of the tail, which is concave, mend it.
    inside = (x > 1e-300) & np.isfinite(x)
    held = np.where(inside, x, a)
    for _ in range(_STEPS):
        logs = log_tail(a, held)
        # x times the density is a times the Poisson probability of a at mean x.
        step = sign * (np.log(p) - logs) * np.exp(logs - log_poisson_pmf(a, held)) / a
        held = np.where(inside, held * (1.0 + np.clip(step, -0.5, 1.0)), held)
        if (np.abs(step[inside]) < 1e-9).all():
            break
    return np.where(inside, held, x)
