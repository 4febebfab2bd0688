"""Count the correct digits of regressions, beside statsmodels, scikit-learn and R.

``python -m benchmarks.regression_accuracy [--reference FOLDER] [--write docs/accuracy.md]``
"""

from __future__ import annotations

import argparse
import math
import platform
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import scipy
import sklearn
import statsmodels as statsmodels_package

from benchmarks.document import write_section
from benchmarks.regression_digits import MOST, compared, digits, fitted, least, ours
from benchmarks.regression_peers import Numbers, scikit_learn, statsmodels
from benchmarks.regression_references import Reference, gathered, powers

#: Correct digits of R 4.2.2 (`lm` with tol=1e-20; coefficients, standard errors), measured once
#: against the certified values; R takes no part when this page is made.
R_LINEAR = {
    "Filip": (7.2, 7.0), "Longley": (13.0, 14.1), "Wampler5": (5.5, 13.6), "Pontius": (12.7, 13.2),
}  # fmt: skip
#: Median (minimum) over 33 sets, coefficients and standard errors, measured once with R 4.2.2.
R_CLASSES = {
    "R `glm`, two classes": ((10.3, 0.9), (5.4, 0.1)),
    "R `nnet::multinom`, several": ((3.9, 2.5), (4.6, 0.0)),
}
HERE = Path(__file__).resolve().parent.parent / "tests" / "references"


def _cell(value: float | None) -> str:
    if value is None:
        return "-"
    # A number without a correct digit is one whatever its error.
    return "failed" if math.isnan(value) else f"{value if value > 0.0 else 0.0:.1f}"


def _row(*cells: str) -> str:
    return f"| {' | '.join(cells)} |"


def _table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    names = list(header)
    rule = ["---", *["---:"] * (len(names) - 1)]
    return "\n".join([_row(*names), _row(*rule), *(_row(*row) for row in rows)])


def linear_lines(references: list[Reference], certified: bool) -> str:
    """Return the table of linear regressions."""
    rows = []
    for reference in references:
        fit = fitted(reference)
        own = compared(reference, ours(fit))
        spread = digits(math.sqrt(fit.record.dispersion), reference.answer["resid_sd"])
        theirs, others = statsmodels(reference), scikit_learn(reference)
        peer = compared(reference, theirs)
        cells = [own[0], own[1], spread]
        cells += [] if certified else [own[2]]
        cells += [peer[0], peer[1], compared(reference, others)[0]]
        r = [f"{v:.1f}" for v in R_LINEAR.get(reference.name, ())] or ["-", "-"]
        rows.append([
            reference.name, f"{powers(reference).condition:.0e}", *map(_cell, cells),
            *(r if certified else []),
        ])  # fmt: skip
    return _table(
        [
            "set", "condition", "coef", "SE", "residual SD",
            *([] if certified else ["log-likelihood"]),
            "statsmodels coef", "SE", "scikit-learn coef", *(["R coef", "SE"] if certified else []),
        ],
        rows,
    )  # fmt: skip


def classes_lines(references: list[Reference]) -> str:
    """Return the table of maximum likelihood fits of classes, medians and R below."""
    rows, every = [], []
    for reference in references:
        own, theirs, others = (
            compared(reference, numbers)
            for numbers in (
                ours(fitted(reference)),
                statsmodels(reference),
                scikit_learn(reference),
            )
        )
        cells = [*own, *theirs, others[0]]
        every.append(cells)
        rows.append([
            reference.name, str(reference.classes), f"{reference.condition:.0e}",
            *map(_cell, cells),
        ])  # fmt: skip
    columns = list(zip(*every, strict=True))
    rows.append(
        [f"median of {len(every)}", "", "", *(_cell(median(map(_zero, c))) for c in columns)]
    )
    rows.append(["minimum", "", "", *(_cell(min(map(_zero, c))) for c in columns)])
    return _table(
        [
            "set", "classes", "condition", "coef", "SE", "log-likelihood", "statsmodels coef", "SE",
            "log-likelihood", "scikit-learn coef",
        ],
        rows,
    )  # fmt: skip


def _zero(value: float | None) -> float:
    """Return a failure as no digits."""
    return 0.0 if value is None or math.isnan(value) else value


def separated_lines(references: list[Reference]) -> str:
    """Return the table of separated sets: what was found, and the digits of the limits."""
    rows = []
    for reference in references:
        fit = fitted(reference)
        rows.append([
            reference.name, str(reference.classes), reference.answer["separation"],
            fit.verdict.status.value, *separated_marks(reference, fit),
            *(_said(peer(reference)) for peer in (statsmodels, scikit_learn)),
        ])  # fmt: skip
    return _table(
        [
            "set", "classes", "separation", "verdict", "kind", "columns", "signs", "finite coef",
            "SE", "supremum", "statsmodels", "scikit-learn",
        ],
        rows,
    )  # fmt: skip


def separated_marks(reference: Reference, fit: Any) -> list[str]:
    """Return whether kind, columns and signs are right, and the digits of limits and supremum."""
    record, answer = fit.record, reference.answer
    if record.separation is None:
        return ["**no**"] * 3 + ["failed"] * 3
    verdicts = [cone["verdict"] for cone in answer["cone_ranges"]]
    infinite = [verdict != "finite" for verdict in verdicts]
    signs = {"+inf": 1.0, "-inf": -1.0, "finite": 0.0}
    expected = np.array([signs.get(verdict, math.nan) for verdict in verdicts])
    d = len(reference.columns)
    limits = answer.get("finite_limits", [])
    at = [(one["cls"] - 1) * d + reference.columns.index(one["column"]) for one in limits]
    found = [
        least(values.ravel()[at], [Fraction(one[key]) for one in limits]) if at else None
        for key, values in (("coef", record.coef), ("se", record.std_error))
    ]
    return [
        _mark(record.separation.kind.startswith(answer["separation"])),
        _mark(record.infinite.ravel().tolist() == infinite),
        _mark(bool(np.array_equal(record.sign.ravel(), expected, equal_nan=True))),
        *map(_cell, found),
        _cell(digits(record.log_likelihood, answer["sup_loglik"])),
    ]


def _mark(right: bool) -> str:
    return "right" if right else "**wrong**"


def _said(numbers: Numbers) -> str:
    if numbers.coef is None:
        return f"raises {numbers.said}"
    worst = float(np.max(np.abs(numbers.coef)))
    told = numbers.said or "no warning"
    return f"{told}; largest coefficient {worst:.0e}" if math.isfinite(worst) else f"{told}; NaN"


_TEXT = """## Regressions

Correct significant digits, `-log10(|x - exact| / |exact|)`, the least over the coefficients or
standard errors of a fit, up to {most:.0f}, which a double holds of any decimal number. Ours are
the estimators at their defaults, statsmodels' (`OLS`, `Logit`, `MNLogit`; weights as repeated
rows) and scikit-learn's (`LinearRegression`, `LogisticRegression` with `C=inf`) likewise.
"Condition" is the condition number of the columns as they are, each row times the root of its
weight.

Made by `{command}` with
{versions}.

### Linear regression against certified values

NIST Statistical Reference Datasets; the certified values have 15 digits and belong to the decimals
in the files, not to the doubles nearest to them. Polynomials are fitted through a formula,
`y ~ x + I(x**2) + ...`, which carries what the powers lose to rounding; the others are given the
powers as doubles. Exact zeros are counted by the digits after the point. R's figures are those of
`lm` with `tol=1e-20` in R 4.2.2, measured once.

{certified}

### Linear regression against the exact solution of the doubles

Solved with 70 digits for the numbers that the files parse to.

{linear}

### Logistic and softmax regression

Maximum likelihood solved with 70 digits.

{classes}

R 4.2.2 at its defaults, measured once over 33 sets of this kind, median (minimum):

{r_classes}

### Separated data

No maximum exists; the answers, found in rational arithmetic, say which coefficients are infinite
and with which sign ("right" also where the sign is not determined and ours says so), where the
others go (digits of the limits and of their standard errors; "-" where all are infinite), and the
supremum of the log-likelihood.

{separated}
"""


def versions() -> str:
    """Return the versions and the machine that the figures belong to."""
    return (
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, statsmodels "
        f"{statsmodels_package.__version__}, scikit-learn {sklearn.__version__},\n"
        f"Python {platform.python_version()}, {platform.machine()}"
    )


def page(more: Path | None, command: str) -> str:
    """Return the section of the document."""
    certified, linear, classes = gathered(HERE, more)
    r_rows = [
        [name, *(f"{middle} ({low})" for middle, low in figures)]
        for name, figures in R_CLASSES.items()
    ]
    return _TEXT.format(
        most=MOST, command=command, versions=versions(),
        certified=linear_lines(certified, True), linear=linear_lines(linear, False),
        classes=classes_lines([r for r in classes if r.answer["separation"] == "none"]),
        r_classes=_table(["program", "coef", "SE"], r_rows),
        separated=separated_lines([r for r in classes if r.answer["separation"] != "none"]),
    )  # fmt: skip


def main() -> None:
    """Print the tables, or write their section of the document."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--reference", type=Path, help="a folder with more reference answers")
    parser.add_argument("--write", type=Path, help="a Markdown file")
    options = parser.parse_args()
    command = "python -m benchmarks.regression_accuracy --write docs/accuracy.md"
    text = page(options.reference, command)
    if options.write:
        write_section(options.write, "regressions", text)
    else:
        print(text)


if __name__ == "__main__":
    main()
