"""The methods of a result, on the estimator that holds it (level 8)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from likelihood.regression.conventions import Estimator
from likelihood.results.regression import Fit
from likelihood.verdict import Verdict

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


class Presenting(Estimator):
    """What a fitted estimator answers through its ``result_``, with the same arguments."""

    @property
    def _result(self) -> Fit:
        if "result_" not in vars(self):
            self._unfitted()
        result: Fit = vars(self)["result_"]
        return result

    @property
    def verdict(self) -> Verdict:
        """How the fit ended, with its evidence."""
        return self._result.verdict

    def tidy(
        self,
        level: float = 0.95,
        interval: str | None = None,
        *,
        covariance: str = "information",
        groups: Any = None,
        exponentiate: bool = False,
    ) -> pd.DataFrame:
        """Return one row per coefficient; see `likelihood.Fit.tidy`."""
        return self._result.tidy(
            level, interval, covariance=covariance, groups=groups, exponentiate=exponentiate
        )

    def glance(self) -> pd.DataFrame:
        """Return one row about the fit as a whole; see `likelihood.Fit.glance`."""
        return self._result.glance()

    def augment(self, data: Any = None, *, offset: Any = None) -> pd.DataFrame:
        """Return the rows with what was fitted to them; see `likelihood.Fit.augment`."""
        return self._result.augment(data, offset=offset)

    def confint(self, level: float = 0.95, method: str | None = None) -> pd.DataFrame:
        """Return confidence intervals; see `likelihood.Fit.confint`."""
        return self._result.confint(level, method)

    def test(self, null: Any = None, kind: str = "lr") -> pd.Series[Any]:
        """Return the test of a hypothesis; see `likelihood.Fit.test`."""
        return self._result.test(null, kind)

    def compare(self, *others: Any) -> pd.DataFrame:
        """Return this fit beside others of the same rows; see `likelihood.compare`."""
        return self._result.compare(*(getattr(other, "result_", other) for other in others))

    def covariance(self, kind: str = "information", groups: Any = None) -> pd.DataFrame:
        """Return the covariance of the coefficients; see `likelihood.Fit.covariance`."""
        return self._result.covariance(kind, groups)

    def summary(self) -> Any:
        """Return a summary that prints in a terminal and shows as a table in a notebook."""
        return self._result.summary()

    def crosscheck(self) -> pd.DataFrame:
        """Return ours beside statsmodels'; see `likelihood.Fit.crosscheck`."""
        return self._result.crosscheck()

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
        """Return matplotlib axes with a figure of the fit; see `likelihood.Fit.plot`."""
        return self._result.plot(
            kind, ax, level=level, interval=interval, exponentiate=exponentiate, term=term,
            response=response,
        )  # fmt: skip

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
        """Return the folder into which tables, page and figures were written."""
        return self._result.report(
            folder, title=title, source=source, level=level, interval=interval, force=force
        )

    def save(self, path: str | Path) -> None:
        """Write the fitted model as JSON, without its rows; `likelihood.load` reads it."""
        from likelihood.saving import save

        if "result_" not in vars(self):
            self._unfitted()
        save(self, path)

    def _repr_html_(self) -> str:
        import html

        if "result_" in vars(self):
            return str(self.summary()._repr_html_())
        return f"<pre>{html.escape(repr(self))}</pre>"
