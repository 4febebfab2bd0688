"""The weighted sum, mean and sum of squares of a sample, to the last digit (level 0)."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arithmetic import exponent_of_largest, sum_parts, two_product, two_sum
from likelihood.kernels.arrays import Floats, floats


class Moments(NamedTuple):
    """Sufficient statistics of a Gaussian sample; the exact mean is ``mean + mean_low``."""

    total_weight: float
    mean: float
    mean_low: float
    sum_of_squares: float


def moments(y: ArrayLike, weights: ArrayLike | None = None) -> Moments:
    """Return the total weight, the mean, and the sum of squares about the exact mean.

    The mean is correctly rounded to about 1 ulp and the sum of squares to 2 ulp, also for a
    sample that varies in its last digits only.

    Parameters
    ----------
    y : array_like, shape (n,)
        Finite observations.
    weights : array_like, shape (n,), optional
        Finite, at least 0; all 1 by default.  Without weight the mean is NaN.

    References
    ----------
    Ogita, Rump & Oishi (2005), SIAM J. Sci. Comput. 26, 1955-1988.

    Examples
    --------
    >>> moments([1e8 + 1, 1e8 + 2, 1e8 + 3])
    Moments(total_weight=3.0, mean=100000002.0, mean_low=0.0, sum_of_squares=2.0)
    """
    y = floats(y)
    w = None if weights is None else floats(weights)
    if y.ndim != 1 or (w is not None and w.shape != y.shape):
        shape = "" if w is None else f" and weights of shape {w.shape}"
        raise ValueError(
            f"y has shape {y.shape}{shape}; give one-dimensional arrays of one length."
        )
    exponent = exponent_of_largest(y)
    y = np.ldexp(y, -exponent)
    total, total_low = (np.float64(len(y)), np.float64(0.0)) if w is None else _two(sum_parts(w))
    if not total > 0:
        return Moments(float(total), float("nan"), 0.0, 0.0)
    high, low = _two(sum_parts(y) if w is None else sum_parts(*two_product(w, y)))
    mean = high / total
    product, error = two_product(mean, total)
    mean_low = ((high - product) - error + low - mean * total_low) / total
    centre, centre_low = _two(two_sum(mean, mean_low))
    deviation, rounding = two_sum(y, -centre)
    rounding = rounding - centre_low
    square, error = two_product(deviation, deviation)
    error = error + rounding * (2.0 * deviation + rounding)
    if w is not None:
        square, product_error = two_product(w, square)
        error = w * error + product_error
    squares, squares_low = _two(sum_parts(square, error))
    with np.errstate(over="ignore"):
        sum_of_squares = np.ldexp(np.maximum(squares + squares_low, 0.0), 2 * exponent)
    return Moments(
        float(total + total_low),
        float(np.ldexp(centre, exponent)),
        float(np.ldexp(centre_low, exponent)),
        float(sum_of_squares),
    )


def _two(parts: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """Return high and low part without overlap."""
    high, low = parts
    total = np.asarray(high + low)
    return total, np.asarray(low - (total - high))
