"""One process: one peer, one case, its data loaded, its calls timed; the figures as JSON.

Started by ``benchmarks.speed_rounds`` with one argument, a request in JSON.  It confines itself
before NumPy is imported, whose BLAS looks at the processors only then.
"""

from __future__ import annotations

import gc
import json
import os
import sys
import time
import warnings
from pathlib import Path
from typing import Any

#: Seconds that one measurement takes at least; shorter calls are repeated within it.
_LEAST = 0.05


def confine(threads: int, memory: int) -> None:
    """Hold this process, and those it starts, to some processors and bytes of memory."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:threads])
    try:
        import resource
    except ImportError:
        return
    if memory and sys.platform == "linux":
        # Not the address space: libraries reserve much that they never touch.
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def main() -> None:
    """Answer the request on the command line."""
    request = json.loads(sys.argv[1])
    confine(request["threads"], request["memory"])
    answer = sys.stdout
    # What a package prints is not the answer.
    sys.stdout = sys.stderr
    warnings.simplefilter("ignore")
    try:
        found = _WORK[request["work"]](request)
    except MemoryError:
        found = {"said": f"out of memory (limit {request['memory'] / 1e9:.0f} GB)"}
    except Exception as error:
        from benchmarks.speed_task import NotRun

        reason = str(error).splitlines()[0][:160] if str(error) else "no message"
        said = reason if isinstance(error, NotRun) else f"{type(error).__name__}: {reason}"
        found = {"said": said}
    answer.write(json.dumps(found) + "\n")


def _given(request: dict[str, Any]) -> Any:
    from benchmarks.speed_cases import Case
    from benchmarks.speed_data import read_data
    from benchmarks.speed_task import Given

    case, folder = Case(**request["case"]), Path(request["folder"])
    return Given(case, read_data(folder), folder, request["threads"])


def _prepared(request: dict[str, Any], given: Any) -> Any:
    """Return the peer's task, after one at a small size: imports are not part of a fit."""
    from dataclasses import replace

    from benchmarks.speed_data import made
    from benchmarks.speed_peers import BY_NAME

    prepare = BY_NAME[request["peer"]].kinds[given.case.kind]
    if given.case.kind != "die_command":
        case = given.case
        small = replace(case, n=500, p=min(case.p, 2), k=min(case.k, 3), aims={})
        if case.kind == "die":
            small = replace(case, n=500)
        prepare(replace(given, case=small, data=made(small))).run()
    return prepare(given)


def timed(request: dict[str, Any]) -> dict[str, Any]:
    """Return the seconds of each call, the extra memory of the first and, if asked, its worth."""
    given = _given(request)
    task = _prepared(request, given)
    _trim()
    before = _memory("VmRSS")
    counted = _forget_peak()
    start = time.perf_counter()
    result = task.run()
    first = time.perf_counter() - start
    peak = _memory("VmHWM")
    memory = peak - before if counted and peak is not None and before is not None else None
    found: dict[str, Any] = {"memory": result if task.outside else memory}
    if request["check"]:
        from benchmarks.speed_accuracy import reached

        found |= reached(given, task.read(result))
    del result
    number = max(1, round(_LEAST / first)) if first < _LEAST else 1
    # A call that is over in an instant is timed many at a time, and its first is not counted.
    seconds = [first] if number == 1 else []
    while len(seconds) < request["repeats"] and sum(seconds) * number < request["seconds"]:
        gc.collect()
        start = time.perf_counter()
        for _ in range(number):
            task.run()
        seconds.append((time.perf_counter() - start) / number)
    return found | {"seconds": seconds}


def profiled(request: dict[str, Any]) -> dict[str, Any]:
    """Return the share of each file of the library in the time of a fit."""
    from benchmarks.speed_profile import shares

    given = _given(request)
    return {"shares": shares(_prepared(request, given).run)}


def floors(request: dict[str, Any]) -> dict[str, Any]:
    """Return what the machine can do."""
    from benchmarks.speed_floors import measured

    return measured(request["threads"])


def _trim() -> None:
    """Give back what earlier work has freed, as far as the C library does that."""
    import ctypes

    gc.collect()
    if hasattr(ctypes.CDLL(None), "malloc_trim"):
        ctypes.CDLL(None).malloc_trim(0)


def _forget_peak() -> bool:
    """Set the peak memory of this process back to what it has now; False if that cannot be."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return False
    return True


def _memory(name: str) -> int | None:
    """Return a figure of this process's memory in bytes, None where the system has none."""
    try:
        lines = Path("/proc/self/status").read_text().splitlines()
    except OSError:
        return None
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith(name)), None)


_WORK = {"timed": timed, "profiled": profiled, "floors": floors}

if __name__ == "__main__":
    main()
