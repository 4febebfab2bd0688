"""Linear restrictions on the coefficients of a regression, ``R b = r`` (level 5)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.messages import listed, shown
from likelihood.family import Floats
from likelihood.inference.coefficient_names import Vocabulary
from likelihood.inference.restriction_grammar import Side, equations

#: An entry this small beside what cancelled to make it is zero.
_CANCELLED = 64.0 * float(np.finfo(float).eps)


@dataclass(frozen=True, eq=False)
class Restrictions:
    """Independent linear restrictions ``R b = r`` on coefficients b, (k, d) row by row.

    Attributes
    ----------
    R : (m, k d) array
    r : (m,) array
    redundant : int
        How many restrictions were left out because others imply them.
    """

    R: Floats
    r: Floats
    redundant: int

    @property
    def df(self) -> int:
        """The number of restrictions, m."""
        return len(self.R)


def restrictions(
    null: Any,
    terms: Sequence[str],
    responses: Sequence[Hashable] = (),
    *,
    shape: tuple[int, int],
    aliased: NDArray[np.bool_] | None = None,
) -> Restrictions:
    """Return the restrictions that a hypothesis states.

    Parameters
    ----------
    null : str, sequence of str, dict, array or pair of arrays
        Text such as ``"x1"`` (is zero), ``"x1 = 2*x2 + 1"``, several with commas between them or
        in a list; a dict of term to value; R, or (R, r) with a column of R for each coefficient.
        With several responses a term stands for its coefficient in each of them, and
        ``"x1[setosa]"`` for one.  Back-ticks may enclose a term's name.
    terms : sequence of d str
        The intercept first if there is one.
    responses : sequence of k labels
        What the responses are called; empty where there is one without a name.
    shape : (k, d)
    aliased : (d,) array of bool, optional
        Terms whose coefficients are not identified: no restriction may involve one.

    Raises
    ------
    FormulaError
        The text names what is not a term, or is not linear.
    ValueError
        Restrictions contradict each other, hold whatever the coefficients, involve a term that
        is not identified, or an array has the wrong shape.
    TypeError
        The hypothesis is none of the above.

    Examples
    --------
    >>> found = restrictions("a = 2*b, b = 1, a = 2", ("a", "b"), shape=(1, 2))
    >>> found.R.tolist(), found.r.tolist(), found.redundant
    ([[1.0, -2.0], [0.0, 1.0]], [0.0, 1.0], 1)
    """
    k, d = shape
    if _is_text(null) or isinstance(null, Mapping):
        vocabulary = Vocabulary(terms, responses)
        R, r = _rows(_sides(null, vocabulary), k, d)
    else:
        R, r = _arrays(null, k * d)
    if aliased is not None:
        _refuse_aliased(R.reshape(-1, k, d), terms, aliased)
    return _independent(R, r)


def slopes(shape: tuple[int, int], kept: NDArray[np.bool_]) -> Restrictions:
    """Return the restrictions that every coefficient of some terms (d,) is zero.

    Raises
    ------
    ValueError
        There is no such term.

    Examples
    --------
    >>> slopes((1, 3), np.array([False, True, True])).R.tolist()
    [[0.0, 1.0, 0.0], [0.0, 0.0, 1.0]]
    """
    k, d = shape
    R = np.eye(k * d)[np.tile(kept, k)]
    if not len(R):
        raise ValueError("the model has no slopes to test; name a restriction, as 'intercept = 0'.")
    return Restrictions(R, np.zeros(len(R)), 0)


def _is_text(null: Any) -> bool:
    if isinstance(null, str):
        return True
    return (
        isinstance(null, (list, tuple))
        and len(null) > 0
        and all(isinstance(one, str) for one in null)
    )


def _sides(null: Any, vocabulary: Vocabulary) -> list[Side]:
    """Return the forms that a text, texts or a dict say are zero."""
    if isinstance(null, str):
        return equations(null, vocabulary)
    if not isinstance(null, Mapping):
        return [side for text in null for side in equations(text, vocabulary)]
    if not null:
        raise ValueError("the hypothesis is an empty dict; give a value for a term, as {'x': 0}.")
    return [
        Side({vocabulary.meaning(str(name)): 1.0}, -_number(value, name))
        for name, value in null.items()
    ]


def _number(value: Any, name: Any) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if not math.isfinite(number):
        raise ValueError(
            f"the hypothesis gives {shown(name)} the value {shown(value)}; give a finite number."
        )
    return number


def _rows(sides: Sequence[Side], k: int, d: int) -> tuple[Floats, Floats]:
    """Return R and r; a form with a term of every response makes one row for each of them."""
    rows, values = [], []
    for side in sides:
        every = any(response is None for response, _ in side.multiples)
        for i in range(k if every else 1):
            row = np.zeros((k, d))
            for (response, term), multiple in side.multiples.items():
                row[i if response is None else response, term] += multiple
            rows.append(row.ravel())
            # Adding 0.0 turns -0.0 into 0.0.
            values.append(0.0 - side.constant)
    return np.array(rows), np.array(values)


def _arrays(null: Any, width: int) -> tuple[Floats, Floats]:
    """Return R and r of a hypothesis given as numbers."""
    pair = isinstance(null, tuple) and len(null) == 2 and np.ndim(null[0]) > 0
    try:
        R = np.array(null[0] if pair else null, dtype=float)
        r = np.array(null[1] if pair else 0.0, dtype=float)
    except (TypeError, ValueError):
        raise TypeError(
            f"a hypothesis is text, a list of texts, a dict of term to value, an array R or a "
            f"pair (R, r), got {shown(null)}."
        ) from None
    R = R[None, :] if R.ndim == 1 else R
    if R.ndim != 2 or R.shape[1] != width or not len(R):
        raise ValueError(
            f"R has shape {R.shape}; it needs one column for each of the {width} coefficients."
        )
    if r.ndim > 1 or (r.ndim == 1 and len(r) != len(R)):
        raise ValueError(f"r has shape {r.shape}; R has {len(R)} rows, give as many values.")
    if not (np.isfinite(R).all() and np.isfinite(r).all()):
        raise ValueError("R and r need finite numbers; one is NaN or infinite.")
    return R, np.broadcast_to(r, len(R)).copy()


def _refuse_aliased(R: Floats, terms: Sequence[str], aliased: NDArray[np.bool_]) -> None:
    involved = (R != 0).any(axis=(0, 1)) & aliased
    if involved.any():
        names = [term for term, one in zip(terms, involved, strict=True) if one]
        raise ValueError(
            f"the hypothesis involves {listed(names)}, which the data do not identify (aliased: "
            f"a combination of other columns); leave it out, or drop the columns it depends on."
        )


def _independent(R: Floats, r: Floats) -> Restrictions:
    """Return the restrictions that others do not imply, in the order given.

    Raises
    ------
    ValueError
        Restrictions contradict each other, or none is left.

    Notes
    -----
    Gaussian elimination in which every entry carries the size of what was added to make it: an
    entry is zero if it is rounding beside that.  A tolerance relative to the row would take
    ``a + 1e-12 b`` for ``a``, which differ where b is in other units.
    """
    chosen: list[int] = []
    done: list[tuple[int, Floats]] = []
    full = np.column_stack([R, r])
    for i, given in enumerate(full):
        row, size = given.copy(), np.abs(given)
        for pivot, other in done:
            times = row[pivot] / other[pivot]
            size += np.abs(times * other)
            row = row - times * other
            row[pivot] = 0.0
            row[np.abs(row) <= _CANCELLED * size] = 0.0
        if row[:-1].any():
            chosen.append(i)
            done.append((int(np.argmax(np.abs(row[:-1]))), row))
        elif row[-1]:
            raise ValueError(
                f"restriction {i + 1} of the hypothesis contradicts the others: no coefficients "
                f"satisfy them all; correct it."
            )
    if not chosen:
        raise ValueError(
            "the hypothesis holds whatever the coefficients; name a restriction, as 'x1 = 0'."
        )
    return Restrictions(R[chosen], r[chosen], len(R) - len(chosen))
