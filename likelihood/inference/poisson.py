"""Confidence intervals for a Poisson rate: a total count over n units of exposure.

Each function takes arrays, which broadcast, and returns the lower and the upper ends, at
least 0.  The total may be fractional (frequency weights).
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from likelihood.errors import DataError
from likelihood.inference.quantiles import (
    chi2_quantile,
    gamma_lower,
    gamma_upper,
    normal_quantile,
    significance,
)
from likelihood.kernels import poisson_divergence
from likelihood.kernels.arrays import Floats, floats
from likelihood.solve.roots import find_root


def exact(total: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the exact interval, which inverts the two one-sided Poisson tests.

    Parameters
    ----------
    total, n : array_like, broadcastable
        The sum of the counts, at least 0; the exposure, positive.
    level : float
        Coverage at least, in (0, 1).

    Raises
    ------
    ValueError
        A count, an exposure or the level is out of range.

    References
    ----------
    Garwood (1936), Biometrika 28, 437-442.

    Examples
    --------
    >>> low, high = exact(10, 1, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (4.795389, 18.390356)
    """
    total, n = _checked(total, n)
    tail = 0.5 * significance(level)
    none = total == 0.0
    low = np.where(none, 0.0, gamma_lower(np.where(none, 1.0, total), tail))
    return low / n, gamma_upper(total + 1.0, tail) / n


def score(total: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the score interval, all rates m with ``(total/n - m)**2 <= z**2 m / n``.

    Parameters
    ----------
    total, n : array_like, broadcastable
        The sum of the counts, at least 0; the exposure, positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count, an exposure or the level is out of range.

    References
    ----------
    Rao (1948), Mathematical Proceedings of the Cambridge Philosophical Society 44, 50-57.

    Examples
    --------
    >>> low, high = score(10, 1, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (5.431986, 18.409473)
    """
    total, n = _checked(total, n)
    cut = chi2_quantile(significance(level), 1.0)
    reach = total + 0.5 * cut + np.sqrt(cut * (total + 0.25 * cut))
    # The lower root from the product of the roots: their difference would cancel.
    return total * (total / reach) / n, reach / n


def wald(total: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return ``total/n -+ z sqrt(total) / n``, the lower end at least 0.

    It is the single point 0 at a total of 0: prefer any of the others.

    Parameters
    ----------
    total, n : array_like, broadcastable
        The sum of the counts, at least 0; the exposure, positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count, an exposure or the level is out of range.

    References
    ----------
    Wald (1943), Transactions of the American Mathematical Society 54, 426-482.

    Examples
    --------
    >>> low, high = wald(10, 1, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (3.80205, 16.19795)
    """
    total, n = _checked(total, n)
    z, root = normal_quantile(significance(level)), np.sqrt(total)
    return root * np.maximum(root - z, 0.0) / n, root * (root + z) / n


def profile(total: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the profile-likelihood interval, ``2 (m n - T + T log(T / (m n))) <= z**2``.

    Parameters
    ----------
    total, n : array_like, broadcastable
        The sum T of the counts, at least 0; the exposure, positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count, an exposure or the level is out of range.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.

    Examples
    --------
    >>> low, high = profile(10, 1, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (5.010766, 17.539345)
    """
    total, n = _checked(total, n)
    cut = float(chi2_quantile(significance(level), 1.0))
    none = total == 0.0
    centre = np.where(none, 1.0, total)

    def excess(mean: Floats) -> Floats:
        return poisson_divergence(centre, mean) - 0.5 * cut

    # The divergence is at least the squared difference of the roots, which bounds the search.
    # Four roundings beyond the total are enough where that bound rounds to the total itself.
    beyond = np.maximum((np.sqrt(centre) + math.sqrt(cut)) ** 2, centre * (1.0 + 1e-15))
    low, high = find_root(excess, 0.0, centre), find_root(excess, centre, beyond)
    return np.where(none, 0.0, low) / n, np.where(none, 0.5 * cut, high) / n


def _checked(total: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return totals and exposures as arrays of one shape, in range."""
    total, n = np.broadcast_arrays(floats(total), floats(n))
    wrong = ~((total >= 0.0) & np.isfinite(total) & (n > 0.0) & np.isfinite(n))
    if wrong.any():
        at = np.flatnonzero(wrong)[0]
        raise DataError(
            f"a rate needs a total of at least 0 and a positive n, got total={total.flat[at]:g} "
            f"and n={n.flat[at]:g} at position {at}; give the sum of the counts and the exposure."
        )
    return total, n
