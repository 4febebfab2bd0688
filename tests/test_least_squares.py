"""Least squares: exact references, certified values, laws, rational arithmetic, a referee."""

import csv
import json
import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from likelihood.errors import DataError
from likelihood.kernels import extended
from likelihood.solve import least_squares as module
from likelihood.solve.least_squares import gram, least_squares, refined
from likelihood.solve.refinement import factorise, whitened

REFERENCES = Path(__file__).parent / "references"
LINEAR = sorted(path.stem for path in (REFERENCES / "linear").glob("*.csv"))
#: Digits against the exact solution of the doubles given, and against certified values, which
#: have 15 digits themselves and decimals, not doubles, for data.
EXACT, CERTIFIED = 14.5, 13.0
#: Powers of the predictor (0: several predictors, as they are), and whether there is an intercept.
NIST = {
    "Filip": (10, True), "Longley": (0, True), "NoInt1": (1, False), "Norris": (1, True),
    "Pontius": (2, True), "Wampler1": (5, True), "Wampler4": (5, True),
}  # fmt: skip


# Exact arithmetic


def digits(computed, exact):
    """Correct significant digits, 17 where all are; of an exact 0 those after the point."""
    error = abs(Fraction(float(computed)) - exact)
    if error == 0:
        return 17.0
    return -math.log10(error / abs(exact)) if exact else -math.log10(error)


def least_digits(computed, exact):
    assert len(computed) == len(exact)
    return min(map(digits, computed, exact))


def eliminated(A, B):
    """The rational solution of A Z = B."""
    rows = [[*a, *b] for a, b in zip(A, B, strict=True)]
    for i in range(len(rows)):
        pivot = next(r for r in range(i, len(rows)) if rows[r][i])
        rows[i], rows[pivot] = rows[pivot], rows[i]
        for r in range(len(rows)):
            if r != i and rows[r][i]:
                share = rows[r][i] / rows[i][i]
                rows[r] = [a - share * b for a, b in zip(rows[r], rows[i], strict=True)]
    return [[value / row[i] for value in row[len(rows) :]] for i, row in enumerate(rows)]


class Rational:
    """The least-squares solution of the doubles given, in rational numbers."""

    def __init__(self, X, y, weights=None, *, intercept=True, low=None):
        low = np.zeros_like(X) if low is None else low
        w = [Fraction(float(v)) for v in (np.ones(len(y)) if weights is None else weights)]
        one = [Fraction(1)] if intercept else []
        self.A = [
            one + [Fraction(float(a)) + Fraction(float(b)) for a, b in zip(*pair, strict=True)]
            for pair in zip(X, low, strict=True)
        ]
        y = [Fraction(float(v)) for v in y]
        d = range(len(self.A[0]))
        self.gram = [
            [sum(v * a[j] * a[k] for a, v in zip(self.A, w, strict=True)) for k in d] for j in d
        ]
        moment = [sum(v * a[j] * t for a, t, v in zip(self.A, y, w, strict=True)) for j in d]
        right = [[moment[j], *(Fraction(int(j == k)) for k in d)] for j in d]
        solved = eliminated(self.gram, right)
        self.coef = [row[0] for row in solved]
        self.inverse = [row[1:] for row in solved]
        residuals = [
            t - sum(b * v for b, v in zip(self.coef, a, strict=True))
            for a, t in zip(self.A, y, strict=True)
        ]
        self.rss = sum(v * r * r for v, r in zip(w, residuals, strict=True))
        mean = sum(v * t for v, t in zip(w, y, strict=True)) / sum(w) if intercept else 0
        self.tss = sum(v * (t - mean) ** 2 for v, t in zip(w, y, strict=True))
        self.df = sum(w) - len(d)

    def leverages(self):
        d = range(len(self.coef))
        return [sum(a[j] * self.inverse[j][k] * a[k] for j in d for k in d) for a in self.A]

    def digits(self, fit):
        """The least digits of a fit: coefficients, squared standard errors, sums, R squared."""
        variance = self.rss / self.df
        own = [variance * self.inverse[j][j] for j in range(len(self.coef))]
        return min(
            least_digits(coefficients(fit, len(self.coef)), self.coef),
            # The root of a sum of squares: half the relative error of the square.
            least_digits([Fraction(s) ** 2 for s in fit.std_error.tolist()], own) + math.log10(2),
            digits(Fraction(fit.resid_sd) ** 2, variance) + math.log10(2),
            digits(fit.rss, self.rss),
            digits(fit.tss, self.tss),
            digits(fit.r2, 1 - self.rss / self.tss),
        )


def coefficients(fit, d):
    return list(fit.coef) if len(fit.coef) == d else [fit.intercept, *fit.coef]


# References


def reference(name):
    with open(REFERENCES / "linear" / f"{name}.csv", encoding="utf-8", newline="") as file:
        table = np.array([[float(cell) for cell in row] for row in list(csv.reader(file))[1:]])
    record = json.loads((REFERENCES / "linear" / f"lin_{name}.json").read_text("utf-8"))
    exact = {
        key: [Fraction(v) for v in value] if isinstance(value, list) else Fraction(value)
        for key, value in record.items()
        if key in ("coef", "se", "resid_sd", "r2", "rss")
    }
    return table[:, 1:], table[:, 0], exact


def certified(name):
    """Data and certified values of a NIST file; powers of the predictor in two parts."""
    lines = (REFERENCES / "nist" / f"{name}.dat").read_text("utf-8").splitlines()
    words = [line.split() for line in lines[30:60]]
    own = [w for w in words if w and w[0][0] == "B" and w[0][1:].isdigit()]
    exact = {
        "coef": [Fraction(w[1]) for w in own],
        "se": [Fraction(w[2]) for w in own],
        "resid_sd": next(Fraction(w[2]) for w in words if w[:1] == ["Standard"] and len(w) == 3),
        "r2": next(Fraction(w[1]) for w in words if w[:1] == ["R-Squared"]),
    }
    table = np.array(
        [[float(cell) for cell in line.split()] for line in lines[60:] if line.strip()]
    )
    X, low = powers(table[:, 1], NIST[name][0]) if NIST[name][0] else (table[:, 1:], None)
    return X, low, table[:, 0], exact


def powers(x, degree):
    zero = np.zeros_like(x)
    columns = [(x, zero)]
    for _ in range(degree - 1):
        columns.append(extended.multiply(columns[-1], (x, zero)))
    return tuple(np.column_stack(part) for part in zip(*columns, strict=True))


@pytest.mark.parametrize(
    ("name", "intercept"),
    [(name, False) for name in LINEAR]
    + [(name, True) for name in LINEAR if name != "syn_hilbert8"],
)
def test_reference_sets_have_every_digit_of_the_doubles(name, intercept):
    X, y, exact = reference(name)
    fit = least_squares(X[:, 1:] if intercept else X, y, intercept=intercept)
    assert least_digits(coefficients(fit, len(exact["coef"])), exact["coef"]) >= EXACT
    assert least_digits(fit.std_error, exact["se"]) >= EXACT
    assert digits(fit.resid_sd, exact["resid_sd"]) >= EXACT
    assert digits(fit.r2, exact["r2"]) >= EXACT
    assert digits(fit.rss, exact["rss"]) >= EXACT
    assert not fit.exact


@pytest.mark.parametrize("name", LINEAR)
def test_low_parts_continue_the_coefficients_and_the_squares(name):
    X, y, exact = reference(name)
    fit = refined(X, y, intercept=False)
    both = [Fraction(a) + Fraction(b) for a, b in zip(fit.coef, fit.coef_low, strict=True)]
    errors = [abs(a / b - 1) for a, b in zip(both, exact["coef"], strict=True)]
    # Double-double at a condition number of at most 1e10.
    assert max(errors) < Fraction(1, 10**20)
    assert abs((Fraction(fit.rss) + Fraction(fit.rss_low)) / exact["rss"] - 1) < 1e-20


@pytest.mark.parametrize("name", NIST)
def test_nist_sets_agree_with_the_certified_values(name):
    X, low, y, exact = certified(name)
    fit = least_squares(X, y, intercept=NIST[name][1], low=low)
    assert least_digits(coefficients(fit, len(exact["coef"])), exact["coef"]) >= CERTIFIED
    assert least_digits(fit.std_error, exact["se"]) >= CERTIFIED
    assert digits(fit.resid_sd, exact["resid_sd"]) >= CERTIFIED
    assert digits(fit.r2, exact["r2"]) >= CERTIFIED


@pytest.mark.parametrize("name", [name for name in NIST if name != "Wampler1"])
def test_nist_sets_have_every_digit_of_the_doubles(name):
    X, low, y, _ = certified(name)
    intercept = NIST[name][1]
    exact = Rational(X, y, intercept=intercept, low=low)
    assert exact.digits(least_squares(X, y, intercept=intercept, low=low)) >= EXACT


def test_filip_needs_the_low_parts_of_its_powers():
    X, _, y, exact = certified("Filip")
    fit = least_squares(X, y)
    assert Rational(X, y).digits(fit) >= EXACT
    assert 7.0 < least_digits(coefficients(fit, 11), exact["coef"]) < 8.0


@pytest.mark.parametrize(("name", "scale"), [("Wampler3", Fraction(1, 100)), ("Wampler5", 100)])
def test_wampler_sets_differ_in_the_size_of_their_residuals(name, scale):
    X, _, y4, exact = certified("Wampler4")
    polynomial = 1.0 + X.sum(axis=1)
    y = polynomial + np.array([float(Fraction(r) * scale) for r in y4 - polynomial])
    fit = least_squares(X, y)
    assert least_digits(coefficients(fit, 6), exact["coef"]) >= CERTIFIED
    assert least_digits(fit.std_error, [scale * se for se in exact["se"]]) >= CERTIFIED
    assert Rational(X, y).digits(fit) >= EXACT


def test_wampler2_is_exact_to_the_rounding_of_its_decimals():
    X, _ = powers(np.arange(21.0), 5)
    y = np.array([float(sum(Fraction(x, 10) ** k for k in range(6))) for x in range(21)])
    fit = least_squares(X, y)
    assert fit.exact
    assert least_digits(coefficients(fit, 6), [Fraction(1, 10**k) for k in range(6)]) >= CERTIFIED
    assert np.all(fit.std_error < 1e-13)


# Exact arithmetic on random designs


def nearly_dependent(rng, n, p, gap):
    X = rng.standard_normal((n, p)) * 10.0 ** rng.integers(-3, 4, p)
    X[:, -1] = X[:, :-1] @ rng.standard_normal(p - 1)
    X[:, -1] += gap * np.abs(X).max() * rng.standard_normal(n)
    return X


@pytest.mark.parametrize("gap", [1.0, 1e-4, 1e-8, 1e-11, 1e-13])
@pytest.mark.parametrize("intercept", [True, False])
def test_every_digit_is_right_at_any_condition(rng, gap, intercept):
    X = nearly_dependent(rng, 12, 4, gap)
    y = X @ np.array([1.0, -2.0, 0.5, 1.0]) + gap * rng.standard_normal(12)
    weights = rng.integers(1, 6, 12).astype(float)
    fit = least_squares(X, y, weights, intercept=intercept, leverage=True)
    exact = Rational(X, y, weights, intercept=intercept)
    assert exact.digits(fit) >= EXACT
    assert least_digits(fit.leverages, exact.leverages()) >= EXACT
    assert fit.iterations <= 3
    own = np.array([[float(v) for v in row] for row in exact.inverse])
    scale = np.sqrt(np.diag(own))
    # Off the diagonal in units of the two diagonal entries: a handful of roundings.
    np.testing.assert_allclose(
        fit.unscaled_covariance / np.outer(scale, scale), own / np.outer(scale, scale), atol=4e-15
    )


def test_hilbert_matrices_of_integers_are_solved():
    # 360360 / (i + j - 1) is an integer to i + j = 16, and y that of coefficients 1, -1, 1, ...
    i, j = np.arange(1, 9)[:, None], np.arange(1, 8)
    X = 360360.0 / (i + j - 1)
    y = X @ np.array([(-1.0) ** k for k in range(7)])
    fit = least_squares(X, y, intercept=False)
    assert fit.coef.tolist() == [(-1.0) ** k for k in range(7)]
    assert fit.exact


@pytest.mark.parametrize("gap", [1.0, 1e-6, 1e-12])
def test_weighted_systems_are_solved_to_the_last_digit(rng, gap):
    X = nearly_dependent(rng, 10, 3, gap) + 100.0
    prob = rng.uniform(1e-6, 1 - 1e-6, 10)
    weights = prob * (1 - prob)
    factor = factorise(X, weights, intercept=True)
    exact = Rational(X, np.zeros(10), weights)
    r = rng.standard_normal(4)
    solution = [sum(c * Fraction(v) for c, v in zip(row, r, strict=True)) for row in exact.inverse]
    high, low = factor.solve(r)
    assert least_digits(high, solution) >= 15.5
    both = [Fraction(a) + Fraction(b) for a, b in zip(high, low, strict=True)]
    # Double-double, less the condition number.
    assert max(abs(a / b - 1) for a, b in zip(both, solution, strict=True)) < 1e-15 * gap + 1e-19
    diagonal = [exact.inverse[k][k] for k in range(4)]
    assert least_digits(np.diag(factor.inverse()), diagonal) >= EXACT


def test_a_right_hand_side_carries_its_low_part():
    # X'X of these rows is [[3, 3], [3, 3 + 2**-39]], so that r leaves the difference of its parts.
    X = np.array([[1.0], [1.0 + 2.0**-20], [1.0 - 2.0**-20]])
    r, low = np.array([1.0, 1.0]), np.array([2.0**-60, 0.0])
    inverse = Rational(X, np.zeros(3)).inverse
    own = [1 + Fraction(1, 2**60), Fraction(1)]
    solution = [sum(c * v for c, v in zip(row, own, strict=True)) for row in inverse]
    with_low, without = (factorise(X, intercept=True).solve(r, part)[0] for part in (low, None))
    assert least_digits(with_low, solution) >= 15.5
    # Zero in truth, and -5e-7 with the low part.
    assert abs(without[1]) < 1e-25 < abs(with_low[1])


@pytest.mark.parametrize("gap", 10.0 ** np.linspace(-17, -14, 13))
def test_near_dependence_is_refused_or_solved_to_every_digit(rng, gap):
    for _ in range(5):
        X = nearly_dependent(rng, 8, 3, gap)
        y = rng.standard_normal(8)
        try:
            fit = least_squares(X, y)
        except DataError:
            continue
        assert Rational(X, y).digits(fit) >= EXACT


def test_whitening_rounds_once_whatever_cancels(rng):
    # Rows that cancel thirteen digits: random, and an inverse of 1e13 of their near-dependence.
    high = rng.standard_normal((3, 20))
    high[2] = high[0] - high[1] + 1e-13 * high[2]
    low = 2.0**-54 * high * rng.uniform(-1, 1, high.shape)
    root = np.array([[1.0, 0.3, -1e13], [0.0, 1.1, 1e13], [0.0, 0.0, 1e13]])
    own = whitened(root, high, low, 20)
    for i, row in enumerate(own):
        for m, value in enumerate(row):
            exact = sum(
                Fraction(root[k, i]) * (Fraction(high[k, m]) + Fraction(low[k, m]))
                for k in range(3)
            )
            # Half a unit in the last place, and what is left of the sum after 58 bits.
            assert abs(Fraction(value) - exact) <= Fraction(np.spacing(abs(value))) * Fraction(0.51)


def test_columns_that_vary_in_their_low_parts_alone_are_solved(rng):
    low = rng.integers(-60, 60, (9, 2)).astype(float)
    X = np.array([2.0**60, -(2.0**58)]) + np.zeros((9, 2))
    y = rng.standard_normal(9)
    assert Rational(X, y, low=low).digits(least_squares(X, y, low=low)) >= EXACT


def test_a_constant_column_with_a_low_part_is_not_its_high_part(rng):
    X = np.column_stack([np.full(9, 0.1), rng.standard_normal(9)])
    low = np.column_stack([np.full(9, 2.0**-58), np.zeros(9)])
    y = rng.standard_normal(9)
    fit = least_squares(X, y, intercept=False, low=low)
    exact = Rational(X, y, intercept=False, low=low)
    both = Fraction(fit.coef[0]) + Fraction(fit.coef_low[0])
    assert abs(both / exact.coef[0] - 1) < 1e-25


# Laws


@pytest.fixture
def data(rng):
    X = rng.standard_normal((40, 3)) @ np.array([[1.0, 0.9, 0.0], [0.0, 0.1, 5.0], [0.0, 0.0, 0.1]])
    return X, X @ np.array([1.0, -2.0, 0.25]) + 3.0 + rng.standard_normal(40)


def summary(fit):
    return np.concatenate(
        [fit.coef, [fit.intercept], fit.std_error, [fit.rss, fit.tss, fit.r2, fit.resid_sd, fit.df]]
    )


@pytest.mark.parametrize("solve", [least_squares, gram])
@pytest.mark.parametrize("intercept", [True, False])
def test_weights_are_repetitions(data, rng, solve, intercept):
    X, y = data
    count = rng.integers(1, 9, len(y))
    weighted = solve(X, y, count.astype(float), intercept=intercept)
    repeated = solve(np.repeat(X, count, axis=0), np.repeat(y, count), intercept=intercept)
    # The refined figures differ by their last rounding, those of a Gram matrix by its condition.
    np.testing.assert_allclose(
        summary(weighted), summary(repeated), rtol=2e-15 if solve is least_squares else 1e-12
    )


def test_rows_beyond_one_block_count_like_weights(data):
    X, y = data
    often = least_squares(np.tile(X, (500, 1)), np.tile(y, 500), leverage=True)
    weighted = least_squares(X, y, np.full(40, 500.0), leverage=True)
    np.testing.assert_allclose(summary(often), summary(weighted), rtol=2e-15)
    np.testing.assert_allclose(often.leverages, np.tile(weighted.leverages, 500), rtol=3e-15)


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_the_order_of_rows_does_not_matter(data, rng, solve):
    X, y = data
    order = rng.permutation(len(y))
    np.testing.assert_allclose(
        summary(solve(X[order], y[order])), summary(solve(X, y)),
        rtol=2e-15 if solve is least_squares else 1e-12,
    )  # fmt: skip


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_rows_without_weight_are_absent(data, solve):
    X, y = data
    weights = np.append(np.ones(40), [0.0, 0.0])
    low = np.vstack([np.full((40, 3), 2.0**-70), np.full((2, 3), np.inf)])
    more = np.vstack([X, [[1e300, -1e300, 0.0]] * 2]), np.append(y, [1e300, -1e300])
    padded, plain = solve(*more, weights, leverage=True), solve(X, y, np.ones(40), leverage=True)
    assert (summary(padded) == summary(plain)).all()
    assert (padded.leverages == np.append(plain.leverages, [0.0, 0.0])).all()
    if solve is least_squares:
        padded, plain = solve(*more, weights, low=low), solve(X, y, low=low[:40])
        np.testing.assert_allclose(summary(padded), summary(plain), rtol=2e-15)


@pytest.mark.parametrize("exponent", [-500, -40, 40, 500])
@pytest.mark.parametrize("solve", [least_squares, gram])
def test_powers_of_two_scale_columns_without_a_trace(data, solve, exponent):
    X, y = data
    scale = 2.0 ** np.array([exponent, 0, -exponent])
    scaled, plain = solve(X * scale, y), solve(X, y)
    if solve is gram and abs(exponent) > 400:
        plain = least_squares(X, y)  # what gram leaves such columns to
    assert (scaled.coef * scale == plain.coef).all()
    assert (scaled.std_error[1:] * scale == plain.std_error[1:]).all()
    assert (scaled.intercept, scaled.rss, scaled.r2) == (plain.intercept, plain.rss, plain.r2)


@pytest.mark.parametrize("scale", [1e12, 1e-12, 1e150, 1e-150])
def test_columns_of_any_scale_have_every_digit(data, scale):
    X, y = data[0][:12] * np.array([scale, 1.0, 1 / scale]), data[1][:12]
    assert Rational(X, y).digits(least_squares(X, y)) >= EXACT


@pytest.mark.parametrize("scale", [1e-300, 1e-160, 1e160, 1e300])
def test_a_response_of_any_scale_has_its_residual_sd(data, scale):
    X, y = data
    fit, plain = least_squares(X, y * scale), least_squares(X, y)
    # The scale is no power of two: each product y * scale is rounded.
    np.testing.assert_allclose(fit.resid_sd / scale, plain.resid_sd, rtol=1e-14)
    np.testing.assert_allclose(fit.std_error / scale, plain.std_error, rtol=1e-14)
    np.testing.assert_allclose(fit.r2, plain.r2, rtol=1e-14)


def test_a_shift_moves_the_intercept_only(rng):
    # Integers, so that the shift commits no rounding of its own.
    X = rng.integers(-50, 50, (12, 3)).astype(float)
    y = rng.integers(-50, 50, 12).astype(float)
    moved, plain = least_squares(X + 1e9, y), least_squares(X, y)
    np.testing.assert_allclose(moved.coef, plain.coef, rtol=2e-15)
    np.testing.assert_allclose(moved.std_error[1:], plain.std_error[1:], rtol=2e-15)
    np.testing.assert_allclose(moved.rss, plain.rss, rtol=2e-15)
    assert Rational(X + 1e9, y).digits(moved) >= EXACT


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_a_shift_of_the_response_moves_the_intercept_only(rng, solve):
    # Eighths, so that the shift commits no rounding; its mean does, by far more than an eighth's.
    X, y = rng.standard_normal((41, 2)), rng.integers(-80, 80, 41) / 8.0
    moved, plain = solve(X, y + 2.0**48), solve(X, y)
    rtol = 2e-15 if solve is least_squares else 1e-13
    np.testing.assert_allclose(summary(moved)[[0, 1]], summary(plain)[[0, 1]], rtol=rtol)
    np.testing.assert_allclose(summary(moved)[3:], summary(plain)[3:], rtol=rtol)


def test_a_column_that_varies_in_its_last_rows_is_no_constant(rng):
    X = np.ones((130, 2))
    X[:, 1] = rng.standard_normal(130)
    X[128:, 0] = 2.0
    y = rng.standard_normal(130)
    fit = least_squares(X, y, intercept=False)
    assert fit.tss == pytest.approx(math.fsum(y * y), rel=2e-16)
    assert fit.coef == pytest.approx(np.linalg.lstsq(X, y, rcond=None)[0], rel=1e-13)


@pytest.mark.parametrize("solve", [least_squares, gram])
@pytest.mark.parametrize("place", [0, 2, 3])
def test_a_constant_column_is_an_intercept(data, solve, place):
    X, y = data
    own = solve(np.insert(X, place, 4.0, axis=1), y, intercept=False)
    plain = solve(X, y)
    rtol = 2e-15 if solve is least_squares else 1e-12
    np.testing.assert_allclose(
        own.coef, np.insert(plain.coef, place, plain.intercept / 4.0), rtol=rtol
    )
    np.testing.assert_allclose(own.std_error[place], plain.std_error[0] / 4.0, rtol=rtol)
    np.testing.assert_allclose([own.r2, own.tss], [plain.r2, plain.tss], rtol=rtol)
    assert own.intercept == 0.0


def test_without_a_constant_tss_is_about_zero(data):
    X, y = data
    fit = least_squares(X, y, intercept=False)
    assert fit.tss == pytest.approx(math.fsum(y * y), rel=2e-16)
    assert least_squares(X, y).tss == pytest.approx(math.fsum((y - y.mean()) ** 2), rel=1e-15)


def test_an_intercept_alone_is_the_mean(data):
    _, y = data
    fit = least_squares(np.zeros((40, 0)), y)
    assert fit.intercept == pytest.approx(math.fsum(y) / 40, rel=2e-16)
    assert (fit.rss, fit.df) == (fit.tss, 39.0)
    assert fit.r2 == pytest.approx(0.0, abs=1e-30)
    nothing = least_squares(np.zeros((40, 0)), y, intercept=False)
    assert (nothing.rss, nothing.r2, nothing.df) == (nothing.tss, 0.0, 40.0)


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_leverages_sum_to_the_number_of_coefficients(data, rng, solve):
    X, y = data
    weights = rng.integers(1, 5, 40).astype(float)
    fit = solve(X, y, weights, leverage=True)
    assert weights @ fit.leverages == pytest.approx(4.0, rel=1e-14)
    assert solve(X, y).leverages is None


# Exact fits


@pytest.mark.parametrize("solve", [least_squares, gram])
@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_a_fit_exact_to_the_rounding_of_the_data_is_recognised(rng, solve, shift):
    X = rng.standard_normal((50, 2)) + shift
    fit = solve(X, 0.1 * X[:, 0] + 0.2 * X[:, 1] + 7.0)
    assert fit.exact
    assert fit.coef == pytest.approx([0.1, 0.2], rel=1e-15 * (1.0 + shift))


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_residuals_above_the_rounding_of_the_data_are_not_an_exact_fit(rng, solve):
    X = rng.standard_normal((50, 2))
    y = 0.1 * X[:, 0] + 0.2 * X[:, 1] + 7.0
    # Ten units in the last place of y, about 1e-15 each.
    assert not solve(X, y + 1e-14 * rng.choice([-1.0, 1.0], 50)).exact


@pytest.mark.parametrize("value", [0.0, 0.1, 1e200])
def test_a_constant_response_is_an_exact_fit(data, value):
    fit = least_squares(data[0], np.full(40, value))
    assert fit.exact
    assert (fit.rss, fit.tss, fit.resid_sd, fit.intercept) == (0.0, 0.0, 0.0, value)
    assert math.isnan(fit.r2)


def test_as_many_coefficients_as_rows_leave_no_residual_sd():
    fit = least_squares(np.array([[1.0, 0.0], [0.0, 1.0], [0.0, 0.0]]), np.array([3.0, 5.0, 1.0]))
    assert (fit.intercept, *fit.coef) == (1.0, 2.0, 4.0)
    assert fit.df == 0.0
    assert math.isnan(fit.resid_sd)


# The choice between them


def test_small_data_are_refined_and_tall_ones_are_not(data, monkeypatch):
    X, y = data
    assert least_squares(X, y).refined
    monkeypatch.setattr(module, "SMALL", 119)
    assert not least_squares(X, y).refined
    assert least_squares(X, y, low=np.full(X.shape, 2.0**-80)).refined


@pytest.mark.parametrize(
    ("gap", "refines"), [(1.0, False), (1e-4, False), (1e-7, True)], ids=["gram", "qr", "refined"]
)
def test_tall_data_are_solved_by_what_their_condition_asks_for(rng, gap, refines):
    X = rng.standard_normal((3000, 4)) + 5.0
    X[:, 3] = X[:, 0] + gap * X[:, 3]
    y = X @ np.array([1.0, 2.0, 3.0, 4.0]) + rng.standard_normal(3000)
    weights = rng.uniform(0.5, 2.0, 3000)
    fit, best = gram(X, y, weights, leverage=True), refined(X, y, weights, leverage=True)
    assert fit.refined is refines
    # Ten digits of a standard error, and coefficients far inside it.
    assert np.abs((fit.coef - best.coef) / best.std_error[1:]).max() < 1e-9
    np.testing.assert_allclose(fit.std_error, best.std_error, rtol=1e-10)
    np.testing.assert_allclose([fit.rss, fit.r2], [best.rss, best.r2], rtol=1e-13)
    np.testing.assert_allclose(fit.leverages, best.leverages, rtol=1e-9)
    assert fit.condition == pytest.approx(best.condition, rel=0.01)


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_fortran_order_changes_nothing(data, solve):
    X, y = data
    np.testing.assert_allclose(
        summary(solve(np.asfortranarray(X), y)),
        summary(solve(X, y)),
        rtol=2e-15 if solve is least_squares else 1e-12,
    )


# Errors


@pytest.mark.parametrize("solve", [least_squares, gram])
@pytest.mark.parametrize(
    "X", [np.zeros((4, 1)), [[1.0, 2], [2, 4], [3, 6], [5, 10]], np.eye(4)],
    ids=["zero", "multiple", "dummies"],
)  # fmt: skip
def test_dependent_columns_are_refused(solve, X):
    with pytest.raises(DataError, match=r"not determined by 4 rows; leave out"):
        solve(np.asarray(X), np.array([1.0, 2.0, 4.0, 3.0]))


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_no_row_with_weight_is_refused(solve):
    with pytest.raises(DataError, match="no row with weight"):
        solve(np.ones((2, 1)), np.ones(2), np.zeros(2))


# Referee


@pytest.mark.parametrize("solve", [least_squares, gram])
def test_statsmodels_agrees_where_the_condition_is_good(data, solve):
    sm = pytest.importorskip("statsmodels.api")
    X, y = data
    theirs = sm.OLS(y, sm.add_constant(X)).fit()
    ours = solve(X, y, leverage=True)
    # Its pseudo-inverse has a condition number of a thousand to lose.
    np.testing.assert_allclose([ours.intercept, *ours.coef], theirs.params, rtol=1e-11)
    np.testing.assert_allclose(ours.std_error, theirs.bse, rtol=1e-11)
    np.testing.assert_allclose([ours.rss, ours.r2], [theirs.ssr, theirs.rsquared], rtol=1e-12)
    np.testing.assert_allclose(ours.leverages, theirs.get_influence().hat_matrix_diag, rtol=1e-11)
