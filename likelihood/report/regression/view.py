"""How a regression is looked at: which intervals, from which covariance (level 9)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import Fit

#: The models whose coefficients are logarithms of ratios, and what those are ratios of.
RATIOS = {
    "LogisticRegression": "odds ratio",
    "SoftmaxRegression": "odds ratio",
    "PoissonRegression": "rate ratio",
}


@dataclass(frozen=True)
class RegressionView:
    """What tables, figures and captions of one regression have in common.

    Attributes
    ----------
    level : float
        Coverage of the intervals.
    interval : str or None
        A method of ``confint``; Student's t for a linear regression and Wald's for the others
        where None.
    null : optional
        A hypothesis, as ``fit.test`` takes it, that a report tests.
    null_name : str
        The hypothesis as a noun phrase.
    exponentiate : bool
        Whether a forest shows ratios.
    term, response : optional
        What a figure of one coefficient, or of one class, is about.
    """

    level: float = 0.95
    interval: str | None = None
    null: Any = None
    null_name: str = ""
    exponentiate: bool = False
    term: str | None = None
    response: Any = None

    def tidy(self, fit: Fit, *, exponentiate: bool = False) -> pd.DataFrame:
        """Return the table of coefficients with these intervals."""
        return fit.tidy(self.level, self.interval, exponentiate=exponentiate)

    def method(self, fit: Fit) -> str:
        """Return the name of the intervals.

        Examples
        --------
        >>> import likelihood as lk
        >>> line = lk.LinearRegression().fit([[0.0], [1.0], [2.0]], [1.0, 2.0, 4.0])
        >>> RegressionView().method(line.result_), RegressionView(interval="wald").method(None)
        ('t', 'wald')
        """
        if self.interval is not None:
            return self.interval
        return "t" if fit.model == "LinearRegression" else "wald"
