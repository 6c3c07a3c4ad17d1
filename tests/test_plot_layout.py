"""Where a picture's parts stand: all of it on the page, no part over another, for any view."""

from __future__ import annotations

import io
import itertools

import numpy as np
import pytest
from PIL import Image
from scenes import Case, mixed_cases, reference

import convviz as cv
from convviz.geometry import Kind
from convviz.plot.canvas import MARGIN, Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import TensorSize, arrange, cell_width, lay_out
from convviz.plot.rectangle import Rectangle
from convviz.plot.still import Still
from convviz.plot.style import CellStyle
from convviz.plot.tensors_view import BAND_ROOM
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


def test_panels_stand_in_rows_under_their_heading() -> None:
    size = TensorSize(5, 10.0, 4.0, 3.0)
    sizes = {"input": size, "kernel": TensorSize(1, 2.0, 3.0, 1.0), "output": size}
    layout = lay_out(sizes, (16.0, 9.0), has_bias=False)
    for tensor in ("input", "output"):
        left, top = layout.headings[tensor]
        places = layout.panels[tensor]
        columns = len({x for x, _ in places})
        assert 1 < columns < 5, "a grid"
        for number, (x, y) in enumerate(places):
            row, column = divmod(number, columns)
            assert x == pytest.approx(left + column * (10 + METRICS.panel_gap_across))
            assert y == pytest.approx(
                top + METRICS.heading_height + row * (4 + METRICS.panel_gap_down)
            )


@pytest.mark.parametrize(("page", "stacked"), [((40.0, 4.0), False), ((10.0, 30.0), True)])
@pytest.mark.parametrize("has_bias", [False, True])
def test_a_layout_is_as_large_as_what_stands_in_it(
    page: tuple[float, float], stacked: bool, has_bias: bool
) -> None:
    sizes = {
        "input": TensorSize(1, 20.0, 10.0, 5.0),
        "kernel": TensorSize(1, 6.0, 12.0, 7.0),  # a heading wider than its panel
        "output": TensorSize(1, 22.0, 9.0, 5.0),
    }
    layout = lay_out(sizes, page, has_bias=has_bias)
    gap, head = METRICS.tensor_gap_across, METRICS.heading_height
    below_kernel = head + 12 + has_bias * (0.5 + METRICS.cell_height)
    assert layout.headings["input"] == (0, 0)
    assert layout.headings["kernel"] == (20 + gap, 0)
    assert layout.bias == (20 + gap, head + 12 + 0.5)
    if stacked:
        assert layout.headings["output"] == (0, pytest.approx(below_kernel + 0.8))
        assert layout.width == pytest.approx(20 + gap + 7)
        assert layout.height == pytest.approx(below_kernel + 0.8 + head + 9)
    else:
        assert layout.headings["output"] == (pytest.approx(20 + gap + 7 + gap), 0)
        assert layout.width == pytest.approx(20 + gap + 7 + gap + 22)
        assert layout.height == pytest.approx(below_kernel)


def test_no_arrangement_has_a_font_that_is_much_larger() -> None:
    def font(tensors: list[TensorSize], columns: tuple[int, ...], stacked: bool) -> float:
        (w, h), (kernel_w, kernel_h), (out_w, out_h) = (
            tensor.in_columns(n) for tensor, n in zip(tensors, columns, strict=True)
        )
        across = w + METRICS.tensor_gap_across + kernel_w
        if stacked:
            return min(9 / max(across, out_w), 5 / (max(h, kernel_h) + 0.8 + out_h))
        return min(9 / (across + METRICS.tensor_gap_across + out_w), 5 / max(h, kernel_h, out_h))

    rng = np.random.default_rng(0)
    for _ in range(60):
        tensors = [
            TensorSize(int(rng.integers(1, 9)), *map(float, rng.integers(2, 30, 3)))
            for _ in range(3)
        ]
        found = arrange(tensors, (9.0, 5.0))
        best = max(
            font(tensors, columns, stacked)
            for stacked in (False, True)
            for columns in itertools.product(METRICS.column_counts, repeat=3)
        )
        chosen = font(tensors, found.columns, found.stacked)
        assert best <= chosen * METRICS.arrangement_gain**2
        assert chosen <= best * (1 + 1e-9)


@pytest.mark.parametrize("texts", [[], ["1"], ["-12.5", "3"], ["0.00012345", "7"]])
def test_a_cell_is_as_wide_as_its_longest_text_and_no_narrower_than_the_least(
    texts: list[str],
) -> None:
    width = cell_width(texts)
    longest = max((len(text) for text in texts), default=0)
    room = width - longest * METRICS.character_width
    assert width >= METRICS.least_cell_width
    assert room >= METRICS.cell_padding - 0.05
    assert width == METRICS.least_cell_width or room <= METRICS.cell_padding + 0.05


# Cells in their panels


@pytest.mark.parametrize("name", [name for name in CASES if name != "photograph"])
def test_cells_stand_row_by_row_in_the_grid_of_their_panel(name: str) -> None:
    scene = CASES[name].scene()
    view = Still(scene, 0).view
    seen = 0
    for panel in scene.panels:
        key = (panel.tensor, panel.channel, panel.depth)
        cells = [cell for place, cell in view.cells.items() if place[:3] == key]
        expected = list(panel.cells)
        placed = view.placed[key]
        rows = [cells[n : n + len(panel.columns)] for n in range(0, len(cells), len(panel.columns))]
        assert len(rows) == len(panel.rows)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                across = placed.cell_width + METRICS.cell_gap
                down = METRICS.cell_height + METRICS.cell_gap
                assert cell.rectangle.x == pytest.approx(placed.x + c * across)
                assert cell.rectangle.y == pytest.approx(placed.y + r * down)
                assert cell.rectangle.width == placed.cell_width
                assert cell.rectangle.height == pytest.approx(METRICS.cell_height)
                shown = expected[r * len(panel.columns) + c]
                if panel.tensor != "kernel" and shown.kind is not Kind.GAP:
                    assert cell.text == shown.text
        assert placed.cell_width >= max(cell_width([cell.text]) for cell in cells)
        seen += len(cells)
    assert seen == len(view.cells)


@pytest.mark.parametrize("name", [name for name in CASES if name != "photograph"])
def test_the_window_s_frame_encloses_the_cells_that_it_reads_and_no_others(name: str) -> None:
    scene = CASES[name].scene()
    for index in {0, scene.steps // 2, scene.steps - 1}:
        step = scene.step(index)
        view = Still(scene, index).view
        read = {key[:3] for key, classes in step.lit.items() if "is-tap" in classes}
        framed = set()
        for window, patch in view.frames:
            if window.style != "is-window":
                continue
            box = patch.get_path().get_extents()
            key = ("input", window.channel, window.depth)
            taps = [
                cell.rectangle
                for place, cell in view.cells.items()
                if place[:3] == key and "is-tap" in step.lit.get(place, ())
            ]
            if not taps:
                continue
            framed.add(key)
            left, top, right, bottom = corners(taps).T
            overhang = METRICS.cell_gap + 2 * METRICS.frame_overhang
            for edge, cell in (
                (left.min(), box.x0),
                (top.min(), box.y0),
                (box.x1, right.max()),
                (box.y1, bottom.max()),
            ):
                assert -1e-6 <= edge - cell <= overhang
        assert {key for key in read if key[0] == "input"} == framed


@pytest.mark.parametrize("name", [name for name in CASES if name != "photograph"])
def test_a_tensor_s_size_is_that_of_its_widest_and_highest_panel(name: str) -> None:
    scene = CASES[name].scene()
    view = Still(scene, 0).view
    for tensor in ("input", "kernel", "output"):
        panels = [each for each in view.placed.values() if each.panel.tensor == tensor]
        grids = [p.rectangle(0, 0, len(p.panel.rows), len(p.panel.columns)) for p in panels]
        slots = view.layout.panels[tensor]
        right = max(g.x + g.width - x for g, (x, _) in zip(grids, slots, strict=True))
        bottom = max(g.y + g.height - y for g, (_, y) in zip(grids, slots, strict=True))
        size = view.measure(tensor)
        assert (size.width, size.height) == (pytest.approx(right), pytest.approx(bottom))
        titled = any(each.panel.title for each in panels)
        room = BAND_ROOM if scene.geometry.groups > 1 else 0
        for grid, (x, y) in zip(grids, slots, strict=True):
            assert grid.x - x == pytest.approx(room)
            assert grid.y - y == pytest.approx(titled * METRICS.panel_title_height)


def test_weights_their_flags_and_the_bias_are_those_of_the_map() -> None:
    kernel = np.float32([[[[1, 500], [0.2, 3]]], [[[900, 2], [7, 0.1]]]])
    scene = cv.explore(np.ones((3, 3)), kernel, [5, 60], input_scale=1, kernel_scale=1).scene
    still = Still(scene, 0)
    for index in (0, 4, 3, 7):
        still.show(index)
        step = scene.step(index)
        weights = {
            tensor: [
                cell
                for place, cell in still.view.cells.items()
                if place[0] == tensor and cell.kind is Kind.DATA
            ]
            for tensor in ("weights", "kernel")
        }
        for tensor, cells in weights.items():
            assert [cell.text for cell in cells] == list(step.weights(tensor))
            assert [cell.flag for cell in cells] == [flag.strip() for flag in step.weight_flags()]
        assert any(cell.flag for cell in weights["kernel"]), "one saturates"
        assert still.view.bias.text == step.bias


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
