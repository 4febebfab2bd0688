"""Strangers' labels as text that nothing obeys: no terminal, no Markdown, no browser (level 9)."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Sequence
from typing import Any

#: The longest label that is shown in full, in characters.
LONGEST = 60
#: A joiner between letters or emoji shows nothing and hides nothing.
_JOINERS = "\u200c\u200d"


def label(text: Any, longest: int | None = LONGEST) -> str:
    r"""Return a stranger's label as one visible line.

    Control characters (an escape would be obeyed by a terminal), line breaks, invisible and
    direction-changing characters are shown as escapes.  The result is at most ``longest``
    characters; None does not shorten.

    Examples
    --------
    >>> print(label("a\nb"), label("\x1b[31mred"))
    a\nb \x1b[31mred
    >>> label("x" * 70, longest=8)
    'xxxxxxx…'
    """
    # A label is cut before it is looked at: an escape is never shorter than its character.
    given = str(text)
    seen = given if longest is None else given[: longest + 1]
    visible = "".join(char if _visible(char) else _escaped(char) for char in seen)
    if longest is None or len(visible) <= longest:
        return visible
    return visible[: longest - 1] + "…"


def shortened(text: Any, longest: int = LONGEST) -> str:
    r"""Return a label like ``label``, a long one cut in its middle.

    The names of a formula's columns often differ at the end only.

    Examples
    --------
    >>> print(shortened("C(department)[T.Engineering]", 20))
    C(departme…ineering]
    """
    visible = _ends(text, longest)
    tail = (longest - 1) // 2
    return _cut(visible, longest, longest - 1 - tail, tail)


def told_apart(texts: Sequence[Any], longest: int = LONGEST) -> list[str]:
    r"""Return labels cut to a length where it leaves most of them different.

    That is in the middle, at the end or at the start, whichever comes first of equals; an empty
    one is named.

    Examples
    --------
    >>> told_apart(["", "measurement 1 in the laboratory", "measurement 2 in the laboratory"], 16)
    ['(empty)', 'measurement 1 i…', 'measurement 2 i…']
    """
    known = list(dict.fromkeys(map(str, texts)))
    room = longest - 1
    cuts = [(room - room // 2, room // 2), (room, 0), (0, room)]
    shown: list[dict[str, str]] = [
        {text: _cut(_ends(text, longest), longest, *cut) or "(empty)" for text in known}
        for cut in cuts
    ]
    best = max(shown, key=lambda names: len(set(names.values())))
    return [best[str(text)] for text in texts]


def _ends(text: Any, longest: int) -> str:
    """Return a label with all that can be seen of it at either end."""
    given = str(text)
    if len(given) > 2 * longest:
        given = given[:longest] + given[-longest:]
    return label(given, None)


def _cut(visible: str, longest: int, head: int, tail: int) -> str:
    if len(visible) <= longest:
        return visible
    return f"{visible[:head]}…{visible[len(visible) - tail :]}"


def _visible(char: str) -> bool:
    return char.isprintable() or char in _JOINERS or unicodedata.category(char) == "Zs"


def _escaped(char: str) -> str:
    return char.encode("unicode_escape").decode("ascii")


def markdown_escape(text: Any) -> str:
    r"""Return text that Markdown (CommonMark, GitHub's tables and formulae) shows as it is.

    Examples
    --------
    >>> print(markdown_escape("a|b <i>*x*</i> $y_1$"))
    a\|b \<i\>\*x\*\</i\> \$y\_1\$
    >>> print(markdown_escape("- see https://example.org"))
    \- see https\://example.org
    """
    shown = re.sub(r"([\\`*_\[\]<>#|~$&])", r"\\\1", label(text, longest=None))
    # GitHub makes links of bare addresses.
    shown = re.sub(r":(?=//)", r"\\:", shown)
    shown = re.sub(r"(?i)\bwww\.", lambda found: found[0][:-1] + r"\.", shown)
    # At the start of a line these would begin a list, a rule or a heading.
    return re.sub(r"^(\s*\d*)([-+=.)])(?=[\s=-]|$)", r"\1\\\2", shown)


def html_escape(text: Any, longest: int | None = LONGEST) -> str:
    """Return a label that is safe as the content or the quoted attribute of an element.

    Examples
    --------
    >>> html_escape("<script>")
    '&lt;script&gt;'
    """
    return html.escape(label(text, longest), quote=True)
