"""Documents: the result of a command as a table, as JSON or as CSV, and where it goes."""

from __future__ import annotations

import json
import math
import os
import sys
import textwrap
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likelihood.cli.reading import InputError, reason, shown
from likelihood.report.labels import label

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

#: The version of the JSON document; a column that changes its meaning changes it.
SCHEMA = "likelihood/tidy/1"
_WIDEST = 1000
_SIMULTANEOUS = ("goodman", "quesenberry-hurst", "sison-glaz")


@dataclass(frozen=True)
class Test:
    """A test of a hypothesis: its name, the hypothesis, and the result.

    ``against`` is the hypothesis as it was asked for, ``phrase`` as a noun phrase for reports;
    a null of None stands for one that fixes no parameter.
    """

    title: str
    null: Any
    result: pd.Series[Any]
    against: str = ""
    phrase: str = ""


@dataclass(frozen=True)
class Result:
    """A fit as a command shows it.

    Attributes
    ----------
    fit : DistributionFit
    heading : str
        Of the first column of the table.
    observations : str
        What was observed, as in "10,000 tosses, 5,067 of them 'H'".
    level : float
        Coverage of the intervals.
    interval : str or None
        A method of ``confint``; the default of the distribution where None.
    terms : tuple of str, optional
        Names for the rows of the table, where they are not those of ``tidy``.
    test : Test, optional
    """

    fit: DistributionFit
    heading: str
    observations: str
    level: float = 0.95
    interval: str | None = None
    terms: tuple[str, ...] = ()
    test: Test | None = None

    def tidy(self) -> pd.DataFrame:
        """Return the table of estimates as the library gives it."""
        null = None if self.test is None or not self.fit.distribution.labels else self.test.null
        return self.fit.tidy(self.level, self.interval, null=null)


def document(result: Result, form: str, quiet: bool = False) -> str:
    """Return a result as "text", "json" or "csv"."""
    if form == "text":
        return text(result, quiet)
    return json_text(result) if form == "json" else csv_text(result)


def text(result: Result, quiet: bool = False) -> str:
    """Return a table, the verdict and the test, without a control character in any label."""
    from likelihood.report.formatting import frame_to_text
    from likelihood.report.wording import interval_note, verdict_sentence

    # Never folded into blocks: a line that is too long for a terminal is still one row.
    table = frame_to_text(_table(result), rows=None, width=_WIDEST)
    if quiet:
        return f"{table}\n"
    sentences = [
        f"{result.observations}.",
        verdict_sentence(result.fit),
        *(label(note, None) for note in result.fit.verdict.notes),
        interval_note(result.fit, result.level, result.interval),
    ]
    lines = [line for sentence in sentences for line in textwrap.wrap(sentence, 80)]
    if result.test is not None:
        lines.append(test_sentence(result.test))
    return "\n".join([table, "", *lines, ""])


def test_sentence(test: Test) -> str:
    """Return a test on one line."""
    from likelihood.report.formatting import number
    from likelihood.report.wording import p_told

    p = float(test.result["p_value"])
    return (
        f"{test.title} against {test.against or test.null}: "
        f"statistic {number(test.result['statistic'])}, "
        f"df {number(test.result['df'])}, {p_told(p)}."
    )


def json_text(result: Result) -> str:
    """Return strict JSON: numbers in full, NaN as null, infinities as text."""
    fit, test = result.fit, result.test
    glance = fit.glance().iloc[0].to_dict()
    glance["interval"] = result.interval or glance["interval"]
    document = {
        "schema": SCHEMA,
        "model": fit.model,
        "status": str(fit.verdict.status),
        "explanation": fit.verdict.explanation,
        "notes": list(fit.verdict.notes),
        "observations": result.observations,
        "level": result.level,
        "interval": glance["interval"],
        "rows": result.tidy().to_dict(orient="records"),
        "glance": glance,
        "test": None
        if test is None
        else {"title": test.title, "null": test.null, **test.result.to_dict()},
    }
    # Escaped to ASCII, the document is the same bytes in every locale.
    return json.dumps(strict(document), indent=2, allow_nan=False) + "\n"


def csv_text(result: Result) -> str:
    """Return the table of estimates as CSV: numbers in full, NaN as an empty field."""
    from likelihood.report.formatting import frame_to_csv

    return frame_to_csv(result.tidy())


def strict(value: Any) -> Any:
    """Return a value that strict JSON can hold: NaN is null, an infinity is text.

    ``float("Infinity")`` and JavaScript's ``Number("Infinity")`` read the text back.

    Examples
    --------
    >>> strict({"a": (1.5, float("nan"), float("-inf"))})
    {'a': [1.5, None, '-Infinity']}
    """
    if isinstance(value, dict):
        return {str(key): strict(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [strict(item) for item in value]
    if hasattr(value, "tolist"):
        return strict(value.tolist())
    if isinstance(value, float):
        if math.isnan(value):
            return None
        return value if math.isfinite(value) else "Infinity" if value > 0 else "-Infinity"
    return value if value is None or isinstance(value, int) else str(value)


def emit(document: str, path: str | None) -> None:
    """Write a document to standard output, or whole or not at all to a file.

    Raises
    ------
    BrokenPipeError
        Nobody reads standard output any more.
    InputError
        The file or standard output cannot be written.
    """
    if path is None or path == "-":
        _print(document)
        return
    from likelihood.report.atomic import write_text

    target = Path(path)
    try:
        if target.exists() and not target.is_file() and not target.is_dir():
            # A device or a named pipe is written to; a file in its place would destroy it.
            target.write_text(document, encoding="utf-8")
        elif target.is_dir():
            raise InputError(f"{shown(path)} is a folder", "name a file for the output")
        else:
            write_text(target, document)
    except OSError as error:
        raise InputError(f"{shown(path)} cannot be written: {reason(error)}") from None


def note(message: str, kind: str = "note") -> None:
    """Print a message to standard error."""
    print(f"likelihood: {kind}: {label(message, None)}", file=sys.stderr)


def abandon_output() -> None:
    """Let the interpreter end without writing what standard output did not take."""
    try:
        sink = os.open(os.devnull, os.O_WRONLY)
        os.dup2(sink, sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        # A stream without a descriptor has nothing left to write at exit.
        return


def _print(document: str) -> None:
    if sys.stdout is None:
        raise InputError("standard output is closed", "write to a file with --output")
    encoding = sys.stdout.encoding or "utf-8"
    # A label that a terminal cannot show is shown as an escape rather than ending the command.
    shown_text = document.encode(encoding, "backslashreplace").decode(encoding)
    if sys.stdout.isatty():
        shown_text = "".join(f"{label(line, None)}\n" for line in shown_text.splitlines())
    try:
        sys.stdout.write(shown_text)
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        abandon_output()
        raise InputError(f"standard output cannot be written: {reason(error)}") from None


def _table(result: Result) -> pd.DataFrame:
    """Return the columns that a person reads first, the interval as one of them."""
    import pandas as pd

    from likelihood.report.formatting import number
    from likelihood.report.wording import percent

    tidy = result.tidy()
    estimates, intervals = [], []
    for value, low, high, error in tidy[
        ["estimate", "conf_low", "conf_high", "std_error"]
    ].itertuples(index=False):
        estimates.append(number(value, error))
        intervals.append(
            "" if math.isnan(low) else f"[{number(low, error)}, {number(high, error)}]"
        )
    chosen = result.interval or next(iter(result.fit.distribution.interval_methods))
    kind = "simultaneous interval" if chosen in _SIMULTANEOUS else "interval"
    # Numbers that are already text are on the right only if they are put there.
    width = max(map(len, ["estimate", *estimates]))
    columns: dict[str, Any] = {result.heading: list(result.terms) or tidy["term"].tolist()}
    if "count" in tidy:
        columns["count"] = tidy["count"].tolist()
    columns["estimate".rjust(width)] = [estimate.rjust(width) for estimate in estimates]
    columns[f"{percent(result.level).replace(' ', '')} {kind}"] = intervals
    return pd.DataFrame(columns)
