"""The rows of a fit in the coordinates in which it was solved (level 5).

Columns centred and scaled there, so that what follows from the rows (sandwiches, leverages,
standard errors of predictions) keeps its digits where a column is far from zero: in the units
given the variance of the intercept of a column at 1e9 is 1e18 times that of a prediction.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from likelihood.family import Floats, Statistic, present
from likelihood.fit.record import RegressionRecord
from likelihood.kernels.arithmetic import sum_parts, two_product, two_sum
from likelihood.kernels.extended import Pair
from likelihood.linear_model import LinearModel
from likelihood.objective import Booleans
from likelihood.solve.centring import slices
from likelihood.solve.working import Working, working

#: Singular values below this share of the largest are directions the face says nothing about.
_NULL = 1e-9


class Block(NamedTuple):
    """Some rows at the estimate: m rows, d terms, k free coordinates.

    ``a`` (m, d) are their working coordinates, ``gradient`` (m, k) is the derivative of one
    repetition's loss in the linear predictor, and ``root`` (m, q, k) is S with ``S'S`` its second
    derivative.
    """

    rows: slice
    a: Floats
    gradient: Floats
    root: Floats
    weights: Floats


@dataclass(frozen=True, eq=False)
class FittedRows:
    """The rows of a fit with its estimate, in working coordinates; aliased columns left out.

    Where the data are separated these are the rows of the limiting conditional model: the
    others carry no information (Geyer 2009).

    Attributes
    ----------
    model : LinearModel
        Its kept columns.
    place : Working
    x : (k, d) array
    x_low : (k,) array
        What the rounding of the constant's coefficient lost.
    possible : (n, K) array of bool, or None
        The classes that a row can be in.
    bread : (k d, m) array
        F with ``F F'`` the inverse of the (penalised) information; with separated data an
        inverse on the directions that the rows inform.
    half : (k d, m) array
        H with ``H H'`` the covariance at a dispersion of 1.
    blind : (k d, q) array
        An orthonormal basis, in columns scaled to one length, of the directions without
        information; and ``lengths`` (k d,) is that scale.
    """

    model: LinearModel
    place: Working
    x: Floats
    x_low: Floats
    possible: Booleans | None
    bread: Floats
    half: Floats
    blind: Floats
    lengths: Floats

    def coordinates(self, X: Any, low: Floats | None = None) -> Floats:
        """Return the working coordinates (m, d) of rows of the kept columns."""
        columns = self.place.design
        if columns is None or not isinstance(X, np.ndarray):
            X = X if isinstance(X, np.ndarray) else X.toarray()
        if columns is None:
            if self.model.intercept:
                X = np.column_stack([np.ones(len(X)), X])
            return np.asarray(np.ldexp(X, -self.place.exponents))
        taken = np.ldexp(X[:, columns.taken], -columns.far)
        ones = np.ones(len(X))
        if columns.position is not None and columns.constant is not None:
            ones = X[:, columns.position] / columns.constant
        # A centre is not moved where there is no constant.
        a = taken - columns.centre * ones[:, None]
        if low is not None:
            a += np.ldexp(low[:, columns.taken], -columns.far)
        a = np.ldexp(a, -columns.near)
        return a if columns.constant is None else np.column_stack([ones, a])

    def eta(self, a: Floats, offset: Floats | None = None) -> Floats:
        """Return the linear predictor (m, k) at working coordinates, pinned ones left out."""
        eta = a @ self.x.T
        if self.place.constant is not None:
            eta = eta + a[:, :1] * self.x_low
        return np.asarray(eta if offset is None else eta + offset)

    def blocks(self) -> Iterator[Block]:
        """Yield all rows with weight or without, in blocks."""
        model = self.model
        for rows in slices(model.n_rows, self.x.size, 2**18):
            a = self.coordinates(model.X[rows], None if model.low is None else model.low[rows])
            gradient, root = self._derivatives(rows, a)
            yield Block(rows, a, gradient, root, model.weights[rows])

    def _derivatives(self, rows: slice, a: Floats) -> tuple[Floats, Floats]:
        """Return the gradient (m, k) and a root (m, q, k) of the curvature of rows."""
        model, family, t = self.model, self.model.family, self.model.t[rows]
        offset = None if model.offset is None else model.offset[rows]
        if family.free_dispersion:
            eta, t = self._about_constant(a, t, offset)
        else:
            eta = model.padded(self.eta(a, offset))
        if self.possible is not None:
            eta[~self.possible[rows]] = -np.inf
        if family.pinned:
            gradient = present(family.nll(eta, t, 1).gradient)
            mean = present(family.cumulants(eta, 1).mean)
            return gradient[:, family.pinned :], _root(mean)[:, :, family.pinned :]
        loss = family.nll(eta, t, 2)
        return present(loss.gradient), np.sqrt(present(loss.hessian))

    def residuals(self, X: Any, y: Statistic, offset: Floats | None, low: Floats | None) -> Floats:
        """Return ``y - mean`` (m,) of rows of a linear regression, exact at a large mean.

        Parameters
        ----------
        X, low : (m, p) array
            Kept columns only.
        y : (m, 1) array
        offset : (m, 1) array, optional
        """
        eta, about = self._about_constant(self.coordinates(X, low), y, offset)
        return np.asarray(about - eta)[:, 0]

    def _about_constant(
        self, a: Floats, t: Statistic, offset: Floats | None
    ) -> tuple[Floats, Statistic]:
        """Return eta and y less the constant: their difference keeps its digits at a large mean."""
        y = t if offset is None else t - offset
        if self.place.constant is None:
            return a @ self.x.T, y
        high, low = two_sum(y, -a[:, :1] * self.x[:, 0])
        return a[:, 1:] @ self.x[:, 1:].T, high + (low - a[:, :1] * self.x_low)

    def images(self, a: Floats, factor: Floats) -> Floats:
        """Return ``factor' (e_c (x) a)`` for each row and free coordinate c, shape (m, k, q)."""
        k, d = self.x.shape
        images: Floats = np.einsum("nd,kdq->nkq", a, factor.reshape(k, d, -1), optimize=True)
        return images

    def spread(self, covariance_half: Floats, record: RegressionRecord) -> Floats:
        """Return the covariance (k d, k d) of all terms as given, zero where aliased or infinite.

        Parameters
        ----------
        covariance_half : (k d, m) array
            H in working coordinates with covariance ``H H'``.
        """
        every = np.tile(record.kept, len(record.coef))
        if not covariance_half.size:
            return np.zeros((every.size, every.size))
        half = self.place.half_to_user(covariance_half, self.model.free)
        user = np.zeros((every.size, half.shape[1]))
        user[every] = half
        user[record.infinite.ravel()] = 0.0
        return np.asarray(user @ user.T)


def placed_rows(model: LinearModel, record: RegressionRecord) -> FittedRows:
    """Return the rows that a fit was made of, with its estimate but without its information.

    Parameters
    ----------
    model : LinearModel
    record : RegressionRecord
        Of the same rows.
    """
    kept = record.kept[1:] if model.intercept else record.kept
    reduced, possible = model.columns(kept), None
    anchor = reduced
    if record.separation is not None:
        face = np.where(record.separation.face, model.weights, 0.0)
        possible = record.separation.remaining if model.family.pinned else None
        if possible is not None:
            # Rows without weight take no part; any class will do for them.
            possible = possible | (model.weights == 0)[:, None]
        if face.any():
            anchor = replace(reduced, weights=face)
        reduced = replace(reduced, weights=face)
    place = working(anchor.X, anchor.weights, intercept=model.intercept, low=anchor.low)
    x, x_low = _to_working(place, (record.coef[:, record.kept], record.coef_low[:, record.kept]))
    empty = np.zeros((x.size, 0))
    return FittedRows(
        reduced, place, x, x_low, possible, empty, empty, np.eye(x.size), np.ones(x.size)
    )


def fitted_rows(model: LinearModel, record: RegressionRecord) -> FittedRows:
    """Return the rows that a fit was made of, with its estimate and information.

    Parameters are those of :func:`placed_rows`.

    Notes
    -----
    Two passes over the rows, in blocks.

    Examples
    --------
    >>> from likelihood import Poisson
    >>> from likelihood.fit.regression import fit_regression
    >>> x, y = np.array([[0.0], [0.0], [1.0], [1.0]]), np.array([[1.0], [3.0], [4.0], [8.0]])
    >>> model = LinearModel(Poisson, x, y, np.ones(4), ("x",))
    >>> rows, record = fitted_rows(model, fit_regression(model)), fit_regression(model)
    >>> np.allclose(rows.spread(rows.half, record), record.covariance, rtol=1e-12)
    True
    """
    return _informed(placed_rows(model, record), separated=record.separation is not None)


def _informed(bare: FittedRows, *, separated: bool) -> FittedRows:
    """Return the rows with the inverse of their information."""
    R = triangle(bare)
    ridge = _penalty(bare)
    whole = R if ridge is None else stacked(R, ridge)
    lengths = np.sqrt(np.sum(whole * whole, axis=0))
    lengths = np.where(lengths > 0, lengths, 1.0)
    _, values, turned = np.linalg.svd(whole / lengths, full_matrices=True)
    values = np.append(values, np.zeros(len(turned) - len(values)))
    least = _NULL if separated else 0.0
    seen = values > least * values.max(initial=0.0)
    bread = turned[seen].T / values[seen] / lengths[:, None]
    half = bread if ridge is None else bread @ (bread.T @ R.T)
    return replace(bare, bread=bread, half=half, blind=turned[~seen].T, lengths=lengths)


def triangle(rows: FittedRows) -> Floats:
    """Return R (m, k d) with ``R'R`` the information, by blocks of rows (Golub & Van Loan)."""
    R = np.zeros((0, rows.x.size))
    for block in rows.blocks():
        used = block.weights > 0
        if used.any():
            root = block.root[used] * np.sqrt(block.weights[used, None, None])
            whitened = root[:, :, :, None] * block.a[used][:, None, None, :]
            R = stacked(R, whitened.reshape(-1, R.shape[1]))
    return R


def stacked(R: Floats, rows: Floats) -> Floats:
    """Return the triangle of R with more rows below it.

    Examples
    --------
    >>> float(abs(stacked(np.array([[3.0]]), np.array([[4.0]]))[0, 0]))
    5.0
    """
    return np.asarray(np.linalg.qr(np.vstack([R, rows]), mode="r"))


def _root(mean: Floats) -> Floats:
    """Return S (n, K, K) with ``S'S`` the variance ``diag(p) - p p'`` of classes.

    Row c is ``sqrt(p_c) (e_c - p)``: a root from eigenvalues would have the root of their rounding
    in the direction that has no variance, 1e-8 in place of 1e-16.
    """
    K = mean.shape[1]
    rows = np.repeat(-mean[:, None, :], K, axis=1)
    # 1 - p without cancellation.
    rows[:, np.arange(K), np.arange(K)] = mean @ (1.0 - np.eye(K))
    return np.asarray(np.sqrt(mean)[:, :, None] * rows)


def _penalty(rows: FittedRows) -> Floats | None:
    """Return L (m, k d) with ``L'L`` the Hessian of the ridge, or None without one."""
    model = rows.model
    if not model.ridge:
        return None
    k, d = rows.x.shape
    given, _ = rows.place.to_user((np.eye(d), np.zeros((d, d))))
    slopes = given.T[int(model.intercept) :]
    return np.asarray(np.kron(np.eye(k), math.sqrt(model.ridge) * slopes), dtype=float)


def _to_working(place: Working, coef: Pair) -> tuple[Floats, Floats]:
    """Return coefficients (k, d) in working coordinates, and the rest of the constant's (k,)."""
    columns = place.design
    if columns is None:
        return np.ldexp(coef[0], place.exponents), np.zeros(len(coef[0]))
    high, low = (np.ldexp(part, -columns.units) for part in coef)
    if columns.constant is None:
        return high + low, np.zeros(len(high))
    at = columns.place
    slopes, slopes_low = np.delete(high, at, axis=1), np.delete(low, at, axis=1)
    first, error = two_product(high[:, at], columns.constant)
    product, rest = two_product(slopes, columns.shift)
    rest = rest + columns.shift * slopes_low
    total, total_low = sum_parts(
        np.column_stack([first, product]).T,
        np.column_stack([error + columns.constant * low[:, at], rest]).T,
    )
    return np.column_stack([total, slopes + slopes_low]), np.asarray(total_low)
