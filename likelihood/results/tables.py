"""The tables of a regression's coefficients: tidy, confint, covariance (level 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats
from likelihood.inference.chisquare import normal_two_sided, t_two_sided
from likelihood.inference.level import checked_level
from likelihood.inference.quantiles import normal_quantile, significance, t_quantile
from likelihood.inference.robust import checked_covariance, clusters, robust_covariance
from likelihood.results.rows import required_rows, unchanged
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results.regression import Fit


class Errors(NamedTuple):
    """Standard errors (k, d), NaN where there are none, and the degrees of freedom of t."""

    std_error: Floats
    df: float


def tidy_table(
    fit: Fit,
    level: float,
    interval: str | None,
    covariance: str,
    groups: Any,
    *,
    exponentiate: bool,
) -> pd.DataFrame:
    """Return the coefficients with their tests and intervals; see ``Fit.tidy``."""
    import pandas as pd

    level, method = checked_level(level), checked_interval(fit, interval, covariance)
    if exponentiate and fit.facts.free_dispersion:
        raise ValueError(
            "exponentiate=True is for models of log-odds or log-means; the coefficients of a "
            "linear regression are differences of means, which have no ratios."
        )
    errors = standard_errors(fit, covariance, groups)
    estimate = fit.record.estimates
    # Zero by rounding alone is no test; nor is a shrunken estimate, whose null is not at zero.
    testable = (errors.std_error > 0) & (fit.facts.ridge == 0)
    statistic = np.full(estimate.shape, np.nan)
    np.divide(estimate, errors.std_error, out=statistic, where=testable)
    low, high = _ends(fit, errors, level, method)
    table = {
        **labels(fit, reference=True),
        "estimate": estimate.ravel(),
        "std_error": errors.std_error.ravel(),
        "statistic": statistic.ravel(),
        "p_value": _p_values(fit, statistic, errors.df).ravel(),
        "conf_low": low.ravel(),
        "conf_high": high.ravel(),
        "flag": flags(fit).ravel(),
    }
    if exponentiate:
        with np.errstate(over="ignore"):
            for name, source in (
                ("ratio", "estimate"), ("ratio_low", "conf_low"), ("ratio_high", "conf_high"),
            ):  # fmt: skip
                table[name] = np.exp(table[source])
    return pd.DataFrame(table)


def confint_table(fit: Fit, level: float, method: str | None) -> pd.DataFrame:
    """Return estimates with confidence intervals; see ``Fit.confint``."""
    import pandas as pd

    level, chosen = checked_level(level), checked_interval(fit, method, "information")
    low, high = _ends(fit, standard_errors(fit), level, chosen)
    return pd.DataFrame({
        **labels(fit, reference=False),
        "estimate": fit.record.estimates.ravel(),
        "conf_low": low.ravel(),
        "conf_high": high.ravel(),
    })  # fmt: skip


def covariance_table(fit: Fit, kind: str, groups: Any) -> pd.DataFrame:
    """Return a labelled covariance of the coefficients; see ``Fit.covariance``."""
    import pandas as pd

    names = labels(fit, reference=False)
    index: Any = pd.Index(names["term"], name="term")
    if fit.facts.several:
        index = pd.MultiIndex.from_arrays(list(names.values())[::-1], names=["response", "term"])
    values = covariance_values(fit, kind, groups)
    blank = unknown(fit).ravel()
    values[blank] = np.nan
    values[:, blank] = np.nan
    return pd.DataFrame(values, index=index, columns=index)


def covariance_values(fit: Fit, kind: str, groups: Any) -> Floats:
    """Return the covariance (k d, k d), zero where nothing is known."""
    kind = checked_covariance(kind, groups)
    if fit.record.exact:
        # What is left is the rounding of the data, whose spread means nothing.
        return np.zeros_like(fit.record.covariance)
    if kind == "information":
        check_deferred(fit)
        return fit.record.covariance * fit.record.dispersion
    rows = required_rows(fit, f"covariance {kind!r}")
    return robust_covariance(rows, fit.record, kind, groups)


def standard_errors(fit: Fit, covariance: str = "information", groups: Any = None) -> Errors:
    """Return the standard errors of the coefficients, NaN where infinite, aliased or not found.

    In a linear regression with a cluster covariance t has the degrees of freedom of the groups,
    their number less one (Cameron & Miller 2015, Journal of Human Resources 50, 317-372).
    """
    df = fit.df_resid if fit.facts.free_dispersion else np.inf
    if unknown(fit).all() and covariance == "information":
        return Errors(np.full(fit.record.coef.shape, np.nan), df)
    if checked_covariance(covariance, groups) == "information":
        check_deferred(fit)
        scale = 0.0 if fit.record.exact else np.sqrt(fit.record.dispersion)
        std_error = fit.record.std_error * scale
    else:
        variance = np.diag(covariance_values(fit, covariance, groups))
        std_error = np.sqrt(variance).reshape(fit.record.coef.shape)
        if covariance == "cluster" and fit.facts.free_dispersion:
            df = clusters(required_rows(fit, "covariance 'cluster'"), groups) - 1.0
    return Errors(np.where(unknown(fit), np.nan, std_error), df)


def check_deferred(fit: Fit) -> None:
    """Refuse if standard errors are still to be computed, and the rows have changed since."""
    if fit.record.deferred:
        required_rows(fit, "the covariance of so many coefficients")


def unknown(fit: Fit) -> NDArray[np.bool_]:
    """Return which coefficients (k, d) have no standard error."""
    lost = fit.verdict.status is Status.NOT_CONVERGED
    return fit.record.infinite | fit.record.aliased | lost


def checked_interval(fit: Fit, method: str | None, covariance: str) -> str:
    """Return "wald" or "profile"; "t" is a linear regression's name for the first.

    Raises
    ------
    ValueError
        The method is not known, or there is no such interval.
    """
    known = ("t", "wald", "profile") if fit.facts.free_dispersion else ("wald", "profile")
    if method is not None and method not in known:
        raise ValueError(
            f"interval {method!r} is not defined for {fit.model}; use one of {', '.join(known)}."
        )
    if method != "profile":
        return "wald"
    if covariance != "information":
        raise ValueError(
            f"a profile interval does not use a covariance, so {covariance!r} has no effect on "
            f"it; choose interval='wald', or covariance='information'."
        )
    if fit.facts.ridge:
        raise ValueError(
            "a profile interval is of the likelihood, and a ridge moves the estimate away from "
            "its maximum; use interval='wald', or ridge=0."
        )
    return method


def labels(fit: Fit, *, reference: bool) -> dict[str, Any]:
    """Return the columns that say what a row is about: term, and response, reference if several."""
    import pandas as pd

    facts, k = fit.facts, len(fit.record.coef)
    # As objects: pandas' own type for text refuses what UTF-8 cannot write.
    columns: dict[str, Any] = {"term": pd.Series(list(facts.terms) * k, dtype=object)}
    if facts.several:
        every = [label for label in facts.responses for _ in facts.terms]
        columns["response"] = pd.Series(every, dtype=object)
        if reference:
            columns["reference"] = [facts.base] * len(columns["term"])
    return columns


def flags(fit: Fit) -> NDArray[np.object_]:
    """Return what a reader should know of each coefficient (k, d)."""
    found = fit.record.flags.copy()
    found[(found == "") & fit.unreliable] = "wald_unreliable"
    return found


def unreliable(fit: Fit) -> NDArray[np.bool_]:
    """Return whose Wald test falls as the effect grows (Hauck & Donner 1977), (k, d).

    None are where the rows are gone, changed, or the question does not arise.
    """
    nothing = np.zeros(fit.record.coef.shape, dtype=bool)
    arises = fit.verdict.status is not Status.NOT_CONVERGED and not fit.facts.ridge
    arises &= not fit.record.approximate
    if fit.rows is None or fit.facts.free_dispersion or not arises or not unchanged(fit):
        return nothing
    from likelihood.inference.hauck_donner import wald_unreliable

    return np.asarray(wald_unreliable(fit.rows, fit.record)) & ~unknown(fit)


def _p_values(fit: Fit, statistic: Floats, df: float) -> Floats:
    """Return two-sided p-values, NaN where the statistic is."""
    known = np.isfinite(statistic)
    values = np.full(statistic.shape, np.nan)
    if fit.facts.free_dispersion and df > 0:
        values[known] = t_two_sided(statistic[known], df)
    elif not fit.facts.free_dispersion:
        values[known] = normal_two_sided(statistic[known])
    return values


def _ends(fit: Fit, errors: Errors, level: float, method: str) -> tuple[Floats, Floats]:
    """Return the ends of the intervals, each (k, d)."""
    if fit.verdict.status is Status.NOT_CONVERGED:
        blank = np.full(fit.record.coef.shape, np.nan)
        return blank, blank
    if method == "profile":
        from likelihood.inference.profile_intervals import profile_intervals

        rows = required_rows(fit, "a profile interval")
        ends: Floats = profile_intervals(rows, fit.record, level)
        return ends[..., 0], ends[..., 1]
    alpha = significance(level)
    if not fit.facts.free_dispersion:
        cut = float(normal_quantile(alpha))
    else:
        cut = float(t_quantile(alpha, errors.df)) if errors.df > 0 else np.nan
    return fit.record.coef - cut * errors.std_error, fit.record.coef + cut * errors.std_error
