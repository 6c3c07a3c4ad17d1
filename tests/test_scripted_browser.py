"""Programs that widgets share: sent once, compiled once, and found where no model has them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import expect

if TYPE_CHECKING:
    from lab import Lab

EXPLORERS = """
import convviz as cv
from convviz.widget import scripted
arrays = cv.examples.counting(), cv.examples.powers_of_ten()
first, second = cv.explore(*arrays), cv.explore(*arrays, stride_nd=(2, 2))
"""
PROGRAMS = "convvizPrograms.size"
SHEETS = """
[...document.querySelectorAll('style')]
  .filter(({ textContent }) => textContent.includes('.cv-cell')).length
"""


def test_what_a_widget_brings_itself_is_small() -> None:
    from convviz.browser import bundle
    from convviz.course import examples
    from convviz.widget.explore import explore

    arrays = examples.counting(), examples.powers_of_ten()
    first, second = (explore(*arrays).stage.get_state() for _ in range(2))
    assert len(first["_esm"]) < 4_000
    assert not first.get("_css")
    assert first["program"] == second["program"] != first["sheet"] == second["sheet"]
    assert len(bundle.script("notebook")) > 100_000  # which is what they share


@pytest.mark.browser
def test_two_explorers_have_one_program_and_one_style_sheet(notebook: Lab) -> None:
    before = notebook.page.evaluate("globalThis.convvizPrograms?.size ?? 0")
    notebook.run_cell(f"{EXPLORERS}\nfirst")
    notebook.run_cell("second")
    for n, steps in enumerate(("28", "8")):
        expect(notebook.stage(n)).to_have_attribute("data-steps", steps)
    assert notebook.page.evaluate(PROGRAMS) == before + 1
    assert notebook.page.evaluate(SHEETS) == 1
    assert notebook.console_errors == []


@pytest.mark.browser
def test_a_program_that_no_model_has_is_asked_for(notebook: Lab) -> None:
    close = "for each in scripted._shared.values(): each.close()"
    notebook.run_cell(f"{EXPLORERS}\n{close}")
    notebook.run_cell("first")
    expect(notebook.stage()).to_have_attribute("data-steps", "28")
    expect(notebook.stage()).to_have_attribute("data-live", "true")


@pytest.mark.browser
def test_after_all_widgets_were_closed_the_next_ones_are_drawn(notebook: Lab) -> None:
    notebook.run_cell(f"{EXPLORERS}\nimport ipywidgets\nipywidgets.Widget.close_all()")
    notebook.run_cell("cv.explore(*arrays, stride_nd=(3, 3))")
    expect(notebook.stage()).to_have_attribute("data-steps", "6")
