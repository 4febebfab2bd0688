"""The last digits of every regression: laws first, then exact references."""

import csv
import json
import math
import warnings
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import sparse

from likelihood import Bernoulli, Categorical, Gaussian, Poisson
from likelihood.family import ExponentialFamily
from likelihood.fit import polish
from likelihood.fit.linear import linear_solution
from likelihood.fit.regression import fit_regression
from likelihood.fit.search import search
from likelihood.kernels import extended
from likelihood.linear_model import LinearModel
from likelihood.solve.minimise import SCIPY_METHODS
from tests.exponential import Exponential
from tests.test_least_squares import certified

REFERENCES = Path(__file__).parent / "references"
SETS = [
    (path.parent, path.stem.removeprefix("ml_"))
    for folder in ("logit", "separation")
    for path in sorted((REFERENCES / folder).glob("ml_*.json"))
    if "coef" in json.loads(path.read_text("utf-8"))
]
LINEAR = sorted(path.stem for path in (REFERENCES / "linear").glob("*.csv"))
NEWTON = {"method": "newton", "tolerance": 1e-8, "max_iter": 200}
RNG = np.random.default_rng(20)
ROWS = RNG.normal(size=(40, 2))
COIN = (RNG.random(40) < 1 / (1 + np.exp(-ROWS[:, 0]))).astype(float)
COUNTS = RNG.poisson(np.exp(1.0 + 0.5 * ROWS[:, 0])).astype(float)
CLASSES = RNG.integers(0, 3, 40)
WEIGHTS = RNG.integers(1, 4, 40).astype(float)


def model(family, X, t, weights=None, **options):
    weights = np.ones(len(X)) if weights is None else weights
    t = np.asarray(t)
    classes = {Bernoulli: 2, Categorical: int(t.max()) + 1}.get(family)
    return LinearModel(
        family, X, t if family is Categorical else t.astype(float)[:, None], weights,
        tuple(f"x{j}" for j in range(X.shape[1])), n_classes=classes, **options,
    )  # fmt: skip


MODELS = {
    "logistic": lambda X=ROWS, w=WEIGHTS, **o: model(Bernoulli, X, COIN, w, **o),
    "poisson": lambda X=ROWS, w=WEIGHTS, **o: model(Poisson, X, COUNTS, w, **o),
    "softmax": lambda X=ROWS, w=WEIGHTS, **o: model(Categorical, X, CLASSES, w, **o),
}
every_family = pytest.mark.parametrize("kind", MODELS)


def digits(computed, exact):
    """The least number of correct significant digits; those after the point of an exact 0."""
    least = 18.0
    for a, b in zip(np.ravel(computed).tolist(), np.ravel(exact).tolist(), strict=True):
        b = Fraction(b)
        error = abs(Fraction(a) - b) / (abs(b) or 1)
        least = min(least, -math.log10(error) if error else 18.0)
    return least


def same(a, b, *, coef=15.5, spread=14.5):
    """Two fits that should agree to the last digits."""
    assert a.refined and b.refined
    assert digits(a.coef, b.coef) > coef
    assert digits(a.std_error, b.std_error) > spread
    assert digits([a.log_likelihood], [b.log_likelihood]) > 15.0


# Laws


@every_family
def test_weights_are_repetitions_to_the_last_digit(kind):
    short = MODELS[kind]()
    long = short.with_rows(np.repeat(np.arange(40), WEIGHTS.astype(int)))
    same(search(short), search(replace(long, weights=np.ones(int(WEIGHTS.sum())))))


@every_family
def test_rows_without_weight_take_no_part(kind):
    weights = np.where(np.arange(40) % 7, WEIGHTS, 0.0)
    short = MODELS[kind](w=weights)
    same(search(short), search(short.with_rows(weights > 0)))


@every_family
def test_the_order_of_rows_is_immaterial(kind):
    given = MODELS[kind]()
    same(search(given), search(given.with_rows(np.random.default_rng(1).permutation(40))))


@every_family
def test_the_size_of_a_block_is_immaterial(kind, monkeypatch):
    whole, sizes = search(MODELS[kind]()), []

    def sevens(n, width, block=0):
        for first in range(0, n, 7):
            sizes.append(min(7, n - first))
            yield slice(first, first + sizes[-1])

    monkeypatch.setattr("likelihood.solve.centring.slices", sevens)
    same(whole, search(MODELS[kind]()))
    # The blocks were short, the last of them shorter.
    assert set(sizes) == {7, 5}


@every_family
@pytest.mark.parametrize("exponent", [-900, -40, 40, 900])
def test_columns_scaled_by_powers_of_two(kind, exponent):
    # Beyond 2**511 the covariance is not a double, while the standard errors are.
    plain, scaled = search(MODELS[kind]()), search(MODELS[kind](np.ldexp(ROWS, exponent)))
    assert scaled.refined
    np.testing.assert_array_equal(np.ldexp(scaled.coef[:, 1:], exponent), plain.coef[:, 1:])
    np.testing.assert_array_equal(
        np.ldexp(scaled.std_error[:, 1:], exponent), plain.std_error[:, 1:]
    )
    np.testing.assert_array_equal(scaled.std_error[:, 0], plain.std_error[:, 0])


@every_family
@pytest.mark.parametrize("shift", [2.0**27, -(2.0**30), 2.0**40])
def test_columns_shifted_and_scaled(kind, shift):
    # On a grid the shifted columns are exact, so that the fits are of the same rows.
    grid = np.rint(ROWS * 1024) / 1024
    plain = search(MODELS[kind](grid))
    for scale in (1.0, 2.0**40, 2.0**-40):
        moved = search(MODELS[kind]((grid + shift) * scale))
        assert moved.refined
        assert digits(moved.coef[:, 1:] * scale, plain.coef[:, 1:]) > 15.5
        assert digits(moved.std_error[:, 1:] * scale, plain.std_error[:, 1:]) > 14.5


@every_family
def test_the_intercept_far_from_the_data(kind):
    """Its exact value and variance follow from those of the fit near the data."""
    grid, shift = np.rint(ROWS * 1024) / 1024, 2.0**30
    plain, moved = search(MODELS[kind](grid)), search(MODELS[kind](grid + shift))
    k, d = plain.coef.shape
    for c in range(k):
        change = [Fraction(1), Fraction(-shift), Fraction(-shift)]
        own = [
            Fraction(a) + Fraction(b)
            for a, b in zip(plain.coef[c].tolist(), plain.coef_low[c].tolist(), strict=True)
        ]
        exact = sum(a * b for a, b in zip(change, own, strict=True))
        assert digits([moved.coef[c, 0]], [exact]) > 15.5
        C = plain.covariance[c * d : c * d + d, c * d : c * d + d].tolist()
        variance = sum(
            change[i] * change[j] * Fraction(C[i][j]) for i in range(d) for j in range(d)
        )
        # The covariance is rounded itself, and the shift cancels none of it here.
        assert digits([moved.std_error[c, 0]], [Fraction(math.sqrt(variance))]) > 13.5


def test_two_classes_of_a_softmax_are_a_logistic_regression():
    pair = search(model(Categorical, ROWS, COIN.astype(int), WEIGHTS))
    same(pair, search(MODELS["logistic"]()))


def test_the_side_that_counts_changes_signs_only():
    given = MODELS["logistic"]()
    found, other = search(given), search(replace(given, t=1.0 - given.t))
    assert digits(-other.coef, found.coef) > 15.5
    assert digits(other.std_error, found.std_error) > 14.5


@every_family
@pytest.mark.parametrize("amount", [-640.0, 640.0])
def test_an_offset_common_to_all_rows_moves_the_intercept(kind, amount):
    given = MODELS[kind]()
    plain, moved = search(given), search(replace(given, offset=np.full((40, given.free), amount)))
    assert digits(moved.coef[:, 1:], plain.coef[:, 1:]) > 15.5
    assert digits(moved.std_error, plain.std_error) > 14.5
    np.testing.assert_array_equal(moved.coef[:, 0], plain.coef[:, 0] - amount)


@every_family
def test_an_offset_of_a_column_takes_one_off_its_coefficient(kind):
    given = MODELS[kind]()
    column = np.repeat(ROWS[:, :1], given.free, axis=1)
    plain, moved = search(given), search(replace(given, offset=column))
    high = plain.coef[:, 1] - 1.0
    assert digits(moved.coef[:, 1], high) > 15.0
    assert digits(moved.coef[:, [0, 2]], plain.coef[:, [0, 2]]) > 15.5


@every_family
def test_sparse_columns_are_fitted_like_dense_ones(kind):
    holes = np.where(np.abs(ROWS) < 0.5, 0.0, ROWS)
    dense, thin = search(MODELS[kind](holes)), search(MODELS[kind](sparse.csr_array(holes)))
    assert thin.refined
    np.testing.assert_array_equal(thin.coef, dense.coef)
    np.testing.assert_array_equal(thin.covariance, dense.covariance)


@every_family
def test_large_sparse_columns_are_fitted_as_they_are(kind, monkeypatch):
    holes = np.where(np.abs(ROWS) < 0.5, 0.0, ROWS)
    dense = search(MODELS[kind](holes))
    monkeypatch.setattr("likelihood.fit.search.SMALL", 10)
    thin = search(MODELS[kind](sparse.csr_array(holes)))
    assert thin.converged and not thin.refined
    assert digits(thin.coef, dense.coef) > 12
    assert digits(thin.std_error, dense.std_error) > 12


@every_family
@pytest.mark.parametrize("method", sorted(SCIPY_METHODS))
def test_every_method_ends_at_the_same_digits(kind, method):
    given = MODELS[kind]()
    found = search(given, method=method)
    same(found, search(given))
    assert found.distance < 1e-18


@every_family
@pytest.mark.parametrize("columns", [0, 1])
def test_few_columns(kind, columns):
    found = search(MODELS[kind](ROWS[:, :columns]))
    assert found.refined and found.coef.shape[1] == columns + 1
    bare = search(MODELS[kind](ROWS[:, :columns], intercept=False))
    assert bare.converged and bare.coef.shape[1] == columns


@every_family
def test_the_intercept_alone_is_the_logarithm_of_shares(kind):
    given = MODELS[kind](ROWS[:, :0])
    found = search(given)
    t = given.t if kind == "softmax" else given.t[:, 0]
    with mpmath.workdps(40):
        if kind == "softmax":
            held = [mpmath.mpf(float(WEIGHTS[t == c].sum())) for c in range(3)]
            exact = [mpmath.log(h / held[0]) for h in held[1:]]
        else:
            total, hits = mpmath.mpf(WEIGHTS.sum()), mpmath.mpf(float(WEIGHTS @ t))
            exact = [mpmath.log(hits / (total - hits if kind == "logistic" else total))]
        assert digits(found.coef, [Fraction(str(v)) for v in exact]) > 15.5


@every_family
def test_a_constant_column_is_an_intercept(kind):
    with_column = np.column_stack([ROWS[:, 0], np.full(40, 4.0), ROWS[:, 1]])
    found = search(MODELS[kind](with_column, intercept=False))
    plain = search(MODELS[kind]())
    assert digits(found.coef[:, [1, 0, 2]] * [4.0, 1.0, 1.0], plain.coef) > 15.5
    assert digits(found.std_error[:, [1, 0, 2]] * [4.0, 1.0, 1.0], plain.std_error) > 14.5


# The limiting models of separated data


def test_classes_that_are_impossible_have_no_part_in_a_row():
    """Rows that can be in two of three classes are a logistic regression of those rows."""
    possible = np.ones((40, 3), dtype=bool)
    possible[:, 0] = False
    t = 1 + COIN.astype(int)
    free = np.array([[False] * 3, [True] * 3])
    found = search(model(Categorical, ROWS, t, WEIGHTS), possible=possible, free=free)
    own = search(MODELS["logistic"]())
    assert found.refined and not found.coef[0].any() and not found.std_error[0].any()
    assert digits(found.coef[1], own.coef[0]) > 15.5
    assert digits(found.std_error[1], own.std_error[0]) > 14.5


def test_a_row_with_one_class_left_says_nothing():
    given = MODELS["softmax"]()
    possible = np.ones((40, 3), dtype=bool)
    single = np.arange(40) % 5 == 0
    possible[single] = False
    possible[single, CLASSES[single]] = True
    same(search(given, possible=possible), search(given.with_rows(~single)))


@every_family
def test_coefficients_held_at_zero_are_columns_left_out(kind):
    given = MODELS[kind]()
    free = np.ones(given.shape, dtype=bool)
    free[:, 2] = False
    found, own = search(given, free=free), search(given.columns(np.array([True, False])))
    assert found.refined and not found.coef[:, 2].any() and not found.std_error[:, 2].any()
    assert digits(found.coef[:, :2], own.coef) > 15.5
    assert digits(found.std_error[:, :2], own.std_error) > 14.5


def test_free_coefficients_are_in_the_order_of_the_terms():
    X = np.column_stack([ROWS[:, 0], np.full(40, 4.0), ROWS[:, 1]])
    free = np.array([[True, True, False]])
    found = search(MODELS["logistic"](X, intercept=False), free=free)
    assert found.coef[0, 2] == 0.0 and found.coef[0, :2].all()


# Extremes


def reference(kind, given, start):
    """Coefficients, standard errors and log-likelihood of one coordinate, by mpmath."""
    n = given.n_rows
    rows = [
        [mpmath.mpf(1)] * given.intercept + [mpmath.mpf(float(v)) for v in row] for row in given.X
    ]
    t, w = ([mpmath.mpf(float(v)) for v in part] for part in (given.t[:, 0], given.weights))
    offset = [mpmath.mpf(0)] * n
    if given.offset is not None:
        offset = [mpmath.mpf(float(v)) for v in given.offset[:, 0]]
    d = len(rows[0])
    b = mpmath.matrix([mpmath.mpf(float(v)) for v in start])
    while True:
        gradient, hessian, total = mpmath.matrix(d, 1), mpmath.matrix(d, d), mpmath.mpf(0)
        for row, y, weight, o in zip(rows, t, w, offset, strict=True):
            eta = sum(a * v for a, v in zip(row, b, strict=True)) + o
            if kind == "logistic":
                mean = 1 / (1 + mpmath.exp(-eta))
                variance = mean * (1 - mean)
                total += weight * (y * eta - mpmath.log(1 + mpmath.exp(eta)))
            else:
                mean = variance = mpmath.exp(eta)
                total += weight * (y * eta - mean - mpmath.loggamma(y + 1))
            for i in range(d):
                gradient[i] += weight * (mean - y) * row[i]
                for j in range(d):
                    hessian[i, j] += weight * variance * row[i] * row[j]
        step = mpmath.lu_solve(hessian, gradient)
        b -= step
        if max(map(abs, step)) < mpmath.mpf(10) ** -50 * (1 + max(map(abs, b))):
            break
    spread = hessian**-1
    errors = [mpmath.sqrt(spread[i, i]) for i in range(d)]
    return [[Fraction(mpmath.nstr(v, 40)) for v in part] for part in (b, errors, [total])]


OVERLAP = np.array([-3.0, -2, -1, -1e-4, 2e-4, 1, 2, 3])[:, None]
EXTREMES = {
    "heavy": ("logistic", MODELS["logistic"](w=WEIGHTS * 1e12)),
    "uneven": ("logistic", MODELS["logistic"](w=10.0 ** (WEIGHTS * 4 - 4))),
    "heavy counts": ("poisson", MODELS["poisson"](w=WEIGHTS * 1e12)),
    "far": ("poisson", MODELS["poisson"](ROWS + 1e9)),
    "large": ("logistic", MODELS["logistic"]((ROWS + 1e9) * 1e12)),
    "small": ("logistic", MODELS["logistic"]((ROWS + 1e9) * 1e-12)),
    "nearly dependent": (
        "logistic",
        MODELS["logistic"](np.column_stack([ROWS[:, 0], ROWS[:, 0] + 1e-9 * ROWS[:, 1]])),
    ),
    "powers": (
        "poisson",
        MODELS["poisson"](np.column_stack([(ROWS[:, 0] - 6.0) ** j for j in range(1, 8)])),
    ),
    "shares": ("logistic", model(Bernoulli, ROWS, np.round(RNG.random(40), 3))),
    "steep": ("logistic", model(Bernoulli, OVERLAP, np.array([0, 0, 0, 1, 0, 1, 1, 1]))),
    "rare": (
        "logistic",
        model(
            Bernoulli, np.array([[0.0], [1], [0], [1]]), np.array([0, 0, 1, 1]),
            np.array([1e12, 3, 1, 1e12]),
        ),
    ),
    "huge counts": (
        "poisson", model(Poisson, ROWS, np.floor(np.exp(34.5 + 0.1 * ROWS[:, 0]) * 1.001)),
    ),
    "tiny means": (
        "poisson",
        model(Poisson, ROWS, np.arange(40) % 20 == 7, offset=np.full((40, 1), -300.0)),
    ),
    "three rows": ("poisson", model(Poisson, np.array([[0.0], [1], [2]]), np.array([0, 1, 5]))),
}  # fmt: skip


@pytest.mark.parametrize("name", EXTREMES)
def test_extreme_data_keep_their_digits(name):
    kind, given = EXTREMES[name]
    found = search(given)
    assert found.converged and found.refined
    with mpmath.workdps(80):
        coef, errors, value = reference(kind, given, found.coef[0])
    assert digits(found.coef, coef) > 15.0
    assert digits(found.std_error, errors) > 14.0
    assert digits([found.log_likelihood], value) > 14.5


@pytest.mark.parametrize("offset", [-700.0, 700.0])
def test_offsets_at_the_end_of_the_range(offset):
    rng = np.random.default_rng(2)
    spread = np.where(rng.random((40, 1)) < 0.5, offset, 0.0)
    given = model(Bernoulli, np.column_stack([ROWS, spread[:, 0] / 700.0]), COIN, offset=spread)
    found = search(given)
    assert found.converged and np.isfinite(found.coef).all() and np.isfinite(found.std_error).all()


def test_means_beyond_the_range_are_left_as_found():
    found = search(model(Poisson, ROWS, np.exp(690.0 + 0.1 * ROWS[:, 0])))
    assert not found.refined
    assert np.isfinite(found.coef).all() and np.isfinite(found.std_error).all()
    assert digits(found.coef[0, :2], [Fraction(690), Fraction("0.1")]) > 9
    # Here the sum of the losses is beyond the largest double.
    beyond = search(model(Poisson, ROWS, np.exp(705.0 + 0.1 * ROWS[:, 0])))
    assert not beyond.refined
    assert digits(beyond.coef[0, :2], [Fraction(705), Fraction("0.1")]) > 9


# Families


def test_a_family_without_its_own_statement_is_polished_too():
    rng = np.random.default_rng(3)
    X = rng.random((60, 1))
    t = rng.exponential(1.0 / (1.0 + X[:, 0]))
    given = model(Exponential, X, t)
    start = replace(given, offset=np.full((60, 1), -1.0), X=X - X.mean())
    found = search(start)
    eta = start.eta(found.coef, found.coef_low)
    score = (t[:, None] + 1.0 / eta).T @ np.column_stack([np.ones(60), start.X])
    assert found.converged and found.distance < 1e-12
    assert np.abs(score).max() < 1e-11


def test_a_family_of_several_coordinates_need_not_have_one(monkeypatch):
    exact = search(MODELS["softmax"]())
    monkeypatch.setattr(Categorical, "extended", ExponentialFamily.__dict__["extended"])
    found = search(MODELS["softmax"]())
    assert found.converged and not found.refined
    assert digits(found.coef, exact.coef) > 11


@pytest.mark.parametrize("limit", ["SMALL", "PAIRS"])
def test_what_is_too_large_is_not_polished(limit, monkeypatch):
    exact = search(MODELS["softmax"]())
    monkeypatch.setattr(polish, limit, 10)
    found = search(MODELS["softmax"]())
    assert not found.refined and found.converged
    # Without the pairs the coefficients are exact all the same.
    assert digits(found.coef, exact.coef) > (15.5 if limit == "PAIRS" else 11.0)
    assert digits(found.std_error, exact.std_error) > 12.0


@pytest.mark.parametrize("seed", range(3))
def test_means_in_two_parts(seed):
    rng = np.random.default_rng(seed)
    high = rng.normal(size=(50, 4)) * [1.0, 10.0, 40.0, 100.0]
    low = high * 2.0**-54 * rng.uniform(-1, 1, high.shape)
    p, q = extended.softmax_means((high, low))
    one, other = extended.logistic_means((high[:, 1], low[:, 1]))
    with mpmath.workdps(50):
        for i in range(50):
            e = [mpmath.exp(mpmath.mpf(a) + b) for a, b in zip(high[i], low[i], strict=True)]
            for j in range(4):
                rest = sum(e[m] for m in range(4) if m != j)
                for part, exact in ((p, e[j]), (q, rest)):
                    held = mpmath.mpf(part[0][i, j]) + part[1][i, j]
                    assert abs(held * sum(e) / exact - 1) < 2.0**-96
            for part, exact in ((one, e[1]), (other, mpmath.mpf(1))):
                held = mpmath.mpf(part[0][i]) + part[1][i]
                assert abs(held * (1 + e[1]) / exact - 1) < 2.0**-96


# References


def numbers(path):
    with open(path, encoding="utf-8", newline="") as file:
        return np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]])


def classes(folder, name):
    table = numbers(folder / f"{name}.csv")
    record = json.loads((folder / f"ml_{name}.json").read_text("utf-8"))
    family = Bernoulli if record["classes"] == 2 else Categorical
    return model(family, table[:, 3:], table[:, 0].astype(int), table[:, 1]), record


@pytest.mark.parametrize(("folder", "name"), SETS, ids=[name for _, name in SETS])
def test_exact_fits(folder, name):
    given, record = classes(folder, name)
    found = fit_regression(given)
    assert found.refined and found.verdict.distance < 1e-18
    assert digits(found.coef, record["coef"]) > 15.0
    assert digits(found.std_error, record["se"]) > 14.5
    assert digits([found.log_likelihood], [record["loglik"]]) > 15.0


@pytest.mark.parametrize("name", LINEAR)
def test_exact_least_squares(name):
    table = numbers(REFERENCES / "linear" / f"{name}.csv")
    record = json.loads((REFERENCES / "linear" / f"lin_{name}.json").read_text("utf-8"))
    given = model(Gaussian, table[:, 1:], table[:, 0], intercept=False)
    for method in ("newton", "BFGS"):
        found, squares = linear_solution(given, **{**NEWTON, "method": method})
        assert digits(found.coef, record["coef"]) > 14.5
        error = found.std_error * math.sqrt(squares.dispersion)
        assert digits(error, record["se"]) > 14.5
        assert digits([squares.r2], [record["r2"]]) > 14.5
        assert found.distance < 1e-20


@pytest.mark.parametrize("name", ["Filip", "Longley"])
def test_certified_least_squares(name):
    X, low, y, exact = certified(name)
    found, squares = linear_solution(model(Gaussian, X, y, low=low), **NEWTON)
    assert digits(found.coef, exact["coef"]) > 13.0
    assert digits(found.std_error * math.sqrt(squares.dispersion), exact["se"]) > 13.0


# Linear regression


TARGET = ROWS @ [1.5, -2.0] + RNG.normal(size=40)


def test_a_linear_offset_is_taken_off_without_rounding():
    y, offset = TARGET * 1e-3, np.full((40, 1), 1e9 + 0.1)
    plain = linear_solution(model(Gaussian, ROWS, y), **NEWTON)[0]
    moved = linear_solution(model(Gaussian, ROWS, y, offset=offset), **NEWTON)[0]
    assert digits(moved.coef[0, 1:], plain.coef[0, 1:]) > 15.0
    exact = Fraction(plain.coef[0, 0]) + Fraction(plain.coef_low[0, 0]) - Fraction(1e9 + 0.1)
    assert digits([moved.coef[0, 0]], [exact]) > 15.5


@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
@pytest.mark.parametrize("intercept", [True, False])
def test_a_ridge_is_its_rows(scale, intercept):
    """A ridge is least squares with a row of zero response for each slope."""
    X = ROWS + 1e6
    given = model(Gaussian, X, TARGET * scale, WEIGHTS, ridge=3.0, intercept=intercept)
    found, _ = linear_solution(given, **NEWTON)
    first = np.ones((40, 1)) if intercept else np.zeros((40, 0))
    rows = np.vstack([np.hstack([first, X]), np.eye(2, 2 + intercept, int(intercept))])
    exact, _ = linear_solution(
        model(
            Gaussian, rows, np.append(TARGET, [0.0, 0.0]), np.append(WEIGHTS, [3.0, 3.0]),
            intercept=False,
        ),
        **NEWTON,
    )  # fmt: skip
    assert found.refined and found.distance < 1e-18
    assert digits(found.coef / scale, exact.coef) > 15.0


def test_a_ridge_of_classes_is_at_its_maximum():
    for kind in MODELS:
        given = MODELS[kind](ridge=2.0)
        found = search(given)
        assert found.refined and found.distance < 1e-18
        # The covariance (H + R)**-1 H (H + R)**-1 is below the one without a penalty.
        assert (found.std_error < search(MODELS[kind]()).std_error).all()


@pytest.mark.parametrize("n", [2, 3])
def test_no_degrees_of_freedom(n):
    given = model(Gaussian, ROWS[:n], TARGET[:n])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found, squares = linear_solution(replace(given, ridge=1.0 if n < 3 else 0.0), **NEWTON)
    assert math.isnan(squares.dispersion) and np.isfinite(found.coef).all()


def test_a_response_without_spread():
    found, squares = linear_solution(model(Gaussian, ROWS, np.full(40, 0.1)), **NEWTON)
    assert found.coef[0, 0] == 0.1 and not found.coef[0, 1:].any()
    assert squares.rss == 0.0 and squares.exact and found.distance == 0.0


def test_a_linear_model_of_a_constant_is_the_mean():
    found, _ = linear_solution(model(Gaussian, ROWS[:, :0], TARGET, WEIGHTS), **NEWTON)
    total = sum(Fraction(a) * Fraction(b) for a, b in zip(TARGET, WEIGHTS, strict=True))
    assert digits(found.coef, [total / Fraction(WEIGHTS.sum())]) > 15.5


def test_tall_least_squares_know_how_far_they_are():
    rng = np.random.default_rng(4)
    X = rng.normal(size=(60_000, 18)) + 3.0
    y = X @ rng.normal(size=18) + rng.normal(size=60_000)
    given = model(Gaussian, X, y)
    found, squares = linear_solution(given, **NEWTON)
    exact = linear_solution(replace(given, low=np.zeros_like(X)), **NEWTON)[0]
    assert not found.refined and exact.refined
    off = (found.coef - exact.coef) / (exact.std_error * math.sqrt(squares.dispersion))
    assert np.abs(off).max() < found.distance < 1e-10
