"""The code of what is on the screen makes it again."""

from __future__ import annotations

import pytest
from lab import Lab
from playwright.sync_api import expect
from reading import choose, explore, lines, press, set_field, texts

pytestmark = pytest.mark.browser


def test_the_copied_code_makes_the_same_picture(notebook: Lab) -> None:
    stage = explore(notebook)
    set_field(notebook, "pre_padding height", "2")
    set_field(notebook, "post_padding width", "2")
    expect(stage).to_have_attribute("data-steps", "54")
    choose(stage, "Code")
    code = stage.get_by_label("Code that makes this picture")
    expect(code).to_contain_text("post_padding=(0, 2)")
    press(notebook, "Copy")
    expect(stage.get_by_role("button", name="Copied")).to_be_visible()
    notebook.run_cell(code.inner_text())
    again = notebook.stage(1)
    expect(again).to_have_attribute("data-steps", "54")
    for panel in ("input", "kernel", "bias", "output"):
        assert texts(again, panel) == texts(stage, panel), panel
    assert lines(again, "formulas") == lines(stage, "formulas")
