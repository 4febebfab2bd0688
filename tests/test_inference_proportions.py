"""Intervals for a proportion: exact references, laws, coverage, and two referees."""

import itertools
import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from likelihood.errors import DataError
from likelihood.inference import proportions as p
from likelihood.inference.quantiles import significance

CASES = json.loads(
    (Path(__file__).parent / "references" / "onesample_bernoulli.json").read_text("utf-8")
)
METHODS = {
    "wald_unclipped": p.wald,
    "wilson": p.wilson,
    "agresti_coull_unclipped": p.agresti_coull,
    "clopper_pearson": p.clopper_pearson,
    "jeffreys_equal_tailed": p.jeffreys,
    "likelihood_ratio": p.likelihood_ratio,
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
levels = st.sampled_from([0.01, 0.5, 0.9, 0.95, 0.999999])


@pytest.mark.parametrize("name", METHODS)
@pytest.mark.parametrize("case", CASES, ids=lambda c: f"{c['k']}of{c['n']}@{c['level']}")
def test_ends_are_exact_to_twelve_digits(case, name):
    k, n = case["k"], case["n"]
    expected = [min(max(float(end), 0.0), 1.0) for end in case["intervals"][name]]
    if name == "jeffreys_equal_tailed":
        expected = [0.0 if k == 0 else expected[0], 1.0 if k == n else expected[1]]
    ends = METHODS[name](k, n, float(case["level"]))
    # Twelve digits of each end, a low end of 1e-9 included: no absolute part.
    np.testing.assert_allclose(ends, expected, rtol=1e-12, atol=0)


def test_one_success_in_a_billion_keeps_its_digits():
    n = 10**9
    with mpmath.workdps(40):
        for level, alpha in ((0.95, "0.05"), (0.999999, "0.000001")):
            half = mpmath.mpf(alpha) / 2
            z2 = 2 * mpmath.erfinv(1 - mpmath.mpf(alpha)) ** 2
            centre, spread = 1 + z2 / 2, mpmath.sqrt(z2 * (1 - mpmath.mpf(1) / n + z2 / 4))
            ends = [(centre - spread) / (n + z2), (centre + spread) / (n + z2)]
            np.testing.assert_allclose(p.wilson(1, n, level), [float(e) for e in ends], rtol=1e-14)
            low, high = p.clopper_pearson(1, n, level)
            # P(X >= 1) = 1 - (1 - p)^n solves in closed form; for P(X <= 1) Newton's step from
            # the end found is the error of that end.
            assert float(low) == pytest.approx(
                float(-mpmath.expm1(mpmath.log1p(-half) / n)), rel=1e-14, abs=0
            )
            q = mpmath.mpf(float(high))
            at_most_one = (1 - q) ** n + n * q * (1 - q) ** (n - 1)
            slope = -n * (n - 1) * q * (1 - q) ** (n - 2)
            assert abs((at_most_one - half) / slope) <= 1e-12 * q


@pytest.mark.parametrize(("k", "n"), [(1, 10**9), (3 * 10**8, 10**9), (10**6 - 3, 10**6)])
def test_likelihood_ratio_ends_are_at_the_cut_off(k, n):
    low, high = p.likelihood_ratio(k, n, 0.95)
    with mpmath.workdps(40):
        cut = 2 * mpmath.erfinv(mpmath.mpf("0.95")) ** 2
        share = mpmath.mpf(k) / n
        for end in (low, high):
            q = mpmath.mpf(float(end))
            slope = 2 * n * (q - share) / (q * (1 - q))
            deviance = 2 * (k * mpmath.log(share / q) + (n - k) * mpmath.log((1 - share) / (1 - q)))
            # Newton's step from the end found is the error of that end.
            assert abs((deviance - cut) / slope) <= 1e-14 * q


@every_method
@settings(deadline=None)
@given(n=st.integers(1, 10**6), share=st.floats(0, 1), level=levels)
def test_interval_is_in_range_and_holds_the_estimate(method, n, share, level):
    k = round(share * n)
    low, high = method(k, n, level)
    # One rounding: at a level near 0 an end is the estimate itself.
    assert 0.0 <= low <= k / n * (1 + 1e-15)
    assert k / n * (1 - 1e-15) <= high <= 1.0


def tail_below(a, b, x):
    """The beta variable's probability below x, by the power series of DLMF 8.17.8."""
    term = total = mpmath.mpf(1)
    i = 0
    while term > total * mpmath.mpf(10) ** -20:
        term *= x * (a + b + i) / (a + 1 + i)
        total += term
        i += 1
    return density(a, b, x) * x * (1 - x) / a * total


def density(a, b, x):
    log_beta = mpmath.loggamma(a) + mpmath.loggamma(b) - mpmath.loggamma(a + b)
    return mpmath.exp((a - 1) * mpmath.log(x) + (b - 1) * mpmath.log1p(-x) - log_beta)


def tail_beyond(a, b, x, side):
    """The probability on the far side of x, by quadrature over twelve standard deviations."""
    sd = mpmath.sqrt(a * b / (a + b) ** 3)
    return (
        mpmath.quad(lambda t: density(a, b, t), [x + side * sd * s for s in (0, 2, 5, 12)]) * side
    )


@pytest.mark.parametrize("n", [1.0e11, 1.0e12, 1.0e13, 1.0e15])
@pytest.mark.parametrize("share", [1e-6, 1e-3, 0.1, 0.5, 0.9])
@pytest.mark.parametrize(("method", "shift"), [(p.clopper_pearson, 0.0), (p.jeffreys, 0.5)])
def test_beta_ends_keep_twelve_digits_at_any_size(n, share, method, shift):
    k = float(round(share * n))
    with mpmath.workdps(50):
        for level, half in ((0.95, mpmath.mpf("0.025")), (0.999999, mpmath.mpf("5e-7"))):
            low, high = (mpmath.mpf(float(end)) for end in method(k, n, level))
            for x, side, a in ((low, -1, k + shift), (high, 1, k + 1 - shift)):
                a, b = mpmath.mpf(a), mpmath.mpf(n) + 1 - a
                # Newton's step from the end found is the error of that end; the tail beyond
                # twelve standard deviations is 1e-31.
                error = abs((tail_beyond(a, b, x, side) - half) / density(a, b, x))
                assert error <= 1e-12 * x
                # Relative to a standard deviation: a rounding of x or, at k = 1e5, the
                # expansion's next term.
                sd = mpmath.sqrt(a * b / (a + b) ** 3)
                assert error <= 1e-10 * sd + 4e-16 * x


def test_beta_ends_keep_their_digits_for_a_thousand_in_a_billion():
    # SciPy 1.17's inverse is off by a factor of two at a = 1000, and by less at other b.
    for n in (34_252_050, 10**9):
        low = p.clopper_pearson(1000, n, 0.5)[0]
        with mpmath.workdps(40):
            a, b, x = mpmath.mpf(1000), mpmath.mpf(n - 999), mpmath.mpf(float(low))
            error = abs((tail_below(a, b, x) - mpmath.mpf("0.25")) / density(a, b, x))
            assert error <= 1e-12 * x
    # The same ends seen from the other side.
    low, high = p.clopper_pearson(1000, 10**9, 0.5)
    mirrored = p.clopper_pearson(10**9 - 1000, 10**9, 0.5)
    np.testing.assert_allclose([1 - mirrored[1], 1 - mirrored[0]], [low, high], rtol=0, atol=2e-16)


@every_method
@pytest.mark.parametrize("share", [0.5, 0.1, 0.001])
def test_large_samples_reach_as_far_as_the_normal(method, share):
    for n in (1e13, 1e15, 2.0**53):
        k = float(round(share * n))
        low, high = method(k, n, 0.95)
        error = np.sqrt(share * (1 - share) / n)
        # A rounding of an end is 1e-8 standard errors at 1e15; the skewness is less than that.
        np.testing.assert_allclose([k / n - low, high - k / n], 1.959964 * error, rtol=1e-4)


@every_method
@pytest.mark.parametrize("n", [1e-3, 0.5, 20.0, 1e8, 1e9, 1e12, 1e15])
def test_ends_are_nested_and_hold_the_estimate_whatever_the_size(method, n):
    levels = [0.001, 0.2, 0.5, 0.95, 0.999999, 1 - 1e-12]
    k = n * np.array([0.0, 1e-12, 1e-6, 1e-3, 0.1, 0.5, 0.9, 1 - 1e-6, 1.0])
    ends = [method(k, n, level) for level in levels]
    # An end found by a search is within four units in its last place.
    slack = 1 + 1e-15
    for low, high in ends:
        assert (low <= k / n * slack).all()
        assert (high * slack >= k / n).all()
        # The smallest double stands for zero at an end that underflows.
        assert (low[1:] * slack + 5e-324 >= low[:-1]).all()
        assert (high[1:] * slack >= high[:-1]).all()
    for (low, high), (wider_low, wider_high) in itertools.pairwise(ends):
        assert (wider_low <= low * slack).all()
        assert (wider_high * slack >= high).all()


@every_method
def test_counts_may_be_as_large_as_doubles_go(method):
    for k, n in ((5e299, 1e300), (1e-3, 1e300), (8e307, 1.6e308)):
        low, high = method(k, n, 0.95)
        assert 0.0 <= low <= k / n * (1 + 1e-15)
        assert k / n * (1 - 1e-15) <= high <= 1.0


@every_method
@pytest.mark.parametrize("n", [1, 7, 263, 10**6])
def test_failures_mirror_successes(method, n):
    k = np.unique([0, 1, n // 3, n // 2, n - 1, n])
    low, high = method(k, n, 0.95)
    mirrored_low, mirrored_high = method(n - k, n, 0.95)
    # 1 - end rounds to one part in 2**53 of 1, hence an absolute tolerance.
    np.testing.assert_allclose(low, 1 - mirrored_high, rtol=0, atol=3e-15)
    np.testing.assert_allclose(high, 1 - mirrored_low, rtol=0, atol=3e-15)


@every_method
def test_a_higher_level_contains_a_lower_one(method):
    k = np.array([0, 1, 5, 81, 263])
    ends = [method(k, 263, level) for level in (0.5, 0.8, 0.95, 0.99, 0.999999)]
    for (low, high), (wider_low, wider_high) in zip(ends, ends[1:], strict=False):
        assert (wider_low <= low).all()
        assert (wider_high >= high).all()


@every_method
def test_fractional_counts_join_the_whole_ones(method):
    low, high = method(np.linspace(0, 10, 101), 10, 0.95)
    # A tenth of a success moves the share by 0.01; the likelihood ratio's ends move 3.5 times as
    # far next to 0 and n, Wald's as a square root.
    most = 0.08 if method is p.wald else 0.04
    assert np.abs(np.diff(low)).max() < most
    assert np.abs(np.diff(high)).max() < most
    whole_low, whole_high = method(np.arange(11), 10, 0.95)
    # linspace's steps are off by a rounding.
    np.testing.assert_allclose(low[::10], whole_low, rtol=1e-14, atol=1e-16)
    np.testing.assert_allclose(high[::10], whole_high, rtol=1e-14, atol=1e-16)


@every_method
def test_counts_broadcast(method):
    low, high = method([[0], [1]], [2, 3, 4], 0.9)
    assert low.shape == high.shape == (2, 3)
    assert (low[1, 2], high[1, 2]) == method(1, 4, 0.9)


@pytest.mark.parametrize("n", [1, 5, 17])
def test_clopper_pearson_covers_at_least_its_level_everywhere(n):
    k = np.arange(n + 1)
    low, high = p.clopper_pearson(k, n, 0.9)
    # The coverage jumps at the ends, so the grid holds the ends and points between.
    ends = np.unique(np.concatenate([low, high]))
    grid = np.concatenate([ends, (ends[1:] + ends[:-1]) / 2])[:, None]
    covered = (low <= grid) & (grid <= high)
    coverage = (stats.binom.pmf(k, n, grid) * covered).sum(axis=1)
    # Rounding of a sum of n + 1 probabilities.
    assert coverage.min() >= 0.9 - 1e-14


def test_score_and_jeffreys_intervals_cover_their_level_on_average():
    n, grid = 30, np.linspace(0.001, 0.999, 999)[:, None]
    pmf = stats.binom.pmf(np.arange(n + 1), n, grid)
    for method in (p.wilson, p.jeffreys):
        low, high = method(np.arange(n + 1), n, 0.95)
        coverage = (pmf * ((low <= grid) & (grid <= high))).sum(axis=1).mean()
        # Brown, Cai & DasGupta (2001), figure 5: within a percentage point on average.
        assert abs(coverage - 0.95) < 0.01


@pytest.mark.parametrize(
    ("method", "name"),
    [
        (p.wald, "normal"),
        (p.wilson, "wilson"),
        (p.agresti_coull, "agresti_coull"),
        (p.clopper_pearson, "beta"),
        (p.jeffreys, "jeffreys"),
    ],
)
def test_statsmodels_agrees(method, name):
    for k, n in ((3, 20), (81, 263), (5067, 10000)):
        expected = proportion_confint(k, n, alpha=0.05, method=name)
        # The referee's own roundings, which include 1 - alpha / 2.
        np.testing.assert_allclose(method(k, n, 0.95), expected, rtol=1e-10)


@pytest.mark.parametrize(("method", "name"), [(p.wilson, "wilson"), (p.clopper_pearson, "exact")])
def test_scipy_agrees(method, name):
    expected = stats.binomtest(81, 263).proportion_ci(0.99, name)
    # SciPy solves the exact ends with a root finder of absolute tolerance 2e-12.
    np.testing.assert_allclose(method(81, 263, 0.99), tuple(expected), rtol=0, atol=2e-11)


@every_method
@pytest.mark.parametrize("level", [95, 1.0, 0.0, -0.5, float("nan")])
def test_a_level_that_is_no_coverage_is_refused(method, level):
    with pytest.raises(ValueError, match=f"got {level!r}.*0.95"):
        method(1, 2, level)


@every_method
@pytest.mark.parametrize(("k", "n"), [(3, 2), (-1, 2), (0, 0), (float("nan"), 3)])
def test_counts_out_of_range_are_refused(method, k, n):
    with pytest.raises(DataError, match="0 <= k <= n"):
        method(k, n, 0.95)


def test_significance_is_that_of_the_level_as_written():
    assert significance(0.999999) == 1e-6
    assert significance(0.9) == 0.1
