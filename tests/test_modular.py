"""Kernels by way of finite fields, and linear predictors compared exactly."""

from fractions import Fraction

import numpy as np
import pytest
from scipy import sparse

from likelihood.solve import modular
from likelihood.solve.identification import identify
from likelihood.solve.leading import leading
from likelihood.solve.modular import nullspace
from likelihood.solve.rational import kernel
from likelihood.solve.separation import separation
from likelihood.solve.sparse_identification import identify_sparse


def drawn(rng, shape, size):
    return rng.integers(-size, size + 1, shape).astype(object)


def assert_kernel(rows):
    basis, free = nullspace(rows)
    expected, places = kernel(rows)
    assert free == places and basis.shape == expected.shape
    assert not (rows @ basis.T).any()
    # The same vectors, each up to the value at its free coordinate.
    for i, j in enumerate(free):
        assert (basis[i] * expected[i, j] == expected[i] * basis[i, j]).all()
        assert basis[i, j] == basis[0, free[0]] > 0


@pytest.mark.parametrize("size", [2, 2**52])
def test_large_kernels_are_those_of_elimination_in_integers(rng, size):
    assert_kernel(drawn(rng, (14, 20), size))
    # Dependent rows, and more rows than columns.
    thin = drawn(rng, (15, 9), 3) @ drawn(rng, (9, 24), size)
    assert_kernel(np.vstack([thin, thin[::-1]]))
    assert_kernel(np.zeros((14, 15), dtype=object) + drawn(rng, (1, 15), size))


def test_a_prime_that_hides_a_pivot_is_seen_through(rng):
    prime = next(modular._primes())
    rows = drawn(rng, (14, 20), 5)
    rows[:, 0] *= prime
    assert_kernel(rows)
    rows[3] = rows[4] + prime * rows[5]
    assert_kernel(rows)
    # The other way round: the second prime is the unlucky one.
    primes = modular._primes()
    next(primes)
    rows = drawn(rng, (14, 20), 2**50)
    rows[:, 0] *= next(primes)
    assert_kernel(rows)


def test_primes_are_prime():
    found = [n for n, _ in zip(modular._primes(), range(5), strict=False)]
    assert found == [2147483647, 2147483629, 2147483587, 2147483579, 2147483563]
    assert not any(n % d == 0 for n in found for d in range(3, 46341, 2))


def exactly(X, direction):
    scores = [
        [Fraction(0)]
        + [
            sum((Fraction(x) * d for x, d in zip(row, one, strict=True)), Fraction(0))
            for one in direction
        ]
        for row in X.tolist()
    ]
    return np.array([[s == max(row) for s in row] for row in scores])


@pytest.mark.parametrize("form", ["dense", "sparse"])
def test_leading_is_exact(rng, form):
    X = np.round(rng.normal(size=(300, 4)), 1) * 10.0 ** np.array([-8, 0, 3, 9])
    X[rng.random(X.shape) < 0.4] = 0.0
    direction = np.array(
        [[Fraction(v).limit_denominator(7) for v in row] for row in rng.normal(size=(2, 4))]
    )
    direction[0, 1] = direction[1, 2] = 0
    X[:50] = X[:50] * 0 + np.outer(rng.normal(size=50), [0.0, 0.0, 1.0, 0.0])
    columns = sparse.csr_array(X) if form == "sparse" else X
    np.testing.assert_array_equal(leading(columns, direction), exactly(X, direction))
    ones = np.column_stack([np.ones(len(X)), X])
    wide = np.column_stack([[Fraction(1, 3), Fraction(-2)], direction])
    np.testing.assert_array_equal(leading(columns, wide, intercept=True), exactly(ones, wide))
    none = np.zeros((2, 4), dtype=object)
    assert leading(columns, none).all()


@pytest.mark.parametrize("x", [1e-308, 5e-324, 1e308, 1.0])
@pytest.mark.parametrize("d", [Fraction(1, 2**1060), Fraction(2) ** 900, Fraction(1)])
def test_leading_is_exact_where_doubles_end(x, d):
    X = np.array([[x, -x], [x, x], [-x, 1.0], [x, 1e308], [0.0, 0.0]])
    direction = np.array([[d, Fraction(1)], [d * 2, Fraction(1)]])
    np.testing.assert_array_equal(leading(X, direction), exactly(X, direction))


@pytest.mark.parametrize("intercept", [True, False])
def test_large_sparse_designs_are_identified_as_dense_ones(rng, intercept):
    n = 400
    levels = np.eye(6)[rng.integers(0, 6, n)]
    a, b, c = rng.normal(size=(3, n)) * (rng.random((3, n)) < 0.3)
    X = np.column_stack([
        levels, a, 1e-6 * b, 3.0 * a + 1e-6 * b, np.zeros(n), np.full(n, 2.0), a + 1e-7 * c,
        levels[:, 0] * a, 1e8 * a - 2.0 * levels[:, 1],
    ])  # fmt: skip
    weights = rng.integers(0, 4, n).astype(float)
    dense = identify(X, intercept=intercept, weights=weights)
    found = identify_sparse(sparse.csr_array(X), intercept=intercept, weights=weights)
    np.testing.assert_array_equal(found.kept, dense.kept)
    assert found.kept[11] and not found.kept[[8, 9]].any()
    names = [f"x{j}" for j in range(X.shape[1])]
    assert [r.text(names) for r in found.relations if r.column != 10] == [
        r.text(names) for r in dense.relations if r.column != 10
    ]
    for relation in found.relations:
        left = X @ relation.coef + relation.intercept - X[:, relation.column]
        scale = np.abs(X * relation.coef).max() + 2.0
        assert np.abs(left[weights > 0]).max() < 1e-9 * scale


def test_more_sparse_columns_than_rows(rng):
    X = sparse.csr_array(rng.normal(size=(6, 9)))
    assert identify_sparse(X, intercept=True, weights=np.ones(6)).kept.sum() == 5
    assert identify_sparse(X, intercept=False, weights=np.ones(6)).kept.sum() == 6


def test_a_level_without_a_class_is_found_among_many_coefficients(rng):
    # 140 coefficients: elimination in integers took minutes.
    n, levels, K = 3000, 30, 5
    level = rng.integers(0, levels, n)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 5)), np.eye(levels)[level][:, 1:]])
    y = np.argmax(rng.gumbel(size=(n, K)) + 0.3 * X @ rng.normal(size=(X.shape[1], K)), axis=1)
    y = np.where((level == 7) & (y == 2), 0, y)
    found = separation(X, y, np.ones(n), classes=K)
    assert found.kind == "quasi"
    assert np.argwhere(found.infinite).tolist() == [[1, 12]] and found.sign[1, 12] == -1
    np.testing.assert_array_equal(np.argwhere(found.held), [[1, 12]])
    assert found.direction[1, 12] == -1 and len(found.constancy) == 1
