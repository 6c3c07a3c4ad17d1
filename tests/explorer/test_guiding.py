"""A guide by keyboard: sentences that do what they say in the stage above, one after the other."""

from __future__ import annotations

import os
import signal

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


def show_guide(notebook: Lab) -> tuple[Locator, Locator]:
    stage = explore(notebook, GUIDE)
    guide = notebook.page.locator(".cv-guide")
    expect(guide.get_by_role("button")).to_have_count(1)
    return stage, guide


def test_a_keyboard_goes_through_the_phases_and_back_to_the_first(notebook: Lab) -> None:
    stage, guide = show_guide(notebook)
    keyboard, buttons = notebook.page.keyboard, guide.get_by_role("button")
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
    expect(field(notebook, "kernel_size_nd width")).to_have_value("4")
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


def test_a_phase_says_that_it_was_refused_and_can_be_pressed_again(notebook: Lab) -> None:
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


def test_a_guide_does_not_look_alive_when_nobody_answers(lab: Lab) -> None:
    lab.new(["import convviz as cv\nexplorer = cv.explore(*[cv.examples.counting(), "
             "cv.examples.powers_of_ten()]); explorer", GUIDE], app="doc")  # fmt: skip
    lab.run_all()
    button = lab.page.locator(".cv-guide").get_by_role("button").first
    expect(button).to_be_enabled()
    process = int(lab.run_cell("import os; print(os.getpid())"))
    os.kill(process, signal.SIGSTOP)
    try:
        button.click()
        told = lab.page.locator(".cv-guide").get_by_role("status")
        expect(told.filter(has_text="No answer for 2 seconds")).to_be_visible()
        expect(button).to_be_disabled()
    finally:
        os.kill(process, signal.SIGCONT)
    expect(button).to_be_enabled()
    expect(lab.stage()).to_have_attribute("data-steps", "6")
