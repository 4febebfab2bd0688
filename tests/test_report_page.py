"""The page of a report: what it opens with, and that level, interval and hypothesis reach it."""

import re

import numpy as np
import pytest
from scipy import stats

import likelihood as lk
from likelihood.report import hypotheses
from likelihood.report.contents import report_files
from likelihood.report.folder import write_report
from likelihood.report.formatting import frame_to_csv

COIN = lk.Bernoulli.fit([1, 0], weights=[5067, 4933])
MEAN = lk.Gaussian.fit([1.0, 2.0, 4.0])


def test_a_die_is_tested_against_fair_or_the_hypothesis_given():
    die = lk.Categorical.fit([1, 2, 2, 3], categories=[1, 2, 3])
    page = report_files(die)["report.md"]
    assert "| fair | G-test (likelihood ratio) |" in page
    assert "| fair | Pearson's chi-square (score) |" in page
    given = report_files(die, null=[0.2, 0.5, 0.3])
    assert "| 0.2, 0.5, 0.3 | G-test" in given["report.md"]
    assert (
        "standardised residuals are those of the probabilities 0.2, 0.5, 0.3."
        in (given["report.md"])
    )
    assert "0.8," in given["tidy.csv"]


def test_a_coin_is_tested_against_a_half_exactly_too():
    assert "| 0.5 | exact binomial | 5067 |  | 0.1835 |" in report_files(COIN)["report.md"]
    weighted = lk.Bernoulli.fit([1, 0], weights=[0.5, 2.0])
    page = report_files(weighted)["report.md"]
    assert "| 0.5 | likelihood ratio |" in page and "| 0.5 | exact" not in page
    assert "> Note: Some weights are not whole numbers" in page


def test_a_mean_is_tested_only_when_asked():
    assert "## Tests" not in report_files(MEAN)["report.md"]
    page = report_files(MEAN, null={"mean": 2.0})["report.md"]
    assert "| mean = 2 | likelihood ratio |" in page and "| mean = 2 | Student's t |" in page
    spread = report_files(MEAN, null={"sd": 1.0})["report.md"]
    assert "| sd = 1 | chi-square of the variance |" in spread
    both = report_files(MEAN, null={"mean": 2.0, "sd": 1.0})["report.md"]
    assert "| mean = 2, sd = 1 | likelihood ratio |" in both and "Student's t |" not in both


def test_a_hypothesis_that_makes_no_sense_is_heard_of():
    with pytest.raises(ValueError, match="prob must be"):
        report_files(COIN, null=1.5)


def test_a_fit_that_did_not_converge_has_no_figures_tests_or_crosscheck():
    with pytest.warns(lk.ConvergenceWarning):
        fit = lk.Gaussian.fit([1.0, 2.0, 4.0], method="CG", max_iter=1, tolerance=1e-300)
    files = report_files(fit, null={"mean": 0.0})
    assert sorted(files) == ["glance.csv", "report.md", "tidy.csv"]
    assert "**Not converged.**" in files["report.md"] and "## Tests" not in files["report.md"]


def opening(fit, **options):
    """The first paragraph of a report's page, without its marks."""
    page = report_files(fit, **options)["report.md"]
    return re.sub(r"\\(.)", r"\1", page.split("\n\n")[1]).strip("*")


def test_a_page_opens_with_the_result_of_the_test_at_the_level_of_the_intervals():
    die = lk.Categorical.fit(
        range(1, 7), categories=range(1, 7), weights=[3407, 3631, 3176, 2916, 3448, 3422]
    )
    assert opening(die) == (
        "The hypothesis of equal probabilities for all 6 categories is rejected at the 5 % level: "
        "G = 95.80 on 5 df, p < 0.0001."
    )
    assert opening(COIN) == (
        "The hypothesis of a probability of 0.5 is not rejected at the 5 % level: "
        "likelihood-ratio chi-square = 1.796 on 1 df, p = 0.1802."
    )
    assert "is rejected at the 20 % level" in opening(COIN, level=0.8)
    assert opening(MEAN, null={"mean": 9.0}).startswith(
        # (7/3 - 9) / sqrt(7/3 / 3)
        "The hypothesis of a mean of 9 is rejected at the 5 % level: t = -7.559 on 2 df, p = 0.01"
    )
    both = opening(MEAN, null={"mean": 9.0, "sd": 1.0})
    assert "of a mean of 9 and a standard deviation of 1 is" in both
    assert "likelihood-ratio chi-square" in both
    assert "of a rate of 4 is rejected" in opening(lk.Poisson.fit([1, 2, 1, 0, 1, 1]), null=4.0)


def test_a_page_of_a_search_that_failed_opens_with_that():
    with pytest.warns(lk.ConvergenceWarning):
        fit = lk.Gaussian.fit([1.0, 2.0, 4.0], method="CG", max_iter=1, tolerance=1e-300)
    assert opening(fit, null={"mean": 0.0}).startswith("Not converged.")


def test_the_level_and_the_interval_reach_every_part_of_a_report():
    files = report_files(COIN, level=0.9, interval="jeffreys")
    assert files["tidy.csv"] == frame_to_csv(COIN.tidy(0.9, "jeffreys"))
    assert ",jeffreys," in files["glance.csv"]
    page = files["report.md"]
    low, high = (
        f"{end:.4f}" for end in COIN.tidy(0.9, "jeffreys").loc[0, ["conf_low", "conf_high"]]
    )
    profile = (
        f"{end:.4f}" for end in COIN.confint(0.9, "profile").loc[0, ["conf_low", "conf_high"]]
    )
    assert f"is 0.5067 (90 % interval {low} to {high})." in page
    assert f"| {low} | {high} |" in page
    assert "90 % interval: Jeffreys prior" in page and "| interval | jeffreys |" in page
    assert "from {} to {}, the 90 % profile interval".format(*profile) in page
    assert f"2001), {low} to {high}." in page
    # Half the square of the normal quantile 1.6449.
    assert "cut-off of -1.35 " in page and "cut-off -1.35" in files["figure-01.svg"]
    assert "95 %" not in page.split("## Crosscheck")[0]


def test_the_level_and_the_interval_reach_the_report_of_a_die_and_of_a_mean():
    die = lk.Categorical.fit([1, 2, 2, 3] * 9, categories=[1, 2, 3])
    page = report_files(die, level=0.99, interval="sison-glaz")["report.md"]
    assert page.count("99 % simultaneous interval") == 3 and "95 %" not in page.split("## Cross")[0]
    mean = report_files(MEAN, level=0.5, interval="profile")
    assert "50 % intervals: profile likelihood" in mean["report.md"]
    assert "The band holds 50 % of" in mean["report.md"]
    assert "50 % for each point" in mean["figure-02.svg"]
    assert "95 %" not in mean["report.md"].split("## Cross")[0]


@pytest.mark.parametrize("wrong", [{"level": 95}, {"interval": "nosuch"}])
def test_a_level_or_an_interval_that_is_none_is_refused(tmp_path, wrong):
    with pytest.raises(ValueError, match="95 for|nosuch|0.95"):
        COIN.report(tmp_path / "report", **wrong)
    assert list(tmp_path.iterdir()) == []


def test_the_method_of_a_fit_writes_what_the_function_writes(tmp_path):
    options = {"title": "A", "source": "B", "null": 0.4, "level": 0.9, "interval": "wald"}
    one = COIN.report(tmp_path / "one", **options)
    other = write_report(COIN, tmp_path / "two", **options)
    assert {file.name for file in one.iterdir()} == {file.name for file in other.iterdir()}
    for file in one.iterdir():
        assert file.read_bytes() == (other / file.name).read_bytes()


def test_a_long_hypothesis_is_named_and_never_cut_off():
    k = 13
    die = lk.Categorical.fit(range(k), categories=range(k), weights=range(5, 5 + k))
    null = [(5 + i) / (5 * k + k * (k - 1) / 2) for i in range(k)]
    page = report_files(die, null=null)["report.md"]
    assert "| the given probabilities | G-test" in page
    assert "The hypothesis of the given probabilities is not rejected" in page
    page = report_files(die, null=null, null_name="a rising *staircase*")["report.md"]
    assert "| a rising \\*staircase\\* | G-test" in page
    assert "The hypothesis of a rising \\*staircase\\* is not" in page
    assert "The ticks are a rising \\*staircase\\*. Every interval holds its own." in page
    assert str(null[0])[:8] not in page


def test_few_expected_counts_are_told():
    die = lk.Categorical.fit([1, 2, 2, 3], categories=[1, 2, 3])
    assert "3 of 3 expected counts are below 5, the least 1.333" in report_files(die)["report.md"]
    many = lk.Categorical.fit([1, 2, 2, 3] * 9, categories=[1, 2, 3])
    assert "expected counts are below" not in report_files(many)["report.md"]


def test_counts_are_tested_for_being_poisson():
    values, weights = [0, 1, 2, 3, 4], [109, 65, 22, 3, 1]
    fit = lk.Poisson.fit(values, weights=weights)
    page = report_files(fit)["report.md"]
    expected = stats.poisson.pmf([0, 1], 0.61) * 200
    theirs = stats.chisquare([109, 65, 26], [*expected, 200 - expected.sum()], ddof=1)
    row = f"goodness of fit, Pearson's chi-square | {theirs[0]:.5f} | 1 | {theirs[1]:.4f} |"
    assert row in page
    assert "200 counts in 3 cells (0, 1, 2 or more)" in page
    assert opening(fit).startswith(
        "The hypothesis of a Poisson distribution of some rate is not rejected at the 5 % level"
    )
    # Nobody knows of five counts whether they are Poisson.
    assert "goodness" not in report_files(lk.Poisson.fit([2, 0, 3, 1, 4]))["report.md"]
    spread = lk.Poisson.fit([0, 30], weights=[50, 50])
    assert "rejected at the 5 % level: Pearson's" in opening(spread)
    assert " not " not in opening(spread)


def test_cells_of_large_counts_are_named_by_their_ends():
    fit = lk.Poisson.fit(np.random.default_rng(20260101).poisson(1000, 300))
    names, cells = hypotheses._cells(fit)
    assert re.fullmatch(r"up to \d+", names[0]) and re.fullmatch(r"\d+ or more", names[-1])
    inner = [tuple(map(int, name.split("-"))) for name in names[1:-1]]
    ends = [int(names[0].split()[-1]), *(high for _, high in inner)]
    starts = [*(low for low, _ in inner), int(names[-1].split()[0])]
    assert [end + 1 for end in ends] == starts
    values = fit.sample.t[:, 0]
    below = [fit.sample.weights[values <= end].sum() for end in ends]
    assert np.diff([0, *below, 300]).tolist() == cells.observed.tolist()


def test_a_coin_names_its_success_everywhere():
    fit = lk.Bernoulli.fit(["heads", "tails"], success="heads", weights=[5067, 4933])
    files = report_files(fit)
    page = files["report.md"]
    assert opening(fit).startswith("The hypothesis of a probability of 0.5 for 'heads' is not")
    assert "The estimate of the probability of 'heads' is 0.5067" in page
    assert "prob is the probability of 'heads'." in page
    assert "Log-likelihood of the probability of 'heads' relative" in page
    assert "probability of 'heads'" in files["figure-01.svg"]
    assert str(fit.summary()).startswith("Bernoulli, probability of 'heads': 2 rows used")
    assert fit.tidy()["term"].tolist() == ["prob"]
    assert "'1'" not in report_files(COIN)["report.md"]
