"""The allow-list of formulas: what a factor such as ``log(x)`` may consist of.

A factor is parsed to Python's syntax tree and checked node by node; `factors` then interprets the
checked tree itself.  Nothing is ever handed to ``eval``, so there is no context to escape from.
"""

from __future__ import annotations

import ast
import math
import re
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from likelihood.data.messages import shown
from likelihood.errors import FormulaError

#: The longest formula, in characters.
MOST_CHARACTERS = 10_000
#: The deepest nesting of brackets, and of operations in one factor.
DEEPEST = 50
#: The largest constant exponent, and the largest degree of ``poly``.
LARGEST_EXPONENT = 10

#: Functions of one column of numbers.
FUNCTIONS = frozenset({"I", "log", "log1p", "exp", "sqrt", "abs", "center", "scale"})
#: Functions that make more than one column, and so only stand around a whole factor.
OUTERMOST = frozenset({"C", "poly"})
ALLOWED = "names, numbers, + - * / **, comparisons, " + ", ".join(sorted(FUNCTIONS | OUTERMOST))

_OPERATORS = (ast.Add, ast.Sub, ast.Mult, ast.Div, ast.Pow)
_COMPARISONS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE, ast.Eq, ast.NotEq)

Form: TypeAlias = Literal["column", "levels", "poly", "numbers"]


@dataclass(frozen=True)
class Factor:
    """One factor of a formula, checked.

    Attributes
    ----------
    text : str
        How it is named in a table: the column's name, or the code with normal spacing.
    form : str
        A bare ``column``, ``levels`` for C(...), ``poly``, or ``numbers``.
    tree : ast.expr
        The checked tree; a name in it is a key of ``columns``.
    columns : dict
        The column each name in the tree stands for.
    """

    text: str
    form: Form
    tree: ast.expr = field(compare=False)
    columns: dict[str, str] = field(compare=False)

    @property
    def key(self) -> tuple[bool, str]:
        """What makes two factors the same: a column named ``log(x)`` is not the code."""
        return self.form == "column", self.text

    @property
    def used(self) -> tuple[str, ...]:
        """The columns it reads."""
        return tuple(dict.fromkeys(self.columns.values()))


def column_factor(name: str) -> Factor:
    """Return the factor that is one column, whatever its name looks like.

    Examples
    --------
    >>> column_factor("log(x)").used
    ('log(x)',)
    """
    return Factor(name, "column", ast.Name("x", ast.Load()), {"x": name})


def code_factor(code: str) -> Factor:
    """Return a factor written as code, checked against the allow-list.

    Raises
    ------
    FormulaError
        The code is not Python, or has a node outside the list; nothing of it has run.

    Examples
    --------
    >>> code_factor("I(x**2)").text
    'I(x ** 2)'
    """
    plain, quoted = _without_quotes(code)
    try:
        tree = ast.parse(plain, mode="eval").body
        depth = _depth(tree)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        reason = error.msg if isinstance(error, SyntaxError) else type(error).__name__
        raise FormulaError(
            f"the formula has {shown(code)}, which cannot be read ({reason}); correct it."
        ) from None
    if depth > DEEPEST:
        raise FormulaError(
            f"the formula nests operations {depth} deep in {shown(code)}, the bound is {DEEPEST}; "
            f"compute that column beforehand."
        )
    form = _checked_factor(tree, code)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    variables = {
        node.id: quoted.get(node.id, node.id)
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and id(node) not in called
    }
    if not variables:
        raise FormulaError(f"the formula has {shown(code)}, which names no column; drop it.")
    return Factor(_with_quotes(ast.unparse(tree), quoted), form, tree, variables)


def _without_quotes(code: str) -> tuple[str, dict[str, str]]:
    """Return code with each back-ticked name replaced by an identifier, and what those mean."""
    prefix = "quoted_"
    while prefix in code:
        prefix += "_"
    quoted: dict[str, str] = {}
    parts: list[str] = []
    # Text in quotation marks first, so that a back-tick inside it is left alone.
    for part in re.split(r"(\"[^\"]*\"|'[^']*'|`[^`]*`)", code):
        if part.startswith("`") and part.endswith("`") and len(part) > 2:
            identifier = f"{prefix}{len(quoted)}_"
            quoted[identifier] = part[1:-1]
            part = f" {identifier} "
        parts.append(part)
    return "".join(parts).strip(), quoted


def _with_quotes(code: str, quoted: dict[str, str]) -> str:
    if not quoted:
        return code
    pattern = "|".join(re.escape(identifier) for identifier in quoted)
    # In one pass: a name put back is not searched for further identifiers.
    return re.sub(pattern, lambda match: f"`{quoted[match.group()]}`", code)


def _depth(tree: ast.AST) -> int:
    """Return the depth of a tree, without recursion."""
    deepest, waiting = 0, [(tree, 1)]
    while waiting:
        node, depth = waiting.pop()
        deepest = max(deepest, depth)
        waiting += [(child, depth + 1) for child in ast.iter_child_nodes(node)]
    return deepest


def _checked_factor(tree: ast.expr, code: str) -> Form:
    """Check a whole factor, and return its form."""
    if not (isinstance(tree, ast.Call) and isinstance(tree.func, ast.Name)):
        _check(tree, code)
        return "numbers"
    name, count = tree.func.id, len(tree.args)
    if name not in OUTERMOST:
        _check(tree, code)
        return "numbers"
    if tree.keywords or not 1 <= count <= 2 or (name == "poly" and count != 2):
        usage = "C(g) or C(g, 'reference')" if name == "C" else "poly(x, degree)"
        raise FormulaError(f"the formula has {shown(code)}; write {usage}.")
    _check(tree.args[0], code)
    if name == "poly":
        degree = constant(tree.args[1])
        if degree is None or degree != int(degree) or not 1 <= degree <= LARGEST_EXPONENT:
            raise FormulaError(
                f"the formula has {shown(code)}; the degree of poly is a whole number from 1 to "
                f"{LARGEST_EXPONENT}."
            )
        return "poly"
    if count == 2 and constant(tree.args[1]) is None and not _is_text(tree.args[1]):
        raise FormulaError(
            f"the formula has {shown(code)}; the second argument of C is the reference level, "
            f"text or a number."
        )
    return "levels"


def _check(node: ast.expr, code: str) -> None:
    """Refuse every node that is not on the list."""
    match node:
        case ast.Name():
            pass
        case ast.Constant():
            if constant(node) is None:
                raise _refused(node, code)
        case ast.UnaryOp(op=ast.UAdd() | ast.USub(), operand=operand):
            _check(operand, code)
        case ast.BinOp(left=left, op=operator, right=right) if isinstance(operator, _OPERATORS):
            _check(left, code)
            if isinstance(operator, ast.Pow):
                _check_exponent(right, code)
            else:
                _check(right, code)
        case ast.Compare(left=left, ops=operators, comparators=others) if all(
            isinstance(operator, _COMPARISONS) for operator in operators
        ):
            for part in (left, *others):
                _check(part, code)
        case ast.Call(func=ast.Name(id=name), args=[argument], keywords=[]) if name in FUNCTIONS:
            _check(argument, code)
        case _:
            raise _refused(node, code)


def _check_exponent(node: ast.expr, code: str) -> None:
    exponent = constant(node)
    if exponent is None or abs(exponent) > LARGEST_EXPONENT:
        raise FormulaError(
            f"the formula has {shown(code)}, but an exponent is a constant from "
            f"-{LARGEST_EXPONENT} to {LARGEST_EXPONENT}; compute that column beforehand."
        )


def constant(node: ast.expr) -> float | None:
    """Return the number that a node writes out, or None if it is anything else.

    Examples
    --------
    >>> import ast
    >>> constant(ast.parse("-2", mode="eval").body)
    -2.0
    """
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        value = constant(node.operand) if isinstance(node.operand, ast.Constant) else None
        return None if value is None else -value
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return None
    try:
        value = float(node.value)  # type: ignore[arg-type]
    except OverflowError:
        return None
    return value if math.isfinite(value) else None


def _is_text(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def _refused(node: ast.expr, code: str) -> FormulaError:
    """Return the error for a node outside the list, with what to write instead."""
    match node:
        case ast.Attribute():
            what, advice = "a dot", "put back-ticks around a column name that has one"
        case ast.Call(func=ast.Name(id=name)) if name in OUTERMOST:
            what, advice = f"{name}(...) inside another expression", f"put {name} outermost"
        case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
            what, advice = f"{name} with other than one argument", f"write {name}(x)"
        case ast.Call(func=ast.Name(id=name)):
            what, advice = f"the function {shown(name)}", "compute that column beforehand"
        case ast.Call(func=ast.Attribute()):
            what, advice = "a dot", "write log(x), not np.log(x)"
        case ast.Call():
            what, advice = "this call", "compute that column beforehand"
        case ast.Constant(value=str()):
            what, advice = "text", "use C(column, 'level') for labels"
        case ast.BinOp(op=ast.BitXor()):
            what, advice = "^ inside a factor", "write ** for a power"
        case _:
            what, advice = f"Python's {type(node).__name__}", "compute that column beforehand"
    return FormulaError(
        f"a formula cannot contain {what}, as in {shown(code)}; {advice}. Allowed are {ALLOWED}."
    )
