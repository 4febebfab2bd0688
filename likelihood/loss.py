"""A family's loss as a callable (level 2): every option of every loss, at any size.

Small arrays, and rows that are not reduced, are evaluated exactly row by row; a mean or sum over
large ones is taken block by block.  Both give the gradients to the same few last digits.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, Unpack

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.targets import real_array
from likelihood.family import Floats, present
from likelihood.loss_blocks import BlockLoss
from likelihood.loss_rows import (
    Options,
    RowLoss,
    WeightedRows,
    checked_divisor,
    checked_reduction,
    times,
)


@dataclass(frozen=True)
class Loss(RowLoss):
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
    out : array
        ``gradient`` and ``value_and_gradient`` only: where the gradient is written, of the shape
        of the prediction, float64, apart from the other arrays.  It is what is returned; after an
        error its content is undefined.

    A mean or sum over 32768 numbers or more is taken block by block, by several threads from
    1e5 numbers on, in memory for a few blocks and the gradient.  Its value is then within a few
    units in the last place of the sum of the exact rows, and does not depend on the number of
    threads; with ``reduction="none"`` every row is exact at any size.

    Examples
    --------
    >>> from likelihood import losses
    >>> losses.binary_cross_entropy([1, 0], logits=[0.0, 0.0])
    0.6931471805599453
    >>> losses.categorical_cross_entropy([2], probs=[[0.6, 0.2, 0.2]])
    1.6094379124341003
    >>> losses.binary_cross_entropy.gradient([1, 0], logits=[0.0, 0.0], reduction="sum")
    array([-0.5,  0.5])
    >>> gradient = np.empty(2)
    >>> value, _ = losses.squared_error.value_and_gradient([1, 2], mean=[1.5, 2], out=gradient)
    >>> value, gradient
    (0.125, array([0.5, 0. ]))
    """

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
        name, prediction = self._prediction(misplaced, options)
        blocks = BlockLoss.of(self, y, name, prediction, options)
        value = None if blocks is None else blocks.evaluate(True, None)
        if value is not None:
            return value
        rows = self.rows(y, name, prediction, options, 0)
        return self._reduced(rows, options)

    def gradient(
        self, y: Any, *misplaced: Any, out: Floats | None = None, **options: Unpack[Options]
    ) -> Any:
        """Return the derivative of the loss in the prediction, shaped like the prediction."""
        return self._value_and_gradient(y, misplaced, options, out, False)[1]

    def value_and_gradient(
        self, y: Any, *misplaced: Any, out: Floats | None = None, **options: Unpack[Options]
    ) -> tuple[Any, Any]:
        """Return the loss and its gradient from one evaluation.

        Raises
        ------
        TypeError, ValueError
            ``out`` is not a float64 array of the prediction's shape, or shares memory with
            another argument.
        """
        return self._value_and_gradient(y, misplaced, options, out, True)

    def hessian(self, y: Any, *misplaced: Any, **options: Unpack[Options]) -> Any:
        """Return the second derivatives of every row's part: shaped like y, or (N, K, K)."""
        name, prediction = self._prediction(misplaced, options)
        rows = self.rows(y, name, prediction, options, 2)
        divisor = self._divisor(rows, options)
        hessian = _over(times(present(rows.loss.hessian), rows.weights), divisor)
        block = () if self.family.pinned == 0 else hessian.shape[1:]
        return _shaped(hessian, (*rows.batch.rows, *block))

    def _value_and_gradient(
        self, y: Any, misplaced: tuple[Any, ...], options: Options, out: Any, value: bool
    ) -> tuple[Any, Any]:
        name, prediction = self._prediction(misplaced, options)
        if out is not None:
            _check_out(out, real_array(prediction, name), name, (y, prediction, *options.values()))
        blocks = BlockLoss.of(self, y, name, prediction, options)
        if blocks is not None:
            in_place = out is not None and out.flags.c_contiguous
            gradient = out if in_place else np.empty(blocks.shape)
            found = blocks.evaluate(value, gradient)
            if found is not None:
                return found, gradient if out is None or in_place else _copied(gradient, out)
        rows = self.rows(y, name, prediction, options, 1)
        divisor = self._divisor(rows, options)
        gradient = _over(times(present(rows.loss.gradient), rows.weights), divisor)
        gradient = _shaped(gradient, rows.batch.shape)
        found = self._reduced(rows, options) if value else None
        return found, gradient if out is None else _copied(gradient, out)

    def _divisor(self, rows: WeightedRows, options: Options) -> float:
        """Return what the loss is divided by: 1 unless it is a mean."""
        if checked_reduction(options) != "mean":
            return 1.0
        n = len(rows.loss.value)
        counted = rows.weights if options.get("denominator") == "weights" else rows.keep
        if counted.size == 1:
            return checked_divisor(float(counted[0]) * n, self.name)
        return checked_divisor(_sum(counted), self.name)

    def _reduced(self, rows: WeightedRows, options: Options) -> Any:
        values = times(rows.loss.value, rows.weights)
        if checked_reduction(options) == "none":
            return _shaped(values, rows.batch.rows)
        return _sum(values) / self._divisor(rows, options)

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


#: Up to so many terms Python's own exact sum is the fastest.
_FEW = 4096
_PREDICTIONS = ("logits", "probs", "log_probs", "mean", "rate", "log_rate")
_CLASSES = ("class_weights", "pos_weight", "label_smoothing", "ignore_index")


def _check_out(out: Any, prediction: NDArray[Any], name: str, inputs: tuple[Any, ...]) -> None:
    """Refuse an array that a gradient cannot be written to."""
    if not isinstance(out, np.ndarray) or out.dtype != np.float64:
        kind = f"{out.dtype} array" if isinstance(out, np.ndarray) else type(out).__name__
        raise TypeError(f"out must be a NumPy array of float64, got {kind}.")
    if out.shape != prediction.shape:
        raise ValueError(f"out must have the shape of {name}, {prediction.shape}, got {out.shape}.")
    if not out.flags.writeable:
        raise ValueError("out is read-only; give an array that can be written to.")
    held = [given.to_numpy() if hasattr(given, "to_numpy") else given for given in inputs]
    arrays = [prediction, *(given for given in held if isinstance(given, np.ndarray))]
    if any(np.shares_memory(out, given) for given in arrays):
        raise ValueError("out shares memory with another argument; give an array of its own.")


def _copied(gradient: Any, out: Floats) -> Floats:
    np.copyto(out, gradient)
    return out


def _over(values: Floats, divisor: float) -> Floats:
    return values if divisor == 1.0 else values / divisor


def _sum(values: Floats) -> float:
    """Return the sum, rounded once."""
    if values.size <= _FEW:
        total = _exact_sum(values)
        if math.isfinite(total):
            return total
    return float(kernels.compensated_sum(values))


def _exact_sum(values: Floats) -> float:
    try:
        return math.fsum(values.tolist())
    except (OverflowError, ValueError):
        # A partial sum is out of range, or infinities of both signs meet.
        return math.nan


def _shaped(values: Floats, shape: tuple[int, ...]) -> Any:
    return values.reshape(shape) if shape else float(values.reshape(()))
