"""One row about a regression as a whole (level 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

import likelihood
from likelihood.family import Floats, present
from likelihood.fit.null import has_constant
from likelihood.inference import scores
from likelihood.inference.hypothesis import chi_square
from likelihood.inference.prediction import log_odds
from likelihood.results.rows import class_order, observed, predictor, unchanged
from likelihood.results.samples import GLANCE
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results.regression import Fit


def glance_table(fit: Fit) -> pd.DataFrame:
    """Return one row with the columns of ``GLANCE``; see ``Fit.glance``."""
    import pandas as pd

    return pd.DataFrame([glance_row(fit)])


def glance_row(fit: Fit) -> dict[str, Any]:
    """Return the row by column, NaN where one does not apply; as stored where the rows are gone.

    Notes
    -----
    Criteria and the likelihood-ratio test against the null model are NaN with a ridge, whose
    estimate is not a maximum, and where the search failed.  With separated data they are those of
    the supremum, every coefficient counted.  A linear regression's criteria count the sd; its
    deviance is the residual sum of squares and its dispersion the residual variance.  A Poisson
    regression's dispersion is Pearson's statistic over its degrees of freedom, for information:
    standard errors do not use it.
    """
    if fit.stored_glance is not None:
        return {name: fit.stored_glance.get(name, math.nan) for name in GLANCE}
    record, facts, k = fit.record, fit.facts, fit.n_parameters
    spare = fit.n - k - 1
    known = {
        "model": fit.model,
        "status": str(fit.verdict.status),
        "n_rows": facts.n_rows,
        "n_used": facts.n_used,
        "n_dropped": facts.n_dropped,
        "sum_weights": facts.total,
        "n_responses": len(facts.classes or ()) or 1,
        "n_parameters": k,
        "df_resid": fit.df_resid,
        "log_likelihood": record.log_likelihood,
        "null_log_likelihood": record.null_log_likelihood,
        "deviance": record.deviance,
        "null_deviance": record.null_deviance,
        "aic": fit.aic,
        "aicc": fit.aic + 2.0 * k * (k + 1) / spare if spare > 0 else math.nan,
        "bic": fit.bic,
        "n_iter": record.iterations,
        "distance": fit.verdict.distance,
        "condition_number": record.condition,
        "covariance": "information",
        "interval": "t" if facts.free_dispersion else "wald",
        "version": likelihood.__version__,
        **_ratio_test(fit),
        **_explained(fit),
        **_of_rows(fit),
    }
    return {name: known.get(name, math.nan) for name in GLANCE}


def criterion(fit: Fit, penalty: float) -> float:
    """Return an information criterion, NaN where the likelihood has no maximum to count."""
    value = penalty - 2.0 * fit.log_likelihood
    meant = maximal(fit) and math.isfinite(value) and not fit.record.exact
    return value if meant else math.nan


def maximal(fit: Fit) -> bool:
    """Return whether the log-likelihood is that of a maximum, or a supremum."""
    return fit.verdict.status is not Status.NOT_CONVERGED and not fit.facts.ridge


def null_degrees(fit: Fit) -> int:
    """Return how many coefficients the null model leaves out."""
    if fit.facts.intercept:
        constant = True
    elif fit.rows is not None:
        constant = has_constant(fit.rows)
    else:
        stored = (fit.stored_glance or {}).get("lr_df", math.nan)
        return 0 if math.isnan(stored) else int(stored)
    return fit.n_coefficients - len(fit.record.coef) * constant


def _ratio_test(fit: Fit) -> dict[str, float]:
    """Return the likelihood-ratio test against the null model, if there is one."""
    df = null_degrees(fit)
    gain = fit.record.log_likelihood - fit.record.null_log_likelihood
    if not maximal(fit) or fit.record.exact or not math.isfinite(gain) or not df:
        return {}
    test = chi_square(max(2.0 * gain, 0.0), df, "lr")
    return {"lr_statistic": test.statistic, "lr_df": test.df, "lr_p_value": test.p_value}


def _explained(fit: Fit) -> dict[str, float]:
    """Return how much better the model is than the null model, in several measures."""
    record, n = fit.record, fit.n
    value, null = record.log_likelihood, record.null_log_likelihood
    if fit.facts.free_dispersion:
        rss, tss = record.deviance, record.null_deviance
        return {"r2": 1.0 - rss / tss if tss > 0 else math.nan, "dispersion": record.dispersion}
    measures = {"r2_mcfadden": 1.0 - value / null if null < 0 else math.nan}
    if fit.facts.classes is None:
        return measures
    # Cox & Snell's over the largest it can be (Nagelkerke 1991).
    most = -math.expm1(2.0 * null / n)
    share = -math.expm1(2.0 * (null - value) / n) / most if most > 0 else math.nan
    return measures | {"r2_nagelkerke": share, "log_loss": 0.0 - value / n}


def _of_rows(fit: Fit) -> dict[str, float]:
    """Return what is summed over the rows again; nothing where they are gone or have changed."""
    model = fit.rows
    if model is None or not unchanged(fit) or fit.facts.free_dispersion:
        return {}
    eta = predictor(fit, model)
    used = model.weights > 0
    with np.errstate(over="ignore"):
        mean = present(model.family.cumulants(eta, 1).mean)
    codes = observed(model, fit.facts)
    if codes is None:
        return {"dispersion": _pearson(fit, mean[used, 0])}
    weights, order = model.weights[used], class_order(fit.facts)
    codes = codes[used]
    probabilities = in_order(mean, order)[used]
    measures = {
        "brier": scores.brier(probabilities, codes, weights),
        "accuracy": scores.accuracy(probabilities, codes, weights),
    }
    if len(order) == 2:
        event = (codes == order[1]).astype(float)
        # Log-odds, because probabilities round to 1 from 37 on.
        padded = eta if eta.shape[1] == 2 else np.column_stack([np.zeros(len(eta)), eta])
        measures["auc"] = scores.auc(log_odds(padded[used], 1)[0], event, weights)
        measures["r2_tjur"] = scores.tjur(mean[used, -1], event, weights)
    return measures


def in_order(mean: Floats, order: Any) -> Floats:
    """Return the probabilities of all classes in the order of ``facts.classes``.

    Examples
    --------
    >>> in_order(np.array([[0.25]]), np.array([1, 0]))
    array([[0.25, 0.75]])
    """
    if mean.shape[1] == 1:
        mean = np.column_stack([1.0 - mean, mean])
    placed = np.empty_like(mean)
    placed[:, order] = mean
    return placed


def _pearson(fit: Fit, mean: Floats) -> float:
    """Return Pearson's statistic over the degrees of freedom; a mean of zero fits its zeros."""
    model = fit.rows
    if model is None or fit.df_resid <= 0:
        return math.nan
    used = model.weights > 0
    t, weights = np.asarray(model.t)[used, 0], model.weights[used]
    positive = mean > 0
    rows = (t[positive] - mean[positive]) ** 2 / mean[positive]
    return float(weights[positive] @ rows) / fit.df_resid
