"""The kernels against exact results, on a smaller sample of the published measurement."""

import numpy as np
import pytest

mpmath = pytest.importorskip("mpmath")
pytest.importorskip("scipy")

from benchmarks import kernel_exact as exact  # noqa: E402
from benchmarks.kernel_accuracy import CASES, measure  # noqa: E402
from likelihood import kernels  # noqa: E402


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_error_stays_within_the_goal(case):
    measured = list(measure(case, seed=7, size=60))
    missed = [f"{m.label}: {m.ours:.3g} > {m.goal:g} at {m.where}" for m in measured if not m.met]
    assert not missed
    assert measured


def test_ulp_error_counts_subnormal_spacings():
    assert exact.ulp_error(5e-324, mpmath.mpf(0)) == 1.0
    assert exact.ulp_error(1.0 + 2.0**-52, mpmath.mpf(1)) == 1.0
    # Just below 1 the unit is half as large.
    assert exact.ulp_error(1.0, mpmath.mpf(1) - mpmath.mpf(2) ** -54) == 0.5
    assert exact.ulp_error(float("nan"), mpmath.mpf(1)) == float("inf")
    assert exact.ulp_error(float("inf"), mpmath.mpf(10) ** 400) == 0.0


def _residual_at_the_probability(kernel, reference, sources):
    worst = 0.0
    for z, y in sources:
        for value, true in zip(np.ravel(kernel(z, y)).tolist(), reference(z, y), strict=True):
            worst = max(worst, float(abs(value - true) / abs(true)) if true else 0.0)
    return worst


def test_binary_residual_keeps_its_digits_where_it_cancels():
    rng = np.random.default_rng(3)
    z = rng.uniform(-30, 30, 300)
    y = 1 / (1 + np.exp(-z))
    reference = exact.elementwise(exact.binary_residual)
    # y is within 1 ulp of the probability: subtracting rounded values leaves no digit.
    assert _residual_at_the_probability(kernels.binary_residual, reference, [(z, y)]) < 1e-12


def test_categorical_residual_keeps_its_digits_where_it_cancels():
    rng = np.random.default_rng(4)
    sources = []
    for k in (2, 10):
        x = rng.normal(0, 3, (30, k))
        e = np.exp(x - x.max(axis=1, keepdims=True))
        sources.append((x, e / e.sum(axis=1, keepdims=True)))
    reference = exact.by_row(exact.categorical_residual)
    assert _residual_at_the_probability(kernels.categorical_residual, reference, sources) < 1e-11


def test_moments_of_certified_samples():
    alternating = np.where(np.arange(1001) % 2, 10000000.1, 10000000.3)
    alternating[0] = 10000000.2
    third = np.where(np.arange(1001) % 2, 1000000.1, 1000000.3)
    third[0] = 1000000.2
    for y in (alternating, third):
        found = kernels.moments(y)
        # 15 significant digits of the exact results for these doubles.
        assert found.mean == float(exact.mean(y)[0])
        assert found.sum_of_squares == pytest.approx(float(exact.sum_of_squares(y)[0]), rel=4e-16)
