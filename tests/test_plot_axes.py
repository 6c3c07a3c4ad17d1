"""The axis view in matplotlib: its artists stand where geometry says, on any axis and page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from scenes import Case, cases, reference

import convviz as cv
from convviz import cli
from convviz.errors import ArgumentError
from convviz.plot.axes_view import AxesView, Matrix
from convviz.plot.still import Still
from convviz.scene import axis_view
from convviz.scene.scene import Scene


def drawn(scene: Scene, **options: object) -> Still:
    still = Still(scene, view="axes", **options)
    assert isinstance(still.view, AxesView)
    return still


def cell_under(matrix: Matrix, x: float) -> int:
    """Which cell's artist stands over or under this place."""
    [found] = [
        index
        for index, cell in matrix.cells.items()
        if cell.rectangle.x <= x <= cell.rectangle.x + cell.rectangle.width
    ]
    return found


@settings(max_examples=40)
@given(case=cases())
def test_every_artist_stands_where_geometry_says(case: Case) -> None:
    scene = case.scene()
    still = drawn(scene)
    for matrix, view in zip(still.view.matrices, scene.axis_views, strict=True):
        axis = scene.geometry.axes[view.number]
        kinds = {index: cell.kind for index, cell in matrix.cells.items()}
        assert kinds == {i: axis.kind(i) for i in axis.cells}
        assert matrix.counts == {i: str(len(axis.readers(i))) for i in axis.cells}
        assert [row.window.output for row in matrix.rows] == list(range(axis.output))
        for row, cells in zip(matrix.rows, axis.table, strict=True):
            dots = [cell_under(matrix, dot.x + dot.width / 2) for dot in row.dots.values()]
            assert (list(row.dots), dots) == (list(range(axis.kernel)), cells)
            assert cell_under(matrix, row.place.x + 0.5) == cells[0]
            assert cell_under(matrix, row.place.x + row.place.width - 0.5) == cells[-1]
    texts = [text.get_text() for text in still.ax.texts]
    for view in scene.axis_views:
        assert view.words in texts
        assert view.label in texts


def test_a_step_frames_its_rows() -> None:
    scene = reference(stride_nd=(2, 3)).scene()
    still = drawn(scene)
    for step in range(scene.steps):
        still.show(step)
        framed = [matrix.framed for matrix in still.view.matrices]
        assert framed == [*scene.step(step).position]
        assert all(matrix._frame.get_visible() for matrix in still.view.matrices)


def test_a_row_that_is_not_shown_has_no_frame() -> None:
    scene = Case(np.ones((1, 1, 1, 99), np.float32), np.ones((1, 1, 1, 3), np.float32)).scene()
    still = drawn(scene)
    [matrix] = still.view.matrices
    assert None in matrix.view.windows
    assert len(matrix.rows) < axis_view.MOST_WINDOWS
    still.show(50)
    assert matrix.framed is None
    assert not matrix._frame.get_visible()
    still.show(96)
    assert matrix.framed == 96


@pytest.mark.parametrize("case", [reference(), reference(padding_mode="SAME_LOWER")])
def test_nothing_is_drawn_outside_and_no_text_over_another(case: Case) -> None:
    assert_apart_and_inside(drawn(case.scene()))


def assert_apart_and_inside(still: Still) -> None:
    renderer = still.figure.canvas.get_renderer()
    page = still.figure.bbox
    boxes = [text.get_window_extent(renderer) for text in still.ax.texts if text.get_text()]
    for box in boxes:
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert page.y0 <= box.y0 <= box.y1 <= page.y1
    for n, box in enumerate(boxes):
        assert not any(box.overlaps(other) for other in boxes[n + 1 :])


def test_draw_takes_the_view_by_its_name_and_an_axis_view_as_it_is(tmp_path) -> None:
    case = reference()
    for picture in (
        cv.draw(case.data, case.kernel, view="axes"),
        cv.draw(case.layer(), case.data, view="axes", theme="dark"),
        cv.draw(cv.axes(case.data, case.kernel)),
    ):
        assert isinstance(picture.view, AxesView)
        assert picture.footer is None
        assert b"output 1" in picture.bytes("svg")
    assert not isinstance(cv.draw(case.data, case.kernel).view, AxesView)
    with pytest.raises(ArgumentError, match="view: got 'boxes'; allowed: 'cells', 'axes'"):
        cv.draw(case.data, case.kernel, view="boxes")
    assert cli.main(["draw", str(tmp_path / "x.svg"), "--view", "axes", "--stride-nd", "2"]) == 0
    assert "cell 5 unread" in (tmp_path / "x.svg").read_text(encoding="utf-8")
    assert cli.main(["draw", str(tmp_path / "y.svg"), "--view", "boxes"]) == cli.REFUSED


MODES = ["EXPLICIT_ROUND_DOWN", "EXPLICIT_ROUND_UP", "SAME_UPPER", "SAME_LOWER"]
SEVEN, FOUR = np.arange(7, dtype=np.float32)[None], np.ones((1, 1, 4), np.float32)


def test_every_value_of_a_comparison_is_drawn_as_the_widget_shows_it() -> None:
    axes = cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES)
    still = cv.draw(axes)
    matrices = still.view.matrices
    assert [matrix.title for matrix in matrices] == MODES
    for matrix, scene in zip(matrices, axes.scenes, strict=True):
        axis = scene.geometry.axes[1]
        assert list(matrix.cells) == list(axis.cells)
        assert matrix.counts == {i: str(len(axis.readers(i))) for i in axis.cells}
        for row, cells in zip(matrix.rows, axis.table, strict=True):
            assert [cell_under(matrix, dot.x + dot.width / 2) for dot in row.dots.values()] == cells
        assert matrix.framed == 1, "the second, as in the widget"
        assert matrix.view.words in still.alt
        assert matrix.title in still.alt
    lefts = [matrix.cells[0].rectangle.x for matrix in matrices]
    assert lefts[0] == lefts[2] < lefts[1] == lefts[3], "two and two, on one scale, in one place"
    assert len({matrix.y for matrix in matrices}) == 2


def test_both_axes_of_a_value_stand_in_one_line_without_text_over_text() -> None:
    case = reference()
    axes = cv.axes(case.data, case.kernel, stride_nd=[(1, 1), (2, 1), (2, 2)])
    still = cv.draw(axes)
    titles = [matrix.title for matrix in still.view.matrices]
    assert titles[:2] == ["stride_nd = (1, 1) · height", "stride_nd = (1, 1) · width"]
    tops = [matrix.y for matrix in still.view.matrices]
    assert tops[::2] == tops[1::2] == sorted(set(tops))
    assert_apart_and_inside(still)


def test_an_explorers_step_is_framed_and_of_nobodys_the_second() -> None:
    case = reference()
    explorer = cv.explore(case.layer(), case.data, step=8)
    for picture, framed in (
        (cv.draw(explorer, view="axes"), [1, 1]),
        (cv.draw(case.layer(), case.data, view="axes"), [1, 1]),
        (cv.draw(case.layer(), case.data, view="axes", step=0), [0, 0]),
        (cv.draw(cv.explore(case.layer(), case.data, step=2), view="axes"), [0, 2]),
    ):
        assert [matrix.framed for matrix in picture.view.matrices] == framed
