"""Tests of linear restrictions on a regression: likelihood ratio, Wald, score (level 5)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.f_tail import f_sf, log_f_sf
from likelihood.inference.hypothesis import HypothesisTest, chi_square, undefined
from likelihood.inference.restricted_fit import approach, maximum, restricted_fit
from likelihood.inference.restricted_squares import gain_in_squares
from likelihood.inference.restrictions import Restrictions, restrictions, slopes
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.verdict import Status

KINDS = ("lr", "wald", "score")
_NAMES = {"lr": "likelihood ratio", "wald": "wald", "score": "score"}


def restriction_test(
    model: LinearModel,
    record: RegressionRecord,
    null: Any = None,
    kind: str = "lr",
    *,
    terms: Sequence[str],
    responses: Sequence[Hashable] = (),
    covariance: Floats | None = None,
) -> HypothesisTest:
    """Return the test of linear restrictions on the coefficients of a regression.

    Parameters
    ----------
    null : str, sequence of str, dict, array or pair of arrays, optional
        As :func:`~likelihood.inference.restrictions.restrictions` takes it; by default that every
        slope is zero.
    kind : {"lr", "wald", "score"}
        Likelihood ratio (Wilks 1938), Wald (1943), score (Rao 1948).
    terms : sequence of d str
    responses : sequence of k labels
    covariance : (k d, k d) array, optional
        For the Wald test; by default the inverse information, times the dispersion.

    Returns
    -------
    HypothesisTest
        Compared with a chi-square distribution, but for the Wald test of a linear regression:
        its statistic is m times F, and the p-value that of F with m and the residual degrees of
        freedom.  Of separated data the likelihood ratio takes suprema; where only finite
        combinations of coefficients are restricted, all three tests are those of the limiting
        conditional model.  Statistic and p-value are NaN where the test is not defined, and the
        method says why.

    Raises
    ------
    FormulaError, ValueError, TypeError
        The hypothesis cannot be read, contradicts itself, or involves what is not identified; the
        kind is not known; a penalised fit is to be compared by its likelihood.

    Notes
    -----
    For a linear regression the likelihood ratio is ``n log(RSS0 / RSS)`` and the score statistic
    ``n (RSS0 - RSS) / RSS0``, n being the sum of the weights.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, X, y, np.ones(4), ("x",))
    >>> test = restriction_test(model, fit_regression(model), "x", "score", terms=model.terms)
    >>> round(test.statistic, 12), test.df
    (4.0, 1)
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}.")
    if covariance is not None and kind != "wald":
        raise ValueError(f"kind {kind!r} takes no covariance; use kind='wald' with one.")
    if null is None:
        found = slopes(model.shape, record.kept & ~_constant(model))
    else:
        found = restrictions(
            null, terms, responses, shape=model.shape, aliased=record.aliased
        )  # fmt: skip
    name = _NAMES[kind]
    if record.verdict.status is Status.NOT_CONVERGED:
        return undefined(found.df, f"{name}: not defined, the maximum was not found")
    if kind == "wald":
        return _wald(model, record, found, covariance)
    if model.ridge:
        raise ValueError(
            f"kind {kind!r} compares maxima of the likelihood, which a fit with ridge={model.ridge}"
            f" does not have; use kind='wald', or fit without a ridge."
        )
    if model.family.free_dispersion:
        return _linear(model, record, found, kind)
    return _likelihood(model, record, found, kind)


def _constant(model: LinearModel) -> Booleans:
    """Return which terms (d,) are the constant: the intercept, or columns in place of one."""
    if model.intercept:
        return np.asarray(np.arange(model.shape[1]) == 0)
    X = model.X[model.weights > 0]
    low, high = X.min(axis=0), X.max(axis=0)
    if model.sparse:
        low, high = low.toarray().ravel(), high.toarray().ravel()
    constant: Booleans = (low == high) & (low != 0)
    return constant


def _gap(record: RegressionRecord, found: Restrictions) -> Floats:
    """Return ``r - R b`` at the estimates, which may nearly cancel."""
    coef, low = record.coef.ravel(), record.coef_low.ravel()
    return np.array([
        -float(kernels.compensated_dot(np.append(row, -value), np.append(coef, 1.0))) - row @ low
        for row, value in zip(found.R, found.r, strict=True)
    ])  # fmt: skip


def _restricts_infinite(record: RegressionRecord, R: Floats) -> bool:
    """Return whether a restricted combination of coefficients is infinite.

    It is finite if it is zero over the span of the separating directions, as the difference of
    two infinite coefficients can be.
    """
    if record.separation is None:
        return False
    span = record.separation.constancy.reshape(len(record.separation.constancy), -1)
    kept = R[:, np.tile(record.kept, len(record.coef))]
    largest = np.array([max(abs(value) for value in row) for row in span], dtype=object)
    moves = (span / largest[:, None]).astype(float)
    return bool((np.abs(kept @ moves.T) > 1e-12 * (np.abs(kept) @ np.abs(moves.T))).any())


def _likelihood(
    model: LinearModel, record: RegressionRecord, found: Restrictions, kind: str
) -> HypothesisTest:
    """Return the likelihood-ratio or score test of a regression without a dispersion."""
    infinite = _restricts_infinite(record, found.R)
    surface = (approach if infinite else maximum)(model, record)
    every = np.tile(record.kept, len(record.coef))
    at = restricted_fit(surface, found.R[:, every], _gap(record, found))
    if kind == "lr":
        statistic = max(2.0 * (at.value - surface.value), 0.0)
        # A supremum is approached to 1e-13 nats: what is within that of another equals it.
        if infinite and not at.attained and statistic < 1e-12:
            statistic = 0.0
        return chi_square(statistic, found.df, _NAMES["lr"])
    if math.isnan(at.score):
        reason = "score: not defined, the restricted model has no maximum"
        return undefined(found.df, reason)
    return chi_square(at.score, found.df, "score")


def _linear(
    model: LinearModel, record: RegressionRecord, found: Restrictions, kind: str
) -> HypothesisTest:
    """Return the likelihood-ratio or score test of a linear regression."""
    reason = _no_residuals(model, record)
    if reason:
        return undefined(found.df, f"{_NAMES[kind]}: not defined, {reason}")
    ratio = gain_in_squares(model, record, found, _gap(record, found)) / record.deviance
    n = model.total
    if kind == "lr":
        return chi_square(n * math.log1p(ratio), found.df, _NAMES["lr"])
    return chi_square(n * (ratio / (1.0 + ratio)), found.df, "score")


def _no_residuals(model: LinearModel, record: RegressionRecord) -> str:
    """Return why a linear regression says nothing of its dispersion, if it does not."""
    if not _residual_df(model, record) > 0:
        return "there are no residual degrees of freedom"
    if record.exact or record.deviance == 0.0:
        return "the residuals are no larger than rounding"
    return ""


def _residual_df(model: LinearModel, record: RegressionRecord) -> float:
    return model.total - float(record.kept.sum())


def _wald(
    model: LinearModel, record: RegressionRecord, found: Restrictions, covariance: Floats | None
) -> HypothesisTest:
    """Return the Wald test, with any covariance of the coefficients."""
    if _restricts_infinite(record, found.R):
        return undefined(found.df, "wald: not defined, a restricted coefficient is infinite")
    if model.family.free_dispersion:
        reason = _no_residuals(model, record)
        if reason:
            return undefined(found.df, f"wald: not defined, {reason}")
    if covariance is None:
        covariance = record.covariance * record.dispersion
    else:
        covariance = np.asarray(covariance, dtype=float)
        if covariance.shape != record.covariance.shape:
            raise ValueError(
                f"covariance has shape {covariance.shape}; it needs a row and a column for each "
                f"of the {record.coef.size} coefficients."
            )
    size = quadratic(_gap(record, found), found.R, covariance)
    if size is None:
        return undefined(found.df, "wald: not defined, the covariance is singular")
    if not model.family.free_dispersion:
        return chi_square(size, found.df, "wald")
    f, df = size / found.df, _residual_df(model, record)
    method = f"wald, F with {found.df} and {df:g} degrees of freedom"
    return HypothesisTest(
        size, found.df, f_sf(f, found.df, df), log_f_sf(f, found.df, df), method
    )  # fmt: skip


def quadratic(gap: Floats, R: Floats, covariance: Floats) -> float | None:
    """Return ``gap' (R V R')**-1 gap``, or None where that matrix is singular or not known.

    Examples
    --------
    >>> quadratic(np.array([2.0]), np.array([[1.0, 0.0]]), np.eye(2))
    4.0
    """
    # Rows and columns that take no part may hold anything.
    involved = (R != 0).any(axis=0)
    V, R = covariance[np.ix_(involved, involved)], R[:, involved]
    if not np.isfinite(V).all():
        return None
    # A coefficient held fixed in the limiting model has no variance.
    spread = np.sqrt(np.where(np.diag(V) > 0, np.diag(V), 1.0))
    # In standard errors, so that the units of the columns do not matter.
    rows = R * spread
    length = np.linalg.norm(rows, axis=1)
    rows, gap = rows / length[:, None], gap / length
    middle = rows @ (V / spread / spread[:, None]) @ rows.T
    scale = 1.0 / np.sqrt(np.where(np.diag(middle) > 0, np.diag(middle), np.nan))
    if np.isnan(scale).any():
        return None
    values, vectors = np.linalg.eigh(middle * scale[:, None] * scale)
    if values[0] <= 8.0 * len(values) * np.finfo(float).eps * values[-1]:
        return None
    return float(np.sum((vectors.T @ (scale * gap)) ** 2 / values))
