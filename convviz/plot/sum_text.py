"""The sum of a step as lines of text, and where they stand; draws nothing.

The step has the numbers as text. There are as many lines as the longest sum of a scene takes, so
that nothing moves from step to step. browser/sum.js writes the same.
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterable, Sequence
from itertools import zip_longest

from convviz.language.catalogue import say
from convviz.plot.layout import Area
from convviz.plot.rectangle import Rectangle
from convviz.scene.metrics import METRICS
from convviz.scene.running import MOST_SUBTOTALS
from convviz.scene.scene import Scene
from convviz.scene.step import Step

CHARACTER = METRICS.character_width
PICTURE_LINES = 2  # of a total whose length is not known before


class SumText:
    """The lines of a scene's sums, in parts.

    ``name``: the output; ``total``: the digits; ``made_in``: what the sum is made in, which stands
    before ``rest``: what becomes of it; and in slow motion ``next``: the next product;
    ``subtotals``: what each channel has added.

    Parameters
    ----------
    slow : whether outputs come about product by product

    Attributes
    ----------
    area : Area
    size : of the total's letters, in em
    total_across : how many of them a line has
    """

    def __init__(self, scene: Scene, *, slow: bool = False) -> None:
        last = scene.step(scene.steps - 1)
        totals, results = _totals(scene, slow=slow)
        total = len(_longest(totals))
        self.size = METRICS.total_size if total <= METRICS.long_total else 1.0
        self._made_in = last.total.made_in
        rests = [self._made_in + text for text in scene.sum_notes or results]
        subtotals = _longest_subtotals(scene, totals) if slow else []
        unbroken = [_name(last), *subtotals, *([] if scene.sum_notes else rests)]
        needed = CHARACTER * max(self.size * total, len(_longest(unbroken)))
        width = max(METRICS.sum_width, min(METRICS.sum_most_width, needed))
        self._across = int(width / CHARACTER + 1e-6)
        self.total_across = int(width / CHARACTER / self.size + 1e-6)
        self._counts = {
            "name": self._count([_name(last), *([_name_so_far(last)] if slow else [])]),
            "total": math.ceil(total / self.total_across) if scene.readable else PICTURE_LINES,
            "rest": self._count(rests),
            "next": self._count(_longest_nexts(scene)) if slow else 0,
            "subtotals": len(subtotals),
        }
        heights = (self._height(part) * count for part, count in self._counts.items())
        self.area = Area(width, sum(heights))

    def _height(self, part: str) -> float:
        """The height of a line."""
        is_total = part == "total"
        return METRICS.total_line_height * self.size if is_total else METRICS.sum_line_height

    def _wrapped(self, text: str, start: int = 0) -> list[str]:
        """A text as lines, the first of which begins behind so many characters."""
        indent = start * " "
        lines = textwrap.wrap(text, self._across, initial_indent=indent, break_on_hyphens=False)
        return [line.removeprefix(indent) for line in lines]

    def _count(self, texts: Iterable[str]) -> int:
        """How many lines texts of so many words take at most: as if all words were the longest."""
        by_place = zip_longest(*(text.split() for text in texts), fillvalue="")
        return len(self._wrapped(" ".join(max(words, key=len) for words in by_place)))

    def places(self, x: float, y: float) -> dict[str, list[Rectangle]]:
        """Where the lines of each part are, from (x, y) downwards."""
        found: dict[str, list[Rectangle]] = {}  # in the order in which they are read
        for part, count in self._counts.items():
            height, width = self._height(part), self.area.width
            if part == "rest":
                found["made_in"] = []
            found[part] = [Rectangle(x, y + n * height, width, height) for n in range(count)]
            y += count * height
        if found["rest"]:
            before, rest = found["rest"][0].split(CHARACTER * len(self._made_in))
            found["made_in"], found["rest"][0] = [before], rest
        return found

    def lines(self, step: Step) -> dict[str, list[str]]:
        """The lines of each part at a step; there may be fewer than places."""
        digits, made_in, rest = step.total
        name = self._wrapped(_name(step) if step.is_whole else _name_so_far(step))
        across = self.total_across
        return {
            "name": [""] * (self._counts["name"] - len(name)) + name,  # next to the total
            "total": [digits[n : n + across] for n in range(0, len(digits), across)],
            "made_in": [made_in],
            "rest": self._wrapped(rest, len(self._made_in)),
            "next": self._wrapped(_next(step)),
            "subtotals": step.subtotals,
        }


# Words


def _name(step: Step) -> str:
    return f"{step.name} ="


def _name_so_far(step: Step) -> str:
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


def _longest_nexts(scene: Scene) -> list[str]:
    value, bias = _longest(scene.value_texts), _longest(scene.bias_texts or [])
    weight = _longest(text for by_map in scene.kernel_texts["kernel"] for text in by_map)
    return [
        say("browser.sum.next", value=value, weight=weight),
        say("browser.sum.next_bias", bias=bias),
    ]


def _longest_subtotals(scene: Scene, totals: Sequence[str]) -> list[str]:
    """What the channels can add at most; nothing where there is one channel."""
    channels, added = scene.geometry.group_channels, f"+{_longest(totals)}"
    words = say("browser.slow.channel", channel=channels - 1, added=added)
    return [words] * min(channels, MOST_SUBTOTALS + 1) if channels > 1 else []
