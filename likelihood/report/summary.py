"""The summary of a fit, for a terminal and for a notebook (level 9)."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likelihood.report import wording
from likelihood.report.formatting import TERMINAL, frame_to_html, frame_to_text
from likelihood.report.labels import html_escape, label
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

#: Of the notebook's view, in bytes: it is kept in the notebook's file.
LARGEST_HTML = 10_000

#: Dark enough on white and light enough on black to be read (contrast of 4.5 on both is not
#: attainable, so the status is a word first and a colour second).
_COLOURS = {Status.OPTIMUM: "#1a7f4b", Status.BOUNDARY: "#b26a00"}
_BAD = "#c62828"


@dataclass(frozen=True, repr=False)
class Summary:
    """What to read first about a fit: verdict, estimates, fit, and how the intervals are made.

    Attributes
    ----------
    heading, verdict, fit_line, footnote : str
        One line each, without control characters; ``verdict`` begins with the status in words.
    status : Status
    table : DataFrame
        As ``tidy`` gives it, without a column of flags where there are none.
    notes : tuple of str

    Examples
    --------
    >>> import likelihood as lk
    >>> print(lk.Bernoulli.fit([0] * 10).summary())
    Bernoulli: 10 rows used, 0 dropped
    On the boundary. prob is 0, on the edge of its range.
    <BLANKLINE>
    term  estimate  std_error  conf_low  conf_high  flag
    prob         0          0         0     0.2775  boundary
    <BLANKLINE>
    log-likelihood 0, AIC 2, BIC 2.303, 1 parameter
    95 % interval: Wilson (1927).
    """

    heading: str
    status: Status
    verdict: str
    table: pd.DataFrame
    fit_line: str
    footnote: str
    notes: tuple[str, ...]

    @classmethod
    def of(
        cls,
        fit: DistributionFit,
        level: float = 0.95,
        interval: str | None = None,
        *,
        null: Any = None,
    ) -> Summary:
        """Return the summary of a fit; the arguments are those of ``tidy``."""
        table = fit.tidy(level, interval, null=null)
        if (table["flag"] == "").all():
            table = table.drop(columns="flag")
        return cls(
            wording.heading(fit),
            fit.verdict.status,
            wording.verdict_sentence(fit),
            table,
            wording.fit_line(fit),
            wording.interval_note(fit, level, interval),
            tuple(label(note, None) for note in fit.verdict.notes),
        )

    def __str__(self) -> str:
        parts = [
            "\n".join([self.heading, *_wrapped(self.verdict)]),
            frame_to_text(self.table),
            "\n".join(sum(map(_wrapped, [self.fit_line, self.footnote, *self.notes]), [])),
        ]
        return "\n\n".join(parts)

    __repr__ = __str__

    def _repr_html_(self) -> str:
        # Labels may be long, and escaping makes them up to six times longer; the table gives way.
        for rows, longest, words in ((20, 60, 1000), (20, 20, 400), (10, 10, 100)):
            html = self._html(rows, longest, words)
            if len(html.encode()) < LARGEST_HTML:
                break
        return html

    def _html(self, rows: int, longest: int, words: int) -> str:
        colour = _COLOURS.get(self.status, _BAD)
        status, _, rest = self.verdict.partition(". ")
        notes = "".join(f"<p>{html_escape(note, words)}</p>" for note in self.notes)
        return (
            f"<div><p><strong>{html_escape(self.heading, None)}</strong></p>"
            f'<p><strong style="color:{colour}">{html_escape(status)}.</strong> '
            f"{html_escape(rest, words)}</p>"
            f"{frame_to_html(self.table, rows=rows, longest=longest)}"
            f"<p>{html_escape(self.fit_line, None)}</p>"
            f"<p><small>{html_escape(self.footnote, None)}</small></p>{notes}</div>"
        )


def _wrapped(sentence: str) -> list[str]:
    # A label inside may be longer than the line; it is broken rather than left to overflow.
    return textwrap.wrap(sentence, TERMINAL) or [""]
