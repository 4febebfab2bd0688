"""Time every case against every peer that is installed, and write the page of results.

``python -m benchmarks.speed [--quick] [--cases NAME ...] [--peers NAME ...] [--sweeps n p K]``

Each peer runs in a process of its own, in turn, in several rounds.  What was measured is kept
beside the page, so that a run of some cases replaces theirs and leaves the others.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from benchmarks.speed_cases import CASES, SWEEPS, Case, quick
from benchmarks.speed_document import page
from benchmarks.speed_machine import available, machine, processors
from benchmarks.speed_peers import BY_NAME, PEERS
from benchmarks.speed_rounds import Plan, measured_case, measured_sweep, work

HERE = Path(__file__).resolve().parent


def _arguments(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--cases", nargs="*", metavar="NAME", help="names or patterns such as 'softmax*'; all"
    )
    parser.add_argument("--peers", nargs="*", metavar="NAME", help="names or patterns; all")
    parser.add_argument(
        "--sweeps", nargs="*", choices=("n", "p", "K"), help="the plots; all, none with --cases"
    )
    parser.add_argument("--scale", type=float, default=1.0, help="times the rows of every case")
    parser.add_argument(
        "--quick", action="store_true", help="few rows, one round: shows that it works, no figures"
    )
    parser.add_argument("--rounds", type=int, help="turns of every peer (3)")
    parser.add_argument("--repeats", type=int, help="calls in a turn at most (5)")
    parser.add_argument("--limit", type=float, help="seconds a process may take (600)")
    parser.add_argument(
        "--threads", type=int, default=processors(), help="processors of each process; all"
    )
    parser.add_argument(
        "--memory", type=float, help="GB a process may hold; four fifths of what is free"
    )
    parser.add_argument(
        "--output", type=Path,
        help="a folder for RESULTS.md, its measurements and figures; benchmarks/ itself, and "
        "with --quick or --scale none: the page is printed",
    )  # fmt: skip
    parser.add_argument("--redraw", action="store_true", help="the page again, nothing measured")
    parser.add_argument("--list", action="store_true", help="names of cases and peers, no more")
    return parser.parse_args(argv)


def _chosen(names: Sequence[str], patterns: Sequence[str] | None, what: str) -> list[str]:
    """Return the names that match a pattern, in their order.

    Raises
    ------
    SystemExit
        A pattern matches none.
    """
    if patterns is None:
        return list(names)
    for pattern in patterns:
        if not any(fnmatch(name, pattern) for name in names):
            raise SystemExit(f"there is no {what} {pattern!r}; there are: {', '.join(names)}.")
    return [name for name in names if any(fnmatch(name, pattern) for pattern in patterns)]


def _plan(options: argparse.Namespace) -> Plan:
    memory = available() * 0.8 if options.memory is None else options.memory * 1e9
    base = Plan(rounds=1, repeats=1, limit=30.0) if options.quick else Plan()
    return Plan(
        rounds=options.rounds or base.rounds, repeats=options.repeats or base.repeats,
        limit=options.limit or base.limit, threads=options.threads, memory=int(memory),
    )  # fmt: skip


def _sized(case: Case, options: argparse.Namespace) -> Case | None:
    if options.quick:
        return quick(case)
    return case if options.scale == 1.0 or case.sweep == "n" else case.scaled(options.scale)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _known(path: Path | None, here: dict[str, Any]) -> dict[str, Any]:
    """Return the measurements of earlier runs, if they are of this machine and these versions."""
    if path is None or not path.exists():
        return {"cases": {}}
    known: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if known.get("machine") != here:
        _say("earlier measurements are of another machine or other versions, and are dropped")
        return {"cases": {}}
    return known


def main(argv: Sequence[str] | None = None) -> None:
    """Measure, and write or print the page."""
    options = _arguments(argv)
    if options.list:
        print("cases:", ", ".join(case.name for case in CASES))
        peers = [p.name if p.installed else f"{p.name} (not installed)" for p in PEERS]
        print("peers:", ", ".join(peers))
        return
    trial = options.quick or options.scale != 1.0
    folder = options.output if options.output or trial else HERE
    records = folder / "RESULTS.json" if folder else None
    plan = _plan(options)
    here = {**machine(), "threads": plan.threads, "trial": trial}
    if options.redraw:
        if records is None or not records.exists():
            raise SystemExit("there are no measurements to draw again; run without --redraw.")
        found = json.loads(records.read_text(encoding="utf-8"))
    else:
        found = {**_known(records, here), "machine": here, "plan": vars(plan)}
        _measure(found, options, plan, records)
    text = page(found, folder / "figures" if folder else None)
    if folder is None:
        print(text)
    else:
        (folder / "RESULTS.md").write_text(text, encoding="utf-8")
        _say(f"the page and its figures are in {folder}")


def _measure(
    found: dict[str, Any], options: argparse.Namespace, plan: Plan, records: Path | None
) -> None:
    """Measure what was asked for, keeping each case as soon as it is known."""
    wanted = _chosen([case.name for case in CASES], options.cases, "case")
    peers = [BY_NAME[name] for name in _chosen(list(BY_NAME), options.peers, "peer")]
    sweeps = options.sweeps
    if sweeps is None:
        sweeps = ["n", "p", "K"] if options.cases is None else []
    found["floors"] = work({"work": "floors"}, plan)
    if "said" in found["floors"]:
        raise SystemExit(f"the machine could not be measured: {found['floors']['said']}")

    def keep(name: str, measured: dict[str, Any]) -> None:
        # Peers that were not asked for this time keep their rows of the same case.
        before = found["cases"].get(name, {})
        if before.get("case") == measured["case"]:
            measured["rows"] = {**before["rows"], **measured["rows"]}
            measured.setdefault("shares", before.get("shares", {}))
        found["cases"][name] = measured
        if records is not None:
            records.parent.mkdir(parents=True, exist_ok=True)
            records.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")

    for case in CASES:
        sized = _sized(case, options)
        if case.name in wanted and sized is not None:
            keep(case.name, measured_case(sized, peers, plan, _say))
    for axis in sweeps:
        points = [p for c in SWEEPS if c.sweep == axis and (p := _sized(c, options)) is not None]
        for name, measured in measured_sweep(points, peers, plan, _say):
            keep(name, measured)


if __name__ == "__main__":
    main()
