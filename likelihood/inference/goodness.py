"""Goodness of fit: observed counts in cells against those that a fitted distribution expects."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from likelihood.inference.hypothesis import HypothesisTest, chi_square
from likelihood.kernels import poisson_divergence
from likelihood.kernels.arrays import Floats, floats

#: The least expected count of a cell (Cochran 1954 allows a few below it; here none is).
LEAST = 5.0


class Cells(NamedTuple):
    """Cells ``first + width * i`` of counts, with how many were seen and are expected in each."""

    first: int
    width: int
    observed: Floats
    expected: Floats


class Pooled(NamedTuple):
    """Neighbouring cells put together; ``starts`` has the position of the first of each."""

    starts: tuple[int, ...]
    observed: Floats
    expected: Floats


def poisson_cells(
    values: ArrayLike, weights: ArrayLike, rate: float, *, most: int = 40, open_ends: bool = False
) -> Cells:
    """Return observed and expected numbers over all counts that were seen or are likely.

    Parameters
    ----------
    values, weights : (n,) array_like
        Counts 0, 1, 2, ... and how often each occurs.
    rate : float
        Mean of the Poisson distribution.
    most : int
        With more counts than this, several make a cell (up to two cells more may be needed).
    open_ends : bool
        Count the tails beyond the first and the last cell to these, so that as many are
        expected as were observed.

    Examples
    --------
    >>> cells = poisson_cells([0, 1, 2, 3, 4], [109, 65, 22, 3, 1], 0.61)
    >>> cells.expected.round(1)
    array([108.7,  66.3,  20.2,   4.1,   0.6])
    """
    values, weights = floats(values), floats(weights)
    spread = 3.0 * math.sqrt(rate)
    first = max(0, math.floor(min(values.min(), rate - spread)))
    # At least four cells: a single one would fill a figure and look like a lot.
    last = max(values.max(), rate + spread, first + 3)
    # Small counts begin at zero: a gap at zero would be read as a lack of zeros.
    first = 0 if first < most // 4 else first
    width = max(1, math.ceil((last - first + 1) / most))
    size = int((last - first) // width) + 1
    place = ((values - first) // width).astype(np.intp)
    edges = first + width * np.arange(size + 1.0) - 1.0
    # pdtr is not defined below zero, where nothing is.
    below = np.where(edges < 0, 0.0, special.pdtr(np.maximum(edges, 0.0), rate))
    expected = np.diff(below)
    if open_ends:
        expected[0] += below[0]
        expected[-1] += special.pdtrc(edges[-1], rate)
    observed = np.bincount(place, weights=weights, minlength=size).astype(np.float64)
    return Cells(first, width, observed, weights.sum() * expected)


def pooled(observed: ArrayLike, expected: ArrayLike, least: float = LEAST) -> Pooled:
    """Return cells put together from the first on until each expects ``least`` at least.

    What is left at the end joins the last cell; everything is one cell if ``least`` is
    expected nowhere.

    Parameters
    ----------
    observed, expected : (m,) array_like
        Of neighbouring cells.

    Examples
    --------
    >>> pooled([2, 4, 9, 1], [2.0, 4.0, 8.0, 2.0])
    Pooled(starts=(0, 2), observed=array([ 6., 10.]), expected=array([ 6., 10.]))
    """
    observed, expected = floats(observed), floats(expected)
    starts, held = [0], 0.0
    for at, size in enumerate(expected.tolist()):
        if held >= least:
            starts.append(at)
            held = 0.0
        held += size
    if held < least and len(starts) > 1:
        starts.pop()
    return Pooled(
        tuple(starts), np.add.reduceat(observed, starts), np.add.reduceat(expected, starts)
    )


def goodness_of_fit(
    observed: ArrayLike, expected: ArrayLike, estimated: int = 0, kind: str = "score"
) -> HypothesisTest:
    """Return the chi-square test of observed against expected counts with the same total.

    Parameters
    ----------
    observed, expected : (m,) array_like
        Counts of the cells.
    estimated : int
        Parameters that were estimated; the degrees of freedom are m - 1 less these, and the
        p-value is NaN where none is left.
    kind : {"score", "lr"}
        Pearson's (1900) statistic or the likelihood ratio G.

    Raises
    ------
    ValueError
        A cell expects nothing, the totals differ, or the kind is not known.

    Notes
    -----
    Where the parameters were estimated from the observations and not from the cells, the
    distribution is a little wider than this chi-square, with up to ``estimated`` degrees of
    freedom more, so the p-value is somewhat too small (Chernoff & Lehmann 1954).

    Examples
    --------
    >>> test = goodness_of_fit([109, 65, 26], [108.7, 66.3, 25.0], estimated=1)
    >>> round(test.statistic, 4), test.df, round(test.p_value, 4)
    (0.0663, 1, 0.7968)
    """
    observed, expected = floats(observed), floats(expected)
    if (expected <= 0.0).any():
        at = int(np.flatnonzero(expected <= 0.0)[0])
        raise ValueError(f"expected must be positive, got {expected[at]:g} in cell {at}; pool it.")
    seen, wanted = float(observed.sum()), float(expected.sum())
    if not math.isclose(seen, wanted, rel_tol=1e-8):
        raise ValueError(
            f"observed sums to {seen:.12g} and expected to {wanted:.12g}; give cells that hold "
            f"every possible value."
        )
    df = len(expected) - 1 - estimated
    if kind == "score":
        statistic = float(((observed - expected) ** 2 / expected).sum())
        return chi_square(statistic, df, "Pearson's goodness of fit")
    if kind != "lr":
        raise ValueError(f"kind {kind!r} is not known; use 'score' or 'lr'.")
    # With equal totals the sum of o log(o / e) - o + e is that of o log(o / e), without loss.
    statistic = 2.0 * float(poisson_divergence(observed, expected).sum())
    return chi_square(statistic, df, "G goodness of fit")
