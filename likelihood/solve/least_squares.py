"""Weighted least squares, exact to the doubles given or fast on tall data (level 3).

:func:`least_squares` chooses: up to a million numbers, and wherever columns are nearly dependent,
the refined solution, all of whose digits are right; beyond, the Gram matrix of :func:`gram`,
whose lost digits are far below the statistical error of so many rows.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from likelihood.family import Floats
from likelihood.kernels.arithmetic import two_sum
from likelihood.kernels.extended import add
from likelihood.solve.centring import Design, Response, design, response
from likelihood.solve.gram import leverages, solve_tall
from likelihood.solve.refinement import Solution, factorise

#: Numbers in X up to which the refined solution is computed unasked.
SMALL = 1_000_000


@dataclass(frozen=True)
class LeastSquares:
    """A weighted least-squares solution; weights are frequencies.

    Attributes
    ----------
    coef, coef_low : (p,) array
        Coefficients of the columns, and what their rounding lost.
    intercept, intercept_low : float
        0 without an intercept.
    std_error, unit_std_error : (d,) array
        Standard errors, the intercept's first, and what they are at a ``resid_sd`` of 1.
    unscaled_covariance : (d, d) array
        ``(X'WX)**-1``, the intercept first.
    rss, rss_low, tss, tss_low : float
        Sums of squares of the residuals, and of y: about its mean if the model has a constant.
    resid_sd, r2 : float
        ``sqrt(rss / df)`` and ``1 - rss / tss``; NaN where they are 0 / 0.
    df : float
        Sum of the weights less the number of coefficients.
    exact : bool
        Whether ``rss`` is no larger than the rounding of y and of the terms of the fit, so that
        the residuals are nothing but that.
    leverages : (n,) array or None
        ``x'(X'WX)**-1 x`` of each row, one repetition of it; 0 where the weight is 0.
    iterations : int
        Passes over the rows that corrected the coefficients.
    condition : float
        Condition number of the centred columns, brought to one length (1-norm).
    refined : bool
        Whether every figure is exact to the doubles given.
    distance : float
        Of the coefficients, both parts, from the solution, in standard errors; if residuals are
        nothing but rounding, as a share of the spread of y.
    """

    coef: Floats
    coef_low: Floats = field(repr=False)
    intercept: float
    intercept_low: float = field(repr=False)
    std_error: Floats
    unit_std_error: Floats = field(repr=False)
    unscaled_covariance: Floats = field(repr=False)
    rss: float
    rss_low: float = field(repr=False)
    tss: float
    tss_low: float = field(repr=False)
    resid_sd: float
    r2: float
    df: float
    exact: bool
    leverages: Floats | None = field(repr=False)
    iterations: int
    condition: float
    refined: bool
    distance: float


def least_squares(
    X: Floats,
    y: Floats,
    weights: Floats | None = None,
    *,
    intercept: bool = True,
    low: Floats | None = None,
    y_low: Floats | None = None,
    leverage: bool = False,
) -> LeastSquares:
    """Return the weighted least-squares solution.

    Refined, which it is unless X has more than a million numbers without low parts, it has 15
    correct digits in coefficients, standard errors, residual standard deviation and R**2 at any
    condition number below about 1e15.

    Parameters
    ----------
    X : (n, p) array
        Finite, its columns independent: see :func:`~likelihood.solve.identification.identify`.
    y : (n,) array
        Finite.
    weights : (n,) array, optional
        Frequencies, at least 0; a weight of 2 is a row given twice.
    intercept : bool
        Whether to add a constant.
    low : (n, p) array, optional
        What the entries of X lost to rounding: the design is ``X + low``.
    y_low : (n,) array, optional
        What those of y lost.
    leverage : bool
        Whether to compute the leverages.

    Raises
    ------
    DataError
        If the columns are dependent to working precision.

    Examples
    --------
    >>> import numpy as np
    >>> fit = least_squares(np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 2.0, 6.0]))
    >>> fit.coef, fit.intercept
    (array([1.71428571]), -1.0)
    """
    if low is None and X.size > SMALL:
        return gram(X, y, weights, intercept=intercept, y_low=y_low, leverage=leverage)
    return refined(X, y, weights, intercept=intercept, low=low, y_low=y_low, leverage=leverage)


def refined(
    X: Floats,
    y: Floats,
    weights: Floats | None = None,
    *,
    intercept: bool = True,
    low: Floats | None = None,
    y_low: Floats | None = None,
    leverage: bool = False,
) -> LeastSquares:
    """Return the weighted least-squares solution, to the last digit of the doubles given.

    Parameters and errors are those of :func:`least_squares`.

    Examples
    --------
    >>> import numpy as np
    >>> x = 1e9 + np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 4.0], [3.0, 9.0]])
    >>> fit = refined(x, np.array([1.0, 1.0, 3.0, 8.0]))
    >>> fit.coef, fit.rss
    (array([-1.45,  1.25]), 0.05)
    """
    factor = factorise(X, weights, intercept=intercept, low=low)
    columns = factor.design
    target = _target(y, y_low, weights, columns)
    return _summary(
        columns, target, factor.refine((target.high, target.low)), factor.half(), factor.lengths,
        leverages=_among(weights, factor.leverages()) if leverage else None,
        condition=factor.condition, exact_digits=True,
    )  # fmt: skip


def gram(
    X: Floats,
    y: Floats,
    weights: Floats | None = None,
    *,
    intercept: bool = True,
    y_low: Floats | None = None,
    leverage: bool = False,
) -> LeastSquares:
    """Return the weighted least-squares solution in a few passes over tall data.

    By the Cholesky factor of the centred Gram matrix up to a condition number of 1e3, by a
    blocked QR up to 1e6, and refined from there on.  Coefficients are right to 1e-8 standard
    errors, standard errors to nine digits.  Parameters and errors are those of
    :func:`least_squares`.

    Examples
    --------
    >>> import numpy as np
    >>> fit = gram(np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 2.0, 6.0]))
    >>> fit.coef.round(12), round(fit.intercept, 12)
    (array([1.71428571]), -1.0)
    """
    columns = design(X, weights, intercept=intercept)
    target = _target(y, y_low, weights, columns)
    tall = solve_tall(columns, target)
    if tall is None:
        return refined(X, y, weights, intercept=intercept, y_low=y_low, leverage=leverage)
    half = columns.uncentred((tall.root, np.zeros_like(tall.root)))[0]
    return _summary(
        columns, target, tall.solution, half, tall.lengths,
        leverages=_among(weights, leverages(columns, tall.root)) if leverage else None,
        condition=tall.condition, exact_digits=False,
    )  # fmt: skip


def _target(y: Floats, low: Floats | None, weights: Floats | None, columns: Design) -> Response:
    """Return the response of the rows with weight."""
    if weights is None:
        return response(y, columns, low)
    used = weights > 0
    return response(y[used], columns, None if low is None else low[used])


def _among(weights: Floats | None, values: Floats) -> Floats:
    """Return values of the rows with weight, among zeros for those without."""
    if weights is None:
        return values
    every = np.zeros(len(weights))
    every[weights > 0] = values
    return every


def _summary(
    columns: Design,
    target: Response,
    solution: Solution,
    half: Floats,
    lengths: Floats,
    *,
    leverages: Floats | None,
    condition: float,
    exact_digits: bool,
) -> LeastSquares:
    """Return a solution of the scaled columns and response in the units of X and y."""
    x, e, w = solution.x, target.exponent, columns.weight_exponent
    high, low = x
    if columns.constant is not None:
        high, low = high.copy(), low.copy()
        centre = np.asarray(target.centre), np.zeros(())
        high[0], low[0] = add((x[0][0], x[1][0]), centre)
    high, low = two_sum(*columns.uncentred((high, low)))
    n = math.ldexp(columns.total, w)
    df = n - columns.width
    squares = solution.squares[0] + solution.squares[1]
    # An exact fit leaves the noise of the last correction, of either sign.
    rss = two_sum(*solution.squares) if squares > 0 else (np.zeros(()), np.zeros(()))
    tss = two_sum(*target.total)
    explained = np.maximum(add(tss, (-rss[0], -rss[1]))[0], 0.0)
    units = columns.units
    with np.errstate(over="ignore"):
        coef, coef_low = np.ldexp(high, units + e), np.ldexp(low, units + e)
        sums = [float(np.ldexp(part, 2 * e + w)) for part in (*rss, *tss)]
        covariance = np.ldexp(half @ half.T, units[:, None] + units - w)
        spread = np.sqrt(np.sum(half * half, axis=1))
        # From the scaled squares: those of y can be out of range where y is not.
        sd = math.sqrt(math.ldexp(float(rss[0]), w) / df) if df > 0 else math.nan
        exact = _exact(columns, target, x[0], lengths, float(rss[0]))
        unit = math.sqrt(math.ldexp(float(tss[0]), w) / n) if exact or not sd > 0 else sd
        std_error = np.ldexp(sd * spread, units + e - w // 2)
        unit_std_error = np.ldexp(spread, units - w // 2)
    return LeastSquares(
        coef=coef[1:] if columns.added else coef,
        coef_low=coef_low[1:] if columns.added else coef_low,
        intercept=float(coef[0]) if columns.added else 0.0,
        intercept_low=float(coef_low[0]) if columns.added else 0.0,
        std_error=std_error,
        unit_std_error=unit_std_error,
        unscaled_covariance=covariance,
        rss=sums[0], rss_low=sums[1], tss=sums[2], tss_low=sums[3],
        resid_sd=math.ldexp(sd, e),
        r2=float(explained / tss[0]) if tss[0] > 0 else math.nan,
        df=df,
        exact=exact,
        leverages=leverages,
        iterations=solution.passes,
        condition=condition,
        refined=exact_digits,
        distance=math.ldexp(solution.remaining, w // 2) / unit if unit > 0 else 0.0,
    )  # fmt: skip


def _exact(columns: Design, target: Response, x: Floats, lengths: Floats, rss: float) -> bool:
    """Return whether residuals are no larger than the rounding of y and of the fit's terms."""
    root = math.sqrt(rss) / np.finfo(float).eps
    moved = abs(target.centre)
    if columns.constant is not None:
        moved += float(np.abs(columns.shift) @ np.abs(x[1:]))
    # The triangle inequality settles all but exact fits without a pass over the rows.
    if root > (1.0 + moved) * math.sqrt(columns.total) + float(np.abs(x) @ lengths):
        return False
    total = 0.0
    for rows, high, _, weights in columns.blocks():
        y = np.abs(target.centre + target.high[rows])
        size = y + moved + np.abs(x) @ np.abs(high)
        total += float(size @ (size if weights is None else weights * size))
    return bool(root <= math.sqrt(total))
