"""The studies of regressions: a paradox, several classes, collinear columns, a separation."""

from __future__ import annotations

import math
import warnings
from typing import TYPE_CHECKING, Any

from likelihood.cli.regression_result import RegressionResult
from likelihood.cli.study import Finding, Study
from likelihood.errors import FitWarning

if TYPE_CHECKING:
    from likelihood.results import Fit


def regression_studies() -> tuple[Study, ...]:
    """Return the studies in the order in which they are shown.

    Examples
    --------
    >>> [study.folder for study in regression_studies()][:2]
    ['berkeley-together', 'berkeley-departments']
    """
    return (
        Study(
            "berkeley-together", "Admissions to Berkeley, 4,526 applicants (1973)",
            "Were men admitted more often than women?",
            "data set ucb_admissions, all departments together", _berkeley_together,
        ),
        Study(
            "berkeley-departments", "Admissions to Berkeley, department by department (1973)",
            "Were men admitted more often than women to the same department?",
            "data set ucb_admissions", _berkeley_departments,
        ),
        Study(
            "penguins-species", "Species of 342 penguins",
            "Do bill and flipper tell the species?",
            "data set penguins", _penguins,
        ),
        Study(
            "election-party", "Party identification of 944 voters (1996)",
            "Do age, education, income and one's own position tell the party?",
            "data set anes96", _election,
        ),
        Study(
            "longley-employment", "Longley's employment, 16 years (1947-1962)",
            "What do six columns that rise together say about employment?",
            "data set longley", _longley,
        ),
        Study(
            "iris-separated", "Species of 150 irises",
            "What is the estimate where setosa is told from the others without an error?",
            "data set iris", _iris,
        ),
    )  # fmt: skip


def _berkeley(formula: str) -> Fit:
    return _fit("LogisticRegression", "ucb_admissions", formula, weights="count", event="yes")


def _berkeley_together() -> Finding:
    fit = _berkeley("admitted ~ gender")
    return Finding(RegressionResult(fit), f"All departments together, {_odds_of_men(fit)}.")


def _berkeley_departments() -> Finding:
    from likelihood.report.formatting import frame_to_text
    from likelihood.report.wording import p_told

    together = _berkeley("admitted ~ gender")
    departments = _berkeley("admitted ~ department")
    both = _berkeley("admitted ~ gender + department")
    test = both.test("gender[T.male]")
    answer = (
        f"Within departments {_odds_of_men(both)}: Simpson's paradox, since women applied to "
        f"the departments that admitted few of either. A difference by gender within departments "
        f"is {'' if test['p_value'] < 0.05 else 'not '}found at the 5 % level: likelihood-ratio "
        f"chi-square = {_number(test['statistic'])} on {test['df']:.0f} df, "
        f"{p_told(float(test['p_value']))}."
    )
    terms = ["gender", "department", "gender + department"]
    tables = [
        both.compare(together).iloc[::-1], both.compare(departments).iloc[[1]]
    ]  # fmt: skip
    rows = [*tables[0].to_dict("records")[:1], *tables[1].to_dict("records"),
            *tables[0].to_dict("records")[1:]]  # fmt: skip
    import pandas as pd

    table = pd.DataFrame(rows)[["n_parameters", "log_likelihood", "aic", "bic"]]
    table.insert(0, "admitted on", terms)
    return Finding(RegressionResult(both), answer, frame_to_text(table) + "\n")


def _penguins() -> Finding:
    fit = _fit("SoftmaxRegression", "penguins", "species ~ bill_length_mm + flipper_length_mm")
    share = float(fit.glance()["accuracy"].iloc[0])
    return Finding(
        RegressionResult(fit),
        f"The most probable species is the true one for {100.0 * share:.1f} % of the "
        f"{fit.facts.n_used} penguins that were measured.",
    )


def _election() -> Finding:
    from likelihood.report.regression.wording import lr_sentence

    fit = _fit(
        "SoftmaxRegression", "anes96", "PID ~ log(popul + 0.1) + selfLR + age + educ + income"
    )
    glance: dict[Any, Any] = fit.glance().iloc[0].to_dict()
    told = lr_sentence(glance)
    return Finding(
        RegressionResult(fit),
        f"They tell something of it: {told}; but the most probable party is the true one for "
        f"{100.0 * glance['accuracy']:.1f} % only.",
    )


def _longley() -> Finding:
    columns = "gnp_deflator + gnp + unemployed + armed_forces + population + year"
    fit = _fit("LinearRegression", "longley", f"employed ~ {columns}")
    tidy = fit.tidy()
    slopes = tidy[tidy["term"] != "intercept"]
    covered = slopes[(slopes["conf_low"] < 0) & (slopes["conf_high"] > 0)]
    return Finding(
        RegressionResult(fit),
        f"Together they explain {100.0 * float(fit.glance()['r2'].iloc[0]):.2f} % of its variance, "
        f"and yet the intervals of {len(covered)} of {len(slopes)} coefficients hold zero.",
    )


def _iris() -> Finding:
    columns = "sepal_length + sepal_width + petal_length + petal_width"
    fit = _fit("SoftmaxRegression", "iris", f"species ~ {columns}")
    infinite = int((fit.tidy()["flag"] == "infinite").sum())
    return Finding(
        RegressionResult(fit),
        f"There is none: {infinite} of {fit.record.coef.size} coefficients are infinite. The "
        f"probabilities have limits, with a log-likelihood of {_number(fit.log_likelihood)}.",
    )


def _fit(model: str, name: str, formula: str, **options: Any) -> Fit:
    import likelihood

    with warnings.catch_warnings():
        # The verdict is printed with the result.
        warnings.simplefilter("ignore", FitWarning)
        estimator = getattr(likelihood, model).from_formula(
            formula, likelihood.datasets.load(name), **options
        )
    fitted: Fit = estimator.result_
    return fitted


def _odds_of_men(fit: Fit) -> str:
    """Return how many times as high the odds of men were, with the interval."""
    from likelihood.report.wording import percent

    tidy = fit.tidy()
    row = tidy[tidy["term"] == "gender[T.male]"].iloc[0]
    ratio, low, high = (
        _number(math.exp(row[name])) for name in ("estimate", "conf_low", "conf_high")
    )
    return (
        f"the odds of admission were {ratio} times as high for men as for women "
        f"({percent(0.95)} interval {low} to {high})"
    )


def _number(value: float) -> str:
    from likelihood.report.formatting import number

    return number(value)
