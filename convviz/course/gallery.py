"""The classic pictures of convolution arithmetic, as a page on which each one plays.

They are those of Dumoulin and Visin, "A guide to convolution arithmetic for deep learning" (2016),
chapter 2 and section 5.1; the numbers in the cells and the formulas are computed here.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field

import numpy as np

from convviz.language.catalogue import say
from convviz.parameters import LayerParameters
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of
from convviz.widget.page import Item, page


@dataclass(frozen=True, eq=False)
class GalleryItem:
    """One picture: a square input and kernel, and the layer's parameters.

    ``key`` names its texts in the language catalogue.
    """

    key: str
    size: int
    kernel: int
    parameters: LayerParameters = field(default_factory=LayerParameters)

    @property
    def name(self) -> str:
        """What the picture shows."""
        return say(f"course.gallery.{self.key}.name")

    @property
    def formula(self) -> str:
        """The size of the output, in the letters that `write` introduces."""
        return say(f"course.gallery.{self.key}.formula")

    def scene(self) -> Scene:
        """Its scene, on digits and small weights that are easy to add up."""
        rows, columns = np.ogrid[: self.size, : self.size]
        data = ((3 * rows + columns) % 4).astype(np.float32)
        weights = (np.arange(self.kernel**2) % 3).astype(np.float32)
        return scene_of(data, weights.reshape(self.kernel, self.kernel), **self.parameters)


ITEMS = (
    GalleryItem("no_padding", 4, 3),
    GalleryItem("arbitrary_padding", 5, 4, {"padding_nd": (2, 2)}),
    GalleryItem("half_padding", 5, 3, {"padding_nd": (1, 1)}),
    GalleryItem("full_padding", 5, 3, {"padding_nd": (2, 2)}),
    GalleryItem("stride", 5, 3, {"stride_nd": (2, 2)}),
    GalleryItem("even", 5, 3, {"padding_nd": (1, 1), "stride_nd": (2, 2)}),
    GalleryItem("rest", 6, 3, {"padding_nd": (1, 1), "stride_nd": (2, 2)}),
    GalleryItem("dilation", 7, 3, {"dilation_nd": (2, 2)}),
)


def write(path: str | os.PathLike[str]) -> None:
    """Write the page; ``path`` ends in .html."""
    items: list[Item] = [say("course.gallery.introduction")]
    for item in ITEMS:
        items += [f"# {item.name}", item.formula, item.scene()]
    page(items, path, title=say("course.gallery.title"))
