"""Tensors too large for cells: drawn as images, with the window magnified, and pointed at alike."""

from __future__ import annotations

import re
from collections.abc import Iterator

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import (
    SETUP,
    cell_name,
    expect_window,
    expected_taps,
    numbers,
    read,
    read_step,
    window_cells,
)
from scenes import Case

from convviz.geometry import Kind
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(3)
COLOURS = RNG.integers(0, 256, (1, 3, 60, 90)).astype(np.float32)
VOLUME = RNG.integers(0, 256, (1, 1, 6, 40, 50)).astype(np.float32)
KERNEL = RNG.integers(-2, 3, (2, 3, 3, 3)).astype(np.float32)
CASES = {
    "colours": Case(COLOURS, KERNEL, None, {"stride_nd": (2, 3), "pre_padding": (1, 1)}),
    "volume": Case(VOLUME, np.full((1, 1, 3, 3, 3), 1 / 27, np.float32)),
}
SHOW = {
    "colours": "cv.explore(colours, kernel, stride_nd=(2, 3), pre_padding=(1, 1)).stage",
    "volume": "cv.explore(volume, np.full((1, 1, 3, 3, 3), 1 / 27, np.float32)).stage",
}
MAKE = """
rng = np.random.default_rng(3)
colours = rng.integers(0, 256, (1, 3, 60, 90)).astype(np.float32)
volume = rng.integers(0, 256, (1, 1, 6, 40, 50)).astype(np.float32)
kernel = rng.integers(-2, 3, (2, 3, 3, 3)).astype(np.float32)
"""


def show_image(notebook: Lab, name: str) -> tuple[Scene, Locator]:
    scene = CASES[name].scene()
    assert not scene.readable
    notebook.replace_cells([SETUP + MAKE + SHOW[name]])
    notebook.run_all()
    expect(notebook.stage()).to_have_attribute("data-steps", str(scene.steps))
    return scene, notebook.stage()


@pytest.mark.parametrize("name", CASES)
def test_the_window_is_marked_and_magnified(notebook: Lab, name: str) -> None:
    scene, stage = show_image(notebook, name)
    sizes = stage.locator("canvas").evaluate_all(
        "(all) => all.map(({ dataset, width, height }) => [dataset.panel, height, width])"
    )
    area = [["output", *scene.output.shape[-2:]]] * scene.geometry.maps
    assert sizes == [["input", *scene.values.shape[-2:]], *area]
    for index in (0, scene.steps // 3, scene.steps - 1):
        read_step(stage, index)
        assert_magnified(scene, stage, index)
        assert_marked(scene, stage, index)


def test_pointing_at_the_outputs_image_shows_its_window(notebook: Lab) -> None:
    scene, stage = show_image(notebook, "colours")
    read_step(stage, 0)
    row, column = 10, 20
    point_at(notebook, stage, "output", (row, column), scene.output.shape[-2:])
    words = stage.locator(".cv-words")
    expect(words).to_contain_text(f"Output [0, {row}, {column}] reads 27 input cells")
    index = int(np.ravel_multi_index((0, row, column), scene.output.shape))
    assert_magnified(scene, stage, index)
    assert_marked(scene, stage, index)
    expect(stage).to_have_attribute("data-step", "0")


def test_pointing_at_the_inputs_image_shows_the_outputs_it_feeds(notebook: Lab) -> None:
    scene, stage = show_image(notebook, "colours")
    height, width = scene.geometry.axes
    words = stage.locator(".cv-words")
    for row, column in ((31, 46), (30, 45)):
        point_at(notebook, stage, "input", (row, column), scene.values.shape[-2:])
        readers = len(height.readers(row)) * len(width.readers(column))
        fed = scene.geometry.maps * readers
        expect(words).to_contain_text(f"Input [0, {row}, {column}] feeds {fed} output")
    expect(stage.locator(".cv-outline.is-lit:visible")).not_to_have_count(0)


PHOTOGRAPH = """
rng = np.random.default_rng(0)
photograph = rng.integers(0, 256, (1, 1, 90, 120)).astype(np.float32)
cv.explore(photograph, np.full((3, 3), 1 / 9, np.float32), padding_nd=(1, 0))
"""
OPAQUE = """(canvas) => {
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, n) => n % 4 === 3).filter((alpha) => alpha > 0).length;
}"""


def show_photograph(notebook: Lab) -> tuple[Scene, Locator]:
    data = np.random.default_rng(0).integers(0, 256, (1, 1, 90, 120)).astype(np.float32)
    kernel = np.full((1, 1, 3, 3), 1 / 9, np.float32)
    scene = Case(data, kernel, None, {"padding_nd": (1, 0)}).scene()
    notebook.replace_cells([SETUP + PHOTOGRAPH])
    notebook.run_all()
    expect(notebook.stage()).to_have_attribute("data-steps", str(90 * 118))
    return scene, notebook.stage()


def test_a_photograph_is_magnified_in_padding_and_data_and_its_output_fills(notebook: Lab) -> None:
    scene, stage = show_photograph(notebook)
    source, result = (stage.locator(f'canvas[data-panel="{p}"]') for p in ("input", "output"))
    assert source.evaluate("(canvas) => [canvas.height, canvas.width]") == [90, 120]
    assert result.evaluate("(canvas) => [canvas.height, canvas.width]") == [90, 118]
    assert source.evaluate(OPAQUE) == 90 * 120
    stage.focus()
    for key, index in [("Home", 0), ("ArrowDown", 118), ("ArrowRight", 119), ("End", 90 * 118 - 1)]:
        notebook.page.keyboard.press(key)
        expect(stage).to_have_attribute("data-step", str(index))
        assert read(stage)["taps"] == expected_taps(scene, index)
        assert_magnified(scene, stage, index)
        assert result.evaluate(OPAQUE) == index + 1


def test_a_photograph_plays_fast_and_its_output_fills(notebook: Lab) -> None:
    _, stage = show_photograph(notebook)
    stage.focus()
    notebook.page.keyboard.press(" ")
    expect(stage).to_have_attribute("data-step", re.compile(r"^\d{4}$"))
    notebook.page.keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    step = int(stage.get_attribute("data-step") or "")
    assert stage.locator('canvas[data-panel="output"]').evaluate(OPAQUE) == step + 1


def test_a_pointer_off_the_outputs_image_lets_go(notebook: Lab) -> None:
    scene, stage = show_photograph(notebook)
    row, column = 67, 59
    point_at(notebook, stage, "output", (row, column), scene.output.shape[-2:])
    expect_window(stage, scene, row * 118 + column)
    expect(stage).to_have_attribute("data-step", "0")
    stage.locator(".cv-bar").hover()
    expect_window(stage, scene, 0)


def point_at(
    notebook: Lab, stage: Locator, panel: str, at: tuple[int, int], shape: tuple[int, ...]
) -> None:
    """Move the mouse to the middle of a pixel of the array."""
    image = stage.locator(f'canvas[data-panel="{panel}"]').first
    image.scroll_into_view_if_needed()
    bounds = image.bounding_box()
    assert bounds is not None
    x = bounds["x"] + (at[1] + 0.5) / shape[1] * bounds["width"]
    y = bounds["y"] + (at[0] + 0.5) / shape[0] * bounds["height"]
    notebook.page.mouse.move(x, y)


def assert_magnified(scene: Scene, stage: Locator, index: int) -> None:
    """The cells under the window, with the array's own numbers."""
    seen = stage.evaluate("""(stage) => [...stage.querySelectorAll('.cv-cell.is-tap')]
        .map((cell) => [probe.name(cell), cell.dataset.kind, Number(cell.textContent)])""")
    assert seen == list(magnified(scene, index))
    result = float(scene.output.reshape(-1)[index])
    total = read(stage)["sum"]["total"].split("float32")[-1]
    assert numbers(total) == pytest.approx([result], rel=1e-6)


def magnified(scene: Scene, index: int) -> Iterator[list[object]]:
    for tap in scene.step(index).taps:
        value = scene.values[(tap.channel, *tap.cell)] if tap.kind is Kind.DATA else 0
        yield [cell_name("input", tap.channel, tap.cell), tap.kind.value, float(value)]


def assert_marked(scene: Scene, stage: Locator, index: int) -> None:
    """The mark on the input's image surrounds the window, to a pixel of the array."""
    image = stage.locator('canvas[data-panel="input"]')
    found = image.evaluate("""(canvas) => {
        const [mark, all] = [canvas.parentElement.querySelector('.cv-outline'), canvas]
          .map((node) => node.getBoundingClientRect());
        const [x, y] = [canvas.width / all.width, canvas.height / all.height];
        return [(mark.top - all.top) * y, (mark.left - all.left) * x,
          (mark.bottom - all.top) * y, (mark.right - all.left) * x];
    }""")
    around = window_cells(scene.geometry, scene.step(index).position)
    (top, left), (bottom, right) = min(around), max(around)
    assert found == pytest.approx([top, left, bottom + 1, right + 1], abs=1)
