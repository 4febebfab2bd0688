"""Quasi-Newton steps from a few remembered gradients, in a given metric (level 3)."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from likelihood.family import Floats

#: Steps that are remembered; more save no passes.
REMEMBERED = 20
#: Share of the slope at the start that has to be gone, and that Armijo's condition asks for.
CURVATURE, DESCENT = 0.9, 1e-4
#: Rounding of a value, as a share of it: below it only slopes can tell.
ROUNDING = 1e-10
#: Points that one line search may try.
TRIALS = 25


class Point(NamedTuple):
    """Where an objective was evaluated."""

    theta: Floats
    value: float
    gradient: Floats
    #: Whatever else the evaluation brought back.
    least: float = np.inf


class Memory:
    """The latest steps with their changes of the gradient.

    References
    ----------
    Nocedal (1980), Mathematics of Computation 35, 773-782.
    """

    def __init__(self, length: int = REMEMBERED) -> None:
        self._pairs: deque[tuple[Floats, Floats, float]] = deque(maxlen=length)

    def __len__(self) -> int:
        return len(self._pairs)

    def add(self, before: Point, after: Point) -> None:
        """Remember a step, if the objective curves along it."""
        step, change = after.theta - before.theta, after.gradient - before.gradient
        curvature = float(step @ change)
        if curvature > 1e-12 * float(np.linalg.norm(step) * np.linalg.norm(change)):
            self._pairs.append((step, change, curvature))

    def clear(self) -> None:
        """Forget every step."""
        self._pairs.clear()

    def direction(self, gradient: Floats, solve: Callable[[Floats], Floats]) -> Floats:
        """Return the step from a gradient; without memory that of the metric alone.

        Parameters
        ----------
        solve : callable
            Multiplies by the inverse of the metric.

        Examples
        --------
        >>> Memory().direction(np.array([2.0]), lambda g: g / 4.0)
        array([-0.5])
        """
        shares, rest = [], gradient.copy()
        for step, change, curvature in reversed(self._pairs):
            share = float(step @ rest) / curvature
            rest -= share * change
            shares.append(share)
        along = solve(rest)
        if self._pairs:
            _, change, curvature = self._pairs[-1]
            along *= curvature / float(change @ solve(change))
        for (step, change, curvature), share in zip(self._pairs, reversed(shares), strict=True):
            along += (share - float(change @ along) / curvature) * step
        return -along


def line_search(
    evaluate: Callable[[Floats], Point], start: Point, direction: Floats
) -> tuple[Point | None, int]:
    """Return a point along a direction of descent of a convex function, and the points tried.

    It has a smaller value, or, where rounding hides that, a slope which by convexity implies it,
    and less than nine tenths of the slope at the start; the unit step is tried first.  None where
    there is no such point.

    References
    ----------
    Hager & Zhang (2005), SIAM Journal on Optimization 16, 170-192: the approximate Wolfe
    conditions.

    Examples
    --------
    >>> bowl = lambda x: Point(x, float(x @ x) / 2.0, x)
    >>> found, count = line_search(bowl, bowl(np.array([3.0])), np.array([-12.0]))
    >>> bool(abs(found.theta[0]) < 1e-12), count
    (True, 2)
    """
    slope = float(start.gradient @ direction)
    if not slope < 0:
        return None, 0
    low, at_low, high, at_high = 0.0, slope, np.inf, np.inf
    length = 1.0
    noise = ROUNDING * abs(start.value)
    for count in range(1, TRIALS + 1):
        found = evaluate(start.theta + length * direction)
        rise = float(found.gradient @ direction)
        finite = np.isfinite(found.value) and np.isfinite(rise)
        lower = finite and found.value <= start.value + DESCENT * length * slope
        hidden = finite and found.value <= start.value + noise and rise <= -0.8 * slope
        if (lower or hidden) and rise >= CURVATURE * slope:
            return found, count
        if finite and rise < 0 and (lower or hidden):
            low, at_low = length, rise
        else:
            high, at_high = length, rise if finite else np.inf
        length = _between(low, at_low, high, at_high)
    return None, TRIALS


def _between(low: float, at_low: float, high: float, at_high: float) -> float:
    """Return the next step to try: where the slopes' line crosses zero, kept off both ends."""
    if not np.isfinite(high):
        return 4.0 * low
    width = high - low
    share = 0.5
    if np.isfinite(at_high) and at_high > at_low:
        share = min(max(-at_low / (at_high - at_low), 0.05), 0.95)
    return low + share * width
