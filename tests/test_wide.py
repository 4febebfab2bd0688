"""Many coefficients: a search without a Hessian ends where the careful path does."""

import copy
import json
import pickle

import numpy as np
import pytest

import likelihood as lk
from likelihood.fit import deferred, wide_columns, wide_record
from likelihood.fit import wide as wide_module
from likelihood.fit.regression import fit_regression
from likelihood.linear_model import LinearModel
from likelihood.solve.kronecker import kronecker
from likelihood.solve.limited_memory import Memory, Point, line_search
from likelihood.solve.passes import Passes

rng = np.random.default_rng(5)
N, P = 3000, 6
UNITS = np.array([1.0, 3.0, 0.01, 1.0, 1.0, 1.0])
Z = rng.normal(size=(N, P))
X = Z * UNITS + [0.0, 5.0, 1.0, 0.0, 300.0, 0.0]
ETA = Z @ [0.7, -0.9, 0.2, 0.0, 0.3, 0.1]
CLASSES = np.argmax(np.outer(ETA, [0.0, 1.0, -1.0, 0.3]) + rng.gumbel(size=(N, 4)), axis=1)
RESPONSES = {
    "bernoulli": (lk.Bernoulli, (ETA + rng.logistic(size=N) > 0).astype(float)[:, None], 2),
    "poisson": (lk.Poisson, rng.poisson(np.exp(0.5 * ETA)).astype(float)[:, None], None),
    "categorical": (lk.Categorical, CLASSES, 4),
}
WEIGHTS = rng.integers(0, 4, N).astype(float)
NAMES = tuple("abcdef")


@pytest.fixture(params=RESPONSES)
def kind(request):
    return request.param


@pytest.fixture
def low_limit(monkeypatch):
    monkeypatch.setattr(wide_module, "WIDE", 3)
    monkeypatch.setattr(wide_record, "REACH", 0)


def model(kind, X=X, weights=None, **changes):
    family, t, classes = RESPONSES[kind]
    names = tuple(f"x{j}" for j in range(X.shape[1]))
    weights = np.ones(N) if weights is None else weights
    responses = ("p", "q", "r") if kind == "categorical" else ()
    return LinearModel(
        family, X, t, weights, names, n_classes=classes, responses=responses, **changes
    )


def pair(one, monkeypatch, **options):
    """The record of the careful path and of the wide one."""
    careful = fit_regression(one, **options)
    monkeypatch.setattr(wide_module, "WIDE", 3)
    monkeypatch.setattr(wide_record, "REACH", 0)
    found = fit_regression(one, **options)
    assert found.approximate and not careful.approximate
    return careful, found


def agree(found, careful, errors=1e-5, rel=1e-10):
    assert found.verdict.status is careful.verdict.status
    assert (found.kept == careful.kept).all()
    scale = np.where(careful.std_error > 1e-9, careful.std_error, 1.0)
    assert (np.abs(found.coef - careful.coef) / scale).max() < errors
    for name in ("log_likelihood", "null_log_likelihood", "deviance", "null_deviance"):
        expected = getattr(careful, name)
        # Under a ridge the likelihood is not flat at the estimate.
        assert getattr(found, name) == pytest.approx(expected, rel=rel, abs=0)
    assert found.verdict.distance <= 1e-6
    assert found.deferred
    # A blank column under a ridge has none: what is left is rounding.
    np.testing.assert_allclose(found.std_error, careful.std_error, rtol=1e-5, atol=1e-7)
    np.testing.assert_allclose(
        found.covariance / np.outer(scale, scale),
        careful.covariance / np.outer(scale, scale), atol=1e-5,
    )  # fmt: skip
    assert not found.deferred


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
@pytest.mark.parametrize("ridge", [0.0, 1e-4, 10.0])
def test_it_ends_where_the_careful_path_does(kind, weights, ridge, monkeypatch):
    careful, found = pair(model(kind, weights=weights, ridge=ridge), monkeypatch)
    agree(found, careful, rel=1e-8 if ridge else 1e-10)


def test_an_offset_and_no_intercept(kind, monkeypatch):
    k = 3 if kind == "categorical" else 1
    offset = np.linspace(-1, 1, N * k).reshape(N, k)
    shifted = X - [0.0, 5.0, 1.0, 0.0, 300.0, 0.0]
    one = model(kind, shifted, offset=offset, intercept=False)
    agree(*reversed(pair(one, monkeypatch)))


@pytest.mark.parametrize("weights", [None, WEIGHTS], ids=["plain", "weighted"])
def test_weights_are_repetitions(kind, weights, low_limit):
    one = model(kind, weights=WEIGHTS)
    repeated = model(kind, X).with_rows(np.repeat(np.arange(N), WEIGHTS.astype(int)))
    first, second = fit_regression(one), fit_regression(repeated)
    assert (np.abs(first.coef - second.coef) / first.std_error).max() < 1e-5
    np.testing.assert_allclose(first.std_error, second.std_error, rtol=1e-5)


def test_memory_order_precision_and_threads_are_immaterial(kind, low_limit):
    reference = fit_regression(model(kind, X.astype(np.float32).astype(float)))
    for array in (X.astype(np.float32), np.asfortranarray(X.astype(np.float32))):
        found = fit_regression(model(kind, array), threads=2)
        assert (np.abs(found.coef - reference.coef) / reference.std_error).max() < 1e-5


def test_a_tighter_tolerance_is_kept(kind, low_limit):
    assert fit_regression(model(kind), tolerance=1e-10).verdict.distance <= 1e-8
    assert fit_regression(model(kind), tolerance=1e-2).verdict.distance <= 1e-2


def test_a_search_cut_short_says_so(kind, low_limit):
    record = fit_regression(model(kind), max_iter=3)
    assert record.verdict.status is lk.Status.NOT_CONVERGED
    assert "raise max_iter" in record.verdict.explanation


def test_the_verdict_says_that_it_is_approximate(low_limit):
    verdict = fit_regression(model("categorical")).verdict
    assert "within about" in verdict.explanation
    assert any("too many for their Hessian" in note for note in verdict.notes)


# --- columns ------------------------------------------------------------------------------


def test_columns_without_content_are_aliased(kind, monkeypatch):
    blank = np.zeros(N)
    wider = np.column_stack([X[:, 0], blank, X[:, 1], blank + 7.0, X[:, 0] - 2.0 * X[:, 1]])
    careful, found = pair(model(kind, wider), monkeypatch)
    agree(found, careful)
    assert found.verdict.status is lk.Status.NOT_IDENTIFIED
    assert "x1 = 0; x3 = 7; x4 = x0 - 2 x2" in found.verdict.explanation
    assert (found.coef[:, [2, 4, 5]] == 0).all()


def test_a_column_that_is_blank_in_a_sample_only_is_kept(low_limit, monkeypatch):
    monkeypatch.setattr(wide_columns, "ENOUGH", 20)
    rare = np.zeros(N)
    # Rows that no stride of a sample meets.
    rare[[201, 203, 205, 207, 301, 303, 305, 307]] = 1.0
    record = fit_regression(model("poisson", np.column_stack([X, rare])))
    assert record.kept.all()


def test_a_row_without_weight_does_not_identify_a_column(low_limit):
    weights, rare = np.ones(N), np.zeros(N)
    rare[:2], weights[:2] = 1.0, 0.0
    found = fit_regression(model("poisson", np.column_stack([X, rare]), weights=weights))
    assert found.kept.tolist() == [True] * 7 + [False]


def test_a_ridge_determines_every_slope(kind, monkeypatch):
    wider = np.column_stack([X, np.zeros(N), X[:, 0]])
    careful, found = pair(model(kind, wider, ridge=3.0), monkeypatch)
    agree(found, careful, rel=1e-8)


# --- existence ----------------------------------------------------------------------------


def test_complete_separation_is_told(low_limit):
    t = (X[:, :1] > 0.3).astype(float)
    one = LinearModel(lk.Bernoulli, X, t, np.ones(N), NAMES, n_classes=2)
    record = fit_regression(one)
    assert record.verdict.status is lk.Status.NOT_CONVERGED
    assert "completely separated" in record.verdict.explanation
    with pytest.raises(lk.SeparationError, match="completely separated"):
        fit_regression(one, separation="raise")
    shrunk = fit_regression(LinearModel(
        lk.Bernoulli, X, t, np.ones(N), NAMES, n_classes=2, ridge=1.0
    ))  # fmt: skip
    assert shrunk.verdict.status is lk.Status.OPTIMUM


def test_quasi_separation_is_not_taken_for_a_maximum(kind, low_limit):
    family, t, classes = RESPONSES[kind]
    marked = np.zeros(N)
    marked[[5, 900, 2222]] = 1.0
    t = t.copy()
    t[marked == 1.0] = 0
    one = LinearModel(
        family, np.column_stack([X, marked]), t, np.ones(N), (*NAMES, "marked"), n_classes=classes
    )
    record = fit_regression(one)
    assert record.verdict.status is lk.Status.NOT_CONVERGED
    assert "was not decided" in record.verdict.explanation


def test_a_doubt_within_reach_is_decided_exactly(monkeypatch):
    monkeypatch.setattr(wide_module, "WIDE", 3)
    t = (X[:200, :1] > 0.3).astype(float)
    one = LinearModel(lk.Bernoulli, X[:200], t, np.ones(200), NAMES, n_classes=2)
    assert fit_regression(one).verdict.status is lk.Status.SEPARATED


def test_a_class_that_never_occurs_is_left_to_the_careful_path(low_limit):
    family, t, _ = RESPONSES["categorical"]
    one = LinearModel(
        family, X[:300], t[:300], np.ones(300), NAMES, n_classes=5, responses=tuple("pqrs")
    )
    assert fit_regression(one).verdict.status is lk.Status.SEPARATED


def test_rows_fitted_closely_do_not_hide_a_maximum(low_limit):
    # Few rows are in doubt, and they settle it.
    eta = 8.0 * Z[:, 0]
    t = (eta + np.random.default_rng(1).logistic(size=N) > 0).astype(float)[:, None]
    one = LinearModel(lk.Bernoulli, X, t, np.ones(N), NAMES, n_classes=2)
    assert fit_regression(one).verdict.status is lk.Status.OPTIMUM


# --- standard errors when they are asked for ----------------------------------------------


@pytest.fixture
def softmax(low_limit):
    return lk.SoftmaxRegression().fit(X, CLASSES)


@pytest.fixture
def watched(softmax, monkeypatch):
    """A fitted estimator that must not look at a Hessian."""

    def refused(*_):
        raise AssertionError("a Hessian was made")

    sums = Passes.sums

    def watch(self, theta, order, **options):
        return sums(self, theta, order, **options) if order < 2 else refused()

    monkeypatch.setattr(Passes, "sums", watch)
    return softmax


def test_what_needs_no_standard_errors_makes_none(watched, tmp_path):
    fit = watched.result_
    assert watched.predict(X).shape == (N,)
    assert watched.score(X, CLASSES) > 0.3
    assert fit.glance()["status"].item() == "OPTIMUM"
    assert fit.aic < 0.0 or fit.aic > 0.0
    watched.save(tmp_path / "model.json")
    pickle.dumps(watched)
    assert fit.record.deferred
    with pytest.raises(AssertionError, match="Hessian"):
        fit.tidy()


def test_tables_ask_for_them(softmax, monkeypatch):
    table, confint = softmax.tidy(), softmax.confint()
    covariance = softmax.covariance()
    monkeypatch.setattr(wide_module, "WIDE", 1500)
    careful = lk.SoftmaxRegression().fit(X, CLASSES)
    expected = careful.tidy()
    np.testing.assert_allclose(table["std_error"], expected["std_error"], rtol=1e-5)
    np.testing.assert_allclose(confint["conf_low"], expected["conf_low"], rtol=1e-4)
    scale = np.sqrt(np.diag(careful.covariance()))
    difference = (covariance - careful.covariance()) / np.outer(scale, scale)
    assert float(np.abs(difference.to_numpy()).max()) < 1e-5


def test_rows_that_changed_are_refused(low_limit):
    rows = X.copy()
    fit = lk.SoftmaxRegression().fit(rows, CLASSES).result_
    rows[0, 0] += 1.0
    with pytest.raises(lk.DataError, match="changed since"):
        fit.tidy()


def test_a_saved_fit_has_them_only_if_they_were_computed(softmax, tmp_path):
    path = tmp_path / "model.json"
    softmax.save(path)
    assert json.loads(path.read_text())["record"]["covariance"] is None
    bare = lk.load(path)
    assert (bare.predict(X) == softmax.predict(X)).all()
    table = bare.tidy()
    assert table["std_error"].isna().all() and table["estimate"].notna().all()
    assert any("were not computed before" in note for note in bare.verdict.notes)
    with pytest.raises(lk.DataError, match="fit the model again"):
        bare.covariance()
    expected = softmax.tidy()
    softmax.save(path)
    again = lk.load(path)
    assert (again.tidy()["std_error"] == expected["std_error"]).all()
    assert again.result_.record.approximate
    with pytest.raises(lk.DataError, match="the covariance was not computed"):
        again.covariance()
    again.save(path)
    assert (lk.load(path).tidy()["std_error"] == expected["std_error"]).all()


def test_a_pickled_fit_leaves_the_rows_behind(softmax):
    text = pickle.dumps(softmax)
    assert len(text) < X.nbytes / 2
    bare = pickle.loads(text)
    assert bare.tidy()["std_error"].isna().all()
    assert any("were not computed before" in note for note in bare.verdict.notes)
    assert copy.deepcopy(bare).verdict == bare.verdict
    softmax.tidy()
    assert pickle.loads(pickle.dumps(softmax)).tidy()["std_error"].notna().all()


def test_a_covariance_beyond_memory_is_refused(softmax, monkeypatch):
    monkeypatch.setattr(deferred, "memory", lambda: 1000.0)
    with pytest.raises(lk.DataError, match=r"covariance of 21 coefficients.*coef_"):
        softmax.tidy()
    assert softmax.coef_.shape == (4, P)
    monkeypatch.setattr(wide_module, "WIDE", 1500)
    with pytest.raises(lk.DataError, match=r"covariance of 21 coefficients.*Fit fewer"):
        lk.SoftmaxRegression().fit(X, CLASSES)


# --- the parts ----------------------------------------------------------------------------


def test_what_counts_as_wide():
    def of(rows, columns, classes):
        t = np.zeros(rows, dtype=int)
        return LinearModel(
            lk.Categorical, np.broadcast_to(0.0, (rows, columns)), t, np.ones(1),
            ("x",) * columns, n_classes=classes,
        )  # fmt: skip

    assert wide_module.wide(of(60_000, 784, 10))
    assert not wide_module.wide(of(60_000, 100, 10))
    # Few rows leave few columns.
    assert not wide_module.wide(of(100, 2000, 3))


@pytest.mark.parametrize("ridge", [None, np.array([0.0, 2.0, 0.5, 1e-3])])
def test_the_metric_is_a_kronecker_product(ridge):
    rows = rng.normal(size=(30, 4))
    gram, variance = rows.T @ rows, np.array([[2.0, -0.5], [-0.5, 1.0]])
    metric = kronecker(gram, variance, ridge)
    full = np.kron(variance, gram)
    if ridge is not None:
        full += np.kron(np.eye(2), np.diag(ridge))
    gradient = rng.normal(size=8)
    expected = np.linalg.solve(full, gradient)
    np.testing.assert_allclose(metric.solve(gradient), expected, rtol=1e-9)
    assert metric.length(gradient) == pytest.approx(np.sqrt(gradient @ expected), rel=1e-9, abs=0)


def test_the_metric_leaves_out_what_is_held():
    gram = np.diag([1.0, 0.0, 4.0])
    metric = kronecker(gram, np.eye(1), None, np.array([True, False, True]))
    np.testing.assert_allclose(metric.solve(np.ones(3)), [1.0, 0.0, 0.25])
    assert kronecker(gram, np.eye(1)) is None


def test_remembered_steps_solve_a_quadratic():
    curvature = np.array([1.0, 5.0, 20.0, 100.0])
    memory, theta = Memory(), np.ones(4)

    def bowl(x):
        return Point(x, 0.5 * float(curvature @ (x * x)), curvature * x)

    at = bowl(theta)
    for _ in range(20):
        found, _ = line_search(bowl, at, memory.direction(at.gradient, lambda g: g))
        memory.add(at, found)
        at = found
    assert np.abs(at.theta).max() < 1e-6


def test_a_step_that_overflows_is_shortened():
    def steep(x):
        with np.errstate(over="ignore"):
            return Point(x, float(np.exp(x[0]) - x[0]), np.exp(x) - 1.0)

    found, count = line_search(steep, steep(np.array([-1.0])), np.array([1e4]))
    assert found.value < steep(np.array([-1.0])).value and count > 1
    assert line_search(steep, steep(np.array([-1.0])), np.array([-1.0])) == (None, 0)


def test_the_gram_matrix_and_mean_variance_are_those_of_the_rows():
    family, t, _ = RESPONSES["categorical"]
    rows = Passes(family, X, t, WEIGHTS, None, X.mean(axis=0), np.zeros(P, dtype=int), True, 3)
    columns = np.column_stack([np.ones(N), X - X.mean(axis=0)])
    np.testing.assert_allclose(rows.gram(), (columns.T * WEIGHTS) @ columns, rtol=1e-9, atol=1e-7)
    p = np.array([0.4, 0.3, 0.1])
    theta = np.zeros((3, P + 1))
    theta[:, 0] = np.log(p / 0.2)
    expected = np.diag(p) - np.outer(p, p)
    np.testing.assert_allclose(rows.mean_variance(theta.ravel()), expected, rtol=1e-12)
