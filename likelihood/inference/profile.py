"""The profile likelihood of one coefficient, and where it has fallen by how much (level 5)."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from likelihood.family import Floats, present
from likelihood.fit.record import RegressionRecord
from likelihood.inference.restricted_fit import Surface, descend
from likelihood.solve.newton import newton_step

#: Steps of the quick search, which takes four or five, before the safe one starts over.
_QUICK = 15
_STEPS = 120
#: Where the search for the bound of an infinite coefficient starts: the least margin there.
PUSH = 3.0
#: In nats: how near the supremum the curve of an infinite coefficient ends.
_NEAR = 1e-3


@dataclass(frozen=True)
class GaussianProfile:
    """The profile of a coefficient of a linear regression."""

    estimate: float
    scale: float
    n: float

    def fall(self, value: float) -> float:
        """Return how far the profile is below the maximum at a value, in nats."""
        z = (value - self.estimate) / self.scale
        return 0.5 * self.n * math.log1p(z * z)

    def window(self, cut: float) -> tuple[float, float]:
        """Return the ends of the interval with a cut-off."""
        half = self.scale * math.sqrt(math.expm1(cut / self.n))
        return self.estimate - half, self.estimate + half


@dataclass(frozen=True, eq=False)
class Profile:
    """A coefficient as ``estimate + scale s``, and what the likelihood loses as s moves.

    Attributes
    ----------
    surface : Surface
    estimate, scale : float
    direction : (p,) array
        By which theta moves with s, before the others follow.
    span : (p, m) array
        The directions that leave the coefficient as it is.
    unit : (m,) array or None
        The direction in the coordinates of the surface's half, if there is a maximum.
    """

    surface: Surface
    estimate: float
    scale: float
    direction: Floats
    span: Floats
    unit: Floats | None = None

    def at(self, s: float, start: Floats) -> tuple[float, float, Floats]:
        """Return the loss in nats, its slope in s, and the coordinates of the others (m,)."""
        base = self.surface.top + s * self.direction
        reached = descend(self.surface.along(base, self.span), start)
        theta = base + self.span @ reached.theta
        slope = present(self.surface.objective.evaluate(theta, 1).gradient) @ self.direction
        return reached.evaluation.value - self.surface.value, float(slope), reached.theta

    def fall(self, value: float) -> float:
        """Return how far the profile is below the maximum at a value, in nats."""
        start = np.zeros(self.span.shape[1])
        return max(self.at((value - self.estimate) / self.scale, start)[0], 0.0)

    def window(self, cut: float) -> tuple[float, float]:
        """Return the ends of the interval with a cut-off."""
        return self.end(-1.0, cut), self.end(1.0, cut)

    def end(self, side: float, cut: float) -> float:
        """Return the value below or above the estimate at which the loss is half the cut."""
        s = self._quick(side, cut)
        if s is None:
            s = self._safe(side, cut)
        return self.estimate + self.scale * s

    def _quick(self, side: float, cut: float) -> float | None:
        """Return s by Newton's method for all coordinates at once, None where that fails."""
        target, half, u = 0.5 * cut, self.surface.half, present(self.unit)
        phi = side * math.sqrt(cut) * u
        for _ in range(_QUICK):
            with np.errstate(over="ignore", invalid="ignore"):
                at = self.surface.along(self.surface.top, half).evaluate(phi, 2)
            gradient, hessian = present(at.gradient), present(at.hessian)
            if not (math.isfinite(at.value) and np.isfinite(hessian).all()):
                return None
            inward, along = newton_step(gradient, hessian), -newton_step(u, hessian)
            short = 2.0 * (target - (at.value - self.surface.value)) - gradient @ inward
            if not (short > 0.0 and u @ along > 0.0):
                return None
            step = inward + side * math.sqrt(short / (u @ along)) * along
            size = float(np.linalg.norm(step))
            if not size < 2.0 * (1.0 + float(np.linalg.norm(phi))):
                return None
            phi = phi + step
            if size <= 1e-9 * float(np.linalg.norm(phi)):
                return float(u @ phi)
        return None

    def _safe(self, side: float, cut: float) -> float:
        """Return s by a bracketed search, the other coordinates found anew at each step."""
        start = np.zeros(self.span.shape[1])

        def loss(distance: float) -> tuple[float, float]:
            nonlocal start
            value, slope, start = self.at(side * distance, start)
            return value, side * slope

        return side * rising_root(loss, 0.5 * cut, math.sqrt(cut), low=0.0)


class OneSidedProfile(Profile):
    """The profile of an infinite coefficient; s counts along the separating direction."""

    def window(self, cut: float) -> tuple[float, float]:
        """Return the bound with a cut-off, and where the supremum is all but attained."""
        low, high = sorted([self.bound(0.5 * cut), self.bound(_NEAR)])
        return low, high

    def bound(self, target: float) -> float:
        """Return the value at which the likelihood is this many nats below the supremum."""
        start = np.zeros(self.span.shape[1])

        def loss(back: float) -> tuple[float, float]:
            nonlocal start
            value, slope, start = self.at(-back, start)
            return value, -slope

        return self.estimate - self.scale * rising_root(loss, target, 0.0, low=-math.inf)


def about_maximum(
    surface: Surface, record: RegressionRecord, pair: tuple[int, int], place: int
) -> Profile:
    """Return the profile of a finite coefficient, s counting its standard errors."""
    h = surface.half.T @ surface.to_user[place]
    error = float(np.linalg.norm(h))
    turned = np.linalg.qr((h / error)[:, None], mode="complete")[0]
    return Profile(
        surface, float(record.coef[pair]), error,
        surface.half @ (h / error), surface.half @ turned[:, 1:], h / error,
    )  # fmt: skip


def towards_infinity(
    surface: Surface, record: RegressionRecord, pair: tuple[int, int], place: int
) -> OneSidedProfile:
    """Return the profile of an infinite coefficient of one sign."""
    if record.separation is None:
        raise ValueError("only separated data have infinite coefficients.")
    direction = record.separation.direction.ravel()
    form = surface.to_user[place]
    turned = np.linalg.qr((form / np.linalg.norm(form))[:, None], mode="complete")[0]
    moved = np.asarray(np.linalg.solve(surface.to_user, direction), dtype=float)
    return OneSidedProfile(
        surface, float(record.coef[pair] + PUSH * direction[place]), float(direction[place]),
        moved, turned[:, 1:],
    )  # fmt: skip


def rising_root(
    loss: Callable[[float], tuple[float, float]], target: float, start: float, *, low: float
) -> float:
    """Return where a convex rising loss, given with its slope, reaches a target.

    Parameters
    ----------
    low : float
        Where the loss is below the target: 0, about which it is nearly a parabola, or -inf,
        towards which it falls as an exponential.  Newton's steps are on its root or its log.

    Returns
    -------
    float
        Infinite where the loss stays below the target.
    """
    high, s, growth = math.inf, start, 1.0
    parabolic = low == 0.0
    for _ in range(_STEPS):
        value, slope = loss(s)
        if value < target:
            low = s
        else:
            high = s
        step = math.nan
        if slope > 0.0 and value > 0.0:
            if parabolic:
                step = 2.0 * (math.sqrt(target * value) - value) / slope
            elif value < target:
                step = value / slope * math.log(target / value)
            else:
                step = (target - value) / slope
        following = s + step
        # Near the root rounding can point out of the bracket: that is no reason to halve it.
        if abs(step) <= 1e-11 * max(abs(s), 1e-3):
            return following
        if not low < following < high:
            growth *= 2.0
            following = 0.5 * (low + high)
            if math.isinf(high):
                following = s + growth
            elif math.isinf(low):
                following = s - growth
        if abs(following - s) <= 1e-15 * abs(s):
            return following
        s = following
    return math.inf if math.isinf(high) else s
