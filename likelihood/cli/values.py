"""Values of options: faces, probabilities and counts, refused as wrong usage."""

from __future__ import annotations

import math
import re

import click

from likelihood.cli.reading import LARGEST_COUNT, shown

#: How far from one the sum of probabilities may be, as everywhere in this package.
_SIMPLEX = 1e-9


def faces(text: str) -> list[str]:
    """Return the faces of ``--faces``: at least two, different, none empty or with a space.

    Examples
    --------
    >>> faces("a, b")
    ['a', 'b']
    """
    names = [name.strip() for name in text.split(",")]
    for at, name in enumerate(names):
        if not name:
            raise _wrong("--faces", f"face {at + 1} is empty; write the faces as 1,2,3.")
        if name.split() != [name]:
            raise _wrong("--faces", f"{shown(name)} holds a space; put commas between faces.")
        if name in names[:at]:
            raise _wrong("--faces", f"{shown(name)} stands twice; every face is listed once.")
    if len(names) < 2:
        raise _wrong("--faces", f"a die has at least two faces, got {shown(text)}; write 1,2,3.")
    return names


def fair(text: str) -> str:
    """Return ``--null`` with "fair" in small letters however it is written.

    Examples
    --------
    >>> fair("Fair"), fair("1/4")
    ('fair', '1/4')
    """
    return text.casefold() if text.casefold() == "fair" else text


def labels(names: list[str]) -> list[int] | list[str]:
    """Return faces as whole numbers if all of them are, else as they are written.

    Examples
    --------
    >>> labels(["1", "2"]), labels(["1", "02"])
    ([1, 2], ['1', '02'])
    """
    # Written otherwise (02, +2), two faces could become one number.
    whole = all(re.fullmatch(r"0|-?[1-9][0-9]{0,14}", name) for name in names)
    return [int(name) for name in names] if whole else names


def probabilities(text: str, k: int) -> tuple[float, ...] | str:
    """Return the probabilities of ``--null`` for k faces, or "fair".

    Examples
    --------
    >>> probabilities("1/2,0.25,0.25", 3)
    (0.5, 0.25, 0.25)
    """
    if text == "fair":
        return text
    values = tuple(probability(part) for part in text.split(","))
    if len(values) != k:
        many = "1 probability" if len(values) == 1 else f"{len(values)} probabilities"
        raise _wrong("--null", f"{many} for {k} faces; give one for each, with commas between.")
    total = math.fsum(values)
    if abs(total - 1.0) > _SIMPLEX:
        raise _wrong(
            "--null",
            f"the probabilities sum to {total:.12g}, not 1; nothing is renormalised, write "
            "fractions such as 1/6.",
        )
    return values


def probability(text: str) -> float:
    """Return a probability of ``--null``, as a decimal or a fraction.

    Examples
    --------
    >>> probability("1/4"), probability("0.25")
    (0.25, 0.25)
    """
    number = r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]+)?"
    if found := re.fullmatch(rf"\s*({number})(?:/({number}))?\s*", text):
        over = float(found[2] or 1.0)
        value = float(found[1]) / over if over else math.inf
        if value <= 1.0:
            return value
    raise _wrong("--null", f"{shown(text)} is not a probability; write 0.25 or 1/4.")


def successes(text: str) -> tuple[int, int]:
    """Return the successes and trials of ``--counts S,N``.

    Examples
    --------
    >>> successes("5067,10000")
    (5067, 10000)
    """
    found = re.fullmatch(r"\s*([0-9]{1,16})\s*,\s*([0-9]{1,16})\s*", text)
    if not found:
        raise _wrong("--counts", f"{shown(text)} is not S,N; write for example 5067,10000.")
    hits, trials = int(found[1]), int(found[2])
    if not hits <= trials <= LARGEST_COUNT or not trials:
        raise _wrong(
            "--counts",
            f"{hits} successes in {trials} trials; S is at most N, and N is at least 1 and at "
            f"most {LARGEST_COUNT}.",
        )
    return hits, trials


def _wrong(option: str, message: str) -> click.BadParameter:
    return click.BadParameter(message, param_hint=f"'{option}'")
