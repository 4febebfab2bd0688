"""Every verdict of a sample reached on purpose, and every refusal at the door."""

import math
import warnings

import numpy as np
import pandas as pd
import pytest

from likelihood import (
    Bernoulli,
    Categorical,
    ConvergenceWarning,
    DataError,
    Gaussian,
    Poisson,
    Status,
    compare,
)

# --- boundary ---------------------------------------------------------------------------


def test_a_face_never_rolled_is_on_the_boundary():
    fit = Categorical.fit([1, 2, 2, 1, 3], categories=[1, 2, 3, 4])
    assert fit.verdict.status is Status.BOUNDARY
    assert fit.verdict.status.maximised
    assert "4 never occurred" in fit.verdict.explanation
    table = fit.tidy()
    assert list(table["flag"]) == ["", "", "", "boundary"]
    assert table.loc[3, "estimate"] == 0.0 and table.loc[3, "std_error"] == 0.0
    assert table.loc[3, "conf_low"] == 0.0 and 0.1 < table.loc[3, "conf_high"] < 1.0
    assert fit.log_likelihood == pytest.approx(4 * math.log(0.4) + math.log(0.2), rel=1e-14)
    assert fit.verdict.distance < 1e-12


@pytest.mark.parametrize("method", ["closed-form", "newton", "BFGS"])
def test_the_faces_that_were_rolled_are_fitted_among_themselves(method):
    fit = Categorical.fit([1, 2, 2, 1, 3], categories=[0, 1, 2, 3, 4], method=method)
    assert fit.verdict.status is Status.BOUNDARY
    np.testing.assert_allclose(fit.params["probs"], [0, 0.4, 0.4, 0.2, 0], rtol=1e-10)


def test_only_one_face_ever_rolled():
    fit = Categorical.fit(["b", "b"], categories="abc")
    assert fit.verdict.status is Status.BOUNDARY
    assert fit.params["probs"] == (0.0, 1.0, 0.0)
    assert list(fit.tidy()["flag"]) == ["boundary"] * 3
    assert fit.log_likelihood == 0.0


@pytest.mark.parametrize(("k", "n"), [(0, 10), (10, 10)])
def test_a_coin_that_always_shows_the_same_side(k, n):
    fit = Bernoulli.fit([1, 0], weights=[k, n - k])
    assert fit.verdict.status is Status.BOUNDARY
    assert fit.params["prob"] == k / n
    assert fit.log_likelihood == 0.0 and math.copysign(1, fit.log_likelihood) == 1
    row = fit.tidy().loc[0]
    assert row["flag"] == "boundary"
    assert row["conf_high"] - row["conf_low"] == pytest.approx(0.2775, abs=5e-5)
    # Wald's interval would have no width; so would any test that divides by the variance.
    assert fit.test(0.5, "wald")["statistic"] == math.inf
    assert fit.test(0.5, "exact")["p_value"] == pytest.approx(2 / 2**n, rel=1e-12)


def test_a_constant_sample_has_no_spread():
    fit = Gaussian.fit([3.0, 3.0, 3.0])
    assert fit.verdict.status is Status.BOUNDARY
    assert fit.params == {"mean": 3.0, "sd": 0.0}
    assert fit.log_likelihood == math.inf
    assert math.isnan(fit.aic) and math.isnan(fit.bic)
    assert list(fit.tidy()["flag"]) == ["", "boundary"]
    assert fit.test({"mean": 3.5})["statistic"] == math.inf
    assert fit.test({"mean": 3.0})["statistic"] == 0.0


def test_a_single_observation_has_no_spread():
    fit = Gaussian.fit([3.0])
    assert fit.verdict.status is Status.BOUNDARY
    assert math.isnan(fit.sd_unbiased_variance)
    table = fit.tidy()
    assert table.loc[0, "conf_low"] == -math.inf and table.loc[0, "conf_high"] == math.inf


def test_no_events_at_all():
    fit = Poisson.fit([0, 0, 0])
    assert fit.verdict.status is Status.BOUNDARY
    assert fit.params == {"rate": 0.0} and fit.log_likelihood == 0.0
    # Garwood's one-sided end at total 0 is -log(0.025) / n.
    assert fit.tidy().loc[0, "conf_high"] == pytest.approx(-math.log(0.025) / 3, rel=1e-12)


# --- not converged ----------------------------------------------------------------------


@pytest.mark.parametrize("method", ["newton", "BFGS", "Nelder-Mead"])
def test_a_search_cut_short_says_so_once_and_blanks_its_cells(method):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        fit = Poisson.fit([900_000, 1_100_000], method=method, max_iter=1)
    assert [w.category for w in caught] == [ConvergenceWarning]
    assert caught[0].filename == __file__
    assert fit.verdict.status is Status.NOT_CONVERGED
    assert not fit.verdict.status.maximised
    assert not fit.verdict.distance < 1
    assert "raise max_iter" in fit.verdict.explanation
    table = fit.tidy()
    assert table[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert fit.covariance().isna().all(axis=None)
    assert fit.glance().loc[0, "status"] == "NOT_CONVERGED"
    with pytest.raises(ValueError, match="did not converge cannot be tested"):
        fit.test(1.0)


def test_a_tolerance_beyond_double_precision_is_not_reached():
    y = np.random.default_rng(5).normal(size=101)
    with pytest.warns(ConvergenceWarning, match="standard errors away"):
        fit = Gaussian.fit(y, tolerance=1e-300)
    assert fit.verdict.status is Status.NOT_CONVERGED


# --- options ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"method": "bogus"}, ValueError, "method 'bogus' is not known; use one of newton"),
        ({"method": 3}, ValueError, "method 3 is not known"),
        ({"tolerance": 0}, ValueError, "tolerance must be a positive number"),
        ({"max_iter": 0}, ValueError, "max_iter must be a positive whole number"),
        ({"max_iter": True}, ValueError, "max_iter must be a positive whole number"),
        ({"weight": [1]}, TypeError, "weight"),
    ],
)
def test_a_wrong_option_is_refused(options, error, message):
    with pytest.raises(error, match=message):
        Poisson.fit([1, 2, 3], **options)


def test_method_names_are_not_case_sensitive():
    assert Poisson.fit([1, 2, 4], method="bfgs").verdict.status is Status.OPTIMUM


@pytest.mark.parametrize("level", [95, 0, 1, -0.5, "0.95", True, math.nan])
def test_a_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(ValueError, match="write 0.95 for 95 %"):
        Poisson.fit([1, 2, 3]).tidy(level=level)


def test_unknown_intervals_kinds_and_covariances_are_refused():
    fit = Poisson.fit([1, 2, 3])
    with pytest.raises(ValueError, match="'wilson' is not defined for Poisson; use one of exact"):
        fit.confint(method="wilson")
    with pytest.raises(ValueError, match="kind 'chi' is not known"):
        fit.test(1.0, "chi")
    with pytest.raises(ValueError, match="'HC1' is not defined for a sample"):
        fit.covariance("HC1")


# --- parameters -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: Bernoulli(1.5), r"prob must be in \[0, 1\], got 1.5"),
        (lambda: Bernoulli(math.nan), "got nan"),
        (lambda: Bernoulli("0.5"), "got '0.5'"),
        (lambda: Gaussian(sd=-1), "sd must be finite and not negative, got -1"),
        (lambda: Gaussian(mean=math.inf), "mean must be a finite number, got inf"),
        (lambda: Poisson(-0.1), "rate must be finite and at least 0, got -0.1"),
        (lambda: Categorical([0.5, 0.6]), "probs must sum to 1, got 1.1; nothing is renorm"),
        (lambda: Categorical([1.5, -0.5]), r"probs must be in \[0, 1\], got 1.5 at position 0"),
        (lambda: Categorical([0.5, 0.5], ["a"]), "got 1 names for 2 probs"),
        (lambda: Categorical([0.5, 0.5], ["a", "a"]), "categories must differ, got 'a' twice"),
        (lambda: Categorical([0.5, 0.5], ["a", None]), "categories must be labels, got None"),
        (lambda: Categorical([]), "probs is empty"),
    ],
)
def test_a_parameter_out_of_range_is_named_with_its_value(make, message):
    with pytest.raises(DataError, match=message):
        make()


# --- data -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fit", "message"),
    [
        (lambda: Gaussian.fit([]), "y is empty"),
        (lambda: Gaussian.fit([1.0, math.nan]), "y must be finite, got nan at row 1"),
        (lambda: Gaussian.fit([1.0, math.inf]), "y must be finite, got inf at row 1"),
        (lambda: Gaussian.fit([1.0, None]), "y is missing at row 1"),
        (lambda: Gaussian.fit(["1.0"]), "y must hold real numbers, got '1.0' at row 0"),
        (lambda: Gaussian.fit([1j]), "y must hold real numbers, got 1j at row 0"),
        (lambda: Gaussian.fit([[1.0]]), r"one-dimensional, got shape \(1, 1\)"),
        (lambda: Gaussian.fit(3.0), "must be a one-dimensional sequence of values, got 3.0"),
        (lambda: Gaussian.fit("123"), "must be a one-dimensional sequence of values, got '123'"),
        (lambda: Gaussian.fit({"a": 1}), "one-dimensional"),
        (lambda: Gaussian.fit(np.ma.array([1.0, 2.0], mask=[0, 1])), "missing .masked. at row 1"),
        (lambda: Gaussian.fit(pd.Series([1, pd.NA], dtype="Int64")), "(missing|nan) at row 1"),
        (lambda: Gaussian.fit([1.0], weights=[1.0, 2.0]), "one entry per row, 1, got 2"),
        (lambda: Gaussian.fit([1.0], weights=[-1.0]), "must not be negative, got -1.0 at row 0"),
        (lambda: Gaussian.fit([1.0], weights=[0.0]), "weights are all zero"),
        (lambda: Gaussian.fit([1.0], weights=[math.nan]), "weights must be finite, got nan"),
        (lambda: Bernoulli.fit([0, 1, 2]), "y must hold 0 or 1, got 2 at row 2"),
        (lambda: Bernoulli.fit(["H", "T"]), "y must hold real numbers, got 'H' at row 0"),
        (lambda: Bernoulli.fit(["H", "T", "x"], success="H"), "got 'T' and 'x'; use Categorical"),
        (lambda: Bernoulli.fit(["H", None], success="H"), "y is missing at row 1"),
        (lambda: Bernoulli.fit([0, 1], success="H"), "got 0 and 1"),
        (lambda: Bernoulli.fit([0, 0], success="H"), "not of the type of success='H'"),
        (lambda: Poisson.fit([1, 2.5]), "y must hold counts 0, 1, 2, ..., got 2.5 at row 1"),
        (lambda: Poisson.fit([1, -1]), "got -1 at row 1"),
        (lambda: Categorical.fit([1, 2]), "categories of y must be declared"),
        (lambda: Categorical.fit([1, 7], categories=range(1, 7)), "got 7 at row 1 .1 such row.;"),
        (lambda: Categorical.fit(["a", "x"], categories="ab"), "one of 'a', 'b', got 'x' at row 1"),
        (lambda: Categorical.fit(["a", None], categories="ab"), "y is missing at row 1"),
        (lambda: Categorical.fit([1.0, math.nan], categories=[1]), "y is missing at row 1"),
        (lambda: Categorical.fit(["a"], categories=[]), "categories is empty"),
        (lambda: Categorical.fit([1], categories=["1"]), "must be one of '1', got 1 at row 0"),
    ],
)
def test_data_that_cannot_be_used_is_refused_with_its_row(fit, message):
    with pytest.raises(DataError, match=message):
        fit()


def test_a_long_label_is_shortened_and_control_characters_are_escaped():
    with pytest.raises(DataError) as caught:
        Categorical.fit(["a", "\x1b[31m" + "x" * 500], categories="ab")
    assert "\x1b" not in str(caught.value) and len(str(caught.value)) < 300


def test_categories_come_in_any_hashable_type_and_keep_their_order():
    names = [("north", 1), "south", 3, None.__class__]
    fit = Categorical.fit(["south", 3, ("north", 1)], categories=names)
    assert list(fit.tidy()["term"]) == names
    assert fit.params["probs"] == (1 / 3, 1 / 3, 1 / 3, 0.0)


def test_a_pandas_categorical_declares_its_own_categories():
    y = pd.Series(pd.Categorical(["hi", "lo", "hi"], categories=["lo", "mid", "hi"], ordered=True))
    fit = Categorical.fit(y)
    assert list(fit.tidy()["term"]) == ["lo", "mid", "hi"]
    assert fit.params["probs"] == (1 / 3, 0.0, 2 / 3)


def test_large_integer_labels_stay_apart():
    fit = Categorical.fit([2**53 + 1, 2**53], categories=[2**53, 2**53 + 1, 10**30])
    assert fit.params["probs"] == (0.5, 0.5, 0.0)


@pytest.mark.parametrize(
    "y",
    [
        (1, 0, 1, 1), np.array([1, 0, 1, 1], np.int8), np.array([1, 0, 1, 1], np.float32),
        np.array([True, False, True, True]), pd.Series([1, 0, 1, 1], index=[3, 1, 2, 0]),
        pd.Series([1, 0, 1, 1], dtype="Int64"), range(1, 2),
    ],
    ids=lambda y: type(y).__name__ + str(getattr(y, "dtype", "")),
)  # fmt: skip
def test_any_kind_of_column_is_read(y):
    expected = 0.75 if len(y) == 4 else 1.0
    assert Bernoulli.fit(y).params["prob"] == expected


def test_fractional_weights_are_used_and_noted():
    fit = Bernoulli.fit([1, 0], weights=[1.5, 0.5])
    assert fit.params["prob"] == 0.75 and fit.n == 2.0
    assert "not a repetition" in fit.verdict.notes[0]
    assert Bernoulli.fit([1, 0], weights=[3, 1]).verdict.notes == ()
    with pytest.raises(DataError, match="exact test needs whole counts, got 1.5"):
        fit.test(0.5, "exact")


@pytest.mark.parametrize("offset", [0.0, 1e8, -1e15])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_units_are_immaterial(offset, scale):
    y = (offset + np.array([-1.0, 0.0, 1.0, 2.0])) * scale
    fit = Gaussian.fit(y)
    assert fit.verdict.status is Status.OPTIMUM
    # Multiplying by the scale rounds each value once.
    assert fit.params["mean"] == pytest.approx((offset + 0.5) * scale, rel=1e-15)
    spread = abs(offset) * scale * 2**-52 * 4
    assert fit.params["sd"] == pytest.approx(math.sqrt(1.25) * scale, rel=1e-14, abs=spread)


# --- tests of hypotheses ----------------------------------------------------------------


def test_gaussian_hypotheses_name_what_they_fix():
    fit = Gaussian.fit([1.0, 2.0, 4.0, 7.0])
    assert fit.test({"mean": 2.0})["df"] == 1
    assert fit.test({"sd": 2.0})["df"] == 1
    assert fit.test({"mean": 2.0, "sd": 2.0})["df"] == 2
    with pytest.raises(TypeError, match="a null of a Gaussian is"):
        fit.test(2.0)
    with pytest.raises(ValueError, match="names mean, sd or both, got {'median': 2.0}"):
        fit.test({"median": 2.0})
    with pytest.raises(ValueError, match="no exact test of mean and sd together"):
        fit.test(Gaussian(2.0, 2.0), "exact")


def test_gaussian_exact_tests_are_students_and_the_chi_square():
    from scipy import stats

    y = np.array([1.0, 2.0, 4.0, 7.0, 3.0])
    fit = Gaussian.fit(y)
    t = fit.test({"mean": 2.0}, "exact")
    reference = stats.ttest_1samp(y, 2.0)
    assert t["statistic"] == pytest.approx(reference.statistic, rel=1e-12)
    assert t["p_value"] == pytest.approx(reference.pvalue, rel=1e-12)
    for sd in (0.5, 2.0, 20.0):
        chi = fit.test({"sd": sd}, "exact")
        statistic = y.var() * 5 / sd**2
        p = 2 * min(stats.chi2.sf(statistic, 4), stats.chi2.cdf(statistic, 4))
        assert chi["p_value"] == pytest.approx(min(p, 1.0), rel=1e-12)
        assert chi["log_p_value"] == pytest.approx(math.log(min(p, 1.0)), rel=1e-11)


def test_log_p_value_stands_where_the_p_value_underflows():
    fit = Bernoulli.fit([1, 0], weights=[900_000, 100_000])
    for kind in ("lr", "score", "exact"):
        test = fit.test(0.5, kind)
        assert test["p_value"] == 0.0
        assert -1e6 < test["log_p_value"] < -1e5
    shifted = Gaussian.fit(np.linspace(99, 101, 1001)).test({"mean": 0.0}, "exact")
    assert shifted["p_value"] == 0.0 and -1e5 < shifted["log_p_value"] < -1e3


def test_an_impossible_observation_refutes_a_hypothesis():
    fit = Categorical.fit(["a", "b"], categories="abc")
    for kind in ("lr", "score", "exact"):
        test = fit.test([1.0, 0.0, 0.0], kind)
        assert test["p_value"] == 0.0 and test["log_p_value"] == -math.inf


def test_outcomes_that_a_hypothesis_rules_out_cost_no_degree_of_freedom():
    fit = Categorical.fit(["a", "b", "b"], categories="abc")
    assert fit.test([0.5, 0.5, 0.0])["df"] == 1


def test_exact_multinomial_by_enumeration_and_by_simulation_agree():
    fit = Categorical.fit(list("aaab" * 2), categories="abc")
    exact = fit.test("fair", "exact")
    simulated = fit.test("fair", "exact", max_outcomes=1, replicates=20_000, rng=7)
    error = math.sqrt(exact["p_value"] * (1 - exact["p_value"]) / 20_000)
    assert simulated["p_value"] == pytest.approx(exact["p_value"], abs=4 * error)
    assert "enumeration" in exact.name and "monte carlo" in simulated.name


def test_likelihood_ratio_ends_of_the_profile_interval():
    coin = Bernoulli.fit([1, 0], weights=[7, 13])
    poisson = Poisson.fit([1, 2, 5])
    gaussian = Gaussian.fit([1.0, 2.0, 4.0, 7.0])
    for fit, null in [
        (coin, lambda end: end), (poisson, lambda end: end),
        (gaussian, lambda end: {"mean": end}),
    ]:  # fmt: skip
        row = fit.confint(0.9, "profile").loc[0]
        for end in (row["conf_low"], row["conf_high"]):
            assert fit.test(null(end))["p_value"] == pytest.approx(0.1, rel=1e-10)
    row = gaussian.confint(0.9, "profile").loc[1]
    for end in (row["conf_low"], row["conf_high"]):
        assert gaussian.test({"sd": end})["p_value"] == pytest.approx(0.1, rel=1e-10)


def test_a_poisson_keeps_its_digits_when_counts_are_large():
    """The mean, k log mean and log k! are 1e13 in size; their difference is -14.7."""
    mpmath = pytest.importorskip("mpmath")
    with mpmath.workdps(50):
        for k, rate in ((10**12, 1e12), (10**6 + 17, 999_983.25), (3, 1e-5), (0, 2.5)):
            exact = k * mpmath.log(rate) - rate - mpmath.loggamma(k + 1)
            assert Poisson(rate).log_prob([k])[0] == pytest.approx(float(exact), rel=1e-14)


# --- comparison -------------------------------------------------------------------------


def test_fits_of_other_rows_or_weights_are_not_compared():
    fit = Poisson.fit([1, 2, 3])
    with pytest.raises(DataError, match="other rows or weights"):
        compare(fit, Poisson.fit([1, 2, 4]))
    with pytest.raises(DataError, match="other rows or weights"):
        compare(fit, Poisson.fit([1, 2, 3], weights=[1, 1, 2]))
    with pytest.raises(TypeError, match="compare takes fits, or members of Poisson"):
        compare(fit, Bernoulli(0.5))


def test_different_distributions_of_the_same_rows_are_compared_by_aic():
    y = [0, 1, 1, 0, 1]
    table = compare(Poisson.fit(y), Bernoulli.fit(y))
    assert list(table["model"]) == ["Poisson", "Bernoulli"]
    assert table["delta_aic"].idxmin() == 1
    assert table["lr_statistic"].isna().all()


def test_glance_has_every_column_once():
    row = Bernoulli.fit([1, 0, 1]).glance()
    assert list(row.columns)[:3] == ["model", "status", "n_rows"]
    assert len(row.columns) == len(set(row.columns)) == 34
    assert row.loc[0, "log_loss"] == pytest.approx(-Bernoulli.fit([1, 0, 1]).log_likelihood / 3)
