"""Parts of sentences that several exercises and tables share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.parameters import PaddingMode


def minus(number: object) -> str:
    """A number as text, with a minus sign in the place of a hyphen."""
    return str(number).replace("-", "−")


def setting(value: object) -> str:
    """A parameter's value as a reader would type it."""
    if isinstance(value, PaddingMode):
        return value.name
    return str(tuple(value)) if isinstance(value, list | tuple) else str(value)


def settings(parameters: Mapping[str, object]) -> list[str]:
    """Parameters with their values, ``stride_nd = (2, 2)``."""
    return [f"{name} = {setting(value)}" for name, value in parameters.items()]


def layer(
    input_shape: Sequence[int],
    maps: int,
    kernel_size: Sequence[int],
    parameters: Mapping[str, object],
) -> str:
    """A layer by its shapes, and by the parameters that are not the defaults."""
    sizes = say(
        "exercises.layer.sizes",
        input=setting(tuple(input_shape)),
        count=maps,
        kernel=setting(tuple(kernel_size)),
    )
    return ", ".join([sizes, *settings(parameters)])


def capitalized(text: str) -> str:
    """A text that begins a sentence."""
    return text[:1].upper() + text[1:]


def window_begin(geometry: Geometry) -> str:
    """Where a window begins on any axis, with the terms that the layer sets and no others."""
    stride = max(axis.stride for axis in geometry.axes)
    padding = max(axis.pre for axis in geometry.axes)
    return say(f"course.begin.{begin_key(stride, padding)}")


def begin_key(stride: int, padding: int) -> str:
    """Which terms say where a window begins."""
    if stride > 1:
        return "strided_padded" if padding else "strided"
    return "padded" if padding else "plain"
