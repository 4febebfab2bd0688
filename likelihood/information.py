"""Information of probability vectors (level 8): surprise, entropy, divergence, perplexity.

Probabilities lie along the last axis and must sum to 1; results are in nats, or in the unit
of ``base`` (2 for bits).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.data.targets import in_range, real, simplex
from likelihood.data.units import nats_per_unit
from likelihood.errors import DataError
from likelihood.family import Floats

__all__ = [
    "cross_entropy",
    "entropy",
    "information_content",
    "kl_divergence",
    "perplexity",
]


def information_content(p: Any, *, base: float | None = None) -> Any:
    """Return the surprise ``-log p`` of events of these probabilities, shaped like p.

    Raises
    ------
    DataError
        An entry is not in [0, 1].

    Examples
    --------
    >>> information_content([1, 0.5, 0.25, 0.0], base=2)
    array([ 0.,  1.,  2., inf])
    """
    probs = real(p, "p")
    in_range(probs, "p", (0.0, 1.0))
    with np.errstate(divide="ignore"):
        return _result((0.0 - np.log(probs)) / nats_per_unit(base))


def entropy(p: Any = None, *, logits: Any = None, base: float | None = None) -> Any:
    """Return the entropy of distributions along the last axis, in nats.

    Parameters
    ----------
    p : (..., K) array
        Probabilities; or
    logits : (..., K) array
        their logarithms up to a constant.
    base : float, optional
        2 for bits.

    Raises
    ------
    DataError
        p is off the simplex.

    References
    ----------
    Shannon (1948), Bell System Technical Journal 27, 379-423.

    Examples
    --------
    >>> entropy([0.5, 0.25, 0.25], base=2)
    1.5
    >>> entropy([0.0, 1.0, 0.0])
    0.0
    """
    if (p is None) == (logits is None):
        raise TypeError("entropy needs either p or logits=.")
    if logits is not None:
        given = real(logits, "logits")
        if given.ndim == 0:
            raise DataError("logits must hold those of all outcomes, got a single number.")
        return _result(kernels.entropy_of_logits(given) / nats_per_unit(base))
    return _result(kernels.entropy(simplex(p, "p")) / nats_per_unit(base))


def cross_entropy(p: Any, q: Any, *, base: float | None = None) -> Any:
    """Return the expected surprise under q of events that follow p: ``-sum p log q``.

    Infinite where q rules out what p allows.

    Raises
    ------
    DataError
        p or q is off the simplex, or their shapes differ.

    Examples
    --------
    >>> cross_entropy([0.0, 0.0, 1.0], [0.6, 0.2, 0.2])
    1.6094379124341003
    """
    p, q = _two(p, q)
    return _result(kernels.categorical_cross_entropy_of_probs(q, p) / nats_per_unit(base))


def kl_divergence(p: Any, q: Any, *, base: float | None = None) -> Any:
    """Return the Kullback-Leibler divergence ``sum p log(p / q)``, never negative.

    Raises
    ------
    DataError
        p or q is off the simplex, or their shapes differ.

    References
    ----------
    Kullback & Leibler (1951), Annals of Mathematical Statistics 22, 79-86.

    Examples
    --------
    >>> kl_divergence([0.5, 0.5], [0.5, 0.5])
    0.0
    >>> kl_divergence([0.5, 0.5], [1.0, 0.0])
    inf
    """
    p, q = _two(p, q)
    return _result(kernels.kl_divergence(p, q) / nats_per_unit(base))


def perplexity(p: Any, q: Any = None) -> Any:
    """Return ``exp`` of the entropy of p, or of its cross-entropy with q.

    It is the number of equally likely outcomes that would surprise as much.

    Examples
    --------
    >>> round(perplexity([0.25, 0.25, 0.25, 0.25]), 12)
    4.0
    """
    return _result(np.exp(entropy(p) if q is None else cross_entropy(p, q)))


def _two(p: Any, q: Any) -> tuple[Floats, Floats]:
    left, right = simplex(p, "p"), simplex(q, "q")
    if left.shape != right.shape:
        raise DataError(f"p and q must have the same shape, got {left.shape} and {right.shape}.")
    return left, right


def _result(values: Any) -> Any:
    return float(values) if np.ndim(values) == 0 else values
