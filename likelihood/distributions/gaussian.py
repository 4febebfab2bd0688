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
from likelihood.data.samples import Sample
from likelihood.data.units import nats_per_unit
from likelihood.distributions.base import Distribution
from likelihood.errors import DataError
from likelihood.family import Cumulants, Floats, Form, Rowwise, Statistic
from likelihood.inference import gaussian, hypothesis, normal_tests
from likelihood.objective import LinearObjective, Objective, ScaledObjective
from likelihood.results import DistributionFit

HALF_LOG_2PI = 0.5 * math.log(2.0 * math.pi)


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
    predictions = {"mean": "natural"}
    interval_methods = {
        "t": _intervals(gaussian.mean_t, gaussian.sd_chi_square),
        "wald": _intervals(gaussian.mean_wald, gaussian.sd_wald),
        "profile": _intervals(gaussian.mean_profile, gaussian.sd_profile),
    }

    def __post_init__(self) -> None:
        if isinstance(self.mean, str) or not math.isfinite(self.mean):
            raise DataError(f"mean must be a finite number, got {self.mean!r}.")
        if isinstance(self.sd, str) or not 0.0 <= self.sd < math.inf:
            raise DataError(f"sd must be finite and not negative, got {self.sd!r}.")
        object.__setattr__(self, "mean", float(self.mean))
        object.__setattr__(self, "sd", float(self.sd))

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
        difference = eta - t
        hessian = np.ones((len(eta), 1, 1)) if order > 1 else None
        return Rowwise(0.5 * difference[:, 0] ** 2, difference, hessian)

    @staticmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        return Gaussian.nll(mean, t, order)

    @staticmethod
    def variance(mean: Floats) -> Floats:
        return np.ones((1, 1))

    @staticmethod
    def log_base(t: Statistic, phi: float | Floats = 1.0) -> Floats:
        return np.broadcast_to(-HALF_LOG_2PI - 0.5 * np.log(phi), (len(t),))

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
        if sd is None:
            return super().row_nll(prediction, t, form, order, base=base)
        # From sd itself: its square leaves the range of doubles long before it does.
        y, mean = t[:, 0], prediction[:, 0]
        value = kernels.gaussian_nll(y, mean, sd)
        if order == 0:
            return Rowwise(value)
        gradient = kernels.gaussian_nll_mean_gradient(y, mean, sd)[:, None]
        return Rowwise(value, gradient, (1.0 / sd / sd)[:, None, None] if order > 1 else None)

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
        values, counts = self.statistics(y)[:, 0], frequencies(weights, len(y))
        by_mean = kernels.gaussian_nll_mean_gradient(values, self.mean, self.sd)
        by_sd = kernels.gaussian_nll_sd_gradient(values, self.mean, self.sd)
        return np.array(
            [-kernels.compensated_dot(counts, by_mean), -kernels.compensated_dot(counts, by_sd)]
        )

    def hessian(self, y: Any, weights: Any = None) -> Floats:
        """Return the second derivatives of the log-likelihood in (mean, sd), shape (2, 2)."""
        values, counts = self.statistics(y)[:, 0], frequencies(weights, len(y))
        z = (values - self.mean) / self.sd
        corner = -2.0 * float(counts @ z)
        total = float(counts.sum())
        return np.array([[-total, corner], [corner, float(counts @ (1.0 - 3.0 * z * z))]]) / (
            self.sd * self.sd
        )

    def fisher_information(self, n: float = 1) -> Floats:
        """Return the expected information of n observations about (mean, sd), shape (2, 2)."""
        return np.diag([n, 2.0 * n]) / self.sd / self.sd

    def entropy_in_nats(self) -> float:
        with np.errstate(divide="ignore"):
            return float(0.5 + HALF_LOG_2PI + np.log(self.sd))

    def kl_divergence(self, other: Self, base: float | None = None) -> float:
        """Return the Kullback-Leibler divergence to ``other`` from this, in nats."""
        self._same_kind(other)
        shift = (self.mean - other.mean) / other.sd
        # (r - 1 - log r) / 2 for the ratio r of variances, without cancellation near r = 1.
        ratio = (self.sd - other.sd) / other.sd
        stretch = 0.5 * ratio * ratio + float(kernels.poisson_divergence(1.0, 1.0 + ratio))
        return (0.5 * shift * shift + stretch) / nats_per_unit(base)

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
        counts = frequencies(weights, len(values))
        total, mean, sum_of_squares = kernels.moments(values, counts)
        return Sample(
            values[:, None], counts, float(total), np.array([float(mean)]), len(values),
            int((counts > 0).sum()), float(sum_of_squares), rows=(y, weights),
        )  # fmt: skip

    @classmethod
    def result_class(cls) -> type[DistributionFit]:
        return GaussianFit

    @classmethod
    def search(cls, sample: Sample) -> tuple[str, Objective | None, Floats]:
        at = cls.member(sample.mean, sample)
        if at.sd == 0.0:
            return (
                "The sample is constant, so sd is 0, on the edge of its range.",
                None,
                np.empty(0),
            )
        # In standard units the maximum is at (0, 0) whatever the units of the data.
        standard = ((sample.t - at.mean) / at.sd).astype(np.float64)
        location = LinearObjective(cls, np.ones((len(standard), 1)), standard, sample.weights)
        return "", ScaledObjective(location), np.zeros(2)

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
        other = self.null_member(null, self)
        fixed = ("mean", "sd") if isinstance(null, Gaussian) else tuple(null)
        return normal_tests.of_parameters(
            sample.mean[0], sample.sum_of_squares, sample.total,
            other.mean if "mean" in fixed else None, other.sd if "sd" in fixed else None, kind,
        )  # fmt: skip
