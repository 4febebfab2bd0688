"""The rows of a regression as another program is handed them (level 9)."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from likelihood.crosscheck.pairs import CLOSEST, ENOUGH
from likelihood.data.columns import whole
from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.linear_model import LinearModel

#: Without weights of its own the other side gets one row per count, up to so many.
LARGEST_REPEATED = 20_000
#: Entries of a design that are written out for a program that takes no sparse columns.
LARGEST_DENSE = 50_000_000
#: Digits that rounding may cost beyond the condition number: sums over the rows, and the
#: distance of a coefficient from the mean of its kind.
SLACK = 2.0


@dataclass(frozen=True, eq=False)
class Rows:
    """The rows with weight, the constant written out as a column, aliased columns left out.

    Attributes
    ----------
    X : (n, d) array
    y : (n,) array
        The response; codes of the classes, the reference being 0.
    weights : (n,) array
        Frequencies.
    offset : (n, k) array or None
    intercept : bool
        Whether the first column of X is the constant.
    """

    X: Floats
    y: Floats
    weights: Floats
    offset: Floats | None
    intercept: bool

    @property
    def plain(self) -> bool:
        """Whether every row counts once."""
        return bool((self.weights == 1.0).all())

    @property
    def repeatable(self) -> bool:
        """Whether the weights are counts small enough to be written out."""
        return self.plain or (whole(self.weights) and float(self.weights.sum()) <= LARGEST_REPEATED)

    def repeated(self) -> Rows:
        """Return the rows with each as often as it counts."""
        if self.plain:
            return self
        at = np.repeat(np.arange(len(self.y)), np.rint(self.weights).astype(int))
        return replace(
            self, X=self.X[at], y=self.y[at], weights=np.ones(len(at)),
            offset=None if self.offset is None else self.offset[at],
        )  # fmt: skip

    def without_offset(self) -> Rows:
        """Return the rows with the offset taken off the response."""
        if self.offset is None:
            return self
        return replace(self, y=self.y - self.offset[:, 0], offset=None)


def rows_of(model: LinearModel, record: RegressionRecord) -> Rows | None:
    """Return the rows for another program; None where they are too many to be written out.

    Examples
    --------
    >>> import numpy as np
    >>> import likelihood as lk
    >>> fit = lk.LinearRegression().fit(np.array([[1.0], [2.0], [4.0]]), [1.0, 3.0, 4.0]).result_
    >>> rows_of(fit.rows, fit.record).X
    array([[1., 1.],
           [1., 2.],
           [1., 4.]])
    """
    used = model.weights > 0
    first = int(model.intercept)
    columns = model.X[used][:, record.kept[first:]]
    if model.sparse:
        if columns.shape[0] * columns.shape[1] > LARGEST_DENSE:
            return None
        columns = columns.toarray()
    constant = [np.ones((len(columns), 1))] if model.intercept else []
    t = model.t[used]
    return Rows(
        np.hstack([*constant, columns]),
        np.asarray(t if t.ndim == 1 else t[:, 0], dtype=float),
        model.weights[used],
        None if model.offset is None else model.offset[used],
        model.intercept,
    )


@dataclass(frozen=True)
class Expected:
    """The digits that a program can reach that takes the columns as they are.

    Attributes
    ----------
    condition : float
        Condition number of the rows, each times the root of its weight, columns as given.
    cause : str
        A reason that goes before conditioning, such as that the other side did not converge;
        every difference is then a known one.
    """

    condition: float
    cause: str = ""

    def of(self, power: int, share: float = 1.0) -> tuple[str, float]:
        """Return why digits may be missing, and how many are left.

        Parameters
        ----------
        power : int
            The errors grow as this power of the condition number: 1 for estimates, 2 for what
            comes from an inverse matrix.
        share : float
            The size of the number beside the size of its rounding errors' scale: an estimate
            beside its standard error, an entry of a covariance beside its diagonal.

        Examples
        --------
        >>> round(Expected(1e5).of(2)[1], 6)
        3.9
        >>> Expected(10.0).of(1, 1e-6)[1]
        3.0
        """
        if self.cause:
            return self.cause, -math.inf
        left = CLOSEST - power * math.log10(max(self.condition, 1.0))
        lost = max(0.0, -math.log10(share)) if share > 0 else math.inf
        least = min(left - SLACK, ENOUGH) - lost
        if left - SLACK < ENOUGH:
            return (
                f"Theirs takes the columns as they are, condition number {self.condition:.0e}: "
                f"{max(left, 0.0):.0f} digits are to be expected.",
                least,
            )
        if lost:
            return (
                "The number is small beside what it is a difference of, which the digits "
                "belong to.",
                least,
            )
        return "", -math.inf


def condition(rows: Rows, covariance: Floats) -> float:
    """Return the condition number that a program meets that takes the columns as they are.

    That of the rows, or of the information where the response's own weights make it worse.
    """
    scaled = rows.X * np.sqrt(rows.weights)[:, None]
    if not scaled.size or not np.isfinite(scaled).all():
        return math.inf
    found = [float(np.linalg.cond(scaled))]
    # Coefficients held fixed, as infinite ones are, have no variance.
    free = np.diag(covariance) > 0
    if free.any() and np.isfinite(covariance).all():
        found.append(math.sqrt(float(np.linalg.cond(covariance[np.ix_(free, free)]))))
    return max(found)
