"""Sliders: each axis on its own or all together, and no further than the layer can go."""

from __future__ import annotations

import pytest
from lab import Lab, field, slider
from playwright.sync_api import expect
from reading import Places, explore, press, read, set_field, show, texts, with_bias
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
        "kernel_size_nd width",  # reaches the end, and the weights follow
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


def test_the_first_touch_of_the_kernel_s_size_is_no_mistake(notebook: Lab) -> None:
    """A kernel with a name goes on under it; of any other what fits is kept, and words say so."""
    stage = explore(notebook)
    alert, choice = (
        stage.get_by_role("alert"),
        notebook.page.get_by_role("combobox", name="kernel", exact=True),
    )
    fitted = stage.locator(".cv-fitted")
    expect(choice).to_have_value("powers_of_ten")
    slider(notebook, "kernel_size_nd width").press("ArrowRight")
    expect(fitted).to_have_text("The 12 new weights are as in powers of ten.")
    expect(alert).to_have_count(0)
    expect(choice).to_have_value("powers_of_ten")
    kernel = read(stage)["kernel"]
    assert (len(kernel), kernel[0], kernel[-1]) == (12, "10⁶", "10⁻⁵")

    press(notebook, "Reset")
    expect(fitted).to_have_text("")
    notebook.run_cell("layer.kernel = np.arange(2, 11)")
    expect(choice).to_have_value("own")
    for key, words in (
        ("ArrowRight", "9 of 12 weights kept; 3 are zeros."),
        ("Home", "3 of 9 weights kept; the other 6 come back when there is room."),
    ):
        slider(notebook, "kernel_size_nd width").press(key)
        expect(fitted).to_have_text(words)
        expect(alert).to_have_count(0)
    assert read(stage)["kernel"] == ["2", "5", "8"]
    set_field(notebook, "kernel_size_nd width", "3")
    expect(fitted).to_have_text("")
    assert read(stage)["kernel"] == [str(n) for n in range(2, 11)]


def test_a_kernel_is_chosen_and_the_own_one_comes_back(notebook: Lab) -> None:
    stage = explore(notebook)
    choice = notebook.page.get_by_role("combobox", name="kernel", exact=True)
    expect(choice.get_by_role("option", name="own")).to_be_disabled()
    choice.select_option("edges")
    expect(stage.locator(".cv-cell[data-panel=kernel]").nth(4)).to_have_text("8")
    notebook.run_cell("layer.kernel = np.arange(2, 11)")
    expect(choice).to_have_value("own")
    choice.select_option("identity")
    expect(stage.locator(".cv-cell[data-panel=kernel]").nth(4)).to_have_text("1")
    expect(choice.get_by_role("option", name="own")).to_be_enabled()
    choice.select_option("own")
    expect(stage.locator(".cv-cell[data-panel=kernel]").nth(4)).to_have_text("6")
    expect(stage.get_by_role("alert")).to_have_count(0)


def test_padding_nd_moves_both_sides_and_shows_both_where_they_differ(notebook: Lab) -> None:
    stage = explore(notebook)
    slider(notebook, "padding_nd height").press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "42")
    for side in ("pre_padding", "post_padding"):
        expect(field(notebook, f"{side} height")).to_have_value("1")
    set_field(notebook, "post_padding height", "2")
    both = field(notebook, "padding_nd height")
    expect(both).to_have_value("1 | 2")
    expect(both).to_have_attribute("aria-valuetext", "1 | 2")
    set_field(notebook, "padding_nd height", "0")
    expect(stage).to_have_attribute("data-steps", "28")


def test_groups_that_cannot_be_are_stepped_over(notebook: Lab) -> None:
    arrays = "np.ones((6, 4, 4)), np.ones((6, 6, 2, 2))"
    [stage, lesson] = show(
        notebook,
        f"cv.explore({arrays}, controls='all')",
        f"cv.explore({arrays}, controls=['num_groups'])",
    )
    box = stage.get_by_role("spinbutton", name="num_groups")
    for key, groups in (("Up", 2), ("Up", 3), ("Up", 6), ("Up", 6), ("Down", 3), ("Down", 2)):
        box.press(f"Arrow{key}")
        expect(box).to_have_value(str(groups))
        expect(stage.locator(".cv-cell[data-panel=kernel]")).to_have_count(24 // groups)
    more = lesson.get_by_role("button", name="num_groups: one more")
    for groups in (2, 3, 6):
        more.click()
        expect(lesson.locator(".cv-cell[data-panel=kernel]")).to_have_count(24 // groups)
        expect(lesson.get_by_text("new weights are as in ones")).to_be_visible()
    expect(more).to_have_attribute("aria-disabled", "true")
    expect(notebook.page.get_by_role("alert")).to_have_count(0)


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
