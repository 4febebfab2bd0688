"""The likelihood of a regression around its maximum, and its maximum under restrictions (level 5).

Everything is in the working coordinates of the fit, whitened by the information where there is a
maximum: a column at an offset of 1e9 or with a scale of 1e-12 is no special case.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from likelihood.family import Floats, present
from likelihood.fit.record import RegressionRecord
from likelihood.fit.search import rows_holding
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans, Evaluation, LinearObjective, Objective, Restricted
from likelihood.solve.newton import decrement, newton_step
from likelihood.solve.working import Working

#: Newton's steps at most; along a separating direction each gains one unit of its exponent.
STEPS = 400
#: Decrements, in nats: nothing left to gain; and what ends an approach to infinity, which gains
#: a constant share of its decrement with every further step.
SETTLED, APPROACHED = 1e-26, 1e-14
#: Decrements from which on one has to fall.
ROUNDING = 1e-9
#: A step, in working coordinates, from which on it is seen to that it is not rounding.
_LONG = 4.0
_EPSILON = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Reached:
    """Where a descent ended.

    Attributes
    ----------
    theta : (m,) array
    evaluation : Evaluation
        With gradient and Hessian at theta.
    attained : bool
        Whether there is a minimum here, and not only an infimum that is approached.
    """

    theta: Floats
    evaluation: Evaluation
    attained: bool


def descend(objective: Objective, start: Floats) -> Reached:
    """Return the minimum of a convex objective, or a point within 1e-13 nats of its infimum.

    Along a direction of recession the objective approaches its infimum as ``exp(-s)``, a Newton
    step adds 1 to s, and what is left is less than four decrements.

    Parameters
    ----------
    start : (m,) array
        A point with a finite value.

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> X, t = np.array([[-1.0], [1.0]]), np.array([[0.0], [1.0]])
    >>> found = descend(LinearObjective(Bernoulli, X, t, np.ones(2)), np.zeros(1))
    >>> found.evaluation.value < 1e-13, found.attained
    (True, False)
    """
    theta = np.asarray(start, dtype=float)
    at = objective.evaluate(theta, 2)
    if not theta.size:
        return Reached(theta, at, True)
    gain, attained = np.inf, True
    for _ in range(STEPS):
        step, blind = _step(at)
        previous, gain = gain, float(-0.5 * present(at.gradient) @ step)
        attained = gain < 0.1 * previous
        if gain <= SETTLED:
            attained = not blind
            break
        # A small decrement that rises is rounding divided by a vanishing curvature: its step goes
        # so far that the coordinates held fixed would be lost.
        lost = gain > previous and previous <= ROUNDING
        if lost or (gain <= max(APPROACHED, _EPSILON * abs(at.value)) and not attained):
            # A decrement at the floor of rounding does not fall either; steps are short there.
            attained = bool(np.abs(step).max() < 1e-3)
            break
        moved = _downhill(objective, theta, at, step, gain)
        if moved is None:
            break
        theta, at = moved
    return Reached(theta, at, attained)


def _step(at: Evaluation) -> tuple[Floats, bool]:
    """Return Newton's step, and whether directions were left out of it.

    Those are the directions whose curvature is rounding, and along which the slope is too: next
    to nothing is to be gained there, and a step would go so far that what is held fixed is lost.
    """
    gradient, hessian = present(at.gradient), present(at.hessian)
    step = newton_step(gradient, hessian)
    # Along a direction of recession a step adds about 1 to a margin.
    if np.abs(step).max() < _LONG:
        return step, False
    diagonal = np.diag(hessian)
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    values, vectors = np.linalg.eigh(hessian * scale[:, None] * scale)
    directions = scale[:, None] * vectors
    slopes = directions.T @ gradient
    least = _EPSILON * max(float(np.abs(values).max()), 1.0)
    # What one unit of the coordinates gains.
    gained = np.abs(slopes) / np.abs(directions).max(axis=0)
    blind = (values <= 64.0 * len(values) * least) & (gained <= 1e-12 * (1.0 + abs(at.value)))
    slopes[blind] = 0.0
    return np.asarray(-directions @ (slopes / np.maximum(np.abs(values), least))), bool(blind.any())


def _downhill(
    objective: Objective, theta: Floats, at: Evaluation, step: Floats, gain: float
) -> tuple[Floats, Evaluation] | None:
    """Return the first point along a step that is low enough, or None (Armijo 1966)."""
    noise = 8.0 * _EPSILON * (1.0 + abs(at.value))
    share = 1.0
    for _ in range(100):
        point = theta + share * step
        with np.errstate(over="ignore", invalid="ignore"):
            reached = objective.evaluate(point, 2)
        if (
            reached.value <= at.value - 2e-4 * share * gain + noise
            and np.isfinite(present(reached.hessian)).all()
        ):
            return point, reached
        share *= 0.5
    return None


@dataclass(frozen=True, eq=False)
class Surface:
    """The negative log-likelihood of the kept columns, without what does not depend on them.

    Attributes
    ----------
    objective : LinearObjective
        In working coordinates theta (p,), p = k d of the kept terms.
    rows : Working
    top : (p,) array
        The maximum; a point near the supremum where there is none.
    half : (p, m) array
        Directions; at a maximum ``half half'`` is the inverse information.
    to_user : (p, p) array
        What takes theta to the coefficients of the columns given.
    value : float
        The infimum of the objective.
    """

    objective: LinearObjective
    rows: Working
    top: Floats
    half: Floats
    to_user: Floats
    value: float

    def along(self, base: Floats, span: Floats) -> Restricted:
        """Return the objective at ``theta = base + span phi``."""
        return Restricted(self.objective, base, span)


def maximum(model: LinearModel, record: RegressionRecord) -> Surface:
    """Return the likelihood around its maximum, or that of the limiting conditional model.

    The limiting model's coefficients that separation leaves undetermined are held fixed.
    """
    reduced, apart = kept_columns(model, record), record.separation
    if apart is None:
        surface = _surface(reduced, record)
        free = np.ones(surface.top.size, dtype=bool)
    else:
        faced = replace(reduced, weights=np.where(apart.face, reduced.weights, 0.0))
        surface = _surface(faced, record, ~apart.held)
        free = ~apart.held[:, surface.rows.order].ravel()
    span = np.eye(len(free))[:, free]
    reached = descend(surface.along(surface.top, span), np.zeros(span.shape[1]))
    return replace(
        surface, top=surface.top + span @ reached.theta, value=reached.evaluation.value,
        half=span @ _root_of_inverse(present(reached.evaluation.hessian)),
    )  # fmt: skip


def approach(model: LinearModel, record: RegressionRecord, push: float = 0.0) -> Surface:
    """Return the likelihood of separated data, at the limit plus ``push`` times the direction.

    The value is the supremum's.
    """
    reduced, apart = kept_columns(model, record), record.separation
    surface = _surface(reduced, record)
    value = maximum(model, record).value if apart is not None and apart.face.any() else 0.0
    top = surface.top
    if apart is not None:
        top = top + push * np.linalg.solve(surface.to_user, apart.direction.ravel())
    return replace(surface, top=top, value=value)


def kept_columns(model: LinearModel, record: RegressionRecord) -> LinearModel:
    """Return the model without aliased columns."""
    return model.columns(record.kept[int(model.intercept) :])


def _surface(
    reduced: LinearModel, record: RegressionRecord, free: Booleans | None = None
) -> Surface:
    """Return the likelihood at a record's coefficients, of the limiting model if some are held."""
    rows = rows_holding(reduced, free)
    used = slice(None) if rows.used.all() else rows.used
    possible = record.remaining if free is not None and reduced.family.pinned else None
    objective = LinearObjective(
        reduced.family, rows.A, reduced.t[used], reduced.weights[used],
        offset=None if reduced.offset is None else reduced.offset[used],
        possible=None if possible is None else possible[used],
    )  # fmt: skip
    k, d = reduced.shape
    one = np.asarray(rows.to_user((np.eye(d), np.zeros((d, d))))[0].T)
    coef, low = record.coef[:, record.kept], record.coef_low[:, record.kept]
    top = np.asarray(np.linalg.solve(one, coef.T).T + np.linalg.solve(one, low.T).T, dtype=float)
    to_user = np.asarray(np.kron(np.eye(k), one), dtype=float)
    return Surface(objective, rows, top.ravel(), np.eye(k * d), to_user, np.nan)


def _root_of_inverse(hessian: Floats) -> Floats:
    """Return H with ``H H'`` the inverse of a positive definite matrix, brought to balance."""
    if not hessian.size:
        return hessian
    scale = 1.0 / np.sqrt(np.diag(hessian))
    values, vectors = np.linalg.eigh(hessian * scale[:, None] * scale)
    values = np.maximum(values, len(values) * _EPSILON * values[-1])
    root: Floats = scale[:, None] * vectors / np.sqrt(values)
    return root


@dataclass(frozen=True, eq=False)
class RestrictedFit:
    """The maximum of a likelihood under restrictions.

    Attributes
    ----------
    value : float
        The objective there; its infimum where nothing is attained.
    score : float
        Rao's statistic: the score there in the metric of the information there.
    attained : bool
    """

    value: float
    score: float
    attained: bool


def restricted_fit(surface: Surface, R: Floats, gap: Floats) -> RestrictedFit:
    """Return the maximum under ``R b = r``.

    Parameters
    ----------
    surface : Surface
    R : (m, p) array
        Of the kept coefficients, of full row rank; zero over what the surface holds fixed.
    gap : (m,) array
        ``r - R b`` at the top of the surface.
    """
    rows = R @ surface.to_user @ surface.half
    # Restrictions on coefficients of very different size are brought to one length.
    length = np.linalg.norm(rows, axis=1)
    rows, gap = rows / length[:, None], gap / length
    q, triangle = np.linalg.qr(rows.T, mode="complete")
    m = len(R)
    nearest = q[:, :m] @ np.linalg.solve(triangle[:m].T, gap)
    span = surface.half @ q[:, m:]
    start = _start(surface, nearest, q[:, m:])
    if start is None:
        return RestrictedFit(np.inf, np.nan, False)
    base = surface.top + surface.half @ nearest
    reached = descend(surface.along(base, span), start)
    theta = base + span @ reached.theta
    full = surface.along(theta, surface.half).evaluate(np.zeros(surface.half.shape[1]), 2)
    score = np.nan
    if reached.attained and np.isfinite(present(full.hessian)).all():
        score = 2.0 * decrement(present(full.gradient), present(full.hessian))
    return RestrictedFit(reached.evaluation.value, score, reached.attained)


def _start(surface: Surface, nearest: Floats, free: Floats) -> Floats | None:
    """Return where a descent under restrictions starts: the lowest of a few points.

    That nearest to the maximum may be where rows are fitted to certainty, and Newton's method
    comes back from there at a constant pace; one near theta = 0 never is.
    """
    base, span = surface.top + surface.half @ nearest, surface.half @ free
    inward = np.asarray(np.linalg.lstsq(span, -base, rcond=None)[0], dtype=float)
    best, lowest = None, np.inf
    restricted = surface.along(base, span)
    for share in (0.0, 0.5, 1.0):
        with np.errstate(over="ignore", invalid="ignore"):
            value = restricted.evaluate(share * inward, 0).value
        if value < lowest:
            best, lowest = share * inward, value
    return best
