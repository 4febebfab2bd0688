"""Seeded data of every case, written as arrays that each process loads for itself."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from benchmarks.speed_cases import Case

Data: TypeAlias = dict[str, Any]

#: Rows that are simulated at once, so that data take little more memory than they fill.
_ROWS = 100_000
#: Probabilities of the faces of a die that is a little off, as real dice are.
FACES = np.array([0.170, 0.182, 0.159, 0.146, 0.172, 0.171])
#: Labels of its faces.
LABELS = np.array(["one", "two", "three", "four", "five", "six"])


def write_data(case: Case, folder: Path) -> None:
    """Write the arrays of a case as ``.npy`` files, for a die's command a text file."""
    for name, values in made(case).items():
        np.save(folder / f"{name}.npy", values)
    if case.kind == "die_command":
        faces = np.load(folder / "y.npy")
        (folder / "rolls.txt").write_text("\n".join(map(str, faces.tolist())) + "\n")


def read_data(folder: Path) -> Data:
    """Return the arrays of a case, read into memory."""
    return {path.stem: np.load(path) for path in sorted(folder.glob("*.npy"))}


def made(case: Case) -> Data:
    """Return the arrays of a case, the same ones in every call.

    Examples
    --------
    >>> data = made(Case("a", "logistic", 1000, 3))
    >>> data["X"].shape, np.unique(data["y"]).tolist()
    ((1000, 3), [0, 1])
    """
    rng = np.random.default_rng(zlib.crc32(f"{case.kind} {case.n} {case.p} {case.k}".encode()))
    return _MAKERS[case.kind](case, rng)


def _logistic(case: Case, rng: Any) -> Data:
    X, scale = rng.standard_normal((case.n, case.p)), np.ones(case.p)
    if case.variant:
        scale = np.logspace(-1.0, 1.0, case.p)
        common = rng.standard_normal(case.n)
        for j in range(case.p):
            X[:, j] = scale[j] * (np.sqrt(0.9) * common + np.sqrt(0.1) * X[:, j])
    slopes = rng.standard_normal(case.p) / np.sqrt(case.p) / scale
    eta = X @ slopes + 0.3
    return {"X": X, "y": _tossed(eta, rng)}


def _tossed(eta: Any, rng: Any) -> Any:
    """Return coins 0 or 1 of given log-odds."""
    return (rng.logistic(size=len(eta)) < eta).astype(np.int64)


def _levels(case: Case, rng: Any) -> Data:
    X = rng.standard_normal((case.n, case.p))
    codes = rng.integers(0, case.k, case.n)
    effects = 0.5 * rng.standard_normal(case.k)
    eta = X @ (rng.standard_normal(case.p) / np.sqrt(case.p)) + effects[codes]
    return {"X": X, "codes": codes, "y": _tossed(eta, rng)}


def _softmax(case: Case, rng: Any) -> Data:
    X = rng.standard_normal((case.n, case.p))
    if case.p > 100:
        # Columns that share causes, as the points of a picture do.
        factors = rng.standard_normal((20, case.p)) / np.sqrt(20.0)
        for a in range(0, case.n, _ROWS):
            block = X[a : a + _ROWS]
            block += rng.standard_normal((len(block), 20)) @ factors
    slopes = rng.standard_normal((case.p, case.k)) / np.sqrt(case.p)
    y = np.empty(case.n, dtype=np.int64)
    for a in range(0, case.n, _ROWS):
        eta = X[a : a + _ROWS] @ slopes
        y[a : a + _ROWS] = np.argmax(eta + rng.gumbel(size=eta.shape), axis=1)
    return {"X": X, "y": y}


def _linear(case: Case, rng: Any) -> Data:
    X = rng.standard_normal((case.n, case.p))
    return {"X": X, "y": 1.0 + X @ rng.standard_normal(case.p) + rng.standard_normal(case.n)}


def _poisson(case: Case, rng: Any) -> Data:
    X = rng.standard_normal((case.n, case.p))
    eta = 0.5 + X @ (0.5 * rng.standard_normal(case.p) / np.sqrt(case.p))
    return {"X": X, "y": rng.poisson(np.exp(eta))}


def _binary_loss(case: Case, rng: Any) -> Data:
    logits = 3.0 * rng.standard_normal(case.n)
    return {"logits": logits, "y": _tossed(logits, rng)}


def _class_loss(case: Case, rng: Any) -> Data:
    logits = 2.0 * rng.standard_normal((case.n, case.k))
    return {"logits": logits, "y": rng.integers(0, case.k, case.n)}


def _die(case: Case, rng: Any) -> Data:
    faces = rng.choice(6, case.n, p=FACES)
    return {"y": LABELS[faces] if case.variant == "labels" else faces + 1}


_MAKERS: dict[str, Callable[[Case, Any], Data]] = {
    "logistic": _logistic, "levels": _levels, "softmax": _softmax, "linear": _linear,
    "poisson": _poisson, "binary_loss": _binary_loss, "class_loss": _class_loss,
    "die": _die, "die_command": _die,
}  # fmt: skip
