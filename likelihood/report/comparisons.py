"""Models side by side, as ``compare`` gives them, for a terminal and for a page (level 9)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from likelihood.report.digits import number
from likelihood.report.formatting import frame_to_html, frame_to_markdown, frame_to_text
from likelihood.report.labels import markdown_escape, shortened
from likelihood.report.wording import p_told

if TYPE_CHECKING:
    import pandas as pd

#: Columns that a page has no room for: they follow from the others.
_LEFT_OUT = ("bic", "weight")
#: Characters of a model's name in a table and in a sentence.
_LONGEST = 60


def shown_comparison(table: pd.DataFrame, names: Sequence[Any] = ()) -> pd.DataFrame:
    """Return a comparison with the models' names, without columns that say nothing.

    Parameters
    ----------
    table : DataFrame
        Of ``likelihood.compare``.
    names : sequence, optional
        One for each model, such as its formula; those of the table where not given.

    Examples
    --------
    >>> import likelihood as lk
    >>> table = lk.compare(lk.Bernoulli.fit([1, 0], weights=[60, 40]), lk.Bernoulli(0.5))
    >>> shown_comparison(table, ["free", "fair"])["model"].tolist()
    ['free', 'fair']
    """
    shown = table.drop(columns=[name for name in _LEFT_OUT if name in table])
    shown["model"] = _named(table, names)
    if "status" in shown and shown["status"].isin(["OPTIMUM", ""]).all():
        shown = shown.drop(columns="status")
    empty = [name for name in ("lr_statistic", "lr_df", "lr_p_value") if shown[name].isna().all()]
    return shown.drop(columns=empty)


def _named(table: pd.DataFrame, names: Sequence[Any]) -> list[str]:
    """Return the names that are shown, numbered where they are not all different."""
    told = [shortened(name, _LONGEST) for name in (names or table["model"].tolist())]
    if len(set(told)) == len(told):
        return told
    return [f"{at}: {name}" for at, name in enumerate(told, start=1)]


def comparison_sentence(table: pd.DataFrame, names: Sequence[Any] = ()) -> str:
    """Return which model has the least AIC, by how much, and what the ratio tests find.

    Examples
    --------
    >>> import likelihood as lk
    >>> table = lk.compare(lk.Bernoulli.fit([1, 0], weights=[60, 40]), lk.Bernoulli(0.5))
    >>> print(comparison_sentence(table, ["free", "fair"]))
    Of 2 models free has the least AIC, 136.6, and fair the next, larger by 2.027. Likelihood-ratio test of fair against free: 4.027 on 1 df, p = 0.0448.
    """  # noqa: E501
    told = _named(table, names)
    order = [at for at in table["delta_aic"].argsort() if not math.isnan(table["aic"].iloc[at])]
    said = []
    if len(order) > 1:
        best, second = order[:2]
        said.append(
            f"Of {len(table)} models {told[best]} has the least AIC, "
            f"{number(float(table['aic'].iloc[best]))}, and {told[second]} the next, larger by "
            f"{number(float(table['delta_aic'].iloc[second]))}."
        )
    for name, row in zip(told, table.to_dict("records"), strict=True):
        if not math.isnan(row["lr_statistic"]):
            said.append(
                f"Likelihood-ratio test of {name} against {told[0]}: "
                f"{number(row['lr_statistic'])} on {number(row['lr_df'])} df, "
                f"{p_told(row['lr_p_value'])}."
            )
    return " ".join(said)


def comparison_to_text(table: pd.DataFrame, names: Sequence[Any] = ()) -> str:
    """Return a comparison for a terminal."""
    return frame_to_text(shown_comparison(table, names), rows=None, more="compare()")


def comparison_to_markdown(table: pd.DataFrame, names: Sequence[Any] = ()) -> str:
    """Return a comparison for a page, with a sentence about it."""
    shown = frame_to_markdown(shown_comparison(table, names), rows=None, longest=_LONGEST)
    return f"{shown}\n\n{markdown_escape(comparison_sentence(table, names))}"


def comparison_to_html(table: pd.DataFrame, names: Sequence[Any] = ()) -> str:
    """Return a comparison for a notebook."""
    return frame_to_html(shown_comparison(table, names), rows=None)
