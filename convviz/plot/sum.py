"""What the products of a step add up to, beside the kernel that shows them."""

from __future__ import annotations

from dataclasses import replace

from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import CellStyle, digit_style
from convviz.plot.sum_text import CHARACTER, SumText
from convviz.scene.step import Step


class Sum:
    """The sum of a step, drawn on a canvas and then shown step by step.

    Attributes
    ----------
    lines : dict of lists of CellArtist
        A cell for each line of each part of the text but for the total.
    total : list of CellArtist
        A cell for each letter of the total, since digits differ in colour.
    """

    def __init__(self, canvas: Canvas, text: SumText, x: float, y: float) -> None:
        self._theme, self._text = canvas.theme, text
        self.total: list[CellArtist] = []
        self.lines: dict[str, list[CellArtist]] = {}
        width = CHARACTER * text.size
        for part, places in text.places(x, y).items():
            if part != "total":
                self.lines[part] = [CellArtist(canvas, place, align="left") for place in places]
                continue
            self.total = [
                CellArtist(
                    canvas,
                    Rectangle(place.x + n * width, place.y, width, place.height),
                    font_size=text.size,
                    align="left",
                )
                for place in places
                for n in range(text.total_across)
            ]

    def show(self, step: Step) -> None:
        """Show the sum of this step, or what has been added to it."""
        ink, quiet = (CellStyle(ink=self._theme[name]) for name in ("ink", "quiet"))
        result = ink if step.note else replace(ink, bold=True)
        styles = {"rest": result, "subtotals": ink}
        texts = self._text.lines(step)
        for part, lines in self.lines.items():
            for n, line in enumerate(lines):
                line.show(styles.get(part, quiet), "".join(texts[part][n : n + 1]))
        digits = "".join(texts["total"])
        colours = step.digit_colours(digits)
        for n, cell in enumerate(self.total):
            letter, colour = (digits[n], colours[n]) if n < len(digits) else ("", None)
            cell.show(digit_style(self._theme, colour), letter)
