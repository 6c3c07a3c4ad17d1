"""The axis view in JupyterLab: dragging reaches the layer, cells reach the view."""

from __future__ import annotations

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect

pytestmark = pytest.mark.browser

SETUP = """\
import numpy as np, convviz as cv
network = cv.Network()
tensor = network.add_input("x", cv.DataType.FLOAT, (1, 1, 1, 12))
layer = network.add_convolution_nd(tensor, 1, (1, 3), np.ones((1, 1, 1, 3), np.float32))
data = {"x": np.arange(12, dtype=np.float32).reshape(1, 1, 1, 12)}"""


def dot(view: Locator, output: int, tap: int) -> Locator:
    return view.locator(f".cv-window[data-output='{output}'] .cv-dot[data-tap='{tap}']")


def test_a_drag_reaches_the_layer_and_an_explorer_and_a_cell_the_view(lab: Lab) -> None:
    lab.new(
        [
            SETUP,
            "explorer = cv.explore(layer, data); explorer",
            "cv.axes(explorer, controls=['stride_nd'])",
        ],
        app="doc",
    )
    lab.run_all()
    view, stage = lab.page.locator(".convviz-axes"), lab.stage()
    expect(stage).to_have_attribute("data-steps", "10")
    second = dot(view, 1, 0)
    second.scroll_into_view_if_needed()
    box, pitch = second.bounding_box(), dot(view, 1, 1).bounding_box()["x"]
    pitch -= box["x"]
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    lab.page.mouse.move(x, y)
    lab.page.mouse.down()
    lab.page.mouse.move(x + 2 * pitch, y, steps=5)
    lab.page.mouse.up()
    expect(second).to_have_attribute("data-index", "3")
    expect(stage).to_have_attribute("data-steps", "4")
    assert lab.run_cell("layer.dilation_nd = (1, 2); print(layer.stride_nd)") == "(1, 3)\n"
    expect(dot(view, 0, 2)).to_have_attribute("data-index", "4")
    view.get_by_role("button", name="stride_nd width: one less").focus()
    lab.page.keyboard.press("Enter")
    expect(second).to_have_attribute("data-index", "2")
    view.locator(".cv-matrix").focus()
    lab.page.keyboard.press("End")  # JupyterLab's own, elsewhere
    lab.page.keyboard.press("ArrowUp")
    expect(view.locator(".cv-live")).to_contain_text("output 2 reads cells 4, 6, 8")
    lab.page.evaluate("() => { lab.panel.context.sessionContext.restartKernel(); }")
    expect(view.get_by_role("status").filter(has_text="run the cell again")).to_be_visible()
    expect(view.get_by_role("button", name="stride_nd width: one more")).to_be_disabled()
    lab.wait_until("lab.ready()")
