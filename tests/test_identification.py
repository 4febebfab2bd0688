"""Aliased columns: exact ranks, laws of scale, shift and order, relations that can be read."""

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from likelihood.solve.identification import identify
from likelihood.solve.least_squares import least_squares
from likelihood.solve.relations import Relation, Rows

NAMES = "abcdefghijklmnop"


def kept(X, **options):
    return identify(X, **{"intercept": True, **options}).kept.tolist()


def texts(X, **options):
    found = identify(X, **{"intercept": True, **options})
    return [relation.text(NAMES) for relation in found.relations]


def worst(X, relation):
    """The largest residual of a relation, in units of the largest term of its row."""
    terms = np.column_stack([X * relation.coef, np.full(len(X), relation.intercept)])
    target = X[:, relation.column]
    size = np.maximum(np.abs(terms).max(axis=1), np.abs(target))
    return (np.abs(terms.sum(axis=1) - target) / np.where(size > 0, size, 1.0)).max()


@pytest.fixture
def columns(rng):
    return rng.standard_normal((3, 40))


# Exact ranks


def independent_of_earlier(columns):
    """For each column whether it is independent of those before it, in rational numbers."""
    basis, answers = [], []
    for column in columns:
        left = [Fraction(float(v)) for v in column]
        for pivot, row in basis:
            share = left[pivot] / row[pivot]
            left = [a - share * b for a, b in zip(left, row, strict=True)]
        pivot = next((i for i, v in enumerate(left) if v), None)
        answers.append(pivot is not None)
        if pivot is not None:
            basis.append((pivot, left))
    return answers


small = st.integers(1, 7).flatmap(
    lambda n: st.integers(1, 7).flatmap(
        lambda p: arrays.arrays(np.float64, (n, p), elements=st.integers(-2, 2).map(float))
    )
)


@given(small, st.booleans())
@settings(max_examples=200)
def test_the_columns_kept_are_those_of_exact_elimination(X, intercept):
    one = [np.ones(len(X))] if intercept else []
    found = identify(X, intercept=intercept)
    assert found.kept.tolist() == independent_of_earlier([*one, *X.T])[len(one) :]
    assert [relation.column for relation in found.relations] == np.flatnonzero(~found.kept).tolist()
    for relation in found.relations:
        assert not relation.coef[~found.kept].any()
        assert not relation.coef[relation.column :].any()
        assert intercept or relation.intercept == 0
        # Integers up to 2 in at most seven columns: condition numbers of a thousand or less.
        assert worst(X, relation) < 1e-12


@pytest.mark.parametrize("intercept", [True, False])
def test_more_columns_than_rows_keep_as_many_as_rows(rng, intercept):
    X = rng.standard_normal((5, 9))
    found = identify(X, intercept=intercept)
    assert found.kept.tolist() == [j < (4 if intercept else 5) for j in range(9)]
    # Six numbers of which five are given: the condition is that of a random matrix of five.
    assert max(worst(X, relation) for relation in found.relations) < 1e-12


# Where the line is


def test_a_rounded_sum_is_aliased(columns):
    a, b, d = columns
    X = np.column_stack([a, b, 0.1 * a + 0.2 * b, d])
    assert kept(X) == kept(X, intercept=False) == [True, True, False, True]


@pytest.mark.parametrize(("gap", "aliased"), [(1e-12, False), (1e-16, True)])
def test_the_threshold_is_a_few_hundred_roundings(columns, gap, aliased):
    a, b, d = columns
    X = np.column_stack([a, b, a - b + gap * d])
    # 50 eps sqrt(40) is 7e-14.
    assert kept(X) == [True, True, not aliased]


def test_what_is_kept_can_be_solved(rng):
    for gap in 10.0 ** np.linspace(-16, -11, 60):
        X = rng.standard_normal((10, 3))
        X[:, 2] = X[:, 0] - X[:, 1] + gap * X[:, 2]
        own = X[:, identify(X, intercept=True).kept]
        assert np.isfinite(least_squares(own, rng.standard_normal(10)).coef).all()


def test_powers_of_filip_are_kept_and_a_polynomial_of_them_is_not():
    path = Path(__file__).parent / "references" / "nist" / "Filip.dat"
    x = np.loadtxt(path, skiprows=60)[:, 1]
    X = np.column_stack([x**k for k in range(1, 11)])
    assert kept(X) == [True] * 10
    assert texts(np.column_stack([X, x**3 - 2 * x**2 + 5])) == ["k = -2 b + c + 5"]
    balanced = X @ (1.0 / np.abs(X).max(axis=0))
    assert kept(np.column_stack([X, balanced])) == [True] * 10 + [False]
    # After an aliased column the triangle that is searched is none of the columns kept.
    again = np.column_stack([X[:, 0], X, balanced])
    assert kept(again) == [True, False] + [True] * 9 + [False]


# Laws


@pytest.mark.parametrize("scale", [1e12, 1e-12, 1e150, 1e-150])
@pytest.mark.parametrize("intercept", [True, False])
def test_the_scale_of_columns_does_not_matter(columns, scale, intercept):
    a, b, d = columns
    X = np.column_stack([a, b, 0.1 * a + 0.2 * b, d])
    for factors in ([scale, 1, 1, 1], [1, 1, scale, 1], [scale, 1, 1 / scale, 1], [scale] * 4):
        found = identify(X * factors, intercept=intercept)
        assert found.kept.tolist() == [True, True, False, True]
        ratio = np.array(factors[:2]) / factors[2]
        np.testing.assert_allclose(found.relations[0].coef[:2] * ratio, [0.1, 0.2], rtol=1e-14)


@pytest.mark.parametrize("shift", [1e3, 1e9, 1e12])
def test_the_shift_of_columns_does_not_matter(columns, shift):
    a, b, d = columns
    c = 0.1 * a + 0.2 * b
    # Shifting rounds: what is left of c is that rounding, 1e-7 of it at 1e9.
    assert kept(np.column_stack([a, b, c, d]) + shift) == [True, True, False, True]
    assert texts(np.column_stack([a, b, c + shift])) == [f"c = 0.1 a + 0.2 b + {shift:.6g}"]
    assert kept(columns.T + shift) == [True] * 3


def test_a_square_lost_to_rounding_is_aliased_unless_its_low_part_is_given():
    # Units of the last place of t * t are 128 here, its part beyond a line is below 20.
    t = 1e9 + np.arange(10.0)
    X = np.column_stack([t, t * t])
    low = np.column_stack([np.zeros(10), [float(int(v) ** 2 - int(v * v)) for v in t]])
    assert kept(X) == [True, False]
    assert kept(X, low=low) == [True, True]


def test_the_later_column_is_the_aliased_one(columns):
    a, b, _ = columns
    assert texts(np.column_stack([a, 2 * a, b])) == ["b = 2 a"]
    assert texts(np.column_stack([2 * a, a, b])) == ["b = 0.5 a"]
    assert texts(np.column_stack([a, b, a - b, a])) == ["c = a - b", "d = a"]


def test_rows_without_weight_do_not_count(columns):
    a, b, d = columns
    c = a - b
    c[:3] += d[:3]
    weights = np.where(np.arange(40) < 3, 0.0, 2.0)
    X = np.column_stack([a, b, c])
    assert kept(X) == [True] * 3
    assert texts(X, weights=weights) == ["c = a - b"]


def test_weights_are_repetitions(columns, rng):
    a, b, d = columns
    count = rng.integers(1, 6, 40)
    X = np.column_stack([a, b, 0.3 * a - b + 2, d])
    weighted = identify(X, intercept=True, weights=count.astype(float))
    repeated = identify(np.repeat(X, count, axis=0), intercept=True)
    assert weighted.kept.tolist() == repeated.kept.tolist()
    assert weighted.relations[0].text(NAMES) == repeated.relations[0].text(NAMES)


def test_rows_beyond_one_block_count(rng):
    X = rng.standard_normal((20_000, 4))
    X = np.column_stack([X, X[:, 0] - X[:, 3]])
    assert texts(X) == ["e = a - d"]
    # A single row of another block breaks the relation by far more than rounding.
    X[19_999, 4] += 1.0
    assert kept(X) == [True] * 5


# Constants


def test_a_constant_is_aliased_with_the_intercept(columns):
    a, b, _ = columns
    assert texts(np.column_stack([a, np.full(40, 0.1), b])) == ["b = 0.1"]
    assert texts(np.column_stack([a, np.zeros(40)])) == ["b = 0"]
    assert texts(np.column_stack([a, np.zeros(40)]), intercept=False) == ["b = 0"]


def test_without_intercept_one_constant_column_is_kept(columns):
    a, b, _ = columns
    X = np.column_stack([a, np.full(40, 0.1), b, a + 1.0, np.full(40, 7.0)])
    assert texts(X, intercept=False) == ["d = a + 10 b", "e = 70 b"]


@pytest.mark.parametrize("shift", [0.0, 1e9])
def test_a_constant_after_the_columns_that_make_it_up_is_aliased(rng, shift):
    a, b = rng.integers(-9, 9, (2, 40)) + shift
    X = np.column_stack([a, a + 6.0, b, b - 2.0, np.full(40, 3.0), a + b])
    # In order: b - a is 6, so that the constant and all later shifts follow.
    found = identify(X, intercept=False)
    assert found.kept.tolist() == [True, True, True, False, False, False]
    assert found.relations[1].text(NAMES) == "e = -0.5 a + 0.5 b"
    assert [r.column for r in found.relations] == [3, 4, 5]
    assert found.relations[2].text(NAMES) == "f = a + c"
    assert worst(X, found.relations[0]) < 1e-14


def test_a_constant_with_a_low_part_is_aliased_with_the_intercept(columns):
    a, b, _ = columns
    low = np.column_stack([np.zeros(40), np.full(40, 2.0**-60), np.zeros(40)])
    assert kept(np.column_stack([a, np.full(40, 0.1), b]), low=low) == [True, False, True]


def test_no_columns_have_no_relations():
    found = identify(np.zeros((3, 0)), intercept=True)
    assert (found.kept.tolist(), found.relations) == ([], ())


# Relations to be read


def test_dummies_add_up_to_the_intercept(rng):
    level = rng.permutation(np.arange(60) % 4)
    X = (level[:, None] == np.arange(4)).astype(float)
    assert texts(X) == ["d = -a - b - c + 1"]
    with_constant = np.column_stack([X, np.ones(60)])
    assert texts(with_constant, intercept=False) == ["e = a + b + c + d"]


def test_coefficients_without_short_decimals_keep_their_digits(columns):
    a, b, _ = columns
    X = np.column_stack([a, b, a / 3 + np.pi * b + 2 / 7])
    (relation,) = identify(X, intercept=True).relations
    # Half a dozen roundings of a well-conditioned solution.
    assert relation.coef[:2] == pytest.approx([1 / 3, np.pi], rel=1e-14)
    assert relation.intercept == pytest.approx(2 / 7, rel=1e-14)


def test_small_coefficients_that_are_true_stay(columns):
    a, b, _ = columns
    X = np.column_stack([a, b, a + 1e-10 * b])
    assert texts(X) == ["c = a + 1e-10 b"]


def test_a_relation_holds_on_every_row_or_not_at_all(rng):
    X = rng.standard_normal((200, 3))
    X[:, 2] = X[:, 0] - X[:, 1]
    relation = Relation(2, np.array([1.0, -1.0, 0.0]), 0.0)
    assert Rows(X).holds(relation)
    # A row that the sieve of every third does not see, off by a hundred roundings.
    X[100, 2] += 100 * np.finfo(float).eps * np.abs(X[100]).max()
    assert not Rows(X).holds(relation)
    assert not Rows(X).holds(Relation(2, np.array([1.0, -1.0 + 1e-13, 0.0]), 0.0))


def test_noise_is_not_read_as_a_coefficient(rng):
    X = rng.standard_normal((100, 12))
    X[:, 1] = X[:, 0] + 1e-7 * X[:, 1]
    X = np.column_stack([X, X[:, 2] + X[:, 3]])
    # At a condition number of 1e7 the first two coefficients are 1e-9 before cleaning.
    (relation,) = identify(X, intercept=True).relations
    assert np.flatnonzero(relation.coef).tolist() == [2, 3]
    assert relation.intercept == 0.0


def test_many_columns_beyond_the_rows_are_related_without_being_cleaned(rng):
    found = identify(rng.standard_normal((30, 60)), intercept=True)
    assert found.kept.sum() == 29
    assert len(found.relations) == 31


def test_the_text_of_a_relation_has_signs_and_six_digits():
    relation = Relation(2, np.array([-1.0, 1 / 3, 0.0, -2e-8]), -7.0)
    assert relation.text(NAMES) == "c = -a + 0.333333 b - 2e-08 d - 7"


def test_a_long_relation_is_told_in_part():
    relation = Relation(11, np.append(np.arange(1.0, 12.0), 0.0), -1.0)
    said = relation.text([f"x{j}" for j in range(12)])
    assert said.startswith("x11 = x0 + 2 x1 + 3 x2") and "8 x7 + ... (12 terms in all)" in said
    assert "x8" not in said
