"""How widgets are shown by marimo, which draws anywidgets and no other ipywidgets.

It asks an object for ``_display_``; what that returns it shows. This package does not need marimo.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import anywidget


class ShownByMarimo:
    """A widget made of others, which marimo shows by what `in_marimo` gives."""

    def in_marimo(self) -> list[anywidget.AnyWidget | str]:
        """The anywidgets in their order; a text stands above the next."""
        raise NotImplementedError

    def _display_(self) -> Any:
        """What marimo shows."""
        mo = import_module("marimo")  # which is running
        parts = [
            mo.md(f"**{part}**") if isinstance(part, str) else mo.ui.anywidget(part)
            for part in self.in_marimo()
        ]
        return parts[0] if len(parts) == 1 else mo.vstack(parts)
