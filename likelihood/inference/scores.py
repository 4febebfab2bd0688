"""How well probabilities fit the classes of weighted rows (level 5)."""

from __future__ import annotations

import math

import numpy as np

from likelihood.family import Floats, Integers

#: Scores that differ by less than this, or this share of them, are those of tied rows.
_TIED = 1e-9


def brier(probabilities: Floats, codes: Integers, weights: Floats) -> float:
    """Return Brier's score (1950): the mean square error of the probability of the event.

    With more than two classes it is summed over all of them.

    Parameters
    ----------
    probabilities : (n, K) array
    codes : (n,) array of int
        The observed class of each row.
    weights : (n,) array

    Examples
    --------
    >>> import numpy as np
    >>> brier(np.array([[0.25, 0.75]]), np.array([1]), np.ones(1))
    0.0625
    """
    observed = np.zeros(probabilities.shape)
    observed[np.arange(len(codes)), codes] = 1.0
    squares = (probabilities - observed) ** 2
    # Two classes have the same error twice.
    rows = squares[:, 1] if probabilities.shape[1] == 2 else squares.sum(axis=1)
    return float(np.average(rows, weights=weights))


def accuracy(probabilities: Floats, codes: Integers, weights: Floats) -> float:
    """Return the share of rows whose most probable class is the observed one.

    Parameters are those of :func:`brier`.

    Examples
    --------
    >>> import numpy as np
    >>> accuracy(np.array([[0.25, 0.75], [0.4, 0.6]]), np.array([1, 0]), np.ones(2))
    0.5
    """
    return float(np.average(probabilities.argmax(axis=1) == codes, weights=weights))


def auc(score: Floats, event: Floats, weights: Floats) -> float:
    """Return the area under the ROC curve, ties counted by half; NaN with one class only.

    It is the probability that a row with the event scores higher than one without.

    Parameters
    ----------
    score, weights : (n,) arrays
        Any increasing function of the probability, which may be infinite.  Scores closer than
        1e-9 are tied: rows that a model predicts alike differ by rounding.
    event : (n,) array
        1 where the event was observed, else 0.

    Examples
    --------
    >>> import numpy as np
    >>> auc(np.array([0.1, 0.4, 0.4]), np.array([0.0, 0.0, 1.0]), np.ones(3))
    0.75
    """
    order = np.argsort(score, kind="stable")
    ranked = score[order]
    with np.errstate(invalid="ignore"):
        # Equal infinities differ by NaN, which is not above.
        rises = np.diff(ranked) > _TIED * np.maximum(1.0, np.abs(ranked[1:]))
    rises |= np.isneginf(ranked[:-1]) & ~np.isneginf(ranked[1:])
    rises |= ~np.isposinf(ranked[:-1]) & np.isposinf(ranked[1:])
    at = np.concatenate([[0], np.cumsum(rises)])
    with_event = np.bincount(at, weights=(weights * event)[order])
    without = np.bincount(at, weights=(weights * (1.0 - event))[order])
    pairs = with_event.sum() * without.sum()
    if pairs == 0:
        return math.nan
    below = np.cumsum(without) - without
    return float(with_event @ (below + 0.5 * without) / pairs)


def tjur(probability: Floats, event: Floats, weights: Floats) -> float:
    """Return Tjur's coefficient of discrimination (2009): the difference of mean probabilities.

    Parameters
    ----------
    probability, event, weights : (n,) arrays
        The probability of the event, 1 where it was observed, and frequencies.

    Examples
    --------
    >>> import numpy as np
    >>> tjur(np.array([0.25, 0.75]), np.array([0.0, 1.0]), np.ones(2))
    0.5
    """
    yes, no = weights * event, weights * (1.0 - event)
    if not (yes.any() and no.any()):
        return math.nan
    return float(np.average(probability, weights=yes) - np.average(probability, weights=no))
