"""Rounds of measurements: in each, every peer in turn in a process of its own."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed_cases import Case
from benchmarks.speed_data import write_data
from benchmarks.speed_peers import OURS, Peer

#: What BLAS libraries and OpenMP read when they are loaded.
_THREADS = (
    "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS", "NUMEXPR_NUM_THREADS",
)  # fmt: skip
#: Seconds of a call from which one a peer is enough, and from which a sweep goes no farther.
SLOW, TOO_SLOW = 20.0, 60.0


@dataclass(frozen=True)
class Plan:
    """How measurements are made.

    Attributes
    ----------
    rounds, repeats : int
        Turns of every peer, and the most calls that are timed in each.
    seconds : float
        A turn makes no further call after so much time in calls.
    limit : float
        Seconds after which a process is ended.
    threads : int
        Processors each process may use, and threads of its BLAS.
    memory : int
        Bytes each process may hold; 0 for no limit.
    """

    rounds: int = 3
    repeats: int = 5
    seconds: float = 5.0
    limit: float = 600.0
    threads: int = 1
    memory: int = 0


def measured_case(
    case: Case, peers: Sequence[Peer], plan: Plan, say: Callable[[str], None]
) -> dict[str, Any]:
    """Return what was measured of a case.

    Returns
    -------
    dict
        ``case``; ``rows``, by the name of a peer its ``seconds`` (a list), ``memory`` (bytes or
        None), ``gradient``, ``std_error``, and ``said``, why it has none of these; ``shares``,
        of the library's files in its time.
    """
    taking_part = [peer for peer in peers if case.kind in peer.kinds]
    rows: dict[str, dict[str, Any]] = {
        peer.name: {"seconds": []} if peer.installed else {"seconds": [], "said": "not installed"}
        for peer in taking_part
    }
    found: dict[str, Any] = {"case": asdict(case), "rows": rows}
    with tempfile.TemporaryDirectory(prefix="benchmark-") as folder:
        write_data(case, Path(folder))
        request = {"case": asdict(case), "folder": folder}
        for turn in range(plan.rounds):
            # Back and forth, so that a machine that slows down slows all.
            for peer in taking_part if turn % 2 == 0 else taking_part[::-1]:
                row = rows[peer.name]
                if "said" in row or (turn and min(row["seconds"]) > SLOW):
                    continue
                _add(row, work({**request, "work": "timed", "peer": peer.name,
                                "check": turn == 0}, plan), plan)  # fmt: skip
                say(f"{case.title}: {peer.name}, round {turn + 1}: {_short(row)}")
        tabled = not case.sweep and case.kind != "die_command"
        if tabled and rows.get(OURS, {}).get("seconds"):
            profile = work({**request, "work": "profiled", "peer": OURS}, plan)
            found["shares"] = profile.get("shares", {})
    return found


def _add(row: dict[str, Any], turn: dict[str, Any], plan: Plan) -> None:
    """Add a turn to what is known of a peer."""
    row["seconds"] += turn.pop("seconds", [])
    memory = [m for m in (row.get("memory"), turn.pop("memory", None)) if m is not None]
    row["memory"] = max(memory, default=None)
    row |= turn


def _short(row: dict[str, Any]) -> str:
    if "said" in row:
        return str(row["said"])
    return f"{min(row['seconds']):.3g} s"


def work(request: dict[str, Any], plan: Plan) -> dict[str, Any]:
    """Return what a process answers to a request; what became of it where it does not."""
    full = {
        **request, "threads": plan.threads, "memory": plan.memory, "repeats": plan.repeats,
        "seconds": plan.seconds,
    }  # fmt: skip
    command = [sys.executable, "-m", "benchmarks.speed_worker", json.dumps(full)]
    environment = {**os.environ, **{name: str(plan.threads) for name in _THREADS}}
    try:
        done = subprocess.run(
            command, env=environment, timeout=plan.limit, capture_output=True, text=True,
            cwd=Path(__file__).resolve().parent.parent,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        return {"said": f"over {plan.limit:.0f} s"}
    if done.returncode:
        last = done.stderr.strip().splitlines()[-1:] or ["no message"]
        return {"said": _pathless(f"its process ended with {done.returncode}: {last[0][:160]}")}
    answer: dict[str, Any] = json.loads(done.stdout)
    if "said" in answer:
        answer["said"] = _pathless(answer["said"])
    return answer


def _pathless(text: str) -> str:
    """Return a message without the folders of this machine, and fit for a table's cell.

    Examples
    --------
    >>> _pathless("no file '/home/me/data/X.npy' | none")
    "no file 'X.npy' / none"
    """
    return re.sub(r"/(?:[^\s/'\"]+/)+", "", text).replace("|", "/")


def measured_sweep(
    cases: Sequence[Case], peers: Sequence[Peer], plan: Plan, say: Callable[[str], None]
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the points of one sweep with their names; a peer leaves where it has become slow."""
    slow: set[str] = set()
    for case in cases:
        if plan.memory and 24 * case.n * (case.p + 1) > plan.memory:
            say(f"{case.title}: left out, three times its size is more memory than there is")
            continue
        still = [peer for peer in peers if peer.name not in slow]
        found = measured_case(case, still, plan, say)
        slow |= {
            name
            for name, row in found["rows"].items()
            if "said" in row or min(row["seconds"]) > TOO_SLOW
        }
        yield case.name, found
