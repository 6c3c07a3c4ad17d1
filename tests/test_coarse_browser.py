"""A layer that goes to the browser in 8 bits: exact numbers where a reader looks."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import channels
import numpy as np
import pytest
from live_page import LivePage
from playwright.sync_api import Locator, expect
from test_channels_browser import GO, READ, assert_same_rows

import convviz as cv
from convviz.language.catalogue import say
from convviz.plot.still import Still
from convviz.scene import coarse
from convviz.scene.channels import SUM_DIGITS, plain_text

pytestmark = pytest.mark.browser

Shown = Callable[..., LivePage]


@pytest.fixture
def show(chromium: Any, monkeypatch) -> Iterator[Shown]:
    """Open pages that show a layer as larger ones are shown: averaged, in blocks of a few rows."""
    monkeypatch.setattr(coarse, "MOST_WHOLE", 10)
    monkeypatch.setattr("convviz.scene.parts.MOST_SUMS", 2_500)
    monkeypatch.setattr("convviz.scene.parts.MOST_OUTPUTS", 60)
    opened: list[LivePage] = []

    def open_page(name: str, room: int = 1_000, **parameters: Any) -> LivePage:
        monkeypatch.setattr(coarse, "MOST_COARSE", room)
        case = channels.CASES[name]()
        explorer = cv.explore(case.data, case.kernel, case.bias, **case.parameters, **parameters)
        context = chromium.new_context(viewport={"width": 984, "height": 720})
        opened.append(LivePage(context.new_page(), explorer.stage))
        opened[-1].page.wait_for_selector(".convviz-stage[data-steps]")
        return opened[-1]

    yield open_page
    for live in opened:
        assert [each for each in live.complaints if "willReadFrequently" not in each] == []
        live.page.context.close()


def go(live: LivePage, step: int) -> Locator:
    stage = live.page.locator(".convviz-stage")
    stage.locator(".cv-slider").evaluate(GO, step)
    expect(stage).to_have_attribute("data-step", str(step))
    return stage


def expect_number(stage: Locator, value: float) -> None:
    words = f"= {plain_text(value, SUM_DIGITS)}"
    expect(stage.locator(".cv-parts-sum")).to_contain_text(words)


@pytest.mark.parametrize("name", channels.CASES)
def test_numbers_are_those_of_float32_wherever_a_reader_goes(show: Shown, name: str) -> None:
    live = show(name)
    scene = live.stage.shown
    assert scene is not None
    picture = Still(scene)
    values = scene.output.reshape(-1)
    for step in (0, scene.steps // 3, scene.steps - 1):
        stage = go(live, step)
        expect_number(stage, float(values[step]))
        picture.show(step)
        seen = stage.evaluate(READ)
        assert_same_rows(seen["rows"], picture.view.rows)
        words = "".join(cell.text_artist.get_text() for cell in picture.view.chart.words)
        assert seen["sum"].replace(" ", "") == words.replace(" ", "")


def test_the_map_is_coloured_by_what_is_here(show: Shown, monkeypatch) -> None:
    """Exactly where it is here, else in 8 bits, or by means where those are too many."""
    for outputs, room, least, most in ((60, 1_000, 0, 1), (5, 10**6, 0, 2), (5, 1_000, 20, 255)):
        monkeypatch.setattr("convviz.scene.parts.MOST_OUTPUTS", outputs)
        live = show("strided", room)
        scene = live.stage.shown
        assert scene is not None
        last = scene.steps - 1
        stage = go(live, last)
        expect_number(stage, float(scene.output.reshape(-1)[last]))
        picture = Still(scene)
        picture.show(last)
        seen = stage.evaluate(READ)["map"]
        drawn = np.asarray(picture.view.map_image.get_array(), int)
        there = np.array(seen["pixels"], int).reshape(drawn.shape)
        assert least <= np.abs(there - drawn).max() <= most
        dead = live.page.locator('.cv-mosaic canvas[data-panel="output"]').evaluate(
            """(canvas) => {
              const columns = Number(canvas.parentElement.dataset.columns);
              const [x, y] = [(5 + 0.5) / columns, 0.5 / Math.ceil(40 / columns)];
              return [...canvas.getContext("2d").getImageData(
                Math.floor(x * canvas.width), Math.floor(y * canvas.height), 1, 1).data];
            }"""
        )
        middle = live.page.locator(".cv-channels").evaluate(
            "(node) => getComputedStyle(node).getPropertyValue('--cv-middle').trim()"
        )
        assert "#" + "".join(f"{part:02x}" for part in dead[:3]) == middle.lower()


def test_int8_marks_the_cells_and_flags_the_values(show: Shown) -> None:
    live = show("strided", input_scale=0.02, kernel_scale=0.005)
    scene = live.stage.shown
    assert scene is not None
    step = scene.steps // 2
    stage = go(live, step)
    expect_number(stage, float(scene.output.reshape(-1)[step]))
    picture = Still(scene)
    picture.show(step)
    assert_same_rows(stage.evaluate(READ)["rows"], picture.view.rows)


def test_playing_asks_nobody_and_says_so(show: Shown) -> None:
    live = show("strided")
    stage = go(live, 0)
    live.page.wait_for_function("live.sent.filter((each) => 'parts' in each).length === 2")
    before = len(live.sent())
    live.page.evaluate(
        """() => {
          const slider = document.querySelector(".cv-slider");
          slider.value = 36 * 20;
          slider.dispatchEvent(new Event("input"));
          document.querySelector(".cv-play").click();
        }"""
    )
    expect(stage.locator(".cv-waits")).to_have_text(say("browser.channels.playing"))
    expect(stage).not_to_have_attribute("data-step", str(36 * 20))
    assert len(live.sent()) == before
    assert stage.locator(".cv-map canvas").evaluate("(canvas) => canvas.width") == 6
    stage.get_by_role("button", name="Pause", exact=True).click()
    step = int(stage.get_attribute("data-step") or "")
    scene = live.stage.shown
    assert scene is not None
    expect_number(stage, float(scene.output.reshape(-1)[step]))
    assert live.sent()[before]["parts"] == step


def test_an_input_that_is_not_here_has_no_number(show: Shown) -> None:
    live = show("strided")
    scene = live.stage.shown
    assert scene is not None
    stage = go(live, 0)
    expect_number(stage, float(scene.output.reshape(-1)[0]))
    canvas = stage.locator('.cv-mosaic canvas[data-panel="input"]')
    box = canvas.bounding_box()
    assert box is not None
    columns = int(canvas.locator("..").get_attribute("data-columns") or "")
    x = box["x"] + 0.5 * box["width"] / columns
    rows = -(-64 // columns)
    words = stage.locator(".cv-words")
    tile = box["height"] / rows
    live.page.mouse.move(x, box["y"] + 0.05 * tile)
    expect(words).to_contain_text("Channel 0 adds")
    expect(words).to_contain_text("Input [0,")
    live.page.mouse.move(x, box["y"] + 0.9 * tile)
    expect(words).to_contain_text("Channel 0 adds")
    expect(words).not_to_contain_text("Input [0,")
