"""The figures of a Gaussian: histogram with density, and quantiles against a normal's."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from likelihood.family import Floats
from likelihood.inference.quantiles import significance
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.labels import label
from likelihood.report.plots import drawing
from likelihood.report.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

_MOST_BINS = 60
#: More points than this in a quantile plot cover each other.
_MOST_POINTS = 400
_ROOT_2PI = math.sqrt(2.0 * math.pi)


def _ordered(fit: DistributionFit) -> tuple[Floats, Floats]:
    """Return the values that have weight in increasing order, with their weights."""
    seen = fit.sample.weights > 0
    values, weights = fit.sample.t[seen, 0], fit.sample.weights[seen]
    order = np.argsort(values, kind="stable")
    return values[order], weights[order]


def bin_edges(values: Floats, weights: Floats) -> Floats:
    """Return edges of equal bins, as narrow as Freedman & Diaconis (1981) or Sturges (1926).

    Where the data are rounded, a bin is a whole number of steps and its edges are between
    them: otherwise some bins would hold one step more than others, and the histogram would
    show a comb that is not in the data.

    Parameters
    ----------
    values : (n,) array
        In increasing order, not all equal.
    weights : (n,) array

    Examples
    --------
    >>> import numpy as np
    >>> bin_edges(np.array([0.1, 0.2, 0.3, 0.3, 0.4, 0.5]), np.ones(6)).round(2)
    array([0.05, 0.15, 0.25, 0.35, 0.45, 0.55])
    """
    n = float(weights.sum())
    quarter, three = values[np.searchsorted(np.cumsum(weights) / n, [0.25, 0.75])]
    reach = float(values[-1] - values[0])
    width = reach / (1.0 + math.log2(max(n, 1.0)))
    # Half the data in one value leaves no distance between the quartiles.
    if three > quarter:
        width = min(width, 2.0 * float(three - quarter) / n ** (1.0 / 3.0))
    width = max(width, reach / _MOST_BINS)
    steps = np.diff(np.unique(values))
    step = float(steps.min())
    origin = float(values[0])
    # Values on a grid differ by whole steps; the tolerance is that of decimals in doubles.
    if step > width / 20.0 and np.allclose(steps / step, np.round(steps / step), atol=1e-3):
        width = step * max(round(width / step), 1)
        origin -= 0.5 * step
    bins = max(math.ceil((values[-1] - origin) / width * (1.0 - 1e-12)), 1)
    edges: Floats = origin + width * np.arange(bins + 1)
    edges[-1] = max(edges[-1], values[-1])
    return edges


def draw_density(fit: DistributionFit, ax: Axes | None, view: View) -> Axes:
    """Draw a histogram of density one, the fitted density, and the mean of the hypothesis."""
    ax = drawing.new_axes() if ax is None else ax
    mean, sd = fit.params["mean"], fit.params["sd"]
    values, weights = _ordered(fit)
    drawing.axis_labels(ax, drawing.quantity(fit, "value", drawing.ALONG), "density")
    _title(ax, fit)
    if sd == 0.0:
        return _constant(ax, mean)
    edges = bin_edges(values, weights)
    held, _ = np.histogram(values, edges, weights=weights)
    width = np.diff(edges)
    # Edges in the colour of the page part the bars, and vanish where bars are many.
    line = 0.6 if len(width) <= 30 else 0.0
    ax.bar(
        edges[:-1], held / (weights.sum() * width), width, align="edge", color=drawing.LIGHT,
        edgecolor="white", linewidth=line, label="data",
    )  # fmt: skip
    left, right = _reach(fit, edges)
    at = np.linspace(left, right, 400)
    density = np.exp(-0.5 * ((at - mean) / sd) ** 2) / (sd * _ROOT_2PI)
    ax.plot(at, density, color=drawing.DARK, label="fitted density")
    null = view.fixed(fit).get("mean")
    # A mean that is far away is told in the caption: drawn, it would squeeze everything else.
    if null is not None and left <= null <= right:
        error = float(fit.tidy()["std_error"][0])
        ax.axvline(
            null, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3,
            label=f"hypothesis: mean {number(float(null), error)}",
        )  # fmt: skip
    ax.set_xlim(left, right)
    ax.set_ylim(0.0, None)
    drawing.key(ax)
    return ax


def _reach(fit: DistributionFit, edges: Floats) -> tuple[float, float]:
    """Return what is shown: all data, and the density where it can be told from zero."""
    mean, sd = fit.params["mean"], fit.params["sd"]
    return min(float(edges[0]), mean - 3.2 * sd), max(float(edges[-1]), mean + 3.2 * sd)


def _constant(ax: Axes, mean: float) -> Axes:
    """Mark the only value of a constant sample, which has no density."""
    ax.axvline(mean, color=drawing.DARK)
    reach = max(abs(mean), 1.0) * 0.5
    ax.set_xlim(mean - reach, mean + reach)
    ax.set_yticks([])
    ax.set_ylabel("")
    drawing.write(
        ax, mean, 0.5, f"  every value is {number(mean)}", va="center",
        transform=ax.get_xaxis_transform(),
    )  # fmt: skip
    return ax


def _title(ax: Axes, fit: DistributionFit) -> None:
    mean, error = fit.params["mean"], float(fit.tidy()["std_error"][0])
    drawing.title(
        ax,
        f"{label(fit.model)}, n = {count(fit.n)}, mean {number(mean, error)}, "
        f"sd {number(fit.params['sd'])}",
    )


def caption_density(fit: DistributionFit, view: View) -> str:
    """Say what density was fitted, how far the data reach, and how far the hypothesis is."""
    mean, sd = fit.params["mean"], fit.params["sd"]
    rows = view.tidy(fit).to_dict("records")
    values, weights = _ordered(fit)
    if sd == 0.0:
        return f"All {count(fit.n)} values are {number(mean)}; a constant sample has no density."
    low, high = ((float(value) - mean) / sd for value in (values[0], values[-1]))
    fitted = [wording.with_interval(row, view.level) for row in rows]
    said = (
        f"Histogram of {count(fit.n)} observations from {number(float(values[0]), sd)} to "
        f"{number(float(values[-1]), sd)} and the fitted normal density with mean "
        f"{fitted[0]} and standard deviation {fitted[1]}. The extremes "
        f"are {number(low)} and {number(high)} standard deviations from the mean."
    )
    null = view.fixed(fit).get("mean")
    if null is None:
        return said
    left, right = _reach(fit, bin_edges(values, weights))
    how = "dashed" if left <= null <= right else "outside the figure"
    return (
        f"{said} The mean of the hypothesis ({how}), {number(float(null), rows[0]['std_error'])}, "
        f"is {number(abs(mean - null))} {'below' if null < mean else 'above'} the fitted one."
    )


def _quantiles(fit: DistributionFit) -> tuple[Floats, Floats, Floats]:
    """Return values, the normal quantiles they face, and their ranks, thinned where many."""
    values, weights = _ordered(fit)
    if len(values) > _MOST_POINTS:
        # Evenly in the normal quantile, so that the tails keep their points.
        total = np.cumsum(weights) - 0.5 * weights
        wanted = special.ndtr(np.linspace(-4.5, 4.5, _MOST_POINTS)) * weights.sum()
        inner = np.minimum(np.searchsorted(total, wanted), len(values) - 1)
        kept = np.unique(np.concatenate([[0], inner, [len(values) - 1]]))
    else:
        kept = np.arange(len(values))
    # A value of weight w stands for w ranks and is put at their middle (Hazen 1914).
    ranks = (np.cumsum(weights) - 0.5 * weights)[kept]
    return values[kept], special.ndtri(ranks / weights.sum()), ranks


def _band(fit: DistributionFit, ranks: Floats, level: float) -> Floats:
    """Return where values of these ranks lie with this level each, were the fit true, (2, m).

    The order statistic of rank r of n uniforms has the distribution Beta(r, n + 1 - r).
    """
    # Hazen's r - 1/2 is the middle of rank r.
    rank = np.clip(ranks + 0.5, 1.0, fit.n)
    tail = 0.5 * significance(level)
    ends = np.stack([
        special.betaincinv(rank, fit.n + 1.0 - rank, tail),
        special.betaincinv(rank, fit.n + 1.0 - rank, 1.0 - tail),
    ])  # fmt: skip
    band: Floats = fit.params["mean"] + fit.params["sd"] * special.ndtri(ends)
    return band


def draw_quantiles(fit: DistributionFit, ax: Axes | None, view: View) -> Axes:
    """Draw the data's quantiles against the normal's, with the fitted line and its band."""
    ax = drawing.new_axes(height=4.4) if ax is None else ax
    values, normal, ranks = _quantiles(fit)
    mean, sd = fit.params["mean"], fit.params["sd"]
    measured = drawing.quantity(fit, "value", drawing.UPWARDS)
    drawing.axis_labels(ax, "standard normal quantile", measured)
    _title(ax, fit)
    if sd > 0.0:
        low, high = _band(fit, ranks, view.level)
        ax.fill_between(
            normal, low, high, color=drawing.GREY, alpha=0.18, linewidth=0.0,
            label=f"{wording.percent(view.level)} for each point",
        )  # fmt: skip
        ends = np.array([normal[0], normal[-1]])
        ax.plot(ends, mean + sd * ends, color=drawing.ACCENT, linewidth=1.2, label="fitted normal")
    ax.plot(
        normal, values, "o", color=drawing.DARK, markersize=3.2, markeredgewidth=0.0, label="data"
    )
    drawing.key(ax)
    return ax


def caption_quantiles(fit: DistributionFit, view: View) -> str:
    """Say how many of the points leave the band."""
    values, _, ranks = _quantiles(fit)
    if fit.params["sd"] == 0.0:
        return f"All {count(fit.n)} values are {number(fit.params['mean'])}: a level line."
    low, high = _band(fit, ranks, view.level)
    outside = int(((values < low) | (values > high)).sum())
    return (
        f"Quantiles of the data against those of the standard normal distribution; the line is "
        f"the fitted one, mean + sd x quantile. The band holds {wording.percent(view.level)} of "
        f"the values at each point by itself, not at all together: {outside} of "
        f"{count(len(values))} points drawn {'is' if outside == 1 else 'are'} outside."
    )
