"""Numbers as text: how many digits each kind of number is shown with (level 9)."""

from __future__ import annotations

import math

#: Beyond this a double no longer tells neighbouring integers apart in every digit shown.
_LARGEST_PLAIN = 1e15


def number(value: float, spread: float = 0.0) -> str:
    """Return a number to 4 significant digits, whole numbers in full.

    Digits before the decimal point are never rounded away up to 1e15, since a count of
    35712 is not 35710.  Minus zero is 0, NaN is empty.

    Parameters
    ----------
    value : float
    spread : float
        Its standard error where it has one: decimals are then shown down to the second digit
        of that, or a mean of 299.8524 with an error of 0.008 would read 299.9.

    Examples
    --------
    >>> number(0.170351), number(-35712.32), number(3407.0), number(1.23456e-7)
    ('0.1704', '-35712', '3407', '1.235e-07')
    >>> number(-0.0), number(float("inf")), number(float("nan"))
    ('0', 'inf', '')
    >>> number(299.8524, 0.0079), number(2.0, 0.63)
    ('299.8524', '2.000')
    """
    if isinstance(value, int) and abs(value) < _LARGEST_PLAIN:
        return str(int(value))
    value = float(value)
    if not math.isfinite(value):
        return "" if math.isnan(value) else "inf" if value > 0 else "-inf"
    size = abs(value)
    if size >= _LARGEST_PLAIN or 0.0 < size < 0.99995e-4:
        return f"{value:.3e}"
    if size == 0.0:
        return "0"
    magnitude = math.floor(math.log10(size))
    if 0.0 < spread < math.inf:
        # A double has 15 digits that mean something, however small the error.
        decimals = min(1 - math.floor(math.log10(spread)), 14 - magnitude)
        return f"{value:.{max(decimals, 3 - magnitude, 0)}f}"
    if value == round(value):
        return str(round(value))
    return f"{value:.{max(3 - magnitude, 0)}f}"


def p_value(p: float) -> str:
    """Return a p-value to 4 decimals, never as zero.

    Examples
    --------
    >>> p_value(0.03214), p_value(3e-19), p_value(0.99999), p_value(float("nan"))
    ('0.0321', '<0.0001', '>0.9999', '')
    """
    if math.isnan(p):
        return ""
    if p < 0.0001:
        return "<0.0001"
    return ">0.9999" if 0.9999 < p < 1.0 else f"{p:.4f}"


def count(value: float) -> str:
    """Return a number of observations with thousands separated, as in a sentence.

    Examples
    --------
    >>> count(20000.0), count(2.5)
    ('20,000', '2.500')
    """
    return f"{round(value):,}" if value == round(value) < _LARGEST_PLAIN else number(value)
