"""Which of many columns are identified, and the metric of the others (level 4)."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.fit.passing import penalty
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.identification import identify
from likelihood.solve.kronecker import Kronecker, kronecker
from likelihood.solve.passes import Passes
from likelihood.solve.relations import Relation

#: Rows of a sample for each column: their Gram matrix serves as well as that of all rows.
ENOUGH = 12
#: Rows that are compared at once.
_ROWS = 4096


class Columns(NamedTuple):
    """The terms that are identified, the relations of the others, and a metric.

    Attributes
    ----------
    kept : (d,) array of bool
    relations : tuple of Relation
    metric : Kronecker
        At the coefficients given.
    """

    kept: Booleans
    relations: tuple[Relation, ...]
    metric: Kronecker


def wide_columns(model: LinearModel, passes: Passes, theta: Floats) -> Columns | None:
    """Return which columns are combinations of others, and a metric; None if there is none.

    Columns that are independent in a sample of the rows are in all of them.  Where the pivots of
    the sample's Gram matrix leave a doubt, all rows are asked, and where theirs do, the strict
    test by orthogonal factors that every other fit makes.  Constant columns, such as the points
    of pictures that are never lit, are set aside first: comparing them is exact.

    Parameters
    ----------
    theta : (k d,) array
        At which the variances of the metric are taken, in the coordinates of the passes.
    """
    first = int(model.intercept)
    kept, relations = np.ones(model.shape[1], dtype=bool), []
    ridge = penalty(model, passes)[: len(kept)] if model.ridge else None
    if ridge is None:
        for column, value in _constant(model):
            kept[column + first] = False
            relations.append(Relation(column, np.zeros(len(model.names)), value))
    step = max(len(passes.X) // (ENOUGH * len(kept)), 1)
    variance = passes.every(step, copied=False).mean_variance(theta)
    for every in (step, 1) if step > 1 else (1,):
        metric = _metric(passes, every, variance, ridge, kept)
        if metric is not None:
            return Columns(kept, tuple(relations), metric)
    if ridge is not None:
        return None
    slopes = kept[first:]
    options: dict[str, Any] = {"intercept": model.intercept, "weights": model.weights}
    found = identify(model.X[:, slopes], **options)
    places = np.flatnonzero(slopes)
    kept[first + places[~found.kept]] = False
    for relation in found.relations:
        coef = np.zeros(len(model.names))
        coef[places] = relation.coef
        relations.append(Relation(int(places[relation.column]), coef, relation.intercept))
    relations.sort(key=lambda relation: relation.column)
    metric = _metric(passes, 1, variance, None, kept)
    return None if metric is None else Columns(kept, tuple(relations), metric)


def _metric(
    passes: Passes, step: int, variance: Floats, ridge: Floats | None, kept: Booleans
) -> Kronecker | None:
    # Without threads of its own: Gram matrices that wait to be added up would fill the memory.
    sample = passes.every(step, copied=False)
    return kronecker(step * sample.gram(), variance, ridge, kept)


def _constant(model: LinearModel) -> list[tuple[int, float]]:
    """Return the columns, with their values, that say no more than the constant does."""
    X: Any = model.X
    used = model.weights > 0
    first = X[int(np.argmax(used))]
    places = np.arange(len(model.names))
    if not model.intercept:
        places = places[first == 0]
    # The rows of a block leave few columns for the next one to look at.
    for start in range(0, len(X), _ROWS):
        if not places.size:
            break
        rows = slice(start, start + _ROWS)
        block = X[rows] if len(places) == X.shape[1] else X[rows][:, places]
        same = (block == first[places]) | ~used[rows, None]
        places = places[same.all(axis=0)]
    return [(int(column), float(first[column])) for column in places]
