"""A start next to the maximum, by Newton steps in plain arithmetic (level 4).

The exact loss costs several times the plain one.  So a search does its first steps with the
formulas of a pass over the rows, and the exact loss is left with the last one and the certificate.
"""

from __future__ import annotations

import math

import numpy as np

from likelihood.family import Floats
from likelihood.objective import LinearObjective
from likelihood.solve.newton import newton_step
from likelihood.solve.passes import Passes

#: Standard errors, squared, at which the exact loss takes over.
NEAR = 1e-12
#: Steps after which a search has met something that plain arithmetic is no help with.
STEPS = 20


def nearby(linear: LinearObjective, start: Floats, max_iter: int) -> tuple[Floats, int]:
    """Return a point near the minimum of a loss and the steps taken, or how far plain steps lead.

    Parameters
    ----------
    linear : LinearObjective
        Dense, all classes possible.
    start : (k, d) array
    max_iter : int
        Steps at most.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> counts = LinearObjective(Poisson, np.ones((2, 1)), np.array([[1.0], [3.0]]), np.ones(2))
    >>> theta, steps = nearby(counts, np.zeros((1, 1)), 100)
    >>> float(np.exp(theta[0]).round(6)), steps
    (2.0, 5)
    """
    k, d = start.shape
    passes = Passes(
        linear.family, linear.X, linear.t,
        None if (linear.weights == 1.0).all() else linear.weights, linear.offset,
        np.zeros(d), np.zeros(d, dtype=np.int64), False, k,
    )  # fmt: skip
    theta = previous = start.ravel()
    value, steps = math.inf, 0
    # What overflows is a step too far, and ends the plain steps.
    with np.errstate(over="ignore", invalid="ignore"):
        while steps < min(STEPS, max_iter):
            sums = passes.sums(theta, 2)
            hessian = sums.hessian
            if hessian is None or not sums.value < value or not np.isfinite(hessian).all():
                return previous, steps
            step = newton_step(sums.gradient, hessian)
            previous, value = theta, sums.value
            theta, steps = theta + step, steps + 1
            if -float(sums.gradient @ step) < NEAR:
                break
    return theta, steps
