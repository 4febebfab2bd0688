"""A metric for many coefficients: columns' products times responses' variances (level 3).

The Hessian of k responses in d coefficients is the sum over rows of ``V (x) z z'``.  Where its
(k d)**2 numbers are too many, the product of the sums, ``mean V (x) sum of z z'``, has d**2 + k**2
and is the Hessian itself where all rows have the same variance, as they do without slopes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from likelihood.family import Floats
from likelihood.objective import Booleans

#: The least pivot of a Gram matrix with a unit diagonal whose columns are surely independent.
PIVOT = 1e-9


@dataclass(frozen=True, eq=False)
class Kronecker:
    """The matrix ``M = W (x) G + I (x) D`` by what makes both of its terms diagonal.

    Attributes
    ----------
    root : (d, m) array
        T with ``T'GT = I`` and ``T'DT`` diagonal.  Rows of coefficients that are held at zero
        are zero, and M is to be read without them.
    extra : (m,) array
        The diagonal of ``T'DT``.
    axes : (k, k) array
        The eigenvectors of W.
    variances : (k,) array
        Its eigenvalues.

    Examples
    --------
    >>> metric = kronecker(np.diag([1.0, 4.0]), np.eye(1))
    >>> metric.solve(np.array([2.0, 2.0])), metric.length(np.array([0.0, 2.0]))
    (array([2. , 0.5]), 1.0)
    """

    root: Floats
    extra: Floats
    axes: Floats
    variances: Floats

    def solve(self, gradient: Floats) -> Floats:
        """Return ``M**-1`` times a gradient (k d,)."""
        inner = self.axes.T @ gradient.reshape(len(self.axes), -1) @ self.root
        inner /= self._diagonal()
        return np.asarray(self.axes @ inner @ self.root.T).ravel()

    def length(self, gradient: Floats) -> float:
        """Return ``sqrt(g' M**-1 g)``."""
        inner = self.axes.T @ gradient.reshape(len(self.axes), -1) @ self.root
        return float(np.sqrt(np.sum(inner * inner / self._diagonal())))

    def with_variance(self, variance: Floats) -> Kronecker:
        """Return the metric with another W (k, k), symmetric and positive definite."""
        values, axes = np.linalg.eigh(variance)
        # A response that hardly varies must not send a step to where it does.
        return replace(self, axes=axes, variances=np.maximum(values, 1e-8 * values[-1]))

    def _diagonal(self) -> Floats:
        return np.add.outer(self.variances, self.extra)


def kronecker(
    gram: Floats, variance: Floats, ridge: Floats | None = None, free: Booleans | None = None
) -> Kronecker | None:
    """Return the metric ``W (x) G + I (x) D``, None where the columns may be dependent.

    Parameters
    ----------
    gram : (d, d) array
        G.
    variance : (k, k) array
        W.
    ridge : (d,) array, optional
        The diagonal of D; with one, dependent columns do no harm.
    free : (d,) array of bool, optional
        The coefficients that are not held at zero.

    Examples
    --------
    >>> kronecker(np.ones((2, 2)), np.eye(1)) is None
    True
    """
    d = len(gram)
    free = np.ones(d, dtype=bool) if free is None else free
    inner = gram[np.ix_(free, free)]
    strength = np.zeros(len(inner)) if ridge is None else ridge[free]
    if strength.any():
        root, extra = _root_with(inner, strength)
    else:
        root, extra = inverse_root(inner), np.zeros(len(inner))
    if root is None:
        return None
    wide = np.zeros((d, root.shape[1]))
    wide[free] = root
    bare = Kronecker(wide, extra, np.eye(len(variance)), np.ones(len(variance)))
    return bare.with_variance(variance)


def inverse_root(matrix: Floats, least: float = PIVOT) -> Floats | None:
    """Return R with ``R R' = A**-1``, None where A (d, d) may be singular.

    Parameters
    ----------
    least : float
        The least pivot of A, its diagonal brought to one, with which it is not.

    Examples
    --------
    >>> inverse_root(np.diag([4.0, 1.0]))
    array([[0.5, 0. ],
           [0. , 1. ]])
    """
    size = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    if not (np.isfinite(matrix).all() and size.all()):
        return None
    try:
        factor = np.linalg.cholesky(matrix / size[:, None] / size)
    except np.linalg.LinAlgError:
        return None
    if not (np.diag(factor) ** 2).min(initial=1.0) > least:
        return None
    return np.asarray(np.linalg.inv(factor).T / size[:, None])


def shrunk_root(root: Floats, hessian: Floats) -> Floats:
    """Return C with ``C C' = R R' H R R'``, the covariance of an estimate under a penalty.

    Parameters
    ----------
    root : (d, d) array
        R, with ``R R'`` the inverse of the penalised Hessian.
    hessian : (d, d) array
        H, of the data alone; it may be singular.

    Examples
    --------
    >>> shrunk_root(np.array([[0.5]]), np.array([[1.0]]))
    array([[0.25]])
    """
    values, turned = np.linalg.eigh(root.T @ hessian @ root)
    return np.asarray(root @ (turned * np.sqrt(np.maximum(values, 0.0))))


def _root_with(gram: Floats, ridge: Floats) -> tuple[Floats | None, Floats]:
    """Return T in which both G and D are diagonal, ``T'GT = I`` but for what D alone decides."""
    root = inverse_root(gram + np.diag(ridge), 0.0)
    if root is None:
        return None, ridge
    # G and D add up to the identity here: the eigenvectors of one are those of the other.
    values, turned = np.linalg.eigh(root.T @ gram @ root)
    values = np.clip(values, 1e-14, 1.0)
    return root @ turned / np.sqrt(values), (1.0 - values) / values
