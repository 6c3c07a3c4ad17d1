"""What there is to see of one convolution: panels of cells, steps, captions. Draws nothing.

A `Scene` is the one account of a layer at work that every renderer draws: the browser's stage
gets it as `Scene.message`, matplotlib reads the same panels and steps. Which input cell a weight
meets is geometry's; the grids of cells are panels', colours the palette's, the texts of numbers
decimals' and sentences captions'.

A step is one output element, in memory order. Since index rules are separable, the message holds
one small table an axis instead of every tap of every step; `Scene.step` is the same in Python.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from convviz.compute import cpu
from convviz.errors import ArgumentError
from convviz.geometry import Axis, Geometry, Kind
from convviz.network.run import Array, ConvolutionRun, Quantization
from convviz.network.values import DataType
from convviz.parameters import PaddingMode
from convviz.scene import captions, decimals, palette, panels
from convviz.scene.panels import Panel
from convviz.scene.step import Step

READABLE_CELLS = 6_000  # past this many numbers nobody reads them: pictures
MOST_CELLS = 16_000_000  # 64 MB of float32 to a browser
MOST_PICTURES = 4  # panels a tensor, when its cells are too many to read
Texts = TypeVar("Texts", str, list[str])

MOST_RUNNING = 6_000  # products whose running sums go along, so that a slider stays quick


@dataclass(frozen=True, eq=False)
class Scene:
    """One batch item of one convolution, ready to be drawn.

    Attributes
    ----------
    run : ConvolutionRun
    item : int
        Which item of the batch this is, in memory order.
    """

    run: ConvolutionRun
    item: int = 0

    @classmethod
    def of(cls, run: ConvolutionRun, item: int = 0) -> Scene:
        """The scene of what a network computed; ``item`` counts the batch in memory order.

        Raises
        ------
        ArgumentError
            Where there is more than a browser can hold, or no such item.
        """
        check_size(run.geometry)
        if not 0 <= item < run.items:
            allowed, remedy = f"0 to {run.items - 1}", "Items of the batch count from 0."
            raise ArgumentError("item", item, allowed, remedy)
        return cls(run, item)

    # What was computed

    @property
    def geometry(self) -> Geometry:
        """Sizes and index rules."""
        return self.run.geometry

    @property
    def mode(self) -> PaddingMode:
        """The padding mode."""
        return self.run.padding_mode

    @property
    def quantization(self) -> Quantization | None:
        """The integers of the whole batch, where the layer is quantized."""
        return self.run.quantization

    @cached_property
    def values(self) -> Array:
        """The input (C, [D,] H, W): float32, or int8 where the layer is quantized."""
        values = self.run.input if self.quantization is None else self.quantization.input
        return self.run.item(values, self.item)

    @property
    def kernel(self) -> Array:
        """The weights (K, C/groups, [T,] R, S) of the same type."""
        return self.run.kernel if self.quantization is None else self.quantization.kernel

    @property
    def bias(self) -> Array | None:
        """The bias (K,), or None."""
        return self.run.bias

    @cached_property
    def output(self) -> Array:
        """The output (K, [D,] H, W), float32."""
        return self.run.item(self.run.output, self.item)

    @cached_property
    def source(self) -> Array | None:
        """The input before it was quantized; None for what came as int8, or without int8."""
        return self._item_of(self.quantization.source) if self.quantization else None

    @property
    def source_kernel(self) -> Array | None:
        """The kernel before it was quantized, likewise."""
        return self.quantization.source_kernel if self.quantization else None

    @cached_property
    def sums(self) -> Array | None:
        """The int32 sums (K, [D,] H, W) of a quantized layer."""
        return self._item_of(self.quantization.sums) if self.quantization else None

    @cached_property
    def reference(self) -> Array | None:
        """The output of a quantized layer as float32 would have it."""
        return self._item_of(self.quantization.reference) if self.quantization else None

    def _item_of(self, array: Array | None) -> Array | None:
        return None if array is None else self.run.item(array, self.item)

    @property
    def device(self) -> str:
        """What computed the output, in words."""
        return self.run.device

    # Steps

    @property
    def steps(self) -> int:
        """One step an output element."""
        return self.output.size

    @cached_property
    def readable(self) -> bool:
        """Whether the cells are few enough to show their numbers."""
        return self.cells <= READABLE_CELLS

    @property
    def cells(self) -> int:
        """Cells of the padded input and of the output."""
        g = self.geometry
        padded = g.channels * math.prod(len(axis.cells) for axis in g.axes)
        return padded + self.output.size

    def step(self, index: int) -> Step:
        """The output element ``index`` in memory order, from 0."""
        if not 0 <= index < self.steps:
            allowed, remedy = f"0 to {self.steps - 1}", "Steps count the output's elements from 0."
            raise ArgumentError("step", index, allowed, remedy)
        return Step(self, index)

    # Panels

    @cached_property
    def panels(self) -> list[Panel]:
        """Every panel: the input's channels, the weights of the first map, the output maps."""
        g, dtype = self.geometry, self._dtype
        kernels = [
            panel
            for name, by_map in self.kernel_texts.items()
            for panel in panels.kernel_panels(g, name, by_map[0], dtype(name), gaps=self.readable)
        ]
        if not self.readable:
            return kernels
        inputs = {"input": self.value_texts}
        if self.source is not None:
            inputs = {"source": decimals.texts(self.source), **inputs}
        return [
            *(
                panel
                for name, texts in inputs.items()
                for panel in panels.input_panels(g, name, texts, self.flags["input"], dtype(name))
            ),
            *kernels,
            *panels.output_panels(g, self.output_texts),
        ]

    def _dtype(self, name: str) -> str:
        """What an input's or a kernel's numbers are, where a scene has two types of them."""
        if self.quantization is None:
            return ""
        return "float32" if name in ("source", "weights") else "int8"

    @cached_property
    def kernel_texts(self) -> dict[str, list[list[str]]]:
        """By tensor, the texts of each output map's weights; short ones beside pictures."""
        kernels = {"kernel": self.kernel}
        if self.source_kernel is not None:
            kernels = {"weights": self.source_kernel, **kernels}
        places = 8 if self.readable else 4
        return {
            name: _by_map(decimals.weight_texts(kernel, places), self.geometry)
            for name, kernel in kernels.items()
        }

    @cached_property
    def value_texts(self) -> list[str]:
        """The text of each value of the input, in memory order."""
        return decimals.texts(self.values)

    @cached_property
    def output_texts(self) -> list[str]:
        """The text of each element of the output, in memory order."""
        return decimals.texts(self.output)

    @property
    def bias_texts(self) -> list[str] | None:
        """One text an output map; None where the layer has no bias."""
        return None if self.bias is None else decimals.texts(self.bias)

    @property
    def adds_bias(self) -> bool:
        """Whether the bias changes anything."""
        return self.bias is not None and bool(self.bias.any())

    # Captions

    @property
    def titles(self) -> dict[str, str]:
        """The heading of each tensor, with its shape."""
        g = self.geometry
        padded = tuple(len(axis.cells) for axis in g.axes)
        same = padded == g.input_shape[-len(padded) :]
        suffix = "" if same else f" → {captions.shape(padded)} padded"
        value_ranges = {} if self.readable else self.value_ranges
        scales = {
            name: f", black {low:.4g}, white {high:.4g}"
            for name, (low, high) in value_ranges.items()
        }
        return {
            "input": f"input {captions.shape(g.input_shape)}{suffix}{scales.get('input', '')}",
            "kernel": f"kernel {captions.shape(g.kernel_shape)}",
            "output": f"output {captions.shape(g.output_shape)}{scales.get('output', '')}",
        }

    @property
    def formulas(self) -> list[str]:
        """The output size of each axis, and the padding where the mode chooses it."""
        return captions.formulas(self.geometry, self.mode)

    @property
    def notes(self) -> list[str]:
        """What a reader should not miss, a sentence each."""
        lines = captions.notes(self.geometry, self.run.settings)
        lost = (captions.losses(what, flags) for what, flags in self.flags.items())
        return [*lines, *filter(None, lost)]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """What each kind of cell in this picture means: its kind and the words for it."""
        g = self.geometry
        there = {
            Kind.PRE.value: any(axis.pre for axis in g.axes),
            Kind.POST.value: any(axis.post for axis in g.axes),
            Kind.BEYOND.value: any(axis.beyond for axis in g.axes),
            Kind.GAP.value: self.readable
            and any(axis.dilation > 1 and axis.kernel > 1 for axis in g.axes[-2:]),
            "unread": self.readable and any(0 in axis.counts for axis in g.axes),
            "saturated": any("s" in flags for flags in self.flags.values()),
            "vanished": any("v" in flags for flags in self.flags.values()),
        }
        return [(kind, captions.LEGEND[kind]) for kind, is_there in there.items() if is_there]

    # Sums

    @cached_property
    def flags(self) -> dict[str, str]:
        """What int8 did to each value of the input and the kernel: s saturated, v vanished."""
        quantization = self.quantization
        if quantization is None or self.source is None or self.source_kernel is None:
            return {"input": "", "kernel": ""}
        by_map = quantization.kernel_scales.reshape(-1, *(1,) * (self.kernel.ndim - 1))
        return {
            "input": _flags(self.source / quantization.input_scale, self.values),
            "kernel": _flags(self.source_kernel / by_map, self.kernel),
        }

    @cached_property
    def sum_notes(self) -> list[str] | None:
        """For int8, what happens to each step's integer: scales, bias, error against float32."""
        quantization = self.quantization
        if quantization is None or not self.readable:
            return None
        by_map = np.broadcast_to(quantization.kernel_scales, self.geometry.maps)
        scale, scales = decimals.text(quantization.input_scale), decimals.texts(by_map)
        results = self.output_texts
        area = self.steps // self.geometry.maps
        after = [f"× {scale} × {kernel_scale}" for kernel_scale in scales]
        if self.adds_bias and self.bias_texts:
            after = [f"{line} + {bias}" for line, bias in zip(after, self.bias_texts, strict=True)]
        notes = [f"{after[step // area]} = {result}" for step, result in enumerate(results)]
        if self.reference is None:
            return notes
        references = decimals.texts(self.reference)
        errors = decimals.texts(self.output - self.reference)
        return [
            f"{note}; float32 gives {reference}, error {error}"
            for note, reference, error in zip(notes, references, errors, strict=True)
        ]

    @cached_property
    def running(self) -> dict[str, list[list[str]]] | None:
        """The sum after each tap of every step, in float32 and exactly, without the bias.

        None where that is too much, or in integers, which lose nothing on the way.
        """
        products = self.steps * self.geometry.tap_count
        if products > MOST_RUNNING or not self.exact or self.quantization:
            return None
        rounded = [
            cpu.partial_sums(self.geometry, self.values[None], self.kernel, output_map).reshape(-1)
            for output_map in range(self.geometry.maps)
        ]
        texts, taps = decimals.texts(np.concatenate(rounded)), self.geometry.tap_count
        return {
            "float32": [texts[start : start + taps] for start in range(0, len(texts), taps)],
            "exact": decimals.exact_running_sums(self.geometry, self.values, self.kernel),
        }

    @cached_property
    def exact(self) -> list[str] | None:
        """The exact decimal of each step's sum; None where that would be too much to work out."""
        if not self.readable:
            return None
        if self.sums is not None:
            return decimals.texts(self.sums)
        return decimals.exact_sums(self.geometry, self.values, self.kernel, self.bias)

    @cached_property
    def digits(self) -> list[dict[int, int]] | None:
        """For each output map, which tap writes the digit of each power of ten.

        None where digits do not spell the window. They do where the weights of a map are
        distinct powers of ten of one sign, no bias is added and every input value is a digit: then
        no product carries into another's place.
        """
        digits_only = np.isin(self.values, np.arange(10)).all()
        if self.exact is None or not digits_only or self.adds_bias or self.quantization:
            return None
        maps: list[dict[int, int]] = []
        for weights in self.kernel.reshape(self.geometry.maps, -1):
            powers = [decimals.power_of_ten(weight) for weight in weights]
            exponents = [power for power in powers if power is not None]
            one_sign = (weights > 0).all() or (weights < 0).all()
            if len(set(exponents)) < len(powers) or not one_sign:
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
        units = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))
        unit, factor = next((u for u in units if self.run.seconds * u[1] >= 1), units[-1])
        return f"{self.run.seconds * factor:.3g} {unit}"

    # Pictures

    @cached_property
    def value_ranges(self) -> dict[str, tuple[float, float]]:
        """The values drawn as black and as white in the input's and the output's pictures.

        Weights that add up to 1 keep an even grey as it is, so their output shares the input's
        range: a blurred photograph looks like the photograph. Any other output has its zero in
        middle grey and as much contrast as all but the rarest of its values allow.
        """
        low, high = _finite_range(self.values)
        sums = self.kernel.reshape(self.geometry.maps, -1).sum(axis=-1, dtype=np.float64)
        if np.allclose(sums, 1, atol=1e-3) and not self.quantization:
            return {"input": (low, high), "output": (low, high)}
        sizes = np.abs(self.output[np.isfinite(self.output)])
        size = float(np.percentile(sizes, 99.5)) if sizes.size else 0.0
        return {"input": (low, high), "output": (-size, size)}

    @property
    def pictures(self) -> list[dict[str, object]]:
        """The pictures that stand in for panels: the channels each one paints, and how."""
        *_, height, width = self.geometry.axes
        g = self.geometry
        return [
            *_pictures("input", g.channels, height.size, width.size, g.channels == 3),
            *_pictures("output", g.maps, height.output, width.output, g.channels == 3 == g.maps),
        ]

    def message(self) -> dict[str, object]:
        """All of it as JSON for the stage, but for the values of pictures, which go as bytes."""
        g = self.geometry
        low_high = {} if self.readable else self.value_ranges
        return {
            "steps": self.steps,
            "view": "cells" if self.readable else "images",
            "spatial": len(g.axes),
            "channels": g.channels,
            "maps": g.maps,
            "groupChannels": g.group_channels,
            "groupMaps": g.group_maps,
            "bands": min(g.groups, len(palette.GROUPS)) if g.groups > 1 else 0,
            "firstChannel": [g.channels_of(k).start for k in range(g.maps)],
            "axes": [_axis_message(axis) for axis in g.axes],
            "titles": self.titles,
            "panels": [panel.message() for panel in self.panels],
            "kernelTexts": self.kernel_texts,
            "biasTexts": self.bias_texts,
            "addsBias": self.adds_bias and not self.quantization,
            "classes": self.weight_classes,
            "kernelFlags": _by_map(self.flags["kernel"], g),
            "sumType": "int32" if self.quantization else "float32",
            "exact": self.exact,
            "sumNotes": self.sum_notes,
            "running": self.running,
            "digits": self.digits,
            "formulas": self.formulas,
            "notes": self.notes,
            "legend": self.legend,
            "device": self.device,
            "duration": self.duration,
            "images": [] if self.readable else self.pictures,
            "valueRanges": low_high,
        }


def check_size(geometry: Geometry) -> None:
    """Refuse what is too large for any browser.

    Raises
    ------
    ArgumentError
        Naming the input, the output, or the maps whose weights are too many.
    """
    batch = len(geometry.batch)
    part = "Show a part, data[..., :1024, :1024], or every fourth, data[..., ::4, ::4]."
    for parameter, noun, shape, remedy in (
        ("num_output_maps", "weights", geometry.kernel_shape, "Show fewer output maps."),
        ("input", "values", geometry.input_shape[batch:], part),
        ("output", "values", geometry.output_shape[batch:], part),
    ):
        cells = math.prod(shape)
        if cells > MOST_CELLS:
            got = f"{cells:,} {noun} to show"
            raise ArgumentError(parameter, got, f"at most {MOST_CELLS:,}", remedy)


def _axis_message(axis: Axis) -> dict[str, object]:
    return {
        "name": axis.name,
        "size": axis.size,
        "kernel": axis.kernel,
        "output": axis.output,
        "stride": axis.stride,
        "effectiveKernel": axis.effective_kernel,
        "post": axis.post,
        "first": axis.cells.start,
        "cells": len(axis.cells),
        "table": axis.table,
    }


def _flags(steps: Array, integers: Array) -> str:
    """A letter for each value: s where it left int8's range, v where it became 0, else a space."""
    rounded = np.rint(steps)
    least, most = DataType.INT8.limits
    saturated = (rounded < least) | (rounded > most)
    vanished = (integers == 0) & (steps != 0)
    return "".join(np.where(saturated, "s", np.where(vanished, "v", " ")).reshape(-1))


def _by_map(flat: Texts, geometry: Geometry) -> list[Texts]:
    """What belongs to each output map, of something a weight."""
    size = geometry.tap_count
    return [flat[start : start + size] for start in range(0, len(flat), size)]


def _finite_range(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def _pictures(
    tensor: str, channels: int, height: int, width: int, in_colour: bool
) -> Iterator[dict[str, object]]:
    """One coloured picture of three channels, or a grey one of each."""
    size = {"tensor": tensor, "height": height, "width": width}
    if in_colour:
        yield {**size, "title": "three channels as colours", "channels": [0, 1, 2], "tint": "rgb"}
        return
    for channel in range(min(channels, MOST_PICTURES)):
        more = channels - MOST_PICTURES if channel == MOST_PICTURES - 1 else 0
        parts = [f"{'channel' if tensor == 'input' else 'map'} {channel}"] if channels > 1 else []
        parts += [f"{more} more not drawn"] if more > 0 else []
        yield {**size, "title": ", ".join(parts), "channels": [channel], "tint": "grey"}
