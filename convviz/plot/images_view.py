"""The view for too many values to read: images, and the values under the window."""

from __future__ import annotations

from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.plot.layout import TensorSize
from convviz.plot.rectangle import Rectangle
from convviz.plot.tensor_image import TensorImage
from convviz.plot.tensors_view import TensorsView
from convviz.scene.images import Image
from convviz.scene.metrics import METRICS
from convviz.scene.panels import Panel
from convviz.scene.scene import Scene
from convviz.scene.step import Step

IMAGE_SIDE = 20.0  # the longer one; half of it where a tensor has several images
LONGEST_VALUE = "-12345"  # values under the window have five digits


class ImagesView(TensorsView):
    """Images of the input and the output; the kernel as cells, under the values it reads.

    Attributes
    ----------
    images : list of TensorImage
    """

    def __init__(self, scene: Scene, shape: tuple[float, float]) -> None:
        super().__init__(scene, shape)
        self.value_characters = len(LONGEST_VALUE)
        self.images: list[TensorImage] = []

    def list_panels(self) -> list[Panel]:
        """The magnified window, a panel for each kernel slice; then the kernel's own panels."""
        slices = [panel for panel in self.scene.panels if panel.tensor == "kernel"]
        height, width = self.scene.geometry.axes[-2:]
        cells = height.kernel * width.kernel
        windows = [
            Panel(
                "window",
                panel.channel,
                panel.depth,
                None,
                say("plot.window"),
                range(height.kernel),
                range(width.kernel),
                [Kind.DATA] * cells,
                [""] * cells,
            )
            for panel in slices
        ]
        return [*windows, *self.scene.panels]

    # Layout

    def measure(self, tensor: str) -> TensorSize:
        """The kernel is panels of cells, the others are images."""
        if tensor == "kernel":
            return self.measure_panels(tensor)
        images = self._images_of(tensor)
        first = images[0]  # all have one size
        side = IMAGE_SIDE / (1 if len(images) == 1 else 2)
        scale = side / max(first.width, first.height)
        width, height = first.width * scale, first.height * scale
        heading = self.heading_width(tensor)
        return TensorSize(len(images), width, height + METRICS.panel_title_height, heading)

    def cell_texts(self, tensor: str) -> list[str]:
        """Every text that a cell can have, the values under the window included."""
        return [*super().cell_texts(tensor), LONGEST_VALUE]

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
        size = self.measure(tensor)
        height = size.height - METRICS.panel_title_height
        return [
            Rectangle(x, y + METRICS.panel_title_height, size.width, height)
            for x, y in self.layout.panels[tensor]
        ]

    # Steps

    def show(self, step: Step) -> None:
        """Show the images as far as this step, and the values under the window."""
        self.show_map(step)
        for image in self.images:
            image.show(step)
        self._magnify(step)
        self.light(step.lit)

    def _magnify(self, step: Step) -> None:
        """Show the window's values, each in the colour of its weight."""
        for tap, product in zip(step.taps, step.products, strict=True):
            channel, *deep, row, column = tap.weight
            cell = self.cells["window", channel, deep[0] if deep else None, row, column]
            cell.kind = tap.kind
            cell.light(("is-tap", "cv-tint", product.colour), product.value)
