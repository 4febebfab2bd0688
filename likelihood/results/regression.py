"""The result of a regression: estimates, verdict, tables, tests (level 6)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from likelihood.fit.record import RegressionRecord
from likelihood.linear_model import LinearModel
from likelihood.results import augmented, glances, hypotheses, tables
from likelihood.results.facts import Facts
from likelihood.results.rows import checksum, response_digest
from likelihood.verdict import Verdict

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd
    from matplotlib.axes import Axes


# Compared by identity: the arrays inside have no single truth value.
@dataclass(frozen=True, eq=False)
class Fit:
    """A fitted regression, with its verdict.

    It refers to the rows it was fitted to and never copies them.  They are left behind when it
    is pickled, copied or saved; what needs them (``augment``, robust covariances, profile
    intervals, most tests) says so then, and refuses as well if they have changed.

    Attributes
    ----------
    model : str
        The name of the estimator.
    record : RegressionRecord
        How the maximum was found.
    facts : Facts
        Names, labels and counts.
    rows : LinearModel or None
        The rows it was fitted to, by reference; None once it was pickled or loaded.
    source : table, array or None
        What the caller gave for X, or as the table of a formula, by reference; ``augment``
        returns it with its columns added.
    seen : str
        A checksum of the rows at the fit.
    stored_glance : mapping, optional
        The row of ``glance`` as it was when the rows were there.
    stored_fingerprint : str
        The same for ``fingerprint``.
    stored_unreliable : (k, d) array of bool, optional
        The same for ``unreliable``.

    Examples
    --------
    >>> import likelihood as lk
    >>> X, y = [[0.0], [0.0], [1.0], [1.0], [1.0]], [0, 1, 0, 1, 1]
    >>> fit = lk.LogisticRegression().fit(X, y).result_
    >>> fit.verdict.status
    <Status.OPTIMUM: 'OPTIMUM'>
    >>> fit.tidy().round(3)[["term", "estimate", "std_error", "p_value"]]
            term  estimate  std_error  p_value
    0  intercept     0.000      1.414    1.000
    1         x0     0.693      1.871    0.711
    """

    model: str
    record: RegressionRecord = field(repr=False)
    facts: Facts = field(repr=False)
    rows: LinearModel | None = field(default=None, repr=False)
    source: Any = field(default=None, repr=False)
    seen: str = field(default="", repr=False)
    stored_glance: Mapping[str, Any] | None = field(default=None, repr=False)
    stored_fingerprint: str = field(default="", repr=False)
    stored_unreliable: NDArray[np.bool_] | None = field(default=None, repr=False)

    @property
    def verdict(self) -> Verdict:
        """How the fit ended, with its evidence."""
        return self.record.verdict

    @property
    def log_likelihood(self) -> float:
        """The maximum of the log-likelihood in nats; the supremum where there is no maximum.

        Without the penalty of a ridge, whose estimate does not maximise it.
        """
        return self.record.log_likelihood

    @property
    def n(self) -> float:
        """The number of observations: the sum of the frequency weights."""
        return self.facts.total

    @property
    def n_parameters(self) -> int:
        """The identified coefficients, and the sd of a linear regression."""
        return self.n_coefficients + self.facts.free_dispersion

    @property
    def n_coefficients(self) -> int:
        """The identified coefficients of all responses; infinite ones count."""
        return len(self.record.coef) * int(np.count_nonzero(self.record.kept))

    @property
    def df_resid(self) -> float:
        """The sum of the weights less the number of coefficients."""
        return self.n - self.n_coefficients

    @property
    def aic(self) -> float:
        """Akaike's information criterion (1974); NaN where it has no meaning.

        That is with a ridge, for a linear regression without residuals, and where the search
        failed.  With separated data it is that of the supremum, every coefficient counted.
        """
        return glances.criterion(self, 2.0 * self.n_parameters)

    @property
    def bic(self) -> float:
        """Schwarz's information criterion (1978); NaN where ``aic`` is."""
        return glances.criterion(self, self.n_parameters * float(np.log(self.n)))

    @cached_property
    def fingerprint(self) -> str:
        """A digest of the responses and weights; fits with the same one can be compared."""
        return (
            response_digest(self.rows, self.facts)
            if self.rows is not None
            else self.stored_fingerprint
        )

    @cached_property
    def unreliable(self) -> NDArray[np.bool_]:
        """Whose Wald test is not to be trusted (k, d): Hauck & Donner (1977)."""
        stored = self.stored_unreliable
        return tables.unreliable(self) if stored is None else stored

    def tidy(
        self,
        level: float = 0.95,
        interval: str | None = None,
        *,
        covariance: str = "information",
        groups: Any = None,
        exponentiate: bool = False,
    ) -> pd.DataFrame:
        """Return one row per coefficient: estimate, standard error, test, interval, flag.

        With so many coefficients that no Hessian was made at the fit this is where it is, which
        may take longer than the fit did.

        Columns: term, [response, reference,] estimate, std_error, statistic, p_value, conf_low,
        conf_high, flag [, ratio, ratio_low, ratio_high].  Rows go response by response, then term
        by term, the intercept first.  Tests are t with n - p degrees of freedom for a linear
        regression and normal for the others.

        Cells that cannot be trusted are NaN, and the flag says why: "infinite" (the estimate is
        inf or -inf, or NaN if both are possible), "aliased", "boundary".  "wald_unreliable" marks
        a coefficient whose Wald test falls as the effect grows; its likelihood-ratio test stands.
        With a ridge the statistic and p-value are NaN: an estimate that is drawn to zero has no
        test against it, and its interval is about what the estimate estimates.

        Parameters
        ----------
        level : float
            Coverage of each interval, in (0, 1).
        interval : {"wald", "profile"}, optional
            Wald where not given, which is "t" for a linear regression.
        covariance : {"information", "HC0", "HC1", "HC2", "HC3", "cluster"}
            Of the standard errors, tests and Wald intervals; see ``covariance``.
        groups : (n,) labels, optional
            For "cluster".
        exponentiate : bool
            Whether to add odds or rate ratios; std_error never changes scale.

        Raises
        ------
        ValueError
            An option is not one, or does not go with another or with the model.
        DataError
            The rows are needed, and are gone or have changed.
        """
        return tables.tidy_table(
            self, level, interval, covariance, groups, exponentiate=exponentiate
        )

    def glance(self) -> pd.DataFrame:
        """Return one row about the fit as a whole, with the same columns for every model."""
        return glances.glance_table(self)

    def augment(self, data: Any = None, *, offset: Any = None) -> pd.DataFrame:
        """Return the rows with predictions, losses, residuals and influence.

        Columns added: .pred_class and .pred_<class> for classes, .pred (the mean) otherwise;
        .loss, the row's -log p in nats; .resid, the deviance residual, which is y less the mean
        for a linear regression and has no sign with more than two classes; .std_resid, .hat
        (leverage), .cooks_d; .se_fit, .conf_low and .conf_high at 95 %.  The interval is for the
        mean, the probability of the event (logistic) or of .pred_class (softmax); .se_fit is on
        the scale of the linear predictor.  If a column is there already, or two would have the
        same name, the later one has another dot before it.

        Parameters
        ----------
        data : table or array, optional
            The rows of the fit where not given.  New rows have no influence; where the response
            is not among them they have no loss or residual either.  Rows in which something is
            missing are returned with NaN.
        offset : (n,) or (n, k) array, optional
            Of new rows, if the model has one.

        Raises
        ------
        DataError
            The rows are gone or have changed, or ``data`` cannot be used.
        """
        return augmented.augment_table(self, data, offset)

    def confint(self, level: float = 0.95, method: str | None = None) -> pd.DataFrame:
        """Return confidence intervals: term, [response,] estimate, conf_low, conf_high.

        Parameters
        ----------
        level : float
            Coverage of each interval, in (0, 1).
        method : {"wald", "profile"}, optional
            "wald", where not given, is "t" for a linear regression, and NaN for an infinite
            coefficient; "profile" inverts the likelihood-ratio test, and has one finite end there.
        """
        return tables.confint_table(self, level, method)

    def test(self, null: Any = None, kind: str = "lr") -> pd.Series[Any]:
        """Return the test of a hypothesis: statistic, df, p_value, log_p_value.

        Parameters
        ----------
        null : str, sequence, dict or array, optional
            Such as ``"x1"`` (is zero), ``"x1 = 2*x2"``, ``{"x1": 1.0}``, or a matrix; that no
            column matters where not given.
        kind : {"lr", "wald", "score"}

        Raises
        ------
        ValueError
            The kind or the hypothesis is not one, the search failed, or there is a ridge.
        DataError
            The rows are needed, and are gone or have changed.
        """
        return hypotheses.hypothesis_series(self, null, kind)

    def compare(self, *others: Any) -> pd.DataFrame:
        """Return this fit beside others of the same rows.

        See Also
        --------
        likelihood.compare
        """
        from likelihood.comparison import compare

        return compare(self, *others)

    def covariance(self, kind: str = "information", groups: Any = None) -> pd.DataFrame:
        """Return the covariance of the coefficients, NaN where infinite or aliased.

        Its index is the term, or response and term where there are several responses.

        Parameters
        ----------
        kind : {"information", "HC0", "HC1", "HC2", "HC3", "cluster"}
            The inverse information (sandwiched with a ridge's penalty), or a sandwich that stands
            if the variance is not the model's (HC) or rows of a group depend on each other;
            :func:`~likelihood.inference.robust.robust_covariance` has the formulas.
        groups : (n,) labels, optional
            For "cluster".

        Raises
        ------
        ValueError
            The kind is not defined for this model.
        DataError
            The rows are gone or have changed, or the groups cannot be used.
        """
        return tables.covariance_table(self, kind, groups)

    def crosscheck(self) -> pd.DataFrame:
        """Return ours beside statsmodels', with the digits of agreement."""
        from likelihood.crosscheck import crosscheck

        return crosscheck(self)

    def plot(
        self,
        kind: str | None = None,
        ax: Axes | None = None,
        *,
        level: float = 0.95,
        interval: str | None = None,
        exponentiate: bool = False,
        term: str | None = None,
        response: Any = None,
    ) -> Axes:
        """Return matplotlib axes with a figure of the fit.

        Parameters
        ----------
        kind : str, optional
            The model's first where not given; a wrong one is told which there are.
        ax : matplotlib Axes, optional
            Where to draw; a figure of its own where not given.
        level, interval : optional
            As for ``tidy``.
        exponentiate : bool
            Whether a forest is drawn of ratios.
        term, response : optional
            The coefficient of a profile, and the class that a figure is about.
        """
        from likelihood.report.plots import plot

        axes: Axes = plot(
            self, kind, ax, level=level, interval=interval, exponentiate=exponentiate, term=term,
            response=response,
        )  # fmt: skip
        return axes

    def report(
        self,
        folder: str | Path,
        *,
        title: str = "",
        source: str = "",
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
        level, interval : optional
            As for ``tidy``.
        """
        from likelihood.report.folder import write_report

        written: Path = write_report(
            self, folder, title=title, source=source, level=level, interval=interval, force=force
        )
        return written

    def save(self, path: str | Path) -> Any:
        """Write the fit as JSON, without its rows; ``likelihood.load`` reads it.

        Parameters
        ----------
        path : path
        """
        from likelihood.saving import save

        return save(self, path)

    def summary(self) -> Any:
        """Return a summary that prints in a terminal and shows as a table in a notebook."""
        from likelihood.report.summary import Summary

        return Summary.of(self)

    def __str__(self) -> str:
        return str(self.summary())

    def _repr_html_(self) -> str:
        return str(self.summary()._repr_html_())

    def __getstate__(self) -> dict[str, Any]:
        names = ("model", "record", "facts", "seen")
        return {name: getattr(self, name) for name in names} | self.remembered | {
            "rows": None, "source": None,
        }  # fmt: skip

    @property
    def remembered(self) -> dict[str, Any]:
        """What needs the rows and is to be known without them: keywords of a fit that has none."""
        return {
            "stored_glance": glances.glance_row(self),
            "stored_fingerprint": self.fingerprint,
            "stored_unreliable": self.unreliable,
        }


def fit_of(
    name: str, model: LinearModel, record: RegressionRecord, facts: Facts, source: Any = None
) -> Fit:
    """Return the result that an estimator keeps at ``result_``.

    Parameters
    ----------
    name : str
        Of the estimator.
    source : table or array, optional
        What the caller gave for X, or as the table of a formula.
    """
    known = replace(
        facts,
        free_dispersion=model.family.free_dispersion,
        continuous=model.family.continuous,
    )
    return Fit(name, record, known, model, source, checksum(model))
