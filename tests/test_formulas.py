"""Formulas: what they mean, that they keep their digits, and that they cannot run code."""

import ast
import builtins
import json
import time
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from likelihood.data.factors import Learned, Rows, numeric
from likelihood.data.formulas import materialise, parse, restore
from likelihood.data.grammar import (
    ALLOWED,
    FUNCTIONS,
    OUTERMOST,
    Factor,
    FormulaError,
    code_factor,
)
from likelihood.data.tables import Entries
from likelihood.errors import DataError, FitWarning

RNG = np.random.default_rng(3)
N = 60
DATA = pd.DataFrame({
    "y": RNG.normal(size=N),
    "x": RNG.uniform(1.0, 9.0, N),
    "z": RNG.normal(size=N),
    "k": RNG.integers(0, 3, N),
    "t": RNG.random(N) > 0.5,
    "g": RNG.choice(list("abc"), N),
    "h": RNG.choice(["u", "v"], N),
    "my var": RNG.normal(size=N),
})  # fmt: skip


def small(**columns):
    return pd.DataFrame({"y": [1.0, 2.0, 4.0, 3.0], **columns})


FORMULAS = [
    "y ~ x", "y ~ 1", "y ~ x - 1", "y ~ 0 + g", "y ~ g + h", "y ~ 0 + g + h", "y ~ x*g", "y ~ g:h",
    "y ~ g*h*x", "y ~ g/x", "y ~ (x + z + g)**2", "y ~ (x + z)^2", "y ~ C(k) + C(k):x",
    "y ~ 0 + x:g",
    "y ~ poly(x, 3) + center(z) + scale(x)", "y ~ poly(x, 2):g", "y ~ log(x):g + exp(z) + abs(z)",
    "y ~ sqrt(x) + log1p(x)", "y ~ I(x**2) + I(x**-2) + I(x**0.5)",
    "y ~ `my var` + log(`my var`**2)",
    "y ~ . - z", "log(x) ~ . - y", "y ~ t + t:x", "y ~ I(x > 3)", "y ~ I(-x/z - 3*(+z))",
    "y ~ x + x + z - z", "y ~ I(x == 2) + I(x != 3) + I(x <= 4) + I(z >= 0)",
]  # fmt: skip


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_formula_means_and_is_named_what_formulaic_says(formula):
    formulaic = pytest.importorskip("formulaic")
    # formulaic itself knows no sqrt, log1p or abs; its own names for the rest are the same.
    context = {"sqrt": np.sqrt, "log1p": np.log1p, "abs": np.abs}
    theirs = formulaic.model_matrix(formula, DATA, context=context).rhs
    ours = materialise(formula, DATA)
    assert ours.intercept == ("Intercept" in theirs.columns)
    assert list(ours.names) == [name for name in theirs.columns if name != "Intercept"]
    # Both round: a handful of operations on columns of size below 1e3.
    np.testing.assert_allclose(ours.values, theirs[list(ours.names)], rtol=1e-13, atol=1e-13)


def test_the_allow_list_is_the_documented_one():
    assert FUNCTIONS | OUTERMOST == {
        "C", "I", "log", "log1p", "exp", "sqrt", "abs", "center", "scale", "poly",
    }  # fmt: skip


def test_powers_are_known_to_thirty_digits():
    # Filip's predictor: 82 numbers between -8.8 and -3.1, raised to the tenth.
    x = -np.linspace(3.132002490, 8.781464495, 82)
    formula = "y ~ " + " + ".join(f"I(x**{k})" for k in range(2, 11))
    found = materialise(formula, {"y": x, "x": x})
    for column, k in enumerate(range(2, 11)):
        for row in range(82):
            exact = Fraction(x[row]) ** k
            carried = Fraction(found.values[row, column]) + Fraction(found.low[row, column])
            # Four products in double-double, each with a relative error below 2**-102.
            assert abs(carried - exact) <= abs(exact) * Fraction(1, 2**98)


#: Exact values, and the size that rounding is relative to, which a difference cancels.
ARITHMETIC = {
    "I(x + z)": (lambda x, z: x + z, lambda x, z: x + z),
    "I(x - 3*z)": (lambda x, z: x - 3 * z, lambda x, z: x + 3 * z),
    "I(x * z)": (lambda x, z: x * z, lambda x, z: x * z),
    "I(x / z)": (lambda x, z: x / z, lambda x, z: x / z),
    "I((x - 2)**3 / 7)": (lambda x, z: (x - 2) ** 3 / 7, lambda x, z: (x + 2) ** 3 / 7),
    "I(x**-2)": (lambda x, z: 1 / x**2, lambda x, z: 1 / x**2),
    "I(abs(-x)**3)": (lambda x, z: x**3, lambda x, z: x**3),
    "x:z": (lambda x, z: x * z, lambda x, z: x * z),
    "I(x**3):z": (lambda x, z: x**3 * z, lambda x, z: x**3 * z),
}
SIZES = st.floats(1e-2, 1e6)


@pytest.mark.parametrize("term", ARITHMETIC)
@settings(max_examples=30)
@given(pairs=st.lists(st.tuples(SIZES, SIZES), min_size=1, max_size=5))
def test_arithmetic_carries_what_it_rounds(term, pairs):
    value, size = ARITHMETIC[term]
    x, z = np.array(pairs).T
    found = materialise(f"y ~ {term}", {"y": x, "x": x, "z": z})
    low = np.zeros_like(found.values) if found.low is None else found.low
    for row, pair in enumerate(pairs):
        a, b = map(Fraction, pair)
        carried = Fraction(found.values[row, 0]) + Fraction(low[row, 0])
        # At most five operations, each to 2**-100 of its size.
        assert abs(carried - value(a, b)) <= size(a, b) * Fraction(1, 2**97)


def test_exact_columns_carry_nothing():
    assert materialise("y ~ x + I(x**2) + C(g) + x:C(g)", small(
        x=[1.0, 2.0, 3.0, 4.0], g=list("abab"))).low is None  # fmt: skip


def test_powers_that_overflow_the_splitting_still_stand():
    x = np.array([2.0**1000, 3.0])
    found = materialise("y ~ I(x*1.5)", {"y": x, "x": x})
    np.testing.assert_array_equal(found.values[:, 0], 1.5 * x)


@pytest.mark.parametrize("offset", [0.0, 1e9])
@pytest.mark.parametrize("scale", [1e-150, 1.0, 1e150])
def test_poly_is_orthonormal_and_remembered(offset, scale):
    x = scale * (offset + np.linspace(-1.0, 2.0, 41) ** 2)
    fitted = materialise("y ~ poly(x, 6)", {"y": x, "x": x})
    full = np.column_stack([np.full(41, 41**-0.5), fitted.values])
    # The recurrence loses about one digit for each three degrees.
    np.testing.assert_allclose(full.T @ full, np.eye(7), atol=1e-12)
    np.testing.assert_array_equal(fitted.spec.apply({"x": x[5:9]}).values, fitted.values[5:9])


def test_center_and_scale_are_remembered():
    data = small(x=[1.0, 2.0, 3.0, 6.0])
    fitted = materialise("y ~ center(x) + scale(x) + I(center(x)**2)", data)
    deviations = np.array([-2.0, -1.0, 0.0, 3.0])
    np.testing.assert_array_equal(fitted.values[:, 0], deviations)
    # R: scale(c(1, 2, 3, 6)), the standard deviation with n - 1.
    np.testing.assert_allclose(fitted.values[:, 1], deviations / np.sqrt(14 / 3), rtol=1e-15)
    new = fitted.spec.apply({"x": [3.0, 4.0]}).values
    np.testing.assert_array_equal(new[:, 0], [0.0, 1.0])
    np.testing.assert_array_equal(new[:, 2], [0.0, 1.0])


def test_two_quoted_columns_do_not_share_what_is_remembered():
    data = {"y": [1.0, 2.0], "a b": [0.0, 2.0], "c d": [10.0, 30.0]}
    fitted = materialise("y ~ center(`a b`) + center(`c d`)", data)
    assert fitted.names == ("center(`a b`)", "center(`c d`)")
    np.testing.assert_array_equal(fitted.spec.apply(data).values, fitted.values)


# The response and the rows.


def test_the_response_keeps_its_type():
    assert materialise("k ~ x", DATA).response[1].dtype == DATA["k"].dtype
    name, labels = materialise("g ~ x", DATA).response
    assert (name, labels.tolist()) == ("g", DATA["g"].tolist())
    np.testing.assert_array_equal(materialise("log(x) ~ z", DATA).response[1], np.log(DATA["x"]))
    np.testing.assert_array_equal(materialise("t ~ z", DATA).response[1], DATA["t"])
    np.testing.assert_array_equal(materialise("C(k) ~ z", DATA).response[1], DATA["k"])


def test_a_categorical_response_keeps_its_order():
    data = small(g=pd.Categorical(list("hlhl"), categories=["l", "m", "h"]))
    assert materialise("g ~ y", data).response[1].categories.tolist() == ["l", "m", "h"]


def test_dot_is_every_other_column():
    assert materialise("y ~ .", small(a=1.0, b=[1, 2, 3, 4])).names == ("a", "b")
    assert materialise("log(y) ~ . + I(a**2)", small(a=[1.0, 2, 3, 4])).names == ("a", "I(a ** 2)")


NAMES = st.text(min_size=1).filter(lambda name: name not in ("y", "intercept"))


@given(st.lists(NAMES, min_size=1, max_size=4, unique=True))
@example(["__import__('os').system('true')", "a:b", "`", "{x}", "C(g)", "f0", "\x1b[31m", "$x_$"])
def test_any_column_name_works_behind_the_dot(names):
    data = pd.DataFrame(np.arange(4.0 * len(names)).reshape(4, -1), columns=names)
    found = materialise("y ~ .", data.assign(y=1.0))
    assert found.names == tuple(names)
    np.testing.assert_array_equal(found.values, data)
    again = restore(json.loads(json.dumps(found.spec.as_dict())))
    np.testing.assert_array_equal(again.apply(data).values, data)


@given(NAMES.filter(lambda name: not set(name) & set("`\\'\"")))
def test_any_column_name_works_in_back_ticks(name):
    data = pd.DataFrame({"y": [1.0, 2.0], name: [3.0, 5.0]})
    if len(data.columns) == 2:
        found = materialise(f"y ~ `{name}` + I(`{name}` * 2)", data)
        np.testing.assert_array_equal(found.values, [[3, 6], [5, 10]])
        assert found.names[0] == name


@pytest.mark.parametrize("hole", [None, np.nan, pd.NA])
def test_rows_with_a_missing_value_are_counted(hole):
    data = small(x=[1.0, 2.0, 3.0, 4.0], g=["a", hole, "b", "a"], unused=[1, 2, hole, 3])
    data.loc[0, "y"] = np.nan
    found = materialise("y ~ x + g", data)
    assert found.kept.tolist() == [False, False, True, True]
    assert found.n_dropped == 2
    assert found.notes[0] == "2 of 4 rows are left out for a missing value (y: 1, g: 1)."
    with pytest.raises(DataError, match=r"column 'y' is missing at row 0 \(2 rows in all, y: 1, g"):
        materialise("y ~ x + g", data, missing="fail")


def test_what_is_learned_comes_from_the_rows_in_use():
    data = small(x=[1.0, 3.0, np.nan, 100.0], z=[1.0, 1.0, 1.0, np.nan])
    with_z = materialise("y ~ center(x) + z", data)
    np.testing.assert_array_equal(with_z.values[:, 0], [-1.0, 1.0])


def test_nullable_columns_keep_their_whole_levels():
    data = small(k=pd.array([1, None, 2, 1], dtype="Int64"))
    assert materialise("y ~ C(k)", data).names == ("C(k)[T.2]",)


def test_a_row_that_cannot_be_used_is_named_by_its_place_in_the_data():
    data = small(x=[np.nan, 1.0, 2.0, -1.0])
    with pytest.raises(DataError, match=r"log\(x\) is nan at row 3, where x is -1.0; drop"):
        materialise("y ~ log(x)", data)
    with pytest.raises(DataError, match=r"I\(1 / x\) is inf at row 1, where x is 0.0"):
        materialise("y ~ I(1/x)", small(x=[1.0, 0.0, 1.0, 2.0]))
    with pytest.raises(DataError, match=r"column 'x' is infinite \(inf\) at row 2; drop or mend"):
        materialise("y ~ x", small(x=[1.0, 0.0, np.inf, 2.0]))
    with pytest.raises(DataError, match=r"x:z overflows at row 2; rescale its columns"):
        materialise("y ~ x:z", small(x=[1.0, 0.0, 1e200, 2.0], z=[1.0, 1.0, 1e200, 1.0]))
    with pytest.raises(DataError, match="column 'y' is infinite"):
        materialise("y ~ x", small(x=1.0).replace(4.0, np.inf))
    with pytest.raises(DataError, match=r"C\(log\(x\)\) is -inf at row 0, where x is 0.0"):
        materialise("y ~ C(log(x))", small(x=[0.0, 1.0, 1.0, 2.0]))


# Levels.


def test_the_reference_is_first_written_or_given():
    data = small(g=list("abca"))
    assert materialise("y ~ g", data).names == ("g[T.b]", "g[T.c]")
    assert materialise("y ~ C(g, 'b')", data).names == ("C(g, 'b')[T.a]", "C(g, 'b')[T.c]")
    given_b = materialise("y ~ C(g) + y:C(g)", data.assign(y=1.0), references={"g": "b"})
    assert given_b.names[:2] == ("C(g)[T.a]", "C(g)[T.c]")
    np.testing.assert_array_equal(given_b.values[:, :2], [[1, 0], [0, 0], [0, 1], [1, 0]])
    years = small(k=[1974, 1975, 1976, 1974])
    assert materialise("y ~ C(k)", years, references={"k": "1975"}).names == (
        "C(k)[T.1974]", "C(k)[T.1976]")  # fmt: skip
    assert materialise("y ~ C(k, 1976)", years).names[0] == "C(k, 1976)[T.1974]"


def test_the_order_of_a_categorical_predictor_is_kept():
    data = small(g=pd.Categorical(list("hlhl"), categories=["l", "m", "h"]))
    found = materialise("y ~ g", data)
    assert found.names == ("g[T.h]",)
    assert found.notes == ("g never takes the level 'm', dropped.",)


def test_a_comparison_has_levels():
    found = materialise("y ~ C(x > 2)", small(x=[1.0, 2.0, 3.0, 4.0]))
    assert found.names == ("C(x > 2)[T.True]",)
    np.testing.assert_array_equal(found.values[:, 0], [0, 0, 1, 1])


def test_levels_can_be_computed():
    found = materialise("y ~ C(abs(x) + 0.5)", small(x=[-1.0, 1.0, 2.0, 3.0]))
    assert found.names == ("C(abs(x) + 0.5)[T.2.5]", "C(abs(x) + 0.5)[T.3.5]")


def test_truth_values_with_holes_are_truth_values():
    data = small(t=pd.Series([True, None, False, True], dtype=object), s=pd.arrays.SparseArray(
        [0.0, 0.0, 1.0, 2.0]))  # fmt: skip
    np.testing.assert_array_equal(materialise("y ~ t + s", data).values, [[1, 0], [0, 1], [1, 2]])


def test_a_column_may_be_called_what_stands_for_a_quoted_name():
    data = small(quoted_0_=[1.0, 2.0, 3.0, 4.0]).assign(**{"a b": [5.0, 6.0, 7.0, 9.0]})
    found = materialise("y ~ I(quoted_0_ + `a b`)", data)
    assert found.names == ("I(quoted_0_ + `a b`)",)
    np.testing.assert_array_equal(found.values[:, 0], [6, 8, 10, 13])


def test_comparisons_chain_as_in_python():
    found = materialise("y ~ I(1 < x <= 3)", small(x=[1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(found.values[:, 0], [0, 1, 1, 0])


def test_levels_that_look_alike_are_noted():
    found = materialise("y ~ g", small(g=["a", "a ", "b", "b"]))
    assert found.notes == (
        "g: The labels 'a' and 'a ' look alike, and are counted as different classes.",
    )


def test_an_id_column_is_refused_and_many_levels_are_a_warning():
    ids = pd.DataFrame({"y": np.arange(200.0), "id": [f"c{i}" for i in range(200)]})
    with pytest.raises(DataError, match="id has 200 levels in 200 rows, the bound is 100; is it"):
        materialise("y ~ id", ids)
    ids["id"] = [f"c{i % 80}" for i in range(200)]
    with pytest.warns(FitWarning, match="id has 80 levels, each with a coefficient"):
        assert len(materialise("y ~ id", ids).names) == 79
    assert len(materialise("y ~ id", ids, max_levels=80).names) == 79
    with pytest.raises(DataError, match="id has 80 levels in 200 rows, the bound is 79"):
        materialise("y ~ id", ids, max_levels=79)


# New rows.


@pytest.fixture
def fitted():
    data = small(x=[1.0, 2.0, 3.0, 5.0], g=["a", "b", "a", "b"])
    return materialise("y ~ center(x) + g + C(x > 2)", data)


def test_new_rows_need_no_response_and_no_order(fitted):
    new = fitted.spec.apply({"g": ["b"], "x": [4.75]})
    assert fitted.spec.variables == ("x", "g")
    assert new.names == fitted.names and new.response is None
    np.testing.assert_array_equal(new.values, [[2.0, 1.0, 1.0]])


NEW_FAULTS = {
    "missing column": ({"x": [1.0]}, r"the data have no column 'g' \(they have 'x'\); correct"),
    "unseen level": (
        {"x": [1.0, 1.0], "g": ["a", "z"]},
        r"column 'g' has the level 'z' at row 1, which g did not have at the fit \('a', 'b'\)"),
    "numbers for labels": ({"x": [1.0], "g": [3]}, "column 'g' has the level 3 at row 0"),
    "labels for numbers": (
        {"x": ["one"], "g": ["a"]}, r"column 'x' holds text, but center\(x\) needs numbers; use C"),
    "missing value": ({"x": [np.nan], "g": ["a"]}, r"column 'x' is missing at row 0 \(1 rows"),
    "lists as levels": (
        {"x": [1.0], "g": [["a"]]}, "g needs a column of text, numbers or a categorical one, got"),
    "no table": ([[1.0, 2.0]], "data must be a table with named columns .* got list; convert"),
    "columns of two lengths": ({"x": [1.0, 2.0], "g": ["a"]}, "columns that make no table"),
    "no rows": ({"x": [], "g": []}, "data has no rows; at least one is needed"),
}  # fmt: skip


@pytest.mark.parametrize(("data", "message"), NEW_FAULTS.values(), ids=NEW_FAULTS)
def test_every_fault_of_new_rows_is_named(fitted, data, message):
    with pytest.raises(DataError, match=message):
        fitted.spec.apply(data)


def test_new_rows_with_a_missing_value_can_be_left_out(fitted):
    found = fitted.spec.apply({"x": [np.nan, 2.75], "g": ["a", "a"]}, missing="drop")
    np.testing.assert_array_equal(found.values, [[0.0, 0.0, 1.0]])
    assert found.kept.tolist() == [False, True]


@pytest.mark.parametrize("formula", FORMULAS)
def test_a_saved_formula_gives_the_same_rows(formula):
    found = materialise(formula, DATA)
    again = restore(json.loads(json.dumps(found.spec.as_dict())))
    assert again == found.spec
    np.testing.assert_array_equal(again.apply(DATA).values, found.values)


def test_tables_of_other_libraries_give_the_same_matrix():
    polars = pytest.importorskip("polars")
    ours = materialise("y ~ x*g + t", DATA)
    theirs = materialise("y ~ x*g + t", polars.from_pandas(DATA))
    assert ours.names == theirs.names
    np.testing.assert_array_equal(ours.values, theirs.values)


# What is refused.

DATA_FAULTS = {
    "unknown column": ("y ~ q", {}, r"no column 'q' \(they have 'y', 'x'\); correct"),
    "unknown response": ("q ~ x", {}, "the data have no column 'q'"),
    "dates": (
        "y ~ d", {"d": pd.to_datetime(["2020-01-01"] * 4)}, "column 'd' holds dates or times"
    ),
    "dates as levels": (
        "y ~ C(d)", {"d": pd.to_datetime(["2020-01-01"] * 4)}, r"C\(d\) needs a column of text"),
    "dates as response": (
        "d ~ x", {"d": pd.to_datetime(["2020-01-01"] * 4)}, "the response 'd' holds Datetime"),
    "mixed": ("y ~ d", {"d": [1, "a", 2, 3]}, "column 'd' holds objects of mixed types, but d"),
    "complex": ("y ~ d", {"d": [1j, 1, 2, 3]}, "column 'd' holds complex, but d needs numbers"),
    "text in arithmetic": ("y ~ I(d*2)", {"d": list("abab")}, r"'d' holds text, but I\(d \* 2\)"),
    "one level": ("y ~ d", {"d": list("aaaa")}, "d has one level only, 'a'; leave that term out"),
    "constant to scale": ("y ~ scale(d)", {"d": 7.0}, r"scale\(...\) of a column that is always 7"),
    "poly of few values": (
        "y ~ poly(d, 2)", {"d": [0, 1, 0, 1]}, r"poly\(d, 2\) needs more than 2 distinct values"),
    "no reference": (
        "y ~ C(d, 'z')", {"d": list("abab")}, r"the reference 'z' is not a level of C\(d, 'z'\)"),
    "no complete row": ("y ~ d", {"d": np.nan}, r"no row without a missing value \(d: 4\)"),
    "names that are numbers": ("y ~ x", {5: 1.0}, "data has the column name 5, which a formula"),
}  # fmt: skip


@pytest.mark.parametrize(("formula", "columns", "message"), DATA_FAULTS.values(), ids=DATA_FAULTS)
def test_every_fault_of_the_data_is_named(formula, columns, message):
    data = small(x=[1.0, 2.0, 3.0, 5.0])
    for name, values in columns.items():
        data[name] = values
    with pytest.raises(DataError, match=message):
        materialise(formula, data)


def test_references_must_be_of_columns_with_levels():
    data = small(x=[1.0, 2.0, 3.0, 5.0], g=list("abab"))
    message = r"references names 'x', which is no column with levels in the formula \('g'\)"
    with pytest.raises(DataError, match=message):
        materialise("y ~ x + g", data, references={"x": 1})
    with pytest.raises(DataError, match="references names 'g'"):
        materialise("y ~ C(g, 'b')", data, references={"g": "a"})
    with pytest.raises(DataError, match="reference 'q' is not a level of g, which are 'a', 'b'"):
        materialise("y ~ g", data, references={"g": "q"})


def test_options_are_checked():
    with pytest.raises(ValueError, match="missing must be 'drop' or 'fail', got 'ignore'"):
        materialise("y ~ x", DATA, missing="ignore")
    with pytest.raises(TypeError, match="the formula must be text, got 3; write 'y ~ x'"):
        parse(3)


REFUSED = {
    "y": "must have one response, then ~",
    "~ x": "must have one response",
    "y ~": "must have one response",
    "y + x ~ z": "must have one response",
    "y ~ x ~ z": "must have one response",
    "": "must have one response",
    "y ~ x + y": "the response 'y' is also a term; drop it there",
    "y ~ 0": "the formula has no terms; write 'y ~ 1'",
    "y ~ x z": "cannot be read",
    "y ~ (x": "cannot be read",
    "y ~ x +": "cannot be read",
    "y ~ C(g": "cannot be read",
    "y ~ I(x +)": r"'I\(x \+\)', which cannot be read",
    "y ~ x | z": r"the formula has '\|', which means nothing here",
    "y ~ x %in% z": "the formula has 'in', which means nothing here",
    "y ~ [x]": r"the formula has '\[', which means nothing here",
    "y ~ 2": "the formula has '2' as a term; only 0 and 1",
    "y ~ 2:x": "the formula has '2' as a term",
    "y ~ 'x'": "the formula has \"'x'\" as a term",
    "y ~ (x + z)**0": "raises a bracket to .*; an exponent is a whole number from 1 to 10",
    "y ~ (x + z)**11": "raises a bracket to '11'",
    "y ~ (x + z)**99999999999999999999": "raises a bracket to '99999",
    "y ~ (x + z)**x": "raises a bracket to an expression",
    "y ~ (x + z)^(1 + 1)": "raises a bracket to an expression",
    "y ~ (x + z)**-1": "raises a bracket to an expression|cannot be read",
    "y ~ I(x**11)": "an exponent is a constant from -10 to 10",
    "y ~ I(x**z)": "an exponent is a constant",
    "y ~ I(2**x)": "an exponent is a constant",
    "y ~ I(1)": "which names no column",
    "y ~ x.T": "the data have no column 'x.T'",
    "y ~ np.log(x)": "a formula cannot contain a dot.* write log",
    "y ~ log(x.real)": "a formula cannot contain a dot.* put back-ticks around",
    "y ~ sin(x)": "cannot contain the function 'sin'.* Allowed are names, numbers",
    "y ~ (sin)(x)": "cannot be read",
    "y ~ log(x)(z)": "cannot be read|cannot contain this call",
    "y ~ log(x, 2)": r"cannot contain log with other than one argument.* write log\(x\)",
    "y ~ log(x=x)": "cannot contain log with other than one argument",
    "y ~ log(C(g))": r"C\(...\) inside another expression.* put C outermost",
    "y ~ I(poly(x, 2))": "poly.* inside another expression",
    "y ~ C(C(g))": "inside another expression",
    "y ~ C()": r"write C\(g\) or C\(g, 'reference'\)",
    "y ~ C(g, levels=['a'])": r"write C\(g\) or C",
    "y ~ C(g, x)": "the second argument of C is the reference level, text or a number",
    "y ~ C(g, ('a',))": "the second argument of C",
    "y ~ C('g')": "cannot contain text",
    "y ~ C(g == 'a')": "cannot contain text.* use C",
    "y ~ poly(x)": r"write poly\(x, degree\)",
    "y ~ poly(x, 11)": "the degree of poly is a whole number from 1 to 10",
    "y ~ poly(x, 1.5)": "the degree of poly",
    "y ~ poly(x, z)": "the degree of poly",
    "y ~ I(x^2)": r"\^ inside a factor.* write \*\* for a power",
    "y ~ I(x if z else k)": "cannot contain Python's IfExp",
    "y ~ I(x and z)": "cannot contain Python's BoolOp",
    "y ~ I(x // 2)": "cannot contain Python's BinOp",
    "y ~ I(x is z)": "cannot contain Python's Compare",
    "y ~ I(not x)": "cannot contain Python's UnaryOp",
    "y ~ I(x * True)": "cannot contain Python's Constant",
    "y ~ I(x * 1j)": "cannot contain Python's Constant",
    "y ~ I(x * 1e999)": "cannot contain Python's Constant",
    "poly(x, 2) ~ z": r"the response 'poly\(x, 2\)' has several columns",
    "C(g, 'a') ~ z": "names a level; give reference= or event= to the model",
    "C(x > 2) ~ z": r"computes; write C\(column\)",
    "y ~ intercept": "two terms are called 'intercept'; rename a column",
}


@pytest.mark.parametrize("formula", REFUSED)
def test_what_formulas_cannot_say_is_refused(formula):
    with pytest.raises(DataError, match=REFUSED[formula]):
        materialise(formula, DATA.assign(intercept=1.0))


MANY = [f"c{i}" for i in range(20)]
HANGS = {
    "power of a sum": (f"y ~ ({' + '.join(MANY)})**5", "expands to 3,200,000 terms.*bound is 10"),
    "nested powers": ("y ~ (((c0 + c1)**10)**10)**10", "expands to .* terms"),
    "crossing": (f"y ~ {'*'.join(MANY)}", "expands to .* terms"),
    "dots": ("y ~ .:.:.:.", "expands to 160,000 terms"),
    "tower": ("y ~ I(9**9**9*c0)", "an exponent is a constant"),
    "tower of a column": ("y ~ I(c0**9**9)", "an exponent is a constant"),
    "long number": (f"y ~ I(c0 * {'9' * 5000})", "cannot be read"),
    "hexadecimal": (f"y ~ I(c0 ** 0x{'f' * 5000})", "an exponent is a constant"),
    "length": ("y ~ " + " + ".join(["c0"] * 5000), "25001 characters, the bound is 10000"),
    "brackets": (f"y ~ {'(' * 60}c0{')' * 60}", "more than 50 brackets; write the terms out"),
    "brackets in a factor": (f"y ~ I({'(' * 4000}c0{')' * 4000})", "cannot be read"),
    "minuses in a factor": (f"y ~ I({'-' * 9000}c0)", "cannot be read|deep"),
    "depth": (f"y ~ I({' + '.join(['c0'] * 60)})", "nests operations 62 deep .* the bound is 50"),
    "crossed levels": (f"y ~ {':'.join(f'C({name})' for name in MANY)}", "up to 20 factors with"),
    "columns": ("y ~ C(w0):C(w1):C(w2)", "makes 31,999 columns of 400 rows, the bounds"),
}  # fmt: skip


@pytest.mark.parametrize(("formula", "message"), HANGS.values(), ids=HANGS)
def test_no_formula_hangs_or_fills_the_memory(formula, message):
    columns = {name: np.arange(400) % 2 for name in MANY}
    columns |= {f"w{i}": np.arange(400) // 20**i % 40 for i in range(3)}
    columns["w2"] = columns["w0"]
    data = pd.DataFrame({"y": np.arange(400.0), **columns})
    if "." in formula:
        data = data[["y", *MANY]]
    start = time.perf_counter()
    with pytest.raises(FormulaError, match=message):
        materialise(formula, data)
    # Each takes hundredths of a second; without a bound, from a minute to for ever.
    assert time.perf_counter() - start < 5.0


# No formula runs code.

COMMANDS = [
    "open({path!r}, 'w')",
    "__import__('pathlib').Path({path!r}).touch()",
    "exec(\"open({path!r}, 'w')\")",
    "eval(\"open({path!r}, 'w')\")",
    "np.save({path!r}, x)",
    "x.to_csv({path!r})",
    "x.values.tofile({path!r})",
    "I(__import__('os').system('touch {path}'))",
    "I(x.__class__.__base__.__subclasses__())",
    "log(open({path!r}, 'w'))",
    "I([open({path!r}, 'w') for _ in (1,)])",
    "I((lambda: open({path!r}, 'w'))())",
    "I(x[open({path!r}, 'w')])",
    "I(f\"{{open({path!r}, 'w')}}\")",
    "I((w := open({path!r}, 'w')))",
    "I(x if open({path!r}, 'w') else x)",
    "I({{1: open({path!r}, 'w')}})",
    "I(x, *[open({path!r}, 'w')])",
    "I(x, **dict(a=open({path!r}, 'w')))",
    "C(x, contr.treatment(open({path!r}, 'w')))",
    "C(g, open({path!r}, 'w'))",
    "poly(x, open({path!r}, 'w'))",
    "poly(x, degree=open({path!r}, 'w'))",
    "center(x, _state=open({path!r}, 'w'))",
    "I(x**open({path!r}, 'w'))",
    "`x`.to_csv({path!r})",
    "bs(x, df=open({path!r}, 'w'))",
    "I(yield_ if (yield_ := open({path!r}, 'w')) else 1)",
    "I(x @ open({path!r}, 'w'))",
    "I(x) or open({path!r}, 'w')",
    "I(await_(open({path!r}, 'w')))",
]
TEMPLATES = [
    "y ~ {}",
    "{} ~ x",
    "y ~ x + {}:g",
    "y ~ {{{}}}",
    "y ~ log({})",
    "y ~ C({})",
    "y ~ ({})**2",
]


def attempts(path):
    for command in COMMANDS:
        code = command.format(path=str(path))
        for template in TEMPLATES:
            yield code, template.format(code)


def test_no_formula_runs_code(tmp_path):
    canary = tmp_path / "canary"
    saved = materialise("y ~ x + g", DATA).spec.as_dict()
    tried = 0
    for code, formula in attempts(canary):
        with pytest.raises(DataError):
            materialise(formula, DATA)
        with pytest.raises(DataError):
            restore({**saved, "formula": formula})
        with pytest.raises(DataError):
            materialise("y ~ g", DATA, references={"g": code})
        tried += 1
        assert not canary.exists(), formula
    assert tried == len(COMMANDS) * len(TEMPLATES)


def test_no_column_name_or_level_runs_code(tmp_path):
    canary = tmp_path / "canary"
    for command in COMMANDS:
        code = command.format(path=str(canary))
        data = pd.DataFrame({"y": [1.0, 2.0, 3.0], code: [1.0, 5.0, 2.0], "g": [code, "b", code]})
        found = materialise("y ~ . + C(g)", data)
        assert found.names[0] == code
        again = restore(json.loads(json.dumps(found.spec.as_dict())))
        again.apply(data)
        assert not canary.exists(), code


@pytest.mark.parametrize(
    "code", ["open(x)", "x.T", "x[0]", "[x]", "'text'", "lambda: x", "log(*x)"]
)
def test_the_interpreter_refuses_by_itself_what_was_never_checked(code):
    factor = Factor(code, "numbers", ast.parse(code, mode="eval").body, {"x": "x"})
    entries = Entries(np.ones(2), np.zeros(2, bool), None, "number", "")
    with pytest.raises(TypeError, match="is no part of a formula"):
        numeric(factor, Rows({"x": entries}, np.arange(2), Learned(), learning=True))


def test_nothing_is_evaluated(monkeypatch):
    formulas = [*FORMULAS, *(f for _, f in attempts("/nowhere"))]
    materialise("y ~ x + g", DATA)  # what is imported first may well use exec

    def never(*_):
        raise AssertionError("a formula reached eval or exec")

    monkeypatch.setattr(builtins, "eval", never)
    monkeypatch.setattr(builtins, "exec", never)
    for formula in formulas:
        try:
            materialise(formula, DATA)
        except DataError:
            assert formula not in FORMULAS


PIECES = st.sampled_from([
    "y", "x", "g", "~", "+", "-", "*", "/", ":", "**", "^", ".", "(", ")", "[", "]", "{", "}", "`",
    "'", '"', "\\", "%", "|", "0", "1", "2", "11", "1e3", ",", "=", " ", "C(", "I(", "log(",
    "poly(", "x, 2)", "lambda", "if", "else", "in", "@", "<", ">", "!=", "é", "\x00", "\n", "#",
    "f'{x}'", ":=", "not",
])  # fmt: skip


@given(st.lists(PIECES, max_size=14))
def test_any_text_is_a_formula_or_an_error_of_ours(pieces):
    for formula in ("".join(pieces), "y ~ " + " ".join(pieces)):
        try:
            found = materialise(formula, DATA)
        except DataError:
            continue
        assert np.isfinite(found.values).all()


@given(st.lists(PIECES, max_size=10))
def test_only_allowed_nodes_pass_the_check(pieces):
    allowed = (
        ast.Name, ast.Constant, ast.UnaryOp, ast.BinOp, ast.Compare, ast.Call, ast.Load, ast.UAdd,
        ast.USub, ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow, ast.Lt, ast.LtE, ast.Gt, ast.GtE,
        ast.Eq, ast.NotEq,
    )  # fmt: skip
    try:
        factor = code_factor("".join(pieces))
    except FormulaError:
        return
    for node in ast.walk(factor.tree):
        assert isinstance(node, allowed)
        if isinstance(node, ast.Call):
            assert node.func.id in FUNCTIONS | OUTERMOST


SAVED_FAULTS = {
    "no formula": (lambda s: s.pop("formula"), "the saved formula cannot be read"),
    "levels of another shape": (lambda s: s.update(levels=[1]), "the saved formula cannot be read"),
    "a number that is none": (
        lambda s: s.update(numbers=[["center(x)", 0, ["a"]]]), "the saved formula cannot be read"),
    "infinite": (
        lambda s: s.update(numbers=[["center(x)", 0, [1e999, 1.0]]]), "that are not finite"),
    "constants left out": (lambda s: s.update(numbers=[]), r"lacks the constants of center\(x\)"),
    "levels left out": (
        lambda s: s.update(levels=[[True, "h", ["u", "v"], 0]]), r"lacks the levels of C\(g\)"),
    "nested levels": (
        lambda s: s.update(levels=[[False, "C(g)", [["a"], "b"], 0]]), "the saved"),
    "a reference out of range": (
        lambda s: s.update(levels=[[False, "C(g)", ["a", "b"], 2]]), r"saved levels of C\(g\) are"),
    "formula of a number": (lambda s: s.update(formula=3), "the saved formula cannot be read"),
}  # fmt: skip


@pytest.mark.parametrize(("spoil", "message"), SAVED_FAULTS.values(), ids=SAVED_FAULTS)
def test_a_spoilt_saved_formula_is_refused(spoil, message):
    saved = materialise("y ~ center(x) + C(g)", DATA).spec.as_dict()
    spoil(saved)
    with pytest.raises(DataError, match=message):
        restore(saved)


def test_levels_that_json_lacks_cannot_be_saved():
    data = small(g=pd.Categorical([(1, 2), (3, 4), (1, 2), (3, 4)]))
    with pytest.raises(DataError, match=r"the level \(1, 2\) cannot be saved"):
        materialise("y ~ g", data).spec.as_dict()


def test_the_error_says_what_is_allowed():
    assert ALLOWED.endswith("C, I, abs, center, exp, log, log1p, poly, scale, sqrt")
