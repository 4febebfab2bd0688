"""One-dimensional input: numbers, labels and weights, checked once, with the row named."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.messages import listed, shown
from likelihood.errors import DataError
from likelihood.family import Floats, Integers

#: The largest total of weights: up to here every count is a double.
MOST = 2.0**53


def column(values: Any, name: str) -> NDArray[Any]:
    """Return one-dimensional input as an array, missing entries of any kind as None or NaN.

    Lists, tuples, arrays, and the columns of data frames (anything with ``to_numpy``) are
    accepted.

    Raises
    ------
    DataError
        The input is a single value or string, has more than one dimension, is empty, or
        masks an entry.

    Examples
    --------
    >>> column([1, 2, 3], "y")
    array([1, 2, 3])
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        row = int(np.flatnonzero(np.ma.getmaskarray(values))[0])
        raise DataError(f"{name} is missing (masked) at row {row}; drop that row first.")
    if isinstance(values, str | bytes) or not (
        hasattr(values, "__len__") and hasattr(values, "__getitem__")
    ):
        raise DataError(
            f"{name} must be a one-dimensional sequence of values, got {shown(values)}; "
            f"put single values in a list."
        )
    if isinstance(values, list | tuple):
        array = _from_list(values)
    else:
        array = np.asarray(_bare(values))
        if array.dtype.kind in "mM":
            array = _objects(array)
    if array.ndim != 1:
        raise DataError(
            f"{name} must be one-dimensional, got shape {array.shape}; pass one column of it."
        )
    if not len(array):
        raise DataError(f"{name} is empty; at least one row is needed.")
    return array


def _bare(values: Any) -> Any:
    """Return a column as an array, or as something that NumPy turns into one.

    An array of PyArrow gives its own memory or nothing, unless a copy is allowed.
    """
    if type(values).__module__.partition(".")[0] == "pyarrow":
        return values.to_numpy(zero_copy_only=False)
    return values.to_numpy() if hasattr(values, "to_numpy") else values


def _from_list(values: list[Any] | tuple[Any, ...]) -> NDArray[Any]:
    """Return a list as an array of numbers if it is one, else of the objects it holds.

    NumPy alone turns [1, "1"] into two equal strings, and tuples that are labels into rows.
    """
    try:
        array = np.asarray(values)
    except ValueError:
        array = np.empty(0, dtype=object)
    rows = array.ndim > 1 and isinstance(values[0], list | np.ndarray)
    if (array.ndim == 1 and array.dtype.kind in "fiubc" and len(array)) or rows:
        return array
    objects = np.empty(len(values), dtype=object)
    for row, value in enumerate(values):
        objects[row] = value
    return objects


def _objects(array: NDArray[Any]) -> NDArray[Any]:
    """Return dates and durations as objects; NumPy alone turns them into bare integers."""
    import pandas as pd

    objects: NDArray[Any] = pd.Series(array).astype(object).to_numpy()
    return objects


def numbers(values: Any, name: str) -> Floats:
    """Return one-dimensional input as finite float64.

    Raises
    ------
    DataError
        An entry is missing, infinite, complex or not a number; the message names its row.

    Examples
    --------
    >>> numbers([1, 2.5], "y")
    array([1. , 2.5])
    """
    array = column(values, name)
    if array.dtype.kind not in "fiub":
        array = _parsed(array, name)
    floats: Floats = array.astype(np.float64, copy=False)
    if not np.isfinite(floats).all():
        row = int(np.flatnonzero(~np.isfinite(floats))[0])
        raise DataError(
            f"{name} must be finite, got {floats[row]} at row {row}; drop or mend that row."
        )
    return floats


def _parsed(array: NDArray[Any], name: str) -> Floats:
    """Return an array of Python objects as floats, refusing what is not a real number."""
    parsed = np.empty(len(array))
    for row, value in enumerate(array.tolist()):
        if missing(value):
            raise DataError(f"{name} is missing at row {row}; drop that row first.")
        if isinstance(value, str | bytes | complex):
            raise DataError(f"{name} must hold real numbers, got {shown(value)} at row {row}.")
        try:
            parsed[row] = value
        except (TypeError, ValueError, OverflowError):
            raise DataError(
                f"{name} must hold real numbers, got {shown(value)} at row {row}."
            ) from None
    return parsed


def missing(value: Any) -> bool:
    """Return whether a single value stands for nothing: None, NaN, NaT, or pandas' NA.

    Examples
    --------
    >>> missing(None), missing(float("nan")), missing("NA")
    (True, True, False)
    """
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    return bool(isinstance(value, float | np.floating) and value != value)


def aligned(one: Any, one_name: str, other: Any, other_name: str) -> None:
    """Raise DataError if both are indexed and their indexes differ: positions would mislead.

    Examples
    --------
    >>> aligned([1, 2], "y", [1, 2], "weights")
    """
    left: Any = getattr(one, "index", None)
    right: Any = getattr(other, "index", None)
    if hasattr(left, "equals") and hasattr(right, "equals") and not left.equals(right):
        raise DataError(
            f"{one_name} and {other_name} have different indexes, and rows are taken in order; "
            f"align one with the other, or pass {other_name}.to_numpy()."
        )


def frequencies(weights: Any, y: Any, name: str = "weights") -> Floats:
    """Return non-negative frequency weights of the rows of y, ones where none are given.

    Raises
    ------
    DataError
        A weight is negative or not finite, their number is not that of the rows, all are
        zero, or their sum is beyond 2**53, where counting is no longer exact.

    Examples
    --------
    >>> frequencies(None, [5, 6])
    array([1., 1.])
    """
    if weights is None:
        return np.ones(len(y))
    floats = numbers(weights, name)
    if len(floats) != len(y):
        raise DataError(f"{name} must have one entry per row, {len(y)}, got {len(floats)}.")
    aligned(y, "y", weights, name)
    if (floats < 0).any():
        row = int(np.flatnonzero(floats < 0)[0])
        raise DataError(
            f"{name} must not be negative, got {floats[row]} at row {row}; a weight is the "
            f"number of times a row is counted."
        )
    if not floats.any():
        raise DataError(f"{name} are all zero; at least one row must count.")
    if floats.max() > MOST or floats.sum() > MOST:
        raise DataError(
            f"{name} must sum to at most 2**53, beyond which counts are not exact, got "
            f"{float(np.sum(floats / MOST)):g} times that; scale them down."
        )
    return floats


def labels(
    categories: Sequence[Hashable] | None, values: Any, name: str, option: str = "categories"
) -> tuple[Hashable, ...]:
    """Return the declared categories in their order, or those of a pandas categorical.

    Parameters
    ----------
    option : str
        What the caller's keyword for them is, for messages.

    Raises
    ------
    DataError
        None are declared, or two are equal.

    Examples
    --------
    >>> labels("abc", ["a"], "y")
    ('a', 'b', 'c')
    """
    if categories is None:
        declared = getattr(getattr(values, "dtype", None), "categories", None)
        if declared is None:
            raise DataError(
                f"the categories of {name} must be declared, since a category that was never "
                f"seen still counts; write for example categories=[1, 2, 3, 4, 5, 6]."
            )
        return tuple(declared.astype(object).tolist())
    if isinstance(categories, set | frozenset | dict) or not hasattr(categories, "__len__"):
        raise DataError(f"{option} must be a sequence of labels in order, got {shown(categories)}.")
    if not len(categories):
        raise DataError(f"{option} is empty; declare at least one.")
    given = list(categories) if isinstance(categories, str) else categories
    names = tuple(column(given, option).tolist())
    seen: set[Hashable] = set()
    for label in names:
        if missing(label) or not isinstance(label, Hashable):
            raise DataError(f"{option} must be labels, got {shown(label)}; leave it out.")
        if label in seen:
            raise DataError(f"{option} must differ, got {shown(label)} twice.")
        seen.add(label)
    return names


def encode(values: Any, categories: tuple[Hashable, ...], name: str) -> Integers:
    """Return the position of every value among the declared categories, shape (n,).

    Raises
    ------
    DataError
        A value is missing or not among the categories; the message names its row.

    Examples
    --------
    >>> encode(["H", "T", "H"], ("T", "H"), "y")
    array([1, 0, 1])
    """
    array = column(values, name)
    # Doubles hold whole numbers below 2**53 exactly; larger labels are compared as objects.
    exact = all(type(c) in (int, float, bool) and abs(c) < 2**53 for c in categories)  # type: ignore[arg-type]
    if array.dtype.kind in "fiub" and exact:
        codes = _search(array, np.array(categories, dtype=float))
    else:
        position = {label: code for code, label in enumerate(categories)}
        found = (
            position.get(value, -1) if isinstance(value, Hashable) else -1
            for value in array.tolist()
        )
        codes = np.fromiter(found, dtype=np.intp, count=len(array))
    unknown = np.flatnonzero(codes < 0)
    if unknown.size:
        row = int(unknown[0])
        value = array[row].item() if isinstance(array[row], np.generic) else array[row]
        if missing(value):
            raise DataError(f"{name} is missing at row {row}; drop that row first.")
        raise DataError(
            f"{name} must be one of {listed(categories, 12)}, got {shown(value)} at row {row} "
            f"({unknown.size} such {'row' if unknown.size == 1 else 'rows'}); declare every "
            f"category, or clean the data."
        )
    return codes


def _search(array: NDArray[Any], categories: Floats) -> Integers:
    """Return positions among numeric categories, -1 where absent; no Python object per row."""
    order = np.argsort(categories)
    at = np.minimum(np.searchsorted(categories[order], array), len(categories) - 1)
    codes: Integers = order[at]
    codes[categories[codes] != array] = -1
    return codes


def whole(weights: Floats) -> bool:
    """Return whether every weight is a whole number, so that it can be a repetition.

    Examples
    --------
    >>> import numpy as np
    >>> whole(np.array([1.0, 2.0])), whole(np.array([0.5]))
    (True, False)
    """
    return bool((weights == np.floor(weights)).all())
