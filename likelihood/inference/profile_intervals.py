"""Profile-likelihood intervals of regression coefficients (level 5).

An end is where twice the distance to the maximum reaches the chi-square quantile, the other
coefficients at their best for that value.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.profile import (
    PUSH,
    GaussianProfile,
    Profile,
    about_maximum,
    towards_infinity,
)
from likelihood.inference.quantiles import chi2_quantile, significance
from likelihood.inference.restricted_fit import approach, maximum
from likelihood.linear_model import LinearModel
from likelihood.verdict import Status


def profile_intervals(model: LinearModel, record: RegressionRecord, level: float) -> Floats:
    """Return the profile-likelihood interval of every coefficient (k, d, 2).

    Parameters
    ----------
    model : LinearModel
    record : RegressionRecord
    level : float
        Coverage, in (0, 1).

    Returns
    -------
    (k, d, 2) array
        In the units of the columns.  NaN where a coefficient is aliased or the maximum was not
        found.  Of an infinite coefficient one end is infinite and the other the bound with the
        same cut-off from the supremum; both are infinite where both signs are possible, since
        every value attains the supremum then.

    Raises
    ------
    ValueError
        The level is out of range, or the fit has a ridge.

    References
    ----------
    Venzon & Moolgavkar (1988), Applied Statistics 37, 87-94.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, X, y, np.ones(4), ("x",))
    >>> profile_intervals(model, fit_regression(model), 0.95)[0, 1].round(6)
    array([0.044035, 2.373127])
    """
    _refuse_ridge(model)
    cut = float(chi2_quantile(significance(level), 1.0))
    ends = np.full((*model.shape, 2), math.nan)
    if record.verdict.status is Status.NOT_CONVERGED:
        return ends
    if model.family.free_dispersion:
        half = _gaussian_half(model, record, cut)
        ends[..., 0], ends[..., 1] = record.coef - half, record.coef + half
        ends[:, record.aliased] = math.nan
        return ends
    kept = _kept_pairs(record)
    finite = [pair for pair in kept if not record.infinite[pair]]
    if finite:
        surface = maximum(model, record)
        for pair in finite:
            curve = about_maximum(surface, record, pair, kept.index(pair))
            ends[pair] = [curve.end(-1.0, cut), curve.end(1.0, cut)]
    bound = [pair for pair in kept if record.infinite[pair]]
    if bound:
        pushed = approach(model, record, push=PUSH)
        for pair in bound:
            if math.isnan(record.sign[pair]):
                ends[pair] = [-math.inf, math.inf]
                continue
            one_sided = towards_infinity(pushed, record, pair, kept.index(pair))
            ends[pair] = sorted([one_sided.bound(0.5 * cut), record.sign[pair] * math.inf])
    return ends


def profile_curve(
    model: LinearModel,
    record: RegressionRecord,
    response: int,
    term: int,
    points: int | ArrayLike = 41,
) -> tuple[Floats, Floats]:
    """Return values of a coefficient, and the profile log-likelihood at each of them.

    Parameters
    ----------
    response, term : int
        The coefficient's place among (k, d).
    points : int or array_like
        The values, or how many of them, evenly over the profile interval of level 0.99 (from
        its finite end to where the supremum is attained to 0.001 nats).

    Raises
    ------
    ValueError
        The coefficient is aliased, or infinite with either sign; the maximum was not found; or
        the fit has a ridge.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, X, y, np.ones(4), ("x",))
    >>> profile_curve(model, fit_regression(model), 0, 1, [0.0, np.log(3.0)])[1].round(6)
    array([-9.393706, -7.300714])
    """
    _refuse_ridge(model)
    pair = response, term
    if record.verdict.status is Status.NOT_CONVERGED:
        raise ValueError("the maximum was not found: there is no profile likelihood to show.")
    if not record.kept[term]:
        raise ValueError(f"term {term} is aliased: its profile likelihood is flat.")
    if math.isnan(record.sign[pair]):
        raise ValueError(f"term {term} may be infinite with either sign: its profile is flat.")
    curve = _curve(model, record, pair)
    if np.ndim(points) == 0:
        low, high = curve.window(float(chi2_quantile(0.01, 1.0)))
        values = np.linspace(low, high, int(points))  # type: ignore[arg-type]
    else:
        values = np.asarray(points, dtype=float)
    return values, np.array([record.log_likelihood - curve.fall(value) for value in values])


def _refuse_ridge(model: LinearModel) -> None:
    if model.ridge:
        raise ValueError(
            f"a fit with ridge={model.ridge} is not at a maximum of the likelihood and has no "
            f"profile; use Wald's interval, or fit without a ridge."
        )


def _kept_pairs(record: RegressionRecord) -> list[tuple[int, int]]:
    terms = np.flatnonzero(record.kept)
    return [(i, int(j)) for i in range(len(record.coef)) for j in terms]


def _gaussian_half(model: LinearModel, record: RegressionRecord, cut: float) -> Floats:
    """Return the half-widths (k, d) at which ``n log(1 + (b - b0)**2 / (s RSS))`` is the cut."""
    n = model.total
    if not n > record.kept.sum():
        return np.full(model.shape, math.inf)
    squares = 0.0 if record.exact else record.deviance
    return np.asarray(record.std_error * math.sqrt(squares * math.expm1(cut / n)))


def _curve(
    model: LinearModel, record: RegressionRecord, pair: tuple[int, int]
) -> GaussianProfile | Profile:
    """Return the profile of a coefficient."""
    place = _kept_pairs(record).index(pair)
    if model.family.free_dispersion:
        error = float(record.std_error[pair])
        scale = error * math.sqrt(0.0 if record.exact else record.deviance)
        if not (model.total > record.kept.sum() and scale > 0.0):
            raise ValueError("there are no residuals: the likelihood is not bounded.")
        return GaussianProfile(float(record.coef[pair]), scale, model.total)
    if record.infinite[pair]:
        return towards_infinity(approach(model, record, push=PUSH), record, pair, place)
    return about_maximum(maximum(model, record), record, pair, place)
