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
from likelihood.errors import DataError, FitWarning
from likelihood.report.labels import label
from likelihood.verdict import Status

if TYPE_CHECKING:
    from likelihood.results import DistributionFit

Read = TypeVar("Read")


def read_input(
    ctx: click.Context, file: str | None, asked: Request, read: Callable[[Source], Read]
) -> Read:
    """Return what is read from a file or a pipe; a terminal that nobody named gets help.

    Raises
    ------
    UsageError
        The output would replace the input.
    """
    if file is None and sys.stdin is not None and sys.stdin.isatty():
        show_help(ctx)
    elif _same(file, asked.output):
        raise click.UsageError(f"--output {label(file)} is the input; name another file.")
    with opened(file, asked.encoding) as source:
        return read(source)


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
) -> output.Test | None:
    """Return the likelihood-ratio test of a hypothesis, which ``against`` puts in words."""
    # What is not the maximum cannot be compared with a hypothesis.
    if found.verdict.status is Status.NOT_CONVERGED:
        return None
    return output.Test(title, null, found.test(null), label(against), phrase)


def publish(
    ctx: click.Context, fitted: Callable[[], output.Result], asked: Request, place: str
) -> None:
    """Fit, write the report and the document, say what is worth a note, set the exit code."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", FitWarning)
        result = fitted()
        document = output.document(result, asked.format, asked.quiet)
        if asked.report is not None:
            report(result, asked.report, source=place, force=asked.force)
    for warning in caught:
        output.note(str(warning.message), "warning")
    if not asked.quiet:
        # Worth knowing for who sees the numbers alone.
        if result.fit.verdict.status is Status.BOUNDARY:
            output.note(result.fit.verdict.explanation)
    output.emit(document, asked.output)
    if not result.fit.verdict.status.maximised:
        ctx.exit(4)


def report(
    result: output.Result,
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

    null, phrase = (None, "") if result.test is None else (result.test.null, result.test.phrase)
    try:
        write_report(
            result.fit, os.fspath(folder), title=title, source=source, null=null,
            null_name=phrase, level=result.level, interval=result.interval, force=force,
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
    if file is None or target is None or not os.path.exists(file) or not os.path.exists(target):
        return False
    return os.path.samefile(file, target)
