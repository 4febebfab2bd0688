"""The generic score and profile intervals against the closed forms of the families."""

import math

import pytest

from likelihood.inference import gaussian, poisson, proportions
from likelihood.inference.mean_intervals import profile_interval, score_interval
from likelihood.kernels import binary_kl_divergence, poisson_divergence

levels = pytest.mark.parametrize("level", [0.5, 0.95, 0.999999])
UNIT, POSITIVE = (0.0, 1.0), (0.0, math.inf)


def close(ends, expected):
    # Both find the same root of the same equation; the divergence of near means has 1e-13.
    assert ends == pytest.approx([float(end) for end in expected], rel=1e-11, abs=0)


@levels
@pytest.mark.parametrize(("k", "n"), [(0, 4), (1, 10), (81, 263), (263, 263), (1, 10**9)])
def test_bernoulli_is_wilson_and_likelihood_ratio(k, n, level):
    close(
        score_interval(k / n, n, level, lambda p: p * (1 - p), support=UNIT),
        proportions.wilson(k, n, level),
    )
    close(
        profile_interval(
            k / n, n, level, lambda t, p: float(binary_kl_divergence(t, p)), support=UNIT
        ),
        proportions.likelihood_ratio(k, n, level),
    )


@levels
@pytest.mark.parametrize(("total", "n"), [(0, 4), (1, 10), (81, 263), (10**9, 10), (3, 1e9)])
def test_poisson_is_its_score_and_profile(total, n, level):
    close(
        score_interval(total / n, n, level, lambda m: m, support=POSITIVE),
        poisson.score(total, n, level),
    )
    close(
        profile_interval(
            total / n, n, level, lambda t, m: float(poisson_divergence(t, m)), support=POSITIVE
        ),
        poisson.profile(total, n, level),
    )


@levels
@pytest.mark.parametrize("mean", [0.0, -3.5, 1e5])
def test_gaussian_of_known_dispersion_is_wald(mean, level):
    n, variance = 12, 4.0
    expected = gaussian.mean_wald(mean, n * variance, n, level)
    close(score_interval(mean, n, level, lambda m: 1.0, phi=variance), expected)
    close(profile_interval(mean, n, level, lambda t, m: 0.5 * (t - m) ** 2, phi=variance), expected)


def test_an_exponential_mean_has_its_closed_form():
    # V(m) = m**2: |mean - m| <= r m, so the ends are mean / (1 + r) and mean / (1 - r).
    r = 1.959963984540054 / math.sqrt(50)
    close(
        score_interval(3.0, 50, 0.95, lambda m: m * m, support=POSITIVE),
        (3.0 / (1 + r), 3.0 / (1 - r)),
    )


def test_an_end_that_is_never_rejected_is_the_edge_of_the_support():
    # With r above 1 no large exponential mean is rejected.
    low, high = score_interval(3.0, 2, 0.95, lambda m: m * m, support=POSITIVE)
    assert high == math.inf
    assert low == pytest.approx(3.0 / (1 + 1.959963984540054 / math.sqrt(2)), rel=1e-12)
    assert profile_interval(0.5, 1, 0.95, lambda t, m: 0.0, support=UNIT) == (0.0, 1.0)


def test_an_estimate_on_the_edge_has_a_one_sided_interval():
    def never_on_the_edge(p):
        assert 0.0 < p < 1.0
        return p * (1 - p)

    low, high = score_interval(0.0, 10, 0.95, never_on_the_edge, support=UNIT)
    assert low == 0.0
    assert 0.2 < high < 0.3
    low, high = score_interval(1.0, 10, 0.95, never_on_the_edge, support=UNIT)
    assert high == 1.0
    assert 0.7 < low < 0.8


def test_a_level_that_is_no_coverage_is_refused():
    with pytest.raises(ValueError, match=r"got 95.*0\.95"):
        score_interval(0.5, 10, 95, lambda p: p * (1 - p), support=UNIT)
    with pytest.raises(ValueError, match=r"got 1\.0.*0\.95"):
        profile_interval(0.5, 10, 1.0, lambda t, m: (t - m) ** 2, support=UNIT)
