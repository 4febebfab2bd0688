"""Conversion of arguments, and exp and log1p that are analytic (level 0).

Every kernel takes lists, scalars and arrays of any real dtype and computes in float64.  Kernels
that are differentiated by complex steps keep complex input complex, branch on the real part
and use analytic operations only; the real path is the accurate one.
"""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats: TypeAlias = NDArray[np.float64]
#: Floats, or complex numbers in a complex step.
Numbers: TypeAlias = NDArray[Any]


def floats(x: ArrayLike) -> Floats:
    """Return x as a float64 array."""
    return np.asarray(x, dtype=np.float64)


def numbers(x: ArrayLike) -> Numbers:
    """Return x as a float64 array, or complex128 if it is complex."""
    array = np.asarray(x)
    if array.dtype.kind == "c":
        return array.astype(np.complex128, copy=False)
    return array.astype(np.float64, copy=False)


def log1p(x: Numbers) -> Numbers:
    """Return log(1 + x); NumPy's complex version loses the real part of a small x."""
    if not np.iscomplexobj(x):
        return np.asarray(np.log1p(x))
    real, imaginary = x.real, x.imag
    result = np.empty_like(x)
    result.real = 0.5 * np.log1p(real * (2.0 + real) + imaginary * imaginary)
    result.imag = np.arctan2(imaginary, 1.0 + real)
    return result


def minus_size(x: Numbers) -> Numbers:
    """Return -|x| in a new array; of complex x the analytic branch by the real part."""
    if np.iscomplexobj(x):
        return np.where(x.real >= 0, -x, x)
    size = np.empty_like(x)
    np.abs(x, out=size)
    return np.negative(size, out=size)


def positive_part(x: Numbers) -> Numbers:
    """Return max(x, 0), with the branch taken by the real part."""
    if np.iscomplexobj(x):
        return np.where(x.real >= 0, x, 0.0)
    return np.asarray(np.maximum(x, 0.0))
