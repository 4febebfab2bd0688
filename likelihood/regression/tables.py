"""The rows of a fit by formula: design, response, weights and offset of one table (level 8)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data import columns
from likelihood.data.columns import missing as stands_for_nothing
from likelihood.data.formulas import FormulaDesign, materialise, parse
from likelihood.data.messages import shown
from likelihood.data.tables import Table, required_table
from likelihood.errors import DataError, FormulaError
from likelihood.family import Floats

Booleans = NDArray[np.bool_]


@dataclass(frozen=True)
class TableRows:
    """What a formula, and columns beside it, make of a table; all of the same rows.

    Attributes
    ----------
    design : FormulaDesign
    source : table
        The caller's own, or without the rows that have no weight or offset.
    weights : (n,) array or None
    offset : (n,) or (n, K) array or None
    n_dropped : int
        Rows left out for a missing value, in the formula or beside it.
    notes : tuple of str
    """

    design: FormulaDesign
    source: Any
    weights: Floats | None
    offset: Floats | None
    n_dropped: int
    notes: tuple[str, ...]


def table_rows(
    formula: str,
    data: Any,
    *,
    weights: Any,
    offset: Any,
    missing: str,
    references: Mapping[str, Hashable] | None,
) -> TableRows:
    """Return the rows of a table that a formula can use, with their weights and offsets.

    Rows whose weight or offset is missing go before the formula sees them, and so do rows of
    weight zero: a level that occurs in no other row is not there.

    Parameters
    ----------
    weights : column name or (n,) array, optional
    offset : column name, list of them, or (n,) or (n, K) array, optional
        A column that is named here, or as weights, is not among those of ``.``.

    Raises
    ------
    DataError
        A column is not there or cannot be used; a value is missing and ``missing="fail"``.

    Examples
    --------
    >>> data = {"y": [1.0, 2.0, 4.0], "x": [1.0, 2.0, 3.0], "w": [1, 2, None]}
    >>> rows = table_rows(
    ...     "y ~ .", data, weights="w", offset=None, missing="drop", references=None
    ... )
    >>> rows.design.names, rows.weights, rows.n_dropped
    (('x',), array([1., 2.]), 1)
    """
    if missing not in ("drop", "fail"):
        raise ValueError(f"missing must be 'drop' or 'fail', got {shown(missing)}.")
    if references is not None and not isinstance(references, Mapping):
        raise TypeError(
            f"references must be a dictionary such as {{'group': 'control'}}, got "
            f"{shown(references)}."
        )
    syntax = parse(formula)
    found = required_table(data, "data")
    if not found.n_rows:
        raise DataError("data has no rows; at least one is needed.")
    frequency = None if weights is None else side_columns(weights, found, data, "weights")
    if frequency is not None and frequency.shape[1] > 1:
        raise DataError(
            f"weights must be one column, got {frequency.shape[1]}; a row has one weight, so "
            f"multiply them beforehand if that is meant."
        )
    shift = None if offset is None else side_columns(offset, found, data, "offset")
    gone = np.zeros(found.n_rows, dtype=bool)
    notes: list[str] = []
    for name, values in (("weights", frequency), ("offset", shift)):
        if values is not None:
            _note_missing(np.isnan(values).any(axis=1) & ~gone, name, missing, notes)
            gone |= np.isnan(values).any(axis=1)
    n_gone = int(gone.sum())
    if frequency is not None:
        # The zeros go too, but what is wrong with a weight is said with its row in the table.
        _check_weights(frequency[:, 0])
        unused = frequency[:, 0] == 0
        count = int((unused & ~gone).sum())
        if count:
            verb = "is" if count == 1 else "are"
            notes.append(f"{count} of {len(gone)} rows {verb} of weight 0, and left out.")
        gone |= unused
    if gone.all():
        raise DataError("data has no row with a weight and an offset; give at least one row both.")
    frame = found.frame.filter((~gone).tolist()) if gone.any() else found.frame
    source = frame.to_native() if gone.any() else data
    if "." in syntax.skeleton.split():
        written = {name for factor in syntax.factors for name in factor.used}
        named = {name for option in (weights, offset) for name in _names(option)}
        frame = frame.drop([name for name in named if name not in written])
    try:
        design = materialise(
            syntax, frame.to_native(), "fail" if missing == "fail" else "drop",
            references=references,
        )  # fmt: skip
    except FormulaError:
        raise
    except DataError as error:
        if not gone.any():
            raise
        raise DataError(
            f"{error} (Rows are counted without the {int(gone.sum())} left out for their weight "
            f"or offset.)"
        ) from None
    kept = np.flatnonzero(~gone)[design.kept]
    return TableRows(
        design,
        source,
        None if frequency is None else frequency[kept, 0],
        None if shift is None else shift[kept],
        n_gone + design.n_dropped,
        (*notes, *design.notes),
    )


def side_columns(option: Any, found: Table, data: Any, name: str) -> Floats:
    """Return columns of a table, or an array beside it, as (n, m) floats; missing ones are NaN.

    Raises
    ------
    DataError
        There is no such column, it holds no numbers, or the lengths differ.
    """
    named = _names(option)
    if named:
        return np.column_stack([_numbers(found, column, name) for column in named])
    columns.aligned(data, "data", option, name)
    shape = getattr(option, "shape", ())
    parts = list(np.asarray(option).T) if len(shape) == 2 else [option]
    values = np.column_stack([_given(part, name) for part in parts])
    if len(values) != found.n_rows:
        raise DataError(f"{name} must have one entry per row, {found.n_rows}, got {len(values)}.")
    return values


def _names(option: Any) -> list[str]:
    """Return the column names that an option is made of; none for an array."""
    if isinstance(option, str):
        return [option]
    if isinstance(option, list | tuple) and option and all(isinstance(v, str) for v in option):
        return list(option)
    return []


def _numbers(found: Table, column: str, name: str) -> Floats:
    entries = found.column(column)
    if entries.kind not in ("number", "truth"):
        raise DataError(
            f"{name} must hold numbers, but column {column!r} holds {entries.dtype}; name another."
        )
    values = np.asarray(entries.values, dtype=np.float64).copy()
    values[entries.missing] = np.nan
    return _without_infinity(values, name)


def _given(values: Any, name: str) -> Floats:
    array = columns.column(values, name)
    absent = np.fromiter((stands_for_nothing(v) for v in array.tolist()), bool, len(array))
    floats = np.full(len(array), np.nan)
    if not absent.all():
        filled = np.where(absent, 0, array) if absent.any() else array
        floats = np.where(absent, np.nan, columns.numbers(filled, name))
    return floats


def _without_infinity(values: Floats, name: str) -> Floats:
    if np.isinf(values).any():
        row = int(np.isinf(values).argmax())
        raise DataError(
            f"{name} must be finite, got {values[row]} at row {row}; drop or mend that row."
        )
    return values


def _check_weights(weights: Floats) -> None:
    present = np.where(np.isnan(weights), 0.0, weights)
    columns.frequencies(present, present)


def _note_missing(gone: Booleans, name: str, missing: str, notes: list[str]) -> None:
    count = int(gone.sum())
    if not count:
        return
    if missing == "fail":
        raise DataError(
            f"{name} is missing at row {int(gone.argmax())} ({count} rows in all); drop or fill "
            f"those rows."
        )
    verb = "is" if count == 1 else "are"
    notes.append(f"{count} of {len(gone)} rows {verb} left out for missing {name}.")
