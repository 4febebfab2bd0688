"""From what a fit found to its verdict (level 4)."""

from __future__ import annotations

from typing import Any

import numpy as np

from likelihood.data.columns import whole
from likelihood.data.samples import FRACTIONAL
from likelihood.family import indicator
from likelihood.fit.record import RegressionRecord
from likelihood.fit.search import Solution
from likelihood.fit.wording import aliasing, impossible, infinite_terms
from likelihood.linear_model import LinearModel
from likelihood.verdict import Status, Verdict

Notes = tuple[str, ...]

QUASI_LIKELIHOOD = (
    "Some values of y are not whole numbers: the estimates are those of a quasi-likelihood for a "
    "mean with Poisson variance, and the log-likelihood is not that of a probability."
)
PENALISED = (
    "Penalised by ridge={:g}: estimates are shrunk towards zero, and the intervals are not "
    "calibrated."
)
APPROXIMATE = (
    "The {:,} coefficients are too many for their Hessian at the fit: the distance is approximate, "
    "standard errors are computed when they are first asked for, and no Wald test is marked as "
    "unreliable."
)
COUNTED = "n_parameters counts all {} coefficients, the infinite ones too."


def judge(model: LinearModel, record: RegressionRecord, found: Solution, notes: Notes) -> Verdict:
    """Return the verdict of a regression; its explanation lists all that applies.

    The first that applies gives the status: a search that failed, separation, columns that are
    not identified, the boundary, a maximum.
    """
    said: list[tuple[Status, str]] = []
    if not found.converged:
        said.append((Status.NOT_CONVERGED, _unconverged(record, found)))
    elif found.undecided:
        said.append((Status.NOT_CONVERGED, found.undecided))
    if record.separation is not None and not record.vanished:
        said.append((Status.SEPARATED, _separated(model, record)))
    if record.relations:
        said.append((Status.NOT_IDENTIFIED, aliasing(model, record.relations)))
    if record.vanished:
        said.append((Status.BOUNDARY, _vanished(model, record)))
    if record.exact:
        said.append((Status.BOUNDARY, _exact(model, record)))
    if not said:
        # What is left below 1e-8 standard errors is rounding, which differs between machines.
        within = max(found.distance, 1e-8)
        about = "about " if found.approximate else ""
        said.append((
            Status.OPTIMUM,
            f"The maximum is here: the estimate is within {about}{within:.1g} standard errors of "
            "it.",
        ))  # fmt: skip
    return Verdict(
        said[0][0], " ".join(sentence for _, sentence in said), found.distance,
        directions=_directions(model, record), notes=_notes(model, record, notes),
    )  # fmt: skip


def _unconverged(record: RegressionRecord, found: Solution) -> str:
    other = (
        "raise max_iter, or use method='newton'"
        if record.method != "newton"
        else "raise max_iter, or look for columns of enormous size or spread"
    )
    return (
        f"The maximum was not found: after {found.iterations} iterations of {record.method} the "
        f"estimate is {found.distance:.2g} standard errors away ({found.message}). Do not use "
        f"these estimates; {other}."
    )


def _separated(model: LinearModel, record: RegressionRecord) -> str:
    apart = record.separation
    complete = apart is not None and apart.kind == "complete"
    unseen = impossible(model)
    if unseen:
        cause = f"{unseen} The maximum likelihood estimate does not exist:"
    elif model.n_classes is None:
        cause = (
            "The data are separated: a combination of the columns marks rows in which every "
            "count is zero. The maximum likelihood estimate does not exist: the likelihood keeps "
            "rising as the means of these rows go to zero, and"
        )
    elif complete:
        cause = (
            "The data are completely separated: a combination of the columns tells the classes "
            "apart in every row. The maximum likelihood estimate does not exist: the likelihood "
            "keeps rising as the probabilities go to 0 and 1, and"
        )
    else:
        cause = (
            "The data are quasi-completely separated: a combination of the columns tells classes "
            "apart in some rows, and is tied in the others. The maximum likelihood estimate does "
            "not exist: the likelihood keeps rising as probabilities go to 0 and 1, and"
        )
    rest = (
        " The other coefficients, with their standard errors, are those of the limit."
        if (~record.infinite[:, record.kept]).any()
        else ""
    )
    remedy = "" if model.ridge else ", or shrink the slopes with ridge="
    return (
        f"{cause} these coefficients are infinite: {infinite_terms(model, record)}.{rest} "
        f"Probabilities and the log-likelihood are the limits. For bounds on a coefficient use "
        f'interval="profile"; to have finite estimates merge rare levels or drop a column{remedy}.'
    )


def _vanished(model: LinearModel, record: RegressionRecord) -> str:
    return (
        "Every count in y is zero: the estimate is on the boundary, where every mean is 0 and the "
        f"log-likelihood 0. These coefficients are infinite: {infinite_terms(model, record)}."
    )


def _exact(model: LinearModel, record: RegressionRecord) -> str:
    used = model.weights > 0
    y = model.t[used, 0]
    if model.offset is None and (y == y[0]).all():
        first = f"Every value of y is {float(y[0]):.6g}, which the fit reproduces"
    elif np.count_nonzero(used) <= np.count_nonzero(record.kept):
        first = "There are as many coefficients as rows, so the fit reproduces y"
    else:
        first = "The fit reproduces y"
    return (
        f"{first}: the residuals are no larger than the rounding of the data. The estimated sd is "
        "0, on the boundary; there are no tests, and no AIC."
    )


def _notes(model: LinearModel, record: RegressionRecord, notes: Notes) -> Notes:
    further = []
    if not whole(model.weights):
        further.append(FRACTIONAL)
    counts = not model.family.free_dispersion and model.n_classes is None
    if counts and not whole(indicator(model.t, 1)[model.weights > 0]):
        further.append(QUASI_LIKELIHOOD)
    if model.ridge:
        further.append(PENALISED.format(model.ridge))
    if record.approximate:
        further.append(APPROXIMATE.format(record.coef.size))
    if record.infinite.any():
        further.append(COUNTED.format(record.infinite[:, record.kept].size))
    return (*notes, *(note for note in further if note not in notes))


def _directions(model: LinearModel, record: RegressionRecord) -> Any:
    """Return the directions without a maximum as a table, or None."""
    if record.separation is None and not record.relations:
        return None
    import pandas as pd

    if record.separation is None:
        terms = np.array(model.terms, dtype=object)
        first = int(model.intercept)
        rows: list[tuple[Any, Any, float]] = []
        for relation in record.relations:
            coef = np.append(np.full(first, relation.intercept), relation.coef)
            rows += [
                (terms[relation.column + first], terms[j], float(coef[j]))
                for j in np.flatnonzero(coef)
            ]
        return pd.DataFrame(rows, columns=["aliased", "term", "coefficient"])
    k, d = record.coef.shape
    direction = np.zeros((k, d))
    direction[:, record.kept] = record.separation.direction
    table: dict[str, Any] = {"term": list(model.terms) * k}
    if len(model.responses) > 1:
        table["response"] = [response for response in model.responses for _ in range(d)]
    table["direction"] = direction.ravel()
    table["sign"] = record.sign.ravel()
    return pd.DataFrame(table)
