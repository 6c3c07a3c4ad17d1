"""A slider's adjacent places are prefetched: shown at once, and never for another layer."""

from __future__ import annotations

import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import explore, press

pytestmark = pytest.mark.browser


def watch_steps(stage: Locator) -> None:
    """Write down each picture that the stage goes through, by its number of steps."""
    stage.evaluate("""(stage) => {
        window.passed = [];
        new MutationObserver(() => passed.push(stage.dataset.steps))
          .observe(stage, { attributeFilter: ['data-steps'] });
    }""")


def test_what_was_prefetched_is_not_shown_once_the_axes_move_together(notebook: Lab) -> None:
    stage, handle = explore(notebook), slider(notebook, "stride_nd height")
    watch_steps(stage)
    handle.hover()
    handle.focus()
    notebook.run_cell("pass")  # all that was asked before is answered
    notebook.page.get_by_label("same on every axis").check()
    handle.press("ArrowRight")
    expect(field(notebook, "stride_nd width")).to_have_value("2")
    expect(stage).to_have_attribute("data-steps", "8")
    assert {*notebook.page.evaluate("passed")} == {"8"}
    press(notebook, "Reset")
    expect(stage).to_have_attribute("data-steps", "28")
    expect(notebook.page.get_by_label("same on every axis")).not_to_be_checked()


def test_while_the_layer_is_refused_nothing_is_prefetched(notebook: Lab) -> None:
    stage, handle = explore(notebook), slider(notebook, "stride_nd height")
    watch_steps(stage)
    handle.focus()
    notebook.run_cell("pass")  # what the focus asked for is answered
    notebook.run_cell("layer.dilation_nd = (9, 1)")
    expect(stage.get_by_role("alert")).to_contain_text("kernel_size_nd: got 3 along the height")
    notebook.page.evaluate("() => { passed.length = 0; }")
    handle.press("ArrowRight")
    expect(field(notebook, "stride_nd height")).to_have_value("2")
    expect(stage.get_by_role("alert")).to_be_visible()
    assert notebook.page.evaluate("passed") == []
    notebook.run_cell("layer.dilation_nd = (1, 1)")
    expect(stage).to_have_attribute("data-steps", "14")
