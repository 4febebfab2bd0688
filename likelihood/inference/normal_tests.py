"""Tests of a Gaussian's mean, standard deviation, or both."""

from __future__ import annotations

import math

from scipy import special

from likelihood import kernels
from likelihood.inference.chisquare import chi2_sf, log_chi2_sf, log_t_two_sided
from likelihood.inference.hypothesis import HypothesisTest, chi_square


def of_parameters(
    mean: float,
    sum_of_squares: float,
    n: float,
    null_mean: float | None,
    null_sd: float | None,
    kind: str,
) -> HypothesisTest:
    """Return the test that the parameters which are not None have these values.

    Parameters
    ----------
    mean, sum_of_squares, n : float
        The sample's mean, sum of squares about it, and size.
    null_mean, null_sd : float or None
        None leaves a parameter free.
    kind : {"lr", "score", "wald", "exact"}
        The exact test of the mean is Student's (1908), that of the standard deviation the
        chi-square test with twice the smaller tail.

    Raises
    ------
    ValueError
        Both are fixed and the test is exact: there is no such test.

    Examples
    --------
    >>> test = of_parameters(0.5, 9.0, 10, 0.0, None, "exact")
    >>> round(test.statistic, 6), test.df, round(test.p_value, 4)
    (1.581139, 9, 0.1483)
    """
    if kind == "exact":
        return _exact(mean, sum_of_squares, n, null_mean, null_sd)
    df = (null_mean is not None) + (null_sd is not None)
    variance = sum_of_squares / n
    shift = 0.0 if null_mean is None else mean - null_mean
    if variance == 0.0 and (kind == "wald" or null_sd is None):
        # Every other value of a constant sample is infinitely unlikely.
        return chi_square(math.inf if shift or null_sd else 0.0, df, kind)
    if null_sd is None:
        ratio = shift * shift / variance
        statistic = {
            "lr": n * math.log1p(ratio), "score": n * ratio / (1.0 + ratio), "wald": n * ratio,
        }[kind]  # fmt: skip
        return chi_square(statistic, df, kind)
    if null_sd == 0.0:
        return chi_square(math.inf, df, kind)
    at_null = shift * shift / null_sd**2
    ratio = variance / null_sd**2
    if kind == "lr":
        # r - 1 - log r is the Poisson's divergence of 1 from r: no cancellation near r = 1.
        stretch = math.inf if ratio == 0.0 else float(kernels.poisson_divergence(1.0, ratio))
        return chi_square(n * (stretch + at_null), df, "lr")
    if kind == "score":
        spread = 0.5 * (ratio + at_null - 1.0) ** 2
        return chi_square(n * (at_null + spread), df, "score")
    relative = 1.0 - null_sd / math.sqrt(variance)
    return chi_square(n * (shift * shift / variance + 2.0 * relative**2), df, "wald")


def _exact(
    mean: float, sum_of_squares: float, n: float, null_mean: float | None, null_sd: float | None
) -> HypothesisTest:
    if null_mean is not None and null_sd is not None:
        raise ValueError(
            "there is no exact test of mean and sd together; test one of them, or use kind='lr'."
        )
    df = n - 1
    if df <= 0:
        return HypothesisTest(math.nan, df, math.nan, math.nan, "needs two observations")
    if null_mean is not None:
        error = math.sqrt(sum_of_squares / df / n)
        shift = mean - null_mean
        if error == 0.0:
            statistic = math.copysign(math.inf, shift) if shift else math.nan
            p = 0.0 if shift else math.nan
            return HypothesisTest(statistic, df, p, -math.inf if shift else p, "Student's t")
        statistic = shift / error
        log_p = float(log_t_two_sided(statistic, df))
        return HypothesisTest(statistic, df, math.exp(log_p), log_p, "Student's t")
    assert null_sd is not None
    if null_sd == 0.0:
        return HypothesisTest(math.inf, df, 0.0, -math.inf, "chi-square of the variance")
    statistic = sum_of_squares / null_sd**2
    upper = float(chi2_sf(statistic, df))
    lower = float(special.chdtr(df, statistic))
    if upper < lower:
        log_p = min(0.0, math.log(2.0) + float(log_chi2_sf(statistic, df)))
        p_value = min(1.0, 2.0 * upper)
    else:
        p_value = min(1.0, 2.0 * lower)
        log_p = math.log(p_value) if p_value > 0.0 else -math.inf
    return HypothesisTest(statistic, df, p_value, log_p, "chi-square of the variance")
