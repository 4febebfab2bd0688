"""Tail probabilities and quantiles: mpmath past underflow, SciPy, goodness of fit."""

import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
from scipy import stats

from likelihood.inference import beta_quantiles, quantiles
from likelihood.inference import chisquare as tails
from likelihood.inference.incomplete_gamma import log_gamma_lower, log_gamma_upper
from likelihood.inference.saddle_point import log_binomial_pmf, log_poisson_pmf, stirling_error
from likelihood.kernels import poisson_divergence

GOF = json.loads((Path(__file__).parent / "references" / "onesample_gof.json").read_text("utf-8"))


def exact_log_upper(a, x):
    """log Q(a, x) from the series of P or Legendre's continued fraction, in 50 digits."""
    with mpmath.workdps(50):
        a, x = mpmath.mpf(a), mpmath.mpf(x)
        leading = a * mpmath.log(x) - x - mpmath.loggamma(a)
        if x < a:
            term = total = 1 / a
            shape = a
            while term > total * mpmath.mpf(10) ** -40:
                shape += 1
                term *= x / shape
                total += term
            return mpmath.log1p(-mpmath.exp(leading) * total)
        b, i = x + 1 - a, 0
        c, d = mpmath.inf, 1 / b
        value = d
        while True:
            i += 1
            b += 2
            d = 1 / (i * (a - i) * d + b)
            c = b + i * (a - i) / c
            value *= c * d
            if abs(c * d - 1) < mpmath.mpf(10) ** -40:
                return leading + mpmath.log(value)


@pytest.mark.parametrize("df", [0.1, 1, 2, 5, 40, 399, 401, 3000, 50_000, 200_001, 2e6])
def test_log_chi2_sf_keeps_thirteen_digits_past_underflow(df):
    spread = math.sqrt(2 * df)
    places = [df + s * spread for s in (-5, -4, -1, 0, 1, 3.9, 4.1, 8, 20, 38, 60, 300)]
    for x in [place for place in places if place > 0] + [3 * df + 10, 1e6 * max(1.0, df / 1e6)]:
        if x < df - 3 * spread and df > 1e5:
            continue  # the reference's series is too long there
        expected = exact_log_upper(df / 2, x / 2)
        # Where the tail is nearly 1 its log is minus the other tail, which carries the error of
        # an exponential: 1e-16 of an exponent of a few hundred.
        assert float(abs(tails.log_chi2_sf(x, df) / expected - 1)) < 2e-13


def test_chi2_sf_is_the_exponential_of_its_log():
    x, df = np.meshgrid([0.0, 0.1, 3.0, 30.0, 500.0, 1200.0, 2000.0], [0.5, 1, 5, 60, 401, 1000])
    # An exponent of up to 700 loses 700 roundings.
    np.testing.assert_allclose(
        tails.chi2_sf(x, df), np.exp(tails.log_chi2_sf(x, df)), rtol=2e-13, atol=1e-300
    )


def test_chi2_sf_agrees_with_scipy():
    x = np.linspace(0, 200, 41)
    for df in (1, 2.5, 12, 100):
        np.testing.assert_allclose(tails.chi2_sf(x, df), stats.chi2.sf(x, df), rtol=1e-12)


def test_the_two_gamma_tails_add_to_one():
    a, x = np.meshgrid([0.01, 0.5, 3, 150, 1e4, 1e6, 1e10], [0.2, 0.9, 0.999, 1, 1.001, 1.1, 5])
    total = np.logaddexp(log_gamma_lower(a, a * x), log_gamma_upper(a, a * x))
    # One rounding of each tail, a few of its exponent.
    np.testing.assert_allclose(total, 0, atol=1e-13)


@pytest.mark.parametrize("a", [1e5, 1e9, 1e15])
def test_gamma_tails_far_out_keep_thirteen_digits(a):
    for factor in (1.9999, 2.0001, 30.0, 1e10):
        expected = exact_log_upper(a, factor * a)
        assert float(abs(log_gamma_upper(a, factor * a) / expected - 1)) < 1e-13
    # Where x is all of the log.
    assert log_gamma_upper(a, 1e120) == pytest.approx(-1e120, rel=1e-15)
    for near, far in ((0.5001, 0.4999), (2.0001, 1.9999)):
        log_tail = log_gamma_lower if near < 1 else log_gamma_upper
        difference = log_tail(a, near * a) - log_tail(a, far * a)
        # The slope of the log of a tail is a / x - 1 but for a term of order 1 / a.
        slope = (1 / near + 1 / far) / 2 * a - a
        assert difference == pytest.approx(slope * (near - far), rel=1e-4)


def test_tails_at_the_ends_of_their_range():
    np.testing.assert_array_equal(tails.log_chi2_sf([-1, 0, np.inf], 3), [0, 0, -np.inf])
    np.testing.assert_array_equal(tails.chi2_sf([-1, 0, np.inf], 3), [1, 1, 0])
    np.testing.assert_array_equal(tails.log_normal_sf([-np.inf, np.inf]), [0, -np.inf])
    np.testing.assert_array_equal(tails.log_normal_two_sided([0, -np.inf]), [0, -np.inf])
    np.testing.assert_array_equal(
        tails.log_t_two_sided([0, np.inf, -np.inf], 2), [0, -np.inf, -np.inf]
    )
    np.testing.assert_array_equal(tails.t_two_sided([0, np.inf], 2), [1, 0])
    assert np.isnan(tails.log_chi2_sf(np.nan, 3))
    assert np.isnan(tails.log_t_two_sided(np.nan, 3))


@pytest.mark.parametrize("z", [1e-12, 1e-3, 0.3, 0.999, 1.0, 1.5, 5.0, 37.0, 39.0, 100.0, 1e5])
def test_log_normal_tails_keep_thirteen_digits(z):
    with mpmath.workdps(40):
        for point in (z, -z):
            expected = mpmath.log(mpmath.erfc(mpmath.mpf(point) / mpmath.sqrt(2)) / 2)
            if expected < -1e-300:
                assert float(abs(tails.log_normal_sf(point) / expected - 1)) < 1e-13
        both = mpmath.log(mpmath.erfc(mpmath.mpf(z) / mpmath.sqrt(2)))
        assert float(abs(tails.log_normal_two_sided(-z) / both - 1)) < 1e-13


def exact_log_t(t, df):
    """log I_x(df/2, 1/2) at x = df / (df + t^2), by hypergeometric series in 60 digits."""
    with mpmath.workdps(60):
        a, square = mpmath.mpf(df) / 2, mpmath.mpf(t) ** 2
        x, y = df / (df + square), square / (df + square)
        half = mpmath.mpf(1) / 2
        beta = mpmath.loggamma(a) + mpmath.loggamma(half) - mpmath.loggamma(a + half)
        if x < y:
            series = mpmath.hyp2f1(1, a + half, a + 1, x)
            return (
                a * mpmath.log(x) + half * mpmath.log(y) - mpmath.log(a) - beta + mpmath.log(series)
            )
        series = mpmath.hyp2f1(1, a + half, mpmath.mpf(3) / 2, y)
        missing = mpmath.exp(a * mpmath.log(x) + half * mpmath.log(y) - beta) * series / half
        return mpmath.log1p(-missing)


@pytest.mark.parametrize("df", [0.05, 1, 2, 3.5, 10, 31, 33, 100, 1000])
def test_log_t_keeps_thirteen_digits_past_underflow(df):
    for t in (1e-9, 0.1, 0.9, 3.0, 10.0, 37.0, 40.0, 1e3, 1e5, 1e20, 1e200, 1e300):
        assert float(abs(tails.log_t_two_sided(-t, df) / exact_log_t(t, df) - 1)) < 1e-13


def test_t_tends_to_the_normal():
    t = np.array([0.5, 2.0, 10.0, 37.0, 45.0])
    np.testing.assert_array_equal(tails.log_t_two_sided(t, np.inf), tails.log_normal_two_sided(t))
    np.testing.assert_array_equal(tails.t_two_sided(t, np.inf), tails.normal_two_sided(t))
    # The first term left out of the expansion in 1 / df is t**4 / (4 df).
    np.testing.assert_allclose(
        tails.log_t_two_sided(t, 1e12), tails.log_normal_two_sided(t), rtol=0, atol=2e-6
    )


def test_p_values_of_t_and_normal_agree_with_scipy():
    t = np.array([-12.0, -1.0, 0.0, 0.2, 3.0, 30.0])
    for df in (1, 2.5, 30, 1000):
        np.testing.assert_allclose(
            tails.t_two_sided(t, df), 2 * stats.t.sf(np.abs(t), df), rtol=1e-11
        )
    # The rounding of z is squared: 900 of them at z = 30.
    np.testing.assert_allclose(tails.normal_two_sided(t), 2 * stats.norm.sf(np.abs(t)), rtol=1e-12)


@pytest.mark.parametrize(
    "function", [tails.chi2_sf, tails.log_chi2_sf, tails.t_two_sided, tails.log_t_two_sided]
)
def test_degrees_of_freedom_must_be_positive(function):
    with pytest.raises(ValueError, match="df must be positive, got 0"):
        function(1.0, [3, 0])


# Goodness of fit


def fit_of(case):
    observed = np.array(case["observed"], float)
    if case.get("null") == "fair die":
        return observed, np.full(6, observed.sum() / 6)
    probs = np.exp(log_binomial_pmf(np.arange(13), 12, float(case["p"])))
    if len(observed) < 13:
        probs = np.append(probs[: len(observed) - 1], probs[len(observed) - 1 :].sum())
    return observed, observed.sum() * probs


@pytest.mark.parametrize("name", GOF)
def test_goodness_of_fit_is_exact_to_eleven_digits(name):
    case = GOF[name]
    observed, expected = fit_of(case)
    statistics = {
        "pearson": ((observed - expected) ** 2 / expected).sum(),
        "G": 2 * poisson_divergence(observed, expected).sum(),
    }
    for kind, statistic in statistics.items():
        reference = case[kind]
        assert statistic == pytest.approx(float(reference["stat"]), rel=1e-12, abs=0)
        p_value = tails.chi2_sf(statistic, reference["df"])
        # The p-value changes by half of what the statistic does, of a statistic of about 100.
        assert p_value == pytest.approx(float(reference["p"]), rel=1e-11, abs=0)
        log_p = tails.log_chi2_sf(statistic, reference["df"])
        assert log_p == pytest.approx(float(reference["log_p"]), rel=1e-12, abs=0)


# Probabilities


@pytest.mark.parametrize("x", [1e-8, 0.3, 1.0, 15.9, 16.0, 16.1, 1e3, 1e15])
def test_stirling_error_is_what_stirling_leaves_out(x):
    with mpmath.workdps(50):
        exact = (
            mpmath.loggamma(mpmath.mpf(x) + 1)
            - (mpmath.mpf(x) + 0.5) * mpmath.log(x)
            + x
            - mpmath.log(2 * mpmath.pi) / 2
        )
    # It is added to logs of size 1 and more: roundings of log-gamma, up to 30, below x = 16.
    assert stirling_error(x) == pytest.approx(float(exact), rel=1e-15, abs=1e-14)


def test_log_probabilities_do_not_cancel_at_large_counts():
    with mpmath.workdps(50):
        for k, n, p in (
            (0, 9, 0.25),
            (9, 9, 0.25),
            (3, 9, 0.25),
            (499_000, 10**6, 0.5),
            (10**9, 10**12, 0.001),
        ):
            q = mpmath.mpf(p)
            ways = mpmath.loggamma(n + 1) - mpmath.loggamma(k + 1) - mpmath.loggamma(n - k + 1)
            exact = ways + k * mpmath.log(q) + (n - k) * mpmath.log1p(-q)
            assert log_binomial_pmf(k, n, p) == pytest.approx(float(exact), rel=1e-14, abs=1e-14)
        for k, mean in ((0, 2.5), (0.5, 2.5), (10**9, 1e9 + 1e5), (3, 1e-5)):
            exact = k * mpmath.log(mean) - mpmath.mpf(mean) - mpmath.loggamma(mpmath.mpf(k) + 1)
            assert log_poisson_pmf(k, mean) == pytest.approx(float(exact), rel=1e-14, abs=1e-14)
    assert log_poisson_pmf(0, 0) == 0
    assert log_poisson_pmf(1, 0) == -np.inf


# Quantiles


@pytest.mark.parametrize("alpha", [0.999, 0.5, 0.05, 1e-6, 1e-15, 1e-300])
def test_normal_quantile_has_fourteen_digits(alpha):
    z = quantiles.normal_quantile(alpha)
    with mpmath.workdps(400):
        point = mpmath.mpf(float(z)) / mpmath.sqrt(2)
        slope = -mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(point**2))
        # Newton's step from the quantile found is its error; at 0.999 alpha's own rounding is
        # 1e-13 of the probability inside.
        error = (mpmath.erfc(point) - mpmath.mpf(alpha)) / slope
        assert abs(error) < 1e-14 * float(z)


@pytest.mark.parametrize("alpha", [0.5, 0.05, 1e-6])
def test_quantiles_invert_their_tails(alpha):
    for df in (0.5, 1, 2, 7, 999, 2e5, 2e6):
        # The tail's relative change is the quantile's times the size of the exponent.
        x = quantiles.chi2_quantile(alpha, df)
        assert tails.log_chi2_sf(x, df) == pytest.approx(math.log(alpha), abs=1e-15 * df + 1e-13)
        t = quantiles.t_quantile(alpha, df)
        assert tails.log_t_two_sided(t, df) == pytest.approx(math.log(alpha), rel=1e-13)
    for a in (0.5, 3, 200, 1e6, 1e9):
        # The density at the quantile times it is about sqrt(a): so the roundings are amplified.
        for quantile, log_tail in (
            (quantiles.gamma_lower, log_gamma_lower),
            (quantiles.gamma_upper, log_gamma_upper),
        ):
            x = quantile(a, alpha)
            assert log_tail(a, x) == pytest.approx(
                math.log(alpha), abs=2e-15 * math.sqrt(a) + 1e-13
            )


def test_quantiles_of_beta_keep_their_digits_where_scipy_loses_them():
    # P(X <= 1) of a binomial: the inverse of SciPy 1.17 has eight digits here.
    n, tail = 10**9, 0.025
    high = beta_quantiles.beta_upper(2.0, n - 1.0, tail)
    with mpmath.workdps(40):
        q = mpmath.mpf(float(high))
        at_most_one = (1 - q) ** n + n * q * (1 - q) ** (n - 1)
        assert abs(at_most_one - mpmath.mpf(tail)) < 1e-12 * tail * 10


def test_quantiles_agree_with_scipy():
    for a, b in ((0.5, 0.5), (2, 3), (80.5, 200)):
        for alpha in (0.5, 0.025, 1e-6):
            lower, upper = (
                beta_quantiles.beta_lower(a, b, alpha),
                beta_quantiles.beta_upper(a, b, alpha),
            )
            # Boost's inverse, one Newton step of ours on it.
            assert lower == pytest.approx(stats.beta.ppf(alpha, a, b), rel=1e-13)
            assert upper == pytest.approx(stats.beta.isf(alpha, a, b), rel=1e-13)
            assert quantiles.chi2_quantile(alpha, a) == pytest.approx(
                stats.chi2.isf(alpha, a), rel=1e-12
            )
            assert quantiles.t_quantile(alpha, b) == pytest.approx(
                stats.t.isf(alpha / 2, b), rel=1e-12
            )
