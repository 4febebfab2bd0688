"""How a stranger's values are shown in a message: short, and with control characters escaped."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def shown(value: Any) -> str:
    """Return a short repr of a value; repr also escapes control characters.

    Examples
    --------
    >>> shown("a" + chr(27)) == "'a" + chr(92) + "x1b'"
    True
    >>> shown(np.eye(2))
    'array([[1., 0.], [0., 1.]])'
    """
    text = repr(value.item() if isinstance(value, np.generic) else value)
    if not text.isprintable():
        # The repr of a table or a sparse matrix has lines; that of a text has escapes already.
        text = "".join(c if c.isprintable() else repr(c)[1:-1] for c in " ".join(text.split()))
    return text if len(text) <= 60 else f"{text[:57]}..."


def listed(values: Sequence[Any], limit: int = 10) -> str:
    """Return the first few values for a message.

    Examples
    --------
    >>> listed(("a", "b"))
    "'a', 'b'"
    >>> listed(range(100), limit=2)
    '0, 1, ... (100 in all)'
    """
    text = ", ".join(shown(value) for value in values[:limit])
    return f"{text}, ... ({len(values)} in all)" if len(values) > limit else text
