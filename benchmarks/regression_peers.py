"""The same regressions by statsmodels and scikit-learn, at their default settings."""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.regression_references import Reference, powers


@dataclass(frozen=True)
class Numbers:
    """What a program gave: None where it has no such number, or failed.

    Attributes
    ----------
    coef, std_error : array or None
        Flat, response by response.
    log_likelihood : float or None
    said : str
        What it said of its fit: a warning or an error, by the name of its class.
    """

    coef: Any = None
    std_error: Any = None
    log_likelihood: float | None = None
    said: str = ""


def _listened(call: Any) -> Numbers:
    """Return the numbers of a call, with what it warned of or raised."""
    # On import statsmodels asks for its warnings to be shown always.
    import statsmodels.tools.sm_exceptions  # noqa: F401

    with warnings.catch_warnings(record=True) as heard, np.errstate(all="ignore"):
        warnings.simplefilter("always")
        try:
            found = call()
        except Exception as error:
            return Numbers(said=type(error).__name__)
    quiet = (FutureWarning, DeprecationWarning)
    names = sorted({w.category.__name__ for w in heard if not issubclass(w.category, quiet)})
    return Numbers(found.coef, found.std_error, found.log_likelihood, ", ".join(names))


def statsmodels(reference: Reference) -> Numbers:
    """Return OLS, Logit or MNLogit at their defaults; weights are rows repeated."""

    def call() -> Numbers:
        from statsmodels.discrete.discrete_model import Logit, MNLogit
        from statsmodels.regression.linear_model import OLS

        if not reference.classes:
            given = powers(reference)
            found = OLS(given.y, given.design).fit()
        else:
            at = np.repeat(np.arange(len(reference.y)), reference.weights.astype(int))
            kind = Logit if reference.classes == 2 else MNLogit
            found = kind(reference.y[at], reference.design[at]).fit(disp=0)
        flat = [np.asarray(v, dtype=float).ravel(order="F") for v in (found.params, found.bse)]
        return Numbers(*flat, float(found.llf))

    return _listened(call)


def scikit_learn(reference: Reference) -> Numbers:
    """Return LinearRegression, or LogisticRegression at its defaults but for the penalty."""

    def call() -> Numbers:
        from sklearn.linear_model import LinearRegression, LogisticRegression

        given = reference if reference.classes else powers(reference)
        constant = {"fit_intercept": given.intercept}
        model = (
            LogisticRegression(C=np.inf, **constant)
            if given.classes
            else LinearRegression(**constant)
        )
        model.fit(given.X, given.y, sample_weight=given.weights)
        coef = np.atleast_2d(model.coef_)
        if given.intercept:
            coef = np.column_stack([np.atleast_1d(model.intercept_), coef])
        if given.classes > 2:
            coef = (coef - coef[0])[1:]
        return Numbers(coef.ravel())

    return _listened(call)
