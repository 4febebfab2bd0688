"""Regressions fitted again by statsmodels, iterated as far as doubles go (level 9)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from likelihood.crosscheck.pairs import certain, failure
from likelihood.crosscheck.rows import LARGEST_REPEATED, Rows
from likelihood.family import Floats


class NotCheckedError(Exception):
    """The other side has no such model, or failed; the message says which."""


@dataclass(frozen=True, eq=False)
class Refit:
    """What statsmodels found; k free coordinates, d columns.

    Attributes
    ----------
    backend : str
    coef, std_error : (k, d) array
    covariance : (k d, k d) array
        Row by row, as coef is.
    numbers : dict of str to float
        Log-likelihood, deviance and the like, by the name of the quantity.
    converged : bool
    robust : callable or None
        From the kind of a robust covariance to the matrix; None where theirs would not be the
        covariance of frequency weights.
    """

    backend: str
    coef: Floats
    std_error: Floats
    covariance: Floats
    numbers: dict[str, float]
    converged: bool
    robust: Callable[[str], Floats] | None


def refit(family: str, rows: Rows, constant: bool) -> Refit:
    """Return statsmodels' fit of the rows.

    Frequency weights are written out as repeated rows for least squares and for a multinomial
    logit, which do not have them (WLS takes its weights for precisions: its standard errors and
    log-likelihood are those of another model), and are handed to a GLM otherwise.

    Parameters
    ----------
    family : {"Gaussian", "Bernoulli", "Categorical", "Poisson"}
    constant : bool
        Whether a column of the rows is constant, so that there is a null model to compare.

    Raises
    ------
    NotCheckedError
        statsmodels has no such model, or failed.
    """
    try:
        return _refit(family, rows, constant)
    except NotCheckedError:
        raise
    except Exception as error:  # Whatever theirs raises is a finding about theirs.
        raise NotCheckedError(failure("statsmodels", error)) from error


def _refit(family: str, rows: Rows, constant: bool) -> Refit:
    if family == "Gaussian":
        # Theirs takes no offset in least squares; taken off the response, it is the same model.
        moved = rows if rows.offset is None else rows.without_offset()
        return _least_squares(moved, constant) if rows.repeatable else _glm(family, moved, constant)
    if family == "Categorical":
        if rows.offset is not None:
            raise NotCheckedError("not checked: statsmodels' MNLogit has no offset")
        if not rows.repeatable:
            raise NotCheckedError(
                "not checked: statsmodels' MNLogit has no weights, and these are not counts up to "
                f"{LARGEST_REPEATED:,} rows"
            )
        return _multinomial(rows.repeated(), constant)
    # Logit accepts an offset and leaves it out.
    if family == "Bernoulli" and rows.plain and rows.offset is None:
        return _logit(rows, constant)
    return _glm(family, rows, constant)


def _least_squares(rows: Rows, constant: bool) -> Refit:
    from statsmodels.regression.linear_model import OLS

    rows = rows.repeated()
    found = OLS(rows.y, rows.X).fit()
    numbers = {
        "log_likelihood": found.llf, "deviance": found.ssr, "dispersion": found.scale,
        "aic": found.aic, "bic": found.bic,
    }  # fmt: skip
    if constant:
        numbers["null_deviance"] = found.centered_tss
        numbers["null_log_likelihood"] = OLS(rows.y, np.ones(len(rows.y))).fit().llf

    def robust(kind: str) -> Floats:
        return np.asarray(found.get_robustcov_results(kind).cov_params(), dtype=float)

    return Refit(
        "statsmodels OLS", found.params[None, :], found.bse[None, :],
        np.asarray(found.cov_params()), numbers, True, robust,
    )  # fmt: skip


def _glm(family: str, rows: Rows, constant: bool) -> Refit:
    from statsmodels.genmod import families
    from statsmodels.genmod.generalized_linear_model import GLM

    name = {"Bernoulli": "Binomial"}.get(family, family)

    def model(given: Rows, X: Floats) -> Any:
        offset = None if given.offset is None else given.offset[:, 0]
        return GLM(
            given.y, X, family=getattr(families, name)(), offset=offset,
            freq_weights=given.weights,
        )  # fmt: skip

    first = model(rows, rows.X).fit(maxiter=200)
    found = certain(model(rows, rows.X))
    numbers = {
        "log_likelihood": found.llf, "deviance": found.deviance,
        "aic": found.aic, "bic": found.bic_llf,
    }  # fmt: skip
    if family == "Gaussian":
        numbers["dispersion"] = found.scale
    if constant:
        null = certain(model(rows, np.ones((len(rows.y), 1))))
        numbers["null_log_likelihood"], numbers["null_deviance"] = null.llf, null.deviance

    def robust(kind: str) -> Floats:
        # With freq_weights theirs squares the weights; repeated rows have none.
        again = rows.repeated()
        return _robust_of(model(again, again.X), found, kind)

    return Refit(
        f"statsmodels GLM({name})", found.params[None, :], found.bse[None, :],
        np.asarray(found.cov_params()), numbers, bool(first.converged),
        robust if rows.repeatable else None,
    )  # fmt: skip


def _robust_of(model: Any, found: Any, kind: str) -> Floats:
    again = model.fit(
        start_params=found.params, tol_criterion="params", tol=1e-14, maxiter=100, cov_type=kind
    )
    return np.asarray(again.cov_params(), dtype=float)


def _logit(rows: Rows, constant: bool) -> Refit:
    from statsmodels.discrete.discrete_model import Logit

    return _discrete("statsmodels Logit", Logit, rows.y, rows.X, constant)


def _multinomial(rows: Rows, constant: bool) -> Refit:
    from statsmodels.discrete.discrete_model import MNLogit

    return _discrete("statsmodels MNLogit", MNLogit, rows.y.astype(int), rows.X, constant)


def _newton(model: Any) -> tuple[Any, bool]:
    """Return the fit by Newton's method to the last digits, and whether theirs calls it one.

    Its stopping rule is about the step of every coefficient in absolute terms, 1e-8; a rule
    that a large coefficient cannot meet only costs iterations.
    """
    found = model.fit(method="newton", maxiter=200, disp=0)
    converged = bool(found.mle_retvals["converged"])
    if not np.isfinite(np.asarray(found.params)).all():
        return found, False
    start = np.asarray(found.params).ravel(order="F")
    return model.fit(method="newton", start_params=start, maxiter=3, tol=1e-15, disp=0), converged


def _discrete(name: str, kind: Any, y: Any, X: Floats, constant: bool) -> Refit:
    model = kind(y, X)
    found, converged = _newton(model)
    coef = np.asarray(found.params, dtype=float)
    error = np.asarray(found.bse, dtype=float)
    k = 1 if coef.ndim == 1 else coef.shape[1]
    llf = float(found.llf)
    numbers = {"log_likelihood": llf, "aic": float(found.aic), "bic": float(found.bic)}
    if constant:
        # Their own llnull stops where 9 digits are right.
        numbers["null_log_likelihood"] = float(_newton(kind(y, np.ones((len(y), 1))))[0].llf)

    def robust(kind: str) -> Floats:
        again = model.fit(
            method="newton", start_params=coef.ravel(order="F"), maxiter=1, disp=0,
            cov_type=kind,
        )  # fmt: skip
        return np.asarray(again.cov_params(), dtype=float)

    return Refit(
        name, coef.reshape(-1, k).T, error.reshape(-1, k).T,
        np.asarray(found.cov_params(), dtype=float), numbers,
        converged and math.isfinite(llf), robust,
    )  # fmt: skip
