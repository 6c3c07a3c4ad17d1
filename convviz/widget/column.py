"""A VBox that closes its children with it."""

from __future__ import annotations

from collections.abc import Iterator

import ipywidgets as widgets


class Column(widgets.VBox):
    """Widgets under one another, closed together: ipywidgets keeps what is open, and its layer."""

    def close(self) -> None:
        """Take the widget and all it holds out of the notebook."""
        held = list(_below(self))
        for each in held:
            each.close()
        super().close()
        for each in (self, *held):  # last: a view that is still open looks at them
            each.layout.close()
            if style := getattr(each, "style", None):
                style.close()


def _below(widget: widgets.DOMWidget) -> Iterator[widgets.DOMWidget]:
    """All that a widget holds: ipywidgets keeps what is open, and what that refers to."""
    for child in getattr(widget, "children", ()):
        yield from _below(child)
        yield child
