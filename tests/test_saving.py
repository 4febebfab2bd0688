"""Saved models: what comes back, and what a changed file cannot do."""

import copy
import dataclasses
import datetime
import json

import numpy as np
import pandas as pd
import pytest

import likelihood as lk
from likelihood.fit.record import RegressionRecord
from likelihood.results.facts import Facts
from likelihood.saving import files, models, records
from likelihood.solve.separation import Separation
from tests.test_estimators import ESTIMATORS, RESPONSES, TABLE, fitted


@pytest.fixture
def path(tmp_path):
    return tmp_path / "model.json"


def again(model, path):
    model.save(path)
    return lk.load(path)


def same(one, other, X, **options):
    """Assert that two fitted models are one, to the last bit."""
    assert repr(one) == repr(other)
    for method in ("predict", "predict_proba", "predict_log_proba", "decision_function"):
        if hasattr(one, method):
            ours, theirs = (getattr(m, method)(X, **options) for m in (one, other))
            assert np.array_equal(ours, theirs) and ours.dtype == theirs.dtype, method
    for table in ("tidy", "glance", "confint", "covariance"):
        pd.testing.assert_frame_equal(
            getattr(one, table)(), getattr(other, table)(), check_exact=True
        )
    assert one.verdict.explanation == other.verdict.explanation
    assert one.verdict.notes == other.verdict.notes
    assert one.result_.fingerprint == other.result_.fingerprint
    learned = [name for name in vars(one) if name.endswith("_") and name != "result_"]
    assert learned == [name for name in vars(other) if name.endswith("_") and name != "result_"]
    for name in learned:
        assert np.array_equal(getattr(one, name), getattr(other, name)), name


class TestRoundTrips:
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_columns(self, estimator, path):
        model = fitted(estimator, ridge=0.25, tolerance=1e-9, n_jobs=1)
        same(model, again(model, path), TABLE[["x", "t"]])

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_formulas(self, estimator, path):
        model = estimator.from_formula(
            f"{RESPONSES[estimator]} ~ scale(x) + C(g) + I(t**2)", TABLE, ridge=0.1
        )
        same(model, again(model, path), TABLE)

    @pytest.mark.filterwarnings("ignore::likelihood.errors.FitWarning")
    def test_separated_and_aliased(self, path):
        X = np.column_stack([[1.0, 2.0, 2.0, 3.0, 4.0], [2.0, 4.0, 4.0, 6.0, 8.0]])
        new = np.array([[1.5, 3.0], [2.0, 4.0], [2.5, 5.0]])
        for model in (
            lk.LogisticRegression(event="a").fit(X, list("aabbb")),
            lk.SoftmaxRegression(reference="b").fit(X, list("aabbc")),
            lk.PoissonRegression().fit(X, [0, 1, 2, 4, 0]),
            lk.PoissonRegression().fit(X[:, :1], [0, 0, 0, 0, 0]),
            lk.LinearRegression().fit(X, [1.0, 0.0, 2.0, 1.0, 5.0]),
            lk.LinearRegression().fit(X, 2.0 * X[:, 0]),
        ):
            found = again(model, path)
            same(model, found, new[:, : model.n_features_in_])
            one, other = model.verdict.directions, found.verdict.directions
            assert (one is None) == (other is None)
            if one is not None:
                pd.testing.assert_frame_equal(one, other)

    def test_a_search_that_failed(self, path):
        with pytest.warns(lk.ConvergenceWarning):
            model = fitted(lk.PoissonRegression, max_iter=1)
        same(model, again(model, path), TABLE[["x", "t"]])

    def test_offsets(self, path):
        model = lk.PoissonRegression.from_formula("y ~ x", TABLE, offset="t", weights="w")
        found = again(model, path)
        same(model, found, TABLE, offset="t")
        with pytest.raises(lk.DataError, match="fitted with an offset"):
            found.predict(TABLE)

    @pytest.mark.parametrize(
        "labels", [["a", "b"], [1, 2], [0.5, 2.0], [False, True], ["\ud800", '"\n\x1b']]
    )
    def test_labels_keep_their_types(self, labels, path):
        y = [labels[c == "yes"] for c in TABLE.c]
        model = lk.LogisticRegression(classes=labels, event=labels[0])
        found = again(model.fit(TABLE[["x"]], y), path)
        assert [type(label) for label in found.classes_.tolist()] == [type(v) for v in labels]
        same(model, found, TABLE[["x"]])

    def test_options_of_numpy(self, path):
        model = lk.LogisticRegression(
            ridge=np.float64(0.5), classes=np.array(["no", "yes"]), event=np.str_("no"),
            max_iter=np.int64(90), fit_intercept=np.True_,
        ).fit(TABLE[["x"]], TABLE.c)  # fmt: skip
        found = again(model, path)
        assert np.array_equal(found.predict(TABLE[["x"]]), model.predict(TABLE[["x"]]))
        assert found.get_params() == {**model.get_params(), "classes": ["no", "yes"]}

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_a_result_saves_itself(self, estimator, path):
        model = fitted(estimator)
        model.result_.save(path)
        found = lk.load(path)
        assert np.array_equal(found.predict(TABLE[["x", "t"]]), model.predict(TABLE[["x", "t"]]))
        # A second round is the same file.
        first = path.read_text()
        found.result_.save(path)
        assert path.read_text() == first

    def test_what_needs_rows_says_so(self, path):
        found = again(fitted(lk.LogisticRegression), path)
        for call in (
            found.augment,
            lambda: found.confint(method="profile"),
            lambda: found.covariance("HC1"),
        ):
            with pytest.raises(lk.DataError, match="needs the rows of the fit"):
                call()

    def test_comparison(self, path):
        large = fitted(lk.PoissonRegression)
        small = lk.PoissonRegression().fit(TABLE[["x"]], TABLE.y)
        usual = large.compare(small)
        found = again(large, path)
        pd.testing.assert_frame_equal(found.compare(again(small, path)), usual)


class TestWriting:
    def test_no_rows_are_in_the_file(self, path):
        data = TABLE.assign(y=np.arange(12) + 0.123456789, x=np.arange(12)[::-1] + 0.987654321)
        lk.LinearRegression.from_formula("y ~ x", data).save(path)
        text = path.read_text()
        assert "123456789" not in text and "987654321" not in text
        assert json.loads(text)["schema"] == "likelihood/model/1"

    def test_labels_that_json_has_not_are_refused(self, path):
        y = [datetime.date(2020, 1, 1 + (c == "yes")) for c in TABLE.c]
        model = lk.LogisticRegression().fit(TABLE[["x"]], y)
        with pytest.raises(lk.DataError, match="of type date, which a saved model cannot hold"):
            model.save(path)
        assert not path.exists()
        odd = fitted(lk.LogisticRegression)
        odd.classes = [np.inf, "a"]
        with pytest.raises(lk.DataError, match="is not finite"):
            odd.save(path)

    def test_only_local_paths(self, path):
        model = fitted(lk.LinearRegression)
        for url in ("https://example.org/m.json", "s3://bucket/m.json", "file:///tmp/m.json"):
            with pytest.raises(ValueError, match="must be a local path"):
                model.save(url)
            with pytest.raises(ValueError, match="must be a local path"):
                lk.load(url)
        with pytest.raises(TypeError, match="path must be text or a Path"):
            model.save(3)

    def test_only_fitted_regressions(self, path):
        with pytest.raises(TypeError, match="only a fitted regression can be saved, got Distrib"):
            files.save(lk.Bernoulli.fit([1, 0, 1]), path)
        with pytest.raises(TypeError, match="got LinearRegression"):
            files.save(lk.LinearRegression(), path)
        with pytest.raises(ValueError, match="not fitted yet"):
            lk.LinearRegression().save(path)

    def test_a_failure_leaves_the_old_file(self, path, monkeypatch):
        model = fitted(lk.LinearRegression)
        model.save(path)
        before = path.read_bytes()
        monkeypatch.setattr(files, "LARGEST", 10)
        with pytest.raises(lk.DataError, match="more than the"):
            model.save(path)
        assert path.read_bytes() == before
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]

    def test_a_link_is_replaced_and_not_followed(self, path, tmp_path):
        victim = tmp_path / "victim"
        victim.write_text("precious")
        path.symlink_to(victim)
        fitted(lk.LinearRegression).save(path)
        assert victim.read_text() == "precious" and not path.is_symlink()

    def test_every_field_has_its_place(self):
        # A field added to these classes has to be saved, derived, or left out on purpose.
        def names(of):
            return {field.name for field in dataclasses.fields(of)}

        others = {"iterations", "method", "relations", "separation", "verdict"}
        # Whether a covariance is there tells the last of these.
        others |= {"std_error", "covariance", "approximate"}
        saved = {*records._ARRAYS, *records._NUMBERS, *records._FLAGS}
        assert names(RegressionRecord) == saved | others
        by_row = {"remaining", "face"}
        assert names(Separation) == {*records._SEPARATION} - {"classes"} | by_row
        derived = {"responses", "formula", "free_dispersion", "continuous"}
        assert names(Facts) == {*models._FACTS} | derived
        given_up = {"rows", "source", "seen"}
        known = {"model", "record", "facts", *given_up}
        assert names(lk.Fit) - known == {
            "stored_glance", "stored_fingerprint", "stored_unreliable",
        }  # fmt: skip


@pytest.fixture(scope="module")
def document(tmp_path_factory):
    """A document of a separated softmax regression by formula: it has every part."""
    target = tmp_path_factory.mktemp("models") / "model.json"
    data = {"c": list("aabbbc"), "x": [1.0, 2, 2, 3, 4, 9], "g": list("pqpqpq")}
    with pytest.warns(lk.SeparationWarning):
        lk.SoftmaxRegression.from_formula("c ~ center(x) + C(g)", data).save(target)
    return json.loads(target.read_text())


def changed(document, place, value):
    """A copy of a document with the value at a dotted place changed."""
    found = copy.deepcopy(document)
    *above, last = [int(part) if part.isdigit() else part for part in place.split(".")]
    holder = found
    for part in above:
        holder = holder[part]
    if value is KeyError:
        del holder[last]
    else:
        holder[last] = value
    return found


class TestChangedFiles:
    def test_it_is_read_as_it_was(self, document, path):
        path.write_text(json.dumps(document))
        assert lk.load(path).classes_.tolist() == ["a", "b", "c"]

    @pytest.mark.parametrize(
        ("place", "value", "message"),
        [
            ("schema", "likelihood/model/2", "'likelihood/model/2' at schema"),
            ("schema", KeyError, "None at schema"),
            ("estimator", "Popen", "'Popen' at estimator"),
            ("estimator", "LinearRegression", "classes, where no classes belongs"),
            ("estimator", "LogisticRegression", "as many classes as the model has"),
            ("extra", 1, "'extra' at the file, which does not belong there"),
            ("record", KeyError, "no 'record' at the file"),
            ("options.ridge", -1.0, "an option that is not one: ridge"),
            ("options.method", "__import__", "an option that is not one"),
            ("options.ridge", ["a"], r"\['a'\] at options.ridge"),
            ("options.C", 1.0, "at options, where its options belongs"),
            ("facts.terms.0", 5, r"5 at facts.terms\[0\], where text"),
            ("facts.terms", ["intercept", "x", "x"], "distinct terms"),
            ("facts.terms.1", "other", "the formula of the terms"),
            ("facts.terms", "abc", "'abc' at facts.terms, where a list"),
            ("facts.classes.0", None, r"None at facts.classes\[0\], where a label"),
            ("facts.classes.0", "b", "labels that differ"),
            ("facts.base", 3, "3 at facts.base, where the position of a class"),
            ("facts.n_rows", -1, "a whole number from 0"),
            ("facts.n_rows", True, "a whole number from 0"),
            ("facts.total", "nan", "a finite number"),
            ("facts.intercept", 1, "true or false"),
            ("formula.formula", "c ~ center(x)", "save the"),
            ("formula.formula", 5, "5 at formula.formula, where text"),
            ("formula.levels.0.2", [["p"], "q"], "where a label"),
            ("formula.levels.0.3", 7, "the position of a level"),
            ("formula.levels.0", [True], "where four parts"),
            ("formula.numbers.0.2", ["inf"], "a finite number"),
            ("formula.numbers.0", [], "where three parts"),
            ("record.coef", [[1.0]], "a list of 2"),
            ("record.coef.0.0", "nan", "a finite number"),
            ("record.coef.0.0", None, r"None at record.coef\[0\]\[0\]"),
            ("record.coef.0.0", 10**400, "a number that a double can hold"),
            ("record.kept.0", 1, "true or false"),
            ("record.sign.0.0", "minus", "a number"),
            ("record.verdict.status", "FINE", "one of OPTIMUM"),
            ("record.verdict.directions.0.values", [], "columns of one length"),
            ("record.verdict.notes", None, "a list"),
            ("record.separation.kind", "partial", "'complete' or 'quasi'"),
            ("record.separation.classes", 9, "the number of classes"),
            ("record.separation.proof.0.0", "1/0", "denominator is not zero"),
            ("record.separation.proof.0.0", "0x10", "a fraction in hexadecimal"),
            ("record.separation.proof", 5, "a list"),
            ("record.relations", [{"column": 9, "coef": [], "intercept": 0.0}], "below 2"),
            ("glance.auc", "high", "a number"),
            ("glance.model", 5, "text"),
            ("unreliable", [], "a list of 2"),
        ],
    )  # fmt: skip
    def test_what_is_wrong_is_named(self, document, path, place, value, message):
        path.write_text(json.dumps(changed(document, place, value)))
        with pytest.raises(lk.DataError, match=message):
            lk.load(path)

    @pytest.mark.parametrize(
        "formula",
        [
            "c ~ x.to_csv('canary')",
            "c ~ I(__import__('os').system('touch canary'))",
            "c ~ {open('canary', 'w')}",
            "c ~ np.save('canary', x)",
            "c ~ I(9**9**9*x)",
            "c ~ (x + g)**1000",
        ],
    )
    def test_a_hostile_formula_is_refused(self, document, path, formula, monkeypatch):
        monkeypatch.chdir(path.parent)
        path.write_text(json.dumps(changed(document, "formula.formula", formula)))
        with pytest.raises(lk.FormulaError):
            lk.load(path)
        assert [entry.name for entry in path.parent.iterdir()] == [path.name]

    @pytest.mark.parametrize(
        ("text", "message"),
        [
            ("", "no saved model: Expecting value in line 1"),
            ("[1, 2", "no saved model"),
            ("[]", "None at schema"),
            ('{"a": 1, "a": 2}', "it has 'a' twice"),
            ('{"a": NaN}', "NaN is no JSON"),
            ('{"a": -Infinity}', "-Infinity is no JSON"),
            ('{"a": 1e999}', "'1e999' is beyond every double"),
            ('{"a": ' + "9" * 5000 + "}", "a number of 5000 digits"),
            ("[" * 200_000, "nested too deeply"),
            ('{"a":' * 200_000, "nested too deeply"),
            (b"\xff\xfe{}", "no saved model: invalid start byte"),
        ],
    )
    def test_abuse_of_json(self, text, message, path):
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        with pytest.raises(lk.DataError, match=message):
            lk.load(path)

    def test_size(self, path):
        with open(path, "wb") as file:
            file.truncate(files.LARGEST + 1)
        with pytest.raises(lk.DataError, match="larger than 64 MiB"):
            lk.load(path)

    def test_no_file(self, path):
        with pytest.raises(FileNotFoundError):
            lk.load(path)
