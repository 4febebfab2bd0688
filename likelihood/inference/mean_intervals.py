"""Score and profile intervals for the mean of any one-parameter family, from two functions."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from likelihood.inference.quantiles import chi2_quantile, significance
from likelihood.kernels.arrays import Floats
from likelihood.solve.roots import find_root

#: Doublings or halvings of a double from its middle range to its end.
_STEPS = 1100
#: Beyond this squares overflow; no end is that far.
_FAR = 1e150


def score_interval(
    mean: float,
    n: float,
    level: float,
    variance: Callable[[float], float],
    *,
    phi: float = 1.0,
    support: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[float, float]:
    """Return all means m with ``(mean - m)**2 <= z**2 phi V(m) / n``.

    Parameters
    ----------
    mean, n : float
        The sample's mean, inside or at the edge of the support, and its size.
    level : float
        Coverage, in (0, 1).
    variance : callable, float -> float
        V(m), called strictly inside the support only.
    phi : float
        Dispersion.
    support : (float, float)
        The open range of the means.

    Raises
    ------
    ValueError
        The level is not in (0, 1).

    References
    ----------
    Rao (1948), Mathematical Proceedings of the Cambridge Philosophical Society 44, 50-57.

    Examples
    --------
    >>> low, high = score_interval(0.75, 4, 0.95, lambda p: p * (1 - p), support=(0, 1))
    >>> round(low, 6), round(high, 6)
    (0.300642, 0.954413)
    """
    spread = float(chi2_quantile(significance(level), 1.0)) * phi / n
    return _ends(lambda m: (mean - m) ** 2 - spread * variance(m), mean, n, support)


def profile_interval(
    mean: float,
    n: float,
    level: float,
    divergence: Callable[[float, float], float],
    *,
    phi: float = 1.0,
    support: tuple[float, float] = (-math.inf, math.inf),
) -> tuple[float, float]:
    """Return all means m with ``2 n D(mean, m) / phi <= z**2``.

    Parameters
    ----------
    mean, n : float
        The sample's mean, inside or at the edge of the support, and its size.
    level : float
        Coverage, in (0, 1).
    divergence : callable, (float, float) -> float
        The Kullback-Leibler divergence to the member with the second mean from that with the
        first, in nats at unit dispersion; the second is strictly inside the support.
    phi : float
        Dispersion.
    support : (float, float)
        The open range of the means.

    Raises
    ------
    ValueError
        The level is not in (0, 1).

    References
    ----------
    Wilks (1938), Annals of Mathematical Statistics 9, 60-62.

    Examples
    --------
    >>> low, high = profile_interval(3.0, 4, 0.95, lambda t, m: 0.5 * (t - m) ** 2)
    >>> round(low, 6), round(high, 6)
    (2.020018, 3.979982)
    """
    limit = 0.5 * float(chi2_quantile(significance(level), 1.0)) * phi / n
    return _ends(lambda m: divergence(mean, m) - limit, mean, n, support)


def _ends(
    excess: Callable[[float], float], mean: float, n: float, support: tuple[float, float]
) -> tuple[float, float]:
    """Return where the excess turns positive on either side of the mean."""
    low, high = (float(edge) for edge in support)
    # The size only has to be a number: the search doubles it, or halves it within the bracket.
    step = abs(mean) or 1.0 / n
    return _end(excess, mean, -step, low), _end(excess, mean, step, high)


def _end(excess: Callable[[float], float], mean: float, step: float, edge: float) -> float:
    if mean == edge:
        return edge

    def elementwise(m: Floats) -> Floats:
        # At the mean the excess is negative by definition, and the callable may not take it
        # there: the mean can be an edge of the support.
        return np.array([-1.0 if x == mean else excess(x) for x in m.tolist()])

    inner, outer = mean, mean + step
    for _ in range(_STEPS):
        if (edge - outer) * step <= 0.0:
            # Past the edge: halfway to it from the last point, as often as it takes.
            outer = inner + 0.5 * (edge - inner)
            if outer in (inner, edge):
                return edge
        if abs(outer) > _FAR:
            return edge
        if excess(outer) > 0.0:
            return float(find_root(elementwise, [inner], [outer])[0])
        inner, step = outer, 2.0 * step
        outer = mean + step
    return edge
