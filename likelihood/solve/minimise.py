"""The one door to ``scipy.optimize.minimize``: propose, polish, certify."""

from __future__ import annotations

import math
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from likelihood.family import Floats
from likelihood.objective import Evaluation, Objective
from likelihood.solve.newton import decrement, newton

#: The order of derivatives each of SciPy's methods can use.
SCIPY_METHODS: Mapping[str, int] = {
    "Nelder-Mead": 0, "Powell": 0, "COBYLA": 0, "COBYQA": 0,
    "BFGS": 1, "CG": 1, "L-BFGS-B": 1, "SLSQP": 1, "TNC": 1,
    "Newton-CG": 2, "trust-exact": 2, "trust-krylov": 2, "trust-ncg": 2,
}  # fmt: skip

#: Below this decrement, in nats, polishing has nothing left to gain in double precision.
AIM = 1e-31
#: Newton steps after the proposal; convergence there is quadratic, so few are needed.
POLISH = 20


@dataclass(frozen=True)
class Optimum:
    """Where a search ended and how far that is from the maximum.

    Attributes
    ----------
    theta : (d,) array
    evaluation : Evaluation
        With gradient and Hessian at theta.
    iterations : int
        Of the proposing method and of the polish together.
    distance : float
        Standard errors to the maximum: ``sqrt(g' H**-1 g)``; NaN where it is undefined.
    converged : bool
        The distance is within the tolerance and the Hessian is positive definite.
    message : str
        What the search says of itself.
    """

    theta: Floats
    evaluation: Evaluation
    iterations: int
    distance: float
    converged: bool
    message: str


class _Evaluations:
    """SciPy asks for value, gradient and Hessian one by one; this evaluates each point once."""

    def __init__(self, objective: Objective, order: int) -> None:
        self.objective, self.order = objective, order
        self.theta: Floats | None = None
        self.last = Evaluation(math.nan)

    def at(self, theta: Floats) -> Evaluation:
        theta = np.asarray(theta, dtype=float)
        if self.theta is None or not np.array_equal(theta, self.theta):
            self.theta, self.last = theta.copy(), self.objective.evaluate(theta, self.order)
        return self.last

    def value(self, theta: Floats) -> float:
        value = self.at(theta).value
        # SciPy's line searches compare values; a NaN would pass every comparison by failing it.
        return value if not math.isnan(value) else math.inf

    def gradient(self, theta: Floats) -> Floats | None:
        return self.at(theta).gradient

    def hessian(self, theta: Floats) -> Floats | None:
        return self.at(theta).hessian


def checked_method(method: str) -> str:
    """Return the name of a known method as SciPy spells it, whatever its case.

    Raises
    ------
    ValueError
        The method is none of ``newton`` and SciPy's.

    Examples
    --------
    >>> checked_method("bfgs")
    'BFGS'
    """
    known = {name.lower(): name for name in ("newton", "closed-form", *SCIPY_METHODS)}
    if not isinstance(method, str) or method.lower() not in known:
        raise ValueError(f"method {method!r} is not known; use one of {', '.join(known.values())}.")
    return known[method.lower()]


def minimise(
    objective: Objective,
    start: Floats,
    *,
    method: str = "newton",
    tolerance: float = 1e-8,
    max_iter: int = 200,
) -> Optimum:
    """Return the minimum of an objective, certified by its distance in standard errors.

    The named method proposes, Newton's method polishes, the decrement decides: what a method
    says of its own convergence is reported, never believed.  A start that is already the
    minimum, as a closed form is, costs one evaluation and no import of SciPy.

    Parameters
    ----------
    start : (d,) array
    method : str
        "newton" or a method of ``scipy.optimize.minimize``.
    tolerance : float
        The distance to the maximum that is accepted, in standard errors.
    max_iter : int
        Iterations at most, of the proposal and of the polish each.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> from likelihood.objective import LinearObjective
    >>> counts = LinearObjective(Poisson, np.ones((2, 1)), np.array([[1.0], [3.0]]), np.ones(2))
    >>> optimum = minimise(counts, np.array([5.0]))
    >>> optimum.converged, round(float(np.exp(optimum.theta[0])), 12)
    (True, 2.0)
    """
    method = checked_method(method)
    theta = np.asarray(start, dtype=float)
    seen = _Evaluations(objective, 2)
    closed = _certify(seen, theta, 0, tolerance, "the closed form is the maximum")
    if method == "closed-form" and closed.converged:
        return closed
    proposal = None
    if method not in ("newton", "closed-form"):
        proposal = _propose(objective, theta, method, max_iter)
        if np.isfinite(objective.evaluate(proposal.x, 0).value):
            theta = np.asarray(proposal.x, dtype=float)
    allowed = max_iter if proposal is None else min(POLISH, max_iter)
    polished = _polish(seen, theta, allowed)
    iterations = int(polished.nit) + (0 if proposal is None else int(proposal.get("nit", 0)))
    message = polished.message if proposal is None else proposal.message
    found = _certify(seen, polished.x, iterations, tolerance, str(message))
    # A closed form is only ever replaced by something better.
    worse = method == "closed-form" and not found.distance < closed.distance
    return closed if worse else found


def _propose(objective: Objective, start: Floats, method: str, max_iter: int) -> Any:
    from scipy import optimize

    order = SCIPY_METHODS[method]
    seen = _Evaluations(objective, order)
    # TNC counts function calls where the others count iterations.
    limit = {"maxfun": max_iter} if method == "TNC" else {"maxiter": max_iter}
    derivatives: dict[str, Any] = {}
    if order >= 1:
        derivatives["jac"] = seen.gradient
    if order >= 2:
        derivatives["hess"] = seen.hessian
    with warnings.catch_warnings():
        # What a method says of itself is in its result; the verdict is ours.
        warnings.simplefilter("ignore")
        return optimize.minimize(seen.value, start, method=method, options=limit, **derivatives)


def _polish(seen: _Evaluations, start: Floats, steps: int) -> Any:
    from scipy import optimize

    return optimize.minimize(
        seen.value, start, method=newton, jac=seen.gradient, hess=seen.hessian,
        options={"maxiter": steps, "aim": AIM},
    )  # fmt: skip


def _certify(
    seen: _Evaluations, theta: Floats, iterations: int, tolerance: float, message: str
) -> Optimum:
    evaluation = seen.at(theta)
    distance, curved = math.nan, False
    gradient, hessian = evaluation.gradient, evaluation.hessian
    if gradient is not None and hessian is not None and np.isfinite(hessian).all():
        distance = math.sqrt(max(2.0 * decrement(gradient, hessian), 0.0))
        diagonal = np.diag(hessian)
        curved = bool((diagonal > 0).all()) and _positive_definite(hessian)
    converged = curved and distance <= max(tolerance, _rounding(theta, hessian))
    return Optimum(theta, evaluation, iterations, distance, converged, message)


def _rounding(theta: Floats, hessian: Floats | None) -> float:
    """Return the distance, in standard errors, that rounding theta itself may make."""
    if hessian is None:
        return 0.0
    error = 2.0 * np.finfo(float).eps * np.abs(theta)
    return float(np.sqrt(np.clip(error * error @ np.diag(hessian), 0.0, None)))


def _positive_definite(hessian: Floats) -> bool:
    scale = 1.0 / np.sqrt(np.diag(hessian))
    try:
        factor = np.linalg.cholesky(hessian * scale[:, None] * scale[None, :])
    except np.linalg.LinAlgError:
        return False
    # A pivot is what a coordinate's curvature keeps once the earlier ones are accounted for.
    return bool((np.diag(factor) ** 2).min() > len(scale) * np.finfo(float).eps)
