"""The keyboard alone reaches everything, sees where it is, and keeps Jupyter's own keys."""

from __future__ import annotations

import re
from typing import Any

import pytest
from lab import App, Lab, slider
from playwright.sync_api import Locator, expect
from reading import AXIS_PARAMETERS, choose, explore, focus_cells, open_explorer
from scenes import reference

pytestmark = pytest.mark.browser

FOCUS = """() => {
  const node = document.activeElement;
  const { outlineStyle, outlineWidth, outlineColor } = getComputedStyle(node);
  const name = node.getAttribute('aria-label') || node.labels?.[0]?.textContent || node.textContent;
  const inside = node.closest('.convviz-explorer') !== null;
  const visible = outlineStyle !== 'none' && parseFloat(outlineWidth) >= 1
    && outlineColor !== 'transparent';
  return { name, inside, visible, role: node.getAttribute('role') ?? node.tagName.toLowerCase() };
}"""


def tab_through(notebook: Lab, stage: Locator) -> list[dict[str, Any]]:
    """Press Tab from the stage on until the focus has left the explorer; return where it was."""
    stage.focus()
    way: list[dict[str, Any]] = []
    for _ in range(70):
        way.append(notebook.page.evaluate(FOCUS))
        if not way[-1]["inside"]:
            break
        notebook.page.keyboard.press("Tab")
    left = way.pop()
    assert not left["inside"], "the keyboard gets out again"
    return way


def test_tab_reaches_every_control_in_order(notebook: Lab) -> None:
    way = tab_through(notebook, explore(notebook))
    names = [each["name"].split(":")[0] for each in way]
    panels = ["input cells", "kernel cells", "output 1×1×4×7", "output cells"]
    assert names[1:6] == ["All parameters", "Predict", "Slow", "Present", "More"]
    assert names[names.index("Reset") + 1 :][:4] == panels
    buttons = ["First step", "Step back", "Play", "Step forward", "Last step"]
    assert names[-7:] == [*buttons, "Step", "Speed"]
    for label in [f"{name} {axis}" for name in AXIS_PARAMETERS for axis in ("height", "width")]:
        found = [each["role"] for each in way if each["name"] == label]
        assert found == ["input", "spinbutton"], label
    assert [name for name in names if name in ("num_output_maps", "num_groups")]
    for label in ("kernel", "padding_mode"):
        assert [each["role"] for each in way if each["name"] == label] == ["select"]
    controls = notebook.page.locator(
        ".convviz-explorer :is(button, input, select, pre[tabindex]):visible"
    )
    assert len(way) == controls.count() + 4, "the stage, its three panels, and every control"


def test_the_focus_is_seen_everywhere_and_goes_the_same_way_back(notebook: Lab) -> None:
    way = tab_through(notebook, explore(notebook))
    hidden = [each for each in way if not each["visible"]]
    assert hidden == []
    for each in reversed(way):
        notebook.page.keyboard.press("Shift+Tab")
        assert notebook.page.evaluate(FOCUS)["name"] == each["name"]


def test_the_menu_opens_and_shuts_by_keys(notebook: Lab) -> None:
    stage = explore(notebook)
    more = stage.get_by_role("button", name="More", exact=True)
    reads = stage.get_by_role("button", name="Reads", exact=True)
    more.press("Enter")
    expect(more).to_have_attribute("aria-expanded", "true")
    press_all(notebook, "Tab", "Enter")
    expect(reads).to_have_attribute("aria-pressed", "true")
    expect(stage.get_by_text("reads of the input")).to_be_visible()
    press_all(notebook, "Escape")
    expect(reads).to_be_hidden()
    expect(more).to_be_focused()
    choose(stage, "Reads")
    stage.locator(".cv-title").first.click()
    expect(reads).to_be_hidden()
    expect(stage.get_by_text("reads of the input")).to_have_count(0)


def press_all(notebook: Lab, *keys: str) -> None:
    for key in keys:
        notebook.page.keyboard.press(key)


def test_cells_are_pointed_at_and_pinned_by_keys_and_said(notebook: Lab) -> None:
    stage = explore(notebook)
    stage.focus()
    focus_cells(stage, "input")
    press_all(notebook, "ArrowRight", "ArrowDown", "ArrowRight")
    expect(stage.locator("[aria-live]")).to_have_text("Input [1, 1] feeds 4 outputs.")
    press_all(notebook, "Enter")
    expect(stage).to_have_class(re.compile("is-pinned"))
    press_all(notebook, "Escape")
    expect(stage).not_to_have_class(re.compile("is-pinned"))
    press_all(notebook, *["Tab"] * 3, "ArrowRight", "ArrowRight")
    expect(stage.locator(".cv-words")).to_have_text("Output [0, 1] reads 9 input cells.")


def test_steps_play_and_controls_go_by_keys_and_are_said(notebook: Lab) -> None:
    stage, live = explore(notebook), notebook.stage().locator("[aria-live]")
    focus_cells(stage, "output")
    press_all(notebook, *["Tab"] * 4, "Enter")  # Step forward
    expect(stage).to_have_attribute("data-step", "1")
    expect(live).to_have_text(re.compile(r"^Step 2 of 28: y\[0, 1\] = .+ = "))
    weights = reference().scene().kernel_texts["kernel"][0]
    products = [f"{v} × {w}" for v, w in zip("231564897", weights, strict=True)]
    said = (live.text_content() or "").split(" = ")
    assert said[1].startswith(" + ".join(products))
    press_all(notebook, "Shift+Tab", "Space")  # Play
    expect(stage).to_have_attribute("data-playing", "true")
    press_all(notebook, "Space")
    expect(stage).to_have_attribute("data-playing", "false")
    slider(notebook, "stride_nd width").focus()
    press_all(notebook, "ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")


@pytest.mark.parametrize("app", ["doc", "notebook"])
def test_jupyters_own_keys_work_from_the_controls(lab: Lab, app: App) -> None:
    stage = open_explorer(lab, "runs = globals().get('runs', 0) + 1", app=app)
    assert lab.page.evaluate("lab.panel.context.model.dirty")
    slider(lab, "stride_nd width").focus()
    lab.page.keyboard.press("Control+s")
    lab.wait_until("!lab.panel.context.model.dirty")
    handle = slider(lab, "stride_nd width")
    handle.press("ArrowRight")
    expect(stage).to_have_attribute("data-steps", "16")
    expect(handle).to_be_focused()
    # Nothing else gets through: a letter is no command, and arrows are the slider's
    count = lab.page.evaluate("lab.cells.length")
    handle.press("b")
    handle.press("ArrowDown")
    expect(stage).to_have_attribute("data-steps", "28")
    assert lab.page.evaluate("lab.cells.length") == count
    stage.locator('.cv-cell[data-panel="input"]').first.click()  # makes its cell active
    stage.focus()
    lab.page.keyboard.press("Shift+Enter")
    lab.wait_until("lab.ready() && lab.panel.content.activeCellIndex === 1")


@pytest.mark.parametrize(
    ("shown", "focused"),
    [
        ("cv.dive(data, kernel)", ".convviz-dive [tabindex='0']"),
        ("cv.axes(data, kernel, controls=['stride_nd'])", ".cv-matrix"),
        ("cv.exercises.shape((1, 1, 6, 9), 1, (3, 3))", ".cv-exercise input"),
        ("cv.exercises.cells(data, kernel, at=(0, 0))", ".cv-answer-grid button"),
    ],
)
def test_the_cell_of_every_widget_runs_from_within_it(lab: Lab, shown: str, focused: str) -> None:
    lab.new(
        [
            "import convviz as cv\ndata, kernel = cv.examples.counting(), cv.examples.blur()",
            shown,
            "last = 1",
        ]
    )
    lab.run_all()
    place = lab.page.locator(focused).first
    place.click()
    lab.wait_until("lab.panel.content.activeCellIndex === 1")
    place.press("Shift+Enter")
    lab.wait_until("lab.ready() && lab.panel.content.activeCellIndex === 2")
