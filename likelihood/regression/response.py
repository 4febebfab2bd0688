"""A response as statistics of its family: classes against a base class, or numbers (level 8)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from likelihood.data.labels import as_array
from likelihood.data.messages import listed, shown
from likelihood.data.responses import Classes, classes_and_codes, real_response
from likelihood.errors import DataError
from likelihood.family import Floats, Integers, Statistic


class Response(NamedTuple):
    """What is fitted, and what it is called.

    Attributes
    ----------
    t : (n, 1) floats or (n,) integers
        Statistics; integers are classes, the base being 0 and the others in their order.
    classes : (K,) array or None
    base : int or None
        The position of the class that the others are compared with.
    notes : tuple of str
    rows : (n,) array of bool or None
        The rows to keep, where some have to go; ``t`` is of those.
    """

    t: Statistic
    classes: NDArray[Any] | None = None
    base: int | None = None
    notes: tuple[str, ...] = ()
    rows: NDArray[np.bool_] | None = None

    @property
    def free(self) -> tuple[Hashable, ...]:
        """The classes but the base, in their order; empty for numbers."""
        if self.classes is None or self.base is None:
            return ()
        return tuple(np.delete(self.classes, self.base).tolist())


def readable(values: Any) -> Any:
    """Return the least that NumPy can read, with neither length nor shape, as an array.

    Examples
    --------
    >>> readable([1, 2])
    [1, 2]
    """
    bare = hasattr(values, "__array__") and not hasattr(values, "__len__")
    return np.asarray(values) if bare else values


def number_response(y: Any, minimum: float | None = None) -> Response:
    """Return real numbers as a response.

    Examples
    --------
    >>> number_response([1.0, 2.0]).t.shape
    (2, 1)
    """
    return Response(real_response(y, minimum)[:, None])


def count_response(y: Any) -> Response:
    """Return numbers that are not negative; whether they are counts is for the verdict to say.

    Examples
    --------
    >>> count_response([0, 3]).t.ravel()
    array([0., 3.])
    """
    return Response(real_response(y, 0.0)[:, None])


def binary_response(
    y: Any, weights: Floats, classes: Sequence[Hashable] | None, event: Hashable
) -> Response:
    """Return two classes as the indicator of the event, by default the last class.

    Raises
    ------
    DataError
        There are not two classes, or the event is none of them.

    Examples
    --------
    >>> found = binary_response(["no", "yes"], np.ones(2), None, None)
    >>> found.t.ravel(), found.free
    (array([0., 1.]), ('yes',))
    """
    found, rows = _with_weight(classes_and_codes(y, classes), weights, classes is not None)
    if len(found.labels) > 2:
        raise DataError(
            f"Only binary classification is supported. y has {len(found.labels)} classes "
            f"({listed(found.labels.tolist(), 6)}); use SoftmaxRegression, which takes any number."
        )
    chosen = _position(event, found, "event", 1)
    t = (found.codes == chosen).astype(np.float64)[:, None]
    return Response(t, found.labels, 1 - chosen, found.notes, rows)


def class_response(
    y: Any, weights: Floats, classes: Sequence[Hashable] | None, reference: Hashable
) -> Response:
    """Return classes as codes, the reference (by default the first class) being 0.

    Examples
    --------
    >>> found = class_response(["b", "a", "c"], np.ones(3), None, "b")
    >>> found.t, found.free
    (array([0, 1, 2]), ('a', 'c'))
    """
    found, rows = _with_weight(classes_and_codes(y, classes), weights, classes is not None)
    base = _position(reference, found, "reference", 0)
    rank = np.arange(len(found.labels)) + (np.arange(len(found.labels)) < base)
    rank[base] = 0
    codes: Integers = rank[found.codes]
    return Response(codes, found.labels, base, found.notes, rows)


def _position(label: Hashable, found: Classes, option: str, default: int) -> int:
    """Return the position of the class that an option names."""
    if label is None:
        return default
    names: list[Any] = found.labels.tolist()
    if label not in names:
        raise DataError(
            f"{option} is {shown(label)}, which is not a class of y; the classes are "
            f"{listed(names)}, so choose one of these."
        )
    return names.index(label)


def _with_weight(
    found: Classes, weights: Floats, declared: bool
) -> tuple[Classes, NDArray[np.bool_] | None]:
    """Return the classes that occur in rows with weight, and those rows if others had to go.

    A row of weight zero is not there, so its class is none either, unless it was declared.
    """
    used = weights > 0
    if declared or used.all():
        return found, None
    occurs = np.bincount(found.codes[used], minlength=len(found.labels)) > 0
    if occurs.all():
        return found, None
    labels = tuple(found.labels[occurs].tolist())
    if len(labels) < 2:
        raise DataError(
            f"y holds one class only in the rows with weight, {shown(labels[0])}; a fit needs two, "
            f'so declare the others, for example classes=["no", "yes"], or mend the weights.'
        )
    gone = found.labels[~occurs].tolist()
    note = f"y takes {listed(gone)} in rows of weight 0 only, which are left out."
    codes: Integers = (np.cumsum(occurs) - 1)[found.codes[used]]
    return Classes(as_array(labels), codes, None, (*found.notes, note)), used
