"""The figure of a Poisson: the counts that were seen beside those that the fit expects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from matplotlib.ticker import MaxNLocator
from scipy import special

from likelihood.family import Floats
from likelihood.report.digits import count, number
from likelihood.report.labels import label
from likelihood.report.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

#: More bars than this are put together.
_MOST_BARS = 40


class Tally(NamedTuple):
    """Bins ``first + width * i`` of counts, with how many were seen and are expected in each."""

    first: int
    width: int
    seen: Floats
    expected: Floats


def tally(fit: DistributionFit) -> Tally:
    """Return observed and expected numbers over all counts seen and likely under the fit.

    Examples
    --------
    >>> import likelihood as lk
    >>> table = tally(lk.Poisson.fit([2, 0, 3, 1, 4]))
    >>> table.seen[:5], table.width
    (array([1., 1., 1., 1., 1.]), 1)
    """
    rate = float(fit.params["rate"])
    values, weights = fit.sample.t[:, 0], fit.sample.weights
    spread = 3.0 * math.sqrt(rate)
    first = max(0, math.floor(min(values.min(), rate - spread)))
    # At least four bars: a single one would fill the figure and look like a lot.
    last = max(values.max(), rate + spread, first + 3)
    # Small counts are shown from zero: a gap at zero would be read as a lack of zeros.
    first = 0 if first < _MOST_BARS // 4 else first
    width = max(1, math.ceil((last - first + 1) / _MOST_BARS))
    bins = int((last - first) // width) + 1
    place = ((values - first) // width).astype(np.intp)
    edges = first + width * np.arange(bins + 1.0) - 1.0
    # pdtr is not defined below zero, where nothing is.
    below = np.where(edges < 0, 0.0, special.pdtr(np.maximum(edges, 0.0), rate))
    seen = np.bincount(place, weights=weights, minlength=bins).astype(float)
    return Tally(first, width, seen, fit.n * np.diff(below))


def draw(fit: DistributionFit, ax: Axes | None) -> Axes:
    """Draw bars for the counts that were seen and points for what the fit expects."""
    ax = drawing.new_axes() if ax is None else ax
    table = tally(fit)
    at = table.first + table.width * np.arange(len(table.seen)) + 0.5 * (table.width - 1)
    ax.bar(at, table.seen, width=0.8 * table.width, color=drawing.LIGHT, label="observed")
    ax.plot(
        at, table.expected, "o", color=drawing.ACCENT, markersize=4.5, label="expected",
        linestyle=(0, (1, 2)), linewidth=0.9, clip_on=False,
    )  # fmt: skip
    ax.set_ylim(0.0, 1.08 * max(table.seen.max(), table.expected.max()))
    ax.margins(x=0.02)
    for axis in (ax.xaxis, ax.yaxis):
        axis.set_major_locator(MaxNLocator(integer=True))
    if len(at) <= 15 and table.width == 1:
        ax.set_xticks(at)
    each = "observations" if table.width == 1 else f"observations per {table.width} counts"
    drawing.axis_labels(ax, drawing.quantity(fit, "count", drawing.ALONG), each)
    rate = number(fit.params["rate"], float(fit.tidy()["std_error"][0]))
    drawing.title(ax, f"{label(fit.model)}, n = {count(fit.n)}, rate {rate}")
    drawing.key(ax)
    return ax


def caption(fit: DistributionFit) -> str:
    """Say how far the counts spread compared with what the fit expects."""
    row = fit.tidy().iloc[0]
    rate = float(row["estimate"])
    values, weights = fit.sample.t[:, 0], fit.sample.weights
    variance = float(weights @ (values - rate) ** 2) / fit.n
    zeros = float(weights[values == 0].sum())
    ratio = number(variance / rate) if rate > 0 else "not defined"
    return (
        f"Counts of {count(fit.n)} observations (bars) and what a Poisson distribution with the "
        f"estimated rate {number(rate, float(row['std_error']))} expects (points). Zeros: "
        f"{count(zeros)} seen, {number(fit.n * math.exp(-rate))} expected. The variance over the "
        f"mean, 1 under the fit, is {ratio}."
    )
