"""Tests of a Gaussian's mean, standard deviation, or both."""

from __future__ import annotations

import math

from likelihood import kernels
from likelihood.inference.chisquare import log_t_two_sided
from likelihood.inference.hypothesis import (
    NO_WALD,
    HypothesisTest,
    chi_square,
    refuted,
    undefined,
)
from likelihood.inference.incomplete_gamma import log_gamma_lower, log_gamma_upper

#: A ratio whose square is a double with all its digits.
_LEAST = 1e-150


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

    Returns
    -------
    HypothesisTest
        Statistic and p-value are NaN where the test is not defined: Wald's and Student's test
        of a constant sample, whose estimated variance is zero, and tests with an estimated
        spread up to one observation.  A hypothesis that is the estimate has statistic 0 and
        p-value 1 in each.

    Raises
    ------
    ValueError
        Both are fixed and the test is exact: there is no such test.

    Examples
    --------
    >>> test = of_parameters(0.5, 9.0, 10, 0.0, None, "exact")
    >>> round(test.statistic, 6), test.df, round(test.p_value, 4)
    (1.581139, 9.0, 0.1483)
    """
    # Python's floats divide and multiply to infinity in silence, NumPy's warn.
    mean, n, sd = float(mean), float(n), math.sqrt(float(sum_of_squares) / float(n))
    shift = 0.0 if null_mean is None else mean - float(null_mean)
    null_sd = None if null_sd is None else float(null_sd)
    if kind == "exact":
        return _exact(shift, sd, n, null_mean is not None, null_sd)
    df = (null_mean is not None) + (null_sd is not None)
    if shift == 0.0 and null_sd in (None, sd):
        return chi_square(0.0, df, kind)
    if null_sd == 0.0:
        return refuted(df, kind)
    if n <= 1.0 and not (kind == "score" and df == 2):
        return undefined(df, f"{kind}: not defined up to one observation")
    if kind == "wald" and sd == 0.0:
        return undefined(df, NO_WALD)
    if null_sd is None:
        return chi_square(n * _of_mean(shift, sd, kind), df, kind)
    return chi_square(n * _of_spread(shift, sd, null_sd, kind), df, kind)


def _of_mean(shift: float, sd: float, kind: str) -> float:
    """Return the statistic over n for a mean, the standard deviation being free."""
    if kind == "score":
        # r**2 / (1 + r**2), from whichever ratio is below 1; at a spread of zero it is 1.
        small = sd / shift if abs(shift) > sd else shift / sd
        square = small * small
        return (1.0 if abs(shift) > sd else square) / (1.0 + square)
    if sd == 0.0:
        return math.inf
    r = shift / sd
    if kind == "wald":
        return r * r
    if 1.0 < abs(r) < math.inf:
        return 2.0 * math.log(abs(r)) + math.log1p(1.0 / r / r)
    return math.log1p(r * r) if abs(r) <= 1.0 else 2.0 * (math.log(abs(shift)) - math.log(sd))


def _of_spread(shift: float, sd: float, null_sd: float, kind: str) -> float:
    """Return the statistic over n for a standard deviation, or for both parameters."""
    if kind == "wald":
        relative, r = (sd - null_sd) / sd, shift / sd
        return r * r + 2.0 * relative * relative
    r, ratio = shift / null_sd, sd / null_sd
    if kind == "score":
        excess = ratio * ratio + r * r - 1.0
        return r * r + 0.5 * excess * excess
    if sd == 0.0:
        return math.inf
    if ratio > _LEAST:
        # v - 1 - log v is the Poisson's divergence of 1 from v: no cancellation near v = 1.
        stretch = float(kernels.poisson_divergence(1.0, ratio * ratio))
    else:
        stretch = 2.0 * (math.log(null_sd) - math.log(sd)) - 1.0
    return stretch + r * r


def _exact(
    shift: float, sd: float, n: float, of_mean: bool, null_sd: float | None
) -> HypothesisTest:
    if of_mean and null_sd is not None:
        raise ValueError(
            "there is no exact test of mean and sd together; test one of them, or use kind='lr'."
        )
    df = n - 1.0
    if df <= 0.0:
        return undefined(df, "exact: not defined up to one observation")
    if null_sd is None:
        if sd == 0.0 and shift != 0.0:
            return undefined(df, "Student's t: not defined for a constant sample")
        statistic = shift / sd * math.sqrt(df) if shift else 0.0
        log_p = float(log_t_two_sided(statistic, df))
        return HypothesisTest(statistic, df, math.exp(log_p), log_p, "Student's t")
    method = "chi-square of the variance"
    if null_sd == sd == 0.0:
        return HypothesisTest(0.0, df, 1.0, 0.0, method)
    if null_sd == 0.0:
        return refuted(df, method)
    ratio = sd / null_sd
    half = 0.5 * n * ratio * ratio
    if sd > 0.0 and ratio <= _LEAST:
        # x**a / Gamma(a + 1), the first term of the lower tail, from the log of x.
        log_half = math.log(0.5 * n) + 2.0 * (math.log(sd) - math.log(null_sd))
        log_tail = 0.5 * df * log_half - math.lgamma(0.5 * df + 1.0)
    else:
        tails = log_gamma_lower(0.5 * df, half), log_gamma_upper(0.5 * df, half)
        log_tail = float(min(tails))
    log_p = min(0.0, math.log(2.0) + log_tail)
    return HypothesisTest(2.0 * half, df, math.exp(log_p), log_p, method)
