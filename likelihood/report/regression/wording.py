"""The sentences about a regression that summary, captions and report share (level 9)."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from likelihood.report.digits import count, number
from likelihood.report.labels import label, shortened
from likelihood.report.regression.view import RATIOS, RegressionView
from likelihood.report.wording import p_told, percent, plural
from likelihood.verdict import Status

if TYPE_CHECKING:
    from likelihood.results import Fit

#: The estimators as a reader calls them.
TITLES = {
    "LinearRegression": "Linear regression",
    "LogisticRegression": "Logistic regression",
    "SoftmaxRegression": "Softmax regression",
    "PoissonRegression": "Poisson regression",
}

#: What a flag means, by its name in ``tidy``.
FLAGS = {
    "infinite": (
        "infinite: no finite value maximises the likelihood, so there is no standard error, "
        "statistic or p-value (nor an estimate, where its sign is not determined); "
        'interval="profile" gives the end that is finite.'
    ),
    "aliased": (
        "aliased: a combination of the columns before it, so not identified; it takes no part "
        "in predictions."
    ),
    "boundary": "boundary: on the edge of its range.",
    "wald_unreliable": (
        "wald_unreliable: so far from zero that Wald's statistic shrinks as the effect grows "
        '(Hauck & Donner 1977); use interval="profile" and a likelihood-ratio test.'
    ),
}

_INTERVALS = {"t": "Student's t", "wald": "Wald", "profile": "profile likelihood"}
#: Characters of a formula, of a column's name and of a class's in a sentence.
_FORMULA, _NAME, _CLASS = 200, 40, 30
#: Names that a sentence lists.
_LISTED = 6


def lower_title(fit: Fit) -> str:
    """Return the kind of regression within a sentence.

    Examples
    --------
    >>> import likelihood as lk
    >>> lower_title(lk.PoissonRegression().fit([[0.0], [1.0], [2.0]], [1, 1, 4]).result_)
    'Poisson regression'
    """
    title = TITLES.get(fit.model, label(fit.model))
    return title if title.startswith("Poisson") else f"{title[:1].lower()}{title[1:]}"


def heading(fit: Fit) -> str:
    """Return model, formula, and the rows that were used and dropped.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [1.0], [2.0]], [1, 1, 4]).result_
    >>> print(heading(fit))
    Poisson regression of y on x0: 3 rows used, 0 dropped
    """
    return f"{model(fit)}: {rows(fit)}"


def model(fit: Fit) -> str:
    """Return the kind of regression with its formula, or the columns it is on.

    Examples
    --------
    >>> import likelihood as lk
    >>> data = {"y": [1.0, 2.0, 4.0], "x": [0.0, 1.0, 2.0]}
    >>> print(model(lk.LinearRegression.from_formula("y ~ x", data, ridge=2.0).result_))
    Linear regression of y ~ x, ridge 2
    """
    facts = fit.facts
    title = TITLES.get(fit.model, label(fit.model))
    if facts.formula is not None:
        what = shortened(" ".join(facts.formula.formula.split()), _FORMULA)
    else:
        slopes = facts.terms[facts.intercept :]
        what = f"{response(fit)} on {names(slopes)}" if slopes else response(fit)
    ridge = f", ridge {number(facts.ridge)}" if facts.ridge else ""
    return f"{title} of {what}{ridge}"


def rows(fit: Fit) -> str:
    """Return how many rows were used, dropped, and of no weight, and what they stand for."""
    facts = fit.facts
    said = (
        f"{count(facts.n_used)} {plural('row', facts.n_used)} used, {count(facts.n_dropped)} "
        f"dropped"
    )
    if idle := facts.n_rows - facts.n_used:
        said += f", {count(idle)} of weight zero"
    return said if facts.total == facts.n_used else f"{said}; {count(facts.total)} observations"


def names(terms: Sequence[Any]) -> str:
    """Return names for a sentence, the first few of many.

    Examples
    --------
    >>> print(names(["a"]), "|", names(["a", "b"]), "|", names([f"x{j}" for j in range(9)]))
    a | a and b | x0, x1, x2, x3, x4, x5 and 3 more
    """
    said = [shortened(term, _NAME) or "(empty)" for term in terms[:_LISTED]]
    if len(terms) > _LISTED:
        return f"{', '.join(said)} and {len(terms) - _LISTED} more"
    return f"{', '.join(said[:-1])} and {said[-1]}" if len(said) > 1 else "".join(said)


def response(fit: Fit) -> str:
    """Return the name of what is explained, "y" where it has none."""
    return shortened(fit.facts.response, _NAME) or "y"


def quoted(outcome: Hashable) -> str:
    """Return a class as it is told, text in quotes.

    Examples
    --------
    >>> print(quoted("yes"), quoted(1), quoted(True))
    'yes' 1 True
    """
    # NumPy's own numbers come as Python's from ``tolist``.
    if isinstance(outcome, bool | int | float):
        return shortened(outcome, _CLASS)
    return f"'{shortened(outcome, _CLASS)}'"


def modelled(fit: Fit) -> str:
    """Return what the linear predictor stands for, and the class compared with.

    Examples
    --------
    >>> import likelihood as lk
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"]
    >>> print(modelled(lk.LogisticRegression().fit(X, y).result_))
    modelling P(y = 'yes'), reference 'no'
    """
    y = response(fit)
    if fit.model == "LogisticRegression":
        (event,) = fit.facts.responses
        return f"modelling P({y} = {quoted(event)}), reference {quoted(fit.facts.base)}"
    if fit.model == "SoftmaxRegression":
        base = quoted(fit.facts.base)
        return f"modelling the log-odds of each class of {y} against reference {base}"
    return f"modelling log E({y})" if fit.model == "PoissonRegression" else f"modelling E({y})"


def effect(fit: Fit, row: Mapping[Hashable, Any], level: float) -> str:
    """Return a coefficient from a row of ``tidy`` as a sentence, on the scale people speak of.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8]).result_
    >>> row = {"term": "x0", "estimate": 1.0986, "std_error": 0.577, "conf_low": -0.033,
    ...        "conf_high": 2.230}
    >>> print(effect(fit, row, 0.95))
    One unit more of x0 multiplies the mean of y by 3.000 (95 % interval 0.9675 to 9.300).
    """
    term = str(row["term"])
    # A dummy, an interaction or a function of a column has no unit that it is in.
    whose = shortened(term, _NAME)
    if not set(term) & set("[:("):
        whose = f"One unit more of {whose}"
    ends = [float(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    if fit.model not in RATIOS:
        told = [number(value, float(row["std_error"])) for value in ends]
        verb = f"changes the mean of {response(fit)} by"
    else:
        told = [number(_exp(value)) for value in ends]
        verb = f"multiplies {_scale(fit, row)} by"
    among = (
        ", the other terms being equal" if len(fit.facts.terms) - fit.facts.intercept > 1 else ""
    )
    return f"{whose} {verb} {told[0]} ({percent(level)} interval {told[1]} to {told[2]}){among}."


def _exp(value: float) -> float:
    # Beyond the largest double a ratio is infinite for every purpose of a sentence.
    return math.inf if value >= 709.0 else math.exp(value)


def _scale(fit: Fit, row: Mapping[Hashable, Any]) -> str:
    if fit.model == "PoissonRegression":
        return f"the mean of {response(fit)}"
    outcome = row["response"] if fit.facts.several else fit.facts.responses[0]
    against = f" against {quoted(fit.facts.base)}" if fit.facts.several else ""
    return f"the odds of {response(fit)} = {quoted(outcome)}{against}"


def estimate_sentence(fit: Fit, view: RegressionView) -> str:
    """Return the first slope that has an interval, in the order of the caller's own terms."""
    if fit.verdict.status is Status.NOT_CONVERGED:
        return ""
    from likelihood.report.regression.tables import slopes

    for row in slopes(fit, view.tidy(fit)).to_dict("records"):
        ends = (float(row["estimate"]), float(row["conf_low"]), float(row["conf_high"]))
        if all(map(math.isfinite, ends)):
            return effect(fit, row, view.level)
    return ""


def statistics(glance: Mapping[Hashable, Any]) -> list[str]:
    """Return the fit statistics of a row of ``glance``, each group as one line.

    Examples
    --------
    >>> row = {"log_likelihood": -24.03, "aic": 60.06, "bic": 71.88, "n_parameters": 6,
    ...        "lr_statistic": 22.19, "lr_df": 5.0, "lr_p_value": 0.00048, "r2_mcfadden": 0.3158}
    >>> print(*statistics(row), sep=chr(10))
    log-likelihood -24.03, AIC 60.06, BIC 71.88, 6 parameters
    likelihood-ratio test against the intercept alone: 22.19 on 5 df, p = 0.0005
    McFadden's R2 0.3158
    """
    k = int(glance["n_parameters"])
    lines = [
        f"log-likelihood {_defined(glance, 'log_likelihood')}, AIC {_defined(glance, 'aic')}, "
        f"BIC {_defined(glance, 'bic')}, {k} {plural('parameter', k)}"
    ]
    if tested := lr_sentence(glance):
        lines.append(tested)
    others = [
        f"{name} {number(value)}"
        for name, value in (
            ("R2", _known(glance, "r2")),
            ("McFadden's R2", _known(glance, "r2_mcfadden")),
            ("AUC in sample", _known(glance, "auc")),
        )
        if not math.isnan(value)
    ]
    if glance.get("model") == "LinearRegression":
        sd, df = math.sqrt(_known(glance, "dispersion")), _known(glance, "df_resid")
        if not math.isnan(sd):
            others.append(f"residual sd {number(sd)} on {number(df)} df")
    if others:
        lines.append(", ".join(others))
    return lines


def lr_sentence(glance: Mapping[Hashable, Any]) -> str:
    """Return the likelihood-ratio test of all slopes; "" where there is none."""
    value, df = _known(glance, "lr_statistic"), _known(glance, "lr_df")
    if math.isnan(value) or not df > 0:
        return ""
    return (
        f"likelihood-ratio test against the intercept alone: {number(value)} on {number(df)} df, "
        f"{p_told(_known(glance, 'lr_p_value'))}"
    )


def _known(glance: Mapping[Hashable, Any], name: str) -> float:
    value = glance.get(name, math.nan)
    return math.nan if value is None else float(value)


def _defined(glance: Mapping[Hashable, Any], name: str) -> str:
    value = _known(glance, name)
    return "not defined" if math.isnan(value) else number(value)


def interval_note(fit: Fit, view: RegressionView, covariance: str = "information") -> str:
    """Return which intervals are shown and where the standard errors come from.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [1.0], [2.0]], [1, 1, 4]).result_
    >>> print(interval_note(fit, RegressionView(0.9)))
    90 % intervals: Wald; standard errors and p-values from the information.
    """
    chosen, whose = view.method(fit), method_name(fit, view)
    if fit.model == "LinearRegression":
        source = (
            f"RSS/(n - p) and Student's t{'' if covariance == 'information' else f', {covariance}'}"
        )
    else:
        source = (
            "the information"
            if covariance == "information"
            else f"the {label(covariance)} sandwich"
        )
    kind = "Wald p-values" if chosen == "profile" else "p-values"
    # With a ridge an estimate is drawn to zero, and a test against zero has no meaning.
    what = "standard errors" if fit.facts.ridge else f"standard errors and {kind}"
    return f"{percent(view.level)} intervals: {whose}; {what} from {source}."


def method_name(fit: Fit, view: RegressionView) -> str:
    """Return whose intervals are shown."""
    chosen = view.method(fit)
    return _INTERVALS.get(chosen, label(chosen))
