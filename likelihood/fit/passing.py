"""A regression in the coordinates in which its rows are passed over, and back (level 4)."""

from __future__ import annotations

import numpy as np

from likelihood.family import Floats, indicator
from likelihood.linear_model import LinearModel
from likelihood.solve.passes import Passes

#: Every so-manieth row of a sample, coarse to fine.
STEPS = (128, 16)


def passes_of(model: LinearModel, threads: int) -> Passes:
    """Return passes over a model's rows, columns centred and scaled by what a sample shows."""
    sample = np.asarray(model.X[:: STEPS[-1]], dtype=float)
    centre = sample.mean(axis=0) if model.intercept else np.zeros(sample.shape[1])
    spread = np.abs(sample - centre).max(axis=0)
    exponents = np.frexp(np.where(spread > 0, spread, 1.0))[1].astype(np.int64) - 1
    weights = None if (model.weights == 1.0).all() else model.weights
    return Passes(
        model.family, model.X, model.t, weights, model.offset, centre, exponents,
        model.intercept, model.free, threads,
    )  # fmt: skip


def penalty(model: LinearModel, passes: Passes) -> Floats:
    """Return the curvature (k d,) of the penalty in the coordinates of the passes."""
    strength = np.ldexp(model.ridge, -2 * passes.exponents)
    if model.intercept:
        strength = np.append(0.0, strength)
    return np.tile(strength, model.free)


def intercepts(model: LinearModel) -> Floats:
    """Return the natural parameters of the mean response, half a count from the boundary."""
    t, weights = model.t, model.weights
    if t.ndim == 1:
        counts = np.bincount(t, weights=weights, minlength=int(model.n_classes or 0))
        mean = counts / counts.sum()
    else:
        mean = weights @ indicator(t, t.shape[1]) / weights.sum()
    low, high = model.family.mean_range
    margin = 0.5 / (1.0 + weights.sum())
    eta = model.family.natural(np.clip(mean, low + margin, high - margin)[None, :])[0]
    shift = 0.0
    if model.offset is not None:
        shift = weights @ model.offset / weights.sum()
    return np.asarray(eta[model.family.pinned :] - shift)


def to_user(theta: Floats, half: Floats, passes: Passes) -> tuple[Floats, Floats]:
    """Return coefficients (k, d) and the root of their covariance in the columns' own units."""
    k, first = passes.free, int(passes.intercept)
    values = np.column_stack([theta, half]).reshape(k, -1, half.shape[1] + 1)
    moved = values.copy()
    moved[:, first:] = np.ldexp(values[:, first:], -passes.exponents[:, None])
    if first:
        moved[:, 0] = values[:, 0] - np.einsum("j,kjm->km", passes.centre, moved[:, first:])
    return moved[:, :, 0], moved[:, :, 1:].reshape(theta.size, -1)
