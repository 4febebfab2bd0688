"""Separation beside an exact enumeration of the cone, where doubles cannot decide, and at size."""

import itertools
from fractions import Fraction

import numpy as np
import pytest

from likelihood.solve.nonnegative import certainly_cancels
from likelihood.solve.rational import eliminate, grid, integers, kernel, rounded, solve
from likelihood.solve.separation import margin_signs, separation


def whole(X):
    """The doubles as integers on one scale, which leaves every cone what it is."""
    fractions = [[Fraction(float(v)) for v in row] for row in X]
    scale = max(v.denominator for row in fractions for v in row)
    return np.array([[int(v * scale) for v in row] for row in fractions], dtype=object)


def enumerated(X, seen):
    """Signs of all margins inside the cone and of the coefficients over it, from its edges.

    A cone that holds no line is spanned by its edges, and on an edge d - 1 independent
    constraints hold with equality: all subsets are tried.
    """
    K, groups = seen.shape[1], {}
    for x, classes in zip(whole(X), seen, strict=True):
        groups[tuple(x)] = groups.get(tuple(x), False) | classes
    forms = []
    for x, classes in groups.items():
        base = int(np.argmax(classes))
        for other in set(range(K)) - {base}:
            form = np.zeros((K, len(x)), dtype=object)
            form[base], form[other] = x, [-v for v in x]
            forms.append(form[1:].ravel())
            if classes[other]:
                forms.append(-form[1:].ravel())
    d, edges = len(forms[0]), []
    for subset in itertools.combinations(forms, d - 1):
        basis, _ = kernel(np.array(subset, dtype=object).reshape(d - 1, d))
        if len(basis) == 1:
            edges += [e for e in (basis[0], -basis[0]) if all(f @ e >= 0 for f in forms)]
    if not edges:
        return None
    edges = np.array(edges, dtype=object)
    down, up = (edges < 0).any(axis=0), (edges > 0).any(axis=0)
    sign = np.where(down & up, np.nan, up.astype(float) - down)
    return edges.sum(axis=0).reshape(K - 1, -1), sign.reshape(K - 1, -1)


def assert_as_enumerated(X, t, seen, classes):
    ones = np.ones(len(X))
    expected, found = enumerated(X, seen), separation(X, t, ones, classes=classes)
    if expected is None:
        assert found is None
        return "overlap"
    inside, sign = expected
    np.testing.assert_array_equal(found.sign, sign)
    np.testing.assert_array_equal(found.infinite, sign != 0)
    signs = margin_signs(X, t, ones, inside, classes=classes)
    np.testing.assert_array_equal(margin_signs(X, t, ones, found.proof, classes=classes), signs)
    if classes is not None:
        np.testing.assert_array_equal(found.remaining, signs == 0)
    return found.kind


SHAPES = [(2, 2), (2, 3), (2, 4), (3, 1), (3, 2), (4, 1), (None, 2), (None, 3)]


def drawn(rng, classes, n):
    """Responses of all the forms there are, and which classes were seen."""
    if classes is None:
        t = rng.integers(0, 2, (n, 1)).astype(float)
        return t, np.column_stack([np.ones(n, dtype=bool), t > 0])
    t = rng.integers(0, classes, n)
    if rng.random() < 0.7:
        return t, t[:, None] == np.arange(classes)
    shares = np.eye(classes)[t] + np.eye(classes)[rng.integers(0, classes, n)]
    return shares / 2.0, shares > 0


@pytest.mark.parametrize(("classes", "p"), SHAPES)
def test_small_integer_designs_agree_with_enumeration(classes, p):
    rng, kinds = np.random.default_rng([p, classes or 0]), set()
    for _ in range(90):
        n = int(rng.integers(p, 6 if classes == 3 else 9))
        X = rng.integers(-2, 3, (n, p)).astype(float)
        if rng.random() < 0.6:
            X[:, 0] = rng.choice([1.0, -2.0])
        if len(eliminate(whole(X))[1]) == p:
            kinds.add(assert_as_enumerated(X, *drawn(rng, classes, n), classes))
    assert kinds == {"overlap", "quasi", "complete"}


@pytest.mark.parametrize(("classes", "p"), [(2, 2), (2, 3), (2, 4), (3, 2), (None, 3)])
@pytest.mark.parametrize("gap", [2.0**-30, 2.0**-44, 2.0**-51])
def test_designs_a_rounding_apart_agree_with_enumeration(classes, p, gap):
    rng, kinds = np.random.default_rng([p, int(-np.log2(gap))]), set()
    for trial in range(24):
        n = int(rng.integers(p + 1, 6 if classes == 3 else 8))
        X = rng.integers(-2, 3, (n, p)).astype(float)
        X += gap * rng.integers(-2, 3, (n, p))
        if trial % 3:
            X[:, 0] = 3.7
        if trial % 3 == 2:
            X[:, 1:] = (X[:, 1:] - 3e3) * rng.choice([1e-12, 1e12, 1e-200], p - 1)
        if len(eliminate(whole(X))[1]) == p:
            kinds.add(assert_as_enumerated(X, *drawn(rng, classes, n), classes))
    assert "overlap" in kinds and len(kinds) > 1


def test_no_false_alarm_on_random_overlapping_designs():
    # Overlap by construction: each class surrounds the same point, one of them within 2**-30
    # of it, and all in doubles that are exact.
    rng = np.random.default_rng(11)
    for _ in range(200):
        p, K = int(rng.integers(2, 8)), int(rng.integers(2, 5))
        rows, y = [], []
        centre = rng.integers(-4, 5, p - 1)
        for k in range(K):
            corners = rng.integers(-8, 9, (p - 1, p - 1)) + 20 * np.eye(p - 1, dtype=int)
            around = np.vstack([corners, -rng.integers(1, 4, p - 1) @ corners])
            rows.append(centre + (2.0**-30 if k == K - 1 else 1.0) * around)
            y += [k] * p
        X = np.column_stack([np.ones(K * p), np.vstack(rows)])
        assert separation(X, np.array(y), np.ones(K * p), classes=K) is None


def test_no_miss_on_random_separated_designs():
    # Separated by construction: the class of the largest linear predictor, ties left out.
    rng = np.random.default_rng(12)
    for _ in range(200):
        p, K, n = int(rng.integers(2, 7)), int(rng.integers(2, 4)), int(rng.integers(20, 80))
        X = np.column_stack([np.ones(n), rng.standard_normal((n, p - 1))])
        B = np.vstack([np.zeros(p), rng.standard_normal((K - 1, p))])
        y = np.argmax(X @ B.T, axis=1)
        found = separation(X, y, np.ones(n), classes=K)
        assert found.kind == "complete" and found.infinite.all() and not found.face.any()
        signs = margin_signs(X, y, np.ones(n), found.proof, classes=K)
        assert (signs[np.arange(K) != y[:, None]] == 1).all()


@pytest.mark.parametrize("K", [2, 4])
def test_one_class_for_a_level_of_a_factor_is_found_among_many_rows(K):
    rng = np.random.default_rng(13)
    n = 20_000
    X = np.column_stack([np.ones(n), rng.standard_normal((n, 8)), rng.random(n) < 0.1])
    y = rng.integers(0, K, n)
    y[(X[:, -1] == 1) & (y == K - 1)] = 0
    found = separation(X, y, np.ones(n), classes=K)
    expected = np.zeros((K - 1, 10))
    expected[-1, -1] = -1.0
    np.testing.assert_array_equal(found.sign, expected)
    np.testing.assert_array_equal(found.remaining[:, -1], X[:, -1] == 0)
    np.testing.assert_array_equal(found.direction, expected)


def test_many_overlapping_parameters_are_proven_in_doubles():
    # 100 coefficients: exact elimination alone would take minutes.
    rng = np.random.default_rng(14)
    X = np.column_stack([np.ones(3000), rng.standard_normal((3000, 19))])
    assert separation(X, rng.integers(0, 6, 3000), np.ones(3000), classes=6) is None


def test_direction_is_the_widest_of_all():
    """The least margin over the root mean square of the predictors is at its maximum."""
    rng = np.random.default_rng(15)
    X = np.column_stack([np.ones(40), rng.standard_normal((40, 3))])
    y = (X @ [0.3, 1.0, -1.0, 2.0] > 0).astype(int)
    best = separation(X, y, np.ones(40), classes=2).direction[0]

    def width(delta):
        return (np.where(y, 1, -1) * (X @ delta)).min() / np.sqrt(np.mean((X @ delta) ** 2))

    for size in (1e-6, 1e-3, 1.0):
        steps = size * np.abs(best).max() * rng.standard_normal((200, 4))
        # The maximum is a corner: beside it the width falls by far more than its rounding.
        assert all(width(best + step) < width(best) + 1e-12 for step in steps)


def test_a_direction_beyond_the_doubles_is_scaled_back():
    x = np.array([0.0, 0.0, 5e-324, 5e-324])
    found = separation(
        np.column_stack([np.ones(4), x]), np.array([0, 0, 1, 1]), np.ones(4), classes=2
    )
    assert found.kind == "complete"
    assert np.isfinite(found.direction).all() and found.direction[0, 1] == 2.0**1000


def test_integers_are_the_doubles_exactly():
    rng = np.random.default_rng(16)
    X = np.ldexp(rng.standard_normal((30, 4)), rng.integers(-300, 300, (30, 4)))
    X[rng.random(X.shape) < 0.2] = 0.0
    exponents = grid(X)
    exact = integers(X, exponents)
    for j, e in enumerate(exponents):
        assert all(
            Fraction(int(v)) * Fraction(2) ** int(e) == x
            for v, x in zip(exact[:, j], X[:, j], strict=True)
        )
        assert any(v % 2 for v in exact[:, j])
    floats = rounded(exact[0], exponents)
    np.testing.assert_array_equal(floats[X[0] == 0], 0.0)
    ratio = floats[X[0] != 0] / X[0][X[0] != 0]
    assert np.unique(ratio).size == 1 and np.log2(ratio[0]) % 1 == 0


def test_kernel_and_solution_satisfy_their_equations():
    rng = np.random.default_rng(17)
    for rank in range(1, 5):
        left, right = rng.integers(-9, 10, (6, rank)), rng.integers(-9, 10, (rank, 5))
        rows = (left @ right).astype(object)
        basis, free = kernel(rows)
        assert len(basis) == 5 - np.linalg.matrix_rank(rows.astype(float))
        assert not (rows @ basis.T).any()
        assert (basis[:, free] == np.diag(np.diag(basis[:, free]))).all()
    matrix = rng.integers(-9, 10, (5, 5)).astype(object)
    right = rng.integers(-9, 10, 5).astype(object)
    numerators, denominator = solve(matrix, right)
    assert denominator > 0 and (matrix @ numerators == denominator * right).all()


def test_positive_multipliers_are_certain_only_where_they_are_positive():
    A = np.array([[1, 0, 1], [0, 1, -1], [-3, 1, 2]], dtype=object)
    weights = np.zeros(3, dtype=np.int64)
    assert certainly_cancels(A, -(np.array([1, 2, 3], dtype=object) @ A), weights)
    # A multiplier of zero, and one of either sign below the roundings.
    for least in (0, 1, -1):
        c = -(np.array([1 << 80, 1 << 80, least], dtype=object) @ A)
        assert not certainly_cancels(A, c, weights)
    # Fewer rows than coordinates: in their span or not.
    assert certainly_cancels(A[:2], -(A[0] + A[1]), weights)
    assert not certainly_cancels(A[:2], -(A[0] + A[1] + A[2]), weights)
    # No inverse, or one of which doubles know no digit.
    for short in (1 << 60, 1 << 52):
        near = np.array([[short, short], [short, short + 1]], dtype=object)
        assert not certainly_cancels(near, -near.sum(axis=0), weights[:2])
