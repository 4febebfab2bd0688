"""A Gaussian fit beside a regression on a constant, weighted moments and Student's t (level 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.pairs import LEVEL, Pair

if TYPE_CHECKING:
    from likelihood.results import DistributionFit

_OFFSET = "The values are so large against their spread that their arithmetic loses digits."
_POINT = "A constant sample has no spread; their formula divides by it."


def gaussian(fit: DistributionFit) -> Iterator[Pair]:
    """Compare estimates, errors, intervals and Student's test of a mean and a spread."""
    from scipy import stats
    from statsmodels.genmod.generalized_linear_model import GLM
    from statsmodels.regression.linear_model import OLS
    from statsmodels.stats.weightstats import DescrStatsW

    values, weights, n = fit.sample.t[:, 0], fit.sample.weights, fit.n
    mean, sd = fit.params["mean"], fit.params["sd"]
    error = float(fit.tidy()["std_error"][0])
    ones = np.ones((len(values), 1))
    rough: dict[str, Any] = {"reason": _POINT}
    if sd > 0.0:
        # Their mean is off by eps * |value| * sqrt(n) or so, which counts in units of the spread.
        lost = math.log10(float(np.abs(values).max()) / sd * math.sqrt(n))
        rough = {"reason": _OFFSET, "least": 14.0 - lost}
    plain = bool((weights == 1.0).all())
    theirs = OLS(values, ones).fit() if plain else GLM(values, ones, freq_weights=weights).fit()
    name = f"statsmodels {'OLS' if plain else 'GLM'}"
    yield Pair("estimate", "mean", mean, theirs.params[0], name)
    described = DescrStatsW(values, weights=weights, ddof=0)
    yield Pair("estimate", "mean", mean, described.mean, "statsmodels DescrStatsW")
    yield Pair("estimate", "sd", sd, described.std, "statsmodels DescrStatsW", **rough)
    if n > 1:
        other = "Theirs divides by n - 1, the maximum likelihood estimate by n."
        yield Pair("std_error", "mean", error, theirs.bse[0], name, other)
        corrected = getattr(fit, "sd_unbiased_variance", math.nan) / math.sqrt(n)
        yield Pair("std_error with n - 1", "mean", corrected, theirs.bse[0], name, **rough)
    if plain:
        location, scale = stats.norm.fit(values)
        yield Pair("estimate", "mean", mean, location, "scipy.stats.norm.fit")
        yield Pair("estimate", "sd", sd, scale, "scipy.stats.norm.fit", **rough)
        yield Pair("log_likelihood", "", fit.log_likelihood, theirs.llf, name, **rough)
    density = float(weights @ stats.norm.logpdf(values, described.mean, described.std))
    yield Pair("log_likelihood", "", fit.log_likelihood, density, "scipy.stats.norm", **rough)
    if n <= 1:
        return
    shown = DescrStatsW(values, weights=weights).tconfint_mean(1.0 - LEVEL)
    squares = described.sumsquares
    tail = 0.5 * (1.0 - LEVEL)
    spread = [stats.chi2.isf(tail, n - 1.0), stats.chi2.ppf(tail, n - 1.0)]
    interval = fit.confint(LEVEL, "t")
    for at, end in enumerate(("conf_low", "conf_high")):
        ours = interval[end]
        backend = "statsmodels DescrStatsW"
        yield Pair(f"{end} (t)", "mean", ours[0], shown[at], backend, **rough)
        bound = math.sqrt(squares / spread[at])
        yield Pair(f"{end} (t)", "sd", ours[1], bound, "scipy.stats.chi2", **rough)
    # A null near the estimate: farther away every p-value is zero.
    null = mean - 2.0 * error
    student = fit.test({"mean": null}, kind="exact")
    if plain:
        test = stats.ttest_1samp(values, null)
        statistic, p_value, name = test.statistic, test.pvalue, "scipy.stats.ttest_1samp"
    else:
        statistic, p_value, _ = DescrStatsW(values, weights=weights).ttest_mean(null)
        name = "statsmodels DescrStatsW"
    yield Pair("exact statistic", "mean", student["statistic"], statistic, name, **rough)
    yield Pair("exact p_value", "mean", student["p_value"], p_value, name, **rough)
