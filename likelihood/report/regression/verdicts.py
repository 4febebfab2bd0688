"""What a regression's verdict means for its numbers, in sentences (level 9)."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from likelihood.report.digits import count
from likelihood.report.labels import label
from likelihood.report.regression.wording import names, quoted
from likelihood.report.wording import STATUS, plural
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit


def verdict_sentence(fit: Fit) -> str:
    """Return the verdict in words, on one line without control characters.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [1.0], [2.0]], [1, 1, 4]).result_
    >>> print(verdict_sentence(fit).split(":")[0])
    Optimum. The maximum is here
    """
    verdict = fit.verdict
    return f"{STATUS[verdict.status]}. {label(verdict.explanation, None)}"


def consequences(fit: Fit) -> list[str]:
    """Return what a reader of the tables has to know because of the verdict, one item each.

    A fit that ended at its maximum has none; otherwise each flag that occurs has its own,
    whatever the verdict was named after.
    """
    if fit.verdict.status is Status.NOT_CONVERGED:
        return [
            "The estimates are where the search stopped, not a maximum: no standard errors, "
            "tests, intervals or information criteria are given. Raise max_iter, rescale the "
            'columns, or use method="newton".'
        ]
    table = fit.tidy()
    said = []
    flags = table["flag"].astype(str)
    if (infinite := table[flags == "infinite"]).size:
        said += _separated(fit, infinite, table[np.isfinite(table["estimate"])])
    if (aliased := table[flags == "aliased"]).size:
        said.append(_aliased(aliased))
    if (edge := table[flags == "boundary"]).size or fit.verdict.status is Status.BOUNDARY:
        said.append(_boundary(fit, edge))
    if (doubted := table[flags == "wald_unreliable"]).size:
        said.append(
            f"{_coefficients(doubted)}: Wald's p-value and interval are not to be relied on "
            f'(Hauck & Donner 1977): use interval="profile" and a likelihood-ratio test.'
        )
    return said


def _separated(fit: Fit, table: pd.DataFrame, finite: pd.DataFrame) -> list[str]:
    signs = []
    for sign, what in ((1.0, "+infinity"), (-1.0, "-infinity")):
        part = table[np.sign(table["estimate"]) == sign]
        if len(part):
            signs.append(f"{_coefficients(part)} {_tend(part)} to {what}")
    unknown = table[table["estimate"].isna()]
    if len(unknown):
        signs.append(
            f"{_coefficients(unknown)} {_tend(unknown)} to infinity with a sign that the data "
            f"do not determine"
        )
    said = " ".join(f"{sentence}." for sentence in signs)
    if len(finite):
        said += (
            " The other coefficients are those of the limiting model that is reached on the way, "
            "with its standard errors."
        )
    return [said, *_certain(fit)]


def _certain(fit: Fit) -> list[str]:
    """Return where the limit leaves nothing to chance, as far as the rows are known."""
    found = certain_rows(fit)
    if found is None:
        return []

    def among(rows: int) -> str:
        if rows == found.used:
            return f"all {count(found.used)} rows"
        return f"{count(rows)} of the {count(found.used)} rows"

    if fit.model == "PoissonRegression":
        return [f"In the limit the mean is exactly 0 in {among(found.certain)}."]
    said = f"In the limit the observed class has probability exactly 1 in {among(found.certain)}"
    if found.excluding > found.certain:
        said += f", and some class exactly 0 in {among(found.excluding)}"
    return [f"{said}."]


def _tend(table: pd.DataFrame) -> str:
    return "tends" if len(table) == 1 else "tend"


class Certain(NamedTuple):
    """Numbers of rows: those with weight, those with a single outcome, with one excluded."""

    used: int
    certain: int
    excluding: int


def certain_rows(fit: Fit) -> Certain | None:
    """Return in how many rows the limit decides the outcome, or excludes a class.

    None where the data are not separated or the rows are not at hand (a loaded model).

    Examples
    --------
    >>> import warnings
    >>> import likelihood as lk
    >>> with warnings.catch_warnings():
    ...     warnings.simplefilter("ignore", lk.FitWarning)
    ...     fit = lk.LogisticRegression().fit([[1.0], [2.0], [2.0], [3.0]], [0, 0, 1, 1]).result_
    >>> certain_rows(fit)
    Certain(used=4, certain=2, excluding=2)
    """
    apart = fit.record.separation
    if apart is None or fit.rows is None:
        return None
    used = np.asarray(fit.rows.weights) > 0
    certain = used & ~apart.face
    excluding = used & ~apart.remaining.all(axis=1)
    return Certain(*(int(np.count_nonzero(rows)) for rows in (used, certain, excluding)))


def _aliased(table: pd.DataFrame) -> str:
    them = "it" if len(table) == 1 else "them"
    return (
        f"{_coefficients(table)} {'is' if len(table) == 1 else 'are'} not identified: many values "
        f"of {them} give the same likelihood. Predictions, the log-likelihood and the other "
        f"coefficients, given that {them} {'is' if len(table) == 1 else 'are'} left out, stand."
    )


def _boundary(fit: Fit, table: pd.DataFrame) -> str:
    if fit.model == "LinearRegression" and fit.record.exact:
        return (
            "The columns reproduce the response to its last digits: the residual standard "
            "deviation is 0, so there are no tests and no information criteria. Check that no "
            "column was made from the response."
        )
    whose = f"{_coefficients(table)} lies" if len(table) == 1 else "The estimate lies"
    return f"{whose} on the edge of what is possible: its interval is one-sided."


def _coefficients(table: pd.DataFrame) -> str:
    """Return the coefficients of some rows of ``tidy`` by name, grouped by response."""
    if "response" not in table:
        terms = table["term"].tolist()
        return f"{plural('coefficient', len(terms)).capitalize()} {names(terms)}"
    groups = []
    for response, part in table.groupby("response", sort=False):
        groups.append(f"{names(part['term'].tolist())} for {quoted(response)}")
        if len(groups) == 4:
            break
    left = table["response"].nunique() - len(groups)
    more = f" and those of {left} more {plural('class', left)}" if left else ""
    return f"{plural('coefficient', len(table)).capitalize()} {'; '.join(groups)}{more}"
