"""The fit of a factor of many levels: each level its own effect, a few slopes for all (level 4).

Newton's method with the Hessian in blocks costs no more than a gradient does, so there is no
sample to start from: a level may have few rows there, and one outcome among them.  Effects start
at the mean response of their level, and a step or two later the slopes are near.
"""

from __future__ import annotations

import math

import numpy as np

from likelihood.family import Floats
from likelihood.fit.grouped_rows import Grouped, grouped
from likelihood.fit.search import Solution
from likelihood.fit.tall import NEAR
from likelihood.linear_model import LinearModel
from likelihood.solve.grouped_passes import GroupedInverse, inverted
from likelihood.solve.separation import Separation

#: Halvings of a step that was too long.
_HALVINGS = 30


def grouped_solution(
    model: LinearModel, *, tolerance: float = 1e-6, max_iter: int = 200, threads: int = 1
) -> tuple[Solution, Separation | None] | None:
    """Return the maximum of a model with a factor of many levels, and how it is separated.

    None where the model has another structure, or only the careful path can tell: where
    more than single levels may be separated, or columns may be dependent.

    Parameters
    ----------
    tolerance : float
        The distance to the maximum that is accepted, in standard errors.
    threads : int
        Threads that share the rows of a pass.

    Notes
    -----
    A level in which there is one outcome is separated by its own effect.  The rows of the others
    have a maximum, as the search shows; so no direction that separates moves these, and the
    cone of those that do is that of the single effects.
    """
    data = grouped(model, threads)
    if data is None:
        return None
    passes = data.passes
    close = min(tolerance, NEAR)
    reached = _newton(data, close, max_iter) or _newton(data, close, max_iter, guarded=True)
    if reached is None:
        return None
    effects, slopes, inverse, distance, count = reached
    value, least = passes.value(effects, slopes)
    # As in the fit of other tall data: see the note in docs/architecture.md.
    if not least > max(1e3 * distance * distance, 1e-12):
        return None
    value = float(np.sum(model.family.log_base(model.t) * model.weights)) - value
    found = _solution(data, inverse, effects, slopes, count, distance, value)
    return found, data.terms.separation(model)


def _newton(
    data: Grouped, tolerance: float, max_iter: int, *, guarded: bool = False
) -> tuple[Floats, Floats, GroupedInverse, float, int] | None:
    """Return effects, slopes, the inverse Hessian, the distance, and the number of passes.

    Parameters
    ----------
    guarded : bool
        Whether steps are halved until the value falls.  It costs as much as all else: without
        it the distance has to shrink from step to step, and None is returned where it does not.
    """
    passes, effects = data.passes, data.start
    slopes = np.zeros(passes.free * len(passes.columns))
    change = np.zeros_like(effects), np.zeros_like(slopes)
    value, shortest, halved = math.inf, math.inf, 0
    for count in range(1, max_iter + 1):
        sums = passes.sums(effects, slopes, value=guarded)
        if guarded and not sums.value <= value + 1e-12 * abs(value):
            halved += 1
            if halved > _HALVINGS:
                return None
            change = 0.5 * change[0], 0.5 * change[1]
            effects, slopes = effects - change[0], slopes - change[1]
            continue
        value, halved = sums.value, 0
        inverse = inverted(sums, passes.fixed)
        if inverse is None:
            return None
        step = inverse.step(sums)
        # Of the point before the step, and so an upper bound for the one after it: the Hessian
        # was taken there, and its standard errors are to have the digits of the estimates.
        distance = math.sqrt(max(step.gain, 0.0))
        if not (guarded or distance < shortest):
            return None
        effects, slopes = effects + step.effects, slopes + step.slopes
        change, shortest = (step.effects, step.slopes), distance
        if distance <= tolerance:
            return effects, slopes, inverse, distance, count
    return None


def grouped_squares(
    model: LinearModel, *, threads: int = 1
) -> tuple[Solution, float, float] | None:
    """Return the least-squares solution of a model with a factor of many levels, or None.

    Two passes, the second with the residuals of the first, which correct it.

    Returns
    -------
    tuple
        The solution, and the sums of squares of the residuals and of the response (about its
        mean if the model has an intercept).
    """
    data = grouped(model, threads)
    if data is None:
        return None
    passes = data.passes
    slopes = np.zeros(len(passes.columns))
    first = passes.sums(data.start, slopes)
    inverse = inverted(first, passes.fixed)
    if inverse is None:
        return None
    step = inverse.step(first)
    effects, slopes = data.start + step.effects, slopes + step.slopes
    left = passes.sums(effects, slopes, value=True)
    step = inverse.step(left)
    squares = max(2.0 * left.value - step.gain, 0.0)
    df = model.total - data.terms.count
    sd = math.sqrt(squares / df) if df > 0 else math.nan
    distance = math.sqrt(max(step.gain, 0.0)) / sd if sd > 0 else math.inf
    if not distance < NEAR:
        return None
    found = _solution(
        data, inverse, effects + step.effects, slopes + step.slopes, 2, distance, math.nan
    )
    y = model.t[:, 0] if model.offset is None else (model.t - model.offset)[:, 0]
    about = y - (model.weights @ y) / model.weights.sum() if model.intercept else y
    return found, squares, float((model.weights * about) @ about)


def _solution(
    data: Grouped,
    inverse: GroupedInverse,
    effects: Floats,
    slopes: Floats,
    count: int,
    distance: float,
    value: float,
) -> Solution:
    coef = data.terms.coefficients(effects, slopes)
    covariance = data.terms.covariance(inverse)
    return Solution(
        coef=coef, coef_low=np.zeros_like(coef),
        std_error=np.sqrt(np.diag(covariance)).reshape(coef.shape), covariance=covariance,
        log_likelihood=value, distance=distance, converged=True, iterations=count,
        condition=inverse.condition, message="passes over the rows by level", suspicious=False,
    )  # fmt: skip
