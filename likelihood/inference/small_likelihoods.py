"""Two-sided tail sums of a discrete distribution whose probabilities rise, then fall."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from likelihood.kernels.arrays import Floats

#: Outcomes whose probabilities differ by less are equally probable; as R and SciPy have it.
TIE = math.log1p(1e-7)


def two_sided(
    k: int, mean: float, most: int | None, log_pmf: Callable[[int], float],
    ratio: Callable[[Floats], Floats],
) -> tuple[float, float]:  # fmt: skip
    """Return the sum over outcomes no more probable than k, and its log in nats.

    Parameters
    ----------
    k : int
        The outcome observed.
    mean : float
        The distribution's mean.
    most : int or None
        Outcomes go from 0 to this; None where there is no largest.
    log_pmf : callable, int -> float
        The log-probability of an outcome.
    ratio : callable, array -> array
        The probability of j + 1 over that of j, which falls as j rises.

    References
    ----------
    Sterne (1954), Biometrika 41, 275-278.

    Examples
    --------
    >>> pmf = [0.25, 0.5, 0.25]
    >>> p, log_p = two_sided(0, 1.0, 2, lambda j: math.log(pmf[j]), lambda j: (2 - j) / (j + 1))
    >>> round(p, 12)
    0.5
    """
    if k == mean:
        return 1.0, 0.0
    bound = log_pmf(k) + TIE
    lower: int | None = k
    upper: int | None = k
    if k < mean:
        start = math.ceil(mean)
        upper = _first(lambda j: log_pmf(j) <= bound, start, most)
    else:
        start = math.floor(mean)
        # Counted downwards from the mean: 0 stands for the mean's own outcome.
        steps = _first(lambda i: log_pmf(start - i) <= bound, 0, start)
        lower = None if steps is None else start - steps
    logs = []
    if lower is not None:
        down = _log_sum(_reversed(ratio, lower), lower)
        logs.append(log_pmf(lower) + down)
    if upper is not None:
        rest = math.inf if most is None else most - upper
        logs.append(log_pmf(upper) + _log_sum(_shifted(ratio, upper), rest))
    log_p = min(0.0, float(np.logaddexp.reduce(logs)))
    return math.exp(log_p), log_p


def _first(small: Callable[[int], bool], start: int, most: int | None) -> int | None:
    """Return the first integer from start to most at which the condition, once true, stays so."""
    step, low = 1, start - 1
    while True:
        high = low + step if most is None else min(low + step, most)
        if high <= low:
            return None
        if small(high):
            break
        low, step = high, 2 * step
    while high - low > 1:
        middle = (low + high) // 2
        if small(middle):
            high = middle
        else:
            low = middle
    return high


def _log_sum(ratio: Callable[[Floats], Floats], terms: float) -> float:
    """Return log(1 + r(0) + r(0) r(1) + ...) of falling ratios, at most so many after the 1."""
    total, last, done, block = 1.0, 1.0, 0, 256
    while done < terms:
        size = int(min(block, terms - done))
        products = last * np.cumprod(ratio(np.arange(done, done + size, dtype=np.float64)))
        total += float(products.sum())
        last, done, block = float(products[-1]), done + size, min(2 * block, 1 << 16)
        # What is left is at most a geometric series of the last ratio.
        falling = float(ratio(np.array([done - 1.0]))[0])
        if falling < 1.0 and last * falling / (1.0 - falling) < 1e-17 * total:
            break
    return math.log(total)


def _reversed(ratio: Callable[[Floats], Floats], k: int) -> Callable[[Floats], Floats]:
    """Return the ratios met going down from k."""
    return lambda i: 1.0 / ratio(k - 1.0 - i)


def _shifted(ratio: Callable[[Floats], Floats], k: int) -> Callable[[Floats], Floats]:
    """Return the ratios met going up from k."""
    return lambda i: ratio(k + i)
