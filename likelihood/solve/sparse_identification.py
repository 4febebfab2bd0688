"""Which columns of a large sparse design are combinations of earlier ones (level 3)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats
from likelihood.solve.identification import Identification
from likelihood.solve.relations import Relation

_EPS = float(np.finfo(float).eps)
#: What a column leaves beside earlier ones, as a share of its length, below which the cross
#: products' rounding could hide a dependence and the column itself is looked at.
_DOUBTFUL = 1e-5
#: Corrections of a column's coefficients on earlier ones; each gains some ten digits.
_CORRECTIONS = 3


def identify_sparse(X: Any, *, intercept: bool, weights: Floats) -> Identification:
    """Return which columns of a sparse matrix are combinations of earlier ones, and how.

    The matrix is never written out: cross products say which columns are in doubt, and what
    these leave beside the earlier ones is then computed from the columns themselves.  So the
    bound is that of a dense matrix: ``50 eps sqrt(n)`` of a column's length, both after centring
    with an intercept, or the rounding of the numbers in the relation.

    Parameters
    ----------
    X : (n, p) scipy.sparse array
    intercept : bool
    weights : (n,) array, at least 0

    Examples
    --------
    >>> from scipy import sparse
    >>> X = sparse.csr_array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [0.0, 0.0, 0.0]])
    >>> found = identify_sparse(X, intercept=True, weights=np.ones(3))
    >>> found.kept, found.relations[0].text("abc")
    (array([ True,  True, False]), 'c = a + b')
    """
    search = _Search(X, intercept, weights)
    p = X.shape[1]
    kept: list[int] = []
    relations = []
    # Row i of the factor belongs to the kept column i: G[kept][:, kept] = L L'.
    L = np.zeros((min(p, search.rank), p))
    for j in range(p):
        rank = len(kept)
        pivot = search.gram[j, j] - float(L[:rank, j] @ L[:rank, j])
        if rank == len(L) or pivot <= (_DOUBTFUL * search.length[j]) ** 2:
            left, coef = search.left(j, kept, L[:rank])
            if rank == len(L) or left <= search.rounding(j, kept, coef):
                relations.append(search.relation(j, kept, coef))
                continue
            pivot = left * left
        L[rank, j:] = (search.gram[j, j:] - L[:rank, j] @ L[:rank, j:]) / np.sqrt(pivot)
        L[rank, j] = np.sqrt(pivot)
        kept.append(j)
    mask = np.zeros(p, dtype=bool)
    mask[kept] = True
    return Identification(mask, tuple(relations))


class _Search:
    """A sparse design scaled by powers of two, with its centred cross products."""

    def __init__(self, X: Any, intercept: bool, weights: Floats) -> None:
        from scipy import sparse

        used = weights > 0
        X = X if used.all() else X[used]
        weights = weights[used]
        largest = np.asarray(abs(X).max(axis=0).todense(), dtype=float).ravel()
        self.exponents: NDArray[np.int64] = np.frexp(largest)[1].astype(np.int64)
        scaled = X @ sparse.diags_array(np.ldexp(1.0, -self.exponents))
        self.X = sparse.csc_array(scaled)
        self.weights = weights / weights.max()
        self.rows = X.shape[0]
        #: The most columns that can be independent beside an intercept.
        self.rank = max(X.shape[0] - int(intercept), 0)
        total = float(self.weights.sum())
        self.mean = self.X.T @ self.weights / total if intercept else np.zeros(X.shape[1])
        weighted = sparse.csr_array(sparse.diags_array(self.weights) @ self.X)
        self.gram: Floats = np.asarray((self.X.T @ weighted).todense())
        self.gram -= total * np.outer(self.mean, self.mean)
        self.length = np.sqrt(np.asarray((self.X * self.X).T @ self.weights).ravel())
        self.intercept = intercept

    def rounding(self, j: int, kept: list[int], coef: Floats) -> float:
        """Return the length that rounding can leave of a column that is a combination."""
        own = 50.0 * np.sqrt(self.rows * max(self.gram[j, j], 0.0))
        numbers = self.length[j] + float(np.abs(coef) @ self.length[kept])
        return float(_EPS * max(own, numbers))

    def left(self, j: int, kept: list[int], L: Floats) -> tuple[float, Floats]:
        """Return the length of what kept columns leave of another, and its coefficients."""
        from scipy.linalg import solve_triangular

        columns, coef = self.X[:, kept], np.zeros(len(kept))
        target = self.X[:, [j]].toarray()[:, 0] - self.mean[j]
        factor = L[:, kept].T
        residual = target
        for _ in range(_CORRECTIONS):
            total = float((self.weights * residual).sum())
            right = columns.T @ (self.weights * residual) - self.mean[kept] * total
            step = solve_triangular(factor, right, lower=True)
            coef = coef + solve_triangular(factor, step, lower=True, trans="T")
            residual = target - (columns @ coef - float(self.mean[kept] @ coef))
            if self.intercept:
                residual = residual - np.average(residual, weights=self.weights)
        return float(np.sqrt(self.weights @ (residual * residual))), coef

    def relation(self, j: int, kept: list[int], coef: Floats) -> Relation:
        """Return the relation of an aliased column, its coefficients without rounding noise."""
        moved = float(self.mean[j] - self.mean[kept] @ coef) if self.intercept else 0.0
        terms = np.append(coef, moved)
        largest = np.abs(terms).max(initial=0.0)
        own = self.exponents[j]
        units = np.append(own - self.exponents[kept], own)
        # As many digits as a term's size beside the largest leaves it, so that what is one in
        # exact arithmetic is one here.
        clean = [
            float(f"{np.ldexp(value, unit):.{_digits(value, largest)}g}")
            if abs(value) > 1e-9 * largest
            else 0.0
            for value, unit in zip(terms, units, strict=True)
        ]
        full = np.zeros(len(self.exponents))
        full[kept] = clean[:-1]
        return Relation(j, full, clean[-1])


def _digits(value: float, largest: float) -> int:
    return 13 + math.floor(math.log10(abs(value) / largest))
