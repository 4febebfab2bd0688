"""The figures of fitted probabilities: calibration, and the loss of each row."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.inference.proportions import wilson
from likelihood.report.digits import count, number
from likelihood.report.labels import shortened
from likelihood.report.plots import drawing
from likelihood.report.regression import wording
from likelihood.report.regression.rows import (
    chosen_class,
    equal_groups,
    fitted_rows,
    one_against_rest,
)
from likelihood.report.regression.view import RegressionView
from likelihood.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import Fit

#: Bars of the strip of a histogram, and its room below the axis as a share of what is above.
_BARS, _STRIP = 40, 0.13


class Calibration(NamedTuple):
    """Groups of rows of similar probability."""

    predicted: Floats
    observed: Floats
    low: Floats
    high: Floats
    held: Floats


def calibration(fit: Fit, view: RegressionView) -> Calibration:
    """Return mean probability and observed share of ten groups of about equal weight.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.LogisticRegression().fit([[0.0]] * 4 + [[1.0]] * 4, [0, 0, 0, 1, 0, 1, 1, 1])
    >>> calibration(fit.result_, RegressionView()).observed
    array([0.25, 0.75])
    """
    probability, y, weights = one_against_rest(fit, view.response)
    group = equal_groups(probability, weights)
    held = np.bincount(group, weights).astype(float)
    seen = np.bincount(group, weights * y)
    low, high = wilson(seen, held, view.level)
    return Calibration(
        np.bincount(group, weights * probability) / held, seen / held, low, high, held
    )


def draw(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the observed shares over the probabilities, and where the probabilities lie."""
    ax = drawing.new_axes(5.0, 5.0) if ax is None else ax
    groups = calibration(fit, view)
    ax.plot(
        [0.0, 1.0], [0.0, 1.0], color=drawing.GREY, linewidth=1.0, linestyle=(0, (4, 2)),
        label="perfect calibration",
    )  # fmt: skip
    ax.vlines(groups.predicted, groups.low, groups.high, color=drawing.DARK, linewidth=1.3)
    ax.plot(
        groups.predicted, groups.observed, "o", color=drawing.DARK, markersize=5.0,
        label=f"observed, {percent(view.level)} Wilson interval", clip_on=False,
    )  # fmt: skip
    probability, _, weights = one_against_rest(fit, view.response)
    _strip(ax, probability, weights, 1.0)
    ax.set_xlim(-0.02, 1.02)
    outcome = shortened(_outcome(fit, view), 26)
    drawing.axis_labels(ax, f"fitted probability of {outcome}", f"observed share of {outcome}")
    drawing.title(ax, f"Calibration in sample, n = {count(fit.facts.total)}")
    drawing.key(ax, 0.12)
    return ax


def _strip(ax: Axes, values: Floats, weights: Floats, top: float) -> None:
    """Draw a histogram of probabilities below zero."""
    held, edges = np.histogram(values, _BARS, (0.0, 1.0), weights=weights)
    depth = _STRIP * top
    ax.bar(
        edges[:-1], held / held.max() * 0.8 * depth, np.diff(edges), bottom=-depth, align="edge",
        color=drawing.LIGHT, linewidth=0.0,
    )  # fmt: skip
    ax.set_ylim(-depth, 1.02 * top)
    # A tick of 1 comes as the next double above it.
    ax.set_yticks([place for place in ax.get_yticks() if -1e-9 <= place <= top * (1.0 + 1e-9)])


def _outcome(fit: Fit, view: RegressionView) -> str:
    classes = fit.facts.classes or ()
    return f"{wording.response(fit)} = {wording.quoted(classes[chosen_class(fit, view.response)])}"


def caption(fit: Fit, view: RegressionView) -> str:
    """Say how far the observed shares are from the probabilities."""
    groups = calibration(fit, view)
    missed = int(((groups.low > groups.predicted) | (groups.high < groups.predicted)).sum())
    worst = int(np.argmax(np.abs(groups.observed - groups.predicted)))
    k = len(groups.held)
    return (
        f"Observed share of {_outcome(fit, view)} over its fitted probability in {k} "
        f"{'group' if k == 1 else 'groups of about equal size'} of the {count(fit.facts.total)} "
        f"observations that the model was fitted to, with {percent(view.level)} Wilson intervals; "
        f"the bars below show where the probabilities lie. {missed} of {k} intervals "
        f"{'leaves' if missed == 1 else 'leave'} the diagonal out. The largest difference is at a "
        f"probability of {number(float(groups.predicted[worst]))}, where the share is "
        f"{number(float(groups.observed[worst]))}. In sample, calibration looks better than it is."
    )


def losses(fit: Fit) -> tuple[Floats, Floats]:
    """Return the probability of each row's own class, and the row's weight."""
    rows = fitted_rows(fit)
    return rows.mean[np.arange(len(rows.y)), rows.y], rows.weights


def draw_loss(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw -log p and the squared error over p, with where the rows lie."""
    ax = drawing.new_axes() if ax is None else ax
    own, weights = losses(fit)
    lowest = float(own[own > 0.0].min()) if (own > 0.0).any() else 0.5
    at = np.geomspace(min(lowest, 0.05) * 0.9, 1.0, 400)
    top = float(-np.log(at[0]))
    ax.plot(at, 0.0 - np.log(at), color=drawing.DARK, label="cross-entropy, -log p")
    ax.plot(
        at, (1.0 - at) ** 2, color=drawing.ACCENT, linestyle=(0, (4, 2)), linewidth=1.3,
        label="squared error, (1 - p)²",
    )  # fmt: skip
    seen = np.unique(own[own > 0.0])
    seen = seen[:: max(len(seen) // drawing.MOST_POINTS, 1)]
    ax.plot(
        seen, 0.0 - np.log(seen), "o", color=drawing.DARK, markersize=4.0, markeredgewidth=0.8,
        markerfacecolor="white", label="rows",
    )  # fmt: skip
    _strip(ax, own, weights, top)
    ax.set_xlim(-0.02, 1.02)
    drawing.axis_labels(ax, f"fitted probability p of the observed {_class(fit)}", "loss (nats)")
    mean = _mean_loss(own, weights)
    drawing.title(
        ax, f"Loss of each row, n = {count(fit.facts.total)}, mean {number(mean)}"
    )  # fmt: skip
    drawing.key(ax)
    return ax


def _class(fit: Fit) -> str:
    return f"class of {wording.response(fit)}"


def _mean_loss(own: Floats, weights: Floats) -> float:
    with np.errstate(divide="ignore"):
        return float(weights @ (0.0 - np.log(own)) / weights.sum())


def caption_loss(fit: Fit, view: RegressionView) -> str:
    """Say how much of the loss comes from how many rows."""
    own, weights = losses(fit)
    with np.errstate(divide="ignore"):
        loss = weights * (0.0 - np.log(own))
    total = float(loss.sum())
    tenth = int(np.ceil(0.1 * len(own)))
    worst = float(np.sort(loss)[-tenth:].sum())
    share = f" The worst tenth of the rows bears {percent(round(100 * worst / total) / 100)} of " \
            f"the loss." if total > 0 else ""  # fmt: skip
    wrong = float(weights[own < 0.5].sum())
    base: Any = len(fit.facts.classes or ())
    return (
        f"Cross-entropy -log p of the observed class (line) and the squared error (dashed) over "
        f"the fitted probability p, with the {count(len(own))} rows (points; bars below show how "
        f"many). The mean loss is {number(_mean_loss(own, weights))} nats; knowing nothing, it "
        f"would be log {base} = {number(float(np.log(base)))}. The observed class has a "
        f"probability below 0.5 in {count(wrong)} of {count(fit.facts.total)} "
        f"observations.{share}"
    )
