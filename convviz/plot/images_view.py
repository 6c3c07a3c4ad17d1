"""The view for too many values to read: images, and over the weights the values they multiply."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

from convviz.geometry import Tap
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import IMAGES, TensorSize
from convviz.plot.rectangle import Rectangle
from convviz.plot.tensor_image import TensorImage
from convviz.plot.tensors_view import TensorsView
from convviz.plot.view import Page
from convviz.scene.images import Image
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Product, Step, number_text

IMAGE_SIDE = 20.0  # the longer one; half of it where a tensor has several images
DIGITS = 5  # of a value under the window
SAMPLE = 500  # values that tell how wide their texts are
KERNEL_WIDTH = 0.36  # of the page's width, that the kernel may take before its letters get smaller
LEAST_SCALE = 0.5  # of its letters


class ImagesView(TensorsView):
    """Images of the input and the output; over the weights the values under the window.

    Attributes
    ----------
    images : list of TensorImage
    """

    shapes = IMAGES

    def __init__(self, scene: Scene, page: Page) -> None:
        super().__init__(scene, page)
        self.images: list[TensorImage] = []

    # Layout

    def measure(self, tensor: str) -> TensorSize:
        """The kernel is panels of cells, the others are images."""
        if tensor == "kernel":
            return super().measure(tensor)
        images = self._images_of(tensor)
        first = images[0]  # all have one size
        side = IMAGE_SIDE / (1 if len(images) == 1 else 2)
        scale = side / max(first.width, first.height)
        width, height = first.width * scale, first.height * scale
        height += self.title_height(tensor)
        return TensorSize(len(images), width, height, self.heading_width(tensor))

    @cached_property
    def value_texts(self) -> Sequence[str]:
        """Texts of some of the values."""
        flat = self.scene.values.reshape(-1)
        return [number_text(value, DIGITS) for value in flat[:: math.ceil(flat.size / SAMPLE)]]

    @cached_property
    def kernel_scale(self) -> float:
        """How large the kernel's letters are beside the images."""
        size, room = self.measure_panels("kernel", 1.0), self.page.room
        width = max(KERNEL_WIDTH * room.width, METRICS.sum_width)
        height = room.height - METRICS.sum_height
        areas = [size.in_columns(columns) for columns in METRICS.column_counts]
        largest = max(min(width / area.width, height / area.height) for area in areas)
        return max(LEAST_SCALE, min(1.0, largest))

    def has_titles(self, tensor: str) -> bool:
        """Whether panels, or images, of a tensor have titles."""
        if tensor == "kernel":
            return super().has_titles(tensor)
        is_deep = len(self.scene.geometry.axes) == 3
        return is_deep or any(image.title for image in self._images_of(tensor))

    def _images_of(self, tensor: str) -> list[Image]:
        return [image for image in self.scene.images if image.tensor == tensor]

    # Drawing

    def draw_tensors(self) -> None:
        """Make the panels of the kernel, and the images."""
        super().draw_tensors()
        self.images = [
            TensorImage(self.canvas, self.scene, image, place)
            for tensor in ("input", "output")
            for image, place in zip(self._images_of(tensor), self._places(tensor), strict=True)
        ]

    def _places(self, tensor: str) -> list[Rectangle]:
        """Where each image of a tensor stands."""
        size, top = self.measure(tensor), self.title_height(tensor)
        return [
            Rectangle(x, y + top, size.width, size.height - top)
            for x, y in self.layout.panels[tensor]
        ]

    # Steps

    def show(self, step: Step) -> None:
        """Show the images as far as this step, and the values under the window."""
        super().show(step)
        for image in self.images:
            image.show(step)
        self.light(step.lit)

    def show_value(self, cell: CellArtist, tap: Tap, product: Product) -> None:
        """Magnify a value, in the colour of its weight."""
        cell.kind = tap.kind
        cell.light(("is-tap", "cv-tint", product.colour), product.value)
