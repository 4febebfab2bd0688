"""Figures of cost against rows, columns and classes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib.figure import Figure

from benchmarks.speed_floors import floor
from benchmarks.speed_peers import OURS, PEERS
from benchmarks.speed_summary import case_of, figures

_SIZE = {"n": "n", "p": "p", "K": "k"}
# Okabe & Ito's colours; markers differ as well.
_COLOURS = ("#D55E00", "#009E73", "#56B4E9", "#CC79A7", "#E69F00", "#6B6B6B", "#000000", "#F0E442")
_MARKERS = ("s", "^", "v", "D", "P", "X", "*", "<")
#: Files are the same in every run: no date, and names in them that do not change.
_STYLE = {"svg.hashsalt": "speed", "svg.fonttype": "none", "font.size": 9.0}


def draw(
    points: list[dict[str, Any]], axis: str, what: str, machine: dict[str, float], path: Path
) -> None:
    """Draw median seconds against one size, on logarithmic axes, a line to a program.

    A program's point is drawn where it has reached the maximum.
    """
    cases = [case_of(found) for found in points]
    sizes = [getattr(case, _SIZE[axis]) for case in cases]
    known = [{row.name: row for row in figures(found)} for found in points]
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(6.4, 4.2), layout="constrained")
        axes = figure.add_subplot()
        others = 0
        for peer in PEERS:
            line = [
                (size, at[peer.name].middle)
                for size, at in zip(sizes, known, strict=True)
                if peer.name in at and at[peer.name].counts
            ]
            if not line:
                continue
            if peer.name == OURS:
                look: dict[str, Any] = {"color": "#0072B2", "linewidth": 2.4, "marker": "o"}
                look["zorder"] = 3
            else:
                look = {"color": _COLOURS[others % 8], "linewidth": 1.1}
                look["marker"] = _MARKERS[others % 8]
                others += 1
            axes.plot(*zip(*line, strict=True), label=peer.name, markersize=4, **look)
        least = [floor(case, machine) for case in cases]
        below = [(size, f.total) for size, f in zip(sizes, least, strict=True) if f is not None]
        axes.plot(*zip(*below, strict=True), "--", color="#6B6B6B", linewidth=1.0, label="floor")
        axes.set(xscale="log", yscale="log", xlabel=f"{what} ({axis})", ylabel="seconds")
        if axis != "n":
            axes.set_xticks(sizes, [str(size) for size in sizes])
            axes.minorticks_off()
        axes.grid(alpha=0.25, linewidth=0.6)
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        figure.legend(loc="outside right center", frameon=False)
        path.parent.mkdir(parents=True, exist_ok=True)
        figure.savefig(path, metadata={"Date": None, "Creator": None})
