"""The summary of a fit, for a terminal and for a notebook (level 9)."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from likelihood.report import wording
from likelihood.report.formatting import SHOWN, TERMINAL, frame_to_html, frame_to_text
from likelihood.report.labels import html_escape, label
from likelihood.results import Fit
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
#: Lines of the shortest form, and characters of a term that a table always has room for.
_BRIEF, _LEAST_TERM = 12, 12
#: Notes that the notebook's view has room for.
_NOTES = 10


@dataclass(frozen=True, repr=False, eq=False)
class Summary:
    """What to read first about a fit: verdict, estimates, fit, and how the intervals are made.

    Attributes
    ----------
    heading, verdict, fit_line, footnote : str
        One line each, without control characters; ``verdict`` begins with the status in words.
    status : Status
    table : DataFrame
        As ``tidy`` gives it, without a column of flags where there are none; a regression's
        flags are letters, explained in ``remarks``.
    notes : tuple of str
    about : str
        What a regression's coefficients are about; empty for a sample.
    more_lines, remarks : tuple of str
        Further statistics of the fit, and what the letters beside coefficients stand for.

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
    about: str = ""
    more_lines: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        fit: DistributionFit | Fit,
        level: float = 0.95,
        interval: str | None = None,
        *,
        null: Any = None,
    ) -> Summary:
        """Return the summary of a fit; the arguments are those of ``tidy``."""
        if isinstance(fit, Fit):
            return cls._of_regression(fit, level, interval)
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

    @classmethod
    def _of_regression(cls, fit: Fit, level: float, interval: str | None) -> Summary:
        from likelihood.report.regression import tables, verdicts
        from likelihood.report.regression import wording as told
        from likelihood.report.regression.view import RegressionView

        view = RegressionView(level, interval)
        table, remarks = tables.marked(view.tidy(fit))
        first, *others = told.statistics(fit.glance().iloc[0].to_dict())
        name = told.response(fit)
        if "response" in table:
            table["response"] = [
                f"{name} = {told.quoted(outcome)}" for outcome in table["response"]
            ]
            table = table.drop(columns="reference", errors="ignore")
        return cls(
            told.heading(fit),
            fit.verdict.status,
            verdicts.verdict_sentence(fit),
            table,
            first,
            told.interval_note(fit, view),
            tuple(label(note, None) for note in fit.verdict.notes),
            told.modelled(fit),
            tuple(others),
            remarks,
        )

    def __str__(self) -> str:
        opening = [self.heading, self.verdict, *filter(None, [self.about])]
        closing = [
            *self.remarks, self.fit_line, *self.more_lines, self.footnote, *self.notes,
        ]  # fmt: skip
        return "\n\n".join([
            "\n".join(line for said in opening for line in _wrapped(said)),
            *self._blocks(),
            "\n".join(line for said in closing for line in _wrapped(said)),
        ])  # fmt: skip

    __repr__ = __str__

    def brief(self) -> str:
        """Return the summary in at most 12 lines: what a prompt shows of a fit.

        Examples
        --------
        >>> import likelihood as lk
        >>> print(lk.Bernoulli.fit([1, 0, 1]).summary().brief())
        Bernoulli: 3 rows used, 0 dropped
        Optimum. The maximum is here: the estimate is within 1e-08 standard errors of it.
        term  estimate  std_error  conf_low  conf_high
        prob    0.6667     0.2722    0.2077     0.9385
        log-likelihood -1.910, AIC 5.819, BIC 4.918, 1 parameter
        """
        opening = [line for said in (self.heading, self.verdict) for line in _wrapped(said)]
        closing = _wrapped(self.fit_line)
        # Long sentences give way to the table, and the table to neither.
        opening = opening[:5] if len(opening) <= 5 else [*opening[:4], f"{opening[4][:78]} …"]
        room = _BRIEF - len(opening) - len(closing)
        table = self._text(self.table).split("\n")
        if len(table) > room:
            hidden = len(table) - (room - 1)
            table = [*table[: room - 1], f"... {hidden} more in .summary()"]
        return "\n".join([*opening, *table, *closing])

    def _grouped(self) -> list[tuple[str, pd.DataFrame]]:
        """Return the table by response, where it has several, each with what it is about."""
        if not self.about or "response" not in self.table:
            return [("", self.table)]
        parts = self.table.groupby("response", sort=False)
        return [(str(name), part.drop(columns="response")) for name, part in parts]

    def _blocks(self) -> list[str]:
        """Return the tables as text; of many coefficients the first few."""
        if not self.about:
            return [frame_to_text(self.table)]
        blocks, room = [], SHOWN
        for name, part in self._grouped():
            shown = self._text(part.head(room))
            blocks.append("\n".join([*_wrapped(name), shown]) if name else shown)
            room -= min(len(part), room)
            if not room:
                break
        left = len(self.table) - SHOWN
        return [*blocks, f"... {left} more in .tidy()"] if left > 0 else blocks

    def _text(self, table: pd.DataFrame) -> str:
        """Return a table within the width of a terminal, its terms cut as far as that needs."""
        if not self.about:
            return frame_to_text(table)
        from likelihood.report.regression.tables import shortened_terms

        others = frame_to_text(table.drop(columns="term"), rows=None, width=10 * TERMINAL)
        taken = max(map(len, others.split("\n")))
        # Columns stand two apart there, and one apart is enough.
        room = TERMINAL - taken + table.shape[1] - 3
        return frame_to_text(shortened_terms(table, max(room, _LEAST_TERM)), rows=None)

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
        about = f"<p>{html_escape(self.about, words)}</p>" if self.about else ""
        lines = [self.fit_line, *self.more_lines]
        small = [*self.remarks, self.footnote]
        notes = "".join(f"<p>{html_escape(note, words)}</p>" for note in self.notes[:_NOTES])
        return (
            f"<div><p><strong>{html_escape(self.heading, words)}</strong></p>"
            f'<p><strong style="color:{colour}">{html_escape(status)}.</strong> '
            f"{html_escape(rest, words)}</p>{about}"
            f"{self._html_tables(rows, longest)}"
            f"<p>{'<br>'.join(html_escape(line, None) for line in lines)}</p>"
            f"<p><small>{'<br>'.join(html_escape(line, None) for line in small)}</small></p>"
            f"{notes}</div>"
        )

    def _html_tables(self, rows: int, longest: int) -> str:
        """Return the tables in HTML, of many coefficients the first few."""
        if not self.about:
            return frame_to_html(self.table, rows=rows, longest=longest)
        from likelihood.report.regression.tables import shortened_terms

        made, room = [], rows
        for name, part in self._grouped():
            shown = shortened_terms(part.head(room), longest)
            made.append(frame_to_html(shown, caption=label(name, longest + 60), rows=None))
            room -= len(shown)
            if not room:
                break
        left = len(self.table) - rows
        return "".join(made) + (f"<p>... {left} more in .tidy()</p>" if left > 0 else "")


def _wrapped(sentence: str) -> list[str]:
    # A label inside may be longer than the line; it is broken rather than left to overflow.
    return textwrap.wrap(sentence, TERMINAL) or [""]
