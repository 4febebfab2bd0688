"""Two-sided tail sums of a discrete distribution whose probabilities rise, then fall."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.kernels.arrays import Floats

#: Outcomes whose probabilities differ by less are equally probable; as R and SciPy have it.
TIE = math.log1p(1e-7)
#: Where the probabilities of neighbours differ by less, and so do their ratios, a sum over them
#: is an integral: a standard deviation is 1e5 then, and the sum would have a million terms.
_FLAT, _STRAIGHT = 1e-5, 1e-10
#: The log of what is left out of an integral, and the panels into which the rest is cut.
_NOTHING, _PANELS = -45.0, 16
_NODES, _WEIGHTS = special.roots_legendre(20)


def two_sided(
    k: int, mean: float, most: int | None, log_pmf: Callable[[ArrayLike], Floats],
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
    log_pmf : callable, array_like -> array
        The log-probabilities of outcomes, smooth between whole numbers.
    ratio : callable, array -> array
        The probability of j + 1 over that of j, which falls as j rises.

    References
    ----------
    Sterne (1954), Biometrika 41, 275-278.

    Examples
    --------
    >>> pmf = [0.25, 0.5, 0.25]
    >>> p, log_p = two_sided(0, 1.0, 2, lambda j: np.log(pmf[j]), lambda j: (2 - j) / (j + 1))
    >>> round(p, 12)
    0.5
    """
    if k == mean:
        return 1.0, 0.0
    bound = float(log_pmf(k)) + TIE
    lower: int | None = k
    upper: int | None = k
    if k < mean:
        start = math.ceil(mean)
        upper = _first(lambda j: bool(log_pmf(j) <= bound), start, most)
    else:
        start = math.floor(mean)
        # Counted downwards from the mean: 0 stands for the mean's own outcome.
        steps = _first(lambda i: bool(log_pmf(start - i) <= bound), 0, start)
        lower = None if steps is None else start - steps
    logs = []
    if lower is not None:
        logs.append(_log_tail(log_pmf, _reversed(ratio, lower), lower, -1.0, lower))
    if upper is not None:
        rest = math.inf if most is None else most - upper
        logs.append(_log_tail(log_pmf, _shifted(ratio, upper), upper, 1.0, rest))
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


def _log_tail(
    log_pmf: Callable[[ArrayLike], Floats], ratio: Callable[[Floats], Floats], k: int, sign: float,
    terms: float,
) -> float:  # fmt: skip
    """Return the log of the probability of k and of at most so many outcomes beyond it."""
    at_k = float(log_pmf(k))
    if terms < 2.0:
        return at_k + _log_sum(ratio, terms)
    near, next_ = ratio(np.array([0.0, 1.0])).tolist()
    if 1.0 - near > _FLAT or 1.0 - next_ / near > _STRAIGHT:
        return at_k + _log_sum(ratio, terms)
    end = 1.0 / _FLAT
    while end < terms and log_pmf(k + sign * end) - at_k > _NOTHING:
        end *= 2.0
    half = 0.5 * min(end, terms) / _PANELS
    places = (half * (2.0 * np.arange(_PANELS) + 1.0)[:, None] + half * _NODES).ravel()
    shares = np.exp(log_pmf(k + sign * places) - at_k)
    integral = half * float(np.tile(_WEIGHTS, _PANELS) @ shares)
    # Euler and Maclaurin: the sum from 0 on has half the first term and 1/12 of its slope more.
    return at_k + math.log(integral + 0.5 + (1.0 - near) / 12.0)


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
