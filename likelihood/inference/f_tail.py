"""The upper tail of Fisher's F distribution, with a log that does not underflow (level 5)."""

from __future__ import annotations

import math

from scipy import special

from likelihood.inference.chisquare import log_t_two_sided, t_two_sided

_TINY = 1e-290
_ROUNDING = 2.0**-52


def f_sf(f: float, df1: float, df2: float) -> float:
    """Return the probability that an F variable exceeds f.

    Parameters
    ----------
    f : float
        At least 0, possibly infinite.
    df1, df2 : float
        Degrees of freedom of numerator and denominator, positive.

    Examples
    --------
    >>> round(f_sf(1.0, 2, 2), 12)
    0.5
    """
    if df1 == 1.0:
        return float(t_two_sided(math.sqrt(f), df2))
    return float(special.fdtrc(df1, df2, f))


def log_f_sf(f: float, df1: float, df2: float) -> float:
    """Return the log-probability that an F variable exceeds f, in nats.

    Parameters
    ----------
    f : float
        At least 0, possibly infinite.
    df1, df2 : float
        Degrees of freedom of numerator and denominator, positive.

    Notes
    -----
    The probability is ``I_x(df2 / 2, df1 / 2)`` at ``x = df2 / (df2 + df1 f)``.  Where that
    underflows, the log is that of its leading factor and its continued fraction (DLMF 8.17.22).

    Examples
    --------
    >>> round(log_f_sf(1e6, 2, 1000), 6)
    -3800.701167
    """
    if df1 == 1.0:
        return float(log_t_two_sided(math.sqrt(f), df2))
    if math.isinf(f):
        return -math.inf
    direct = f_sf(f, df1, df2)
    if direct > 0.5:
        return math.log1p(-float(special.fdtr(df1, df2, f))) + 0.0
    if direct > _TINY:
        return math.log(direct)
    a, b, ratio = 0.5 * df2, 0.5 * df1, df1 / df2 * f
    x = 1.0 / (1.0 + ratio)
    log_x = -math.log1p(ratio)
    # 1 - x is ratio x: near 1 here, and exact where ratio is tiny too.
    log_rest = math.log(ratio) + log_x
    leading = a * log_x + b * log_rest - math.log(a) - float(special.betaln(a, b))
    return leading + math.log(_fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """Return the continued fraction of I_x(a, b) by the method of Lentz (1976)."""
    c = 1.0
    d = 1.0 / (1.0 - (a + b) * x / (a + 1.0))
    value, m, step = d, 0, 0.0
    while abs(step - 1.0) > 4.0 * _ROUNDING:
        m += 1
        even = m * (b - m) * x / ((a + 2 * m - 1.0) * (a + 2 * m))
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1.0))
        step = 1.0
        for coefficient in (even, odd):
            d = 1.0 / (1.0 + coefficient * d)
            c = 1.0 + coefficient / c
            step *= c * d
        value *= step
    return value
