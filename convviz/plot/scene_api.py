"""What plot reads of a scene under the names that `convviz.scene` is about to give it.

Stands in until there are `Scene.view`, `convviz.scene.images` and `convviz.scene.int8`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from convviz.scene.scene import Scene

SATURATED, VANISHED = "s", "v"  # what int8 did to a value


@dataclass(frozen=True)
class Image:
    """Some channels of a tensor as one image: three in colour, or one in grey.

    Attributes
    ----------
    tensor : "input" or "output"
    height, width : rows and columns of values
    title : what tells it from its neighbours
    channels : as drawn
    tint : "rgb" or "grey"
    """

    tensor: str
    height: int
    width: int
    title: str
    channels: tuple[int, ...]
    tint: str


def view_name(scene: Scene) -> str:
    """The view that suits the scene."""
    return "cells" if scene.readable else "images"


def images_of(scene: Scene) -> list[Image]:
    """The images that stand in for the panels of the input and the output."""
    found: list[Any] = getattr(scene, "images", None) or scene.pictures
    names = ("tensor", "height", "width", "title", "channels", "tint")
    return [
        Image(*(each[name] if isinstance(each, dict) else getattr(each, name) for name in names))
        for each in found
    ]
