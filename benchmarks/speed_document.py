"""The page of results, from what was measured."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from benchmarks.speed_cases import CASES, FITS, SWEEPS, rows
from benchmarks.speed_floors import GRADIENTS, WITHOUT_HESSIAN, floor
from benchmarks.speed_peers import LOOP
from benchmarks.speed_summary import Figures, case_of, figures, ours, ratio, rival

_AXES = {"n": "rows", "p": "columns", "K": "classes"}

_TEXT = """# Speed

Made by `python -m benchmarks.speed` on {machine}.{trial}

Each program runs in a process of its own that may use {threads} and holds its data in memory;
the programs take turns in {rounds}. The clock runs from the arrays to
the estimates, and imports and a first call at a small size are before it. "Seconds" are medians,
"best" is the fastest call. "Memory" is the peak of the process less what it held before the call
(for a command the whole process). Ours is the public interface at its defaults: every check of
the data and the verdict included, and standard errors unless noted. Those who want the constant
among the columns have it there before the clock starts, and sparse matrices, tables and tensors
are made before it as well.

A program counts where it has reached the maximum: the largest entry of the gradient of the mean
negative log-likelihood is at most 1e-6, found by formulas that no program shares (of a loss the
error of its value and of n times its gradient, of a die that of a probability). Others are asked
for tolerances that reach this where they have such an option. A ratio is the other's median over
ours: above 1 we are faster; what is aimed at is in brackets, and what falls short of it is bold.
"Ten lines" is Newton's method on whole arrays in NumPy, with standard errors (normal equations
for a linear regression); it is not among the best of the others. The error of standard errors is
the largest relative one.

## All cases

{summary}

## Floors

Reading: {bandwidth:.1f} GB/s. Matrix product: {dgemm:.0f} GFLOP/s. A pass over the rows takes at
least as long as the longer of reading the columns and its arithmetic. The floor is one pass for a
linear regression or a loss, {gradients} of gradients and one of the Hessian for the others,
{seventeen} of gradients where no standard errors are wanted.

{floors}

## Case by case

{cases}
{sweeps}"""


def page(found: dict[str, Any], folder: Path | None) -> str:
    """Return the page as Markdown; its figures are drawn into a folder, if one is given."""
    tables = [found["cases"][case.name] for case in CASES if case.name in found["cases"]]
    machine, plan, floors = found["machine"], found["plan"], found["floors"]
    many = plan["rounds"] > 1
    return _TEXT.format(
        machine=_machine(machine),
        trial="\n\n**A trial with few rows: no figures to quote.**" if machine["trial"] else "",
        threads=_several(plan["threads"], "processor"),
        rounds=f"{_several(plan['rounds'], 'round')}, forth and back" if many else "one round",
        summary=_summary(tables, floors),
        bandwidth=floors["bandwidth"] / 1e9, dgemm=floors["dgemm"] / 1e9,
        gradients=GRADIENTS, seventeen=WITHOUT_HESSIAN, floors=_floors(tables, floors),
        cases="\n\n".join(_case(one) for one in tables),
        sweeps=_sweeps(found, folder),
    )  # fmt: skip


def _machine(machine: dict[str, Any]) -> str:
    versions = ", ".join(f"{name} {v}" for name, v in machine["versions"].items())
    memory = f"{machine['memory'] / 1e9:.0f} GB, " if machine["memory"] else ""
    return (
        f"{machine['processor']}, {_several(machine['processors'], 'processor')}, {memory}"
        f"{machine['system']}, with Python {machine['python']}, {versions}; BLAS {machine['blas']}"
    )


def _several(count: int, what: str) -> str:
    return f"one {what}" if count == 1 else f"{count} {what}s"


def table(header: Iterable[str], lines: Iterable[Iterable[str]], texts: int = 1) -> str:
    """Return a Markdown table whose first columns are text and whose others are numbers.

    Examples
    --------
    >>> print(table(["a", "b"], [["x", "1"]]))
    | a | b |
    | --- | ---: |
    | x | 1 |
    """
    names = list(header)
    rule = ["---"] * texts + ["---:"] * (len(names) - texts)
    return "\n".join(f"| {' | '.join(cells)} |" for cells in [names, rule, *map(list, lines)])


def _seconds(value: float | None) -> str:
    """Return seconds with three digits, milliseconds below a tenth of a second."""
    if value is None:
        return "-"
    return f"{value:.3g}" if value >= 0.1 else f"{1000.0 * value:.3g} ms"


def _megabytes(value: int | None) -> str:
    return "-" if value is None else f"{max(value, 0) / 1e6:.0f}"


def _ratio(value: float | None, aim: float | None = None) -> str:
    aimed = "" if aim is None else f" ({aim:g})"
    shown = "-" if value is None else f"{value:.2g}" if value < 10 else f"{value:.0f}"
    # What falls short of its aim, or of the other where there is none, is not to be overlooked.
    short = value is not None and value < (1.0 if aim is None else aim)
    return f"**{shown}**{aimed}" if short else f"{shown}{aimed}"


def _summary(tables: list[dict[str, Any]], machine: dict[str, float]) -> str:
    lines = []
    for found in tables:
        case, peers = case_of(found), figures(found)
        own, other, least = ours(peers), rival(peers), floor(case, machine)
        middle = own.middle if own else None
        named = [f"{g} {_ratio(ratio(peers, g), a)}" for g, a in case.aims.items()
                 if g not in ("best", LOOP, "statsmodels")]  # fmt: skip
        best = _ratio(ratio(peers), case.aims.get("best"))
        lines.append([
            case.title, other.name if other else "-", _seconds(middle),
            _seconds(other.middle if other else None),
            "; ".join([best, *named]),
            _ratio(ratio(peers, LOOP), case.aims.get(LOOP)),
            _ratio(ratio(peers, "statsmodels"), case.aims.get("statsmodels")),
            "-" if least is None or not middle else f"{middle / least.total:.1f}",
            _megabytes(own.memory if own else None),
        ])  # fmt: skip
    header = [
        "case", "best other", "ours, seconds", "best other, seconds", "ratio", "to ten lines",
        "to statsmodels", "ours in floors", "memory, MB",
    ]  # fmt: skip
    return table(header, lines, texts=2)


def _floors(tables: list[dict[str, Any]], machine: dict[str, float]) -> str:
    lines = []
    for found in tables:
        case = case_of(found)
        least = floor(case, machine)
        if least is not None:
            product = _seconds(least.hessian) if case.kind in FITS else "-"
            lines.append([case.title, _seconds(least.reading), product, _seconds(least.total)])
    return table(["case", "reading once", "Hessian once", "floor"], lines)


def _case(found: dict[str, Any]) -> str:
    case, peers = case_of(found), figures(found)
    own = ours(peers)
    text = [f"### {case.title[0].upper()}{case.title[1:]}", _rows(peers, own, case.kind in FITS)]
    if found.get("shares"):
        shares = [(n, s) for n, s in found["shares"].items() if s >= 0.03][:6]
        where = ", ".join(f"`{name}` {100 * share:.0f} %" for name, share in shares)
        text.append(f"Where our time goes: {where}.")
    return "\n\n".join(text)


def _rows(peers: list[Figures], own: Figures | None, fits: bool) -> str:
    lines = []
    for row in sorted(peers, key=lambda row: (row.middle is None, row.middle or 0.0)):
        if row.middle is None:
            lines.append([row.name, "-", "-", "-", *["-"] * fits, "-", row.said or "-"])
            continue
        against = row.middle / own.middle if own and own.middle and row is not own else None
        reached = "-" if row.gradient is None else f"{row.gradient:.0e}"
        errors = "no" if row.std_error is None else f"yes, {row.std_error:.0e}"
        lines.append([
            row.name, _seconds(row.middle), _seconds(row.best), reached, *[errors] * fits,
            _megabytes(row.memory),
            (_ratio(against) if against else "") if row.counts else "does not count: not there",
        ])  # fmt: skip
    header = ["", "seconds", "best", "gradient per row" if fits else "error",
              *["standard errors, error"] * fits, "memory, MB", "over ours"]  # fmt: skip
    return table(header, lines)


def _sweeps(found: dict[str, Any], folder: Path | None) -> str:
    text = []
    for axis, what in _AXES.items():
        points = [
            found["cases"][case.name]
            for case in SWEEPS
            if case.sweep == axis and case.name in found["cases"]
        ]
        if not points:
            continue
        text.append(f"\n## Cost against the number of {what}\n")
        if folder is not None:
            from benchmarks.speed_plots import draw

            name = f"speed_{axis}.svg"
            draw(points, axis, what, found["floors"], folder / name)
            text.append(f"![Seconds against the number of {what}](figures/{name})\n")
        text.append(_points(points, axis) + "\n")
    return "\n".join(text)


def _points(points: list[dict[str, Any]], axis: str) -> str:
    cases = [case_of(found) for found in points]
    names = list(dict.fromkeys(name for found in points for name in found["rows"]))
    known = [{row.name: row for row in figures(found)} for found in points]
    lines = [
        [name, *(_point(at.get(name)) for at in known)]
        for name in names
        if any(_point(at.get(name)) != "-" for at in known)
    ]
    sizes = [{"n": rows(c.n), "p": str(c.p), "K": str(c.k)}[axis] for c in cases]
    return table([f"{_fixed(cases[-1], axis)}; {axis} =", *sizes], lines)


def _point(row: Figures | None) -> str:
    return _seconds(row.middle) if row is not None and row.counts else "-"


def _fixed(case: Any, axis: str) -> str:
    sizes = {"n": rows(case.n), "p": case.p, "K": case.k if case.kind == "softmax" else None}
    held = [f"{name} = {v}" for name, v in sizes.items() if name != axis and v is not None]
    return f"{case.kind}, {', '.join(held)}"
