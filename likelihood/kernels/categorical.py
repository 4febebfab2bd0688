"""The loss of a categorical outcome from its logits, classes on the last axis (level 0).

Targets are integer labels of shape (...) or probabilities of shape (..., K).  Labels are not
checked: they must lie in 0..K-1.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.arrays import Floats, Numbers, numbers
from likelihood.kernels.extended import exp_parts
from likelihood.kernels.softmax import (
    Exponentials,
    class_first,
    class_last,
    exponentials,
    softmax_columns,
    tail_of,
)

_Targets: TypeAlias = NDArray[Any]
Labels: TypeAlias = NDArray[np.intp]


def _targets(t: ArrayLike, shape: tuple[int, ...]) -> tuple[_Targets, bool]:
    """Return t as labels (n,) or columns (K, n), and whether they are labels."""
    array = np.asarray(t)
    if array.shape == shape[:-1] and array.dtype.kind in "iub":
        return array.reshape(-1).astype(np.intp, copy=False), True
    if array.shape != shape:
        raise ValueError(
            f"t has shape {array.shape} and type {array.dtype} beside logits of shape {shape}; "
            f"give integer labels of shape {shape[:-1]} or probabilities of shape {shape}."
        )
    return class_first(array.astype(np.float64, copy=False)), False


def _gap(parts: Exponentials, t: _Targets, labels: bool) -> Numbers:
    """Return the shortfall (n,)."""
    if labels:
        index = np.arange(len(t))
        return -parts.d[t, index] - parts.low[t, index]
    # Classes without weight are left out before the product, in which 0 * inf is NaN.
    gaps = np.where(t == 0, 0.0, -parts.d)
    terms = t * gaps
    if np.iscomplexobj(terms):
        return np.asarray(terms.sum(axis=0))
    with np.errstate(invalid="ignore"):
        high, low = sum_parts(terms, -t * parts.low)
        return np.where(np.isposinf(terms.max(axis=0)), np.inf, high + low)


def categorical_shortfall(x: ArrayLike, t: ArrayLike) -> Floats:
    """Return ``sum_c t_c * (max(x) - x_c)`` of each row, without cancellation.

    Within 1 ulp for labels and 2 ulp for probabilities.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits; -inf costs nothing where ``t_c`` is 0, and infinitely much elsewhere.
    t : array_like, integers (...) or floats (..., K)
        Labels or probabilities.

    Examples
    --------
    >>> float(categorical_shortfall([40.0, 0.0, -float("inf")], [0.5, 0.5, 0.0]))
    20.0
    """
    x = numbers(x)
    target, labels = _targets(t, x.shape)
    result: Floats = _gap(exponentials(x), target, labels).reshape(x.shape[:-1])[()]
    return result


def categorical_cross_entropy(x: ArrayLike, t: ArrayLike) -> Floats:
    """Return ``-sum_c t_c * log_softmax(x)_c`` of each row in nats, within 1.6 ulp.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits; -inf costs nothing where ``t_c`` is 0, and infinitely much elsewhere.
    t : array_like, integers (...) or floats (..., K)
        Labels or probabilities.

    References
    ----------
    Blanchard, Higham & Higham (2021), IMA J. Numer. Anal. 41, 2311-2330.

    Examples
    --------
    >>> print(f"{categorical_cross_entropy([40.0, 0.0, -3.0], 0):.12g}")
    4.45986735905e-18
    """
    x = numbers(x)
    target, labels = _targets(t, x.shape)
    parts = exponentials(x)
    tail = tail_of(parts)
    gap = _gap(parts, target, labels)
    with np.errstate(invalid="ignore"):
        if not labels:
            # sum(t) - 1 is a rounding error on the simplex: kept apart it costs no digit.
            high, low = sum_parts(target)
            gap = gap + tail * ((high - 1.0) + low)
        result: Floats = (tail + gap).reshape(x.shape[:-1])[()]
    return result


def categorical_residual(x: ArrayLike, t: ArrayLike) -> Floats:
    """Return ``softmax(x) - t``, the derivative of ``categorical_cross_entropy`` in x.

    Within 2.4 ulp for labels, where the label's own entry is minus the sum of the others, and for
    probabilities within 2.3 ulp of the larger of softmax and target.  Where these agree to more
    than six bits the row is formed in two doubles: of the result at most seven bits are lost,
    until the difference is itself far below the last place of its terms.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits.
    t : array_like, integers (...) or floats (..., K)
        Labels or probabilities.

    Examples
    --------
    >>> print([f"{value:.12g}" for value in categorical_residual([40.0, 0.0], 0)])
    ['-4.24835425529e-18', '4.24835425529e-18']
    """
    x = numbers(x)
    target, labels = _targets(t, x.shape)
    return _residual(exponentials(x), target, labels, x.shape)


def categorical_terms(
    x: ArrayLike, t: ArrayLike, derivative: bool = True
) -> tuple[Floats, Floats, Floats | None]:
    """Return the tail of ``softmax_parts``, the shortfall and the residual, of one evaluation.

    Parameters
    ----------
    x : array_like, shape (..., K)
        Logits.
    t : array_like, integers (...) or floats (..., K)
        Labels or probabilities.
    derivative : bool
        Without it the residual is None.

    Examples
    --------
    >>> tail, gap, residual = categorical_terms([40.0, 0.0], 1)
    >>> print(f"{tail:.12g} {gap} {residual}")
    4.24835425529e-18 40.0 [ 1. -1.]
    """
    x = numbers(x)
    target, labels = _targets(t, x.shape)
    parts, shape = exponentials(x), x.shape[:-1]
    gap: Floats = _gap(parts, target, labels).reshape(shape)[()]
    tail: Floats = tail_of(parts).reshape(shape)[()]
    return tail, gap, _residual(parts, target, labels, x.shape) if derivative else None


def _residual(
    parts: Exponentials, target: _Targets, labels: bool, shape: tuple[int, ...]
) -> Floats:
    """Return ``softmax - t`` in the shape (..., K)."""
    share = softmax_columns(parts)
    index = np.arange(len(parts.top))
    # Of the class on top, 1 - softmax is known without cancellation.
    rest = parts.rest / (1.0 + parts.rest)
    if labels:
        own = np.where(target == parts.top, -rest, share[target, index] - 1.0)
        share[target, index] = own
        return class_last(share, shape)
    flipped = rest.real < 0.5
    share[parts.top, index] = np.where(flipped, rest, share[parts.top, index])
    goal = target.copy(order="K")
    goal[parts.top, index] = np.where(
        flipped, 1.0 - target[parts.top, index], goal[parts.top, index]
    )
    result = share - goal
    if not np.iscomplexobj(result):
        # Six bits lost call for the exponentials of the whole row in two doubles.
        cancelled = np.abs(result) < np.maximum(share, goal) / 64.0
        some = np.flatnonzero(cancelled.any(axis=0))
        if some.size:
            exact = _exact_residual(parts, goal[:, some], flipped[some], some)
            result[:, some] = np.where(cancelled[:, some], exact, result[:, some])
    own = result[parts.top, index]
    result[parts.top, index] = np.where(flipped, -own, own)
    return class_last(result, shape)


def _exact_residual(
    parts: Exponentials, goal: Floats, flipped: NDArray[np.bool_], some: Labels
) -> Floats:
    """Return ``softmax - goal`` of some rows with the exponentials in two doubles.

    In flipped rows the class on top stands for all the others.
    """
    e, e_low = exp_parts(parts.d[:, some], parts.low[:, some])
    here = parts.top[some], np.arange(len(some))
    e[here], e_low[here] = 0.0, 0.0
    rest, rest_low = sum_parts(e, e_low)
    total, total_low = two_sum(np.ones_like(rest), rest)
    total_low = total_low + rest_low
    e[here] = np.where(flipped, rest, 1.0)
    e_low[here] = np.where(flipped, rest_low, 0.0)
    product, error = two_product(goal, total)
    high, low = two_sum(e, -product)
    return np.asarray((high + (low + (e_low - error - goal * total_low))) / (total + total_low))
