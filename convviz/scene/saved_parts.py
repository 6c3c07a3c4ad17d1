"""A scene's message for a page, which can ask nobody: all in float32, and some blocks of parts."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from convviz.scene.channels import in_float32
from convviz.scene.parts import Parts, SavedParts

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

MOST_SAVED = 250_000  # sums and weights that a page is written with, 1.3 MB


def with_saved_parts(message: Mapping[str, object], scene: Scene, step: int) -> dict[str, object]:
    """A scene's message for a page, which can ask nobody: with the blocks from ``step`` on.

    As many as a page should be large; of a scene without blocks, the message as it is.
    """
    layer = message.get("layer")
    if not isinstance(layer, dict):
        return {**message}
    saved: list[SavedParts] = []
    size = 0
    for parts in _blocks(scene, step):
        size += parts.weights.size + parts.sums.size
        if saved and size > MOST_SAVED:
            break
        saved.append(parts.saved())
    return {**message, "layer": {**in_float32(scene, layer), "saved": saved}}


def _blocks(scene: Scene, step: int) -> Iterator[Parts]:
    """The blocks of all outputs, from the one that holds ``step`` on, and round to those before."""
    first = Parts.at(scene, step)
    *deep, high, wide = scene.geometry.axes
    depths = deep[0].output if deep else 1
    rows = range(0, high.output, len(Parts.at(scene, 0).rows))
    places = list(itertools.product(range(scene.geometry.maps), range(depths), rows))
    start = places.index((first.output_map, first.depth, first.rows.start))
    for output_map, depth, row in [*places[start:], *places[:start]]:
        yield Parts.at(scene, ((output_map * depths + depth) * high.output + row) * wide.output)
