"""The crosscheck: that it agrees where we are right, and that it can find us wrong."""

import warnings

import numpy as np
import pytest

import likelihood as lk
from likelihood.crosscheck import ENOUGH, agreement, crosscheck, digits, least_digits
from likelihood.results import DistributionFit

COLUMNS = (
    "quantity", "term", "ours", "theirs", "backend", "difference", "digits", "ok", "reason",
)  # fmt: skip


def wolf(which):
    dice = lk.datasets.load("wolf_dice")
    one = dice[dice["die"] == which]
    return lk.Categorical.fit(one["face"], categories=range(1, 7), weights=one["count"])


RNG = np.random.default_rng(7)
CLASSICS = {
    "wolf A": wolf("A"),
    "wolf B": wolf("B"),
    "kerrich": lk.Bernoulli.fit([1, 0], weights=[5067, 4933]),
    "michelson": lk.Gaussian.fit(lk.datasets.load("michelson")["speed"]),
    "poisson": lk.Poisson.fit(RNG.poisson(3.0, 200)),
    "horse kicks": lk.Poisson.fit([0, 1, 2, 3, 4], weights=[109, 65, 22, 3, 1]),
}
AWKWARD = {
    "0 of 10": lk.Bernoulli.fit([0] * 10),
    "10 of 10": lk.Bernoulli.fit([1] * 10),
    "half": lk.Bernoulli.fit([0, 1], weights=[91, 91]),
    "fractional coin": lk.Bernoulli.fit([0, 1], weights=[1.5, 2.25]),
    "never rolled": lk.Categorical.fit([1, 2, 3, 1, 5], categories=range(1, 7)),
    "one face": lk.Categorical.fit([1, 1], categories=range(1, 7)),
    "one category": lk.Categorical.fit([1, 1], categories=[1]),
    "near n": lk.Categorical.fit([1, 2], categories=[1, 2], weights=[1, 16]),
    "fractional die": lk.Categorical.fit([1, 2], categories=[1, 2], weights=[0.5, 1.75]),
    "weighted mean": lk.Gaussian.fit([1.0, 2.0, 3.0], weights=[2, 5, 9]),
    "constant": lk.Gaussian.fit([3.0, 3.0]),
    "one row": lk.Gaussian.fit([3.0]),
    "offset": lk.Gaussian.fit(1e12 + RNG.normal(size=1000)),
    "all zero": lk.Poisson.fit([0, 0]),
    "large counts": lk.Poisson.fit(RNG.poisson(1e6, 50)),
}


@pytest.mark.parametrize("name", CLASSICS)
def test_classic_samples_agree_to_nine_digits_and_more(name):
    table = crosscheck(CLASSICS[name])
    assert table["ok"].all()
    assert least_digits(table) >= ENOUGH
    assert tuple(table.columns) == COLUMNS
    assert len(table) >= 14


@pytest.mark.parametrize("name", AWKWARD)
def test_awkward_samples_agree_or_the_reason_is_known(name):
    table = crosscheck(AWKWARD[name])
    assert table["ok"].all(), table[~table["ok"]]
    assert not table.loc[table["digits"] >= ENOUGH, "reason"].any()


def test_random_samples_agree():
    rng = np.random.default_rng(11)
    for _ in range(15):
        faces = int(rng.integers(2, 8))
        counts = rng.multinomial(int(rng.integers(1, 60)), rng.dirichlet(np.ones(faces)))
        fits = (
            lk.Categorical.fit(range(faces), categories=range(faces), weights=counts),
            lk.Bernoulli.fit([1, 0], weights=rng.integers(1, 200, 2)),
            lk.Gaussian.fit(rng.normal(rng.choice([0.0, 1e3]), 1.0, int(rng.integers(2, 50)))),
            lk.Poisson.fit(rng.poisson(rng.choice([0.1, 20.0]), int(rng.integers(2, 50)))),
        )
        for fit in fits:
            table = crosscheck(fit)
            assert table["ok"].all(), (fit, table[~table["ok"]])


def test_known_differences_are_few_and_say_why():
    table = crosscheck(CLASSICS["michelson"])
    known = table[table["reason"] != ""]
    assert known["quantity"].tolist() == ["std_error"]
    assert "divides by n - 1" in known["reason"].iloc[0]
    # The same number with n - 1 is held to the usual digits.
    corrected = table[table["quantity"] == "std_error with n - 1"]
    assert corrected["digits"].iloc[0] >= ENOUGH


@pytest.mark.parametrize("name", CLASSICS)
def test_a_wrong_interval_is_found(name, monkeypatch):
    right = DistributionFit._interval
    monkeypatch.setattr(
        DistributionFit, "_interval", lambda fit, *given: right(fit, *given) * (1.0 + 1e-8)
    )
    table = crosscheck(CLASSICS[name])
    assert not table["ok"].all()
    wrong = table[~table["ok"]]
    assert wrong["quantity"].str.startswith("conf_").all() and not wrong["reason"].any()
    # A relative error of 1e-8 leaves eight digits.
    assert wrong["digits"].between(7.9, 8.1).all()


@pytest.mark.parametrize("name", CLASSICS)
def test_a_wrong_standard_error_is_found(name, monkeypatch):
    family = type(CLASSICS[name].distribution)
    right = family.estimate_covariance
    monkeypatch.setattr(
        family, "estimate_covariance", lambda member, total: 1.001 * right(member, total)
    )
    table = crosscheck(CLASSICS[name])
    if name != "michelson":
        assert not table.loc[table["quantity"] == "std_error", "ok"].any()
    else:
        assert set(table.loc[~table["ok"], "quantity"]) <= {"exact statistic", "exact p_value"}


@pytest.mark.parametrize("name", CLASSICS)
def test_a_wrong_log_likelihood_is_found(name):
    fit = CLASSICS[name]
    # One part in 10**8: a dropped constant is much larger.
    wrong = type(fit)(fit.distribution, fit.sample, fit.record, fit.log_likelihood * (1 + 1e-8))
    table = crosscheck(wrong)
    assert not table.loc[table["quantity"] == "log_likelihood", "ok"].all()


@pytest.mark.parametrize("name", CLASSICS)
def test_a_wrong_estimate_is_found(name):
    fit = CLASSICS[name]
    other = {
        "Bernoulli": lk.Bernoulli(0.5067 + 1e-7),
        "Categorical": lk.Categorical([1 / 6] * 6, range(1, 7)),
        "Gaussian": lk.Gaussian(fit.params.get("mean", 0) * (1 + 1e-9), 0.0786),
        "Poisson": lk.Poisson(fit.params.get("rate", 1) * (1 + 1e-7)),
    }[fit.model]
    table = crosscheck(type(fit)(other, fit.sample, fit.record, fit.log_likelihood))
    assert not table.loc[table["quantity"] == "estimate", "ok"].all()


def test_labels_keep_their_type():
    table = crosscheck(CLASSICS["wolf A"])
    assert {type(term) for term in table["term"] if term != ""} == {int}


def test_slow_comparisons_are_left_out_of_large_samples():
    large = lk.Categorical.fit([0, 1], categories=[0, 1], weights=[10**6, 10**6])
    backends = set(crosscheck(large)["backend"])
    assert "statsmodels MNLogit" not in backends
    assert not crosscheck(large)["quantity"].str.contains("sison").any()


def test_their_warnings_do_not_leak():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for fit in (*CLASSICS.values(), *AWKWARD.values()):
            crosscheck(fit)


def test_filters_of_warnings_are_left_as_they_were():
    before = list(warnings.filters)
    crosscheck(AWKWARD["0 of 10"])
    assert warnings.filters == before


def test_a_fit_that_did_not_converge_is_refused():
    with pytest.warns(lk.ConvergenceWarning):
        fit = lk.Gaussian.fit([1.0, 2.0, 4.0], method="CG", max_iter=1, tolerance=1e-300)
    with pytest.raises(ValueError, match="did not converge"):
        crosscheck(fit)


def test_a_model_that_nobody_checks_is_refused():
    class Exotic(lk.Poisson):
        """A distribution of a user's own."""

    with pytest.raises(ValueError, match=r"nothing to check Exotic against.*Bernoulli"):
        crosscheck(Exotic.fit([1, 2]))


@pytest.mark.parametrize(
    ("ours", "theirs", "expected"),
    [
        (2.0, 2.0, 16.0), (np.inf, np.inf, 16.0), (1.0, np.nextafter(1.0, 2.0), 15.65),
        (1.0, 1.01, 2.0), (0.0, 1e-12, 12.0), (1e-12, 0.0, 12.0), (0.0, 1e-20, 15.9),
        (1.0, np.inf, 0.0), (1.0, 5.0, 0.1), (-1.0, 5.0, 0.0),
    ],
)  # fmt: skip
def test_digits_are_minus_the_logarithm_of_the_relative_difference(ours, theirs, expected):
    # The expectations are rounded to a twentieth.
    assert digits(ours, theirs) == pytest.approx(expected, abs=0.05)


def test_one_sentence_tells_of_agreement_known_differences_and_misses():
    table = crosscheck(CLASSICS["michelson"])
    assert "; 1 known difference." in agreement(table)
    assert agreement(table)[:2].isdigit()
    table.loc[0, ["ok", "digits"]] = [False, 3.0]
    assert "3.0 digits" in agreement(table) and "; 1 beyond tolerance." in agreement(table)
    assert agreement(table.iloc[:0]) == "no number could be compared."


def test_the_method_of_a_fit_is_the_same_table():
    fit = CLASSICS["kerrich"]
    assert fit.crosscheck().equals(crosscheck(fit))
