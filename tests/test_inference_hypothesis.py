"""Tests of hypotheses on the boundary, with impossible outcomes, and far out of range."""

import math
from decimal import Decimal
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy import stats

from likelihood import Bernoulli, Categorical, Gaussian, Poisson
from likelihood.errors import DataError
from likelihood.inference.hypothesis import NO_WALD, whole_count
from likelihood.inference.level import checked_level
from likelihood.inference.normal_tests import of_parameters

KINDS = ("lr", "score", "wald")
every_kind = pytest.mark.parametrize("kind", KINDS)


def die(counts):
    return Categorical.fit(range(len(counts)), categories=range(len(counts)), weights=counts)


def agrees(test, statistic, p_value):
    assert test["statistic"] == statistic
    assert test["p_value"] == p_value
    assert test["log_p_value"] == (math.log(p_value) if p_value else -math.inf)


def blank(test):
    return bool(test[["statistic", "p_value", "log_p_value"]].isna().all())


# --- the boundary ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fit", "null"),
    [
        (Bernoulli.fit([1]), 0.999),
        (Bernoulli.fit([0, 0, 0]), 0.5),
        (Poisson.fit([0, 0]), 1.0),
        (die([5, 0]), [0.5, 0.5]),
        (die([30, 10, 0]), "fair"),
        (Gaussian.fit([2.0, 2.0, 2.0]), {"mean": 3.0}),
        (Gaussian.fit([2.0, 2.0, 2.0]), {"sd": 1.0}),
        (Gaussian.fit([2.0, 2.0, 2.0]), Gaussian(2.0, 1.0)),
    ],
    ids=repr,
)
def test_wald_is_blank_where_it_divides_by_a_variance_estimated_as_zero(fit, null):
    test = fit.test(null, "wald")
    assert blank(test)
    assert test.name == NO_WALD == "wald: not defined on the boundary"
    assert 0 <= fit.test(null, "score")["p_value"] <= 1


@every_kind
@pytest.mark.parametrize(
    "fit",
    [
        Bernoulli.fit([1, 1]), Poisson.fit([0, 0]), die([5, 0, 0]), die([5]), die([3, 2, 0]),
        Gaussian.fit([2.0, 2.0, 2.0]), Gaussian.fit([5.0]),
    ],
    ids=repr,
)  # fmt: skip
def test_an_estimate_on_the_boundary_is_not_rejected(fit, kind):
    agrees(fit.test(fit.distribution, kind), 0.0, 1.0)


# --- impossible outcomes --------------------------------------------------------------------


@every_kind
@pytest.mark.parametrize(
    ("fit", "null"),
    [
        (die([30, 10, 2]), [0.5, 0.5, 0.0]),
        (die([4, 1, 0]), [1.0, 0.0, 0.0]),
        (die([4, 1]), [1.0, 0.0]),
        (Bernoulli.fit([1, 0]), 0.0),
        (Bernoulli.fit([1]), 0.0),
        (Poisson.fit([0, 2]), 0.0),
        (Gaussian.fit([1.0, 2.0]), {"sd": 0.0}),
        (Gaussian.fit([2.0, 2.0]), Gaussian(3.0, 0.0)),
    ],
    ids=repr,
)
def test_an_impossible_observation_refutes_whatever_the_kind(fit, null, kind):
    agrees(fit.test(null, kind), math.inf, 0.0)


def test_only_a_ruled_out_face_that_never_fell_costs_no_degree_of_freedom():
    for kind in KINDS:
        assert die([30, 10, 0]).test([0.5, 0.5, 0.0], kind)["df"] == 1
        assert die([30, 10, 2]).test([0.5, 0.5, 0.0], kind)["df"] == 2
    # Without the third face, the statistics are those of a coin.
    coin = Bernoulli.fit([1, 0], weights=[30, 10])
    for kind in KINDS:
        three, two = die([30, 10, 0]).test([0.5, 0.5, 0.0], kind), coin.test(0.5, kind)
        assert three["statistic"] == pytest.approx(two["statistic"], rel=1e-14)
        assert three["p_value"] == pytest.approx(two["p_value"], rel=1e-13)


@pytest.mark.parametrize("kind", [*KINDS, "exact"])
def test_a_certain_outcome_agrees_with_the_coin(kind):
    for null in ([1.0, 0.0], [1.0 - 1e-10, 0.0]):
        assert die([5, 0]).test(null, kind)["p_value"] == 1.0
    assert Bernoulli.fit([1] * 5).test(1.0, kind)["p_value"] == 1.0
    assert die([4, 1]).test([1.0, 0.0], kind)["p_value"] == 0.0
    assert Bernoulli.fit([1] * 4 + [0]).test(1.0, kind)["p_value"] == 0.0


# --- constant samples and single rows -------------------------------------------------------


def test_the_score_of_a_constant_sample_is_its_limit():
    fit = Gaussian.fit([2.0, 2.0, 2.0])
    test = fit.test({"mean": 3.0}, "score")
    # n r / (1 + r) with r infinite.
    assert test["statistic"] == 3.0
    assert test["p_value"] == pytest.approx(stats.chi2.sf(3.0, 1), rel=1e-14)
    nearly = Gaussian.fit([2.0 - 1e-9, 2.0, 2.0 + 1e-9]).test({"mean": 3.0}, "score")
    assert nearly["statistic"] == pytest.approx(3.0, rel=1e-15)
    # The score has no variance to estimate where both parameters are fixed: n (1 + 0 / 2).
    assert fit.test(Gaussian(3.0, 1.0), "score")["statistic"] == 3.0
    assert fit.test({"mean": 3.0}, "lr")["statistic"] == math.inf


def test_the_exact_tests_of_a_constant_sample():
    fit = Gaussian.fit([2.0, 2.0, 2.0])
    agrees(fit.test({"sd": 0.0}, "exact"), 0.0, 1.0)
    agrees(fit.test({"mean": 2.0}, "exact"), 0.0, 1.0)
    agrees(fit.test({"sd": 1.0}, "exact"), 0.0, 0.0)
    assert blank(fit.test({"mean": 3.0}, "exact"))


@pytest.mark.parametrize("weight", [1.0, 0.25])
@pytest.mark.parametrize("kind", [*KINDS, "exact"])
def test_one_observation_leaves_nothing_for_the_spread(kind, weight):
    fit = Gaussian.fit([5.0], weights=[weight])
    for null in ({"mean": 4.0}, {"sd": 1.0}):
        test = fit.test(null, kind)
        assert blank(test)
        assert "up to one observation" in test.name
    if kind != "exact":
        # With both parameters fixed the score test needs no estimate of the spread.
        assert blank(fit.test(Gaussian(4.0, 1.0), kind)) == (kind != "score")


# --- far out of range -----------------------------------------------------------------------


def test_statistics_beyond_doubles_are_infinite_and_logs_finite_where_they_can_be():
    fit = Gaussian.fit([1.0, 2.0, 3.0])
    for kind in ("lr", "score", "exact"):
        agrees(fit.test({"sd": 1e-200}, kind), math.inf, 0.0)
    agrees(fit.test({"mean": 1e160}, "wald"), math.inf, 0.0)
    with mpmath.workdps(30):
        variance = mpmath.mpf(2) / 3
        far = {"mean": 3 * mpmath.log1p(mpmath.mpf(10) ** 320 / variance)}
        far["sd"] = 3 * (-1 - mpmath.log(variance / mpmath.mpf(10) ** 400))
    # Of logarithms of 1e160 and 1e200 themselves: a few roundings.
    mean, sd = fit.test({"mean": 1e160}), fit.test({"sd": 1e200})
    assert mean["statistic"] == pytest.approx(float(far["mean"]), rel=1e-15)
    assert sd["statistic"] == pytest.approx(float(far["sd"]), rel=1e-15)
    for test in (mean, sd):
        assert -0.6 * test["statistic"] < test["log_p_value"] < -0.5 * test["statistic"]
    # P(chi-square of 2 below x) is x / 2 for a small x: twice that is 2 / 1e400.
    log_p = fit.test({"sd": 1e200}, "exact")["log_p_value"]
    assert log_p == pytest.approx(math.log(2.0) - 400 * math.log(10.0), rel=1e-15)
    assert fit.test({"mean": 1e308}, "score")["statistic"] == 3.0


def test_poisson_nulls_at_the_ends_of_the_doubles():
    fit = Poisson.fit([1, 2, 3])
    assert fit.test(1e-300, "score")["statistic"] == pytest.approx(12e300, rel=1e-14)
    assert fit.test(1e300, "score")["statistic"] == pytest.approx(3e300, rel=1e-14)
    assert fit.test(1e300, "score")["log_p_value"] == pytest.approx(-1.5e300, rel=1e-14)
    assert fit.test(1e-300)["statistic"] == pytest.approx(
        12 * (math.log(2.0) + 300 * math.log(10.0) - 1), rel=1e-14
    )
    for kind in ("score", "wald"):
        agrees(fit.test({"score": 1e-310, "wald": 1e300}[kind], kind), math.inf, 0.0)
    assert fit.test(1e300, "exact")["log_p_value"] == pytest.approx(-3e300, rel=1e-14)


@pytest.mark.parametrize("unit", [1e-140, 1e140])
@pytest.mark.parametrize("kind", [*KINDS, "exact"])
def test_gaussian_tests_do_not_depend_on_the_unit(kind, unit):
    y = np.array([-1.0, 0.5, 3.0, 1.25])
    for null in ({"mean": 0.25}, {"sd": 0.75}):
        one = Gaussian.fit(y).test(null, kind)
        other = Gaussian.fit(unit * y).test({k: unit * v for k, v in null.items()}, kind)
        # The unit is no power of two, so that every number is rounded again.
        np.testing.assert_allclose(other, one, rtol=1e-13)


def test_a_sum_of_squares_that_is_a_thousandfold_has_finite_logs():
    # The lower tail of the chi-square underflows at 1000 degrees of freedom.
    test = of_parameters(0.0, 1001.0, 1001.0, None, 10.0, "exact")
    assert test.p_value == 0.0
    with mpmath.workdps(30):
        half = mpmath.mpf("1001") / 200
        exact = mpmath.log(2 * mpmath.gammainc(500, 0, half, regularized=True))
    assert test.log_p_value == pytest.approx(float(exact), rel=1e-13)


# --- whole counts and levels ----------------------------------------------------------------


@pytest.mark.parametrize("half", [0.5, 1e9 + 0.5, 2.0**40 + 0.5, 2.0**50 + 0.5])
def test_half_a_count_is_refused_at_any_size(half):
    with pytest.raises(DataError, match="whole counts.*fractional weights"):
        whole_count(half)
    with pytest.raises(DataError, match="whole counts"):
        Bernoulli.fit([1, 0], weights=[half, half - 1 if half > 1 else half]).test(0.5, "exact")


def test_a_count_survives_its_way_through_a_mean():
    rng = np.random.default_rng(8)
    for power in range(1, 51):
        for total in rng.integers(2**power, 2 ** (power + 1), 40).tolist():
            count = int(rng.integers(0, total + 1))
            assert whole_count(total * (count / total)) == count
    assert whole_count(np.float64(3e200)) == int(3e200)
    assert whole_count(3.0 + 1e-10) == 3
    with pytest.raises(DataError, match="got 1000000.000001"):
        whole_count(1e6 + 1e-6)


@pytest.mark.parametrize(
    "level", [np.float64(0.95), np.float32(0.95), np.float16(0.95), Fraction(19, 20)], ids=repr
)
def test_a_level_is_any_real_number(level):
    assert checked_level(level) == float(level)
    assert type(checked_level(level)) is float
    ends = Bernoulli.fit([1, 0, 1]).confint(level)[["conf_low", "conf_high"]]
    expected = Bernoulli.fit([1, 0, 1]).confint(float(level))[["conf_low", "conf_high"]]
    np.testing.assert_array_equal(ends, expected)


@pytest.mark.parametrize(
    "level",
    [True, np.True_, "0.95", None, 0.95j, np.array(0.95), Decimal("0.95"), math.nan,
     Fraction(1, 10**400), 1 - Fraction(1, 10**400), 95, np.float32(1.0)],
    ids=repr,
)  # fmt: skip
def test_what_is_no_coverage_is_refused(level):
    with pytest.raises(ValueError, match=r"level must be a coverage between 0 and 1.*0\.95"):
        checked_level(level)
