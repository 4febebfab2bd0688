"""The data sets that come with the package, each with its source and licence.

The files stand in the folder ``datasets`` beside the package in a checkout, and in
``likelihood/_datasets`` once installed; ``index.json`` in the same folder describes them.
"""

import csv
import io
import json
import reprlib
from difflib import get_close_matches
from importlib.resources import files
from importlib.resources.abc import Traversable
from math import nan
from pathlib import Path
from typing import TYPE_CHECKING, Any

from likelihood.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["load", "names"]


def names() -> tuple[str, ...]:
    """Names that ``load`` takes, in alphabetical order.

    Raises
    ------
    FileNotFoundError
        If the data sets are not installed.

    Examples
    --------
    >>> from likelihood import datasets
    >>> datasets.names()[-3:]
    ('weldon_dice', 'wine', 'wolf_dice')
    """
    return tuple(sorted(_index(_folder())))


def load(name: str) -> "pd.DataFrame":
    """Table of one data set, with its provenance in ``attrs``.

    Whole numbers are read as integers, other numbers as the doubles nearest to the digits
    in the file, labels as text.  Only an empty field is missing (NaN).

    Parameters
    ----------
    name : str
        One of ``names()``.

    Returns
    -------
    DataFrame
        ``attrs`` holds ``name``, ``title``, ``source``, ``licence``, ``rows`` (count),
        ``missing`` (column to number of empty fields), ``columns`` (column to meaning and
        unit) and ``notes``.

    Raises
    ------
    TypeError
        If ``name`` is not text.
    DataError
        If there is no such data set, or ``name`` is a path.
    FileNotFoundError
        If the data sets are not installed.

    Examples
    --------
    >>> from likelihood import datasets
    >>> coin = datasets.load("kerrich_coin")
    >>> coin
        side  count
    0  heads   5067
    1  tails   4933
    >>> coin.attrs["licence"]
    'Published counts: facts, free to use'
    >>> datasets.load("michelson").attrs["columns"]["speed"]
    'speed of light in air in thousands of kilometres per second (millions of metres per second)'
    """
    folder = _folder()
    index = _index(folder)
    _check_name(name, sorted(index))

    import pandas as pd

    text = (folder / f"{name}.csv").read_text(encoding="utf-8")
    header, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    columns = zip(*rows, strict=True)
    frame = pd.DataFrame(
        {column: _values(fields) for column, fields in zip(header, columns, strict=True)}
    )
    frame.attrs.update(name=name, **index[name])
    return frame


def _folder() -> Traversable:
    """Folder of the data: inside an installed package, else beside the package."""
    inside = files("likelihood") / "_datasets"
    beside = Path(__file__).resolve().parent.parent / "datasets"
    for folder in (inside, beside):
        # The index is asked for, not the folder: beside an installed package an unrelated
        # distribution called "datasets" may stand.
        if (folder / "index.json").is_file():
            return folder
    raise FileNotFoundError(
        f"the data sets of likelihood are neither in {inside} nor in {beside}; "
        "install the package again from its wheel or its checkout."
    )


def _index(folder: Traversable) -> dict[str, dict[str, Any]]:
    """Descriptions of the data sets by name, read anew so that a caller may change them."""
    index: dict[str, dict[str, Any]] = json.loads(
        (folder / "index.json").read_text(encoding="utf-8")
    )
    return index


def _check_name(name: object, known: list[str]) -> None:
    """Refuse what is not the name of a data set."""
    available = f"available: {', '.join(known)}."
    if not isinstance(name, str):
        raise TypeError(
            f"name must be the name of a data set as text, got {type(name).__name__}; {available}"
        )
    if name in known:
        return
    seen = reprlib.repr(name)
    if "/" in name or "\\" in name:
        raise DataError(
            f"name must be the name of a data set, got the path {seen}; "
            f"read a file of your own with pandas.read_csv; {available}"
        )
    close = get_close_matches(name.lower(), known, n=1)
    hint = f"did you mean {close[0]!r}? " if close else ""
    raise DataError(f"name must be the name of a data set, got {seen}; {hint}{available}")


def _values(fields: tuple[str, ...]) -> list[Any]:
    """Fields of one column as integers, else as doubles, else as text."""
    # float() rounds correctly; the default parser of pandas before version 3 can be off in
    # the last place, and the option that mends it is deprecated since.
    try:
        return [int(field) for field in fields]
    except ValueError:
        pass
    try:
        return [float(field) if field else nan for field in fields]
    except ValueError:
        return [field or nan for field in fields]
