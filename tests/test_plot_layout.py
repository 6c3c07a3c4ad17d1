"""Where a picture's parts stand: all of it on the page, no part over another, for any view."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scenes import Case, mixed_cases, reference

import convviz as cv
from convviz.plot.canvas import MARGIN, Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import TensorSize, arrange, lay_out
from convviz.plot.shapes import Rectangle
from convviz.plot.still import Still
from convviz.plot.style import CellStyle
from convviz.plot.view import View
from convviz.plot.views import VIEWS
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Step

RNG = np.random.default_rng(5)
PAGES = {"wide": (16.0, 7.0), "tall": (4.0, 6.0)}


def random(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape).astype(np.float32)


CASES = {
    **{f"mixed {n}": case for n, case in enumerate(mixed_cases(6))},
    "large kernel, narrow input": Case(random(1, 1, 8, 4), random(3, 1, 6, 3), random(3)),
    "one product, many digits": Case(random(1, 1, 1, 1), random(1, 1, 1, 1)),
    "kernels higher than the input": Case(random(1, 6, 2, 2), random(2, 6, 2, 2), random(2)),
    "photograph": Case(random(1, 2, 60, 60), random(3, 2, 3, 3), random(3)),
}


def corners(rectangles: list[Rectangle]) -> np.ndarray:
    """Left, top, right and bottom of each."""
    return np.array([(r.x, r.y, r.x + r.width, r.y + r.height) for r in rectangles])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize("name", CASES)
def test_all_of_a_picture_is_on_the_page_and_no_part_over_another(name: str, page: str) -> None:
    scene = CASES[name].scene()
    still = Still(scene, scene.steps - 1, figsize=PAGES[page])
    left, top, right, bottom = corners([each.rectangle for each in still.canvas.composites]).T
    (_, most_x), (most_y, _) = still.ax.get_xlim(), still.ax.get_ylim()
    assert left.min() >= 0
    assert top.min() >= 0
    assert right.max() <= most_x - MARGIN + 1e-6
    assert bottom.max() <= most_y
    across = np.minimum(right, right[:, None]) - np.maximum(left, left[:, None])
    down = np.minimum(bottom, bottom[:, None]) - np.maximum(top, top[:, None])
    overlap = (across > 1e-6) & (down > 1e-6)
    assert overlap.sum() == len(left)  # each with itself


def test_the_bias_stands_between_a_high_kernel_and_an_output_below() -> None:
    sizes = {
        "input": TensorSize(1, 20.0, 2.0, 5.0),
        "kernel": TensorSize(1, 4.0, 10.0, 5.0),
        "output": TensorSize(1, 30.0, 4.0, 5.0),
    }
    layout = lay_out(sizes, (4.0, 6.0), has_bias=True)
    assert layout.headings["output"][0] == 0  # below
    assert layout.bias[1] >= METRICS.heading_height + sizes["kernel"].height
    assert layout.headings["output"][1] >= layout.bias[1] + METRICS.cell_height


def test_the_arrangement_follows_the_shape_of_the_page() -> None:
    tensors = [TensorSize(4, 10.0, 10.0, 5.0)] * 3
    wide, tall = arrange(tensors, (16, 1)), arrange(tensors, (3, 16))
    assert (wide.columns, wide.stacked) == ((4, 4, 4), False)
    assert (tall.columns, tall.stacked) == ((1, 1, 1), True)


# A view of one's own


class Minimal(View):
    """The smallest view: one cell with the step's name."""

    width, height, value_characters = 12.0, 4.0, 5

    def draw(self, canvas: Canvas) -> None:
        self.cell = CellArtist(canvas, Rectangle(0, 0, self.width, self.height))

    def show(self, step: Step) -> None:
        self.cell.show(CellStyle("#ffffff", "#000000"), step.name)


@pytest.fixture
def minimal(monkeypatch) -> Scene:
    monkeypatch.setitem(VIEWS, "cells", Minimal)
    return reference().scene()


def test_a_view_is_a_class_with_a_line_in_the_registry(minimal: Scene) -> None:
    still = cv.draw(minimal, step=8)
    assert isinstance(still.view, Minimal)
    words = [text.get_text() for text in still.ax.texts]
    assert "y[1, 1]" in words
    assert "y[1, 1] =" in words  # the captions are no view's
    assert b"<svg" in still.bytes("svg")


def test_a_view_can_be_filmed(minimal: Scene) -> None:
    film = cv.film(minimal, steps=range(4), captions=False)
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.n_frames == 4
