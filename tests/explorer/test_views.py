"""Several views of one layer: one truth, and each view's own step, pointer and slips."""

from __future__ import annotations

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import explore, read_step, set_field, texts, with_bias

pytestmark = pytest.mark.browser


def stride_height(stage: Locator) -> Locator:
    """The field of one view."""
    return stage.get_by_label("stride_nd height").nth(1)


def test_a_slip_stays_in_its_own_view(notebook: Lab) -> None:
    stage = explore(notebook, "explorer")
    twin = notebook.stage(1)
    expect(twin).to_have_attribute("data-steps", "28")
    mine, other = stride_height(stage), stride_height(twin)
    mine.fill("zero")
    mine.press("Enter")
    expect(mine).to_have_attribute("aria-invalid", "true")
    expect(twin.get_by_role("alert")).to_be_visible()
    expect(other).to_have_value("1")
    expect(other).not_to_have_attribute("aria-invalid", "true")
    notebook.run_cell("explorer")
    expect(stride_height(notebook.stage(2))).to_have_value("1")
    # What takes the field back takes the words with it
    stage.get_by_label("same on every axis").check()
    expect(mine).to_have_value("1")
    expect(stage.get_by_role("alert")).to_have_count(0)
    mine.fill("  2 ")
    mine.press("Enter")
    expect(mine).to_have_value("2")
    expect(other).to_have_value("2")


def show_three(notebook: Lab) -> list[Locator]:
    """Two views of one explorer and, last, another explorer of the same layer."""
    explore(notebook, "explorer", "other = cv.explore(layer); other")
    stages = [notebook.stage(n) for n in range(3)]
    expect(stages[2]).to_have_attribute("data-steps", "28")
    return stages


def expect_steps(stages: list[Locator], *steps: int) -> None:
    for stage, step in zip(stages, steps, strict=True):
        expect(stage).to_have_attribute("data-step", str(step))


def test_views_step_and_point_apart(notebook: Lab) -> None:
    stages = show_three(notebook)
    first, second, _ = stages
    read_step(first, 5)
    read_step(second, 9)
    expect_steps(stages, 5, 9, 0)
    second.locator('.cv-cell[data-panel="kernel"]').first.hover()
    expect(second.locator(".is-pointed")).to_have_count(1)
    expect(first.locator(".is-pointed")).to_have_count(0)
    # From Python: one step for all views of a stage
    notebook.run_cell("explorer.stage.step = 3")
    expect_steps(stages, 3, 3, 0)


def test_what_is_set_in_one_view_is_shown_in_all(notebook: Lab) -> None:
    stages = show_three(notebook)
    set_field(notebook, "stride_nd width", "2")
    for stage in stages:
        expect(stage).to_have_attribute("data-steps", "16")
        assert texts(stage, "output") == with_bias(stride_nd=(1, 2)).output_texts
    stages[1].scroll_into_view_if_needed()
    stages[1].locator('.cv-cell[data-panel="kernel"]').first.dblclick()
    stages[1].get_by_role("textbox").fill("0")
    stages[1].get_by_role("textbox").press("Enter")
    for stage in stages:
        expect(stage.locator('.cv-cell[data-panel="kernel"]').first).to_have_text("0")


def test_an_explorer_closed_in_python_is_gone_and_the_other_stays(notebook: Lab) -> None:
    show_three(notebook)
    notebook.run_cell("explorer.close()")
    expect(notebook.page.locator(".convviz-stage")).to_have_count(1)
    notebook.run_cell("layer.stride_nd = (2, 2)")
    expect(notebook.stage()).to_have_attribute("data-steps", "8")
