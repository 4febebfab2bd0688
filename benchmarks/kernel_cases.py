"""The kernels of scalars to measure: exact result, peer, inputs and goal of each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import special

from benchmarks import kernel_exact as exact
from benchmarks import kernel_inputs as inputs
from likelihood import kernels

Function = Callable[..., Any]
INFINITE = float("inf")


@dataclass(frozen=True)
class Case:
    """A kernel, its peer, the exact result, the inputs, and the goal in ulp.

    Results smaller than ``small`` are measured apart, against ``small_goal``; the unit is the
    ulp of ``unit`` where given, else that of the exact result.
    """

    name: str
    ours: Function
    peer: Function
    peer_name: str
    exact: Function
    source: inputs.Source
    goal: float
    unit: Function | None = None
    small: float = 0.0
    small_goal: float = INFINITE


_ELEMENT = exact.elementwise
_TWO_PI = 0.5 * np.log(2 * np.pi)

SCALAR_CASES = (
    Case(
        "softplus",
        kernels.softplus,
        lambda x: np.logaddexp(0.0, x),
        "np.logaddexp(0, x)",
        _ELEMENT(exact.softplus),
        inputs.scalar_logits,
        1.5,
    ),
    Case(
        "log_sigmoid",
        kernels.log_sigmoid,
        special.log_expit,
        "special.log_expit",
        _ELEMENT(lambda x: -exact.softplus(-x)),
        inputs.scalar_logits,
        1.5,
    ),
    Case(
        "sigmoid",
        kernels.sigmoid,
        special.expit,
        "special.expit",
        _ELEMENT(exact.sigmoid),
        inputs.scalar_logits,
        2.0,
    ),
    Case(
        "sigmoid_variance",
        kernels.sigmoid_variance,
        lambda x: special.expit(x) * (1 - special.expit(x)),
        "s * (1 - s)",
        _ELEMENT(exact.sigmoid_variance),
        inputs.scalar_logits,
        3.0,
    ),
    Case(
        "log1mexp",
        kernels.log1mexp,
        lambda x: np.log(1 - np.exp(-x)),
        "log(1 - exp(-x))",
        _ELEMENT(exact.log1mexp),
        inputs.positive,
        1.5,
    ),
    Case(
        "binary_cross_entropy, y in {0, 1}",
        kernels.binary_cross_entropy,
        lambda z, y: np.logaddexp(0.0, z) - y * z,
        "np.logaddexp(0, z) - y * z",
        _ELEMENT(exact.binary_cross_entropy),
        inputs.hard_outcomes,
        1.5,
    ),
    Case(
        "binary_cross_entropy, soft y",
        kernels.binary_cross_entropy,
        lambda z, y: np.logaddexp(0.0, z) - y * z,
        "np.logaddexp(0, z) - y * z",
        _ELEMENT(exact.binary_cross_entropy),
        inputs.soft_outcomes,
        2.0,
    ),
    Case(
        "binary_residual, y in {0, 1}",
        kernels.binary_residual,
        lambda z, y: special.expit(z) - y,
        "special.expit(z) - y",
        _ELEMENT(exact.binary_residual),
        inputs.hard_outcomes,
        2.0,
    ),
    Case(
        "binary_residual, soft y, in ulp of max(s, y)",
        kernels.binary_residual,
        lambda z, y: special.expit(z) - y,
        "special.expit(z) - y",
        _ELEMENT(exact.binary_residual),
        inputs.soft_outcomes,
        2.0,
        unit=_ELEMENT(lambda z, y: max(exact.sigmoid(z), y)),
    ),
    Case(
        "binary_residual, soft y, in ulp of the result",
        kernels.binary_residual,
        lambda z, y: special.expit(z) - y,
        "special.expit(z) - y",
        _ELEMENT(exact.binary_residual),
        inputs.cancelling_outcomes,
        INFINITE,
    ),
    Case(
        "xlogy",
        kernels.xlogy,
        special.xlogy,
        "special.xlogy",
        _ELEMENT(exact.xlogy),
        inputs.unit_pairs,
        INFINITE,
    ),
    Case(
        "xlog1py",
        lambda x, y: kernels.xlog1py(x, -y),
        lambda x, y: special.xlog1py(x, -y),
        "special.xlog1py",
        _ELEMENT(lambda x, y: exact.xlog1py(x, -y)),
        inputs.unit_pairs,
        INFINITE,
    ),
    Case(
        "binary_cross_entropy_of_probs",
        kernels.binary_cross_entropy_of_probs,
        lambda p, y: -special.xlogy(y, p) - special.xlog1py(1 - y, -p),
        "special.xlogy, special.xlog1py",
        _ELEMENT(exact.binary_cross_entropy_of_probs),
        inputs.unit_pairs,
        1.0,
    ),
    Case(
        "binary_entropy",
        kernels.binary_entropy,
        lambda p: special.entr(p) + special.entr(1 - p),
        "special.entr(p) + entr(1 - p)",
        _ELEMENT(exact.binary_entropy),
        inputs.unit_values,
        3.0,
    ),
    Case(
        "binary_kl_divergence",
        kernels.binary_kl_divergence,
        lambda p, q: special.rel_entr(p, q) + special.rel_entr(1 - p, 1 - q),
        "special.rel_entr(p, q) + rel_entr(1 - p, 1 - q)",
        _ELEMENT(exact.binary_kl_divergence),
        inputs.unit_pairs,
        4.0,
        small=1e-30,
        small_goal=20.0,
    ),
    Case(
        "poisson_divergence",
        kernels.poisson_divergence,
        special.kl_div,
        "special.kl_div",
        _ELEMENT(exact.poisson_divergence),
        inputs.rates,
        4.0,
        small=1e-30,
        small_goal=20.0,
    ),
    Case(
        "gaussian_nll, in ulp of the sum of the terms' sizes",
        kernels.gaussian_nll,
        lambda y, m, s: 0.5 * ((y - m) / s) ** 2 + np.log(s) + _TWO_PI,
        "the formula",
        _ELEMENT(exact.gaussian_nll),
        inputs.gaussians,
        2.0,
        unit=_ELEMENT(exact.gaussian_size),
    ),
    Case(
        "gaussian_nll_mean_gradient",
        kernels.gaussian_nll_mean_gradient,
        lambda y, m, s: (m - y) / s**2,
        "the formula",
        _ELEMENT(exact.gaussian_nll_mean_gradient),
        inputs.gaussians,
        2.5,
    ),
    Case(
        "gaussian_nll_sd_gradient",
        kernels.gaussian_nll_sd_gradient,
        lambda y, m, s: 1 / s - (y - m) ** 2 / s**3,
        "the formula",
        _ELEMENT(exact.gaussian_nll_sd_gradient),
        inputs.gaussians,
        3.0,
    ),
    Case(
        "compensated_sum",
        kernels.compensated_sum,
        np.sum,
        "np.sum",
        exact.compensated_sum,
        inputs.vectors,
        1.0,
    ),
    Case(
        "compensated_dot",
        kernels.compensated_dot,
        np.dot,
        "np.dot",
        exact.compensated_dot,
        inputs.vector_pairs,
        1.0,
    ),
    Case(
        "moments, the mean",
        lambda y: kernels.moments(y).mean,
        np.mean,
        "np.mean",
        exact.mean,
        inputs.samples,
        1.0,
    ),
    Case(
        "moments, the sum of squares",
        lambda y: kernels.moments(y).sum_of_squares,
        lambda y: ((y - y.mean()) ** 2).sum(),
        "sum((y - mean)**2)",
        exact.sum_of_squares,
        inputs.samples,
        2.0,
    ),
)
