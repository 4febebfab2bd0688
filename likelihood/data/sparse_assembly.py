"""The matrix of a formula with factors of many levels: its zeros are not stored (level 2)."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np

from likelihood.data.factors import Levelled, Numeric
from likelihood.data.grammar import Factor
from likelihood.data.powers import Column, multiply
from likelihood.family import Floats, Integers

Worth: TypeAlias = Mapping[tuple[bool, str], Numeric | Levelled]
Product: TypeAlias = tuple[tuple[Factor, bool], ...]


def entries_in_a_row(products: tuple[Product, ...], worth: Worth) -> int:
    """Return how many entries of a row can differ from zero: a factor has one level in each."""
    blocks = [[worth[f.key] for f, _ in product] for product in products]
    return sum(math.prod(len(b) for b in of if not isinstance(b, Levelled)) for of in blocks)


def sparse_matrix(products: tuple[Product, ...], worth: Worth, n: int, p: int) -> Any:
    """Return the columns of a design as a sparse array by rows, in the order of the dense one.

    What a product of numbers loses to rounding is left out: a design of this size is passed
    over, which gives no digits that this could change.

    Parameters
    ----------
    products : tuple of products of factors
        Each factor with whether its reference level is left out.
    worth : dict
        What each factor is worth.
    n, p : int
        Rows and columns.

    Returns
    -------
    (n, p) scipy.sparse.csr_array
        Its indices sorted; numbers that happen to be zero are stored.
    """
    from scipy.sparse import csr_array

    parts = []
    first = 0
    for product in products:
        widths = [_width(worth[f.key], reduced) for f, reduced in product]
        # The first factor varies fastest.
        strides = [math.prod(widths[:i]) for i in range(len(widths))]
        parts.append((first, strides, *_levels(product, worth, strides, n)))
        first += math.prod(widths)
    starts = np.zeros(n + 1, dtype=np.int64)
    for product, (_, strides, _, present) in zip(products, parts, strict=True):
        entries = math.prod(len(of) for of in _choices(product, worth, strides))
        starts[1:] += entries * present
    np.cumsum(starts, out=starts)
    index = np.int64 if max(int(starts[-1]), p) > np.iinfo(np.int32).max else np.int32
    data, indices = np.empty(starts[-1]), np.empty(starts[-1], dtype=index)
    at = starts[:-1].copy()
    for product, (first, strides, level, present) in zip(products, parts, strict=True):
        every = bool(present.all())
        for choice in itertools.product(*_choices(product, worth, strides)[::-1]):
            step, high = _numbers(choice[::-1], n)
            place = at if every else at[present]
            data[place] = high if every else high[present]
            indices[place] = (level if every else level[present]) + (first + step)
            at += present
    return csr_array((data, indices, starts.astype(index)), shape=(n, p))


def _width(block: Numeric | Levelled, reduced: bool) -> int:
    return len(block.levels.kept(reduced)) if isinstance(block, Levelled) else len(block)


def _levels(product: Product, worth: Worth, strides: list[int], n: int) -> tuple[Integers, Any]:
    """Return how far its levels move each row's entry to the right, and where it has one."""
    moved, present = np.zeros(n, dtype=np.intp), np.ones(n, dtype=bool)
    for (factor, reduced), stride in zip(product, strides, strict=True):
        block = worth[factor.key]
        if isinstance(block, Levelled):
            rank = np.full(len(block.levels.labels), -1)
            kept = [code for code, _ in block.levels.kept(reduced)]
            rank[kept] = np.arange(len(kept))
            own = rank[block.codes]
            present &= own >= 0
            moved += own * stride
    return moved, present


def _choices(product: Product, worth: Worth, strides: list[int]) -> list[list[tuple[int, Column]]]:
    """Return the columns of each factor of numbers, and how far each is to the right."""
    blocks = ((worth[f.key], stride) for (f, _), stride in zip(product, strides, strict=True))
    return [
        [(stride * i, column) for i, column in enumerate(block)]
        for block, stride in blocks
        if not isinstance(block, Levelled)
    ]


def _numbers(choice: tuple[tuple[int, Column], ...], n: int) -> tuple[int, Floats]:
    """Return the place and the product of one column of each factor of numbers."""
    number: Column = np.ones(n), None
    for i, (_, column) in enumerate(choice):
        with np.errstate(all="ignore"):
            number = column if i == 0 else multiply(number, column)
    return sum(step for step, _ in choice), number[0]
