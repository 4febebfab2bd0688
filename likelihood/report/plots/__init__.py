"""Figures of a fit, each with a sentence that says in words what it shows (level 9).

What there is: a categorical's "bars"; a Bernoulli's "likelihood"; a Gaussian's "density" and
"qq"; a Poisson's "counts" and "likelihood".  Of every regression the "forest" of coefficients and
the "profile" of one; of classes "calibration", "roc", "precision-recall" and "loss"; "residuals"
of a linear or Poisson regression and "qq" of a linear one.  The first of each is the default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from likelihood.report.plots import (
    calibration,
    categories,
    counts,
    curve,
    discrimination,
    forest,
    normal,
    profile,
    residuals,
)
from likelihood.report.plots.drawing import png, style, svg
from likelihood.report.regression.view import RegressionView
from likelihood.report.view import View
from likelihood.results import Fit
from likelihood.verdict import Status

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

__all__ = ["caption", "caption_in", "draw_in", "kinds", "plot", "png", "svg"]


class Figure(NamedTuple):
    """How one kind of figure is drawn, and what is said about it."""

    draw: Callable[[Any, Axes | None, Any], Axes]
    caption: Callable[[Any, Any], str]


_LIKELIHOOD = Figure(curve.draw, curve.caption)
_FIGURES: dict[str, dict[str, Figure]] = {
    "Categorical": {"bars": Figure(categories.draw, categories.caption)},
    "Bernoulli": {"likelihood": _LIKELIHOOD},
    "Gaussian": {
        "density": Figure(normal.draw_density, normal.caption_density),
        "qq": Figure(normal.draw_quantiles, normal.caption_quantiles),
    },
    "Poisson": {"counts": Figure(counts.draw, counts.caption), "likelihood": _LIKELIHOOD},
}
_FOREST = Figure(forest.draw, forest.caption)
_PROFILE = Figure(profile.draw, profile.caption)
_RESIDUALS = Figure(residuals.draw, residuals.caption)
_OF_CLASSES = {
    "forest": _FOREST,
    "calibration": Figure(calibration.draw, calibration.caption),
    "roc": Figure(discrimination.draw_roc, discrimination.caption_roc),
    "precision-recall": Figure(discrimination.draw_precision, discrimination.caption_precision),
    "loss": Figure(calibration.draw_loss, calibration.caption_loss),
    "profile": _PROFILE,
}
_FIGURES |= {
    "LinearRegression": {
        "forest": _FOREST,
        "residuals": _RESIDUALS,
        "qq": Figure(residuals.draw_quantiles, residuals.caption_quantiles),
        "profile": _PROFILE,
    },
    "LogisticRegression": _OF_CLASSES,
    "SoftmaxRegression": _OF_CLASSES,
    "PoissonRegression": {"forest": _FOREST, "residuals": _RESIDUALS, "profile": _PROFILE},
}


def kinds(fit: DistributionFit | Fit) -> tuple[str, ...]:
    """Return the kinds of figure that there are for a fit, the default first.

    Examples
    --------
    >>> import likelihood as lk
    >>> kinds(lk.Gaussian.fit([1.0, 2.0]))
    ('density', 'qq')
    """
    return tuple(_FIGURES.get(fit.model, {}))


def plot(
    fit: DistributionFit | Fit,
    kind: str | None = None,
    ax: Axes | None = None,
    *,
    level: float = 0.95,
    interval: str | None = None,
    null: Any = None,
    null_name: str = "",
    exponentiate: bool = False,
    term: str | None = None,
    response: Any = None,
) -> Axes:
    """Return matplotlib axes with a figure of the fit.

    Parameters
    ----------
    fit : DistributionFit or Fit
    kind : str, optional
        One of ``kinds(fit)``; the first where not given.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own where not given (``.figure`` of what is returned).
    level, interval : float, str
        As for ``confint``.
    null : optional
        The hypothesis of a sample that is marked, as ``fit.test`` takes it; a fair die and a
        fair coin where not given.
    null_name : str
        The hypothesis as a noun phrase.
    exponentiate : bool
        Draw a forest of ratios: of odds, or of means for a Poisson regression.
    term : str, optional
        The coefficient whose "profile" is drawn; the first slope where not given.
    response : label, optional
        The class that "calibration", "roc" and "precision-recall" set against the rest, and
        whose coefficient a "profile" is of.

    Raises
    ------
    ValueError
        There is no such figure for this model, the fit did not converge, or a figure of the
        rows is asked of a fit that was loaded and has none.

    Examples
    --------
    >>> import likelihood as lk
    >>> ax = plot(lk.Categorical.fit([1, 2, 2, 3], categories=[1, 2, 3]))
    >>> ax.get_title(loc="left")
    'Categorical, n = 4'
    """
    return draw_in(fit, _view(fit, level, interval, null, null_name, exponentiate, term, response),
                   kind, ax)  # fmt: skip


def _view(
    fit: DistributionFit | Fit, level: float, interval: str | None, null: Any, null_name: str,
    exponentiate: bool, term: str | None, response: Any,
) -> View | RegressionView:  # fmt: skip
    if isinstance(fit, Fit):
        return RegressionView(level, interval, null, null_name, exponentiate, term, response)
    if exponentiate or term is not None or response is not None:
        raise ValueError(
            f"exponentiate, term and response are of regressions; leave them out for {fit.model}."
        )
    return View(level, interval, null, null_name)


def draw_in(
    fit: DistributionFit | Fit,
    view: View | RegressionView,
    kind: str | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Return matplotlib axes with a figure of the fit in the view of a report."""
    if fit.verdict.status is Status.NOT_CONVERGED:
        raise ValueError("a fit that did not converge is not drawn; fit it again first.")
    _check(fit, view)
    with style():
        return _figure(fit, kind).draw(fit, ax, view)


def caption(
    fit: DistributionFit | Fit,
    kind: str | None = None,
    *,
    level: float = 0.95,
    interval: str | None = None,
    null: Any = None,
    null_name: str = "",
    exponentiate: bool = False,
    term: str | None = None,
    response: Any = None,
) -> str:
    """Return in a sentence or two what a figure shows, with the numbers.

    Parameters
    ----------
    fit, kind, level, interval, null, null_name, exponentiate, term, response
        As for ``plot``.

    Examples
    --------
    >>> import likelihood as lk
    >>> caption(lk.Poisson.fit([2, 0, 3, 1, 4]), "likelihood")[:60]
    'Log-likelihood of the rate relative to its maximum at 2.000.'
    """
    view = _view(fit, level, interval, null, null_name, exponentiate, term, response)
    return caption_in(fit, view, kind)


def caption_in(
    fit: DistributionFit | Fit, view: View | RegressionView, kind: str | None = None
) -> str:
    """Return what a figure shows in the view of a report."""
    _check(fit, view)
    return _figure(fit, kind).caption(fit, view)


def _check(fit: DistributionFit | Fit, view: Any) -> None:
    """Let a hypothesis or an interval that makes no sense be heard of, whatever is drawn."""
    if isinstance(fit, Fit):
        # A profile of every coefficient is worth computing only where it is drawn.
        if view.interval != "profile":
            view.tidy(fit)
        return
    view.tidy(fit)
    if view.null is not None:
        fit.test(view.null)


def _figure(fit: DistributionFit | Fit, kind: str | None) -> Figure:
    known = _FIGURES.get(fit.model, {})
    if not known:
        raise ValueError(f"there are no figures for {fit.model}; use tidy() or summary().")
    chosen = next(iter(known)) if kind is None else kind
    if chosen not in known:
        raise ValueError(
            f"there is no figure {chosen!r} for {fit.model}; use one of {', '.join(known)}."
        )
    return known[chosen]
