"""The exercise kind "reach": set a layer's parameters until its output has a given shape."""

from __future__ import annotations

import html
from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations, product

from convviz.checks import check_choice, check_items, check_text
from convviz.course import wording
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback
from convviz.course.kinds import shape
from convviz.errors import ArgumentError, short
from convviz.geometry import Axis, Geometry, make_axis
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import (
    DILATION_ND,
    KERNEL_SIZE_ND,
    MAX_SIZE,
    NUM_OUTPUT_MAPS,
    OPTIONAL,
    PADDING_ND,
    POST_PADDING,
    PRE_PADDING,
    STRIDE_ND,
    TABLE,
    PerAxis,
    as_integers,
)
from convviz.scene import captions
from convviz.scene.scene import check_size
from convviz.widget.controls import ALL
from convviz.widget.explorer import Explorer

SEARCHED = (PADDING_ND, STRIDE_ND, DILATION_ND, PRE_PADDING, POST_PADDING)  # the likeliest first
MOST_TRIED = 16  # the largest value of a parameter that an answer is sought among
CHANGEABLE = (NUM_OUTPUT_MAPS.name, KERNEL_SIZE_ND.name, *(row.name for row in OPTIONAL))


def reach(
    output_shape: Sequence[int],
    *subject: object,
    only: Sequence[str] = (),
    answer: Mapping[str, object] | None = None,
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
    answer : {name: value}, optional
        One way, for those who want to see it; without it one is sought.

    Raises
    ------
    ArgumentError
        Naming what cannot be; ``answer`` where none is given and none is found.
    """
    wanted, names = _check_shape(output_shape), _check_only(only)
    given, hint = None if answer is None else _check_answer(answer), check_text("hint", hint)
    layer, data = build.resolve(subject, named, check_size)
    for name, number in (given or {}).items():
        _check_value(layer, name, number)
    way = solution(layer, wanted, names) if given is None else given
    before = _settings(layer)
    explorer = Explorer(layer, data, controls=names or ALL)

    def reveal() -> None:
        explorer.perform(way, reset=True)

    return Exercise(
        _question(wanted, names),
        explorer,
        lambda: feedback(layer, wanted, before, _stored(names)),
        hint=hint or say("exercises.reach.hint"),
        solution=say("exercises.reach.solution", answer=", ".join(wording.settings(way))),
        reveal=reveal,
        handout=f"<p>{html.escape(_layer_in_words(layer))}</p>",
    )


def solution(
    layer: ConvolutionLayer, wanted: tuple[int, ...], only: Sequence[str] = ()
) -> dict[str, object]:
    """Values with which a layer's output has the shape ``wanted``: as few parameters as will do.

    Raises
    ------
    ArgumentError
        Where there are none up to `MOST_TRIED`.
    """
    rows = [row for row in SEARCHED if not only or row.name in only]
    axes = layer.geometry().axes
    front = layer.get_output(0).shape[: -len(axes)]
    for count in range(1, 3):
        for chosen in combinations(rows, count):
            values = [
                _on_axis(layer, n, axis, chosen, size)
                for n, (axis, size) in enumerate(zip(axes, wanted[-len(axes) :], strict=False))
            ]
            if wanted[: -len(axes)] == front and all(value is not None for value in values):
                sizes = zip(*(value or () for value in values), strict=True)
                return {row.name: size for row, size in zip(chosen, sizes, strict=True)}
    allowed = f"a shape that {', '.join(only) or 'a layer with such weights'} can lead to"
    remedy = "Choose another shape, or give an answer."
    raise ArgumentError("output_shape", short(wanted), allowed, remedy)


def _on_axis(
    layer: ConvolutionLayer, n: int, axis: Axis, chosen: Sequence[PerAxis], wanted: int
) -> tuple[int, ...] | None:
    """Values of the chosen parameters along axis ``n`` that make its output ``wanted`` long."""
    now = {
        row.name: setting[n]
        for row in SEARCHED
        if isinstance(setting := layer.settings.get(row.name), tuple)
    }
    start = tuple(now.get(row.name, now[PRE_PADDING.name]) for row in chosen)
    tried = product(*(range(row.least, MOST_TRIED + 1) for row in chosen))
    for values in (start, *tried):
        trial = {**now, **dict(_set(chosen, values))}
        try:
            found = make_axis(
                axis.name,
                axis.size,
                axis.kernel,
                trial[STRIDE_ND.name],
                trial[DILATION_ND.name],
                trial[PRE_PADDING.name],
                trial[POST_PADDING.name],
                layer.padding_mode,
            )
        except ArgumentError:
            continue
        if found.output == wanted:
            return values
    return None


def _set(chosen: Sequence[PerAxis], values: Sequence[int]) -> Iterator[tuple[str, int]]:
    """What setting the chosen parameters sets: a padding has two sides."""
    for row, value in zip(chosen, values, strict=True):
        for name in row.sets or (row.name,):
            yield name, value


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
            formula=captions.size_formula(axis, layer.padding_mode, short=True),
        )
        for axis, size in zip(geometry.axes, wanted[-len(geometry.axes) :], strict=True)
        if axis.output != size
    ]
    return " ".join(sentences) or say("feedback.reach.shape", shape=now, wanted=wanted)


def _settings(layer: ConvolutionLayer) -> dict[str, object]:
    """All parameters that a reader may change."""
    sizes = (NUM_OUTPUT_MAPS.name, KERNEL_SIZE_ND.name)  # the weights follow them
    return {**{name: getattr(layer, name) for name in sizes}, **layer.settings}


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


def _layer_in_words(layer: ConvolutionLayer) -> str:
    """The layer to begin with, on paper."""
    sizes = layer.geometry().input_shape, layer.num_output_maps, layer.kernel_size_nd
    return wording.layer(*sizes, layer.changed_settings)


def _stored(names: Sequence[str]) -> list[str]:
    """The settings that the parameters stand for: a padding has two sides."""
    found: list[str] = []
    for name in names:
        found += PADDING_ND.sets if name == PADDING_ND.name else (name,)
    return sorted(set(found))
