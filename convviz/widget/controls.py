"""The controls of a layer, made from the table of parameters (convviz/parameters.py).

A parameter with one number per axis gets a row of sliders with fields, a count a slider over what
can be and a field, a choice a list of options. So does the kernel, where its numbers can be set, of
the kernels that have a name; a quantized layer's scales (scales.py) have controls as well.

A control reads the layer and writes to it. How far a slider goes is ends.py's, and how the weights
follow fitting.py's; what else a write leads to, and what is said where it is refused, is the
explorer's.
"""

from __future__ import annotations

import bisect
from collections.abc import Collection, Iterator, Mapping
from functools import partial
from typing import TypeAlias, TypedDict

import numpy as np

from convviz.checks import check_choice, check_items
from convviz.errors import ArgumentError, short
from convviz.geometry import (
    AXIS_NAMES,
)
from convviz.language.catalogue import say
from convviz.network import kernels
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import (
    STRIDE_ND,
    TABLE,
    Choice,
    Count,
    PaddingMode,
    PerAxis,
    check_integer,
)
from convviz.scene import captions
from convviz.widget import numerals
from convviz.widget.control import Control, ControlMessage, Slider
from convviz.widget.ends import COUNTS, slider_ends
from convviz.widget.fitting import OWN, Fitting
from convviz.widget.scales import scale_controls

ALL = "all"  # in place of names: every control, open from the start


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
    words: str  # what was done to the weights, or ""


Sizes: TypeAlias = tuple[int, ...]
AnyControl: TypeAlias = Control[int] | Control[np.float32] | Control[PaddingMode] | Control[str]


class Controls:
    """The controls of one layer.

    Parameters
    ----------
    names : the parameters that have controls; None for all

    Attributes
    ----------
    together : bool
        Whether setting one axis sets all.
    """

    def __init__(self, fitting: Fitting, names: Collection[str] | None = None) -> None:
        self.together = False
        self._fitting = fitting
        self._names = names
        self._layer = layer = fitting.layer
        self._axis_names = [captions.axis_name(name) for name in AXIS_NAMES[-layer.rank :]]
        rows = [row for row in TABLE if row.has_control and self._offers(row.name)]
        self._per_axis = {
            row: [self._axis_control(row, n) for n in range(layer.rank)]
            for row in rows
            if isinstance(row, PerAxis)
        }
        others: list[AnyControl] = [
            *_kernel_controls(fitting),
            *(_choice_control(layer, row) for row in rows if isinstance(row, Choice)),
            *(_count_control(fitting, row) for row in rows if isinstance(row, Count)),
            *scale_controls(layer),
        ]
        self._others = [control for control in others if self._offers(control.name)]
        every = [*(control for each in self._per_axis.values() for control in each), *self._others]
        self._by_name: dict[str, AnyControl] = {control.name: control for control in every}

    def of_now(self) -> Controls:
        """The controls of the layer as it has become: one that was quantized has its scales."""
        controls = Controls(self._fitting, self._names)
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
            words=self._fitting.words,
        )

    def chosen(self, names: object) -> list[str]:
        """The parameters of these names that stand above the picture; none where all are open.

        Raises
        ------
        ArgumentError
            For what is no list of names of parameters that have controls.
        """
        if isinstance(names, str) and names == ALL:
            return []
        allowed = [*(row.name for row in self._per_axis), *(each.name for each in self._others)]
        given = [names] if isinstance(names, str) else names
        remedy = f'Write controls=["{STRIDE_ND.name}"], or "{ALL}".'
        return [
            check_choice("controls", each, allowed)
            for each in check_items(
                "controls", given, len(allowed), noun="names of parameters", remedy=remedy
            )
        ]

    def set_text(self, name: str, text: str) -> None:
        """`Control.set_text` of the control of this name."""
        self._control(name).set_text(text)

    def set_place(self, name: str, place: int) -> None:
        """`Control.set_place` of the control of this name."""
        self._control(name).set_place(place)

    def adjacent(self, name: str) -> Iterator[tuple[int, Mapping[str, Sizes]]]:
        """The places next to where a slider stands, each with the parameters set there.

        There are some only for a slider that is one axis of a parameter.
        """
        for row, controls in self._per_axis.items():
            for n, control in enumerate(controls):
                if control.name == name:
                    for place in control.adjacent():
                        yield place, self._changed(row, n, place)

    def _offers(self, name: str) -> bool:
        return self._names is None or name in self._names

    def _control(self, name: str) -> AnyControl:
        if name not in self._by_name:
            allowed = ", ".join(self._by_name)
            raise ArgumentError("control", short(name), allowed, "Use one of these names.")
        return self._by_name[name]

    def _axis_control(self, row: PerAxis, n: int) -> Control[int]:
        """A slider and a field for one axis of a parameter."""
        layer = self._layer

        def read() -> int:
            sizes: Sizes = getattr(layer, row.name)
            return sizes[n]

        def write(value: int) -> None:
            check_integer(row.name, value, least=row.least)
            with layer.hold_trait_notifications():
                for name, sizes in self._changed(row, n, value).items():
                    setattr(layer, name, sizes)

        def text(value: int) -> str:
            """Several values where the parameters that it stands for have several."""
            values = [getattr(layer, name)[n] for name in row.sets] or [value]
            return " | ".join(map(str, dict.fromkeys(values)))

        return Control(
            f"{row.name} {self._axis_names[n]}",
            read,
            write,
            partial(numerals.integer, row.name),
            text=text,
            slider=Slider(lambda: self._ends(row, n), partial(self._place, row, n), value=int),
            whole=True,
        )

    def _changed(self, row: PerAxis, n: int, value: int) -> Mapping[str, Sizes]:
        """What a parameter, or each that it stands for, is once one axis, or all, are set."""
        changed: dict[str, Sizes] = {}
        for name in row.sets or (row.name,):
            old: Sizes = getattr(self._layer, name)
            sizes = (value,) * len(old) if self.together else (*old[:n], value, *old[n + 1 :])
            changed[name] = sizes
        return changed

    def _ends(self, row: PerAxis, n: int) -> tuple[int, int]:
        """Where a slider ends: with all axes together, what every axis can be set to."""
        which = range(self._layer.rank) if self.together else [n]
        ends = [slider_ends(self._layer, self._fitting.shown, row, each) for each in which]
        return max(least for least, _ in ends), min(most for _, most in ends)

    def _place(self, row: PerAxis, n: int, value: int) -> int:
        """Where a slider stands; one that will set several values stays within its ends."""
        several = self.together or len({getattr(self._layer, name)[n] for name in row.sets}) > 1
        least, most = self._ends(row, n)
        return min(max(value, least), most) if several else value


def _kernel_controls(fitting: Fitting) -> Iterator[Control[str]]:
    """A list of kernels to choose from, where the kernel's numbers can be set."""
    if fitting.can_set:
        names = (*kernels.NAMES, OWN)
        yield Control(
            "kernel",
            lambda: fitting.name,
            fitting.choose,
            str,
            options=[(name, say(f"widget.kernel.{name}")) for name in names],
            unavailable=lambda: fitting.unavailable,
        )


def _count_control(fitting: Fitting, row: Count) -> Control[int]:
    """A field, and a slider over what can be, where that is known."""
    layer, counts = fitting.layer, COUNTS.get(row.name)

    def read() -> int:
        return row.check(getattr(layer, row.name))

    def values() -> list[int]:
        return sorted({read(), *(counts(layer, fitting.shown) if counts else ())})

    def ends() -> tuple[int, int]:
        found = values()
        return found[0], found[-1]

    def at(place: int) -> int:
        """The next value that can be, further on the way to a place."""
        found = values()
        if place < read():
            return found[max(0, bisect.bisect_right(found, place) - 1)]
        return found[min(len(found) - 1, bisect.bisect_left(found, place))]

    return Control(
        row.name,
        read,
        partial(setattr, layer, row.name),
        partial(numerals.integer, row.name),
        slider=Slider(ends, place=int, value=at) if counts else None,
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
