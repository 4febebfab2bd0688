"""Values of a JSON document and where they stand, read with their types checked (level 9)."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, NoReturn

import numpy as np
from numpy.typing import NDArray

from likelihood.data.messages import listed, shown
from likelihood.errors import DataError
from likelihood.family import Floats

#: What JSON has no number for.
_SPECIAL = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
#: Hexadecimal, which Python reads in time proportional to its length.
_FRACTION = re.compile(r"-?[0-9a-f]{1,100000}(/[0-9a-f]{1,100000})?")


@dataclass(frozen=True)
class Node:
    """A value of a document, and its place in it."""

    value: Any
    place: str = "the file"

    def fail(self, wanted: str) -> NoReturn:
        """Raise the error that something else was expected here."""
        raise DataError(
            f"the saved model has {shown(self.value)} at {self.place}, where {wanted} belongs; "
            f"the file was changed or damaged, so save the model again."
        )

    def require(self, condition: bool, wanted: str) -> None:
        """Raise the error unless a condition holds."""
        if not condition:
            self.fail(wanted)

    def members(self, *names: str) -> dict[str, Node]:
        """Return the members of an object that has these and no others.

        Examples
        --------
        >>> Node({"a": 1}).members("a")["a"]
        Node(value=1, place='a')
        """
        if not isinstance(self.value, dict):
            self.fail("an object")
        for name in names:
            if name not in self.value:
                raise DataError(
                    f"the saved model has no {name!r} at {self.place}; the file was changed or "
                    f"damaged, so save the model again."
                )
        extra = [name for name in self.value if name not in names]
        if extra:
            raise DataError(
                f"the saved model has {listed(extra)} at {self.place}, which does not belong there."
            )
        above = "" if self.place == "the file" else f"{self.place}."
        return {name: Node(self.value[name], above + name) for name in names}

    def entries(self) -> Iterator[Node]:
        """Give the entries of a list."""
        if not isinstance(self.value, list):
            self.fail("a list")
        for at, value in enumerate(self.value):
            yield Node(value, f"{self.place}[{at}]")

    def text(self) -> str:
        """Return a text."""
        if not isinstance(self.value, str):
            self.fail("text")
        return self.value

    def texts(self) -> tuple[str, ...]:
        """Return a list of texts."""
        return tuple(entry.text() for entry in self.entries())

    def flag(self) -> bool:
        """Return true or false."""
        if not isinstance(self.value, bool):
            self.fail("true or false")
        return self.value

    def whole(self, least: int = 0) -> int:
        """Return a whole number, of a size that a count can have."""
        value = self.value
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 2**53:
            self.fail(f"a whole number from {least} to 2**53")
        return int(value)

    def number(self, *, finite: bool = False, least: float = -math.inf) -> float:
        """Return a number; "nan", "inf" and "-inf" stand for themselves unless it is finite."""
        value = self.value
        if isinstance(value, str) and not finite and value in _SPECIAL:
            return _SPECIAL[value]
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail("a finite number" if finite else "a number")
        try:
            number = float(value)
        except OverflowError:
            self.fail("a number that a double can hold")
        self.require(math.isfinite(number) and number >= least, f"a number of at least {least:g}")
        return number

    def label(self) -> Any:
        """Return a label: text, a finite number, or a truth value."""
        if type(self.value) not in (str, int, float, bool):
            self.fail("a label (text, number, true or false)")
        return self.value

    def labels(self) -> tuple[Any, ...]:
        """Return a list of labels that differ."""
        found = tuple(entry.label() for entry in self.entries())
        self.require(len(set(found)) == len(found), "a list of labels that differ")
        return found

    def floats(self, *shape: int, finite: bool = True) -> Floats:
        """Return nested lists of numbers as an array of a shape.

        Examples
        --------
        >>> Node([[1.0, "inf"]]).floats(1, 2, finite=False)
        array([[ 1., inf]])
        """
        return np.array(self._flat(shape, lambda node: node.number(finite=finite))).reshape(shape)

    def flags(self, *shape: int) -> NDArray[np.bool_]:
        """Return nested lists of truth values as an array of a shape."""
        return np.array(self._flat(shape, Node.flag), dtype=bool).reshape(shape)

    def fractions(self, *shape: int) -> NDArray[np.object_]:
        """Return nested lists of fractions, ``"-1f/4"`` in hexadecimal, as an array of a shape.

        Examples
        --------
        >>> Node(["-1f/4"]).fractions(1)
        array([Fraction(-31, 4)], dtype=object)
        """
        found = np.empty(math.prod(shape), dtype=object)
        found[:] = self._flat(shape, Node._fraction)
        return found.reshape(shape)

    def _fraction(self) -> Fraction:
        text = self.text()
        self.require(_FRACTION.fullmatch(text) is not None, "a fraction in hexadecimal")
        above, _, below = text.partition("/")
        denominator = int(below or "1", 16)
        self.require(denominator != 0, "a fraction whose denominator is not zero")
        return Fraction(int(above, 16), denominator)

    def _flat(self, shape: tuple[int, ...], of: Any) -> list[Any]:
        """Return the innermost entries of nested lists, whose lengths must be those of a shape."""
        level = [self]
        for size in shape:
            below = []
            for node in level:
                entries = list(node.entries())
                node.require(len(entries) == size, f"a list of {size}")
                below += entries
            level = below
        return [of(node) for node in level]


def plain_number(value: float) -> float | str:
    """Return a number as JSON holds it: a text if it is not finite.

    Examples
    --------
    >>> plain_number(2.5), plain_number(math.inf), plain_number(math.nan)
    (2.5, 'inf', 'nan')
    """
    number = float(value)
    if math.isfinite(number):
        return number
    return "nan" if math.isnan(number) else "inf" if number > 0 else "-inf"


def plain_array(values: NDArray[Any]) -> Any:
    """Return an array of numbers, truth values or fractions as nested lists.

    Examples
    --------
    >>> plain_array(np.array([[1.0, -np.inf]]))
    [[1.0, '-inf']]
    """
    if values.ndim > 1:
        return [plain_array(row) for row in values]
    if values.dtype == bool:
        return [bool(value) for value in values]
    if values.dtype == object:
        return [_hexadecimal(Fraction(value)) for value in values]
    return [plain_number(value) for value in values]


def _hexadecimal(value: Fraction) -> str:
    text = format(value.numerator, "x")
    return text if value.denominator == 1 else f"{text}/{value.denominator:x}"


def plain_label(label: Any, what: str) -> Any:
    """Return a label as JSON holds it, with its type.

    Raises
    ------
    DataError
        It is of a type that JSON does not have, or not finite.

    Examples
    --------
    >>> plain_label(np.int64(3), "class"), plain_label("a", "class")
    (3, 'a')
    """
    plain = label.item() if isinstance(label, np.generic) else label
    plain = str(plain) if isinstance(plain, str) else plain
    if type(plain) not in (str, int, float, bool):
        raise DataError(
            f"the {what} {shown(label)} is of type {type(label).__name__}, which a saved model "
            f"cannot hold; turn it into text or a number and fit again."
        )
    if isinstance(plain, float) and not math.isfinite(plain):
        raise DataError(f"the {what} {shown(label)} is not finite; use text and fit again.")
    return plain
