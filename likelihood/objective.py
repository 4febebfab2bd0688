"""Negative log-likelihoods that add (level 2): over row blocks now, over anything later.

The free coefficients theta are B (k, p) row by row, for the design X (n, p) and
``eta = X B'``; leading coordinates that the family pins are padded with zero here and dropped
from the derivatives, so nothing above knows of them.
"""

from __future__ import annotations

import functools
import operator
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from likelihood import kernels
from likelihood.family import ExponentialFamily, Floats, Statistic

#: Rows of one block: large enough that a NumPy call's overhead is lost, small enough for cache.
BLOCK_ROWS = 16_384


@dataclass(frozen=True)
class Evaluation:
    """Value, gradient (d,) and Hessian (d, d) of an objective at one point; they add.

    Examples
    --------
    >>> import numpy as np
    >>> one = Evaluation(1.0, np.array([2.0]), None)
    >>> (one + one).value
    2.0
    """

    value: float
    gradient: Floats | None = None
    hessian: Floats | None = None

    def __add__(self, other: Evaluation) -> Evaluation:
        return Evaluation(
            self.value + other.value,
            _sum(self.gradient, other.gradient),
            _sum(self.hessian, other.hessian),
        )


def _sum(a: Floats | None, b: Floats | None) -> Floats | None:
    return None if a is None or b is None else a + b


class Objective(ABC):
    """A function to minimise, in nats."""

    @abstractmethod
    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the value, from order 1 the gradient, at order 2 the Hessian at theta (d,)."""


@dataclass(frozen=True)
class LinearObjective(Objective):
    """The loss of a family under ``eta = X B'``, weighted and summed over rows.

    Parameters
    ----------
    family : type of ExponentialFamily
    X : (n, p) array
    t : (n, k) floats or (n,) integers
        Sufficient statistics of the rows.
    weights : (n,) array
        Frequencies: a weight is a repetition.
    block_rows : int
        Rows evaluated at once; the result does not depend on it beyond rounding.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> counts = LinearObjective(Poisson, np.ones((2, 1)), np.array([[1.0], [3.0]]), np.ones(2))
    >>> counts.evaluate(np.log([2.0])).gradient
    array([0.])
    """

    family: type[ExponentialFamily]
    X: Floats
    t: Statistic
    weights: Floats
    block_rows: int = BLOCK_ROWS

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the weighted sum of the rows' losses with its derivatives in theta (d,)."""
        B = theta.reshape(-1, self.X.shape[1])
        return functools.reduce(
            operator.add, (self._block(rows, B, order) for rows in self._blocks())
        )

    def _blocks(self) -> Iterator[slice]:
        for first in range(0, len(self.X), self.block_rows):
            yield slice(first, first + self.block_rows)

    def _block(self, rows: slice, B: Floats, order: int) -> Evaluation:
        X, weights, pinned = self.X[rows], self.weights[rows], self.family.pinned
        eta = X @ np.vstack([np.zeros((pinned, B.shape[1])), B]).T
        loss = self.family.nll(eta, self.t[rows], order)
        value = float(kernels.compensated_dot(weights, loss.value))
        if loss.gradient is None:
            return Evaluation(value)
        gradient = ((weights[:, None] * loss.gradient[:, pinned:]).T @ X).ravel()
        if loss.hessian is None:
            return Evaluation(value, gradient)
        curvature = weights[:, None, None] * loss.hessian[:, pinned:, pinned:]
        hessian = np.einsum("nab,np,nq->apbq", curvature, X, X, optimize=True)
        return Evaluation(value, gradient, hessian.reshape(gradient.size, gradient.size))


@dataclass(frozen=True)
class ScaledObjective(Objective):
    """A linear objective with the Gaussian's scale as its last coordinate, ``tau = log sd``.

    With Q the sum of squares over two and N the sum of weights it is
    ``Q / sd**2 + N tau + N/2 log(2 pi)``.  At its minimum the Hessian is block diagonal with
    2 N for tau, so the distance to the maximum counts the scale's error in standard errors too.
    """

    location: LinearObjective

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the negative log-likelihood with derivatives in (theta, log sd)."""
        tau = theta[-1]
        at = self.location.evaluate(theta[:-1], order)
        total = float(kernels.compensated_sum(self.location.weights))
        precision = np.exp(-2.0 * tau)
        value = float(at.value * precision + total * (tau + 0.5 * np.log(2.0 * np.pi)))
        if at.gradient is None:
            return Evaluation(value)
        slope = -2.0 * precision * at.gradient
        gradient = np.append(precision * at.gradient, total - 2.0 * precision * at.value)
        if at.hessian is None:
            return Evaluation(value, gradient)
        corner = np.array([[4.0 * precision * at.value]])
        hessian = np.block([[precision * at.hessian, slope[:, None]], [slope[None, :], corner]])
        return Evaluation(value, gradient, hessian)
