"""Notebook 7 leaves the keys to the stage and the sliders, and lends its theme."""

from __future__ import annotations

import pytest
from lab import Lab, slider
from playwright.sync_api import Locator, expect
from reading import expected_taps, focus_cells, open_explorer, press, read, set_field, with_bias

pytestmark = pytest.mark.browser


def test_no_key_of_the_stage_or_of_a_slider_is_a_shortcut_of_notebook_7(lab: Lab) -> None:
    stage = open_explorer(lab, "1 + 1", app="notebook")
    stage.focus()
    active = lab.page.evaluate("lab.panel.content.activeCellIndex")
    step_by_keys(lab, stage)
    point_and_edit_by_keys(lab, stage)
    stage.get_by_role("slider", name="Step", exact=True).press("ArrowRight")
    expect(stage).to_have_attribute("data-step", "1")
    for label, steps in (("stride_nd width", "16"), ("pre_padding height", "20")):
        handle = slider(lab, label)
        handle.press("ArrowRight")
        expect(handle).to_be_focused()
        expect(stage).to_have_attribute("data-steps", steps)
    set_field(lab, "stride_nd height", "0")
    expect(stage.get_by_role("alert")).to_contain_text("stride_nd: got 0")
    press(lab, "Reset")
    expect(stage.get_by_role("alert")).to_have_count(0)
    expect(stage).to_have_attribute("data-steps", "28")
    assert lab.page.evaluate("lab.panel.content.activeCellIndex") == active
    assert lab.page.evaluate("lab.cells.length") == 2, "no key was a shortcut"
    ground = "(node) => getComputedStyle(node).backgroundColor"
    light = stage.evaluate(ground)
    lab.theme("JupyterLab Dark")
    assert stage.evaluate(ground) != light


def step_by_keys(lab: Lab, stage: Locator) -> None:
    scene, keyboard = with_bias(), lab.page.keyboard
    for key, index in (
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("ArrowLeft", 7),
        ("ArrowUp", 0),
        ("End", 27),
    ):
        keyboard.press(key)
        expect(stage).to_have_attribute("data-step", str(index))
        assert read(stage)["taps"] == expected_taps(scene, index)
    keyboard.press("Space")
    expect(stage).to_have_attribute("data-playing", "true")
    keyboard.press("Space")


def point_and_edit_by_keys(lab: Lab, stage: Locator) -> None:
    keyboard = lab.page.keyboard
    keyboard.press("Home")
    focus_cells(stage, "input")
    for key in ("ArrowRight", "ArrowDown"):
        keyboard.press(key)
    expect(stage.locator(".cv-words")).to_contain_text("Input [1, 0] feeds")
    keyboard.press("Tab")
    for key in ("ArrowRight", "e"):
        keyboard.press(key)
    keyboard.type("7")
    keyboard.press("Enter")
    expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("7")
