"""The studies of samples: dice, coins, measurements, counts."""

from __future__ import annotations

import math

from likelihood.cli.sample_result import SampleResult, Test
from likelihood.cli.study import Finding, Study

#: Thousands of kilometres per second, exact since the metre is defined by it (CGPM 1983).
_SPEED_OF_LIGHT = 299.792458


def sample_studies() -> tuple[Study, ...]:
    """Return the studies in the order in which they are shown.

    Examples
    --------
    >>> [study.folder for study in sample_studies()][-2:]
    ['michelson-light', 'horse-kicks']
    """
    return (
        Study(
            "wolf-die-a", "Wolf's die A, 20,000 throws", "Is the die fair?",
            "data set wolf_dice, die A", lambda: _answered(_wolf("A")),
        ),
        Study(
            "wolf-die-b", "Wolf's die B, 20,000 throws", "Is the die fair?",
            "data set wolf_dice, die B", lambda: _answered(_wolf("B")),
        ),
        Study(
            "weldon-dice", "Weldon's dice, 315,672 single dice",
            "Does a die show 5 or 6 in one throw of three?",
            "data set weldon_dice, every die by itself", lambda: _answered(_weldon_dice()),
        ),
        Study(
            "weldon-throws", "Weldon's dice, 26,306 throws of twelve",
            "Are the numbers of dice with 5 or 6 those of twelve fair dice?",
            "data set weldon_dice, twelve dice together", lambda: _answered(_weldon_throws()),
        ),
        Study(
            "kerrich-coin", "Kerrich's coin, 10,000 tosses", "Is the coin fair?",
            "data set kerrich_coin", lambda: _answered(_kerrich()),
        ),
        Study(
            "michelson-light", "Michelson's speed of light in air, 100 measurements (1879)",
            "In thousands of kilometres per second: is the mean the speed in vacuum?",
            "data set michelson, column speed", lambda: _answered(_michelson()),
        ),
        Study(
            "horse-kicks", "Deaths by horse kick, 200 corps-years (1875-1894)",
            "Are deaths by horse kick rare events that follow a Poisson distribution?",
            "data set horse_kicks", lambda: _answered(_horse_kicks()),
        ),
    )  # fmt: skip


def _answered(result: SampleResult) -> Finding:
    """Return a fit with the conclusion of its test."""
    from likelihood.report.hypotheses import conclusions
    from likelihood.report.view import View

    assert result.test is not None
    view = View(result.level, result.interval, result.test.null, result.test.phrase)
    return Finding(result, " ".join(conclusions(result.fit, view)))


def _wolf(die: str) -> SampleResult:
    from likelihood import Categorical, datasets

    dice = datasets.load("wolf_dice")
    rows = dice[dice["die"] == die]
    faces = rows["face"].tolist()
    fit = Categorical.fit(faces, categories=faces, weights=rows["count"].tolist())
    test = Test("G-test", "fair", fit.test("fair"))
    return SampleResult(fit, "face", f"{fit.n:,.0f} throws", test=test)


def _weldon_dice() -> SampleResult:
    from likelihood import Bernoulli, datasets

    throws = datasets.load("weldon_dice")
    hits = int((throws["successes"] * throws["count"]).sum())
    total = 12 * int(throws["count"].sum())
    fit = Bernoulli.fit(
        ["5 or 6", "1 to 4"], success="5 or 6", weights=[hits, total - hits]
    )  # fmt: skip
    test = Test(
        "Likelihood-ratio test", 1 / 3, fit.test(1 / 3), "1/3", "a probability of 1/3 for '5 or 6'"
    )
    told = f"{total:,} dice, {hits:,} of them with 5 or 6"
    return SampleResult(fit, "outcome", told, terms=("5 or 6",), test=test)


def _weldon_throws() -> SampleResult:
    from likelihood import Categorical, datasets

    throws = datasets.load("weldon_dice")
    successes = throws["successes"].tolist()
    fit = Categorical.fit(successes, categories=successes, weights=throws["count"].tolist())
    fair = tuple(math.comb(12, s) * 2 ** (12 - s) / 3**12 for s in successes)
    against = "the binomial of 12 dice with 1/3"
    test = Test("G-test", fair, fit.test(fair), against, against)
    return SampleResult(fit, "5 or 6", f"{fit.n:,.0f} throws", test=test)


def _kerrich() -> SampleResult:
    from likelihood import Bernoulli, datasets

    sides = datasets.load("kerrich_coin")
    fit = Bernoulli.fit(
        sides["side"].tolist(), success="heads", weights=sides["count"].tolist()
    )  # fmt: skip
    test = Test("Likelihood-ratio test", 0.5, fit.test(0.5), "1/2")
    return SampleResult(fit, "outcome", f"{fit.n:,.0f} tosses", terms=("heads",), test=test)


def _michelson() -> SampleResult:
    from likelihood import Gaussian, datasets

    fit = Gaussian.fit(datasets.load("michelson")["speed"])
    null = {"mean": _SPEED_OF_LIGHT}
    against = f"a mean of {_SPEED_OF_LIGHT}"
    # Student's test, which belongs to the interval that is shown.
    test = Test("t-test", null, fit.test(null, kind="exact"), against, against)
    return SampleResult(fit, "parameter", f"{fit.n:,.0f} measurements", test=test)


def _horse_kicks() -> SampleResult:
    import pandas as pd

    from likelihood import Poisson, datasets
    from likelihood.report.hypotheses import goodness

    corps = datasets.load("horse_kicks")
    fit = Poisson.fit(corps["deaths"], weights=corps["count"])
    found = goodness(fit)
    assert found is not None
    result = pd.Series(found._asdict()).drop("method")
    test = Test("Pearson's goodness of fit", None, result, "a Poisson distribution")
    return SampleResult(fit, "parameter", f"{fit.n:,.0f} corps-years", test=test)
