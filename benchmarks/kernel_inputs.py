"""Seeded inputs on which the accuracy of the kernels is measured, by class.

Each function returns a dictionary from the class's name to a list of argument tuples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Arguments = tuple[NDArray[np.generic], ...]
Inputs = dict[str, list[Arguments]]
Random = np.random.Generator

EXTREMES = np.array(
    [5e-324, 1e-310, 2.2250738585072014e-308, 1e-300, 1e-16, 1.0, 1e16, 1e300, 1e308]
)
CLASSES = (2, 3, 5, 10, 100, 1000)


def sizes(rng: Random, n: int) -> NDArray[np.float64]:
    """Return magnitudes from 5e-324 to 1e308 of both signs, the extremes included."""
    drawn = np.exp(rng.uniform(np.log(5e-324), np.log(1e308), n))
    return np.concatenate([drawn, EXTREMES]) * rng.choice([-1.0, 1.0], n + len(EXTREMES))


def logits(rng: Random, n: int) -> dict[str, NDArray[np.float64]]:
    """Return logits by class."""
    cuts = np.array([np.log(2.0), 36.04, 36.74, 37.4, 708.4, 709.78, 744.4, 745.13])
    return {
        "moderate": rng.uniform(-6, 6, n),
        "wide": rng.uniform(-40, 40, n),
        "subnormal results": -rng.uniform(700, 746, n),
        "all magnitudes": sizes(rng, n),
        "near a branch": rng.choice(cuts, n)
        * (1 + rng.normal(0, 1e-4, n))
        * rng.choice([-1, 1], n),
    }


def scalar_logits(rng: Random, n: int) -> Inputs:
    return {name: [(z,)] for name, z in logits(rng, n).items()}


def positive(rng: Random, n: int) -> Inputs:
    return {name: [(np.abs(z),)] for name, z in logits(rng, n).items()}


def hard_outcomes(rng: Random, n: int) -> Inputs:
    return {
        name: [(z, rng.integers(0, 2, len(z)).astype(float))] for name, z in logits(rng, n).items()
    }


def unit_interval(rng: Random, n: int) -> NDArray[np.float64]:
    """Return probabilities: uniform ones, and ones extremely near 0 and 1."""
    small = np.exp(rng.uniform(np.log(5e-324), 0, n // 4))
    return rng.permutation(np.concatenate([rng.random(n - 2 * (n // 4)), small, 1.0 - small]))


def soft_outcomes(rng: Random, n: int) -> Inputs:
    return {name: [(z, unit_interval(rng, len(z)))] for name, z in logits(rng, n).items()}


def cancelling_outcomes(rng: Random, n: int) -> Inputs:
    """Return logits with outcomes at and near the probability."""
    z = rng.uniform(-30, 30, n)
    s = 1.0 / (1.0 + np.exp(-z))
    y = s * (1 + rng.choice([0.0, 1e-15, 1e-10, 1e-5, 1e-2, 0.3], n) * rng.normal(size=n))
    return {"at the probability": [(z, np.clip(s, 0, 1))], "near it": [(z, np.clip(y, 0, 1))]}


def rows(rng: Random, n: int) -> dict[str, list[NDArray[np.float64]]]:
    """Return logits of K = 2..1000 classes by class of input; n is the number of rows at K = 10."""
    made: dict[str, list[NDArray[np.float64]]] = {}
    for k in CLASSES:
        m = max(2, min(2 * n, 10 * n // k))
        plain = rng.normal(0, 3, (m, k))
        gap = np.exp(rng.uniform(np.log(1e-3), np.log(740.0), (m, 1)))
        dominated = rng.normal(0, 1, (m, k)) + rng.uniform(-50, 50, (m, 1))
        dominated[np.arange(m), rng.integers(0, k, m)] = (dominated.max(1, keepdims=True) + gap)[
            :, 0
        ]
        masked = np.where(rng.random((m, k)) < 0.5, -np.inf, 10 * plain)
        masked[np.arange(m), rng.integers(0, k, m)] = 0.0
        offset = rng.choice([1e6, -1e6, 1e15, -1e15, 1e300, -1e300], (m, 1))
        offsets = offset + plain * rng.choice([1.0, np.abs(offset[0, 0]) * 1e-14], (m, 1))
        for name, block in {
            "moderate": plain,
            "wide": 80 * plain,
            "offsets 1e6, 1e15, 1e300": offsets,
            "one dominates": dominated,
            "masked": masked,
            "ties": np.round(plain),
            "all magnitudes": sizes(rng, m * k)[: m * k].reshape(m, k),
        }.items():
            made.setdefault(name, []).append(block)
    return made


def logit_rows(rng: Random, n: int) -> Inputs:
    return {name: [(x,) for x in blocks] for name, blocks in rows(rng, n).items()}


def labelled_rows(rng: Random, n: int) -> Inputs:
    """Return rows of logits with labels, half of them the likeliest class."""

    def label(x: NDArray[np.float64]) -> NDArray[np.int64]:
        drawn = rng.integers(0, x.shape[1], len(x))
        return np.where(rng.random(len(x)) < 0.5, x.argmax(axis=1), drawn)

    return {name: [(x, label(x)) for x in blocks] for name, blocks in rows(rng, n).items()}


def _normalised(t: NDArray[np.float64]) -> NDArray[np.float64]:
    return t / t.sum(axis=1, keepdims=True)


def simplex(rng: Random, m: int, k: int) -> NDArray[np.float64]:
    """Return rows on the simplex: even, skewed, nearly point masses, and with zeros."""
    draws = rng.exponential(1.0, (m, k)) ** rng.choice([0.1, 1.0, 10.0, 60.0], (m, 1))
    draws[rng.random((m, k)) < rng.choice([0.0, 0.0, 0.5], (m, 1))] = 0.0
    draws[np.arange(m), rng.integers(0, k, m)] += 1e-3
    return _normalised(draws)


def soft_rows(rng: Random, n: int) -> Inputs:
    """Return rows of logits with probabilities or smoothed labels, 0 in masked classes."""

    def target(x: NDArray[np.float64]) -> NDArray[np.float64]:
        m, k = x.shape
        t = simplex(rng, m, k)
        smoothed = np.full((m, k), 0.1 / k)
        smoothed[np.arange(m), rng.integers(0, k, m)] += 0.9
        t = np.where(rng.random((m, 1)) < 0.5, t, smoothed)
        t[np.isneginf(x)] = 0.0
        t[t.sum(axis=1) == 0] = (x == 0)[t.sum(axis=1) == 0]
        return _normalised(t)

    return {name: [(x, target(x)) for x in blocks] for name, blocks in rows(rng, n).items()}


def cancelling_rows(rng: Random, n: int) -> Inputs:
    """Return rows of logits with targets at and near the softmax."""
    at, near = [], []
    for (x,) in logit_rows(rng, n)["moderate"]:
        s = _normalised(np.exp(x - x.max(axis=1, keepdims=True)))
        at.append((x, s))
        size = rng.choice([1e-14, 1e-9, 1e-4, 0.3], (len(x), 1))
        near.append((x, _normalised(s * np.exp(size * rng.normal(size=x.shape)))))
    return {"at the softmax": at, "near it": near}


def probabilities(rng: Random, n: int) -> Inputs:
    return {
        "all shapes": [(simplex(rng, max(2, min(2 * n, 10 * n // k)), k),) for k in CLASSES],
        "nearly certain": [(_nearly_certain(rng, n),)],
    }


def _nearly_certain(rng: Random, n: int) -> NDArray[np.float64]:
    small = np.exp(rng.uniform(np.log(1e-300), np.log(1e-3), n))
    return np.stack([1.0 - small, small], axis=1)


def probabilities_and_targets(rng: Random, n: int) -> Inputs:
    """Return forecasts with labels (one-hot rows) and with probabilities."""
    hard, soft = [], []
    for (p,) in probabilities(rng, n)["all shapes"]:
        m, k = p.shape
        hard.append((p, np.eye(k)[rng.integers(0, k, m)]))
        t = simplex(rng, m, k)
        t[p == 0] = 0.0
        soft.append((p, _normalised(t + (t.sum(axis=1, keepdims=True) == 0) * (p > 0))))
    return {"labels": hard, "probabilities": soft}


def unit_values(rng: Random, n: int) -> Inputs:
    return {"all sizes": [(unit_interval(rng, n),)]}


def unit_pairs(rng: Random, n: int) -> Inputs:
    """Return pairs of probabilities, independent and nearly equal."""
    p = unit_interval(rng, n)
    size = rng.choice([1e-15, 1e-12, 1e-8, 1e-4, 0.1, 1.0], n)
    return {
        "independent": [(p, unit_interval(rng, n))],
        "nearly equal": [(p, np.clip(p * np.exp(size * rng.normal(size=n)), 5e-324, 1.0))],
        "near 1": [(1 - p * 1e-8, np.clip(1 - p * 1e-8 * np.exp(size * rng.normal(size=n)), 0, 1))],
    }


def forecast_pairs(rng: Random, n: int) -> Inputs:
    """Return pairs of rows on the simplex, independent and nearly equal."""
    apart, near = [], []
    for (p,) in probabilities(rng, n)["all shapes"]:
        q = simplex(rng, *p.shape) + 1e-30 * (p > 0)
        apart.append((p, q))
        size = rng.choice([1e-15, 1e-12, 1e-8, 1e-4, 0.1, 1.0], (len(p), 1))
        near.append((p, _normalised(p * np.exp(size * rng.normal(size=p.shape)))))
    return {"independent": apart, "nearly equal": near}


def rates(rng: Random, n: int) -> Inputs:
    """Return pairs of Poisson rates."""
    a = np.abs(sizes(rng, n))
    size = rng.choice([1e-15, 1e-12, 1e-8, 1e-4, 0.1, 1.0, 3.0], len(a))
    with np.errstate(over="ignore"):
        b = np.clip(a * np.exp(size * rng.normal(size=len(a))), 5e-324, 1e308)
    return {"all magnitudes": [(a, np.abs(sizes(rng, n)))], "nearly equal": [(a, b)]}


def gaussians(rng: Random, n: int) -> Inputs:
    """Return y, mean and sd: sd over all doubles, and u = (y - mean) / sd near 1."""
    sd = np.abs(sizes(rng, n))
    mean = sizes(rng, n)
    with np.errstate(over="ignore"):
        y = np.clip(mean + sd * rng.normal(0, 3, len(sd)), -1e308, 1e308)
    one = rng.choice([0.1, 1.0, 3.7], n)
    near = one * (1 + rng.choice([0.0, 2.0**-52, 1e-12, 1e-6], n) * rng.normal(size=n))
    shift = rng.normal(0, 5, n)
    return {
        "moderate": [(rng.normal(0, 3, n), rng.normal(0, 3, n), np.exp(rng.normal(0, 2, n)))],
        "all magnitudes": [(sizes(rng, n), mean, sd)],
        "sd over all doubles": [(y, mean, sd)],
        "one sd away": [(shift + near, shift, one)],
    }


def vectors(rng: Random, n: int) -> Inputs:
    """Return vectors whose sums have condition numbers up to 1e14."""
    cancelling = []
    for exponent in (0, 4, 8, 12):
        x = rng.normal(size=n) * 10.0 ** rng.uniform(0, exponent, n)
        cancelling.append((rng.permutation(np.concatenate([x, -x, rng.random(5)])),))
    return {"positive": [(rng.random(k),) for k in (1, 2, 3, 7, n)], "cancelling": cancelling}


def vector_pairs(rng: Random, n: int) -> Inputs:
    """Return pairs of vectors whose dot products have condition numbers up to 1e12."""
    cancelling = []
    for exponent in (0, 4, 8, 12):
        a = rng.normal(size=n) * 10.0 ** rng.uniform(0, exponent, n)
        b, c = rng.normal(size=n), rng.random(5)
        cancelling.append((np.concatenate([a, -a, c]), np.concatenate([b, b, c])))
    return {"cancelling": cancelling}


def samples(rng: Random, n: int) -> Inputs:
    """Return samples whose spread is small beside their mean, at all magnitudes."""
    made = []
    for mean, sd in ((0, 1), (1e8, 1), (1e15, 3), (1e300, 1e290), (1e-300, 1e-305), (-1e6, 1e-4)):
        made.append((mean + sd * rng.normal(size=n),))
    alternating = np.where(np.arange(1001) % 2, 10000000.1, 10000000.3)
    alternating[0] = 10000000.2
    return {"offset samples": made, "NumAcc4": [(alternating,)]}


Source = Callable[[Random, int], Inputs]
