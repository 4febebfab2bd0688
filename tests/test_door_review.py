"""Input of every kind at the door: what it is taken for, and what is said of the rest."""

from __future__ import annotations

import json
import os
import threading
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner

import likelihood as lk
from likelihood.cli.main import program
from likelihood.data.messages import shown

RANDOM = np.random.default_rng(5)
N = 40
TABLE = pd.DataFrame(RANDOM.normal(size=(N, 2)), columns=["a", "b"])
TABLE["y"] = (RANDOM.random(N) < 1.0 / (1.0 + np.exp(-TABLE.a))).astype(int)
TABLE["word"] = np.where(TABLE.y == 1, "yes", "no")
TABLE["count"] = RANDOM.poisson(2.0, N)
TABLE["kind"] = RANDOM.choice(["p", "q", "r"], N)
X = TABLE[["a", "b"]]
#: The same rows by index, in another order.
BACKWARDS = pd.Series(np.ones(N), index=TABLE.index[::-1])


def run(*arguments, given=None):
    return CliRunner().invoke(program, [str(one) for one in arguments], input=given)


class TestTables:
    def test_arrow_arrays_of_text_and_of_a_dictionary(self):
        pa = pytest.importorskip("pyarrow")
        usual = lk.LogisticRegression().fit(X, TABLE.word)
        words = pa.array(TABLE.word.tolist())
        for y in (words, words.dictionary_encode(), pa.chunked_array([words])):
            found = lk.LogisticRegression().fit(X, y)
            assert found.classes_.tolist() == ["no", "yes"]
            assert np.array_equal(found.coef_, usual.coef_)
        with pytest.raises(lk.DataError, match="y is missing .* at row 0"):
            lk.LogisticRegression().fit(X, pa.array([None, *TABLE.y[1:].tolist()]))

    def test_a_record_batch_keeps_its_names(self):
        pa = pytest.importorskip("pyarrow")
        batch = pa.RecordBatch.from_pandas(TABLE[["a", "b", "y"]])
        found = lk.LogisticRegression().fit(batch.select(["a", "b"]), TABLE.y)
        assert found.feature_names_in_.tolist() == ["a", "b"]
        assert lk.LogisticRegression.from_formula("y ~ a", batch).coef_.shape == (1, 1)

    def test_a_query_that_was_not_run(self):
        pl = pytest.importorskip("polars")
        with pytest.raises(lk.DataError, match=r"pass X\.collect\(\)"):
            lk.LogisticRegression().fit(pl.from_pandas(X).lazy(), TABLE.y)

    def test_a_dictionary_is_named_as_one(self):
        with pytest.raises(lk.DataError, match="got a dictionary; make a table of it"):
            lk.LogisticRegression().fit({"a": TABLE.a}, TABLE.y)

    def test_a_column_called_intercept_is_read_back(self, tmp_path):
        named = X.rename(columns={"a": "intercept"})
        model = lk.PoissonRegression().fit(named, TABLE["count"])
        model.save(tmp_path / "m.json")
        found = lk.load(tmp_path / "m.json")
        assert np.array_equal(found.predict(named), model.predict(named))
        assert found.tidy().term.tolist() == ["intercept", "intercept", "b"]


class TestRowsInOtherOrders:
    def test_weights_and_offsets_at_the_fit(self):
        y = TABLE["count"].to_numpy()
        for option in ("sample_weight", "offset"):
            with pytest.raises(lk.DataError, match=f"X and {option} have different indexes"):
                lk.PoissonRegression().fit(X, y, **{option: BACKWARDS})

    def test_offsets_of_new_rows(self):
        y = TABLE["count"].to_numpy()
        plain = lk.PoissonRegression().fit(X, y, offset=np.zeros(N))
        written = lk.PoissonRegression.from_formula("count ~ a", TABLE, offset=np.zeros(N))
        for model in (plain, written):
            with pytest.raises(lk.DataError, match="X and offset have different indexes"):
                model.predict(TABLE if model is written else X, offset=BACKWARDS)

    @pytest.mark.parametrize(
        ("estimator", "y"),
        [(lk.PoissonRegression, TABLE["count"]), (lk.LogisticRegression, TABLE.y)],
    )
    def test_weights_of_a_score(self, estimator, y):
        model = estimator().fit(X, y)
        with pytest.raises(lk.DataError, match="X and sample_weight have different indexes"):
            model.score(X, y.to_numpy(), BACKWARDS)


class TestWeightsAndOffsets:
    def test_two_columns_of_weights_are_refused(self):
        for weights in (["count", "y"], np.ones((N, 2))):
            with pytest.raises(lk.DataError, match="weights must be one column, got 2"):
                lk.LinearRegression.from_formula("a ~ b", TABLE, weights=weights)

    def test_weights_too_small_for_a_distance(self):
        # At 1e-100 of a weight every estimate is within a tolerance of standard errors.
        for scale in (1e-100, 1e-300):
            with pytest.raises(lk.DataError, match="the weights sum to .*; scale them up"):
                lk.LogisticRegression().fit(X, TABLE.y, np.full(N, scale))
        usual = lk.LogisticRegression().fit(X, TABLE.y)
        small = lk.LogisticRegression().fit(X, TABLE.y, np.full(N, 1e-9))
        assert small.coef_ == pytest.approx(usual.coef_, rel=1e-12, abs=0)

    def test_an_offset_whose_columns_are_the_classes_in_another_order(self):
        zeros = np.zeros((N, 3))
        swapped = pd.DataFrame(zeros, columns=["r", "q", "p"])
        with pytest.raises(lk.DataError, match="in the order of the classes, so put them in it"):
            lk.SoftmaxRegression().fit(X, TABLE.kind, offset=swapped)
        usual = lk.SoftmaxRegression().fit(X, TABLE.kind, offset=zeros)
        fine = lk.SoftmaxRegression().fit(X, TABLE.kind, offset=swapped[["p", "q", "r"]])
        assert np.array_equal(fine.coef_, usual.coef_)

    def test_a_sparse_offset(self):
        sparse = pytest.importorskip("scipy.sparse")
        given = RANDOM.normal(size=(N, 3))
        usual = lk.SoftmaxRegression().fit(X, TABLE.kind, offset=given)
        found = lk.SoftmaxRegression().fit(X, TABLE.kind, offset=sparse.csr_array(given))
        assert np.array_equal(found.coef_, usual.coef_)


class TestMessages:
    def test_references_that_are_no_dictionary(self):
        for references in ("kind", ["kind"]):
            with pytest.raises(TypeError, match="references must be a dictionary such as"):
                lk.LinearRegression.from_formula("a ~ kind", TABLE, references=references)

    @pytest.mark.parametrize("classes", [[0, 0, 1], [], {0, 1}, [0, None]])
    def test_the_option_has_its_own_name(self, classes):
        with pytest.raises(lk.DataError, match="^classes "):
            lk.LogisticRegression(classes=classes).fit(X, TABLE.y)

    def test_no_advice_that_cannot_be_followed(self):
        twice = pd.concat([TABLE] * 2).assign(id=np.arange(2 * N))
        with pytest.raises(lk.DataError, match=r"is it an id\? Leave that term out, or merge"):
            lk.LinearRegression.from_formula("a ~ C(id)", twice)
        dated = TABLE.assign(day=pd.Timestamp("2020-01-01"))
        with pytest.raises(lk.DataError, match="turn it into a number, such as days since"):
            lk.LinearRegression.from_formula("a ~ day", dated)

    def test_a_repr_of_many_lines_is_one_line(self):
        class Odd:
            def __repr__(self):
                return "one\n\ttwo\x1b[31m"

        assert shown(Odd()) == "one two\\x1b[31m"
        assert shown("a\nb") == r"'a\nb'"

    def test_numbers_that_are_no_counts_are_told_once(self):
        found = lk.PoissonRegression().fit(X, TABLE["count"] + 0.5)
        assert sum("quasi-likelihood" in note for note in found.verdict.notes) == 1

    def test_summaries_can_be_compared(self):
        fit = lk.LinearRegression().fit(X, TABLE["count"])
        assert (fit.summary() == fit.summary()) in (True, False)


class TestIntervalsWithoutRows:
    @pytest.mark.parametrize("ridge", [0.0, 1.5])
    @pytest.mark.parametrize(
        ("estimator", "formula"),
        [
            (lk.LinearRegression, "a ~ b + kind"),
            (lk.LogisticRegression, "word ~ a + b"),
            (lk.SoftmaxRegression, "kind ~ a + poly(b, 2)"),
            (lk.PoissonRegression, "count ~ 0 + a + b"),
        ],
    )
    def test_they_are_those_of_the_fit(self, tmp_path, estimator, formula, ridge):
        model = estimator.from_formula(formula, TABLE, weights="count", ridge=ridge)
        model.save(tmp_path / "m.json")
        found = lk.load(tmp_path / "m.json")
        predict = "predict_proba" if hasattr(model, "classes_") else "predict"
        kinds = ["confidence"] + ["prediction"] * (estimator is lk.LinearRegression)
        for interval in kinds:
            one, other = (
                getattr(m, predict)(TABLE, interval=interval, level=0.8) for m in (model, found)
            )
            pd.testing.assert_frame_equal(one, other, rtol=1e-11, atol=1e-14)

    def test_aliased_columns(self, tmp_path):
        twice = X.assign(c=2.0 * X.a)
        with pytest.warns(lk.CollinearityWarning):
            model = lk.LinearRegression().fit(twice, TABLE["count"])
        model.save(tmp_path / "m.json")
        found = lk.load(tmp_path / "m.json")
        new = pd.DataFrame({"a": [1.0, 1.0], "b": [0.0, 0.0], "c": [2.0, 3.0]})
        table = found.predict(new, interval="confidence")
        pd.testing.assert_frame_equal(table, model.predict(new, interval="confidence"), rtol=1e-11)
        assert table.conf_low.isna().tolist() == [False, True]

    def test_few_digits_are_refused(self, tmp_path):
        far = TABLE.assign(a=TABLE.a + 1e9)
        model = lk.LinearRegression().fit(far[["a"]], TABLE["count"])
        model.save(tmp_path / "m.json")
        assert np.isfinite(model.predict(far[["a"]], interval="confidence")).all(axis=None)
        with pytest.raises(lk.DataError, match="the interval at row 0 would have few digits"):
            lk.load(tmp_path / "m.json").predict(far[["a"]], interval="confidence")

    def test_separated_data_need_the_rows(self, tmp_path):
        with pytest.warns(lk.SeparationWarning):
            model = lk.LogisticRegression().fit(X, X.a > 0)
        model.save(tmp_path / "m.json")
        with pytest.raises(lk.DataError, match="needs the rows of the fit where the data are sep"):
            lk.load(tmp_path / "m.json").predict_proba(X, interval="confidence")


class TestFiles:
    def test_an_error_names_the_file_that_was_asked_for(self, tmp_path):
        model = lk.LinearRegression().fit(X, TABLE.y)
        with pytest.raises(FileNotFoundError) as told:
            model.save(tmp_path / "none" / "m.json")
        assert str(tmp_path / "none" / "m.json") in str(told.value)
        assert ".tmp" not in str(told.value) and "None" not in str(told.value)
        with pytest.raises(ValueError, match="path is empty"):
            model.save("")

    @pytest.mark.parametrize(
        ("place", "value"),
        [
            (("options", "ridge"), 10**400),
            (("glance", "n_parameters"), "nan"),
            (("record", "push"), 1e308),
            (("record", "separation", "direction", 0, 0), 1e308),
        ],
    )
    def test_numbers_beyond_use_in_a_file(self, tmp_path, place, value):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", lk.SeparationWarning)
            lk.LogisticRegression().fit(X / 1000.0, X.a > 0).save(tmp_path / "m.json")
        document = json.loads((tmp_path / "m.json").read_text())
        inner = document
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = value
        (tmp_path / "m.json").write_text(json.dumps(document))
        with pytest.raises(lk.DataError):
            lk.load(tmp_path / "m.json")


class TestCommands:
    @pytest.fixture
    def files(self, tmp_path):
        TABLE.to_csv(tmp_path / "d.csv", index=False)
        made = run("fit", "logistic", tmp_path / "d.csv", "word ~ a + b", "--save",
                   tmp_path / "m.json")  # fmt: skip
        assert made.exit_code == 0
        return tmp_path

    @pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
    def test_a_named_pipe_is_read_once(self, files):
        pipe = files / "pipe"
        os.mkfifo(pipe)
        content = (files / "d.csv").read_bytes()
        writer = threading.Thread(target=Path.write_bytes, args=(pipe, content), daemon=True)
        writer.start()
        found = run("fit", "logistic", pipe, "word ~ a + b", "--csv")
        writer.join(timeout=10)
        usual = run("fit", "logistic", files / "d.csv", "word ~ a + b", "--csv")
        assert (found.exit_code, found.stdout) == (0, usual.stdout)

    def test_intervals_of_a_saved_model(self, files):
        found = run("predict", files / "m.json", files / "d.csv", "--interval", "confidence")
        assert found.exit_code == 0
        first = found.stdout.splitlines()[0]
        assert first.endswith(".conf_low_no,.conf_low_yes,.conf_high_no,.conf_high_yes")

    def test_a_predictor_can_be_kept_as_it_is_written(self, files):
        given = "id,a,b\n007,0.50,1e0\n008,1.0,2\n"
        found = run("predict", files / "m.json", "--keep", "id,a,b", given=given)
        assert found.exit_code == 0
        lines = found.stdout.splitlines()
        assert [line.split(",")[:3] for line in lines[1:]] == [
            ["007", "0.50", "1e0"], ["008", "1.0", "2"],
        ]  # fmt: skip
        usual = run("predict", files / "m.json", given=given).stdout.splitlines()
        assert [line.split(",", 3)[3] for line in lines] == usual

    def test_no_output_replaces_what_is_read_or_saved(self, files):
        model, data = files / "m.json", files / "d.csv"
        before = model.read_bytes()
        for arguments, told in (
            (("predict", model, data, "-o", model), "is the model"),
            (("fit", "linear", data, "a ~ b", "--save", data), "--save"),
            (("fit", "linear", data, "a ~ b", "--save", files / "n", "-o", files / "n"), "--save"),
        ):
            found = run(*arguments)
            assert found.exit_code == 2 and told in found.stderr
        assert model.read_bytes() == before and data.read_text().startswith("a,b,")
