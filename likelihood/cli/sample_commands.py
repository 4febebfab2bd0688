"""``likelihood fit gaussian`` and ``poisson``: samples of numbers, and a regression of counts."""

from __future__ import annotations

import os
from typing import Any

import click

from likelihood.cli import output
from likelihood.cli.columns import Numbers, column, numbers
from likelihood.cli.options import Command, fitting, request
from likelihood.cli.reading import Source, counted, shown
from likelihood.cli.regression_commands import regression
from likelihood.cli.regression_options import asked_of, given_regression_option, regression_options
from likelihood.cli.regression_result import intervals_of
from likelihood.cli.running import input_name, publish, read_input
from likelihood.cli.sample_result import SampleResult
from likelihood.cli.table_options import TABLE_OPTIONS, given, reading, table_options
from likelihood.report.labels import label

#: The intervals of each model, the default first.
INTERVALS = {
    "gaussian": ("t", "wald", "profile"),
    "poisson": ("exact", "score", "wald", "profile"),
}


@click.command(
    cls=Command,
    examples=(
        "likelihood fit gaussian heights.txt",
        "likelihood fit gaussian heights.csv --column cm --json",
        "seq 100 | likelihood fit gaussian --interval profile",
    ),
)
@click.option("--column", "name", metavar="NAME", help="The column of a CSV with a header.")
@fitting(INTERVALS["gaussian"])
@table_options
@click.pass_context
def gaussian(ctx: click.Context, /, file: str | None, name: str | None, **common: Any) -> None:
    """Fit a Gaussian: mean and standard deviation of a sample.

    FILE holds numbers separated by white space, or is a CSV of which --column names a column;
    '-' is standard input.
    """
    _sample(ctx, file, name, common, whole=False)


@click.command(
    cls=Command,
    examples=(
        "likelihood fit poisson goals.txt",
        "likelihood fit poisson matches.csv --column goals --interval score",
        "echo 2 0 3 1 4 | likelihood fit poisson",
        "likelihood fit poisson claims.csv 'claims ~ age + region' --offset log_years",
    ),
)
@click.argument("file", required=False)
@click.argument("formula", required=False)
@click.option("--column", "name", metavar="NAME", help="The column of a CSV with a header.")
@fitting(INTERVALS["poisson"], file=False, default="exact, and wald with a formula")
@regression_options()
@click.pass_context
def poisson(
    ctx: click.Context,
    /,
    file: str | None,
    formula: str | None,
    name: str | None,
    interval: str | None,
    **common: Any,
) -> None:
    """Fit a Poisson distribution, the rate of counts; with a FORMULA, a regression.

    Without a formula FILE holds counts 0, 1, 2, ... separated by white space, or is a CSV of
    which --column names a column; with one it is a CSV with a header, or Parquet.  '-' is
    standard input.
    """
    allowed = INTERVALS["poisson"] if formula is None else intervals_of("PoissonRegression")
    interval = interval or allowed[0]
    if interval not in allowed:
        what = "without" if formula is None else "with"
        raise click.UsageError(
            f"--interval {interval} is not for a fit {what} a formula; use one of "
            f"{', '.join(allowed)}."
        )
    common["interval"] = interval
    if formula is not None:
        if name is not None:
            raise click.UsageError("--column is for a fit without a formula.")
        regression(ctx, "poisson", str(file), formula, common)
        return
    if file is not None and "~" in file and not os.path.exists(file):
        raise click.UsageError(
            f"{shown(file)} is a formula; write the file before it, '-' for standard input."
        )
    beside = given_regression_option(ctx)
    if beside:
        raise click.UsageError(f"{beside} is for a regression: write a FORMULA after FILE.")
    asked_of(common)
    _sample(ctx, file, name, common, whole=True)


def _sample(
    ctx: click.Context, file: str | None, name: str | None, common: dict[str, Any], whole: bool
) -> None:
    if name is None and (option := given(common)):
        raise click.UsageError(f"{option} is for a table: name a column of it with --column.")
    held_as = reading(common["encoding"], common) if name is not None else None
    asked = request(**{key: common[key] for key in common if key not in TABLE_OPTIONS})

    def read(source: Source) -> Numbers:
        if name is None or held_as is None:
            return numbers(source, whole)
        return column(source, name, whole, held_as.layout)

    held = read_input(ctx, file, asked, read, None if held_as is None else held_as.most)
    if held.header and name is None and not asked.quiet:
        output.note(f"the first line, {shown(held.header)}, is taken as a header")
    if held.missing and not asked.quiet:
        fields = "field was" if held.missing == 1 else "fields were"
        left = len(held.values)
        output.note(
            f"{held.missing} empty {fields} dropped; {left} {'is' if left == 1 else 'are'} left"
        )

    def fitted() -> SampleResult:
        import likelihood

        found = (likelihood.Poisson if whole else likelihood.Gaussian).fit(held.values)
        dropped = f", {held.missing:,} dropped" if held.missing else ""
        things = counted(len(held.values), "count" if whole else "number")
        return SampleResult(found, "parameter", f"{things}{dropped}", asked.level, asked.interval)

    place = input_name(file) if name is None else f"{input_name(file)}, column {label(name)}"
    publish(ctx, fitted, asked, place)
