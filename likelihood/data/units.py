"""Units of information."""

from __future__ import annotations

import math
from numbers import Real


def nats_per_unit(base: float | None) -> float:
    """Return the nats in one unit of information: 1 for nats, log 2 for bits (``base=2``).

    Raises
    ------
    ValueError
        The base of a logarithm must be positive and not 1.

    Examples
    --------
    >>> nats_per_unit(None)
    1.0
    """
    if base is None:
        return 1.0
    number = isinstance(base, Real) and not isinstance(base, bool)
    if not (number and base > 0 and base != 1 and math.isfinite(base)):
        raise ValueError(f"base must be positive and not 1, got {base!r}; use base=2 for bits.")
    return math.log(base)
