"""Logistic regression: two classes, the log-odds of one of them linear in X (level 8)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.distributions.bernoulli import Bernoulli
from likelihood.family import Floats
from likelihood.regression.classification import Classifier
from likelihood.regression.predicting import finite
from likelihood.regression.response import Response, binary_response
from likelihood.results.facts import Facts


class LogisticRegression(Classifier):
    """Logistic regression by maximum likelihood.

    Parameters
    ----------
    fit_intercept : bool
        Whether a constant is fitted as well; in tables its term is ``intercept``.
    ridge : float
        The penalty is ``ridge / 2`` times the sum of squared slopes, in nats.
    method : str
        "newton", or a method of ``scipy.optimize.minimize``, which Newton's method polishes.
    tolerance : float
        Accepted distance to the maximum, in standard errors.
    max_iter : int
        Steps of the search at most; the verdict is NOT_CONVERGED where they do not suffice.
    n_jobs : int, optional
        Threads that share the rows of tall data (more than a million numbers); None and -1 are
        all processors.  The result does not depend on it beyond the last digits.
    classes : sequence of two labels, optional
        The classes in their order, where not both occur in y or the order matters.
    event : label, optional
        The class whose log-odds the tables show; the last class where not given.
    separation : {"report", "raise"}
        Whether separated data are a verdict with a warning, or an error.

    Attributes
    ----------
    coef_ : (1, p) array
        The log-odds of ``classes_[1]``, as in scikit-learn, per unit of each column.  They are
        the estimates of ``tidy()``, with the other sign if the event is ``classes_[0]``; finite
        where those are infinite, and zero where a column is aliased.
    intercept_ : (1,) array
    classes_ : (2,) array
    n_features_in_, n_iter_ : int
    feature_names_in_ : (p,) array of str
        Only where X came with names.
    result_ : Fit

    Examples
    --------
    >>> X = [[1.0], [2.0], [3.0], [4.0], [5.0], [6.0]]
    >>> model = LogisticRegression().fit(X, ["no", "no", "yes", "no", "yes", "yes"])
    >>> print(model.verdict.status)
    OPTIMUM
    >>> model.coef_.round(6)
    array([[1.214028]])
    >>> model.predict_proba([[3.5]]).round(12)
    array([[0.5, 0.5]])
    """

    family = Bernoulli

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
        event: Hashable = None,
        separation: str = "report",
    ) -> None:
        self.fit_intercept = fit_intercept
        self.ridge = ridge
        self.method = method
        self.tolerance = tolerance
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.classes = classes
        self.event = event
        self.separation = separation

    def decision_function(self, X: Any, *, offset: Any = None) -> Floats:
        """Return ``X @ coef_[0] + intercept_[0]`` (n,), positive for ``classes_[1]``.

        An offset, which is on the log-odds of the event, is added with the sign that goes with it.
        """
        rows = self._rows(X, offset)
        return self._sign() * finite(rows, self._result.record)[:, 0]

    def _sign(self) -> float:
        """Return 1 if the event is the second class, as by default, and -1 if it is the first."""
        facts = self._result.facts
        return 1.0 if facts.classes is not None and facts.base == facts.classes[0] else -1.0

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_class = False
        return tags

    def _response(self, y: Any, weights: Floats) -> Response:
        return binary_response(y, weights, self.classes, self.event)

    def _learn_coefficients(self, pushed: Floats, facts: Facts) -> None:
        super()._learn_coefficients(pushed, facts)
        first = int(facts.intercept)
        # 0.0 +: no negative zeros.
        self.coef_ = 0.0 + self._sign() * pushed[:, first:]
        self.intercept_ = 0.0 + self._sign() * pushed[:, 0] if first else np.zeros(1)

    def _logits(self, eta: Floats) -> Floats:
        return np.hstack([np.zeros_like(eta), self._sign() * eta])

    def _probabilities(self, eta: Floats) -> Floats:
        toward = self._sign() * eta
        return np.hstack([kernels.sigmoid(-toward), kernels.sigmoid(toward)])

    def _log_probabilities(self, eta: Floats) -> Floats:
        toward = self._sign() * eta
        return np.hstack([kernels.log_sigmoid(-toward), kernels.log_sigmoid(toward)])
