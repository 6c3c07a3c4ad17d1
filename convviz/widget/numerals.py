"""Numbers as readers type them, into a cell or into a control's field."""

from __future__ import annotations

import numpy as np

from convviz.errors import ArgumentError, short

_FLOAT = np.finfo(np.float32)
_DECIMALS = "Type it with a point, such as 0.5 or 1e-4."


def integer(parameter: str, text: str) -> int:
    """A whole number, or an ArgumentError."""
    try:
        return int(_plain(text))
    except ValueError:
        remedy = "Type digits alone, such as 2."
        raise ArgumentError(parameter, short(text), "a whole number", remedy) from None


def real(parameter: str, text: str) -> np.float32:
    """A number that float32 can hold, or an ArgumentError."""
    try:
        value = float(_plain(text))
    except ValueError:
        value = np.nan
    with np.errstate(over="ignore"):
        number = np.float32(value)
    if not np.isfinite(number):
        allowed = f"one number from {-_FLOAT.max:.2g} to {_FLOAT.max:.2g}, the range of float32"
        raise ArgumentError(parameter, short(text), allowed, _DECIMALS)
    return number


def positive(parameter: str, text: str) -> np.float32:
    """A number above 0 and within float32's normal range, or an ArgumentError."""
    try:
        value = float(_plain(text))
    except ValueError:
        value = np.nan
    if not _FLOAT.tiny <= value <= _FLOAT.max:
        allowed = f"one number from {_FLOAT.tiny:.2g} to {_FLOAT.max:.2g}"
        raise ArgumentError(parameter, short(text), allowed, _DECIMALS)
    return np.float32(value)


def _plain(text: str) -> str:
    return text.strip().replace("−", "-").replace("_", "?")  # Python alone reads 1_000
