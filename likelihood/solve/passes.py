"""Fused passes over the rows of a tall design: gradient, Hessian and value in blocks (level 3).

A block is as large as a core's cache, so that its columns are read from memory once, whatever is
computed from them; blocks are shared among threads, with BLAS held to one thread inside.  The
intercept is not a copied column, and the columns are not copied to centre and scale them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from functools import cache, cached_property
from typing import Any, NamedTuple

import numpy as np

from likelihood.family import ExponentialFamily, Floats, Statistic, present
from likelihood.solve import weighted_products as products

#: Numbers of X in a block, 2 MiB: its two uses find it in the second-level cache.
BLOCK = 2**18
#: Columns farther from zero than this many spreads are centred block by block.  Up to it the
#: cancellation of centring afterwards costs the Hessian four digits of sixteen.
FAR = 64.0


class Sums(NamedTuple):
    """What one pass brings back, k coordinates and d coefficients.

    Attributes
    ----------
    gradient : (k d,) array
    hessian : (k d, k d) array or None
        Of a block, its distinct blocks (k (k + 1) / 2, q, q).
    value : float
        The negative log-likelihood without ``log_base``; NaN if it was not asked for.
    least : float
        The least weight times probability of what was not observed; infinity if not asked for.
    """

    gradient: Floats
    hessian: Floats | None
    value: float
    least: float


@dataclass(frozen=True, eq=False)
class Passes:
    """The rows of a regression, to be passed over.

    Coefficients are those of centred and scaled columns, ``(X - centre) 2**-exponents``, the
    intercept first (k, d); without an intercept the centre is zero.

    Attributes
    ----------
    family : type of ExponentialFamily
    X : (n, p) array
        In rows or in columns; single precision is widened block by block.
    t : (n, k) floats or (n,) integers
    weights : (n,) array or None
        None for ones.
    offset : (n, k) array or None
    centre : (p,) array
    exponents : (p,) array of int
    intercept : bool
    free : int
        k, the free coordinates of eta.
    threads : int
    """

    family: type[ExponentialFamily]
    X: Any
    t: Statistic
    weights: Floats | None
    offset: Floats | None
    centre: Floats
    exponents: Any
    intercept: bool
    free: int
    threads: int = 1

    @cached_property
    def far(self) -> bool:
        """Whether a column is so far from zero that it has to be centred first."""
        spread = np.ldexp(1.0, self.exponents)
        return bool((np.abs(self.centre) > FAR * spread).any())

    def every(self, step: int, *, copied: bool = True) -> Passes:
        """Return the passes over every so-manieth row, copied to be contiguous where asked."""

        def taken(values: Any) -> Any:
            part = None if values is None else values[::step]
            return part if part is None or not copied else part.copy("K")

        return replace(
            self, X=taken(self.X), t=taken(self.t), weights=taken(self.weights),
            offset=taken(self.offset), threads=1,
        )  # fmt: skip

    def sums(self, theta: Floats, order: int, *, value: bool | None = None) -> Sums:
        """Return gradient, and from order 2 the Hessian, summed over all rows.

        Parameters
        ----------
        theta : (k d,) array
        order : {1, 2}
        value : bool, optional
            Whether to compute the value, too; from order 2 where not given.
        """
        first, slopes = self._given(theta)
        asked = order > 1 if value is None else value
        gradient, hessian = np.zeros((self.free, self.X.shape[1] + 1)), None
        total, least = 0.0 if asked else np.nan, np.inf
        blocks = self._blocks(order)
        # In their order, whichever is ready first: the sum does not depend on the threads.
        for part in self._map(lambda b: self._block(b, first, slopes, order, asked), blocks):
            gradient += part.gradient
            if part.hessian is not None:
                hessian = (
                    part.hessian if hessian is None else np.add(hessian, part.hessian, out=hessian)
                )
            total += part.value
            least = min(least, part.least)
        if hessian is not None:
            hessian = products.matrix(hessian, self.free)
        return Sums(*self._centred(gradient, hessian), total, least)

    def gram(self) -> Floats:
        """Return the sum over all rows of ``w z z'`` (d, d), z the columns with the intercept."""
        total = np.zeros((self.X.shape[1] + 1,) * 2)
        blank = np.zeros((1, len(total)))

        def block(rows: slice) -> Sums:
            weights = None if self.weights is None else self.weights[rows]
            return Sums(blank, products.gram(self._columns(rows), weights), np.nan, np.inf)

        for part in self._map(block, self._blocks(2)):
            total += present(part.hessian)
        return present(replace(self, free=1)._centred(blank, total)[1])

    def mean_variance(self, theta: Floats) -> Floats:
        """Return the weighted mean over all rows of their variance at theta, shape (k, k)."""
        total, weight = np.zeros((self.free, self.free)), 0.0
        for rows, eta in self.predictors(theta):
            one = np.ones(eta.shape[1]) if self.weights is None else self.weights[rows]
            weight += float(one.sum())
            if self.family.pinned:
                # Class 0, the pinned one, leaves the probabilities of the others as residuals.
                blank = np.zeros(eta.shape[1], dtype=np.int64)
                mean = self.family.pass_moments(eta, blank, 1)[0]
                total += np.diag(mean @ one) - (mean * one) @ mean.T
            else:
                total += present(self.family.pass_moments(eta, self.t[rows], 2)[1]) @ one
        return total / weight

    def predictors(self, theta: Floats) -> Iterator[tuple[slice, Floats]]:
        """Yield the rows of each block with their linear predictor (k, m)."""
        first, slopes = self._given(theta)
        for rows in self._blocks(1):
            yield rows, self._eta(self._columns(rows), rows, first, slopes)

    def _given(self, theta: Floats) -> tuple[Floats, Floats]:
        """Return constants (k,) and slopes (k, p) in the columns' own units."""
        values = theta.reshape(self.free, -1)
        slopes = np.ldexp(values[:, int(self.intercept) :], -self.exponents)
        first = values[:, 0] if self.intercept else np.zeros(self.free)
        return first if self.far else first - slopes @ self.centre, slopes

    def _blocks(self, order: int) -> list[slice]:
        n, p = self.X.shape
        # A block of eta is not to be larger than one of X.
        rows = max(BLOCK // max(p, self.free), 256)
        if order > 1:
            # Adding up a Hessian is to cost less than making it.
            rows = max(rows, self.free * (p + 1) // 4)
        return [slice(a, min(a + rows, n)) for a in range(0, n, rows)]

    def _columns(self, rows: slice) -> Floats:
        X: Floats = self.X[rows]
        if self.far:
            return X - self.centre
        return X if X.dtype == np.float64 else X.astype(np.float64)

    def _eta(self, X: Floats, rows: slice, first: Floats, slopes: Floats) -> Floats:
        """Return the linear predictor (k, m) of a block."""
        eta: Floats = slopes @ X.T
        eta += first[:, None]
        if self.offset is not None:
            eta += self.offset[rows].T
        return eta

    def _map(self, work: Callable[[slice], Sums], blocks: list[slice]) -> Iterator[Sums]:
        if self.threads == 1 or len(blocks) < 2 * self.threads:
            yield from map(work, blocks)
            return
        with one_blas_thread(), ThreadPoolExecutor(self.threads) as pool:
            yield from pool.map(work, blocks)

    def _block(self, rows: slice, first: Floats, slopes: Floats, order: int, asked: bool) -> Sums:
        X, t = self._columns(rows), self.t[rows]
        eta = self._eta(X, rows, first, slopes)
        weights = None if self.weights is None else self.weights[rows]
        value, least = np.nan, np.inf
        if asked:
            value, least = self.family.pass_value(eta, t, weights)
        residual, variance = self.family.pass_moments(eta, t, order)
        if weights is not None:
            residual *= weights
        k, p = slopes.shape
        gradient = np.empty((k, p + 1))
        gradient[:, 0] = residual.sum(axis=1)
        gradient[:, 1:] = residual @ X
        if order < 2:
            return Sums(gradient, None, value, least)
        if variance is None:
            return Sums(gradient, products.gram(X, weights)[None], value, least)
        if weights is not None:
            variance *= weights
        return Sums(gradient, products.pairs(X, variance, k), value, least)

    def _centred(self, gradient: Floats, hessian: Floats | None) -> tuple[Floats, Floats | None]:
        """Return derivatives in the coefficients of the centred and scaled columns."""
        k, q = gradient.shape
        # eta = first + slopes x: the chain rule of slopes = 2**-e b, first = a - centre slopes.
        change = np.diag(np.append(1.0, np.ldexp(1.0, -self.exponents)))
        if self.intercept and not self.far:
            change[0, 1:] = -np.ldexp(self.centre, -self.exponents)
        if not self.intercept:
            change = change[:, 1:]
        gradient = (gradient @ change).ravel()
        if hessian is None:
            return gradient, None
        blocks = hessian.reshape(k, q, k, q).transpose(0, 2, 1, 3)
        moved = change.T @ blocks @ change
        return gradient, moved.transpose(0, 2, 1, 3).reshape(gradient.size, gradient.size)


@cache
def _blas() -> Any:
    """Return the controller of the BLAS libraries in this process; finding them takes a while."""
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()


def one_blas_thread() -> AbstractContextManager[Any]:
    """Hold BLAS to one thread while blocks are shared among ours."""
    limited: AbstractContextManager[Any] = _blas().limit(limits=1)
    return limited
