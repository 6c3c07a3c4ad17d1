"""The anywidget that carries a scene to the browser, where browser/stage.js draws and plays it.

Playing, stepping and pointing happen in the browser alone. Messages come back from there
(messages.py) when a reader sets something or wants a file; the explorer and saving.py register to
handle them. What is no message is refused in words, here, and whether anybody answers is answered
here as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import traitlets

from convviz.arrays import Array
from convviz.language.catalogue import say
from convviz.scene.axis_view import AxesMessage
from convviz.scene.channels import sent_values
from convviz.scene.parts import Parts
from convviz.scene.scene import Scene, check_step
from convviz.widget import failures
from convviz.widget.answering import AnsweringWidget
from convviz.widget.messages import Message, PartsRequest, Request, ValuesRequest

MOST_SAVED = 1_000_000  # bytes of images' values that a notebook is saved with


class Stage(AnsweringWidget):
    """A scene on display.

    Attributes
    ----------
    scene : dict
        `Scene.message`; empty shows nothing.
    axes : dict
        `AxesMessage`; where not empty, the axis view stands in the scene's place.
    input_values, output_values : bytes
        float32 values of images, in memory order; empty where the scene has texts instead.
    large_values : int
        Which values views ask for, where they are more than a notebook should be saved with, as it
        is with all traits; 0 where the traits hold them.
    error : str
        Words of a refusal, shown above the last good picture; empty for none.
    step : int
        Where the stage stands at first; setting it moves every view.
    large : bool
        A larger font, for a projector.
    editable : bool
        Whether a reader can set anything; each number typed into a cell, and what a control is
        set to, comes back as a message.
    controls : dict
        `Controls.message` and what `Explorer` adds; empty for none.
    code : str
        Python that makes what is shown; empty offers none.
    group : str
        Stages of one group step together; empty for none.
    formula : bool
        Whether the formulas of the output's sizes are open from the start.
    shows_axes : bool
        Whether the axis view is open under the picture from the start.
    predict : dict
        What a reader is asked before it is shown (`predict_message`); empty for nothing at first.
    key : str
        What a guide knows the stage by; empty for none.
    shown : Scene or None
        What is on display, for files made of it; not sent anywhere.
    values : pair of bytes
        The values of the input's and the output's images as they are sent (scene/coarse.py),
        wherever views have them from.
    """

    entry = "notebook"

    scene = traitlets.Dict().tag(sync=True)
    axes = traitlets.Dict().tag(sync=True)
    input_values = traitlets.Bytes().tag(sync=True)
    output_values = traitlets.Bytes().tag(sync=True)
    large_values = traitlets.Int(0).tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    large = traitlets.Bool(False).tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    group = traitlets.Unicode().tag(sync=True)
    formula = traitlets.Bool(False).tag(sync=True)
    shows_axes = traitlets.Bool(False).tag(sync=True)
    predict = traitlets.Dict().tag(sync=True)
    key = traitlets.Unicode().tag(sync=True)

    def __init__(self, **settings: object) -> None:
        self._here = 0
        super().__init__(**settings)
        self.shown: Scene | None = None
        self.values = b"", b""
        self._shows = 0
        self._is_asked = False  # whether any view has waited for large values
        self._handlers: list[Callable[[Message], None]] = []

    def on_message(self, handler: Callable[[Message], None]) -> None:
        """Have ``handler`` called with each message from the browser; it takes what is its own."""
        self._handlers.append(handler)

    @property
    def step_shown(self) -> int:
        """The step on display: the views' last word, or where they go in a scene since then."""
        last = self.shown.steps - 1 if self.shown else self._here
        return min(max(0, self._here), last)

    @traitlets.observe("step")
    def _follow(self, change: Mapping[str, int]) -> None:
        self._here = change["new"]

    def _bring(self, scene: Scene) -> None:
        """Go to the same output element in a scene that comes; browser/stage.js goes there too."""
        self._here = self.step_shown
        place = self.shown.step(self._here).place if self.shown else ()
        sizes = scene.output.shape
        if len(place) == len(sizes) and all(n < size for n, size in zip(place, sizes, strict=True)):
            self._here = int(np.ravel_multi_index(place, sizes))

    def show(self, scene: Scene) -> None:
        """Put a scene on display, in one message, and take down any error."""
        told = scene.message()  # first: where it fails, all stays as it is
        layer = told["layer"]
        values, output = values_of(scene) if layer is None else sent_values(scene, layer)
        large = len(values) + len(output) > MOST_SAVED
        self._bring(scene)
        with self.hold_sync():
            self.shown, self.values = scene, (values, output)
            self._shows += 1
            self.large_values = self._shows if large else 0
            self.input_values, self.output_values = (b"", b"") if large else (values, output)
            self.error = ""
            self.scene = {**told}
            if large and self._is_asked:
                self._send_values()  # before the scene

    def show_axes(self, scene: Scene, message: AxesMessage) -> None:
        """Put the axes of a scene, and of others with it, on display, and take down any error."""
        self._bring(scene)
        with self.hold_sync():
            self.shown = scene
            self.error = ""
            self.axes = {**message}

    def _take(self, message: Message) -> None:
        """Hand a message from the browser to those who handle them."""
        if isinstance(message, ValuesRequest):
            self._is_asked = True
            self._send_values()
            return
        if isinstance(message, PartsRequest):
            self._send_parts(message)
            return
        for handler in self._handlers:
            handler(message)

    def _send_values(self) -> None:
        """Send the values of a picture that the traits do not hold, to all views."""
        if self.large_values:
            self.send({"values": self.large_values}, list(self.values))

    def _send_parts(self, message: PartsRequest) -> None:
        """Send what each channel adds to the outputs around a step, or why that cannot be had."""
        try:
            if self.shown is None:
                return
            parts = Parts.at(self.shown, check_step(self.shown, message.step, "parts"))
            answer, buffers = {"parts": parts.message()}, parts.buffers
        except failures.ANY as failure:
            words = failures.words(failure, interrupted=say("widget.interrupted_parts"))
            self._refuse(words, message.request)
        else:
            self.send({"request": message.request, **answer}, buffers)

    def _refuse(self, words: str, request: str) -> None:
        """Show why something is no message, and let nobody wait for an answer to it."""
        self.error = words
        if request:
            self.send({"request": request, "refused": words})
            for handler in self._handlers:
                handler(Request(request))


def values_of(scene: Scene) -> tuple[bytes, bytes]:
    """The values of both tensors' images in float32; none where the scene has texts."""
    return (b"", b"") if scene.readable else (_bytes(scene.values), _bytes(scene.output))


def _bytes(values: Array) -> bytes:
    return np.ascontiguousarray(values, dtype="<f4").tobytes()
