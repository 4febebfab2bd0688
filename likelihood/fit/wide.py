"""The fit of many coefficients without their Hessian: gradients in a Kronecker metric (level 4).

With k responses and d terms a Hessian has (k d)**2 numbers and costs k d times a gradient.  The
metric ``mean variance (x) Gram matrix`` costs no more than d of one response; a few remembered
gradients (L-BFGS) mend what it leaves out, in some twenty passes over the rows.  Standard errors
wait until they are asked for.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.fit.overlap import proven
from likelihood.fit.passing import intercepts, passes_of, penalty, to_user
from likelihood.fit.wide_columns import Columns, wide_columns
from likelihood.linear_model import LinearModel
from likelihood.solve.kronecker import Kronecker
from likelihood.solve.limited_memory import Memory, Point, line_search
from likelihood.solve.passes import Passes

#: Coefficients from which a Hessian is too large.
WIDE = 1500
#: The distance that is accepted where less is not asked for; it is approximate anyway.
ACCEPTED = 1e-6
#: The least distance that the rounding of a gradient leaves meaning to.
ROUNDED = 1e-10
#: Rows, or up to twice as many, that tell the mean variance.
SAMPLE = 4096
#: Steps after which the variances of the metric are taken anew, where probabilities have moved.
ANEW = (2, 6, 12)


class Wide(NamedTuple):
    """Where a search of many coefficients ended.

    Attributes
    ----------
    theta : (k d,) array
        In the coordinates of the passes.
    passes : Passes
    columns : Columns
        Which terms are identified.
    coef : (k, d) array
        In the columns' own units; zero where aliased.
    log_likelihood, distance : float
        The distance is in the working metric.
    converged : bool
        Or ended early, where the classes are told apart in every row.
    exists : bool
        Whether it is proven that there is a maximum.
    iterations : int
        Passes over all rows.
    """

    theta: Floats
    passes: Passes
    columns: Columns
    coef: Floats
    log_likelihood: float
    distance: float
    converged: bool
    exists: bool
    iterations: int


def wide(model: LinearModel) -> bool:
    """Return whether the coefficients are so many that their Hessian is not made.

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> X, t = np.zeros((2000, 1600)), np.zeros((2000, 1))
    >>> wide(LinearModel(Bernoulli, X, t, np.ones(2000), ("x",) * 1600, n_classes=2))
    True
    """
    if model.sparse or model.low is not None or model.family.free_dispersion:
        return False
    # More columns than rows are dependent, and what is left of them is no more than the rows.
    return model.free * min(model.shape[1], model.n_rows) > WIDE


def wide_search(
    model: LinearModel, *, tolerance: float = 1e-8, max_iter: int = 200, threads: int = 1
) -> Wide | None:
    """Return the maximum over many coefficients, None where there is no metric to search in.

    Parameters
    ----------
    tolerance : float
        Accepted distance to the maximum in standard errors; ``ACCEPTED`` from 1e-8 up, a
        hundred times as much below.
    max_iter : int
        Passes over the rows at most.
    threads : int
        Threads that share the rows of a pass.
    """
    passes = passes_of(model, threads)
    theta = np.zeros(model.shape)
    if model.intercept:
        theta[:, 0] = intercepts(model)
    columns = wide_columns(model, passes, theta.ravel())
    if columns is None:
        return None
    search = _Search(model, passes, columns.metric)
    accepted = max(tolerance, min(100.0 * tolerance, ACCEPTED))
    with np.errstate(over="ignore", invalid="ignore"):
        at = search.run(search.evaluate(theta.ravel()), accepted, max_iter)
        exists = model.ridge > 0
        while not exists and search.distance <= accepted and at.value >= search.telling:
            proof = proven(model, passes, columns.kept, search.metric, at)
            exists = proof.exists
            # Closer to the maximum the proof may succeed.
            if exists or not proof.needed > ROUNDED or search.count >= max_iter:
                break
            nearer = min(proof.needed, 0.1 * search.distance)
            at = search.run(at, nearer, max_iter)
            if search.distance > nearer:
                break
    coef, _ = to_user(at.theta, np.zeros((at.theta.size, 0)), passes)
    base = float(np.sum(model.family.log_base(model.t) * model.weights))
    value = at.value - 0.5 * float(search.ridge @ (at.theta * at.theta))
    return Wide(
        at.theta, passes, columns, coef, base - value, search.distance,
        search.distance <= accepted or at.value < search.telling, exists, search.count,
    )  # fmt: skip


class _Search:
    """L-BFGS in a Kronecker metric, which can be taken up again."""

    def __init__(self, model: LinearModel, passes: Passes, metric: Kronecker) -> None:
        self.passes, self.metric = passes, metric
        self.ridge = penalty(model, passes)
        self.sample = passes.every(max(len(passes.X) // SAMPLE, 1), copied=False)
        self.memory = Memory()
        # A loss below the log of 2 leaves no row to be of another class than the likeliest.
        self.telling = -math.inf
        whole = model.t.ndim == 1 or bool(((model.t == 0.0) | (model.t == 1.0)).all())
        if model.n_classes is not None and whole and not model.ridge:
            self.telling = math.log(2.0) * float(model.weights[model.weights > 0].min())
        self.count, self.steps, self.distance = 0, 0, math.inf

    def evaluate(self, theta: Floats) -> Point:
        """Return value and gradient of the penalised loss."""
        self.count += 1
        sums = self.passes.sums(theta, 1, value=True)
        pull = self.ridge * theta
        return Point(
            theta, sums.value + 0.5 * float(pull @ theta), sums.gradient + pull, sums.least
        )

    def run(self, at: Point, accepted: float, most: int) -> Point:
        """Return a point that is near enough, or as near as it goes in so many passes."""
        while True:
            direction = self.memory.direction(at.gradient, self.metric.solve)
            slope = float(at.gradient @ direction)
            # What was learnt of the curvature on the way has a say, too.
            self.distance = max(self.metric.length(at.gradient), math.sqrt(max(-slope, 0.0)))
            if self.distance <= accepted or self.count >= most or at.value < self.telling:
                return at
            moved, _ = line_search(self.evaluate, at, direction)
            if moved is None:
                if not len(self.memory):
                    return at
                self.memory.clear()
                continue
            self.memory.add(at, moved)
            at = moved
            self.steps += 1
            if self.steps in ANEW:
                self.metric = self.metric.with_variance(self.sample.mean_variance(at.theta))
