"""The matrix of a formula put together: rows in use, factors into blocks, blocks into columns."""

from __future__ import annotations

import ast
import itertools
import math
from collections.abc import Hashable, Mapping
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from likelihood.data.factors import (
    Learned,
    Levelled,
    Numeric,
    Rows,
    labelled,
    levelled,
    numeric,
    stateful_calls,
)
from likelihood.data.grammar import Factor, column_factor, constant
from likelihood.data.messages import listed, shown
from likelihood.data.powers import Column, multiply
from likelihood.data.sparse_assembly import entries_in_a_row, sparse_matrix
from likelihood.data.tables import Entries, Table
from likelihood.data.terms import Part
from likelihood.errors import DataError, FormulaError
from likelihood.family import Floats

#: The most columns of a design, and the most numbers in it: 8 GiB of float64.
MOST_COLUMNS = 10_000
MOST_NUMBERS = 2**30
#: Numbers up to which all of them are stored, and the share of a row that is to be zero beyond.
DENSE = 2 * 10**7
_ZEROS = 0.75

Missing: TypeAlias = Literal["drop", "fail"]
Products: TypeAlias = tuple[tuple[Part, ...], ...]


def read(
    found: Table, used: tuple[str, ...], missing: Missing
) -> tuple[dict[str, Entries], NDArray[np.bool_], tuple[str, ...]]:
    """Return the columns a formula reads in the rows it can use, those rows, and a note on them.

    Raises
    ------
    DataError
        A column is not there; no row is complete; or one is not, with ``missing="fail"``.
    """
    columns = {name: found.column(name) for name in used}
    gone = np.zeros(found.n_rows, dtype=bool)
    for entries in columns.values():
        gone |= entries.missing
    counts = {name: int(entries.missing.sum()) for name, entries in columns.items()}
    where = ", ".join(f"{name}: {count}" for name, count in counts.items() if count)
    if missing == "fail" and gone.any():
        row = int(gone.argmax())
        name = next(name for name, entries in columns.items() if entries.missing[row])
        raise DataError(
            f"column {name!r} is missing at row {row} ({int(gone.sum())} rows in all, {where}); "
            f"drop or fill those rows."
        )
    if gone.all():
        raise DataError(
            f"data has no row without a missing value ({where}); drop the empty columns."
            if found.n_rows
            else "data has no rows; at least one is needed."
        )
    if not gone.any():
        return columns, ~gone, ()
    kept = ~gone
    rows = "row is" if gone.sum() == 1 else "rows are"
    note = f"{int(gone.sum())} of {found.n_rows} {rows} left out for a missing value ({where})."
    used_rows = {
        name: entries._replace(values=entries.values[kept], missing=entries.missing[kept])
        for name, entries in columns.items()
    }
    return used_rows, kept, (note,)


def blocks(
    products: Products,
    rows: Rows,
    references: Mapping[str, Hashable],
    most: int | None,
) -> dict[tuple[bool, str], Numeric | Levelled]:
    """Return what every factor is worth, each worked out once."""
    factors = {factor.key: factor for product in products for factor, _ in product}
    return {key: _block(factor, rows, references, most) for key, factor in factors.items()}


def _block(
    factor: Factor, rows: Rows, references: Mapping[str, Hashable], most: int | None
) -> Numeric | Levelled:
    if levelled(factor, rows.columns) if rows.learning else factor.key in rows.learned.levels:
        return labelled(factor, rows, references.get(bare_column(factor)), most)
    return numeric(factor, rows)


def bare_column(factor: Factor) -> str:
    """Return the column in ``g`` or ``C(g)``, and nothing for a factor that computes."""
    inside = factor.tree.args[0] if isinstance(factor.tree, ast.Call) else factor.tree
    return factor.columns[inside.id] if isinstance(inside, ast.Name) else ""


def design_names(products: Products, learned: Learned) -> tuple[str, ...]:
    """Return the names of the columns, in order; in a product the first factor varies fastest."""
    names = []
    for product in products:
        options = [[f.text + end for end in _endings(f, r, learned)] for f, r in product]
        names += [":".join(choice[::-1]) for choice in itertools.product(*options[::-1])]
    return tuple(names)


def _endings(factor: Factor, reduced: bool, learned: Learned) -> list[str]:
    if factor.key in learned.levels:
        return [ending for _, ending in learned.levels[factor.key].kept(reduced)]
    if factor.form == "poly" and isinstance(factor.tree, ast.Call):
        return [f"[{k + 1}]" for k in range(int(constant(factor.tree.args[1]) or 0))]
    return [""]


def matrix(
    products: Products, worth: Mapping[tuple[bool, str], Numeric | Levelled], rows: Rows
) -> tuple[Any, Floats | None]:
    """Return the columns of the design (n, p), and what they lost by rounding, None if nothing.

    Of a large design of mostly zeros, which factors of many levels make, the zeros are not
    stored, and nothing is kept of what was lost.

    Raises
    ------
    FormulaError
        There would be more columns, or more numbers, than the bounds; found before any is made.
    DataError
        A product overflows.
    """
    n = len(rows.numbers)
    sizes = [math.prod(_width(worth[f.key], reduced) for f, reduced in p) for p in products]
    p = sum(sizes)
    stored = entries_in_a_row(products, worth)
    sparse = n * p > DENSE and stored <= (1.0 - _ZEROS) * p
    if p > MOST_COLUMNS or n * (stored if sparse else p) > MOST_NUMBERS:
        raise FormulaError(
            f"the formula makes {p:,} columns of {n:,} rows, the bounds are {MOST_COLUMNS:,} "
            f"columns and {MOST_NUMBERS:,} numbers; cross fewer levels."
        )
    if sparse:
        design = sparse_matrix(products, worth, n, p)
        _check_stored(design, products, sizes, rows)
        return design, None
    values = np.empty((n, p), order="F")
    low: Floats | None = None
    column = 0
    for product in products:
        options = [_options(worth[f.key], reduced) for f, reduced in product]
        for choice in itertools.product(*options[::-1]):
            high, lost = _product(choice[::-1], n)
            if not np.isfinite(high).all():
                _refuse_overflow(product, int((~np.isfinite(high)).argmax()), rows)
            values[:, column] = high
            if lost is not None:
                low = np.zeros((n, p), order="F") if low is None else low
                low[:, column] = lost
            column += 1
    return values, low


def _check_stored(design: Any, products: Products, sizes: list[int], rows: Rows) -> None:
    """Refuse a sparse design in which a product overflows."""
    if np.isfinite(design.data).all():
        return
    at = int((~np.isfinite(design.data)).argmax())
    row = int(np.searchsorted(design.indptr, at, side="right")) - 1
    which = int(np.searchsorted(np.cumsum(sizes), design.indices[at], side="right"))
    _refuse_overflow(products[which], row, rows)


def _refuse_overflow(product: tuple[Part, ...], row: int, rows: Rows) -> None:
    name = ":".join(factor.text for factor, _ in product)
    raise DataError(f"{name} overflows at row {rows.numbers[row]}; rescale its columns.")


def _width(block: Numeric | Levelled, reduced: bool) -> int:
    return len(block.levels.kept(reduced)) if isinstance(block, Levelled) else len(block)


def _options(block: Numeric | Levelled, reduced: bool) -> list[Any]:
    """Return the columns of one factor: numbers with their low parts, or where a level is."""
    if isinstance(block, Levelled):
        return [block.codes == code for code, _ in block.levels.kept(reduced)]
    return list(block)


def _product(parts: tuple[Any, ...], n: int) -> Column:
    """Return the product of columns; an indicator is exact and costs no arithmetic."""
    numbers: Column | None = None
    here: NDArray[np.bool_] | None = None
    for part in parts:
        if isinstance(part, np.ndarray):
            here = part if here is None else here & part
        elif numbers is None:
            numbers = part
        else:
            with np.errstate(all="ignore"):
                numbers = multiply(numbers, part)
    high, low = (np.ones(n), None) if numbers is None else numbers
    if here is None:
        return high, low
    return np.where(here, high, 0.0), (None if low is None else np.where(here, low, 0.0))


def response(factor: Factor, rows: Rows) -> Any:
    """Return the response: a column as it is, so that labels stay labels, or what is computed.

    Raises
    ------
    FormulaError
        It has more than one column, or names a reference level.
    DataError
        It is a date, complex, or not finite.
    """
    if factor.form == "poly":
        raise FormulaError(f"the response {shown(factor.text)} has several columns; write one.")
    name = bare_column(factor)
    if factor.form == "levels" and isinstance(factor.tree, ast.Call):
        if len(factor.tree.args) == 2:
            raise FormulaError(
                f"the response {shown(factor.text)} names a level; give reference= or event= to "
                f"the model instead."
            )
        if not name:
            raise FormulaError(f"the response {shown(factor.text)} computes; write C(column).")
    if factor.form == "numbers":
        return numeric(factor, rows)[0][0]
    entries = rows.columns[name]
    if entries.kind in ("time", "complex"):
        raise DataError(
            f"the response {shown(name)} holds {entries.dtype}; make it numbers or labels first."
        )
    if entries.kind == "number":
        numeric(column_factor(name), rows)
    if entries.levels is not None:
        import pandas

        return pandas.Categorical(entries.values, categories=list(entries.levels))
    return entries.values


def check_learned(products: Products, learned: Learned) -> None:
    """Refuse saved constants that do not belong to the formula they were saved with.

    Raises
    ------
    DataError
        A factor lacks its levels or its constants, or has others.
    """
    factors = {factor.key: factor for product in products for factor, _ in product}
    for factor in factors.values():
        if factor.form == "levels" and factor.key not in learned.levels:
            raise DataError(f"the saved formula lacks the levels of {factor.text}; save it again.")
        for place, call in stateful_calls(factor):
            poly = call.func.id == "poly" if isinstance(call.func, ast.Name) else False
            degree = int(constant(call.args[1]) or 0) if poly else 0
            if len(learned.numbers.get((factor.text, place), ())) != (
                3 + 2 * degree if poly else 2
            ):
                raise DataError(
                    f"the saved formula lacks the constants of {factor.text}; save it again."
                )
    for key, levels in learned.levels.items():
        labels = levels.labels
        fine = all(type(label) in (str, int, float, bool) for label in labels)
        if not fine or len(set(labels)) < len(labels) or not 0 <= levels.reference < len(labels):
            raise DataError(f"the saved levels of {key[1]} are {listed(labels)}; save it again.")
