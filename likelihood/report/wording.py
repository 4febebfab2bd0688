"""The sentences that summary, captions and report share (level 9)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING

from likelihood.report.formatting import count, number
from likelihood.report.labels import label
from likelihood.verdict import Status

if TYPE_CHECKING:
    from likelihood.results import DistributionFit

#: The status in words, as a sentence opens.
STATUS = {
    Status.OPTIMUM: "Optimum",
    Status.BOUNDARY: "On the boundary",
    Status.SEPARATED: "Separated",
    Status.NOT_IDENTIFIED: "Not identified",
    Status.NOT_CONVERGED: "Not converged",
}

#: Who to cite for an interval, by model and method.
_SOURCES: Mapping[str, Mapping[str, str]] = {
    "Bernoulli": {
        "wilson": "Wilson (1927)",
        "clopper-pearson": "Clopper & Pearson (1934), exact",
        "jeffreys": "Jeffreys prior (Brown, Cai & DasGupta 2001)",
        "agresti-coull": "Agresti & Coull (1998)",
    },
    "Categorical": {
        "goodman": "Goodman (1965)",
        "quesenberry-hurst": "Quesenberry & Hurst (1964)",
        "sison-glaz": "Sison & Glaz (1995)",
        "wilson": "Wilson (1927)",
    },
    "Gaussian": {
        "t": "Student's t (1908) for the mean, chi-square for the standard deviation",
    },
    "Poisson": {
        "exact": "Garwood (1936), exact",
        "score": "score test",
    },
}
_ANYWHERE = {"wald": "Wald", "profile": "profile likelihood"}
_SIMULTANEOUS = ("goodman", "quesenberry-hurst", "sison-glaz")


def heading(fit: DistributionFit) -> str:
    """Return the model with the rows that were used and dropped.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(heading(lk.Bernoulli.fit([1, 0], weights=[5067, 4933])))
    Bernoulli: 2 rows used, 0 dropped; 10,000 observations
    """
    glance = fit.glance().iloc[0]
    rows, used, dropped = (int(glance[name]) for name in ("n_rows", "n_used", "n_dropped"))
    parts = (
        f"{label(fit.model)}: {count(used)} {plural('row', used)} used, {count(dropped)} dropped"
    )
    if idle := rows - used - dropped:
        parts += f", {count(idle)} of weight zero"
    return parts if fit.n == used else f"{parts}; {count(fit.n)} observations"


def verdict_sentence(fit: DistributionFit) -> str:
    """Return the verdict in words, on one line without control characters.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(verdict_sentence(lk.Bernoulli.fit([0, 0, 0])))
    On the boundary. prob is 0, on the edge of its range.
    """
    verdict = fit.verdict
    return f"{STATUS[verdict.status]}. {label(verdict.explanation, None)}"


def estimate_sentence(fit: DistributionFit, level: float = 0.95) -> str:
    """Return the chief estimates with their intervals.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(estimate_sentence(lk.Bernoulli.fit([1, 0], weights=[5067, 4933])))
    The estimate of prob is 0.5067 (95 % interval 0.4969 to 0.5165).
    """
    tidy = fit.tidy(level)
    many = len(fit.distribution.labels) > 0
    rows = tidy.loc[[tidy["estimate"].idxmax()]] if many else tidy
    told = []
    for row in rows.to_dict("records"):
        what = label(row["term"], 30)
        error = row["std_error"]
        value = number(row["estimate"], error)
        low, high = (number(row[end], error) for end in ("conf_low", "conf_high"))
        between = _between(low, high, level)
        if many:
            return f"Of {len(tidy)} categories the likeliest is '{what}', at {value}{between}."
        told.append(f"{what} is {value}{between}")
    return f"The estimate of {' and that of '.join(told)}."


def _between(low: str, high: str, level: float) -> str:
    return f" ({percent(level)} interval {low} to {high})" if low and high else ""


def fit_line(fit: DistributionFit) -> str:
    """Return log-likelihood, information criteria and the number of parameters.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(fit_line(lk.Poisson.fit([2, 0, 3, 1, 4])))
    log-likelihood -8.731, AIC 19.46, BIC 19.07, 1 parameter
    """
    k = fit.n_parameters
    return (
        f"log-likelihood {_defined(fit.log_likelihood)}, AIC {_defined(fit.aic)}, "
        f"BIC {_defined(fit.bic)}, {k} {plural('parameter', k)}"
    )


def _defined(value: float) -> str:
    return "not defined" if math.isnan(value) else number(value)


def interval_note(fit: DistributionFit, level: float = 0.95, method: str | None = None) -> str:
    """Return which intervals are shown: their level, whose they are, and what they hold for.

    Examples
    --------
    >>> import likelihood as lk
    >>> die = lk.Categorical.fit([1, 2, 2, 3], categories=[1, 2, 3])
    >>> print(interval_note(die))
    95 % simultaneous intervals: Goodman (1965).
    >>> print(interval_note(die, 0.9, "wilson"))
    90 % intervals, each category by itself: Wilson (1927).
    """
    chosen = next(iter(fit.distribution.interval_methods)) if method is None else method
    whose = _SOURCES.get(fit.model, {}).get(chosen) or _ANYWHERE.get(chosen) or label(chosen)
    kind, alone = "interval" if len(fit.distribution.estimates) == 1 else "intervals", ""
    if fit.distribution.labels:
        if chosen in _SIMULTANEOUS:
            kind = "simultaneous intervals"
        else:
            alone = ", each category by itself"
    return f"{percent(level)} {kind}{alone}: {whose}."


def percent(level: float) -> str:
    """Return a level in per cent.

    Examples
    --------
    >>> percent(0.95), percent(0.999)
    ('95 %', '99.9 %')
    """
    return f"{100.0 * level:.10g} %"


def plural(noun: str, how_many: float) -> str:
    """Return a noun in the number that its count asks for.

    Examples
    --------
    >>> plural("row", 1), plural("row", 2), plural("category", 2)
    ('row', 'rows', 'categories')
    """
    if how_many == 1:
        return noun
    return f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
