"""The digits that the page on accuracy publishes, and how they are counted."""

import math
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("statsmodels")
pytest.importorskip("sklearn")

from benchmarks.document import SECTIONS, write_section  # noqa: E402
from benchmarks.regression_accuracy import (  # noqa: E402
    HERE,
    linear_lines,
    separated_lines,
    separated_marks,
)
from benchmarks.regression_digits import (  # noqa: E402
    compared,
    digits,
    fitted,
    least,
    ours,
)
from benchmarks.regression_peers import scikit_learn, statsmodels  # noqa: E402
from benchmarks.regression_references import certified, gathered  # noqa: E402

CERTIFIED, LINEAR, CLASSES = gathered(HERE, None)
OVERLAPPING = [r for r in CLASSES if r.answer["separation"] == "none"]
SEPARATED = [r for r in CLASSES if r.answer["separation"] != "none"]
PAGE = Path(__file__).parent.parent / "docs" / "accuracy.md"


def by_name(reference):
    return reference.name


@pytest.mark.parametrize("reference", CERTIFIED, ids=by_name)
def test_certified_values_are_met_to_thirteen_digits(reference):
    coef, error, _ = compared(reference, ours(fitted(reference)))
    assert coef >= 13.0 and error >= 13.0


@pytest.mark.parametrize("reference", LINEAR, ids=by_name)
def test_least_squares_are_exact_to_the_doubles(reference):
    assert min(compared(reference, ours(fitted(reference)))) >= 14.5


@pytest.mark.parametrize("reference", OVERLAPPING, ids=by_name)
def test_maximum_likelihood_has_thirteen_digits_at_the_defaults(reference):
    assert min(compared(reference, ours(fitted(reference)))) >= 13.0


@pytest.mark.parametrize("reference", SEPARATED, ids=by_name)
def test_separated_sets_have_the_right_kind_columns_and_signs(reference):
    fit = fitted(reference)
    assert fit.verdict.status == "SEPARATED"
    kind, columns, signs, *numbers = separated_marks(reference, fit)
    assert (kind, columns, signs) == ("right", "right", "right")
    assert all(number == "-" or float(number) >= 13.0 for number in numbers)


def test_every_kind_of_set_is_there():
    assert len(CERTIFIED) == 8 and len(LINEAR) >= 8
    assert len(OVERLAPPING) >= 9 and len(SEPARATED) >= 5
    assert {r.name for r in CLASSES} >= {"nodal", "iris_vv", "anes96_m", "iris_sep_m"}


def test_digits_are_counted_up_to_fifteen():
    exact = Fraction("1.25")
    assert digits(1.25, exact) == 15.0
    assert digits(1.25 * (1.0 + 1e-9), exact) == pytest.approx(9.0, abs=1e-3)
    # A sign that is wrong has no digit, an infinite number is none.
    assert digits(-1.25, exact) < 0.0 and math.isnan(digits(math.inf, exact))
    assert digits(0.0, Fraction(0)) == 15.0 and digits(1e-4, Fraction(0)) == pytest.approx(4.0)
    assert digits(0.0, exact) == 0.0


def test_the_least_digits_of_several_numbers_are_those_of_the_worst():
    exact = [Fraction(1), Fraction(2)]
    assert least([1.0, 2.0 * (1.0 + 1e-5)], exact) == pytest.approx(5.0, abs=1e-3)
    assert math.isnan(least([1.0, math.nan], exact))
    assert least(None, exact) is None
    with pytest.raises(ValueError, match="zip"):
        least([1.0], exact)


def test_wampler5_is_wampler4_with_residuals_a_hundred_times_as_large():
    small, large = (certified(HERE / "nist", name) for name in ("Wampler4", "Wampler5"))
    exact = sum(small.X[:, 0] ** k for k in range(6))
    assert np.array_equal(large.y - exact, 100.0 * (small.y - exact))
    # Both have the residual standard deviation of the file, Wampler5's a hundred times that.
    assert large.answer["resid_sd"] == 100 * Fraction("236014.502379268")
    # NIST certifies 21523262.4678170 for Wampler5 itself.
    assert large.answer["se"][0] == Fraction("21523262.4678170")


def test_the_other_programs_are_measured_in_the_run():
    nodal = next(r for r in CLASSES if r.name == "nodal")
    assert compared(nodal, statsmodels(nodal))[0] > 10.0
    found = scikit_learn(nodal)
    assert found.std_error is None and compared(nodal, found)[0] > 1.0
    filip = next(r for r in CERTIFIED if r.name == "Filip")
    assert compared(filip, statsmodels(filip))[0] < 5.0


def test_a_failure_of_another_program_is_said():
    separated = next(r for r in SEPARATED if r.name == "syn_complete_sep")
    assert "Warning" in statsmodels(separated).said
    lines = separated_lines([separated])
    assert "| right | right | right |" in lines and "Warning" in lines


def test_tables_have_one_row_per_set_and_one_cell_per_column():
    lines = linear_lines(CERTIFIED[:2], True).splitlines()
    assert len(lines) == 4
    assert {line.count("|") for line in lines} == {11}


def test_the_page_has_both_sections_and_a_script_replaces_its_own(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    for section in SECTIONS:
        assert text.count(f"<!-- {section}: begin -->") == 1
        assert text.count(f"<!-- {section}: end -->") == 1
    copy = tmp_path / "accuracy.md"
    copy.write_text(text, encoding="utf-8")
    write_section(copy, "regressions", "nothing")
    changed = copy.read_text(encoding="utf-8")
    begin = "<!-- regressions: begin -->"
    assert changed.split(begin)[0] == text.split(begin)[0]
    assert changed.split(begin)[1].startswith("\nnothing\n")
    write_section(copy, "regressions", text.split(begin)[1].split("<!-- regressions: end")[0])
    assert copy.read_text(encoding="utf-8") == text
    with pytest.raises(ValueError, match="kernels, regressions, got 'other'"):
        write_section(copy, "other", "")


def test_the_page_names_every_set_that_ships():
    text = PAGE.read_text(encoding="utf-8")
    for reference in (*CERTIFIED, *LINEAR, *CLASSES):
        assert f"| {reference.name} |" in text
    assert "python -m benchmarks.regression_accuracy --write docs/accuracy.md" in text
