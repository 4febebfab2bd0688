"""Least squares under linear restrictions (level 5)."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.restrictions import Restrictions
from likelihood.kernels.arithmetic import two_product, two_sum
from likelihood.linear_model import LinearModel
from likelihood.solve.least_squares import least_squares

#: Below this share of the sum of squares the difference of two refined sums has lost digits.
_NOTICEABLE = 1e-4


def gain_in_squares(
    model: LinearModel, record: RegressionRecord, found: Restrictions, gap: Floats
) -> float:
    """Return by how much restrictions raise the residual sum of squares of a linear regression.

    Parameters
    ----------
    gap : (m,) array
        ``r - R b`` at the estimates.

    Notes
    -----
    The rise is ``gap' (R S R')**-1 gap`` with S the covariance at a dispersion of 1.  Where S is
    nearly singular that loses digits, which refitting under the restrictions does not; where the
    rise is small the difference of two sums does.  Each is used where it is the better.
    """
    rise = _rise(record.covariance, found.R, gap)
    if model.sparse or rise < _NOTICEABLE * record.deviance:
        return rise
    try:
        refitted = _restricted_squares(model, record, found)
    except DataError:
        # Columns under the restrictions are dependent to working precision.
        return rise
    return max(refitted - record.deviance, 0.0)


def _rise(covariance: Floats, R: Floats, gap: Floats) -> float:
    spread = np.sqrt(np.where(np.diag(covariance) > 0, np.diag(covariance), 1.0))
    rows = R * spread
    length = np.linalg.norm(rows, axis=1)
    rows, gap = rows / length[:, None], gap / length
    middle = rows @ (covariance / spread / spread[:, None]) @ rows.T
    values, vectors = np.linalg.eigh(middle)
    values = np.maximum(values, len(values) * np.finfo(float).eps * values[-1])
    return float(np.sum((vectors.T @ gap) ** 2 / values))


def _restricted_squares(model: LinearModel, record: RegressionRecord, found: Restrictions) -> float:
    """Return the residual sum of squares under restrictions, some terms written by the others.

    With ``b_i = s_i - sum_j S_ij b_j`` for the pivots i, the columns of the others become
    ``x_j - sum_i S_ij x_i`` and the response ``y - sum_i s_i x_i``.  S is exact, and products
    keep what they lose to rounding.
    """
    first = int(model.intercept)
    kept = np.flatnonzero(record.kept)
    columns = np.column_stack([np.ones((model.n_rows, first)), model.X])[:, kept]
    low = np.zeros_like(columns)
    if model.low is not None:
        low = np.column_stack([np.zeros((model.n_rows, first)), model.low])[:, kept]
    pivots, S, s = _solved(found.R[:, kept], found.r)
    y = np.asarray(model.t[:, 0], dtype=float)
    y = y if model.offset is None else y - model.offset[:, 0]
    others = [j for j in range(len(kept)) if j not in pivots]
    intercept = bool(first) and 0 in others and not any(row[0] for row in S)
    X, X_low = columns[:, others], low[:, others]
    for i, pivot in enumerate(pivots):
        x, x_low = columns[:, pivot], low[:, pivot]
        # An intercept takes up any multiple of ones, and with it the offset of a column.
        centre = float(np.average(x, weights=model.weights)) if intercept else 0.0
        y = y - float(s[i]) * (x - centre)
        for place, j in enumerate(others):
            high, rest = _parts(-S[i][j])
            if high == 0.0:
                continue
            product, error = two_product(x, high)
            error = error + x * rest + x_low * high
            total, lost = two_sum(X[:, place], product)
            X[:, place], X_low[:, place] = two_sum(total, X_low[:, place] + lost + error)
    if intercept:
        X, X_low = X[:, 1:], X_low[:, 1:]
    if not X.shape[1] and not intercept:
        return float(np.sum(model.weights * y * y))
    fit = least_squares(
        X, y, model.weights, intercept=intercept, low=X_low if X_low.any() else None
    )
    return fit.rss


def _solved(R: Floats, r: Floats) -> tuple[list[int], list[list[Fraction]], list[Fraction]]:
    """Return pivots, S and s: each pivot's coefficient as ``s_i - sum_j S_ij b_j``, exactly."""
    rows = [[Fraction(v) for v in (*row, value)] for row, value in zip(R, r, strict=True)]
    pivots: list[int] = []
    for i, row in enumerate(rows):
        # The last of the largest: the intercept is kept where anything else serves.
        pivot = max(range(len(row) - 1), key=lambda j: (abs(row[j]), j))
        pivots.append(pivot)
        rows[i] = row = [v / row[pivot] for v in row]
        for other in range(len(rows)):
            if other != i and rows[other][pivot]:
                times = rows[other][pivot]
                rows[other] = [a - times * b for a, b in zip(rows[other], row, strict=True)]
    return pivots, [row[:-1] for row in rows], [row[-1] for row in rows]


def _parts(value: Fraction) -> tuple[float, float]:
    """Return a fraction in two doubles."""
    high = float(value)
    return high, float(value - Fraction(high))
