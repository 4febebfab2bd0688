"""Whether a maximum likelihood estimate exists, decided exactly (level 3).

The log-likelihood of a categorical, Bernoulli or Poisson regression has no maximum if and only
if it does not fall along some direction and rises along it in at least one row.  Such
directions are proposed in doubles and proven in integers, and so is their absence.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np

from likelihood.family import Floats, Statistic
from likelihood.solve.cone import Cone
from likelihood.solve.constraints import Booleans, Constraints, Signs, constraints
from likelihood.solve.modular import nullspace
from likelihood.solve.rational import Exact, rounded

#: The largest entry of a direction, so that it can be rounded to doubles.
_LARGEST = Fraction(2) ** 1000


@dataclass(frozen=True)
class Separation:
    """How data are separated; k free logits, p columns, n rows, K classes.

    Attributes
    ----------
    kind : "complete" or "quasi"
        Complete if one direction favours the observed class strictly in every row.
    direction : (k, p) array
        The canonical direction: of all that are strict wherever one can be, the one with the
        largest least margin for the root mean square of its linear predictors (centred over
        the classes) over distinct rows.  Its least positive margin is 1 (less, if the entries
        would overflow).  It does not depend on the rows' order, weights and repetition, nor on
        the columns' units.
    proof : (k, p) array of Fraction
        A direction for which every margin's sign was proven; its doubles are ``direction``.
    infinite : (k, p) array of bool
        The coefficient is not zero over the whole cone of directions.
    sign : (k, p) array
        1 or -1 where the coefficient has one sign over the cone, 0 where it is finite, NaN
        where both signs are possible.
    remaining : (n, K) array of bool
        The classes that keep a positive probability in each row of the limiting conditional
        model; for Poisson (n, 1), whether the mean stays positive.  A row without weight has
        none.
    face : (n,) array of bool
        The rows of the limiting conditional model (Geyer 2009): those with more than one class
        remaining; for Poisson those with a positive mean.
    constancy : (q, k, p) array of Fraction
        A basis of the span of the cone: the directions along which the limiting conditional
        model does not change, each with an entry of 1 where it has the one coefficient that is
        held.  A combination of coefficients is finite if it is zero over all of them.
    held : (k, p) array of bool
        As many coefficients as there are such directions, which determine them: held at any
        value, they leave the others identified in the limiting model.  Slopes come before a
        constant column, later columns before earlier ones, later classes before earlier ones.

    References
    ----------
    Albert & Anderson (1984), Biometrika 71, 1-10.
    Geyer (2009), Electronic Journal of Statistics 3, 259-289.
    """

    kind: Literal["complete", "quasi"]
    direction: Floats
    proof: Exact
    infinite: Booleans
    sign: Floats
    remaining: Booleans
    face: Booleans
    constancy: Exact
    held: Booleans


def separation(
    X: Floats, t: Statistic, weights: Floats, *, classes: int | None
) -> Separation | None:
    """Return how the data are separated, or None where that they overlap is proven.

    Parameters
    ----------
    X : (n, p) array, finite, of full column rank over the rows with weight
        The doubles are taken as exact.
    t : (n,) array of int, or (n, 1) or (n, K) array
        Observed classes, or mean statistics: shares of successes or of classes, counts.
    weights : (n,) array
        Rows of weight zero are not there.
    classes : int or None
        K for a categorical, 2 for a Bernoulli response; None for Poisson.

    Notes
    -----
    Proven to overlap means that multipliers exist, all positive, with which the constraints
    sum to zero (Stiemke's lemma); a direction in the relative interior of the cone and such
    multipliers for the constraints it holds at zero together prove a partial separation.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.column_stack([np.ones(4), [1.0, 2.0, 3.0, 4.0]])
    >>> found = separation(X, np.array([0, 0, 1, 1]), np.ones(4), classes=2)
    >>> found.kind, found.direction.round(12).tolist(), found.sign.tolist()
    ('complete', [[-5.0, 2.0]], [[-1.0, 1.0]])
    >>> separation(X, np.array([0, 1, 0, 1]), np.ones(4), classes=2) is None
    True
    """
    rows = constraints(X, t, weights, classes)
    cone = Cone(rows, _spanning(rows, rows.tied))
    tight = rows.tied
    inside = cone.widest(rows.open)
    if inside is None:
        found, rest = _exhausted(cone, rows.open)
        if not found:
            return None
        tight = rows.tied | rest
        cone = Cone(rows, _spanning(rows, tight))
        strict = rows.open & ~rest
        inside = cone.widest(strict)
        if inside is None:
            inside = _combined(rows, found, strict)
    strict = rows.open & ~tight
    proof = rows.fractions(inside) / _least_margin(rows, inside, strict)
    largest = max(abs(v) for v in proof.flat)
    if largest > _LARGEST:
        proof = proof * (_LARGEST / largest)
    infinite, sign = _signs(cone, inside, strict)
    possible = tight.copy()
    possible[np.arange(len(possible)), rows.base] = True
    used = rows.index >= 0
    remaining = possible[rows.index] & used[:, None]
    face = remaining.sum(axis=1) > 1
    held = np.zeros(rows.free * rows.X.shape[1], dtype=bool)
    held[cone.unbound] = True
    return Separation(
        kind="quasi" if tight.any() else "complete",
        direction=proof.astype(float), proof=proof, infinite=infinite, sign=sign,
        remaining=face[:, None] if classes is None else remaining, face=face,
        constancy=_constancy(cone), held=held.reshape(rows.free, -1),
    )  # fmt: skip


def margin_signs(
    X: Floats, t: Statistic, weights: Floats, direction: Exact, *, classes: int | None
) -> Signs:
    """Return the exact sign of each row's margin against each class (n, K).

    A direction proves separation if no sign is negative and one is positive.  Classes that
    were observed at the same x have to be tied: where they are not, the sign is -1.

    Parameters
    ----------
    direction : (k, p) array of Fraction or int
        In the columns of X.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.column_stack([np.ones(3), [1.0, 2.0, 3.0]])
    >>> margin_signs(X, np.array([0, 0, 1]), np.ones(3), np.array([[-2, 1]]), classes=2)
    array([[0, 1],
           [0, 0],
           [1, 0]], dtype=int8)
    """
    rows = constraints(X, t, weights, classes)
    fractions = np.array([[Fraction(v) for v in row] for row in direction], dtype=object)
    signs = rows.signs(rows.coordinates(fractions), rows.open | rows.tied)
    signs = np.where(rows.tied, -np.abs(signs), signs)
    return np.where((rows.index >= 0)[:, None], signs[rows.index], np.int8(0))


def _constancy(cone: Cone) -> Exact:
    """Return a basis of the span of a cone (q, k, p), in the caller's coordinates."""
    rows = cone.constraints
    if not len(cone.held):
        units = np.zeros((cone.dimension,) * 2, dtype=object)
        np.fill_diagonal(units, 1)
        return units.reshape(cone.dimension, rows.free, -1)
    basis = np.zeros((cone.dimension, rows.free, rows.X.shape[1]), dtype=object)
    for i, (vector, held) in enumerate(zip(cone.basis, cone.unbound, strict=True)):
        direction = rows.fractions(vector)
        basis[i] = direction / direction.flat[held]
    return basis


def _exhausted(cone: Cone, among: Booleans) -> tuple[list[Exact], Booleans]:
    """Return directions that together are strict wherever one can be, and the pairs left over.

    Each direction may have any sign where an earlier one is strict.  The pairs left over are
    zero along every direction of the whole cone.
    """
    found: list[Exact] = []
    rest = among.copy()
    while rest.any():
        direction = cone.rising(cone.constraints.total(rest), rest)
        if direction is None:
            break
        rest &= cone.constraints.signs(direction, rest) == 0
        found.append(direction)
    return found, rest


def _combined(rows: Constraints, found: list[Exact], strict: Booleans) -> Exact:
    """Return one direction with all strict margins positive, earlier ones outweighing later."""
    bits = 1
    while True:
        total = found[0]
        for direction in found[1:]:
            total = (total << bits) + direction
        if (rows.signs(total, strict)[strict] > 0).all():
            return total
        bits *= 2


def _spanning(rows: Constraints, pairs: Booleans) -> Exact:
    """Return forms (q, d) of pairs that span those of all of them, proven."""
    none = np.zeros((0, len(rows.weights)), dtype=object)
    if not pairs.any():
        return none
    chosen = Cone(rows, none).independent(pairs)
    while True:
        held = rows.forms(np.array(chosen, dtype=np.intp).reshape(-1, 2))
        missed = None
        for vector in nullspace(held)[0]:
            moved = rows.signs(vector, pairs) != 0
            if moved.any():
                missed = divmod(int(np.argmax(moved)), moved.shape[1])
                break
        if missed is None:
            return held
        chosen.append(missed)


def _least_margin(rows: Constraints, inside: Exact, strict: Booleans) -> Fraction:
    """Return the least positive margin, as doubles rank them, of an integer direction."""
    margins = rows.margins(rounded(inside, rows.weights).reshape(rows.free, -1))
    least = int(np.argmin(np.where(strict, margins, np.inf)))
    pair = np.array([divmod(least, margins.shape[1])], dtype=np.intp)
    return Fraction(int(rows.forms(pair)[0] @ inside))


def _signs(cone: Cone, inside: Exact, strict: Booleans) -> tuple[Booleans, Floats]:
    """Return which coefficients vary over the cone, and their sign if there is one."""
    rows = cone.constraints
    shape = rows.free, rows.X.shape[1]
    forms = np.array([rows.functional(k, j) for k, j in np.ndindex(*shape)], dtype=object)
    infinite = np.array([bool((cone.basis @ form != 0).any()) for form in forms])
    values = forms @ inside
    # A form that is zero at an inner point without being zero takes both signs around it.
    both = infinite & (values == 0)
    up, down = values > 0, values < 0

    def shown(other: Exact) -> Booleans:
        """Return the forms that a direction gives the other sign than the inner one."""
        values = forms @ other
        return np.asarray((up & (values < 0)) | (down & (values > 0)))

    open_ = np.flatnonzero(infinite & ~both)
    for other in cone.spread(forms[open_], strict, inside):
        both |= shown(other)
    one = np.zeros(len(forms), dtype=bool)
    for i in open_:
        if both[i]:
            continue
        risen = cone.rising(-forms[i] if up[i] else forms[i], strict, inside)
        one[i] = risen is None
        if risen is not None:
            both |= shown(risen)
    sign = np.where(both, np.nan, np.where(one, np.where(up, 1.0, -1.0), 0.0))
    return infinite.reshape(shape), sign.reshape(shape)
