"""What the commands read: every value that is not understood is refused with its line."""

import csv
import io

import pytest

from likelihood.cli.columns import column, numbers
from likelihood.cli.reading import LONGEST_FIELD, PIECE, InputError, Source, opened, pieces
from likelihood.cli.tokens import face_counts, tally

FACES = list("123456")


def source(data, encoding="utf-8-sig"):
    data = data if isinstance(data, bytes) else data.encode()
    return Source(io.BytesIO(data), "data", encoding)


def values(data, **options):
    return numbers(source(data), **options).values.tolist()


# --- pieces ------------------------------------------------------------------------------------


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system_are_one(end):
    assert list(pieces(source(end.join(["1", "2", "3"])))) == [(1, "1\n2\n"), (3, "3")]


@pytest.mark.parametrize(
    ("data", "encoding"),
    [
        (b"\xef\xbb\xbf1 2\n", "utf-8-sig"),
        (b"\xef\xbb\xbf1 2\n", "utf-8"),
        ("1 2\n".encode("utf-16"), "utf-16"),
        (b"1 2\n", "ascii"),
    ],
)
def test_a_byte_order_mark_is_no_part_of_the_first_token(data, encoding):
    assert tally(source(data, encoding), {"1", "2"}) == ({"1": 1, "2": 1}, None)


def test_pieces_join_to_the_text_and_count_its_lines():
    text = "".join(f"{n} {'x' * (n % 97)}\n" for n in range(40_000))
    held = list(pieces(source(text)))
    assert len(held) > 2
    assert "".join(piece for _, piece in held) == text
    assert [line for line, _ in held] == [
        1 + sum(piece.count("\n") for _, piece in held[:at]) for at in range(len(held))
    ]


def test_a_token_across_two_pieces_stays_one():
    data = b"1 " * (PIECE // 2 - 1) + b"12 1"
    assert tally(source(data), {"1", "12"})[0] == {"1": PIECE // 2, "12": 1}


def test_a_character_across_two_pieces_stays_one():
    data = b"1" + "é ".encode() * PIECE
    assert tally(source(data), {"1é", "é"})[0] == {"1é": 1, "é": PIECE - 1}


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        (b"1\n2\nn\xe9\n", r"the byte 0xe9 is not utf-8 \(data, line 3\)", "--encoding latin-1"),
        (b"1\n2\x003\n", r"a NUL character: .* \(data, line 2\)", "--encoding utf-16"),
        (b"1\n2\xe2\x82", r"the byte 0xe2 is not utf-8 \(data, line 2\)", "--encoding"),
        (b"1\n" + b"x" * (LONGEST_FIELD + PIECE), "characters without a separator", "right file"),
    ],
)
def test_bytes_that_are_no_text_are_refused_with_their_line(data, message, hint):
    with pytest.raises(InputError, match=message) as caught:
        list(pieces(source(data)))
    assert hint in caught.value.hint


def test_a_wide_character_encoding_without_its_mark_is_refused():
    with pytest.raises(InputError, match=r"is not utf-16: .*BOM"):
        list(pieces(source(b"12\n", "utf-16")))


def test_a_line_is_kept_whole_where_lines_matter():
    data = b"1 " * PIECE + b"\n2\n"
    assert all(text.endswith("\n") for _, text in pieces(source(data), by_line=True))
    assert len(list(pieces(source(data)))) > len(list(pieces(source(data), by_line=True)))


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("http://example.org/a.csv", "is a URL"),
        ("s3://bucket/a.csv", "is a URL"),
        ("no such file", "there is no file 'no such file'"),
        (".", "cannot be read: is a directory"),
        ("\x1b[31m", r"there is no file '\\x1b\[31m'"),
    ],
)
def test_a_path_that_cannot_be_read_is_refused_by_name(path, message):
    with pytest.raises(InputError, match=message), opened(path):
        pass


# --- tokens ------------------------------------------------------------------------------------


def test_tokens_are_parted_by_white_space_and_commas():
    assert tally(source("1,2 , 3\t1\n\n2,\n"), set(FACES))[0] == {"1": 2, "2": 2, "3": 1}


def test_the_first_roll_of_a_file_is_kept():
    assert tally(source("6\n6\n1\n"), set(FACES))[0]["6"] == 2


def test_a_stranger_is_the_first_in_the_file_and_ends_the_reading():
    data = "1\n" * (2 * PIECE) + "1 y x\nz\n"
    assert tally(source(data), {"1"})[1] == ("y", 2 * PIECE + 1)


def test_tokens_are_compared_as_text():
    assert tally(source("1 01"), {"1"})[1] == ("01", 1)


@pytest.mark.parametrize(
    "data", ["1 2 3 4 5 6", "1,2,3,4,5,6\n", "1\n2\n3\n4\n5\n6\n", "6 6\n5 5\n4 4\n3 3\n2 2\n1,1"]
)
def test_counts_are_read_in_the_order_of_the_faces(data):
    assert face_counts(source(data), FACES) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(
    ("data", "faces", "message"),
    [
        ("", FACES, "the input is empty"),
        ("1 2 3 4 5", FACES, "5 values on 1 lines are not the counts of 6 faces"),
        ("1 2 3\n4 5 6", FACES, "6 values on 2 lines"),
        ("1 10\n2 20\n3 30", FACES, "there is no count for the face '4'"),
        ("1 10\n1 20", ["1", "2"], r"the face '1' stands twice \(data, line 2\)"),
        ("3407 1\n3631 2", ["1", "2"], r"'3407' is not one of the faces 1,2 \(data, line 1\)"),
        ("1 10", ["1", "2"], "'1 10' is either two counts or a face with its count"),
        ("1 2 3 4 5 -6", FACES, "'-6' is not a count"),
        ("1 2 3 4 5 6.0", FACES, "'6.0' is not a count"),
        ("1 2 3 4 5 9007199254740993", FACES, "'9007199254740993' is not a count"),
        ("1 2 3 4 5 " + "9" * 5000, FACES, "'999.*…' is not a count"),
        ("1 2 3 4 5 ٣", FACES, "'٣' is not a count"),
    ],
)
def test_counts_that_could_be_misread_are_refused(data, faces, message):
    with pytest.raises(InputError, match=message):
        face_counts(source(data), faces)


# --- numbers -----------------------------------------------------------------------------------


def test_numbers_are_parted_by_white_space_only():
    assert values("1 2.5\n\n-3e2\t.5\n") == [1.0, 2.5, -300.0, 0.5]


@pytest.mark.parametrize("name", ["cm", '"cm"', "height in cm", "größe", "_x1"])
def test_a_first_line_of_words_is_a_header(name):
    held = numbers(source(f"\n{name}\n170\n180\n"))
    assert held.values.tolist() == [170.0, 180.0]
    assert held.header == name.strip('"')


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("cm\n1\nx\n", r"'x' is not a number \(data, line 3\)"),
        ("cm\n", r"'cm' is not a number \(data, line 1\)"),
        ("NA\n1\n", r"'NA' is not a number \(data, line 1\)"),
        ("12a\n1\n", r"'12a' is not a number \(data, line 1\)"),
        ("x 1\n2\n", r"'x' is not a number \(data, line 1\)"),
        ("1\n2\nnan\n", r"'nan' is not a finite number .*line 3"),
        ("nan\n1\n", r"'nan' is not a finite number .*line 1"),
        ("1\n-Infinity\n", r"'-Infinity' is not a finite number .*line 2"),
        ("1e400\n", r"'1e400' is not a finite number .*line 1"),
        ("1_000\n", r"'1_000' is not a number"),
        ("1\xa0000\n", r"'1\xa0000' is not a number"),
        ("٣\n", r"'٣' is not a number"),
        ("0x10\n", r"'0x10' is not a number"),
        ("1;2\n", r"'1;2' is not a number"),
        ("a,b\n1,2\n", r"2 columns, and no --column says which: a, b \(data, line 1\)"),
        ("1,5\n2,5\n", r"the comma makes 2 columns without names: 1, 5 \(data, line 1\)"),
        ("1\n2,5\n", r"the comma makes 2 columns .*line 2"),
        ("a b\n1 2\n", r"the line has 2 values, the header 'a b' names one column .*line 2"),
        ("", r"the input holds no numbers \(data\)"),
        ("\n\n", r"the input holds no numbers \(data\)"),
    ],
)
def test_what_is_no_number_is_refused_with_its_line(data, message):
    with pytest.raises(InputError, match=message):
        numbers(source(data))


@pytest.mark.parametrize("bad", ["x", "1e400", "2.5", "-1", "9007199254740994"])
def test_the_line_of_a_bad_count_is_found_far_into_a_file(bad):
    with pytest.raises(InputError, match=f"'{bad}' is not a .*line 300001"):
        numbers(source("7\n" * 300_000 + bad), whole=True)


def test_a_whole_number_may_be_written_as_a_decimal():
    assert values("3.0 1e3", whole=True) == [3.0, 1000.0]


# --- columns -----------------------------------------------------------------------------------


def test_a_column_is_chosen_by_name_and_empty_fields_are_counted():
    data = '\ufeff"id","cm, bare"\r\na,170\r\nb,\r\n"c\r\nd",180.5\r\n'
    held = column(source(data), "cm, bare")
    assert held.values.tolist() == [170.0, 180.5]
    assert held.missing == 1


def test_an_empty_line_is_a_missing_value_in_one_column_only():
    assert column(source("x\n1\n\n2\n\n\n"), "x").missing == 1
    assert column(source("x,y\n1,1\n\n2,2\n"), "x").missing == 0


@pytest.mark.parametrize(
    ("data", "message", "hint"),
    [
        ("", "the input is empty", ""),
        ("x,y\n1,2\n3\n", r"the line has 1 field, the header has 2 \(data, line 3\)", "mend"),
        ("x,y\n1,2,3\n", r"the line has 3 fields, the header has 2 \(data, line 2\)", "quotes"),
        ('y,x\n"a\nb",1\n1\n', r"the line has 1 field, .*line 4", ""),
        ("x,x\n1,2\n", "two columns are called 'x'", "own name"),
        ("1,2\n3,4\n", "the first line holds numbers, not the names of columns: 1, 2", "header"),
        ("a,xx\n1,2\n", "there is no column 'x' among a, xx", "did you mean 'xx'"),
        ("x;y\n1;2\n", "there is one column, called 'x;y'", "--delimiter ';'"),
        ("x,y\n,1\n,2\n", "the column 'x' holds no numbers: all of its 2 fields are empty", ""),
        ("x,y\n", r"the column 'x' holds no numbers \(data\)", ""),
        ("x\n1\nNA\n", r"'NA' is not a number \(data, line 3\)", "only an empty field"),
        ("x\nInfinity\n", "'Infinity' is not a finite number", ""),
        ("x\n1e400\n", "'1e400' is not a finite number", ""),
        ('x\n"1,5"\n', "'1,5' is not a number", "decimals with a point"),
        ('x\n"1\n', r"a quote opens in this record and is never closed \(data, line 2\)", "close"),
        ('x\n"1"2\n', "this is not CSV: ',' expected after", ""),
        ("x\n" + "1" * (LONGEST_FIELD + 1), r"more than 1,000,000 characters \(.*line 2", "quote"),
    ],
)
def test_a_csv_that_could_be_misread_is_refused(data, message, hint):
    with pytest.raises(InputError, match=message) as caught:
        column(source(data), "x")
    assert hint in caught.value.hint


def test_the_limit_of_a_field_is_not_left_behind():
    before = csv.field_size_limit(12_345)
    try:
        column(source("x\n1\n"), "x")
        assert csv.field_size_limit() == 12_345
    finally:
        csv.field_size_limit(before)
