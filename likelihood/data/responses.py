"""The response y of a regression: class labels with their codes, or finite real numbers."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data import columns
from likelihood.data.columns import encode
from likelihood.data.labels import as_array, distinct, lookalikes
from likelihood.data.messages import listed, shown
from likelihood.errors import DataError
from likelihood.family import Floats, Integers


@dataclass(frozen=True)
class Classes:
    """Class labels in their order, and the class of every row.

    Attributes
    ----------
    labels : (K,) array
        Sorted as NumPy sorts them, in the order of a categorical column, or as declared.
    codes : (n,) integers
        The position of each row's label.
    reference : int or None
        The position of the reference class, where one was asked for.
    notes : tuple of str
        What a reader should know: levels dropped, labels that look alike.
    """

    labels: NDArray[Any]
    codes: Integers
    reference: int | None = None
    notes: tuple[str, ...] = ()


def classes_and_codes(
    y: Any,
    classes: Sequence[Hashable] | None = None,
    reference: Hashable = None,
) -> Classes:
    """Return the classes of a response in their order, and the class of every row.

    Parameters
    ----------
    y : (n,) labels
        Of one type: text, whole numbers, truth values, or anything hashable that can be sorted.
        A column of shape (n, 1) is taken as it is meant; a ``DataConversionWarning`` says so
        where scikit-learn is in use, whose users expect it.
    classes : sequence of labels, optional
        All the classes there are, in the order to use; they need not all occur.
    reference : label, optional
        One of the classes.

    Raises
    ------
    DataError
        A label is missing, of another type than the others, or not declared; the numbers are
        continuous; there is but one class; there are more classes than memory for them.

    Examples
    --------
    >>> found = classes_and_codes(["spam", "ham", "spam"])
    >>> found.labels, found.codes
    (array(['ham', 'spam'], dtype='<U4'), array([1, 0, 1]))
    """
    notes: list[str] = []
    order = _declared_order(y)
    array = columns.column(_as_they_are(_one_column(y)), "y")
    if classes is not None:
        declared = columns.labels(classes, y, "y", "classes")
        labels, codes = as_array(declared), encode(array, declared, "y")
    elif order is not None:
        labels, codes = _used(order, encode(array, order, "y"), notes)
    else:
        labels, codes = distinct(array)
    if len(labels) < 2:
        raise DataError(
            f"y holds one class only, {shown(labels[0])}; a fit needs two, so declare the "
            f'others, for example classes=["no", "yes"], or mend y.'
        )
    notes += lookalikes(labels.tolist())
    return Classes(labels, codes, _position(reference, labels), tuple(notes))


def _one_column(y: Any) -> Any:
    """Return y without the second dimension of a single column."""
    if hasattr(y, "__array__") and not hasattr(y, "__len__"):
        # The least that NumPy can read has no length or shape of its own.
        y = np.asarray(y)
    shape = getattr(y, "shape", None)
    if shape is None or len(shape) != 2:
        return y
    if shape[1] != 1:
        raise DataError(
            f"y must be one column, got shape {tuple(shape)}; fit one model for each column."
        )
    # Looked up, not imported: without scikit-learn a column has but one reading, and no warning.
    warning = getattr(sys.modules.get("sklearn.exceptions"), "DataConversionWarning", None)
    if warning is not None:
        warnings.warn(
            "A column-vector y was passed when a 1d array was expected. Please change the shape "
            "of y to (n_samples, ), for example using ravel().",
            warning,
            stacklevel=4,
        )
    return np.ma.ravel(y) if isinstance(y, np.ma.MaskedArray) else np.asarray(y).ravel()


def _as_they_are(y: Any) -> Any:
    """Return a list as an array of its objects: NumPy turns [1, True] into two equal numbers."""
    if not isinstance(y, list | tuple) or not y or isinstance(y[0], list | np.ndarray):
        return y
    objects = np.empty(len(y), dtype=object)
    for row, value in enumerate(y):
        objects[row] = value
    return objects


def _declared_order(y: Any) -> tuple[Hashable, ...] | None:
    """Return the levels of a categorical column, in their order."""
    levels = getattr(getattr(y, "dtype", None), "categories", None)
    if levels is None:
        return None
    return tuple(levels.tolist() if hasattr(levels, "tolist") else levels)


def _used(
    order: tuple[Hashable, ...], codes: Integers, notes: list[str]
) -> tuple[NDArray[Any], Integers]:
    """Return the levels that occur, in their order, noting those that do not."""
    counts = np.bincount(codes, minlength=len(order))
    unused = [label for label, count in zip(order, counts, strict=True) if not count]
    if unused:
        notes.append(
            f"y never takes {'the level' if len(unused) == 1 else 'the levels'} "
            f"{listed(unused)}, dropped; name every class in classes= to keep them."
        )
    position = np.cumsum(counts > 0) - 1
    kept = tuple(label for label, count in zip(order, counts, strict=True) if count)
    return as_array(kept), position[codes]


def _position(reference: Hashable, labels: NDArray[Any]) -> int | None:
    if reference is None:
        return None
    names: list[Any] = labels.tolist()
    if reference not in names:
        raise DataError(
            f"the reference {reference!r} is not a class of y, which are {listed(names)}; "
            f"choose one of these."
        )
    return names.index(reference)


def real_response(y: Any, minimum: float | None = None) -> Floats:
    """Return a response as finite floats, shape (n,).

    Parameters
    ----------
    y : (n,) numbers
        A column of shape (n, 1) is treated as in `classes_and_codes`.
    minimum : float, optional
        The least value the model can take.

    Raises
    ------
    DataError
        An entry is missing, infinite, complex, no number, or below the minimum.

    Examples
    --------
    >>> real_response([1, 2.5])
    array([1. , 2.5])
    """
    if getattr(getattr(y, "dtype", None), "kind", "") == "c":
        raise DataError("Complex data not supported, got it in y; pass real numbers.")
    values = columns.numbers(_one_column(y), "y")
    if minimum is not None and (values < minimum).any():
        row = int((values < minimum).argmax())
        raise DataError(
            f"y must be at least {minimum:g}, got {values[row]} at row {row}; mend that row, or "
            f"use a model whose response may be smaller."
        )
    return values


def aligned(X: Any, y: Any) -> None:
    """Refuse X and y whose rows do not belong together.

    Two pandas objects are compared by their index, since the rows of one may be shuffled against
    those of the other; anything else only by length.

    Raises
    ------
    DataError
        The lengths differ, or both have an index and it is not the same.

    Examples
    --------
    >>> aligned([[1.0], [2.0]], [0, 1])
    """
    rows, responses = _length(X), _length(y)
    if rows != responses:
        raise DataError(
            f"X has {rows} rows and y has {responses}; they need the same number, one response "
            f"for each row."
        )
    one, other = _index(X), _index(y)
    if one is not None and other is not None and not one.equals(other):
        row = next((i for i, (a, b) in enumerate(zip(one, other, strict=True)) if a != b), 0)
        raise DataError(
            f"X and y have different indexes: {shown(one[row])} and {shown(other[row])} at row "
            f"{row}; align them (y.loc[X.index]), or reset both (reset_index(drop=True)) if their "
            f"rows are in the same order."
        )


def _length(values: Any) -> int:
    shape = getattr(values, "shape", None)
    if shape is None:
        # Rows of a list may differ in length, which is for the design to say.
        shape = (len(values),) if hasattr(values, "__len__") else np.shape(values)
    if not shape:
        raise DataError(f"X and y must have rows, got {shown(values)}; pass arrays or tables.")
    return int(shape[0])


def _index(values: Any) -> Any:
    """Return the index of a pandas object, else None."""
    index = getattr(values, "index", None)
    # A list has a method of this name.
    return index if hasattr(index, "equals") else None
