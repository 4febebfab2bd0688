"""The figure of a Poisson: the counts that were seen beside those that the fit expects."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from matplotlib.ticker import MaxNLocator

from likelihood.inference.goodness import Cells, poisson_cells
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.labels import label
from likelihood.report.plots import drawing
from likelihood.report.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit


def tally(fit: DistributionFit) -> Cells:
    """Return observed and expected numbers over all counts seen and likely under the fit.

    Examples
    --------
    >>> import likelihood as lk
    >>> table = tally(lk.Poisson.fit([2, 0, 3, 1, 4]))
    >>> table.observed[:5], table.width
    (array([1., 1., 1., 1., 1.]), 1)
    """
    return poisson_cells(fit.sample.t[:, 0], fit.sample.weights, float(fit.params["rate"]))


def draw(fit: DistributionFit, ax: Axes | None, view: View) -> Axes:
    """Draw bars for the counts that were seen and points for what the fit expects."""
    ax = drawing.new_axes() if ax is None else ax
    table = tally(fit)
    at = table.first + table.width * np.arange(len(table.observed)) + 0.5 * (table.width - 1)
    ax.bar(at, table.observed, width=0.8 * table.width, color=drawing.LIGHT, label="observed")
    ax.plot(
        at, table.expected, "o", color=drawing.ACCENT, markersize=4.5, label="expected",
        linestyle=(0, (1, 2)), linewidth=0.9, clip_on=False,
    )  # fmt: skip
    ax.set_ylim(0.0, 1.08 * max(table.observed.max(), table.expected.max()))
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


def caption(fit: DistributionFit, view: View) -> str:
    """Say how far the counts spread compared with what the fit expects."""
    row = view.tidy(fit).to_dict("records")[0]
    rate = float(row["estimate"])
    values, weights = fit.sample.t[:, 0], fit.sample.weights
    variance = float(weights @ (values - rate) ** 2) / fit.n
    zeros = float(weights[values == 0].sum())
    ratio = number(variance / rate) if rate > 0 else "not defined"
    return (
        f"Counts of {count(fit.n)} observations (bars) and what a Poisson distribution with the "
        f"estimated rate {wording.with_interval(row, view.level)} expects (points). Zeros: "
        f"{count(zeros)} seen, {number(fit.n * math.exp(-rate))} expected. The variance over the "
        f"mean, 1 under the fit, is {ratio}."
    )
