"""Models side by side (level 6)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.data.samples import same_rows
from likelihood.errors import DataError
from likelihood.inference.hypothesis import HypothesisTest
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
        model, n_parameters, log_likelihood, aic, delta_aic, weight (Akaike's), bic,
        lr_statistic, lr_df, lr_p_value.

    Raises
    ------
    DataError
        The rows or the weights differ.

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

    rows = [_compared(first, first.model, first.n_parameters, first.log_likelihood)]
    for other in others:
        if isinstance(other, DistributionFit):
            if not same_rows(first.sample, other.sample):
                raise DataError(
                    f"{other.model} was fitted to other rows or weights than {first.model}; fit "
                    f"both to the same data."
                )
            rows.append(_compared(other, other.model, other.n_parameters, other.log_likelihood))
            continue
        if type(other) is not type(first.distribution):
            raise TypeError(f"compare takes fits, or members of {first.model}, got {other!r}.")
        value = other.weighted_log_likelihood(first.sample.t, first.sample.weights)
        test = first.distribution.test(first.sample, other, "lr")
        rows.append(_compared(first, repr(other), 0, value, test))
    table = pd.DataFrame(rows)
    table.insert(4, "delta_aic", table["aic"] - table["aic"].min())
    weight = np.exp(-0.5 * table["delta_aic"])
    table.insert(5, "weight", weight / weight.sum())
    return table


def _compared(
    fit: DistributionFit,
    model: str,
    n_parameters: int,
    value: float,
    test: HypothesisTest | None = None,
) -> dict[str, Any]:
    statistic, df, p_value = (math.nan,) * 3 if test is None else test[:3]
    return {
        "model": model,
        "n_parameters": n_parameters,
        "log_likelihood": value,
        "aic": 2.0 * n_parameters - 2.0 * value,
        "bic": n_parameters * math.log(fit.n) - 2.0 * value,
        "lr_statistic": statistic,
        "lr_df": df,
        "lr_p_value": p_value,
    }
