"""The widget of one layer: the stage, and a control for every parameter.

The layer is the one truth. A control sets the layer; whoever sets the layer, a control or a line of
code in a later cell, makes the explorer compute it anew, show the scene and move the controls.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from typing import TypedDict, Unpack, overload

import IPython.display
import numpy as np
from numpy.typing import ArrayLike

from convviz.errors import ArgumentError
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.notebook import notebook
from convviz.network.layers import ConstantLayer, Layer, upstream
from convviz.network.run import ConvolutionRun
from convviz.parameters import lists_parameters
from convviz.scene.scene import Scene, check_size
from convviz.widget.column import Column
from convviz.widget.controls import Controls
from convviz.widget.stage import Stage

MOST_FORESEEN = 1_500  # cells of a picture that is sent before it is asked for


class ExplorerOptions(TypedDict, total=False):
    """What `explore` takes beside its subject."""

    device: str | None
    item: int
    step: int
    large: bool


class ArrayExplorerOptions(ExplorerOptions, build.ArrayOptions, total=False):
    """The same beside arrays."""


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
        A font for a projector.
    named : the arrays and scales by their names; stride_nd, padding_nd, … by the layer's

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    layer, data = build.resolve(subject, named)
    return Explorer(layer, data, device=device, item=item, step=step, large=large)


def show_layer(layer: ConvolutionLayer) -> None:
    """Show a layer that is the last line of a cell, on the data of its network's last run."""
    IPython.display.display(explore(layer))


class Explorer(Column):
    """The stage and the controls of one layer.

    Attributes
    ----------
    layer : ConvolutionLayer
    stage : Stage
    scene : Scene
        What is on the stage: the last that could be computed.
    """

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
        self._watching: list[Layer] = []
        self.layer = layer
        self.stage = Stage(large=large, reserve=2, editable=True)
        self._feeds = self._first_feeds = layer.network.feeds(data)
        self._device = device
        self._item = item
        self._shown: tuple[object, ...] = ()
        self._refusal = ""
        self._run: ConvolutionRun | None = None  # the last, which is shown
        self._told = 0  # how often the controls have been
        self._compute()  # a layer that cannot be shown at all is the caller's error, not a widget's
        self.stage.step = step if step >= 0 else max(0, self.scene.steps + step)
        self._first = self._state()
        self._controls = Controls(layer)
        self._show_controls()
        self._watching = self._watched()
        for each in self._watching:
            each.observe(self._follow)
        self.stage.on_msg(self._asked)
        super().__init__([self.stage])
        self.add_class("convviz-explorer")

    def close(self) -> None:
        """Leave the layer alone and take the widget out of the notebook."""
        for each in getattr(self, "_watching", []):  # none where the layer could not be shown
            each.unobserve(self._follow)
        self._watching = []
        super().close()

    def _watched(self) -> list[Layer]:
        """The layers that this picture depends on."""
        found = upstream([self.layer.get_output(0)])
        return [each for each in found if isinstance(each, Layer)]

    def _state(self) -> tuple[tuple[Layer, str, object], ...]:
        return tuple(
            (layer, name, getattr(layer, name))
            for layer in self._watched()
            for name in sorted(layer.trait_names())
            if name != "padding_nd"  # tells nothing that the two sides do not
        )

    def _compute(self) -> None:
        """Compute the layer and show it; a refusal leaves the last good picture where it is."""
        self._shown = _identities(self._state())
        run = self.layer.network.evaluate(self.layer, self._feeds, self._device, check=check_size)
        self.scene = Scene.of(run, self._item)
        self._run = run
        with self.stage.hold_sync():
            self.stage.show(self.scene)
            self.stage.code = notebook(run, self.layer)
        self._refusal = ""

    def _follow(self, _change: object) -> None:
        """The layer changed: show it, or say why it cannot be shown."""
        if _identities(self._state()) == self._shown:
            return  # setting padding_nd tells of both sides and of itself
        try:
            self._compute()
        except ArgumentError as error:
            self._refusal = str(error)
            if error.parameter in ("kernel", "bias"):
                self._refusal += " Or press Fit weights."
        self.stage.error = self._refusal
        self._show_controls()

    def _show_controls(self, *, refused: str = "", heard: str = "") -> None:
        """Show the layer's values, which control was refused, and which message is answered."""
        message = self._controls.message(self.scene.geometry.axes)
        self._told += 1
        state = {"refused": refused, "acknowledged": heard, "revision": self._told}
        self.stage.controls = {**message, **state}

    def _apply(self, write: Callable[[], None]) -> bool:
        """Let a reader set the layer; what it refuses is said on the stage. Whether it took it."""
        try:
            write()
        except ArgumentError as error:
            self.stage.error = str(error)
            return False
        self.stage.error = self._refusal
        return True

    def reset(self) -> None:
        """Set everything as it was at first."""
        self._controls.together = False
        if self._feeds is not self._first_feeds:
            self._feeds, self._shown = self._first_feeds, ()
            self._follow(None)
        for layer, name, value in self._first:
            if getattr(layer, name) is not value:
                self._apply(lambda layer=layer, name=name, value=value: setattr(layer, name, value))
        self.stage.error = self._refusal  # of a value that the layer never took, too
        self._show_controls()

    def _fit(self) -> None:
        """Give the layer the count of weights it needs: keep what fits, fill up with zeros."""
        needed = self.layer.geometry(self.scene.geometry.input_shape)
        check_size(needed)
        scene = self.scene
        kernel = scene.kernel if scene.quantization is None else scene.source_kernel
        with self.layer.hold_trait_notifications():
            self._replace("kernel", build.resized(kernel, needed.kernel_shape))
            if self.scene.bias is not None:
                self._replace("bias", build.resized(self.scene.bias, (needed.maps,)))

    def _replace(self, tensor: str, array: np.ndarray) -> None:
        """Set the kernel or the bias where it is held."""
        owner, name = self._home_of(tensor)
        with owner.hold_trait_notifications():
            if isinstance(owner, ConstantLayer):
                owner.shape = array.shape
            setattr(owner, name, array)

    # What a reader sets

    def _asked(self, _widget: object, message: dict[str, object], _buffers: object) -> None:
        """Answer a message of the stage's, in one message; a wish for a file it answers itself."""
        if "tensor" in message:
            self._apply(lambda: self._edit(**message))
        elif "prefetch" in message:
            self._foresee(message["prefetch"])
        elif "request" in message and "save" not in message:
            with self.stage.hold_sync():
                refused = ""
                try:
                    refused = self._set(**message)
                finally:
                    self._show_controls(refused=refused, heard=message["request"])

    def _set(
        self,
        *,
        control: str = "",
        text: str | None = None,
        place: int | None = None,
        together: bool | None = None,
        action: str = "",
        **_rest: object,
    ) -> str:
        """Do what a control asks; the name of the control where that is refused."""
        if together is not None:
            self._controls.together = together
            self.stage.error = self._refusal  # of a value that was refused, its field goes back
        if control and not self._apply(lambda: self._controls.set(control, text=text, place=place)):
            return control
        if action == "reset":
            self.reset()
        if action == "fit":
            self._apply(self._fit)
        return ""

    def _foresee(self, name: str) -> None:
        """Tell the browser what the places next to a slider's would show.

        So the picture moves with the slider, however far away the Jupyter kernel is; what it shows
        once the layer is set is the same.
        """
        scenes = {}
        if not self._refusal and self.scene.readable and self.scene.cells <= MOST_FORESEEN:
            for place, parameter, value in self._controls.adjacent(name):
                # What is refused is said when it is set; another kernel size wants other weights.
                with suppress(ArgumentError):
                    scenes[place] = self._scene_with(parameter, value).message()
        self.stage.send({"prefetched": name, "revision": self._told, "scenes": scenes})

    def _scene_with(self, parameter: str, value: object) -> Scene:
        """What the explorer would show if a parameter were changed; the layer is left alone."""
        parameters = {**self.layer.settings, parameter: value}
        layer, data = build.build_layer(**self._run.arrays, **parameters)
        network = layer.network
        run = network.evaluate(layer, network.feeds(data), self._device, check=check_size)
        return Scene.of(run, self._item)

    def _edit(self, tensor: str, index: int, text: str, **_rest: object) -> None:
        try:
            value = np.float32(text.strip().replace("−", "-"))
        except ValueError:
            remedy = "Type it with a point, such as 0.5 or 1e-4."
            raise ArgumentError(tensor, repr(text), "one number", remedy) from None
        if tensor == "input":
            self._edit_input(index, value)
            return
        owner, name = self._home_of(tensor)
        array = getattr(owner, name).copy()
        array.reshape(-1)[index] = value
        setattr(owner, name, array)

    def _home_of(self, tensor: str) -> tuple[Layer, str]:
        """The layer and the trait that hold the kernel or the bias."""
        source = self.layer.inputs[1 if tensor == "kernel" else 2]
        if source is None:
            return self.layer, tensor
        return _constant(source, tensor), "weights"

    def _edit_input(self, index: int, value: np.float32) -> None:
        source = self.layer.input
        while source.producer is not None and not isinstance(source.producer, ConvolutionLayer):
            source = source.producer.inputs[0]
        if source.name not in self._feeds:
            remedy = "Change the data that the network is given."
            raise ArgumentError("input", "a computed value", "an input of the network", remedy)
        feed = self._feeds[source.name].copy()
        feed.reshape(-1)[self._item * self.scene.values.size + index] = value
        self._feeds = {**self._feeds, source.name: feed}
        self._shown = ()
        self._follow(None)


def _constant(source: object, tensor: str) -> ConstantLayer:
    """The constant at the root of a tensor, before quantizing."""
    while source.producer is not None and not isinstance(source.producer, ConstantLayer):
        source = source.producer.inputs[0]
    if source.producer is None:
        remedy = "Change the data that the network is given."
        raise ArgumentError(tensor, "values from an input", "weights or a constant", remedy)
    return source.producer


def _identities(state: tuple[tuple[Layer, str, object], ...]) -> tuple[object, ...]:
    """A state to compare: arrays by identity, for they are replaced and never changed in place."""
    return tuple(
        (id(layer), name, id(value) if isinstance(value, np.ndarray) else value)
        for layer, name, value in state
    )
