"""Parts of sentences that several exercises and tables share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

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
