"""What a fit established about a regression (level 4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.family import Floats, present
from likelihood.fit.linear import Squares, gaussian_log_likelihood
from likelihood.fit.null import deviance, null_fit
from likelihood.fit.null import has_constant as has_constant
from likelihood.fit.on_demand import Gone, OnDemand
from likelihood.fit.search import Solution
from likelihood.fit.separated import push
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.relations import Relation
from likelihood.solve.separation import Separation
from likelihood.verdict import Status, Verdict

NOT_KEPT = (
    "Standard errors were not computed before the fit was saved, pickled or copied; they need its "
    "rows."
)


@dataclass(frozen=True, eq=False, kw_only=True)
class RegressionRecord:
    """What a fit established about a regression; k free coordinates, d terms, n rows.

    Attributes
    ----------
    coef, coef_low : (k, d) array
        The maximum, and what its rounding lost.  Zero where aliased; where the data are
        separated, the limiting conditional model's (its infinite entries are a base point, to
        which a multiple of ``separation.direction`` is to be added).
    std_error : (k, d) array
        At a dispersion of 1; zero where the coefficient is aliased, meaningless where infinite.
        Like the covariance it may be given as a function, which is called at the first use.
    covariance : (k d, k d) array
        At a dispersion of 1; zero where aliased or held fixed in the limiting model.
    dispersion : float
        1, or the residual variance of a linear regression, ``rss / df``.
    log_likelihood, null_log_likelihood : float
        In nats; the supremum where there is no maximum.  The null model has the intercept, if
        there is one, and the offset.
    deviance, null_deviance : float
        Twice the distance to the log-likelihood of the saturated model; sums of squares for a
        linear regression.
    kept : (d,) array of bool
        False for aliased terms.
    relations : tuple of Relation
        Of the aliased columns, positions among those of X.
    separation : Separation or None
        Its columns are those of ``kept``.
    infinite : (k, d) array of bool
    sign : (k, d) array
        Of the infinite coefficients; NaN where both signs are possible, 0 where finite.
    exact : bool
        A linear regression without residuals beyond rounding.
    refined : bool
        Whether the digits were polished to the last.
    push : float
        The multiple of ``separation.direction`` that brings the limit's least positive margin
        to 40; 0 where the data are not separated.
    approximate : bool
        Whether the coefficients were too many for their Hessian: the distance is that of the
        metric of the search, and standard errors are computed when they are asked for.
    """

    coef: Floats
    coef_low: Floats
    std_error: OnDemand = OnDemand()
    covariance: OnDemand = OnDemand()
    dispersion: float
    log_likelihood: float
    null_log_likelihood: float
    deviance: float
    null_deviance: float
    kept: Booleans
    relations: tuple[Relation, ...]
    separation: Separation | None
    infinite: Booleans
    sign: Floats
    exact: bool
    refined: bool
    iterations: int
    condition: float
    method: str
    verdict: Verdict
    push: float = 0.0
    approximate: bool = False

    def __getstate__(self) -> dict[str, Any]:
        return dict(vars(self.without_rows()))

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def with_verdict(self, verdict: Verdict) -> RegressionRecord:
        """Return the record with a verdict, what is still to be computed left as it is."""
        return self._changed(verdict=verdict)

    def without_rows(self) -> RegressionRecord:
        """Return the record without what would compute its standard errors from the rows."""
        if not callable(vars(self)["_covariance"]):
            return self
        changes: dict[str, Any] = {"_covariance": Gone("the covariance")}
        if self.deferred:
            notes = (*self.verdict.notes, NOT_KEPT)
            changes["_std_error"] = np.full(self.coef.shape, np.nan)
            changes["verdict"] = replace(self.verdict, notes=notes)
        return self._changed(**changes)

    def _changed(self, **changes: Any) -> RegressionRecord:
        record: RegressionRecord = object.__new__(type(self))
        vars(record).update(vars(self) | changes)
        return record

    @property
    def deferred(self) -> bool:
        """Whether the standard errors are still to be computed, from the rows."""
        return callable(vars(self)["_std_error"])

    @property
    def aliased(self) -> Booleans:
        """The terms that are not identified (d,)."""
        return ~self.kept

    @property
    def remaining(self) -> Booleans | None:
        """The classes possible in each row (n, K) of the limiting model; None if all are."""
        return None if self.separation is None else self.separation.remaining

    @property
    def vanished(self) -> bool:
        """Whether all counts are zero: the maximum is on the boundary, where every mean is 0."""
        apart = self.separation
        return apart is not None and apart.kind == "complete" and apart.remaining.shape[1] == 1

    @property
    def pushed(self) -> Floats:
        """Finite coefficients (k, d): for separated data the limit, pushed along the direction.

        Everything that is impossible in the limit has a margin of at least 40 then, in every
        row.  Zero where aliased.
        """
        if self.separation is None:
            return self.coef
        pushed = self.coef.copy()
        pushed[:, self.kept] += self.push * self.separation.direction
        return pushed

    @property
    def estimates(self) -> Floats:
        """The coefficients (k, d) as tables show them.

        Infinite ones have their sign, or NaN where both are possible; aliased ones are NaN.
        """
        shown = np.where(self.infinite, np.inf * np.where(self.sign < 0, -1.0, 1.0), self.coef)
        shown[np.isnan(self.sign)] = np.nan
        shown[:, self.aliased] = np.nan
        return shown

    @property
    def flags(self) -> NDArray[np.object_]:
        """What holds of each coefficient (k, d): "infinite", "aliased", "boundary" or ""."""
        flags = np.full(self.coef.shape, "", dtype=object)
        flags[self.infinite] = "boundary" if self.vanished else "infinite"
        flags[:, self.aliased] = "aliased"
        return flags


def record_of(
    model: LinearModel,
    reduced: LinearModel,
    found: Solution,
    kept: Booleans,
    relations: tuple[Relation, ...],
    apart: Separation | None,
    squares: Squares | None,
    method: str,
) -> RegressionRecord:
    """Return the record of a solution of the kept columns, spread over all of them.

    The verdict is still to come.
    """
    k, d = model.shape
    infinite, sign = np.zeros((k, d), dtype=bool), np.zeros((k, d))
    if apart is not None:
        infinite[:, kept], sign[:, kept] = apart.infinite, apart.sign
    every = np.tile(kept, k)
    covariance = np.zeros((k * d, k * d))
    covariance[np.ix_(every, every)] = found.covariance
    value, null = deviances(reduced, found, apart, squares)
    return RegressionRecord(
        coef=_spread(found.coef, kept), coef_low=_spread(found.coef_low, kept),
        std_error=_spread(found.std_error, kept), covariance=covariance,
        dispersion=1.0 if squares is None else squares.dispersion,
        log_likelihood=found.log_likelihood, null_log_likelihood=null[0],
        deviance=value, null_deviance=null[1],
        kept=kept, relations=relations, separation=apart, infinite=infinite, sign=sign,
        exact=squares is not None and squares.exact, refined=found.refined,
        iterations=found.iterations, condition=found.condition, method=method,
        verdict=Verdict(Status.NOT_CONVERGED, "", found.distance),
        push=0.0 if apart is None else push(reduced, found.coef, apart),
    )  # fmt: skip


def _spread(values: Floats, kept: Booleans) -> Floats:
    every = np.zeros((len(values), len(kept)))
    every[:, kept] = values
    return every


def deviances(
    model: LinearModel,
    found: Solution,
    apart: Separation | None = None,
    squares: Squares | None = None,
) -> tuple[float, tuple[float, float]]:
    """Return the deviance, and the log-likelihood and deviance of the null model.

    Parameters
    ----------
    model : LinearModel
        With the columns of the solution.
    found : Solution
    apart : Separation, optional
    squares : Squares, optional
        Of a linear regression.
    """
    if squares is not None:
        return squares.rss, (gaussian_log_likelihood(squares.tss, model.total), squares.tss)
    null = null_fit(model)
    if model.n_classes is not None:
        # The saturated model gives each row the class it has: log-likelihood 0.
        return 0.0 - 2.0 * found.log_likelihood, null
    # A count of zero off the face has a mean of zero in the limit, and no deviance.
    rows = model
    if apart is not None or not model.weights.all():
        rows = model.with_rows(model.weights > 0 if apart is None else apart.face)
    if not rows.n_rows:
        return 0.0, null
    with np.errstate(over="ignore"):
        mean = model.family.cumulants(rows.eta(found.coef, found.coef_low), 1).mean
    return deviance(rows, present(mean)), null
