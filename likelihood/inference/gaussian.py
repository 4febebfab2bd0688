"""Confidence intervals for a Gaussian's mean and standard deviation.

They are functions of the mean, the sum of squares about it and the (weighted) number of
observations n.  Up to one observation nothing is known: the mean's interval is the whole line,
the standard deviation's (0, inf).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likelihood.errors import DataError
from likelihood.inference.quantiles import (
    chi2_quantile,
    gamma_lower,
    gamma_upper,
    normal_quantile,
    significance,
    t_quantile,
)
from likelihood.kernels import poisson_divergence
from likelihood.kernels.arrays import Floats, floats
from likelihood.solve.roots import find_root


def mean_t(
    mean: ArrayLike, sum_of_squares: ArrayLike, n: ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Return the exact interval for the mean, ``mean -+ t sqrt(SS / (n - 1) / n)``.

    Parameters
    ----------
    mean, sum_of_squares, n : array_like, broadcastable
        The sample's mean, sum of squares about it, and size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Student (1908), Biometrika 6, 1-25.

    Examples
    --------
    >>> low, high = mean_t(2.0, 2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (-0.484138, 4.484138)
    """
    mean, squares, n = _checked(mean, sum_of_squares, n)
    known = np.where(n > 1.0, n, 2.0)
    half = t_quantile(significance(level), known - 1.0) * np.sqrt(squares / (known - 1.0) / known)
    return _about(mean, half, n)


def mean_profile(
    mean: ArrayLike, sum_of_squares: ArrayLike, n: ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Return the profile-likelihood interval, ``n log(1 + n (mean - m)**2 / SS) <= z**2``.

    Parameters
    ----------
    mean, sum_of_squares, n : array_like, broadcastable
        The sample's mean, sum of squares about it, and size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.

    Examples
    --------
    >>> low, high = mean_profile(2.0, 2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.683847, 3.316153)
    """
    mean, squares, n = _checked(mean, sum_of_squares, n)
    cut = chi2_quantile(significance(level), 1.0)
    known = np.where(n > 1.0, n, 2.0)
    return _about(mean, np.sqrt(squares / known * np.expm1(cut / known)), n)


def mean_wald(
    mean: ArrayLike, sum_of_squares: ArrayLike, n: ArrayLike, level: float
) -> tuple[Floats, Floats]:
    """Return ``mean -+ z sd / sqrt(n)`` with the maximum likelihood sd, ``sqrt(SS / n)``.

    Parameters
    ----------
    mean, sum_of_squares, n : array_like, broadcastable
        The sample's mean, sum of squares about it, and size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Wald (1943), Transactions of the American Mathematical Society 54, 426-482.

    Examples
    --------
    >>> low, high = mean_wald(2.0, 2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (1.076064, 2.923936)
    """
    mean, squares, n = _checked(mean, sum_of_squares, n)
    return _about(mean, normal_quantile(significance(level)) * (np.sqrt(squares) / n), n)


def sd_chi_square(sum_of_squares: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the exact equal-tailed interval for the sd: SS over chi-square quantiles.

    Parameters
    ----------
    sum_of_squares, n : array_like, broadcastable
        The sum of squares about the mean, and the size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Helmert (1876), Zeitschrift für Mathematik und Physik 21, 192-218.

    Examples
    --------
    >>> low, high = sd_chi_square(2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.520658, 6.284735)
    """
    _, squares, n = _checked(0.0, sum_of_squares, n)
    tail = 0.5 * significance(level)
    shape = 0.5 * (np.where(n > 1.0, n, 2.0) - 1.0)
    most, least = gamma_upper(shape, tail), gamma_lower(shape, tail)
    # At a size barely above 1 the quantiles underflow to zero: nothing is known.
    with np.errstate(divide="ignore", invalid="ignore"):
        low, high = np.sqrt(0.5 * squares / most), np.sqrt(0.5 * squares / least)
    return _positive(np.where(most > 0.0, low, 0.0), high, squares, n)


def sd_profile(sum_of_squares: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the profile-likelihood interval for the sd, ``n (r - 1 - log r) <= z**2``.

    r is the estimated variance ``SS / n`` over that of the hypothesis.

    Parameters
    ----------
    sum_of_squares, n : array_like, broadcastable
        The sum of squares about the mean, and the size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.

    Examples
    --------
    >>> low, high = sd_profile(2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.43357, 2.411342)
    """
    _, squares, n = _checked(0.0, sum_of_squares, n)
    cut = float(chi2_quantile(significance(level), 1.0))
    known = np.where(n > 1.0, n, 2.0)
    limit = cut / known

    def excess(ratio: Floats) -> Floats:
        return poisson_divergence(1.0, ratio) - limit

    # The divergence is at least the squared difference of the roots, which bounds the search.
    least, most = find_root(excess, 0.0, 1.0), find_root(excess, 1.0, (1.0 + np.sqrt(limit)) ** 2)
    variance = squares / known
    return _positive(np.sqrt(variance / most), np.sqrt(variance / least), squares, n)


def sd_wald(sum_of_squares: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return ``sd -+ z sd / sqrt(2 n)`` about the maximum likelihood sd, at least 0.

    Parameters
    ----------
    sum_of_squares, n : array_like, broadcastable
        The sum of squares about the mean, and the size.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        The sum of squares, the size or the level is out of range.

    References
    ----------
    Wald (1943), Transactions of the American Mathematical Society 54, 426-482.

    Examples
    --------
    >>> low, high = sd_wald(2.0, 3, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.163175, 1.469818)
    """
    _, squares, n = _checked(0.0, sum_of_squares, n)
    sd = np.sqrt(squares / n)
    relative = normal_quantile(significance(level)) / np.sqrt(2.0 * n)
    return _positive(sd * np.maximum(1.0 - relative, 0.0), sd * (1.0 + relative), squares, n)


def _about(mean: Floats, half: Floats, n: Floats) -> tuple[Floats, Floats]:
    half = np.where(n > 1.0, half, np.inf)
    return mean - half, mean + half


def _positive(low: Floats, high: Floats, squares: Floats, n: Floats) -> tuple[Floats, Floats]:
    """Return the ends for an sd: (0, inf) up to one observation, (0, 0) for a constant sample."""
    known = n > 1.0
    high = np.where(squares > 0.0, high, 0.0)
    return np.where(known, low, 0.0), np.where(known, high, np.inf)


def _checked(
    mean: ArrayLike, sum_of_squares: ArrayLike, n: ArrayLike
) -> tuple[Floats, Floats, Floats]:
    mean, squares, n = np.broadcast_arrays(floats(mean), floats(sum_of_squares), floats(n))
    wrong = ~((squares >= 0.0) & (n > 0.0) & np.isfinite(n))
    if wrong.any():
        at = np.flatnonzero(wrong)[0]
        raise DataError(
            f"sum_of_squares must be at least 0 and n positive, got {squares.flat[at]:g} and "
            f"{n.flat[at]:g} at position {at}; give the squares about the mean and the size."
        )
    return mean, squares, n
