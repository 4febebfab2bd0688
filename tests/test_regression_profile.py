"""Profile-likelihood intervals and curves, and where Wald's statistic is not to be trusted."""

import json
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import statsmodels.api as sm

from likelihood import Bernoulli, Categorical, Gaussian, Poisson, Status
from likelihood.fit.regression import fit_regression
from likelihood.inference.hauck_donner import wald_slope, wald_unreliable
from likelihood.inference.profile import Profile, rising_root, towards_infinity
from likelihood.inference.profile_intervals import profile_curve, profile_intervals
from likelihood.inference.quantiles import chi2_quantile
from likelihood.inference.restricted_fit import maximum
from likelihood.inference.restriction_tests import restriction_test
from likelihood.linear_model import LinearModel
from likelihood.objective import LinearObjective

FOLDER = Path(__file__).parent / "references" / "logit"
CUT = float(chi2_quantile(0.05, 1.0))

rng = np.random.default_rng(20260917)
N = 60
X = (
    np.round(64 * rng.normal(size=(N, 3)) @ [[1.0, 0.4, 0.0], [0.0, 1.0, 0.2], [0.0, 0.0, 1.0]])
    / 64
)
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


def model_of(kind, X=X, t=None, weights=None, **options):
    t = RESPONSES[kind] if t is None else t
    weights = np.ones(X.shape[0]) if weights is None else weights
    return LinearModel(
        FAMILIES[kind], X, t, weights, tuple(f"x{j}" for j in range(X.shape[1])),
        n_classes=CLASSES.get(kind), responses=("b", "c") if kind == "softmax" else (), **options,
    )  # fmt: skip


def intervals(model, level=0.95):
    return profile_intervals(model, fit_regression(model), level)


def reference(name):
    table = np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)
    ends = json.loads((FOLDER / f"profile_{name}.json").read_text())["intervals"]
    model = model_of("logistic", table[:, 3:], table[:, [0]], table[:, 1])
    return model, np.array([[float(end["lower"]), float(end["upper"])] for end in ends])


def without(model, j, value):
    """Return the model of one column fewer, the coefficient of that one held at a value."""
    if j == 0:
        return replace(model, intercept=False, offset=np.full((model.n_rows, 1), value))
    kept = np.arange(len(model.names)) != j - 1
    return replace(model.columns(kept), offset=value * model.X[:, [j - 1]])


def quasi(kind="logistic"):
    """Return a model whose second column is separated while the first is not."""
    x = np.array([1.0, 2, 3, 4, 5, 6, 7, 8, 2, 4, 6])
    group = np.array([0.0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1])
    t = np.array([0.0, 1, 0, 0, 1, 0, 1, 1, 1, 1, 1])
    if kind == "poisson":
        t = np.where(group == 1, 0.0, x)
    return model_of(kind, np.column_stack([x, group]), t[:, None])


@pytest.fixture(params=FAMILIES)
def family(request):
    return request.param


# --- intervals -------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["nodal", "menarche"])
def test_intervals_have_the_reference_digits(name):
    model, expected = reference(name)
    np.testing.assert_allclose(intervals(model)[0], expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("name", ["nodal", "menarche"])
def test_the_safe_search_has_them_too(name, monkeypatch):
    monkeypatch.setattr(Profile, "_quick", lambda self, side, cut: None)
    model, expected = reference(name)
    np.testing.assert_allclose(intervals(model)[0], expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("level", [0.5, 0.95, 0.9999])
@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_at_its_ends_a_refit_is_the_cut_off_below(kind, level):
    model = model_of(kind)
    record = fit_regression(model)
    cut = float(chi2_quantile(1.0 - level, 1.0))
    for j, ends in enumerate(profile_intervals(model, record, level)[0]):
        for end in ends:
            fell = record.log_likelihood - fit_regression(without(model, j, end)).log_likelihood
            assert 2.0 * fell == pytest.approx(cut, rel=0, abs=1e-10)


def test_the_likelihood_ratio_at_an_end_is_the_cut_off(family):
    model = model_of(family)
    record = fit_regression(model)
    ends = profile_intervals(model, record, 0.95)
    for place in range(record.coef.size):
        row = np.eye(record.coef.size)[place]
        for end in ends.reshape(-1, 2)[place]:
            test = restriction_test(model, record, (row, end), terms=model.terms)
            assert test.statistic == pytest.approx(CUT, rel=1e-10, abs=0)


def test_weights_are_repetitions(family):
    twice = np.repeat(np.arange(N), WEIGHTS.astype(int))
    a = intervals(model_of(family, weights=WEIGHTS))
    b = intervals(model_of(family, X[twice], RESPONSES[family][twice]))
    np.testing.assert_allclose(a, b, rtol=1e-10)


def test_rows_of_no_weight_are_not_there(family):
    weights = np.where(np.arange(N) < 6, 0.0, WEIGHTS)
    a = intervals(model_of(family, weights=weights))
    b = intervals(model_of(family, X[6:], RESPONSES[family][6:], WEIGHTS[6:]))
    np.testing.assert_allclose(a, b, rtol=1e-12)


def test_units_and_offsets_of_columns(family):
    powers = np.array([0, -40, 40])
    moved = np.ldexp(X, powers) + np.array([2.0**30, 0.0, 0.0])
    a, b = intervals(model_of(family)), intervals(model_of(family, moved))
    np.testing.assert_allclose(a[:, 1:], np.ldexp(b[:, 1:], powers[:, None]), rtol=1e-9)
    # The intercept at x0 = 0 is a billion away from the data: its interval is that of the slope.
    np.testing.assert_allclose(b[:, 0, ::-1] / -(2.0**30), b[:, 1], rtol=1e-6)


def test_softmax_with_two_classes_is_logistic():
    t = RESPONSES["logistic"][:, 0].astype(int)
    two = replace(model_of("softmax", t=t), n_classes=2, responses=("yes",))
    np.testing.assert_allclose(intervals(two), intervals(model_of("logistic")), rtol=1e-12)


def test_aliased_columns_have_none():
    wide = np.column_stack([X, X[:, 0] - X[:, 1]])
    found = intervals(model_of("logistic", wide))
    assert np.isnan(found[0, 4]).all()
    np.testing.assert_allclose(found[0, :4], intervals(model_of("logistic"))[0], rtol=1e-12)
    linear = intervals(model_of("linear", wide))
    assert np.isnan(linear[0, 4]).all() and np.isfinite(linear[0, :4]).all()


def test_a_wider_level_has_a_wider_interval(family):
    model = model_of(family)
    narrow, wide = intervals(model, 0.5), intervals(model, 0.99)
    coef = fit_regression(model).coef
    assert (wide[..., 0] < narrow[..., 0]).all() and (narrow[..., 0] < coef).all()
    assert (coef < narrow[..., 1]).all() and (narrow[..., 1] < wide[..., 1]).all()


def test_linear_intervals_by_refits():
    model = model_of("linear", weights=WEIGHTS)
    record = fit_regression(model)
    for j, ends in enumerate(profile_intervals(model, record, 0.95)[0]):
        for end in ends:
            refit = fit_regression(without(model, j, end))
            fell = WEIGHTS.sum() * np.log(refit.deviance / record.deviance)
            assert fell == pytest.approx(CUT, rel=1e-10, abs=0)


def test_linear_intervals_without_residuals():
    x = np.arange(10.0)[:, None]
    exact = intervals(model_of("linear", x, 2.0 * x + 1.0))
    np.testing.assert_array_equal(exact[0], [[1.0, 1.0], [2.0, 2.0]])
    # Two points and two coefficients: nothing is known.
    two = intervals(model_of("linear", x[:2], np.array([[1.0], [5.0]])))
    np.testing.assert_array_equal(two, np.broadcast_to([-np.inf, np.inf], (1, 2, 2)))


# --- separated data ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["logistic", "poisson"])
def test_an_infinite_coefficient_has_one_bound(kind):
    model = quasi(kind)
    record = fit_regression(model)
    assert record.verdict.status is Status.SEPARATED
    assert record.infinite.tolist() == [[False, False, True]]
    ends = profile_intervals(model, record, 0.95)[0]
    side = int(record.sign[0, 2] < 0)
    assert ends[2, 1 - side] == record.sign[0, 2] * np.inf
    at = fit_regression(without(model, 2, ends[2, side]))
    fell = 2.0 * (record.log_likelihood - at.log_likelihood)
    assert fell == pytest.approx(CUT, rel=0, abs=1e-10)
    # The others are those of the limiting model: the rows without the group.
    face = model.with_rows(model.X[:, 1] == 0).columns(np.array([True, False]))
    np.testing.assert_allclose(ends[:2], intervals(face)[0], rtol=1e-12)


def test_complete_separation_by_one_column():
    x = np.array([1.0, 2.0, 3.0, 4.5, 5.0, 7.0])[:, None]
    model = model_of("logistic", x, (x > 4).astype(float))
    record = fit_regression(model)
    ends = profile_intervals(model, record, 0.95)[0]
    assert ends[0, 0] == -np.inf and ends[1, 1] == np.inf
    for j, end in ((0, ends[0, 1]), (1, ends[1, 0])):
        at = fit_regression(without(model, j, end)).log_likelihood
        assert -2.0 * at == pytest.approx(CUT, rel=0, abs=1e-10)
    # In other units it is the same bound.
    far = model_of("logistic", 2.0**-30 * x + 2.0**10, (x > 4).astype(float))
    moved = intervals(far)[0]
    assert moved[1, 0] * 2.0**-30 == pytest.approx(ends[1, 0], rel=1e-9, abs=0)


def test_either_sign_has_no_bound():
    x = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    both = np.column_stack([x, x + np.tile([0.0, 0.25], 3)])
    model = model_of("logistic", both, (x > 3).astype(float)[:, None])
    record = fit_regression(model)
    assert np.isnan(record.sign[0, 1:]).all()
    np.testing.assert_array_equal(
        profile_intervals(model, record, 0.95)[0, 1:], [[-np.inf, np.inf]] * 2
    )


def test_a_softmax_that_is_separated_for_one_class():
    # Class c only occurs where the group is 1, where b does not.
    group = np.repeat([0.0, 0.0, 1.0], 8)
    x = np.tile(np.arange(8.0), 3)
    t = np.where(group == 1, np.tile([0, 2], 12), np.tile([0, 1, 1, 0, 1, 0, 0, 1], 3))
    model = model_of("softmax", np.column_stack([x, group]), t)
    record = fit_regression(model)
    assert record.verdict.status is Status.SEPARATED
    ends = profile_intervals(model, record, 0.95)
    finite = ~record.infinite
    assert np.isfinite(ends[finite]).all() and finite.any()
    for i, j in np.argwhere(record.infinite & ~np.isnan(record.sign)):
        side = int(record.sign[i, j] < 0)
        assert ends[i, j, 1 - side] == record.sign[i, j] * np.inf
        row = np.zeros(record.coef.shape)
        row[i, j] = 1.0
        test = restriction_test(model, record, (row.ravel(), ends[i, j, side]), terms=model.terms)
        assert test.statistic == pytest.approx(CUT, rel=1e-9, abs=0)


def test_counts_that_are_all_zero():
    model = model_of("poisson", np.zeros((5, 0)), np.zeros((5, 1)))
    # exp(b) = 1.92 / 5 at the bound.
    found = intervals(model)[0, 0]
    assert found[0] == -np.inf
    assert found[1] == pytest.approx(np.log(0.5 * CUT / 5), rel=1e-11, abs=0)


def test_nearly_separated_data_have_far_ends():
    # One row in the wrong place, by next to nothing.
    x = np.array([0.0, 1, 2, 3, 4.001, 4, 5, 6, 7, 8])[:, None]
    t = np.array([0.0, 0, 0, 0, 0, 1, 1, 1, 1, 1])[:, None]
    model = model_of("logistic", x, t)
    record = fit_regression(model)
    assert record.verdict.status is Status.OPTIMUM
    low, high = profile_intervals(model, record, 0.95)[0, 1]
    assert 0 < low < 5 and high > 500
    for end in (low, high):
        fell = record.log_likelihood - fit_regression(without(model, 1, end)).log_likelihood
        assert 2.0 * fell == pytest.approx(CUT, rel=0, abs=1e-10)


# --- refusals ----------------------------------------------------------------------------------


def test_what_has_no_profile():
    model = model_of("logistic")
    failed = fit_regression(model, max_iter=1)
    assert np.isnan(profile_intervals(model, failed, 0.95)).all()
    with pytest.raises(ValueError, match="the maximum was not found"):
        profile_curve(model, failed, 0, 1)
    with pytest.raises(ValueError, match="level must be a coverage between 0 and 1"):
        intervals(model, 95)
    with pytest.raises(ValueError, match=r"a fit with ridge=1\.0 is not at a maximum"):
        intervals(model_of("logistic", ridge=1.0))
    wide = model_of("logistic", np.column_stack([X, X[:, 0]]))
    with pytest.raises(ValueError, match="term 4 is aliased"):
        profile_curve(wide, fit_regression(wide), 0, 4)
    line = np.arange(6.0)
    both = model_of("logistic", np.column_stack([line, line**2]), (line > 2).astype(float)[:, None])
    with pytest.raises(ValueError, match="may be infinite with either sign"):
        profile_curve(both, fit_regression(both), 0, 2)
    exact = model_of("linear", line[:, None], line[:, None])
    with pytest.raises(ValueError, match="there are no residuals"):
        profile_curve(exact, fit_regression(exact), 0, 1)
    with pytest.raises(ValueError, match="only separated data have infinite"):
        towards_infinity(maximum(model, fit_regression(model)), fit_regression(model), (0, 1), 1)


# --- curves ------------------------------------------------------------------------------------


def test_a_curve_touches_the_maximum_and_the_ends(family):
    model = model_of(family)
    record = fit_regression(model)
    i, j = record.coef.shape[0] - 1, 1
    low, high = profile_intervals(model, record, 0.95)[i, j]
    values, heights = profile_curve(model, record, i, j, [low, record.coef[i, j], high])
    np.testing.assert_array_equal(values, [low, record.coef[i, j], high])
    expected = record.log_likelihood - np.array([0.5 * CUT, 0.0, 0.5 * CUT])
    np.testing.assert_allclose(heights, expected, rtol=0, atol=1e-10)
    values, heights = profile_curve(model, record, i, j, 21)
    assert len(values) == 21 and (np.diff(values) > 0).all()
    assert (np.diff(heights[values < record.coef[i, j]]) > 0).all()
    np.testing.assert_allclose(
        values[[0, -1]], profile_intervals(model, record, 0.99)[i, j], rtol=1e-10
    )


def test_a_curve_of_an_infinite_coefficient_rises_to_the_supremum():
    model = quasi()
    record = fit_regression(model)
    values, heights = profile_curve(model, record, 0, 2, 15)
    assert np.isfinite(values).all() and (np.diff(heights) > 0).all()
    cut = float(chi2_quantile(0.01, 1.0))
    assert record.log_likelihood - heights[0] == pytest.approx(0.5 * cut, rel=1e-9)
    assert record.log_likelihood - heights[-1] == pytest.approx(1e-3, rel=1e-6)


def test_a_root_far_from_the_start():
    # exp(s) = 2 from both sides, a parabola from a start too near 0, and a loss that ends below.
    for start in (-30.0, 4.0):
        root = rising_root(lambda s: (np.exp(s), np.exp(s)), 2.0, start, low=-np.inf)
        assert root == pytest.approx(np.log(2.0), rel=1e-11, abs=0)
    assert rising_root(lambda s: (s * s, 2 * s), 2.0, 1e-6, low=0.0) == pytest.approx(np.sqrt(2.0))
    assert rising_root(lambda s: (1.0 - np.exp(-s), 0.0), 2.0, 1.0, low=0.0) == np.inf


# --- Hauck and Donner --------------------------------------------------------------------------


def differences(model, record):
    """Return the slopes of b / sqrt(v) in b, in units of 1 / sqrt(v), by central differences."""
    ones = np.ones((model.n_rows, 1))
    objective = LinearObjective(
        model.family, np.hstack([ones, model.X]), model.t, model.weights, offset=model.offset
    )

    def variance(theta, j):
        return np.linalg.inv(objective.evaluate(theta, 2).hessian)[j, j]

    theta, slopes = record.coef.ravel(), np.empty(record.coef.size)
    for j in range(theta.size):
        unit = np.sqrt(variance(theta, j))
        step = 1e-3 * unit * np.eye(theta.size)[j]
        z = [(theta + m * step)[j] / np.sqrt(variance(theta + m * step, j)) for m in (-2, -1, 1, 2)]
        slopes[j] = (8 * (z[2] - z[1]) - (z[3] - z[0])) / 12e-3
    return slopes.reshape(record.coef.shape)


@pytest.mark.parametrize("kind", ["logistic", "softmax", "poisson"])
def test_the_slope_of_walds_statistic_by_differences(kind):
    offset = np.repeat(0.1 * X[:, [0]], 2 if kind == "softmax" else 1, axis=1)
    model = model_of(kind, weights=WEIGHTS, offset=offset)
    record = fit_regression(model)
    np.testing.assert_allclose(
        wald_slope(model, record), differences(model, record), rtol=1e-7, atol=1e-9
    )


def test_the_tipping_point_of_two_groups():
    # 25 of 100 beside r of 100: Wald's statistic falls again beyond some r.
    def fit(r):
        w = np.array([75.0, 25.0, 100.0 - r, r])
        return model_of(
            "logistic", np.array([[0.0], [0], [1], [1]]), np.array([[0.0], [1], [0], [1]]), w
        )  # noqa: E501

    doubtful, z = [], []
    for r in range(30, 100):
        model = fit(float(r))
        record = fit_regression(model)
        doubtful.append(bool(wald_unreliable(model, record)[0, 1]))
        z.append(float(record.coef[0, 1] / record.std_error[0, 1]))
    tip = int(np.argmax(z))
    assert 30 < 30 + tip < 98
    # Where the statistic falls from one r to the next it is doubted, and not before.
    assert doubtful == [position >= doubtful.index(True) for position in range(len(doubtful))]
    assert abs(doubtful.index(True) - tip) <= 1


def test_what_is_never_doubted():
    linear = model_of("linear")
    assert not wald_unreliable(linear, fit_regression(linear)).any()
    ridged = model_of("logistic", ridge=1.0)
    assert not wald_unreliable(ridged, fit_regression(ridged)).any()
    x = np.arange(6.0)[:, None]
    complete = model_of("logistic", x, (x > 2).astype(float))
    assert not wald_unreliable(complete, fit_regression(complete)).any()
    model = quasi()
    assert not wald_unreliable(model, fit_regression(model))[0, 2]
    failed = fit_regression(model_of("logistic"), max_iter=1)
    assert not wald_unreliable(model_of("logistic"), failed).any()


def test_finite_coefficients_are_doubted_as_in_the_limiting_model():
    model = quasi()
    face = model.with_rows(model.X[:, 1] == 0).columns(np.array([True, False]))
    np.testing.assert_allclose(
        wald_slope(model, fit_regression(model))[0, :2],
        wald_slope(face, fit_regression(face))[0], rtol=1e-9,
    )  # fmt: skip


def test_aliased_and_sparse_columns():
    from scipy import sparse

    wide = model_of("logistic", np.column_stack([X, X[:, 0]]))
    found = wald_unreliable(wide, fit_regression(wide))
    assert found.shape == (1, 5) and not found[0, 4]
    thin = np.where(np.abs(X) > 0.7, X, 0.0)
    a, b = model_of("logistic", thin), model_of("logistic", sparse.csr_array(thin))
    np.testing.assert_allclose(
        wald_slope(a, fit_regression(a)), wald_slope(b, fit_regression(b)), rtol=1e-9
    )
    np.testing.assert_allclose(intervals(a), intervals(b), rtol=1e-9)


def test_nodal_is_quick():
    model, _ = reference("nodal")
    record = fit_regression(model)
    profile_intervals(model, record, 0.95)
    start = time.perf_counter()
    for _ in range(3):
        profile_intervals(model, record, 0.95)
    # 25 ms on one core; the bound only notices a search that has lost its way.
    assert (time.perf_counter() - start) / 3 < 0.5


def test_intervals_agree_with_the_wald_ones_of_many_rows():
    many = np.tile(X, (400, 1))
    t = np.tile(RESPONSES["logistic"], (400, 1))
    model = model_of("logistic", many, t)
    theirs = sm.GLM(t[:, 0], sm.add_constant(many), family=sm.families.Binomial()).fit()
    half = np.diff(theirs.conf_int(), axis=1)[:, 0]
    found = intervals(model)[0]
    assert (np.abs(found - theirs.conf_int()) < 0.01 * half[:, None]).all()
