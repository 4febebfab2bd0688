"""The figure of one parameter: its log-likelihood, and where the profile interval ends."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.family import Floats
from likelihood.report.digits import count, number
from likelihood.report.labels import label
from likelihood.report.plots import drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

_LEVEL = 0.95
#: Half the 95 % quantile of a chi-square with one degree of freedom.
_CUT = 1.920729410347062
_LOWEST = -2.6 * _CUT
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


def draw(fit: DistributionFit, ax: Axes | None) -> Axes:
    """Draw the curve, the cut-off, the ends of the profile interval, and Wald's parabola."""
    ax = drawing.new_axes() if ax is None else ax
    row = fit.confint(_LEVEL, "profile").iloc[0]
    estimate, low, high = (float(row[name]) for name in ("estimate", "conf_low", "conf_high"))
    left, right = _span(fit, low, high)
    # Dense at both ends, where a log-likelihood may fall without bound.
    inside = left + (right - left) * 0.5 * (1.0 - np.cos(np.pi * _GRID))
    # The estimate is a point of the curve, or its peak would be cut off.
    at = np.sort(np.append(inside, np.clip(estimate, inside[0], inside[-1])))
    ax.plot(at, _relative(fit, at), color=drawing.DARK, label="log-likelihood")
    error = float(fit.tidy(_LEVEL)["std_error"][0])
    if error > 0.0:
        parabola = -0.5 * ((at - estimate) / error) ** 2
        ax.plot(
            at, parabola, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3,
            label="Wald's parabola",
        )  # fmt: skip
    ax.axhline(-_CUT, color=drawing.GREY, linewidth=0.9, linestyle=(0, (1, 1.5)))
    drawing.write(
        ax, 1.0, -_CUT + 0.06, f"cut-off {-_CUT:.2f}", ha="right", color=drawing.GREY,
        transform=ax.get_yaxis_transform(),
    )  # fmt: skip
    ax.set_xlim(left, right)
    ax.set_ylim(_LOWEST, 0.25)
    # Numbers stand inside the interval: the curves are high above them there.
    for end, side in ((low, "left"), (high, "right")):
        _mark(ax, end, fit, error, side)
    at_left, at_right = estimate == left, estimate == right
    ax.annotate(
        number(estimate, error), (estimate, 0.0), textcoords="offset points",
        xytext=(5 if at_left else -5 if at_right else 0, 4), va="bottom", fontsize=8.5,
        ha="left" if at_left else "right" if at_right else "center", color=drawing.DARK,
    )  # fmt: skip
    name = label(row["term"])
    drawing.axis_labels(ax, _axis(fit, name), "log-likelihood less its maximum (nats)")
    ax.set_title(f"{label(fit.model)}, n = {count(fit.n)}", parse_math=False, pad=14)
    drawing.key(ax)
    return ax


def _mark(ax: Axes, end: float, fit: DistributionFit, error: float, side: str) -> None:
    """Drop a line from the curve to the axis at one end of the interval, with its number."""
    if end in _range(fit):
        return
    ax.vlines(end, _LOWEST, -_CUT, color=drawing.DARK, linewidth=0.9)
    ax.plot([end], [-_CUT], "o", color=drawing.DARK, markersize=4.5)
    gap = 4 if side == "left" else -4
    ax.annotate(
        number(end, error), (end, _LOWEST), xytext=(gap, 5), textcoords="offset points",
        ha=side, va="bottom", color=drawing.DARK, fontsize=8.5, parse_math=False,
    )  # fmt: skip


def _axis(fit: DistributionFit, name: str) -> str:
    return {"prob": "probability", "rate": "rate (mean count)"}.get(name, name)


def caption(fit: DistributionFit) -> str:
    """Say where the maximum is, where the curve crosses the cut-off, and where Wald's does."""
    profile = fit.confint(_LEVEL, "profile").iloc[0]
    wald = fit.confint(_LEVEL, "wald").iloc[0]
    error = float(fit.tidy(_LEVEL)["std_error"][0])
    estimate, low, high = (
        number(float(profile[name]), error) for name in ("estimate", "conf_low", "conf_high")
    )
    contrast = (
        f"Wald's parabola (dashed) crosses at {number(float(wald['conf_low']), error)} and "
        f"{number(float(wald['conf_high']), error)}."
        if error > 0.0 and math.isfinite(error)
        else "Wald's parabola has no width here and is not drawn."
    )
    return (
        f"Log-likelihood of {label(profile['term'])} relative to its maximum at {estimate}. "
        f"It is above the cut-off of {-_CUT:.2f} from {low} to {high}, the 95 % profile "
        f"interval. {contrast}"
    )
