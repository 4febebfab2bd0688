"""Which linear predictors of a row are the largest, decided exactly (level 3)."""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

import numpy as np

from likelihood.family import Floats
from likelihood.solve.constraints import BLOCK_ROWS, Booleans
from likelihood.solve.rational import Exact, grid, integers, rounded

_UNIT = float(np.finfo(float).eps) / 2.0
#: Products below this may have lost digits to underflow.
_TINY = 1e-290


def leading(X: Any, direction: Exact, *, intercept: bool = False) -> Booleans:
    """Return which classes have the largest ``direction_c . x`` in each row (n, K), ties included.

    The pinned class 0, with a score of zero, is among them.  A row that doubles cannot decide is
    decided in integers.

    Parameters
    ----------
    X : (n, p) array or scipy.sparse array, finite
    direction : (k, p) array of Fraction or int
    intercept : bool
        Whether a constant comes before the columns of X: the direction has p + 1 columns then.

    Examples
    --------
    >>> leading(np.array([[0.1, 0.2, 0.3], [0.0, 0.0, 1.0]]), np.array([[1, 1, -1]]))
    array([[False,  True],
           [ True, False]])
    """
    # Most directions leave most columns of a sparse matrix alone.
    used = (direction != 0).any(axis=0)
    n, intercept = X.shape[0], intercept and bool(used[0])
    X = X[:, np.flatnonzero(used[len(used) - X.shape[1] :])]
    direction = direction[:, used]
    if not direction.size:
        return np.ones((n, len(direction) + 1), dtype=bool)
    if intercept:
        X = _with_ones(X)
    common = math.lcm(*(int(Fraction(v).denominator) for v in direction.ravel().tolist()))
    whole = np.array([[int(v * common) for v in row] for row in direction], dtype=object)
    # Over a power of two, so that the largest is near 1.
    B = rounded(whole.ravel(), np.zeros(whole.size, dtype=np.int64)).reshape(whole.shape)
    with np.errstate(over="ignore", invalid="ignore"):
        scores, sizes = _scores(X, B), _scores(abs(X), np.abs(B))
        # Each product has three rounded factors' errors, a sum of p at most p more (Higham
        # 2002, section 3.1); doubled, since the sizes are rounded too.
        error = 2.0 * (len(B[0]) + 4) * _UNIT * sizes + _underflow(X, B, whole)
        best, rows = np.argmax(scores, axis=1), np.arange(len(scores))
        gap = scores[rows, best][:, None] - scores
        allowed = error + error[rows, best][:, None]
        # Sums of zeros are tied; what is not a number is in doubt.
        certain = (gap > allowed) | (allowed == 0)
    certain[rows, best] = True
    result = gap == 0
    doubtful = np.flatnonzero(~certain.all(axis=1))
    for first in range(0, len(doubtful), BLOCK_ROWS):
        block = doubtful[first : first + BLOCK_ROWS]
        x = X[block] if isinstance(X, np.ndarray) else X[block].toarray()
        result[block] = _exactly(x, whole)
    return np.asarray(result)


def _with_ones(X: Any) -> Any:
    ones = np.ones((X.shape[0], 1))
    if isinstance(X, np.ndarray):
        return np.hstack([ones, X])
    from scipy import sparse

    return sparse.csr_array(sparse.hstack([ones, X]))


def _scores(X: Any, B: Floats) -> Floats:
    return np.hstack([np.zeros((X.shape[0], 1)), X @ B.T])


def _underflow(X: Any, B: Floats, whole: Exact) -> float:
    """Return a bound on what the scores lose to underflow: 0 where none can occur."""
    if ((B == 0) & (whole != 0)).any():
        return math.inf
    entries = X if isinstance(X, np.ndarray) else X.data
    least = np.abs(entries[entries != 0]).min(initial=np.inf) * np.abs(B[B != 0]).min()
    return _TINY if least < _TINY else 0.0


def _exactly(X: Floats, whole: Exact) -> Booleans:
    powers = grid(X)
    moved = whole * np.array([1 << int(power) for power in powers - powers.min()], dtype=object)
    scores = integers(X, powers) @ moved.T
    scores = np.hstack([np.zeros((len(X), 1), dtype=object), scores])
    return np.asarray(scores == scores.max(axis=1)[:, None], dtype=bool)
