"""The commands of regressions: fit, predict, compare, crosscheck, at the shell."""

import csv
import io
import json
import math
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import likelihood as lk
from likelihood.cli.main import program
from likelihood.cli.regression_result import intervals_of
from likelihood.cli.spelling import first_sentence, spoken

DATA = Path(__file__).parent.parent / "datasets"
UCB, PENGUINS, NODAL, IRIS, LONGLEY, KICKS = (
    str(DATA / f"{name}.csv")
    for name in ("ucb_admissions", "penguins", "nodal", "iris", "longley", "horse_kicks")
)
SEPARATED = "y,x\nno,1\nno,2\nyes,3\nyes,4\n"
OVERLAP = "y,x,g\nno,1,a\nyes,2,a\nno,3,b\nyes,4,b\nno,2.5,a\nyes,3.5,b\n"


def run(*args, given=""):
    return CliRunner().invoke(program, [str(arg) for arg in args], input=given)


def document(*args, given="", code=0):
    result = run(*args, "--json", given=given)
    assert result.exit_code == code, result.stderr
    return json.loads(result.stdout, parse_constant=lambda name: pytest.fail(name))


def rows_of(text):
    return list(csv.DictReader(io.StringIO(text)))


# --- fits --------------------------------------------------------------------------------------

MODELS = {
    "linear": (LONGLEY, "employed ~ gnp + year", [], lk.LinearRegression, {}),
    "logistic": (UCB, "admitted ~ gender", ["--weights", "count"], lk.LogisticRegression,
                 {"weights": "count"}),
    "softmax": (PENGUINS, "island ~ body_mass_g", [], lk.SoftmaxRegression, {}),
    "poisson": (KICKS, "deaths ~ 1", ["--weights", "count"], lk.PoissonRegression,
                {"weights": "count"}),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_json_holds_what_the_library_says_in_every_digit(model):
    file, formula, options, estimator, keywords = MODELS[model]
    held = document("fit", model, file, formula, *options, "--level", "0.9")
    fit = estimator.from_formula(formula, pd.read_csv(file), **keywords).result_
    tidy = fit.tidy(0.9)
    assert held["schema"] == "likelihood/tidy/1"
    assert (held["model"], held["status"], held["formula"]) == (fit.model, "OPTIMUM", formula)
    assert (held["level"], held["covariance"]) == (0.9, "information")
    assert held["interval"] == held["glance"]["interval"] == intervals_of(fit.model)[0]
    assert list(held["rows"][0]) == list(tidy.columns)
    for name in ("estimate", "std_error", "p_value", "conf_low", "conf_high"):
        assert [row[name] for row in held["rows"]] == tidy[name].tolist()
    assert held["glance"]["log_likelihood"] == fit.log_likelihood
    assert held["glance"]["n_rows"] == fit.facts.n_rows


@pytest.mark.parametrize("model", MODELS)
def test_csv_reads_back_as_the_rows_of_json(model):
    file, formula, options, *_ = MODELS[model]
    rows = rows_of(run("fit", model, file, formula, *options, "--csv").stdout)
    expected = document("fit", model, file, formula, *options)["rows"]
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        assert [float(row[name]) for name in ("estimate", "conf_high")] == [
            wanted[name] for name in ("estimate", "conf_high")
        ]


@pytest.mark.parametrize("model", MODELS)
def test_quiet_prints_the_table_alone(model):
    file, formula, options, *_ = MODELS[model]
    result = run("fit", model, file, formula, *options, "-q")
    assert (result.exit_code, result.stderr) == (0, "")
    lines = result.stdout.splitlines()
    assert re.match(
        r"(response\s+)?term\s+estimate\s+std_error\s+statistic\s+p_value\s+95%", lines[0]
    )
    assert len(lines) == 1 + len(document("fit", model, file, formula, *options)["rows"])


def test_interval_takes_the_names_of_confint_the_default_first():
    for fit in (
        lk.LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0]).result_,
        lk.PoissonRegression().fit([[0.0], [1.0], [2.0]], [1, 2, 4]).result_,
    ):
        names = intervals_of(fit.model)
        assert fit.confint().equals(fit.confint(method=names[0]))
        for name in names:
            fit.confint(method=name)
        with pytest.raises(ValueError, match="interval"):
            fit.confint(method="wilson")


def test_event_and_reference_are_printed_back():
    result = run("fit", "logistic", UCB, "admitted ~ gender", "--weights", "count")
    assert "Modelling P(admitted = 'yes'), reference 'no'." in result.stdout
    turned = run("fit", "logistic", UCB, "admitted ~ gender", "--weights", "count", "--event", "no")
    assert "Modelling P(admitted = 'no'), reference 'yes'." in turned.stdout
    held = document("fit", "logistic", UCB, "admitted ~ gender", "--weights", "count")
    assert (held["event"], held["reference"], held["classes"]) == ("yes", "no", ["no", "yes"])
    islands = run("fit", "softmax", PENGUINS, "island ~ body_mass_g", "--reference", "Dream")
    assert "against reference 'Dream'" in islands.stdout


def test_another_event_changes_the_signs_alone():
    yes, no = (
        document(
            "fit", "logistic", UCB, "admitted ~ gender", "--weights", "count", "--event", event
        )
        for event in ("yes", "no")
    )
    assert [row["estimate"] for row in yes["rows"]] == pytest.approx(
        [-row["estimate"] for row in no["rows"]], rel=1e-12, abs=0
    )


def test_numbers_may_be_classes_and_are_named_as_they_are_written():
    for event in ("1", "0"):
        assert document("fit", "logistic", NODAL, "involved ~ stage", "--event", event)[
            "event"
        ] == int(event)
    held = document(
        "fit", "softmax", NODAL, "involved ~ stage", "--classes", "1,0", "--reference", "1"
    )
    assert (held["classes"], held["reference"]) == ([1, 0], 1)


def test_a_weight_is_a_repetition():
    once = document("fit", "logistic", "-", "y ~ x", "--weights", "n",
                    given="y,x,n\nno,1,2\nyes,2,1\nno,3,3\nyes,4,2\n")  # fmt: skip
    rows = "no,1\n" * 2 + "yes,2\n" + "no,3\n" * 3 + "yes,4\n" * 2
    often = document("fit", "logistic", "-", "y ~ x", given=f"y,x\n{rows}")
    for name in ("estimate", "std_error"):
        assert [row[name] for row in once["rows"]] == pytest.approx(
            [row[name] for row in often["rows"]], rel=1e-12, abs=0
        )


def test_weights_offset_and_groups_are_no_part_of_the_dot():
    given = "y,x,n,o,g\n1,1,1,0.5,a\n2,2,2,0.1,a\n4,3,1,0.2,b\n3,4,1,0.3,b\n"
    held = document("fit", "poisson", "-", "y ~ .", "--weights", "n", "--offset", "o",
                    "--covariance", "cluster", "--groups", "g", given=given)  # fmt: skip
    assert [row["term"] for row in held["rows"]] == ["intercept", "x"]
    data = pd.read_csv(io.StringIO(given))
    fit = lk.PoissonRegression.from_formula("y ~ x", data, weights="n", offset="o").result_
    tidy = fit.tidy(covariance="cluster", groups=data["g"].to_numpy())
    assert [row["std_error"] for row in held["rows"]] == tidy["std_error"].tolist()


def test_groups_follow_the_rows_in_use():
    given = "y,x,n,g\n1,1,1,a\n2,,1,a\n5,2,0,c\n4,3,1,b\n3,4,1,b\n2,2,1,a\n"
    held = document("fit", "linear", "-", "y ~ x", "--weights", "n", "--covariance", "cluster",
                    "--groups", "g", given=given)  # fmt: skip
    used = pd.read_csv(io.StringIO(given)).iloc[[0, 3, 4, 5]]
    fit = lk.LinearRegression.from_formula("y ~ x", used).result_
    tidy = fit.tidy(covariance="cluster", groups=used["g"].to_numpy())
    assert [row["std_error"] for row in held["rows"]] == pytest.approx(
        tidy["std_error"].tolist(), rel=1e-12, abs=0
    )
    absent = run("fit", "linear", "-", "y ~ x", "--covariance", "cluster", "--groups", "g",
                 given="y,x,g\n1,1,a\n2,3,\n4,2,b\n")  # fmt: skip
    assert (absent.exit_code, absent.stdout) == (3, "")
    assert "the column 'g' has no group (standard input, line 3)" in absent.stderr


def test_a_reference_changes_which_level_has_no_row():
    held = document("fit", "logistic", "-", "y ~ x + g", "--ref", "g=b", given=OVERLAP)
    assert [row["term"] for row in held["rows"]] == ["intercept", "x", "g[T.a]"]
    numbers = document("fit", "linear", "-", "y ~ C(g)", "--ref", "g=2",
                       given="y,g\n1,1\n2,2\n3,2\n5,1\n4,3\n1,3\n")  # fmt: skip
    assert [row["term"] for row in numbers["rows"]] == ["intercept", "C(g)[T.1]", "C(g)[T.3]"]


def test_whole_numbers_stay_levels_beside_a_missing_one():
    held = document("fit", "linear", "-", "y ~ C(g)", given="y,g\n1,1\n2,2\n3,2\n5,1\n4,\n")
    assert [row["term"] for row in held["rows"]] == ["intercept", "C(g)[T.2]"]
    assert held["glance"]["n_dropped"] == 1


def test_ratios_are_shown_where_they_are_asked_for():
    result = run(
        "fit", "logistic", UCB, "admitted ~ gender", "--weights", "count", "--exponentiate"
    )
    assert "95% interval of the ratio" in result.stdout.splitlines()[0]
    held = document(
        "fit", "logistic", UCB, "admitted ~ gender", "--weights", "count", "--exponentiate"
    )
    for row in held["rows"]:
        assert row["ratio"] == pytest.approx(math.exp(row["estimate"]), rel=1e-14, abs=0)
    # 1198 of 2691 men and 557 of 1835 women.
    odds = (1198 / 1493) / (557 / 1278)
    assert held["rows"][1]["ratio"] == pytest.approx(odds, rel=1e-12, abs=0)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3", "hc3"])
def test_the_sandwiches_are_those_of_the_library(kind):
    held = document("fit", "linear", LONGLEY, "employed ~ year", "--covariance", kind)
    fit = lk.LinearRegression.from_formula("employed ~ year", pd.read_csv(LONGLEY)).result_
    tidy = fit.tidy(covariance=kind.upper())
    assert held["covariance"] == kind.upper()
    assert [row["std_error"] for row in held["rows"]] == tidy["std_error"].tolist()


def test_method_and_ridge_reach_the_fit():
    newton = document("fit", "logistic", NODAL, "involved ~ stage")
    other = document("fit", "logistic", NODAL, "involved ~ stage", "--method", "bfgs")
    assert other["rows"][1]["estimate"] == pytest.approx(
        newton["rows"][1]["estimate"], rel=1e-12, abs=0
    )
    shrunk = document("fit", "logistic", NODAL, "involved ~ stage", "--ridge", "5")
    assert 0 < shrunk["rows"][1]["estimate"] < newton["rows"][1]["estimate"]


def test_poisson_is_a_sample_without_a_formula_and_a_regression_with_one():
    sample = document("fit", "poisson", given="2 0 3 1")
    assert (sample["model"], sample["rows"][0]["term"]) == ("Poisson", "rate")
    held = document("fit", "poisson", "-", "y ~ 1", given="y\n2\n0\n3\n1\n")
    assert held["model"] == "PoissonRegression"
    assert math.exp(held["rows"][0]["estimate"]) == pytest.approx(1.5, rel=1e-14, abs=0)
    assert (sample["interval"], held["interval"]) == ("exact", "wald")


def test_a_column_of_a_sample_takes_the_options_of_tables():
    given = "goals;team\n2;a\nNA;b\n3;c\n"
    result = run(
        "fit", "poisson", "--column", "goals", "--delimiter", ";", "--na-values", "NA", given=given
    )
    assert result.exit_code == 0
    assert "2 counts, 1 dropped." in result.stdout
    held = document("fit", "gaussian", "--column", "cm", "--delimiter", ";", "--decimal", ",",
                    given="cm;kg\n1,5;70\n2,5;80\n")  # fmt: skip
    assert held["rows"][0]["estimate"] == 2.0


def test_dropped_rows_are_told_and_may_be_refused():
    result = run("fit", "linear", PENGUINS, "body_mass_g ~ sex")
    assert result.exit_code == 0
    assert "333 rows used, 11 dropped." in result.stdout
    refused = run("fit", "linear", PENGUINS, "body_mass_g ~ sex", "--missing", "fail")
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "the column 'body_mass_g' has no value" in refused.stderr and "line 5" in refused.stderr


# --- endings -----------------------------------------------------------------------------------


def test_separated_is_exit_4_and_the_result_is_printed():
    result = run("fit", "logistic", "-", "y ~ x", given=SEPARATED)
    assert result.exit_code == 4
    assert "Separated. The data are completely separated" in result.stdout
    assert result.stderr.startswith("likelihood: warning: The data are completely separated")
    assert "--interval profile" in result.stdout and 'interval="profile"' not in result.stdout
    held = document("fit", "logistic", "-", "y ~ x", given=SEPARATED, code=4)
    slope = held["rows"][1]
    assert (held["status"], slope["estimate"], slope["flag"]) == (
        "SEPARATED",
        "Infinity",
        "infinite",
    )
    assert slope["std_error"] is None and slope["conf_low"] is None
    profile = document(
        "fit", "logistic", "-", "y ~ x", "--interval", "profile", given=SEPARATED, code=4
    )
    assert profile["rows"][1]["conf_high"] == "Infinity"
    assert 0 < profile["rows"][1]["conf_low"] < math.inf


def test_separation_may_be_refused():
    result = run("fit", "logistic", "-", "y ~ x", "--separation", "raise", given=SEPARATED)
    assert (result.exit_code, result.stdout) == (4, "")
    assert "separated" in result.stderr and "--separation report" in result.stderr


def test_not_identified_is_exit_4_and_names_the_relation():
    result = run("fit", "linear", LONGLEY, "employed ~ year + I(2*year)")
    assert result.exit_code == 4
    assert "I(2 * year) = 2 year" in " ".join(result.stdout.split())
    assert "aliased" in result.stdout.splitlines()[3]


def test_a_boundary_is_exit_0_with_a_note():
    result = run("fit", "linear", "-", "y ~ x", given="y,x\n1,1\n2,2\n3,3\n4,4\n")
    assert result.exit_code == 0
    assert result.stderr.startswith("likelihood: note: ")
    assert "On the boundary." in result.stdout


USAGE = [
    (["linear", "d.csv"], "FORMULA"),
    (["linear", "y ~ x", "d.csv"], "'y ~ x' is a formula; write the file first: 'd.csv' 'y ~ x'"),
    (["poisson", "y ~ x"], "write the file before it"),
    (["poisson", "-", "--weights", "n"], "--weights is for a regression: write a FORMULA"),
    (["poisson", "-", "--missing", "drop"], "--missing is for a regression"),
    (["poisson", "-", "y ~ x", "--interval", "exact"], "--interval exact is not for a fit with"),
    (["poisson", "-", "y ~ x", "--column", "x"], "--column is for a fit without a formula"),
    (["poisson", "-", "--na-values", "NA"], "--na-values is for a table: name a column"),
    (["gaussian", "-", "--no-header"], "--no-header is for a table"),
    (["logistic", "-", "y ~ x", "--covariance", "cluster"], "needs --groups COL"),
    (["logistic", "-", "y ~ x", "--groups", "g"], "--groups is for --covariance cluster"),
    (["logistic", "-", "y ~ x", "--covariance", "HC9"], "'HC9' is not one of"),
    (["logistic", "-", "y ~ x", "--covariance", "HC3", "--interval", "profile"], "--interval wald"),
    (["logistic", "-", "y ~ x", "--ridge", "1", "--interval", "profile"], "use --interval wald"),
    (["logistic", "-", "y ~ x", "--ridge", "-1"], "-1"),
    (["logistic", "-", "y ~ x", "--method", "magic"], "magic"),
    (["logistic", "-", "y ~ x", "--interval", "t"], "'t' is not one of"),
    (["logistic", "-", "y ~ x", "--ref", "g"], "'g' is not COL=LEVEL"),
    (["logistic", "-", "y ~ x", "--ref", "g=a", "--ref", "g=b"], "'g' has two references"),
    (["logistic", "-", "y ~ x", "--missing", "keep"], "'keep' is not one of"),
    (["logistic", "-", "y ~ x", "--delimiter", "ab"], "'ab' is not one character"),
    (["logistic", "-", "y ~ x", "--decimal", ";"], "';' is neither '.' nor ','"),
    (["logistic", "-", "y ~ x", "--decimal", ","], "cannot both part columns and be the decimal"),
    (["logistic", "-", "y ~ x", "--columns", "a,,b"], "has an empty name"),
    (["logistic", "-", "y ~ x", "--columns", "a,b,a"], "'a' stands twice"),
    (["logistic", "-", "y ~ x", "--max-bytes", "much"], "'much' is not a number of bytes"),
    (["logistic", "-", "y ~ x", "--json", "--csv"], "exclude each other"),
    (["logistic", "-", "y ~ x", "--save", ""], "the name is empty"),
    (["linear", "-", "y ~ x", "--separation", "raise"], "--separation"),
    (["linear", "-", "y ~ x", "--event", "a"], "--event"),
    (["linear", "-", "y ~ x", "--exponentiate"], "--exponentiate"),
    (["softmax", "-", "y ~ x", "--covariance", "HC3"], "'HC3' is not one of"),
    (["linear", "-", "y ~ x", "--covariance", "HC1", "--ridge", "1"], "is not for a fit"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "message"), USAGE, ids=[" ".join(args) for args, _ in USAGE])
def test_wrong_usage_is_exit_2_with_a_hint(args, message):
    result = run("fit", *args)
    assert (result.exit_code, result.stdout) == (2, "")
    first, second = result.stderr.splitlines()
    assert first.startswith("likelihood: ") and message in first
    assert second.startswith("  hint: see 'likelihood fit ")


UNUSABLE = [
    (["linear", "-", "y ~ z"], "y,x\n1,2\n", "there is no column 'z' among y, x"),
    (["linear", "-", "y ~ x"], "y,x\n1,2\n3\n", "the line has 1 field, the header has 2"),
    (["linear", "-", "y ~ x"], "y;x\n1;2\n", "there is one column, called 'y;x'"),
    (["linear", "-", "y ~ x"], "1,2\n3,4\n", "the first line holds numbers"),
    (["linear", "-", "y ~ x +"], "y,x\n1,2\n", "formula"),
    (["linear", "-", "y ~ __import__('os')"], "y,x\n1,2\n", "__import__"),
    (["linear", "-", "y ~ x"], "y,x\na,2\nb,3\n", "y must hold real numbers, got 'a' at line 2"),
    (["poisson", "-", "y ~ x"], "y,x\n1,2\n-3,3\n", "got -3.0 at line 3"),
    (["logistic", "-", "y ~ x"], "y,x\na,2\na,3\n", "y holds one class only, 'a'"),
    (["logistic", "-", "y ~ x"], "y,x\na,2\nb,3\nc,1\n", "use likelihood fit softmax"),
    (["logistic", "-", "y ~ x", "--event", "q"], OVERLAP, "event is 'q', which is not a class"),
    (["logistic", "-", "x ~ g", "--event", "q"], "x,g\n1,a\n2,b\n", "'q' is no class of 'x'"),
    (["softmax", "-", "y ~ x", "--reference", "q"], OVERLAP, "reference is 'q'"),
    (["logistic", "-", "y ~ x + g", "--ref", "g=q"], OVERLAP, "the reference 'q' is not a level"),
    (["logistic", "-", "y ~ x + g", "--ref", "x=1"], OVERLAP, "--ref names 'x'"),
    (["linear", "-", "y ~ x", "--weights", "w"], "y,x,w\n1,2,1\n2,1,-1\n", "at line 3"),
    (["linear", "-", "y ~ x", "--weights", "w"], "y,x,w\n1,2,a\n2,1,b\n", "weights must hold"),
    (["linear", "-", "y ~ x", "--offset", "o"], "y,x\n1,2\n", "there is no column 'o'"),
    (["linear", "-", "y ~ x", "--columns", "y"], "y,x\n1,2\n", "'x' is not among those of"),
    (["linear", "-", "y ~ x", "--save", "/nosuch/m.json"], "y,x\n1,2\n2,1\n3,3\n",
     "'/nosuch/m.json' cannot be written: no such file or directory"),
    (["linear", "-", "y ~ x", "--text", "q"], "y,x\n1,2\n", "there is no column 'q'"),
    (["linear", "nosuch.csv", "y ~ x"], "", "there is no file 'nosuch.csv'"),
    (["linear", "https://example.org/d.csv", "y ~ x"], "", "is a URL, and nothing is fetched"),
    (["linear", "-", "y ~ x", "--save", "s3://bucket/m.json"], "y,x\n1,2\n", "is a URL"),
    (["linear", "-", "y ~ x", "--max-bytes", "4"], "y,x\n1,2\n", "more than 4 bytes"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "given", "message"), UNUSABLE)
def test_unusable_input_is_exit_3_and_named(args, given, message):
    result = run("fit", *args, given=given)
    assert (result.exit_code, result.stdout) == (3, ""), result.stderr
    assert result.stderr.startswith("likelihood: ")
    assert message in result.stderr.splitlines()[0]
    assert "Traceback" not in result.stderr


def test_labels_cannot_command_a_terminal():
    face = "\x1b[31mred"
    given = OVERLAP.replace("yes", face).replace("g\n", "g\x1b[1m\n")
    result = run("fit", "logistic", "-", "y ~ x", "--event", face, given=given)
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\\x1b[31mred" in result.stdout
    levels = run("fit", "linear", "-", "x ~ y", given=given)
    assert levels.exit_code == 0 and "\x1b" not in levels.stdout + levels.stderr
    refused = run("fit", "linear", "-", "y ~ x", given=given)
    assert refused.exit_code == 3 and "\x1b" not in refused.stderr


def test_no_formula_runs_code(tmp_path):
    canary = tmp_path / "canary"
    for payload in (
        f"y ~ I(__import__('pathlib').Path({str(canary)!r}).touch())",
        f"y ~ open({str(canary)!r}, 'w')",
        "y ~ x.__class__",
        "y ~ {x}",
        "y ~ I(9**9**9*x)",
    ):
        result = run("fit", "linear", "-", payload, given="y,x\n1,2\n2,1\n3,5\n")
        assert (result.exit_code, result.stdout) == (3, "")
    assert not canary.exists()


def test_advice_is_in_the_words_of_the_command_line():
    assert spoken('use interval="profile", or ridge=0') == "use --interval profile, or --ridge 0"
    assert spoken("as missing='fail' says; see weights=") == "as --missing fail says; see --weights"
    assert first_sentence("At x = 0.5 it ends. More.") == "At x = 0.5 it ends."


# --- saved models ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def models(tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    for name, command in {
        "small": ["logistic", PENGUINS, "sex ~ body_mass_g"],
        "big": ["logistic", PENGUINS, "sex ~ body_mass_g + species", "--ref", "species=Gentoo"],
        "islands": ["softmax", PENGUINS, "island ~ body_mass_g"],
        "line": ["linear", PENGUINS, "body_mass_g ~ flipper_length_mm"],
        "other": ["logistic", UCB, "admitted ~ gender", "--weights", "count"],
    }.items():
        result = run("fit", *command, "-q", "--save", folder / f"{name}.likelihood.json")
        assert result.exit_code == 0, result.stderr
    rates = "y,x,t\n1,1,0.5\n2,2,0.5\n4,3,0.1\n2,0,1\n"
    result = run("fit", "poisson", "-", "y ~ x", "--offset", "t", "--save",
                 folder / "rates.likelihood.json", given=rates)  # fmt: skip
    assert result.exit_code == 0
    return folder


def fitted(model, formula, **keywords):
    return model.from_formula(formula, pd.read_csv(PENGUINS), **keywords)


def test_predictions_are_those_of_the_library_row_by_row(models):
    result = run("predict", models / "big.likelihood.json", PENGUINS, "--missing", "drop")
    assert result.exit_code == 0
    rows = rows_of(result.stdout)
    data = pd.read_csv(PENGUINS)
    assert list(rows[0]) == [".pred_class", ".pred_female", ".pred_male"]
    assert len(rows) == len(data)
    kept = data["body_mass_g"].notna()
    assert "2 rows lack a value, and the predictions there are empty" in result.stderr
    blank = [row for row, keep in zip(rows, kept, strict=True) if not keep]
    assert blank == [dict.fromkeys(rows[0], "")] * 2
    model = fitted(lk.LogisticRegression, "sex ~ body_mass_g + species",
                   references={"species": "Gentoo"})  # fmt: skip
    expected = model.predict_proba(data[kept])
    got = [[float(r[".pred_female"]), float(r[".pred_male"])]
           for r, keep in zip(rows, kept, strict=True) if keep]  # fmt: skip
    np.testing.assert_allclose(got, expected, rtol=1e-12, atol=0)
    classes = [r[".pred_class"] for r, keep in zip(rows, kept, strict=True) if keep]
    assert classes == model.predict(data[kept]).tolist()


def test_a_row_that_lacks_a_value_is_an_error_by_default(models):
    result = run("predict", models / "line.likelihood.json", PENGUINS)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "the column 'flipper_length_mm' has no value" in result.stderr
    assert "line 5" in result.stderr and "--missing drop" in result.stderr


def test_a_prediction_of_numbers_is_one_column_and_columns_may_be_kept(models):
    given = 'id,flipper_length_mm\n007,190\n"a,b",200\n'
    rows = rows_of(
        run("predict", models / "line.likelihood.json", "--keep", "id", given=given).stdout
    )
    assert [list(row) for row in rows] == [["id", ".pred"]] * 2
    assert [row["id"] for row in rows] == ["007", "a,b"]
    model = fitted(lk.LinearRegression, "body_mass_g ~ flipper_length_mm")
    expected = model.predict({"flipper_length_mm": [190.0, 200.0]})
    assert [float(row[".pred"]) for row in rows] == pytest.approx(
        expected.tolist(), rel=1e-12, abs=0
    )


def test_predictions_are_written_to_a_file(models, tmp_path):
    file = tmp_path / "pred.csv"
    given = "flipper_length_mm\n190\n"
    result = run("predict", models / "line.likelihood.json", "-", "-o", file, given=given)
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text() == run("predict", models / "line.likelihood.json", given=given).stdout


@pytest.mark.parametrize("level", [0.95, 0.5])
def test_intervals_are_those_of_the_library(models, monkeypatch, level):
    from likelihood.cli import predicting

    kept = {
        "line": fitted(lk.LinearRegression, "body_mass_g ~ flipper_length_mm"),
        "islands": fitted(lk.SoftmaxRegression, "island ~ body_mass_g"),
    }
    monkeypatch.setattr(predicting, "load_model", kept.get)
    options = ["--interval", "confidence", "--level", level]
    line = rows_of(run("predict", "line", *options, given="flipper_length_mm\n190\n").stdout)[0]
    ends = kept["line"].predict(
        {"flipper_length_mm": [190.0]}, interval="confidence", level=level
    ).iloc[0]  # fmt: skip
    assert list(line) == [".pred", ".conf_low", ".conf_high"]
    assert float(line[".conf_low"]) == pytest.approx(ends["conf_low"], rel=1e-12, abs=0)
    given = "body_mass_g\n4000\n5000\n"
    rows = rows_of(run("predict", "islands", *options, given=given).stdout)
    table = kept["islands"].predict_proba(
        {"body_mass_g": [4000, 5000]}, interval="confidence", level=level
    )
    for row, part in zip(rows, (table[:3], table[3:]), strict=True):
        for outcome, low, high in zip(
            part["response"], part["conf_low"], part["conf_high"], strict=True
        ):
            assert float(row[f".conf_low_{outcome}"]) == pytest.approx(low, rel=1e-12, abs=0)
            assert float(row[f".conf_high_{outcome}"]) == pytest.approx(high, rel=1e-12, abs=0)


def test_an_offset_is_needed_where_the_model_has_one(models):
    given = "x,t\n1,0.5\n"
    refused = run("predict", models / "rates.likelihood.json", given=given)
    assert refused.exit_code == 2 and "--offset COL" in refused.stderr
    one = run("predict", models / "rates.likelihood.json", "--offset", "t", given=given)
    two = run("predict", models / "rates.likelihood.json", "--offset", "t", given="x,t\n1,1.5\n")
    ratio = float(rows_of(two.stdout)[0][".pred"]) / float(rows_of(one.stdout)[0][".pred"])
    assert ratio == pytest.approx(math.e, rel=1e-12, abs=0)
    words = run("predict", models / "rates.likelihood.json", "--offset", "t", given="x,t\n1,a\n")
    assert words.exit_code == 3 and "holds no numbers" in words.stderr


def test_a_level_that_the_fit_did_not_see_is_named_with_its_line(models):
    given = "body_mass_g,species\n4000,Gentoo\n,Gentoo\n4100,Emperor\n"
    result = run("predict", models / "big.likelihood.json", "--missing", "drop", given=given)
    assert (result.exit_code, result.stdout) == (3, "")
    assert "'Emperor' at line 4" in result.stderr


def test_levels_that_look_like_numbers_are_the_labels_of_the_fit(tmp_path):
    model = tmp_path / "m.likelihood.json"
    given = "y,g\n1,1\n2,1\n3,2\n5,2\n4,x\n6,x\n"
    assert run("fit", "linear", "-", "y ~ g", "--save", model, given=given).exit_code == 0
    result = run("predict", model, given="g\n2\n1\n")
    assert [float(row[".pred"]) for row in rows_of(result.stdout)] == pytest.approx([4.0, 1.5])


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "there is no file"), ("{", "model"), ("[]", "model"), ('{"schema": "other"}', "model")],
)
def test_a_model_that_cannot_be_read_is_exit_3(tmp_path, content, message):
    path = tmp_path / "m.likelihood.json"
    if content is not None:
        path.write_text(content)
    for command in (["predict", path], ["compare", path, path], ["crosscheck", path, "d.csv"]):
        result = run(*command, given="x\n1\n")
        assert (result.exit_code, result.stdout) == (3, ""), result.stderr
        assert message in result.stderr
        assert "Traceback" not in result.stderr


def test_a_model_is_never_fetched():
    result = run("predict", "https://example.org/m.likelihood.json", given="x\n1\n")
    assert result.exit_code == 3 and "is a URL" in result.stderr


def test_saving_never_replaces_the_input(tmp_path):
    file = tmp_path / "d.csv"
    file.write_text(OVERLAP)
    result = run("fit", "logistic", file, "y ~ x", "--save", file)
    assert result.exit_code == 2 and "is the input" in result.stderr
    assert file.read_text() == OVERLAP


def test_compared_models_stand_side_by_side(models, tmp_path):
    small, big = tmp_path / "small.likelihood.json", tmp_path / "big.likelihood.json"
    data = tmp_path / "d.csv"
    data.write_text("y,a,b\n" + "".join(f"{y},{a},{b}\n" for y, a, b in zip(
        "nynyynnyyn", [1, 3, 2, 5, 4, 2, 6, 7, 3, 5], [2, 1, 5, 3, 4, 6, 1, 2, 3, 3], strict=True
    )))  # fmt: skip
    for path, formula in ((small, "y ~ a"), (big, "y ~ a + b")):
        assert run("fit", "logistic", data, formula, "--save", path).exit_code == 0
    rows = rows_of(run("compare", small, big, "--csv").stdout)
    assert [row["file"] for row in rows] == ["small", "big"]
    frame = pd.read_csv(data)
    fits = [lk.LogisticRegression.from_formula(f, frame).result_ for f in ("y ~ a", "y ~ a + b")]
    expected = fits[0].compare(fits[1])
    assert [float(row["aic"]) for row in rows] == pytest.approx(expected["aic"].tolist(), rel=1e-12)
    held = json.loads(run("compare", small, big, "--json").stdout)
    assert held["schema"] == "likelihood/compare/1" and len(held["rows"]) == 2
    assert run("compare", small, big).stdout.startswith("file   model")


def test_models_of_other_data_are_refused(models):
    result = run("compare", models / "small.likelihood.json", models / "other.likelihood.json")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "was fitted to other rows or weights" in result.stderr


def test_one_model_cannot_be_compared(models):
    result = run("compare", models / "small.likelihood.json")
    assert result.exit_code == 2 and "name two models" in result.stderr


# --- crosscheck --------------------------------------------------------------------------------


def test_a_fit_of_a_file_is_checked_against_others():
    result = run("crosscheck", NODAL, "involved ~ stage", "--family", "logistic")
    assert result.exit_code == 0, result.stderr
    assert re.search(r"1\d\.\d digits of agreement at least in \d+ comparisons", result.stdout)
    held = document("crosscheck", NODAL, "involved ~ stage", "--family", "logistic")
    assert held["schema"] == "likelihood/crosscheck/1"
    assert all(row["ok"] for row in held["rows"])
    rows = rows_of(
        run("crosscheck", NODAL, "involved ~ stage", "--family", "logistic", "--csv").stdout
    )
    assert len(rows) == len(held["rows"])


def test_a_saved_model_is_checked_against_its_file(models):
    model = models / "line.likelihood.json"
    result = run("crosscheck", model, PENGUINS, "--csv")
    assert result.exit_code == 0, result.stderr
    saved = [row for row in rows_of(result.stdout) if row["quantity"] == "saved estimate"]
    assert [row["term"] for row in saved] == ["intercept", "flipper_length_mm"]
    other = run(
        "crosscheck", model, "-", given="body_mass_g,flipper_length_mm\n1,2\n2,3\n4,4\n5,6\n"
    )
    assert (other.exit_code, other.stdout) == (3, "")
    assert "does not hold the rows" in other.stderr


def test_a_saved_model_brings_its_references_and_classes(models):
    for name in ("big", "islands"):
        result = run("crosscheck", models / f"{name}.likelihood.json", PENGUINS, "-q")
        assert result.exit_code == 0, result.stderr
    refused = run("crosscheck", models / "big.likelihood.json", PENGUINS, "--event", "male")
    assert refused.exit_code == 2 and "has its classes" in refused.stderr
    weighted = models / "other.likelihood.json"
    assert run("crosscheck", weighted, UCB, "--weights", "count").exit_code == 0
    assert "give --weights and --offset again" in run("crosscheck", weighted, UCB).stderr


def test_a_changed_estimate_in_a_saved_model_is_exit_5(models, monkeypatch):
    from likelihood.cli import crosschecking

    class Changed:
        def __init__(self, estimator):
            self.get_params = estimator.get_params
            self.result_ = self
            self.kept = estimator.result_
            self.model, self.facts = self.kept.model, self.kept.facts
            self.fingerprint = self.kept.fingerprint

        def tidy(self):
            table = self.kept.tidy()
            return table.assign(estimate=table["estimate"] * (1 + 1e-6))

    load = crosschecking.load_model
    monkeypatch.setattr(crosschecking, "load_model", lambda path: Changed(load(path)))
    result = run("crosscheck", models / "line.likelihood.json", PENGUINS)
    assert result.exit_code == 5
    assert "2 beyond tolerance" in result.stdout


def test_a_disagreement_is_exit_5(monkeypatch):
    from likelihood.crosscheck import demo

    bad = pd.DataFrame({
        "data_set": ["a", "b"], "model": ["Gaussian"] * 2, "status": ["OPTIMUM"] * 2,
        "quantity": ["estimate"] * 2, "term": ["mean"] * 2, "response": [""] * 2,
        "ours": [1.0, 1.0], "theirs": [1.0, 2.0], "backend": ["x"] * 2, "difference": [0.0, -1.0],
        "digits": [16.0, 0.3], "ok": [True, False], "reason": ["", ""],
    })  # fmt: skip
    monkeypatch.setattr(demo, "crosscheck_demo", lambda: bad)
    result = run("crosscheck", "--demo")
    assert result.exit_code == 5
    assert re.search(r"^b +Gaussian +OPTIMUM +1 +0\.3 +0 +no$", result.stdout, re.MULTILINE)
    assert "1 beyond tolerance" in result.stdout


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["d.csv"], "after FILE write a FORMULA"),
        (["--demo", "d.csv"], "--demo takes the place"),
        (["d.csv", "y ~ x"], "--family linear|logistic|softmax|poisson"),
        (["y ~ x", "d.csv", "--family", "linear"], "write the file first"),
        (["d.csv", "y ~ x", "--family", "linear", "--event", "a"], "--event is not for"),
        (["--demo", "--json", "--csv"], "exclude each other"),
    ],
)
def test_wrong_usage_of_crosscheck_is_exit_2(args, message):
    result = run("crosscheck", *args)
    assert result.exit_code == 2
    assert message in result.stderr


# --- as a process ------------------------------------------------------------------------------


def process(*args, given=b""):
    environment = os.environ | {"PYTHONPATH": str(Path(lk.__file__).parent.parent)}
    return subprocess.run(
        [sys.executable, "-c", "from likelihood.cli.main import main; main()", *args],
        input=given, capture_output=True, env=environment,
    )  # fmt: skip


def test_a_fit_and_a_prediction_as_processes(tmp_path):
    model = str(tmp_path / "m.likelihood.json")
    fit = process(
        "fit", "logistic", "-", "y ~ x", "--json", "--save", model, given=OVERLAP.encode()
    )
    assert (fit.returncode, fit.stderr) == (0, b"")
    assert json.loads(fit.stdout)["event"] == "yes"
    predicted = process("predict", model, given=b"x\n1\n4\n")
    assert (predicted.returncode, predicted.stderr) == (0, b"")
    assert predicted.stdout.startswith(b".pred_class,.pred_no,.pred_yes\n")
    separated = process("fit", "logistic", "-", "y ~ x", given=SEPARATED.encode())
    assert separated.returncode == 4
    assert separated.stdout and separated.stderr.startswith(b"likelihood: warning: ")


def test_help_loads_nothing_heavy():
    for command in (["fit", "logistic"], ["predict"], ["compare"], ["crosscheck"], ["demo"]):
        code = (
            "import sys\nfrom likelihood.cli.main import program\n"
            f"code = program.run({[*command, '--help']})\n"
            "heavy = [n for n in ('numpy', 'scipy', 'pandas', 'formulaic') if n in sys.modules]\n"
            "print(code, heavy, file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True,
            env=os.environ | {"PYTHONPATH": str(Path(lk.__file__).parent.parent)},
        )  # fmt: skip
        assert done.stderr.splitlines()[-1] == "0 []"


def test_a_report_is_written_beside_the_document(tmp_path):
    result = run("fit", "logistic", NODAL, "involved ~ stage", "--report", tmp_path / "out")
    assert result.exit_code == 0, result.stderr
    assert "# " in (tmp_path / "out" / "report.md").read_text()
    table = run("fit", "logistic", NODAL, "involved ~ stage", "--csv").stdout
    assert (tmp_path / "out" / "tidy.csv").read_text() == table
