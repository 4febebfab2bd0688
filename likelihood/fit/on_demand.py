"""Fields of a record that may be computed at their first use (level 4)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from likelihood.errors import DataError
from likelihood.family import Floats

Given: TypeAlias = Floats | Callable[[], Floats]


class OnDemand:
    """A field of a dataclass: an array, or a function that is called for it once.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True, eq=False)
    ... class Record:
    ...     spread: OnDemand = OnDemand()
    >>> record = Record(lambda: print("computing") or 2.0)
    >>> record.spread, record.spread
    computing
    (2.0, 2.0)
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self.slot = f"_{name}"

    def __get__(self, record: Any, owner: type | None = None) -> Floats:
        if record is None:
            # So that the class has no default of that name.
            raise AttributeError(self.slot)
        value = vars(record)[self.slot]
        if callable(value):
            value = value()
            vars(record)[self.slot] = value
        found: Floats = value
        return found

    def __set__(self, record: Any, value: Given) -> None:
        vars(record)[self.slot] = value


class Gone:
    """Stands for what was not computed while the rows were there.

    Parameters
    ----------
    what : str
        For the message.

    Examples
    --------
    >>> Gone("the covariance")()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    likelihood.errors.DataError: the covariance was not computed before the fit was saved...
    """

    def __init__(self, what: str) -> None:
        self.what = what

    def __call__(self) -> Floats:
        """Refuse."""
        raise DataError(
            f"{self.what} was not computed before the fit was saved, pickled or copied, and needs "
            f"its rows, which are not kept; fit the model again to the same data."
        )
