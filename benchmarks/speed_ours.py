"""The library's public interface, as its users call it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

from benchmarks.speed_data import LABELS
from benchmarks.speed_task import Answer, Given, Task

_ESTIMATORS = {
    "logistic": "LogisticRegression", "softmax": "SoftmaxRegression",
    "linear": "LinearRegression", "poisson": "PoissonRegression",
}  # fmt: skip


def fit(given: Given) -> Task:
    """Return a fit of arrays with its standard errors, without tables."""
    import likelihood

    estimator = getattr(likelihood, _ESTIMATORS[given.case.kind])
    X, y, wanted = given.data["X"], given.data["y"], given.case.std_errors

    def run() -> Any:
        model = estimator().fit(X, y)
        # Where they are found when first asked for, they are asked for.
        return model, model.result_.record.std_error if wanted else None

    return Task(run, _coefficients)


def levels(given: Given) -> Task:
    """Return a fit of a table by a formula."""
    import likelihood

    frame = given.frame(response=True)
    formula = "y ~ " + " + ".join(name for name in frame if name != "y")

    def run() -> Any:
        model = likelihood.LogisticRegression.from_formula(formula, frame)
        return model, model.result_.record.std_error

    return Task(run, _coefficients)


def _coefficients(found: Any) -> Answer:
    model, errors = found
    record = model.result_.record
    if errors is not None:
        errors = errors * record.dispersion**0.5
    return Answer(coef=record.coef, std_error=errors)


def binary_loss(given: Given) -> Task:
    """Return ``losses.binary_cross_entropy.value_and_gradient``."""
    from likelihood import losses

    return _loss(losses.binary_cross_entropy, given)


def class_loss(given: Given) -> Task:
    """Return ``losses.categorical_cross_entropy.value_and_gradient``."""
    from likelihood import losses

    return _loss(losses.categorical_cross_entropy, given)


def _loss(loss: Any, given: Given) -> Task:
    logits, y = given.data["logits"], given.data["y"]
    return Task(
        lambda: loss.value_and_gradient(y, logits=logits),
        lambda found: Answer(value=found[0], gradient=found[1]),
    )


def die(given: Given) -> Task:
    """Return ``Categorical.fit`` of an array of rolls."""
    from likelihood import Categorical

    faces = LABELS.tolist() if given.case.variant == "labels" else range(1, 7)
    y = given.data["y"]
    return Task(
        lambda: Categorical.fit(y, categories=faces),
        lambda found: Answer(probabilities=found.params["probs"]),
    )


def die_command(given: Given) -> Task:
    """Return the shell's command on a file of rolls, a process of its own."""
    start = "from likelihood.cli.main import main; main()"
    command = [sys.executable, "-c", start, "fit", "die", str(given.folder / "rolls.txt")]

    def read(_: Any) -> Answer:
        said = subprocess.run([*command, "--json"], capture_output=True, check=True).stdout
        rows = json.loads(said)["rows"]
        return Answer(probabilities=[row["estimate"] for row in rows])

    return Task(lambda: peak_of(command), read, outside=True)


def peak_of(command: list[str]) -> int:
    """Return the peak memory in bytes of a process that has ended well.

    Raises
    ------
    RuntimeError
        It ended otherwise.
    """
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"the command ended with exit code {process.returncode}")
    # macOS counts in bytes, the others in kibibytes.
    return usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)


KINDS: dict[str, Callable[[Given], Task]] = {
    **{kind: fit for kind in _ESTIMATORS}, "levels": levels, "binary_loss": binary_loss,
    "class_loss": class_loss, "die": die, "die_command": die_command,
}  # fmt: skip
