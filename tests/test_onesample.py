"""One-sample fits against answers solved at 70 digits, through the public names."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from likelihood import Bernoulli, Categorical, Gaussian

REFERENCES = Path(__file__).parent / "references"


def reference(name):
    return json.loads((REFERENCES / f"onesample_{name}.json").read_text())


def nist(name):
    lines = (REFERENCES / "nist" / f"{name}.dat").read_text().splitlines()
    return np.array([float(line) for line in lines[60:] if line.strip()])


def close(ours, exact, digits=12):
    # Twelve digits of the value; nothing better can be asked of an answer of zero.
    assert ours == pytest.approx(float(exact), rel=10.0**-digits, abs=1e-300)


BERNOULLI = {
    "wald": "wald_unclipped",
    "wilson": "wilson",
    "agresti-coull": "agresti_coull_unclipped",
    "clopper-pearson": "clopper_pearson",
    "jeffreys": "jeffreys_equal_tailed",
    "profile": "likelihood_ratio",
}


@pytest.mark.parametrize(
    "case", reference("bernoulli"), ids=lambda c: f"{c['k']}of{c['n']}@{c['level']}"
)
def test_bernoulli(case):
    k, n, level = case["k"], case["n"], float(case["level"])
    fit = Bernoulli.fit([1, 0], weights=[k, n - k])
    close(fit.params["prob"], case["p_hat"], 15)
    close(fit.log_likelihood, case["loglik"])
    for method, key in BERNOULLI.items():
        low, high = (min(max(float(end), 0.0), 1.0) for end in case["intervals"][key])
        if method == "jeffreys":
            low, high = (0.0 if k == 0 else low), (1.0 if k == n else high)
        row = fit.confint(level, method).loc[0]
        close(row["conf_low"], low)
        close(row["conf_high"], high)


@pytest.mark.parametrize("case", reference("multinomial"), ids=lambda c: c["name"])
def test_categorical(case):
    counts, level = case["counts"], float(case["level"])
    names = range(len(counts))
    fit = Categorical.fit(names, categories=names, weights=counts)
    np.testing.assert_allclose(fit.params["probs"], np.array(case["p_hat"], float), rtol=1e-15)
    np.testing.assert_allclose(fit.tidy()["std_error"], np.array(case["se"], float), rtol=1e-14)
    close(fit.log_likelihood, case["loglik"], 14)
    close(fit.distribution.entropy(), case["entropy_mle"], 14)
    methods = {"goodman": "goodman", "quesenberry-hurst": "quesenberry_hurst"}
    for method, key in methods.items():
        ends = fit.confint(level, method)[["conf_low", "conf_high"]]
        np.testing.assert_allclose(ends, np.array(case[key], float), rtol=1e-12)
    if "sison_glaz_edgeworth" in case:
        ends = fit.confint(level, "sison-glaz")[["conf_low", "conf_high"]]
        exact = np.array(case["sison_glaz_edgeworth"]["intervals"], float)
        np.testing.assert_allclose(ends, np.clip(exact, 0, 1), rtol=1e-9)


def test_goodness_of_fit():
    cases = reference("gof")
    wolf = cases["wolf_a"]
    fit = Categorical.fit(range(6), categories=range(6), weights=wolf["observed"])
    check_gof(fit, "fair", wolf)
    binomial = [math.comb(12, k) * (1 / 3) ** k * (2 / 3) ** (12 - k) for k in range(13)]
    full = cases["weldon p=1/3 13 cells"]
    fit = Categorical.fit(range(13), categories=range(13), weights=full["observed"])
    check_gof(fit, binomial, full)
    pooled = cases["weldon p=1/3 cells 10-12 pooled"]
    fit = Categorical.fit(range(11), categories=range(11), weights=pooled["observed"])
    check_gof(fit, [*binomial[:10], sum(binomial[10:])], pooled)


def check_gof(fit, null, case):
    for kind, key in (("score", "pearson"), ("lr", "G")):
        test, exact = fit.test(null, kind), case[key]
        close(test["statistic"], exact["stat"])
        assert test["df"] == exact["df"]
        # p = exp(-stat / 2) * ...: twelve digits of the statistic are eleven of p at 95.
        close(test["p_value"], exact["p"], 11)
        close(test["log_p_value"], exact["log_p"])


@pytest.mark.parametrize("case", reference("gaussian"), ids=lambda c: c["name"])
def test_gaussian(case):
    y = nist(case["name"])
    assert len(y) == case["n"]
    fit = Gaussian.fit(y)
    close(fit.params["mean"], case["mean"], 15)
    close(fit.params["sd"], case["sigma_mle"], 15)
    close(fit.sd_unbiased_variance, case["sd_n_minus_1"], 15)
    close(fit.log_likelihood, case["loglik_max"], 13)
    errors = fit.tidy()["std_error"]
    close(errors[0], case["se_mu"], 14)
    close(errors[1], case["se_sigma"], 14)
    hessian = fit.distribution.hessian(y)
    close(hessian[0, 0], case["hessian_mu"], 13)
    close(hessian[1, 1], case["hessian_sigma"], 13)


def test_numacc4_keeps_fifteen_digits():
    """NIST's hardest univariate set, from its description; exact for the doubles it rounds to."""
    from fractions import Fraction

    y = [10000000.2] + [10000000.1, 10000000.3] * 500
    exact = [Fraction(value) for value in y]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / (len(exact) - 1)
    fit = Gaussian.fit(y)
    assert fit.params["mean"] == pytest.approx(float(mean), rel=1e-15)
    assert fit.sd_unbiased_variance**2 == pytest.approx(float(variance), rel=1e-15)
