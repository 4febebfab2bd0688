"""Tests of hypotheses about a regression, as a Series (level 6)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from likelihood.data.messages import shown
from likelihood.inference.hypothesis import HypothesisTest, chi_square, undefined
from likelihood.results.glances import null_degrees
from likelihood.results.rows import required_rows
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results.regression import Fit

KINDS = ("lr", "wald", "score")


def hypothesis_series(fit: Fit, null: Any, kind: str) -> pd.Series[Any]:
    """Return the test of a hypothesis; see ``Fit.test``."""
    import pandas as pd

    if kind not in KINDS:
        raise ValueError(f"kind {shown(kind)} is not known; use one of {', '.join(KINDS)}.")
    if fit.verdict.status is Status.NOT_CONVERGED:
        raise ValueError("a fit that did not converge cannot be tested; fit it again first.")
    if fit.facts.ridge:
        raise ValueError(
            "a fit with a ridge cannot be tested: its estimate does not maximise the likelihood; "
            "fit it with ridge=0."
        )
    result = against_null_model(fit) if null is None and kind == "lr" else _restricted(
        fit, null, kind
    )  # fmt: skip
    return pd.Series(result._asdict()).drop("method").astype(float).rename(result.method)


def against_null_model(fit: Fit) -> HypothesisTest:
    """Return the likelihood-ratio test that no column matters.

    The null model has the intercept, if there is one, and the offset.
    """
    df = null_degrees(fit)
    if not df:
        raise ValueError("the model has no slopes to test; name a restriction, as 'intercept = 0'.")
    if fit.record.exact:
        return undefined(df, "likelihood ratio: not defined without residuals")
    gain = fit.record.log_likelihood - fit.record.null_log_likelihood
    return chi_square(max(2.0 * gain, 0.0), df, "likelihood ratio")


def _restricted(fit: Fit, null: Any, kind: str) -> HypothesisTest:
    from likelihood.inference.restriction_tests import restriction_test

    rows = required_rows(fit, "a test")
    facts = fit.facts
    result: HypothesisTest = restriction_test(
        rows, fit.record, null, kind,
        terms=facts.terms, responses=facts.responses if facts.several else (),
    )  # fmt: skip
    return result
