"""The algebra of formulas: which factors are multiplied into which terms, and how they are coded.

This is the one module that uses formulaic.  It parses, expands and decides the coding of levels,
but on stand-ins: every factor is replaced by an identifier of our own first, so neither the code
in a formula nor the name of a column ever reaches it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from likelihood.data.grammar import (
    DEEPEST,
    LARGEST_EXPONENT,
    MOST_CHARACTERS,
    Factor,
    code_factor,
    column_factor,
)
from likelihood.data.messages import shown
from likelihood.errors import FormulaError

#: The most terms that a formula may expand to, repeated ones counted.
MOST_TERMS = 10_000
#: The most work in coding crossed factors: the sum over terms of 4**(factors with levels).
MOST_CROSSING = 400_000

_SYMBOLS = frozenset("+-*/:~^")
_POWERS = ("**", "^")


@dataclass(frozen=True)
class Syntax:
    """A formula that was read and checked, before it meets any data.

    Attributes
    ----------
    formula : str
        As it was written.
    skeleton : str
        The same algebra of stand-ins.
    factors : tuple of Factor
        What the stand-ins ``f0, f1, ...`` mean.
    """

    formula: str
    skeleton: str
    factors: tuple[Factor, ...]


class Terms(NamedTuple):
    """An expanded formula: the response, whether there is an intercept, and products of factors."""

    response: Factor
    intercept: bool
    products: tuple[tuple[Factor, ...], ...]


#: A factor as it enters one product: with all its levels, or without the reference.
Part = tuple[Factor, bool]


def parse(formula: str) -> Syntax:
    """Return a formula read and checked; nothing in it has been run or expanded.

    Parameters
    ----------
    formula : str
        Such as ``"y ~ x + C(g) + I(x**2) + poly(x, 3) + log(x):g"``; a column whose name is no
        identifier is written in back-ticks, and ``.`` stands for all other columns.

    Raises
    ------
    FormulaError
        The formula cannot be read, has more than one response, or holds anything outside the
        allow-list or beyond a bound.

    Examples
    --------
    >>> parse("y ~ x*C(g)").skeleton
    'f0 ~ f1 * f2'
    """
    if not isinstance(formula, str):
        raise TypeError(f"the formula must be text, got {shown(formula)}; write 'y ~ x'.")
    if len(formula) > MOST_CHARACTERS:
        raise FormulaError(
            f"the formula has {len(formula)} characters, the bound is {MOST_CHARACTERS}; write "
            f"'.' for all columns, or pass X and y as arrays."
        )
    from formulaic.errors import FormulaParsingError
    from formulaic.parser.algos.tokenize import tokenize

    try:
        tokens = list(tokenize(formula))
    except FormulaParsingError as error:
        raise _unreadable(formula, error) from None
    factors: dict[tuple[bool, str], Factor] = {}
    number: dict[tuple[bool, str], int] = {}
    words: list[str] = []
    depth = 0
    for token, before in zip(tokens, [None, *tokens], strict=False):
        word = _checked_token(token, before, formula)
        if isinstance(word, Factor):
            factors.setdefault(word.key, word)
            word = f"f{number.setdefault(word.key, len(number))}"
        depth += (word == "(") - (word == ")")
        if depth > DEEPEST:
            raise FormulaError(
                f"the formula nests more than {DEEPEST} brackets; write the terms out."
            )
        words.append(word)
    _check_sides(words, formula)
    return Syntax(formula, " ".join(words), tuple(factors.values()))


def _checked_token(token: Any, before: Any, formula: str) -> str | Factor:
    """Return what a token is: a symbol, a number of the algebra, or a factor."""
    text, kind = str(token.token), token.kind.value
    opening = formula[token.source_start]
    if opening == "{":
        raise FormulaError(
            f"a formula cannot contain {{...}}, as in {shown('{' + text + '}')}; write I(...)."
        )
    if opening == "`":
        return column_factor(text)
    if kind == "python":
        return code_factor(text)
    if text == ".":
        return "."
    if kind == "name":
        return column_factor(text)
    if kind == "value":
        return _checked_number(text, before)
    if kind == "context" and text in "()":
        return text
    if kind == "operator" and opening != "%" and set(text) <= _SYMBOLS:
        return text
    raise FormulaError(
        f"the formula has {shown(text)}, which means nothing here; terms are joined by + - * / : "
        f"and **, and the response stands before ~."
    )


def _checked_number(text: str, before: Any) -> str:
    """Return a number of the algebra: 0 or 1 for the intercept, or the power of a bracket."""
    if before is not None and before.token in _POWERS:
        return str(_exponent(text))
    if text in ("0", "1"):
        return text
    raise FormulaError(
        f"the formula has {shown(text)} as a term; only 0 and 1 stand alone, for the intercept, "
        f"so write I(2 * x) for arithmetic."
    )


def _check_sides(words: list[str], formula: str) -> None:
    tildes = sum(word.count("~") for word in words)
    if tildes != 1 or len(words) < 3 or words[0] != "f0" or words[1][0] != "~":
        raise FormulaError(
            f"the formula {shown(formula)} must have one response, then ~, then terms; write "
            f"'y ~ x', and an expression as a response inside I(...) or a function."
        )


def expand(syntax: Syntax, columns: tuple[str, ...]) -> Terms:
    """Return the terms of a formula for data with these columns, lowest order first.

    Raises
    ------
    FormulaError
        The formula is badly formed, or expands to more terms than the bound; that is found
        before it is expanded.

    Examples
    --------
    >>> terms = expand(parse("y ~ .**2 - 1"), ("y", "a", "b"))
    >>> [":".join(factor.text for factor in product) for product in terms.products]
    ['a', 'b', 'a:b']
    """
    from formulaic.errors import FormulaParsingError
    from formulaic.parser import DefaultFormulaParser

    factors = list(syntax.factors)
    response = factors[0]
    others: list[str] = []
    if "." in syntax.skeleton.split():
        position = {factor.key: number for number, factor in enumerate(factors)}
        for factor in (column_factor(name) for name in columns if name not in response.used):
            number = position.setdefault(factor.key, len(factors))
            if number == len(factors):
                factors.append(factor)
            others.append(f"f{number}")
    parser = DefaultFormulaParser(feature_flags={"twosided"})
    context = {"__formulaic_variables_available__": others}
    try:
        _check_size(parser.get_ast(syntax.skeleton, context=context), len(others))
        right = parser.get_terms(syntax.skeleton, context=context).rhs
    except FormulaParsingError as error:
        raise _unreadable(syntax.formula, error) from None
    products = [
        tuple(factors[int(factor.expr[1:])] for factor in term.factors if factor.expr != "1")
        for term in right
    ]
    if (response,) in products:
        raise FormulaError(f"the response {shown(response.text)} is also a term; drop it there.")
    ordered = sorted((product for product in products if product), key=len)
    return Terms(response, () in products, tuple(ordered))


def _unreadable(formula: str, error: Exception) -> FormulaError:
    reason = str(error).split(" [Original")[0].splitlines()[0]
    return FormulaError(f"the formula {shown(formula)} cannot be read ({reason}); correct it.")


def _check_size(tree: Any, others: int) -> None:
    """Refuse an algebra that expands to too many terms, from the sizes of its parts alone."""
    sizes: dict[int, int] = {}
    # Children before their parents, without recursion: a sum of 2,000 terms is 2,000 deep.
    order, waiting = [], [tree]
    while waiting:
        node = waiting.pop()
        order.append(node)
        waiting += getattr(node, "args", ())
    for node in reversed(order):
        symbol = node.operator.symbol if hasattr(node, "operator") else None
        parts = [sizes[id(part)] for part in getattr(node, "args", ())]
        if symbol in _POWERS:
            size = parts[0] ** _exponent(getattr(node.args[1], "token", ""))
        elif symbol == "*":
            size = sum(parts) + parts[0] * parts[-1]
        elif symbol == ":":
            size = parts[0] * parts[-1]
        elif symbol == ".":
            size = others
        else:
            size = sum(parts) if symbol else 1
        if size > MOST_TERMS:
            raise FormulaError(
                f"the formula expands to {size:,} terms, repeated ones counted, the bound is "
                f"{MOST_TERMS:,}; cross fewer columns."
            )
        sizes[id(node)] = size


def _exponent(text: str) -> int:
    """Return the power of a bracket, which must be a number that is written out."""
    # Two characters at most: the power itself is bounded before it is worked out.
    if text.isdecimal() and len(text) <= 2 and 1 <= int(text) <= LARGEST_EXPONENT:
        return int(text)
    raise FormulaError(
        f"the formula raises a bracket to {shown(text) if text.isdecimal() else 'an expression'}; "
        f"an exponent is a whole number from 1 to {LARGEST_EXPONENT}."
    )


def coded(terms: Terms, levels: Callable[[Factor], bool]) -> list[tuple[Part, ...]]:
    """Return the products of a design without redundant columns.

    A factor with levels enters without its reference where the columns before span it, and with
    all levels where they do not; the intercept is left out.

    Parameters
    ----------
    terms : Terms
        From `expand`.
    levels : callable
        Whether a factor has levels.

    Returns
    -------
    list of products; each is a tuple of (factor, without its reference)

    Raises
    ------
    FormulaError
        More factors with levels are crossed than the bound allows.

    Examples
    --------
    >>> terms = expand(parse("y ~ 0 + C(g) + C(g):x"), ("y", "g", "x"))
    >>> [[(f.text, r) for f, r in part] for part in coded(terms, lambda f: f.form == "levels")]
    [[('C(g)', False)], [('C(g)', False), ('x', False)]]
    """
    counts = [sum(levels(factor) for factor in product) for product in terms.products]
    if not any(counts):
        return [tuple((factor, False) for factor in product) for product in terms.products]
    if sum(4**count for count in counts) > MOST_CROSSING:
        raise FormulaError(
            f"the formula crosses up to {max(counts)} factors with levels in {len(counts)} terms, "
            f"more than can be coded; cross fewer of them."
        )
    import pandas
    from formulaic import Formula
    from formulaic.parser.types import Factor as StandIn
    from formulaic.parser.types import Term

    distinct = list({factor.key: factor for p in terms.products for factor in p}.values())
    position = {factor.key: f"f{number}" for number, factor in enumerate(distinct)}
    # Two rows of stand-ins: the coding depends on which factors have levels, not on the data.
    pair = pandas.Categorical(["a", "b"])
    frame = pandas.DataFrame({position[f.key]: pair if levels(f) else [1.0, 2.0] for f in distinct})
    products = [[StandIn("1", eval_method="literal")]] if terms.intercept else []
    products += [[StandIn(position[f.key]) for f in product] for product in terms.products]
    matrix = Formula([Term(product) for product in products]).get_model_matrix(frame)
    return [
        tuple((distinct[int(p.factor.expr[1:])], bool(p.reduced)) for p in scoped.factors)
        for term in matrix.model_spec.structure
        for scoped in term.scoped_terms
        if scoped.factors
    ]
