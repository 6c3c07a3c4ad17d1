"""A layer of many channels and maps as a still: facts, and two mosaics in memory order."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Sequence

import numpy as np

from convviz.arrays import Array
from convviz.language.catalogue import say
from convviz.plot.colours import Pixels, signed
from convviz.poster.board import TensorPicture
from convviz.poster.hidden import Hidden
from convviz.poster.parts import Beside, Line, Part, Under
from convviz.scene.channels import channels_message
from convviz.scene.images import shades
from convviz.scene.scene import Scene
from convviz.scene.step import Step

SIDE = 24.0  # em of a mosaic
MOST_PIXELS = 600  # along a mosaic; tiles of more show some of their values
LEAST_TILE = 6
CHARACTERS = 110  # of a line of facts


def mosaics(scene: Scene, step: Step, hidden: Hidden) -> Part:
    """The layer's facts over its channels and its maps, but for what is hidden."""
    message = channels_message(scene)
    summary = message["summary"]
    told = summary[: -message["results"]] if hidden.size else summary
    facts = " · ".join(filter(None, [message["name"], *told, message["dead"]]))
    lines: list[Part] = [Line(line, size=0.95) for line in textwrap.wrap(facts, CHARACTERS)]
    low, high = message["inputRange"]
    size = message["outputSize"]
    g = scene.geometry
    if message["inColour"]:
        colour = [shades(plane, (low, high)) for plane in _planes(scene.values)]
        channels = [np.stack(colour, axis=-1)]
    else:
        channels = [
            np.stack([shades(plane, (low, high))] * 3, axis=-1) for plane in _planes(scene.values)
        ]
    maps = [signed(plane, size) for plane in _planes(scene.output)]
    kind = "colours" if message["inColour"] else "grey"
    heading = say(f"browser.channels.input.{kind}", count=g.channels)
    words = say("browser.channels.output", count=g.maps)
    total = Line(f"{step.name} = {step.result}", face="SansMono", size=0.95)
    pictures = [TensorPicture(heading, _mosaic(channels), SIDE)]
    if not hidden.size:
        pictures.append(TensorPicture(words, _mosaic(maps), SIDE))
    return Under([*lines, Beside(pictures), *([] if hidden.total else [total])], 0.4)


def _planes(values: Array) -> list[Array]:
    """A plane of each channel; in 3-D the one in the middle."""
    return [plane[len(plane) // 2] if plane.ndim == 3 else plane for plane in values]


def _mosaic(tiles: Sequence[Pixels]) -> Pixels:
    """Tiles (H, W, 3) in rows, about as wide as high, with a white line between them."""
    height, width, _ = tiles[0].shape
    columns = max(1, round(math.sqrt(len(tiles) * height / width)))
    rows = math.ceil(len(tiles) / columns)
    skip = math.ceil(max(columns * width, rows * height) / MOST_PIXELS)
    small = [tile[::skip, ::skip] for tile in tiles]
    repeat = math.ceil(LEAST_TILE / max(small[0].shape[:2]))
    small = [tile.repeat(repeat, 0).repeat(repeat, 1) for tile in small]
    height, width, _ = small[0].shape
    found = np.full((rows * (height + 1) - 1, columns * (width + 1) - 1, 3), 255, np.uint8)
    for n, tile in enumerate(small):
        row, column = divmod(n, columns)
        top, left = row * (height + 1), column * (width + 1)
        found[top : top + height, left : left + width] = tile
    return found
