"""Work on parts of an array, shared among threads (level 2)."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from queue import Empty, SimpleQueue
from typing import TypeVar

import numpy as np

_P = TypeVar("_P")
_R = TypeVar("_R")

#: Threads beyond this wait for memory, or for each other.
_MOST = 8


def processors() -> int:
    """Return the number of processors this process may use.

    Examples
    --------
    >>> processors() >= 1
    True
    """
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def shared(
    worker: Callable[[], Callable[[_P], _R]], parts: Sequence[_P], *, threaded: bool
) -> list[_R]:
    """Return the result of every part, in the order of the parts.

    Parameters
    ----------
    worker : callable
        Called once in each thread, for buffers of its own; returns what is called with a part.
    parts : sequence
    threaded : bool
        Whether the work is worth the start of threads.

    Raises
    ------
    Exception
        The first error of any part; the other threads stop at their next one.

    Examples
    --------
    >>> shared(lambda: lambda part: 2 * part, range(4), threaded=True)
    [0, 2, 4, 6]
    """
    threads = min(processors(), _MOST, len(parts))
    if threads == 1 or not threaded:
        return list(map(worker(), parts))
    waiting: SimpleQueue[int] = SimpleQueue()
    for i in range(len(parts)):
        waiting.put(i)
    results: dict[int, _R] = {}

    def thread() -> None:
        try:
            # What NumPy warns of is a thread's own setting.
            with np.errstate(all="ignore"):
                work = worker()
                while True:
                    i = waiting.get_nowait()
                    results[i] = work(parts[i])
        except Empty:
            return
        except BaseException:
            _drain(waiting)
            raise

    with ThreadPoolExecutor(threads) as pool:
        try:
            for started in [pool.submit(thread) for _ in range(threads)]:
                started.result()
        finally:
            # After an interrupt nothing is left to be begun.
            _drain(waiting)
    return [results[i] for i in range(len(parts))]


def _drain(waiting: SimpleQueue[int]) -> None:
    with contextlib.suppress(Empty):
        while True:
            waiting.get_nowait()
