"""Intervals for a Poisson rate."""

import itertools
import math

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from likelihood.errors import DataError
from likelihood.inference import poisson

METHODS = {
    "exact": poisson.exact,
    "score": poisson.score,
    "wald": poisson.wald,
    "profile": poisson.profile,
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)


def test_exact_reproduces_garwoods_table():
    # Garwood (1936), table II: P = 0.05, to the digits printed there.
    table = {
        0: (0.0, 3.69),
        1: (0.0253, 5.57),
        5: (1.62, 11.67),
        10: (4.80, 18.39),
        50: (37.11, 65.92),
    }
    for total, ends in table.items():
        np.testing.assert_allclose(poisson.exact(total, 1, 0.95), ends, atol=0.0051)


@pytest.mark.parametrize("total", [1, 10, 10**4, 10**6, 10**7])
@pytest.mark.parametrize("level", [0.95, 0.999999])
def test_exact_ends_have_twelve_digits(total, level):
    alpha = {0.95: mpmath.mpf("0.05"), 0.999999: mpmath.mpf("0.000001")}[level]
    low, high = (float(end) for end in poisson.exact(total, 1, level))
    with mpmath.workdps(50):
        for end, sign in ((low, 1), (high, -1)):
            m = mpmath.mpf(end)
            # P(X >= total) at the lower end, P(X <= total) at the upper: sums away from total.
            term = tail = mpmath.mpf(1)
            j = total
            while term > tail * mpmath.mpf(10) ** -25 and j >= 0:
                term *= m / (j + 1) if sign > 0 else j / m
                tail += term
                j += sign
            pmf = mpmath.exp(total * mpmath.log(m) - m - mpmath.loggamma(total + 1))
            # The tail's derivative in m is the probability next to it.
            slope = sign * pmf * (total / m if sign > 0 else 1)
            assert abs((pmf * tail - alpha / 2) / slope) < 1e-12 * m


def test_a_tiny_rate_keeps_its_digits():
    low, high = poisson.score(1, 1, 0.999999)
    z2 = float(stats.norm.isf(5e-7)) ** 2
    # The product of the roots is the square of the estimate.
    assert low * high == pytest.approx(1.0, rel=1e-15)
    assert low + high == pytest.approx(2 + z2, rel=1e-13)


@pytest.mark.parametrize("total", [0.5, 1, 7, 10**6, 10**12])
def test_profile_ends_are_at_the_cut_off(total):
    with mpmath.workdps(40):
        cut = 2 * mpmath.erfinv(mpmath.mpf("0.95")) ** 2
        for end in poisson.profile(total, 1, 0.95):
            m = mpmath.mpf(float(end))
            deviance = 2 * (m - total + total * mpmath.log(total / m))
            # Newton's step from the end found is the error of that end.
            assert abs((deviance - cut) / (2 * (1 - total / m))) < 1e-14 * m


@every_method
@settings(deadline=None)
@given(
    total=st.integers(0, 10**9),
    n=st.floats(1e-3, 1e6),
    level=st.sampled_from([0.5, 0.95, 0.999999]),
)
def test_interval_is_in_range_and_holds_the_estimate(method, total, n, level):
    low, high = method(total, n, level)
    # The estimate and the ends are quotients, rounded once.
    assert 0.0 <= low <= total / n * (1 + 1e-15)
    assert total / n * (1 - 1e-15) <= high < np.inf


@every_method
@pytest.mark.parametrize("total", [1e-3, 1.0, 1e15, 1e20, 1e30, 1e300])
def test_intervals_are_nested_whatever_the_size(method, total):
    ends = [method(total, 1, level) for level in (0.001, 0.2, 0.5, 0.95, 0.999999, 1 - 1e-12)]
    for (low, high), (wider_low, wider_high) in itertools.pairwise(ends):
        # A rounding, or two of an end found by a search.
        assert wider_low <= low * (1 + 1e-15)
        assert wider_high >= high * (1 - 1e-15)


@every_method
def test_nothing_seen_has_a_lower_end_of_zero(method):
    low, high = method(0, 4, 0.95)
    assert low == 0.0
    expected = {
        poisson.exact: -math.log(0.025) / 4,
        poisson.score: 3.841458820694124 / 4,
        poisson.wald: 0.0,
        poisson.profile: 3.841458820694124 / 8,
    }[method]
    assert high == pytest.approx(expected, rel=1e-14)


@every_method
def test_a_higher_level_contains_a_lower_one(method):
    totals = np.array([0, 1, 5, 81, 10**6])
    ends = [method(totals, 3, level) for level in (0.5, 0.8, 0.95, 0.999999)]
    for (low, high), (wider_low, wider_high) in zip(ends, ends[1:], strict=False):
        assert (wider_low <= low).all()
        assert (wider_high >= high).all()


@every_method
def test_exposure_divides_the_ends(method):
    np.testing.assert_allclose(
        method(12.5, 8.0, 0.9), np.array(method(12.5, 1.0, 0.9)) / 8.0, rtol=1e-15
    )


@every_method
def test_arguments_broadcast(method):
    low, high = method([[0], [3]], [1.0, 2.0, 4.0], 0.9)
    assert low.shape == high.shape == (2, 3)
    assert (low[1, 2], high[1, 2]) == method(3, 4.0, 0.9)


def test_exact_covers_at_least_its_level_everywhere():
    totals = np.arange(80)
    low, high = poisson.exact(totals, 1, 0.9)
    ends = np.unique(np.concatenate([low, high]))
    ends = ends[ends < 20]
    grid = np.concatenate([ends, (ends[1:] + ends[:-1]) / 2])[:, None]
    coverage = (stats.poisson.pmf(totals, grid) * ((low <= grid) & (grid <= high))).sum(axis=1)
    # Rounding of a sum of 80 probabilities; beyond 79 there is less than 1e-20 at rates below 20.
    assert coverage.min() >= 0.9 - 1e-13


@every_method
def test_what_makes_no_sense_is_refused(method):
    with pytest.raises(DataError, match="total=-1 and n=3 at position 0"):
        method(-1, 3, 0.95)
    with pytest.raises(DataError, match="total=1 and n=0 at position 1"):
        method([1, 1], [3, 0], 0.95)
    with pytest.raises(ValueError, match=r"got 95.*0\.95"):
        method(1, 3, 95)
