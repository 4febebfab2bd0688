"""Correct digits of a regression, ours or another program's, against the exact answer."""

from __future__ import annotations

import math
import warnings
from fractions import Fraction
from typing import Any

import numpy as np

import likelihood as lk
from benchmarks.regression_peers import Numbers
from benchmarks.regression_references import NIST, Reference

#: Digits are counted up to here: a double holds 15 of every decimal number.
MOST = 15.0


def digits(computed: float, exact: Fraction) -> float:
    """Return the correct significant digits, 15 at most; those after the point of an exact 0.

    Examples
    --------
    >>> digits(0.1, Fraction("0.1")), round(digits(0.123, Fraction(1, 8)), 3)
    (15.0, 1.796)
    >>> digits(math.nan, Fraction(1))
    nan
    """
    if not math.isfinite(computed):
        return math.nan
    error = abs(Fraction(float(computed)) - exact)
    if not error:
        return MOST
    ratio = error / abs(exact) if exact else error
    # A fraction too small for a double has more digits than are counted.
    return min(MOST, -math.log10(ratio)) if ratio > Fraction(1, 10**20) else MOST


def least(computed: Any, exact: Any) -> float | None:
    """Return the least digits of several numbers; None where there are none, NaN if one is not."""
    if computed is None or exact is None:
        return None
    found = [digits(c, e) for c, e in zip(np.ravel(computed).tolist(), exact, strict=True)]
    return math.nan if any(map(math.isnan, found)) else min(found)


def fitted(reference: Reference) -> Any:
    """Return our fit at default settings: the estimator's result."""
    with warnings.catch_warnings():
        # What is to be said of a fit is in its verdict.
        warnings.simplefilter("ignore", lk.FitWarning)
        if reference.classes:
            kind = lk.LogisticRegression if reference.classes == 2 else lk.SoftmaxRegression
            model = kind(fit_intercept=reference.intercept)
            return model.fit(reference.X, reference.y, sample_weight=reference.weights).result_
        if reference.name in NIST and NIST[reference.name][0] > 1:
            data = {"y": reference.y, "x": reference.X[:, 0]}
            terms = ["x", *(f"I(x**{k})" for k in range(2, NIST[reference.name][0] + 1))]
            return lk.LinearRegression.from_formula(f"y ~ {' + '.join(terms)}", data).result_
        model = lk.LinearRegression(fit_intercept=reference.intercept)
        return model.fit(reference.X, reference.y).result_


def ours(fit: Any) -> Numbers:
    """Return the numbers of our fit."""
    record = fit.record
    error = record.std_error * math.sqrt(record.dispersion)
    return Numbers(record.coef.ravel(), error.ravel(), record.log_likelihood)


def compared(reference: Reference, numbers: Numbers) -> list[float | None]:
    """Return the digits of coefficients, standard errors and log-likelihood."""
    answer = reference.answer
    value = numbers.log_likelihood
    return [
        least(numbers.coef, answer["coef"]),
        least(numbers.std_error, answer["se"]),
        None if value is None or "loglik" not in answer else digits(value, answer["loglik"]),
    ]
