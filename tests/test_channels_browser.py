"""A layer of many channels on a page: matplotlib's numbers and colours, in a bounded height."""

from __future__ import annotations

import channels
import matplotlib.colors
import matplotlib.text
import numpy as np
import pytest
from playwright.sync_api import expect

import convviz as cv
from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.network import facts
from convviz.plot.channel_rows import MARKS
from convviz.plot.still import Still
from convviz.scene import palette, parts, saved_parts
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

READ = """stage => {
  const shown = (node) => node.checkVisibility();
  const texts = (selector) => [...stage.querySelectorAll(selector)].filter(shown)
    .map((node) => node.textContent);
  const colour = (cell) => {
    const painted = getComputedStyle(cell).backgroundColor.match(/[\\d.]+/g).map(Number);
    return painted.length === 4 && painted[3] === 0 ? null : painted.slice(0, 3);
  };
  const canvas = stage.querySelector(".cv-map canvas");
  const pixels = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height).data;
  return {
    facts: texts(".cv-layer > div").filter(Boolean), sum: texts(".cv-parts-sum").join(""),
    share: texts(".cv-share > span")[0], ranges: texts(".cv-range"),
    rows: [...stage.querySelectorAll(".cv-channel-row")].filter(shown).map((row) => ({
      label: [...row.querySelectorAll(".cv-channel-label > *")].map((node) => node.textContent),
      cells: [...row.querySelectorAll(".cv-cell")].map((cell) => ({
        panel: cell.dataset.panel, kind: cell.dataset.kind, text: cell.textContent,
        colour: colour(cell), value: Number(cell.dataset.value),
        flag: cell.matches(".is-saturated") ? "s" : cell.matches(".is-vanished") ? "v" : " ",
      })),
    })),
    map: { height: canvas.height, width: canvas.width, pixels: [...pixels] },
    bars: Object.fromEntries(["adds", "takes", "bias", "total"].map((name) => {
      const path = stage.querySelector(`.cv-part.is-${name}`).getAttribute("d");
      return [name, (path.match(/M|L/g) ?? []).length];
    })),
  };
}"""
LAID_OUT = """async (stage) => {
  for (let n = 0; n < 3; n++) await new Promise(requestAnimationFrame);
  const { height } = stage.getBoundingClientRect();
  return [stage.clientWidth, height, stage.scrollWidth];
}"""
PIXELS = """(canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const found = new Set();
  for (let p = 0; p < data.length; p += 4) found.add([...data.slice(p, p + 3)].join());
  return [...found].map((text) => text.split(",").map(Number));
}"""
GO = """(slider, step) => {
  slider.value = step;
  slider.dispatchEvent(new Event("input"));
}"""


@pytest.fixture(scope="module")
def page(chromium):
    """A page with the network refused, as wide as JupyterLab leaves at 1280×720."""
    context = chromium.new_context(viewport={"width": 984, "height": 720}, offline=True)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module", params=channels.CASES)
def scene(request: pytest.FixtureRequest, page, tmp_path_factory) -> Scene:
    """One of the scenes; the page shows it."""
    scene = channels.CASES[request.param]().scene()
    path = tmp_path_factory.mktemp("page") / "scene.html"
    cv.page([scene], path)
    page.goto(path.as_uri())
    return scene


def go(page, step: int):
    """The stage, at a step."""
    stage = page.locator(".convviz-stage")
    stage.locator(".cv-slider").evaluate(GO, step)
    assert stage.get_attribute("data-step") == str(step)
    return stage


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_renderers_show_the_same(page, scene: Scene, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    picture = Still(scene, theme=theme)
    last = scene.steps - 1
    for step in (last // 3, last, 0):
        seen = go(page, step).evaluate(READ)
        picture.show(step)
        view = picture.view
        assert "".join(seen["facts"]).replace(" ", "") == "".join(view.facts).replace(" ", "")
        words = "".join(cell.text_artist.get_text() for cell in view.chart.words)
        assert seen["sum"].replace(" ", "") == words.replace(" ", "")
        assert (seen["share"] or "").strip() == view.share.text
        assert seen["ranges"] == [cell.text for cell in view.ranges]
        assert_same_rows(seen["rows"], view.rows)
        assert_same_map(seen["map"], view.map_image)


def assert_same_rows(browser: list[dict], rows: list) -> None:
    shown = [row for row in rows if row.name.text]
    assert len(browser) == len(shown)
    for seen, row in zip(browser, shown, strict=True):
        assert seen["label"] == [row.name.text, row.label.text]
        for factor, cells in row.cells.items():
            there = [cell for cell in seen["cells"] if cell["panel"] == factor]
            assert [cell["kind"] for cell in there] == [cell.kind.value for cell in cells]
            for cell, drawn in zip(there, cells, strict=True):
                if drawn.kind is not Kind.DATA:
                    assert cell["colour"] is None
                    continue
                fill = 255 * np.array(matplotlib.colors.to_rgb(drawn.style.fill))
                assert np.abs(fill - cell["colour"]).max() <= 1.01
                assert drawn.style.edge == MARKS.get(cell["flag"])


def assert_same_map(seen: dict, image) -> None:
    drawn = np.asarray(image.get_array(), int)
    there = np.array(seen["pixels"], int).reshape(seen["height"], seen["width"], 4)
    assert (there[..., 3] == drawn[..., 3]).all()
    reached = drawn[..., 3] > 0
    assert np.abs(there - drawn)[reached].max() <= 1


def test_there_is_a_bar_for_each_channel_that_adds_anything(page, scene: Scene) -> None:
    step = scene.steps // 2
    seen = go(page, step).evaluate(READ)
    found = parts.Parts.at(scene, step).of(scene.step(step).position)
    assert seen["bars"]["adds"] == (found[:-1] > 0).sum()
    assert seen["bars"]["takes"] == (found[:-1] < 0).sum()
    assert seen["bars"]["bias"] == (found[-1] != 0)
    assert seen["bars"]["total"] == len(found)


def test_sorted_bars_have_no_line_and_the_mosaics_stay(page, scene: Scene) -> None:
    stage = go(page, scene.steps // 2)
    if scene.geometry.group_channels == 1:  # nothing to put in another order
        expect(stage.locator(".cv-switches")).to_be_hidden()
        return
    before = stage.evaluate(READ)
    mosaic = "canvas => canvas.toDataURL()"
    pixels = [each.evaluate(mosaic) for each in stage.locator(".cv-mosaic canvas").all()]
    stage.get_by_role("button", name="Sort").click()
    after = stage.evaluate(READ)
    assert after["bars"] == {**before["bars"], "total": 0}
    assert after["rows"] == before["rows"]
    assert [each.evaluate(mosaic) for each in stage.locator(".cv-mosaic canvas").all()] == pixels
    stage.get_by_role("button", name="Sort").click()
    assert stage.evaluate(READ)["bars"] == before["bars"]


def test_the_channels_that_vary_most_over_the_map(page, scene: Scene) -> None:
    stage = go(page, scene.steps - 1)
    if scene.geometry.group_channels == 1:
        expect(stage.get_by_role("button", name="Whole map")).to_be_hidden()
        return
    output_map = scene.geometry.maps - 1
    spread = facts.part_spread(scene.run, output_map)
    first = scene.geometry.channels_of(output_map).start
    most = [first + n for n in parts.largest(spread, 4)]
    whole = stage.get_by_role("button", name="Whole map")
    whole.click()
    try:
        shown = stage.evaluate(READ)
        assert [row["label"][0] for row in shown["rows"]] == [f"ch {n}" for n in most]
        assert f"map {output_map}" in shown["sum"]
        assert f"ch {most[0]} " in shown["sum"]
        assert shown["bars"]["total"] == 0
        assert shown["bars"]["adds"] == np.count_nonzero(spread)
    finally:
        whole.click()
    assert stage.evaluate(READ)["bars"]["total"] > 0


def test_what_int8_could_not_hold_is_coloured(page, tmp_path) -> None:
    case = channels.strided()
    settings = {"input_scale": 0.02, "kernel_scale": 0.005}
    explorer = cv.explore(case.data, case.kernel, **settings)
    cv.page([explorer], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    stage = page.locator(".convviz-stage")
    colours = {
        tuple(round(255 * part) for part in matplotlib.colors.to_rgb(colour))
        for colour in (palette.SATURATED, palette.VANISHED)
    }
    pixels = stage.locator('.cv-mosaic canvas[data-panel="input"]').evaluate(PIXELS)
    assert colours < {tuple(pixel) for pixel in pixels}
    expect(stage.locator(".cv-warnings")).to_contain_text("inputs saturate")
    kinds = stage.locator(".cv-legend .cv-swatch").evaluate_all(
        "nodes => nodes.map((node) => node.dataset.kind)"
    )
    assert {"saturated", "vanished"} <= set(kinds)


@pytest.mark.parametrize(("scale", "letter"), [(0.0005, "s"), (0.03, "v")])
def test_both_renderers_mark_what_int8_did_to_the_numbers(
    page, tmp_path, scale: float, letter: str
) -> None:
    case = channels.strided()
    explorer = cv.explore(case.data, case.kernel, input_scale=0.01, kernel_scale=scale)
    cv.page([explorer], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    picture = Still(explorer.scene)
    flags = set()
    for step in (0, explorer.scene.steps // 2):
        rows = go(page, step).evaluate(READ)["rows"]
        picture.show(step)
        assert_same_rows(rows, picture.view.rows)
        flags |= {(cell["panel"], cell["flag"]) for row in rows for cell in row["cells"]}
    assert {("input", "s"), ("kernel", letter)} <= flags


def one_channel() -> Scene:
    """A single channel to 20 maps."""
    rng = np.random.default_rng(8)
    bias = channels.weights(rng, 20, 1).reshape(-1)
    kernel = channels.weights(rng, 20, 1, 3, 3)
    return channels.Case(channels.activations(rng, 1, 1, 9, 9), kernel, bias).scene()


@pytest.mark.parametrize("name", ["one channel", "depthwise"])
def test_a_channel_that_is_alone_is_compared_with_none(page, tmp_path, name: str) -> None:
    scene = one_channel() if name == "one channel" else channels.depthwise().scene()
    cv.page([scene], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    stage = go(page, 5)
    for part in (".cv-share", ".cv-parts-chart", ".cv-switches", ".cv-order", ".cv-key .is-adds"):
        expect(stage.locator(part)).to_be_hidden()
    expect(stage.locator(".cv-parts-sum")).to_contain_text("what the channel adds to y")
    seen = stage.evaluate(READ)
    assert "%" not in "".join(stage.locator(".cv-channels").inner_text())
    assert len(seen["rows"]) == 1
    drawn = Still(scene)
    drawn.show(5)
    assert drawn.view.share.text == ""
    texts = [text.get_text() for text in drawn.figure.findobj(matplotlib.text.Text)]
    assert not any("%" in text or "In memory order" in text for text in texts)
    outlined = stage.locator('.cv-tensor[data-tensor="input"] .cv-mark.is-most').get_attribute("d")
    assert bool(outlined) == (name == "depthwise"), "which of several channels is read"


def test_the_height_does_not_grow_with_the_layer(page, tmp_path) -> None:
    """944 pixels wide in a window of 720; the player is in sight."""
    heights = {}
    for name, scene in {
        **{name: case().scene() for name, case in channels.CASES.items()},
        "64": channels.huge(64, 7),
        "256": channels.huge(256, 7),
    }.items():
        cv.page([scene], tmp_path / "scene.html")
        page.goto((tmp_path / "scene.html").as_uri())
        stage = page.locator(".convviz-stage")
        width, height, across = stage.evaluate(LAID_OUT)
        assert across <= width <= 944, name
        heights[name] = height
    assert max(heights.values()) <= 520, heights


def test_a_large_kernel_is_colours_and_a_single_weight_a_number(page, tmp_path) -> None:
    for case, numbers in ((channels.coloured(), False), (channels.pointwise(), True)):
        cv.page([case.scene()], tmp_path / "scene.html")
        page.goto((tmp_path / "scene.html").as_uri())
        cells = page.locator(".convviz-stage").evaluate(READ)["rows"][0]["cells"]
        assert all(bool(cell["text"]) == numbers for cell in cells)
        assert len(cells) == 3 * int(np.prod(case.kernel.shape[2:]))


def test_a_map_that_a_page_has_not_says_so(page, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(saved_parts, "MOST_SAVED", 1)
    scene = channels.strided().scene()
    cv.page([scene], tmp_path / "scene.html")
    page.goto((tmp_path / "scene.html").as_uri())
    assert go(page, 5).locator(".cv-waits").count() == 0
    stage = go(page, 36 * 3)
    assert stage.locator(".cv-waits").inner_text() == say("browser.channels.page")
    assert stage.evaluate(READ)["bars"]["adds"] == 0
    assert go(page, 0).locator(".cv-waits").count() == 0
