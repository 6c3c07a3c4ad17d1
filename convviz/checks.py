"""Checks of plain values: numbers within limits, strings, switches, names.

Each gives the value in the form that is kept, or raises an ArgumentError. The parameters of a layer
have theirs in `convviz.parameters`, arrays in `convviz.arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable

import numpy as np

from convviz.errors import ArgumentError, short


def check_number(
    parameter: str, value: object, *, least: float, most: float, remedy: str = ""
) -> float:
    """``value`` as a finite float from ``least`` to ``most``."""
    number = _as_float(value)
    if number is None or not least <= number <= most:
        allowed = f"a number from {least:g} to {most:g}"
        raise ArgumentError(parameter, short(value), allowed, remedy or f"Write {_example(least)}.")
    return number


def check_text(parameter: str, value: object) -> str:
    """``value`` as a text that a file can hold."""
    remedy = "Write it between quotes."
    if not isinstance(value, str):
        raise ArgumentError(parameter, short(value), "a text", remedy)
    try:
        value.encode()
    except UnicodeEncodeError:
        remedy = "Write it in UTF-8."
        raise ArgumentError(parameter, ascii(value), "a text of whole characters", remedy) from None
    return value


def check_switch(parameter: str, value: object) -> bool:
    """``value`` as True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise ArgumentError(parameter, short(value), "True or False", "Write one of the two.")
    return bool(value)


def check_choice(parameter: str, value: object, choices: Iterable[str]) -> str:
    """``value`` as one of ``choices``."""
    names = list(choices)
    if not isinstance(value, str) or value not in names:
        remedy = f"Write {names[0]!r}, for example."
        raise ArgumentError(parameter, short(value), ", ".join(map(repr, names)), remedy)
    return value


def _as_float(value: object) -> float | None:
    """A float from any real number but True and False; infinite where it is too large for one."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.integer, np.floating)):
        return None
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _example(least: float) -> str:
    return f"{max(least, 1):g}"
