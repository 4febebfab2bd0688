"""What the kernels should return: exact results for the exact inputs, with mpmath.

The functions take NumPy arguments and return the flattened results as multiple-precision
numbers.  Everything is evaluated with 300 bits, far beyond any cancellation in the formulas.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np
from mpmath import mp, mpf
from numpy.typing import NDArray

mp.prec = 300
Array = NDArray[Any]


def ulp_error(value: float, exact: mpf, unit_of: mpf | None = None) -> float:
    """Return the error of value in units in the last place of the exact result.

    The unit is the distance of doubles in the binade of ``unit_of`` (by default the exact
    result), and 5e-324 for subnormal results.  An overflow to infinity is right where the
    exact result rounds to it.
    """
    if mpmath.isnan(exact) or np.isnan(value):
        return 0.0 if mpmath.isnan(exact) and np.isnan(value) else float("inf")
    if mpmath.isinf(exact) or np.isinf(value):
        rounded = mpmath.sign(exact) * mpf("inf") if abs(exact) >= mpf(2) ** 1024 else exact
        return 0.0 if mpf(value) == rounded else float("inf")
    reference = exact if unit_of is None else unit_of
    exponent = mpmath.frexp(reference)[1] - 53 if reference else -1074
    return float(abs(mpf(value) - exact) / mpf(2) ** max(exponent, -1074))


def elementwise(function: Callable[..., mpf]) -> Callable[..., list[mpf]]:
    """Return the function over arrays."""

    def over(*arguments: Array) -> list[mpf]:
        flat = [np.ravel(a).tolist() for a in np.broadcast_arrays(*arguments)]
        return [function(*(mpf(v) for v in values)) for values in zip(*flat, strict=True)]

    return over


def by_row(function: Callable[..., list[mpf]]) -> Callable[..., list[mpf]]:
    """Return the function of rows over arrays of rows."""

    def over(*arguments: Array) -> list[mpf]:
        return [v for row in zip(*arguments, strict=True) for v in function(*row)]

    return over


def softplus(x: mpf) -> mpf:
    return max(x, mpf(0)) + mpmath.log1p(mpmath.exp(-abs(x)))


def sigmoid(x: mpf) -> mpf:
    e = mpmath.exp(-abs(x))
    return (1 if x >= 0 else e) / (1 + e)


def sigmoid_variance(x: mpf) -> mpf:
    e = mpmath.exp(-abs(x))
    return e / (1 + e) ** 2


def log1mexp(x: mpf) -> mpf:
    if x > 1:
        return mpmath.log1p(-mpmath.exp(-x))
    return mpmath.log(-mpmath.expm1(-x))


def binary_cross_entropy(z: mpf, y: mpf) -> mpf:
    return mpmath.log1p(mpmath.exp(-abs(z))) + abs(z) * (1 - y if z >= 0 else y)


def binary_residual(z: mpf, y: mpf) -> mpf:
    return (1 - y) - sigmoid(-z) if y > 0.5 else sigmoid(z) - y


def xlogy(x: mpf, y: mpf) -> mpf:
    if x == 0:
        return mpf(0)
    return x * mpmath.log(y) if y else mpf("-inf")


def xlog1py(x: mpf, y: mpf) -> mpf:
    if x == 0:
        return mpf(0)
    return x * mpmath.log1p(y) if y != -1 else mpf("-inf")


def binary_cross_entropy_of_probs(p: mpf, y: mpf) -> mpf:
    return -xlogy(y, p) - xlog1py(1 - y, -p)


def binary_entropy(p: mpf) -> mpf:
    return binary_cross_entropy_of_probs(p, p)


def poisson_divergence(a: mpf, b: mpf) -> mpf:
    if a == 0:
        return b
    return a * mpmath.log(a / b) + (b - a) if b else mpf("inf")


def binary_kl_divergence(p: mpf, q: mpf) -> mpf:
    first = xlogy(p, p / q) if q else (mpf("inf") if p else mpf(0))
    if q == 1:
        return first if p == 1 else mpf("inf")
    return first + (xlog1py(1 - p, -p) - (1 - p) * mpmath.log1p(-q))


def gaussian_terms(y: mpf, mean: mpf, sd: mpf) -> tuple[mpf, mpf, mpf]:
    return ((y - mean) / sd) ** 2 / 2, mpmath.log(sd), mpmath.log(2 * mpmath.pi) / 2


def gaussian_nll(y: mpf, mean: mpf, sd: mpf) -> mpf:
    return mpmath.fsum(gaussian_terms(y, mean, sd))


def gaussian_size(y: mpf, mean: mpf, sd: mpf) -> mpf:
    return mpmath.fsum(gaussian_terms(y, mean, sd), absolute=True)


def gaussian_nll_mean_gradient(y: mpf, mean: mpf, sd: mpf) -> mpf:
    return (mean - y) / sd**2


def gaussian_nll_sd_gradient(y: mpf, mean: mpf, sd: mpf) -> mpf:
    return (sd - (y - mean)) * (sd + (y - mean)) / sd**3


@cache
def _exponentials(row: bytes) -> tuple[mpf, list[mpf], list[mpf], mpf, mpf]:
    """Return maximum, gaps, exponentials, their sum, and the log of it, of a row of float64."""
    x = [mpf(v) for v in np.frombuffer(row).tolist()]
    peak = max(x)
    gaps = [peak - v for v in x]
    e = [mpmath.exp(-gap) if gap != mpf("inf") else mpf(0) for gap in gaps]
    top = x.index(peak)
    rest = mpmath.fsum(v for i, v in enumerate(e) if i != top)
    return peak, gaps, e, 1 + rest, mpmath.log1p(rest)


def softmax_tail(x: Array) -> list[mpf]:
    return [_exponentials(x.tobytes())[4]]


def logsumexp(x: Array) -> list[mpf]:
    parts = _exponentials(x.tobytes())
    return [parts[0] + parts[4]]


def largest_term(x: Array) -> list[mpf]:
    """Return the largest of maximum, tail and their sum, in size."""
    parts = _exponentials(x.tobytes())
    return [max(abs(parts[0]), parts[4], abs(parts[0] + parts[4]))]


def log_softmax(x: Array) -> list[mpf]:
    _, gaps, _, _, tail = _exponentials(x.tobytes())
    return [-(gap + tail) for gap in gaps]


def softmax(x: Array) -> list[mpf]:
    _, _, e, total, _ = _exponentials(x.tobytes())
    return [v / total for v in e]


def categorical_cross_entropy(x: Array, t: Array) -> list[mpf]:
    """Return the loss of the row; t is a label or a row of probabilities."""
    _, gaps, _, _, tail = _exponentials(x.tobytes())
    if np.ndim(t) == 0:
        return [tail + gaps[int(t)]]
    target = [mpf(v) for v in t.tolist()]
    shortfall = mpmath.fsum(v * gap for v, gap in zip(target, gaps, strict=True) if v)
    return [tail * mpmath.fsum(target) + shortfall]


def categorical_residual(x: Array, t: Array) -> list[mpf]:
    _, gaps, e, total, _ = _exponentials(x.tobytes())
    if np.ndim(t):
        target = [mpf(v) for v in t.tolist()]
        residuals = [v / total - u for v, u in zip(e, target, strict=True)]
        # 1 - softmax of the largest may be far below the working precision.
        top = gaps.index(0)
        others = mpmath.fsum(v for i, v in enumerate(e) if i != top)
        residuals[top] = (1 - target[top]) - others / total
        return residuals
    own = int(t)
    others = mpmath.fsum(v for i, v in enumerate(e) if i != own)
    return [(-others if i == own else v) / total for i, v in enumerate(e)]


def larger_of_softmax_and_target(x: Array, t: Array) -> list[mpf]:
    return [max(s, mpf(u)) for s, u in zip(softmax(x), t.tolist(), strict=True)]


def entropy_of_logits(x: Array) -> list[mpf]:
    _, gaps, e, total, tail = _exponentials(x.tobytes())
    return [tail + mpmath.fsum(v * g for v, g in zip(e, gaps, strict=True) if v) / total]


def _sum_of_pairs(function: Callable[[mpf, mpf], mpf]) -> Callable[[Array, Array], list[mpf]]:
    def row(a: Array, b: Array) -> list[mpf]:
        pairs = zip(a.tolist(), b.tolist(), strict=True)
        return [mpmath.fsum(function(mpf(u), mpf(v)) for u, v in pairs)]

    return row


kl_divergence = _sum_of_pairs(poisson_divergence)
cross_entropy_of_probs = _sum_of_pairs(lambda t, p: -xlogy(t, p))


def categorical_cross_entropy_of_probs(p: Array, t: Array) -> list[mpf]:
    return cross_entropy_of_probs(t, p)


def entropy(p: Array) -> list[mpf]:
    return cross_entropy_of_probs(p, p)


def compensated_sum(x: Array) -> list[mpf]:
    return [mpmath.fsum(mpf(v) for v in x.tolist())]


def compensated_dot(a: Array, b: Array) -> list[mpf]:
    pairs = zip(a.tolist(), b.tolist(), strict=True)
    return [mpmath.fsum(mpf(u) * mpf(v) for u, v in pairs)]


def mean(y: Array) -> list[mpf]:
    return [compensated_sum(y)[0] / len(y)]


def sum_of_squares(y: Array) -> list[mpf]:
    centre = mean(y)[0]
    return [mpmath.fsum((mpf(v) - centre) ** 2 for v in y.tolist())]
