"""The Bernoulli distribution; its loss is binary cross-entropy, its regression logistic."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import column, encode, frequencies, missing, numbers
from likelihood.data.samples import Sample, fingerprint, source_of
from likelihood.distributions.base import Distribution, of_total
from likelihood.errors import DataError
from likelihood.family import Cumulants, Extended, Floats, Rowwise, Statistic, indicator
from likelihood.inference import exact, proportions
from likelihood.kernels.extended import Pair, less_target, logistic_means
from likelihood.kernels.fused import BinaryBlock
from likelihood.results import DistributionFit


@dataclass(frozen=True)
class Bernoulli(Distribution):
    """A 0/1 outcome that is 1 with probability ``prob``.

    Parameters
    ----------
    prob : float
        In [0, 1].

    Raises
    ------
    DataError
        ``prob`` is not a probability.

    Examples
    --------
    >>> from likelihood import Bernoulli
    >>> Bernoulli(0.25).log_prob([1, 0]).round(4)
    array([-1.3863, -0.2877])
    >>> fit = Bernoulli.fit(["H", "T", "H", "H"], success="H")
    >>> fit.params
    {'prob': 0.75}
    """

    prob: float = 0.5

    classes: ClassVar[bool] = True
    block = BinaryBlock
    mean_range = (0.0, 1.0)
    predictions = {"logits": "natural", "probs": "mean"}
    interval_methods = {
        "wilson": of_total(proportions.wilson),
        "clopper-pearson": of_total(proportions.clopper_pearson),
        "jeffreys": of_total(proportions.jeffreys),
        "agresti-coull": of_total(proportions.agresti_coull),
        "wald": of_total(proportions.wald),
        "profile": of_total(proportions.likelihood_ratio),
    }
    exact_method = staticmethod(exact.exact_binomial)

    # --- the family ----------------------------------------------------------------------

    @staticmethod
    def cumulants(eta: Floats, order: int = 2) -> Cumulants:
        z = eta[:, 0]
        mean = kernels.sigmoid(eta) if order > 0 else None
        variance = kernels.sigmoid_variance(z)[:, None, None] if order > 1 else None
        return Cumulants(*kernels.softplus_parts(z), mean, variance)

    @staticmethod
    def natural(mean: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            return np.log(mean) - np.log1p(-mean)

    @classmethod
    def shortfall(cls, eta: Floats, t: Statistic, peak: Floats) -> Floats:
        return kernels.binary_shortfall(eta[:, 0], t[:, 0])

    @classmethod
    def residual(cls, eta: Floats, t: Statistic) -> Floats:
        return kernels.binary_residual(eta, t)

    @classmethod
    def extended(cls, eta: Pair, t: Statistic) -> Extended:
        p, q = logistic_means(eta)
        residual = less_target(p, q, indicator(t, 1))
        value = cls.nll(eta[0], t, 0).value + (residual[0] * eta[1])[:, 0]
        return Extended(value, residual, np.ones((1, 1)), p[0] * q[0])

    @classmethod
    def pass_moments(cls, eta: Floats, t: Statistic, order: int) -> tuple[Floats, Floats | None]:
        # Beyond 700 the exponential overflows, and the mean is 0 to all digits.
        mean = np.exp(np.minimum(np.negative(eta, out=eta), 700.0, out=eta), out=eta)
        mean += 1.0
        np.reciprocal(mean, out=mean)
        variance = mean * (1.0 - mean) if order > 1 else None
        mean -= t.T
        return mean, variance

    @classmethod
    def pass_value(cls, eta: Floats, t: Statistic, weights: Floats | None) -> tuple[float, float]:
        z, share = eta[0], t[:, 0]
        rows = np.log1p(np.exp(-np.abs(z)))
        # |z| where the row is on the wrong side, 0 where it is on the right one.
        missed = np.maximum(z, 0.0) - share * z
        rows += missed
        right = np.where(missed == 0.0, np.abs(z), 0.0).max(initial=0.0)
        least = 1.0 if weights is None else weights.min(initial=np.inf)
        value = float(rows.sum() if weights is None else weights @ rows)
        return value, float(least * 0.5 * np.exp(-right))

    @staticmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        value = kernels.binary_cross_entropy_of_probs(mean[:, 0], t[:, 0])
        if order == 0:
            return Rowwise(value)
        # An outcome that has no share in t costs nothing, even where its probability is 0.
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            one = np.where(t == 0, 0.0, t / mean)
            zero = np.where(t == 1, 0.0, (1.0 - t) / (1.0 - mean))
            hessian = np.where(t == 0, 0.0, one / mean) + np.where(t == 1, 0.0, zero / (1.0 - mean))
        return Rowwise(value, zero - one, hessian[:, :, None] if order > 1 else None)

    @staticmethod
    def variance(mean: Floats) -> Floats:
        return (mean * (1.0 - mean))[:, None]

    @staticmethod
    def log_base(t: Statistic) -> Floats:
        return np.zeros(len(t))

    @classmethod
    def divergence(cls, t: Floats, mean: Floats) -> Floats:
        return kernels.binary_kl_divergence(t[:, 0], mean[:, 0])

    # --- the member ----------------------------------------------------------------------

    @classmethod
    def check_support(cls, values: Floats) -> None:
        wrong = (values != 0) & (values != 1)
        if wrong.any():
            row = int(np.flatnonzero(wrong)[0])
            raise DataError(
                f"y must hold 0 or 1, got {values[row]:g} at row {row} ({int(wrong.sum())} such); "
                f"for labels name the one that counts, success=...."
            )

    def entropy_in_nats(self) -> float:
        return float(kernels.binary_entropy(self.prob))

    def draw(self, size: int, rng: np.random.Generator) -> NDArray[Any]:
        return (rng.random(size) < self.prob).astype(np.intp)

    # --- the fit -------------------------------------------------------------------------

    @classmethod
    def fit(
        cls,
        y: Any,
        *,
        success: Hashable = 1,
        weights: Any = None,
        method: str = "closed-form",
        tolerance: float = 1e-8,
        max_iter: int = 200,
    ) -> DistributionFit:
        """Return the maximum likelihood fit of the probability of ``success``.

        Parameters
        ----------
        y : (n,) array
            0 and 1; or two labels, one of which is ``success``.
        success : label
            The outcome whose probability is estimated.
        weights, method, tolerance, max_iter
            As for every distribution.

        Examples
        --------
        >>> from likelihood import Bernoulli
        >>> fit = Bernoulli.fit([1, 0], weights=[5067, 4933])
        >>> fit.confint().round(4)
           term  estimate  conf_low  conf_high
        0  prob    0.5067    0.4969     0.5165
        """
        indicators = _successes(y, success)
        counts = frequencies(weights, y)
        total = float(kernels.compensated_sum(counts))
        hits = float(kernels.compensated_sum(counts[indicators == 1]))
        misses = float(kernels.compensated_sum(counts[indicators == 0]))
        held = np.array([misses, hits])
        sample = Sample(
            np.array([[0.0], [1.0]])[held > 0], held[held > 0], total, np.array([hits / total]),
            len(indicators), int((counts > 0).sum()), labels=(success,),
            source=source_of(y), fingerprint=fingerprint(y, counts),
        )  # fmt: skip
        return cls.fit_sample(sample, method, tolerance, max_iter)


def _successes(y: Any, success: Hashable) -> Floats:
    """Return 1 for a success and 0 for the one other outcome, checked."""
    if type(success) is int and success == 1:
        given = column(y, "y")
        if given.dtype.kind not in "fiub" and isinstance(given[0], str):
            raise DataError(
                f"y must hold 0 or 1, got {given[0]!r} at row 0; name the label that counts, "
                f"for example success={given[0]!r}."
            )
        values = numbers(y, "y")
        Bernoulli.check_support(values)
        return values
    outcomes = column(y, "y").tolist()
    others = tuple(dict.fromkeys(v for v in outcomes if not missing(v) and v != success))
    if len(others) > 1:
        first, second = others[:2]
        raise DataError(
            f"y must hold success={success!r} and one other label, got {first!r} and {second!r}; "
            f"use Categorical for more than two outcomes."
        )
    if success not in outcomes and others and type(others[0]) is not type(success):
        raise DataError(
            f"y holds {others[0]!r} alone, which is not of the type of success={success!r}; "
            f"name the label that counts."
        )
    codes = encode(y, (*others, success), "y")
    return np.where(codes == len(others), 1.0, 0.0)
