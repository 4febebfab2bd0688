"""The level of an interval, checked."""

from __future__ import annotations

from numbers import Real


def checked_level(level: float) -> float:
    """Return a coverage in (0, 1), given as any real number.

    Raises
    ------
    ValueError
        It is not between 0 and 1, as 95 is not.

    Examples
    --------
    >>> checked_level(0.95)
    0.95
    """
    value = float(level) if isinstance(level, Real) and not isinstance(level, bool) else 0.0
    if not 0.0 < value < 1.0:
        raise ValueError(
            f"level must be a coverage between 0 and 1, got {level!r}; write 0.95 for 95 %."
        )
    return value
