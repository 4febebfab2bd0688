"""``likelihood demo``: classic data sets, what their fits say, and a report of each."""

from __future__ import annotations

import textwrap
from pathlib import Path

import click

from likelihood.cli import crosschecking, output
from likelihood.cli.options import Command, everywhere, named
from likelihood.cli.reading import InputError, reason, shown
from likelihood.cli.running import report
from likelihood.cli.sample_result import SampleResult
from likelihood.cli.study import Finding, Study
from likelihood.report.labels import label

#: The file in the output folder that links the reports; the marker says that it may be replaced.
INDEX = "README.md"
#: And the table of what agrees with other programs, on more data sets.
CROSSCHECK = "crosscheck.csv"
_MARKER = "<!-- likelihood demo -->"


def studies() -> tuple[Study, ...]:
    """Return every study in the order in which it is shown: samples, then regressions."""
    # Not at the top: help is to be fast.
    from likelihood.cli.regression_studies import regression_studies
    from likelihood.cli.sample_studies import sample_studies

    return sample_studies() + regression_studies()


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
    """Fit classic samples and regressions, and report on them.

    Run again over its own output, it writes the same bytes.
    """
    target = None if folder is None else Path(folder)
    if target is not None:
        _check_index(target, force)
    sections, links = [], []
    for study in studies():
        found = study.found()
        title = f"{study.title}\n{'-' * len(study.title)}\n"
        told = "" if quiet else f"{study.question}\n\n"
        below = f"\n{found.more}" if found.more and not quiet else ""
        sections.append(title + told + found.result.text(quiet) + below + _closing(found, quiet))
        if target is not None:
            report(
                found.result, target / study.folder,
                title=study.title, source=study.source, force=force,
            )  # fmt: skip
            links.append(_link(study, found))
    if target is not None:
        from likelihood.report.atomic import write_text

        write_text(target / CROSSCHECK, _crosschecked())
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
    if force or not (page.exists() or (folder / CROSSCHECK).exists()):
        return
    if not page.is_file() or _MARKER.encode() not in page.read_bytes():
        raise InputError(
            f"{shown(str(page))} was not written by likelihood demo",
            "name another folder for --output, or replace the page with --force",
        )


def _closing(found: Finding, quiet: bool) -> str:
    """Return the answer of a study whose result does not end with its test."""
    if quiet or isinstance(found.result, SampleResult):
        return ""
    return "\n" + "\n".join(textwrap.wrap(label(found.answer, None), 80)) + "\n"


def _link(study: Study, found: Finding) -> str:
    from likelihood.report.labels import markdown_escape
    from likelihood.report.wording import STATUS

    said = [f"{STATUS[found.result.fit.verdict.status]}.", study.question, found.answer]
    told = " ".join(map(markdown_escape, filter(None, said)))
    return f"- [{study.title}]({study.folder}/report.md): {told}"


def _crosschecked() -> str:
    """Return in how many digits the fits of all demonstrations agree with other programs'."""
    from likelihood.crosscheck.demo import crosscheck_demo, demo_summary
    from likelihood.report.formatting import frame_to_csv

    table = demo_summary(crosscheck_demo())
    table["least_digits"] = [v.strip() for v in crosschecking.one_place(table["least_digits"])]
    return frame_to_csv(table)


def _index(links: list[str]) -> str:
    lines = (
        "# Reports of `likelihood demo`", _MARKER,
        "Classic samples of dice, coins and measurements, and classic regressions, each with the "
        "verdict on its fit and the answer to the question that it is known for.",
        "\n".join(links),
        "How many digits of these and other fits agree with those of statsmodels, scikit-learn "
        f"and SciPy is in [{CROSSCHECK}]({CROSSCHECK}).",
    )  # fmt: skip
    return "\n\n".join(lines) + "\n"
