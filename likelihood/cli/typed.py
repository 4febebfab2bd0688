"""Fields to values: a column is numbers if every field is one, else labels.

There are no guesses: true, 1974-05-01 and NA are labels like any other.  A column that is all
numbers but for what other programs write for a missing value is refused, since as labels it would
enter a model as a factor, and as missing it would lose rows, both without a word.
"""

from __future__ import annotations

import math
import re
from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.cli.delimited import NOT_AVAILABLE, SEPARATOR, Layout, number_like
from likelihood.cli.reading import LARGEST_COUNT, Source, shown


@dataclass(frozen=True)
class Values:
    """A column with its values.

    Attributes
    ----------
    values : (n,) array
        int64, float64, or objects (labels as text); a filler where missing.
    missing : (n,) array of bool
    notes : tuple of str
        What a reader should know.
    """

    values: NDArray[Any]
    missing: NDArray[np.bool_]
    notes: tuple[str, ...] = ()

    @property
    def numeric(self) -> bool:
        """Whether these are numbers."""
        return self.values.dtype.kind in "if"

    def as_series(self) -> Any:
        """Return them for a pandas table: whole numbers stay whole beside missing ones."""
        import pandas as pd

        if not self.missing.any():
            return self.values
        if self.values.dtype.kind == "i":
            return pd.arrays.IntegerArray(self.values, self.missing)
        if self.numeric:
            return np.where(self.missing, math.nan, self.values)
        labels = self.values.copy()
        labels[self.missing] = None
        return labels


def typed(
    name: str,
    texts: Sequence[str],
    lines: Sequence[int],
    layout: Layout,
    source: Source,
    labels: bool = False,
) -> Values:
    r"""Return the values of a column.

    Parameters
    ----------
    name : str
    texts : sequence of str
        Fields parted by ``SEPARATOR``, as ``Fields`` has them.
    lines : sequence of int
        The line of each field.
    layout : Layout
    source : Source
        For messages.
    labels : bool
        Whether the fields are labels even if they look like numbers.

    Raises
    ------
    InputError
        A number is infinite or beyond double precision; numbers stand beside "NA" and the like.

    Examples
    --------
    >>> import io
    >>> source = Source(io.BytesIO(), "data")
    >>> typed("x", ["1\0002.5", ""], [2, 3, 4], Layout(), source)
    Values(values=array([1. , 2.5, 0. ]), missing=array([False, False,  True]), notes=())
    """
    text = SEPARATOR.join(texts)
    fields = text.split(SEPARATOR)
    if layout.missing:
        gone = frozenset(layout.missing)
        fields = ["" if field in gone else field for field in fields]
        text = SEPARATOR.join(fields)
    missing = np.zeros(len(fields), dtype=bool)
    if "" in fields:
        missing = np.fromiter((not field for field in fields), bool, len(fields))
    column = _Column(name, fields, text, missing, lines, layout, source)
    if labels:
        return column.labels()
    if missing.all():
        raise source.error(f"every field of the column {shown(name)} is missing")
    return column.numbers() or column.labels_or_refusal()


@dataclass(frozen=True)
class _Column:
    name: str
    fields: list[str]
    text: str
    missing: NDArray[np.bool_]
    lines: Sequence[int]
    layout: Layout
    source: Source

    def numbers(self) -> Values | None:
        """Return finite numbers if every field is one, else None."""
        text, fields = self.text, self.fields
        if self.layout.decimal != ".":
            # The point is exchanged for the comma too, so that 1.000 is no number here.
            text = text.translate({ord(self.layout.decimal): ".", ord("."): self.layout.decimal})
            fields = text.split(SEPARATOR)
        # float() also takes 1_000, the digits of other scripts, nan and inf.
        if not text.isascii() or any(letter in text for letter in "_nN"):
            return None
        if self.missing.any():
            fields = [field or "0" for field in fields]
        try:
            values = np.array(array("d", map(float, fields)))
        except ValueError:
            return None
        if not np.isfinite(values).all():
            return None
        if re.fullmatch(r"[-+0-9 \0]*", text) is None:
            return Values(values, self.missing)
        return self._whole(values, fields)

    def _whole(self, values: NDArray[np.float64], fields: list[str]) -> Values:
        """Return whole numbers as integers, and as labels where doubles do not hold them."""
        # From there on: the next whole number is rounded to it.
        for at in np.flatnonzero(np.abs(values) >= LARGEST_COUNT).tolist():
            # Short enough to be read: a longer one was infinite.
            if int(fields[at]) != int(values[at]):
                note = (
                    f"the column {shown(self.name)} is read as labels: {shown(fields[at])} (line "
                    f"{self.lines[at]}) is a whole number beyond 2**53 that no double holds"
                )
                return self.labels((note,))
        notes: tuple[str, ...] = ()
        if found := re.search(r"(?:^|\0)[-+ ]*(0[0-9]+)", self.text):
            notes = (
                f"the column {shown(self.name)} is read as numbers, {shown(found[1])} as "
                f"{int(found[1])}; --text {shown(self.name)} keeps labels as they are written",
            )
        if np.abs(values).max() < 2.0**63:
            return Values(values.astype(np.int64), self.missing, notes)
        return Values(values, self.missing, notes)

    def labels(self, notes: tuple[str, ...] = ()) -> Values:
        """Return the fields as they are written."""
        values = np.array(self.fields, dtype=object)
        return Values(values, self.missing, notes)

    def labels_or_refusal(self) -> Values:
        """Return labels, refusing what is meant as numbers."""
        decimal = self.layout.decimal
        kinds = {field: number_like(field, decimal) for field in set(self.fields) if field}
        others = {field for field, number in kinds.items() if not number}
        if not others:
            self._refuse_infinite()
        if len(others) < len(kinds) and all(map(_stands_for_nothing, others)):
            at = next(at for at, field in enumerate(self.fields) if field in others)
            stranger = self.fields[at]
            flag = f"--na-values {_quoted(stranger)}"
            raise self.source.error(
                f"the column {shown(self.name)} holds numbers and {shown(stranger)}",
                self.lines[at],
                f"add {flag} if it stands for a missing value; only the empty field does by itself",
            )
        self._refuse_other_decimal(kinds)
        return self.labels(tuple(self._notes(kinds, others)))

    def _refuse_infinite(self) -> None:
        for at, field in enumerate(self.fields):
            value = field.replace(self.layout.decimal, ".")
            if field and not math.isfinite(float(value)):
                hint = "mend or drop that line"
                if re.search("[nN]", field):
                    hint += f", or add --na-values {_quoted(field)} if it stands for a missing one"
                raise self.source.error(
                    f"{shown(field)} in the column {shown(self.name)} is not a finite number in "
                    "double precision", self.lines[at], hint,
                )  # fmt: skip

    def _refuse_other_decimal(self, kinds: dict[str, bool]) -> None:
        """Raise for numbers that are written with the other decimal sign."""
        other = "," if self.layout.decimal == "." else "."
        if all(number or number_like(field, other) for field, number in kinds.items()):
            at, field = next((at, f) for at, f in enumerate(self.fields) if f and not kinds[f])
            hint = f"add --decimal {other}, or --text {shown(self.name)} if these are labels"
            if other == self.layout.delimiter:
                hint = "write decimals with a point"
            raise self.source.error(
                f"{shown(field)} in the column {shown(self.name)} has another decimal sign than "
                f"{shown(self.layout.decimal)}", self.lines[at], hint,
            )  # fmt: skip

    def _notes(self, kinds: dict[str, bool], others: set[str]) -> list[str]:
        notes = []
        suspects = sorted(field for field in others if field.strip().lower() in NOT_AVAILABLE)
        for field in suspects[:3]:
            rows = self.fields.count(field)
            notes.append(
                f"the column {shown(self.name)} has the label {shown(field)} in {rows:,} "
                f"row{'' if rows == 1 else 's'}; add --na-values {_quoted(field)} if it stands "
                "for a missing value"
            )
        if 2 * len(others) < len(kinds):
            at = next(at for at, field in enumerate(self.fields) if field in others)
            notes.append(
                f"the column {shown(self.name)} is read as labels, because "
                f"{shown(self.fields[at])} (line {self.lines[at]}) is not a number"
            )
        return notes


def _stands_for_nothing(field: str) -> bool:
    return (
        not field.strip()
        or field.strip().lower() in NOT_AVAILABLE
        or field.strip() in {".", "?", "-"}
    )


def _quoted(field: str) -> str:
    """Return a field as it could be typed at a shell."""
    return field if re.fullmatch(r"[\w./-]+", field) else shown(field)
