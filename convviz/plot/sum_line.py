"""The sum of a step, below the cells: values over their weights, the bias, the total.

The step has the numbers as text; here they are placed, as many products as there is room for.
"""

from __future__ import annotations

from collections.abc import Sequence

from convviz.language.catalogue import say
from convviz.plot.canvas import Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import max_characters
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import HAIRLINE, CellStyle, digit_style, plain_style, weight_style
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Step

FONT_SIZE = 1.1
CHARACTER = METRICS.character_width * FONT_SIZE
FEW_PRODUCTS = 9  # up to so many, all are shown, however wide the picture gets
FOLDED_WIDTH = 34.0  # the least room for more
FOLD_WIDTH = 9.0  # room for the words in place of products left out
GAP = 1.3  # between two products, around the plus sign
NAME_PADDING = 0.5
PRODUCT_PADDING = 0.7 * FONT_SIZE
BIAS_PADDING = 0.8
BIAS_GAP = 1.6  # before and after the bias, together
PRODUCT_CORNER = 0.12
VALUE_HEIGHT, BIAS_HEIGHT, TEXT_HEIGHT = 1.55, 1.75, 1.6
# Below the sum's top
NAME_TOP, BIAS_TOP, WEIGHT_TOP, SIGN_BASELINE, TOTAL_TOP = 0.8, 0.7, 1.6, 2.0, 3.5


class SumLine:
    """The sum of a step: laid out first, then drawn on a canvas, then shown step by step.

    Parameters
    ----------
    value_characters : of the longest value, as in `View`
    least_room : the width of the view, in em

    Attributes
    ----------
    room : the width to fill, in em; a short sum may take more than the view
    width : what it takes of that, or more
    shown : list of int
        The taps whose products there is room for.
    name, values, weights, bias, total : its cells; the bias is None where nothing is added
    """

    def __init__(self, scene: Scene, value_characters: int, least_room: float) -> None:
        last = scene.step(scene.steps - 1)
        self._name_width = CHARACTER * len(f"{last.name} =") + NAME_PADDING
        self._product_widths = _product_widths(scene, value_characters)
        self._bias_width = 0.0
        if last.added_bias is not None:
            characters = max_characters(scene.bias_texts or [])
            self._bias_width = CHARACTER * characters + BIAS_PADDING
        count = len(self._product_widths)
        preferred = self._width(self._product_widths) if count <= FEW_PRODUCTS else FOLDED_WIDTH
        self.room = max(least_room, preferred)
        self.shown = self._choose_shown()
        self._fold = ""  # the words in place of products left out
        if len(self.shown) < count:
            self._fold = say("plot.more_products", count=count - len(self.shown))
        self.width = self._width([self._product_widths[tap] for tap in self.shown])
        if self._fold:
            self.width += CHARACTER * len(self._fold) + GAP
        self.width = max(self.width, self._name_width + CHARACTER * _total_characters(scene))

    # Layout

    def _width(self, product_widths: Sequence[float]) -> float:
        """The width of a sum of these products, the bias included."""
        products = sum(product_widths) + GAP * (len(product_widths) - 1)
        bias = self._bias_width + BIAS_GAP if self._bias_width else 0.0
        return self._name_width + products + bias

    def _choose_shown(self) -> list[int]:
        """All taps, or the first few and the last two if there is no room for the others."""
        count = len(self._product_widths)
        if self._width(self._product_widths) <= self.room:
            return list(range(count))
        head = 1
        while head < count - 3:
            if self._width(self._product_widths[: head + 3]) + FOLD_WIDTH > self.room:
                break
            head += 1
        return [*range(head), *range(max(head, count - 2), count)]

    # Drawing

    def draw(self, canvas: Canvas, top: float) -> None:
        """Make the artists, from this y downwards."""
        self.canvas = canvas
        name = Rectangle(0, top + NAME_TOP, self._name_width, TEXT_HEIGHT)
        self.name = CellArtist(canvas, name, font_size=FONT_SIZE, align="left")
        end = self._draw_products(self._name_width, top)
        self.bias: CellArtist | None = None
        if self._bias_width:
            self._draw_sign("+", end - GAP / 2, top)
            place = Rectangle(end, top + BIAS_TOP, self._bias_width, BIAS_HEIGHT)
            self.bias = CellArtist(canvas, place, font_size=FONT_SIZE)
        self.total: list[CellArtist] = []
        self._total_top = top + TOTAL_TOP

    def _draw_products(self, x: float, top: float) -> float:
        """Draw values over weights; returns the x after them."""
        self.values: list[CellArtist] = []
        self.weights: list[CellArtist] = []
        previous = -1
        for tap in self.shown:
            if tap != previous + 1:
                x = self._draw_fold(x, top)
            if tap:
                self._draw_sign("+", x - GAP / 2, top)
            width, previous = self._product_widths[tap], tap
            self.values.append(self._draw_factor(x, top, width))
            self.weights.append(self._draw_factor(x, top + WEIGHT_TOP, width))
            x += width + GAP
        return x

    def _draw_factor(self, x: float, y: float, width: float) -> CellArtist:
        place = Rectangle(x, y, width, VALUE_HEIGHT)
        return CellArtist(self.canvas, place, font_size=FONT_SIZE, corner=PRODUCT_CORNER)

    def _draw_fold(self, x: float, top: float) -> float:
        """Say how many products are left out; returns the x after that."""
        width = CHARACTER * len(self._fold)
        self._draw_sign("+", x - GAP / 2, top)
        self._draw_sign(self._fold, x + width / 2, top)
        return x + width + GAP

    def _draw_sign(self, text: str, x: float, top: float) -> None:
        """Write what is between two products, centred on ``x``."""
        quiet, y = self.canvas.theme["quiet"], top + SIGN_BASELINE
        self.canvas.text(x, y, text, size=FONT_SIZE, colour=quiet, mono=True, align="center")

    # Steps

    def show(self, step: Step) -> None:
        """Show the sum of this step."""
        theme = self.canvas.theme
        self.name.show(CellStyle(ink=theme["ink"]), f"{step.name} =")
        for tap, value, weight in zip(self.shown, self.values, self.weights, strict=True):
            product = step.products[tap]
            value.show(plain_style(theme), product.value if tap < step.landed else "")
            weight.show(weight_style(theme, product.colour), product.weight)
        if self.bias:
            style = CellStyle(ink=theme["ink"], edge=theme["line"], edge_width=HAIRLINE)
            self.bias.show(style, step.added_bias if step.is_whole else "")
        self._show_total(step)

    def _show_total(self, step: Step) -> None:
        """Show the total, each character in a cell of its own, since digits differ in colour."""
        characters = self._characters_of_total(step)
        while len(self.total) < len(characters):
            x = self._name_width + len(self.total) * CHARACTER
            place = Rectangle(x, self._total_top, CHARACTER, TEXT_HEIGHT)
            self.total.append(CellArtist(self.canvas, place, font_size=FONT_SIZE, align="left"))
        characters += [("", CellStyle())] * (len(self.total) - len(characters))
        for cell, (character, style) in zip(self.total, characters, strict=True):
            cell.show(style, character)

    def _characters_of_total(self, step: Step) -> list[tuple[str, CellStyle]]:
        """The total, character by character: the exact sum, then the layer's result."""
        theme = self.canvas.theme
        ink, quiet = theme["ink"], CellStyle(ink=theme["quiet"])
        exact = step.exact
        found = _in_one_style("= ", quiet)
        if exact is not None:
            for character, weight_class in zip(exact, step.digit_colours(exact), strict=True):
                found.append((character, digit_style(theme, weight_class)))
            found += _in_one_style(" ", quiet)
        if step.note:
            found += _in_one_style(step.sum_type + " ", quiet)
            return found + _in_one_style(step.note, CellStyle(ink=ink))
        arrow = " → " if exact is not None else " "
        found += _in_one_style(step.sum_type + arrow, quiet)
        return found + _in_one_style(step.result, CellStyle(ink=ink, bold=True))


def _in_one_style(text: str, style: CellStyle) -> list[tuple[str, CellStyle]]:
    return [(character, style) for character in text]


def _product_widths(scene: Scene, value_characters: int) -> list[float]:
    """The width of each product, wide enough at every step."""
    maps = scene.kernel_texts["kernel"]
    return [
        CHARACTER * max(value_characters, *(len(texts[tap]) for texts in maps)) + PRODUCT_PADDING
        for tap in range(scene.geometry.tap_count)
    ]


def _total_characters(scene: Scene) -> int:
    """The length of the longest total; 0, without exact sums, for a short one."""
    if scene.exact is None:
        return 0
    exact = max_characters(scene.exact)
    if scene.sum_notes:
        return len("= int32  ") + exact + max_characters(scene.sum_notes)
    return len("=  float32 → ") + exact + max_characters(scene.output_texts)
