"""Columns, classes and responses with names that attack, through every presentation."""

import csv
import io
import json
import re
import warnings
import xml.etree.ElementTree as ElementTree

import numpy as np
import pandas as pd
import pytest

import likelihood as lk
from likelihood.report.folder import write_report
from likelihood.report.plots import caption, kinds, plot, svg
from likelihood.report.summary import LARGEST_HTML, Summary
from tests.test_report_hostile import CONTROLS, LABELS, Harmless

NAMES = [name for name in LABELS if name != "\ud800"]
RNG = np.random.default_rng(7)


def quietly(fit, *arguments):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        return fit(*arguments).result_


@pytest.fixture(scope="module")
def fits():
    X = pd.DataFrame(RNG.normal(size=(300, len(NAMES))), columns=NAMES)
    X["alias<td>"] = X.iloc[:, 0] - X.iloc[:, 1]
    y = RNG.integers(0, 3, 300)
    classes = np.array(["<b>a|b</b>", "$y$\x1b[31m", "new\nline" + "y" * 300], dtype=object)
    name = "<script>\x07$resp_onse$" + "r" * 300
    return {
        "softmax": quietly(lk.SoftmaxRegression().fit, X, pd.Series(classes[y], name=name)),
        "logistic": quietly(
            lk.LogisticRegression().fit, X, pd.Series(classes[np.minimum(y, 1)], name=name)
        ),
        "linear": quietly(lk.LinearRegression().fit, X, pd.Series(RNG.normal(size=300), name=name)),
        "separated": quietly(
            lk.LogisticRegression().fit, X, pd.Series(classes[(X.iloc[:, 2] > 0) * 1], name=name)
        ),
    }


KINDS = ("softmax", "logistic", "linear", "separated")


@pytest.mark.parametrize("kind", KINDS)
def test_a_summary_holds_no_control_character_and_keeps_to_the_terminal(fits, kind):
    for text in (str(Summary.of(fits[kind])), Summary.of(fits[kind]).brief()):
        assert not CONTROLS & set(text)
        assert "\\x1b" in text or "\\x07" in text
        assert all(len(line) <= 84 for line in text.split("\n"))


@pytest.mark.parametrize("kind", KINDS)
def test_a_notebook_table_is_small_and_harmless(fits, kind):
    html = fits[kind]._repr_html_()
    parser = Harmless()
    parser.feed(html.replace("<br>", ""))
    assert len(html.encode()) < LARGEST_HTML and not CONTROLS & set(html)


@pytest.mark.parametrize("kind", KINDS)
def test_every_figure_is_xml_without_scripts(fits, kind):
    fit = fits[kind]
    for figure in kinds(fit):
        if figure == "profile" and kind == "separated":
            continue
        text = svg(plot(fit, figure))
        tags = {element.tag.split("}")[1] for element in ElementTree.fromstring(text).iter()}
        assert tags.isdisjoint({"script", "a", "foreignObject", "image"})
        assert not CONTROLS & set(text) and not CONTROLS & set(caption(fit, figure))


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_shows_labels_as_text_and_csv_files_give_them_back(fits, kind, tmp_path):
    fit = fits[kind]
    folder = write_report(fit, tmp_path / "report", title=NAMES[0], source="\n# no\n" + NAMES[16])
    page = (folder / "report.md").read_text(encoding="utf-8")
    assert not CONTROLS & set(page)
    bare = re.sub(r"\\.", "", page)
    # What is left of Markdown is the page's own: quotes of warnings, tables, figures.
    assert "<" not in bare and "$" not in bare and "`" not in bare and "://" not in bare
    assert all(line.startswith("> ") for line in bare.split("\n") if ">" in line)
    assert set(re.findall(r"\]\((.*?)\)", bare)) == {
        path.name for path in folder.glob("figure-*.svg")
    }
    headings = re.findall(r"^#+ .*$", page, flags=re.M)
    assert len(headings) <= 9 and not any("no" == heading.strip("# ") for heading in headings)
    for block in (part for part in bare.split("\n\n") if part.startswith("|")):
        lines = block.split("\n")
        assert {line.count("|") for line in lines} == {lines[0].count("|")}
    with (folder / "tidy.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["term"] for row in rows] == fit.tidy()["term"].tolist()
    text = (folder / "glance.csv").read_text(encoding="utf-8")
    assert len(list(csv.reader(io.StringIO(text)))) == 2
    json.loads((folder / "model.likelihood.json").read_text(encoding="utf-8"))


def test_file_names_never_come_from_labels(fits, tmp_path):
    folder = write_report(fits["softmax"], tmp_path / "report")
    assert all(re.fullmatch(r"[a-z0-9.-]+", path.name) for path in folder.iterdir())


def test_confusion_keeps_its_shape_whatever_the_classes_are_called(tmp_path):
    y = np.array(["total", "observed", "predicted total"] * 20, dtype=object)
    fit = quietly(lk.SoftmaxRegression().fit, RNG.normal(size=(60, 2)), y)
    folder = write_report(fit, tmp_path / "report")
    with (folder / "confusion.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == 5 and {len(row) for row in rows} == {5}
    assert sum(int(row[-1]) for row in rows[1:4]) == int(rows[4][-1]) == 60
