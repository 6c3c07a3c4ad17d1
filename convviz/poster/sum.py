"""The sum of a step beside its kernel, and the bias under it."""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from functools import cached_property

from convviz.language.catalogue import say
from convviz.plot.layout import cell_width
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import digit_style, plain_style, total_size
from convviz.poster.pen import Face, Pen
from convviz.scene.metrics import METRICS
from convviz.scene.step import Step, Total

QUESTION = "?"
BASELINE = 0.36  # below the middle of a cell, in em
BIAS_PADDING = 0.3  # between the word and the number


@dataclass(frozen=True, eq=False)
class Sum:
    """The sum of the step: its name, its digits in the weights' colours, what becomes of it."""

    step: Step
    hidden: bool

    @cached_property
    def _total(self) -> Total:
        return Total(QUESTION, "", "") if self.hidden else self.step.total

    @property
    def _size(self) -> float:
        return total_size(len(self._total.digits))

    @property
    def width(self) -> float:
        """Of the widest line, as far as it is not broken."""
        digits, made_in, rest = self._total
        lines = len(made_in + rest) * (self.step.note is None), len(self.step.name) + 2
        needed = METRICS.character_width * max(self._size * len(digits), *lines)
        return max(METRICS.sum_width, min(METRICS.sum_most_width, needed))

    @property
    def height(self) -> float:
        """Of all lines."""
        digits = len(self._digits) * self._size * METRICS.total_line_height
        return digits + (1 + len(self._rest)) * METRICS.sum_line_height

    @property
    def _digits(self) -> list[str]:
        return textwrap.wrap(self._total.digits, self._across(self._size))

    @property
    def _rest(self) -> list[str]:
        words = self._total.made_in + self._total.rest
        return textwrap.wrap(words, self._across(1), break_on_hyphens=False)

    def _across(self, size: float) -> int:
        """How many letters a line has."""
        return int(self.width / METRICS.character_width / size + 1e-6)

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        quiet, character = pen.theme["quiet"], METRICS.character_width
        pen.text(x, y + 1.0, f"{self.step.name} =", colour=quiet, face="SansMono")
        y += METRICS.sum_line_height
        colours = iter([None] if self.hidden else self.step.digit_colours(self._total.digits))
        for line in self._digits:
            for n, (letter, colour) in enumerate(zip(line, colours, strict=False)):
                at = x + n * self._size * character, y + self._size
                ink = digit_style(pen.theme, colour).ink
                pen.text(*at, letter, size=self._size, colour=ink, face="SansMono-Bold")
            y += METRICS.total_line_height * self._size
        made_in = self._total.made_in
        face: Face = "SansMono" if self.step.note else "SansMono-Bold"
        pen.text(x, y + 1.0, made_in, colour=quiet, face="SansMono")
        before = len(made_in)
        for line in self._rest:
            pen.text(x + before * character, y + 1.0, line[before:], face=face)
            y += METRICS.sum_line_height
            before = 0


@dataclass(frozen=True, eq=False)
class Bias:
    """The bias of the map at work, under its kernel."""

    step: Step

    @property
    def _label(self) -> str:
        return ("" if self.step.added_bias is None else "+ ") + say("plot.bias")

    width = 0.0  # less than the kernel's heading
    height = METRICS.cell_height

    def draw(self, pen: Pen, x: float, y: float) -> None:
        """Draw it."""
        text = self.step.bias or ""
        pen.text(x, y + METRICS.cell_height / 2 + BASELINE, self._label, colour=pen.theme["quiet"])
        left = x + METRICS.heading_character_width * len(self._label) + BIAS_PADDING
        place = Rectangle(left, y, cell_width([text]), METRICS.cell_height)
        pen.cell(place, plain_style(pen.theme), text)
