"""A registry of functions that show objects in a notebook.

A layer knows nothing of widgets, yet as the last line of a cell it displays one. What is registered
is the place of a function, imported when the first such object is shown.
"""

from __future__ import annotations

from importlib import import_module

_PLACES: dict[str, str] = {}


def register(kind: str, place: str) -> None:
    """Let ``place``, "module:function", show objects of the class named ``kind``."""
    _PLACES[kind] = place


def show(instance: object) -> bool:
    """Show ``instance``; whether anybody is registered for it."""
    kinds = [each.__name__ for each in type(instance).__mro__]
    place = next((_PLACES[kind] for kind in kinds if kind in _PLACES), None)
    if place is None:
        return False
    module, function = place.split(":")
    getattr(import_module(module), function)(instance)
    return True
