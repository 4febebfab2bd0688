"""Information measures: laws, limits, units and refusals."""

import math

import numpy as np
import pytest

from likelihood import Categorical, DataError, information


def test_measures_work_row_by_row(rng):
    p, q = rng.dirichlet(np.ones(5), size=(2, 8))
    np.testing.assert_allclose(information.entropy(p), -(p * np.log(p)).sum(axis=1), rtol=1e-13)
    np.testing.assert_allclose(
        information.cross_entropy(p, q), -(p * np.log(q)).sum(axis=1), rtol=1e-13
    )
    np.testing.assert_allclose(
        information.kl_divergence(p, q),
        information.cross_entropy(p, q) - information.entropy(p),
        rtol=1e-12,
    )
    np.testing.assert_allclose(
        information.perplexity(p, q), np.exp(information.cross_entropy(p, q)), rtol=1e-15
    )


def test_they_agree_with_the_distribution():
    p, q = Categorical([0.1, 0.3, 0.6]), Categorical([0.3, 0.3, 0.4])
    assert information.entropy(p.probs) == p.entropy()
    assert information.kl_divergence(p.probs, q.probs, base=2) == p.kl_divergence(q, base=2)


def test_entropy_from_logits_is_that_of_their_softmax(rng):
    logits = rng.normal(scale=5, size=(6, 4))
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    np.testing.assert_allclose(
        information.entropy(logits=logits), -(p * np.log(p)).sum(axis=1), rtol=1e-12
    )


def test_limits():
    assert information.information_content(1.0) == 0.0
    assert information.information_content(0.0) == math.inf
    assert information.kl_divergence([0.5, 0.5], [1.0, 0.0]) == math.inf
    assert information.kl_divergence([1.0, 0.0], [0.5, 0.5]) == pytest.approx(math.log(2))
    assert information.cross_entropy([1.0, 0.0], [1.0, 0.0]) == 0.0


def test_uniform_has_the_largest_entropy(rng):
    assert (information.entropy(rng.dirichlet(np.ones(6), size=100)) < math.log(6)).all()
    assert information.entropy([1 / 6] * 6, base=6) == pytest.approx(1.0, rel=1e-15)


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: information.entropy([0.5, 0.6]), DataError, "p must sum to 1"),
        (lambda: information.entropy([1.5, -0.5]), DataError, r"p must be in \[0, 1\], got 1.5"),
        (lambda: information.entropy(0.5), DataError, "probabilities of all outcomes"),
        (lambda: information.entropy(), TypeError, "needs either p or logits="),
        (lambda: information.entropy([1.0], logits=[0.0]), TypeError, "needs either p or logits="),
        (lambda: information.entropy(logits=1.0), DataError, "logits must hold those of all"),
        (lambda: information.entropy([1.0], base="a"), ValueError, "got 'a'"),
        (lambda: information.entropy([1.0], base=1), ValueError, "base must be positive and not 1"),
        (lambda: information.entropy([1.0], base=-2), ValueError, "got -2"),
        (lambda: information.information_content(2.0), DataError, "got 2 at the only entry"),
        (lambda: information.kl_divergence([1.0], [0.5, 0.5]), DataError, "the same shape"),
    ],
)
def test_misuse_is_refused(call, error, message):
    with pytest.raises(error, match=message):
        call()
