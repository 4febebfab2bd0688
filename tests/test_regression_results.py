"""The tables of a regression: tidy, confint, glance, covariance, test, compare, and its rows."""

import pickle

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import likelihood as lk
from likelihood.errors import (
    CollinearityWarning,
    ConvergenceWarning,
    DataError,
    SeparationWarning,
)
from likelihood.results import GLANCE

RNG = np.random.default_rng(3)
N = 60
X = RNG.normal(size=(N, 2))
ETA = X @ [0.6, -0.5] + 0.2
WEIGHTS = RNG.integers(0, 4, N)
Y = {
    "linear": ETA + RNG.normal(size=N),
    "logistic": (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int),
    "poisson": RNG.poisson(np.exp(ETA)),
    "softmax": np.array(list("abc"))[RNG.integers(0, 3, N)],
}
MODELS = {
    "linear": lk.LinearRegression,
    "logistic": lk.LogisticRegression,
    "poisson": lk.PoissonRegression,
    "softmax": lk.SoftmaxRegression,
}
D = sm.add_constant(X)
NUMBERS = ["estimate", "std_error", "statistic", "p_value", "conf_low", "conf_high"]


def fitted(name, x=X, y=None, weights=None, **options):
    y = Y[name] if y is None else y
    return MODELS[name](**options).fit(x, y, sample_weight=weights).result_


def close(a, b, rtol=1e-11, atol=0.0):
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=rtol, atol=atol)


def theirs(name):
    if name == "linear":
        return sm.OLS(Y[name], D).fit()
    if name == "softmax":
        codes = pd.Categorical(Y[name]).codes
        return sm.MNLogit(codes, D).fit(disp=0, method="newton", tol=1e-15)
    model = sm.Logit if name == "logistic" else sm.Poisson
    return model(Y[name], D).fit(disp=0, method="newton", tol=1e-15)


# --- laws ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_weight_is_a_repetition(name):
    i = np.repeat(np.arange(N), WEIGHTS)
    weighted, repeated = fitted(name, weights=WEIGHTS), fitted(name, X[i], Y[name][i])
    close(weighted.tidy()[NUMBERS], repeated.tidy()[NUMBERS], 1e-10)
    assert weighted.tidy().flag.equals(repeated.tidy().flag)
    close(weighted.covariance(), repeated.covariance(), 1e-10, 1e-15)
    same = [c for c in GLANCE if c not in ("n_rows", "n_used", "distance", "n_iter")]
    a, b = weighted.glance()[same], repeated.glance()[same]
    pd.testing.assert_frame_equal(a, b, rtol=1e-10, check_dtype=False)
    assert (weighted.glance().n_used[0], repeated.glance().n_rows[0]) == (
        np.count_nonzero(WEIGHTS), len(i),
    )  # fmt: skip


@pytest.mark.parametrize("name", MODELS)
def test_the_order_of_rows_is_immaterial(name):
    order = RNG.permutation(N)
    a, b = fitted(name), fitted(name, X[order], Y[name][order])
    close(a.tidy()[NUMBERS], b.tidy()[NUMBERS], 1e-9)
    ignored = ["distance", "n_iter"]
    pd.testing.assert_frame_equal(
        a.glance().drop(columns=ignored), b.glance().drop(columns=ignored), rtol=1e-9
    )


@pytest.mark.parametrize("name", ["logistic", "poisson", "softmax"])
def test_ratios_are_the_exponentials_and_nothing_else_changes(name):
    fit = fitted(name)
    plain, table = fit.tidy(), fit.tidy(exponentiate=True)
    assert list(table.columns) == [*plain.columns, "ratio", "ratio_low", "ratio_high"]
    pd.testing.assert_frame_equal(table[plain.columns], plain)
    close(table.ratio, np.exp(plain.estimate))
    close(table.ratio_low, np.exp(plain.conf_low))
    close(table.ratio_high, np.exp(plain.conf_high))


def test_another_reference_only_relabels():
    first, other = fitted("softmax", reference="a"), fitted("softmax", reference="c")
    a = first.tidy().set_index(["response", "term"])
    b = other.tidy().set_index(["response", "term"])
    close(b.estimate["a"], -a.estimate["c"], 1e-9)
    close(b.std_error["a"], a.std_error["c"], 1e-9)
    close(b.estimate["b"], a.estimate["b"] - a.estimate["c"], 1e-9)
    ignored = ["distance", "n_iter", "condition_number"]
    pd.testing.assert_frame_equal(
        first.glance().drop(columns=ignored), other.glance().drop(columns=ignored), rtol=1e-9
    )
    assert first.fingerprint == other.fingerprint


def test_the_other_event_turns_the_signs():
    one, two = fitted("logistic"), fitted("logistic", event=0)
    close(two.tidy().estimate, -one.tidy().estimate, 1e-9)
    for name in ("brier", "accuracy", "auc", "r2_tjur", "log_loss", "log_likelihood"):
        close(two.glance()[name], one.glance()[name], 1e-9)


def test_wider_levels_hold_narrower_ones():
    fit = fitted("linear")
    narrow, wide = fit.confint(0.5), fit.confint(0.999)
    assert (wide.conf_low < narrow.conf_low).all() and (wide.conf_high > narrow.conf_high).all()


@pytest.mark.parametrize("name", MODELS)
def test_tables_agree_with_each_other(name):
    fit = fitted(name)
    table, interval, V = fit.tidy(), fit.confint(), fit.covariance()
    close(np.sqrt(np.diag(V)), table.std_error, 1e-12)
    pd.testing.assert_frame_equal(interval, table[list(interval.columns)])
    glance = fit.glance().loc[0]
    assert list(fit.glance().columns) == list(GLANCE) and len(fit.glance()) == 1
    assert (fit.aic, fit.bic, fit.n, fit.df_resid) == (
        glance.aic, glance.bic, glance.sum_weights, glance.df_resid,
    )  # fmt: skip
    test = fit.test()
    assert (test.statistic, test.df, test.p_value) == (
        glance.lr_statistic, glance.lr_df, glance.lr_p_value,
    )  # fmt: skip


# --- statsmodels -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_tidy_equals_statsmodels(name):
    result = theirs(name)

    def column(values):
        return np.asarray(values).ravel(order="F")

    table = fitted(name).tidy(0.9)
    close(table.estimate, column(result.params), 1e-8)
    close(table.std_error, column(result.bse), 1e-9)
    close(table.statistic, column(result.tvalues), 1e-8)
    close(table.p_value, column(result.pvalues), 1e-7)
    ends = np.asarray(result.conf_int(0.1)).reshape(-1, 2)
    close(table[["conf_low", "conf_high"]], ends, 1e-8)


def test_glance_equals_statsmodels():
    result, row = theirs("linear"), fitted("linear").glance().loc[0]
    close(row.r2, result.rsquared)
    close(row.dispersion, result.scale)
    close(row.log_likelihood, result.llf)
    # Ours counts the sd.
    close(row.aic, result.aic + 2)
    close(row.bic, result.bic + np.log(N))
    assert row.n_parameters == 4 and row.df_resid == result.df_resid
    for name in ("logistic", "poisson", "softmax"):
        result, row = theirs(name), fitted(name).glance().loc[0]
        close(row.log_likelihood, result.llf)
        close(row.null_log_likelihood, result.llnull, 1e-9)
        close([row.aic, row.bic], [result.aic, result.bic])
        close(row.r2_mcfadden, result.prsquared, 1e-8)
        close([row.lr_statistic, row.lr_p_value], [result.llr, result.llr_pvalue], 1e-7)
    glm = sm.GLM(Y["poisson"], D, family=sm.families.Poisson()).fit()
    row = fitted("poisson").glance().loc[0]
    close([row.deviance, row.null_deviance], [glm.deviance, glm.null_deviance], 1e-9)
    close(row.dispersion, glm.pearson_chi2 / glm.df_resid, 1e-9)


def test_scores_equal_scikit_learn():
    metrics = pytest.importorskip("sklearn.metrics")
    model = lk.LogisticRegression().fit(X, Y["logistic"], sample_weight=WEIGHTS)
    row, y = model.result_.glance().loc[0], Y["logistic"]
    p = model.predict_proba(X)[:, 1]
    weights = {"sample_weight": WEIGHTS}
    close(row.auc, metrics.roc_auc_score(y, p, **weights))
    close(row.brier, metrics.brier_score_loss(y, p, **weights))
    close(row.accuracy, metrics.accuracy_score(y, model.predict(X), **weights))
    close(row.log_loss, metrics.log_loss(y, p, **weights))
    rounded = lk.LogisticRegression().fit(np.round(X[:, :1]), y)
    close(
        rounded.result_.glance().auc,
        metrics.roc_auc_score(y, rounded.predict_proba(np.round(X[:, :1]))[:, 1]),
    )


def test_measures_by_hand():
    fit = fitted("softmax")
    row, table = fit.glance().loc[0], fit.augment()
    P = table[[".pred_a", ".pred_b", ".pred_c"]].to_numpy()
    observed = Y["softmax"][:, None] == np.array(list("abc"))
    close(row.brier, ((P - observed) ** 2).sum(axis=1).mean())
    close(row.accuracy, (table[".pred_class"] == Y["softmax"]).mean())
    n, value, null = N, row.log_likelihood, row.null_log_likelihood
    close(row.r2_nagelkerke, (1 - np.exp(2 * (null - value) / n)) / (1 - np.exp(2 * null / n)))
    assert row[["r2", "r2_tjur", "auc", "dispersion"]].isna().all() and row.n_responses == 3
    binary = fitted("logistic")
    p = binary.augment()[".pred_1"]
    close(binary.glance().r2_tjur, p[Y["logistic"] == 1].mean() - p[Y["logistic"] == 0].mean())


# --- what cannot be trusted ------------------------------------------------------------------


def quasi():
    x1 = np.repeat([0.0, 1.0], 20)
    x2 = np.random.default_rng(3).normal(size=40)
    y = np.where(x1 == 1, 1, np.tile([0, 1], 20))
    with pytest.warns(SeparationWarning):
        return lk.LogisticRegression().fit(np.column_stack([x1, x2]), y).result_, x2[:20], y[:20]


def test_an_infinite_coefficient_has_a_sign_and_nothing_else():
    fit, x2, y = quasi()
    table = fit.tidy(exponentiate=True)
    assert table.estimate[1] == np.inf and table.flag.tolist()[1] == "infinite"
    assert table.loc[1, NUMBERS[1:]].isna().all()
    assert table.ratio[1] == np.inf and np.isnan(table.ratio_low[1])
    face = lk.LogisticRegression().fit(x2[:, None], y).result_.tidy()
    close(table.loc[[0, 2], NUMBERS], face[NUMBERS], 1e-8)
    V = fit.covariance()
    assert V["x0"].isna().all() and V.loc["x0"].isna().all()
    assert fit.n_parameters == 3 and np.isfinite(fit.aic)
    assert fit.augment()[".loss"].sum() == pytest.approx(-fit.log_likelihood, rel=1e-10, abs=0)


def test_an_infinite_coefficient_has_one_finite_profile_end():
    fit, _, _ = quasi()
    table = fit.tidy(interval="profile")
    assert np.isfinite(table.conf_low[1]) and table.conf_high[1] == np.inf


def test_an_aliased_coefficient_is_blank_and_the_others_stand():
    with pytest.warns(CollinearityWarning):
        fit = fitted("linear", np.column_stack([X, X @ [1.0, 1.0]]))
    table = fit.tidy()
    assert table.flag.tolist() == ["", "", "", "aliased"]
    assert table.loc[3, NUMBERS].isna().all()
    close(table.loc[:2, NUMBERS], fitted("linear").tidy()[NUMBERS], 1e-9)
    assert fit.n_parameters == 4 and fit.df_resid == N - 3
    close(fit.aic, fitted("linear").aic, 1e-9)


def test_a_search_that_failed_leaves_the_estimates_only():
    with pytest.warns(ConvergenceWarning):
        fit = fitted("logistic", X * 3, (Y["linear"] > 0.5).astype(int), max_iter=1)
    table = fit.tidy()
    assert table.estimate.notna().all() and table[NUMBERS[1:]].isna().all(axis=None)
    assert fit.confint()[["conf_low", "conf_high"]].isna().all(axis=None)
    assert np.isnan(fit.aic) and np.isnan(fit.glance().lr_p_value[0])
    assert fit.covariance("HC0").isna().all(axis=None)
    assert fit.augment()[[".se_fit", ".conf_low"]].isna().all(axis=None)
    with pytest.raises(ValueError, match="did not converge cannot be tested"):
        fit.test()


def test_an_exact_line_has_no_errors_and_no_tests():
    fit = fitted("linear", y=X @ [2.0, 0.5] + 1.0)
    for covariance in ("information", "HC1"):
        table = fit.tidy(covariance=covariance)
        assert (table.std_error == 0).all() and table[["statistic", "p_value"]].isna().all(
            axis=None
        )
        close(table.conf_low, table.estimate)
    assert np.isnan(fit.aic) and np.isnan(fit.glance().lr_p_value[0])
    assert np.isnan(fit.test().p_value)
    assert fit.augment()[[".loss", ".cooks_d"]].isna().all(axis=None)


def test_no_degrees_of_freedom_no_errors():
    fit = lk.LinearRegression().fit(X[:3], [1.0, 2.0, 4.0]).result_
    assert fit.df_resid == 0
    assert fit.tidy()[["p_value", "conf_low"]].isna().all(axis=None)


def test_a_ridge_has_intervals_but_no_tests():
    fit = fitted("logistic", ridge=2.0)
    table = fit.tidy()
    assert table[["statistic", "p_value"]].isna().all(axis=None)
    p = 1 / (1 + np.exp(-D @ fit.record.coef[0]))
    H, R = D.T @ (D * (p * (1 - p))[:, None]), np.diag([0.0, 2.0, 2.0])
    V = np.linalg.inv(H + R) @ H @ np.linalg.inv(H + R)
    close(fit.covariance(), V, 1e-8, 1e-12)
    close(table.conf_high - table.estimate, 1.959963984540054 * np.sqrt(np.diag(V)), 1e-8)
    row = fit.glance().loc[0]
    assert row[["aic", "aicc", "bic", "lr_statistic", "lr_p_value"]].isna().all()
    with pytest.raises(ValueError, match="a fit with a ridge cannot be tested"):
        fit.test()
    with pytest.raises(ValueError, match="a profile interval is of the likelihood"):
        fit.confint(method="profile")


def test_a_wald_test_that_falls_as_the_effect_grows_is_flagged():
    x = np.repeat([0.0, 1.0], 100)
    y = np.concatenate([np.arange(100) < 25, np.arange(100) < 99]).astype(int)
    table = lk.LogisticRegression().fit(x[:, None], y).result_.tidy()
    assert table.flag.tolist() == ["", "wald_unreliable"]


# --- options that are refused ----------------------------------------------------------------


def test_refused_options():
    linear, logistic = fitted("linear"), fitted("logistic")
    with pytest.raises(ValueError, match="have no ratios"):
        linear.tidy(exponentiate=True)
    with pytest.raises(ValueError, match="interval 't' is not defined for LogisticRegression"):
        logistic.tidy(interval="t")
    with pytest.raises(ValueError, match="interval 'wilson' is not defined for LinearRegression"):
        linear.confint(method="wilson")
    with pytest.raises(ValueError, match="does not use a covariance"):
        logistic.tidy(interval="profile", covariance="HC0")
    with pytest.raises(ValueError, match="write 0.95 for 95 %"):
        logistic.tidy(95)
    assert linear.tidy(interval="wald").equals(linear.tidy(interval="t"))


# --- tests and comparison --------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_the_test_of_a_column_is_the_comparison_without_it(name):
    large, small = fitted(name), fitted(name, X[:, :1])
    test = large.test("x1")
    for row in (large.compare(small).loc[1], small.compare(large).loc[1]):
        close(row.lr_statistic, test.statistic, 1e-8)
        close(row.lr_p_value, test.p_value, 1e-7)
        assert row.lr_df == test.df


def test_the_wald_test_of_a_coefficient_is_its_row():
    fit = fitted("logistic")
    wald = fit.test("x0", "wald")
    close(wald.statistic, fit.tidy().statistic[1] ** 2, 1e-10)
    close(wald.p_value, fit.tidy().p_value[1], 1e-9)
    with pytest.raises(ValueError, match="kind 'exact' is not known; use one of lr, wald, score"):
        fit.test("x0", "exact")


def test_compare_judges_by_column_space_not_by_name():
    turned = X @ np.array([[1.0, 1.0], [1.0, -1.0]])
    large, same = fitted("logistic"), fitted("logistic", turned)
    part = fitted("logistic", turned[:, :1])
    table = lk.compare(large, same, part)
    assert np.isnan(table.lr_statistic[1])
    close(table.lr_statistic[2], 2 * (large.log_likelihood - part.log_likelihood))
    other = fitted("logistic", RNG.normal(size=(N, 1)))
    assert np.isnan(lk.compare(large, other).lr_statistic[1])
    assert lk.compare(large, other).delta_aic.min() == 0


def test_an_intercept_among_the_columns_is_one():
    with_column = fitted("poisson", D, fit_intercept=False)
    null = fitted("poisson", np.ones((N, 1)), fit_intercept=False)
    close(with_column.compare(null).lr_statistic[1], fitted("poisson").test().statistic, 1e-9)
    assert with_column.glance().lr_df[0] == 2
    dummies = np.column_stack([X[:, 0] > 0, X[:, 0] <= 0]).astype(float)
    groups = fitted("poisson", dummies, fit_intercept=False)
    only = fitted("poisson", dummies[:, :1])
    assert np.isnan(groups.compare(only).lr_statistic[1])
    constant = fitted("poisson", np.ones((N, 1)), fit_intercept=False)
    assert groups.compare(constant).lr_df[1] == 1


def test_estimators_can_be_compared_themselves():
    one, two = lk.PoissonRegression(), lk.PoissonRegression()
    table = lk.compare(one.fit(X, Y["poisson"]), two.fit(X[:, :1], Y["poisson"]))
    assert list(table.columns) == [
        "model", "status", "n_parameters", "log_likelihood", "aic", "delta_aic", "weight", "bic",
        "lr_statistic", "lr_df", "lr_p_value",
    ]  # fmt: skip
    close(table.weight.sum(), 1.0)


def test_offsets_must_agree_for_a_ratio_test():
    shift = np.log(RNG.uniform(1, 2, N))
    large = lk.PoissonRegression().fit(X, Y["poisson"], offset=shift).result_
    small = lk.PoissonRegression().fit(X[:, :1], Y["poisson"], offset=shift).result_
    bare = fitted("poisson", X[:, :1])
    table = large.compare(small, bare)
    assert np.isfinite(table.lr_statistic[1]) and np.isnan(table.lr_statistic[2])
    assert np.isfinite(table.aic).all()


def test_what_cannot_be_compared():
    fit = fitted("poisson")
    with pytest.raises(DataError, match="other responses or weights"):
        fit.compare(fitted("poisson", y=Y["poisson"][::-1].copy()))
    with pytest.raises(DataError, match="other responses or weights"):
        fit.compare(fitted("poisson", weights=WEIGHTS))
    with pytest.raises(ValueError, match="one has a density"):
        fit.compare(fitted("linear", y=Y["poisson"].astype(float)))
    with pytest.raises(TypeError, match="a regression is compared with regressions"):
        fit.compare(lk.Poisson.fit(Y["poisson"]))
    with pytest.raises(TypeError, match="compare takes a fit first, got 3"):
        lk.compare(3)
    row = fit.compare(fitted("poisson", X[:, :1], ridge=1.0)).loc[1]
    assert row[["aic", "lr_statistic"]].isna().all() and np.isfinite(row.log_likelihood)


# --- the rows --------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
def test_a_pickled_fit_keeps_its_tables_and_drops_its_rows(name):
    fit = fitted(name)
    other = pickle.loads(pickle.dumps(fit))
    assert other.rows is None and other.source is None
    pd.testing.assert_frame_equal(other.tidy(), fit.tidy())
    pd.testing.assert_frame_equal(other.glance(), fit.glance())
    assert other.fingerprint == fit.fingerprint
    small = fitted(name, X[:, :1])
    assert other.compare(small).lr_statistic.isna().all()
    assert other.test().equals(fit.test())
    for action in (
        other.augment,
        lambda: other.covariance("HC0"),
        lambda: other.confint(method="profile"),
        lambda: other.test("x0"),
    ):
        with pytest.raises(DataError, match="needs the rows of the fit, which are not kept"):
            action()
    assert pickle.dumps(other) and len(pickle.dumps(fit)) < 20_000


def test_named_terms_are_compared_without_rows():
    data = pd.DataFrame(X, columns=["a", "b"]).assign(y=Y["poisson"])
    large = lk.PoissonRegression.from_formula("y ~ a + b", data).result_
    small = lk.PoissonRegression.from_formula("y ~ a", data).result_
    expected = large.compare(small)
    loaded = pickle.loads(pickle.dumps(large)).compare(pickle.loads(pickle.dumps(small)))
    pd.testing.assert_frame_equal(loaded, expected)


def test_rows_that_changed_are_refused():
    x, y = X.copy(), Y["linear"].copy()
    fit = lk.LinearRegression().fit(x, y).result_
    before = fit.tidy()
    assert fit.rows.X is x
    x[3, 1] += 1.0
    for action in (fit.augment, lambda: fit.covariance("HC0"), lambda: fit.test("x0")):
        with pytest.raises(DataError, match="they have changed since"):
            action()
    pd.testing.assert_frame_equal(fit.tidy(), before)


def test_it_shows_itself():
    fit = fitted("logistic")
    assert str(fit) == str(fit.summary()) and "x1" in str(fit)
    assert "<table" in fit._repr_html_()
    assert repr(fit) == "Fit(model='LogisticRegression')"
