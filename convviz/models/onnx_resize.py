"""How Resize and Upsample of ONNX sample a tensor, where that is the same at every size."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeAlias

from convviz.models.fields import Sampling
from convviz.models.onnx_graph import Proto, Scope, attributes

Sampled: TypeAlias = tuple[Fraction, Sampling]

NEAREST = {"floor": "floor", "ceil": "ceil", "round_prefer_floor": "down",
           "round_prefer_ceil": "up"}  # fmt: skip
HALF_PIXEL = {"asymmetric": False, "half_pixel": True, "pytorch_half_pixel": True}
MOST_DENOMINATOR = 64  # of a scale that is a fraction
CLOSE = 1e-6  # how far a scale in float32 may be from its fraction


def repeated(times: int) -> Sampled:
    """Each place so many times."""
    return Fraction(times), Sampling(half_pixel=False, rounding="floor")


def samplings(
    scope: Scope, node: Proto, shapes: tuple[Sequence[int], Sequence[int]] | None
) -> list[Sampled | None] | None:
    """For each axis its scale and what it is sampled from; None where that is not known.

    ``shapes`` are those of the input and the output, where they are known.
    """
    scales, sampling = _scales(scope, node, shapes), _sampling(node)
    if scales is None or sampling is None:
        return None
    return [_sampled(scale, sampling) for scale in scales]


def _sampled(scale: float, sampling: Sampling) -> Sampled | None:
    if scale == 1:
        return repeated(1)
    fraction = Fraction(scale).limit_denominator(MOST_DENOMINATOR)
    return (fraction, sampling) if abs(fraction - Fraction(scale)) <= CLOSE * scale else None


def _is_early(node: Proto) -> bool:
    """Whether it is one of those before Resize could choose how places lie over one another."""
    return node.op_type == "Upsample" or len(node.input) == 2


def _sampling(node: Proto) -> Sampling | None:
    given = attributes(node)
    mode = given.get("mode", "nearest")
    early = _is_early(node)
    coordinates = (
        "asymmetric" if early else given.get("coordinate_transformation_mode", "half_pixel")
    )
    nearest = "floor" if early else given.get("nearest_mode", "round_prefer_floor")
    if coordinates not in HALF_PIXEL or given.get("antialias"):
        return None
    rounding = NEAREST.get(nearest) if mode == "nearest" else mode
    if rounding not in (*NEAREST.values(), "linear", "cubic"):
        return None
    return Sampling(HALF_PIXEL[coordinates], rounding)


def _scales(
    scope: Scope, node: Proto, shapes: tuple[Sequence[int], Sequence[int]] | None
) -> list[float] | None:
    """How many times larger each axis is made."""
    given = attributes(node)
    if "scales" in given:
        return list(given["scales"])
    place = 1 if _is_early(node) else 2
    value = scope.value(node.input[place]) if len(node.input) > place else None
    if value is not None and value.size and not given.get("axes"):
        return [float(scale) for scale in value.reshape(-1)]
    if shapes is None or given.get("keep_aspect_ratio_policy", "stretch") != "stretch":
        return None
    return [after / before for before, after in zip(*shapes, strict=True)]
