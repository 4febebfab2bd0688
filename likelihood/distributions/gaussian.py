"""The Gaussian distribution; its loss is squared error, its regression linear."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import frequencies, numbers
from likelihood.data.samples import Sample, fingerprint, source_of
from likelihood.data.units import nats_per_unit
from likelihood.distributions.base import Distribution, Search, refuse_options
from likelihood.distributions.member import checked_n, parameter
from likelihood.errors import DataError
from likelihood.family import Cumulants, Extended, Floats, Form, Rowwise, Statistic, indicator
from likelihood.inference import gaussian, hypothesis, normal_tests
from likelihood.kernels.extended import Pair, add
from likelihood.kernels.fused import SquareBlock
from likelihood.objective import LinearObjective, ScaledObjective
from likelihood.results import DistributionFit

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)
#: The smallest variance of which every digit is a double.
TINIEST = float(np.finfo(float).tiny)


def _intervals(of_mean: Any, of_sd: Any) -> Any:
    def of_sample(sample: Sample, level: float) -> Floats:
        return np.array([
            of_mean(sample.mean[0], sample.sum_of_squares, sample.total, level),
            of_sd(sample.sum_of_squares, sample.total, level),
        ], dtype=float)  # fmt: skip

    return of_sample


class GaussianFit(DistributionFit):
    """The fit of a Gaussian: ``mean`` and ``sd`` by maximum likelihood."""

    @property
    def sd_unbiased_variance(self) -> float:
        """The root of the unbiased variance, ``sqrt(SS / (n - 1))``; NaN for one row.

        Examples
        --------
        >>> from likelihood import Gaussian
        >>> fit = Gaussian.fit([1.0, 2.0, 3.0])
        >>> fit.sd_unbiased_variance, round(fit.params["sd"], 4)
        (1.0, 0.8165)
        """
        free = self.sample.total - 1.0
        return math.sqrt(self.sample.sum_of_squares / free) if free > 0 else math.nan


@dataclass(frozen=True)
class Gaussian(Distribution):
    """A real number with a mean and a standard deviation.

    Parameters
    ----------
    mean : float
        Finite.
    sd : float
        Not negative; 0 is the point mass that a constant sample leads to.

    Raises
    ------
    DataError
        A parameter is out of range.

    Examples
    --------
    >>> from likelihood import Gaussian
    >>> Gaussian(0.0, 1.0).log_prob([0.0]).round(6)
    array([-0.918939])
    >>> Gaussian.fit([299.85, 299.74, 299.9]).params["mean"]
    299.83
    """

    mean: float = 0.0
    sd: float = 1.0

    free_dispersion: ClassVar[bool] = True
    separable: ClassVar[bool] = False
    continuous: ClassVar[bool] = True
    block = SquareBlock
    predictions = {"mean": "natural"}
    interval_methods = {
        "t": _intervals(gaussian.mean_t, gaussian.sd_chi_square),
        "wald": _intervals(gaussian.mean_wald, gaussian.sd_wald),
        "profile": _intervals(gaussian.mean_profile, gaussian.sd_profile),
    }

    def __post_init__(self) -> None:
        object.__setattr__(self, "mean", parameter("mean", self.mean, -math.inf, math.inf))
        object.__setattr__(self, "sd", parameter("sd", self.sd, 0.0, math.inf))

    # --- the family, at sd = 1 -----------------------------------------------------------

    @staticmethod
    def cumulants(eta: Floats, order: int = 2) -> Cumulants:
        half = 0.5 * eta[:, 0] ** 2
        return Cumulants(np.zeros(len(eta)), half, eta, np.ones((len(eta), 1, 1)))

    @staticmethod
    def natural(mean: Floats) -> Floats:
        return mean

    @classmethod
    def nll(cls, eta: Floats, t: Statistic, order: int = 2) -> Rowwise:
        # The square is completed, with t**2 / 2 added: the three terms of A - t eta + t**2 / 2
        # cancel when |t| is much larger than its spread.
        with np.errstate(over="ignore"):
            difference = eta - t
            value = 0.5 * difference[:, 0] ** 2
        hessian = np.ones((len(eta), 1, 1)) if order > 1 else None
        return Rowwise(value, difference if order > 0 else None, hessian)

    @classmethod
    def extended(cls, eta: Pair, t: Statistic) -> Extended:
        observed = indicator(t, 1)
        residual = add(eta, (-observed, np.zeros_like(observed)))
        value = HALF_LOG_2PI + 0.5 * residual[0][:, 0] ** 2
        return Extended(value, residual, np.ones((1, 1)), np.ones((len(t), 1)))

    @classmethod
    def pass_moments(cls, eta: Floats, t: Statistic, order: int) -> tuple[Floats, Floats | None]:
        eta -= t.T
        return eta, None

    @classmethod
    def pass_value(cls, eta: Floats, t: Statistic, weights: Floats | None) -> tuple[float, float]:
        residual = t[:, 0] - eta[0]
        weighted = residual if weights is None else weights * residual
        return 0.5 * float(weighted @ residual), np.inf

    @staticmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        return Gaussian.nll(mean, t, order)

    @staticmethod
    def variance(mean: Floats) -> Floats:
        return np.ones((1, 1))

    @staticmethod
    def log_base(t: Statistic) -> Floats:
        return np.full(len(t), -HALF_LOG_2PI)

    @classmethod
    def row_nll(
        cls,
        prediction: Floats,
        t: Statistic,
        form: Form,
        order: int = 2,
        *,
        sd: Floats | None = None,
        base: bool = True,
    ) -> Rowwise:
        if not base:
            return cls.nll(prediction, t, order)
        sd = np.ones(len(t)) if sd is None else sd
        # From sd itself: its square leaves the range of doubles long before it does.
        y, mean = t[:, 0], prediction[:, 0]
        value = kernels.gaussian_nll(y, mean, sd)
        if order == 0:
            return Rowwise(value)
        gradient = kernels.gaussian_nll_mean_gradient(y, mean, sd)[:, None]
        with np.errstate(over="ignore"):
            precision = (1.0 / sd / sd)[:, None, None] if order > 1 else None
        return Rowwise(value, gradient, precision)

    # --- the member ----------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """The standard deviation."""
        return self.sd

    @classmethod
    def member(cls, mean: Floats, sample: Sample) -> Self:
        return cls(float(mean[0]), math.sqrt(sample.sum_of_squares / sample.total))

    def _row_log_prob(self, t: Statistic) -> Floats:
        if self.sd == 0.0:
            return np.where(t[:, 0] == self.mean, np.inf, -np.inf)
        return super()._row_log_prob(t)

    def score(self, y: Any, weights: Any = None) -> Floats:
        """Return the gradient of the log-likelihood in (mean, sd), shape (2,)."""
        values, counts = self._column(y, weights)
        by_mean = kernels.gaussian_nll_mean_gradient(values, self.mean, self.sd)
        by_sd = kernels.gaussian_nll_sd_gradient(values, self.mean, self.sd)
        return np.array(
            [-kernels.compensated_dot(counts, by_mean), -kernels.compensated_dot(counts, by_sd)]
        )

    def hessian(self, y: Any, weights: Any = None) -> Floats:
        """Return the second derivatives of the log-likelihood in (mean, sd), shape (2, 2)."""
        values, counts = self._column(y, weights)
        z = (values - self.mean) / self.sd
        corner = -2.0 * float(counts @ z)
        total = float(counts.sum())
        bend = float(counts @ (1.0 - 3.0 * z * z))
        return np.array([[-total, corner], [corner, bend]]) / self.sd / self.sd

    def _column(self, y: Any, weights: Any) -> tuple[Floats, Floats]:
        if self.sd == 0.0:
            raise ValueError("a point mass (sd 0) has no score and no Hessian.")
        t, counts = self._weighted(y, weights)
        return t[:, 0].astype(np.float64, copy=False), counts

    def fisher_information(self, n: float = 1) -> Floats:
        """Return the expected information of n observations about (mean, sd), shape (2, 2)."""
        if self.sd == 0.0:
            return np.diag([np.inf, np.inf])
        with np.errstate(over="ignore"):
            return np.diag(np.array([1.0, 2.0]) * checked_n(n) / self.sd / self.sd)

    def entropy_in_nats(self) -> float:
        with np.errstate(divide="ignore"):
            return float(0.5 + HALF_LOG_2PI + np.log(self.sd))

    def kl_divergence(self, other: Self, base: float | None = None) -> float:
        """Return the Kullback-Leibler divergence to ``other`` from this, in nats."""
        self._same_kind(other)
        if self.sd == 0.0 or other.sd == 0.0:
            # A point mass is infinitely far from all but itself.
            value = 0.0 if self == other else math.inf
        else:
            shift = (self.mean - other.mean) / other.sd
            value = 0.5 * shift * shift + self._stretch(other.sd)
        return value / nats_per_unit(base)

    def _stretch(self, sd: float) -> float:
        """Return ``(r**2 - 1) / 2 - log r`` for the ratio r of this deviation to another."""
        ratio = self.sd / sd
        if not 0.5 < ratio < 2.0:
            return 0.5 * (ratio - 1.0) * (ratio + 1.0) - math.log(self.sd) + math.log(sd)
        # Without cancellation near r = 1; the difference of such close numbers is exact.
        excess = (self.sd - sd) / sd
        return 0.5 * excess * excess + float(kernels.poisson_divergence(1.0, 1.0 + excess))

    def cross_entropy(self, other: Self, base: float | None = None) -> float:
        """Return the expected loss of ``other`` on draws from this, in nats."""
        self._same_kind(other)
        if self.sd == 0.0:
            # The entropy of a point mass is -inf, but what it always draws has a finite loss.
            return float(0.0 - other.log_prob([self.mean])[0]) / nats_per_unit(base)
        return super().cross_entropy(other, base)

    def draw(self, size: int, rng: np.random.Generator) -> NDArray[Any]:
        return rng.normal(self.mean, self.sd, size)

    # --- the fit -------------------------------------------------------------------------

    @property
    def n_parameters(self) -> int:
        """Mean and standard deviation."""
        return 2

    def estimate_covariance(self, total: float) -> Floats:
        """Return the covariance of the estimates of (mean, sd), diagonal."""
        return np.diag([self.sd**2 / total, self.sd**2 / (2.0 * total)])

    def boundary_terms(self) -> NDArray[np.bool_]:
        """Return whether the standard deviation is zero."""
        return np.array([False, self.sd == 0.0])

    @classmethod
    def reduce(cls, y: Any, weights: Any) -> Sample:
        """Return a sample with its mean and sum of squares in compensated arithmetic."""
        values = numbers(y, "y")
        counts = frequencies(weights, y)
        total, mean, low, sum_of_squares = kernels.moments(values, counts)
        seen = values[counts > 0]
        if seen.min() == seen.max():
            # Fractional weights round; a constant has no spread all the same.
            mean, low, sum_of_squares = float(seen[0]), 0.0, 0.0
        elif not TINIEST < sum_of_squares / total < math.inf:
            raise DataError(
                f"y varies by {seen.max() - seen.min():.3g}, the square of which is outside the "
                f"range of doubles; rescale it."
            )
        return Sample(
            values[:, None].copy(), counts, total, np.array([mean]), len(values),
            int((counts > 0).sum()), sum_of_squares, mean_low=low,
            source=source_of(y), fingerprint=fingerprint(y, counts),
        )  # fmt: skip

    def maximum(self, sample: Sample) -> float:
        """Return the log-likelihood at the maximum, whose mean no double may hold exactly."""
        if self.sd == 0.0:
            return math.inf
        shift = (self.mean - float(sample.mean[0])) / self.sd
        spread = sample.sum_of_squares / sample.total / self.sd / self.sd
        row = HALF_LOG_2PI + math.log(self.sd) + 0.5 * (spread + shift * shift)
        return -sample.total * row

    @classmethod
    def rounding(cls, sample: Sample) -> float:
        """Return what the mean loses to rounding, in standard errors."""
        spread = math.sqrt(sample.sum_of_squares)
        return abs(sample.mean_low) / spread * sample.total if spread else 0.0

    @classmethod
    def result_class(cls) -> type[DistributionFit]:
        return GaussianFit

    @classmethod
    def search(cls, sample: Sample) -> Search:
        at = cls.member(sample.mean, sample)
        if at.sd == 0.0:
            return Search("The sample is constant, so sd is 0, on the edge of its range.")
        # In standard units the maximum is at (0, 0) whatever the units of the data.
        standard = ((sample.t - at.mean - sample.mean_low) / at.sd).astype(np.float64)
        location = LinearObjective(cls, np.ones((len(standard), 1)), standard, sample.weights)
        return Search("", ScaledObjective(location), np.zeros(2), np.full(2, 0.5))

    @classmethod
    def located(cls, theta: Floats, sample: Sample) -> Self:
        at = cls.member(sample.mean, sample)
        return cls(at.mean + at.sd * float(theta[0]), at.sd * math.exp(theta[1]))

    @classmethod
    def null_member(cls, null: Any, estimate: Self) -> Self:
        """Return the hypothesis as a member; a parameter it does not name is as estimated."""
        if isinstance(null, Mapping):
            unknown = set(null) - {"mean", "sd"}
            if unknown or not null:
                raise ValueError(f"a null of a Gaussian names mean, sd or both, got {dict(null)}.")
            return cls(**{**estimate.params, **null})
        return super().null_member(null, estimate)

    def test(
        self, sample: Sample, null: Any, kind: str, **options: Any
    ) -> hypothesis.HypothesisTest:
        """Return the test of the mean, the standard deviation, or both.

        A member fixes both, ``{"mean": 3.0}`` or ``{"sd": 1.0}`` one of them.
        """
        if not isinstance(null, Mapping | Gaussian):
            raise TypeError(
                f"a null of a Gaussian is {{'mean': ...}}, {{'sd': ...}} or a Gaussian, "
                f"got {null!r}."
            )
        refuse_options(options, kind)
        other = self.null_member(null, self)
        fixed = ("mean", "sd") if isinstance(null, Gaussian) else tuple(null)
        return normal_tests.of_parameters(
            sample.mean[0], sample.sum_of_squares, sample.total,
            other.mean if "mean" in fixed else None, other.sd if "sd" in fixed else None, kind,
        )  # fmt: skip
