"""What every distribution shares: its loss, its intervals and tests, and the one way to fit."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, ClassVar, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import frequencies, numbers
from likelihood.data.samples import Sample, tally
from likelihood.distributions.member import Member
from likelihood.family import Floats, present
from likelihood.fit import fit as certified
from likelihood.inference import hypothesis
from likelihood.loss import Loss
from likelihood.objective import LinearObjective, Objective
from likelihood.results import DistributionFit
from likelihood.solve.minimise import checked_method

#: A confidence interval: a sample and a level in, (terms, 2) out.
Interval: TypeAlias = Callable[[Sample, float], Floats]


class Distribution(Member):
    """An exponential family whose instances are its members, frozen and validated.

    A subclass states the facts of its family and, below, what its parameters are called and
    how a sample is read; log-likelihood, derivatives, information, tests, the fit and the
    loss follow.
    """

    #: The family's negative log-likelihood.
    loss: ClassVar[Loss]
    #: Intervals by name; the first is the default.
    interval_methods: ClassVar[Mapping[str, Interval]]
    #: The exact test of a total of n observations: (total, n, null) to (p, log p).
    exact_method: ClassVar[Callable[..., tuple[float, float]] | None] = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.loss = Loss(cls, f"{cls.__name__}.loss")

    @classmethod
    def member(cls, mean: Floats, sample: Sample) -> Self:
        """Return the member with this mean of T(y); the sample tells labels and scale."""
        return cls(float(mean[0]))  # type: ignore[call-arg]

    @classmethod
    def null_member(cls, null: Any, estimate: Self) -> Self:
        """Return the hypothesis as a member: a member, or the value of the parameter."""
        if isinstance(null, cls):
            return null
        if isinstance(null, Mapping):
            return cls(**null)
        return cls(null)  # type: ignore[call-arg]

    # --- what a result shows -------------------------------------------------------------

    @property
    def terms(self) -> tuple[Hashable, ...]:
        """What the rows of a table of estimates are called."""
        return tuple(self.params)

    @property
    def estimates(self) -> Floats:
        """The parameters as numbers, one per term."""
        return np.array([float(value) for value in self.params.values()])

    @property
    def n_parameters(self) -> int:
        """The number of free parameters."""
        return len(self.estimates) - self.pinned

    def estimate_covariance(self, total: float) -> Floats:
        """Return the covariance of the maximum likelihood estimates from this many rows."""
        # In the mean the estimate is an average, so its covariance needs no inverse and a
        # probability of zero is an ordinary point.
        return self.variance(self.expectation) / total

    def boundary_terms(self) -> NDArray[np.bool_]:
        """Return which terms are on the edge of the parameter space."""
        low, high = self.mean_range
        return (self.estimates <= low) | (self.estimates >= high)

    def columns(self, sample: Sample, null: Any = None) -> dict[str, Any]:
        """Return further columns of the table of estimates, by name."""
        return {}

    def test(
        self, sample: Sample, null: Any, kind: str, **options: Any
    ) -> hypothesis.HypothesisTest:
        """Return the test of a fully specified member, of which this is the estimate."""
        other = self.null_member(null, self)
        self._same_kind(other)
        if kind == "exact":
            return self.exact_test(sample, other, **options)
        return hypothesis.of_mean(
            type(self), sample.mean, other.expectation, sample.total, kind, self.n_parameters
        )

    def exact_test(self, sample: Sample, null: Self, **options: Any) -> hypothesis.HypothesisTest:
        """Return the test whose p-value is summed over outcomes, where there is one."""
        if self.exact_method is None:
            raise ValueError(f"there is no exact test for {self!r}; use kind='lr'.")
        total = hypothesis.whole_count(sample.total * sample.mean[0])
        value = float(null.expectation[0])
        p_value, log_p_value = self.exact_method(total, sample.total, value, **options)
        return hypothesis.HypothesisTest(
            float(total), float("nan"), float(p_value), float(log_p_value), "exact"
        )

    # --- fitting -------------------------------------------------------------------------

    @classmethod
    def reduce(cls, y: Any, weights: Any) -> Sample:
        """Return a sample of numbers reduced to its distinct values with their weights."""
        values = numbers(y, "y")
        cls.check_support(values)
        counts = frequencies(weights, len(values))
        distinct, position = np.unique(values, return_inverse=True)
        held = tally(position, counts, len(distinct))
        kept = held > 0
        total = float(kernels.compensated_sum(counts))
        mean = float(kernels.compensated_dot(values, counts)) / total
        return Sample(
            distinct[kept, None], held[kept], total, np.array([mean]),
            len(values), int((counts > 0).sum()), rows=(y, weights),
        )  # fmt: skip

    @classmethod
    def fit(
        cls,
        y: Any,
        *,
        weights: Any = None,
        method: str = "closed-form",
        tolerance: float = 1e-8,
        max_iter: int = 200,
    ) -> DistributionFit:
        """Return the maximum likelihood fit of a sample, with its verdict.

        Parameters
        ----------
        y : (n,) array
            The observations.
        weights : (n,) array, optional
            Frequencies: a weight is a repetition.
        method : str
            "closed-form", "newton", or any method of ``scipy.optimize.minimize``.  The
            method proposes, Newton's polishes, and the decrement decides.
        tolerance : float
            The distance to the maximum that is accepted, in standard errors.
        max_iter : int
            Iterations at most.

        Raises
        ------
        DataError
            The data cannot be used; names the row.
        """
        return cls.fit_sample(cls.reduce(y, weights), method, tolerance, max_iter)

    @classmethod
    def fit_sample(
        cls, sample: Sample, method: str, tolerance: float, max_iter: int
    ) -> DistributionFit:
        """Return the fit of a sample that is already reduced."""
        method = checked_method(method)
        boundary, objective, start = cls.search(sample)
        if method != "closed-form" and objective is not None:
            # Away from the answer, so that the chosen method has something to show.
            start = np.full_like(start, 0.5) if cls.free_dispersion else np.zeros_like(start)
        record = certified(
            objective, start, method=method, tolerance=tolerance, max_iter=max_iter,
            boundary=boundary, notes=sample.notes,
        )  # fmt: skip
        closed = record.optimum is None or np.array_equal(record.optimum.theta, start)
        if record.optimum is None or (closed and method == "closed-form"):
            member = cls.member(sample.mean, sample)
        else:
            member = cls.located(record.optimum.theta, sample)
        value = member.weighted_log_likelihood(sample.t, sample.weights)
        return cls.result_class()(member, sample, record, value)

    @classmethod
    def result_class(cls) -> type[DistributionFit]:
        """Return the class of this distribution's fits."""
        return DistributionFit

    @classmethod
    def search(cls, sample: Sample) -> tuple[str, Objective | None, Floats]:
        """Return what is on the boundary, the objective of the rest, and its closed form."""
        low, high = cls.mean_range
        if sample.mean[0] <= low or sample.mean[0] >= high:
            name = cls.member(sample.mean, sample).terms[0]
            return f"{name} is {sample.mean[0]:g}, on the edge of its range.", None, np.empty(0)
        objective = LinearObjective(cls, np.ones((len(sample.t), 1)), sample.t, sample.weights)
        return "", objective, cls.natural(sample.mean[None, :])[0, cls.pinned :]

    @classmethod
    def located(cls, theta: Floats, sample: Sample) -> Self:
        """Return the member at the coefficients of the objective that ``search`` gave."""
        eta = np.concatenate([np.zeros(cls.pinned), theta])[None, :]
        return cls.member(present(cls.cumulants(eta, 1).mean)[0], sample)


def of_total(method: Callable[..., Any]) -> Interval:
    """Return the interval of a sample from one of (total, n, level), for one parameter.

    Examples
    --------
    >>> of_total(lambda total, n, level: (total / n - level, total / n + level)).__name__
    'of_sample'
    """

    def of_sample(sample: Sample, level: float) -> Floats:
        ends = method(sample.total * sample.mean[0], sample.total, level)
        return np.array([ends], dtype=np.float64)

    return of_sample
