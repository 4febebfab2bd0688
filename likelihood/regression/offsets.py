"""Offsets of a regression, as the free coordinates of eta take them (level 8)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data import columns
from likelihood.data.messages import listed
from likelihood.errors import DataError
from likelihood.family import Floats


def checked_offset(
    offset: Any, X: Any, classes: NDArray[Any] | None, base: int | None, owner: str
) -> Floats | None:
    """Return an offset as (n, k) floats, or None where none is given.

    Parameters
    ----------
    offset : (n,) or (n, 1) array, or (n, K) for a softmax regression
        In the order of the classes; the base's column is subtracted from the others.
    X : the columns, whose rows it belongs to
    classes : (K,) array or None
    base : int or None
    owner : str
        The estimator, for the message.

    Raises
    ------
    DataError
        The shape is another, or an entry is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> shift = np.array([[1.0, 3.0, 4.0]])
    >>> checked_offset(shift, np.ones((1, 2)), np.array(["a", "b", "c"]), 0, "SoftmaxRegression")
    array([[2., 3.]])
    """
    if offset is None:
        return None
    n = X.shape[0]
    softmax = owner == "SoftmaxRegression" and classes is not None
    width = len(classes) if softmax and classes is not None else 1
    shape = np.shape(offset)
    if shape not in ((n, width), *(() if softmax else ((n,),))):
        wanted = f"({n}, {width}), a column for each class in order" if softmax else f"({n},)"
        raise DataError(f"offset must have shape {wanted}, got {shape}.")
    if softmax and classes is not None:
        _check_order(offset, [str(label) for label in classes.tolist()])
    if hasattr(offset, "toarray"):
        # A sparse matrix, of which NumPy makes one object.
        offset = offset.toarray()
    given = offset.to_numpy() if hasattr(offset, "to_numpy") else np.asarray(offset)
    table = given.reshape(n, width)
    values = np.column_stack([columns.numbers(column, "offset") for column in table.T])
    if not softmax or base is None:
        return values
    return np.delete(values - values[:, [base]], base, axis=1)


def _check_order(offset: Any, classes: list[str]) -> None:
    """Refuse a table whose columns are called like the classes and stand in another order."""
    found = getattr(offset, "column_names", None) or getattr(offset, "columns", None)
    names = [] if found is None else [str(name) for name in found]
    if names != classes and sorted(names) == sorted(classes):
        raise DataError(
            f"offset has the columns {listed(names)} and the classes are {listed(classes)}; "
            f"columns are taken in the order of the classes, so put them in it."
        )
