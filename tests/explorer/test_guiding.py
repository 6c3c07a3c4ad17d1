"""A guide by keyboard: sentences that do what they say in the stage above, one after the other."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator

import pytest
from lab import Lab, field
from playwright.sync_api import Locator, expect
from reading import explore, press, set_field, texts, with_bias

pytestmark = pytest.mark.browser

GUIDE = """cv.guide(
    explorer,
    ("Set the stride to 3 along the width.", dict(stride_nd=(2, 3)), "They stand side by side."),
    ("Look at output row 1, with two products.", dict(step=3, tap=2), "The sum has begun."),
    ("Make the kernel 4 wide.", dict(kernel_size_nd=(3, 4))),
    ("Go back.", dict(reset=True), "As it was."),
)"""


@pytest.fixture
def tall(notebook: Lab) -> Iterator[Lab]:
    """A screen on which a guide and its picture are seen together."""
    notebook.page.set_viewport_size({"width": 1280, "height": 1600})
    yield notebook
    notebook.page.set_viewport_size({"width": 1280, "height": 720})


def show_guide(notebook: Lab) -> tuple[Locator, Locator]:
    stage = explore(notebook, GUIDE)
    guide = notebook.page.locator("section.cv-guide")
    expect(guide.get_by_role("button")).to_have_count(1)
    return stage, guide


def test_a_keyboard_goes_through_the_phases_and_back_to_the_first(tall: Lab) -> None:
    stage, guide = show_guide(tall)
    keyboard, buttons = tall.page.keyboard, guide.get_by_role("button")
    then = guide.locator(".cv-then:visible")
    expect(guide).to_contain_text("3 more follow")
    expect(then).to_have_count(0)
    buttons.first.focus()
    keyboard.press("Enter")
    expect(stage).to_have_attribute("data-steps", "6")
    expect(then).to_have_text("They stand side by side.")
    expect(buttons.first).to_be_focused()
    expect(buttons.first).to_have_attribute("aria-current", "step")
    keyboard.press("Tab")
    keyboard.press("Space")
    expect(stage).to_have_attribute("data-step", "3")
    expect(stage).to_have_attribute("data-tap", "2")
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(field(tall, "kernel_size_nd width")).to_have_value("4")
    expect(stage.get_by_role("alert")).to_have_count(0)
    keyboard.press("Tab")
    keyboard.press("Enter")
    expect(stage).to_have_attribute("data-steps", "28")
    expect(stage).to_have_attribute("data-step", "0")
    assert texts(stage, "output") == with_bias().output_texts
    expect(buttons).to_have_count(4)
    expect(guide.locator(".cv-guide-more")).to_have_text("")
    for _ in range(3):
        keyboard.press("Shift+Tab")
    expect(buttons.first).to_be_focused()
    keyboard.press("Enter")
    expect(stage).to_have_attribute("data-steps", "6")
    expect(buttons).to_have_count(4)
    for button in buttons.all():
        box = button.bounding_box()
        assert box is not None
        assert box["height"] >= 44


def test_what_was_said_of_a_phase_goes_when_something_else_is_set(tall: Lab) -> None:
    stage, guide = show_guide(tall)
    first = guide.get_by_role("button").first
    first.click()
    expect(first).to_have_attribute("aria-current", "step")
    set_field(tall, "stride_nd width", "1")
    expect(stage).to_have_attribute("data-steps", "14")
    expect(guide.locator("[aria-current]")).to_have_count(0)


def test_a_phase_says_that_it_was_refused_and_can_be_pressed_again(tall: Lab) -> None:
    notebook = tall
    stage, guide = show_guide(notebook)
    set_field(notebook, "kernel_size_nd width", "9")
    set_field(notebook, "padding_nd width", "0")
    notebook.run_cell("layer.dilation_nd = (9, 9)")
    expect(stage.get_by_role("alert")).to_be_visible()
    guide.get_by_role("button").click()
    expect(guide.get_by_role("status").filter(has_text="could not do that")).to_be_visible()
    expect(guide.locator(".cv-then:visible")).to_have_count(0)
    press(notebook, "Reset")
    expect(stage.get_by_role("alert")).to_have_count(0)
    guide.get_by_role("button").click()
    expect(stage).to_have_attribute("data-steps", "6")
    expect(guide.get_by_text("could not do that")).to_have_count(0)


def test_reset_gives_the_first_step_and_speed_back(notebook: Lab) -> None:
    stage = explore(notebook)
    speed = stage.get_by_role("slider", name="Speed")
    first = speed.input_value()
    speed.press("End")
    stage.get_by_role("button", name="Last step").click()
    expect(stage).to_have_attribute("data-step", "27")
    assert speed.input_value() != first
    press(notebook, "Reset")
    expect(stage).to_have_attribute("data-step", "0")
    expect(speed).to_have_value(first)


SHOW = """import convviz as cv
explorer = cv.explore(cv.examples.counting(), cv.examples.powers_of_ten(), controls=["stride_nd"])
explorer"""
FAR = "from IPython.display import HTML\nHTML('<div style=\"height: 480px\">prose</div>')"


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found is not None
    return found


def test_where_guide_and_picture_fill_more_than_a_screen_a_line_in_the_picture_goes_on(
    lab: Lab,
) -> None:
    lab.new([SHOW, FAR, GUIDE], app="lab")  # 1280×720, the sidebar open
    lab.run_all()
    page, stage = lab.page, lab.stage()
    guide, line = page.locator("section.cv-guide"), stage.locator(".cv-guide-line")
    button = guide.get_by_role("button").first
    button.scroll_into_view_if_needed()
    assert line.count() == 0
    button.click()
    expect(stage).to_have_attribute("data-steps", "6")
    expect(line.locator(".cv-then")).to_have_text("They stand side by side.")
    sentence = line.locator(".cv-do")
    expect(sentence).to_have_text("Look at output row 1, with two products.")
    expect(sentence).to_be_focused()
    place = box(sentence)
    for text in ("Make the kernel 4 wide.", "Go back."):
        page.keyboard.press("Enter")
        expect(sentence).to_have_text(text)
        expect(sentence).to_be_focused()
        assert box(sentence) == place, "the next sentence stands where the last one stood"
        for part in (sentence, stage.locator(".cv-board"), stage.locator(".cv-player")):
            assert box(part)["y"] >= 0
            assert box(part)["y"] + box(part)["height"] <= 720
    page.keyboard.press("Enter")
    expect(stage).to_have_attribute("data-steps", "28")
    back = line.get_by_role("button", name="Back to the text")
    expect(back).to_be_focused()
    numbers = line.locator(".cv-number-of")
    numbers.first.click()
    expect(stage).to_have_attribute("data-steps", "6")
    expect(numbers.first).to_have_attribute("aria-current", "step")
    back.click()
    expect(guide.get_by_role("button").first).to_be_focused()
    expect(guide.get_by_role("button").first).to_be_in_viewport()


def test_a_guide_beside_its_picture_needs_no_line(lab: Lab) -> None:
    lab.page.set_viewport_size({"width": 1280, "height": 1000})
    lab.new([SHOW, GUIDE], app="lab")
    lab.run_all()
    stage = lab.stage()
    button = lab.page.locator("section.cv-guide").get_by_role("button").first
    button.click()
    expect(stage).to_have_attribute("data-steps", "6")
    expect(button).to_be_focused()
    expect(button).to_be_in_viewport()
    expect(stage.locator(".cv-bar")).to_be_in_viewport()
    assert stage.locator(".cv-guide-line").count() == 0


def test_a_guide_does_not_look_alive_when_nobody_answers(lab: Lab) -> None:
    lab.new(["import convviz as cv\nexplorer = cv.explore(*[cv.examples.counting(), "
             "cv.examples.powers_of_ten()]); explorer", GUIDE], app="doc")  # fmt: skip
    lab.run_all()
    button = lab.page.locator("section.cv-guide").get_by_role("button").first
    expect(button).to_be_enabled()
    process = int(lab.run_cell("import os; print(os.getpid())"))
    os.kill(process, signal.SIGSTOP)
    try:
        button.click()
        told = lab.page.locator("section.cv-guide").get_by_role("status")
        expect(told.filter(has_text="No answer for 2 seconds")).to_be_visible()
        expect(button).to_be_disabled()
    finally:
        os.kill(process, signal.SIGCONT)
    expect(button).to_be_enabled()
    expect(lab.stage()).to_have_attribute("data-steps", "6")
