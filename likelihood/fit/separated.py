"""Separated data: the proof, and the limiting conditional model (level 4)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from likelihood.family import Floats
from likelihood.fit.search import Solution, search
from likelihood.linear_model import LinearModel
from likelihood.solve.constraints import presence
from likelihood.solve.separation import Separation, separation


def separate(model: LinearModel) -> Separation | None:
    """Return how the data of a model are separated, None where that they overlap is proven.

    Columns of the result are the model's terms, the intercept first.  With a ridge every slope
    is finite, and only an intercept can be infinite: that of a class that never occurs.

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> X, t = np.array([[1.0], [2.0], [2.0]]), np.array([[0.0], [0.0], [1.0]])
    >>> apart = separate(LinearModel(Bernoulli, X, t, np.ones(3), ("x",), n_classes=2))
    >>> apart.kind, apart.sign.tolist(), apart.face.tolist()
    ('quasi', [[-1.0, 1.0]], [False, True, True])
    """
    if model.ridge:
        return _separate_intercepts(model) if model.intercept else None
    X = model.X if not model.sparse else model.X.toarray()
    if model.intercept:
        X = np.column_stack([np.ones(len(X)), X])
    return separation(X, model.t, model.weights, classes=model.n_classes)


def _separate_intercepts(model: LinearModel) -> Separation | None:
    """Return how the intercepts alone separate the data: by a class that is never observed."""
    used = model.weights > 0
    seen = presence(model.t, model.n_classes)[used].any(axis=0)
    if seen.all():
        return None
    t = np.zeros((1, 1)) if model.n_classes is None else np.flatnonzero(seen)
    alone = separation(np.ones((len(t), 1)), t, np.ones(len(t)), classes=model.n_classes)
    if alone is None:
        return None
    k, d = model.shape

    def widened(values: Any) -> Any:
        wide = np.zeros((*values.shape[:-1], d), dtype=values.dtype)
        wide[..., 0] = values[..., 0]
        return wide

    return replace(
        alone, direction=widened(alone.direction), proof=widened(alone.proof),
        infinite=widened(alone.infinite), sign=widened(alone.sign), held=widened(alone.held),
        constancy=widened(alone.constancy),
        remaining=used[:, None] & alone.remaining[:1], face=used & alone.face[0],
    )  # fmt: skip


def limit(model: LinearModel, apart: Separation, **options: Any) -> Solution:
    """Return the maximum of the limiting conditional model (Geyer 2009).

    It is the model of the rows on the face, each with the classes that remain possible there.
    Its likelihood is constant along the span of the separating directions, so as many
    coefficients as that has dimensions are held at zero.  Slopes are the same in the units of
    the columns and in working coordinates; an intercept is held only together with all slopes
    of its class, where it is the same too.

    Parameters
    ----------
    model : LinearModel
    apart : Separation
    **options
        Of the search.
    """
    k, d = model.shape
    if not apart.face.any():
        # Each row has the one outcome that was observed: nothing is left to estimate.
        zero = np.zeros((k, d))
        return Solution(
            coef=zero, coef_low=zero, std_error=zero, covariance=np.zeros((k * d, k * d)),
            log_likelihood=0.0, distance=0.0, converged=True, iterations=0, condition=1.0,
            message="nothing is left to fit", suspicious=True,
        )  # fmt: skip
    return search(
        replace(model, weights=np.where(apart.face, model.weights, 0.0)),
        possible=apart.remaining if model.family.pinned else None,
        free=~apart.held,
        **options,
    )


def push(model: LinearModel, coef: Floats, apart: Separation) -> float:
    """Return the multiple of the canonical direction that takes a limit to margins of at least 40.

    That is a probability of ``exp(-40)`` for what is impossible in the limit, in every row.

    Parameters
    ----------
    coef : (k, d) array
        Of the limiting conditional model.
    """
    used = model.weights > 0
    bare = replace(model, offset=None, low=None).with_rows(used)
    seen = presence(bare.t, bare.n_classes)
    base, rows = np.argmax(seen, axis=1), np.arange(len(seen))
    strict = ~apart.remaining[used]
    if model.n_classes is None:
        strict = np.hstack([np.zeros_like(strict), strict])

    def margins(values: Floats) -> Floats:
        eta = bare.eta(values)
        eta = np.hstack([np.zeros((len(eta), strict.shape[1] - eta.shape[1])), eta])
        return np.asarray((eta[rows, base][:, None] - eta)[strict])

    # The least is 1, whatever the rounding of large columns makes of it.
    steps = (40.0 - margins(coef)) / np.maximum(margins(apart.direction), 1.0)
    largest = np.finfo(float).max / 4.0 / max(float(np.abs(apart.direction).max()), 1.0)
    return min(max(float(steps.max(initial=0.0)), 0.0), largest)
