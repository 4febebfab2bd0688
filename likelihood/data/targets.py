"""Targets and predictions of a loss: their shapes and ranges, checked once."""

from __future__ import annotations

from numbers import Real
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import aligned
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, Form, Integers, Statistic, indicator

#: How far from one the sum of probabilities may be in double precision.
SIMPLEX = 1e-9


class Batch(NamedTuple):
    """Predictions and targets of one loss, as n rows.

    ``shape`` is that of the caller's predictions, ``rows`` that of one value per row.
    """

    prediction: Floats
    t: Statistic
    shape: tuple[int, ...]
    rows: tuple[int, ...]


def real(values: Any, name: str) -> Floats:
    """Return any array-like as float64, infinities kept and NaN refused.

    Raises
    ------
    DataError
        An entry is NaN, complex or no number, or the array is empty.

    Examples
    --------
    >>> real([[0, 1]], "logits")
    array([[0., 1.]])
    """
    array = real_array(values, name)
    floats: Floats = array.astype(np.float64, copy=False)
    if not floats.size:
        raise DataError(f"{name} is empty, shape {floats.shape}; a loss needs at least one row.")
    if np.isnan(floats).any():
        raise DataError(f"{name} is NaN at {_place(np.isnan(floats))}; find where it comes from.")
    return floats


def real_array(values: Any, name: str) -> NDArray[Any]:
    """Return anything like an array as one of real numbers, in the precision it came in.

    Raises
    ------
    DataError
        An entry is masked, complex or no number.

    Examples
    --------
    >>> real_array([0, 1], "y")
    array([0, 1])
    """
    if isinstance(values, np.ma.MaskedArray) and np.ma.is_masked(values):
        raise DataError(f"{name} is missing (masked) at {_place(np.ma.getmaskarray(values))}.")
    if hasattr(values, "to_numpy"):
        array = np.asarray(values.to_numpy())
        if array.dtype == object:
            # A nullable column: what is missing becomes NaN, which is refused by the row.
            array = np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
        return array
    try:
        array = np.asarray(values)
    except ValueError:
        raise DataError(f"{name} must be rectangular; its rows have different lengths.") from None
    if array.dtype.kind not in "fiub":
        raise DataError(f"{name} must be an array of real numbers, got {array.dtype} entries.")
    return array


def batch(family: type[ExponentialFamily], y: Any, prediction: Any, name: str, form: Form) -> Batch:
    """Return checked rows of predictions and targets for a family's loss.

    Parameters
    ----------
    y : array
        One number per prediction; for a family of many coordinates labels 0..K-1, or rows
        on the simplex.
    prediction : array
        Shaped like y, or (N, K) with one column per category; (K,) is a single row.
    name : str
        The keyword that ``prediction`` was given under, for messages.
    form : {"natural", "mean", "log_mean"}
        Which parameter the prediction is.
    """
    given = real(prediction, name)
    tolerance = _simplex_tolerance(prediction)
    target = real(y, "y")
    if not np.isfinite(target).all():
        raise DataError(f"y must be finite, got an infinity at {_place(~np.isfinite(target))}.")
    aligned(y, "y", prediction, name)
    in_order(prediction, name)
    if family.pinned == 0:
        if target.shape != given.shape:
            raise DataError(
                f"y and {name} must have the same shape, got {target.shape} and {given.shape}; "
                f"reshape one of them, nothing is broadcast."
            )
        in_range(target, "y", family.mean_range)
        if form == "mean":
            in_range(given, name, family.mean_range, _natural(family))
        return Batch(given.reshape(-1, 1), target.reshape(-1, 1), given.shape, given.shape)
    rows = _rows(given, name, form, tolerance, _natural(family))
    return Batch(rows, _classes(y, target, rows, given, name), given.shape, given.shape[:-1])


def ignored(
    family: type[ExponentialFamily], y: Any, prediction: Any, name: str, index: int | None
) -> tuple[Any, Floats]:
    """Return y with the ignored rows made harmless, and 1 for rows to keep, 0 for the others.

    Targets shaped like the predictions are rows on the simplex, of which those with all their
    mass on the class ``index`` are ignored.
    """
    if index is None:
        return y, np.ones(1)
    if isinstance(index, bool) or not isinstance(index, int | np.integer):
        raise TypeError(f"ignore_index must be a whole number, got {index!r}.")
    target, shape = real(y, "y"), real(prediction, name).shape
    if family.pinned and target.shape == shape:
        on_class = 0 <= index < shape[-1]
        gone = target[..., index] == 1.0 if on_class else np.zeros(shape[:-1], dtype=bool)
        return target, (~gone).astype(float).reshape(-1)
    gone = target == index
    return np.where(gone, 0.0, target), (~gone).astype(float).reshape(-1)


def class_targets(
    family: type[ExponentialFamily],
    t: Statistic,
    k: int,
    class_weights: Any,
    pos_weight: float | None,
    smoothing: float,
) -> tuple[Statistic, Floats]:
    """Return targets after smoothing and class weighting, and the mass (n,) of each row.

    Parameters
    ----------
    t : (n,) integers, (n, k) floats
        For a binary family (n, 1): the share of class 1.
    k : int
        Columns of the prediction.
    """
    one = np.ones(1)
    if isinstance(smoothing, bool) or not (isinstance(smoothing, Real) and 0 <= smoothing <= 1):
        raise ValueError(f"label_smoothing must be in [0, 1], got {smoothing!r}.")
    count = k if family.pinned else 2
    if smoothing:
        t = (1.0 - smoothing) * indicator(t, k) + smoothing / count
    weights = _class_weights(class_weights, pos_weight, count)
    if weights is None:
        return t, one
    if t.ndim == 1:
        return t, weights[t]
    if family.pinned:
        mass = t @ weights
        weighted = t * weights
    else:
        # The one coordinate of a binary target is class 1; class 0 has the rest.
        weighted = t * weights[1]
        mass = (weighted + (1.0 - t) * weights[0])[:, 0]
    free = (mass > 0)[:, None]
    return np.where(free, weighted / np.where(free, mass[:, None], 1.0), t), mass


def _class_weights(class_weights: Any, pos_weight: float | None, count: int) -> Floats | None:
    if class_weights is None and pos_weight is None:
        return None
    weights = np.ones(count) if class_weights is None else real(class_weights, "class_weights")
    if weights.shape != (count,):
        raise DataError(
            f"class_weights must have one entry for each of {count} classes, got shape "
            f"{weights.shape}."
        )
    if pos_weight is not None:
        if isinstance(pos_weight, bool) or not isinstance(pos_weight, Real):
            raise TypeError(f"pos_weight must be a number, got {pos_weight!r}.")
        weights = weights * np.array([1.0, float(pos_weight)])
    if not (np.isfinite(weights) & (weights >= 0)).all():
        raise DataError(
            f"class_weights and pos_weight must be finite and not negative, got {weights.tolist()}."
        )
    return weights


def _natural(family: type[ExponentialFamily]) -> str:
    """Return the keyword under which a loss takes the natural parameter."""
    return next((name for name, form in family.predictions.items() if form == "natural"), "")


def _rows(given: Floats, name: str, form: Form, tolerance: float, natural: str) -> Floats:
    """Return predictions (N, K) over categories, on the simplex where they are probabilities."""
    if given.ndim not in (1, 2) or given.shape[-1] < 2:
        raise DataError(
            f"{name} must have shape (N, K), one column for each of K >= 2 categories, "
            f"got {given.shape}."
        )
    rows = given.reshape(-1, given.shape[-1])
    if form == "mean":
        in_range(given, name, (0.0, 1.0), natural)
        _sums_to_one(rows, name, tolerance)
    elif form == "log_mean":
        in_range(given, name, (-np.inf, tolerance), natural)
        _sums_to_one(np.exp(rows), f"exp({name})", tolerance)
    return rows


def _classes(y: Any, target: Floats, rows: Floats, given: Floats, name: str) -> Statistic:
    """Return targets over K categories: labels (n,) or rows on the simplex (n, K)."""
    n, k = rows.shape
    if target.shape == given.shape:
        soft = target.reshape(n, k)
        in_range(soft, "y", (0.0, 1.0))
        _sums_to_one(soft, "y", _simplex_tolerance(y))
        return soft
    if target.shape != given.shape[:-1]:
        raise DataError(
            f"y must hold one label per row of {name}, shape {given.shape[:-1]}, or rows on the "
            f"simplex, shape {given.shape}; got shape {target.shape}."
        )
    hard = target.reshape(n)
    wrong = (hard != np.floor(hard)) | (hard < 0) | (hard >= k)
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"y must hold labels 0..{k - 1} for {k} columns of {name}, got {hard[row]:g} at row "
            f"{row} ({int(wrong.sum())} such); use ignore_index= for rows without a label."
        )
    codes: Integers = hard.astype(np.intp)
    return codes


def _simplex_tolerance(values: Any) -> float:
    """Return how far from one a sum may be: single precision is held to its own rounding."""
    dtype = np.asarray(values).dtype
    narrow = dtype.kind == "f" and dtype.itemsize < 8
    return float(16 * np.finfo(dtype).eps) if narrow else SIMPLEX


def in_order(prediction: Any, name: str) -> None:
    """Raise DataError for a frame whose columns are the classes 0..K-1 in another order.

    Examples
    --------
    >>> import pandas as pd
    >>> in_order(pd.DataFrame({"low": [0.5], "high": [0.5]}), "probs")
    """
    columns = getattr(prediction, "columns", None)
    if columns is None:
        return
    names = list(columns)
    counted = list(range(len(names)))
    if names != counted and all(type(n) is int for n in names) and sorted(names) == counted:
        raise DataError(
            f"{name} has the columns {names}, and columns are taken in order; sort them."
        )


def _sums_to_one(rows: Floats, name: str, tolerance: float) -> None:
    sums = rows.sum(axis=1)
    wrong = np.abs(sums - 1.0) > tolerance
    if wrong.any():
        row = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"{name} must sum to 1 in every row, got {sums[row]:.12g} at row {row}; nothing is "
            f"renormalised for you."
        )


def simplex(values: Any, name: str) -> Floats:
    """Return probabilities that sum to 1 along the last axis, unchanged.

    Raises
    ------
    DataError
        An entry is not in [0, 1], or a row does not sum to 1.

    Examples
    --------
    >>> simplex([0.5, 0.5], "p")
    array([0.5, 0.5])
    """
    probs = real(values, name)
    in_range(probs, name, (0.0, 1.0))
    if probs.ndim == 0:
        raise DataError(f"{name} must hold the probabilities of all outcomes, got a single number.")
    _sums_to_one(probs.reshape(-1, probs.shape[-1]), name, _simplex_tolerance(values))
    return probs


def in_range(values: Floats, name: str, allowed: tuple[float, float], natural: str = "") -> None:
    """Raise DataError for the first entry outside a closed range, with advice.

    ``natural`` is the keyword that such values may have been meant for.

    Examples
    --------
    >>> import numpy as np
    >>> in_range(np.array([0.5]), "probs", (0.0, 1.0))
    """
    low, high = allowed
    wrong = (values < low) | (values > high)
    if wrong.any():
        at = tuple(int(i) for i in np.argwhere(wrong)[0])
        advice = f"; if these are {natural}, pass them as {natural}=" if natural else ""
        bounds = f"[{low:g}, {high:g}]" if np.isfinite(high) else f"at least {low:g}"
        raise DataError(
            f"{name} must be {'in ' if np.isfinite(high) else ''}{bounds}, got "
            f"{float(values[at]):.17g} at {_place(wrong)}{advice}."
        )


def _place(where: NDArray[np.bool_]) -> str:
    """Return the first marked place in words."""
    if where.ndim == 0:
        return "the only entry"
    index = [int(i) for i in np.argwhere(where)[0]]
    return f"row {index[0]}" + (f", column {index[1]}" if len(index) > 1 else "")
