"""Intervals for a Gaussian's mean and standard deviation."""

import json
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import stats

from likelihood.errors import DataError
from likelihood.inference import gaussian as g
from likelihood.inference.quantiles import normal_quantile

CASES = json.loads(
    (Path(__file__).parent / "references" / "onesample_gaussian.json").read_text("utf-8")
)
MEAN = {"t": g.mean_t, "profile": g.mean_profile, "wald": g.mean_wald}
SD = {"chi-square": g.sd_chi_square, "profile": g.sd_profile, "wald": g.sd_wald}
of_mean = pytest.mark.parametrize("method", MEAN.values(), ids=MEAN)
of_sd = pytest.mark.parametrize("method", SD.values(), ids=SD)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])


def squares(case):
    return case["n"] * float(case["sigma_mle"]) ** 2


@every_case
def test_wald_half_widths_are_the_exact_standard_errors(case):
    z = normal_quantile(0.05)
    # The mean apart, whose own digits would hide those of its error.
    low, high = g.mean_wald(0.0, squares(case), case["n"], 0.95)
    assert high / z == pytest.approx(float(case["se_mu"]), rel=1e-14)
    assert low == -high
    low, high = g.sd_wald(squares(case), case["n"], 0.95)
    centre = float(case["sigma_mle"])
    assert (high - centre) / z == pytest.approx(float(case["se_sigma"]), rel=1e-13)
    # The difference of two numbers of one size: a digit.
    assert low == pytest.approx(max(0.0, centre - z * float(case["se_sigma"])), rel=1e-13)


@every_case
def test_exact_intervals_agree_with_scipy(case):
    n, sd = case["n"], float(case["sd_n_minus_1"])
    for level in (0.5, 0.95, 0.999):
        low, high = g.mean_t(0.0, squares(case), n, level)
        # 1 - level in binary is off by 1e-14 of itself at 0.999.
        assert high == pytest.approx(
            stats.t.ppf((1 + level) / 2, n - 1) * sd / np.sqrt(n), rel=1e-12
        )
        low, high = g.sd_chi_square(squares(case), n, level)
        chi2 = stats.chi2(n - 1)
        assert low == pytest.approx(sd * np.sqrt((n - 1) / chi2.isf((1 - level) / 2)), rel=1e-12)
        assert high == pytest.approx(sd * np.sqrt((n - 1) / chi2.ppf((1 - level) / 2)), rel=1e-12)


@every_case
def test_profile_ends_are_at_the_cut_off(case):
    n, ss = case["n"], squares(case)
    with mpmath.workdps(40):
        cut = 2 * mpmath.erfinv(mpmath.mpf("0.95")) ** 2
        variance = mpmath.mpf(ss) / n
        half = mpmath.sqrt(variance * mpmath.expm1(cut / n))
        assert g.mean_profile(0.0, ss, n, 0.95)[1] == pytest.approx(float(half), rel=1e-14)
        for end in g.sd_profile(ss, n, 0.95):
            ratio = variance / mpmath.mpf(float(end)) ** 2
            deviance = n * (ratio - 1 - mpmath.log(ratio))
            # Newton's step from the end found is the error of that end.
            slope = -2 * n * (ratio - 1)
            assert abs((deviance - cut) / slope) < 1e-14


@of_mean
def test_mean_follows_location_and_scale(method):
    low, high = method(0.0, 10.0, 7, 0.9)
    moved = method(100.0, 40.0, 7, 0.9)
    # Four times the squares is twice the width; 100 costs two digits.
    np.testing.assert_allclose(moved, (100 + 2 * low, 100 + 2 * high), rtol=1e-15)
    assert low == -high


@of_sd
def test_sd_follows_scale(method):
    np.testing.assert_allclose(method(40.0, 7, 0.9), 2 * np.array(method(10.0, 7, 0.9)), rtol=1e-15)


@of_mean
def test_a_higher_level_contains_a_lower_one_for_the_mean(method):
    highs = [method(0.0, 10.0, 7, level)[1] for level in (0.01, 0.5, 0.95, 0.999999)]
    assert (np.diff(highs) > 0).all()


@of_sd
def test_a_higher_level_contains_a_lower_one_for_the_sd(method):
    ends = np.array([method(10.0, 7, level) for level in (0.2, 0.5, 0.95, 0.999999)])
    assert (np.diff(ends[:, 0]) <= 0).all()
    assert (np.diff(ends[:, 1]) > 0).all()
    assert (ends >= 0).all()


@of_sd
def test_sd_interval_holds_the_estimate(method):
    for n in (1.5, 2, 3, 30, 10**6):
        low, high = method(float(n), n, 0.95)
        assert low < 1.0 < high


@pytest.mark.parametrize("n", [1, 0.3])
def test_up_to_one_observation_tells_nothing(n):
    for method in MEAN.values():
        assert method(5.0, 0.0, n, 0.95) == (-np.inf, np.inf)
    for method in SD.values():
        assert method(0.0, n, 0.95) == (0.0, np.inf)


def test_barely_more_than_one_observation_tells_next_to_nothing():
    assert g.sd_chi_square(1.0, 1 + 1e-9, 0.95) == (0.0, np.inf)
    low, high = g.sd_chi_square(1.0, 1.1, 0.95)
    assert 0 < low < 1
    assert high > 1e9


def test_a_constant_sample_has_its_value_and_no_spread():
    for method in MEAN.values():
        assert method(5.0, 0.0, 4, 0.95) == (5.0, 5.0)
    for method in SD.values():
        assert method(0.0, 4, 0.95) == (0.0, 0.0)


def test_arguments_broadcast():
    low, high = g.mean_t([[1.0], [2.0]], 4.0, [2, 3, 1], 0.9)
    assert low.shape == high.shape == (2, 3)
    assert low[0, 2] == -np.inf
    low, high = g.sd_profile([1.0, 2.0], 4, 0.9)
    assert low.shape == (2,)


def test_exact_intervals_cover_their_level():
    draws = np.random.default_rng(5).normal(3.0, 2.0, (20_000, 5))
    mean, ss = draws.mean(axis=1), 5 * draws.var(axis=1)
    for (low, high), truth in (
        (g.mean_t(mean, ss, 5, 0.9), 3.0),
        (g.sd_chi_square(ss, 5, 0.9), 2.0),
    ):
        coverage = ((low <= truth) & (truth <= high)).mean()
        # Four standard errors of a proportion of 0.9 among 20 000.
        assert abs(coverage - 0.9) < 4 * np.sqrt(0.09 / 20_000)


@of_mean
def test_a_level_that_is_no_coverage_is_refused(method):
    with pytest.raises(ValueError, match=r"got 95.*0\.95"):
        method(0.0, 1.0, 3, 95)


@of_sd
def test_what_makes_no_sense_is_refused(method):
    with pytest.raises(DataError, match="got -1 and 3 at position 0"):
        method(-1.0, 3, 0.95)
    with pytest.raises(DataError, match="got 1 and 0 at position 1"):
        method([1.0, 1.0], [3, 0], 0.95)
    with pytest.raises(ValueError, match=r"got 95.*0\.95"):
        method(1.0, 3, 95)
