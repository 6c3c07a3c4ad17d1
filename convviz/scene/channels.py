"""What is shown of a layer of many channels and maps: facts, and in which colours its values are.

Its channels and maps are mosaics, in memory order; the weights go to a renderer map by map
(parts.py), never as texts. Draws nothing.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry
from convviz.scene import layer_facts
from convviz.scene.coarse import CoarseMessage, Grid, any_of, coarse_message, sent
from convviz.scene.images import MOST_IMAGES, READABLE_CELLS, cell_count
from convviz.scene.int8 import SATURATED, VANISHED
from convviz.scene.parts import SavedParts
from convviz.scene.step import number_text

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

MOST_GROUP_CHANNELS = 8  # of a sum that is shown product by product
MOST_PANELS = 16  # channels, or maps, that stand side by side with their numbers
MOST_SHOWN = 4  # channels that are shown as window × weights = product
SUM_DIGITS = 4  # of what channels add


class ChannelsMessage(TypedDict):
    """What a renderer needs beside the values."""

    name: str
    summary: list[str]
    results: int
    dead: str
    int8: str
    deadChannels: list[int]
    deadMaps: list[int]
    inputRange: tuple[float, float]
    inColour: bool
    outputSize: float
    coarse: CoarseMessage
    saturated: str
    vanished: str
    saved: list[SavedParts]


def are_many(geometry: Geometry) -> bool:
    """Whether there are more channels or maps than stand side by side, as numbers or as images."""
    most = max(geometry.channels, geometry.maps)
    fits = most <= (MOST_PANELS if cell_count(geometry) <= READABLE_CELLS else MOST_IMAGES)
    return geometry.group_channels > MOST_GROUP_CHANNELS or not fits


def channels_message(scene: Scene) -> ChannelsMessage:
    """All of it as JSON."""
    channels, maps = layer_facts.dead(scene)
    coarse = coarse_message(scene.geometry)
    return {
        "name": layer_facts.name(scene),
        "summary": layer_facts.summary(scene),
        "results": len(layer_facts.results(scene)),
        "dead": layer_facts.dead_words(channels, maps),
        "int8": layer_facts.int8_words(scene),
        "deadChannels": list(channels),
        "deadMaps": list(maps),
        "inputRange": finite_range(scene.values),
        "inColour": scene.geometry.channels == 3,
        "outputSize": usual_size(scene.output),
        "coarse": coarse,
        "saturated": marked(scene, SATURATED, coarse["input"]),
        "vanished": marked(scene, VANISHED, coarse["input"]),
        "saved": [],
    }


def sent_values(scene: Scene, layer: ChannelsMessage) -> tuple[bytes, bytes]:
    """The input's and the output's values as they go to a browser, for this message."""
    coarse, size = layer["coarse"], layer["outputSize"]
    return (
        sent(scene.values, coarse["input"], layer["inputRange"]),
        sent(scene.output, coarse["output"], (-size, size)),
    )


def in_float32(scene: Scene, layer: Mapping[str, object]) -> dict[str, object]:
    """The message for who has all values in float32: a page, which can ask for none."""
    coarse: CoarseMessage = {"input": None, "output": None}
    marks = {"saturated": SATURATED, "vanished": VANISHED}
    found = {name: marked(scene, letter) for name, letter in marks.items()}
    return {**layer, "coarse": coarse, **found}


def marked(scene: Scene, letter: str, grid: Grid | None = None) -> str:
    """Which values of the input int8 did this to: a bit each, in base64; "" where none.

    Where there is a grid, which of its cells hold such a value.
    """
    bits = lost(scene, letter)
    if not bits.any():
        return ""
    if grid is not None:
        bits = any_of(bits.reshape(scene.values.shape), grid)
    return base64.b64encode(np.packbits(bits).tobytes()).decode()


def lost(scene: Scene, letter: str) -> Array:
    """Whether int8 did this to each value of the input; bool, flat, empty without int8."""
    letters = np.frombuffer(scene.flags["input"].encode(), np.uint8)
    found: Array = letters == ord(letter)
    return found


def finite_range(values: Array) -> tuple[float, float]:
    """The values that are black and white in the input."""
    finite = values[np.isfinite(values)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)


def usual_size(values: Array) -> float:
    """The magnitude of the fullest blue and red in the output: all but the rarest of its values."""
    sizes = np.abs(values[np.isfinite(values)])
    return float(np.percentile(sizes, 99.5)) if sizes.size else 0.0


def signed_text(value: float, digits: int) -> str:
    """A number with its sign."""
    return ("\N{MINUS SIGN}" if value < 0 else "+") + number_text(np.float64(abs(value)), digits)


def plain_text(value: float, digits: int) -> str:
    """A number with a minus sign that is one."""
    return number_text(np.float64(value), digits).replace("-", "\N{MINUS SIGN}")
