"""Tables in Parquet, where PyArrow is installed."""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood.cli.reading import InputError, listed, shown
from likelihood.cli.tables import Reading, Table, Wanted, checked_width
from likelihood.cli.typed import Values
from likelihood.report.labels import label


def read_parquet(path: str, reading: Reading, wanted: Wanted) -> Table:
    """Return the columns of a Parquet file that are wanted.

    Raises
    ------
    InputError
        PyArrow is not installed, the file is damaged or too large, or a column holds what is
        neither numbers, truth values nor text.
    """
    try:
        import pyarrow.parquet as parquet  # type: ignore[import,unused-ignore]
    except ImportError:
        raise InputError(
            f"{shown(path)} is a Parquet file, and reading one needs PyArrow",
            "install likelihood-toolkit[parquet], or convert the file to CSV",
        ) from None
    from pyarrow import ArrowException  # type: ignore[import,unused-ignore]

    place = label(path)
    try:
        with parquet.ParquetFile(path) as file:
            available = _available(tuple(file.schema_arrow.names), reading, place)
            names = list(dict.fromkeys(wanted(available)))
            absent = [name for name in names if name not in available]
            if absent:
                raise InputError(
                    f"there is no column {shown(absent[0])} among {listed(available, ', ')} "
                    f"({place})"
                )
            _check_size(file, reading.most, place)
            table = file.read(columns=names)
    except ArrowException as error:
        raise InputError(f"{shown(path)} cannot be read as Parquet: {error}") from None
    if not table.num_rows:
        raise InputError(f"the table has no rows ({place})")
    columns = {
        name: _values(name, table.column(name), name in reading.text, place) for name in names
    }
    written = {
        name: _values(name, table.column(name), True, place)
        for name in names
        if name in reading.written
    }
    return Table(columns, None, place, (), written)


def _available(names: tuple[str, ...], reading: Reading, place: str) -> tuple[str, ...]:
    """Return the columns of a file, or those of them that were chosen."""
    layout = reading.layout
    checked_width(len(names), layout, place)
    doubles = [name for at, name in enumerate(names) if name in names[:at]]
    if doubles:
        raise InputError(
            f"two columns are called {shown(doubles[0])} ({place})",
            "give every column its own name",
        )
    for name in (*layout.columns, *reading.text):
        if name not in names:
            raise InputError(
                f"there is no column {shown(name)} among {listed(names, ', ')} ({place})"
            )
    return layout.columns or names


def _check_size(file: Any, most: int, place: str) -> None:
    meta = file.metadata
    size = sum(meta.row_group(at).total_byte_size for at in range(meta.num_row_groups))
    if size > most:
        raise InputError(
            f"the input has {size:,} bytes unpacked, more than {most:,} ({place})",
            "check that this is the right file; --max-bytes takes more",
        )


def _values(name: str, column: Any, as_text: bool, place: str) -> Values:
    """Return a column of Arrow's; dictionaries are labels, truth values are 0 and 1."""
    import pyarrow as pa  # type: ignore[import,unused-ignore]

    missing = np.asarray(column.is_null().to_numpy(), dtype=bool)
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    is_text = pa.types.is_string(kind) or pa.types.is_large_string(kind)
    if missing.all():
        raise InputError(f"every field of the column {shown(name)} is missing ({place})")
    if is_text or as_text:
        labels = np.array([str(value) for value in column.to_pylist()], dtype=object)
        return Values(labels, missing)
    whole = pa.types.is_integer(kind) or pa.types.is_boolean(kind)
    if not (whole or pa.types.is_floating(kind)):
        raise InputError(
            f"the column {shown(name)} holds {label(str(column.type))}, which is neither numbers "
            f"nor text ({place})",
            "turn it into a number, such as days since a date, or read it with --text",
        )
    zero = pa.scalar(False if pa.types.is_boolean(kind) else 0, type=kind)
    entries = column.cast(kind).fill_null(zero).to_numpy()
    if whole and entries.dtype != np.uint64:
        return Values(entries.astype(np.int64), missing)
    values = entries.astype(np.float64)
    # A number that is not one is how many programs write a missing value.
    missing |= np.isnan(values)
    bad = np.isinf(values)
    if bad.any():
        raise InputError(
            f"the column {shown(name)} is infinite at row {int(bad.argmax())} ({place})",
            "mend or drop that row",
        )
    return Values(np.where(missing, 0.0, values), missing)
