"""The Poisson distribution of counts: the proof that a distribution is one short file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln

from likelihood import kernels
from likelihood.distributions.base import Distribution, of_total
from likelihood.errors import DataError
from likelihood.family import Cumulants, Extended, Floats, Form, Rowwise, Statistic, indicator
from likelihood.inference import exact, poisson
from likelihood.inference.saddle_point import log_poisson_pmf
from likelihood.kernels.extended import Pair, add, exp_parts

#: Means beyond exp of this are left to plain arithmetic, which has room for their products.
_LARGEST = 680.0


@dataclass(frozen=True)
class Poisson(Distribution):
    """Counts 0, 1, 2, ... with mean ``rate``, which must be finite and not negative.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> Poisson.fit([2, 0, 3, 1]).params
    {'rate': 1.5}
    """

    rate: float = 1.0

    mean_range = (0.0, np.inf)
    predictions = {"log_rate": "natural", "rate": "mean"}
    interval_methods = {
        name: of_total(getattr(poisson, name)) for name in ("exact", "score", "wald", "profile")
    }
    exact_method = staticmethod(exact.exact_poisson)

    @staticmethod
    def cumulants(eta: Floats, order: int = 2) -> Cumulants:
        # A step too far may overflow to inf, which a line search rejects like any rise.
        with np.errstate(over="ignore"):
            mean = np.exp(eta)
        return Cumulants(np.zeros(len(eta)), mean[:, 0], mean, mean[:, :, None])

    @staticmethod
    def natural(mean: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.log(mean)

    @classmethod
    def pass_moments(cls, eta: Floats, t: Statistic, order: int) -> tuple[Floats, Floats | None]:
        mean = np.exp(np.minimum(eta, 700.0, out=eta), out=eta)
        variance = mean.copy() if order > 1 else None
        mean -= t.T
        return mean, variance

    @classmethod
    def pass_value(cls, eta: Floats, t: Statistic, weights: Floats | None) -> tuple[float, float]:
        count = t[:, 0]
        mean = np.exp(np.minimum(eta[0], 700.0))
        rows = mean - count * eta[0]
        least = np.where(count == 0.0, mean, np.inf).min(initial=np.inf)
        if weights is None:
            return float(rows.sum()), float(least)
        return float(weights @ rows), float(least * weights.min(initial=np.inf))

    @staticmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        value = (mean - kernels.xlogy(t, mean))[:, 0]
        if order == 0:
            return Rowwise(value)
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(t == 0, 0.0, t / mean)
            curvature = np.where(t == 0, 0.0, ratio / mean)[:, :, None] if order > 1 else None
        return Rowwise(value, 1.0 - ratio, curvature)

    @staticmethod
    def variance(mean: Floats) -> Floats:
        return mean[:, None]

    @staticmethod
    def log_base(t: Statistic) -> Floats:
        base: Floats = -gammaln(t[:, 0] + 1.0)
        return base

    @classmethod
    def row_nll(
        cls, prediction: Floats, t: Statistic, form: Form, order: int = 2, **options: Any
    ) -> Rowwise:
        loss = super().row_nll(prediction, t, form, order, **options)
        if not options.get("base", True):
            return loss
        # The mean, t log mean and log t! cancel when counts are large; where the rate is about
        # to underflow they do not.
        with np.errstate(over="ignore"):
            mean = (np.exp(prediction) if form == "natural" else prediction)[:, 0]
        direct = (form == "natural") & (mean < 1e-300)
        exact = 0.0 - log_poisson_pmf(t[:, 0], np.where(direct, 1.0, mean))
        return loss._replace(value=np.where(direct, loss.value, exact))

    @classmethod
    def extended(cls, eta: Pair, t: Statistic) -> Extended | None:
        if (eta[0] > _LARGEST).any():
            return None
        mean = exp_parts(*eta)
        observed = indicator(t, 1)
        residual = add(mean, (-observed, np.zeros_like(observed)))
        # At the mean in two parts: eta as one double would lose the digits of large counts.
        seen = mean[0] > 1e-300
        slope = np.where(seen, residual[0] / np.where(seen, mean[0], 1.0), 0.0)
        exact = cls.row_nll(np.where(seen, mean[0], 1.0), t, "mean", 0).value
        direct = cls.row_nll(eta[0], t, "natural", 0).value
        value = np.where(seen[:, 0], exact + (slope * mean[1])[:, 0], direct)
        return Extended(value, residual, np.ones((1, 1)), mean[0])

    @classmethod
    def divergence(cls, t: Floats, mean: Floats) -> Floats:
        return kernels.poisson_divergence(t[:, 0], mean[:, 0])

    @classmethod
    def check_support(cls, values: Floats) -> None:
        wrong = (values < 0) | (values != np.floor(values))
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(f"y must hold counts 0, 1, 2, ..., got {values[row]:g} at row {row}.")

    def entropy_in_nats(self) -> float:
        if self.rate > 1e5:
            # The asymptotic series (Evans, Boersma, Blachman & Jagers 1988); the next term is
            # below 1e-20.
            inverse = 1.0 / self.rate
            tail = inverse * (1 / 12 + inverse * (1 / 24 + inverse * 19 / 360))
            return float(0.5 * np.log(2.0 * np.pi * np.e * self.rate) - tail)
        # Beyond 12 standard deviations and 40 counts the omitted terms are below 1e-17.
        spread = 12.0 * np.sqrt(self.rate) + 40.0
        counts = np.arange(max(0.0, np.floor(self.rate - spread)), self.rate + spread)
        log_p = self.log_prob(counts)
        return float((np.exp(log_p) * np.where(log_p == -np.inf, 0.0, -log_p)).sum())

    def draw(self, size: int, rng: np.random.Generator) -> NDArray[Any]:
        return rng.poisson(self.rate, size)
