"""Newton's method with step control, as a custom method of ``scipy.optimize.minimize``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.family import Floats

if TYPE_CHECKING:
    from scipy.optimize import OptimizeResult

#: Sufficient decrease of a step (Armijo 1966), as a share of what the model promised.
SUFFICIENT = 1e-4
#: Halvings after which a step is given up.  Where the curvature is tiny a step overshoots by
#: many powers of two (a Poisson at a rate of e**-30 by 40), so this is well beyond 52.
HALVINGS = 100


def newton_step(gradient: Floats, hessian: Floats) -> Floats:
    """Return ``-H**-1 g``; where H is not positive definite, of H with its spectrum lifted.

    Examples
    --------
    >>> import numpy as np
    >>> newton_step(np.array([2.0]), np.array([[4.0]]))
    array([-0.5])
    """
    # Coordinates of very different curvature are balanced first (Jacobi scaling).
    diagonal = np.diag(hessian)
    scale = 1.0 / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
    balanced = hessian * scale[:, None] * scale[None, :]
    try:
        np.linalg.cholesky(balanced)
        direct: Floats = -scale * np.linalg.solve(balanced, scale * gradient)
        return direct
    except np.linalg.LinAlgError:
        pass
    values, vectors = np.linalg.eigh(balanced)
    # A direction of negative curvature is followed downhill with its size turned positive;
    # a flat one is bounded, so that the step stays finite (Gill, Murray & Wright 1981, 4.4).
    floor = np.finfo(float).eps * max(float(np.abs(values).max()), 1.0)
    lifted = np.maximum(np.abs(values), floor)
    step: Floats = -scale * (vectors @ ((vectors.T @ (scale * gradient)) / lifted))
    return step


def decrement(gradient: Floats, hessian: Floats) -> float:
    """Return the Newton decrement ``g' H**-1 g / 2`` in nats: what one more step would gain.

    Examples
    --------
    >>> import numpy as np
    >>> decrement(np.array([2.0]), np.array([[4.0]]))
    0.5
    """
    return float(-0.5 * gradient @ newton_step(gradient, hessian))


def newton(
    fun: Callable[[Floats], float],
    x0: Floats,
    args: tuple[()] = (),
    *,
    jac: Callable[[Floats], Floats],
    hess: Callable[[Floats], Floats],
    callback: Callable[[OptimizeResult], Any] | None = None,
    aim: float = 1e-20,
    maxiter: int = 100,
    **unused: Any,
) -> OptimizeResult:
    """Return the minimum of a smooth function by Newton steps with backtracking.

    The signature is what ``scipy.optimize.minimize(method=callable)`` calls; it hands every
    custom method its bounds, constraints and products too, which this one has no use for.

    Parameters
    ----------
    aim : float
        Stop once the decrement is below this many nats, or no longer falls.
    maxiter : int
        Steps at most.
    """
    from scipy.optimize import OptimizeResult

    x, value, iterations, gain = np.asarray(x0, dtype=float), fun(x0), 0, np.inf
    while True:
        gradient = jac(x)
        step = newton_step(gradient, hess(x))
        previous, gain = gain, float(-0.5 * gradient @ step)
        # Near the minimum a decrement that stops falling has reached the floor of rounding.
        settled = gain <= aim or (gain < 1e-12 and gain > 0.25 * previous)
        if settled or iterations >= maxiter or not np.isfinite(gain):
            break
        moved = _backtrack(fun, x, value, step, gain)
        if moved is None:
            break
        x, value = moved
        iterations += 1
        if callback is not None:
            callback(OptimizeResult(x=x, fun=value))
    return OptimizeResult(
        x=x, fun=value, jac=gradient, nit=iterations, success=bool(settled),
        message="the decrement settled" if settled else "no further step was possible or allowed",
    )  # fmt: skip


def _backtrack(
    fun: Callable[[Floats], float], x: Floats, value: float, step: Floats, gain: float
) -> tuple[Floats, float] | None:
    """Return the first point along the step that decreases the function enough, or None."""
    # What the value is known to: below this a difference between two values is noise.
    noise = 8.0 * np.finfo(float).eps * (1.0 + abs(value))
    for halving in range(HALVINGS):
        share = 0.5**halving
        candidate = x + share * step
        reached = fun(candidate)
        if reached <= value - 2.0 * SUFFICIENT * share * gain + noise:
            return candidate, reached
    return None
