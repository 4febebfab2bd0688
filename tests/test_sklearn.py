"""The estimators inside scikit-learn: its own checks, its tools, its conventions."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import VotingClassifier
from sklearn.exceptions import NotFittedError, SkipTestWarning
from sklearn.feature_selection import RFE
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, cross_val_score, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import (
    check_dataframe_column_names_consistency,
    check_estimator,
)

import likelihood as lk

ESTIMATORS = (
    lk.LinearRegression, lk.LogisticRegression, lk.SoftmaxRegression, lk.PoissonRegression,
)  # fmt: skip
CLASSIFIERS = (lk.LogisticRegression, lk.SoftmaxRegression)


def data(estimator, n=60):
    """Columns and a response that suits the estimator; overlapping classes."""
    rng = np.random.default_rng(3)
    X = rng.normal(size=(n, 3))
    y = np.round(np.exp(0.3 * X[:, 0]) * rng.gamma(2.0, 1.0, n))
    if estimator is lk.LogisticRegression:
        return X, np.where(y > 1, "some", "few")
    return X, np.minimum(y, 2.0) if estimator is lk.SoftmaxRegression else y


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_every_check_of_scikit_learn(estimator):
    with warnings.catch_warnings():
        # A third of the checks fit separated data, and their verdict is announced.
        warnings.simplefilter("ignore", lk.FitWarning)
        warnings.simplefilter("ignore", SkipTestWarning)
        warnings.filterwarnings("ignore", message="Estimator .* does not inherit from")
        results = check_estimator(estimator(), on_fail=None, on_skip=None)
    failed = [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"]
    assert not failed
    skipped = {r["check_name"] for r in results if r["status"] == "skipped"}
    assert skipped <= {"check_array_api_input"}
    assert len(results) > 55


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_column_names_are_checked_as_scikit_learn_does(estimator):
    # Its own suite runs this check, check_estimator does not.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        check_dataframe_column_names_consistency(estimator.__name__, estimator())


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_names_are_kept_only_where_they_were_given(estimator):
    X, y = data(estimator)
    model = estimator().fit(pd.DataFrame(X, columns=list("abc")), y)
    assert model.feature_names_in_.tolist() == ["a", "b", "c"]
    model.fit(X, y)
    assert not hasattr(model, "feature_names_in_")
    assert model.n_features_in_ == 3


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_clone_copies_the_options_and_forgets_the_fit(estimator):
    X, y = data(estimator)
    model = estimator(ridge=0.5, fit_intercept=False).fit(X, y)
    other = clone(model)
    assert other.get_params() == model.get_params()
    assert not hasattr(other, "result_")


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_pickle_keeps_predictions_and_drops_rows(estimator):
    X, y = data(estimator)
    model = estimator().fit(X, y)
    other = pickle.loads(pickle.dumps(model))
    assert np.array_equal(other.predict(X), model.predict(X))
    assert other.result_.rows is None
    pd.testing.assert_frame_equal(other.tidy(), model.tidy())


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_pipeline_grid_search_and_cross_validation(estimator):
    X, y = data(estimator)
    frame = pd.DataFrame(X, columns=list("abc"))
    pipeline = make_pipeline(StandardScaler(), estimator()).set_output(transform="pandas")
    assert pipeline.fit(frame, y)[-1].feature_names_in_.tolist() == ["a", "b", "c"]
    assert "Regression" in pipeline._repr_html_()
    step = estimator.__name__.lower()
    search = GridSearchCV(pipeline, {f"{step}__ridge": [0.1, 10.0]}, cv=3).fit(frame, y)
    assert search.best_params_[f"{step}__ridge"] in (0.1, 10.0)
    scores = cross_val_score(estimator(ridge=0.1), X, y, cv=3)
    assert scores.shape == (3,) and np.isfinite(scores).all()


@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_weights_equal_repetitions_where_scikit_learn_asks_for_it(estimator):
    # More columns than rows: the classes are separated, in every direction there is.
    rng = np.random.default_rng(7)
    X, weights = rng.uniform(size=(15, 30)), rng.integers(0, 5, size=15)
    y = rng.integers(0, 3, size=15)
    y = (y > 0).astype(int) if estimator is lk.LogisticRegression else y
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        weighted = estimator().fit(X, y, sample_weight=weights)
        repeated = estimator().fit(X.repeat(weights, axis=0), y.repeat(weights))
    for method in ("predict", "predict_proba", "decision_function"):
        if hasattr(weighted, method):
            ours, theirs = getattr(weighted, method)(X), getattr(repeated, method)(X)
            np.testing.assert_allclose(ours, theirs, rtol=1e-7, atol=1e-12)


def test_kinds():
    assert all(is_classifier(e()) for e in CLASSIFIERS)
    assert is_regressor(lk.LinearRegression()) and is_regressor(lk.PoissonRegression())
    assert not lk.LogisticRegression().__sklearn_tags__().classifier_tags.multi_class
    assert lk.PoissonRegression().__sklearn_tags__().target_tags.positive_only
    assert lk.SoftmaxRegression().__sklearn_tags__().input_tags.sparse


def test_unfitted_is_scikit_learns_own_error():
    with pytest.raises(NotFittedError, match="LinearRegression instance is not fitted yet"):
        lk.LinearRegression().predict([[1.0]])
    with pytest.raises(NotFittedError):
        lk.SoftmaxRegression().tidy()


def test_tools_that_look_at_coefficients_and_classes():
    X, y = data(lk.SoftmaxRegression, 120)
    chosen = RFE(lk.SoftmaxRegression(), n_features_to_select=1).fit(X, y)
    assert chosen.support_.sum() == 1
    calibrated = CalibratedClassifierCV(lk.SoftmaxRegression(), cv=3).fit(X, y)
    assert calibrated.predict_proba(X).shape == (120, 3)
    voting = VotingClassifier([("a", lk.SoftmaxRegression()), ("b", lk.SoftmaxRegression(ridge=1))])
    assert voting.fit(X, y).score(X, y) > 0.3
    found = permutation_importance(lk.SoftmaxRegression().fit(X, y), X, y, n_repeats=2)
    assert found.importances_mean.shape == (3,)


@pytest.mark.parametrize("event", ["few", "some"])
def test_the_area_under_the_curve_does_not_depend_on_the_event(event):
    # scikit-learn takes a positive decision for classes_[1], whatever event is modelled.
    X, y = data(lk.LogisticRegression)
    scores = cross_val_score(lk.LogisticRegression(event=event), X, y, scoring="roc_auc", cv=3)
    usual = cross_val_score(lk.LogisticRegression(), X, y, scoring="roc_auc", cv=3)
    np.testing.assert_allclose(scores, usual, rtol=1e-12)


def test_metadata_routing():
    X, y = data(lk.PoissonRegression)
    offset, weights = np.linspace(-0.5, 0.5, len(y)), np.arange(len(y)) % 3 + 1.0
    with sklearn.config_context(enable_metadata_routing=True):
        model = (
            lk.PoissonRegression()
            .set_fit_request(sample_weight=True, offset=True)
            .set_score_request(sample_weight=True, offset=True)
            .set_predict_request(offset=True)
        )
        found = cross_validate(
            model, X, y, params={"sample_weight": weights, "offset": offset}, cv=2,
            return_estimator=True, return_indices=True,
        )  # fmt: skip
        pipeline = make_pipeline(StandardScaler().set_fit_request(sample_weight=False), model)
        pipeline.fit(X, y, sample_weight=weights, offset=offset)
        routed = pipeline.predict(X, offset=offset)
        with pytest.raises(TypeError, match="takes 'offset'"):
            model.set_predict_request(sample_weight=True)
        logistic = lk.LogisticRegression().set_predict_proba_request(offset=True)
        logistic.set_predict_log_proba_request(offset=True)
        logistic.set_decision_function_request(offset=True)
        assert logistic.get_metadata_routing().predict_proba.requests == {"offset": True}
    train = found["indices"]["train"][0]
    by_hand = lk.PoissonRegression().fit(X[train], y[train], weights[train], offset[train])
    assert np.array_equal(found["estimator"][0].coef_, by_hand.coef_)
    Z = StandardScaler().fit_transform(X)
    direct = lk.PoissonRegression().fit(Z, y, weights, offset).predict(Z, offset=offset)
    np.testing.assert_allclose(routed, direct, rtol=1e-12)
    with pytest.raises(RuntimeError, match="enable_metadata_routing"):
        lk.PoissonRegression().set_fit_request(offset=True)


def test_set_params_and_repr():
    model = lk.LogisticRegression(ridge=2.0)
    assert repr(model) == "LogisticRegression(ridge=2.0)"
    assert repr(model.set_params(event="b", ridge=0.0)) == "LogisticRegression(event='b')"
    with pytest.raises(ValueError, match="Invalid parameter 'C'"):
        model.set_params(ridge=3.0, C=1.0)
    assert model.ridge == 0.0
    with pytest.raises(TypeError, match="unexpected keyword argument 'C'"):
        lk.LogisticRegression(C=1.0)
    with pytest.raises(TypeError, match="positional"):
        lk.LogisticRegression(True)
    assert repr(lk.SoftmaxRegression(classes=np.array([1, 2]))).startswith("SoftmaxRegression(cl")
