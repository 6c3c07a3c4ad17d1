"""One output element as a zoom: a pixel, its window, its sum, its grey, and the whole output.

A `Dive` holds the numbers of that way and its words. Where each of them is at which second is left
to choreography.py, which cell each weight meets to the geometry, and the sums to `compute`: in a
browser nothing is computed but what lies between two places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.compute import cpu
from convviz.errors import ArgumentError, short
from convviz.geometry import Axis, Geometry, Kind, Tap, make_geometry
from convviz.parameters import as_integers, check_integer
from convviz.scene import decimals
from convviz.scene.dive_words import words_of
from convviz.scene.images import shades
from convviz.scene.scene import Scene
from convviz.scene.step import Step, number_text

MOST_PLANES = 3  # whose numbers are all shown; of more, the one that adds most
MOST_READABLE = 5  # rows or columns of a kernel beside others
MOST_WEIGHTS = 1_024  # of one plane, 32×32: more could not be told apart
DIGITS = 4  # of a value and a product
WEIGHT_PLACES = 4  # after the point, as in the pictures' own kernels
SUM_DIGITS = 7


class PictureMessage(TypedDict):
    """A picture whose pixels go as bytes, row by row: one a pixel in grey, three in colour."""

    height: int
    width: int
    channels: int


@dataclass(frozen=True, eq=False)
class Plane:
    """What one slice of the kernel, at one channel and depth, meets under the window.

    Attributes
    ----------
    dive : Dive
    number : int
        Which slice of the kernel, in the order of the sum.
    """

    dive: Dive
    number: int

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """The products' cells, row by row."""
        return self.dive.step.taps[self._part]

    @property
    def channel(self) -> int:
        """The input channel that it reads."""
        return self.taps[0].channel

    @property
    def depth(self) -> int:
        """The input's depth that it reads; 0 in two dimensions."""
        *deep, _, _ = self.taps[0].cell
        return deep[0] if deep else 0

    @cached_property
    def values(self) -> list[str]:
        """The text of each value, by tap."""
        return self.dive.texts(self.dive.window.reshape(-1)[self._part], DIGITS)

    @cached_property
    def weights(self) -> list[str]:
        """The text of each weight, by tap."""
        return self.dive.weight_texts[self._part]

    @cached_property
    def products(self) -> list[str]:
        """The text of each product, by tap."""
        digits = DIGITS if self.dive.is_small else DIGITS - 1
        return self.dive.texts(self.dive.products.reshape(-1)[self._part], digits)

    @property
    def subtotal(self) -> str:
        """What the slice adds to the sum: the difference of two partial sums."""
        ends = self.dive.partial_sums.astype(np.float64)[self.dive.area - 1 :: self.dive.area]
        with np.errstate(invalid="ignore"):
            parts = np.diff(ends, prepend=0.0)
        return self.dive.text(parts[self.number], SUM_DIGITS)

    @property
    def _part(self) -> slice:
        area = self.dive.area
        return slice(self.number * area, (self.number + 1) * area)


@dataclass(frozen=True, eq=False)
class Dive:
    """The way from one input pixel to the output that its window makes.

    Attributes
    ----------
    scene : Scene
    pixel : tuple of int
        The input's ([depth,] row, column) that the window stands around.
    step : Step
        The output element.
    channel : int or None
        The input channel whose numbers are to be shown; None for all, or the one that adds most.
    """

    scene: Scene
    pixel: tuple[int, ...]
    step: Step
    channel: int | None = None

    @classmethod
    def of(
        cls, scene: Scene, at: object = None, output_map: object = 0, channel: object = None
    ) -> Dive:
        """The dive from an input pixel, by default from a telling one.

        Parameters
        ----------
        at : ([depth,] row, column) of the input; None for where neighbours differ most
        output_map : which map the pixel is to become a part of
        channel : of those that the map reads, the one whose numbers are shown; None for all where
            there are few, else for the one that adds most

        Raises
        ------
        ArgumentError
            For another place, another map or channel, and a kernel that is too large.
        """
        geometry = scene.geometry
        _check_kernel(geometry)
        chosen = check_integer("output_map", output_map, least=0, most=geometry.maps - 1)
        one = None if channel is None else _check_channel(geometry, chosen, channel)
        pixel = telling_pixel(scene) if at is None else _check_pixel(geometry, at)
        place = (chosen, *output_around(geometry, pixel))
        step = scene.step(int(np.ravel_multi_index(place, scene.output.shape)))
        return cls(scene, pixel, step, one)

    # The numbers

    @cached_property
    def window(self) -> Array:
        """The values under the window (C/groups, [T,] R, S), zeros where there is padding."""
        g = self.scene.geometry
        values = [
            self.scene.values[tap.channel, *tap.cell] if tap.kind is Kind.DATA else 0
            for tap in self.step.taps
        ]
        return np.array(values, self.scene.values.dtype).reshape(g.kernel_shape[1:])

    @property
    def weights(self) -> Array:
        """The weights of the map, of the same shape."""
        weights: Array = self.scene.kernel[self.step.output_map]
        return weights

    @cached_property
    def partial_sums(self) -> Array:
        """The sum after each product, without the bias: as the layer itself adds it up."""
        size = self.window.shape
        alone = make_geometry((1, *size), 1, size[1:])
        return cpu.partial_sums(alone, self.window[None], self.weights[None], 0).reshape(-1)

    @cached_property
    def products(self) -> Array:
        """Every product by itself; exact, for int8 as for float32, and zero without a sign."""
        wide = np.int64 if self.scene.quantization else np.float64
        with np.errstate(over="ignore", invalid="ignore"):
            products: Array = self.window.astype(wide) * self.weights.astype(wide) + 0
        return products

    # Their texts

    @property
    def area(self) -> int:
        """How many weights a slice of the kernel has."""
        *_, rows, columns = self.scene.geometry.kernel_shape
        return rows * columns

    @property
    def is_small(self) -> bool:
        """Whether the numbers of several slices can be read beside one another."""
        *_, rows, columns = self.scene.geometry.kernel_shape
        return max(rows, columns) <= MOST_READABLE

    @cached_property
    def planes(self) -> list[Plane]:
        """Every slice of the kernel, in the order of the sum."""
        return [Plane(self, number) for number in range(self.window.size // self.area)]

    @cached_property
    def weight_texts(self) -> list[str]:
        """The text of each weight of the map."""
        return decimals.weight_texts(self.weights, 8 if self.scene.readable else WEIGHT_PLACES)

    def sum_after(self, tap: int) -> str:
        """The text of the sum after a product; −1 is the last."""
        return self.text(self.partial_sums[tap], SUM_DIGITS)

    def texts(self, values: Array, digits: int) -> list[str]:
        """`text` of each of these."""
        return [self.text(value, digits) for value in values]

    def text(self, value: float, digits: int) -> str:
        """A number as it is shown: rounded where the scene is of pictures."""
        if self.scene.quantization:
            return str(int(value))
        with np.errstate(over="ignore"):
            number = np.float32(value)
        return decimals.text(number) if self.scene.readable else number_text(number, digits)

    @cached_property
    def shown(self) -> list[int]:
        """Which planes show their numbers: up to three, else the one that adds most.

        Of a channel that was chosen it is the one that adds most of that channel's.
        """
        count = len(self.planes)
        if self.channel is None and (count == 1 or (count <= MOST_PLANES and self.is_small)):
            return list(range(count))
        ends = self.products.reshape(count, -1).sum(axis=-1)
        sizes = np.abs(np.nan_to_num(ends.astype(np.float64)))
        if self.channel is not None:
            others = [n for n, plane in enumerate(self.planes) if plane.channel != self.channel]
            sizes[others] = -1
        return [int(np.argmax(sizes))]

    @property
    def main(self) -> Plane:
        """The plane whose picture is zoomed into: of several, the one in the middle."""
        return self.planes[self.shown[len(self.shown) // 2]]

    @property
    def others(self) -> str | None:
        """What the planes add together that are not shown; None where all are."""
        if len(self.shown) == len(self.planes):
            return None
        mine = float(self.products.reshape(len(self.planes), -1)[self.shown[0]].sum())
        return self.text(float(self.partial_sums[-1]) - mine, SUM_DIGITS)

    @property
    def choice(self) -> tuple[int, int] | None:
        """The first and the last channel that can be chosen; None where all are shown at once."""
        channels = self.scene.geometry.channels_of(self.step.output_map)
        is_one = len(channels) == 1 or (self.channel is None and self.others is None)
        return None if is_one else (channels[0], channels[-1])

    # Pictures

    @property
    def in_colour(self) -> bool:
        """Whether the input is a picture of three channels as colours."""
        return self.scene.geometry.channels == 3 and len(self.scene.geometry.axes) == 2

    @cached_property
    def input_pixels(self) -> Array:
        """The input's shades (H, W, 3), or (H, W, 1) of the main plane."""
        span = self.scene.value_ranges["input"]
        if self.in_colour:
            return shades(np.moveaxis(self.scene.values, 0, -1), span)
        values = self._slice(self.scene.values, self.main.channel, self.main.depth)
        return shades(values, span)[..., None]

    @cached_property
    def output_pixels(self) -> Array:
        """The output map's shades (H, W, 1)."""
        *deep, _, _ = self.step.position
        span = self.scene.value_ranges["output"]
        plane = self._slice(self.scene.output, self.step.output_map, deep[0] if deep else 0)
        return shades(plane, span)[..., None]

    @staticmethod
    def _slice(tensor: Array, channel: int, depth: int) -> Array:
        plane: Array = tensor[channel]
        if plane.ndim == 2:
            return plane
        inside: Array = plane[depth] if 0 <= depth < len(plane) else np.zeros_like(plane[0])
        return inside

    def shade(self, tap: Tap) -> int:
        """The shade of the pixel that a tap reads, 0 … 255; of padding, zero's."""
        value = self.scene.values[tap.channel, *tap.cell] if tap.kind is Kind.DATA else 0
        return int(shades(np.array([value]), self.scene.value_ranges["input"])[0])

    @property
    def output_shade(self) -> int:
        """The shade of the output element."""
        *_, row, column = self.step.position
        return int(self.output_pixels[row, column, 0])

    @property
    def pictures(self) -> dict[str, PictureMessage]:
        """The sizes of both pictures."""
        found: dict[str, PictureMessage] = {}
        for name, pixels in (("input", self.input_pixels), ("output", self.output_pixels)):
            height, width, channels = pixels.shape
            found[name] = {"height": height, "width": width, "channels": channels}
        return found

    # Words

    @property
    def alt(self) -> str:
        """The whole way in words."""
        return " ".join(self.words.values())

    @cached_property
    def words(self) -> dict[str, str]:
        """What each stage shows, in a sentence or two."""
        return words_of(self)


def telling_pixel(scene: Scene) -> tuple[int, ...]:
    """The input pixel where neighbours differ most, with the middle preferred to the border."""
    values = np.nan_to_num(scene.values.astype(np.float64), posinf=0.0, neginf=0.0).mean(axis=0)
    slopes, weights = np.zeros(values.shape), np.ones(values.shape)
    for axis, size in enumerate(values.shape):
        if size > 1:
            slopes += np.abs(np.gradient(values, axis=axis))
        hann = np.sin(math.pi * (np.arange(size) + 0.5) / size) ** 2
        weights *= hann.reshape([-1 if n == axis else 1 for n in range(values.ndim)])
    slopes *= weights
    if not slopes.any():
        return tuple(size // 2 for size in values.shape)
    return tuple(int(i) for i in np.unravel_index(int(slopes.argmax()), values.shape))


def output_around(geometry: Geometry, pixel: tuple[int, ...]) -> tuple[int, ...]:
    """The output whose window has its middle nearest to an input pixel."""
    return tuple(_nearest(axis, index) for axis, index in zip(geometry.axes, pixel, strict=True))


def _nearest(axis: Axis, index: int) -> int:
    def distance(output: int) -> int:
        return abs(axis.index(output, 0) + axis.index(output, axis.kernel - 1) - 2 * index)

    return min(range(axis.output), key=distance)


def _check_pixel(geometry: Geometry, at: object) -> tuple[int, ...]:
    sizes = tuple(axis.size for axis in geometry.axes)
    pixel = as_integers(at) or ()
    if len(pixel) != len(sizes) or not all(0 <= i < n for i, n in zip(pixel, sizes, strict=True)):
        names = "(row, column)" if len(sizes) == 2 else "(depth, row, column)"
        allowed = f"{names} of the input, inside {sizes}"
        raise ArgumentError("at", short(at), allowed, "Positions count from 0.")
    return pixel


def _check_channel(geometry: Geometry, output_map: int, channel: object) -> int:
    read = geometry.channels_of(output_map)
    try:
        return check_integer("channel", channel, least=read[0], most=read[-1])
    except ArgumentError as error:
        allowed = f"one of the channels that map {output_map} reads, {read[0]} to {read[-1]}"
        raise ArgumentError(
            "channel", error.got, allowed, "Leave it out for the one that adds most."
        ) from None


def _check_kernel(geometry: Geometry) -> None:
    *_, rows, columns = geometry.kernel_shape
    if rows * columns > MOST_WEIGHTS:
        allowed = f"at most {MOST_WEIGHTS:,} weights in a slice, as in 32×32"
        got = f"{rows}×{columns}"
        raise ArgumentError("kernel_size_nd", got, allowed, "Dive through a smaller kernel.")
