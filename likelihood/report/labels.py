"""Strangers' labels as text that nothing obeys: no terminal, no Markdown, no browser (level 9)."""

from __future__ import annotations

import html
import re
import unicodedata
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
