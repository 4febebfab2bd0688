"""Figures of a fit, each with a sentence that says in words what it shows (level 9).

What there is: a categorical's "bars"; a Bernoulli's "likelihood"; a Gaussian's "density" and
"qq"; a Poisson's "counts" and "likelihood".  The first of each is drawn by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple

from likelihood.report.plots import categories, counts, curve, normal
from likelihood.report.plots.drawing import png, style, svg
from likelihood.report.view import View

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

__all__ = ["caption", "caption_in", "draw_in", "kinds", "plot", "png", "svg"]


class Figure(NamedTuple):
    """How one kind of figure is drawn, and what is said about it."""

    draw: Callable[[DistributionFit, Axes | None, View], Axes]
    caption: Callable[[DistributionFit, View], str]


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


def kinds(fit: DistributionFit) -> tuple[str, ...]:
    """Return the kinds of figure that there are for a fit, the default first.

    Examples
    --------
    >>> import likelihood as lk
    >>> kinds(lk.Gaussian.fit([1.0, 2.0]))
    ('density', 'qq')
    """
    return tuple(_FIGURES.get(fit.model, {}))


def plot(
    fit: DistributionFit,
    kind: str | None = None,
    ax: Axes | None = None,
    *,
    level: float = 0.95,
    interval: str | None = None,
    null: Any = None,
    null_name: str = "",
) -> Axes:
    """Return matplotlib axes with a figure of the fit.

    Parameters
    ----------
    fit : DistributionFit
    kind : str, optional
        One of ``kinds(fit)``; the first where not given.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own where not given (``.figure`` of what is returned).
    level, interval : float, str
        As for ``confint``.
    null : optional
        The hypothesis that is marked, as ``fit.test`` takes it; a fair die and a fair coin
        where not given.
    null_name : str
        The hypothesis as a noun phrase.

    Raises
    ------
    ValueError
        There is no such figure for this model, or the fit did not converge.

    Examples
    --------
    >>> import likelihood as lk
    >>> ax = plot(lk.Categorical.fit([1, 2, 2, 3], categories=[1, 2, 3]))
    >>> ax.get_title(loc="left")
    'Categorical, n = 4'
    """
    return draw_in(fit, View(level, interval, null, null_name), kind, ax)


def draw_in(
    fit: DistributionFit, view: View, kind: str | None = None, ax: Axes | None = None
) -> Axes:
    """Return matplotlib axes with a figure of the fit in the view of a report."""
    if not fit.verdict.status.maximised:
        raise ValueError("a fit that did not converge is not drawn; fit it again first.")
    _check(fit, view)
    with style():
        return _figure(fit, kind).draw(fit, ax, view)


def caption(
    fit: DistributionFit,
    kind: str | None = None,
    *,
    level: float = 0.95,
    interval: str | None = None,
    null: Any = None,
    null_name: str = "",
) -> str:
    """Return in a sentence or two what a figure shows, with the numbers.

    Parameters
    ----------
    fit, kind, level, interval, null, null_name
        As for ``plot``.

    Examples
    --------
    >>> import likelihood as lk
    >>> caption(lk.Poisson.fit([2, 0, 3, 1, 4]), "likelihood")[:60]
    'Log-likelihood of the rate relative to its maximum at 2.000.'
    """
    return caption_in(fit, View(level, interval, null, null_name), kind)


def caption_in(fit: DistributionFit, view: View, kind: str | None = None) -> str:
    """Return what a figure shows in the view of a report."""
    _check(fit, view)
    return _figure(fit, kind).caption(fit, view)


def _check(fit: DistributionFit, view: View) -> None:
    """Let a hypothesis or an interval that makes no sense be heard of, whatever is drawn."""
    view.tidy(fit)
    if view.null is not None:
        fit.test(view.null)


def _figure(fit: DistributionFit, kind: str | None) -> Figure:
    known = _FIGURES.get(fit.model, {})
    if not known:
        raise ValueError(f"there are no figures for {fit.model}; use tidy() or summary().")
    chosen = next(iter(known)) if kind is None else kind
    if chosen not in known:
        raise ValueError(
            f"there is no figure {chosen!r} for {fit.model}; use one of {', '.join(known)}."
        )
    return known[chosen]
