"""The fit of tall data: a sample's maximum, gradient passes, one Hessian (level 4).

A pass over all rows costs as much as reading them.  So the search starts from the maximum of every
sixteenth row, itself started from every 128th, whose Hessian is a good metric for all of them
(Newton steps on all rows would need it anew each time).  A few gradients later, with that metric
kept up by BFGS updates, one Hessian gives the last step and the standard errors, and one gradient
more tells how far the maximum still is.  A bad sample costs passes, never correctness.
"""

from __future__ import annotations

import math

import numpy as np

from likelihood.family import Floats
from likelihood.fit.overlap import proven
from likelihood.fit.passing import STEPS, intercepts, passes_of, penalty, to_user
from likelihood.fit.search import Solution
from likelihood.linear_model import LinearModel
from likelihood.solve.kronecker import inverse_root, kronecker, shrunk_root
from likelihood.solve.limited_memory import Point
from likelihood.solve.passes import Passes

#: Numbers in X from which this is worth its while, and digits beyond are not.
TALL = 1_000_000
#: Standard errors at which the sample's search hands over: its sampling error is larger.
SAMPLED = 0.3
#: Standard errors at which gradients hand over to the Hessian, so that standard errors are those
#: of the maximum to six digits and more.
NEAR = 1e-3
#: Gradient passes after which the metric was not good enough.
PASSES = 12


def tall(model: LinearModel) -> bool:
    """Return whether the rows are so many that they are passed over, not polished."""
    return not model.sparse and model.low is None and model.X.size > TALL


def tall_solution(
    model: LinearModel, *, tolerance: float = 1e-6, max_iter: int = 200, threads: int = 1
) -> Solution | None:
    """Return the maximum of a tall model, None where only the careful path can tell.

    That is where a sample has no maximum, where the metric does not serve, or where the
    information is so nearly singular that columns may be dependent.

    Parameters
    ----------
    tolerance : float
        The distance to the maximum that is accepted, in standard errors.
    threads : int
        Threads that share the rows of a pass.
    """
    passes = passes_of(model, threads)
    found = _sampled(passes, model)
    if found is None:
        return None
    theta, metric = found
    ridge = penalty(model, passes)
    count, previous = 0, math.inf
    gradient = passes.sums(theta, 1).gradient + ridge * theta
    while True:
        count += 1
        size = _distance(gradient, metric)
        if not size < previous or count > PASSES:
            return None
        step = -metric @ gradient
        theta = theta + step
        if size < NEAR:
            break
        previous = size
        moved = passes.sums(theta, 1).gradient + ridge * theta
        metric = _updated(metric, step, moved - gradient)
        gradient = moved
    return _certified(model, passes, theta, ridge, tolerance, max_iter, count)


def tall_squares(model: LinearModel, *, threads: int = 1) -> tuple[Solution, float, float] | None:
    """Return the least-squares solution of a tall model with its sums of squares, or None.

    Two passes: one for the Gram matrix, one with the residuals of its solution, which corrects
    that.  None where the columns are so nearly dependent that this would cost digits.

    Returns
    -------
    tuple
        The solution, and the sums of squares of the residuals and of the response (about its
        mean if the model has an intercept).
    """
    passes = passes_of(model, threads)
    theta = np.zeros(passes.X.shape[1] + passes.intercept)
    if passes.intercept:
        theta[0] = _mean_response(model)
    sums = passes.sums(theta, 2)
    root = None if sums.hessian is None else inverse_root(sums.hessian)
    if root is None or sums.hessian is None:
        return None
    total = 2.0 * sums.value
    if passes.intercept:
        total -= float(sums.gradient[0] ** 2 / sums.hessian[0, 0])
    theta = theta - root @ (root.T @ sums.gradient)
    left = passes.sums(theta, 1, value=True)
    step = -root @ (root.T @ left.gradient)
    gain = float(-left.gradient @ step)
    squares = max(2.0 * left.value - gain, 0.0)
    df = model.total - theta.size
    sd = math.sqrt(squares / df) if df > 0 else math.nan
    # Of the point before the correction, and so an upper bound for the one after it.
    distance = math.sqrt(max(gain, 0.0)) / sd if sd > 0 else math.inf
    if not distance < NEAR:
        return None
    return (
        _solution(passes, theta + step, root, sums.hessian, 2, distance, math.nan),
        squares,
        total,
    )


def _mean_response(model: LinearModel) -> float:
    """Return the mean response of a sample, near which squares are summed."""
    y = model.t[:: STEPS[-1], 0]
    return float(y.mean() if model.offset is None else (y - model.offset[:: STEPS[-1], 0]).mean())


def _certified(
    model: LinearModel,
    passes: Passes,
    theta: Floats,
    ridge: Floats,
    tolerance: float,
    max_iter: int,
    count: int,
) -> Solution | None:
    """Return the solution that Newton's method with full Hessians finds, usually in one step."""
    while True:
        sums = passes.sums(theta, 2)
        count += 1
        if sums.hessian is None:
            return None
        gradient = sums.gradient + ridge * theta
        hessian = sums.hessian + np.diag(ridge)
        root = inverse_root(hessian)
        if root is None:
            return None
        step = -root @ (root.T @ gradient)
        gain = float(-gradient @ step)
        # Of the point before the step, and so an upper bound for the one after it.
        distance = math.sqrt(gain)
        theta = theta + step
        if distance > tolerance:
            left = passes.sums(theta, 1).gradient + ridge * theta
            count += 1
            shorter = float(np.linalg.norm(root.T @ left))
            if not shorter < distance:
                return None
            distance = shorter
        if distance <= tolerance or count > max_iter:
            break
    half = root if not ridge.any() else shrunk_root(root, sums.hessian)
    base = float(np.sum(model.family.log_base(model.t) * model.weights))
    # The value before the last step, less what that step gained, to its third order.
    value = base - (sums.value - 0.5 * gain)
    if ridge.any():
        value = (
            base
            - sums.value
            - float(sums.gradient @ step)
            - 0.5 * float(step @ sums.hessian @ step)
        )
    # Along a separating direction the row with the largest margin would be fitted more closely
    # than the square of the distance: see the note in docs/architecture.md.
    certain = sums.least > max(1e3 * distance * distance, 1e-12)
    if not certain and not ridge.any():
        certain = _overlap(model, passes, theta)
    return _solution(
        passes, theta, half, hessian, count, distance, value,
        converged=distance <= tolerance, suspicious=not certain,
    )  # fmt: skip


def _overlap(model: LinearModel, passes: Passes, theta: Floats) -> bool:
    """Return whether rows in doubt prove that there is a maximum, however closely others fit."""
    sums = passes.sums(theta, 1, value=True)
    step = max(len(passes.X) // max(100 * theta.size, 4096), 1)
    sample = passes.every(step, copied=False)
    metric = kronecker(step * sample.gram(), sample.mean_variance(theta))
    if metric is None:
        return False
    every = np.ones(theta.size // passes.free, dtype=bool)
    return proven(model, passes, every, metric, Point(theta, sums.value, sums.gradient)).exists


def _solution(
    passes: Passes,
    theta: Floats,
    half: Floats,
    hessian: Floats,
    count: int,
    distance: float,
    value: float,
    *,
    converged: bool = True,
    suspicious: bool = False,
) -> Solution:
    """Return a maximum in the coordinates of the passes as a solution in the columns' units."""
    coef, half = to_user(theta, half, passes)
    size = np.sqrt(np.diag(hessian))
    values = np.linalg.eigvalsh(hessian / size[:, None] / size)
    condition = math.sqrt(float(values[-1] / values[0])) if values[0] > 0 else math.inf
    return Solution(
        coef=coef, coef_low=np.zeros_like(coef),
        std_error=np.sqrt(np.sum(half * half, axis=1)).reshape(coef.shape),
        covariance=half @ half.T, log_likelihood=value, distance=distance,
        converged=converged, iterations=count, condition=condition,
        message="passes over the rows", suspicious=suspicious,
    )  # fmt: skip


def _sampled(passes: Passes, model: LinearModel) -> tuple[Floats, Floats] | None:
    """Return a start and a metric from samples of the rows; None if a sample has no maximum."""
    d = passes.X.shape[1] + passes.intercept
    theta = np.zeros((passes.free, d))
    if passes.intercept:
        theta[:, 0] = intercepts(model)
    point, metric = theta.ravel(), None
    total = float(model.weights.sum())
    for step in STEPS:
        sample = passes.every(step)
        if len(sample.X) < 5 * point.size:
            continue
        weight = len(sample.X) if sample.weights is None else float(sample.weights.sum())
        if weight == 0:
            return None
        found = _newton(sample, point, penalty(model, passes) * (weight / total))
        if found is None:
            return None
        point, root = found
        metric = root @ root.T * (weight / total)
    return None if metric is None else (point, metric)


def _newton(sample: Passes, theta: Floats, ridge: Floats) -> tuple[Floats, Floats] | None:
    """Return a point near a sample's maximum and a root of its covariance."""
    value = math.inf
    step = np.zeros_like(theta)
    for _ in range(30):
        sums = sample.sums(theta, 2)
        if sums.hessian is None:
            return None
        reached = sums.value + 0.5 * float(ridge @ (theta * theta))
        if not reached <= value + 1e-9 * abs(value):
            # The step was too long.
            step = 0.5 * step
            theta = theta - step
            continue
        value = reached
        gradient = sums.gradient + ridge * theta
        root = inverse_root(sums.hessian + np.diag(ridge))
        if root is None:
            return None
        step = -root @ (root.T @ gradient)
        theta = theta + step
        if float(-gradient @ step) < SAMPLED**2:
            return theta, root
    return None


def _distance(gradient: Floats, metric: Floats) -> float:
    return math.sqrt(max(float(gradient @ metric @ gradient), 0.0))


def _updated(metric: Floats, step: Floats, change: Floats) -> Floats:
    """Return the inverse Hessian after a step, by the BFGS formula (Nocedal & Wright 2006, 6.1)."""
    curvature = float(change @ step)
    if not curvature > 0:
        return metric
    along = metric @ change
    scale = (1.0 + float(change @ along) / curvature) / curvature
    return np.asarray(
        metric
        - (np.outer(step, along) + np.outer(along, step)) / curvature
        + scale * np.outer(step, step)
    )
