"""The program: its documents, its messages and every exit code."""

import csv
import dataclasses
import io
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

import likelihood
from likelihood.cli import fitting, output, sample_commands
from likelihood.cli.main import program

INTERVALS = fitting.INTERVALS | sample_commands.INTERVALS
ROLLS = "1 2 3 4 5 6 6 6\n"
COMMANDS = {
    "die": (["fit", "die"], ROLLS),
    "coin": (["fit", "coin"], "H T H\n"),
    "gaussian": (["fit", "gaussian"], "1\n2.5\n4\n"),
    "poisson": (["fit", "poisson"], "2 0 3 1\n"),
}
FAMILIES = {
    "die": likelihood.Categorical,
    "coin": likelihood.Bernoulli,
    "gaussian": likelihood.Gaussian,
    "poisson": likelihood.Poisson,
}


def run(*args, given=ROLLS):
    """Run the program inside this process, with ``given`` on standard input."""
    return CliRunner().invoke(program, [str(arg) for arg in args], input=given)


def refuse(name):
    raise AssertionError(f"{name} is no number of strict JSON")


def document(*args, given=ROLLS):
    result = run(*args, "--json", given=given)
    assert result.exit_code in (0, 4), result.stderr
    return json.loads(result.stdout, parse_constant=refuse)


ENTRY = "from likelihood.cli.main import main; main()"
#: Output is held back in a buffer, as it is for users; what cannot be written is then still
#: there when the interpreter ends.
ENVIRONMENT = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
ENVIRONMENT["PYTHONPATH"] = str(Path(likelihood.__file__).parent.parent)


def start(*args, **options):
    """Start the program as a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", ENTRY, *args], env=ENVIRONMENT,
        stderr=subprocess.PIPE, **{"stdin": subprocess.DEVNULL, **options},
    )  # fmt: skip


# --- help --------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [[], ["fit"], ["demo"], *(c for c, _ in COMMANDS.values())])
def test_help_begins_with_examples_that_run(path):
    result = run(*path, "--help")
    assert result.exit_code == 0
    assert result.stdout == run(*path, "-h").stdout
    assert result.stdout.startswith("Examples:\n  ")
    for line in result.stdout.split("\n\n")[0].splitlines()[1:]:
        words = line.split("|")[-1].split()
        assert words[:1] == ["likelihood"]
        # Parsing alone: a misspelt option in an example is an error here.
        assert run(*words[1:], "--help").exit_code == 0


def test_help_and_version_load_nothing_heavy():
    heavy = ["numpy", "scipy", "pandas", "matplotlib", "statsmodels"]
    for arguments in (["--help"], ["fit", "--help"], ["fit", "die", "--help"], ["--version"]):
        code = (
            "import sys\nfrom likelihood.cli.main import program\n"
            f"code = program.run({arguments})\n"
            f"print(code, [name for name in {heavy} if name in sys.modules], file=sys.stderr)"
        )
        done = subprocess.run(
            [sys.executable, "-c", code], capture_output=True, text=True, env=ENVIRONMENT
        )
        assert done.stderr.splitlines()[-1] == "0 []"


@pytest.mark.parametrize("path", [[], ["fit"]])
def test_a_group_without_a_command_shows_help_as_wrong_usage(path):
    result = run(*path)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("Examples:")


def test_version_is_on_every_command():
    for path in ([], ["fit"], ["fit", "die"], ["demo"]):
        result = run(*path, "--version")
        assert (result.exit_code, result.stdout) == (0, f"likelihood {likelihood.__version__}\n")


@pytest.mark.parametrize("model", COMMANDS)
def test_interval_takes_the_names_of_confint_the_default_first(model):
    assert INTERVALS[model] == tuple(FAMILIES[model].interval_methods)


# --- documents ---------------------------------------------------------------------------------


def test_a_die_is_one_aligned_table_with_verdict_and_test():
    result = run("fit", "die", given="1\n" * 59 + "6\n" * 41)
    head, *rows = result.stdout.splitlines()
    assert head == "face  count  estimate  95% simultaneous interval"
    assert rows[0].startswith("   1     59    0.5900  [0.4")
    assert rows[6] == ""
    assert rows[7] == "100 rolls."
    assert rows[8].startswith("On the boundary. Categories 2, 3, 4, 5 never occurred")
    assert rows[-1].startswith("G-test against fair: statistic ")
    assert rows[-1].endswith(", df 5, p < 0.0001.")
    assert result.exit_code == 0
    assert result.stderr.startswith("likelihood: note: Categories 2, 3, 4, 5 never occurred")


@pytest.mark.parametrize("model", COMMANDS)
@pytest.mark.parametrize("form", [[], ["--json"], ["--csv"]])
def test_quiet_leaves_the_document_alone_on_standard_output(model, form):
    path, given = COMMANDS[model]
    result = run(*path, "-q", *form, given=given)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout.endswith("\n") and not result.stdout.endswith("\n\n")
    if not form:
        lines = result.stdout.splitlines()
        assert len(lines) == 1 + len(document(*path, given=given)["rows"])


@pytest.mark.parametrize("model", COMMANDS)
def test_json_is_strict_and_holds_what_the_library_says(model):
    path, given = COMMANDS[model]
    held = document(*path, "--level", "0.9", "--interval", INTERVALS[model][-1], given=given)
    y = {
        "die": [1, 2, 3, 4, 5, 6, 6, 6], "coin": [1, 0, 1], "gaussian": [1, 2.5, 4],
        "poisson": [2, 0, 3, 1],
    }[model]  # fmt: skip
    options = {"categories": range(1, 7)} if model == "die" else {}
    fit = FAMILIES[model].fit(y, **options)
    tidy = fit.tidy(0.9, INTERVALS[model][-1])
    assert held["schema"] == "likelihood/tidy/1"
    assert (held["model"], held["status"]) == (fit.model, "OPTIMUM")
    assert (held["level"], held["interval"]) == (0.9, INTERVALS[model][-1])
    assert held["glance"]["interval"] == INTERVALS[model][-1]
    assert list(held["rows"][0]) == list(tidy.columns)
    # Every digit: JSON writes the shortest text that is read back as the same double.
    assert [row["estimate"] for row in held["rows"]] == tidy["estimate"].tolist()
    assert [row["conf_low"] for row in held["rows"]] == tidy["conf_low"].tolist()
    assert held["glance"]["log_likelihood"] == pytest.approx(fit.log_likelihood, rel=1e-14)
    assert held["glance"]["auc"] is None
    if model in ("die", "coin"):
        null = {"die": "fair", "coin": 0.5}[model]
        assert held["test"]["statistic"] == pytest.approx(fit.test(null).statistic, rel=1e-14)
    else:
        assert held["test"] is None


def test_an_infinity_is_text_in_json():
    held = document("fit", "die", "--null", "1,0,0,0,0,0")
    assert held["test"]["statistic"] == "Infinity"
    assert held["test"]["log_p_value"] == "-Infinity"
    constant = document("fit", "gaussian", given="3 3 3")
    assert constant["glance"]["log_likelihood"] == "Infinity"
    assert constant["glance"]["aic"] is None


@pytest.mark.parametrize("model", COMMANDS)
def test_csv_reads_back_as_the_rows_of_json(model):
    path, given = COMMANDS[model]
    rows = list(csv.DictReader(io.StringIO(run(*path, "--csv", given=given).stdout)))
    expected = document(*path, given=given)["rows"]
    assert [list(row) for row in rows] == [list(row) for row in expected]
    for row, wanted in zip(rows, expected, strict=True):
        for name, value in wanted.items():
            assert (float(row[name]) if isinstance(value, float) else row[name]) == (
                value if isinstance(value, float) else str(value)
            )


def test_whole_faces_are_numbers_and_others_text():
    assert [row["term"] for row in document("fit", "die")["rows"]] == [1, 2, 3, 4, 5, 6]
    held = document("fit", "die", "--faces", "02,2", given="2 02 2")
    assert [(row["term"], row["count"]) for row in held["rows"]] == [("02", 1), ("2", 2)]


def test_labels_cannot_command_a_terminal():
    face = "\x1b[31mred"
    result = run("fit", "die", "--faces", f"{face},b", given=f"{face} b {face}")
    assert result.exit_code == 0
    assert "\x1b" not in result.stdout + result.stderr
    assert "\\x1b[31mred" in result.stdout
    never = run("fit", "die", "--faces", f"{face},b", given="b b")
    assert "\x1b" not in never.stdout + never.stderr
    outcome = run("fit", "coin", "--success", face, given=f"{face} b")
    assert "\x1b" not in outcome.stdout + outcome.stderr
    error = run("fit", "die", given=f"1 {face}")
    assert "\x1b" not in error.stderr
    # In a document for machines the label is whole.
    held = document("fit", "die", "--faces", f"{face},b", given=f"{face} b {face}")
    assert held["rows"][0]["term"] == face


def test_csv_has_no_control_character_on_a_terminal_only(monkeypatch, capsys):
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    output.emit("term\n\x1b[31mred\n", None)
    assert capsys.readouterr().out == "term\n\\x1b[31mred\n"
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    output.emit("term\n\x1b[31mred\n", None)
    assert capsys.readouterr().out == "term\n\x1b[31mred\n"


# --- the fits ----------------------------------------------------------------------------------


def test_counts_are_rolls():
    rolled = document("fit", "die")
    for given in ("1 1 1 1 1 3", "1\n1\n1\n1\n1\n3\n", "6 3\n1 1\n2 1\n3 1\n4 1\n5 1\n"):
        assert document("fit", "die", "--counts", given=given) == rolled


def test_the_null_of_a_die_takes_decimals_and_fractions():
    held = document("fit", "die", "--null", "1/8,1/8,1/8,1/8,0.25,.25")
    assert held["test"]["null"] == [0.125] * 4 + [0.25] * 2
    result = run("fit", "die", "--null", "1/8,1/8,1/8,1/8,1/4,1/4")
    assert "G-test against 1/8,1/8,1/8,1/8,1/4,1/4: statistic " in result.stdout


def test_a_coin_says_which_outcome_counts():
    assert "3 tosses, 2 of them 'H'." in run("fit", "coin", given="H T H").stdout
    assert "3 tosses, 2 of them '1'." in run("fit", "coin", given="1 1 0").stdout
    result = run("fit", "coin", "--success", "tails", given="tails heads tails")
    assert "3 tosses, 2 of them 'tails'." in result.stdout
    counted = document("fit", "coin", "--counts", "2,3")
    assert counted["rows"] == document("fit", "coin", given="H T H")["rows"]


def test_none_of_n_is_on_the_boundary_with_a_note():
    for result in (
        run("fit", "coin", "--counts", "0,10"),
        run("fit", "coin", "--success", "H", given="T " * 10),
    ):
        assert result.exit_code == 0
        assert "likelihood: note: prob is 0, on the edge of its range.\n" in result.stderr
        # Wilson's upper end at 0 of 10: z^2 / (n + z^2).
        assert "[0, 0.2775]" in result.stdout


def test_a_constant_sample_is_on_the_boundary_with_a_note():
    result = run("fit", "gaussian", given="3 3 3")
    assert result.exit_code == 0
    assert "likelihood: note: The sample is constant" in result.stderr


def test_dropped_fields_and_a_header_are_told(tmp_path):
    table = tmp_path / "heights.csv"
    table.write_text("id,cm\n1,170\n2,\n3,180\n")
    result = run("fit", "gaussian", table, "--column", "cm")
    assert result.exit_code == 0
    assert "likelihood: note: 1 empty field was dropped; 2 are left\n" in result.stderr
    assert "2 numbers, 1 dropped." in result.stdout
    headed = run("fit", "poisson", given="goals\n1\n2\n")
    assert "likelihood: note: the first line, 'goals', is taken as a header\n" in headed.stderr
    assert run("fit", "poisson", "-q", given="goals\n1\n2\n").stderr == ""


def test_a_dash_is_standard_input():
    assert run("fit", "die", "-").stdout == run("fit", "die").stdout


def test_a_byte_order_mark_and_windows_line_ends_change_nothing(tmp_path):
    plain, marked = tmp_path / "plain.txt", tmp_path / "marked.txt"
    plain.write_bytes(b"1\n6\n6\n")
    marked.write_bytes(b"\xef\xbb\xbf1\r\n6\r\n6\r\n")
    assert run("fit", "die", plain).stdout == run("fit", "die", marked).stdout


def test_another_encoding_is_read_when_it_is_named(tmp_path):
    file = tmp_path / "rolls.txt"
    file.write_bytes("é a é".encode("latin-1"))
    refused = run("fit", "die", "--faces", "é,a", file)
    assert refused.exit_code == 3
    assert "the byte 0xe9 is not utf-8" in refused.stderr
    assert "hint: name the encoding, for example --encoding latin-1" in refused.stderr
    held = document("fit", "die", "--faces", "é,a", file, "--encoding", "latin-1")
    assert [row["count"] for row in held["rows"]] == [2, 1]


def test_a_million_rolls_are_counted_exactly(tmp_path):
    file = tmp_path / "rolls.txt"
    file.write_text("1\n2\n3\n4\n6\n" * 200_000)
    held = document("fit", "die", file)
    assert [row["count"] for row in held["rows"]] == [200_000] * 4 + [0, 200_000]


# --- exit codes and messages -------------------------------------------------------------------

USAGE = [
    (["ft"], "No such command 'ft'. Did you mean 'fit'?"),
    (["fit", "dye"], "No such command 'dye'. Did you mean 'die'?"),
    (["fit", "zzzzz"], "No such command 'zzzzz'."),
    (["fit", "die", "--face", "1,2"], "--faces"),
    (["fit", "die", "a", "b"], "unexpected extra argument"),
    (["fit", "die", "--json", "--csv"], "--json and --csv exclude each other"),
    (["fit", "die", "--level", "95"], "95 is not between 0 and 1; write 0.95"),
    (["fit", "die", "--level", "nan"], "nan is not between 0 and 1"),
    (["fit", "die", "--level", "x"], "x is not between 0 and 1"),
    (["fit", "die", "--encoding", "nosuch"], "'nosuch' is not an encoding"),
    (["fit", "die", "--encoding", "base64"], "'base64' is not an encoding"),
    (["fit", "die", "--interval", "t"], "'t' is not one of 'goodman'"),
    (["fit", "gaussian", "--interval", "wilson"], "'wilson' is not one of 't'"),
    (["fit", "die", "--faces", "1,2,1"], "'1' stands twice"),
    (["fit", "die", "--faces", "1,,2"], "face 2 is empty"),
    (["fit", "die", "--faces", "1"], "a die has at least two faces"),
    (["fit", "die", "--faces", "1-6"], "got '1-6'; write 1,2,3."),
    (["fit", "die", "--faces", "a b,c"], "'a b' holds a space; put commas between faces"),
    (["die", "rolls.txt"], "No such command 'die'. Did you mean 'fit die'?"),
    (["fit", "die", "-o", ""], "the name is empty; '.' is the current folder"),
    (["fit", "die", "--report", ""], "the name is empty"),
    (["demo", "--output", ""], "the name is empty"),
    (["fit", "die", "--null", "1"], "1 probability for 6 faces"),
    (["fit", "die", "--null", "0.5,0.5"], "2 probabilities for 6 faces"),
    (["fit", "die", "--null", "fare"], "'fare' is not a probability"),
    (["fit", "die", "--null", "1/6,1/6,1/6,1/6,1/6,0.16"], "sum to 0.993333333333, not 1"),
    (["fit", "die", "--null", "2,-1,0,0,0,0"], "'2' is not a probability"),
    (["fit", "die", "--null", "1/0,1,1,1,1,1"], "'1/0' is not a probability"),
    (["fit", "coin", "--null", "nan"], "'nan' is not a probability"),
    (["fit", "coin", "--counts", "11,10"], "11 successes in 10 trials"),
    (["fit", "coin", "--counts", "0,0"], "0 successes in 0 trials"),
    (["fit", "coin", "--counts", "5"], "'5' is not S,N"),
    (["fit", "coin", "--counts", "-1,5"], "'-1,5' is not S,N"),
    (["fit", "coin", "--counts", "1,5", "file"], "takes the place of FILE"),
    (["fit", "coin", "--counts", "1,5", "--success", "H"], "takes the place of FILE"),
]


@pytest.mark.parametrize(("args", "message"), USAGE, ids=[" ".join(args) for args, _ in USAGE])
def test_wrong_usage_is_exit_2_with_a_hint(args, message):
    result = run(*args)
    assert (result.exit_code, result.stdout) == (2, "")
    first, second = result.stderr.splitlines()
    assert first.startswith("likelihood: ") and message in first
    assert re.fullmatch(r"  hint: see 'likelihood[a-z ]* --help'", second)


UNUSABLE = [
    (["die"], "1 2 x\n", "'x' is not one of the faces 1,2,3,4,5,6 (standard input, line 1)"),
    (["die"], "1\n2\nx\n", "'x' is not one of the faces 1,2,3,4,5,6 (standard input, line 3)"),
    (["die"], "", "there are no rolls (standard input)"),
    (["die"], " \n,\n", "there are no rolls (standard input)"),
    (["die", "--counts"], "0 0 0 0 0 0", "there are no rolls (standard input)"),
    (["die", "--counts"], "1 2 3", "3 values on 1 lines are not the counts of 6 faces"),
    (["die"], "1\0", "a NUL character"),
    (["die"], "x" * 2_000_000, "characters without a separator"),
    (["die"], "x" * 900_000, f"'{'x' * 59}…' is not one of the faces"),
    (["coin"], "", "there are no tosses (standard input)"),
    (["coin"], "H T E", "'E' is a third outcome beside 'H' and 'T' (standard input, line 1)"),
    (["coin", "--success", "h"], "H T", "'T' is a third outcome beside 'h' and 'H'"),
    (["coin"], "heads tails", "the outcomes are 'heads' and 'tails', and nothing says which"),
    (["gaussian"], "cm;kg\n1,75;70\n", "semicolons part the columns"),
    (["gaussian"], "1\nx\n", "'x' is not a number (standard input, line 2)"),
    (["gaussian"], "1\n1e400\n", "'1e400' is not a finite number"),
    (["gaussian"], "a,b\n1,2\n", "2 columns, and no --column says which: a, b"),
    (["gaussian", "--column", "c"], "a,b\n1,2\n", "there is no column 'c' among a, b"),
    (["poisson"], "1\n2.5\n", "'2.5' is not a count 0, 1, 2, ... (standard input, line 2)"),
    (["poisson"], "-1", "'-1' is not a count 0, 1, 2, ... (standard input, line 1)"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "given", "message"), UNUSABLE)
def test_unusable_input_is_exit_3_and_named(args, given, message):
    result = run("fit", *args, given=given)
    assert (result.exit_code, result.stdout) == (3, "")
    assert result.stderr.startswith("likelihood: ")
    assert message in result.stderr.splitlines()[0]


def test_the_message_for_an_unknown_face_is_the_documented_one():
    assert run("fit", "die", given="1 2 x\n").stderr == (
        "likelihood: 'x' is not one of the faces 1,2,3,4,5,6 (standard input, line 1)\n"
        "  hint: list every face with --faces, or clean the input\n"
    )


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("nosuch.txt", "there is no file 'nosuch.txt'"),
        (".", "'.' cannot be read: is a directory"),
        ("https://example.org/rolls.txt", "is a URL, and nothing is fetched"),
    ],
)
def test_a_path_that_cannot_be_read_is_exit_3(path, message):
    result = run("fit", "die", path)
    assert (result.exit_code, result.stdout) == (3, "")
    assert message in result.stderr


def test_an_unreadable_file_is_exit_3(tmp_path, monkeypatch):
    file = tmp_path / "rolls.txt"
    file.write_text(ROLLS)

    def denied(self, *args):
        raise PermissionError(13, "Permission denied", str(self))

    # Not by its mode, which does not stop the administrator.
    monkeypatch.setattr(Path, "open", denied)
    result = run("fit", "die", file)
    assert result.exit_code == 3
    assert "cannot be read: permission denied" in result.stderr


def test_no_maximum_is_exit_4_and_the_result_is_printed_and_marked(monkeypatch):
    found = likelihood.Categorical.fit([1, 2], categories=range(1, 7))
    verdict = likelihood.Verdict(likelihood.Status.NOT_CONVERGED, "It was not found.", 1.0)
    bad = dataclasses.replace(found, record=dataclasses.replace(found.record, verdict=verdict))

    def fit(*args, **options):
        import warnings

        warnings.warn("It was not found.", likelihood.ConvergenceWarning, stacklevel=2)
        return bad

    monkeypatch.setattr(likelihood.Categorical, "fit", fit)
    result = run("fit", "die")
    assert result.exit_code == 4
    assert "Not converged. It was not found." in result.stdout
    assert "likelihood: warning: It was not found.\n" in result.stderr
    held = document("fit", "die")
    assert (held["status"], held["test"]) == ("NOT_CONVERGED", None)
    assert held["rows"][0]["conf_low"] is None


def test_an_internal_error_is_exit_1_with_a_traceback_for_debug_only(monkeypatch):
    def fail(*args, **options):
        raise ZeroDivisionError("division by zero")

    monkeypatch.setattr(likelihood.Categorical, "fit", fail)
    result = run("fit", "die")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("likelihood: internal error: ZeroDivisionError: division")
    assert "--debug" in result.stderr and "Traceback" not in result.stderr
    for args in (["fit", "die", "--debug"], ["--debug", "fit", "die"]):
        traced = run(*args)
        assert traced.exit_code == 1
        assert traced.stderr.startswith("Traceback (most recent call last):")


def test_too_little_memory_is_exit_3(monkeypatch):
    def fail(*args, **options):
        raise MemoryError

    monkeypatch.setattr(likelihood.Categorical, "fit", fail)
    result = run("fit", "die")
    assert result.exit_code == 3
    assert "too large for the memory" in result.stderr


# --- files -------------------------------------------------------------------------------------


def test_output_writes_the_document_and_prints_nothing(tmp_path):
    file = tmp_path / "out.json"
    file.write_text("old")
    result = run("fit", "die", "--json", "-o", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert file.read_text() == run("fit", "die", "--json").stdout
    assert [path.name for path in tmp_path.iterdir()] == ["out.json"]
    assert run("fit", "die", "-o", "-").stdout == run("fit", "die").stdout


@pytest.mark.skipif(os.name == "nt", reason="needs a named pipe")
def test_output_to_what_is_no_file_goes_into_it(tmp_path):
    # A pipe of its own, never a device of the machine: a failing test would replace that.
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    try:
        result = run("fit", "die", "-o", pipe)
        assert (result.exit_code, result.stdout) == (0, "")
        assert os.read(reader, 65536).decode() == run("fit", "die").stdout
        assert pipe.is_fifo()
    finally:
        os.close(reader)


def test_output_never_replaces_the_input(tmp_path):
    file = tmp_path / "rolls.txt"
    file.write_text(ROLLS)
    result = run("fit", "die", file, "-o", tmp_path / ".." / tmp_path.name / "rolls.txt")
    assert result.exit_code == 2
    assert "is the input; name another file" in result.stderr
    assert file.read_text() == ROLLS


def test_an_output_that_cannot_be_written_is_exit_3(tmp_path):
    missing = run("fit", "die", "-o", tmp_path / "no" / "out.txt")
    assert missing.exit_code == 3
    assert "cannot be written: no such file or directory" in missing.stderr
    folder = run("fit", "die", "-o", tmp_path)
    assert folder.exit_code == 3
    assert "is a folder" in folder.stderr


def test_a_failed_command_writes_nothing(tmp_path):
    run("fit", "die", "-o", tmp_path / "out", "--report", tmp_path / "report", given="x")
    assert list(tmp_path.iterdir()) == []


def test_a_report_is_written_beside_the_document_and_a_foreign_folder_is_kept(tmp_path):
    result = run("fit", "die", "--report", tmp_path / "report")
    assert result.exit_code == 0
    assert result.stdout == run("fit", "die").stdout
    assert (tmp_path / "report" / "tidy.csv").read_text() == run("fit", "die", "--csv").stdout
    foreign = tmp_path / "foreign"
    foreign.mkdir()
    (foreign / "thesis.txt").write_text("mine")
    refused = run("fit", "die", "--report", foreign)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert "holds 'thesis.txt'" in refused.stderr and "--force" in refused.stderr
    assert (foreign / "thesis.txt").read_text() == "mine"
    assert run("fit", "die", "--report", foreign, "--force").exit_code == 0


def test_level_interval_and_null_reach_the_report(tmp_path):
    options = ["--level", "0.9", "--interval", "wilson", "--null", "1/12,1/6,1/6,1/6,1/6,1/4"]
    result = run("fit", "die", "--report", tmp_path / "die", *options)
    assert (result.exit_code, result.stderr) == (0, "")
    assert (tmp_path / "die" / "tidy.csv").read_text() == run(
        "fit", "die", "--csv", *options
    ).stdout
    page = (tmp_path / "die" / "report.md").read_text()
    assert "| the probabilities 1/12,1/6,1/6,1/6,1/6,1/4 | G-test" in page
    assert "90 % intervals, each category by itself: Wilson (1927)" in page
    assert "at the 10 % level" in page and "95 %" not in page.split("## Crosscheck")[0]


@pytest.mark.parametrize(
    ("args", "given", "name"),
    [
        (["--null", "1/4"], "H T H\n", "a probability of 1/4 for 'H'"),
        (["--success", "it's"], "it's not\n", "a probability of 0.5 for 'it's'"),
        (["--counts", "2,3"], "", "a probability of 0.5 for 'success'"),
    ],
)
def test_the_report_of_a_coin_names_outcome_and_hypothesis(tmp_path, args, given, name):
    result = run("fit", "coin", "--report", tmp_path / "coin", *args, given=given)
    assert (result.exit_code, result.stderr) == (0, "")
    assert f"The hypothesis of {name} is not rejected" in (tmp_path / "coin/report.md").read_text()


# --- as a process ------------------------------------------------------------------------------


def test_a_pipe_in_and_a_pipe_out():
    process = start("fit", "die", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    out, err = process.communicate(ROLLS.encode())
    assert (process.returncode, err) == (0, b"")
    assert out.decode() == run("fit", "die").stdout


@pytest.mark.parametrize("args", [["--help"], ["fit", "die", "-q"]])
def test_a_broken_pipe_is_exit_141_without_a_traceback(tmp_path, args):
    file = tmp_path / "rolls.txt"
    file.write_text(ROLLS)
    reader, writer = os.pipe()
    os.close(reader)
    try:
        process = start(*args, *([str(file)] if "die" in args else []), stdout=writer)
        _, err = process.communicate()
    finally:
        os.close(writer)
    assert (process.returncode, err) == (141, b"")


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs a device that is full")
def test_a_full_disk_is_exit_3_without_a_traceback(tmp_path):
    file = tmp_path / "rolls.txt"
    file.write_text(ROLLS)
    with open("/dev/full", "w") as full:
        process = start("fit", "die", str(file), stdout=full)
        _, err = process.communicate()
    assert process.returncode == 3
    assert err.decode().splitlines()[0] == (
        "likelihood: standard output cannot be written: no space left on device"
    )


@pytest.mark.skipif(os.name == "nt", reason="interrupts differ on Windows")
def test_an_interrupt_is_exit_130_without_a_traceback():
    process = start("fit", "die", stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    # More than a pipe holds: when all of it is taken, the command is reading.
    process.stdin.write(b"1 " * 500_000)
    process.stdin.flush()
    process.send_signal(signal.SIGINT)
    out, err = process.communicate()
    assert (process.returncode, out, err) == (130, b"", b"likelihood: interrupted\n")


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_terminal_instead_of_input_gets_help_and_exit_2():
    import pty

    parent, child = pty.openpty()
    try:
        process = start("fit", "die", stdin=child, stdout=subprocess.PIPE)
        out, err = process.communicate()
    finally:
        os.close(parent)
        os.close(child)
    assert (process.returncode, out) == (2, b"")
    assert err.startswith(b"Examples:")


@pytest.mark.skipif(os.name == "nt", reason="needs a shell")
def test_closed_streams_are_exit_3():
    for shut, message in (("<&-", "standard input is closed"), (">&-", "output is closed")):
        done = subprocess.run(
            ["sh", "-c", f'exec "$0" -c "$1" fit die {shut}', sys.executable, ENTRY],
            input=ROLLS, capture_output=True, text=True, env=ENVIRONMENT,
        )  # fmt: skip
        assert done.returncode == 3
        assert message in done.stderr
