"""What a regression's verdict says: separation, columns not identified, the boundary, notes."""

import json
import warnings
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy import sparse

from likelihood import Bernoulli, Categorical, Gaussian, Poisson, Status
from likelihood.errors import (
    CollinearityWarning,
    ConvergenceWarning,
    SeparationError,
    SeparationWarning,
)
from likelihood.fit.regression import announce, fit_regression
from likelihood.fit.wording import infinite_terms
from likelihood.inference.limits import limiting_eta
from likelihood.linear_model import LinearModel
from likelihood.solve.separation import separation

FOLDER = Path(__file__).parent / "references" / "separation"
SEPARATED = ["iris_setosa_sep", "iris_sep_m", "wine_sep_m", "syn_complete_sep", "syn_quasi1_sep"]
OVERLAPPING = ["iris_vv", "wine2_m", "syn_near_sep"]
SIGNS = {"+inf": 1.0, "-inf": -1.0, "finite": 0.0, "direction not unique": np.nan}
LIMITS = json.loads((FOLDER / "limits.json").read_text())


def model_of(family, X, y, weights=None, *, names=None, **options):
    """Return the model of columns X without a constant, and plain responses."""
    X = np.asarray(X, dtype=float) if not sparse.issparse(X) else X
    n, p = X.shape
    y = np.asarray(y)
    K = options.pop("n_classes", None)
    if family is Categorical:
        K = K or int(y.max()) + 1
        t = y.astype(int)
        options.setdefault("responses", tuple("ABCDEFGH"[1:K]))
    else:
        t, K = y.astype(float)[:, None], 2 if family is Bernoulli else None
    weights = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    names = tuple(f"x{j}" for j in range(p)) if names is None else names
    return LinearModel(family, X, t, weights, names, n_classes=K, **options)


def load(name):
    table = np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)
    reference = json.loads((FOLDER / f"ml_{name}.json").read_text())
    family = Bernoulli if reference["classes"] == 2 else Categorical
    names = tuple(reference["columns"][1:])
    return model_of(family, table[:, 3:], table[:, 0], table[:, 1], names=names), reference


def limits(name):
    """Return a set of limits.json: its model and what it should come to."""
    case = LIMITS[name]
    family = {"bernoulli": Bernoulli, "categorical": Categorical, "poisson": Poisson}[
        case["family"]
    ]
    return model_of(family, np.array(case["X"])[:, 1:], case["y"]), case


@pytest.fixture(params=SEPARATED)
def separated(request):
    return load(request.param)


@pytest.fixture(params=list(LIMITS))
def limited(request):
    return limits(request.param)


def same(a, b, factor=1.0):
    """Whether two fits of separated data agree in all but digits; coefficients by a factor."""
    assert a.verdict.status is b.verdict.status
    np.testing.assert_array_equal(a.infinite, b.infinite)
    np.testing.assert_array_equal(a.sign, b.sign)
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-12, abs=1e-300)
    finite = ~a.infinite
    np.testing.assert_allclose((b.coef * factor)[finite], a.coef[finite], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose((b.std_error * factor)[finite], a.std_error[finite], rtol=1e-9)


# --- separation: laws -----------------------------------------------------------------------


def test_rows_order_repetition_and_weights_change_nothing(limited, rng):
    model, _ = limited
    record = fit_regression(model)
    order = rng.permutation(model.n_rows)
    same(record, fit_regression(model.with_rows(order)))
    counts = rng.integers(1, 4, model.n_rows)
    heavier = fit_regression(replace(model, weights=counts.astype(float)))
    repeated = fit_regression(model.with_rows(np.repeat(np.arange(model.n_rows), counts)))
    same(heavier, repeated)
    np.testing.assert_array_equal(heavier.separation.direction, repeated.separation.direction)
    np.testing.assert_array_equal(record.separation.direction, heavier.separation.direction)
    np.testing.assert_allclose(heavier.pushed, repeated.pushed, rtol=1e-9, atol=1e-9)


def test_rows_without_weight_are_not_there(limited):
    model, _ = limited
    n = model.n_rows
    both = model.with_rows(np.tile(np.arange(n), 2))
    scrambled = replace(
        both, t=np.concatenate([model.t, model.t[::-1]]), weights=np.repeat([1.0, 0.0], n)
    )
    same(fit_regression(model), fit_regression(scrambled))


@pytest.mark.parametrize("factor", [1e8, 1e-8, 2.0**40])
def test_a_columns_unit_changes_only_its_coefficient(limited, factor):
    model, _ = limited
    record = fit_regression(model)
    for j in range(len(model.names)):
        X = model.X.copy()
        X[:, j] *= factor
        scale = np.ones(model.shape[1])
        scale[j + 1] = factor
        same(record, fit_regression(replace(model, X=X)), scale)


def test_a_columns_shift_changes_only_the_intercept():
    X, y = np.array(LIMITS["binary_level"]["X"])[:, 1:], LIMITS["binary_level"]["y"]
    # In 64ths, so that 1e8 more loses nothing.
    X = np.round(X * 64) / 64
    moved = X + np.array([1e8, 0.0, 0.0])
    a, b = (fit_regression(model_of(Bernoulli, columns, y)) for columns in (X, moved))
    np.testing.assert_array_equal(a.sign, b.sign)
    np.testing.assert_allclose(a.coef[0, [1, 3]], b.coef[0, [1, 3]], rtol=1e-10)
    np.testing.assert_allclose(a.std_error[0, [1, 3]], b.std_error[0, [1, 3]], rtol=1e-10)
    assert b.coef[0, 0] == pytest.approx(a.coef[0, 0] - 1e8 * a.coef[0, 1], rel=1e-9)


def test_a_change_of_columns_changes_no_probability(limited):
    # Every coefficient may be infinite in the new columns; the limit is the same.
    model, _ = limited
    p = len(model.names)
    # In 64ths, so that sums of columns are exact and ties remain ties.
    model = replace(model, X=np.round(model.X * 64) / 64)
    mixed = model.X @ (np.eye(p) + np.triu(np.arange(1.0, p * p + 1).reshape(p, p), 1))
    a, b = fit_regression(model), fit_regression(replace(model, X=mixed))
    assert b.verdict.status is Status.SEPARATED
    assert b.infinite.sum() >= a.infinite.sum()
    assert b.log_likelihood == pytest.approx(a.log_likelihood, rel=1e-13)
    np.testing.assert_array_equal(a.remaining, b.remaining)
    first = limiting_eta(model, a, model.X)
    second = limiting_eta(model, b, mixed)
    np.testing.assert_array_equal(np.isinf(first), np.isinf(second))
    finite = np.isfinite(first)
    np.testing.assert_allclose(first[finite], second[finite], rtol=1e-9, atol=1e-9)


def test_the_reference_class_changes_no_probability():
    X, y = np.array(LIMITS["softmax_levels"]["X"])[:, 1:], np.array(LIMITS["softmax_levels"]["y"])
    record = fit_regression(model_of(Categorical, X, y))
    model = model_of(Categorical, X, np.array([1, 2, 0])[y])
    other = fit_regression(model)
    assert other.log_likelihood == pytest.approx(record.log_likelihood, rel=1e-13)
    np.testing.assert_array_equal(other.remaining[:, [1, 2, 0]], record.remaining)
    # Class 2 is the reference now: it falls in the last column, and so does nothing of it.
    assert record.sign.tolist() == [[0, 0, 1, 0], [0, 0, 1, -1]]
    assert other.sign.tolist() == [[0, 0, -1, 1], [0, 0, 0, 1]]
    # Finite in both: how class 1 differs from class 2.
    np.testing.assert_allclose(
        record.coef[0, :2] - record.coef[1, :2], other.coef[1, :2], rtol=1e-10
    )


def test_softmax_of_two_classes_is_the_logistic_regression():
    for name in ("iris_setosa_sep", "syn_quasi1_sep"):
        binary, _ = load(name)
        two = replace(binary, family=Categorical, t=binary.t[:, 0].astype(int), responses=("B",))
        same(fit_regression(binary), fit_regression(two))
    binary, _ = limits("binary_level")
    two = replace(binary, family=Categorical, t=binary.t[:, 0].astype(int), responses=("B",))
    same(fit_regression(binary), fit_regression(two))


@pytest.mark.parametrize("gap", [2.0**-30, -(2.0**-30)])
def test_one_point_across_the_boundary_and_back(gap):
    x = np.array([0.0, 1.0, 2.0, 2.0 + gap, 3.0, 4.0])[:, None]
    for family, y in [
        (Bernoulli, [0, 0, 0, 1, 1, 1]),
        (Categorical, [0, 0, 0, 1, 1, 1]),
    ]:
        record = fit_regression(model_of(family, x, y))
        if gap > 0:
            assert record.verdict.status is Status.SEPARATED
            assert record.separation.kind == "complete"
        else:
            assert record.verdict.status is Status.OPTIMUM
    y = [0, 1, 0, 1, 2, 2]
    x = np.array([0.0, 0.5, 1.0, 1.5, 1.5 + gap, 3.0])[:, None]
    record = fit_regression(model_of(Categorical, x, y))
    assert record.verdict.status is (Status.SEPARATED if gap > 0 else Status.OPTIMUM)


def test_the_limit_is_the_fit_without_the_level():
    # Binary and counts: rows of the level go to certainty and take their column with them.
    for name, level in (("binary_level", 1), ("poisson_level", 1)):
        model, _ = limits(name)
        rest = model.X[:, level] == 0
        alone = replace(
            model.with_rows(rest), X=np.delete(model.X[rest], level, axis=1),
            names=tuple(np.delete(model.names, level)),
        )  # fmt: skip
        a, b = fit_regression(model), fit_regression(alone)
        assert b.verdict.status is Status.OPTIMUM
        np.testing.assert_allclose(np.delete(a.coef, level + 1, axis=1), b.coef, rtol=1e-13)
        np.testing.assert_allclose(
            np.delete(a.std_error, level + 1, axis=1), b.std_error, rtol=1e-13
        )
        assert a.log_likelihood == pytest.approx(b.log_likelihood, rel=1e-14)


def test_a_limit_is_where_the_likelihood_goes(separated):
    model, reference = separated
    record = fit_regression(model)
    pushed = model.eta(record.pushed)
    nll = model.family.nll(model.padded(pushed), model.t, 0).value @ model.weights
    # 200 margins of at least 40; wine's columns reach 1680, with as much rounding.
    assert -nll == pytest.approx(record.log_likelihood, rel=1e-11, abs=1e-9)


# --- separation: references -----------------------------------------------------------------


def test_separated_sets_have_their_columns_signs_and_supremum(separated):
    model, reference = separated
    record = fit_regression(model)
    expected = np.array([SIGNS[r["verdict"]] for r in reference["cone_ranges"]])
    assert record.verdict.status is Status.SEPARATED
    np.testing.assert_array_equal(record.sign.ravel(), expected)
    np.testing.assert_array_equal(record.infinite.ravel(), expected != 0)
    assert record.log_likelihood == pytest.approx(float(reference["sup_loglik"]), rel=1e-14, abs=0)
    assert record.deviance == pytest.approx(-2.0 * record.log_likelihood, rel=1e-15, abs=0)
    assert (record.flags[record.infinite] == "infinite").all()


@pytest.mark.parametrize("name", OVERLAPPING)
def test_overlapping_sets_have_a_maximum(name):
    model, reference = load(name)
    record = fit_regression(model)
    assert record.verdict.status is Status.OPTIMUM
    np.testing.assert_allclose(record.coef, np.array(reference["coef"], float), rtol=1e-12)
    assert record.separation is None and not record.infinite.any()
    assert record.pushed is record.coef
    np.testing.assert_array_equal(record.estimates, record.coef)


def test_finite_limits_have_all_digits(limited):
    model, case = limited
    record = fit_regression(model)
    assert record.verdict.status is Status.SEPARATED
    signs = {key: {"+": 1.0, "-": -1.0}[value] for key, value in case["infinite"].items()}
    for (c, j), sign in np.ndenumerate(record.sign):
        assert sign == signs.get(f"{c},{j}", 0.0)
    for key, (coef, error) in case["coef"].items():
        place = tuple(int(i) for i in key.split(","))
        assert record.coef[place] == pytest.approx(float(coef), rel=1e-13, abs=0)
        assert record.std_error[place] == pytest.approx(float(error), rel=1e-13, abs=0)
    assert record.log_likelihood == pytest.approx(float(case["sup_loglik"]), rel=1e-14)


def test_held_coefficients_determine_the_span_of_the_cone(separated, limited):
    for model, _ in (separated, limited):
        apart = fit_regression(model).separation
        q = len(apart.constancy)
        assert q == np.count_nonzero(apart.held)
        span = apart.constancy.astype(float)
        assert np.linalg.matrix_rank(span[:, apart.held]) == q
        np.testing.assert_array_equal((span != 0).any(axis=0), apart.infinite)


def test_covariance_is_zero_where_held(limited):
    model, _ = limited
    record = fit_regression(model)
    held = record.separation.held.ravel()
    assert not record.covariance[held].any() and not record.covariance[:, held].any()
    np.testing.assert_allclose(
        np.sqrt(np.diag(record.covariance)).reshape(record.coef.shape), record.std_error
    )


def test_separation_shows_infinite_estimates_and_finite_coefficients(limited):
    model, case = limited
    record = fit_regression(model)
    np.testing.assert_array_equal(np.isinf(record.estimates), record.infinite)
    np.testing.assert_array_equal(
        np.sign(record.estimates[record.infinite]), record.sign[record.infinite]
    )
    assert np.isfinite(record.pushed).all()
    np.testing.assert_allclose(record.pushed[~record.infinite], record.coef[~record.infinite])
    np.testing.assert_array_equal(record.flags == "infinite", record.infinite)


def test_least_margin_of_pushed_coefficients_is_forty(separated, limited):
    for model, _ in (separated, limited):
        record = fit_regression(model)
        eta = model.eta(record.pushed)
        if record.remaining.shape[1] == 1:
            margins = -eta[~record.remaining]
        else:
            eta = np.hstack([np.zeros((len(eta), record.remaining.shape[1] - eta.shape[1])), eta])
            y = model.t.astype(int).ravel()
            margins = (eta[np.arange(len(y)), y][:, None] - eta)[~record.remaining]
        assert margins.min() == pytest.approx(40.0, rel=1e-9)


# --- separation: where it may hide ----------------------------------------------------------


@pytest.mark.parametrize("tolerance", [1e-8, 1e-2, 0.5])
def test_no_separated_data_pass_for_a_maximum(rng, tolerance):
    hidden = seen = 0
    for _ in range(150):
        n, p = int(rng.integers(4, 25)), int(rng.integers(1, 4))
        X = rng.normal(size=(n, p)) * 10 ** rng.uniform(-3, 3, p)
        y = rng.integers(0, 2, n)
        if y.min() == y.max():
            continue
        apart = separation(np.column_stack([np.ones(n), X]), y, np.ones(n), classes=2)
        record = fit_regression(model_of(Bernoulli, X, y), tolerance=tolerance)
        seen += apart is not None
        hidden += (apart is not None) != (record.verdict.status is Status.SEPARATED)
    assert seen > 20 and hidden == 0


@pytest.mark.parametrize("method", ["BFGS", "CG", "Nelder-Mead"])
def test_another_method_does_not_hide_separation(method):
    model, _ = limits("binary_level")
    same(fit_regression(model), fit_regression(model, method=method))


def test_an_offset_does_not_matter(limited, rng):
    model, _ = limited
    offset = rng.normal(size=(model.n_rows, model.free))
    a, b = fit_regression(model), fit_regression(replace(model, offset=offset))
    np.testing.assert_array_equal(a.sign, b.sign)
    np.testing.assert_array_equal(a.remaining, b.remaining)
    np.testing.assert_array_equal(a.separation.direction, b.separation.direction)


def test_a_constant_column_is_the_intercept_where_there_is_none(limited):
    model, _ = limited
    for place in (0, 1, len(model.names)):
        X = np.insert(model.X, place, 4.0, axis=1)
        names = (*model.names[:place], "c", *model.names[place:])
        other = fit_regression(replace(model, X=X, names=names, intercept=False))
        order = [place, *(j for j in range(X.shape[1]) if j != place)]
        a = fit_regression(model)
        np.testing.assert_array_equal(other.sign[:, order], a.sign)
        scale = np.append(4.0, np.ones(len(model.names)))
        finite = ~a.infinite
        np.testing.assert_allclose(
            (other.coef[:, order] * scale)[finite], a.coef[finite], rtol=1e-12
        )
        np.testing.assert_allclose(
            (other.std_error[:, order] * scale)[finite], a.std_error[finite], rtol=1e-12
        )
        assert other.null_log_likelihood == pytest.approx(a.null_log_likelihood, rel=1e-14)


def test_sparse_columns_give_the_same_verdict(limited):
    model, _ = limited
    held = replace(model, X=sparse.csr_array(model.X))
    same(fit_regression(model), fit_regression(held))


def test_a_ridge_leaves_only_a_class_that_never_occurs():
    model, _ = limits("binary_level")
    record = fit_regression(replace(model, ridge=0.1))
    assert record.verdict.status is Status.OPTIMUM
    assert "ridge=0.1" in " ".join(record.verdict.notes)
    model, _ = limits("softmax_levels")
    wider = replace(model, ridge=0.1, n_classes=4, responses=("B", "C", "D"))
    record, without = fit_regression(wider), fit_regression(replace(model, ridge=0.1))
    assert record.verdict.status is Status.SEPARATED
    assert record.sign.tolist() == [[0] * 4, [0] * 4, [-1, 0, 0, 0]]
    np.testing.assert_allclose(record.coef[:2], without.coef, rtol=1e-9)
    assert not record.coef[2].any()
    assert "No row with weight is of class 'D'." in record.verdict.explanation
    assert not record.remaining[:, 3].any() and record.remaining[:, :3].all()
    one = fit_regression(model_of(Bernoulli, model.X, np.ones(model.n_rows), ridge=1.0))
    assert one.sign.tolist() == [[1, 0, 0, 0]] and one.log_likelihood == 0.0
    none = fit_regression(
        model_of(Bernoulli, model.X, np.ones(model.n_rows), ridge=1.0, intercept=False)
    )
    assert none.verdict.status is Status.OPTIMUM


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_declared_class_that_never_occurs(missing):
    X, y = np.array(LIMITS["softmax_levels"]["X"])[:, 1:2], np.array(LIMITS["softmax_levels"]["y"])
    two = y != missing
    codes = y[two]
    record = fit_regression(model_of(Categorical, X[two], codes, n_classes=3))
    rest = np.array([c for c in range(3) if c != missing])
    binary = fit_regression(model_of(Bernoulli, X[two], codes == rest[1]))
    assert record.verdict.status is Status.SEPARATED
    assert not record.remaining[:, missing].any()
    assert record.log_likelihood == pytest.approx(binary.log_likelihood, rel=1e-13)
    assert record.null_log_likelihood == pytest.approx(binary.null_log_likelihood, rel=1e-13)
    named = "the reference class" if missing == 0 else f"class {'ABC'[missing]!r}"
    assert f"No row with weight is of {named}." in record.verdict.explanation
    if missing:
        kept = 2 - missing
        np.testing.assert_allclose(record.coef[kept], binary.coef[0], rtol=1e-12)
        np.testing.assert_allclose(record.std_error[kept], binary.std_error[0], rtol=1e-12)


def test_only_one_class_occurs():
    X = np.arange(5.0)[:, None]
    for value, sign, words in ((0, -1, "No row with weight"), (1, 1, "Every row with weight")):
        record = fit_regression(model_of(Bernoulli, X, np.full(5, value)))
        assert record.verdict.status is Status.SEPARATED
        assert record.log_likelihood == record.null_log_likelihood == 0.0
        assert np.isnan(record.sign[0, 1]) or record.sign[0, 0] == sign
        assert words in record.verdict.explanation
    only = fit_regression(model_of(Categorical, X, np.full(5, 1), n_classes=3))
    assert only.log_likelihood == only.null_log_likelihood == only.null_deviance == 0.0
    assert only.remaining.tolist() == [[False, True, False]] * 5


def test_intercept_only_models():
    nothing = np.zeros((6, 0))
    both = fit_regression(model_of(Bernoulli, nothing, [0, 1, 1, 0, 1, 1]))
    assert both.verdict.status is Status.OPTIMUM
    assert both.log_likelihood == both.null_log_likelihood
    one = fit_regression(model_of(Bernoulli, nothing, np.ones(6)))
    assert one.verdict.status is Status.SEPARATED and one.sign.tolist() == [[1.0]]
    assert one.separation.direction.tolist() == [[1.0]] and one.pushed.tolist() == [[40.0]]
    three = fit_regression(model_of(Categorical, nothing, [0, 1, 1, 0, 1, 1], n_classes=3))
    assert three.sign.tolist() == [[0], [-1]]
    assert three.coef[0, 0] == pytest.approx(np.log(2.0), rel=1e-14)
    none = fit_regression(model_of(Bernoulli, nothing, [0, 1, 1, 0, 1, 1], intercept=False))
    assert none.verdict.status is Status.OPTIMUM and none.coef.shape == (1, 0)
    assert none.log_likelihood == none.null_log_likelihood == pytest.approx(6 * np.log(0.5))


def test_more_columns_than_rows_are_separated_and_not_identified(rng):
    X, y = rng.normal(size=(6, 9)), np.array([0, 1, 0, 1, 1, 0])
    record = fit_regression(model_of(Bernoulli, X, y))
    assert record.verdict.status is Status.SEPARATED
    assert record.separation.kind == "complete" and record.log_likelihood == 0.0
    assert record.kept.sum() == 6 and np.isnan(record.estimates[:, record.aliased]).all()
    assert "There are 10 coefficients and 6 rows with weight." in record.verdict.explanation
    assert not record.pushed[:, record.aliased].any()


# --- predictions in the limit ---------------------------------------------------------------


def test_limiting_eta_of_the_rows_is_what_remains(separated, limited):
    for model, _ in (separated, limited):
        record = fit_regression(model)
        for X in (model.X, sparse.csr_array(model.X)):
            eta = limiting_eta(model, record, X, model.offset)
            if record.remaining.shape[1] == 2 and eta.shape[1] == 1:
                possible = np.column_stack([eta != np.inf, eta != -np.inf])
            else:
                possible = eta > -np.inf
            np.testing.assert_array_equal(possible, record.remaining)
            assert not np.isnan(eta).any()
        nll = model.family.nll(eta, model.t, 0).value - model.family.log_base(model.t)
        assert -(nll @ model.weights) == pytest.approx(record.log_likelihood, rel=1e-12)


def test_limiting_eta_is_decided_exactly():
    # The direction is zero at 0.3, and 0.1 + 0.2 is above it.
    x = np.array([0.1, 0.2, 0.3, 0.3, 0.4])[:, None]
    model = model_of(Bernoulli, x, [0, 0, 0, 1, 1])
    record = fit_regression(model)
    new = np.array([0.3, 0.1 + 0.2, np.nextafter(0.3, 0.0), 1e300, -1e300, 5e-324])[:, None]
    eta = limiting_eta(model, record, new)[:, 0]
    assert eta.tolist() == [0.0, np.inf, -np.inf, np.inf, -np.inf, -np.inf]
    counts = replace(model, family=Poisson, n_classes=None, t=np.array([[0.0], [0], [1], [2], [0]]))
    fitted = fit_regression(counts)
    assert fitted.verdict.status is Status.OPTIMUM
    np.testing.assert_array_equal(
        limiting_eta(counts, fitted, x), counts.eta(fitted.coef, fitted.coef_low)
    )


def test_limiting_eta_drops_aliased_columns():
    model, _ = limits("binary_level")
    wide = replace(
        model, X=np.column_stack([model.X, model.X[:, 0]]), names=(*model.names, "again")
    )
    a, b = fit_regression(model), fit_regression(wide)
    assert b.verdict.status is Status.SEPARATED and b.flags[0, -1] == "aliased"
    expected = limiting_eta(model, a, model.X)
    np.testing.assert_allclose(limiting_eta(wide, b, wide.X), expected, rtol=1e-13)


def test_counts_that_vanish_and_grow():
    model, _ = limits("poisson_level")
    record = fit_regression(model)
    eta = limiting_eta(model, record, np.array([[0.5, 1.0], [0.5, 0.0], [0.5, -1.0]]))[:, 0]
    assert eta[0] == -np.inf and np.isfinite(eta[1]) and eta[2] == np.inf


# --- what is said -----------------------------------------------------------------------------


def test_separation_is_explained_with_signs():
    model, _ = limits("softmax_levels")
    verdict = fit_regression(model).verdict
    for part in (
        "'x1' of every class (+inf)",
        "'x2' of 'C' (-inf)",
        "quasi",
        "ridge=",
    ):
        assert part in verdict.explanation
    table = verdict.directions
    assert list(table.columns) == ["term", "response", "direction", "sign"]
    assert len(table) == 8 and table["response"].tolist() == ["B"] * 4 + ["C"] * 4
    assert "n_parameters counts all 8" in " ".join(verdict.notes)
    model, _ = limits("poisson_level")
    verdict = fit_regression(model).verdict
    assert "every count is zero" in verdict.explanation and "'x1' (-inf)" in verdict.explanation
    assert list(verdict.directions.columns) == ["term", "direction", "sign"]
    model, _ = load("iris_setosa_sep")
    verdict = fit_regression(model).verdict
    assert "completely separated" in verdict.explanation
    assert "are infinite: all 5 (sign not determined)." in verdict.explanation


def test_strangers_names_are_escaped_and_cut():
    model, _ = limits("binary_level")
    names = ("a" * 500, "\x1b[31m", "b\n")
    wide = replace(model, names=(*names, "\x1b]c"), X=np.column_stack([model.X, model.X[:, 1]]))
    said = fit_regression(wide).verdict.explanation
    assert "\x1b" not in said and "\n" not in said and "a" * 100 not in said
    assert "\\x1b]c = \\x1b[31m" in said


def test_many_infinite_coefficients_are_counted():
    model, _ = load("wine_sep_m")
    record = fit_regression(model)
    assert "all 28 (sign not determined)" in record.verdict.explanation
    record.sign[:, ::2] = 1.0
    told = infinite_terms(model, record)
    assert told.startswith("'intercept' of every class (+inf), ") and "... (14 in all)" in told


def test_separation_can_be_refused():
    model, _ = limits("binary_level")
    said = fit_regression(model).verdict.explanation
    with pytest.raises(SeparationError) as raised:
        fit_regression(model, separation="raise")
    assert str(raised.value) == said
    vv, _ = load("iris_vv")
    assert fit_regression(vv, separation="raise").verdict.status is Status.OPTIMUM
    with pytest.raises(ValueError, match="'report' or 'raise', got 'no'"):
        fit_regression(model, separation="no")


def test_one_warning_of_the_right_class():
    model, _ = limits("binary_level")
    doubled = replace(model, X=model.X[:, [0, 2, 0]])
    cases = [
        (fit_regression(model), SeparationWarning),
        (fit_regression(doubled), CollinearityWarning),
        (fit_regression(load("iris_vv")[0], max_iter=1), ConvergenceWarning),
    ]
    for record, category in cases:
        with pytest.warns(category) as caught:
            announce(record.verdict)
        assert len(caught) == 1 and str(caught[0].message) == record.verdict.explanation
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        announce(fit_regression(load("iris_vv")[0]).verdict)


def test_a_search_that_failed_comes_first_and_gives_advice():
    model, _ = load("iris_vv")
    wide = replace(
        model, X=np.column_stack([model.X, model.X[:, 0]]), names=(*model.names, "twice")
    )
    verdict = fit_regression(wide, max_iter=1).verdict
    assert verdict.status is Status.NOT_CONVERGED
    assert "raise max_iter" in verdict.explanation and "twice = Sepal.Length" in verdict.explanation
    other = fit_regression(model, method="Nelder-Mead", max_iter=1).verdict
    assert other.status is Status.NOT_CONVERGED and "method='newton'" in other.explanation


# --- columns that are not identified ------------------------------------------------------------


def aliased(record):
    return np.flatnonzero(record.aliased).tolist()


@pytest.mark.parametrize("family", [Bernoulli, Categorical, Poisson, Gaussian])
@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_dependent_columns_are_found_in_every_family(family, form, rng):
    n = 60
    a, b = rng.normal(size=(2, n))
    X = np.column_stack([a, b, 0.1 * a + 0.2 * b, np.full(n, 3.0), np.zeros(n), a])
    y = rng.integers(0, 3 if family in (Categorical, Poisson) else 2, n)
    y = y + a if family is Gaussian else y
    columns = sparse.csr_array(X) if form == "sparse" else X
    record = fit_regression(model_of(family, columns, y, names=tuple("abcdef")))
    plain = fit_regression(model_of(family, X[:, :2], y))
    assert record.verdict.status is Status.NOT_IDENTIFIED
    assert aliased(record) == [3, 4, 5, 6]
    for relation in ("c = 0.1 a + 0.2 b", "d = 3", "e = 0", "f = a"):
        assert relation in record.verdict.explanation
    np.testing.assert_allclose(record.coef[:, :3], plain.coef, rtol=1e-9)
    np.testing.assert_allclose(record.std_error[:, :3], plain.std_error, rtol=1e-9)
    assert record.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-12)
    assert not record.coef[:, 3:].any() and np.isnan(record.estimates[:, 3:]).all()
    assert (record.flags[:, 3:] == "aliased").all() and (record.flags[:, :3] == "").all()
    table = record.verdict.directions
    assert list(table.columns) == ["aliased", "term", "coefficient"]
    assert table.values.tolist() == [
        ["c", "a", 0.1], ["c", "b", 0.2], ["d", "intercept", 3.0], ["f", "a", 1.0]
    ]  # fmt: skip


def test_rank_is_judged_on_rows_with_weight():
    X = np.array([[1.0, 2.0], [2.0, 4.0], [3.0, 6.0], [5.0, 1.0], [2.0, 4.0]])
    y = np.array([0.0, 1.0, 2.0, 5.0, 0.0])
    assert fit_regression(model_of(Poisson, X, y)).kept.all()
    record = fit_regression(model_of(Poisson, X, y, [1, 1, 1, 0, 1]))
    assert aliased(record) == [2]


def test_dummies_of_all_levels_without_and_with_an_intercept(rng):
    D = np.eye(3)[np.tile([0, 1, 2], 8)]
    y = rng.integers(0, 2, 24)
    with_one = fit_regression(model_of(Bernoulli, D, y))
    without = fit_regression(model_of(Bernoulli, D, y, intercept=False))
    assert aliased(with_one) == [3] and "x2 = -x0 - x1 + 1" in with_one.verdict.explanation
    assert aliased(without) == []
    assert with_one.log_likelihood == pytest.approx(without.log_likelihood, rel=1e-13)
    constant = np.column_stack([np.full(24, 2.0), D])
    third = fit_regression(model_of(Bernoulli, constant, y, intercept=False))
    assert aliased(third) == [3]


def test_a_ridge_identifies_every_column(rng):
    X = np.repeat(rng.normal(size=(20, 1)), 2, axis=1)
    record = fit_regression(model_of(Bernoulli, X, rng.integers(0, 2, 20), ridge=1.0))
    assert record.kept.all() and record.verdict.status is Status.OPTIMUM
    assert record.coef[0, 1] == pytest.approx(record.coef[0, 2], rel=1e-10)


# --- the boundary, notes ------------------------------------------------------------------------


def test_an_all_zero_count_response_is_on_the_boundary():
    X = np.array([[0.0], [1.0], [2.0]])
    for options in ({}, {"ridge": 1.0}, {"offset": np.ones((3, 1))}):
        record = fit_regression(model_of(Poisson, X, np.zeros(3), **options))
        assert record.verdict.status is Status.BOUNDARY
        assert record.log_likelihood == record.deviance == record.null_log_likelihood == 0.0
        assert record.sign[0, 0] == -1 and record.estimates[0, 0] == -np.inf
        assert (record.flags[record.infinite] == "boundary").all()
        assert "Every count in y is zero" in record.verdict.explanation
        assert (limiting_eta(model_of(Poisson, X, np.zeros(3)), record, X) == -np.inf).all()
    fit_regression(model_of(Poisson, X, np.zeros(3)), separation="raise")
    # Without an intercept a mean of one is the best that both signs of x allow.
    both = fit_regression(model_of(Poisson, [[-1.0], [1.0]], np.zeros(2), intercept=False))
    assert both.verdict.status is Status.OPTIMUM and both.log_likelihood == -2.0
    alias = fit_regression(model_of(Poisson, np.hstack([X, X]), np.zeros(3)))
    assert alias.verdict.status is Status.NOT_IDENTIFIED
    assert alias.flags.tolist() == [["boundary", "boundary", "aliased"]]


def test_a_linear_regression_without_residuals_is_on_the_boundary():
    x = np.arange(6.0)[:, None]
    for y, words in (
        (1.0 + 2.0 * x[:, 0], "The fit reproduces y"),
        (np.full(6, 3.0), "Every value of y is 3"),
    ):
        record = fit_regression(model_of(Gaussian, x, y))
        assert record.verdict.status is Status.BOUNDARY and words in record.verdict.explanation
    two = fit_regression(model_of(Gaussian, x[:2], [1.0, 5.0]))
    assert "as many coefficients as rows" in two.verdict.explanation
    wide = fit_regression(model_of(Gaussian, np.hstack([x, x**2, x**3])[:2], [1.0, 5.0]))
    assert wide.verdict.status is Status.NOT_IDENTIFIED and "sd is 0" in wide.verdict.explanation


def test_notes():
    X, y = np.arange(6.0)[:, None], np.array([0, 1, 0, 1, 1, 0])
    clean = fit_regression(model_of(Bernoulli, X, y, [1, 2, 1, 3, 0, 1]))
    assert clean.verdict.notes == ()
    odd = fit_regression(model_of(Bernoulli, X, y, [1, 2.5, 1, 3, 1, 1]), notes=("said before",))
    assert odd.verdict.notes[0] == "said before" and "not whole" in odd.verdict.notes[1]
    counts = fit_regression(model_of(Poisson, X, y + 0.5))
    assert "quasi-likelihood" in counts.verdict.notes[0]
    again = fit_regression(model_of(Poisson, X, y + 0.5), notes=counts.verdict.notes)
    assert again.verdict.notes == counts.verdict.notes
    # Shares of squares: an ordinary linear response needs no such note.
    assert fit_regression(model_of(Gaussian, X, y + 0.5)).verdict.notes == ()


# --- null model ---------------------------------------------------------------------------------


@pytest.mark.parametrize("constant", ["intercept", "column", "none"])
@pytest.mark.parametrize("family", ["Bernoulli", "Poisson"])
@pytest.mark.parametrize("with_offset", [False, True])
def test_null_model_is_statsmodels(constant, family, with_offset, rng):
    import statsmodels.api as sm

    n = 40
    X = rng.normal(size=(n, 2))
    offset = rng.normal(size=n) if with_offset else np.zeros(n)
    weights = rng.integers(1, 4, n).astype(float)
    y = rng.integers(0, 2 if family == "Bernoulli" else 5, n)
    own = np.column_stack([X, np.full(n, 2.0)]) if constant == "column" else X
    record = fit_regression(
        model_of(
            {"Bernoulli": Bernoulli, "Poisson": Poisson}[family], own, y, weights,
            intercept=constant == "intercept", offset=offset[:, None] if with_offset else None,
        )
    )  # fmt: skip
    kind = sm.families.Binomial() if family == "Bernoulli" else sm.families.Poisson()
    options = {"family": kind, "freq_weights": weights, "offset": offset}
    theirs = sm.GLM(y, X if constant == "none" else sm.add_constant(X), **options).fit(tol=1e-14)
    assert record.log_likelihood == pytest.approx(theirs.llf, rel=1e-12)
    assert record.deviance == pytest.approx(theirs.deviance, rel=1e-12)
    if constant == "none":
        # Their null model always has a constant; ours has none here.
        mean = kind.link.inverse(offset)
        assert record.null_deviance == pytest.approx(kind.deviance(y, mean, freq_weights=weights))
        return
    null = sm.GLM(y, np.ones(n), **options).fit(tol=1e-14)
    assert record.null_log_likelihood == pytest.approx(null.llf, rel=1e-12)
    assert record.null_deviance == pytest.approx(null.deviance, rel=1e-12)


def test_a_sparse_constant_column_is_in_the_null_model(rng):
    X, y = np.column_stack([rng.normal(size=20), np.full(20, 2.0)]), np.tile([0, 1, 1, 1], 5)
    dense, held = (
        fit_regression(model_of(Bernoulli, columns, y, intercept=False))
        for columns in (X, sparse.csr_array(X))
    )
    assert held.null_log_likelihood == dense.null_log_likelihood
    expected = 5 * np.log(0.25) + 15 * np.log(0.75)
    assert dense.null_log_likelihood == pytest.approx(expected, rel=1e-14)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_null_model_with_an_offset_and_a_class_that_never_occurs(missing, rng):
    rest = np.array([c for c in range(3) if c != missing])
    y, offset = rng.choice(rest, 30), rng.normal(size=(30, 2))
    X = np.zeros((30, 0))
    record = fit_regression(model_of(Categorical, X, y, n_classes=3, offset=offset))
    assert record.log_likelihood == pytest.approx(record.null_log_likelihood, rel=1e-13)
    padded = np.column_stack([np.zeros(30), offset])
    difference = (padded[:, rest[1]] - padded[:, rest[0]])[:, None]
    binary = fit_regression(model_of(Bernoulli, X, y == rest[1], offset=difference))
    assert record.log_likelihood == pytest.approx(binary.log_likelihood, rel=1e-13)
