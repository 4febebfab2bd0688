"""New rows as a fitted regression sees them, and their linear predictor (level 8)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from likelihood.data.columns import aligned
from likelihood.data.design import design
from likelihood.data.messages import listed
from likelihood.data.tables import required_table, table
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.limits import limiting_eta
from likelihood.linear_model import LinearModel
from likelihood.regression.offsets import checked_offset
from likelihood.regression.tables import side_columns
from likelihood.results.facts import Facts


def new_rows(
    X: Any,
    offset: Any,
    *,
    family: type[ExponentialFamily],
    facts: Facts,
    expected: Any,
    owner: str,
) -> LinearModel:
    """Return new rows as a model with the terms of a fit, without a response.

    Parameters
    ----------
    X : table for a fit by formula, otherwise anything a fit takes
    offset : as at the fit; for a table also column names
    expected : sequence of str or int
        The names of the columns of the fit, or their number.
    owner : str
        The estimator, for messages.

    Raises
    ------
    DataError
        Columns or levels are not those of the fit, an entry is missing, or the fit had an offset
        and none is given.
    """
    low = None
    if facts.formula is not None:
        if not tabular(X):
            raise DataError(
                f"this {owner} was fitted by the formula {facts.formula.formula!r}, so it needs a "
                f"table with the columns {listed(facts.formula.variables)}, got "
                f"{type(X).__name__}; pass a DataFrame or a dictionary of columns."
            )
        found = facts.formula.apply(X)
        values, low = found.values, found.low
    else:
        values = design(X, expected=expected, owner=owner).values
    n = values.shape[0]
    classes = None if facts.classes is None else np.arange(len(facts.classes))
    base = None if facts.classes is None else facts.classes.index(facts.base)
    if facts.offset and offset is None:
        raise DataError(
            f"this {owner} was fitted with an offset, and X comes without one; pass offset=, with "
            f"zeros for none."
        )
    if offset is not None and tabular(X):
        aligned(X, "X", offset, "offset")
        offset = _columns(offset, X)
    several = len(facts.responses) > 1
    return LinearModel(
        family, values, np.zeros((n, 1)), np.ones(n), facts.terms[int(facts.intercept) :],
        intercept=facts.intercept, low=low,
        offset=checked_offset(offset, values, classes, base, owner),
        n_classes=None if facts.classes is None else len(facts.classes),
        responses=tuple(map(str, facts.responses)) if several else (),
    )  # fmt: skip


def tabular(X: Any) -> bool:
    """Return whether X has named columns: a table, or a dictionary of columns.

    Examples
    --------
    >>> tabular({"x": [1.0]}), tabular([[1.0]])
    (True, False)
    """
    return isinstance(X, Mapping) or table(X, "X") is not None


def _columns(offset: Any, X: Any) -> Any:
    """Return an offset, taken from the table where columns of it are named."""
    named = [offset] if isinstance(offset, str) else offset
    if not isinstance(named, list | tuple) or not all(isinstance(name, str) for name in named):
        return offset
    values = side_columns(list(named), required_table(X, "X"), X, "offset")
    if np.isnan(values).any():
        row = int(np.isnan(values).any(axis=1).argmax())
        raise DataError(f"offset is missing at row {row}; drop or fill that row.")
    return values


def limits(rows: LinearModel, record: RegressionRecord) -> Floats:
    """Return eta with its pinned coordinates, infinite where the data were separated.

    Every prediction but ``decision_function`` comes from here.
    """
    if record.separation is None:
        return rows.padded(rows.eta(record.coef, record.coef_low))
    return limiting_eta(rows, record, rows.X, rows.offset)


def finite(rows: LinearModel, record: RegressionRecord) -> Floats:
    """Return eta (n, k) of the finite coefficients that ``coef_`` shows, free coordinates only."""
    if record.separation is None:
        return rows.eta(record.coef, record.coef_low)
    return rows.eta(record.pushed)
