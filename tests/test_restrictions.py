"""Linear restrictions: what a hypothesis may be written as."""

import numpy as np
import pytest

from likelihood.errors import FormulaError
from likelihood.inference.restrictions import restrictions

TERMS = ("intercept", "x1", "x2", "x10", "C(g)[T.b]", "I(x ** 2)", "a = b", "my var", "2", "1st")


def read(null, terms=TERMS, responses=(), k=1, **options):
    found = restrictions(null, terms, responses, shape=(k, len(terms)), **options)
    return [
        (dict(zip(np.flatnonzero(row).tolist(), row[row != 0].tolist(), strict=True)), value)
        for row, value in zip(found.R, found.r.tolist(), strict=True)
    ]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x1", [({1: 1.0}, 0.0)]),
        ("x1 = 0", [({1: 1.0}, 0.0)]),
        ("x1 == 0", [({1: 1.0}, 0.0)]),
        ("x1=2*x2", [({1: 1.0, 2: -2.0}, 0.0)]),
        ("x1 - x2 = 3.5", [({1: 1.0, 2: -1.0}, 3.5)]),
        ("2 x1 + 0.5*x2 = x10 + 1", [({1: 2.0, 2: 0.5, 3: -1.0}, 1.0)]),
        ("-x1*2/4 + 1e-3 = -.5", [({1: -0.5}, -0.501)]),
        ("2x1 + 3", [({1: 2.0}, -3.0)]),
        ("0 = x1 + + -x2", [({1: -1.0, 2: 1.0}, 0.0)]),
        ("x1 = x2 = x10", [({1: 1.0, 2: -1.0}, 0.0), ({2: 1.0, 3: -1.0}, 0.0)]),
        ("x1, x2 = 1", [({1: 1.0}, 0.0), ({2: 1.0}, 1.0)]),
        ("C(g)[T.b] = I(x ** 2)", [({4: 1.0, 5: -1.0}, 0.0)]),
        ("a = b = 2", [({6: 1.0}, 2.0)]),
        ("3*my var", [({7: 3.0}, 0.0)]),
        ("`a = b` - `my var`=1", [({6: 1.0, 7: -1.0}, 1.0)]),
        ("x1 = 2", [({1: 1.0}, 2.0)]),
        ("`2` = 1st", [({8: 1.0, 9: -1.0}, 0.0)]),
    ],
)
def test_text_is_read(text, expected):
    assert read(text) == expected


def test_lists_dicts_and_arrays_say_the_same():
    expected = read("x1 = 2*x2, my var = 3")
    assert read(["x1 = 2*x2", "my var = 3"]) == expected
    R = np.zeros((2, len(TERMS)))
    R[0, 1], R[0, 2], R[1, 7] = 1.0, -2.0, 1.0
    assert read((R, [0.0, 3.0])) == expected
    assert read({"x1": 0, "my var": np.float64(3)}) == read("x1, my var = 3")
    assert read(R) == read("x1 = 2*x2, my var = 0")
    assert read(R[1]) == read("my var")
    assert read((R[1], 3.0)) == read("my var = 3")


def test_a_term_stands_for_every_response():
    terms, responses = ("intercept", "x1", "x1[a]"), ("a", "b")
    read_two = lambda null: read(null, terms, responses, k=2)  # noqa: E731
    assert read_two("x1 = 2") == [({1: 1.0}, 2.0), ({4: 1.0}, 2.0)]
    assert read_two("x1[b] = 1") == [({4: 1.0}, 1.0)]
    assert read_two("`x1`[a] = `x1`[b]") == [({1: 1.0, 4: -1.0}, 0.0)]
    assert read_two("`x1[a]`[b]") == [({5: 1.0}, 0.0)]
    assert read_two({"x1[b]": 2, "intercept": 1}) == [
        ({4: 1.0}, 2.0),
        ({0: 1.0}, 1.0),
        ({3: 1.0}, 1.0),
    ]  # noqa: E501
    # The response that a term is compared with makes an empty row, which is left out.
    assert read_two("x1 = x1[b]") == [({1: 1.0, 4: -1.0}, 0.0)]
    with pytest.raises(FormulaError, match="is a term and also another term's coefficient"):
        read_two("x1[a] = 0")


def test_redundant_restrictions_are_left_out():
    found = restrictions("x1 = x2, x2 = x10, x1 = x10", TERMS, shape=(1, len(TERMS)))
    assert (found.df, found.redundant) == (2, 1)
    # In decimals these agree; in doubles only to rounding.
    assert len(read("0.1*x1 + 0.2*x2 = 0.3, 0.3*x1 + 0.6*x2 = 0.9")) == 1
    # Far smaller multiples are not rounding.
    assert len(read("x1 = 0, x1 + 1e-12*x2 = 0")) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x12", "names 'x12' at character 1, which is not a term; did you mean 'x2'"),
        (
            "x1 + zzzz",
            "names 'zzzz' at character 6, which is not a term; the terms are 'intercept'",
        ),
        ("C(g)[T.c]", r"did you mean 'C\(g\)\[T.b\]'"),
        ("x1[setosa]", r"names 'x1\[setosa\]' at character 1"),
        ("x1**2", r"names 'x1\*\*2' at character 1"),
        ("x1 ** 2", "has a power at character 1"),
        ("2**x1", "has a power at character 1"),
        ("x1*x2", "has a product or quotient of terms at character 4"),
        ("1/x1", "has a product or quotient of terms at character 3"),
        ("x1/0", "has a division by zero at character 4"),
        ("1e999*x1", "has a number beyond the largest double"),
        ("1 = 2", "has a restriction that names no term"),
        ("", "has an end where a term or a number was to come at character 1"),
        ("x1 =", "has an end where a term or a number was to come at character 5"),
        ("x1,", "has an end where"),
        ("= x1", "has '=' where a term or a number was to come at character 1"),
        ("x1 x2", "has 'x2' where an operator, = or a comma was to come at character 4"),
        ("2 3 x1", "names '3' at character 3"),
        ("2*(x1)", r"names '\(x1\)' at character 3"),
        ("x1 < 2", "has '<' where an operator"),
        ("`x1", "has a back-tick without another at character 1"),
        ("`x3`", "no term is called 'x3'; did you mean"),
        ("__import__('os')", 'names "__import__'),
    ],
)
def test_what_cannot_be_read_says_where(text, message):
    with pytest.raises(FormulaError, match=message):
        read(text)


def test_two_readings_are_refused():
    with pytest.raises(FormulaError, match="can be read in two ways, since 'a - b' is a term and"):
        read("a - b", ("a", "b", "a - b"))
    assert read("`a - b`", ("a", "b", "a - b")) == [({2: 1.0}, 0.0)]
    assert read("`a` - b", ("a", "b", "a - b")) == [({0: 1.0, 1: -1.0}, 0.0)]
    with pytest.raises(FormulaError, match="'a' is the name of 2 coefficients"):
        read("a", ("a", "a"))


@pytest.mark.parametrize(
    ("null", "error", "message"),
    [
        ("x1 = 1, x1 = 2", ValueError, "restriction 2 of the hypothesis contradicts the others"),
        ("x1 - x1 = 3", ValueError, "restriction 1 of the hypothesis contradicts"),
        ("x1 - x1", ValueError, "holds whatever the coefficients"),
        ({}, ValueError, "empty dict"),
        ({"x1": np.nan}, ValueError, "gives 'x1' the value nan"),
        ({"x1": "no"}, ValueError, "gives 'x1' the value 'no'"),
        ({"y": 1}, FormulaError, "no term is called 'y'"),
        (np.ones((2, 3)), ValueError, r"R has shape \(2, 3\)"),
        (np.ones(0), ValueError, r"R has shape \(1, 0\)"),
        ((np.eye(10), np.ones(3)), ValueError, r"r has shape \(3,\); R has 10 rows"),
        (np.full(10, np.inf), ValueError, "R and r need finite numbers"),
        (object(), TypeError, "a hypothesis is text"),
        (["x1", 2], TypeError, "a hypothesis is text"),
    ],
)
def test_a_wrong_hypothesis_is_refused(null, error, message):
    with pytest.raises(error, match=message):
        read(null)
