"""What a machine can do at best, and what that means for each case."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from benchmarks.speed_cases import FITS, Case

#: Passes over the rows in which gradients alone are found, before the Hessian's: the fewest that
#: trials of an exact fit took, with a start from a sample.  Without a Hessian, seventeen.
GRADIENTS, WITHOUT_HESSIAN = 3, 17


def measured(threads: int) -> dict[str, float]:
    """Return bytes read and floating-point operations of ``dgemm`` per second, the best of ten."""
    size = 20_000_000
    tall, vector = np.ones((size // 50, 50)), np.ones(50)
    square = np.ones((1000, 1000))
    return {
        "bandwidth": tall.nbytes / _best(lambda: tall @ vector),
        "dgemm": 2.0 * 1000**3 / _best(lambda: square @ square),
        "threads": threads,
    }


def _best(call: Callable[[], Any]) -> float:
    seconds = []
    for _ in range(10):
        start = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - start)
    return min(seconds)


@dataclass(frozen=True)
class Floor:
    """The least time of a case in seconds.

    Attributes
    ----------
    reading : float
        To read what the case is about, and to write what it returns, once.
    hessian : float
        To multiply out X'WX once, half of it being the other half's mirror image.
    total : float
        Of all passes, each as long as the longer of its reading and its arithmetic.
    """

    reading: float
    hessian: float
    total: float


def floor(case: Case, machine: dict[str, float]) -> Floor | None:
    """Return the least time of a case; None for a command, which is mostly Python's start.

    Examples
    --------
    >>> machine = {"bandwidth": 30e9, "dgemm": 50e9}
    >>> found = floor(Case("a", "logistic", 1_000_000, 20), machine)
    >>> round(found.reading, 4), round(found.hessian, 4), round(found.total, 4)
    (0.0053, 0.0088, 0.0248)
    """
    if case.kind == "die_command":
        return None
    reading = _bytes(case) / machine["bandwidth"]
    if case.kind not in FITS:
        return Floor(reading, 0.0, reading)
    n, k, d = case.n, case.free, case.p + 1
    hessian = n * d * d * k * (k + 1) / 2 / machine["dgemm"]
    gradient = max(reading, 4 * n * d * k / machine["dgemm"])
    if case.kind == "linear":
        return Floor(reading, hessian, max(reading, hessian))
    if not case.std_errors:
        return Floor(reading, hessian, WITHOUT_HESSIAN * gradient)
    return Floor(reading, hessian, GRADIENTS * gradient + max(reading, hessian))


def _bytes(case: Case) -> float:
    """Return the bytes of the columns; of a loss the logits, the classes and the gradient."""
    if case.kind == "binary_loss":
        return 24.0 * case.n
    if case.kind == "class_loss":
        return 8.0 * case.n * (2 * case.k + 1)
    if case.kind == "die":
        # The longest label has five characters of four bytes.
        return case.n * (20.0 if case.variant == "labels" else 8.0)
    return 8.0 * case.n * (case.p + (case.kind == "levels"))
