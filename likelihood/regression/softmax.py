"""Softmax regression: any number of classes, their log-odds against one linear in X (level 8)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.distributions.categorical import Categorical
from likelihood.family import Floats
from likelihood.regression.classification import Classifier
from likelihood.regression.predicting import finite
from likelihood.regression.response import Response, class_response
from likelihood.results.facts import Facts


class SoftmaxRegression(Classifier):
    """Softmax (multinomial logistic) regression by maximum likelihood.

    Parameters
    ----------
    fit_intercept : bool
        Whether a constant is fitted as well; in tables its term is ``intercept``.
    ridge : float
        The penalty is ``ridge / 2`` times the sum of squared slopes against the reference, in
        nats; with a penalty the choice of the reference changes the fit.
    method : str
        "newton", or a method of ``scipy.optimize.minimize``, which Newton's method polishes.
    tolerance : float
        Accepted distance to the maximum, in standard errors.
    max_iter : int
        Steps of the search at most; the verdict is NOT_CONVERGED where they do not suffice.
    n_jobs : int, optional
        Threads that share the rows of tall data (more than a million numbers); None and -1 are
        all processors.  The result does not depend on it beyond the last digits.
    classes : sequence of labels, optional
        The classes in their order, where not all occur in y or the order matters.
    reference : label, optional
        The class that the others are compared with; the first class where not given.
    separation : {"report", "raise"}
        Whether separated data are a verdict with a warning, or an error.

    Attributes
    ----------
    coef_ : (K, p) array
        The log-odds of each class against the reference, whose row is zero, per unit of each
        column; finite where ``tidy()`` has infinite estimates, zero where a column is aliased.
    intercept_ : (K,) array
    classes_ : (K,) array
    n_features_in_, n_iter_ : int
    feature_names_in_ : (p,) array of str
        Only where X came with names.
    result_ : Fit

    Examples
    --------
    >>> X = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0], [7.0], [8.0], [9.0]]
    >>> model = SoftmaxRegression().fit(X, ["a", "b", "a", "c", "a", "b", "c", "c", "b"])
    >>> print(model.verdict.status)
    OPTIMUM
    >>> model.coef_.shape, model.coef_[0]
    ((3, 1), array([0.]))
    >>> model.predict([[1.0], [9.0]])
    array(['a', 'c'], dtype='<U1')
    """

    family = Categorical

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        ridge: float = 0.0,
        method: str = "newton",
        tolerance: float = 1e-8,
        max_iter: int = 200,
        n_jobs: int | None = None,
        classes: Sequence[Hashable] | None = None,
        reference: Hashable = None,
        separation: str = "report",
    ) -> None:
        self.fit_intercept = fit_intercept
        self.ridge = ridge
        self.method = method
        self.tolerance = tolerance
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.classes = classes
        self.reference = reference
        self.separation = separation

    def decision_function(self, X: Any, *, offset: Any = None) -> Floats:
        """Return ``X @ coef_.T + intercept_`` and the offset, (n, K), the reference's column zero.

        With two classes it is the difference (n,) of the second and the first, as in scikit-learn.
        """
        rows = self._rows(X, offset)
        eta = self._logits(rows.padded(finite(rows, self._result.record)))
        return eta[:, 1] - eta[:, 0] if eta.shape[1] == 2 else eta

    def _response(self, y: Any, weights: Floats) -> Response:
        return class_response(y, weights, self.classes, self.reference)

    def _base(self) -> int:
        facts = self._result.facts
        return 0 if facts.classes is None else facts.classes.index(facts.base)

    def _learn_coefficients(self, pushed: Floats, facts: Facts) -> None:
        super()._learn_coefficients(pushed, facts)
        every = np.insert(pushed, self._base(), 0.0, axis=0)
        first = int(facts.intercept)
        self.coef_ = every[:, first:]
        self.intercept_ = every[:, 0] if first else np.zeros(len(every))

    def _logits(self, eta: Floats) -> Floats:
        # The pinned class comes first in eta, and in its place among the classes here.
        return np.insert(eta[:, 1:], self._base(), eta[:, 0], axis=1)

    def _probabilities(self, eta: Floats) -> Floats:
        return kernels.softmax(self._logits(eta))

    def _log_probabilities(self, eta: Floats) -> Floats:
        return kernels.log_softmax(self._logits(eta))
