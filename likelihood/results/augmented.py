"""The rows of a regression with what it says of each (level 6)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.labels import as_array
from likelihood.family import Floats, present
from likelihood.inference.augmentation import deviance_residuals, row_influence, row_losses
from likelihood.inference.fitted_rows import FittedRows, fitted_rows
from likelihood.inference.prediction import (
    linear_predictor,
    mean_interval,
    probability_intervals,
)
from likelihood.linear_model import LinearModel
from likelihood.results.given_rows import GivenRows, given_rows
from likelihood.results.rows import class_order, required_rows

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results.regression import Fit

#: Coverage of the intervals of ``augment``.
_LEVEL = 0.95


@dataclass(frozen=True, eq=False)
class _Context:
    """A fit with its rows, and the rows to be augmented."""

    fit: Fit
    model: LinearModel
    fitted: FittedRows
    given: GivenRows

    @property
    def kept(self) -> NDArray[np.bool_]:
        """The columns of X that are not aliased."""
        return self.fit.record.kept[int(self.model.intercept) :]


def augment_table(fit: Fit, data: Any, offset: Any) -> pd.DataFrame:
    """Return rows with predictions, losses, residuals and influence; see ``Fit.augment``."""
    import pandas as pd

    model = required_rows(fit, "augment")
    frame, given = given_rows(fit, model, data, offset)
    context = _Context(fit, model, fitted_rows(model, fit.record), given)
    columns = _predictions(context) | _fits(context)
    # In the order that is promised.
    last = {name: columns.pop(name) for name in (".se_fit", ".conf_low", ".conf_high")}
    columns |= _influence(context, columns.pop("unit")) | last
    added: dict[str, Any] = {}
    for name, values in columns.items():
        while name in frame.columns or name in added:
            name = f".{name}"
        added[name] = _spread(values, given.complete)
    # One frame at once: columns inserted one by one fragment its memory.
    return pd.concat([frame, pd.DataFrame(added, index=frame.index)], axis=1)


def _spread(values: NDArray[Any], complete: NDArray[np.bool_]) -> NDArray[Any]:
    """Return values of the complete rows among all, NaN in the others."""
    if complete.all():
        return values
    kind = values.dtype if values.dtype.kind == "f" else object
    every = np.full(len(complete), np.nan, dtype=kind)
    every[complete] = values
    return every


def _predictions(at: _Context) -> dict[str, Any]:
    """Return .pred, or .pred_class and .pred_<class>, with the interval, by column."""
    facts, given = at.fit.facts, at.given
    of = mean_interval if facts.classes is None else probability_intervals
    found = of(
        at.model, at.fit.record, given.X, given.offset, _LEVEL, low=given.low, fitted=at.fitted
    )
    parts = zip((".se_fit", ".conf_low", ".conf_high"), found[1:], strict=True)
    if facts.classes is None:
        return {".pred": found.estimate, **dict(parts)}
    order = class_order(facts)
    placed = np.empty_like(found.estimate)
    placed[:, order] = found.estimate
    best = placed.argmax(axis=1)
    # The event of a logistic regression is the model's last class.
    softmax = at.model.family.pinned > 0
    own = np.argsort(order)[best] if softmax else np.ones(len(best), dtype=np.intp)
    labels = as_array(facts.classes).astype(object)
    columns: dict[str, Any] = {".pred_class": labels[best]}
    names = iter(_class_names(facts.classes))
    columns |= {next(names): values for values in placed.T}
    return columns | {name: part[np.arange(len(best)), own] for name, part in parts}


def _class_names(classes: tuple[Any, ...]) -> list[str]:
    """Return a column name for each class, all different and none that of another column."""
    names: list[str] = []
    for label in classes:
        name = f".pred_{label}"
        while name in names or name == ".pred_class":
            name = f".{name}"
        names.append(name)
    return names


def _fits(at: _Context) -> dict[str, Any]:
    """Return .loss and .resid, and under "unit" the residual at a dispersion of 1."""
    fit, model, given, family = at.fit, at.model, at.given, at.model.family
    n = given.X.shape[0]
    loss, resid = np.full(n, np.nan), np.full(n, np.nan)
    known = given.answered & given.shifted
    if not known.any():
        return {".loss": loss, ".resid": resid, "unit": resid}
    X, t = given.X[known], given.t[known]
    offset = None if given.offset is None else given.offset[known]
    low = None if given.low is None else given.low[known]
    if family.free_dispersion:
        kept = at.kept
        y = at.fitted.residuals(
            X[:, kept], t, offset, None if low is None else low[:, kept]
        )  # fmt: skip
        variance = 0.0 if fit.record.exact else fit.record.deviance / fit.n
        loss[known] = row_losses(family, np.zeros((len(y), 1)), y[:, None], variance)
        resid[known] = y
        scale = 0.0 if fit.record.exact else float(np.sqrt(fit.record.dispersion))
        with np.errstate(divide="ignore", invalid="ignore"):
            unit = resid / scale if scale else np.full(n, np.nan)
    else:
        eta = linear_predictor(at.fitted, model, fit.record, X, offset, low)
        with np.errstate(over="ignore"):
            mean = present(family.cumulants(eta, 1).mean)
        loss[known] = row_losses(family, eta, t, 1.0)
        resid[known] = deviance_residuals(family, eta, t, mean)
        # Without a sign there is nothing to standardise.
        unit = np.full(n, np.nan) if t.ndim == 1 else resid
    return {".loss": loss, ".resid": resid, "unit": unit}


def _influence(at: _Context, unit: Floats) -> dict[str, Any]:
    """Return .std_resid, .hat and .cooks_d of rows that were fitted, NaN for others."""
    found = row_influence(at.model, at.fit.record, at.fitted)
    hat, cooks_d = np.full(len(unit), np.nan), np.full(len(unit), np.nan)
    fitted = at.given.position >= 0
    hat[fitted] = found.hat[at.given.position[fitted]]
    cooks_d[fitted] = found.cooks_d[at.given.position[fitted]]
    left = 1.0 - hat
    std_resid = np.full(len(unit), np.nan)
    # A row at leverage 1 fits itself, whatever it is.
    np.divide(unit, np.sqrt(np.maximum(left, 0.0)), out=std_resid, where=left > 1e-10)
    return {".std_resid": std_resid, ".hat": hat, ".cooks_d": cooks_d}
