"""Poisson and binomial probabilities in logs, without cancellation however large the counts."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.kernels import poisson_divergence
from likelihood.kernels.arrays import Floats, floats

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
#: Stirling's series in 1/x, from x**-9 to x**-1; the next term is below 2e-16 from x = 16 on.
_STIRLING = (1 / 1188, -1 / 1680, 1 / 1260, -1 / 360, 1 / 12)


def stirling_error(x: ArrayLike) -> Floats:
    """Return ``log Gamma(x + 1) - (x + 1/2) log x + x - log(2 pi) / 2``.

    Parameters
    ----------
    x : array_like
        Positive.

    Examples
    --------
    >>> float(stirling_error(1.0).round(6))
    0.081061
    """
    x = floats(x)
    small = np.minimum(x, 16.0)
    direct = special.gammaln(small + 1.0) - (small + 0.5) * np.log(small) + small - HALF_LOG_2PI
    large = np.maximum(x, 16.0)
    # The square of the reciprocal: that of x itself may overflow.
    square = (1.0 / large) ** 2
    series = np.zeros_like(large)
    for coefficient in _STIRLING:
        series = series * square + coefficient
    return np.where(x < 16.0, direct, series / large)


def log_poisson_pmf(k: ArrayLike, mean: ArrayLike) -> Floats:
    """Return ``log(mean**k exp(-mean) / Gamma(k + 1))`` in nats; k may be a fraction.

    Parameters
    ----------
    k, mean : array_like, broadcastable
        At least 0.

    References
    ----------
    Loader (2000), Fast and accurate computation of binomial probabilities.

    Examples
    --------
    >>> float(log_poisson_pmf(1e12, 1e12).round(6))
    -14.734449
    """
    k, mean = np.broadcast_arrays(floats(k), floats(mean))
    positive = np.where(k > 0.0, k, 1.0)
    below = HALF_LOG_2PI + 0.5 * np.log(positive) + stirling_error(positive)
    return np.asarray(-poisson_divergence(k, mean) - np.where(k > 0.0, below, 0.0))


def log_binomial_pmf(k: ArrayLike, n: ArrayLike, p: ArrayLike) -> Floats:
    """Return the log-probability of k successes in n trials, in nats.

    Parameters
    ----------
    k, n, p : array_like, broadcastable
        0 <= k <= n, 0 <= p <= 1.

    References
    ----------
    Loader (2000), Fast and accurate computation of binomial probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> float(np.exp(log_binomial_pmf(1, 4, 0.5)).round(12))
    0.25
    """
    k, n, p = np.broadcast_arrays(floats(k), floats(n), floats(p))
    misses = n - k
    # Two Poisson divergences rather than n times the binary one: k / n would be rounded.
    deviance = poisson_divergence(k, n * p) + poisson_divergence(misses, n * (1.0 - p))
    mixed = (k > 0.0) & (misses > 0.0)
    hits, rest, all_ = (np.where(mixed, x, 1.0) for x in (k, misses, n))
    below = (
        HALF_LOG_2PI
        + 0.5 * (np.log(hits) + np.log(rest / all_))
        + stirling_error(hits)
        + stirling_error(rest)
        - stirling_error(all_)
    )
    return np.asarray(-deviance - np.where(mixed, below, 0.0))
