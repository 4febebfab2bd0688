"""A regression told: its summary, the wording of every verdict, its page, comparisons."""

import csv
import re
import warnings

import numpy as np
import pandas as pd
import pytest

import likelihood as lk
from likelihood.report.comparisons import (
    comparison_sentence,
    comparison_to_html,
    comparison_to_markdown,
    comparison_to_text,
    shown_comparison,
)
from likelihood.report.contents import report_files
from likelihood.report.folder import MARKER, write_report
from likelihood.report.labels import shortened, told_apart
from likelihood.report.regression import tables, verdicts, wording
from likelihood.report.regression.rows import confusion, equal_groups, fitted_rows
from likelihood.report.regression.view import RegressionView
from likelihood.report.summary import LARGEST_HTML, Summary

RNG = np.random.default_rng(20261121)


def quietly(estimator, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        return estimator(*arguments, **options).result_


def from_formula(kind, formula, name, **options):
    return quietly(getattr(lk, kind).from_formula, formula, lk.datasets.load(name), **options)


NODAL = from_formula(
    "LogisticRegression", "involved ~ aged + stage + grade + xray + acid", "nodal"
)  # fmt: skip
PENGUINS = from_formula(
    "SoftmaxRegression", "island ~ body_mass_g + bill_depth_mm + sex", "penguins"
)  # fmt: skip
LONGLEY = from_formula(
    "LinearRegression",
    "employed ~ gnp_deflator + gnp + unemployed + armed_forces + population + year", "longley",
)  # fmt: skip
UCB = [
    from_formula("LogisticRegression", formula, "ucb_admissions", weights="count")
    for formula in ("admitted ~ gender", "admitted ~ gender + department")
]
ONE_SIDED = [[0.0], [1.0], [2.0], [3.0], [4.0], [5.0]]


def separated():
    """Quasi-separated in the second column; the first overlaps."""
    X = pd.DataFrame(
        {"dose": [0.0, 1.0, 2.0, 3.0, 1.0, 2.0, 0.0, 4.0], "mark": [0.0] * 6 + [1.0] * 2}
    )
    return quietly(lk.LogisticRegression().fit, X, ["a", "b", "a", "b", "a", "b", "b", "b"])


def aliased():
    X = pd.DataFrame({"a": RNG.normal(size=20), "b": RNG.normal(size=20)})
    X["both"] = X["a"] + X["b"]
    return quietly(lk.LinearRegression().fit, X, RNG.normal(size=20))


def exact():
    return quietly(lk.LinearRegression().fit, ONE_SIDED, [1.0, 3.0, 5.0, 7.0, 9.0, 11.0])


def unconverged():
    X = RNG.normal(size=(60, 3))
    y = (X[:, 0] + RNG.normal(size=60) > 0).astype(int)
    model = lk.LogisticRegression(method="CG", max_iter=1, tolerance=1e-300)
    return quietly(model.fit, X, y)


def lines(fit):
    return str(Summary.of(fit)).split("\n")


def test_a_summary_tells_model_rows_verdict_and_what_is_modelled():
    shown = lines(PENGUINS)
    assert shown[:3] == [
        "Softmax regression of island ~ body_mass_g + bill_depth_mm + sex: 333 rows used,",
        "11 dropped",
        "Optimum. The maximum is here: the estimate is within 1e-08 standard errors of",
    ]
    assert "modelling the log-odds of each class of island against reference 'Biscoe'" in shown
    assert "modelling P(admitted = 'yes'), reference 'no'" in lines(UCB[0])
    assert "modelling E(employed)" in lines(LONGLEY)
    counts = quietly(lk.PoissonRegression().fit, [[0.0], [1.0]], [1, 2])
    assert "modelling log E(y)" in lines(counts)


@pytest.mark.parametrize("fit", [NODAL, PENGUINS, LONGLEY, *UCB], ids=lambda fit: fit.model)
def test_a_summary_fits_a_terminal(fit):
    assert max(map(len, lines(fit))) <= 80


def test_a_table_has_four_digits_and_p_values_never_zero():
    text = str(Summary.of(UCB[1]))
    assert "<0.0001" in text and "0.0000" not in text
    row = next(line for line in lines(NODAL) if line.startswith("acid"))
    assert row.split() == ["acid", "1.684", "0.7915", "2.128", "0.0334", "0.1327", "3.235"]


def test_the_fit_is_told_below_the_table():
    text = str(Summary.of(NODAL))
    assert "log-likelihood -23.81, AIC 59.61, BIC 71.43, 6 parameters" in text
    assert "likelihood-ratio test against the intercept alone: 22.64 on 5 df, p = 0.0004" in text
    assert "McFadden's R2 0.3223, AUC in sample 0.8530" in text
    assert "95 % intervals: Wald; standard errors and p-values from the information." in text
    linear = str(Summary.of(LONGLEY))
    assert "R2 0.9955, residual sd 304.9 on 9 df" in linear
    assert "95 % intervals: Student's t" in linear


def test_softmax_is_grouped_by_response():
    shown = lines(PENGUINS)
    at = [shown.index("island = 'Dream'"), shown.index("island = 'Torgersen'")]
    assert at[0] < at[1] and shown[at[0] + 1].startswith("term ")
    assert "response" not in " ".join(shown)


def test_a_long_table_is_cut_and_says_where_the_rest_is():
    X = RNG.normal(size=(300, 60))
    fit = quietly(lk.LinearRegression().fit, X, RNG.normal(size=300))
    text = str(Summary.of(fit))
    assert "... 41 more in .tidy()" in text and "\nx18 " in text and "\nx19 " not in text
    html = fit.summary()._repr_html_()
    assert "... 41 more in .tidy()" in html and len(html.encode()) < LARGEST_HTML


def test_many_classes_share_the_cap():
    y = RNG.integers(0, 12, 400)
    fit = quietly(lk.SoftmaxRegression().fit, RNG.normal(size=(400, 5)), y)
    text = str(Summary.of(fit))
    assert "... 46 more in .tidy()" in text and text.count("y = ") == 4


def test_the_shortest_form_has_at_most_twelve_lines():
    for fit in (NODAL, PENGUINS, LONGLEY, separated(), aliased(), lk.Bernoulli.fit([1, 0])):
        brief = Summary.of(fit).brief()
        assert len(brief.split("\n")) <= 12 and max(map(len, brief.split("\n"))) <= 80
        assert "log-likelihood" in brief


def test_a_notebook_sees_a_small_table_without_script():
    html = PENGUINS._repr_html_()
    assert len(html.encode()) < LARGEST_HTML and "<script" not in html
    assert html.count("<table>") == 2 and "<caption>island = &#x27;Dream&#x27;</caption>" in html
    assert 'color:#1a7f4b">Optimum.' in html and "color:#c62828" in separated()._repr_html_()


def test_flags_are_letters_with_footnotes():
    shown, notes = tables.marked(separated().tidy())
    assert shown["note"].tolist() == ["", "", "a"] and notes[0].startswith("a infinite: ")
    text = " ".join(lines(UCB[1]))
    assert "a wald_unreliable: " in text and 'use interval="profile"' in text
    plain, none = tables.marked(NODAL.tidy())
    assert "note" not in plain and none == ()


def test_separation_says_which_are_infinite_and_where_probabilities_are_certain():
    fit = separated()
    said = " ".join(verdicts.consequences(fit))
    assert "Coefficient mark tends to +infinity." in said
    assert "The other coefficients are those of the limiting model" in said
    assert "the observed class has probability exactly 1 in 2 of the 8 rows." in said
    assert str(Summary.of(fit)).split("\n")[1].startswith("Separated. ")
    assert re.search(r"\nmark +inf +a\n", str(Summary.of(fit)))
    page = report_files(fit)["report.md"]
    assert "**Separated; 8 rows used, 0 dropped.**" in page and "> **Warning.** " in page


def test_separation_with_both_signs_and_of_several_classes():
    fit = from_formula(
        "SoftmaxRegression", "species ~ sepal_length + sepal_width + petal_length + petal_width",
        "iris",
    )  # fmt: skip
    said = " ".join(verdicts.consequences(fit))
    assert "infinity with a sign that the data do not determine" in said
    assert "for 'versicolor'; " in said and "for 'virginica'" in said
    assert "probability exactly 1 in 50 of the 150 rows" in said
    assert "some class exactly 0 in all 150 rows" in said
    # No coefficient is finite, so nothing is said of finite ones.
    assert "limiting model" not in said


def test_a_mean_of_zero_is_told():
    X = [[0.0], [0.0], [1.0], [1.0]]
    fit = quietly(lk.PoissonRegression().fit, X, [0, 0, 2, 3])
    said = " ".join(verdicts.consequences(fit))
    assert "In the limit the mean is exactly 0 in 2 of the 4 rows." in said


def test_what_is_not_identified_is_told_with_its_relation():
    fit = aliased()
    said = " ".join(verdicts.consequences(fit))
    assert "Coefficient both is not identified" in said and "stand." in said
    page = report_files(fit)["report.md"]
    assert "**Not identified; 20 rows used, 0 dropped.**" in page and "both = a + b" in page


def test_a_boundary_is_told():
    fit = exact()
    assert "standard deviation is 0" in " ".join(verdicts.consequences(fit))
    assert "AIC not defined" in str(Summary.of(fit))
    files = report_files(fit)
    assert "**On the boundary; 6 rows used" in files["report.md"] and "figure-02.svg" not in files


def test_a_fit_that_did_not_converge_has_estimates_only():
    fit = unconverged()
    assert fit.verdict.status is lk.Status.NOT_CONVERGED
    assert "not a maximum" in verdicts.consequences(fit)[0]
    files = report_files(fit)
    assert {"report.md", "tidy.csv", "glance.csv"} <= set(files)
    assert not {"augment.csv", "confusion.csv", "figure-01.svg", "crosscheck.csv"} & set(files)
    page = files["report.md"]
    assert "**Not converged;" in page and "Odds ratios" not in page and "multiplies" not in page


def test_an_optimum_needs_no_warning():
    assert verdicts.consequences(NODAL) == []
    assert "Warning" not in report_files(NODAL)["report.md"]


def test_a_ridge_is_named_wherever_it_matters():
    fit = quietly(lk.LogisticRegression(ridge=2.0).fit, RNG.normal(size=(30, 2)), [0, 1, 1] * 10)
    text = str(Summary.of(fit))
    assert "ridge 2:" in text and "standard errors from the information" in text
    assert "p-values" not in text
    page = report_files(fit)["report.md"]
    assert "with a ridge of 2" in page and "shrunk by a ridge of 2." in page


def test_weights_are_repetitions():
    table = lk.datasets.load("ucb_admissions")
    repeated = table.loc[table.index.repeat(table["count"])].reset_index(drop=True)
    fit = quietly(lk.LogisticRegression.from_formula, "admitted ~ gender", repeated)
    assert confusion(fit).equals(confusion(UCB[0]))
    one, other = (RegressionView().tidy(one) for one in (fit, UCB[0]))
    np.testing.assert_allclose(one["estimate"], other["estimate"], rtol=1e-12)
    assert "24 rows used, 0 dropped; 4,526 observations" in wording.heading(UCB[0])


def test_the_chief_estimate_is_the_first_slope_on_the_scale_people_speak_of():
    said = wording.estimate_sentence(UCB[0], RegressionView())
    assert said == (
        "gender[T.male] multiplies the odds of admitted = 'yes' by 1.841 "
        "(95 % interval 1.624 to 2.087)."
    )
    said = wording.estimate_sentence(LONGLEY, RegressionView(0.9))
    assert said.startswith(
        "One unit more of gnp_deflator changes the mean of employed by 15.06 (90"
    )
    assert said.endswith("the other terms being equal.")
    said = wording.estimate_sentence(PENGUINS, RegressionView())
    assert "odds of island = 'Dream' against 'Biscoe' by 0.9981" in said
    # The first that is infinite has no interval and gives way to one that has.
    X = pd.DataFrame(
        {"mark": [0.0] * 6 + [1.0] * 2, "dose": [0.0, 1.0, 2.0, 3.0, 1.0, 2.0, 0.0, 4.0]}
    )
    fit = quietly(lk.LogisticRegression().fit, X, ["a", "b", "a", "b", "a", "b", "b", "b"])
    assert wording.estimate_sentence(fit, RegressionView()).startswith("One unit more of dose")


def test_confusion_counts_every_row_with_totals():
    table = confusion(NODAL)
    assert table.columns.tolist() == ["observed", "predicted 0", "predicted 1", "total"]
    assert table["total"].tolist() == [33, 20, 53]
    numbers = table[["predicted 0", "predicted 1"]].to_numpy()
    assert (numbers[:2].sum(axis=0) == numbers[2]).all()
    # The accuracy of glance is the diagonal.
    accuracy = (numbers[0, 0] + numbers[1, 1]) / 53
    assert accuracy == pytest.approx(NODAL.glance()["accuracy"][0], rel=1e-12, abs=0)


def test_groups_hold_about_the_same_and_never_part_equals():
    by = RNG.integers(0, 30, 500) / 30
    group = equal_groups(by, np.ones(500))
    assert len(set(group)) == 10
    for value in np.unique(by):
        assert len(set(group[by == value])) == 1
    assert np.array_equal(np.sort(group), group[np.argsort(by, kind="stable")])
    assert equal_groups(np.zeros(5), np.ones(5)).tolist() == [0] * 5


def test_fitted_rows_are_probabilities_in_the_order_of_the_classes():
    for fit in (NODAL, PENGUINS, separated()):
        rows = fitted_rows(fit)
        np.testing.assert_allclose(rows.mean.sum(axis=1), 1.0, rtol=1e-14)
        own = rows.mean[np.arange(len(rows.y)), rows.y]
        total = float(rows.weights @ np.log(own))
        assert total == pytest.approx(fit.log_likelihood, rel=1e-12, abs=0)


def test_a_report_has_its_files_and_the_same_bytes_again(tmp_path):
    def contents(path):
        return {file.name: file.read_bytes() for file in path.iterdir()}

    one = contents(write_report(UCB[1], tmp_path / "one"))
    assert {
        "report.md", "tidy.csv", "glance.csv", "augment.csv", "confusion.csv", "crosscheck.csv",
        "model.likelihood.json", "figure-01.svg", "figure-05.svg", MARKER,
    } <= set(one)  # fmt: skip
    assert one == contents(write_report(UCB[1], tmp_path / "elsewhere" / "two"))
    # A linear regression has no confusion; the earlier report's goes.
    again = contents(write_report(LONGLEY, tmp_path / "one"))
    assert "confusion.csv" not in again and "figure-05.svg" not in again


def test_a_report_beside_other_files_leaves_those_and_removes_its_own(tmp_path):
    folder = write_report(UCB[0], tmp_path / "one")
    (folder / "mine.txt").write_text("kept")
    write_report(LONGLEY, folder, force=True)
    names = {file.name for file in folder.iterdir()}
    assert "mine.txt" in names and "confusion.csv" not in names
    # Without a marker nothing but figures is known to be a report's.
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "confusion.csv").write_text("mine")
    write_report(LONGLEY, tmp_path / "two", force=True)
    assert (tmp_path / "two" / "confusion.csv").read_text() == "mine"


def test_the_page_goes_from_the_verdict_to_how_it_was_made():
    page = report_files(PENGUINS, title="Penguins", source="Palmer station")["report.md"]
    headings = re.findall(r"^#+ (.*)$", page, flags=re.M)
    assert headings == [
        "Penguins", "Coefficients", "Odds ratios", "Fit", "Confusion", "Figures", "Data",
        "Crosscheck", "How this was made",
    ]  # fmt: skip
    text = re.sub(r"\\(.)", r"\1", page)
    assert "**Optimum; 333 rows used, 11 dropped.**" in text.split("\n\n")[1]
    assert "> Note: 11 of 344 rows are left out for a missing value" in text
    assert "344 rows were given; 11 had a missing value" in text
    assert "- sex has 2 levels: 'female' (reference), 'male'." in text
    assert "| Biscoe | 163 | 0.4895 | reference |" in text
    assert "- Source of the data: Palmer station" in text and "- Formula: island ~" in text
    assert "| lr_p_value | <0.0001 |" in text


def test_level_and_interval_reach_tables_captions_and_csv():
    files = report_files(NODAL, level=0.9, interval="profile")
    rows = list(csv.DictReader(files["tidy.csv"].splitlines()))
    wanted = NODAL.tidy(0.9, "profile")
    assert [float(row["conf_low"]) for row in rows] == wanted["conf_low"].tolist()
    page = files["report.md"]
    assert "90 % intervals: profile likelihood; standard errors and Wald p-values" in page
    assert "with 90 % intervals (profile likelihood)" in page
    assert list(csv.DictReader(files["glance.csv"].splitlines()))[0]["interval"] == "profile"


def test_a_hypothesis_is_tested_on_the_page():
    page = report_files(NODAL, null="aged = 0, grade = 0")["report.md"]
    statistic = NODAL.test("aged = 0, grade = 0")["statistic"]
    assert f"Likelihood-ratio test of aged = 0, grade = 0: {statistic:.4g} on 2 df" in page


def test_a_column_called_intercept_is_a_slope():
    X = pd.DataFrame({"intercept": RNG.normal(size=30), "b": RNG.normal(size=30)})
    fit = quietly(lk.LinearRegression().fit, X, RNG.normal(size=30))
    assert tables.slopes(fit, fit.tidy())["term"].tolist() == ["intercept", "b"]
    bare = quietly(lk.LinearRegression(fit_intercept=False).fit, X, RNG.normal(size=30))
    assert len(tables.slopes(bare, bare.tidy())) == 2


def test_names_are_cut_where_they_stay_different():
    levels = [f"C(department)[T.{name}]" for name in ("Engineering", "Biology")]
    assert len(set(told_apart(levels, 16))) == 2 and all(
        len(x) <= 16 for x in told_apart(levels, 16)
    )
    numbered = [f"measurement number {j} of the series" for j in range(30)]
    assert len(set(told_apart(numbered, 24))) == 30
    assert shortened("a" * 1000, 10) == "aaaaa…aaaa"
    assert told_apart(["short", ""], 10) == ["short", "(empty)"]


def test_a_comparison_names_the_models_and_the_test():
    table = lk.compare(*UCB)
    names = ["admitted ~ gender", "admitted ~ gender + department"]
    said = comparison_sentence(table, names)
    assert said == (
        "Of 2 models admitted ~ gender + department has the least AIC, 5201, and admitted ~ "
        "gender the next, larger by 753.4. Likelihood-ratio test of admitted ~ gender + "
        "department against admitted ~ gender: 763.4 on 5 df, p < 0.0001."
    )
    assert max(map(len, comparison_to_text(table, names).split("\n"))) <= 80
    page = comparison_to_markdown(table, names)
    assert "| admitted \\~ gender + department | 7 | -2594 | 5201 | 0 | 763.4 | 5 |" in page
    assert "<td>763.4</td>" in comparison_to_html(table, names)
    # Models of one name are numbered; a column of tests without one is left out.
    assert shown_comparison(table)["model"].tolist() == [
        "1: LogisticRegression", "2: LogisticRegression",
    ]  # fmt: skip
    assert "lr_df" not in shown_comparison(lk.compare(UCB[0], UCB[0]).assign(lr_df=np.nan))


def test_a_comparison_shows_the_status_where_one_is_not_an_optimum():
    table = lk.compare(*UCB).assign(status=["OPTIMUM", "SEPARATED"])
    assert "SEPARATED" in comparison_to_text(table)
    assert "status" not in shown_comparison(lk.compare(*UCB))
