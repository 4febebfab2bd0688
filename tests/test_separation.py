"""Separation on reference sets, and what must not change it."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from likelihood.solve.separation import margin_signs, separation

FOLDER = Path(__file__).parent / "references" / "separation"
SEPARATED = ["iris_setosa_sep", "iris_sep_m", "wine_sep_m", "syn_complete_sep", "syn_quasi1_sep"]
OVERLAPPING = ["iris_vv", "wine2_m", "syn_near_sep"]
#: What `cone_ranges` says of a coefficient, as a sign.
SIGNS = {"+inf": 1.0, "-inf": -1.0, "finite": 0.0, "direction not unique": np.nan}


def load(name):
    table = np.loadtxt(FOLDER / f"{name}.csv", delimiter=",", skiprows=1)
    reference = json.loads((FOLDER / f"ml_{name}.json").read_text())
    return table[:, 2:], table[:, 0].astype(int), table[:, 1], reference


def line(x):
    return np.column_stack([np.ones(len(x)), x])


def same(a, b):
    """Whether all that is decided exactly is equal."""
    return (
        a.kind == b.kind
        and np.array_equal(a.infinite, b.infinite)
        and np.array_equal(a.sign, b.sign, equal_nan=True)
        and np.array_equal(a.remaining, b.remaining)
        and np.array_equal(a.face, b.face)
    )


def assert_same_direction(actual, desired, rtol=1e-9):
    # The direction is a solution in doubles of a problem with a condition number of up to
    # 1e4 in these sets; entries are compared on the scale of the largest.
    np.testing.assert_allclose(actual, desired, rtol=0, atol=rtol * np.abs(desired).max())


@pytest.fixture(params=SEPARATED)
def separated(request):
    return load(request.param)


def test_separated_sets_are_found_with_their_columns_and_signs(separated):
    X, y, w, reference = separated
    found = separation(X, y, w, classes=reference["classes"])
    assert found.kind == reference["separation"]
    expected = np.array([SIGNS[r["verdict"]] for r in reference["cone_ranges"]])
    np.testing.assert_array_equal(found.sign.ravel(), expected)
    np.testing.assert_array_equal(found.infinite.ravel(), expected != 0)


def test_reference_certificate_and_proof_have_the_same_signs(separated):
    X, y, w, reference = separated
    K, certificate = reference["classes"], reference["certificate"]
    direction = np.array([Fraction(v) for v in certificate["direction"]], dtype=object)
    signs = margin_signs(X, y, w, direction.reshape(K - 1, -1), classes=K)
    others = np.arange(K) != y[:, None]
    assert (signs[others] == 1).sum() == certificate["strictly_positive"]
    assert (signs[others] == 0).sum() == certificate["zero"]
    assert (signs >= 0).all()
    found = separation(X, y, w, classes=K)
    np.testing.assert_array_equal(margin_signs(X, y, w, found.proof, classes=K), signs)
    np.testing.assert_array_equal(found.remaining, signs == 0)


def test_direction_has_least_positive_margin_one(separated):
    X, y, w, reference = separated
    found = separation(X, y, w, classes=reference["classes"])
    eta = np.column_stack([np.zeros(len(X)), X @ found.direction.T])
    margins = eta[np.arange(len(y)), y][:, None] - eta
    # wine's columns reach 1680, so the doubles' sums are good to about 1e-11.
    assert margins[~found.remaining].min() == pytest.approx(1.0, abs=1e-9)
    assert np.abs(margins[found.remaining]).max() < 1e-9


@pytest.mark.parametrize("name", OVERLAPPING)
def test_overlapping_sets_are_proven_to_overlap(name):
    X, y, w, reference = load(name)
    assert separation(X, y, w, classes=reference["classes"]) is None


def test_limiting_model_of_three_irises_is_the_two_that_overlap():
    X, y, w, _ = load("iris_sep_m")
    found = separation(X, y, w, classes=3)
    np.testing.assert_array_equal(found.face, y > 0)
    np.testing.assert_array_equal(found.remaining[y > 0], [[False, True, True]] * 100)
    np.testing.assert_array_equal(found.remaining[y == 0], [[True, False, False]] * 50)


@pytest.mark.parametrize("gap", [2.0**-30, 2.0**-50])
def test_one_point_across_the_boundary_and_back_changes_the_verdict(gap):
    y = np.repeat([0, 1], 4)
    verdicts = []
    for moved in (1.5 - gap, 1.5, 1.5 + gap, 1.5, 1.5 - gap):
        x = np.array([0.25, 0.5, 1.0, moved, 1.5, 1.75, 2.0, 3.0])
        found = separation(line(x), y, np.ones(8), classes=2)
        verdicts.append(found and found.kind)
    assert verdicts == ["complete", "quasi", None, "quasi", "complete"]


@pytest.mark.parametrize("factor", [2.0**40, 2.0**-40, 3.7, 1e12, 1e-12, -1e-3])
def test_a_columns_unit_changes_only_its_coefficient(separated, factor):
    X, y, w, reference = separated
    K = reference["classes"]
    plain = separation(X, y, w, classes=K)
    rescaled = X.copy()
    rescaled[:, -1] = X[:, -1] * factor
    found = separation(rescaled, y, w, classes=K)
    expected = plain.sign.copy()
    expected[:, -1] *= np.sign(factor)
    np.testing.assert_array_equal(found.sign, expected)
    assert found.kind == plain.kind
    np.testing.assert_array_equal(found.remaining, plain.remaining)
    back = found.direction.copy()
    back[:, -1] *= factor
    assert_same_direction(back, plain.direction)


def test_a_shift_of_1e8_is_absorbed_by_the_intercept():
    # Integers, so that the shifted columns are the same numbers exactly.
    rng = np.random.default_rng(7)
    X = np.column_stack([np.ones(60), rng.integers(-50, 50, (60, 3))])
    y = (X @ [3.0, 1.0, -2.0, 0.5] > 0).astype(int)
    plain = separation(X, y, np.ones(60), classes=2)
    far = X + [0.0, 1e8, -1e8, 3e8]
    found = separation(far, y, np.ones(60), classes=2)
    assert found.kind == plain.kind == "complete"
    assert_same_direction(found.direction[:, 1:], plain.direction[:, 1:])
    y[np.argmin(np.abs(X @ [3.0, 1.0, -2.0, 0.5]))] ^= 1
    y[np.argmax(X @ [3.0, 1.0, -2.0, 0.5])] = 0
    assert separation(far, y, np.ones(60), classes=2) is None


def test_rows_order_repetition_and_weights_change_nothing(separated):
    X, y, w, reference = separated
    K = reference["classes"]
    plain = separation(X, y, w, classes=K)
    rng = np.random.default_rng(3)
    rows = np.concatenate([rng.permutation(len(X)), rng.integers(0, len(X), 40)])
    found = separation(X[rows], y[rows], rng.integers(1, 9, len(rows)), classes=K)
    # Distinct rows are sorted before anything is computed: the same to the last bit.
    np.testing.assert_array_equal(found.direction, plain.direction)
    np.testing.assert_array_equal(found.proof, plain.proof)
    np.testing.assert_array_equal(found.remaining, plain.remaining[rows])
    np.testing.assert_array_equal(found.sign, plain.sign)


def test_rows_without_weight_are_not_there():
    X, y, w, _ = load("syn_near_sep")
    assert separation(X, y, w, classes=2) is None
    without = np.where(np.arange(len(y)) == 4, 0.0, w)
    found = separation(X, y, without, classes=2)
    kept = separation(np.delete(X, 4, axis=0), np.delete(y, 4), np.delete(w, 4), classes=2)
    np.testing.assert_array_equal(found.direction, kept.direction)
    assert found.kind == kept.kind == "complete"
    assert not found.remaining[4].any() and not found.face[4]


@pytest.mark.parametrize("name", ["iris_sep_m", "wine_sep_m"])
@pytest.mark.parametrize("order", [(1, 0, 2), (2, 0, 1)])
def test_relabelling_classes_permutes_the_answer(name, order):
    X, y, w, _ = load(name)
    plain = separation(X, y, w, classes=3)
    found = separation(X, np.array(order)[y], w, classes=3)
    assert found.kind == plain.kind
    np.testing.assert_array_equal(found.remaining[:, list(order)], plain.remaining)
    full = np.vstack([np.zeros(X.shape[1]), plain.direction])
    relabelled = np.vstack([np.zeros(X.shape[1]), found.direction])[list(order)]
    assert_same_direction(relabelled - relabelled[0], full)


def test_two_classes_are_the_binary_case_in_every_form(separated):
    X, y, w, reference = separated
    one = separation(X, np.minimum(y, 1), w, classes=2)
    as_shares = separation(X, np.minimum(y, 1.0)[:, None], w, classes=2)
    as_rows = separation(X, np.eye(2)[np.minimum(y, 1)], w, classes=2)
    for other in (as_shares, as_rows):
        assert same(one, other)
        np.testing.assert_array_equal(one.direction, other.direction)


def test_swapping_the_two_classes_flips_the_signs():
    X, y, w, _ = load("syn_quasi1_sep")
    one, other = (separation(X, t, w, classes=2) for t in (y, 1 - y))
    np.testing.assert_array_equal(one.sign, -other.sign)
    assert_same_direction(one.direction, -other.direction)


def test_shares_of_grouped_rows_tie_both_classes():
    x = np.array([0.0, 1.0, 2.0, 3.0])
    assert (
        separation(line(x), np.array([0.0, 0.4, 0.5, 1.0])[:, None], np.ones(4), classes=2) is None
    )
    found = separation(line(x), np.array([0.0, 0.0, 0.5, 1.0])[:, None], np.ones(4), classes=2)
    np.testing.assert_array_equal(found.face, [False, False, True, False])
    assert found.kind == "quasi"
    assert_same_direction(found.direction, np.array([[-2.0, 1.0]]))


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_a_declared_class_that_never_occurs_is_separated(missing):
    rng = np.random.default_rng(1)
    X = line(rng.standard_normal(40))
    present = np.delete(np.arange(3), missing)
    y = present[rng.integers(0, 2, 40)]
    found = separation(X, y, np.ones(40), classes=3)
    assert found.kind == "quasi"
    np.testing.assert_array_equal(found.remaining, [np.arange(3) != missing] * 40)
    expected = {0: [1, 1], 1: [-1, 0], 2: [0, -1]}[missing]
    np.testing.assert_array_equal(found.sign[:, 0], expected)


def test_a_poisson_group_of_zeros_sends_its_effect_to_minus_infinity():
    group = np.repeat([0.0, 1.0, 2.0], 4)
    X = np.column_stack([np.ones(12), group == 1, group == 2]).astype(float)
    counts = np.array([1, 0, 2, 3, 0, 0, 0, 0, 4, 0, 1, 1.0])[:, None]
    found = separation(X, counts, np.ones(12), classes=None)
    assert found.kind == "quasi"
    np.testing.assert_array_equal(found.sign, [[0.0, -1.0, 0.0]])
    np.testing.assert_array_equal(found.face, group != 1)
    np.testing.assert_array_equal(found.remaining, (group != 1)[:, None])
    counts[4] = 1.0
    assert separation(X, counts, np.ones(12), classes=None) is None


def test_an_all_zero_poisson_response_is_completely_separated():
    found = separation(line(np.arange(5.0)), np.zeros((5, 1)), np.ones(5), classes=None)
    assert found.kind == "complete"
    assert not found.face.any()
    np.testing.assert_array_equal(found.sign, [[-1.0, np.nan]])


@pytest.mark.parametrize("bits", [10, 20, 30])
def test_a_narrow_gap_is_halved_by_the_direction(bits):
    gap = 2.0**-bits
    x = np.array([0.25, 0.5, 1.0, 1.5 - gap, 1.5, 1.75, 2.0, 3.0])
    found = separation(line(x), np.repeat([0, 1], 4), np.ones(8), classes=2)
    # The gap itself is known to eps / gap in working coordinates.
    expected = np.array([[1.0 - 3.0 / gap, 2.0 / gap]])
    np.testing.assert_allclose(found.direction, expected, rtol=4.0 * 2.0**-52 / gap)
