"""The rows of a model by the levels of its largest factor, ready to be passed over (level 4)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from likelihood.family import Floats, Integers
from likelihood.fit.grouped_terms import Terms
from likelihood.fit.tall import TALL
from likelihood.linear_model import LinearModel
from likelihood.solve.grouped_columns import GroupedColumns, grouped_columns
from likelihood.solve.grouped_passes import PIVOT, GroupedPasses


class Outcomes(NamedTuple):
    """What was observed in each group.

    Attributes
    ----------
    weight : (g + 1,) array
    mean : (g + 1, k) array
        Of the free coordinates.
    sign : (g + 1,) array
        Where the effect alone fits every row of a group as closely as one likes, its sign in the
        limit; 0 elsewhere.
    """

    weight: Floats
    mean: Floats
    sign: Floats


@dataclass(frozen=True, eq=False)
class Grouped:
    """A model with a factor of many levels: its structure, and its rows to pass over.

    Attributes
    ----------
    passes : GroupedPasses
        The rows with weight, but those of groups that the limit fits perfectly.
    start : (g, k) array
    terms : Terms
        How effects and slopes make the coefficients.
    """

    passes: GroupedPasses
    start: Floats
    terms: Terms


def many_levels(model: LinearModel) -> bool:
    """Return whether a model may have a factor of many levels, and is so large that it matters."""
    size = model.X.shape[0] * model.X.shape[1]
    return model.sparse and model.low is None and not model.ridge and size > TALL


def grouped(model: LinearModel, threads: int = 1) -> Grouped | None:
    """Return the rows of a model by the levels of its largest factor, None where it has none.

    None also where a level has no rows or the intercept is the sum of all levels, and where
    only the careful path can tell how a level is separated.
    """
    found = grouped_columns(model.X)
    if found is None:
        return None
    outcomes = _outcomes(model, found)
    based = bool(outcomes is not None and outcomes.weight[0] > 0)
    if outcomes is None or not (outcomes.weight[1:] > 0).all() or model.intercept > based:
        return None
    held = based and not model.intercept
    sign = outcomes.sign
    if held:
        sign[0] = 0.0
    sign[0] *= based
    inner = np.flatnonzero((sign == 0) & (outcomes.weight > 0))
    if not len(inner):
        # Nothing is left to tell the slopes by.
        return None
    passes = _passes(model, found, inner, held, threads)
    if passes is None:
        return None
    terms = Terms.of(model, found, passes, inner, sign)
    return Grouped(passes, _start(model, found, outcomes, inner, held), terms)


def _outcomes(model: LinearModel, found: GroupedColumns) -> Outcomes | None:
    """Return what was observed in each group, None if a class is missing from one of several."""
    group, weights, t = found.group, model.weights, model.t
    size = len(found.indicators) + 1
    total: Floats = np.bincount(group, weights, size).astype(float)
    sign = np.zeros(size)
    with np.errstate(invalid="ignore"):
        if t.ndim == 1:
            classes = int(model.n_classes or 0)
            counts = np.bincount(group * classes + t, weights, size * classes)
            counts = counts.reshape(size, classes)
            if (counts[total > 0] == 0).any():
                return None
            return Outcomes(total, (counts / total[:, None])[:, model.family.pinned :], sign)
        if t.shape[1] > 1:
            return None
        summed = np.bincount(group, weights * t[:, 0], size)
        if model.family.separable:
            sign[summed == 0] = -1.0
        if model.n_classes is not None:
            sign[np.bincount(group, weights * (1.0 - t[:, 0]), size) == 0] = 1.0
        return Outcomes(total, (summed / total)[:, None], sign)


def _passes(
    model: LinearModel, found: GroupedColumns, inner: Integers, held: bool, threads: int
) -> GroupedPasses | None:
    """Return the rows of some groups, sorted and centred; None where a column is constant."""
    number = np.full(len(found.indicators) + 1, -1, dtype=np.int32)
    number[inner] = np.arange(len(inner))
    own = number[found.group]
    used = (own >= 0) & (model.weights > 0)
    every = bool(used.all())
    keys = own if every else own[used]
    sizes = np.bincount(keys, minlength=len(inner))
    # Sixteen bits are sorted by their digits, in one sweep.
    rows = np.argsort(keys.astype(np.uint16) if len(inner) <= 2**16 else keys, kind="stable")
    if not every:
        rows = np.flatnonzero(used)[rows]
    starts = np.append(0, np.cumsum(sizes))
    # Whole rows: a line of the cache holds all numbers of one.
    values = found.dense(model.X).take(rows, axis=0)
    q = values.shape[1]
    columns, centre = np.empty((q, len(rows))), np.zeros((q, len(inner)))
    exponents = np.zeros(q, dtype=np.int64)
    for j in range(q):
        column = columns[j]
        column[:] = values[:, j]
        largest = max(float(column.max()), -float(column.min()))
        exponents[j] = np.frexp(largest)[1]
        column *= np.ldexp(1.0, -exponents[j])
        mean = column.mean()
        column -= mean
        means = np.add.reduceat(column, starts[:-1]) / sizes
        if held:
            means[0] = -mean
        column -= np.repeat(means, sizes)
        centre[j] = means + mean
        within = float(column @ column)
        if not within > PIVOT * (within + float(means**2 @ sizes)):
            return None
    weights = None if (model.weights == 1.0).all() else model.weights[rows]
    offset = None if model.offset is None else np.ascontiguousarray(model.offset[rows].T)
    return GroupedPasses(
        model.family, columns, centre, exponents, model.t.take(rows, axis=0), weights, offset,
        starts, held, model.free, threads,
    )  # fmt: skip


def _start(
    model: LinearModel, found: GroupedColumns, outcomes: Outcomes, inner: Integers, held: bool
) -> Floats:
    """Return the effects (g, k) of the mean responses, half a count from the boundary."""
    weight, mean = outcomes.weight[inner], outcomes.mean[inner]
    low, high = model.family.mean_range
    margin = 0.5 / (1.0 + weight[:, None])
    if model.family.pinned:
        mean = np.hstack([1.0 - mean.sum(axis=1, keepdims=True), mean])
    effects = model.family.natural(np.clip(mean, low + margin, high - margin))
    effects = np.ascontiguousarray(effects[:, model.family.pinned :])
    if model.offset is not None:
        size = len(found.indicators) + 1
        for c in range(model.free):
            shift = np.bincount(found.group, model.weights * model.offset[:, c], size)[inner]
            effects[:, c] -= shift / weight
    if held:
        effects[0] = 0.0
    return effects
