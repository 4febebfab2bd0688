"""Delimited text, strictly: every record has as many fields as the header has names.

Nothing is repaired without being asked for.  Programs that shift the columns of a long line, fill
a short one, or rename a column that occurs twice give a wrong estimate without a word.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

from likelihood.cli.reading import LONGEST_FIELD, InputError, Source, counted, listed, pieces, shown

#: Columns that a header may have; reading that many takes minutes, and is seldom meant.
MOST_COLUMNS = 10_000
#: Records taken at a time.
_BATCH = 4096
#: Stands between the fields of a column in memory; text with it is refused.
SEPARATOR = "\0"
#: What other programs write for a missing value; here only an empty field is missing.
NOT_AVAILABLE = frozenset(
    ("na", "n/a", "nan", "none", "null", "nil", "missing", "inf", "infinity")
)  # fmt: skip
#: What may part columns besides the delimiter in use, and how to ask for it.
_OTHERS = ((";", "';'"), ("\t", "tab"), ("|", "'|'"), (",", "','"))


@dataclass(frozen=True)
class Layout:
    """How a table is written.

    Attributes
    ----------
    delimiter, decimal : str
        One character each.
    header : bool
        Whether the first line names the columns.
    columns : tuple of str
        Which columns there are for the rest of the program; all of them where empty.  Without a
        header, their names in order.
    missing : tuple of str
        What stands for a missing value, besides the empty field.
    fill_short : bool
        Whether the fields that a short line lacks are missing values.
    """

    delimiter: str = ","
    decimal: str = "."
    header: bool = True
    columns: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    fill_short: bool = False


class Fields(NamedTuple):
    """The fields of some columns, and the line on which each record begins.

    A column is a list of texts of many fields, parted by ``SEPARATOR``: a million short texts of
    their own would take many times the memory.
    """

    columns: dict[str, list[str]]
    lines: array[int]
    filled: int

    @property
    def n_rows(self) -> int:
        """The number of records."""
        return len(self.lines)


class Delimited:
    """A table that is being read: its header first, then its records.

    Attributes
    ----------
    names : tuple of str
        Of the columns; the empty name is that of a column without one.
    """

    def __init__(self, source: Source, layout: Layout) -> None:
        self._source, self._layout = source, layout
        self._reader = csv.reader(_lines(source), delimiter=layout.delimiter, strict=True)
        self._first: list[str] | None = None
        self.filled = 0
        self.names = self._named(self._record(1) or [])

    def position(self, name: str) -> int:
        """Return which column has the name.

        Raises
        ------
        InputError
            None has; the message lists the names there are.
        """
        if name in self.names:
            return self.names.index(name)
        close = get_close_matches(name, self.names, n=1)
        hint = f"did you mean {shown(close[0])}?" if close else ""
        raise self._source.error(
            f"there is no column {shown(name)} among {listed(self.names, ', ')}", None, hint
        )

    def rows(self) -> Iterator[tuple[int, list[str]]]:
        """Yield each record with the line on which it begins.

        Raises
        ------
        InputError
            A record has more fields than the header, or fewer; a quote is not closed.
        """
        reader, width, blank = self._reader, len(self.names), 0
        if self._first is not None:
            yield reader.line_num, self._first
        line = reader.line_num + 1
        try:
            for row in reader:
                if len(row) == width:
                    # An empty line in a table of one column is an empty field, unless it ends it.
                    if blank and width == 1:
                        yield from ((at, [""]) for at in range(line - blank, line))
                    yield line, row
                    blank = 0
                elif row:
                    yield line, self._mended(row, width, line)
                else:
                    blank += 1
                line = reader.line_num + 1
        except csv.Error as error:
            raise self._broken(str(error), line) from None

    def read(self, names: Sequence[str]) -> Fields:
        """Return the fields of some columns; every record is checked, whatever it holds.

        Raises
        ------
        InputError
            There is no such column, no record, or one of the wrong length.
        """
        places = [self.position(name) for name in names]
        held: list[list[str]] = [[] for _ in names]
        lines = array("q")
        batch: list[list[str]] = []

        def put() -> None:
            columns = list(zip(*batch, strict=True))
            for texts, place in zip(held, places, strict=True):
                texts.append(SEPARATOR.join(columns[place]))
            batch.clear()

        for line, row in self.rows():
            lines.append(line)
            batch.append(row)
            if len(batch) == _BATCH:
                put()
        if batch:
            put()
        if not lines:
            raise self._source.error(
                "there are no rows below the names of the columns",
                hint="add --no-header if the first line is data",
            )
        return Fields(dict(zip(names, held, strict=True)), lines, self.filled)

    def _record(self, line: int) -> list[str] | None:
        """Return the next record, None at the end."""
        try:
            return next(self._reader, None)
        except csv.Error as error:
            raise self._broken(str(error), line) from None

    def _broken(self, told: str, line: int) -> InputError:
        if "unexpected end" in told:
            return self._source.error(
                "a quote opens in this record and is never closed", line,
                'close it; a quote inside a quoted field is written twice, as ""',
            )  # fmt: skip
        if "field limit" in told:
            return self._source.error(
                f"a field of this record has more than {LONGEST_FIELD:,} characters", line,
                "look for a quote that is not closed",
            )  # fmt: skip
        return self._source.error(f"this is not CSV: {told}", line)

    def _mended(self, row: list[str], width: int, line: int) -> list[str]:
        """Return a short record filled up, where that was asked for."""
        if len(row) < width and self._layout.fill_short:
            self.filled += 1
            return row + [""] * (width - len(row))
        hint = "mend that line; a field that holds the delimiter needs quotes"
        if len(row) < width:
            hint += "; --fill-short takes what is absent at the end for missing"
        told = "the first line" if not self._layout.header else "the header"
        raise self._source.error(
            f"the line has {counted(len(row), 'field')}, {told} has {width}", line, hint
        )

    def _named(self, first: list[str]) -> tuple[str, ...]:
        """Return the names of the columns, refusing headers that could mislead."""
        layout, line = self._layout, self._reader.line_num
        while not first:
            following = self._record(line + 1)
            if following is None:
                raise self._source.error("the input is empty")
            first, line = following, self._reader.line_num
        self._check_delimiter(first, line)
        if len(first) > MOST_COLUMNS and not layout.columns:
            raise self._source.error(
                f"the table has {len(first):,} columns, more than {MOST_COLUMNS:,}", line,
                "name those that are needed with --columns",
            )  # fmt: skip
        if not layout.header:
            self._first = first
            return self._numbered(len(first), line)
        names = tuple(name.strip() for name in first)
        if all(number_like(name, layout.decimal) for name in names):
            raise self._source.error(
                f"the first line holds numbers, not the names of columns: {listed(names, ', ')}",
                line, "add --no-header, or put a line of names above the data",
            )  # fmt: skip
        doubles = [name for name, times in Counter(names).items() if times > 1]
        if doubles:
            raise self._source.error(
                f"two columns are called {shown(doubles[0])}" if doubles[0]
                else "two columns have no name",
                line, "give every column its own name",
            )  # fmt: skip
        return names

    def _numbered(self, width: int, line: int) -> tuple[str, ...]:
        names = self._layout.columns or tuple(f"x{place}" for place in range(width))
        if len(names) != width:
            raise self._source.error(
                f"--columns gives {counted(len(names), 'name')} to {counted(width, 'column')}",
                line, "with --no-header it names every column, in order",
            )  # fmt: skip
        return names

    def _check_delimiter(self, first: list[str], line: int) -> None:
        """Raise where one column alone was found, and something else parts it."""
        if len(first) != 1:
            return
        for other, told in _OTHERS:
            if other == self._layout.delimiter or other not in first[0]:
                continue
            hint = f"add --delimiter {told}"
            if other == ";" and self._layout.decimal == ".":
                hint += ", and --decimal , if decimals are written as 1,5"
            raise self._source.error(f"there is one column, called {shown(first[0])}", line, hint)


@contextmanager
def delimited(source: Source, layout: Layout) -> Iterator[Delimited]:
    r"""Yield a table, its header read and checked.

    Raises
    ------
    InputError
        The header could mislead: two columns of one name, numbers for names, another delimiter.

    Examples
    --------
    >>> import io
    >>> with delimited(Source(io.BytesIO(b"id,cm\n1,170\n2,\n"), "heights"), Layout()) as table:
    ...     table.names, list(table.rows())
    (('id', 'cm'), [(2, ['1', '170']), (3, ['2', ''])])
    """
    # The limit is one for the whole process.
    limit = csv.field_size_limit(LONGEST_FIELD)
    try:
        yield Delimited(source, layout)
    finally:
        csv.field_size_limit(limit)


def number_like(text: str, decimal: str = ".") -> bool:
    """Return whether a field is written as a number, finite or not.

    Examples
    --------
    >>> [number_like(text) for text in ("1", " -2.5e3 ", "Infinity", "1,5", "1_000", "x")]
    [True, True, True, False, False, False]
    >>> number_like("1,5", ","), number_like("1.5", ",")
    (True, False)
    """
    if decimal != ".":
        text = text.translate({ord(decimal): ".", ord("."): decimal})
    # float() also takes 1_000 and the digits of other scripts, which no data file means.
    if not text.isascii() or "_" in text:
        return False
    try:
        float(text)
    except ValueError:
        return False
    return not re.fullmatch(r"\s*[-+]?nan\s*", text, re.IGNORECASE)


def _lines(source: Source) -> Iterator[str]:
    for _, text in pieces(source, by_line=True):
        # Not str.splitlines, which also splits at characters that a quoted field may hold.
        yield from io.StringIO(text, newline="\n")
