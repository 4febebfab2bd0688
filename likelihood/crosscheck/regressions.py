"""A regression beside statsmodels' fit of the same rows (level 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.ours import estimates, labels, share
from likelihood.crosscheck.pairs import Pair
from likelihood.crosscheck.refits import NotCheckedError, Refit, refit
from likelihood.crosscheck.rows import Expected, Rows, condition, rows_of
from likelihood.crosscheck.scikit import scikit_learn
from likelihood.family import Floats
from likelihood.fit.record import has_constant

if TYPE_CHECKING:
    from likelihood.results import Fit

_SEPARATED = "The data are separated: theirs is where its iterations stopped, not an estimate."
_UNCONVERGED = "statsmodels did not converge."
_EXACT = "The residuals are rounding alone; theirs takes the rounding for a spread."
_UNCOUNTED = "statsmodels does not count the sd among the parameters."
_NAMED = "Outside least squares statsmodels gives HC0 under this name."
_RIDGE = "Penalised fits are not compared: statsmodels has no covariance for them."
_BLANK = "statsmodels gave no number."
_NOTHING = "not checked: no coefficient is identified."
_SPARSE = "not checked: the sparse columns are too many to be written out."


def regression(fit: Fit) -> Iterator[Pair]:
    """Compare estimates, errors, covariances and likelihoods of a regression."""
    model, record = fit.rows, fit.record
    if model is None:
        raise ValueError(
            "the rows of this fit are gone, and a crosscheck is another fit to them; fit again."
        )
    rows = rows_of(model, record)
    if rows is None or not rows.X.shape[1]:
        yield _unchecked(_SPARSE if rows is None else _NOTHING)
        return
    if model.ridge:
        yield _unchecked(_RIDGE)
    else:
        try:
            theirs = refit(model.family.__name__, rows, model.intercept or has_constant(model))
        except NotCheckedError as reason:
            yield _unchecked(f"{reason}.")
        else:
            yield from _beside(fit, rows, theirs)
    yield from scikit_learn(fit, rows)


def _unchecked(reason: str) -> Pair:
    return Pair("estimate", "", math.nan, math.nan, "statsmodels", reason)


def _beside(fit: Fit, rows: Rows, theirs: Refit) -> Iterator[Pair]:
    """Compare every number with statsmodels'."""
    record = fit.record
    kept = record.kept
    ours = estimates(fit)[:, kept]
    errors = record.std_error[:, kept] * math.sqrt(record.dispersion)
    errors = np.where(record.infinite[:, kept], math.nan, errors)
    every = np.tile(kept, len(ours))
    covariance = record.covariance[np.ix_(every, every)] * record.dispersion
    expected = Expected(condition(rows, covariance), _cause(fit, theirs))
    names = labels(fit)
    for (response, term), own, other, error in zip(
        names, ours.ravel(), theirs.coef.ravel(), theirs.std_error.ravel(), strict=True
    ):
        why = expected.of(1, share(other, error))
        yield Pair("estimate", term, own, other, theirs.backend, *why, response)
    rough = Expected(expected.condition, expected.cause or (_EXACT if record.exact else ""))
    for (response, term), own, other in zip(
        names, errors.ravel(), theirs.std_error.ravel(), strict=True
    ):
        yield Pair("std_error", term, own, other, theirs.backend, *rough.of(2), response)
    yield from _numbers(fit, theirs, rough)
    if record.separation is not None:
        return
    yield _largest("covariance", names, covariance, theirs.covariance, theirs.backend, rough)
    if theirs.robust is not None and not record.exact:
        yield from _robust(fit, theirs, names, rough)


def _cause(fit: Fit, theirs: Refit) -> str:
    """Return why theirs need not be an estimate at all, empty where it should be.

    No excuse where theirs is the higher likelihood: then ours is not the maximum.
    """
    found, own = theirs.numbers["log_likelihood"], fit.log_likelihood
    if found > own + 1e-9 * max(1.0, abs(own)):
        return ""
    if fit.record.separation is not None:
        return _SEPARATED
    return "" if theirs.converged else _UNCONVERGED


def _numbers(fit: Fit, theirs: Refit, expected: Expected) -> Iterator[Pair]:
    """Compare log-likelihoods, deviances, criteria and the dispersion."""
    record = fit.record
    scale = abs(fit.log_likelihood)
    own = {
        "log_likelihood": fit.log_likelihood,
        "null_log_likelihood": record.null_log_likelihood,
        "deviance": record.deviance,
        "null_deviance": record.null_deviance,
        "dispersion": record.dispersion,
        "aic": fit.aic,
        "bic": fit.bic,
    }
    linear = "dispersion" in theirs.numbers
    for quantity, other in theirs.numbers.items():
        reason, least = expected.of(1, share(other, scale) if not linear else 1.0)
        if linear and quantity in ("aic", "bic"):
            reason, least = _UNCOUNTED, -math.inf
        yield Pair(quantity, "", own[quantity], other, theirs.backend, reason, least)


def _robust(
    fit: Fit, theirs: Refit, names: list[tuple[Any, str]], expected: Expected
) -> Iterator[Pair]:
    """Compare the covariances that hold when the model does not."""
    from likelihood.inference.robust import robust_covariance

    assert theirs.robust is not None and fit.rows is not None
    every = np.tile(fit.record.kept, len(fit.record.coef))
    linear = fit.rows.family.free_dispersion
    for kind in ("HC0", "HC1", "HC2", "HC3") if linear else ("HC0", "HC1"):
        try:
            ours = robust_covariance(fit.rows, fit.record, kind)[np.ix_(every, every)]
        except ValueError:
            # Refused, as where a row's leverage is 1: there is no number to compare.
            continue
        named = "" if linear or kind == "HC0" else _NAMED
        known = Expected(expected.condition, expected.cause or named)
        yield _largest(
            f"covariance ({kind})", names, ours, theirs.robust(kind), theirs.backend, known
        )


def _largest(
    quantity: str, names: list[tuple[Any, str]], ours: Floats, theirs: Floats, backend: str,
    expected: Expected,
) -> Pair:  # fmt: skip
    """Compare the entry of two covariances that differs most, in units of its diagonal."""
    with np.errstate(all="ignore"):
        root = np.sqrt(np.abs(np.diag(ours)))
        scale = root[:, None] * root
        apart = np.abs(ours - theirs) / scale
    apart = np.where(np.isnan(apart), math.inf, apart)
    i, j = np.unravel_index(int(np.argmax(apart)), apart.shape)
    (first, one), (second, other) = names[i], names[j]
    response = first if first == second else f"{first}, {second}"
    why = expected.of(2, share(float(theirs[i, j]), float(scale[i, j])))
    if not np.isfinite(theirs).all():
        why = _BLANK, -math.inf
    return Pair(
        quantity, f"{one}, {other}", ours[i, j], theirs[i, j], backend, *why, response=response
    )
