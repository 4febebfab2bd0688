"""How a verdict names coefficients, classes and relations between columns (level 4)."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from likelihood.data.messages import shown
from likelihood.fit.record import RegressionRecord
from likelihood.linear_model import LinearModel
from likelihood.solve.constraints import presence
from likelihood.solve.relations import Relation

#: Coefficients and relations told in a sentence; the rest are counted.
_TOLD = 10
_SIGNS = {1.0: "+inf", -1.0: "-inf"}
_UNDETERMINED = "sign not determined"


def infinite_terms(model: LinearModel, record: RegressionRecord) -> str:
    """Return the infinite coefficients with their signs, and their responses if several.

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> from likelihood.fit.regression import fit_regression
    >>> X, t = np.array([[1.0], [2.0]]), np.array([[0.0], [1.0]])
    >>> model = LinearModel(Bernoulli, X, t, np.ones(2), ("dose",), n_classes=2)
    >>> infinite_terms(model, fit_regression(model))
    "'intercept' (-inf), 'dose' (+inf)"
    """
    several = len(model.responses) > 1
    signs = [_SIGNS.get(float(sign), _UNDETERMINED) for sign in record.sign.ravel()]
    if record.infinite.all() and len(signs) > 2 and len(set(signs)) == 1:
        return f"all {len(signs)} ({signs[0]})"
    told = []
    for j, term in enumerate(model.terms):
        column = [_SIGNS.get(float(sign), _UNDETERMINED) for sign in record.sign[:, j]]
        if several and record.infinite[:, j].all() and len(set(column)) == 1:
            told.append(f"{shown(term)} of every class ({column[0]})")
            continue
        for c in np.flatnonzero(record.infinite[:, j]):
            about = f" of {shown(model.responses[c])}" if several else ""
            told.append(f"{shown(term)}{about} ({column[c]})")
    return _several(told, ", ")


def impossible(model: LinearModel) -> str:
    """Return a sentence on declared classes that never occur, empty where all of them do."""
    if model.n_classes is None:
        return ""
    seen = presence(model.t, model.n_classes)[model.weights > 0].any(axis=0)
    if seen.all():
        return ""
    return " ".join(_unseen(model, [bool(one) for one in np.atleast_1d(seen)]))


def _unseen(model: LinearModel, seen: list[bool]) -> Iterator[str]:
    if not model.family.pinned:
        name = shown(model.responses[0]) if model.responses else "the event"
        yield (
            f"No row with weight is of class {name}."
            if not seen[1]
            else f"Every row with weight is of class {name}."
        )
        return
    if not seen[0]:
        yield "No row with weight is of the reference class."
    if not model.responses:
        # Of two classes the one that is modelled has no name here.
        if not seen[1]:
            yield "Every row with weight is of the reference class."
        return
    names = [shown(r) for r, one in zip(model.responses, seen[1:], strict=True) if not one]
    if names:
        yield f"No row with weight is of class {_several(names, ', ')}."


def aliasing(model: LinearModel, relations: tuple[Relation, ...]) -> str:
    """Return what the aliased columns are made of, and what follows for the estimates."""
    names = [_name(name) for name in model.names]
    rows = int(np.count_nonzero(model.weights > 0))
    d = model.shape[1]
    reason = f"There are {d} coefficients and {rows} rows with weight. " if d > rows else ""
    said = _several([relation.text(names) for relation in relations], "; ")
    if len(relations) == 1:
        return (
            f"{reason}A column is a combination of the columns before it: {said}. Its coefficient "
            "is not identified (NaN in tables, 0 in coef_); the other coefficients are those of "
            "the model without it, and predictions stand. Drop it, or another column of the "
            "relation."
        )
    return (
        f"{reason}Columns are combinations of the columns before them: {said}. Their coefficients "
        "are not identified (NaN in tables, 0 in coef_); the other coefficients are those of the "
        "model without them, and predictions stand. Drop them, or other columns of the relations."
    )


def _name(name: str) -> str:
    """Return a name without quotes, its control characters escaped, cut where it is long."""
    text = shown(name)
    return text[1:-1] if text[-1] == text[0] else text[1:]


def _several(said: list[str], separator: str) -> str:
    text = separator.join(said[:_TOLD])
    return f"{text}{separator}... ({len(said)} in all)" if len(said) > _TOLD else text
