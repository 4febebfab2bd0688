"""The last digits of a regression: coefficients and standard errors refined (level 4).

Near the maximum only the score limits the digits of the coefficients.  With the linear predictor,
the means and the sums over rows in double-double it is known to some 28 digits, and a few Newton
steps, the coefficients carried in two parts, leave nothing to round but the results.
"""

from __future__ import annotations

from dataclasses import replace
from functools import reduce
from typing import NamedTuple

import numpy as np

from likelihood.family import Extended, Floats
from likelihood.fit.curvature import Located
from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.extended import Pair, add, multiply
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.centring import Design
from likelihood.solve.information import Information, information
from likelihood.solve.working import Working

#: Numbers in the columns, times coordinates of eta, up to which a fit is polished unasked.
SMALL = 1_000_000
#: And up to which it is where the columns are nearly dependent.
LARGE = 10_000_000
#: Condition from which they are.
DEPENDENT = 1e5
#: Numbers in the rows of the information, up to which it is refined.
PAIRS = 4_000_000
#: Condition up to which the information of the search does for a step.
PLAIN = 1e4
#: Change of a linear predictor from which a Newton step in full may lead away.
NEAR = 1e-2
#: A correction after which nothing is left to correct, in standard errors.
ENOUGH = 1e-18
#: Corrections that move the standard errors by less than their rounding.
STILL = 1e-16
#: Standard errors from which on one step may be all that is left.
SETTLED = 1e-12
#: Passes over the rows at most.
PASSES = 8


class Score(NamedTuple):
    """A loss and its gradient (k d,) in two parts, and the variances that make up its Hessian."""

    value: Pair
    gradient: Pair
    directions: Floats
    curvature: Floats


def polished(
    model: LinearModel,
    rows: Working,
    found: Located,
    *,
    possible: Booleans | None = None,
    free: Booleans | None = None,
    strength: Floats | None = None,
) -> Located:
    """Return a maximum whose digits are all right, or the one given where that is out of reach.

    Parameters
    ----------
    found : Located
        Within a small part of a standard error of the maximum.
    possible : (n, K) array of bool, optional
        Classes a row can be in.
    free : (k d,) array of bool, optional
        Coefficients that vary; the others are zero.
    strength : (k d,) array, optional
        The diagonal Hessian of a penalty.
    """
    if rows.design is None or not np.isfinite(found.half).all():
        return found
    size = rows.design.X.size * model.free
    if size > (LARGE if found.condition > DEPENDENT else SMALL):
        return found
    every = np.ones(found.x.size, dtype=bool) if free is None else free
    # Where numbers leave the range of the arithmetic the result does not count.
    with np.errstate(all="ignore"):
        lines = _Rows(model, rows, rows.design, possible)
        done = _refined(lines, rows.A, found, every, strength)
    if done is None or not all(np.isfinite(part).all() for part in (done.x, done.x_low, done.half)):
        return found
    return done


class _Rows:
    """The rows with weight, for scores in two parts."""

    def __init__(
        self, model: LinearModel, rows: Working, columns: Design, possible: Booleans | None
    ) -> None:
        used = slice(None) if rows.used.all() else rows.used
        self.family, self.columns = model.family, columns
        self.t = model.t[used]
        self.offset = None if model.offset is None else model.offset[used]
        self.impossible = None if possible is None else ~possible[used]

    def score(self, x: Pair, strength: Floats | None) -> Score | None:
        """Return the score at coefficients (k, d), None where the family has none to give."""
        gradients, values, curvature, directions = [], [], [], None
        for rows, high, low, weights in self.columns.blocks():
            eta = self._predictor(rows, high, low, x)
            at = self.family.extended(eta, self.t[rows])
            if at is None:
                return None
            weights = np.ones(high.shape[1]) if weights is None else weights
            directions = at.directions[:, self.family.pinned :]
            curvature.append(at.curvature)
            values.append(sum_parts(*two_product(weights, at.value)))
            gradients.append(self._gradient(at, weights, high, low))
        if directions is None:
            return None
        # The scale of the weights is a power of two.
        exponent = self.columns.weight_exponent
        total, gradient = reduce(add, values), reduce(add, gradients)
        gradient = np.ldexp(gradient[0], exponent), np.ldexp(gradient[1], exponent)
        if strength is not None:
            pull = multiply((x[0].ravel(), x[1].ravel()), (strength, np.zeros_like(strength)))
            gradient = add(gradient, pull)
        value = np.ldexp(total[0], exponent), np.ldexp(total[1], exponent)
        return Score(value, gradient, directions, np.concatenate(curvature))

    def _predictor(self, rows: slice, high: Floats, low: Floats | None, x: Pair) -> Pair:
        """Return eta (n, K) in two parts, the pinned coordinates included."""
        pinned, k = self.family.pinned, len(x[0])
        eta = np.zeros((2, high.shape[1], pinned + k))
        for c in range(k):
            term, error = two_product(high, x[0][c][:, None])
            error += high * x[1][c][:, None]
            if low is not None:
                error += low * x[0][c][:, None]
            part = two_sum(*sum_parts(term, error))
            if self.offset is not None:
                part = add(part, (self.offset[rows, c], np.zeros(high.shape[1])))
            eta[0, :, pinned + c], eta[1, :, pinned + c] = part
        if self.impossible is not None:
            eta[0][self.impossible[rows]] = -np.inf
            eta[1][self.impossible[rows]] = 0.0
        return eta[0], eta[1]

    def _gradient(self, at: Extended, weights: Floats, high: Floats, low: Floats | None) -> Pair:
        """Return the gradient of some rows, coordinate by coordinate."""
        parts = []
        for c in range(self.family.pinned, at.residual[0].shape[1]):
            weighted, lost = two_product(weights, at.residual[0][:, c])
            lost += weights * at.residual[1][:, c]
            term, error = two_product(high, weighted)
            error += high * lost
            if low is not None:
                error += low * weighted
            parts.append(two_sum(*sum_parts(term.T, error.T)))
        return np.concatenate([p[0] for p in parts]), np.concatenate([p[1] for p in parts])


def _refined(
    rows: _Rows, A: Floats, found: Located, free: Booleans, strength: Floats | None
) -> Located | None:
    """Return the maximum from Newton steps in two parts; None if none led anywhere."""
    x: Pair = (found.x, found.x_low)
    known: Information | None = None
    # How far the coefficients are from where the information was taken.
    moved, last, left, exact = np.inf, np.inf, np.inf, True
    value = (np.zeros(()), np.zeros(()))
    for step_number in range(PASSES):
        score = rows.score(x, strength)
        if score is None:
            return None
        value = score.value
        gradient = score.gradient[0] * free, score.gradient[1] * free
        if step_number == 0 and _still(A, found):
            known = _information(rows, score, free, strength)
            if known is not None:
                step, size = known.step(gradient)
                x = add(x, (-step[0].reshape(found.x.shape), -step[1].reshape(found.x.shape)))
                # What a Newton step leaves is its size times the error of the information, whose
                # digits are all right but the last.
                left = 1e-12 * size
                break
        if step_number == 0 and found.condition < PLAIN:
            step, size = _plain(found, gradient)
        else:
            if exact and moved > STILL:
                known, moved = _information(rows, score, free, strength), 0.0
                exact = known is not None
            step, size = _plain(found, gradient) if known is None else known.step(gradient)
        move = -step[0].reshape(found.x.shape), -step[1].reshape(found.x.shape)
        left = min(last, size)
        if not size < 0.25 * last or not np.abs(A @ move[0].T).max(initial=0.0) < NEAR:
            break
        x = add(x, move)
        moved, last = moved + size, size
        # Not before the information is known at the maximum.
        if size <= ENOUGH and (known is not None or not exact):
            break
    if not left < found.distance and not left <= ENOUGH:
        return None
    total = -float(value[0] + value[1])
    done = replace(found, x=x[0], x_low=x[1], distance=left, log_likelihood=total)
    if known is None:
        return done
    return replace(
        done, half=known.root, inner=known.covariance, condition=known.condition, refined=True
    )


def _still(A: Floats, found: Located) -> bool:
    """Return whether the step that is left changes no digit of the variances of the rows."""
    k, d = found.x.shape
    if not found.distance < SETTLED:
        return False
    half = found.half.reshape(k, d, -1)
    spread = max(float(np.sum((A @ part) ** 2, axis=1).max(initial=0.0)) for part in half)
    return bool(found.distance * np.sqrt(spread) < 4.0 * STILL)


def _information(
    rows: _Rows, score: Score, free: Booleans, strength: Floats | None
) -> Information | None:
    if score.curvature.size * int(free.sum()) > PAIRS:
        return None
    return information(rows.columns, score.directions, score.curvature, free, strength)


def _plain(found: Located, gradient: Pair) -> tuple[Pair, float]:
    """Return a Newton step with the information of the search, and its standard errors."""
    white = found.half.T @ gradient[0]
    step = found.half @ white
    return (step, np.zeros_like(step)), float(np.linalg.norm(white))
