"""Linear regression: least squares, exact to the doubles given (level 4)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from likelihood import kernels
from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.fit.grouped import grouped_squares
from likelihood.fit.null import has_constant
from likelihood.fit.search import Solution, dense_if_small, search
from likelihood.fit.tall import tall_squares
from likelihood.kernels.arithmetic import exponent_of_largest, sum_parts, two_product, two_sum
from likelihood.kernels.arrays import floats
from likelihood.kernels.extended import add
from likelihood.linear_model import LinearModel
from likelihood.solve.least_squares import least_squares

#: Below this a double has lost digits.
_LEAST = float(np.finfo(float).tiny)


@dataclass(frozen=True)
class Squares:
    """The sums of squares of a linear regression.

    Attributes
    ----------
    rss, tss : float
        Of the residuals, and of the response: about its mean if the model has a constant.
    dispersion : float
        ``rss / df``; NaN without degrees of freedom.
    r2 : float
    exact : bool
        Whether the residuals are nothing but the rounding of the data.
    """

    rss: float
    tss: float
    dispersion: float
    r2: float
    exact: bool


def linear_solution(
    model: LinearModel, *, method: str, tolerance: float, max_iter: int
) -> tuple[Solution, Squares]:
    """Return the least-squares solution of a model, with its sums of squares.

    Least squares are solved directly; a method of SciPy's proposes, and the direct solution
    takes the place of Newton's polish.  A ridge and large sparse matrices go through the search
    that serves every family.
    """
    model = dense_if_small(model)
    options: dict[str, Any] = {"method": method, "tolerance": tolerance, "max_iter": max_iter}
    if model.sparse or model.ridge:
        return _searched(model, **options)
    found, squares = _direct(model)
    if method == "newton":
        return found, squares
    proposal, _ = _searched(model, **options)
    iterations = proposal.iterations + found.iterations
    return replace(found, iterations=iterations, message=proposal.message), squares


def tall_linear(model: LinearModel, threads: int) -> tuple[Solution, Squares] | None:
    """Return the solution of a tall model by two passes, None where digits would be lost."""
    found = tall_squares(model, threads=threads)
    return None if found is None else _summed(model, *found)


def grouped_linear(model: LinearModel, threads: int) -> tuple[Solution, Squares] | None:
    """Return the same for a model with a factor of many levels, None where it has none."""
    found = grouped_squares(model, threads=threads)
    return None if found is None else _summed(model, *found)


def _summed(
    model: LinearModel, solution: Solution, rss: float, tss: float
) -> tuple[Solution, Squares]:
    """Return a solution with its log-likelihood and what follows from its sums of squares."""
    df = model.total - solution.coef.size
    squares = Squares(
        rss, tss, _variance(math.sqrt(rss / df), rss), 1.0 - rss / tss if tss > 0 else math.nan,
        False,
    )  # fmt: skip
    value = gaussian_log_likelihood(rss, model.total)
    return replace(solution, log_likelihood=value), squares


def _direct(model: LinearModel) -> tuple[Solution, Squares]:
    y, y_low = _response(model)
    found = least_squares(
        model.X, y, model.weights, intercept=model.intercept, low=model.low, y_low=y_low
    )
    coef, low = found.coef, found.coef_low
    if model.intercept:
        coef, low = np.append(found.intercept, coef), np.append(found.intercept_low, low)
    squares = Squares(
        found.rss, found.tss, _variance(found.resid_sd, found.rss), found.r2, found.exact
    )
    return Solution(
        coef=coef[None, :], coef_low=low[None, :], std_error=found.unit_std_error[None, :],
        covariance=found.unscaled_covariance,
        log_likelihood=gaussian_log_likelihood(found.rss, model.total),
        distance=found.distance, converged=True, iterations=found.iterations,
        condition=found.condition, message="least squares", suspicious=False,
        refined=found.refined,
    ), squares  # fmt: skip


def _variance(sd: float, rss: float) -> float:
    """Return the residual variance, refusing one that no double holds."""
    with np.errstate(over="ignore", under="ignore"):
        variance = float(np.square(sd))
    if sd > 0 and not (_LEAST < variance < math.inf and _LEAST < rss < math.inf):
        raise DataError(
            f"y leaves residuals of about {sd:.1g}, whose squares are beyond the range of doubles; "
            f"rescale y, for example by {1.0 / sd:.0e}."
        )
    return variance


def _response(model: LinearModel) -> tuple[Floats, Floats | None]:
    """Return the response less the offset, and what that lost to rounding."""
    y = floats(model.t[:, 0])
    return (y, None) if model.offset is None else two_sum(y, -model.offset[:, 0])


def _searched(
    model: LinearModel, *, method: str, tolerance: float, max_iter: int
) -> tuple[Solution, Squares]:
    """Return the solution by the search of the other families, y in units near its spread."""
    used = model.weights > 0
    weights = model.weights[used]
    y, y_low = _response(model)
    mean = float(np.average(y[used], weights=weights)) if model.intercept else 0.0
    high, low = two_sum(y, -mean)
    if y_low is not None:
        high, low = two_sum(high, low + y_low)
    e = exponent_of_largest(high[used])
    high, low = np.ldexp(high, -e), np.ldexp(low, -e)
    # What the response lost goes where it is added to what it is compared with.
    scaled = replace(model, t=high[:, None], offset=-low[:, None])
    found = search(scaled, method=method, tolerance=tolerance, max_iter=max_iter)
    residual = (high - _fitted(scaled, found))[used]
    rss = float(kernels.compensated_dot(weights, residual**2))
    constant = model.intercept or has_constant(model)
    about = high[used] - float(np.average(high[used], weights=weights)) * constant
    tss = float(kernels.compensated_dot(weights, about**2))
    df = float(weights.sum()) - found.coef.size
    sd = math.sqrt(rss / df) if df > 0 else math.nan
    coef, coef_low = np.ldexp(found.coef, e), np.ldexp(found.coef_low, e)
    if model.intercept:
        centre = np.full(1, mean), np.zeros(1)
        coef[:, 0], coef_low[:, 0] = add((coef[:, 0], coef_low[:, 0]), centre)
    size = float(np.abs(high[used]).max(initial=0.0))
    exact = rss <= (np.finfo(float).eps * size) ** 2 * len(weights)
    with np.errstate(over="ignore", under="ignore"):
        rss_of_y, tss_of_y = (float(np.ldexp(part, 2 * e)) for part in (rss, tss))
    squares = Squares(
        rss_of_y, tss_of_y, _variance(math.ldexp(sd, e), rss_of_y),
        1.0 - rss / tss if tss > 0 else math.nan, bool(exact),
    )  # fmt: skip
    return replace(
        found, coef=coef, coef_low=coef_low,
        # Beside a spread of sd the search was in units that are 1 / sd too long.
        distance=found.distance / sd if sd > 0 else found.distance,
        log_likelihood=gaussian_log_likelihood(squares.rss, model.total),
    ), squares  # fmt: skip


def _fitted(model: LinearModel, found: Solution) -> Floats:
    """Return the linear predictor (n,) with the columns at their means where they are dense."""
    if model.sparse or not model.intercept:
        return model.eta(found.coef, found.coef_low)[:, 0]
    (first, *slopes), (first_low, *lower) = found.coef[0], found.coef_low[0]
    centre = np.average(model.X, axis=0, weights=model.weights)
    term, error = two_product(centre, np.array(slopes))
    moved = sum_parts(term, error + centre * np.array(lower))
    at_mean = add((np.asarray(first), np.asarray(first_low)), moved)
    eta: Floats = (model.X - centre) @ np.array(slopes) + at_mean[0]
    if model.low is not None:
        eta = eta + model.low @ np.array(slopes)
    return eta if model.offset is None else eta + model.offset[:, 0]


def gaussian_log_likelihood(rss: float, n: float) -> float:
    """Return the maximum over the dispersion, at ``rss / n``; infinite where nothing is left.

    Examples
    --------
    >>> gaussian_log_likelihood(4.0, 4.0)
    -5.675754132818691
    """
    if rss == 0.0:
        return math.inf
    return -0.5 * n * (math.log(2.0 * math.pi) + math.log(rss) - math.log(n) + 1.0)
