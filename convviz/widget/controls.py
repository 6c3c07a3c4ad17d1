"""The controls of a layer: an ipywidget for every parameter, bound both ways.

A control reads the layer and writes it; what a write leads to, and what is said when it is refused,
is the explorer's. Nothing here computes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import ipywidgets as widgets

from convviz.geometry import AXIS_NAMES, Axis, PaddingMode
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import ConstantLayer

PER_AXIS = {  # and the least value of each
    "kernel_size_nd": 1,
    "stride_nd": 1,
    "dilation_nd": 1,
    "pre_padding": 0,
    "post_padding": 0,
}
DECADE = 20  # places of a scale's slider from one power of ten to the next
MOST_SCALES = 8  # sliders for the scales of a kernel; more are set in code

Apply = Callable[[Callable[[], None]], None]  # runs a write; refusals are its business


class Control:
    """One value of the layer, and the widgets that show and set it.

    A slider may stand for the value on a scale of its own: ``place`` gives its place for a value,
    ``value_at`` the value at a place, and ``most`` the place where it ends just now.
    """

    def __init__(
        self,
        parts: Sequence[widgets.ValueWidget],
        read: Callable[[], object],
        write: Callable[[object], None],
        apply: Apply,
        *,
        most: Callable[[], int] | None = None,
        place: Callable[[object], int] = lambda value: value,
        value_at: Callable[[int], object] = lambda place: place,
    ) -> None:
        self.parts = parts
        self._read, self._write, self._apply = read, write, apply
        self._most, self._place, self._value_at = most, place, value_at
        self._following = False
        self.follow()
        for part in parts:
            part.observe(self._moved, names="value")

    def follow(self) -> None:
        """Show the layer's value, and end the slider where the other parameters let it end."""
        self._following = True
        value = self._read()
        for part in self.parts:
            if not isinstance(part, widgets.IntSlider):
                part.value = value
                continue
            if self._most is not None:
                part.max = max(self._most(), self._place(value))
            part.value = max(part.min, min(part.max, self._place(value)))
        self._following = False

    def _moved(self, change: dict[str, object]) -> None:
        if self._following:
            return
        value = change["new"]
        if isinstance(change["owner"], widgets.IntSlider):
            value = self._value_at(value)
        self._apply(lambda: self._write(value))


class Wardrobe:
    """Layouts and styles that widgets share: of each, Jupyter sends the browser a message.

    Jupyter's server drops messages past 1000 a second, which a page of explorers soon reaches.
    """

    def __init__(self) -> None:
        self.worn: dict[object, widgets.Widget] = {}

    def __call__(
        self, kind: type[widgets.Widget], *, whole_label: bool = False, **layout: str
    ) -> dict[str, widgets.Widget]:
        """The ``layout`` and, where this kind of widget has one, the ``style`` to make it with."""
        found = {"layout": self._get(widgets.Layout, **layout)}
        if style := kind.class_traits().get("style"):
            width = {"description_width": "initial"} if whole_label else {}
            found["style"] = self._get(style.klass, **width)
        return found

    def _get(self, kind: type[widgets.Widget], **settings: str) -> widgets.Widget:
        key = (kind, *settings.items())
        if key not in self.worn:
            self.worn[key] = kind(**settings)
        return self.worn[key]


class Controls:
    """All controls of one layer, laid out as a table of parameters by axes.

    Attributes
    ----------
    box : widgets.Widget
    """

    def __init__(
        self,
        layer: ConvolutionLayer,
        apply: Apply,
        reset: Callable[[], None],
        fit: Callable[[], None],
    ) -> None:
        self._layer, self._apply = layer, apply
        self._axes: tuple[Axis, ...] | None = None
        self._wear = Wardrobe()
        names = AXIS_NAMES[-layer.rank :]
        self._together = widgets.Checkbox(
            description="same on every axis",
            indent=False,
            **self._wear(widgets.Checkbox, width="12em"),
        )
        self._per_axis = {
            name: [self._axis_control(name, n, axis) for n, axis in enumerate(names)]
            for name in PER_AXIS
        }
        counts = [self._count_control(name) for name in ("num_output_maps", "num_groups")]
        self._whole = [self._mode_control(), *counts, *self._scale_controls()]
        buttons = [
            self._button(
                "Fit weights", "Cut or fill weights and bias with zeros to the count needed", fit
            ),
            self._button("Reset", "Everything as it was at first", reset),
        ]
        self.box = self._lay_out(names, buttons)

    def follow(self, axes: tuple[Axis, ...]) -> None:
        """Show the layer as it is; ``axes`` are the last picture's, which end the sliders."""
        self._axes = axes
        for control in [*(c for row in self._per_axis.values() for c in row), *self._whole]:
            control.follow()

    def _axis_control(self, name: str, n: int, axis: str) -> Control:
        """A slider and a field for typing, for one axis of one parameter."""
        layer = self._layer

        def write(value: object) -> None:
            old = getattr(layer, name)
            everywhere = (value,) * len(old)
            setattr(
                layer,
                name,
                everywhere if self._together.value else (*old[:n], value, *old[n + 1 :]),
            )

        least = PER_AXIS[name]
        label = f"{name} {axis}"
        slider = widgets.IntSlider(
            min=least,
            description=label,
            readout=False,
            **self._wear(widgets.IntSlider, width="8em"),
        )
        field = widgets.IntText(description=label, **self._wear(widgets.IntText, width="4em"))
        for part in (slider, field):
            part.add_class("cv-unlabelled")  # the table's headings say it to the eye
        return Control(
            [slider, field],
            lambda: getattr(layer, name)[n],
            write,
            self._apply,
            most=lambda: _slider_end(name, self._axes[n]) if self._axes else least,
        )

    def _mode_control(self) -> Control:
        options = [(_mode_text(mode), mode) for mode in PaddingMode]
        part = widgets.Dropdown(
            options=options,
            description="padding_mode",
            **self._wear(widgets.Dropdown, whole_label=True, width="35em"),
        )
        return self._trait_control("padding_mode", part)

    def _count_control(self, name: str) -> Control:
        wear = self._wear(widgets.IntText, whole_label=True, width="13em")
        part = widgets.IntText(description=name, **wear)
        return self._trait_control(name, part)

    def _trait_control(self, name: str, part: widgets.ValueWidget) -> Control:
        layer = self._layer
        return Control(
            [part],
            lambda: getattr(layer, name),
            lambda value: setattr(layer, name, value),
            self._apply,
        )

    def _scale_controls(self) -> list[Control]:
        """A slider for each scale of a quantised layer; dequantising follows quantising."""
        if not self._layer.is_quantized:
            return []
        controls = []
        for name, tensor in zip(("input", "kernel"), self._layer.inputs, strict=False):
            constants = scale_constants(tensor.producer)
            count = constants[0].weights.size
            for n in range(min(count, MOST_SCALES)):
                label = f"{name} scale" + (f", map {n}" if count > 1 else "")
                controls.append(self._scale_control(label, constants, n))
        return controls

    def _scale_control(self, label: str, constants: list[ConstantLayer], n: int) -> Control:
        def write(value: object) -> None:
            for constant in constants:
                weights = constant.weights.copy()
                weights.reshape(-1)[n] = value
                constant.weights = weights

        # Not FloatLogSlider: it moves a scale to its nearest place as soon as it is drawn.
        slider = widgets.IntSlider(
            min=-5 * DECADE,
            max=6 * DECADE,
            description=label,
            readout=False,
            **self._wear(widgets.IntSlider, whole_label=True, width="18em"),
        )
        field = widgets.FloatText(description=label, **self._wear(widgets.FloatText, width="8em"))
        field.add_class("cv-unlabelled")
        return Control(
            [slider, field],
            lambda: float(str(constants[0].weights.reshape(-1)[n])),  # 0.1, not 0.10000000149
            write,
            self._apply,
            place=lambda value: round(DECADE * math.log10(value)),
            value_at=lambda place: 10 ** (place / DECADE),
        )

    def _lay_out(self, axes: Sequence[str], buttons: Sequence[widgets.Button]) -> widgets.Widget:
        cells: list[widgets.Widget] = [self._together]
        cells += [self._label(axis) for axis in axes]
        for name, controls in self._per_axis.items():
            cells.append(self._label(name))
            cells += [self._row(control.parts) for control in controls]
        layout = {
            "grid_template_columns": f"repeat({1 + len(axes)}, max-content)",
            "grid_gap": "0 12px",
            "overflow": "hidden",
        }
        grid = widgets.GridBox(cells, layout=layout)
        rows = [*(control.parts for control in self._whole), buttons]
        rest = widgets.VBox([self._row(row) for row in rows], **self._wear(widgets.VBox))
        box = widgets.HBox([grid, rest], layout={"flex_flow": "row wrap"})
        box.add_class("convviz-controls")
        return box

    def _label(self, text: str) -> widgets.Label:
        return widgets.Label(text, **self._wear(widgets.Label))

    def _row(self, parts: Sequence[widgets.Widget]) -> widgets.HBox:
        return widgets.HBox(parts, **self._wear(widgets.HBox))

    def _button(self, name: str, tooltip: str, act: Callable[[], None]) -> widgets.Button:
        button = widgets.Button(description=name, tooltip=tooltip, **self._wear(widgets.Button))
        button.on_click(lambda _: act())
        return button


def scale_constants(dequantize: object) -> list[ConstantLayer]:
    """The constants that hold one tensor's scale: for dequantising, and, if another, quantising."""
    constants = [dequantize.inputs[1].producer]
    quantize = dequantize.input.producer
    if quantize is not None and quantize.inputs[1].producer is not constants[0]:
        constants.append(quantize.inputs[1].producer)
    return constants


def _slider_end(name: str, axis: Axis) -> int:
    """The largest value that still shows something new; a field takes larger ones."""
    padded = axis.pre + axis.size + axis.post
    if name == "kernel_size_nd":
        return min(7, (padded - 1) // axis.dilation + 1)
    if name == "stride_nd":
        return max(2, min(8, padded - axis.extent + 1))  # one more leaves a single output
    if name == "dilation_nd":
        return max(1, (padded - 1) // max(1, axis.kernel - 1))
    return max(1, axis.extent - 1)  # full padding: any more makes outputs of zeros alone


def _mode_text(mode: PaddingMode) -> str:
    return f"{mode.name} (gone since TensorRT 10)" if mode.is_caffe else mode.name
