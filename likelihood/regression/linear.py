"""Linear regression: least squares, as the likelihood of a normal response (level 8)."""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood.distributions.gaussian import Gaussian
from likelihood.family import Floats
from likelihood.linear_model import LinearModel
from likelihood.regression.numeric import NumericRegression
from likelihood.regression.response import Response, number_response


class LinearRegression(NumericRegression):
    """Linear regression by least squares, to the last digits of the doubles given.

    Parameters
    ----------
    fit_intercept : bool
        Whether a constant is fitted as well; in tables its term is ``intercept``.
    ridge : float
        The penalty is ``ridge / 2`` times the sum of squared slopes, at a residual variance of 1.
    method : str
        "newton", which is the closed form here, or a method of ``scipy.optimize.minimize``.
    tolerance : float
        Accepted distance to the maximum, in standard errors.
    max_iter : int
        Steps of the search at most; the verdict is NOT_CONVERGED where they do not suffice.
    n_jobs : int, optional
        Checked only: least squares run in the threads of BLAS.

    Attributes
    ----------
    coef_ : (p,) array
        Zero where a column is aliased.
    intercept_ : float
    n_features_in_, n_iter_ : int
    feature_names_in_ : (p,) array of str
        Only where X came with names.
    result_ : Fit

    Examples
    --------
    >>> model = LinearRegression().fit([[1.0], [2.0], [3.0], [4.0]], [2.0, 3.0, 5.0, 6.0])
    >>> print(f"{model.intercept_:.12g} {model.coef_[0]:.12g}")
    0.5 1.4
    >>> model.predict([[5.0]]).round(12)
    array([7.5])
    """

    family = Gaussian

    def __init__(
        self,
        *,
        fit_intercept: bool = True,
        ridge: float = 0.0,
        method: str = "newton",
        tolerance: float = 1e-8,
        max_iter: int = 200,
        n_jobs: int | None = None,
    ) -> None:
        self.fit_intercept = fit_intercept
        self.ridge = ridge
        self.method = method
        self.tolerance = tolerance
        self.max_iter = max_iter
        self.n_jobs = n_jobs

    def score(self, X: Any, y: Any, sample_weight: Any = None, offset: Any = None) -> float:
        """Return R squared: 1 less the residual sum of squares over that around the mean.

        With an offset both are those of ``y - offset``.  A constant response has 1 if it is
        predicted exactly, else 0.
        """
        return self._score(X, y, sample_weight, offset)

    def _response(self, y: Any, weights: Floats) -> Response:
        return number_response(y)

    def _mean(self, eta: Floats) -> Floats:
        return eta[:, 0]

    def _null_mean(self, rows: LinearModel, y: Floats, weights: Floats) -> Floats:
        shift = np.zeros(len(y)) if rows.offset is None else rows.offset[:, 0]
        mean: Floats = shift + (weights @ (y - shift)) / weights.sum()
        return mean
