"""Tests of linear restrictions: likelihood ratio, Wald, score."""

import mpmath
import numpy as np
import pytest
import statsmodels.api as sm

import likelihood as lk
from likelihood import Bernoulli, Categorical, Gaussian, Poisson, Status
from likelihood.fit.regression import fit_regression
from likelihood.inference.f_tail import f_sf, log_f_sf
from likelihood.inference.restricted_fit import descend
from likelihood.inference.restriction_tests import quadratic, restriction_test
from likelihood.linear_model import LinearModel
from likelihood.objective import LinearObjective

rng = np.random.default_rng(20260917)
N = 60
X = rng.normal(size=(N, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.2], [0.0, 0.0, 1.0]])
SCORE = 0.3 + X @ [0.8, -0.5, 0.2]
WEIGHTS = rng.integers(1, 4, N).astype(float)
FAMILIES = {"linear": Gaussian, "logistic": Bernoulli, "softmax": Categorical, "poisson": Poisson}
RESPONSES = {
    "linear": SCORE[:, None] + rng.normal(size=(N, 1)),
    "logistic": (SCORE + rng.logistic(size=N) > 0).astype(float)[:, None],
    "softmax": np.argmax(np.outer(SCORE, [0, 1, -1]) + rng.gumbel(size=(N, 3)), axis=1),
    "poisson": rng.poisson(np.exp(0.5 * SCORE)).astype(float)[:, None],
}
CLASSES = {"logistic": 2, "softmax": 3}
EVERY_KIND = ("lr", "wald", "score")


def model_of(kind, X=X, t=None, weights=None, names=None, **options):
    t = RESPONSES[kind] if t is None else t
    weights = np.ones(len(X)) if weights is None else weights
    names = tuple(f"x{j}" for j in range(X.shape[1])) if names is None else names
    responses = ("b", "c") if kind == "softmax" else ()
    return LinearModel(
        FAMILIES[kind], X, t, weights, names, n_classes=CLASSES.get(kind), responses=responses,
        **options,
    )  # fmt: skip


def outcome(model, null, kind="lr", **options):
    return restriction_test(
        model, fit_regression(model), null, kind,
        terms=model.terms, responses=model.responses, **options,
    )  # fmt: skip


def same(a, b, rtol=1e-9):
    assert a.df == b.df
    assert a.statistic == pytest.approx(b.statistic, rel=rtol, abs=0)
    assert a.log_p_value == pytest.approx(b.log_p_value, rel=rtol, abs=0)


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


# --- laws ------------------------------------------------------------------------------------


def test_aliased_terms_are_refused_by_name():
    wide = np.column_stack([X, X[:, 0] - X[:, 1]])
    model = model_of("logistic", wide)
    assert fit_regression(model).verdict.status is Status.NOT_IDENTIFIED
    with pytest.raises(ValueError, match="involves 'x3', which the data do not identify"):
        outcome(model, "x1 = x3")
    for kind in EVERY_KIND:
        same(outcome(model, "x2", kind), outcome(model_of("logistic"), "x2", kind))
        # All slopes are those that there are.
        same(outcome(model, None, kind), outcome(model_of("logistic"), None, kind))


def test_all_slopes_are_the_null_model(family):
    model = model_of(family)
    record = fit_regression(model)
    test = outcome(model, None)
    expected = 2.0 * (record.log_likelihood - record.null_log_likelihood)
    assert test.statistic == pytest.approx(expected, rel=1e-12, abs=0)
    assert test.df == 3 * model.free
    assert outcome(model, "x0, x1, x2") == test


def test_all_slopes_without_an_intercept_leave_a_constant_column():
    constant = np.column_stack([np.ones(N), X])
    a = model_of("poisson", constant, intercept=False)
    same(outcome(a, None), outcome(model_of("poisson"), None))
    with pytest.raises(ValueError, match="no slopes to test"):
        outcome(model_of("poisson", np.ones((N, 0))), None)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_a_hypothesis_that_is_true_of_the_estimates_costs_nothing(family, kind):
    model = model_of(family)
    record = fit_regression(model)
    exact = (np.eye(record.coef.size), record.coef.ravel())
    test = restriction_test(model, record, exact, kind, terms=model.terms)
    assert test.df == record.coef.size
    assert test.statistic == pytest.approx(0.0, abs=1e-12)
    assert test.p_value == pytest.approx(1.0)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_weights_are_repetitions(family, kind):
    twice = np.repeat(np.arange(N), WEIGHTS.astype(int))
    a = model_of(family, weights=WEIGHTS)
    b = model_of(family, X[twice], RESPONSES[family][twice])
    for null in ("x1", "x0 = 2*x1, x2 = 0.5"):
        same(outcome(a, null, kind), outcome(b, null, kind))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_rows_order_does_not_matter(family, kind):
    order = rng.permutation(N)
    b = model_of(family, X[order], RESPONSES[family][order])
    same(outcome(model_of(family), "x1 = x2", kind), outcome(b, "x1 = x2", kind))


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_units_do_not_matter(family, kind):
    # Exact shifts of columns on a grid, and powers of two.
    grid = np.round(X * 64) / 64
    moved = grid * np.ldexp(1.0, [0, -40, 30]) + np.array([2.0**30, 0.0, 0.0])
    in_units = f"{2.0**-40} x1 = {2.0 * 2.0**30}*x2"
    for here, there in (
        ("x1", "x1"), ("x0 = 0.25, x2", "x0 = 0.25, x2"), ("x1 = 2*x2", in_units),
    ):  # fmt: skip
        here = outcome(model_of(family, grid), here, kind)
        same(here, outcome(model_of(family, moved), there, kind))


@pytest.mark.parametrize("kind", ["lr", "score"])
def test_a_restriction_is_a_change_of_columns(family, kind):
    # b1 = 2 b2 + 0.3 with x0's coefficient free: x1 enters through 2 x1 + x2 and an offset.
    model = model_of(family)
    test = outcome(model, "x1 = 2*x2 + 0.3", kind)
    joined = np.column_stack([X[:, 0], 2.0 * X[:, 1] + X[:, 2]])
    offset = np.repeat(0.3 * X[:, [1]], model.free, axis=1)
    smaller = fit_regression(model_of(family, joined, offset=offset))
    lr = 2.0 * (fit_regression(model).log_likelihood - smaller.log_likelihood)
    if kind == "lr":
        assert test.statistic == pytest.approx(lr, rel=1e-10, abs=0)
    assert test.df == model.free


def test_softmax_with_two_classes_is_logistic():
    y = RESPONSES["logistic"]
    two = LinearModel(
        Categorical, X, y[:, 0].astype(int), np.ones(N), ("x0", "x1", "x2"), n_classes=2,
        responses=("yes",),
    )  # fmt: skip
    for kind in EVERY_KIND:
        same(outcome(two, "x1[yes] = 0.2", kind), outcome(model_of("logistic"), "x1 = 0.2", kind))


def test_responses_can_be_compared():
    model = model_of("softmax")
    whole, part = outcome(model, "x1"), outcome(model, "x1[b], x1[c]")
    assert whole == part
    assert whole.df == 2
    # The reference can be changed: b - c is the coefficient of b when c is the reference.
    turned = model_of("softmax", t=(RESPONSES["softmax"] + 1) % 3)
    for kind in EVERY_KIND:
        same(outcome(model, "x1[b] = x1[c]", kind), outcome(turned, "x1[c]", kind))


# --- against other programs --------------------------------------------------------------------

R = np.array([[0.0, 1.0, -2.0, 0.0], [0.0, 0.0, 0.0, 1.0]])
TEXT = "x0 = 2*x1, x2 = 0.25"
VALUES = np.array([0.0, 0.25])


def statsmodels_fit(family):
    y, Z = RESPONSES[family][:, 0], sm.add_constant(X)
    if family == "linear":
        return sm.OLS(y, Z).fit()
    kind = sm.families.Binomial() if family == "logistic" else sm.families.Poisson()
    return sm.GLM(y, Z, family=kind).fit(tol=1e-14)


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_wald_is_that_of_statsmodels(family):
    theirs = statsmodels_fit(family)
    f = family == "linear"
    expected = theirs.wald_test((R, VALUES), use_f=f, scalar=True)
    ours = outcome(model_of(family), TEXT, "wald")
    scale = 2.0 if f else 1.0
    assert ours.statistic == pytest.approx(scale * expected.statistic, rel=1e-7, abs=0)
    assert ours.p_value == pytest.approx(float(expected.pvalue), rel=1e-7, abs=0)


@pytest.mark.parametrize("family", ["linear", "logistic", "poisson"])
def test_wald_takes_any_covariance(family):
    theirs = statsmodels_fit(family)
    robust = type(theirs.model).fit(theirs.model, cov_type="HC0").cov_params()
    expected = theirs.wald_test((R, VALUES), cov_p=robust, use_f=False, scalar=True)
    ours = outcome(model_of(family), TEXT, "wald", covariance=robust)
    assert ours.statistic == pytest.approx(expected.statistic, rel=1e-7, abs=0)


@pytest.mark.parametrize("family", ["logistic", "poisson"])
def test_score_is_that_of_statsmodels(family):
    y, Z = RESPONSES[family][:, 0], sm.add_constant(X)
    kind = sm.families.Binomial() if family == "logistic" else sm.families.Poisson()
    null = sm.GLM(y, Z[:, :2], family=kind).fit(tol=1e-14)
    statistic, p = null.score_test(exog_extra=Z[:, 2:])[:2]
    ours = outcome(model_of(family), "x1, x2", "score")
    assert ours.df == 2
    assert ours.statistic == pytest.approx(float(np.squeeze(statistic)), rel=1e-9, abs=0)
    assert ours.p_value == pytest.approx(float(np.squeeze(p)), rel=1e-8, abs=0)


def test_linear_tests_are_functions_of_the_sums_of_squares():
    y, Z = RESPONSES["linear"][:, 0], sm.add_constant(X)
    rss, rss0 = sm.OLS(y, Z).fit().ssr, sm.OLS(y, Z[:, :2]).fit().ssr
    model = model_of("linear")
    assert outcome(model, "x1, x2").statistic == pytest.approx(N * np.log(rss0 / rss), rel=1e-11)
    score = N * (rss0 - rss) / rss0
    assert outcome(model, "x1, x2", "score").statistic == pytest.approx(score, rel=1e-11)
    wald = outcome(model, "x1, x2", "wald")
    f = (rss0 - rss) / 2 / (rss / (N - 4))
    assert wald.statistic == pytest.approx(2 * f, rel=1e-11)
    assert "F with 2 and 56 degrees of freedom" in wald.method


def test_linear_restrictions_on_ill_conditioned_columns_keep_their_digits():
    # A cubic about 1000: the correlation of the powers is 1 - 1e-8.
    x = np.arange(1000.0, 1040.0)
    y = ((x - 1020) ** 3 / 1000 + np.sin(x * x)).astype(float)
    powers = np.column_stack([x, x**2, x**3])
    model = LinearModel(Gaussian, powers, y[:, None], np.ones(40), ("a", "b", "c"))

    def rss(columns):
        A, b = mpmath.matrix(columns.tolist()), mpmath.matrix(y.tolist())
        solution = mpmath.lu_solve(A.T * A, A.T * b)
        residual = b - A * solution
        return sum(r * r for r in residual)

    with mpmath.workdps(60):
        one = np.ones((40, 1))
        full = rss(np.hstack([one, powers]))
        for null, columns in (
            ("c", np.hstack([one, powers[:, :2]])),
            ("b, c", np.hstack([one, powers[:, :1]])),
            ("intercept", powers),
        ):
            expected = float(40 * mpmath.log(rss(columns) / full))
            # The difference of two sums of squares of 16 digits.
            assert outcome(model, null).statistic == pytest.approx(expected, rel=1e-10, abs=0)


def test_tiny_p_values():
    n = 4000
    x = np.repeat([0.0, 1.0], n // 2)
    t = np.tile([0.0, 0.0, 0.0, 1.0], n // 4)
    t[n // 2 :] = 1.0 - t[n // 2 :]
    test = outcome(model_of("logistic", x[:, None], t[:, None]), "x0")
    p = 0.25
    expected = 2 * n * (np.log(2.0) + p * np.log(p) + (1 - p) * np.log(1 - p))
    assert test.statistic == pytest.approx(expected, rel=1e-12, abs=0)
    assert 0.0 < test.p_value < 1e-200
    more = outcome(model_of("logistic", x[:, None], t[:, None], np.full(n, 10.0)), "x0")
    assert more.p_value == 0.0
    with mpmath.workdps(30):
        log_p = mpmath.log(mpmath.erfc(mpmath.sqrt(mpmath.mpf(more.statistic) / 2)))
    assert more.log_p_value == pytest.approx(float(log_p), rel=1e-12, abs=0)


@pytest.mark.parametrize(
    ("f", "df1", "df2"), [(0.1, 2, 5), (3.0, 3, 40), (900.0, 4, 2000), (1e9, 7, 90), (5e4, 1, 900)]
)
def test_the_tail_of_f(f, df1, df2):
    with mpmath.workdps(40):
        x = mpmath.mpf(df2) / (df2 + df1 * mpmath.mpf(f))
        expected = mpmath.betainc(mpmath.mpf(df2) / 2, mpmath.mpf(df1) / 2, 0, x, regularized=True)
        assert f_sf(f, df1, df2) == pytest.approx(float(expected), rel=1e-12, abs=0)
        log = float(mpmath.log(expected))
    assert log_f_sf(f, df1, df2) == pytest.approx(log, rel=1e-12, abs=0)


def test_the_tail_of_f_ends_at_nothing():
    assert (f_sf(np.inf, 2, 3), log_f_sf(np.inf, 2, 3)) == (0.0, -np.inf)
    assert (f_sf(0.0, 2, 3), log_f_sf(0.0, 2, 3)) == (1.0, 0.0)


# --- separated data, boundaries ----------------------------------------------------------------


def quasi():
    """Return a model whose group is separated while x is not."""
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 2, 4, 6])
    group = np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    t = np.array([0.0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1])
    return model_of("logistic", np.column_stack([x, group]), t[:, None], names=("x", "group"))


def test_a_separated_coefficient_is_tested_by_the_supremum():
    model = quasi()
    assert fit_regression(model).verdict.status is Status.SEPARATED
    without = fit_regression(model.columns(np.array([True, False])))
    test = outcome(model, "group")
    expected = 2 * (fit_regression(model).log_likelihood - without.log_likelihood)
    assert test.statistic == pytest.approx(expected, rel=1e-12, abs=0)
    wald = outcome(model, "group", "wald")
    assert np.isnan(wald.statistic) and "infinite" in wald.method and wald.df == 1
    # Rao's test needs the restricted maximum only.
    Z = sm.add_constant(model.X)
    null = sm.GLM(model.t[:, 0], Z[:, :2], family=sm.families.Binomial()).fit(tol=1e-14)
    theirs = null.score_test(exog_extra=Z[:, 2:])[0]
    assert outcome(model, "group", "score").statistic == pytest.approx(float(theirs.squeeze()))


def test_finite_coefficients_are_tested_in_the_limiting_model():
    model = quasi()
    face = model.with_rows(model.X[:, 1] == 0).columns(np.array([True, False]))
    for kind in EVERY_KIND:
        same(outcome(model, "x = 0.1", kind), outcome(face, "x = 0.1", kind))


def test_a_finite_combination_of_infinite_coefficients():
    # Neither is finite, nor is their difference.
    x = np.array([0.0, 0, 0, 0, 1, 1, 2, 2])
    both = np.column_stack([x >= 1, x]).astype(float)
    t = np.array([0.0, 1, 0, 1, 1, 1, 1, 1])[:, None]
    model = model_of("logistic", both, t, names=("any", "x"))
    assert np.isnan(outcome(model, "any = x", "wald").statistic)
    # Two classes that only occur at x = 1, where they are 2 to 1.
    y = np.array([0, 0, 0, 1, 1, 2, 1, 1, 2])
    x = np.array([0.0, 0, 0, 1, 1, 1, 1, 1, 1])[:, None]
    model = model_of("softmax", x, y)
    record = fit_regression(model)
    assert record.infinite.all()
    test = outcome(model, "intercept[b] + x0[b] = intercept[c] + x0[c]")
    expected = 2 * (4 * np.log(4 / 6) + 2 * np.log(2 / 6) - 6 * np.log(0.5))
    assert test.statistic == pytest.approx(expected, rel=1e-12, abs=0)
    wald = outcome(model, "intercept[b] + x0[b] = intercept[c] + x0[c]", "wald")
    assert wald.statistic == pytest.approx(np.log(2.0) ** 2 / (1 / 4 + 1 / 2), rel=1e-12)


def test_a_restricted_model_can_be_separated_itself():
    x = np.arange(8.0)
    both = np.column_stack([x, x + np.tile([0.0, 0.25], 4)])
    t = (x >= 4).astype(float)[:, None]
    model = model_of("logistic", both, t)
    test = outcome(model, "x1")
    assert (test.statistic, test.p_value, test.log_p_value) == (0.0, 1.0, 0.0)
    score = outcome(model, "x1", "score")
    assert np.isnan(score.p_value) and "no maximum" in score.method
    # All of the likelihood is lost without both.
    assert outcome(model, "x0, x1").statistic == pytest.approx(16 * np.log(2.0), rel=1e-12)


def test_the_supremum_is_reached_to_1e_13():
    x = np.array([-3.0, -0.01, 0.01, 2.0])[:, None]
    objective = LinearObjective(Bernoulli, x, (x > 0).astype(float), np.full(4, 1000.0))
    found = descend(objective, np.zeros(1))
    assert 0.0 < found.evaluation.value < 1e-13
    assert not found.attained


def test_counts_that_are_all_zero():
    model = model_of("poisson", t=np.zeros((N, 1)))
    test = outcome(model, "intercept = 0, x0 = 0, x1 = 0, x2 = 0")
    # A mean of 1 in each row against one of 0.
    assert test.statistic == pytest.approx(2.0 * N, rel=1e-12)
    assert outcome(model, "x1").statistic == 0.0


def test_far_hypotheses_are_reached():
    # Rates of e**60 where the estimate is about 1.
    model = model_of("poisson")
    test = outcome(model, "intercept = 60")
    assert np.isfinite(test.statistic) and test.statistic > 100
    logistic = outcome(model_of("logistic"), "x0 = 500")
    smaller = fit_regression(model_of("logistic", X[:, 1:], offset=500.0 * X[:, [0]]))
    full = fit_regression(model_of("logistic"))
    expected = 2.0 * (full.log_likelihood - smaller.log_likelihood)
    assert logistic.statistic == pytest.approx(expected, rel=1e-10, abs=0)


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_linear_fits_without_residuals_have_no_test(kind):
    x = np.arange(10.0)[:, None]
    exact = outcome(model_of("linear", x, 2.0 * x + 1.0), "x0", kind)
    assert np.isnan(exact.statistic) and "no larger than rounding" in exact.method
    two = outcome(model_of("linear", x[:2], np.array([[1.0], [5.0]])), "x0", kind)
    assert np.isnan(two.p_value) and "no residual degrees of freedom" in two.method


def test_a_search_that_failed_has_no_test():
    model = model_of("logistic")
    record = fit_regression(model, max_iter=1)
    assert record.verdict.status is Status.NOT_CONVERGED
    for kind in EVERY_KIND:
        test = restriction_test(model, record, "x0", kind, terms=model.terms)
        assert np.isnan(test.statistic) and "was not found" in test.method


def test_options_are_checked():
    model = model_of("logistic")
    with pytest.raises(ValueError, match="kind 'exact' is not known"):
        outcome(model, "x0", "exact")
    with pytest.raises(ValueError, match="takes no covariance"):
        outcome(model, "x0", "lr", covariance=np.eye(4))
    with pytest.raises(ValueError, match=r"covariance has shape \(3, 3\)"):
        outcome(model, "x0", "wald", covariance=np.eye(3))
    with pytest.raises(ValueError, match=r"which a fit with ridge=0\.5 does not have"):
        outcome(model_of("logistic", ridge=0.5), "x0")
    assert outcome(model_of("logistic", ridge=0.5), "x0", "wald").df == 1


def test_a_singular_covariance_has_no_wald_test():
    model = model_of("logistic")
    for covariance in (np.ones((4, 4)), np.zeros((4, 4)), np.full((4, 4), np.nan)):
        test = outcome(model, "x0, x1", "wald", covariance=covariance)
        assert np.isnan(test.statistic) and "singular" in test.method
    assert quadratic(np.ones(1), np.array([[1.0, -1.0]]), np.ones((2, 2))) is None


@pytest.mark.parametrize("estimator", [lk.LogisticRegression, lk.PoissonRegression])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_slopes_of_wald_are_the_same_for_sparse_columns(estimator, intercept):
    from dataclasses import replace

    from scipy import sparse

    from likelihood.inference.hauck_donner import wald_slope

    rng = np.random.default_rng(8)
    X = rng.normal(size=(60, 4)) * (rng.random((60, 4)) < 0.4)
    y, weights = rng.integers(0, 2, 60), rng.integers(0, 3, 60)
    fit = estimator(fit_intercept=intercept).fit(X, y, sample_weight=weights).result_
    thin = replace(fit.rows, X=sparse.csr_array(X))
    np.testing.assert_allclose(
        wald_slope(thin, fit.record), wald_slope(fit.rows, fit.record), rtol=1e-9
    )
