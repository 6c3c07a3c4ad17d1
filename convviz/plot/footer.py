"""What stands below the cells of a picture: the sum, the size formulas, the legend, the notes."""

from __future__ import annotations

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

from convviz.geometry import Kind
from convviz.plot.artists import CellArtist
from convviz.plot.layout import LETTER, Rectangle, letters
from convviz.plot.style import LINE, CellStyle, cell_style, digit_style, weight_style
from convviz.scene.step import Step

if TYPE_CHECKING:
    from convviz.plot.still import Still

SUM = 1.1  # letters of the sum
SMALL = 0.92  # letters of the formulas and notes
WIDE = 0.64  # a letter's width where small letters snap to whole pixels
LINE_HEIGHT = 1.35
APART = 4 * "\N{NO-BREAK SPACE}"  # SVG makes one of several plain spaces


class Footer:
    """The sum, the size formulas and the notes, below the board."""

    def __init__(self, picture: Still) -> None:
        self.picture = picture
        self.scene = scene = picture.scene
        board = picture.board
        self.letter = LETTER * SUM
        last = scene.step(scene.steps - 1)
        self._name = self.letter * len(f"{last.name} =") + 0.5
        self._values = letters(self._texts())
        weights = scene.kernel_texts["kernel"]
        self._boxes = [
            self.letter * max(self._values, *(len(texts[tap]) for texts in weights)) + 0.7 * SUM
            for tap in range(scene.geometry.tap_count)
        ]
        self._bias = letters(scene.bias_texts) if last.added_bias is not None else 0
        room = max(board.width, self._reach(self._boxes[:9]) if len(self._boxes) <= 9 else 34.0)
        self.shown = self._choose(room)
        self._formulas = self._rows(scene.formulas, max(room, 30.0))
        wide = int(max(room, 30.0) / (0.5 * SMALL))
        self._legend = self._keys(max(room, 30.0))
        self._notes = [line for note in scene.notes for line in textwrap.wrap(note, wide)]
        lines = [WIDE * SMALL * len(line) for line in self._formulas]
        if scene.sum_notes:
            total = letters(scene.sum_notes) + letters(scene.exact) + len("= int32  ")
            lines.append(self._name + self.letter * total)
        self.width = max([self._reach([self._boxes[n] for n in self.shown]), *lines])
        rows = len(self._formulas) + len(self._legend) + len(self._notes)
        self.height = 6.4 + LINE_HEIGHT * rows

    def _texts(self) -> list[str]:
        """Every value that a product can show; of pictures, one as long as they get."""
        return [*self.scene.value_texts, "0"] if self.scene.readable else ["-12345"]

    def _reach(self, boxes: Sequence[float]) -> float:
        bias = self._bias * self.letter + 2.4 if self._bias else 0.0
        return self._name + sum(boxes) + 1.3 * (len(boxes) - 1) + bias

    def _choose(self, room: float) -> list[int]:
        """The products to show: all, or the first and the last two around what is left out."""
        count = len(self._boxes)
        if self._reach(self._boxes) <= room:
            return list(range(count))
        head = 1
        while head < count - 3 and self._reach(self._boxes[: head + 3]) + 9.0 <= room:
            head += 1
        return [*range(head), *range(max(head, count - 2), count)]

    def _rows(self, formulas: Sequence[str], room: float) -> list[str]:
        """Formulas side by side while there is room."""
        rows: list[str] = []
        for formula in formulas:
            joined = f"{rows[-1]}{APART}{formula}" if rows else formula
            if rows and WIDE * SMALL * len(joined) <= room:
                rows[-1] = joined
            else:
                rows.append(formula)
        return rows

    def _keys(self, room: float) -> list[list[tuple[float, str, str]]]:
        """The legend in rows: where each entry stands, the kind of its cell, and its words."""
        rows: list[list[tuple[float, str, str]]] = []
        x = room
        for kind, words in self.scene.legend:
            width = 1.9 + 0.55 * SMALL * len(words)
            if x + width > room:
                rows.append([])
                x = 0.0
            rows[-1].append((x, kind, words))
            x += width + 1.2
        return rows

    def build(self) -> None:
        """The artists; what moves is told by `show`."""
        top = self.picture.board.height + 1.2
        self.name = CellArtist(
            self.picture, Rectangle(0, top + 0.8, self._name, 1.6), size=SUM, align="left"
        )
        end = self._build_products(self._name, top)
        self.bias: CellArtist | None = None
        if self._bias:
            self._sign(end - 0.65, top, "+")
            box = Rectangle(end, top + 0.7, self._bias * self.letter + 0.8, 1.75)
            self.bias = CellArtist(self.picture, box, size=SUM)
        self._total = (self._name, top + 3.5)
        self.total: list[CellArtist] = []
        self._build_lines(top + 6.6)

    def _build_products(self, x: float, y: float) -> float:
        """Values over weights from (x, y) on; gives where the next would stand."""
        self.values: list[CellArtist] = []
        self.weights: list[CellArtist] = []
        before = -1
        for tap in self.shown:
            if tap != before + 1:
                more = f"… {len(self._boxes) - len(self.shown)} more …"
                width = self.letter * len(more)
                self._sign(x - 0.65, y, "+")
                self._sign(x + width / 2, y, more)
                x += width + 1.3
            if tap:
                self._sign(x - 0.65, y, "+")
            width, before = self._boxes[tap], tap
            for tiles, top in ((self.values, y), (self.weights, y + 1.6)):
                tiles.append(
                    CellArtist(self.picture, Rectangle(x, top, width, 1.55), size=SUM, corner=0.12)
                )
            x += width + 1.3
        return x

    def _sign(self, x: float, y: float, words: str) -> None:
        """What stands between two products, in their middle."""
        quiet = self.picture.theme["quiet"]
        self.picture.write(x, y + 2, words, size=SUM, colour=quiet, mono=True, align="center")

    def _build_lines(self, y: float) -> None:
        """Formulas, legend and notes, from y on."""
        quiet = self.picture.theme["quiet"]
        for line in self._formulas:
            self.picture.write(0, y, line, size=SMALL, mono=True, colour=quiet)
            y += LINE_HEIGHT
        for row in self._legend:
            for x, kind, words in row:
                self._build_key(x, y, kind, words)
            y += LINE_HEIGHT
        for line in self._notes:
            self.picture.write(0, y, line, size=SMALL)
            y += LINE_HEIGHT

    def _build_key(self, x: float, y: float, name: str, words: str) -> None:
        """A small cell of one sort, and the words for it."""
        theme = self.picture.theme
        kind = Kind(name) if name in set(Kind) else Kind.DATA
        classes = ("is-unread",) if name == "unread" else ()
        mark = {"saturated": "s", "vanished": "v"}.get(name, "")
        tile = CellArtist(self.picture, Rectangle(x, y - 0.9, 1.3, 1.1), "legend", kind, size=0.7)
        tile.show(cell_style(theme, "input", kind, classes, mark), "·" if kind is Kind.GAP else "")
        self.picture.write(x + 1.7, y, words, size=SMALL, colour=theme["quiet"])

    def show(self, moment: Step) -> None:
        """The sum of this step."""
        theme = self.picture.theme
        self.name.show(CellStyle(ink=theme["ink"]), f"{moment.name} =")
        for tap, value, weight in zip(self.shown, self.values, self.weights, strict=True):
            product = moment.products[tap]
            value.show(CellStyle(theme["cell"], theme["ink"]), product.value)
            weight.show(weight_style(theme, product.colour), product.weight)
        if self.bias:
            look = CellStyle(ink=theme["ink"], edge=theme["line"], line=LINE)
            self.bias.show(look, moment.added_bias)
        self._show_total(moment)

    def _show_total(self, moment: Step) -> None:
        """One tile a letter, since every digit has a colour of its own."""
        words = self._words(moment)
        while len(self.total) < len(words):
            x, y = self._total
            box = Rectangle(x + len(self.total) * self.letter, y, self.letter, 1.6)
            self.total.append(CellArtist(self.picture, box, size=SUM, align="left"))
        blank = ("", CellStyle())
        padded = words + [blank] * (len(self.total) - len(words))
        for tile, (letter, look) in zip(self.total, padded, strict=True):
            tile.show(look, letter)

    def _words(self, moment: Step) -> list[tuple[str, CellStyle]]:
        """The letters of the total, with their looks."""
        theme = self.picture.theme
        quiet = CellStyle(ink=theme["quiet"])
        strong, plain = CellStyle(ink=theme["ink"], bold=True), CellStyle(ink=theme["ink"])
        exact = moment.exact
        words = _letters("= ", quiet)
        if exact is not None:
            for letter, colour in zip(exact, moment.digit_colours(exact), strict=True):
                words.append((letter, digit_style(theme, colour)))
            words += _letters(" ", quiet)
        if moment.note:
            return words + _letters(moment.sum_type + " ", quiet) + _letters(moment.note, plain)
        arrow = " → " if exact is not None else " "
        return words + _letters(moment.sum_type + arrow, quiet) + _letters(moment.result, strong)


def _letters(text: str, look: CellStyle) -> list[tuple[str, CellStyle]]:
    return [(letter, look) for letter in text]
