"""The dive in a browser: played, scrubbed, steered by keys, and started from another pixel."""

from __future__ import annotations

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from lab import PAGE_SECONDS, Lab
from memory import Memory
from offline_page import offline_page
from playwright.sync_api import Locator, Page, expect

import convviz as cv
from convviz.scene.timeline import SECONDS, STAGES

pytestmark = pytest.mark.browser

PHOTOGRAPH, EDGES = cv.examples.photograph(), cv.examples.edges()
SHOW = """
import convviz as cv
dive = cv.dive(cv.examples.photograph(), cv.examples.edges(), at=(60, 100))
dive
"""
MOST_LISTENERS = 40


@pytest.fixture
def page(chromium):
    with offline_page(chromium, 984, 640) as page:
        yield page


def show(page: Page, path: Path, *items: object) -> Locator:
    cv.page(list(items) or [cv.dive(PHOTOGRAPH, EDGES, at=(60, 100)), "words"], path)
    page.goto(path.as_uri())
    return page.locator(".convviz-dive")


def second(dive: Locator) -> float:
    return float(dive.get_attribute("data-second"))


def scrub(dive: Locator, to: float) -> None:
    dive.locator(".cv-slider").evaluate(
        "(slider, to) => { slider.value = to; slider.dispatchEvent(new Event('input')); }", to
    )


def painted(dive: Locator) -> list[int]:
    """A fingerprint of the canvas: every 997th byte."""
    return dive.locator("canvas").evaluate(
        """(canvas) => {
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [...data].filter((_, n) => n % 997 === 0);
        }"""
    )


def test_a_page_plays_it_through_offline(page: Page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    words = [cv.dive(PHOTOGRAPH, EDGES, at=(60, 100)).shown.words[name] for name in STAGES]
    expect(dive.locator(".cv-dive-words")).to_have_text(words[0])
    page.evaluate(
        """() => {
          const words = document.querySelector(".cv-dive-words");
          window.heard = [words.textContent];
          const hear = () => heard.push(words.textContent);
          const watched = { childList: true, characterData: true, subtree: true };
          new MutationObserver(hear).observe(words, watched);
        }"""
    )
    scrub(dive, 0)
    dive.get_by_role("button", name="Play").click()
    expect(dive).to_have_attribute("data-playing", "true")
    expect(dive).to_have_attribute("data-playing", "false", timeout=PAGE_SECONDS * 1000)
    heard = page.evaluate("heard")
    assert heard == words, "each stage is said once, in its turn"
    assert second(dive) == SECONDS
    assert page.requests == [(tmp_path / "x.html").as_uri()]
    assert page.complaints == []


def test_it_is_scrubbed_to_and_fro_and_a_stage_is_one_press_away(page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    pictures = {}
    for name, (_, moment) in STAGES.items():
        scrub(dive, moment)
        assert dive.get_attribute("data-stage") == name
        pictures[name] = painted(dive)
    assert len({tuple(each) for each in pictures.values()}) == len(STAGES)
    for name, (_, moment) in reversed(STAGES.items()):
        dive.get_by_role("button", name=name, exact=True).click()
        assert second(dive) == moment
        assert painted(dive) == pictures[name], "the same on the way back"
        current = dive.locator("[aria-current=step]")
        expect(current).to_have_text(name)
    slider = dive.get_by_role("slider", name="Seconds")
    expect(slider).to_have_attribute("aria-valuetext", "1.4 seconds: picture")


def test_the_keyboard_alone_steers_it(page: Page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    dive.focus()
    moments = [moment for _, moment in STAGES.values()]
    for moment in moments[1:]:
        page.keyboard.press("PageDown")
        assert second(dive) == moment
    page.keyboard.press("PageUp")
    assert second(dive) == moments[-2]
    page.keyboard.press("ArrowLeft")
    assert second(dive) == moments[-2] - 0.25
    page.keyboard.press("End")
    assert second(dive) == SECONDS
    page.keyboard.press("Home")
    assert second(dive) == 0
    page.keyboard.press("Space")
    expect(dive).to_have_attribute("data-playing", "true")
    page.keyboard.press("Space")
    expect(dive).to_have_attribute("data-playing", "false")
    for node in dive.locator("button, input").all():
        assert node.get_attribute("data-lm-suppress-shortcuts") == "true"
        assert node.evaluate("(node) => node.getAttribute('aria-label') || node.textContent")


def test_a_page_does_not_look_as_if_a_pixel_could_be_chosen(page: Page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    picture = dive.locator(".cv-dive-picture")
    assert picture.get_attribute("tabindex") is None
    picture.hover()
    expect(picture).not_to_have_class(re.compile("can-choose"))
    expect(dive.locator(".cv-dive-pixel")).to_be_hidden()
    picture.click()
    expect(dive).to_have_attribute("data-pixel", "60,100")
    expect(dive).to_have_attribute("data-playing", "false")


def test_less_motion_shows_one_still_a_stage(page: Page, tmp_path: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    dive = show(page, tmp_path / "x.html")
    start, moment = STAGES["pixels"]
    scrub(dive, moment)
    page.wait_for_timeout(700)  # the stills have crossed
    still = painted(dive)
    scrub(dive, start + 0.3)
    page.wait_for_timeout(700)
    assert painted(dive) == still


def test_it_follows_the_theme_and_the_width(page: Page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    scrub(dive, STAGES["sum"][1])
    light = painted(dive)
    page.get_by_label("Theme").select_option("dark")
    page.wait_for_function(
        """(light) => {
          const canvas = document.querySelector(".cv-dive-canvas");
          const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
          return [...data].filter((_, n) => n % 997 === 0).join() !== light.join();
        }""",
        arg=light,
    )
    for width in (1400, 820, 420):
        page.set_viewport_size({"width": width, "height": 700})
        page.wait_for_timeout(100)
        box, host = dive.locator("canvas").bounding_box(), dive.bounding_box()
        assert box["width"] <= host["width"]
        assert box["width"] / box["height"] == pytest.approx(920 / 380, rel=0.01)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        for button in dive.get_by_role("button").all():
            place = button.bounding_box()
            assert place["x"] + place["width"] <= host["x"] + host["width"]
            assert abs(place["width"] - place["height"]) < 1 or place["width"] > place["height"]
    page.set_viewport_size({"width": 984, "height": 640})
    page.wait_for_timeout(100)
    assert dive.bounding_box()["height"] <= 480


def test_presented_it_fills_the_screen_and_nothing_is_outside(page: Page, tmp_path: Path) -> None:
    dive = show(page, tmp_path / "x.html")
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(dive.get_by_role("button", name="More")).to_be_hidden()
    before = dive.locator("canvas").bounding_box()
    dive.get_by_role("button", name="Present").click()
    for width, height in ((1280, 720), (1920, 1080), (820, 1180)):
        page.set_viewport_size({"width": width, "height": height})
        expect(dive).to_have_css("width", f"{width}px")
        page.wait_for_timeout(100)
        box = dive.locator("canvas").bounding_box()
        assert box["width"] / box["height"] == pytest.approx(920 / 380, rel=0.01)
        assert box["width"] > 0.9 * width or box["height"] > 0.6 * height
        for part in [".cv-dive-words", ".cv-dive-bar", "canvas"]:
            place = dive.locator(part).bounding_box()
            assert place["x"] >= 0
            assert place["x"] + place["width"] <= width
            assert place["y"] >= 0
            assert place["y"] + place["height"] <= height
    page.set_viewport_size({"width": 1280, "height": 720})
    dive.focus()
    page.keyboard.press("PageDown")
    expect(dive).to_have_attribute("data-stage", "pixels")
    page.keyboard.press("Escape")
    expect(dive).not_to_have_class(re.compile("is-presented"))
    expect(dive.locator("canvas")).to_have_css("width", f"{before['width']:g}px")
    assert page.complaints == []


def show_in_lab(lab: Lab, code: str = SHOW) -> Locator:
    lab.replace_cells([code])
    lab.run_all()
    dive = lab.page.locator(".convviz-dive")
    expect(dive).to_have_attribute("data-pixel", "60,100")
    expect(dive).to_have_attribute("data-live", "true")
    return dive


def test_any_pixel_can_be_chosen_by_pointer_and_by_keyboard(notebook: Lab) -> None:
    dive = show_in_lab(notebook)
    picture = dive.locator(".cv-dive-picture")
    expect(picture).to_have_class(re.compile("can-choose"))
    box = dive.locator("canvas").bounding_box()
    scale = box["width"] / 920
    photo = 380 / 300  # lengths of the stage for a pixel of the photograph, which is in the middle
    x, y = 460 + (30.5 - 128) * photo, 200.5 * photo
    notebook.page.mouse.move(box["x"] + x * scale, box["y"] + y * scale)
    expect(dive.locator(".cv-dive-pixel")).to_be_visible()
    pointed = picture.get_attribute("data-pointed")
    assert np.abs(np.subtract([int(i) for i in pointed.split(",")], (200, 30))).max() <= 1
    notebook.page.mouse.down()
    notebook.page.mouse.up()
    expect(dive).to_have_attribute("data-pixel", pointed)
    expect(dive).to_have_attribute("data-playing", "true")
    row, column = (int(i) for i in pointed.split(","))
    expect(dive.locator(".cv-dive-words")).to_contain_text(f"row {row}, column {column}")
    dive.focus()
    notebook.page.keyboard.press("Home")
    picture.focus()
    for key in ("ArrowDown", "ArrowRight", "ArrowRight"):
        notebook.page.keyboard.press(key)
    expect(dive.locator(".cv-dive-words")).to_have_text(
        f"Row {row + 1}, column {column + 2}. Enter dives there."
    )
    notebook.page.keyboard.press("Enter")
    expect(dive).to_have_attribute("data-pixel", f"{row + 1},{column + 2}")
    numbers = notebook.run_cell("print(dive.shown.planes[0].values)")
    window = PHOTOGRAPH[0, 0, row : row + 3, column + 1 : column + 4].reshape(-1)
    assert numbers.strip() == str([f"{value:.0f}" for value in window])


MODEL = """
import numpy as np
rng = np.random.default_rng(0)
many = rng.standard_normal((1, 64, 90, 80)).astype(np.float32)
weights = rng.standard_normal((4, 64, 3, 3)).astype(np.float32)
dive = cv.dive(many, weights, at=(60, 40))
dive
"""


def test_any_channel_can_be_chosen_and_a_file_saved(notebook: Lab) -> None:
    notebook.replace_cells([f"import convviz as cv{MODEL}"])
    notebook.run_all()
    dive = notebook.page.locator(".convviz-dive")
    expect(dive).to_have_attribute("data-pixel", "60,40")
    field = dive.get_by_role("spinbutton", name="Channel to show")
    first = int(dive.get_attribute("data-channel"))
    expect(field).to_have_value(str(first))
    scrub(dive, STAGES["weights"][1])
    dive.get_by_role("button", name="Channel to show: one more").click()
    expect(dive).to_have_attribute("data-channel", str(first + 1))
    assert second(dive) == STAGES["weights"][1], "at the same moment"
    field.fill("999")
    field.press("Enter")
    expect(dive).to_have_attribute("data-channel", "63")
    expect(field).to_have_value("63")
    field.press("ArrowDown")
    expect(dive).to_have_attribute("data-channel", "62")
    shown = notebook.run_cell("print(dive.shown.main.values == dive.shown.planes[62].values)")
    assert shown.strip() == "True"
    dive.get_by_role("button", name="More", exact=True).click()
    dive.get_by_role("button", name="Save").click()
    with notebook.page.expect_download() as download:
        dive.get_by_role("button", name="SVG").click()
    assert download.value.suggested_filename == "dive.svg"
    assert b"<svg" in Path(download.value.path()).read_bytes()


def test_playing_sends_nothing(notebook: Lab) -> None:
    dive = show_in_lab(notebook)
    notebook.run_cell("sent = []; dive.on_msg(lambda *got: sent.append(got[1]))")
    dive.focus()
    for key in ("Home", "Space", "PageDown", "PageDown", "ArrowLeft", "End"):
        notebook.page.keyboard.press(key)
    scrub(dive, 3.3)
    told = notebook.run_cell("print([m for m in sent if 'ping' not in m])")
    assert told.strip() == "[]"


def test_a_kernel_that_is_silent_is_told_of_and_no_pixel_can_be_chosen(lab: Lab) -> None:
    lab.new([SHOW])
    dive = show_in_lab(lab)
    process = int(lab.run_cell("import os; print(os.getpid())"))
    picture = dive.locator(".cv-dive-picture")
    os.kill(process, signal.SIGSTOP)
    try:
        dive.focus()
        picture.click(position={"x": 440, "y": 100})
        expect(dive).to_have_attribute("data-live", "false")
        expect(dive.get_by_role("status")).to_contain_text("run the cell again")
        expect(picture).not_to_have_class(re.compile("can-choose"))
        dive.get_by_role("button", name="Play").click()
        expect(dive).to_have_attribute("data-playing", "true")
    finally:
        os.kill(process, signal.SIGCONT)
    expect(dive).to_have_attribute("data-live", "true")
    expect(dive.get_by_role("status")).to_have_text("")


def test_views_that_are_closed_leave_nothing_behind(chromium, tmp_path: Path) -> None:
    from convviz.browser import bundle

    widget = cv.dive(np.ones((1, 1, 8, 8), np.float32), np.ones((3, 3), np.float32))
    page = chromium.new_page()
    script = bundle.script("dive")
    page.set_content(f"<script type=module>{script}; window.mountDive = mountDive</script>")
    opening = """([message, times]) => {
      for (let n = 0; n < times; n++) {
        const stop = new AbortController();
        const get = (name) => (name === "dive" ? message : undefined);
        mountDive(document.body, { get, on: () => {} }, stop.signal).start();
        stop.abort();
      }
    }"""
    page.evaluate(opening, [widget.dive, 2])
    memory = Memory(page)
    before = memory.kept()
    page.evaluate(opening, [widget.dive, 30])
    after = memory.kept()
    assert page.locator(".convviz-dive").count() == 0
    assert after.listeners - before.listeners <= MOST_LISTENERS
    assert after.nodes - before.nodes <= MOST_LISTENERS
    page.close()
