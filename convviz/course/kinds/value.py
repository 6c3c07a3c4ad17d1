"""The exercise kind "value": predict one number of the output."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from convviz.arrays import Array
from convviz.checks import check_text
from convviz.course import value_mistakes, wording
from convviz.course.answers import Line
from convviz.course.element import Element, resolve_element
from convviz.course.exercise import Exercise
from convviz.course.feedback import (
    Feedback,
    Mistakes,
    ascii_number,
    matching,
    read_number,
    right,
    wrong,
)
from convviz.course.html import html_table
from convviz.course.value_mistakes import Product, products
from convviz.course.wording import minus
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.network.run import ConvolutionRun, Quantization
from convviz.scene import decimals
from convviz.signatures import lists_parameters

MOST_NUMBERS = 400  # in the tables under the question
MOST_TERMS = 12  # of a sum that is written out
LEAST_PLACES = 2  # after the point, of a number that may be rounded there
RELATIVE = 1e-6  # what float32 and another order of the sum may differ by
ROUNDED = 1.2e-7  # and what a mistaken number may, which was read off or worked out


@lists_parameters
def value(*subject: object, at: Sequence[int], hint: str = "", **named: object) -> Exercise:
    """Predict one number of the output.

    Parameters
    ----------
    subject, named : as for `explore`
    at : (row, column), or (map, row, column), with the depth before the row in 3-D
    hint : str
        Instead of where the window begins.
    """
    check_text("hint", hint)
    element = resolve_element(subject, named, at)
    field = Line(say("exercises.field.number"), above=_tables(element.run))
    return Exercise(
        say("exercises.value.question", element=element.name, layer=element.layer),
        field,
        lambda: feedback(element, field.text),
        hint=hint or element.window_reason,
        solution=reason(element),
    )


def feedback(element: Element, answer: str) -> Feedback:
    """On one output element."""
    given = read_number(answer)
    if given is None:
        return Feedback(None, say("feedback.value.no_answer"))
    accepted = _accepted(element, given, answer)
    if accepted[element.at]:
        return right(reason(element))
    places = np.argwhere(accepted)
    known = [*_mistakes(element)]
    if len(places):
        is_likely, text = _elsewhere(element, places)
        known.insert(0 if is_likely else len(known), (given, text))
    mistake = matching(given, known, relative=ROUNDED)
    if mistake is None and _places(answer) >= LEAST_PLACES:
        mistake = matching(given, known, relative=ROUNDED, absolute=_rounding(answer))
    return wrong(answer.strip(), mistake or _nothing_known(element, given))


def _elsewhere(element: Element, found: Array) -> tuple[bool, str]:
    """That the number stands at other places of the output; the nearest is named.

    And whether a reader is likely to have come there: numbers repeat.
    """
    here = np.array(element.at)
    at = min(map(tuple, found), key=lambda place: (int(np.abs(place - here).sum()), place))
    other = element.sibling(at)
    place, turned = element.at[1:], tuple(reversed(element.at[1:]))
    if other.at[1:] == turned != place:
        return True, say("feedback.value.swapped", element=other.name)
    before = tuple(n - m for n, m in zip(place, other.at[1:], strict=True))
    key = _counting_mistake(element.geometry, before)
    if key is not None:
        return True, say(f"feedback.value.counted.{key}", element=other.name)
    begin = wording.window_begin(element.geometry)
    return False, say("feedback.value.elsewhere", element=other.name, begin=begin)


def _counting_mistake(geometry: Geometry, before: tuple[int, ...]) -> str | None:
    """What makes a reader take the output so many places before the one that was asked for."""
    axes = geometry.axes
    is_plain = all(axis.stride == axis.dilation == 1 and not axis.pre for axis in axes)
    is_middle = is_plain and before == tuple(axis.kernel // 2 for axis in axes) and any(before)
    if all(n == 1 for n in before):
        return "from_one_or_middle" if is_middle else "from_one"
    return "middle" if is_middle else None


def _nothing_known(element: Element, given: float) -> str:
    """Which way the number lies, and how to come to it."""
    text = say("feedback.value.find_window")
    if not math.isfinite(given):
        return text
    is_higher = element.output[element.at] > given
    way = say("feedback.value.higher") if is_higher else say("feedback.value.lower")
    return f"{way} {text}"


def reason(element: Element) -> str:
    """The products, and what float32, or the integers and their scales, make of their sum."""
    run = element.run
    value = decimals.text(element.output[element.at])
    bias = None if run.bias is None else decimals.text(run.bias[element.at[0]])
    if run.quantization is not None:
        return _quantized_reason(element, run.quantization, value, bias)
    total = _written_out(products(element, run.input, run.kernel))
    if bias is not None:
        total = say("feedback.value.plus_bias", sum=total, bias=bias)
    return say("feedback.value.sum", sum=total, value=value)


def _quantized_reason(
    element: Element, quantization: Quantization, value: str, bias: str | None
) -> str:
    pairs = products(element, quantization.input, quantization.kernel)
    scales = _scales(element, quantization)
    text = say(
        "feedback.value.integer_sum",
        dtype=_name(quantization),
        terms=_written_out(pairs),
        sum=_integer_sum(element, quantization),
        scales=" · ".join(map(decimals.text, scales)),
    )
    if bias is not None:
        text = say("feedback.value.plus_bias", sum=text, bias=bias)
    return say("feedback.value.scaled", sum=text, value=value)


# The sum


def _written_out(pairs: Sequence[Product]) -> str:
    """The products that are not 0, the first ones where there are many."""
    terms = [pair.text for pair in pairs if pair.weight and pair.value]
    return (" + ".join(terms[:MOST_TERMS]) + (" + …" if len(terms) > MOST_TERMS else "")) or "0"


def _scales(element: Element, quantization: Quantization) -> tuple[np.float32, np.float32]:
    """The input's scale and that of the element's map."""
    by_map = np.broadcast_to(quantization.kernel_scales, element.geometry.maps)
    return quantization.input_scale, by_map[element.at[0]]


def _integer_sum(element: Element, quantization: Quantization) -> int:
    return int(element.run.item(quantization.sums, 0)[element.at])


def _name(quantization: Quantization) -> str:
    return quantization.dtype.name.lower()


# What an answer may mean


def _accepted(element: Element, given: float, answer: str) -> Array:
    """For every output element, whether the answer is its value.

    The exact decimal and the float32 will both do, rounded at most at the last digit typed.
    """
    run, output = element.run, element.output.astype(np.float64)
    exact = decimals.exact_sums(run.geometry, run.item(run.input, 0), run.kernel, run.bias)
    places, rounding = _places(answer), _rounding(answer)
    with np.errstate(invalid="ignore"):  # a reader may type inf
        may_round = (places >= LEAST_PLACES) | (np.abs(output) >= 1000)
        slack = np.maximum(np.where(may_round, rounding, 0), RELATIVE * np.abs(output))
        accepted: Array = np.abs(given - output) <= slack
        if exact is not None:
            decimal = np.array(exact, np.float64).reshape(output.shape)
            accepted |= np.abs(given - decimal) <= slack
    return accepted


def _places(answer: str) -> int:
    """How many digits stand after the point."""
    return len(ascii_number(answer).partition(".")[2])


def _rounding(answer: str) -> float:
    """What rounding at the last digit typed may change."""
    return 0.5 * 10.0 ** -_places(answer) * (1 + 1e-9)


def _mistakes(element: Element) -> Mistakes:
    """What the usual mistakes would have given, the likeliest first."""
    run = element.run
    if run.quantization is not None:
        bias = 0.0 if run.bias is None else float(run.bias[element.at[0]])
        yield from _quantization_mistakes(element, run.quantization, bias)
    yield from value_mistakes.mistakes(element)


def _quantization_mistakes(element: Element, quantization: Quantization, bias: float) -> Mistakes:
    yield _integer_sum(element, quantization), say("feedback.value.without_scales")
    if quantization.reference is None or quantization.source_kernel is None:
        return
    dtype = _name(quantization)
    least, most = map(minus, quantization.dtype.limits)
    without_quantization = float(element.run.item(quantization.reference, 0)[element.at])
    yield (
        without_quantization,
        say("feedback.value.without_quantization", dtype=dtype, least=least, most=most),
    )
    input_scale, scale = map(float, _scales(element, quantization))
    unlimited = np.rint(quantization.source_kernel / scale)
    pairs = np.array(products(element, quantization.input, unlimited), np.float64)
    total = float(pairs.prod(axis=1).sum())
    yield (
        total * input_scale * scale + bias,
        say("feedback.value.unlimited_weights", dtype=dtype, most=most),
    )


# The tables under the question


def _tables(run: ConvolutionRun) -> str:
    """Input and kernel as small tables, where they are small."""
    if run.input.size + run.kernel.size > MOST_NUMBERS:
        return ""
    arrays = run.arrays
    tables = [
        _table(arrays["data"], say("exercises.value.input"), indices=True),
        _table(arrays["kernel"], say("exercises.value.kernel")),
    ]
    style = "display: flex; flex-wrap: wrap; gap: 4px 32px; align-items: flex-start"
    return f'<div style="{style}">{"".join(tables)}</div>'


def _table(array: Array, caption: str, *, indices: bool = False) -> str:
    rows = [decimals.texts(row) for row in array.reshape(-1, array.shape[-1])]
    return html_table(rows, caption=caption, block=array.shape[-2], indices=indices)
