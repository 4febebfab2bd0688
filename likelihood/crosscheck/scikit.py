"""A regression beside scikit-learn's fit of the same rows, where it is installed (level 9)."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.ours import estimates, labels, share
from likelihood.crosscheck.pairs import Pair, failure
from likelihood.crosscheck.rows import Expected, Rows, condition
from likelihood.family import Floats

if TYPE_CHECKING:
    from likelihood.results import Fit

#: Asked of its solver in place of 1e-4, at which two to four digits are right.
_TIGHT: dict[str, Any] = {"tol": 1e-13, "max_iter": 1000, "solver": "newton-cholesky"}
_UNCONVERGED = "scikit-learn did not converge, or its Hessian was singular."
_SEPARATED = "The data are separated: theirs is where its iterations stopped, not an estimate."
_COLLINEAR = "scikit-learn took columns for collinear."
_DEFAULT = "scikit-learn's default, C=1, penalises the coefficients."
_CUT = "scikit-learn's default, tol=1e-6, drops directions a millionth as long as the longest."
_OFFSET = "not checked: scikit-learn has no offset."
_SYMMETRIC = "not checked: scikit-learn's ridge has a vector of coefficients for every class."


def scikit_learn(fit: Fit, rows: Rows) -> Iterator[Pair]:
    """Compare the estimates; scikit-learn has no standard errors and no log-likelihood."""
    model = fit.rows
    if find_spec("sklearn") is None or model is None or rows.X.shape[1] <= rows.intercept:
        return
    family = model.family.__name__
    name = f"scikit-learn {_NAMES[family]}"
    linear = family == "Gaussian"
    if rows.offset is not None and not linear:
        yield Pair("estimate", "", math.nan, math.nan, name, _OFFSET)
        return
    if model.ridge and family == "Categorical":
        yield Pair("estimate", "", math.nan, math.nan, name, _SYMMETRIC)
        return
    try:
        theirs, cause = _fitted(family, rows, model.ridge)
    except Exception as error:  # Whatever theirs raises is a finding about theirs.
        reason = f"{failure('scikit-learn', error)}."
        yield Pair("estimate", "", math.nan, math.nan, name, reason)
        return
    record = fit.record
    kept = record.kept
    if record.separation is not None:
        cause = _SEPARATED
    every = np.tile(kept, len(theirs))
    expected = Expected(condition(rows, record.covariance[np.ix_(every, every)]), cause)
    ours = estimates(fit)[:, kept].ravel()
    errors = (record.std_error[:, kept] * math.sqrt(record.dispersion)).ravel()
    names = labels(fit)
    for (response, term), mine, other, spread in zip(
        names, ours, theirs.ravel(), errors, strict=True
    ):
        # Its Newton steps solve the normal equations of the columns as they are.
        why = expected.of(1 if linear else 2, share(other, float(spread)))
        yield Pair("estimate", term, mine, other, name, *why, response)
    if model.ridge or cause or family == "Poisson":
        return
    default, cut = _fitted(family, rows, 0.0, default=True)
    if not linear or cut:
        at = int(np.argmax(np.abs(ours - default.ravel())))
        response, term = names[at]
        yield Pair(
            "estimate by default", term, ours[at], default.ravel()[at], name,
            _CUT if linear else _DEFAULT, response=response,
        )  # fmt: skip


_NAMES = {
    "Gaussian": "LinearRegression", "Bernoulli": "LogisticRegression",
    "Categorical": "LogisticRegression", "Poisson": "PoissonRegressor",
}  # fmt: skip


def _fitted(family: str, rows: Rows, ridge: float, default: bool = False) -> tuple[Floats, str]:
    """Return the coefficients (k, d), and why they need not be ours."""
    rows = rows.without_offset()
    model = _model(family, rows, ridge, default)
    X = rows.X[:, int(rows.intercept) :]
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        model.fit(X, rows.y, sample_weight=rows.weights)
    # Future changes of its options are no concern of the fit.
    changes = (FutureWarning, DeprecationWarning)
    cause = "" if all(issubclass(w.category, changes) for w in said) else _UNCONVERGED
    if getattr(model, "rank_", X.shape[1]) < X.shape[1]:
        cause = _COLLINEAR
    coef = np.atleast_2d(np.asarray(model.coef_, dtype=float))
    if rows.intercept:
        coef = np.column_stack([np.atleast_1d(model.intercept_), coef])
    if family == "Categorical" and len(coef) > 1:
        coef = (coef - coef[0])[1:]
    return coef, cause


def _model(family: str, rows: Rows, ridge: float, default: bool) -> Any:
    """Return the estimator, still to be fitted."""
    from sklearn import linear_model as models  # type: ignore[import-untyped]

    constant: dict[str, Any] = {"fit_intercept": rows.intercept}
    if family == "Poisson":
        # Its likelihood is a mean over the rows.
        alpha = ridge / float(rows.weights.sum())
        return models.PoissonRegressor(alpha=alpha, **_TIGHT, **constant)
    if family != "Gaussian":
        given = {} if default else {"C": 1.0 / ridge if ridge else math.inf, **_TIGHT}
        return models.LogisticRegression(**given, **constant)
    if ridge:
        return models.Ridge(alpha=ridge, solver="svd", **constant)
    model = models.LinearRegression(**constant)
    if not default and "tol" in model.get_params():
        model.set_params(tol=max(rows.X.shape) * float(np.finfo(float).eps))
    return model
