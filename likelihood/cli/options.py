"""What commands share: help that begins with examples, and the flags every fit has."""

from __future__ import annotations

import codecs
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from likelihood import __version__

#: Where ``--debug`` is remembered in the context of a run.
DEBUG = "likelihood.debug"
_HELP = {"help_option_names": ["-h", "--help"], "max_content_width": 100}

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class _Examples(click.Command):
    """Help that shows examples first."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **options: Any) -> None:
        options.setdefault("context_settings", _HELP)
        super().__init__(*args, **options)
        self.examples = tuple(examples)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        formatter.write_heading("Examples")
        formatter.write("".join(f"  {line}\n" for line in self.examples))
        formatter.write_paragraph()
        super().format_help(ctx, formatter)


class Command(_Examples):
    """A command with examples."""


class Group(_Examples, click.Group):
    """A group with examples; a command that is mistyped gets a suggestion."""

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command that the first argument names."""
        name = args[0]
        if self.get_command(ctx, name) is None and not name.startswith("-"):
            # Older releases of click suggest options, but no commands.
            from difflib import get_close_matches

            close = get_close_matches(name, self.commands, n=1)
            meant = f" Did you mean {close[0]!r}?" if close else ""
            raise click.UsageError(f"No such command {name!r}.{meant}", ctx)
        return super().resolve_command(ctx, args)


@dataclass(frozen=True)
class Request:
    """What the common flags ask for."""

    output: str | None
    report: str | None
    format: str
    quiet: bool
    level: float
    interval: str
    encoding: str
    force: bool


def everywhere(command: Decorated) -> Decorated:
    """Add ``--debug`` and ``--version``, which every command has."""
    for option in (
        click.version_option(__version__, prog_name="likelihood", message="%(prog)s %(version)s"),
        click.option(
            "--debug", is_flag=True, expose_value=False, is_eager=True, callback=_remember,
            help="Show the traceback of an internal error.",
        ),
    ):  # fmt: skip
        command = option(command)
    return command


def fitting(
    intervals: Sequence[str], file: bool = True, default: str = ""
) -> Callable[[Decorated], Decorated]:
    """Add the flags of every fit, and an optional argument FILE.

    Parameters
    ----------
    intervals : sequence of str
        The default first.
    file : bool
        Whether there is the argument.
    default : str
        What the default interval is, in words, where it depends on others; None is given then.
    """
    options = (
        *([click.argument("file", required=False)] if file else []),
        click.option("--level", default="0.95", show_default=True, callback=level_in_range,
                     metavar="LEVEL", help="Coverage of the intervals."),
        click.option("--interval", type=click.Choice(intervals, case_sensitive=False),
                     default=None if default else intervals[0], show_default=default or True,
                     help="Which intervals."),
        click.option("--json", "as_json", is_flag=True,
                     help="Print JSON: NaN is null, an infinity is the text \"Infinity\"."),
        click.option("--csv", "as_csv", is_flag=True, help="Print the table of estimates as CSV."),
        click.option("-q", "--quiet", is_flag=True,
                     help="Print the table alone, and no notes."),
        click.option("-o", "--output", metavar="FILE", callback=named,
                     help="Write there instead of printing."),
        click.option("--report", metavar="FOLDER", callback=named,
                     help="Write a report into a folder as well."),
        click.option("--force", is_flag=True,
                     help="Let --report write into a folder that holds other files, which stay."),
        click.option("--encoding", default="utf-8-sig", callback=known_encoding,
                     metavar="NAME", help="Encoding of the input.  [default: utf-8]"),
    )  # fmt: skip

    def decorate(command: Decorated) -> Decorated:
        command = everywhere(command)
        for option in reversed(options):
            command = option(command)
        return command

    return decorate


def request(as_json: bool, as_csv: bool, **common: Any) -> Request:
    """Return the common flags as one object.

    Raises
    ------
    UsageError
        Two formats are asked for.

    Examples
    --------
    >>> request(True, False, output=None, report=None, quiet=False, level=0.9,
    ...         interval="wilson", encoding="ascii", force=False).format
    'json'
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; choose one.")
    return Request(format="json" if as_json else "csv" if as_csv else "text", **common)


def named(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the path of an option, refusing an empty one, which would be the current folder."""
    if value == "":
        raise click.BadParameter("the name is empty; '.' is the current folder.")
    return value


def level_in_range(ctx: click.Context, param: click.Parameter, value: str) -> float:
    """Return a coverage in (0, 1)."""
    try:
        level = float(value)
    except ValueError:
        level = 0.0
    if not 0.0 < level < 1.0:
        raise click.BadParameter(f"{value} is not between 0 and 1; write 0.95 for 95 %.")
    return level


def known_encoding(ctx: click.Context, param: click.Parameter, value: str) -> str:
    """Return the name of a text encoding that Python knows."""
    try:
        known = isinstance(codecs.decode(b"", value), str)
    except (LookupError, TypeError, ValueError):
        known = False
    if not known:
        raise click.BadParameter(f"{value!r} is not an encoding; use for example latin-1.")
    return value


def show_help(ctx: click.Context) -> None:
    """Print the help where an argument is wanted, and end with the code of wrong usage."""
    click.echo(ctx.get_help(), err=True)
    ctx.exit(2)


def _remember(ctx: click.Context, param: click.Parameter, value: bool) -> None:
    if value:
        ctx.meta[DEBUG] = True
