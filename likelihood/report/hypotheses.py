"""The tests of a report: their table, their result as a sentence, and when to doubt them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from likelihood.inference.goodness import Pooled, goodness_of_fit, poisson_cells, pooled
from likelihood.inference.quantiles import significance
from likelihood.report import wording
from likelihood.report.digits import count, number
from likelihood.report.labels import LONGEST, label
from likelihood.report.view import View

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.inference.hypothesis import HypothesisTest
    from likelihood.results import DistributionFit

#: The tests that are natural for a model, with the names that their fields use.
_TESTS = {
    "Bernoulli": {"lr": "likelihood ratio", "score": "score", "exact": "exact binomial"},
    "Categorical": {"lr": "G-test (likelihood ratio)", "score": "Pearson's chi-square (score)"},
    "Gaussian": {"lr": "likelihood ratio", "exact": "exact"},
    "Poisson": {"lr": "likelihood ratio", "score": "score", "exact": "exact Poisson"},
}
#: What the statistic of a sentence is called: by the model, or by the name of its exact test.
_STATISTICS = {
    "Categorical": "G", "Student's t": "t", "chi-square of the variance": "chi-square",
}  # fmt: skip
_COLUMNS = ("hypothesis", "test", "statistic", "df", "p_value")
#: Expected counts below this make the chi-square approximation rough (Cochran 1954).
_FEW = 5.0
_GIVEN = "the given probabilities"
_POISSON = "a Poisson distribution"


def test_table(fit: DistributionFit, view: View | None = None) -> pd.DataFrame:
    """Return the tests that are natural for a model: hypothesis, test, statistic, df, p_value.

    A die is tested against fair and a coin against 0.5 where no hypothesis is given; the rate
    of a Poisson and the parameters of a Gaussian have none that needs no saying.  Counts are
    tested for being Poisson whatever the rate.

    Examples
    --------
    >>> import likelihood as lk
    >>> test_table(lk.Bernoulli.fit([1, 0], weights=[5067, 4933]))["p_value"].round(4).tolist()
    [0.1802, 0.1802, 0.1835]
    """
    import pandas as pd

    return pd.DataFrame(list(_rows(fit, view or View())), columns=list(_COLUMNS))


def _rows(fit: DistributionFit, view: View) -> Iterator[tuple[Any, ...]]:
    if not fit.verdict.status.maximised:
        return
    null = view.hypothesis(fit)
    if null is not None and fit.n_parameters > 0:
        # Once outside the loop, so that a hypothesis which makes no sense is heard of.
        fit.test(null)
        said = _short(fit, view)
        for kind, name in _TESTS.get(fit.model, {"lr": "likelihood ratio"}).items():
            try:
                result = fit.test(null, kind=kind)
            except ValueError:
                # There is no exact test of fractional weights, or of two parameters together.
                continue
            numbers = (result[part] for part in ("statistic", "df", "p_value"))
            # The exact test of a mean and that of a standard deviation have their own names.
            own = fit.model == "Gaussian" and kind == "exact"
            yield (said, str(result.name) if own else name, *numbers)
    for kind, name in (("score", "Pearson's chi-square"), ("lr", "G")):
        found = goodness(fit, kind)
        if found is not None:
            yield (_POISSON, f"goodness of fit, {name}", *found[:3])


def goodness(fit: DistributionFit, kind: str = "score") -> HypothesisTest | None:
    """Return the test that counts are Poisson, None if there are too few or it is no Poisson.

    Examples
    --------
    >>> import likelihood as lk
    >>> test = goodness(lk.Poisson.fit([0, 1, 2, 3, 4], weights=[109, 65, 22, 3, 1]))
    >>> round(test.statistic, 4), test.df, round(test.p_value, 4)
    (0.0628, 1, 0.8021)
    """
    if fit.model != "Poisson" or not fit.verdict.status.maximised:
        return None
    cells = _cells(fit)[1]
    # The rate is estimated, so two cells leave nothing to test.
    if len(cells.expected) < 3:
        return None
    return goodness_of_fit(cells.observed, cells.expected, estimated=1, kind=kind)


def _cells(fit: DistributionFit) -> tuple[list[str], Pooled]:
    """Return the cells of the test of goodness of fit with their names."""
    fine = poisson_cells(
        fit.sample.t[:, 0], fit.sample.weights, fit.params["rate"], open_ends=True
    )  # fmt: skip
    cells = pooled(fine.observed, fine.expected)
    starts = [fine.first + fine.width * start for start in cells.starts]
    ends = [start - 1 for start in starts[1:]]
    names = [
        str(end) if start == end or not at and not end else f"{start}-{end}"
        for at, (start, end) in enumerate(zip(starts, ends, strict=False))
    ]
    if names and starts[0] > 0:
        names[0] = f"up to {ends[0]}"
    return [*names, f"{starts[-1]} or more"], cells


def conclusions(fit: DistributionFit, view: View) -> list[str]:
    """Return what the tests find, each as a sentence: rejected or not, with its numbers.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(*conclusions(lk.Bernoulli.fit([1, 0], weights=[5067, 4933]), View()))
    The hypothesis of a probability of 0.5 is not rejected at the 5 % level: likelihood-ratio chi-square = 1.796 on 1 df, p = 0.1802.
    """  # noqa: E501
    if not fit.verdict.status.maximised:
        return []
    said = []
    null = view.hypothesis(fit)
    if null is not None and fit.n_parameters > 0:
        result = fit.test(null)
        if fit.model == "Gaussian" and len(view.fixed(fit)) == 1:
            # The exact test belongs to the interval of Student's t that stands beside it.
            result = fit.test(null, kind="exact")
        symbol = _STATISTICS.get(str(result.name)) or _STATISTICS.get(
            fit.model, "likelihood-ratio chi-square"
        )
        said.append(_concluded(phrase(fit, view), symbol, result, view.level))
    found = goodness(fit)
    if found is not None:
        symbol = "Pearson's chi-square"
        said.append(_concluded(f"{_POISSON} of some rate", symbol, found._asdict(), view.level))
    return [sentence for sentence in said if sentence]


def _concluded(hypothesis: str, symbol: str, result: Any, level: float) -> str:
    p = float(result["p_value"])
    if math.isnan(p):
        return ""
    alpha = significance(level)
    return (
        f"The hypothesis of {hypothesis} is {'' if p < alpha else 'not '}rejected at the "
        f"{wording.percent(alpha)} level: {symbol} = {number(float(result['statistic']))} on "
        f"{number(float(result['df']))} df, {wording.p_told(p)}."
    )


def phrase(fit: DistributionFit, view: View) -> str:
    """Return the hypothesis as a noun phrase.

    Examples
    --------
    >>> import likelihood as lk
    >>> phrase(lk.Categorical.fit([1, 2], categories=[1, 2]), View())
    'equal probabilities for all 2 categories'
    >>> phrase(lk.Gaussian.fit([1.0, 2.0]), View(null={"mean": 3.0, "sd": 1.0}))
    'a mean of 3 and a standard deviation of 1'
    """
    if view.null_name:
        return label(view.null_name, 200)
    null = view.hypothesis(fit)
    if fit.distribution.labels:
        if isinstance(null, str):
            return f"equal probabilities for all {len(fit.distribution.labels)} categories"
        shown = _short(fit, view)
        return shown if shown == _GIVEN else f"the probabilities {shown}"
    whose = f" for {wording.success(fit)}" if wording.success(fit) else ""
    names = {"prob": "probability", "sd": "standard deviation"}
    parts = [
        f"a {names.get(name, name)} of {value:.12g}{whose}"
        for name, value in view.fixed(fit).items()
    ]
    return " and ".join(parts)


def _short(fit: DistributionFit, view: View) -> str:
    """Return the hypothesis for a cell of a table."""
    if view.null_name:
        return label(view.null_name)
    null = view.hypothesis(fit)
    if isinstance(null, str):
        return label(null)
    fixed = view.fixed(fit)
    if fit.distribution.labels:
        shown = ", ".join(f"{float(p)!r}" for p in fixed["probs"])
        return shown if len(shown) <= LONGEST else _GIVEN
    if len(fixed) == 1 and not fit.model == "Gaussian":
        return f"{next(iter(fixed.values())):.12g}"
    return ", ".join(f"{name} = {value:.12g}" for name, value in fixed.items())


def remarks(fit: DistributionFit, view: View) -> list[str]:
    """Return what a reader of the tests should know: how good they are, and what they are of.

    Examples
    --------
    >>> import likelihood as lk
    >>> print(*remarks(lk.Categorical.fit([1, 2], categories=[1, 2]), View()))
    2 of 2 expected counts are below 5, the least 1: chi-square is a rough approximation.
    """
    said = []
    if fit.distribution.labels:
        expected = view.tidy(fit)["expected"]
        possible = expected[expected > 0]
        few = int((possible < _FEW).sum())
        if few:
            said.append(
                f"{few} of {len(possible)} expected counts "
                f"{'is' if few == 1 else 'are'} below {_FEW:g}, the least "
                f"{number(float(possible.min()))}: chi-square is a rough approximation."
            )
    if goodness(fit) is not None:
        names, cells = _cells(fit)
        shown = f" ({', '.join(names)})" if len(names) <= 12 else ""
        said.append(
            f"Goodness of fit: {count(fit.n)} counts in {len(names)} cells{shown}, put together "
            f"so that the fit expects at least {_FEW:g} in each (Cochran 1954); the degrees of "
            f"freedom are the cells less one for the total and one for the rate (Pearson 1900, "
            f"Fisher 1924). As the rate is estimated from the single counts and not from the "
            f"cells, p is a little too small (Chernoff & Lehmann 1954)."
        )
    return said
