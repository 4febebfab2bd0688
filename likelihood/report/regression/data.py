"""The data of a regression and how it was fitted, as sections of a page (level 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from likelihood.report.digits import count, number
from likelihood.report.formatting import frame_to_markdown
from likelihood.report.labels import label, markdown_escape, shortened
from likelihood.report.regression.wording import lower_title, names, quoted, response
from likelihood.report.wording import plural

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

#: Classes, factors, and levels of one factor that a page lists.
_CLASSES, _FACTORS, _LEVELS = 20, 20, 8


def class_counts(fit: Fit) -> pd.DataFrame:
    """Return the classes with the weight that was observed of each; empty without classes.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.LogisticRegression().fit([[0.0], [1.0], [2.0]], ["a", "b", "a"]).result_
    >>> class_counts(fit)[["class", "observations", "role"]].values.tolist()
    [['a', 2, 'reference'], ['b', 1, 'event']]
    """
    import pandas as pd

    from likelihood.report.regression.rows import class_positions

    classes = list(fit.facts.classes or ())
    if not classes or fit.rows is None:
        return pd.DataFrame({"class": [], "observations": [], "share": [], "role": []})
    weights, t = np.asarray(fit.rows.weights), np.asarray(fit.rows.t)
    codes = t if t.ndim == 1 else (t[:, 0] > 0.5).astype(int)
    held = np.zeros(len(classes))
    np.add.at(held, np.asarray(class_positions(fit))[codes], weights)
    other = "event" if fit.model == "LogisticRegression" else ""
    return pd.DataFrame({
        "class": pd.Series(classes, dtype=object),
        "observations": held.astype(int) if (held == np.round(held)).all() else held,
        "share": held / held.sum(),
        "role": ["reference" if one == fit.facts.base else other for one in classes],
    })  # fmt: skip


def described(fit: Fit) -> str:
    """Return rows used and dropped, classes and levels, in Markdown."""
    facts = fit.facts
    lines = [
        f"{count(facts.n_rows + facts.n_dropped)} rows were given; {count(facts.n_dropped)} had a "
        f"missing value and {'was' if facts.n_dropped == 1 else 'were'} "
        f"dropped, {count(facts.n_rows - facts.n_used)} had weight zero, {count(facts.n_used)} "
        f"were used."
    ]
    if facts.total != facts.n_used:
        lines.append(
            f"Weights are numbers of repetitions; they sum to {count(facts.total)} observations."
        )
    if facts.offset:
        lines.append("The linear predictor has an offset.")
    parts = ["\n".join(f"- {markdown_escape(line)}" for line in [*lines, *_levels(fit)])]
    classes = class_counts(fit)
    if len(classes):
        head = classes.head(_CLASSES).rename(columns={"class": "term"})
        shown = frame_to_markdown(head.rename(columns={"term": "class"}), rows=None)
        left = len(classes) - len(head)
        parts.append(shown + (f"\n\n... {left} more in confusion.csv" if left > 0 else ""))
    return "\n\n".join(parts)


def _levels(fit: Fit) -> list[str]:
    """Return each factor with its levels, the reference first."""
    if fit.facts.formula is None:
        return []
    said = []
    for key, levels in fit.facts.formula.learned.levels.items():
        reference = levels.reference
        known = list(levels.labels)
        told = [
            f"{quoted(one)}{' (reference)' if at == reference else ''}"
            for at, one in enumerate(known[:_LEVELS])
        ]
        more = f" and {len(known) - _LEVELS} more" if len(known) > _LEVELS else ""
        said.append(
            f"{shortened(key[-1], 40)} has {len(known)} {plural('level', len(known))}: "
            f"{', '.join(told)}{more}."
        )
    left = len(said) - _FACTORS
    return [*said[:_FACTORS], f"{left} more factors."] if left > 0 else said


def provenance(fit: Fit, source: str) -> str:
    """Return model, method and versions, in Markdown."""
    from likelihood.report.contents import versions

    facts, record = fit.facts, fit.record
    lines = [f"Source of the data: {label(source.strip(), 500)}"] if source.strip() else []
    if facts.formula is not None:
        lines.append(f"Formula: {shortened(' '.join(facts.formula.formula.split()), 500)}")
    else:
        slopes = facts.terms[facts.intercept :]
        lines.append(
            f"Response {response(fit)}; {len(slopes)} {plural('column', len(slopes))}"
            f"{': ' + names(slopes) if slopes else ''}"
        )
    lines += [
        f"Model: {lower_title(fit)} "
        f"{'with' if facts.intercept else 'without'} an intercept, by maximum likelihood"
        f"{f' with a ridge of {number(facts.ridge)}' if facts.ridge else ''}",
        f"Method: {label(record.method)}, {record.iterations} "
        f"{plural('iteration', record.iterations)}",
        *versions("formulaic", "scikit-learn"),
    ]
    if digest := getattr(fit, "fingerprint", ""):
        lines.append(f"Digest of response and weights: {label(digest)}")
    return "\n".join(f"- {markdown_escape(line)}" for line in lines)
