"""The Gaussian negative log-likelihood in mean and standard deviation (level 0)."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arithmetic import two_product, two_sum
from likelihood.kernels.arrays import Floats, Numbers, numbers

_HALF_LOG_TWO_PI = 0.5 * math.log(2.0 * math.pi)


def _standardised(y: Numbers, mean: Numbers, sd: Numbers) -> tuple[Floats, Floats, Floats, Floats]:
    """Return ``u = (y - mean) / sd`` as high and low part, and sd as fraction and exponent.

    Dividing by the fraction and then by the power of two keeps every sd in range.
    """
    fraction, exponent = np.frexp(sd)
    difference, low = two_sum(y, -mean)
    far = ~np.isfinite(difference)
    if far.any():
        # The difference of two large numbers overflows where u need not.
        difference = np.where(far, 0.5 * y - 0.5 * mean, difference)
        low = np.where(far, 0.0, low)
        exponent = exponent - far
    # Scaled to [0.5, 1), so that the exact remainder of the division does not underflow.
    scaled, size = np.frexp(difference)
    low = np.ldexp(low, -size)
    quotient = scaled / fraction
    product, error = two_product(quotient, fraction)
    remainder = ((scaled - product) - error + low) / fraction
    shift = size - exponent
    u, u_low = np.ldexp(quotient, shift), np.ldexp(remainder, shift)
    return u, np.where(np.isfinite(u), u_low, 0.0), fraction, np.frexp(sd)[1]


def gaussian_nll(y: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Return ``((y - mean) / sd)**2 / 2 + log(sd) + log(2 pi) / 2`` in nats.

    Within 1.7 ulp of the sum of the sizes of the three terms, for every sd above 0.

    Parameters
    ----------
    y, mean, sd : array_like, broadcastable
        Finite; sd above 0.

    Examples
    --------
    >>> print(f"{gaussian_nll(1.0, 1.0, 1.0):.9g} {gaussian_nll(0.0, 0.0, 5e-324):.9g}")
    0.918938533 -743.521133
    """
    y, mean, sd = (numbers(value) for value in (y, mean, sd))
    if np.iscomplexobj(mean) or np.iscomplexobj(sd):
        u = (y - mean) / sd
        complex_result: Floats = (0.5 * u * u + np.log(sd) + _HALF_LOG_TWO_PI)[()]
        return complex_result
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        u, low, _, _ = _standardised(y, mean, sd)
        square = (0.5 * u) * u
        square = np.where(np.isfinite(square), square + u * low, square)
        result: Floats = (square + (np.log(sd) + _HALF_LOG_TWO_PI))[()]
    return result


def gaussian_nll_mean_gradient(y: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Return the derivative of ``gaussian_nll`` in the mean, ``(mean - y) / sd**2``.

    Within 1.4 ulp, for every sd above 0.

    Parameters
    ----------
    y, mean, sd : array_like, broadcastable
        Finite; sd above 0.

    Examples
    --------
    >>> float(gaussian_nll_mean_gradient(3.0, 1.0, 2.0))
    -0.5
    """
    y, mean, sd = (numbers(value) for value in (y, mean, sd))
    if np.iscomplexobj(mean) or np.iscomplexobj(sd):
        complex_result: Floats = ((mean - y) / sd / sd)[()]
        return complex_result
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        u, low, _, _ = _standardised(y, mean, sd)
        result: Floats = np.asarray(-(u + low) / sd)[()]
    return result


def gaussian_nll_sd_gradient(y: ArrayLike, mean: ArrayLike, sd: ArrayLike) -> Floats:
    """Return the derivative of ``gaussian_nll`` in sd, ``(1 - u) * (1 + u) / sd``.

    Within 2.6 ulp, for every sd above 0; u is ``(y - mean) / sd``.

    Parameters
    ----------
    y, mean, sd : array_like, broadcastable
        Finite; sd above 0.

    Examples
    --------
    >>> float(gaussian_nll_sd_gradient(3.0, 1.0, 1.0))
    -3.0
    """
    y, mean, sd = (numbers(value) for value in (y, mean, sd))
    if np.iscomplexobj(mean) or np.iscomplexobj(sd):
        u = (y - mean) / sd
        complex_result: Floats = ((1.0 - u) * (1.0 + u) / sd)[()]
        return complex_result
    with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
        u, low, fraction, exponent = _standardised(y, mean, sd)
        # The factors are scaled down where their product would overflow and the quotient not.
        shift = np.where(np.abs(u) > 2.0**500, 500, 0)
        u, low = np.copysign(u, 1.0), low * np.copysign(1.0, u)
        below, below_low = two_sum(1.0, -u)
        above, above_low = two_sum(1.0, u)
        below = np.ldexp(below + np.where(shift, 0.0, below_low - low), -shift)
        above = np.ldexp(above + np.where(shift, 0.0, above_low + low), -shift)
        result: Floats = np.asarray(np.ldexp(below / fraction * above, 2 * shift - exponent))[()]
    return result
