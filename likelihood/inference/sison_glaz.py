"""The multinomial's probability of a box about the observed counts (Sison & Glaz 1995)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from likelihood.inference.incomplete_gamma import log_gamma_lower, log_gamma_upper
from likelihood.inference.saddle_point import HALF_LOG_2PI, log_poisson_pmf, stirling_error
from likelihood.kernels.arrays import Floats

#: A window of more offsets than this is integrated; its end terms have 16 digits from here on.
_SUMMED = 2049
#: Nodes and weights on (-1, 1) for half a standard deviation on either side, to a double.
_NODES, _WEIGHTS = special.roots_legendre(20)


def reach(
    counts: Floats, level: float, probability: Callable[[Floats, int], float]
) -> tuple[int, float] | None:
    """Return (c, gamma): the box of half-width c falls short of the level, c + gamma meets it.

    None if no box reaches the level.

    Parameters
    ----------
    counts : (K,) array
        Positive, K at least 2.
    level : float
        Coverage.
    probability : callable, (counts, c) -> float
        That of the box of half-width c.

    Examples
    --------
    >>> c, gamma = reach(np.array([5.0, 3.0, 2.0]), 0.95, edgeworth)
    >>> c, round(gamma, 6)
    (2, 0.876582)
    """
    total = float(counts.sum())
    largest = math.ceil(total)
    # Doubling, then halving: the published programs try every c from 1 on.  A face is within c
    # of its count with probability (2 c + 1) / sqrt(2 pi variance) at most, so that the first c
    # can be near the last; were it beyond, halving would still find the way down.
    spread = math.sqrt(float((counts * ((total - counts) / total)).max()))
    low, below, high = 0, 0.0, max(1, min(math.floor(level * spread), largest))
    while (above := probability(counts, high)) < level:
        if high >= largest:
            return None
        low, below, high = high, above, min(2 * high, largest)
    while high - low > 1:
        middle = (low + high) // 2
        at_middle = probability(counts, middle)
        if at_middle < level:
            low, below = middle, at_middle
        else:
            high, above = middle, at_middle
    return low, (level - below) / (above - below)


def edgeworth(counts: Floats, c: int) -> float:
    """Return the probability of the box of half-width c, by the published approximation.

    Independent Poisson counts, each cut off at c from its mean, have the box's probability
    times that their sum is n; the latter is taken from an Edgeworth expansion.

    Examples
    --------
    >>> round(edgeworth(np.array([5.0, 3.0, 2.0]), 2), 6)
    0.828561
    """
    mass, first, variance, third, fourth = _moments(counts, float(c))
    total = float(variance.sum())
    skew = float(third.sum()) / total**1.5
    kurtosis = float((fourth - 3.0 * variance**2).sum()) / total**2
    z = -float(first.sum()) / math.sqrt(total)
    z2 = z * z
    expansion = (
        1.0
        + skew / 6.0 * z * (z2 - 3.0)
        + kurtosis / 24.0 * (z2 * (z2 - 6.0) + 3.0)
        + skew**2 / 72.0 * (z2 * (z2 * (z2 - 15.0) + 45.0) - 15.0)
    )
    log_density = -0.5 * z2 - HALF_LOG_2PI - 0.5 * math.log(total)
    logs = float(np.log(mass).sum()) + log_density - _log_sum_is_n(counts)
    return float(math.exp(logs) * expansion)


def _moments(counts: Floats, c: float) -> Floats:
    """Return the mass of each Poisson variable within c of its mean, and its moments there.

    The rows are the mass, the mean less the count, the variance, and the third and fourth
    central moments.
    """
    # In a window that is short for the variable the variance is of the order c**2, which a
    # difference of terms of the size of the count cannot show.
    short = 4.0 * c * c < counts
    moments = np.empty((5, len(counts)))
    moments[:, ~short] = _wide_moments(counts[~short], c)
    for at in np.flatnonzero(short):
        moments[:, at] = _short_moments(float(counts[at]), c)
    return moments


def _wide_moments(counts: Floats, c: float) -> Floats:
    """Return the moments for windows of half a standard deviation on either side and more.

    The moments follow from those one order lower and the probabilities at the ends (Stein's
    identity), about the count.  The published factorial moments grow as n**4 and cancel.
    """
    low, high = np.maximum(counts - c, 0.0), counts + c
    below = np.where(low > 0.0, np.exp(log_gamma_upper(np.where(low > 0.0, low, 1.0), counts)), 0.0)
    mass = 1.0 - below - np.exp(log_gamma_lower(high + 1.0, counts))
    before = np.where(low < 1.0, 0.0, np.exp(log_poisson_pmf(np.maximum(low - 1.0, 0.0), counts)))
    before, last = before / mass, np.exp(log_poisson_pmf(high, counts)) / mass
    left, right = low - counts, high + 1.0 - counts
    first = counts * (before - last)
    second = counts * (1.0 + left * before - right * last)
    third = counts * (2.0 * first + 1.0 + left**2 * before - right**2 * last)
    fourth = counts * (3.0 * (second + first) + 1.0 + left**3 * before - right**3 * last)
    third_central = third - first * (3.0 * second - 2.0 * first**2)
    fourth_central = fourth - first * (4.0 * third - first * (6.0 * second - 3.0 * first**2))
    return np.array([mass, first, second - first**2, third_central, fourth_central])


def _short_moments(count: float, c: float) -> Floats:
    """Return the moments of one variable from the probabilities in its window."""
    if 2.0 * c + 1.0 <= _SUMMED:
        offsets = np.arange(-c, c + 1.0)
        weights = np.ones_like(offsets)
    else:
        # The midpoint rule backwards: the integral to half beyond the ends, less 1/24 of the
        # difference of the slopes there, which are those between neighbours.
        reach = c + 0.5
        offsets = np.concatenate([reach * _NODES, [-c - 1.0, -c, c, c + 1.0]])
        weights = np.concatenate([reach * _WEIGHTS, np.array([-1.0, 1.0, 1.0, -1.0]) / 24.0])
    shares = weights * np.exp(log_poisson_pmf(count + offsets, count))
    mass = float(shares.sum())
    shares = shares / mass
    first = float(shares @ offsets)
    second, third, fourth = (float(shares @ (offsets - first) ** r) for r in (2, 3, 4))
    return np.array([mass, first, second, third, fourth])


def exact(counts: Floats, c: int) -> float:
    """Return the probability of the box of half-width c, exactly, for whole counts.

    Examples
    --------
    >>> round(exact(np.array([5.0, 3.0, 2.0]), 2), 6)
    0.827517
    """
    n = float(counts.sum())
    # The sum leaves n by less than 16 standard deviations (with room for small n), so that a
    # circular convolution of this length shows what is at n, and nothing else, at n.
    spread = math.ceil(16.0 * math.sqrt(n)) + 40
    # Nor does a count leave its mean by more, however wide the box.
    c = min(c, spread)
    size = max(min(len(counts) * c, spread), 2 * c) + 1
    size = 1 << (size - 1).bit_length()
    offsets = np.arange(-c, c + 1)
    product = np.ones(size // 2 + 1, dtype=np.complex128)
    for count in counts:
        inside = offsets >= -count
        window = np.zeros(size)
        window[offsets[inside] % size] = np.exp(log_poisson_pmf(count + offsets[inside], count))
        product *= np.fft.rfft(window)
    return float(np.fft.irfft(product, size)[0]) * math.exp(-_log_sum_is_n(counts))


def _log_sum_is_n(counts: Floats) -> float:
    """Return the log-probability that a Poisson variable of mean n is n."""
    n = float(counts.sum())
    return -HALF_LOG_2PI - 0.5 * math.log(n) - float(stirling_error(n))
