"""Where a picture's parts stand: all of it on the page, no part over another, for any view."""

from __future__ import annotations

import io
import itertools
from dataclasses import astuple

import numpy as np
import pytest
from PIL import Image
from scenes import Case, mixed_cases, reference, wild

import convviz as cv
from convviz.geometry import Kind
from convviz.plot.canvas import MARGIN, Canvas
from convviz.plot.cell_artist import CellArtist
from convviz.plot.layout import (
    SHAPES,
    Area,
    Arrangement,
    Shape,
    TensorSize,
    arrange,
    cell_width,
    lay_out,
)
from convviz.plot.rectangle import Rectangle
from convviz.plot.slow import moments_of
from convviz.plot.still import Still
from convviz.plot.style import CellStyle
from convviz.plot.sum_text import SumText
from convviz.plot.tensors_view import BAND_ROOM
from convviz.plot.view import View
from convviz.plot.views import VIEWS
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Step
from convviz.scene.subject import scene_of

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


SUM = Area(8.0, 6.0)
KERNEL_UNDER = 2.5


def sized(under: float = 0.0) -> list[TensorSize]:
    """An input, a kernel with a heading wider than its panel, an output."""
    return [
        TensorSize(1, 20.0, 10.0, 5.0),
        TensorSize(1, 6.0, 12.0, 7.0, under),
        TensorSize(1, 22.0, 9.0, 5.0),
    ]


def of_shape(shape: Shape, *, sum_below: bool) -> Arrangement:
    return Arrangement((1, 1, 1), shape, sum_below)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("sum_below", [False, True])
@pytest.mark.parametrize("under", [0.0, KERNEL_UNDER])
def test_a_layout_is_as_large_as_what_stands_in_it(
    shape: Shape, sum_below: bool, under: float
) -> None:
    layout = lay_out(sized(under), SUM, of_shape(shape, sum_below=sum_below))
    across, down = METRICS.tensor_gap_across, METRICS.tensor_gap_down
    head = METRICS.heading_height
    heights = head + 10, head + 12 + under, head + 9
    work = (8, heights[1] + down + 6) if sum_below else (7 + across + 8, heights[1])
    right, below = 20 + across, max(heights[0], work[1]) + down
    expected = {
        "side": ((right, heights[2] + down), (right, 0)),
        "stacked": ((right, 0), (0, below)),
        "row": ((right, 0), (right + work[0] + across, 0)),
        "tall": ((0, heights[0] + down), (0, heights[0] + down + work[1] + down)),
    }
    kernel, output = expected[shape]
    assert layout.headings["input"] == (0, 0)
    assert layout.headings["kernel"] == pytest.approx(kernel)
    assert layout.headings["output"] == pytest.approx(output)
    assert layout.under["kernel"] == pytest.approx((kernel[0], kernel[1] + head + 12))
    assert layout.sum == pytest.approx(
        (kernel[0], kernel[1] + heights[1] + down)
        if sum_below
        else (kernel[0] + 7 + across, kernel[1] + head)
    )
    assert layout.width == pytest.approx(max(20, kernel[0] + work[0], output[0] + 22))
    ends = heights[0], kernel[1] + work[1], output[1] + heights[2]
    assert layout.height == pytest.approx(max(ends))


def test_a_layout_without_a_sum_keeps_no_room_for_one() -> None:
    layout = lay_out(sized(), Area(0.0, 0.0), of_shape("side", sum_below=False))
    assert layout.width == 20 + METRICS.tensor_gap_across + 22
    for below in (False, True):
        layout = lay_out(sized(), Area(0.0, 0.0), of_shape("row", sum_below=below))
        assert layout.width == 20 + 7 + 22 + 2 * METRICS.tensor_gap_across
        assert layout.height == METRICS.heading_height + 12


def test_the_bias_and_the_facts_stand_under_their_tensors() -> None:
    scene = Case(random(1, 1, 4, 9), random(1, 1, 3, 3), random(1), {"padding_nd": (1, 1)}).scene()
    view = Still(scene, 0).view
    assert view.bias.rectangle.y > max(cell.rectangle.y for cell in cells_of(view, "kernel"))
    place = view.layout.under["input"]
    last = cells_of(view, "input")[-1].rectangle
    assert place[1] == pytest.approx(last.y + last.height)
    words = {text.get_text(): text.get_position() for text in view.canvas.ax.texts}
    assert words["padding before the data"][1] > place[1]


def cells_of(view: View, tensor: str) -> list[CellArtist]:
    return [cell for key, cell in view.cells.items() if key[0] == tensor]


def test_the_arrangement_follows_the_shape_of_the_page() -> None:
    tensors = [TensorSize(4, 10.0, 10.0, 5.0)] * 3
    found = {room: arrange(tensors, SUM, Area(*room)) for room in ((300, 20), (10, 170))}
    wide, tall = found.values()
    assert (wide.columns, wide.shape) == ((4, 4, 4), "row")
    assert (tall.columns, tall.shape, tall.sum_below) == ((1, 1, 1), "tall", True)


def test_where_all_has_room_the_sum_stands_under_the_output_as_on_the_stage() -> None:
    room = Area(METRICS.board_width, METRICS.board_height)
    assert arrange(sized(), SUM, room) == of_shape("side", sum_below=False)
    for parameters in ({}, {"padding_nd": (1, 1)}, {"stride_nd": (2, 2)}):
        layout = Still(reference(**parameters).scene(), 0).view.layout
        assert layout.headings["output"][0] == layout.headings["kernel"][0] > 0
        assert layout.sum[0] > layout.headings["kernel"][0]
        assert layout.sum[1] > layout.headings["kernel"][1] > layout.headings["output"][1]


def test_panels_stand_in_rows_under_their_heading() -> None:
    size = TensorSize(5, 10.0, 4.0, 3.0)
    tensors = [size, TensorSize(1, 2.0, 3.0, 1.0), size]
    layout = lay_out(tensors, SUM, Arrangement((3, 1, 3), "stacked", False))
    for tensor in ("input", "output"):
        left, top = layout.headings[tensor]
        for number, (x, y) in enumerate(layout.panels[tensor]):
            row, column = divmod(number, 3)
            assert x == pytest.approx(left + column * (10 + METRICS.panel_gap_across))
            assert y == pytest.approx(
                top + METRICS.heading_height + row * (4 + METRICS.panel_gap_down)
            )


def test_no_arrangement_has_letters_that_are_much_larger() -> None:
    room = Area(60.0, 33.0)

    def font(tensors: list[TensorSize], arrangement: Arrangement) -> float:
        layout = lay_out(tensors, SUM, arrangement)
        return min(1.0, room.width / layout.width, room.height / layout.height)

    rng = np.random.default_rng(0)
    for _ in range(60):
        tensors = [
            TensorSize(int(rng.integers(1, 9)), *map(float, rng.integers(2, 30, 3)))
            for _ in range(3)
        ]
        found = arrange(tensors, SUM, room)
        best = max(
            font(tensors, Arrangement(columns, shape, below))
            for shape in SHAPES
            for below in (False, True)
            for columns in itertools.product(
                *({min(n, tensor.count) for n in METRICS.column_counts} for tensor in tensors)
            )
        )
        chosen = font(tensors, found)
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


# The sum's lines

INT8 = Case(random(1, 2, 5, 4), random(3, 2, 2, 2), random(3))
SUMS = {
    **{name: CASES[name].scene for name in CASES if name != "photograph"},
    "int8": lambda: scene_of(
        INT8.data, INT8.kernel, bias=INT8.bias, input_scale=0.031, kernel_scale=[0.01, 0.2, 3.0]
    ),
    "digits of every size": lambda: Case(wild(RNG, (1, 1, 4, 4)), wild(RNG, (2, 1, 2, 2))).scene(),
    "not finite": lambda: scene_of(np.float32([[1, np.nan, np.inf]]), np.ones((1, 2), np.float32)),
}


@pytest.mark.parametrize("name", SUMS)
def test_the_lines_of_every_sum_fit_into_their_places(name: str) -> None:
    scene = SUMS[name]()
    for slow in (False, True):
        text = SumText(scene, slow=slow)
        places = text.places(3.0, 4.0)
        room = {part: int(text.area.width / METRICS.character_width + 1e-6) for part in places}
        room["total"] = text.total_across
        steps = range(scene.steps)
        moments = moments_of(scene, steps) if slow else [(step, None) for step in steps]
        for step, terms in moments:
            for part, lines in text.lines(scene.step(step, terms)).items():
                shown = [line for line in lines if line]
                assert len(shown) <= len(places[part]), part
                assert all(len(line) <= room[part] for line in lines), part
        bottom = max(place.y + place.height for lines in places.values() for place in lines)
        assert bottom == pytest.approx(4 + text.area.height)


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
        is_kernel = panel.tensor == "kernel"
        height = METRICS.tile_height if is_kernel else METRICS.cell_height
        down = 2 * height + METRICS.tile_gap if is_kernel else height + METRICS.cell_gap
        rows = [cells[n : n + len(panel.columns)] for n in range(0, len(cells), len(panel.columns))]
        assert len(rows) == len(panel.rows)
        for r, row in enumerate(rows):
            for c, cell in enumerate(row):
                across = placed.cell_width + METRICS.cell_gap
                assert cell.rectangle.x == pytest.approx(placed.x + c * across)
                top = placed.y + r * down + is_kernel * height
                assert cell.rectangle.y == pytest.approx(top)
                assert cell.rectangle.width == pytest.approx(placed.cell_width)
                assert cell.rectangle.height == pytest.approx(height)
                shown = expected[r * len(panel.columns) + c]
                if panel.tensor != "kernel" and shown.kind is not Kind.GAP:
                    assert cell.text == shown.text
        assert placed.cell_width >= max(cell_width([cell.text]) for cell in cells)
        seen += len(cells)
    assert seen == len(view.cells)


@pytest.mark.parametrize("name", CASES)
def test_what_a_weight_multiplies_stands_on_it_and_fits_into_its_cell(name: str) -> None:
    scene = CASES[name].scene()
    step = scene.step(scene.steps - 1)
    view = Still(scene, step.index).view
    assert [value.text for value in view.values] == [product.value for product in step.products]
    for value, tap in zip(view.values, step.taps, strict=True):
        channel, *deep, row, column = tap.weight
        weight = view.cells["kernel", channel, deep[0] if deep else None, row, column].rectangle
        tile = value.rectangle
        assert (tile.x, tile.width) == (weight.x, weight.width)
        assert tile.y + tile.height == pytest.approx(weight.y)
        size = METRICS.character_width * view.kernel_scale
        assert len(value.text) * size <= tile.width


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
        assert [grid[2:] for grid in map(astuple, grids)] == [panel.size for panel in panels]
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

    width, height = 12.0, 4.0

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
    assert set(minimal.formulas) <= set(words)  # the captions are no view's
    assert b"<svg" in still.bytes("svg")


def test_a_view_can_be_filmed(minimal: Scene) -> None:
    film = cv.film(minimal, steps=range(4), captions=False)
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.n_frames == 4
