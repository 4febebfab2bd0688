"""Tail probabilities of chi-square, normal and t statistics, with logs that do not underflow."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.inference.incomplete_gamma import log_gamma_upper
from likelihood.inference.saddle_point import stirling_error
from likelihood.kernels.arrays import Floats, floats

_TINY = 1e-290
_ROUNDING = float(np.finfo(np.float64).eps)


def log_chi2_sf(x: ArrayLike, df: ArrayLike) -> Floats:
    """Return the log-probability that a chi-square variable exceeds x, in nats.

    Parameters
    ----------
    x, df : array_like, broadcastable
        The statistic; the degrees of freedom, positive and not necessarily whole.

    Raises
    ------
    ValueError
        ``df`` is not positive.

    Examples
    --------
    >>> float(log_chi2_sf(1e6, 5).round(6))
    -499980.601135
    """
    # Adding 0.0 turns the -0.0 of a certain event into 0.0, here and below.
    return log_gamma_upper(0.5 * _positive(df), 0.5 * np.maximum(floats(x), 0.0)) + 0.0


def chi2_sf(x: ArrayLike, df: ArrayLike) -> Floats:
    """Return the probability that a chi-square variable exceeds x.

    Parameters
    ----------
    x, df : array_like, broadcastable
        The statistic; the degrees of freedom, positive and not necessarily whole.

    Raises
    ------
    ValueError
        ``df`` is not positive.

    Examples
    --------
    >>> float(chi2_sf(3.841458820694124, 1).round(12))
    0.05
    """
    df, x = np.broadcast_arrays(_positive(df), np.maximum(floats(x), 0.0))
    direct = special.gammaincc(0.5 * df, 0.5 * x)
    # SciPy's tail stops converging far out at many degrees of freedom; the log's does not.
    distant = (df > 400.0) & (x > df + 5.0 * np.sqrt(df))
    return np.where(distant, np.exp(log_chi2_sf(x, df)), direct)


def log_normal_sf(z: ArrayLike) -> Floats:
    """Return the log-probability that a standard normal variable exceeds z, in nats.

    Examples
    --------
    >>> float(log_normal_sf(100.0).round(6))
    -5005.524209
    """
    return np.asarray(special.log_ndtr(-floats(z)) + 0.0)


def normal_two_sided(z: ArrayLike) -> Floats:
    """Return the probability that a standard normal variable exceeds ``|z|`` in size.

    Examples
    --------
    >>> float(normal_two_sided(-1.959963984540054).round(12))
    0.05
    """
    return np.asarray(special.erfc(np.abs(floats(z)) / math.sqrt(2.0)))


def log_normal_two_sided(z: ArrayLike) -> Floats:
    """Return the log of the two-sided p-value of a standard normal statistic, in nats.

    Examples
    --------
    >>> float(log_normal_two_sided(-100.0).round(6))
    -5004.831062
    """
    size = np.abs(floats(z))
    # Near zero the p-value is near 1: its log comes from what is missing to 1.
    near = np.log1p(-special.erf(np.minimum(size, 1.0) / math.sqrt(2.0)))
    return np.where(size < 1.0, near, math.log(2.0) + log_normal_sf(size)) + 0.0


def t_two_sided(t: ArrayLike, df: ArrayLike) -> Floats:
    """Return the probability that Student's t exceeds ``|t|`` in size.

    Parameters
    ----------
    t, df : array_like, broadcastable
        The statistic; the degrees of freedom, positive, possibly fractional or infinite.

    Raises
    ------
    ValueError
        ``df`` is not positive.

    Examples
    --------
    >>> float(t_two_sided(12.706204736174698, 1).round(12))
    0.05
    """
    t, df = np.broadcast_arrays(floats(t), _positive(df))
    direct, _, _ = _t_parts(t, df)
    underflown = (direct < _TINY) & np.isfinite(df)
    return np.where(underflown, np.exp(log_t_two_sided(t, df)), direct)


def log_t_two_sided(t: ArrayLike, df: ArrayLike) -> Floats:
    """Return the log of the two-sided p-value of Student's t, in nats.

    Parameters
    ----------
    t, df : array_like, broadcastable
        The statistic; the degrees of freedom, positive, possibly fractional or infinite.

    Raises
    ------
    ValueError
        ``df`` is not positive.

    Notes
    -----
    The p-value is ``I_x(df / 2, 1 / 2)`` at ``x = df / (df + t**2)``.  Where that underflows,
    the log is that of its leading factor and its continued fraction (DLMF 8.17.22).

    Examples
    --------
    >>> float(log_t_two_sided(1e5, 1000).round(6))
    -8062.727794
    """
    t, df = np.broadcast_arrays(floats(t), _positive(df))
    direct, missing, log_x = _t_parts(t, df)
    with np.errstate(divide="ignore"):
        result = np.asarray(np.where(direct > 0.5, np.log1p(-missing), np.log(direct)))
    distant = ((direct < _TINY) | (log_x < math.log(_TINY))) & np.isfinite(t) & np.isfinite(df)
    if distant.any():
        a, log_x = 0.5 * df[distant], log_x[distant]
        leading = a * log_x + 0.5 * np.log(-np.expm1(log_x)) - _log_beta_half(a)
        result[distant] = leading + np.log(_beta_fraction(a, np.exp(log_x)))
    return np.where(np.isinf(df), log_normal_two_sided(t), result + 0.0)


def _t_parts(t: Floats, df: Floats) -> tuple[Floats, Floats, Floats]:
    """Return the p-value where it does not underflow, 1 minus it, and log(df / (df + t^2))."""
    ratio = np.abs(t) / np.sqrt(df)
    # The square may overflow to infinity or underflow to zero, both of which are its limits.
    with np.errstate(over="ignore", under="ignore", divide="ignore", invalid="ignore"):
        square = ratio * ratio
        x = 1.0 / (1.0 + square)
        y = np.where(square > 1.0, 1.0 - x, square / (1.0 + square))
        log_x = np.where(ratio > 1e8, -2.0 * np.log(ratio), -np.log1p(square))
    half, half_df = 0.5, 0.5 * np.where(np.isinf(df), 1.0, df)
    direct = np.where(
        y < 0.5, special.betaincc(half, half_df, y), special.betainc(half_df, half, x)
    )
    missing = np.where(
        y < 0.5, special.betainc(half, half_df, y), special.betaincc(half_df, half, x)
    )
    normal = np.isinf(df)
    return (
        np.where(normal, normal_two_sided(t), direct),
        np.where(normal, special.erf(np.abs(t) / math.sqrt(2.0)), missing),
        log_x,
    )


def _log_beta_half(a: Floats) -> Floats:
    """Return log(a B(a, 1/2)); at large a the two log-gammas would cancel."""
    small, large = np.minimum(a, 16.0), np.maximum(a, 16.0)
    rise = (
        large * np.log1p(0.5 / large)
        + 0.5 * np.log(large)
        - 0.5
        + stirling_error(large + 0.5)
        - stirling_error(large)
    )
    direct = special.gammaln(small + 0.5) - special.gammaln(small)
    return np.asarray(0.5 * math.log(math.pi) + np.log(a) - np.where(a < 16.0, direct, rise))


def _beta_fraction(a: Floats, x: Floats) -> Floats:
    """Return the continued fraction of I_x(a, 1/2) (DLMF 8.17.22), evaluated as Lentz (1976)."""
    b = 0.5
    c = np.ones_like(a)
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value = d.copy()
    m = 0
    while True:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        step = np.ones_like(a)
        for coefficient in (even, odd):
            d = 1.0 / (1.0 + coefficient * d)
            c = 1.0 + coefficient / c
            step *= c * d
        value *= step
        if (np.abs(step - 1.0) <= 4.0 * _ROUNDING).all():
            return value


def _positive(df: ArrayLike) -> Floats:
    """Return degrees of freedom, checked."""
    df = floats(df)
    if (df <= 0.0).any():
        raise ValueError(f"df must be positive, got {float(df[df <= 0.0].flat[0]):g}.")
    return df
