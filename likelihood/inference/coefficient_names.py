"""What the coefficients of a regression are called in a hypothesis (level 5)."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from difflib import get_close_matches
from typing import TypeAlias

from likelihood.data.messages import shown
from likelihood.errors import FormulaError

#: A coefficient: its response (None for that of every response) and its term.
Name: TypeAlias = tuple[int | None, int]


class Vocabulary:
    """What coefficients are called: ``term``, and ``term[response]`` where responses have labels.

    Examples
    --------
    >>> Vocabulary(("intercept", "x"), ("a", "b")).meaning("x[b]")
    (1, 1)
    """

    def __init__(self, terms: Sequence[str], responses: Sequence[Hashable] = ()) -> None:
        self.meanings: dict[str, list[Name]] = {}
        self.responses = [str(response) for response in responses]
        for j, term in enumerate(terms):
            self._know(str(term), (None, j))
        for i, response in enumerate(self.responses):
            for j, term in enumerate(terms):
                self._know(f"{term}[{response}]", (i, j))
        self.longest_first = sorted(self.meanings, key=len, reverse=True)

    def _know(self, text: str, name: Name) -> None:
        self.meanings.setdefault(text, []).append(name)

    def meaning(self, text: str) -> Name:
        """Return the coefficient that a name stands for.

        Raises
        ------
        FormulaError
            It stands for none, or for several.
        """
        meanings = self.meanings.get(text, [])
        if len(meanings) == 1:
            return meanings[0]
        if len({response is None for response, _ in meanings}) == 2:
            raise FormulaError(
                f"{shown(text)} is a term and also another term's coefficient for a response; "
                f"put back-ticks around the term: `x`[response]."
            )
        if meanings:
            raise FormulaError(
                f"{shown(text)} is the name of {len(meanings)} coefficients; give the restriction "
                f"as an array, one column for each coefficient."
            )
        raise FormulaError(f"no term is called {shown(text)}; {self.advice(text)}")

    def advice(self, text: str) -> str:
        """Return which names are near one that is not known, or which there are."""
        bare = [name for name, meanings in self.meanings.items() if meanings[0][0] is None]
        near = get_close_matches(text, self.meanings, n=3)
        near = near or get_close_matches(text, bare, n=3, cutoff=0.3)
        names = ", ".join(shown(name) for name in near or bare[:8])
        if near:
            return f"did you mean {names}?"
        return f"the terms are {names}{', ...' if len(bare) > 8 else ''}."

    def without(self, text: str) -> Vocabulary:
        """Return the vocabulary that lacks one name."""
        other = Vocabulary(())
        other.responses = self.responses
        other.meanings = {name: found for name, found in self.meanings.items() if name != text}
        other.longest_first = [name for name in self.longest_first if name != text]
        return other
