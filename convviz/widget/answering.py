"""A widget that reads the messages of its views, and says that it is there when one asks."""

from __future__ import annotations

from convviz.errors import ArgumentError
from convviz.widget import messages
from convviz.widget.messages import Message, Ping
from convviz.widget.scripted import ScriptedWidget


class AnsweringWidget(ScriptedWidget):
    """A widget whose Jupyter kernel can be seen to answer (browser/pulse.js asks)."""

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.on_msg(self._receive)

    def _receive(self, _widget: object, content: object, _buffers: object) -> None:
        try:
            message = messages.read(content)
        except ArgumentError as refusal:
            self._refuse(str(refusal), messages.request_of(content))
            return
        if isinstance(message, Ping):
            self.send({"pong": message.ping})
        else:
            self._take(message)

    def _take(self, message: Message) -> None:
        """Do what a message asks for; here nothing can be asked for."""

    def _refuse(self, words: str, request: str) -> None:
        """Say why what came is no message; ``request`` waits for an answer, or is empty."""
