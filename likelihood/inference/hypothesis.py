"""Tests of a fully specified mean, for any exponential family without free dispersion."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, present
from likelihood.inference.chisquare import chi2_sf, log_chi2_sf

KINDS = ("lr", "score", "wald", "exact")
#: The method of a Wald test that would divide by a variance estimated as zero.
NO_WALD = "wald: not defined on the boundary"


class HypothesisTest(NamedTuple):
    """A test: its statistic, degrees of freedom (NaN for exact tests), p-value and its log.

    Statistic and p-value are NaN where the test is not defined; the method says why.
    """

    statistic: float
    df: float
    p_value: float
    log_p_value: float
    method: str


def checked_kind(kind: str) -> str:
    """Return the kind of a test, refusing what is not one.

    Examples
    --------
    >>> checked_kind("lr")
    'lr'
    """
    if kind not in KINDS:
        raise ValueError(f"kind {kind!r} is not known; use one of {', '.join(KINDS)}.")
    return kind


def chi_square(statistic: float, df: float, method: str) -> HypothesisTest:
    """Return a test whose statistic is compared with a chi-square distribution.

    Examples
    --------
    >>> round(chi_square(3.841458820694124, 1, "lr").p_value, 12)
    0.05
    """
    if math.isinf(statistic):
        return HypothesisTest(statistic, df, 0.0, -math.inf, method)
    if df < 1:
        return HypothesisTest(statistic, df, math.nan, math.nan, method)
    return HypothesisTest(
        statistic, df, float(chi2_sf(statistic, df)), float(log_chi2_sf(statistic, df)), method
    )


def refuted(df: float, method: str) -> HypothesisTest:
    """Return a test of a hypothesis under which what was observed is impossible.

    Examples
    --------
    >>> refuted(2, "lr").p_value
    0.0
    """
    return HypothesisTest(math.inf, df, 0.0, -math.inf, method)


def undefined(df: float, method: str) -> HypothesisTest:
    """Return a test that has no statistic; the method says why.

    Examples
    --------
    >>> undefined(1, NO_WALD).p_value
    nan
    """
    return HypothesisTest(math.nan, df, math.nan, math.nan, method)


def of_mean(
    family: type[ExponentialFamily],
    mean: Floats,
    null: Floats,
    total: float,
    kind: str,
    df: int,
) -> HypothesisTest:
    """Return the likelihood-ratio, score or Wald test that the mean of T(y) is ``null``.

    Parameters
    ----------
    family : type of ExponentialFamily
    mean, null : (k,) arrays
        The mean of the sample and that of the hypothesis.
    total : float
        Observations.
    kind : {"lr", "score", "wald"}
        For a categorical the likelihood-ratio test is the G-test (Wilks 1938), the score
        test Pearson's chi-square (1900), the Wald test Neyman's modified one (1949).
    df : int
        Free parameters; outcomes that the hypothesis rules out, and that were not observed,
        do not count.

    Returns
    -------
    HypothesisTest
        An observation that the hypothesis rules out refutes it, whatever the kind.  The Wald
        statistic and its p-value are NaN where the variance is estimated as zero in a
        direction in which the mean differs.  With no degree of freedom left nothing else
        could have been observed, and the p-value is 1.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> test = of_mean(Bernoulli, np.array([0.6]), np.array([0.5]), 100, "score", 1)
    >>> round(test.statistic, 12)
    4.0
    """
    method = "likelihood ratio" if kind == "lr" else kind
    if family.pinned:
        df -= int(((null == 0.0) & (mean == 0.0)).sum())
    divergence = float(family.divergence(mean[None, :], null[None, :])[0])
    if math.isinf(divergence):
        return refuted(df, method)
    if df == 0:
        return HypothesisTest(0.0, df, 1.0, 0.0, method)
    total = float(total)
    if kind == "lr":
        return chi_square(2.0 * total * divergence, df, method)
    difference = mean - null
    moved = difference != 0.0
    if kind == "wald" and (moved & (np.diag(family.variance(mean)) == 0.0)).any():
        return undefined(df, NO_WALD)
    at = null if kind == "score" else mean
    # A curvature beyond the largest double is the statistic's too.
    with np.errstate(over="ignore"):
        hessian = present(family.mean_nll(at[None, :], at[None, :], 2).hessian)[0]
        # Coordinates that agree are left out first: 0 * inf at a probability of zero is 0 here.
        curvature = np.where(moved[:, None] & moved[None, :], hessian, 0.0)
        # In standard errors before it is squared: the difference and the curvature alone leave
        # the range of doubles where the statistic does not.
        scale = np.sqrt(np.diag(curvature))
        if np.isinf(scale).any():
            return chi_square(math.inf, df, method)
        z = difference * scale
        unit = np.where(scale > 0.0, scale, 1.0)
        statistic = float(z @ (curvature / unit / unit[:, None]) @ z)
    return chi_square(total * statistic, df, method)


def whole_count(value: float) -> int:
    """Return a count as an integer; an exact test has no meaning for fractions.

    A count that went through a mean, ``total * (count / total)``, was rounded twice, by
    2**-52 of itself at most: so much is allowed, or 1e-9 if that is more.

    Examples
    --------
    >>> whole_count(3.0)
    3
    """
    value = float(value)
    count = round(value)
    slack = max(1e-9, abs(value) * 2.0**-52)
    # From 2**51 on a half cannot be told from such a rounding; below it is refused.
    if abs(value) < 2.0**51:
        slack = min(slack, 0.25)
    if abs(value - count) > slack:
        raise DataError(
            f"an exact test needs whole counts, got {value!r}; "
            f"use kind='lr' with fractional weights."
        )
    return count
