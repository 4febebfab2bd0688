"""Roots of functions of one variable, bracketed, to the last digits of a double (level 3)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likelihood.kernels.arrays import Floats, floats

Integers: TypeAlias = NDArray[np.int64]

#: More than the 64 halvings that an ordering of 2**64 doubles can need.
_STEPS = 300
_EPSILON = float(np.finfo(np.float64).eps)
_SMALLEST = float(np.finfo(np.float64).smallest_subnormal)


def find_root(function: Callable[[Floats], Floats], low: ArrayLike, high: ArrayLike) -> Floats:
    """Return a root of an elementwise function in each bracket, to 4 units in the last place.

    Parameters
    ----------
    function : callable, array -> array of the same shape
        Continuous; of opposite sign (or zero) at the two ends of a bracket, where it may be
        infinite.
    low, high : array_like, broadcastable
        The brackets, finite.

    Returns
    -------
    array of the broadcast shape

    Raises
    ------
    ValueError
        The signs at the ends of a bracket are equal, or one is NaN.

    Notes
    -----
    Chandrupatla's rule decides between inverse quadratic interpolation and halving.  Halving
    is done in the ordering of the doubles, so a root at 1e-200 in (0, 1) takes no longer than
    one at 0.3.  SciPy's ``brentq`` stops at an absolute error and solves one equation at a
    time; its elementwise successor asks for a later SciPy than this package does.

    References
    ----------
    Chandrupatla (1997), Advances in Engineering Software 28, 145-149.

    Examples
    --------
    >>> import numpy as np
    >>> find_root(lambda x: x * x - np.array([2.0, 9e-40]), 0.0, 10.0)
    array([1.41421356e+00, 3.00000000e-20])
    """
    far, near = (np.array(end) for end in np.broadcast_arrays(floats(low), floats(high)))
    far_value, near_value = function(far) + 0.0 * far, function(near) + 0.0 * near
    wrong = ~(np.sign(far_value) * np.sign(near_value) <= 0.0)
    if wrong.any():
        raise ValueError(
            f"a root needs values of opposite sign at the ends of its bracket, got "
            f"{far_value[wrong][0]:g} at {far[wrong][0]:g} and {near_value[wrong][0]:g} at "
            f"{near[wrong][0]:g}; widen the bracket."
        )
    middle = _halfway(far, near)
    for _ in range(_STEPS):
        value = function(middle)
        same = np.sign(value) == np.sign(near_value)
        third, third_value = np.where(same, near, far), np.where(same, near_value, far_value)
        far, far_value = np.where(same, far, near), np.where(same, far_value, near_value)
        near, near_value = middle, value
        closer = np.abs(near_value) < np.abs(far_value)
        best, best_value = np.where(closer, near, far), np.where(closer, near_value, far_value)
        width = np.abs(far - near)
        least = 2.0 * _EPSILON * np.abs(best) + _SMALLEST
        found = (best_value == 0.0) | (width <= 2.0 * least)
        if found.all():
            break
        share = _interpolated(near, near_value, far, far_value, third, third_value)
        # A step of at least the resolution, so that both ends of the bracket close in.
        edge = least / np.where(found, 1.0, width)
        inner = near + np.clip(share, edge, 1.0 - edge) * (far - near)
        # Where a root is found the bracket stays put while the others go on.
        middle = np.where(found, best, np.where(np.isnan(share), _halfway(far, near), inner))
        far, far_value = np.where(found, best, far), np.where(found, best_value, far_value)
    return np.asarray(best)


def _interpolated(
    near: Floats, near_value: Floats, far: Floats, far_value: Floats, third: Floats,
    third_value: Floats,
) -> Floats:  # fmt: skip
    """Return how far to go from near to far by inverse quadratic interpolation, or NaN."""
    # An infinite value at an end makes every comparison false: that bracket is halved.
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        place = (near - far) / (third - far)
        height = (near_value - far_value) / (third_value - far_value)
        usable = (height**2 < place) & ((1.0 - height) ** 2 < 1.0 - place)
        share = near_value / (far_value - near_value) * third_value / (far_value - third_value) + (
            third - near
        ) / (far - near) * near_value / (third_value - near_value) * far_value / (
            third_value - far_value
        )
        return np.where(usable, share, np.nan)


def _halfway(a: Floats, b: Floats) -> Floats:
    """Return the double halfway between a and b in the ordering of all doubles."""
    rank_a, rank_b = _rank(a), _rank(b)
    # Halved before they are added: the sum of two ranks may not fit.
    rank = (rank_a >> 1) + (rank_b >> 1) + (rank_a & rank_b & 1)
    return np.asarray(_ordered(rank).view(np.float64))


def _rank(x: Floats) -> Integers:
    """Return the place of a double in the ordering of all doubles, 0 for zero."""
    return _ordered(np.asarray(x).view(np.int64))


def _ordered(bits: Integers) -> Integers:
    """Return the bits of negative doubles with their order reversed; its own inverse."""
    return bits ^ ((bits >> 63) & np.iinfo(np.int64).max)
