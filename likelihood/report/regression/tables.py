"""Tables of a regression as they are shown: flags as marks, classes as groups (level 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from likelihood.report.labels import label, told_apart
from likelihood.report.regression.view import RATIOS, RegressionView
from likelihood.report.regression.wording import FLAGS, quoted, response

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

_MARKS = "abcdefgh"


class Group(NamedTuple):
    """The coefficients of one response of a softmax regression, or all of any other."""

    heading: str
    table: pd.DataFrame


def marked(table: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return a table whose flags are letters, and the footnotes of these.

    Examples
    --------
    >>> import pandas as pd
    >>> shown, notes = marked(pd.DataFrame({"term": ["a", "b"], "flag": ["", "boundary"]}))
    >>> shown["note"].tolist(), notes
    (['', 'a'], ('a boundary: on the edge of its range.',))
    """
    flags = [str(flag) for flag in table["flag"]]
    found = [flag for flag in dict.fromkeys(flags) if flag]
    table = table.drop(columns="flag")
    if not found:
        return table, ()
    letters = dict(zip(found, _MARKS, strict=False))
    notes = tuple(f"{letters.get(flag, '')} {FLAGS.get(flag, label(flag))}" for flag in found)
    return table.assign(note=[letters.get(flag, "") for flag in flags]), notes


def groups(fit: Fit, table: pd.DataFrame) -> Iterator[Group]:
    """Return the coefficients response by response; a single group where there is but one."""
    table = table.drop(columns=[name for name in ("reference",) if name in table])
    if "response" not in table:
        yield Group("", table)
        return
    name = response(fit)
    for outcome, part in table.groupby("response", sort=False):
        yield Group(f"{name} = {quoted(outcome)}", part.drop(columns="response"))


def ratios(fit: Fit, view: RegressionView) -> pd.DataFrame | None:
    """Return the slopes as ratios with their intervals; None for a linear regression."""
    if fit.model not in RATIOS:
        return None
    table = view.tidy(fit, exponentiate=True)
    table = slopes(fit, table)
    kept = [
        name for name in ("term", "response", "ratio", "ratio_low", "ratio_high") if name in table
    ]
    return table[kept].reset_index(drop=True)


def slopes(fit: Fit, table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of ``tidy`` without the intercepts, which come first for each response."""
    if not fit.facts.intercept:
        return table
    # By place and not by name: a column may be called intercept too.
    return table[np.arange(len(table)) % len(fit.facts.terms) != 0]


def shortened_terms(table: pd.DataFrame, longest: int) -> pd.DataFrame:
    """Return a table with its terms cut to a length, told apart as well as that allows."""
    return table.assign(term=told_apart(table["term"].tolist(), longest))
