"""Many stages on a page, and a large picture: each is drawn in sight and forgotten when gone."""

from __future__ import annotations

import numpy as np
import pytest
from lab import Lab
from memory import Memory
from playwright.sync_api import Locator, expect
from reading import SETUP, expected_taps, read, read_step, texts
from scenes import POWERS, Case, reference

pytestmark = pytest.mark.browser

FIVE = "display(*[cv.explore(digits, powers, stride_nd=(1, 1 + n % 3)) for n in range(5)])"
LARGE = "display(cv.explore(np.arange(55 * 56).reshape(55, 56) % 10, powers))"


def show_stages(notebook: Lab, *cells: str) -> Locator:
    notebook.replace_cells([SETUP + cells[0], *cells[1:]])
    notebook.run_all()
    return notebook.page.locator(".convviz-stage")


def test_each_of_thirty_stages_is_drawn_whenever_it_is_in_sight(notebook: Lab) -> None:
    stages = show_stages(notebook, *[FIVE] * 6)
    expect(stages).to_have_count(30)
    for n in (0, 14, 29, 7, 0, 29):
        stage = stages.nth(n)
        notebook.wait_until(f"probe.scrollTo({n})")
        stage.focus()
        notebook.page.keyboard.press("End")
        scene = reference(stride_nd=(1, 1 + n % 5 % 3)).scene()
        expect(stage).to_have_attribute("data-step", str(scene.steps - 1))
        assert read(stage)["taps"] == expected_taps(scene, scene.steps - 1)
    expect(stages.nth(3)).to_have_attribute("data-step", "0")


def test_nearly_as_many_cells_as_can_be_read_answer_like_few(notebook: Lab) -> None:
    stage = show_stages(notebook, LARGE).first
    data = np.arange(55 * 56, dtype=np.float32).reshape(1, 1, 55, 56) % 10
    scene = Case(data, POWERS).scene()
    assert scene.readable
    expect(stage).to_have_attribute("data-steps", str(scene.steps))
    assert 5_900 < len(texts(stage, "input")) + len(texts(stage, "output")) <= 6_000
    for index in (0, 1_000, scene.steps - 1):
        seen = read_step(stage, index)
        assert seen["taps"] == expected_taps(scene, index)
        assert seen["done"] == index
        assert scene.output_texts[index] in seen["sum"]["total"]


def test_what_is_taken_off_the_page_is_forgotten(notebook: Lab) -> None:
    stages = show_stages(notebook, "None", *[FIVE] * 6, LARGE)
    expect(stages).to_have_count(31)
    memory = Memory(notebook.page)
    before = memory.kept().nodes
    notebook.page.evaluate("""() => {
        const { sharedModel } = lab.panel.content.model;
        while (sharedModel.cells.length > 1) sharedModel.deleteCell(1);
    }""")
    expect(stages).to_have_count(0)
    drawn = 30 * (54 + 9 + 12) + 5_900
    assert memory.kept().nodes < before - drawn
