"""The fit of a distribution as a command shows it."""

from __future__ import annotations

import math
import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likelihood.report.labels import label

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

_WIDEST = 1000
_SIMULTANEOUS = ("goodman", "quesenberry-hurst", "sison-glaz")


@dataclass(frozen=True)
class Test:
    """A test of a hypothesis: its name, the hypothesis, and the result.

    ``against`` is the hypothesis as it was asked for, ``phrase`` as a noun phrase for reports;
    a null of None stands for one that fixes no parameter.
    """

    title: str
    null: Any
    result: pd.Series[Any]
    against: str = ""
    phrase: str = ""


@dataclass(frozen=True)
class SampleResult:
    """A fit as a command shows it.

    Attributes
    ----------
    fit : DistributionFit
    heading : str
        Of the first column of the table.
    observations : str
        What was observed, as in "10,000 tosses, 5,067 of them 'H'".
    level : float
        Coverage of the intervals.
    interval : str or None
        A method of ``confint``; the default of the distribution where None.
    terms : tuple of str, optional
        Names for the rows of the table, where they are not those of ``tidy``.
    test : Test, optional
    """

    fit: DistributionFit
    heading: str
    observations: str
    level: float = 0.95
    interval: str | None = None
    terms: tuple[str, ...] = ()
    test: Test | None = None

    def tidy(self) -> pd.DataFrame:
        """Return the table of estimates as the library gives it."""
        null = None if self.test is None or not self.fit.distribution.labels else self.test.null
        return self.fit.tidy(self.level, self.interval, null=null)

    def text(self, quiet: bool = False) -> str:
        """Return a table, the verdict and the test, without a control character in any label."""
        from likelihood.report.formatting import frame_to_text
        from likelihood.report.wording import interval_note, verdict_sentence

        # Never folded into blocks: a line that is too long for a terminal is still one row.
        table = frame_to_text(_table(self), rows=None, width=_WIDEST)
        if quiet:
            return f"{table}\n"
        sentences = [
            f"{self.observations}.",
            verdict_sentence(self.fit),
            *(label(note, None) for note in self.fit.verdict.notes),
            interval_note(self.fit, self.level, self.interval),
        ]
        lines = [line for sentence in sentences for line in textwrap.wrap(sentence, 80)]
        if self.test is not None:
            lines.append(test_sentence(self.test))
        return "\n".join([table, "", *lines, ""])

    def described(self) -> dict[str, Any]:
        """Return what the JSON document holds, besides rows and what every fit has."""
        test = self.test
        return {
            "observations": self.observations,
            "level": self.level,
            "interval": self.interval or next(iter(self.fit.distribution.interval_methods)),
            "test": None
            if test is None
            else {"title": test.title, "null": test.null, **test.result.to_dict()},
        }

    def report_options(self) -> dict[str, Any]:
        """Return what a report of this takes besides its title and source."""
        null, phrase = (None, "") if self.test is None else (self.test.null, self.test.phrase)
        return {
            "null": null, "null_name": phrase, "level": self.level, "interval": self.interval,
        }  # fmt: skip


def test_sentence(test: Test) -> str:
    """Return a test on one line."""
    from likelihood.report.formatting import number
    from likelihood.report.wording import p_told

    p = float(test.result["p_value"])
    return (
        f"{test.title} against {test.against or test.null}: "
        f"statistic {number(test.result['statistic'])}, "
        f"df {number(test.result['df'])}, {p_told(p)}."
    )


def _table(result: SampleResult) -> pd.DataFrame:
    """Return the columns that a person reads first, the interval as one of them."""
    import pandas as pd

    from likelihood.report.formatting import number
    from likelihood.report.wording import percent

    tidy = result.tidy()
    estimates, intervals = [], []
    for value, low, high, error in tidy[
        ["estimate", "conf_low", "conf_high", "std_error"]
    ].itertuples(index=False):
        estimates.append(number(value, error))
        intervals.append(
            "" if math.isnan(low) else f"[{number(low, error)}, {number(high, error)}]"
        )
    chosen = result.interval or next(iter(result.fit.distribution.interval_methods))
    kind = "simultaneous interval" if chosen in _SIMULTANEOUS else "interval"
    # Numbers that are already text are on the right only if they are put there.
    width = max(map(len, ["estimate", *estimates]))
    columns: dict[str, Any] = {result.heading: list(result.terms) or tidy["term"].tolist()}
    if "count" in tidy:
        columns["count"] = tidy["count"].tolist()
    columns["estimate".rjust(width)] = [estimate.rjust(width) for estimate in estimates]
    columns[f"{percent(result.level).replace(' ', '')} {kind}"] = intervals
    return pd.DataFrame(columns)
