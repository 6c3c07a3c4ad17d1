"""Widgets whose program is sent to the browser once, however many of them there are.

anywidget has every widget bring its program and its style sheet, which for a stage are a quarter of
a megabyte, to be compiled again each time; and where that takes a browser longer than two seconds,
it shows nothing. Here each widget brings a loader (browser/loader.js) and the names of two models
that hold what all share. Where a host hands out no models by name, the loader asks for both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

import anywidget
import ipywidgets as widgets
import traitlets

from convviz.browser import bundle

PROGRAM_REQUEST = {"fetch": "program"}


class SharedText(widgets.Widget):
    """A text that widgets refer to instead of bringing it."""

    text = traitlets.Unicode().tag(sync=True)


class ScriptedWidget(anywidget.AnyWidget):
    """An anywidget whose program is one of `bundle`'s.

    Attributes
    ----------
    entry : str
        The module that the program begins with.
    program, sheet : str
        References to the `SharedText` of the program and of the style sheet.
    """

    _esm = bundle.script("loader")

    entry: ClassVar[str]
    program = traitlets.Unicode().tag(sync=True)
    sheet = traitlets.Unicode().tag(sync=True)

    def __init__(self, **settings: object) -> None:
        program = _reference(self.entry, lambda: bundle.script(self.entry))
        sheet = _reference("", bundle.style_sheet)
        super().__init__(program=program, sheet=sheet, **settings)

    def _handle_custom_msg(self, content: object, buffers: object) -> None:
        if content == PROGRAM_REQUEST:
            self.send({"program": bundle.script(self.entry), "sheet": bundle.style_sheet()})
        else:
            super()._handle_custom_msg(content, buffers)


_shared: dict[str, SharedText] = {}  # by entry; the style sheet's name is empty


def _reference(name: str, make: Callable[[], str]) -> str:
    """A reference to a shared text, which is made where there is none, or it was closed."""
    if name not in _shared or _shared[name].comm is None:
        _shared[name] = SharedText(text=make())
    return f"IPY_MODEL_{_shared[name].model_id}"
