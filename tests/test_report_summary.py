"""The summary of a fit: verdict first, then numbers, then how the intervals are made."""

import warnings

import numpy as np
import pytest

import likelihood as lk
from likelihood.report import wording
from likelihood.report.summary import LARGEST_HTML, Summary


def wolf():
    dice = lk.datasets.load("wolf_dice")
    one = dice[dice["die"] == "A"]
    return lk.Categorical.fit(one["face"], categories=range(1, 7), weights=one["count"])


def unconverged():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        return lk.Gaussian.fit([1.0, 2.0, 4.0], method="CG", max_iter=1, tolerance=1e-300)


def test_the_summary_of_a_die_fits_a_terminal_and_names_its_intervals():
    lines = str(wolf().summary()).split("\n")
    assert lines[0] == "Categorical: 6 rows used, 0 dropped; 20,000 observations"
    assert lines[1].startswith("Optimum. ")
    assert max(map(len, lines)) <= 80
    assert "2      3631    0.1815   0.002726    0.1745     0.1889      3333         5.648" in lines
    assert lines[-1] == "95 % simultaneous intervals: Goodman (1965)."


def test_rows_of_weight_zero_are_told():
    fit = lk.Bernoulli.fit([1, 0, 1], weights=[2, 3, 0])
    assert wording.heading(fit) == (
        "Bernoulli: 2 rows used, 0 dropped, 1 of weight zero; 5 observations"
    )


def test_flags_are_shown_only_where_there_are_any():
    assert "flag" not in str(wolf().summary())
    never = str(lk.Categorical.fit([1, 1, 2], categories=[1, 2, 3]).summary())
    assert "boundary" in never and never.split("\n")[1].startswith("On the boundary. ")
    assert max(map(len, never.split("\n"))) <= 80


def test_notes_are_shown():
    assert "not whole numbers" in str(lk.Bernoulli.fit([1, 0], weights=[0.5, 2.0]).summary())


def test_a_fit_without_bound_has_no_information_criterion():
    text = str(lk.Gaussian.fit([2.0, 2.0]).summary())
    assert "log-likelihood inf, AIC not defined, BIC not defined" in text


def test_a_fit_that_did_not_converge_says_so_and_shows_only_estimates():
    fit = unconverged()
    assert fit.verdict.status is lk.Status.NOT_CONVERGED
    lines = str(fit.summary()).split("\n")
    assert lines[1].startswith("Not converged. ")
    assert [line.split()[0] for line in lines if len(line.split()) == 2][-2:] == ["mean", "sd"]
    assert "#c62828" in fit.summary()._repr_html_()


@pytest.mark.parametrize(
    ("fit", "method", "note"),
    [
        (lk.Bernoulli.fit([1, 0]), "jeffreys", "90 % interval: Jeffreys prior"),
        (lk.Bernoulli.fit([1, 0]), "profile", "90 % interval: profile likelihood."),
        (lk.Categorical.fit([1, 2], categories=[1, 2]), "sison-glaz", "90 % simultaneous inter"),
        (lk.Categorical.fit([1, 2], categories=[1, 2]), "wald", "90 % intervals, each category"),
        (lk.Gaussian.fit([1.0, 2.0]), None, "90 % intervals: Student's t (1908)"),
        (lk.Poisson.fit([1, 2]), "score", "90 % interval: score test."),
    ],
)
def test_the_footnote_names_method_level_and_simultaneity(fit, method, note):
    assert Summary.of(fit, 0.9, method).footnote.startswith(note)


def test_every_interval_method_is_named_in_words():
    for fit in (wolf(), lk.Bernoulli.fit([1, 0]), lk.Gaussian.fit([1.0, 2]), lk.Poisson.fit([1])):
        for method in fit.distribution.interval_methods:
            whose = wording.interval_note(fit, 0.95, method).split(": ")[1]
            assert whose[0].isupper() or " " in whose


def test_the_hypothesis_reaches_the_table():
    fit = lk.Categorical.fit([1, 2, 2], categories=[1, 2])
    assert Summary.of(fit, null=[0.2, 0.8]).table["expected"].tolist() == pytest.approx([0.6, 2.4])


def test_a_notebook_shows_at_most_20_rows_in_less_than_10_kilobytes():
    many = lk.Categorical.fit(np.arange(60), categories=range(60))
    html = many._repr_html_()
    assert html.count("<tr>") == 21 and "... 40 more in .tidy()" in html
    assert "<script" not in html and len(html.encode()) < LARGEST_HTML
    assert '<strong style="color:#1a7f4b">Optimum.</strong>' in html


def test_sentences_of_estimates_name_every_parameter_or_the_likeliest_category():
    assert wording.estimate_sentence(lk.Gaussian.fit([1.0, 2.0, 3.0])) == (
        "The estimate of the mean is 2.000 (95 % interval -0.4841 to 4.484) and that of the "
        "standard deviation is 0.8165 (95 % interval 0.5207 to 6.285)."
    )
    assert wording.estimate_sentence(wolf()).startswith("Of 6 categories the likeliest is '2', at")
    tied = lk.Categorical.fit([1, 1, 6, 6], categories=range(1, 7))
    assert "the likeliest are '1', '6', each at 0.5000 (95 % simul" in wording.estimate_sentence(
        tied
    )
    level = wording.estimate_sentence(tied, 0.9, "wilson")
    assert "each at 0.5000 (90 % interval" in level
    assert "interval" not in wording.estimate_sentence(unconverged())


@pytest.mark.parametrize("success", [True, "1", 0, 1.5, ("a", 1), "\x1b[31m"])
def test_a_success_other_than_1_is_named(success):
    fit = lk.Bernoulli.fit([success, "other"], success=success)
    assert str(fit.summary()).startswith("Bernoulli, probability of '")
    assert "probability of &#x27;" in fit._repr_html_() and "\x1b" not in str(fit)


def test_the_usual_success_is_not_named():
    assert "probability of" not in str(lk.Bernoulli.fit([1, 0]).summary())


def test_str_of_a_fit_is_its_summary():
    fit = lk.Poisson.fit([1, 2, 3])
    assert str(fit) == str(fit.summary()) == repr(fit.summary())
