"""How every figure looks, and figures as bytes that are the same in every run (level 9).

Imported by ``plots`` only, so matplotlib is loaded when something is drawn and not before.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from likelihood.report.digits import count
from likelihood.report.labels import label, shortened
from likelihood.report.regression import wording

# Okabe & Ito's blue and vermilion, told apart with any colour vision and, one being light
# where the other is dark, in grey; line styles differ as well.
LIGHT = "#A6C8E0"
DARK = "#005A8C"
ACCENT = "#C44E00"
GREY = "#6B6B6B"
INK = "#222222"

#: The longest label beside an axis, in characters.
LONGEST_TICK = 28
#: The longest name of a horizontal and of a vertical axis, in characters.
ALONG, UPWARDS = 70, 45
#: Characters of a title without the number of rows.
_TITLE = 44
#: More points than this cover one another, and make a file large.
MOST_POINTS = 1500

_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 9.0,
    "axes.titlesize": 10.0,
    "axes.titlelocation": "left",
    "axes.labelsize": 9.0,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.linewidth": 0.8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    # Tick labels such as 299.8 instead of 0.8 with +2.99e2 in a corner.
    "axes.formatter.useoffset": False,
    "axes.formatter.limits": (-4, 7),
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "text.color": INK,
    "legend.frameon": False,
    "lines.linewidth": 1.6,
    "savefig.dpi": 150.0,
    # Text stays text, so it can be searched and read aloud.
    "svg.fonttype": "none",
    # Without a salt the ids in an SVG are random.
    "svg.hashsalt": "likelihood",
}


@contextmanager
def style() -> Iterator[None]:
    """Draw in the package's style whatever the reader's matplotlibrc says."""
    base: dict[str, Any] = {
        name: value
        for name, value in mpl.rcParamsDefault.items()
        if not name.startswith(("backend", "interactive", "toolbar", "webagg"))
    }
    settings: Any = {**base, **_STYLE}
    with mpl.rc_context(settings):
        yield


def new_axes(width: float = 6.4, height: float = 3.8) -> Axes:
    """Return axes on a figure of their own, in inches; pyplot's global state is left alone."""
    return Figure(figsize=(width, height), layout="constrained").add_subplot()


def svg(ax: Axes) -> str:
    """Return the figure of axes as SVG, the same bytes for the same figure.

    Examples
    --------
    >>> ax = new_axes()
    >>> svg(ax) == svg(ax), "<dc:date>" in svg(ax)
    (True, False)
    """
    text = _rendered(ax, "svg", {"Date": None, "Creator": None}).decode("utf-8")
    return "\n".join(line.rstrip() for line in text.splitlines()) + "\n"


def png(ax: Axes) -> bytes:
    """Return the figure of axes as PNG, the same bytes for the same figure."""
    return _rendered(ax, "png", {"Software": None})


def _rendered(ax: Axes, kind: str, metadata: dict[str, None]) -> bytes:
    buffer = io.BytesIO()
    figure: Any = ax.figure
    with style(), warnings.catch_warnings():
        # A label in a script that the font lacks shows as boxes; that is not worth a warning
        # to somebody who only asked for a report.
        warnings.filterwarnings("ignore", message=r"Glyph .* missing from")
        # The layout is found by iteration and moves a little each time, so once must do.
        figure.draw_without_rendering()
        figure.set_layout_engine("none")
        figure.savefig(buffer, format=kind, metadata=metadata)
    return buffer.getvalue()


def title(ax: Axes, text: str) -> None:
    """Set a title in which a dollar sign is a dollar sign."""
    ax.set_title(text, parse_math=False)


def regression_title(fit: Any) -> str:
    """Return the kind of regression, its response and its size, short enough for any figure.

    Examples
    --------
    >>> import likelihood as lk
    >>> regression_title(lk.PoissonRegression().fit([[0.0], [1.0]], [1, 3]).result_)
    'Poisson regression of y, n = 2'
    """
    said = f"{wording.TITLES.get(fit.model, fit.model)} of "
    whose = shortened(fit.facts.response, _TITLE - len(said)) or "y"
    return f"{said}{whose}, n = {count(fit.facts.total)}"


def axis_labels(ax: Axes, x: str, y: str) -> None:
    """Name both axes, as text and not as formulae."""
    ax.set_xlabel(x, parse_math=False)
    ax.set_ylabel(y, parse_math=False)


def write(ax: Axes, x: float, y: float, text: str, **options: Any) -> None:
    """Write text at a place in the data, as text and not as a formula."""
    ax.text(x, y, text, parse_math=False, **{"fontsize": 8.5, **options})


def category_ticks(ax: Axes, names: Sequence[Any], room: int) -> None:
    """Name the categories at y = 0, 1, ...; only every second, third, ... if room is short."""
    step = -(-len(names) // max(room, 1))
    places = range(0, len(names), step)
    shown = [label(names[place], LONGEST_TICK) or "(empty)" for place in places]
    ax.set_yticks(list(places), shown, parse_math=False)
    ax.tick_params(axis="y", length=0)


def key(ax: Axes, below: float = 0.16, **options: Any) -> None:
    """Put the legend under the axes, where it covers nothing; ``below`` is in heights of them."""
    legend = ax.legend(
        loc="upper left", bbox_to_anchor=(0.0, -below), ncols=3, borderaxespad=0.0,
        handlelength=1.8, columnspacing=1.6, **options,
    )  # fmt: skip
    for text in legend.get_texts():
        text.set_parse_math(False)


def mark_end(ax: Axes, end: float, text: str, side: str, cut: float, lowest: float) -> None:
    """Drop a line from the curve to the axis at one end of the interval, with its number."""
    ax.vlines(end, lowest, cut, color=DARK, linewidth=0.9)
    ax.plot([end], [cut], "o", color=DARK, markersize=4.5)
    gap = 4 if side == "left" else -4
    ax.annotate(
        text, (end, lowest), xytext=(gap, 5), textcoords="offset points",
        ha=side, va="bottom", color=DARK, fontsize=8.5, parse_math=False,
    )  # fmt: skip


def quantity(fit: Any, otherwise: str, longest: int) -> str:
    """Return what was measured, with its unit where the caller's column tells.

    A column with ``attrs["columns"]`` that describes it, as the package's own data sets have,
    is described if that is not too long; one with a name is named.

    Examples
    --------
    >>> import likelihood as lk
    >>> quantity(lk.Gaussian.fit([1.0, 2.0]), "value", 60)
    'value'
    >>> speed = lk.datasets.load("michelson")["speed"]
    >>> quantity(lk.Gaussian.fit(speed), "value", 65)
    'speed of light in air in thousands of kilometres per second'
    """
    name, description = fit.sample.source
    if not name:
        return otherwise
    # What stands in brackets says the same again in other units.
    text = description.split(" (")[0] or name
    return label(text if len(text) <= longest else name, longest)
