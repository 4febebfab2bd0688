"""Intervals for what a regression predicts at given rows (level 5).

On the linear predictor they are symmetric: t for a linear regression, normal for the others.
The ends are then mapped to the mean or the probability, so that they stay in its range.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from likelihood import kernels
from likelihood.family import Floats, present
from likelihood.fit.record import RegressionRecord
from likelihood.inference.fitted_rows import FittedRows, fitted_rows
from likelihood.inference.limits import limiting_eta
from likelihood.inference.quantiles import normal_quantile, significance, t_quantile
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.centring import slices
from likelihood.verdict import Status

#: A relation of aliased columns holds in a new row if it does to this share of its terms.
_RELATION = 1e-9
#: The same for a row's part in directions that separated data say nothing about.
_SEEN = 1e-7


class Intervals(NamedTuple):
    """Predictions of m rows with their uncertainty, all of one shape.

    ``std_error`` is on the scale of the linear predictor: of the mean itself (linear), its log
    (Poisson), or a class's log-odds against the rest.  It and the ends are NaN where the data
    do not determine the prediction, or determine it to be impossible or certain.
    """

    estimate: Floats
    std_error: Floats
    low: Floats
    high: Floats


class Predictor(NamedTuple):
    """The linear predictor of m rows: ``eta`` (m, K) with pinned coordinates, and images.

    ``informed`` (m, k, q) are the images H' (e_c (x) a) whose sums of squares are variances at a
    dispersion of 1, ``blind`` (m, k, r) the parts on which the data are silent.
    """

    eta: Floats
    informed: Floats
    blind: Floats
    estimable: Booleans


def linear_interval(
    model: LinearModel,
    record: RegressionRecord,
    X: Any,
    offset: Floats | None = None,
    level: float = 0.95,
    *,
    low: Floats | None = None,
    fitted: FittedRows | None = None,
) -> Intervals:
    """Return intervals for the linear predictor (m, k) of each row, pinned coordinates left out.

    Parameters
    ----------
    model : LinearModel
        The rows that were fitted.
    record : RegressionRecord
    X : (m, p) array or scipy.sparse.csr_array
        New rows of all columns.
    offset : (m, k) array, optional
    level : float
        Coverage of each interval, in (0, 1).
    low : (m, p) array, optional
        What the entries of X lost to rounding.
    fitted : FittedRows, optional
        Those of the model, if they are at hand.

    Raises
    ------
    ValueError
        The level is not in (0, 1).

    Notes
    -----
    Each call goes over the fitted rows twice.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, x, y, np.ones(4), ("x",))
    >>> linear_interval(model, fit_regression(model), np.array([[1.0]])).std_error.round(6)
    array([[0.288675]])
    """
    rows = fitted_rows(model, record) if fitted is None else fitted
    at = _predictor(rows, record, model, X, offset, low)
    pinned = model.family.pinned
    scale = _scale(record)
    std_error = scale * np.sqrt(np.sum(at.informed**2, axis=2))
    silent = (np.sqrt(np.sum(at.blind**2, axis=2)) > _SEEN) | ~at.estimable[:, None]
    return _around(model, record, at.eta[:, pinned:], np.where(silent, np.nan, std_error), level)


def mean_interval(
    model: LinearModel,
    record: RegressionRecord,
    X: Any,
    offset: Floats | None = None,
    level: float = 0.95,
    *,
    low: Floats | None = None,
    fitted: FittedRows | None = None,
) -> Intervals:
    """Return intervals for the mean (m,) of each row, for families with one coordinate.

    The mean of y for a linear or Poisson regression, the probability of the event for a
    logistic one.  Parameters are those of :func:`linear_interval`.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> from likelihood.fit.regression import fit_regression
    >>> x = np.array([[0.0], [0.0], [1.0], [1.0], [1.0]])
    >>> y = np.array([[0.0], [1.0], [0.0], [1.0], [1.0]])
    >>> model = LinearModel(Bernoulli, x, y, np.ones(5), ("x",), n_classes=2)
    >>> found = mean_interval(model, fit_regression(model), np.array([[1.0]]))
    >>> [float(part[0].round(4)) for part in found]
    [0.6667, 1.2247, 0.1535, 0.9566]
    """
    found = linear_interval(model, record, X, offset, level, low=low, fitted=fitted)

    def mean(eta: Floats) -> Floats:
        known = np.where(np.isnan(eta), 0.0, eta)
        with np.errstate(over="ignore", invalid="ignore"):
            at = present(model.family.cumulants(known, 1).mean)
        return np.asarray(np.where(np.isnan(eta), np.nan, at))[:, 0]

    return Intervals(mean(found.estimate), found.std_error[:, 0], mean(found.low), mean(found.high))


def probability_intervals(
    model: LinearModel,
    record: RegressionRecord,
    X: Any,
    offset: Floats | None = None,
    level: float = 0.95,
    *,
    low: Floats | None = None,
    fitted: FittedRows | None = None,
) -> Intervals:
    """Return intervals for the probability of each class (m, K), inside (0, 1).

    Each is symmetric on the class's log-odds against all others, by the delta method.
    Parameters are those of :func:`linear_interval`.

    Returns
    -------
    Intervals
        Columns are the classes in the model's order: the base first, then the responses.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Categorical
    >>> from likelihood.fit.regression import fit_regression
    >>> x, t = np.zeros((6, 0)), np.array([0, 0, 0, 1, 1, 2])
    >>> model = LinearModel(Categorical, x, t, np.ones(6), (), n_classes=3, responses=("b", "c"))
    >>> found = probability_intervals(model, fit_regression(model), np.zeros((1, 0)))
    >>> found.estimate.round(4), found.low.round(4)
    (array([[0.5   , 0.3333, 0.1667]]), array([[0.1679, 0.0839, 0.0228]]))
    """
    rows = fitted_rows(model, record) if fitted is None else fitted
    at = _predictor(rows, record, model, X, offset, low)
    eta, informed, blind = at.eta, at.informed, at.blind
    if not model.family.pinned:
        eta = np.column_stack([np.zeros(len(eta)), eta])
    # The base's coordinate does not vary.
    informed, blind = (np.pad(part, ((0, 0), (1, 0), (0, 0))) for part in (informed, blind))
    odds, errors = np.empty(eta.shape), np.empty(eta.shape)
    for c in range(eta.shape[1]):
        odds[:, c], slope = log_odds(eta, c)
        silent = np.sqrt(np.sum(np.einsum("nc,ncq->nq", slope, blind) ** 2, axis=1)) > _SEEN
        error = np.sqrt(np.sum(np.einsum("nc,ncq->nq", slope, informed) ** 2, axis=1))
        errors[:, c] = np.where(silent | ~at.estimable, np.nan, error)
    found = _around(model, record, odds, errors, level)
    return Intervals(
        kernels.sigmoid(odds), found.std_error,
        kernels.sigmoid(found.low), kernels.sigmoid(found.high),
    )  # fmt: skip


def prediction_interval(
    model: LinearModel,
    record: RegressionRecord,
    X: Any,
    offset: Floats | None = None,
    level: float = 0.95,
    *,
    low: Floats | None = None,
    fitted: FittedRows | None = None,
) -> Intervals:
    """Return intervals (m,) for one more observation at each row of a linear regression.

    Parameters are those of :func:`linear_interval`; the standard error is that of the
    observation about its prediction.

    Raises
    ------
    ValueError
        The regression is not linear: an observation is then a class or a count.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Gaussian
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.zeros((3, 0)), np.array([[1.0], [2.0], [3.0]])
    >>> model = LinearModel(Gaussian, x, y, np.ones(3), ())
    >>> prediction_interval(model, fit_regression(model), np.zeros((1, 0))).std_error.round(6)
    array([1.154701])
    """
    if not model.family.free_dispersion:
        raise ValueError(
            "a prediction interval is for a linear regression; use interval='confidence', which "
            "is for the mean or the probabilities."
        )
    found = linear_interval(model, record, X, offset, level, low=low, fitted=fitted)
    wide = np.hypot(found.std_error, _scale(record))
    return Intervals(*(part[:, 0] for part in _around(model, record, found.estimate, wide, level)))


def degrees_of_freedom(total: float, record: RegressionRecord) -> float:
    """Return the sum of the weights less the coefficients that are identified."""
    return total - len(record.coef) * int(np.count_nonzero(record.kept))


def log_odds(eta: Floats, c: int) -> tuple[Floats, Floats]:
    """Return a class's log-odds against all others (m,), and its slope in eta (m, K).

    Examples
    --------
    >>> import numpy as np
    >>> odds, slope = log_odds(np.array([[0.0, 0.0, 0.0]]), 0)
    >>> odds.round(6), slope
    (array([-0.693147]), array([[ 1. , -0.5, -0.5]]))
    """
    others = np.delete(eta, c, axis=1)
    # All others impossible: certain, at infinite log-odds.
    alone = np.isneginf(others).all(axis=1)
    shares = np.zeros_like(others)
    rest = np.full(len(eta), -np.inf)
    certain = np.isposinf(others).any(axis=1)
    rest[certain] = np.inf
    usual = ~alone & ~certain
    shares[usual] = kernels.softmax(others[usual])
    rest[usual] = kernels.logsumexp(others[usual])
    with np.errstate(invalid="ignore"):
        odds = np.where(np.isneginf(eta[:, c]), -np.inf, eta[:, c] - rest)
    return odds, np.insert(-shares, c, 1.0, axis=1)


def _scale(record: RegressionRecord) -> float:
    """Return the root of the dispersion; 0 where nothing is left but rounding."""
    return 0.0 if record.exact else float(np.sqrt(record.dispersion))


def _around(
    model: LinearModel, record: RegressionRecord, estimate: Floats, error: Floats, level: float
) -> Intervals:
    """Return symmetric intervals, blank about what is infinite or was not found."""
    alpha = significance(level)
    df = degrees_of_freedom(model.total, record)
    if not model.family.free_dispersion:
        cut = float(normal_quantile(alpha))
    else:
        cut = float(t_quantile(alpha, df)) if df > 0 else np.nan
    blank = ~np.isfinite(estimate) | (record.verdict.status is Status.NOT_CONVERGED)
    error = np.where(blank, np.nan, error)
    centre = np.where(blank, 0.0, estimate)
    return Intervals(estimate, error, centre - cut * error, centre + cut * error)


def linear_predictor(
    rows: FittedRows,
    model: LinearModel,
    record: RegressionRecord,
    X: Any,
    offset: Floats | None = None,
    low: Floats | None = None,
) -> Floats:
    """Return the linear predictor (m, K) of rows, pinned coordinates included.

    Infinite in the limit of separated data.  Parameters are those of :func:`linear_interval`.
    """
    if record.separation is not None:
        return limiting_eta(model, record, X, offset)
    return model.padded(_finite(rows, model, record, X, offset, low))


def _finite(
    rows: FittedRows, model: LinearModel, record: RegressionRecord,
    X: Any, offset: Floats | None, low: Floats | None,
) -> Floats:  # fmt: skip
    kept = record.kept[1:] if model.intercept else record.kept
    eta = np.empty((X.shape[0], model.free))
    for part in slices(X.shape[0], rows.x.size, 2**18):
        of_kept = X[part] if kept.all() else X[part][:, kept]
        a = rows.coordinates(of_kept, None if low is None else low[part][:, kept])
        eta[part] = rows.eta(a, None if offset is None else offset[part])
    return eta


def _predictor(
    rows: FittedRows,
    record: RegressionRecord,
    model: LinearModel,
    X: Any,
    offset: Floats | None,
    low: Floats | None,
) -> Predictor:
    """Return the linear predictor of new rows with what its variance is made of."""
    kept = record.kept[1:] if model.intercept else record.kept
    estimable = follows_relations(record, X)
    k, n = model.free, X.shape[0]
    informed = np.empty((n, k, rows.half.shape[1]))
    blind = np.empty((n, k, rows.blind.shape[1]))
    for part in slices(n, rows.x.size * k, 2**18):
        of_kept = X[part] if kept.all() else X[part][:, kept]
        rest = None if low is None else low[part][:, kept]
        a = rows.coordinates(of_kept, rest)
        informed[part] = rows.images(a, rows.half)
        # As a share of the row, so that its length does not matter.
        length = np.sqrt(np.sum((np.tile(a, k) / rows.lengths) ** 2, axis=1))
        scaled = rows.images(a, rows.blind / rows.lengths[:, None])
        blind[part] = scaled / np.where(length > 0, length, 1.0)[:, None, None]
    eta = linear_predictor(rows, model, record, X, offset, low)
    return Predictor(eta, informed, blind, estimable)


def follows_relations(record: RegressionRecord, X: Any) -> Booleans:
    """Return whether the aliased columns of rows are the combinations they were in the fit (m,).

    Where they are not, what the row predicts is not determined.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Gaussian
    >>> from likelihood.fit.regression import fit_regression
    >>> x = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 6.0]])
    >>> model = LinearModel(Gaussian, x, np.ones((3, 1)), np.ones(3), ("a", "b"))
    >>> follows_relations(fit_regression(model), np.array([[5.0, 10.0], [5.0, 9.0]]))
    array([ True, False])
    """
    fine = np.ones(X.shape[0], dtype=bool)
    for relation in record.relations:
        used = np.append(np.flatnonzero(relation.coef), relation.column)
        columns = X[:, used] if isinstance(X, np.ndarray) else X[:, used].toarray()
        terms = columns * np.append(relation.coef[used[:-1]], -1.0)
        size = np.abs(terms).sum(axis=1) + abs(relation.intercept)
        fine &= np.abs(terms.sum(axis=1) + relation.intercept) <= _RELATION * size
    return fine
