"""Figures: which there are, that nothing in them collides, and that bytes do not change."""

import subprocess
import sys
import warnings

import numpy as np
import pytest
from matplotlib.figure import Figure
from scipy import stats

import likelihood as lk
from likelihood.report.plots import caption, kinds, plot, png, svg
from likelihood.report.plots.counts import tally
from likelihood.report.plots.curve import _relative
from likelihood.report.plots.normal import _band, _quantiles, bin_edges

RNG = np.random.default_rng(20260101)
WORDS = [f"category of long name {row} that runs on and on" for row in range(30)]


def wolf():
    dice = lk.datasets.load("wolf_dice")
    one = dice[dice["die"] == "A"]
    return lk.Categorical.fit(one["face"], categories=range(1, 7), weights=one["count"])


FITS = {
    "wolf": wolf(),
    "thirty": lk.Categorical.fit(RNG.choice(WORDS, 300), categories=WORDS),
    "two hundred": lk.Categorical.fit(RNG.integers(0, 200, 3000), categories=range(200)),
    "never rolled": lk.Categorical.fit([1, 1, 2, 3, 4, 5], categories=range(1, 7)),
    "one category": lk.Categorical.fit(["a", "a"], categories="a"),
    "0 of 10": lk.Bernoulli.fit([0] * 10),
    "1 of 10": lk.Bernoulli.fit([0] * 9 + [1]),
    "10 of 10": lk.Bernoulli.fit([1] * 10),
    "kerrich": lk.Bernoulli.fit([1, 0], weights=[5067, 4933]),
    "michelson": lk.Gaussian.fit(lk.datasets.load("michelson")["speed"]),
    "shifted": lk.Gaussian.fit(RNG.normal(1e6, 3.0, 5000)),
    "weighted": lk.Gaussian.fit([1.0, 2.0, 4.0], weights=[10, 20, 5]),
    "constant": lk.Gaussian.fit([3.0, 3.0]),
    "one row": lk.Gaussian.fit([3.0]),
    "horse kicks": lk.Poisson.fit([0, 1, 2, 3, 4], weights=[109, 65, 22, 3, 1]),
    "all zero": lk.Poisson.fit([0, 0]),
    "large counts": lk.Poisson.fit(RNG.poisson(1000, 300)),
    "huge counts": lk.Poisson.fit(RNG.poisson(1e12, 20).astype(float)),
}
ALL = [(name, kind) for name, fit in FITS.items() for kind in kinds(fit)]


def ticks(labels, places, limits):
    """Tick labels that are within the axes; matplotlib keeps some beyond and does not show them."""
    low, high = sorted(limits)
    return [
        text
        for text, place in zip(labels, places, strict=True)
        if low - 1e-9 <= place <= high + 1e-9
    ]


def texts(ax):
    """Every text of a figure with its place in pixels, empty ones left out."""
    ax.figure.draw_without_rendering()
    legend = ax.get_legend()
    found = [
        *ticks(ax.get_xticklabels(), ax.get_xticks(), ax.get_xlim()),
        *ticks(ax.get_yticklabels(), ax.get_yticks(), ax.get_ylim()),
        *ax.texts, ax.xaxis.label, ax.yaxis.label, ax._left_title,
        *(legend.get_texts() if legend else ()),
    ]  # fmt: skip
    return [(text.get_text(), text.get_window_extent()) for text in found if text.get_text()]


def refuse_collisions(ax):
    placed = texts(ax)
    width, height = ax.figure.get_size_inches() * ax.figure.dpi
    for text, box in placed:
        # Two pixels in a hundred to the inch: the rounding of a glyph's box.
        assert box.x0 > -2 and box.y0 > -2 and box.x1 < width + 2 and box.y1 < height + 2, text
    for at, (one, box) in enumerate(placed):
        for other, there in placed[at + 1 :]:
            # Boxes include the space for descenders, so neighbouring lines may touch.
            apart = (
                box.x1 < there.x0 + 2 or there.x1 < box.x0 + 2
                or box.y1 < there.y0 + 3 or there.y1 < box.y0 + 3
            )  # fmt: skip
            assert apart, (one, other)


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_no_text_is_cut_off_or_lies_on_another(name, kind):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ax = plot(FITS[name], kind)
    refuse_collisions(ax)


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_the_same_fit_gives_the_same_bytes(name, kind):
    first, again = plot(FITS[name], kind), plot(FITS[name], kind)
    # Twice from one figure, and once from another.
    assert svg(first) == svg(first) == svg(again)


def test_png_bytes_are_the_same_after_svg_was_made():
    first, again = plot(FITS["wolf"]), plot(FITS["wolf"])
    svg(first)
    assert png(first) == png(again)


def test_svg_holds_text_as_text_and_no_date():
    text = svg(plot(FITS["wolf"]))
    assert "fair: 1/6" in text and "20,000" in text
    assert "dc:date" not in text and "Matplotlib v" not in text.replace("<!--", "")


def test_the_readers_own_settings_do_not_change_a_figure():
    import matplotlib as mpl

    plain = svg(plot(FITS["kerrich"]))
    with mpl.rc_context({"font.size": 20.0, "axes.grid": True, "text.usetex": True}):
        assert svg(plot(FITS["kerrich"])) == plain


def test_drawing_leaves_pyplot_alone():
    code = (
        "import likelihood as lk, sys; from likelihood.report.plots import plot, svg; "
        "svg(plot(lk.Bernoulli.fit([1, 0]))); assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_only_plots_imports_matplotlib():
    code = (
        "import sys, likelihood as lk, likelihood.report.summary, likelihood.report.folder; "
        "str(lk.Bernoulli.fit([1, 0]).summary()); assert 'matplotlib' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize(("name", "kind"), ALL)
def test_axes_that_are_given_are_drawn_on(name, kind):
    axes = Figure().subplots(1, 2)
    assert FITS[name].plot(kind, axes[0]) is axes[0]
    assert not axes[1].has_data() and len(axes[0].figure.axes) == 2


def test_an_unknown_kind_names_those_that_exist():
    with pytest.raises(ValueError, match=r"no figure 'bars' for Gaussian; use one of density, qq"):
        plot(FITS["michelson"], "bars")


def test_a_fit_that_did_not_converge_is_not_drawn():
    with pytest.warns(lk.ConvergenceWarning):
        fit = lk.Gaussian.fit([1.0, 2.0, 4.0], method="CG", max_iter=1, tolerance=1e-300)
    with pytest.raises(ValueError, match="did not converge"):
        plot(fit)


def test_the_sample_size_is_in_the_title():
    assert plot(FITS["kerrich"]).get_title(loc="left") == "Bernoulli, n = 10,000"


def test_bars_end_at_the_estimates_and_lines_at_the_interval():
    fit = FITS["wolf"]
    ax, tidy = plot(fit), fit.tidy()
    assert [bar.get_width() for bar in ax.patches] == tidy["estimate"].tolist()
    segments = np.array([line[:, 0] for line in ax.collections[0].get_segments()])
    np.testing.assert_array_equal(segments, tidy[["conf_low", "conf_high"]])


NULLS = {
    "wolf": [0.1, 0.1, 0.2, 0.2, 0.2, 0.2],
    "thirty": np.arange(1, 31) / 465,
    "two hundred": np.arange(1, 201) / 20100,
    "never rolled": [0.5, 0.1, 0.1, 0.1, 0.1, 0.1],
    "0 of 10": 0.1,
    "1 of 10": 0.99,
    "kerrich": 0.51,
    "michelson": {"mean": 299.792458},
    "shifted": {"mean": 0.0},
    "horse kicks": 0.6,
    "large counts": 10.0,
}


@pytest.mark.parametrize("name", NULLS)
@pytest.mark.parametrize("level", [0.5, 0.999])
def test_no_text_lies_on_another_whatever_the_level_and_the_hypothesis(name, level):
    fit = FITS[name]
    for kind in kinds(fit):
        ax = fit.plot(kind, level=level, null=NULLS[name])
        refuse_collisions(ax)
        assert "nan" not in caption(fit, kind, level=level, null=NULLS[name])


def test_every_bar_of_a_die_marks_a_hypothesis_that_is_not_fair():
    fit, null = FITS["wolf"], NULLS["wolf"]
    ax = plot(fit, null=null, level=0.9, interval="wilson")
    ticks = [line[0, 0] for line in ax.collections[1].get_segments()]
    np.testing.assert_allclose(ticks, null, rtol=1e-15)
    segments = np.array([line[:, 0] for line in ax.collections[0].get_segments()])
    np.testing.assert_array_equal(segments, fit.tidy(0.9, "wilson")[["conf_low", "conf_high"]])
    drawn = [text.get_text() for text in ax.texts]
    assert "| the probabilities 0.1, 0.1, 0.2, 0.2, 0.2, 0.2" in drawn
    assert not any("fair" in text for text in drawn) and not ax.lines
    told = caption(fit, null=null, level=0.9, interval="wilson")
    assert "with 90 % intervals, each category by itself: Wilson (1927) (lines)" in told
    assert "6 of the intervals leave theirs out: '1', '2', '3', '4', '5', '6'." in told


@pytest.mark.parametrize("null", ["fair", [1 / 6] * 6, lk.Categorical([1 / 6] * 6, range(1, 7))])
def test_a_fair_hypothesis_is_the_dashed_line_however_it_is_given(null):
    assert svg(plot(FITS["wolf"], null=null)) == svg(plot(FITS["wolf"]))
    assert caption(FITS["wolf"], null=null) == caption(FITS["wolf"])


def test_a_hypothesis_beyond_the_bars_is_within_the_axes():
    ax = plot(FITS["wolf"], null=[0.9, 0.02, 0.02, 0.02, 0.02, 0.02])
    assert ax.get_xlim()[1] > 0.9


@pytest.mark.parametrize("level", [0.5, 0.8, 0.99, 0.99999])
def test_the_cut_off_and_the_ends_of_the_curve_follow_the_level(level):
    fit = FITS["horse kicks"]
    ax = plot(fit, "likelihood", level=level)
    ends = fit.confint(level, "profile")[["conf_low", "conf_high"]].to_numpy()[0]
    marks = [line for line in ax.lines if line.get_marker() == "o"]
    assert [line.get_xdata()[0] for line in marks] == ends.tolist()
    cut = -0.5 * stats.chi2.ppf(level, 1)
    # The quantile has 14 digits, the ends 12, and the curve is not steep against them.
    np.testing.assert_allclose([line.get_ydata()[0] for line in marks], cut, rtol=1e-12)
    np.testing.assert_allclose(_relative(fit, ends), cut, rtol=1e-8)


def test_the_hypothesis_is_a_point_of_the_curve_where_it_is_in_sight():
    fit = FITS["kerrich"]
    (mark,) = [line for line in plot(fit).lines if line.get_marker() == "D"]
    assert mark.get_xdata()[0] == 0.5
    # Half the likelihood-ratio statistic below the maximum; both sides have 13 digits.
    np.testing.assert_allclose(mark.get_ydata()[0], -0.5 * fit.test(0.5).statistic, rtol=1e-12)
    assert "a probability of 0.5 (diamond) lies at -0.8978, above the cut-off." in caption(fit)
    assert not [line for line in plot(fit, null=0.1).lines if line.get_marker() == "D"]
    assert "below the cut-off and outside the figure." in caption(fit, null=0.1)
    assert "lies at -inf, below" in caption(fit, null=0.0)
    assert "hypothesis" not in caption(FITS["horse kicks"], "likelihood")
    assert "of a rate of 0.6 (diamond)" in caption(FITS["horse kicks"], "likelihood", null=0.6)


def test_the_mean_of_the_hypothesis_is_drawn_where_the_data_are():
    fit = FITS["michelson"]
    labels = [line.get_label() for line in plot(fit, null={"mean": 299.792458}).lines]
    assert "hypothesis: mean 299.7925" in labels
    assert "299.7925, is 0.05994 below the fitted one." in caption(fit, null={"mean": 299.792458})
    far = [line.get_label() for line in plot(fit, null={"mean": 0.0}).lines]
    assert far == ["fitted density"]
    assert "(outside the figure), 0, is 299.9 below" in caption(fit, null={"mean": 0.0})
    assert "hypothesis" not in caption(fit, null={"sd": 1.0})


def test_the_band_of_a_quantile_plot_holds_the_level():
    fit = FITS["michelson"]
    values, _, ranks = _quantiles(fit)
    low, high = _band(fit, ranks, 0.8)
    middle = 49
    # The distribution of an order statistic of uniforms is a Beta.
    wanted = stats.norm(fit.params["mean"], fit.params["sd"]).ppf(
        stats.beta(middle + 1, 100 - middle).ppf([0.1, 0.9])
    )
    # Incomplete Beta and normal quantiles have 13 digits or more on both sides.
    np.testing.assert_allclose([low[middle], high[middle]], wanted, rtol=1e-12)


def test_a_hypothesis_or_an_interval_that_makes_no_sense_is_refused():
    with pytest.raises(ValueError, match="prob must be"):
        plot(FITS["kerrich"], null=1.5)
    with pytest.raises(TypeError, match="'mean'"):
        caption(FITS["michelson"], null=3.0)
    for draw in (plot, caption):
        with pytest.raises(ValueError, match="interval 'nosuch' is not defined for Bernoulli"):
            draw(FITS["kerrich"], interval="nosuch")
        with pytest.raises(ValueError, match=r"write 0\.95"):
            draw(FITS["horse kicks"], level=95)


def test_names_of_categories_are_thinned_when_there_is_no_room():
    assert len(plot(FITS["thirty"]).get_yticks()) == 30
    assert len(plot(FITS["two hundred"]).get_yticks()) <= 60


@pytest.mark.parametrize("name", ["0 of 10", "1 of 10", "kerrich", "horse kicks", "all zero"])
def test_the_curve_is_at_the_cut_off_where_the_profile_interval_ends(name):
    fit = FITS[name]
    ends = fit.confint(0.95, "profile")[["conf_low", "conf_high"]].to_numpy()[0]
    inside = ends[(ends > 0.0) & (ends < 1.0)] if name != "horse kicks" else ends
    # The ends are found to a relative 1e-12, and the curve is at most 1e4 times as steep.
    np.testing.assert_allclose(_relative(fit, inside), -1.920729410347062, rtol=1e-8)


def test_the_curve_is_the_log_likelihood_less_its_maximum():
    fit = FITS["horse kicks"]
    at = np.array([0.4, 0.61, 0.9])
    values, weights = fit.sample.t[:, 0], fit.sample.weights
    direct = [lk.Poisson(rate).log_likelihood(values, weights) for rate in at]
    # Log-likelihoods of about 200 are known to 1e-13; their differences are of order 1.
    np.testing.assert_allclose(
        _relative(fit, at), np.array(direct) - fit.log_likelihood, atol=1e-11
    )


def test_no_parabola_is_drawn_where_walds_interval_has_no_width():
    labels = [line.get_label() for line in plot(FITS["0 of 10"]).lines]
    assert "Wald's parabola" not in labels
    assert "has no width" in caption(FITS["0 of 10"])


def test_the_histogram_has_area_one_and_bins_between_the_steps_of_rounded_data():
    ax = plot(FITS["michelson"], "density")
    assert sum(bar.get_width() * bar.get_height() for bar in ax.patches) == pytest.approx(1.0)
    # Michelson's values have two decimals, so edges have a 5 in the third.
    edges = np.array([bar.get_x() for bar in ax.patches])
    np.testing.assert_allclose((edges * 100) % 1, 0.5, atol=1e-6)


def test_bins_hold_every_value_whatever_the_spread():
    for seed in range(200):
        rng = np.random.default_rng(seed)
        values = np.sort(rng.normal(rng.choice([0, 1e6]), 10.0 ** rng.integers(-3, 4), 2 + seed))
        values = np.round(values, int(rng.integers(0, 4)))
        if values[0] == values[-1]:
            continue
        edges = bin_edges(values, np.ones(len(values)))
        assert edges[0] <= values[0] and edges[-1] >= values[-1] and len(edges) <= 130
        assert np.histogram(values, edges)[0].sum() == len(values)


def test_half_of_the_points_of_a_quantile_plot_are_below_the_median():
    ax = plot(FITS["michelson"], "qq")
    normal = ax.lines[-1].get_xdata()
    np.testing.assert_allclose(normal, -normal[::-1], atol=1e-12)


def test_a_weight_is_as_many_values_in_histogram_and_quantiles():
    weighted = FITS["weighted"]
    repeated = lk.Gaussian.fit(np.repeat([1.0, 2.0, 4.0], [10, 20, 5]))
    one, other = plot(weighted), plot(repeated)
    assert [bar.get_height() for bar in one.patches] == pytest.approx(
        [bar.get_height() for bar in other.patches]
    )


@pytest.mark.parametrize("name", ["horse kicks", "all zero", "large counts", "huge counts"])
def test_all_observations_and_nearly_all_expected_ones_are_tallied(name):
    table = tally(FITS[name])
    assert table.observed.sum() == FITS[name].n
    # Three standard deviations leave at most one in a hundred outside, even when skewed.
    assert 0.99 * FITS[name].n <= table.expected.sum() <= FITS[name].n * (1 + 1e-12)
    assert len(table.observed) <= 42


def test_captions_carry_the_numbers():
    assert caption(FITS["wolf"]) == (
        "Estimated probabilities of 6 categories (bars) from 20,000 observations with 95 % "
        "simultaneous intervals: Goodman (1965) (lines). The dashed line is a fair die, 1/6 = "
        "0.1667. 3 of the intervals leave it out: '2', '3', '4'."
    )
    assert "from 0.4969 to 0.5165, the 95 % profile" in caption(FITS["kerrich"])
    assert "mean 299.8524 (95 % interval 299.8367 to 299.8681) and standard" in caption(
        FITS["michelson"]
    )
    assert "0 of 100 points" in caption(FITS["michelson"], "qq")
    assert "Zeros: 109 seen, 108.7 expected" in caption(FITS["horse kicks"])
    for name, kind in ALL:
        assert "nan" not in caption(FITS[name], kind)


def test_units_of_the_packages_own_data_are_on_the_axis():
    assert plot(FITS["michelson"]).get_xlabel() == (
        "speed of light in air in thousands of kilometres per second"
    )
