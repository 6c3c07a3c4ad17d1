"""Where everything in a dive is at which second: the stages, and actors with their keys.

An actor is a picture, a cell, a text or a frame. Its keys say where it is at some seconds; what
lies between two keys is `between`, which browser/timeline.js works out alike. Renderers draw the
actors in their order and decide nothing.

Lengths are those of a stage `WIDTH` by `HEIGHT`; x goes right, y goes down.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal, NamedTuple, TypedDict

from convviz.geometry import Kind, Tap
from convviz.language.catalogue import say
from convviz.scene import palette
from convviz.scene.dive import Dive, PictureMessage, Plane

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
ZOOMED, SPLIT, SPREAD = 4.0, 4.6, 5.4
LANDING, LANDED = (6.0, 6.45), 0.5  # when the first and the last number leave; how long one takes
MULTIPLIED = 7.5
FLIGHT, FLOWN = (7.7, 8.75), 0.45
SUBTOTALS, TOTAL = 8.5, 9.2
CUT = 0.06  # for one tile to take another's place
NEXT = 0.004  # for one number to
MOST_SUMS = 24  # partial sums that are shown on the way
RAMP = 24  # greys beside the grey

FONT_BY_HEIGHT = 0.5  # the largest letters, in heights of what they stand on
FONT_BY_WIDTH = 1.45  # and in widths, for one letter: a monospaced one is 0.62 wide
WIDEST = 1.7  # cells, in their own heights
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


class StageMessage(TypedDict):
    """A stage: when it begins, the moment that shows it best, and its words."""

    name: str
    title: str
    start: float
    moment: float
    words: str


class DiveMessage(TypedDict):
    """A dive, but for its pictures' pixels, which go as bytes."""

    width: float
    height: float
    seconds: float
    fontByHeight: float
    fontByWidth: float
    leastFrame: float
    alt: str
    pixel: list[int]
    stages: list[StageMessage]
    pictures: dict[str, PictureMessage]
    actors: list[ActorMessage]


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


def message(dive: Dive) -> DiveMessage:
    """A dive as JSON for the browser."""
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "seconds": SECONDS,
        "fontByHeight": FONT_BY_HEIGHT,
        "fontByWidth": FONT_BY_WIDTH,
        "leastFrame": LEAST_FRAME,
        "alt": say("dive.alt", words=dive.alt),
        "pixel": list(dive.pixel),
        "stages": [
            {
                "name": name,
                "title": say(f"dive.titles.{name}"),
                "start": start,
                "moment": moment,
                "words": dive.words[name],
            }
            for name, (start, moment) in STAGES.items()
        ],
        "pictures": dive.pictures,
        "actors": [actor.message() for actor in actors(dive)],
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


def actors(dive: Dive) -> list[Actor]:
    """Everything on the stage, from the bottom up; what has one name has letters of one size."""
    layout = _Layout(dive)
    found = [
        *_input_actors(layout),
        *_number_actors(layout),
        *_sum_actors(layout),
        *_grey_actors(layout),
    ]
    letters: dict[str, int] = {}
    for actor in found:
        letters[actor.name] = max(len(actor.text), letters.get(actor.name, 0))
    return [replace(actor, letters=letters[actor.name]) for actor in found]


class _Layout:
    """The places of a dive: of the pictures, the window, the grids of numbers and the total."""

    def __init__(self, dive: Dive) -> None:
        self.dive = dive
        self.step = dive.step
        self.planes = [dive.planes[n] for n in dive.shown]
        *_, self.rows, self.columns = dive.scene.geometry.kernel_shape
        *_, self.high, self.wide = dive.scene.geometry.axes
        *_, self.top, self.left = self.planes[0].taps[0].cell
        sizes = dive.pictures["input"]
        self.picture = _fitted(sizes, Box(0, 0, WIDTH, HEIGHT))
        self.picture_at_end = _fitted(sizes, Box(0, 0, WIDTH / 2 - 12, HEIGHT))
        self.zoomed = self._zoomed(sizes)
        self._grids()

    def _zoomed(self, sizes: PictureMessage) -> Box:
        """The input so large that the window fills the stage."""
        rows, columns = self.high.effective_kernel, self.wide.effective_kernel
        pixel = min((HEIGHT - 50) / rows, (WIDTH - 120) / columns, 140)
        x = WIDTH / 2 - (self.left + columns / 2) * pixel
        y = HEIGHT / 2 - (self.top + rows / 2) * pixel
        return Box(x, y, sizes["width"] * pixel, sizes["height"] * pixel)

    def _grids(self) -> None:
        """Where the values and the weights stand, and where the total is made."""
        count = len(self.planes)
        stacked = count > 1
        room = (HEIGHT - 44) / 2 if stacked else HEIGHT - 40
        width = WIDTH / count - 36 if stacked else WIDTH / 2 - 50
        high = min(room / self.rows, width / self.columns, 110)
        side = min(width / self.columns, WIDEST * high), high
        self.values, self.weights = [], []
        for n in range(count):
            x = WIDTH * (n + 0.5) / count
            over, under = (x, HEIGHT * 0.25), (x, HEIGHT * 0.75)
            if not stacked:
                over, under = (WIDTH * 0.26, HEIGHT / 2), (WIDTH * 0.74, HEIGHT / 2)
            self.values.append(self._grid(*over, side))
            self.weights.append(self._grid(*under, side))
        self.total = Box.around(WIDTH * 0.26, HEIGHT / 2, 300, 76)
        if stacked:
            self.total = Box.around(WIDTH / 2, HEIGHT * 0.75, 300, 76)
        self.subtotals = [Box.around(*_middle(grid), 150, 52) for grid in self.values]

    def _grid(self, x: float, y: float, side: tuple[float, float]) -> list[Box]:
        wide, high = side
        left, top = x - wide * self.columns / 2, y - high * self.rows / 2
        gap = max(1.0, high * 0.05)
        return [
            Box(left + column * wide, top + row * high, wide - gap, high - gap)
            for row in range(self.rows)
            for column in range(self.columns)
        ]

    def pixels_of(self, tap: Tap, picture: Box) -> Box:
        """Where the pixel that a tap reads lies on the input drawn at ``picture``."""
        *_, row, column = tap.cell
        return _part(self.dive.pictures["input"], picture, row, column, 1, 1)

    def window_on(self, picture: Box) -> Box:
        """Where the window lies on it."""
        size = (self.high.effective_kernel, self.wide.effective_kernel)
        return _part(self.dive.pictures["input"], picture, self.top, self.left, *size)

    def weight_paint(self, tap: int) -> str:
        """The colour of a weight of one plane."""
        row, column = divmod(tap, self.columns)
        if max(self.rows, self.columns) > palette.MOST_HUES:
            return palette.WINDOW_HUE
        return palette.weight_colour(row, column)


# The input, and how the zoom reaches the window


def _input_actors(layout: _Layout) -> Iterator[Actor]:
    start, _ = STAGES["pixels"]
    rest, near, end = layout.picture, layout.zoomed, layout.picture_at_end
    keys = [(0, rest, 1), (start, rest, 1), (ZOOMED, near, 1), (4.3, near, 1), (5.0, near, 0)]
    yield Actor("picture", _keys(*keys, (10.7, end, 0), (11.5, end, 1)), "input")
    for tap in layout.planes[0].taps:
        if tap.kind is not Kind.DATA:
            yield _padding_actor(layout, tap)
    if max(layout.high.dilation, layout.wide.dilation) > 1:
        yield from (_read_actor(layout, tap) for tap in layout.planes[0].taps)
    window = layout.window_on
    ring = Box.around(*window(rest).middle, 170, 170)
    yield Actor(
        "frame",
        _keys(
            (0.3, ring, 0),
            (1.2, window(rest), 1),
            (start, window(rest), 1),
            (ZOOMED, window(near), 1),
            (4.3, window(near), 1),
            (4.8, window(near), 0),
            (10.7, window(end), 0),
            (11.5, window(end), 1),
        ),
        "window",
        paint="accent",
    )


def _padding_actor(layout: _Layout, tap: Tap) -> Actor:
    start, _ = STAGES["pixels"]
    rest, near = (layout.pixels_of(tap, box) for box in (layout.picture, layout.zoomed))
    keys = _keys((start, rest, 0), (ZOOMED, near, 1), (SPLIT, near, 1), (5.0, near, 0))
    return Actor("cell", keys, "padding", padding=tap.kind.value)


def _read_actor(layout: _Layout, tap: Tap) -> Actor:
    """A frame around a pixel that a dilated window reads, between others that it does not."""
    near = layout.pixels_of(tap, layout.zoomed)
    keys = _keys((3.4, near, 0), (ZOOMED, near, 1), (4.4, near, 1), (SPLIT, near, 0))
    return Actor("frame", keys, "read", paint="window")


# Numbers, weights, products


def _number_actors(layout: _Layout) -> Iterator[Actor]:
    planes = list(enumerate(layout.planes))
    for n, plane in planes:
        for tap in range(len(plane.taps)):
            yield from _weight_actors(layout, n, plane, tap)
    for n, plane in planes:
        for tap in range(len(plane.taps)):
            yield from _value_actors(layout, n, plane, tap)
    for n, plane in planes:
        for tap in range(len(plane.taps)):
            yield _product_actor(layout, n, plane, tap)


def _weight_actors(layout: _Layout, n: int, plane: Plane, tap: int) -> Iterator[Actor]:
    """A weight's cell, and its number, which makes room for the value above it."""
    cell, leaves, paint = layout.weights[n][tap], _leaves(tap, plane), layout.weight_paint(tap)
    in_time = [(5.4, cell, 0), (5.9, cell, 1)]
    out = (MULTIPLIED - CUT, MULTIPLIED)
    keys = _keys(*in_time, (out[0], cell, 1), (out[1], cell, 0))
    yield Actor("cell", keys, "weight", paint=paint)
    low = cell.lower
    moved = [(leaves, cell, 1), (leaves + LANDED, low, 1), (7.2, low, 1), (MULTIPLIED, low, 0)]
    text = f"×{plane.weights[tap]}"
    yield Actor("text", _keys(*in_time, *moved), "weight", text, ink=palette.ink_on(paint))


def _value_actors(layout: _Layout, n: int, plane: Plane, tap: int) -> Iterator[Actor]:
    """A pixel that becomes a number, moves into its grid, and lands on its weight.

    Where one pixel is several numbers, they come out of it side by side, and can be read then.
    """
    near = layout.pixels_of(plane.taps[tap], layout.zoomed)
    cell, target = layout.values[n][tap], layout.weights[n][tap].upper.scaled(0.94)
    leaves = _leaves(tap, plane)
    landed = [(leaves, cell, 1), (leaves + LANDED, target, 1), (7.2, target, 1)]
    landed.append((MULTIPLIED, target, 0))
    several = len(layout.planes) > 1
    came = [(STAGES["numbers"][0], near, 0), (SPLIT, near, 0.15 if several else 1)]
    keys = _keys(*came, (SPREAD, cell, 1), *landed)
    kind, paint = plane.taps[tap].kind, _value_paint(layout.dive, plane, tap)
    padding = "" if kind is Kind.DATA else kind.value
    ink = padding or palette.ink_on(paint)
    text = plane.values[tap]
    if not several:
        yield Actor("cell", keys, "value", text, paint, ink, padding)
        return
    yield Actor("cell", keys, "value", "", paint, ink, padding)
    read = _keys((SPREAD - 0.15, cell, 0), (SPREAD, cell, 1), *landed)
    yield Actor("text", read, "value", text, ink=ink)


def _value_paint(dive: Dive, plane: Plane, tap: int) -> str:
    """The shade of a pixel; of a picture in colours, the channel's part of it."""
    level = f"{dive.shade(plane.taps[tap]):02x}"
    if not dive.in_colour:
        return f"#{level * 3}"
    return "#" + "".join(level if channel == plane.channel else "00" for channel in range(3))


def _product_actor(layout: _Layout, n: int, plane: Plane, tap: int) -> Actor:
    """A product, which flies to where the sum of its plane is made."""
    cell, paint = layout.weights[n][tap], layout.weight_paint(tap)
    target = layout.subtotals[n] if len(layout.planes) > 1 else layout.total
    flies = _spread(FLIGHT, tap, len(plane.taps))
    end = Box.around(*target.middle, cell.width * 0.5, cell.height * 0.5)
    keys = _keys(
        (7.2, cell, 0),
        (MULTIPLIED, cell, 1),
        (flies, cell, 1),
        (flies + 0.8 * FLOWN, end, 1),
        (flies + FLOWN, end, 0),
    )
    return Actor("cell", keys, "product", plane.products[tap], paint, palette.ink_on(paint))


def _leaves(tap: int, plane: Plane) -> float:
    return _spread(LANDING, tap, len(plane.taps))


# The sum


def _sum_actors(layout: _Layout) -> Iterator[Actor]:
    dive, step = layout.dive, layout.step
    if len(layout.planes) > 1:
        yield from _subtotal_actors(layout)
    elif dive.others is None:
        yield from _running_actors(layout)
    yield from _term_actors(layout)
    grey = _grey_box()
    end = STAGES["grey"][0]
    large = Box.around(WIDTH / 2, HEIGHT / 2, 420, 120)
    keys = [(TOTAL, layout.total, 1), (end - 0.1, large, 1), (end + 0.1, large, 1)]
    moved = _keys((TOTAL - CUT, layout.total, 0), *keys, (10.1, grey, 1), (10.2, grey, 0))
    yield Actor("cell", moved, "sum", step.result, "current", "ink")


def _running_actors(layout: _Layout) -> Iterator[Actor]:
    """The sum of one plane after each product, or after every few."""
    sums = layout.dive.sums
    stride = math.ceil(len(sums) / MOST_SUMS)
    shown = sorted({*range(stride - 1, len(sums), stride), len(sums) - 1})
    times = [_spread(FLIGHT, tap, len(sums)) + 0.8 * FLOWN for tap in shown]
    for tap, start, end in zip(shown, times, [*times[1:], TOTAL], strict=True):
        box = layout.total
        keys = _keys((start, box, 0), (start + NEXT, box, 1), (end, box, 1), (end + NEXT, box, 0))
        yield Actor("cell", keys, "partial sum", sums[tap], "cell", "ink")


def _subtotal_actors(layout: _Layout) -> Iterator[Actor]:
    """What each plane adds, on its way to the total."""
    for plane, box in zip(layout.planes, layout.subtotals, strict=True):
        keys = [(SUBTOTALS - 0.6, box, 0), (SUBTOTALS, box, 1), (8.9, box, 1)]
        end = layout.total.scaled(0.5)
        flown = _keys(*keys, (TOTAL - CUT, end, 1), (TOTAL + CUT, end, 0))
        yield Actor("cell", flown, "subtotal", plane.subtotal, "done", "ink")


def _term_actors(layout: _Layout) -> Iterator[Actor]:
    """What else goes into the total: planes whose numbers are not shown, and the bias."""
    dive, (x, y) = layout.dive, layout.total.middle
    terms = []
    if dive.others is not None:
        terms.append((layout.planes[0].subtotal, Box.around(x, y, 200, 60)))
        words = say("dive.words.others", count=len(dive.planes) - 1)
        terms.append((f"{words}: {dive.others}", Box.around(x, y - 90, 330, 48)))
    if layout.step.added_bias is not None:
        bias = say("dive.words.bias_tile", bias=layout.step.added_bias)
        terms.append((bias, Box.around(x, y + 90, 330, 48)))
    for text, box in terms:
        keys = [(8.3, box, 0), (8.7, box, 1), (9.0, box, 1)]
        end = layout.total.scaled(0.6)
        flown = _keys(*keys, (TOTAL - CUT, end, 1), (TOTAL + CUT, end, 0))
        yield Actor("cell", flown, "term", text, "done", "ink")


# The grey, and the whole output


def _grey_box() -> Box:
    return Box.around(WIDTH / 2, HEIGHT / 2 - 34, 150, 150)


def _grey_actors(layout: _Layout) -> Iterator[Actor]:
    dive, grey = layout.dive, _grey_box()
    sizes = dive.pictures["output"]
    *_, row, column = layout.step.position
    near = Box(
        grey.x - column * grey.width,
        grey.y - row * grey.height,
        sizes["width"] * grey.width,
        sizes["height"] * grey.height,
    )
    end = _fitted(sizes, Box(WIDTH / 2 + 12, 0, WIDTH / 2 - 12, HEIGHT))
    picture = _keys((10.5, near, 0), (10.8, near, 1), (11.6, end, 1))
    yield Actor("picture", picture, "output")
    paint = f"#{dive.output_shade:02x}{dive.output_shade:02x}{dive.output_shade:02x}"
    keys = _keys((9.9, grey, 0), (10.2, grey, 1), (10.6, grey, 1), (10.8, grey, 0))
    yield Actor("cell", keys, "grey", layout.step.result, paint, palette.ink_on(paint))
    yield from _ramp_actors(dive)
    last = _part(sizes, end, row, column, 1, 1)
    framed = _keys((10.2, grey, 0), (10.4, grey, 1), (10.8, grey, 1), (11.6, last, 1))
    yield Actor("frame", framed, "output pixel", paint="accent")


def _ramp_actors(dive: Dive) -> Iterator[Actor]:
    """The greys from black to white, their values, and where the output lies among them."""
    left, top, width, height = WIDTH / 2 - 200, HEIGHT - 84, 400.0, 26.0
    for n in range(RAMP):
        level = round(255 * n / (RAMP - 1))
        box = Box(left + n * width / RAMP, top, width / RAMP + 0.5, height)
        yield Actor("cell", _briefly(box), "ramp", paint=f"#{level:02x}{level:02x}{level:02x}")
    for text, x in zip(dive.output_range, (left, left + width), strict=True):
        yield Actor(
            "text", _briefly(Box.around(x, top + height + 20, 120, 26)), "range", text, ink="ink"
        )
    x = left + width * (dive.output_shade + 0.5) / 256
    mark = Box.around(x, top + height / 2, 12, height + 10)
    yield Actor("frame", _briefly(mark), "mark", paint="accent")


def _briefly(box: Box) -> tuple[Key, ...]:
    """Keys of what is there only beside the grey."""
    return _keys((9.9, box, 0), (10.2, box, 1), (10.5, box, 1), (10.7, box, 0))


# Places and keys


def _keys(*steps: tuple[float, Box, float]) -> tuple[Key, ...]:
    return tuple(
        (second, box.x, box.y, box.width, box.height, float(shown)) for second, box, shown in steps
    )


def _rounded(key: Key) -> Key:
    second, x, y, width, height, shown = key
    return round(second, 4), round(x, 4), round(y, 4), round(width, 4), round(height, 4), shown


def _spread(span: tuple[float, float], n: int, count: int) -> float:
    """When the n-th of so many goes, the first at the span's start and the last at its end."""
    first, last = span
    return first + (last - first) * n / max(1, count - 1)


def _fitted(sizes: PictureMessage, room: Box) -> Box:
    """A picture as large as a room holds, in its middle."""
    scale = min(room.width / sizes["width"], room.height / sizes["height"])
    return Box.around(*room.middle, sizes["width"] * scale, sizes["height"] * scale)


def _part(
    sizes: PictureMessage, picture: Box, row: int, column: int, rows: int, columns: int
) -> Box:
    """Some pixels of a picture that is drawn at ``picture``."""
    across, down = picture.width / sizes["width"], picture.height / sizes["height"]
    x, y = picture.x + column * across, picture.y + row * down
    return Box(x, y, columns * across, rows * down)


def _middle(boxes: Iterable[Box]) -> tuple[float, float]:
    """The centre of a grid."""
    found = list(boxes)
    first, last = found[0], found[-1]
    return (first.x + last.x + last.width) / 2, (first.y + last.y + last.height) / 2
