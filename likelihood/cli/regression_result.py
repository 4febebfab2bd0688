"""The fit of a regression as a command shows it."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likelihood.cli.spelling import spoken
from likelihood.report.labels import label

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

_WIDEST = 1000
_LINE = 80


@dataclass(frozen=True)
class RegressionResult:
    """A regression with what was asked of its table.

    Attributes
    ----------
    fit : Fit
    level : float
        Coverage of the intervals.
    interval : str or None
        A method of ``confint``; the default of the model where None.
    covariance : str
        The standard errors: "information", "HC0" to "HC3" or "cluster".
    groups : (n,) array, optional
        The cluster of every row in use.
    exponentiate : bool
        Whether the table has ratios with their intervals.
    """

    fit: Fit
    level: float = 0.95
    interval: str | None = None
    covariance: str = "information"
    groups: Any = None
    exponentiate: bool = False

    @property
    def method(self) -> str:
        """The name of the intervals."""
        return self.interval or intervals_of(self.fit.model)[0]

    def tidy(self) -> pd.DataFrame:
        """Return the table of estimates as the library gives it."""
        return self.fit.tidy(
            self.level, self.interval, covariance=self.covariance, groups=self.groups,
            exponentiate=self.exponentiate,
        )  # fmt: skip

    def text(self, quiet: bool = False) -> str:
        """Return a table and the verdict, without a control character in any label."""
        from likelihood.report.formatting import frame_to_text

        tidy = self.tidy()
        # Never folded into blocks: a line that is too long for a terminal is still one row.
        table = frame_to_text(_table(tidy, self.level), rows=None, width=_WIDEST)
        if quiet:
            return f"{table}\n"
        lines = [line for told in self._told(tidy) for line in textwrap.wrap(told, _LINE)]
        return "\n".join([table, "", *lines, ""])

    def described(self) -> dict[str, Any]:
        """Return what the JSON document holds, besides rows and what every fit has."""
        facts = self.fit.facts
        described: dict[str, Any] = {
            "formula": None if facts.formula is None else facts.formula.formula,
            "response": facts.response,
        }
        if facts.classes is not None:
            described["classes"] = list(facts.classes)
            described["reference"] = facts.base
        if self.fit.model == "LogisticRegression":
            described["event"] = facts.responses[0]
        return described | {
            "level": self.level,
            "interval": self.method,
            "covariance": self.covariance,
            "exponentiate": self.exponentiate,
        }

    def report_options(self) -> dict[str, Any]:
        """Return what a report of this takes besides its title and source."""
        return {"level": self.level, "interval": self.interval}

    def _told(self, tidy: pd.DataFrame) -> list[str]:
        """Return the sentences below the table."""
        from likelihood.report.regression import verdicts, wording
        from likelihood.report.regression.view import RegressionView

        fit = self.fit
        view = RegressionView(self.level, self.interval, exponentiate=self.exponentiate)
        about = wording.modelled(fit)
        told = [
            f"{wording.heading(fit)}.",
            f"{about[:1].upper()}{about[1:]}.",
            verdicts.verdict_sentence(fit),
            *(label(note, None) for note in fit.verdict.notes),
            *(wording.FLAGS[flag] for flag in wording.FLAGS if _flagged(tidy, flag)),
        ]
        told += [f"{line[:1].upper()}{line[1:]}." for line in wording.statistics(_glance(fit))]
        told.append(wording.interval_note(fit, view, self.covariance))
        return [spoken(sentence) for sentence in told]


def intervals_of(model: str) -> tuple[str, ...]:
    """Return the names of a regression's intervals, the default first.

    Examples
    --------
    >>> intervals_of("LinearRegression"), intervals_of("PoissonRegression")
    (('t', 'wald', 'profile'), ('wald', 'profile'))
    """
    return ("t", "wald", "profile") if model == "LinearRegression" else ("wald", "profile")


def _glance(fit: Fit) -> dict[Any, Any]:
    return dict(fit.glance().iloc[0].to_dict())


def _flagged(tidy: pd.DataFrame, flag: str) -> bool:
    return bool((tidy["flag"] == flag).any())


def _table(tidy: pd.DataFrame, level: float) -> pd.DataFrame:
    """Return the columns that a person reads first, the interval as one of them."""
    import pandas as pd

    from likelihood.report.formatting import number
    from likelihood.report.wording import percent

    columns: dict[str, Any] = {"term": [str(term) for term in tidy["term"]]}
    if "response" in tidy:
        columns = {"response": [str(outcome) for outcome in tidy["response"]], **columns}
    columns |= _right("estimate", map(number, tidy["estimate"], _spreads(tidy)))
    for name in ("std_error", "statistic", "p_value"):
        columns[name] = tidy[name].tolist()
    low, high, spreads = tidy["conf_low"], tidy["conf_high"], _spreads(tidy)
    told = f"{percent(level).replace(' ', '')} interval"
    if "ratio" in tidy:
        # A ratio has no standard error to be read against.
        low, high, spreads = tidy["ratio_low"], tidy["ratio_high"], [0.0] * len(tidy)
        columns |= _right("ratio", map(number, tidy["ratio"]))
        told += " of the ratio"
    columns[told] = [
        "" if math.isnan(a) and math.isnan(b) else f"[{number(a, error)}, {number(b, error)}]"
        for a, b, error in zip(low, high, spreads, strict=True)
    ]
    if (tidy["flag"] != "").any():
        columns["flag"] = tidy["flag"].tolist()
    return pd.DataFrame(columns)


def _spreads(tidy: pd.DataFrame) -> list[float]:
    return [0.0 if math.isnan(error) else error for error in tidy["std_error"].tolist()]


def _right(heading: str, cells: Iterable[str]) -> dict[str, list[str]]:
    """Return a column of numbers that are text already: on the right only if they are put there."""
    texts = list(cells)
    width = max(map(len, [heading, *texts]))
    return {heading.rjust(width): [text.rjust(width) for text in texts]}
