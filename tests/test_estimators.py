"""The four estimators: laws, shapes, labels, offsets, formulas, and every refusal."""

import inspect
import sys

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

import likelihood as lk
from likelihood.regression.conventions import NotFittedError
from likelihood.regression.presenting import Presenting
from likelihood.regression.tables import table_rows

ESTIMATORS = (
    lk.LinearRegression, lk.LogisticRegression, lk.SoftmaxRegression, lk.PoissonRegression,
)  # fmt: skip
CLASSIFIERS = (lk.LogisticRegression, lk.SoftmaxRegression)

TABLE = pd.DataFrame(
    {
        "y": [1.0, 3.0, 2.0, 5.0, 4.0, 7.0, 6.0, 8.0, 2.0, 9.0, 5.0, 4.0],
        "x": [0.0, 1.0, 1.5, 2.0, 2.5, 3.0, 3.5, 4.0, 0.5, 4.5, 2.2, 1.2],
        "g": list("abcabcabcabc"),
        "c": ["no", "yes", "yes", "no", "yes", "no", "no", "yes", "no", "yes", "yes", "no"],
        "k": list("uvwuvwwvuvuw"),
        "w": [1, 2, 1, 0, 3, 1, 1, 2, 1, 1, 2, 1],
        "t": [0.1, 0.2, 0.3, 0.1, 0.0, 0.5, 0.1, 0.2, 0.4, 0.3, 0.2, 0.1],
    }
)
RESPONSES = {
    lk.LinearRegression: "y", lk.LogisticRegression: "c", lk.SoftmaxRegression: "k",
    lk.PoissonRegression: "y",
}  # fmt: skip


def fitted(estimator, **options):
    return estimator(**options).fit(TABLE[["x", "t"]], TABLE[RESPONSES[estimator]])


@pytest.mark.parametrize("estimator", ESTIMATORS)
class TestLaws:
    def test_a_weight_is_a_repetition_and_a_zero_is_no_row(self, estimator):
        X, y, w = TABLE[["x", "t"]].to_numpy(), TABLE[RESPONSES[estimator]].to_numpy(), TABLE.w
        weighted = estimator().fit(X, y, sample_weight=w.to_numpy())
        repeated = estimator().fit(X.repeat(w, axis=0), y.repeat(w))
        np.testing.assert_allclose(weighted.coef_, repeated.coef_, rtol=1e-12)
        assert weighted.score(X, y, w) == pytest.approx(
            weighted.score(X.repeat(w, axis=0), y.repeat(w)), rel=1e-12, abs=0
        )

    def test_the_order_of_rows_does_not_matter(self, estimator):
        order = np.random.default_rng(0).permutation(len(TABLE))
        X, y = TABLE[["x", "t"]], TABLE[RESPONSES[estimator]]
        one, other = estimator().fit(X, y), estimator().fit(X.iloc[order], y.iloc[order])
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-12)

    def test_containers_are_the_same_data(self, estimator):
        X, y = TABLE[["x", "t"]], TABLE[RESPONSES[estimator]]
        usual = estimator().fit(X.to_numpy(), y.to_numpy())
        for columns in (X, X.to_numpy().tolist(), sparse.csr_array(X.to_numpy())):
            for response in (y, y.tolist()):
                if columns is X and response is not y:
                    response = y.to_numpy()
                np.testing.assert_allclose(
                    estimator().fit(columns, response).coef_, usual.coef_, rtol=1e-12
                )

    def test_a_formula_is_the_columns_it_stands_for(self, estimator):
        name = RESPONSES[estimator]
        by_formula = estimator.from_formula(f"{name} ~ x + t", TABLE)
        by_columns = fitted(estimator)
        assert np.array_equal(by_formula.coef_, by_columns.coef_)
        assert np.array_equal(by_formula.predict(TABLE), by_columns.predict(TABLE[["x", "t"]]))
        assert by_formula.feature_names_in_.tolist() == ["x", "t"]

    def test_a_constant_offset_moves_the_intercept_alone(self, estimator):
        X, y = TABLE[["x", "t"]], TABLE[RESPONSES[estimator]]
        shift = np.full(len(X), 0.75)
        if estimator is lk.SoftmaxRegression:
            shift = np.column_stack([np.zeros(len(X)), shift, shift])
        plain, moved = estimator().fit(X, y), estimator().fit(X, y, offset=shift)
        np.testing.assert_allclose(moved.coef_, plain.coef_, rtol=1e-9, atol=1e-12)
        ours = np.ravel(moved.intercept_)[-1]
        assert ours == pytest.approx(np.ravel(plain.intercept_)[-1] - 0.75, rel=1e-9, abs=0)
        assert moved.score(X, y, offset=shift) == pytest.approx(plain.score(X, y), rel=1e-9)
        with pytest.raises(lk.DataError, match="fitted with an offset, and X comes without one"):
            moved.predict(X)

    def test_a_failed_fit_leaves_the_earlier_one(self, estimator):
        model = fitted(estimator)
        before = model.result_
        with pytest.raises(lk.DataError):
            model.fit(TABLE[["x", "t"]].assign(t=np.nan), TABLE[RESPONSES[estimator]])
        assert model.result_ is before


class TestShapes:
    def test_numbers(self):
        for estimator in (lk.LinearRegression, lk.PoissonRegression):
            model = fitted(estimator)
            assert model.coef_.shape == (2,) and isinstance(model.intercept_, float)
            assert fitted(estimator, fit_intercept=False).intercept_ == 0.0
            assert model.n_features_in_ == 2 and model.n_iter_ >= 1

    def test_two_classes(self):
        model = fitted(lk.LogisticRegression)
        assert model.coef_.shape == (1, 2) and model.intercept_.shape == (1,)
        assert model.classes_.tolist() == ["no", "yes"]
        X = TABLE[["x", "t"]]
        assert model.predict_proba(X).shape == (12, 2)
        assert model.decision_function(X).shape == (12,)
        assert (fitted(lk.LogisticRegression, fit_intercept=False).intercept_ == 0.0).all()

    def test_more_classes(self):
        model, X = fitted(lk.SoftmaxRegression, reference="v"), TABLE[["x", "t"]]
        assert model.coef_.shape == (3, 2) and model.intercept_.shape == (3,)
        assert (model.coef_[1] == 0.0).all() and model.intercept_[1] == 0.0
        by_hand = X.to_numpy() @ model.coef_.T + model.intercept_
        np.testing.assert_allclose(model.decision_function(X), by_hand, rtol=1e-12, atol=1e-13)
        assert (fitted(lk.SoftmaxRegression, fit_intercept=False).intercept_ == 0.0).all()


class TestProbabilities:
    def test_softmax_of_two_classes_is_logistic(self):
        X, y = TABLE[["x", "t"]], TABLE.c
        one, other = lk.LogisticRegression().fit(X, y), lk.SoftmaxRegression().fit(X, y)
        np.testing.assert_allclose(one.coef_[0], other.coef_[1], rtol=1e-12)
        np.testing.assert_allclose(one.predict_proba(X), other.predict_proba(X), rtol=1e-12)
        np.testing.assert_allclose(
            one.decision_function(X), other.decision_function(X), rtol=1e-12, atol=1e-14
        )

    def test_the_reference_does_not_change_predictions(self):
        X = TABLE[["x", "t"]]
        usual = fitted(lk.SoftmaxRegression).predict_proba(X)
        for reference in "vw":
            model = fitted(lk.SoftmaxRegression, reference=reference)
            np.testing.assert_allclose(model.predict_proba(X), usual, rtol=1e-11)

    def test_the_event_changes_the_tables_and_not_the_columns(self):
        X = TABLE[["x", "t"]]
        usual, turned = fitted(lk.LogisticRegression), fitted(lk.LogisticRegression, event="no")
        np.testing.assert_allclose(turned.tidy().estimate, -usual.tidy().estimate, rtol=1e-12)
        np.testing.assert_allclose(turned.coef_, usual.coef_, rtol=1e-12)
        np.testing.assert_allclose(turned.predict_proba(X), usual.predict_proba(X), rtol=1e-12)
        np.testing.assert_allclose(
            turned.decision_function(X), usual.decision_function(X), rtol=1e-12
        )

    def test_logarithms_are_finite_where_probabilities_underflow(self):
        for estimator in CLASSIFIERS:
            model = fitted(estimator)
            far = pd.DataFrame({"x": [1e6], "t": [0.0]})
            logs = model.predict_log_proba(far)
            assert np.isfinite(logs).all() and logs.min() < -1e5
            assert model.predict_proba(far).min() == 0.0
            near = TABLE[["x", "t"]]
            np.testing.assert_allclose(
                np.exp(model.predict_log_proba(near)), model.predict_proba(near), rtol=1e-13
            )

    def test_separated_classes_have_their_limits(self):
        X, y = np.array([[1.0], [2.0], [2.0], [3.0]]), [0, 0, 1, 1]
        for estimator in CLASSIFIERS:
            with pytest.warns(lk.SeparationWarning):
                model = estimator().fit(X, y)
            assert model.verdict.status is lk.Status.SEPARATED
            assert np.isfinite(model.coef_).all()
            wanted = [[1.0, 0.0], [0.5, 0.5], [0.0, 1.0]]
            assert np.allclose(model.predict_proba([[1.0], [2.0], [2.5]]), wanted, atol=0)
            assert model.predict([[1.9999999], [2.0000001]]).tolist() == [0, 1]
            assert model.predict_log_proba([[1.0]])[0, 1] == -np.inf
            by_hand = X @ model.coef_.T + model.intercept_
            by_hand = by_hand[:, -1] - (by_hand[:, 0] if by_hand.shape[1] > 1 else 0.0)
            np.testing.assert_allclose(model.decision_function(X), by_hand, rtol=1e-9, atol=1e-9)
            with pytest.raises(lk.SeparationError):
                estimator(separation="raise").fit(X, y)

    def test_a_rate_of_zero_is_predicted_as_zero(self):
        X = np.array([[0.0], [0.0], [1.0], [1.0]])
        with pytest.warns(lk.SeparationWarning):
            model = lk.PoissonRegression().fit(X, [0, 0, 2, 4])
        assert np.allclose(model.predict([[0.0], [1.0]]), [0.0, 3.0], rtol=1e-12, atol=0)


class TestScores:
    def test_r_squared_is_that_of_the_table(self):
        model = fitted(lk.LinearRegression)
        X, y = TABLE[["x", "t"]], TABLE.y
        assert model.score(X, y) == pytest.approx(model.glance().r2[0], rel=1e-12, abs=0)
        assert model.score(X, np.full(12, 3.0)) == 0.0

    def test_deviance_explained_is_that_of_the_table(self):
        X, y, exposure = TABLE[["x", "t"]], TABLE.y, np.log(TABLE.w.to_numpy() + 1.0)
        for offset in (None, exposure):
            model = lk.PoissonRegression().fit(X, y, offset=offset)
            row = model.glance().iloc[0]
            explained = 1.0 - row.deviance / row.null_deviance
            assert model.score(X, y, offset=offset) == pytest.approx(explained, rel=1e-10, abs=0)

    def test_an_unknown_label_is_a_miss(self):
        model = fitted(lk.LogisticRegression)
        assert model.score(TABLE[["x", "t"]], ["maybe"] * 12) == 0.0


class TestIntervals:
    def test_they_surround_the_prediction(self):
        for estimator in (lk.LinearRegression, lk.PoissonRegression):
            model, X = fitted(estimator), TABLE[["x", "t"]]
            table = model.predict(X, interval="confidence", level=0.9)
            assert list(table) == ["estimate", "conf_low", "conf_high"]
            np.testing.assert_allclose(table.estimate, model.predict(X), rtol=1e-12)
            assert ((table.conf_low < table.estimate) & (table.estimate < table.conf_high)).all()
        wide = fitted(lk.LinearRegression).predict(X, interval="prediction")
        narrow = fitted(lk.LinearRegression).predict(X, interval="confidence")
        assert (wide.conf_low < narrow.conf_low).all()

    @pytest.mark.parametrize("estimator", CLASSIFIERS)
    def test_probabilities_come_in_the_order_of_the_classes(self, estimator):
        X = TABLE[["x", "t"]]
        option = "event" if estimator is lk.LogisticRegression else "reference"
        for label in sorted(set(TABLE[RESPONSES[estimator]])):
            model = fitted(estimator, **{option: label})
            table = model.predict_proba(X, interval="confidence")
            k = len(model.classes_)
            assert table.response.tolist() == model.classes_.tolist() * 12
            assert table.row.tolist() == np.repeat(np.arange(12), k).tolist()
            np.testing.assert_allclose(table.estimate, model.predict_proba(X).ravel(), rtol=1e-11)
            assert (table.conf_low > 0).all() and (table.conf_high < 1).all()

    def test_refusals(self):
        model, X = fitted(lk.LinearRegression), TABLE[["x", "t"]]
        with pytest.raises(ValueError, match="interval must be None or 'confidence'"):
            model.predict(X, interval="credible")
        with pytest.raises(ValueError, match="interval must be None or 'confidence', got"):
            fitted(lk.SoftmaxRegression).predict_proba(X, interval="prediction")
        with pytest.raises(ValueError, match="for a linear regression"):
            fitted(lk.PoissonRegression).predict(X, interval="prediction")


class TestFormulas:
    def test_weights_and_offset_are_no_predictors_of_a_dot(self):
        data = TABLE[["y", "x", "w", "t"]]
        model = lk.PoissonRegression.from_formula("y ~ .", data, weights="w", offset="t")
        assert model.feature_names_in_.tolist() == ["x"]
        by_hand = lk.PoissonRegression().fit(data[["x"]], data.y, data.w, data.t)
        np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-12)
        written = lk.LinearRegression.from_formula("y ~ . + w", data, weights="w")
        assert set(written.feature_names_in_) == {"x", "w", "t"}

    def test_missing_rows_are_counted(self):
        data = TABLE.astype({"w": float})
        data.loc[0, "w"], data.loc[1, "t"], data.loc[2, "x"] = np.nan, np.nan, np.nan
        model = lk.LinearRegression.from_formula("y ~ x", data, weights="w", offset="t")
        facts = model.result_.facts
        assert facts.n_dropped == 3 and facts.n_used == 8
        by_hand = lk.LinearRegression().fit(data[["x"]][3:], data.y[3:], data.w[3:], data.t[3:])
        np.testing.assert_allclose(model.coef_, by_hand.coef_, rtol=1e-12)
        assert any("missing weights" in note for note in model.verdict.notes)
        assert any("of weight 0" in note for note in model.verdict.notes)
        with pytest.raises(lk.DataError, match="weights is missing at row 0"):
            lk.LinearRegression.from_formula("y ~ x", data, weights="w", missing="fail")
        with pytest.raises(lk.DataError, match="Rows are counted without the 2 left out"):
            bad = data.assign(y=[np.inf, *([1.0] * 10), np.inf])
            lk.LinearRegression.from_formula("log(0 * y) ~ x", bad, weights="w")

    def test_levels_only_in_rows_of_weight_zero_are_not_there(self):
        data = TABLE.assign(g=["z" if w == 0 else g for w, g in zip(TABLE.w, TABLE.g, strict=True)])
        model = lk.LinearRegression.from_formula("y ~ g", data, weights="w")
        absent = lk.LinearRegression.from_formula("y ~ g", data[data.w > 0], weights="w")
        assert np.array_equal(model.coef_, absent.coef_)

    def test_the_formula_decides_on_the_intercept(self):
        model = lk.LinearRegression.from_formula("y ~ 0 + x", TABLE)
        assert model.fit_intercept is False and model.intercept_ == 0.0
        with pytest.raises(ValueError, match="has an intercept, and the formula decides"):
            lk.LinearRegression.from_formula("y ~ x", TABLE, fit_intercept=False)
        with pytest.raises(ValueError, match="has no intercept"):
            lk.LinearRegression.from_formula("y ~ 0 + x", TABLE, fit_intercept=True)

    def test_references_and_order_of_classes(self):
        model = lk.LinearRegression.from_formula("y ~ g", TABLE, references={"g": "b"})
        assert model.feature_names_in_.tolist() == ["g[T.a]", "g[T.c]"]
        ordered = TABLE.assign(k=pd.Categorical(TABLE.k, ["w", "u", "v"], ordered=True))
        assert lk.SoftmaxRegression.from_formula("k ~ x", ordered).classes_.tolist() == [*"wuv"]

    def test_weights_and_offsets_may_be_arrays(self):
        shift = np.column_stack([TABLE.t, TABLE.x / 10, TABLE.y / 10])
        data = TABLE.assign(o1=shift[:, 0], o2=shift[:, 1], o3=shift[:, 2])
        one = lk.SoftmaxRegression.from_formula("k ~ x", data, weights=TABLE.w, offset=shift)
        columns = ["o1", "o2", "o3"]
        other = lk.SoftmaxRegression.from_formula("k ~ x", data, weights="w", offset=columns)
        assert np.array_equal(one.coef_, other.coef_)
        assert np.array_equal(
            one.predict_proba(data, offset=shift), other.predict_proba(data, offset=columns)
        )
        assert np.array_equal(
            other.predict_proba(data.to_dict("list"), offset=columns),
            other.predict_proba(data, offset=columns),
        )

    def test_new_rows_come_as_tables(self):
        model = lk.LinearRegression.from_formula("y ~ x + g", TABLE)
        with pytest.raises(lk.DataError, match="fitted by the formula 'y ~ x [+] g', so it needs"):
            model.predict([[1.0, 0.0, 0.0]])
        with pytest.raises(lk.DataError, match="level 'z' at row 0"):
            model.predict({"x": [1.0], "g": ["z"]})
        with pytest.raises(lk.DataError, match="no column 'g'"):
            model.predict({"x": [1.0]})
        shifted = lk.PoissonRegression.from_formula("y ~ x", TABLE, offset="t")
        with pytest.raises(lk.DataError, match="offset is missing at row 1"):
            shifted.predict({"x": [1.0, 2.0], "t": [0.0, None]}, offset="t")

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"weights": "q"}, "no column 'q'"),
            ({"weights": "g"}, "weights must hold numbers, but column 'g' holds text"),
            ({"weights": [1.0]}, "weights must have one entry per row, 12, got 1"),
            ({"weights": [-1.0] * 12}, "weights must not be negative, got -1.0 at row 0"),
            ({"weights": [0.0] * 12}, "weights are all zero"),
            ({"offset": [np.inf] * 12}, "offset must be finite, got inf at row 0"),
            ({"offset": [np.nan] * 12}, "no row with a weight and an offset"),
            ({"offset": ["t", "x"]}, r"offset must have shape \(12,\), got \(12, 2\)"),
            ({"weights": TABLE.w[::-1]}, "data and weights have different indexes"),
        ],
    )
    def test_refusals(self, options, message):
        with pytest.raises(lk.DataError, match=message):
            lk.LinearRegression.from_formula("y ~ x", TABLE, **options)

    def test_more_refusals(self):
        with pytest.raises(ValueError, match="missing must be 'drop' or 'fail', got 'keep'"):
            lk.LinearRegression.from_formula("y ~ x", TABLE, missing="keep")
        with pytest.raises(lk.DataError, match="data has no rows"):
            lk.LinearRegression.from_formula("y ~ x", TABLE[:0])
        with pytest.raises(lk.FormulaError):
            lk.LinearRegression.from_formula("y ~ x.to_csv()", TABLE)
        infinite = TABLE.assign(t=np.inf)
        with pytest.raises(lk.DataError, match="offset must be finite"):
            table_rows("y ~ x", infinite, weights=None, offset="t", missing="drop", references=None)


class TestClasses:
    def test_declared_order_and_a_class_that_never_occurs(self):
        model = fitted(lk.SoftmaxRegression, classes=["w", "v", "u"])
        assert model.classes_.tolist() == ["w", "v", "u"]
        with pytest.warns(lk.SeparationWarning):
            wide = lk.LogisticRegression(classes=["no", "yes"]).fit([[0.0], [1.0]], ["no", "no"])
        assert wide.predict_proba([[0.5]]).tolist() == [[1.0, 0.0]]

    def test_a_class_only_in_rows_of_weight_zero_is_none(self):
        y, w = TABLE.k.replace("w", "z"), np.where(TABLE.k == "w", 0, 1)
        model = lk.SoftmaxRegression().fit(TABLE[["x", "t"]], y, w)
        assert model.classes_.tolist() == ["u", "v"]
        assert any("'z'" in note for note in model.verdict.notes)
        with pytest.raises(lk.DataError, match="one class only in the rows with weight, 'u'"):
            lk.SoftmaxRegression().fit(TABLE[["x"]], y, np.where(y == "u", 1, 0))

    def test_types_of_labels_are_kept(self):
        for labels in ([False, True], [1, 2], [0.0, 5.0], ["a", "b"]):
            y = [labels[c == "yes"] for c in TABLE.c]
            model = lk.LogisticRegression().fit(TABLE[["x", "t"]], y)
            assert model.classes_.tolist() == labels
            assert type(model.predict(TABLE[["x", "t"]]).tolist()[0]) is type(labels[0])

    @pytest.mark.parametrize(
        ("estimator", "y", "message"),
        [
            (lk.LogisticRegression, list("abc"), "Only binary classification is supported. y has "
             "3 classes .*use SoftmaxRegression"),
            (lk.LogisticRegression, list("aaa"), "one class only, 'a'"),
            (lk.LogisticRegression, [0.2, 0.7, 1.0], "Unknown label type: continuous"),
            (lk.SoftmaxRegression, ["a", None, "b"], "y is missing at row 1"),
            (lk.SoftmaxRegression, ["a", 1, True], "y mixes types"),
            (lk.PoissonRegression, [1, -1, 2], "y must be at least 0, got -1.0 at row 1"),
            (lk.PoissonRegression, ["a", "b", "c"], "y must hold real numbers, got 'a' at row 0"),
            (lk.LinearRegression, [1.0, np.nan, 2.0], "y must be finite, got nan at row 1"),
            (lk.LinearRegression, [1.0, 2.0], "X has 3 rows and y has 2"),
            (lk.LinearRegression, [1j, 2j, 3j], "y must hold real numbers"),
        ],
    )  # fmt: skip
    def test_refused_responses(self, estimator, y, message):
        with pytest.raises(lk.DataError, match=message):
            estimator().fit([[1.0], [2.0], [4.0]], y)

    def test_rows_that_do_not_belong_together(self):
        X, y = TABLE[["x"]], TABLE.y
        with pytest.raises(lk.DataError, match="X and y have different indexes"):
            lk.LinearRegression().fit(X, y.sample(frac=1.0, random_state=0))
        with pytest.raises(lk.DataError, match="y and sample_weight have different indexes"):
            lk.LinearRegression().fit(X, y, TABLE.w[::-1])
        with pytest.raises(ValueError, match="requires y to be passed"):
            lk.LinearRegression().fit(X, None)

    def test_counts_that_are_none_are_told(self):
        model = lk.PoissonRegression().fit([[1.0], [2.0], [3.0]], [1.5, 2.0, 4.0])
        assert sum("quasi-likelihood" in note for note in model.verdict.notes) == 1
        model = lk.PoissonRegression().fit([[1.0], [2.0], [3.0]], [1, 2, 4], [0.5, 1.0, 1.0])
        assert any("not whole numbers" in note for note in model.verdict.notes)


class TestOptions:
    @pytest.mark.parametrize("estimator", ESTIMATORS)
    @pytest.mark.parametrize(
        ("options", "error", "message"),
        [
            ({"ridge": -1.0}, ValueError, "ridge must be finite and not negative, got -1.0"),
            ({"ridge": np.inf}, ValueError, "ridge must be finite"),
            ({"ridge": "1"}, TypeError, "ridge must be a number"),
            ({"fit_intercept": "no"}, TypeError, "fit_intercept must be True or False, got 'no'"),
            ({"n_jobs": 0}, ValueError, "n_jobs must not be 0"),
            ({"n_jobs": 1.5}, TypeError, "n_jobs must be None or a whole number, got 1.5"),
            ({"tolerance": 0.0}, ValueError, "tolerance must be a positive number"),
            ({"max_iter": 0}, ValueError, "max_iter must be a positive whole number, got 0"),
            ({"method": "guess"}, ValueError, "guess"),
        ],
    )
    def test_wrong_ones_are_told_at_fit(self, estimator, options, error, message):
        model = estimator(**options)
        with pytest.raises(error, match=message):
            model.fit(TABLE[["x", "t"]], TABLE[RESPONSES[estimator]])

    def test_those_of_some_estimators(self):
        X = TABLE[["x", "t"]]
        with pytest.raises(ValueError, match="separation must be 'report' or 'raise', got 'ask'"):
            lk.LogisticRegression(separation="ask").fit(X, TABLE.c)
        with pytest.raises(lk.DataError, match="event is 'maybe', which is not a class of y"):
            lk.LogisticRegression(event="maybe").fit(X, TABLE.c)
        with pytest.raises(lk.DataError, match="reference is 'z', which is not a class of y"):
            lk.SoftmaxRegression(reference="z").fit(X, TABLE.k)
        with pytest.raises(TypeError):
            lk.LinearRegression(separation="report")

    @pytest.mark.parametrize("estimator", ESTIMATORS)
    def test_any_method_ends_at_the_maximum(self, estimator):
        usual, other = fitted(estimator), fitted(estimator, method="BFGS")
        np.testing.assert_allclose(other.coef_, usual.coef_, rtol=1e-10)


def test_without_scikit_learn_the_error_before_a_fit_is_our_own(monkeypatch):
    monkeypatch.delitem(sys.modules, "sklearn.exceptions", raising=False)
    with pytest.raises(NotFittedError, match="PoissonRegression instance is not fitted yet"):
        lk.PoissonRegression().predict([[1.0]])
    assert not hasattr(lk.PoissonRegression(), "verdict")


class TestOffsets:
    def test_shapes(self):
        X, y = TABLE[["x", "t"]], TABLE.k
        with pytest.raises(lk.DataError, match=r"offset must have shape \(12, 3\), a column for"):
            lk.SoftmaxRegression().fit(X, y, offset=TABLE.t)
        with pytest.raises(lk.DataError, match=r"offset must have shape \(12,\), got \(3,\)"):
            lk.PoissonRegression().fit(X, TABLE.y, offset=[1.0, 2.0, 3.0])
        with pytest.raises(lk.DataError, match="offset must be finite, got nan at row 0"):
            lk.PoissonRegression().fit(X, TABLE.y, offset=np.full(12, np.nan))
        column = lk.PoissonRegression().fit(X, TABLE.y, offset=TABLE[["t"]])
        usual = lk.PoissonRegression().fit(X, TABLE.y, offset=TABLE.t)
        assert np.array_equal(column.coef_, usual.coef_)

    def test_that_of_a_softmax_is_relative_to_the_reference(self):
        X, y = TABLE[["x", "t"]], TABLE.k
        shift = np.random.default_rng(1).normal(size=(12, 3))
        one = lk.SoftmaxRegression(reference="v").fit(X, y, offset=shift)
        other = lk.SoftmaxRegression(reference="u").fit(X, y, offset=shift - 5.0)
        np.testing.assert_allclose(
            one.predict_proba(X, offset=shift), other.predict_proba(X, offset=shift), rtol=1e-10
        )

    def test_that_of_a_logistic_regression_is_on_the_event(self):
        X, y, shift = TABLE[["x", "t"]], TABLE.c, TABLE.y.to_numpy() / 10
        one = lk.LogisticRegression().fit(X, y, offset=shift)
        other = lk.LogisticRegression(event="no").fit(X, y, offset=-shift)
        np.testing.assert_allclose(one.coef_, other.coef_, rtol=1e-10)
        np.testing.assert_allclose(
            one.decision_function(X, offset=shift), other.decision_function(X, offset=-shift),
            rtol=1e-10,
        )  # fmt: skip


class TestPresenting:
    def test_the_estimator_answers_as_its_result_does(self):
        model = fitted(lk.LogisticRegression)
        fit = model.result_
        assert model.verdict is fit.verdict
        for method in ("tidy", "glance", "confint", "covariance", "augment"):
            pd.testing.assert_frame_equal(getattr(model, method)(), getattr(fit, method)())
        pd.testing.assert_series_equal(model.test("x"), fit.test("x"))
        smaller = lk.LogisticRegression().fit(TABLE[["x"]], TABLE.c)
        pd.testing.assert_frame_equal(model.compare(smaller), fit.compare(smaller.result_))
        assert str(model.summary()) == str(fit.summary())

    def test_signatures_are_those_of_the_result(self):
        names = (
            "tidy", "glance", "augment", "confint", "test", "compare", "covariance", "summary",
            "crosscheck", "plot", "report", "save",
        )  # fmt: skip
        for name in names:
            ours = inspect.signature(getattr(Presenting, name)).parameters
            theirs = inspect.signature(getattr(lk.Fit, name)).parameters
            assert {n: p.default for n, p in ours.items()} == {
                n: p.default for n, p in theirs.items()
            }, name

    def test_html_is_escaped(self):
        model = lk.LogisticRegression(event="<script>alert(1)</script>")
        assert "<script>" not in model._repr_html_()
        y = TABLE.c.replace("yes", "<script>alert(1)</script>")
        model.fit(TABLE[["x", "t"]].rename(columns={"x": "<script>x"}), y)
        assert "<script>" not in model._repr_html_()


class TestTables:
    def test_polars(self):
        polars = pytest.importorskip("polars")
        # Column by column, since the whole frame would need pyarrow.
        table = polars.DataFrame({name: TABLE[name].tolist() for name in TABLE})
        for estimator in ESTIMATORS:
            name = RESPONSES[estimator]
            formula = f"{name} ~ x + t"
            ours = estimator.from_formula(formula, table, weights="w")
            usual = estimator.from_formula(formula, TABLE, weights="w")
            np.testing.assert_allclose(ours.coef_, usual.coef_, rtol=1e-12)
            assert np.array_equal(ours.predict(table), usual.predict(TABLE))
            direct = estimator().fit(table[["x", "t"]], table[name])
            assert direct.feature_names_in_.tolist() == ["x", "t"]
            assert np.array_equal(
                direct.predict(table[["x", "t"]]), fitted(estimator).predict(TABLE[["x", "t"]])
            )


def test_a_regression_without_its_family_cannot_be_made():
    from likelihood.regression.classification import Classifier
    from likelihood.regression.numeric import NumericRegression

    for unfinished in (Classifier, NumericRegression):
        with pytest.raises(TypeError, match="abstract"):
            unfinished()
