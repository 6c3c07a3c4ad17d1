"""Every window along one axis: the matrix agrees with geometry, however long the axis is."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scenes import Case, cases

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import Axis, Kind, make_axis
from convviz.parameters import PaddingMode
from convviz.scene import axis_view, decimals
from convviz.scene.axis_view import AxisView
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of


def line(size: int, kernel: int, **parameters: object) -> Scene:
    """A 1-D layer."""
    data = np.arange(size, dtype=np.float32).reshape(1, 1, size)
    weights = np.ones((1, 1, kernel), np.float32)
    return scene_of(data, weights, device="cpu", **parameters)


def words(size: int, kernel: int, **parameters: object) -> str:
    [view] = line(size, kernel, **parameters).axis_views
    return view.words


@st.composite
def axes(draw: st.DrawFn) -> Axis:
    """An axis of any length, far past what is shown as a whole."""
    size, kernel = draw(st.integers(1, 400)), draw(st.integers(1, 60))
    stride, dilation = draw(st.integers(1, 90)), draw(st.integers(1, 9))
    pre, post = draw(st.integers(0, 40)), draw(st.integers(0, 40))
    mode = draw(st.sampled_from(PaddingMode))
    try:
        return make_axis("width", size, kernel, stride, dilation, pre, post, mode)
    except ArgumentError:
        assume(False)
        raise


@given(case=cases())
def test_a_small_matrix_is_what_geometry_says(case: Case) -> None:
    scene = case.scene()
    for view in scene.axis_views:
        axis = scene.geometry.axes[view.number]
        assert view.axis is axis
        assert list(view.columns) == list(axis.cells)
        assert list(view.kinds) == [axis.kind(i) for i in axis.cells]
        assert list(view.counts) == [len(axis.readers(i)) for i in axis.cells]
        assert [window.output for window in view.windows] == list(range(axis.output))
        for window in view.windows:
            assert list(window.taps) == list(enumerate(axis.table[window.output]))
            assert (window.first, window.last) == (window.taps[0][1], window.taps[-1][1])
        assert len(view.classes) == axis.kernel
        assert set(view.classes) <= set(scene.weight_classes)


@given(axis=axes())
def test_of_a_long_axis_the_ends_are_shown(axis: Axis) -> None:
    columns, outputs = axis_view.shown_columns(axis), axis_view.shown_windows(axis)
    for shown, every, most in (
        (columns, list(axis.cells), axis_view.MOST_CELLS),
        (outputs, list(range(axis.output)), axis_view.MOST_WINDOWS),
    ):
        assert len(shown) <= most
        there = [i for i in shown if i is not None]
        assert there == sorted(set(there))
        assert set(there) <= set(every)
        assert shown.count(None) == (there != every)
        assert (shown[0], shown[-1]) == (every[0], every[-1])
    assert axis.output < 2 or outputs[1] == 1, "its place shows the stride"


def geometry_axis(size: int, kernel: int, **parameters: object) -> Axis:
    return line(size, kernel, **parameters).geometry.axes[-1]


@pytest.mark.parametrize(
    ("axis", "shown"),
    [
        (geometry_axis(14, 3), (*range(12),)),  # all of them
        (geometry_axis(15, 3), (*range(8), None, 10, 11, 12)),  # one more than all
        (geometry_axis(40, 9, stride_nd=(4,)), (0, 1, 2, None, 7)),  # cells 0 to 19 and 31 to 39
        (geometry_axis(40, 8, stride_nd=(4,)), (0, 1, 2, 3, None, 8)),  # 3 ends on 19, the last
        (geometry_axis(40, 12, stride_nd=(12,)), (0, 1, 2)),  # the second though it ends beyond
    ],
)
def test_windows_are_shown_that_lie_among_the_shown_cells(axis: Axis, shown: tuple) -> None:
    assert axis_view.shown_windows(axis) == shown


@pytest.mark.parametrize(
    ("scene", "numbers"),
    [
        (line(7, 4), [1]),
        (scene_of(np.ones((3, 1, 9)), np.ones((1, 3, 1, 3))), [1]),
        (scene_of(np.ones((1, 4, 9)), np.ones((1, 1, 1, 3))), [0, 1]),
        (scene_of(np.ones((1, 1, 9)), np.ones((1, 1, 1, 3)), padding_nd=(1, 0)), [0, 1]),
        (scene_of(np.ones((1, 2, 3, 4)), np.ones((1, 1, 2, 2, 2))), [0, 1, 2]),
        (scene_of(np.ones((1, 1, 1)), np.ones((1, 1, 1, 1))), [1]),
    ],
)
def test_axes_that_are_not_used_have_no_matrix(scene: Scene, numbers: list[int]) -> None:
    assert [view.number for view in scene.axis_views] == numbers


# With one row of data


@given(case=cases())
def test_with_one_row_of_data_the_values_are_there(case: Case) -> None:
    data, kernel = case.data[:, :, :1], case.kernel[:, :, :1]
    if data.ndim == 5:
        data, kernel = data[:, :, :, :1], kernel[:, :, :, :1]
    flat = {
        name: (*(0 if "padding" in name else 1,) * (len(value) - 1), value[-1])
        for name, value in case.parameters.items()
        if isinstance(value, tuple)
    }
    try:
        scene = Case(data, kernel, case.bias, {**case.parameters, **flat}).scene()
    except ArgumentError:
        assume(False)
        raise
    [view] = scene.axis_views
    texts = scene.value_texts[: view.axis.size]
    if max(map(len, texts)) > axis_view.MOST_CHARACTERS:
        texts = decimals.texts(scene.values.reshape(-1)[: view.axis.size], axis_view.FEW_PLACES)
    inside = dict(enumerate(texts))
    assert list(view.texts) == [inside.get(i, "0") for i in view.columns]
    assert [window.text for window in view.windows] == scene.output_texts[: view.axis.output]
    several = scene.geometry.channels > 1 or scene.geometry.maps > 1
    assert bool(view.note) == several


def test_a_signal_and_a_filter_are_enough() -> None:
    data, weights = np.arange(7), np.array([1, 0, -1])
    [view] = cv.axes(data, weights, stride_nd=(2,)).scene.axis_views
    assert view.texts == tuple("0123456")
    assert [window.text for window in view.windows] == ["-2", "-2", "-2"]
    with pytest.raises(ArgumentError, match=r"kernel: got shape .* of 6 axes; allowed: 1 axis"):
        cv.axes(data, np.ones((1,) * 6))


def test_with_more_rows_of_data_there_are_no_values() -> None:
    for view in scene_of(np.ones((1, 4, 9)), np.ones((1, 1, 3, 3))).axis_views:
        assert view.texts == ()
        assert {window.text for window in view.windows} == {""}
        assert view.note == ""


def test_what_the_values_are_is_said() -> None:
    def note(channels: int, maps: int, groups: int) -> str:
        data, kernel = np.ones((channels, 9)), np.ones((maps, channels // groups, 3))
        [view] = scene_of(data, kernel, num_groups=groups).axis_views
        return view.note

    assert note(1, 1, 1) == ""
    assert note(2, 2, 2) == "The cells show channel 0 of 2, and the outputs map 0 of 2."
    assert note(4, 2, 2) == (
        "The cells show channel 0 of 4; the outputs, map 0 of 2, sum over 2 channels."
    )


# What is said


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({}, "⌊(7 − 4) / 2⌋ + 1 = 2 outputs; cell 6 unread"),
        ({"padding_mode": "EXPLICIT_ROUND_UP"}, "⌈(7 − 4) / 2⌉ + 1 = 3 outputs; one zero beyond"),
        ({"padding_mode": "SAME_UPPER"}, "⌈7 / 2⌉ = 4 outputs; before 1 | after 2"),
        ({"padding_mode": "SAME_LOWER"}, "⌈7 / 2⌉ = 4 outputs; before 2 | after 1"),
        (
            {"padding_mode": "CAFFE_ROUND_DOWN"},
            "⌊(7 − 4) / 2⌋ + 1 = 2 outputs; equals EXPLICIT_ROUND_DOWN; cell 6 unread",
        ),
        (
            {"padding_mode": "CAFFE_ROUND_UP", "pre_padding": (1,)},
            "⌈(7 + 1 + 1 − 4) / 2⌉ + 1 = 4 outputs; pads both sides by 1, where EXPLICIT_ROUND_UP "
            "pads 1 and 0; one zero beyond",
        ),
    ],
)
def test_the_modes_on_seven_cells(parameters: dict[str, object], said: str) -> None:
    assert words(7, 4, stride_nd=(2,), **parameters) == said


@given(case=cases())
def test_upper_and_lower_agree_just_where_it_is_said(case: Case) -> None:
    def of(mode: PaddingMode) -> list[AxisView]:
        parameters = {**case.parameters, "padding_mode": mode}
        try:
            return Case(case.data, case.kernel, case.bias, parameters).scene().axis_views
        except ArgumentError:
            assume(False)
            raise

    upper, lower = of(PaddingMode.SAME_UPPER), of(PaddingMode.SAME_LOWER)
    for a, b in zip(upper, lower, strict=False):
        if (a.number, a.axis.size) == (b.number, b.axis.size):
            agrees = "SAME_UPPER and SAME_LOWER agree"
            assert (a.axis == b.axis) == (agrees in a.words) == (agrees in b.words)


@given(case=cases())
def test_a_legacy_mode_equals_an_explicit_one_just_where_it_is_said(case: Case) -> None:
    for way in ("DOWN", "UP"):
        scenes = []
        for name in ("CAFFE", "EXPLICIT"):
            parameters = {**case.parameters, "padding_mode": PaddingMode[f"{name}_ROUND_{way}"]}
            try:
                scenes.append(Case(case.data, case.kernel, case.bias, parameters).scene())
            except ArgumentError:
                assume(False)
        legacy, explicit = scenes
        for view in legacy.axis_views:
            same = view.axis == explicit.geometry.axes[view.number]
            assert (f"equals EXPLICIT_ROUND_{way}" in view.words) == same


@pytest.mark.parametrize(
    ("size", "stride", "said"),
    [
        (5, 2, ""),
        (6, 2, "; cell 5 unread"),
        (7, 5, "; cells 3 to 6 unread"),
        (8, 5, "; cells 3, 4 unread"),
        (11, 4, "; cells 3, 7 unread"),
        (100, 5, "; 40 cells unread"),
        (9, 6, "; cells 3 to 5 unread"),
        (10, 7, "; cells 3 to 6 unread"),
    ],
)
def test_the_cells_that_nobody_reads_are_named(size: int, stride: int, said: str) -> None:
    found = words(size, 3, stride_nd=(stride,))
    assert found.partition("output")[2].removeprefix("s") == said


def test_unread_cells_are_counted_from_the_data_s_first() -> None:
    assert words(7, 3, stride_nd=(2,), pre_padding=(1,)).endswith("; cell 6 unread")


def test_a_browser_is_told_every_window_and_every_break() -> None:
    [view] = line(40, 9, stride_nd=(4,)).axis_views
    told = view.message()["windows"]
    assert [each and each["output"] for each in told] == [0, 1, 2, None, 7]


def test_paddings_that_setting_does_not_change_say_why() -> None:
    for mode in PaddingMode:
        [view] = line(7, 4, padding_mode=mode).axis_views
        fixed = {
            name
            for name in ("padding_nd", "pre_padding", "post_padding")
            for moved in [line(7, 4, padding_mode=mode, **{name: (3,)}).geometry.axes[1]]
            if moved == view.axis
        }
        assert set(view.fixed) == fixed
        assert all(mode.name in why for why in view.fixed.values())


def test_a_kernel_of_one_row_has_a_hue_for_each_weight() -> None:
    assert line(7, 4).weight_classes == ["cv-w00", "cv-w10", "cv-w20", "cv-w30"]
    assert line(9, 6).weight_classes == ["cv-wx"] * 6


def test_the_largest_layers_have_small_matrices() -> None:
    explorer = cv.explore(np.zeros((1, 1, 90, 900), np.float32), np.ones((1, 1, 1, 199)))
    for message in explorer.scene.message()["axisViews"]:
        assert len(message["columns"]) <= axis_view.MOST_CELLS
        assert all(len(w["taps"]) <= axis_view.MOST_CELLS for w in message["windows"] if w)
    assert Kind.DATA in explorer.scene.axis_views[0].kinds
