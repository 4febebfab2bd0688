"""Functions of a formula that learn from a column: centring, scaling, orthogonal polynomials."""

from __future__ import annotations

import math

import numpy as np

from likelihood.errors import DataError
from likelihood.family import Floats
from likelihood.kernels.arithmetic import compensated_sum, exponent_of_largest


def location(x: Floats, name: str) -> tuple[float, float]:
    """Return the mean of a column, and its standard deviation with n - 1 where that is asked for.

    Parameters
    ----------
    name : str
        ``center`` or ``scale``; for ``center`` the deviation is left at 1.

    Raises
    ------
    DataError
        The column to scale is constant.

    Examples
    --------
    >>> import numpy as np
    >>> location(np.array([1.0, 3.0]), "center")
    (2.0, 1.0)
    """
    x = np.atleast_1d(x)
    exponent = exponent_of_largest(x)
    # Scaled by a power of two: neither the sum nor the squares can overflow.
    small = np.ldexp(x, -exponent)
    mean = float(compensated_sum(small)) / len(x)
    if name == "center":
        return math.ldexp(mean, exponent), 1.0
    deviations = small - mean
    spread = float(compensated_sum(deviations * deviations))
    if small.max() == small.min():
        raise DataError(f"scale(...) of a column that is always {x[0]}; leave that term out.")
    return math.ldexp(mean, exponent), math.ldexp(math.sqrt(spread / (len(x) - 1)), exponent)


def orthogonal_basis(x: Floats, degree: int, text: str) -> tuple[float, ...]:
    """Return the constants of the polynomials of degree 1 to ``degree`` orthonormal on a column.

    They are a centre, a power of two, the norm of the constant, and for each degree a shift and
    a norm: the three-term recurrence, normalised at each step so that no power overflows.

    Raises
    ------
    DataError
        The column has too few distinct values for the degree.

    References
    ----------
    Forsythe (1957), J. SIAM 5, 74-88.
    """
    distinct = len(np.unique(x))
    if distinct <= degree:
        raise DataError(
            f"{text} needs more than {degree} distinct values, the column has {distinct}; lower "
            f"the degree."
        )
    centre, _ = location(x, "center")
    exponent = exponent_of_largest(x - centre)
    u = np.ldexp(x - centre, -exponent)
    norm = math.sqrt(len(x))
    before, now = np.zeros_like(u), np.full_like(u, 1.0 / norm)
    constants = [centre, float(exponent), norm]
    length = 0.0
    for _ in range(degree):
        shift = float(compensated_sum(u * now * now))
        after = (u - shift) * now - length * before
        length = math.sqrt(float(compensated_sum(after * after)))
        constants += [shift, length]
        before, now = now, after / length
    return tuple(constants)


def polynomials(x: Floats, basis: tuple[float, ...]) -> list[Floats]:
    """Return the orthonormal polynomials of a basis at x, from degree 1.

    Examples
    --------
    >>> import numpy as np
    >>> x = np.array([1.0, 2.0, 4.0])
    >>> first, second = polynomials(x, orthogonal_basis(x, 2, "poly(x, 2)"))
    >>> bool(abs(first @ second) < 1e-15)
    True
    """
    centre, exponent, norm, *steps = basis
    u = np.ldexp(x - centre, -int(exponent))
    before, now = np.zeros_like(u), np.full_like(u, 1.0 / norm)
    length = 0.0
    columns = []
    for shift, following in zip(steps[::2], steps[1::2], strict=True):
        after = (u - shift) * now - length * before
        length = following
        before, now = now, after / length
        columns.append(now)
    return columns
