"""Laws of the kernels: identities, limits, shapes and complex steps."""

import numpy as np
import pytest

from likelihood import kernels as k

INF, NAN = np.inf, np.nan
STEP = 1e-100
RNG = np.random.default_rng(11)
# Within 250 the product of derivative and step is far above the underflow threshold.
Z = np.concatenate([RNG.uniform(-40, 40, 200), [0.0, -250.0, 250.0, 1e-300]])
X = RNG.normal(0, 4, (50, 6))
LABELS = RNG.integers(0, 6, 50)
SOFT = RNG.dirichlet(np.ones(6), 50)
Y = RNG.random(Z.size)

SCALAR_KERNELS = {
    "softplus": k.softplus,
    "log_sigmoid": k.log_sigmoid,
    "sigmoid": k.sigmoid,
    "sigmoid_variance": k.sigmoid_variance,
    "binary_cross_entropy": lambda z: k.binary_cross_entropy(z, 1),
    "binary_residual": lambda z: k.binary_residual(z, 0.3),
    "binary_shortfall": lambda z: k.binary_shortfall(z, 0.3),
}
ROW_KERNELS = {
    "logsumexp": k.logsumexp,
    "log_softmax": k.log_softmax,
    "softmax": k.softmax,
    "entropy_of_logits": k.entropy_of_logits,
    "entropy": lambda x: k.entropy(np.abs(x)),
    "categorical_cross_entropy": lambda x: k.categorical_cross_entropy(x, np.abs(x)),
    "categorical_residual": lambda x: k.categorical_residual(x, np.abs(x)),
}


def by_complex_step(function, x):
    return np.imag(function(x + 1j * STEP)) / STEP


@pytest.mark.parametrize(
    ("function", "derivative"),
    [
        (k.softplus, k.sigmoid),
        (lambda z: k.softplus_parts(z).tail + k.softplus_parts(z).peak, k.sigmoid),
        (k.log_sigmoid, lambda z: k.sigmoid(-z)),
        (k.sigmoid, k.sigmoid_variance),
        (lambda z: k.binary_cross_entropy(z, 1), lambda z: k.binary_residual(z, 1)),
        (lambda z: k.binary_residual(z, Y), k.sigmoid_variance),
        (k.sigmoid_variance, lambda z: k.sigmoid_variance(z) * (k.sigmoid(-z) - k.sigmoid(z))),
    ],
)
def test_complex_step_is_the_derivative_of_scalar_kernels(function, derivative):
    # 1e-12: the complex path forms differences that the real one rearranges.
    scale = k.sigmoid_variance(Z) + np.abs(derivative(Z))
    assert np.all(np.abs(by_complex_step(function, Z) - derivative(Z)) <= 1e-12 * scale)


@pytest.mark.parametrize("t", [LABELS, SOFT], ids=["labels", "probabilities"])
def test_complex_step_is_the_derivative_of_row_kernels(t):
    residual, p = k.categorical_residual(X, t), k.softmax(X)
    hot = np.eye(6)[t] if t.ndim == 1 else t
    for c in range(6):
        step = X + 1j * STEP * np.eye(6)[c]
        for function, expected in (
            (lambda x: k.categorical_cross_entropy(x, t), residual[:, c]),
            (k.logsumexp, p[:, c]),
            (lambda x: sum(k.softmax_parts(x)), p[:, c]),
            (k.log_softmax, np.eye(6)[c] - p[:, [c]]),
            (k.softmax, p * (np.eye(6)[c] - p[:, [c]])),
            (lambda x: k.categorical_residual(x, t), p * (np.eye(6)[c] - p[:, [c]])),
            (
                lambda x: k.categorical_shortfall(x, t),
                (np.arange(6)[c] == X.argmax(axis=1)) - hot[:, c],
            ),
        ):
            found = np.imag(function(step)) / STEP
            np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-14)


def test_complex_step_is_the_derivative_of_gaussian_nll():
    y, mean, sd = RNG.normal(0, 3, 40), RNG.normal(0, 3, 40), RNG.uniform(0.1, 5, 40)
    in_mean = np.imag(k.gaussian_nll(y, mean + 1j * STEP, sd)) / STEP
    in_sd = np.imag(k.gaussian_nll(y, mean, sd + 1j * STEP)) / STEP
    np.testing.assert_allclose(in_mean, k.gaussian_nll_mean_gradient(y, mean, sd), rtol=1e-12)
    expected = k.gaussian_nll_sd_gradient(y, mean, sd)
    np.testing.assert_allclose(in_sd, expected, rtol=1e-12, atol=1e-12 / sd.min())
    twice = np.imag(k.gaussian_nll_mean_gradient(y, mean + 1j * STEP, sd)) / STEP
    np.testing.assert_allclose(twice, 1 / sd**2, rtol=1e-12)


@pytest.mark.parametrize("kernel", SCALAR_KERNELS.values(), ids=SCALAR_KERNELS)
def test_scalar_kernels_take_lists_scalars_and_any_type(kernel):
    expected = kernel(np.array([1.0, -2.0]))
    assert isinstance(kernel(1.0), float)
    assert kernel(1) == expected[0]
    assert kernel(np.array(1.0)) == expected[0]
    assert np.array_equal(kernel([1, -2]), expected)
    single = kernel(np.array([1.0, -2.0], dtype=np.float32))
    assert single.dtype == np.float64
    assert np.array_equal(single, expected)
    assert kernel(np.ones((2, 3, 4))).shape == (2, 3, 4)
    assert kernel(np.ones((0,))).shape == (0,)
    assert np.isnan(kernel(NAN))


@pytest.mark.parametrize("kernel", ROW_KERNELS.values(), ids=ROW_KERNELS)
def test_row_kernels_take_lists_rows_and_any_type(kernel):
    rows = np.array([[1.0, -2.0, 0.5], [0.25, 0.5, 3.0]])
    expected = kernel(rows)
    # The order of summation depends on the layout, which costs at most the last place.
    for i in range(2):
        np.testing.assert_allclose(kernel(rows[i].tolist()), expected[i], rtol=1e-15)
    single = kernel(rows.astype(np.float32))
    assert single.dtype == np.float64
    np.testing.assert_array_equal(single, expected)
    deep = np.asarray(kernel(np.broadcast_to(rows, (4, 2, 3))))
    np.testing.assert_array_equal(deep, np.broadcast_to(expected, deep.shape))
    assert np.shape(kernel(np.ones((0, 3))))[0] == 0
    assert np.all(np.isnan(kernel([1.0, NAN, 0.0])))


def test_parts_add_up():
    peak, tail = k.softplus_parts(Z)
    assert np.array_equal(peak + tail, k.softplus(Z))
    assert np.all(tail >= 0) and np.array_equal(peak, np.maximum(Z, 0))
    peak, tail = k.softmax_parts(X)
    assert np.all(tail >= 0) and np.array_equal(peak, X.max(axis=1))
    np.testing.assert_allclose(peak + tail, k.logsumexp(X), rtol=4e-16)
    np.testing.assert_allclose(
        k.categorical_cross_entropy(X, LABELS),
        tail + k.categorical_shortfall(X, LABELS),
        rtol=4e-16,
    )


def test_softmax_is_invariant_to_shifts():
    # Multiples of 2**-10 shifted by 2**30 are exact: the results are the same bits.
    x = np.round(X * 1024) / 1024
    np.testing.assert_array_equal(k.softmax(x + 2.0**30), k.softmax(x))
    np.testing.assert_array_equal(k.log_softmax(x + 2.0**30), k.log_softmax(x))


def test_softmax_sums_to_one():
    # Each probability is within 2 ulp, so the sum is within 2 ulp of 1.
    np.testing.assert_allclose(k.softmax(X).sum(axis=1), 1.0, rtol=4.5e-16)


def test_residual_sums_to_zero():
    for t in (LABELS, SOFT):
        # Six terms of size at most 1, each within 3 ulp.
        np.testing.assert_allclose(k.categorical_residual(X, t).sum(axis=1), 0.0, atol=2e-15)


def test_two_classes_are_a_binary_outcome():
    rows = np.stack([np.zeros_like(Z), Z], axis=1)
    labels = (Y > 0.5).astype(int)
    for ours, binary in (
        (k.softmax(rows)[:, 1], k.sigmoid(Z)),
        (k.logsumexp(rows), k.softplus(Z)),
        (k.log_softmax(rows)[:, 1], k.log_sigmoid(Z)),
        (k.categorical_cross_entropy(rows, labels), k.binary_cross_entropy(Z, labels)),
        (k.categorical_residual(rows, labels)[:, 1], k.binary_residual(Z, labels)),
    ):
        # Both within 2 or 3 ulp of the same number.
        np.testing.assert_allclose(ours, binary, rtol=1e-15, atol=0)


def test_labels_are_rows_of_the_identity():
    hot = np.eye(6)[LABELS]
    for function in (k.categorical_cross_entropy, k.categorical_residual, k.categorical_shortfall):
        np.testing.assert_allclose(function(X, LABELS), function(X, hot), rtol=1e-15, atol=0)
    p = k.softmax(X)
    np.testing.assert_array_equal(
        k.categorical_cross_entropy_of_probs(p, LABELS),
        k.categorical_cross_entropy_of_probs(p, hot),
    )


def test_infinite_logits_give_the_limit():
    assert k.softplus([-INF, INF]).tolist() == [0.0, INF]
    assert k.sigmoid([-INF, INF]).tolist() == [0.0, 1.0]
    assert k.sigmoid_variance([-INF, INF]).tolist() == [0.0, 0.0]
    assert k.binary_cross_entropy([INF, INF, -INF, -INF], [1, 0, 1, 0]).tolist() == [0, INF, INF, 0]
    assert k.binary_cross_entropy([INF, -INF], 0.5).tolist() == [INF, INF]
    assert k.binary_residual([INF, -INF], [1, 1]).tolist() == [0.0, -1.0]
    assert k.softmax([0.0, INF, INF, -INF]).tolist() == [0.0, 0.5, 0.5, 0.0]
    assert k.softmax([0.0, INF]).tolist() == [0.0, 1.0]
    assert k.log_softmax([0.0, INF]).tolist() == [-INF, 0.0]
    assert k.logsumexp([0.0, INF]) == INF
    assert k.softmax_parts([1.0, INF, INF]) == (INF, np.log(2.0))
    assert k.entropy_of_logits([INF, INF, 3.0]) == pytest.approx(np.log(2.0), rel=2e-16)
    assert k.categorical_cross_entropy([[0.0, INF]] * 2, [0, 1]).tolist() == [INF, 0.0]


def test_excluded_classes_cost_nothing_unless_they_occur():
    x = [0.0, -INF, 0.0]
    assert k.softmax(x).tolist() == [0.5, 0.0, 0.5]
    assert k.log_softmax(x)[1] == -INF
    assert k.categorical_cross_entropy(x, [0.5, 0.0, 0.5]) == pytest.approx(np.log(2), rel=3e-16)
    assert k.categorical_cross_entropy(x, [0.5, 0.5, 0.0]) == INF
    assert k.categorical_cross_entropy(x, 1) == INF
    assert k.categorical_residual(x, 1).tolist() == [0.5, -1.0, 0.5]
    assert k.categorical_residual(x, [0.5, 0.25, 0.25]).tolist() == [0.0, -0.25, 0.25]
    assert k.entropy_of_logits(x) == pytest.approx(np.log(2), rel=3e-16)


def test_row_without_any_class_has_no_distribution():
    x = [-INF, -INF]
    assert k.logsumexp(x) == -INF
    for values in (k.softmax(x), k.log_softmax(x), k.categorical_cross_entropy(x, 0)):
        assert np.all(np.isnan(values))
    assert np.isnan(k.entropy_of_logits(x))
    assert np.all(np.isnan(k.categorical_residual(x, 1)))
    assert np.array_equal(k.softmax([x, [0.0, 0.0]])[1], [0.5, 0.5])


def test_extreme_sizes_give_no_warning():
    sizes = np.array([5e-324, 1e-308, 1e308, 1.79e308])
    z = np.concatenate([sizes, -sizes, [0.0, -0.0]])
    pairs = np.stack(np.meshgrid(z, z), axis=-1).reshape(-1, 2)
    assert np.all(np.isfinite(k.softmax(pairs)))
    assert np.all(k.log_softmax(pairs) <= 0)
    assert not np.isnan(k.categorical_cross_entropy(pairs, np.full_like(pairs, 0.5))).any()
    assert not np.isnan(k.entropy_of_logits(pairs)).any()
    for kernel in SCALAR_KERNELS.values():
        assert not np.isnan(kernel(z)).any()
    y, mean = pairs.T
    for function in (k.gaussian_nll, k.gaussian_nll_mean_gradient, k.gaussian_nll_sd_gradient):
        for sd in sizes:
            assert not np.isnan(function(y, mean, sd)).any()
    positive = np.abs(pairs[np.all(pairs != 0, axis=1)])
    assert np.all(k.poisson_divergence(*positive.T) >= 0)
    assert np.isfinite(k.moments(z).mean)


def test_log1mexp_limits():
    assert k.log1mexp([0.0, INF]).tolist() == [-INF, 0.0]
    assert np.isnan(k.log1mexp(-1.0))


def test_zero_times_log_zero_is_zero():
    assert k.xlogy(0.0, 0.0) == 0 and k.xlog1py(0.0, -1.0) == 0
    assert np.isnan(k.xlogy(0.0, NAN)) and np.isnan(k.xlogy(NAN, 1.0))
    assert k.entropy([1.0, 0.0]) == 0 and k.binary_entropy([0.0, 1.0]).tolist() == [0.0, 0.0]


def test_impossible_events_cost_infinity():
    assert k.binary_cross_entropy_of_probs([0, 0, 1, 1], [0, 1, 0, 1]).tolist() == [0, INF, INF, 0]
    assert k.binary_cross_entropy_of_probs([0.0, 1.0], 0.5).tolist() == [INF, INF]
    assert k.categorical_cross_entropy_of_probs([1.0, 0.0], [0.5, 0.5]) == INF
    assert k.categorical_cross_entropy_of_probs([1.0, 0.0], [1.0, 0.0]) == 0
    assert k.kl_divergence([0.5, 0.5], [1.0, 0.0]) == INF
    assert k.kl_divergence([1.0, 0.0], [0.5, 0.5]) == pytest.approx(np.log(2), rel=4e-16)
    assert k.binary_kl_divergence([0, 1, 0, 1, 0.5], [0, 1, 1, 0, 1]).tolist() == [
        0,
        0,
        INF,
        INF,
        INF,
    ]
    assert k.poisson_divergence([0, 0, 2], [0, 3, 0]).tolist() == [0, 3, INF]
    assert np.isnan(k.poisson_divergence([NAN, -1, 1], [1, 1, NAN])).all()


def test_divergence_is_zero_only_between_equals():
    p = RNG.dirichlet(np.ones(5), 20)
    assert np.all(k.kl_divergence(p, p) == 0)
    assert np.all(k.kl_divergence(p, np.nextafter(p, 1)) > 0)
    assert np.all(k.binary_kl_divergence(p, np.nextafter(p, 1)) > 0)


def test_compensated_sum_of_infinities_and_large_numbers():
    assert k.compensated_sum([]) == 0
    assert k.compensated_sum([1.0, INF]) == INF
    assert np.isnan(k.compensated_sum([INF, -INF])) and np.isnan(k.compensated_sum([NAN, 1.0]))
    assert k.compensated_sum([1.7e308, 1.7e308, -1.7e308]) == 1.7e308
    x = RNG.normal(size=(3, 4, 5))
    for axis in (0, 1, 2, -1):
        np.testing.assert_allclose(
            k.compensated_sum(x, axis=axis), x.sum(axis=axis), rtol=1e-13, atol=1e-14
        )


def test_compensated_dot_scales_by_powers_of_two():
    a, b = RNG.normal(size=(4, 9)), RNG.normal(size=9)
    expected = k.compensated_dot(a, b)
    np.testing.assert_allclose(expected, a @ b, rtol=1e-13, atol=1e-14)
    np.testing.assert_array_equal(
        k.compensated_dot(a * 2.0**900, b * 2.0**-950), expected / 2.0**50
    )
    assert k.compensated_dot([1e200, 1e190, -1e200], [1e100, 1e100, 1e100]) == 1e290


def test_weights_are_repetitions_in_moments():
    y, w = 1e6 + RNG.normal(size=30), RNG.integers(0, 4, 30)
    weighted, repeated = k.moments(y, w), k.moments(y.repeat(w))
    assert weighted.total_weight == repeated.total_weight
    assert weighted.mean == repeated.mean
    assert weighted.sum_of_squares == pytest.approx(repeated.sum_of_squares, rel=5e-16)
    assert np.isnan(k.moments([1.0], [0.0]).mean) and np.isnan(k.moments([]).mean)


def test_wrong_shapes_are_refused():
    with pytest.raises(ValueError, match=r"t has shape \(3,\).*give integer labels of shape"):
        k.categorical_cross_entropy(X, [0, 1, 2])
    with pytest.raises(ValueError, match=r"y has shape \(2, 2\).*one-dimensional"):
        k.moments(np.ones((2, 2)))
    with pytest.raises(ValueError, match="0 classes"):
        k.logsumexp(np.ones((2, 0)))


def test_public_names_are_sorted_and_exist():
    assert k.__all__ == sorted(k.__all__)
    assert all(hasattr(k, name) for name in k.__all__)
