"""Tokens of text: rolls and tosses counted, and counts of faces.

A file of rolls is never read as a CSV with a header, which would take the first roll for one.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Sequence
from typing import NamedTuple

from likelihood.cli.reading import LARGEST_COUNT, Source, listed, pieces, shown


class Stranger(NamedTuple):
    """The first token that was not expected, and its line."""

    token: str
    line: int


def tally(
    source: Source, known: Collection[str], spare: int = 0
) -> tuple[Counter[str], Stranger | None]:
    r"""Return how often each token occurs, and the first that is neither known nor spare.

    Tokens are separated by white space, commas or both.  Reading stops at a stranger.

    Parameters
    ----------
    known : collection of str
        Tokens that are expected.
    spare : int
        How many other distinct tokens are accepted.

    Examples
    --------
    >>> import io
    >>> tally(Source(io.BytesIO(b"1 2,2\n"), "rolls"), {"1", "2"})
    (Counter({'2': 2, '1': 1}), None)
    >>> tally(Source(io.BytesIO(b"1\n2\nx\n"), "rolls"), {"1", "2"})[1]
    Stranger(token='x', line=3)
    """
    counts: Counter[str] = Counter()
    for line, text in pieces(source):
        counts.update(_tokens(text))
        # A Counter keeps the order of first occurrence, so the first here is the first there.
        others = [token for token in counts if token not in known]
        if len(others) > spare:
            stranger = others[spare]
            rows = enumerate(text.split("\n"), start=line)
            return counts, next(Stranger(stranger, at) for at, row in rows
                                if stranger in _tokens(row))  # fmt: skip
    return counts, None


def advice(token: str, faces: Collection[str]) -> str:
    """Return what may help with a token that is not one of the faces.

    Examples
    --------
    >>> advice('"1"', ["1", "2"])
    'remove the quotation marks'
    >>> advice("x", ["1", "2"])
    'list every face with --faces, or clean the input'
    """
    if token.startswith("#"):
        return "there are no comments in a file of rolls: remove the line"
    if token.strip("\"'") in faces:
        return "remove the quotation marks"
    alike = [face for face in faces if face.casefold() == token.casefold()]
    if alike:
        return f"write it as {shown(alike[0])}: capitals count"
    if re.search("[;|]", token):
        return "separate rolls by white space or commas"
    numbers = [face for face in faces if _same_number(face, token)]
    if numbers:
        return f"write it as {shown(numbers[0])}: faces are compared as text"
    if token.isalpha() and all(face.isdigit() for face in faces) and len(token) > 1:
        return "remove the line if it is a header, or list every face with --faces"
    return "list every face with --faces, or clean the input"


def _same_number(one: str, other: str) -> bool:
    try:
        return float(one) == float(other)
    except ValueError:
        return False


def face_counts(source: Source, faces: Sequence[str]) -> list[int]:
    r"""Return the counts of the faces, from counts in their order or from ``face count`` lines.

    Accepted are one line with a count for every face, lines of one count each, and lines of
    a face with its count, every face once.  Anything else could be misread and is refused.

    Parameters
    ----------
    faces : sequence of str
        At least two, all different.

    Examples
    --------
    >>> import io
    >>> face_counts(Source(io.BytesIO(b"a 7\nb 0\n"), "table"), ["a", "b"])
    [7, 0]
    """
    lines = [
        (at, tokens)
        for first, text in pieces(source, by_line=True)
        for at, tokens in enumerate(map(_tokens, text.split("\n")), start=first)
        if tokens
    ]
    k, sizes = len(faces), {len(tokens) for _, tokens in lines}
    if len(lines) == 1 and sizes == {k}:
        ((line, tokens),) = lines
        if k == 2 and tokens[0] in faces:
            raise source.error(
                f"{shown(' '.join(tokens))} is either two counts or a face with its count", line,
                "write one count, or one face with its count, on each line",
            )  # fmt: skip
        return [count(token, source, line) for token in tokens]
    if len(lines) == k and sizes == {1}:
        return [count(token, source, line) for line, (token,) in lines]
    if sizes == {2}:
        return _labelled(lines, source, faces)
    given = sum(len(tokens) for _, tokens in lines)
    raise source.error(
        f"{given} values on {len(lines)} lines are not the counts of {k} faces"
        if lines
        else "the input is empty",
        hint=f"write {k} counts in the order {listed(faces)}, or on each line a face and its count",
    )


def count(token: str, source: Source, line: int | None = None) -> int:
    """Return a count that is written in digits.

    Examples
    --------
    >>> import io
    >>> count("3407", Source(io.BytesIO(), "table"))
    3407
    """
    if token.isascii() and token.isdigit() and len(token) <= 16 and int(token) <= LARGEST_COUNT:
        return int(token)
    raise source.error(
        f"{shown(token)} is not a count", line,
        f"a count is a whole number in digits, at most {LARGEST_COUNT}",
    )  # fmt: skip


def _labelled(
    lines: Sequence[tuple[int, Sequence[str]]], source: Source, faces: Sequence[str]
) -> list[int]:
    held: dict[str, int] = {}
    for line, (face, value) in lines:
        if face not in faces:
            raise source.error(
                f"{shown(face)} is not one of the faces {listed(faces)}", line,
                "each line is a face, then its count; list every face with --faces",
            )  # fmt: skip
        if face in held:
            raise source.error(f"the face {shown(face)} stands twice", line, "add its counts up")
        held[face] = count(value, source, line)
    absent = [face for face in faces if face not in held]
    if absent:
        raise source.error(
            f"there is no count for the face {shown(absent[0])}",
            hint="give every face, with 0 for one that never came up",
        )
    return [held[face] for face in faces]


def _tokens(text: str) -> list[str]:
    return text.replace(",", " ").split()
