"""The facts about a layer of a model in words: sizes, work, what is dead, what int8 costs.

The numbers are `convviz.network.facts`'; nothing is worked out here but sentences.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from convviz.language.catalogue import say
from convviz.network import facts
from convviz.parameters import PaddingMode
from convviz.scene import captions
from convviz.scene.int8 import SATURATED, VANISHED

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

UNNAMED = "(Unnamed Layer"  # how TensorRT names a layer that nobody has named
MOST_NAMED = 6  # dead channels or maps; of more only the count is said
MINUS = "\N{MINUS SIGN}"


def name(scene: Scene) -> str:
    """The layer's own name; "" where nobody gave it one."""
    given = scene.run.name
    return "" if given.startswith(UNNAMED) else given


def summary(scene: Scene) -> list[str]:
    """Shapes, stride, padding as resolved, the output's size, the work, the receptive field."""
    g, axes = scene.geometry, scene.geometry.axes
    parts = [
        say("captions.layer.maps", channels=g.channels, maps=g.maps),
        captions.shape([axis.kernel for axis in axes]),
    ]
    if g.groups > 1:
        groups = say("captions.layer.groups", count=g.groups)
        parts.append(say("captions.layer.depthwise") if g.is_depthwise else groups)
    for noun in ("stride", "dilation"):
        sizes = [getattr(axis, noun) for axis in axes]
        if any(size != 1 for size in sizes):
            parts.append(say(f"captions.layer.spacing.{noun}", size=_one_or_all(sizes)))
    return [*parts, _padding(scene), *results(scene)]


def results(scene: Scene) -> list[str]:
    """Those at the end of the summary that follow from the others: what can be asked for."""
    g, axes = scene.geometry, scene.geometry.axes
    parts = [
        say("captions.layer.output", size=captions.shape([axis.output for axis in axes])),
        say("captions.layer.multiply_adds", count=count_text(facts.multiply_adds(g))),
    ]
    if scene.run.receptive_field:
        field = [_extent(size) for size in scene.run.receptive_field]
        parts.append(say("captions.layer.receptive_field", size=_one_or_all(field)))
    return parts


def dead(scene: Scene) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The input channels and the output maps that are dead."""
    run = scene.run
    return facts.dead_channels(run), facts.dead_maps(run, rectified=run.rectified)


def dead_words(channels: Sequence[int], maps: Sequence[int]) -> str:
    """Which channels and maps are dead; "" where all are alive."""
    lists = [
        _numbered(noun, numbers)
        for noun, numbers in (("channels", channels), ("maps", maps))
        if numbers
    ]
    return say("captions.layer.dead_ones", what="; ".join(lists)) if lists else ""


def int8_words(scene: Scene) -> str:
    """In which map int8 hurts most, on these activations; "" for a layer without int8."""
    loss = facts.quantization_loss(scene.run)
    if loss is None or not np.isfinite(loss).any():
        return ""
    worst = int(np.nanargmax(np.where(np.isfinite(loss), loss, -1)))
    words = [say("captions.layer.int8", map=worst, loss=f"{loss[worst]:.2%}")]
    for noun, letter in (("saturated", SATURATED), ("vanished", VANISHED)):
        if count := scene.flags["input"].count(letter):
            words.append(say(f"captions.layer.lost.{noun}", count=count))
    return "; ".join(words)


def count_text(count: int) -> str:
    """A large count as people say it: 57.8 M."""
    for unit, size in (("G", 10**9), ("M", 10**6), ("k", 10**4)):
        if count >= size:
            return f"{count / (1000 if unit == 'k' else size):.3g} {unit}"
    return f"{count:,}"


def _padding(scene: Scene) -> str:
    """The zeros before and after the data, as the mode resolves them."""
    mode = scene.mode
    before, after = (
        _one_or_all(sizes) for sizes in zip(*facts.padding(scene.geometry), strict=True)
    )
    named = "" if mode is PaddingMode.EXPLICIT_ROUND_DOWN else f"{mode.name}: "
    if before == after == "0":
        return named + say("captions.layer.no_padding")
    if before == after and not named:
        return say("captions.layer.padding", size=before)
    return named + say("captions.layer.before_after", before=before, after=after)


def _one_or_all(sizes: Sequence[object]) -> str:
    """One size where all axes have the same, else one an axis."""
    texts = [str(size) for size in sizes]
    return texts[0] if len(set(texts)) == 1 else "×".join(texts)


def _extent(size: float) -> str:
    return "∞" if math.isinf(size) else str(int(size))


def _numbered(noun: str, numbers: Sequence[int]) -> str:
    """The numbers of dead channels or maps, or how many they are."""
    count = len(numbers)
    if count > MOST_NAMED:
        return say(f"captions.layer.dead_many.{noun}", count=count)
    return say(f"captions.layer.dead_few.{noun}", count=count, numbers=", ".join(map(str, numbers)))
