"""Slow motion among many channels, on a page whose clock the test moves: nobody is asked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import channels
import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect

import convviz as cv
from convviz.scene.parts import Parts
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

FRAME = 20  # milliseconds
BARS = """(stage) => ["adds", "takes", "bias"].map((name) =>
  stage.querySelector(`.cv-part.is-${name}`).getAttribute("d").split("M").length - 1)"""
MAP = """(stage) => {
  const canvas = stage.querySelector(".cv-map canvas");
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  return data.filter((_, n) => n % 4 === 3 && data[n]).length;
}"""


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    """A page of 1280×720 that may ask nobody, and whose time stands still."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.clock.install(time=0)
    yield page
    assert complaints == []
    context.close()


def show(page: Page, folder: Path, scene: Scene) -> Locator:
    cv.page([scene], folder / "x.html")
    page.goto((folder / "x.html").as_uri())
    page.clock.pause_at(1000)
    stage = page.locator(".convviz-stage")
    stage.get_by_role("button", name="Slow", exact=True).click()
    return stage


def counted(stage: Locator, scene: Scene) -> int:
    """How many channels have been added."""
    taps = scene.geometry.tap_count // scene.geometry.group_channels
    return int(stage.get_attribute("data-tap") or 0) // taps


def labels(stage: Locator) -> list[str]:
    return [each.inner_text() for each in stage.locator(".cv-channel-label:visible").all()]


def test_the_first_channels_are_added_one_by_one(page: Page, tmp_path: Path) -> None:
    scene = channels.strided().scene()
    parts = Parts.at(scene, 0).of((0, 0))
    stage = show(page, tmp_path, scene)
    assert counted(stage, scene) == 0
    assert sum(stage.evaluate(BARS)) == 0
    assert stage.evaluate(MAP) == 0
    forward = stage.get_by_role("button", name="Step forward")
    assert forward.get_attribute("title") == "Step forward by a channel"
    player = stage.locator(".cv-player .cv-label").first
    expect(player).to_have_text("output 1 of 1440 · channel 1 of 64")
    for count in range(1, 7):
        forward.click()
        assert counted(stage, scene) == count
        expect(player).to_have_text(f"output 1 of 1440 · channel {count + 1} of 64")
        adds, takes, bias = stage.evaluate(BARS)
        assert (adds, takes, bias) == ((parts[:count] > 0).sum(), (parts[:count] < 0).sum(), 0)
        assert len(labels(stage)) == min(count, 4)
        words = stage.locator(".cv-parts-sum").inner_text()
        assert f"after {count} channel" in words
        total = float(words.rpartition("= ")[2].replace("−", "-"))
        assert total == pytest.approx(parts[:count].sum(), rel=2e-3, abs=2e-4)
    assert [label.split()[1] for label in labels(stage)] == ["0", "1", "2", "3"]
    stage.get_by_role("button", name="Step back").click()
    assert counted(stage, scene) == 5


def test_playing_an_output_takes_ten_seconds_and_leaves_the_whole_sum(
    page: Page, tmp_path: Path
) -> None:
    rng = np.random.default_rng(7)
    many = channels.Case(
        channels.activations(rng, 1, 512, 6, 6), channels.weights(rng, 4, 512, 3, 3)
    )
    scene = many.scene()
    stage = show(page, tmp_path, scene)
    stage.get_by_role("slider", name="Speed").evaluate(
        "slider => { slider.value = 2; slider.dispatchEvent(new Event('input')); }"
    )
    stage.get_by_role("button", name="Play", exact=True).click()
    seen = []
    for _ in range(10_500 // FRAME):
        page.clock.run_for(FRAME)
        if stage.get_attribute("data-step") != "0":
            break
        seen.append(counted(stage, scene))
    assert seen == sorted(seen)
    singly = [seen.count(n) * FRAME for n in range(4)]
    assert all(abs(time - 900) <= 3 * FRAME for time in singly)
    assert 7_000 <= len(seen) * FRAME <= 10_400
    stage.get_by_role("button", name="Pause").click()
    stage.get_by_role("button", name="First step").click()
    assert stage.evaluate(MAP) == 1
    expect(stage.locator(".cv-parts-sum")).not_to_contain_text("after")
    assert sum(stage.evaluate(BARS)) == np.count_nonzero(Parts.at(scene, 0).of((0, 0)))


def test_what_a_channel_adds_flies_to_the_total(page: Page, tmp_path: Path) -> None:
    scene = channels.strided().scene()
    stage = show(page, tmp_path, scene)
    stage.get_by_role("slider", name="Speed").evaluate(
        "slider => { slider.value = 2; slider.dispatchEvent(new Event('input')); }"
    )
    stage.get_by_role("button", name="Play", exact=True).click()
    page.clock.run_for(1000)
    flying = stage.locator(".cv-flying")
    expect(flying).to_have_count(1)
    assert flying.inner_text() == labels(stage)[1].split()[2]
    page.clock.run_for(6000)
    expect(flying).to_have_count(0)
