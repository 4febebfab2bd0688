"""The fit of a distribution to a sample: objective, optimum, verdict (level 4)."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from numbers import Integral, Real

from likelihood.errors import ConvergenceWarning
from likelihood.family import Floats
from likelihood.objective import Objective
from likelihood.solve.minimise import Optimum, checked_method, minimise
from likelihood.verdict import Status, Verdict

ROUNDED = (
    "The doubles nearest to the estimate are {:.1g} standard errors from the maximum; subtract a "
    "constant from the data to keep more digits."
)


@dataclass(frozen=True)
class Record:
    """What a search established: the optimum, its verdict, and how it was found.

    ``optimum`` is None where nothing was left to search, because every parameter is on its
    boundary.
    """

    optimum: Optimum | None
    verdict: Verdict
    method: str

    @property
    def iterations(self) -> int:
        """Iterations that the search took; 0 where a closed form was already the maximum."""
        return 0 if self.optimum is None else self.optimum.iterations


def fit(
    objective: Objective | None,
    start: Floats,
    *,
    method: str,
    tolerance: float,
    max_iter: int,
    boundary: str = "",
    rounding: float = 0.0,
    notes: tuple[str, ...] = (),
) -> Record:
    """Return the record of a certified search; a search that failed warns once and says so.

    Parameters
    ----------
    objective : Objective or None
        None where no free parameter is left.
    boundary : str
        What is on the boundary of the parameter space, as a sentence; empty for nothing.
    rounding : float
        Standard errors between the maximum and the doubles that can hold the estimate.
    """
    method = checked_search(method, tolerance, max_iter)
    if objective is None:
        return Record(None, Verdict(Status.BOUNDARY, boundary, 0.0, notes=notes), method)
    optimum = minimise(
        objective, start, method=method, tolerance=float(tolerance), max_iter=int(max_iter)
    )
    if rounding > 1e-8:
        notes = (*notes, ROUNDED.format(rounding))
    verdict = _verdict(optimum, tolerance, method, boundary, rounding, notes)
    if verdict.status is Status.NOT_CONVERGED:
        warnings.warn(verdict.explanation, ConvergenceWarning, stacklevel=4)
    return Record(optimum, verdict, method)


def checked_search(method: str, tolerance: float, max_iter: int) -> str:
    """Return the name of a search method as SciPy spells it, its options checked.

    Raises
    ------
    ValueError
        The method is not known, the tolerance not positive, or max_iter not a positive integer.

    Examples
    --------
    >>> checked_search("bfgs", 1e-8, 100)
    'BFGS'
    """
    if not (isinstance(tolerance, Real) and 0 < tolerance < math.inf):
        raise ValueError(
            f"tolerance must be a positive number of standard errors, got {tolerance!r}."
        )
    if isinstance(max_iter, bool) or not isinstance(max_iter, Integral) or max_iter < 1:
        raise ValueError(f"max_iter must be a positive whole number, got {max_iter!r}.")
    return checked_method(method)


def _verdict(
    optimum: Optimum,
    tolerance: float,
    method: str,
    boundary: str,
    rounding: float,
    notes: tuple[str, ...],
) -> Verdict:
    # The search is certified in its own coordinates; what rounding adds is told, not blamed.
    distance = math.hypot(optimum.distance, rounding)
    if not optimum.converged:
        explanation = (
            f"The maximum was not found: after {optimum.iterations} iterations of {method} the "
            f"estimate is {optimum.distance:.2g} standard errors away ({optimum.message}); "
            f"raise max_iter, or use method='newton'."
        )
        return Verdict(
            Status.NOT_CONVERGED, " ".join(filter(None, [explanation, boundary])),
            distance, notes=notes,
        )  # fmt: skip
    if boundary:
        return Verdict(Status.BOUNDARY, boundary, distance, notes=notes)
    # What is left below 1e-8 standard errors is rounding, which differs between machines.
    within = max(distance, 1e-8)
    explanation = f"The maximum is here: the estimate is within {within:.1g} standard errors of it."
    return Verdict(Status.OPTIMUM, explanation, distance, notes=notes)
