"""The demonstration: what it prints, what it writes, and that it writes the same again."""

import math
import re

import pytest
from click.testing import CliRunner
from scipy import stats

from likelihood.cli import demonstration
from likelihood.cli.demonstration import studies
from likelihood.cli.main import program
from likelihood.cli.sample_studies import sample_studies

SAMPLES = [
    "wolf-die-a", "wolf-die-b", "weldon-dice", "weldon-throws", "kerrich-coin", "michelson-light",
    "horse-kicks",
]  # fmt: skip
REGRESSIONS = [
    "berkeley-together", "berkeley-departments", "penguins-species", "election-party",
    "longley-employment", "iris-separated",
]  # fmt: skip
NAMES = SAMPLES + REGRESSIONS


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
    for section, sentence in zip(sections, wanted, strict=False):
        assert sentence in section
    assert "mean       299.8524  [" in sections[5]


def test_every_regression_has_its_answer(written):
    folder, result = written
    told = " ".join(result.stdout.split())
    # Bickel, Hammel & O'Connell (1975): 1198 of 2691 men and 557 of 1835 women were admitted.
    odds = (1198 / 1493) / (557 / 1278)
    wanted = [
        f"All departments together, the odds of admission were {odds:.3f} times as high for men",
        "Within departments the odds of admission were 0.9050 times as high for men as for women",
        "likelihood-ratio chi-square = 1.531 on 1 df, p = 0.2159",
        "The most probable species is the true one for 95.9 % of the 342 penguins",
        "They tell something of it: likelihood-ratio test against the intercept alone: 576.8 on 30",
        "they explain 99.55 % of its variance, and yet the intervals of 3 of 6 coefficients",
        "There is none: 10 of 10 coefficients are infinite.",
    ]
    index = (folder / "README.md").read_text()
    for sentence in wanted:
        assert sentence in told and sentence in index
    # The comparison of the paradox: AIC with the department is lower by some 750.
    table = re.search(r"admitted on .*?gender \+ department +7 .*?$", result.stdout, re.S | re.M)
    assert table and [line.split("  ")[0] for line in table[0].splitlines()[1:]] == [
        "gender", "department", "gender + department",
    ]  # fmt: skip
    # NIST certifies 1829.15146461355 for the year and 0.995479004577296 for R squared.
    assert re.search(r"^year +1829 ", result.stdout, re.MULTILINE)
    assert "R2 0.9955, residual sd 304.9" in result.stdout


def test_a_separated_fit_says_so_and_ends_well(written):
    folder, result = written
    assert (result.exit_code, "warning" in result.stderr) == (0, False)
    assert "Separated. The data are quasi-completely separated" in result.stdout
    assert re.search(
        r"Species of 150 irises\]\(.*\): Separated\.", (folder / "README.md").read_text()
    )


def test_every_page_opens_with_the_answer_and_the_index_repeats_it(written):
    folder, _ = written
    index = (folder / "README.md").read_text()
    for name in SAMPLES:
        answer = (folder / name / "report.md").read_text().split("\n\n")[1].strip("*")
        assert re.match("The hypothesis of .* is (not )?rejected at the 5 % level: ", answer)
        assert answer in index


def test_no_page_shows_a_cut_off_hypothesis(written):
    folder, _ = written
    for name in SAMPLES:
        tests = (folder / name / "report.md").read_text().split("## Tests")[1].split("## ")[0]
        assert "…" not in tests and "0.00770" not in tests


def test_quiet_prints_the_tables_alone():
    result = run("-q")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "G-test" not in result.stdout
    assert len(re.findall("^[a-z0-9 ]*  +estimate ", result.stdout, re.MULTILINE)) == len(NAMES)


def test_every_study_has_its_folder_and_its_link(written):
    folder, result = written
    assert [study.folder for study in studies()] == NAMES
    written_names = sorted(path.name for path in folder.iterdir())
    assert written_names == sorted([*NAMES, "README.md", "crosscheck.csv"])
    links = re.findall(r"^- \[.+?\]\(([^)]+)\): ", (folder / "README.md").read_text(), re.MULTILINE)
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
def test_what_the_demo_did_not_write_is_kept_unless_forced(tmp_path, foreign, monkeypatch):
    # One study, of a sample, is enough for this.
    monkeypatch.setattr(demonstration, "studies", lambda: sample_studies()[:1])
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
