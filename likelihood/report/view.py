"""How a fit is looked at: the level, the interval and the hypothesis of a report (level 9)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit

#: The hypotheses that need no saying.
_NULLS: Mapping[str, Any] = {"Bernoulli": 0.5, "Categorical": "fair"}


@dataclass(frozen=True)
class View:
    """What tables, figures and captions of one report have in common.

    Attributes
    ----------
    level : float
        Coverage of the intervals; hypotheses are rejected at one minus it.
    interval : str or None
        A method of ``confint``; the distribution's default where None.
    null : optional
        The hypothesis, as ``fit.test`` takes it; a fair die and a fair coin where None.
    null_name : str
        The hypothesis as a noun phrase, such as "the binomial of 12 dice with 1/3".
    """

    level: float = 0.95
    interval: str | None = None
    null: Any = None
    null_name: str = ""

    def tidy(self, fit: DistributionFit) -> pd.DataFrame:
        """Return the table of estimates with these intervals and this hypothesis."""
        # Only a categorical's table tells what the hypothesis expects.
        null = self.null if fit.distribution.labels else None
        return fit.tidy(self.level, self.interval, null=null)

    def method(self, fit: DistributionFit) -> str:
        """Return the name of the intervals."""
        return self.interval or next(iter(fit.distribution.interval_methods))

    def hypothesis(self, fit: DistributionFit) -> Any:
        """Return the hypothesis as ``fit.test`` takes it; None where there is none.

        Examples
        --------
        >>> import likelihood as lk
        >>> View().hypothesis(lk.Bernoulli.fit([1, 0])), View().hypothesis(lk.Poisson.fit([1]))
        (0.5, None)
        """
        return _NULLS.get(fit.model) if self.null is None else self.null

    def fixed(self, fit: DistributionFit) -> dict[str, Any]:
        """Return the parameters that the hypothesis fixes, with their values.

        Examples
        --------
        >>> import likelihood as lk
        >>> View(null={"mean": 3.0}).fixed(lk.Gaussian.fit([1.0, 2.0]))
        {'mean': 3.0}
        >>> View().fixed(lk.Bernoulli.fit([1, 0]))
        {'prob': 0.5}
        """
        null = self.hypothesis(fit)
        if null is None:
            return {}
        if isinstance(null, Mapping):
            return dict(null)
        member: Any = fit.distribution.null_member(null, fit.distribution)
        return dict(member.params)
