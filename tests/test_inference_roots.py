"""The bracketing root finder: full precision at every scale, and its refusals."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import optimize

from likelihood.solve.roots import find_root

roots = st.floats(-1e300, 1e300).filter(lambda x: x == 0 or abs(x) > 1e-300)


@settings(deadline=None)
@given(root=roots, above=st.booleans(), power=st.sampled_from([1, 0.3]))
def test_root_is_found_to_its_last_digits_at_any_scale(root, above, power):
    def function(x):
        difference = x - root
        return np.sign(difference) * np.abs(difference) ** power * (1 if above else -1)

    found = find_root(function, [-1e301], [1e301])[0]
    assert found == pytest.approx(root, rel=2e-15, abs=0)


def test_elements_are_solved_side_by_side():
    targets = np.array([1e-200, 3e-40, 0.3, 1.0, 7.0, 1e30])
    found = find_root(lambda x: np.log(np.maximum(x, 1e-320)) - np.log(targets), 0.0, 1e40)
    # The function's own rounding: one part in 2**53 of a log of up to 460.
    np.testing.assert_allclose(found, targets, rtol=2e-13)


def test_brentq_agrees():
    function = lambda x: np.cos(x) - x  # noqa: E731
    expected = optimize.brentq(function, 0, 1, xtol=1e-16, rtol=1e-15)
    assert find_root(function, 0.0, 1.0) == pytest.approx(expected, rel=2e-15)


def test_a_root_at_an_end_is_that_end():
    assert find_root(lambda x: x, 0.0, 1.0) == 0.0
    assert find_root(lambda x: x - 1.0, 0.0, 1.0) == 1.0


def test_infinite_values_at_an_end_are_no_obstacle():
    def function(x):
        with np.errstate(divide="ignore"):
            return -np.log(x) - 5.0

    assert find_root(function, 0.0, 1.0) == pytest.approx(np.exp(-5.0), rel=4e-15)


def test_few_evaluations_are_needed():
    calls = []

    def function(x):
        calls.append(x)
        return x * x - 2e-30

    assert find_root(function, 0.0, 1.0) == pytest.approx(np.sqrt(2e-30), rel=1e-15)
    # 64 halvings alone would find the last digit.
    assert len(calls) < 30


@pytest.mark.parametrize("function", [lambda x: x + 1.0, lambda x: -x - 1.0, lambda x: np.nan * x])
def test_a_bracket_without_a_change_of_sign_is_refused(function):
    with pytest.raises(ValueError, match="opposite sign.*widen the bracket"):
        find_root(function, 0.0, 1.0)
