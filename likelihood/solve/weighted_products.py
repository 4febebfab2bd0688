"""Weighted sums of products of columns, for the Hessian of a block of rows (level 3).

The columns are those of X (m, p) after one of ones, q = p + 1 in all.
"""

from __future__ import annotations

import numpy as np

from likelihood.family import Floats

#: Numbers of products that are formed at once, 2 MiB.
FORMED = 2**18


def gram(X: Floats, weights: Floats | None) -> Floats:
    """Return the sum over rows of ``w (1, x)(1, x)'``, shape (q, q)."""
    if weights is not None:
        weighted: Floats = by_pairs(X, weights[None, :], 1)[0]
        return weighted
    gram = np.empty((X.shape[1] + 1,) * 2)
    gram[0, 0] = len(X)
    gram[0, 1:] = gram[1:, 0] = X.sum(axis=0)
    gram[1:, 1:] = X.T @ X
    return gram


def pairs(X: Floats, variance: Floats, k: int) -> Floats:
    """Return ``sum w (1, x)(1, x)'`` for each row w of the variance, the lower triangle by rows.

    One product of all weights with all products of columns, where the weights are many enough to
    pay for forming these; else one for each pair of coordinates.

    Parameters
    ----------
    variance : (k (k + 1) / 2, m) array
        The lower triangle of the variance of each row, row by row.
    """
    q = X.shape[1] + 1
    return by_products(X, variance) if 3 * len(variance) > q else by_pairs(X, variance, k)


def matrix(blocks: Floats, k: int) -> Floats:
    """Return the matrix (k q, k q) whose blocks are given pair by pair."""
    q = blocks.shape[1]
    gram = np.empty((k, q, k, q))
    pair = 0
    for a in range(k):
        for b in range(a + 1):
            gram[a, :, b], gram[b, :, a] = blocks[pair], blocks[pair]
            pair += 1
    return gram.reshape(k * q, k * q)


def by_pairs(X: Floats, variance: Floats, k: int) -> Floats:
    """Return ``sum w (1, x)(1, x)'`` for each row w of the variance, one after the other."""
    q = X.shape[1] + 1
    blocks = np.empty((len(variance), q, q))
    diagonal = {a * (a + 3) // 2 for a in range(k)}
    for pair, weights in enumerate(variance):
        block = blocks[pair]
        block[0, 0] = weights.sum()
        block[0, 1:] = block[1:, 0] = weights @ X
        if pair in diagonal:
            half = X * np.sqrt(weights)[:, None]
            block[1:, 1:] = half.T @ half
        else:
            block[1:, 1:] = X.T @ (X * weights[:, None])
    return blocks


def by_products(X: Floats, variance: Floats) -> Floats:
    """Return the same by one product of the weights with the products of columns."""
    m, q = len(X), X.shape[1] + 1
    products = q * (q + 1) // 2
    rows = max(FORMED // products, 64)
    formed, columns = np.empty((products, rows)), np.ones((q, rows))
    sums = np.zeros((len(variance), products))
    for start in range(0, m, rows):
        count = min(rows, m - start)
        columns[1:, :count] = X[start : start + count].T
        place = 0
        for j in range(q):
            np.multiply(
                columns[j, :count], columns[j:, :count], out=formed[place : place + q - j, :count]
            )
            place += q - j
        sums += variance[:, start : start + count] @ formed[:, :count].T
    blocks = np.empty((len(variance), q, q))
    upper = np.triu_indices(q)
    blocks[:, upper[0], upper[1]] = sums
    blocks[:, upper[1], upper[0]] = sums
    return blocks
