"""What the factors of a formula are worth on a table: numbers with their low parts, or levels.

The checked syntax tree is interpreted here, node by node.  What a stateful function learns from
the rows of a fit (a mean, the levels, a polynomial basis) is kept and used again on new rows.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.data import powers, transforms
from likelihood.data.grammar import FUNCTIONS, Factor, constant
from likelihood.data.levels import Levels, codes_of, learn_levels
from likelihood.data.messages import shown
from likelihood.data.powers import Column
from likelihood.data.tables import Entries
from likelihood.errors import DataError
from likelihood.family import Floats, Integers

#: A stateful call: the factor it is in, and its place in that factor's tree.
Call: TypeAlias = tuple[str, int]


@dataclass
class Learned:
    """What the rows of a fit taught: levels of factors, and constants of stateful functions."""

    levels: dict[tuple[bool, str], Levels] = field(default_factory=dict)
    numbers: dict[Call, tuple[float, ...]] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)


class Rows(NamedTuple):
    """The rows in use: the columns a formula reads, and the number each row had in the table."""

    columns: dict[str, Entries]
    numbers: Integers
    learned: Learned
    learning: bool


class Levelled(NamedTuple):
    """A factor with levels, and the level of each row."""

    codes: Integers
    levels: Levels


#: A factor of numbers: one column, or those of a polynomial.
Numeric: TypeAlias = tuple[Column, ...]


def levelled(factor: Factor, columns: dict[str, Entries]) -> bool:
    """Return whether a factor has levels: it says C(...), or is a column of labels."""
    if factor.form == "column":
        return columns[factor.used[0]].kind == "label"
    return factor.form == "levels"


def numeric(factor: Factor, rows: Rows) -> Numeric:
    """Return the columns of a factor of numbers.

    Raises
    ------
    DataError
        A column it reads is not numeric, or a result is not finite; the message names the row.
    """
    # Overflow and domain errors are looked for below, where the row can be named.
    with np.errstate(all="ignore"):
        if factor.form == "poly" and isinstance(factor.tree, ast.Call):
            columns = _poly(factor, factor.tree, rows)
        else:
            columns = (_value(factor.tree, factor, rows),)
    n = len(rows.numbers)
    for high, _ in columns:
        if not np.isfinite(high).all():
            _refuse_infinite(factor, np.broadcast_to(high, (n,)), rows)
    return columns


def _refuse_infinite(factor: Factor, high: Floats, rows: Rows) -> None:
    at = int((~np.isfinite(high)).argmax())
    where = ", ".join(f"{name} is {shown(rows.columns[name].values[at])}" for name in factor.used)
    raise DataError(
        f"{factor.text} is {high[at]} at row {rows.numbers[at]}, where {where}; drop that row, or "
        f"change the formula."
    )


def _column(name: str, factor: Factor, rows: Rows) -> Column:
    entries = rows.columns[name]
    if entries.kind not in ("number", "truth"):
        advice = (
            "turn it into a number, such as days since a date"
            if entries.kind == "time"
            else f"use C({name}) for its levels, or convert it"
        )
        what = "dates or times" if entries.kind == "time" else entries.dtype
        raise DataError(f"column {name!r} holds {what}, but {factor.text} needs numbers; {advice}.")
    high: Floats = entries.values.astype(np.float64, copy=False)
    if not np.isfinite(high).all():
        at = int((~np.isfinite(high)).argmax())
        raise DataError(
            f"column {name!r} is infinite ({high[at]}) at row {rows.numbers[at]}; drop or mend "
            f"that row."
        )
    return high, None


_ARITHMETIC: dict[type[ast.operator], Any] = {
    ast.Add: powers.add,
    ast.Sub: lambda a, b: powers.add(a, powers.negative(b)),
    ast.Mult: powers.multiply,
    ast.Div: powers.divide,
}
_RELATIONS: dict[type[ast.cmpop], Any] = {
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}
_ELEMENTWISE: dict[str, Any] = {"log": np.log, "log1p": np.log1p, "exp": np.exp, "sqrt": np.sqrt}


def _value(node: ast.expr, factor: Factor, rows: Rows) -> Column:
    """Return the worth of one node; any node that the grammar does not know is refused again."""
    number = constant(node)
    if number is not None:
        return np.asarray(number), None
    match node:
        case ast.Name(id=name):
            return _column(factor.columns[name], factor, rows)
        case ast.UnaryOp(op=sign, operand=operand) if isinstance(sign, ast.UAdd | ast.USub):
            value = _value(operand, factor, rows)
            return powers.negative(value) if isinstance(sign, ast.USub) else value
        case ast.BinOp(left=left, op=ast.Pow(), right=right):
            exponent = constant(right)
            assert exponent is not None
            return powers.power(_value(left, factor, rows), exponent)
        case ast.BinOp(left=left, op=arithmetic, right=right):
            apply = _ARITHMETIC[type(arithmetic)]
            result: Column = apply(_value(left, factor, rows), _value(right, factor, rows))
            return result
        case ast.Compare(left=left, ops=relations, comparators=others):
            values = [_value(part, factor, rows)[0] for part in (left, *others)]
            truths = [
                _RELATIONS[type(relation)](one, other)
                for relation, one, other in zip(relations, values, values[1:], strict=False)
            ]
            return np.logical_and.reduce(truths).astype(np.float64), None
        case ast.Call(func=ast.Name(id=name), args=[argument]) if name in FUNCTIONS:
            return _called(name, node, _value(argument, factor, rows), factor, rows)
        case _:
            raise TypeError(f"{type(node).__name__} is no part of a formula.")


def _called(name: str, node: ast.Call, value: Column, factor: Factor, rows: Rows) -> Column:
    """Return one of the allowed functions of a column."""
    if name == "I":
        return value
    if name == "abs":
        return powers.absolute(value)
    if name in _ELEMENTWISE:
        return _ELEMENTWISE[name](value[0]), None
    centre, spread = _remembered(node, factor, rows, lambda: transforms.location(value[0], name))
    centred = powers.add(value, (np.asarray(-centre), None))
    return centred if name == "center" else powers.divide(centred, (np.asarray(spread), None))


def _poly(factor: Factor, node: ast.Call, rows: Rows) -> Numeric:
    degree = constant(node.args[1])
    assert degree is not None
    x = np.broadcast_to(_value(node.args[0], factor, rows)[0], (len(rows.numbers),))
    basis = _remembered(
        node, factor, rows, lambda: transforms.orthogonal_basis(x, int(degree), factor.text)
    )
    return tuple((column, None) for column in transforms.polynomials(x, basis))


def stateful_calls(factor: Factor) -> list[tuple[int, ast.Call]]:
    """Return the calls in a factor that learn from the rows, and the place of each."""
    return [
        (place, node)
        for place, node in enumerate(ast.walk(factor.tree))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ("center", "scale", "poly")
    ]


def _remembered(node: ast.Call, factor: Factor, rows: Rows, learn: Any) -> tuple[float, ...]:
    """Return the constants of a stateful call, learnt on the rows of the fit alone."""
    place = next(place for place, call in stateful_calls(factor) if call is node)
    if rows.learning:
        rows.learned.numbers[factor.text, place] = learn()
    return rows.learned.numbers[factor.text, place]


def labelled(factor: Factor, rows: Rows, reference: Hashable, most: int | None) -> Levelled:
    """Return the levels of a factor and the level of each row.

    Parameters
    ----------
    reference : label or None
        The reference level, where the factor does not name one itself.
    most : int, optional
        The most levels to accept.

    Raises
    ------
    DataError
        The column cannot have levels, has one alone or too many; the reference is none of them;
        or, on new rows, a level was not there at the fit.
    """
    entries = _labels(factor, rows)
    if rows.learning:
        for written in written_reference(factor):
            reference = written.value if isinstance(written, ast.Constant) else constant(written)
        rows.learned.levels[factor.key] = learn_levels(
            entries, factor.text, reference, most, rows.learned.notes
        )
    levels = rows.learned.levels[factor.key]
    return Levelled(codes_of(entries, levels, factor, rows.numbers), levels)


def written_reference(factor: Factor) -> list[ast.expr]:
    """Return the reference level that C(g, 'b') writes out, an empty list where it does not."""
    return factor.tree.args[1:] if isinstance(factor.tree, ast.Call) else []


def _labels(factor: Factor, rows: Rows) -> Entries:
    """Return the labels inside C(...), or of a bare column."""
    inside = factor.tree.args[0] if isinstance(factor.tree, ast.Call) else factor.tree
    if isinstance(inside, ast.Name):
        return rows.columns[factor.columns[inside.id]]
    with np.errstate(all="ignore"):
        high = np.broadcast_to(_value(inside, factor, rows)[0], (len(rows.numbers),))
    if not np.isfinite(high).all():
        _refuse_infinite(factor, high, rows)
    none: NDArray[np.bool_] = np.zeros(len(high), dtype=bool)
    if isinstance(inside, ast.Compare):
        return Entries(high != 0, none, None, "truth", "truth values")
    return Entries(high, none, None, "number", "numbers")
