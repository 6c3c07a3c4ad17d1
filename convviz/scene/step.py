"""One step of a scene: the output element, its taps, what is lit, and the sum in words.

The stage works the same out in the browser from the scene's tables, so that playing asks nobody; a
test holds the two together. Nothing here knows a colour or a place on a page.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from convviz.geometry import Kind, Tap
from convviz.language.catalogue import say
from convviz.scene import captions, palette
from convviz.scene.running import partial_sum, stops_of, subtotals_of

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

Key = tuple[str, int, int | None, float, float]  # tensor, channel, depth, row, column


@dataclass(frozen=True)
class Product:
    """One value over its weight, and the style class that the weight's colour goes by."""

    value: str
    weight: str
    colour: str


class Total(NamedTuple):
    """A sum as it is written: its digits; what it is made in, and what becomes of it there."""

    digits: str
    made_in: str
    rest: str


@dataclass(frozen=True)
class Window:
    """A frame over the cells of one input panel, in the tensor's own rows and columns."""

    channel: int
    depth: int | None
    row: int
    column: int
    rows: int
    columns: int
    style: str  # "is-window", or "is-next" where the window can go from here


@dataclass(frozen=True)
class Step:
    """One output element of a scene, and how it comes about.

    Attributes
    ----------
    scene : Scene
    index : int
        Which output element, in memory order.
    terms : int or None
        In slow motion, how many terms of its sum have been added: its products, then a bias or the
        scale of an int8 layer. After the last the output is there; None shows it as it is.
    """

    scene: Scene
    index: int
    terms: int | None = None

    @cached_property
    def place(self) -> tuple[int, ...]:
        """The output element's indices: its map, then the spatial ones."""
        return tuple(int(i) for i in np.unravel_index(self.index, self.scene.output.shape))

    @property
    def output_map(self) -> int:
        """The output map at work; its weights are on show."""
        return self.place[0]

    @property
    def position(self) -> tuple[int, ...]:
        """The output's spatial indices."""
        return self.place[1:]

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """The products' cells, in the order of their sum."""
        return tuple(self.scene.geometry.taps(self.output_map, self.position))

    @cached_property
    def colours(self) -> list[str]:
        """The style class of each tap."""
        classes = self.scene.weight_classes
        return [classes[tap % len(classes)] for tap in range(len(self.taps))]

    @cached_property
    def lit(self) -> dict[Key, tuple[str, ...]]:
        """The classes of every cell that this step lights; done outputs are `done`'s."""
        found: dict[Key, tuple[str, ...]] = {}
        for n, (tap, colour) in enumerate(zip(self.taps, self.colours, strict=True)):
            adding = ("is-adding",) if n in self.added else ()
            *deep, row, column = tap.cell
            for tensor in ("input", "source"):
                place = (tensor, tap.channel, deep[0] if deep else None, row, column)
                found[place] = (*adding, "is-tap", "cv-tint", colour)
            within, *deep, row, column = tap.weight
            for tensor in ("kernel", "weights"):
                place = (tensor, within, deep[0] if deep else None, row, column)
                found[place] = (*adding, "cv-tint", colour)
        *deep, row, column = self.position
        found["output", self.output_map, deep[0] if deep else None, row, column] = ("is-current",)
        return found

    # Slow motion

    @property
    def is_whole(self) -> bool:
        """Whether the output is there, with all that is added to it."""
        return self.terms is None or self.terms >= self.stops[-1]

    @property
    def landed(self) -> int:
        """How many of the products have been added."""
        return len(self.taps) if self.terms is None else min(self.terms, len(self.taps))

    @property
    def hidden_from(self) -> int:
        """The first output that is not shown: in slow motion those to come are empty."""
        return self.scene.steps if self.terms is None else self.index + self.is_whole

    @cached_property
    def stops(self) -> list[int]:
        """After how many terms slow motion stops."""
        return stops_of(self)

    @cached_property
    def added(self) -> range:
        """The products that the last stop added."""
        if not self.terms or self.terms > len(self.taps):
            return range(0)
        before = max((stop for stop in self.stops if stop < self.terms), default=0)
        return range(before, self.terms)

    @cached_property
    def subtotals(self) -> list[str]:
        """In slow motion, what each channel has added so far, in words: the latest."""
        return subtotals_of(self)

    @property
    def done(self) -> int:
        """How many outputs, in memory order, have been reached before this one."""
        return self.index

    @cached_property
    def windows(self) -> list[Window]:
        """The window's frame on each input panel, and where it goes next: a column, a row on."""
        places = [("is-window", self.position)]
        for axis in (-1, -2):
            place = list(self.position)
            place[axis] += 1
            if place[axis] < self.scene.geometry.axes[axis].output:
                places.append(("is-next", tuple(place)))
        return [frame for style, place in places for frame in self._frames(place, style)]

    def _frames(self, position: tuple[int, ...], style: str) -> list[Window]:
        *deep, high, wide = self.scene.geometry.axes
        *at, row, column = position
        depths = deep[0].table[at[0]] if deep else [None]
        first = (high.table[row][0], wide.table[column][0])
        size = (high.effective_kernel, wide.effective_kernel)
        channels = self.scene.geometry.channels_of(self.output_map)
        return [Window(c, depth, *first, *size, style) for c in channels for depth in depths]

    # Words

    @property
    def name(self) -> str:
        """The output's name: y[1, 2], with the map in front where there are several."""
        maps = [self.output_map] if self.scene.geometry.maps > 1 else []
        return f"y{[*maps, *self.position]}"

    @property
    def kernel_title(self) -> str:
        """The kernel's heading; where there are several maps, which one is shown."""
        several = ", " + say("captions.panel.map", number=self.output_map)
        return self.scene.titles["kernel"] + (several if self.scene.geometry.maps > 1 else "")

    @property
    def band(self) -> int | None:
        """The colour of the group at work, where there are groups."""
        g = self.scene.geometry
        return self.output_map // g.group_maps % len(palette.GROUPS) if g.groups > 1 else None

    @property
    def bias(self) -> str | None:
        """The bias of the map at work; None where the layer has none."""
        return self.scene.bias_texts[self.output_map] if self.scene.bias_texts else None

    def weights(self, tensor: str) -> list[str]:
        """The texts of the map's weights, in memory order."""
        return self.scene.kernel_texts[tensor][self.output_map]

    def weight_flags(self) -> str:
        """What int8 did to the map's weights, a letter each; empty without int8."""
        flags, size = self.scene.flags["kernel"], self.scene.geometry.tap_count
        return flags[self.output_map * size : (self.output_map + 1) * size]

    # The sum

    @cached_property
    def products(self) -> list[Product]:
        """The sum, product by product."""
        weights = self.weights("kernel")
        return [
            Product(self._value(tap), weight, colour)
            for tap, weight, colour in zip(self.taps, weights, self.colours, strict=True)
        ]

    def _value(self, tap: Tap) -> str:
        if tap.kind is not Kind.DATA:
            return "0"
        if not self.scene.readable:
            return number_text(self.scene.values[tap.channel, *tap.cell], 5)
        return self.scene.value_texts[
            np.ravel_multi_index((tap.channel, *tap.cell), self.scene.values.shape)
        ]

    @property
    def added_bias(self) -> str | None:
        """The bias as the last term of the sum; None where it changes nothing there."""
        return self.bias if self.scene.adds_bias and not self.scene.quantization else None

    @property
    def result(self) -> str:
        """The output's value, or what has been added up so far."""
        if not self.is_whole:
            return partial_sum(self).result
        if self.scene.readable:
            return self.scene.output_texts[self.index]
        return number_text(self.scene.output.reshape(-1)[self.index], 7)

    @property
    def exact(self) -> str | None:
        """The exact decimal of the sum, or of what has been added, where it has been worked out."""
        if not self.is_whole:
            return partial_sum(self).exact
        return self.scene.exact[self.index] if self.scene.exact else None

    @property
    def sum_type(self) -> str:
        """What the sum is made in."""
        return "int32" if self.scene.quantization else "float32"

    @property
    def note(self) -> str | None:
        """What happens to the sum of an int8 layer, once it is complete."""
        notes = self.scene.sum_notes
        return notes[self.index] if notes and self.is_whole else None

    @property
    def total(self) -> Total:
        """The sum, or what has been added to it: exactly, and as far as that differs, rounded."""
        exact, result, made_in = self.exact, self.result, self.sum_type
        if exact is None:
            return Total(result, "", "")
        if self.note:
            return Total(exact, f"{made_in} ", self.note)
        if self.is_whole or result != exact:
            return Total(exact, f"{made_in} → ", result)
        return Total(exact, made_in if self.scene.quantization else "", "")

    def digit_colours(self, text: str) -> list[str | None]:
        """The style class of each letter of ``text``: which weight wrote this digit, if one did."""
        if self.scene.digits is None:
            return [None] * len(text)
        writers = self.scene.digits[self.output_map]
        point = text.index(".") if "." in text else len(text)
        taps = [writers.get(point - n - (n < point)) for n in range(len(text))]
        return [
            None if tap is None or not letter.isdigit() else self.colours[tap]
            for letter, tap in zip(text, taps, strict=True)
        ]

    @property
    def alt(self) -> str:
        """The picture in words, for readers who cannot see it."""
        scene = self.scene
        axes = zip(scene.geometry.axes, self.position, strict=True)
        window = [
            say("captions.step.from_to", axis=captions.axis_name(axis), first=first, last=last)
            for axis, at in axes
            for first, last in [(axis.index(at, 0), axis.index(at, 0) + axis.effective_kernel - 1)]
        ]
        words = {
            "number": self.index + 1,
            "steps": scene.steps,
            "titles": ", ".join(scene.titles[name] for name in ("input", "kernel", "output")),
            "window": ", ".join(window),
            "name": self.name,
            "result": self.result,
            "parameters": ", ".join(captions.parameters(scene.geometry, scene.run.settings)),
        }
        zeros = sum(tap.kind is not Kind.DATA for tap in self.taps)
        if not zeros:
            return say("captions.step.alt", **words)
        return say("captions.step.alt_with_padding", count=zeros, taps=len(self.taps), **words)


def number_text(value: np.generic, digits: int) -> str:
    """A picture's value as a browser writes it: rounded, a tie up, without zeros at the end."""
    number = float(Context(digits, ROUND_HALF_UP).create_decimal(float(value)))
    if math.isnan(number):
        return "NaN"
    if math.isinf(number):
        return "Infinity" if number > 0 else "-Infinity"
    if number and not 1e-6 <= abs(number) < 1e21:
        mantissa, exponent = f"{number:e}".split("e")
        return f"{mantissa.rstrip('0').rstrip('.')}e{int(exponent):+d}"
    text = f"{Decimal(repr(number)):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text
