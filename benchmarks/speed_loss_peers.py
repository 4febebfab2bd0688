"""Losses with their gradients, and counts of a die, by other packages."""

from __future__ import annotations

from typing import Any

import numpy as np

from benchmarks.speed_data import LABELS
from benchmarks.speed_task import Answer, Given, Task


def _loss_answer(found: Any) -> Answer:
    return Answer(value=float(found[0]), gradient=found[1])


def scipy_binary(given: Given) -> Task:
    """Return the formulas with ``scipy.special``."""
    from scipy.special import expit, log_expit

    z, y = given.data["logits"], given.data["y"]
    return Task(lambda: (np.mean(-log_expit(-z) - y * z), (expit(z) - y) / len(y)), _loss_answer)


def scipy_classes(given: Given) -> Task:
    """Return the formulas with ``scipy.special``, the exponentials taken once more only."""
    from scipy.special import log_softmax

    z, y = given.data["logits"], given.data["y"]

    def run() -> Any:
        rows = np.arange(len(y))
        log_p = log_softmax(z, axis=1)
        value = -np.mean(log_p[rows, y])
        gradient = np.exp(log_p)
        gradient[rows, y] -= 1.0
        return value, gradient / len(y)

    return Task(run, _loss_answer)


def sklearn_loss(given: Given) -> Task:
    """Return the compiled losses inside scikit-learn on all threads, and their mean."""
    from sklearn import _loss

    binary = given.case.kind == "binary_loss"
    loss = _loss.HalfBinomialLoss() if binary else _loss.HalfMultinomialLoss(given.case.k)
    z, y = given.data["logits"], given.data["y"].astype(float)

    def run() -> Any:
        values, gradient = loss.loss_gradient(y, z, n_threads=given.threads)
        gradient /= len(y)
        return values.mean(), gradient

    return Task(run, _loss_answer)


def torch_loss(given: Given) -> Task:
    """Return torch's loss and its backward pass."""
    import torch

    torch.set_num_threads(given.threads)
    z = torch.from_numpy(given.data["logits"]).requires_grad_()
    y = torch.from_numpy(given.data["y"])
    if given.case.kind == "binary_loss":
        y, loss = y.to(torch.float64), torch.nn.functional.binary_cross_entropy_with_logits
    else:
        loss = torch.nn.functional.cross_entropy

    def run() -> Any:
        z.grad = None
        value = loss(z, y)
        value.backward()
        return value.detach(), z.grad

    return Task(run, lambda found: Answer(value=float(found[0]), gradient=found[1].numpy()))


def pandas_die(given: Given) -> Task:
    """Return pandas' shares of the values."""
    import pandas as pd

    y = pd.Series(given.data["y"])
    faces = LABELS.tolist() if given.case.variant == "labels" else range(1, 7)
    return Task(
        lambda: y.value_counts(normalize=True),
        lambda found: Answer(probabilities=[float(found[face]) for face in faces]),
    )
