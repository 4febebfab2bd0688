"""Nearly dependent columns replaced by orthogonal combinations of them (level 3)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from likelihood.family import Floats
from likelihood.solve.refinement import inverse_triangle, invertible, triangle, whitened
from likelihood.solve.working import Working

#: Condition up to which columns are searched as they are: its square is that of their Hessian.
MILD = 1e3


@dataclass(frozen=True, eq=False)
class Whitening:
    """Columns Q = A root, their rows times the roots of the weights orthonormal.

    Attributes
    ----------
    columns : (n, d) array
    root, triangle : (d, d) array
        ``triangle`` is the inverse of ``root``, which is to be taken as exact.
    condition : float
        Of A, its columns brought to one length (1-norm).
    """

    columns: Floats
    root: Floats
    triangle: Floats
    condition: float


def whitening(rows: Working, largest: int) -> Whitening | None:
    """Return the columns of a regression orthogonalised, None where there is no need.

    Newton's method squares the condition number in its Hessian; on Q it is that of the
    variances alone.

    Parameters
    ----------
    rows : Working
    largest : int
        Numbers in the columns given beyond which they are left alone.

    Examples
    --------
    >>> from likelihood.solve.working import working
    >>> x = np.arange(6.0)
    >>> powers = np.column_stack([x, x + 1e-6 * x**2])
    >>> found = whitening(working(powers, np.ones(6), intercept=True), 100)
    >>> (found.columns.T @ found.columns).round(6) + 0.0
    array([[1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """
    columns = rows.design
    if columns is None or columns.X.size > largest or not columns.width:
        return None
    R = triangle(columns)
    if not invertible(R):
        return None
    root, condition, _ = inverse_triangle(R)
    if condition <= MILD or not np.isfinite(root).all():
        return None
    Q = np.empty_like(rows.A)
    for block, high, low, _ in columns.blocks():
        Q[block] = whitened(root, high, low, len(columns.X)).T
    return Whitening(Q, root, R, condition)
