"""The null model of a regression: a constant, if it has one, and the offset (level 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from likelihood import kernels
from likelihood.family import Floats, indicator
from likelihood.fit.search import search
from likelihood.linear_model import LinearModel

#: Outcomes up to here are counted by their value.
_FEW = 2**16


def null_fit(model: LinearModel) -> tuple[float, float]:
    """Return the log-likelihood and the deviance of the null model, both in nats.

    Where an outcome never occurs they are the supremum and infimum.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> zeros = LinearModel(Poisson, np.ones((2, 0)), np.zeros((2, 1)), np.ones(2), ())
    >>> null_fit(zeros)
    (0.0, 0.0)
    """
    if not model.weights.all():
        model = model.with_rows(model.weights > 0)
    if not (model.intercept or has_constant(model)):
        offset = np.zeros((model.n_rows, model.free)) if model.offset is None else model.offset
        return _at_eta(model, model.padded(offset))
    if model.offset is None:
        model = _tallied(model)
    t = indicator(model.t, int(model.n_classes or 1))
    total = kernels.compensated_sum(model.weights)
    mean = np.array([kernels.compensated_dot(model.weights, column) for column in t.T]) / total
    if model.offset is None or _degenerate(model, mean):
        return _at_mean(model, np.broadcast_to(mean, t.shape))
    return _with_offset(model, mean)


def _tallied(model: LinearModel) -> LinearModel:
    """Return the distinct outcomes with how often they occur, where counting them is exact."""
    if (model.weights != np.rint(model.weights)).any():
        return model
    codes = model.t if model.t.ndim == 1 else model.t[:, 0]
    if model.t.ndim == 2:
        few = model.t.shape[1] == 1 and codes.min() >= 0 and codes.max() < _FEW
        if not few or (codes != np.rint(codes)).any():
            return model
    times: Floats = np.bincount(codes.astype(np.intp, copy=False), model.weights).astype(float)
    seen = np.flatnonzero(times)
    return replace(
        model, X=np.zeros((len(seen), 0)), names=(), low=None, intercept=True, weights=times[seen],
        t=seen if model.t.ndim == 1 else seen[:, None].astype(float),
    )  # fmt: skip


def _degenerate(model: LinearModel, mean: Floats) -> bool:
    """Return whether only one outcome occurs, which a constant predicts with certainty."""
    if model.n_classes is None:
        return bool(mean[0] == 0)
    return bool((mean == 1).any() or (mean == 0).all())


def _with_offset(model: LinearModel, mean: Floats) -> tuple[float, float]:
    """Return the null model of a response in which more than one outcome occurs."""
    bare = replace(
        model, X=np.zeros((model.n_rows, 0)), names=(), low=None, intercept=True, ridge=0.0
    )
    if not model.family.pinned:
        return _at_eta(model, bare.eta(search(bare).coef))
    # A class that never occurs is impossible in the limit; the first of the others stands still.
    seen = mean > 0
    first = int(np.argmax(seen))
    free = seen & (np.arange(len(seen)) != first)
    found = search(
        bare, possible=np.broadcast_to(seen, (model.n_rows, len(seen))), free=free[1:, None]
    )
    eta = bare.padded(bare.eta(found.coef))
    eta[:, ~seen] = -np.inf
    return _at_eta(model, eta)


def _at_eta(model: LinearModel, eta: Floats) -> tuple[float, float]:
    rows = model.family.log_base(model.t) - model.family.nll(eta, model.t, 0).value
    value = float(kernels.compensated_dot(model.weights, rows))
    if model.n_classes is not None:
        return value, 0.0 - 2.0 * value
    with np.errstate(over="ignore"):
        mean = model.family.cumulants(eta, 1).mean
    return value, deviance(model, np.asarray(mean))


def _at_mean(model: LinearModel, mean: Floats) -> tuple[float, float]:
    rows = model.family.log_base(model.t) - model.family.mean_nll(mean, model.t, 0).value
    value = float(kernels.compensated_dot(model.weights, rows))
    # The saturated model gives each row the class it has: log-likelihood 0.
    return value, 0.0 - 2.0 * value if model.n_classes is not None else deviance(model, mean)


def deviance(model: LinearModel, mean: Floats) -> float:
    """Return twice the distance of means (n, k) to the saturated model, in nats."""
    rows = model.family.divergence(indicator(model.t, 1), mean)
    return 2.0 * float(kernels.compensated_dot(model.weights, rows))


def has_constant(model: LinearModel) -> bool:
    """Return whether a column of X is constant over the rows with weight.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> has_constant(LinearModel(Poisson, np.ones((2, 1)), np.ones((2, 1)), np.ones(2), ("x",)))
    True
    """
    if not model.names:
        return False
    X = model.X if model.weights.all() else model.X[model.weights > 0]
    if model.sparse:
        lowest, highest = (
            np.asarray(end.todense()).ravel() for end in (X.min(axis=0), X.max(axis=0))
        )
        return bool(((lowest == highest) & (lowest != 0)).any())
    return bool(((X == X[0]).all(axis=0) & (X[0] != 0)).any())
