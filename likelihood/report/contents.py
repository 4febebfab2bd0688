"""What a report consists of, made in memory: the page, the tables, the figures (level 9)."""

from __future__ import annotations

import hashlib
import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

import likelihood
from likelihood.report import hypotheses, wording
from likelihood.report.digits import count, number, p_value
from likelihood.report.formatting import frame_to_csv, frame_to_markdown
from likelihood.report.labels import label, markdown_escape
from likelihood.report.regression.page import regression_files
from likelihood.report.regression.view import RegressionView
from likelihood.report.view import View
from likelihood.results import Fit

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

_PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")


def report_files(
    fit: DistributionFit | Fit,
    *,
    title: str = "",
    source: str = "",
    null: Any = None,
    null_name: str = "",
    level: float = 0.95,
    interval: str | None = None,
) -> dict[str, str]:
    """Return the files of a report: names, which never come from the data, and text.

    Parameters
    ----------
    fit : DistributionFit or Fit
    title, source, null, null_name, level, interval
        As for ``write_report``.

    Examples
    --------
    >>> import likelihood as lk
    >>> sorted(report_files(lk.Bernoulli.fit([1, 0, 1, 1])))
    ['crosscheck.csv', 'figure-01.svg', 'glance.csv', 'report.md', 'tidy.csv']
    """
    if isinstance(fit, Fit):
        seen = RegressionView(level, interval, null, null_name)
        return regression_files(fit, seen, title=title, source=source)
    view = View(level, interval, null, null_name)
    tidy = view.tidy(fit)
    # The row tells which intervals are in the table beside it, not which are usual.
    glance = fit.glance().assign(interval=view.method(fit))
    files = {"tidy.csv": frame_to_csv(tidy), "glance.csv": frame_to_csv(glance)}
    figures = _figures(fit, view)
    files |= {name: svg for name, svg, _ in figures}
    checked = _crosscheck(fit)
    if checked is not None:
        files["crosscheck.csv"] = frame_to_csv(checked)
    parts = [
        f"# {_heading(fit, title)}",
        _opening(fit, view),
        _section("Estimates", _estimates(fit, tidy, view)),
        _section("Tests", _tests(fit, view)),
        _section("Figures", "\n\n".join(_embedded(*figure) for figure in figures)),
        _section("Fit", frame_to_markdown(known_quantities(glance), rows=None)),
        _section("Crosscheck", "" if checked is None else crosscheck_section(checked)),
        _section("How this was made", _provenance(fit, source)),
    ]
    files["report.md"] = "\n\n".join(filter(None, parts)) + "\n"
    return files


def _section(title: str, body: str) -> str:
    return f"## {title}\n\n{body}" if body else ""


def _heading(fit: DistributionFit, title: str) -> str:
    return markdown_escape(
        label(title.strip(), 200) if title.strip() else f"{fit.model} fit of {_observations(fit)}"
    )


def _observations(fit: DistributionFit) -> str:
    return f"{count(fit.n)} {wording.plural('observation', fit.n)}"


def _opening(fit: DistributionFit, view: View) -> str:
    status, _, rest = wording.verdict_sentence(fit).partition(". ")
    verdict = f"**{markdown_escape(status)}.** {markdown_escape(rest)}"
    used = markdown_escape(f"{wording.heading(fit)}.")
    estimate = markdown_escape(wording.estimate_sentence(fit, view.level, view.interval))
    notes = [f"> Note: {markdown_escape(note)}" for note in fit.verdict.notes]
    if not fit.verdict.status.maximised:
        # Nothing that follows can be trusted, so this comes first.
        return "\n\n".join([verdict, f"{used} {estimate}", *notes])
    answers = [f"**{markdown_escape(said)}**" for said in hypotheses.conclusions(fit, view)]
    return "\n\n".join([*answers, estimate, f"{verdict} {used}", *notes])


def _estimates(fit: DistributionFit, tidy: pd.DataFrame, view: View) -> str:
    shown = tidy.drop(columns="flag") if (tidy["flag"] == "").all() else tidy
    notes = [wording.interval_note(fit, view.level, view.interval)]
    if wording.success(fit):
        notes.insert(0, f"prob is the probability of {wording.success(fit)}.")
    if "expected" in tidy:
        whose = hypotheses.phrase(fit, view)
        notes.append(f"Expected counts and standardised residuals are those of {whose}.")
    return f"{frame_to_markdown(shown, more='tidy.csv')}\n\n{markdown_escape(' '.join(notes))}"


def _tests(fit: DistributionFit, view: View) -> str:
    table = hypotheses.test_table(fit, view)
    if table.empty:
        return ""
    return "\n\n".join(
        [frame_to_markdown(table), *map(markdown_escape, hypotheses.remarks(fit, view))]
    )


def _figures(fit: DistributionFit, view: View) -> list[tuple[str, str, str]]:
    """Return file name, SVG and caption of every kind of figure."""
    from likelihood.report.plots import caption_in, draw_in, kinds, svg

    if not fit.verdict.status.maximised:
        return []
    return [
        (f"figure-{at:02d}.svg", svg(draw_in(fit, view, kind)), caption_in(fit, view, kind))
        for at, kind in enumerate(kinds(fit), start=1)
    ]


def _embedded(name: str, svg: str, said: str) -> str:
    # The caption says all that is seen; an alternative text would say it twice.
    return f"![]({name})\n\n{markdown_escape(said)}"


def known_quantities(table: pd.DataFrame) -> pd.DataFrame:
    """Return the row of ``glance`` on its side, without what does not apply."""
    import pandas as pd

    glance = table.iloc[0].drop("version")
    shown = {
        name: value if isinstance(value, str) else _told(str(name), float(value))
        for name, value in glance.items()
        if isinstance(value, str) or not math.isnan(value)
    }
    return pd.DataFrame({"quantity": list(shown), "value": list(shown.values())})


def _told(name: str, value: float) -> str:
    return p_value(value) if name.endswith("p_value") else number(value)


def _crosscheck(fit: DistributionFit) -> pd.DataFrame | None:
    from likelihood.crosscheck import MODELS, crosscheck

    if fit.model not in MODELS or not fit.verdict.status.maximised:
        return None
    return crosscheck(fit)


def crosscheck_section(table: pd.DataFrame) -> str:
    """Return the crosscheck by quantity; every single comparison is in the CSV file."""
    import pandas as pd

    from likelihood.crosscheck import LEVEL, agreement

    rows = [
        {
            "quantity": quantity,
            "backend": backend,
            "comparisons": len(part),
            # One decimal: the second would not survive another release of the other side.
            "least digits": f"{math.floor(part['digits'].min() * 10) / 10:.1f}"
            if part["digits"].notna().any()
            else "",
            "ok": bool(part["ok"].all()),
            "reason": " ".join(dict.fromkeys(filter(None, part["reason"]))),
        }
        for (quantity, backend), part in table.groupby(["quantity", "backend"], sort=False)
    ]
    shown = pd.DataFrame(rows)
    if (shown["reason"] == "").all():
        shown = shown.drop(columns="reason")
    said = markdown_escape(
        f"{agreement(table)} Intervals are compared at {wording.percent(LEVEL)}."
    )
    return f"{said}\n\n{frame_to_markdown(shown, rows=None, longest=200)}"


def _provenance(fit: DistributionFit, source: str) -> str:
    lines = versions()
    lines.append(f"SHA-256 of values and weights: {fingerprint(fit)}")
    if source.strip():
        lines.insert(0, f"Source of the data: {label(source.strip(), 500)}")
    return "\n".join(f"- {markdown_escape(line)}" for line in lines)


def versions(*others: str) -> list[str]:
    """Return the versions of this package and of those that its numbers depend on."""
    return [
        f"likelihood {likelihood.__version__}, Python {platform.python_version()}",
        *(f"{name} {_version(name)}" for name in (*_PACKAGES, *others)),
    ]


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def fingerprint(fit: DistributionFit) -> str:
    """Return a checksum of the sample, in hexadecimal; the same on every platform.

    Examples
    --------
    >>> import likelihood as lk
    >>> one, same = lk.Bernoulli.fit([1, 0, 1]), lk.Bernoulli.fit([0, 1], weights=[1, 2])
    >>> fingerprint(one) == fingerprint(same)
    True
    """
    sample = fit.sample
    digest = hashlib.sha256(repr(sample.labels).encode("utf-8", "backslashreplace"))
    for values in (np.asarray(sample.t), sample.weights):
        kind = "<i8" if values.dtype.kind in "iu" else "<f8"
        digest.update(values.astype(kind).tobytes())
    return digest.hexdigest()
