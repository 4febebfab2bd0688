"""A factor of many levels: fitted level by level, to the maximum of the careful path."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import likelihood as lk
from likelihood.data import assembly
from likelihood.data.formulas import materialise
from likelihood.fit import grouped as grouped_module
from likelihood.fit import grouped_rows
from likelihood.fit.grouped import grouped_solution
from likelihood.fit.grouped_rows import grouped
from likelihood.fit.linear import grouped_linear, linear_solution
from likelihood.fit.regression import fit_regression
from likelihood.fit.search import search
from likelihood.fit.separated import limit, separate
from likelihood.linear_model import LinearModel
from likelihood.solve import passes as passes_module
from likelihood.solve.grouped_columns import grouped_columns
from likelihood.solve.separation import margin_signs

N, LEVELS, P = 3000, 20, 3
rng = np.random.default_rng(5)
GROUP = rng.permutation(np.arange(N) % LEVELS)
Z = rng.normal(size=(N, P)) * [1.0, 3.0, 0.01] + [0.0, 50.0, 1.0]
Z[:, 1] += GROUP
EFFECT = 0.5 * rng.normal(size=LEVELS)
ETA = (Z - [0.0, 50.0, 1.0]) @ [0.7, -0.1, 20.0] + 0.1 * GROUP + EFFECT[GROUP] - 1.0
RESPONSES = {
    "bernoulli": (lk.Bernoulli, (ETA + rng.logistic(size=N) > 0).astype(float)[:, None], 2),
    "poisson": (lk.Poisson, rng.poisson(np.exp(0.5 * ETA)).astype(float)[:, None], None),
    "categorical": (
        lk.Categorical,
        np.argmax(np.outer(ETA, [0.0, 1.0, -1.0]) + rng.gumbel(size=(N, 3)), axis=1),
        3,
    ),
    "gaussian": (lk.Gaussian, (ETA + rng.normal(size=N) + 100.0)[:, None], None),
}
WEIGHTS = rng.integers(0, 4, N).astype(float)


def indicators(group=GROUP, levels=LEVELS):
    return np.eye(levels)[group]


def model(kind, *, intercept=True, weights=None, order=None, shown=None, group=GROUP, **changes):
    """Return a model of levels (the first left out beside an intercept) and numbers."""
    family, t, classes = RESPONSES[kind]
    shown = (slice(1, None) if intercept else slice(None)) if shown is None else shown
    X = np.column_stack([indicators(group)[:, shown], Z])
    X = X if order is None else X[:, order]
    names = tuple(f"c{j}" for j in range(X.shape[1]))
    weights = np.ones(N) if weights is None else weights
    given = {"n_classes": classes, "intercept": intercept, **changes}
    t = given.pop("t", t)
    return LinearModel(family, sparse.csr_array(X), t, weights, names, **given)


def dense(one):
    return LinearModel(
        one.family, one.X.toarray(), one.t, one.weights, one.names, intercept=one.intercept,
        offset=one.offset, n_classes=one.n_classes,
    )  # fmt: skip


def agree(found, careful, errors=1e-6):
    assert found.converged and found.distance <= 1e-6
    np.testing.assert_array_less(
        np.abs(found.coef - careful.coef), errors * careful.std_error + 1e-300
    )
    np.testing.assert_allclose(found.std_error, careful.std_error, rtol=2e-6)
    size = careful.std_error.ravel()
    scale = np.outer(size, size)
    scale[scale == 0] = 1.0
    np.testing.assert_allclose(found.covariance / scale, careful.covariance / scale, atol=1e-5)
    assert found.log_likelihood == pytest.approx(careful.log_likelihood, rel=1e-12, abs=0)


KINDS = ("bernoulli", "poisson", "categorical")
COLUMNS = LEVELS - 1 + P
VARIANTS = {
    "plain": {},
    "weighted": {"weights": WEIGHTS},
    "all levels": {"intercept": False},
    "base without effect": {"intercept": False, "shown": slice(1, None)},
    "numbers first": {"order": np.roll(np.arange(COLUMNS), P)},
    "mixed order": {"order": np.random.default_rng(0).permutation(COLUMNS)},
    "another base": {"shown": np.arange(LEVELS) != 7},
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_levels_find_the_maximum(kind, variant):
    one = model(kind, **VARIANTS[variant])
    found, apart = grouped_solution(one)
    assert apart is None
    agree(found, search(dense(one)))


@pytest.mark.parametrize("kind", KINDS)
def test_an_offset(kind):
    k = 2 if kind == "categorical" else 1
    one = model(kind, offset=np.linspace(-1, 1, N * k).reshape(N, k))
    agree(grouped_solution(one)[0], search(dense(one)))


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("offset", [None, np.linspace(-1, 1, N)[:, None]], ids=["", "offset"])
def test_levels_solve_least_squares(variant, offset):
    one = model("gaussian", offset=offset, **VARIANTS[variant])
    found, squares = grouped_linear(one, 2)
    careful, exact = linear_solution(dense(one), method="newton", tolerance=1e-8, max_iter=100)
    np.testing.assert_allclose(found.coef, careful.coef, rtol=1e-9)
    np.testing.assert_allclose(found.std_error, careful.std_error, rtol=1e-9)
    for name in ("rss", "tss", "dispersion", "r2"):
        if one.intercept or name not in ("tss", "r2"):
            assert getattr(squares, name) == pytest.approx(getattr(exact, name), rel=1e-10, abs=0)
    assert found.log_likelihood == pytest.approx(careful.log_likelihood, rel=1e-12, abs=0)


def test_an_exact_fit_is_left_to_the_careful_path():
    one = model("gaussian")
    exact = model("gaussian", t=np.asarray(one.X @ np.ones(COLUMNS))[:, None])
    assert grouped_linear(exact, 1) is None


@pytest.mark.parametrize("kind", KINDS)
def test_weights_are_repetitions_and_the_order_of_rows_is_immaterial(kind):
    weighted = grouped_solution(model(kind, weights=WEIGHTS))[0]
    repeated = model(kind).with_rows(np.repeat(np.arange(N), WEIGHTS.astype(int)))
    agree(grouped_solution(repeated)[0], weighted, 1e-9)
    agree(grouped_solution(model(kind).with_rows(rng.permutation(N)))[0],
          grouped_solution(model(kind))[0], 1e-9)  # fmt: skip


@pytest.mark.parametrize("kind", [*KINDS, "gaussian"])
def test_blocks_and_threads_are_immaterial(kind, monkeypatch):
    def fit(threads):
        if kind == "gaussian":
            return grouped_linear(model(kind), threads)[0]
        return grouped_solution(model(kind), threads=threads)[0]

    reference = fit(1)
    monkeypatch.setattr(passes_module, "BLOCK", 1)
    monkeypatch.setattr("likelihood.solve.grouped_passes.BLOCK", 1)
    monkeypatch.setattr("likelihood.solve.grouped_passes._LEAST_ROWS", 70)
    blocked = fit(2)
    for found in (blocked, fit(1)):
        np.testing.assert_allclose(found.coef, reference.coef, rtol=1e-11)
        np.testing.assert_allclose(found.covariance, reference.covariance, rtol=1e-9, atol=1e-14)


@pytest.mark.parametrize("kind", KINDS)
def test_steps_that_are_guarded_arrive_at_the_same_place(kind, monkeypatch):
    reference = grouped_solution(model(kind))[0]
    newton = grouped_module._newton
    monkeypatch.setattr(
        grouped_module, "_newton",
        lambda data, *options, guarded=False: newton(data, *options, guarded=True),
    )  # fmt: skip
    agree(grouped_solution(model(kind))[0], reference, 1e-9)


def test_a_step_too_long_is_taken_back():
    # Far offsets: at the mean response of a level its rows are all but certain.
    offset = np.where(np.arange(N) % 2, 12.0, -12.0)[:, None]
    t = (rng.random((N, 1)) < 0.5).astype(float)
    one = model("bernoulli", offset=offset, t=t)
    agree(grouped_solution(one)[0], search(dense(one)))


@pytest.mark.parametrize("kind", [*KINDS, "gaussian"])
@pytest.mark.parametrize("intercept", [True, False])
def test_levels_alone(kind, intercept):
    one = model(kind, intercept=intercept)
    alone = one.columns(np.arange(len(one.names)) < len(one.names) - P)
    if kind == "gaussian":
        found, _ = grouped_linear(alone, 1)
        careful, _ = linear_solution(dense(alone), method="newton", tolerance=1e-8, max_iter=9)
        np.testing.assert_allclose(found.coef, careful.coef, rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(found.covariance, careful.covariance, rtol=1e-9, atol=1e-15)
    else:
        agree(grouped_solution(alone)[0], search(dense(alone)))


def test_what_is_not_reached_is_left_to_the_careful_path(monkeypatch):
    assert grouped_solution(model("poisson"), max_iter=2) is None
    assert grouped_solution(model("poisson"), tolerance=1e-30, max_iter=20) is None
    monkeypatch.setattr(grouped_module, "_HALVINGS", 0)
    assert grouped_solution(model("poisson"), tolerance=1e-30, max_iter=20) is None


# --- the structure ----------------------------------------------------------------------


def test_indicators_are_found_whatever_stands_beside_them():
    half = (rng.random(N) < 0.5).astype(float)
    X = sparse.csr_array(np.column_stack([half, indicators()[:, 1:], Z, indicators(GROUP % 3, 3)]))
    found = grouped_columns(X)
    assert found.indicators.tolist() == list(range(1, LEVELS))
    assert found.others.tolist() == [0, *range(LEVELS, LEVELS + P + 3)]
    np.testing.assert_array_equal(found.group, GROUP)
    np.testing.assert_array_equal(found.dense(X), X.toarray()[:, found.others])


def test_an_indicator_with_one_other_number_is_none():
    X = np.column_stack([indicators(), Z])
    row = int(np.flatnonzero(GROUP == 6)[3])
    X[row, 6] = 2.0
    found = grouped_columns(sparse.csr_array(X))
    assert found.others.tolist() == [6, *range(LEVELS, LEVELS + P)]


def test_many_other_columns_are_written_out_too():
    # Numbers, so many that no product with X picks them, and half of them zero.
    others = rng.normal(size=(N, 18)) * (rng.random((N, 18)) < 0.5)
    X = sparse.csr_array(np.column_stack([indicators(), others]))
    found = grouped_columns(X)
    np.testing.assert_array_equal(found.dense(X), others)


@pytest.mark.parametrize(
    "X",
    [
        Z, indicators()[:, :5], np.column_stack([2.0 * indicators(), Z]),
        np.column_stack([indicators(), rng.normal(size=(N, 90)) * (rng.random((N, 90)) < 0.02)]),
    ],
    ids=["numbers", "few", "twos", "many others"],
)  # fmt: skip
def test_other_designs_have_no_levels(X):
    assert grouped_columns(sparse.csr_array(X)) is None
    one = LinearModel(
        lk.Poisson, sparse.csr_array(X), np.ones((N, 1)), np.ones(N), tuple("x" * X.shape[1])
    )
    assert grouped_solution(one) is None


def test_columns_that_are_dependent_are_left_to_the_careful_path():
    assert grouped(model("poisson", shown=slice(None))) is None
    unused = np.where(GROUP == 4, 5, GROUP)
    assert grouped(model("poisson", group=unused)) is None
    one = model("poisson")
    constant = sparse.csr_array(sparse.hstack([one.X, sparse.csr_array(EFFECT[GROUP][:, None])]))
    twice = sparse.csr_array(sparse.hstack([one.X, one.X[:, [-1]] * 2.0 + one.X[:, [-2]]]))
    for X in (constant, twice):
        more = LinearModel(lk.Poisson, X, one.t, one.weights, (*one.names, "more"))
        assert grouped_solution(more) is None


# --- separated levels -------------------------------------------------------------------


def single(kind, levels, sign=-1.0):
    """Return responses of which some levels have one outcome only."""
    t = RESPONSES[kind][1].copy()
    for level, s in zip(levels, np.broadcast_to(sign, len(levels)), strict=True):
        t[level == GROUP] = float(s > 0)
    return t


SEPARATED = {
    "one level": ([4], -1.0, {}),
    "two levels": ([4, 11], [-1.0, 1.0], {}),
    "the base": ([0], -1.0, {}),
    "the base and levels of both signs": ([0, 3, 9, 19], [1.0, 1.0, -1.0, -1.0], {}),
    "the last level and the base": ([0, 19], [-1.0, -1.0], {}),
    "all levels shown": ([0, 7], [-1.0, 1.0], {"intercept": False}),
    "base without effect": ([0, 7], [-1.0, 1.0], {"intercept": False, "shown": slice(1, None)}),
    "weights": ([4], 1.0, {"weights": WEIGHTS}),
    "mixed order": ([0, 5], [1.0, -1.0], VARIANTS["mixed order"]),
}


@pytest.mark.parametrize("case", SEPARATED)
@pytest.mark.parametrize("kind", ["bernoulli", "poisson"])
def test_levels_of_one_outcome_are_separated_as_proven(kind, case):
    levels, sign, changes = SEPARATED[case]
    sign = -1.0 if kind == "poisson" else sign
    one = model(kind, t=single(kind, levels, sign), **changes)
    found, apart = grouped_solution(one)
    proven = separate(dense(one))
    if case == "base without effect":
        assert proven.infinite.sum() == 1
    assert apart.kind == proven.kind
    np.testing.assert_allclose(apart.direction, proven.direction, rtol=1e-12, atol=1e-12)
    for name in ("sign", "infinite", "held", "remaining", "face"):
        np.testing.assert_array_equal(getattr(apart, name), getattr(proven, name), name)
    np.testing.assert_array_equal(apart.proof.astype(float), apart.direction)
    first = np.ones((N, int(one.intercept)))
    signs = margin_signs(
        np.hstack([first, one.X.toarray()]), one.t, one.weights, apart.proof, classes=one.n_classes
    )
    assert (signs >= 0).all() and (signs > 0).any()
    # Both bases have the span of the cone.
    ours, theirs = (
        v.constancy.astype(float).reshape(len(v.constancy), -1) for v in (apart, proven)
    )
    rank = np.linalg.matrix_rank
    assert rank(ours) == rank(theirs) == rank(np.vstack([ours, theirs])) == len(ours) == len(theirs)
    assert (ours[:, apart.held.ravel()] == np.eye(len(ours))).all()
    agree(found, limit(dense(one), proven, method="newton", tolerance=1e-8, max_iter=100))


def test_what_the_search_cannot_tell_is_left_to_the_careful_path():
    # The numbers separate what the levels do not; a class that a level lacks; nothing but levels.
    t = (Z[:, :1] > 0.1).astype(float)
    assert grouped_solution(model("bernoulli", t=t)) is None
    classes = RESPONSES["categorical"][1].copy()
    classes[(GROUP == 3) & (classes == 2)] = 0
    assert grouped_solution(model("categorical", t=classes)) is None
    alone = (GROUP % 2).astype(float)[:, None]
    assert grouped_solution(model("bernoulli", t=alone)) is None


def test_shares_of_successes_are_no_single_outcome():
    t = np.where(GROUP[:, None] == 4, 0.5, RESPONSES["bernoulli"][1])
    one = model("bernoulli", t=t)
    found, apart = grouped_solution(one)
    assert apart is None
    agree(found, search(dense(one)))


# --- the whole way ----------------------------------------------------------------------


@pytest.fixture
def large(monkeypatch):
    """Take these tests' sizes for large ones."""
    monkeypatch.setattr(grouped_rows, "TALL", 1000)
    monkeypatch.setattr(assembly, "DENSE", 1000)


@pytest.mark.parametrize("kind", RESPONSES)
@pytest.mark.parametrize("shown", [slice(1, None), slice(None)], ids=["reference", "all"])
def test_the_fit_of_levels_is_that_of_the_careful_path(kind, shown, large):
    one = model(kind, shown=shown)
    careful, quick = fit_regression(dense(one)), fit_regression(one, threads=2)
    assert careful.refined and not quick.refined
    assert quick.verdict.status is careful.verdict.status
    told = [[r.text(one.names) for r in v.relations] for v in (quick, careful)]
    assert told[0] == told[1]
    np.testing.assert_allclose(quick.coef, careful.coef, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(quick.std_error, careful.std_error, rtol=2e-6)
    for name in ("log_likelihood", "null_log_likelihood", "deviance", "null_deviance"):
        assert getattr(quick, name) == pytest.approx(getattr(careful, name), rel=1e-10, abs=0)


@pytest.mark.parametrize("case", ["one level", "the base and levels of both signs"])
def test_the_record_of_separated_levels(case, large):
    levels, sign, changes = SEPARATED[case]
    one = model("bernoulli", t=single("bernoulli", levels, sign), **changes)
    careful, quick = fit_regression(dense(one)), fit_regression(one)
    assert quick.verdict.status is careful.verdict.status is lk.Status.SEPARATED
    assert quick.verdict.explanation == careful.verdict.explanation
    np.testing.assert_allclose(quick.pushed, careful.pushed, rtol=1e-6, atol=1e-6)
    np.testing.assert_allclose(quick.std_error, careful.std_error, rtol=2e-6)
    for name in ("log_likelihood", "null_log_likelihood", "deviance", "null_deviance"):
        assert getattr(quick, name) == pytest.approx(getattr(careful, name), rel=1e-10, abs=0)
    with pytest.raises(lk.SeparationError):
        fit_regression(one, separation="raise")


# --- formulas ---------------------------------------------------------------------------

TABLE = pd.DataFrame({
    "y": RESPONSES["bernoulli"][1][:, 0], "g": [f"l{v:02}" for v in GROUP], "h": GROUP % 3,
    "x": Z[:, 0], "z": Z[:, 1],
})  # fmt: skip


@pytest.mark.parametrize(
    "formula",
    [
        "y ~ g + x + z", "y ~ 0 + x + g", "y ~ g*x", "y ~ g:C(h)", "y ~ poly(x, 2):g + z",
        "y ~ g:poly(x, 2)", "y ~ g:x:z", "y ~ x:g:C(h) + I(x**2)", "y ~ C(g, 'l07') + C(h) + x",
    ],
)  # fmt: skip
def test_a_sparse_design_has_the_names_and_numbers_of_the_dense_one(formula, monkeypatch):
    whole = materialise(formula, TABLE)
    monkeypatch.setattr(assembly, "DENSE", 1000)
    found = materialise(formula, TABLE)
    assert sparse.issparse(found.values) and found.values.has_canonical_format
    assert found.low is None
    assert found.names == whole.names and found.intercept == whole.intercept
    np.testing.assert_array_equal(found.values.toarray(), whole.values)
    again = found.spec.apply(TABLE)
    np.testing.assert_array_equal(again.values.toarray(), whole.values)
    assert isinstance(found.spec.apply(TABLE.iloc[:3]).values, np.ndarray)


def test_a_design_of_few_zeros_stays_dense(monkeypatch):
    monkeypatch.setattr(assembly, "DENSE", 1000)
    assert isinstance(materialise("y ~ C(h) + x + z", TABLE).values, np.ndarray)


def test_a_sparse_product_that_overflows_is_refused(monkeypatch):
    table = TABLE.assign(x=np.where(np.arange(N) == 77, 1e200, 1.0))
    monkeypatch.setattr(assembly, "DENSE", 1000)
    with pytest.raises(lk.DataError, match="x:z:g overflows at row 77"):
        materialise("y ~ x:z:g", table.assign(z=table.x))


def test_a_sparse_design_is_bounded_by_what_is_stored(monkeypatch):
    monkeypatch.setattr(assembly, "DENSE", 1000)
    monkeypatch.setattr(assembly, "MOST_NUMBERS", 3 * N)
    materialise("y ~ g + x", TABLE)
    with pytest.raises(lk.FormulaError, match="cross fewer levels"):
        materialise("y ~ g*x + z", TABLE)


def test_a_fit_by_formula_predicts_what_the_dense_one_does(monkeypatch):
    careful = lk.LogisticRegression.from_formula("y ~ g + x + z", TABLE)
    monkeypatch.setattr(grouped_rows, "TALL", 1000)
    monkeypatch.setattr(assembly, "DENSE", 1000)
    quick = lk.LogisticRegression.from_formula("y ~ g + x + z", TABLE)
    assert sparse.issparse(quick.result_.rows.X)
    np.testing.assert_allclose(quick.coef_, careful.coef_, rtol=1e-6, atol=1e-9)
    for rows in (TABLE, TABLE.iloc[:5]):
        np.testing.assert_allclose(
            quick.predict_proba(rows), careful.predict_proba(rows), rtol=1e-6
        )
    for name in ("tidy", "glance"):
        ours, theirs = getattr(quick, name)(), getattr(careful, name)()
        assert list(ours.columns) == list(theirs.columns) and len(ours) == len(theirs)
    np.testing.assert_allclose(quick.tidy()["p_value"], careful.tidy()["p_value"], atol=1e-6)
    assert len(quick.augment()) == N
    assert "Optimum" in str(quick.summary())


def test_the_columns_of_a_fit_may_be_a_users_own(large):
    X = sparse.csr_matrix(model("poisson").X)
    fit = lk.PoissonRegression().fit(X, RESPONSES["poisson"][1][:, 0])
    assert fit.result_.verdict.status is lk.Status.OPTIMUM
    assert fit.result_.record.iterations < 12
