"""Checks of plain values: numbers within limits, strings, switches, names.

Each gives the value in the form that is kept, or raises an ArgumentError. The parameters of a layer
have theirs in `convviz.parameters`, arrays in `convviz.arrays`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from contextlib import suppress
from itertools import islice
from typing import cast

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


def check_numbers(
    parameter: str, value: object, count: int, *, least: float, most: float, remedy: str
) -> tuple[float, ...]:
    """``value`` as so many finite floats from ``least`` to ``most``."""
    items: list[object] = []
    with suppress(Exception):  # whatever an object of the user's raises
        items = list(islice(cast("Iterable[object]", value), count + 1))
    found = tuple(number for number in map(_as_float, items) if number is not None)
    if not len(found) == len(items) == count or not all(least <= n <= most for n in found):
        allowed = f"{count} numbers, each from {least:g} to {most:g}"
        raise ArgumentError(parameter, short(value), allowed, remedy)
    return found


def check_items(
    parameter: str, value: object, most: int, *, noun: str, remedy: str
) -> list[object]:
    """``value`` as a list of at most ``most`` items; what never ends is not read to its end."""
    if isinstance(value, (str, bytes, Mapping)):
        raise ArgumentError(parameter, short(value), f"a list of {noun}", remedy)
    try:
        items = list(islice(cast("Iterable[object]", value), most + 1))
    except Exception:  # whatever an object of the user's raises
        raise ArgumentError(parameter, short(value), f"a list of {noun}", remedy) from None
    if len(items) > most:
        got, allowed = f"{_length(value, most)} {noun}", f"at most {most:,} {noun}"
        raise ArgumentError(parameter, got, allowed, remedy)
    return items


def _length(value: object, most: int) -> str:
    """How many items ``value`` has, if it says so; else that it has more than ``most``."""
    try:
        return f"{len(value):,}"  # type: ignore[arg-type]  # duck-typed
    except Exception:  # an iterator has no length, and a range may have too large a one
        return f"more than {most:,}"


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
