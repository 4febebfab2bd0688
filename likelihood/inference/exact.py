"""Exact tests by small likelihoods: every outcome no more probable than the one observed."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likelihood.errors import DataError
from likelihood.inference.saddle_point import log_binomial_pmf, log_poisson_pmf
from likelihood.inference.small_likelihoods import TIE, two_sided
from likelihood.kernels.arrays import Floats, floats

#: A mean beyond this has no double of twice its size, where the other tail is looked for; the
#: log of the p-value is beyond the doubles too, or nearly.
_FAR = 1e307


def exact_binomial(k: float, n: float, p0: float) -> tuple[float, float]:
    """Return the two-sided p-value of k successes in n trials, and its log in nats.

    Parameters
    ----------
    k, n : float
        Whole numbers, 0 <= k <= n.
    p0 : float
        The probability of success under the hypothesis, in [0, 1].

    Raises
    ------
    ValueError
        A count is not whole, k is not between 0 and n, or p0 is not a probability.

    References
    ----------
    Sterne (1954), Biometrika 41, 275-278.  Loader (2000) for the probabilities.

    Examples
    --------
    >>> p_value, log_p_value = exact_binomial(8, 10, 0.5)
    >>> round(p_value, 12), round(log_p_value, 6)
    (0.109375, -2.212973)
    """
    k, n = _whole("k", k), _whole("n", n)
    if k > n:
        raise DataError(f"k must be at most n, got k={k} and n={n}; count successes among trials.")
    if not 0.0 <= p0 <= 1.0:
        raise ValueError(f"p0 must be a probability in [0, 1], got {p0!r}.")
    if p0 in (0.0, 1.0):
        return _certain(k == n * p0)
    odds = p0 / (1.0 - p0)
    return two_sided(
        k,
        n * p0,
        n,
        lambda j: log_binomial_pmf(j, n, p0),
        lambda j: (n - j) / (j + 1.0) * odds,
    )


def exact_poisson(total: float, n: float, rate0: float) -> tuple[float, float]:
    """Return the two-sided p-value of a total count over n units, and its log in nats.

    Parameters
    ----------
    total : float
        A whole number, at least 0.
    n : float
        Exposure, positive.
    rate0 : float
        The rate under the hypothesis, at least 0.

    Raises
    ------
    ValueError
        The total is not whole, the exposure not positive or the rate negative.

    References
    ----------
    Sterne (1954), Biometrika 41, 275-278.  Loader (2000) for the probabilities.

    Examples
    --------
    >>> p_value, log_p_value = exact_poisson(11, 800, 0.01)
    >>> round(p_value, 6), round(log_p_value, 6)
    (0.283747, -1.259674)
    """
    total = _whole("total", total)
    if not (0.0 < n < math.inf and 0.0 <= rate0 < math.inf):
        raise ValueError(
            f"n must be positive and rate0 at least 0, both finite, got n={n!r} and "
            f"rate0={rate0!r}; give the exposure and the rate per unit of it."
        )
    mean = float(n) * float(rate0)
    if mean == 0.0:
        return _certain(total == 0)
    if mean > _FAR and total < 0.5 * mean:
        return 0.0, -math.inf
    return two_sided(
        total,
        mean,
        None,
        lambda j: log_poisson_pmf(j, mean),
        lambda j: mean / (j + 1.0),
    )


class MultinomialTest(NamedTuple):
    """An exact multinomial test.

    ``outcomes`` are those enumerated, or the replicates drawn; ``standard_error`` is that of
    the p-value by simulation, 0 by enumeration.
    """

    p_value: float
    log_p_value: float
    method: str
    outcomes: int
    standard_error: float


def exact_multinomial(
    counts: ArrayLike,
    probs: ArrayLike,
    *,
    rng: np.random.Generator | int | None = None,
    replicates: int = 99_999,
    max_outcomes: int = 1_000_000,
) -> MultinomialTest:
    """Return the test that K counts come from given probabilities.

    All outcomes are enumerated where there are at most ``max_outcomes``; beyond that the
    p-value is estimated from simulated samples as ``(1 + extreme) / (1 + replicates)``.

    Parameters
    ----------
    counts : (K,) array_like
        Whole numbers, at least 0.
    probs : (K,) array_like
        The hypothesis; sums to 1.
    rng : Generator or int, optional
        Source of the simulation or its seed.  Seed 0 where not given, so that a p-value does
        not change from one call to the next.
    replicates : int
        Simulated samples.
    max_outcomes : int
        Outcomes enumerated at most.

    Raises
    ------
    ValueError
        Counts that are not whole or all zero, probabilities off the simplex, shapes that
        differ, or an option out of range.

    References
    ----------
    Davison & Hinkley (1997), Bootstrap Methods and their Application, section 4.2.2, on the
    Monte Carlo p-value.

    Examples
    --------
    >>> test = exact_multinomial([5, 0, 1], [1 / 3, 1 / 3, 1 / 3])
    >>> round(test.p_value, 6), test.method, test.outcomes
    (0.053498, 'enumeration', 28)
    """
    whole, probs = _checked(counts, probs)
    if replicates < 1 or max_outcomes < 0:
        raise ValueError(
            f"replicates must be at least 1 and max_outcomes at least 0, got {replicates!r} and "
            f"{max_outcomes!r}."
        )
    n = int(whole.sum())
    possible = probs > 0.0
    if whole[~possible].any():
        return MultinomialTest(0.0, -math.inf, "enumeration", 1, 0.0)
    whole, probs = whole[possible], probs[possible]
    if len(probs) == 1:
        return MultinomialTest(1.0, 0.0, "enumeration", 1, 0.0)
    outcomes = math.comb(n + len(probs) - 1, len(probs) - 1)
    # A multinomial is independent Poisson counts given that their sum is n; their log-probabilities
    # keep their digits at any n, which log-factorials do not.
    means = n * probs
    bound = float(log_poisson_pmf(whole, means).sum()) + TIE
    if outcomes <= max_outcomes:
        logs = _all_outcomes(log_poisson_pmf(np.arange(n + 1.0), means[:, None]), n)
        extreme = logs <= bound
        given_sum = float(np.logaddexp.reduce(logs[extreme])) - float(log_poisson_pmf(n, n))
        log_p = 0.0 if extreme.all() else min(0.0, given_sum)
        return MultinomialTest(math.exp(log_p), log_p, "enumeration", outcomes, 0.0)
    generator = np.random.default_rng(0 if rng is None else rng)
    hits = 0
    # Blocks of a bounded size, since a sample holds one number for each category.
    block = max(1, 500_000 // len(probs))
    for start in range(0, replicates, block):
        size = min(block, replicates - start)
        samples = generator.multinomial(n, probs / probs.sum(), size=size)
        hits += int((log_poisson_pmf(samples, means).sum(axis=1) <= bound).sum())
    p_value = (1 + hits) / (1 + replicates)
    error = math.sqrt(p_value * (1.0 - p_value) / (1 + replicates))
    return MultinomialTest(p_value, math.log(p_value), "monte carlo", replicates, error)


def _all_outcomes(shares: Floats, n: int) -> Floats:
    """Return the sum of shares of every way to place n observations in the categories."""
    left, logs = np.array([n]), np.zeros(1)
    for share in shares[:-1]:
        choices = left + 1
        first = np.repeat(np.cumsum(choices) - choices, choices)
        taken = np.arange(int(choices.sum())) - first
        left = np.repeat(left, choices) - taken
        logs = np.repeat(logs, choices) + share[taken]
    return np.asarray(logs + shares[-1][left])


def _certain(possible: bool) -> tuple[float, float]:
    """Return the p-value under a hypothesis that allows one outcome only."""
    return (1.0, 0.0) if possible else (0.0, -math.inf)


def _whole(name: str, value: float) -> int:
    """Return a count that is a whole number, at least 0."""
    if not (value >= 0.0 and value == math.floor(value)):
        raise DataError(
            f"{name} must be a whole number, at least 0, got {value!r}; an exact test has no "
            f"meaning for fractional weights."
        )
    return int(value)


def _checked(counts: ArrayLike, probs: ArrayLike) -> tuple[NDArray[np.int64], Floats]:
    """Return counts as integers and probabilities, one for each."""
    given, probs = floats(counts), floats(probs)
    if given.ndim != 1 or given.shape != probs.shape or not len(given):
        raise DataError(
            f"counts and probs must be of one length K, got shapes {given.shape} and "
            f"{probs.shape}; give a probability for each count."
        )
    whole = np.array([_whole("counts", count) for count in given.tolist()])
    if not whole.any():
        raise DataError("counts hold no observation, their sum is 0; give at least one.")
    if (probs < 0.0).any() or not abs(float(probs.sum()) - 1.0) <= 1e-9:
        raise DataError(
            f"probs must be at least 0 and sum to 1, got a least of {probs.min():g} and a sum of "
            f"{probs.sum():.12g}; nothing is renormalised."
        )
    return whole, probs
