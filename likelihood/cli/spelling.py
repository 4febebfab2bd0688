"""Advice of the library in the words of the command line."""

from __future__ import annotations

import re

#: What the library's messages say to who writes Python, and the same for who types a command.
_SPELLINGS = (
    (r"""(?:for example )?classes=\["no", "yes"\]""", "for example --classes no,yes"),
    (r"""\b(interval|method|missing|covariance)=(["'])([\w-]+)\2""", r"--\1 \3"),
    (r"\bridge=(?=[0-9])", "--ridge "),
    (r"\b(ridge|classes|weights|offset|groups)=", r"--\1"),
    (r"\bLinearRegression\b", "likelihood fit linear"),
    (r"\bLogisticRegression\b", "likelihood fit logistic"),
    (r"\bSoftmaxRegression\b", "likelihood fit softmax"),
    (r"\bPoissonRegression\b", "likelihood fit poisson"),
    (r"\breferences names\b", "--ref names"),
)


def spoken(message: str) -> str:
    """Return a message of the library with options as they are typed at a shell.

    Examples
    --------
    >>> spoken("For bounds use interval='profile', or shrink the slopes with ridge=.")
    'For bounds use --interval profile, or shrink the slopes with --ridge.'
    """
    for pattern, replacement in _SPELLINGS:
        message = re.sub(pattern, replacement, message)
    return message


def first_sentence(message: str) -> str:
    """Return how a message begins, up to the first full stop that ends a sentence.

    Examples
    --------
    >>> first_sentence("It was 0.5 apart. Try again.")
    'It was 0.5 apart.'
    """
    return re.split(r"(?<=\.) (?=[A-Z])", message, maxsplit=1)[0]
