"""The information of a regression in factors, to the last digit of the rows given (level 3).

The information of k coordinates of eta is that of a least-squares problem: with the variance of a
row written as ``sum over r of c_r d_r d_r'``, its rows are ``d_r (x) z`` with weights ``w c_r``.
For a softmax these are the pairs of classes, ``p_a p_b (e_a - e_b)(e_a - e_b)'``.  As in
:mod:`likelihood.solve.refinement` the inverse of one QR is taken as exact and whitens the rows,
and what is left of the information, near the identity, is known to the last place.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats
from likelihood.kernels.arithmetic import exponent_of_largest, sum_parts, two_sum
from likelihood.kernels.arrays import floats
from likelihood.kernels.extended import Pair
from likelihood.solve.centring import Design
from likelihood.solve.refinement import inverse_triangle, invertible, product, whitened

Booleans: TypeAlias = NDArray[np.bool_]

#: Terms of a sum left to plain arithmetic.
_SHORT = 64


@dataclass(frozen=True, eq=False)
class Information:
    """The inverse of an information matrix, ``root middle root'``.

    Attributes
    ----------
    root : (k d, m) array
        To be taken as exact; rows of coefficients held fixed are zero.
    middle : (m, m) array
        Near the identity.
    share : (m, m) array
        What the data have of ``middle**-1``; the rest is a penalty's.
    condition : float
        Of the rows times the roots of their weights, columns brought to one length (1-norm).
    """

    root: Floats
    middle: Floats
    share: Floats
    condition: float

    def step(self, gradient: Pair) -> tuple[Pair, float]:
        """Return the information's inverse times a gradient (k d,), and its standard errors."""
        white = product(self.root.T, gradient)
        size = math.sqrt(max(float(white[0] @ self.middle @ white[0]), 0.0))
        return product(self.root, product(self.middle, white)), size

    @property
    def covariance(self) -> Floats:
        """C with covariance ``root C root'``; beside a penalty ``(H + R)**-1 H (H + R)**-1``."""
        return np.asarray(self.middle @ self.share @ self.middle)


def information(
    columns: Design,
    directions: Floats,
    curvature: Floats,
    free: Booleans,
    strength: Floats | None = None,
) -> Information | None:
    """Return the information of k coordinates in factors, None if it is singular.

    Parameters
    ----------
    columns : Design
        With weights.
    directions : (r, k) array
    curvature : (n, r) array, at least 0
        Of the rows of the design, without their weights.
    free : (k d,) array of bool
        The coefficients that vary.
    strength : (k d,) array, optional
        The diagonal Hessian of a penalty.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood.solve.centring import design
    >>> columns = design(np.array([[1.0], [2.0], [4.0]]), np.ones(3), intercept=False)
    >>> one, every = np.ones((1, 1)), np.ones(1, dtype=bool)
    >>> found = information(columns, one, np.ones((3, 1)), every)
    >>> half = found.root @ np.linalg.cholesky(found.middle)
    >>> (21 * half @ half.T / 4.0**3).round(15)
    array([[1.]])
    """
    weights = np.ones(len(columns.X)) if columns.weights is None else columns.weights
    weighted = weights[:, None] * curvature
    # In units of the largest, even because standard errors take the root.
    exponent = 2 * (exponent_of_largest(weighted) // 2)
    weighted = np.ldexp(weighted, -exponent)
    penalty = None if strength is None else np.ldexp(strength, -exponent - columns.weight_exponent)
    R = _triangle(columns, directions, weighted, free, penalty)
    if not invertible(R):
        return None
    inverse, condition, _ = inverse_triangle(R)
    if not np.isfinite(inverse).all():
        return None
    root = np.zeros((len(free), inverse.shape[1]))
    root[free] = inverse
    share = _moment(columns, directions, weighted, root)
    moment = share
    if penalty is not None:
        moment = share + (root * penalty[:, None]).T @ root
    # Far from 1 the inverse of the triangle was rounding, and the whitening with it.
    if not np.isfinite(moment).all() or np.linalg.eigvalsh(moment).min(initial=1.0) < 0.3:
        return None
    middle = np.linalg.inv(moment)
    scale = (exponent + columns.weight_exponent) // 2
    return Information(np.ldexp(root, -scale), 0.5 * (middle + middle.T), share, condition)


def _triangle(
    columns: Design, directions: Floats, weights: Floats, free: Booleans, penalty: Floats | None
) -> Floats:
    """Return R of the QR of the free columns, each block beneath the triangle of those before."""
    (r, k), d = directions.shape, columns.width
    R = np.zeros((0, int(free.sum())))
    if penalty is not None:
        R = np.diag(np.sqrt(penalty))[:, free]
    for rows, high, _, _ in columns.blocks():
        scale = np.sqrt(weights[rows]).T[:, :, None, None]
        block = scale * (directions[:, None, :, None] * high.T[None, :, None, :])
        stacked = np.vstack([R, block.reshape(r * high.shape[1], k * d)[:, free]])
        R = floats(np.linalg.qr(stacked, mode="r"))
    return R


def _moment(columns: Design, directions: Floats, weights: Floats, root: Floats) -> Floats:
    """Return the sum of weighted squares of the whitened rows."""
    d, m = columns.width, root.shape[1]
    total, rest = np.zeros((m, m)), np.zeros((m, m))
    for rows, high, low, _ in columns.blocks():
        images = [
            whitened(root[first : first + d], high, low, len(columns.X))
            for first in range(0, len(root), d)
        ]
        for direction, weight in zip(directions, weights[rows].T, strict=True):
            Q = np.zeros((m, -(-high.shape[1] // _SHORT) * _SHORT))
            taken = slice(high.shape[1])
            for share, image in zip(direction, images, strict=True):
                if share:
                    Q[:, taken] += share * image
            weighted = Q.copy()
            weighted[:, taken] *= weight
            # Short sums, because a long one of equal terms, as a constant has, rounds one way.
            parts = [part.reshape(m, -1, _SHORT).transpose(1, 0, 2) for part in (Q, weighted)]
            high_sum, low_sum = sum_parts(parts[0] @ parts[1].transpose(0, 2, 1))
            total, error = two_sum(total, high_sum)
            rest += error + low_sum
    return np.asarray(total + rest)
