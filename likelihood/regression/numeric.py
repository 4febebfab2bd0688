"""What regressions of a number share: the mean as prediction, and the explained share (level 8)."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, Any

from likelihood import kernels
from likelihood.data.columns import aligned as in_step
from likelihood.data.columns import frequencies
from likelihood.data.responses import aligned
from likelihood.family import Floats, indicator
from likelihood.linear_model import LinearModel
from likelihood.regression.base import Regression
from likelihood.regression.intervals import mean_table
from likelihood.regression.predicting import limits
from likelihood.regression.response import readable

if TYPE_CHECKING:
    import pandas as pd


class NumericRegression(Regression):
    """A regression whose response is a number."""

    _estimator_type = "regressor"

    def predict(
        self, X: Any, *, offset: Any = None, interval: str | None = None, level: float = 0.95
    ) -> Floats | pd.DataFrame:
        """Return the mean of the response in each row (n,).

        Parameters
        ----------
        X : rows as at the fit; a table for a fit by formula
        offset : as at the fit, optional
            Required if the fit had one.
        interval : {"confidence", "prediction"}, optional
            Return a table with intervals instead, estimate, conf_low and conf_high: for the mean,
            or for one more observation (linear regression only).
        level : float
            Of the intervals.
        """
        rows = self._rows(X, offset)
        if interval is not None:
            return mean_table(self._result, rows, interval, level)
        return self._mean(limits(rows, self._result.record))

    def _score(self, X: Any, y: Any, sample_weight: Any, offset: Any) -> float:
        """Return the share of the null model's deviance that is explained."""
        rows = self._rows(X, offset)
        mean = self._mean(limits(rows, self._result.record))
        y, sample_weight = readable(y), readable(sample_weight)
        aligned(readable(X), y)
        in_step(X, "X", sample_weight, "sample_weight")
        weights = frequencies(sample_weight, y, "sample_weight")
        t = indicator(self._response(y, weights).t, 1)
        deviance, null = (
            float(kernels.compensated_dot(weights, self.family.divergence(t, fitted[:, None])))
            for fitted in (mean, self._null_mean(rows, t[:, 0], weights))
        )
        if null == 0.0:
            return 1.0 if deviance == 0.0 else 0.0
        return 1.0 - deviance / null

    @abstractmethod
    def _mean(self, eta: Floats) -> Floats:
        """Return the mean (n,) at a linear predictor (n, 1)."""

    @abstractmethod
    def _null_mean(self, rows: LinearModel, y: Floats, weights: Floats) -> Floats:
        """Return the mean (n,) of the model of a constant and the offset, fitted to these rows."""
