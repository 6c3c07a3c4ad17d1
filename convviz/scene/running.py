"""The running sum of every output: what slow motion shows after each of its moves.

A sum of few products is shown product by product. Of longer sums the first row of weights goes
singly, then whole rows, then whole channels, so that no output takes more moves than a reader
watches. Of one list of sums, each renderer takes those that it shows.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from decimal import Context, Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple, TypedDict

import numpy as np

from convviz.compute import cpu
from convviz.geometry import Geometry, Kind
from convviz.language.catalogue import say
from convviz.scene import decimals

if TYPE_CHECKING:
    from convviz.scene.scene import Scene
    from convviz.scene.step import Step

MOST_MOVES = 30  # of one output: a third of a second each, where it takes ten
MOST_SUMS = 6_000  # that go along with a scene, so that a slider stays quick
MOST_PRODUCTS = 200_000  # that are added up for them
MOST_WEIGHTS = 4_096  # that go along with a picture's scene
MOST_SUBTOTALS = 4  # that are shown of an output, the latest
EXACT = 999  # digits of a difference, more than any has


class RunningSums(TypedDict):
    """By step, the sum after some of its products, without the bias.

    ``after`` counts the products; ``stops`` are those of them at which slow motion stops. A list of
    texts is None where there is none: exact sums of too many products or of numbers that are not
    finite, float32 sums of an int8 layer.
    """

    after: list[int]
    stops: list[int]
    exact: list[list[str]] | None
    float32: list[list[str]] | None


def running_sums(scene: Scene) -> RunningSums | None:
    """The running sums of a scene; None where its numbers are not shown, or too many."""
    g = scene.geometry
    if not scene.readable or scene.steps * g.tap_count > MOST_PRODUCTS:
        return None
    ways = list(_ways(g))
    after = next((way for way in ways if scene.steps * len(way) <= MOST_SUMS), None)
    if after is None:
        return None
    stops = next((way for way in ways if {*way} <= {*after} and len(way) <= MOST_MOVES), after)
    exact = None
    if scene.exact is not None:
        exact = decimals.exact_running_sums(g, scene.values, scene.kernel, after)
    return {
        "after": after,
        "stops": stops,
        "exact": exact,
        "float32": None if scene.quantization else _float32_sums(scene, after),
    }


def stops_of_pictures(scene: Scene) -> RunningSums | None:
    """Where sums of pixels stop, without the sums: the browser adds up what it shows."""
    g = scene.geometry
    few = scene.kernel.size <= MOST_WEIGHTS
    if scene.view != "images" or scene.quantization is not None or not few:
        return None
    ways = list(_ways(g))
    stops = next((way for way in ways if len(way) <= MOST_MOVES), ways[-1])
    return {"after": stops, "stops": stops, "exact": None, "float32": None}


def weights_of(scene: Scene) -> list[list[float]] | None:
    """By map, the weights of such sums; none where the browser adds nothing up."""
    if stops_of_pictures(scene) is None:
        return None
    found: list[list[float]] = scene.kernel.reshape(scene.geometry.maps, -1).tolist()
    return found


def _float32_sums(scene: Scene, after: list[int]) -> list[list[str]]:
    """By step, the texts of the float32 sums after so many products."""
    g, columns = scene.geometry, np.array(after) - 1
    by_map = [
        cpu.partial_sums(g, scene.values[None], scene.kernel, k)[..., columns].reshape(-1)
        for k in range(g.maps)
    ]
    texts, size = decimals.texts(np.concatenate(by_map)), len(after)
    return [texts[start : start + size] for start in range(0, len(texts), size)]


def _ways(geometry: Geometry) -> Iterator[list[int]]:
    """After how many products to stop, from the finest way to the coarsest."""
    taps, row = geometry.tap_count, geometry.axes[-1].kernel
    channel = math.prod(axis.kernel for axis in geometry.axes)
    first_row = range(1, row + 1)
    yield list(range(1, taps + 1))
    yield sorted({*first_row, *range(row, taps + 1, row)})
    yield sorted({*first_row, *range(channel, taps + 1, channel)})


class PartialSum(NamedTuple):
    """What some products add up to: exactly, where that is known, and in the layer's own type."""

    exact: str | None
    result: str


def partial_sum(step: Step) -> PartialSum:
    """What the products of a step add up to that have been added, in slow motion."""
    running = step.scene.running
    if not step.landed or running is None:
        return PartialSum("0", "0")
    n = running["after"].index(step.landed)
    exact, rounded = (
        None if sums is None else sums[step.index][n]
        for sums in (running["exact"], running["float32"])
    )
    return PartialSum(exact, rounded or exact or "")


def stops_of(step: Step) -> list[int]:
    """After how many terms of a step's sum slow motion stops; browser/taps.js has the same.

    Zeros of the padding that follow one another within a channel go together. A bias, or the scale
    of an int8 layer, is a term of its own, the last.
    """
    scene, taps = step.scene, step.taps
    last = len(taps) + (scene.adds_bias or scene.quantization is not None)
    channel = len(taps) // scene.geometry.group_channels
    found: list[int] = []
    was_padding = False
    for before, after in pairwise([0, *(scene.running or {"stops": []})["stops"]]):
        is_padding = all(tap.kind is not Kind.DATA for tap in taps[before:after])
        if is_padding and was_padding and before % channel:
            found.pop()
        found.append(after)
        was_padding = is_padding
    return found if found[-1:] == [last] else [*found, last]


def subtotals_of(step: Step) -> list[str]:
    """What each channel has added, as far as they are through; browser/slow.js says the same."""
    channels = step.scene.geometry.group_channels
    size = len(step.taps) // channels
    if channels == 1 or step.terms is None:
        return []
    totals = [partial_sum(replace(step, terms=n * size)) for n in range(step.landed // size + 1)]
    texts = [
        say("browser.slow.channel", channel=n, added=_difference(after, before))
        for n, (before, after) in enumerate(pairwise(totals))
    ]
    return texts if len(texts) <= MOST_SUBTOTALS else ["…", *texts[-MOST_SUBTOTALS:]]


def _difference(after: PartialSum, before: PartialSum) -> str:
    """What was added, with its sign; a plain plus where that is no number."""
    numbers = (Decimal(total.exact or total.result) for total in (after, before))
    added = Context(prec=EXACT, traps=[]).subtract(*numbers)
    if not added.is_finite():
        return "+"
    text = f"{abs(added):f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return ("−" if added < 0 else "+") + text
