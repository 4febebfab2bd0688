"""The options about how a table is written, and their values."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from likelihood.cli.reading import shown

if TYPE_CHECKING:
    from likelihood.cli.tables import Reading

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

#: The names of the options as arguments of a command.
TABLE_OPTIONS = (
    "delimiter", "decimal", "no_header", "columns", "na_values", "text", "fill_short", "max_bytes",
)  # fmt: skip
_UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9}


def table_options(command: Decorated) -> Decorated:
    """Add the options about how a table is written."""
    options = (
        click.option("--delimiter", metavar="CHAR", callback=_character,
                     help="What parts the columns; 'tab' is one.  [default: ,]"),
        click.option("--decimal", metavar="CHAR", callback=_decimal,
                     help="The decimal sign, '.' or ','.  [default: .]"),
        click.option("--no-header", is_flag=True,
                     help="The first line is data; columns are x0, x1, ... or as --columns says."),
        click.option("--columns", metavar="A,B,...", callback=_names,
                     help="Use these columns alone; with --no-header, the name of every column."),
        click.option("--na-values", metavar="A,B,...", callback=_names,
                     help="What stands for a missing value, besides the empty field."),
        click.option("--text", metavar="A,B,...", callback=_names,
                     help="Columns of labels that look like numbers."),
        click.option("--fill-short", is_flag=True,
                     help="Take what a short line lacks at its end for missing."),
        click.option("--max-bytes", metavar="N", callback=_bytes,
                     help="Read no more than this, counted unpacked, as 500M.  [default: 2G]"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return command


def given(options: dict[str, Any]) -> str:
    """Return an option about tables that was given, as it is typed; "" for none.

    Examples
    --------
    >>> given({"decimal": None, "no_header": True})
    '--no-header'
    """
    return next((f"--{name.replace('_', '-')}" for name in TABLE_OPTIONS if options.get(name)), "")


def reading(encoding: str, options: dict[str, Any]) -> Reading:
    """Return how a table is to be read, taking the options about tables out of those of a command.

    Raises
    ------
    UsageError
        Two options contradict each other.

    Examples
    --------
    >>> reading("ascii", {"delimiter": ";", "decimal": ","}).layout.delimiter
    ';'
    """
    from likelihood.cli.delimited import Layout
    from likelihood.cli.tables import LARGEST_TABLE, Reading

    held = {name: options.pop(name, None) for name in TABLE_OPTIONS}
    delimiter, decimal = held["delimiter"] or ",", held["decimal"] or "."
    if delimiter == decimal:
        raise click.UsageError(
            f"{shown(decimal)} cannot both part columns and be the decimal sign; "
            "add for example --delimiter ';'."
        )
    layout = Layout(
        delimiter, decimal, not held["no_header"], held["columns"] or (), held["na_values"] or (),
        bool(held["fill_short"]),
    )  # fmt: skip
    return Reading(layout, encoding, held["max_bytes"] or LARGEST_TABLE, held["text"] or ())


def split_names(text: str) -> tuple[str, ...]:
    """Return names that commas part; one with a comma stands in quotes.

    Examples
    --------
    >>> split_names('a, b,"c, d"')
    ('a', 'b', 'c, d')
    """
    try:
        parts = next(csv.reader([text], skipinitialspace=True, strict=True), [])
    except csv.Error as error:
        raise click.BadParameter(f"{shown(text)}: {error}.") from None
    return tuple(part.strip() for part in parts)


def _names(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    if value is None:
        return ()
    names = split_names(value)
    if not all(names):
        raise click.BadParameter(f"{shown(value)} has an empty name; write A,B.")
    doubles = [name for at, name in enumerate(names) if name in names[:at]]
    if doubles:
        raise click.BadParameter(f"{shown(doubles[0])} stands twice.")
    return names


def _character(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    character = {"tab": "\t", "\\t": "\t"}.get(value or "", value)
    if character is None or (len(character) == 1 and character not in '"\r\n\0'):
        return character
    raise click.BadParameter(f"{shown(character)} is not one character; write for example ';'.")


def _decimal(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    if value not in (None, ".", ","):
        raise click.BadParameter(f"{shown(str(value))} is neither '.' nor ','.")
    return value


def _bytes(ctx: click.Context, param: click.Parameter, value: str | None) -> int | None:
    if value is None:
        return None
    found = re.fullmatch(r"([0-9]{1,15})([KMG]?)B?", value.strip(), re.IGNORECASE)
    if not found or not int(found[1]):
        raise click.BadParameter(f"{shown(value)} is not a number of bytes; write 500M or 2G.")
    return int(found[1]) * _UNITS[found[2].upper()]
