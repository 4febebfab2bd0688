"""The maximum of a regression's likelihood: start, search, certify (level 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.data.messages import shown
from likelihood.errors import DataError
from likelihood.family import Floats, indicator, present
from likelihood.fit.curvature import Located, from_hessian, spread
from likelihood.fit.existence import attained
from likelihood.fit.polish import SMALL, polished
from likelihood.fit.start import nearby
from likelihood.kernels.arrays import floats
from likelihood.kernels.extended import Pair
from likelihood.linear_model import LinearModel
from likelihood.objective import (
    BLOCK_ROWS,
    Booleans,
    LinearObjective,
    Objective,
    Restricted,
    Ridge,
    Sum,
)
from likelihood.solve.minimise import Optimum, minimise
from likelihood.solve.refinement import product
from likelihood.solve.whitening import Whitening, whitening
from likelihood.solve.working import Working, working


@dataclass(frozen=True, eq=False)
class Solution:
    """The coefficients that maximise a likelihood, and what is known of them.

    All in the units of the columns given, at a dispersion of 1; k free coordinates, d terms.

    Attributes
    ----------
    coef, coef_low : (k, d) array
        Zero where held fixed.
    std_error : (k, d) array
        Zero where held fixed.
    covariance : (k d, k d) array
    log_likelihood : float
        Of the rows in use, without a penalty.
    distance : float
        Standard errors to the maximum.
    converged : bool
    iterations : int
    condition : float
        Of the information, its diagonal brought to one.
    message : str
        What the search says of itself.
    suspicious : bool
        Whether it is not certain that there is a maximum: the data may be separated.
    refined : bool
        Whether the digits were polished to the last.
    approximate : bool
        Whether the distance is in the metric of the search, no Hessian being made.
    undecided : str
        Why it is not known whether there is a maximum; empty where it is.
    """

    coef: Floats
    coef_low: Floats
    std_error: Floats
    covariance: Floats
    log_likelihood: float
    distance: float
    converged: bool
    iterations: int
    condition: float
    message: str
    suspicious: bool
    refined: bool = False
    approximate: bool = False
    undecided: str = ""


#: Standard errors to the maximum from which polishing may still reach it.
CLOSE = 1e-4
#: Range of an offset from which its mean may be far from every row.
WIDE = 20.0


def search(
    model: LinearModel,
    *,
    method: str = "newton",
    tolerance: float = 1e-8,
    max_iter: int = 200,
    possible: Booleans | None = None,
    free: Booleans | None = None,
) -> Solution:
    """Return the maximum of a model's likelihood.

    Parameters
    ----------
    model : LinearModel
        Its columns independent, unless ``free`` or a ridge sees to that.
    possible : (n, K) array of bool, optional
        Classes a row can be in (the limiting model of separated data).
    free : (k, d) array of bool, optional
        Coefficients that vary, in the order of the terms; the others are held at zero, the
        intercept where the other columns are at their means.
    """
    model = dense_if_small(model)
    rows = rows_holding(model, free)
    k, d = model.free, rows.A.shape[1]
    varies = np.ones(k * d, dtype=bool) if free is None else free[:, rows.order].ravel()
    linear, strength = _likelihood(model, rows, possible), _strength(model, rows)
    if not varies.any():
        return _nothing_free(model, linear, d)
    white = None if free is not None or model.ridge else whitening(rows, SMALL)
    # What overflows is a step too far, which the search takes back.
    with np.errstate(over="ignore", invalid="ignore"):
        optimum, found = _located(
            model, rows, linear, strength, varies, white,
            method=method, tolerance=tolerance, max_iter=max_iter,
        )  # fmt: skip
    converged = optimum.converged
    certain = not model.family.separable or attained(linear, found)
    if converged or optimum.distance < CLOSE:
        found = polished(
            model, rows, found, possible=possible, free=varies, strength=strength
        )  # fmt: skip
        converged |= found.distance <= tolerance
    with np.errstate(over="ignore", invalid="ignore"):
        coef, coef_low = rows.to_user((found.x, found.x_low))
    _check_range(model, coef)
    std_error, covariance = _spreads(spread(rows.half_to_user(found.half, k), found.inner))
    value = found.log_likelihood
    return Solution(
        coef=coef, coef_low=coef_low,
        std_error=std_error.reshape(k, d), covariance=covariance,
        log_likelihood=log_likelihood(linear, found.x) if value is None else value,
        distance=found.distance, converged=converged, iterations=found.iterations,
        condition=found.condition, message=optimum.message,
        suspicious=not (converged and certain), refined=found.refined,
    )  # fmt: skip


def rows_holding(model: LinearModel, free: Booleans | None = None) -> Working:
    """Return the working coordinates in which coefficients held at zero are zero too.

    Slopes are the same in all of them.  That of a constant column is not, unless all slopes of
    its response are held as well, and over the rows of a limiting model a column that is held
    can be constant.

    Parameters
    ----------
    model : LinearModel
    free : (k, d) array of bool, optional
        The coefficients that vary, in the order of the terms; all where not given.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> X, t = np.array([[1.0, 3.0], [1.0, 5.0]]), np.ones((2, 1))
    >>> model = LinearModel(Poisson, X, t, np.ones(2), ("one", "x"), intercept=False)
    >>> rows_holding(model).constant, rows_holding(model, np.array([[False, True]])).constant
    (0, None)
    """
    options: dict[str, Any] = {"intercept": model.intercept, "low": model.low}
    # A ridge on the coefficient of a constant column is not one on that of a centred design.
    rows = working(model.X, model.weights, centred=not model.ridge, **options)
    if free is None or rows.design is None or rows.constant is None:
        return rows
    if (free[:, rows.design.place] | ~free.any(axis=1)).all():
        return rows
    return working(model.X, model.weights, centred=False, **options)


def _check_range(model: LinearModel, coef: Floats) -> None:
    """Refuse columns so small that their coefficients are beyond the largest double."""
    beyond = ~np.isfinite(coef).all(axis=0)
    if beyond.any():
        name = model.terms[int(beyond.argmax())]
        raise DataError(
            f"the coefficient of {shown(name)} is beyond the largest double; rescale that column."
        )


def dense_if_small(model: LinearModel) -> LinearModel:
    """Return the model with its zeros stored, if they are few enough to polish the fit."""
    if model.sparse and model.X.shape[0] * model.X.shape[1] <= SMALL:
        return replace(model, X=model.X.toarray())
    return model


def log_likelihood(linear: LinearObjective, x: Floats) -> float:
    """Return the log-likelihood of rows at working coefficients (k, d), in nats."""
    pinned, parts = linear.family.pinned, []
    for first in range(0, linear.X.shape[0], BLOCK_ROWS):
        rows = slice(first, first + BLOCK_ROWS)
        X = linear.X[rows]
        eta = np.zeros((X.shape[0], pinned + len(x)))
        eta[:, pinned:] = X @ x.T
        if linear.offset is not None:
            eta[:, pinned:] += linear.offset[rows]
        if linear.possible is not None:
            eta[~linear.possible[rows]] = -np.inf
        # With the base of the counts, which cancels most of the loss where they are large.
        with np.errstate(over="ignore", invalid="ignore"):
            loss = linear.family.row_nll(eta, linear.t[rows], "natural", 0)
        parts.append(kernels.compensated_dot(linear.weights[rows], loss.value))
    return 0.0 - float(kernels.compensated_sum(np.array(parts)))


def _spreads(half: Floats) -> tuple[Floats, Floats]:
    """Return the standard errors and covariance of ``half half'``, whose squares may overflow."""
    exponents = np.frexp(np.max(np.abs(half), axis=1, initial=0.0))[1]
    scaled = np.ldexp(half, -exponents[:, None])
    with np.errstate(over="ignore", under="ignore"):
        std_error = np.ldexp(np.sqrt(np.sum(scaled * scaled, axis=1)), exponents)
        covariance = np.ldexp(scaled @ scaled.T, exponents[:, None] + exponents)
    return std_error, covariance


def _located(
    model: LinearModel,
    rows: Working,
    linear: LinearObjective,
    strength: Floats | None,
    varies: Booleans,
    white: Whitening | None,
    *,
    method: str,
    tolerance: float,
    max_iter: int,
) -> tuple[Optimum, Located]:
    """Return where a search ended, and the covariance there in working coordinates."""
    options: dict[str, Any] = {"method": method, "tolerance": tolerance, "max_iter": max_iter}
    k, d = model.free, rows.A.shape[1]
    start = _start(model, rows, linear)
    if white is not None:
        # Nearly dependent columns: the search runs on their orthogonal combinations.
        smooth = replace(linear, X=white.columns)
        optimum = minimise(smooth, (start @ white.triangle.T).ravel(), **options)
        parts = [product(white.root, (phi, np.zeros(d))) for phi in optimum.theta.reshape(k, d)]
        x = np.array([part[0] for part in parts]), np.array([part[1] for part in parts])
        found = from_hessian(optimum, x, floats(np.kron(np.eye(k), white.root)), None)
        return optimum, replace(found, condition=max(found.condition, white.condition))
    span = np.eye(k * d)[:, varies]
    objective: Objective = linear
    if strength is not None:
        objective = Sum(linear, Ridge(strength))
    if not varies.all():
        objective = Restricted(objective, np.zeros(k * d), span)
    first, steps = start.ravel()[varies], 0
    if objective is linear and method == "newton" and linear.possible is None and not model.sparse:
        first, steps = nearby(linear, start, max_iter)
        options["max_iter"] = max_iter - steps
    optimum = minimise(objective, first, **options)
    optimum = replace(optimum, iterations=optimum.iterations + steps)
    at: Pair = ((span @ optimum.theta).reshape(k, d), np.zeros((k, d)))
    hessian = optimum.evaluation.hessian
    own = None
    if strength is not None and hessian is not None:
        own = present(linear.evaluate(at[0].ravel(), 2).hessian)[np.ix_(varies, varies)]
    return optimum, from_hessian(optimum, at, span, own)


def _likelihood(model: LinearModel, rows: Working, possible: Booleans | None) -> LinearObjective:
    used = slice(None) if rows.used.all() else rows.used
    return LinearObjective(
        model.family, rows.A, model.t[used], model.weights[used],
        offset=None if model.offset is None else model.offset[used],
        possible=None if possible is None else possible[used],
    )  # fmt: skip


def _strength(model: LinearModel, rows: Working) -> Floats | None:
    """Return the second derivatives (k d,) of the penalty in working coordinates."""
    if not model.ridge:
        return None
    units = rows.exponents if rows.design is None else -rows.design.units
    strength = np.ldexp(model.ridge, -2 * units)
    if model.intercept:
        strength[0] = 0.0
    return np.tile(strength, model.free)


def _start(model: LinearModel, rows: Working, linear: LinearObjective) -> Floats:
    """Return working coefficients (k, d) of the mean response, without slopes."""
    start = np.zeros((model.free, rows.A.shape[1]))
    if rows.constant is None:
        return start
    t, weights = linear.t, linear.weights
    mean = np.average(indicator(t, int(model.n_classes or 1)), axis=0, weights=weights)
    low, high = model.family.mean_range
    # Half an observation away from the boundary, where eta is infinite.
    margin = 0.5 / (1.0 + weights.sum())
    inner = np.clip(mean, low + margin, high - margin)[None, :]
    start[:, rows.constant] = model.family.natural(inner)[0, model.family.pinned :]
    offset = linear.offset
    if offset is None:
        return start
    moves = [np.average(offset, axis=0, weights=weights)]
    if np.ptp(offset, axis=0).max() > WIDE:
        # Far from all rows there is no curvature to go by: start beside some of them.
        moves += list(np.quantile(offset, (0.0, 0.25, 0.5, 0.75, 1.0), axis=0, method="lower"))
    starts = [start.copy() for _ in moves]
    for at, move in zip(starts, moves, strict=True):
        at[:, rows.constant] -= move
    if len(starts) == 1:
        return starts[0]
    values = [linear.evaluate(at.ravel(), 0).value for at in starts]
    return starts[int(np.nanargmin(np.where(np.isfinite(values), values, np.inf)))]


def _nothing_free(model: LinearModel, linear: LinearObjective, d: int) -> Solution:
    """Return the solution of a model in which every coefficient is held at zero."""
    k = model.free
    zero = np.zeros((k, d))
    return Solution(
        zero, zero, zero, np.zeros((k * d, k * d)), log_likelihood(linear, zero), 0.0, True, 0,
        1.0, "nothing to fit", False,
    )  # fmt: skip
