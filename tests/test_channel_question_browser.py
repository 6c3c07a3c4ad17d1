"""Which channel adds most, and how large the output is, asked of a layer of many channels.

On pages that ask nobody, and once of a live explorer, whose parts come when a reader gets there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import channels
import numpy as np
import pytest
from live_page import LivePage
from offline_page import offline_page
from playwright.sync_api import Locator, Page, expect

import convviz as cv
from convviz.language.catalogue import say
from convviz.poster.hidden import Hidden
from convviz.scene import saved_parts
from convviz.scene.channels import signed_text
from convviz.scene.parts import Parts
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

STEP = 3 * 36 + 14  # amid map 3
TELLING = (
    ".cv-parts",
    ".cv-share",
    ".cv-order",
    ".cv-factor.is-product",
    ".cv-channel-label > :last-child",
)
OPAQUE = """(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
  .data.filter((_, n) => n % 4 === 3).filter(Boolean).length"""


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    """A page of 984×720 that may ask nobody, and whose time stands still."""
    with offline_page(chromium, 984, 720) as page:
        page.clock.install(time=0)
        yield page
        assert page.complaints == []


def asked(page: Page, folder: Path, case: Any = None, **options: Any) -> tuple[Locator, Scene]:
    """A saved page that asks; and its scene."""
    given = case or channels.strided()
    explorer = cv.explore(given.data, given.kernel, given.bias, **given.parameters, **options)
    cv.page([explorer], folder / "asks.html")
    page.goto((folder / "asks.html").as_uri())
    page.clock.pause_at(1000)
    stage = page.locator(".convviz-stage")
    expect(stage).to_have_attribute("data-step", str(options.get("step", 0)))
    return stage, explorer.scene


def choices(stage: Locator) -> list[int]:
    """The channels to choose from."""
    texts = [each.inner_text() for each in stage.locator(".cv-choice").all()]
    assert [text.split()[0] for text in texts] == [str(n + 1) for n in range(len(texts))]
    return [int(text.split()[2]) for text in texts]


def added(scene: Scene, step: int) -> np.ndarray:
    found: np.ndarray = Parts.at(scene, step).of(scene.step(step).position)[:-1]
    return found


def test_the_right_one_stands_apart_and_nothing_tells_it(page: Page, tmp_path: Path) -> None:
    stage, scene = asked(page, tmp_path, step=STEP, predict="channel")
    offered, parts = choices(stage), added(scene, STEP)
    assert len(offered) == 4
    assert offered == sorted(offered)
    best = int(parts.argmax())
    assert best in offered
    assert int(parts.argmin()) in offered
    assert max(parts[[n for n in offered if n != best]]) <= parts[best] / 2
    rows = stage.locator(".cv-channel-row:visible")
    assert [int(row.get_attribute("data-channel") or "") for row in rows.all()] == offered
    for part in TELLING:
        assert not stage.locator(part).locator("visible=true").count(), part
    assert stage.locator(".cv-map canvas").evaluate(OPAQUE) == STEP % 36
    mosaic = stage.locator('.cv-mosaic canvas[data-panel="input"]')
    mosaic.hover(position={"x": 5, "y": 5})
    expect(stage.locator(".cv-words")).to_contain_text("Input [0,")
    expect(stage.locator(".cv-words")).not_to_contain_text("adds")
    assert [int(row.get_attribute("data-channel") or "") for row in rows.all()] == offered
    expect(stage.locator(".cv-live")).to_have_text(
        say("browser.predict.channel.which", name="y[3, 2, 2]")
    )


def test_the_right_answer_shows_all_of_it(page: Page, tmp_path: Path) -> None:
    stage, scene = asked(page, tmp_path, step=STEP, predict=True)
    best = int(added(scene, STEP).argmax())
    stage.get_by_role("button", name=f"ch {best}", exact=False).click()
    expect(stage.locator(".cv-verdict")).to_have_text(say("browser.predict.right"))
    for part in TELLING[:1] + TELLING[3:]:
        expect(stage.locator(part).first).to_be_visible()
    expect(stage.locator(".cv-parts-sum")).to_contain_text("y[3, 2, 2]")


def test_a_wrong_one_is_told_why_and_then_the_answer(page: Page, tmp_path: Path) -> None:
    stage, scene = asked(page, tmp_path, step=STEP, predict="channel")
    offered, parts = choices(stage), added(scene, STEP)
    best = int(parts.argmax())
    wrong = [n for n in range(4) if offered[n] != best]
    wrong.sort(key=lambda n: parts[offered[n]])
    page.locator(".convviz-stage").press(str(wrong[0] + 1))
    words = stage.locator(".cv-verdict")
    expect(words).to_have_text(
        say("browser.predict.channel_hint.takes", channel=f"ch {offered[wrong[0]]}")
    )
    expect(stage.locator(".cv-choice").nth(wrong[0])).to_be_disabled()
    for part in TELLING:
        assert not stage.locator(part).locator("visible=true").count(), part
    stage.locator(".cv-choice").nth(wrong[1]).click()
    part = signed_text(float(parts[best]), 4)
    expect(words).to_have_text(
        say("browser.predict.channel.shown", channel=f"ch {best}", part=part)
    )
    expect(stage.locator(".cv-parts-sum")).to_be_visible()


def test_the_button_asks_at_once_and_amid_the_maps(page: Page, tmp_path: Path) -> None:
    stage, _ = asked(page, tmp_path)
    stage.get_by_role("button", name="Predict", exact=True).click()
    expect(stage).to_have_class(re.compile("is-asking"))
    stage.get_by_role("button", name="Skip", exact=True).click()
    stage.get_by_role("button", name="Pause", exact=True).click()
    expect(stage.locator(".cv-answer")).to_be_hidden()
    stage.get_by_role("button", name="Predict", exact=True).click()
    stage.get_by_role("button", name="First step", exact=True).click()
    stage.get_by_role("button", name="Predict", exact=True).click()
    stage.press("PageDown")  # the answer
    expect(stage.locator(".cv-parts-sum")).to_be_visible()
    stage.press("PageDown")  # the next question
    expect(stage).to_have_attribute("data-step", str(3 * 6 + 3))
    expect(stage.locator(".cv-choice").first).to_be_visible()


def test_what_a_page_has_not_is_not_asked(page: Page, tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(saved_parts, "MOST_SAVED", 1)
    stage, _ = asked(page, tmp_path, predict=[0, 36 * 20])
    assert len(choices(stage)) == 4
    stage.press("PageDown")
    stage.press("PageDown")
    expect(stage).to_have_attribute("data-step", str(36 * 20))
    expect(stage.locator(".cv-answer")).to_be_hidden()
    stage.get_by_role("button", name="Play", exact=True).click()
    page.clock.run_for(2000)
    expect(stage).not_to_have_attribute("data-step", str(36 * 20))


@pytest.mark.parametrize("name", ["strided", "depthwise", "volume"])
def test_the_size_of_any_layer_is_asked(page: Page, tmp_path: Path, name: str) -> None:
    case = channels.CASES[name]()
    stage, scene = asked(page, tmp_path, case, predict="size" if name == "strided" else True)
    sizes = [axis.output for axis in scene.geometry.axes]
    text = "×".join(map(str, sizes))
    words = stage.locator(".cv-asked-name")
    expect(words).to_contain_text("×".join(str(axis.size) for axis in scene.geometry.axes))
    assert f"{text} out" not in stage.locator(".cv-layer").inner_text()
    assert not stage.locator('.cv-tensor[data-tensor="output"] canvas >> visible=true').count()
    assert not stage.locator(".cv-channel-row >> visible=true").count()
    fields = stage.locator(".cv-asked-size input")
    for n, size in enumerate(sizes):
        fields.nth(n).fill(str(size + 1))
    stage.get_by_role("button", name="Check", exact=True).click()
    expect(stage.locator(".cv-verdict")).to_contain_text("Fewer rows.")
    for n, size in enumerate(sizes):
        fields.nth(n).fill(str(size))
    fields.last.press("Enter")
    expect(stage.locator(".cv-verdict")).to_have_text(say("browser.predict.right"))
    expect(stage.locator(".cv-layer")).to_contain_text(f"{text} out")
    expect(stage.locator(".cv-map canvas")).to_be_visible()


def test_parts_that_are_not_here_come_before_the_question(chromium: Any) -> None:
    case = channels.strided()
    explorer = cv.explore(case.data, case.kernel, case.bias, predict=[36 * 20], **case.parameters)
    context = chromium.new_context(viewport={"width": 984, "height": 720})
    live = LivePage(context.new_page(), explorer.stage)
    stage = live.page.locator(".convviz-stage")
    expect(stage).to_have_attribute("data-step", "0")
    stage.press("PageDown")
    expect(stage).to_have_attribute("data-step", str(36 * 20))
    expect(stage.locator(".cv-choice")).to_have_count(4)
    assert not stage.locator(".cv-parts >> visible=true").count()
    assert live.complaints == []
    context.close()


def test_a_still_does_not_tell_what_is_asked() -> None:
    scene = channels.strided().scene()
    assert Hidden.by(scene, 0, {"ask": "channel", "steps": []}).total
    hidden = Hidden.by(scene, 0, {"ask": "size", "steps": []})
    assert hidden.size
    assert hidden.total
    assert Hidden.by(scene, 0, {"ask": "number", "steps": []}) == Hidden()
