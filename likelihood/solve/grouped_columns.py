"""Sparse designs in which each row has one level of a factor, beside a few columns (level 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats, Integers

#: Columns of indicators from which their structure is worth its while.
FEWEST = 16
#: The other columns are written out where they have at most this many numbers for each one
#: stored, and are at most so many: their cross products are dense.
SPARED = 4
MOST = 256


@dataclass(frozen=True, eq=False)
class GroupedColumns:
    """Columns of zeros and ones that are never one in the same row, and the other columns.

    Attributes
    ----------
    indicators : (g,) array of int
        The positions of the indicators in X.
    others : (q,) array of int
        The positions of the other columns.
    group : (n,) array of int
        Which indicator is one in each row: from 1 to g, or 0 where none is.
    """

    indicators: Integers
    others: Integers
    group: Integers

    def dense(self, X: Any) -> Floats:
        """Return the other columns (n, q) of X, written out."""
        q, n = len(self.others), X.shape[0]
        if q <= FEWEST:
            chosen = np.zeros((X.shape[1], q))
            chosen[self.others, np.arange(q)] = 1.0
            return np.asarray(X @ chosen)
        other = np.zeros(X.shape[1], dtype=bool)
        other[self.others] = True
        kept = other[X.indices]
        values = np.zeros((n, q))
        place = np.searchsorted(self.others, X.indices[kept])
        values[np.repeat(np.arange(n), np.diff(X.indptr))[kept], place] = X.data[kept]
        return values


def grouped_columns(X: Any) -> GroupedColumns | None:
    """Return the indicators among the columns of a sparse matrix, None where they are few.

    Of indicators that exclude one another those with fewer ones come first: the levels of the
    factor with the most levels.

    Parameters
    ----------
    X : (n, p) scipy.sparse.csr_array without duplicates

    Examples
    --------
    >>> from scipy import sparse
    >>> levels = np.arange(40) % 20
    >>> X = sparse.csr_array(np.column_stack([np.eye(20)[levels], np.linspace(1.0, 2.0, 40)]))
    >>> found = grouped_columns(X)
    >>> found.others, found.group[:3]
    (array([20]), array([1, 2, 3]))
    """
    n, p = X.shape
    if p < FEWEST:
        return None
    # A sample shows most columns that are no indicators.
    candidates = np.ones(p, dtype=bool)
    sample = X[:: n // 256 + 1]
    candidates[sample.indices[sample.data != 1.0]] = False
    marked = candidates[X.indices]
    wrong = marked & (X.data != 1.0)
    if wrong.any():
        candidates[X.indices[wrong]] = False
    if int(candidates.sum()) < FEWEST:
        return None
    # Where several are one in a row, a product with X counts them.
    if (X @ candidates.astype(float)).max() > 1.0:
        candidates = _exclusive(X, candidates)
    indicators, others = np.flatnonzero(candidates), np.flatnonzero(~candidates)
    if len(indicators) < FEWEST or len(others) > MOST or n * len(others) > SPARED * X.nnz:
        return None
    number = np.zeros(p)
    number[indicators] = np.arange(1, len(indicators) + 1)
    return GroupedColumns(indicators, others, (X @ number).astype(np.intp))


def _exclusive(X: Any, candidates: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return candidates of which no row has two, the rarer ones first."""
    columns = X.tocsc()
    stored = np.diff(columns.indptr)
    taken = np.zeros(X.shape[0], dtype=bool)
    chosen = np.zeros(X.shape[1], dtype=bool)
    at = np.flatnonzero(candidates)
    for j in at[np.argsort(stored[at], kind="stable")]:
        rows = columns.indices[columns.indptr[j] : columns.indptr[j + 1]]
        if not taken[rows].any():
            taken[rows] = chosen[j] = True
    return chosen
