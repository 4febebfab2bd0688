"""A file to a table of the columns that are needed, and rows back to lines of the file."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.cli.delimited import MOST_COLUMNS, Delimited, Layout, delimited
from likelihood.cli.reading import InputError, Source, opened, shown
from likelihood.cli.typed import Values, typed

#: Bytes of a table, counted unpacked, where no other limit is given.
LARGEST_TABLE = 2_000_000_000

#: Which of the columns there are, in their order, are needed.
Wanted = Callable[[tuple[str, ...]], Sequence[str]]


@dataclass(frozen=True)
class Reading:
    """How a table is to be read.

    Attributes
    ----------
    layout : Layout
    encoding : str
    most : int
        The most bytes, counted unpacked.
    text : tuple of str
        Columns that hold labels even if they look like numbers.
    lenient : bool
        Whether a column among these may be absent.
    written : tuple of str
        Columns to hold as they are written as well.
    """

    layout: Layout = field(default_factory=Layout)
    encoding: str = "utf-8-sig"
    most: int = LARGEST_TABLE
    text: tuple[str, ...] = ()
    lenient: bool = False
    written: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """Columns of a file.

    Attributes
    ----------
    columns : dict of str to Values
    lines : sequence of int, or None
        The line on which each row begins; None for a file without lines.
    place : str
        What messages call the file.
    notes : tuple of str
    written : dict of str to Values
        Columns as text.
    """

    columns: Mapping[str, Values]
    lines: Sequence[int] | None
    place: str
    notes: tuple[str, ...]
    written: Mapping[str, Values] = field(default_factory=dict)

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return len(next(iter(self.columns.values())).values)

    def frame(self, names: Collection[str] | None = None) -> Any:
        """Return a pandas table of some columns, or of all."""
        import pandas as pd

        held = {
            name: column.as_series()
            for name, column in self.columns.items()
            if names is None or name in names
        }
        return pd.DataFrame(held)

    def complete(self, names: Collection[str]) -> NDArray[np.bool_]:
        """Return which rows have a value in every one of some columns."""
        kept = np.ones(self.n_rows, dtype=bool)
        for name in names:
            kept &= ~self.columns[name].missing
        return kept

    def take(self, kept: NDArray[np.bool_]) -> Table:
        """Return the table of some rows, by a mask."""
        columns = {
            name: Values(column.values[kept], column.missing[kept])
            for name, column in self.columns.items()
        }
        lines = self.lines
        if lines is not None:
            lines = [lines[row] for row in np.flatnonzero(kept).tolist()]
        return Table(columns, lines, self.place, self.notes)

    def where(self, row: int) -> str:
        """Return how messages call a row, counted from 0."""
        return f"row {row}" if self.lines is None else f"line {self.lines[row]}"

    def refuse_missing(self, names: Sequence[str]) -> None:
        """Raise for the first missing value in some columns.

        Raises
        ------
        InputError
            With the line, and how many rows there are like it.
        """
        gone = ~self.complete(names)
        if not gone.any():
            return
        row = int(gone.argmax())
        name = next(name for name in names if self.columns[name].missing[row])
        count = int(gone.sum())
        rows = "this row has" if count == 1 else f"{count:,} rows have"
        raise InputError(
            f"the column {shown(name)} has no value ({self.place}, {self.where(row)}); {rows} a "
            "missing value",
            "fill or drop such rows, or use --missing drop",
        )

    def placed(self, message: str, used: Sequence[str]) -> str:
        """Return a message of the library, its row numbers turned into lines of the file.

        With rows left out its numbers could be of either kind, so they stay as they are.
        """
        if self.lines is None or not self.complete(used).all():
            return f"{message} ({self.place})"

        def line(found: re.Match[str]) -> str:
            row = int(found[1])
            return self.where(row) if row < self.n_rows else found[0]

        told = re.sub(r"\brow (\d+)\b", line, message)
        return f"{told} ({self.place})"


def read_table(path: str | None, reading: Reading, wanted: Wanted) -> Table:
    """Return the columns of a file that are wanted.

    Raises
    ------
    InputError
        The file cannot be read, or is not what it should be; the message names the line.
    """
    if path is not None and path != "-" and _is_parquet(path):
        from likelihood.cli.parquet import read_parquet

        return read_parquet(path, reading, wanted)
    with opened(path, reading.encoding, reading.most) as source:
        return text_table(source, reading, wanted)


def text_table(source: Source, reading: Reading, wanted: Wanted) -> Table:
    r"""Return the columns of delimited text that are wanted.

    Examples
    --------
    >>> import io
    >>> source = Source(io.BytesIO(b"y,x,g\n1,2.5,a\n0,,b\n"), "data")
    >>> table = text_table(source, Reading(), lambda names: names[:2])
    >>> table.frame()
       y    x
    0  1  2.5
    1  0  NaN
    """
    layout = reading.layout
    with delimited(source, layout) as held:
        available, notes = _available(held, layout)
        for name in () if reading.lenient else reading.text:
            held.position(name)
        names = list(dict.fromkeys(wanted(available)))
        for name in names:
            held.position(name)
            if name not in available:
                raise source.error(
                    f"the column {shown(name)} is not among those of --columns", None,
                    "add it there, or leave --columns out",
                )  # fmt: skip
        fields = held.read(names)
    if fields.filled:
        rows = "row was" if fields.filled == 1 else "rows were"
        notes.append(f"{fields.filled:,} short {rows} filled with missing values")
    columns, written = {}, {}
    for name in names:
        texts = fields.columns.pop(name)
        columns[name] = typed(name, texts, fields.lines, layout, source, name in reading.text)
        notes += columns[name].notes
        if name in reading.written:
            written[name] = typed(name, texts, fields.lines, layout, source, True)
    return Table(columns, fields.lines, source.name, tuple(notes), written)


def _available(held: Delimited, layout: Layout) -> tuple[tuple[str, ...], list[str]]:
    """Return the columns that there are for a formula: those with a name, or those chosen."""
    if layout.columns and layout.header:
        for name in layout.columns:
            held.position(name)
        return layout.columns, []
    nameless = [place for place, name in enumerate(held.names, start=1) if not name]
    notes = [f"column {nameless[0]} has no name and is left out"] if nameless else []
    return tuple(filter(None, held.names)), notes


def checked_width(width: int, layout: Layout, place: str) -> None:
    """Refuse a table of more columns than anyone means.

    Raises
    ------
    InputError
        There are too many, and none are chosen.
    """
    if width > MOST_COLUMNS and not layout.columns:
        raise InputError(
            f"the table has {width:,} columns, more than {MOST_COLUMNS:,} ({place})",
            "name those that are needed with --columns",
        )


def _is_parquet(path: str) -> bool:
    try:
        # A pipe has its bytes once: looking at the first four would take them from the reader.
        if not Path(path).is_file():
            return False
        with open(path, "rb") as stream:
            return stream.read(4) == b"PAR1"
    except (OSError, ValueError):
        # Whatever it is, the reader of text says it.
        return False
