"""Nasty inputs: the right answer, the right verdict, or an error that names the trouble.

One table; each line says what goes in and what must come out.
"""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pytest

import likelihood as lk
from likelihood import Status

rng = np.random.default_rng(42)
N = 40
A, B = rng.normal(size=N), rng.normal(size=N)
X = np.column_stack([A, B])
BINARY = (A + rng.logistic(size=N) > 0).astype(int)
THREE = np.argmax(np.outer(A, [0, 1, -1]) + rng.gumbel(size=(N, 3)), axis=1)
COUNTS = rng.poisson(np.exp(0.3 * A))
REAL = 1.0 + A - B + rng.normal(size=N)
FRAME = pd.DataFrame({"a": A, "b": B, "y": BINARY, "z": REAL, "g": np.array(list("uvwx") * 10)})

Linear, Logistic = lk.LinearRegression, lk.LogisticRegression
Softmax, Poisson = lk.SoftmaxRegression, lk.PoissonRegression


@dataclass
class Refused:
    """The call is an error whose message matches."""

    match: str
    error: type[Exception] = lk.DataError


@dataclass
class Same:
    """The fit is that of another call, as far as the coefficients go."""

    other: Any
    digits: int = 12
    columns: Any = ...


def put(array, row, column, value):
    changed = np.array(array, dtype=float)
    changed[(row, column) if column is not None else row] = value
    return changed


def plain(model, X, y):
    return lambda: model().fit(X, y)


def blank(rows):
    """The frame with some rows missing."""
    frame = FRAME.astype(object)
    frame.loc[rows] = None
    return frame.infer_objects()


LOGISTIC, LINEAR = plain(Logistic, X, BINARY), plain(Linear, X, REAL)
OPTIMUM, SEPARATED = Status.OPTIMUM, Status.SEPARATED
NOT_IDENTIFIED, BOUNDARY = Status.NOT_IDENTIFIED, Status.BOUNDARY


def formula(model, text, data=FRAME, **options):
    return lambda: model.from_formula(text, data, **options)


class Duck:
    """The least an array can be."""

    def __array__(self, dtype=None, copy=None):
        return X.astype(dtype or float)


TABLE: dict[str, tuple[Any, Any]] = {
    # --- X: what is missing, infinite, or no number
    "nan in X": (lambda: Logistic().fit(put(X, 3, 1, np.nan), BINARY), Refused("row 3, column x1")),
    "inf in X": (lambda: Linear().fit(put(X, 5, 0, np.inf), REAL), Refused("row 5, column x0")),
    "nan in a named column": (
        lambda: Logistic().fit(blank(7)[["a", "b"]], BINARY),
        Refused("row 7, column 'a'"),
    ),
    "nan in a sparse X": (
        lambda: Logistic().fit(__import__("scipy.sparse").sparse.csr_array(put(X, 2, 1, np.nan)),
                               BINARY),
        Refused("row 2, column x1"),
    ),
    "masked X": (
        lambda: Linear().fit(np.ma.masked_array(X, mask=put(X * 0, 4, 1, 1.0) > 0), REAL),
        Refused("row 4, column x1"),
    ),
    "nullable with NA": (
        lambda: Linear().fit(
            pd.DataFrame({"a": pd.array([1, None, *range(N - 2)], dtype="Int64")}), REAL
        ),
        Refused("row 1, column 'a'"),
    ),
    "text in X": (
        lambda: Linear().fit(FRAME[["a", "g"]], REAL), Refused("column 'g'.*formula with C")
    ),
    "dates in X": (
        lambda: Linear().fit(
            pd.DataFrame({"when": pd.date_range("2020-01-01", periods=N, tz="UTC")}), REAL
        ),
        Refused("'when' holds dates"),
    ),
    "complex X": (lambda: Linear().fit(X + 0j, REAL), Refused("Complex data not supported")),
    "strings for numbers": (lambda: Linear().fit([["1"], ["2"]], [1, 2]), Refused("'1'")),
    "ragged rows": (lambda: Linear().fit([[1.0, 2.0], [3.0]], [1, 2]), Refused("row|shape|length")),
    "three dimensions": (lambda: Linear().fit(X[:, :, None], REAL), Refused("[23]D|dim")),
    "one dimension": (lambda: Linear().fit(A, REAL), Refused("Expected 2D array")),
    "no rows": (lambda: Linear().fit(np.zeros((0, 2)), []), Refused("0 sample")),
    "no columns": (lambda: Linear().fit(np.zeros((N, 0)), REAL), Refused("0 feature")),
    "two columns of one name": (
        lambda: Linear().fit(pd.DataFrame(X, columns=["a", "a"]), REAL), Refused("'a'")
    ),
    "a bare object with __array__": (lambda: Linear().fit(Duck(), REAL), Same(LINEAR)),
    "truth values": (
        lambda: Linear().fit(X > 0, REAL), Same(lambda: Linear().fit((X > 0).astype(float), REAL))
    ),
    "single precision": (
        lambda: Linear().fit(X.astype("f4"), REAL),
        Same(lambda: Linear().fit(X.astype("f4").astype(float), REAL), 15),
    ),
    "column-major": (lambda: Linear().fit(np.asfortranarray(X), REAL), Same(LINEAR)),
    "every other row of a larger array": (
        lambda: Linear().fit(np.repeat(X, 2, axis=0)[::2], REAL), Same(LINEAR)
    ),
    "backwards in memory": (lambda: Linear().fit(X[::-1], REAL[::-1]), Same(LINEAR)),
    "big-endian": (lambda: Linear().fit(X.astype(">f8"), REAL.astype(">f8")), Same(LINEAR, 15)),
    "lists": (lambda: Logistic().fit(X.tolist(), BINARY.tolist()), Same(LOGISTIC, 15)),
    # --- X: what is far, flat or dependent
    "a timestamp of seconds": (
        lambda: Logistic().fit(np.column_stack([np.round(A * 2**20) / 2**20 + 2.0**30, B]), BINARY),
        Same(
            lambda: Logistic().fit(np.column_stack([np.round(A * 2**20) / 2**20, B]), BINARY), 12,
            np.s_[:, 1:],
        ),
    ),
    "a column of 1e-300": (lambda: Linear().fit(X * [1e-300, 1.0], REAL), OPTIMUM),
    "a column of 1e300": (lambda: Logistic().fit(X * [1e300, 1.0], BINARY), OPTIMUM),
    "a subnormal column": (
        lambda: Logistic().fit(np.column_stack([A * 1e-310, B]), BINARY),
        Refused("'x0' is beyond the largest double"),
    ),
    "a column of zeros": (
        lambda: Logistic().fit(np.column_stack([X, np.zeros(N)]), BINARY), NOT_IDENTIFIED
    ),
    "a constant column and an intercept": (
        lambda: Linear().fit(np.column_stack([X, np.full(N, 7.0)]), REAL), NOT_IDENTIFIED
    ),
    "a column twice": (lambda: Poisson().fit(X[:, [0, 1, 0]], COUNTS), NOT_IDENTIFIED),
    "every level's indicator": (
        lambda: Linear().fit(pd.get_dummies(FRAME["g"]), REAL), NOT_IDENTIFIED
    ),
    "more columns than rows": (
        lambda: Linear().fit(rng.normal(size=(5, 9)), np.arange(5.0)), NOT_IDENTIFIED
    ),
    "more columns than rows, classes": (
        lambda: Logistic().fit(rng.normal(size=(6, 9)), [0, 1, 0, 1, 0, 1]), SEPARATED
    ),
    "nearly the same column": (
        lambda: Linear().fit(np.column_stack([A, A + 2.0**-30 * B]), REAL), OPTIMUM
    ),
    "one row": (lambda: Linear().fit([[1.0]], [2.0]), NOT_IDENTIFIED),
    "two rows, two coefficients": (lambda: Linear().fit([[1.0], [2.0]], [2.0, 5.0]), BOUNDARY),
    "an exact line": (lambda: Linear().fit(X, 1 + 2 * A - B), BOUNDARY),
    "a constant response": (lambda: Linear().fit(X, np.full(N, 3.0)), BOUNDARY),
    # --- y
    "nan in y": (lambda: Linear().fit(X, put(REAL, 3, None, np.nan)), Refused("row 3")),
    "inf in y": (lambda: Linear().fit(X, put(REAL, 3, None, -np.inf)), Refused("row 3")),
    "missing label": (
        lambda: Logistic().fit(X, [None, *["u", "v"] * 19, "u"]), Refused("row 0")
    ),
    "a negative count": (lambda: Poisson().fit(X, put(COUNTS, 6, None, -1.0)), Refused("row 6")),
    "probabilities as classes": (
        lambda: Logistic().fit(X, np.linspace(0.1, 0.9, N)), Refused("continuous")
    ),
    "three classes for two": (
        lambda: Logistic().fit(X, THREE), Refused("Only binary classification is supported")
    ),
    "one class": (lambda: Logistic().fit(X, np.zeros(N, int)), Refused("class")),
    "one class left by the weights": (
        lambda: Logistic().fit(X, BINARY, sample_weight=BINARY), Refused("class")
    ),
    "a declared class that never occurs": (
        lambda: Softmax(classes=[0, 1, 2, 3]).fit(X, THREE), SEPARATED
    ),
    "an undeclared class": (lambda: Softmax(classes=[0, 1]).fit(X, THREE), Refused("2")),
    "labels 1 and 2": (lambda: Logistic().fit(X, BINARY + 1), Same(LOGISTIC, 15)),
    "labels 0 and 5": (lambda: Logistic().fit(X, BINARY * 5), Same(LOGISTIC, 15)),
    "text labels": (
        lambda: Logistic().fit(X, np.where(BINARY == 1, "yes", "no")), Same(LOGISTIC, 15)
    ),
    "truth values as labels": (lambda: Logistic().fit(X, BINARY == 1), Same(LOGISTIC, 15)),
    "whole floats as labels": (lambda: Logistic().fit(X, BINARY * 1.0), Same(LOGISTIC, 15)),
    "mixed types of labels": (
        lambda: Logistic().fit(X, [1, "1"] * (N // 2)), Refused("type|mixed|sort")
    ),
    "an id column as y": (
        lambda: Softmax().fit(np.zeros((200_000, 1)), np.arange(200_000)), Refused("levels|classes")
    ),
    "y of two columns": (lambda: Linear().fit(X, np.column_stack([REAL, REAL])), Refused("column")),
    "y of another length": (lambda: Linear().fit(X, REAL[:-1]), Refused("40 rows and y has 39")),
    "y is None": (lambda: Linear().fit(X, None), Refused("y", Exception)),
    "y shuffled against the index of X": (
        lambda: Linear().fit(FRAME[["a"]], FRAME["z"].sample(frac=1, random_state=0)),
        Refused("different indexes"),
    ),
    "an ordered categorical, unused level": (
        lambda: Logistic().fit(
            X, pd.Categorical(np.where(BINARY == 1, "lo", "hi"), ["hi", "never", "lo"])
        ),
        Same(LOGISTIC, 15),
    ),
    "all counts zero": (lambda: Poisson().fit(X, np.zeros(N)), BOUNDARY),
    "huge counts": (
        lambda: Poisson().fit(X, np.round(1e12 * np.exp(0.1 * A))), OPTIMUM
    ),
    "y near the largest double": (
        lambda: Linear().fit(X, REAL * 1e300), Refused("beyond the range of doubles; rescale y")
    ),
    "y of 1e-300": (
        lambda: Linear().fit(X, REAL * 1e-300), Refused("beyond the range of doubles; rescale y")
    ),
    "y of 1e-140": (lambda: Linear().fit(X, REAL * 1e-140), OPTIMUM),
    "y far from zero": (lambda: Linear().fit(X, REAL + 1e12), OPTIMUM),
    # --- weights and offsets
    "a negative weight": (
        lambda: Linear().fit(X, REAL, sample_weight=put(np.ones(N), 2, None, -1.0)),
        Refused("row 2"),
    ),
    "a missing weight": (
        lambda: Linear().fit(X, REAL, sample_weight=put(np.ones(N), 2, None, np.nan)),
        Refused("row 2"),
    ),
    "all weights zero": (
        lambda: Linear().fit(X, REAL, sample_weight=np.zeros(N)), Refused("zero")
    ),
    "too few weights": (lambda: Linear().fit(X, REAL, sample_weight=[1.0]), Refused("1|40")),
    "huge weights": (
        lambda: Logistic().fit(X, BINARY, sample_weight=np.full(N, 1e12)), Same(LOGISTIC)
    ),
    "tiny weights": (
        lambda: Logistic().fit(X, BINARY, sample_weight=np.full(N, 1e-9)), Same(LOGISTIC)
    ),
    "fractional weights": (
        lambda: Logistic().fit(X, BINARY, sample_weight=np.full(N, 0.5)), Same(LOGISTIC)
    ),
    "a missing offset": (
        lambda: Poisson().fit(X, COUNTS, offset=put(A, 1, None, np.nan)), Refused("offset.*row 1")
    ),
    "an offset of another length": (
        lambda: Poisson().fit(X, COUNTS, offset=A[:-1]), Refused("offset")
    ),
    "a constant offset of 300": (
        lambda: Poisson().fit(X, COUNTS, offset=np.full(N, 300.0)),
        Same(plain(Poisson, X, COUNTS), 12, np.s_[:, 1:]),
    ),
    # --- separation
    "complete separation": (lambda: Logistic().fit(A[:, None], A > 0), SEPARATED),
    "quasi-complete separation": (
        lambda: Logistic().fit([[1.0], [2.0], [2.0], [3.0]], [0, 0, 1, 1]), SEPARATED
    ),
    "separated by an indicator": (
        lambda: Logistic().fit(np.column_stack([A, (np.arange(N) < 5) & (BINARY == 1)]), BINARY),
        SEPARATED,
    ),
    "separated by 2**-30": (
        lambda: Logistic().fit([[0.0], [1.0], [1.0 + 2.0**-30], [2.0]], [0, 0, 1, 1]), SEPARATED
    ),
    "overlapping by 2**-30": (
        lambda: Logistic().fit([[0.0], [1.0 + 2.0**-30], [1.0], [2.0]], [0, 0, 1, 1]), OPTIMUM
    ),
    "separated at 1e9": (lambda: Logistic().fit(A[:, None] + 1e9, A > 0), SEPARATED),
    "separated in units of 1e-12": (lambda: Logistic().fit(A[:, None] * 1e-12, A > 0), SEPARATED),
    "one class of softmax separated": (
        lambda: Softmax().fit(A[:, None], np.where(A > 1, 2, BINARY)), SEPARATED
    ),
    "no counts in a group": (
        lambda: Poisson().fit((np.arange(N) < 8)[:, None], np.where(np.arange(N) < 8, 0, COUNTS)),
        SEPARATED,
    ),
    "separated and collinear": (
        lambda: Logistic().fit(np.column_stack([A, A]), A > 0), SEPARATED
    ),
    "separation refused": (
        lambda: Logistic(separation="raise").fit(A[:, None], A > 0),
        Refused("separated", lk.SeparationError),
    ),
    # --- options
    "an unknown keyword": (lambda: Logistic(penalty="l2"), Refused("penalty", TypeError)),
    "a negative ridge": (lambda: Linear(ridge=-1.0).fit(X, REAL), Refused("ridge", ValueError)),
    "a ridge of nan": (lambda: Linear(ridge=np.nan).fit(X, REAL), Refused("ridge", ValueError)),
    "an unknown method": (
        lambda: Linear(method="magic").fit(X, REAL), Refused("'magic'", ValueError)
    ),
    "a tolerance of zero": (
        lambda: Logistic(tolerance=0).fit(X, BINARY), Refused("tolerance", ValueError)
    ),
    "no iterations": (lambda: Logistic(max_iter=0).fit(X, BINARY), Refused("max_iter", ValueError)),
    "an unknown separation": (
        lambda: Logistic(separation="ignore").fit(X, BINARY), Refused("'ignore'", ValueError)
    ),
    "an event that is no class": (
        lambda: Logistic(event="yes").fit(X, BINARY), Refused("'yes'", ValueError)
    ),
    "a reference that is no class": (
        lambda: Softmax(reference="q").fit(X, THREE), Refused("'q'", ValueError)
    ),
    "an intercept of 'no'": (
        lambda: Linear(fit_intercept="no").fit(X, REAL), Refused("fit_intercept", Exception)
    ),
    # --- formulas
    "code in a formula": (
        formula(Linear, "z ~ a + __import__('os').getcwd()"),
        Refused("cannot contain the function '__import__'", lk.FormulaError),
    ),
    "an attribute in a formula": (
        formula(Linear, "z ~ a.mean()"), Refused("cannot contain a dot", lk.FormulaError)
    ),
    "a power without end": (
        formula(Linear, "z ~ I(9**9**9 * a)"), Refused("exponent", lk.FormulaError)
    ),
    "an unknown column": (formula(Linear, "z ~ a + nosuch"), Refused("'nosuch'")),
    "no response": (formula(Linear, "~ a"), Refused("one response", lk.FormulaError)),
    "two responses": (
        formula(Linear, "y + z ~ a"), Refused("one response", lk.FormulaError)
    ),
    "nothing on the right": (formula(Linear, "z ~ 0"), Refused("no terms", lk.FormulaError)),
    "missing rows dropped": (
        formula(Linear, "z ~ a + b", blank(3)),
        Same(lambda: Linear().fit(np.delete(X, 3, axis=0), np.delete(REAL, 3))),
    ),
    "missing rows refused": (
        formula(Linear, "z ~ a + b", blank(3), missing="fail"), Refused("row 3")
    ),
    "a logarithm of a negative number": (formula(Linear, "z ~ log(a)"), Refused("log")),
    "every row missing": (
        formula(Linear, "z ~ a", blank(slice(None))), Refused("row|missing")
    ),
    "a level for each row": (
        formula(Linear, "z ~ C(k)", FRAME.assign(k=[f"k{i}" for i in range(N)])),
        BOUNDARY,
    ),
    "a text response for numbers": (formula(Linear, "g ~ a"), Refused("g|number|text")),
    "every column": (
        formula(Linear, "z ~ .", FRAME[["z", "a", "b"]]), Same(LINEAR)
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TABLE)
def test_nasty_input(name):
    call, expected = TABLE[name]
    with warnings.catch_warnings():
        # Each verdict's warning has tests of its own; any other warning is an error here.
        warnings.simplefilter("ignore", lk.FitWarning)
        if isinstance(expected, Refused):
            with pytest.raises(expected.error, match=expected.match):
                call()
            return
        model = call()
        if isinstance(expected, Status):
            assert model.result_.verdict.status is expected
            finite = model.result_.record.coef[~model.result_.record.infinite]
            assert np.isfinite(finite).all()
            return
        other = expected.other()
        np.testing.assert_allclose(
            model.result_.record.coef[expected.columns],
            other.result_.record.coef[expected.columns], rtol=10.0**-expected.digits,
        )  # fmt: skip
        assert model.result_.verdict.status is other.result_.verdict.status is Status.OPTIMUM


@pytest.mark.parametrize("name", [n for n, (_, e) in TABLE.items() if isinstance(e, Status)])
def test_the_result_of_a_nasty_input_can_be_read(name):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        model = TABLE[name][0]()
    table = model.tidy()
    assert len(table) == model.result_.record.coef.size
    finite = table[table["flag"].isin(["", "wald_unreliable"])]
    assert finite["estimate"].notna().all()
    aliased = table[table["flag"] == "aliased"]
    assert aliased[["estimate", "std_error", "p_value"]].isna().all(axis=None)
    infinite = table[table["flag"] == "infinite"]
    assert infinite[["std_error", "statistic", "p_value", "conf_low"]].isna().all(axis=None)
    assert model.glance()["status"].item() == str(model.result_.verdict.status)
    said = str(model.summary())
    # The verdict comes first, whatever it is, after the heading.
    assert model.result_.verdict.explanation.split()[0] in " ".join(said.splitlines()[1:3])
