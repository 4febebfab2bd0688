"""The rows of a regression and what is fitted to them: ``eta = X B' + offset`` (level 2)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.family import ExponentialFamily, Floats, Statistic


# Compared by identity: the arrays inside have no single truth value.
@dataclass(frozen=True, eq=False)
class LinearModel:
    """A family, its statistics, and the design that predicts them.

    Coefficients of k free coordinates of eta and d terms are (k, d) arrays, the intercept first.

    Attributes
    ----------
    family : type of ExponentialFamily
    X : (n, p) array or scipy.sparse.csr_array
        The columns, without the intercept: the caller's own memory, never written to.
    t : (n, k) floats or (n,) integers
        Statistics of the rows.  Integers are classes, the pinned one being 0.
    weights : (n,) array
        Frequencies; rows of weight 0 take no part.
    names : tuple of p str
    intercept : bool
    low : (n, p) array, optional
        What the entries of X lost to rounding.
    offset : (n, k) array, optional
    ridge : float
        The penalty is ``ridge / 2`` times the sum of squared slopes, in nats at a dispersion of 1.
    n_classes : int or None
        K for classes, 2 for a Bernoulli response; None otherwise.
    responses : tuple of k str
        What the free coordinates are called where there are several; empty otherwise.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> X, t = np.array([[1.0], [2.0], [4.0]]), np.array([[0.0], [1.0], [1.0]])
    >>> model = LinearModel(Bernoulli, X, t, np.ones(3), ("dose",), n_classes=2)
    >>> model.terms, model.shape
    (('intercept', 'dose'), (1, 2))
    """

    family: type[ExponentialFamily]
    X: Any
    t: Statistic
    weights: Floats
    names: tuple[str, ...]
    intercept: bool = True
    low: Floats | None = None
    offset: Floats | None = None
    ridge: float = 0.0
    n_classes: int | None = None
    responses: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """The number of rows given."""
        return int(self.X.shape[0])

    @property
    def terms(self) -> tuple[str, ...]:
        """The names of the coefficients."""
        return ("intercept", *self.names) if self.intercept else self.names

    @property
    def free(self) -> int:
        """Free coordinates of eta, k: classes less one for a categorical response."""
        if self.family.pinned:
            return int(self.n_classes or 0) - self.family.pinned
        return 1

    @property
    def shape(self) -> tuple[int, int]:
        """The shape of the coefficients (k, d)."""
        return self.free, len(self.names) + self.intercept

    @property
    def sparse(self) -> bool:
        """Whether the zeros of X are not stored."""
        return not isinstance(self.X, np.ndarray)

    @property
    def total(self) -> float:
        """The sum of the weights: the n of every formula."""
        return float(self.weights.sum())

    def eta(self, coef: Floats, coef_low: Floats | None = None) -> Floats:
        """Return the linear predictor (n, k) of coefficients (k, d), pinned coordinates left out.

        Examples
        --------
        >>> import numpy as np
        >>> from likelihood import Poisson
        >>> model = LinearModel(Poisson, np.ones((2, 1)), np.ones((2, 1)), np.ones(2), ("x",))
        >>> model.eta(np.array([[1.0, 2.0]]))
        array([[3.],
               [3.]])
        """
        first = int(self.intercept)
        eta: Floats = np.asarray(self.X @ coef[:, first:].T)
        if self.intercept:
            eta = eta + coef[:, 0]
        if coef_low is not None and coef_low.any():
            eta = eta + self.X @ coef_low[:, first:].T
            if self.intercept:
                eta = eta + coef_low[:, 0]
        if self.low is not None:
            eta = eta + self.low @ coef[:, first:].T
        return eta if self.offset is None else eta + self.offset

    def padded(self, eta: Floats) -> Floats:
        """Return the linear predictor with the pinned coordinates (zeros) before it."""
        pinned = self.family.pinned
        return np.hstack([np.zeros((len(eta), pinned)), eta]) if pinned else eta

    def columns(self, kept: NDArray[np.bool_]) -> LinearModel:
        """Return the model of some columns of X."""
        if kept.all():
            return self
        return replace(
            self,
            X=self.X[:, kept],
            low=None if self.low is None else self.low[:, kept],
            names=tuple(n for n, keep in zip(self.names, kept, strict=True) if keep),
        )

    def with_rows(self, rows: NDArray[Any]) -> LinearModel:
        """Return the model of some rows, by a mask or their positions."""
        return replace(
            self,
            X=self.X[rows], t=self.t[rows], weights=self.weights[rows],
            low=None if self.low is None else self.low[rows],
            offset=None if self.offset is None else self.offset[rows],
        )  # fmt: skip
