"""Losses of large arrays, block by block: reduced value, and the gradient in place (level 2).

No temporary is larger than a block.  Plain rows go to the family's kernel for blocks, all others
to the exact rows of ``RowLoss``, so that every option works at any size.  Blocks are shared among
threads; they are the same blocks, summed in the same order, for any number of threads.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from likelihood import kernels
from likelihood.data.columns import aligned
from likelihood.data.targets import class_targets, ignored, in_order, real_array
from likelihood.errors import DataError
from likelihood.family import Floats, present
from likelihood.kernels.fused import BLOCK, Block
from likelihood.loss_rows import (
    Options,
    RowLoss,
    checked_divisor,
    checked_reduction,
    row_weights,
    times,
)
from likelihood.loss_threads import shared

_T = TypeVar("_T")

#: Fewer numbers than this are evaluated whole, with the exact kernels.
LARGE = 2**15
#: Fewer numbers than this are not worth the start of threads.
THREADED = 100_000


class _Part(NamedTuple):
    """The sums of one block: of the weighted losses, and of the weights or the rows kept."""

    value: float
    counted: float


class _Work(NamedTuple):
    """The arrays of one call, with rows on the first axis."""

    x: Any
    y: Any
    weights: Any
    sd: Any


@dataclass(frozen=True, eq=False)
class BlockLoss:
    """A loss of large arrays, ready to be evaluated.

    Attributes
    ----------
    loss : RowLoss
    name : str
        The keyword of the prediction.
    options : Options
    work : arrays of the call
    shape : tuple of int
        The shape of the prediction.
    rows : tuple of int
        The shape of one value per row.
    """

    loss: RowLoss
    name: str
    options: Options
    work: _Work
    shape: tuple[int, ...]
    rows: tuple[int, ...]

    @classmethod
    def of(
        cls, loss: RowLoss, y: Any, name: str, prediction: Any, options: Options
    ) -> BlockLoss | None:
        """Return the loss in blocks, or None where arrays are small or of unexpected shapes."""
        if getattr(prediction, "size", 0) < LARGE:
            return None
        x, target = real_array(prediction, name), real_array(y, "y")
        aligned(y, "y", prediction, name)
        in_order(prediction, name)
        pinned = loss.family.pinned
        rows = x.shape[:-1] if pinned else x.shape
        if x.ndim < 1 + pinned or target.shape not in (rows, x.shape) or not x.size:
            return None
        n = int(np.prod(rows))
        lead = (n, x.shape[-1]) if pinned else (n,)
        weights = options.get("weights")
        if weights is not None:
            weights = real_array(weights, "weights")
            if weights.shape != rows:
                return None
            weights = weights.reshape(n)
        sd = options.get("sd")
        if sd is not None:
            sd = real_array(sd, "sd")
            if sd.shape not in ((), rows):
                return None
            sd = sd.reshape(n) if sd.shape else sd
        flat = target.reshape(lead if target.shape == x.shape else (n,))
        return cls(loss, name, options, _Work(x.reshape(lead), flat, weights, sd), x.shape, rows)

    def evaluate(self, value: bool, out: Floats | None) -> Any:
        """Return the reduced loss, or one value per row, and write the gradient to ``out``.

        Parameters
        ----------
        value : bool
            Whether the value is wanted.
        out : C-contiguous array of the shape of the prediction, or None

        Returns
        -------
        float, array, or None
            None if a block was refused: the whole array then tells which row it was.
        """
        gradient = None if out is None else out.reshape(self.work.x.shape)
        each = checked_reduction(self.options) == "none"
        values = np.empty(len(self.work.x)) if each and value else None
        divisor = self._known_divisor()
        try:
            with np.errstate(all="ignore"):
                parts = self._over_parts(values, gradient, divisor)
        except DataError:
            return None
        if each:
            return True if values is None else values.reshape(self.rows)
        total = float(kernels.compensated_sum([part.value for part in parts]))
        if divisor is None:
            count = float(kernels.compensated_sum([part.counted for part in parts]))
            divisor = checked_divisor(count, self.loss.name)
            if gradient is not None:
                self._divide(gradient, divisor)
        return total / divisor

    def _known_divisor(self) -> float | None:
        """Return what the loss is divided by, or None if that takes a sum over the rows."""
        options = self.options
        if checked_reduction(options) != "mean":
            return 1.0
        weighing = ["ignore_index"]
        if self._by_weight:
            weighing += ["weights", "class_weights", "pos_weight"]
        if all(options.get(name) is None for name in weighing):
            return float(len(self.work.x))
        return None

    def _over_parts(
        self, values: Floats | None, gradient: Floats | None, divisor: float | None
    ) -> list[_Part]:
        # Rows that are not reduced are exact to the last digit, and so are their derivatives.
        plain = None if checked_reduction(self.options) == "none" else self._plain()
        by_class = self._class_weights() if plain is not None else None

        def worker() -> Callable[[slice], _Part]:
            block = (
                None if plain is None else plain(min(self._size, len(self.work.x)), self._columns)
            )
            return lambda rows: self._part(rows, block, by_class, values, gradient, divisor)

        return self._shared(worker)

    def _shared(self, worker: Callable[[], Callable[[slice], _T]]) -> list[_T]:
        """Return the results for all parts in order; ``worker`` makes what is called with rows."""
        n = len(self.work.x)
        parts = [slice(a, min(a + self._size, n)) for a in range(0, n, self._size)]
        return shared(worker, parts, threaded=self.work.x.size >= THREADED)

    @cached_property
    def _size(self) -> int:
        """The rows of a part: up to eight blocks where rows are long."""
        return max(min(BLOCK, 8 * BLOCK // self._columns), 1)

    @cached_property
    def _columns(self) -> int:
        return int(self.work.x.shape[1]) if self.work.x.ndim > 1 else 1

    def _plain(self) -> type[Block] | None:
        """Return the kernel for blocks of plain rows, where family and options allow one."""
        smoothing = self.options.get("label_smoothing", 0.0)
        allowed = (
            self.loss.family.predictions[self.name] == "natural"
            and self.work.sd is None
            and self.work.y.ndim == 1
            and type(smoothing) is not bool
            and smoothing == 0
        )
        return self.loss.family.block if allowed else None

    def _class_weights(self) -> Floats | None:
        """Return the weight of each class, or None where all weigh 1."""
        weighing = self.options.get("class_weights"), self.options.get("pos_weight")
        if all(given is None for given in weighing):
            return None
        # The mass of one row of each class.
        pinned, k = self.loss.family.pinned, self._columns
        t = np.arange(k) if pinned else np.array([[0.0], [1.0]])
        return class_targets(self.loss.family, t, k, *weighing, 0.0)[1]

    def _part(
        self,
        rows: slice,
        block: Block | None,
        by_class: Floats | None,
        values: Floats | None,
        gradient: Floats | None,
        divisor: float | None,
    ) -> _Part:
        """Return the sums over some rows, with values and gradient written to their places."""
        here = None if gradient is None else gradient[rows]
        if block is not None:
            part = self._plain_part(rows, block, by_class, here, divisor)
            if part is not None:
                return part
        # The exact rows take many temporaries, and so fewer rows at a time.
        step = max(BLOCK // (2 * self._columns), 1)
        starts = range(rows.start, rows.stop, step)
        sums = [
            self._exact_part(slice(a, min(a + step, rows.stop)), values, gradient, divisor)
            for a in starts
        ]
        return _Part(
            *(float(kernels.compensated_sum(column)) for column in zip(*sums, strict=True))
        )

    def _exact_part(
        self, rows: slice, values: Floats | None, gradient: Floats | None, divisor: float | None
    ) -> _Part:
        given = self.work
        options = cast(Options, {**self.options})
        if given.weights is not None:
            options["weights"] = given.weights[rows]
        if given.sd is not None:
            options["sd"] = given.sd[rows] if given.sd.ndim else given.sd
        exact = self.loss.rows(
            given.y[rows], self.name, given.x[rows], options, 0 if gradient is None else 1
        )
        if gradient is not None:
            derivative = times(present(exact.loss.gradient), exact.weights)
            here = gradient[rows]
            np.divide(derivative.reshape(here.shape), divisor or 1.0, out=here)
        value = times(exact.loss.value, exact.weights)
        if values is not None:
            values[rows] = value
            return _Part(0.0, 0.0)
        counted = exact.weights if self._by_weight else exact.keep
        count = kernels.compensated_sum(np.broadcast_to(counted, len(value)))
        return _Part(float(kernels.compensated_sum(value)), float(count))

    @property
    def _by_weight(self) -> bool:
        return self.options.get("denominator") == "weights"

    def _plain_part(
        self,
        rows: slice,
        block: Block,
        by_class: Floats | None,
        gradient: Floats | None,
        divisor: float | None,
    ) -> _Part | None:
        """Return the sums over rows by the kernel for blocks, or None if a row is not plain."""
        x, y = self.work.x[rows], self.work.y[rows]
        index = self.options.get("ignore_index")
        keep = None
        if index is not None:
            y, keep = ignored(self.loss.family, y, x, self.name, index)
        weights = None
        if self.work.weights is not None:
            weights = row_weights(self.work.weights[rows], (len(x),))
        if by_class is not None:
            labels = y.astype(np.intp)
            if ((labels != y) | (labels < 0) | (labels >= len(by_class))).any():
                return None
            weights = by_class[labels] if weights is None else weights * by_class[labels]
        if keep is not None:
            weights = keep if weights is None else weights * keep
        value = block.evaluate(x, y, weights, divisor or 1.0, gradient)
        if value is None:
            return None
        if self.loss.scale != 1.0:
            value *= self.loss.scale
            if gradient is not None:
                gradient *= self.loss.scale
        mass = float(len(x)) if weights is None else float(kernels.compensated_sum(weights))
        if self.loss.constant:
            value -= mass * self.loss.scale * float(self.loss.family.log_base(np.zeros((1, 1)))[0])
        if self._by_weight or keep is None:
            return _Part(value, mass if self._by_weight else float(len(x)))
        return _Part(value, float(np.add.reduce(keep)))

    def _divide(self, gradient: Floats, divisor: float) -> None:
        def divide(rows: slice) -> None:
            gradient[rows] /= divisor

        self._shared(lambda: divide)
