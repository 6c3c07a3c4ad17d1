"""Pictures too large to be saved with a notebook: each view fetches their values."""

from __future__ import annotations

import json

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import set_field

from convviz.browser import bundle

pytestmark = pytest.mark.browser

SIDE = 700  # pixels: 3.9 MB of values, in and out
MAKE = f"""
import numpy as np
import convviz as cv
picture = np.add.outer(np.arange({SIDE}), np.arange({SIDE})) % 256
explorer = cv.explore(picture, [[0, 1]], stride_nd=(2, 1), controls="all")
explorer
"""
SAVE_STATE = "@jupyter-widgets/jupyterlab-manager:saveWidgetState"
WORDS = "too large to be saved with the notebook"
PAINTED = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, 100, 1);
  return data.filter((_, i) => i % 4 === 0).join();
}"""


def expect_picture(stage: Locator) -> None:
    expect(stage.locator(".cv-canvas canvas")).to_have_count(2)
    painted = stage.locator("canvas[data-panel=input]").evaluate(PAINTED)
    assert painted == ",".join(str(level) for level in range(100))


def test_a_large_picture_is_fetched_and_not_saved(lab: Lab) -> None:
    lab.new([MAKE], app="doc")
    lab.run_all()
    stage = lab.stage()
    words = lab.page.get_by_text(WORDS)
    expect(stage).to_have_attribute("data-steps", str(SIDE // 2 * (SIDE - 1)))
    expect_picture(stage)
    expect(words).to_have_count(0)
    set_field(lab, "stride_nd width", "3")
    expect(stage).to_have_attribute("data-steps", str(SIDE // 2 * (SIDE // 3)))
    expect_picture(stage)
    cell = stage.locator('.cv-cell[data-panel="input"].is-tap').last
    expect(cell).to_have_text("1")

    lab.page.evaluate("(command) => jupyterapp.commands.execute(command)", SAVE_STATE)
    lab.page.evaluate("jupyterapp.commands.execute('docmanager:save')")
    lab.open("test.ipynb", app="doc")  # the Jupyter kernel goes on
    expect(stage).to_have_attribute("data-steps", str(SIDE // 2 * (SIDE // 3)))
    expect_picture(stage)

    for session in lab.server.api("api/sessions"):
        lab.server.api(f"api/sessions/{session['id']}", method="DELETE")
    lab.open("test.ipynb", app="doc")
    notebook = lab.server.api("api/contents/test.ipynb")["content"]
    assert "large_values" in json.dumps(notebook["metadata"]["widgets"])
    program = json.dumps([bundle.script("notebook"), bundle.style_sheet()])  # of all stages
    assert len(json.dumps(notebook)) < len(program) + 200_000
    expect(words).to_be_visible()
    expect(words).to_contain_text("run the cell again")
    expect(stage).to_be_hidden()  # there is nothing to play
    expect(stage).to_have_attribute("data-live", "false")

    lab.run_all()
    expect(stage).to_have_attribute("data-steps", str(SIDE // 2 * (SIDE - 1)))
    expect_picture(stage)
    expect(words).to_have_count(0)
