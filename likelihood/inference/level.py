"""The level of an interval, checked."""

from __future__ import annotations


def checked_level(level: float) -> float:
    """Return a coverage in (0, 1).

    Raises
    ------
    ValueError
        It is not between 0 and 1, as 95 is not.

    Examples
    --------
    >>> checked_level(0.95)
    0.95
    """
    if isinstance(level, bool) or not isinstance(level, int | float) or not 0.0 < level < 1.0:
        raise ValueError(
            f"level must be a coverage between 0 and 1, got {level!r}; write 0.95 for 95 %."
        )
    return float(level)
