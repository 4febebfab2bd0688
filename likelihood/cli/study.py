"""What a study of the demonstration is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

from likelihood.cli import output


class Finding(NamedTuple):
    """The fit of a study, what it answers, and what else is printed below it.

    Attributes
    ----------
    result : Outcome
    answer : str
        One sentence or more.
    more : str
        Lines that follow the result, ending with a line end; "" for none.
    """

    result: output.Outcome
    answer: str
    more: str = ""


@dataclass(frozen=True)
class Study:
    """One data set: its folder, what it is called, what was asked, and how it is answered."""

    folder: str
    title: str
    question: str
    source: str
    found: Callable[[], Finding]
