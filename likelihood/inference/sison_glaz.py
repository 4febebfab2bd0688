"""The multinomial's probability of a box about the observed counts (Sison & Glaz 1995)."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy import special

from likelihood.inference.saddle_point import HALF_LOG_2PI, log_poisson_pmf, stirling_error
from likelihood.kernels.arrays import Floats


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
    largest = math.ceil(float(counts.sum()))
    # Doubling, then halving: the published programs try every c from 1 on.
    low, below, high = 0, 0.0, 1
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

    Notes
    -----
    The moments of a Poisson variable cut off at both ends follow from those one order lower
    and the probabilities at the ends (Stein's identity), about the mean so that they do not
    cancel.  The published factorial moments grow as n**4 and cancel.

    Examples
    --------
    >>> round(edgeworth(np.array([5.0, 3.0, 2.0]), 2), 6)
    0.828561
    """
    low, high = np.maximum(counts - c, 0.0), counts + c
    mass = 1.0 - special.gammainc(high + 1.0, counts) - special.gammaincc(low, counts)
    before = np.where(low < 1.0, 0.0, np.exp(log_poisson_pmf(np.maximum(low - 1.0, 0.0), counts)))
    before, last = before / mass, np.exp(log_poisson_pmf(high, counts)) / mass
    left, right = low - counts, high + 1.0 - counts
    first = counts * (before - last)
    second = counts * (1.0 + left * before - right * last)
    third = counts * (2.0 * first + 1.0 + left**2 * before - right**2 * last)
    fourth = counts * (3.0 * (second + first) + 1.0 + left**3 * before - right**3 * last)
    variance = second - first**2
    third_central = third - first * (3.0 * second - 2.0 * first**2)
    fourth_central = fourth - first * (4.0 * third - first * (6.0 * second - 3.0 * first**2))
    total = float(variance.sum())
    skew = float(third_central.sum()) / total**1.5
    kurtosis = float((fourth_central - 3.0 * variance**2).sum()) / total**2
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
