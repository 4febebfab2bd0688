"""Tables from text: what could be misread is refused with its line, nothing is guessed."""

import csv
import gzip
import io
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likelihood.cli.delimited import MOST_COLUMNS, Layout, delimited
from likelihood.cli.reading import LONGEST_FIELD, InputError, Source
from likelihood.cli.tables import Reading, read_table, text_table
from likelihood.cli.unpacking import LARGEST_UNPACKED, Bytes


def source(data, encoding="utf-8-sig", most=None):
    data = data if isinstance(data, bytes) else data.encode()
    return Source(Bytes(io.BytesIO(data), most), "data", encoding)


def table(data, *, most=None, encoding="utf-8-sig", text=(), names=None, **layout):
    reading = Reading(Layout(**layout), encoding, text=text)
    return text_table(source(data, encoding, most), reading, lambda there: names or there)


def columns(data, **options):
    held = table(data, **options)
    return {
        name: [
            None if gone else value
            for value, gone in zip(column.values.tolist(), column.missing, strict=True)
        ]
        for name, column in held.columns.items()
    }


def refused(data, **options):
    with pytest.raises(InputError) as caught:
        table(data, **options)
    return str(caught.value), caught.value.hint


# --- what is read ------------------------------------------------------------------------------


def test_a_column_is_numbers_if_every_field_is_one_else_labels():
    data = "i,x,g,d\n1,2.5,a,2020-01-01\n-2,1e3,b,2020-01-02\n+3, .5 ,true,2020-01-03\n"
    held = table(data)
    assert held.columns["i"].values.dtype == np.int64
    assert held.columns["x"].values.dtype == np.float64
    assert columns(data) == {
        "i": [1, -2, 3], "x": [2.5, 1000.0, 0.5], "g": ["a", "b", "true"],
        "d": ["2020-01-01", "2020-01-02", "2020-01-03"],
    }  # fmt: skip


def test_only_the_empty_field_is_missing_and_whole_numbers_stay_whole_beside_it():
    data = "i,x,g\n1,1.5,a\n,,\n3,2.5,b\n"
    assert columns(data) == {"i": [1, None, 3], "x": [1.5, None, 2.5], "g": ["a", None, "b"]}
    frame = table(data).frame()
    assert frame["i"].dtype == "Int64"
    assert frame.isna().sum().tolist() == [1, 1, 1]
    assert frame["i"].dropna().tolist() == [1, 3]


def test_what_stands_for_missing_can_be_said():
    data = "x,g\n1,NA\n.,b\n"
    assert columns(data, missing=("NA", ".")) == {"x": [1, None], "g": [None, "b"]}


@given(
    st.lists(
        st.tuples(
            st.floats(allow_nan=False, allow_infinity=False),
            st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0\r")),
        ),
        min_size=1,
    )
)
def test_numbers_and_labels_come_back_as_they_were_written(rows):
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n")
    writer.writerow(["x", "g"])
    writer.writerows([repr(x), f"g{g}"] for x, g in rows)
    held = table(buffer.getvalue())
    assert held.columns["x"].values.tolist() == [x for x, _ in rows]
    assert held.columns["g"].values.tolist() == [f"g{g}" for _, g in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_one(end):
    assert columns(end.join(["x,y", "1,2", "3,4", ""])) == {"x": [1, 3], "y": [2, 4]}


def test_a_byte_order_mark_is_no_part_of_the_first_name():
    assert list(columns("\ufeffx,y\n1,2\n")) == ["x", "y"]
    assert list(columns("x,y\n1,2\n".encode("utf-16"), encoding="utf-16")) == ["x", "y"]


def test_the_lines_of_rows_are_those_of_the_file():
    held = table('x,g\n1,"a\nb"\n\n2,c\n')
    assert list(held.lines) == [2, 5]
    assert held.placed("it is bad at row 1", ["x"]) == "it is bad at line 5 (data)"


def test_row_numbers_stay_where_rows_were_left_out():
    held = table("x,g\n1,a\n,b\n2,c\n")
    assert held.placed("it is bad at row 1", ["x"]) == "it is bad at row 1 (data)"


def test_names_are_taken_without_the_space_around_them():
    assert list(columns("x, y\n1,2\n")) == ["x", "y"]


def test_a_column_without_a_name_is_left_out_with_a_note():
    held = table(",x\n0,5\n1,6\n")
    assert list(held.columns) == ["x"]
    assert held.notes == ("column 1 has no name and is left out",)


def test_without_a_header_columns_are_numbered_or_named_in_order():
    assert columns("1,2\n3,4\n", header=False) == {"x0": [1, 3], "x1": [2, 4]}
    named = columns("1,2\n3,4\n", header=False, columns=("y", "x"))
    assert named == {"y": [1, 3], "x": [2, 4]}
    message, _ = refused("1,2\n", header=False, columns=("y",))
    assert "--columns gives 1 name to 2 columns" in message


def test_a_chosen_column_is_read_and_the_others_only_counted():
    data = "x,bad\n1,1e999\n2,Infinity\n"
    assert columns(data, columns=("x",)) == {"x": [1, 2]}
    assert "no column 'z'" in refused(data, columns=("z",))[0]


def test_other_delimiters_and_decimals_are_read_when_they_are_named():
    assert columns("x;y\n1,5;2\n", delimiter=";", decimal=",") == {"x": [1.5], "y": [2]}
    assert columns("x\ty\n1.5\ta b\n", delimiter="\t") == {"x": [1.5], "y": ["a b"]}


def test_a_point_is_no_decimal_sign_where_the_comma_is():
    # 1.500 may be a thousand and a half.
    message, hint = refused("x;y\n1.500;2\n", delimiter=";", decimal=",")
    assert "'1.500' in the column 'x' has another decimal sign than ','" in message
    assert "--decimal ." in hint


def test_labels_that_look_like_numbers_stay_as_they_are_written():
    assert columns("zip,x\n01234,1\n1234,2\n", text=("zip",))["zip"] == ["01234", "1234"]
    held = table("zip\n01234\n1234\n")
    assert held.columns["zip"].values.tolist() == [1234, 1234]
    assert "'01234' as 1234; --text 'zip' keeps labels" in held.notes[0]


def test_a_short_line_is_filled_where_that_is_asked_for():
    held = table("x,y,g\n1,2,a\n3\n", fill_short=True)
    assert held.columns["y"].missing.tolist() == [False, True]
    assert held.notes == ("1 short row was filled with missing values",)


def test_whole_numbers_beyond_doubles_stay_labels():
    held = table("id\n9007199254740993\n1\n")
    assert held.columns["id"].values.tolist() == ["9007199254740993", "1"]
    assert "(line 2) is a whole number beyond 2**53 that no double holds" in held.notes[0]
    beside_missing = table("id,x\n9007199254740993,1\n,2\n")
    assert beside_missing.columns["id"].values[0] == "9007199254740993"
    assert table("id\n1" + "0" * 30 + "\n").columns["id"].values.tolist() == ["1" + "0" * 30]
    # Exactly a double.
    assert table("id\n1152921504606846976\n").columns["id"].values.tolist() == [2**60]
    assert table("id\n18446744073709551616\n").columns["id"].values.tolist() == [2.0**64]


def test_labels_that_may_stand_for_missing_are_noted():
    held = table("g\nNA\na\nNA\n")
    assert held.columns["g"].values.tolist() == ["NA", "a", "NA"]
    assert "has the label 'NA' in 2 rows; add --na-values NA" in held.notes[0]


def test_a_column_that_is_nearly_all_numbers_says_what_is_not():
    held = table("x\n1\n2\n3\n1O\n")
    assert held.columns["x"].values.tolist() == ["1", "2", "3", "1O"]
    assert "is read as labels, because '1O' (line 5) is not a number" in held.notes[0]


# --- what is refused ---------------------------------------------------------------------------

REFUSED = [
    ("", "the input is empty", ""),
    ("x,y\n", "there are no rows below the names of the columns", "--no-header"),
    # Every row one field longer than the header: other readers shift the columns.
    ("x,y\n0,1,2\n1,3,4\n", "the line has 3 fields, the header has 2 (data, line 2)", "quotes"),
    ("x,y\n1,2,\n", "the line has 3 fields, the header has 2 (data, line 2)", "mend"),
    ("x,y\n1,2\n3\n", "the line has 1 field, the header has 2 (data, line 3)", "--fill-short"),
    ("x,y,x\n1,2,3\n", "two columns are called 'x' (data, line 1)", "its own name"),
    (",,x\n1,2,3\n", "two columns have no name", "its own name"),
    ("6\n1\n3\n", "the first line holds numbers, not the names of columns: 6", "--no-header"),
    ("1.5,2\n3,4\n", "the first line holds numbers", "--no-header"),
    ("y;x\n1;2,5\n", "there is one column, called 'y;x'", "--delimiter ';', and --decimal ,"),
    ("y\tx\n1\t2\n", "there is one column, called 'y\\tx'", "--delimiter tab"),
    ("y|x\n1|2\n", "there is one column, called 'y|x'", "--delimiter '|'"),
    ("x\n1\n1e400\n", "'1e400' in the column 'x' is not a finite number", "mend"),
    ("x\n1\n-Infinity\n", "'-Infinity' in the column 'x' is not a finite number", "--na-values"),
    ("x\n1\ninf\n", "(data, line 3)", "--na-values inf"),
    ("x\n1\nNA\n", "the column 'x' holds numbers and 'NA' (data, line 3)", "--na-values NA"),
    ("x\n1\nnan\n", "the column 'x' holds numbers and 'nan'", "--na-values nan"),
    ("x,y\n1,2\n  ,3\n", "the column 'x' holds numbers and '  ' (data, line 3)", "--na-values"),
    ('x\n"1,5"\n"2,5"\n', "'1,5' in the column 'x' has another decimal sign", "with a point"),
    ("x,y\n,1\n,2\n", "every field of the column 'x' is missing", ""),
    ('x,y\n1,"2\n3,4\n', "a quote opens in this record and is never closed (data, line 2)", ""),
    ('x,y\n1,"2"3\n', "this is not CSV", ""),
    ("x\n1\x002\n", "a NUL character", "--encoding"),
    ("x\nn\xe9\n".encode("latin-1"), "the byte 0xe9 is not utf-8 (data, line 2)", "latin-1"),
    ("x\n1\n".encode("utf-16"), "this is UTF-16", "--encoding utf-16"),
    (b"PK\x03\x04\0\0", "a workbook or a zip archive", "CSV"),
    ("g\n" + "a" * (LONGEST_FIELD + 1), "has more than 1,000,000 characters (data, line 2)", ""),
    (",".join(f"v{j}" for j in range(MOST_COLUMNS + 1)), "10,001 columns", "--columns"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message", "hint"), REFUSED, ids=range(len(REFUSED)))
def test_a_table_that_could_be_misread_is_refused(data, message, hint):
    told, advice = refused(data)
    assert message in told
    assert hint in advice


def test_many_columns_are_read_where_some_are_chosen():
    names = [f"v{j}" for j in range(MOST_COLUMNS + 1)]
    data = ",".join(names) + "\n" + ",".join("1" for _ in names) + "\n"
    assert columns(data, columns=("v7",)) == {"v7": [1]}


def test_the_limit_of_a_field_is_not_left_behind():
    before = csv.field_size_limit(12_345)
    try:
        for data in ("x\n1\n", "x,x\n1,2\n"):
            try:
                table(data)
            except InputError:
                pass
            assert csv.field_size_limit() == 12_345
    finally:
        csv.field_size_limit(before)


def test_every_record_is_counted_far_into_a_file():
    data = "x,y\n" + "1,2\n" * 50_000 + "3\n"
    assert "(data, line 50002)" in refused(data)[0]
    bad = "x,y\n" + "1,2\n" * 50_000 + "1e999,2\n"
    assert "(data, line 50002)" in refused(bad)[0]


# --- compressed --------------------------------------------------------------------------------


def test_what_gzip_compressed_is_unpacked():
    data = b"x,y\n1,2\n" * 1 + b"3,4\n" * 100_000
    assert columns(gzip.compress(data)) == columns(data)
    members = gzip.compress(b"x\n1\n") + gzip.compress(b"2\n")
    assert columns(members) == {"x": [1, 2]}


def test_compressed_bytes_beyond_the_limit_are_refused():
    bomb = gzip.compress(b"x\n" + b"1\n" * 2_000_000)
    assert len(bomb) < 10_000
    message, hint = refused(bomb, most=300_000)
    assert "more than 300,000 bytes" in message and "--max-bytes" in hint
    assert refused(b"x\n" + b"1\n" * 200_000, most=300_000)[0] == message
    assert LARGEST_UNPACKED == 2_000_000_000


def test_damaged_bytes_are_refused():
    packed = gzip.compress(b"x\n" + bytes(range(48, 58)) * 1000 + b"\n")
    assert "they end too early" in refused(packed[:-20])[0]
    changed = bytearray(packed)
    changed[-6] ^= 1
    assert "cannot be unpacked" in refused(bytes(changed))[0]


# --- Parquet -----------------------------------------------------------------------------------


def parquet(tmp_path, frame):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    frame.to_parquet(path)
    return str(path)


def test_parquet_is_read_as_the_same_table(tmp_path):
    import pandas as pd

    frame = pd.DataFrame({
        "i": pd.array([1, None, 3], dtype="Int64"), "x": [0.5, math.nan, 2.5],
        "g": ["a", None, "b"], "t": [True, False, True],
        "c": pd.Categorical(["u", "v", "u"]),
    })  # fmt: skip
    held = read_table(parquet(tmp_path, frame), Reading(), lambda names: names)
    assert held.columns["i"].values.dtype == np.int64
    for name in ("i", "x", "g"):
        assert held.columns[name].missing.tolist() == [False, True, False]
    assert held.columns["t"].values.tolist() == [1, 0, 1]
    assert held.columns["c"].values.tolist() == ["u", "v", "u"]
    assert held.placed("bad at row 1", ["t"]).startswith("bad at row 1 (")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ([1.0, math.inf], "the column 'x' is infinite at row 1"),
        (["2020-01-01", "2020-01-02"], "neither numbers nor text"),
        ([[1], [2]], "neither numbers nor text"),
    ],
)
def test_a_parquet_column_that_cannot_be_used_is_refused(tmp_path, values, message):
    import pandas as pd

    frame = pd.DataFrame({"x": values})
    if isinstance(values[0], str):
        frame["x"] = pd.to_datetime(frame["x"])
    with pytest.raises(InputError, match=message):
        read_table(parquet(tmp_path, frame), Reading(), lambda names: names)


def test_a_parquet_file_without_its_reader_names_the_extra(tmp_path, monkeypatch):
    import sys

    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1....PAR1")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    with pytest.raises(InputError, match="needs PyArrow") as caught:
        read_table(str(path), Reading(), lambda names: names)
    assert "likelihood-toolkit[parquet]" in caught.value.hint


def test_a_damaged_parquet_file_is_refused(tmp_path):
    pytest.importorskip("pyarrow")
    path = tmp_path / "data.parquet"
    path.write_bytes(b"PAR1....PAR1")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        read_table(str(path), Reading(), lambda names: names)


def test_rows_come_as_text_with_their_lines():
    with delimited(source('g,h\na,"b\nc"\nd,e\n'), Layout()) as held:
        assert held.names == ("g", "h")
        assert list(held.rows()) == [(2, ["a", "b\nc"]), (4, ["d", "e"])]
