"""X as users hand it over: every container gives the same floats, and every fault is named."""

import sys
import warnings
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import sparse

from likelihood.data.design import design
from likelihood.errors import DataError

NUMBERS = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
FITTED = ("a", "b", "c")


def frame(columns=FITTED, values=NUMBERS):
    return pd.DataFrame(values, columns=list(columns))


CONTAINERS = {
    "array": NUMBERS,
    "fortran": np.asfortranarray(NUMBERS),
    "float32": NUMBERS.astype(np.float32),
    "int8": NUMBERS.astype(np.int8),
    "uint64": NUMBERS.astype(np.uint64),
    "object": NUMBERS.astype(object),
    "list": NUMBERS.tolist(),
    "tuple of rows": tuple(map(tuple, NUMBERS.tolist())),
    "list of arrays": list(NUMBERS),
    "decimals": [[Decimal(int(v)) for v in row] for row in NUMBERS],
    "mask without holes": np.ma.array(NUMBERS),
    "read-only": np.frombuffer(NUMBERS.tobytes()).reshape(2, 3),
    "pandas": frame(),
    "pandas of ints": frame(values=NUMBERS.astype(int)),
    "pandas of several types": frame().astype({"a": "int8", "b": "float32", "c": "Int64"}),
    "pandas of objects": frame().astype(object),
    "pandas numbered": pd.DataFrame(NUMBERS),
}
SPARSE = {form: form(NUMBERS) for form in (
    sparse.csr_array, sparse.csc_matrix, sparse.coo_array, sparse.lil_matrix, sparse.dok_array,
)}  # fmt: skip


@pytest.mark.parametrize("X", CONTAINERS.values(), ids=CONTAINERS)
def test_every_container_gives_the_same_floats(X):
    values = design(X).values
    assert values.dtype == np.float64
    np.testing.assert_array_equal(values, NUMBERS)


@pytest.mark.parametrize("form", SPARSE, ids=lambda form: form.__name__)
def test_sparse_stays_sparse(form):
    found = design(SPARSE[form])
    assert found.sparse
    assert isinstance(found.values, sparse.csr_array)
    assert found.values.dtype == np.float64
    np.testing.assert_array_equal(found.values.toarray(), NUMBERS)


def test_tables_of_other_libraries_give_the_same_floats():
    polars = pytest.importorskip("polars")
    found = design(polars.from_pandas(frame()))
    assert found.names == FITTED
    np.testing.assert_array_equal(found.values, NUMBERS)


def test_arrow_tables_give_the_same_floats():
    pyarrow = pytest.importorskip("pyarrow")
    found = design(pyarrow.Table.from_pandas(frame()))
    assert found.names == FITTED
    np.testing.assert_array_equal(found.values, NUMBERS)


@pytest.mark.parametrize("order", ["C", "F"])
def test_float64_is_not_copied(order):
    X = np.asarray(NUMBERS, order=order)
    assert np.shares_memory(design(X).values, X)
    assert np.shares_memory(design(pd.DataFrame(X, copy=False)).values, X)


def test_sparse_float64_is_not_copied_and_never_changed():
    X = sparse.csr_array(NUMBERS)
    assert np.shares_memory(design(X).values.data, X.data)
    twice = sparse.csr_array((np.ones(2), np.array([1, 1]), np.array([0, 2])), shape=(1, 3))
    np.testing.assert_array_equal(design(twice).values.toarray(), [[0, 2, 0]])
    assert twice.nnz == 2


def test_truth_values_are_zeros_and_ones():
    X = pd.DataFrame({"a": [True, False], "b": pd.array([False, True], dtype="boolean")})
    np.testing.assert_array_equal(design(X).values, [[1, 0], [0, 1]])
    np.testing.assert_array_equal(design(np.array([[True], [False]])).values, [[1], [0]])


def test_names_come_from_tables_and_by_hand_only():
    assert design(frame()).names == FITTED
    assert design(frame()).names_given
    assert design(NUMBERS, names=["p", "q", "r"]).names == ("p", "q", "r")
    for X in (NUMBERS, pd.DataFrame(NUMBERS)):
        found = design(X)
        assert found.names is None and not found.names_given
        assert found.labels == ("x0", "x1", "x2")
    assert (design(NUMBERS).n_rows, design(NUMBERS).n_features) == (2, 3)


@given(st.lists(st.text(), min_size=1, max_size=4, unique=True))
def test_any_text_is_a_name(names):
    assert design(pd.DataFrame(np.ones((2, len(names))), columns=names)).names == tuple(names)


def with_entry(value, dtype=float):
    X = NUMBERS.astype(dtype)
    X[1, 2] = value
    return X


HOLES = {
    "array": with_entry(np.nan),
    "objects with None": with_entry(None, object),
    "objects with NA": with_entry(pd.NA, object),
    "sparse": sparse.csc_array(with_entry(np.nan)),
    "masked": np.ma.array(NUMBERS, mask=[[0, 0, 0], [0, 0, 1]]),
}


@pytest.mark.parametrize("X", HOLES.values(), ids=HOLES)
def test_a_missing_entry_is_named(X):
    with pytest.raises(DataError, match=r"X is missing \((NaN|masked)\) at row 1, column x2;"):
        design(X)


@pytest.mark.parametrize("dtype", ["float64", "Float64", object])
def test_a_missing_entry_of_a_table_is_named(dtype):
    X = frame().astype(dtype)
    X.loc[1, "c"] = None
    with pytest.raises(DataError, match=r"X is missing \(NaN\) at row 1, column 'c';"):
        design(X)


def test_a_missing_whole_number_is_named():
    X = pd.DataFrame({"a": [1, 2], "b": pd.array([1, None], dtype="Int64")})
    with pytest.raises(DataError, match=r"X is missing \(NaN\) at row 1, column 'b';"):
        design(X)


@pytest.mark.parametrize("value", [np.inf, -np.inf])
@pytest.mark.parametrize("form", [np.asarray, sparse.csr_array])
def test_infinity_is_named(value, form):
    with pytest.raises(DataError, match=r"X is infinite \(-?inf\) at row 1, column x2;"):
        design(form(with_entry(value)))


def test_large_finite_numbers_are_not_infinite():
    # Their sum overflows, which the one-pass test must not take for an infinity.
    X = np.full((3, 2), 1.7e308)
    assert design(X).values is X


SHAPES = {
    "one-dimensional": (np.ones(3), r"Expected 2D array, got 1D array instead:[\s\S]*Reshape your"),
    "column of a table": (frame()["a"], "Expected 2D array, got 1D array instead"),
    "flat list": ([1.0, 2.0], "Expected 2D array, got 1D array instead"),
    "sparse vector": (sparse.coo_array(np.ones(3)), "Expected 2D array, got 1D array instead"),
    "number": (3.0, "Expected 2D array, got scalar array instead: a float"),
    "text": ("abc", "Expected 2D array, got scalar array instead: a str"),
    "nothing": (None, "Expected 2D array, got scalar array instead: a NoneType"),
    "cube": (np.ones((2, 2, 2)), r"two-dimensional, got shape \(2, 2, 2\)"),
    "no rows": (np.ones((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1 is"),
    "no columns": (
        np.ones((3, 0)), r"0 feature\(s\) \(shape=\(3, 0\)\) while a minimum of 1 is required."),
    "empty table": (pd.DataFrame({"a": []}), r"0 sample\(s\) \(shape=\(0, 1\)\)"),
    "ragged": ([[1, 2], [3, 4], [5]], "rows of one length, got 2 at row 0 and 1 at row 2"),
}  # fmt: skip


@pytest.mark.parametrize(("X", "message"), SHAPES.values(), ids=SHAPES)
def test_a_wrong_shape_is_an_error(X, message):
    with pytest.raises(DataError, match=message):
        design(X)


TYPES = {
    "complex": (NUMBERS + 1j, "Complex data not supported"),
    "complex object": (with_entry(1j, object), "Complex data not supported, got 1j at row 1"),
    "complex sparse": (sparse.csr_array(NUMBERS + 1j), "Complex data not supported"),
    "complex column": (
        pd.DataFrame({"a": [1.0], "z": [1j]}), "Complex data not supported.*column 'z'"),
    "text": (np.array([["a", "b"]]), "X must hold numbers, got 'a' at row 0, column x0"),
    "text in a list": ([[1.0, 2.0], [3.0, "4"]], "got '4' at row 1, column x1; convert"),
    "long text": ([[1.0, "x" * 99]], r"got 'x+\.\.\. at row 0, column x1"),
    "dates": (np.array([["2020-01-01"]], "datetime64[D]"), "X must hold numbers, got datetime"),
    "text column": (
        pd.DataFrame({"a": [1], "g": ["u"]}), r"column 'g' holds text; use a formula with C\(g\)"),
    "categorical": (
        pd.DataFrame({"g": pd.Categorical([1, 2])}), r"'g' holds categorical; use .*C\(g\)"),
    "time column": (
        pd.DataFrame({"t": pd.to_datetime(["2020-01-01"]).tz_localize("UTC")}),
        "column 't' holds dates or times; turn it into a number"),
    "mixed column": (
        pd.DataFrame({"m": [1, "a"]}, dtype=object), "'m' holds objects of mixed types; turn it"),
}  # fmt: skip


@pytest.mark.parametrize(("X", "message"), TYPES.values(), ids=TYPES)
def test_what_is_no_number_is_an_error(X, message):
    with pytest.raises(DataError, match=message):
        design(X)


def test_an_object_without_a_value_is_a_type_error():
    # scikit-learn's checks look for these words.
    with pytest.raises(TypeError, match=r"argument must be .* string.* number.*"):
        design(with_entry({"foo": "bar"}, object))


def test_a_number_too_large_for_a_float_is_an_error():
    with pytest.raises(DataError, match="got 1000.* at row 1, column x2"):
        design(with_entry(10**400, object))


def test_names_must_be_text_and_differ():
    with pytest.raises(DataError, match="X has two columns named 'a'; rename or drop one"):
        design(frame(["a", "b", "a"]))
    with pytest.raises(DataError, match="names must differ, got 'p' twice"):
        design(NUMBERS, names=["p", "p", "q"])
    with pytest.raises(TypeError, match="names must be text, got 1;"):
        design(NUMBERS, names=["p", 1, "q"])
    with pytest.raises(DataError, match="one entry per column of X, 3, got 2"):
        design(NUMBERS, names=["p", "q"])
    with pytest.raises(TypeError, match=r"has \['int', 'str'\] as feature name"):
        design(frame(["a", 1, "c"]))


def test_the_number_of_features_is_checked_in_scikit_learns_words():
    message = "X has 3 features, but LinearRegression is expecting 2 features as input."
    for X in (NUMBERS, sparse.csr_array(NUMBERS)):
        with pytest.raises(DataError, match=f"^{message}$"):
            design(X, expected=2, owner="LinearRegression")
    assert design(NUMBERS, expected=3).n_features == 3
    assert design(NUMBERS, expected=np.int64(3)).n_features == 3


class Fitted:
    """What scikit-learn's own check reads."""

    feature_names_in_ = np.array(FITTED, dtype=object)


@pytest.mark.parametrize(
    "names", [("b", "a", "c"), ("a", "b", "d"), ("a", "b"), tuple("pqrstuvw"), ("a", "b", "c", "d")]
)
def test_feature_names_are_checked_in_scikit_learns_words(names):
    validation = pytest.importorskip("sklearn.utils.validation")
    X = frame(names, np.ones((2, len(names))))
    with pytest.raises(ValueError, match="feature names should match") as theirs:
        validation._check_feature_names(Fitted(), X, reset=False)
    with pytest.raises(DataError) as ours:
        design(X, expected=FITTED)
    assert str(ours.value) == str(theirs.value)


def test_names_on_one_side_only_are_scikit_learns_warning():
    with pytest.warns(UserWarning, match="X does not have valid feature names, but Own was fitted"):
        design(NUMBERS, expected=FITTED, owner="Own")
    with pytest.warns(UserWarning, match="X has feature names, but Own was fitted without feature"):
        design(frame(), expected=3, owner="Own")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        design(frame(), expected=np.array(FITTED, dtype=object))


def test_arrays_load_no_table_library():
    import subprocess

    script = (
        "import sys, numpy as np; from likelihood.data.design import design;"
        "design(np.ones((2, 2))); design([[1, 2]]);"
        "print(sorted({'pandas', 'narwhals', 'scipy', 'formulaic'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
