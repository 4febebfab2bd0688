"""Predictions with their intervals, as tables (level 8)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from likelihood.inference.prediction import (
    mean_interval,
    prediction_interval,
    probability_intervals,
)
from likelihood.linear_model import LinearModel
from likelihood.results.regression import Fit
from likelihood.results.rows import required_rows

if TYPE_CHECKING:
    import pandas as pd


def mean_table(fit: Fit, rows: LinearModel, interval: str, level: float) -> pd.DataFrame:
    """Return the mean of each row with an interval: estimate, conf_low, conf_high.

    Parameters
    ----------
    interval : "confidence" or "prediction"
        For the mean, or for one more observation (linear regression only).

    Raises
    ------
    ValueError
        There is no such interval.
    DataError
        The rows of the fit, whose variance it needs, are gone or have changed.
    """
    import pandas as pd

    _check(interval, ("confidence", "prediction"))
    of = mean_interval if interval == "confidence" else prediction_interval
    fitted = required_rows(fit, "an interval")
    found = of(fitted, fit.record, rows.X, rows.offset, level, low=rows.low)
    return pd.DataFrame(
        {"estimate": found.estimate, "conf_low": found.low, "conf_high": found.high}
    )


def probability_table(fit: Fit, rows: LinearModel, interval: str, level: float) -> pd.DataFrame:
    """Return probabilities with intervals: row, response, estimate, conf_low, conf_high.

    Rows come in their order, and within each the classes in theirs.
    """
    import pandas as pd

    _check(interval, ("confidence",))
    fitted = required_rows(fit, "an interval")
    found = probability_intervals(fitted, fit.record, rows.X, rows.offset, level, low=rows.low)
    classes = fit.facts.classes or ()
    # The model has its base first, the classes are in an order of their own.
    base = classes.index(fit.facts.base)
    estimate, low, high = (
        np.insert(part[:, 1:], base, part[:, 0], axis=1).ravel()
        for part in (found.estimate, found.low, found.high)
    )
    n = rows.n_rows
    return pd.DataFrame(
        {
            "row": np.repeat(np.arange(n), len(classes)),
            "response": list(classes) * n,
            "estimate": estimate,
            "conf_low": low,
            "conf_high": high,
        }
    )


def _check(interval: str, known: tuple[str, ...]) -> None:
    if interval not in known:
        raise ValueError(
            f"interval must be None or {' or '.join(map(repr, known))}, got {interval!r}."
        )
