"""The widget of one layer: the stage, and a control for every parameter.

The layer is the one truth. A control sets the layer. However the layer is set, by a control or by a
line of code in a later cell, the explorer computes it anew, shows the scene and moves the controls.

What there is to control is left to controls.py, where the number in a cell lives to editing.py, and
what the browser can send to messages.py.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypedDict, Unpack, overload

import IPython.display
from numpy.typing import ArrayLike

from convviz.checks import check_switch
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.notebook import notebook
from convviz.network.layers import Layer
from convviz.scene.scene import Scene, check_size, check_step
from convviz.signatures import lists_parameters
from convviz.widget import editing, messages, numerals, saving
from convviz.widget.column import Column
from convviz.widget.controls import Controls
from convviz.widget.messages import (
    NumberEdit,
    PrefetchRequest,
    Press,
    Request,
    SetPlace,
    SetText,
    SetTogether,
)
from convviz.widget.prefetch import adjacent_scenes
from convviz.widget.snapshot import Snapshot, layers_behind
from convviz.widget.stage import Stage


class ExplorerOptions(TypedDict, total=False):
    """What `explore` takes with its subject."""

    device: str | None
    item: int
    step: int
    large: bool


class ArrayExplorerOptions(ExplorerOptions, build.ArrayOptions, total=False):
    """The same with arrays."""


@overload
def explore(
    layer: ConvolutionLayer, data: object = None, **options: Unpack[ExplorerOptions]
) -> Explorer: ...


@overload
def explore(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayExplorerOptions],
) -> Explorer: ...


@lists_parameters
def explore(
    *subject: object,
    device: str | None = None,
    item: int = 0,
    step: int = 0,
    large: bool = False,
    **named: object,
) -> Explorer:
    """Show a convolution layer at work, with a control for every parameter.

    ``explore(layer, data)`` takes a layer of a network; ``explore(data, kernel, bias)`` builds the
    network itself, from arrays and the layer's parameters.

    Parameters
    ----------
    layer : ConvolutionLayer
    data : with a layer {input name: array}, an array for the only input, or None for what ran last;
        else an array (…, C, [D,] H, W), whose leading axes may be left out
    kernel : array (K, C/groups, [T,] R, S), or (R, S) for one map and one channel per group
    bias : array (K,)
    input_scale, kernel_scale : positive numbers
        Quantize to int8; ``kernel_scale`` may hold one for each output map.
    device : "cuda", "cpu" or None, as for `convolve`
    item : int
        Which item of the batch to show.
    step : int
        The output element to begin with; negative ones count from the last.
    large : bool
        A larger font, for a projector.
    named : the arrays and scales by their names; stride_nd, padding_nd, … by the layer's

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    check_switch("large", large)
    layer, data = build.resolve(subject, named, check_size)
    return Explorer(layer, data, device=device, item=item, step=step, large=large)


def show_layer(layer: ConvolutionLayer) -> None:
    """Show a layer that is the last line of a cell, on the data of its network's last run."""
    # IPython ships types, but none for this function.
    IPython.display.display(explore(layer))


class Explorer(Column):
    """The stage and the controls of one layer.

    `Stage.controls` holds more than the controls: the name of the one whose last value was
    ``refused``, the request that is ``acknowledged``, and a ``revision``, which grows each time.
    What was prefetched holds for one revision.

    Attributes
    ----------
    layer : ConvolutionLayer
    stage : Stage
    scene : Scene
        What is on the stage: the last that could be computed.
    """

    _watched: Sequence[Layer] = ()

    def __init__(
        self,
        layer: ConvolutionLayer,
        data: object = None,
        *,
        device: str | None = None,
        item: int = 0,
        step: int = 0,
        large: bool = False,
    ) -> None:
        self.layer = layer
        self._feeds = self._first_feeds = layer.network.feeds(data)
        self._device = device
        self._item = item
        self.scene = self._compute()  # first: where it is refused, no widget is left behind
        first_step = check_step(self.scene, step)
        self._refusal = ""  # of the layer as it stands
        self._snapshot = self._first = Snapshot.of(layer)
        self._controls = Controls(layer, self.scene.geometry.axes)
        self._revision = 0
        self.stage = Stage(large=large, reserve=2, editable=True, step=first_step)
        self._show_scene()
        self._show_controls()
        saving.offer(self.stage)
        self.stage.on_msg(self._receive)
        self._watched = layers_behind(layer)
        for each in self._watched:
            each.observe(self._follow)
        super().__init__([self.stage])
        self.add_class("convviz-explorer")

    def close(self) -> None:
        """Leave the layer alone and take the widget out of the notebook."""
        for each in self._watched:
            each.unobserve(self._follow)
        self._watched = ()
        super().close()

    def reset(self) -> None:
        """Set everything as it was at first."""
        self._controls.together = False
        if self._feeds is not self._first_feeds:
            self._feeds = self._first_feeds
            self._update()
        for layer, name, value in self._first.changed():
            self._attempt(partial(layer.set_trait, name, value))
        self.stage.error = self._refusal  # of a value that the layer never took, too
        self._show_controls()

    # From the layer to the stage

    def _follow(self, _change: object) -> None:
        """React to a change of the layer, or of one that it depends on."""
        snapshot = Snapshot.of(self.layer)
        if snapshot.is_same(self._snapshot):
            return  # setting padding_nd notifies for both sides and for itself
        self._snapshot = snapshot
        self._update()

    def _update(self) -> None:
        """Compute and show the layer; a refusal leaves the last good picture in place."""
        with self.stage.hold_sync():
            try:
                self.scene = self._compute()
            except ArgumentError as error:
                self._refusal = _words(error)
            else:
                self._refusal = ""
                self._show_scene()
            self.stage.error = self._refusal
            self._show_controls()

    def _compute(self) -> Scene:
        run = self.layer.network.evaluate(self.layer, self._feeds, self._device, check=check_size)
        return Scene.of(run, self._item)

    def _show_scene(self) -> None:
        with self.stage.hold_sync():
            self.stage.show(self.scene)
            self.stage.code = notebook(self.scene.run, self.layer)

    def _show_controls(self, *, refused: str = "", acknowledged: str = "") -> None:
        """Show the layer's values, and how the last request went."""
        self._controls.axes = self.scene.geometry.axes
        self._revision += 1
        self.stage.controls = {
            **self._controls.message(),
            "refused": refused,
            "acknowledged": acknowledged,
            "revision": self._revision,
        }

    # From the reader to the layer

    def _receive(self, _stage: Stage, content: object, _buffers: object) -> None:
        """Handle a message from the browser; saving.py handles those for files."""
        message = messages.read(content)
        match message:
            case NumberEdit():
                self._attempt(partial(self._edit, message))
            case PrefetchRequest(control):
                self._prefetch(control)
            case Request():
                self._answer(message)

    def _attempt(self, change: Callable[[], object]) -> bool:
        """Make a reader's change, or show why it is refused; whether it was made."""
        try:
            change()
        except ArgumentError as error:
            self.stage.error = str(error)
            return False
        self.stage.error = self._refusal
        return True

    def _edit(self, message: NumberEdit) -> None:
        """Set a number that was typed into a cell."""
        value = numerals.real(message.tensor, message.text)
        if message.tensor != "input":
            editing.set_weight(self.layer, message.tensor, message.index, value)
            return
        self._feeds = editing.with_input_value(
            self.layer, self._feeds, self._item, message.index, value
        )
        self._update()

    def _prefetch(self, control: str) -> None:
        """Send what the places next to where a slider stands would show."""
        scenes = {}
        if not self._refusal:
            scenes = adjacent_scenes(self.scene, self._controls, control, self._device)
        self.stage.send({"prefetched": control, "revision": self._revision, "scenes": scenes})

    def _answer(self, request: Request) -> None:
        """Carry out a request and acknowledge it, with all that it changes in one message."""
        with self.stage.hold_sync():
            refused = ""
            try:
                refused = self._carry_out(request)
            finally:
                self._show_controls(refused=refused, acknowledged=request.request)

    def _carry_out(self, request: Request) -> str:
        """Do what is requested; the name of the control whose value is refused, or ``""``."""
        match request:
            case SetText(_, control, text):
                if not self._attempt(partial(self._controls.set_text, control, text)):
                    return control
            case SetPlace(_, control, place):
                if not self._attempt(partial(self._controls.set_place, control, place)):
                    return control
            case SetTogether(_, together):
                self._controls.together = together
                self.stage.error = self._refusal  # a field with a refused value goes back
            case Press(_, "reset"):
                self.reset()
            case Press(_, "fit"):
                self._attempt(partial(editing.fit_weights, self.layer, self.scene))
        return ""


def _words(refusal: ArgumentError) -> str:
    """The words for a layer that cannot be shown."""
    if refusal.parameter not in ("kernel", "bias"):
        return str(refusal)
    return f"{refusal} {say('widget.or_press', button=say('browser.controls.fit'))}"
