"""Linear relations between columns, cleaned of rounding so that they can be read (level 3)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from likelihood.family import Floats
from likelihood.kernels.arithmetic import sum_parts, two_product
from likelihood.solve.centring import column_range, slices

#: Shares of the largest term below which a term is tried as zero, and digits tried for the rest.
_SHARES = (1e-6, 1e-9, 1e-12, float(np.finfo(float).eps))
_DIGITS = range(1, 16)
#: Terms beyond which a relation is readable only if its coefficients are, and digits tried then.
_LONG, _FEW_DIGITS = 20, (1, 2, 3)
#: Terms told of a relation.
_TOLD = 8
#: Rows on which plain arithmetic sieves the candidates.
_SIEVE = 64


@dataclass(frozen=True)
class Relation:
    """A column as a combination of others: ``X[:, column] = X @ coef + intercept``.

    Attributes
    ----------
    column : int
    coef : (p,) array
        Zero but for columns that are kept.
    intercept : float
        Zero for a design without intercept.
    """

    column: int
    coef: Floats
    intercept: float

    def text(self, names: Sequence[str]) -> str:
        """Return the relation to be read, six significant digits of each coefficient.

        Of a long one the first terms are told, and the others counted.

        Examples
        --------
        >>> import numpy as np
        >>> Relation(2, np.array([0.1, -1.0, 0.0]), 3.0).text("abc")
        'c = 0.1 a - b + 3'
        """
        terms = [
            (value, names[j] if abs(value) == 1 else f"{abs(value):.6g} {names[j]}")
            for j, value in enumerate(self.coef)
            if value
        ]
        if self.intercept or not terms:
            terms.append((self.intercept, f"{abs(self.intercept):.6g}"))
        words = [f"{'-' if value < 0 else '+'} {term}" for value, term in terms[:_TOLD]]
        right = " ".join(words).removeprefix("+ ")
        if len(terms) > _TOLD:
            right += f" + ... ({len(terms)} terms in all)"
        return f"{names[self.column]} = {'-' + right[2:] if right[0] == '-' else right}"


class Rows:
    """Rows of the columns, and whether a relation holds on them to their rounding."""

    def __init__(self, X: Floats) -> None:
        lowest, highest = column_range(X)
        self.X = X
        self.exponents = np.frexp(np.maximum(np.abs(lowest), np.abs(highest)))[1].astype(np.int64)
        self._sieve = X[:: max(len(X) // _SIEVE, 1)]

    def readable(
        self, column: int, coef: Floats, intercept: float, solve: Callable[..., Relation]
    ) -> Relation:
        """Return a relation without the noise of rounding in its coefficients.

        Small terms are tried as zero, and the other coefficients with few digits; the simplest
        relation that holds on every row to the rounding of its terms is taken.

        Parameters
        ----------
        solve : callable
            Of a mask of columns and whether there is a constant: the relation of these alone.
        """
        size = np.append(np.abs(np.ldexp(coef, self.exponents)), abs(intercept))
        tried = np.full(len(size), False)
        for share in _SHARES:
            terms = size > share * size.max()
            if share != _SHARES[0] and (terms == tried).all():
                continue
            tried = terms
            alone = solve(terms[:-1], bool(terms[-1]))
            count = np.count_nonzero(terms)
            for digits in (*(_DIGITS if count <= _LONG else _FEW_DIGITS), None):
                candidate = _rounded(alone, digits)
                if self.holds(candidate):
                    return candidate
        return alone

    def holds(self, relation: Relation) -> bool:
        """Return whether the columns satisfy a relation on every row to the terms' rounding."""
        used = np.flatnonzero(relation.coef)
        own = self.exponents[relation.column]
        coef = np.ldexp(relation.coef[used], self.exponents[used] - own)[:, None]
        constant = np.ldexp(relation.intercept, -own)
        # A sum of k products has 2k roundings, of half an eps of a term or of a partial sum.
        share = max(1.0, 0.5 * len(used)) * np.finfo(float).eps

        def terms(X: Floats) -> tuple[Floats, Floats, Floats]:
            columns = np.ldexp(X.T[used], -self.exponents[used, None])
            target = np.ldexp(X.T[relation.column], -own)
            size = np.sum(np.abs(columns * coef), axis=0) + np.abs(target) + abs(constant)
            return columns, target, share * size

        columns, target, allowed = terms(self._sieve)
        left = target - np.sum(columns * coef, axis=0) - constant
        if (np.abs(left) > 4.0 * allowed).any():
            return False
        for rows in slices(len(self.X), len(used) + 1):
            columns, target, allowed = terms(self.X[rows])
            zero = np.zeros((1, len(target)))
            product, error = two_product(columns, coef)
            parts = np.vstack([product, -target[None], zero + constant])
            high, low = sum_parts(parts, np.vstack([error, zero, zero]))
            if (np.abs(high + low) > allowed).any():
                return False
        return True


def _rounded(relation: Relation, digits: int | None) -> Relation:
    """Return a relation with coefficients of so many significant decimal digits."""
    if digits is None:
        return relation
    coef = relation.coef.copy()
    for j in np.flatnonzero(coef):
        coef[j] = float(f"{coef[j]:.{digits - 1}e}")
    return Relation(relation.column, coef, float(f"{relation.intercept:.{digits - 1}e}"))
