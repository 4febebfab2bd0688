"""Distinct labels of a response, sorted, of one type, and few enough to be classes."""

from __future__ import annotations

import unicodedata
from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import missing
from likelihood.data.messages import shown
from likelihood.errors import DataError
from likelihood.family import Integers

#: The most class memberships, rows times classes, that a fit may hold: 8 GiB of float64.
MOST_MEMBERSHIPS = 2**30


def distinct(array: NDArray[Any]) -> tuple[NDArray[Any], Integers]:
    """Return the distinct labels, sorted, and the position of each row's.

    Raises
    ------
    DataError
        A label is missing or of another type than the others, the numbers are continuous, or
        there are more labels than memory for their probabilities.

    Examples
    --------
    >>> import numpy as np
    >>> distinct(np.array(["b", "a", "b"]))
    (array(['a', 'b'], dtype='<U1'), array([1, 0, 1]))
    """
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported, got it in y; pass labels.")
    if array.dtype.kind == "f":
        _refuse_continuous(array)
    if array.dtype.kind != "O":
        labels = np.unique(array)
        _refuse_many(len(labels), len(array))
        return labels, np.searchsorted(labels, array)
    return _sorted_objects(array.tolist())


def _refuse_continuous(array: NDArray[Any]) -> None:
    if not np.isfinite(array).all():
        row = int((~np.isfinite(array)).argmax())
        what = "missing (NaN)" if np.isnan(array[row]) else f"infinite ({array[row]})"
        raise DataError(f"y is {what} at row {row}; drop that row first.")
    broken = array != np.floor(array)
    if broken.any():
        row = int(broken.argmax())
        raise DataError(
            f"Unknown label type: continuous. y is {array[row]} at row {row}; labels are whole "
            f"numbers or text, so use LinearRegression for measurements, or cut y into classes."
        )


def _sorted_objects(values: list[Any]) -> tuple[NDArray[Any], Integers]:
    """Return distinct Python labels, sorted, and the position of each row's."""
    # By type first: True and 1 are equal, and would merge without a word.
    first: dict[str, int] = {}
    position: dict[Hashable, int] = {}
    for row, value in enumerate(values):
        family = _family(value)
        if family not in first:
            if missing(value):
                raise DataError(f"y is missing at row {row}; drop that row first.")
            first[family] = row
        elif family == "number" and value != value:
            raise DataError(f"y is missing (NaN) at row {row}; drop that row first.")
        try:
            position.setdefault(value, row)
        except TypeError:
            raise DataError(
                f"Unknown label type: y is {shown(value)} at row {row}; use text or numbers."
            ) from None
    if len(first) > 1:
        (_, one), (_, other) = list(first.items())[:2]
        raise DataError(
            f"y mixes types: {shown(values[one])} at row {one} and {shown(values[other])} at "
            f"row {other}; use text for all labels, or numbers for all."
        )
    _refuse_many(len(position), len(values))
    if first.keys() == {"number"}:
        _refuse_continuous(np.array(values, dtype=np.float64))
    try:
        order = sorted(position)  # type: ignore[type-var]
    except TypeError:
        raise DataError(
            f"y has labels that cannot be sorted, such as {shown(values[0])}; declare their "
            f"order with classes=."
        ) from None
    rank = {label: code for code, label in enumerate(order)}
    codes = np.fromiter((rank[value] for value in values), dtype=np.intp, count=len(values))
    return as_array(tuple(order)), codes


def _family(value: Any) -> str:
    """Return what a label counts as when types are compared."""
    if isinstance(value, bool | np.bool_):
        return "truth"
    if isinstance(value, int | float | np.integer | np.floating):
        return "number"
    return "text" if isinstance(value, str) else type(value).__name__


def _refuse_many(count: int, rows: int) -> None:
    if count * rows > MOST_MEMBERSHIPS:
        raise DataError(
            f"y has {count:,} levels in {rows:,} rows, whose probabilities would take "
            f"{count * rows * 8 / 2**30:,.0f} GiB; is it an id? Pass a column of classes."
        )


def as_array(labels: tuple[Hashable, ...]) -> NDArray[Any]:
    """Return labels as an array of their own type, of objects where NumPy would change one.

    Examples
    --------
    >>> as_array((1, 2)), as_array(("a", 1))
    (array([1, 2]), array(['a', 1], dtype=object))
    """
    families = {_family(label) for label in labels}
    if families in ({"text"}, {"number"}, {"truth"}):
        array = np.array(labels)
        # NumPy drops the NULs that end a text, and rounds whole numbers beside a float.
        if array.tolist() == list(labels):
            return array
    objects = np.empty(len(labels), dtype=object)
    objects[:] = labels
    return objects


def lookalikes(labels: Iterable[Hashable]) -> list[str]:
    """Return a note for each pair of labels that differ in spaces, case or Unicode form alone.

    Examples
    --------
    >>> lookalikes(["yes", "no", "yes "])
    ["The labels 'yes' and 'yes ' look alike, and are counted as different classes."]
    """
    seen: dict[str, str] = {}
    notes = []
    for label in labels:
        if isinstance(label, str):
            plain = " ".join(unicodedata.normalize("NFC", label).casefold().split())
            other = seen.setdefault(plain, label)
            if other != label:
                # Two forms of one character print alike: ascii tells them apart.
                same = unicodedata.normalize("NFC", label) == unicodedata.normalize("NFC", other)
                show = ascii if same else repr
                notes.append(
                    f"The labels {show(other)} and {show(label)} look alike, and are counted as "
                    f"different classes."
                )
    return notes
