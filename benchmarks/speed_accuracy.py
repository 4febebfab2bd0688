"""How near an answer is to the exact one, by formulas that no peer shares."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from benchmarks.speed_cases import FITS, Case
from benchmarks.speed_data import LABELS, Data
from benchmarks.speed_task import Answer, Given

#: A peer takes part in the comparison where its gradient per row is at most this.
MATCHED = 1e-6
_ROWS = 20_000
#: Coefficients up to which standard errors are computed a second time.
_MOST = 1100


def reached(given: Given, answer: Answer) -> dict[str, float | None]:
    """Return what an answer is worth.

    Returns
    -------
    dict
        ``gradient``: for a fit the largest entry of the gradient of the negative log-likelihood
        (at a dispersion of 1, columns as they are) over the number of rows; for a loss the larger
        of its relative error and the largest error of n times its gradient; for a die the largest
        error of a probability.
        ``std_error``: the largest relative error of a standard error; None where there are none.
    """
    case, data = given.case, given.data
    if case.kind in FITS:
        if not np.isfinite(answer.coef).all():
            return {"gradient": float("inf"), "std_error": None}
        largest = float(np.max(np.abs(score(case, data, answer.coef)))) / case.n
        return {"gradient": largest, "std_error": _std_error(given, answer)}
    if case.kind in ("binary_loss", "class_loss"):
        return {"gradient": _loss_error(case, data, answer), "std_error": None}
    faces = LABELS if case.variant == "labels" else np.arange(1, 7)
    shares = [np.count_nonzero(data["y"] == face) / case.n for face in faces]
    error = float(np.max(np.abs(np.array(answer.probabilities) - shares)))
    return {"gradient": error, "std_error": None}


def score(case: Case, data: Data, coef: Any) -> Any:
    """Return the gradient (k, d) of the negative log-likelihood.

    Examples
    --------
    >>> data = {"X": np.array([[0.0], [1.0]]), "y": np.array([0, 1])}
    >>> score(Case("a", "logistic", 2, 1), data, np.zeros((1, 2)))
    array([[ 0. , -0.5]])
    """
    coef = np.atleast_2d(coef)
    levels = case.k if case.kind == "levels" else 1
    gradient = np.zeros(coef.shape)
    for rows, mean in _means(case, data, coef):
        left = mean - _observed(case, data["y"][rows])
        gradient[:, 0] += left.sum(axis=0)
        gradient[:, levels:] += left.T @ data["X"][rows]
        if case.kind == "levels":
            gradient[0, 1:levels] += np.bincount(data["codes"][rows], left[:, 0], levels)[1:]
    return gradient


def _means(case: Case, data: Data, coef: Any) -> Iterator[tuple[slice, Any]]:
    """Yield blocks of rows and their fitted means (rows, k)."""
    levels = case.k if case.kind == "levels" else 1
    effects = np.append(0.0, coef[0, 1:levels]) if case.kind == "levels" else None
    for a in range(0, case.n, _ROWS):
        rows = slice(a, a + _ROWS)
        eta = data["X"][rows] @ coef[:, levels:].T + coef[:, 0]
        if effects is not None:
            eta += effects[data["codes"][rows], None]
        yield rows, _mean(case.kind, eta)


def _mean(kind: str, eta: Any) -> Any:
    if kind == "linear":
        return eta
    if kind == "poisson":
        return np.exp(eta)
    if kind == "softmax":
        full = np.column_stack([np.zeros(len(eta)), eta])
        odds = np.exp(full - full.max(axis=1, keepdims=True))
        return (odds / odds.sum(axis=1, keepdims=True))[:, 1:]
    return 0.5 * (1.0 + np.tanh(0.5 * eta))


def _observed(case: Case, y: Any) -> Any:
    if case.kind == "softmax":
        return (y[:, None] == np.arange(1, case.k)).astype(float)
    return y[:, None].astype(float)


def _std_error(given: Given, answer: Answer) -> float | None:
    """Return the largest relative error of a standard error."""
    case, coef = given.case, np.atleast_2d(answer.coef)
    if answer.std_error is None or coef.size > _MOST:
        return None
    exact = np.sqrt(np.diag(np.linalg.inv(information(given, coef)))).reshape(coef.shape)
    if case.kind == "linear":
        means = _means(case, given.data, coef)
        squares = sum(float(np.sum((given.data["y"][r] - m[:, 0]) ** 2)) for r, m in means)
        exact *= np.sqrt(squares / (case.n - coef.size))
    return float(np.max(np.abs(np.reshape(answer.std_error, coef.shape) / exact - 1.0)))


def information(given: Given, coef: Any) -> Any:
    """Return the Fisher information (k d, k d) at coefficients (k, d), at a dispersion of 1."""
    case, (k, d) = given.case, coef.shape
    total = np.zeros((k, d, k, d))
    sparse = given.sparse() if case.kind == "levels" else None
    for rows, mean in _means(case, given.data, coef):
        X = given.data["X"][rows] if sparse is None else sparse[rows]
        for a in range(k):
            for b in range(a + 1):
                w = _weight(case.kind, mean[:, a], mean[:, b], a == b)
                block = np.empty((d, d))
                block[0, 0] = w.sum()
                block[0, 1:] = block[1:, 0] = X.T @ w
                if sparse is None:
                    block[1:, 1:] = X.T @ (X * w[:, None])
                else:
                    block[1:, 1:] = (X.T @ X.multiply(w[:, None]).tocsr()).toarray()
                total[a, :, b] += block
                if a != b:
                    total[b, :, a] += block
    return total.reshape(k * d, k * d)


def _weight(kind: str, one: Any, other: Any, same: bool) -> Any:
    if kind == "linear":
        return np.ones(len(one))
    return one.copy() if kind == "poisson" else one * (float(same) - other)


def _loss_error(case: Case, data: Data, answer: Answer) -> float:
    worst, total = 0.0, 0.0
    given = np.asarray(answer.gradient)
    for a in range(0, case.n, _ROWS):
        rows = slice(a, a + _ROWS)
        z, y = data["logits"][rows], data["y"][rows]
        if case.kind == "binary_loss":
            total += float(np.sum(np.maximum(z, 0.0) - y * z + np.log1p(np.exp(-np.abs(z)))))
            exact = 0.5 * (1.0 + np.tanh(0.5 * z)) - y
        else:
            top = z.max(axis=1, keepdims=True)
            odds = np.exp(z - top)
            sums = odds.sum(axis=1, keepdims=True)
            at = np.arange(len(y))
            total += float(np.sum(top[:, 0] + np.log(sums[:, 0]) - z[at, y]))
            exact = odds / sums
            exact[at, y] -= 1.0
        worst = max(worst, float(np.max(np.abs(case.n * given[rows] - exact))))
    value = total / case.n
    return max(worst, abs(float(answer.value or 0.0) - value) / value)
