"""The axis view in a real browser: what stands where, dragging, refusals, nobody answering."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from live_page import LivePage
from playwright.sync_api import Browser, Locator, Page, expect
from scenes import Case, cases, reference

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import Axis
from convviz.language.catalogue import say
from convviz.scene import palette
from convviz.widget.axes import Axes
from convviz.widget.explorer import Explorer

pytestmark = pytest.mark.browser

MODES = ["EXPLICIT_ROUND_DOWN", "EXPLICIT_ROUND_UP", "SAME_UPPER", "SAME_LOWER"]
SEVEN = np.arange(7, dtype=np.float32)[None]
FOUR = np.ones((1, 1, 4), np.float32)


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A notebook's width at 1280 pixels, and a hand's breadth of height."""
    context = chromium.new_context(
        viewport={"width": 944, "height": 720}, reduced_motion="reduce", offline=True
    )
    yield context.new_page()
    context.close()


def shown(page: Page, axes: Axes) -> LivePage:
    return LivePage(page, axes.stage)


def matrix(page: Page, n: int = 0) -> Locator:
    return page.locator(".cv-matrix").nth(n)


def row(page: Page, output: int, n: int = 0) -> Locator:
    return matrix(page, n).locator(f".cv-window[data-output='{output}']")


def dot(page: Page, output: int, tap: int, n: int = 0) -> Locator:
    return row(page, output, n).locator(f".cv-dot[data-tap='{tap}']")


# What stands where

READ = """() => [...document.querySelectorAll(".cv-matrix")].map((matrix) => {
  const middle = (node) => {
    const box = node.getBoundingClientRect();
    return box.x + box.width / 2;
  };
  const cells = [...matrix.querySelectorAll(".cv-cell")];
  const under = (x) => Number(cells.find((cell) => {
    const box = cell.getBoundingClientRect();
    return box.left <= x && x <= box.right;
  })?.dataset.index);
  return {
    axis: matrix.dataset.axis,
    cells: cells.map((cell) => [Number(cell.dataset.index), cell.dataset.kind]),
    counts: [...matrix.querySelectorAll(".cv-reads")].map((node) =>
      [under(middle(node)), Number(node.textContent), node.classList.contains("is-zero")]),
    windows: [...matrix.querySelectorAll(".cv-window")].map((window) => {
      const span = window.querySelector(".cv-span").getBoundingClientRect();
      return {
        output: Number(window.dataset.output),
        bar: [under(span.left + 3), under(span.right - 3)],
        dots: [...window.querySelectorAll(".cv-dot")].map((dot) =>
          [Number(dot.dataset.tap), under(middle(dot))]),
      };
    }),
  };
})"""


def assert_is_geometry(read: dict, axis: Axis) -> None:
    assert read["axis"] == axis.name
    assert read["cells"] == [[i, axis.kind(i).value] for i in axis.cells]
    counts = [len(axis.readers(i)) for i in axis.cells]
    assert read["counts"] == [[i, n, n == 0] for i, n in zip(axis.cells, counts, strict=True)]
    assert [window["output"] for window in read["windows"]] == list(range(axis.output))
    for window, cells in zip(read["windows"], axis.table, strict=True):
        assert window["dots"] == [[tap, cell] for tap, cell in enumerate(cells)]
        assert window["bar"] == [cells[0], cells[-1]]


def test_matrices_of_random_layers_are_what_geometry_says(page: Page) -> None:
    live = shown(page, cv.axes(SEVEN, FOUR))

    @settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
    @given(case=cases())
    def agrees(case: Case) -> None:
        axes = Axes(case.layer(), {"x": case.data}, device="cpu")
        live.stage = axes.stage
        live.tell()
        read = page.evaluate(READ)
        views = axes.scene.axis_views
        assert len(read) == len(views)
        for each, view in zip(read, views, strict=True):
            assert_is_geometry(each, view.axis)
        axes.close()

    agrees()
    assert live.complaints == []


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_presenting_fills_the_screen_and_cuts_nothing(page: Page, width: int, height: int) -> None:
    page.set_viewport_size({"width": width, "height": height})
    shown(page, cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES))
    font = "(view) => parseFloat(getComputedStyle(view).fontSize)"
    view, before = page.locator(".cv-axes"), page.locator(".cv-axes").evaluate(font)
    page.get_by_role("button", name="Present").click()
    expect(page.locator(".convviz-axes.is-presented")).to_have_count(1)
    expect(page.get_by_role("button", name="Present")).to_have_attribute("aria-pressed", "true")
    assert view.evaluate(font) > 1.3 * before
    for part in page.locator(".cv-cell, .cv-axis-value, .cv-reads, .cv-words").all():
        box = part.bounding_box()
        assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert 0 <= box["y"] <= box["y"] + box["height"] <= height
    page.keyboard.press("Escape")
    expect(page.locator(".is-presented")).to_have_count(0)
    assert view.evaluate(font) == before


@pytest.mark.parametrize("form", ["svg", "png", "html"])
def test_the_matrices_are_saved_as_they_are_drawn(form: str) -> None:
    axes = cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES)
    sent: list[tuple[dict[str, str], list[bytes]]] = []
    axes.stage.send = lambda content, buffers=None: sent.append((content, buffers))
    message = {"save": form, "step": 0, "theme": "dark", "request": "1"}
    axes.stage._handle_custom_msg(message, [])
    [(content, [file])] = sent
    assert content == {"request": "1", "name": f"axes.{form}"}
    if form == "svg":
        assert all(mode.encode() in file for mode in MODES)
    assert file.startswith({"svg": b"<?xml", "png": b"\x89PNG", "html": b"<!doctype"}[form])


def test_there_is_no_film_of_matrices() -> None:
    axes = cv.axes(SEVEN, FOUR)
    sent: list[dict[str, str]] = []
    axes.stage.send = lambda content, _buffers=None: sent.append(content)
    axes.stage._handle_custom_msg({"save": "gif", "step": 0, "theme": "", "request": "1"}, [])
    assert sent[0]["refused"].startswith("form: got 'gif'")


def test_the_four_modes_fit_on_one_screen(page: Page) -> None:
    shown(page, cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES))
    box = page.locator(".convviz-axes").bounding_box()
    assert box["width"] == 944
    assert box["height"] <= 430
    names = matrix(page).page.locator(".cv-axis-title strong").all_inner_texts()
    assert names == MODES
    assert [len(each["windows"]) for each in page.evaluate(READ)] == [2, 3, 4, 4]
    lefts = page.locator(".cv-cell[data-index='0']").evaluate_all(
        "(cells) => cells.map((cell) => cell.getBoundingClientRect().left)"
    )
    assert lefts[0] == lefts[2]
    assert lefts[1] == lefts[3], "one scale, one place"
    assert page.evaluate("document.documentElement.scrollWidth") <= 944


@pytest.mark.parametrize("width", [360, 820, 944, 1920])
def test_a_long_axis_fits_every_width(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    image, kernel = np.ones((1, 224, 224), np.float32), np.ones((1, 1, 7, 7), np.float32)
    shown(page, cv.axes(image, kernel, stride_nd=(2, 2), padding_nd=(3, 3)))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    expect(page.get_by_text("… 104 more").first).to_be_visible()
    if width >= 820:
        inside = page.locator(".cv-axes").evaluate("(node) => node.scrollWidth <= node.clientWidth")
        assert inside


# Dragging


def drag(page: Page, what: Locator, columns: float, *, steps: int = 6, let_go: bool = True) -> None:
    """Take hold of the middle of something and move it by so many columns."""
    cells = page.locator(".cv-matrix .cv-cell").evaluate_all(
        "(cells) => cells.slice(0, 2).map((cell) => cell.getBoundingClientRect().left)"
    )
    box = what.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + columns * (cells[1] - cells[0]), y, steps=steps)
    if let_go:
        page.mouse.up()


def test_dragging_sets_stride_dilation_and_padding(page: Page) -> None:
    axes = cv.axes(np.arange(12, dtype=np.float32)[None], np.ones((1, 1, 3), np.float32))
    live, layer = shown(page, axes), axes.layer
    drag(page, dot(page, 1, 0), 1)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "2")
    assert layer.stride_nd == (1, 2)
    drag(page, row(page, 2).locator(".cv-dot[data-tap='0']"), 2)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "3")
    assert layer.stride_nd == (1, 3), "the window after it moves twice as far"
    drag(page, dot(page, 0, 2), 2)
    expect(dot(page, 0, 2)).to_have_attribute("data-index", "4")
    assert layer.dilation_nd == (1, 2)
    drag(page, page.locator(".cv-axis-edge[data-edge=pre_padding]"), -2)
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(2)
    drag(page, page.locator(".cv-axis-edge[data-edge=post_padding]"), 1)
    expect(page.locator(".cv-cell[data-kind=post]")).to_have_count(1)
    assert (layer.pre_padding, layer.post_padding) == ((0, 2), (0, 1))
    drag(page, page.locator(".cv-axis-edge[data-edge=pre_padding]"), 9)
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(0)
    drag(page, dot(page, 1, 0), -9)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "1")
    [read] = page.evaluate(READ)
    assert_is_geometry(read, axes.scene.geometry.axes[1])
    assert live.complaints == []


def test_a_drag_has_one_request_under_way_and_none_twice(page: Page) -> None:
    axes = cv.axes(np.arange(20, dtype=np.float32)[None], np.ones((1, 1, 3), np.float32))
    live = shown(page, axes)
    drag(page, dot(page, 1, 0), 4, steps=40)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "5")
    texts = [message["text"] for message in live.sent()]
    assert texts[-1] == "5"
    assert len(texts) == len(set(texts)) <= 4
    assert {message["control"] for message in live.sent()} == {"stride_nd width"}


def test_escape_takes_a_drag_back_and_a_click_picks_the_row(page: Page) -> None:
    axes = cv.axes(np.arange(12, dtype=np.float32)[None], np.ones((1, 1, 3), np.float32))
    live = shown(page, axes)
    drag(page, dot(page, 1, 0), 3, let_go=False)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "4")
    page.keyboard.press("Escape")
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "1")
    page.mouse.up()
    assert axes.layer.stride_nd == (1, 1)
    asked = len(live.sent())
    dot(page, 3, 0).click()
    page.mouse.move(900, 700)
    expect(row(page, 3)).to_have_class("cv-axis-line cv-window is-current")
    expect(page.locator(".convviz-axes .cv-words")).to_have_text(
        "width: output 3 reads cells 3, 4, 5. Its value is 12."
    )
    assert len(live.sent()) == asked, "pointing asks nobody"


def test_a_finger_drags_too_and_nothing_is_too_small_for_it(chromium: Browser) -> None:
    context = chromium.new_context(
        viewport={"width": 820, "height": 1180}, has_touch=True, is_mobile=True
    )
    page = context.new_page()
    axes = cv.axes(
        np.arange(12, dtype=np.float32)[None], np.ones((1, 1, 3), np.float32), controls="all"
    )
    shown(page, axes)
    assert page.evaluate("matchMedia('(pointer: coarse)').matches")
    box = dot(page, 1, 0).bounding_box()
    pitch = box["width"] + 2
    client = context.new_cdp_session(page)
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    for kind, moved in (("touchStart", 0.0), ("touchMove", 1.0), ("touchMove", 2.0)):
        points = [{"x": x + moved * pitch, "y": y}]
        client.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    client.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "3")
    assert axes.layer.stride_nd == (1, 3)
    targets = page.locator(".cv-step, .cv-axis-steppers select, .cv-tool:visible, .cv-axis-edge")
    sizes = targets.evaluate_all(
        "(all) => all.map((each) => [each.offsetWidth, each.offsetHeight])"
    )
    assert len(sizes) > 10
    assert min(map(min, sizes)) >= 44
    for n, parameter in enumerate(["stride_nd", "dilation_nd", "dilation_nd"]):
        box = dot(page, 1, n).bounding_box()
        middle = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        for across, down in ((-20, -20), (20, -20), (-20, 20), (20, 20), (0, 0)):
            assert set_at(page, middle[0] + across, middle[1] + down) == parameter
    context.close()


def set_at(page: Page, x: float, y: float) -> str:
    """Which parameter dragging there would set: what the hint under the pointer says."""
    page.mouse.move(0, 0)
    page.mouse.move(x, y)
    title = page.evaluate("([x, y]) => document.elementFromPoint(x, y).title", [x, y])
    return title.removeprefix("Drag: ")


def test_all_of_a_window_is_the_stride_but_its_dots(page: Page) -> None:
    axes = cv.axes(
        np.arange(15, dtype=np.float32)[None], np.ones((1, 1, 3), np.float32), dilation_nd=(2,)
    )
    live = shown(page, axes)
    for output in range(3):
        bar = row(page, output).locator(".cv-span").bounding_box()
        y = bar["y"] + bar["height"] / 2
        middles = [
            box["x"] + box["width"] / 2
            for tap in range(3)
            for box in [dot(page, output, tap).bounding_box()]
        ]
        for x in np.arange(bar["x"] + 1, bar["x"] + bar["width"] - 1, 3):
            near = min(range(3), key=lambda tap, x=x: abs(middles[tap] - x))
            away = abs(middles[near] - x)
            found = set_at(page, x, y)
            cursor = page.evaluate(
                "([x, y]) => getComputedStyle(document.elementFromPoint(x, y)).cursor", [x, y]
            )
            if near and away < 6:  # on a dot, whose radius is 5.3
                assert found == "dilation_nd"
            if away > 9:
                assert found == ("stride_nd" if output else "")
            assert cursor == ("ew-resize" if found else "auto")
    bar = row(page, 1).locator(".cv-span").bounding_box()
    cell = bar["width"] / 5
    x, y = bar["x"] + 1.5 * cell, bar["y"] + bar["height"] / 2  # in the first gap
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 2 * cell, y, steps=5)
    page.mouse.up()
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "3")
    assert (axes.layer.stride_nd, axes.layer.dilation_nd) == ((1, 3), (1, 2))
    assert live.complaints == []


def test_a_click_that_trembles_sets_nothing(page: Page) -> None:
    image, kernel = np.ones((1, 224, 224), np.float32), np.ones((1, 1, 7, 7), np.float32)
    page.set_viewport_size({"width": 500, "height": 720})
    axes = cv.axes(image, kernel, padding_nd=(3, 3))
    live = shown(page, axes)
    for what in (dot(page, 1, 0), dot(page, 0, 1), page.locator(".cv-axis-edge").first):
        box = what.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + 3, y + 1)
        page.mouse.move(x - 3, y - 1)
        page.mouse.up()
    assert live.sent() == []
    assert axes.layer.stride_nd == axes.layer.dilation_nd == (1, 1)


def test_what_can_be_dragged_is_said(page: Page, tmp_path: Path) -> None:
    shown(page, cv.axes(SEVEN, FOUR, padding_mode="SAME_UPPER"))
    words = page.locator(".convviz-axes .cv-words")
    hints = [say(f"browser.axes.hint.{name}") for name in ("stride", "dilation", "padding")]
    expect(words).to_have_text(" ".join(hints))
    edge = page.locator(".cv-axis-edge[data-edge=post_padding]")
    edge.hover()
    expect(edge).to_have_attribute(
        "title", "SAME_UPPER chooses the padding. Choose an EXPLICIT mode to set it."
    )
    cv.page([cv.axes(SEVEN, FOUR)], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    expect(words).to_have_text("")
    dot(page, 1, 1).hover()
    assert (
        page.locator(".cv-axes [title]").evaluate_all(
            "(all) => all.map(({ title }) => title).filter(Boolean)"
        )
        == []
    )


# The lesson's own steppers


def steppers(page: Page) -> list[str]:
    names = page.locator(".cv-axis-setting").evaluate_all(
        "(all) => all.filter((each) => each.checkVisibility()).map((each) => each.ariaLabel)"
    )
    return list(names)


def test_one_idea_has_its_own_steppers_and_the_others_are_a_click_away(page: Page) -> None:
    data, kernel = cv.examples.counting(), cv.examples.powers_of_ten()
    axes = cv.axes(data, kernel, padding_nd=(1, 1), controls=["padding_nd"])
    live = shown(page, axes)
    assert steppers(page) == ["padding_nd height", "padding_nd width"]
    expect(page.get_by_label("padding_mode")).to_be_hidden()
    page.get_by_role("button", name="padding_nd width: one more").click()
    expect(page.locator(".cv-cell[data-kind=post]")).to_have_count(3)
    assert axes.layer.pre_padding == axes.layer.post_padding == (1, 2)
    page.get_by_role("button", name="All parameters").click()
    assert len(steppers(page)) == 12, "each of six once for each axis"
    drag(page, page.locator("[data-axis=width] .cv-axis-edge[data-edge=pre_padding]"), -1)
    expect(page.locator("output[aria-label='padding_nd width']")).to_have_text("3")
    assert axes.layer.pre_padding == axes.layer.post_padding == (1, 3)
    page.get_by_role("button", name="padding_nd width: one less").click()
    expect(page.get_by_label("padding_mode")).to_be_visible()
    page.get_by_role("button", name="pre_padding width: one less").click()
    both = page.locator("output[aria-label='padding_nd width']")
    expect(both).to_have_text("1 | 2")
    page.get_by_role("button", name="padding_nd width: one more").click()
    expect(both).to_have_text("2")
    assert axes.layer.pre_padding == axes.layer.post_padding == (1, 2)
    page.get_by_role("button", name="All parameters").click()
    assert steppers(page) == ["padding_nd height", "padding_nd width"]
    assert live.complaints == []


def test_without_names_no_stepper_stands_beside_the_picture(page: Page) -> None:
    live = shown(page, cv.axes(SEVEN, FOUR))
    assert steppers(page) == []
    page.get_by_role("button", name="All parameters").focus()
    page.keyboard.press("Enter")
    assert "stride_nd width" in steppers(page)
    assert live.complaints == []


@pytest.mark.parametrize(
    ("named", "gone"),
    [
        ({"pre_padding": [(0,), (1,)]}, {"pre_padding", "padding_nd"}),
        ({"padding_nd": [(0,), (1,)]}, {"pre_padding", "post_padding", "padding_nd"}),
        ({"padding_mode": MODES}, {"padding_mode"}),
        ({}, set()),
    ],
)
def test_what_is_compared_has_no_control_in_any_form(named: dict, gone: set[str]) -> None:
    axes = cv.axes(SEVEN, FOUR, **named)
    told = axes.stage.controls
    names = {row["name"] for row in told["parameters"] + told["others"]}
    every = {
        "kernel_size_nd",
        "stride_nd",
        "dilation_nd",
        "padding_nd",
        "pre_padding",
        "post_padding",
        "padding_mode",
    }
    assert names == every - gone
    for name in gone | {"num_output_maps", "kernel"}:
        with pytest.raises(ArgumentError, match=f"controls: got '{name}'; allowed: "):
            cv.axes(SEVEN, FOUR, controls=[name], **named)


# Refusals


def test_what_the_layer_refuses_is_said_and_the_picture_stays(page: Page) -> None:
    axes = cv.axes(SEVEN, FOUR, controls=["dilation_nd"])
    shown(page, axes)
    drag(page, dot(page, 0, 3), 6)
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("kernel_size_nd: got 4 along the width, an effective 10")
    expect(page.locator(".convviz-axes")).to_have_class("convviz convviz-axes is-refused")
    expect(dot(page, 0, 3)).to_have_attribute("data-index", "6")
    assert axes.layer.dilation_nd == (1, 3), "the layer has it, the picture is the last good one"
    page.get_by_role("button", name="dilation_nd width: one less").click()
    expect(alert).to_have_count(0)
    page.get_by_role("button", name="dilation_nd width: one less").click()
    expect(dot(page, 0, 3)).to_have_attribute("data-index", "3")
    assert axes.layer.dilation_nd == (1, 1)


def test_a_larger_kernel_keeps_the_weights_and_says_what_became_of_them(page: Page) -> None:
    axes = cv.axes(SEVEN, np.array([[[1, 2, 3]]], np.float32), controls=["kernel_size_nd"])
    live = shown(page, axes)
    page.get_by_role("button", name="kernel_size_nd width: one more").click()
    expect(dot(page, 0, 3)).to_have_attribute("data-index", "3")
    assert axes.layer.kernel.reshape(-1).tolist()[:3] == [1, 2, 3]
    expect(page.locator(".convviz-axes .cv-words")).to_have_text(axes.stage.controls["words"])
    assert axes.stage.controls["words"]
    expect(page.get_by_role("alert")).to_have_count(0)
    assert live.complaints == []


def test_a_padding_that_the_mode_decides_says_so(page: Page) -> None:
    axes = cv.axes(SEVEN, FOUR, padding_mode="SAME_UPPER", controls="all")
    live = shown(page, axes)
    words = page.locator(".convviz-axes .cv-words")
    for ask in (
        lambda: drag(page, page.locator(".cv-axis-edge[data-edge=post_padding]"), 2),
        lambda: page.get_by_role("button", name="pre_padding width: one more").press("Enter"),
    ):
        row(page, 0).hover()
        ask()
        expect(words).to_have_text(
            "SAME_UPPER chooses the padding. Choose an EXPLICIT mode to set it."
        )
    assert live.sent() == []
    page.get_by_label("padding_mode").select_option("EXPLICIT_ROUND_DOWN")
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(0)
    page.get_by_role("button", name="pre_padding width: one more").click()
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(1)


# The keyboard alone


def test_steppers_and_rows_by_the_keyboard_alone(page: Page) -> None:
    signal = np.arange(12, dtype=np.float32)[None]
    axes = cv.axes(signal, np.ones((1, 1, 3), np.float32), controls="all")
    live, layer = shown(page, axes), axes.layer
    names = page.get_by_role("button").evaluate_all(
        "(all) => all.map((each) => each.ariaLabel ?? each.textContent)"
    )
    assert len(set(names)) == len(names)

    def press(name: str, times: int = 1) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.ariaLabel") == name:
                break
        for _ in range(times):
            page.keyboard.press("Enter")

    press("stride_nd width: one more", 2)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "3")
    press("dilation_nd width: one more")
    expect(dot(page, 0, 2)).to_have_attribute("data-index", "4")
    press("pre_padding width: one more")
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(1)
    press("pre_padding width: one less", 3)
    expect(page.locator(".cv-cell[data-kind=pre]")).to_have_count(0)
    assert (layer.stride_nd, layer.dilation_nd) == ((1, 3), (1, 2))
    row(page, 1).hover()  # the pointer may rest anywhere
    matrix(page).focus()
    page.keyboard.press("End")
    last = axes.scene.geometry.axes[1].output - 1
    expect(row(page, last)).to_have_class("cv-axis-line cv-window is-current")
    page.keyboard.press("ArrowUp")
    expect(page.locator(".cv-live")).to_contain_text(f"output {last - 1} reads cells")
    page.keyboard.press("Home")
    expect(row(page, 0)).to_have_class("cv-axis-line cv-window is-current")
    page.get_by_role("button", name="Reset").press("Enter")
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "1")
    focusable = "button, select, [tabindex='0']"
    assert page.locator(focusable).evaluate_all(
        "(all) => all.every((each) => each.hasAttribute('data-lm-suppress-shortcuts'))"
    )
    assert live.complaints == []


# Following, and nobody to follow


def test_the_view_and_an_explorer_follow_one_layer(page: Page) -> None:
    explorer = cv.explore(SEVEN, FOUR)
    axes = cv.axes(explorer)
    live = shown(page, axes)
    assert axes.layer is explorer.layer
    explorer.layer.stride_nd = (1, 3)
    live.tell()
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "3")
    drag(page, dot(page, 1, 0), -1)
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "2")
    assert explorer.scene.geometry.axes[1].stride == 2


def test_all_values_of_a_comparison_follow_one_drag(page: Page) -> None:
    axes = cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES)
    shown(page, axes)
    drag(page, dot(page, 1, 0, n=2), 1)
    for n, first in enumerate((3, 3, 2, 1)):
        expect(dot(page, 1, 0, n=n)).to_have_attribute("data-index", str(first))
    for read, scene in zip(page.evaluate(READ), axes.scenes, strict=True):
        assert_is_geometry(read, scene.geometry.axes[1])
    expect(page.get_by_label("padding_mode")).to_have_count(0)
    row(page, 0, n=1).hover()
    for n in range(4):
        expect(row(page, 0, n=n)).to_have_class("cv-axis-line cv-window is-current is-lit")


def test_what_is_compared_cannot_be_dragged_and_says_so(page: Page) -> None:
    live = shown(page, cv.axes(SEVEN, FOUR, dilation_nd=[(1,), (2,)], controls="all"))
    drag(page, dot(page, 0, 1), 1)
    expect(page.locator(".convviz-axes .cv-words")).to_have_text(
        "dilation_nd is what is compared here."
    )
    assert live.sent() == []
    expect(page.get_by_role("button", name="dilation_nd width: one more")).to_have_count(0)


def test_a_kernel_that_is_gone_is_said_and_nothing_looks_alive(page: Page) -> None:
    axes = cv.axes(SEVEN, FOUR, controls=["stride_nd"])
    live = shown(page, axes)
    stage = page.locator(".convviz-axes")
    expect(stage).to_have_attribute("data-live", "true")
    live.answers = False
    page.get_by_role("button", name="stride_nd width: one more").click()
    expect(stage).to_have_attribute("data-live", "false")
    expect(stage.get_by_role("status").filter(has_text="run the cell again")).to_be_visible()
    expect(page.get_by_role("button", name="stride_nd width: one more")).to_be_disabled()
    expect(page.locator("output[aria-label='stride_nd width']")).to_have_text("1")
    expect(dot(page, 1, 0)).to_have_css("cursor", "auto")
    sent = len(live.sent())
    drag(page, dot(page, 1, 0), 1)
    assert len(live.sent()) == sent
    row(page, 2).hover()
    expect(row(page, 2)).to_have_class("cv-axis-line cv-window is-current is-lit")
    live.answers = True
    expect(stage).to_have_attribute("data-live", "true")
    page.get_by_role("button", name="stride_nd width: one more").click()
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "2")


# Under a board


def opened(page: Page, explorer: Explorer) -> LivePage:
    live = LivePage(page, explorer.stage)
    page.get_by_role("button", name="More").click()
    page.get_by_role("button", name="Axes", exact=True).click()
    page.keyboard.press("Escape")
    return live


def window_at(page: Page) -> list[tuple[int, int]]:
    cells = page.locator(".cv-board .cv-cell.is-tap[data-panel=input]")
    return cells.evaluate_all("(all) => all.map(({ dataset: { row, col } }) => [+row, +col])")


def test_a_row_lights_the_board_s_window_and_the_window_its_rows(page: Page) -> None:
    page.set_viewport_size({"width": 1100, "height": 1100})
    case = reference(stride_nd=(2, 2))
    live = opened(page, cv.explore(case.layer(), case.data))
    current = page.locator(".cv-window.is-current")
    expect(current).to_have_count(2)
    assert [int(each.get_attribute("data-output")) for each in current.all()] == [0, 0]
    page.locator(".cv-cell[data-panel=output][data-row='1'][data-col='2']").hover()
    assert [int(each.get_attribute("data-output")) for each in current.all()] == [1, 2]
    assert window_at(page) == [[row, column] for row in (2, 3, 4) for column in (4, 5, 6)]
    row(page, 1, n=0).hover()
    assert window_at(page) == [[row, column] for row in (2, 3, 4) for column in (0, 1, 2)]
    row(page, 3, n=1).locator(".cv-axis-label").click()
    expect(page.locator(".convviz-stage")).to_have_attribute("data-step", "3")
    page.keyboard.press("Escape")
    assert live.sent() == [], "pointing asks nobody"
    assert live.complaints == []


def test_python_opens_it_under_the_board(page: Page, tmp_path: Path) -> None:
    page.set_viewport_size({"width": 1100, "height": 1100})
    explorer = cv.explore(SEVEN, FOUR, view="axes", controls=["stride_nd"])
    live = LivePage(page, explorer.stage)
    expect(row(page, 0)).to_have_class("cv-axis-line cv-window is-current")
    assert page.locator(".cv-matrix").bounding_box()["width"] > 300
    page.get_by_role("button", name="stride_nd width: one more").click()
    expect(dot(page, 1, 0)).to_have_attribute("data-index", "2")
    page.get_by_role("button", name="More", exact=True).click()
    button = page.get_by_role("button", name="Axes", exact=True)
    expect(button).to_have_attribute("aria-pressed", "true")
    button.click()
    expect(page.locator(".cv-axes-panel")).to_be_hidden()
    assert live.complaints == []
    cv.page([explorer], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    expect(row(page, 0)).to_be_visible()
    with pytest.raises(ArgumentError, match="view: got 'x'; allowed: 'axes'"):
        cv.explore(SEVEN, FOUR, view="x")


def test_under_a_board_too_the_second_window_is_the_stride(page: Page) -> None:
    page.set_viewport_size({"width": 1100, "height": 1100})
    case = reference()
    explorer = cv.explore(case.layer(), case.data)
    live = opened(page, explorer)
    assert page.locator(".cv-axes-panel").bounding_box()["height"] > 150
    drag(page, dot(page, 1, 0, n=1), 1)
    expect(page.locator(".convviz-stage")).to_have_attribute("data-steps", "16")
    assert explorer.layer.stride_nd == (1, 2)
    reads = page.evaluate(READ)
    for read, axis in zip(reads, explorer.scene.geometry.axes, strict=True):
        assert_is_geometry(read, axis)
    live.answers = False
    drag(page, dot(page, 1, 0, n=1), 1)
    expect(page.locator(".convviz-stage")).to_have_attribute("data-live", "false")
    expect(dot(page, 1, 0, n=1)).to_have_css("cursor", "auto")
    assert live.complaints == []


# Themes and pages

CONTRASTS = (Path(__file__).parent / "explorer" / "contrasts.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_read_well(page: Page, theme: str) -> None:
    page.emulate_media(color_scheme=theme)
    shown(page, cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES))
    pages = {"light": "rgb(255, 255, 255)", "dark": "rgb(17, 20, 24)"}
    expect(page.locator(".convviz-axes")).to_have_css("background-color", pages[theme])
    contrasts = page.locator(".convviz-axes").evaluate(CONTRASTS)
    assert len(contrasts) > 80
    assert [each for each in contrasts if each[0] < palette.READABLE] == []
    zero = page.locator(".cv-reads.is-zero").first
    reds = {"light": "rgb(163, 24, 14)", "dark": "rgb(255, 180, 171)"}
    expect(zero).to_have_css("color", reds[theme])
    bar = dot(page, 1, 0).evaluate("(dot) => getComputedStyle(dot, '::before').backgroundColor")
    assert bar == "rgb(205, 99, 0)", "a weight's colour is the same in both"


def test_a_saved_page_shows_and_points_without_controls(page: Page, tmp_path: Path) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    axes = cv.axes(SEVEN, FOUR, stride_nd=(2,), padding_mode=MODES)
    cv.page([axes], tmp_path / "x.html")
    page.goto((tmp_path / "x.html").as_uri())
    for read, scene in zip(page.evaluate(READ), axes.scenes, strict=True):
        assert_is_geometry(read, scene.geometry.axes[1])
    row(page, 0, n=2).hover()
    expect(page.locator(".convviz-axes .cv-words")).to_have_text(
        "SAME_UPPER: output 0 reads cells -1, 0, 1, 2, 1 of them padding. Its value is 3."
    )
    expect(row(page, 0, n=3)).to_have_class("cv-axis-line cv-window is-current is-lit")
    assert page.get_by_role("button").all_inner_texts() == ["Present"]
    expect(page.locator(".cv-axis-edge").first).to_be_hidden()
    assert complaints == []
