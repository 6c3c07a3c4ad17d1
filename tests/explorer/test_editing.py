"""A number typed into its cell is the layer's; what is no number is refused in words."""

from __future__ import annotations

import re

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import explore, read, texts, with_bias
from scenes import DIGITS, POWERS, Case

pytestmark = pytest.mark.browser


def cell_of(stage: Locator, panel: str, row: int = 0, column: int = 0) -> Locator:
    if panel == "bias":
        return stage.locator('.cv-cell[data-panel="bias"]')
    at = f'[data-row="{row}"][data-col="{column}"]'
    return stage.locator(f'.cv-cell[data-panel="{panel}"]{at}')


def type_into(cell: Locator, text: str, key: str = "Enter") -> None:
    """Open a cell's field by a double click, type, and leave it by this key."""
    cell.dblclick()
    box = cell.get_by_role("textbox")
    box.fill(text)
    box.press(key)
    expect(box).to_have_count(0)


def test_a_double_click_opens_a_weight_a_bias_and_an_input(notebook: Lab) -> None:
    stage = explore(notebook)
    data, kernel = DIGITS.copy(), POWERS.copy()
    data[0, 0, 5, 8], kernel[0, 0, 1, 1] = -7, 0.25
    for panel, at, text in (
        ("kernel", (1, 1), "0.25"),
        ("bias", (), "-2"),
        ("input", (5, 8), "-7"),
    ):
        type_into(cell_of(stage, panel, *at), text)
        expect(cell_of(stage, panel, *at)).to_have_text(text)
    scene = Case(data, kernel, np.float32([-2])).scene()
    expect(cell_of(stage, "output")).to_have_text(scene.output_texts[0])
    assert texts(stage, "output") == scene.output_texts
    assert read(stage)["kernel"] == scene.kernel_texts["kernel"][0]
    said = notebook.run_cell("print(layer.kernel.reshape(-1)[4], layer.bias)")
    assert said == "0.25 [-2.]\n"


def test_the_keyboard_alone_changes_a_weight(notebook: Lab) -> None:
    stage, keyboard = explore(notebook), notebook.page.keyboard
    kernel = POWERS.copy()
    kernel[0, 0, 1, 1] = 3
    stage.locator('.cv-panels[data-tensor="kernel"]').focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "e"):
        keyboard.press(key)
    keyboard.type("3")
    keyboard.press("Enter")
    expect(cell_of(stage, "kernel", 1, 1)).to_have_text("3")
    expect(stage.locator('.cv-panels[data-tensor="kernel"]')).to_be_focused()
    expect(stage.get_by_role("alert")).to_have_count(0)
    scene = Case(DIGITS, kernel, np.ones(1, np.float32)).scene()
    expect(cell_of(stage, "output")).to_have_text(scene.output_texts[0])
    assert texts(stage, "output") == scene.output_texts
    assert notebook.run_cell("print(layer.kernel.reshape(-1)[4])") == "3.0\n"


def test_nonsense_is_refused_in_words_and_nothing_is_lost(notebook: Lab) -> None:
    stage, outputs = explore(notebook), with_bias().output_texts
    for panel, text in (("kernel", "two"), ("bias", ""), ("input", "1,5"), ("kernel", "nan")):
        type_into(cell_of(stage, panel), text)
        expect(stage.get_by_role("alert")).to_contain_text(
            re.compile(f"{panel}: got .*{text}.*allowed:")
        )
        assert texts(stage, "output") == outputs


def test_escape_changes_nothing(notebook: Lab) -> None:
    stage = explore(notebook)
    type_into(cell_of(stage, "kernel"), "99", "Escape")
    expect(cell_of(stage, "kernel")).to_have_text(with_bias().kernel_texts["kernel"][0][0])
