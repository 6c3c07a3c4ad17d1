"""The widget of one layer: the stage, and a control for every parameter.

The layer is the one truth. A control sets the layer; whoever sets the layer, a control or a line of
code in a later cell, makes the explorer compute it anew, show the scene and move the controls.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import ipywidgets as widgets
import numpy as np

from convviz.convolution import ConvolutionLayer
from convviz.errors import LayerError
from convviz.geometry import AXIS_NAMES, PaddingMode
from convviz.network import Network
from convviz.scene import Scene
from convviz.values import DataType
from convviz.widget.stage import Stage

PARAMETERS = ("stride_nd", "dilation_nd", "pre_padding", "post_padding")
OBSERVED = (
    *PARAMETERS,
    "padding_mode",
    "num_groups",
    "num_output_maps",
    "kernel_size_nd",
    "kernel",
    "bias",
    "inputs",
)


def explore(
    layer: ConvolutionLayer | np.ndarray,
    data: object = None,
    bias: np.ndarray | None = None,
    *,
    device: str | None = None,
    item: int = 0,
    step: int = 0,
    large: bool = False,
    **parameters: object,
) -> Explorer:
    """Show a convolution layer at work, with a control for every parameter.

    ``explore(layer, data)`` takes a layer of a network; ``explore(data, kernel, bias)`` builds the
    network itself, from arrays and the layer's parameters.

    Parameters
    ----------
    layer : ConvolutionLayer, or an array (…, C, [D,] H, W); leading axes may be left out
    data : {input name: array}, an array for the only input, or None for what ran last; beside an
        array: the kernel (K, C/groups, [T,] R, S), or (R, S) for one map and one channel a group
    bias : array (K,), beside arrays only
    device : "cuda", "cpu" or None, as for `convolve`
    item : int
        Which item of the batch to show.
    step : int
        The output element to begin with.
    large : bool
        Letters for a projector.
    parameters : stride_nd, padding_nd, … beside arrays, by the layer's names

    Raises
    ------
    LayerError
        Naming what cannot be.
    """
    if not isinstance(layer, ConvolutionLayer):
        layer, data = build_layer(layer, data, bias, **parameters)
    elif parameters or bias is not None:
        name = next(iter(parameters), "bias")
        raise LayerError(
            name, "a value beside a layer", "parameters beside arrays", f"Set layer.{name} instead."
        )
    return Explorer(layer, data, device=device, item=item, step=step, large=large)


def build_layer(
    data: object, kernel: object, bias: object = None, **parameters: object
) -> tuple[ConvolutionLayer, np.ndarray]:
    """A network of one layer for these arrays, and the data in the shape of its input."""
    if kernel is None:
        remedy = "Write explore(data, kernel), or explore(layer, data)."
        raise LayerError("kernel", "nothing", "an array beside an array of data", remedy)
    values, weights = np.asarray(data), np.asarray(kernel)
    if weights.ndim == 2:
        weights = weights[None, None]
    if weights.ndim not in (4, 5):
        raise LayerError(
            "kernel",
            f"shape {weights.shape} of {weights.ndim} axes",
            "2 axes (R, S), 4 axes (K, C/groups, R, S) or 5 axes (K, C/groups, T, R, S)",
            "Bring it into shape with reshape.",
        )
    values = values.reshape((1,) * (weights.ndim - values.ndim) + values.shape)
    network = Network()
    tensor = network.add_input("input", DataType.FLOAT, values.shape)
    size = weights.shape[2:]
    arguments = [weights] if bias is None else [weights, bias]
    layer = network.add_convolution_nd(tensor, weights.shape[0], size, *arguments)
    network.mark_output(layer.get_output(0))
    for name, value in parameters.items():
        if name not in (*PARAMETERS, "padding_nd", "padding_mode", "num_groups"):
            allowed = ", ".join((*PARAMETERS, "padding_nd", "padding_mode", "num_groups"))
            raise LayerError(name, repr(value), allowed, "Use one of these names.")
        setattr(layer, name, value)
    return layer, values


class Explorer(widgets.VBox):
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
        self.layer = layer
        self.stage = Stage(step=step, large=large, reserve=2)
        self._feeds = layer.network.feeds(data)
        self._device = device
        self._item = item
        self._shown: tuple[object, ...] | None = None
        self._compute()  # a layer that cannot be shown at all is the caller's error, not a widget
        self._controls = list(_controls(layer, self._refuse))
        layer.observe(self._follow, names=list(OBSERVED))
        super().__init__([self.stage, _table(layer, self._controls)])
        self.add_class("convviz-explorer")

    def _parameters(self) -> tuple[object, ...]:
        layer = self.layer
        return tuple(
            id(value) if isinstance(value, np.ndarray) else value
            for value in (getattr(layer, name) for name in OBSERVED)
        )

    def _follow(self, _change: object) -> None:
        """The layer changed: show it, or say why it cannot be and keep the last good picture."""
        if self._parameters() == self._shown:
            return  # setting padding_nd tells of both sides and of itself
        try:
            self._compute()
        except LayerError as error:
            self._refuse(error)
        for control in self._controls:  # after the picture, which the reader waits for
            control.follow()

    def _compute(self) -> None:
        self._shown = self._parameters()
        run = self.layer.network.evaluate(self.layer, self._feeds, self._device)
        self.scene = Scene.of(run, self.layer, self._item)
        self.stage.show(self.scene)

    def _refuse(self, error: LayerError) -> None:
        self.stage.error = str(error)

    def close(self) -> None:
        """Leave the layer alone and take the widget out of the notebook."""
        self.layer.unobserve(self._follow, names=list(OBSERVED))
        super().close()


class _Control:
    """One widget, or several, bound both ways to one trait of the layer."""

    def __init__(
        self,
        layer: ConvolutionLayer,
        name: str,
        parts: Sequence[widgets.ValueWidget],
        read: Callable[[], object],
        write: Callable[[object], None],
        refuse: Callable[[LayerError], None],
    ) -> None:
        self.name = name
        self.parts = parts
        self._layer = layer
        self._read, self._write, self._refuse = read, write, refuse
        self._following = False
        self.follow()
        for part in parts:
            part.observe(self._moved, names="value")

    def follow(self) -> None:
        """Show the layer's value."""
        self._following = True
        value = self._read()
        for part in self.parts:
            if isinstance(part, widgets.IntSlider):
                part.max = max(part.max, value)
            part.value = value
        self._following = False

    def _moved(self, change: Mapping[str, object]) -> None:
        if self._following:
            return
        try:
            self._write(change["new"])
        except LayerError as error:
            self._refuse(error)


_LEAST = {"stride_nd": 1, "dilation_nd": 1, "pre_padding": 0, "post_padding": 0}
_MOST = {"stride_nd": 4, "dilation_nd": 4, "pre_padding": 4, "post_padding": 4}


def _controls(layer: ConvolutionLayer, refuse: Callable[[LayerError], None]) -> Iterator[_Control]:
    for name in PARAMETERS:
        for n, axis in enumerate(AXIS_NAMES[-layer.rank :]):
            yield _axis_control(layer, name, n, axis, refuse)
    modes = widgets.Dropdown(
        options=[(_mode_text(mode), mode) for mode in PaddingMode], description="padding_mode"
    )
    yield _whole_control(layer, "padding_mode", modes, refuse)
    groups = widgets.BoundedIntText(min=1, max=1_000_000, description="num_groups")
    yield _whole_control(layer, "num_groups", groups, refuse)


def _axis_control(
    layer: ConvolutionLayer,
    name: str,
    n: int,
    axis: str,
    refuse: Callable[[LayerError], None],
) -> _Control:
    """A slider and a field for typing, for one axis of one parameter."""

    def write(value: object) -> None:
        old = getattr(layer, name)
        setattr(layer, name, (*old[:n], value, *old[n + 1 :]))

    label = f"{name} {axis}"
    slider = widgets.IntSlider(
        min=_LEAST[name], max=_MOST[name], description=label, readout=False, layout={"width": "8em"}
    )
    field = widgets.IntText(description=label, layout={"width": "4em"})
    for part in (slider, field):
        part.add_class("cv-unlabelled")  # the table's headings say it to the eye
    return _Control(layer, name, [slider, field], lambda: getattr(layer, name)[n], write, refuse)


def _whole_control(
    layer: ConvolutionLayer,
    name: str,
    part: widgets.ValueWidget,
    refuse: Callable[[LayerError], None],
) -> _Control:
    part.style.description_width = "initial"
    part.layout.width = "26em" if name == "padding_mode" else "11em"
    return _Control(
        layer,
        name,
        [part],
        lambda: getattr(layer, name),
        lambda value: setattr(layer, name, value),
        refuse,
    )


def _mode_text(mode: PaddingMode) -> str:
    return f"{mode.name} (gone since TensorRT 10)" if mode.is_caffe else mode.name


def _table(layer: ConvolutionLayer, controls: Sequence[_Control]) -> widgets.Widget:
    """The controls by parameter and axis."""
    axes = AXIS_NAMES[-layer.rank :]
    cells: list[widgets.Widget] = [widgets.Label("")]
    cells += [widgets.Label(axis) for axis in axes]
    for name in PARAMETERS:
        cells.append(widgets.Label(name))
        cells += [widgets.HBox(control.parts) for control in controls if control.name == name]
    columns = f"max-content repeat({len(axes)}, max-content)"
    grid = widgets.GridBox(
        cells, layout={"grid_template_columns": columns, "grid_gap": "0 12px", "overflow": "hidden"}
    )
    rest = [control.parts[0] for control in controls if control.name not in PARAMETERS]
    box = widgets.HBox([grid, widgets.VBox(rest)], layout={"flex_flow": "row wrap"})
    box.add_class("convviz-controls")
    return box
