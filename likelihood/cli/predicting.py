"""``likelihood predict``: a saved model applied to new rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from likelihood.cli import output
from likelihood.cli.options import Command, everywhere, known_encoding, level_in_range, named
from likelihood.cli.reading import InputError, counted, shown
from likelihood.cli.running import check_input, refuse_replacing
from likelihood.cli.saved_models import label_columns, load_model
from likelihood.cli.table_options import reading, split_names, table_options

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.cli.tables import Reading, Table
    from likelihood.results.facts import Facts


@click.command(
    cls=Command,
    examples=(
        "likelihood predict m.likelihood.json new.csv",
        "likelihood predict m.likelihood.json new.parquet --keep id -o predictions.csv",
        "likelihood predict m.likelihood.json new.csv --interval confidence --level 0.9",
    ),
)
@click.argument("model")
@click.argument("file", required=False)
@click.option(
    "--interval",
    type=click.Choice(["none", "confidence"]),
    default="none",
    show_default=True,
    help="Intervals for the mean, or for the probabilities.",
)
@click.option(
    "--level",
    default="0.95",
    show_default=True,
    callback=level_in_range,
    metavar="LEVEL",
    help="Coverage of the intervals.",
)
@click.option(
    "--missing",
    type=click.Choice(["fail", "drop"]),
    default="fail",
    show_default=True,
    help="What to do with a row that lacks a value; with drop its predictions are empty.",
)
@click.option(
    "--offset",
    metavar="COL",
    callback=named,
    help="Column of the offset, for a model that has one.",
)
@click.option(
    "--keep",
    metavar="A,B,...",
    callback=lambda ctx, param, value: () if value is None else split_names(value),
    help="Columns of the input to put before the predictions, as they are written.",
)
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=named,
    help="Write there instead of printing.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print no notes.")
@click.option(
    "--encoding",
    default="utf-8-sig",
    callback=known_encoding,
    metavar="NAME",
    help="Encoding of the input.  [default: utf-8]",
)
@table_options
@everywhere
@click.pass_context
def predict(
    ctx: click.Context,
    /,
    model: str,
    file: str | None,
    interval: str,
    level: float,
    missing: str,
    offset: str | None,
    keep: tuple[str, ...],
    target: str | None,
    quiet: bool,
    encoding: str,
    **options: Any,
) -> None:
    """Predict new rows with a saved MODEL, as CSV.

    FILE is a CSV with a header, or Parquet; '-' is standard input.  The columns are .pred, or
    .pred_class and .pred_<class> for every class, a row for each of the input.
    """
    held = reading(encoding, options)
    check_input(ctx, file, target)
    refuse_replacing(model, target)
    estimator = load_model(model)
    facts = estimator.result_.facts
    if facts.offset and offset is None:
        raise click.UsageError("the model has an offset: name its column with --offset COL.")
    shifts = () if offset is None else split_names(offset)
    table, used = _rows(file, facts, shifts, keep, held)
    if missing == "fail":
        table.refuse_missing(used)
    kept = table.complete(used)
    left = int((~kept).sum())
    if left == len(kept):
        raise InputError(f"every row lacks a value ({table.place})")
    here = table.take(kept)
    chosen = None if interval == "none" else interval
    try:
        found = _predictions(estimator, here, facts, shifts, chosen, level)
    except InputError:
        raise
    except ValueError as error:
        raise InputError(here.placed(str(error), used)) from None
    if not quiet:
        for told in table.notes:
            output.note(told)
        if left:
            rows = f"{counted(left, 'row')} {'lacks' if left == 1 else 'lack'}"
            output.note(f"{rows} a value, and the predictions there are empty")
    output.emit(_document(table, keep, kept, found), target)


def _rows(
    file: str | None, facts: Facts, shifts: Sequence[str], keep: Sequence[str], held: Reading
) -> tuple[Table, tuple[str, ...]]:
    """Return the columns that a model and the output need, and those of them in use."""
    from likelihood.cli.tables import read_table

    used: list[str] = []

    def wanted(available: tuple[str, ...]) -> Sequence[str]:
        used.extend(_predictors(facts, [n for n in available if n not in (*shifts, *keep)]))
        used.extend(shifts)
        return [*used, *keep]

    # What is kept as it is written may be a number that the model needs as well.
    needed = {*_predictors(facts, ()), *shifts}
    both = tuple(name for name in keep if name in needed)
    # A level that is a number as text would be read as that number.
    labels = [*held.text, *label_columns(facts), *(name for name in keep if name not in needed)]
    held = replace(held, text=tuple(dict.fromkeys(labels)), lenient=True, written=both)
    return read_table(file, held, wanted), tuple(used)


def _predictors(facts: Facts, available: Sequence[str]) -> Sequence[str]:
    if facts.formula is not None:
        return facts.formula.variables
    return facts.terms[int(facts.intercept) :] if facts.names_given else available


def _predictions(
    estimator: Any,
    table: Table,
    facts: Facts,
    shifts: Sequence[str],
    interval: str | None,
    level: float,
) -> pd.DataFrame:
    """Return the columns of predictions, a row for each of the table."""
    import numpy as np
    import pandas as pd

    frame = table.frame()
    names = _predictors(facts, [name for name in frame.columns if name not in shifts])
    rows: Any = frame[list(names)]
    offset: Any = None
    if shifts:
        columns = [table.columns[name] for name in shifts]
        wrong = [n for n, c in zip(shifts, columns, strict=True) if not c.numeric]
        if wrong:
            raise InputError(f"the offset {shown(wrong[0])} holds no numbers ({table.place})")
        offset = np.column_stack([column.values for column in columns]).astype(float)
        offset = offset[:, 0] if len(shifts) == 1 else offset
    if facts.formula is None and not facts.names_given:
        rows = rows.to_numpy()
    if facts.classes is None:
        if interval is None:
            return pd.DataFrame({".pred": estimator.predict(rows, offset=offset)})
        found = estimator.predict(rows, offset=offset, interval=interval, level=level)
        return found.rename(
            columns={"estimate": ".pred", "conf_low": ".conf_low", "conf_high": ".conf_high"}
        )
    made: dict[str, Any] = {".pred_class": estimator.predict(rows, offset=offset)}
    probabilities = estimator.predict_proba(rows, offset=offset)
    for at, label in enumerate(facts.classes):
        made[f".pred_{label}"] = probabilities[:, at]
    if interval is not None:
        ends = estimator.predict_proba(rows, offset=offset, interval=interval, level=level)
        for end in ("conf_low", "conf_high"):
            values = ends[end].to_numpy().reshape(len(rows), len(facts.classes))
            for at, label in enumerate(facts.classes):
                made[f".{end}_{label}"] = values[:, at]
    return pd.DataFrame(made)


def _document(table: Table, keep: Sequence[str], kept: Any, found: pd.DataFrame) -> str:
    """Return CSV with a line for every row of the input."""
    import numpy as np
    import pandas as pd

    from likelihood.report.formatting import frame_to_csv

    columns: dict[str, Any] = {}
    for name in keep:
        column = table.written.get(name, table.columns[name])
        labels = column.values.astype(object)
        labels[column.missing] = None
        columns[name] = labels
    for name in found:
        values = np.full(len(kept), None, dtype=object)
        values[kept] = found[name].tolist()
        columns[str(name)] = values
    return frame_to_csv(pd.DataFrame(columns, dtype=object))
