"""A Jupyter kernel that does not answer is said to be silent, whatever the host knows of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import assert_alive, choose, open_explorer, set_field, texts, with_bias

pytestmark = pytest.mark.browser

SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"


def expect_alive(lab: Lab, stage: Locator) -> None:
    expect(stage).to_have_attribute("data-live", "true")
    expect(stage.get_by_text("No answer for 2 seconds")).to_have_count(0)
    expect(field(lab, "stride_nd width")).to_be_enabled()


def expect_silent(lab: Lab, stage: Locator) -> None:
    """Nothing looks alive that is not, and the reader is told what to do."""
    expect(stage).to_have_attribute("data-live", "false")
    expect(stage.get_by_role("status").filter(has_text="run the cell again")).to_be_visible()
    expect(field(lab, "stride_nd width")).to_be_disabled()
    expect(slider(lab, "stride_nd width")).to_be_disabled()
    expect(field(lab, "stride_nd width")).to_have_value("1")
    assert_alive(stage, with_bias())


def expect_not_saved(stage: Locator) -> None:
    """A file that nobody makes is waited for no longer than all else."""
    choose(stage, "Save")
    png = stage.get_by_role("button", name="PNG")
    png.click()
    expect(stage.locator(".cv-files").get_by_role("status")).to_contain_text("run the cell again")
    expect(png).to_be_enabled()
    expect(png).to_have_text("PNG")


@contextmanager
def stopped(lab: Lab) -> Iterator[None]:
    """The Jupyter kernel stands still."""
    process = int(lab.run_cell("import os; print(os.getpid())"))
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


def test_a_kernel_that_stands_still_is_told_of_and_comes_back_by_itself(lab: Lab) -> None:
    stage = open_explorer(lab)
    expect_alive(lab, stage)
    with stopped(lab):
        set_field(lab, "stride_nd width", "2")
        expect_silent(lab, stage)
        expect_not_saved(stage)
    with lab.page.expect_download():  # of what was asked for meanwhile
        pass
    expect_alive(lab, stage)
    expect(stage).to_have_attribute("data-steps", "16")
    assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    set_field(lab, "stride_nd width", "3")
    expect(stage).to_have_attribute("data-steps", "12")


def test_a_kernel_that_somebody_else_restarts_is_told_of(lab: Lab) -> None:
    stage = open_explorer(lab)
    expect_alive(lab, stage)
    [session] = lab.server.api("api/sessions")
    lab.server.api(f"api/kernels/{session['kernel']['id']}/restart", method="POST")
    set_field(lab, "stride_nd width", "3")
    expect_silent(lab, stage)
    expect_not_saved(stage)
    # JupyterLab 4.6 goes on talking to a subshell of the old one, until the page is loaded anew.
    lab.open("test.ipynb", app="doc")
    lab.run_all()
    expect(stage).to_have_attribute("data-steps", "28")
    expect_alive(lab, stage)
    set_field(lab, "stride_nd width", "2")
    expect(stage).to_have_attribute("data-steps", "16")


def test_a_notebook_opened_again_without_its_kernel_s_models_is_told_of(lab: Lab) -> None:
    stage = open_explorer(lab)
    lab.page.evaluate("(command) => jupyterapp.commands.execute(command)", SAVE_STATE)
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.open("test.ipynb", app="doc")
    expect(stage).to_have_attribute("data-steps", "28")
    expect_silent(lab, stage)


def test_an_exercise_does_not_look_alive_when_nobody_answers(lab: Lab) -> None:
    cells = [
        "import convviz as cv",
        "cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))",
    ]
    lab.new(cells, app="doc")
    lab.run_all()
    exercise = lab.page.locator(".convviz-exercise")
    check = exercise.get_by_role("button", name="Check")
    told = exercise.get_by_role("status").filter(has_text="No answer for 2 seconds")
    with stopped(lab):
        check.click()
        expect(told).to_be_visible()
        for part in (check, exercise.get_by_role("textbox")):
            expect(part).to_be_disabled()
    expect(told).to_have_count(0)
    expect(check).to_be_enabled()
    check.click()
    expect(exercise.get_by_role("status").filter(has_text="Type 4 numbers")).to_be_visible()


def test_what_plays_in_an_exercise_goes_on_and_nothing_else_looks_alive(lab: Lab) -> None:
    cells = [
        "import convviz as cv",
        "data, kernel = cv.examples.counting(), cv.examples.blur()",
        "cv.exercises.practice('padding')",
        "cv.exercises.reach((1, 1, 2, 3), data, kernel)",
    ]
    lab.new(cells, app="doc")
    lab.run_all()
    practice = lab.page.locator(".convviz-practice")
    asked_next = practice.get_by_role("button", name="Next")
    reach = lab.page.locator(".convviz-exercise").last
    play = reach.get_by_role("button", name="Play", exact=True)
    with stopped(lab):
        asked_next.click()
        reach.get_by_role("button", name="Check").click()
        expect(asked_next).to_be_disabled()
        expect(practice.get_by_role("status").filter(has_text="No answer")).to_be_visible()
        expect(reach.get_by_role("button", name="Check")).to_be_disabled()
        play.click()
        expect(reach.locator(".convviz-stage")).to_have_attribute("data-playing", "true")
    expect(asked_next).to_be_enabled()
    expect(practice.get_by_text("Level 1, 0 of 1 solved")).to_be_visible()


def test_files_that_wait_are_settled_when_the_kernel_dies(lab: Lab) -> None:
    stage = open_explorer(lab)
    expect_alive(lab, stage)
    process = int(lab.run_cell("import os; print(os.getpid())"))
    os.kill(process, signal.SIGSTOP)
    choose(stage, "Save")
    gif = stage.get_by_role("button", name="GIF")
    gif.click()
    expect(gif).to_be_disabled()
    os.kill(process, signal.SIGKILL)
    expect(gif).to_be_enabled()
    expect(stage.locator(".cv-files").get_by_role("status")).to_contain_text("run the cell again")
    lab.page.get_by_role("dialog").get_by_role("button", name="Ok").click()
    lab.console_errors.clear()  # JupyterLab complains of a Jupyter kernel that dies
