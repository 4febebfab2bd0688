"""The categorical distribution; its loss is cross-entropy, its regression softmax."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from likelihood import kernels
from likelihood.data.columns import encode, frequencies, labels, numbers
from likelihood.data.messages import listed
from likelihood.data.samples import Sample, fingerprint, source_of, tally
from likelihood.data.targets import SIMPLEX
from likelihood.distributions.base import Distribution, Search
from likelihood.errors import DataError
from likelihood.family import (
    Cumulants,
    Extended,
    Floats,
    Integers,
    Rowwise,
    Statistic,
    indicator,
)
from likelihood.inference import exact, hypothesis, proportions, simultaneous
from likelihood.kernels.extended import Pair, less_target, softmax_means
from likelihood.kernels.fused_categorical import CategoricalBlock
from likelihood.objective import LinearObjective
from likelihood.results import DistributionFit

_COUNTED = {"enumeration": "outcomes", "monte carlo": "replicates"}


def _joint(method: Callable[[Floats, float], Floats]) -> Callable[[Sample, float], Floats]:
    return lambda sample, level: np.asarray(method(_counts(sample), level))


def _per_face(method: Any) -> Callable[[Sample, float], Floats]:
    return lambda sample, level: np.stack(method(_counts(sample), sample.total, level), axis=-1)


def _counts(sample: Sample) -> Floats:
    """Return how often each category occurs; a category never seen counts zero."""
    return tally(sample.t, sample.weights, len(sample.labels))


@dataclass(frozen=True)
class Categorical(Distribution):
    """One of K labelled outcomes.

    Parameters
    ----------
    probs : (K,) sequence
        Probabilities that sum to 1; nothing is renormalised.
    categories : sequence of labels, optional
        Their names in order; 0..K-1 where not given.

    Raises
    ------
    DataError
        Probabilities that are off the simplex, labels that are not one for each.

    Examples
    --------
    >>> from likelihood import Categorical
    >>> die = Categorical([0.25, 0.25, 0.5], categories="abc")
    >>> die.log_prob(["c", "a"]).round(4)
    array([-0.6931, -1.3863])
    >>> fit = Categorical.fit([1, 1, 6, 3, 2, 5, 4, 3], categories=range(1, 7))
    >>> fit.params["probs"]
    (0.25, 0.125, 0.25, 0.125, 0.125, 0.125)
    """

    probs: tuple[float, ...]
    categories: tuple[Hashable, ...] | None = None

    pinned: ClassVar[int] = 1
    classes: ClassVar[bool] = True
    block = CategoricalBlock
    mean_range = (0.0, 1.0)
    predictions = {"logits": "natural", "probs": "mean", "log_probs": "log_mean"}
    interval_methods = {
        "goodman": _joint(simultaneous.goodman),
        "quesenberry-hurst": _joint(simultaneous.quesenberry_hurst),
        "sison-glaz": _joint(simultaneous.sison_glaz),
        "wilson": _per_face(proportions.wilson),
        "wald": _per_face(proportions.wald),
        "profile": _per_face(proportions.likelihood_ratio),
    }

    def __post_init__(self) -> None:
        names = _index_labels(self.probs) if self.categories is None else self.categories
        probs = numbers(self.probs, "probs")
        wrong = (probs < 0) | (probs > 1)
        if wrong.any():
            at = int(np.flatnonzero(wrong)[0])
            raise DataError(f"probs must be in [0, 1], got {probs[at]:g} at position {at}.")
        if abs(probs.sum() - 1.0) > SIMPLEX:
            raise DataError(
                f"probs must sum to 1, got {probs.sum():.12g}; nothing is renormalised for you."
            )
        names = labels(range(len(probs)) if names is None else names, probs, "probs")
        if len(names) != len(probs):
            raise DataError(
                f"categories must name every probability, got {len(names)} names for "
                f"{len(probs)} probs."
            )
        object.__setattr__(self, "probs", tuple(probs.tolist()))
        object.__setattr__(self, "categories", names)

    # --- the family ----------------------------------------------------------------------

    @staticmethod
    def cumulants(eta: Floats, order: int = 2) -> Cumulants:
        parts = kernels.softmax_parts(eta)
        if order == 0:
            return Cumulants(parts.peak, parts.tail)
        mean = kernels.softmax(eta)
        variance = None
        if order > 1:
            variance = -mean[:, :, None] * mean[:, None, :]
            # p (1 - p) on the diagonal, where p - p * p would cancel as p nears 1.
            k = np.arange(mean.shape[1])
            variance[:, k, k] = mean * _others(mean)
        return Cumulants(parts.peak, parts.tail, mean, variance)

    @staticmethod
    def natural(mean: Floats) -> Floats:
        with np.errstate(divide="ignore"):
            logs = np.log(mean)
        return logs - logs[:, :1]

    @classmethod
    def shortfall(cls, eta: Floats, t: Statistic, peak: Floats) -> Floats:
        return kernels.categorical_shortfall(eta, t)

    @classmethod
    def residual(cls, eta: Floats, t: Statistic) -> Floats:
        return kernels.categorical_residual(eta, t)

    @classmethod
    def nll(cls, eta: Floats, t: Statistic, order: int = 2) -> Rowwise:
        if order > 1:
            return super().nll(eta, t, order)
        tail, gap, residual = kernels.categorical_terms(eta, t, order > 0)
        return Rowwise(tail + gap, residual)

    @classmethod
    def extended(cls, eta: Pair, t: Statistic) -> Extended:
        p, q = softmax_means(eta)
        residual = less_target(p, q, indicator(t, p[0].shape[1]))
        low = np.where(np.isfinite(eta[0]), eta[1], 0.0)
        value = cls.nll(eta[0], t, 0).value + np.sum(residual[0] * low, axis=1)
        # diag(p) - p p' is the sum over pairs of p_a p_b (e_a - e_b)(e_a - e_b)'.
        a, b = np.triu_indices(p[0].shape[1], 1)
        identity = np.eye(p[0].shape[1])
        return Extended(value, residual, identity[a] - identity[b], p[0][:, a] * p[0][:, b])

    @classmethod
    def pass_moments(cls, eta: Floats, t: Statistic, order: int) -> tuple[Floats, Floats | None]:
        largest = np.maximum(eta.max(axis=0), 0.0)
        eta -= largest
        mean = np.exp(eta, out=eta)
        mean /= mean.sum(axis=0) + np.exp(-largest)
        variance = None
        if order > 1:
            variance = np.empty((len(mean) * (len(mean) + 1) // 2, mean.shape[1]))
            pair = 0
            for a in range(len(mean)):
                for b in range(a):
                    np.multiply(mean[a], -mean[b], out=variance[pair + b])
                pair += a + 1
                np.multiply(mean[a], 1.0 - mean[a], out=variance[pair - 1])
        rows = np.flatnonzero(t)
        mean[t[rows] - 1, rows] -= 1.0
        return mean, variance

    @classmethod
    def pass_value(cls, eta: Floats, t: Statistic, weights: Floats | None) -> tuple[float, float]:
        every = np.vstack([np.zeros((1, eta.shape[1])), eta])
        columns = np.arange(eta.shape[1])
        top = every.argmax(axis=0)
        every -= every[top, columns]
        missed = -every[t, columns]
        least = np.exp(every.min(initial=0.0)) / len(every)
        others = np.exp(every, out=every)
        others[top, columns] = 0.0
        rows = np.log1p(others.sum(axis=0)) + missed
        if weights is None:
            return float(rows.sum()), float(least)
        return float(weights @ rows), float(least * weights.min(initial=np.inf))

    @staticmethod
    def mean_nll(mean: Floats, t: Statistic, order: int = 2) -> Rowwise:
        value = kernels.categorical_cross_entropy_of_probs(mean, t)
        if order == 0:
            return Rowwise(value)
        rows = indicator(t, mean.shape[1])
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.where(rows == 0, 0.0, rows / mean)
            if order == 1:
                return Rowwise(value, -ratio)
            hessian = np.zeros((*mean.shape, mean.shape[1]))
            k = np.arange(mean.shape[1])
            hessian[:, k, k] = np.where(rows == 0, 0.0, ratio / mean)
        return Rowwise(value, -ratio, hessian)

    @staticmethod
    def variance(mean: Floats) -> Floats:
        covariance = -np.outer(mean, mean)
        np.fill_diagonal(covariance, mean * (1.0 - mean))
        return covariance

    @staticmethod
    def log_base(t: Statistic) -> Floats:
        return np.zeros(len(t))

    @classmethod
    def divergence(cls, t: Floats, mean: Floats) -> Floats:
        return kernels.kl_divergence(t, mean)

    # --- the member ----------------------------------------------------------------------

    @property
    def expectation(self) -> Floats:
        return np.array(self.probs)

    @property
    def params(self) -> dict[str, Any]:
        """The probabilities in the order of the categories."""
        return {"probs": self.probs}

    @property
    def labels(self) -> tuple[Hashable, ...]:
        """The categories."""
        assert self.categories is not None
        return self.categories

    @property
    def terms(self) -> tuple[Hashable, ...]:
        """One row of a table for each category."""
        return self.labels

    @property
    def estimates(self) -> Floats:
        """The probabilities."""
        return self.expectation

    @classmethod
    def member(cls, mean: Floats, sample: Sample) -> Self:
        return cls(tuple(mean.tolist()), sample.labels)

    def statistics(self, y: Any) -> Statistic:
        """Return the position (n,) of every label among the categories."""
        return encode(y, self.labels, "y")

    def _weighted(self, y: Any, weights: Any) -> tuple[Statistic, Floats]:
        """Return the categories that occur, each once, and how often."""
        codes, counts = super()._weighted(y, weights)
        held = tally(codes, counts, len(self.labels))
        return np.flatnonzero(held), held[held > 0]

    def entropy_in_nats(self) -> float:
        return float(kernels.entropy(self.expectation))

    def draw(self, size: int, rng: np.random.Generator) -> NDArray[Any]:
        cumulative = np.cumsum(self.expectation)
        drawn = rng.random(size) * cumulative[-1]
        names: NDArray[Any] = np.empty(len(self.labels), dtype=object)
        names[:] = self.labels
        if all(type(label) is int for label in self.labels):
            names = names.astype(np.int64)
        chosen: NDArray[Any] = names[np.searchsorted(cumulative, drawn, side="right")]
        return chosen

    def columns(self, sample: Sample, null: Any = None) -> dict[str, Any]:
        """Return counts, and what a die of the null (fair by default) would be expected to show."""
        counts = _counts(sample)
        fair = type(self)((1.0 / len(counts),) * len(counts), self.labels)
        p = (fair if null is None else self.null_member(null, self)).expectation
        expected = sample.total * p
        with np.errstate(divide="ignore", invalid="ignore"):
            residual = (counts - expected) / np.sqrt(expected * (1.0 - p))
        return {"count": counts, "expected": expected, "std_residual": residual}

    @classmethod
    def null_member(cls, null: Any, estimate: Self) -> Self:
        """Return the hypothesis as a member: ``"fair"``, probabilities, or a Categorical."""
        if isinstance(null, str) and null == "fair":
            k = len(estimate.probs)
            return cls((1.0 / k,) * k, estimate.labels)
        if isinstance(null, cls):
            return null
        named = tuple(null) if isinstance(null, Mapping) else _index_labels(null)
        if named is None:
            return cls(null, estimate.labels)
        if set(named) != set(estimate.labels) or len(named) != len(estimate.labels):
            raise DataError(
                f"the null is indexed by {list(named)[:6]!r}, not by the categories "
                f"{list(estimate.labels)[:6]!r}; pass null.to_numpy() to go by position."
            )
        by_label = null if isinstance(null, Mapping) else dict(zip(named, null, strict=True))
        return cls(tuple(by_label[label] for label in estimate.labels), estimate.labels)

    # --- the fit -------------------------------------------------------------------------

    @classmethod
    def fit(
        cls,
        y: Any,
        *,
        categories: Sequence[Hashable] | None = None,
        weights: Any = None,
        method: str = "closed-form",
        tolerance: float = 1e-8,
        max_iter: int = 200,
    ) -> DistributionFit:
        """Return the maximum likelihood fit of the probability of each category.

        Parameters
        ----------
        y : (n,) array of labels
        categories : sequence of labels
            Every outcome that is possible, in order, seen or not; may be left out for a
            pandas categorical only.
        weights, method, tolerance, max_iter
            As for every distribution.

        Examples
        --------
        >>> from likelihood import Categorical
        >>> wolf = Categorical.fit(range(1, 7), categories=range(1, 7),
        ...                        weights=[3407, 3631, 3176, 2916, 3448, 3422])
        >>> print(f"G = {wolf.test('fair').statistic:.3f}")
        G = 95.802
        """
        names = labels(categories, y, "y")
        codes = encode(y, names, "y")
        rows = frequencies(weights, y)
        counts = tally(codes, rows, len(names))
        seen = counts > 0
        total = float(kernels.compensated_sum(rows))
        sample = Sample(
            np.flatnonzero(seen), counts[seen], total, counts / total, len(codes),
            int((rows > 0).sum()), labels=names,
            source=source_of(y), fingerprint=fingerprint(y, rows),
        )  # fmt: skip
        return cls.fit_sample(sample, method, tolerance, max_iter)

    @classmethod
    def search(cls, sample: Sample) -> Search:
        # A category never seen has its maximum at zero probability, where eta is infinite; the
        # others are fitted among themselves.
        seen = sample.mean > 0
        never = [label for label, some in zip(sample.labels, seen, strict=True) if not some]
        boundary = ""
        if never:
            noun = "Category" if len(never) == 1 else "Categories"
            boundary = (
                f"{noun} {listed(never, 12)} never occurred: estimated at probability 0, on the "
                f"edge of the range, with a one-sided interval."
            )
        if seen.sum() == 1:
            return Search(boundary or "There is only one category.")
        # The loss is linear in t, so one row with the mean of T(y) and the weight of them all
        # is the sample.  The most frequent category is the one that is pinned: against a rare
        # one every other coefficient would be as uncertain as that is.
        mean = sample.mean[None, _by_frequency(sample)]
        objective = LinearObjective(cls, np.ones((1, 1)), mean, np.array([sample.total]))
        return Search(boundary, objective, cls.natural(mean)[0, 1:], np.zeros(mean.size - 1))

    @classmethod
    def located(cls, theta: Floats, sample: Sample) -> Self:
        probs = np.zeros(len(sample.labels))
        probs[_by_frequency(sample)] = kernels.softmax(np.concatenate([[0.0], theta]))
        return cls.member(probs, sample)

    def exact_test(self, sample: Sample, null: Self, **options: Any) -> hypothesis.HypothesisTest:
        counts = np.array([hypothesis.whole_count(count) for count in _counts(sample)])
        test = exact.exact_multinomial(counts, null.expectation, **options)
        return hypothesis.HypothesisTest(
            float("nan"), float("nan"), test.p_value, test.log_p_value,
            f"exact multinomial by {test.method}, {test.outcomes:,} {_COUNTED[test.method]}",
        )  # fmt: skip


def _index_labels(probs: Any) -> tuple[Hashable, ...] | None:
    """Return the labels of an indexed column; None where it merely counts its rows."""
    index: Any = getattr(probs, "index", None)
    if not hasattr(index, "equals"):
        return None
    names = tuple(index.tolist())
    return None if names == tuple(range(len(names))) else names


def _by_frequency(sample: Sample) -> Integers:
    """Return the categories that were seen, the most frequent first."""
    order: Integers = np.argsort(-sample.mean, kind="stable")
    return order[sample.mean[order] > 0]


def _others(mean: Floats) -> Floats:
    """Return 1 - p in every column, summed from the other columns where p is near 1."""
    rest = 1.0 - mean
    top = mean.argmax(axis=1)[:, None]
    without = mean.copy()
    np.put_along_axis(without, top, 0.0, axis=1)
    np.put_along_axis(rest, top, without.sum(axis=1)[:, None], axis=1)
    return rest
