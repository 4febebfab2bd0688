"""Predictions with their intervals, as tables (level 8)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from likelihood.inference.fitted_rows import FittedRows
from likelihood.inference.prediction import (
    mean_interval,
    prediction_interval,
    probability_intervals,
)
from likelihood.inference.stored_rows import check_digits, stored_rows
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
        The rows of the fit have changed; or they are gone, and without them the interval would
        have few digits, or the data were separated.
    """
    import pandas as pd

    _check(interval, ("confidence", "prediction"))
    of = mean_interval if interval == "confidence" else prediction_interval
    model, fitted = _source(fit, rows)
    found = of(model, fit.record, rows.X, rows.offset, level, low=rows.low, fitted=fitted)
    return pd.DataFrame(
        {"estimate": found.estimate, "conf_low": found.low, "conf_high": found.high}
    )


def probability_table(fit: Fit, rows: LinearModel, interval: str, level: float) -> pd.DataFrame:
    """Return probabilities with intervals: row, response, estimate, conf_low, conf_high.

    Rows come in their order, and within each the classes in theirs.
    """
    import pandas as pd

    _check(interval, ("confidence",))
    model, fitted = _source(fit, rows)
    found = probability_intervals(
        model, fit.record, rows.X, rows.offset, level, low=rows.low, fitted=fitted
    )
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


def _source(fit: Fit, rows: LinearModel) -> tuple[LinearModel, FittedRows | None]:
    """Return the rows of the fit, or what stands for them where it was saved or pickled."""
    if fit.rows is not None:
        return required_rows(fit, "an interval"), None
    stored = stored_rows(rows, fit.record, fit.facts.total)
    check_digits(stored, fit.record, rows)
    # All columns, of which the relations between them speak, with the weight of the fit.
    return replace(rows, weights=stored.model.weights), stored


def _check(interval: str, known: tuple[str, ...]) -> None:
    if interval not in known:
        raise ValueError(
            f"interval must be None or {' or '.join(map(repr, known))}, got {interval!r}."
        )
