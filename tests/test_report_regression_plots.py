"""Figures of regressions: which there are, that nothing in them collides, what they show."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import likelihood as lk
from likelihood.inference.proportions import wilson
from likelihood.report.plots import caption, kinds, plot, png, svg
from likelihood.report.plots.calibration import calibration, losses
from likelihood.report.plots.discrimination import thresholds
from likelihood.report.plots.forest import MOST, lines_of
from likelihood.report.plots.profile import profile
from likelihood.report.plots.residuals import residuals, standardised
from likelihood.report.regression.view import RegressionView
from tests.test_report_plots import refuse_collisions

RNG = np.random.default_rng(20261121)


def quietly(estimator, *arguments, **options):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", lk.FitWarning)
        return estimator(*arguments, **options).result_


def from_formula(kind, formula, name, **options):
    return quietly(getattr(lk, kind).from_formula, formula, lk.datasets.load(name), **options)


def hostile_columns():
    names = ["$x_$", "<script>alert(1)</script>", "x" * 300, "new\nline", "\x1b[31mred", "alias"]
    X = pd.DataFrame(RNG.normal(size=(120, 6)), columns=names)
    X["alias"] = X["$x_$"] + X["new\nline"]
    return X.assign(sep=np.r_[np.zeros(100), np.ones(20)])


def hostile():
    X = hostile_columns()
    y = np.where(
        X["$x_$"] + RNG.normal(size=120) + 99 * X["sep"] > 0, "<b>$y$\x1b</b>", "no\n" * 20
    )
    name = "<i>$resp_onse$\x07" + "r" * 300
    return quietly(lk.LogisticRegression().fit, X, pd.Series(y, name=name))


def hostile_classes():
    X = hostile_columns().drop(columns="sep")
    classes = np.array(["<b>a|b</b>" * 9, "$y$\x1b[31m", "new\nline" + "y" * 300], dtype=object)
    y = pd.Series(classes[RNG.integers(0, 3, 120)], name="<i>$resp_onse$\x07" + "r" * 300)
    return quietly(lk.SoftmaxRegression().fit, X, y)


def wide():
    """One coefficient is known a thousand times worse than the others."""
    X = RNG.normal(size=(300, 4)) * [1.0, 1.0, 1.0, 1e-3]
    y = (X[:, 0] + RNG.normal(size=300) > 0).astype(int)
    return quietly(lk.LogisticRegression().fit, X, y)


X60 = pd.DataFrame(
    RNG.normal(size=(500, 60)), columns=[f"measurement {j} of a long series" for j in range(60)]
)  # fmt: skip
FITS = {
    "nodal": from_formula(
        "LogisticRegression", "involved ~ aged + stage + grade + xray + acid", "nodal"
    ),
    "ucb": from_formula(
        "LogisticRegression", "admitted ~ gender + department", "ucb_admissions", weights="count"
    ),
    "penguins": from_formula(
        "SoftmaxRegression", "island ~ body_mass_g + bill_depth_mm + sex", "penguins"
    ),
    "iris": from_formula("SoftmaxRegression", "species ~ sepal_length + petal_length", "iris"),
    "longley": from_formula(
        "LinearRegression", "employed ~ gnp_deflator + gnp + unemployed + year", "longley"
    ),
    "body mass": from_formula(
        "LinearRegression", "body_mass_g ~ flipper_length_mm + species + sex", "penguins"
    ),
    "esoph": from_formula("PoissonRegression", "cases ~ age_group + alcohol_group", "esoph"),
    "hostile": hostile(),
    "hostile classes": hostile_classes(),
    "wide": wide(),
    "sixty": quietly(lk.PoissonRegression().fit, X60, RNG.poisson(2.0, 500)),
    "one term": quietly(lk.LogisticRegression().fit, RNG.normal(size=(50, 1)), [0, 1] * 25),
    "no slope": quietly(
        lk.LinearRegression.from_formula, "y ~ 1", {"y": [1.0, 2.0, 4.0]}
    ),
    "many rows": quietly(
        lk.LinearRegression().fit, RNG.normal(size=(4000, 1)), RNG.normal(size=4000)
    ),
    "ridge": quietly(
        lk.LogisticRegression(ridge=1.0).fit, RNG.normal(size=(50, 2)), [0, 1] * 25
    ),
}  # fmt: skip


def drawable(name):
    unprofiled = {"ridge"}
    return [kind for kind in kinds(FITS[name]) if kind != "profile" or name not in unprofiled]


ALL = [(name, kind) for name in FITS for kind in drawable(name)]


def test_the_default_of_every_model_is_its_forest():
    assert {kinds(fit)[0] for fit in FITS.values()} == {"forest"}
    assert kinds(FITS["esoph"]) == ("forest", "residuals", "profile")
    with pytest.raises(
        ValueError, match="no figure 'roc' for PoissonRegression; use one of forest"
    ):
        plot(FITS["esoph"], "roc")


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_no_text_is_cut_off_or_lies_on_another(name, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot(FITS[name], kind)
    refuse_collisions(ax)


@pytest.mark.parametrize("name", ["nodal", "ucb", "penguins", "iris", "esoph", "hostile", "wide"])
def test_ratios_collide_with_nothing_either(name):
    refuse_collisions(plot(FITS[name], "forest", exponentiate=True, level=0.99))


@pytest.mark.parametrize(("name", "kind"), [("ucb", kind) for kind in kinds(FITS["ucb"])] + [
    ("longley", "residuals"), ("longley", "qq"), ("hostile", "forest"),
])  # fmt: skip
def test_the_same_fit_gives_the_same_bytes(name, kind):
    first, again = plot(FITS[name], kind), plot(FITS[name], kind)
    assert svg(first) == svg(first) == svg(again)
    assert png(first) == png(again)


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_captions_are_whole_sentences_without_holes(name, kind):
    said = caption(FITS[name], kind)
    assert said.endswith(".") and "nan" not in said and "  " not in said and " ." not in said


def points(ax, marker="o"):
    return [line for line in ax.lines if line.get_marker() == marker]


def test_a_forest_has_the_estimates_and_intervals_of_tidy():
    fit = FITS["nodal"]
    ax = plot(fit, level=0.9)
    tidy = fit.tidy(0.9).iloc[1:]
    assert [line.get_xdata()[0] for line in points(ax)] == tidy["estimate"].tolist()
    spans = [line.get_xdata() for line in ax.lines if len(line.get_xdata()) == 2][1:]
    np.testing.assert_array_equal(spans, tidy[["conf_low", "conf_high"]])
    assert [text.get_text() for text in ax.get_yticklabels()] == tidy["term"].tolist()
    # The intercept is another question, unless it is the only one.
    assert len(points(plot(FITS["no slope"]))) == 1


def test_ratios_are_on_a_logarithmic_axis_with_a_line_at_one():
    fit = FITS["nodal"]
    ax = plot(fit, exponentiate=True)
    labels = dict(
        zip((text.get_text() for text in ax.get_xticklabels()), ax.get_xticks(), strict=True)
    )
    assert labels["1"] == 0.0 and labels["2"] == pytest.approx(np.log(2.0), rel=1e-12, abs=0)
    told = [text.get_text() for text in ax.texts]
    assert "5.387 [1.142, 25.41]" in told
    assert caption(fit, exponentiate=True).startswith("5 odds ratios")
    with pytest.raises(ValueError, match="are not logarithms of ratios"):
        plot(FITS["longley"], exponentiate=True)


def test_infinite_coefficients_are_arrows_and_aliased_ones_are_named():
    ax = plot(FITS["hostile"])
    arrows = [text for text in ax.texts if getattr(text, "arrow_patch", None) is not None]
    assert len(arrows) == 1
    told = [text.get_text() for text in ax.texts]
    assert "not identified" in told and ("-inf" in told or "inf" in told)
    said = caption(FITS["hostile"])
    assert "Infinite, drawn as an arrow: sep." in said and "Not identified: alias." in said
    # With either sign possible the arrow goes both ways.
    both = plot(FITS["iris"])
    assert "+inf or -inf" in [text.get_text() for text in both.texts]


def test_with_profile_intervals_an_arrow_begins_at_the_finite_end():
    fit = FITS["hostile"]
    ax = plot(fit, interval="profile")
    (tick,) = points(ax, "|")
    row = fit.tidy(interval="profile").set_index("term").loc["sep"]
    finite = row["conf_low"] if np.isfinite(row["conf_low"]) else row["conf_high"]
    assert tick.get_xdata()[0] == finite


def test_an_interval_that_would_hide_the_others_is_cut_and_says_so_by_an_arrow():
    fit = quietly(
        lk.LogisticRegression().fit, np.asarray(FITS["wide"].rows.X), FITS["wide"].rows.t[:, 0]
    )
    # Without rows there is no scale to change to.
    bare = pickle.loads(pickle.dumps(fit))
    ax = plot(bare)
    low, high = ax.get_xlim()
    row = bare.tidy().iloc[4]
    assert row["conf_low"] < low or row["conf_high"] > high
    assert points(ax, "<") or points(ax, ">")
    refuse_collisions(ax)


def test_columns_in_different_units_are_shown_per_standard_deviation():
    fit = FITS["body mass"]
    lines, _, scaled = lines_of(fit, RegressionView())
    assert scaled
    tidy = fit.tidy().set_index("term")
    X = pd.DataFrame(fit.rows.X, columns=fit.rows.names)
    units = {line.row["term"]: line.unit for line in lines}
    assert units["flipper_length_mm"] == pytest.approx(
        X["flipper_length_mm"].std(ddof=0), rel=1e-12
    )
    # Of columns with two values a unit is their difference.
    assert units["sex[T.male]"] == 1.0
    flipper = lines[0].value("estimate")
    assert flipper == tidy["estimate"]["flipper_length_mm"] * units["flipper_length_mm"]
    ax = plot(fit)
    assert ax.get_xlabel() == "coefficient per standard deviation"
    assert "per standard deviation" in caption(fit)
    assert plot(FITS["nodal"]).get_xlabel() == "log odds ratio"


def test_a_forest_of_several_responses_has_their_names_above_their_own():
    ax = plot(FITS["penguins"])
    names = [text.get_text() for text in ax.get_yticklabels()]
    assert names[0] == "island = 'Dream'" and names[4] == "island = 'Torgersen'" and len(names) == 8
    weights = [text.get_fontweight() for text in ax.get_yticklabels()]
    assert weights[0] == weights[4] == "bold" and weights[1] == "normal"


def test_a_long_forest_is_cut_and_says_how_many_are_left():
    ax = plot(FITS["sixty"])
    assert len(points(ax)) == MOST and len({t.get_text() for t in ax.get_yticklabels()}) == MOST
    assert "20 more coefficients are in the table only." in caption(FITS["sixty"])


@pytest.mark.parametrize("name", ["nodal", "ucb", "penguins"])
def test_calibration_adds_up_to_what_was_observed(name):
    fit = FITS[name]
    for response in fit.facts.classes:
        found = calibration(fit, RegressionView(response=response))
        seen = float(found.held @ found.observed)
        weights, t = fit.rows.weights, fit.rows.t
        codes = t if t.ndim == 1 else t[:, 0].astype(int)
        order = [fit.facts.base, *fit.facts.responses]
        wanted = float(weights[codes == order.index(response)].sum())
        assert seen == pytest.approx(wanted, rel=1e-12, abs=0)
        assert float(found.held.sum()) == pytest.approx(fit.n, rel=1e-12, abs=0)
        # The score equations: fitted probabilities sum to the counts as well.
        assert float(found.held @ found.predicted) == pytest.approx(wanted, rel=1e-8, abs=0)
        low, high = wilson(found.held * found.observed, found.held, 0.95)
        np.testing.assert_allclose([found.low, found.high], [low, high], rtol=1e-12, atol=1e-12)


def test_weights_are_repetitions_in_every_figure_of_classes():
    table = lk.datasets.load("ucb_admissions")
    repeated = table.loc[table.index.repeat(table["count"])].reset_index(drop=True)
    long = quietly(lk.LogisticRegression.from_formula, "admitted ~ gender + department", repeated)
    view = RegressionView()
    short = FITS["ucb"]
    for one, other in zip(calibration(long, view), calibration(short, view), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-9)
    for one, other in zip(thresholds(long, view), thresholds(short, view), strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-12)


def test_the_area_is_the_chance_that_a_case_scores_above_a_control():
    fit = FITS["nodal"]
    found = thresholds(fit, RegressionView())
    eta = fit.rows.eta(fit.record.coef)[:, 0]
    case, control = eta[fit.rows.t[:, 0] == 1], eta[fit.rows.t[:, 0] == 0]
    above = (case[:, None] > control).sum() + 0.5 * (case[:, None] == control).sum()
    assert found.auc == pytest.approx(above / (len(case) * len(control)), rel=1e-12, abs=0)
    assert found.auc == pytest.approx(fit.glance()["auc"][0], rel=1e-12, abs=0)
    # Of the other class it is the same, of a softmax each class has its own.
    assert thresholds(fit, RegressionView(response=0)).auc == pytest.approx(found.auc, rel=1e-12)
    areas = {c: thresholds(FITS["penguins"], RegressionView(response=c)).auc
             for c in FITS["penguins"].facts.classes}  # fmt: skip
    assert len(set(areas.values())) == 3 and all(0.5 < area < 1.0 for area in areas.values())


def test_the_average_precision_is_scikit_learns():
    metrics = pytest.importorskip("sklearn.metrics")
    for name in ("nodal", "ucb"):
        fit = FITS[name]
        found = thresholds(fit, RegressionView())
        eta, y = fit.rows.eta(fit.record.coef)[:, 0], fit.rows.t[:, 0]
        theirs = metrics.average_precision_score(y, eta, sample_weight=fit.rows.weights)
        assert found.average_precision == pytest.approx(theirs, rel=1e-12, abs=0)


def test_in_sample_is_written_on_the_figures_of_discrimination():
    for kind in ("roc", "precision-recall"):
        legend = [t.get_text() for t in plot(FITS["nodal"], kind).get_legend().get_texts()]
        assert any("in sample" in text for text in legend)
        assert "in sample" in caption(FITS["nodal"], kind)


def test_a_class_is_chosen_and_a_wrong_one_is_told():
    ax = plot(FITS["penguins"], "calibration", response="Torgersen")
    assert "island = 'Torgersen'" in ax.get_xlabel()
    with pytest.raises(ValueError, match="response 'Rome' is not a class; use one of 'Biscoe', "):
        plot(FITS["penguins"], "roc", response="Rome")


def test_nothing_is_told_apart_where_a_class_was_not_seen():
    fit = quietly(lk.LogisticRegression(classes=[0, 1]).fit, [[0.0], [1.0]], [0, 0])
    with pytest.raises(ValueError, match="in no row or in every row"):
        plot(fit, "roc")


def test_the_losses_sum_to_minus_the_log_likelihood():
    for name in ("nodal", "ucb", "penguins", "iris", "hostile"):
        own, weights = losses(FITS[name])
        total = float(weights @ np.log(own))
        assert total == pytest.approx(FITS[name].log_likelihood, rel=1e-10, abs=0)
    assert "would be log 3 = 1.099" in caption(FITS["penguins"], "loss")


def test_residuals_of_a_linear_regression_are_those_of_augment():
    fit = FITS["longley"]
    table = fit.augment()
    mean, residual, _ = residuals(fit)
    np.testing.assert_allclose(residual, table[".resid"], rtol=1e-6)
    np.testing.assert_allclose(mean, table[".pred"], rtol=1e-12)
    values, ranks = standardised(fit)
    np.testing.assert_allclose(values, np.sort(table[".std_resid"]), rtol=1e-6)
    np.testing.assert_allclose(ranks, np.arange(len(values)) + 0.5)


def test_residuals_of_counts_are_pearsons():
    fit = FITS["esoph"]
    mean, residual, _ = residuals(fit)
    y = fit.rows.t[:, 0]
    np.testing.assert_allclose(residual, (y - mean) / np.sqrt(mean), rtol=1e-12)
    ratio = float(residual @ residual) / fit.df_resid
    assert f"is {ratio:.4f}"[:8] in caption(fit, "residuals")


def test_of_many_rows_some_are_drawn_and_the_caption_says_so():
    ax = plot(FITS["many rows"], "residuals")
    assert len(points(ax)[0].get_xdata()) == 1500
    assert "1,500 of the rows are drawn." in caption(FITS["many rows"], "residuals")


def test_residuals_that_are_rounding_are_not_drawn():
    fit = quietly(lk.LinearRegression().fit, [[0.0], [1.0], [2.0], [3.0]], [1.0, 3.0, 5.0, 7.0])
    for kind in ("residuals", "qq"):
        with pytest.raises(ValueError, match="what is left is rounding"):
            plot(fit, kind)


def test_a_profile_crosses_the_cut_off_where_its_interval_ends():
    fit = FITS["nodal"]
    found = profile(fit, RegressionView(term="acid"))
    row = fit.confint(0.95, "profile").set_index("term").loc["acid"]
    assert (found.low, found.high) == (row["conf_low"], row["conf_high"])
    cut = -0.5 * stats.chi2.ppf(0.95, 1)
    inside = found.height > cut
    assert (inside == ((found.at > found.low) & (found.at < found.high))).all()
    assert found.height.max() == pytest.approx(0.0, abs=1e-10)
    ax = plot(fit, "profile", term="acid")
    marks = [line.get_xdata()[0] for line in points(ax)]
    assert marks == [found.low, found.high]
    assert "Wald's parabola" in [line.get_label() for line in ax.lines]
    said = caption(fit, "profile", term="acid")
    assert "from 0.1789 to 3.331" in said or "profile interval" in said


def test_a_profile_of_a_response_and_of_what_is_infinite():
    fit = FITS["penguins"]
    ax = plot(fit, "profile", term="sex[T.male]", response="Torgersen")
    assert ax.get_xlabel() == "coefficient of sex[T.male] for 'Torgersen'"
    with pytest.raises(ValueError, match="response 'Biscoe' has no coefficients"):
        plot(fit, "profile", response="Biscoe")
    with pytest.raises(ValueError, match="term 'x9' is not one of the coefficients"):
        plot(fit, "profile", term="x9")
    infinite = plot(FITS["hostile"], "profile", term="sep")
    refuse_collisions(infinite)
    assert len(points(infinite)) == 1
    assert "without reaching it" in caption(FITS["hostile"], "profile", term="sep")
    either = from_formula(
        "SoftmaxRegression", "species ~ sepal_length + sepal_width + petal_length + petal_width",
        "iris",
    )  # fmt: skip
    with pytest.raises(ValueError, match="each may be infinite with either sign"):
        plot(either, "profile")


@pytest.mark.parametrize("kind", kinds(FITS["nodal"])[1:])
def test_without_rows_there_is_the_forest_only(kind):
    loaded = pickle.loads(pickle.dumps(FITS["nodal"]))
    assert plot(loaded).get_title(loc="left") == "Logistic regression of involved, n = 53"
    with pytest.raises(lk.DataError, match="forest"):
        plot(loaded, kind)


def test_a_fit_that_did_not_converge_is_not_drawn():
    X = RNG.normal(size=(60, 3))
    model = lk.LogisticRegression(method="CG", max_iter=1, tolerance=1e-300)
    fit = quietly(model.fit, X, (X[:, 0] + RNG.normal(size=60) > 0).astype(int))
    with pytest.raises(ValueError, match="did not converge"):
        plot(fit)


def test_options_of_regressions_are_refused_for_samples():
    with pytest.raises(ValueError, match="are of regressions"):
        plot(lk.Bernoulli.fit([1, 0]), exponentiate=True)
