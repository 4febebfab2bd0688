"""The rows that ``augment`` is about: those of the fit, or others like them (level 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data import columns
from likelihood.data.assembly import read, response
from likelihood.data.columns import encode
from likelihood.data.design import design
from likelihood.data.factors import Rows
from likelihood.data.formulas import FormulaSpec
from likelihood.data.messages import listed
from likelihood.data.tables import Table, required_table, table
from likelihood.data.terms import expand, parse
from likelihood.errors import DataError
from likelihood.family import Floats, Statistic
from likelihood.linear_model import LinearModel
from likelihood.results.rows import class_order

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results.facts import Facts
    from likelihood.results.regression import Fit


@dataclass(frozen=True, eq=False)
class GivenRows:
    """Rows to be augmented; m of them are complete, out of the rows of the table.

    Attributes
    ----------
    complete : (rows,) array of bool
        The rows in which no predictor is missing.
    X, low : (m, p) array
    t : (m, k) floats or (m,) integers
        The responses as statistics; a filler where there is none.
    answered, shifted : (m,) array of bool
        The rows whose response, and whose offset, is known.
    offset : (m, k) array or None
    position : (m,) array of int
        Which row of the fit each one is, -1 for none.
    """

    complete: NDArray[np.bool_]
    X: Any
    low: Floats | None
    t: Statistic
    answered: NDArray[np.bool_]
    shifted: NDArray[np.bool_]
    offset: Floats | None
    position: NDArray[np.intp]


def given_rows(
    fit: Fit, model: LinearModel, data: Any, offset: Any
) -> tuple[pd.DataFrame, GivenRows]:
    """Return a table of the rows, and the rows as the model sees them.

    Parameters
    ----------
    model : LinearModel
        The rows of the fit.
    data : table or array, optional
        Those of the fit where not given.
    offset : array or column name, optional

    Raises
    ------
    DataError
        The data cannot be used, or are those of the fit and have changed.
    """
    own = data is None
    if own and fit.source is None:
        return _frame(model.X, fit), _of_fit(model)
    data = fit.source if own else data
    frame = _frame(data, fit)
    found = _designed(fit, model, data)
    answers, answered = _responses(fit, model, data, found)
    position = _positions(found, answers, answered, model)
    if own and np.count_nonzero(position >= 0) < model.n_rows:
        raise DataError(
            "augment needs the rows of the fit, and the table or array they came from has "
            "changed since; fit the model again, or pass data= the rows as they were."
        )
    # Without a name for it the response of a fitted row is that of the fit.
    ours = (position >= 0) & ~answered
    answers[ours] = model.t[position[ours]]
    shift, shifted = _offsets(fit.facts, model, data, offset, found.complete, position)
    return frame, GivenRows(
        found.complete, found.X, found.low, answers, answered | ours, shifted, shift, position
    )


@dataclass(frozen=True, eq=False)
class _Designed:
    complete: NDArray[np.bool_]
    X: Any
    low: Floats | None


def _of_fit(model: LinearModel) -> GivenRows:
    every = np.ones(model.n_rows, dtype=bool)
    return GivenRows(
        every, model.X, model.low, model.t, every, every, model.offset, np.arange(model.n_rows)
    )


def _frame(data: Any, fit: Fit) -> pd.DataFrame:
    """Return rows as a new pandas table; the entries are not copied where they need not be."""
    import pandas as pd

    if isinstance(data, pd.DataFrame):
        return data.copy(deep=False)
    found = table(pd.DataFrame(dict(data)) if isinstance(data, Mapping) else data, "data")
    if found is not None:
        return pd.DataFrame({name: found.frame[name].to_list() for name in found.names})
    values = design(data).values
    dense = values if isinstance(values, np.ndarray) else values.toarray()
    names = fit.facts.terms[int(fit.facts.intercept) :]
    if dense.shape[1] != len(names):
        raise DataError(
            f"data has {dense.shape[1]} columns, and the fit has {len(names)}, {listed(names)}; "
            f"pass the same columns in the same order."
        )
    return pd.DataFrame(dense, columns=list(names))


def _designed(fit: Fit, model: LinearModel, data: Any) -> _Designed:
    """Return the columns of the model at rows given, without those in which one is missing."""
    facts = fit.facts
    if facts.formula is not None:
        made = facts.formula.apply(data, missing="drop")
        return _Designed(made.kept, made.values, made.low)
    found = table(data, "data") if not isinstance(data, Mapping) else _table(data)
    names = facts.terms[int(facts.intercept) :]
    if found is None or not facts.names_given:
        values = design(data, expected=len(names), owner="the fit").values
        return _Designed(np.ones(values.shape[0], dtype=bool), values, None)
    parts = [found.column(name) for name in names]
    complete = ~np.any([part.missing for part in parts], axis=0)
    if not complete.any():
        raise DataError("data has no row without a missing value; at least one is needed.")
    chosen = [part.values[complete] for part in parts]
    wrong = [n for n, part in zip(names, parts, strict=True) if part.kind not in _NUMERIC]
    if wrong:
        raise DataError(f"column {wrong[0]!r} of data must hold numbers; convert it.")
    values = design(np.column_stack(chosen).astype(float), names=names).values
    return _Designed(complete, values, None)


_NUMERIC = ("number", "truth")


def _table(data: Any) -> Table:
    return required_table(data, "data")


def _responses(
    fit: Fit, model: LinearModel, data: Any, found: _Designed
) -> tuple[Statistic, NDArray[np.bool_]]:
    """Return the responses of complete rows as statistics, and which of them are known."""
    count = int(np.count_nonzero(found.complete))
    answers: Statistic = np.zeros((count, *model.t.shape[1:]), dtype=model.t.dtype)
    rows, values = _answers(fit.facts, data)
    if rows is None:
        return answers, np.zeros(count, dtype=bool)
    known = (rows & found.complete)[found.complete]
    answers[known] = _statistics(fit.facts, model, values[found.complete[rows]])
    return answers, known


def _answers(facts: Facts, data: Any) -> tuple[NDArray[np.bool_] | None, Any]:
    """Return the rows of a table that have a response, and the responses of these."""
    if facts.formula is not None:
        return _by_formula(facts.formula, _table(data))
    found = _table(data) if isinstance(data, Mapping) else table(data, "data")
    if found is None or not facts.response or facts.response not in found.names:
        return None, None
    entries = found.column(facts.response)
    return ~entries.missing, entries.values[~entries.missing]


def _by_formula(spec: FormulaSpec, found: Table) -> tuple[NDArray[np.bool_] | None, Any]:
    factor = expand(parse(spec.formula), spec.columns).response
    if any(name not in found.names for name in factor.used):
        return None, None
    if all(found.column(name).missing.all() for name in factor.used):
        return None, None
    entries, kept, _ = read(found, tuple(factor.used), "drop")
    values = response(factor, Rows(entries, np.flatnonzero(kept), spec.learned, learning=False))
    return kept, np.asarray(values)


def _statistics(facts: Facts, model: LinearModel, values: Any) -> Statistic:
    """Return responses as statistics of the model."""
    if facts.classes is None:
        return np.asarray(columns.numbers(values, facts.response or "y"))[:, None]
    codes = encode(values, facts.classes, facts.response or "y")
    own = np.argsort(class_order(facts))[codes]
    return own if model.t.ndim == 1 else own[:, None].astype(float)


def _positions(
    found: _Designed, answers: Statistic, answered: NDArray[np.bool_], model: LinearModel
) -> NDArray[np.intp]:
    """Return which row of the fit each row is, -1 for none.

    The rows of the fit are among those of its data in their order, less what was left out; if
    they are not all there these are other data.
    """
    count = found.X.shape[0]
    position = np.full(count, -1, dtype=np.intp)
    if not isinstance(found.X, np.ndarray) or not isinstance(model.X, np.ndarray):
        if type(found.X) is type(model.X) and found.X.shape == model.X.shape:
            same = (found.X != model.X).nnz == 0 and (answers == model.t)[answered].all()
            return np.arange(count) if same else position
        return position
    if count == model.n_rows:
        same = np.array_equal(found.X, model.X) and np.array_equal(
            answers[answered], model.t[answered]
        )
        return np.arange(count) if same else position
    if count < model.n_rows:
        return position
    wanted = _keys(model.X, model.t, np.ones(model.n_rows, dtype=bool))
    next_one = 0
    for row, key in enumerate(_keys(found.X, answers, answered)):
        if next_one < len(wanted) and key == wanted[next_one]:
            position[row] = next_one
            next_one += 1
    return position if next_one == len(wanted) else np.full(count, -1, dtype=np.intp)


def _keys(X: Floats, t: Statistic, answered: NDArray[np.bool_]) -> list[bytes]:
    """Return the bytes of each row with its response; of one without, nothing."""
    # Adding 0.0 makes equal zeros of both signs.
    rows = np.ascontiguousarray(np.column_stack([X, t.astype(float)]) + 0.0)
    return [row.tobytes() if one else b"" for row, one in zip(rows, answered, strict=True)]


def _offsets(
    facts: Facts,
    model: LinearModel,
    data: Any,
    offset: Any,
    complete: NDArray[np.bool_],
    position: NDArray[np.intp],
) -> tuple[Floats | None, NDArray[np.bool_]]:
    """Return the offsets (m, k) of complete rows, NaN where not known, and where they are."""
    count = len(position)
    if not facts.offset:
        if offset is not None:
            raise DataError("the model has no offset; leave offset= out, or fit it with one.")
        return None, np.ones(count, dtype=bool)
    if offset is None and model.offset is not None:
        if not (position >= 0).any():
            raise DataError(
                "the model was fitted with an offset, and new rows come without one; pass "
                "offset=, with zeros for none."
            )
        shift = np.full((count, model.free), np.nan)
        shift[position >= 0] = model.offset[position[position >= 0]]
        return shift, position >= 0
    values = _table(data).column(offset).values if isinstance(offset, str) else np.asarray(offset)
    wide = len(facts.classes or ()) if facts.several else 1
    if values.shape not in ((len(complete),), (len(complete), 1), (len(complete), wide)):
        raise DataError(
            f"offset must have one entry for each of {len(complete)} rows"
            f"{f' and {wide} classes' if facts.several else ''}, got shape {values.shape}."
        )
    values = np.asarray(values.reshape(len(complete), -1)[complete], dtype=float)
    if facts.several:
        values = values[:, class_order(facts)]
        values = values[:, 1:] - values[:, :1]
    shifted = np.isfinite(values).all(axis=1)
    return values, np.asarray(shifted)
