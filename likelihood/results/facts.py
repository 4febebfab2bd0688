"""What a regression's result knows of its data without the rows (level 6)."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from typing import Any

from likelihood.data.formulas import FormulaSpec


@dataclass(frozen=True)
class Facts:
    """Names, labels and counts of a regression: all that its tables need besides numbers.

    Attributes
    ----------
    terms : tuple of str
        The coefficients of each free coordinate, the intercept first.
    response : str
        The name of y; empty where it has none.
    classes : tuple, or None
        The class labels in their order (as in ``classes_``); None for linear and Poisson.
    base : label
        The class that the others are compared with: softmax's ``reference``, and for a logistic
        regression the class that is not the ``event``.
    responses : tuple
        What the k free coordinates of eta are about: the classes but the base, in their order;
        (event,) for a logistic regression; () for linear and Poisson.
    n_rows, n_used, n_dropped : int
        Rows given (after dropping), those of them with weight, and rows dropped for missing values.
    total : float
        The sum of the weights.
    intercept : bool
    ridge : float
    offset : bool
        Whether the fit had an offset.
    formula : FormulaSpec or None
    names_given : bool
        Whether the columns came with names.
    free_dispersion : bool
        Whether the dispersion is estimated, so that tests are t and coefficients have units
        (linear); ``fit_of`` sets it from the family.
    continuous : bool
        Whether the likelihood is a density; ``fit_of`` sets it from the family.
    """

    terms: tuple[str, ...]
    response: str
    classes: tuple[Hashable, ...] | None
    base: Any
    responses: tuple[Hashable, ...]
    n_rows: int
    n_used: int
    n_dropped: int
    total: float
    intercept: bool
    ridge: float
    offset: bool
    formula: FormulaSpec | None
    names_given: bool
    free_dispersion: bool = False
    continuous: bool = False

    @property
    def free(self) -> int:
        """The free coordinates of eta, k."""
        return max(len(self.responses), 1)

    @property
    def several(self) -> bool:
        """Whether rows of tables are told apart by a response (softmax)."""
        return len(self.responses) > 1 or (self.classes is not None and len(self.classes) > 2)
