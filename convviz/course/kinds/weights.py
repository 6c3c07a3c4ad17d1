"""The exercise kind "weights": predict how many weights a layer has."""

from __future__ import annotations

import math
from collections.abc import Sequence

from convviz.checks import check_text
from convviz.course import wording
from convviz.course.answers import Line
from convviz.course.exercise import Exercise
from convviz.course.feedback import Feedback, Mistakes, matching, read_integer, right, wrong
from convviz.geometry import Geometry, make_geometry
from convviz.language.catalogue import say
from convviz.parameters import NUM_GROUPS


def weights(
    input_shape: Sequence[int],
    num_output_maps: int,
    kernel_size_nd: Sequence[int],
    *,
    hint: str = "",
    num_groups: int = 1,
) -> Exercise:
    """Predict how many weights the layer has. Parameters are `shape`'s."""
    check_text("hint", hint)
    geometry = make_geometry(input_shape, num_output_maps, kernel_size_nd, num_groups=num_groups)
    changed = {} if num_groups == NUM_GROUPS.default else {NUM_GROUPS.name: num_groups}
    layer = wording.layer(input_shape, num_output_maps, kernel_size_nd, changed)
    field = Line(say("exercises.field.integer"))
    return Exercise(
        say("exercises.weights.question", layer=layer),
        field,
        lambda: feedback(geometry, field.text),
        hint=hint or say("exercises.weights.hint"),
        solution=reason(geometry),
    )


def feedback(geometry: Geometry, answer: str) -> Feedback:
    """On the number of a layer's weights."""
    given = read_integer(answer)
    if given is None:
        return Feedback(None, say("feedback.weights.no_answer"))
    if given == geometry.weight_count:
        return right(reason(geometry))
    return wrong(given, matching(given, _mistakes(geometry)) or say("feedback.weights.multiply"))


def reason(geometry: Geometry) -> str:
    """How many weights there are, and why."""
    layer = "plain" if geometry.groups == 1 else "grouped"
    return say(
        f"feedback.weights.product.{layer}",
        product=" × ".join(map(str, geometry.kernel_shape)),
        total=geometry.weight_count,
    )


def _mistakes(geometry: Geometry) -> Mistakes:
    """What the usual mistakes would have given, the likeliest first."""
    cells = math.prod(axis.kernel for axis in geometry.axes)
    if geometry.groups > 1:
        yield geometry.weight_count * geometry.groups, say("feedback.weights.without_groups")
        yield (
            geometry.weight_count // geometry.groups,
            say("feedback.weights.divided_maps", channels=geometry.group_channels),
        )
    yield geometry.weight_count + geometry.maps, say("feedback.weights.with_bias")
    yield cells * geometry.maps, say("feedback.weights.one_channel")
    yield cells * geometry.group_channels, say("feedback.weights.one_map")
    yield cells, say("feedback.weights.one_kernel")
