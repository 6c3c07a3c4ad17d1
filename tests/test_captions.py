"""What stands around a picture in words: its legend, its parameters, what int8 lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from scenes import Case, cases, reference

from convviz.geometry import Kind
from convviz.network.values import DataType
from convviz.scene import captions
from convviz.scene.int8 import SATURATED, VANISHED


@given(cases())
def test_the_legend_has_every_kind_of_cell_that_there_is_and_no_other(case: Case) -> None:
    scene = case.scene()
    kinds = {cell.kind for panel in scene.panels for cell in panel.cells}
    unread = {
        cell.unread for panel in scene.panels if panel.tensor == "input" for cell in panel.cells
    }
    legend = dict(captions.legend(scene.geometry, [], padding=True, readable=True))
    # A kind that another hides, in corners or in depth alone, may still stand in the legend.
    assert {kind.value for kind in kinds - {Kind.DATA}} <= set(legend)
    for side, zeros in (("pre", "pre"), ("post", "post"), ("beyond", "beyond")):
        assert (side in legend) == any(getattr(axis, zeros) for axis in scene.geometry.axes)
    assert ("unread" in legend) == (True in unread)
    flat = scene.geometry.axes[-2:]
    assert ("gap" in legend) == any(axis.effective_kernel > axis.kernel for axis in flat)


@given(cases())
def test_the_legend_of_images_has_what_int8_did_alone(case: Case) -> None:
    geometry = case.scene().geometry
    assert captions.legend(geometry, [], padding=False, readable=False) == []
    names = [
        name for name, _ in captions.legend(geometry, [*SATURATED], padding=False, readable=False)
    ]
    assert names == ["saturated"]


def test_the_legend_says_what_int8_did_where_it_did() -> None:
    geometry = reference().scene().geometry
    assert captions.legend(geometry, ["  "], padding=True, readable=True) == []
    lost = {*SATURATED, *VANISHED}
    assert len(lost) == 2
    for flag, kind in ((SATURATED, "saturated"), (VANISHED, "vanished")):
        found = captions.legend(geometry, [" ", f" {flag}"], padding=True, readable=True)
        assert [entry for entry, _ in found] == [kind]


@pytest.mark.parametrize(
    ("saturated", "vanished", "words"),
    [
        (0, 0, None),
        (2, 0, "2 saturate at −128 or 127"),
        (0, 1, "1"),
    ],
)
def test_losses_are_counted_of_all_values(saturated: int, vanished: int, words: str) -> None:
    flags = SATURATED * saturated + VANISHED * vanished + "   "
    said = captions.losses("kernel", flags, DataType.INT8)
    if words is None:
        assert said is None
    else:
        assert words in said
        assert str(len(flags)) in said
        both = captions.losses("kernel", flags + SATURATED + VANISHED, DataType.INT8)
        assert len(both) > len(said)


@given(cases())
def test_the_parameters_are_the_layer_s_with_the_padding_that_came_of_them(case: Case) -> None:
    scene = case.scene()
    lines = captions.parameters(scene.geometry, scene.run.settings)
    axes = scene.geometry.axes
    for name in ("stride_nd", "dilation_nd"):
        assert f"{name} = {case.parameters[name]}" in lines
    assert f"padding_mode = {case.parameters['padding_mode'].name}" in lines
    assert f"num_groups = {case.parameters['num_groups']}" in lines
    assert f"kernel_size_nd = {case.kernel.shape[2:]}" in lines
    assert f"padding before {tuple(axis.pre for axis in axes)}" in lines
    assert f"padding after {tuple(axis.post for axis in axes)}" in lines


@given(cases())
def test_a_layer_whose_mode_decides_says_how_the_padding_comes_about(case: Case) -> None:
    scene = case.scene()
    lines = captions.formulas(scene.geometry, scene.mode)
    assert len(lines) == len(scene.geometry.axes) * (1 + scene.mode.is_same)
