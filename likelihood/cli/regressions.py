"""Fitting a regression to a file: which columns it needs, labels as the file has them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import click

from likelihood.cli.reading import InputError, shown
from likelihood.cli.regression_options import Asked
from likelihood.cli.spelling import spoken
from likelihood.cli.tables import Reading, Table, read_table
from likelihood.errors import DataError, FormulaError

if TYPE_CHECKING:
    from likelihood.data.terms import Syntax

#: The estimator of each command, and the options that name classes of its response.
MODELS = {
    "linear": ("LinearRegression", ()),
    "logistic": ("LogisticRegression", ("event", "classes")),
    "softmax": ("SoftmaxRegression", ("reference", "classes")),
    "poisson": ("PoissonRegression", ()),
}


@dataclass(frozen=True)
class Rows:
    """A formula with the table that it is about.

    Attributes
    ----------
    formula : str
    table : Table
    used : tuple of str
        The columns of the formula, weights and offset: a row that lacks one is not in use.
    response : str
        The column that is explained.
    """

    formula: str
    table: Table
    used: tuple[str, ...]
    response: str


def checked_arguments(file: str, formula: str) -> None:
    """Refuse a formula where the file should stand.

    Raises
    ------
    UsageError
        The two are exchanged.
    """
    if "~" in file and "~" not in formula:
        raise click.UsageError(
            f"{shown(file)} is a formula; write the file first: {shown(formula)} {shown(file)}."
        )


def read_rows(file: str, formula: str, asked: Asked, reading: Reading) -> Rows:
    """Return the columns of a file that a formula needs, with what stands beside it.

    Raises
    ------
    InputError
        The file cannot be read, a column is not there, or a value is missing under
        ``--missing fail``.
    FormulaError
        The formula cannot be read.
    """
    from likelihood.data.terms import expand, parse

    syntax = parse(formula)
    held: dict[str, tuple[str, ...]] = {}

    def wanted(available: tuple[str, ...]) -> Sequence[str]:
        held["formula"] = _formula_columns(syntax, available, asked.beside)
        return tuple(dict.fromkeys((*held["formula"], *asked.beside)))

    table = read_table(file, reading, wanted)
    outside = tuple(name for name in asked.beside if name != asked.groups)
    used = tuple(dict.fromkeys((*held["formula"], *outside)))
    if asked.missing == "fail":
        table.refuse_missing(used)
    response = expand(syntax, held["formula"]).response.used
    return Rows(formula, table, used, response[0] if response else "")


def fit_rows(model: str, rows: Rows, asked: Asked, classes: dict[str, Any]) -> Any:
    """Return the fitted estimator.

    Parameters
    ----------
    model : str
        A name among ``MODELS``.
    rows : Rows
    asked : Asked
    classes : dict
        The options that name classes, as text; None where not given.

    Raises
    ------
    InputError
        The rows cannot be used; the message names the line where it can.
    SeparationError
        The data are separated, and that was to be refused.
    """
    import likelihood

    estimator = getattr(likelihood, MODELS[model][0])
    named = {name: _as_held(value, rows) for name, value in classes.items() if value}
    offset: Any = None
    if asked.offset:
        offset = asked.offset[0] if len(asked.offset) == 1 else list(asked.offset)
    try:
        return estimator.from_formula(
            rows.formula, rows.table.frame(rows.used), weights=asked.weights, offset=offset,
            missing=asked.missing, references=asked.references or None, **asked.keywords, **named,
        )  # fmt: skip
    except FormulaError:
        raise
    except DataError as error:
        raise InputError(rows.table.placed(spoken(str(error)), rows.used)) from None


def groups_of(fit: Any, rows: Rows, asked: Asked) -> Any:
    """Return the cluster of every row in use, None where no clusters were asked for.

    Raises
    ------
    InputError
        A row in use has no cluster.
    """
    if asked.groups is None:
        return None
    table = rows.table
    kept = table.complete(rows.used)
    if asked.weights is not None:
        kept &= table.columns[asked.weights].values != 0
    groups = table.columns[asked.groups]
    if (kept & groups.missing).any():
        row = int((kept & groups.missing).argmax())
        raise InputError(
            f"the column {shown(asked.groups)} has no group ({table.place}, {table.where(row)})",
            "fill it, or drop that row",
        )
    return groups.values[kept]


def _formula_columns(
    syntax: Syntax, available: tuple[str, ...], beside: Sequence[str]
) -> tuple[str, ...]:
    """Return the columns that a formula reads; the dot stands for all that are not beside it."""
    written = tuple(dict.fromkeys(name for factor in syntax.factors for name in factor.used))
    if "." not in syntax.skeleton.split():
        return written
    others = tuple(name for name in available if name not in beside and name not in written)
    return (*written, *others)


def _as_held(value: Any, rows: Rows) -> Any:
    """Return labels that were typed as the response has them: numbers where it holds numbers."""
    if isinstance(value, tuple):
        return [_as_held(label, rows) for label in value]
    column = rows.table.columns[rows.response]
    if not column.numeric:
        return value
    for number in (int, float):
        try:
            return number(value)
        except ValueError:
            continue
    raise InputError(
        f"{shown(value)} is no class of {shown(rows.response)}, which holds numbers "
        f"({rows.table.place})",
        "choose one of its numbers",
    )
