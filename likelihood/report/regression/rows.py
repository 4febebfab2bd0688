"""Rows of a regression beside what the fit says of them, and groups of these (level 9)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood import kernels
from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.linear_model import LinearModel
from likelihood.report.labels import label
from likelihood.results.rows import required_rows

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

#: Groups of about equal weight that calibration and residuals are averaged over.
GROUPS = 10


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows with weight.

    Attributes
    ----------
    mean : (n,) or (n, K) array
        The fitted mean; for classes the probability of each, in the order of ``classes_``.
    y : (n,) array
        The response; for classes its position in ``classes_``.
    weights : (n,) array
    eta : (n, K) array
        The linear predictors of the classes, in their order, minus infinity where impossible;
        the linear predictor (n, 1) where there are none.
    """

    mean: Floats
    y: Any
    weights: Floats
    eta: Floats


def fitted_rows(fit: Fit) -> Rows:
    """Return the rows of a fit with their fitted means; exact where the data are separated.

    Raises
    ------
    DataError
        The fit has no rows, because it was loaded or pickled, or they have changed.

    Examples
    --------
    >>> import likelihood as lk
    >>> fit = lk.PoissonRegression().fit([[0.0], [0.0], [1.0], [1.0]], [1, 3, 4, 8]).result_
    >>> fitted_rows(fit).mean.round(12)
    array([2., 2., 6., 6.])
    """
    from likelihood.inference.limits import limiting_eta

    model = required(fit, "this figure")
    used = np.asarray(model.weights) > 0
    eta = np.asarray(limiting_eta(model, fit.record, model.X, model.offset))[used]
    weights, t = np.asarray(model.weights)[used], np.asarray(model.t)[used]
    if fit.model == "SoftmaxRegression":
        place = class_positions(fit)
        eta = eta[:, np.argsort(place)]
        return Rows(kernels.softmax(eta), np.asarray(place)[t], weights, eta)
    if fit.model == "LogisticRegression":
        at = class_positions(fit)[1]
        sides = np.array([-0.5, 0.5]) if at == 1 else np.array([0.5, -0.5])
        both = eta * sides
        return Rows(kernels.sigmoid(2.0 * both), np.where(t[:, 0] > 0.5, at, 1 - at), weights, both)
    with np.errstate(over="ignore"):
        mean = np.exp(eta[:, 0]) if fit.model == "PoissonRegression" else eta[:, 0]
    return Rows(mean, t[:, 0], weights, eta)


def required(fit: Fit, what: str) -> LinearModel:
    """Return the rows of a fit, refusing with what can be drawn instead.

    Raises
    ------
    DataError
        The fit has no rows, because it was loaded or pickled, or they have changed.
    """
    try:
        return required_rows(fit, what)
    except DataError as error:
        raise DataError(f"{error} The figure 'forest' needs no rows.") from None


def class_positions(fit: Fit) -> list[int]:
    """Return where the base and the responses are among the classes."""
    classes = list(fit.facts.classes or ())
    return [classes.index(one) for one in (fit.facts.base, *fit.facts.responses)]


def chosen_class(fit: Fit, response: Any) -> int:
    """Return the position of the class that a figure of one against the rest is about.

    The event of a logistic regression and the first class of a softmax regression where none
    is given.

    Raises
    ------
    ValueError
        There is no such class.
    """
    classes: list[Hashable] = list(fit.facts.classes or ())
    if response is None:
        return class_positions(fit)[1] if fit.model == "LogisticRegression" else 0
    if response not in classes:
        known = ", ".join(repr(label(one, 30)) for one in classes[:10])
        raise ValueError(
            f"response {label(repr(response))} is not a class; use one of {known}"
            f"{', ...' if len(classes) > 10 else ''}."
        )
    return classes.index(response)


def one_against_rest(fit: Fit, response: Any) -> tuple[Floats, Floats, Floats]:
    """Return probability of a class, whether it was observed (0 or 1), and weight of each row."""
    at, rows = chosen_class(fit, response), fitted_rows(fit)
    return rows.mean[:, at], (rows.y == at).astype(float), rows.weights


def scores(fit: Fit, response: Any) -> tuple[Floats, Floats, Floats]:
    """Return the log-odds of a class, whether it was observed (0 or 1), and weight of each row.

    Probabilities order rows too, but from 37 nats on they are all 1.
    """
    at, rows = chosen_class(fit, response), fitted_rows(fit)
    others = np.delete(rows.eta, at, axis=1)
    # Where nothing but this class is possible, or where it is not.
    with np.errstate(invalid="ignore", divide="ignore"):
        score = rows.eta[:, at] - kernels.logsumexp(others)
    return score, (rows.y == at).astype(float), rows.weights


def equal_groups(by: Floats, weights: Floats, groups: int = GROUPS) -> Any:
    """Return the group (n,) of each row: about equal weight, equal values never parted.

    Examples
    --------
    >>> import numpy as np
    >>> equal_groups(np.array([0.3, 0.1, 0.1, 0.9]), np.ones(4), 2)
    array([1, 0, 0, 1])
    """
    values, where = np.unique(by, return_inverse=True)
    held = np.bincount(where, weights)
    middle = (np.cumsum(held) - 0.5 * held) / held.sum()
    group = np.minimum((middle * groups).astype(int), groups - 1)
    # Numbered anew, so that a value which fills more than a group leaves no gap.
    _, number = np.unique(group, return_inverse=True)
    return number[where]


def confusion(fit: Fit) -> pd.DataFrame:
    """Return how often each class was predicted where each was observed, with totals.

    The class with the largest probability is predicted, the first of equals.  Weights count
    as repetitions.

    Examples
    --------
    >>> import likelihood as lk
    >>> X, y = [[0.0], [1.0], [2.0], [3.0]], ["no", "yes", "no", "yes"]
    >>> confusion(lk.LogisticRegression().fit(X, y).result_)
      observed  predicted no  predicted yes  total
    0       no             1              1      2
    1      yes             1              1      2
    2    total             2              2      4
    """
    import pandas as pd

    rows = fitted_rows(fit)
    classes = list(fit.facts.classes or ())
    k = len(classes)
    held = np.zeros((k, k))
    np.add.at(held, (rows.y, np.argmax(rows.mean, axis=1)), rows.weights)
    table = np.vstack([held, held.sum(axis=0)])
    table = np.column_stack([table, table.sum(axis=1)])
    if (table == np.round(table)).all():
        table = table.astype(int)
    made = pd.DataFrame(table, columns=[*(f"predicted {one}" for one in classes), "total"])
    made.insert(0, "observed", pd.Series([*classes, "total"], dtype=object))
    return made
