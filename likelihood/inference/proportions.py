"""Confidence intervals for a proportion, k successes in n trials.

Each function takes arrays of counts, which broadcast and may be fractional (frequency
weights), and returns the lower and the upper ends, inside [0, 1].
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likelihood.errors import DataError
from likelihood.inference.beta_quantiles import beta_lower, beta_upper
from likelihood.inference.quantiles import chi2_quantile, normal_quantile, significance
from likelihood.kernels import binary_kl_divergence
from likelihood.kernels.arrays import Floats, floats
from likelihood.solve.roots import find_root


def wilson(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the score interval, all p with ``(k/n - p)**2 <= z**2 p (1 - p) / n``.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Wilson (1927), JASA 22, 209-212.

    Examples
    --------
    >>> low, high = wilson(81, 263, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.255289, 0.36621)
    """
    return score_ends(k, n, chi2_quantile(significance(level), 1.0))


def score_ends(k: ArrayLike, n: ArrayLike, cut: ArrayLike) -> tuple[Floats, Floats]:
    """Return the score interval at a cut-off for the squared statistic.

    Simultaneous intervals are score intervals with a larger cut-off.

    Examples
    --------
    >>> low, high = score_ends(0, 4, 4.0)
    >>> float(low), float(high)
    (0.0, 0.5)
    """
    k, n = _checked(k, n)
    cut = floats(cut)
    # Two roots, because the product of the cut-off and a count may overflow.
    reach = k + 0.5 * cut + np.sqrt(cut) * np.sqrt(k * ((n - k) / n) + 0.25 * cut)
    # The lower root from the product of the roots: their difference would cancel for small k.
    return k * (k / n) / reach, np.where(k == n, 1.0, np.minimum(reach / (n + cut), 1.0))


def clopper_pearson(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the exact interval, which inverts the two one-sided binomial tests.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Coverage at least, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Clopper & Pearson (1934), Biometrika 26, 404-413.

    Examples
    --------
    >>> low, high = clopper_pearson(0, 10, 0.95)
    >>> float(low), float(high.round(6))
    (0.0, 0.308497)
    """
    k, n = _checked(k, n)
    tail = 0.5 * significance(level)
    none, all_ = k == 0.0, k == n
    low = beta_lower(np.where(none, 1.0, k), n - k + 1.0, tail)
    high = beta_upper(k + 1.0, np.where(all_, 1.0, n - k), tail)
    return np.where(none, 0.0, low), np.where(all_, 1.0, high)


def jeffreys(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the equal-tailed credible interval under Jeffreys' prior Beta(1/2, 1/2).

    An end is the estimate where the equal-tailed interval would exclude it: the lower end is 0
    at k = 0 and the upper end 1 at k = n.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Posterior probability, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Brown, Cai & DasGupta (2001), Statistical Science 16, 101-133.

    Examples
    --------
    >>> low, high = jeffreys(5, 10, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.223529, 0.776471)
    """
    k, n = _checked(k, n)
    tail = 0.5 * significance(level)
    low = beta_lower(k + 0.5, n - k + 0.5, tail)
    high = beta_upper(k + 0.5, n - k + 0.5, tail)
    return np.minimum(low, k / n), np.maximum(high, k / n)


def agresti_coull(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the Wald interval after adding z**2 / 2 successes and as many failures.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Agresti & Coull (1998), The American Statistician 52, 119-126.

    Examples
    --------
    >>> low, high = agresti_coull(5, 10, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.236593, 0.763407)
    """
    k, n = _checked(k, n)
    cut = chi2_quantile(significance(level), 1.0)
    trials = n + cut
    hits = k + 0.5 * cut
    high = hits + np.sqrt(cut) * np.sqrt(hits * ((n - k + 0.5 * cut) / trials))
    # The low end is the product of the two over the high one, so that one difference is left,
    # and that of the data; as quotients, since a product of counts may overflow.
    left = (n / trials) * (k - 0.5 * cut) + 2.0 * cut * (k / trials)
    low = np.maximum(hits / high * (left / trials), 0.0)
    high = np.minimum(high / trials, 1.0)
    # At counts beyond 1e15 the ends are within a rounding of each other.
    return np.minimum(low, high), high


def wald(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return ``k/n -+ z sqrt(k/n (1 - k/n) / n)``, cut to [0, 1].

    It is a single point at k = 0 and at k = n: prefer any of the others.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Laplace (1812), Théorie analytique des probabilités, book 2, chapter 3.

    Examples
    --------
    >>> low, high = wald(5, 10, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.190102, 0.809898)
    """
    k, n = _checked(k, n)
    z = normal_quantile(significance(level))
    high = k + z * np.sqrt(k * ((n - k) / n))
    # As a share of k, since a product of counts may overflow.
    left = np.maximum(k - z * z * ((n - k) / n), 0.0)
    low = k * np.divide(left, high, out=np.zeros_like(high), where=high > 0.0)
    return low / n, np.minimum(high / n, 1.0)


def likelihood_ratio(k: ArrayLike, n: ArrayLike, level: float) -> tuple[Floats, Floats]:
    """Return the profile-likelihood interval, ``2 n KL(k/n || p) <= z**2``.

    Parameters
    ----------
    k, n : array_like, broadcastable
        Successes and trials, 0 <= k <= n, n positive.
    level : float
        Coverage, in (0, 1).

    Raises
    ------
    ValueError
        A count or the level is out of range.

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.

    Examples
    --------
    >>> low, high = likelihood_ratio(5, 10, 0.95)
    >>> float(low.round(6)), float(high.round(6))
    (0.217614, 0.782386)
    """
    k, n = _checked(k, n)
    cut = chi2_quantile(significance(level), 1.0)
    share = k / n
    limit = 0.5 * cut / n
    inside = (k > 0.0) & (k < n)
    # At k = 0 and k = n the equation solves in closed form; a share of 1/2 stands in there.
    centre = np.where(inside, share, 0.5)

    def excess(p: Floats) -> Floats:
        return binary_kl_divergence(centre, p) - limit

    low, high = find_root(excess, 0.0, centre), find_root(excess, centre, 1.0)
    none, all_ = k == 0.0, k == n
    low = np.where(none, 0.0, np.where(all_, np.exp(-limit), low))
    return low, np.where(all_, 1.0, np.where(none, -np.expm1(-limit), high))


def _checked(k: ArrayLike, n: ArrayLike) -> tuple[Floats, Floats]:
    """Return successes and trials as arrays of one shape, in range."""
    k, n = np.broadcast_arrays(floats(k), floats(n))
    wrong = ~((k >= 0.0) & (k <= n) & (n > 0.0) & np.isfinite(n))
    if wrong.any():
        at = np.flatnonzero(wrong)[0]
        raise DataError(
            f"k and n must be counts with 0 <= k <= n and n > 0, got k={k.flat[at]:g} and "
            f"n={n.flat[at]:g} at position {at}; count the successes among the trials."
        )
    return k, n
