"""What a member of a family says of observations: log-likelihood, derivatives, information."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Hashable
from dataclasses import fields
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import frequencies, numbers
from likelihood.data.targets import in_range
from likelihood.data.units import nats_per_unit
from likelihood.errors import DataError
from likelihood.family import ExponentialFamily, Floats, Statistic, present


class Member(ExponentialFamily):
    """An exponential family whose instances are its members, frozen and validated."""

    @classmethod
    def check_support(cls, values: Floats) -> None:
        """Raise DataError for the first value that this distribution cannot produce."""
        in_range(values, "y", cls.mean_range)

    @abstractmethod
    def draw(self, size: int, rng: np.random.Generator) -> NDArray[Any]:
        """Return independent draws, shape (size,)."""

    @abstractmethod
    def entropy_in_nats(self) -> float:
        """Return the (differential) entropy in nats."""

    # --- what one parameter needs; a distribution with more says otherwise ---------------

    def __post_init__(self) -> None:
        """Check the parameter against the range of the mean, and hold it as a float."""
        (name,) = self.params
        object.__setattr__(self, name, parameter(name, self.params[name], *self.mean_range))

    @property
    def params(self) -> dict[str, Any]:
        """The parameters by name."""
        return {field.name: getattr(self, field.name) for field in fields(self)}  # type: ignore[arg-type]

    @property
    def expectation(self) -> Floats:
        """The mean of T(y), shape (k,)."""
        return np.array([next(iter(self.params.values()))])

    def statistics(self, y: Any) -> Statistic:
        """Return the sufficient statistics (n, 1) of observations, checked."""
        values = numbers(y, "y")
        self.check_support(values)
        return values[:, None]

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """The outcomes in their order, where they are categories."""
        return ()

    # --- what follows --------------------------------------------------------------------

    @property
    def scale(self) -> float:
        """The root of the dispersion: a Gaussian's standard deviation, 1 otherwise."""
        return 1.0

    def log_prob(self, y: Any) -> Floats:
        """Return the log-probability (density) of each observation in nats, shape (n,).

        Raises
        ------
        DataError
            A value that is missing or that this distribution cannot produce; names its row.
        """
        return self._row_log_prob(self.statistics(y))

    def log_likelihood(self, y: Any, weights: Any = None) -> float:
        """Return the log-likelihood of a sample in nats; a weight is a repetition."""
        return self.weighted_log_likelihood(*self._weighted(y, weights))

    def _weighted(self, y: Any, weights: Any) -> tuple[Statistic, Floats]:
        """Return the statistics of the rows that have weight, and their weights."""
        t, counts = self.statistics(y), frequencies(weights, y)
        seen = counts > 0
        return t[seen], counts[seen]

    def weighted_log_likelihood(self, t: Statistic, weights: Floats) -> float:
        """Return the log-likelihood of sufficient statistics that are already checked."""
        rows = self._row_log_prob(t)
        if np.isinf(rows).any():
            # One impossible row decides, however dense the others are.
            return float(rows.min() if (rows == -np.inf).any() else np.inf)
        return float(kernels.compensated_dot(weights, rows))

    def _row_log_prob(self, t: Statistic) -> Floats:
        mean = np.broadcast_to(self.expectation, (len(t), len(self.expectation)))
        sd = np.full(len(t), self.scale) if self.free_dispersion else None
        # 0.0 - x rather than -x: a certain event has log-probability 0.0, not -0.0.
        return 0.0 - self.row_nll(mean, t, "mean", 0, sd=sd).value

    def score(self, y: Any, weights: Any = None) -> Floats:
        """Return the gradient of the log-likelihood in the parameters, shape (parameters,)."""
        t, counts = self._weighted(y, weights)
        mean = np.broadcast_to(self.expectation, (len(t), len(self.expectation)))
        summed: Floats = counts @ present(self.mean_nll(mean, t, 1).gradient)
        return self._free_gradient(-summed)

    def hessian(self, y: Any, weights: Any = None) -> Floats:
        """Return the second derivatives of the log-likelihood, shape (parameters,) * 2."""
        t, counts = self._weighted(y, weights)
        mean = np.broadcast_to(self.expectation, (len(t), len(self.expectation)))
        hessian = present(self.mean_nll(mean, t, 2).hessian)
        summed: Floats = np.tensordot(counts, hessian, axes=1)
        return self._free_hessian(-summed)

    def fisher_information(self, n: float = 1) -> Floats:
        """Return the expected information of n observations, shape (parameters,) * 2."""
        n = checked_n(n)
        # The loss is linear in t, so its expected Hessian is the Hessian at the expected t.
        mean = self.expectation
        hessian = present(self.mean_nll(mean[None, :], mean[None, :], 2).hessian)[0].copy()
        certain = mean == 0.0 if self.pinned else np.diag(self.variance(mean)) == 0.0
        hessian[certain, certain] = np.inf
        return n * self._free_hessian(hessian)

    def sample(self, size: int, rng: np.random.Generator | int | None = None) -> NDArray[Any]:
        """Return independent draws, shape (size,), from a generator, a seed, or fresh entropy."""
        if isinstance(size, bool) or not isinstance(size, int | np.integer) or size < 0:
            raise ValueError(f"size must be a whole number, not negative, got {size!r}.")
        return self.draw(int(size), np.random.default_rng(rng))

    def _free_gradient(self, gradient: Floats) -> Floats:
        """Eliminate the pinned coordinates, whose probability is one minus the others'."""
        free: Floats = gradient[self.pinned :] - gradient[: self.pinned].sum()
        return free

    def _free_hessian(self, hessian: Floats) -> Floats:
        k = self.pinned
        if not k:
            return hessian
        across = hessian[k:, :k].sum(axis=1)[:, None] + hessian[:k, k:].sum(axis=0)[None, :]
        free: Floats = hessian[k:, k:] - across + hessian[:k, :k].sum()
        return free

    def entropy(self, base: float | None = None) -> float:
        """Return the (differential) entropy in nats; in bits with ``base=2``."""
        return self.entropy_in_nats() / nats_per_unit(base)

    def cross_entropy(self, other: Self, base: float | None = None) -> float:
        """Return the expected loss of ``other`` on draws from this, ``entropy + divergence``."""
        self._same_kind(other)
        return self.entropy(base) + self.kl_divergence(other, base)

    def kl_divergence(self, other: Self, base: float | None = None) -> float:
        """Return the Kullback-Leibler divergence to ``other`` from this: nats, never negative."""
        self._same_kind(other)
        value = self.divergence(self.expectation[None, :], other.expectation[None, :])
        return float(value[0]) / nats_per_unit(base)

    def _same_kind(self, other: Member) -> None:
        if type(other) is not type(self) or other.labels != self.labels:
            raise TypeError(
                f"a {type(self).__name__} is compared with one over the same outcomes, "
                f"got {other!r}."
            )


def parameter(name: str, value: Any, low: float, high: float) -> float:
    """Return a parameter as a float in a closed range; infinity is never a value.

    Raises
    ------
    DataError
        It is not a number or out of range; the message shows it.

    Examples
    --------
    >>> parameter("prob", 1, 0.0, 1.0)
    1.0
    """
    try:
        number = math.nan if isinstance(value, str | bytes) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = math.nan
    if not (low <= number <= high and math.isfinite(number)):
        if math.isfinite(low) and math.isfinite(high):
            bounds = f"in [{low:g}, {high:g}]"
        else:
            bounds = f"finite and at least {low:g}" if math.isfinite(low) else "a finite number"
        raise DataError(f"{name} must be {bounds}, got {value!r}.")
    return number


def checked_n(n: float) -> float:
    """Return a number of observations, refusing a negative one.

    Examples
    --------
    >>> checked_n(10)
    10.0
    """
    return parameter("n", n, 0.0, math.inf)
