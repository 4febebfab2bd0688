"""The sentences that summary, captions and report share (level 9)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import TYPE_CHECKING, Any

from likelihood.report.formatting import count, number, p_value
from likelihood.report.labels import label
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

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
    >>> print(heading(lk.Bernoulli.fit(["heads", "tails"], success="heads")))
    Bernoulli, probability of 'heads': 2 rows used, 0 dropped
    """
    glance = fit.glance().iloc[0]
    rows, used, dropped = (int(glance[name]) for name in ("n_rows", "n_used", "n_dropped"))
    outcome = f", probability of {success(fit)}" if success(fit) else ""
    parts = (
        f"{label(fit.model)}{outcome}: {count(used)} {plural('row', used)} used, "
        f"{count(dropped)} dropped"
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


def success(fit: DistributionFit) -> str:
    """Return the outcome whose probability a coin's fit estimates, in quotes; "" for a plain 1.

    Examples
    --------
    >>> import likelihood as lk
    >>> success(lk.Bernoulli.fit(["H", "T"], success="H")), success(lk.Bernoulli.fit([1, 0]))
    ("'H'", '')
    """
    if fit.model != "Bernoulli" or not fit.sample.labels:
        return ""
    (outcome,) = fit.sample.labels
    return "" if type(outcome) is int and outcome == 1 else f"'{label(outcome, 30)}'"


def parameter(fit: DistributionFit, term: Hashable) -> str:
    """Return a parameter in words.

    Examples
    --------
    >>> import likelihood as lk
    >>> parameter(lk.Gaussian.fit([1.0, 2.0]), "sd")
    'the standard deviation'
    >>> parameter(lk.Bernoulli.fit(["H", "T"], success="H"), "prob")
    "the probability of 'H'"
    """
    known = {"prob": "probability", "sd": "standard deviation"}.get(str(term), label(term, 30))
    return f"the {known} of {success(fit)}" if success(fit) else f"the {known}"


def estimate_sentence(
    fit: DistributionFit, level: float = 0.95, interval: str | None = None
) -> str:
    """Return the chief estimates with their intervals.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(estimate_sentence(lk.Bernoulli.fit([1, 0], weights=[5067, 4933])))
    The estimate of the probability is 0.5067 (95 % interval 0.4969 to 0.5165).
    """
    tidy = fit.tidy(level, interval)
    if fit.distribution.labels:
        return _likeliest(tidy, level, _kind(fit, interval))
    told = []
    for row in tidy.to_dict("records"):
        told.append(f"{parameter(fit, row['term'])} is {with_interval(row, level)}")
    return f"The estimate of {' and that of '.join(told)}."


def _likeliest(tidy: pd.DataFrame, level: float, kind: str) -> str:
    top = tidy[tidy["estimate"] == tidy["estimate"].max()].to_dict("records")
    named = ", ".join(f"'{label(row['term'], 30)}'" for row in top[:5])
    more = f" and {len(top) - 5} more" if len(top) > 5 else ""
    are, each = ("is", "") if len(top) == 1 else ("are", "each ")
    return (
        f"Of {len(tidy)} {plural('category', len(tidy))} the likeliest {are} {named}{more}, "
        f"{each}at {with_interval(top[0], level, kind)}."
    )


def with_interval(row: Mapping[Hashable, Any], level: float, kind: str = "interval") -> str:
    """Return an estimate with its interval from a row of ``tidy``.

    Examples
    --------
    >>> with_interval({"estimate": 2.0, "std_error": 0.6, "conf_low": 1.0, "conf_high": 3.6}, 0.9)
    '2.000 (90 % interval 1.000 to 3.600)'
    """
    error = row["std_error"]
    value, low, high = (number(row[name], error) for name in ("estimate", "conf_low", "conf_high"))
    return f"{value} ({percent(level)} {kind} {low} to {high})" if low and high else value


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
    chosen = method or next(iter(fit.distribution.interval_methods))
    whose = _SOURCES.get(fit.model, {}).get(chosen) or _ANYWHERE.get(chosen) or label(chosen)
    kind = _kind(fit, chosen) if len(fit.distribution.estimates) == 1 else f"{_kind(fit, chosen)}s"
    joint = not fit.distribution.labels or chosen in _SIMULTANEOUS
    return f"{percent(level)} {kind}{'' if joint else ', each category by itself'}: {whose}."


def _kind(fit: DistributionFit, method: str | None) -> str:
    chosen = method or next(iter(fit.distribution.interval_methods))
    joint = fit.distribution.labels and chosen in _SIMULTANEOUS
    return "simultaneous interval" if joint else "interval"


def p_told(p: float) -> str:
    """Return a p-value with its sign of relation.

    Examples
    --------
    >>> p_told(0.18015), p_told(3e-19)
    ('p = 0.1802', 'p < 0.0001')
    """
    shown = p_value(p)
    return f"p {shown[0]} {shown[1:]}" if shown[:1] in ("<", ">") else f"p = {shown}"


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
