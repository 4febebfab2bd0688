"""Whether one regression is a special case of another (level 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.linear_model import LinearModel
from likelihood.results.rows import unchanged
from likelihood.solve.identification import identify

if TYPE_CHECKING:
    from likelihood.results.regression import Fit


def nested(small: Fit, large: Fit) -> bool:
    """Return whether one regression is a special case of another, both of the same responses.

    It is if both have the same family, classes and offset, and every column of the small one,
    the intercept included, is a combination of the columns of the large one: its residual is
    what `identify` takes for rounding.  Where the rows are gone the terms decide by their names,
    and a fit with an offset is nested in none.
    """
    one, other = small.facts, large.facts
    if _kind(small) != _kind(large) or small.n_coefficients >= large.n_coefficients:
        return False
    a, b = small.rows, large.rows
    if a is not None and b is not None and unchanged(small) and unchanged(large):
        return _same_offset(a, b) and _spanned(a, b)
    named = one.names_given and other.names_given
    return named and not (one.offset or other.offset) and set(one.terms) < set(other.terms)


def _kind(fit: Fit) -> tuple[Any, ...]:
    facts = fit.facts
    classes = None if facts.classes is None else frozenset(facts.classes)
    return facts.free_dispersion, facts.continuous, classes


def _same_offset(a: LinearModel, b: LinearModel) -> bool:
    if a.offset is None or b.offset is None:
        return a.offset is None and b.offset is None
    if a.responses != b.responses:
        return False
    return np.array_equal(a.offset, b.offset)


def _spanned(small: LinearModel, large: LinearModel) -> bool:
    """Return whether the columns of one model are combinations of those of another."""
    parts = [_dense(large), _dense(small)]
    lows = [model.low for model in (large, small)]
    first = len(large.names)
    if small.intercept and not large.intercept:
        parts.append(np.ones((large.n_rows, 1)))
        lows.append(None)
    low = None
    if any(part is not None for part in lows):
        filled = [
            np.zeros_like(part) if rest is None else rest
            for part, rest in zip(parts, lows, strict=True)
        ]
        low = np.hstack(filled)
    found = identify(
        np.hstack(parts), intercept=large.intercept, weights=large.weights, low=low
    )  # fmt: skip
    return not found.kept[first:].any()


def _dense(model: LinearModel) -> Any:
    return model.X if isinstance(model.X, np.ndarray) else model.X.toarray()
