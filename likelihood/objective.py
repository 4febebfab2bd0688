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
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.family import ExponentialFamily, Floats, Statistic

Booleans: TypeAlias = NDArray[np.bool_]

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
    """The loss of a family under ``eta = X B' + offset``, weighted and summed over rows.

    Parameters
    ----------
    family : type of ExponentialFamily
    X : (n, p) array or scipy.sparse array
    t : (n, k) floats or (n,) integers
        Sufficient statistics of the rows.
    weights : (n,) array
        Frequencies: a weight is a repetition.
    block_rows : int
        Rows evaluated at once; the result does not depend on it beyond rounding.
    offset : (n, k) array, optional
        Added to the free coordinates of eta.
    possible : (n, K) array of bool, optional
        Classes that a row can be in, the pinned one first; the others have probability zero.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> counts = LinearObjective(Poisson, np.ones((2, 1)), np.array([[1.0], [3.0]]), np.ones(2))
    >>> counts.evaluate(np.log([2.0])).gradient
    array([0.])
    """

    family: type[ExponentialFamily]
    X: Any
    t: Statistic
    weights: Floats
    block_rows: int = BLOCK_ROWS
    offset: Floats | None = None
    possible: Booleans | None = None

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the weighted sum of the rows' losses with its derivatives in theta (d,)."""
        B = theta.reshape(-1, self.X.shape[1])
        return functools.reduce(
            operator.add, (self._block(rows, B, order) for rows in self._blocks())
        )

    def _blocks(self) -> Iterator[slice]:
        for first in range(0, self.X.shape[0], self.block_rows):
            yield slice(first, first + self.block_rows)

    def _block(self, rows: slice, B: Floats, order: int) -> Evaluation:
        X, weights, pinned = self.X[rows], self.weights[rows], self.family.pinned
        free = X @ B.T if self.offset is None else X @ B.T + self.offset[rows]
        eta = np.hstack([np.zeros((len(free), pinned)), free]) if pinned else free
        if self.possible is not None:
            eta[~self.possible[rows]] = -np.inf
        loss = self.family.nll(eta, self.t[rows], order)
        value = float(kernels.compensated_dot(weights, loss.value))
        if loss.gradient is None:
            return Evaluation(value)
        gradient = ((weights[:, None] * loss.gradient[:, pinned:]).T @ X).ravel()
        if loss.hessian is None:
            return Evaluation(value, gradient)
        curvature = weights[:, None, None] * loss.hessian[:, pinned:, pinned:]
        return Evaluation(value, gradient, weighted_gram(X, curvature))


def weighted_gram(X: Any, curvature: Floats) -> Floats:
    """Return the sum over rows of ``curvature (x) x x'``, shape (k p, k p).

    Parameters
    ----------
    X : (n, p) array or scipy.sparse array
    curvature : (n, k, k) array, symmetric

    Examples
    --------
    >>> import numpy as np
    >>> weighted_gram(np.array([[1.0, 2.0]]), np.array([[[3.0]]]))
    array([[ 3.,  6.],
           [ 6., 12.]])
    """
    (_, p), k = X.shape, curvature.shape[1]
    gram = np.zeros((k, p, k, p), dtype=curvature.dtype)
    dense = isinstance(X, np.ndarray)
    for a in range(k):
        for b in range(a, k):
            weights = curvature[:, a, b, None]
            weighted = X * weights if dense else X.multiply(weights).tocsr()
            block = X.T @ weighted
            gram[a, :, b] = block if dense else block.toarray()
            gram[b, :, a] = gram[a, :, b].T
    return gram.reshape(k * p, k * p)


@dataclass(frozen=True)
class Ridge(Objective):
    """The penalty ``sum(strength * theta**2) / 2``; a strength of 0 leaves a coordinate free.

    Examples
    --------
    >>> import numpy as np
    >>> Ridge(np.array([0.0, 2.0])).evaluate(np.array([5.0, 3.0])).value
    9.0
    """

    strength: Floats

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the penalty with its derivatives in theta (d,)."""
        gradient = self.strength * theta
        hessian = np.diag(self.strength)
        return Evaluation(
            0.5 * float(gradient @ theta),
            gradient if order > 0 else None,
            hessian if order > 1 else None,
        )


@dataclass(frozen=True)
class Sum(Objective):
    """The sum of two objectives of the same coordinates."""

    first: Objective
    second: Objective

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the sum with its derivatives in theta (d,)."""
        return self.first.evaluate(theta, order) + self.second.evaluate(theta, order)


@dataclass(frozen=True)
class Restricted(Objective):
    """An objective along ``theta = base + span phi``, as a function of phi (m,).

    Coordinates held fixed, linear restrictions and profiles are all of this form.

    Examples
    --------
    >>> import numpy as np
    >>> bowl = Ridge(np.ones(2))
    >>> Restricted(bowl, np.array([3.0, 0.0]), np.array([[0.0], [1.0]])).evaluate(np.ones(1)).value
    5.0
    """

    objective: Objective
    base: Floats
    span: Floats

    def evaluate(self, theta: Floats, order: int = 2) -> Evaluation:
        """Return the objective with its derivatives in the coordinates of the span (m,)."""
        at = self.objective.evaluate(self.base + self.span @ theta, order)
        gradient = None if at.gradient is None else self.span.T @ at.gradient
        hessian = None if at.hessian is None else self.span.T @ at.hessian @ self.span
        return Evaluation(at.value, gradient, hessian)


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
