"""The crosscheck of the data sets that come with the package (level 9)."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from likelihood import datasets
from likelihood.distributions.bernoulli import Bernoulli
from likelihood.distributions.categorical import Categorical
from likelihood.distributions.gaussian import Gaussian
from likelihood.distributions.poisson import Poisson
from likelihood.errors import FitWarning
from likelihood.regression.linear import LinearRegression
from likelihood.regression.logistic import LogisticRegression
from likelihood.regression.poisson import PoissonRegression
from likelihood.regression.softmax import SoftmaxRegression

if TYPE_CHECKING:
    import pandas as pd

    from likelihood.results import DistributionFit, Fit


def _die(which: str) -> DistributionFit:
    dice = datasets.load("wolf_dice")
    one = dice[dice["die"] == which]
    return Categorical.fit(one["face"], categories=range(1, 7), weights=one["count"])


def _coin() -> DistributionFit:
    coin = datasets.load("kerrich_coin")
    return Bernoulli.fit(coin["side"] == "heads", weights=coin["count"])


def _light() -> DistributionFit:
    return Gaussian.fit(datasets.load("michelson")["speed"])


def _deaths() -> DistributionFit:
    kicks = datasets.load("horse_kicks")
    return Poisson.fit(kicks["deaths"], weights=kicks["count"])


def _fit(model: Any, formula: str, data: pd.DataFrame, **keywords: Any) -> Fit:
    fitted: Fit = model.from_formula(formula, data, **keywords).result_
    return fitted


def _counted(data: pd.DataFrame, yes: Any, no: Any) -> pd.DataFrame:
    """Return one row per outcome of grouped counts: happened (1 or 0), and how often."""
    import pandas as pd

    parts = [data.assign(happened=1, times=yes), data.assign(happened=0, times=no)]
    return pd.concat(parts, ignore_index=True)


def _oesophagus() -> Fit:
    groups = datasets.load("esoph")
    data = _counted(groups, groups["cases"], groups["controls"])
    terms = "age_group + alcohol_group + tobacco_group"
    return _fit(LogisticRegression, f"happened ~ {terms}", data, weights="times")


def _menarche() -> Fit:
    groups = datasets.load("menarche")
    data = _counted(groups, groups["reached"], groups["girls"] - groups["reached"])
    return _fit(LogisticRegression, "happened ~ age", data, weights="times")


def _dice_of_weldon() -> Fit:
    throws = datasets.load("weldon_dice")
    data = _counted(
        throws, throws["successes"] * throws["count"],
        (12 - throws["successes"]) * throws["count"],
    )  # fmt: skip
    return _fit(LogisticRegression, "happened ~ 1", data, weights="times")


def _admissions() -> Fit:
    data = datasets.load("ucb_admissions")
    return _fit(LogisticRegression, "admitted ~ gender + department", data, weights="count")


def _admissions_in_a_table() -> Fit:
    data = datasets.load("ucb_admissions")
    return _fit(PoissonRegression, "count ~ admitted * gender + department * admitted", data)


def _two_irises() -> Fit:
    data = datasets.load("iris").query("species != 'setosa'")
    return _fit(LogisticRegression, f"species ~ {_IRIS}", data)


def _rate_of_cases() -> Fit:
    data = datasets.load("esoph")
    people = np.log(data["cases"] + data["controls"])
    terms = "age_group + alcohol_group + tobacco_group"
    return _fit(PoissonRegression, f"cases ~ {terms}", data, offset=people)


_IRIS = "sepal_length + sepal_width + petal_length + petal_width"
_LONGLEY = "gnp_deflator + gnp + unemployed + armed_forces + population + year"


def _table(model: Any, name: str, formula: str, **keywords: Any) -> Callable[[], Fit]:
    return lambda: _fit(model, formula, datasets.load(name), **keywords)


#: What is fitted, by a name that says the data set and, where it has several fits, which.
DEMONSTRATIONS: dict[str, Callable[[], DistributionFit | Fit]] = {
    "wolf_dice A": lambda: _die("A"),
    "wolf_dice B": lambda: _die("B"),
    "kerrich_coin": _coin,
    "michelson": _light,
    "horse_kicks": _deaths,
    "nodal": _table(LogisticRegression, "nodal", "involved ~ aged + stage + grade + xray + acid"),
    "esoph": _oesophagus,
    "menarche": _menarche,
    "ucb_admissions": _admissions,
    "weldon_dice": _dice_of_weldon,
    "iris, two species": _two_irises,
    "anes96, vote": _table(LogisticRegression, "anes96", "vote ~ selfLR + age + educ + income"),
    "penguins, sex": _table(
        LogisticRegression, "penguins", "sex ~ species + body_mass_g + bill_length_mm"
    ),
    "anes96, party": _table(
        SoftmaxRegression, "anes96", "PID ~ log(popul + 0.1) + selfLR + age + educ + income"
    ),
    "wine": _table(SoftmaxRegression, "wine", "cultivar ~ malic_acid + alcalinity_of_ash"),
    "penguins, island": _table(
        SoftmaxRegression, "penguins", "island ~ body_mass_g + bill_length_mm"
    ),
    "longley": _table(LinearRegression, "longley", f"employed ~ {_LONGLEY}"),
    "penguins, mass": _table(
        LinearRegression, "penguins", "body_mass_g ~ species * sex + flipper_length_mm"
    ),
    "iris, petals": _table(
        LinearRegression, "iris", "petal_width ~ sepal_length + petal_length + species"
    ),
    "esoph, rates": _rate_of_cases,
    "ucb_admissions, counts": _admissions_in_a_table,
    "horse_kicks, regression": _table(
        PoissonRegression, "horse_kicks", "deaths ~ 1", weights="count"
    ),
    # Without a maximum: every coefficient is infinite, and some.
    "iris, separated": _table(SoftmaxRegression, "iris", f"species ~ {_IRIS}"),
    "penguins, separated": _table(
        SoftmaxRegression, "penguins", "species ~ bill_depth_mm + body_mass_g"
    ),
}


def crosscheck_demo(names: Iterable[str] = tuple(DEMONSTRATIONS)) -> pd.DataFrame:
    """Return the crosscheck of data sets that come with the package, one below the other.

    Parameters
    ----------
    names : iterable of str
        Of `DEMONSTRATIONS`; all of them by default, which takes some seconds.

    Returns
    -------
    DataFrame
        data_set, model, status and the columns of `crosscheck`, with a response ("" where there
        are not several).

    Examples
    --------
    >>> table = crosscheck_demo(["nodal", "horse_kicks"])
    >>> demo_summary(table)[["data_set", "status", "ok"]]
          data_set   status    ok
    0        nodal  OPTIMUM  True
    1  horse_kicks  OPTIMUM  True
    """
    import pandas as pd

    from likelihood.crosscheck import crosscheck

    tables = []
    for name in names:
        with warnings.catch_warnings():
            # That iris is separated is in the verdict, which the table shows.
            warnings.simplefilter("ignore", FitWarning)
            fit = DEMONSTRATIONS[name]()
        table = crosscheck(fit)
        if "response" not in table:
            table.insert(2, "response", "")
        table.insert(0, "data_set", name)
        table.insert(1, "model", fit.model)
        table.insert(2, "status", fit.verdict.status.value)
        tables.append(table)
    return pd.concat(tables, ignore_index=True)


def demo_summary(table: pd.DataFrame) -> pd.DataFrame:
    """Return one row for each data set of `crosscheck_demo`.

    Returns
    -------
    DataFrame
        data_set, model, status, comparisons, least_digits (known differences left out; NaN
        where nothing else is left), known_differences and ok.

    Examples
    --------
    >>> demo_summary(crosscheck_demo(["kerrich_coin"])).columns.tolist()
    ['data_set', 'model', 'status', 'comparisons', 'least_digits', 'known_differences', 'ok']
    """
    import pandas as pd

    from likelihood.crosscheck import least_digits

    rows = []
    for name, part in table.groupby("data_set", sort=False):
        rows.append({
            "data_set": name,
            "model": part["model"].iloc[0],
            "status": part["status"].iloc[0],
            "comparisons": len(part),
            "least_digits": least_digits(part),
            "known_differences": int((part["reason"] != "").sum()),
            "ok": bool(part["ok"].all()),
        })  # fmt: skip
    return pd.DataFrame(rows)
