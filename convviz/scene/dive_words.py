"""What is said at each stage of a dive."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.scene.step import number_text

if TYPE_CHECKING:
    from convviz.scene.dive import Dive

DIGITS = 4  # of a value that is black or white


def words_of(dive: Dive) -> dict[str, str]:
    """By stage, a sentence or two."""
    return {
        "picture": _picture(dive),
        "pixels": _pixels(dive),
        "numbers": _numbers(dive),
        "weights": say("dive.words.weights", count=dive.scene.geometry.tap_count),
        "sum": _sum(dive),
        "grey": _grey(dive),
        "output": _output(dive),
    }


def range_of(dive: Dive, tensor: str) -> tuple[str, str]:
    """What is black and what is white in the input's or the output's picture."""
    low, high = dive.scene.value_ranges[tensor]
    return number_text(np.float32(low), DIGITS), number_text(np.float32(high), DIGITS)


def _picture(dive: Dive) -> str:
    *_, row, column = dive.pixel
    height, width, _ = dive.input_pixels.shape
    return say("dive.words.picture", row=row, column=column, height=height, width=width)


def _pixels(dive: Dive) -> str:
    plane = dive.main
    padding = sum(tap.kind is not Kind.DATA for tap in plane.taps)
    *_, height, width = dive.scene.geometry.axes
    (*_, top, left), (*_, bottom, right) = plane.taps[0].cell, plane.taps[-1].cell
    dilation = max(height.dilation, width.dilation)
    lines = [
        say(
            "dive.words.pixels",
            count=len(plane.taps),
            top=_signed(top),
            bottom=_signed(bottom),
            left=_signed(left),
            right=_signed(right),
        )
    ]
    lines += [say("dive.words.gaps", dilation=dilation)] if dilation > 1 else []
    lines += [say("dive.words.padding", count=padding)] if padding else []
    return " ".join(lines)


def _signed(index: int) -> str:
    return str(index).replace("-", "−")


def _numbers(dive: Dive) -> str:
    black, white = range_of(dive, "input")
    if dive.in_colour and len(dive.shown) > 1:
        return say("dive.words.colours", black=black, white=white)
    lines = [say("dive.words.numbers", black=black, white=white)]
    if len(dive.shown) > 1:
        lines.append(say("dive.words.slices", count=len(dive.shown)))
    if dive.others is not None:
        shown = {"number": dive.main.channel, "planes": len(dive.planes)}
        chosen = dive.channel is not None
        lines.append(
            say("dive.words.chosen", **shown) if chosen else say("dive.words.one_of", **shown)
        )
    return " ".join(lines)


def _sum(dive: Dive) -> str:
    """What is done; the number itself is counted in the picture, and named when it is there."""
    step = dive.step
    words = say("dive.words.sum", count=dive.scene.geometry.tap_count)
    if dive.scene.quantization:
        return f"{words} {say('dive.words.scaled')}"
    if step.added_bias is None:
        return words
    return f"{words} {say('dive.words.bias', bias=step.added_bias)}"


def _grey(dive: Dive) -> str:
    black, white = range_of(dive, "output")
    return say("dive.words.grey", result=dive.step.result, black=black, white=white)


def _output(dive: Dive) -> str:
    height, width, _ = dive.output_pixels.shape
    *_, top, left = map(_signed, dive.main.taps[0].cell)
    place = {"name": dive.step.name, "top": top, "left": left}
    return say("dive.words.output", **place, height=height, width=width)
