"""Goodness of fit: cells that hold everything, pooling, and SciPy's tests of the same counts."""

import math

import numpy as np
import pytest
from scipy import stats

from likelihood.inference.goodness import goodness_of_fit, poisson_cells, pooled

#: SciPy's tails and ours have 13 digits or more.
DIGITS = 1e-12


def counts(seed):
    rng = np.random.default_rng(seed)
    return rng.poisson(10.0 ** rng.uniform(-2, 4), int(rng.integers(5, 500)))


@pytest.mark.parametrize("seed", range(40))
def test_pearson_and_g_are_those_of_scipy(seed):
    values = counts(seed)
    rate = values.mean() or 1.0
    cells = poisson_cells(values, np.ones(len(values)), rate, open_ends=True)
    _, observed, expected = pooled(cells.observed, cells.expected)
    for kind, power in (("score", "pearson"), ("lr", "log-likelihood")):
        ours = goodness_of_fit(observed, expected, estimated=1, kind=kind)
        if len(expected) < 3:
            assert math.isnan(ours.p_value)
            continue
        theirs = stats.power_divergence(observed, expected, ddof=1, lambda_=power)
        # G sums terms of both signs over there, and loses digits where it is small.
        loose = DIGITS if kind == "score" else 1e-10
        np.testing.assert_allclose(ours.statistic, theirs.statistic, rtol=loose)
        np.testing.assert_allclose(ours.p_value, theirs.pvalue, rtol=100 * loose)
        assert ours.df == len(expected) - 2
        np.testing.assert_allclose(math.exp(ours.log_p_value), ours.p_value, rtol=DIGITS)


@pytest.mark.parametrize("seed", range(40))
def test_cells_hold_every_count_and_open_ones_every_expected_one(seed):
    values = counts(seed)
    cells = poisson_cells(values, np.ones(len(values)), values.mean(), open_ends=True)
    assert cells.observed.sum() == len(values)
    np.testing.assert_allclose(cells.expected.sum(), len(values), rtol=DIGITS)
    assert 4 <= len(cells.observed) <= 42


def test_expected_numbers_are_those_of_the_distribution():
    cells = poisson_cells([0, 1, 2, 3, 4], [109, 65, 22, 3, 1], 0.61)
    np.testing.assert_allclose(cells.expected, 200 * stats.poisson.pmf(range(5), 0.61), rtol=1e-13)
    wide = poisson_cells([900, 1100], [1, 1], 1000.0, open_ends=True)
    ends = wide.first + wide.width * np.arange(1, len(wide.expected)) - 1
    np.testing.assert_allclose(
        np.cumsum(wide.expected)[:-1], 2 * stats.poisson.cdf(ends, 1000.0), rtol=1e-11
    )
    np.testing.assert_allclose(wide.expected[-1], 2 * stats.poisson.sf(ends[-1], 1000.0), rtol=1e-9)


def test_every_pooled_cell_expects_enough_unless_everything_is_one():
    rng = np.random.default_rng(20260101)
    for _ in range(200):
        expected = rng.exponential(3.0, int(rng.integers(1, 30)))
        observed = rng.poisson(expected).astype(float)
        cells = pooled(observed, expected)
        assert cells.expected.min() >= 5.0 or len(cells.expected) == 1
        np.testing.assert_allclose(cells.expected.sum(), expected.sum(), rtol=1e-13)
        assert cells.observed.sum() == observed.sum()
        assert cells.starts[0] == 0 and list(cells.starts) == sorted(set(cells.starts))
        # No cell could be split from its front: the one before closed as soon as it could.
        for start, end in zip(cells.starts, cells.starts[1:], strict=False):
            assert expected[start : end - 1].sum() < 5.0


def test_under_a_poisson_the_test_rejects_about_as_often_as_its_level():
    rng = np.random.default_rng(20260101)
    rejected, runs = 0, 1000
    for _ in range(runs):
        values = rng.poisson(3.0, 200)
        cells = poisson_cells(values, np.ones(200), values.mean(), open_ends=True)
        _, observed, expected = pooled(cells.observed, cells.expected)
        rejected += goodness_of_fit(observed, expected, estimated=1).p_value < 0.05
    # 50 are expected, or a few more as the rate is from the raw counts; 3.5 standard deviations.
    assert 26 <= rejected <= 80


def test_counts_of_one_value_have_one_cell_and_no_test():
    cells = poisson_cells([0], [200], 0.0, open_ends=True)
    assert cells.expected.tolist() == [200.0, 0.0, 0.0, 0.0]
    _, observed, expected = pooled(cells.observed, cells.expected)
    assert math.isnan(goodness_of_fit(observed, expected, estimated=1).p_value)


def test_cells_that_cannot_be_compared_are_refused():
    with pytest.raises(ValueError, match="expected must be positive, got 0 in cell 1"):
        goodness_of_fit([1, 1], [2, 0])
    with pytest.raises(ValueError, match="observed sums to 3 and expected to 2"):
        goodness_of_fit([1, 2], [1, 1])
    with pytest.raises(ValueError, match="'wald' is not known"):
        goodness_of_fit([1, 1], [1, 1], kind="wald")
