"""`cv.compare`: stages side by side that step together."""

from __future__ import annotations

import pytest
from lab import Lab
from playwright.sync_api import expect
from reading import choose, expected_taps, read, read_step, show
from scenes import reference

pytestmark = pytest.mark.browser


MODES = ["SAME_UPPER", "SAME_LOWER"]
EQUAL = f"cv.compare(digits, powers, stride_nd=(2, 2), padding_mode={MODES})"
UNEQUAL = "cv.compare(digits, powers, stride_nd=[(1, 1), (2, 3)])"


def test_compared_layers_show_the_same_output_element(notebook: Lab) -> None:
    show(notebook, EQUAL)
    upper, lower = notebook.stage(0), notebook.stage(1)
    for mode, stage in zip(MODES, (upper, lower), strict=True):
        scene = reference(stride_nd=(2, 2), padding_mode=mode).scene()
        read_step(upper, 0)
        read_step(upper, 4)
        expect(stage).to_have_attribute("data-step", "4")
        assert read(stage)["taps"] == expected_taps(scene, 4)
    read_step(lower, 7)
    expect(upper).to_have_attribute("data-step", "7")
    headings = [text.strip() for text in notebook.page.locator("strong").all_inner_texts()]
    assert headings[:2] == ["padding_mode = SAME_UPPER", "padding_mode = SAME_LOWER"]


def test_of_unequal_outputs_the_same_element_is_shown_where_both_have_it(notebook: Lab) -> None:
    show(notebook, EQUAL, UNEQUAL)
    elsewhere, _, large, small = (notebook.stage(n) for n in range(4))
    read_step(elsewhere, 7)
    expect(large).to_have_attribute("data-step", "0")
    read_step(small, 4)
    assert read(small)["current"] == read(large)["current"] == ["output/0/1/1"]
    read_step(large, 26)
    expect(small).to_have_attribute("data-step", "5")
    expect(small.get_by_text("This is the last output here.")).to_be_hidden()
    read_step(large, 27)
    for stage in (large, small):
        expect(stage.get_by_text("This is the last output here.")).to_be_visible()
    expect(small).to_have_attribute("data-step", "5")
    expect(elsewhere).to_have_attribute("data-step", "7")


def test_one_player_and_one_menu_drive_all_at_one_scale(notebook: Lab) -> None:
    show(notebook, UNEQUAL)
    comparison = notebook.page.locator(".convviz-comparison")
    large, small = (notebook.stage(n) for n in range(2))
    for name in ("Play", "Last step", "More"):
        expect(comparison.get_by_role("button", name=name, exact=True)).to_have_count(1)
    fonts = comparison.locator(".cv-board").evaluate_all(
        "(all) => all.map((b) => b.style.fontSize)"
    )
    assert len(fonts) == 2
    assert len({*fonts}) == 1
    choose(large, "Reads")
    expect(comparison.get_by_text("reads of the input")).to_have_count(2)
    comparison.get_by_role("button", name="Last step").click()
    expect(large).to_have_attribute("data-step", "27")
    expect(small).to_have_attribute("data-step", "5")
    small.focus()
    notebook.page.keyboard.press("Space")
    expect(large).to_have_attribute("data-playing", "true")
    notebook.page.keyboard.press("Space")
    expect(large).to_have_attribute("data-playing", "false")
