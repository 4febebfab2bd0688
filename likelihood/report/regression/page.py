"""What the report of a regression consists of, made in memory (level 9)."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likelihood.errors import DataError
from likelihood.report.formatting import frame_to_csv, frame_to_markdown
from likelihood.report.labels import label, markdown_escape
from likelihood.report.regression import data, tables, verdicts, wording
from likelihood.report.regression.rows import confusion
from likelihood.report.regression.view import RATIOS, RegressionView
from likelihood.report.wording import p_told, percent
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

#: Rows beyond which a table of every row is not written: its file would outgrow all others.
MOST_ROWS = 100_000
#: Coefficients and classes that a page shows.
SHOWN, CLASSES = 60, 12
#: Classes that each have a figure of calibration.
_CURVES = 4
#: The file of the model itself.
MODEL_FILE = "model.likelihood.json"


def regression_files(
    fit: Fit, view: RegressionView, *, title: str = "", source: str = ""
) -> dict[str, str]:
    """Return the files of a report of a regression: names, which never come from data, and text.

    Parameters
    ----------
    fit : Fit
    view : RegressionView
    title, source : str
        As for ``write_report``.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8]).result_
    >>> files = regression_files(fit, RegressionView())
    >>> {"report.md", "tidy.csv", "glance.csv", "augment.csv", "figure-01.svg"} <= set(files)
    True
    """
    table = view.tidy(fit)
    glance = fit.glance().assign(interval=view.method(fit))
    files = {"tidy.csv": frame_to_csv(table), "glance.csv": frame_to_csv(glance)}
    files |= _row_files(fit)
    figures = list(_figures(fit, view))
    files |= {name: svg for name, svg, _ in figures}
    checked = _crosscheck(fit)
    if checked is not None:
        files["crosscheck.csv"] = frame_to_csv(checked)
    parts = [
        f"# {_heading(fit, title)}",
        _opening(fit, view, title),
        _warnings(fit),
        _section("Coefficients", _coefficients(fit, view, table)),
        _section("Fit", _fit(fit, view, glance)),
        _section("Confusion", _confusion(fit)),
        _section("Figures", "\n\n".join(_embedded(name, said) for name, _, said in figures)),
        _section("Data", data.described(fit)),
        _section("Crosscheck", "" if checked is None else _checked(checked)),
        _section("How this was made", data.provenance(fit, source)),
    ]
    files["report.md"] = "\n\n".join(filter(None, parts)) + "\n"
    return files


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _heading(fit: Fit, title: str) -> str:
    return markdown_escape(label(title.strip(), 200) if title.strip() else wording.model(fit))


def _opening(fit: Fit, view: RegressionView, title: str) -> str:
    status, _, rest = verdicts.verdict_sentence(fit).partition(". ")
    said = [
        f"**{markdown_escape(status)}; {markdown_escape(wording.rows(fit))}.** "
        f"{markdown_escape(rest)}",
        # Without a title of its own the page has the model as its heading.
        markdown_escape(
            _sentence(
                f"{wording.model(fit)}, {wording.modelled(fit)}"
                if title.strip()
                else wording.modelled(fit)
            )
        ),
    ]
    found = [
        wording.estimate_sentence(fit, view),
        _sentence(wording.lr_sentence(fit.glance().iloc[0].to_dict())),
    ]
    if fit.verdict.status is not Status.NOT_CONVERGED and any(found):
        said.append(markdown_escape(" ".join(filter(None, found))))
    return "\n\n".join(said)


def _sentence(text: str) -> str:
    return f"{text[:1].upper()}{text[1:]}." if text else ""


def _warnings(fit: Fit) -> str:
    """Return what has to be known before the tables are read, and the notes of the fit."""
    said = [f"> **Warning.** {markdown_escape(one)}" for one in verdicts.consequences(fit)]
    said += [f"> Note: {markdown_escape(note)}" for note in fit.verdict.notes]
    return "\n\n".join(said)


def _coefficients(fit: Fit, view: RegressionView, table: pd.DataFrame) -> str:
    shown, remarks = tables.marked(table)
    parts = [_grouped(fit, shown)]
    parts.append("  \n".join(
        markdown_escape(said) for said in (*remarks, wording.interval_note(fit, view))
    ))  # fmt: skip
    ratios = tables.ratios(fit, view)
    if ratios is not None and len(ratios) and fit.verdict.status is not Status.NOT_CONVERGED:
        name = f"{RATIOS[fit.model].capitalize()}s"
        parts += [f"### {name}", _grouped(fit, ratios)]
        parts.append(markdown_escape(
            f"The exponentials of the coefficients and of the ends of their intervals; "
            f"{percent(view.level)}, {wording.method_name(fit, view)}."
        ))  # fmt: skip
    return "\n\n".join(parts)


def _grouped(fit: Fit, table: pd.DataFrame) -> str:
    """Return a table in Markdown, response by response where there are several."""
    made, room = [], SHOWN
    for name, part in tables.groups(fit, table):
        text = frame_to_markdown(tables.shortened_terms(part.head(room), 60), rows=None)
        made.append(f"**{markdown_escape(name)}**\n\n{text}" if name else text)
        room -= min(len(part), room)
        if not room:
            break
    if len(table) > SHOWN:
        made.append(f"... {len(table) - SHOWN} more in tidy.csv")
    return "\n\n".join(made)


def _fit(fit: Fit, view: RegressionView, glance: pd.DataFrame) -> str:
    from likelihood.report.contents import known_quantities

    parts = [frame_to_markdown(known_quantities(glance), rows=None)]
    if view.null is not None and fit.verdict.status is not Status.NOT_CONVERGED:
        tested = fit.test(view.null)
        whose = view.null_name or label(str(view.null), 200)
        parts.insert(0, markdown_escape(
            f"Likelihood-ratio test of {whose}: {tested['statistic']:.4g} on {tested['df']:.0f} "
            f"df, {p_told(float(tested['p_value']))}."
        ))  # fmt: skip
    return "\n\n".join(parts)


def _confusion(fit: Fit) -> str:
    if not _has_rows(fit) or not fit.facts.classes:
        return ""
    if len(fit.facts.classes) > CLASSES:
        return f"The {len(fit.facts.classes)} classes are in confusion.csv."
    shown = frame_to_markdown(confusion(fit), rows=None, longest=30)
    return (
        f"{shown}\n\nRows are the classes that were observed, columns those with the largest "
        f"fitted probability. In sample: of the rows that the model was fitted to."
    )


def _has_rows(fit: Fit) -> bool:
    return fit.rows is not None and fit.verdict.status is not Status.NOT_CONVERGED


def _row_files(fit: Fit) -> dict[str, str]:
    """Return the files that need the rows, and the saved model."""
    files = {}
    if _has_rows(fit):
        if fit.facts.n_rows + fit.facts.n_dropped <= MOST_ROWS:
            files["augment.csv"] = frame_to_csv(fit.augment())
        if fit.facts.classes:
            files["confusion.csv"] = frame_to_csv(confusion(fit))
    saved = _saved(fit)
    return files | ({MODEL_FILE: saved} if saved else {})


def _saved(fit: Fit) -> str:
    """Return the saved model, "" where a label cannot be saved."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / MODEL_FILE
        try:
            fit.save(path)
        except DataError:
            # A class or a level of a type that JSON has not: everything else can be reported.
            return ""
        return path.read_text(encoding="utf-8")


def _figures(fit: Fit, view: RegressionView) -> Iterator[tuple[str, str, str]]:
    """Return file name, SVG and caption of every figure."""
    from likelihood.report.plots import caption_in, draw_in, svg

    if fit.verdict.status is Status.NOT_CONVERGED:
        return
    for at, (kind, seen) in enumerate(_kinds(fit, view), start=1):
        yield f"figure-{at:02d}.svg", svg(draw_in(fit, seen, kind)), caption_in(fit, seen, kind)


def _kinds(fit: Fit, view: RegressionView) -> Iterator[tuple[str, RegressionView]]:
    yield "forest", view
    if not _has_rows(fit):
        return
    if fit.model == "LogisticRegression":
        counted = [value for value in _observed(fit) if value > 0]
        yield "calibration", view
        if len(counted) == 2:
            yield "roc", view
            yield "precision-recall", view
    elif fit.facts.classes and len(fit.facts.classes) <= _CURVES:
        for one in fit.facts.classes:
            yield "calibration", replace(view, response=one)
    elif not fit.facts.classes:
        if not fit.record.exact:
            yield "residuals", view
            if fit.model == "LinearRegression":
                yield "qq", view
    if fit.facts.classes:
        yield "loss", view


def _observed(fit: Fit) -> Any:
    return data.class_counts(fit)["observations"]


def _embedded(name: str, said: str) -> str:
    # The caption says all that is seen; an alternative text would say it twice.
    return f"![]({name})\n\n{markdown_escape(said)}"


def _crosscheck(fit: Fit) -> pd.DataFrame | None:
    from likelihood.crosscheck import MODELS, crosscheck

    if fit.model not in MODELS or not fit.verdict.status.maximised or fit.rows is None:
        return None
    return crosscheck(fit)


def _checked(table: pd.DataFrame) -> str:
    from likelihood.report.contents import crosscheck_section

    return crosscheck_section(table)
