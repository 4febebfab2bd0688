"""A sample reduced to what its likelihood depends on: sufficient statistics with weights."""

from __future__ import annotations

import hashlib
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from likelihood.data.columns import column, whole
from likelihood.family import Floats, Statistic

FRACTIONAL = (
    "Some weights are not whole numbers, so a weight is not a repetition; standard errors and "
    "tests treat their sum as the number of observations."
)


class Source(NamedTuple):
    """A column's name, and its description where its frame has one; empty where not known."""

    name: str = ""
    description: str = ""


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
    mean_low : float
        What the mean lost to rounding; only where the dispersion is estimated.
    source : Source
        What the column that the values came from is called, where it has a name.
    fingerprint : str
        A digest of values and weights as they were when they were fitted.
    """

    t: Statistic
    weights: Floats
    total: float
    mean: Floats
    n_rows: int
    n_used: int
    sum_of_squares: float = float("nan")
    labels: tuple[Hashable, ...] = ()
    mean_low: float = 0.0
    source: Source = Source()
    fingerprint: str = ""

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


def fingerprint(y: Any, weights: Floats) -> str:
    """Return a digest of values with their weights; equal data have equal digests.

    Numbers are compared as doubles, whatever type holds them, and other labels by their repr.

    Examples
    --------
    >>> import numpy as np
    >>> ones = np.ones(2)
    >>> fingerprint([1, 0], ones) == fingerprint(np.array([1.0, 0.0]), ones)
    True
    >>> fingerprint([1, "1"], ones) == fingerprint(["1", 1], ones)
    False
    """
    values = column(y, "y")
    if values.dtype.kind in "fiub":
        data = np.ascontiguousarray(values, dtype=np.float64).tobytes()
    else:
        data = repr(values.tolist()).encode("utf-8", "backslashreplace")
    digest = hashlib.blake2b(data, digest_size=16)
    digest.update(np.ascontiguousarray(weights, dtype=np.float64).tobytes())
    return digest.hexdigest()


def source_of(y: Any) -> Source:
    """Return what a column is called, and how its data set describes it.

    Examples
    --------
    >>> source_of([1, 2])
    Source(name='', description='')
    """
    name = getattr(y, "name", None)
    if name is None:
        return Source()
    described = getattr(y, "attrs", {}).get("columns")
    return Source(str(name), str(described.get(name, "")) if isinstance(described, dict) else "")
