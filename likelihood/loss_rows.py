"""The rows of a loss with every option applied, exact to their last digits (level 2).

Every option turns into a target t in the family's mean range and a weight for its row, since
a class-weighted cross-entropy ``sum_c w_c t_c (A - eta_c)`` is ``s (A - <t', eta>)`` with
``s = sum_c w_c t_c`` and ``t' = w t / s``.  Values and derivatives are then the family's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypedDict

import numpy as np

from likelihood.data.targets import Batch, batch, class_targets, ignored, real
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, Rowwise


class Options(TypedDict, total=False):
    """The keywords that every loss and its derivatives share; ``Loss`` describes each."""

    logits: Any
    probs: Any
    log_probs: Any
    mean: Any
    rate: Any
    log_rate: Any
    sd: Any
    weights: Any
    class_weights: Any
    pos_weight: float
    label_smoothing: float
    ignore_index: int
    reduction: Literal["mean", "sum", "none"]
    denominator: Literal["count", "weights"]


class WeightedRows(NamedTuple):
    """Rows of a loss with their weights (n,), and 1 for those kept, 0 for those ignored.

    A single weight, or a single 1, stands for all rows.
    """

    loss: Rowwise
    weights: Floats
    keep: Floats
    batch: Batch


@dataclass(frozen=True)
class RowLoss:
    """What a loss is, and its value and derivatives in every row; ``Loss`` describes the fields."""

    family: type[ExponentialFamily]
    name: str = "loss"
    scale: float = 1.0
    constant: bool = True

    def rows(
        self, y: Any, name: str, prediction: Any, options: Options, order: int
    ) -> WeightedRows:
        """Return the loss of every row at a prediction, with derivatives up to an order.

        Parameters
        ----------
        y, prediction : array
            As the caller gave them.
        name : str
            The keyword of the prediction.
        options : Options
            The other keywords; what is reduced is not done here.
        order : {0, 1, 2}
        """
        form = self.family.predictions[name]
        y, keep = ignored(self.family, y, prediction, name, options.get("ignore_index"))
        given = batch(self.family, y, prediction, name, form)
        t, weights = class_targets(
            self.family,
            given.t,
            given.prediction.shape[1],
            options.get("class_weights"),
            options.get("pos_weight"),
            options.get("label_smoothing", 0.0),
        )
        if options.get("weights") is not None:
            weights = weights * row_weights(options["weights"], given.rows)
        if options.get("ignore_index") is not None:
            weights = weights * keep
        sd = None if "sd" not in options else _deviations(options["sd"], given.rows)
        loss = self.family.row_nll(given.prediction, t, form, order, sd=sd, base=self.constant)
        if self.scale != 1.0:
            value, *derivatives = loss
            scaled = (None if part is None else self.scale * part for part in derivatives)
            loss = Rowwise(self.scale * value, *scaled)
        return WeightedRows(loss, weights, keep, given)


def row_weights(weights: Any, shape: tuple[int, ...]) -> Floats:
    """Return one finite, non-negative weight per row, (n,).

    Raises
    ------
    DataError
        A weight is negative or not finite, or there is not one for each row.

    Examples
    --------
    >>> row_weights([1, 2], (2,))
    array([1., 2.])
    """
    rows = real(weights, "weights")
    if rows.shape != shape:
        raise DataError(f"weights must have one entry per row, {shape}, got {rows.shape}.")
    if not (np.isfinite(rows) & (rows >= 0)).all():
        bad = int(np.flatnonzero(~(np.isfinite(rows) & (rows >= 0)))[0])
        raise DataError(
            f"weights must be finite and not negative, got {rows.flat[bad]} at row {bad}."
        )
    return rows.reshape(-1)


def _deviations(sd: Any, shape: tuple[int, ...]) -> Floats:
    values = real(sd, "sd")
    if values.shape not in ((), shape):
        raise DataError(f"sd must be one number or of shape {shape}, got {values.shape}.")
    if not ((values > 0) & np.isfinite(values)).all():
        bad = values[~((values > 0) & np.isfinite(values))].flat[0]
        raise DataError(f"sd must be positive and finite, got {bad:g}.")
    return np.broadcast_to(values, shape).reshape(-1)


def checked_reduction(options: Options) -> str:
    """Return the reduction; refuse one, or a denominator, that is not known.

    Examples
    --------
    >>> checked_reduction({"denominator": "weights"})
    'mean'
    """
    reduction, by = options.get("reduction", "mean"), options.get("denominator", "count")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction {reduction!r} is not known; use 'mean', 'sum' or 'none'.")
    if by not in ("count", "weights"):
        raise ValueError(f"denominator {by!r} is not known; use 'count' or 'weights'.")
    return reduction


def checked_divisor(divisor: float, name: str) -> float:
    """Return what a mean divides by; refuse zero.

    Examples
    --------
    >>> checked_divisor(2.0, "loss")
    2.0
    """
    if divisor == 0.0:
        raise DataError(
            f"{name} has nothing to average: every row is ignored or weighs nothing; use "
            f"reduction='sum' if that is meant."
        )
    return divisor


def times(rows: Floats, weights: Floats) -> Floats:
    """Return rows times weights; a row of no weight costs nothing, even one of infinite loss.

    Examples
    --------
    >>> times(np.array([np.inf, 1.0]), np.array([0.0, 2.0]))
    array([0., 2.])
    """
    if weights.size == 1 and weights[0] == 1.0:
        return rows
    column = weights.reshape(-1, *([1] * (rows.ndim - 1)))
    if weights.all():
        return rows * column
    return np.where(column == 0.0, 0.0, column * np.where(column == 0.0, 0.0, rows))
