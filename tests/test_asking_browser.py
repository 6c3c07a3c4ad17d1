"""What a reader meets at an open question, on a page of any width, and what a new scene does to it.

The stage asks a real explorer, in this process: no Jupyter, and no test waits for a time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from live_page import LivePage
from playwright.sync_api import Locator, expect
from scenes import DIGITS, POWERS

import convviz as cv

pytestmark = pytest.mark.browser

IN_INPUT = ".cv-cell[data-panel=input]"
JUPYTER = 944  # pixels that JupyterLab leaves beside its sidebar, of 1280
LAYERS: dict[str, dict[str, Any]] = {
    "plain": {},
    "padded": {"padding_nd": (1, 1)},
    "dilated": {"dilation_nd": (2, 2)},
    "notebook 7": {"stride_nd": (2, 2), "pre_padding": (1, 1)},
}
Asked = Callable[..., LivePage]


@pytest.fixture
def asked(chromium: Any) -> Iterator[Asked]:
    """Open pages that show the reference layer, at a question."""
    opened: list[LivePage] = []

    def ask(
        width: int = JUPYTER, *, predict: object = (0, 8), touch: bool = False, **options: Any
    ) -> LivePage:
        viewport = {"width": width, "height": 720}
        context = chromium.new_context(viewport=viewport, has_touch=touch)
        steps = list(predict) if isinstance(predict, tuple) else predict
        explorer = cv.explore(DIGITS, POWERS, predict=steps, **options)
        opened.append(LivePage(context.new_page(), explorer.stage))
        opened[-1].page.wait_for_selector(".convviz-stage[data-steps]")
        return opened[-1]

    yield ask
    for live in opened:
        assert live.complaints == []
        live.page.context.close()


def stage_of(live: LivePage) -> Locator:
    return live.page.locator(".convviz-stage")


def button(live: LivePage, name: str) -> Locator:
    return live.page.get_by_role("button", name=name, exact=True)


def boxes(parts: Locator) -> list[dict[str, float]]:
    """Where all of these are, asked for at once."""
    return parts.evaluate_all(
        "(parts) => parts.map((part) => part.getBoundingClientRect().toJSON())"
    )


def frames(live: LivePage) -> None:
    """Let the page lay itself out anew."""
    live.page.evaluate("() => new Promise((r) => requestAnimationFrame(() => setTimeout(r)))")


# What stands there


@pytest.mark.parametrize("name", LAYERS)
def test_a_question_is_read_and_answered_without_scrolling_aside(asked: Asked, name: str) -> None:
    live = asked(**LAYERS[name])
    slots, parts, inputs = (
        stage_of(live).locator(where)
        for where in (".cv-slot", ".cv-answer :is(input, button, span), .cv-player > *", IN_INPUT)
    )
    for width in (992, JUPYTER, 600, 390, 360, 320):
        live.page.set_viewport_size({"width": width, "height": 720})
        frames(live)
        assert len(boxes(slots)) == 9
        if width >= JUPYTER:
            assert len({slot["y"] for slot in boxes(slots)}) == 1
        assert min(slot["width"] for slot in boxes(slots)) >= 12
        for box in boxes(parts) + boxes(inputs):
            assert 0 <= box["x"] <= box["x"] + box["width"] <= width
        assert live.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_under_a_finger_places_are_large_and_none_is_aside(asked: Asked) -> None:
    live = asked(390, touch=True)
    slots = boxes(stage_of(live).locator(".cv-slot"))
    assert len(slots) == 9
    assert all(slot["x"] >= 0 and slot["x"] + slot["width"] <= 390 for slot in slots)
    assert min(min(slot["width"], slot["height"]) for slot in slots) >= 44
    assert live.page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0


def test_a_place_for_a_product_looks_empty_and_a_gap_like_nothing(asked: Asked) -> None:
    stage = stage_of(asked(**LAYERS["dilated"]))
    outline = "(tile) => getComputedStyle(tile).boxShadow"
    empty, gaps = (stage.locator(f".cv-value.{name}") for name in ("is-empty", "is-gap"))
    assert [empty.count(), gaps.count()] == [9, 16]
    assert all(tile.evaluate(outline) != "none" for tile in empty.all())
    assert all(tile.evaluate(outline) == "none" for tile in gaps.all())


# What is typed


def test_a_place_takes_a_digit_and_nothing_else(asked: Asked) -> None:
    live = asked()
    slots, words = (stage_of(live).locator(name) for name in (".cv-slot", ".cv-verdict"))
    slots.first.click()
    live.page.keyboard.type("1")
    expect(slots.nth(1)).to_be_focused()
    live.page.keyboard.type("x")
    expect(slots.nth(1)).to_have_value("")
    expect(slots.nth(1)).to_be_focused()
    expect(words).to_have_text("A place takes one digit, 0 to 9.")
    live.page.keyboard.type("2")
    expect(words).to_have_text("")
    slots.first.click()
    live.page.keyboard.type("-")
    expect(slots.first).to_have_value("1")  # what stands there stays
    slots.first.evaluate(  # as a touch keyboard does, which asks nobody before it writes
        "(slot) => { slot.value = 'y'; slot.dispatchEvent(new Event('input', {bubbles: true})); }"
    )
    expect(slots.first).to_have_value("")
    expect(words).to_have_text("A place takes one digit, 0 to 9.")


def test_play_says_why_it_waits_while_something_is_asked(asked: Asked) -> None:
    live = asked()
    button(live, "Play").click()
    words = stage_of(live).locator(".cv-verdict")
    expect(words).to_have_text("Answer first, or press Skip: then it plays.")
    expect(stage_of(live).locator(".cv-slot").first).to_be_focused()
    expect(stage_of(live)).to_have_attribute("data-playing", "false")


def test_a_point_sets_the_zeros_in_front_and_a_number_is_pasted_to_its_places(
    asked: Asked,
) -> None:
    live = asked()
    slots = stage_of(live).locator(".cv-slot")

    def typed() -> str:
        return "".join(slots.nth(n).input_value() or "_" for n in range(slots.count()))

    slots.first.click()
    live.page.keyboard.type("1.2")
    assert typed() == "000012___"
    live.page.keyboard.type(".")  # there is one already
    assert typed() == "000012___"
    expect(slots.nth(6)).to_be_focused()
    paste = """(slot, text) => {
      const data = new DataTransfer();
      data.setData('text', text);
      slot.dispatchEvent(new ClipboardEvent('paste', {clipboardData: data, bubbles: true}));
    }"""
    for text, digits in (("31.26", "0003126__"), ("123456789", "123456789"), (",5", "000005___")):
        slots.first.evaluate(paste, text)
        assert typed() == digits


def test_a_size_may_be_typed_in_any_way(asked: Asked) -> None:
    live = asked(predict="size")
    fields = stage_of(live).locator(".cv-number")
    fields.first.click()
    live.page.keyboard.type("four")
    expect(fields.first).to_have_value("four")
    live.page.keyboard.press("Enter")
    expect(stage_of(live).locator(".cv-verdict")).to_contain_text("no number")


# What moves


def test_a_scene_that_asks_while_it_plays_stops_it(asked: Asked) -> None:
    live = asked(controls=["padding_nd"])
    button(live, "Skip").click()
    expect(button(live, "Pause")).to_be_visible()
    button(live, "padding_nd height: one more").click()
    expect(stage_of(live).locator(".cv-answer")).to_be_visible()
    expect(stage_of(live)).to_have_attribute("data-playing", "false")
    expect(button(live, "Play")).to_be_visible()
    assert button(live, "Pause").count() == 0


def test_a_window_that_is_found_is_not_played_past_the_next_question(asked: Asked) -> None:
    live = asked(predict="cell")
    live.page.evaluate("() => { window.steps = []; }")
    stage = stage_of(live)
    button(live, "Play").click()
    expect(stage).to_have_attribute("data-playing", "false")
    expect(button(live, "Play")).to_be_visible()
    cell = stage.locator(".cv-cell[data-panel=input][data-row='0'][data-col='1']")
    cell.click()
    expect(stage.locator(".cv-verdict")).to_contain_text("Right")


def test_a_picture_keeps_its_arrangement_and_its_control_while_padding_grows(asked: Asked) -> None:
    live = asked(predict=False, controls=["padding_nd"])
    board = stage_of(live).locator(".cv-board")
    more = button(live, "padding_nd width: one more")
    place, shape = more.bounding_box(), board.get_attribute("data-shape")
    for name in ("height", "width", "height", "width"):
        button(live, f"padding_nd {name}: one more").click()
        expect(stage_of(live)).to_have_attribute("data-live", "true")
        assert more.bounding_box() == place
        assert board.get_attribute("data-shape") == shape
    assert live.stage.shown is not None
    assert live.stage.shown.geometry.output_shape[-2:] == (8, 11)
    font = board.evaluate("(board) => parseFloat(board.style.fontSize)")
    assert font >= 8


def test_what_a_guide_does_is_seen_though_it_goes_nowhere(asked: Asked) -> None:
    live = asked()
    expect(stage_of(live).locator(".cv-answer")).to_be_visible()
    live.page.evaluate(
        "live.call('msg:custom', { go: null, tap: null, afresh: false, reveal: true }, [])"
    )
    expect(stage_of(live).locator(".cv-answer")).to_be_hidden()
    expect(button(live, "Predict")).to_have_attribute("aria-pressed", "false")
    expect(stage_of(live).locator(".cv-cell[data-panel=output]").last).not_to_have_text("")
