"""Time and place in a dive: its stages, and where an actor is between two of its keys.

An actor is a picture, a cell, a text or a frame. Its keys say where it is at some seconds; what
lies between two keys is `between`, which browser/timeline.js works out alike.

Lengths are those of a stage `WIDTH` by `HEIGHT`; x goes right, y goes down.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypedDict

WIDTH, HEIGHT = 920.0, 380.0
SECONDS = 12.0

# By stage, when it begins, and the moment that shows it best.
STAGES = {
    "picture": (0.0, 1.4),
    "pixels": (1.6, 4.1),
    "numbers": (4.2, 5.4),
    "weights": (5.5, 7.0),
    "sum": (7.1, 9.4),
    "grey": (9.5, 10.4),
    "output": (10.5, SECONDS),
}
FONT_BY_HEIGHT = 0.5  # the largest letters, in heights of what they stand on
FONT_BY_WIDTH = 1.45  # and in widths, for one letter: a monospaced one is 0.62 wide
LEAST_FRAME = 9.0  # a pixel of a large picture is hard to see

ActorKind = Literal["picture", "cell", "text", "frame"]
Key = tuple[float, float, float, float, float, float]  # second, x, y, width, height, opacity


class ActorMessage(TypedDict):
    """An actor; a colour is the palette's name for it, or ``#rrggbb``."""

    kind: ActorKind
    name: str
    text: str
    paint: str
    ink: str
    padding: str
    letters: int
    keys: list[Key]


class Box(NamedTuple):
    """A rectangle: its upper left corner and its size."""

    x: float
    y: float
    width: float
    height: float

    @property
    def middle(self) -> tuple[float, float]:
        """Its centre."""
        return self.x + self.width / 2, self.y + self.height / 2

    @classmethod
    def around(cls, x: float, y: float, width: float, height: float) -> Box:
        """The box of this size with its centre at (x, y)."""
        return cls(x - width / 2, y - height / 2, width, height)

    def scaled(self, factor: float) -> Box:
        """The same centre, another size."""
        return Box.around(*self.middle, self.width * factor, self.height * factor)

    @property
    def upper(self) -> Box:
        """Its upper half."""
        return Box(self.x, self.y, self.width, self.height / 2)

    @property
    def lower(self) -> Box:
        """Its lower half."""
        return Box(self.x, self.y + self.height / 2, self.width, self.height / 2)


@dataclass(frozen=True)
class Actor:
    """Something on the stage.

    Attributes
    ----------
    kind : "picture", "cell", "text" or "frame"
    keys : where it is at some seconds, in their order
    name : of a picture, "input" or "output"; of others, what it is
    text : on it
    paint, ink : the fill or the line, and the text, as in `ActorMessage`
    padding : "pre", "post" or "beyond" for a cell of it
    letters : how many its text is to leave room for
    """

    kind: ActorKind
    keys: tuple[Key, ...]
    name: str = ""
    text: str = ""
    paint: str = ""
    ink: str = ""
    padding: str = ""

    letters: int = 0

    def message(self) -> ActorMessage:
        """The actor as JSON."""
        return {
            "kind": self.kind,
            "name": self.name,
            "text": self.text,
            "paint": self.paint,
            "ink": self.ink,
            "padding": self.padding,
            "letters": self.letters,
            "keys": [_rounded(key) for key in self.keys],
        }


def stage_at(second: float) -> str:
    """The stage that a second belongs to."""
    starts = [start for start, _ in STAGES.values()]
    return list(STAGES)[max(0, bisect_right(starts, second) - 1)]


def between(keys: Sequence[Key], second: float) -> tuple[Box, float]:
    """Where an actor is at a second, and how opaque.

    Sizes grow by the same factor in the same time, which the eye takes for an even zoom, and places
    follow the width: so what lies on a picture stays where it is on it.
    """
    after = bisect_right(keys, second, key=lambda key: key[0])
    if after in (0, len(keys)):
        _, x, y, width, height, shown = keys[min(after, len(keys) - 1)]
        return Box(x, y, width, height), shown
    (start, *first, opaque), (end, *last, opaque_then) = keys[after - 1], keys[after]
    time = (second - start) / (end - start)
    eased = time * time * (3 - 2 * time)
    place = eased
    if min(first[2], last[2]) > 0 and abs(first[2] - last[2]) > 1e-9:
        grown = first[2] * (last[2] / first[2]) ** eased
        place = (grown - first[2]) / (last[2] - first[2])
    box = Box(*(a + place * (b - a) for a, b in zip(first, last, strict=True)))
    return box, opaque + eased * (opaque_then - opaque)


def _rounded(key: Key) -> Key:
    second, x, y, width, height, shown = key
    return round(second, 4), round(x, 4), round(y, 4), round(width, 4), round(height, 4), shown
