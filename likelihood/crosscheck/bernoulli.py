"""A Bernoulli fit beside a binomial model, intervals and tests (level 9)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.pairs import EDGE, LEVEL, Pair, certain, chi_square_tests, interval_ends
from likelihood.data.columns import whole

if TYPE_CHECKING:
    from likelihood.results import DistributionFit


def bernoulli(fit: DistributionFit) -> Iterator[Pair]:
    """Compare estimates, intervals, tests and entropy of a proportion."""
    from scipy import stats
    from statsmodels.genmod.families import Binomial
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.stats.proportion import proportion_confint

    distribution: Any = fit.distribution
    n, p = fit.n, fit.params["prob"]
    hits = float(fit.sample.weights[fit.sample.t[:, 0] == 1].sum())
    misses = n - hits
    edge = EDGE if hits == 0 or misses == 0 else ""
    glm = GLM([1.0, 0.0], np.ones((2, 1)), family=Binomial(), freq_weights=[hits, misses])
    results = certain(glm)
    mean, name = float(results.fittedvalues[0]), "statsmodels GLM"
    error = float(results.bse[0]) * mean * (1.0 - mean)
    yield Pair("estimate", "prob", p, mean, name, edge)
    yield Pair("std_error", "prob", fit.tidy()["std_error"][0], error, name, edge)
    yield Pair("log_likelihood", "", fit.log_likelihood, results.llf, name, edge)
    exact = stats.binom.logpmf([1, 0], 1, hits / n) @ [hits, misses] if not edge else 0.0
    yield Pair("log_likelihood", "", fit.log_likelihood, exact, "scipy.stats.binom")
    backend = "statsmodels proportion_confint"
    jeffreys = (
        "With no success or no failure ours reaches the end of the range (Brown, Cai & DasGupta "
        "2001)."
    )
    for method, other in (
        ("wilson", "wilson"), ("clopper-pearson", "beta"), ("jeffreys", "jeffreys"),
        ("agresti-coull", "agresti_coull"), ("wald", "normal"),
    ):  # fmt: skip
        why = jeffreys if edge and method == "jeffreys" else ""
        theirs = proportion_confint(hits, n, 1.0 - LEVEL, other)
        yield from interval_ends(fit, method, theirs, backend, why)
    yield from chi_square_tests(fit, [misses, hits], 0.5)
    if whole(fit.sample.weights):
        theirs = stats.binomtest(round(hits), round(n), 0.5).pvalue
        ours = fit.test(0.5, kind="exact")["p_value"]
        yield Pair("exact p_value (0.5)", "", ours, theirs, "scipy.stats.binomtest")
    entropy = stats.entropy([p, 1.0 - p])
    yield Pair("entropy", "", distribution.entropy(), entropy, "scipy.stats.entropy")
