"""The numbers that every textbook prints, through the public names."""

import math

import numpy as np
import pytest

import likelihood as lk
from likelihood import information, losses


def test_cross_entropy_of_the_true_class():
    probs = [[p, 1 - p] for p in (1.0, 0.5, 0.25, 0.0)]
    rows = losses.categorical_cross_entropy([0, 0, 0, 0], probs=probs, reduction="none")
    np.testing.assert_allclose(rows, [0.0, 0.693, 1.386, math.inf], atol=5e-4)
    assert rows[0] == 0.0 and math.copysign(1, rows[0]) == 1.0
    np.testing.assert_array_equal(rows, information.information_content([1.0, 0.5, 0.25, 0.0]))


def test_eight_rolls_of_a_die():
    fit = lk.Categorical.fit([1, 1, 6, 3, 2, 5, 4, 3], categories=[1, 2, 3, 4, 5, 6])
    assert fit.params["probs"] == (2 / 8, 1 / 8, 2 / 8, 1 / 8, 1 / 8, 1 / 8)
    assert list(fit.tidy()["term"]) == [1, 2, 3, 4, 5, 6]
    assert list(fit.tidy()["count"]) == [2, 1, 2, 1, 1, 1]


def test_prediction_against_one_hot():
    by_row = losses.categorical_cross_entropy([[0, 0, 1]], probs=[[0.6, 0.2, 0.2]])
    single = losses.categorical_cross_entropy([0, 0, 1], probs=[0.6, 0.2, 0.2])
    by_label = losses.categorical_cross_entropy([2], probs=[[0.6, 0.2, 0.2]])
    by_information = information.cross_entropy([0, 0, 1], [0.6, 0.2, 0.2])
    assert by_row == single == by_label == by_information == pytest.approx(1.6094, abs=5e-5)


def test_entropy_of_one_hot_is_zero():
    assert information.entropy([0, 0, 1]) == 0.0
    assert lk.Categorical([0.0, 0.0, 1.0]).entropy() == 0.0


def test_cross_entropy_is_entropy_plus_divergence():
    p, q = [0.1, 0.4, 0.5], [0.8, 0.15, 0.05]
    assert information.cross_entropy(p, q) == pytest.approx(
        information.entropy(p) + information.kl_divergence(p, q), rel=1e-14
    )
    assert information.entropy([0.5, 0.5], base=2) == 1.0
    assert information.perplexity([1 / 6] * 6) == pytest.approx(6.0, rel=1e-14)


def test_loop_vector_logits_probabilities_and_log_probabilities_agree(rng):
    logits = rng.normal(size=(50, 4))
    labels = rng.integers(0, 4, size=50)
    loop = 0.0
    for row, label in zip(logits, labels, strict=True):
        loop -= math.log(math.exp(row[label]) / sum(math.exp(z) for z in row))
    loop /= 50
    log_probs = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    one_hot = np.eye(4)[labels]
    for prediction in ({"logits": logits}, {"probs": np.exp(log_probs)}, {"log_probs": log_probs}):
        for target in (labels, one_hot):
            assert losses.categorical_cross_entropy(target, **prediction) == pytest.approx(
                loop, rel=1e-13
            )


def test_gaussian_loss_is_half_the_squared_error_plus_a_constant(rng):
    y, mean = rng.normal(size=(2, 20))
    constant = 0.5 * math.log(2 * math.pi)
    np.testing.assert_allclose(
        losses.gaussian_nll(y, mean=mean, reduction="none"),
        0.5 * losses.squared_error(y, mean=mean, reduction="none") + constant,
        rtol=1e-14,
    )
    assert losses.squared_error.scale == 2.0 and not losses.squared_error.constant
    assert losses.squared_error([3.0], mean=[1.0]) == 4.0


def test_gradient_in_the_logit_has_no_derivative_of_the_sigmoid():
    """At z = 10 and target 0 the sigmoid is flat, and the cross-entropy still pulls fully."""
    z = np.array([-10.0, 0.0, 10.0])
    gradient = losses.binary_cross_entropy.gradient([0, 0, 0], logits=z, reduction="sum")
    np.testing.assert_allclose(gradient, 1 / (1 + np.exp(-z)), rtol=1e-14)
    assert gradient[2] > 0.9999


def test_the_named_losses_are_the_distributions_own():
    assert losses.binary_cross_entropy is lk.Bernoulli.loss
    assert losses.categorical_cross_entropy is lk.Categorical.loss
    assert losses.gaussian_nll is lk.Gaussian.loss
    assert losses.poisson_nll is lk.Poisson.loss


def test_wolfs_die_is_not_fair():
    data = lk.datasets.load("wolf_dice")
    die = data[data["die"] == "A"]
    fit = lk.Categorical.fit(die["face"], categories=range(1, 7), weights=die["count"])
    test = fit.test("fair")
    assert test["statistic"] == pytest.approx(95.802, abs=5e-4)
    assert test["df"] == 5
    assert test["p_value"] == pytest.approx(4.047722100343041e-19, rel=1e-12, abs=0)


def test_kerrichs_coin_is_compatible_with_fair():
    data = lk.datasets.load("kerrich_coin")
    fit = lk.Bernoulli.fit(data["side"], success="heads", weights=data["count"])
    assert fit.params["prob"] == 0.5067
    row = fit.confint().loc[0]
    assert row["conf_low"] < 0.5 < row["conf_high"]
    assert fit.test(0.5, kind="exact")["p_value"] > 0.05


def test_weldons_dice_favour_five_and_six():
    data = lk.datasets.load("weldon_dice")
    hits = float((data["successes"] * data["count"]).sum())
    throws = 12 * float(data["count"].sum())
    fit = lk.Bernoulli.fit([1, 0], weights=[hits, throws - hits])
    assert fit.params["prob"] == pytest.approx(0.3377, abs=5e-5)
    assert fit.test(1 / 3)["p_value"] < 1e-6
