"""The controls of a layer: for every parameter what it is, where its slider ends, how to set it.

A control reads the layer and writes it; what a write leads to, and what is said when it is refused,
is the explorer's. How a control looks, and when its messages go, is the browser's (controls.js).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from convviz.errors import ArgumentError, short
from convviz.geometry import AXIS_NAMES, Axis
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import ConstantLayer
from convviz.parameters import PaddingMode

PER_AXIS = {  # and the least value of each
    "kernel_size_nd": 1,
    "stride_nd": 1,
    "dilation_nd": 1,
    "pre_padding": 0,
    "post_padding": 0,
}
DECADE = 20  # places of a scale's slider from one power of ten to the next
SCALES = (-5 * DECADE, 6 * DECADE)  # where it begins and ends
_FLOAT = np.finfo(np.float32)
MOST_SCALES = 8  # sliders for the scales of a kernel; more are set in code


@dataclass
class Control:
    """One value of the layer.

    A slider stands for the value on a scale of its own: ``place`` gives its place for a value,
    ``value_at`` the value at a place, and ``ends`` its first and its last place just now.
    """

    name: str
    read: Callable[[], object]
    write: Callable[[object], None]
    parse: Callable[[str, str], object]  # of the name and what was typed
    words: Callable[[object], str] = str
    whole: bool = True
    ends: Callable[[], tuple[int, int]] | None = None
    place: Callable[[object], int] = lambda value: value
    value_at: Callable[[int], object] = lambda place: place
    options: Sequence[tuple[str, str]] = ()

    def message(self) -> dict[str, object]:
        """What the browser shows."""
        value = self.read()
        found: dict[str, object] = {"name": self.name, "text": self.words(value)}
        if self.options:
            found["options"] = self.options
        elif self.whole:
            found["whole"] = True
        if self.ends:
            least, most = self.ends()
            place = max(least, self.place(value))
            found["slider"] = (least, max(most, place), place)
        return found

    def set(self, *, text: str | None = None, place: int | None = None) -> None:
        """Write what was typed or chosen, or where the slider was moved to.

        Raises
        ------
        ArgumentError
            For what is no value at all, and what the layer refuses.
        """
        value = self.value_at(place) if place is not None else self.parse(self.name, text or "")
        self.write(value)


class Controls:
    """All controls of one layer.

    Attributes
    ----------
    together : bool
        Whether setting one axis sets all.
    """

    def __init__(self, layer: ConvolutionLayer) -> None:
        self._layer = layer
        self._axes: tuple[Axis, ...] = ()
        self.together = False
        self._names = AXIS_NAMES[-layer.rank :]
        self._per_axis = {
            name: [self._axis_control(name, n, axis) for n, axis in enumerate(self._names)]
            for name in PER_AXIS
        }
        counts = [self._count_control(name) for name in ("num_output_maps", "num_groups")]
        self._others = [self._mode_control(), *counts, *self._scale_controls()]
        every = [*(control for row in self._per_axis.values() for control in row), *self._others]
        self._by_name = {control.name: control for control in every}

    def message(self, axes: tuple[Axis, ...]) -> dict[str, object]:
        """What the browser shows; ``axes`` are the last picture's, which end the sliders."""
        self._axes = axes
        parameters = [
            {"name": name, "controls": [control.message() for control in row]}
            for name, row in self._per_axis.items()
        ]
        return {
            "axes": self._names,
            "parameters": parameters,
            "others": [control.message() for control in self._others],
            "together": self.together,
        }

    def set(self, name: str, *, text: str | None = None, place: int | None = None) -> None:
        """Set the control of this name, as `Control.set`."""
        self._by_name[name].set(text=text, place=place)

    def adjacent(self, name: str) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """The places next to where a slider stands, each with the parameter and its value there.

        Only of sliders that stand for one axis of a parameter.
        """
        for parameter, row in self._per_axis.items():
            for n, control in enumerate(row):
                if control.name == name:
                    least, most, place = control.message()["slider"]
                    for next_place in (place - 1, place + 1):
                        if least <= next_place <= most:
                            yield next_place, parameter, self._changed(parameter, n, next_place)

    def _changed(self, parameter: str, n: int, value: int) -> tuple[int, ...]:
        """The value of a parameter after one axis, or all of them, are set."""
        old = getattr(self._layer, parameter)
        return (value,) * len(old) if self.together else (*old[:n], value, *old[n + 1 :])

    def _axis_control(self, name: str, n: int, axis: str) -> Control:
        layer = self._layer
        return Control(
            f"{name} {axis}",
            lambda: getattr(layer, name)[n],
            lambda value: setattr(layer, name, self._changed(name, n, value)),
            _whole,
            ends=lambda: (PER_AXIS[name], _slider_end(name, self._axes[n], layer.padding_mode)),
        )

    def _mode_control(self) -> Control:
        options = [(mode.name, _mode_text(mode)) for mode in PaddingMode]
        return self._trait_control(
            "padding_mode", lambda _, text: text, words=lambda mode: mode.name, options=options
        )

    def _count_control(self, name: str) -> Control:
        return self._trait_control(name, _whole)

    def _trait_control(
        self, name: str, parse: Callable[[str, str], object], **settings: object
    ) -> Control:
        layer = self._layer
        return Control(
            name,
            lambda: getattr(layer, name),
            lambda value: setattr(layer, name, value),
            parse,
            **settings,
        )

    def _scale_controls(self) -> list[Control]:
        """A control for each scale of a quantized layer; dequantizing follows quantizing."""
        if not self._layer.is_quantized:
            return []
        controls = []
        for name, tensor in zip(("input", "kernel"), self._layer.inputs, strict=False):
            constants = scale_constants(tensor.producer)
            count = constants[0].weights.size
            for n in range(min(count, MOST_SCALES)):
                label = f"{name} scale" + (f", map {n}" if count > 1 else "")
                controls.append(_scale_control(label, constants, n))
        return controls


def _scale_control(label: str, constants: list[ConstantLayer], n: int) -> Control:
    def write(value: object) -> None:
        for constant in constants:
            weights = constant.weights.copy()
            weights.reshape(-1)[n] = value
            constant.weights = weights

    return Control(
        label,
        lambda: constants[0].weights.reshape(-1)[n],
        write,
        _number,
        words=_scale_text,
        whole=False,
        ends=lambda: SCALES,
        place=_place_of_scale,
        value_at=lambda place: 10 ** (place / DECADE),
    )


def _scale_text(scale: np.float32) -> str:
    """The shortest text that is this number when it is typed."""
    if 1e-4 <= scale < 1e7:
        return np.format_float_positional(scale, trim="-")
    return np.format_float_scientific(scale, trim="-", exp_digits=1)


def _place_of_scale(scale: np.float32) -> int:
    """Its nearest place; of what can be no scale, and is refused, an end."""
    return round(min(SCALES[1], DECADE * math.log10(scale))) if scale > 0 else SCALES[0]


def scale_constants(dequantize: object) -> list[ConstantLayer]:
    """The constants that hold one tensor's scale: for dequantizing, and, if another, quantizing."""
    constants = [dequantize.inputs[1].producer]
    quantize = dequantize.input.producer
    if quantize is not None and quantize.inputs[1].producer is not constants[0]:
        constants.append(quantize.inputs[1].producer)
    return constants


def _whole(name: str, text: str) -> int:
    try:
        return int(_plain(text))
    except ValueError:
        remedy = "Type digits alone, such as 2."
        raise ArgumentError(name.split()[0], short(text), "a whole number", remedy) from None


def _number(name: str, text: str) -> float:
    with suppress(ValueError):
        if _FLOAT.tiny <= (value := float(_plain(text))) <= _FLOAT.max:
            return value
    allowed = f"one number from {_FLOAT.tiny:.2g} to {_FLOAT.max:.2g}"
    raise ArgumentError(name, short(text), allowed, "Type it with a point, such as 0.5 or 1e-4.")


def _plain(text: str) -> str:
    return text.strip().replace("−", "-").replace("_", "?")  # Python alone reads 1_000


def _slider_end(name: str, axis: Axis, mode: PaddingMode) -> int:
    """The largest value that still shows something new, but eight; a field takes larger ones."""
    # SAME's padding follows from the sliders, whose ends would run away from who pulls them.
    padded = axis.size if mode.is_same else axis.pre + axis.size + axis.post
    if name == "kernel_size_nd":
        return max(1, min(7, (padded - 1) // axis.dilation + 1))
    if name == "stride_nd":
        return max(2, min(8, padded - axis.effective_kernel + 1))  # one more leaves a single output
    if name == "dilation_nd":
        return max(1, min(8, (padded - 1) // max(1, axis.kernel - 1)))
    return max(
        1, min(8, axis.effective_kernel - 1)
    )  # full padding: any more makes outputs of zeros alone


def _mode_text(mode: PaddingMode) -> str:
    return f"{mode.name} (gone since TensorRT 10)" if mode.is_caffe else mode.name
