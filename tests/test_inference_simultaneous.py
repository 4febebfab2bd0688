"""Simultaneous intervals: exact references, the box's probability, laws, a referee."""

import itertools
import json
import math
from pathlib import Path

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from statsmodels.stats.proportion import multinomial_proportions_confint

from likelihood.errors import DataError
from likelihood.inference import sison_glaz as box
from likelihood.inference.proportions import wilson
from likelihood.inference.saddle_point import log_poisson_pmf
from likelihood.inference.simultaneous import goodman, quesenberry_hurst, sison_glaz

CASES = json.loads(
    (Path(__file__).parent / "references" / "onesample_multinomial.json").read_text("utf-8")
)
every_case = pytest.mark.parametrize("case", CASES, ids=lambda c: c["name"])
METHODS = {
    "goodman": goodman,
    "quesenberry-hurst": quesenberry_hurst,
    "sison-glaz": sison_glaz,
    "sison-glaz exact": lambda counts, level: sison_glaz(counts, level, variant="exact"),
}
every_method = pytest.mark.parametrize("method", METHODS.values(), ids=METHODS)
DIE = [16666, 16724, 16589, 16701, 16543, 16777]


@pytest.mark.parametrize("method", [goodman, quesenberry_hurst], ids=lambda m: m.__name__)
@every_case
def test_score_ends_are_exact_to_twelve_digits(case, method):
    expected = np.array(case[method.__name__], dtype=float)
    ends = method(case["counts"], float(case["level"]))
    np.testing.assert_allclose(ends, expected, rtol=1e-12, atol=0)


@pytest.mark.parametrize("variant", ["edgeworth", "exact"])
@pytest.mark.parametrize(
    "case", [case for case in CASES if "sison_glaz_edgeworth" in case], ids=lambda c: c["name"]
)
def test_sison_glaz_is_exact_to_twelve_digits(case, variant):
    key = {"edgeworth": "sison_glaz_edgeworth", "exact": "sison_glaz_exact_probability"}[variant]
    expected = case[key]
    counts = np.array(case["counts"], dtype=float)
    c, gamma = box.reach(counts, 0.95, getattr(box, variant))
    assert c == expected["c"]
    # gamma is a ratio of differences of probabilities, about a tenth of the probabilities.
    assert gamma == pytest.approx(float(expected["gamma"]), rel=1e-11)
    ends = np.clip(np.array(expected["intervals"], dtype=float), 0, 1)
    np.testing.assert_allclose(sison_glaz(counts, 0.95, variant), ends, rtol=1e-12, atol=0)


def published(counts, c):
    """The formula of the paper, by sums over the cut-off Poisson variables in 60 digits."""
    with mpmath.workdps(60):
        n, one = sum(counts), mpmath.mpf(1)
        product, sums = one, [mpmath.mpf(0)] * 4
        for count in counts:
            values = range(max(count - c, 0), count + c + 1)
            weights = [
                mpmath.exp(v * mpmath.log(count) - count - mpmath.loggamma(v + 1)) for v in values
            ]
            mass = sum(weights)
            mean = sum(w * v for w, v in zip(weights, values, strict=True)) / mass
            central = [
                sum(w * (v - mean) ** r for w, v in zip(weights, values, strict=True)) / mass
                for r in (2, 3, 4)
            ]
            product *= mass
            moments = (mean, central[0], central[1], central[2] - 3 * central[0] ** 2)
            sums = [total + moment for total, moment in zip(sums, moments, strict=True)]
        mean, variance, third, fourth = sums
        z, skew, kurtosis = (n - mean) / mpmath.sqrt(variance), third / variance**1.5, 0
        kurtosis = fourth / variance**2
        density = mpmath.exp(-(z**2) / 2) / mpmath.sqrt(2 * mpmath.pi * variance)
        density *= (
            1
            + skew / 6 * (z**3 - 3 * z)
            + kurtosis / 24 * (z**4 - 6 * z**2 + 3)
            + skew**2 / 72 * (z**6 - 15 * z**4 + 45 * z**2 - 15)
        )
        poisson = mpmath.exp(n * mpmath.log(n) - n - mpmath.loggamma(n + 1))
        return float(product * density / poisson)


@pytest.mark.parametrize(
    ("counts", "c"),
    [
        ([5, 3, 2], 1), ([5, 3, 2], 9), ([1, 1], 1), ([300, 2, 1, 900], 25), (DIE[:3], 150),
        ([10**9, 10], 6), ([10**6, 10**6], 1), ([10**6, 10**6], 499), ([10**6, 10**6], 501),
    ],
)  # fmt: skip
def test_edgeworth_is_the_published_formula(counts, c):
    # A window of a standard deviation loses a digit or two to cancellation, from the 16th up.
    assert box.edgeworth(np.array(counts, float), c) == pytest.approx(
        published(counts, c), rel=1e-12
    )


@pytest.mark.parametrize(("counts", "c"), [([5, 3, 2], 1), ([5, 3, 2], 2), ([7, 1, 1, 3], 2)])
def test_exact_box_is_the_sum_over_its_outcomes(counts, c):
    n = sum(counts)
    total = 0.0
    for outcome in itertools.product(range(n + 1), repeat=len(counts)):
        near = all(abs(x - k) <= c for x, k in zip(outcome, counts, strict=True))
        if sum(outcome) == n and near:
            ways = math.factorial(n) / math.prod(map(math.factorial, outcome))
            total += ways * math.prod((k / n) ** x for x, k in zip(outcome, counts, strict=True))
    assert box.exact(np.array(counts, float), c) == pytest.approx(total, rel=1e-13)


def test_doubling_and_halving_finds_the_c_of_the_published_loop():
    for counts in ([5, 3, 2], [56, 72, 73, 59, 62, 87, 68], [40, 1, 1], [2, 2, 2, 2, 2, 2]):
        counts = np.array(counts, float)
        for level in (0.1, 0.5, 0.9, 0.99):
            c = next(c for c in range(1, 100) if box.edgeworth(counts, c) >= level) - 1
            assert box.reach(counts, level, box.edgeworth)[0] == c


def test_edgeworth_is_near_the_exact_probability():
    for counts in ([56, 72, 73, 59, 62, 87, 68], DIE):
        approximate, exact = (sison_glaz(counts, 0.95, v) for v in ("edgeworth", "exact"))
        # The terms left out are of order n**-3/2 of the interval's width.
        np.testing.assert_allclose(approximate, exact, rtol=0, atol=0.1 / sum(counts))


@pytest.mark.parametrize(
    ("method", "name", "digits"), [(goodman, "goodman", 1e-12), (sison_glaz, "sison-glaz", 1e-8)]
)
def test_statsmodels_agrees(method, name, digits):
    for counts in ([56, 72, 73, 59, 62, 87, 68], [11, 8, 14]):
        expected = multinomial_proportions_confint(counts, 0.05, method=name)
        # For Sison and Glaz its factorial moments grow as the fourth power of a count and cancel.
        np.testing.assert_allclose(
            method(counts, 0.95), np.clip(expected, 0, 1), rtol=0, atol=digits
        )


def test_goodman_is_wilson_with_the_significance_shared_out():
    low, high = wilson([11, 8, 14, 0], 33, 1 - 0.05 / 4)
    np.testing.assert_allclose(
        goodman([11, 8, 14, 0], 0.95), np.stack([low, high], axis=-1), rtol=1e-13
    )


@every_method
@settings(deadline=None)
@given(
    counts=st.lists(st.integers(0, 60), min_size=1, max_size=8).filter(any),
    level=st.sampled_from([0.01, 0.5, 0.95, 0.999999]),
)
def test_interval_is_in_range_wide_and_holds_the_estimate(method, counts, level):
    ends = method(counts, level)
    share = np.array(counts) / sum(counts)
    assert ends.shape == (len(counts), 2)
    assert ((ends >= 0) & (ends <= 1)).all()
    # One rounding at an end that is the estimate.
    assert (ends[:, 0] <= share * (1 + 1e-15)).all()
    assert (ends[:, 1] >= share * (1 - 1e-15)).all()
    assert (ends[:, 1] > ends[:, 0]).all()


@every_method
@pytest.mark.parametrize("counts", [[1], [1, 0], [0, 0, 9], [1, 1]])
def test_the_smallest_samples_have_intervals_of_positive_width(method, counts):
    ends = method(counts, 0.95)
    assert (ends[:, 1] - ends[:, 0] > 0.3 / sum(counts)).all()


@every_method
def test_a_higher_level_contains_a_lower_one(method):
    for counts in ([5, 3, 2], [56, 72, 0, 59], [9, 0], [1, 1]):
        ends = [method(counts, level) for level in (0.05, 0.3, 0.8, 0.95, 0.9999)]
        for inner, outer in itertools.pairwise(ends):
            assert (outer[:, 0] <= inner[:, 0]).all()
            assert (outer[:, 1] >= inner[:, 1] * (1 - 1e-15)).all()


@pytest.mark.parametrize("method", [goodman, quesenberry_hurst], ids=lambda m: m.__name__)
def test_simultaneous_is_wider_than_face_by_face(method):
    for counts in ([5, 3, 2], [56, 72, 0, 59], DIE):
        low, high = wilson(counts, sum(counts), 0.95)
        ends = method(counts, 0.95)
        assert (ends[:, 0] <= low).all()
        assert (ends[:, 1] >= high).all()
        assert (np.diff(ends)[:, 0] > high - low).all()


@every_method
def test_faces_may_be_permuted(method):
    counts, order = np.array([56, 72, 0, 59, 62]), [3, 1, 4, 0, 2]
    # The order of a sum of five or of a product of transforms: a few roundings.
    np.testing.assert_allclose(
        method(counts[order], 0.95), method(counts, 0.95)[order], rtol=1e-13, atol=1e-16
    )


def test_two_faces_are_a_coin():
    np.testing.assert_allclose(
        quesenberry_hurst([81, 182], 0.95)[0], wilson(81, 263, 0.95), rtol=1e-14
    )


def test_small_samples_are_covered_by_goodman_and_not_by_sison_glaz():
    n = 30
    covered = {goodman: 0.0, quesenberry_hurst: 0.0, sison_glaz: 0.0}
    for i, j in itertools.product(range(n + 1), repeat=2):
        counts = (i, j, n - i - j)
        if counts[2] < 0:
            continue
        probability = math.factorial(n) / math.prod(map(math.factorial, counts)) / 3**n
        for method in covered:
            ends = method(counts, 0.9)
            covered[method] += probability * ((ends[:, 0] <= 1 / 3) & (1 / 3 <= ends[:, 1])).all()
    # By full enumeration, to the digits that the documentation states.
    assert covered[goodman] == pytest.approx(0.920, abs=5e-4)
    assert covered[quesenberry_hurst] == pytest.approx(0.920, abs=5e-4)
    assert covered[sison_glaz] == pytest.approx(0.855, abs=5e-4)


def test_large_and_many_faced_samples_are_found():
    rng = np.random.default_rng(11)
    for counts in (
        rng.multinomial(10**9, np.ones(6) / 6),
        rng.multinomial(10**5, np.ones(100) / 100),
    ):
        ends = sison_glaz(counts, 0.95)
        share = counts / counts.sum()
        half = (ends - share[:, None]) @ [-0.5, 0.5]
        # Of the size of a joint normal interval: 2 to 4 standard errors.
        errors = half / np.sqrt(share * (1 - share) / counts.sum())
        assert (errors > 2).all()
        assert (errors < 4).all()


@pytest.mark.parametrize("faces", [[1, 1], [1, 1, 1], [1, 3, 8]])
def test_width_times_the_root_of_n_settles_as_n_grows(faces):
    widths = []
    for power in range(4, 15):
        counts = np.array(faces) * 10.0**power
        ends = sison_glaz(counts, 0.95)
        widths.append((ends[1, 1] - ends[1, 0]) * np.sqrt(counts.sum()))
    steps = np.diff(widths)
    assert (steps > 0).all()
    # The correction for discreteness is of the order n**-1/2.  Ends of up to 1 are rounded by
    # 1e-16, which is 2e-9 of the root of n at most, in four ends.
    assert (np.abs(steps[1:] / steps[:-1] - 10**-0.5) < 0.02 + 1e-8 / steps[:-1]).all()


@pytest.mark.parametrize("c", [1025.0, 3000.0, 10_000.0])
def test_a_long_window_is_integrated_to_the_digits_of_its_sum(c):
    count = 4.1e8
    offsets = np.arange(-c, c + 1.0)
    shares = np.exp(log_poisson_pmf(count + offsets, count))
    mass = math.fsum(shares)
    first = math.fsum(shares * offsets) / mass
    central = [math.fsum(shares * (offsets - first) ** r) / mass for r in (2, 3, 4)]
    found = box._short_moments(count, c)
    # The probabilities have 1e-13 of themselves; odd moments cancel from the size of c**r.
    scale = np.array([mass, c, c**2, c**3, c**4])
    np.testing.assert_allclose(found / scale, [mass, first, *central] / scale, rtol=0, atol=1e-12)


def test_a_box_wider_than_any_sample_is_certain():
    assert box.exact(np.array([5.0, 3.0, 2.0]), 10**15) == pytest.approx(1.0, abs=1e-14)


def test_counts_beyond_whole_doubles_are_refused_for_the_box():
    with pytest.raises(DataError, match=r"n=2e\+16; use goodman"):
        sison_glaz([1e16, 1e16], 0.95)
    assert (np.diff(goodman([1e16, 1e16], 0.95)) > 0).all()


@pytest.mark.parametrize("counts", [[5e-4, 5e-4], [0.2, 0.5, 0.3], [1e15, 10], [1e15, 0.5]])
def test_smallest_and_most_unequal_counts_have_intervals(counts):
    for level in (0.01, 0.5, 0.95, 1 - 1e-15):
        for method in (goodman, quesenberry_hurst, sison_glaz):
            ends, share = method(counts, level), np.array(counts) / sum(counts)
            assert (ends[:, 0] <= share).all()
            assert (ends[:, 1] >= share).all()


def test_fractional_weights_lie_between_whole_counts():
    low, mid, high = (sison_glaz([x, 30, 40], 0.95) for x in (20, 20.5, 21))
    assert (low[0] < mid[0]).all()
    assert (mid[0] < high[0]).all()
    with pytest.raises(DataError, match="whole counts, got 20.5"):
        sison_glaz([20.5, 30, 40], 0.95, variant="exact")


@every_method
@pytest.mark.parametrize("level", [95, 1.0, 0.0])
def test_a_level_that_is_no_coverage_is_refused(method, level):
    with pytest.raises(ValueError, match=f"got {level!r}.*0.95"):
        method([1, 2], level)


@every_method
@pytest.mark.parametrize(
    ("counts", "message"),
    [
        ([0, 0], "no observation"),
        ([1, -1], "got -1 at position 1"),
        ([], "one number for each face"),
        ([[1, 2]], "one number for each face"),
        ([1, float("nan")], "got nan at position 1"),
    ],
)
def test_counts_out_of_range_are_refused(method, counts, message):
    with pytest.raises(DataError, match=message):
        method(counts, 0.95)


def test_an_unknown_variant_is_refused():
    with pytest.raises(ValueError, match="'bootstrap' is not known; use one of edgeworth, exact"):
        sison_glaz([1, 2], 0.95, variant="bootstrap")
