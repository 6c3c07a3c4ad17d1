"""A model's table by keyboard: a name opens the layer under it, another takes its place."""

from __future__ import annotations

import os
import signal

import pytest
from lab import Lab
from playwright.sync_api import expect

pytestmark = pytest.mark.browser

MODEL = """
import os
import numpy as np
import convviz as cv
from convviz.models.convolution import Convolution, NotShown
from convviz.models.model import Model
kernel, data = np.ones((2, 1, 3, 3), np.float32), np.ones((1, 1, 6, 9), np.float32)
def layer(name, **settings):
    return Convolution(name, "Conv", "x", data.shape, kernel.shape, settings, kernel, data=data)
Model.of("net", [layer("first"), layer("second", stride_nd=(2, 2)), NotShown("up", "Up", "why")])
"""


def test_a_keyboard_opens_one_layer_after_the_other(lab: Lab) -> None:
    lab.new([MODEL])
    lab.run_all()
    process = int(lab.run_cell("print(os.getpid())"))
    page = lab.page
    table, stages = page.locator(".cv-model"), page.locator(".convviz-stage[data-steps]")
    status = table.locator(".cv-model-status")
    expect(status).to_have_text("Press a name to see the layer at work.")
    expect(stages).to_have_count(0)
    names = table.get_by_role("button")
    expect(names).to_have_text(["first", "second"])
    names.first.focus()
    page.keyboard.press("Enter")
    expect(stages).to_have_attribute("data-steps", "56")
    expect(status).to_have_text("first is shown below.")
    expect(names.first).to_be_focused()
    expect(names.first).to_have_attribute("aria-current", "true")
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(stages).to_have_attribute("data-steps", "16")
    expect(stages).to_have_count(1)
    expect(names.first).not_to_have_attribute("aria-current", "true")
    os.kill(process, signal.SIGSTOP)
    try:
        names.first.click()
        expect(table.locator(".cv-away")).not_to_have_text("")
        expect(names.first).to_be_disabled()
    finally:
        os.kill(process, signal.SIGCONT)
    expect(names.first).to_be_enabled()
    expect(stages).to_have_attribute("data-steps", "56")
    expect(table.locator(".cv-away")).to_have_text("")
