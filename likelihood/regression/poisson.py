"""Poisson regression: counts whose log mean is linear in X (level 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood.distributions.poisson import Poisson
from likelihood.family import Floats
from likelihood.linear_model import LinearModel
from likelihood.regression.numeric import NumericRegression
from likelihood.regression.response import Response, count_response


class PoissonRegression(NumericRegression):
    """Poisson regression (log-linear) by maximum likelihood.

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
    separation : {"report", "raise"}
        Whether separated data are a verdict with a warning, or an error.

    Attributes
    ----------
    coef_ : (p,) array
        On the log scale; finite where ``tidy()`` has infinite estimates, zero where aliased.
    intercept_ : float
    n_features_in_, n_iter_ : int
    feature_names_in_ : (p,) array of str
        Only where X came with names.
    result_ : Fit

    Notes
    -----
    Rates are counts per exposure: pass ``offset=np.log(exposure)`` to the fit and to predictions.
    A response that is not whole is fitted by quasi-likelihood, and a note says so.

    Examples
    --------
    >>> model = PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8])
    >>> model.predict([[0.0], [1.0]]).round(12)
    array([2., 6.])
    """

    family = Poisson

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        ridge: float = 0.0,
        method: str = "newton",
        tolerance: float = 1e-8,
        max_iter: int = 200,
        n_jobs: int | None = None,
        separation: str = "report",
    ) -> None:
        self.fit_intercept = fit_intercept
        self.ridge = ridge
        self.method = method
        self.tolerance = tolerance
        self.max_iter = max_iter
        self.n_jobs = n_jobs
        self.separation = separation

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Return the share of deviance explained, D squared: 1 less the deviance over the null's.

        The null model has one rate for all rows, times the exposure if there is an offset.  A
        response that the null fits exactly has 1 if it is predicted exactly, else 0.
        """
        return self._score(X, y, sample_weight, offset)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.positive_only = True
        return tags

    def _response(self, y: Any, weights: Floats) -> Response:
        return count_response(y)

    def _mean(self, eta: Floats) -> Floats:
        with np.errstate(over="ignore"):
            return np.exp(eta[:, 0])

    def _null_mean(self, rows: LinearModel, y: Floats, weights: Floats) -> Floats:
        shift = np.zeros(len(y)) if rows.offset is None else rows.offset[:, 0]
        # Relative to the largest exposure, which cancels: none overflows.
        exposure = np.exp(shift - shift.max())
        mean: Floats = exposure * ((weights @ y) / (weights @ exposure))
        return mean
