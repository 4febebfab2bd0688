"""Laws that hold for every distribution; a new one is added to CASES in conftest.py."""

import math

import numpy as np
import pytest
from scipy import integrate

from likelihood import Categorical, Gaussian, Status
from likelihood.family import indicator
from likelihood.objective import LinearObjective

STEP = 1e-30  # a complex step has no cancellation, so it can be as small as you like
METHODS = [
    "newton", "BFGS", "L-BFGS-B", "CG", "TNC", "SLSQP", "Newton-CG", "trust-ncg", "trust-krylov",
    "trust-exact", "Nelder-Mead", "Powell", "COBYLA", "COBYQA",
]  # fmt: skip


def rows_of(case):
    """Statistics of the observations as floats (n, k), and natural parameters beside them."""
    t = indicator(case.member.statistics(case.y), len(case.member.expectation))
    eta = np.linspace(*case.eta, t.size).reshape(t.shape)
    return eta, t


def coefficients(case, t):
    """An intercept in the middle of the case's natural parameters and a small slope, per column."""
    middle = sum(case.eta) / 2
    k = t.shape[1] - case.family.pinned
    return np.column_stack([np.linspace(middle, middle + 0.2, k), np.linspace(0.3, 0.5, k)]).ravel()


def outcomes(member, case):
    """Every outcome that matters with its probability."""
    support = list(case.support)
    return support, np.exp(member.log_prob(support))


def expectation_of(member, case, function):
    """E f(y) by summing over the support, or by quadrature."""
    if case.support is not None:
        support, p = outcomes(member, case)
        return float(p @ np.array([function(y) for y in support]))
    low, high = case.range
    value, _ = integrate.quad(
        lambda y: math.exp(member.log_prob([y])[0]) * function(y),
        low, high, points=[member.expectation[0]], limit=200, epsabs=1e-12, epsrel=1e-12,
    )  # fmt: skip
    return value


# --- the family -------------------------------------------------------------------------


def test_log_partition_derivatives_are_mean_and_variance(case):
    eta, _ = rows_of(case)
    k = eta.shape[1]
    _, _, mean, variance = case.family.cumulants(eta, 2)
    for j in range(k):
        moved = eta + 1j * STEP * np.eye(k)[j]
        peak, tail, moved_mean, _ = case.family.cumulants(moved, 1)
        np.testing.assert_allclose(np.imag(peak + tail) / STEP, mean[:, j], rtol=1e-12)
        np.testing.assert_allclose(
            np.imag(moved_mean) / STEP, variance[:, :, j], rtol=1e-12, atol=1e-16
        )


def test_loss_gradient_is_mean_minus_observed(case):
    eta, t = rows_of(case)
    loss = case.family.nll(eta, t)
    mean = case.family.cumulants(eta, 1).mean
    np.testing.assert_allclose(loss.gradient, mean - t, rtol=1e-12, atol=1e-15)


def test_loss_gradient_is_its_complex_step(case):
    eta, t = rows_of(case)
    loss = case.family.nll(eta, t)
    for j in range(eta.shape[1]):
        moved = case.family.nll(eta + 1j * STEP * np.eye(eta.shape[1])[j], t, 0)
        np.testing.assert_allclose(
            np.imag(moved.value) / STEP, loss.gradient[:, j], rtol=1e-12, atol=1e-15
        )


def test_a_derivative_that_is_not_asked_for_is_not_there(case):
    eta, t = rows_of(case)
    mean = case.family.cumulants(eta, 1).mean
    for form, at in ((case.family.nll, eta), (case.family.mean_nll, mean)):
        assert [part is None for part in form(at, t, 0)] == [False, True, True]
        assert [part is None for part in form(at, t, 1)] == [False, False, True]
        assert [part is None for part in form(at, t, 2)] == [False, False, False]


def test_loss_from_the_mean_equals_loss_from_the_natural_parameter(case):
    eta, t = rows_of(case)
    mean = case.family.cumulants(eta, 1).mean
    np.testing.assert_allclose(
        case.family.mean_nll(mean, t).value, case.family.nll(eta, t).value, rtol=1e-12
    )


def test_natural_parameter_inverts_the_mean(case):
    eta, _ = rows_of(case)
    eta = eta - eta[:, :1] * bool(case.family.pinned)
    mean = case.family.cumulants(eta, 1).mean
    np.testing.assert_allclose(case.family.natural(mean), eta, rtol=1e-12, atol=1e-14)


def test_mean_derivatives_follow_by_the_chain_rule(case):
    """d/dmean = V^-1 (mean - t), with the pinned coordinate eliminated."""
    member, t = case.member, rows_of(case)[1]
    mean = np.broadcast_to(member.expectation, t.shape)
    pinned = case.family.pinned
    loss = case.family.mean_nll(mean, t)
    inverse = np.linalg.inv(member.variance(member.expectation)[pinned:, pinned:])
    free = loss.gradient[:, pinned:] - loss.gradient[:, :pinned].sum(axis=1, keepdims=True)
    np.testing.assert_allclose(free, (mean - t)[:, pinned:] @ inverse, rtol=1e-12, atol=1e-14)
    # The loss is linear in t, so at t = mean the Hessian is the information.
    at = member.expectation[None, :]
    hessian = member._free_hessian(case.family.mean_nll(at, at).hessian[0])
    np.testing.assert_allclose(hessian, inverse, rtol=1e-12)


def test_divergence_is_the_excess_loss(case):
    p, q = case.member.expectation[None, :], case.other.expectation[None, :]
    excess = case.family.mean_nll(q, p, 0).value - case.family.mean_nll(p, p, 0).value
    np.testing.assert_allclose(case.family.divergence(p, q), excess, rtol=1e-12)
    assert case.family.divergence(p, p) == 0.0


# --- the member -------------------------------------------------------------------------


def test_probabilities_sum_to_one(case):
    assert expectation_of(case.member, case, lambda y: 1.0) == pytest.approx(1.0, rel=1e-12)


def test_statistic_has_the_stated_mean_and_variance(case):
    member = case.member

    def coordinate(y, j):
        return indicator(member.statistics([y]), len(member.expectation))[0, j]

    variance = member.variance(member.expectation) * member.scale**2
    for j, mean in enumerate(member.expectation):
        assert expectation_of(member, case, lambda y, j=j: coordinate(y, j)) == pytest.approx(
            mean, rel=1e-10
        )
        assert expectation_of(
            member, case, lambda y, j=j, m=mean: (coordinate(y, j) - m) ** 2
        ) == pytest.approx(variance[j, j], rel=1e-10)


def test_expected_score_is_zero_and_its_variance_the_information(case):
    member = case.member
    information = member.fisher_information()
    for j in range(len(information)):
        mean = expectation_of(member, case, lambda y, j=j: member.score([y])[j])
        variance = expectation_of(member, case, lambda y, j=j: member.score([y])[j] ** 2)
        curvature = expectation_of(member, case, lambda y, j=j: -member.hessian([y])[j, j])
        assert mean == pytest.approx(0.0, abs=1e-9)
        assert variance == pytest.approx(information[j, j], rel=1e-9)
        assert curvature == pytest.approx(information[j, j], rel=1e-9)


def test_score_and_hessian_differentiate_the_log_likelihood(case):
    member, h = case.member, 1e-6
    values = np.array(member.estimates)[case.family.pinned :]

    def rebuilt(free):
        if isinstance(member, Categorical):
            return Categorical([1.0 - free.sum(), *free], member.categories)
        return type(member)(*free)

    for j in range(len(values)):
        up, down = (rebuilt(values + s * h * np.eye(len(values))[j]) for s in (1, -1))
        slope = (up.log_likelihood(case.y) - down.log_likelihood(case.y)) / (2 * h)
        bend = (up.score(case.y) - down.score(case.y)) / (2 * h)
        # A central difference of step 1e-6 is good to about 1e-9 here.
        assert member.score(case.y)[j] == pytest.approx(slope, rel=1e-7, abs=1e-7)
        np.testing.assert_allclose(member.hessian(case.y)[j], bend, rtol=1e-7, atol=1e-6)


def test_information_scales_with_n(case):
    np.testing.assert_allclose(
        case.member.fisher_information(7), 7 * case.member.fisher_information(), rtol=1e-15
    )


def test_loss_is_minus_log_likelihood(case):
    member, pinned = case.member, case.family.pinned
    eta = case.family.natural(member.expectation[None, :])[0]
    n = len(case.y)
    target = member.statistics(case.y) if pinned else np.array(case.y)
    prediction = np.tile(eta, (n, 1)) if pinned else np.full(n, eta[0])
    name = next(name for name, form in case.family.predictions.items() if form == "natural")
    options = {"sd": member.sd} if isinstance(member, Gaussian) else {}
    loss = case.family.loss(target, **{name: prediction}, reduction="none", **options)
    np.testing.assert_allclose(loss, -member.log_prob(case.y), rtol=1e-12)


def test_entropy_is_expected_surprise(case):
    surprise = expectation_of(case.member, case, lambda y: -case.member.log_prob([y])[0])
    assert case.member.entropy() == pytest.approx(surprise, rel=1e-10)
    assert case.member.entropy(base=2) == pytest.approx(surprise / math.log(2), rel=1e-10)


def test_cross_entropy_is_entropy_plus_divergence(case):
    member, other = case.member, case.other
    expected = expectation_of(member, case, lambda y: -other.log_prob([y])[0])
    assert member.cross_entropy(other) == pytest.approx(expected, rel=1e-10)
    assert member.cross_entropy(other) == member.entropy() + member.kl_divergence(other)
    assert member.kl_divergence(other) > 0.0
    assert member.kl_divergence(member) == 0.0


def test_draws_have_the_stated_mean(case, rng):
    draws = case.member.sample(40_000, rng)
    t = indicator(case.member.statistics(draws), len(case.member.expectation))
    deviation = np.sqrt(np.diag(case.member.variance(case.member.expectation)))
    error = case.member.scale * deviation / math.sqrt(len(draws))
    assert (np.abs(t.mean(axis=0) - case.member.expectation) < 4 * error).all()
    assert list(case.member.sample(5, 3)) == list(case.member.sample(5, 3))


def test_members_of_different_kinds_are_not_compared(case):
    with pytest.raises(TypeError, match="compared with one over the same outcomes"):
        case.member.kl_divergence(Categorical([0.5, 0.5], ["x", "y"]))


# --- the fit ----------------------------------------------------------------------------


def test_fit_is_certified_and_its_score_is_zero(case):
    fit = case.fit(weights=case.weights)
    assert fit.verdict.status is Status.OPTIMUM
    assert fit.verdict.distance < 1e-12
    assert fit.record.iterations == 0
    score = fit.distribution.score(case.y, case.weights)
    error = np.sqrt(np.diag(fit.distribution.fisher_information(fit.n)))
    # In standard errors, as the verdict says.
    assert (np.abs(score / error) < 1e-12).all()


def test_fit_beats_its_neighbours(case):
    fit = case.fit(weights=case.weights)
    assert fit.log_likelihood > case.member.log_likelihood(case.y, case.weights)
    assert fit.log_likelihood > case.other.log_likelihood(case.y, case.weights)
    assert fit.log_likelihood == pytest.approx(
        fit.distribution.log_likelihood(case.y, case.weights), rel=1e-14
    )


@pytest.mark.parametrize("method", METHODS)
def test_every_method_reaches_the_same_maximum(case, method):
    closed = case.fit(weights=case.weights)
    fit = case.fit(weights=case.weights, method=method)
    assert fit.verdict.status is Status.OPTIMUM
    assert fit.record.iterations > 0
    np.testing.assert_allclose(
        fit.distribution.estimates, closed.distribution.estimates, rtol=1e-10
    )
    assert fit.log_likelihood == pytest.approx(closed.log_likelihood, rel=1e-12)


def test_weights_are_repetitions(case):
    repeated = [y for y, w in zip(case.y, case.weights, strict=True) for _ in range(w)]
    weighted, plain = case.fit(weights=case.weights), case.fit(repeated)
    assert weighted.n == plain.n
    for left, right in [
        (weighted.tidy(), plain.tidy()),
        (weighted.covariance(), plain.covariance()),
    ]:
        numbers = left.select_dtypes("number")
        np.testing.assert_allclose(numbers, right[numbers.columns], rtol=1e-13, atol=1e-16)
    assert weighted.log_likelihood == pytest.approx(plain.log_likelihood, rel=1e-14)
    assert case.member.log_likelihood(case.y, case.weights) == pytest.approx(
        case.member.log_likelihood(repeated), rel=1e-14
    )
    np.testing.assert_allclose(
        case.member.score(case.y, case.weights), case.member.score(repeated), rtol=1e-12
    )
    np.testing.assert_allclose(
        case.member.hessian(case.y, case.weights), case.member.hessian(repeated), rtol=1e-12
    )


def test_row_order_is_immaterial(case):
    forward = case.fit(weights=case.weights)
    backward = case.fit(case.y[::-1], weights=case.weights[::-1])
    np.testing.assert_allclose(
        forward.distribution.estimates, backward.distribution.estimates, rtol=1e-15
    )


def test_a_weight_of_zero_is_an_absent_row(case):
    whole = case.fit(weights=case.weights)
    padded = case.fit([*case.y, *case.y], weights=[*case.weights, *([0] * len(case.y))])
    np.testing.assert_array_equal(whole.distribution.estimates, padded.distribution.estimates)
    assert whole.log_likelihood == padded.log_likelihood
    assert (padded.sample.n_rows, padded.sample.n_used) == (2 * len(case.y), len(case.y))


def test_covariance_is_the_inverse_information(case):
    fit = case.fit(weights=case.weights)
    pinned = case.family.pinned
    np.testing.assert_allclose(
        fit.covariance().to_numpy()[pinned:, pinned:],
        np.linalg.inv(fit.distribution.fisher_information(fit.n)),
        rtol=1e-12,
    )


def test_block_size_is_immaterial(case):
    eta, t = rows_of(case)
    X = np.column_stack([np.ones(len(t)), np.linspace(-1, 1, len(t))])
    theta = coefficients(case, t)
    one, many = (
        LinearObjective(case.family, X, t, np.array(case.weights, float), block_rows=rows).evaluate(
            theta
        )
        for rows in (100, 2)
    )
    assert one.value == pytest.approx(many.value, rel=1e-14)
    np.testing.assert_allclose(one.gradient, many.gradient, rtol=1e-13, atol=1e-14)
    np.testing.assert_allclose(one.hessian, many.hessian, rtol=1e-13, atol=1e-14)


def test_objective_derivatives_are_complex_steps(case):
    _, t = rows_of(case)
    X = np.column_stack([np.ones(len(t)), np.linspace(-1, 1, len(t))])
    theta = coefficients(case, t)
    weights = np.array(case.weights, float)
    at = LinearObjective(case.family, X, t, weights).evaluate(theta)
    for j in range(len(theta)):
        B = (theta + 1j * STEP * np.eye(len(theta))[j]).reshape(-1, 2)
        eta = X @ np.vstack([np.zeros((case.family.pinned, 2)), B]).T
        value = weights @ case.family.nll(eta, t, 0).value
        gradient = (weights[:, None] * case.family.nll(eta, t, 1).gradient).T @ X
        assert np.imag(value) / STEP == pytest.approx(at.gradient[j], rel=1e-12, abs=1e-13)
        np.testing.assert_allclose(
            np.imag(gradient[case.family.pinned :]).ravel() / STEP, at.hessian[j],
            rtol=1e-12, atol=1e-13,
        )  # fmt: skip


# --- inference --------------------------------------------------------------------------


def test_every_interval_holds_the_estimate_and_grows_with_the_level(case):
    fit = case.fit(weights=case.weights)
    low, high = case.family.mean_range
    for method in case.family.interval_methods:
        narrow, wide = fit.confint(0.8, method), fit.confint(0.99, method)
        assert (narrow["conf_low"] <= narrow["estimate"]).all()
        assert (narrow["estimate"] <= narrow["conf_high"]).all()
        assert (wide["conf_low"] <= narrow["conf_low"]).all()
        assert (narrow["conf_high"] <= wide["conf_high"]).all()
        assert (wide["conf_low"] >= low).all() and (wide["conf_high"] <= high).all()


@pytest.mark.parametrize("kind", ["lr", "score", "wald"])
def test_the_estimate_itself_is_never_rejected(case, kind):
    fit = case.fit(weights=case.weights)
    test = fit.test(fit.distribution, kind)
    assert test["statistic"] == pytest.approx(0.0, abs=1e-20)
    assert test["p_value"] == pytest.approx(1.0, abs=1e-9)
    rejected = fit.test(case.other, kind)
    assert rejected["statistic"] > 0 and 0 < rejected["p_value"] < 1
    assert rejected["log_p_value"] == pytest.approx(math.log(rejected["p_value"]), rel=1e-12)


def test_likelihood_ratio_statistic_is_twice_the_difference(case):
    fit = case.fit(weights=case.weights)
    difference = fit.log_likelihood - case.other.log_likelihood(case.y, case.weights)
    assert fit.test(case.other)["statistic"] == pytest.approx(2 * difference, rel=1e-11)
    assert fit.test(case.other)["df"] == fit.n_parameters


def test_compare_puts_a_fixed_member_beside_the_fit(case):
    fit = case.fit(weights=case.weights)
    table = fit.compare(case.other)
    assert table.loc[1, "lr_p_value"] == fit.test(case.other)["p_value"]
    assert table["weight"].sum() == pytest.approx(1.0, rel=1e-12)
    assert table["delta_aic"].min() == 0.0
    assert table.loc[1, "n_parameters"] == 0
