"""Models side by side (level 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.data.messages import shown
from likelihood.errors import DataError
from likelihood.inference.hypothesis import chi_square
from likelihood.results.glances import maximal
from likelihood.results.nesting import nested
from likelihood.results.regression import Fit
from likelihood.results.samples import DistributionFit

if TYPE_CHECKING:
    import pandas as pd


def compare(first: DistributionFit | Fit, *others: Any) -> pd.DataFrame:
    """Return fits of the same rows side by side, one row per model, the best AIC marked 0.

    Regressions are compared with the first one by the likelihood ratio where one of the two is a
    special case of the other: the same family and offset, and every column of the smaller a
    combination of the larger's columns.  A fixed member of the first fit's distribution is
    nested in it, and compared the same way.  All others are by their information criteria only.

    Criteria and tests are NaN for a fit with a ridge, which is no maximum, and for one that did
    not converge.

    Parameters
    ----------
    first : DistributionFit, Fit or fitted regression
    *others : the same, or Distribution
        Fits to the same responses and weights, or members with nothing estimated.

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

    first, *rest = (getattr(one, "result_", one) for one in (first, *others))
    if isinstance(first, Fit):
        rows = [_of_fit(first), *(_of_regression(first, other) for other in rest)]
    elif isinstance(first, DistributionFit):
        rows = [_of_fit(first)]
        for other in rest:
            rows.append(_of_fit(_same_rows(first, other)) if isinstance(other, DistributionFit)
                        else _of_member(first, other))  # fmt: skip
    else:
        raise TypeError(f"compare takes a fit first, got {shown(first)}; fit the model.")
    table = pd.DataFrame(rows)
    table.insert(5, "delta_aic", table["aic"] - table["aic"].min())
    weight = np.exp(-0.5 * table["delta_aic"])
    table.insert(6, "weight", weight / weight.sum())
    return table


def _of_regression(first: Fit, other: Any) -> dict[str, Any]:
    """Return the row of a regression, tested against the first if one is nested in the other."""
    if not isinstance(other, Fit):
        raise TypeError(
            f"a regression is compared with regressions, got {shown(other)}; fit a regression "
            f"without columns that matter ('y ~ 1') for a distribution."
        )
    if first.facts.continuous != other.facts.continuous:
        raise ValueError(
            f"{first.model} and {other.model} cannot be compared: one has a density, which "
            f"depends on the units of y, the other probabilities."
        )
    if first.fingerprint != other.fingerprint:
        raise DataError(
            f"{other.model} was fitted to other responses or weights than {first.model} (rows "
            f"with missing values may have been left out of one only); fit both to the same rows."
        )
    row = _of_fit(other)
    small, large = sorted((first, other), key=lambda fit: fit.n_coefficients)
    if not (maximal(first) and maximal(other) and nested(small, large)):
        return row
    gain = large.log_likelihood - small.log_likelihood
    if not math.isfinite(gain):
        return row
    df = large.n_coefficients - small.n_coefficients
    test = chi_square(max(2.0 * gain, 0.0), df, "likelihood ratio")
    return row | {
        "lr_statistic": test.statistic, "lr_df": test.df, "lr_p_value": test.p_value,
    }  # fmt: skip


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


def _of_fit(fit: DistributionFit | Fit) -> dict[str, Any]:
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
