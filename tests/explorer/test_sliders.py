"""Sliders: each axis on its own or all together, and no further than the layer can go."""

from __future__ import annotations

import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import Places, explore, press, read, set_field, texts, with_bias
from scenes import reference

from convviz.parameters import PaddingMode

pytestmark = pytest.mark.browser


def test_one_axis_moves_alone_and_with_the_box_ticked_all_move(notebook: Lab) -> None:
    stage = explore(notebook)
    places = Places(stage)
    slider(notebook, "stride_nd height").press("ArrowRight")
    expect(field(notebook, "stride_nd height")).to_have_value("2")
    expect(field(notebook, "stride_nd width")).to_have_value("1")
    places.look()
    notebook.page.get_by_label("same on every axis").check()
    slider(notebook, "dilation_nd height").press("ArrowRight")
    expect(field(notebook, "dilation_nd width")).to_have_value("2")
    places.look()
    set_field(notebook, "stride_nd width", "3")
    expect(field(notebook, "stride_nd height")).to_have_value("3")
    places.look()
    notebook.page.get_by_label("same on every axis").uncheck()
    set_field(notebook, "stride_nd width", "1")
    expect(stage).to_have_attribute("data-steps", "5")
    expect(field(notebook, "stride_nd height")).to_have_value("3")
    assert texts(stage, "output") == with_bias(stride_nd=(3, 1), dilation_nd=(2, 2)).output_texts
    places.look()
    places.assert_unmoved()


# A slider pushed to its end, and where the ends of others are then.
ENDS: list[tuple[str, dict[str, int]]] = [
    ("", {"dilation_nd height": 2, "kernel_size_nd width": 7, "stride_nd height": 4}),
    (
        "dilation_nd height",
        {"stride_nd height": 2, "kernel_size_nd height": 3, "pre_padding height": 4},
    ),
    (
        "kernel_size_nd width",  # reaches the end, and asks for more weights
        {"stride_nd width": 3, "dilation_nd width": 1, "pre_padding width": 6},
    ),
    ("pre_padding width", {"stride_nd width": 8}),
    ("stride_nd height", {"stride_nd height": 2}),
]


def test_no_slider_goes_where_the_others_leave_no_output(notebook: Lab) -> None:
    stage = explore(notebook)
    places = Places(stage)
    for label, ends in ENDS:
        if label:
            slider(notebook, label).press("End")
        if "kernel" in label:
            fit_weights(notebook, stage, places)
        for name, end in ends.items():
            expect(slider(notebook, name)).to_have_attribute("max", str(end))
        expect(stage.get_by_role("alert")).to_have_count(0)
        places.look()
    said = notebook.run_cell("print(layer.kernel.shape, layer.dilation_nd, layer.bias)")
    assert said == "(1, 1, 3, 7) (2, 1) [1.]\n"

    stage.scroll_into_view_if_needed()
    press(notebook, "Reset")
    expect(stage).to_have_attribute("data-steps", "28")
    assert read(stage)["kernel"] == reference().scene().kernel_texts["kernel"][0]
    expect(stage.get_by_role("alert")).to_have_count(0)
    places.look()
    places.assert_unmoved()


def fit_weights(notebook: Lab, stage: Locator, places: Places) -> None:
    """Seven columns want 21 weights: the 9 that there are, and zeros."""
    expect(stage.get_by_role("alert")).to_contain_text(
        "kernel: got 9 weights; allowed: 21 = 1 × 1 × 3 × 7"
    )
    places.look()
    press(notebook, "Fit weights")
    expect(stage.get_by_role("alert")).to_have_count(0)
    kernel = read(stage)["kernel"]
    assert len(kernel) == 21
    assert len(kernel) - kernel.count("0") == 9


def test_padding_grows_without_moving_what_stands_below(notebook: Lab) -> None:
    stage = explore(notebook)
    places = Places(stage)
    for mode in PaddingMode:
        notebook.page.get_by_label("padding_mode").select_option(index=int(mode))
        formula = reference(padding_mode=mode).scene().formulas[-1]
        expect(stage.get_by_text(formula)).to_be_visible()
        places.look()
    press(notebook, "Reset")
    set_field(notebook, "pre_padding height", "2")
    expect(stage).to_have_attribute("data-steps", "42")
    places.look()
    set_field(notebook, "post_padding width", "2")
    expect(stage).to_have_attribute("data-steps", "54")
    places.look()
    places.assert_unmoved()
