"""Linear restrictions written as text, read against names that may be anything (level 5).

A formula's term can hold spaces, brackets, operators and equal signs, so text is not cut into
words first: wherever an operand may stand, the longest known name that fits is taken.  Nothing is
evaluated.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from likelihood.data.messages import shown
from likelihood.errors import FormulaError
from likelihood.inference.coefficient_names import Name, Vocabulary

_NUMBER = re.compile(r"(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
_WORD = re.compile(r"[^\s=+*/,]+")
_WORD_END = re.compile(r"[\w.]")


@dataclass
class Side:
    """A linear form: multiples of coefficients, and a constant."""

    multiples: dict[Name, float] = field(default_factory=dict)
    constant: float = 0.0

    def add(self, other: Side, times: float) -> None:
        """Add a multiple of another form."""
        for name, multiple in other.multiples.items():
            self.multiples[name] = self.multiples.get(name, 0.0) + times * multiple
        self.constant += times * other.constant


def equations(text: str, vocabulary: Vocabulary) -> list[Side]:
    """Return the linear forms that a text says are zero.

    Parameters
    ----------
    text : str
        Restrictions separated by commas: ``x1``, ``x1 = 0``, ``2 x1 - x2/3 = x3 + 1``,
        ``a = b = c``.  A side is a sum of terms, each with a number before it or not.  A name in
        back-ticks is a term, whatever it looks like; ```x`[b]`` is its coefficient for a
        response.

    Raises
    ------
    FormulaError
        The text is not a list of linear restrictions, or names what is not a term.

    Examples
    --------
    >>> equations("x1 = 2*x2 + 1", Vocabulary(("x1", "x2")))
    [Side(multiples={(None, 0): 1.0, (None, 1): -2.0}, constant=-1.0)]
    """
    return _Reader(text, vocabulary).equations()


class _Reader:
    """A position in a text, moving forward only."""

    def __init__(self, text: str, vocabulary: Vocabulary, *, wary: bool = True) -> None:
        self.text, self.vocabulary, self.wary = text, vocabulary, wary
        self.at = 0
        #: Where the last name began and ended.
        self.name = (-1, -1)

    def equations(self) -> list[Side]:
        found = []
        while True:
            sides, start = [self._side()], self.at
            while self._take("==") or self._take("="):
                sides.append(self._side())
            if not any(side.multiples for side in sides):
                raise self._wrong("a restriction that names no term", start)
            if len(sides) == 1:
                sides.append(Side())
            for left, right in zip(sides, sides[1:], strict=False):
                left.add(right, -1.0)
                found.append(left)
            if self._take(","):
                continue
            self._blank()
            if self.at < len(self.text):
                raise self._unexpected()
            return found

    def _side(self) -> Side:
        total, sign = Side(), self._sign()
        while True:
            total.add(self._product(), sign)
            self._blank()
            if self.text[self.at : self.at + 1] not in ("+", "-"):
                return total
            sign = self._sign()

    def _sign(self) -> float:
        sign = 1.0
        while True:
            if self._take("-"):
                sign = -sign
            elif not self._take("+"):
                return sign

    def _product(self) -> Side:
        """Return a number times a name at most."""
        multiple, name, divided, implied = 1.0, None, False, False
        while True:
            start = self._blank()
            found = self._name()
            if found is not None:
                if name is not None or divided:
                    raise self._wrong("a product or quotient of terms", start)
                name = found
            elif implied:
                raise self._unknown()
            else:
                number = self._number()
                if divided and number == 0.0:
                    raise self._wrong("a division by zero", start)
                multiple = multiple / number if divided else multiple * number
            self._refuse_power(start, found)
            divided = implied = False
            if self._take("*"):
                continue
            if self._take("/"):
                divided = True
                continue
            self._blank()
            # "2 x": what follows a number without an operator can only be a name.
            implied = found is None and name is None
            if implied and self.text[self.at : self.at + 1] not in ("", *"=+-,"):
                continue
            return Side({name: multiple}) if name is not None else Side({}, multiple)

    def _refuse_power(self, start: int, found: Name | None) -> None:
        """Refuse what makes a restriction other than linear."""
        self._blank()
        if not self.text.startswith(("**", "^"), self.at):
            return
        if found is None or self.at > self.name[1]:
            raise self._wrong("a power", start)
        raise self._stranger(self.text[start : self._run_end(self.at)], start)

    def _run_end(self, start: int) -> int:
        """Return where a run of characters that could be of one name ends."""
        end = start
        while end < len(self.text) and not (self.text[end].isspace() or self.text[end] in "=,"):
            end += 1
        return end

    def _number(self) -> float:
        found = _NUMBER.match(self.text, self.at)
        if found is None:
            raise self._unknown()
        value = float(found.group())
        if value == float("inf"):
            raise self._wrong("a number beyond the largest double", self.at)
        self.at = found.end()
        return value

    def _name(self) -> Name | None:
        """Return the coefficient whose name begins here, moving past it, or None."""
        start = self._blank()
        if self.text.startswith("`", start):
            return self._quoted(start)
        for name in self.vocabulary.longest_first:
            if name and self.text.startswith(name, start) and self._ends(name, start):
                self.at = start + len(name)
                self.name = start, self.at
                if self.wary:
                    self._check_single_reading(name)
                return self.vocabulary.meaning(name)
        return None

    def _quoted(self, start: int) -> Name:
        end = self.text.find("`", start + 1)
        if end < 0:
            raise self._wrong("a back-tick without another", start)
        term = self.text[start + 1 : end]
        self.at, self.name = end + 1, (start, end + 1)
        own = [found for found in self.vocabulary.meanings.get(term, []) if found[0] is None]
        if len(own) != 1:
            return self.vocabulary.meaning(term)
        for i, response in enumerate(self.vocabulary.responses):
            if self.text.startswith(f"[{response}]", self.at):
                self.at += len(response) + 2
                return i, own[0][1]
        return own[0]

    def _ends(self, name: str, start: int) -> bool:
        """Return whether a name is not just the beginning of a longer word, nor a number."""
        if _NUMBER.fullmatch(name):
            return False
        after = self.text[start + len(name) : start + len(name) + 1]
        return not (_WORD_END.match(name[-1]) and _WORD_END.match(after))

    def _check_single_reading(self, name: str) -> None:
        """Refuse a name that is also an expression in other names."""
        try:
            _Reader(name, self.vocabulary.without(name), wary=False).equations()
        except FormulaError:
            return
        raise FormulaError(
            f"the hypothesis {shown(self.text)} can be read in two ways, since {shown(name)} is a "
            f"term and an expression in other terms; put back-ticks around the names of terms."
        )

    def _take(self, symbol: str) -> bool:
        self._blank()
        if not self.text.startswith(symbol, self.at):
            return False
        # A power is not a product.
        if symbol == "*" and self.text.startswith("**", self.at):
            return False
        self.at += len(symbol)
        return True

    def _blank(self) -> int:
        while self.at < len(self.text) and self.text[self.at].isspace():
            self.at += 1
        return self.at

    def _word(self, start: int) -> str:
        found = _WORD.match(self.text, start)
        return found.group() if found else self.text[start : start + 1]

    def _unknown(self) -> FormulaError:
        """Return the error for what is not the name of a term."""
        self._blank()
        if self.at >= len(self.text):
            return self._wrong("an end where a term or a number was to come", self.at)
        word = self._word(self.at)
        if word in ("=", "*", "/", ",", "+"):
            return self._wrong(f"{shown(word)} where a term or a number was to come", self.at)
        return self._stranger(word, self.at)

    def _unexpected(self) -> FormulaError:
        """Return the error for what follows a complete restriction."""
        start, end = self.name
        if end == self.at:
            return self._stranger(self.text[start : self._run_end(end)], start)
        word = self._word(self.at)
        return self._wrong(f"{shown(word)} where an operator, = or a comma was to come", self.at)

    def _stranger(self, word: str, start: int) -> FormulaError:
        return FormulaError(
            f"the hypothesis {shown(self.text)} names {shown(word)} at character {start + 1}, "
            f"which is not a term; {self.vocabulary.advice(word)}"
        )

    def _wrong(self, what: str, start: int) -> FormulaError:
        return FormulaError(
            f"the hypothesis {shown(self.text)} has {what} at character {start + 1}; write linear "
            f"restrictions such as 'a = 0', 'a = 2*b' or 'a - b = 3.5', commas between them."
        )
