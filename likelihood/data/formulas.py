"""Formulas: from ``"y ~ x + C(g)"`` and a table to a matrix of floats with names (level 2).

Names are those of formulaic, with the code of a term in normal spacing: ``x``, ``I(x ** 2)``,
``C(g)[T.b]`` (``C(g)[b]`` where no reference is left out), ``poly(x, 3)[2]``,
``C(g)[T.b]:x``.  The reference is the first level, the one written ``C(g, 'b')``, or the one
given as ``references={"g": "b"}``, which leaves the names as they are.
"""

from __future__ import annotations

import itertools
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from likelihood.data.assembly import (
    Missing,
    Products,
    bare_column,
    blocks,
    check_learned,
    design_names,
    matrix,
    read,
    response,
)
from likelihood.data.factors import Learned, Rows, levelled, written_reference
from likelihood.data.levels import Levels
from likelihood.data.messages import listed, shown
from likelihood.data.tables import Table, required_table
from likelihood.data.terms import Syntax, Terms, coded, expand, parse
from likelihood.errors import DataError, FormulaError
from likelihood.family import Floats

__all__ = ["FormulaDesign", "FormulaSpec", "materialise", "parse", "restore"]


@dataclass(frozen=True)
class FormulaSpec:
    """A formula with what it learned from the rows of a fit, to be applied to new rows.

    Attributes
    ----------
    formula : str
        As it was written.
    names : tuple of str
        The columns of the design, without the intercept.
    intercept : bool
        Whether the formula has one.
    """

    formula: str
    names: tuple[str, ...]
    intercept: bool
    columns: tuple[str, ...]
    products: Products
    learned: Learned

    @property
    def variables(self) -> tuple[str, ...]:
        """The columns that new data must have."""
        used = (name for p in self.products for factor, _ in p for name in factor.used)
        return tuple(dict.fromkeys(used))

    def apply(self, data: Any, missing: Missing = "fail") -> FormulaDesign:
        """Return the design of new rows, without a response.

        Raises
        ------
        DataError
            A column is missing or of another kind, a level was not there at the fit, or a row
            has a missing value (with ``missing="drop"`` it is left out).

        Examples
        --------
        >>> fitted = materialise("y ~ center(x)", {"y": [1.0, 2.0], "x": [0.0, 4.0]})
        >>> fitted.spec.apply({"x": [10.0]}).values
        array([[8.]])
        """
        found = required_table(data, "data")
        columns, kept, notes = read(found, self.variables, _checked(missing))
        rows = Rows(columns, np.flatnonzero(kept), self.learned, learning=False)
        values, low = matrix(self.products, blocks(self.products, rows, {}, None), rows)
        return FormulaDesign(values, low, self.names, self.intercept, None, kept, notes, self)

    def as_dict(self) -> dict[str, Any]:
        """Return all of it as text, numbers and lists: what a saved model holds, no rows.

        Raises
        ------
        DataError
            A level is of a type that JSON does not have.

        Examples
        --------
        >>> fitted = materialise("y ~ g", {"y": [1.0, 2.0], "g": ["a", "b"]})
        >>> fitted.spec.as_dict()["levels"]
        [[True, 'g', ['a', 'b'], 0]]
        """
        for levels in self.learned.levels.values():
            wrong = [v for v in levels.labels if type(v) not in (str, int, float, bool)]
            if wrong:
                raise DataError(
                    f"the level {shown(wrong[0])} cannot be saved; make its column text first."
                )
        return {
            "formula": self.formula,
            "columns": list(self.columns),
            "levels": [
                [*key, list(v.labels), v.reference] for key, v in self.learned.levels.items()
            ],
            "numbers": [[*key, list(v)] for key, v in self.learned.numbers.items()],
        }


@dataclass(frozen=True)
class FormulaDesign:
    """The matrix that a formula makes of a table, with its names.

    Attributes
    ----------
    values : (n, p) floats, or scipy.sparse.csr_array
        In columns; the intercept is not among them.  Sparse where the columns are many and
        mostly zeros, which factors of many levels make.
    low : (n, p) floats, or None
        What ``values`` lost by rounding, where a term computes: ``values + low`` has about thirty
        digits of ``I(x**k)`` and of products.  None where nothing was lost, or values are sparse.
    names : tuple of p str
    intercept : bool
        Whether the formula has one; its term is called ``intercept``.
    response : tuple of str and (n,) array or pandas categorical, or None
        Its name and values; a bare column keeps its type, so labels stay labels.
    kept : (rows of the data,) booleans
        The rows in use: those where no column that the formula reads is missing.
    notes : tuple of str
        What a reader should know: rows left out, levels dropped.
    spec : FormulaSpec
        To be applied to new data.
    """

    values: Any
    low: Floats | None
    names: tuple[str, ...]
    intercept: bool
    response: tuple[str, Any] | None
    kept: NDArray[np.bool_]
    notes: tuple[str, ...]
    spec: FormulaSpec

    @property
    def n_dropped(self) -> int:
        """The number of rows left out."""
        return int(np.count_nonzero(~self.kept))


def materialise(
    formula: str | Syntax,
    data: Any,
    missing: Missing = "drop",
    *,
    references: Mapping[str, Hashable] | None = None,
    max_levels: int | None = None,
) -> FormulaDesign:
    """Return the design matrix and response that a formula makes of a table.

    Parameters
    ----------
    formula : str
        Read by `parse`; nothing in it can run code.
    data : table of pandas, Polars or PyArrow, or dictionary of columns
    missing : str
        ``drop`` leaves out rows with a missing value in a column the formula reads, and says how
        many; ``fail`` is an error naming the first.
    references : dict, optional
        The reference level of a column of labels, where the formula does not write one.
    max_levels : int, optional
        The most levels of one factor; by default 50, or half the rows if that is more, and more
        than 50 are a warning.

    Raises
    ------
    FormulaError
        The formula cannot be read, or asks for what formulas cannot say.
    DataError
        A column is missing or cannot be used; the message names it, with the row and value.

    Examples
    --------
    >>> data = {"y": [1.0, 2.0, 4.0], "x": [1.0, 2.0, 3.0], "g": ["a", "b", "a"]}
    >>> found = materialise("y ~ I(x**2) + g", data)
    >>> found.names
    ('I(x ** 2)', 'g[T.b]')
    >>> found.values
    array([[1., 0.],
           [4., 1.],
           [9., 0.]])
    """
    syntax = parse(formula) if isinstance(formula, str) else formula
    found = required_table(data, "data")
    _check_column_names(found)
    terms = expand(syntax, found.names)
    used = [terms.response.used, *(f.used for product in terms.products for f in product)]
    columns, kept, notes = read(
        found, tuple(dict.fromkeys(itertools.chain(*used))), _checked(missing)
    )
    rows = Rows(columns, np.flatnonzero(kept), Learned(), learning=True)
    products = tuple(coded(terms, lambda factor: levelled(factor, columns)))
    _check_references(references or {}, terms, rows)
    values, low = matrix(products, blocks(products, rows, references or {}, max_levels), rows)
    learned = replace(rows.learned, notes=[])
    names = design_names(products, learned)
    _check_terms(names, terms)
    spec = FormulaSpec(syntax.formula, names, terms.intercept, found.names, products, learned)
    answer = (terms.response.text, response(terms.response, rows))
    notes += tuple(rows.learned.notes)
    return FormulaDesign(values, low, names, terms.intercept, answer, kept, notes, spec)


def restore(saved: Mapping[str, Any]) -> FormulaSpec:
    """Return a spec from what `FormulaSpec.as_dict` gave; the formula is checked as any other.

    Raises
    ------
    FormulaError
        The formula holds anything outside the allow-list.
    DataError
        The rest is not what a spec saves.

    Examples
    --------
    >>> fitted = materialise("y ~ C(g)", {"y": [1.0, 2.0], "g": ["a", "b"]})
    >>> restore(fitted.spec.as_dict()) == fitted.spec
    True
    """
    try:
        columns = tuple(str(name) for name in saved["columns"])
        levels = {
            (bool(bare), str(text)): Levels(tuple(labels), int(reference))
            for bare, text, labels, reference in saved["levels"]
        }
        numbers = {
            (str(text), int(place)): tuple(float(value) for value in values)
            for text, place, values in saved["numbers"]
        }
        syntax = parse(saved["formula"])
    except FormulaError:
        raise
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            f"the saved formula cannot be read ({error!r}); save the fit again."
        ) from None
    if not all(np.isfinite(constants).all() for constants in numbers.values()):
        raise DataError("the saved formula has constants that are not finite; save the fit again.")
    terms = expand(syntax, columns)
    products = tuple(coded(terms, lambda factor: factor.key in levels))
    learned = Learned(levels, numbers)
    check_learned(products, learned)
    names = design_names(products, learned)
    return FormulaSpec(syntax.formula, names, terms.intercept, columns, products, learned)


def _checked(missing: str) -> Missing:
    if missing not in ("drop", "fail"):
        raise ValueError(f"missing must be 'drop' or 'fail', got {shown(missing)}.")
    return "drop" if missing == "drop" else "fail"


def _check_column_names(found: Table) -> None:
    for name in found.names:
        if not isinstance(name, str):
            raise DataError(
                f"data has the column name {shown(name)}, which a formula cannot write; rename "
                f"the columns to text."
            )


def _check_references(references: Mapping[str, Hashable], terms: Terms, rows: Rows) -> None:
    """Refuse a reference for a column that has no levels, or names another reference itself."""
    settled = {
        bare_column(factor)
        for product in terms.products
        for factor in product
        if levelled(factor, rows.columns) and not written_reference(factor)
    }
    for name in references:
        if name not in settled:
            raise DataError(
                f"references names {shown(name)}, which is no column with levels in the formula "
                f"({listed(sorted(settled))}); write C({name}), or leave it out."
            )


def _check_terms(names: tuple[str, ...], terms: Terms) -> None:
    if not names and not terms.intercept:
        raise FormulaError("the formula has no terms; write 'y ~ 1' for the intercept alone.")
    every = ("intercept", *names) if terms.intercept else names
    if len(set(every)) < len(every):
        twice = next(name for j, name in enumerate(every) if name in every[:j])
        raise FormulaError(f"two terms are called {shown(twice)}; rename a column.")
