"""What a peer is asked for and what it answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.speed_cases import Case
from benchmarks.speed_data import Data


class NotRun(Exception):  # noqa: N818 - a reason, not a fault
    """Why a peer takes no part in a case."""


@dataclass(frozen=True, eq=False)
class Answer:
    """What a peer found, in the terms of the case.

    Attributes
    ----------
    coef : (k, d) array
        The intercept first, then the levels but the first, then the columns; classes against
        the first.
    std_error : (k, d) array
        None where the peer gives none.
    value, gradient : float and array
        Of a loss, a mean over rows.
    probabilities : (6,) array
        Of a die.
    """

    coef: Any = None
    std_error: Any = None
    value: float | None = None
    gradient: Any = None
    probabilities: Any = None


@dataclass(frozen=True, eq=False)
class Task:
    """A call ready to be timed.

    Attributes
    ----------
    run : callable
        What is timed.
    read : callable
        From what ``run`` returned to an answer, off the clock.
    outside : bool
        Whether ``run`` starts a process of its own and returns its peak memory in bytes, which
        ``read`` does not need.
    """

    run: Callable[[], Any]
    read: Callable[[Any], Answer]
    outside: bool = False


@dataclass(frozen=True)
class Given:
    """What a peer is given before the clock starts.

    Attributes
    ----------
    case : Case
    data : dict of arrays
    folder : Path
        Where the case's files lie.
    threads : int
    """

    case: Case
    data: Data
    folder: Path
    threads: int

    def with_constant(self) -> Any:
        """Return the design (n, d) with its constant first, levels as columns of 0 and 1.

        Raises
        ------
        NotRun
            It would take more than 2 GB.
        """
        import numpy as np

        case, X = self.case, self.data["X"]
        size = 8e-9 * case.n * case.columns
        if case.kind != "levels":
            return np.column_stack([np.ones(case.n), X])
        if size > 2.0:
            raise NotRun(f"takes a dense design only, {size:.1f} GB")
        dense = np.zeros((case.n, case.columns))
        dense[:, 0] = 1.0
        codes = self.data["codes"]
        inside = np.flatnonzero(codes)
        dense[inside, codes[inside]] = 1.0
        dense[:, case.k :] = X
        return dense

    def sparse(self) -> Any:
        """Return the levels but the first, then the columns, as a sparse matrix (n, d - 1)."""
        import numpy as np
        import scipy.sparse

        case, codes = self.case, self.data["codes"]
        inside = np.flatnonzero(codes)
        shape = (case.n, case.k - 1)
        levels = scipy.sparse.csr_matrix(
            (np.ones(len(inside)), (inside, codes[inside] - 1)), shape=shape
        )
        return scipy.sparse.hstack([levels, self.data["X"]], format="csr")

    def frame(self, response: bool) -> Any:
        """Return levels and columns as a pandas table, the levels categorical and first."""
        import pandas as pd

        case, data = self.case, self.data
        names = [f"level {i}" for i in range(case.k)]
        frame = pd.DataFrame({"g": pd.Categorical.from_codes(data["codes"], names)})
        for j in range(case.p):
            frame[f"x{j}"] = data["X"][:, j]
        if response:
            frame["y"] = data["y"]
        return frame
