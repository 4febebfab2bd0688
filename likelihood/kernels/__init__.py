"""Stable array functions on NumPy alone, without statistics (level 0).

Each docstring states the worst error measured, in units in the last place (ulp) against
the exact result for the exact input.  Classes are always on the last axis.
"""

from likelihood.kernels.arithmetic import compensated_dot, compensated_sum, two_product, two_sum
from likelihood.kernels.categorical import (
    categorical_cross_entropy,
    categorical_residual,
    categorical_shortfall,
    categorical_terms,
)
from likelihood.kernels.divergence import (
    binary_kl_divergence,
    kl_divergence,
    poisson_divergence,
)
from likelihood.kernels.entropy import (
    binary_cross_entropy_of_probs,
    binary_entropy,
    categorical_cross_entropy_of_probs,
    entropy,
    entropy_of_logits,
    xlog1py,
    xlogy,
)
from likelihood.kernels.gaussian import (
    gaussian_nll,
    gaussian_nll_mean_gradient,
    gaussian_nll_sd_gradient,
)
from likelihood.kernels.logistic import (
    Parts,
    binary_cross_entropy,
    binary_residual,
    binary_shortfall,
    log1mexp,
    log_sigmoid,
    sigmoid,
    sigmoid_variance,
    softplus,
    softplus_parts,
)
from likelihood.kernels.moments import Moments, moments
from likelihood.kernels.softmax import log_softmax, logsumexp, softmax, softmax_parts

__all__ = [
    "Moments",
    "Parts",
    "binary_cross_entropy",
    "binary_cross_entropy_of_probs",
    "binary_entropy",
    "binary_kl_divergence",
    "binary_residual",
    "binary_shortfall",
    "categorical_cross_entropy",
    "categorical_cross_entropy_of_probs",
    "categorical_residual",
    "categorical_shortfall",
    "categorical_terms",
    "compensated_dot",
    "compensated_sum",
    "entropy",
    "entropy_of_logits",
    "gaussian_nll",
    "gaussian_nll_mean_gradient",
    "gaussian_nll_sd_gradient",
    "kl_divergence",
    "log1mexp",
    "log_sigmoid",
    "log_softmax",
    "logsumexp",
    "moments",
    "poisson_divergence",
    "sigmoid",
    "sigmoid_variance",
    "softmax",
    "softmax_parts",
    "softplus",
    "softplus_parts",
    "two_product",
    "two_sum",
    "xlog1py",
    "xlogy",
]
