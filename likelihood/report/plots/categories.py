"""The figure of a categorical: its estimated probabilities beside those of the hypothesis."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from likelihood.family import Floats
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.hypotheses import phrase
from likelihood.report.labels import label
from likelihood.report.plots import drawing
from likelihood.report.view import View

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

#: Inches of a bar with the gap beside it, and of everything that is not bars.
_PITCH, _MARGIN = 0.27, 1.15
_TALLEST = 10.0
#: Inches that are counted on in somebody else's figure.
_INSET = 2.5
#: Characters of the hypothesis above the bars.
_LONGEST_NAME = 60


def draw(fit: DistributionFit, ax: Axes | None, view: View) -> Axes:
    """Draw one bar per category from zero, its interval, and what the hypothesis says."""
    tidy = view.tidy(fit)
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
    null = _null(fit, tidy)
    ax.set_xlim(0.0, 1.03 * float(np.max([*high[known], *estimate, *null])))
    room = max(int(inches / 0.17), 1)
    drawing.category_ticks(ax, tidy["term"].tolist(), room)
    if k > 1 and _is_fair(null):
        _fair(ax, k)
    elif k > 1:
        _ticks(ax, null, phrase(fit, view))
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


def _null(fit: DistributionFit, tidy: pd.DataFrame) -> Floats:
    """Return the probabilities of the hypothesis."""
    expected: Floats = tidy["expected"].to_numpy() / fit.n
    return expected


def _is_fair(null: Floats) -> bool:
    # n times a probability over n is off by a rounding or two.
    return bool(np.allclose(null, 1.0 / len(null), rtol=1e-12, atol=0.0))


def _fair(ax: Axes, k: int) -> None:
    ax.axvline(1.0 / k, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3)
    ax.annotate(
        f"fair: 1/{k}", (1.0 / k, 1.0), xycoords=("data", "axes fraction"), xytext=(3, 1),
        textcoords="offset points", ha="left", va="bottom", color=drawing.ACCENT, fontsize=8.5,
    )  # fmt: skip


def _ticks(ax: Axes, null: Floats, name: str) -> None:
    """Mark the hypothesis on every bar, and say what the ticks are."""
    place = np.arange(len(null))
    ax.vlines(null, place - 0.42, place + 0.42, color=drawing.ACCENT, linewidth=1.6)
    ax.annotate(
        f"| {label(name, _LONGEST_NAME)}", (0.0, 1.0), xycoords="axes fraction", xytext=(0, 1),
        textcoords="offset points", ha="left", va="bottom", color=drawing.ACCENT, fontsize=8.5,
        parse_math=False,
    )  # fmt: skip


def caption(fit: DistributionFit, view: View) -> str:
    """Say how many categories differ from the hypothesis, and which."""
    tidy = view.tidy(fit)
    k = len(tidy)
    null = _null(fit, tidy)
    outside = tidy[(tidy["conf_low"] > null) | (tidy["conf_high"] < null)]
    shown = ", ".join(f"'{label(term, 20)}'" for term in outside["term"].head(10))
    more = f" and {len(outside) - 10} more" if len(outside) > 10 else ""
    fair = _is_fair(null)
    found = (
        f"{len(outside)} of the intervals {'leaves' if len(outside) == 1 else 'leave'} "
        f"{'it' if fair else 'theirs'} out: {shown}{more}."
        if len(outside)
        else f"Every interval holds {'it' if fair else 'its own'}."
    )
    marks = (
        f"The dashed line is a fair die, 1/{k} = {number(1.0 / k)}."
        if fair
        else f"The ticks are {phrase(fit, view)}."
    )
    return (
        f"Estimated probabilities of {k} {wording.plural('category', k)} (bars) from "
        f"{count(fit.n)} observations with "
        f"{wording.interval_note(fit, view.level, view.interval)[:-1]} (lines). {marks} {found}"
    )
