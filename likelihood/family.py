"""The exponential family: the one definition from which every loss follows (level 1).

A family states ``log p(y | eta) = (<T(y), eta> - A(eta)) / phi + log h(y, phi)`` through a few
facts, and inherits its loss with gradient and Hessian.  Shapes used throughout: n rows and k
coordinates of eta; eta is always (n, k), a scalar family has k = 1.  Statistics are floats
(n, k), or integers (n,) that stand for rows of the identity.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar, Literal, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.kernels.arithmetic import two_sum
from likelihood.kernels.extended import Pair
from likelihood.kernels.fused import Block

Floats: TypeAlias = NDArray[np.float64]
Integers: TypeAlias = NDArray[np.intp]
Statistic: TypeAlias = Floats | Integers
Form: TypeAlias = Literal["natural", "mean", "log_mean"]


class Cumulants(NamedTuple):
    """The log-partition A = peak + tail and its derivatives at n rows of eta.

    ``peak`` is the part that ``<t, eta>`` cancels and ``tail >= 0`` the rest.  Kept apart,
    nothing cancels: ``log(1 + exp(40)) - 40`` is 0 in floating point, where it should be
    4.2e-18.
    """

    peak: Floats
    tail: Floats
    mean: Floats | None = None
    variance: Floats | None = None


class Rowwise(NamedTuple):
    """A loss in n rows: value (n,), gradient (n, k), Hessian (n, k, k); None if not asked for."""

    value: Floats
    gradient: Floats | None = None
    hessian: Floats | None = None


class Extended(NamedTuple):
    """A loss at n rows of eta in two parts, for the last digits of a fit.

    The variance ``A''`` is the sum over r of ``curvature[:, r] d_r d_r'``, each product known to
    its own last digit; ``d_r`` are the rows of ``directions``.
    """

    value: Floats
    residual: Pair
    directions: Floats
    curvature: Floats


class ExponentialFamily(ABC):
    """A family in canonical form; its loss is ``A(eta) - <T(y), eta>``.

    Subclasses state the abstract methods.  ``shortfall``, ``residual``, ``divergence`` and
    ``nll`` follow from those, and are overridden for accuracy only.
    """

    #: The dispersion phi is estimated (Gaussian); 1 otherwise.
    free_dispersion: ClassVar[bool] = False
    #: Leading coordinates of eta that are held at zero in a model (Categorical: 1).
    pinned: ClassVar[int] = 0
    #: The names under which a loss takes its predictions, and which parameter each one is.
    predictions: ClassVar[Mapping[str, Form]]
    #: The likelihood is a density, which depends on the units of y, not a probability.
    continuous: ClassVar[bool] = False
    #: A direction can send the estimate of a regression to infinity.
    separable: ClassVar[bool] = True
    #: Targets are class memberships, which can be smoothed and weighed by class.
    classes: ClassVar[bool] = False
    #: The kernel that sums the loss over blocks of rows, in the natural parameter; ``log_base``
    #: is then the same in all rows.
    block: ClassVar[type[Block] | None] = None
    #: The closed range of each coordinate of the mean, and so of the targets.
    mean_range: ClassVar[tuple[float, float]] = (-np.inf, np.inf)

    @staticmethod
    @abstractmethod
    def cumulants(eta: Floats, order: int = 2) -> Cumulants:
        """Return A = peak + tail, from order 1 the mean A', at order 2 the variance A''."""

    @staticmethod
    @abstractmethod
    def natural(mean: Floats) -> Floats:
        """Return eta for a mean of T(y), the inverse of A'; infinite on the boundary."""

    @staticmethod
    @abstractmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        """Return the loss as a function of the mean, with derivatives in the mean.

        Stated apart from ``cumulants`` because eta is infinite on the boundary of the
        parameter space, where the loss from a probability of 0 or 1 is still exact.
        """

    @staticmethod
    @abstractmethod
    def variance(mean: Floats) -> Floats:
        """Return the covariance (k, k) of T(y) at one mean (k,), for phi = 1."""

    @staticmethod
    @abstractmethod
    def log_base(t: Statistic) -> Floats:
        """Return log h(y) in n rows, at a dispersion of 1."""

    @classmethod
    def shortfall(cls, eta: Floats, t: Statistic, peak: Floats) -> Floats:
        """Return ``peak - <t, eta>`` in n rows; override for accuracy."""
        return peak - pair(t, eta)

    @classmethod
    def residual(cls, eta: Floats, t: Statistic) -> Floats:
        """Return ``A'(eta) - t``, the gradient of the loss; override for accuracy."""
        return present(cls.cumulants(eta, 1).mean) - indicator(t, eta.shape[1])

    @classmethod
    def divergence(cls, t: Floats, mean: Floats) -> Floats:
        """Return half the unit deviance of rows t from mean, non-negative; override for accuracy.

        It is the Kullback-Leibler divergence between the members with these two means.
        """
        return cls.mean_nll(mean, t, 0).value - cls.mean_nll(t, t, 0).value

    @classmethod
    def nll(cls, eta: Floats, t: Statistic, order: int = 2) -> Rowwise:
        """Return A - <t, eta>, A' - t and A'': the loss of every model in this package."""
        # At order 1 the mean itself is not needed: the residual states it less t at once.
        peak, tail, _, variance = cls.cumulants(eta, order if order > 1 else 0)
        value = tail + cls.shortfall(eta, t, peak)
        gradient = cls.residual(eta, t) if order > 0 else None
        return Rowwise(value, gradient, variance if order > 1 else None)

    @classmethod
    def extended(cls, eta: Pair, t: Statistic) -> Extended | None:
        """Return ``-log p``, ``A' - t`` and ``A''`` at eta in two parts; override for accuracy.

        Parameters
        ----------
        eta : pair of (n, k) arrays
            The high parts rounded sums of both; -inf for an impossible class.

        Returns
        -------
        Extended or None
            None where the family has several coordinates and no such statement, or where eta is
            out of its range.
        """
        if eta[0].shape[1] > 1:
            return None
        at = cls.nll(eta[0], t)
        variance = present(at.hessian)[:, :, 0]
        residual = two_sum(present(at.gradient), variance * eta[1])
        value = cls.row_nll(eta[0], t, "natural", 0).value + (residual[0] * eta[1])[:, 0]
        return Extended(value, residual, np.ones((1, 1)), variance)

    # --- passes over many rows: plain formulas, eta (k, n) without the pinned coordinates -----

    @classmethod
    def pass_moments(cls, eta: Floats, t: Statistic, order: int) -> tuple[Floats, Floats | None]:
        """Return ``A' - t`` (k, n) and the lower triangle of A'' row by row, (k (k + 1) / 2, n).

        Override for speed; ``eta`` may be overwritten.  The variance is None below order 2, and
        where it is 1 in every row.
        """
        loss = cls.nll(cls.with_pinned(eta), t, order)
        residual = np.ascontiguousarray(present(loss.gradient)[:, cls.pinned :].T)
        if loss.hessian is None:
            return residual, None
        free = loss.hessian[:, cls.pinned :, cls.pinned :]
        return residual, np.stack([free[:, a, b] for a in range(len(eta)) for b in range(a + 1)])

    @classmethod
    def pass_value(cls, eta: Floats, t: Statistic, weights: Floats | None) -> tuple[float, float]:
        """Return the sum of ``A - <t, eta>``, and a bound that tells data that overlap.

        The bound is no larger than the least weight times probability of what was not observed
        in a row (for counts of zero, the least mean); 0 where it is not known, infinity where no
        direction can separate.
        """
        rows = cls.nll(cls.with_pinned(eta), t, 0).value
        value = float(rows.sum() if weights is None else weights @ rows)
        return value, 0.0 if cls.separable else np.inf

    @classmethod
    def with_pinned(cls, eta: Floats) -> Floats:
        """Return eta (n, k) of eta (k, n) without the pinned coordinates."""
        pinned = np.zeros((cls.pinned, eta.shape[1]))
        return np.ascontiguousarray(np.vstack([pinned, eta]).T)

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
        """Return ``-log p`` of rows t at predictions in any form, derivatives in that form.

        Parameters
        ----------
        prediction : (n, k) array
        t : (n, k) floats or (n,) integers
        form : {"natural", "mean", "log_mean"}
        sd : (n,) array, optional
            The root of the dispersion, for families that have one.
        base : bool
            Whether ``-log_base`` is in the value; without it the loss is ``A - <t, eta>``.
        """
        if form == "log_mean":
            # Normalised logarithms are natural parameters with A = 0.
            indicated = indicator(t, prediction.shape[1])
            hessian = np.zeros((*prediction.shape, prediction.shape[1])) if order > 1 else None
            loss = Rowwise(-pair(t, prediction) + 0.0, -indicated, hessian)
        else:
            loss = (cls.nll if form == "natural" else cls.mean_nll)(prediction, t, order)
        return loss._replace(value=loss.value - cls.log_base(t)) if base else loss


def present(derivative: Floats | None) -> Floats:
    """Return a derivative that was asked for, and so is there.

    Examples
    --------
    >>> import numpy as np
    >>> present(np.array([1.0]))
    array([1.])
    """
    if derivative is None:
        raise TypeError("the derivative was not computed; ask for a higher order.")
    return derivative


def pair(t: Statistic, eta: Floats) -> Floats:
    """Return ``<t, eta>`` in n rows.

    Examples
    --------
    >>> import numpy as np
    >>> pair(np.array([1, 0]), np.array([[1.0, 2.0], [3.0, 4.0]]))
    array([2., 3.])
    """
    if t.ndim == 1:
        picked: Floats = eta[np.arange(len(t)), t.astype(np.intp, copy=False)]
        return picked
    # A coordinate with no weight costs nothing, even where eta is infinite: 0 * inf is 0 here.
    product: Floats = np.where(t == 0, 0.0, t * np.where(t == 0, 0.0, eta)).sum(axis=1)
    return product


def indicator(t: Any, k: int) -> Floats:
    """Return the rows of the identity that integer statistics stand for; floats unchanged.

    Examples
    --------
    >>> import numpy as np
    >>> indicator(np.array([1, 0]), 2)
    array([[0., 1.],
           [1., 0.]])
    """
    if t.ndim == 2:
        floats: Floats = t
        return floats
    rows: Floats = np.zeros((len(t), k))
    rows[np.arange(len(t)), t] = 1.0
    return rows
