"""The options that every regression has, checked when it is fitted (level 8)."""

from __future__ import annotations

import math
from numbers import Integral, Real
from typing import Any

from likelihood.loss_threads import processors


def checked_ridge(ridge: Any) -> float:
    """Return the strength of the penalty: ``ridge / 2`` times the sum of squared slopes, in nats.

    Raises
    ------
    TypeError, ValueError
        It is no number, or negative or not finite.

    Examples
    --------
    >>> checked_ridge(1)
    1.0
    """
    if isinstance(ridge, bool) or not isinstance(ridge, Real):
        raise TypeError(f"ridge must be a number that is not negative, got {ridge!r}.")
    try:
        value = float(ridge)
    except OverflowError:
        value = math.inf
    if not 0.0 <= value < math.inf:
        raise ValueError(f"ridge must be finite and not negative, got {ridge!r}.")
    return value


def check_intercept(fit_intercept: Any) -> None:
    """Refuse a ``fit_intercept`` that is not True or False.

    Examples
    --------
    >>> check_intercept(True)
    """
    # NumPy's truth value as well: grids of options are arrays.
    if type(fit_intercept).__name__ not in ("bool", "bool_"):
        raise TypeError(f"fit_intercept must be True or False, got {fit_intercept!r}.")


def threads(n_jobs: Any) -> int:
    """Return the number of threads that an ``n_jobs`` asks for.

    None and -1 are all processors, -2 all but one, as in joblib.

    Raises
    ------
    TypeError, ValueError
        It is neither None nor a whole number other than 0.

    Examples
    --------
    >>> threads(3)
    3
    >>> threads(None) == threads(-1)
    True
    """
    if n_jobs is None:
        return processors()
    if isinstance(n_jobs, bool) or not isinstance(n_jobs, Integral):
        raise TypeError(f"n_jobs must be None or a whole number, got {n_jobs!r}.")
    if not n_jobs:
        raise ValueError("n_jobs must not be 0; None and -1 are all processors.")
    asked = int(n_jobs)
    return asked if asked > 0 else max(processors() + 1 + asked, 1)


def check_separation(separation: Any) -> None:
    """Refuse a ``separation`` that is neither "report" nor "raise".

    Examples
    --------
    >>> check_separation("report")
    """
    if separation not in ("report", "raise"):
        raise ValueError(f"separation must be 'report' or 'raise', got {separation!r}.")
