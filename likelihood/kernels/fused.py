"""Sums of losses over blocks of plain rows, with the gradient written in place (level 0).

A block is small enough to stay in a core's cache from the first operation to the last, and its
buffers are made once.  Rows are plain if targets are classes and predictions finite or -inf;
of any others ``evaluate`` returns None and may have written to the gradient, and the caller takes
the exact kernels.  The value is the sum of logarithms of products of up to 16 factors, formed as
``(1 + a)(1 + b) = 1 + (a + b + a b)``: with the one left out no digit of a small loss is lost,
and one ``log1p`` serves 16 rows.
"""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from likelihood.kernels.arrays import Floats

Rows = NDArray[Any]

_LEVELS = 4
_FACTORS = 2**_LEVELS
#: A product of 16 factors up to here is in range.
LARGEST_FACTOR = 2.0**60
#: Beyond this the logistic function is 1 and the loss is the logit, to all digits.
_SATURATED = 38.0
#: Numbers of a block, half a megabyte: more leave the cache, fewer cost more calls than they save.
BLOCK = 2**16


class Block(Protocol):
    """The loss of one kind of rows, in buffers for up to so many rows and columns."""

    def __init__(self, rows: int, columns: int) -> None: ...

    def evaluate(
        self, x: Rows, y: Rows, weights: Floats | None, divisor: float, gradient: Floats | None
    ) -> float | None:
        """Return the weighted sum of the losses, or None if a row is not plain.

        Parameters
        ----------
        x : (m,) or (m, K) array
            Predictions, of any real dtype; m is at most the number of rows of the buffers.
        y : (m,) array
            Targets, of any real dtype.
        weights : (m,) array or None
            Finite and not negative.
        divisor : float
            What the gradient is divided by; the value is not.
        gradient : array of the shape of x, or None
            C-contiguous; overwritten.
        """


def buffer(rows: int) -> Floats:
    """Return an array for at least so many rows, in whole groups of factors.

    Examples
    --------
    >>> len(buffer(17))
    32
    """
    return np.empty(-(-rows // _FACTORS) * _FACTORS)


def sum_log1p(x: Floats, work: Floats) -> float:
    """Return the sum of ``log(1 + x)``, within a few ulp; both arrays are overwritten.

    Parameters
    ----------
    x : (n,) array
        In [0, 2**60]; n is a multiple of 16.
    work : (n,) array

    Examples
    --------
    >>> print(f"{sum_log1p(np.full(16, 1e-300), np.empty(16)):.12g}")
    1.6e-299
    """
    for _ in range(_LEVELS):
        half = len(x) // 2
        a, b, product = x[:half], x[half:], work[:half]
        np.multiply(a, b, out=product)
        a += b
        a += product
        x = a
    # log(1 + x) by the logarithm of the rounded sum, and what the rounding took (Kahan): without
    # vector instructions for log1p this takes a third of its time.
    rounded = np.add(x, 1.0, out=work[: len(x)])
    taken = np.subtract(rounded, 1.0, out=work[len(x) : 2 * len(x)])
    np.subtract(x, taken, out=taken)
    taken /= rounded
    return float(np.add.reduce(np.log(rounded, out=rounded))) + float(np.add.reduce(taken))


def total_of(factors: Floats, m: int, weights: Floats | None, work: Floats) -> float:
    """Return the weighted sum of ``log(1 + factors)`` over the first m entries of a buffer.

    Both buffers are overwritten.

    Examples
    --------
    >>> factors = buffer(2)
    >>> factors[:2] = 1.0
    >>> print(f"{total_of(factors, 2, None, buffer(2)):.12g}")
    1.38629436112
    """
    if weights is None:
        end = -(-m // _FACTORS) * _FACTORS
        factors[m:end] = 0.0
        return sum_log1p(factors[:end], work[:end])
    logs = np.log1p(factors[:m], out=factors[:m])
    logs *= weights
    return float(np.add.reduce(logs))


class BinaryBlock:
    """Binary cross-entropy of logits (m,), targets 0 and 1.

    With ``t = z`` against class 0 and ``-z`` against class 1 the loss is ``log(1 + exp(t))`` and
    its derivative in t ``exp(t) / (1 + exp(t))``; nothing cancels.

    Examples
    --------
    >>> gradient = np.empty(2)
    >>> value = BinaryBlock(2, 1).evaluate(np.zeros(2), np.array([1, 0]), None, 1.0, gradient)
    >>> print(f"{value:.12g} {gradient}")
    1.38629436112 [-0.5  0.5]
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._e, self._work = buffer(rows), buffer(rows)
        self._sign, self._t = np.empty(rows), np.empty(rows)
        self._zero, self._one = np.empty(rows, dtype=bool), np.empty(rows, dtype=bool)

    def evaluate(
        self, x: Rows, y: Rows, weights: Floats | None, divisor: float, gradient: Floats | None
    ) -> float | None:
        """Return the weighted sum of the losses, or None if a row is not plain."""
        m = len(x)
        zero, one, sign, t = self._zero[:m], self._one[:m], self._sign[:m], self._t[:m]
        np.equal(y, 0, out=zero)
        np.equal(y, 1, out=one)
        zero |= one
        if not np.logical_and.reduce(zero):
            return None
        np.multiply(y, -2.0, out=sign)
        sign += 1.0
        np.multiply(x, sign, out=t)
        highest, beyond = np.maximum.reduce(t), 0.0
        if np.isnan(highest):
            return None
        e = self._e[:m]
        if highest > _SATURATED:
            np.subtract(t, _SATURATED, out=e)
            np.maximum(e, 0.0, out=e)
            if weights is not None:
                e[weights == 0.0] = 0.0
                e *= weights
            beyond = float(np.add.reduce(e))
            np.minimum(t, _SATURATED, out=t)
        np.exp(t, out=e)
        if gradient is not None:
            total = np.add(e, 1.0, out=t)
            # The rounding error of the sum, exactly; relative to it, taken off the quotient.
            low = np.subtract(total, 1.0, out=self._work[:m])
            np.subtract(e, low, out=low)
            low /= total
            share = np.divide(e, total, out=gradient)
            low *= share
            share -= low
            if divisor != 1.0:
                sign *= divisor
            share /= sign
            if weights is not None:
                share *= weights
        return total_of(self._e, m, weights, self._work) + beyond


class SquareBlock:
    """Half the squared difference of means (m,) and targets.

    Examples
    --------
    >>> gradient = np.empty(2)
    >>> SquareBlock(2, 1).evaluate(np.zeros(2), np.array([1.0, 2.0]), None, 1.0, gradient)
    2.5
    >>> gradient
    array([-1., -2.])
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._difference, self._square = np.empty(rows), np.empty(rows)

    def evaluate(
        self, x: Rows, y: Rows, weights: Floats | None, divisor: float, gradient: Floats | None
    ) -> float | None:
        """Return the weighted sum of the losses, or None if it is not finite."""
        m = len(x)
        difference = self._difference[:m] if gradient is None else gradient
        np.subtract(x, y, out=difference, dtype=np.float64)
        square = np.multiply(difference, difference, out=self._square[:m])
        if weights is not None:
            square *= weights
        value = 0.5 * float(np.add.reduce(square))
        if not np.isfinite(value):
            return None
        if gradient is not None:
            if weights is not None:
                gradient *= weights
            if divisor != 1.0:
                gradient /= divisor
        return value
