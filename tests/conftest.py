"""The distributions under test: a fifth gets every law by one more entry in CASES."""

from __future__ import annotations

import os
from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from typing import Any

# The tests run side by side, one to a processor: BLAS must not share each among several.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import pytest
from hypothesis import settings

from likelihood import Bernoulli, Categorical, Gaussian, Poisson
from tests.exponential import Exponential

# The same examples in every run, so that a failure is a change of the code.
settings.register_profile("repeatable", derandomize=True, deadline=None)
settings.load_profile("repeatable")


@dataclass(frozen=True)
class Case:
    """A member, another of the same family, and observations with frequencies."""

    member: Any
    other: Any
    y: Sequence[Hashable]
    weights: Sequence[int]
    support: Sequence[Hashable] | None
    eta: tuple[float, float] = (-1.3, 1.7)
    fit_options: dict[str, Any] = field(default_factory=dict)

    @property
    def range(self) -> tuple[float, float]:
        """Where all but 1e-30 of the probability is; for quadrature."""
        if self.member.mean_range[0] == 0.0:
            return 0.0, 80.0 * self.member.expectation[0]
        return self.member.mean - 12 * self.member.sd, self.member.mean + 12 * self.member.sd

    @property
    def family(self) -> Any:
        return type(self.member)

    def fit(self, y: Any = None, weights: Any = None, **options: Any) -> Any:
        y = self.y if y is None else y
        return self.family.fit(y, weights=weights, **self.fit_options, **options)


CASES = {
    "bernoulli": Case(
        Bernoulli(0.3), Bernoulli(0.45), [1, 0, 0, 1, 0], [3, 1, 4, 1, 5], [0, 1]
    ),
    "categorical": Case(
        Categorical([0.2, 0.5, 0.3], "abc"), Categorical([0.1, 0.2, 0.7], "abc"),
        ["b", "a", "c", "b", "c"], [3, 1, 4, 1, 5], "abc", fit_options={"categories": "abc"},
    ),
    "gaussian": Case(
        Gaussian(1.5, 0.7), Gaussian(-0.5, 2.0), [0.3, -1.25, 2.5, 4.0, 0.125], [3, 1, 4, 1, 5],
        None,
    ),
    "poisson": Case(
        Poisson(2.5), Poisson(4.0), [0, 3, 1, 7, 2], [3, 1, 4, 1, 5], range(80)
    ),
    "exponential": Case(
        Exponential(2.5), Exponential(1.25), [0.5, 3.25, 1.0, 7.5, 0.0625], [3, 1, 4, 1, 5], None,
        eta=(-2.3, -0.4),
    ),
}  # fmt: skip


@pytest.fixture(params=CASES.values(), ids=CASES.keys())
def case(request: pytest.FixtureRequest) -> Case:
    """Return each distribution in turn."""
    return request.param


@pytest.fixture
def rng() -> np.random.Generator:
    """Return a seeded generator."""
    return np.random.default_rng(20260101)
