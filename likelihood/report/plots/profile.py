"""The figure of one coefficient: its profile log-likelihood, beside the parabola of Wald's test."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.inference.quantiles import normal_quantile, significance
from likelihood.report.digits import number
from likelihood.report.labels import label, shortened
from likelihood.report.plots import drawing
from likelihood.report.regression import wording
from likelihood.report.regression.rows import required
from likelihood.report.regression.view import RegressionView
from likelihood.report.wording import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from likelihood.results import Fit

#: How far down the figure goes, in cut-offs, and how far above the maximum.
_DEPTH, _ROOM = 2.4, 0.13
#: Values of the coefficient: each is a fit of the others.
_POINTS = 49


class Profile(NamedTuple):
    """The profile of one coefficient, and the interval that it gives."""

    term: str
    response: Any
    at: Floats
    height: Floats
    estimate: float
    std_error: float
    low: float
    high: float


def profile(fit: Fit, view: RegressionView) -> Profile:
    """Return the profile log-likelihood less its maximum, of the chosen coefficient.

    That is the view's term, or the first slope that is identified, of the view's response, or
    the first.

    Raises
    ------
    ValueError
        There is no such coefficient; or it has no profile, as with a ridge.
    DataError
        The rows are gone or have changed.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8]).result_
    >>> found = profile(fit, RegressionView())
    >>> found.term, round(found.low, 4), round(found.high, 4)
    ('x0', 0.044, 2.3731)
    """
    from likelihood.inference.profile_intervals import profile_curve, profile_intervals

    model = required(fit, "a profile")
    where = _place(fit, view)
    low, high = (float(end) for end in profile_intervals(model, fit.record, view.level)[where])
    row = view_row(fit, where)
    estimate, error = float(row["estimate"]), float(row["std_error"])
    if math.isfinite(low) and math.isfinite(high):
        reach = 0.4 * (high - low)
        points: Any = np.sort(np.append(np.linspace(low - reach, high + reach, _POINTS), estimate))
    else:
        points = _POINTS
    at, value = profile_curve(model, fit.record, *where, points)
    return Profile(
        str(row["term"]), row.get("response"), at, value - fit.log_likelihood, estimate, error,
        low, high,
    )  # fmt: skip


def view_row(fit: Fit, where: tuple[int, int]) -> dict[Any, Any]:
    """Return the row of ``tidy`` of the coefficient at a place (k, d)."""
    records = fit.tidy().to_dict("records")
    return dict(records[where[0] * len(fit.facts.terms) + where[1]])


def _place(fit: Fit, view: RegressionView) -> tuple[int, int]:
    facts = fit.facts
    terms = list(facts.terms)
    first = 0
    if view.response is not None and facts.several:
        if view.response not in facts.responses:
            known = ", ".join(repr(label(one, 30)) for one in facts.responses[:10])
            raise ValueError(
                f"response {label(repr(view.response))} has no coefficients; use one of {known}."
            )
        first = list(facts.responses).index(view.response)
    if view.term is None:
        signs = fit.record.sign[first]
        shown = [at for at in range(len(terms)) if fit.record.kept[at] and signs[at] == signs[at]]
        slopes = [at for at in shown if at >= facts.intercept]
        if not shown:
            raise ValueError(
                "no coefficient has a profile: each may be infinite with either sign, or is not "
                "identified."
            )
        return first, (slopes or shown)[0]
    if view.term not in terms:
        known = ", ".join(repr(label(one, 30)) for one in terms[:10])
        raise ValueError(
            f"term {label(repr(view.term))} is not one of the coefficients; use one of {known}"
            f"{', ...' if len(terms) > 10 else ''}."
        )
    return first, terms.index(view.term)


def draw(fit: Fit, ax: Axes | None, view: RegressionView) -> Axes:
    """Draw the curve, the cut-off, the ends of the interval, and Wald's parabola."""
    ax = drawing.new_axes() if ax is None else ax
    found = profile(fit, view)
    cut = _cut(view.level)
    lowest = -_DEPTH * cut
    ax.plot(found.at, found.height, color=drawing.DARK, label="profile log-likelihood")
    error = found.std_error
    if error > 0.0 and math.isfinite(found.estimate):
        at = np.linspace(found.at[0], found.at[-1], 200)
        ax.plot(
            at, -0.5 * ((at - found.estimate) / error) ** 2, color=drawing.ACCENT,
            linestyle=(0, (4, 2)), linewidth=1.3, label="Wald's parabola",
        )  # fmt: skip
    ax.axhline(-cut, color=drawing.GREY, linewidth=0.9, linestyle=(0, (1, 1.5)))
    # Where the curve is far above: an infinite coefficient's falls on one side only.
    place, side = (1.0, "right") if math.isfinite(found.low) else (0.01, "left")
    drawing.write(
        ax, place, -cut * 0.97, f"cut-off {-cut:.2f}", ha=side, color=drawing.GREY,
        transform=ax.get_yaxis_transform(),
    )  # fmt: skip
    ax.set_xlim(found.at[0], found.at[-1])
    ax.set_ylim(lowest, _ROOM * cut)
    for end, side in ((found.low, "left"), (found.high, "right")):
        if math.isfinite(end):
            drawing.mark_end(ax, end, number(end, error), side, -cut, lowest)
    if math.isfinite(found.estimate):
        ax.annotate(
            number(found.estimate, error), (found.estimate, 0.0), textcoords="offset points",
            xytext=(0, 4), va="bottom", ha="center", fontsize=8.5, color=drawing.DARK,
        )  # fmt: skip
    drawing.axis_labels(
        ax, shortened(_named(fit, found), drawing.ALONG), "log-likelihood less its maximum (nats)"
    )
    ax.set_title(drawing.regression_title(fit), parse_math=False, pad=14)
    drawing.key(ax)
    return ax


def _cut(level: float) -> float:
    """Return half the quantile of a chi-square with one degree of freedom."""
    return 0.5 * float(normal_quantile(significance(level))) ** 2


def _named(fit: Fit, found: Profile) -> str:
    whose = f" for {wording.quoted(found.response)}" if found.response is not None else ""
    return f"coefficient of {shortened(found.term, 40) or '(empty)'}{whose}"


def caption(fit: Fit, view: RegressionView) -> str:
    """Say where the curve crosses the cut-off, and where Wald's parabola does."""
    found = profile(fit, view)
    cut, error = _cut(view.level), found.std_error
    named = _named(fit, found)
    if not math.isfinite(found.estimate):
        ends = [
            f"{'above' if side else 'below'} {number(end)}"
            for side, end in ((True, found.low), (False, found.high))
            if math.isfinite(end)
        ]
        return (
            f"Profile log-likelihood of the {named}, which rises towards its supremum without "
            f"reaching it. It is over the cut-off of {-cut:.2f} everywhere {' and '.join(ends)}, "
            f"the {percent(view.level)} profile interval."
        )
    low, high = (
        number(end, error) if math.isfinite(end) else f"{'-' if end < 0 else ''}infinity"
        for end in (found.low, found.high)
    )
    said = (
        f"Profile log-likelihood of the {named}, the other coefficients at their best for each "
        f"value, relative to its maximum at {number(found.estimate, error)}. It is above the "
        f"cut-off of {-cut:.2f} from {low} to {high}, the {percent(view.level)} profile interval."
    )
    if not error > 0.0:
        return said
    z = math.sqrt(2.0 * cut)
    ends = [number(found.estimate + side * z * error, error) for side in (-1.0, 1.0)]
    return f"{said} Wald's parabola (dashed) crosses at {' and '.join(ends)}."
