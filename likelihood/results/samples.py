"""What users hold after a fit (level 6): estimates, verdict, tables, tests."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

import likelihood
from likelihood.data.samples import Sample
from likelihood.family import Floats
from likelihood.fit import Record
from likelihood.fitted import Fitted
from likelihood.inference.hypothesis import checked_kind
from likelihood.inference.level import checked_level
from likelihood.verdict import Status, Verdict

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes

#: The columns of ``glance``, the same for every model; NaN where one does not apply.
GLANCE = (
    "model", "status", "n_rows", "n_used", "n_dropped", "sum_weights", "n_responses",
    "n_parameters", "df_resid", "log_likelihood", "null_log_likelihood", "deviance",
    "null_deviance", "lr_statistic", "lr_df", "lr_p_value", "aic", "aicc", "bic", "r2",
    "r2_mcfadden", "r2_nagelkerke", "r2_tjur", "log_loss", "brier", "accuracy", "auc",
    "dispersion", "n_iter", "distance", "condition_number", "covariance", "interval", "version",
)  # fmt: skip


# Compared by identity: the arrays inside have no single truth value.
@dataclass(frozen=True, eq=False)
class DistributionFit:
    """A distribution fitted to a sample, with its verdict.

    Attributes
    ----------
    distribution : Distribution
        The fitted member.
    sample : Sample
        What the likelihood depends on, with a digest of the rows.
    record : Record
        How the maximum was found.
    log_likelihood : float
        In nats.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> fit = Poisson.fit([2, 0, 3, 1, 4])
    >>> fit.verdict.status
    <Status.OPTIMUM: 'OPTIMUM'>
    >>> fit.tidy().round(3)
       term  estimate  std_error  conf_low  conf_high flag
    0  rate       2.0      0.632     0.959      3.678
    >>> print(f"p = {fit.test(1.0, kind='exact').p_value:.4f}")
    p = 0.0386
    """

    distribution: Fitted
    sample: Sample = field(repr=False)
    record: Record = field(repr=False)
    log_likelihood: float

    @property
    def verdict(self) -> Verdict:
        """How the fit ended, with its evidence."""
        return self.record.verdict

    @property
    def model(self) -> str:
        """The name of the distribution."""
        return type(self.distribution).__name__

    @property
    def params(self) -> dict[str, Any]:
        """The estimates by name."""
        return self.distribution.params

    @property
    def n(self) -> float:
        """The number of observations: the sum of the frequency weights."""
        return self.sample.total

    @property
    def n_parameters(self) -> int:
        """The number of free parameters."""
        return self.distribution.n_parameters

    @property
    def aic(self) -> float:
        """Akaike's information criterion (1974); NaN where there is no maximum."""
        return self._criterion(2.0 * self.n_parameters)

    @property
    def bic(self) -> float:
        """Schwarz's information criterion (1978); NaN where there is no maximum."""
        return self._criterion(self.n_parameters * math.log(self.n))

    def _criterion(self, penalty: float) -> float:
        value = penalty - 2.0 * self.log_likelihood
        trusted = self.verdict.status.maximised and math.isfinite(value)
        return value if trusted else math.nan

    def tidy(
        self,
        level: float = 0.95,
        interval: str | None = None,
        *,
        null: Any = None,
    ) -> pd.DataFrame:
        """Return one row per parameter: term, estimate, std_error, conf_low, conf_high, flag.

        A categorical has ``count`` before, and ``expected`` and ``std_residual`` under
        ``null`` (fair where not given) after the interval.  Cells that cannot be trusted are
        NaN: all but the estimate where the search did not converge.

        Parameters
        ----------
        level : float
            Coverage of the intervals, in (0, 1).
        interval : str, optional
            A method of ``confint``; the distribution's default where not given.
        null : optional
            A categorical's hypothesis.
        """
        import pandas as pd

        low, high = self._interval(level, interval).T
        extra = self.distribution.columns(self.sample, null)
        table: dict[str, Any] = {"term": self._term_column()}
        if "count" in extra:
            table["count"] = extra.pop("count")
        table |= {
            "estimate": self.distribution.estimates,
            "std_error": self._std_errors(),
            "conf_low": low,
            "conf_high": high,
            **extra,
            "flag": np.where(self.distribution.boundary_terms(), "boundary", "").astype(object),
        }
        return pd.DataFrame(table)

    def glance(self) -> pd.DataFrame:
        """Return one row about the fit as a whole, with the same columns for every model."""
        import pandas as pd

        n, k, value = self.n, self.n_parameters, self.log_likelihood
        corrected = self.aic + 2.0 * k * (k + 1) / (n - k - 1) if n - k - 1 > 0 else math.nan
        known = {
            "model": self.model,
            "status": str(self.verdict.status),
            "n_rows": self.sample.n_rows,
            "n_used": self.sample.n_used,
            "n_dropped": 0,
            "sum_weights": n,
            "n_responses": max(len(self.distribution.labels), 1),
            "n_parameters": k,
            "df_resid": n - k,
            "log_likelihood": value,
            "aic": self.aic,
            "aicc": corrected,
            "bic": self.bic,
            # 0.0 - x: the loss of a certain outcome is 0.0, not -0.0.
            "log_loss": 0.0 - value / n if self.distribution.classes else math.nan,
            "dispersion": getattr(self, "sd_unbiased_variance", math.nan) ** 2,
            "n_iter": self.record.iterations,
            "distance": self.verdict.distance,
            "covariance": "information",
            "interval": next(iter(self.distribution.interval_methods)),
            "version": likelihood.__version__,
        }
        return pd.DataFrame([{name: known.get(name, math.nan) for name in GLANCE}])

    def confint(self, level: float = 0.95, method: str | None = None) -> pd.DataFrame:
        """Return confidence intervals: term, estimate, conf_low, conf_high.

        Parameters
        ----------
        level : float
            Coverage, in (0, 1); of all categories together for a categorical's "goodman",
            "quesenberry-hurst" and "sison-glaz", of each by itself otherwise.
        method : str, optional
            Bernoulli: "wilson" (default), "clopper-pearson", "jeffreys", "agresti-coull",
            "wald", "profile".  Categorical: "goodman" (default), "quesenberry-hurst",
            "sison-glaz", "wilson", "wald", "profile".  Gaussian: "t" (default; the
            chi-square interval for sd), "wald", "profile".  Poisson: "exact" (default),
            "score", "wald", "profile".
        """
        import pandas as pd

        low, high = self._interval(level, method).T
        return pd.DataFrame(
            {
                "term": self._term_column(),
                "estimate": self.distribution.estimates,
                "conf_low": low,
                "conf_high": high,
            }
        )

    def test(self, null: Any, kind: str = "lr", **options: Any) -> pd.Series[Any]:
        """Return the test of a hypothesis: statistic, df, p_value, log_p_value.

        Parameters
        ----------
        null : Distribution, number, sequence or mapping
            The hypothesis: a member; the value of the parameter; a categorical's
            probabilities or "fair"; a Gaussian's ``{"mean": ...}``, ``{"sd": ...}`` or both.
        kind : {"lr", "score", "wald", "exact"}
            For a categorical "lr" is the G-test and "score" Pearson's chi-square.
        **options
            Of the exact test of a categorical: ``rng`` (a seed) and ``replicates``.

        Raises
        ------
        ValueError
            The kind is not known, or there is no such test.
        """
        import pandas as pd

        if self.verdict.status is Status.NOT_CONVERGED:
            raise ValueError("a fit that did not converge cannot be tested; fit it again first.")
        result = self.distribution.test(self.sample, null, checked_kind(kind), **options)
        return pd.Series(result._asdict()).drop("method").astype(float).rename(result.method)

    def compare(self, *others: Any) -> pd.DataFrame:
        """Return this fit beside others of the same rows, or beside fixed members.

        See Also
        --------
        likelihood.compare
        """
        from likelihood.comparison import compare

        return compare(self, *others)

    def covariance(self, kind: str = "information") -> pd.DataFrame:
        """Return the covariance of the estimates; singular for a categorical, whose sum is 1.

        Raises
        ------
        ValueError
            The kind is not "information": a sample has no other.
        """
        import pandas as pd

        if kind != "information":
            raise ValueError(
                f"covariance {kind!r} is not defined for a sample; 'information' is, and for "
                f"a family without free dispersion the sandwich equals it."
            )
        values = self.distribution.estimate_covariance(self.n)
        if self.verdict.status is Status.NOT_CONVERGED:
            values = np.full_like(values, math.nan)
        terms = pd.Index(self._term_column(), name="term", dtype=object)
        return pd.DataFrame(values, index=terms, columns=terms)

    def crosscheck(self) -> pd.DataFrame:
        """Return ours beside statsmodels' and SciPy's, with the digits of agreement."""
        from likelihood.crosscheck import crosscheck

        return crosscheck(self)

    def plot(
        self,
        kind: str | None = None,
        ax: Axes | None = None,
        *,
        level: float = 0.95,
        interval: str | None = None,
        null: Any = None,
    ) -> Axes:
        """Return matplotlib axes with a figure of the fit.

        Parameters
        ----------
        kind : str, optional
            Categorical: "bars".  Bernoulli: "likelihood".  Gaussian: "density" (default),
            "qq".  Poisson: "counts" (default), "likelihood".
        ax : matplotlib Axes, optional
            Where to draw; a figure of its own where not given.
        level, interval, null : optional
            As for ``confint`` and ``test``; the null is marked.
        """
        from likelihood.report.plots import plot

        axes: Axes = plot(self, kind, ax, level=level, interval=interval, null=null)
        return axes

    def report(
        self,
        folder: str | Path,
        *,
        title: str = "",
        source: str = "",
        null: Any = None,
        level: float = 0.95,
        interval: str | None = None,
        force: bool = False,
    ) -> Path:
        """Return the folder into which tables, page and figures were written.

        Parameters
        ----------
        folder : path
            New, empty, or an earlier report, which is replaced; with ``force`` any other, too.
        title, source : str
            The heading, and where the data come from.
        null, level, interval : optional
            As for ``test`` and ``confint``; a die and a coin are fair where no null is given.
        """
        from likelihood.report.folder import write_report

        written: Path = write_report(
            self, folder, title=title, source=source, null=null, level=level, interval=interval,
            force=force,
        )  # fmt: skip
        return written

    def summary(self) -> Any:
        """Return a summary that prints in a terminal and shows as a table in a notebook."""
        from likelihood.report.summary import Summary

        return Summary.of(self)

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return str(self.summary()._repr_html_())

    def _term_column(self) -> pd.Series[Any]:
        import pandas as pd

        # As objects: pandas' own type for text refuses what UTF-8 cannot write.
        return pd.Series(list(self.distribution.terms), dtype=object)

    def _std_errors(self) -> Floats:
        variances = np.diag(self.distribution.estimate_covariance(self.n))
        if self.verdict.status is Status.NOT_CONVERGED:
            return np.full(len(variances), math.nan)
        return np.sqrt(variances)

    def _interval(self, level: float, method: str | None) -> Floats:
        level = checked_level(level)
        methods = self.distribution.interval_methods
        chosen = next(iter(methods)) if method is None else method
        if chosen not in methods:
            raise ValueError(
                f"interval {chosen!r} is not defined for {self.model}; "
                f"use one of {', '.join(methods)}."
            )
        if self.verdict.status is Status.NOT_CONVERGED:
            return np.full((len(self.distribution.estimates), 2), math.nan)
        interval: Floats = methods[chosen](self.sample, level)
        return interval
