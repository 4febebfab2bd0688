"""``likelihood demo``: five classic samples, what their fits say, and a report of each."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from likelihood.cli import output
from likelihood.cli.options import Command, everywhere
from likelihood.cli.reading import InputError, shown
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
    ['kerrich-coin', 'michelson-light']
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
    )  # fmt: skip


@click.command(
    cls=Command,
    examples=("likelihood demo", "likelihood demo --output reports"),
)
@click.option(
    "--output",
    "folder",
    metavar="FOLDER",
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
    folder.mkdir(parents=True, exist_ok=True)
    page = folder / INDEX
    if force or not page.exists():
        return
    if not page.is_file() or _MARKER.encode() not in page.read_bytes():
        raise InputError(
            f"{shown(str(page))} was not written by likelihood demo",
            "name another folder for --output, or replace the page with --force",
        )


def _link(study: Study, result: output.Result) -> str:
    from likelihood.report.wording import STATUS

    assert result.test is not None
    status = STATUS[result.fit.verdict.status]
    found = output.test_sentence(result.test).replace("<", "\\<")
    return f"- [{study.title}]({study.folder}/report.md): {status}. {found}"


def _index(links: list[str]) -> str:
    lines = (
        "# Reports of `likelihood demo`", _MARKER,
        "Classic samples of dice, coins and measurements, each with the verdict on its fit and "
        "the test of the question that it is known for.",
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
    fit = Bernoulli.fit([1, 0], weights=[hits, total - hits])
    test = output.Test("Likelihood-ratio test", 1 / 3, fit.test(1 / 3), "1/3")
    told = f"{total:,} dice, {hits:,} of them with 5 or 6"
    return output.Result(fit, "outcome", told, terms=("5 or 6",), test=test)


def _weldon_throws() -> output.Result:
    from likelihood import Categorical, datasets

    throws = datasets.load("weldon_dice")
    successes = throws["successes"].tolist()
    fit = Categorical.fit(successes, categories=successes, weights=throws["count"].tolist())
    fair = tuple(math.comb(12, s) * 2 ** (12 - s) / 3**12 for s in successes)
    test = output.Test("G-test", fair, fit.test(fair), "the binomial of 12 dice with 1/3")
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
    test = output.Test("Likelihood-ratio test", null, fit.test(null), against)
    return output.Result(fit, "parameter", f"{fit.n:,.0f} measurements", test=test)
