"""The figure of one parameter: its log-likelihood, and where the profile interval ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.family import Floats
from likelihood.inference.quantiles import normal_quantile, significance
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.hypotheses import phrase
from likelihood.report.labels import label
from likelihood.report.plots import drawing
from likelihood.report.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

#: How far down the figure goes, in cut-offs, and how far above the maximum.
_DEPTH, _ROOM = 2.6, 0.13
_GRID = (np.arange(400) + 0.5) / 400


def _relative(fit: DistributionFit, at: Floats) -> Floats:
    """Return the log-likelihood less its maximum, from the divergence: nothing cancels."""
    family: Any = type(fit.distribution)
    means = np.broadcast_to(fit.sample.mean, (len(at), 1))
    divergence: Floats = family.divergence(means, at[:, None])
    return 0.0 - fit.n * divergence


def _range(fit: DistributionFit) -> tuple[float, float]:
    family: Any = type(fit.distribution)
    edges: tuple[float, float] = family.mean_range
    return edges


def _span(fit: DistributionFit, low: float, high: float) -> tuple[float, float]:
    """Return what is shown: the interval and nearly as much again around it."""
    edge_low, edge_high = _range(fit)
    one_sided = low == edge_low or high == edge_high
    reach = (0.9 if one_sided else 0.45) * (high - low)
    return max(edge_low, low - reach), min(edge_high, high + reach)


def _cut(level: float) -> float:
    """Return half the quantile of a chi-square with one degree of freedom."""
    return 0.5 * float(normal_quantile(significance(level))) ** 2


def draw(fit: DistributionFit, ax: Axes | None, view: View) -> Axes:
    """Draw the curve, cut-off, ends of the profile interval, hypothesis, and Wald's parabola."""
    ax = drawing.new_axes() if ax is None else ax
    row = fit.confint(view.level, "profile").iloc[0]
    estimate, low, high = (float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    left, right = _span(fit, low, high)
    cut = _cut(view.level)
    lowest = -_DEPTH * cut
    # Dense at both ends, where a log-likelihood may fall without bound.
    inside = left + (right - left) * 0.5 * (1.0 - np.cos(np.pi * _GRID))
    # The estimate is a point of the curve, or its peak would be cut off.
    at = np.sort(np.append(inside, np.clip(estimate, inside[0], inside[-1])))
    ax.plot(at, _relative(fit, at), color=drawing.DARK, label="log-likelihood")
    error = float(fit.tidy()["std_error"][0])
    if error > 0.0:
        parabola = -0.5 * ((at - estimate) / error) ** 2
        ax.plot(
            at, parabola, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3,
            label="Wald's parabola",
        )  # fmt: skip
    ax.axhline(-cut, color=drawing.GREY, linewidth=0.9, linestyle=(0, (1, 1.5)))
    drawing.write(
        ax, 1.0, -cut * 0.97, f"cut-off {_shown_cut(cut)}", ha="right", color=drawing.GREY,
        transform=ax.get_yaxis_transform(),
    )  # fmt: skip
    ax.set_xlim(left, right)
    ax.set_ylim(lowest, _ROOM * cut)
    # Numbers stand inside the interval: the curves are high above them there.
    for end, side in ((low, "left"), (high, "right")):
        if end not in _range(fit):
            drawing.mark_end(ax, end, number(end, error), side, -cut, lowest)
    at_left, at_right = estimate == left, estimate == right
    ax.annotate(
        number(estimate, error), (estimate, 0.0), textcoords="offset points",
        xytext=(5 if at_left else -5 if at_right else 0, 4), va="bottom", fontsize=8.5,
        ha="left" if at_left else "right" if at_right else "center", color=drawing.DARK,
    )  # fmt: skip
    null = _hypothesis(fit, view)
    if null is not None and _in_sight(fit, null, low, high, cut):
        ax.plot(
            [null], [_height(fit, null)], "D", color=drawing.ACCENT, markersize=6.0,
            markerfacecolor="white", markeredgewidth=1.4, zorder=3, clip_on=False,
            label=f"hypothesis {number(null, error)}", linestyle="none",
        )  # fmt: skip
    drawing.axis_labels(ax, _axis(fit, row["term"]), "log-likelihood less its maximum (nats)")
    ax.set_title(f"{label(fit.model)}, n = {count(fit.n)}", parse_math=False, pad=14)
    drawing.key(ax)
    return ax


def _shown_cut(cut: float) -> str:
    return f"{-cut:.2f}" if cut >= 0.1 else number(-cut)


def _axis(fit: DistributionFit, name: str) -> str:
    known = {"prob": "probability", "rate": "rate (mean count)"}.get(name, label(name))
    return f"{known} of {wording.success(fit)}" if wording.success(fit) else known


def _hypothesis(fit: DistributionFit, view: View) -> float | None:
    """Return the value of the parameter under the hypothesis, if there is one."""
    return next((float(value) for value in view.fixed(fit).values()), None)


def _in_sight(fit: DistributionFit, null: float, low: float, high: float, cut: float) -> bool:
    """Return whether the hypothesis is a point of the figure of the interval from low to high."""
    left, right = _span(fit, low, high)
    return left <= null <= right and _height(fit, null) >= -_DEPTH * cut


def _height(fit: DistributionFit, at: float) -> float:
    return float(_relative(fit, np.array([at]))[0])


def caption(fit: DistributionFit, view: View) -> str:
    """Say where the maximum is, where the curve crosses the cut-off, and where Wald's does."""
    profile = fit.confint(view.level, "profile").iloc[0]
    wald = fit.confint(view.level, "wald").iloc[0]
    shown = view.tidy(fit).iloc[0]
    error = float(shown["std_error"])

    def told(row: Any, *names: str) -> tuple[str, ...]:
        return tuple(number(float(row[name]), error) for name in names)

    estimate, low, high = told(profile, "estimate", "conf_low", "conf_high")
    low_end, high_end = float(profile["conf_low"]), float(profile["conf_high"])
    cut = _cut(view.level)
    said = [
        f"Log-likelihood of {wording.parameter(fit, profile['term'])} relative to its maximum at "
        f"{estimate}.",
        f"It is above the cut-off of {_shown_cut(cut)} from {low} to {high}, the "
        f"{wording.percent(view.level)} profile interval.",
    ]
    if error > 0.0 and math.isfinite(error):
        crossed = " and ".join(told(wald, "conf_low", "conf_high"))
        said.append(f"Wald's parabola (dashed) crosses at {crossed}.")
    else:
        said.append("Wald's parabola has no width here and is not drawn.")
    if view.method(fit) not in ("profile", "wald"):
        # The interval of the tables, which is another one than the figure's.
        ends = " to ".join(told(shown, "conf_low", "conf_high"))
        said.append(f"{wording.interval_note(fit, view.level, view.interval)[:-1]}, {ends}.")
    null = _hypothesis(fit, view)
    if null is not None:
        height = _height(fit, null)
        place = "above" if height > -cut else "below"
        how = "(diamond) " if _in_sight(fit, null, low_end, high_end, cut) else ""
        outside = "" if how else " and outside the figure"
        said.append(
            f"The hypothesis of {phrase(fit, view)} {how}lies at {number(height)}, {place} the "
            f"cut-off{outside}."
        )
    return " ".join(said)
