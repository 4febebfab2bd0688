"""Repeated rows are counted: a weight is a repetition, and distinct rows may be few (level 4).

Rows count as one where columns, offset and response are all the same, so nothing is averaged and
the likelihood is the same function, sum for sum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from likelihood.family import Floats, Integers
from likelihood.linear_model import LinearModel
from likelihood.objective import BLOCK_ROWS
from likelihood.solve.centring import slices
from likelihood.solve.separation import Separation

#: Rows that say whether counting pays.
SAMPLE = 4096
#: Rows for each distinct one from which it does.
TIMES = 16
#: Pairs of equal rows below which a sample says nothing.
_PAIRS = 32
#: An odd number whose bits are those of the golden ratio (Knuth 1998, section 6.4).
_MIX = np.uint64(0x9E3779B97F4A7C15)


@dataclass(frozen=True, eq=False)
class Compressed:
    """A model of distinct rows, with how often each occurred as its weight.

    Attributes
    ----------
    model : LinearModel
    index : (n,) array of int
        The distinct row of each row given.
    """

    model: LinearModel
    index: Integers

    def expanded(self, apart: Separation | None, weights: Floats) -> Separation | None:
        """Return how the rows given are separated, from how the distinct ones are.

        Parameters
        ----------
        weights : (n,) array
            Of the rows given: those without have no class remaining.
        """
        if apart is None:
            return None
        used = weights > 0
        remaining = apart.remaining[self.index] & used[:, None]
        return replace(apart, remaining=remaining, face=apart.face[self.index] & used)


def compressed(model: LinearModel) -> Compressed | None:
    """Return a model by its distinct rows, None where a sample says that these are many.

    In a sample of m rows of u equally frequent distinct ones about ``m**2 / 2 u`` pairs are
    equal; where some are more frequent there are more of both.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> x = np.arange(200_000) % 3
    >>> one = LinearModel(Poisson, x[:, None] * 1.0, x[:, None] * 2.0, np.ones(len(x)), ("x",))
    >>> compressed(one).model.weights
    array([66667., 66667., 66666.])
    """
    n = model.n_rows
    if model.sparse or n < SAMPLE * TIMES:
        return None
    sample = np.sort(_keys(model, slice(None, None, n // SAMPLE)))
    pairs = int(np.count_nonzero(sample[1:] == sample[:-1]))
    if pairs < max(len(sample) ** 2 * TIMES / (2 * n), _PAIRS):
        return None
    keys = np.empty(n, dtype=np.uint64)
    for rows in slices(n, 1, BLOCK_ROWS):
        keys[rows] = _keys(model, rows)
    index = _index(keys, n // TIMES)
    if index is None:
        return None
    # The last of those assigned to one place stays there: the first of the equal rows.
    first = np.empty(int(index.max()) + 1, dtype=np.intp)
    first[index[::-1]] = np.arange(n - 1, -1, -1)
    # In the order of these, so that nothing depends on the keys.
    order = np.argsort(first)
    rank = np.empty(len(order), dtype=np.intp)
    rank[order] = np.arange(len(order))
    index, first = rank.take(index), first[order]
    distinct = [column[first] for column in _columns(model, slice(None))]
    for rows in slices(n, 1, BLOCK_ROWS):
        # Two rows may have one key by chance.
        for own, column in zip(distinct, _columns(model, rows), strict=True):
            if not (own.take(index[rows]) == column).all():
                return None
    weights: Floats = np.bincount(index, model.weights, len(first)).astype(float)
    return Compressed(replace(model.with_rows(first), weights=weights), index)


def _index(keys: Any, most: int) -> Integers | None:
    """Return for each key its place among the distinct ones, None where they are too many."""
    ordered = np.sort(keys)
    distinct = ordered[np.append(True, ordered[1:] != ordered[:-1])]
    if len(distinct) > most:
        return None
    # By their leading bits, which few of them share with another one.
    bits = int(len(distinct)).bit_length() + 4
    shift = np.uint64(64 - bits)
    table = np.zeros(2**bits, dtype=np.int32)
    table[(distinct >> shift).astype(np.intp)] = np.arange(len(distinct))
    index = table.take((keys >> shift).astype(np.intp)).astype(np.intp)
    wrong = np.flatnonzero(distinct.take(index) != keys)
    index[wrong] = np.searchsorted(distinct, keys[wrong])
    return np.asarray(index)


def _columns(model: LinearModel, rows: slice) -> list[Any]:
    """Return the columns, their low parts, offsets and responses of rows, each (m,)."""
    parts = [model.X, model.low, model.offset, model.t.reshape(model.n_rows, -1)]
    given = [part for part in parts if part is not None]
    return [part[rows, j] for part in given for j in range(part.shape[1])]


def _keys(model: LinearModel, rows: slice) -> Any:
    """Return a number for each row that is the same for equal rows, and seldom for others."""
    keys: Any = np.zeros(1, dtype=np.uint64)
    for column in _columns(model, rows):
        # Adding 0.0 makes equal zeros of both signs.
        bits = (column.astype(np.float64) + 0.0).view(np.uint64)
        # Multiplied after each sum, so that the place of a column counts.
        keys = (keys + (bits ^ (bits >> np.uint64(32)))) * _MIX
    return keys
