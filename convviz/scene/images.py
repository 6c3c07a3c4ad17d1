"""Tensors of too many values to read, as images: which channels each paints, in which shades."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry
from convviz.language.catalogue import say

MOST_IMAGES = 4  # of one tensor; of more, mosaics (channels.py)
READABLE_CELLS = 6_000  # past this many numbers nobody reads them: pictures


@dataclass(frozen=True)
class Image:
    """Some channels of a tensor as one image.

    Attributes
    ----------
    tensor : "input" or "output"
    height, width : int
        Rows and columns of values.
    title : str
        What tells it from its neighbours.
    channels : tuple of int
        Three in colour, red, green and blue; one in grey.
    """

    tensor: str
    height: int
    width: int
    title: str
    channels: tuple[int, ...]

    @property
    def tint(self) -> str:
        """How the channels are painted: "rgb" or "grey"."""
        return "rgb" if len(self.channels) == 3 else "grey"


def cell_count(geometry: Geometry) -> int:
    """Cells of the padded input and of the output, of one batch item."""
    padded = geometry.channels * math.prod(len(axis.cells) for axis in geometry.axes)
    return padded + geometry.maps * math.prod(axis.output for axis in geometry.axes)


def images_of(geometry: Geometry) -> list[Image]:
    """The images that stand in for the input's and the output's panels.

    Three channels are one image in colour; three maps too, where they come of three channels.
    """
    *_, height, width = geometry.axes
    channels, maps = geometry.channels, geometry.maps
    return [
        *_images("input", channels, height.size, width.size, in_colour=channels == 3),
        *_images("output", maps, height.output, width.output, in_colour=channels == 3 == maps),
    ]


def _images(
    tensor: str, channels: int, height: int, width: int, *, in_colour: bool
) -> Iterator[Image]:
    if in_colour:
        yield Image(tensor, height, width, say("captions.image.colours"), (0, 1, 2))
        return
    noun = "channel" if tensor == "input" else "map"
    for channel in range(channels):
        title = say(f"captions.panel.{noun}", number=channel) if channels > 1 else ""
        yield Image(tensor, height, width, title, (channel,))


def value_ranges(
    values: Array, kernel: Array, output: Array, *, quantized: bool
) -> dict[str, tuple[float, float]]:
    """The values drawn as black and as white in the input's and the output's images.

    Weights that add up to 1 keep an even grey as it is, so their output shares the input's range:
    a blurred photograph looks like the photograph. Any other output has its zero in middle grey
    and as much contrast as all but the rarest of its values allow.
    """
    low, high = _finite_range(values)
    sums = kernel.reshape(len(kernel), -1).sum(axis=-1, dtype=np.float64)
    if np.allclose(sums, 1, atol=1e-3) and not quantized:
        return {"input": (low, high), "output": (low, high)}
    sizes = np.abs(output[np.isfinite(output)])
    size = float(np.percentile(sizes, 99.5)) if sizes.size else 0.0
    return {"input": (low, high), "output": (-size, size)}


def _finite_range(values: Array) -> tuple[float, float]:
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def shades(values: Array, span: tuple[float, float]) -> Array:
    """Values as bytes, 0 for what ``span`` has as black and 255 for white; NaN is black."""
    low, high = span
    scaled = (np.asarray(values, np.float64) - low) / (high - low or 1)
    brightness = np.nan_to_num(np.clip(scaled, 0, 1), posinf=1)
    found: Array = np.rint(255 * brightness).astype(np.uint8)
    return found
