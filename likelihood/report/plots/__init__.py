"""Figures of a fit, each with a sentence that says in words what it shows (level 9).

What there is: a categorical's "bars"; a Bernoulli's "likelihood"; a Gaussian's "density" and
"qq"; a Poisson's "counts" and "likelihood".  The first of each is drawn by default.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from likelihood.report.plots import categories, counts, curve, normal
from likelihood.report.plots.drawing import png, style, svg

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import DistributionFit

__all__ = ["caption", "kinds", "plot", "png", "svg"]


class Figure(NamedTuple):
    """How one kind of figure is drawn, and what is said about it."""

    draw: Callable[[DistributionFit, Axes | None], Axes]
    caption: Callable[[DistributionFit], str]


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


def plot(fit: DistributionFit, kind: str | None = None, ax: Axes | None = None) -> Axes:
    """Return matplotlib axes with a figure of the fit.

    Parameters
    ----------
    fit : DistributionFit
    kind : str, optional
        One of ``kinds(fit)``; the first where not given.
    ax : matplotlib Axes, optional
        Where to draw; a figure of its own where not given (``.figure`` of what is returned).

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
    if not fit.verdict.status.maximised:
        raise ValueError("a fit that did not converge is not drawn; fit it again first.")
    with style():
        return _figure(fit, kind).draw(fit, ax)


def caption(fit: DistributionFit, kind: str | None = None) -> str:
    """Return in a sentence or two what a figure shows, with the numbers.

    Examples
    --------
    >>> import likelihood as lk
    >>> caption(lk.Poisson.fit([2, 0, 3, 1, 4]), "likelihood")[:56]
    'Log-likelihood of rate relative to its maximum at 2.000.'
    """
    return _figure(fit, kind).caption(fit)


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
