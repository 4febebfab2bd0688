"""The figures of how well a class is told from the rest: ROC, and precision against recall."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.report.digits import count, number
from likelihood.report.labels import shortened
from likelihood.report.plots import drawing
from likelihood.report.regression import wording
from likelihood.report.regression.rows import chosen_class, scores
from likelihood.report.regression.view import RegressionView

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import Fit


class Thresholds(NamedTuple):
    """What is found at each threshold, from the highest down; rows of equal score together."""

    true: Floats
    false: Floats

    @property
    def auc(self) -> float:
        """Area under the ROC curve: the chance that a positive row scores above a negative one.

        Equal scores count half (Hanley & McNeil 1982).
        """
        recall, fall_out = self.true / self.true[-1], self.false / self.false[-1]
        return float(np.sum(np.diff(fall_out) * 0.5 * (recall[1:] + recall[:-1])))

    @property
    def average_precision(self) -> float:
        """The precision averaged over the steps of recall; nothing is interpolated."""
        found = self.true[1:] + self.false[1:]
        return float(np.sum(np.diff(self.true) * self.true[1:] / found) / self.true[-1])


def thresholds(fit: Fit, view: RegressionView) -> Thresholds:
    """Return the weight of true and false positives at every threshold, from none to all.

    Raises
    ------
    ValueError
        One of the two sides has no row.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.LogisticRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0, 1, 0, 1]).result_
    >>> thresholds(fit, RegressionView()).auc
    0.75
    """
    score, y, weights = scores(fit, view.response)
    values, where = np.unique(-score, return_inverse=True)
    true = np.bincount(where, weights * y, len(values))
    false = np.bincount(where, weights * (1.0 - y), len(values))
    if not true.sum() > 0 or not false.sum() > 0:
        raise ValueError(
            f"{_outcome(fit, view)} is observed in no row or in every row, so there is nothing "
            f"to tell apart; choose another response."
        )
    zero = np.zeros(1)
    return Thresholds(
        np.concatenate([zero, np.cumsum(true)]), np.concatenate([zero, np.cumsum(false)])
    )


def _outcome(fit: Fit, view: RegressionView) -> str:
    classes = fit.facts.classes or ()
    return f"{wording.response(fit)} = {wording.quoted(classes[chosen_class(fit, view.response)])}"


def draw_roc(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the true positives found against the false ones."""
    ax = drawing.new_axes(4.8, 4.8) if ax is None else ax
    found = thresholds(fit, view)
    ax.plot(
        [0.0, 1.0], [0.0, 1.0], color=drawing.GREY, linewidth=1.0, linestyle=(0, (4, 2)),
        label="chance",
    )  # fmt: skip
    ax.plot(
        found.false / found.false[-1], found.true / found.true[-1], color=drawing.DARK,
        label=f"in sample, AUC {number(found.auc)}", clip_on=False,
    )  # fmt: skip
    _square(ax)
    drawing.axis_labels(ax, "false positive rate", "true positive rate")
    drawing.title(ax, f"ROC of {shortened(_outcome(fit, view), 34)}, n = {count(fit.facts.total)}")
    drawing.key(ax, 0.12)
    return ax


def caption_roc(fit: Fit, view: RegressionView) -> str:
    """Say what the area means and that it is in sample."""
    found = thresholds(fit, view)
    return (
        f"True positives over false positives of {_outcome(fit, view)} at every threshold. The "
        f"area, {number(found.auc)}, is the chance that a row of this class has a higher fitted "
        f"probability than a row without it ({count(float(found.true[-1]))} with, "
        f"{count(float(found.false[-1]))} without). It is in sample: of the rows that the model "
        f"was fitted to, and so higher than on new ones."
    )


def draw_precision(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the precision at each recall, as steps."""
    ax = drawing.new_axes(4.8, 4.8) if ax is None else ax
    found = thresholds(fit, view)
    recall = found.true / found.true[-1]
    precision = found.true[1:] / (found.true[1:] + found.false[1:])
    share = float(found.true[-1] / (found.true[-1] + found.false[-1]))
    ax.axhline(
        share, color=drawing.GREY, linewidth=1.0, linestyle=(0, (4, 2)),
        label=f"chance, {number(share)}",
    )  # fmt: skip
    ax.step(
        recall, np.concatenate([precision[:1], precision]), where="pre", color=drawing.DARK,
        label=f"in sample, average {number(found.average_precision)}", clip_on=False,
    )  # fmt: skip
    _square(ax)
    drawing.axis_labels(ax, "recall", "precision")
    drawing.title(
        ax, f"Precision of {shortened(_outcome(fit, view), 28)}, n = {count(fit.facts.total)}"
    )
    drawing.key(ax, 0.12)
    return ax


def caption_precision(fit: Fit, view: RegressionView) -> str:
    """Say the average precision, what chance gives, and that it is in sample."""
    found = thresholds(fit, view)
    share = float(found.true[-1] / (found.true[-1] + found.false[-1]))
    return (
        f"Precision over recall of {_outcome(fit, view)} at every threshold. The average "
        f"precision is {number(found.average_precision)}; chance gives the share of the class, "
        f"{number(share)}. It is in sample: of the rows that the model was fitted to."
    )


def _square(ax: Axes) -> None:
    ax.set_xlim(-0.01, 1.01)
    ax.set_ylim(-0.01, 1.02)
    ax.set_aspect("equal")
