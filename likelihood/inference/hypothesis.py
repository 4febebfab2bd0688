"""Tests of a fully specified mean, for any exponential family without free dispersion."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, present
from likelihood.inference.chisquare import chi2_sf, log_chi2_sf

KINDS = ("lr", "score", "wald", "exact")


class HypothesisTest(NamedTuple):
    """A test: its statistic, degrees of freedom (NaN for exact tests), p-value and its log."""

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
        Free parameters; outcomes that the hypothesis rules out do not count.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Bernoulli
    >>> test = of_mean(Bernoulli, np.array([0.6]), np.array([0.5]), 100, "score", 1)
    >>> round(test.statistic, 12)
    4.0
    """
    df -= int((null == 0.0).sum()) if family.pinned else 0
    if kind == "lr":
        divergence = family.divergence(mean[None, :], null[None, :])
        return chi_square(2.0 * total * float(divergence[0]), df, "likelihood ratio")
    at = null if kind == "score" else mean
    difference = mean - null
    if ((difference != 0.0) & (np.diag(family.variance(at)) == 0.0)).any():
        return chi_square(math.inf, df, kind)
    hessian = present(family.mean_nll(at[None, :], at[None, :], 2).hessian)
    moved = difference != 0.0
    # Coordinates that agree are left out first: 0 * inf at a probability of zero is 0 here.
    curvature = np.where(moved[:, None] & moved[None, :], hessian[0], 0.0)
    statistic = total * float(difference @ curvature @ difference)
    return chi_square(statistic, df, kind)


def whole_count(value: float) -> int:
    """Return a count as an integer; an exact test has no meaning for fractions.

    Examples
    --------
    >>> whole_count(3.0)
    3
    """
    count = round(value)
    if abs(value - count) > 1e-9 * max(1.0, abs(value)):
        raise DataError(
            f"an exact test needs whole counts, got {float(value)!r}; "
            f"use kind='lr' with fractional weights."
        )
    return count
