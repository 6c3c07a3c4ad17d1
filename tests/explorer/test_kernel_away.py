"""The Jupyter kernel goes, or the page does: the picture plays on and finds its layer again."""

from __future__ import annotations

import re

import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import (
    assert_alive,
    expect_window,
    expected_taps,
    open_explorer,
    read,
    set_field,
    texts,
    with_bias,
)

pytestmark = pytest.mark.browser


def away(stage: Locator) -> Locator:
    return stage.get_by_text("Jupyter kernel is away")


def open_at_stride_2(lab: Lab) -> Locator:
    stage = open_explorer(lab)
    set_field(lab, "stride_nd width", "2")
    expect(stage).to_have_attribute("data-steps", "16")
    return stage


def open_again(lab: Lab) -> None:
    """Save the notebook, leave the page and come back to the Jupyter kernel that goes on."""
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    lab.open("test.ipynb", app="doc")
    lab.wait_until_restored(1)


def test_a_notebook_opened_again_shows_the_same_picture_bound_to_the_layer(lab: Lab) -> None:
    stage = open_at_stride_2(lab)
    open_again(lab)
    expect(stage).to_have_attribute("data-steps", "16")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    set_field(lab, "stride_nd width", "3")
    expect(stage).to_have_attribute("data-steps", "12")
    assert lab.run_cell("print(layer.stride_nd)") == "(1, 3)\n"
    expect(away(stage)).to_be_hidden()


def test_a_restarted_kernel_leaves_the_old_picture_alive_until_a_new_one_comes(lab: Lab) -> None:
    stage = open_at_stride_2(lab)
    lab.page.evaluate("() => { lab.panel.context.sessionContext.restartKernel(); }")
    expect(away(stage)).to_be_visible()
    assert_alive(stage, with_bias(stride_nd=(1, 2)))
    lab.wait_until("lab.ready()")
    lab.run_all()
    expect(stage).to_have_attribute("data-steps", "28")
    expect(away(stage)).to_be_hidden()
    set_field(lab, "stride_nd width", "2")
    expect(stage).to_have_attribute("data-steps", "16")


def test_a_kernel_that_is_shut_down_leaves_the_picture_playing(lab: Lab) -> None:
    stage = open_at_stride_2(lab)
    open_again(lab)
    expect(stage).to_have_attribute("data-steps", "16")
    stage.scroll_into_view_if_needed()
    lab.page.evaluate("() => { lab.panel.context.sessionContext.shutdown(); }")
    expect(away(stage)).to_be_visible()
    assert_alive(stage, with_bias(stride_nd=(1, 2)))
    stage.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-step", re.compile(r"^[1-9]"))
    stage.get_by_role("button", name="Pause", exact=True).click()


def test_a_kernel_that_the_server_stops_leaves_keys_pointer_and_playing(lab: Lab) -> None:
    stage, keyboard, scene = open_explorer(lab), lab.page.keyboard, with_bias()
    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.wait_until("!lab.panel.context.sessionContext.session?.kernel")
    stage.focus()
    keyboard.press("End")
    expect(stage).to_have_attribute("data-step", "27")
    keyboard.press("Home")
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-step", re.compile(r"^([1-9]|1\d|2[0-6])$"))
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    keyboard.press("End")
    assert read(stage)["taps"] == expected_taps(scene, 27)
    stage.locator('.cv-cell[data-panel="output"][data-row="1"][data-col="2"]').hover()
    expect_window(stage, scene, 9)


def test_a_killed_kernel_is_told_of_and_the_picture_plays_on(lab: Lab) -> None:
    stage = open_explorer(lab)
    controls = [field(lab, "stride_nd width"), slider(lab, "stride_nd width")]
    expect(controls[0]).to_be_enabled()
    lab.page.evaluate("(source) => lab.append(source)", "import os; os.kill(os.getpid(), 9)")
    lab.page.evaluate("lab.run('notebook:run-cell')")
    expect(away(stage)).to_be_visible()
    lab.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    for control in controls:
        expect(control).to_be_disabled()
        control.hover(force=True)
    stage.scroll_into_view_if_needed()
    assert_alive(stage, with_bias())
    lab.console_errors.clear()  # JupyterLab complains of a Jupyter kernel that dies


def test_pictures_that_are_compared_keep_their_places(lab: Lab) -> None:
    lab.new(
        [
            "import convviz as cv",
            "cv.compare(cv.examples.counting(), cv.examples.blur(), stride_nd=[(1, 1), (2, 2)])",
        ],
        app="doc",
    )
    lab.run_all()
    places = [lab.stage(n).bounding_box() for n in (0, 1)]
    assert places[0]["y"] == places[1]["y"]
    lab.page.evaluate("() => { lab.panel.context.sessionContext.shutdown(); }")
    for n in (0, 1):
        expect(away(lab.stage(n))).to_be_visible()
    later = [lab.stage(n).bounding_box() for n in (0, 1)]
    assert [(box["x"], box["y"]) for box in later] == [(box["x"], box["y"]) for box in places]
