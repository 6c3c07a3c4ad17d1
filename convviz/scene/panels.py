"""Grids of cells: what stands where in one channel and depth of a tensor.

Kinds, gaps and read counts come from the geometry, texts from whoever asks; which panels a picture
has is the scene's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypedDict

from convviz.geometry import Axis, Geometry, Kind, combine
from convviz.language.catalogue import say
from convviz.scene import palette

LETTERS = {Kind.DATA: "d", Kind.PRE: "<", Kind.POST: ">", Kind.BEYOND: "+", Kind.GAP: "."}


class PanelMessage(TypedDict):
    """A panel as JSON; ``kinds`` and ``flags`` have a letter for each cell, row-major."""

    tensor: str
    channel: int
    depth: int | None
    group: int | None
    title: str
    rows: list[float]
    columns: list[float]
    kinds: str
    texts: list[str]
    reads: list[int]
    flags: str


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
    the gaps of a dilated kernel lie at fractions. ``kinds``, ``texts``, ``reads`` and ``flags`` are
    row-major; a flag says what int8 did to a value: s saturated, v vanished.
    """

    tensor: str  # "input", "kernel" or "output"; "source", "weights" before quantizing
    channel: int  # input channel; channel within the group; output map
    depth: int | None
    group: int | None  # which band of colour, where there is more than one group
    title: str
    rows: Sequence[float]
    columns: Sequence[float]
    kinds: Sequence[Kind] = ()
    texts: Sequence[str] = ()
    reads: Sequence[int] = ()
    flags: str = ""

    @property
    def cells(self) -> Iterator[Cell]:
        """Every cell, row by row."""
        reads = self.reads or [1] * len(self.kinds)
        places = ((row, column) for row in self.rows for column in self.columns)
        for (row, column), kind, text, count in zip(
            places, self.kinds, self.texts, reads, strict=True
        ):
            yield Cell(row, column, kind, text, count == 0)

    def message(self) -> PanelMessage:
        """The panel as JSON, with one letter for each kind."""
        return {
            "tensor": self.tensor,
            "channel": self.channel,
            "depth": self.depth,
            "group": self.group,
            "title": self.title,
            "rows": list(self.rows),
            "columns": list(self.columns),
            "kinds": "".join(LETTERS[kind] for kind in self.kinds),
            "texts": list(self.texts),
            "reads": list(self.reads),
            "flags": self.flags,
        }


def input_panels(
    geometry: Geometry, name: str, texts: Sequence[str], flags: str, dtype: str
) -> Iterator[Panel]:
    """A panel for each channel, and depth, of the padded input.

    ``texts`` and ``flags`` are the data's, in memory order; ``flags`` may be empty. ``dtype`` says
    what the numbers are, where that needs saying.
    """
    *deep, height, width = geometry.axes
    slices = {depth: _slice(geometry, depth) for depth in (deep[0].cells if deep else [None])}
    for channel in range(geometry.channels):
        for depth, (kinds, reads) in slices.items():
            data = _slice_of(geometry, channel, depth)
            yield Panel(
                name,
                channel,
                depth,
                _band(geometry, channel // geometry.group_channels),
                _title(geometry.channels, "channel", channel, depth, dtype),
                height.cells,
                width.cells,
                kinds,
                _fill(kinds, texts[data], "0"),
                reads,
                "".join(_fill(kinds, flags[data], " ")) if flags else "",
            )


def kernel_panels(
    geometry: Geometry, name: str, texts: Sequence[str], dtype: str, *, gaps: bool = True
) -> Iterator[Panel]:
    """A panel for each channel within the group, and depth, of one output map's weights.

    ``gaps`` shows those of a dilated kernel; beside a picture its window is drawn without them.
    """
    *deep, height, width = geometry.axes
    rows, columns = (_spread(axis) if gaps else [*range(axis.kernel)] for axis in (height, width))
    kinds = [
        Kind.DATA if row % 1 == 0 == column % 1 else Kind.GAP for row in rows for column in columns
    ]
    area = height.kernel * width.kernel
    start = 0
    for channel in range(geometry.group_channels):
        for depth in range(deep[0].kernel) if deep else [None]:
            yield Panel(
                name,
                channel,
                depth,
                None,
                _title(geometry.group_channels, "channel", channel, depth, dtype),
                rows,
                columns,
                kinds,
                _fill(kinds, texts[start : start + area], ""),
            )
            start += area


def output_panels(geometry: Geometry, texts: Sequence[str]) -> Iterator[Panel]:
    """A panel for each output map, and depth."""
    *deep, height, width = geometry.axes
    area = height.output * width.output
    start = 0
    for output_map in range(geometry.maps):
        for depth in range(deep[0].output) if deep else [None]:
            yield Panel(
                "output",
                output_map,
                depth,
                _band(geometry, output_map // geometry.group_maps),
                _title(geometry.maps, "map", output_map, depth, ""),
                range(height.output),
                range(width.output),
                [Kind.DATA] * area,
                texts[start : start + area],
            )
            start += area


def _band(geometry: Geometry, group: int) -> int | None:
    return group % len(palette.GROUPS) if geometry.groups > 1 else None


def _title(count: int, noun: str, number: int, depth: int | None, dtype: str) -> str:
    """A panel's title: what tells it from its neighbours."""
    parts = [say(f"captions.panel.{noun}", number=number)] if count > 1 else []
    parts += [] if depth is None else [say("captions.panel.depth", number=depth)]
    return ", ".join([*parts, dtype] if dtype else parts)


def _slice_of(geometry: Geometry, channel: int, depth: int | None) -> slice:
    """Where a depth slice lies in the input's memory; empty for a slice of padding."""
    *deep, height, width = geometry.axes
    area, depths = height.size * width.size, deep[0].size if deep else 1
    if not 0 <= (depth or 0) < depths:
        return slice(0)
    start = (channel * depths + (depth or 0)) * area
    return slice(start, start + area)


def _slice(geometry: Geometry, depth: int | None) -> tuple[list[Kind], list[int]]:
    """Kinds and read counts of one depth slice of the padded input, row-major."""
    *deep, height, width = geometry.axes
    kinds, count = [Kind.DATA], 1
    if depth is not None:
        kinds, count = [deep[0].kind(depth)], deep[0].counts[depth + deep[0].pre]
    # Kinds and counts are worked out once per axis: a slice has thousands of cells, of few kinds.
    rows = [(height.kind(row), height.counts[row + height.pre]) for row in height.cells]
    columns = [(width.kind(column), width.counts[column + width.pre]) for column in width.cells]
    combined = {
        (a, b): combine([*kinds, a, b])
        for a in {kind for kind, _ in rows}
        for b in {kind for kind, _ in columns}
    }
    places = [(row, column) for row in rows for column in columns]
    return (
        [combined[row[0], column[0]] for row, column in places],
        [count * row[1] * column[1] for row, column in places],
    )


def _spread(axis: Axis) -> list[float]:
    """The places along one kernel axis: the weights' indices, and fractions in the gaps."""
    places = [i / axis.dilation for i in range(axis.effective_kernel)]
    return [int(place) if place.is_integer() else place for place in places]


def _fill(kinds: Sequence[Kind], data: Sequence[str], other: str) -> list[str]:
    """``data`` in order where the kind is data, ``other`` elsewhere and where data ends early."""
    source = iter(data)
    return [next(source, other) if kind is Kind.DATA else other for kind in kinds]
