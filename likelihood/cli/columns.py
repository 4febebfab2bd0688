"""Numbers: one sample as plain text, or one named column of a CSV."""

from __future__ import annotations

import math
import re
from array import array
from typing import NamedTuple

from likelihood.cli.delimited import NOT_AVAILABLE, Layout, delimited
from likelihood.cli.reading import LARGEST_COUNT, Source, counted, listed, pieces, shown
from likelihood.report.labels import label

_PLAIN = Layout()

#: What to do with the table of a spreadsheet in a language that writes decimals with a comma.
_FOREIGN = "name a column with --column, and add --delimiter ';' --decimal ,"


class Numbers(NamedTuple):
    """The numbers of one column, its header ("" for none), and how many fields were empty."""

    values: array[float]
    header: str
    missing: int


def numbers(source: Source, whole: bool = False) -> Numbers:
    r"""Return numbers separated by white space, under one line of header or none.

    Parameters
    ----------
    whole : bool
        Whether they must be counts 0, 1, 2, ...

    Examples
    --------
    >>> import io
    >>> numbers(Source(io.BytesIO(b"cm\n170\n182.5\n"), "heights"))
    Numbers(values=array('d', [170.0, 182.5]), header='cm', missing=0)
    """
    values: array[float] = array("d")
    header, begun = "", False
    for line, text in pieces(source):
        if not begun and text.strip():
            begun = True
            header, skipped = _header(text)
            line += text.count("\n", 0, skipped)
            text = text[skipped:]
        if "," in text:
            _refuse_comma(text, source, line)
        if header:
            _check_one_a_line(text, source, line, header)
        values.extend(_parsed(text, source, line, whole))
    if not values:
        raise source.error("the input holds no numbers")
    return Numbers(values, header, 0)


def column(source: Source, name: str, whole: bool = False, layout: Layout = _PLAIN) -> Numbers:
    r"""Return one named column of a table; empty fields are dropped and counted.

    Parameters
    ----------
    name : str
        As it stands in the header.
    whole : bool
        Whether the numbers must be counts 0, 1, 2, ...
    layout : Layout, optional
        A CSV with a header where not given.

    Examples
    --------
    >>> import io
    >>> column(Source(io.BytesIO(b"id,cm\n1,170\n2,\n"), "heights"), "cm")
    Numbers(values=array('d', [170.0]), header='cm', missing=1)
    """
    values: array[float] = array("d")
    missing = 0
    absent = frozenset(["", *layout.missing])
    with delimited(source, layout) as table:
        at = table.position(name)
        for line, row in table.rows():
            if row[at] in absent:
                missing += 1
            else:
                values.append(number(row[at], source, line, whole, layout.decimal))
    if not values:
        fields = f": all of its {counted(missing, 'field')} are empty" if missing else ""
        raise source.error(f"the column {shown(name)} holds no numbers{fields}")
    return Numbers(values, name, missing)


def number(token: str, source: Source, line: int, whole: bool = False, decimal: str = ".") -> float:
    """Return one finite number, refusing every spelling that could mean another.

    Examples
    --------
    >>> import io
    >>> number("1e3", Source(io.BytesIO(), "heights"), 1)
    1000.0
    """
    value, problem = math.nan, "is not a number"
    written = token
    if decimal != ".":
        # Exchanged, so that the point of 1.000 is no decimal sign here.
        written = token.translate({ord(decimal): ".", ord("."): decimal})
    if _plain(written) and _is_number(written):
        value, problem = float(written), "is not a finite number in double precision"
    if not math.isfinite(value):
        hint = ""
        if token.strip().lower() in NOT_AVAILABLE:
            hint = (
                "only an empty field is missing: leave it empty and use --column, with --na-values "
                f"{label(token.strip())} if that stands for one"
            )
        elif re.fullmatch(r"[-+0-9.eE \t]*[;|,][-+0-9.,;|eE \t]*", token):
            hint = "write decimals with a point, or use --column with --decimal and --delimiter"
        raise source.error(f"{shown(token)} {problem}", line, hint)
    if whole and not (value.is_integer() and 0 <= value <= LARGEST_COUNT):
        raise source.error(f"{shown(token)} is not a count 0, 1, 2, ...", line)
    return value


def _parsed(text: str, source: Source, line: int, whole: bool) -> array[float]:
    """Return the numbers of a piece: all at once, or one by one to find the first bad one."""
    if _plain(text):
        try:
            values = array("d", map(float, text.split()))
        except ValueError:
            values = array("d", [math.nan])
        if all(map(math.isfinite, values)) and not (whole and _some_no_count(values)):
            return values
    return array("d", [
        number(token, source, at, whole)
        for at, row in enumerate(text.split("\n"), start=line)
        # Not str.split, to which a no-break space is white space: 1 000 is then two numbers.
        for token in re.findall(r"[^ \t\f\v]+", row)
    ])  # fmt: skip


def _some_no_count(values: array[float]) -> bool:
    return bool(values) and not (
        all(map(float.is_integer, values)) and min(values) >= 0 and max(values) <= LARGEST_COUNT
    )


def _plain(text: str) -> bool:
    # float() also takes 1_000 and the digits of other scripts, which no data file means.
    return text.isascii() and "_" not in text


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _header(text: str) -> tuple[str, int]:
    """Return the first line if it names the column that follows, and where that follows."""
    start = len(text) - len(text.lstrip())
    end = text.find("\n", start)
    first = text[start:end].strip() if end >= 0 else ""
    name = first[1:-1] if re.fullmatch('"[^"]*"', first) else first
    named = name[:1].isalpha() or name[:1] == "_"
    if not named or "," in name or name.lower() in NOT_AVAILABLE or not text[end:].strip():
        return "", 0
    return ("", 0) if any(map(_is_number, name.split())) else (name, end)


def _refuse_comma(text: str, source: Source, line: int) -> None:
    """Raise for a comma among numbers, which may part columns, decimals or items of a list."""
    at, row = next(
        (at, row) for at, row in enumerate(text.split("\n"), start=line) if "," in row
    )  # fmt: skip
    if ";" in text.split("\n", 1)[0] or ";" in row:
        raise source.error("semicolons part the columns, and commas may be decimals", at, _FOREIGN)
    fields = [field.strip().strip('"') for field in row.split(",")]
    names = [field for field in fields if field and not _is_number(field)]
    if names:
        raise source.error(
            f"{len(fields)} columns, and no --column says which: {listed(fields, ', ')}", at,
            f"choose one, for example --column {listed(names[:1])}",
        )  # fmt: skip
    raise source.error(
        f"the comma makes {len(fields)} columns without names: {listed(fields, ', ')}", at,
        "separate the numbers of a sample by white space, write decimals with a point; a "
        "table needs names in its first line and --column",
    )  # fmt: skip


def _check_one_a_line(text: str, source: Source, line: int, header: str) -> None:
    """Raise where a line under a header has a second number: that is another column."""
    for at, row in enumerate(text.split("\n"), start=line):
        if len(row.split(None, 1)) > 1:
            raise source.error(
                f"the line has {len(row.split())} values, the header {shown(header)} names one "
                "column", at, "make it a CSV and choose a column with --column",
            )  # fmt: skip
