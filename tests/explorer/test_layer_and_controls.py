"""Controls and layer move each other, in every view."""

from __future__ import annotations

import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import explore, set_field, texts, with_bias

from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser


def show_twins(notebook: Lab) -> tuple[Locator, Locator]:
    """Two views of one explorer."""
    stage, twin = explore(notebook, "explorer"), notebook.stage(1)
    expect(twin).to_have_attribute("data-steps", "28")
    return stage, twin


def expect_output(stage: Locator, scene: Scene) -> None:
    expect(stage).to_have_attribute("data-steps", str(scene.steps))
    assert texts(stage, "output") == scene.output_texts


def test_a_slider_moves_the_picture_the_layer_and_the_other_view(notebook: Lab) -> None:
    stage, twin = show_twins(notebook)
    slider(notebook, "stride_nd height").press("ArrowRight")
    scene = with_bias(stride_nd=(2, 1))
    expect_output(stage, scene)
    expect_output(twin, scene)
    expect(stage.get_by_text(scene.formulas[0])).to_be_visible()
    assert notebook.run_cell("print(layer.stride_nd)") == "(2, 1)\n"


def test_a_line_of_code_moves_the_picture_and_the_controls(notebook: Lab) -> None:
    stage = explore(notebook)
    notebook.run_cell("layer.stride_nd = (2, 1); layer.padding_nd = (1, 2)")
    expect_output(stage, with_bias(stride_nd=(2, 1), padding_nd=(1, 2)))
    for side in ("pre_padding", "post_padding"):
        for axis, value in (("height", 1), ("width", 2)):
            expect(field(notebook, f"{side} {axis}")).to_have_value(str(value))
            expect(slider(notebook, f"{side} {axis}")).to_have_value(str(value))


def test_a_refused_value_is_said_in_both_views_and_the_picture_goes_on(notebook: Lab) -> None:
    stage, twin = show_twins(notebook)
    set_field(notebook, "stride_nd height", "0")
    alert = stage.get_by_role("alert")
    expect(alert).to_contain_text("stride_nd: got 0; allowed: one integer from 1")
    expect(twin.get_by_role("alert")).to_contain_text("allowed: ")
    assert texts(stage, "output") == with_bias().output_texts
    assert notebook.run_cell("print(layer.stride_nd)") == "(1, 1)\n"
    stage.scroll_into_view_if_needed()
    stage.focus()
    notebook.page.keyboard.press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "1")
    expect(twin).to_have_attribute("data-step", "0")
    set_field(notebook, "stride_nd height", "3")
    expect(alert).to_have_count(0)
    expect(twin.get_by_role("alert")).to_have_count(0)
    expect_output(stage, with_bias(stride_nd=(3, 1)))


def test_a_view_that_goes_leaves_the_other_bound_to_the_layer(notebook: Lab) -> None:
    stage, _ = show_twins(notebook)
    notebook.page.evaluate("lab.panel.content.model.sharedModel.deleteCell(1)")
    expect(notebook.page.locator(".convviz-stage")).to_have_count(1)
    notebook.run_cell("layer.padding_nd = (1, 2)")
    expect_output(stage, with_bias(padding_nd=(1, 2)))
