"""The figure of a categorical: its estimated probabilities beside those of a fair die."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.labels import label
from likelihood.report.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

_LEVEL = 0.95
#: Inches of a bar with the gap beside it, and of everything that is not bars.
_PITCH, _MARGIN = 0.27, 1.15
_TALLEST = 10.0
#: Inches that are counted on in somebody else's figure.
_INSET = 2.5


def draw(fit: DistributionFit, ax: Axes | None) -> Axes:
    """Draw one bar per category from zero, its simultaneous interval, and the fair line."""
    tidy = fit.tidy(_LEVEL)
    k = len(tidy)
    if ax is None:
        ax = drawing.new_axes(height=min(_MARGIN + _PITCH * max(k, 4), _TALLEST))
    estimate, low, high = (tidy[name].to_numpy() for name in ("estimate", "conf_low", "conf_high"))
    place = np.arange(k)
    alone = ax.figure.axes == [ax]
    inches = ax.figure.bbox.height / ax.figure.dpi - _MARGIN if alone else _INSET
    ax.barh(place, estimate, height=0.7, color=drawing.LIGHT)
    known = np.isfinite(low) & np.isfinite(high)
    # Thinner than the gap between bars, so that many intervals do not run into one another.
    thickness = min(1.8, 72.0 * inches / k * 0.45)
    ax.hlines(place[known], low[known], high[known], color=drawing.DARK, linewidth=thickness)
    ax.set_ylim(k - 0.4, -0.6)
    ax.set_xlim(0.0, 1.03 * float(np.max([*high[known], *estimate])))
    room = max(int(inches / 0.17), 1)
    drawing.category_ticks(ax, tidy["term"].tolist(), room)
    if k > 1:
        _fair(ax, k)
    if k <= room:
        # In a column of their own: beside the bars they would cross the fair line.
        for at, (value, error) in enumerate(zip(estimate, tidy["std_error"], strict=True)):
            drawing.write(
                ax, 1.015, at, number(value, error), va="center", color=drawing.DARK,
                transform=ax.get_yaxis_transform(),
            )  # fmt: skip
    drawing.axis_labels(ax, "probability", "")
    ax.set_title(f"{label(fit.model)}, n = {count(fit.n)}", parse_math=False, pad=16)
    return ax


def _fair(ax: Axes, k: int) -> None:
    ax.axvline(1.0 / k, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3)
    ax.annotate(
        f"fair: 1/{k}", (1.0 / k, 1.0), xycoords=("data", "axes fraction"), xytext=(3, 1),
        textcoords="offset points", ha="left", va="bottom", color=drawing.ACCENT, fontsize=8.5,
    )  # fmt: skip


def caption(fit: DistributionFit) -> str:
    """Say how many categories differ from fair, and which."""
    tidy = fit.tidy(_LEVEL)
    k = len(tidy)
    fair = 1.0 / k
    outside = tidy[(tidy["conf_low"] > fair) | (tidy["conf_high"] < fair)]
    shown = ", ".join(f"'{label(term, 20)}'" for term in outside["term"].head(10))
    more = f" and {len(outside) - 10} more" if len(outside) > 10 else ""
    found = (
        f"{len(outside)} of the intervals {'leaves' if len(outside) == 1 else 'leave'} it out: "
        f"{shown}{more}."
        if len(outside)
        else "Every interval holds it."
    )
    return (
        f"Estimated probabilities of {k} {wording.plural('category', k)} (bars) from "
        f"{count(fit.n)} observations with {wording.interval_note(fit, _LEVEL)[:-1]} (lines). "
        f"The dashed line is a fair die, 1/{k} = {number(fair)}. {found}"
    )
