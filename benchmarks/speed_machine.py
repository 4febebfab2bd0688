"""The machine that figures belong to, without its name or its paths."""

from __future__ import annotations

import os
import platform
from pathlib import Path
from typing import Any

from benchmarks.speed_peers import versions


def processors() -> int:
    """Return the number of processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def machine() -> dict[str, Any]:
    """Return processor, memory and versions.

    Examples
    --------
    >>> sorted(machine())
    ['blas', 'memory', 'processor', 'processors', 'python', 'system', 'versions']
    """
    total = _proc("/proc/meminfo", "MemTotal").split(" ")[0]
    return {
        "processor": _proc("/proc/cpuinfo", "model name") or platform.processor() or "unknown",
        "processors": processors(),
        "memory": int(total) * 1024 if total.isdigit() else 0,
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "blas": _blas(),
        "versions": versions(),
    }


def available() -> int:
    """Return the bytes of memory that are free for use, 0 where the system does not say."""
    found = _proc("/proc/meminfo", "MemAvailable").split(" ")[0]
    return int(found) * 1024 if found.isdigit() else 0


def _proc(path: str, name: str) -> str:
    try:
        lines = Path(path).read_text().splitlines()
    except OSError:
        return ""
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith(name)), "")


def _blas() -> str:
    """Return the BLAS of NumPy: its name, version and the kernels it has chosen."""
    import numpy  # noqa: F401 - loads the library that is asked about
    from threadpoolctl import threadpool_info

    found = [info for info in threadpool_info() if info["user_api"] == "blas"]
    if not found:
        return "unknown"
    one = found[0]
    return f"{one['internal_api']} {one['version']} ({one.get('architecture', 'unknown')})"
