"""The data sets: files, index and page agree, and the published totals are met."""

import csv
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from fractions import Fraction
from pathlib import Path

import pandas as pd
import pytest

from likelihood import datasets
from likelihood.errors import DataError

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "datasets"
NIST = Path(__file__).resolve().parent / "references" / "nist"
INDEX = json.loads((FOLDER / "index.json").read_text(encoding="utf-8"))
NAMES = sorted(INDEX)


def rows_of(name):
    """The file's fields as text, read without the loader."""
    with open(FOLDER / f"{name}.csv", encoding="utf-8", newline="") as file:
        return list(csv.reader(file, strict=True))


def section_of(name):
    """The page's section on one data set."""
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    return re.search(rf"^## {name}\n(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)[1]


# The folder, its index and its page


def test_the_folder_holds_the_indexed_files_and_nothing_else():
    found = {path.name for path in FOLDER.iterdir()}
    assert found == {f"{name}.csv" for name in NAMES} | {"index.json", "README.md"}


def test_names_are_the_index_in_order():
    assert datasets.names() == tuple(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_files_are_plain_utf8_with_lf(name):
    raw = (FOLDER / f"{name}.csv").read_bytes()
    raw.decode("utf-8")
    assert b"\r" not in raw
    assert b"\0" not in raw
    assert not raw.startswith(b"\xef\xbb\xbf")
    assert raw.endswith(b"\n")


@pytest.mark.parametrize("name", NAMES)
def test_rows_columns_and_missing_fields_agree_with_the_index(name):
    frame = datasets.load(name)
    about = INDEX[name]
    assert len(frame) == about["rows"] == len(rows_of(name)) - 1
    assert list(frame.columns) == list(about["columns"])
    missing = frame.isna().sum()
    assert missing[missing > 0].to_dict() == about["missing"]


@pytest.mark.parametrize("name", NAMES)
def test_provenance_travels_with_the_table(name):
    assert datasets.load(name).attrs == {"name": name, **INDEX[name]}
    for field in ("title", "source", "licence"):
        assert INDEX[name][field].strip()
    assert all(text.strip() for text in INDEX[name]["columns"].values())


@pytest.mark.parametrize("name", NAMES)
def test_the_page_says_what_the_index_says(name):
    lines, about = section_of(name).splitlines(), INDEX[name]
    assert f"{about['title']}." in lines
    assert f"* Source: {about['source']}." in lines
    assert f"* Licence: {about['licence']}." in lines
    assert f"* Rows: {about['rows']}." in lines
    assert (f"* Notes: {about['notes']}" in lines) == bool(about["notes"])
    assert [line for line in lines if line.startswith("| ")][2:] == [
        f"| {column} | {meaning} |" for column, meaning in about["columns"].items()
    ]
    missing = ", ".join(f"{column} {count}" for column, count in about["missing"].items())
    assert (f"* Missing fields: {missing}." in lines) == bool(missing)


def test_the_page_describes_each_file_once():
    page = (FOLDER / "README.md").read_text(encoding="utf-8")
    assert re.findall(r"^## (.+)$", page, re.MULTILINE) == NAMES
    overview = [line for line in page.splitlines() if line.startswith("| [")]
    assert overview == [
        f"| [{name}.csv](#{name}) | {INDEX[name]['title']} | {INDEX[name]['rows']} "
        f"| {INDEX[name]['licence']} |"
        for name in NAMES
    ]


# Reading


@pytest.mark.parametrize("name", NAMES)
def test_values_are_those_of_the_file(name):
    header, *rows = rows_of(name)
    frame = datasets.load(name)
    for column, fields in zip(header, zip(*rows, strict=True), strict=True):
        values = frame[column]
        if pd.api.types.is_numeric_dtype(values):
            # Exact: the double nearest to the printed digits, hence no tolerance.
            expected = [None if field == "" else float(Fraction(field)) for field in fields]
        else:
            expected = [field or None for field in fields]
        assert [None if pd.isna(value) else value for value in values] == expected


def test_labels_are_text_and_counts_are_integers():
    kinds = {
        name: "".join("t" if dtype.kind == "O" else dtype.kind for dtype in frame.dtypes)
        for name, frame in ((name, datasets.load(name)) for name in NAMES)
    }
    assert kinds == {
        "anes96": "iiiiiiiiit",
        "breast_cancer": "f" * 30 + "t",
        "esoph": "tttii",
        "iris": "fffft",
        "kerrich_coin": "ti",
        "longley": "ifiiiii",
        "menarche": "fii",
        "michelson": "f",
        "nodal": "iiiiii",
        "penguins": "ttffffti",
        "ucb_admissions": "ttti",
        "horse_kicks": "ii",
        "weldon_dice": "ii",
        "wine": "ffffifffffffit",
        "wolf_dice": "tii",
    }


def test_only_the_empty_field_is_missing(tmp_path, monkeypatch):
    data = tmp_path / "_datasets"
    data.mkdir()
    about = {"title": "Labels", "columns": {"label": "text", "size": "none"}}
    (data / "index.json").write_text(json.dumps({"labels": about}), encoding="utf-8")
    (data / "labels.csv").write_text("label,size\nNA,1\nNone,\n,2.5\nnull,3\n", encoding="utf-8")
    monkeypatch.setattr(datasets, "files", lambda package: tmp_path)
    frame = datasets.load("labels")
    assert frame["label"].isna().tolist() == [False, False, True, False]
    assert frame["label"].dropna().tolist() == ["NA", "None", "null"]
    assert frame["size"].isna().tolist() == [False, True, False, False]
    assert frame["size"].dropna().tolist() == [1.0, 2.5, 3.0]


def test_a_changed_table_leaves_the_next_one_alone():
    frame = datasets.load("kerrich_coin")
    frame.loc[0, "count"] = 0
    frame.attrs["columns"]["side"] = "changed"
    again = datasets.load("kerrich_coin")
    assert again.loc[0, "count"] == 5067
    assert again.attrs["columns"]["side"] == INDEX["kerrich_coin"]["columns"]["side"]


# Refusals


@pytest.mark.parametrize(
    ("asked", "meant"),
    [("pengins", "penguins"), ("Wolf_Dice", "wolf_dice"), ("iris.csv", "iris")],
)
def test_an_unknown_name_gets_the_closest_one_and_the_list(asked, meant):
    with pytest.raises(DataError, match=f"got '{asked}'; did you mean '{meant}'") as caught:
        datasets.load(asked)
    assert f"available: {', '.join(NAMES)}." in str(caught.value)


@pytest.mark.parametrize("asked", ["", "qqqqqq", "..", "\u2603"])
def test_an_unlike_name_gets_the_list_alone(asked):
    with pytest.raises(DataError, match=f"got '{re.escape(asked)}'; available: anes96, ") as caught:
        datasets.load(asked)
    assert "did you mean" not in str(caught.value)


@pytest.mark.parametrize("asked", ["../datasets/iris", "/iris", "a\\iris", "https://example.org/x"])
def test_a_path_is_refused(asked):
    with pytest.raises(DataError, match=r"got the path '.*pandas\.read_csv"):
        datasets.load(asked)


@pytest.mark.parametrize("asked", [None, 3, b"iris", ["iris"], Path("iris")])
def test_a_name_that_is_not_text_is_refused(asked):
    with pytest.raises(TypeError, match=f"as text, got {type(asked).__name__}; available: anes96"):
        datasets.load(asked)


def test_a_name_reaches_the_message_without_control_characters():
    with pytest.raises(DataError) as caught:
        datasets.load("\x1b]0;iris\x07" + "x" * 10_000)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 1000


# Where the files are


def test_the_wheel_puts_the_folder_where_the_loader_looks():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    wheel = project["tool"]["hatch"]["build"]["targets"]["wheel"]
    assert wheel["packages"] == ["likelihood"]
    assert wheel["force-include"]["datasets"] == "likelihood/_datasets"


def test_an_installed_layout_loads_its_own_copy(tmp_path):
    """The wheel's layout, in a fresh interpreter that does not see the checkout."""
    package = tmp_path / "likelihood"
    shutil.copytree(
        ROOT / "likelihood", package, ignore=shutil.ignore_patterns("__pycache__", "_datasets")
    )
    shutil.copytree(FOLDER, package / "_datasets")
    # A package called "datasets" beside this one is none of its business.
    (tmp_path / "datasets").mkdir()
    code = (
        "import likelihood.datasets as d; print(d.__file__); print(d._folder()); "
        "print(d.load('wolf_dice')['count'].sum())"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    source, folder, total = run.stdout.splitlines()
    assert Path(source) == package / "datasets.py"
    assert Path(folder) == package / "_datasets"
    assert total == "40000"


def test_a_checkout_loads_the_folder_beside_the_package():
    if (ROOT / "likelihood" / "_datasets").exists():
        pytest.skip("the checkout holds an installed copy")
    assert Path(str(datasets._folder())) == FOLDER


def test_an_unrelated_folder_of_the_same_name_is_not_taken(tmp_path, monkeypatch):
    (tmp_path / "datasets").mkdir()
    package = tmp_path / "likelihood"
    monkeypatch.setattr(datasets, "files", lambda name: package)
    monkeypatch.setattr(datasets, "__file__", str(package / "datasets.py"))
    with pytest.raises(FileNotFoundError, match="neither in .* nor in .*install the package again"):
        datasets.names()


# Published totals


def test_wolf_threw_each_die_20000_times():
    frame = datasets.load("wolf_dice")
    assert frame.groupby("die")["count"].sum().to_dict() == {"A": 20_000, "B": 20_000}
    assert frame["face"].tolist() == [1, 2, 3, 4, 5, 6] * 2


def test_122_horse_kicks_in_200_corps_years():
    frame = datasets.load("horse_kicks")
    assert frame["count"].sum() == 200
    assert (frame["deaths"] * frame["count"]).sum() == 122


def test_weldon_threw_twelve_dice_26306_times():
    frame = datasets.load("weldon_dice")
    assert frame["successes"].tolist() == list(range(13))
    assert frame["count"].sum() == 26_306
    # Pearson (1900): 106,602 of 315,672 dice showed 5 or 6, a share of 0.3377.
    assert (frame["successes"] * frame["count"]).sum() == 106_602
    assert round(106_602 / 26_306, 4) == 4.0524


def test_kerrich_tossed_10000_times():
    assert datasets.load("kerrich_coin").set_index("side")["count"].to_dict() == {
        "heads": 5067,
        "tails": 4933,
    }


def test_michelson_meets_the_values_nist_certifies():
    lines = (NIST / "Michelso.dat").read_text(encoding="ascii").splitlines()
    header, *fields = [row[0] for row in rows_of("michelson")]
    assert header == "speed"
    assert fields == [line.strip() for line in lines[60:160]]
    # In rationals, so that the comparison is with the data and not with a summation.
    values = [Fraction(field) for field in fields]
    mean = sum(values) / 100
    variance = sum((value - mean) ** 2 for value in values) / 99
    assert mean == Fraction("299.852400000000")
    # Certified to 15 digits, so within half a unit of the last one, 5e-17; the root in
    # doubles adds at most one ulp, 1.4e-17.
    assert abs(float(variance) ** 0.5 - 0.0790105478190518) <= 5e-17 + 1.4e-17
    assert "299.852400000000" in lines[40]
    assert "0.0790105478190518" in lines[41]


def test_penguins_have_their_published_counts():
    frame = datasets.load("penguins")
    assert frame["species"].value_counts().to_dict() == {
        "Adelie": 152,
        "Gentoo": 124,
        "Chinstrap": 68,
    }
    assert frame["island"].value_counts().to_dict() == {
        "Biscoe": 168,
        "Dream": 124,
        "Torgersen": 52,
    }
    assert frame["sex"].value_counts().to_dict() == {"male": 168, "female": 165}
    assert frame["sex"].isna().sum() == 11
    assert frame["year"].value_counts().to_dict() == {2007: 110, 2008: 114, 2009: 120}
    assert len(frame.dropna()) == 333


def test_berkeley_admitted_1198_men_and_557_women():
    frame = datasets.load("ucb_admissions")
    assert frame["count"].sum() == 4526
    assert frame.groupby(["gender", "admitted"])["count"].sum().to_dict() == {
        ("female", "no"): 1278,
        ("female", "yes"): 557,
        ("male", "no"): 1493,
        ("male", "yes"): 1198,
    }
    assert not frame.duplicated(["department", "gender", "admitted"]).any()


def test_esoph_has_200_cases_and_775_controls():
    frame = datasets.load("esoph")
    assert frame[["cases", "controls"]].sum().to_dict() == {"cases": 200, "controls": 775}
    assert not frame.duplicated(["age_group", "alcohol_group", "tobacco_group"]).any()


def test_menarche_counts_3918_girls():
    frame = datasets.load("menarche")
    assert frame[["girls", "reached"]].sum().to_dict() == {"girls": 3918, "reached": 2308}
    assert (frame["reached"] <= frame["girls"]).all()


def test_nodal_has_20_involved_of_53():
    frame = datasets.load("nodal")
    assert frame.sum().to_dict() == {
        "involved": 20,
        "aged": 24,
        "stage": 27,
        "grade": 21,
        "xray": 16,
        "acid": 30,
    }
    assert frame.isin([0, 1]).all(axis=None)


def test_iris_holds_fishers_values():
    frame = datasets.load("iris")
    assert frame["species"].value_counts().to_dict() == {
        "setosa": 50,
        "versicolor": 50,
        "virginica": 50,
    }
    # The UCI copy has 0.1 and (3.1, 1.5, 0.1) in these two rows.
    assert frame.iloc[34, :4].tolist() == [4.9, 3.1, 1.5, 0.2]
    assert frame.iloc[37, :4].tolist() == [4.9, 3.6, 1.4, 0.1]


def test_wine_and_breast_cancer_have_their_published_classes():
    assert datasets.load("wine")["cultivar"].value_counts().to_dict() == {
        "cultivar_1": 59,
        "cultivar_2": 71,
        "cultivar_3": 48,
    }
    assert datasets.load("breast_cancer")["diagnosis"].value_counts().to_dict() == {
        "benign": 357,
        "malignant": 212,
    }


def test_longley_and_anes96_agree_with_statsmodels():
    from statsmodels.datasets import anes96, longley

    theirs = longley.load_pandas().data
    order = ["TOTEMP", "GNPDEFL", "GNP", "UNEMP", "ARMED", "POP", "YEAR"]
    assert datasets.load("longley").to_numpy().tolist() == theirs[order].to_numpy().tolist()
    ours = datasets.load("anes96")
    ours["vote"] = ours["vote"].map({"Clinton": 0, "Dole": 1})
    theirs = anes96.load_pandas().data
    assert ours.to_numpy().tolist() == theirs[list(ours.columns)].to_numpy().tolist()
