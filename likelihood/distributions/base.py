"""What every distribution shares: its loss, its intervals and tests, and the one way to fit."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Mapping
from typing import Any, ClassVar, NamedTuple, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import frequencies, numbers
from likelihood.data.samples import Sample, fingerprint, source_of, tally
from likelihood.distributions.member import Member
from likelihood.family import Floats, present
from likelihood.fit import fit as certified
from likelihood.inference import hypothesis, mean_intervals
from likelihood.inference.quantiles import normal_quantile, significance
from likelihood.loss import Loss
from likelihood.objective import LinearObjective, Objective
from likelihood.results import DistributionFit
from likelihood.solve.minimise import checked_method

#: A confidence interval: a sample and a level in, (terms, 2) out.
Interval: TypeAlias = Callable[[Sample, float], Floats]


class Search(NamedTuple):
    """How a sample is fitted: what is on the boundary, and the objective of the rest.

    ``closed`` is the objective's minimum in closed form, ``away`` another point of its domain.
    """

    boundary: str
    objective: Objective | None = None
    closed: Floats = np.empty(0)
    away: Floats = np.empty(0)


class Distribution(Member):
    """An exponential family whose instances are its members, frozen and validated.

    A subclass states the facts of its family and, below, what its parameters are called and
    how a sample is read; log-likelihood, derivatives, information, tests, the fit and the
    loss follow.
    """

    #: The family's negative log-likelihood.
    loss: ClassVar[Loss]
    #: Intervals by name; the first is the default.  Where a distribution names none they are
    #: the score, Wald and profile intervals of any mean.
    interval_methods: ClassVar[Mapping[str, Interval]]
    #: The exact test of a total of n observations: (total, n, null) to (p, log p).
    exact_method: ClassVar[Callable[..., tuple[float, float]] | None] = None

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.loss = Loss(cls, f"{cls.__name__}.loss")
        if "interval_methods" not in vars(cls):
            cls.interval_methods = _intervals_of_any_mean(cls)

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
            (name,) = estimate.params
            if set(null) != {name}:
                raise ValueError(f"a null of {cls.__name__} names {name}, got {dict(null)}.")
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
        if null is not None:
            raise ValueError(f"null adds columns to a categorical's table; got {null!r}.")
        return {}

    def test(
        self, sample: Sample, null: Any, kind: str, **options: Any
    ) -> hypothesis.HypothesisTest:
        """Return the test of a fully specified member, of which this is the estimate."""
        other = self.null_member(null, self)
        self._same_kind(other)
        if kind == "exact":
            return self.exact_test(sample, other, **options)
        refuse_options(options, kind)
        return hypothesis.of_mean(
            type(self), sample.mean, other.expectation, sample.total, kind, self.n_parameters
        )

    def exact_test(self, sample: Sample, null: Self, **options: Any) -> hypothesis.HypothesisTest:
        """Return the test whose p-value is summed over outcomes, where there is one."""
        if self.exact_method is None:
            raise ValueError(f"there is no exact test for {self!r}; use kind='lr'.")
        total = hypothesis.whole_count(sample.total * sample.mean[0])
        value = float(null.expectation[0])
        refuse_options(options, "exact")
        p_value, log_p_value = self.exact_method(total, sample.total, value)
        return hypothesis.HypothesisTest(
            float(total), float("nan"), float(p_value), float(log_p_value), "exact"
        )

    # --- fitting -------------------------------------------------------------------------

    @classmethod
    def reduce(cls, y: Any, weights: Any) -> Sample:
        """Return a sample of numbers reduced to its distinct values with their weights."""
        values = numbers(y, "y")
        cls.check_support(values)
        counts = frequencies(weights, y)
        distinct, position = np.unique(values, return_inverse=True)
        held = tally(position, counts, len(distinct))
        kept = held > 0
        total = float(kernels.compensated_sum(counts))
        mean = float(kernels.compensated_dot(values, counts)) / total
        return Sample(
            distinct[kept, None], held[kept], total, np.array([mean]),
            len(values), int((counts > 0).sum()),
            source=source_of(y), fingerprint=fingerprint(y, counts),
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
        boundary, objective, closed, away = cls.search(sample)
        # A method that was chosen starts away from the answer, so that it has something to show.
        start = closed if method == "closed-form" else away
        record = certified(
            objective, start, method=method, tolerance=tolerance, max_iter=max_iter,
            boundary=boundary, rounding=cls.rounding(sample), notes=sample.notes,
        )  # fmt: skip
        if record.optimum is None or np.array_equal(record.optimum.theta, closed):
            # To its last digit, which going through the natural parameter would cost.
            member = cls.member(sample.mean, sample)
        else:
            member = cls.located(record.optimum.theta, sample)
        return cls.result_class()(member, sample, record, member.maximum(sample))

    def maximum(self, sample: Sample) -> float:
        """Return the log-likelihood of the sample that this was fitted to."""
        return self.weighted_log_likelihood(sample.t, sample.weights)

    @classmethod
    def rounding(cls, sample: Sample) -> float:
        """Return how far, in standard errors, the estimate's doubles are from the maximum."""
        return 0.0

    @classmethod
    def result_class(cls) -> type[DistributionFit]:
        """Return the class of this distribution's fits."""
        return DistributionFit

    @classmethod
    def search(cls, sample: Sample) -> Search:
        """Return what is on the boundary, and how the rest is fitted."""
        low, high = cls.mean_range
        if sample.mean[0] <= low or sample.mean[0] >= high:
            name = cls.member(sample.mean, sample).terms[0]
            return Search(f"{name} is {sample.mean[0]:g}, on the edge of its range.")
        objective = LinearObjective(cls, np.ones((len(sample.t), 1)), sample.t, sample.weights)
        closed, away = cls.natural(np.array([sample.mean, 0.5 * sample.mean]))
        return Search("", objective, closed, away)

    @classmethod
    def located(cls, theta: Floats, sample: Sample) -> Self:
        """Return the member at the coefficients of the objective that ``search`` gave."""
        eta = np.concatenate([np.zeros(cls.pinned), theta])[None, :]
        return cls.member(present(cls.cumulants(eta, 1).mean)[0], sample)


def _intervals_of_any_mean(cls: type[Distribution]) -> Mapping[str, Interval]:
    def score(sample: Sample, level: float) -> Floats:
        ends = mean_intervals.score_interval(
            sample.mean[0], sample.total, level,
            lambda m: float(cls.variance(np.array([m]))[0, 0]), support=cls.mean_range,
        )  # fmt: skip
        return np.array([ends], dtype=np.float64)

    def wald(sample: Sample, level: float) -> Floats:
        error = math.sqrt(cls.variance(sample.mean)[0, 0] / sample.total)
        half_width = error * float(normal_quantile(significance(level)))
        ends = sample.mean[0] + half_width * np.array([[-1.0, 1.0]])
        inside: Floats = np.clip(ends, *cls.mean_range)
        return inside

    def profile(sample: Sample, level: float) -> Floats:
        ends = mean_intervals.profile_interval(
            sample.mean[0], sample.total, level,
            lambda mean, m: float(cls.divergence(np.array([[mean]]), np.array([[m]]))[0]),
            support=cls.mean_range,
        )  # fmt: skip
        return np.array([ends], dtype=np.float64)

    return {"score": score, "wald": wald, "profile": profile}


def refuse_options(options: Mapping[str, Any], kind: str) -> None:
    """Raise TypeError for options of a test that takes none.

    Examples
    --------
    >>> refuse_options({}, "lr")
    """
    if options:
        raise TypeError(f"a test of kind {kind!r} takes no {next(iter(options))}=.")


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
