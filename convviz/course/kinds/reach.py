"""The exercise kind "reach": set a layer's parameters until its output has a given shape."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convviz.checks import check_choice, check_items, check_text
from convviz.course import wording
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback
from convviz.course.kinds import shape
from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import (
    KERNEL_SIZE_ND,
    MAX_SIZE,
    NUM_OUTPUT_MAPS,
    OPTIONAL,
    PADDING_ND,
    TABLE,
    PerAxis,
    as_integers,
)
from convviz.scene import captions
from convviz.scene.scene import check_size
from convviz.widget.explorer import Explorer

CHANGEABLE = (NUM_OUTPUT_MAPS.name, KERNEL_SIZE_ND.name, *(row.name for row in OPTIONAL))


def reach(
    output_shape: Sequence[int],
    *subject: object,
    only: Sequence[str] = (),
    answer: Mapping[str, object],
    hint: str = "",
    **named: object,
) -> Exercise:
    """Set parameters until the output has a shape. Any way there is right.

    Parameters
    ----------
    output_shape : the shape to reach
    subject, named : the layer to begin with, as for `explore`
    only : names of parameters
        Which may be changed; empty means all.
    answer : {name: value}
        One way, for those who want to see it.
    """
    wanted, answer = _check_shape(output_shape), _check_answer(answer)
    names, hint = _check_only(only), check_text("hint", hint)
    layer, data = build.resolve(subject, named, check_size)
    for name, number in answer.items():
        _check_value(layer, name, number)
    before = dict(layer.settings)
    explorer = Explorer(layer, data)

    def reveal() -> None:
        explorer.reset()
        for name, value in answer.items():
            setattr(layer, name, value)

    return Exercise(
        _question(wanted, names),
        explorer,
        lambda: feedback(layer, wanted, before, _stored(names)),
        hint=hint or say("exercises.reach.hint"),
        solution=say("exercises.reach.solution", answer=", ".join(wording.settings(answer))),
        reveal=reveal,
    )


def feedback(
    layer: ConvolutionLayer,
    wanted: tuple[int, ...],
    before: Mapping[str, object],
    only: Sequence[str] = (),
) -> Feedback:
    """On a layer that is to have an output of the shape ``wanted``.

    Parameters
    ----------
    before : {name: value}
        The layer's settings at the start.
    only : names of settings
        Which may have changed; empty means all.
    """
    try:
        geometry = layer.geometry()
        now = layer.get_output(0).shape
    except ArgumentError as error:
        return Feedback(False, say("feedback.reach.impossible", refusal=error))
    changed = [name for name, value in before.items() if getattr(layer, name) != value]
    if foreign := [name for name in changed if only and name not in only]:
        names = {"names": ", ".join(foreign), "allowed": ", ".join(only)}
        return Feedback(False, say("feedback.reach.set_back", **names))
    if now == wanted:
        reason = shape.reason(geometry, layer.padding_mode)
        return Feedback(True, say("feedback.reach.right", shape=now, reason=reason))
    return Feedback(False, _differences(layer, geometry, now, wanted))


def _differences(
    layer: ConvolutionLayer, geometry: Geometry, now: tuple[int, ...], wanted: tuple[int, ...]
) -> str:
    """The axes that have another size, with the formulas of theirs."""
    sentences = [
        say(
            "feedback.reach.axis",
            axis=wording.capitalized(captions.axis_name(axis)),
            size=axis.output,
            wanted=size,
            formula=captions.size_formula(axis, layer.padding_mode),
        )
        for axis, size in zip(geometry.axes, wanted[-len(geometry.axes) :], strict=True)
        if axis.output != size
    ]
    return " ".join(sentences) or say("feedback.reach.shape", shape=now, wanted=wanted)


def _check_shape(output_shape: object) -> tuple[int, ...]:
    shape = as_integers(output_shape)
    if shape is None or not all(1 <= size <= MAX_SIZE for size in shape):
        remedy = "Write (1, 1, 4, 7), for example."
        raise ArgumentError("output_shape", short(output_shape), "positive sizes", remedy)
    return shape


def _check_only(only: object) -> list[str]:
    remedy = 'Write only=["stride_nd"], for example.'
    most = len(CHANGEABLE)
    names = check_items("only", only, most, noun="parameters' names", remedy=remedy)
    return [check_choice("only", name, CHANGEABLE) for name in names]


def _check_answer(answer: object) -> dict[str, object]:
    if not isinstance(answer, Mapping):
        remedy = 'Write answer={"stride_nd": (2, 2)}, for example.'
        raise ArgumentError("answer", short(answer), "a dict of parameters", remedy)
    return {check_choice("answer", name, CHANGEABLE): value for name, value in answer.items()}


def _check_value(layer: ConvolutionLayer, name: str, value: object) -> None:
    """Refuse a value that the layer would; it keeps its own."""
    row = next(row for row in TABLE if row.name == name)
    if isinstance(row, PerAxis):
        row.check(value, layer.rank)
    else:
        row.check(value)


def _question(wanted: tuple[int, ...], only: Sequence[str]) -> str:
    if only:
        return say("exercises.reach.question_only", shape=wanted, names=", ".join(only))
    return say("exercises.reach.question", shape=wanted)


def _stored(names: Sequence[str]) -> list[str]:
    """The settings that the parameters stand for: a padding has two sides."""
    found: list[str] = []
    for name in names:
        found += PADDING_ND.sets if name == PADDING_ND.name else (name,)
    return sorted(set(found))
