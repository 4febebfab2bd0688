"""What a regression says of each row: loss, residual, leverage, influence (level 5)."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from likelihood.family import ExponentialFamily, Floats, Statistic, indicator
from likelihood.fit.record import RegressionRecord
from likelihood.inference.fitted_rows import FittedRows, fitted_rows
from likelihood.linear_model import LinearModel


class Influence(NamedTuple):
    """The leverage and Cook's distance of one repetition of each row (n,)."""

    hat: Floats
    cooks_d: Floats


def row_influence(
    model: LinearModel, record: RegressionRecord, fitted: FittedRows | None = None
) -> Influence:
    """Return leverages and Cook's distances of the rows that were fitted.

    Parameters
    ----------
    model : LinearModel
    record : RegressionRecord
    fitted : FittedRows, optional
        Those of the model, if they are at hand.

    Returns
    -------
    Influence
        Zero for rows without weight.  Leverages times weights sum to the number of coefficients
        (less with a ridge).  Cook's distance is NaN at a leverage of 1, and where nothing is left
        but rounding.

    Notes
    -----
    With ``G = X A**-1 X'`` of a row, (k, k), and V the variance of its response the leverage is
    ``trace(V G)``, and one step of Newton's method from the estimate without the row gives
    ``D = r' (I - G V)**-1 G (I - V G)**-1 r / (phi p)``, p the number of coefficients: Cook
    (1977) for a linear regression, Pregibon (1981) for a logistic one, Lesaffre & Albert (1989)
    for several classes.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Gaussian
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.array([[0.0], [1.0], [2.0]]), np.array([[0.0], [2.0], [1.0]])
    >>> model = LinearModel(Gaussian, x, y, np.ones(3), ("x",))
    >>> row_influence(model, fit_regression(model)).hat.round(6)
    array([0.833333, 0.333333, 0.833333])
    """
    rows = fitted_rows(model, record) if fitted is None else fitted
    # What the rows inform: all coefficients, or the dimension of the limiting model.
    p = rows.bread.shape[1]
    hat, cooks_d = np.zeros(model.n_rows), np.zeros(model.n_rows)
    for block in rows.blocks():
        used = block.weights > 0
        images = rows.images(block.a[used], rows.bread)
        G = images @ images.transpose(0, 2, 1)
        V = block.root[used].transpose(0, 2, 1) @ block.root[used]
        r = block.gradient[used]
        VG = V @ G
        inside = np.eye(VG.shape[1]) - VG
        at = np.zeros(len(block.weights)), np.zeros(len(block.weights))
        at[0][used] = np.trace(VG, axis1=1, axis2=2)
        at[1][used] = _distance(inside, G, r) / p if p else 0.0
        hat[block.rows], cooks_d[block.rows] = at
    cooks_d /= record.dispersion if not record.exact else math.nan
    return Influence(hat, cooks_d)


def _distance(inside: Floats, G: Floats, r: Floats) -> Floats:
    """Return ``s' G s`` with ``s = inside**-1 r``, NaN where the inverse does not exist."""
    full = np.abs(np.linalg.det(inside)) < 1e-10
    safe = np.where(full[:, None, None], np.eye(inside.shape[1]), inside)
    s = np.linalg.solve(safe, r[:, :, None])[:, :, 0]
    distance = np.einsum("nc,ncd,nd->n", s, G, s)
    return np.asarray(np.where(full, np.nan, distance))


def row_losses(
    family: type[ExponentialFamily], eta: Floats, t: Statistic, variance: float
) -> Floats:
    """Return ``-log p`` of each row in nats (n,).

    Weighted, those of the fitted rows sum to minus the log-likelihood.

    Parameters
    ----------
    eta : (n, K) array
        The linear predictor with pinned coordinates; infinite in the limit of separated data.
    t : (n, K) floats or (n,) integers
    variance : float
        The dispersion, for families that have one.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> row_losses(Bernoulli, np.array([[0.0], [np.inf]]), np.ones((2, 1)), 1.0).round(6)
    array([0.693147, 0.      ])
    """
    if family.free_dispersion and not variance > 0:
        return np.full(len(eta), math.nan)
    sd = np.full(len(eta), math.sqrt(variance)) if family.free_dispersion else None
    return family.row_nll(eta, t, "natural", 0, sd=sd).value + 0.0


def deviance_residuals(
    family: type[ExponentialFamily], eta: Floats, t: Statistic, mean: Floats
) -> Floats:
    """Return the roots of the unit deviances (n,), with the sign of ``y - mean``.

    With several classes there is no sign: the root of twice the loss.

    Parameters
    ----------
    eta, mean : (n, K) arrays
        The linear predictor with pinned coordinates, and the mean of the statistic.
    t : (n, K) floats or (n,) integers

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> y, mean = np.array([[0.0], [4.0]]), np.array([[2.0], [4.0]])
    >>> deviance_residuals(Poisson, np.log(mean), y, mean)
    array([-2.,  0.])
    """
    if t.ndim == 1:
        return np.sqrt(2.0 * row_losses(family, eta, t, 1.0))
    half = np.maximum(family.divergence(indicator(t, 1), mean), 0.0)
    return np.asarray(np.copysign(np.sqrt(2.0 * half), t[:, 0] - mean[:, 0]) + 0.0)
