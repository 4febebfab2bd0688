"""Every verdict of a sample reached on purpose, and every refusal at the door."""

import copy
import math
import pickle
import warnings
from decimal import Decimal
from fractions import Fraction

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
    # Wald's test divides by a variance that is estimated as zero, so it is not defined.
    assert math.isnan(fit.test(0.5, "wald")["statistic"])
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
    assert not fit.verdict.distance < 1e-3
    assert "raise max_iter" in fit.verdict.explanation
    table = fit.tidy()
    assert table[["std_error", "conf_low", "conf_high"]].isna().all(axis=None)
    assert fit.covariance().isna().all(axis=None)
    assert fit.glance().loc[0, "status"] == "NOT_CONVERGED"
    assert fit.glance()[["aic", "aicc", "bic"]].isna().all(axis=None)
    beside = compare(fit, Poisson(1e6))
    assert list(beside["status"]) == ["NOT_CONVERGED", ""]
    assert math.isnan(beside.loc[0, "aic"]) and math.isnan(beside.loc[1, "lr_p_value"])
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


def test_numbers_of_any_type_are_options():
    fit = Poisson.fit([1, 2, 3], tolerance=np.float32(1e-6), max_iter=np.int64(50))
    assert fit.tidy(level=np.float32(0.95)).equals(fit.tidy(level=float(np.float32(0.95))))


def test_a_test_refuses_options_and_nulls_that_mean_nothing():
    fit = Bernoulli.fit([1, 0, 1])
    with pytest.raises(TypeError, match="kind 'lr' takes no rng="):
        fit.test(0.5, rng=1)
    for null in ({}, {"p": 0.5}):
        with pytest.raises(ValueError, match="a null of Bernoulli names prob"):
            fit.test(null)
    with pytest.raises(ValueError, match="null adds columns to a categorical"):
        fit.tidy(null=0.5)
    with pytest.raises(TypeError, match="compare takes a fit first"):
        compare(Bernoulli(0.5))


def test_fits_and_members_are_copied_and_pickled_whole():
    fit = Categorical.fit(list("aab"), categories="ab")
    for twin in (copy.deepcopy(fit), pickle.loads(pickle.dumps(fit))):
        assert twin.tidy().equals(fit.tidy())
        assert twin != fit and fit == fit
    member = Gaussian(1.5, 2.0)
    assert copy.deepcopy(member) == member and hash(member) == hash(Gaussian(1.5, 2.0))
    assert eval(repr(member)) == member


def test_dates_are_labels():
    days = pd.Series(pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-01"]))
    fit = Categorical.fit(days, categories=pd.date_range("2026-01-01", periods=3))
    assert fit.params["probs"] == (2 / 3, 1 / 3, 0.0)
    assert Categorical.fit(days.astype("category")).params["probs"] == (2 / 3, 1 / 3)


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
        (lambda: Gaussian(sd=-1), "sd must be finite and at least 0, got -1"),
        (lambda: Gaussian(mean=math.inf), "mean must be a finite number, got inf"),
        (lambda: Poisson(-0.1), "rate must be finite and at least 0, got -0.1"),
        (lambda: Categorical([0.5, 0.6]), "probs must sum to 1, got 1.1; nothing is renorm"),
        (lambda: Categorical([1.5, -0.5]), r"probs must be in \[0, 1\], got 1.5 at position 0"),
        (lambda: Categorical([0.5, 0.5], ["a"]), "got 1 names for 2 probs"),
        (lambda: Categorical([0.5, 0.5], ["a", "a"]), "categories must differ, got 'a' twice"),
        (lambda: Categorical([0.5, 0.5], ["a", None]), "categories must be labels, got None"),
        (lambda: Categorical([]), "probs is empty"),
        (lambda: Categorical([0.1, 0.9], {"x", "y"}), "must be a sequence of labels in order"),
        (lambda: Categorical([0.1, 0.9], 3), "must be a sequence of labels in order, got 3"),
        (lambda: Categorical([0.1, 0.9], [["x"], "y"]), "categories must be labels, got .'x'."),
        (lambda: Bernoulli(None), r"prob must be in \[0, 1\], got None"),
        (lambda: Bernoulli([0.5]), r"got \[0.5\]"),
        (lambda: Gaussian(10**400, 1), "mean must be a finite number"),
        (lambda: Poisson(Decimal("1E400")), "rate must be finite and at least 0"),
        (lambda: Bernoulli(0.5).fisher_information(-1), "n must be finite and at least 0, got -1"),
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
        (lambda: Gaussian.fit([1.0, 2.0], weights=[1e308, 1e308]), r"at most 2\*\*53"),
        (lambda: Categorical.fit([["a"], "b"], categories="ab"), r"got \['a'\] at row 0"),
        (
            lambda: Bernoulli.fit(pd.Series([True, None], dtype="boolean"), success=True),
            "y is missing at row 1",
        ),
        (lambda: Gaussian.fit([1.0], weights=[math.nan]), "weights must be finite, got nan"),
        (lambda: Bernoulli.fit([0, 1, 2]), "y must hold 0 or 1, got 2 at row 2"),
        (lambda: Bernoulli.fit(["H", "T"]), "got 'H' at row 0; name the label that counts"),
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
    assert fit.params["mean"] == pytest.approx((offset + 0.5) * scale, rel=1e-15, abs=0)
    spread = abs(offset) * scale * 2**-52 * 4
    assert fit.params["sd"] == pytest.approx(math.sqrt(1.25) * scale, rel=1e-14, abs=spread)


def test_a_mean_between_two_doubles_says_how_far_it_is_from_the_maximum():
    fit = Gaussian.fit(1e15 + np.array([0.0, 0.125, 0.25, 0.375]))
    # The exact mean ends in .1875 and doubles there are 0.125 apart; the standard error is 0.07.
    assert fit.verdict.distance == pytest.approx(0.0625 / 0.0698771, rel=1e-5)
    assert "subtract a constant" in fit.verdict.notes[0]
    small = Gaussian.fit([0.0, 0.125, 0.25, 0.375])
    assert small.verdict.notes == () and small.verdict.distance < 1e-15
    # The maximum of the likelihood is that of the exact mean.
    assert fit.log_likelihood == pytest.approx(small.log_likelihood, rel=1e-14)


def test_two_neighbouring_doubles_are_a_sample():
    fit = Gaussian.fit([3.0, np.nextafter(3.0, 4.0)])
    assert fit.verdict.status is Status.OPTIMUM
    assert fit.params["sd"] == 2.0**-52


@pytest.mark.parametrize("value", [1 / 3, 0.1, -7.7, 1e300])
def test_a_constant_sample_is_constant_whatever_its_weights(value):
    for weights in ([0.3, 0.3, 0.3], [0.1, 0.7, 0.2], None):
        fit = Gaussian.fit([value] * 3, weights=weights)
        assert fit.verdict.status is Status.BOUNDARY
        assert fit.params == {"mean": value, "sd": 0.0}


def test_a_spread_whose_square_is_no_double_is_refused():
    for scale in (1e-162, 1e200):
        with pytest.raises(DataError, match="outside the range of doubles; rescale it"):
            Gaussian.fit(np.array([1.0, 2.0, 4.0]) * scale)


def test_a_fit_does_not_change_with_the_array_it_came_from():
    y = np.array([0.0, 1.0, 2.0, 5.0])
    fit, before = Gaussian.fit(y), Gaussian(1, 1).log_likelihood(y)
    y[:] = [1.0, 1.0, 1.0, 7.0]
    table = fit.compare(Gaussian(1, 1))
    assert table.loc[1, "log_likelihood"] == before
    with pytest.raises(DataError, match="other rows or weights"):
        compare(fit, Poisson.fit(y))


def test_the_same_rows_are_recognised_in_any_container_and_with_weights_of_one():
    y = [0, 1, 1, 0]
    fit = Bernoulli.fit(y)
    for same in (np.array(y, float), pd.Series(y), np.array(y, bool)):
        assert len(compare(fit, Bernoulli.fit(same, weights=[1, 1, 1, 1]))) == 2
    mixed = Categorical.fit([1, "1"], categories=[1, "1"])
    with pytest.raises(DataError, match="other rows or weights"):
        compare(mixed, Categorical.fit(["1", 1], categories=[1, "1"]))


def test_differently_indexed_columns_are_not_taken_by_position():
    y, weights = pd.Series([0, 10], index=["a", "b"]), pd.Series([1, 9], index=["b", "a"])
    with pytest.raises(DataError, match="y and weights have different indexes"):
        Poisson.fit(y, weights=weights)
    with pytest.raises(DataError, match="different indexes"):
        Poisson(2.0).log_likelihood(y, weights)
    assert Poisson.fit(y, weights=weights.to_numpy()).params["rate"] == 9.0
    assert Poisson.fit(y, weights=weights.reindex(["a", "b"])).params["rate"] == 1.0


def test_an_indexed_hypothesis_goes_by_its_labels():
    fit = Categorical.fit(list("aab"), categories="ab")
    null = pd.Series([1 / 3, 2 / 3], index=["b", "a"])
    assert fit.test(null)["p_value"] == pytest.approx(1.0, rel=1e-12)
    assert Categorical(pd.Series([0.3, 0.7], index=["x", "y"])).categories == ("x", "y")
    with pytest.raises(DataError, match="not by the categories"):
        fit.test(pd.Series([0.5, 0.5], index=["a", "z"]))


def test_a_weight_of_zero_hides_even_an_impossible_row():
    assert Poisson(0).score([0, 1], weights=[1, 0]) == -1.0
    assert Bernoulli(0.0).score([0, 1], weights=[1, 0]) == -1.0
    assert Gaussian(0, 1e-200).score([0.0, 1.0], weights=[1, 0])[0] == 0.0
    assert Bernoulli(0.0).log_likelihood([0, 1], weights=[2, 0]) == 0.0


def test_an_impossible_row_decides_the_log_likelihood():
    assert Bernoulli(0.0).log_likelihood([0, 1]) == -math.inf
    assert Gaussian(3.0, 0.0).log_likelihood([3.0, 3.0]) == math.inf
    assert Gaussian(3.0, 0.0).log_likelihood([3.0, 4.0]) == -math.inf


@pytest.mark.parametrize(
    "fit",
    [
        lambda: Poisson.fit([10**14]),
        lambda: Poisson.fit([59_990, 60_010, 60_500], weights=[1e10, 1e10, 1e10]),
        lambda: Categorical.fit(list("abc"), categories="abc", weights=[7, 10**9, 10**10]),
        lambda: Bernoulli.fit([1, 0], weights=[10**15, 3]),
    ],
)
def test_a_closed_form_of_very_many_rows_is_an_optimum(fit):
    assert fit().verdict.status is Status.OPTIMUM


def test_a_rare_category_does_not_cost_the_others_their_digits():
    weights = [1, 10**8, 10**8]
    fit = Categorical.fit(list("abc"), categories="abc", weights=weights, method="newton")
    np.testing.assert_allclose(fit.params["probs"], np.array(weights) / (2 * 10**8 + 1), rtol=1e-10)


def test_many_categories_are_fitted_as_one_row():
    k = 600
    fit = Categorical.fit(range(k), categories=range(k))
    assert fit.verdict.status is Status.OPTIMUM
    assert set(fit.params["probs"]) == {1 / k}


def test_divergence_of_gaussians_of_very_different_scale():
    for sd, exact in ((1e-10, 22.525850929940456), (1e-17, 38.6439465808988)):
        assert Gaussian(0, sd).kl_divergence(Gaussian(0, 1)) == pytest.approx(exact, rel=1e-14)
    assert Gaussian(0, 1).kl_divergence(Gaussian(0, 0)) == math.inf
    assert Gaussian(2, 0).kl_divergence(Gaussian(2, 0)) == 0.0
    # A point mass always draws its mean.
    assert Gaussian(1, 0).cross_entropy(Gaussian(0, 1)) == -Gaussian(0, 1).log_prob([1.0])[0]


def test_entropy_of_a_poisson_of_any_rate():
    """The sum and the asymptotic series meet where one takes over from the other."""
    low, high = Poisson(99_999.0).entropy(), Poisson(100_001.0).entropy()
    assert high - low == pytest.approx(0.5 * math.log(100_001 / 99_999), rel=1e-5)
    assert Poisson(1e300).entropy() == pytest.approx(
        0.5 * (math.log(2 * math.pi * math.e) + 300 * math.log(10)), rel=1e-15
    )
    assert Poisson(0.0).entropy() == 0.0


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
        assert chi["p_value"] == pytest.approx(min(p, 1.0), rel=1e-12, abs=0)
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
    with pytest.raises(ValueError, match="one has a density, which depends on the units"):
        compare(fit, Gaussian.fit([1, 2, 3]))


def test_different_distributions_of_the_same_rows_are_compared_by_aic():
    y = [0, 1, 1, 0, 1]
    table = compare(Poisson.fit(y), Bernoulli.fit(y))
    assert list(table["model"]) == ["Poisson", "Bernoulli"]
    assert table["delta_aic"].idxmin() == 1
    assert table["lr_statistic"].isna().all()


def test_the_tables_of_a_weighted_die_by_hand():
    """Counts 3, 1 and 6: every number of glance, tidy and compare worked out."""
    fit = Categorical.fit(list("abca"), categories="abc", weights=[1, 1, 6, 2])
    loglik = 3 * math.log(0.3) + math.log(0.1) + 6 * math.log(0.6)
    glance = fit.glance().loc[0]
    expected = {
        "n_rows": 4, "n_used": 4, "n_dropped": 0, "sum_weights": 10, "n_responses": 3,
        "n_parameters": 2, "df_resid": 8, "log_likelihood": loglik, "aic": 4 - 2 * loglik,
        "aicc": 4 - 2 * loglik + 12 / 7, "bic": 2 * math.log(10) - 2 * loglik,
        "log_loss": -loglik / 10, "n_iter": 0,
    }  # fmt: skip
    for name, value in expected.items():
        assert glance[name] == pytest.approx(value, rel=1e-14), name
    tidy = fit.tidy()
    np.testing.assert_allclose(tidy["expected"], 10 / 3)
    np.testing.assert_allclose(tidy["std_error"], np.sqrt(np.array([0.21, 0.09, 0.24]) / 10))
    np.testing.assert_allclose(
        tidy["std_residual"], (np.array([3, 1, 6]) - 10 / 3) / math.sqrt(10 / 3 * 2 / 3)
    )
    against = fit.tidy(null={"c": 0.5, "a": 0.25, "b": 0.25})
    np.testing.assert_allclose(against["expected"], [2.5, 2.5, 5.0])
    table = fit.compare(Categorical([0.25, 0.25, 0.5], "abc"))
    null = 4 * math.log(0.25) + 6 * math.log(0.5)
    assert table.loc[1, "bic"] == table.loc[1, "aic"] == pytest.approx(-2 * null, rel=1e-14)
    assert table.loc[0, "bic"] == glance["bic"] and table.loc[0, "aic"] == glance["aic"]
    delta = glance["aic"] + 2 * null
    assert table.loc[0, "delta_aic"] == pytest.approx(delta, rel=1e-12)
    assert table.loc[1, "weight"] == pytest.approx(1 / (1 + math.exp(-delta / 2)), rel=1e-12)


def test_dispersion_of_a_gaussian_is_the_unbiased_variance():
    assert Gaussian.fit([1.0, 2.0, 6.0]).glance().loc[0, "dispersion"] == pytest.approx(7.0)


@pytest.mark.parametrize("null", [{"mean": 2.5}, {"sd": 1.5}, {"mean": 2.5, "sd": 1.5}], ids=str)
def test_gaussian_tests_are_what_their_names_say(null):
    """Twice the log-likelihood lost; U' I^-1 U at the constrained maximum; d' I d at the free."""
    y = np.array([1.0, 2.0, 4.0, 7.0, 3.0])
    fit, n = Gaussian.fit(y), len(y)
    mean = null.get("mean", y.mean())
    sd = null.get("sd", math.sqrt(((y - mean) ** 2).mean()))
    constrained = Gaussian(mean, sd)
    lost = 2 * (fit.log_likelihood - constrained.log_likelihood(y))
    score = constrained.score(y)
    information = constrained.fisher_information(n)
    fixed = [name in null for name in ("mean", "sd")]
    away = (fit.distribution.estimates - constrained.estimates)[fixed]
    at_free = fit.distribution.fisher_information(n)[np.ix_(fixed, fixed)]
    expected = {
        "lr": lost,
        "score": score @ np.linalg.inv(information) @ score,
        "wald": away @ at_free @ away,
    }
    for kind, statistic in expected.items():
        test = fit.test(null, kind)
        assert test["statistic"] == pytest.approx(statistic, rel=1e-11), kind
        assert test["df"] == sum(fixed)


def test_information_on_the_boundary():
    information = Categorical([1.0, 0.0, 0.0]).fisher_information()
    np.testing.assert_array_equal(information, [[np.inf, 1.0], [1.0, np.inf]])
    assert Bernoulli(1.0).fisher_information() == np.inf
    np.testing.assert_array_equal(np.diag(Gaussian(0, 0).fisher_information()), [np.inf, np.inf])
    with pytest.raises(ValueError, match="a point mass .sd 0. has no score"):
        Gaussian(0, 0).score([0.0])


def test_draws_are_labels_of_the_type_that_was_declared():
    assert Categorical([0.0, 1.0], [10, 20]).sample(3, 1).tolist() == [20, 20, 20]
    assert Categorical([0.5, 0.5], [("a", 1), "b"]).sample(40, 1).tolist().count("b") in range(
        8, 33
    )
    with pytest.raises(ValueError, match="size must be a whole number, not negative, got -1"):
        Poisson(1.0).sample(-1)


def test_numbers_of_python_are_read_and_what_is_none_is_refused():
    assert Gaussian.fit([Decimal("1.5"), Fraction(5, 2)]).params["mean"] == 2.0
    with pytest.raises(DataError, match="real numbers, got <object object"):
        Gaussian.fit([1.0, object()])


def test_options_of_exact_tests_are_those_they_have():
    with pytest.raises(TypeError, match="kind 'exact' takes no rng="):
        Poisson.fit([1, 2]).test(1.0, "exact", rng=3)
    with pytest.raises(TypeError, match="kind 'exact' takes no typo="):
        Gaussian.fit([1.0, 2.0]).test({"mean": 0.0}, "exact", typo=2)


def test_glance_has_every_column_once():
    row = Bernoulli.fit([1, 0, 1]).glance()
    assert list(row.columns)[:3] == ["model", "status", "n_rows"]
    assert len(row.columns) == len(set(row.columns)) == 34
    assert row.loc[0, "log_loss"] == pytest.approx(-Bernoulli.fit([1, 0, 1]).log_likelihood / 3)
