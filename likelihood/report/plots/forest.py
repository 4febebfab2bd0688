"""The figure of a regression's coefficients: estimates, intervals, and those that have none."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.report.digits import number
from likelihood.report.labels import shortened, told_apart
from likelihood.report.plots import drawing
from likelihood.report.regression import wording
from likelihood.report.regression.tables import slopes
from likelihood.report.regression.view import RATIOS, RegressionView
from likelihood.report.wording import percent, plural

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import Fit

#: Inches of a row and of everything that is not rows.
_PITCH, _MARGIN = 0.25, 1.3
#: Coefficients that one figure can show.
MOST = 40
#: Intervals more than this many times as wide as the median one are cut, at this many.
_FAR, _CUT = 12.0, 5.0
#: An interval narrower than this share of the axis could not be told from a point.
_THIN = 1.0 / 60.0


@dataclass(frozen=True)
class Line:
    """One row of the figure: a coefficient, or the name of a response above its own."""

    name: str
    row: dict[Any, Any] | None = None
    unit: float = 1.0

    def value(self, name: str) -> float:
        """Return an estimate or an end of the interval in the unit that is drawn."""
        return float(self.row[name]) * self.unit if self.row else math.nan

    @property
    def aliased(self) -> bool:
        """Whether the coefficient is not identified."""
        return self.row is not None and self.row["flag"] == "aliased"

    @property
    def infinite(self) -> bool:
        """Whether the coefficient is infinite."""
        return self.row is not None and self.row["flag"] == "infinite"


def lines_of(fit: Fit, view: RegressionView) -> tuple[list[Line], int, bool]:
    """Return the rows of the figure, the coefficients left out, and whether units are changed.

    The intercept is left out where there are slopes: it is on another scale.  Where units are
    so different that some intervals could not be seen, coefficients are drawn per standard
    deviation of their column, but for columns of two values, whose difference means something.
    """
    every = view.tidy(fit)
    table = slopes(fit, every)
    table = table if len(table) else every
    shown = table.head(MOST)
    names = told_apart(shown["term"].tolist(), drawing.LONGEST_TICK)
    units = np.ones(len(shown))
    spread = _spreads(fit) if _incomparable(shown) else {}
    if spread:
        units = np.array([spread.get(term, 1.0) for term in shown["term"]])
    lines: list[Line] = []
    above: Any = object()
    for name, row, unit in zip(names, shown.to_dict("records"), units, strict=True):
        if "response" in row and row["response"] != above:
            above = row["response"]
            lines.append(Line(_heading(fit, above)))
        lines.append(Line(name, row, float(unit)))
    return lines, len(table) - len(shown), bool(spread)


def _heading(fit: Fit, response: Any) -> str:
    """Return the name of a response above its coefficients, both parts cut where it is long."""
    said = f"{wording.response(fit)} = {wording.quoted(response)}"
    if len(said) <= drawing.LONGEST_TICK:
        return said
    room = drawing.LONGEST_TICK // 2 - 2
    return f"{shortened(fit.facts.response or 'y', room)} = {shortened(response, room)}"


def _incomparable(table: Any) -> bool:
    """Return whether some interval would be too thin to be seen beside the others."""
    low, high = table["conf_low"].to_numpy(float), table["conf_high"].to_numpy(float)
    known = np.isfinite(low) & np.isfinite(high) & (high > low)
    if np.count_nonzero(known) < 2:
        return False
    whole = max(float(high[known].max()), 0.0) - min(float(low[known].min()), 0.0)
    return bool(float(np.min(high[known] - low[known])) < _THIN * whole)


def _spreads(fit: Fit) -> dict[str, float]:
    """Return the standard deviation of every column of the rows with over two values, by term."""
    model = fit.rows
    if model is None or model.sparse:
        return {}
    weights = np.asarray(model.weights)
    spreads = {}
    for name, column in zip(model.names, np.asarray(model.X).T, strict=True):
        inside = (column != column.min()) & (column != column.max())
        if inside.any():
            mean = weights @ column / weights.sum()
            spreads[name] = float(np.sqrt(weights @ (column - mean) ** 2 / weights.sum()))
    return spreads


def draw(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw a point and a line for each coefficient, an arrow for an infinite one."""
    _check(fit, view)
    lines, _, scaled = lines_of(fit, view)
    if ax is None:
        ax = drawing.new_axes(7.0, _MARGIN + _PITCH * max(len(lines), 3))
    low, high, cut = _limits(lines)
    ax.axvline(0.0, color=drawing.GREY, linewidth=0.9, linestyle=(0, (4, 2)), zorder=0.5)
    for at, line in enumerate(lines):
        if line.row is not None:
            _coefficient(ax, at, line, low, high)
    ax.set_xlim(low, high)
    ax.set_ylim(len(lines) - 0.4, -0.6)
    ax.set_yticks(range(len(lines)), [line.name for line in lines], parse_math=False)
    ax.tick_params(axis="y", length=0)
    for line, tick in zip(lines, ax.get_yticklabels(), strict=True):
        if line.row is None:
            tick.set_fontweight("bold")
    for at, line in enumerate(lines):
        drawing.write(
            ax, 1.015, at, _told(line, view), va="center", color=drawing.DARK,
            transform=ax.get_yaxis_transform(), fontsize=8.0,
        )  # fmt: skip
    if not any(math.isfinite(line.value("estimate")) for line in lines):
        # Arrows have a direction and no length.
        ax.set_xticks([0.0], ["1" if view.exponentiate else "0"])
    elif view.exponentiate:
        _ratio_ticks(ax, low, high)
    drawing.axis_labels(ax, axis_name(fit, view, scaled), "")
    drawing.title(ax, drawing.regression_title(fit))
    return ax


def _check(fit: Fit, view: RegressionView) -> None:
    if view.exponentiate and fit.model not in RATIOS:
        raise ValueError(
            f"the coefficients of a {fit.model} are not logarithms of ratios; leave "
            f"exponentiate out."
        )


def _limits(lines: list[Line]) -> tuple[float, float, bool]:
    """Return what is shown: every estimate, and the intervals as far as they leave room."""
    known = [line for line in lines if line.row is not None and not line.aliased]
    middle = np.array([line.value("estimate") for line in known])
    ends = np.array([[line.value("conf_low"), line.value("conf_high")] for line in known])
    ends = ends.reshape(-1, 2)
    usable = np.isfinite(middle)
    width = np.where(np.isfinite(ends).all(axis=1), ends[:, 1] - ends[:, 0], math.nan)
    typical = float(np.nanmedian(width)) if np.isfinite(width).any() else math.nan
    cut = bool(np.nanmax(width, initial=0.0) > _FAR * typical) if typical > 0 else False
    if cut:
        reach = _CUT * typical
        near = np.clip(ends, (middle - reach)[:, None], (middle + reach)[:, None])
        ends = np.where(usable[:, None], near, ends)
    every = np.concatenate([middle, ends.ravel(), [0.0]])
    every = every[np.isfinite(every)]
    low, high = float(every.min()), float(every.max())
    pad = 0.06 * (high - low) or 1.0
    # An arrow needs some way to go.
    arrows = any(line.infinite for line in known)
    more = 0.25 * (high - low) if arrows else 0.0
    left = any(line.infinite and not line.value("estimate") > 0 for line in known)
    right = any(line.infinite and not line.value("estimate") < 0 for line in known)
    return low - pad - more * left, high + pad + more * right, cut


def _coefficient(ax: Axes, at: int, line: Line, low: float, high: float) -> None:
    if line.aliased:
        return
    estimate = line.value("estimate")
    start, end = line.value("conf_low"), line.value("conf_high")
    if line.infinite:
        _infinite(ax, at, estimate, start, end, low, high)
        return
    if math.isfinite(start) and math.isfinite(end):
        ax.plot(
            [max(start, low), min(end, high)], [at, at], color=drawing.DARK, linewidth=1.6,
            solid_capstyle="butt",
        )  # fmt: skip
        for beyond, edge, marker in ((start < low, low, "<"), (end > high, high, ">")):
            if beyond:
                ax.plot([edge], [at], marker, color=drawing.DARK, markersize=5.0, clip_on=False)
    hollow = line.row is not None and line.row["flag"] == "wald_unreliable"
    ax.plot(
        [estimate], [at], "o", color=drawing.DARK, markersize=5.5, markeredgewidth=1.2,
        markerfacecolor="white" if hollow else drawing.DARK,
    )  # fmt: skip


def _infinite(
    ax: Axes, at: int, estimate: float, start: float, end: float, low: float, high: float
) -> None:
    """Draw an arrow to the edge, from the finite end of the interval where there is one."""
    ways = [high] if estimate > 0 else [low] if estimate < 0 else [low, high]
    for way in ways:
        finite = start if way == high else end
        origin = float(finite) if math.isfinite(finite) and low < finite < high else 0.0
        ax.annotate(
            "", (way, at), xytext=(origin, at), annotation_clip=False,
            arrowprops={
                "arrowstyle": "-|>", "color": drawing.ACCENT, "linewidth": 1.6,
                "linestyle": (0, (4, 2)), "shrinkA": 0.0, "shrinkB": 0.0, "mutation_scale": 10.0,
            },
        )  # fmt: skip
        if origin == finite:
            ax.plot([origin], [at], "|", color=drawing.ACCENT, markersize=9.0, markeredgewidth=1.6)


def _told(line: Line, view: RegressionView) -> str:
    """Return the numbers beside a row."""
    if line.row is None:
        return ""
    if line.aliased:
        return "not identified"
    shown = []
    for name in ("estimate", "conf_low", "conf_high"):
        value = line.value(name)
        if view.exponentiate:
            shown.append(number(_exp(value)))
        else:
            shown.append(number(value, float(line.row["std_error"]) * line.unit))
    estimate = shown[0] or "+inf or -inf"
    return f"{estimate} [{shown[1]}, {shown[2]}]" if shown[1] and shown[2] else estimate


def _exp(value: float) -> float:
    # Beyond the largest double a ratio is infinite; what is not known stays so.
    return math.inf if value >= 709.0 else math.exp(value)


def _ratio_ticks(ax: Axes, low: float, high: float) -> None:
    """Name the ratios on an axis of their logarithms."""
    for steps in (
        (1.0, 1.1, 1.25, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0), (1.0, 2.0, 5.0), (1.0,),
    ):  # fmt: skip
        decades = range(math.floor(low / math.log(10.0)), math.ceil(high / math.log(10.0)) + 1)
        places = [(decade * math.log(10.0) + math.log(step), step, decade)
                  for decade in decades for step in steps]  # fmt: skip
        places = [place for place in places if low <= place[0] <= high]
        if len(places) <= 9:
            break
    stride = -(-len(places) // 9)
    zero = next((at for at, place in enumerate(places) if place[0] == 0.0), 0)
    places = [place for at, place in enumerate(places) if (at - zero) % stride == 0]
    ax.set_xticks(
        [place for place, _, _ in places],
        [f"{step * 10.0**decade:.10g}" if -4 <= decade <= 5 else f"{step:g}e{decade}"
         for _, step, decade in places],
        parse_math=False,
    )  # fmt: skip


def axis_name(fit: Fit, view: RegressionView, scaled: bool) -> str:
    """Return what the horizontal axis measures."""
    each = " per standard deviation" if scaled else ""
    if view.exponentiate:
        return f"{RATIOS[fit.model]}{each} (logarithmic)"
    kind = {
        "LogisticRegression": "log odds ratio", "SoftmaxRegression": "log odds ratio",
        "PoissonRegression": "log rate ratio",
    }.get(fit.model, "coefficient")  # fmt: skip
    if fit.model == "SoftmaxRegression":
        kind += f" against {shortened(wording.quoted(fit.facts.base), 20)}"
    return f"{kind}{each}"


def caption(fit: Fit, view: RegressionView) -> str:
    """Say which intervals are drawn, which leave the line out, and which have none."""
    lines, left, scaled = lines_of(fit, view)
    known = [line for line in lines if line.row is not None]
    clear = [
        line for line in known
        if not line.infinite and (line.value("conf_low") > 0.0 or line.value("conf_high") < 0.0)
    ]  # fmt: skip
    null = "1" if view.exponentiate else "0"
    what = f"{RATIOS[fit.model]}s" if view.exponentiate else "coefficients"
    said = [
        f"{len(known)} {what if len(known) > 1 else what[:-1]} of the "
        f"{wording.lower_title(fit)} of {wording.response(fit)} with "
        f"{percent(view.level)} intervals ({wording.method_name(fit, view)}); the dashed line is "
        f"{null}, and {len(clear)} {plural('interval', len(clear))} "
        f"{'leaves' if len(clear) == 1 else 'leave'} it out."
    ]
    if scaled:
        said.append(
            "Columns are in very different units: coefficients are shown per standard deviation "
            "of their column (of a column with two values per unit); the table has them per unit."
        )
    if infinite := [line for line in known if line.infinite]:
        said.append(
            f"Infinite, drawn as {'an arrow' if len(infinite) == 1 else 'arrows'}: "
            f"{wording.names([line.row['term'] for line in infinite if line.row])}."
        )
    if aliased := [line for line in known if line.aliased]:
        said.append(
            f"Not identified: {wording.names([line.row['term'] for line in aliased if line.row])}."
        )
    if any(line.row is not None and line.row["flag"] == "wald_unreliable" for line in known):
        said.append("Where a point is hollow, Wald's interval is not to be relied on.")
    if fit.facts.ridge:
        said.append(f"The estimates are shrunk by a ridge of {number(fit.facts.ridge)}.")
    if left:
        said.append(f"{left} more {plural('coefficient', left)} are in the table only.")
    return " ".join(said)
