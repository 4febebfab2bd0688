"""Kernels of integer matrices by way of finite fields (level 3).

Elimination in integers makes them as long as determinants, though the kernels asked for here are
mostly simple.  Modulo a prime every number stays in a machine word; what is found there is
lifted to fractions and verified in integers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import count

import numpy as np
from numpy.typing import NDArray

from likelihood.solve.rational import Exact, kernel

Residues = NDArray[np.int64]

#: Rows or columns up to which elimination in integers is quicker.
_SMALL = 12


def nullspace(rows: Exact) -> tuple[Exact, list[int]]:
    """Return what :func:`likelihood.solve.rational.kernel` does, sooner for large matrices.

    Parameters
    ----------
    rows : (m, d) array of int

    Returns
    -------
    (r, d) array of int, list of int
        A basis of the vectors orthogonal to all rows, one positive value common to all at the
        free coordinates; exact, since a prime never shows too small a kernel, and every vector
        is verified.

    Examples
    --------
    >>> basis, free = nullspace(np.array([[1, 2, 3]], dtype=object))
    >>> basis.tolist(), free
    ([[-2, 1, 0], [-3, 0, 1]], [1, 2])
    """
    if min(rows.shape) <= _SMALL:
        return kernel(rows)
    modulus, lifted = 1, np.zeros((0, 0), dtype=object)
    pivots: list[int] | None = None
    taken, due = 0, 1
    for prime in _primes():
        echelon, found = _eliminated((rows % prime).astype(np.int64), prime)
        # A prime that divides a minor shows fewer pivots, or later ones.
        if pivots is not None and (-len(found), found) > (-len(pivots), pivots):
            continue
        free = [j for j in range(rows.shape[1]) if j not in set(found)]
        values = (-echelon[:, free] % prime).astype(object)
        if found != pivots:
            pivots, modulus, lifted, taken, due = found, prime, values, 1, 1
        else:
            # The Chinese remainder theorem.
            step = (values - lifted) * pow(modulus, -1, prime) % prime
            modulus, lifted, taken = modulus * prime, lifted + modulus * step, taken + 1
        if taken < due:
            continue
        due = 2 * taken
        basis = _lifted(lifted, modulus, pivots, free)
        if basis is not None and not (rows @ basis.T).any():
            return basis, free
    raise AssertionError("there are infinitely many primes")


def _eliminated(work: Residues, prime: int) -> tuple[Residues, list[int]]:
    """Return the reduced echelon form modulo a prime below 2**31, and its pivot columns."""
    pivots: list[int] = []
    for column in range(work.shape[1]):
        rank = len(pivots)
        below = np.flatnonzero(work[rank:, column])
        if not len(below):
            continue
        work[[rank, rank + below[0]]] = work[[rank + below[0], rank]]
        work[rank] = work[rank] * pow(int(work[rank, column]), -1, prime) % prime
        others = np.flatnonzero(work[:, column])
        others = others[others != rank]
        work[others] = (work[others] - work[others, column][:, None] * work[rank]) % prime
        pivots.append(column)
        if len(pivots) == len(work):
            break
    return work[: len(pivots)], pivots


def _lifted(values: Exact, modulus: int, pivots: list[int], free: list[int]) -> Exact | None:
    """Return the integer basis whose entries over its common value are these residues."""
    bound = math.isqrt(modulus // 2)
    numerators = np.zeros(values.shape, dtype=object)
    denominators = np.ones(values.shape, dtype=object)
    for place in zip(*np.nonzero(values), strict=True):
        fraction = _fraction(int(values[place]), modulus, bound)
        if fraction is None:
            return None
        numerators[place], denominators[place] = fraction
    common = math.lcm(*(int(v) for v in denominators.flat))
    basis = np.zeros((len(free), len(pivots) + len(free)), dtype=object)
    basis[np.arange(len(free)), free] = common
    basis[:, pivots] = (numerators * (common // denominators)).T
    return basis


def _fraction(value: int, modulus: int, bound: int) -> tuple[int, int] | None:
    """Return the fraction of small terms that a residue stands for (Wang 1981), if there is one."""
    before, after = (modulus, 0), (value, 1)
    while after[0] > bound:
        quotient = before[0] // after[0]
        before, after = after, (before[0] - quotient * after[0], before[1] - quotient * after[1])
    numerator, denominator = after
    if not 0 < abs(denominator) <= bound or math.gcd(numerator, denominator) != 1:
        return None
    return (numerator, denominator) if denominator > 0 else (-numerator, -denominator)


def _primes() -> Iterator[int]:
    """Yield the primes below 2**31, largest first."""
    return (n for n in count(2**31 - 1, -2) if _prime(n))


def _prime(n: int) -> bool:
    """Return whether an odd number below 2**32 is prime (Jaeschke 1993: three bases suffice)."""
    odd, twos = n - 1, 0
    while odd % 2 == 0:
        odd, twos = odd // 2, twos + 1
    for base in (2, 7, 61):
        power = pow(base, odd, n)
        if power in (1, n - 1):
            continue
        if not any((power := power * power % n) == n - 1 for _ in range(twos - 1)):
            return False
    return True
