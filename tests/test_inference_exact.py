"""Exact tests: enumeration by hand, SciPy as referee, logs past underflow, edges."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from likelihood.errors import DataError
from likelihood.inference import small_likelihoods
from likelihood.inference.exact import exact_binomial, exact_multinomial, exact_poisson

shares = st.floats(1e-6, 1 - 1e-6)


@settings(deadline=None)
@given(n=st.integers(1, 60), share=shares, p0=shares)
def test_binomial_is_the_sum_over_small_likelihoods(n, share, p0):
    k = round(share * n)
    pmf = stats.binom.pmf(np.arange(n + 1), n, p0)
    expected = pmf[pmf <= pmf[k] * (1 + 1e-7)].sum()
    p_value, log_p_value = exact_binomial(k, n, p0)
    # SciPy's probabilities have 12 to 13 digits where p0**k is tiny.
    assert p_value == pytest.approx(min(expected, 1.0), rel=1e-11, abs=0)
    assert log_p_value == pytest.approx(math.log(p_value), rel=1e-14, abs=1e-15)


@pytest.mark.parametrize(("n", "p0"), [(10, 0.5), (263, 1 / 3), (5000, 0.01), (10**6, 0.4)])
def test_binomial_agrees_with_binomtest(n, p0):
    sd = math.sqrt(n * p0 * (1 - p0))
    for z in (-4, -2, -0.7, 0, 0.01, 1, 3, 5):
        k = min(max(round(n * p0 + z * sd), 0), n)
        # SciPy's tails at a million trials have twelve digits.
        expected = stats.binomtest(k, n, p0).pvalue
        assert exact_binomial(k, n, p0)[0] == pytest.approx(expected, rel=2e-12, abs=0)


def test_binomial_log_is_finite_where_the_p_value_underflows():
    p_value, log_p_value = exact_binomial(400_000, 10**6, 0.5)
    assert p_value == 0.0
    with mpmath.workdps(50):
        # Symmetric: twice the lower tail, a geometric-like series down from k.
        term = total = mpmath.mpf(1)
        for j in range(400_000, 398_000, -1):
            term *= mpmath.mpf(j) / (10**6 - j + 1)
            total += term
        ways = mpmath.loggamma(10**6 + 1) - mpmath.loggamma(400_001) - mpmath.loggamma(600_001)
        expected = mpmath.log(2) + ways - 10**6 * mpmath.log(2) + mpmath.log(total)
    assert log_p_value == pytest.approx(float(expected), rel=1e-14)


@settings(deadline=None)
@given(n=st.integers(1, 10**4), share=shares, p0=st.sampled_from([0.5, 0.25, 0.125]))
def test_failures_mirror_successes(n, share, p0):
    k = round(share * n)
    # 1 - p0 is exact for these; the two sums run in opposite order.
    assert exact_binomial(k, n, p0)[1] == pytest.approx(
        exact_binomial(n - k, n, 1 - p0)[1], rel=1e-12, abs=1e-12
    )


def test_binomial_under_a_certain_hypothesis():
    assert exact_binomial(0, 5, 0.0) == (1.0, 0.0)
    assert exact_binomial(5, 5, 1.0) == (1.0, 0.0)
    assert exact_binomial(1, 5, 0.0) == (0.0, -math.inf)
    assert exact_binomial(4, 5, 1.0) == (0.0, -math.inf)
    assert exact_binomial(0, 0, 0.5) == (1.0, 0.0)


def test_the_expected_outcome_has_p_value_one():
    assert exact_binomial(500, 1000, 0.5) == (1.0, 0.0)
    assert exact_poisson(30, 10, 3.0) == (1.0, 0.0)
    assert exact_binomial(3, 10, 0.3)[0] == pytest.approx(1.0, rel=1e-14)


@settings(deadline=None)
@given(total=st.integers(0, 300), mean=st.floats(1e-3, 200))
def test_poisson_is_the_sum_over_small_likelihoods(total, mean):
    outcomes = np.arange(2000)
    pmf = stats.poisson.pmf(outcomes, mean)
    observed = stats.poisson.logpmf(total, mean)
    small = stats.poisson.logpmf(outcomes, mean) <= observed + 1e-7
    expected = math.fsum(pmf[small])
    p_value, log_p_value = exact_poisson(total, 1.0, mean)
    # SciPy's probabilities: roundings of a log of up to 2000.
    assert p_value == pytest.approx(min(expected, 1.0), rel=1e-11, abs=1e-300)
    assert log_p_value > -math.inf


def test_poisson_reproduces_a_published_example():
    # R's documentation of poisson.test: 137 cases against 24.19893 expected gives p < 2.2e-16.
    p_value, log_p_value = exact_poisson(137, 24.19893, 1.0)
    assert p_value == pytest.approx(stats.poisson.sf(136, 24.19893), rel=1e-12)
    assert log_p_value == pytest.approx(math.log(p_value), rel=1e-14)
    assert exact_poisson(0, 3, 0.0) == (1.0, 0.0)
    assert exact_poisson(2, 3, 0.0) == (0.0, -math.inf)


def test_exposure_multiplies_the_rate():
    assert exact_poisson(11, 800, 0.0125) == exact_poisson(11, 10, 1.0)


@pytest.mark.parametrize("z", [-6.0, -1.0, 0.3, 3.0, 37.0])
@pytest.mark.parametrize(("n", "p0"), [(10**11, 0.5), (10**12, 0.3)])
def test_an_integral_stands_for_a_long_sum(monkeypatch, n, p0, z):
    k = round(n * p0 + z * math.sqrt(n * p0 * (1 - p0)))
    integrals = exact_binomial(k, n, p0)[1], exact_poisson(k, 1, n * p0)[1]
    monkeypatch.setattr(small_likelihoods, "_FLAT", -1.0)
    sums = exact_binomial(k, n, p0)[1], exact_poisson(k, 1, n * p0)[1]
    # A probability changes by z / sd of itself from one outcome to the next, and a count of 1e12
    # is rounded to 1e-4: six roundings of that size at z = 6.
    assert integrals == pytest.approx(sums, rel=1e-11, abs=1e-11)


def test_exact_tests_of_the_largest_counts_are_those_of_the_normal():
    for n in (1e13, 1e15, 2.0**53):
        for z, p in ((1.0, 0.31731050786291415), (5.0, 5.733031437583878e-7)):
            # Half a step of 1 / sd aside, and the skewness.
            k = round(0.5 * n + z * math.sqrt(0.25 * n))
            assert exact_binomial(k, n, 0.5)[0] == pytest.approx(p, rel=3e-5)
            k = round(n + z * math.sqrt(n))
            assert exact_poisson(k, n, 1.0)[0] == pytest.approx(p, rel=3e-5)


def test_a_mean_that_overflows_leaves_nothing():
    assert exact_poisson(3, 100, 1e300)[1] == pytest.approx(-1e302, rel=1e-15)
    for n in (1e8, 1e10):
        assert exact_poisson(0, n, 1e300) == (0.0, -math.inf)


# Multinomial


def by_hand(counts, probs):
    n = sum(counts)

    def probability(x):
        ways = math.factorial(n) / math.prod(map(math.factorial, x))
        return ways * math.prod(p**k for p, k in zip(probs, x, strict=True))

    observed = probability(counts)
    outcomes = itertools.product(range(n + 1), repeat=len(counts))
    values = [probability(x) for x in outcomes if sum(x) == n]
    return math.fsum(v for v in values if v <= observed * (1 + 1e-7))


@pytest.mark.parametrize(
    ("counts", "probs"),
    [
        ([5, 0, 1], [1 / 3, 1 / 3, 1 / 3]),
        ([2, 3, 1], [0.5, 0.3, 0.2]),
        ([0, 0, 0, 7], [0.25] * 4),
        ([4], [1.0]),
    ],
)
def test_multinomial_is_the_sum_over_small_likelihoods(counts, probs):
    test = exact_multinomial(counts, probs)
    assert test.method == "enumeration"
    assert test.outcomes == math.comb(sum(counts) + len(counts) - 1, len(counts) - 1)
    assert test.p_value == pytest.approx(by_hand(counts, probs), rel=1e-13)
    assert test.log_p_value == pytest.approx(math.log(test.p_value), rel=1e-14, abs=1e-15)
    assert test.standard_error == 0.0


@settings(deadline=None)
@given(n=st.integers(1, 200), share=shares, p0=st.sampled_from([0.5, 0.3, 0.01]))
def test_two_categories_are_a_binomial(n, share, p0):
    k = round(share * n)
    test = exact_multinomial([k, n - k], [p0, 1 - p0])
    assert test.log_p_value == pytest.approx(exact_binomial(k, n, p0)[1], rel=1e-11, abs=1e-13)


def test_categories_may_be_permuted():
    first = exact_multinomial([9, 4, 2, 1], [0.4, 0.3, 0.2, 0.1])
    second = exact_multinomial([2, 9, 1, 4], [0.2, 0.4, 0.1, 0.3])
    assert first.p_value == pytest.approx(second.p_value, rel=1e-13)


def test_monte_carlo_agrees_with_enumeration_within_its_standard_error():
    counts, probs = [14, 9, 4, 3], [0.25] * 4
    exact = exact_multinomial(counts, probs)
    simulated = exact_multinomial(counts, probs, rng=3, replicates=20_000, max_outcomes=10)
    assert simulated.method == "monte carlo"
    assert simulated.outcomes == 20_000
    p = exact.p_value
    error = math.sqrt(p * (1 - p) / 20_000)
    assert simulated.standard_error == pytest.approx(error, rel=0.1)
    assert abs(simulated.p_value - p) < 4 * error


def test_monte_carlo_counts_the_observed_sample_and_repeats_with_its_seed():
    counts, probs = [3407, 3631, 3176, 2916, 3448, 3422], [1 / 6] * 6
    test = exact_multinomial(counts, probs, replicates=999)
    # Nothing as extreme is ever drawn: (1 + 0) / (1 + 999).
    assert test.p_value == 1e-3
    assert test == exact_multinomial(counts, probs, replicates=999)
    middling = [10, 14, 9, 12, 11, 4]
    options = {"replicates": 500, "max_outcomes": 0}
    first = exact_multinomial(middling, probs, rng=1, **options)
    assert first == exact_multinomial(middling, probs, rng=np.random.default_rng(1), **options)
    assert first != exact_multinomial(middling, probs, rng=2, **options)


def test_a_category_of_probability_zero_is_never_seen_or_refutes():
    assert exact_multinomial([5, 1, 0], [0.5, 0.5, 0.0]).p_value == pytest.approx(
        14 / 64, rel=1e-13
    )
    test = exact_multinomial([5, 0, 1], [0.5, 0.5, 0.0])
    assert (test.p_value, test.log_p_value) == (0.0, -math.inf)


def test_the_one_possible_category_is_certain_at_any_size():
    test = exact_multinomial([10**15, 0], [1.0, 0.0])
    assert (test.p_value, test.log_p_value, test.outcomes) == (1.0, 0.0, 1)


def test_multinomial_log_is_finite_where_the_p_value_underflows():
    test = exact_multinomial([2000, 0, 0], [1 / 3, 1 / 3, 1 / 3], max_outcomes=3_000_000)
    assert test.p_value == 0.0
    # Three outcomes of probability 3**-2000.
    assert test.log_p_value == pytest.approx(-1999 * math.log(3), rel=1e-14)


# Refusals


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: exact_binomial(1.5, 3, 0.5), "k must be a whole number.*1.5"),
        (lambda: exact_binomial(1, 2.5, 0.5), "n must be a whole number.*2.5"),
        (lambda: exact_binomial(4, 3, 0.5), "k=4 and n=3"),
        (lambda: exact_binomial(1, 3, 1.5), "p0 must be a probability.*1.5"),
        (lambda: exact_binomial(1, 3, math.nan), "p0 must be a probability.*nan"),
        (lambda: exact_poisson(-1, 3, 1.0), "total must be a whole number.*-1"),
        (lambda: exact_poisson(1, 0, 1.0), "n must be positive.*n=0"),
        (lambda: exact_poisson(1, 1, -1.0), "rate0=-1.0"),
        (lambda: exact_multinomial([1, 2], [1.0]), r"shapes \(2,\) and \(1,\)"),
        (lambda: exact_multinomial([0, 0], [0.5, 0.5]), "no observation"),
        (lambda: exact_multinomial([1, 0.5], [0.5, 0.5]), "counts must be a whole number.*0.5"),
        (lambda: exact_multinomial([1, 2], [0.5, 0.6]), "a sum of 1.1"),
        (lambda: exact_multinomial([1, 2], [1.5, -0.5]), "a least of -0.5"),
        (lambda: exact_multinomial([1, 2], [0.5, 0.5], replicates=0), "replicates must be"),
    ],
)
def test_what_makes_no_sense_is_refused(call, message):
    with pytest.raises(ValueError, match=message) as caught:
        call()
    about_data = "p0" not in message and "rate0" not in message and "n=0" not in message
    assert isinstance(caught.value, DataError) == (about_data and "replicates" not in message)
