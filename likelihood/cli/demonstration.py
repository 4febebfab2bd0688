"""``likelihood demo``: classic samples, what their fits say, and a report of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from likelihood.cli import output
from likelihood.cli.options import Command, everywhere, named
from likelihood.cli.reading import InputError, reason, shown
from likelihood.cli.running import report

#: The file in the output folder that links the reports; the marker says that it may be replaced.
INDEX = "README.md"
_MARKER = "<!-- likelihood demo -->"
#: Thousands of kilometres per second, exact since the metre is defined by it (CGPM 1983).
_SPEED_OF_LIGHT = 299.792458


@dataclass(frozen=True)
class Study:
    """One sample: its folder, what it is called, what was asked, and how it is fitted."""

    folder: str
    title: str
    question: str
    source: str
    fitted: Callable[[], output.Result]


def studies() -> tuple[Study, ...]:
    """Return the studies in the order in which they are shown.

    Examples
    --------
    >>> [study.folder for study in studies()][-2:]
    ['michelson-light', 'horse-kicks']
    """
    return (
        Study(
            "wolf-die-a", "Wolf's die A, 20,000 throws", "Is the die fair?",
            "data set wolf_dice, die A", lambda: _wolf("A"),
        ),
        Study(
            "wolf-die-b", "Wolf's die B, 20,000 throws", "Is the die fair?",
            "data set wolf_dice, die B", lambda: _wolf("B"),
        ),
        Study(
            "weldon-dice", "Weldon's dice, 315,672 single dice",
            "Does a die show 5 or 6 in one throw of three?",
            "data set weldon_dice, every die by itself", _weldon_dice,
        ),
        Study(
            "weldon-throws", "Weldon's dice, 26,306 throws of twelve",
            "Are the numbers of dice with 5 or 6 those of twelve fair dice?",
            "data set weldon_dice, twelve dice together", _weldon_throws,
        ),
        Study(
            "kerrich-coin", "Kerrich's coin, 10,000 tosses", "Is the coin fair?",
            "data set kerrich_coin", _kerrich,
        ),
        Study(
            "michelson-light", "Michelson's speed of light in air, 100 measurements (1879)",
            "In thousands of kilometres per second: is the mean the speed in vacuum?",
            "data set michelson, column speed", _michelson,
        ),
        Study(
            "horse-kicks", "Deaths by horse kick, 200 corps-years (1875-1894)",
            "Are deaths by horse kick rare events that follow a Poisson distribution?",
            "data set horse_kicks", _horse_kicks,
        ),
    )  # fmt: skip


@click.command(
    cls=Command,
    examples=("likelihood demo", "likelihood demo --output reports"),
)
@click.option(
    "--output",
    "folder",
    metavar="FOLDER",
    callback=named,
    help="Write a report of each fit into this folder, and a page that links them.",
)
@click.option("--force", is_flag=True, help="Write beside files that the demo did not write, too.")
@click.option("-q", "--quiet", is_flag=True, help="Print the tables alone, and no notes.")
@everywhere
def demo(folder: str | None, force: bool, quiet: bool) -> None:
    """Fit classic samples and report on them.

    Run again over its own output, it writes the same bytes.
    """
    target = None if folder is None else Path(folder)
    if target is not None:
        _check_index(target, force)
    sections, links = [], []
    for study in studies():
        result = study.fitted()
        title = f"{study.title}\n{'-' * len(study.title)}\n"
        told = "" if quiet else f"{study.question}\n\n"
        sections.append(title + told + output.text(result, quiet))
        if target is not None:
            report(
                result, target / study.folder,
                title=study.title, source=study.source, force=force,
            )  # fmt: skip
            links.append(_link(study, result))
    if target is not None:
        from likelihood.report.atomic import write_text

        write_text(target / INDEX, _index(links))
        if not quiet:
            output.note(f"the reports are linked in {target / INDEX}")
    output.emit("\n".join(sections), None)


def _check_index(folder: Path, force: bool) -> None:
    """Refuse to replace a page that the demo did not write, and make the folder."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{shown(str(folder))} is no folder", "name a folder for --output")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(f"{shown(str(folder))} cannot be made: {reason(error)}") from None
    page = folder / INDEX
    if force or not page.exists():
        return
    if not page.is_file() or _MARKER.encode() not in page.read_bytes():
        raise InputError(
            f"{shown(str(page))} was not written by likelihood demo",
            "name another folder for --output, or replace the page with --force",
        )


def _link(study: Study, result: output.Result) -> str:
    from likelihood.report.hypotheses import conclusions
    from likelihood.report.labels import markdown_escape
    from likelihood.report.view import View
    from likelihood.report.wording import STATUS

    assert result.test is not None
    view = View(result.level, result.interval, result.test.null, result.test.phrase)
    said = [f"{STATUS[result.fit.verdict.status]}.", study.question, *conclusions(result.fit, view)]
    found = " ".join(map(markdown_escape, said))
    return f"- [{study.title}]({study.folder}/report.md): {found}"


def _index(links: list[str]) -> str:
    lines = (
        "# Reports of `likelihood demo`", _MARKER,
        "Classic samples of dice, coins and measurements, each with the verdict on its fit and "
        "the answer to the question that it is known for.",
        "\n".join(links),
    )  # fmt: skip
    return "\n\n".join(lines) + "\n"


def _wolf(die: str) -> output.Result:
    from likelihood import Categorical, datasets

    dice = datasets.load("wolf_dice")
    rows = dice[dice["die"] == die]
    faces = rows["face"].tolist()
    fit = Categorical.fit(faces, categories=faces, weights=rows["count"].tolist())
    test = output.Test("G-test", "fair", fit.test("fair"))
    return output.Result(fit, "face", f"{fit.n:,.0f} throws", test=test)


def _weldon_dice() -> output.Result:
    from likelihood import Bernoulli, datasets

    throws = datasets.load("weldon_dice")
    hits = int((throws["successes"] * throws["count"]).sum())
    total = 12 * int(throws["count"].sum())
    fit = Bernoulli.fit(
        ["5 or 6", "1 to 4"], success="5 or 6", weights=[hits, total - hits]
    )  # fmt: skip
    test = output.Test(
        "Likelihood-ratio test", 1 / 3, fit.test(1 / 3), "1/3", "a probability of 1/3 for '5 or 6'"
    )
    told = f"{total:,} dice, {hits:,} of them with 5 or 6"
    return output.Result(fit, "outcome", told, terms=("5 or 6",), test=test)


def _weldon_throws() -> output.Result:
    from likelihood import Categorical, datasets

    throws = datasets.load("weldon_dice")
    successes = throws["successes"].tolist()
    fit = Categorical.fit(successes, categories=successes, weights=throws["count"].tolist())
    fair = tuple(math.comb(12, s) * 2 ** (12 - s) / 3**12 for s in successes)
    against = "the binomial of 12 dice with 1/3"
    test = output.Test("G-test", fair, fit.test(fair), against, against)
    return output.Result(fit, "5 or 6", f"{fit.n:,.0f} throws", test=test)


def _kerrich() -> output.Result:
    from likelihood import Bernoulli, datasets

    sides = datasets.load("kerrich_coin")
    fit = Bernoulli.fit(
        sides["side"].tolist(), success="heads", weights=sides["count"].tolist()
    )  # fmt: skip
    test = output.Test("Likelihood-ratio test", 0.5, fit.test(0.5), "1/2")
    return output.Result(fit, "outcome", f"{fit.n:,.0f} tosses", terms=("heads",), test=test)


def _michelson() -> output.Result:
    from likelihood import Gaussian, datasets

    fit = Gaussian.fit(datasets.load("michelson")["speed"])
    null = {"mean": _SPEED_OF_LIGHT}
    against = f"a mean of {_SPEED_OF_LIGHT}"
    # Student's test, which belongs to the interval that is shown.
    test = output.Test("t-test", null, fit.test(null, kind="exact"), against, against)
    return output.Result(fit, "parameter", f"{fit.n:,.0f} measurements", test=test)


def _horse_kicks() -> output.Result:
    import pandas as pd

    from likelihood import Poisson, datasets
    from likelihood.report.hypotheses import goodness

    corps = datasets.load("horse_kicks")
    fit = Poisson.fit(corps["deaths"], weights=corps["count"])
    found = goodness(fit)
    assert found is not None
    result = pd.Series(found._asdict()).drop("method")
    test = output.Test("Pearson's goodness of fit", None, result, "a Poisson distribution")
    return output.Result(fit, "parameter", f"{fit.n:,.0f} corps-years", test=test)
