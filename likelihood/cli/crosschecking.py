"""``likelihood crosscheck``: our numbers beside those of others, with the digits of agreement."""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from likelihood.cli import output
from likelihood.cli.options import Command, everywhere, known_encoding, named, show_help
from likelihood.cli.reading import InputError, shown
from likelihood.cli.regression_options import asked_of, rows_options
from likelihood.cli.saved_models import label_columns, load_model, references_of
from likelihood.cli.table_options import reading, split_names
from likelihood.errors import FitWarning

if TYPE_CHECKING:
    import pandas as pd

#: The exit code of a disagreement.
DISAGREEMENT = 5
_FAMILIES = ("linear", "logistic", "softmax", "poisson")


@click.command(
    cls=Command,
    examples=(
        "likelihood crosscheck --demo",
        "likelihood crosscheck d.csv 'y ~ x + g' --family logistic",
        "likelihood crosscheck m.likelihood.json d.csv --csv",
    ),
)
@click.argument("first", metavar="[FILE|MODEL]", required=False)
@click.argument("second", metavar="[FORMULA|FILE]", required=False)
@click.option("--demo", is_flag=True, help="Check the data sets that come with the package.")
@click.option("--family", type=click.Choice(_FAMILIES), help="Which regression a FORMULA is for.")
@click.option("--event", metavar="LABEL", callback=named, help="As for fit logistic.")
@click.option("--reference", metavar="LABEL", callback=named, help="As for fit softmax.")
@click.option(
    "--classes",
    metavar="A,B,...",
    callback=lambda ctx, param, value: () if value is None else split_names(value),
    help="As for fit.",
)
@click.option("--json", "as_json", is_flag=True, help="Print every comparison as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print every comparison as CSV.")
@click.option(
    "-o",
    "--output",
    "target",
    metavar="FILE",
    callback=named,
    help="Write there instead of printing.",
)
@click.option("-q", "--quiet", is_flag=True, help="Print the table alone.")
@click.option(
    "--encoding",
    default="utf-8-sig",
    callback=known_encoding,
    metavar="NAME",
    help="Encoding of the input.  [default: utf-8]",
)
@rows_options
@everywhere
@click.pass_context
def crosscheck(
    ctx: click.Context,
    /,
    first: str | None,
    second: str | None,
    demo: bool,
    family: str | None,
    as_json: bool,
    as_csv: bool,
    target: str | None,
    quiet: bool,
    **options: Any,
) -> None:
    """Check a fit against statsmodels and SciPy.

    Given are FILE and FORMULA, a saved MODEL and the FILE that it was fitted to, or --demo.
    The exit code is 5 where numbers differ beyond tolerance and no reason is known.
    """
    if as_json and as_csv:
        raise click.UsageError("--json and --csv exclude each other; choose one.")
    if demo:
        if first is not None:
            raise click.UsageError("--demo takes the place of FILE and FORMULA.")
        table = _demonstrated()
    elif first is None:
        show_help(ctx)
        return
    elif second is None:
        raise click.UsageError("after FILE write a FORMULA, and after MODEL its FILE.")
    else:
        table = _checked(ctx, first, second, family, quiet, options)
    form = "json" if as_json else "csv" if as_csv else "text"
    output.emit(_document(table, form, demo, quiet), target)
    if not table["ok"].all():
        ctx.exit(DISAGREEMENT)


def _checked(
    ctx: click.Context,
    first: str,
    second: str,
    family: str | None,
    quiet: bool,
    options: dict[str, Any],
) -> pd.DataFrame:
    """Return the crosscheck of a fit to a file."""
    from likelihood.cli.regressions import checked_arguments, fit_rows, read_rows

    classes = {name: options.pop(name, None) for name in ("event", "reference", "classes")}
    asked = asked_of(options)
    held = reading(options["encoding"], options)
    saved: Any = None
    if first.endswith(".json"):
        saved = load_model(first)
        family, formula = _of_saved(saved, first)
        file = second
        if any(classes.values()):
            raise click.UsageError("a saved MODEL has its classes: leave --event and the like out.")
        facts = saved.result_.facts
        kept = {n: v for n, v in saved.get_params().items() if n != "fit_intercept"}
        asked = replace(asked, references=references_of(facts), keywords=kept)
        held = replace(held, text=(*held.text, *label_columns(facts)), lenient=True)
    else:
        file, formula = first, second
        checked_arguments(file, formula)
        if family is None:
            raise click.UsageError(f"say which regression it is: --family {'|'.join(_FAMILIES)}.")
    _check_classes(family, classes)
    rows = read_rows(file, formula, asked, held)
    if not quiet:
        for told in rows.table.notes:
            output.note(told)
    with warnings.catch_warnings():
        # The verdict is in the table of comparisons.
        warnings.simplefilter("ignore", FitWarning)
        fit = fit_rows(family, rows, asked, classes).result_
    if saved is not None and saved.result_.fingerprint != fit.fingerprint:
        raise InputError(
            f"{shown(file)} does not hold the rows that {shown(first)} was fitted to",
            "name the file of the fit, and give --weights and --offset again",
        )
    try:
        found = fit.crosscheck()
    except ValueError as error:
        raise InputError(str(error)) from None
    if saved is None:
        return found
    return _with_saved(found, saved.result_, fit)


def _of_saved(saved: Any, path: str) -> tuple[str, str]:
    """Return the family and the formula of a saved model."""
    from likelihood.cli.regressions import MODELS

    fit = saved.result_
    family = next((name for name, (model, _) in MODELS.items() if model == fit.model), None)
    if family is None or fit.facts.formula is None:
        raise InputError(f"{shown(path)} has no formula, so it cannot be fitted to a file again")
    return family, fit.facts.formula.formula


def _check_classes(family: str, classes: dict[str, Any]) -> None:
    from likelihood.cli.regressions import MODELS

    for name, value in classes.items():
        if value and name not in MODELS[family][1]:
            raise click.UsageError(f"--{name} is not for --family {family}.")


def _with_saved(found: pd.DataFrame, saved: Any, fit: Any) -> pd.DataFrame:
    """Return the table with the saved estimates held against those of the file."""
    import pandas as pd

    from likelihood.crosscheck.pairs import ENOUGH, digits

    ours, theirs = saved.tidy(), fit.tidy()
    if ours["term"].tolist() != theirs["term"].tolist():
        raise InputError("the terms of the saved model are not those that the file gives")
    rows = []
    for at in range(len(ours)):
        one, other = float(ours["estimate"].iloc[at]), float(theirs["estimate"].iloc[at])
        same = one == other or (one != one and other != other)
        agreed = 16.0 if same else float(digits(one, other))
        rows.append({
            "quantity": "saved estimate", "term": ours["term"].iloc[at],
            **({"response": ours["response"].iloc[at]} if "response" in found else {}),
            "ours": one, "theirs": other, "backend": "fit of the file",
            "difference": 0.0 if same else one - other, "digits": agreed,
            "ok": agreed >= ENOUGH, "reason": "",
        })  # fmt: skip
    return pd.concat([found, pd.DataFrame(rows)[list(found.columns)]], ignore_index=True)


def _demonstrated() -> pd.DataFrame:
    from likelihood.crosscheck.demo import crosscheck_demo

    return crosscheck_demo()


def _document(table: pd.DataFrame, form: str, demo: bool, quiet: bool) -> str:
    from likelihood.crosscheck import agreement
    from likelihood.report.formatting import frame_to_csv, frame_to_text

    if form == "csv":
        return frame_to_csv(table)
    if form == "json":
        return output.dumped({
            "schema": "likelihood/crosscheck/1", "agreement": agreement(table),
            "rows": table.to_dict(orient="records"),
        })  # fmt: skip
    if demo:
        from likelihood.crosscheck.demo import demo_summary

        shown_table = demo_summary(table)
        shown_table["least_digits"] = one_place(shown_table["least_digits"])
    else:
        shown_table = table.drop(columns=["difference"])
        shown_table["digits"] = one_place(shown_table["digits"])
        if (shown_table["reason"] == "").all():
            shown_table = shown_table.drop(columns="reason")
    text = frame_to_text(shown_table, rows=None, width=1000)
    return f"{text}\n" if quiet else f"{text}\n\n{agreement(table)}\n"


def one_place(values: Iterable[float]) -> list[str]:
    """Return digits of agreement to one place, never more than there are."""
    return ["" if v != v else f"{math.floor(10.0 * v) / 10.0:4.1f}" for v in values]
