"""Likelihood estimation in which every fit ends in a verdict that can be trusted.

A distribution states its log-partition once; its log-likelihood, derivatives, maximum
likelihood fit, intervals, tests and loss follow from it.

Public names are loaded when first used (PEP 562), so importing the package costs no more than
NumPy does.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from likelihood import datasets as datasets
    from likelihood import information as information
    from likelihood import kernels as kernels
    from likelihood import losses as losses
    from likelihood.comparison import compare as compare
    from likelihood.distributions.bernoulli import Bernoulli as Bernoulli
    from likelihood.distributions.categorical import Categorical as Categorical
    from likelihood.distributions.gaussian import Gaussian as Gaussian
    from likelihood.distributions.poisson import Poisson as Poisson
    from likelihood.errors import CollinearityWarning as CollinearityWarning
    from likelihood.errors import ConvergenceWarning as ConvergenceWarning
    from likelihood.errors import DataError as DataError
    from likelihood.errors import FitWarning as FitWarning
    from likelihood.errors import FormulaError as FormulaError
    from likelihood.errors import LikelihoodError as LikelihoodError
    from likelihood.errors import SeparationError as SeparationError
    from likelihood.errors import SeparationWarning as SeparationWarning
    from likelihood.regression.linear import LinearRegression as LinearRegression
    from likelihood.regression.logistic import LogisticRegression as LogisticRegression
    from likelihood.regression.poisson import PoissonRegression as PoissonRegression
    from likelihood.regression.softmax import SoftmaxRegression as SoftmaxRegression
    from likelihood.results import DistributionFit as DistributionFit
    from likelihood.results import Fit as Fit
    from likelihood.saving import load as load
    from likelihood.verdict import Status as Status
    from likelihood.verdict import Verdict as Verdict

__version__ = "0.1.0"

#: Where each public name lives; a module stands for itself.
_HOMES = {
    "Bernoulli": "likelihood.distributions.bernoulli",
    "Categorical": "likelihood.distributions.categorical",
    "CollinearityWarning": "likelihood.errors",
    "ConvergenceWarning": "likelihood.errors",
    "DataError": "likelihood.errors",
    "DistributionFit": "likelihood.results",
    "Fit": "likelihood.results",
    "FitWarning": "likelihood.errors",
    "FormulaError": "likelihood.errors",
    "Gaussian": "likelihood.distributions.gaussian",
    "LikelihoodError": "likelihood.errors",
    "LinearRegression": "likelihood.regression.linear",
    "LogisticRegression": "likelihood.regression.logistic",
    "Poisson": "likelihood.distributions.poisson",
    "PoissonRegression": "likelihood.regression.poisson",
    "SeparationError": "likelihood.errors",
    "SeparationWarning": "likelihood.errors",
    "SoftmaxRegression": "likelihood.regression.softmax",
    "Status": "likelihood.verdict",
    "Verdict": "likelihood.verdict",
    "compare": "likelihood.comparison",
    "datasets": "",
    "information": "",
    "kernels": "",
    "load": "likelihood.saving",
    "losses": "",
}

__all__ = [
    "Bernoulli",
    "Categorical",
    "CollinearityWarning",
    "ConvergenceWarning",
    "DataError",
    "DistributionFit",
    "Fit",
    "FitWarning",
    "FormulaError",
    "Gaussian",
    "LikelihoodError",
    "LinearRegression",
    "LogisticRegression",
    "Poisson",
    "PoissonRegression",
    "SeparationError",
    "SeparationWarning",
    "SoftmaxRegression",
    "Status",
    "Verdict",
    "compare",
    "datasets",
    "information",
    "kernels",
    "load",
    "losses",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'likelihood' has no attribute {name!r}")
    home = _HOMES[name]
    module = importlib.import_module(home or f"likelihood.{name}")
    value = getattr(module, name) if home else module
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
