"""Writing and reading the file of a saved model (level 9)."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

from likelihood.data.messages import shown
from likelihood.errors import DataError
from likelihood.regression.base import Regression
from likelihood.report.atomic import write_text
from likelihood.results.regression import Fit
from likelihood.saving.models import described, known_options, restored
from likelihood.saving.nodes import Node

#: The largest file that is read, in bytes.
LARGEST = 64 * 2**20


def save(fit: Any, path: str | Path) -> None:
    """Write a fitted regression as JSON; the file is replaced whole or left as it was.

    Parameters
    ----------
    fit : Fit, or a fitted estimator
    path : local path

    Raises
    ------
    DataError
        A label or option is of a type that JSON does not have.
    TypeError
        It is no fitted regression.
    ValueError
        The path is a URL.

    Examples
    --------
    >>> import tempfile
    >>> import likelihood as lk
    >>> model = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     save(model, Path(folder) / "model.json")
    ...     again = load(Path(folder) / "model.json")
    >>> again.predict([[1.0]]) == model.predict([[1.0]])
    array([ True])
    """
    estimator = fit if isinstance(fit, Regression) else None
    result = getattr(fit, "result_", None) if estimator is not None else fit
    if not isinstance(result, Fit):
        raise TypeError(
            f"only a fitted regression can be saved, got {type(fit).__name__}; a distribution is "
            f"no more than its parameters, so keep fit.params, or write fit.tidy() to a file."
        )
    target = local(path)
    options = known_options(result) if estimator is None else estimator.get_params()
    document = described(result, options)
    try:
        # ASCII, so that half a surrogate pair in a label survives.
        text = json.dumps(document, indent=1, allow_nan=False)
    except RecursionError:
        raise DataError("the model is nested too deeply to be saved.") from None
    if len(text) > LARGEST:
        raise DataError(
            f"the model would take {len(text) / 2**20:,.0f} MiB, more than the "
            f"{LARGEST // 2**20} MiB that are read again; fit fewer columns."
        )
    write_text(target, text + "\n")


def load(path: str | Path) -> Any:
    """Return the fitted estimator of a file that ``save`` wrote.

    It predicts, and has its tables; what needs the rows of the fit says so.

    Raises
    ------
    DataError
        The file is no saved model, or was changed or damaged; the message names the place.
    FormulaError
        Its formula is not one that could have been typed in.
    OSError
        The file cannot be read.
    ValueError
        The path is a URL.
    """
    return restored(Node(parsed(_read(local(path)))))


def local(path: str | Path) -> Path:
    """Return a path on this computer.

    Raises
    ------
    ValueError
        It is a URL.

    Examples
    --------
    >>> local("model.json").name
    'model.json'
    """
    if not isinstance(path, str | os.PathLike):
        raise TypeError(f"path must be text or a Path, got {shown(path)}.")
    if not os.fspath(path):
        raise ValueError("path is empty; name a file.")
    # Path would turn the two slashes into one.
    if re.match(r"[A-Za-z][A-Za-z0-9+.-]*:/", os.fspath(path)) and "://" in os.fspath(path):
        raise ValueError(
            f"path must be a local path, got the URL {shown(os.fspath(path))}; download it first."
        )
    return Path(path)


def _read(path: Path) -> str:
    with open(path, "rb") as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise DataError(
            f"{shown(path.name)} is larger than {LARGEST // 2**20} MiB, which no saved model is."
        )
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise DataError(f"{shown(path.name)} is no saved model: {error.reason}.") from None


def parsed(text: str) -> Any:
    """Return what a JSON text holds, strictly: no name twice, every number finite.

    Raises
    ------
    DataError
        It is not such a text.

    Examples
    --------
    >>> parsed('{"a": [1, 2.5]}')
    {'a': [1, 2.5]}
    """
    try:
        return json.loads(
            text, object_pairs_hook=_distinct, parse_float=_finite, parse_constant=_refused,
            parse_int=_whole,
        )  # fmt: skip
    except json.JSONDecodeError as error:
        raise DataError(
            f"the file is no saved model: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from None
    except RecursionError:
        raise DataError("the file is no saved model: it is nested too deeply.") from None


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise DataError(f"the file is no saved model: it has {shown(twice)} twice.")
    return found


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise DataError(f"the file is no saved model: {shown(text)} is beyond every double.")
    return value


def _whole(text: str) -> int:
    # Labels can be large; beyond this Python itself refuses, with another message.
    if len(text) > 1000:
        raise DataError(f"the file is no saved model: it has a number of {len(text)} digits.")
    return int(text)


def _refused(text: str) -> float:
    raise DataError(f"the file is no saved model: {text} is no JSON.")
