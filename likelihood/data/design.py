"""The matrix X of a regression: checked once, as floats or sparse, with the names of its columns.

The sentences about features and their names are scikit-learn's, word for word, because its users
and its own checks look for them.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import missing
from likelihood.data.feature_names import check_names, given_names, table_names
from likelihood.data.messages import shown
from likelihood.data.tables import Table, table
from likelihood.errors import DataError
from likelihood.family import Floats

_RESHAPE = (
    "Reshape your data either using array.reshape(-1, 1) if your data has a single feature or "
    "array.reshape(1, -1) if it contains a single sample."
)


@dataclass(frozen=True)
class Design:
    """A finite float64 matrix (n, p), dense or sparse in rows, and what its columns are called.

    Attributes
    ----------
    values : (n, p) array or scipy.sparse.csr_array
        The caller's own memory where that was float64 already; never written to.
    names : tuple of str, or None
        None for a bare array, and for a table whose column names are not text.
    """

    values: Any
    names: tuple[str, ...] | None

    @property
    def names_given(self) -> bool:
        """Whether the columns came with names."""
        return self.names is not None

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        return int(self.values.shape[0])

    @property
    def n_features(self) -> int:
        """The number of columns."""
        return int(self.values.shape[1])

    @property
    def labels(self) -> tuple[str, ...]:
        """The names, or ``x0, x1, ...`` in their place."""
        return self.names or tuple(f"x{j}" for j in range(self.n_features))

    @property
    def sparse(self) -> bool:
        """Whether the zeros are not stored."""
        return not isinstance(self.values, np.ndarray)


def design(
    X: Any,
    *,
    names: Sequence[str] | None = None,
    expected: Sequence[str] | int | None = None,
    owner: str = "the model",
) -> Design:
    """Return X as a checked matrix of floats with the names of its columns.

    Parameters
    ----------
    X : (n, p) array, list of rows, scipy.sparse matrix, or table of pandas, Polars or PyArrow
        Real and finite.
    names : sequence of p str, optional
        Names for the columns of a bare array; a table has its own.
    expected : sequence of str, or int, optional
        The names, or the number of columns, that a model was fitted with.  A table with names
        given to a model without, or the reverse, is a ``UserWarning``, as in scikit-learn.
    owner : str
        Who expects them, for the message.

    Raises
    ------
    DataError
        X is not two-dimensional, is empty, has an entry that is missing, infinite, complex or no
        number, two columns of one name, or columns other than expected.
    TypeError
        An entry is an object that has no numeric value, or only some column names are text.

    Examples
    --------
    >>> design([[1, 2], [3, 4]]).values
    array([[1., 2.],
           [3., 4.]])
    >>> import pandas as pd
    >>> design(pd.DataFrame({"age": [31, 47]})).names
    ('age',)
    """
    found = None if _is_sparse(X) else table(X, "X")
    own = given_names(names) if found is None else table_names(found)
    if expected is not None and not isinstance(expected, int | np.integer):
        check_names(own, tuple(expected), owner)
    elif expected is not None and own is not None:
        warnings.warn(
            f"X has feature names, but {owner} was fitted without feature names", stacklevel=3
        )
    labels = own if found is None else tuple(str(name) for name in found.names)
    if found is not None:
        values: Any = _from_table(found)
    elif _is_sparse(X):
        values = _from_sparse(X)
    else:
        values = _from_array(X, labels)
    _check_shape(values.shape, own, expected, owner)
    _check_finite(values, labels)
    return Design(values, own)


def _is_sparse(X: Any) -> bool:
    # A sparse matrix exists only where its module is loaded: no import to ask the question.
    module = sys.modules.get("scipy.sparse")
    return module is not None and bool(module.issparse(X))


def _from_table(found: Table) -> NDArray[Any]:
    """Return a table's columns as one array; what is missing is NaN."""
    array = found.as_numbers()
    if array is not None:
        return array.astype(np.float64, copy=False)
    values = np.empty((found.n_rows, len(found.names)), order="F")
    for j, name in enumerate(found.names):
        entries = found.column(name)
        if entries.kind == "complex":
            raise DataError(f"Complex data not supported, got it in column {name!r} of X.")
        if entries.kind not in ("number", "truth"):
            advice = {
                "label": f"use a formula with C({name}) for its levels",
                "time": "turn it into a number, such as days since a date",
            }.get(entries.kind, "turn it into numbers")
            what = "dates or times" if entries.kind == "time" else entries.dtype
            raise DataError(
                f"X must hold numbers, but column {name!r} holds {what}; {advice}, or drop it."
            )
        values[:, j] = entries.values
        values[entries.missing, j] = np.nan
    return values


def _from_array(X: Any, names: tuple[str, ...] | None) -> NDArray[Any]:
    """Return an array or list of rows as float64; what is missing is NaN."""
    if isinstance(X, np.ma.MaskedArray):
        if np.ma.is_masked(X) and X.ndim == 2:
            row, column = np.argwhere(np.ma.getmaskarray(X))[0]
            raise DataError(
                f"X is missing (masked) at row {row}, column {_named(names, column)}; drop or "
                f"fill that row first."
            )
        X = np.ma.getdata(X)
    try:
        array = np.asarray(X)
        if array.dtype.kind in "USO" and isinstance(X, list | tuple):
            # NumPy turns the numbers beside a text into text.
            array = np.asarray(X, dtype=object)
    except ValueError:
        raise DataError(
            f"X must have rows of one length, got {_lengths(X)}; mend the rows."
        ) from None
    if isinstance(X, Mapping):
        raise DataError(
            "X must be an array or a table, got a dictionary; make a table of it, for example "
            "with pandas.DataFrame(X), or fit by a formula, which takes one."
        )
    if array.ndim == 0:
        raise DataError(
            f"Expected 2D array, got scalar array instead: a {type(X).__name__}.\n{_RESHAPE}"
        )
    if array.dtype.kind == "c":
        raise DataError("Complex data not supported; pass real and imaginary parts as columns.")
    if array.ndim == 1:
        raise DataError(f"Expected 2D array, got 1D array instead:\narray={array}.\n{_RESHAPE}")
    if array.ndim > 2:
        raise DataError(
            f"X must be two-dimensional, got shape {array.shape}; reshape it to rows by columns."
        )
    if array.dtype.kind in "fiub":
        return array.astype(np.float64, copy=False)
    return _from_objects(array, names)


def _lengths(X: Any) -> str:
    lengths = [len(row) if hasattr(row, "__len__") else 0 for row in X]
    odd = next((row for row, length in enumerate(lengths) if length != lengths[0]), 0)
    return f"{lengths[0]} at row 0 and {lengths[odd]} at row {odd}"


def _from_objects(array: NDArray[Any], names: tuple[str, ...] | None) -> Floats:
    """Return an array of Python objects as floats, refusing what is not a real number."""
    values = np.empty(array.shape)
    for (row, column), value in np.ndenumerate(array):
        place = f"at row {row}, column {_named(names, column)}"
        if missing(value):
            values[row, column] = np.nan
        elif isinstance(value, complex | np.complexfloating):
            raise DataError(f"Complex data not supported, got {value!r} {place} of X.")
        elif isinstance(value, str | bytes | np.datetime64 | np.timedelta64 | np.void):
            raise DataError(
                f"X must hold numbers, got {shown(value)} {place}; convert that column to "
                f"numbers, or use a formula with C(...) for labels."
            )
        else:
            try:
                values[row, column] = value
            except (TypeError, ValueError, OverflowError) as error:
                wrong = TypeError if isinstance(error, TypeError) else DataError
                raise wrong(
                    f"X must hold numbers, got {shown(value)} {place} ({error}); convert or "
                    f"drop that column."
                ) from None
    return values


def _from_sparse(X: Any) -> Any:
    """Return a sparse matrix by rows, its memory shared where the form allows it."""
    from scipy.sparse import csr_array

    if X.dtype.kind == "c":
        raise DataError("Complex data not supported; pass real and imaginary parts as columns.")
    if X.ndim != 2:
        raise DataError(f"Expected 2D array, got 1D array instead:\nshape={X.shape}.\n{_RESHAPE}")
    rows = csr_array(X, dtype=np.float64)
    if not rows.has_canonical_format:
        rows = rows.copy()
        rows.sum_duplicates()
    return rows


def _check_shape(
    shape: tuple[int, int],
    names: tuple[str, ...] | None,
    expected: Sequence[str] | int | None,
    owner: str,
) -> None:
    n, p = shape
    if n == 0:
        raise DataError(
            f"Found array with 0 sample(s) (shape={shape}) while a minimum of 1 is required."
        )
    if p == 0:
        raise DataError(
            f"Found array with 0 feature(s) (shape={shape}) while a minimum of 1 is required."
        )
    if names is not None and len(names) != p:
        raise DataError(f"names must have one entry per column of X, {p}, got {len(names)}.")
    if expected is not None:
        count = expected if isinstance(expected, int | np.integer) else len(expected)
        if p != count:
            raise DataError(
                f"X has {p} features, but {owner} is expecting {count} features as input."
            )


def _check_finite(values: Any, names: tuple[str, ...] | None) -> None:
    stored = values if isinstance(values, np.ndarray) else values.data
    with np.errstate(over="ignore", invalid="ignore"):
        # One pass without a temporary; only a sum that overflowed needs the second look.
        if np.isfinite(stored.sum()) or np.isfinite(stored).all():
            return
    if stored is values:
        row, column = (int(i) for i in np.argwhere(~np.isfinite(values))[0])
        value = values[row, column]
    else:
        at = int(np.flatnonzero(~np.isfinite(stored))[0])
        row = int(np.searchsorted(values.indptr, at, side="right")) - 1
        column, value = int(values.indices[at]), stored[at]
    what = "missing (NaN)" if np.isnan(value) else f"infinite ({value})"
    raise DataError(
        f"X is {what} at row {row}, column {_named(names, column)}; drop or mend that row."
    )


def _named(names: tuple[str, ...] | None, column: int) -> str:
    known = names is not None and column < len(names)
    return repr(names[column]) if known and names is not None else f"x{column}"
