"""Predictions in the limit that separated data approach (level 5)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.linear_model import LinearModel
from likelihood.solve.leading import leading


def limiting_eta(
    model: LinearModel, record: RegressionRecord, X: Any, offset: Floats | None = None
) -> Floats:
    """Return the linear predictor of new rows (n, K), the pinned column of zeros included.

    Where the data of the fit were separated it is the limit along the canonical direction: the
    classes that the direction puts first in a row keep the limiting conditional model's linear
    predictor, and the others have minus infinity.  Which these are is decided exactly, on the
    doubles of X.

    Parameters
    ----------
    model : LinearModel
        Of the fit; its rows are not used.
    X : (n, p) array or scipy.sparse array
        All columns, the aliased ones too.
    offset : (n, k) array, optional

    Returns
    -------
    (n, K) array
        One column for Bernoulli (infinite of either sign in the limit) and for Poisson (minus
        infinity where the mean vanishes, infinity where it grows without bound).

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> from likelihood.fit.regression import fit_regression
    >>> X, t = np.array([[1.0], [2.0], [2.0]]), np.array([[0.0], [0.0], [1.0]])
    >>> model = LinearModel(Bernoulli, X, t, np.ones(3), ("x",), n_classes=2)
    >>> limiting_eta(model, fit_regression(model), np.array([[1.0], [2.0], [3.0]])).tolist()
    [[-inf], [0.0], [inf]]
    """
    n = X.shape[0]
    rows = replace(model, X=X, offset=offset, low=None, weights=np.ones(n))
    eta = rows.padded(rows.eta(record.coef, record.coef_low))
    apart = record.separation
    if apart is None:
        return eta
    kept = record.kept[int(model.intercept) :]
    first = leading(X if kept.all() else X[:, kept], apart.proof, intercept=model.intercept)
    if model.family.pinned:
        eta[~first] = -np.inf
        return eta
    eta[~first[:, 1]] = -np.inf
    eta[~first[:, 0]] = np.inf
    return eta
