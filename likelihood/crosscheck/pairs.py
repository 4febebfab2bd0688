"""Two numbers that should be one: our own and somebody else's, and how to judge them (level 9)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from likelihood.results import DistributionFit

#: Digits that count as agreement.
ENOUGH = 9.0
#: Equal numbers have all the digits of a double; unequal ones at most 15.9, the relative
#: distance of two neighbouring doubles (1.1e-16 to 2.2e-16) as digits.
EQUAL, CLOSEST = 16.0, 15.9
#: The level at which intervals are compared.
LEVEL = 0.95
#: Why the others' number is not ours where an estimate is on the boundary.
EDGE = (
    "On the boundary their linear predictor is infinite; their iterations stop on the way, or "
    "give no number."
)


class Pair(NamedTuple):
    """Our number and theirs; ``reason`` says why they may differ, down to ``least`` digits."""

    quantity: str
    term: Any
    ours: float
    theirs: float
    backend: str
    reason: str = ""
    least: float = -math.inf
    response: Any = ""


def digits(ours: float, theirs: float) -> float:
    """Return in how many digits two numbers agree.

    Examples
    --------
    >>> digits(1.0, 1.0), round(digits(1.0, 1.001), 4), digits(1e-12, 0.0)
    (16.0, 3.0004, 12.0)
    >>> digits(1.0, float("nan"))
    nan
    """
    if ours == theirs:
        return EQUAL
    if math.isnan(ours) or math.isnan(theirs):
        return math.nan
    if math.isinf(ours) or math.isinf(theirs):
        return 0.0
    # Against a zero on either side only the absolute difference means something.
    relative = abs(ours - theirs) / (abs(theirs) if ours and theirs else 1.0)
    return min(max(0.0 - math.log10(relative), 0.0), CLOSEST)


def judged(pair: Pair) -> dict[str, Any]:
    """Return a pair as a row of the table."""
    ours, theirs = float(pair.ours), float(pair.theirs)
    agreed = digits(ours, theirs)
    known = bool(pair.reason) and (math.isnan(agreed) or agreed >= pair.least)
    enough = agreed >= ENOUGH
    return {
        "quantity": pair.quantity,
        "term": pair.term,
        "response": pair.response,
        "ours": ours,
        "theirs": theirs,
        "backend": pair.backend,
        "difference": 0.0 if ours == theirs else ours - theirs,
        "digits": agreed,
        "ok": enough or known,
        "reason": "" if enough or not known else pair.reason,
    }


def failure(program: str, error: Exception) -> str:
    """Return in one line how another program failed.

    Examples
    --------
    >>> failure("statsmodels", ValueError("no columns."))
    'statsmodels failed: ValueError: no columns'
    """
    said = (str(error).strip() or "no message").splitlines()[0][:100]
    return f"{program} failed: {type(error).__name__}: {said.rstrip('.')}"


def interval_ends(
    fit: DistributionFit,
    method: str,
    theirs: Any,
    backend: str,
    reason: str = "",
) -> Iterator[Pair]:
    """Compare both ends of the intervals of one method; ``theirs`` is (low, high) or (K, 2)."""
    interval = fit.confint(LEVEL, method)
    other = np.asarray(theirs, dtype=float).reshape(-1, 2)
    # Not row by row: a row of numbers would turn the label 1 into 1.0.
    for row, term in enumerate(interval["term"].tolist()):
        for column, end in enumerate(("conf_low", "conf_high")):
            ours = float(interval[end].iloc[row])
            yield Pair(f"{end} ({method})", term, ours, other[row, column], backend, reason)


def chi_square_tests(fit: DistributionFit, counts: Any, null: Any) -> Iterator[Pair]:
    """Compare the G-test and Pearson's with equal expectations."""
    from scipy import stats

    for kind, power in (("lr", "log-likelihood"), ("score", "pearson")):
        theirs = stats.power_divergence(counts, lambda_=power)
        ours = fit.test(null, kind=kind)
        for quantity, other in (("statistic", theirs.statistic), ("p_value", theirs.pvalue)):
            name = f"{kind} {quantity} ({null})"
            yield Pair(name, "", ours[quantity], other, "scipy.stats.power_divergence")


def certain(model: Any) -> Any:
    """Return the results of a generalised linear model, iterated as far as doubles go.

    Their standard errors belong to the step before the last: after their own stopping rule
    they have 8 digits, at a logit of 0 none.  From the answer, they belong to the answer.
    """
    found = model.fit(tol_criterion="params", tol=1e-14, maxiter=100)
    return model.fit(start_params=found.params, tol_criterion="params", tol=1e-14, maxiter=100)
