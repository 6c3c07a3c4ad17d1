"""The sum of a step beside its kernel, and the bias under it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from convviz.language.catalogue import say
from convviz.plot.layout import cell_width
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import digit_style, plain_style
from convviz.plot.sum_text import CHARACTER, SumText
from convviz.poster.pen import Face, Pen
from convviz.scene.metrics import METRICS
from convviz.scene.step import Step

QUESTION = "?"
BASELINE = 0.36  # below the middle of a line, in em of its font
BIAS_PADDING = 0.3  # between the word and the number


@dataclass(frozen=True, eq=False)
class Sum:
    """The sum of the step: its name, its digits in the weights' colours, what becomes of it."""

    step: Step
    text: SumText
    hidden: bool

    @property
    def width(self) -> float:
        """Of the longest sum of the scene."""
        return self.text.area.width

    @property
    def height(self) -> float:
        """Of all lines."""
        return self.text.area.height

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        texts, places = self.text.lines(self.step), self.text.places(x, y)
        if self.hidden:
            texts = {"name": texts["name"], "total": [QUESTION]}
        self._draw_total(pen, texts.pop("total"), places["total"])
        result: Face = "SansMono" if self.step.note else "SansMono-Bold"
        for part, lines in texts.items():
            is_result = part == "rest"
            face: Face = result if is_result else "SansMono"
            colour = None if is_result else pen.theme["quiet"]
            for line, place in zip(lines, places[part], strict=False):
                pen.text(place.x, _baseline(place), line, colour=colour, face=face)

    def _draw_total(self, pen: Pen, lines: Sequence[str], places: Sequence[Rectangle]) -> None:
        size, digits = self.text.size, "".join(lines)
        colours = iter([None] if self.hidden else self.step.digit_colours(digits))
        for line, place in zip(lines, places, strict=False):
            for n, (letter, colour) in enumerate(zip(line, colours, strict=False)):
                at = place.x + n * size * CHARACTER, _baseline(place, size)
                ink = digit_style(pen.theme, colour).ink
                pen.text(*at, letter, size=size, colour=ink, face="SansMono-Bold")


def _baseline(place: Rectangle, size: float = 1.0) -> float:
    """Of a line in the middle of a place."""
    return place.y + place.height / 2 + BASELINE * size


@dataclass(frozen=True, eq=False)
class Bias:
    """The bias of the map at work, under its kernel."""

    step: Step

    width = 0.0  # less than the kernel's heading
    height = METRICS.cell_height

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        label = ("" if self.step.added_bias is None else "+ ") + say("plot.bias")
        text = self.step.bias or ""
        left = x + METRICS.heading_character_width * len(label) + BIAS_PADDING
        place = Rectangle(left, y, cell_width([text]), METRICS.cell_height)
        pen.text(x, _baseline(place), label, colour=pen.theme["quiet"])
        pen.cell(place, plain_style(pen.theme), text)
