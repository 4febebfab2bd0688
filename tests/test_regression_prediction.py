"""Intervals for predictions, and what augment says of each row."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import likelihood as lk
from likelihood.errors import CollinearityWarning, DataError, SeparationWarning
from likelihood.inference.prediction import (
    linear_interval,
    mean_interval,
    prediction_interval,
    probability_intervals,
)

RNG = np.random.default_rng(11)
N = 50
X = RNG.normal(size=(N, 2))
NEW = RNG.normal(size=(9, 2)) * 2
ETA = X @ [0.7, -0.4] + 0.3
LINEAR = ETA + RNG.normal(size=N)
BINARY = (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int)
COUNTS = RNG.poisson(np.exp(ETA))
LABELS = np.array(list("abc"))[RNG.integers(0, 3, N)]
WEIGHTS = RNG.integers(0, 4, N)
MODELS = {
    "linear": (lk.LinearRegression, LINEAR),
    "logistic": (lk.LogisticRegression, BINARY),
    "poisson": (lk.PoissonRegression, COUNTS),
    "softmax": (lk.SoftmaxRegression, LABELS),
}
SCALAR = ["linear", "logistic", "poisson"]


def fitted(name, x=X, y=None, weights=None, **options):
    model, own = MODELS[name]
    return model(**options).fit(x, own if y is None else y, sample_weight=weights).result_


def close(a, b, rtol=1e-11):
    np.testing.assert_allclose(np.asarray(a, float), np.asarray(b, float), rtol=rtol, atol=0)


def numbers(table):
    return table.drop(columns=[".pred_class"], errors="ignore").to_numpy(float)


@pytest.mark.parametrize("name", MODELS)
def test_a_weight_is_a_repetition(name):
    i = np.repeat(np.arange(N), WEIGHTS)
    weighted = fitted(name, weights=WEIGHTS).augment().iloc[i]
    repeated = fitted(name, X[i], MODELS[name][1][i]).augment()
    np.testing.assert_allclose(numbers(weighted), numbers(repeated), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
def test_the_order_of_rows_is_immaterial(name):
    order = RNG.permutation(N)
    a = fitted(name).augment().iloc[order]
    b = fitted(name, X[order], MODELS[name][1][order]).augment()
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=1e-9, atol=1e-13)


@pytest.mark.parametrize("name", MODELS)
def test_losses_and_leverages_add_up(name):
    fit = fitted(name, weights=WEIGHTS)
    table = fit.augment()
    close(WEIGHTS @ table[".loss"], -fit.log_likelihood, 1e-12)
    close(WEIGHTS @ table[".hat"], fit.n_coefficients, 1e-11)
    unused = WEIGHTS == 0
    assert (table.loc[unused, [".hat", ".cooks_d"]] == 0).all(axis=None)


@pytest.mark.parametrize("name", ["logistic", "poisson", "linear"])
def test_squared_deviance_residuals_add_up_to_the_deviance(name):
    fit = fitted(name, weights=WEIGHTS)
    close(WEIGHTS @ fit.augment()[".resid"] ** 2, fit.record.deviance, 1e-11)


@pytest.mark.parametrize("name", MODELS)
def test_cooks_distance_is_one_step_without_the_row(name):
    """Newton's step from the estimate without a row, in the metric of the information."""
    fit = fitted(name)
    model, record = fit.rows, fit.record
    D = np.column_stack([np.ones(N), X])
    k = model.free
    loss = model.family.nll(model.padded(model.eta(record.coef)), model.t, 2)
    pinned = model.family.pinned
    g, V = loss.gradient[:, pinned:], loss.hessian[:, pinned:, pinned:]
    rows = [np.kron(V[i], np.outer(D[i], D[i])) for i in range(N)]
    H = sum(rows)
    shown = fit.augment()[".cooks_d"]
    for i in range(0, N, 7):
        step = np.linalg.solve(H - rows[i], np.kron(g[i], D[i]))
        expected = step @ H @ step / (record.dispersion * k * 3)
        close(shown[i], expected, 1e-8)


def test_linear_equals_statsmodels():
    theirs = sm.OLS(LINEAR, sm.add_constant(X)).fit()
    fit, influence = fitted("linear"), theirs.get_influence()
    table, frame = fit.augment(), theirs.get_prediction().summary_frame()
    close(table[".pred"], frame["mean"])
    close(table[".se_fit"], frame["mean_se"])
    close(table[[".conf_low", ".conf_high"]], frame[["mean_ci_lower", "mean_ci_upper"]])
    close(table[".hat"], influence.hat_matrix_diag)
    close(table[".cooks_d"], influence.cooks_distance[0], 1e-9)
    close(table[".std_resid"], influence.resid_studentized_internal, 1e-10)
    wide = prediction_interval(fit.rows, fit.record, NEW, level=0.9)
    frame = theirs.get_prediction(sm.add_constant(NEW)).summary_frame(alpha=0.1)
    close(wide.low, frame["obs_ci_lower"])
    close(wide.high, frame["obs_ci_upper"])


@pytest.mark.parametrize(
    ("name", "family"), [("logistic", sm.families.Binomial), ("poisson", sm.families.Poisson)]
)
def test_others_equal_statsmodels(name, family):
    y = MODELS[name][1]
    theirs = sm.GLM(y, sm.add_constant(X), family=family()).fit(tol=1e-15)
    fit, influence = fitted(name), theirs.get_influence()
    table = fit.augment()
    close(table[".hat"], influence.hat_matrix_diag, 1e-10)
    close(table[".cooks_d"], influence.cooks_distance[0], 1e-9)
    np.testing.assert_allclose(table[".resid"], theirs.resid_deviance, rtol=1e-8, atol=1e-9)
    frame = theirs.get_prediction(sm.add_constant(NEW)).summary_frame()
    found = mean_interval(fit.rows, fit.record, NEW)
    close(found.estimate, frame["mean"], 1e-10)
    close(np.column_stack(found[2:]), frame[["mean_ci_lower", "mean_ci_upper"]], 1e-10)


def test_a_softmax_of_two_classes_is_a_logistic_regression():
    one = fitted("logistic")
    two = lk.SoftmaxRegression().fit(X, BINARY).result_
    a = probability_intervals(one.rows, one.record, NEW)
    b = probability_intervals(two.rows, two.record, NEW)
    for x, y in zip(a, b, strict=True):
        close(x, y, 1e-10)
    # The interval of one class is that of the other, turned round.
    close(a.low[:, 1], 1 - a.high[:, 0], 1e-10)


def test_class_intervals_do_not_depend_on_the_reference():
    found = []
    for reference in "abc":
        fit = fitted("softmax", reference=reference)
        order = [reference, *(c for c in "abc" if c != reference)]
        at = probability_intervals(fit.rows, fit.record, NEW)
        found.append([part[:, np.argsort(order)] for part in at])
    for other in found[1:]:
        for a, b in zip(found[0], other, strict=True):
            close(a, b, 1e-9)
    assert ((found[0][2] > 0) & (found[0][3] < 1)).all()


def test_class_intervals_follow_the_delta_method():
    fit = fitted("softmax")
    D = np.column_stack([np.ones(len(NEW)), NEW])
    V = fit.covariance().to_numpy()
    B = fit.record.coef

    def log_odds(theta, row, c):
        eta = np.append(0.0, theta.reshape(B.shape) @ D[row])
        rest = np.delete(eta, c)
        return eta[c] - np.log(np.exp(rest).sum())

    found = probability_intervals(fit.rows, fit.record, NEW)
    for row, c in ((0, 0), (3, 1), (5, 2)):
        steps = 1e-5 * np.eye(B.size)
        slope = np.array([
            (log_odds(B.ravel() + s, row, c) - log_odds(B.ravel() - s, row, c)) / 2e-5
            for s in steps
        ])  # fmt: skip
        close(found.std_error[row, c], np.sqrt(slope @ V @ slope), 1e-7)


@pytest.mark.parametrize("name", SCALAR)
def test_far_columns_keep_digits(name):
    whole = RNG.integers(-20, 20, (N, 2)).astype(float) / 16
    new = RNG.integers(-20, 20, (5, 2)).astype(float) / 16
    y = MODELS[name][1]
    near, far = fitted(name, whole, y), fitted(name, whole + 2.0**30, y)
    a = linear_interval(near.rows, near.record, new)
    b = linear_interval(far.rows, far.record, new + 2.0**30)
    close(b.std_error, a.std_error, 1e-12)
    np.testing.assert_allclose(b.estimate, a.estimate, rtol=0, atol=1e-11)
    np.testing.assert_allclose(
        numbers(far.augment())[:, 2:], numbers(near.augment())[:, 2:], rtol=1e-8, atol=1e-9
    )


def test_residuals_at_a_large_mean_are_exact():
    whole = np.round(LINEAR * 1024) / 1024
    a = fitted("linear", y=whole).augment()
    b = fitted("linear", y=whole + 2.0**40).augment()
    np.testing.assert_allclose(b[".resid"], a[".resid"], rtol=0, atol=1e-13)


def test_offsets_move_the_prediction_only():
    exposure = RNG.uniform(0.5, 2.0, N)
    fit = lk.PoissonRegression().fit(X, COUNTS, offset=np.log(exposure)).result_
    one = mean_interval(fit.rows, fit.record, NEW, np.zeros((len(NEW), 1)))
    two = mean_interval(fit.rows, fit.record, NEW, np.full((len(NEW), 1), np.log(2.0)))
    close(two.estimate, 2 * one.estimate)
    close(two.low, 2 * one.low)
    close(two.std_error, one.std_error)
    close(fit.augment(NEW, offset=np.full(9, np.log(2.0)))[".pred"], two.estimate)
    with pytest.raises(DataError, match="new rows come without one; pass offset="):
        fit.augment(NEW)
    with pytest.raises(DataError, match="one entry for each of 9 rows, got shape"):
        fit.augment(NEW, offset=[1.0])
    with pytest.raises(DataError, match="the model has no offset"):
        fitted("poisson").augment(NEW, offset=np.zeros(9))


def test_a_ridge_uses_the_penalised_leverage():
    fit = lk.LinearRegression(ridge=5.0).fit(X, LINEAR).result_
    D = np.column_stack([np.ones(N), X])
    R = np.diag([0.0, 5.0, 5.0])
    smooth = D @ np.linalg.solve(D.T @ D + R, D.T)
    close(fit.augment()[".hat"], np.diag(smooth), 1e-9)
    half = np.linalg.solve(D.T @ D + R, D.T)
    variance = np.sum((D @ half) ** 2, axis=1) * fit.record.dispersion
    close(fit.augment()[".se_fit"], np.sqrt(variance), 1e-9)


def test_a_row_that_breaks_the_relation_is_not_estimable():
    with pytest.warns(CollinearityWarning):
        fit = fitted("linear", np.column_stack([X, X @ [1.0, 2.0] + 3]))
    rows = np.column_stack([NEW, NEW @ [1.0, 2.0] + 3])
    rows[4, 2] += 0.5
    found = mean_interval(fit.rows, fit.record, rows)
    plain = fitted("linear")
    reference = mean_interval(plain.rows, plain.record, NEW)
    assert np.isnan([found.low[4], found.high[4], found.std_error[4]]).all()
    others = np.arange(9) != 4
    close(found.low[others], reference.low[others], 1e-9)


def separated():
    x1 = np.repeat([0.0, 1.0], 20)
    x2 = np.random.default_rng(3).normal(size=40)
    y = np.where(x1 == 1, 1, np.tile([0, 1], 20))
    with pytest.warns(SeparationWarning):
        return lk.LogisticRegression().fit(np.column_stack([x1, x2]), y).result_, x2[:20], y[:20]


def test_certain_predictions_have_no_interval_and_others_are_those_of_the_face():
    fit, x2, y = separated()
    table = fit.augment()
    face = lk.LogisticRegression().fit(x2[:, None], y).result_.augment()
    columns = [".pred_1", ".loss", ".resid", ".hat", ".cooks_d", ".se_fit", ".conf_low"]
    close(table.loc[:19, columns], face[columns], 1e-8)
    rest = table.loc[20:]
    assert (rest[".pred_1"] == 1).all() and (rest[[".loss", ".hat"]] == 0).all(axis=None)
    assert rest[[".se_fit", ".conf_low", ".conf_high"]].isna().all(axis=None)


def test_impossible_classes_have_no_interval_and_the_others_keep_theirs():
    x1 = np.repeat([0.0, 1.0], 30)
    rng = np.random.default_rng(5)
    x2 = rng.normal(size=60)
    y = np.where(x1 == 1, "c", np.array(["a", "b"])[rng.integers(0, 2, 60)])
    with pytest.warns(SeparationWarning):
        # With c as the reference the finite contrasts are between the free coordinates.
        model = lk.SoftmaxRegression(reference="c").fit(np.column_stack([x1, x2]), y)
    table = model.result_.augment()
    face = lk.SoftmaxRegression(reference="a").fit(x2[:30, None], y[:30]).result_.augment()
    columns = [".pred_a", ".pred_b", ".loss", ".hat", ".cooks_d", ".se_fit", ".conf_low"]
    close(table.loc[:29, columns], face[columns], 1e-7)
    assert (table.loc[:29, ".pred_c"] == 0).all()
    assert table.loc[30:, [".se_fit", ".conf_low"]].isna().all(axis=None)


def test_a_prediction_interval_is_for_a_linear_regression():
    fit = fitted("poisson")
    with pytest.raises(ValueError, match="a prediction interval is for a linear regression"):
        prediction_interval(fit.rows, fit.record, NEW)


def test_a_wrong_level_is_refused():
    fit = fitted("poisson")
    with pytest.raises(ValueError, match="write 0.95 for 95 %"):
        mean_interval(fit.rows, fit.record, NEW, level=95)


# --- augment as a table --------------------------------------------------------------------

COLUMNS = [".loss", ".resid", ".std_resid", ".hat", ".cooks_d", ".se_fit", ".conf_low"]


def frame():
    data = pd.DataFrame({"a": X[:, 0], "g": LABELS, "y": BINARY}, index=np.arange(N) * 10 + 5)
    data.loc[25, "a"] = np.nan
    return data


def test_augment_keeps_the_index_and_shows_dropped_rows():
    data = frame()
    fit = lk.LogisticRegression.from_formula("y ~ a + C(g)", data).result_
    table = fit.augment(data)
    assert table.index.equals(data.index)
    assert list(table.columns[:3]) == ["a", "g", "y"] and ".loss" not in data
    assert table.loc[25, [".pred_1", *COLUMNS]].isna().all()
    kept = table.drop(index=25)
    close(kept[".loss"].sum(), -fit.log_likelihood, 1e-12)
    close(kept[".hat"].sum(), 4, 1e-10)
    assert set(kept[".pred_class"]) == {0, 1}


def test_augment_of_other_rows_has_no_influence():
    data = frame()
    fit = lk.LogisticRegression.from_formula("y ~ a + C(g)", data).result_
    other = data.iloc[10:20].assign(a=1.0)
    table = fit.augment(other)
    assert table[[".hat", ".cooks_d", ".std_resid"]].isna().all(axis=None)
    assert table[[".loss", ".resid", ".se_fit"]].notna().all(axis=None)
    without = fit.augment(other.drop(columns="y"))
    assert without[[".loss", ".resid"]].isna().all(axis=None)
    close(without[".pred_1"], table[".pred_1"])


def test_augment_finds_the_rows_of_the_fit_behind_rows_without_weight():
    data = frame().assign(w=np.arange(N) % 3)
    fit = lk.LogisticRegression.from_formula("y ~ a + C(g)", data, weights="w").result_
    table = fit.augment(data)
    close((table[".loss"] * data.w).sum(), -fit.log_likelihood, 1e-12)
    close((table[".hat"] * data.w).sum(), 4, 1e-10)


def test_names_that_are_there_already_are_not_overwritten():
    data = pd.DataFrame({".loss": X[:, 0], "x": X[:, 1]})
    fit = lk.LinearRegression().fit(data, LINEAR).result_
    table = fit.augment(data)
    close(table[".loss"], X[:, 0])
    assert "..loss" in table and table.columns.is_unique
    y = np.where(BINARY == 1, "class", "other")
    table = lk.LogisticRegression().fit(X, y).result_.augment()
    assert {".pred_class", "..pred_class", ".pred_other"} <= set(table)
    close(table["..pred_class"] + table[".pred_other"], np.ones(N), 1e-12)
    assert set(table[".pred_class"]) <= {"class", "other"}


@pytest.mark.parametrize("kind", ["array", "frame", "dict", "polars"])
def test_data_may_be_any_table(kind):
    names = ["u", "v"]
    data = pd.DataFrame(X, columns=names)
    fit = (
        lk.PoissonRegression().fit(X, COUNTS) if kind == "array"
        else lk.PoissonRegression().fit(data, pd.Series(COUNTS, name="y"))
    ).result_  # fmt: skip
    if kind == "polars":
        given = pytest.importorskip("polars").from_pandas(data)
    else:
        given = {"array": X, "frame": data, "dict": data.to_dict("list")}[kind]
    table = fit.augment(given)
    close(table[[".pred", ".hat", ".loss"]], fit.augment()[[".pred", ".hat", ".loss"]])


def test_missing_entries_of_new_rows_are_shown_as_nan():
    data = pd.DataFrame(X, columns=["u", "v"])
    fit = lk.PoissonRegression().fit(data, pd.Series(COUNTS, name="y")).result_
    new = data.iloc[:4].assign(y=[1.0, np.nan, 2.0, 3.0])
    new.loc[2, "u"] = np.nan
    table = fit.augment(new)
    assert table[".pred"].isna().tolist() == [False, False, True, False]
    assert table[".loss"].isna().tolist() == [False, True, True, False]


def test_wrong_data():
    fit = fitted("logistic")
    with pytest.raises(DataError, match="data has 1 columns, and the fit has 2"):
        fit.augment(X[:, :1])
    data = pd.DataFrame(X, columns=["u", "v"])
    named = lk.LogisticRegression().fit(data, pd.Series(BINARY, name="y")).result_
    with pytest.raises(DataError, match="no column 'v'"):
        named.augment(data[["u"]])
    with pytest.raises(DataError, match="column 'v' of data must hold numbers"):
        named.augment(data.assign(v="text"))
    with pytest.raises(DataError, match="no row without a missing value"):
        named.augment(data.assign(v=np.nan))
    with pytest.raises(DataError, match="y must be one of 0, 1, got 7"):
        named.augment(data.assign(y=7))


def test_sparse_rows_are_augmented():
    from scipy import sparse

    plain, other = fitted("logistic"), fitted("logistic", sparse.csr_array(X))
    np.testing.assert_allclose(
        numbers(other.augment()), numbers(plain.augment()), rtol=1e-8, atol=1e-9
    )


def test_without_data_the_table_of_the_fit_is_augmented():
    data = frame()
    fit = lk.LogisticRegression.from_formula("y ~ a + C(g)", data).result_
    pd.testing.assert_frame_equal(fit.augment(), fit.augment(data))
    columns = pd.DataFrame(X, columns=["u", "v"], index=np.arange(N) + 100)
    table = lk.PoissonRegression().fit(columns, COUNTS).result_.augment()
    assert table.index.equals(columns.index) and list(table.columns[:2]) == ["u", "v"]
    assert table[[".loss", ".hat"]].notna().all(axis=None)


def test_a_table_that_changed_since_the_fit_is_refused():
    data = frame()
    fit = lk.LogisticRegression.from_formula("y ~ a + C(g)", data).result_
    data.loc[5, "a"] = 3.0
    with pytest.raises(DataError, match="the table or array they came from has changed"):
        fit.augment()


def test_a_response_that_is_computed_is_computed_again():
    data = pd.DataFrame({"x": X[:, 0], "y": np.exp(LINEAR)})
    fit = lk.LinearRegression.from_formula("log(y) ~ x", data).result_
    table = fit.augment(data.iloc[::-1])
    close(table[".resid"], fit.augment()[".resid"][::-1], 1e-9)
