"""The losses by their usual names (level 8); each is a distribution's own, none is written here.

=============================  ==================================================
``binary_cross_entropy``       ``Bernoulli.loss``: ``logits=`` or ``probs=``
``categorical_cross_entropy``  ``Categorical.loss``: ``logits=``, ``probs=`` or ``log_probs=``
``gaussian_nll``               ``Gaussian.loss``: ``mean=``, and ``sd=`` where it is not 1
``poisson_nll``                ``Poisson.loss``: ``log_rate=`` or ``rate=``
``squared_error``              ``2 * (Gaussian.loss - log(2 pi) / 2)``: ``mean=``
=============================  ==================================================

Examples
--------
>>> from likelihood import losses
>>> value = losses.categorical_cross_entropy([0, 2], probs=[[0.5, 0.25, 0.25], [0.1, 0.1, 0.8]])
>>> round(value, 12)
0.458145365937
>>> losses.squared_error([1.0, 2.0], mean=[1.5, 2.0])
0.125
"""

from __future__ import annotations

from likelihood.distributions.bernoulli import Bernoulli
from likelihood.distributions.categorical import Categorical
from likelihood.distributions.gaussian import Gaussian
from likelihood.distributions.poisson import Poisson
from likelihood.loss import Loss

__all__ = [
    "binary_cross_entropy",
    "categorical_cross_entropy",
    "gaussian_nll",
    "poisson_nll",
    "squared_error",
]

binary_cross_entropy: Loss = Bernoulli.loss
categorical_cross_entropy: Loss = Categorical.loss
gaussian_nll: Loss = Gaussian.loss
poisson_nll: Loss = Poisson.loss
#: Twice the Gaussian's loss at sd = 1 without its constant ``log(2 pi) / 2``.
squared_error: Loss = Loss(Gaussian, "squared_error", scale=2.0, constant=False)
