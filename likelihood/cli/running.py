"""What every fit command does around its fit: read, publish, note, set the exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import click

from likelihood.cli import output
from likelihood.cli.options import Request, show_help
from likelihood.cli.reading import InputError, Source, opened, reason, shown
from likelihood.cli.sample_result import Test
from likelihood.cli.spelling import first_sentence, spoken
from likelihood.errors import DataError, FitWarning
from likelihood.report.labels import label
from likelihood.verdict import Status

if TYPE_CHECKING:
    from likelihood.results import DistributionFit

Read = TypeVar("Read")


def read_input(
    ctx: click.Context,
    file: str | None,
    asked: Request,
    read: Callable[[Source], Read],
    most: int | None = None,
) -> Read:
    """Return what is read from a file or a pipe; a terminal that nobody named gets help.

    Raises
    ------
    UsageError
        The output would replace the input.
    """
    check_input(ctx, file, asked.output)
    with opened(file, asked.encoding, most) as source:
        return read(source)


def check_input(
    ctx: click.Context, file: str | None, target: str | None, option: str = "--output"
) -> None:
    """Show help where a terminal is all there is to read, and never replace the input.

    Raises
    ------
    UsageError
        The output would replace the input.
    """
    if file is None and sys.stdin is not None and sys.stdin.isatty():
        show_help(ctx)
    refuse_replacing(file, target, option, "the input")


def refuse_replacing(
    file: str | None, target: str | None, option: str = "--output", what: str = "the model"
) -> None:
    """Refuse to write over a file that the command reads, or writes something else to.

    Raises
    ------
    UsageError
        Both are one file.
    """
    if _same(file, target):
        raise click.UsageError(f"{option} {label(target)} is {what}; name another file.")


def input_name(file: str | None) -> str:
    """Return what messages and reports call the input.

    Examples
    --------
    >>> input_name("rolls.txt"), input_name("-")
    ('rolls.txt', 'standard input')
    """
    return "standard input" if file in (None, "-") else label(file)


def tested(
    title: str, found: DistributionFit, null: Any, against: str, phrase: str = ""
) -> Test | None:
    """Return the likelihood-ratio test of a hypothesis, which ``against`` puts in words."""
    # What is not the maximum cannot be compared with a hypothesis.
    if found.verdict.status is Status.NOT_CONVERGED:
        return None
    return Test(title, null, found.test(null), label(against), phrase)


def publish(
    ctx: click.Context,
    fitted: Callable[[], output.Outcome],
    asked: Request,
    place: str,
    also: Callable[[output.Outcome], None] | None = None,
) -> None:
    """Fit, write the report and the document, say what is worth a note, set the exit code.

    Parameters
    ----------
    also : callable, optional
        What else is to be written of the result, before its document.
    """
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        result = fitted()
        document = output.document(result, asked.format, asked.quiet)
        if asked.report is not None:
            report(result, asked.report, source=place, force=asked.force)
        if also is not None:
            also(result)
    for message in dict.fromkeys(spoken(str(warning.message)) for warning in caught):
        # All of it is in the text below.
        whole = asked.quiet or asked.format != "text" or asked.output is not None
        output.note(message if whole else first_sentence(message), "warning")
    if not asked.quiet:
        # Worth knowing for who sees the numbers alone.
        if result.fit.verdict.status is Status.BOUNDARY:
            output.note(result.fit.verdict.explanation)
    output.emit(document, asked.output)
    if not result.fit.verdict.status.maximised:
        ctx.exit(4)


def report(
    result: output.Outcome,
    folder: str | os.PathLike[str],
    *,
    title: str = "",
    source: str = "",
    force: bool = False,
) -> None:
    """Write the report of a result into a folder.

    Raises
    ------
    InputError
        The folder holds what no report wrote, and nothing forces it.
    """
    from likelihood.report.folder import write_report

    try:
        write_report(
            result.fit, os.fspath(folder), title=title, source=source, force=force,
            **result.report_options(),
        )  # fmt: skip
    except DataError as error:
        # The library's advice names an argument; here it is an option.
        raise InputError(str(error).replace("force=True", "--force")) from None
    except OSError as error:
        # The file that the system names is one that was being written, which says nothing.
        raise InputError(
            f"the report {shown(os.fspath(folder))} cannot be written: {reason(error)}"
        ) from None


def _same(file: str | None, target: str | None) -> bool:
    if file is None or target is None or "-" in (file, target):
        return False
    if not os.path.exists(file) or not os.path.exists(target):
        return os.path.abspath(file) == os.path.abspath(target)
    return os.path.samefile(file, target)
