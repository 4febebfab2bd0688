"""Sandwich covariances of a regression's coefficients (level 5)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.columns import column, missing
from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.fit.record import RegressionRecord
from likelihood.inference.fitted_rows import FittedRows, fitted_rows, stacked
from likelihood.linear_model import LinearModel

#: The kinds of covariance, the first one from the information.
COVARIANCES = ("information", "HC0", "HC1", "HC2", "HC3", "cluster")
#: A leverage this close to 1 leaves the row no residual to divide by.
_FULL = 1e-10


def checked_covariance(kind: str, groups: Any = None) -> str:
    """Return the kind of a covariance, refusing what is not one.

    Raises
    ------
    ValueError
        It is not known, or ``groups`` are missing or not wanted.

    Examples
    --------
    >>> checked_covariance("HC3")
    'HC3'
    """
    if kind not in COVARIANCES:
        raise ValueError(f"covariance {kind!r} is not known; use one of {', '.join(COVARIANCES)}.")
    if kind == "cluster" and groups is None:
        raise ValueError("covariance 'cluster' needs groups=: one label for each row.")
    if kind != "cluster" and groups is not None:
        raise ValueError(f"groups are for covariance 'cluster', not {kind!r}; leave them out.")
    return kind


def robust_covariance(
    model: LinearModel, record: RegressionRecord, kind: str, groups: Any = None
) -> Floats:
    """Return a sandwich covariance (k d, k d) of the coefficients.

    Parameters
    ----------
    model : LinearModel
        The rows that were fitted.
    record : RegressionRecord
    kind : {"HC0", "HC1", "HC2", "HC3", "cluster"}
    groups : (n,) labels
        The cluster of each row, for ``"cluster"``.

    Returns
    -------
    (k d, k d) array
        Coordinate by coordinate, then term by term; zero where aliased, and where infinite.

    Raises
    ------
    ValueError
        The kind is not known or not defined for this model: a ridge estimate is biased, which no
        sandwich accounts for; HC2 and HC3 need one leverage per row, which a softmax regression
        does not have, below 1.
    DataError
        The groups are not one label per row, or fewer than two.

    Notes
    -----
    With the information ``A = sum w X' V X`` and the scores ``u = X' (y - mu)`` of the rows the
    covariance is ``A**-1 (sum w u u') A**-1`` (HC0; White 1980, Econometrica 48, 817-838).  HC1
    multiplies it by ``n / (n - p)``, n the sum of the weights and p the number of coefficients
    of all responses.  HC2 and HC3 divide ``u u'`` by ``1 - h`` and its square (MacKinnon & White
    1985, Journal of Econometrics 29, 305-325), h being the row's entry in the diagonal of
    ``V^(1/2) X A**-1 X' V^(1/2)``: the leverage of the last weighted least-squares step, as in
    R's ``sandwich``.  "cluster" sums the scores within each group first, and multiplies by
    ``G / (G - 1) * (n - 1) / (n - p)`` (Liang & Zeger 1986, Biometrika 73, 13-22).  A row of
    weight w is w rows, all of the same group.

    Where data are separated, rows off the face have no residual in the limit, and count as zero.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Gaussian
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.array([[0.0], [1.0], [2.0], [3.0]]), np.array([[0.0], [2.0], [1.0], [4.0]])
    >>> model = LinearModel(Gaussian, x, y, np.ones(4), ("x",))
    >>> robust_covariance(model, fit_regression(model), "HC0").round(6)
    array([[ 0.1386, -0.0324],
           [-0.0324,  0.0566]])
    """
    checked_covariance(kind, groups)
    if kind == "information":
        return record.covariance * record.dispersion
    if model.ridge:
        raise ValueError(
            f"covariance {kind!r} is not defined with a ridge: the estimate is biased, and a "
            f"sandwich is about its variance only; use 'information', or ridge=0."
        )
    if kind in ("HC2", "HC3") and model.free > 1:
        raise ValueError(
            f"covariance {kind!r} is not defined for a softmax regression, whose rows have one "
            f"leverage for each class; use 'HC0', 'HC1' or 'cluster'."
        )
    rows = fitted_rows(model, record)
    n, p = model.total, len(record.coef) * int(np.count_nonzero(record.kept))
    factor = 1.0
    if kind == "cluster":
        codes, count = _codes(model, groups)
        factor = count / (count - 1) * _ratio(n - 1.0, n - p)
        root = _of_groups(rows, codes, count)
    else:
        factor = _ratio(n, n - p) if kind == "HC1" else 1.0
        root = _of_rows(rows, {"HC2": 0.5, "HC3": 1.0}.get(kind, 0.0))
    return factor * rows.spread(rows.bread @ (rows.bread.T @ root.T), record)


def clusters(model: LinearModel, groups: Any) -> int:
    """Return the number of groups that have rows with weight.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood import Gaussian
    >>> model = LinearModel(Gaussian, np.ones((3, 1)), np.ones((3, 1)), np.ones(3), ("x",))
    >>> clusters(model, ["a", "b", "a"])
    2
    """
    return _codes(model, groups)[1]


def _ratio(a: float, b: float) -> float:
    """Return a / b, NaN without degrees of freedom."""
    return a / b if b > 0 else float("nan")


def _of_rows(rows: FittedRows, power: float) -> Floats:
    """Return R (m, k d) with ``R'R`` the sum of ``u u' / (1 - h)**(2 power)`` over the rows."""
    R = np.zeros((0, rows.x.size))
    for block in rows.blocks():
        used = np.flatnonzero(block.weights > 0)
        if not used.size:
            continue
        residual = block.gradient[used] * np.sqrt(block.weights[used, None])
        if power:
            images = rows.images(block.a[used], rows.bread)[:, 0]
            curvature = np.sum(block.root[used] ** 2, axis=(1, 2))
            left = 1.0 - curvature * np.sum(images**2, axis=1)
            if (left < _FULL).any():
                row = block.rows.start + int(used[np.argmin(left)])
                raise ValueError(
                    f"row {row} alone determines a coefficient (its leverage is 1), so HC2 and "
                    f"HC3 would divide by zero; use 'HC0' or 'HC1'."
                )
            residual = residual / left[:, None] ** power
        scores = (residual[:, :, None] * block.a[used][:, None, :]).reshape(-1, R.shape[1])
        R = stacked(R, scores)
    return R


def _of_groups(rows: FittedRows, codes: NDArray[np.intp], count: int) -> Floats:
    """Return the scores (G, k d) summed within each group."""
    sums = np.zeros((count, rows.x.size))
    for block in rows.blocks():
        used = block.weights > 0
        residual = block.gradient[used] * block.weights[used, None]
        scores = (residual[:, :, None] * block.a[used][:, None, :]).reshape(-1, sums.shape[1])
        np.add.at(sums, codes[block.rows][used], scores)
    return sums


def _codes(model: LinearModel, groups: Any) -> tuple[NDArray[np.intp], int]:
    """Return the group of each row as a number, and how many groups have weight."""
    labels = column(groups, "groups")
    if len(labels) != model.n_rows:
        raise DataError(
            f"groups must have one label for each of the {model.n_rows} rows of the fit, got "
            f"{len(labels)}; leave out those that were dropped for missing values."
        )
    values = labels.tolist()
    position: dict[Any, int] = {}
    codes = np.empty(len(values), dtype=np.intp)
    for row, value in enumerate(values):
        if missing(value):
            raise DataError(f"groups is missing at row {row}; give every row its group.")
        codes[row] = position.setdefault(value, len(position))
    present, codes[model.weights > 0] = np.unique(codes[model.weights > 0], return_inverse=True)
    if len(present) < 2:
        raise DataError("groups has one label only; a cluster covariance needs at least two.")
    return codes, len(present)
