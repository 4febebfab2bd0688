"""The options of a regression, and what they ask for."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from likelihood.cli.options import named
from likelihood.cli.reading import shown
from likelihood.cli.table_options import split_names, table_options

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

#: Where standard errors can come from.
COVARIANCES = ("information", "HC0", "HC1", "HC2", "HC3", "cluster")
#: The names of the options of every regression as arguments of a command.
REGRESSION_OPTIONS = (
    "weights", "offset", "refs", "missing", "ridge", "method", "covariance", "groups",
    "exponentiate", "separation", "save",
)  # fmt: skip


@dataclass(frozen=True)
class Asked:
    """What the options of a regression ask for."""

    weights: str | None
    offset: tuple[str, ...]
    references: dict[str, Any]
    missing: str
    keywords: dict[str, Any]
    covariance: str
    groups: str | None
    exponentiate: bool
    save: str | None

    @property
    def beside(self) -> tuple[str, ...]:
        """The columns that are named outside the formula."""
        names = (self.weights, *self.offset, self.groups)
        return tuple(name for name in names if name is not None)


def rows_options(command: Decorated) -> Decorated:
    """Add what any command needs to fit a regression: its rows, their weights and offset."""
    options = (
        click.option("--weights", metavar="COL", callback=named,
                     help="Column of frequencies: how often a row counts."),
        click.option("--offset", metavar="COL", callback=_offset,
                     help="Column that is added with coefficient 1; one for each class, with "
                          "commas between, for softmax."),
        click.option("--ref", "refs", metavar="COL=LEVEL", multiple=True, callback=_references,
                     help="The level that the others of a column are compared with; repeatable."),
        click.option("--missing", type=click.Choice(["drop", "fail"]), default="drop",
                     show_default=True, help="What to do with a row that lacks a value."),
        click.option("--ridge", type=click.FloatRange(min=0.0), metavar="X",
                     help="Penalty: X / 2 times the sum of squared slopes.  [default: 0]"),
        click.option("--method", metavar="NAME", callback=_method,
                     help="newton, or a method of SciPy's minimize, polished by Newton's.  "
                          "[default: newton]"),
    )  # fmt: skip
    for option in reversed(options):
        command = option(command)
    return table_options(command)


def regression_options(
    covariances: Sequence[str] = COVARIANCES, classes_or_counts: bool = True
) -> Callable[[Decorated], Decorated]:
    """Add the options of a regression.

    Parameters
    ----------
    covariances : sequence of str
        Those that are defined for it.
    classes_or_counts : bool
        Whether its data can be separated and its coefficients are logarithms of ratios.
    """
    options: list[Callable[[Any], Any]] = [
        click.option("--covariance", type=click.Choice(covariances, case_sensitive=False),
                     default="information", show_default=True, help="Where standard errors come "
                     "from; a sandwich for all but the information."),
        click.option("--groups", metavar="COL", callback=named,
                     help="Column of the clusters, for --covariance cluster."),
        click.option("--save", metavar="FILE", callback=named,
                     help="Save the model, for predict and compare, as MODEL.likelihood.json."),
    ]  # fmt: skip
    if classes_or_counts:
        options += [
            click.option("--exponentiate", is_flag=True,
                         help="Show ratios: the exponential of estimates and intervals."),
            click.option("--separation", type=click.Choice(["report", "raise"]), default="report",
                         show_default=True, help="What to do where no finite maximum exists."),
        ]  # fmt: skip

    def decorate(command: Decorated) -> Decorated:
        for option in reversed(options):
            command = option(command)
        return rows_options(command)

    return decorate


def given_regression_option(ctx: click.Context) -> str:
    """Return an option of regressions that the command was given, as it is typed; "" for none."""
    for param in ctx.command.params:
        if param.name in REGRESSION_OPTIONS:
            source = ctx.get_parameter_source(param.name)
            if source is not click.core.ParameterSource.DEFAULT:
                return param.opts[0]
    return ""


def asked_of(options: dict[str, Any], interval: str | None = None) -> Asked:
    """Return what was asked for, taking the options of a regression out of those of a command.

    Raises
    ------
    UsageError
        Two options contradict each other, or one lacks another.
    """
    held = {name: options.pop(name, None) for name in REGRESSION_OPTIONS}
    keywords = {name: held[name] for name in ("ridge", "method", "separation") if held[name]}
    covariance, groups = held["covariance"] or "information", held["groups"]
    if covariance == "cluster" and groups is None:
        raise click.UsageError("--covariance cluster needs --groups COL, the column of clusters.")
    if covariance != "cluster" and groups is not None:
        raise click.UsageError("--groups is for --covariance cluster; add that, or leave it out.")
    if covariance != "information" and interval == "profile":
        raise click.UsageError(
            f"--interval profile has no --covariance {covariance}: a profile is one of the "
            "likelihood; use --interval wald."
        )
    if held["ridge"] and covariance != "information":
        raise click.UsageError(
            f"--covariance {covariance} is not for a fit with --ridge: a sandwich is about the "
            "variance of an estimate, and a ridge adds a bias."
        )
    if held["ridge"] and interval == "profile":
        raise click.UsageError(
            "--interval profile is of the likelihood, from whose maximum --ridge moves the "
            "estimate; use --interval wald."
        )
    return Asked(
        held["weights"], held["offset"] or (), held["refs"] or {}, held["missing"] or "drop",
        keywords, covariance, groups, bool(held["exponentiate"]), held["save"],
    )  # fmt: skip


def _offset(ctx: click.Context, param: click.Parameter, value: str | None) -> tuple[str, ...]:
    named(ctx, param, value)
    return () if value is None else split_names(value)


def _references(
    ctx: click.Context, param: click.Parameter, value: tuple[str, ...]
) -> dict[str, str]:
    """Return the reference level of each column from COL=LEVEL."""
    references: dict[str, str] = {}
    for text in value:
        name, equals, level = text.partition("=")
        if not equals or not name or not level:
            raise click.BadParameter(f"{shown(text)} is not COL=LEVEL; write --ref group=control.")
        if name in references:
            raise click.BadParameter(f"{shown(name)} has two references; give one.")
        references[name] = level
    return references


def _method(ctx: click.Context, param: click.Parameter, value: str | None) -> str | None:
    """Return the name of a method that the search knows."""
    if value is None:
        return None
    from likelihood.fit.samples import checked_search

    try:
        return checked_search(value, 1e-8, 1)
    except ValueError as error:
        raise click.BadParameter(str(error)) from None
