"""The exercise kind "int8": predict the integer that a value becomes at a scale."""

from __future__ import annotations

import math

import numpy as np

from convviz.checks import check_number, check_text
from convviz.course.answers import Line
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback, Mistakes, matching, read_integer, right, wrong
from convviz.course.quantization import quantize
from convviz.course.wording import minus
from convviz.language.catalogue import say
from convviz.network.values import DataType
from convviz.scene import decimals

LARGEST = 1e6  # of a value and of a scale: what a reader can divide by heart or on paper


def int8(value: float, scale: float = 1.0, *, hint: str = "") -> Exercise:
    """Predict the int8 number that a value becomes at a scale.

    Parameters
    ----------
    value : from -1,000,000 to 1,000,000
    scale : positive number
    hint : str
        Instead of how int8 is made.
    """
    remedy = "Write a number that a reader can divide."
    value = check_number("value", value, least=-LARGEST, most=LARGEST, remedy=remedy)
    scale = check_number("scale", scale, least=1 / LARGEST, most=LARGEST, remedy=remedy)
    check_text("hint", hint)
    field = Line(say("exercises.field.integer"))
    numbers = {"value": minus(f"{value:g}"), "scale": f"{scale:g}"}
    return Exercise(
        say("exercises.int8.question", **numbers),
        field,
        lambda: feedback(value, scale, field.text),
        hint=hint or say("exercises.int8.hint"),
        solution=reason(value, scale),
    )


def feedback(value: float, scale: float, answer: str) -> Feedback:
    """On the int8 number that ``value`` becomes at ``scale``."""
    given = read_integer(answer)
    if given is None:
        least, most = map(minus, DataType.INT8.limits)
        return Feedback(None, say("feedback.int8.no_answer", least=least, most=most))
    if given == _quantized(value, scale):
        return right(reason(value, scale))
    mistake = matching(given, _mistakes(value, scale)) or say("feedback.int8.divide")
    return wrong(minus(given), mistake)


def reason(value: float, scale: float) -> str:
    """The steps on the way to int8."""
    steps = np.float32(value) / np.float32(scale)
    nearest, result = int(np.rint(steps)), _quantized(value, scale)
    text = f"{minus(f'{value:g}')} / {scale:g} = {minus(decimals.text(steps))}"
    if abs(steps - np.trunc(steps)) == 0.5:
        text = say("feedback.int8.tie", steps=text, nearest=minus(nearest))
    elif nearest != steps:
        text = say("feedback.int8.rounded", steps=text, nearest=minus(nearest))
    if result != nearest:
        text = say("feedback.int8.saturated", steps=text, limit=minus(result))
    return f"{text}."


def _quantized(value: float, scale: float) -> int:
    return int(quantize([value], scale).integers[0])


def _mistakes(value: float, scale: float) -> Mistakes:
    """What the usual mistakes would have given, the likeliest first."""
    steps = value / scale
    least, most = DataType.INT8.limits
    yield round(steps), say("feedback.int8.beyond", least=minus(least), most=minus(most))
    yield least + 1, say("feedback.int8.least", least=minus(least))
    yield most + 1, say("feedback.int8.most", most=minus(most))
    away_from_zero = int(math.copysign(math.floor(abs(steps) + 0.5), steps))
    yield away_from_zero, say("feedback.int8.tie_away_from_zero")
    yield int(steps), say("feedback.int8.cut_off")
    yield round(value * scale), say("feedback.int8.multiplied")
    yield round(value), say("feedback.int8.without_scale")
