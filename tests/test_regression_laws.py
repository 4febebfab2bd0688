"""Laws that every regression obeys, whatever the data."""

import numpy as np
import pytest

import likelihood as lk
from likelihood import Status
from likelihood.fit.regression import fit_regression
from likelihood.linear_model import LinearModel
from likelihood.objective import LinearObjective, Restricted, Ridge, Sum, weighted_gram

rng = np.random.default_rng(20260917)
N = 60
X = rng.normal(size=(N, 3)) @ np.array([[1.0, 0.4, 0.0], [0.0, 1.0, 0.2], [0.0, 0.0, 1.0]])
SCORE = 0.3 + X @ [0.8, -0.5, 0.2]
WEIGHTS = rng.integers(1, 4, N).astype(float)
RESPONSES = {
    "linear": SCORE + rng.normal(size=N),
    "logistic": (SCORE + rng.logistic(size=N) > 0).astype(int),
    "softmax": np.argmax(np.outer(SCORE, [0, 1, -1]) + rng.gumbel(size=(N, 3)), axis=1),
    "poisson": rng.poisson(np.exp(0.5 * SCORE)),
}
MODELS = {
    "linear": lk.LinearRegression,
    "logistic": lk.LogisticRegression,
    "softmax": lk.SoftmaxRegression,
    "poisson": lk.PoissonRegression,
}


@pytest.fixture(params=MODELS)
def kind(request):
    return request.param


def fitted(kind, X=X, y=None, weights=None, **options):
    y = RESPONSES[kind] if y is None else y
    return MODELS[kind](**options).fit(X, y, sample_weight=weights)


def numbers(model):
    """Estimates, standard errors and log-likelihood of a fit, in one vector."""
    record = model.result_.record
    return np.concatenate(
        [record.coef.ravel(), record.std_error.ravel(), [record.log_likelihood, record.dispersion]]
    )


def same(a, b, digits=13):
    np.testing.assert_allclose(numbers(a), numbers(b), rtol=10.0**-digits, atol=0)
    assert a.result_.verdict.status is b.result_.verdict.status


# --- the rows ---------------------------------------------------------------------------


def test_a_weight_is_a_repetition(kind):
    repeated = np.repeat(np.arange(N), WEIGHTS.astype(int))
    y = RESPONSES[kind]
    same(fitted(kind, weights=WEIGHTS), fitted(kind, X[repeated], y[repeated]))


def test_a_row_of_weight_zero_is_not_there(kind):
    weights = WEIGHTS * (np.arange(N) % 4 > 0)
    used = weights > 0
    same(fitted(kind, weights=weights), fitted(kind, X[used], RESPONSES[kind][used], weights[used]))


def test_the_order_of_rows_is_immaterial(kind):
    order = np.random.default_rng(1).permutation(N)
    same(fitted(kind), fitted(kind, X[order], RESPONSES[kind][order]))


def test_the_memory_order_and_type_of_x_are_immaterial(kind):
    single = X.astype(np.float32)
    same(fitted(kind, single), fitted(kind, single.astype(float)), 15)
    same(fitted(kind), fitted(kind, np.asfortranarray(X)))
    same(fitted(kind), fitted(kind, X.tolist()), 15)


def test_the_callers_arrays_are_left_alone(kind):
    frozen, y = X.copy(), RESPONSES[kind].copy()
    frozen.flags.writeable = y.flags.writeable = False
    same(fitted(kind), fitted(kind, frozen, y), 15)


# --- the columns ------------------------------------------------------------------------


def test_scaled_columns_are_the_same_fit(kind):
    scale = np.array([1e8, 1e-12, 2.0**40])
    a, b = fitted(kind).result_.record, fitted(kind, X * scale).result_.record
    np.testing.assert_allclose(b.coef[:, 1:] * scale, a.coef[:, 1:], rtol=1e-13)
    np.testing.assert_allclose(b.std_error[:, 1:] * scale, a.std_error[:, 1:], rtol=1e-13)
    np.testing.assert_allclose(b.coef[:, 0], a.coef[:, 0], rtol=1e-13)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-14, abs=0)


def test_shifted_columns_are_the_same_fit(kind):
    # Multiples of 2**-20, so that the shift itself loses nothing.
    exact = np.round(X * 2**20) / 2**20
    a, b = fitted(kind, exact).result_.record, fitted(kind, exact + 2.0**30).result_.record
    np.testing.assert_allclose(b.coef[:, 1:], a.coef[:, 1:], rtol=1e-13)
    np.testing.assert_allclose(b.std_error[:, 1:], a.std_error[:, 1:], rtol=1e-13)
    moved = a.coef[:, 0] - 2.0**30 * a.coef[:, 1:].sum(axis=1)
    np.testing.assert_allclose(b.coef[:, 0], moved, rtol=1e-12)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-14, abs=0)


def test_the_order_of_columns_is_immaterial(kind):
    a, b = fitted(kind).result_.record, fitted(kind, X[:, ::-1]).result_.record
    np.testing.assert_allclose(b.coef[:, [0, 3, 2, 1]], a.coef, rtol=1e-13)
    np.testing.assert_allclose(b.std_error[:, [0, 3, 2, 1]], a.std_error, rtol=1e-13)


def test_a_column_of_ones_is_the_intercept(kind):
    ones = np.column_stack([np.ones(N), X])
    same(fitted(kind), fitted(kind, ones, fit_intercept=False))


def test_a_collinear_column_changes_nothing_but_the_verdict(kind):
    with pytest.warns(lk.CollinearityWarning, match="x3 = x0 - 2 x1"):
        twice = fitted(kind, np.column_stack([X, X[:, 0] - 2 * X[:, 1]]))
    a, b = fitted(kind).result_.record, twice.result_.record
    np.testing.assert_allclose(b.coef[:, :4], a.coef, rtol=1e-13)
    np.testing.assert_allclose(b.std_error[:, :4], a.std_error, rtol=1e-13)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-14, abs=0)
    assert twice.result_.verdict.status is Status.NOT_IDENTIFIED
    assert b.kept.tolist() == [True, True, True, True, False]


def test_sparse_columns_are_the_same_fit(kind):
    from scipy import sparse

    same(fitted(kind), fitted(kind, sparse.csr_array(X)))
    same(fitted(kind), fitted(kind, sparse.csc_matrix(X)))


# --- the response -----------------------------------------------------------------------


def test_two_class_softmax_is_logistic():
    y = RESPONSES["logistic"]
    same(lk.SoftmaxRegression().fit(X, y), lk.LogisticRegression().fit(X, y))


def test_the_reference_changes_nothing_but_the_labels():
    y = RESPONSES["softmax"]
    coef = {}
    for reference in (0, 1, 2):
        model = lk.SoftmaxRegression(reference=reference).fit(X, y)
        record = model.result_.record
        every = np.insert(record.coef, reference, 0.0, axis=0)
        coef[reference] = every - every[0]
        assert record.log_likelihood == pytest.approx(
            lk.SoftmaxRegression().fit(X, y).result_.log_likelihood, rel=1e-14, abs=0
        )
    np.testing.assert_allclose(coef[1], coef[0], rtol=1e-12, atol=1e-14)
    np.testing.assert_allclose(coef[2], coef[0], rtol=1e-12, atol=1e-14)


def test_the_event_changes_the_sign():
    y = np.where(RESPONSES["logistic"], "yes", "no")
    one, other = (lk.LogisticRegression(event=e).fit(X, y).result_.record for e in ("yes", "no"))
    np.testing.assert_allclose(one.coef, -other.coef, rtol=1e-13)
    np.testing.assert_allclose(one.std_error, other.std_error, rtol=1e-13)


def test_labels_are_immaterial():
    y = RESPONSES["softmax"]
    same(fitted("softmax"), fitted("softmax", y=np.array(["a", "b", "c"])[y]), 15)


def test_an_intercept_alone_is_the_distributions_fit():
    import pandas as pd

    counts = pd.DataFrame({"y": RESPONSES["poisson"], "w": WEIGHTS})
    alone = lk.PoissonRegression.from_formula("y ~ 1", counts, weights="w").result_.record
    sample = lk.Poisson.fit(counts["y"], weights=WEIGHTS)
    assert np.exp(alone.coef[0, 0]) == pytest.approx(sample.params["rate"], rel=1e-14, abs=0)
    assert alone.log_likelihood == pytest.approx(sample.log_likelihood, rel=1e-14, abs=0)

    classes = pd.DataFrame({"y": np.array(["a", "b", "c"])[RESPONSES["softmax"]], "w": WEIGHTS})
    alone = lk.SoftmaxRegression.from_formula("y ~ 1", classes, weights="w").result_.record
    sample = lk.Categorical.fit(classes["y"], categories="abc", weights=WEIGHTS)
    odds = np.exp(np.append(0.0, alone.coef[:, 0]))
    np.testing.assert_allclose(odds / odds.sum(), sample.params["probs"], rtol=1e-14)
    assert alone.log_likelihood == pytest.approx(sample.log_likelihood, rel=1e-14, abs=0)

    numbers = pd.DataFrame({"y": RESPONSES["linear"], "w": WEIGHTS})
    alone = lk.LinearRegression.from_formula("y ~ 1", numbers, weights="w").result_.record
    sample = lk.Gaussian.fit(numbers["y"], weights=WEIGHTS)
    assert alone.coef[0, 0] == pytest.approx(sample.params["mean"], rel=1e-14, abs=0)
    assert alone.log_likelihood == pytest.approx(sample.log_likelihood, rel=1e-14, abs=0)


def test_an_offset_of_a_column_takes_it_off_the_coefficient(kind):
    if kind == "softmax":
        pytest.skip("its offset is a column for each class, tested with the estimators")
    a = fitted(kind).result_.record
    model = MODELS[kind]().fit(X, RESPONSES[kind], offset=0.5 * X[:, 0])
    b = model.result_.record
    np.testing.assert_allclose(b.coef, a.coef - [[0.0, 0.5, 0.0, 0.0]], rtol=1e-12)
    np.testing.assert_allclose(b.std_error, a.std_error, rtol=1e-13)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-13, abs=0)


def test_linear_regression_follows_the_units_of_y():
    a = fitted("linear").result_.record
    b = fitted("linear", y=RESPONSES["linear"] * 2.0**40).result_.record
    np.testing.assert_allclose(b.coef, a.coef * 2.0**40, rtol=1e-15)
    assert b.dispersion == pytest.approx(a.dispersion * 2.0**80, rel=1e-14, abs=0)


# --- the search -------------------------------------------------------------------------


@pytest.mark.parametrize("method", ["BFGS", "L-BFGS-B", "Newton-CG", "trust-exact", "Nelder-Mead"])
def test_scipys_methods_end_at_the_same_digits(kind, method):
    same(fitted(kind), fitted(kind, method=method))


def test_every_fit_says_how_far_it_is(kind):
    verdict = fitted(kind).result_.verdict
    assert verdict.status is Status.OPTIMUM
    assert 0 <= verdict.distance < 1e-10


def test_a_search_that_is_cut_short_says_so():
    with pytest.warns(lk.ConvergenceWarning, match="not found"):
        cut = fitted("poisson", max_iter=1)
    assert cut.result_.verdict.status is Status.NOT_CONVERGED
    assert cut.result_.verdict.distance > 1e-8


@pytest.mark.parametrize("ridge", [1e-6, 1.0, 1e6])
def test_a_ridge_is_the_maximum_of_what_it_says(kind, ridge):
    record = fitted(kind, ridge=ridge).result_.record
    plain = fitted(kind).result_.rows
    linear = LinearObjective(plain.family, np.column_stack([np.ones(N), X]), plain.t, np.ones(N))
    penalty = Ridge(ridge * np.tile([0.0, 1.0, 1.0, 1.0], plain.free))
    at = Sum(linear, penalty).evaluate(record.coef.ravel())
    step = np.linalg.solve(at.hessian, at.gradient)
    np.testing.assert_allclose(step, 0, atol=1e-12)
    inverse = np.linalg.inv(at.hessian)
    data = linear.evaluate(record.coef.ravel()).hessian
    np.testing.assert_allclose(record.covariance, inverse @ data @ inverse, rtol=1e-8, atol=1e-14)


# --- the objectives ---------------------------------------------------------------------


def test_block_size_is_immaterial():
    family, t = lk.Categorical, RESPONSES["softmax"]
    theta = np.linspace(-1, 1, 6)
    whole = LinearObjective(family, X, t, WEIGHTS).evaluate(theta)
    blocks = LinearObjective(family, X, t, WEIGHTS, block_rows=7).evaluate(theta)
    assert blocks.value == pytest.approx(whole.value, rel=1e-14, abs=0)
    np.testing.assert_allclose(blocks.gradient, whole.gradient, rtol=1e-12)
    np.testing.assert_allclose(blocks.hessian, whole.hessian, rtol=1e-12, atol=1e-12)


def test_an_impossible_class_has_no_part_in_a_row():
    t = np.where(RESPONSES["softmax"] == 2, 1, RESPONSES["softmax"])
    possible = np.tile([True, True, False], (N, 1))
    theta = np.linspace(-1, 1, 6)
    masked = LinearObjective(lk.Categorical, X, t, WEIGHTS, possible=possible).evaluate(theta)
    two = LinearObjective(lk.Bernoulli, X, (t == 1).astype(float)[:, None], WEIGHTS)
    two = two.evaluate(theta[:3])
    assert masked.value == pytest.approx(two.value, rel=1e-14, abs=0)
    np.testing.assert_allclose(masked.gradient, np.append(two.gradient, [0, 0, 0]), rtol=1e-12)
    assert not masked.hessian[3:].any()
    np.testing.assert_allclose(masked.hessian[:3, :3], two.hessian, rtol=1e-12)


def test_a_restricted_objective_is_the_chain_rule():
    objective = LinearObjective(lk.Poisson, X, RESPONSES["poisson"][:, None].astype(float), WEIGHTS)
    span = np.array([[1.0, 0.0], [1.0, 1.0], [0.0, 2.0]])
    base, phi = np.array([0.1, 0.2, 0.3]), np.array([0.05, -0.1])
    inner = Restricted(objective, base, span).evaluate(phi)
    outer = objective.evaluate(base + span @ phi)
    assert inner.value == outer.value
    np.testing.assert_allclose(inner.gradient, span.T @ outer.gradient, rtol=1e-14)
    np.testing.assert_allclose(inner.hessian, span.T @ outer.hessian @ span, rtol=1e-14)
    assert Restricted(objective, base, span).evaluate(phi, 0).gradient is None


def test_the_weighted_gram_matrix_is_its_definition():
    from scipy import sparse

    curvature = rng.normal(size=(N, 2, 2))
    curvature = curvature + curvature.transpose(0, 2, 1)
    direct = np.einsum("nab,np,nq->apbq", curvature, X, X).reshape(6, 6)
    np.testing.assert_allclose(weighted_gram(X, curvature), direct, rtol=1e-12, atol=1e-12)
    found = weighted_gram(sparse.csr_array(X), curvature)
    np.testing.assert_allclose(found, direct, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_a_family_without_a_path_of_its_own_is_a_regression_too(seed):
    from tests.exponential import Exponential

    draw = np.random.default_rng(seed)
    x = 0.5 + np.abs(draw.normal(size=(N, 1)))
    y = draw.exponential(size=(N, 1)) / (0.5 + x)
    record = fit_regression(LinearModel(Exponential, x, y, np.ones(N), ("x",)))
    assert record.verdict.status is Status.OPTIMUM
    objective = LinearObjective(Exponential, np.column_stack([np.ones(N), x]), y, np.ones(N))
    at = objective.evaluate(record.coef.ravel())
    np.testing.assert_allclose(at.gradient, 0, atol=1e-13)
    np.testing.assert_allclose(record.covariance, np.linalg.inv(at.hessian), rtol=1e-10)


def test_a_start_outside_a_familys_domain_is_not_called_a_maximum():
    from tests.exponential import Exponential

    # Its natural parameter is negative, and without an intercept the search starts at zero.
    x, y = np.linspace(0.5, 3.0, N)[:, None], np.linspace(0.1, 2.0, N)[:, None]
    record = fit_regression(LinearModel(Exponential, x, y, np.ones(N), ("x",), intercept=False))
    assert record.verdict.status is Status.NOT_CONVERGED
