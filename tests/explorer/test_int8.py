"""int8: before and after side by side, what saturates or vanishes, and the scales' controls."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
import pytest
from lab import Lab, field, slider
from playwright.sync_api import Locator, expect
from reading import choose, lines, numbers, read, read_step, set_field, show, texts
from scenes import DIGITS, POWERS, reference

pytestmark = pytest.mark.browser

ONE_SCALE = "cv.explore(digits, powers, input_scale=1.0, kernel_scale=1.0, controls='all')"
A_SCALE_A_MAP = (
    "cv.explore(digits, np.stack([powers, powers])[:, None], input_scale=0.04, "
    "kernel_scale=[1, 100], controls='all')"
)


def first_weight(stage: Locator) -> Locator:
    return stage.locator('.cv-cell[data-panel="kernel"]').first


def test_what_was_lost_is_marked_counted_and_summed(notebook: Lab) -> None:
    [stage] = show(notebook, ONE_SCALE)
    assert_int8(stage, 1, [1])
    notes = " ".join(lines(stage, "notes"))
    assert "of 9 values 2 saturate at −128 or 127 and 4 vanish to 0" in notes
    total = read_step(stage, 0)["sum"]["total"]
    assert numbers(total.replace("int32", ""))[:4] == [726, 1, 1, 726]
    expected = reference().scene().output_texts[0]
    assert f"float32 gives {expected}, error {np.float32(726) - np.float32(expected):.3f}" in total
    expect(stage.locator(".cv-legend")).to_contain_text("saturated")


def test_a_double_click_on_what_cannot_be_set_says_why(notebook: Lab) -> None:
    [stage] = show(
        notebook, "cv.explore(digits, powers, input_scale=1.0, kernel_scale=1.0, padding_nd=(1, 1))"
    )
    words = stage.locator(".cv-words")
    for cell, why in (
        ('[data-panel="kernel"]', "follows from the one that was quantized"),
        ('[data-panel="input"][data-kind="data"]', "follows from the one that was quantized"),
        ('[data-panel="source"][data-kind="pre"]', "padding is zero"),
        ('[data-panel="output"]', "An output is computed"),
    ):
        stage.locator(f".cv-cell{cell}").first.dblclick()
        expect(words).to_contain_text(why)
        expect(stage.get_by_role("textbox", name="new value")).to_have_count(0)
    choose(stage, "Reads")
    stage.locator('.cv-cell[data-panel="source"][data-kind="data"]').first.dblclick()
    expect(words).to_contain_text("Switch Reads off")


def test_another_scale_by_slider_or_field_loses_other_values(notebook: Lab) -> None:
    [stage] = show(notebook, ONE_SCALE)
    handle, scale = slider(notebook, "kernel scale"), field(notebook, "kernel scale")
    handle.press("End")
    expect(scale).to_have_value("1000000")
    expect(first_weight(stage)).to_have_text("0")
    assert_int8(stage, 1, [1e6])
    assert "9 vanish" in " ".join(lines(stage, "notes"))
    set_field(notebook, "kernel scale", "100")
    expect(first_weight(stage)).to_have_text("100")
    assert_int8(stage, 1, [100])
    handle.press("ArrowLeft")
    expect(scale).not_to_have_value("100")
    value = float(scale.input_value())
    assert 80 < value < 100
    assert_int8(stage, 1, [value])
    set_field(notebook, "input scale", "0.03")
    expect(stage.locator('.cv-cell[data-panel="input"]').first).to_have_text("33")
    assert_int8(stage, 0.03, [value])


def test_each_output_map_has_a_scale_of_its_own(notebook: Lab) -> None:
    [stage] = show(notebook, A_SCALE_A_MAP)
    for index, weight in ((0, "127"), (28, "100")):
        read_step(stage, index)
        expect(first_weight(stage)).to_have_text(weight)
        assert_int8(stage, 0.04, [1, 100])
    scales = notebook.page.get_by_text(re.compile(r"^kernel scale, map \d$"))
    assert {*scales.all_inner_texts()} >= {"kernel scale, map 0", "kernel scale, map 1"}


def test_a_scale_that_is_not_positive_is_refused(notebook: Lab) -> None:
    [stage] = show(notebook, ONE_SCALE)
    set_field(notebook, "kernel scale", "-1")
    expect(stage.get_by_role("alert")).to_contain_text("scale: got")


def assert_int8(stage: Locator, input_scale: float, kernel_scales: Sequence[float]) -> None:
    """Source and int8 stand side by side, marked where a value was lost; the sum is in int32."""
    shown = read(stage)
    scale = np.float32(kernel_scales[shown["step"] // 28])
    assert_quantized(stage, ("source", "input"), DIGITS.reshape(-1), np.float32(input_scale))
    assert_quantized(stage, ("weights", "kernel"), POWERS.reshape(-1), scale)
    window = np.rint(DIGITS[0, 0] / np.float32(input_scale)).clip(-128, 127)
    row, column = divmod(shown["step"] % 28, 7)
    weights = np.rint(POWERS[0, 0] / scale).clip(-128, 127)
    total = int((window[row : row + 3, column : column + 3] * weights).sum())
    assert f"{total}int32" in shown["sum"]["total"].replace(" ", "")


def assert_quantized(
    stage: Locator, panels: tuple[str, str], values: np.ndarray, scale: np.float32
) -> None:
    """The second panel shows the first one's values in int8, and what was lost is marked."""
    source, integers = panels
    assert len(texts(stage, source)) == values.size
    steps = np.rint(values / scale)
    kept = np.clip(steps, -128, 127)
    assert [int(text) for text in texts(stage, integers)] == kept.tolist()
    marked = {
        name: stage.locator(f'.cv-cell[data-panel="{integers}"].is-{name}').count()
        for name in ("saturated", "vanished")
    }
    lost = {"saturated": kept != steps, "vanished": (kept == 0) & (values != 0)}
    assert marked == {name: int(cells.sum()) for name, cells in lost.items()}
