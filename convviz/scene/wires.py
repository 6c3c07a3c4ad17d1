"""Wires: which input channels each output map reads, and through which of its weights."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.scene import captions, palette
from convviz.scene.diagram import LABELS, WIDTH, Diagram, Light, Link, Node, height_of, row_places

MOST_CHANNELS = 8  # of one group
MOST_ACROSS = 32  # channels, and maps
MOST_SLICES = 96
ROW_STEP = 84.0


def wires_of(geometry: Geometry) -> Diagram:
    """Rows of channels, of each map's weights by channel, and of maps, joined.

    Raises
    ------
    ArgumentError
        Where there are too many to follow by eye.
    """
    _check_size(geometry)
    return _WiresDrawing(geometry).diagram()


def reads_of(geometry: Geometry) -> Array:
    """By map and channel, whether the one reads the other: a bool array (maps, channels)."""
    found = np.zeros((geometry.maps, geometry.channels), bool)
    for output_map in range(geometry.maps):
        found[output_map, list(geometry.channels_of(output_map))] = True
    return found


class _WiresDrawing:
    """The dots, lines and lights of one layer."""

    def __init__(self, geometry: Geometry) -> None:
        self.geometry = g = geometry
        kernel = captions.shape([axis.kernel for axis in g.axes])
        names = (
            say("diagram.wires.channels"),
            say("diagram.wires.weights", kernel=kernel),
            say("diagram.wires.maps"),
        )
        self.rows = row_places(names, ROW_STEP)
        self.per_slice = g.tap_count // g.group_channels
        self.slices = [(k, c) for k in range(g.maps) for c in g.channels_of(k)]
        self.first_slice = g.channels
        self.first_map = g.channels + len(self.slices)
        self.links = [
            link
            for n, (output_map, channel) in enumerate(self.slices)
            for link in (
                Link(channel, self.first_slice + n, self._group(output_map)),
                Link(self.first_slice + n, self.first_map + output_map, self._group(output_map)),
            )
        ]

    def _group(self, output_map: int) -> int:
        return output_map // self.geometry.group_maps % len(palette.GROUPS)

    def diagram(self) -> Diagram:
        g = self.geometry
        nodes = [*self._channel_nodes(), *self._slice_nodes(), *self._map_nodes()]
        lights = [
            *(self._channel_light(channel) for channel in range(g.channels)),
            *(self._slice_light(n) for n in range(len(self.slices))),
            *(self._map_light(output_map) for output_map in range(g.maps)),
        ]
        title = say(
            "diagram.wires.title",
            count=g.groups,
            channels=g.channels,
            maps=g.maps,
            weights=g.weight_count,
        )
        rest = Light(title, range(len(nodes)), range(len(self.links)))
        across = max(g.channels, g.maps)
        radius = min(15.0, 0.4 * (WIDTH - LABELS) / across)
        height = height_of(self.rows)
        return Diagram(title, height, self.rows, nodes, self.links, lights, rest, radius)

    # Dots

    def _channel_nodes(self) -> list[Node]:
        g = self.geometry
        first_maps = [c // g.group_channels * g.group_maps for c in range(g.channels)]
        readers = [self._group(output_map) for output_map in first_maps]
        return self._row(0, readers, [str(channel) for channel in range(g.channels)])

    def _map_nodes(self) -> list[Node]:
        maps = range(self.geometry.maps)
        return self._row(2, [self._group(k) for k in maps], [str(k) for k in maps])

    def _row(self, row: int, groups: Sequence[int], labels: Sequence[str]) -> list[Node]:
        spacing = (WIDTH - LABELS - 24) / len(groups)
        y = self.rows[row][1]
        return [
            Node(row, LABELS + (n + 0.5) * spacing, y, label=label, group=group)
            for n, (group, label) in enumerate(zip(groups, labels, strict=True))
        ]

    def _slice_nodes(self) -> list[Node]:
        """The slices of each map's kernel side by side, above the map."""
        g, y = self.geometry, self.rows[1][1]
        room = (WIDTH - LABELS - 24) / g.maps
        step = min(24.0, 0.85 * room / g.group_channels)
        found = []
        for n, (k, _) in enumerate(self.slices):
            place = n % g.group_channels - (g.group_channels - 1) / 2
            x = LABELS + (k + 0.5) * room + place * step
            found.append(Node(1, x, y, shape="square", group=self._group(k)))
        return found

    # Lights

    def _lit(self, words: str, chosen: Sequence[int]) -> Light:
        """Some slices with their channels, their maps, and the lines between."""
        slices = [self.first_slice + n for n in chosen]
        channels = {self.slices[n][1] for n in chosen}
        maps = {self.first_map + self.slices[n][0] for n in chosen}
        links = [link for n in chosen for link in (2 * n, 2 * n + 1)]
        return Light(words, sorted({*channels, *slices, *maps}), links)

    def _map_light(self, output_map: int) -> Light:
        channels = self.geometry.channels_of(output_map)
        words = say(
            "diagram.wires.map",
            map=output_map,
            count=len(channels),
            channels=_named(channels),
            weights=self.geometry.tap_count,
        )
        chosen = [n for n, (k, _) in enumerate(self.slices) if k == output_map]
        return self._lit(words, chosen)

    def _channel_light(self, channel: int) -> Light:
        chosen = [n for n, (_, c) in enumerate(self.slices) if c == channel]
        maps = [self.slices[n][0] for n in chosen]
        weights = len(chosen) * self.per_slice
        values = {"channel": channel, "maps": _named(maps), "weights": weights}
        return self._lit(say("diagram.wires.channel", count=len(maps), **values), chosen)

    def _slice_light(self, n: int) -> Light:
        output_map, channel = self.slices[n]
        values = {"map": output_map, "channel": channel}
        return self._lit(say("diagram.wires.slice", count=self.per_slice, **values), [n])


def _named(numbers: Sequence[int]) -> str:
    """Numbers as one says them: 2, 2 and 3, 0 to 7."""
    if len(numbers) < 2:
        return str(numbers[0])
    if len(numbers) == 2:
        return f"{numbers[0]}{say('captions.and')}{numbers[1]}"
    return say("diagram.from_to", first=numbers[0], last=numbers[-1])


def _check_size(geometry: Geometry) -> None:
    slices = geometry.maps * geometry.group_channels
    for name, count, most, noun in (
        ("num_groups", geometry.group_channels, MOST_CHANNELS, "channels in a group"),
        ("input", geometry.channels, MOST_ACROSS, "channels"),
        ("num_output_maps", geometry.maps, MOST_ACROSS, "maps"),
        ("num_output_maps", slices, MOST_SLICES, "slices of weights"),
    ):
        if count > most:
            remedy = "Draw the wires of a smaller layer with the same groups."
            raise ArgumentError(name, f"{count:,} {noun}", f"at most {most} {noun}", remedy)
