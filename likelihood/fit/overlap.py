"""Whether the maximum of many rows or coefficients is certain to exist (level 4)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from likelihood.family import Floats, present
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.kronecker import Kronecker, kronecker
from likelihood.solve.limited_memory import Point
from likelihood.solve.passes import Passes

#: Rows for each column among which those with the most doubt are looked for.
LOOKED = 12
#: Shares of these rows that are tried, least doubtful ones left out.
SHARES = (1.0, 0.5, 0.25)
#: The least probability that the rounding of the gradient leaves meaning to.
LEAST = 1e-9


class Proof(NamedTuple):
    """Whether a maximum exists; if that is not proven, the distance at which it may be."""

    exists: bool
    needed: float


def proven(
    model: LinearModel, passes: Passes, kept: Booleans, metric: Kronecker, at: Point
) -> Proof:
    """Return whether it is proven, up to rounding, that a likelihood has a maximum.

    That it is not proves nothing.

    Parameters
    ----------
    kept : (d,) array of bool
        The terms that are not held at zero.
    metric : Kronecker
        Whose variances are a mean of those of some rows.
    at : Point
        Near the maximum, in the coordinates of the passes.

    Notes
    -----
    Along a separating direction v every row i has a margin ``m_i >= 0``, the most by which what
    was observed gains on what was not, and the slope of the loss is at least
    ``sum of w_i q_i m_i`` in size, with q_i the least probability of what was not observed.
    Take any rows T on which the columns are independent, and the metric ``M = W (x) G`` of their
    Gram matrix and a mean variance.  A variance of a difference of range m is at most ``m**2/4``,
    so ``v'Mv <= sum over T of w m**2 / 4``, while the slope is at most
    ``|g|_M sqrt(v'Mv)`` in size.  With v scaled so that the largest margin in T is 1 the two
    give ``min q sqrt(min w) <= |g|_M / 2``: where the gradient g is shorter, there is no such v.
    For counts the margin is that of rows of zero, q their mean, and the bound ``m**2`` times the
    mean variance.  A factor of two is left to rounding.
    """
    bound = 0.25 if model.n_classes is not None else float(metric.variances.max())
    step = max(len(passes.X) // (LOOKED * len(kept)), 1)
    sample = passes.every(step, copied=False)
    doubt = _doubts(model, sample, at.theta)
    weights = np.ones(len(doubt)) if sample.weights is None else sample.weights
    doubt[weights == 0] = -1.0
    doubt *= np.sqrt(np.where(weights > 0, weights, 1.0))
    needed = 0.0
    for share in SHARES:
        count = math.ceil(share * len(doubt))
        if count < np.count_nonzero(kept):
            break
        rows = np.argpartition(-doubt, count - 1)[:count]
        least = float(doubt[rows].min())
        if least < LEAST:
            continue
        # A row of no weight is not there, and takes no copy of the others.
        chosen = np.zeros(len(weights))
        chosen[rows] = weights[rows]
        local = kronecker(replace(sample, weights=chosen).gram(), np.eye(1), None, kept)
        if local is None:
            break
        # The variances are the metric's own, whichever rows it was made of.
        moved = Kronecker(local.root, local.extra, metric.axes, metric.variances)
        length = moved.length(at.gradient) * math.sqrt(bound)
        if length <= least:
            return Proof(True, 0.0)
        needed = max(needed, metric.length(at.gradient) * least / length)
    return Proof(False, 0.5 * needed)


def _doubts(model: LinearModel, sample: Passes, theta: Floats) -> Floats:
    """Return the least probability of what was not observed in each row, or less (m,)."""
    parts = []
    for rows, eta in sample.predictors(theta):
        padded = np.vstack([np.zeros((model.family.pinned, eta.shape[1])), eta]).T
        mean = present(model.family.cumulants(padded, 1).mean)
        if model.n_classes is None:
            parts.append(np.where(sample.t[rows, 0] == 0, mean[:, 0], np.inf))
        elif mean.shape[1] == 1:
            parts.append(np.minimum(mean, 1.0 - mean)[:, 0])
        else:
            parts.append(mean.min(axis=1))
    return np.concatenate(parts)
