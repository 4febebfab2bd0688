"""A Poisson fit beside a Poisson model, intervals and tests (level 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from likelihood.crosscheck.pairs import EDGE, LEVEL, Pair, certain, interval_ends

if TYPE_CHECKING:
    from likelihood.results import DistributionFit


def poisson(fit: DistributionFit) -> Iterator[Pair]:
    """Compare estimates, intervals and the score test of a rate."""
    from scipy import stats
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.stats.rates import confint_poisson, test_poisson

    values, weights, n = fit.sample.t[:, 0], fit.sample.weights, fit.n
    rate, total = fit.params["rate"], float(weights @ values)
    error, name = fit.tidy()["std_error"][0], "statsmodels GLM"
    if rate > 0.0:
        model = GLM(values, np.ones((len(values), 1)), family=Poisson(), freq_weights=weights)
        theirs = certain(model)
        mean = float(np.exp(theirs.params[0]))
        yield Pair("estimate", "rate", rate, mean, name)
        yield Pair("std_error", "rate", error, float(theirs.bse[0]) * mean, name)
        yield Pair("log_likelihood", "", fit.log_likelihood, theirs.llf, name)
    else:
        # Their search refuses a response of zeros alone.
        yield Pair("estimate", "rate", rate, math.nan, name, EDGE)
    density = float(weights @ stats.poisson.logpmf(values, total / n))
    yield Pair("log_likelihood", "", fit.log_likelihood, density, "scipy.stats.poisson")
    tail = 0.5 * (1.0 - LEVEL)
    low = stats.chi2.ppf(tail, 2.0 * total) / (2.0 * n) if total else 0.0
    high = stats.chi2.isf(tail, 2.0 * total + 2.0) / (2.0 * n)
    yield from interval_ends(fit, "exact", [low, high], "scipy.stats.chi2")
    for method, other in (("exact", "exact-c"), ("score", "score"), ("wald", "wald")):
        theirs = confint_poisson(total, n, method=other, alpha=1.0 - LEVEL)
        yield from interval_ends(fit, method, theirs, "statsmodels confint_poisson")
    null = rate + 2.0 * math.sqrt(max(rate, 1.0) / n)
    ours, other = fit.test(null, kind="score"), test_poisson(total, n, null, method="score")
    backend = "statsmodels test_poisson"
    yield Pair("score statistic", "", ours["statistic"], float(other.statistic) ** 2, backend)
    yield Pair("score p_value", "", ours["p_value"], float(other.pvalue), backend)
