"""Where the time of a fit goes, file by file of the library, from samples of its stack."""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

#: Seconds between two looks, and how long calls are repeated.
_PAUSE, _LEAST = 0.0005, 1.0


def shares(run: Callable[[], Any]) -> dict[str, float]:
    """Return the share of the time in which each file was the innermost of the library's.

    What NumPy and SciPy do counts for the file that called them, and what threads do for the file
    that waits for them.
    """
    import likelihood

    root = Path(likelihood.__file__).parent
    main = threading.get_ident()
    seen: Counter[str] = Counter()
    done = threading.Event()
    names: dict[str, str] = {}

    def watch() -> None:
        last = time.perf_counter()
        while not done.wait(_PAUSE):
            frame = sys._current_frames().get(main)
            now = time.perf_counter()
            # A call that holds the interpreter delays the look, and is the one that is then seen.
            seen[_innermost(frame, root, names)] += now - last
            last = now

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    start = time.perf_counter()
    while time.perf_counter() - start < _LEAST:
        run()
    done.set()
    watcher.join()
    total = sum(seen.values()) or 1.0
    return {name: spent / total for name, spent in seen.most_common()}


def _innermost(frame: Any, root: Path, names: dict[str, str]) -> str:
    """Return the file of the innermost frame inside a folder, relative to it."""
    while frame is not None:
        path = frame.f_code.co_filename
        if path not in names:
            inside = Path(path).is_relative_to(root)
            names[path] = Path(path).relative_to(root).as_posix() if inside else ""
        if names[path]:
            return names[path]
        frame = frame.f_back
    return "elsewhere"
