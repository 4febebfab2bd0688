"""``likelihood fit linear``, ``logistic`` and ``softmax``, and a Poisson regression."""

from __future__ import annotations

from typing import Any

import click

from likelihood.cli import output
from likelihood.cli.options import Command, Request, fitting, named, request
from likelihood.cli.reading import InputError, reason, refuse_url, shown
from likelihood.cli.regression_options import asked_of, regression_options
from likelihood.cli.regression_result import RegressionResult, intervals_of
from likelihood.cli.running import check_input, input_name, publish, refuse_replacing
from likelihood.cli.table_options import reading, split_names

_FILE = click.argument("file")
_FORMULA = click.argument("formula")
_CLASSES = click.option(
    "--classes",
    metavar="A,B,...",
    callback=lambda ctx, param, value: () if value is None else split_names(value),
    help="Every class of the response, in order; one that never occurs counts too.",
)


@click.command(
    cls=Command,
    examples=(
        "likelihood fit linear cars.csv 'mpg ~ weight + C(cylinders)'",
        "likelihood fit linear longley.csv 'employed ~ .' --covariance HC3 --json",
        "likelihood fit linear cars.csv 'mpg ~ log(weight)' --save cars.likelihood.json",
    ),
)
@_FILE
@_FORMULA
@regression_options(classes_or_counts=False)
@fitting(intervals_of("LinearRegression"), file=False)
@click.pass_context
def linear(ctx: click.Context, /, file: str, formula: str, **options: Any) -> None:
    """Fit a linear regression: the mean of a number.

    FILE is a CSV with a header, compressed by gzip or not, or Parquet; '-' is standard input.
    FORMULA is for example 'y ~ x + C(group) + I(x**2)'; 'y ~ .' takes all other columns.
    """
    regression(ctx, "linear", file, formula, options)


@click.command(
    cls=Command,
    examples=(
        "likelihood fit logistic patients.csv 'died ~ age + ward' --event yes",
        "likelihood fit logistic d.csv 'y ~ x + g' --ref g=b --save m.likelihood.json --report out",
        "likelihood fit logistic ucb.csv 'admitted ~ gender + department' --weights count",
    ),
)
@_FILE
@_FORMULA
@click.option(
    "--event",
    metavar="LABEL",
    callback=named,
    help="The class whose probability is modelled.  [default: the last]",
)
@_CLASSES
@regression_options()
@fitting(intervals_of("LogisticRegression"), file=False)
@click.pass_context
def logistic(ctx: click.Context, /, file: str, formula: str, **options: Any) -> None:
    """Fit a logistic regression: the probability of one of two classes.

    FILE is a CSV with a header, compressed by gzip or not, or Parquet; '-' is standard input.
    FORMULA is for example 'y ~ x + C(group) + I(x**2)'; 'y ~ .' takes all other columns.
    """
    regression(ctx, "logistic", file, formula, options)


@click.command(
    cls=Command,
    examples=(
        "likelihood fit softmax penguins.csv 'species ~ bill_length_mm + sex' --reference Adelie",
        "likelihood fit softmax d.csv 'g ~ x + y' --reference a --json",
        "likelihood fit softmax d.csv 'g ~ x' --exponentiate --interval profile",
    ),
)
@_FILE
@_FORMULA
@click.option(
    "--reference",
    metavar="LABEL",
    callback=named,
    help="The class that the others are compared with.  [default: the first]",
)
@_CLASSES
@regression_options(("information", "HC0", "HC1", "cluster"))
@fitting(intervals_of("SoftmaxRegression"), file=False)
@click.pass_context
def softmax(ctx: click.Context, /, file: str, formula: str, **options: Any) -> None:
    """Fit a softmax regression (multinomial logit): the probabilities of several classes.

    FILE is a CSV with a header, compressed by gzip or not, or Parquet; '-' is standard input.
    FORMULA is for example 'y ~ x + C(group) + I(x**2)'; 'y ~ .' takes all other columns.
    """
    regression(ctx, "softmax", file, formula, options)


def regression(
    ctx: click.Context, model: str, file: str, formula: str, options: dict[str, Any]
) -> None:
    """Fit one of the regressions to a file, and publish the result.

    Parameters
    ----------
    model : str
        The name of the command.
    options : dict
        Those of the command, as click gives them.
    """
    classes = {name: options.pop(name, None) for name in ("event", "reference", "classes")}
    asked = asked_of(options, options["interval"])
    held = reading(options["encoding"], options)
    common: Request = request(**options)

    from likelihood.cli.regressions import checked_arguments, fit_rows, groups_of, read_rows

    checked_arguments(file, formula)
    check_input(ctx, file, common.output)
    check_input(ctx, file, asked.save, "--save")
    refuse_replacing(asked.save, common.output, "--output", "what --save writes")
    if asked.save is not None:
        refuse_url(asked.save)
    rows = read_rows(file, formula, asked, held)
    if not common.quiet:
        for told in rows.table.notes:
            output.note(told)

    def fitted() -> RegressionResult:
        found = fit_rows(model, rows, asked, classes).result_
        return RegressionResult(
            found, common.level, common.interval, asked.covariance, groups_of(found, rows, asked),
            asked.exponentiate,
        )  # fmt: skip

    def saved(result: output.Outcome) -> None:
        if asked.save is None:
            return
        try:
            result.fit.save(asked.save)
        except OSError as error:
            # The file that the system names is one that was being written, which says nothing.
            raise InputError(f"{shown(asked.save)} cannot be written: {reason(error)}") from None

    publish(ctx, fitted, common, input_name(file), saved)
