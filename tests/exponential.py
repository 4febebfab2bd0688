"""A distribution as a user would add one: the laws hold for it without another line."""

from dataclasses import dataclass

import numpy as np

from likelihood.distributions.base import Distribution
from likelihood.family import Cumulants, Rowwise
from likelihood.kernels import poisson_divergence


@dataclass(frozen=True)
class Exponential(Distribution):
    """A waiting time with mean ``waiting``."""

    waiting: float = 1.0

    continuous = True
    mean_range = (0.0, np.inf)
    predictions = {"eta": "natural", "mean": "mean"}

    @staticmethod
    def cumulants(eta, order=2):
        # Outside its domain, eta < 0, the log-partition is infinite.
        inside = eta.real < 0
        safe = np.where(inside, eta, -1.0)
        peak = np.where(inside, -np.log(-safe), np.inf)[:, 0]
        return Cumulants(peak, np.zeros(len(eta)), -1 / safe, (1 / safe**2)[:, :, None])

    @staticmethod
    def natural(mean):
        return -1 / mean

    @staticmethod
    def mean_nll(mean, t, order=2):
        value = (t / mean + np.log(mean))[:, 0]
        gradient = (mean - t) / mean**2 if order > 0 else None
        hessian = ((2 * t - mean) / mean**3)[:, :, None] if order > 1 else None
        return Rowwise(value, gradient, hessian)

    @staticmethod
    def variance(mean):
        return (mean**2)[:, None]

    @staticmethod
    def log_base(t):
        return np.zeros(len(t))

    @classmethod
    def divergence(cls, t, mean):
        return poisson_divergence(1.0, t[:, 0] / mean[:, 0])

    def entropy_in_nats(self):
        return 1.0 + np.log(self.waiting)

    def draw(self, size, rng):
        return rng.exponential(self.waiting, size)
