"""Reference data and exact answers of regressions, from the folders of the tests."""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

#: Powers of the predictor (0: several predictors, as they are), and whether there is an intercept.
NIST = {
    "Norris": (1, True), "Pontius": (2, True), "NoInt1": (1, False), "Filip": (10, True),
    "Longley": (0, True), "Wampler1": (5, True), "Wampler4": (5, True), "Wampler5": (5, True),
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Reference:
    """Data with their exact answer.

    Attributes
    ----------
    name : str
    X : (n, p) array
        Without the constant.
    y, weights : (n,) array
    columns : tuple of str
        The constant, if any, first.
    intercept : bool
    answer : dict
        The exact numbers as fractions (coef and se flat, row by row), or how the data are
        separated.
    classes : int
        0 for a linear regression.
    """

    name: str
    X: Any
    y: Any
    weights: Any
    columns: tuple[str, ...]
    intercept: bool
    answer: dict[str, Any] = field(repr=False)
    classes: int = 0

    @property
    def design(self) -> Any:
        """The columns with the constant before them, as other programs want them."""
        one = [np.ones((len(self.X), 1))] if self.intercept else []
        return np.hstack([*one, self.X])

    @property
    def condition(self) -> float:
        """The condition number of the columns as they are."""
        return float(np.linalg.cond(self.design * np.sqrt(self.weights)[:, None]))


def _table(path: Path) -> tuple[list[str], Any]:
    with path.open(encoding="utf-8", newline="") as file:
        header, *rows = csv.reader(file)
    return header, np.array([[float(cell) for cell in row] for row in rows])


def _fractions(record: dict[str, Any]) -> dict[str, Any]:
    """Return the numbers written as text as fractions, lists of lists flat."""
    exact: dict[str, Any] = dict(record)
    for key in ("coef", "se"):
        if key in record:
            exact[key] = [Fraction(v) for v in np.ravel(record[key]).tolist()]
    for key in ("loglik", "null_loglik", "sup_loglik", "resid_sd", "r2", "rss"):
        if key in record:
            exact[key] = Fraction(record[key])
    return exact


def _without_constant(header: list[str], X: Any) -> tuple[Any, bool]:
    constant = header[0] == "const"
    return (X[:, 1:] if constant else X), constant


def classification(folder: Path, answers: Path, name: str) -> Reference:
    """Return a set of classes: ``NAME.csv`` and ``ml_NAME.json``."""
    header, table = _table(folder / f"{name}.csv")
    record = json.loads((answers / f"ml_{name}.json").read_text("utf-8"))
    X, constant = _without_constant(header[2:], table[:, 2:])
    return Reference(
        name, X, table[:, 0].astype(int), table[:, 1], tuple(header[2:]), constant,
        _fractions(record), int(record["classes"]),
    )  # fmt: skip


def linear(folder: Path, answers: Path, name: str) -> Reference:
    """Return a linear set: ``NAME.csv`` and ``lin_NAME.json``."""
    header, table = _table(folder / f"{name}.csv")
    record = json.loads((answers / f"lin_{name}.json").read_text("utf-8"))
    X, constant = _without_constant(header[1:], table[:, 1:])
    return Reference(
        name, X, table[:, 0], np.ones(len(X)), tuple(header[1:]), constant, _fractions(record)
    )


def certified(folder: Path, name: str) -> Reference:
    """Return a set of the National Institute of Standards and Technology.

    X holds the predictor alone where the model is a polynomial.  Wampler5 is Wampler4 with the
    residuals, and so the standard errors, a hundred times as large.
    """
    source = "Wampler4" if name == "Wampler5" else name
    lines = (folder / f"{source}.dat").read_text("utf-8").splitlines()
    words = [line.split() for line in lines[30:60]]
    own = [w for w in words if w and w[0][0] == "B" and w[0][1:].isdigit()]
    answer: dict[str, Any] = {
        "coef": [Fraction(w[1]) for w in own],
        "se": [Fraction(w[2]) for w in own],
        "resid_sd": next(Fraction(w[2]) for w in words if w[:1] == ["Standard"] and len(w) == 3),
    }
    table = np.array(
        [[float(cell) for cell in line.split()] for line in lines[60:] if line.strip()]
    )
    y, X = table[:, 0], table[:, 1:]
    if name == "Wampler5":
        exact = sum(X[:, 0] ** k for k in range(6))
        y = exact + 100.0 * (y - exact)
        answer["se"] = [100 * v for v in answer["se"]]
        answer["resid_sd"] = 100 * answer["resid_sd"]
    constant = NIST[name][1]
    columns = ("const",) * constant + tuple(f"x{j + 1}" for j in range(X.shape[1]))
    return Reference(name, X, y, np.ones(len(y)), columns, constant, answer)


def powers(reference: Reference) -> Reference:
    """Return a set with the powers of its predictor as columns of doubles, where it has any."""
    degree = NIST.get(reference.name, (0, True))[0]
    if degree < 2:
        return reference
    X = np.column_stack([reference.X[:, 0] ** k for k in range(1, degree + 1)])
    return Reference(
        reference.name, X, reference.y, reference.weights,
        ("const", *(f"x**{k}" for k in range(1, degree + 1))), True, reference.answer,
    )  # fmt: skip


def gathered(
    folder: Path, more: Path | None
) -> tuple[list[Reference], list[Reference], list[Reference]]:
    """Return the certified sets, the linear sets and the sets of classes.

    Parameters
    ----------
    folder : Path
        The references that come with the tests.
    more : Path, optional
        A folder with ``logit``, ``linear`` and ``fits``; sets of the same name are read once.
    """
    places = [(folder / kind, folder / kind) for kind in ("separation", "logit")]
    lines = [(folder / "linear", folder / "linear")]
    if more is not None:
        places.append((more / "logit", more / "fits"))
        lines.append((more / "linear", more / "fits"))
    found: dict[str, Reference] = {}
    for data, answers in places:
        for path in sorted(data.glob("*.csv")):
            if (answers / f"ml_{path.stem}.json").is_file():
                found.setdefault(path.stem, classification(data, answers, path.stem))
    straight: dict[str, Reference] = {}
    for data, answers in lines:
        for path in sorted(data.glob("*.csv")):
            straight.setdefault(path.stem, linear(data, answers, path.stem))
    return (
        [certified(folder / "nist", name) for name in NIST],
        [straight[name] for name in sorted(straight)],
        [found[name] for name in sorted(found)],
    )
