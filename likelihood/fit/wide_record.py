"""What the fit of many coefficients established, and what it could not (level 4)."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from likelihood.errors import SeparationError
from likelihood.fit.deferred import Deferred
from likelihood.fit.judgement import Notes, judge
from likelihood.fit.record import RegressionRecord, deviances
from likelihood.fit.search import Solution
from likelihood.fit.wide import Wide, wide_search
from likelihood.linear_model import LinearModel
from likelihood.solve.constraints import presence
from likelihood.verdict import Status, Verdict

#: Rows times the square of coefficients up to which a doubtful maximum is decided exactly, which
#: takes half a minute there.
REACH = 500_000_000

UNDECIDED = (
    "Whether the likelihood has a maximum was not decided: some rows are fitted so closely that "
    "the data may be separated, and an exact decision for {:,} rows and {:,} coefficients is out "
    "of reach. Do not use these estimates; drop columns that are zero but in a few rows, or "
    "shrink the slopes with ridge=."
)
APART = (
    "The data are completely separated: a combination of the columns tells the classes apart in "
    "every row. The maximum likelihood estimate does not exist, and which coefficients are "
    "infinite was not decided, {:,} of them being too many. Do not use these estimates; drop "
    "columns, or shrink the slopes with ridge=."
)


def wide_record(
    model: LinearModel,
    *,
    tolerance: float,
    max_iter: int,
    threads: int,
    separation: str = "report",
    notes: Notes = (),
) -> RegressionRecord | None:
    """Return the record of a fit of many coefficients, None where the careful path is to decide.

    That is where columns are so nearly dependent that there is no metric to search in, where a
    class is never observed, and where it is not proven that there is a maximum but the data are
    few enough for an exact decision.

    Raises
    ------
    SeparationError
        The data are completely separated and ``separation="raise"``.
    """
    if model.n_classes is not None and not _all_observed(model):
        return None
    found = wide_search(model, tolerance=tolerance, max_iter=max_iter, threads=threads)
    if found is None:
        return None
    size = int(np.prod(model.shape))
    if not found.exists and model.n_rows * size**2 <= REACH:
        return None
    undecided = "" if found.exists else _undecided(model, found)
    if separation == "raise" and undecided == APART.format(size):
        raise SeparationError(undecided)
    blank = np.zeros(model.shape)
    solution = Solution(
        coef=found.coef, coef_low=blank, std_error=blank, covariance=np.zeros((0, 0)),
        log_likelihood=found.log_likelihood, distance=found.distance,
        converged=found.converged, iterations=found.iterations, condition=np.nan,
        message="passes over the rows", suspicious=not found.exists,
        undecided=undecided, approximate=True,
    )  # fmt: skip
    value, null = deviances(model, solution)
    later = Deferred(model, found)
    record = RegressionRecord(
        coef=found.coef, coef_low=blank, std_error=later.std_error,
        covariance=later.covariance, dispersion=1.0,
        log_likelihood=found.log_likelihood, null_log_likelihood=null[0], deviance=value,
        null_deviance=null[1], kept=found.columns.kept, relations=found.columns.relations,
        separation=None, infinite=np.zeros(model.shape, dtype=bool), sign=blank, exact=False,
        refined=False, iterations=found.iterations, condition=np.nan, method="newton",
        verdict=Verdict(Status.NOT_CONVERGED, "", found.distance), approximate=True,
    )  # fmt: skip
    return record.with_verdict(judge(model, record, solution, notes))


def _all_observed(model: LinearModel) -> bool:
    if model.t.ndim == 1:
        counts = np.bincount(model.t, model.weights, minlength=int(model.n_classes or 0))
        return bool((counts > 0).all())
    seen = presence(model.t, model.n_classes)[model.weights > 0]
    return bool(seen.any(axis=0).all())


def _undecided(model: LinearModel, found: Wide) -> str:
    """Return what is to be said where it is not proven that there is a maximum."""
    size = int(np.prod(model.shape))
    if model.n_classes is not None and _margin(model, found) > 0:
        return APART.format(size)
    return UNDECIDED.format(model.n_rows, size)


def _margin(model: LinearModel, found: Wide) -> float:
    """Return the least margin of all rows, without their offset, less what may be rounding."""
    passes = replace(found.passes, offset=None)
    least, largest = np.inf, float(np.abs(found.theta).sum())
    for rows, eta in passes.predictors(found.theta):
        seen = presence(model.t[rows], model.n_classes)
        used = model.weights[rows] > 0
        if (seen[used].sum(axis=1) > 1).any():
            # A row with shares of both classes is on neither side.
            return -np.inf
        every = np.vstack([np.zeros((1, eta.shape[1])), eta]).T
        own = np.where(seen, every, -np.inf).max(axis=1)
        other = np.where(seen, -np.inf, every).max(axis=1)
        least = min(least, float((own - other)[used].min(initial=np.inf)))
        largest = max(largest, float(np.abs(eta).max(initial=0.0)))
    return least - 1e-10 * largest
