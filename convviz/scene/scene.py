"""What there is to see of one convolution: panels of cells, steps, captions. Draws nothing.

A `Scene` is the one account of a layer at work that every renderer draws: the browser's stage
gets it as a message (message.py), matplotlib reads the same panels and steps. Which input cell a
weight meets is geometry's; the grids of cells are panels', images of too many cells images',
colours the palette's, the texts of numbers decimals', sentences captions'.

A step is one output element, in memory order. Since index rules are separable, the message holds
one small table per axis instead of every tap of every step; `Scene.step` is the same in Python.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypeVar

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError
from convviz.geometry import INT8_GROUP, Geometry
from convviz.language.catalogue import say
from convviz.network.run import ConvolutionRun, Quantization
from convviz.parameters import PaddingMode, check_integer
from convviz.scene import captions, decimals, int8, palette, panels
from convviz.scene.axis_view import AxisView, axis_views
from convviz.scene.channels import are_many
from convviz.scene.images import READABLE_CELLS, Image, cell_count, images_of, value_ranges
from convviz.scene.message import SceneMessage, ViewName, scene_message, view_of
from convviz.scene.panels import Panel
from convviz.scene.questions import KernelChoices, kernel_choices_of, questions_of
from convviz.scene.running import RunningSums, running_sums
from convviz.scene.step import Step

MOST_CELLS = 16_000_000  # 64 MB of float32 to a browser
Text = TypeVar("Text", str, list[str])


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
        return cls(run, _check_item(run, item))

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
        """One step per output element."""
        return self.output.size

    @cached_property
    def readable(self) -> bool:
        """Whether the cells are few enough to show their numbers, and so are their panels."""
        return self.cells <= READABLE_CELLS and not are_many(self.geometry)

    @property
    def view(self) -> ViewName:
        """What suits the scene: see `view_of`."""
        return view_of(self)

    @property
    def cells(self) -> int:
        """Cells of the padded input and of the output."""
        return cell_count(self.geometry)

    def step(self, index: int, terms: int | None = None) -> Step:
        """The output element ``index`` in memory order, from 0; ``terms`` as in `Step`."""
        if not 0 <= index < self.steps:
            allowed, remedy = f"0 to {self.steps - 1}", "Steps count the output's elements from 0."
            raise ArgumentError("step", index, allowed, remedy)
        return Step(self, index, terms)

    # Panels

    @cached_property
    def panels(self) -> list[Panel]:
        """Every panel: the input's channels, the weights of the first map, the output maps.

        There are none of channels or maps that are too many.
        """
        g, dtype = self.geometry, self._dtype
        if are_many(g):
            return []
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
        return "float32" if name in ("source", "weights") else str(self.values.dtype)

    @cached_property
    def kernel_texts(self) -> dict[str, list[list[str]]]:
        """By tensor, the texts of each output map's weights; short ones beside pictures."""
        kernels = {"kernel": self.kernel}
        if self.source_kernel is not None:
            kernels = {"weights": self.source_kernel, **kernels}
        places = 8 if self.readable else 4
        return {
            name: in_parts(decimals.weight_texts(kernel, places), self.geometry.tap_count)
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
        """One text per output map; None where the layer has no bias."""
        return None if self.bias is None else decimals.texts(self.bias)

    @property
    def adds_bias(self) -> bool:
        """Whether the bias changes anything."""
        return self.bias is not None and bool(self.bias.any())

    # Captions

    @property
    def titles(self) -> dict[str, str]:
        """The heading of each tensor, with its shape."""
        ranges = self.value_ranges if self.view == "images" else {}
        return captions.titles(self.geometry, ranges)

    @property
    def formulas(self) -> list[str]:
        """The output size of each axis, and the padding where the mode chooses it."""
        return captions.formulas(self.geometry, self.mode)

    @property
    def notes(self) -> list[str]:
        """What a reader should not miss, a sentence each."""
        lines = captions.notes(self.geometry, self.run.settings)
        if self.run.is_made_up:
            lines.append(say("captions.notes.made_up"))
        if self.quantization is None:
            return lines
        dtype = self.quantization.dtype
        lost = [captions.losses(what, flags, dtype) for what, flags in self.flags.items()]
        if self.geometry.is_depthwise:
            lines.append(say("captions.notes.int8_depthwise", multiple=INT8_GROUP))
        return [*lines, *([] if are_many(self.geometry) else filter(None, lost))]

    @property
    def legend(self) -> list[tuple[str, str]]:
        """What each kind of cell in this picture means: its kind and the words for it."""
        padding = self.view != "images"  # beside mosaics there are windows with their padding
        flags = self.flags.values()
        return captions.legend(self.geometry, flags, padding=padding, readable=self.readable)

    # Sums

    @cached_property
    def flags(self) -> dict[str, str]:
        """By tensor, a letter for what int8 did to each value; empty without int8."""
        quantization = self.quantization
        if quantization is None or self.source is None or self.source_kernel is None:
            return {"input": "", "kernel": ""}
        by_map = quantization.kernel_scales.reshape(-1, *(1,) * (self.kernel.ndim - 1))
        return {
            "input": int8.flags(
                self.source / quantization.input_scale, self.values, quantization.dtype
            ),
            "kernel": int8.flags(self.source_kernel / by_map, self.kernel, quantization.dtype),
        }

    @cached_property
    def sum_notes(self) -> list[str] | None:
        """For int8, what happens to each step's integer: scales, bias, error against float32."""
        return int8.sum_notes(self) if self.quantization and self.readable else None

    @cached_property
    def exact(self) -> list[str] | None:
        """The exact decimal of each step's sum; None where that would be too much to work out."""
        if not self.readable:
            return None
        if self.sums is not None:
            return decimals.texts(self.sums)
        return decimals.exact_sums(self.geometry, self.values, self.kernel, self.bias)

    @cached_property
    def running(self) -> RunningSums | None:
        """The sum of each step after its products; None where that is too much: see there."""
        return running_sums(self)

    @cached_property
    def digits(self) -> list[dict[int, int]] | None:
        """For each output map, which tap writes the digit of each power of ten.

        None where digits do not spell the window: see `digits_of`.
        """
        digits_only = np.isin(self.values, np.arange(10)).all()
        if self.exact is None or not digits_only or self.adds_bias or self.quantization:
            return None
        maps = [digits_of(weights) for weights in self.kernel.reshape(self.geometry.maps, -1)]
        known = [writers for writers in maps if writers is not None]
        return known if len(known) == len(maps) else None

    @property
    def questions(self) -> list[int]:
        """A few steps at which a reader can be asked what comes out."""
        return questions_of(self)

    @property
    def kernel_choices(self) -> KernelChoices | None:
        """Four kernels, of which this one is to be told by what it makes."""
        return kernel_choices_of(self)

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
        return captions.duration(self.run.seconds)

    # Axes

    @cached_property
    def axis_views(self) -> list[AxisView]:
        """Every window along each axis that is used."""
        return axis_views(self)

    # Images

    @cached_property
    def value_ranges(self) -> dict[str, tuple[float, float]]:
        """The values drawn as black and as white in the input's and the output's images."""
        quantized = self.quantization is not None
        return value_ranges(self.values, self.kernel, self.output, quantized=quantized)

    @property
    def images(self) -> list[Image]:
        """The images that stand in for panels."""
        return images_of(self.geometry)

    def message(self) -> SceneMessage:
        """All of it as JSON for the stage, but for the values of images, which go as bytes."""
        return scene_message(self)


def digits_of(weights: Array) -> dict[int, int] | None:
    """By power of ten, which of a map's weights writes that digit of a sum of digits.

    None where that cannot be told. It can where the weights are distinct powers of ten of one sign
    and no bias is added: then no product carries into another's place.
    """
    powers = [decimals.power_of_ten(weight) for weight in weights]
    exponents = [power for power in powers if power is not None]
    one_sign = (weights > 0).all() or (weights < 0).all()
    if len(set(exponents)) < len(powers) or not one_sign:
        return None
    return {exponent: tap for tap, exponent in enumerate(exponents)}


def in_parts(flat: Text, size: int) -> list[Text]:
    """A list or a string cut into parts of one size."""
    return [flat[start : start + size] for start in range(0, len(flat), size)]


def _check_item(run: ConvolutionRun, item: object) -> int:
    """``item`` where the batch has it, else an ArgumentError."""
    try:
        return check_integer("item", item, least=0, most=run.items - 1)
    except ArgumentError as error:
        allowed, remedy = f"0 to {run.items - 1}", "Items of the batch count from 0."
        raise ArgumentError("item", error.got, allowed, remedy) from None


def check_step(scene: Scene, step: object, parameter: str = "step") -> int:
    """``step`` where the scene has it, else an ArgumentError; −1 is the last."""
    try:
        index = check_integer(parameter, step, least=-scene.steps, most=scene.steps - 1)
    except ArgumentError as error:
        allowed = f"an integer, 0 to {scene.steps - 1}"
        remedy = "Steps count the output's elements from 0; −1 is the last."
        raise ArgumentError(parameter, error.got, allowed, remedy) from None
    return index % scene.steps


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
