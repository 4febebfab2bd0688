"""Regressions against independent computations: cases in which an error was found once."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import stats

import likelihood as lk

pytestmark = pytest.mark.filterwarnings("ignore::likelihood.FitWarning")

Floats = NDArray[np.float64]


@pytest.mark.parametrize("reference", [0, 1])
def test_softmax_of_two_classes_of_which_one_never_occurs(reference: int) -> None:
    fit = lk.SoftmaxRegression(classes=[0, 1], reference=reference).fit([[1.0], [2.0]], [0, 0])
    assert fit.verdict.status is lk.Status.SEPARATED
    assert "reference class" in fit.verdict.explanation
    assert fit.predict_proba([[1.5]]).tolist() == [[1.0, 0.0]]


class TestHeldConstantOfAFace:
    """A column that is constant over the rows of the limiting model, and held at zero there."""

    X = np.array([[0.0, 1.0], [1.0, 1.0], [0.0, 1.0]])

    @pytest.mark.parametrize("offset", [0.0, 2.0, -1.0])
    def test_the_rest_is_fitted(self, offset: float) -> None:
        shift = np.full(3, offset)
        fit = lk.PoissonRegression(fit_intercept=False).fit(self.X, [0, 1, 0], offset=shift)
        assert fit.result_.log_likelihood == pytest.approx(-1.0, rel=1e-12, abs=0)
        assert fit.predict(self.X, offset=shift) == pytest.approx([0.0, 1.0, 0.0], abs=1e-12)

    def test_with_a_slope_left(self) -> None:
        # Rows with x0 = 1 are the face; there the model is b1 + b2 x2 beside what is held.
        x2 = np.array([0.0, 1.0, 2.0, 5.0])
        X = np.column_stack([[1.0, 1.0, 1.0, 0.0], np.ones(4), x2])
        y, shift = np.array([1.0, 3.0, 4.0, 0.0]), np.array([0.3, -0.2, 0.5, 0.0])
        fit = lk.PoissonRegression(fit_intercept=False).fit(X, y, offset=shift)
        alone = lk.PoissonRegression().fit(x2[:3, None], y[:3], offset=shift[:3])
        assert fit.verdict.status is lk.Status.SEPARATED
        assert fit.result_.log_likelihood == pytest.approx(alone.result_.log_likelihood, rel=1e-12)
        ours, theirs = fit.tidy().iloc[2], alone.tidy().iloc[1]
        for name in ("estimate", "std_error", "conf_low"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-10, abs=0)

    def test_with_the_constant_column_last(self) -> None:
        """It comes first in working coordinates, and what is held is in the order of the terms."""
        x1 = np.array([0.0, 1.0, 2.0, 3.0, 1.0, 5.0])
        X = np.column_stack([[0.0, 0.0, 0.0, 0.0, 1.0, 1.0], x1, np.ones(6)])
        y = np.array([1.0, 3.0, 2.0, 6.0, 0.0, 0.0])
        fit = lk.PoissonRegression(fit_intercept=False).fit(X, y)
        alone = lk.PoissonRegression().fit(x1[:4, None], y[:4])
        ours = fit.confint(method="profile").iloc[[2, 1], 1:].to_numpy(dtype=float)
        theirs = alone.confint(method="profile").iloc[:, 1:].to_numpy(dtype=float)
        assert ours == pytest.approx(theirs, rel=1e-8, abs=0)
        for kind in ("lr", "wald", "score"):
            tested = fit.test("x1", kind).statistic
            assert tested == pytest.approx(alone.test("x0", kind).statistic, rel=1e-8, abs=0)


@pytest.mark.parametrize("reference", [0, 1, 2])
class TestTiesOfTheCanonicalDirection:
    """Classes that the widest direction ties at a new row are tied, not told apart by rounding."""

    def test_complete(self, reference: int) -> None:
        X, y = [[1.0, 5.0], [1.0, 0.0], [3.0, 0.0]], [0, 0, 2]
        fit = lk.SoftmaxRegression(classes=[0, 1, 2], reference=reference).fit(X, y)
        # Half-way between x0 = 1 and 3.
        assert fit.predict_proba([[2.0, 5.0]]) == pytest.approx(np.array([[0.5, 0.0, 0.5]]))

    def test_quasi(self, reference: int) -> None:
        X, y = [[1.0], [1.0], [3.0]], [1, 2, 0]
        fit = lk.SoftmaxRegression(reference=reference).fit(X, y)
        found = fit.predict_proba([[0.0], [-7.0]])
        assert found == pytest.approx(np.array([[0.0, 0.5, 0.5], [0.0, 0.5, 0.5]]))

    def test_coordinates_of_longer_fractions(self, reference: int) -> None:
        X = [[1, 1], [1, 0], [-1, 0], [-1, 1], [1, -1], [-1, -1], [1, -1]]
        y = [0, 0, 1, 2, 1, 1, 0]
        fit = lk.SoftmaxRegression(reference=reference).fit(X, y)
        found = fit.predict_proba([[0.0, 0.0], [0.0, 1.0]])
        assert found[0, 2] == 0.0
        assert (found[0, :2] > 0).all()
        assert found[1, 1] == 0.0
        assert (found[1, [0, 2]] > 0).all()


class TestRestrictionsOfInfiniteCoefficients:
    """Two rows of one class, the others never seen; at x = 0 an intercept is alone."""

    OFFSET = np.array([[1.0, 2.0, 1.0, -2.0], [2.0, -2.0, 1.0, -1.0]])

    def fit(self) -> lk.SoftmaxRegression:
        model = lk.SoftmaxRegression(classes=[0, 1, 2, 3])
        return model.fit([[2.0], [0.0]], [0, 0], sample_weight=[2, 2], offset=self.OFFSET)

    @pytest.mark.parametrize("label", [1, 2, 3])
    def test_bounds_and_tests_are_those_of_the_row(self, label: int) -> None:
        fit, shift = self.fit(), self.OFFSET[1, label] - self.OFFSET[1, 0]
        # All else goes to infinity, where steps without curvature would lose the restriction.
        for value in (-1.0, 2.0, 5.0, 6.5):
            fall = fit.test({f"intercept[{label}]": value}).statistic
            expected = 4.0 * np.log1p(np.exp(value + shift))
            assert fall == pytest.approx(expected, rel=1e-9, abs=0)
        ends = fit.confint(method="profile")
        end = ends[(ends["response"] == label) & (ends["term"] == "intercept")]
        bound = np.log(np.expm1(stats.chi2(1).ppf(0.95) / 4.0)) - shift
        assert end["conf_high"].item() == pytest.approx(bound, rel=1e-8, abs=0)


class TestAreaUnderTheCurve:
    @pytest.mark.parametrize("scale", [1.0, 0.1, 0.3, 1.7])
    def test_rows_predicted_alike_are_ties(self, scale: float) -> None:
        # The slope is zero but for rounding, so that no pair is ranked.
        X = np.array([[1.0], [2.0], [6.0], [9.0]]) * scale
        fit = lk.LogisticRegression(fit_intercept=False).fit(X, [1, 1, 1, 0])
        assert abs(fit.coef_[0, 0]) < 1e-14
        assert fit.glance()["auc"].item() == 0.5

    def test_against_mann_and_whitney_with_infinite_scores(self) -> None:
        from likelihood.inference.scores import auc

        score = np.array([-np.inf, -np.inf, 0.0, 1.0, 1.0, np.inf, np.inf, 3.0, -np.inf])
        event = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.0])
        wins = score[event == 1][:, None] > score[event == 0]
        ties = score[event == 1][:, None] == score[event == 0]
        expected = float((wins + 0.5 * ties).mean())
        assert auc(score, event, np.ones(9)) == pytest.approx(expected, rel=1e-14, abs=0)


class TestConstantColumnInPlaceOfTheIntercept:
    X = np.column_stack([np.full(8, 2.0), [0.0, 1, 2, 3, 1, 0, 2, 1]])
    y = np.array([1.0, 2.0, 2.5, 4.0, 1.5, 1.0, 3.5, 2.0])

    @pytest.mark.parametrize("kind", ["lr", "wald", "score"])
    def test_every_test_of_no_column_leaves_it_out(self, kind: str) -> None:
        with_intercept = lk.PoissonRegression().fit(self.X[:, 1:], self.y.round())
        without = lk.PoissonRegression(fit_intercept=False).fit(self.X, self.y.round())
        ours, theirs = without.test(kind=kind), with_intercept.test(kind=kind)
        assert ours["df"] == theirs["df"] == 1
        assert ours["statistic"] == pytest.approx(theirs["statistic"], rel=1e-9, abs=0)

    @pytest.mark.parametrize("kind", ["lr", "wald", "score"])
    def test_a_model_without_slopes_says_so(self, kind: str) -> None:
        fit = lk.PoissonRegression(fit_intercept=False).fit(self.X[:, :1], self.y.round())
        with pytest.raises(ValueError, match="no slopes to test"):
            fit.test(kind=kind)

    def test_a_ridge_does_not_change_the_null_model(self) -> None:
        plain, shrunken = (
            lk.LinearRegression(fit_intercept=False, ridge=ridge).fit(self.X, self.y).glance()
            for ridge in (0.0, 1e-9)
        )
        for name in ("null_log_likelihood", "null_deviance", "r2"):
            assert shrunken[name].item() == pytest.approx(plain[name].item(), rel=1e-9, abs=0)


def test_a_ridge_leaves_no_spread_to_what_it_alone_determines() -> None:
    # The second column is constant beside an intercept: its estimate is 0, without error.
    X = np.column_stack([[0.3, 1.1, 2.7, 3.2, 4.9, 1.7], np.full(6, 2.0)])
    fit = lk.SoftmaxRegression(ridge=0.5).fit(X, [0, 1, 2, 0, 1, 1])
    table = fit.tidy()
    alone = table[table["term"] == "x1"]
    assert (alone["std_error"] < 1e-14).all()


@pytest.mark.parametrize("seed", range(6))
def test_likelihood_ratio_of_a_declared_but_absent_class(seed: int) -> None:
    """Where a class never occurs the others are fitted as if it did not exist."""
    generator = np.random.default_rng(seed)
    X, y = generator.integers(-2, 3, (14, 2)).astype(float), generator.integers(0, 2, 14)
    found = lk.SoftmaxRegression(classes=[0, 1, 2]).fit(X, y).result_
    alone = lk.SoftmaxRegression(classes=[0, 1]).fit(X, y).result_
    assert found.log_likelihood == pytest.approx(alone.log_likelihood, rel=1e-10, abs=1e-12)
    if alone.verdict.status is lk.Status.OPTIMUM:
        table = found.tidy()
        present = table[table["response"] == 1]
        assert present["estimate"].to_numpy() == pytest.approx(
            alone.tidy()["estimate"].to_numpy(), rel=1e-9, abs=1e-12
        )
        # A finite coefficient's profile ends where its own likelihood ratio is the quantile.
        ends = found.confint(method="profile")
        end = float(ends[ends["response"] == 1]["conf_high"].iloc[1])
        fall = found.test({"x0[1]": end}).statistic
        assert fall == pytest.approx(stats.chi2(1).ppf(0.95), rel=1e-7, abs=0)
