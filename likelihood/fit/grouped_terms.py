"""Coefficients from the effects of groups and slopes, with their covariance (level 4)."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np

from likelihood.family import Floats, Integers
from likelihood.linear_model import LinearModel
from likelihood.solve.constraints import presence
from likelihood.solve.grouped_columns import GroupedColumns
from likelihood.solve.grouped_passes import GroupedInverse, GroupedPasses
from likelihood.solve.separation import Separation


@dataclass(frozen=True, eq=False)
class Terms:
    """How effects of groups and slopes make the coefficients of a model.

    With an intercept the effect of one group, the anchor, is the intercept, and the others are
    differences to it.  The anchor is the group without an indicator; where that one is
    separated, the last that is not, whose own coefficient is held at zero.

    Attributes
    ----------
    shape : tuple of int
        k coordinates and d terms.
    groups : (g,) array of int
        The term of each group that is passed over: -1 where it has none of its own, being the
        anchor, or held at zero.
    anchor : int or None
        Which of these groups is the intercept.
    slopes : (q,) array of int
        The terms of the slopes.
    exponents : (q,) array of int
    centre : (q, g) array
    group : (n,) array of int
        The group of each row, 0 for that without an indicator.
    indicators : (G,) array of int
        The terms of the groups from 1.
    sign : (G + 1,) array
        The sign of the effect of each group in the limit, 0 where it is finite.
    """

    shape: tuple[int, int]
    groups: Integers
    anchor: int | None
    slopes: Integers
    exponents: Any
    centre: Floats
    group: Integers
    indicators: Integers
    sign: Floats

    @classmethod
    def of(
        cls,
        model: LinearModel,
        found: GroupedColumns,
        passes: GroupedPasses,
        inner: Integers,
        sign: Floats,
    ) -> Terms:
        """Return the terms of a model of which some groups are passed over.

        Parameters
        ----------
        inner : (g,) array of int
            These groups.
        sign : (G + 1,) array
        """
        first = int(model.intercept)
        indicators = found.indicators + first
        own = np.append(-1, indicators)[inner]
        anchor = None
        if model.intercept:
            # The base group comes first; without it the last column is held.
            anchor = 0 if inner[0] == 0 else int(np.argmax(own))
            own[anchor] = -1
        return cls(
            model.shape, own, anchor, found.others + first, passes.exponents, passes.centre,
            found.group, indicators, sign,
        )  # fmt: skip

    @property
    def count(self) -> int:
        """The number of coefficients that are estimated."""
        return self.shape[0] * self.shape[1]

    def coefficients(self, effects: Floats, slopes: Floats) -> Floats:
        """Return the coefficients (k, d) of effects (g, k) and slopes (k q,), as passed over."""
        k, d = self.shape
        B = slopes.reshape(k, -1)
        moved = effects.T - B @ self.centre
        coef = np.zeros((k, d))
        own = self.groups >= 0
        if self.anchor is not None:
            coef[:, 0] = moved[:, self.anchor]
            moved = moved - moved[:, [self.anchor]]
        coef[:, self.groups[own]] = moved[:, own]
        coef[:, self.slopes] = np.ldexp(B, -self.exponents)
        return coef

    def covariance(self, inverse: GroupedInverse) -> Floats:
        """Return the covariance (k d, k d) of the coefficients, zero where they are held."""
        k, d = self.shape
        q, own = len(self.slopes), self.groups >= 0
        # How effects and slopes follow the root of the slopes' covariance.
        half = inverse.root.reshape(k, q, k * q)
        effects = -inverse.carried @ inverse.root
        effects -= np.einsum("jg,kjm->gkm", self.centre, half)
        factor = np.zeros((k, d, k * q))
        covariance = np.zeros((k, d, k, d))
        if self.anchor is not None:
            factor[:, 0] = effects[self.anchor]
            effects = effects - effects[self.anchor]
            opposed = np.zeros(d)
            opposed[0], opposed[self.groups[own]] = 1.0, -1.0
            shared = inverse.blocks[self.anchor]
            covariance += np.einsum("ab,i,j->aibj", shared, opposed, opposed)
        factor[:, self.groups[own]] = effects[own].transpose(1, 0, 2)
        factor[:, self.slopes] = np.ldexp(half, -self.exponents[None, :, None])
        for a in range(k):
            for b in range(k):
                covariance[a, self.groups[own], b, self.groups[own]] += inverse.blocks[own, a, b]
        whole = covariance.reshape(k * d, k * d)
        rows = factor.reshape(k * d, k * q)
        whole += rows @ rows.T
        return whole

    def separation(self, model: LinearModel) -> Separation | None:
        """Return how groups with a single outcome are separated, None where there are none.

        The cone of directions is that of these groups' effects, each of its sign, with all other
        predictors unmoved: its canonical direction moves each by one.
        """
        apart = np.flatnonzero(self.sign[1:]) + 1
        based = self.sign[0] != 0
        if not len(apart) and not based:
            return None
        d = self.shape[1]
        directions = np.zeros(d, dtype=np.int64)
        infinite, sign = np.zeros(d, dtype=bool), np.zeros(d)
        terms = self.indicators[apart - 1]
        directions[terms] = self.sign[apart]
        infinite[terms] = True
        sign[terms] = self.sign[apart]
        held = [int(term) for term in np.sort(terms)]
        basis = {term: {term: 1} for term in held}
        if based:
            # Every level is measured from the base, so that all of them are infinite.
            own = self.sign[0]
            infinite[0] = infinite[self.indicators] = True
            directions[0] += int(own)
            directions[self.indicators] -= int(own)
            sign[self.indicators] = np.where(
                self.sign[1:] == own, np.nan, np.where(self.sign[1:] == 0, -own, self.sign[1:])
            )
            sign[0] = own
            finite = self.indicators[self.sign[1:] == 0]
            last = int(finite.max())
            held.append(last)
            basis[last] = {0: -1} | {int(term): 1 for term in finite}
        held.sort()
        used = model.weights > 0
        seen = self.sign[self.group] == 0
        seen &= used
        if model.n_classes is None:
            remaining = seen[:, None].copy()
        else:
            remaining = (presence(model.t, model.n_classes) | seen[:, None]) & used[:, None]
        proof = np.array([Fraction(int(v)) for v in directions], dtype=object)[None, :]
        constancy = np.full((len(held), 1, d), Fraction(0), dtype=object)
        for i, term in enumerate(held):
            for j, value in basis[term].items():
                constancy[i, 0, j] = Fraction(value)
        mask = np.zeros((1, d), dtype=bool)
        mask[0, held] = True
        return Separation(
            kind="quasi", direction=directions[None, :].astype(float), proof=proof,
            infinite=infinite[None, :], sign=sign[None, :], remaining=remaining, face=seen,
            constancy=constancy, held=mask,
        )  # fmt: skip
