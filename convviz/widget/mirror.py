"""Buttons, fields and texts of ipywidgets as one anywidget, for hosts that show nothing else.

marimo draws anywidgets and refuses ipywidgets' own. An exercise is made of those; this widget tells
the browser (browser/mirror.js) what they are and how they stand, and does to them what a reader
does there.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import NotRequired, TypedDict

import ipywidgets as widgets
import traitlets

from convviz.widget.answering import AnsweringWidget
from convviz.widget.messages import Message, Use

FOLLOWED = ("value", "children", "disabled", "description")


class Node(TypedDict):
    """A widget as the browser draws it; a kind is box, row, grid, html, button, toggle or text."""

    id: str
    kind: str
    text: str
    down: NotRequired[bool]
    disabled: NotRequired[bool]
    hint: NotRequired[str]
    columns: NotRequired[str]
    children: NotRequired[list[Node]]


class Mirror(AnsweringWidget):
    """One ipywidget, with all that it holds, drawn by the browser from what it is told.

    Attributes
    ----------
    tree : dict
        `Node` of the outermost.
    """

    entry = "mirror"

    tree = traitlets.Dict().tag(sync=True)

    def __init__(self, shown: widgets.DOMWidget) -> None:
        super().__init__()
        self._shown = shown
        self._held: dict[str, widgets.DOMWidget] = {}
        self._follow()

    def _follow(self, _change: object = None) -> None:
        """Tell what the widgets are now, and follow those that are new."""
        before, self._held = self._held, {}
        self.tree = {**self._node(self._shown)}
        for name, widget in self._held.items():
            if name not in before:
                present = [trait for trait in FOLLOWED if widget.has_trait(trait)]
                widget.observe(self._follow, present)
        for name in before.keys() - self._held.keys():
            before[name].unobserve_all()

    def _node(self, widget: widgets.DOMWidget) -> Node:
        name = str(id(widget))
        self._held[name] = widget
        make = partial(Node, id=name)
        match widget:
            case widgets.ToggleButton():
                return make(
                    kind="toggle",
                    text=widget.description,
                    down=widget.value,
                    disabled=widget.disabled,
                    hint=widget.tooltip or "",
                )
            case widgets.Button():
                return make(kind="button", text=widget.description, disabled=widget.disabled)
            case widgets.Text():
                return make(
                    kind="text",
                    text=widget.value,
                    hint=widget.placeholder,
                    disabled=widget.disabled,
                )
            case widgets.HTML() | widgets.Label():
                return make(kind="html", text=widget.value)
        children = list(self._children(widget))
        if isinstance(widget, widgets.GridBox):
            columns = widget.layout.grid_template_columns or ""
            return make(kind="grid", text="", columns=columns, children=children)
        kind = "row" if isinstance(widget, widgets.HBox) else "box"
        return make(kind=kind, text="", children=children)

    def _children(self, widget: widgets.DOMWidget) -> Iterator[Node]:
        """What a box holds; this widget says itself whether the kernel answers."""
        for child in getattr(widget, "children", ()):
            if not isinstance(child, AnsweringWidget):
                yield self._node(child)

    def _take(self, message: Message) -> None:
        """Do what a reader does; of a widget that is gone meanwhile, nothing."""
        if not isinstance(message, Use):
            return
        match self._held.get(message.widget):
            case widgets.ToggleButton() as toggle:
                toggle.value = not toggle.value
            case widgets.Button() as button:
                button.click()
            case widgets.Text() as field:
                field.value = message.text
        self.send({"request": message.request})
