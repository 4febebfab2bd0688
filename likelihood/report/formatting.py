"""The one place that turns numbers and tables into text, Markdown, HTML and CSV (level 9)."""

from __future__ import annotations

import math
import numbers
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

from likelihood.report.digits import count, number, p_value
from likelihood.report.labels import LONGEST, html_escape, label, markdown_escape

if TYPE_CHECKING:
    import pandas as pd

__all__ = [
    "LONGEST",
    "SHOWN",
    "TERMINAL",
    "count",
    "frame_to_csv",
    "frame_to_html",
    "frame_to_markdown",
    "frame_to_text",
    "html_escape",
    "label",
    "markdown_escape",
    "number",
    "p_value",
]

#: Columns that are read against the column std_error beside them.
_WITH_ERROR = ("estimate", "conf_low", "conf_high")
#: Rows of a long table that are shown.
SHOWN = 20
#: Columns of a terminal.
TERMINAL = 80


class Column(NamedTuple):
    """One column as text: its heading, its cells, and whether it holds numbers."""

    heading: str
    cells: tuple[str, ...]
    numeric: bool


def columns(frame: pd.DataFrame, rows: int | None = SHOWN) -> list[Column]:
    """Return the first ``rows`` of every column of a table as text; labels are not yet escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> columns(pd.DataFrame({"term": ["a"], "p_value": [1e-9]}))[1]
    Column(heading='p_value', cells=('<0.0001',), numeric=True)
    """
    head = frame if rows is None else frame.head(rows)
    made = []
    for at, name in enumerate(frame.columns):
        values = head.iloc[:, at].tolist()
        # Faces 1 to 6 are names: the first column of text is on the left whatever it holds.
        numeric = name != "term" and all(_real(value) or value is None for value in values)
        spreads = _spreads(head, str(name))
        cells = tuple(
            _cell(value, str(name), numeric, spread)
            for value, spread in zip(values, spreads, strict=True)
        )
        made.append(Column(str(name), cells, numeric))
    return made


def _spreads(frame: pd.DataFrame, name: str) -> list[float]:
    """Return the standard error of every cell of a column, 0 where it has none."""
    if name in _WITH_ERROR and "std_error" in frame.columns:
        return [error if _real(error) else 0.0 for error in frame["std_error"].tolist()]
    return [0.0] * len(frame)


def _real(value: Any) -> bool:
    return isinstance(value, numbers.Real) and not isinstance(value, bool)


def _cell(value: Any, name: str, numeric: bool, spread: float) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not numeric:
        # A NaN among labels is an empty cell.
        return "" if isinstance(value, float) and math.isnan(value) else str(value)
    return p_value(value) if name.endswith("p_value") else number(value, spread)


def frame_to_text(
    frame: pd.DataFrame,
    *,
    width: int = TERMINAL,
    rows: int | None = SHOWN,
    more: str = ".tidy()",
    longest: int = LONGEST,
) -> str:
    """Return a table for a terminal; columns that do not fit go to a further block below.

    Parameters
    ----------
    frame : DataFrame
        The first column names the rows and is repeated in every block.
    width : int
        Columns of the terminal.
    rows : int or None
        How many rows are shown; None shows all.
    more : str
        Where the rows that are not shown can be found.
    longest : int
        The longest label that is shown in full.

    Examples
    --------
    >>> import pandas as pd
    >>> print(frame_to_text(pd.DataFrame({"term": ["a", "bc"], "estimate": [0.5, 12.0]})))
    term  estimate
    a       0.5000
    bc          12
    """
    laid = [_laid(column, longest) for column in columns(frame, rows)]
    if not laid:
        return ""
    wide = sum(_width(column[0]) for column in laid)
    # Closer together is easier to read than in two blocks.
    gap = "  " if wide + 2 * (len(laid) - 1) <= width or wide + len(laid) - 1 > width else " "
    first, *others = laid
    blocks: list[list[list[str]]] = [[first]]
    used = _width(first[0])
    for column in others:
        needed = len(gap) + _width(column[0])
        if used + needed > width and len(blocks[-1]) > 1:
            blocks.append([first])
            used = _width(first[0])
        blocks[-1].append(column)
        used += needed
    text = "\n\n".join(
        "\n".join(gap.join(line).rstrip() for line in zip(*block, strict=True)) for block in blocks
    )
    return "\n".join(filter(None, [text, _folded(frame, rows, more)]))


def _laid(column: Column, longest: int) -> list[str]:
    """Return heading and cells padded to one width."""
    shown = [label(text, longest) for text in (column.heading, *column.cells)]
    widest = max(map(_width, shown))
    pads = [" " * (widest - _width(text)) for text in shown]
    return [
        pad + text if column.numeric else text + pad
        for pad, text in zip(pads, shown, strict=True)
    ]  # fmt: skip


def _width(text: str) -> int:
    """Return the terminal columns that text takes: wide characters two, combining ones none."""
    return sum(
        0 if unicodedata.category(char) in ("Mn", "Me", "Cf")
        else 2 if unicodedata.east_asian_width(char) in "WF"
        else 1
        for char in text
    )  # fmt: skip


def _folded(frame: pd.DataFrame, rows: int | None, more: str) -> str:
    left = 0 if rows is None else len(frame) - rows
    return f"... {left} more in {more}" if left > 0 else ""


def frame_to_markdown(
    frame: pd.DataFrame,
    *,
    rows: int | None = SHOWN,
    more: str = ".tidy()",
    longest: int = LONGEST,
) -> str:
    r"""Return a table in GitHub's Markdown, numbers on the right, labels escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> print(frame_to_markdown(pd.DataFrame({"term": ["a|b"], "estimate": [0.5]})))
    | term | estimate |
    | --- | ---: |
    | a\|b | 0.5000 |
    """
    made = columns(frame, rows)
    lines = [
        [markdown_escape(label(column.heading)) for column in made],
        ["---:" if column.numeric else "---" for column in made],
        *(
            [markdown_escape(label(cell, longest)) for cell in cells]
            for cells in zip(*(column.cells for column in made), strict=True)
        ),
    ]
    table = "\n".join(f"| {' | '.join(line)} |" for line in lines)
    return "\n\n".join(filter(None, [table, _folded(frame, rows, more)]))


def frame_to_html(
    frame: pd.DataFrame,
    *,
    caption: str = "",
    rows: int | None = SHOWN,
    more: str = ".tidy()",
    longest: int = LONGEST,
) -> str:
    """Return a table in HTML with headings for rows and columns, everything escaped.

    Examples
    --------
    >>> import pandas as pd
    >>> html = frame_to_html(pd.DataFrame({"term": ["<b>"], "estimate": [0.5]}))
    >>> '<th scope="row">&lt;b&gt;</th><td>0.5000</td>' in html
    True
    """
    made = columns(frame, rows)
    heads = "".join(f'<th scope="col">{html_escape(column.heading)}</th>' for column in made)
    body = "".join(
        f"<tr>{_html_row(cells, longest)}</tr>"
        for cells in zip(*(column.cells for column in made), strict=True)
    )
    titled = f"<caption>{html_escape(caption, None)}</caption>" if caption else ""
    folded = _folded(frame, rows, more)
    return (
        f"<table>{titled}<thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table>"
        + (f"<p>{html_escape(folded)}</p>" if folded else "")
    )  # fmt: skip


def _html_row(cells: Sequence[str], longest: int) -> str:
    first, *others = (html_escape(cell, longest) for cell in cells)
    return f'<th scope="row">{first}</th>' + "".join(f"<td>{cell}</td>" for cell in others)


def frame_to_csv(frame: pd.DataFrame) -> str:
    r"""Return a table as CSV: full precision, LF line ends, missing cells empty, labels as given.

    A label that begins with "=" stays as it is, and a spreadsheet will take it for a formula.

    Examples
    --------
    >>> import pandas as pd
    >>> frame_to_csv(pd.DataFrame({"term": ["a,b"], "estimate": [1 / 3]}))
    'term,estimate\n"a,b",0.3333333333333333\n'
    """
    lines = [[_csv_field(name) for name in frame.columns]]
    series = [frame.iloc[:, at].tolist() for at in range(frame.shape[1])]
    lines += [[_csv_field(value) for value in values] for values in zip(*series, strict=True)]
    return "".join(",".join(line) + "\n" for line in lines)


def _csv_field(value: Any) -> str:
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    # tolist() gives Python's own floats, whose str is the shortest that reads back as itself.
    text = str(value)
    return '"' + text.replace('"', '""') + '"' if set(text) & set('",\r\n') else text
