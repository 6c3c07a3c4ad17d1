"""The view for a layer of many channels and maps: facts, mosaics, four channels, what each adds."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np
from matplotlib.artist import Artist
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch

from convviz.arrays import Array
from convviz.geometry import Tap
from convviz.language.catalogue import say
from convviz.plot import colours, shapes, tiles
from convviz.plot.canvas import BORDER, OVERLAY, TOP_OVERLAY, Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.channel_rows import ROW_GAP, ChannelPart, ChannelRow, Scales
from convviz.plot.parts_chart import PartsChart
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import HAIRLINE, CellStyle
from convviz.plot.tiles import Tiles, outlines
from convviz.plot.view import Page, View
from convviz.scene import palette
from convviz.scene.channels import MOST_SHOWN, channels_message, lost, plain_text
from convviz.scene.int8 import SATURATED, VANISHED
from convviz.scene.parts import Parts, largest, share
from convviz.scene.scene import Scene
from convviz.scene.step import Step

WIDTH, BODY, CHART = 74.0, 16.0, 7.0  # em
COLUMNS = (0.0, 23.0, 49.0)  # where each begins
COLUMN_GAP = 2.0
LINE = 1.4  # of a line of facts
HEADING = 1.9
SUM_HEIGHT = 2.2  # of the sum in words
LEGEND_HEIGHT = 1.8
MAP_PART = 0.42  # of the output's width
CHARACTER = 0.55  # of a fact, on average
DEAD_WIDTH, MOST_WIDTH = 0.12, 0.2
HALO_WIDTH, WINDOW_WIDTH = 0.24, 0.1  # of the outlines of the window, one on the other
SMALL_TILE = 1.2  # em; on smaller ones outlines are thinner
NAME = "y[{}]"


class ChannelsView(View):
    """Channels and maps as mosaics, and what each channel adds to the output on show.

    Attributes
    ----------
    message : ChannelsMessage
    facts : list of str
        The lines over the picture.
    rows : list of ChannelRow
    chart : PartsChart
    map_image : AxesImage
        The map at work, as far as it has come.
    """

    painted: ClassVar[Mapping[str, str]] = {
        "saturated": palette.SATURATED,
        "vanished": palette.VANISHED,
    }

    def __init__(self, scene: Scene, page: Page) -> None:
        super().__init__(scene, page)
        self.message = channels_message(scene)
        self.facts = self._list_facts()
        self._top = LINE * len(self.facts) + HEADING
        self._parts: Parts | None = None
        self._reached: tuple[int, ...] = ()
        self._slices = [-1, -1]
        self.width = WIDTH
        self._chart_top = self._top + BODY + SUM_HEIGHT
        self._chart_height = CHART if self._compares else 0.0
        self.height = self._chart_top + self._chart_height + LEGEND_HEIGHT

    @property
    def _compares(self) -> bool:
        """Whether an output is added of several channels."""
        return self.scene.geometry.group_channels > 1

    def _list_facts(self) -> list[str]:
        message = self.message
        summary = " · ".join([*filter(None, [message["name"]]), *message["summary"]])
        warnings = " · ".join(filter(None, [message["dead"], message["int8"]]))
        most = int(WIDTH / CHARACTER)
        return [line for text in (summary, warnings) for line in textwrap.wrap(text, most)]

    # Drawing

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        self.canvas = canvas
        for n, line in enumerate(self.facts):
            is_dead = bool(self.message["dead"]) and line.startswith(self.message["dead"][:8])
            canvas.text(
                0, LINE * (n + 0.75), line, colour=canvas.theme["alert"] if is_dead else None
            )
        self._draw_headings()
        self._draw_mosaics()
        self._draw_map()
        self._draw_rows()
        place = Rectangle(0, self._chart_top, WIDTH, self._chart_height)
        longest = heading(self.scene.step(self.scene.steps - 1))
        self.chart = PartsChart(canvas, place, len(longest), has_bias=self.scene.bias is not None)
        self._draw_legend()

    def _draw_headings(self) -> None:
        g, quiet = self.scene.geometry, self.canvas.theme["quiet"]
        kind = "colours" if self.message["inColour"] else "grey"
        shown = "most" if g.group_channels > MOST_SHOWN else "all"
        y = self._top - 0.6
        headings = (
            say(f"browser.channels.input.{kind}", count=g.channels),
            say(f"browser.channels.heading.{shown}", count=g.group_channels),
        )
        for x, text in zip(COLUMNS, headings, strict=False):
            self.canvas.text(x, y, text, colour=quiet)
        place = Rectangle(COLUMNS[2], y - 1, WIDTH - COLUMNS[2], 1.3)
        self.map_heading = CellArtist(self.canvas, place, align="left")

    def _draw_mosaics(self) -> None:
        g = self.scene.geometry
        *_, high, wide = g.axes
        count = 1 if self.message["inColour"] else g.channels
        room = Rectangle(0, self._top, COLUMNS[1] - COLUMN_GAP, BODY)
        self.input = Tiles(count, high.size, wide.size, room)
        across = (WIDTH - COLUMNS[2]) * MAP_PART
        x = COLUMNS[2] + across + COLUMN_GAP / 2
        room = Rectangle(x, self._top, WIDTH - x, BODY)
        self.output = Tiles(g.maps, high.output, wide.output, room)
        self._mosaics = [_Mosaic(self.canvas, each.place) for each in (self.input, self.output)]
        thin = min(1.0, self.input.box(0).width / SMALL_TILE)
        self._marks = {
            "dead": self._mark(DEAD_WIDTH, "alert", OVERLAY),
            "most": self._mark(MOST_WIDTH, "accent", OVERLAY),
            "halo": self._mark(thin * HALO_WIDTH, None, OVERLAY),
            "window": self._mark(thin * WINDOW_WIDTH, "accent", TOP_OVERLAY),
        }
        dead = [] if self.message["inColour"] else self.message["deadChannels"]
        boxes = [self.input.box(n) for n in dead]
        boxes += [self.output.box(n) for n in self.message["deadMaps"]]
        self._marks["dead"].set_path(outlines(boxes))

    def _mark(self, width: float, colour: str | None, zorder: int) -> PathPatch:
        patch = self.canvas.overlay(width)
        patch.set_edgecolor(self.canvas.theme[colour] if colour else palette.HALO)
        patch.set_zorder(zorder)
        patch.set_snap(False)
        return patch

    def _draw_map(self) -> None:
        *_, high, wide = self.scene.geometry.axes
        across = (WIDTH - COLUMNS[2]) * MAP_PART
        scale = min(across / wide.output, BODY / high.output)
        self.map_place = Rectangle(COLUMNS[2], self._top, scale * wide.output, scale * high.output)
        self._map = _Mosaic(self.canvas, self.map_place)
        border = self.canvas.patch(shapes.outline(self.map_place), HAIRLINE, BORDER)
        border.set_edgecolor(self.canvas.theme["line"])

    @property
    def map_image(self) -> AxesImage:
        """The map at work, as far as it has come."""
        return self._map.image

    def _draw_rows(self) -> None:
        *_, high, wide = self.scene.geometry.axes
        side = (BODY - 1.4) / MOST_SHOWN - ROW_GAP
        self.rows = [
            ChannelRow(
                self.canvas,
                COLUMNS[1],
                self._top + n * (side + ROW_GAP),
                side,
                (high.kernel, wide.kernel),
            )
            for n in range(MOST_SHOWN)
        ]
        place = Rectangle(COLUMNS[1], self._top + BODY - 1.3, COLUMNS[2] - COLUMNS[1] - 1, 1.3)
        self.share = CellArtist(self.canvas, place, font_size=0.9, align="left")

    def _draw_legend(self) -> None:
        """What the bars, the line and the colours mean; the ranges follow the step."""
        y, quiet = self._chart_top + self._chart_height + 1.2, self.canvas.theme["quiet"]
        x = 0.0
        if self._compares:
            self.canvas.text(x, y, say("browser.channels.in_order"), size=0.9, colour=quiet)
            x = 20.0
            for name, width in (("adds", 5.0), ("takes", 8.0)):
                self._draw_key(x, y, self.canvas.theme[name], say(f"browser.channels.bar.{name}"))
                x += width
        self.ranges = []
        levels = np.linspace(-1, 1, 64)[None]
        for name in ("window", "weights", "products"):
            words = say(f"browser.channels.scale.{name}")
            self.canvas.text(x, y, words, size=0.9, colour=quiet)
            place = Rectangle(x + 4.8, y - 0.7, 3, 0.8)
            bar = tiles.add_image(self.canvas, place)
            bar.set_data(
                colours.grey(levels, -1, 1) if name == "window" else colours.signed(levels, 1)
            )
            cell = Rectangle(x + 8, y - 0.9, 7, 1.2)
            self.ranges.append(CellArtist(self.canvas, cell, font_size=0.85, align="left"))
            x += 15.0 if name == "window" else 12.8

    def _draw_key(self, x: float, y: float, colour: str, words: str) -> None:
        swatch = self.canvas.patch(shapes.outline(Rectangle(x, y - 0.7, 0.8, 0.8)))
        swatch.set_facecolor(colour)
        self.canvas.text(x + 1.2, y, words, size=0.9, colour=self.canvas.theme["quiet"])

    # Steps

    def show(self, step: Step) -> None:
        """Show a step, whatever was shown before."""
        parts = self._parts_at(step).of(step.position)
        channels = largest(parts[:-1], MOST_SHOWN)
        self._show_mosaics(step)
        self._show_marks(step, channels)
        self._show_map(step)
        self._show_rows(step, parts, channels)
        result = float(self.scene.output[step.place])
        self.chart.show(heading(step), parts, result)

    def _parts_at(self, step: Step) -> Parts:
        """The block of a step's parts; those of the last step where it holds them."""
        parts = self._parts
        if parts is None or not parts.holds(step.place):
            parts = self._parts = Parts.at(self.scene, step.index)
        return parts

    def _show_mosaics(self, step: Step) -> None:
        *deep, _, _ = self.scene.geometry.axes
        at = step.position[0] if deep else 0
        middle = deep[0].table[at][deep[0].kernel // 2] if deep else 0
        if self._slices[0] != middle:
            self._mosaics[0].show(self.input.image(self._input_tiles(middle)))
        if self._slices[1] != at:
            size = self.message["outputSize"]
            planes = [self.output.means(_slice(plane, at)) for plane in self.scene.output]
            self._mosaics[1].show(self.output.image([colours.signed(p, size) for p in planes]))
        self._slices = [middle, at]

    def _input_tiles(self, depth: int) -> list[colours.Pixels]:
        low, high = self.message["inputRange"]
        planes = [self.input.means(_slice(plane, depth)) for plane in self.scene.values]
        pixels = [colours.grey(plane, low, high) for plane in planes]
        self._mark_lost(pixels, depth)
        if self.message["inColour"]:
            return [np.stack([plane[..., 0] for plane in pixels], axis=-1)]
        return pixels

    def _mark_lost(self, pixels: list[colours.Pixels], depth: int) -> None:
        """Colour the pixels that show a value which int8 could not hold."""
        for paint, letter in ((palette.VANISHED, VANISHED), (palette.SATURATED, SATURATED)):
            marks = lost(self.scene, letter)
            if not marks.any():
                continue
            colour = [round(255 * part) for part in palette.channels(paint)]
            by_channel = marks.reshape(self.scene.values.shape).astype(np.float64)
            for shown, marked in zip(pixels, by_channel, strict=True):
                shown[self.input.means(_slice(marked, depth)) > 0] = colour

    def _show_marks(self, step: Step, channels: Sequence[int]) -> None:
        *_, high, wide = self.scene.geometry.axes
        *_, row, column = step.position
        read = self.scene.geometry.channels_of(step.output_map)
        in_colour = self.message["inColour"]
        apart = not in_colour and self.scene.geometry.channels > 1
        most = [self.input.box(read.start + n) for n in channels] if apart else []
        self._marks["most"].set_path(outlines([*most, self.output.box(step.output_map)]))
        window = (high.table[row][0], wide.table[column][0])
        size = (high.effective_kernel, wide.effective_kernel)
        parts = [self.input.part(n, *window, *size) for n in ([0] if in_colour else read)]
        parts.append(self.output.part(step.output_map, row, column, 1, 1))
        scale = self.map_place.width / wide.output
        x, y = self.map_place.x + column * scale, self.map_place.y + row * scale
        parts.append(Rectangle(x, y, scale, scale))
        for name in ("halo", "window"):
            self._marks[name].set_path(outlines(parts))

    def _show_map(self, step: Step) -> None:
        """Show the map at work as far as it has come."""
        g = self.scene.geometry
        *deep, high, wide = g.axes
        at = step.position[0] if deep else 0
        plane = _slice(self.scene.output[step.output_map], at)
        area = high.output * wide.output
        reached = step.index % area + 1
        if (step.output_map, at, reached) == self._reached:
            return
        self._reached = (step.output_map, at, reached)
        pixels = np.zeros((area, 4), np.uint8)
        pixels[:reached, :3] = colours.signed(plane, self.message["outputSize"]).reshape(-1, 3)[
            :reached
        ]
        pixels[:reached, 3] = 255
        self._map.show(pixels.reshape(high.output, wide.output, 4))
        words = (
            say("browser.channels.output", count=g.maps),
            str(step.output_map),
            say("browser.channels.as_far"),
        )
        self.map_heading.show(CellStyle(ink=self.canvas.theme["quiet"]), " ".join(words))

    def _show_rows(self, step: Step, parts: Array, channels: Sequence[int]) -> None:
        found = [self._channel_part(step, parts, channel) for channel in channels]
        weights = self._parts_at(step).weights
        products = np.concatenate([part.products for part in found])
        scales = Scales(*self.message["inputRange"], _largest(weights), _largest(products))
        for n, row in enumerate(self.rows):
            row.show(found[n] if n < len(found) else None, scales)
        quiet = CellStyle(ink=self.canvas.theme["quiet"])
        if self.scene.geometry.group_channels > MOST_SHOWN:
            words = {"count": len(channels), "share": share(parts[:-1], channels)}
            self.share.show(quiet, say("browser.channels.share", **words))
        black, white = (plain_text(value, 3) for value in self.message["inputRange"])
        texts = (
            f"{black} … {white}",
            *(f"±{plain_text(s, 3)}" for s in (scales.weights, scales.products)),
        )
        for cell, text in zip(self.ranges, texts, strict=True):
            cell.show(quiet, text)

    def _channel_part(self, step: Step, parts: Array, within: int) -> ChannelPart:
        """A channel's values, weights and products: in 3-D, of the slice in the window's middle."""
        g = self.scene.geometry
        *deep, high, wide = g.axes
        area = high.kernel * wide.kernel
        start = within * math.prod(axis.kernel for axis in g.axes)
        start += (deep[0].kernel // 2 if deep else 0) * area
        taps = tuple(step.taps[start : start + area])
        values = np.array([self._value(tap) for tap in taps], np.float64)
        block = self._parts_at(step)
        weights = block.weights.reshape(-1)[start : start + area].astype(np.float64)
        flags = {"input": "".join(map(self._flag, taps)), "kernel": block.flags[start:][:area]}
        channel = g.channels_of(step.output_map).start + within
        return ChannelPart(channel, parts[within], taps, values, weights, flags)

    def _value(self, tap: Tap) -> float:
        return float(self.scene.values[tap.channel, *tap.cell]) if self._is_data(tap) else 0.0

    def _flag(self, tap: Tap) -> str:
        """What int8 did to the value that a tap reads: a letter, or a space."""
        flags, at = self.scene.flags["input"], (tap.channel, *tap.cell)
        if not flags or not self._is_data(tap):
            return " "
        return flags[int(np.ravel_multi_index(at, self.scene.values.shape))]

    def _is_data(self, tap: Tap) -> bool:
        axes = self.scene.geometry.axes
        return all(0 <= i < axis.size for i, axis in zip(tap.cell, axes, strict=True))


def heading(step: Step) -> str:
    """What the bars are, of the output of a step."""
    count = step.scene.geometry.group_channels
    return say("browser.channels.adds_to", name=step.name, count=count)


class _Mosaic:
    """An image that may change from step to step."""

    def __init__(self, canvas: Canvas, rectangle: Rectangle) -> None:
        self.canvas, self.rectangle = canvas, rectangle
        self.image = tiles.add_image(canvas, rectangle)
        canvas.composites.append(self)

    @property
    def artists(self) -> list[Artist]:
        """The image."""
        return [self.image]

    def sync(self) -> None:
        """Nothing to do: the image is always up to date."""

    def show(self, pixels: colours.Pixels) -> None:
        """Show other pixels (H, W, 4)."""
        self.image.set_data(pixels)
        self.canvas.changed[self] = None


def _slice(plane: Array, depth: int) -> Array:
    """One slice of a channel; zeros where its depth lies in the padding."""
    if plane.ndim == 2:
        return plane
    found: Array = plane[depth] if 0 <= depth < len(plane) else np.zeros_like(plane[0])
    return found


def _largest(values: Array) -> float:
    finite = np.abs(values[np.isfinite(values)].astype(np.float64))  # int8 has no 128
    return float(finite.max(initial=0))
