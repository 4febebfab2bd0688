"""Least squares of tall data from the Gram matrix of their centred columns (level 3).

A Gram matrix squares the condition number, so it is trusted where that costs no more than the
last few digits of a standard error; worse columns get the triangle of a blocked QR.
"""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from likelihood.family import Floats
from likelihood.kernels.arrays import floats
from likelihood.solve.centring import Design, Response
from likelihood.solve.refinement import Solution, inverse_triangle, invertible, triangle

#: Condition up to which a Gram matrix does: standard errors keep ten digits.
GRAM_CONDITION = 1e3
#: Condition up to which a triangle does, its solution corrected once (Bjorck 1987).
QR_CONDITION = 1e6


class Tall(NamedTuple):
    """A solution in double precision: ``(A'WA)**-1 = root root'``."""

    solution: Solution
    root: Floats
    lengths: Floats
    condition: float


def solve_tall(columns: Design, y: Response) -> Tall | None:
    """Return the least-squares solution of a design, None if its condition asks for more.

    The Gram matrix or a triangle gives a metric; the coefficients are then corrected with the
    residuals of the rows themselves, which also make up the sum of squares.

    References
    ----------
    Bjorck (1987), Linear Algebra Appl. 88/89, 31-48, on corrected seminormal equations.

    Examples
    --------
    >>> import numpy as np
    >>> from likelihood.solve.centring import design, response
    >>> columns = design(np.array([[1.0], [2.0], [4.0]]), None, intercept=True)
    >>> round(solve_tall(columns, response(np.array([1.0, 2.0, 6.0]), columns)).condition, 12)
    1.0
    """
    if columns.far.any():
        return None
    gram, moment = _gram(columns, y)
    lengths = np.sqrt(np.diag(gram))
    if not lengths.all():
        return None
    corrections = 1
    root, condition = _cholesky(gram, lengths)
    if condition > GRAM_CONDITION:
        R = triangle(columns)
        if not invertible(R):
            return None
        root, condition, lengths = inverse_triangle(R)
        corrections = 2
        if condition > QR_CONDITION:
            return None
    white = root.T @ moment
    x, sizes = root @ white, [float(np.linalg.norm(white))]
    for _ in range(corrections):
        gradient, squares = _residuals(columns, y, x)
        white = root.T @ gradient
        x = x + root @ white
        sizes.append(float(np.linalg.norm(white)))
    zero = np.zeros(())
    # What the next correction would be, and what rounding hides from it.
    shrunk = sizes[-1] ** 2 / sizes[-2] if sizes[-2] else 0.0
    hidden = float(np.finfo(float).eps * np.sqrt(y.total[0]))
    return Tall(
        Solution((x, np.zeros_like(x)), (np.asarray(squares), zero), corrections, shrunk + hidden),
        root, lengths, condition,
    )  # fmt: skip


def _cholesky(gram: Floats, lengths: Floats) -> tuple[Floats, float]:
    """Return R**-1 of the Gram matrix, and the condition of R; infinite if there is no R."""
    try:
        R = floats(np.linalg.cholesky(gram / np.outer(lengths, lengths)).T)
    except np.linalg.LinAlgError:
        return gram, math.inf
    root, condition, _ = inverse_triangle(R)
    return root / lengths[:, None], condition


def _gram(columns: Design, y: Response) -> tuple[Floats, Floats]:
    """Return ``A'WA`` and ``A'Wy`` of a design A."""
    first = columns.width - len(columns.taken)
    gram, moment = np.zeros((columns.width,) * 2), np.zeros(columns.width)
    for rows, block, weights in columns.plain():
        root = None if weights is None else np.sqrt(weights)
        target = y.high[rows]
        if root is not None:
            block *= root[:, None]
            target = target * root
        gram[first:, first:] += block.T @ block
        moment[first:] += target @ block
        if first:
            ones = np.ones(len(block)) if root is None else root
            gram[0, 0] += float(ones @ ones)
            gram[0, 1:] += ones @ block
            moment[0] += float(ones @ target)
    if first:
        gram[1:, 0] = gram[0, 1:]
    scale = np.append(np.ones(first), np.ldexp(1.0, -columns.near))
    return gram * np.outer(scale, scale), moment * scale


def _residuals(columns: Design, y: Response, x: Floats) -> tuple[Floats, float]:
    """Return ``A'W(y - Ax)`` and the weighted sum of squares of ``y - Ax``."""
    first = columns.width - len(columns.taken)
    slopes = np.ldexp(x[first:], -columns.near)
    gradient, squares = np.zeros(columns.width), []
    for rows, block, weights in columns.plain():
        r = y.high[rows] - block @ slopes
        if first:
            r -= x[0]
        weighted = r if weights is None else weights * r
        squares.append(float(r @ weighted))
        gradient[first:] += weighted @ block
        if first:
            gradient[0] += float(weighted.sum())
    gradient[first:] = np.ldexp(gradient[first:], -columns.near)
    return gradient, math.fsum(squares)


def leverages(columns: Design, root: Floats) -> Floats:
    """Return ``x'(X'WX)**-1 x`` of every row of the design."""
    first = columns.width - len(columns.taken)
    slopes = np.ldexp(root[first:], -columns.near[:, None])
    parts = []
    for _, block, _ in columns.plain():
        white = block @ slopes
        if first:
            white += root[0]
        parts.append(np.einsum("ij,ij->i", white, white))
    return np.asarray(np.ldexp(np.concatenate(parts), -columns.weight_exponent))
