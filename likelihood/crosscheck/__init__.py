"""Every number of a fit beside what other programs make of the same data (level 9).

They are statsmodels and SciPy, and scikit-learn where it is installed.  The other side never
sees our estimates where it can find its own: it is handed the data.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood.crosscheck.bernoulli import bernoulli
from likelihood.crosscheck.categorical import categorical
from likelihood.crosscheck.gaussian import gaussian
from likelihood.crosscheck.pairs import ENOUGH, LEVEL, Pair, digits, judged
from likelihood.crosscheck.poisson import poisson
from likelihood.crosscheck.regressions import regression
from likelihood.verdict import Status

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit, Fit

__all__ = ["ENOUGH", "LEVEL", "MODELS", "agreement", "crosscheck", "digits", "least_digits"]

_REFEREES: dict[str, Callable[[Any], Iterator[Pair]]] = {
    "Bernoulli": bernoulli,
    "Categorical": categorical,
    "Gaussian": gaussian,
    "Poisson": poisson,
    "LinearRegression": regression,
    "LogisticRegression": regression,
    "PoissonRegression": regression,
    "SoftmaxRegression": regression,
}


#: The models that somebody checks.
MODELS = tuple(_REFEREES)

#: The columns whose entries come with the data.
LABELS = ("term", "response")


def crosscheck(fit: DistributionFit | Fit) -> pd.DataFrame:
    """Return our numbers beside theirs, with the digits in which they agree.

    Returns
    -------
    DataFrame
        quantity, term, ours, theirs, backend, difference (ours less theirs), digits, ok and
        reason; after the term a column response for a softmax regression.  ``digits`` is minus
        the logarithm of the relative difference (of the absolute one where either is 0), from
        0 to 15.9, and 16 for equal numbers; NaN where one side has no number.  ``ok`` is True
        from 9 digits on, and where a difference is known and ``reason`` gives its cause: a
        model or an option that the other side lacks, a search of theirs that failed, columns
        so close to collinear that their arithmetic holds fewer digits.

    Raises
    ------
    ValueError
        Nobody checks this model, the fit did not converge, or its rows are gone.

    Examples
    --------
    >>> import likelihood as lk
    >>> table = crosscheck(lk.Bernoulli.fit([1, 0], weights=[5067, 4933]))
    >>> bool(table["ok"].all()), least_digits(table) > 9
    (True, True)
    """
    import pandas as pd

    if fit.model not in MODELS:
        raise ValueError(
            f"there is nothing to check {fit.model} against; there is for {', '.join(MODELS)}."
        )
    if fit.verdict.status is Status.NOT_CONVERGED:
        raise ValueError("a fit that did not converge has nothing to check; fit it again first.")
    with warnings.catch_warnings(), np.errstate(all="ignore"):
        # On import it asks for its warnings to be shown always, which would come before "ignore".
        import statsmodels.tools.sm_exceptions  # noqa: F401

        # Their warnings are about their path to the number; the number is what is judged.
        warnings.simplefilter("ignore")
        rows = [judged(pair) for pair in _REFEREES[fit.model](fit)]
    # Labels as objects: pandas' own type for text refuses what UTF-8 cannot write.
    labels = {name: pd.Series([row[name] for row in rows], dtype=object) for name in LABELS}
    table = pd.DataFrame({name: labels.get(name, [row[name] for row in rows]) for name in rows[0]})
    return table if fit.model == "SoftmaxRegression" else table.drop(columns="response")


def least_digits(table: pd.DataFrame) -> float:
    """Return in how many digits the numbers agree at least, known differences left out.

    NaN where nothing is left to compare.

    Examples
    --------
    >>> import pandas as pd
    >>> least_digits(pd.DataFrame({"digits": [13.24, 2.0], "reason": ["", "known"]}))
    13.24
    """
    return float(table.loc[table["reason"] == "", "digits"].min())


def agreement(table: pd.DataFrame) -> str:
    """Return the whole table in one sentence.

    Examples
    --------
    >>> import pandas as pd
    >>> print(agreement(pd.DataFrame({
    ...     "digits": [13.24, 2.0], "ok": [True, True], "reason": ["", "known"]})))
    13.2 digits of agreement at least in 1 comparison; 1 known difference.
    """
    plain = int((table["reason"] == "").sum())
    known = (table["reason"] != "") & table["ok"]
    # One side has no number: no such model there, or no such coefficient here.
    absent = int((known & table["digits"].isna()).sum())
    differing = int(known.sum()) - absent
    failed = int((~table["ok"]).sum())
    least = least_digits(table)
    parts = [
        f"{math.floor(least * 10.0) / 10.0:.1f} digits of agreement at least in "
        f"{plain} comparison{'' if plain == 1 else 's'}"
        if math.isfinite(least)
        else "no number could be compared"
    ]
    if differing:
        parts.append(f"{differing} known difference{'' if differing == 1 else 's'}")
    if absent:
        parts.append(f"{absent} without a number to compare")
    if failed:
        parts.append(f"{failed} beyond tolerance")
    return "; ".join(parts) + "."
