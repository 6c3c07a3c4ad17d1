"""The stage as a whole: what fits on a screen, what stands where, and what stays where it is.

A stage is mounted on a bare page, with what an explorer's stage would be sent.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, expect
from scenes import DIGITS, POWERS

import convviz as cv
from convviz.browser import bundle
from convviz.scene.scene import Scene
from convviz.widget.stage import Stage

pytestmark = pytest.mark.browser

MOUNT = """
window.show = (states) => states.map((state, n) => mount(
  document.querySelectorAll(".host")[n],
  {
    get: (name) => {
      const floats = state[name]?.floats;
      return floats ? new DataView(new Float32Array(floats).buffer) : state[name];
    },
    on: () => {}, send: (message) => (window.sent ??= []).push(message), save: async () => "",
  },
  new AbortController().signal,
));
"""
JUPYTER_SIDEBAR = 944  # pixels that JupyterLab leaves beside its sidebar, of 1280
TABLET = 820
MOST_HEIGHT = 480  # pixels from the stage's top to the player's lower edge

LESSONS: dict[str, dict[str, Any]] = {
    "plain": {},
    "padded": {"padding_nd": (1, 1)},
    "strided": {"stride_nd": (2, 2)},
}
RNG = np.random.default_rng(7)
PHOTOGRAPHS = {
    "grey": (RNG.integers(0, 256, (1, 1, 90, 120)), np.full((3, 3), 1 / 9)),
    "colour": (RNG.integers(0, 256, (1, 3, 160, 140)), RNG.integers(-9, 9, (2, 3, 3, 3))),
    "large kernel": (RNG.integers(0, 256, (1, 1, 200, 200)), RNG.integers(-9, 9, (1, 1, 9, 9))),
}


def state_of(stage: Stage, scene: Scene) -> dict[str, Any]:
    """What the browser gets of a stage, as JSON."""
    traits = {name: getattr(stage, name) for name in Stage.class_own_traits(sync=True)}
    state = {name: value for name, value in traits.items() if not isinstance(value, bytes)}
    if not scene.readable:
        for name, values in (("input_values", scene.values), ("output_values", scene.output)):
            state[name] = {"floats": values.reshape(-1).tolist()}
    return json.loads(json.dumps(state, default=float))


@pytest.fixture
def mount(chromium) -> Callable[..., Page]:
    """Show explorers or comparisons, in columns of some width, on a page of some size."""
    contexts = []

    def show(*widgets: Any, width: int, height: int = 720, **options: Any) -> Page:
        viewport = {"width": width, "height": height}
        contexts.append(chromium.new_context(viewport=viewport, **options))
        page = contexts[-1].new_page()
        stages = [
            pair
            for widget in widgets
            for pair in zip(
                getattr(widget, "stages", None) or [widget.stage],
                getattr(widget, "scenes", None) or [widget.scene],
                strict=True,
            )
        ]
        page.set_content(
            f"<style>{bundle.style_sheet()} body {{ margin: 0 }}</style>"
            f"<div class=convviz-comparison><div class=convviz-pictures>"
            f"{'<div><div class=host></div></div>' * len(stages)}</div></div>"
            f"<script type=module>{bundle.script('stage')}{MOUNT}</script>"
        )
        states = [state_of(stage, scene) for stage, scene in stages]
        page.evaluate("(states) => { window.stages = show(states); }", states)
        for n in range(len(stages)):
            expect(page.locator(".convviz-stage").nth(n)).to_have_attribute("data-step", "0")
        return page

    yield show
    for context in contexts:
        context.close()


def lesson(name: str, **options: Any) -> Any:
    return cv.explore(DIGITS, POWERS, controls=["stride_nd"], **LESSONS[name], **options)


def box(part: Locator) -> dict[str, float]:
    found = part.bounding_box()
    assert found is not None
    return found


def bottom(part: Locator) -> float:
    return box(part)["y"] + box(part)["height"]


CUT = """(stage) => {
  const whole = stage.closest(".is-together") ?? stage;
  const { left, right } = whole.getBoundingClientRect();
  const parts = stage.querySelectorAll(".cv-cell, .cv-canvas, .cv-value, button, .cv-frame");
  return [...parts].filter((part) => {
    if (!part.checkVisibility() || part.closest(".cv-menu")) return false;
    const box = part.getBoundingClientRect();
    return box.left < left || box.right > right + 0.5;
  }).map((part) => part.outerHTML);
}"""


@pytest.mark.parametrize("name", LESSONS)
def test_the_lesson_and_its_player_are_on_one_screen(mount, name: str) -> None:
    page = mount(lesson(name), width=JUPYTER_SIDEBAR)
    stage = page.locator(".convviz-stage")
    assert bottom(stage.locator(".cv-player")) - box(stage)["y"] <= MOST_HEIGHT
    assert stage.evaluate(CUT) == []
    kernel, output, source = (
        box(stage.locator(f'.cv-tensor[data-tensor="{tensor}"]'))
        for tensor in ("kernel", "output", "input")
    )
    assert source["x"] + source["width"] <= output["x"] == kernel["x"]
    assert output["y"] + output["height"] <= kernel["y"], "the kernel stands under the output"
    font = stage.locator(".cv-board").evaluate("(board) => parseFloat(board.style.fontSize)")
    assert font >= 11


@pytest.mark.parametrize("name", LESSONS)
def test_on_a_tablet_nothing_is_cut(mount, name: str) -> None:
    page = mount(lesson(name), width=TABLET, height=1180, has_touch=True)
    stage = page.locator(".convviz-stage")
    assert stage.evaluate(CUT) == []
    assert (
        stage.locator(".cv-board").evaluate(
            "({ scrollWidth, clientWidth }) => scrollWidth - clientWidth"
        )
        == 0
    )
    assert bottom(stage.locator(".cv-player")) <= 1180


@pytest.mark.parametrize("name", LESSONS)
def test_the_player_is_the_last_line_in_one_row(mount, name: str) -> None:
    page = mount(lesson(name), width=JUPYTER_SIDEBAR)
    stage = page.locator(".convviz-stage")
    player = stage.locator(".cv-player")
    assert bottom(player) == pytest.approx(bottom(stage) - 10, abs=1)
    middles = player.evaluate("""(player) => [...player.children].map((part) => {
        const { top, height } = part.getBoundingClientRect();
        return top + height / 2;
    })""")
    assert max(middles) - min(middles) < 3, "one row"


def test_the_lesson_s_controls_stay_where_they_are_when_the_picture_grows(mount) -> None:
    pages = [mount(lesson(name), width=JUPYTER_SIDEBAR) for name in LESSONS]
    places = [box(page.get_by_role("group", name="stride_nd")) for page in pages]
    assert places == places[:1] * len(LESSONS)


def test_each_product_stands_on_its_weight_as_soon_as_it_is_added(mount) -> None:
    page = mount(lesson("padded"), width=JUPYTER_SIDEBAR)
    stage = page.locator(".convviz-stage")
    scene = lesson("padded").scene
    page.evaluate("() => { stages[0].go(11); }")
    for tap in range(10):
        page.evaluate("(tap) => { stages[0].tap = tap; stages[0].draw(); }", tap)
        expect(stage).to_have_attribute("data-tap", str(tap))
        expect(stage).to_have_attribute("data-taps", "9")
        values = stage.locator(".cv-value").all_inner_texts()
        assert values == [*"231564897"][:tap] + [""] * (9 - tap)
        exact = scene.running["exact"][11][tap - 1] if tap else "0"
        assert stage.locator(".cv-exact").inner_text() == exact
        expect(stage.locator(".cv-sum-name")).to_have_text(
            f"y[1, 2] so far, {tap} of 9 products added"
        )
        expect(stage.locator(".cv-label").first).to_contain_text("output 12 of 54 · product ")
    page.evaluate("() => { stages[0].tap = null; stages[0].draw(); }")
    expect(stage.locator(".cv-sum-name")).to_have_text("y[1, 2] =")
    expect(stage.locator(".cv-total")).to_have_text("23156.4897float32 → 23156.49")


def test_one_long_number_leaves_the_others_as_they_are(mount) -> None:
    data = DIGITS.copy()
    data[0, 0, 5, 8] = 123456789
    plain, long = (
        mount(cv.explore(each, POWERS), width=JUPYTER_SIDEBAR).locator(".convviz-stage")
        for each in (DIGITS, data)
    )
    cell = long.locator('.cv-cell[data-panel="input"]').last
    expect(cell).to_have_attribute("title", "123456790")
    expect(cell).to_have_text("1.2e8")
    size = "(board) => parseFloat(board.style.fontSize)"
    fonts = [each.locator(".cv-board").evaluate(size) for each in (plain, long)]
    assert fonts[1] >= 0.8 * fonts[0]


@pytest.mark.parametrize("name", PHOTOGRAPHS)
@pytest.mark.parametrize(("width", "height"), [(JUPYTER_SIDEBAR, 720), (TABLET, 1180)])
def test_a_photograph_its_kernel_and_its_output_can_be_seen(mount, name, width, height) -> None:
    page = mount(cv.explore(*PHOTOGRAPHS[name]), width=width, height=height)
    stage = page.locator(".convviz-stage")
    assert stage.evaluate(CUT) == []
    assert bottom(stage.locator(".cv-player")) <= min(height, MOST_HEIGHT * height / 720)
    image = box(stage.locator("canvas[data-panel=input]"))
    assert min(image["width"], image["height"]) >= 150
    outputs = stage.locator("canvas[data-panel=output]")
    assert sum(box(each)["width"] for each in outputs.all()) >= 150
    cell = box(stage.locator('.cv-cell[data-panel="kernel"]').first)
    assert cell["height"] >= 11


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
@pytest.mark.parametrize("name", [*LESSONS, *PHOTOGRAPHS])
def test_presenting_fills_the_screen_with_everything_in_sight(mount, name, width, height) -> None:
    explorer = lesson(name) if name in LESSONS else cv.explore(*PHOTOGRAPHS[name])
    page = mount(explorer, width=width, height=height)
    stage = page.locator(".convviz-stage")
    size = "(board) => parseFloat(board.style.fontSize)"
    before = stage.locator(".cv-board").evaluate(size)
    present = stage.get_by_role("button", name="Present")
    present.click()
    expect(present).to_have_attribute("aria-pressed", "true")
    assert box(stage) == {"x": 0, "y": 0, "width": width, "height": height}
    assert stage.evaluate(CUT) == []
    assert bottom(stage.locator(".cv-player")) <= height
    assert (
        stage.locator(".cv-picture").evaluate("(node) => node.scrollHeight - node.clientHeight")
        <= 1
    )
    assert stage.locator(".cv-board").evaluate(size) >= before
    page.keyboard.press("PageDown")
    expect(stage).to_have_attribute("data-step", "1")
    page.keyboard.press("PageUp")
    expect(stage).to_have_attribute("data-step", "0")
    page.keyboard.press("Escape")
    expect(present).to_have_attribute("aria-pressed", "false")
    assert stage.locator(".cv-board").evaluate(size) == before


def test_the_frame_of_the_window_has_all_its_edges_at_the_border(mount) -> None:
    page = mount(lesson("plain"), width=JUPYTER_SIDEBAR)
    frame = page.locator(".cv-frame.is-window")
    board = box(page.locator(".cv-board"))
    assert box(frame)["x"] >= board["x"]
    assert box(frame)["y"] >= board["y"]


def test_a_step_of_a_lesson_s_control_asks_once(mount) -> None:
    page = mount(lesson("plain"), width=JUPYTER_SIDEBAR)
    page.get_by_role("button", name="stride_nd width: one more").click()
    [sent] = [each for each in page.evaluate("() => sent") if "request" in each]
    assert (sent["control"], sent["place"]) == ("stride_nd width", 2)
    less = page.get_by_role("button", name="stride_nd height: one less")
    expect(less).to_have_attribute("aria-disabled", "true")
    less.click(force=True)
    assert len(page.evaluate("() => sent.filter((each) => 'request' in each)")) == 1


def test_under_a_finger_every_button_has_44_pixels(mount) -> None:
    page = mount(lesson("plain"), width=TABLET, height=1180, has_touch=True, is_mobile=True)
    sizes = page.locator("button:visible:not(.cv-sizes)").evaluate_all(
        "(all) => all.map((one) => [one.getBoundingClientRect().height, one.textContent])"
    )
    assert [each for each in sizes if each[0] < 44] == []


def test_the_keys_are_listed_for_who_asks(mount) -> None:
    page = mount(lesson("plain"), width=JUPYTER_SIDEBAR)
    stage, keys = page.locator(".convviz-stage"), page.locator(".cv-keys")
    expect(keys).to_be_hidden()
    stage.press("?")
    expect(keys).to_be_visible()
    names, words = (keys.locator(part).all_text_contents() for part in ("dt", "dd"))
    assert (len(names), len({*words})) == (9, 9)
    page.get_by_role("button", name="More", exact=True).click()
    page.get_by_role("button", name="Keys").click()
    expect(keys).to_be_hidden()


def test_the_parameters_stand_in_two_columns_and_leave_the_picture_in_sight(mount) -> None:
    page = mount(lesson("plain"), width=JUPYTER_SIDEBAR)
    page.get_by_role("button", name="All parameters").click()
    table, others = (box(page.locator(name)) for name in (".cv-table", ".cv-others"))
    assert others["x"] >= table["x"] + table["width"]
    assert others["x"] + others["width"] <= JUPYTER_SIDEBAR
    assert page.locator(".convviz-stage").evaluate(CUT) == []
    assert bottom(page.get_by_role("button", name="Play")) <= 600


COMPARISONS = {
    "two dilations": {"dilation_nd": [(1, 1), (2, 2)]},
    "two modes": {"stride_nd": (2, 2), "padding_mode": ["SAME_UPPER", "SAME_LOWER"]},
    "three strides": {"stride_nd": [(1, 1), (2, 2), (2, 3)]},
}


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize("width", [JUPYTER_SIDEBAR, TABLET])
def test_compared_pictures_stand_in_one_line_at_one_scale_under_one_player(
    mount, name: str, width: int
) -> None:
    page = mount(cv.compare(DIGITS, POWERS, **COMPARISONS[name]), width=width)
    stages = page.locator(".convviz-stage").all()
    assert [stage.evaluate(CUT) for stage in stages] == [[]] * len(stages)
    for part in ("input", "output"):
        places = [box(each.locator(f'.cv-tensor[data-tensor="{part}"]')) for each in stages]
        lines = [{place[side] for place in places} for side in ("x", "y")]
        assert min(map(len, lines)) == 1, "a row or a column"
    fonts = page.locator(".cv-board").evaluate_all("(all) => all.map((b) => b.style.fontSize)")
    assert len({*fonts}) == 1
    if len(stages) == 2 and width == JUPYTER_SIDEBAR:  # of 720 pixels JupyterLab leaves these
        assert bottom(page.locator(".convviz-stage").last) <= 610
    play = page.get_by_role("button", name="Play")
    expect(play).to_have_count(1)
    assert bottom(play) <= MOST_HEIGHT


@pytest.mark.parametrize("name", COMPARISONS)
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_a_comparison_is_presented_as_a_whole(mount, name: str, width: int, height: int) -> None:
    page = mount(cv.compare(DIGITS, POWERS, **COMPARISONS[name]), width=width, height=height)
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".convviz-comparison.is-presented")).to_have_count(1)
    for stage in page.locator(".convviz-stage").all():
        assert stage.evaluate(CUT) == []
        assert bottom(stage.locator(".cv-board")) <= height
    page.keyboard.press("PageDown")
    for stage in page.locator(".convviz-stage").all():
        expect(stage).to_have_attribute("data-step", "1")
    page.keyboard.press("Escape")
    expect(page.locator(".is-presented")).to_have_count(0)
