"""Photographs and comparisons in a narrow column: nothing is cut, nothing stands over another."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FloatRect, Locator, Page

import convviz as cv

pytestmark = pytest.mark.browser

DATA, KERNEL = cv.examples.counting(), cv.examples.powers_of_ten()
COLUMN = 460  # pixels that JupyterLab's sidebar leaves of 820
Show = Callable[..., Page]


@pytest.fixture
def show(chromium: Browser, tmp_path: Path) -> Iterator[Show]:
    """Show something on a page of this width."""
    contexts = []

    def open_page(item: object, width: int, **device: bool) -> Page:
        context = chromium.new_context(
            viewport={"width": width, "height": 1180}, offline=True, **device
        )
        contexts.append(context)
        page = context.new_page()
        cv.page([item], tmp_path / "x.html")
        page.goto((tmp_path / "x.html").as_uri())
        page.locator(".convviz-stage[data-steps]").first.wait_for()
        return page

    yield open_page
    for context in contexts:
        context.close()


def box(node: Locator) -> FloatRect:
    found = node.bounding_box()
    assert found is not None
    return found


def apart(first: FloatRect, second: FloatRect) -> bool:
    return (
        first["x"] + first["width"] <= second["x"]
        or second["x"] + second["width"] <= first["x"]
        or first["y"] + first["height"] <= second["y"]
        or second["y"] + second["height"] <= first["y"]
    )


@pytest.mark.parametrize("has_touch", [False, True])
@pytest.mark.parametrize("width", [360, COLUMN, 600, 900])
def test_a_comparisons_player_stands_over_no_heading(
    show: Show, width: int, has_touch: bool
) -> None:
    page = show(cv.compare(DATA, KERNEL, stride_nd=[(1, 1), (2, 2)]), width, has_touch=has_touch)
    heading = box(page.locator(".convviz-comparison h3, .convviz-comparison strong").first)
    player = page.locator(".is-conductor > .cv-player")
    parts = player.locator("button, input, .cv-label").all()
    assert len(parts) > 6
    tools = box(page.locator(".is-conductor .cv-tools"))
    for part in parts:
        place = box(part)
        assert apart(place, heading)
        assert apart(place, tools)
        assert place["x"] + place["width"] <= width


@pytest.mark.parametrize(("width", "shape"), [(COLUMN, "stacked"), (375, "tall"), (900, "row")])
def test_a_photograph_its_output_and_its_player_are_on_one_screen(
    show: Show, width: int, shape: str
) -> None:
    page = show(cv.explore(cv.examples.photograph(), cv.examples.blur(), step=40_000), width)
    assert page.locator(".cv-board").get_attribute("data-shape") == shape
    stage = box(page.locator(".convviz-stage"))
    if shape != "tall":
        assert stage["height"] < 720 - 60, "a screen"
    images = [box(each) for each in page.locator(".cv-canvas").all()]
    assert len(images) == 2
    for image in images:
        assert image["width"] >= 150
        assert image["x"] + image["width"] <= width
    assert apart(*images)


def test_a_kernel_that_leaves_an_image_no_room_stands_under_it(show: Show) -> None:
    colours = cv.examples.photograph(colour=True)
    kernel = cv.examples.blur(9, maps=3)
    page = show(cv.explore(colours, kernel, num_groups=3, step=215_000), COLUMN)
    assert page.locator(".cv-board").get_attribute("data-shape") == "tall"
    assert page.locator(".cv-board").evaluate("(node) => node.scrollWidth <= node.clientWidth")


@pytest.mark.parametrize("parameters", [{}, {"pre_padding": (1, 1)}, {"stride_nd": (2, 2)}])
def test_an_output_is_whole_in_letters_a_little_smaller(
    show: Show, parameters: dict[str, tuple[int, int]]
) -> None:
    page = show(cv.explore(DATA, KERNEL, **parameters), COLUMN)
    board = page.locator(".cv-board")
    assert board.evaluate("(node) => node.scrollWidth - node.clientWidth") == 0
    assert board.evaluate("(node) => parseFloat(node.style.fontSize)") >= 7


@pytest.mark.parametrize("width", [900, 1552])
def test_no_title_of_a_narrow_panel_is_cut(show: Show, width: int) -> None:
    groups = cv.compare(
        cv.examples.decades(4), cv.examples.ones(4, 4, (1, 1)), num_groups=[1, 2, 4]
    )
    page = show(groups, width)
    for board in page.locator(".cv-board").all():
        end = board.evaluate("(node) => node.getBoundingClientRect().left + node.clientWidth")
        titles = board.locator(".cv-panel-title").all()
        assert titles
        for title in titles:
            ends = title.evaluate(
                """(node) => {
                  const range = document.createRange();
                  range.selectNodeContents(node);
                  return range.getBoundingClientRect().right;
                }"""
            )
            assert ends <= end + 0.5


@pytest.mark.parametrize("width", [COLUMN, 900, 1500])
def test_words_that_are_not_there_take_no_room(show: Show, width: int) -> None:
    groups = cv.compare(
        cv.examples.decades(4), cv.examples.ones(4, 4, (1, 1)), num_groups=[1, 2, 4]
    )
    page = show(groups, width)
    over = page.locator(".cv-board").evaluate_all(
        "(all) => all.map((node) => node.scrollWidth - node.clientWidth)"
    )
    assert over == [0, 0, 0]
