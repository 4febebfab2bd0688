"""One code path: every option in every combination, every refusal, every limit."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest

from likelihood import Categorical, DataError, losses
from likelihood.losses import (
    binary_cross_entropy,
    categorical_cross_entropy,
    gaussian_nll,
    poisson_nll,
    squared_error,
)

K, N = 4, 7
LABELS = np.array([0, 3, 1, 1, 2, 0, 3])
OPTIONS = {
    "label_smoothing": [0.0, 0.1],
    "class_weights": [None, [1.0, 2.0, 0.5, 0.0]],
    "weights": [None, [1.0, 0.0, 2.0, 1.0, 3.0, 0.5, 1.0]],
    "ignore_index": [None, 3],
    "reduction": ["mean", "sum", "none"],
    "denominator": ["count", "weights"],
}


def combinations():
    for values in itertools.product(*OPTIONS.values()):
        chosen = dict(zip(OPTIONS, values, strict=True))
        yield {name: value for name, value in chosen.items() if value is not None}


@pytest.fixture
def logits(rng):
    return rng.normal(scale=3.0, size=(N, K))


def by_hand(logits, t, chosen):
    """The definition, one row and one class at a time."""
    smooth, total, count, mass = chosen.get("label_smoothing", 0.0), [], 0, 0.0
    for n in range(len(logits)):
        if chosen.get("ignore_index") is not None and t[n][chosen["ignore_index"]] == 1.0:
            total.append(0.0)
            continue
        row = 0.0
        weight = chosen.get("weights", [1.0] * N)[n]
        share = 0.0
        for c in range(K):
            target = (1 - smooth) * t[n][c] + smooth / K
            by_class = chosen.get("class_weights", [1.0] * K)[c]
            log_p = logits[n][c] - math.log(sum(math.exp(z) for z in logits[n]))
            row -= by_class * target * log_p
            share += by_class * target
        total.append(weight * row)
        count += 1
        mass += weight * share
    if chosen["reduction"] == "none":
        return np.array(total)
    if chosen["reduction"] == "sum":
        return sum(total)
    return sum(total) / (count if chosen["denominator"] == "count" else mass)


def test_every_combination_equals_its_definition_for_hard_labels_and_one_hot_rows(logits):
    one_hot = np.eye(K)[LABELS]
    for chosen in combinations():
        hard = categorical_cross_entropy(LABELS, logits=logits, **chosen)
        rows = categorical_cross_entropy(one_hot, logits=logits, **chosen)
        np.testing.assert_allclose(hard, by_hand(logits, one_hot, chosen), rtol=1e-13, atol=1e-15)
        np.testing.assert_allclose(rows, hard, rtol=1e-14, atol=1e-15)
        for derivative in ("gradient", "hessian"):
            one = getattr(categorical_cross_entropy, derivative)(LABELS, logits=logits, **chosen)
            two = getattr(categorical_cross_entropy, derivative)(one_hot, logits=logits, **chosen)
            np.testing.assert_allclose(one, two, rtol=1e-13, atol=1e-15)


def test_soft_labels_equal_their_definition_in_every_combination(logits, rng):
    soft = rng.dirichlet(np.ones(K), size=N)
    for chosen in combinations():
        value = categorical_cross_entropy(soft, logits=logits, **chosen)
        np.testing.assert_allclose(value, by_hand(logits, soft, chosen), rtol=1e-13, atol=1e-15)


def test_two_classes_are_the_binary_loss_in_every_combination(rng):
    z, y = rng.normal(scale=4.0, size=N), rng.integers(0, 2, size=N)
    both = np.column_stack([np.zeros(N), z])
    for chosen in combinations():
        chosen.pop("ignore_index", None)
        if "class_weights" in chosen:
            chosen["class_weights"] = [0.5, 3.0]
        np.testing.assert_allclose(
            binary_cross_entropy(y, logits=z, **chosen),
            categorical_cross_entropy(y, logits=both, **chosen),
            rtol=1e-14,
        )
        np.testing.assert_allclose(
            binary_cross_entropy.gradient(y, logits=z, **chosen),
            categorical_cross_entropy.gradient(y, logits=both, **chosen)[:, 1],
            rtol=1e-13,
            atol=1e-17,
        )


def test_pos_weight_is_the_weight_of_class_one(rng):
    z, y = rng.normal(size=N), rng.random(N)
    for denominator in ("count", "weights"):
        assert binary_cross_entropy(
            y, logits=z, pos_weight=3.0, denominator=denominator
        ) == binary_cross_entropy(y, logits=z, class_weights=[1.0, 3.0], denominator=denominator)
    rows = binary_cross_entropy(y, logits=z, pos_weight=3.0, reduction="none")
    by_hand = 3.0 * y * np.log1p(np.exp(-z)) + (1 - y) * np.log1p(np.exp(z))
    np.testing.assert_allclose(rows, by_hand, rtol=1e-14)


PREDICTIONS = {
    "binary logits": (binary_cross_entropy, "logits", [0, 1, 0.3], [0.4, -1.0, 2.0]),
    "binary probs": (binary_cross_entropy, "probs", [0, 1, 0.3], [0.4, 0.1, 0.9]),
    "logits": (categorical_cross_entropy, "logits", [0, 2], [[0.4, -1.0, 2.0], [0.0, 1.0, 0.5]]),
    "gaussian": (gaussian_nll, "mean", [0.5, -1.0], [1.0, 2.0]),
    "squared error": (squared_error, "mean", [0.5, -1.0], [1.0, 2.0]),
    "log_rate": (poisson_nll, "log_rate", [0, 3], [0.5, 1.5]),
    "rate": (poisson_nll, "rate", [0, 3], [0.5, 1.5]),
}


@pytest.mark.parametrize("case", PREDICTIONS.values(), ids=PREDICTIONS)
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_derivatives_are_in_the_prediction_that_was_given(case, reduction):
    loss, name, y, prediction = case
    at, h = np.array(prediction), 1e-6
    value, gradient = loss.value_and_gradient(y, **{name: at}, reduction=reduction)
    assert value == loss(y, **{name: at}, reduction=reduction)
    np.testing.assert_array_equal(gradient, loss.gradient(y, **{name: at}, reduction=reduction))
    assert gradient.shape == at.shape
    hessian = loss.hessian(y, **{name: at}, reduction=reduction)
    for index in np.ndindex(at.shape):
        step = np.zeros_like(at)
        step[index] = h
        up, down = (loss(y, **{name: at + s * step}, reduction=reduction) for s in (1, -1))
        bend = [
            loss.gradient(y, **{name: at + s * step}, reduction=reduction)[index[0]]
            for s in (1, -1)
        ]
        # Central differences of step 1e-6 are good to about 1e-9.
        assert gradient[index] == pytest.approx((up - down) / (2 * h), abs=1e-8)
        np.testing.assert_allclose(
            hessian[index] if hessian.ndim == 1 else hessian[index[0], index[1]],
            (bend[0] - bend[1]) / (2 * h),
            atol=1e-8,
        )


def test_probabilities_and_log_probabilities_have_gradients_of_their_own():
    probs = np.array([[0.6, 0.3, 0.1]])
    by_probs = categorical_cross_entropy.gradient([1], probs=probs)
    np.testing.assert_allclose(by_probs, [[0.0, -1 / 0.3, 0.0]], rtol=1e-15)
    by_logs = categorical_cross_entropy.gradient([1], log_probs=np.log(probs))
    np.testing.assert_array_equal(by_logs, [[0.0, -1.0, 0.0]])
    assert not categorical_cross_entropy.hessian([1], log_probs=np.log(probs)).any()


# --- limits -----------------------------------------------------------------------------


def test_impossible_events_cost_exactly_infinity():
    assert binary_cross_entropy([1], probs=[0.0]) == math.inf
    assert binary_cross_entropy([0], probs=[1.0]) == math.inf
    assert categorical_cross_entropy([1], probs=[[1.0, 0.0]]) == math.inf
    assert categorical_cross_entropy([1], log_probs=[[0.0, -math.inf]]) == math.inf
    assert categorical_cross_entropy([1], logits=[[0.0, -math.inf]]) == math.inf
    assert poisson_nll([1], rate=[0.0]) == math.inf


def test_certain_events_cost_exactly_zero():
    for value in (
        binary_cross_entropy([1], probs=[1.0]),
        binary_cross_entropy([1], logits=[math.inf]),
        binary_cross_entropy([0], logits=[-math.inf]),
        categorical_cross_entropy([0], probs=[[1.0, 0.0]]),
        categorical_cross_entropy([0], log_probs=[[0.0, -math.inf]]),
        categorical_cross_entropy([0], logits=[[0.0, -math.inf]]),
        categorical_cross_entropy([0], logits=[[math.inf, 0.0]]),
        poisson_nll([0], rate=[0.0]),
    ):
        assert value == 0.0 and math.copysign(1.0, value) == 1.0


def test_infinite_logits_give_the_limit_of_the_gradient():
    gradient = binary_cross_entropy.gradient([1, 1], logits=[math.inf, -math.inf], reduction="sum")
    np.testing.assert_array_equal(gradient, [0.0, -1.0])


def test_nothing_is_clipped():
    """Peers that clip the probability at 1e-7 or 1e-15 give something else entirely."""
    exact = [
        (binary_cross_entropy([1], logits=[40.0]), 4.248354255291589e-18),
        (binary_cross_entropy([0], logits=[800.0]), 800.0),
        (binary_cross_entropy([1], probs=[1e-300]), 690.7755278982137),
        (
            categorical_cross_entropy([0], logits=[[40.0, 0.0, -3.0]]),
            math.exp(-40) + math.exp(-43),
        ),
    ]
    for value, expected in exact:
        assert value == pytest.approx(expected, rel=1e-15, abs=0)


def test_a_row_without_weight_costs_nothing_even_where_it_is_impossible():
    assert binary_cross_entropy([1, 1], probs=[0.0, 0.5], weights=[0.0, 1.0], reduction="sum") == (
        pytest.approx(math.log(2))
    )
    ignored = categorical_cross_entropy(
        [1, 0], logits=[[0.0, -math.inf], [0.0, 0.0]], ignore_index=1, reduction="none"
    )
    np.testing.assert_allclose(ignored, [0.0, math.log(2)], rtol=1e-15)


def test_an_ignored_label_need_not_be_a_class():
    value = categorical_cross_entropy([-100, 1], logits=[[5.0, 0.0], [0.0, 0.0]], ignore_index=-100)
    assert value == pytest.approx(math.log(2), rel=1e-15)
    assert binary_cross_entropy([-1, 1], logits=[5.0, 0.0], ignore_index=-1) == value


# --- shapes -----------------------------------------------------------------------------


def test_shapes_come_back_as_they_went_in(rng):
    z = rng.normal(size=(3, 5))
    y = (z > 0).astype(float)
    assert binary_cross_entropy(y, logits=z, reduction="none").shape == (3, 5)
    assert binary_cross_entropy.gradient(y, logits=z).shape == (3, 5)
    assert binary_cross_entropy.hessian(y, logits=z).shape == (3, 5)
    assert categorical_cross_entropy.hessian([0, 1, 2], logits=z).shape == (3, 5, 5)
    assert isinstance(binary_cross_entropy(1, logits=0.5, reduction="none"), float)
    assert isinstance(binary_cross_entropy.gradient(1, logits=0.5), float)
    assert categorical_cross_entropy.gradient(1, logits=[0.0, 1.0]).shape == (2,)


def test_single_precision_is_computed_in_double(rng):
    z = rng.normal(size=(4, 3)).astype(np.float32)
    y = [0, 1, 2, 0]
    assert categorical_cross_entropy(y, logits=z) == categorical_cross_entropy(
        y, logits=z.astype(float)
    )
    probs = (np.exp(z) / np.exp(z).sum(axis=1, keepdims=True)).astype(np.float32)
    assert categorical_cross_entropy(y, probs=probs) == pytest.approx(
        categorical_cross_entropy(y, logits=z), rel=1e-6
    )


def test_columns_of_a_frame_are_read(rng):
    z = pd.Series(rng.normal(size=4), dtype="Float64")
    y = pd.Series([0, 1, 1, 0], dtype="Int64")
    assert binary_cross_entropy(y, logits=z) == binary_cross_entropy([0, 1, 1, 0], logits=list(z))
    frame = pd.DataFrame([[0.25, 0.75], [0.5, 0.5]], columns=["no", "yes"], dtype=np.float32)
    assert categorical_cross_entropy([1, 0], probs=frame) == categorical_cross_entropy(
        [1, 0], probs=frame.to_numpy()
    )


def test_poisson_loss_keeps_its_digits_when_counts_are_large():
    """The rate, k log rate and log k! are 1e16 in size; their difference is 18.2."""
    for k in (10**6, 10**9, 10**12, 10**15):
        exact = 0.5 * math.log(2 * math.pi * k) + 1 / (12 * k)
        assert poisson_nll([k], log_rate=[math.log(k)]) == pytest.approx(exact, rel=1e-12)
    assert poisson_nll([1], log_rate=[-800.0]) == 800.0
    assert poisson_nll([0], log_rate=[-800.0]) == 0.0


def test_a_loss_beyond_the_largest_double_is_infinite_without_a_warning():
    assert squared_error([1e200], mean=[-1e200]) == math.inf
    assert poisson_nll([1], rate=[1e-200]) == pytest.approx(200 * math.log(10), rel=1e-15)
    hessian = categorical_cross_entropy.hessian([1], probs=[[1.0, 0.0]])
    np.testing.assert_array_equal(hessian, [[[0.0, 0.0], [0.0, math.inf]]])


def test_a_sum_off_the_simplex_by_more_than_rounding_is_refused():
    for excess, dtype in ((1e-8, np.float64), (1e-4, np.float32)):
        probs = np.array([[0.5, 0.5 + excess]], dtype=dtype)
        with pytest.raises(DataError, match="must sum to 1"):
            categorical_cross_entropy([0], probs=probs)
    assert categorical_cross_entropy([0], probs=[[0.5, 0.5 + 5e-10]]) == math.log(2)


def test_the_first_class_can_be_ignored_too():
    one_hot, z = np.eye(2)[[0, 1, 0]], [[5.0, 0.0], [0.0, 0.0], [1.0, 2.0]]
    for y in ([0, 1, 0], one_hot):
        assert categorical_cross_entropy(y, logits=z, ignore_index=0) == math.log(2)


def test_a_gaussian_loss_without_a_deviation_is_that_of_one(rng):
    y, mean = rng.normal(size=(2, 500))
    np.testing.assert_array_equal(
        gaussian_nll(y, mean=mean, reduction="none"),
        gaussian_nll(y, mean=mean, sd=1.0, reduction="none"),
    )


def test_row_order_and_batches_are_immaterial(logits):
    order = np.argsort(LABELS)
    whole = categorical_cross_entropy(LABELS, logits=logits, reduction="sum")
    shuffled = categorical_cross_entropy(LABELS[order], logits=logits[order], reduction="sum")
    halves = sum(
        categorical_cross_entropy(LABELS[part], logits=logits[part], reduction="sum")
        for part in (slice(0, 3), slice(3, None))
    )
    assert shuffled == pytest.approx(whole, rel=1e-15)
    assert halves == pytest.approx(whole, rel=1e-15)


def test_weights_are_repetitions_under_the_sum_and_the_weighted_mean(logits):
    weights = [2, 0, 1, 3, 1, 1, 2]
    for chosen in ({"reduction": "sum"}, {"denominator": "weights"}):
        assert categorical_cross_entropy(
            LABELS, logits=logits, weights=weights, **chosen
        ) == pytest.approx(
            categorical_cross_entropy(
                LABELS.repeat(weights), logits=logits.repeat(weights, axis=0), **chosen
            ),
            rel=1e-14,
        )


def test_gaussian_loss_with_a_standard_deviation_per_row():
    value = gaussian_nll([1.0, 2.0], mean=[0.0, 0.0], sd=[1.0, 2.0], reduction="none")
    constant = 0.5 * math.log(2 * math.pi)
    np.testing.assert_allclose(value, [0.5 + constant, 0.5 + math.log(2) + constant], rtol=1e-15)
    gradient = gaussian_nll.gradient([1.0, 2.0], mean=[0.0, 0.0], sd=2.0, reduction="sum")
    np.testing.assert_allclose(gradient, [-0.25, -0.5], rtol=1e-15)


# --- refusals ---------------------------------------------------------------------------

Z = [[0.0, 1.0], [2.0, 3.0]]
REFUSED = {
    "by position": (lambda: losses.binary_cross_entropy([1], [0.5]), TypeError,
                    "takes its prediction by name.*logits=... or probs=..."),
    "none given": (lambda: binary_cross_entropy([1]), TypeError, "exactly one.*got none"),
    "two given": (lambda: binary_cross_entropy([1], logits=[0.0], probs=[0.5]), TypeError,
                  "got logits and probs"),
    "misspelt": (lambda: binary_cross_entropy([1], logit=[0.0]), TypeError, "takes no logit="),
    "of another loss": (lambda: binary_cross_entropy([1], rate=[0.0]), TypeError, "takes no rate="),
    "sd": (lambda: binary_cross_entropy([1], logits=[0.0], sd=1.0), TypeError, "takes no sd="),
    "sd of squares": (lambda: squared_error([1], mean=[0.0], sd=1.0), TypeError, "takes no sd="),
    "smoothing a number": (lambda: squared_error([1], mean=[0.0], label_smoothing=0.1), TypeError,
                           "takes no label_smoothing="),
    "pos_weight of many": (lambda: categorical_cross_entropy([1, 0], logits=Z, pos_weight=2.0),
                           TypeError, "takes no pos_weight="),
    "logits as probs": (lambda: binary_cross_entropy([1], probs=[2.5]), DataError,
                        "got 2.5 at row 0; if these are logits, pass them as logits="),
    "categorical logits as probs": (lambda: categorical_cross_entropy([1, 0], probs=Z), DataError,
                                    "got 2 at row 1, column 0; if these are logits"),
    "probs off the simplex": (lambda: categorical_cross_entropy([1], probs=[[0.5, 0.6]]), DataError,
                              "must sum to 1 in every row, got 1.1 at row 0; nothing is renorm"),
    "logs off the simplex": (lambda: categorical_cross_entropy([1], log_probs=[[-1.0, -1.0]]),
                             DataError, r"exp\(log_probs\) must sum to 1"),
    "targets off the simplex": (lambda: categorical_cross_entropy([[0.5, 0.6]], logits=[[0, 1]]),
                                DataError, "y must sum to 1 in every row, got 1.1"),
    "target out of range": (lambda: binary_cross_entropy([2], logits=[0.0]), DataError,
                            r"y must be in \[0, 1\], got 2 at row 0"),
    "negative count": (lambda: poisson_nll([-1], rate=[1.0]), DataError, "at least 0, got -1"),
    "label out of range": (lambda: categorical_cross_entropy([1, 2], logits=Z), DataError,
                           "labels 0..1 for 2 columns of logits, got 2 at row 1"),
    "label -1": (lambda: categorical_cross_entropy([1, -1], logits=Z), DataError,
                 "got -1 at row 1"),
    "label 0.5": (lambda: categorical_cross_entropy([1, 0.5], logits=Z), DataError, "got 0.5 at"),
    "column against row": (lambda: binary_cross_entropy([[1], [0]], logits=[0.0, 1.0]), DataError,
                           r"same shape, got \(2, 1\) and \(2,\); reshape"),
    "labels of other length": (lambda: categorical_cross_entropy([1], logits=Z), DataError,
                               "one label per row"),
    "one column": (lambda: categorical_cross_entropy([0], logits=[[1.0]]), DataError,
                   "one column for each of K >= 2 categories"),
    "empty": (lambda: binary_cross_entropy([], logits=[]), DataError, "empty"),
    "masked": (lambda: squared_error([0.0, 0.0], mean=np.ma.array([0.0, 1.0], mask=[0, 1])),
               DataError, "mean is missing .masked. at row 1"),
    "ragged": (lambda: categorical_cross_entropy([0, 1], logits=[[1.0, 2.0], [1.0]]), DataError,
               "logits must be rectangular"),
    "indexes": (lambda: binary_cross_entropy(pd.Series([0, 1], index=[1, 0]),
                                             logits=pd.Series([0.0, 1.0])), DataError,
                "different indexes"),
    "columns out of order": (
        lambda: categorical_cross_entropy([0, 1], logits=pd.DataFrame(Z, columns=[1, 0])),
        DataError, "columns are taken in order; sort them"),
    "missing of a nullable column": (
        lambda: binary_cross_entropy([0, 1], logits=pd.Series([1.0, None], dtype="Float64")),
        DataError, "logits is NaN at row 1"),
    "pos_weight text": (lambda: binary_cross_entropy([1], logits=[0.0], pos_weight="2"), TypeError,
                        "pos_weight must be a number"),
    "infinite target": (lambda: gaussian_nll([math.inf], mean=[0.0]), DataError,
                        "y must be finite, got an infinity at row 0"),
    "all ignored": (lambda: binary_cross_entropy([1], logits=[0.0], ignore_index=1), DataError,
                    "nothing to average"),
    "nan": (lambda: binary_cross_entropy([1, 0], logits=[0.0, math.nan]), DataError,
            "logits is NaN at row 1"),
    "text": (lambda: binary_cross_entropy(["1"], logits=[0.0]), DataError, "array of real numbers"),
    "weights of other shape": (lambda: binary_cross_entropy([1], logits=[0.0], weights=[1, 2]),
                               DataError, "one entry per row"),
    "negative weight": (lambda: binary_cross_entropy([1], logits=[0.0], weights=[-1.0]), DataError,
                        "weights must be finite and not negative, got -1.0 at row 0"),
    "class weights": (lambda: categorical_cross_entropy([1, 0], logits=Z, class_weights=[1.0]),
                      DataError, "one entry for each of 2 classes"),
    "negative class weight": (lambda: binary_cross_entropy([1], logits=[0.0], pos_weight=-1.0),
                              DataError, "finite and not negative"),
    "smoothing": (lambda: binary_cross_entropy([1], logits=[0.0], label_smoothing=1.5), ValueError,
                  r"label_smoothing must be in \[0, 1\], got 1.5"),
    "ignore_index": (lambda: binary_cross_entropy([1], logits=[0.0], ignore_index=0.5), TypeError,
                     "ignore_index must be a whole number"),
    "reduction": (lambda: binary_cross_entropy([1], logits=[0.0], reduction="average"), ValueError,
                  "reduction 'average' is not known"),
    "denominator": (lambda: binary_cross_entropy([1], logits=[0.0], denominator="n"), ValueError,
                    "denominator 'n' is not known"),
    "sd zero": (lambda: gaussian_nll([1.0], mean=[0.0], sd=0.0), DataError, "sd must be positive"),
    "sd shape": (lambda: gaussian_nll([1.0], mean=[0.0], sd=[1.0, 2.0]), DataError,
                 "sd must be one number or of shape"),
}  # fmt: skip


@pytest.mark.parametrize(("call", "error", "message"), REFUSED.values(), ids=REFUSED)
def test_misuse_is_refused_with_advice(call, error, message):
    with pytest.raises(error, match=message):
        call()


def test_a_loss_shows_how_it_is_called():
    assert repr(categorical_cross_entropy) == (
        "<Loss Categorical.loss(y, logits= | probs= | log_probs=)>"
    )
    assert Categorical.loss.predictions == ("logits", "probs", "log_probs")
