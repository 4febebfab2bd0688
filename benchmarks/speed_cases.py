"""The cases that are timed: their names, sizes and aims."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

#: Kinds of case that are fits of a regression, with coefficients.
FITS = ("logistic", "levels", "softmax", "linear", "poisson")


@dataclass(frozen=True)
class Case:
    """One task at one size.

    Attributes
    ----------
    name : str
        As it is chosen on the command line.
    kind : str
        One of ``FITS``, "binary_loss", "class_loss", "die" or "die_command".
    n, p, k : int
        Rows, columns without the intercept, and classes.
    variant : str
        What is special about the data.
    std_errors : bool
        Whether those who give standard errors are asked for them.
    aims : mapping
        How many times faster than "best" (peer), or a named one, the library means to be.
    sweep : str
        The axis of a plot, "n", "p" or "K"; empty for a case of the tables.
    """

    name: str
    kind: str
    n: int
    p: int = 0
    k: int = 2
    variant: str = ""
    std_errors: bool = True
    aims: Mapping[str, float] = field(default_factory=dict)
    sweep: str = ""

    @property
    def title(self) -> str:
        """What the case is called on the page.

        Examples
        --------
        >>> Case("s", "softmax", 200_000, 20, 5).title
        'softmax 2e5 x 20, K = 5'
        """
        size = rows(self.n)
        note = f", {self.variant}" if self.variant else ""
        if self.kind == "levels":
            return f"logistic {size}, {self.k} levels + {self.p}"
        if self.kind == "softmax":
            errors = "" if self.std_errors else ", no standard errors"
            return f"softmax {size} x {self.p}, K = {self.k}{errors}"
        if self.kind == "binary_loss":
            return f"binary cross-entropy and gradient, {size}"
        if self.kind == "class_loss":
            return f"cross-entropy and gradient, {size} x {self.k}"
        if self.kind == "die":
            return f"a die of {size} rolls{note}"
        if self.kind == "die_command":
            return f"`likelihood fit die`, a file of {size} lines"
        return f"{self.kind} {size} x {self.p}{note}"

    @property
    def columns(self) -> int:
        """Coefficients of one response, the intercept and the levels but one counted."""
        return self.p + (self.k if self.kind == "levels" else 1)

    @property
    def free(self) -> int:
        """Responses with coefficients of their own."""
        return self.k - 1 if self.kind == "softmax" else 1

    def scaled(self, scale: float) -> Case:
        """Return the case with fewer rows, though enough for a maximum to exist.

        Examples
        --------
        >>> Case("a", "logistic", 1_000_000, 20).scaled(0.02).n
        20000
        """
        least = {"levels": 50 * self.k, "softmax": 20 * self.p * self.free}.get(
            self.kind, 20 * max(self.p, 1)
        )
        return replace(self, n=min(self.n, max(round(self.n * scale), least, 1000)))


def rows(n: int) -> str:
    """Return a number of rows as it is spoken of.

    Examples
    --------
    >>> [rows(n) for n in (100, 3000, 20_000, 1_234_000)]
    ['100', '3000', '2e4', '1234000']
    """
    digits = str(n).rstrip("0")
    zeros = len(str(n)) - len(digits)
    return f"{digits}e{zeros}" if len(digits) == 1 and zeros >= 4 else str(n)


#: The cases of the tables, in their order.
CASES = (
    Case(
        "logistic-tall", "logistic", 1_000_000, 20,
        aims={"best": 2.5, "ten lines": 4.0, "statsmodels": 10.0},
    ),
    Case(
        "logistic-bad", "logistic", 1_000_000, 20, variant="correlated 0.9, scaled 0.1 to 10",
        aims={"best": 4.5, "ten lines": 4.5, "statsmodels": 12.0},
    ),
    Case(
        "logistic-wide", "logistic", 200_000, 100,
        aims={"best": 2.0, "ten lines": 5.0, "statsmodels": 12.0},
    ),
    Case(
        "logistic-small", "logistic", 10_000, 5,
        aims={"best": 2.0, "ten lines": 0.7, "statsmodels": 2.0},
    ),
    Case(
        "logistic-tiny", "logistic", 100, 3,
        aims={"scikit-learn": 2.0, "ten lines": 0.2, "statsmodels": 1.0},
    ),
    Case("logistic-levels", "levels", 500_000, 5, 1000, aims={"best": 2.0}),
    Case("softmax-5", "softmax", 200_000, 20, 5, aims={"best": 1.7, "statsmodels": 10.0}),
    Case("softmax-10", "softmax", 100_000, 50, 10, aims={"best": 1.0, "statsmodels": 20.0}),
    Case("softmax-784", "softmax", 60_000, 784, 10, std_errors=False, aims={"best": 1.2}),
    Case(
        "linear", "linear", 1_000_000, 50,
        aims={"glum": 5.0, "scikit-learn": 12.0, "ten lines": 1.3, "statsmodels": 60.0},
    ),
    Case("poisson", "poisson", 1_000_000, 20),
    Case("bce", "binary_loss", 10_000_000, aims={"scikit-learn": 1.6, "SciPy": 3.0}),
    Case("cross-entropy-10", "class_loss", 1_000_000, k=10, aims={"best": 1.15}),
    Case("cross-entropy-1000", "class_loss", 100_000, k=1000, aims={"best": 1.8}),
    Case("die", "die", 1_000_000, k=6, variant="labels"),
    Case("die-integers", "die", 1_000_000, k=6, variant="integers"),
    Case("die-command", "die_command", 1_000_000, k=6),
)  # fmt: skip

_N = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
_P = (5, 10, 20, 50, 100, 200, 400)
_K = (3, 5, 10, 20)

#: The points of the plots, each sweep from cheap to dear.
SWEEPS = (
    *(Case(f"n-{n}", "logistic", n, 10, sweep="n") for n in _N),
    *(Case(f"p-{p}", "logistic", 100_000, p, sweep="p") for p in _P),
    *(Case(f"K-{k}", "softmax", 100_000, 20, k, sweep="K") for k in _K),
)


def quick(case: Case) -> Case | None:
    """Return a case at a size that shows that it works; None for the dear points of a plot."""
    if not case.sweep:
        return replace(case, p=min(case.p, 100)).scaled(0.02)
    if (case.sweep, case.n) in {("n", n) for n in _N if n <= 30_000}:
        return case
    return case.scaled(0.05) if case.sweep != "n" and case.p <= 50 and case.k <= 5 else None
