"""What the products of a step add up to, beside the kernel that shows them.

The step has the numbers as text; here they become lines, as many as the longest sum of the picture
takes. browser/sum.js writes the same.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence

from convviz.language.catalogue import say
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import Area
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import CellStyle, digit_style, total_size
from convviz.scene.metrics import METRICS
from convviz.scene.running import MOST_SUBTOTALS
from convviz.scene.scene import Scene
from convviz.scene.step import Step

CHARACTER = METRICS.character_width
PICTURE_LINES = 2  # of a total whose length is not known before


class Sum:
    """The sum of a step: laid out first, then drawn on a canvas, then shown step by step.

    Parameters
    ----------
    slow : whether outputs come about product by product

    Attributes
    ----------
    area : Area
    name, rest, next, subtotals : list of CellArtist
        A line each: the output, what becomes of its exact sum, and in slow motion the next product
        and what each channel has added.
    total : list of CellArtist
        The letters of the exact sum, or of the result where there is no other.
    type : CellArtist or None
        What the sum is made in, before the first line of ``rest``.
    """

    def __init__(self, scene: Scene, *, slow: bool) -> None:
        last = scene.step(scene.steps - 1)
        totals, results = _totals(scene, slow=slow)
        total = len(_longest(totals))
        self._size = total_size(total)
        self._made_in = last.total.made_in
        rests = [self._made_in + text for text in scene.sum_notes or results]
        lines = [f"{last.name} ="] + ([] if scene.sum_notes else rests)
        subtotal = _longest_subtotal(scene, totals) if slow else ""
        needed = max(self._size * total, len(_longest([*lines, subtotal])))
        width = max(METRICS.sum_width, min(METRICS.sum_most_width, CHARACTER * needed))
        self._across = int(width / CHARACTER + 1e-6)  # letters in a line, and in one of the total
        self._total_across = int(width / CHARACTER / self._size + 1e-6)
        self._counts = {
            "name": self._count(_names(last, slow=slow)),
            "total": math.ceil(total / self._total_across) if scene.readable else PICTURE_LINES,
            "rest": self._count(rests),
            "next": self._count(_nexts(scene)) if slow else 0,
            "subtotals": min(scene.geometry.group_channels, MOST_SUBTOTALS + 1) if subtotal else 0,
        }
        heights = (self._height(part) * count for part, count in self._counts.items())
        self.area = Area(width, sum(heights))

    def _height(self, part: str) -> float:
        """The height of a line."""
        is_total = part == "total"
        return METRICS.total_line_height * self._size if is_total else METRICS.sum_line_height

    def _wrapped(self, text: str, start: int = 0) -> list[str]:
        """A text as lines, the first of which begins behind so many characters."""
        indent = start * " "
        lines = textwrap.wrap(text, self._across, initial_indent=indent, break_on_hyphens=False)
        return [line.removeprefix(indent) for line in lines]

    def _count(self, texts: Iterable[str]) -> int:
        """How many lines the longest of some texts takes."""
        return max((len(self._wrapped(text)) for text in texts), default=0)

    # Drawing

    def draw(self, canvas: Canvas, x: float, y: float) -> None:
        """Make the artists, from (x, y) downwards."""
        lines: dict[str, list[Rectangle]] = {}
        for part, count in self._counts.items():
            height = self._height(part)
            lines[part] = [
                Rectangle(x, y + n * height, self.area.width, height) for n in range(count)
            ]
            y += count * height
        self.type: CellArtist | None = None
        if lines["rest"]:
            first = lines["rest"][0]
            before = CHARACTER * len(self._made_in)
            place = Rectangle(first.x, first.y, before, first.height)
            self.type = CellArtist(canvas, place, align="left")
            width = first.width - before
            lines["rest"][0] = Rectangle(first.x + before, first.y, width, first.height)
        self.name, self.rest, self.next, self.subtotals = (
            [CellArtist(canvas, line, align="left") for line in lines[part]]
            for part in ("name", "rest", "next", "subtotals")
        )
        self.total = [
            self._draw_letter(canvas, line, n)
            for line in lines["total"]
            for n in range(self._total_across)
        ]
        self._theme = canvas.theme

    def _draw_letter(self, canvas: Canvas, line: Rectangle, n: int) -> CellArtist:
        """A letter of the total is a cell of its own, since digits differ in colour."""
        width = CHARACTER * self._size
        place = Rectangle(line.x + n * width, line.y, width, line.height)
        return CellArtist(canvas, place, font_size=self._size, align="left")

    # Steps

    def show(self, step: Step) -> None:
        """Show the sum of this step, or what has been added to it."""
        quiet, ink = (CellStyle(ink=self._theme[name]) for name in ("quiet", "ink"))
        bold = CellStyle(ink=self._theme["ink"], bold=True)
        total, made_in, rest = step.total
        name = self._wrapped(_name(step))
        _write(self.name, [""] * (len(self.name) - len(name)) + name, quiet)  # next to the total
        colours = step.digit_colours(total)
        for n, cell in enumerate(self.total):
            letter, colour = (total[n], colours[n]) if n < len(total) else ("", None)
            cell.show(digit_style(self._theme, colour), letter)
        if self.type:
            self.type.show(quiet, made_in)
        _write(self.rest, self._wrapped(rest, len(self._made_in)), ink if step.note else bold)
        _write(self.next, self._wrapped(_next(step)), quiet)
        _write(self.subtotals, step.subtotals, ink)


def _write(lines: Sequence[CellArtist], texts: Sequence[str], style: CellStyle) -> None:
    """Write each text into a line; there may be fewer texts."""
    for n, line in enumerate(lines):
        line.show(style, texts[n] if n < len(texts) else "")


# Words


def _name(step: Step) -> str:
    if step.is_whole:
        return f"{step.name} ="
    count = len(step.taps)
    return say("browser.sum.so_far", name=step.name, landed=step.landed, count=count)


def _next(step: Step) -> str:
    """What slow motion adds next."""
    if step.is_whole:
        return ""
    if step.landed == len(step.taps):
        return "" if step.added_bias is None else say("browser.sum.next_bias", bias=step.added_bias)
    product = step.products[step.landed]
    return say("browser.sum.next", value=product.value, weight=product.weight)


# The longest texts, which the room is for


def _longest(texts: Iterable[str]) -> str:
    return max(texts, key=len, default="")


def _totals(scene: Scene, *, slow: bool) -> tuple[list[str], list[str]]:
    """Every total that can be shown, and every result beside an exact one; none of a picture."""
    if not scene.readable:
        return [], []
    running = scene.running if slow else None
    exact, results = (
        [*whole, *(text for texts in parts or [] for text in texts)]
        for whole, parts in (
            (scene.exact or [], running and running["exact"]),
            (scene.output_texts, running and running["float32"]),
        )
    )
    return (exact, results) if exact else (results, [])


def _names(last: Step, *, slow: bool) -> list[str]:
    count = len(last.taps)
    words = say("browser.sum.so_far", name=last.name, landed=count, count=count)
    return [f"{last.name} =", *([words] if slow else [])]


def _nexts(scene: Scene) -> list[str]:
    value = _longest(scene.value_texts)
    weight = _longest(text for by_map in scene.kernel_texts["kernel"] for text in by_map)
    bias = _longest(scene.bias_texts or [])
    return [
        say("browser.sum.next", value=value, weight=weight),
        say("browser.sum.next_bias", bias=bias),
    ]


def _longest_subtotal(scene: Scene, totals: Sequence[str]) -> str:
    """The longest line of a channel's subtotal; none where there is one channel."""
    last = scene.geometry.group_channels - 1
    added = f"+{_longest(totals)}"
    return say("browser.slow.channel", channel=last, added=added) if last else ""
