"""Sandwich covariances: laws first, then statsmodels, then what is refused."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

import likelihood as lk
from likelihood.errors import DataError, SeparationWarning

RNG = np.random.default_rng(7)
N = 60
X = RNG.normal(size=(N, 3))
ETA = X @ [0.5, -0.3, 0.2] + 0.2
Y = {
    "linear": ETA + RNG.normal(size=N) * (1 + np.abs(X[:, 0])),
    "logistic": (RNG.random(N) < 1 / (1 + np.exp(-ETA))).astype(int),
    "poisson": RNG.poisson(np.exp(ETA)),
    "softmax": np.array(list("abc"))[RNG.integers(0, 3, N)],
}
GROUPS = np.array(list("pqrstuv"))[RNG.integers(0, 7, N)]
WEIGHTS = RNG.integers(0, 4, N)
MODELS = {
    "linear": lk.LinearRegression,
    "logistic": lk.LogisticRegression,
    "poisson": lk.PoissonRegression,
    "softmax": lk.SoftmaxRegression,
}
KINDS = ("HC0", "HC1", "HC2", "HC3", "cluster")


def fitted(name, x=X, y=None, **options):
    return MODELS[name](**options).fit(x, Y[name] if y is None else y).result_


def kinds(name):
    return [k for k in KINDS if name != "softmax" or k not in ("HC2", "HC3")]


def close(a, b, rtol=1e-11):
    a, b = np.asarray(a), np.asarray(b)
    np.testing.assert_allclose(a, b, rtol=0, atol=rtol * np.abs(b).max())


CASES = [(name, kind) for name in MODELS for kind in kinds(name)]


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_a_weight_is_a_repetition(name, kind):
    i = np.repeat(np.arange(N), WEIGHTS)
    weighted = MODELS[name]().fit(X, Y[name], sample_weight=WEIGHTS).result_
    repeated = fitted(name, X[i], Y[name][i])
    a, b = (GROUPS, GROUPS[i]) if kind == "cluster" else (None, None)
    close(weighted.covariance(kind, a), repeated.covariance(kind, b))


@pytest.mark.parametrize(("name", "kind"), CASES)
def test_the_order_of_rows_is_immaterial(name, kind):
    order = RNG.permutation(N)
    a, b = (GROUPS, GROUPS[order]) if kind == "cluster" else (None, None)
    close(
        fitted(name).covariance(kind, a),
        fitted(name, X[order], Y[name][order]).covariance(kind, b),
    )


@pytest.mark.parametrize("name", MODELS)
def test_a_cluster_for_each_row_is_hc1(name):
    # G / (G - 1) * (n - 1) / (n - p) is n / (n - p) when every row is its own group.
    fit = fitted(name)
    close(fit.covariance("cluster", np.arange(N)), fit.covariance("HC1"))


def test_another_reference_only_relabels_a_softmax():
    first = fitted("softmax", reference="a").covariance("HC1")
    other = fitted("softmax", reference="c").covariance("HC1")
    d = 4
    # (b, c) against a become (a, b) against c: a = -c, b = b - c.
    turn = np.kron([[0, -1], [1, -1]], np.eye(d))
    close(turn @ first.to_numpy() @ turn.T, other)


def test_units_and_far_columns_keep_digits():
    far = X * [1e6, 1.0, 1e-3] + [1e9, -3e8, 5.0]
    for name in MODELS:
        for kind in kinds(name):
            groups = GROUPS if kind == "cluster" else None
            d = X.shape[1] + 1
            k = 2 if name == "softmax" else 1
            slopes = np.flatnonzero(np.tile(np.arange(d) > 0, k))
            near = fitted(name).covariance(kind, groups).to_numpy()[np.ix_(slopes, slopes)]
            moved = fitted(name, far).covariance(kind, groups).to_numpy()[np.ix_(slopes, slopes)]
            unit = np.tile([1e6, 1.0, 1e-3], k)
            # The doubles near 1e9 are 1e-7 apart, 1e-13 of a standard deviation of 1e6; the
            # second column has lost half its digits before the fit.
            close(moved * unit * unit[:, None], near, 1e-6)
            assert (np.diag(fitted(name, far).covariance(kind, groups)) > 0).all()


def test_far_columns_equal_the_same_doubles_moved_exactly():
    # Whole numbers: 1e9 is added without rounding.
    whole = RNG.integers(-50, 50, (N, 2)).astype(float)
    for name in MODELS:
        for kind in kinds(name):
            groups = GROUPS if kind == "cluster" else None
            near = fitted(name, whole).tidy(covariance=kind, groups=groups).std_error
            far = fitted(name, whole + 1e9).tidy(covariance=kind, groups=groups).std_error
            slopes = fitted(name, whole).tidy().term != "intercept"
            np.testing.assert_allclose(far[slopes], near[slopes], rtol=1e-11)


@pytest.mark.parametrize("kind", KINDS)
def test_linear_equals_statsmodels(kind):
    keywords = {"groups": pd.factorize(GROUPS)[0]} if kind == "cluster" else {}
    theirs = sm.OLS(Y["linear"], sm.add_constant(X)).fit(cov_type=kind, cov_kwds=keywords)
    groups = GROUPS if kind == "cluster" else None
    close(fitted("linear").covariance(kind, groups), theirs.cov_params())


# statsmodels returns HC0 under the names HC1, HC2 and HC3 outside OLS.
@pytest.mark.parametrize("kind", ["HC0", "cluster"])
@pytest.mark.parametrize(
    ("name", "model"), [("logistic", sm.Logit), ("poisson", sm.Poisson), ("softmax", sm.MNLogit)]
)
def test_others_equal_statsmodels(name, model, kind):
    y = pd.Categorical(Y[name]).codes if name == "softmax" else Y[name]
    groups = {"cov_kwds": {"groups": pd.factorize(GROUPS)[0]}}
    keywords = groups if kind == "cluster" else {}
    theirs = model(y, sm.add_constant(X)).fit(
        cov_type=kind, disp=0, method="newton", tol=1e-14, **keywords
    )
    groups = GROUPS if kind == "cluster" else None
    close(fitted(name).covariance(kind, groups), theirs.cov_params())


def test_leverage_corrections_are_those_of_the_weighted_regression():
    fit = fitted("logistic")
    D = sm.add_constant(X)
    p = 1 / (1 + np.exp(-D @ fit.record.coef[0]))
    h = fit.augment()[".hat"].to_numpy()
    bread = np.linalg.inv(D.T @ (D * (p * (1 - p))[:, None]))
    for kind, power in (("HC2", 1), ("HC3", 2)):
        u2 = (Y["logistic"] - p) ** 2 / (1 - h) ** power
        close(fit.covariance(kind), bread @ (D.T @ (D * u2[:, None])) @ bread, 1e-10)


def test_sparse_columns_have_the_same_covariance():
    from scipy import sparse

    fit, other = fitted("logistic"), fitted("logistic", sparse.csr_array(X))
    for kind in kinds("logistic"):
        groups = GROUPS if kind == "cluster" else None
        close(other.covariance(kind, groups), fit.covariance(kind, groups), 1e-9)


def test_rows_off_the_face_count_as_zero():
    x1 = np.repeat([0.0, 1.0], 20)
    x2 = RNG.normal(size=40)
    y = np.where(x1 == 1, 1, RNG.integers(0, 2, 40))
    with pytest.warns(SeparationWarning):
        whole = lk.LogisticRegression().fit(np.column_stack([x1, x2]), y).result_
    face = lk.LogisticRegression().fit(x2[:20, None], y[:20]).result_
    table, part = whole.tidy(covariance="HC0"), face.tidy(covariance="HC0")
    close(table.std_error[[0, 2]], part.std_error)
    assert table.std_error.isna()[1]
    cells = whole.covariance("HC0")
    assert cells.loc["x0"].isna().all() and cells["x0"].isna().all()


def test_complete_separation_leaves_nothing():
    with pytest.warns(SeparationWarning):
        fit = lk.LogisticRegression().fit(np.arange(6.0)[:, None], [0, 0, 0, 1, 1, 1]).result_
    assert fit.covariance("HC1").isna().all(axis=None)


def test_clusters_of_a_linear_regression_test_with_their_own_degrees_of_freedom():
    fit = fitted("linear")
    theirs = sm.OLS(Y["linear"], sm.add_constant(X)).fit(
        cov_type="cluster", cov_kwds={"groups": pd.factorize(GROUPS)[0]}, use_t=True
    )
    table = fit.tidy(covariance="cluster", groups=GROUPS)
    np.testing.assert_allclose(table.p_value, theirs.pvalues, rtol=1e-9)
    np.testing.assert_allclose(table.conf_low, theirs.conf_int()[:, 0], rtol=1e-9)


def test_what_is_refused():
    linear, softmax = fitted("linear"), fitted("softmax")
    with pytest.raises(ValueError, match="'HC9' is not known; use one of information, HC0"):
        linear.covariance("HC9")
    for kind in ("HC2", "HC3"):
        with pytest.raises(ValueError, match="not defined for a softmax regression"):
            softmax.covariance(kind)
    with pytest.raises(ValueError, match="needs groups="):
        linear.covariance("cluster")
    with pytest.raises(ValueError, match="groups are for covariance 'cluster', not 'HC0'"):
        linear.covariance("HC0", GROUPS)
    with pytest.raises(ValueError, match="not defined with a ridge"):
        fitted("logistic", ridge=1.0).covariance("HC0")


def test_wrong_groups():
    fit = fitted("linear")
    with pytest.raises(DataError, match="each of the 60 rows of the fit, got 59"):
        fit.covariance("cluster", GROUPS[1:])
    with pytest.raises(DataError, match="groups is missing at row 2"):
        fit.covariance("cluster", [0.0, 1.0, float("nan")] + [1.0] * (N - 3))
    with pytest.raises(DataError, match="one label only"):
        fit.covariance("cluster", np.zeros(N))


def test_a_row_that_fits_itself_has_no_hc3():
    x = np.column_stack([X[:, 0], np.arange(N) == 5]).astype(float)
    fit = lk.LinearRegression().fit(x, Y["linear"]).result_
    with pytest.raises(ValueError, match="row 5 alone determines a coefficient"):
        fit.covariance("HC3")
    assert np.isfinite(fit.covariance("HC0")).all(axis=None)
