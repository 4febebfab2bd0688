"""Which columns of a design are combinations of earlier ones, and of which (level 3)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats
from likelihood.solve.centring import Design, design
from likelihood.solve.refinement import triangle
from likelihood.solve.relations import Relation, Rows

Booleans: TypeAlias = NDArray[np.bool_]

_EPS = float(np.finfo(float).eps)


@dataclass(frozen=True)
class Identification:
    """The columns kept, and for each that is not its relation to them.

    Attributes
    ----------
    kept : (p,) array of bool
    relations : tuple of Relation
        In the order of the columns.
    """

    kept: Booleans
    relations: tuple[Relation, ...]


def identify(
    X: Floats,
    *,
    intercept: bool,
    weights: Floats | None = None,
    low: Floats | None = None,
) -> Identification:
    """Return which columns are combinations of earlier ones, and how.

    A column is aliased if what the earlier kept columns leave of it is at most
    ``50 eps sqrt(n)`` of its length, both after centring (with an intercept, or a constant column
    in X), or, without low parts, no more than the rounding of the numbers in the relation.  Of the
    columns of a relation the last is the aliased one.

    Parameters
    ----------
    X : (n, p) array
        Finite; p may exceed n.
    intercept : bool
        Whether a constant comes before the columns.
    weights : (n,) array, optional
        At least 0; rows without weight do not count.
    low : (n, p) array, optional
        What the entries of X lost to rounding.

    Notes
    -----
    The second condition is for columns far from zero: 0.1 a + 0.2 b + 1e9 has lost half its
    digits, and what a and b leave of it, 1e-7 of its centred length, is the noise of that.

    Examples
    --------
    >>> import numpy as np
    >>> a, b = np.array([1.0, 2.0, 4.0, 7.0]), np.array([0.0, 1.0, 0.0, 3.0])
    >>> found = identify(np.column_stack([a, b, 0.1 * a + 0.2 * b]), intercept=True)
    >>> found.kept, found.relations[0].text("abc")
    (array([ True,  True, False]), 'c = 0.1 a + 0.2 b')
    """
    columns = design(X, weights, intercept=intercept, low=low)
    search = _Search(columns)
    kept = np.zeros(X.shape[1], dtype=bool)
    kept[columns.taken[search.kept]] = True
    if columns.position is not None:
        kept[columns.position] = True
    if not search.aliased:
        return Identification(kept, ())
    rows = Rows(columns.X)
    relations = [search.relation(j, rows) for j in search.aliased]
    if columns.position is not None:
        relations = _last_is_aliased(relations, columns.position, kept, rows)
    return Identification(kept, tuple(sorted(relations, key=lambda relation: relation.column)))


class _Search:
    """Gram-Schmidt with reorthogonalisation on the triangle of a design, column by column."""

    def __init__(self, columns: Design) -> None:
        self.columns = columns
        self.R = R = triangle(columns)
        self.first = first = columns.width - len(columns.taken)
        self.kept: list[int] = []
        self.aliased: list[int] = []
        n = len(columns.X)
        lengths = np.sqrt(np.sum(R * R, axis=0))[first:]
        # What a column lost to rounding was in proportion to its length before it was centred.
        lost = _EPS * np.hypot(lengths, np.abs(columns.shift) * np.sqrt(columns.total))
        # With its low parts a power lost nothing against the column that it is a power of.
        rounded = np.full(len(lost), True)
        if columns.low is not None:
            rounded = np.asarray(~columns.low[:, columns.taken].any(axis=0))
        basis = np.zeros((len(R), min(R.shape)))
        # The basis is the kept columns times this triangle.
        triangular = np.zeros((min(R.shape),) * 2)
        rank = 0
        for j in range(-first, len(columns.taken)):
            left = R[:, j + first]
            onto = np.zeros(rank)
            for _ in range(2):
                part = basis[:, :rank].T @ left
                left = left - basis[:, :rank] @ part
                onto += part
            coef = triangular[:rank, :rank] @ onto
            rest = float(np.linalg.norm(left))
            if j >= 0:
                noise = rounded[j] * (lost[j] + float(np.abs(coef[first:]) @ lost[self.kept]))
                if rest <= max(noise, 50 * _EPS * np.sqrt(n) * lengths[j]):
                    self.aliased.append(j)
                    continue
                self.kept.append(j)
            basis[:, rank] = left / rest
            triangular[:rank, rank], triangular[rank, rank] = -coef / rest, 1.0 / rest
            rank += 1

    def relation(self, j: int, rows: Rows) -> Relation:
        """Return the relation of an aliased column to those kept before it."""
        inner = np.array([k for k in self.kept if k < j], dtype=np.int64)
        taken, p = self.columns.taken, self.columns.X.shape[1]

        def solve(used: Booleans, constant: bool) -> Relation:
            return self._solve(j, inner[used[taken[inner]]], constant)

        full = solve(np.ones(p, dtype=bool), True)
        if self.columns.position is None:
            return rows.readable(full.column, full.coef, full.intercept, solve)
        place, value = self.columns.position, float(self.columns.constant or 1.0)

        def place_constant(relation: Relation) -> Relation:
            coef = relation.coef.copy()
            coef[place] = relation.intercept / value
            return Relation(relation.column, coef, 0.0)

        return rows.readable(
            full.column, place_constant(full).coef, 0.0,
            lambda used, _: place_constant(solve(used, bool(used[place]))),
        )  # fmt: skip

    def _solve(self, j: int, inner: NDArray[np.int64], constant: bool) -> Relation:
        """Return the relation of a column to some others and, or not, a constant."""
        columns, first = self.columns, self.first
        own = np.append(np.arange(first), inner + first)
        Q, R = np.linalg.qr(self.R[:, own])
        x = np.linalg.solve(R, Q.T @ self.R[:, j + first])
        exponent = columns.far + columns.near
        coef = np.zeros(columns.X.shape[1])
        coef[columns.taken[inner]] = np.ldexp(x[first:], exponent[j] - exponent[inner])
        shift = columns.shift
        moved = 0.0
        if constant and first:
            moved = float(x[0] + shift[j] - x[first:] @ shift[inner])
        return Relation(int(columns.taken[j]), coef, float(np.ldexp(moved, exponent[j])))


def _last_is_aliased(
    relations: list[Relation], place: int, kept: Booleans, rows: Rows
) -> list[Relation]:
    """Return relations in which a constant column is aliased if it comes after the others.

    The search puts the constant first.  It changes places with the first column that it, with
    earlier ones, makes up; later relations are rewritten by that of the constant.
    """
    before = [r for r in relations if r.column < place and r.coef[place]]
    if not before:
        return relations
    first = min(before, key=lambda relation: relation.column)
    scale = first.coef[place]
    coef = -first.coef / scale
    coef[first.column], coef[place] = 1.0 / scale, 0.0
    constant = Relation(place, coef, 0.0)
    kept[first.column], kept[place] = True, False
    changed = [_tidied(constant, rows)]
    for relation in relations:
        if relation is first:
            continue
        if relation.coef[place]:
            coef = relation.coef + relation.coef[place] * changed[0].coef
            coef[place] = 0.0
            relation = _tidied(Relation(relation.column, coef, 0.0), rows)
        changed.append(relation)
    return changed


def _tidied(relation: Relation, rows: Rows) -> Relation:
    """Return a relation cleaned without solving for it again."""

    def only(used: Booleans, _: bool) -> Relation:
        return Relation(relation.column, np.where(used, relation.coef, 0.0), 0.0)

    return rows.readable(relation.column, relation.coef, 0.0, only)
