"""Documents: the result of a command as a table, as JSON or as CSV, and where it goes."""

from __future__ import annotations

import json
import math
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from likelihood.cli.reading import InputError, reason, shown
from likelihood.report.labels import label

if TYPE_CHECKING:
    import pandas as pd

#: The version of the JSON document; a column that changes its meaning changes it.
SCHEMA = "likelihood/tidy/1"


class Outcome(Protocol):
    """A fit as a command shows it."""

    @property
    def fit(self) -> Any:
        """The fit, with its verdict."""

    def tidy(self) -> pd.DataFrame:
        """Return the table of estimates as the library gives it."""

    def text(self, quiet: bool = False) -> str:
        """Return what a person reads."""

    def described(self) -> dict[str, Any]:
        """Return what the JSON document holds, besides rows and what every fit has."""

    def report_options(self) -> dict[str, Any]:
        """Return what a report of this takes besides its title and source."""


def document(result: Outcome, form: str, quiet: bool = False) -> str:
    """Return a result as "text", "json" or "csv"."""
    if form == "text":
        return result.text(quiet)
    return json_text(result) if form == "json" else csv_text(result)


def json_text(result: Outcome) -> str:
    """Return strict JSON: numbers in full, NaN as null, infinities as text."""
    fit, described = result.fit, result.described()
    glance = fit.glance().iloc[0].to_dict()
    glance["interval"] = described["interval"]
    test = {name: described.pop(name) for name in ["test"] if name in described}
    document = {
        "schema": SCHEMA,
        "model": fit.model,
        "status": str(fit.verdict.status),
        "explanation": fit.verdict.explanation,
        "notes": list(fit.verdict.notes),
        **described,
        "rows": result.tidy().to_dict(orient="records"),
        "glance": glance,
        **test,
    }
    return dumped(document)


def dumped(document: dict[str, Any]) -> str:
    """Return a mapping as strict JSON, the same bytes in every locale."""
    return json.dumps(strict(document), indent=2, allow_nan=False) + "\n"


def csv_text(result: Outcome) -> str:
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
