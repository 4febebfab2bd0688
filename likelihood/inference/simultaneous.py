"""Simultaneous confidence intervals for the K probabilities of a categorical distribution.

Each function takes K counts, zeros allowed, and returns an array (K, 2) of lower and upper
ends inside [0, 1], all of which hold at once with the coverage asked for.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from likelihood.errors import DataError
from likelihood.inference import sison_glaz as box
from likelihood.inference.level import checked_level
from likelihood.inference.proportions import score_ends
from likelihood.inference.quantiles import chi2_quantile, significance
from likelihood.kernels.arrays import Floats, floats

VARIANTS = ("edgeworth", "exact")
#: The largest n up to which every whole number is a double.
_WHOLE = 2.0**53
#: The exact box takes time and memory like the root of n: 100 MB here.
_AFFORDABLE = 1e10


def goodman(counts: ArrayLike, level: float) -> Floats:
    """Return score intervals for all faces at once, by Bonferroni's inequality.

    Each is Wilson's with the significance divided by K.

    Parameters
    ----------
    counts : (K,) array_like
        At least 0, with a positive sum; may be fractional (frequency weights).
    level : float
        Joint coverage, in (0, 1).

    Returns
    -------
    (K, 2) array

    Raises
    ------
    ValueError
        The counts are empty, negative or all zero; the level is not in (0, 1).

    References
    ----------
    Goodman (1965), Technometrics 7, 247-254.

    Examples
    --------
    >>> goodman([5, 3, 2], 0.95).round(4)
    array([[0.1982, 0.8018],
           [0.0868, 0.6589],
           [0.0443, 0.5743]])
    """
    counts = _checked(counts)
    cut = chi2_quantile(significance(level) / len(counts), 1.0)
    return np.stack(score_ends(counts, counts.sum(), cut), axis=-1)


def quesenberry_hurst(counts: ArrayLike, level: float) -> Floats:
    """Return score intervals for all faces at once, by the chi-square of K - 1 degrees.

    Parameters
    ----------
    counts : (K,) array_like
        At least 0, with a positive sum; may be fractional (frequency weights).
    level : float
        Joint coverage, in (0, 1).

    Returns
    -------
    (K, 2) array

    Raises
    ------
    ValueError
        The counts are empty, negative or all zero; the level is not in (0, 1).

    References
    ----------
    Quesenberry & Hurst (1964), Technometrics 6, 191-195.

    Examples
    --------
    >>> quesenberry_hurst([5, 3, 2], 0.95).round(4)
    array([[0.194 , 0.806 ],
           [0.0846, 0.6653],
           [0.043 , 0.5818]])
    """
    counts = _checked(counts)
    # A single face has no degree of freedom, and would have an interval of no width.
    cut = chi2_quantile(significance(level), max(len(counts) - 1.0, 1.0))
    return np.stack(score_ends(counts, counts.sum(), cut), axis=-1)


def sison_glaz(counts: ArrayLike, level: float, variant: str = "edgeworth") -> Floats:
    """Return intervals of one length for all faces, from the multinomial's probability of a box.

    With c the largest number for which the box of counts within c of those observed has less
    than the level, and gamma the share of the next one that reaches it, a face's interval is
    from ``(count - c) / n`` to ``(count + c + 2 gamma) / n``, cut to [0, 1].

    Parameters
    ----------
    counts : (K,) array_like
        At least 0, with a positive sum.
    level : float
        Joint coverage, in (0, 1).
    variant : {"edgeworth", "exact"}
        How the probability of the box is found: by the Edgeworth approximation as published,
        or exactly (Levin 1981), which needs whole counts.

    Returns
    -------
    (K, 2) array

    Raises
    ------
    ValueError
        The counts are empty, negative or all zero, or their sum is above 2**53; the level is
        not in (0, 1); the variant is unknown, or exact with fractional counts.

    Notes
    -----
    The box of c = 0 counts as empty, as in the published programs, so that the width falls to
    zero with the level only.  A level so near 1 that the approximation does not reach it is
    found exactly; with fractional counts, and with n above 1e10, the intervals are [0, 1] then.
    Where all observations are of one face, the multinomial at the estimate is a single point
    and the method has nothing to go by: the intervals are Goodman's.

    As c steps up and gamma falls back from 1 to 0 the upper ends fall by 1 / n: the intervals
    of rising levels are nested but for that.  With a few unequal faces the approximation can
    exceed 1 however large n is, and a high level is not kept then: for shares of 0.1, 0.675 and
    0.225 the box has probability 0.979 at 0.99 and 0.988 at 0.999999.  Goodman's intervals and
    the exact variant keep it.

    In small samples it covers less than its level: 0.855 instead of 0.9 for 30 rolls of a fair
    die of three faces, where Goodman's covers 0.920.

    References
    ----------
    Sison & Glaz (1995), JASA 90, 366-369.
    Levin (1981), Annals of Statistics 9, 1123-1126.

    Examples
    --------
    >>> sison_glaz([5, 3, 2], 0.95).round(4)
    array([[0.3   , 0.8753],
           [0.1   , 0.6753],
           [0.    , 0.5753]])
    """
    counts = _checked(counts)
    level = checked_level(level)
    if variant not in VARIANTS:
        raise ValueError(f"variant {variant!r} is not known; use one of {', '.join(VARIANTS)}.")
    whole = bool((counts == np.floor(counts)).all())
    if variant == "exact" and not whole:
        raise DataError(
            f"the exact box needs whole counts, got {counts[counts != np.floor(counts)][0]:g}; "
            f"use variant='edgeworth' with fractional weights."
        )
    seen = counts[counts > 0.0]
    if len(seen) == 1:
        return goodman(counts, level)
    n = float(counts.sum())
    if n > _WHOLE:
        raise DataError(
            f"sison-glaz counts outcomes one by one, which doubles do up to 2**53 = {_WHOLE:.0f}, "
            f"got n={n:g}; use goodman, which is accurate there."
        )
    found = box.reach(seen, level, box.exact if variant == "exact" else box.edgeworth)
    if found is None and whole and n <= _AFFORDABLE:
        found = box.reach(seen, level, box.exact)
    c, gamma = found or (n, 0.0)
    ends = np.stack([(counts - c) / n, (counts + c + 2.0 * gamma) / n], axis=-1)
    return np.clip(ends, 0.0, 1.0)


def _checked(counts: ArrayLike) -> Floats:
    """Return counts of at least one face with an observation."""
    counts = floats(counts)
    if counts.ndim != 1 or not len(counts):
        raise DataError(
            f"counts must be one number for each face, got an array of shape {counts.shape}; "
            f"give a list of K counts."
        )
    wrong = ~((counts >= 0.0) & np.isfinite(counts))
    if wrong.any():
        at = int(np.flatnonzero(wrong)[0])
        raise DataError(
            f"counts must be finite and at least 0, got {counts[at]:g} at position {at}; "
            f"give how often each face was seen."
        )
    if not counts.any():
        raise DataError("counts hold no observation, their sum is 0; give at least one.")
    return counts
