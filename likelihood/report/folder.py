"""The folder of a report: whose it is, and how it is replaced as a whole (level 9)."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likelihood.errors import DataError
from likelihood.report.atomic import replaced_folder, write_text
from likelihood.report.contents import report_files
from likelihood.report.labels import label

if TYPE_CHECKING:
    from likelihood.results import DistributionFit, Fit

#: The file by which a folder is known to be a report, and what it holds.
MARKER = ".likelihood-report"
SCHEMA = "likelihood/report/1"

#: Every name that a report writes, and those of files that were being written.
_OURS = re.compile(
    r"report\.md|(tidy|glance|augment|confusion|crosscheck)\.csv|figure-\d\d\.svg"
    r"|model\.likelihood\.json"
    r"|\.likelihood-report|\.likelihood-[0-9a-f]{16}\.tmp"
)
_FIGURE = re.compile(r"figure-\d\d\.svg")


def write_report(
    fit: DistributionFit | Fit,
    folder: str | Path,
    *,
    title: str = "",
    source: str = "",
    null: Any = None,
    level: float = 0.95,
    interval: str | None = None,
    force: bool = False,
    null_name: str = "",
) -> Path:
    """Return the folder into which a report was written.

    It holds ``report.md`` with the verdict, estimates, tests, figures, crosscheck and
    versions; ``tidy.csv``, ``glance.csv`` and ``crosscheck.csv`` in full precision; for a
    regression ``augment.csv`` with every row, ``confusion.csv`` where there are classes, and the
    model as ``model.likelihood.json``; ``figure-01.svg`` and on; and a marker.  There is no time
    and no path in it: the same fit gives the same bytes.  An earlier report is replaced in one
    step; if anything fails, it is untouched.

    Parameters
    ----------
    fit : DistributionFit or Fit
    folder : path
        New, empty, or an earlier report.
    title, source : str
        The heading, and where the data come from.
    null : optional
        The hypothesis that is tested, as ``fit.test`` takes it; a fair die and a fair coin
        where not given.
    level : float
        Coverage of the intervals in tables, figures and captions; hypotheses are rejected at
        one minus it.
    interval : str, optional
        A method of ``confint``; the distribution's default where not given.
    force : bool
        Write into a folder that holds other files too.  They stay; the report's files are
        replaced one by one.
    null_name : str
        The hypothesis as a noun phrase, such as "the binomial of 12 dice with 1/3"; its
        values where not given.

    Raises
    ------
    DataError
        The folder holds other files, is a file, or is a symbolic link.
    ValueError
        The level or the interval is not one.

    Examples
    --------
    >>> import tempfile
    >>> import likelihood as lk
    >>> with tempfile.TemporaryDirectory() as parent:
    ...     folder = write_report(lk.Bernoulli.fit([1, 0, 1, 1]), Path(parent) / "coin")
    ...     sorted(path.name for path in folder.iterdir())
    ['.likelihood-report', 'crosscheck.csv', 'figure-01.svg', 'glance.csv', 'report.md', 'tidy.csv']
    """
    target = _resolved(folder)
    strangers = _strangers(target)
    if strangers and not force:
        raise DataError(
            f"folder {_shown(target)} holds {label(repr(strangers[0]))}, which is not part of a "
            f"report; choose a new or an empty folder, or write beside it with force=True."
        )
    files = report_files(
        fit, title=title, source=source, null=null, null_name=null_name, level=level,
        interval=interval,
    )  # fmt: skip
    # Last, so that a folder with a marker is a whole report.
    files[MARKER] = f"{SCHEMA}\n"
    target.parent.mkdir(parents=True, exist_ok=True)
    if strangers or _immovable(target):
        earlier = _marked(target)
        _fill(target, files)
        _remove_leftovers(target, files, earlier)
    else:
        with replaced_folder(target) as fresh:
            _fill(fresh, files)
    return target


def _fill(folder: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        write_text(folder / name, text)


def _resolved(folder: str | Path) -> Path:
    """Return the folder with links in its parents resolved, refusing one in its own place."""
    if not str(folder) or "\0" in str(folder):
        raise DataError(f"folder must be a path, got {label(repr(str(folder)))}.")
    given = Path(folder)
    if given.is_symlink():
        raise DataError(
            f"folder {_shown(given)} is a symbolic link; name the folder that it points to."
        )
    target = given.resolve()
    if target.exists() and not target.is_dir():
        raise DataError(f"folder {_shown(target)} is a file; choose another name.")
    return target


def _strangers(target: Path) -> list[str]:
    """Return what is in a folder that no report put there; everything, if it has no marker."""
    if not target.exists():
        return []
    marked = _marked(target)
    return sorted(
        entry.name
        for entry in os.scandir(target)
        if not (marked and _OURS.fullmatch(entry.name) and not entry.is_dir(follow_symlinks=False))
    )


def _marked(target: Path) -> bool:
    """Return whether a folder has the marker of a report."""
    marker = target / MARKER
    # A planted link is no marker: what it points to may hold anything.
    return marker.is_file() and not marker.is_symlink()


def _immovable(target: Path) -> bool:
    """Return whether a folder cannot be exchanged, or someone would be left in the old one."""
    if not target.exists():
        return False
    return os.path.ismount(target) or Path.cwd().is_relative_to(target)


def _remove_leftovers(target: Path, files: dict[str, str], earlier: bool) -> None:
    """Remove what an earlier report wrote that this one has not; without one, figures only."""
    for path in sorted(target.iterdir()):
        ours = _OURS if earlier else _FIGURE
        if ours.fullmatch(path.name) and path.name not in files:
            if path.is_file() or path.is_symlink():
                path.unlink()


def _shown(path: Path) -> str:
    return label(repr(str(path)), 200)
