"""Numbers, labels and tables as text: what a reader may rely on."""

import csv
import io
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from likelihood.report.formatting import (
    count,
    frame_to_csv,
    frame_to_html,
    frame_to_markdown,
    frame_to_text,
    number,
    p_value,
)
from likelihood.report.labels import LONGEST, label, markdown_escape

FINITE = st.floats(allow_nan=False, allow_infinity=False)


# Beyond 1.797e308 the nearest four digits are not a double.
@given(FINITE.filter(lambda value: abs(value) < 1.797e308))
def test_a_number_keeps_four_significant_digits(value):
    # Half a unit in the fourth digit is at most 5e-4 of the value, which begins at 1.000.
    assert abs(float(number(value)) - value) <= 5.0001e-4 * abs(value)


@given(FINITE)
def test_a_number_that_is_not_zero_is_never_shown_as_zero(value):
    assert (float(number(value)) == 0.0) == (value == 0.0)
    assert not number(value).startswith("-0") or float(number(value)) < 0.0


@given(st.integers(-(10**15) + 1, 10**15 - 1))
def test_whole_numbers_are_shown_in_full_below_1e15(value):
    assert number(value) == number(float(value)) == str(value)


@given(st.floats(1e-4, 1e9), st.sampled_from([-1.0, 1.0]), st.floats(1e-3, 1e3))
def test_decimals_reach_the_second_digit_of_the_standard_error(size, sign, spread):
    value = sign * size
    assert abs(float(number(value, spread)) - value) <= 0.05 * spread


@pytest.mark.parametrize(
    ("value", "text"),
    [(math.inf, "inf"), (-math.inf, "-inf"), (math.nan, ""), (-0.0, "0"), (True, "1")],
)
def test_special_numbers_have_a_text(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("p", "text"),
    [
        (0.0321, "0.0321"), (0.0, "<0.0001"), (9.9e-5, "<0.0001"), (1e-4, "0.0001"),
        (0.99995, ">0.9999"), (1.0, "1.0000"), (math.nan, ""),
    ],
)  # fmt: skip
def test_a_p_value_is_never_shown_as_zero_or_as_a_certainty_that_it_is_not(p, text):
    assert p_value(p) == text


def test_counts_in_sentences_have_thousands_apart():
    assert [count(20000.0), count(2.25), count(1e16)] == ["20,000", "2.250", "1.000e+16"]


@given(st.text())
def test_a_label_is_one_line_that_a_terminal_only_shows(text):
    shown = label(text)
    assert len(shown) <= LONGEST
    assert all(char.isprintable() or char in "\u200c\u200d" or char.isspace() for char in shown)
    assert len(shown.splitlines()) <= 1
    # A lone surrogate could not be written to any file.
    assert shown.encode("utf-8").decode("utf-8") == shown


def test_direction_overrides_and_line_separators_become_visible():
    assert label("a\u202eb\u2028c\x85d\x00") == "a\\u202eb\\u2028c\\x85d\\x00"


def test_letters_of_any_script_stay_as_they_are():
    assert label("naïve Ωδ 日本 עברית 👩\u200d🔬") == "naïve Ωδ 日本 עברית 👩\u200d🔬"


@pytest.mark.parametrize("char", list("\\`*_[]<>#|~$&"))
def test_markdown_marks_are_escaped(char):
    assert markdown_escape(f"a{char}b") == f"a\\{char}b"


@pytest.mark.parametrize(
    ("text", "escaped"),
    [
        ("- item", "\\- item"), ("1. item", "1\\. item"), ("---", "\\---"), ("-5.2", "-5.2"),
        ("www.example.org", "www\\.example.org"), ("a\nb", "a\\\\nb"),
    ],
)  # fmt: skip
def test_text_at_the_start_of_a_markdown_line_begins_no_block(text, escaped):
    assert markdown_escape(text) == escaped


def table(rows=3):
    return pd.DataFrame(
        {
            "term": [f"t{row}" for row in range(rows)],
            "estimate": np.linspace(0.1, 0.2, rows),
            "p_value": np.full(rows, 1e-9),
            "ok": [True] * rows,
        }
    )


def test_a_text_table_lines_up_wide_and_combining_characters():
    frame = pd.DataFrame({"term": ["日本", "e\u0301e", "abcd"], "n": [1, 22, 333]})
    # 日本 takes four columns and é one: every number ends in column 9.
    assert frame_to_text(frame).split("\n")[1:] == ["日本    1", "e\u0301e     22", "abcd  333"]


def test_columns_that_do_not_fit_go_below_with_the_first_repeated():
    lines = frame_to_text(table(), width=22).split("\n")
    assert lines[0] == "term  estimate"
    assert lines[5].split() == ["term", "p_value", "ok"]
    assert max(map(len, lines)) <= 22


def test_a_gap_of_one_is_used_where_that_saves_a_block():
    assert frame_to_text(table(), width=25).split("\n")[0] == "term estimate p_value ok"


def test_an_empty_table_is_its_headings():
    assert frame_to_text(table(0)) == "term  estimate  p_value  ok"
    assert frame_to_text(pd.DataFrame()) == ""


@pytest.mark.parametrize("writer", [frame_to_text, frame_to_markdown, frame_to_html])
def test_long_tables_are_folded_after_20_rows(writer):
    written = writer(table(60))
    assert "... 40 more in .tidy()" in written
    assert "t19" in written and "t20" not in written
    assert "more in" not in writer(table(20))


def test_markdown_puts_numbers_on_the_right_and_names_on_the_left():
    frame = pd.DataFrame({"term": [1, 2], "count": [10, 20]})
    assert frame_to_markdown(frame).split("\n") == [
        "| term | count |", "| --- | ---: |", "| 1 | 10 |", "| 2 | 20 |",
    ]  # fmt: skip


def test_html_has_headings_for_rows_and_columns_and_a_caption():
    html = frame_to_html(table(1), caption="a < b")
    assert "<caption>a &lt; b</caption>" in html
    assert html.count('scope="col"') == 4 and html.count('scope="row"') == 1
    assert "<td>&lt;0.0001</td><td>yes</td>" in html


def test_missing_cells_are_empty_everywhere():
    frame = pd.DataFrame({"term": ["a", None], "estimate": [math.nan, 1.5]})
    assert frame_to_csv(frame) == "term,estimate\na,\n,1.5\n"
    assert frame_to_text(frame).split("\n")[1:] == ["a", "         1.500"]


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(
            st.text(st.characters(exclude_categories=["Cs"]), min_size=1),
            st.floats(allow_nan=False),
        ),
        min_size=1,
    )
)
def test_csv_gives_back_the_same_labels_and_the_same_doubles(rows):
    frame = pd.DataFrame(rows, columns=["term", "x"])
    text = frame_to_csv(frame)
    back = list(csv.reader(io.StringIO(text, newline=""), strict=True))[1:]
    assert [(term, float(x)) for term, x in back] == rows
    assert text.endswith("\n") and "\r\n" not in text.replace("\r\n", "", text.count('"'))
