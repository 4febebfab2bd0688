"""Figures of one case: who counts, medians, and ratios to the library's."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.speed_accuracy import MATCHED
from benchmarks.speed_cases import Case
from benchmarks.speed_peers import BY_NAME, LOOP, OURS


@dataclass(frozen=True)
class Figures:
    """What is known of one peer in one case.

    Attributes
    ----------
    name, group : str
    best, middle : float or None
        Seconds; None where there are none.
    gradient, std_error : float or None
        As ``speed_accuracy.reached`` gives them.
    memory : int or None
        Bytes beyond the data at the peak.
    said : str
        Why there are no figures.
    """

    name: str
    group: str
    best: float | None
    middle: float | None
    gradient: float | None
    std_error: float | None
    memory: int | None
    said: str

    @property
    def counts(self) -> bool:
        """Whether it has reached the maximum, so that its time may be compared.

        Examples
        --------
        >>> Figures("a", "a", 1.0, 1.0, 1e-7, None, None, "").counts
        True
        """
        # Not a number is not matched.
        return self.middle is not None and self.gradient is not None and self.gradient <= MATCHED


def figures(found: dict[str, Any]) -> list[Figures]:
    """Return the figures of the peers of a case, in the order in which they were measured."""
    return [
        Figures(
            name=name,
            group=BY_NAME[name].group if name in BY_NAME else name,
            best=min(row["seconds"], default=None),
            middle=median(row["seconds"]) if row["seconds"] else None,
            gradient=row.get("gradient"),
            std_error=row.get("std_error"),
            memory=row.get("memory"),
            said=row.get("said", ""),
        )
        for name, row in found["rows"].items()
    ]


def case_of(found: dict[str, Any]) -> Case:
    """Return the case that was measured."""
    return Case(**found["case"])


def ours(rows: list[Figures]) -> Figures | None:
    """Return the library's figures, None where it has no time that counts."""
    return next((row for row in rows if row.name == OURS and row.counts), None)


def rival(rows: list[Figures], group: str | None = None) -> Figures | None:
    """Return the fastest that counts, of one package or of all but the library and the loop."""
    others = [
        row
        for row in rows
        if row.counts and (row.group == group if group else row.group not in (OURS, LOOP))
    ]
    return min(others, key=lambda row: row.middle or 0.0, default=None)


def ratio(rows: list[Figures], group: str | None = None) -> float | None:
    """Return a rival's median time over the library's, None where either has none.

    Examples
    --------
    >>> def row(name, group, seconds):
    ...     return Figures(name, group, seconds, seconds, 0.0, None, None, "")
    >>> rows = [row("likelihood", "likelihood", 2.0), row("glum", "glum", 5.0)]
    >>> ratio(rows), ratio(rows, "statsmodels")
    (2.5, None)
    """
    own, other = ours(rows), rival(rows, group)
    if own is None or other is None or not own.middle or other.middle is None:
        return None
    return other.middle / own.middle
