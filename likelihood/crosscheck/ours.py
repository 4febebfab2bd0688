"""Our side of a regression's crosscheck: coefficients and their names (level 9)."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.family import Floats

if TYPE_CHECKING:
    from likelihood.results import Fit


def share(number: float, scale: float) -> float:
    """Return the size of a number beside the scale of its errors, 1 at most or where unknown.

    Examples
    --------
    >>> share(0.5, 10.0), share(3.0, 1.0), share(0.0, 1.0)
    (0.05, 1.0, 0.0)
    """
    if not (math.isfinite(number) and math.isfinite(scale)) or scale == 0.0:
        return 1.0
    return min(1.0, abs(number) / scale)


def estimates(fit: Fit) -> Floats:
    """Return the coefficients (k, d), infinite ones as such, NaN where the sign is not known."""
    record = fit.record
    signed = np.where(record.infinite, record.sign, 1.0)
    infinite: Floats = np.where(record.infinite, signed * math.inf, record.coef)
    return infinite


def labels(fit: Fit) -> list[tuple[Any, str]]:
    """Return (response, term) of the coefficients that are identified, row by row."""
    facts = fit.facts
    responses = facts.responses if facts.several else ("",)
    terms = [term for term, kept in zip(facts.terms, fit.record.kept, strict=True) if kept]
    return [(response, term) for response in responses for term in terms]
