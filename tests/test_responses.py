"""y as users hand it over: labels in their order, and every fault is named with its row."""

import datetime
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from likelihood.data.responses import aligned, classes_and_codes, real_response
from likelihood.errors import DataError

LABELS = st.one_of(
    st.lists(st.text(max_size=3), min_size=2, max_size=30),
    st.lists(st.integers(-(2**60), 2**60), min_size=2, max_size=30),
    st.lists(st.booleans(), min_size=2, max_size=30),
)


@given(LABELS.filter(lambda y: len(set(y)) > 1))
def test_labels_are_sorted_and_codes_bring_the_response_back(y):
    found = classes_and_codes(y)
    assert found.labels.tolist() == sorted(set(y))
    assert [found.labels.tolist()[code] for code in found.codes] == y


CONTAINERS = {
    "array of ints": np.array([3, 1, 3]),
    "array of floats": np.array([3.0, 1.0, 3.0]),
    "array of text": np.array(["b", "a", "b"]),
    "array of truth values": np.array([True, False, True]),
    "array of objects": np.array(["b", "a", "b"], dtype=object),
    "series": pd.Series(["b", "a", "b"], index=[5, 6, 7]),
    "nullable ints": pd.Series([3, 1, 3], dtype="Int64"),
}


@pytest.mark.parametrize("y", CONTAINERS.values(), ids=CONTAINERS)
def test_the_order_is_numpys(y):
    found = classes_and_codes(y)
    np.testing.assert_array_equal(found.labels, np.unique(np.asarray(y)))
    np.testing.assert_array_equal(found.codes, [1, 0, 1])


def test_the_labels_of_an_array_keep_its_type():
    assert classes_and_codes(np.array([2, 1], dtype=np.int16)).labels.dtype == np.int16
    assert classes_and_codes(["a", "b"]).labels.dtype.kind == "U"
    assert classes_and_codes([1, 2]).labels.dtype.kind == "i"


def test_labels_that_numpy_would_change_stay_as_they_are():
    assert classes_and_codes(["a", "a\0"]).labels.tolist() == ["a", "a\0"]
    assert classes_and_codes([2**53 + 1, 0.0, 2**53]).labels.tolist() == [0.0, 2**53, 2**53 + 1]


def test_the_order_of_a_categorical_is_kept():
    y = pd.Series(pd.Categorical(["hi", "lo", "hi"], categories=["lo", "mid", "hi"]))
    found = classes_and_codes(y)
    assert found.labels.tolist() == ["lo", "hi"]
    assert found.codes.tolist() == [1, 0, 1]
    assert found.notes == (
        "y never takes the level 'mid', dropped; name every class in classes= to keep them.",
    )
    every = classes_and_codes(y, classes=["lo", "mid", "hi"])
    assert every.labels.tolist() == ["lo", "mid", "hi"]
    assert every.codes.tolist() == [2, 0, 2]
    assert every.notes == ()


def test_declared_classes_set_the_order_and_need_not_occur():
    found = classes_and_codes(["yes", "yes"], classes=["yes", "no"])
    assert found.labels.tolist() == ["yes", "no"]
    assert found.codes.tolist() == [0, 0]


def test_the_reference_is_a_position():
    assert classes_and_codes(["a", "b"], reference="b").reference == 1
    assert classes_and_codes([0, 1], reference=0).reference == 0
    assert classes_and_codes(["a", "b"]).reference is None
    with pytest.raises(DataError, match="reference 'c' is not a class of y, which are 'a', 'b'"):
        classes_and_codes(["a", "b"], reference="c")


FAULTS = {
    "continuous": (np.array([0.0, 0.5]), "Unknown label type: continuous. y is 0.5 at row 1"),
    "continuous list": ([1, 0.25], "Unknown label type: continuous. y is 0.25 at row 1"),
    "continuous objects": (np.array([1, 0.25], dtype=object), "Unknown label type: continuous"),
    "NaN": (np.array([0.0, np.nan]), r"y is missing \(NaN\) at row 1"),
    "infinite": (np.array([0.0, np.inf]), r"y is infinite \(inf\) at row 1"),
    "None": (["a", None], "y is missing at row 1"),
    "NaN among text": (np.array(["a", np.nan], dtype=object), "y is missing at row 1"),
    "NaN among objects": (np.array([1, np.nan], dtype=object), r"y is missing \(NaN\) at row 1"),
    "NA": (pd.Series([1, None], dtype="Int64"), r"y is missing( \(NaN\))? at row 1"),
    "NaT": (np.array(["2020-01-01", "NaT"], dtype="M8[D]"), "y is missing at row 1"),
    "masked": (np.ma.array([0, 1], mask=[0, 1]), r"y is missing \(masked\) at row 1"),
    "missing category": (pd.Categorical(["a", None]), "y is missing at row 1"),
    "text and numbers": (["1", 1], "y mixes types: '1' at row 0 and 1 at row 1"),
    "numbers and truth": ([1, 0, True], "y mixes types: 1 at row 0 and True at row 2"),
    "one class": (["a", "a"], "y holds one class only, 'a'; a fit needs two"),
    "one number": (np.ones(3), "y holds one class only, 1.0;"),
    "one level": (pd.Categorical(["a"], categories=["a", "b"]), "one class only, 'a'"),
    "complex": (np.array([1j, 0]), "Complex data not supported"),
    "unhashable": (np.array([{}, {}], dtype=object), "Unknown label type: y is {} at row 0"),
    "unsortable": ([object, type], "cannot be sorted"),
    "two columns": (np.ones((3, 2)), r"y must be one column, got shape \(3, 2\)"),
    "empty": ([], "y is empty"),
    "text": ("abc", "y must be a one-dimensional sequence"),
}


@pytest.mark.parametrize(("y", "message"), FAULTS.values(), ids=FAULTS)
def test_every_fault_is_named(y, message):
    with pytest.raises(DataError, match=message):
        classes_and_codes(y)


def test_a_label_that_was_not_declared_is_named():
    with pytest.raises(DataError, match="y must be one of 'a', 'b', got 'c' at row 1"):
        classes_and_codes(["a", "c"], classes=["a", "b"])
    with pytest.raises(DataError, match="one class only, 'a'"):
        classes_and_codes(["a", "a"], classes=["a"])


def test_an_id_column_is_refused_by_its_size():
    with pytest.raises(
        DataError, match="1,000,000 levels in 1,000,000 rows.*7,451 GiB; is it an id"
    ):
        classes_and_codes(np.arange(1_000_000))
    with pytest.raises(DataError, match="40,000 levels in 40,000 rows.*is it an id"):
        classes_and_codes([f"customer {i}" for i in range(40_000)])


@pytest.mark.parametrize(
    ("pair", "shown"),
    [(("a", "a "), ("'a'", "'a '")), (("Yes", "yes"), ("'Yes'", "'yes'")),
     (("caf\u00e9", "cafe\u0301"), (r"'caf\xe9'", r"'cafe\u0301'"))],
)  # fmt: skip
def test_labels_that_look_alike_are_noted(pair, shown):
    (note,) = classes_and_codes([*pair, "other"]).notes
    assert all(text in note for text in shown)
    assert note.endswith("look alike, and are counted as different classes.")


def test_a_column_vector_is_scikit_learns_warning_where_it_is_loaded():
    exceptions = pytest.importorskip("sklearn.exceptions")
    for read in (classes_and_codes, real_response):
        with pytest.warns(exceptions.DataConversionWarning, match="A column-vector y was passed"):
            read(np.array([[0.0], [1.0]]))


def test_a_column_vector_has_one_reading_without_scikit_learn():
    script = (
        "import warnings; warnings.simplefilter('error'); import numpy as np, sys;"
        "from likelihood.data.responses import classes_and_codes, real_response;"
        "y = np.array([[1.0], [2.0]]);"
        "print(classes_and_codes(y).codes, real_response(y), 'sklearn' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split("\n")[0] == "[0 1] [1. 2.] False"


@pytest.mark.filterwarnings("ignore:A column-vector y")
def test_the_mask_of_a_column_vector_counts():
    with pytest.raises(DataError, match=r"y is missing \(masked\) at row 1"):
        real_response(np.ma.array([[0.0], [1.0]], mask=[[0], [1]]))


def test_a_real_response_is_floats():
    for y in ([1, 2], np.array([1, 2], dtype=np.int8), pd.Series([1.0, 2.0]), (True, 2)):
        values = real_response(y)
        assert values.dtype == np.float64
        np.testing.assert_array_equal(values, [1.0, 2.0])


REAL_FAULTS = {
    "NaN": ([1.0, np.nan], None, "y must be finite, got nan at row 1|y is missing.* at row 1"),
    "infinite": ([1.0, np.inf], None, "y.* at row 1"),
    "text": (["1", "2"], None, "y must hold real numbers, got '1' at row 0"),
    "complex": (np.array([1j]), None, "Complex data not supported"),
    "negative": ([1.0, -2.0], 0.0, "y must be at least 0, got -2.0 at row 1"),
    "two columns": (np.ones((2, 2)), None, r"y must be one column, got shape \(2, 2\)"),
}


@pytest.mark.parametrize(("y", "minimum", "message"), REAL_FAULTS.values(), ids=REAL_FAULTS)
def test_every_fault_of_a_real_response_is_named(y, minimum, message):
    with pytest.raises(DataError, match=message):
        real_response(y, minimum)


def test_rows_that_do_not_belong_together_are_refused():
    X = pd.DataFrame({"a": [1.0, 2.0]}, index=["p", "q"])
    aligned(X, pd.Series([0, 1], index=["p", "q"]))
    aligned(X, [0, 1])
    aligned(X.to_numpy(), pd.Series([0, 1], index=["q", "p"]))
    with pytest.raises(DataError, match=r"different indexes: 'p' and 'q' at row 0; align them"):
        aligned(X, pd.Series([0, 1], index=["q", "p"]))
    with pytest.raises(DataError, match="X has 2 rows and y has 3"):
        aligned(X, [0, 1, 0])
    with pytest.raises(DataError, match="X has 1 rows and y has 2"):
        aligned([[1.0]], [0, 1])


class OnlyAnArray:
    """The least that NumPy can read."""

    def __init__(self, values):
        self.values = np.asarray(values)

    def __array__(self, dtype=None, copy=None):
        return self.values


def test_what_numpy_can_read_is_read():
    y = OnlyAnArray([0, 1, 1])
    assert classes_and_codes(y).codes.tolist() == [0, 1, 1]
    assert real_response(y).tolist() == [0.0, 1.0, 1.0]
    aligned(OnlyAnArray(np.ones((3, 2))), y)
    with pytest.raises(DataError, match="X and y must have rows, got 3; pass arrays or tables"):
        aligned(3, y)


def test_dates_are_labels():
    days = [datetime.date(2021, 1, 1), datetime.date(2020, 1, 1)]
    assert classes_and_codes(days).labels.tolist() == days[::-1]
