"""A sample reduced to what its likelihood depends on: sufficient statistics with weights."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

import numpy as np

from likelihood.data.columns import whole
from likelihood.errors import DataError
from likelihood.family import Floats, Statistic

FRACTIONAL = (
    "Some weights are not whole numbers, so a weight is not a repetition; standard errors and "
    "tests treat their sum as the number of observations."
)


@dataclass(frozen=True)
class Sample:
    """Distinct rows of sufficient statistics, with the totals that estimates need.

    Attributes
    ----------
    t : (m, k) floats or (m,) integers
        Statistics of the distinct rows.
    weights : (m,) array
        How often each occurs.
    total : float
        The sum of the weights: the n of every formula.
    mean : (k,) array
        The mean of T(y).
    sum_of_squares : float
        About the mean; only where the dispersion is estimated.
    n_rows, n_used : int
        Rows given, and those among them with weight.
    labels : tuple
        What the coordinates of the mean stand for: the categories, or the success of a coin.
    rows : object
        The caller's own values and weights, by reference: never a copy.
    """

    t: Statistic
    weights: Floats
    total: float
    mean: Floats
    n_rows: int
    n_used: int
    sum_of_squares: float = float("nan")
    labels: tuple[Hashable, ...] = ()
    rows: tuple[Any, Any] | None = None

    @property
    def notes(self) -> tuple[str, ...]:
        """What a reader should know of the weights."""
        return () if whole(self.weights) else (FRACTIONAL,)


def tally(codes: Statistic, weights: Floats, size: int) -> Floats:
    """Return the sum of the weights of each code 0..size-1.

    Examples
    --------
    >>> import numpy as np
    >>> tally(np.array([0, 2, 2]), np.array([1.0, 1.0, 3.0]), 3)
    array([1., 0., 4.])
    """
    return np.bincount(codes, weights=weights, minlength=size).astype(np.float64)


def same_rows(one: Sample, other: Sample) -> bool:
    """Return whether two samples are made of the same values with the same weights.

    Raises
    ------
    DataError
        One of them no longer has its rows, because it was read from a file.
    """
    if one.rows is None or other.rows is None:
        raise DataError("a fit without its rows cannot be compared; fit it again in this session.")
    return all(
        a is b or (a is not None and b is not None and np.array_equal(np.asarray(a), np.asarray(b)))
        for a, b in zip(one.rows, other.rows, strict=True)
    )
