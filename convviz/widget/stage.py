"""The anywidget that carries a scene to the browser, where browser/stage.js draws and plays it.

Playing, stepping and pointing happen in the browser alone: what comes back from there is what a
reader sets, which the explorer takes, or a wish for a file.
"""

from __future__ import annotations

from typing import Any

import anywidget
import numpy as np
import traitlets
from numpy.typing import NDArray

from convviz.browser import bundle
from convviz.errors import ArgumentError
from convviz.scene.scene import Scene


class Stage(anywidget.AnyWidget):
    """A scene on display.

    Attributes
    ----------
    scene : dict
        `Scene.message`; empty shows nothing.
    input_values, output_values : bytes
        float32 values of pictures, in memory order; empty where the scene has texts instead.
    error : str
        Words of a refusal, shown above the last good picture; empty for none.
    step : int
        Where the stage stands at first; setting it moves every view.
    large : bool
        Letters for a projector.
    editable : bool
        Whether a reader can set anything; each number typed into a cell, and what a control is
        set to, comes back as a message.
    controls : dict
        `Controls.message`; empty for none.
    code : str
        Python that makes what is shown; empty offers none.
    group : str
        Stages of one group step together; empty for none.
    reserve : int
        Rows and columns to leave room for, so that the picture keeps its size while padding grows.
    shown : Scene or None
        What is on display, for files made of it; not sent anywhere.
    """

    _esm = bundle.script("notebook")  # given as a path, it would keep every stage
    _css = bundle.style_sheet()

    scene = traitlets.Dict().tag(sync=True)
    input_values = traitlets.Bytes().tag(sync=True)
    output_values = traitlets.Bytes().tag(sync=True)
    error = traitlets.Unicode().tag(sync=True)
    step = traitlets.Int(0).tag(sync=True)
    large = traitlets.Bool(False).tag(sync=True)
    editable = traitlets.Bool(False).tag(sync=True)
    controls = traitlets.Dict().tag(sync=True)
    code = traitlets.Unicode().tag(sync=True)
    group = traitlets.Unicode().tag(sync=True)
    reserve = traitlets.Int(0).tag(sync=True)

    def __init__(self, **settings: object) -> None:
        super().__init__(**settings)
        self.shown: Scene | None = None
        self.on_msg(self._asked)

    def show(self, scene: Scene) -> None:
        """Put a scene on display, in one message, and take down any error."""
        self.shown = scene
        with self.hold_sync():
            self.input_values = b"" if scene.readable else _bytes(scene.values)
            self.output_values = b"" if scene.readable else _bytes(scene.output)
            self.error = ""
            self.scene = scene.message()

    def _asked(self, _widget: object, message: dict[str, Any], _buffers: object) -> None:
        """A view asks for a file: answer with its name and bytes, or with what was refused.

        The messages are those of types.d.ts: ``FileRequest`` and ``FileAnswer``.
        """
        if "save" not in message or self.shown is None:
            return
        from convviz.widget.saving import saved  # which brings matplotlib, when it is wanted

        reply = {"request": message.get("request")}
        try:
            name, content = saved(self, message["save"], message["step"], message["theme"])
        except ArgumentError as error:
            self.send({**reply, "refused": str(error)})
        else:
            self.send({**reply, "name": name}, [content])


def _bytes(values: NDArray[Any]) -> bytes:
    return np.ascontiguousarray(values, dtype="<f4").tobytes()
