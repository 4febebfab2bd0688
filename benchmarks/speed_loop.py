"""The strongest simple rivals: Newton's method on whole arrays, in about ten lines each."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.speed_ours import peak_of
from benchmarks.speed_task import Answer, Given, NotRun, Task


def logistic(X: Any, y: Any) -> tuple[Any, Any]:
    """Return coefficients and standard errors of a logistic regression; X has its constant.

    Examples
    --------
    >>> X, y = np.array([[1.0, 0.0], [1.0, 0.0], [1.0, 1.0], [1.0, 1.0], [1.0, 1.0]]), [0, 1, 0, 1, 1]
    >>> coef, std_error = logistic(X, np.array(y))
    >>> coef.round(6) + 0.0, std_error.round(6)
    (array([0.      , 0.693147]), array([1.414214, 1.870829]))
    """  # noqa: E501 - five rows
    beta = np.zeros(X.shape[1])
    for _ in range(50):
        mean = 1.0 / (1.0 + np.exp(-(X @ beta)))
        hessian = X.T @ (X * (mean * (1.0 - mean))[:, None])
        step = np.linalg.solve(hessian, X.T @ (y - mean))
        beta += step
        # The error after a step is about its square.
        if step @ hessian @ step < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(hessian)))


def poisson(X: Any, y: Any) -> tuple[Any, Any]:
    """Return coefficients and standard errors of a Poisson regression; X has its constant."""
    beta = np.zeros(X.shape[1])
    beta[0] = np.log(y.mean())
    for _ in range(50):
        mean = np.exp(X @ beta)
        hessian = X.T @ (X * mean[:, None])
        step = np.linalg.solve(hessian, X.T @ (y - mean))
        beta += step
        if step @ hessian @ step < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(hessian)))


def softmax(X: Any, y: Any, k: int) -> tuple[Any, Any]:
    """Return coefficients (k - 1, d) and standard errors of a softmax regression."""
    d = X.shape[1]
    beta, seen = np.zeros((k - 1, d)), np.eye(k)[y][:, 1:]
    hessian = np.empty((k - 1, d, k - 1, d))
    for _ in range(50):
        odds = np.exp(X @ beta.T)
        mean = odds / (1.0 + odds.sum(axis=1))[:, None]
        for a in range(k - 1):
            for b in range(a + 1):
                weight = mean[:, a] * ((a == b) - mean[:, b])
                hessian[a, :, b] = hessian[b, :, a] = X.T @ (X * weight[:, None])
        full = hessian.reshape(d * (k - 1), -1)
        gradient = ((seen - mean).T @ X).ravel()
        step = np.linalg.solve(full, gradient)
        beta += step.reshape(beta.shape)
        if gradient @ step < 1e-10:
            break
    return beta, np.sqrt(np.diag(np.linalg.inv(full))).reshape(beta.shape)


def linear(X: Any, y: Any) -> tuple[Any, Any]:
    """Return coefficients and standard errors from the normal equations."""
    gram = X.T @ X
    beta = np.linalg.solve(gram, X.T @ y)
    residuals = y - X @ beta
    variance = residuals @ residuals / (len(X) - len(beta))
    return beta, np.sqrt(variance * np.diag(np.linalg.inv(gram)))


def fit(given: Given) -> Task:
    """Return one of the loops, the constant being among the columns before the clock starts."""
    case, y = given.case, given.data["y"]
    if case.columns * case.free > 1000:
        raise NotRun("its Hessian is too large for a loop over whole arrays")
    X = given.with_constant()
    if case.kind == "softmax":
        return Task(lambda: softmax(X, y, case.k), lambda found: Answer(*found))
    loop = {"logistic": logistic, "linear": linear, "poisson": poisson}[case.kind]
    return Task(lambda: loop(X, y), lambda found: Answer(*(part[None, :] for part in found)))


def die(given: Given) -> Task:
    """Return the counts by ``numpy.unique``, with standard errors."""
    y = given.data["y"]

    def run() -> Any:
        labels, counts = np.unique(y, return_counts=True)
        p = counts / counts.sum()
        return dict(zip(labels.tolist(), p.tolist(), strict=True)), np.sqrt(p * (1 - p) / len(y))

    return Task(run, lambda found: Answer(probabilities=_in_order(found[0])))


def die_command(given: Given) -> Task:
    """Return a Python process that counts the words of the file, and imports nothing else."""
    path = given.folder / "rolls.txt"
    count = (
        "import collections, sys; words = collections.Counter(open(sys.argv[1]).read().split()); "
        "print({word: count / words.total() for word, count in words.items()})"
    )

    def read(_: Any) -> Answer:
        words = Counter(Path(path).read_text().split())
        return Answer(probabilities=[words[str(f)] / words.total() for f in range(1, 7)])

    command = [sys.executable, "-c", count, str(path)]
    return Task(lambda: peak_of(command), read, outside=True)


def _in_order(found: dict[Any, float]) -> list[float]:
    """Return the probabilities of faces in the order in which they were made."""
    from benchmarks.speed_data import LABELS

    faces = LABELS.tolist() if set(found) <= set(LABELS.tolist()) else range(1, 7)
    return [found.get(face, 0.0) for face in faces]


KINDS: dict[str, Callable[[Given], Task]] = {
    **{kind: fit for kind in ("logistic", "softmax", "linear", "poisson")},
    "die": die, "die_command": die_command,
}  # fmt: skip
