"""Labels that attack: a terminal, a browser, Markdown, a spreadsheet, matplotlib, a file system."""

import csv
import io
import re
import unicodedata
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

import likelihood as lk
from likelihood.report.folder import write_report
from likelihood.report.plots import caption, plot, png, svg
from likelihood.report.summary import LARGEST_HTML

LABELS = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "a|b`c`*d*_e_",
    "$x_$",
    r"$\bad$",
    "\x1b[31mred\x1b[0m\x1b]0;title\x07",
    "\x9b31m",
    "x" * 300,
    "nul\0byte",
    "\u202egnp.exe",
    "new\nline\r\ttab\u2028",
    "😀👩\u200d🔬 日本語",
    "עברית",
    "../../etc/passwd",
    "=HYPERLINK(1)",
    "javascript:alert(1)",
    "![i](http://x.org/a.png)",
    "'; DROP TABLE",
    "&lt;b&gt;",
    "\ud800",
    "",
)
CONTROLS = {chr(code) for code in (*range(32), *range(127, 160)) if chr(code) != "\n"}


@pytest.fixture(scope="module")
def die():
    return lk.Categorical.fit(LABELS, categories=LABELS, weights=range(len(LABELS)))


@pytest.fixture(scope="module")
def folder(die, tmp_path_factory):
    target = tmp_path_factory.mktemp("hostile") / "report"
    return write_report(die, target, title=LABELS[0] + LABELS[5], source="\n# no\n" + LABELS[16])


def named_fits():
    """Fits to columns with hostile names, and the figures that show a name."""
    values = np.arange(12.0) % 5
    for name in LABELS[::2]:
        yield lk.Gaussian.fit(pd.Series(values, name=name)), "density"
    for name in LABELS[1::2]:
        yield lk.Poisson.fit(pd.Series(values, name=name)), "counts"
    yield lk.Gaussian.fit(pd.Series(values, name=LABELS[7])), "qq"
    yield lk.Bernoulli.fit(["$x_$", "\x1b"], success="\x1b"), "likelihood"


class Harmless(HTMLParser):
    """Refuse scripts, event handlers and addresses."""

    def handle_starttag(self, tag, attrs):
        assert tag in "div p strong small table caption thead tbody tr th td".split()
        for name, value in attrs:
            assert name in ("style", "scope")
            assert re.fullmatch(r"color:#[0-9a-f]{6}|row|col", value)


def test_a_summary_holds_no_control_character(die):
    text = str(die.summary())
    assert not CONTROLS & set(text)
    assert not any(unicodedata.bidirectional(char) in ("RLO", "LRO", "RLE") for char in text)
    assert "\\x1b[31mred" in text


def test_a_notebook_table_is_small_and_harmless(die):
    html = die.summary()._repr_html_()
    Harmless().feed(html)
    assert len(html.encode()) < LARGEST_HTML
    assert not CONTROLS & set(html)


def test_every_figure_is_drawn_and_is_xml(die):
    shown = [(die, "bars"), *named_fits()]
    assert {kind for _, kind in shown} == {"bars", "density", "counts", "qq", "likelihood"}
    for fit, kind in shown:
        text = svg(plot(fit, kind))
        root = ElementTree.fromstring(text)
        assert {element.tag.split("}")[1] for element in root.iter()}.isdisjoint(
            {"script", "a", "foreignObject", "image"}
        )
        assert not CONTROLS & set(text)
        assert not CONTROLS & set(caption(fit, kind))
    assert png(plot(die)).startswith(b"\x89PNG")


def test_labels_are_drawn_as_text_and_not_as_formulae(die):
    names = [text.get_text() for text in plot(die).get_yticklabels()]
    assert "$x_$" in names and r"$\bad$" in names and "(empty)" in names


def test_a_report_page_shows_labels_as_text(folder):
    page = (folder / "report.md").read_text(encoding="utf-8")
    assert not CONTROLS & set(page)
    # Without escaped characters nothing is left that could open a tag, a link or a formula.
    bare = re.sub(r"\\.", "", page)
    assert "<" not in bare and "$" not in bare and "`" not in bare
    assert re.findall(r"\]\((.*?)\)", bare) == ["figure-01.svg"]
    assert "://" not in bare
    tables = [block.split("\n") for block in bare.split("\n\n") if block.startswith("|")]
    assert len(tables) == 4
    for lines in tables:
        assert {line.count("|") for line in lines} == {lines[0].count("|")}


def test_csv_files_give_every_label_back(folder, die):
    with (folder / "tidy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    # Half a surrogate pair has no place in UTF-8 and is written as an escape.
    assert [row["term"] for row in rows] == [
        name.encode("utf-8", "backslashreplace").decode() for name in LABELS
    ]
    estimates = [float(row["estimate"]) for row in rows]
    assert estimates == die.tidy()["estimate"].tolist()
    text = (folder / "crosscheck.csv").read_text(encoding="utf-8")
    assert next(csv.reader(io.StringIO(text))) == [
        "quantity", "term", "ours", "theirs", "backend", "difference", "digits", "ok", "reason",
    ]  # fmt: skip


def test_file_names_never_come_from_labels(folder):
    assert sorted(path.name for path in folder.iterdir()) == [
        ".likelihood-report", "crosscheck.csv", "figure-01.svg", "glance.csv", "report.md",
        "tidy.csv",
    ]  # fmt: skip
