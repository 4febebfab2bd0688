"""Log-sum-exp and softmax along the last axis (level 0).

The maximum is kept apart from the sum of the other exponentials (Blanchard, Higham & Higham
2021, IMA J. Numer. Anal. 41, 2311-2330), and the rounding error of ``x - max`` is put back to
first order.  A logit of -inf excludes its class.  A row with +inf is the limit: those classes
share the probability equally.  A row of -inf only has no distribution: its softmax is NaN, and
its log-sum-exp is -inf.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likelihood.kernels.arithmetic import sum_parts, two_sum
from likelihood.kernels.arrays import Floats, Numbers, log1p, numbers
from likelihood.kernels.extended import exp_error, log_parts
from likelihood.kernels.logistic import Parts


class Exponentials(NamedTuple):
    """Rows of logits relative to their maximum, as arrays (K, n): classes come first.

    ``x - peak = d + low`` exactly, ``e = exp(d)``, and ``rest + rest_low`` is the sum of
    ``exp(x - peak)`` over the classes other than ``top``, in which ``x = peak``.
    """

    peak: Numbers
    top: NDArray[np.intp]
    d: Numbers
    low: Numbers
    e: Numbers
    rest: Numbers
    rest_low: Numbers


def class_first(x: Numbers) -> Numbers:
    """Return x of shape (..., K) as (K, n), in the memory order that makes long inner loops."""
    classes = x.shape[-1]
    rows = x.reshape(-1, classes)
    return np.ascontiguousarray(rows.T) if len(rows) > classes else rows.T


def class_last(values: Numbers, shape: tuple[int, ...]) -> Numbers:
    """Return values of shape (K, n) in the shape (..., K) of the argument."""
    return np.ascontiguousarray(values.T).reshape(shape)


def exponentials(x: Numbers) -> Exponentials:
    """Return the exponentials of the rows of x (..., K) relative to their maxima."""
    classes = x.shape[-1]
    if classes == 0:
        raise ValueError("x has 0 classes on its last axis; give at least one.")
    rows = x.reshape(-1, classes)
    index = np.arange(len(rows))
    top = rows.real.argmax(axis=-1)
    peak = rows[index, top]
    columns = class_first(x)
    with np.errstate(invalid="ignore", over="ignore"):
        if np.iscomplexobj(x):
            d = columns - peak
            low = np.zeros_like(d)
        else:
            d, low = _difference(columns, peak)
        if not np.isfinite(d.real.min(initial=0.0)):
            d = _limits(columns, peak, d)
            low = np.where(np.isfinite(low), low, 0.0)
        e = np.exp(d)
    rest, rest_low = _sum(_without(e, top), low)
    faint = np.flatnonzero(rest.real < 1e-290)
    if faint.size and not np.iscomplexobj(d):
        rest[faint], rest_low[faint] = _faint_sum(d[:, faint], low[:, faint], top[faint]), 0.0
    return Exponentials(peak, top, d, low, e, rest, rest_low)


def _difference(columns: Floats, peak: Floats) -> tuple[Floats, Floats]:
    """Return ``columns - peak`` and its rounding error (TwoSum, in few temporaries)."""
    d = columns - peak
    virtual = np.subtract(d, columns)
    low = np.subtract(d, virtual)
    np.subtract(columns, low, out=low)
    virtual += peak
    low -= virtual
    return d, low


def _limits(columns: Numbers, peak: Numbers, d: Numbers) -> Numbers:
    """Return d where the peak is infinite: 0 in the classes that share the limit."""
    shared = np.isposinf(peak.real) & np.isposinf(columns.real)
    return np.where(shared, 0.0, np.where(np.isposinf(peak.real), -np.inf, d))


def _without(e: Numbers, top: NDArray[np.intp]) -> Numbers:
    """Return e with 0 in the class on top."""
    others = e.copy(order="K")
    others[top, np.arange(len(top))] = 0.0
    return others


def _faint_sum(d: Floats, low: Floats, top: NDArray[np.intp]) -> Floats:
    """Return the sum of exp(d) without the class on top, where terms may be subnormal.

    Roundings of many subnormal terms would add up; squares of scaled roots keep their digits.
    """
    root = _without(np.exp(0.5 * d) * 2.0**200, top)
    high, error = _sum(root * root, low)
    return np.asarray(np.ldexp(high + error, -400))


def _sum(others: Numbers, low: Numbers) -> tuple[Numbers, Numbers]:
    """Return the sum of ``others * (1 + low)`` over the classes as high and low parts."""
    if np.iscomplexobj(others):
        total = others.sum(axis=0)
        return total, np.zeros_like(total)
    high, error = sum_parts(others, others * low)
    total = high + error
    return total, error - (total - high)


def tail_of(parts: Exponentials) -> Numbers:
    """Return the log-sum-exp less the peak, of each row."""
    tail = log1p(parts.rest) + parts.rest_low / (1.0 + parts.rest)
    return np.where(np.isneginf(parts.peak.real), 0.0, tail)


def softmax_parts(x: ArrayLike) -> Parts:
    """Return the log-sum-exp of each row as the pair maximum, ``log1p`` of the other terms.

    The tail is within 1.5 ulp, however far one logit dominates; the peak is exact.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits.

    Returns
    -------
    Parts of two arrays, shape (...)

    References
    ----------
    Blanchard, Higham & Higham (2021), IMA J. Numer. Anal. 41, 2311-2330.

    Examples
    --------
    >>> peak, tail = softmax_parts([40.0, 0.0, -3.0])
    >>> print(f"{peak} {tail:.12g}")
    40.0 4.45986735905e-18
    """
    x = numbers(x)
    parts = exponentials(x)
    shape = x.shape[:-1]
    return Parts(parts.peak.reshape(shape)[()], tail_of(parts).reshape(shape)[()])


def logsumexp(x: ArrayLike) -> Floats:
    """Return ``log(sum(exp(x)))`` of each row.

    Within 1 ulp of the largest of maximum, tail and result.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits; the result of a row of -inf only is -inf.

    References
    ----------
    Blanchard, Higham & Higham (2021), IMA J. Numer. Anal. 41, 2311-2330.

    Examples
    --------
    >>> float(logsumexp([1e300, 1e300])), float(logsumexp([0.0, -float("inf")]))
    (1e+300, 0.0)
    """
    x = numbers(x)
    parts = exponentials(x)
    peak, tail = parts.peak, tail_of(parts)
    values = np.asarray(peak + tail)
    if not np.iscomplexobj(x):
        # Where the maximum does not outweigh the tail, the tail's last place shows in the sum.
        near = np.flatnonzero((np.abs(peak) < 4.0 * tail) & np.isfinite(peak))
        if near.size:
            values[near] = _sum_near(parts, near)
    result: Floats = values.reshape(x.shape[:-1])[()]
    return result


def _sum_near(parts: Exponentials, near: NDArray[np.intp]) -> Floats:
    """Return peak + tail of the rows ``near``, with the logarithm in two doubles."""
    rest, rest_low = parts.rest[near].copy(), parts.rest_low[near].copy()
    # Below 1 the errors of the exponentials themselves are as large as the unit.
    small = np.flatnonzero((rest < 1.75) & (np.abs(parts.peak[near]) < 1.0))
    if small.size:
        rows = near[small]
        e = parts.e[:, rows]
        low = parts.low[:, rows] + exp_error(parts.d[:, rows], e)
        rest[small], rest_low[small] = _sum(_without(e, parts.top[rows]), low)
    total, low = two_sum(np.ones_like(rest), rest)
    high, low = log_parts(total, low + rest_low)
    # Of a tiny sum, 1 + rest would keep too few digits; three terms of the series keep all.
    tiny = rest < 2.0**-20
    high = np.where(tiny, rest, high)
    low = np.where(tiny, rest_low - rest * rest * (0.5 - rest / 3.0), low)
    result, error = two_sum(parts.peak[near], high)
    return np.asarray(result + (error + low))


def log_softmax(x: ArrayLike) -> Floats:
    """Return the logarithm of the softmax of each row, within 1.5 ulp.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits.

    References
    ----------
    Blanchard, Higham & Higham (2021), IMA J. Numer. Anal. 41, 2311-2330.

    Examples
    --------
    >>> print([f"{value:.12g}" for value in log_softmax([40.0, 0.0])])
    ['-4.24835425529e-18', '-40']
    """
    x = numbers(x)
    parts = exponentials(x)
    with np.errstate(invalid="ignore"):
        values = parts.d - tail_of(parts)
    return class_last(values, x.shape)


def softmax_columns(parts: Exponentials) -> Numbers:
    """Return the softmax in the layout (K, n)."""
    if np.iscomplexobj(parts.e):
        return parts.e / (1.0 + parts.rest)
    total = 1.0 + parts.rest
    virtual = total - 1.0
    total_low = (1.0 - (total - virtual)) + (parts.rest - virtual) + parts.rest_low
    quotient = parts.e / total
    # One rounding instead of three: the corrections of numerator and denominator together.
    correction = parts.low - total_low / total
    correction *= quotient
    quotient += correction
    return quotient


def softmax(x: ArrayLike) -> Floats:
    """Return ``exp(x) / sum(exp(x))`` of each row, within 2 ulp, however small the share.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits.

    References
    ----------
    Blanchard, Higham & Higham (2021), IMA J. Numer. Anal. 41, 2311-2330.

    Examples
    --------
    >>> softmax([0.0, 0.0, -float("inf")]).tolist()
    [0.5, 0.5, 0.0]
    """
    x = numbers(x)
    return class_last(softmax_columns(exponentials(x)), x.shape)
