"""One path for every regression: identify, search, certify, decide (level 4)."""

from __future__ import annotations

import warnings
from dataclasses import replace
from typing import Any, TypeAlias

import numpy as np

from likelihood.errors import (
    CollinearityWarning,
    ConvergenceWarning,
    FitWarning,
    SeparationError,
    SeparationWarning,
)
from likelihood.fit.compression import compressed
from likelihood.fit.deferred import UNKNOWN, refuse
from likelihood.fit.grouped import grouped_solution
from likelihood.fit.grouped_rows import many_levels
from likelihood.fit.judgement import judge
from likelihood.fit.linear import Squares, grouped_linear, linear_solution, tall_linear
from likelihood.fit.record import RegressionRecord, record_of
from likelihood.fit.samples import checked_search
from likelihood.fit.search import Solution, search
from likelihood.fit.separated import limit, separate
from likelihood.fit.tall import tall, tall_solution
from likelihood.fit.wide import wide
from likelihood.fit.wide_record import wide_record
from likelihood.linear_model import LinearModel
from likelihood.loss_threads import processors
from likelihood.objective import Booleans
from likelihood.solve.identification import identify
from likelihood.solve.passes import one_blas_thread
from likelihood.solve.relations import Relation
from likelihood.solve.separation import Separation
from likelihood.solve.sparse_identification import identify_sparse
from likelihood.verdict import Status, Verdict

#: A solution, its sums of squares if they were minimised, and how the data are separated.
_Passed: TypeAlias = tuple[Solution, Squares | None, Separation | None]

#: Numbers up to which a sparse matrix is written out to find its dependent columns (160 MB).
_DENSE = 2 * 10**7


def fit_regression(
    model: LinearModel,
    *,
    method: str = "newton",
    tolerance: float = 1e-8,
    max_iter: int = 200,
    separation: str = "report",
    notes: tuple[str, ...] = (),
    threads: int | None = None,
) -> RegressionRecord:
    """Return the record of a regression, whatever the data turn out to be.

    Parameters
    ----------
    model : LinearModel
    method : str
        "newton" or a method of ``scipy.optimize.minimize``, which Newton's method then polishes.
    tolerance : float
        Accepted distance to the maximum, in standard errors.
    separation : {"report", "raise"}
    threads : int, optional
        Threads that share the rows of tall data; all processors where not given.

    Raises
    ------
    SeparationError
        The data are separated and ``separation="raise"``.
    ValueError
        An option is not one.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Poisson
    >>> X, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> record = fit_regression(LinearModel(Poisson, X, y, np.ones(4), ("x",)))
    >>> np.exp(record.coef).round(12), record.verdict.status
    (array([[2., 3.]]), <Status.OPTIMUM: 'OPTIMUM'>)
    """
    method = checked_search(method, tolerance, max_iter)
    if separation not in ("report", "raise"):
        raise ValueError(f"separation must be 'report' or 'raise', got {separation!r}.")
    options: dict[str, Any] = {"method": method, "tolerance": tolerance, "max_iter": max_iter}
    if method == "newton" and wide(model) and not many_levels(model):
        widely = wide_record(
            model, tolerance=tolerance, max_iter=max_iter, threads=threads or processors(),
            separation=separation, notes=notes,
        )  # fmt: skip
        if widely is not None:
            return widely
    few = compressed(model)
    rows = model if few is None else few.model
    kept: Booleans = np.ones(len(model.names), dtype=bool)
    relations: tuple[Relation, ...] = ()
    reduced, passed = rows, _passed_over(rows, threads=threads, **options)
    if passed is None:
        kept, relations = _identified(rows)
        reduced = rows.columns(kept)
        if relations:
            # What could not be passed over were the dependent columns.
            passed = _passed_over(reduced, threads=threads, **options)
    apart: Separation | None = None
    squares: Squares | None = None
    if passed is None:
        refuse(int(np.prod(reduced.shape)), UNKNOWN)
    if passed is not None:
        found, squares, apart = passed
    elif model.family.free_dispersion:
        found, squares = linear_solution(reduced, **options)
    else:
        found = search(reduced, **options)
        # Under a penalty the search always ends; which classes occur is seen at a glance.
        if found.suspicious or model.ridge:
            apart = separate(reduced)
        if apart is not None:
            found = limit(reduced, apart, **options)
    if few is not None:
        reduced, apart = model.columns(kept), few.expanded(apart, model.weights)
    terms = np.append(np.ones(int(model.intercept), dtype=bool), kept)
    record = record_of(model, reduced, found, terms, relations, apart, squares, method)
    verdict = judge(model, record, found, notes)
    if separation == "raise" and apart is not None and not record.vanished:
        raise SeparationError(verdict.explanation)
    return replace(record, verdict=verdict)


def _passed_over(
    model: LinearModel, *, method: str, tolerance: float, max_iter: int, threads: int | None
) -> _Passed | None:
    """Return the solution of tall data that passes over the rows settle, None for all others."""
    if method != "newton" or not (many_levels(model) or tall(model)):
        return None
    # The rows are shared among our threads; BLAS of its own accord would share each block, too.
    with one_blas_thread():
        return _by_passes(model, threads or processors(), tolerance=tolerance, max_iter=max_iter)


def _by_passes(model: LinearModel, threads: int, **options: Any) -> _Passed | None:
    linear = model.family.free_dispersion
    if many_levels(model):
        if linear:
            return _without_limit(grouped_linear(model, threads))
        levels = grouped_solution(model, threads=threads, **options)
        return None if levels is None else (levels[0], None, levels[1])
    if linear:
        return None if model.ridge else _without_limit(tall_linear(model, threads))
    found = tall_solution(model, threads=threads, **options)
    settled = found is not None and found.converged and not found.suspicious
    return (found, None, None) if found is not None and settled else None


def _without_limit(found: tuple[Solution, Squares] | None) -> _Passed | None:
    return None if found is None else (*found, None)


def _identified(model: LinearModel) -> tuple[Booleans, tuple[Relation, ...]]:
    """Return which columns of X are kept, and what the others are made of."""
    every = np.ones(len(model.names), dtype=bool)
    # A penalty determines every slope.
    if model.ridge or not every.size:
        return every, ()
    options: dict[str, Any] = {"intercept": model.intercept, "weights": model.weights}
    if not model.sparse:
        found = identify(model.X, low=model.low, **options)
    elif model.n_rows * every.size <= _DENSE:
        found = identify(model.X.toarray(), **options)
    else:
        found = identify_sparse(model.X, **options)
    return found.kept, found.relations


def announce(verdict: Verdict, stacklevel: int = 3) -> None:
    """Warn once of a fit that is not a clean maximum, with the class that belongs to it."""
    warning: type[FitWarning] | None = {
        Status.SEPARATED: SeparationWarning,
        Status.NOT_IDENTIFIED: CollinearityWarning,
        Status.NOT_CONVERGED: ConvergenceWarning,
    }.get(verdict.status)
    if warning is not None:
        warnings.warn(verdict.explanation, warning, stacklevel=stacklevel)
