"""``likelihood compare``: saved models of the same data side by side."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import click

from likelihood.cli import output
from likelihood.cli.options import Command, everywhere, named
from likelihood.cli.reading import InputError, shown
from likelihood.cli.saved_models import load_model
from likelihood.report.labels import label

_SUFFIX = ".likelihood.json"


@click.command(
    cls=Command,
    examples=(
        "likelihood compare small.likelihood.json big.likelihood.json",
        "likelihood compare small.likelihood.json big.likelihood.json --json",
    ),
)
@click.argument("models", metavar="MODEL MODEL...", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=named,
    help="Write there instead of printing.",
)
@everywhere
def compare(models: tuple[str, ...], as_json: bool, as_csv: bool, target: str | None) -> None:
    """Compare saved models of the same data: information criteria, likelihood-ratio tests.

    Each MODEL is a file that 'likelihood fit ... --save' wrote.
    """
    if len(models) < 2:
        raise click.UsageError("name two models at least, the smaller one first.")
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; choose one.")
    fits = [load_model(path).result_ for path in models]
    for path, fit in zip(models[1:], fits[1:], strict=True):
        if fit.fingerprint != fits[0].fingerprint:
            raise InputError(
                f"{shown(path)} was fitted to other rows or weights than {shown(models[0])}",
                "fit both to the same data; a row that one drops for a missing value, the other "
                "must not use",
            )
    table = fits[0].compare(*fits[1:])
    table.insert(0, "file", _names(models))
    output.emit(_document(table, "json" if as_json else "csv" if as_csv else "text"), target)


def _names(models: tuple[str, ...]) -> list[str]:
    """Return the names of files without folder and suffix, where these tell them apart."""
    names = [Path(path).name.removesuffix(_SUFFIX) for path in models]
    return [
        path if Counter(names)[name] > 1 else name
        for path, name in zip(models, names, strict=True)
    ]  # fmt: skip


def _document(table: Any, form: str) -> str:
    from likelihood.report.formatting import frame_to_csv, frame_to_text

    if form == "csv":
        return frame_to_csv(table)
    if form == "json":
        rows = table.to_dict(orient="records")
        return output.dumped({"schema": "likelihood/compare/1", "rows": rows})
    shown_table = table.assign(file=[label(name) for name in table["file"]])
    return frame_to_text(shown_table, rows=None) + "\n"
