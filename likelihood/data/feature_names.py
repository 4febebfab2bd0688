"""The names of the columns of X, at fit and at predict.

The sentences are scikit-learn's, word for word: its users and its own checks look for them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from likelihood.data.tables import Table
from likelihood.errors import DataError


def given_names(names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return names given by hand, checked to be text and to differ."""
    if names is None:
        return None
    given = tuple(names)
    wrong = [name for name in given if not isinstance(name, str)]
    if wrong:
        raise TypeError(f'names must be text, got {wrong[0]!r}; write names=["a", "b", ...].')
    if len(set(given)) < len(given):
        twice = next(name for j, name in enumerate(given) if name in given[:j])
        raise DataError(f"names must differ, got {twice!r} twice; rename one.")
    return given


def table_names(found: Table) -> tuple[str, ...] | None:
    """Return the names of a table's columns, None where none is text."""
    types = sorted({type(name).__qualname__ for name in found.names})
    if len(types) > 1 and "str" in types:
        raise TypeError(
            "Feature names are only supported if all input features have string names, but your "
            f"input has {types} as feature name / column name types. If you want feature names to "
            "be stored and validated, you must convert them all to strings, by using X.columns = "
            "X.columns.astype(str) for example. Otherwise you can remove feature / column names "
            "from your input data, or convert them all to a non-string data type."
        )
    return tuple(found.names) if types == ["str"] else None


def check_names(names: tuple[str, ...] | None, fitted: tuple[str, ...], owner: str) -> None:
    """Refuse names other than those a model was fitted with; warn where X has none.

    Raises
    ------
    DataError
        A name is new, missing, or in another place.
    """
    if names is None:
        warnings.warn(
            f"X does not have valid feature names, but {owner} was fitted with feature names",
            stacklevel=4,
        )
        return
    if names == fitted:
        return
    message = "The feature names should match those that were passed during fit.\n"
    unseen, gone = sorted(set(names) - set(fitted)), sorted(set(fitted) - set(names))
    if unseen:
        message += f"Feature names unseen at fit time:\n{_bulleted(unseen)}"
    if gone:
        message += f"Feature names seen at fit time, yet now missing:\n{_bulleted(gone)}"
    if not unseen and not gone:
        message += "Feature names must be in the same order as they were in fit.\n"
    raise DataError(message)


def _bulleted(names: list[str]) -> str:
    return "".join(f"- {name}\n" for name in names[:5]) + ("- ...\n" if len(names) > 5 else "")
