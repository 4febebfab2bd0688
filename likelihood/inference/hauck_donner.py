"""Where a Wald statistic shrinks as its coefficient grows: the Hauck-Donner effect (level 5)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats, present
from likelihood.fit.record import RegressionRecord
from likelihood.inference.restricted_fit import kept_columns, maximum
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans, LinearObjective
from likelihood.solve.centring import slices
from likelihood.verdict import Status


def wald_unreliable(model: LinearModel, record: RegressionRecord) -> Booleans:
    """Return which Wald statistics would fall if their coefficient moved away from zero (k, d).

    The p-value of such a coefficient is too large, its Wald interval too wide on the near side.

    Returns
    -------
    (k, d) array of bool
        False for a linear regression, whose information does not depend on the coefficients;
        for infinite and aliased coefficients; for a penalised fit, whose statistic is another;
        and where the maximum was not found.

    Notes
    -----
    With V the inverse of the information I, the slope of ``b_j / sqrt(v_jj)`` in ``b_j``, the
    other coefficients held, has the sign of ``1 - b_j v'_jj / (2 v_jj)``, and
    ``V' = -V I' V``.  With q the column j of V and a row's ``a = x'q`` in each coordinate of eta,

        v'_jj = - sum of w k3(x_j, a, a),

    k3 being the row's third cumulant in those three directions: ``p (1 - p) (1 - 2 p) x_j a**2``
    for a Bernoulli response, ``m x_j a**2`` for Poisson.

    References
    ----------
    Hauck & Donner (1977), Journal of the American Statistical Association 72, 851-853.
    Yee (2022), Journal of the American Statistical Association 117, 1763-1774.

    Examples
    --------
    Of 100 in each group, 25 respond in one; beside them 80 are told apart better than 99.

    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> from likelihood.fit.regression import fit_regression
    >>> X, t = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[0.0], [1.0], [0.0], [1.0]])
    >>> for m in (80.0, 99.0):
    ...     w = np.array([75.0, 25.0, 100.0 - m, m])
    ...     model = LinearModel(Bernoulli, X, t, w, ("group",), n_classes=2)
    ...     print(wald_unreliable(model, fit_regression(model))[0, 1])
    False
    True
    """
    doubtful = np.zeros(model.shape, dtype=bool)
    fixed = model.family.free_dispersion or model.ridge > 0.0
    if fixed or record.verdict.status is Status.NOT_CONVERGED:
        return doubtful
    if not (record.kept[None, :] & ~record.infinite).any():
        return doubtful
    slope = wald_slope(model, record)
    doubtful[:, record.kept] = slope < 0.0
    return doubtful


def wald_slope(model: LinearModel, record: RegressionRecord) -> Floats:
    """Return ``1 - b v' / (2 v)`` of each kept coefficient b with variance v (k, d).

    That is the slope of ``b / sqrt(v)`` in b in units of ``1 / sqrt(v)``: 1 where the variance
    does not depend on b.  NaN for infinite coefficients.
    """
    reduced, surface = kept_columns(model, record), maximum(model, record)
    k, d = reduced.shape
    halves = surface.to_user @ surface.half
    error = np.linalg.norm(halves, axis=1)
    # The columns of V in working coordinates, in standard errors of their coefficient, so that
    # nothing leaves the range of doubles; a coefficient held fixed has none.
    unit = np.where(error > 0.0, error, 1.0)
    q = (surface.half @ (halves / unit[:, None]).T).reshape(k, d, k * d)
    A, objective = surface.rows.A, surface.objective
    used = np.flatnonzero(surface.rows.used)
    third = np.zeros((k, d))
    if reduced.sparse and k == 1 and objective.possible is None:
        third[0] = _sparse_sums(reduced, objective, used, surface.top, q[0])
        return _slopes(record, third)
    for rows in slices(len(used), k * k * d):
        # In the columns as given: holding the other coefficients depends on where zero is.
        x = reduced.X[used[rows]]
        x = x if isinstance(x, np.ndarray) else x.toarray()
        if reduced.intercept:
            x = np.hstack([np.ones((len(x), 1)), x])
        eta = A[rows] @ surface.top.reshape(k, d).T
        if objective.offset is not None:
            eta = eta + objective.offset[rows]
        possible = None if objective.possible is None else objective.possible[rows]
        a = np.stack([A[rows] @ part for part in q], axis=-1).reshape(-1, k, d, k)
        moments = _third_moments(reduced, eta, possible, a)
        third += np.einsum("nj,nij->ij", objective.weights[rows, None] * x, moments)
    return _slopes(record, third)


def _slopes(record: RegressionRecord, third: Floats) -> Floats:
    """Return the slopes of the kept coefficients, given the sums of third derivatives."""
    # The derivative of the variance, over the variance, is minus that sum.
    slope = 1.0 + 0.5 * record.coef[:, record.kept] * third
    return np.where(record.infinite[:, record.kept], np.nan, slope)


def _sparse_sums(
    model: LinearModel, objective: LinearObjective, used: NDArray[np.intp], top: Floats, q: Floats
) -> Floats:
    """Return the sums over rows for the terms of one coordinate, each over its stored entries.

    Parameters
    ----------
    q : (d, d) array
        In its columns by which working coefficients move with each coefficient.
    """
    A = objective.X
    eta = (A @ top)[:, None]
    if objective.offset is not None:
        eta = eta + objective.offset
    ones = np.ones((len(eta), 1, 1, 1))
    third = objective.weights * _third_moments(model, eta, None, ones)[:, 0, 0]
    columns = model.X[used].tocsc()
    sums = np.zeros(q.shape[1])
    first = int(model.intercept)
    if first:
        sums[0] = third @ (A @ q[:, 0]) ** 2
    for j in range(columns.shape[1]):
        stored = slice(columns.indptr[j], columns.indptr[j + 1])
        rows = columns.indices[stored]
        a = A[rows] @ q[:, j + first]
        sums[j + first] = (third[rows] * columns.data[stored]) @ (a * a)
    return sums


def _third_moments(model: LinearModel, eta: Floats, possible: Booleans | None, a: Floats) -> Floats:
    """Return the third cumulants (n, k, d) of rows in the coordinate i once and in a twice.

    Parameters
    ----------
    a : (n, k, d, k) array
        By which eta moves with the coefficient (i, j).

    Notes
    -----
    With p the probability of class i, b the deviation of its a from the mean over the classes
    and v the variance of a it is ``p (b**2 - v)``; for counts the mean times ``a**2``.
    """
    padded = model.padded(eta)
    if possible is not None:
        padded = np.where(possible, padded, -np.inf)
    mean = present(model.family.cumulants(padded, 1).mean)
    if model.n_classes is None:
        counts: Floats = mean[:, :, None] * a[..., 0] ** 2
        return counts
    if model.family.pinned:
        first, others = mean[:, :1], mean[:, 1:]
    else:
        first, others = present(model.family.cumulants(-padded, 1).mean), mean
    average = np.einsum("nr,nijr->nij", others, a)
    variance = np.einsum("nr,nijr->nij", others, (a - average[..., None]) ** 2)
    variance += first[:, :, None] * average**2
    own = np.einsum("niji->nij", a)
    moments: Floats = others[:, :, None] * ((own - average) ** 2 - variance)
    return moments
