"""Tall data: passes over the rows give the maximum that the careful path gives."""

import numpy as np
import pytest

import likelihood as lk
from likelihood.fit.linear import linear_solution, tall_linear
from likelihood.fit.regression import fit_regression
from likelihood.fit.search import search
from likelihood.fit.tall import tall, tall_solution
from likelihood.linear_model import LinearModel
from likelihood.objective import LinearObjective
from likelihood.solve import passes as passes_module
from likelihood.solve import weighted_products
from likelihood.solve.passes import Passes
from tests.exponential import Exponential

rng = np.random.default_rng(11)
N, P = 6000, 3
X = rng.normal(size=(N, P)) * [1.0, 3.0, 0.01] + [0.0, 5.0, 1.0]
ETA = (X - [0.0, 5.0, 1.0]) @ [0.7, -0.3, 20.0]
RESPONSES = {
    "bernoulli": (lk.Bernoulli, (ETA + rng.logistic(size=N) > 0).astype(float)[:, None], 2),
    "poisson": (lk.Poisson, rng.poisson(np.exp(0.5 * ETA)).astype(float)[:, None], None),
    "categorical": (
        lk.Categorical,
        np.argmax(np.outer(ETA, [0.0, 1.0, -1.0, 0.3]) + rng.gumbel(size=(N, 4)), axis=1),
        4,
    ),
}
WEIGHTS = rng.integers(0, 4, N).astype(float)


def model(kind, X=X, weights=None, **changes):
    family, t, classes = RESPONSES[kind]
    weights = np.ones(N) if weights is None else weights
    return LinearModel(family, X, t, weights, ("a", "b", "c"), n_classes=classes, **changes)


@pytest.fixture(params=RESPONSES)
def kind(request):
    return request.param


def agree(found, careful, errors=1e-6):
    """Coefficients to a share of a standard error, the rest to the digits that go with it."""
    assert found is not None and found.converged
    np.testing.assert_array_less(np.abs(found.coef - careful.coef), errors * careful.std_error)
    np.testing.assert_allclose(found.std_error, careful.std_error, rtol=1e-5)
    scale = np.outer(careful.std_error.ravel(), careful.std_error.ravel())
    np.testing.assert_allclose(found.covariance / scale, careful.covariance / scale, atol=1e-5)
    assert found.log_likelihood == pytest.approx(careful.log_likelihood, rel=1e-12, abs=0)
    assert found.distance <= 1e-6


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("ridge", [0.0, 10.0])
def test_passes_find_the_maximum(kind, weights, ridge):
    one = model(kind, weights=weights, ridge=ridge)
    agree(tall_solution(one), search(one))


@pytest.mark.parametrize("intercept", [True, False])
def test_columns_far_from_zero(kind, intercept):
    # Without an intercept nothing can be centred, and the slopes bear the offset themselves.
    shift = [1000.0, 0.0, 0.0] if intercept else [2.0, 0.0, 0.0]
    one = model(kind, X + shift, intercept=intercept)
    agree(tall_solution(one), search(one))


def test_an_offset(kind):
    k = 3 if kind == "categorical" else 1
    one = model(kind, offset=np.linspace(-1, 1, N * k).reshape(N, k))
    agree(tall_solution(one), search(one))


def test_memory_order_threads_and_blocks_are_immaterial(kind, monkeypatch):
    reference = tall_solution(model(kind))
    for array in (np.asfortranarray(X), X[:, ::-1][:, ::-1]):
        agree(tall_solution(model(kind, array)), reference, 1e-9)
    monkeypatch.setattr(passes_module, "BLOCK", 3 * 500)
    agree(tall_solution(model(kind), threads=2), reference, 1e-9)


def test_single_precision_is_widened(kind):
    narrow = X.astype(np.float32)
    agree(tall_solution(model(kind, narrow)), search(model(kind, narrow.astype(float))))


def test_rows_in_order_of_the_response(kind):
    _, t, _ = RESPONSES[kind]
    order = np.argsort(t.reshape(-1), kind="stable")
    one = model(kind).with_rows(order)
    agree(tall_solution(one), search(one))


@pytest.mark.parametrize("order", [1, 2])
def test_the_sums_are_those_of_the_objective(kind, order):
    family, t, _ = RESPONSES[kind]
    free = 3 if kind == "categorical" else 1
    theta = np.linspace(-0.4, 0.5, free * (P + 1))
    sums = Passes(
        family, X, t, WEIGHTS, None, np.zeros(P), np.zeros(P, dtype=int), True, free
    ).sums(theta, order)
    objective = LinearObjective(family, np.column_stack([np.ones(N), X]), t, WEIGHTS)
    exact = objective.evaluate(theta)
    np.testing.assert_allclose(sums.gradient, exact.gradient, rtol=1e-10, atol=1e-8)
    if order == 1:
        assert sums.hessian is None
        return
    np.testing.assert_allclose(sums.hessian, exact.hessian, rtol=1e-10, atol=1e-8)
    assert sums.value == pytest.approx(exact.value, rel=1e-12, abs=0)


def test_the_two_forms_of_the_hessian_agree():
    block, k = X[:700], 3
    variance = rng.random((k * (k + 1) // 2, 700))
    pairs = weighted_products.by_pairs(block, variance, k)
    np.testing.assert_allclose(weighted_products.by_products(block, variance), pairs, rtol=1e-12)


def test_a_family_without_formulas_of_its_own_passes_too():
    y = rng.exponential(size=(N, 1))
    theta = np.array([-1.0])
    ones = np.ones((N, 1))
    sums = Passes(
        Exponential, ones, y, None, None, np.zeros(1), np.zeros(1, dtype=int), False, 1
    ).sums(theta, 2)
    exact = LinearObjective(Exponential, ones, y, np.ones(N)).evaluate(theta)
    np.testing.assert_allclose(sums.gradient, exact.gradient, rtol=1e-12)
    np.testing.assert_allclose(sums.hessian, exact.hessian, rtol=1e-12)
    assert sums.least == 0.0


def test_separated_rows_are_left_to_the_careful_path():
    t = (X[:, :1] > 0.3).astype(float)
    one = LinearModel(lk.Bernoulli, X, t, np.ones(N), ("a", "b", "c"), n_classes=2)
    found = tall_solution(one)
    assert found is None or found.suspicious


def test_an_overlap_is_certain_where_no_row_is_fitted_closely(kind):
    assert not tall_solution(model(kind)).suspicious


@pytest.mark.parametrize("kind", ["bernoulli", "categorical"])
def test_rows_in_doubt_prove_a_maximum_however_closely_others_fit(kind):
    family, _, classes = RESPONSES[kind]
    draw = np.random.default_rng(8)
    eta = np.outer(8.0 * ETA, [0.0, 1.0, -1.0, 0.3][:classes])
    t = np.argmax(eta + draw.gumbel(size=eta.shape), axis=1)
    t = t if kind == "categorical" else t[:, None].astype(float)
    one = LinearModel(family, X, t, np.ones(N), ("a", "b", "c"), n_classes=classes)
    found = tall_solution(one)
    assert (
        Passes(family, X, t, None, None, np.zeros(P), np.zeros(P, dtype=int), True, classes - 1)
        .sums(found.coef.ravel(), 1, value=True)
        .least
        < 1e-12
    )
    agree(found, search(one))
    assert not found.suspicious


def test_a_dependent_column_is_left_to_the_careful_path(kind):
    twice = np.column_stack([X[:, 0], X[:, 1], X[:, 0] - X[:, 1]])
    assert tall_solution(model(kind, twice)) is None


def test_what_counts_as_tall():
    assert not tall(model("poisson"))
    wide = np.broadcast_to(np.ones(1), (1_000_001, 1))
    big = LinearModel(lk.Poisson, wide, wide, np.ones(1), ("a",))
    assert tall(big)


# --- least squares ----------------------------------------------------------------------


def linear(X=X, weights=None, **changes):
    y = (ETA + np.random.default_rng(3).normal(size=N) + 100.0)[:, None]
    weights = np.ones(N) if weights is None else weights
    return LinearModel(lk.Gaussian, X, y, weights, ("a", "b", "c"), **changes)


@pytest.mark.parametrize(
    "one",
    [
        linear(), linear(weights=WEIGHTS), linear(X + [1e5, 0.0, 0.0]), linear(intercept=False),
        linear(offset=np.linspace(-1, 1, N)[:, None]), linear(np.asfortranarray(X)),
    ],
    ids=["plain", "weighted", "far", "no intercept", "offset", "columns"],
)  # fmt: skip
def test_passes_solve_least_squares(one):
    found, squares = tall_linear(one, 2)
    careful, exact = linear_solution(one, method="newton", tolerance=1e-8, max_iter=100)
    np.testing.assert_allclose(found.coef, careful.coef, rtol=1e-10)
    np.testing.assert_allclose(found.std_error, careful.std_error, rtol=1e-9)
    for name in ("rss", "tss", "dispersion", "r2"):
        if name != "tss" or one.intercept:
            assert getattr(squares, name) == pytest.approx(getattr(exact, name), rel=1e-10, abs=0)
    assert found.log_likelihood == pytest.approx(careful.log_likelihood, rel=1e-12, abs=0)
    assert found.distance < 1e-6


def test_an_exact_line_and_a_dependent_column_are_left_to_the_careful_path():
    exact = LinearModel(lk.Gaussian, X, X @ np.ones((3, 1)), np.ones(N), ("a", "b", "c"))
    assert tall_linear(exact, 1) is None
    assert tall_linear(linear(X[:, [0, 1, 0]]), 1) is None


# --- the whole way ----------------------------------------------------------------------


@pytest.mark.parametrize("kind", [*RESPONSES, "linear"])
def test_the_fit_of_tall_data_is_that_of_the_careful_path(kind, monkeypatch):
    one = linear() if kind == "linear" else model(kind)
    careful = fit_regression(one)
    monkeypatch.setattr("likelihood.fit.tall.TALL", 1000)
    quick = fit_regression(one, threads=2)
    assert careful.refined and not quick.refined
    assert quick.verdict.status is careful.verdict.status is lk.Status.OPTIMUM
    np.testing.assert_allclose(quick.coef, careful.coef, rtol=1e-7)
    np.testing.assert_allclose(quick.std_error, careful.std_error, rtol=1e-6)
    for name in ("log_likelihood", "null_log_likelihood", "deviance", "null_deviance"):
        assert getattr(quick, name) == pytest.approx(getattr(careful, name), rel=1e-10, abs=0)


def test_tall_data_that_are_separated_or_collinear_are_found_out(monkeypatch):
    monkeypatch.setattr("likelihood.fit.tall.TALL", 1000)
    t = (X[:, :1] > 0.3).astype(float)
    apart = LinearModel(lk.Bernoulli, X, t, np.ones(N), ("a", "b", "c"), n_classes=2)
    assert fit_regression(apart).verdict.status is lk.Status.SEPARATED
    twice = fit_regression(model("poisson", X[:, [0, 1, 0]]))
    assert twice.verdict.status is lk.Status.NOT_IDENTIFIED
