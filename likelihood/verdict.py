"""The verdict in which every fit ends (level 0): a status, its evidence, and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Status(StrEnum):
    """How a fit ended; there is no other list of outcomes in this package.

    Examples
    --------
    >>> from likelihood import Status
    >>> Status.OPTIMUM.value
    'OPTIMUM'
    >>> Status("BOUNDARY").maximised
    True
    """

    OPTIMUM = "OPTIMUM"
    SEPARATED = "SEPARATED"
    NOT_IDENTIFIED = "NOT_IDENTIFIED"
    BOUNDARY = "BOUNDARY"
    NOT_CONVERGED = "NOT_CONVERGED"

    @property
    def maximised(self) -> bool:
        """Whether the estimate maximises the likelihood (on its edge, for a boundary)."""
        return self in (Status.OPTIMUM, Status.BOUNDARY)


@dataclass(frozen=True)
class Verdict:
    """A status with its evidence.

    Attributes
    ----------
    status : Status
    explanation : str
        One or more sentences for a person: what was found, and what to do if anything.
    distance : float
        How far the estimate is from the maximum, in standard errors:
        ``sqrt(gradient' Hessian**-1 gradient)`` at the estimate (the square root of twice
        the Newton decrement).  NaN where no estimate was reached.
    directions : DataFrame or None
        The directions in which the likelihood has no maximum; None for samples.
    notes : tuple of str
        What else a reader should know, such as weights that are not counts.

    Examples
    --------
    >>> import likelihood as lk
    >>> verdict = lk.Bernoulli.fit([1, 0, 1]).verdict
    >>> verdict.status
    <Status.OPTIMUM: 'OPTIMUM'>
    >>> verdict.distance < 1e-8
    True
    """

    status: Status
    explanation: str
    distance: float
    directions: Any = None
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.status}: {self.explanation}"
