"""The sum of a categorical outcome's losses over blocks of rows, gradient in place (level 0).

The rows are those of ``likelihood.kernels.fused``; the digits those of
``likelihood.kernels.categorical`` but for the last.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from likelihood.kernels.arrays import Floats
from likelihood.kernels.fused import BLOCK, LARGEST_FACTOR, Rows, buffer, total_of

#: Sums of exponentials in this range leave no quotient of a row without its digits ...
_LARGEST_SUM = 1e300
#: ... with the larger ones, or with no logit below this (exponentials near the subnormal ones).
_LEAST_LOGIT = -600.0
#: Below this a sum of exponentials has subnormal terms, whose roundings add up.
_FAINT = 1e-290
#: Up to so many classes NumPy's sum of products is faster than its sum.
_FEW = 48
#: A row's sum may be this far below a common cut, times the number of classes.
_REACH = 2.0**-45


class CategoricalBlock:
    """Categorical cross-entropy of logits (m, K), targets labels 0..K-1.

    With R the sum of the exponentials of all classes but the label's, and e the label's, the loss
    is ``log(1 + R / e)`` and its derivative in the label's logit ``-R / (R + e)``; nothing cancels.
    The maximum is subtracted only where the sum would overflow or lose digits: the rounding error
    of that subtraction is what costs other implementations theirs.

    Examples
    --------
    >>> gradient = np.empty((1, 2))
    >>> block = CategoricalBlock(1, 2)
    >>> value = block.evaluate(np.array([[40.0, 0.0]]), np.array([0]), None, 1.0, gradient)
    >>> print(f"{value:.12g} {gradient}")
    4.24835425529e-18 [[-4.24835426e-18  4.24835426e-18]]
    """

    def __init__(self, rows: int, columns: int) -> None:
        self._step = min(max(BLOCK // columns, 1), rows)
        self._e, self._spare = np.empty((2, self._step, columns))
        self._ratio, self._work = buffer(rows), buffer(rows)
        self._own, self._rest, self._total = np.empty((3, rows))
        self._parts = np.empty((3, self._step))
        #: Where a row begins in its step.
        self._first = np.arange(rows) % self._step * columns
        self._place = np.empty(rows, dtype=np.intp)

    def evaluate(
        self, x: Rows, y: Rows, weights: Floats | None, divisor: float, gradient: Floats | None
    ) -> float | None:
        """Return the weighted sum of the losses, or None if a row is not plain."""
        m, columns = x.shape
        place = self._place[:m]
        np.copyto(place, y, casting="unsafe")
        if np.minimum.reduce(place) < 0 or np.maximum.reduce(place) >= columns:
            return None
        if y.dtype.kind == "f" and not np.equal(place, y).all():
            return None
        place += self._first[:m]
        rest, own, total = self._rest[:m], self._own[:m], self._total[:m]
        peak = None
        self._steps(x, None, weights, divisor, gradient)
        least, most = np.minimum.reduce(total), np.maximum.reduce(total)
        if not (1.0 <= least and most <= _LARGEST_SUM) and not (
            most <= _LARGEST_SUM and np.min(x) >= _LEAST_LOGIT
        ):
            peak = np.max(x, axis=1).astype(np.float64, copy=False)
            if not np.isfinite(peak).all():
                return None
            self._steps(x, peak, weights, divisor, gradient)
        if np.minimum.reduce(rest) < _FAINT:
            return None
        ratio = np.divide(rest, own, out=self._ratio[:m])
        far = 0.0
        if np.maximum.reduce(ratio) > LARGEST_FACTOR:
            far = self._far(x, peak, place - self._first[:m], weights)
        return total_of(self._ratio, m, weights, self._work) + far

    def _steps(
        self,
        x: Rows,
        peak: Floats | None,
        weights: Floats | None,
        divisor: float,
        gradient: Floats | None,
    ) -> None:
        """Sum the exponentials and write the gradient, a cache's worth of rows at a time."""
        m = len(x)
        for start in range(0, m, self._step):
            rows = slice(start, min(start + self._step, m))
            e = self._e[: rows.stop - start] if gradient is None else gradient[rows]
            place, own, rest = self._place[rows], self._own[rows], self._rest[rows]
            if peak is None:
                np.exp(x[rows], out=e, dtype=np.float64)
            else:
                _exp_from_peak(x[rows], peak[rows], e)
            flat = e.reshape(-1)
            flat.take(place, out=own, mode="clip")
            flat[place] = 0.0
            spare, low, error, work = self._spare[: len(e)], *self._parts[:, : len(e)]
            _row_sums(e, spare, rest, low, work)
            total = np.add(rest, own, out=self._total[rows])
            if gradient is None:
                continue
            # The rounding error of that sum by TwoSum, without new arrays.
            virtual = np.subtract(total, rest, out=work)
            np.subtract(total, virtual, out=error)
            np.subtract(rest, error, out=error)
            error += np.subtract(own, virtual, out=virtual)
            error += low
            # A total rounded once more than the exponentials would cost the gradient half a unit.
            error /= total
            e /= total[:, None]
            e -= np.multiply(e, error[:, None], out=spare)
            # The label's own entry is minus the share of all others.
            low /= rest
            error -= low
            own_share = np.divide(rest, total, out=work)
            error *= own_share
            flat[place] = np.subtract(error, own_share, out=error)
            if divisor != 1.0:
                e /= divisor
            if weights is not None:
                e *= weights[rows][:, None]

    def _far(self, x: Rows, peak: Floats | None, labels: Rows, weights: Floats | None) -> float:
        """Return the weighted sum over rows of ratios beyond range, and set these to zero."""
        ratio = self._ratio[: len(x)]
        rows = np.flatnonzero(ratio > LARGEST_FACTOR)
        logit = x[rows, labels[rows]].astype(np.float64)
        if peak is not None:
            logit -= peak[rows]
        # An own exponential without all its digits is passed over.
        direct = np.isposinf(ratio[rows]) | (self._own[rows] < _FAINT)
        values = np.where(direct, np.log(self._total[rows]) - logit, np.log(ratio[rows]))
        ratio[rows] = 0.0
        if weights is not None:
            values = np.where(weights[rows] == 0.0, 0.0, weights[rows] * values)
        return float(np.add.reduce(values))


def _row_sums(e: Floats, spare: Floats, high: Floats, low: Floats, work: Floats) -> None:
    """Write the sum of each row of non-negative numbers in two parts, to high and low.

    Each number is cut at the same place, so that the high parts sum without any rounding and the
    low ones hardly need a sum of their own (Rump, Ogita & Oishi 2008, SIAM J. Sci. Comput. 31).
    """
    columns = e.shape[1]
    _plain_sums(e, high)
    if columns == 2:
        # One of both is the label's, and zero.
        low.fill(0.0)
        return
    # Twice the largest sum, rounded up to a power of two, is a cut for all rows whose own sum is
    # not too far below; else every row has its own.
    cut: Any = math.ldexp(1.0, min(math.frexp(float(np.maximum.reduce(high)))[1] + 1, 1023))
    if not np.minimum.reduce(high) >= columns * cut * _REACH:
        cut = np.ldexp(1.0, np.frexp(high)[1] + 1)[:, None]
    np.add(e, cut, out=spare)
    spare -= cut
    _plain_sums(spare, work)
    _plain_sums(np.subtract(e, spare, out=spare), low)
    np.add(work, low, out=high)
    work -= high
    low += work


def _plain_sums(e: Floats, out: Floats) -> None:
    if e.shape[1] <= _FEW:
        np.einsum("ij->i", e, out=out)
    else:
        np.add.reduce(e, axis=1, out=out)


def _exp_from_peak(x: Rows, peak: Floats, e: Floats) -> None:
    """Write ``exp(x - peak)`` to e, with the rounding error of the difference put back."""
    top = peak[:, None]
    d = np.subtract(x, top, dtype=np.float64)
    virtual = d - x
    low = d - virtual
    np.subtract(x, low, out=low)
    virtual += top
    low -= virtual
    np.exp(d, out=e)
    low *= e
    # Of an excluded class, or one infinitely far below, the error is no number.
    low[~np.isfinite(low)] = 0.0
    e += low
