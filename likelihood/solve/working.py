"""The coordinates in which a regression is solved: columns centred and scaled (level 3).

Centres are doubles and scales powers of two, so that nothing is lost on the way there, and the
coefficients come back in twice the working precision.  A sparse matrix is scaled only: centring
would fill it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats
from likelihood.kernels.arithmetic import two_sum
from likelihood.kernels.extended import Pair
from likelihood.solve.centring import Design, design

Booleans: TypeAlias = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Working:
    """The rows with weight of a regression, in working coordinates.

    Attributes
    ----------
    A : (m, d) array or scipy.sparse.csr_array
        The columns, a constant of ones among them where the model has one.
    used : (n,) array of bool
        The rows with weight.
    design : Design or None
        The same columns with what they lost to rounding; None for a sparse matrix.
    exponents : (d,) array of int
        Of the sparse columns: column j of A is that of X over ``2**exponents[j]``.
    constant : int or None
        The position of the constant column in A.
    """

    A: Any
    used: Booleans
    design: Design | None
    exponents: NDArray[np.int64]
    constant: int | None

    @property
    def order(self) -> NDArray[np.int64]:
        """The terms, the intercept the first of them, in the order of the columns of A."""
        every = np.arange(len(self.exponents))
        if self.design is None or self.design.constant is None:
            return every
        place = self.design.place
        return np.append(place, np.delete(every, place))

    def to_user(self, x: Pair) -> Pair:
        """Return working coefficients (k, d) in the units of the columns given, in two parts."""
        if self.design is None:
            return np.ldexp(x[0], -self.exponents), np.ldexp(x[1], -self.exponents)
        high, low = two_sum(*self.design.uncentred((x[0].T, x[1].T)))
        units = self.design.units[:, None]
        return np.ldexp(high, units).T, np.ldexp(low, units).T

    def half_to_user(self, half: Floats, k: int) -> Floats:
        """Return H (k d, m) with covariance ``H C H'`` in the units of the columns given."""
        rows = half.reshape(k, -1, half.shape[1])
        moved = [self.to_user((row.T, np.zeros_like(row.T)))[0].T for row in rows]
        return np.concatenate(moved) if moved else half


def working(
    X: Any,
    weights: Floats,
    *,
    intercept: bool,
    low: Floats | None = None,
    centred: bool = True,
) -> Working:
    """Return the columns of a regression in the coordinates in which it is solved.

    Parameters
    ----------
    X : (n, p) array or scipy.sparse.csr_array, finite
    weights : (n,) array, at least 0
    low : (n, p) array, optional
        What the entries of X lost to rounding.
    centred : bool
        Whether a constant column of X takes the place of an intercept that is not there.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[1e9 + 1], [1e9 + 3]])
    >>> working(X, np.ones(2), intercept=True).A
    array([[ 1. , -0.5],
           [ 1. ,  0.5]])
    """
    used = np.asarray(weights > 0)
    if not isinstance(X, np.ndarray):
        return _sparse(X, used, intercept)
    columns = design(X, weights, intercept=intercept, low=low, centred=centred)
    A = np.empty((len(columns.X), columns.width))
    for rows, high, _, _ in columns.blocks():
        A[rows] = high.T
    constant = 0 if columns.constant is not None else None
    return Working(A, used, columns, np.zeros(columns.width, dtype=np.int64), constant)


def _sparse(X: Any, used: Booleans, intercept: bool) -> Working:
    from scipy import sparse

    rows = X if used.all() else X[used]
    largest = np.zeros(rows.shape[1])
    if rows.shape[0] and rows.shape[1]:
        largest = np.asarray(abs(rows).max(axis=0).todense(), dtype=float).ravel()
    exponents = np.frexp(largest)[1].astype(np.int64)
    scaled = rows @ sparse.diags_array(np.ldexp(1.0, -exponents)) if rows.shape[1] else rows
    if intercept:
        scaled = sparse.hstack([np.ones((rows.shape[0], 1)), scaled])
        exponents = np.insert(exponents, 0, 0)
    return Working(sparse.csr_array(scaled), used, None, exponents, 0 if intercept else None)
