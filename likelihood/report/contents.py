"""What a report consists of, made in memory: the page, the tables, the figures (level 9)."""

from __future__ import annotations

import hashlib
import math
import platform
from importlib.metadata import PackageNotFoundError, version
from typing import TYPE_CHECKING, Any

import numpy as np

import likelihood
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.formatting import frame_to_csv, frame_to_markdown
from likelihood.report.labels import label, markdown_escape

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

#: The tests that are natural for a model, with the names that their fields use.
_TESTS = {
    "Bernoulli": {"lr": "likelihood ratio", "score": "score", "exact": "exact binomial"},
    "Categorical": {"lr": "G-test (likelihood ratio)", "score": "Pearson's chi-square (score)"},
    "Gaussian": {"lr": "likelihood ratio", "exact": "exact"},
    "Poisson": {"lr": "likelihood ratio", "score": "score", "exact": "exact Poisson"},
}
#: The hypotheses that need no saying.
_NULLS: dict[str, Any] = {"Bernoulli": 0.5, "Categorical": "fair"}
_PACKAGES = ("numpy", "scipy", "pandas", "statsmodels", "matplotlib")


def report_files(
    fit: DistributionFit, title: str = "", source: str = "", null: Any = None
) -> dict[str, str]:
    """Return the files of a report: names, which never come from the data, and text.

    Examples
    --------
    >>> import likelihood as lk
    >>> sorted(report_files(lk.Bernoulli.fit([1, 0, 1, 1])))
    ['crosscheck.csv', 'figure-01.svg', 'glance.csv', 'report.md', 'tidy.csv']
    """
    tidy = fit.tidy(null=null)
    files = {"tidy.csv": frame_to_csv(tidy), "glance.csv": frame_to_csv(fit.glance())}
    figures = _figures(fit)
    files |= {name: svg for name, svg, _ in figures}
    checked = _crosscheck(fit)
    if checked is not None:
        files["crosscheck.csv"] = frame_to_csv(checked)
    tests = test_table(fit, null)
    parts = [
        f"# {_heading(fit, title)}",
        _opening(fit),
        _section("Estimates", _estimates(fit, tidy)),
        _section("Tests", "" if tests.empty else frame_to_markdown(tests)),
        _section("Figures", "\n\n".join(_embedded(*figure) for figure in figures)),
        _section("Fit", frame_to_markdown(_known(fit), rows=None)),
        _section("Crosscheck", "" if checked is None else _crosscheck_section(checked)),
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


def _opening(fit: DistributionFit) -> str:
    status, _, rest = wording.verdict_sentence(fit).partition(". ")
    said = [f"**{markdown_escape(status)}.** {markdown_escape(rest)}"]
    said.append(markdown_escape(f"{wording.heading(fit)}. {wording.estimate_sentence(fit)}"))
    said += [f"> Note: {markdown_escape(note)}" for note in fit.verdict.notes]
    return "\n\n".join(said)


def _estimates(fit: DistributionFit, tidy: pd.DataFrame) -> str:
    shown = tidy.drop(columns="flag") if (tidy["flag"] == "").all() else tidy
    note = markdown_escape(wording.interval_note(fit))
    return f"{frame_to_markdown(shown, more='tidy.csv')}\n\n{note}"


def test_table(fit: DistributionFit, null: Any = None) -> pd.DataFrame:
    """Return the tests that are natural for a model: hypothesis, test, statistic, df, p_value.

    A die is tested against fair and a coin against 0.5 where no hypothesis is given; there
    is none of the others that needs no saying, and the table is empty.

    Examples
    --------
    >>> import likelihood as lk
    >>> test_table(lk.Bernoulli.fit([1, 0], weights=[5067, 4933]))["p_value"].round(4).tolist()
    [0.1802, 0.1802, 0.1835]
    """
    import pandas as pd

    columns = ["hypothesis", "test", "statistic", "df", "p_value"]
    null = _NULLS.get(fit.model) if null is None else null
    if null is None or not fit.verdict.status.maximised or fit.n_parameters == 0:
        return pd.DataFrame(columns=columns)
    # Once outside the loop, so that a hypothesis which makes no sense is heard of.
    fit.test(null)
    rows = []
    for kind, name in _TESTS.get(fit.model, {"lr": "likelihood ratio"}).items():
        try:
            result = fit.test(null, kind=kind)
        except ValueError:
            # There is no exact test of fractional weights, or of two parameters together.
            continue
        numbers = [result[part] for part in ("statistic", "df", "p_value")]
        rows.append([label(null if isinstance(null, str) else repr(null)), name, *numbers])
    return pd.DataFrame(rows, columns=columns)


def _figures(fit: DistributionFit) -> list[tuple[str, str, str]]:
    """Return file name, SVG and caption of every kind of figure."""
    from likelihood.report.plots import caption, kinds, plot, svg

    if not fit.verdict.status.maximised:
        return []
    return [
        (f"figure-{at:02d}.svg", svg(plot(fit, kind)), caption(fit, kind))
        for at, kind in enumerate(kinds(fit), start=1)
    ]


def _embedded(name: str, svg: str, said: str) -> str:
    # The caption says all that is seen; an alternative text would say it twice.
    return f"![]({name})\n\n{markdown_escape(said)}"


def _known(fit: DistributionFit) -> pd.DataFrame:
    """Return the row of ``glance`` on its side, without what does not apply."""
    import pandas as pd

    glance = fit.glance().iloc[0].drop("version")
    shown = {
        name: value if isinstance(value, str) else number(float(value))
        for name, value in glance.items()
        if isinstance(value, str) or not math.isnan(value)
    }
    return pd.DataFrame({"quantity": list(shown), "value": list(shown.values())})


def _crosscheck(fit: DistributionFit) -> pd.DataFrame | None:
    from likelihood.crosscheck import MODELS, crosscheck

    if fit.model not in MODELS or not fit.verdict.status.maximised:
        return None
    return crosscheck(fit)


def _crosscheck_section(table: pd.DataFrame) -> str:
    """Return the crosscheck by quantity; every single comparison is in the CSV file."""
    import pandas as pd

    from likelihood.crosscheck import agreement

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
    said = markdown_escape(agreement(table))
    return f"{said}\n\n{frame_to_markdown(shown, rows=None, longest=200)}"


def _provenance(fit: DistributionFit, source: str) -> str:
    lines = [f"likelihood {likelihood.__version__}, Python {platform.python_version()}"]
    lines += [f"{name} {_version(name)}" for name in _PACKAGES]
    lines.append(f"SHA-256 of values and weights: {fingerprint(fit)}")
    if source.strip():
        lines.insert(0, f"Source of the data: {label(source.strip(), 500)}")
    return "\n".join(f"- {markdown_escape(line)}" for line in lines)


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
