"""The controls of a layer, made from the table of parameters (convviz/parameters.py).

A parameter with one number per axis gets a row of sliders with fields, a count a field, a choice a
list of options. A quantized layer's scales (scales.py) have controls as well.

A control reads the layer and writes to it. What a write leads to, and what is said where it is
refused, is the explorer's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import TypeAlias, TypedDict

import numpy as np

from convviz.errors import ArgumentError, short
from convviz.geometry import AXIS_NAMES, Axis
from convviz.language.catalogue import say
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import (
    DILATION_ND,
    KERNEL_SIZE_ND,
    POST_PADDING,
    PRE_PADDING,
    STRIDE_ND,
    TABLE,
    Choice,
    Count,
    PaddingMode,
    PerAxis,
)
from convviz.scene import captions
from convviz.widget import numerals
from convviz.widget.control import Control, ControlMessage, Slider
from convviz.widget.scales import scale_controls


class ParameterMessage(TypedDict):
    """A parameter with one control per axis."""

    name: str
    controls: list[ControlMessage]


class ControlsMessage(TypedDict):
    """All controls of a layer as the browser shows them."""

    axes: list[str]
    parameters: list[ParameterMessage]
    others: list[ControlMessage]
    together: bool


AnyControl: TypeAlias = Control[int] | Control[np.float32] | Control[PaddingMode]


class Controls:
    """All controls of one layer.

    Attributes
    ----------
    axes : tuple of Axis
        Those of the picture that is shown; where sliders end depends on them.
    together : bool
        Whether setting one axis sets all.
    """

    def __init__(self, layer: ConvolutionLayer, axes: tuple[Axis, ...]) -> None:
        self.axes = axes
        self.together = False
        self._layer = layer
        self._axis_names = [captions.axis_name(name) for name in AXIS_NAMES[-layer.rank :]]
        rows = [row for row in TABLE if row.has_control]
        self._per_axis = {
            row: [self._axis_control(row, n) for n in range(layer.rank)]
            for row in rows
            if isinstance(row, PerAxis)
        }
        self._others: list[AnyControl] = [
            *(_choice_control(layer, row) for row in rows if isinstance(row, Choice)),
            *(_count_control(layer, row) for row in rows if isinstance(row, Count)),
            *scale_controls(layer),
        ]
        every = [*(control for each in self._per_axis.values() for control in each), *self._others]
        self._by_name: dict[str, AnyControl] = {control.name: control for control in every}

    def of_now(self, axes: tuple[Axis, ...]) -> Controls:
        """The controls of the layer as it has become: one that was quantized has its scales."""
        controls = Controls(self._layer, axes)
        controls.together = self.together
        return controls

    def message(self) -> ControlsMessage:
        """What the browser shows."""
        return ControlsMessage(
            axes=self._axis_names,
            parameters=[
                ParameterMessage(name=row.name, controls=[each.message() for each in controls])
                for row, controls in self._per_axis.items()
            ],
            others=[control.message() for control in self._others],
            together=self.together,
        )

    def set_text(self, name: str, text: str) -> None:
        """`Control.set_text` of the control of this name."""
        self._control(name).set_text(text)

    def set_place(self, name: str, place: int) -> None:
        """`Control.set_place` of the control of this name."""
        self._control(name).set_place(place)

    def adjacent(self, name: str) -> Iterator[tuple[int, str, tuple[int, ...]]]:
        """The places next to where a slider stands, each with the parameter and its value there.

        There are some only for a slider that is one axis of a parameter.
        """
        for row, controls in self._per_axis.items():
            for n, control in enumerate(controls):
                if control.name == name:
                    for place in control.adjacent():
                        yield place, row.name, self._changed(row, n, place)

    def _control(self, name: str) -> AnyControl:
        if name not in self._by_name:
            allowed = ", ".join(self._by_name)
            raise ArgumentError("control", short(name), allowed, "Use one of these names.")
        return self._by_name[name]

    def _axis_control(self, row: PerAxis, n: int) -> Control[int]:
        """A slider and a field for one axis of a parameter."""
        layer = self._layer

        def ends() -> tuple[int, int]:
            return row.least, _slider_end(row, self.axes[n], layer.padding_mode)

        return Control(
            f"{row.name} {self._axis_names[n]}",
            lambda: getattr(layer, row.name)[n],
            lambda value: setattr(layer, row.name, self._changed(row, n, value)),
            partial(numerals.integer, row.name),
            slider=Slider(ends, place=int, value=int),
            whole=True,
        )

    def _changed(self, row: PerAxis, n: int, value: int) -> tuple[int, ...]:
        """The value of a parameter after one axis, or all of them, are set."""
        old: tuple[int, ...] = getattr(self._layer, row.name)
        return (value,) * len(old) if self.together else (*old[:n], value, *old[n + 1 :])


def _count_control(layer: ConvolutionLayer, row: Count) -> Control[int]:
    """A field."""
    return Control(
        row.name,
        partial(getattr, layer, row.name),
        partial(setattr, layer, row.name),
        partial(numerals.integer, row.name),
        whole=True,
    )


def _choice_control(layer: ConvolutionLayer, row: Choice) -> Control[PaddingMode]:
    """A list to choose from."""
    return Control(
        row.name,
        partial(getattr, layer, row.name),
        partial(setattr, layer, row.name),
        row.check,
        text=lambda mode: mode.name,
        options=[(mode.name, _option(mode)) for mode in type(row.default)],
    )


def _option(mode: PaddingMode) -> str:
    return say("widget.controls.gone", mode=mode.name) if mode.is_caffe else mode.name


# Where sliders end

_MOST = 8  # the largest value of a slider that a hand can follow; a field takes larger ones


def _slider_end(row: PerAxis, axis: Axis, mode: PaddingMode) -> int:
    """The largest value of a parameter's slider for one axis of what is shown."""
    # SAME's padding follows from the sliders, whose ends would run away from who pulls them.
    padded = axis.size if mode.is_same else axis.pre + axis.size + axis.post
    rule = _ENDS.get(row.name)
    return _MOST if rule is None else rule(axis, padded)


def _kernel_end(axis: Axis, padded: int) -> int:
    """What fits into the padded input, up to 7: larger kernels are rare."""
    return max(1, min(7, (padded - 1) // axis.dilation + 1))


def _stride_end(axis: Axis, padded: int) -> int:
    """One more than what still gives two outputs, so that a single one is seen as well."""
    return max(2, min(_MOST, padded - axis.effective_kernel + 1))


def _dilation_end(axis: Axis, padded: int) -> int:
    """What the kernel still fits into the padded input with."""
    return max(1, min(_MOST, (padded - 1) // max(1, axis.kernel - 1)))


def _padding_end(axis: Axis, _padded: int) -> int:
    """Full padding: any more makes outputs of zeros alone."""
    return max(1, min(_MOST, axis.effective_kernel - 1))


_ENDS: dict[str, Callable[[Axis, int], int]] = {  # by parameter, from an axis and its padded size
    KERNEL_SIZE_ND.name: _kernel_end,
    STRIDE_ND.name: _stride_end,
    DILATION_ND.name: _dilation_end,
    PRE_PADDING.name: _padding_end,
    POST_PADDING.name: _padding_end,
}
