"""The covariance of many coefficients, computed when it is asked for (level 4)."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import cached_property

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats, present
from likelihood.fit.passing import penalty, to_user
from likelihood.fit.wide import Wide
from likelihood.linear_model import LinearModel
from likelihood.solve.kronecker import inverse_root, shrunk_root

#: Matrices of the size of the covariance that are held at once while it is computed.
MATRICES = 6
#: The share of the machine's memory that may be taken.
SHARE = 0.5

#: Advice where the estimates are there, and where they are not.
KNOWN = (
    "The estimates are in coef_, and need none; for standard errors fit fewer columns, or merge "
    "classes."
)
UNKNOWN = "Fit fewer columns, or merge classes."


class Deferred:
    """Standard errors and covariance at the end of a search without a Hessian.

    Both come from one pass over the rows, at the first use of either.

    Parameters
    ----------
    model : LinearModel
        Its rows are referred to, not copied.
    found : Wide
    """

    def __init__(self, model: LinearModel, found: Wide) -> None:
        self._model, self._found = model, found

    def covariance(self) -> Floats:
        """Return the covariance (k d, k d), zero where aliased.

        Raises
        ------
        DataError
            It would take too much of the machine's memory.
        """
        return self._covariance

    def std_error(self) -> Floats:
        """Return the standard errors (k, d), zero where aliased."""
        return np.sqrt(np.diag(self._covariance)).reshape(self._model.shape)

    @cached_property
    def _covariance(self) -> Floats:
        found, size = self._found, self._found.theta.size
        refuse(size, KNOWN)
        passes = replace(found.passes, threads=1)
        free = np.tile(found.columns.kept, passes.free)
        # BLAS has the threads here: blocks that wait for each other would fill the memory.
        hessian = present(passes.sums(found.theta, 2).hessian)[np.ix_(free, free)]
        ridge = penalty(self._model, passes)[free]
        root = inverse_root(hessian + np.diag(ridge) if ridge.any() else hessian)
        if root is None:
            return np.full((size, size), np.nan)
        if ridge.any():
            root = shrunk_root(root, hessian)
        half = np.zeros((size, root.shape[1]))
        half[free] = root
        _, half = to_user(found.theta, half, passes)
        return np.asarray(half @ half.T)


def refuse(size: int, advice: str) -> None:
    """Refuse a covariance of so many coefficients if this machine cannot hold it.

    Parameters
    ----------
    size : int
    advice : str
        What to do then.

    Raises
    ------
    DataError
        Computing it would take more than half of the memory there is.

    Examples
    --------
    >>> refuse(10_000_000, UNKNOWN)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    likelihood.errors.DataError: the covariance of 10,000,000 coefficients takes 745,058 GiB...
    """
    needed, there = MATRICES * 8 * size**2, memory()
    if needed > SHARE * there:
        raise DataError(
            f"the covariance of {size:,} coefficients takes {8 * size**2 / 2**30:,.0f} GiB, and "
            f"computing it {needed / 2**30:,.0f} GiB, more than half of the "
            f"{there / 2**30:,.0f} GiB of this machine. {advice}"
        )


def memory() -> float:
    """Return the memory of this machine in bytes, infinity where it does not tell.

    Examples
    --------
    >>> memory() > 2**20
    True
    """
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, OSError, ValueError):
        return float("inf")
