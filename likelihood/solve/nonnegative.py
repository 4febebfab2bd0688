"""Non-negative least squares with rows asked for one by one: in doubles and exactly (level 3).

The multipliers of the fit of ``-c`` are a proof that it is in the cone of the rows, or else the
residual is a direction that no row opposes and along which c rises (Farkas 1902).  Unlike the
simplex method it cannot cycle: every step in exact arithmetic lowers the sum of squares.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from typing import NamedTuple, TypeAlias

import numpy as np

from likelihood.family import Floats
from likelihood.solve.modular import nullspace
from likelihood.solve.rational import Exact, Exponents, eliminate, primitive, rounded, solve

#: What names a row: a distinct row of the data and a class.
Pair: TypeAlias = tuple[int, int]

#: Cosines and relative residuals that doubles cannot tell from zero.
RESOLUTION = 1e-13
#: Keeps a quotient of two zeros at zero, and bounds the errors of underflow.
_TINY = 1e-300


class Fitted(NamedTuple):
    """The rows with positive multipliers, and the residual (r,)."""

    active: list[Pair]
    residual: Floats


def nonnegative(
    c: Floats,
    least: Callable[[Floats], tuple[float, Pair]],
    rows: Callable[[Sequence[Pair]], Floats],
) -> Fitted:
    """Return the fit of -c by non-negative multiples of rows, as far as doubles take it.

    Parameters
    ----------
    c : (r,) array
    least : callable
        For a residual, the least product with a row over the row's length, and which row.
    rows : callable
        For names, the rows (q, r).

    References
    ----------
    Lawson & Hanson (1974), Solving Least Squares Problems, section 23.3.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.eye(2)
    >>> nonnegative(
    ...     np.array([-3.0, 1.0]),
    ...     lambda r: (r.min(), (int(r.argmin()), 0)),
    ...     lambda pairs: A[[i for i, _ in pairs]],
    ... )
    Fitted(active=[(0, 0)], residual=array([0., 1.]))
    """
    active: list[Pair] = []
    multipliers, residual = np.zeros(0), c
    Q, triangle = np.zeros((len(c), 0)), np.zeros((0, 0))
    floor, stalled = RESOLUTION * float(np.linalg.norm(c)), 0
    while (size := float(np.linalg.norm(residual))) > floor:
        value, pair = least(residual)
        if value >= -RESOLUTION * size or pair in active or len(active) == len(c):
            break
        before = Fitted(list(active), residual)
        added = rows([pair])[0]
        # Orthogonalised twice, which is enough (Giraud, Langou & Rozloznik 2005).
        once = Q.T @ added
        new = added - Q @ once
        twice = Q.T @ new
        new = new - Q @ twice
        length = float(np.linalg.norm(new))
        if length <= RESOLUTION * float(np.linalg.norm(added)):
            return before
        triangle = np.block([[triangle, (once + twice)[:, None]], [np.zeros(len(Q[0])), length]])
        Q = np.column_stack([Q, new / length])
        active.append(pair)
        multipliers = np.append(multipliers, 0.0)
        while True:
            proposed = -np.linalg.solve(triangle, Q.T @ c)
            if (proposed > 0).all():
                break
            blocked = np.flatnonzero(proposed <= 0)
            steps = multipliers[blocked] / (multipliers[blocked] - proposed[blocked] + _TINY)
            moved = multipliers + float(steps.min()) * (proposed - multipliers)
            keep = moved > RESOLUTION * float(np.abs(moved).max())
            keep[blocked[int(np.argmin(steps))]] = False
            active = [pair for pair, kept in zip(active, keep, strict=True) if kept]
            multipliers = moved[keep]
            rotated, triangle = np.linalg.qr(triangle[:, keep])
            Q = Q @ rotated
        multipliers = proposed
        residual = c - Q @ (Q.T @ c)
        residual = residual - Q @ (Q.T @ residual)
        # A row opposed by 1e-9 lowers the size by 1e-18, which doubles do not show: the method
        # goes on, but not for ever, since in doubles it can also run in circles.
        stalled += float(np.linalg.norm(residual)) >= size
        if stalled > len(c):
            return before
    return Fitted(active, residual)


def nonnegative_exactly(
    c: Exact,
    metric: Exact,
    start: Sequence[Pair],
    violated: Callable[[Exact], Pair | None],
    rows: Callable[[Sequence[Pair]], Exact],
) -> Exact | None:
    """Return the residual (r,) of the exact fit of -c, up to a positive factor; None for zero.

    Parameters
    ----------
    c : (r,) array of int
    metric : (r,) array of int
        Positive weights of the squares; the residual returned is multiplied by them, so that
        its plain product with a row has the sign that ``violated`` asks about.
    start : sequence
        Rows to try first; they only save steps.
    violated : callable
        For a residual, a row whose product with it is negative, if there is one.
    rows : callable
        For names, the rows (q, r).

    Examples
    --------
    >>> import numpy as np
    >>> A = np.eye(2, dtype=int).astype(object)
    >>> c, ones = np.array([-3, 1], dtype=object), np.array([1, 1], dtype=object)
    >>> nonnegative_exactly(
    ...     c,
    ...     ones,
    ...     [],
    ...     lambda r: next(((i, 0) for i in range(2) if A[i] @ r < 0), None),
    ...     lambda pairs: A[[i for i, _ in pairs]],
    ... )
    array([0, 1], dtype=object)
    """
    active = list(start)
    if active:
        active = [active[i] for i in eliminate(rows(active).T)[1]]
    multipliers, residual = _combination(rows(active), c, metric)
    # Back to a state that the method could have reached itself: all multipliers positive.
    while any(m <= 0 for m in multipliers):
        del active[multipliers.index(min(multipliers))]
        multipliers, residual = _combination(rows(active), c, metric)
    while (residual != 0).any():
        pair = violated(residual)
        if pair is None:
            return residual
        active.append(pair)
        current = [*multipliers, Fraction(0)]
        while True:
            multipliers, residual = _combination(rows(active), c, metric)
            if all(m > 0 for m in multipliers):
                break
            ways = list(zip(current, multipliers, strict=True))
            share = min(old / (old - new) for old, new in ways if new <= 0)
            current = [old + share * (new - old) for old, new in ways]
            active = [pair for pair, m in zip(active, current, strict=True) if m > 0]
            current = [m for m in current if m > 0]
    return None


def _combination(rows: Exact, c: Exact, metric: Exact) -> tuple[list[Fraction], Exact]:
    """Return the multipliers of independent rows that best cancel c, and the residual."""
    weighted = rows * metric
    numerators, denominator = solve(weighted @ rows.T, -(weighted @ c))
    residual = primitive(metric * (denominator * c + numerators @ rows))
    return [Fraction(int(v), denominator) for v in numerators], residual


def certainly_cancels(rows: Exact, c: Exact, weights: Exponents) -> bool:
    """Return whether doubles prove that -c is a combination of rows, all multipliers positive.

    An approximate inverse bounds the error of each multiplier, the roundings of the data and
    of the proof itself included.  False says nothing.

    Parameters
    ----------
    rows : (q, r) array of int
    c : (r,) array of int
    weights : (r,) array of int
        Powers of two by which the columns are multiplied to be of like size.

    References
    ----------
    Rump (2010), Acta Numerica 19, section 10.

    Examples
    --------
    >>> import numpy as np
    >>> A = np.array([[1, 2], [1, -3]], dtype=object)
    >>> certainly_cancels(A, -A.sum(axis=0), np.zeros(2, dtype=int))
    True
    >>> certainly_cancels(A, A.sum(axis=0), np.zeros(2, dtype=int))
    False
    """
    chosen = np.ones(len(c), dtype=bool)
    if len(rows) < len(c):
        # A form in the span of few rows is decided in as many coordinates.
        outside, free = nullspace(rows)
        if (outside @ c != 0).any():
            return False
        chosen[free] = False
    if not 0 < len(rows) == int(chosen.sum()):
        return False
    # A positive factor for each row leaves the multipliers' signs alone.
    M = np.array([rounded(row, weights[chosen]) for row in rows[:, chosen]]).T
    target = rounded(c[chosen], weights[chosen])
    try:
        inverse = np.linalg.inv(M)
    except np.linalg.LinAlgError:
        return False
    # Where the inverse overflows the bounds are infinite or NaN, and nothing is proven.
    with np.errstate(over="ignore", invalid="ignore"):
        multipliers = -inverse @ target
        # Twice what the roundings of a sum of products and of its factors amount to.
        unit = (len(M) + 8) * float(np.finfo(np.float64).eps)
        size, above = np.abs(inverse), np.abs(M) + _TINY
        defect = np.abs(np.eye(len(M)) - inverse @ M) + unit * (size @ above)
        share = 1.01 * float(defect.sum(axis=1).max())
        doubt = np.abs(target + M @ multipliers)
        doubt += unit * (np.abs(target) + above @ np.abs(multipliers) + _TINY)
        error = 1.01 * (size @ doubt)
        if not share < 0.5:
            return False
        return bool((multipliers > error + share / (1.0 - share) * error.max()).all())
