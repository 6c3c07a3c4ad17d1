"""The exercise kind "shape": predict the output's shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Unpack

from convviz.checks import check_text
from convviz.course import wording
from convviz.course.answers import Line
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback, Mistakes, matching, read_integers
from convviz.geometry import Axis, Geometry, make_geometry
from convviz.language.catalogue import say
from convviz.parameters import PADDING_MODE, LayerParameters, PaddingMode
from convviz.scene import captions


def shape(
    input_shape: Sequence[int],
    num_output_maps: int,
    kernel_size_nd: Sequence[int],
    *,
    hint: str = "",
    **parameters: Unpack[LayerParameters],
) -> Exercise:
    """Predict the output's shape.

    Parameters
    ----------
    input_shape, num_output_maps, kernel_size_nd : the layer's, as for `add_convolution_nd`
    hint : str
        Instead of the formula without its numbers.
    parameters : stride_nd, padding_nd, … by the layer's names
    """
    check_text("hint", hint)
    geometry = make_geometry(input_shape, num_output_maps, kernel_size_nd, **parameters)
    mode = PADDING_MODE.check(parameters.get("padding_mode"))
    layer = wording.layer(input_shape, num_output_maps, kernel_size_nd, parameters)
    field = Line(say("exercises.shape.field", example=_example(geometry)))
    expected, why = geometry.output_shape, reason(geometry, mode)
    return Exercise(
        say("exercises.shape.question", layer=layer),
        field,
        lambda: feedback(geometry, mode, field.text),
        hint=hint or _hint(geometry, mode),
        solution=say("exercises.shape.solution", shape=expected, reason=why),
    )


def feedback(geometry: Geometry, mode: PaddingMode, answer: str) -> Feedback:
    """On the output's shape, typed as numbers in any punctuation; the spatial axes will do."""
    given = read_integers(answer)
    expected, spatial = geometry.output_shape, len(geometry.axes)
    if len(given) == spatial:
        given = [*expected[:-spatial], *given]
    if len(given) != len(expected):
        text = say("feedback.shape.no_answer", axes=len(expected), example=_example(geometry))
        return Feedback(None, text)
    if tuple(given) == expected:
        why = reason(geometry, mode)
        return Feedback(True, say("feedback.shape.right", shape=expected, reason=why))
    if _is_swapped(given, expected):
        return Feedback(False, say("feedback.shape.swapped"))
    sentences = [
        _on_axis(axis, mode, number)
        for axis, number in zip(geometry.axes, given[-spatial:], strict=True)
    ]
    return Feedback(False, " ".join([*_on_front_axes(geometry, given), *sentences]))


def _is_swapped(given: Sequence[int], expected: Sequence[int]) -> bool:
    """Whether the answer is right but for height and width, each in the other's place."""
    return [*given[:-2], given[-1], given[-2]] == [*expected]


def reason(geometry: Geometry, mode: PaddingMode) -> str:
    """The size formulas with their numbers."""
    sizes = "; ".join(
        f"{captions.axis_name(axis)}: {captions.size_formula(axis, mode, short=True)}"
        for axis in geometry.axes
    )
    channels = say("feedback.shape.channels", count=geometry.maps)
    return f"{channels} {wording.capitalized(sizes)}."


def _hint(geometry: Geometry, mode: PaddingMode) -> str:
    """The formula, with the terms that the layer sets and no others."""
    if mode.is_same:
        return say("exercises.shape.hint.same")
    axes = geometry.axes
    is_dilated = any(axis.dilation > 1 for axis in axes)
    terms = ["padding"] if any(axis.pre or axis.post for axis in axes) else []
    terms.append("effective_kernel" if is_dilated else "kernel")
    if any(axis.stride > 1 for axis in axes):
        terms.append("rounded_up" if mode.rounds_up else "rounded_down")
    size = say("exercises.shape.hint.size")
    for term in terms:
        size = say(f"exercises.shape.hint.term.{term}", size=size)
    formula = say("exercises.shape.hint.formula", size=size)
    return f"{formula} {say('exercises.shape.hint.dilation')}" if is_dilated else formula


def _example(geometry: Geometry) -> str:
    """A shape with as many axes as the output's, to show how one is typed."""
    return str(tuple(range(1, len(geometry.output_shape) + 1)))


def _on_front_axes(geometry: Geometry, given: Sequence[int]) -> Iterator[str]:
    """What is wrong before the spatial axes."""
    spatial = len(geometry.axes)
    if tuple(given[: -spatial - 1]) != geometry.batch:
        yield say("feedback.shape.batch", batch=geometry.batch)
    if given[-spatial - 1] == geometry.maps:
        return
    if given[-spatial - 1] == geometry.channels:
        yield say("feedback.shape.input_channels")
    else:
        yield say("feedback.shape.not_maps")


def _on_axis(axis: Axis, mode: PaddingMode, given: int) -> str:
    name = wording.capitalized(captions.axis_name(axis))
    if given == axis.output:
        return say("feedback.shape.right_axis", axis=name, answer=given)
    mistake = matching(given, _mistakes(axis, mode))
    if mistake is None:
        rule = say("feedback.shape.same_rule")
        mistake = rule if mode.is_same else say("feedback.shape.count_places")
    return say("feedback.shape.wrong_axis", axis=name, answer=given, reason=mistake)


def _mistakes(axis: Axis, mode: PaddingMode) -> Mistakes:
    """What the usual mistakes would have given along one axis, the likeliest first."""
    size, padded = axis.size, axis.pre + axis.size + axis.post
    if mode.is_same:
        yield from _same_mistakes(axis)
        return
    yield from _padding_mistakes(axis)
    if axis.dilation > 1:
        yield from _dilation_mistakes(axis, padded)
    if axis.stride > 1:
        yield from _stride_mistakes(axis, padded, mode)
    yield axis.output - 1, say("feedback.shape.one_short")
    if padded != size:
        yield padded, say("feedback.shape.padded_size")
    if mode.rounds_up:
        yield size, say("feedback.shape.input_size_rounded_up")
    else:
        yield size, say("feedback.shape.input_size")


def _same_mistakes(axis: Axis) -> Mistakes:
    """A SAME mode knows one rule, whatever the kernel: no count of places is right by chance."""
    yield axis.size, say("feedback.shape.same_at_stride_1")
    yield axis.size // axis.stride, say("feedback.shape.same_rounds_up")
    yield _places(axis, axis.size), say("feedback.shape.same_pads")
    yield axis.pre + axis.size + axis.post, say("feedback.shape.same_padded")
    yield axis.size - axis.effective_kernel + 1, say("feedback.shape.same_pads")


def _padding_mistakes(axis: Axis) -> Mistakes:
    if axis.pre or axis.post:
        yield _places(axis, axis.size), say("feedback.shape.without_padding")
    if axis.pre and axis.post:
        one_side = say("feedback.shape.one_side")
        yield _places(axis, axis.size + axis.pre), one_side
        yield _places(axis, axis.size + axis.post), one_side


def _dilation_mistakes(axis: Axis, padded: int) -> Mistakes:
    counts = {"weights": axis.kernel, "effective_kernel": axis.effective_kernel}
    undilated = (padded - axis.kernel) // axis.stride + 1
    yield undilated, say("feedback.shape.without_dilation", **counts)
    gap_too_many = (padded - axis.dilation * axis.kernel) // axis.stride + 1
    yield gap_too_many, say("feedback.shape.gap_too_many", **counts, gaps=axis.kernel - 1)


def _stride_mistakes(axis: Axis, padded: int, mode: PaddingMode) -> Mistakes:
    yield padded - axis.effective_kernel + 1, say("feedback.shape.at_stride_1")
    yield padded // axis.stride, say("feedback.shape.divided_width")
    if mode.rounds_up:
        yield _places(axis, padded), say("feedback.shape.rounds_up")
    else:
        rounded_up = -(-(padded - axis.effective_kernel) // axis.stride) + 1
        yield rounded_up, say("feedback.shape.rounds_down")


def _places(axis: Axis, cells: int) -> int:
    """In how many places the window fits into so many cells, rounded down."""
    return (cells - axis.effective_kernel) // axis.stride + 1
