"""The crosscheck of regressions: that it agrees where we are right, and finds us wrong."""

import math
import sys
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import likelihood as lk
from likelihood.crosscheck import ENOUGH, agreement, crosscheck, least_digits
from likelihood.crosscheck import regressions as module
from likelihood.crosscheck import rows as rows_module
from likelihood.crosscheck.demo import DEMONSTRATIONS, crosscheck_demo, demo_summary
from likelihood.crosscheck.refits import NotCheckedError, refit
from likelihood.crosscheck.rows import Expected, rows_of

COLUMNS = (
    "quantity", "term", "ours", "theirs", "backend", "difference", "digits", "ok", "reason",
)  # fmt: skip
#: Regressions with a maximum, near-collinear Longley among them.
REGRESSIONS = [
    "nodal", "esoph", "menarche", "ucb_admissions", "weldon_dice", "iris, two species",
    "anes96, vote", "penguins, sex", "anes96, party", "wine", "penguins, island", "longley",
    "penguins, mass", "iris, petals", "esoph, rates", "ucb_admissions, counts",
    "horse_kicks, regression",
]  # fmt: skip
SEPARATED = ["iris, separated", "penguins, separated"]
REFERENCES = Path(__file__).parent / "references"


@pytest.fixture(scope="module")
def demo():
    return crosscheck_demo()


@pytest.fixture(scope="module")
def nodal():
    return DEMONSTRATIONS["nodal"]()


def quiet(model, *given, **keywords):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        return model.fit(*given, **keywords).result_


def part(demo, name):
    return demo[demo["data_set"] == name]


# Agreement


@pytest.mark.parametrize("name", REGRESSIONS)
def test_data_sets_agree_to_ten_digits_and_more(demo, name):
    table = part(demo, name)
    assert table["ok"].all(), table[~table["ok"]]
    assert least_digits(table) >= 10.0
    assert {"estimate", "std_error", "log_likelihood", "covariance"} <= set(table["quantity"])
    assert (table["status"] == "OPTIMUM").all()


@pytest.mark.parametrize("name", SEPARATED)
def test_separated_data_say_that_theirs_is_no_estimate(demo, name):
    table = part(demo, name)
    assert table["ok"].all() and (table["status"] == "SEPARATED").all()
    infinite = table[(table["quantity"] == "estimate") & ~np.isfinite(table["ours"])]
    assert len(infinite) >= 3
    assert infinite["reason"].str.contains("separated").all()
    # The supremum of the likelihood they come near.
    assert table.loc[table["quantity"] == "log_likelihood", "digits"].iloc[0] > 8.0


def test_finite_limits_are_compared_too(demo):
    table = part(demo, "penguins, separated")
    limits = table[
        table["quantity"].isin(["estimate", "std_error"])
        & (table["response"] == "Chinstrap")
        & table["backend"].str.startswith("statsmodels")
    ]
    assert len(limits) == 6 and (limits["digits"] > 8.0).all()


def test_the_demonstration_covers_every_model_and_the_summary_every_set(demo):
    summary = demo_summary(demo)
    assert summary["data_set"].tolist() == list(DEMONSTRATIONS)
    assert set(summary["model"]) == {
        "Bernoulli", "Categorical", "Gaussian", "Poisson", "LinearRegression",
        "LogisticRegression", "PoissonRegression", "SoftmaxRegression",
    }  # fmt: skip
    assert summary["ok"].all()
    assert summary["comparisons"].sum() == len(demo)
    assert (summary["known_differences"] < summary["comparisons"]).all()


def test_columns_are_those_of_every_crosscheck_with_the_response_of_a_softmax(demo):
    assert tuple(crosscheck(DEMONSTRATIONS["menarche"]()).columns) == COLUMNS
    wine = crosscheck(DEMONSTRATIONS["wine"]())
    assert tuple(wine.columns) == (*COLUMNS[:2], "response", *COLUMNS[2:])
    assert set(wine["response"]) >= {"", "cultivar_2", "cultivar_3"}


def test_both_programs_are_asked(demo):
    for name in REGRESSIONS:
        backends = part(demo, name)["backend"]
        assert backends.str.startswith("statsmodels").any()
        if name not in ("weldon_dice", "horse_kicks, regression"):
            assert backends.str.startswith("scikit-learn").any()


def test_known_differences_are_few_and_say_why(demo):
    known = demo[(demo["reason"] != "") & ~demo["data_set"].isin(SEPARATED)]
    known = known[known["model"].str.endswith("Regression")]
    assert set(known["quantity"]) <= {
        "aic", "bic", "covariance (HC1)", "covariance (HC2)", "covariance (HC3)",
        "estimate by default", "estimate",
    }  # fmt: skip
    assert set(known.loc[known["quantity"].isin(["aic", "bic"]), "model"]) == {"LinearRegression"}
    offset = known[known["quantity"] == "estimate"]
    assert offset["reason"].tolist() == ["not checked: scikit-learn has no offset."]


# Laws: the order of rows, weights as repetitions, references


def test_the_other_side_gets_the_same_numbers_for_weights_and_for_repetitions():
    rng = np.random.default_rng(5)
    X, w = rng.normal(size=(40, 2)), rng.integers(0, 5, 40)
    eta = 0.4 + X @ [1.0, -0.5]
    y = {
        lk.LinearRegression: eta + rng.normal(size=40),
        lk.LogisticRegression: (eta + rng.logistic(size=40) > 0).astype(int),
        lk.SoftmaxRegression: rng.integers(0, 3, 40),
        lk.PoissonRegression: rng.poisson(np.exp(eta)),
    }
    at = np.repeat(np.arange(40), w)
    for model, response in y.items():
        weighted = crosscheck(model().fit(X, response, sample_weight=w).result_)
        repeated = crosscheck(model().fit(X[at], response[at]).result_)
        for table in (weighted, repeated):
            assert table["ok"].all(), table[~table["ok"]]
        same = ["quantity", "term"]
        both = weighted[weighted["backend"].str.startswith("statsmodels")].merge(
            repeated[repeated["backend"].str.startswith("statsmodels")], on=[
                *same, *(["response"] if "response" in weighted else []),
            ],
        )  # fmt: skip
        assert len(both) >= 8
        assert np.allclose(both["theirs_x"], both["theirs_y"], rtol=1e-9, atol=1e-12)


def test_fractional_weights_go_to_models_that_have_them():
    rng = np.random.default_rng(6)
    X, w = rng.normal(size=(30, 1)), rng.uniform(0.5, 2.0, 30)
    linear = crosscheck(
        lk.LinearRegression().fit(X, X[:, 0] + rng.normal(size=30), sample_weight=w).result_
    )
    assert linear["ok"].all(), linear[~linear["ok"]]
    assert "statsmodels GLM(Gaussian)" in set(linear["backend"])
    assert not linear["quantity"].str.contains("HC").any()
    classes = crosscheck(
        lk.SoftmaxRegression().fit(X, rng.integers(0, 3, 30), sample_weight=w).result_
    )
    assert classes["ok"].all()
    assert "MNLogit has no weights" in classes["reason"].iloc[0]
    assert least_digits(classes) > ENOUGH


@pytest.mark.parametrize(
    "model", [lk.LinearRegression, lk.LogisticRegression, lk.PoissonRegression]
)
@pytest.mark.parametrize("intercept", [True, False])
def test_offsets_agree(model, intercept):
    rng = np.random.default_rng(8)
    X, offset = rng.normal(size=(60, 2)), rng.normal(size=60)
    eta = 0.3 + X @ [0.5, -0.4] + offset
    y = {
        lk.LinearRegression: eta + rng.normal(size=60),
        lk.LogisticRegression: (eta + rng.logistic(size=60) > 0).astype(int),
        lk.PoissonRegression: rng.poisson(np.exp(eta)),
    }[model]
    fit = model(fit_intercept=intercept).fit(X, y, offset=offset).result_
    table = crosscheck(fit)
    assert table["ok"].all(), table[~table["ok"]]
    assert least_digits(table) >= 10.0
    # Without a constant theirs has another null model.
    assert ("null_log_likelihood" in set(table["quantity"])) == intercept
    # Logit would leave the offset out and agree with nothing.
    assert "statsmodels Logit" not in set(table["backend"])


def test_a_softmax_with_offset_says_that_nobody_has_one():
    rng = np.random.default_rng(9)
    X, y = rng.normal(size=(50, 1)), rng.integers(0, 3, 50)
    offset = rng.normal(size=(50, 3))
    table = crosscheck(lk.SoftmaxRegression().fit(X, y, offset=offset).result_)
    assert table["reason"].tolist() == [
        "not checked: statsmodels' MNLogit has no offset.",
        "not checked: scikit-learn has no offset.",
    ]
    assert agreement(table) == "no number could be compared; 2 without a number to compare."
    assert math.isnan(least_digits(table))


def test_another_reference_class_is_recoded_for_them():
    iris = lk.datasets.load("wine")
    formula = "cultivar ~ malic_acid + alcalinity_of_ash"
    fit = lk.SoftmaxRegression.from_formula(formula, iris, reference="cultivar_3").result_
    table = crosscheck(fit)
    assert table["ok"].all() and least_digits(table) > 11.0
    assert "cultivar_3" not in set(table["response"])


def test_aliased_columns_are_left_out():
    rng = np.random.default_rng(10)
    a = rng.normal(size=(40, 1))
    X = pd.DataFrame(np.hstack([a, 2.0 * a, rng.normal(size=(40, 1))]), columns=list("abc"))
    for model, y in (
        (lk.LinearRegression, rng.normal(size=40)),
        (lk.LogisticRegression, rng.integers(0, 2, 40)),
        (lk.SoftmaxRegression, rng.integers(0, 3, 40)),
    ):
        fit = quiet(model(), X, y)
        assert fit.verdict.status is lk.Status.NOT_IDENTIFIED
        table = crosscheck(fit)
        assert table["ok"].all(), table[~table["ok"]]
        assert least_digits(table) > 10.0
        terms = set(table.loc[table["quantity"] == "estimate", "term"])
        assert "c" in terms and len({"a", "b"} & terms) == 1


def test_sparse_columns_are_written_out_up_to_a_size(monkeypatch):
    rng = np.random.default_rng(12)
    X = sparse.random_array((80, 3), density=0.5, rng=rng, format="csr")
    fit = lk.PoissonRegression().fit(X, rng.poisson(2.0, 80)).result_
    table = crosscheck(fit)
    assert table["ok"].all() and least_digits(table) > 10.0
    monkeypatch.setattr(rows_module, "LARGEST_DENSE", 100)
    small = crosscheck(fit)
    assert small["reason"].tolist() == [
        "not checked: the sparse columns are too many to be written out."
    ]


# Known differences


def test_a_ridge_is_compared_with_scikit_learn_alone():
    rng = np.random.default_rng(13)
    X = rng.normal(size=(60, 3))
    eta = X @ [1.0, -1.0, 0.5]
    for model, y in (
        (lk.LinearRegression, eta + rng.normal(size=60)),
        (lk.LogisticRegression, (eta + rng.logistic(size=60) > 0).astype(int)),
        (lk.PoissonRegression, rng.poisson(np.exp(eta))),
    ):
        table = crosscheck(model(ridge=2.5).fit(X, y).result_)
        assert "Penalised fits are not compared" in table["reason"].iloc[0]
        theirs = table.iloc[1:]
        assert theirs["backend"].str.startswith("scikit-learn").all()
        assert (theirs["digits"] > ENOUGH).all()
    table = crosscheck(lk.SoftmaxRegression(ridge=1.0).fit(X, rng.integers(0, 3, 60)).result_)
    assert table["digits"].isna().all() and table["ok"].all()
    assert "coefficients for every class" in table["reason"].iloc[1]


def test_ill_conditioned_columns_name_the_digits_to_be_expected():
    # Age, its square and its cube: a condition number of 6e5.
    table = pd.read_csv(REFERENCES / "logit" / "menarche_cubic.csv")
    X = table[["Age", "Age2", "Age3"]]
    found = crosscheck(lk.LogisticRegression().fit(X, table["y"], sample_weight=table["w"]).result_)
    assert found["ok"].all(), found[~found["ok"]]
    repeated = X.loc[table.index.repeat(table["w"])]
    y = table["y"].repeat(table["w"])
    found = crosscheck(lk.LogisticRegression().fit(repeated, y).result_)
    assert found["ok"].all(), found[~found["ok"]]
    few = found[found["reason"].str.contains("condition number")]
    assert set(few["quantity"]) >= {"std_error", "covariance"}
    assert few["reason"].str.contains("digits are to be expected").all()


@pytest.mark.parametrize("shift, scale", [(1e6, 1.0), (0.0, 1e-12)])
def test_columns_far_from_zero_or_tiny_stop_their_search(shift, scale):
    rng = np.random.default_rng(14)
    x = rng.normal(size=100)
    y = (x + rng.logistic(size=100) > 0).astype(int)
    table = crosscheck(lk.LogisticRegression().fit((shift + x[:, None]) * scale, y).result_)
    assert table["ok"].all(), table[~table["ok"]]
    theirs = table[table["backend"] == "statsmodels Logit"]
    assert (theirs["reason"] == "statsmodels did not converge.").sum() >= 8


def test_columns_of_unlike_length_show_what_scikit_learn_drops_by_default():
    rng = np.random.default_rng(15)
    X = rng.normal(size=(50, 2)) * [1.0, 1e7]
    y = X @ [1.0, 1e-7] + rng.normal(size=50)
    table = crosscheck(lk.LinearRegression().fit(X, y).result_)
    assert table["ok"].all(), table[~table["ok"]]
    default = table[table["quantity"] == "estimate by default"]
    assert "tol=1e-6" in default["reason"].iloc[0] and default["digits"].iloc[0] < 1.0
    # Asked for all directions, it has them.
    tight = table[table["backend"].str.startswith("scikit") & (table["quantity"] == "estimate")]
    assert (tight["digits"] > ENOUGH).all()


def test_what_one_side_refuses_is_left_out():
    # The first row alone determines the slope: its leverage is 1.
    X = np.array([[1.0], [0.0], [0.0], [0.0]])
    table = crosscheck(lk.LinearRegression().fit(X, [1.0, 2.0, 3.0, 5.0]).result_)
    assert table["ok"].all(), table[~table["ok"]]
    kinds = set(table.loc[table["quantity"].str.contains("HC"), "quantity"])
    assert kinds == {"covariance (HC0)", "covariance (HC1)"}


def test_a_matrix_without_numbers_is_their_failure(nodal, monkeypatch):
    def blank(*given):
        found = refit(*given)
        return replace(found, robust=lambda kind: np.full_like(found.covariance, np.nan))

    monkeypatch.setattr(module, "refit", blank)
    table = crosscheck(nodal)
    robust = table[table["quantity"] == "covariance (HC0)"]
    assert robust["reason"].tolist() == ["statsmodels gave no number."] and robust["ok"].all()


def test_a_coefficient_of_zero_is_judged_by_its_standard_error():
    # The symmetry of the data makes the slope exactly zero.
    X = np.array([[-2.0], [-1.0], [1.0], [2.0]] * 5)
    y = np.array([1.0, 3.0, 3.0, 1.1] * 5)
    y[3::4] = 1.0
    for model, response in ((lk.LinearRegression, y), (lk.PoissonRegression, np.rint(y))):
        table = crosscheck(model().fit(X, response).result_)
        assert table["ok"].all(), table[~table["ok"]]


def test_a_line_without_residuals_has_no_spread_to_compare():
    x = np.arange(6.0)
    fit = lk.LinearRegression().fit(x[:, None], 1.0 + 2.0 * x).result_
    assert fit.verdict.status is lk.Status.BOUNDARY
    table = crosscheck(fit)
    assert table["ok"].all(), table[~table["ok"]]
    assert (table.loc[table["quantity"] == "estimate", "digits"] > 13.0).all()


def test_a_model_without_columns_or_constant_has_nothing_to_compare():
    x = np.zeros((4, 1))
    fit = quiet(lk.LinearRegression(fit_intercept=False), x, [1.0, 2.0, 3.0, 5.0])
    table = crosscheck(fit)
    assert table["reason"].tolist() == ["not checked: no coefficient is identified."]
    assert table["ok"].all()


def test_completely_separated_data_are_their_failure_not_ours():
    X, y = np.arange(10.0)[:, None], (np.arange(10) > 4).astype(int)
    table = crosscheck(quiet(lk.LogisticRegression(), X, y))
    assert table["ok"].all()
    assert table["reason"].str.contains("separated|failed").any()


def test_where_theirs_fails_the_error_is_the_reason(nodal, monkeypatch):
    def broken(*given):
        raise NotCheckedError("statsmodels failed: LinAlgError: Singular matrix")

    monkeypatch.setattr(module, "refit", broken)
    table = crosscheck(nodal)
    first = table.iloc[0]
    assert first["reason"] == "statsmodels failed: LinAlgError: Singular matrix."
    assert first["ok"] and math.isnan(first["theirs"])


def test_whatever_theirs_raises_is_told_in_one_line():
    nodal = DEMONSTRATIONS["nodal"]()
    rows = rows_of(nodal.rows, nodal.record)
    wrong = replace(rows, y=rows.y[:-1])
    with pytest.raises(NotCheckedError, match=r"^statsmodels failed: \w+: [^\n]{1,100}$"):
        refit("Bernoulli", wrong, True)


def test_without_scikit_learn_statsmodels_is_asked_alone(nodal, monkeypatch):
    monkeypatch.setattr("likelihood.crosscheck.scikit.find_spec", lambda name: None)
    table = crosscheck(nodal)
    assert table["backend"].str.startswith("statsmodels").all() and table["ok"].all()


# It can find us wrong


def wrong(fit, **changes):
    return replace(fit, record=replace(fit.record, **changes))


WELL = ["nodal", "menarche", "wine", "penguins, mass", "esoph, rates"]


@pytest.mark.parametrize("name", WELL)
def test_a_wrong_estimate_is_found(name):
    fit = DEMONSTRATIONS[name]()
    coef = fit.record.coef.copy()
    coef[-1, -1] *= 1.0 + 1e-7
    table = crosscheck(wrong(fit, coef=coef))
    missed = table[~table["ok"]]
    # A sandwich is made of the residuals at the estimate.
    assert set(missed["quantity"]) <= {"estimate", "covariance (HC0)"}
    missed = missed[missed["quantity"] == "estimate"]
    assert set(missed["term"]) == {fit.facts.terms[-1]}
    assert missed["digits"].between(6.9, 7.1).all()


@pytest.mark.parametrize("name", WELL)
def test_a_wrong_standard_error_and_a_wrong_covariance_are_found(name):
    fit = DEMONSTRATIONS[name]()
    table = crosscheck(wrong(fit, std_error=1.0001 * fit.record.std_error))
    assert not table.loc[table["quantity"] == "std_error", "ok"].any()
    covariance = fit.record.covariance.copy()
    covariance[0, 1] *= 1.01
    table = crosscheck(wrong(fit, covariance=covariance))
    assert not table.loc[table["quantity"] == "covariance", "ok"].any()


@pytest.mark.parametrize("name", WELL)
def test_a_wrong_likelihood_deviance_or_dispersion_is_found(name):
    fit = DEMONSTRATIONS[name]()
    for key in ("log_likelihood", "null_log_likelihood", "deviance", "null_deviance", "dispersion"):
        table = crosscheck(wrong(fit, **{key: getattr(fit.record, key) * (1.0 + 1e-6)}))
        checked = table[table["quantity"] == key]
        assert not checked["ok"].any()
        assert len(checked) == 1 or key not in ("log_likelihood", "null_log_likelihood")


def test_separation_is_no_excuse_where_theirs_is_the_higher_likelihood():
    with pytest.warns(lk.SeparationWarning):
        fit = DEMONSTRATIONS["penguins, separated"]()
    table = crosscheck(wrong(fit, log_likelihood=fit.log_likelihood - 1.0))
    assert not table["ok"].all()
    assert not table.loc[table["quantity"] == "log_likelihood", "ok"].any()


def test_digits_below_those_expected_are_a_disagreement():
    reason, least = Expected(1e7).of(1)
    assert "about" not in reason and "9 digits" in reason and 6.0 < least < 8.0
    assert Expected(1e7, "they stopped").of(2) == ("they stopped", -math.inf)
    assert Expected(1.0).of(1) == ("", -math.inf)
    fit = DEMONSTRATIONS["longley"]()
    coef = fit.record.coef * (1.0 + 1e-3)
    table = crosscheck(wrong(fit, coef=coef))
    theirs = table[table["backend"].eq("statsmodels OLS") & table["quantity"].eq("estimate")]
    # At a condition number of 5e9 six digits are expected: three are too few.
    assert (theirs["digits"] < 3.1).all() and not theirs["ok"].any()


# Manners


def test_their_warnings_do_not_leak_and_filters_stay():
    before = list(warnings.filters)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        X, y = np.arange(10.0)[:, None], (np.arange(10) > 4).astype(int)
        with pytest.warns(lk.SeparationWarning):
            fit = lk.LogisticRegression().fit(X, y).result_
        crosscheck(fit)
    assert warnings.filters == before


def test_a_fit_without_rows_and_one_that_did_not_converge_are_refused(nodal):
    with pytest.raises(ValueError, match="rows of this fit are gone"):
        crosscheck(replace(nodal, rows=None))
    verdict = replace(nodal.verdict, status=lk.Status.NOT_CONVERGED)
    with pytest.raises(ValueError, match="did not converge"):
        crosscheck(wrong(nodal, verdict=verdict))


def test_the_method_of_a_fit_is_the_same_table(nodal):
    assert nodal.crosscheck().equals(crosscheck(nodal))


def test_the_other_programs_are_not_loaded_with_the_module():
    import subprocess

    code = "import sys, likelihood.crosscheck.demo; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"statsmodels", "sklearn", "scipy.stats"} & set(loaded)
