"""What a classifier adds: classes, their probabilities, and accuracy (level 8)."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import aligned as in_step
from likelihood.data.columns import column, frequencies
from likelihood.data.labels import as_array
from likelihood.data.responses import aligned
from likelihood.family import Floats
from likelihood.regression.base import Regression
from likelihood.regression.intervals import probability_table
from likelihood.regression.predicting import limits
from likelihood.regression.response import readable
from likelihood.results.facts import Facts

if TYPE_CHECKING:
    import pandas as pd


class Classifier(Regression):
    """A regression whose response is a class."""

    classes: Sequence[Hashable] | None
    classes_: NDArray[Any]

    _estimator_type = "classifier"

    _takes = Regression._takes | {
        "predict_proba": ("offset",),
        "predict_log_proba": ("offset",),
        "decision_function": ("offset",),
    }

    def predict(self, X: Any, *, offset: Any = None) -> NDArray[Any]:
        """Return the most probable class of each row (n,); of equal ones the first.

        Parameters
        ----------
        X : rows as at the fit; a table for a fit by formula
        offset : as at the fit, optional
            Required if the fit had one.
        """
        eta = self._logits(limits(self._rows(X, offset), self._result.record))
        best: NDArray[Any] = self.classes_[np.argmax(eta, axis=1)]
        return best

    def predict_proba(
        self, X: Any, *, offset: Any = None, interval: str | None = None, level: float = 0.95
    ) -> Floats | pd.DataFrame:
        """Return the probability of each class, (n, K) in the order of ``classes_``.

        Parameters
        ----------
        X : rows as at the fit; a table for a fit by formula
        offset : as at the fit, optional
            Required if the fit had one.
        interval : "confidence", optional
            Return a table with intervals instead: row, response, estimate, conf_low, conf_high.
        level : float
            Of the intervals.
        """
        rows = self._rows(X, offset)
        if interval is not None:
            return probability_table(self._result, rows, interval, level)
        return self._probabilities(limits(rows, self._result.record))

    def predict_log_proba(self, X: Any, *, offset: Any = None) -> Floats:
        """Return the logarithm of ``predict_proba``, in nats; finite however small that is.

        It is ``-inf`` only for a class that separated data make impossible.
        """
        return self._log_probabilities(limits(self._rows(X, offset), self._result.record))

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Return the share of rows whose class is predicted: the accuracy.

        A label that is no class of the fit counts as a miss.
        """
        predicted = self.predict(X, offset=offset)
        y, sample_weight = readable(y), readable(sample_weight)
        aligned(readable(X), y)
        in_step(X, "X", sample_weight, "sample_weight")
        weights = frequencies(sample_weight, y, "sample_weight")
        truth = column(np.ravel(y) if getattr(y, "ndim", 1) == 2 else y, "y").tolist()
        right = [a == b for a, b in zip(truth, predicted.tolist(), strict=True)]
        if sample_weight is None:
            return float(np.mean(right))
        return float(np.average(right, weights=weights))

    def set_predict_proba_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``offset`` at predict_proba when routed."""
        return self._request("predict_proba", wanted)

    def set_predict_log_proba_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``offset`` at predict_log_proba when routed."""
        return self._request("predict_log_proba", wanted)

    def set_decision_function_request(self, **wanted: bool | str | None) -> Self:
        """Return the estimator, to be given ``offset`` at decision_function when routed."""
        return self._request("decision_function", wanted)

    def _learn_coefficients(self, pushed: Floats, facts: Facts) -> None:
        self.classes_ = as_array(facts.classes or ())

    @abstractmethod
    def _logits(self, eta: Floats) -> Floats:
        """Return eta as one column for each class, in their order."""

    @abstractmethod
    def _probabilities(self, eta: Floats) -> Floats:
        """Return the probabilities (n, K) of the classes, in their order."""

    @abstractmethod
    def _log_probabilities(self, eta: Floats) -> Floats:
        """Return the logarithms of the probabilities (n, K)."""
