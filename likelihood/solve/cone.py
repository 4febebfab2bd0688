"""Linear forms over the cone of directions of recession: proposed in doubles, decided exactly.

One question is asked throughout (level 3): is there a direction in the cone along which a given
form rises?  Non-negative least squares answers it either way, and either answer is checked in
integers.  A linear programme would need a box around the cone, and gives its directions at a
corner, to a tolerance; a residual lies as far inside as it can.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from fractions import Fraction

import numpy as np

from likelihood.family import Floats
from likelihood.solve.constraints import Booleans, Constraints
from likelihood.solve.modular import nullspace
from likelihood.solve.nonnegative import (
    RESOLUTION,
    Pair,
    certainly_cancels,
    nonnegative,
    nonnegative_exactly,
)
from likelihood.solve.rational import Exact, grid, integers, primitive, rounded

#: Residuals and margins, as a share of the form's and the residual's size, that may be rounding.
_NEAR = 1e-7
#: Multiples of its least entry that are tried to make a direction whole.
_SIMPLE = 25


#: Denominators up to which a ratio of coordinates is taken for a fraction, and how near it has
#: to be, as a share of the largest coordinate.
_DENOMINATORS = 1, 10, 100, 1_000, 10_000, 100_000
_ROUNDING = Fraction(1, 10**12)


class Cone:
    """The directions that hold some forms at zero, in coordinates (r,) fit for doubles.

    In these coordinates the squared length of a direction is the sum, over distinct rows and
    all classes, of its squared effect on the linear predictors (centred over the classes).  So
    they do not depend on the columns' units, nor on which class is pinned.

    Parameters
    ----------
    constraints : Constraints
    held : (q, d) array of int
        The forms held at zero, integer coordinates.
    """

    def __init__(self, constraints: Constraints, held: Exact) -> None:
        self.constraints, self.held = constraints, held
        # Held in this order, what is left unbound is slopes before the constant, and of the
        # slopes the last columns: a choice that neither units nor the rows' order change.
        order = constraints.order
        basis, unbound = nullspace(held[:, order])
        self.basis = np.zeros_like(basis)
        self.basis[:, order] = basis
        self.unbound = [int(order[j]) for j in unbound]
        k = constraints.free
        p = constraints.X.shape[1]
        self._columns = np.zeros((p, p))
        self._columns[: len(constraints.X)] = np.linalg.qr(constraints.X, mode="r")
        self._classes = np.linalg.cholesky(np.eye(k) - 1.0 / (k + 1))
        # Not the inverse: columns that are dependent after all must not end in an error.
        self._to_columns = np.linalg.pinv(self._columns)
        self._to_classes = np.linalg.inv(self._classes)
        length = np.linalg.norm(constraints.X @ self._to_columns, axis=1)[:, None]
        # A row of zeros constrains nothing, whatever its length is taken to be.
        self._length = np.where(length > 0, length, 1.0)
        self._frame: Floats | None = None
        if len(held):
            lifted = np.zeros((len(self.basis), len(constraints.weights)))
            for i, vector in enumerate(self.basis):
                lifted[i] = self.coordinates(self._working_of(vector))
            self._frame, _ = np.linalg.qr(lifted.T)

    @property
    def dimension(self) -> int:
        """Dimension r of the space of directions; 0 if only the zero direction is left."""
        return len(self.basis)

    def working(self, y: Floats) -> Floats:
        """Return a direction (k, p) in working coordinates."""
        w = (y if self._frame is None else self._frame @ y).reshape(self.constraints.free, -1)
        return np.asarray(self._to_classes.T @ w @ self._to_columns.T)

    def form(self, F: Floats) -> Floats:
        """Return linear forms (..., k, p) of working coordinates in those of the cone (..., r)."""
        w = self._to_classes @ F @ self._to_columns
        w = w.reshape(*w.shape[:-2], -1)
        return np.asarray(w if self._frame is None else w @ self._frame)

    def form_of(self, c: Exact) -> Floats:
        """Return an integer form (d,) in coordinates of the cone, up to a positive factor."""
        constraints = self.constraints
        return self.form(rounded(c, -constraints.weights).reshape(constraints.free, -1))

    def coordinates(self, B: Floats) -> Floats:
        """Return the coordinates (r,) of the direction nearest to working coordinates (k, p)."""
        w = (self._classes.T @ B @ self._columns.T).ravel()
        return np.asarray(w if self._frame is None else w @ self._frame)

    def _working_of(self, direction: Exact) -> Floats:
        floats = rounded(direction, self.constraints.weights)
        return floats.reshape(self.constraints.free, -1)

    def exactly(self, y: Floats) -> Exact:
        """Return an integer direction (d,) that holds the forms at zero exactly, beside y."""
        unbound = self.unbound
        values = self.working(y).ravel()[unbound]
        # What is this far below the largest is rounding, and would only lengthen the integers.
        values = np.where(np.abs(values) < 2.0**-200 * np.abs(values).max(), 0.0, values)
        powers = grid(values[None, :])
        exponents = powers - self.constraints.weights[unbound]
        odd = integers(values[None, :], powers)[0]
        shifts = [int(e) for e in exponents - exponents.min()]
        whole = np.array([int(v) << s for v, s in zip(odd, shifts, strict=True)], dtype=object)
        return primitive(whole @ self.basis)

    def widest(self, among: Booleans) -> Exact | None:
        """Return the integer direction of the largest least margin over pairs, all positive.

        The direction is unique; None says only that doubles found none that is exactly valid.
        """
        if not among.any() or not self.dimension:
            return None
        y = self._least_distance(among)
        if y is None:
            return None
        for direction in (self._rational(y), self.exactly(y)):
            if direction is not None:
                if (self.constraints.signs(direction, among)[among] > 0).all():
                    return direction
        return None

    def _rational(self, y: Floats) -> Exact | None:
        """Return the direction of short fractions that y is the rounding of, if there is one.

        The direction of columns of whole numbers is one.  With the rounding of y left in it,
        classes that it ties at a row that was not fitted would be told apart by that rounding.
        """
        values = self.working(y).ravel()[self.unbound]
        if not (np.isfinite(values).all() and values.any()):
            return None
        top = int(np.abs(values).argmax())
        weights = self.constraints.weights[self.unbound]
        # From working coordinates to integer ones.
        units = [Fraction(2) ** int(weights[top] - weight) for weight in weights]
        fractions = []
        for value, unit in zip(values, units, strict=True):
            exact = Fraction(float(value)) / Fraction(float(values[top])) * unit
            near = (exact.limit_denominator(most) for most in _DENOMINATORS)
            found = next((f for f in near if abs(f - exact) <= _ROUNDING * unit), None)
            if found is None:
                return None
            fractions.append(found * (1 if values[top] > 0 else -1))
        common = math.lcm(*(f.denominator for f in fractions))
        return primitive(np.array([int(f * common) for f in fractions], dtype=object) @ self.basis)

    def rising(self, c: Exact, among: Booleans, inside: Exact | None = None) -> Exact | None:
        """Return an integer direction (d,) with no negative margin along which c rises, or None.

        Both answers are proven exactly.

        Parameters
        ----------
        c : (d,) array of int
            A form in integer coordinates.
        among : (u, K) array of bool
            The pairs whose margins must not be negative.
        inside : (d,) array of int, optional
            A direction whose margins are all positive.
        """
        if not (self.basis @ c != 0).any():
            return None
        c_float = self.form_of(c)
        if inside is not None:
            start = self.coordinates(self._working_of(inside))
            moved = self._proven(self._pushed(start, c_float, among), c, among)
            if moved is not None:
                return moved
        fit = nonnegative(c_float, lambda r: self._least(r, among), self._rows)
        size = float(np.linalg.norm(fit.residual))
        scale = float(np.linalg.norm(c_float))
        if size > RESOLUTION * scale:
            if inside is None:
                proposals = self._on_face(fit.residual, fit.active, among)
            else:
                fall = -float(c_float @ start)
                share = 0.5 * float(c_float @ fit.residual) / fall if fall > 0 else 1.0
                proposals = iter([self.exactly(fit.residual + share * start)])
            for proposal in proposals:
                if self._valid(proposal, c, among):
                    return proposal
        if size <= _NEAR * scale and certainly_cancels(
            self._exact_rows(fit.active), self.basis @ c, -self.constraints.weights[self.unbound]
        ):
            return None
        return self._decide(c, among, fit.active)

    def _on_face(
        self, residual: Floats, active: Sequence[Pair], among: Booleans
    ) -> Iterator[Exact]:
        """Yield directions near a residual that are zero where it is zero but for rounding."""
        yield from self._simple(residual)
        for pairs in (active, None):
            if pairs is None:
                # Ties beyond the active constraints: those of a factor's level, for one.
                margins = np.abs(self.constraints.margins(self.working(residual))) / self._length
                tight = among & (margins <= _NEAR * float(np.linalg.norm(residual)))
                pairs = self.independent(tight)
            face = Cone(self.constraints, self._holding(pairs))
            if face.dimension:
                yield face.exactly(face.coordinates(self.working(residual)))

    def _simple(self, residual: Floats) -> Iterator[Exact]:
        """Yield the direction of small integers near a residual, if there is one.

        A level of a factor separates along such a direction, in however many coordinates.
        """
        working = self.working(residual).ravel()
        working[np.abs(working) < _NEAR * np.abs(working).max()] = 0.0
        weights = self.constraints.weights
        values = np.ldexp(working, weights.min() - weights)
        if not (np.isfinite(values).all() and values.any()):
            return
        values = values / np.abs(values[values != 0]).min()
        for multiple in range(1, _SIMPLE):
            nearest = np.round(values * multiple)
            if (np.abs(values * multiple - nearest) < 1e-6).all() and np.abs(nearest).max() < 2**53:
                whole = np.array([int(v) for v in nearest], dtype=object)
                if not (self.held @ whole != 0).any():
                    yield whole
                return

    def spread(self, forms: Exact, among: Booleans, inside: Exact) -> Iterator[Exact]:
        """Yield integer directions of the cone, inside it, that give forms other signs.

        Each lies as far from the inner direction as the cone lets it along minus one form; only
        those that show something new, as doubles see it, are made exact.
        """
        floats = np.array([self.form_of(form) for form in forms])
        floats /= np.linalg.norm(floats, axis=1, keepdims=True)
        start = self.coordinates(self._working_of(inside))
        signs = np.sign(floats @ start)
        shown = np.zeros(len(floats), dtype=bool)
        for i, form in enumerate(floats):
            if shown[i] or signs[i] == 0:
                continue
            y = self._pushed(start, -signs[i] * form, among)
            other = signs * (floats @ y) < -_NEAR * np.linalg.norm(y)
            if not (other & ~shown).any():
                continue
            direction = self.exactly(y)
            if (self.constraints.signs(direction, among) >= 0)[among].all():
                shown |= other
                yield direction

    def independent(self, pairs: Booleans) -> list[Pair]:
        """Return pairs whose forms are independent and, as doubles see it, span all of them."""
        random = np.random.default_rng(0)
        chosen: list[Pair] = []
        frame = np.zeros((self.dimension, 0))
        while len(chosen) < self.dimension:
            # A new direction without structure each time: a form outside the span is not
            # orthogonal to it.  One direction for all would be used up before the span is.
            probe = random.standard_normal(self.dimension)
            y = probe - frame @ (frame.T @ probe)
            y = y - frame @ (frame.T @ y)
            margins = np.abs(self.constraints.margins(self.working(y))) / self._length
            relative = np.where(pairs, margins, 0.0)
            pair = _first(-relative)
            if relative[pair] <= 1e-10 * np.linalg.norm(probe):
                break
            chosen.append(pair)
            new = self._rows([pair])[0]
            for _ in range(2):
                new = new - frame @ (frame.T @ new)
                new /= np.linalg.norm(new)
            frame = np.column_stack([frame, new])
        return chosen

    def _holding(self, pairs: Sequence[Pair]) -> Exact:
        forms = self.constraints.forms(np.array(pairs, dtype=np.intp).reshape(-1, 2))
        return np.vstack([self.held, forms])

    def _proven(self, y: Floats, c: Exact, among: Booleans) -> Exact | None:
        direction = self.exactly(y)
        return direction if self._valid(direction, c, among) else None

    def _valid(self, direction: Exact, c: Exact, among: Booleans) -> bool:
        rises = int(direction @ c) > 0
        return rises and bool((self.constraints.signs(direction, among) >= 0).all())

    def _pushed(self, start: Floats, c: Floats, among: Booleans) -> Floats:
        """Return start moved along c until just before the first margin closes."""
        margins = self.constraints.margins(self.working(start))[among]
        slopes = self.constraints.margins(self.working(c))[among]
        closing = slopes < 0
        far = 1e3 * float(np.linalg.norm(start) / np.linalg.norm(c))
        step = 0.999 * float((margins[closing] / -slopes[closing]).min(initial=far))
        return start + step * c

    def _rows(self, pairs: Sequence[Pair]) -> Floats:
        """Return the forms of pairs (q, r) in coordinates of the cone."""
        constraints = self.constraints
        rows, classes = np.array(pairs, dtype=np.intp).reshape(-1, 2).T
        differences = np.zeros((len(rows), constraints.free + 1))
        differences[np.arange(len(rows)), constraints.base[rows]] = 1.0
        differences[np.arange(len(rows)), classes] = -1.0
        return self.form(differences[:, 1:, None] * constraints.X[rows][:, None, :])

    def _least(self, y: Floats, among: Booleans, level: float = 0.0) -> tuple[float, Pair]:
        """Return the least margin, raised by a level, in units of the constraint's length."""
        margins = self.constraints.margins(self.working(y)) + level
        relative = np.where(among, margins / self._length, np.inf)
        pair = _first(relative)
        return float(relative[pair]), pair

    def _least_distance(self, among: Booleans) -> Floats | None:
        """Return, up to a factor, the shortest y with margins of at least 1, if doubles find one.

        It is a non-negative least-squares problem with one more coordinate (Lawson & Hanson
        1974, section 23.4), here in units of a typical constraint.
        """
        unit = float(np.median(self._length))
        fit = nonnegative(
            np.append(np.zeros(self.dimension), -1.0),
            lambda r: self._least(r[:-1], among, unit * float(r[-1])),
            lambda pairs: np.column_stack([self._rows(pairs), np.full(len(pairs), unit)]),
        )
        if not fit.active:
            return None
        # The shortest solution of the active margins' equations has more of the digits.
        active = self._rows(fit.active)
        y = np.asarray(np.linalg.lstsq(active, np.ones(len(active)))[0])
        if self.constraints.margins(self.working(y))[among].min() > 0.5:
            return y
        return fit.residual[:-1]

    def _decide(self, c: Exact, among: Booleans, active: Sequence[Pair]) -> Exact | None:
        """Return what ``rising`` does, in integers from the active constraints on.

        The squares are taken over the unbound coordinates, scaled to those of the columns.
        """
        weights = self.constraints.weights[self.unbound]
        metric = np.array([1 << 2 * int(w) for w in weights.max() - weights], dtype=object)

        def violated(residual: Exact) -> Pair | None:
            direction = residual @ self.basis
            negative = self.constraints.signs(direction, among) < 0
            margins = self.constraints.margins(self._working_of(direction)) / self._length
            return _first(np.where(negative, margins, np.inf)) if negative.any() else None

        residual = nonnegative_exactly(self.basis @ c, metric, active, violated, self._exact_rows)
        return None if residual is None else primitive(residual @ self.basis)

    def _exact_rows(self, pairs: Sequence[Pair]) -> Exact:
        forms = self.constraints.forms(np.array(pairs, dtype=np.intp).reshape(-1, 2))
        return np.asarray(forms @ self.basis.T, dtype=object)


def _first(values: Floats) -> Pair:
    """Return the place of the least value."""
    row, column = divmod(int(np.argmin(values)), values.shape[1])
    return row, column
