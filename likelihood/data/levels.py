"""The levels of a factor: their order, the reference among them, and the level of each row."""

from __future__ import annotations

import itertools
import warnings
from collections.abc import Hashable
from typing import Any, NamedTuple

import numpy as np

from likelihood.data.grammar import Factor
from likelihood.data.labels import lookalikes
from likelihood.data.messages import listed, shown
from likelihood.data.tables import Entries
from likelihood.errors import DataError, FitWarning
from likelihood.family import Integers

#: A factor with more levels is warned of, and refused if they are more than half the rows too.
MANY_LEVELS = 50


class Levels(NamedTuple):
    """Labels in their order, and the position of the reference."""

    labels: tuple[Hashable, ...]
    reference: int

    def kept(self, reduced: bool) -> list[tuple[int, str]]:
        """Return the position of each level with a column of its own, and its part of the name."""
        return [
            (code, f"[T.{label}]" if reduced else f"[{label}]")
            for code, label in enumerate(self.labels)
            if not reduced or code != self.reference
        ]


def learn_levels(
    entries: Entries, text: str, reference: Hashable, most: int | None, notes: list[str]
) -> Levels:
    """Return the levels of a column: in its declared order without unused ones, or sorted.

    Raises
    ------
    DataError
        The column cannot have levels, has one alone or too many, or the reference is not one.
    """
    labels = _labels(entries, text, notes)
    count, rows = len(labels), len(entries.values)
    if count < 2:
        raise DataError(f"{text} has one level only, {shown(labels[0])}; leave that term out.")
    # A grouped table has few rows, and a factor of it may well have as many levels.
    limit = max(MANY_LEVELS, rows // 2) if most is None else most
    if count > limit:
        raise DataError(
            f"{text} has {count:,} levels in {rows:,} rows, the bound is {limit:,}; is it an id? "
            f"Leave that term out, or merge levels."
        )
    if count > MANY_LEVELS and most is None:
        note = f"{text} has {count} levels, each with a coefficient; check that it is no id."
        notes.append(note)
        warnings.warn(note, FitWarning, stacklevel=2)
    notes += [f"{text}: {note}" for note in lookalikes(labels)]
    return Levels(labels, 0 if reference is None else _position(reference, labels, text))


def _labels(entries: Entries, text: str, notes: list[str]) -> tuple[Hashable, ...]:
    values: list[Any] = entries.values.tolist()
    if entries.kind in ("number", "truth"):
        return tuple(np.unique(entries.values).tolist())
    if entries.kind != "label":
        raise DataError(
            f"{text} needs a column of text, numbers or a categorical one, got {entries.dtype}; "
            f"convert it."
        )
    present = set(values)
    if entries.levels is None:
        return tuple(sorted(present))
    unused = [level for level in entries.levels if level not in present]
    if unused:
        notes.append(f"{text} never takes the level {listed(unused)}, dropped.")
    return tuple(level for level in entries.levels if level in present)


def _position(reference: Hashable, labels: tuple[Hashable, ...], text: str) -> int:
    if reference in labels:
        return labels.index(reference)
    # A command line has only text for the level 1974.
    as_text = [str(label) for label in labels]
    if isinstance(reference, str) and as_text.count(reference) == 1:
        return as_text.index(reference)
    raise DataError(
        f"the reference {shown(reference)} is not a level of {text}, which are {listed(labels)}; "
        f"choose one of these."
    )


def codes_of(entries: Entries, levels: Levels, factor: Factor, numbers: Integers) -> Integers:
    """Return the position of each row's level.

    Raises
    ------
    DataError
        A row has a level that the fit did not see.
    """
    position = {label: code for code, label in enumerate(levels.labels)}
    values = entries.values.tolist()
    try:
        # Without a frame of Python for each row.
        found = map(position.get, values, itertools.repeat(-1))
        codes: Integers = np.fromiter(found, dtype=np.intp, count=len(values))
    except TypeError:
        raise DataError(
            f"{factor.text} needs a column of text, numbers or a categorical one, got "
            f"{entries.dtype}; convert it."
        ) from None
    if (codes < 0).any():
        at = int((codes < 0).argmax())
        raise DataError(
            f"column {listed(factor.used)} has the level {shown(values[at])} at row {numbers[at]}, "
            f"which {factor.text} did not have at the fit ({listed(levels.labels)}); drop that "
            f"row, or fit with rows of that level."
        )
    return codes
