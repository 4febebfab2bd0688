"""What a fit knows of its rows when they are gone: its covariance, in the units given (level 5)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.fitted_rows import FittedRows
from likelihood.linear_model import LinearModel
from likelihood.solve.centring import slices
from likelihood.solve.working import Working

#: How many times the variance of a prediction its terms may be: of 16 digits 8 are left.
_MOST_CANCELLED = 1e8

_AGAIN = "fit the model again to the same data, whose rows tell more"


def stored_rows(model: LinearModel, record: RegressionRecord, total: float) -> FittedRows:
    """Return what stands for the rows of a fit: its coefficients and their covariance.

    Without the rows there is no centring: a prediction at a column far from zero is a small
    difference of large terms, so `check_digits` has to see new rows first.

    Parameters
    ----------
    model : LinearModel
        Any rows of the columns of the fit.
    record : RegressionRecord
    total : float
        The sum of the weights of the fit.

    Raises
    ------
    DataError
        The data were separated, where a covariance of the coefficients is not all there is; or
        the covariance is none.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, x, y, np.ones(4), ("x",))
    >>> rows = stored_rows(model, fit_regression(model), 4.0)
    >>> images = rows.images(rows.coordinates(np.array([[1.0]])), rows.half)
    >>> float(np.sqrt(np.sum(images**2)).round(6))
    0.288675
    """
    if record.separation is not None:
        raise DataError(
            "an interval needs the rows of the fit where the data are separated, and they are not "
            f"kept when it is saved, pickled or copied; {_AGAIN}."
        )
    kept = record.kept[1:] if model.intercept else record.kept
    x = record.coef[:, record.kept]
    every = np.tile(record.kept, len(record.coef))
    half = _root(record.covariance[np.ix_(every, every)])
    reduced = model.columns(kept)
    d = x.shape[1]
    place = Working(
        np.zeros((0, d)), np.zeros(0, dtype=bool), None, np.zeros(d, dtype=np.int64),
        0 if model.intercept else None,
    )  # fmt: skip
    # One row with the weight of all of them: the degrees of freedom are counted from it.
    one = replace(
        reduced, X=np.zeros((1, d - model.intercept)), t=reduced.t[:1], weights=np.array([total]),
        low=None, offset=None,
    )  # fmt: skip
    return FittedRows(
        one, place, x, np.zeros(len(x)), None, half, half,
        np.zeros((x.size, 0)), np.ones(x.size),
    )  # fmt: skip


def check_digits(rows: FittedRows, record: RegressionRecord, model: LinearModel) -> None:
    """Refuse new rows whose variances cancel to less than eight digits.

    Parameters
    ----------
    rows : FittedRows
        From `stored_rows`.
    model : LinearModel
        The new rows, of all columns.

    Raises
    ------
    DataError
        With the first such row.
    """
    kept = record.kept[1:] if model.intercept else record.kept
    spread = np.sum(rows.half**2, axis=1).reshape(rows.x.shape)
    for part in slices(model.n_rows, rows.x.size * model.free, 2**18):
        a = rows.coordinates(model.X[part] if kept.all() else model.X[part][:, kept])
        variance = np.sum(rows.images(a, rows.half) ** 2, axis=2)
        poor = (a**2 @ spread.T > _MOST_CANCELLED * variance).any(axis=1)
        if poor.any():
            raise DataError(
                f"the interval at row {part.start + int(poor.argmax())} would have few digits: a "
                f"column is far from zero for how much it varies; {_AGAIN}, or centre the column."
            )


def _root(covariance: Floats) -> Floats:
    """Return H with ``H H'`` a covariance, its rounding below zero taken for zero."""
    variance = np.diag(covariance)
    if not (np.isfinite(covariance).all() and (variance >= 0).all()):
        raise DataError(f"the covariance of the fit is not finite; {_AGAIN}.")
    scale = np.sqrt(np.where(variance > 0, variance, 1.0))
    values, vectors = np.linalg.eigh(covariance / scale / scale[:, None])
    return np.asarray(scale[:, None] * (vectors * np.sqrt(np.maximum(values, 0.0))))
