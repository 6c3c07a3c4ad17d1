"""What there is to see of one convolution: panels of cells, steps, captions. Draws nothing.

A `Scene` is the one account of a layer at work that every renderer draws: the browser's stage gets
it as `Scene.message`, matplotlib reads the same panels and steps. Which input cell a weight meets is
geometry's; colours are the palette's; the texts of numbers are decimals'.

A step is one output element, in memory order. Since index rules are separable, the message holds one
small table an axis instead of every tap of every step; `Scene.step` is the same lookup in Python.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from convviz import decimals, palette
from convviz.errors import LayerError
from convviz.geometry import Axis, Geometry, Kind, PaddingMode, Tap, combine

if TYPE_CHECKING:
    from convviz.convolution import ConvolutionRun

READABLE_CELLS = 6_000  # past this many numbers nobody reads them: pictures
MOST_CELLS = 16_000_000  # 64 MB of float32 to a browser
MOST_PICTURES = 4  # panels a tensor, when its cells are too many to read

_LETTERS = {Kind.DATA: "d", Kind.PRE: "<", Kind.POST: ">", Kind.BEYOND: "+", Kind.GAP: "."}


@dataclass(frozen=True)
class Cell:
    """One cell of a panel, as both renderers know it."""

    row: float
    column: float
    kind: Kind
    text: str
    unread: bool = False


@dataclass(frozen=True)
class Panel:
    """A grid of cells: one channel (and depth) of one tensor.

    ``rows`` and ``columns`` are the tensor's own indices, negative in the padding before the data;
    the gaps of a dilated kernel lie at fractions. ``kinds``, ``texts`` and ``reads`` are row-major.
    """

    tensor: str  # "input", "kernel" or "output"
    channel: int  # input channel; channel within the group; output map
    depth: int | None
    group: int | None  # which band of colour, where there is more than one group
    title: str
    rows: Sequence[float]
    columns: Sequence[float]
    kinds: Sequence[Kind] = ()
    texts: Sequence[str] = ()
    reads: Sequence[int] = ()

    @property
    def cells(self) -> Iterator[Cell]:
        reads = self.reads or [1] * len(self.kinds)
        places = ((row, column) for row in self.rows for column in self.columns)
        for (row, column), kind, text, count in zip(
            places, self.kinds, self.texts, reads, strict=True
        ):
            yield Cell(row, column, kind, text, count == 0)

    def message(self) -> dict[str, object]:
        return {
            "tensor": self.tensor,
            "channel": self.channel,
            "depth": self.depth,
            "group": self.group,
            "title": self.title,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "kinds": "".join(_LETTERS[kind] for kind in self.kinds),
            "texts": list(self.texts),
            "reads": list(self.reads),
        }


@dataclass(frozen=True)
class Step:
    """One output element and the taps that make it."""

    index: int
    output_map: int
    position: tuple[int, ...]
    taps: tuple[Tap, ...]


@dataclass(frozen=True)
class Scene:
    """One batch item of one convolution, ready to be drawn.

    Attributes
    ----------
    values : array (C, [D,] H, W)
    kernel : array (K, C/groups, [T,] R, S)
    bias : array (K,) or None
    output : array (K, [D,] H, W)
    device : str
        What computed the output, in words.
    seconds : float
        How long that took.
    item : int
        Which item of the batch this is, in memory order.
    """

    geometry: Geometry
    mode: PaddingMode
    values: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray | None
    output: np.ndarray
    device: str = ""
    seconds: float = 0.0
    item: int = 0

    @classmethod
    def of(cls, run: ConvolutionRun, mode: PaddingMode, item: int = 0) -> Scene:
        """The scene of what a network computed; ``item`` counts the batch in memory order.

        Raises
        ------
        LayerError
            Where there is more than a browser can hold, or no such item.
        """
        g = run.geometry
        _check_size(g)
        items = math.prod(g.batch)
        if not 0 <= item < items:
            raise LayerError("item", item, f"0 to {items - 1}", "Items of the batch count from 0.")
        return cls(
            g,
            mode,
            run.input.reshape(items, *g.input_shape[len(g.batch) :])[item],
            run.kernel,
            run.bias,
            run.result.output.reshape(items, *g.output_shape[len(g.batch) :])[item],
            run.result.device,
            run.result.seconds,
            item,
        )

    @property
    def steps(self) -> int:
        return self.output.size

    @cached_property
    def readable(self) -> bool:
        """Whether the cells are few enough to show their numbers."""
        g = self.geometry
        padded = g.channels * math.prod(len(axis.cells) for axis in g.axes)
        return padded + self.output.size <= READABLE_CELLS

    def step(self, index: int) -> Step:
        """The output element ``index`` in memory order, with its taps in theirs."""
        if not 0 <= index < self.steps:
            raise LayerError(
                "step", index, f"0 to {self.steps - 1}", "Steps count the output's elements from 0."
            )
        output_map, *position = (int(i) for i in np.unravel_index(index, self.output.shape))
        taps = tuple(self.geometry.taps(output_map, position))
        return Step(index, output_map, tuple(position), taps)

    # Panels

    @cached_property
    def panels(self) -> list[Panel]:
        """Every panel: the input's channels, the weights of `kernel_texts`' map, the output maps."""
        if self.readable:
            return [*self._input_panels(), *self._kernel_panels(), *self._output_panels()]
        return self._kernel_panels()

    @cached_property
    def kernel_texts(self) -> list[list[str]]:
        """The texts of each output map's weights, in memory order; short ones beside pictures."""
        flat = decimals.weight_texts(self.kernel, 8 if self.readable else 4)
        size = self.geometry.tap_count
        return [flat[start : start + size] for start in range(0, len(flat), size)]

    @property
    def bias_texts(self) -> list[str] | None:
        """One text an output map; None where no bias is added."""
        if self.bias is None or not self.bias.any():
            return None
        return decimals.texts(self.bias)

    def _input_panels(self) -> Iterator[Panel]:
        *deep, height, width = self.geometry.axes
        texts = decimals.texts(self.values)
        area = height.size * width.size
        slices = {depth: _slice(self.geometry, depth) for depth in _depths(deep)}
        for channel in range(self.geometry.channels):
            for depth, (kinds, reads) in slices.items():
                start = self._slice_start(channel, depth, area)
                source = iter([]) if start is None else iter(texts[start : start + area])
                yield Panel(
                    "input",
                    channel,
                    depth,
                    self._band(channel // self.geometry.group_channels),
                    _label(self.geometry.channels, "channel", channel, depth),
                    height.cells,
                    width.cells,
                    kinds,
                    [next(source) if kind is Kind.DATA else "0" for kind in kinds],
                    reads,
                )

    def _slice_start(self, channel: int, depth: int | None, area: int) -> int | None:
        """Where a depth slice begins among the input's texts; None for a slice of padding."""
        if depth is None:
            return channel * area
        size = self.geometry.axes[0].size
        return (channel * size + depth) * area if 0 <= depth < size else None

    def _kernel_panels(self) -> Iterator[Panel]:
        *deep, height, width = self.geometry.axes
        rows, columns = _spread(height), _spread(width)
        kinds = [
            Kind.DATA if row % 1 == 0 == column % 1 else Kind.GAP
            for row in rows
            for column in columns
        ]
        area = height.kernel * width.kernel
        texts = iter(self.kernel_texts[0])
        for channel in range(self.geometry.group_channels):
            for depth in range(deep[0].kernel) if deep else [None]:
                source = iter([next(texts) for _ in range(area)])
                yield Panel(
                    "kernel",
                    channel,
                    depth,
                    None,
                    _label(self.geometry.group_channels, "channel", channel, depth),
                    rows,
                    columns,
                    kinds,
                    [next(source) if kind is Kind.DATA else "" for kind in kinds],
                )

    def _output_panels(self) -> Iterator[Panel]:
        *deep, height, width = self.geometry.axes
        area = height.output * width.output
        texts = decimals.texts(self.output)
        start = 0
        for output_map in range(self.geometry.maps):
            for depth in range(deep[0].output) if deep else [None]:
                yield Panel(
                    "output",
                    output_map,
                    depth,
                    self._band(output_map // self.geometry.group_maps),
                    _label(self.geometry.maps, "map", output_map, depth),
                    range(height.output),
                    range(width.output),
                    [Kind.DATA] * area,
                    texts[start : start + area],
                )
                start += area

    def _band(self, group: int) -> int | None:
        return group % len(palette.GROUPS) if self.geometry.groups > 1 else None

    # Captions

    @property
    def titles(self) -> dict[str, str]:
        """The heading of each tensor, with its shape."""
        g = self.geometry
        padded = tuple(len(axis.cells) for axis in g.axes)
        suffix = "" if padded == g.input_shape[-len(padded) :] else f" → {_shape(padded)} padded"
        return {
            "input": f"input {_shape(g.input_shape)}{suffix}",
            "kernel": f"kernel {_shape(g.kernel_shape)}",
            "output": f"output {_shape(g.output_shape)}",
        }

    @property
    def formulas(self) -> list[str]:
        """The output size of each axis, as the padding mode's formula with its numbers in place."""
        return [size_formula(axis, self.mode) for axis in self.geometry.axes]

    @cached_property
    def exact(self) -> list[str] | None:
        """The exact decimal of each step's sum; None where that would be too much to work out."""
        if not self.readable:
            return None
        return decimals.exact_sums(self.geometry, self.values, self.kernel, self.bias)

    @cached_property
    def digits(self) -> list[dict[int, int]] | None:
        """For each output map, which tap writes the digit of each power of ten; None where digits
        do not spell the window.

        They do where the weights of a map are distinct powers of ten of one sign, no bias is added
        and every input value is a digit: then no product carries into another's place.
        """
        digits_only = np.isin(self.values, np.arange(10)).all()
        if self.exact is None or not digits_only or self.bias_texts is not None:
            return None
        maps = []
        for weights in self.kernel.reshape(self.geometry.maps, -1):
            exponents = [decimals.power_of_ten(weight) for weight in weights]
            one_sign = (weights > 0).all() or (weights < 0).all()
            if None in exponents or len(set(exponents)) < len(exponents) or not one_sign:
                return None
            maps.append({exponent: tap for tap, exponent in enumerate(exponents)})
        return maps

    @property
    def weight_classes(self) -> list[str]:
        """The style class of each weight of one kernel slice, row-major."""
        height, width = self.geometry.axes[-2:]
        return [
            palette.weight_class(row, column, height.kernel, width.kernel)
            for row in range(height.kernel)
            for column in range(width.kernel)
        ]

    @property
    def duration(self) -> str:
        """How long the convolution took, in a unit that leaves a readable number."""
        for unit, factor in (("s", 1), ("ms", 1e3), ("µs", 1e6)):
            if self.seconds * factor >= 1:
                break
        return f"{self.seconds * factor:.3g} {unit}"

    # Pictures

    @property
    def tones(self) -> dict[str, tuple[float, float]]:
        """The values drawn as black and as white in the input's and the output's pictures.

        An output that keeps to the input's range shares its tones, so that a blurred photograph
        looks like the photograph; any other has grey in the middle for zero.
        """
        low, high = _finite_range(self.values)
        bottom, top = _finite_range(self.output)
        slack = 0.02 * (high - low)
        if low - slack <= bottom and top <= high + slack:
            return {"input": (low, high), "output": (low, high)}
        size = max(abs(bottom), abs(top))
        return {"input": (low, high), "output": (-size, size)}

    @property
    def pictures(self) -> list[dict[str, object]]:
        """The pictures that stand in for panels: which channels each one paints, in which colours."""
        *_, height, width = self.geometry.axes
        g = self.geometry
        return [
            *_pictures("input", g.channels, height.size, width.size),
            *_pictures("output", g.maps, height.output, width.output),
        ]

    def message(self) -> dict[str, object]:
        """All of it as JSON for the stage, but for the values of pictures, which go as bytes."""
        g = self.geometry
        low_high = {} if self.readable else self.tones
        return {
            "steps": self.steps,
            "readable": self.readable,
            "spatial": len(g.axes),
            "channels": g.channels,
            "maps": g.maps,
            "groupChannels": g.group_channels,
            "firstChannel": [g.channels_of(k).start for k in range(g.maps)],
            "axes": [_axis_message(axis) for axis in g.axes],
            "titles": self.titles,
            "panels": [panel.message() for panel in self.panels],
            "kernelTexts": self.kernel_texts,
            "biasTexts": self.bias_texts,
            "classes": self.weight_classes,
            "exact": self.exact,
            "digits": self.digits,
            "formulas": self.formulas,
            "device": self.device,
            "duration": self.duration,
            "pictures": [] if self.readable else self.pictures,
            "tones": low_high,
        }


def size_formula(axis: Axis, mode: PaddingMode) -> str:
    """The output size along one axis, worked out with its numbers.

    Source: TensorRT's ``PaddingMode`` documentation.
    """
    if mode.is_same:
        return f"{axis.name}: ⌈{axis.size} / {axis.stride}⌉ = {axis.output}"
    left, right = "⌈⌉" if mode.rounds_up else "⌊⌋"
    reach = str(axis.kernel)
    if axis.dilation > 1:
        reach = f"(1 + {axis.dilation}·({axis.kernel} − 1))"
    padded = f"{axis.size} + {axis.pre} + {axis.post} − {reach}"
    return f"{axis.name}: {left}({padded}) / {axis.stride}{right} + 1 = {axis.output}"


def _check_size(geometry: Geometry) -> None:
    """Refuse what is too large for any browser."""
    for parameter, shape in (("input", geometry.input_shape), ("output", geometry.output_shape)):
        cells = math.prod(shape[len(geometry.batch) :])
        if cells > MOST_CELLS:
            raise LayerError(
                parameter,
                f"{cells:,} values to show",
                f"at most {MOST_CELLS:,}",
                "Show a part, such as data[..., :1024, :1024], or every fourth, data[..., ::4, ::4].",
            )


def _axis_message(axis: Axis) -> dict[str, object]:
    return {
        "name": axis.name,
        "size": axis.size,
        "kernel": axis.kernel,
        "output": axis.output,
        "stride": axis.stride,
        "extent": axis.extent,
        "post": axis.post,
        "first": axis.cells.start,
        "cells": len(axis.cells),
        "table": axis.table,
    }


def _slice(geometry: Geometry, depth: int | None) -> tuple[list[Kind], list[int]]:
    """Kinds and read counts of one depth slice of the padded input, row-major."""
    *deep, height, width = geometry.axes
    kinds, count = [Kind.DATA], 1
    if deep:
        kinds, count = [deep[0].kind(depth)], deep[0].counts[depth + deep[0].pre]
    # Kinds and counts are worked out once an axis: a slice has thousands of cells, of few sorts.
    rows = [(height.kind(row), height.counts[row + height.pre]) for row in height.cells]
    columns = [(width.kind(column), width.counts[column + width.pre]) for column in width.cells]
    sorts = {
        (a, b): combine([*kinds, a, b])
        for a in {kind for kind, _ in rows}
        for b in {kind for kind, _ in columns}
    }
    places = [(row, column) for row in rows for column in columns]
    return (
        [sorts[row[0], column[0]] for row, column in places],
        [count * row[1] * column[1] for row, column in places],
    )


def _depths(deep: Sequence[Axis]) -> Sequence[int | None]:
    return deep[0].cells if deep else [None]


def _spread(axis: Axis) -> list[float]:
    """The places along one kernel axis: the weights' indices, and fractions in the gaps."""
    places = [i / axis.dilation for i in range(axis.extent)]
    return [int(place) if place.is_integer() else place for place in places]


def _label(count: int, noun: str, index: int, depth: int | None) -> str:
    parts = [f"{noun} {index}"] if count > 1 else []
    return ", ".join(parts + ([] if depth is None else [f"depth {depth}"]))


def _shape(sizes: Sequence[int]) -> str:
    return "×".join(map(str, sizes))


def _finite_range(values: np.ndarray) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _pictures(tensor: str, channels: int, height: int, width: int) -> Iterator[dict[str, object]]:
    """Three channels make one coloured picture; any other number makes one grey picture each."""
    size = {"tensor": tensor, "height": height, "width": width}
    if channels == 3:
        yield {**size, "title": "red, green, blue", "channels": [0, 1, 2], "tint": "rgb"}
        return
    for channel in range(min(channels, MOST_PICTURES)):
        more = channels - MOST_PICTURES if channel == MOST_PICTURES - 1 else 0
        title = f"channel {channel}" if channels > 1 else ""
        title += f" ({more} more not drawn)" if more > 0 else ""
        yield {**size, "title": title, "channels": [channel], "tint": "grey"}
