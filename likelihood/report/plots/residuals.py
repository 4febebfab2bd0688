"""The figures of residuals: against the fitted mean, and against a normal's quantiles."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy import special

from likelihood.family import Floats
from likelihood.inference.augmentation import row_influence
from likelihood.inference.quantiles import significance
from likelihood.report.digits import count, number
from likelihood.report.plots import drawing
from likelihood.report.regression import wording
from likelihood.report.regression.rows import equal_groups, fitted_rows, required
from likelihood.report.regression.view import RegressionView
from likelihood.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import Fit

#: Rows per group below which their mean says nothing.
_FEW = 4


def residuals(fit: Fit) -> tuple[Floats, Floats, Floats]:
    """Return fitted mean, residual and weight of each row.

    A Poisson regression's residuals are Pearson's, ``(y - mean) / sqrt(mean)``; a row whose
    mean is exactly 0 has none and is left out.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8]).result_
    >>> residuals(fit)[1].round(4)
    array([-0.7071,  0.7071, -0.8165,  0.8165])
    """
    rows = fitted_rows(fit)
    if fit.record.exact:
        raise ValueError(
            "the columns reproduce the response: what is left is rounding, and there is nothing "
            "to draw."
        )
    if fit.model == "LinearRegression":
        return rows.mean, rows.y - rows.mean, rows.weights
    some = rows.mean > 0.0
    mean = rows.mean[some]
    return mean, (rows.y[some] - mean) / np.sqrt(mean), rows.weights[some]


def _thinned(by: Floats) -> NDArray[np.intp]:
    """Return which rows are drawn: all, or of very many every few in order, ends included."""
    if len(by) <= drawing.MOST_POINTS:
        return np.arange(len(by))
    order = np.argsort(by, kind="stable")
    every = np.linspace(0, len(by) - 1, drawing.MOST_POINTS).round().astype(np.intp)
    return np.take(order, every)


def _averages(mean: Floats, residual: Floats, weights: Floats) -> tuple[Floats, Floats]:
    """Return mean and residual averaged over groups of about equal weight."""
    groups = min(10, len(mean) // _FEW)
    if groups < 2:
        return np.zeros(0), np.zeros(0)
    group = equal_groups(mean, weights, groups)
    held = np.bincount(group, weights)
    return np.bincount(group, weights * mean) / held, np.bincount(group, weights * residual) / held


def draw(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the residuals over the fitted mean, with their averages in groups."""
    ax = drawing.new_axes() if ax is None else ax
    mean, residual, weights = residuals(fit)
    drawn = _thinned(mean)
    ax.axhline(0.0, color=drawing.GREY, linewidth=1.0, linestyle=(0, (4, 2)))
    scale = _scale(fit)
    if scale > 0.0:
        for side in (-2.0, 2.0):
            ax.axhline(side * scale, color=drawing.GREY, linewidth=0.8, linestyle=(0, (1, 2)))
    ax.plot(
        mean[drawn], residual[drawn], "o", color=drawing.DARK, markersize=3.4,
        markeredgewidth=0.0, alpha=0.7 if len(drawn) < 300 else 0.4, label="rows",
    )  # fmt: skip
    at, average = _averages(mean, residual, weights)
    if len(at) > 1:
        ax.plot(
            at, average, "D-", color=drawing.ACCENT, markersize=4.5, linewidth=1.2,
            label="mean of groups",
        )  # fmt: skip
    linear = fit.model == "LinearRegression"
    drawing.axis_labels(
        ax, f"fitted mean of {wording.response(fit)}",
        "residual" if linear else "Pearson residual",
    )  # fmt: skip
    ax.set_title(drawing.regression_title(fit), parse_math=False)
    drawing.key(ax)
    return ax


def _scale(fit: Fit) -> float:
    """Return the standard deviation that residuals have under the model."""
    return float(np.sqrt(fit.record.dispersion)) if fit.model == "LinearRegression" else 1.0


def _title(fit: Fit) -> str:
    return f"{wording.TITLES.get(fit.model, '')} of {wording.response(fit)}, " \
           f"n = {count(fit.facts.total)}"  # fmt: skip


def caption(fit: Fit, view: RegressionView) -> str:
    """Say how many residuals are beyond two standard deviations, and the dispersion."""
    mean, residual, weights = residuals(fit)
    scale = _scale(fit)
    total = float(weights.sum())
    kind = "Residuals" if fit.model == "LinearRegression" else "Pearson residuals"
    said = [f"{kind} of {count(total)} observations over the fitted mean (points) and their means "
            f"in groups of about equal size (diamonds)."]  # fmt: skip
    if len(mean) > drawing.MOST_POINTS:
        said.append(f"{count(drawing.MOST_POINTS)} of the rows are drawn.")
    if scale > 0.0:
        beyond = float(weights[np.abs(residual) > 2.0 * scale].sum())
        said.append(
            f"{count(beyond)} {'is' if beyond == 1 else 'are'} beyond the dotted lines at two "
            f"standard deviations, where a normal distribution has {number(0.0455 * total)}."
        )
    if fit.model == "PoissonRegression" and fit.df_resid > 0:
        ratio = float(weights @ residual**2) / fit.df_resid
        said.append(
            f"Their sum of squares over its degrees of freedom, 1 under the model, is "
            f"{number(ratio)}{_dispersed(ratio)}."
        )
    return " ".join(said)


def _dispersed(ratio: float) -> str:
    # A rule of thumb for when standard errors are off by more than a fifth.
    return ": the counts vary more than the model allows, and errors are too small" \
        if ratio > 1.5 else ""  # fmt: skip


def standardised(fit: Fit) -> tuple[Floats, Floats]:
    """Return standardised residuals in increasing order, and their ranks.

    Each is the residual over the standard deviation that it has, the leverage counted; rows with
    a leverage of 1 have no residual and are left out.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.LinearRegression().fit([[0.0], [1.0], [2.0], [3.0]], [0.0, 2.0, 1.0, 3.0]).result_
    >>> standardised(fit)[0].round(3)
    array([-1.134, -0.577,  0.577,  1.134])
    """
    model = required(fit, "this figure")
    _, residual, weights = residuals(fit)
    hat = row_influence(model, fit.record).hat[np.asarray(model.weights) > 0]
    some = hat < 1.0 - 1e-10
    scale = np.sqrt(fit.record.dispersion * (1.0 - hat[some]))
    values, weights = residual[some] / scale, weights[some]
    order = np.argsort(values, kind="stable")
    values, weights = values[order], weights[order]
    # A value of weight w stands for w ranks and is put at their middle (Hazen 1914).
    return values, np.cumsum(weights) - 0.5 * weights


def draw_quantiles(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the standardised residuals against the quantiles of a normal."""
    ax = drawing.new_axes(5.2, 4.6) if ax is None else ax
    values, ranks = standardised(fit)
    normal = special.ndtri(ranks / fit.facts.total)
    drawn = _thinned(normal)
    if len(values):
        low, high = _band(ranks[drawn], fit.facts.total, view.level)
        ax.fill_between(
            normal[drawn], low, high, color=drawing.GREY, alpha=0.18, linewidth=0.0,
            label=f"{percent(view.level)} for each point",
        )  # fmt: skip
        ends = np.array([normal[0], normal[-1]])
        ax.plot(ends, ends, color=drawing.ACCENT, linewidth=1.2, label="normal")
    ax.plot(
        normal[drawn], values[drawn], "o", color=drawing.DARK, markersize=3.4,
        markeredgewidth=0.0, label="rows",
    )  # fmt: skip
    drawing.axis_labels(ax, "standard normal quantile", "standardised residual")
    ax.set_title(drawing.regression_title(fit), parse_math=False)
    drawing.key(ax)
    return ax


def _band(ranks: Floats, n: float, level: float) -> Floats:
    """Return where order statistics of normals lie with this level each, (2, m).

    That of rank r among n uniforms has the distribution Beta(r, n + 1 - r).
    """
    rank = np.clip(ranks + 0.5, 1.0, max(n, 1.0))
    tail = 0.5 * significance(level)
    ends = np.stack([
        special.betaincinv(rank, n + 1.0 - rank, tail),
        special.betaincinv(rank, n + 1.0 - rank, 1.0 - tail),
    ])  # fmt: skip
    band: Floats = special.ndtri(ends)
    return band


def caption_quantiles(fit: Fit, view: RegressionView) -> str:
    """Say how many of the residuals leave the band."""
    values, ranks = standardised(fit)
    if not len(values):
        return "There are no residuals to stand beside a normal distribution."
    low, high = _band(ranks, fit.facts.total, view.level)
    outside = int(((values < low) | (values > high)).sum())
    return (
        f"Standardised residuals against the quantiles of the standard normal distribution, whose "
        f"line is drawn. The band holds {percent(view.level)} of them at each point by itself, "
        f"not at all together: {outside} of {count(len(values))} rows "
        f"{'is' if outside == 1 else 'are'} outside."
    )
