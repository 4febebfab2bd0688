"""Entropies and cross-entropies of probabilities (level 0).

``0 * log(0)`` is 0, probabilities are never clipped, and what is impossible costs exactly inf.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likelihood.kernels.arithmetic import sum_parts, two_sum
from likelihood.kernels.arrays import Floats, floats, numbers
from likelihood.kernels.extended import add, log_parts, multiply
from likelihood.kernels.softmax import exponentials


def xlogy(x: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``x * log(y)``, which is 0 where x is 0 and y is not NaN; within 1.6 ulp.

    Examples
    --------
    >>> xlogy([0.0, 1.0], [0.0, 0.0]).tolist()
    [0.0, -inf]
    """
    x, y = np.broadcast_arrays(floats(x), floats(y))
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = (x * np.log(np.where((x == 0) & ~np.isnan(y), 1.0, y)))[()]
    return result


def xlog1py(x: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``x * log(1 + y)``, which is 0 where x is 0 and y is not NaN; within 1.6 ulp.

    Examples
    --------
    >>> xlog1py([0.0, 2.0], [-1.0, 1e-20]).tolist()
    [0.0, 2e-20]
    """
    x, y = np.broadcast_arrays(floats(x), floats(y))
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = (x * np.log1p(np.where((x == 0) & ~np.isnan(y), 0.0, y)))[()]
    return result


def binary_cross_entropy_of_probs(p: ArrayLike, y: ArrayLike) -> Floats:
    """Return ``-(y * log(p) + (1 - y) * log(1 - p))`` in nats, within 1 ulp.

    Parameters
    ----------
    p : array_like
        Probabilities in [0, 1].
    y : array_like, broadcastable
        Probabilities in [0, 1], or labels 0 and 1.

    Examples
    --------
    >>> binary_cross_entropy_of_probs([0.0, 0.0, 1e-300], [0, 1, 1]).round(9).tolist()
    [0.0, inf, 690.775527898]
    """
    p, y = np.broadcast_arrays(floats(p), floats(y))
    result = np.asarray(0.0 - xlogy(y, p) - xlog1py(1.0 - y, -p))
    # The logarithm alone is within 0.6 ulp; its product with a soft outcome is not.
    soft = (y > 0) & (y < 1) & (p > 0) & (p < 1)
    if soft.any():
        left, share = p[soft], y[soft]
        # Scaled up, so that the products of a subnormal outcome keep their low parts.
        share = np.ldexp(share, 100)
        success = multiply((share, np.zeros_like(share)), log_parts(left))
        rest = two_sum(np.float64(2.0**100), -share)
        failure = multiply(rest, log_parts(*two_sum(1.0, -left)))
        high, low = add(success, failure)
        result[soft] = np.ldexp(-(high + low), -100)
    return result[()]


def categorical_cross_entropy_of_probs(p: ArrayLike, t: ArrayLike) -> Floats:
    """Return ``-sum_c t_c * log(p_c)`` of each row in nats, within 1 ulp.

    Parameters
    ----------
    p : array_like, shape (..., K)
        Probabilities.
    t : array_like, integers (...) or floats (..., K)
        Labels or probabilities.

    Examples
    --------
    >>> categorical_cross_entropy_of_probs([[0.0, 1.0], [0.0, 1.0]], [0, 1]).tolist()
    [inf, 0.0]
    """
    p, t = floats(p), np.asarray(t)
    if t.shape == p.shape[:-1] and t.dtype.kind in "iub":
        own = np.take_along_axis(p, t.astype(np.intp, copy=False)[..., None], axis=-1)[..., 0]
        with np.errstate(divide="ignore", invalid="ignore"):
            labelled: Floats = (0.0 - np.log(own))[()]
        return labelled
    p, target = np.broadcast_arrays(p, floats(t))
    terms = 0.0 - xlogy(target, p)
    soft = (target > 0) & (target < 1) & (p > 0) & (p < np.inf)
    low = np.zeros_like(terms)
    if soft.any():
        share = target[soft]
        terms[soft], low[soft] = multiply((-share, np.zeros_like(share)), log_parts(p[soft]))
    return _sum_of(terms, low)


def _sum_of(terms: Floats, low: Floats | None = None) -> Floats:
    """Return the compensated sum over the last axis of terms, of which some may be inf."""
    columns = np.moveaxis(terms, -1, 0)
    with np.errstate(invalid="ignore"):
        high, error = sum_parts(columns, None if low is None else np.moveaxis(low, -1, 0))
        total = np.asarray(high + error)
    if not np.isfinite(total).all():
        total = np.where(np.isfinite(total), total, columns.sum(axis=0))
    result: Floats = total[()]
    return result


def entropy(p: ArrayLike) -> Floats:
    """Return ``-sum_c p_c * log(p_c)`` of each row in nats, within 1.6 ulp.

    Parameters
    ----------
    p : array_like, shape (..., K)
        Probabilities, used as given.

    Examples
    --------
    >>> print(f"{entropy([0.5, 0.5, 0.0]):.12g}")
    0.69314718056
    """
    p = floats(p)
    return _sum_of(0.0 - xlogy(p, p))


def binary_entropy(p: ArrayLike) -> Floats:
    """Return ``-(p * log(p) + (1 - p) * log(1 - p))`` in nats, within 1.7 ulp.

    Examples
    --------
    >>> print(f"{binary_entropy(0.5):.12g} {binary_entropy(1.0):g}")
    0.69314718056 0
    """
    p = floats(p)
    result: Floats = 0.0 - xlogy(p, p) - xlog1py(1.0 - p, -p)
    return result


def entropy_of_logits(x: ArrayLike) -> Floats:
    """Return the entropy of ``softmax(x)`` of each row in nats, within 2.8 ulp.

    ``tail + sum_c s_c * (max(x) - x_c)``: no term is negative, so nothing cancels.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits; -inf excludes a class.

    Examples
    --------
    >>> print(f"{entropy_of_logits([40.0, 0.0]):.12g}")
    1.74182524467e-16
    """
    x = numbers(x)
    parts = exponentials(x)
    gap = np.where(np.isneginf(parts.d), 0.0, -parts.d)
    terms = parts.e * gap
    if not parts.d.min(initial=0.0) > -690.0:
        # A subnormal exponential has lost digits that its product with the gap would show.
        root = np.exp(-0.5 * gap)
        terms = np.where(gap > 690.0, root * gap * root, terms)
    high, low = sum_parts(terms, parts.low * (terms - parts.e))
    mean_gap = (high + low) / (1.0 + parts.rest)
    tail = np.log1p(parts.rest) + parts.rest_low / (1.0 + parts.rest)
    result: Floats = (tail + mean_gap).reshape(x.shape[:-1])[()]
    return result
