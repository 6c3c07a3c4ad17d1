"""Says in the browser whether the Jupyter kernel answers, for widgets that cannot say it.

ipywidgets' own buttons look alive when their kernel is gone. Next to them this one asks, tells a
reader that nobody answers, and holds the buttons until somebody does.
"""

from __future__ import annotations

import anywidget

from convviz.browser import bundle
from convviz.errors import ArgumentError
from convviz.widget import messages


class Watch(anywidget.AnyWidget):
    """A line in an exercise that is empty while the Jupyter kernel answers."""

    _esm = bundle.script("watch")
    _css = bundle.style_sheet()

    def __init__(self) -> None:
        super().__init__()
        self.on_msg(self._receive)

    def _receive(self, _watch: Watch, content: object, _buffers: object) -> None:
        """Answer a ping; nothing else can be asked here."""
        try:
            message = messages.read(content)
        except ArgumentError:
            return
        if isinstance(message, messages.Ping):
            self.send({"pong": message.ping})
