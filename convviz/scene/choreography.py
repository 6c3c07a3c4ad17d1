"""Who is on a dive's stage, and when where: its actors with their keys.

Renderers draw the actors in their order and decide nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TypedDict

from convviz.geometry import Kind, Tap
from convviz.language.catalogue import say
from convviz.scene import palette
from convviz.scene.dive import Dive, PictureMessage, Plane
from convviz.scene.dive_layout import Layout, fitted, part_of
from convviz.scene.dive_words import range_of
from convviz.scene.timeline import (
    FONT_BY_HEIGHT,
    FONT_BY_WIDTH,
    HEIGHT,
    LEAST_FRAME,
    SECONDS,
    STAGES,
    WIDTH,
    Actor,
    ActorMessage,
    Box,
    Key,
)

ZOOMED, SPLIT, SPREAD = 4.0, 4.6, 5.4
LANDING, LANDED = (6.0, 6.45), 0.5  # when the first and the last number leave; how long one takes
MULTIPLIED = 7.5
FLIGHT, FLOWN = (7.7, 8.75), 0.45
SUBTOTALS, TOTAL = 8.5, 9.2
CUT = 0.06  # for one tile to take another's place
NEXT = 0.004  # for one number to
MOST_SUMS = 24  # partial sums that are shown on the way
RAMP = 24  # greys beside the grey


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
    channel: int
    channels: tuple[int, int] | None
    stages: list[StageMessage]
    pictures: dict[str, PictureMessage]
    actors: list[ActorMessage]


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
        "channel": dive.main.channel,
        "channels": dive.choice,
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


def actors(dive: Dive) -> list[Actor]:
    """Everything on the stage, from the bottom up; what has one name has letters of one size."""
    layout = Layout(dive)
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


# The input, and how the zoom reaches the window


def _input_actors(layout: Layout) -> Iterator[Actor]:
    start, _ = STAGES["pixels"]
    rest, near, end = layout.picture, layout.zoomed, layout.picture_at_end
    keys = [(0, rest, 1), (start, rest, 1), (ZOOMED, near, 1), (4.3, near, 1), (5.0, near, 0)]
    yield Actor("picture", _keys(*keys, (10.7, end, 0), (11.5, end, 1)), "input")
    for tap in layout.dive.main.taps:
        if tap.kind is not Kind.DATA:
            yield _padding_actor(layout, tap)
    if max(layout.high.dilation, layout.wide.dilation) > 1:
        yield from (_read_actor(layout, tap) for tap in layout.dive.main.taps)
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


def _padding_actor(layout: Layout, tap: Tap) -> Actor:
    start, _ = STAGES["pixels"]
    rest, near = (layout.pixels_of(tap, box) for box in (layout.picture, layout.zoomed))
    keys = _keys((start, rest, 0), (ZOOMED, near, 1), (SPLIT, near, 1), (5.0, near, 0))
    return Actor("cell", keys, "padding", padding=tap.kind.value)


def _read_actor(layout: Layout, tap: Tap) -> Actor:
    """A frame around a pixel that a dilated window reads, between others that it does not."""
    near = layout.pixels_of(tap, layout.zoomed)
    keys = _keys((3.4, near, 0), (ZOOMED, near, 1), (4.4, near, 1), (SPLIT, near, 0))
    return Actor("frame", keys, "read", paint="window")


# Numbers, weights, products


def _number_actors(layout: Layout) -> Iterator[Actor]:
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


def _weight_actors(layout: Layout, n: int, plane: Plane, tap: int) -> Iterator[Actor]:
    """A weight's cell, and its number, which makes room for the value above it."""
    cell, leaves, paint = layout.weights[n][tap], _leaves(tap, plane), layout.weight_paint(n, tap)
    in_time = [(5.4, cell, 0), (5.9, cell, 1)]
    out = (MULTIPLIED - CUT, MULTIPLIED)
    keys = _keys(*in_time, (out[0], cell, 1), (out[1], cell, 0))
    yield Actor("cell", keys, "weight", paint=paint)
    low = cell.lower
    moved = [(leaves, cell, 1), (leaves + LANDED, low, 1), (7.2, low, 1), (MULTIPLIED, low, 0)]
    text = f"×{plane.weights[tap]}"
    yield Actor("text", _keys(*in_time, *moved), "weight", text, ink=palette.ink_on(paint))


def _value_actors(layout: Layout, n: int, plane: Plane, tap: int) -> Iterator[Actor]:
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


def _product_actor(layout: Layout, n: int, plane: Plane, tap: int) -> Actor:
    """A product, which flies to where the sum of its plane is made."""
    cell, paint = layout.weights[n][tap], layout.weight_paint(n, tap)
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


def _sum_actors(layout: Layout) -> Iterator[Actor]:
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


def _running_actors(layout: Layout) -> Iterator[Actor]:
    """The sum of one plane after each product, or after every few."""
    count = layout.dive.window.size
    stride = math.ceil(count / MOST_SUMS)
    shown = sorted({*range(stride - 1, count, stride), count - 1})
    times = [_spread(FLIGHT, tap, count) + 0.8 * FLOWN for tap in shown]
    for tap, start, end in zip(shown, times, [*times[1:], TOTAL], strict=True):
        box = layout.total
        keys = _keys((start, box, 0), (start + NEXT, box, 1), (end, box, 1), (end + NEXT, box, 0))
        yield Actor("cell", keys, "partial sum", layout.dive.sum_after(tap), "cell", "ink")


def _subtotal_actors(layout: Layout) -> Iterator[Actor]:
    """What each plane adds, on its way to the total."""
    for plane, box in zip(layout.planes, layout.subtotals, strict=True):
        keys = [(SUBTOTALS - 0.6, box, 0), (SUBTOTALS, box, 1), (8.9, box, 1)]
        end = layout.total.scaled(0.5)
        flown = _keys(*keys, (TOTAL - CUT, end, 1), (TOTAL + CUT, end, 0))
        yield Actor("cell", flown, "subtotal", plane.subtotal, "done", "ink")


def _term_actors(layout: Layout) -> Iterator[Actor]:
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


def _grey_actors(layout: Layout) -> Iterator[Actor]:
    dive, grey = layout.dive, _grey_box()
    sizes = dive.pictures["output"]
    *_, row, column = layout.step.position
    near = Box(
        grey.x - column * grey.width,
        grey.y - row * grey.height,
        sizes["width"] * grey.width,
        sizes["height"] * grey.height,
    )
    end = fitted(sizes, Box(WIDTH / 2 + 12, 0, WIDTH / 2 - 12, HEIGHT))
    picture = _keys((10.5, near, 0), (10.8, near, 1), (11.6, end, 1))
    yield Actor("picture", picture, "output")
    paint = f"#{dive.output_shade:02x}{dive.output_shade:02x}{dive.output_shade:02x}"
    keys = _keys((9.9, grey, 0), (10.2, grey, 1), (10.6, grey, 1), (10.8, grey, 0))
    yield Actor("cell", keys, "grey", layout.step.result, paint, palette.ink_on(paint))
    yield from _ramp_actors(dive)
    last = part_of(sizes, end, row, column, 1, 1)
    framed = _keys((10.2, grey, 0), (10.4, grey, 1), (10.8, grey, 1), (11.6, last, 1))
    yield Actor("frame", framed, "output pixel", paint="accent")


def _ramp_actors(dive: Dive) -> Iterator[Actor]:
    """The greys from black to white, their values, and where the output lies among them."""
    left, top, width, height = WIDTH / 2 - 200, HEIGHT - 84, 400.0, 26.0
    for n in range(RAMP):
        level = round(255 * n / (RAMP - 1))
        box = Box(left + n * width / RAMP, top, width / RAMP + 0.5, height)
        yield Actor("cell", _briefly(box), "ramp", paint=f"#{level:02x}{level:02x}{level:02x}")
    yield Actor("frame", _briefly(Box(left, top, width, height)), "ramp", paint="line")
    for text, x in zip(range_of(dive, "output"), (left, left + width), strict=True):
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


def _spread(span: tuple[float, float], n: int, count: int) -> float:
    """When the n-th of so many goes, the first at the span's start and the last at its end."""
    first, last = span
    return first + (last - first) * n / max(1, count - 1)
