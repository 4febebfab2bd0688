"""Models side by side (level 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.errors import DataError
from likelihood.results import DistributionFit

if TYPE_CHECKING:
    import pandas as pd


def compare(first: DistributionFit, *others: Any) -> pd.DataFrame:
    """Return fits of the same rows side by side, one row per model, the best AIC marked 0.

    A fixed member of the first fit's distribution is nested in it, and is compared with it by
    the likelihood ratio; distributions of different kinds by their information criteria only.

    Parameters
    ----------
    first : DistributionFit
    *others : DistributionFit or Distribution
        Fits to the same rows and weights, or members with nothing estimated.

    Returns
    -------
    DataFrame
        model, status, n_parameters, log_likelihood, aic, delta_aic, weight (Akaike's), bic,
        lr_statistic, lr_df, lr_p_value.

    Raises
    ------
    DataError
        The rows or the weights differ.
    ValueError
        One likelihood is a density and another a probability.

    Examples
    --------
    >>> import likelihood as lk
    >>> coin = lk.Bernoulli.fit([1, 0], weights=[60, 40])
    >>> lk.compare(coin, lk.Bernoulli(0.5))[["model", "lr_statistic", "lr_p_value"]].round(4)
                     model  lr_statistic  lr_p_value
    0            Bernoulli           NaN         NaN
    1  Bernoulli(prob=0.5)        4.0271      0.0448
    """
    import pandas as pd

    if not isinstance(first, DistributionFit):
        raise TypeError(f"compare takes a fit first, got {first!r}; fit the distribution.")
    rows = [_of_fit(first)]
    for other in others:
        rows.append(_of_fit(_same_rows(first, other)) if isinstance(other, DistributionFit)
                    else _of_member(first, other))  # fmt: skip
    table = pd.DataFrame(rows)
    table.insert(5, "delta_aic", table["aic"] - table["aic"].min())
    weight = np.exp(-0.5 * table["delta_aic"])
    table.insert(6, "weight", weight / weight.sum())
    return table


def _same_rows(first: DistributionFit, other: DistributionFit) -> DistributionFit:
    if first.sample.fingerprint != other.sample.fingerprint:
        raise DataError(
            f"{other.model} was fitted to other rows or weights than {first.model}; fit both to "
            f"the same data."
        )
    if first.distribution.continuous != other.distribution.continuous:
        raise ValueError(
            f"{first.model} and {other.model} cannot be compared: one has a density, which "
            f"depends on the units of y, the other probabilities."
        )
    return other


def _of_fit(fit: DistributionFit) -> dict[str, Any]:
    return {
        "model": fit.model,
        "status": str(fit.verdict.status),
        "n_parameters": fit.n_parameters,
        "log_likelihood": fit.log_likelihood,
        "aic": fit.aic,
        "bic": fit.bic,
        "lr_statistic": math.nan,
        "lr_df": math.nan,
        "lr_p_value": math.nan,
    }


def _of_member(fit: DistributionFit, member: Any) -> dict[str, Any]:
    """Return the row of a fixed member; it is not fitted, so it has no status."""
    if type(member) is not type(fit.distribution):
        raise TypeError(f"compare takes fits, or members of {fit.model}, got {member!r}.")
    value = member.weighted_log_likelihood(fit.sample.t, fit.sample.weights)
    row = {
        "model": repr(member),
        "status": "",
        "n_parameters": 0,
        "log_likelihood": value,
        "aic": -2.0 * value if math.isfinite(value) else math.nan,
        "bic": -2.0 * value if math.isfinite(value) else math.nan,
    }
    if not fit.verdict.status.maximised:
        return row
    test = fit.distribution.test(fit.sample, member, "lr")
    return row | {
        "lr_statistic": test.statistic, "lr_df": test.df, "lr_p_value": test.p_value,
    }  # fmt: skip
