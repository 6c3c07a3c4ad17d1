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
    still = drawn(case.scene())
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
