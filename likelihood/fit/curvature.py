"""The covariance that a search leaves behind, from its Hessian (level 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from likelihood.family import Floats
from likelihood.kernels.extended import Pair
from likelihood.solve.minimise import Optimum


@dataclass(frozen=True, eq=False)
class Located:
    """A maximum in working coordinates, with the covariance around it.

    Attributes
    ----------
    x, x_low : (k, d) array
    half : (k d, m) array
        H of the covariance ``H C H'``, to be taken as exact; rows of coefficients held fixed
        are zero.
    distance : float
        Standard errors to the maximum.
    iterations : int
    condition : float
        Of the columns times the roots of their weights, brought to one length.
    refined : bool
        Whether every figure is exact to the doubles given.
    inner : (m, m) array or None
        C of the covariance; None for the identity.
    log_likelihood : float or None
        To the last digit, if it is known so well.
    """

    x: Floats
    x_low: Floats
    half: Floats
    distance: float
    iterations: int
    condition: float
    refined: bool = False
    inner: Floats | None = None
    log_likelihood: float | None = None


def from_hessian(optimum: Optimum, x: Pair, span: Floats, unpenalised: Floats | None) -> Located:
    """Return an optimum as the search left it, with the covariance that its Hessian gives.

    Parameters
    ----------
    x : pair of (k, d) arrays
    span : (k d, m) array
        The directions searched.
    unpenalised : (m, m) array or None
        The Hessian H of the likelihood, if what was minimised has a penalty besides.  With R
        the penalty's Hessian the covariance is ``(H + R)**-1 H (H + R)**-1``.
    """
    H = optimum.evaluation.hessian
    if H is None or not np.isfinite(H).all() or not (np.diag(H) > 0).all():
        half = np.full((x[0].size, span.shape[1]), math.nan)
        return Located(*x, half, optimum.distance, optimum.iterations, math.inf)
    scale = 1.0 / np.sqrt(np.diag(H))
    values, vectors = np.linalg.eigh(H * scale[:, None] * scale)
    # What is below its rounding error is not known to be positive.
    values = np.maximum(values, len(values) * np.finfo(float).eps * values[-1])
    root = scale[:, None] * vectors / np.sqrt(values)
    inner = None if unpenalised is None else root.T @ unpenalised @ root
    condition = math.sqrt(float(values[-1] / values[0]))
    return Located(
        *x, span @ root, optimum.distance, optimum.iterations, condition, inner=inner
    )  # fmt: skip


def spread(half: Floats, inner: Floats | None) -> Floats:
    """Return G with ``G G' = half inner half'``.

    Examples
    --------
    >>> spread(np.array([[2.0]]), np.array([[4.0]]))
    array([[4.]])
    """
    if inner is None:
        return half
    # A penalty leaves directions of which the data know nothing: no Cholesky factor there.
    shares, turned = np.linalg.eigh(inner)
    # The root of what is rounding would be 1e-8 of a standard error.
    rounding = 8.0 * len(shares) * np.finfo(float).eps * shares.max(initial=0.0)
    return np.asarray(half @ (turned * np.sqrt(np.where(shares > rounding, shares, 0.0))))
