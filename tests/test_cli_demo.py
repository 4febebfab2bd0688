"""The demonstration: what it prints, what it writes, and that it writes the same again."""

import math
import re

import pytest
from click.testing import CliRunner
from scipy import stats

from likelihood.cli.demonstration import studies
from likelihood.cli.main import program

NAMES = [
    "wolf-die-a", "wolf-die-b", "weldon-dice", "weldon-throws", "kerrich-coin", "michelson-light",
    "horse-kicks",
]  # fmt: skip


def run(*args):
    return CliRunner().invoke(program, ["demo", *map(str, args)])


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "reports"
    result = run("--output", folder)
    assert result.exit_code == 0, result.stderr
    return folder, result


def test_without_an_output_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    result = run()
    assert (result.exit_code, result.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def g_statistic(counts, probabilities):
    total = sum(counts)
    pairs = zip(counts, probabilities, strict=True)
    return 2 * sum(n * math.log(n / (total * p)) for n, p in pairs if n)


def test_every_study_has_its_section_with_its_answer(written):
    _, result = written
    sections = re.split(r"^-+$", result.stdout, flags=re.MULTILINE)[1:]
    assert len(sections) == len(NAMES)
    sixth = [1 / 6] * 6
    wolf = [
        g_statistic(counts, sixth)
        for counts in ([3407, 3631, 3176, 2916, 3448, 3422], [3246, 3449, 2897, 2841, 3635, 3932])
    ]
    weldon = g_statistic([106602, 315672 - 106602], [1 / 3, 2 / 3])
    throws = [185, 1149, 3265, 5475, 6114, 5194, 3067, 1331, 403, 105, 14, 4, 0]
    binomial = [math.comb(12, k) * 2 ** (12 - k) / 3**12 for k in range(13)]
    kerrich = g_statistic([5067, 4933], [0.5, 0.5])
    # Mean and standard deviation as NIST certifies them.
    t = (299.8524 - 299.792458) / (0.0790105478190518 / math.sqrt(100))
    expected = [200 * math.exp(-0.61), 200 * 0.61 * math.exp(-0.61)]
    kicks = stats.chisquare([109, 65, 26], [*expected, 200 - sum(expected)], ddof=1)
    wanted = [
        f"G-test against fair: statistic {wolf[0]:.2f}, df 5, p < 0.0001.",
        f"G-test against fair: statistic {wolf[1]:.1f}, df 5, p < 0.0001.",
        f"against 1/3: statistic {weldon:.2f}, df 1, p < 0.0001.",
        f"12 dice with 1/3: statistic {g_statistic(throws, binomial):.2f}, df 12, p = 0.0001.",
        f"against 1/2: statistic {kerrich:.3f}, df 1, p = 0.1802.",
        f"a mean of 299.792458: statistic {t:.3f}, df 99, p < 0.0001.",
        f"goodness of fit against a Poisson distribution: statistic {kicks[0]:.5f}, df 1, "
        f"p = {kicks[1]:.4f}.",
    ]
    for section, sentence in zip(sections, wanted, strict=True):
        assert sentence in section
    assert "mean       299.8524  [" in sections[5]


def test_every_page_opens_with_the_answer_and_the_index_repeats_it(written):
    folder, _ = written
    index = (folder / "README.md").read_text()
    for name in NAMES:
        answer = (folder / name / "report.md").read_text().split("\n\n")[1].strip("*")
        assert re.match("The hypothesis of .* is (not )?rejected at the 5 % level: ", answer)
        assert answer in index


def test_no_page_shows_a_cut_off_hypothesis(written):
    folder, _ = written
    for name in NAMES:
        tests = (folder / name / "report.md").read_text().split("## Tests")[1].split("## ")[0]
        assert "…" not in tests and "0.00770" not in tests


def test_quiet_prints_the_tables_alone():
    result = run("-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "G-test" not in result.stdout
    assert result.stdout.count("estimate") == len(NAMES)


def test_every_study_has_its_folder_and_its_link(written):
    folder, result = written
    assert [study.folder for study in studies()] == NAMES
    assert sorted(path.name for path in folder.iterdir()) == sorted([*NAMES, "README.md"])
    links = re.findall(r"^- \[.+\]\((.+)\): ", (folder / "README.md").read_text(), re.MULTILINE)
    assert [link.split("/")[0] for link in links] == NAMES
    assert all((folder / link).is_file() for link in links)
    assert result.stderr == f"likelihood: note: the reports are linked in {folder / 'README.md'}\n"


def test_a_second_run_writes_the_same_bytes(written, tmp_path):
    folder, first = written
    before = contents(folder)
    again = run("--output", folder)
    assert (again.exit_code, again.stdout) == (0, first.stdout)
    assert contents(folder) == before


@pytest.mark.parametrize("foreign", ["README.md", "wolf-die-a/thesis.txt"])
def test_what_the_demo_did_not_write_is_kept_unless_forced(tmp_path, foreign):
    file = tmp_path / foreign
    file.parent.mkdir(exist_ok=True)
    file.write_text("mine")
    refused = run("--output", tmp_path)
    assert (refused.exit_code, refused.stdout) == (3, "")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [file]
    assert file.read_text() == "mine"
    assert run("--output", tmp_path, "--force").exit_code == 0


def test_an_output_that_is_no_folder_is_refused(tmp_path):
    file = tmp_path / "file"
    file.write_text("mine")
    result = run("--output", file)
    assert result.exit_code == 3
    assert "is no folder" in result.stderr
