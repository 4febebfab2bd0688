"""Losses of large arrays: the exact rows' digits, every option, threads, memory, refusals."""

import math
import tracemalloc

import numpy as np
import pandas as pd
import pytest

from likelihood import DataError, kernels, loss_blocks, loss_threads
from likelihood.kernels.fused import BinaryBlock, sum_log1p
from likelihood.kernels.fused_categorical import CategoricalBlock
from likelihood.losses import (
    binary_cross_entropy,
    categorical_cross_entropy,
    gaussian_nll,
    poisson_nll,
    squared_error,
)

N = 40_000
#: Few enough rows for 17 classes, and not a multiple of any block.
ROWS, K = 8_191, 17


def ulps(found, exact):
    """The worst error in units in the last place of the exact result (n,)."""
    spacing = np.spacing(np.abs(exact.astype(float))).astype(np.longdouble)
    return float((np.abs(found.astype(np.longdouble) - exact) / spacing).max())


def exact_sum(rows):
    return math.fsum(rows.tolist())


def in_one_piece(monkeypatch, call):
    """The result of a call with every array taken for a small one."""
    with monkeypatch.context() as patch:
        patch.setattr(loss_blocks, "LARGE", 10**9)
        return call()


@pytest.fixture
def binary(rng):
    z = rng.normal(scale=3.0, size=N)
    return (rng.random(N) < 0.5).astype(float), z


@pytest.fixture
def classes(rng):
    return rng.integers(0, K, size=ROWS), rng.normal(scale=3.0, size=(ROWS, K))


# --- digits -----------------------------------------------------------------------------

LOGITS = {
    "usual": lambda rng: rng.normal(scale=3.0, size=N),
    "of all sizes": lambda rng: rng.uniform(-760.0, 760.0, N),
    "certain and right": lambda rng: None,
    "just below a power of two": lambda rng: rng.uniform(-4.2, -4.1, N),
    "all equal": lambda rng: np.full(N, 5.3),
    "all tiny": lambda rng: rng.normal(scale=1e-300, size=N),
}


@pytest.mark.parametrize("draw", LOGITS.values(), ids=LOGITS)
def test_a_binary_sum_is_the_sum_of_the_exact_rows(rng, draw):
    y, z = rng.integers(0, 2, N), draw(rng)
    if z is None:
        z = rng.uniform(20.0, 300.0, N) * (2 * y - 1)
    rows = binary_cross_entropy(y, logits=z, reduction="none")
    value, gradient = binary_cross_entropy.value_and_gradient(y, logits=z, reduction="sum")
    assert value == pytest.approx(exact_sum(rows), rel=2e-15, abs=0)
    assert ulps(gradient, kernels.binary_residual(z, y)) <= 2.0
    assert binary_cross_entropy(y, logits=z) == pytest.approx(value / N, rel=1e-15, abs=0)


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs an 80-bit reference")
def test_the_binary_gradient_is_within_two_units(rng):
    for scale in (1.0, 4.0, 30.0):
        z, y = rng.uniform(-scale, scale, 200_000), rng.integers(0, 2, 200_000)
        t = (z * (1.0 - 2.0 * y)).astype(np.longdouble)
        exact = np.exp(t) / (1.0 + np.exp(t)) * (1 - 2 * y)
        found = binary_cross_entropy.gradient(y, logits=z, reduction="sum")
        assert ulps(found, exact) <= 2.0


ROWS_OF_LOGITS = {
    "usual": lambda x: x,
    "far from zero": lambda x: x - 5000.0,
    "confident": lambda x: 12.0 * x,
    "of very different rows": lambda x: x + np.linspace(-90.0, 90.0, len(x))[:, None],
    "masked": lambda x: np.where(np.arange(x.shape[1]) == 1, -np.inf, x),
    "two classes": lambda x: np.tile(x, (3, 1))[:, :2],
    "many classes": lambda x: np.hstack([x] * 9)[::3],
}


@pytest.mark.skipif(np.finfo(np.longdouble).nmant < 63, reason="needs an 80-bit reference")
@pytest.mark.parametrize("shape", ROWS_OF_LOGITS.values(), ids=ROWS_OF_LOGITS)
def test_a_categorical_gradient_is_within_three_units_and_its_sum_exact(classes, shape, rng):
    x = shape(classes[1])
    n, k = x.shape
    assert x.size >= loss_blocks.LARGE
    y, row = 2 * rng.integers(0, (k + 1) // 2, n) if k > 2 else rng.integers(0, 2, n), np.arange(n)
    y = np.minimum(y, k - 1)
    with np.errstate(invalid="ignore"):
        e = np.exp(x.astype(np.longdouble) - x.max(axis=1, keepdims=True))
    own = e[row, y].copy()
    e[row, y] = 0.0
    total = e.sum(axis=1) + own
    exact = e / total[:, None]
    exact[row, y] = -e.sum(axis=1) / total
    value, gradient = categorical_cross_entropy.value_and_gradient(y, logits=x, reduction="sum")
    assert ulps(gradient, exact) <= 3.0
    rows = categorical_cross_entropy(y, logits=x, reduction="none")
    assert value == pytest.approx(exact_sum(rows), rel=2e-15, abs=0)


def test_a_label_far_below_the_others_costs_its_distance(rng):
    """Its exponential is subnormal, or zero, or infinitely far below the others."""
    x, y = rng.normal(size=(20_000, 3)), np.zeros(20_000, dtype=int)
    for least in (-60.0, -700.0, -740.0, -2000.0, -1e300):
        x[7, 0] = least
        rows = categorical_cross_entropy(y, logits=x, reduction="none")
        value, gradient = categorical_cross_entropy.value_and_gradient(y, logits=x, reduction="sum")
        assert value == pytest.approx(exact_sum(rows), rel=1e-15, abs=0)
        assert gradient[7, 0] == -1.0
    x[7, 0] = -np.inf
    assert categorical_cross_entropy(y, logits=x) == math.inf
    weights = np.ones(len(x))
    weights[7] = 0.0
    assert math.isfinite(categorical_cross_entropy(y, logits=x, weights=weights))


def test_rows_beyond_the_kernel_for_blocks_are_exact_too(classes):
    y, x = classes
    x[3, y[3]] = np.inf
    x[5] = -800.0
    x[5, y[5]] = 0.0
    value, gradient = categorical_cross_entropy.value_and_gradient(y, logits=x, reduction="sum")
    rows = categorical_cross_entropy(y, logits=x, reduction="none")
    assert rows[3] == 0.0
    assert value == pytest.approx(exact_sum(rows), rel=1e-15, abs=0)
    assert not gradient[3].any() and not gradient[5].any()
    z, labels = np.linspace(-5, 5, N), np.arange(N) % 2
    z[:2] = -np.inf, np.inf
    assert math.isfinite(binary_cross_entropy(labels, logits=z))
    assert binary_cross_entropy(1 - labels, logits=z) == math.inf


def test_sums_of_logarithms_of_factors_of_every_size():
    for x in (1e-310, 1e-17, 1e-3, 0.5, 1.0, 1e9, 2.0**60):
        found = sum_log1p(np.full(64, x), np.empty(64))
        assert found == pytest.approx(64 * math.log1p(x), rel=2e-15, abs=0)


def test_squares_and_poisson_rows_are_summed_exactly(rng):
    y, mean = rng.normal(size=(2, N))
    for loss in (squared_error, gaussian_nll):
        rows = loss(y, mean=mean, reduction="none")
        assert loss(y, mean=mean) == pytest.approx(exact_sum(rows) / N, rel=1e-15, abs=0)
    np.testing.assert_array_equal(
        squared_error.gradient(y, mean=mean, reduction="sum"), 2.0 * (mean - y)
    )
    counts = rng.poisson(3.0, size=N)
    rows = poisson_nll(counts, rate=np.full(N, 3.0), reduction="none")
    value = poisson_nll(counts, rate=np.full(N, 3.0))
    assert value == pytest.approx(exact_sum(rows) / N, rel=1e-15, abs=0)
    mean[9] = 1e200
    assert squared_error(y, mean=mean) == math.inf


# --- every option -----------------------------------------------------------------------

BINARY_OPTIONS = {
    "sum": {"reduction": "sum"},
    "rows": {"reduction": "none"},
    "weights": {"weights": lambda n, rng: rng.integers(0, 3, n)},
    "weights as denominator": {
        "weights": lambda n, rng: rng.random(n), "denominator": "weights"
    },
    "class weights": {"class_weights": [0.5, 3.0], "denominator": "weights"},
    "pos_weight": {"pos_weight": 3.0},
    "ignored": {"ignore_index": 1},
    "ignored, weighed": {"ignore_index": 0, "pos_weight": 2.0, "denominator": "weights"},
    "smoothing": {"label_smoothing": 0.1},
    "all": {"label_smoothing": 0.2, "class_weights": [1.0, 2.0], "denominator": "weights",
            "weights": lambda n, rng: rng.random(n)},
}  # fmt: skip


def options_for(chosen, n, rng):
    return {name: value(n, rng) if callable(value) else value for name, value in chosen.items()}


@pytest.mark.parametrize("chosen", BINARY_OPTIONS.values(), ids=BINARY_OPTIONS)
@pytest.mark.parametrize("dtype", [bool, np.int8, np.int64, np.float32, float])
def test_every_option_of_the_binary_loss_is_as_for_small_arrays(
    binary, chosen, dtype, rng, monkeypatch
):
    y, z = binary[0].astype(dtype), binary[1]
    options = options_for(chosen, N, rng)
    value, gradient = binary_cross_entropy.value_and_gradient(y, logits=z, **options)
    small, small_gradient = in_one_piece(
        monkeypatch, lambda: binary_cross_entropy.value_and_gradient(y, logits=z, **options)
    )
    np.testing.assert_allclose(value, small, rtol=2e-15)
    np.testing.assert_allclose(gradient, small_gradient, rtol=2e-15)
    np.testing.assert_array_equal(binary_cross_entropy(y, logits=z, **options), value)


@pytest.mark.parametrize("chosen", BINARY_OPTIONS.values(), ids=BINARY_OPTIONS)
@pytest.mark.parametrize("soft", [False, True])
def test_every_option_of_the_categorical_loss_is_as_for_small_arrays(
    classes, chosen, soft, rng, monkeypatch
):
    y, x = classes
    options = options_for(chosen, ROWS, rng)
    options.pop("pos_weight", None)
    if "class_weights" in options:
        options["class_weights"] = rng.random(K)
    if soft:
        y = rng.dirichlet(np.ones(K), size=ROWS)
        y[:50] = np.eye(K)[:1]
    value, gradient = categorical_cross_entropy.value_and_gradient(y, logits=x, **options)
    small, small_gradient = in_one_piece(
        monkeypatch, lambda: categorical_cross_entropy.value_and_gradient(y, logits=x, **options)
    )
    np.testing.assert_allclose(value, small, rtol=2e-15)
    # Where share and target nearly agree, a last place of the target counts up to 64-fold.
    np.testing.assert_allclose(gradient, small_gradient, rtol=2e-14)


def test_other_predictions_and_deviations_go_block_by_block_too(binary, classes, rng, monkeypatch):
    y, z = binary
    labels, x = classes
    probs = kernels.softmax(x)
    sd = rng.uniform(0.5, 2.0, N)
    for call in (
        lambda: binary_cross_entropy.value_and_gradient(y, probs=kernels.sigmoid(z)),
        lambda: binary_cross_entropy.value_and_gradient(rng.permutation(0.5 * y), logits=z),
        lambda: categorical_cross_entropy.value_and_gradient(labels, probs=probs),
        lambda: categorical_cross_entropy.value_and_gradient(labels, log_probs=np.log(probs)),
        lambda: gaussian_nll.value_and_gradient(y, mean=z, sd=sd),
        lambda: gaussian_nll.value_and_gradient(y, mean=z, sd=2.0, weights=sd),
        lambda: squared_error.value_and_gradient(y, mean=z, weights=sd, denominator="weights"),
        lambda: poisson_nll.value_and_gradient(3 * y, log_rate=z, reduction="none"),
    ):
        state = rng.bit_generator.state
        found = call()
        rng.bit_generator.state = state
        for one, other in zip(found, in_one_piece(monkeypatch, call), strict=True):
            np.testing.assert_allclose(one, other, rtol=2e-15)


def test_shapes_precisions_and_layouts(rng):
    z = rng.normal(size=(200, 300)).astype(np.float32)
    y = (z > 0.5).astype(np.uint8)
    value, gradient = binary_cross_entropy.value_and_gradient(y, logits=z)
    wide = binary_cross_entropy.value_and_gradient(y, logits=z.astype(float))
    assert gradient.shape == z.shape and gradient.dtype == np.float64
    assert value == wide[0]
    np.testing.assert_array_equal(gradient, wide[1])
    x = np.asfortranarray(rng.normal(size=(9_000, 5)))
    labels = rng.integers(0, 5, 9_000)
    by_columns = categorical_cross_entropy.value_and_gradient(labels, logits=x)
    by_rows = categorical_cross_entropy.value_and_gradient(labels, logits=np.ascontiguousarray(x))
    frame = categorical_cross_entropy.value_and_gradient(
        pd.Series(labels, dtype="Int64"), logits=pd.DataFrame(x)
    )
    narrow = categorical_cross_entropy.value_and_gradient(
        labels.astype(np.float32), logits=x.astype(np.float32).astype(float)
    )
    single = categorical_cross_entropy.value_and_gradient(labels, logits=x.astype(np.float32))
    for found, expected in ((by_columns, by_rows), (frame, by_rows), (single, narrow)):
        assert found[0] == expected[0]
        np.testing.assert_array_equal(found[1], expected[1])


# --- threads and memory -----------------------------------------------------------------


def test_results_do_not_depend_on_the_number_of_threads(rng, monkeypatch):
    n = 300_001
    z, soft = rng.normal(scale=3.0, size=n), rng.random(n)
    x, labels = z.reshape(-1)[: n - 1].reshape(-1, 10), rng.integers(0, 10, n // 10)
    calls = (
        lambda: binary_cross_entropy.value_and_gradient(soft > 0.5, logits=z),
        lambda: binary_cross_entropy.value_and_gradient(soft, logits=z, weights=soft),
        lambda: binary_cross_entropy.value_and_gradient(soft > 0.5, logits=z, ignore_index=0),
        lambda: categorical_cross_entropy.value_and_gradient(labels, logits=x),
        lambda: squared_error.value_and_gradient(soft, mean=z, reduction="none"),
    )
    for call in calls:
        found = []
        for threads in (1, 2, 5):
            monkeypatch.setattr(loss_threads, "processors", lambda threads=threads: threads)
            found.append(call())
        for value, gradient in found[1:]:
            np.testing.assert_array_equal(value, found[0][0])
            np.testing.assert_array_equal(gradient, found[0][1])


def test_an_error_in_a_thread_reaches_the_caller_with_its_row(rng, monkeypatch):
    monkeypatch.setattr(loss_threads, "processors", lambda: 3)
    z, y = rng.normal(size=400_000), np.zeros(400_000)
    z[399_000] = np.nan
    with pytest.raises(DataError, match="logits is NaN at row 399000"):
        binary_cross_entropy(y, logits=z)


def test_memory_is_a_few_blocks_beyond_the_gradient(rng, monkeypatch):
    monkeypatch.setattr(loss_threads, "processors", lambda: 2)
    n = 3_000_000
    z, y = rng.normal(size=n), rng.integers(0, 2, n)
    x, labels = z.reshape(-1, 20), rng.integers(0, 20, n // 20)
    out, out_rows = np.empty(n), np.empty((n // 20, 20))
    soft = 0.5 * y
    for call in (
        lambda: binary_cross_entropy.value_and_gradient(y, logits=z, out=out),
        lambda: binary_cross_entropy.value_and_gradient(soft, logits=z, out=out),
        lambda: categorical_cross_entropy.value_and_gradient(labels, logits=x, out=out_rows),
        lambda: squared_error.value_and_gradient(y, mean=z, out=out),
    ):
        call()
        tracemalloc.start()
        call()
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        # One array of z's size is 24 MB; the blocks are the same for any size.
        assert peak < 17e6


# --- out --------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [6, N])
def test_out_receives_the_gradient_and_is_returned(rng, size):
    z, y = rng.normal(size=size), rng.integers(0, 2, size)
    for chosen in ({}, {"reduction": "none"}, {"label_smoothing": 0.1}):
        value, expected = binary_cross_entropy.value_and_gradient(y, logits=z, **chosen)
        out, strided = np.full(size, 7.0), np.full((size, 2), 7.0)[:, 0]
        found, gradient = binary_cross_entropy.value_and_gradient(y, logits=z, out=out, **chosen)
        assert gradient is out
        np.testing.assert_array_equal(found, value)
        np.testing.assert_array_equal(out, expected)
        assert binary_cross_entropy.gradient(y, logits=z, out=strided, **chosen) is strided
        np.testing.assert_array_equal(strided, expected)
    labels, rows = y[: size // 3], np.empty((size // 3, 3))
    x = z[: 3 * (size // 3)].reshape(-1, 3)
    expected = categorical_cross_entropy.gradient(labels, logits=x)
    assert categorical_cross_entropy.gradient(labels, logits=x, out=rows) is rows
    np.testing.assert_array_equal(rows, expected)


def test_an_unusable_out_is_refused(rng):
    z, y = rng.normal(size=4), np.array([0.0, 1.0, 0.0, 1.0])
    fixed = np.empty(4)
    fixed.flags.writeable = False
    for out, error, message in (
        ([0.0] * 4, TypeError, "out must be a NumPy array of float64, got list"),
        (np.empty(4, np.float32), TypeError, "got float32 array"),
        (np.empty((4, 1)), ValueError, r"shape of logits, \(4,\), got \(4, 1\)"),
        (fixed, ValueError, "read-only"),
        (z, ValueError, "shares memory"),
        (y, ValueError, "shares memory"),
    ):
        with pytest.raises(error, match=message):
            binary_cross_entropy.gradient(y, logits=z, out=out)
    with pytest.raises(ValueError, match="shares memory"):
        binary_cross_entropy.gradient(pd.Series(y, copy=False), logits=z, out=y)
    with pytest.raises(TypeError, match="takes no out="):
        binary_cross_entropy(y, logits=z, out=np.empty(4))
    with pytest.raises(TypeError, match="takes no out="):
        binary_cross_entropy.hessian(y, logits=z, out=np.empty(4))


# --- refusals name the row --------------------------------------------------------------


def spoilt(values, value, at=33_333):
    values = values.copy()
    values[at] = value
    return values


REFUSED = {
    "nan": (lambda y, z: binary_cross_entropy(y, logits=spoilt(z, np.nan)), DataError,
            "logits is NaN at row 33333"),
    "target 2": (lambda y, z: binary_cross_entropy(spoilt(y, 2.0), logits=z), DataError,
                 r"y must be in \[0, 1\], got 2 at row 33333"),
    "target nan": (lambda y, z: binary_cross_entropy(spoilt(y, np.nan), logits=z), DataError,
                   "y is NaN at row 33333"),
    "infinite target": (lambda y, z: squared_error(spoilt(y, np.inf), mean=z), DataError,
                        "y must be finite, got an infinity at row 33333"),
    "weight": (lambda y, z: binary_cross_entropy(y, logits=z, weights=spoilt(y, -1.0)), DataError,
               "not negative, got -1.0 at row 33333"),
    "label": (lambda y, z: categorical_cross_entropy(spoilt(y.astype(int), 2),
                                                     logits=np.column_stack([z, z])), DataError,
              "labels 0..1 for 2 columns of logits, got 2 at row 33333"),
    "label 0.5": (lambda y, z: categorical_cross_entropy(spoilt(y, 0.5),
                                                         logits=np.column_stack([z, z])),
                  DataError, "got 0.5 at row 33333"),
    "nan in a row": (lambda y, z: categorical_cross_entropy(
        y, logits=np.column_stack([z, spoilt(z, np.nan)])), DataError,
        "logits is NaN at row 33333, column 1"),
    "probability": (lambda y, z: binary_cross_entropy(y, probs=spoilt(0.5 * y, 1.5)), DataError,
                    "got 1.5 at row 33333"),
    "sd": (lambda y, z: gaussian_nll(y, mean=z, sd=spoilt(1.0 + y, 0.0)), DataError,
           "sd must be positive and finite, got 0"),
    "class weight": (lambda y, z: binary_cross_entropy(y, logits=z, class_weights=[1.0, -1.0]),
                     DataError, "finite and not negative"),
    "shape": (lambda y, z: binary_cross_entropy(y[:, None], logits=z), DataError, "same shape"),
    "weights' shape": (lambda y, z: binary_cross_entropy(y, logits=z, weights=[1.0]), DataError,
                       "one entry per row"),
    "sd's shape": (lambda y, z: gaussian_nll(y, mean=z, sd=[1.0, 2.0]), DataError,
                   "sd must be one number or of shape"),
    "one column": (lambda y, z: categorical_cross_entropy(y, logits=z[:, None]), DataError,
                   "K >= 2"),
    "index": (lambda y, z: binary_cross_entropy(pd.Series(y[::-1], index=range(N)[::-1]),
                                                logits=pd.Series(z)), DataError,
              "different indexes"),
    "all ignored": (lambda y, z: binary_cross_entropy(0 * y, logits=z, ignore_index=0), DataError,
                    "nothing to average"),
    "reduction": (lambda y, z: binary_cross_entropy(y, logits=z, reduction="average"), ValueError,
                  "reduction 'average' is not known"),
    "denominator": (lambda y, z: binary_cross_entropy(y, logits=z, denominator="n"), ValueError,
                    "denominator 'n' is not known"),
    "smoothing": (lambda y, z: binary_cross_entropy(y, logits=z, label_smoothing=True), ValueError,
                  "label_smoothing"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_misuse_of_a_large_array_is_refused_as_of_a_small_one(binary, call, error, message):
    with pytest.raises(error, match=message):
        call(*binary)


def test_blocks_decline_rows_that_are_not_plain():
    block = BinaryBlock(2, 1)
    for y, z in (([0.5, 0], [0.0, 0]), ([0, 1], [0.0, np.nan])):
        assert block.evaluate(np.array(z), np.array(y), None, 1.0, None) is None
    rows = CategoricalBlock(1, 2)
    with np.errstate(all="ignore"):
        for label, x in (
            (2, [0.0, 0.0]), (-1, [0.0, 0.0]), (0.5, [0.0, 0.0]), (0, [np.nan, 0.0]),
            (0, [np.inf, 0.0]), (0, [-np.inf, -np.inf]), (0, [0.0, -800.0]),
        ):  # fmt: skip
            assert rows.evaluate(np.array([x]), np.array([label]), None, 1.0, None) is None
