"""Who shows an object of a lower floor in a notebook: a higher floor, which registers here.

A layer knows nothing of widgets, yet as the last line of a cell it is one. What is registered is a
place, imported when the first such object is shown.
"""

from __future__ import annotations

from importlib import import_module

_PLACES: dict[str, str] = {}


def register(kind: str, place: str) -> None:
    """Let ``place``, "module:function", show objects of the class named ``kind``."""
    _PLACES[kind] = place


def show(instance: object) -> bool:
    """Show ``instance``; whether anybody is registered for it."""
    place = _PLACES.get(type(instance).__name__)
    if place is None:
        return False
    module, function = place.split(":")
    getattr(import_module(module), function)(instance)
    return True
