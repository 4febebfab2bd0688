"""Saved models: reading one, and what its formula says about a file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from likelihood.cli.reading import InputError, refuse_url, shown
from likelihood.errors import DataError

if TYPE_CHECKING:
    from likelihood.data.grammar import Factor
    from likelihood.data.levels import Levels
    from likelihood.results.facts import Facts


def load_model(path: str) -> Any:
    """Return the estimator that a file holds.

    Raises
    ------
    InputError
        There is no such file, or it holds no model.
    """
    from likelihood import saving

    refuse_url(path)
    try:
        return saving.load(path)
    except FileNotFoundError:
        raise InputError(
            f"there is no file {shown(path)}",
            "likelihood fit writes a model with --save MODEL.likelihood.json",
        ) from None
    except DataError as error:
        raise InputError(f"{error} ({shown(path)})") from None


def label_columns(facts: Facts) -> list[str]:
    """Return the columns whose levels are text, so that one called 1 is read as text too."""
    return [
        name
        for factor, levels in _levelled(facts)
        if all(isinstance(label, str) for label in levels.labels)
        for name in factor.used
    ]


def references_of(facts: Facts) -> dict[str, Any]:
    """Return the reference level of each column that the formula itself does not write one for."""
    from likelihood.data.assembly import bare_column
    from likelihood.data.factors import written_reference

    return {
        bare_column(factor): levels.labels[levels.reference]
        for factor, levels in _levelled(facts)
        if bare_column(factor) and not written_reference(factor)
    }


def _levelled(facts: Facts) -> Iterator[tuple[Factor, Levels]]:
    if facts.formula is None:
        return
    learned = facts.formula.learned.levels
    for product in facts.formula.products:
        for factor, _ in product:
            if factor.key in learned:
                yield factor, learned[factor.key]
