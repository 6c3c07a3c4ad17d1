"""A layer of many channels in JupyterLab: every channel and map in reach, its parts asked for."""

from __future__ import annotations

import re

import channels
import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import SETUP

from convviz.language.catalogue import say
from convviz.scene.channels import SUM_DIGITS, plain_text, signed_text
from convviz.scene.parts import Parts, largest
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

SHOW = """
import sys
sys.path.insert(0, {folder!r})
import channels
case = channels.{name}()
explorer = cv.explore(case.data, case.kernel, case.bias, **case.parameters)
layer = explorer.layer
explorer
"""


@pytest.fixture(scope="module")
def scene() -> Scene:
    return channels.strided().scene()


def show(lab: Lab, scene: Scene, name: str = "strided") -> Locator:
    folder = str(channels.__file__).rpartition("/")[0]
    lab.replace_cells([SETUP + SHOW.format(folder=folder, name=name)])
    lab.run_all()
    stage = lab.stage()
    expect(stage).to_have_attribute("data-steps", str(scene.steps))
    return stage


def step_of(scene: Scene, *place: int) -> int:
    return int(np.ravel_multi_index(place, scene.output.shape))


def expect_output(stage: Locator, scene: Scene, step: int) -> np.ndarray:
    """The stage shows what each channel adds to an output; returns that."""
    found = Parts.at(scene, step).of(scene.step(step).position)
    result = plain_text(float(scene.output.reshape(-1)[step]), SUM_DIGITS)
    words = stage.locator(".cv-parts-sum")
    expect(words).to_contain_text(scene.step(step).name)
    expect(words).to_have_text(re.compile(rf"= {re.escape(result)}$"))
    most = stage.locator(".cv-channel-row:visible").evaluate_all(
        """rows => rows.filter((row) => !row.matches('.is-chosen'))
          .map((row) => Number(row.dataset.channel))"""
    )
    first = scene.geometry.channels_of(scene.step(step).output_map).start
    assert most == [first + channel for channel in largest(found[:-1], 4)[: len(most)]]
    return found


def expect_chosen(stage: Locator, channel: int, part: float) -> None:
    row = stage.locator(".cv-channel-row.is-chosen")
    expect(row).to_have_attribute("data-channel", str(channel))
    expect(row.locator(".cv-channel-label")).to_contain_text(signed_text(part, SUM_DIGITS))


def tile(stage: Locator, panel: str, number: int, count: int) -> dict[str, float]:
    """The middle of a tile, in the page."""
    mosaic = stage.locator(f'.cv-mosaic canvas[data-panel="{panel}"]')
    mosaic.scroll_into_view_if_needed()
    box = mosaic.bounding_box()
    assert box is not None
    columns = int(mosaic.locator("..").get_attribute("data-columns") or "")
    rows = -(-count // columns)
    row, column = divmod(number, columns)
    return {
        "x": box["x"] + (column + 0.5) * box["width"] / columns,
        "y": box["y"] + (row + 0.5) * box["height"] / rows,
    }


def test_any_map_is_reached_by_its_number_and_its_parts_come(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    expect_output(stage, scene, 0)
    stage.focus()
    notebook.page.keyboard.press("ArrowRight")
    for output_map in (31, 7, 39):
        stage.get_by_label("Output map", exact=True).fill(str(output_map))
        step = step_of(scene, output_map, 0, 1)
        expect(stage).to_have_attribute("data-step", str(step))
        expect_output(stage, scene, step)


def test_any_channel_is_reached_by_its_number(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    found = expect_output(stage, scene, 0)
    for channel in (63, 5, 23):
        stage.get_by_label("Channel to show", exact=True).fill(str(channel))
        expect_chosen(stage, channel, found[channel])
    stage.get_by_label("Channel to show", exact=True).fill("")
    expect(stage.locator(".cv-channel-row.is-chosen")).to_have_count(0)
    stage.get_by_label("Channel to show", exact=True).fill("64")
    expect(stage.locator(".cv-number.is-wrong")).to_have_count(1)


def test_any_channel_and_map_is_reached_by_keys(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    found = expect_output(stage, scene, 0)
    press = notebook.page.keyboard.press
    stage.locator('.cv-panels[data-tensor="input"]').focus()
    press("ArrowRight")
    for channel in range(1, 12):
        press("ArrowRight")
        expect_chosen(stage, channel, found[channel])
    press("Escape")
    expect(stage.locator(".cv-channel-row.is-chosen")).to_have_count(0)
    stage.locator('.cv-panels[data-tensor="output"]').focus()
    for output_map in range(1, 4):
        press("ArrowRight")
        expect_output(stage, scene, step_of(scene, output_map, 0, 0))
    expect(stage).to_have_attribute("data-step", "0")


def test_any_channel_and_map_is_reached_by_pointing(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    found = expect_output(stage, scene, 0)
    for channel in (0, 40, 63):
        notebook.page.mouse.move(**tile(stage, "input", channel, 64))
        expect_chosen(stage, channel, found[channel])
        words = stage.locator(".cv-words")
        expect(words).to_contain_text(f"Channel {channel} adds {signed_text(found[channel], 4)}")
    for output_map in (39, 12):
        notebook.page.mouse.move(**tile(stage, "output", output_map, 40))
        expect_output(stage, scene, step_of(scene, output_map, 0, 0))
        expect(stage).to_have_attribute("data-step", "0")
    notebook.page.mouse.click(**tile(stage, "output", 12, 40))
    expect(stage).to_have_attribute("data-step", str(step_of(scene, 12, 0, 0)))
    expect(stage.get_by_label("Output map", exact=True)).to_have_value("12")


def test_the_map_that_plays_is_drawn_as_far_as_it_has_come(notebook: Lab) -> None:
    scene = channels.depthwise().scene()
    stage = show(notebook, scene, "depthwise")
    for place in ((20, 3, 4), (20, 8, 8), (3, 0, 0)):
        step = step_of(scene, *place)
        stage.locator(".cv-slider").evaluate(
            "(slider, step) => { slider.value = step; slider.dispatchEvent(new Event('input')); }",
            step,
        )
        expect(stage.get_by_label("Output map", exact=True)).to_have_value(str(place[0]))
        opaque = stage.locator(".cv-map canvas").evaluate(
            """(canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height)
              .data.filter((_, n) => n % 4 === 3).filter(Boolean).length"""
        )
        assert opaque == place[1] * 9 + place[2] + 1
        expect_output(stage, scene, step)


SENT = """() => {
  window.sent = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (data) {
    window.sent.push(typeof data === "string" ? data : new TextDecoder().decode(data));
    return send.call(this, data);
  };
}"""


def test_playing_asks_for_nothing_and_a_pause_asks_for_what_is_missing(
    notebook: Lab, scene: Scene
) -> None:
    stage = show(notebook, scene)
    expect_output(stage, scene, 0)
    notebook.page.evaluate(SENT)
    first = 20 * 36  # of a map whose parts were never asked for
    stage.evaluate(
        """(stage, step) => {
          const slider = stage.querySelector(".cv-slider");
          slider.value = step;
          slider.dispatchEvent(new Event("input"));
          stage.querySelector(".cv-play").click();
        }""",
        first,
    )

    def asked() -> list[int]:
        texts = notebook.page.evaluate("window.sent")
        steps = [int(step) for text in texts for step in re.findall(r'"parts":(\d+)', text)]
        return [step for step in steps if step >= first]

    expect(stage.locator(".cv-waits")).to_have_text(say("browser.channels.playing"))
    expect(stage).not_to_have_attribute("data-step", str(first))
    assert asked() == []
    stage.get_by_role("button", name="Pause", exact=True).click()
    step = int(stage.get_attribute("data-step") or "")
    expect_output(stage, scene, step)
    assert asked()[0] == step


def test_another_stride_brings_other_parts(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    expect_output(stage, scene, 0)
    notebook.run_cell("layer.stride_nd = (1, 1)")
    other = channels.strided()
    other.parameters["stride_nd"] = (1, 1)
    moved = other.scene()
    expect(stage).to_have_attribute("data-steps", str(moved.steps))
    expect_output(stage, moved, 0)
    expect(stage.locator(".cv-layer")).to_contain_text("12×12 out")


def test_why_a_number_cannot_be_typed_is_said(notebook: Lab, scene: Scene) -> None:
    stage = show(notebook, scene)
    expect_output(stage, scene, 0)
    stage.locator('.cv-cell[data-panel="kernel"]').first.dblclick()
    expect(stage.locator(".cv-words")).to_have_text(say("browser.editor.fixed.channels"))


def test_where_nobody_answers_it_says_so(lab: Lab, scene: Scene) -> None:
    lab.new([""], app="doc")
    stage = show(lab, scene)
    expect_output(stage, scene, 0)
    lab.page.evaluate("() => { lab.panel.context.sessionContext.shutdown(); }")
    expect(stage).to_have_attribute("data-live", "false")
    stage.get_by_label("Output map", exact=True).fill("9")
    expect(stage.locator(".cv-waits")).to_contain_text("Jupyter kernel is away")
    stage.get_by_label("Output map", exact=True).fill("0")
    expect_output(stage, scene, 0)
