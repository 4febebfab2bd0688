"""Tables of any library, read column by column: what is missing, what is a number, what a label."""

from __future__ import annotations

import sys
from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import missing as stands_for_nothing
from likelihood.data.messages import listed
from likelihood.errors import DataError

Kind: TypeAlias = Literal["number", "truth", "label", "time", "complex", "other"]


class Entries(NamedTuple):
    """One column: its entries, which are missing, its declared order, and what it holds.

    ``values`` is numeric or boolean for those kinds and an array of objects otherwise; an entry
    where ``missing`` is true is a filler.  ``levels`` is the order of a categorical column.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]
    levels: tuple[Hashable, ...] | None
    kind: Kind
    dtype: str


@dataclass(frozen=True)
class Table:
    """A table of pandas, Polars, PyArrow or a dictionary of columns, by reference."""

    names: tuple[Any, ...]
    n_rows: int
    frame: Any

    def column(self, name: str) -> Entries:
        """Return one column.

        Raises
        ------
        DataError
            There is no such column; the message lists those there are.
        """
        if name not in self.names:
            raise DataError(
                f"the data have no column {name!r} (they have {listed(self.names)}); correct the "
                f"name, or rename a column."
            )
        return _entries(self.frame[name])

    def as_numbers(self) -> NDArray[Any] | None:
        """Return all columns as one numeric array where that loses nothing, else None."""
        import narwhals.stable.v2 as nw

        if not all(
            dtype.is_numeric() or dtype == nw.Boolean for dtype in self.frame.schema.values()
        ):
            return None
        array: NDArray[Any] = self.frame.to_numpy()
        return array if array.dtype.kind in "fiub" else None


def table(data: Any, name: str) -> Table | None:
    """Return a table for anything that is one, and None for arrays, lists and the like.

    Raises
    ------
    DataError
        Two columns have the same name.

    Examples
    --------
    >>> import pandas as pd
    >>> table(pd.DataFrame({"a": [1, 2]}), "X").names
    ('a',)
    >>> table([[1, 2]], "X") is None
    True
    """
    if isinstance(data, np.ndarray | list | tuple | str | bytes) or data is None:
        return None
    import narwhals.stable.v2 as nw

    if hasattr(data, "collect_schema") and hasattr(data, "collect"):
        raise DataError(f"{name} is a query that has not been run; pass {name}.collect().")
    if type(data).__name__ == "RecordBatch" and hasattr(data, "to_struct_array"):
        # A table of one batch, whose names would be lost on the way to an array.
        data = sys.modules["pyarrow"].Table.from_batches([data])
    # Of PyArrow the names have another attribute, and its columns are the data themselves.
    columns: Any = getattr(data, "column_names", None) or getattr(data, "columns", ())
    _refuse_duplicates(tuple(columns), name)
    frame = nw.from_native(data, eager_only=True, pass_through=True)
    if not isinstance(frame, nw.DataFrame):
        return None
    names = tuple(frame.columns)
    _refuse_duplicates(names, name)
    return Table(names, len(frame), frame)


def required_table(data: Any, name: str) -> Table:
    """Return a table, made with pandas from a dictionary of columns.

    Raises
    ------
    DataError
        The input is no table, or its columns differ in length.
    """
    if isinstance(data, Mapping):
        import pandas

        try:
            data = pandas.DataFrame(dict(data))
        except ValueError as error:
            raise DataError(
                f"{name} has columns that make no table ({error}); give each the same length."
            ) from None
    found = table(data, name)
    if found is None:
        raise DataError(
            f"{name} must be a table with named columns (pandas, Polars, PyArrow or a dictionary "
            f"of columns), got {type(data).__name__}; convert it first."
        )
    return found


def _refuse_duplicates(names: tuple[Any, ...], name: str) -> None:
    seen: set[Any] = set()
    for column in names:
        if column in seen:
            raise DataError(f"{name} has two columns named {column!r}; rename or drop one.")
        seen.add(column)


def _entries(series: Any) -> Entries:
    """Return what a narwhals series holds."""
    import narwhals.stable.v2 as nw

    dtype = series.dtype
    absent = np.array(series.is_null().to_numpy(), dtype=bool)
    if dtype.is_numeric() or dtype == nw.Boolean:
        # Filled, so that a missing entry does not turn whole numbers or truth values into floats.
        filled = series.fill_null(dtype == nw.Boolean or 0) if absent.any() else series
        values = np.asarray(filled.to_numpy())
        if values.dtype.kind == "f":
            absent |= np.isnan(values)
        if values.dtype.kind in "fiub":
            kind: Kind = "truth" if values.dtype.kind == "b" else "number"
            return Entries(values, absent, None, kind, str(dtype))
        return _objects(values, absent, str(dtype))
    if dtype == nw.Categorical or dtype == nw.Enum:
        levels = tuple(series.cat.get_categories().to_list())
        return Entries(
            np.asarray(series.to_numpy(), object), absent, levels, "label", "categorical"
        )
    if dtype == nw.String:
        return Entries(np.asarray(series.to_numpy(), object), absent, None, "label", "text")
    if dtype.is_temporal():
        return Entries(np.empty(len(series), object), absent, None, "time", str(dtype))
    return _objects(np.asarray(series.to_numpy()), absent, str(dtype))


def _objects(values: NDArray[Any], absent: NDArray[np.bool_], dtype: str) -> Entries:
    """Return what a column of Python objects, or of a type of its own, holds."""
    if values.dtype.kind == "c":
        return Entries(values, absent, None, "complex", "complex")
    if values.dtype.kind in "fiub":
        if values.dtype.kind == "f":
            absent |= np.isnan(values)
        return Entries(values, absent, None, "number", dtype)
    absent = absent | np.fromiter((stands_for_nothing(v) for v in values), bool, len(values))
    present = [value for value, gone in zip(values.tolist(), absent, strict=True) if not gone]
    if all(isinstance(value, bool | np.bool_) for value in present):
        filled = np.zeros(len(values), dtype=bool)
        filled[~absent] = present
        return Entries(filled, absent, None, "truth", "truth values")
    try:
        numbers = np.zeros(len(values))
        numbers[~absent] = [_real(value) for value in present]
    except (TypeError, ValueError, OverflowError):
        return Entries(values, absent, None, "other", "objects of mixed types")
    return Entries(numbers, absent, None, "number", dtype)


def _real(value: Any) -> float:
    if isinstance(value, str | bytes | complex | np.datetime64 | np.timedelta64):
        raise TypeError
    return float(value)
