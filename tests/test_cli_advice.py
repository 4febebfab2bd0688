"""What new users get wrong at the shell, and the hint that mends it."""

import json
import os

import pytest
from click.testing import CliRunner

from likelihood.cli.main import program


def run(*args, given="1 2 3 4 5 6 6 6\n"):
    return CliRunner().invoke(program, [str(arg) for arg in args], input=given)


def document(*args):
    result = run(*args, "--json")
    assert result.exit_code == 0, result.stderr
    return json.loads(result.stdout)


ADVICE = [
    (["die"], "# rolls\n1", "there are no comments in a file of rolls: remove the line"),
    (["die"], '"1","2"', "remove the quotation marks"),
    (["die"], "1;2;3", "separate rolls by white space or commas"),
    (["die"], "1.0 2.0", "write it as '1': faces are compared as text"),
    (["die"], "face\n1\n", "remove the line if it is a header, or list every face with --faces"),
    (["die"], "1 7", "list every face with --faces, or clean the input"),
    (["die", "--faces", "a,b"], "a B", "write it as 'b': capitals count"),
    (["coin"], "heads tails Heads", "write every outcome in the same way: capitals count"),
    (["gaussian"], "cm;kg\n1,75;70\n", "--column, and add --delimiter ';' --decimal ,"),
    (["gaussian", "--column", "cm"], "cm;kg\n1,75;70\n", "--delimiter ';', and --decimal , if"),
    (["gaussian", "--column", "a"], 'a,b\n"1,5",2\n', "write decimals with a point"),
    (["die"], b"\xff\xfe1\0", "add --encoding utf-16"),
    (["die"], b"\xfe\xff\0001", "add --encoding utf-16"),
    (["gaussian"], b"PK\x03\x04\0\0", "save the sheet as CSV in UTF-8"),
    (["gaussian"], b"\x1f\x8b\x08", "fetch or compress the file again"),
    (["gaussian"], b"\xfd7zXZ\0", "unpack it first"),
    (["gaussian"], b"PAR1", "a sample is read from text"),
]  # fmt: skip


@pytest.mark.parametrize(("args", "given", "hint"), ADVICE)
def test_what_new_users_get_wrong_gets_a_hint_that_mends_it(args, given, hint):
    result = run("fit", *args, given=given)
    assert (result.exit_code, result.stdout) == (3, "")
    assert hint in result.stderr.splitlines()[1]


def test_a_name_is_not_told_to_write_decimals_with_a_point():
    result = run("fit", "gaussian", "--column", "who", given='who,cm\n"Smith, J",170\n')
    assert result.stderr == "likelihood: 'Smith, J' is not a number (standard input, line 2)\n"


def test_a_long_option_with_one_dash_is_told_to_have_two():
    result = run("fit", "die", "-faces", "1,2")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[1] == "  hint: long options have two dashes: --faces"


def test_options_may_be_written_in_capitals_where_they_are_words():
    plain = run("fit", "die", "--interval", "wilson", "--null", "fair")
    assert run("fit", "die", "--interval", "Wilson", "--null", "FAIR").stdout == plain.stdout
    assert run("fit", "coin", "--null", "Fair", given="H T").exit_code == 0


def test_one_is_not_many():
    assert "\n1 roll.\n" in run("fit", "die", given="6").stdout
    assert "\n1 toss, 1 of them 'H'.\n" in run("fit", "coin", given="H").stdout
    assert (
        "\n1 number, 1 dropped.\n"
        in run("fit", "gaussian", "--column", "a", given="a,b\n1,1\n,1\n").stdout
    )


def test_another_encoding_is_believed(tmp_path):
    file = tmp_path / "rolls.txt"
    file.write_bytes("ÿþ a ÿþ".encode("latin-1"))
    held = document("fit", "die", "--faces", "ÿþ,a", file, "--encoding", "latin-1")
    assert [row["count"] for row in held["rows"]] == [2, 1]
    file.write_bytes("1 6 6".encode("utf-32"))
    held = document("fit", "die", file, "--encoding", "utf-32")
    assert held["rows"][5]["count"] == 2


@pytest.mark.skipif(not os.path.isdir("/proc/self"), reason="needs a place where nothing is made")
def test_a_report_that_cannot_be_written_names_the_folder_that_was_asked_for():
    for args in (["fit", "die", "--report", "/proc/report"], ["demo", "--output", "/proc/report"]):
        result = run(*args)
        assert (result.exit_code, result.stdout) == (3, "")
        assert "'/proc/report'" in result.stderr and ".tmp" not in result.stderr
