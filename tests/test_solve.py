"""The search: any start, any scale, and a certificate that can say no."""

import math
from dataclasses import dataclass

import numpy as np
import pytest

from likelihood import Gaussian, Poisson
from likelihood.objective import Evaluation, LinearObjective, Objective, ScaledObjective
from likelihood.solve.minimise import checked_method, minimise
from likelihood.solve.newton import decrement, newton_step


@dataclass(frozen=True)
class Quadratic(Objective):
    """(theta - at)' H (theta - at) / 2."""

    hessian: np.ndarray
    at: np.ndarray

    def evaluate(self, theta, order=2):
        away = theta - self.at
        return Evaluation(0.5 * away @ self.hessian @ away, self.hessian @ away, self.hessian)


@dataclass(frozen=True)
class Well(Objective):
    """theta**4 - theta**2: a maximum at zero between two minima."""

    def evaluate(self, theta, order=2):
        (x,) = theta
        return Evaluation(
            float(x**4 - x**2), np.array([4 * x**3 - 2 * x]), np.array([[12 * x**2 - 2]])
        )


class Saddle(Objective):
    """Stationary and flat everywhere in one direction."""

    def evaluate(self, theta, order=2):
        return Evaluation(float(theta[0] ** 2), np.array([2 * theta[0], 0.0]), np.diag([2.0, 0.0]))


class Slope(Objective):
    """No minimum at all."""

    def evaluate(self, theta, order=2):
        return Evaluation(float(-theta[0]), np.array([-1.0]), np.array([[0.0]]))


def counts(y, start_scale=1.0):
    t = np.asarray(y, float)[:, None]
    return LinearObjective(Poisson, np.ones((len(t), 1)), t, np.ones(len(t)))


def test_a_quadratic_takes_one_step_and_one_for_its_rounding():
    optimum = minimise(Quadratic(np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([3.0, -1.0])), [0, 0])
    assert optimum.converged and optimum.iterations <= 2
    np.testing.assert_allclose(optimum.theta, [3.0, -1.0], rtol=1e-15)


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1.0, 1e8, 1e150])
def test_the_distance_does_not_depend_on_units(scale):
    hessian = np.array([[2.0, 0.5], [0.5, 1.0]]) / scale**2
    away = np.array([0.3, -0.2]) * scale
    gradient = hessian @ away
    expected = 0.5 * np.array([0.3, -0.2]) @ np.array([[2.0, 0.5], [0.5, 1.0]]) @ [0.3, -0.2]
    assert decrement(gradient, hessian) == pytest.approx(expected, rel=1e-13)
    np.testing.assert_allclose(newton_step(gradient, hessian), -away, rtol=1e-13)


def test_coordinates_of_very_different_curvature_are_balanced():
    scale = np.array([1e-9, 1.0, 1e9])
    hessian = (np.eye(3) + 0.5) / np.outer(scale, scale)
    optimum = minimise(Quadratic(hessian, scale), np.zeros(3))
    assert optimum.converged
    np.testing.assert_allclose(optimum.theta, scale, rtol=1e-12)


def test_negative_curvature_is_left_downhill():
    optimum = minimise(Well(), np.array([1e-3]))
    assert optimum.converged
    assert optimum.theta[0] == pytest.approx(math.sqrt(0.5), rel=1e-12)


def test_a_stationary_point_that_is_no_minimum_is_not_certified():
    optimum = minimise(Well(), np.array([0.0]))
    assert optimum.distance == 0.0
    assert not optimum.converged


@pytest.mark.parametrize("objective", [Saddle(), Slope()], ids=["flat", "unbounded"])
def test_a_flat_direction_is_not_certified(objective):
    start = np.ones(2) if isinstance(objective, Saddle) else np.ones(1)
    assert not minimise(objective, start, max_iter=50).converged


@pytest.mark.parametrize("start", [-30.0, -5.0, 0.0, 5.0, 30.0, 600.0])
def test_newton_converges_from_far_away(start):
    optimum = minimise(counts([1, 2, 6]), np.array([start]), max_iter=1000)
    assert optimum.converged
    assert math.exp(optimum.theta[0]) == pytest.approx(3.0, rel=1e-12)


def test_a_start_at_the_maximum_costs_no_iteration():
    optimum = minimise(counts([1, 2, 6]), np.log([3.0]), method="closed-form")
    assert (optimum.iterations, optimum.converged) == (0, True)


def test_a_closed_form_that_is_not_the_maximum_is_improved():
    optimum = minimise(counts([1, 2, 6]), np.log([2.0]), method="closed-form")
    assert optimum.iterations > 0 and optimum.converged
    assert math.exp(optimum.theta[0]) == pytest.approx(3.0, rel=1e-12)


def test_a_proposal_that_left_the_domain_is_ignored():
    class Cliff(Objective):
        def evaluate(self, theta, order=2):
            (x,) = theta
            value = (x - 1.0) ** 2 if x < 5.0 else math.nan
            return Evaluation(value, np.array([2 * (x - 1.0)]), np.array([[2.0]]))

    optimum = minimise(Cliff(), np.array([4.9]), method="CG")
    assert optimum.converged and optimum.theta[0] == pytest.approx(1.0)


def test_evaluations_add_and_an_absent_derivative_stays_absent():
    whole = Evaluation(1.0, np.ones(1), np.ones((1, 1))) + Evaluation(2.0, np.ones(1))
    assert (whole.value, whole.gradient[0], whole.hessian) == (3.0, 2.0, None)
    assert (Evaluation(1.0) + whole).gradient is None


def test_lower_orders_leave_out_what_they_do_not_need():
    objective = counts([1, 2, 6])
    assert objective.evaluate(np.zeros(1), 0).gradient is None
    assert objective.evaluate(np.zeros(1), 1).hessian is None
    location = LinearObjective(Gaussian, np.ones((2, 1)), np.array([[1.0], [-1.0]]), np.ones(2))
    scaled = ScaledObjective(location)
    full, value = scaled.evaluate(np.array([0.1, 0.2])), scaled.evaluate(np.array([0.1, 0.2]), 0)
    assert value.value == full.value and value.hessian is None


def test_the_scaled_objective_is_the_negative_log_likelihood(rng):
    y = rng.normal(size=6)
    location = LinearObjective(Gaussian, np.ones((6, 1)), y[:, None], np.ones(6))
    scaled = ScaledObjective(location)
    at = np.array([0.3, -0.4])
    expected = -Gaussian(0.3, math.exp(-0.4)).log_likelihood(y)
    assert scaled.evaluate(at).value == pytest.approx(expected, rel=1e-13)
    for j, h in ((0, 1e-6), (1, 1e-6)):
        step = h * np.eye(2)[j]
        up, down = scaled.evaluate(at + step), scaled.evaluate(at - step)
        # Central differences of step 1e-6.
        assert scaled.evaluate(at).gradient[j] == pytest.approx(
            (up.value - down.value) / (2 * h), rel=1e-8
        )
        np.testing.assert_allclose(
            scaled.evaluate(at).hessian[j], (up.gradient - down.gradient) / (2 * h), rtol=1e-7
        )


def test_methods_are_known_by_name():
    assert checked_method("l-bfgs-b") == "L-BFGS-B"
    with pytest.raises(ValueError, match="'adam' is not known"):
        checked_method("adam")
