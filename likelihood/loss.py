"""A family's loss as a callable (level 2): one code path for every option of every loss.

Every option turns into a target t in the family's mean range and a weight for its row, since
a class-weighted cross-entropy ``sum_c w_c t_c (A - eta_c)`` is ``s (A - <t', eta>)`` with
``s = sum_c w_c t_c`` and ``t' = w t / s``.  Values and derivatives are then the family's own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal, NamedTuple, TypedDict, Unpack

import numpy as np

from likelihood import kernels
from likelihood.data.targets import Batch, batch, class_targets, ignored, real
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, Rowwise, present


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


class _Weighted(NamedTuple):
    """Rows of a loss with their weights; ``divisor`` is what a mean divides by, else 1."""

    loss: Rowwise
    weights: Floats
    divisor: float
    batch: Batch


@dataclass(frozen=True)
class Loss:
    """The negative log-likelihood of a family as a function of predictions, in nats.

    Call it as ``loss(y, NAME=prediction, ...)``, with one of the names in ``predictions``.
    ``gradient``, ``hessian`` and ``value_and_gradient`` take the same arguments, and their
    derivatives are in the prediction that was given.

    Attributes
    ----------
    family : type of ExponentialFamily
    name : str
        What messages call it.
    scale : float
        The loss is this many times the negative log-likelihood ...
    constant : bool
        ... with or without the terms in which the prediction does not occur.

    Notes
    -----
    The keywords, none of which changes the code that is run:

    logits, probs, log_probs, mean, rate, log_rate : array
        The prediction, shaped like y, or (N, K) for K categories.
    sd : float or array
        Gaussian only: the standard deviation, 1 by default.
    weights : array
        One non-negative weight per row.
    class_weights : (K,) array
        The weight of each class; soft labels are weighed class by class.
    pos_weight : float
        Binary only: multiplies the weight of class 1.
    label_smoothing : float
        The share of every target that is spread evenly over the classes.
    ignore_index : int
        Rows whose target is this label, or all on this class, are left out.
    reduction : {"mean", "sum", "none"}
    denominator : {"count", "weights"}
        What a mean divides by: the number of rows, or the sum of their weights.

    Examples
    --------
    >>> from likelihood import losses
    >>> losses.binary_cross_entropy([1, 0], logits=[0.0, 0.0])
    0.6931471805599453
    >>> losses.categorical_cross_entropy([2], probs=[[0.6, 0.2, 0.2]])
    1.6094379124341003
    >>> losses.binary_cross_entropy.gradient([1, 0], logits=[0.0, 0.0], reduction="sum")
    array([-0.5,  0.5])
    """

    family: type[ExponentialFamily]
    name: str = "loss"
    scale: float = 1.0
    constant: bool = True

    @property
    def predictions(self) -> tuple[str, ...]:
        """The names under which a prediction is taken."""
        return tuple(self.family.predictions)

    def __repr__(self) -> str:
        return f"<Loss {self.name}(y, {' | '.join(f'{n}=' for n in self.predictions)})>"

    def __call__(self, y: Any, *misplaced: Any, **options: Unpack[Options]) -> Any:
        """Return the loss as a float, or one value per row with ``reduction="none"``.

        Parameters
        ----------
        y : array
            One target per prediction (fractions are soft labels); for categories labels
            0..K-1 of shape (N,), or rows on the simplex (N, K).
        **options
            The prediction by its name and the keywords listed at the class.

        Raises
        ------
        TypeError
            The prediction is given by position, or under no or two names.
        DataError
            A value out of range, shapes that differ, an empty batch.
        """
        rows = self._evaluate(y, misplaced, options, 0)
        return _reduced(rows, options)

    def gradient(self, y: Any, *misplaced: Any, **options: Unpack[Options]) -> Any:
        """Return the derivative of the loss in the prediction, shaped like the prediction."""
        return _gradient(self._evaluate(y, misplaced, options, 1))

    def value_and_gradient(
        self, y: Any, *misplaced: Any, **options: Unpack[Options]
    ) -> tuple[Any, Any]:
        """Return the loss and its gradient from one evaluation."""
        rows = self._evaluate(y, misplaced, options, 1)
        return _reduced(rows, options), _gradient(rows)

    def hessian(self, y: Any, *misplaced: Any, **options: Unpack[Options]) -> Any:
        """Return the second derivatives of every row's part: shaped like y, or (N, K, K)."""
        rows = self._evaluate(y, misplaced, options, 2)
        hessian = _times(present(rows.loss.hessian), rows.weights) / rows.divisor
        block = () if self.family.pinned == 0 else hessian.shape[1:]
        return _shaped(hessian, (*rows.batch.rows, *block))

    def _evaluate(
        self, y: Any, misplaced: tuple[Any, ...], options: Options, order: int
    ) -> _Weighted:
        name, prediction = self._prediction(misplaced, options)
        form = self.family.predictions[name]
        y, keep = ignored(self.family, y, prediction, name, options.get("ignore_index"))
        rows = batch(self.family, y, prediction, name, form)
        t, mass = class_targets(
            self.family,
            rows.t,
            rows.prediction.shape[1],
            options.get("class_weights"),
            options.get("pos_weight"),
            options.get("label_smoothing", 0.0),
        )
        weights = mass * _row_weights(options.get("weights"), rows.rows) * keep
        sd = None if "sd" not in options else _deviations(options["sd"], rows.rows)
        loss = self.family.row_nll(rows.prediction, t, form, order, sd=sd, base=self.constant)
        if self.scale != 1.0:
            value, *derivatives = loss
            scaled = (None if part is None else self.scale * part for part in derivatives)
            loss = Rowwise(self.scale * value, *scaled)
        return _Weighted(loss, weights, _divisor(self.name, options, weights, keep), rows)

    def _prediction(self, misplaced: tuple[Any, ...], options: Options) -> tuple[str, Any]:
        """Return the one prediction given, with its name; refuse every other way to give it."""
        ways = " or ".join(f"{name}=..." for name in self.predictions)
        if misplaced:
            raise TypeError(
                f"{self.name} takes its prediction by name, since logits and probabilities look "
                f"alike; write {ways}."
            )
        unknown = [
            name
            for name in options
            if (name not in Options.__annotations__ and name not in self.predictions)
            or (name in _PREDICTIONS and name not in self.predictions)
            or (name == "sd" and not (self.family.free_dispersion and self.constant))
            or (name in _CLASSES and not self.family.classes)
            or (name == "pos_weight" and self.family.pinned)
        ]
        if unknown:
            raise TypeError(f"{self.name} takes no {unknown[0]}=; predictions are {ways}.")
        given = [name for name in self.predictions if options.get(name) is not None]
        if len(given) != 1:
            raise TypeError(
                f"{self.name} needs exactly one prediction, {ways}; got "
                f"{' and '.join(given) if given else 'none'}."
            )
        return given[0], options[given[0]]  # type: ignore[literal-required]


_PREDICTIONS = ("logits", "probs", "log_probs", "mean", "rate", "log_rate")
_CLASSES = ("class_weights", "pos_weight", "label_smoothing", "ignore_index")


def _row_weights(weights: Any, shape: tuple[int, ...]) -> Floats:
    if weights is None:
        return np.ones(int(np.prod(shape)))
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


def _divisor(name: str, options: Options, weights: Floats, keep: Floats) -> float:
    """Return what the loss is divided by: 1 unless it is a mean."""
    reduction, by = options.get("reduction", "mean"), options.get("denominator", "count")
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"reduction {reduction!r} is not known; use 'mean', 'sum' or 'none'.")
    if by not in ("count", "weights"):
        raise ValueError(f"denominator {by!r} is not known; use 'count' or 'weights'.")
    if reduction != "mean":
        return 1.0
    counted = keep if by == "count" else weights
    divisor = float(kernels.compensated_sum(np.broadcast_to(counted, weights.shape)))
    if divisor == 0.0:
        raise DataError(
            f"{name} has nothing to average: every row is ignored or weighs nothing; use "
            f"reduction='sum' if that is meant."
        )
    return divisor


def _reduced(rows: _Weighted, options: Options) -> Any:
    values = _times(rows.loss.value, rows.weights)
    if options.get("reduction") == "none":
        return _shaped(values, rows.batch.rows)
    return float(kernels.compensated_sum(values)) / rows.divisor


def _gradient(rows: _Weighted) -> Any:
    gradient = _times(present(rows.loss.gradient), rows.weights) / rows.divisor
    return _shaped(gradient, rows.batch.shape)


def _times(rows: Floats, weights: Floats) -> Floats:
    """Return rows times weights; a row of no weight costs nothing, even one of infinite loss."""
    column = weights.reshape(-1, *([1] * (rows.ndim - 1)))
    if weights.all():
        return rows * column
    return np.where(column == 0.0, 0.0, column * np.where(column == 0.0, 0.0, rows))


def _shaped(values: Floats, shape: tuple[int, ...]) -> Any:
    return values.reshape(shape) if shape else float(values.reshape(()))
