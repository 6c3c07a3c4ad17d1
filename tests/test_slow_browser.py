"""Slow motion and prediction on a page, in a real browser whose clock the test moves.

A page has no Jupyter kernel to ask, so that whatever works here works without a message. Timers and
frames come from the test's own clock: no test waits.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from memory import Memory
from playwright.sync_api import Locator, Page, expect
from scenes import reference

import convviz as cv
from convviz.browser import bundle
from convviz.widget.explorer import Explorer

pytestmark = pytest.mark.browser

RNG = np.random.default_rng(0)
EVENLY = 50  # milliseconds, so that no move comes between two looks


@pytest.fixture
def page(chromium: Any) -> Iterator[Page]:
    """A page of 1280×720 that may ask nobody, and whose time stands still."""
    context = chromium.new_context(viewport={"width": 1280, "height": 720}, offline=True)
    page = context.new_page()
    page.complaints = []
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    page.clock.install(time=0)
    yield page
    assert page.complaints == []
    context.close()


def show(page: Page, folder: Path, explorer: Explorer) -> Locator:
    """The stage of an explorer, on a page."""
    cv.page([explorer], folder / "x.html")
    page.goto((folder / "x.html").as_uri())
    page.clock.pause_at(1000)
    return page.locator(".convviz-stage")


def explore(predict: object = False, **parameters: Any) -> Explorer:
    """The digits under the powers of ten."""
    case = reference(**parameters)
    return cv.explore(case.data, case.kernel, predict=predict, **parameters)


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def state(stage: Locator) -> tuple[int, int]:
    """The step and how many of its products have been added."""
    return int(stage.get_attribute("data-step") or -1), int(stage.get_attribute("data-tap") or -1)


def output(stage: Locator, row: int, col: int) -> Locator:
    return stage.locator(f".cv-cell[data-panel=output][data-row='{row}'][data-col='{col}']")


def total(stage: Locator) -> str:
    """The total on show: the exact one where there is one."""
    return stage.locator(".cv-total").locator(".cv-exact, .cv-result").first.inner_text()


def is_playing(stage: Locator) -> bool:
    return stage.get_attribute("data-playing") == "true"


# Slow motion


def moves_of(page: Page, stage: Locator, milliseconds: int) -> list[tuple[int, int, str]]:
    """What is seen, once each, while time goes on: step, products added, total."""
    seen: list[tuple[int, int, str]] = []
    for _ in range(milliseconds // EVENLY):
        page.clock.run_for(EVENLY)
        now = (*state(stage), total(stage))
        if not seen or seen[-1] != now:
            seen.append(now)
    return seen


def test_slow_motion_adds_product_by_product(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore(padding_nd=(1, 1)))
    press(page, "Slow")
    assert state(stage) == (0, 0)
    expect(output(stage, 0, 0)).to_have_class(re.compile("is-hidden"))
    assert [total(stage), output(stage, 0, 0).inner_text()] == ["0", ""]
    press(page, "Play")
    seen = moves_of(page, stage, 7000)
    assert seen == [
        (0, 0, "0"),
        (0, 4, "0"),  # padding's zeros in one move, and nothing rolls
        (0, 5, "1"),
        (0, 6, "1.2"),
        (0, 7, "1.2"),
        (0, 8, "1.204"),
        (0, 9, "1.2045"),
        (1, 0, "0"),
    ]
    expect(output(stage, 0, 0)).to_have_text("1.2045")


def test_the_first_outputs_are_slow_and_the_others_whole(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore())
    press(page, "Slow")
    press(page, "Play")
    times: dict[int, int] = {}
    for time in range(0, 20_000, EVENLY):
        times.setdefault(state(stage)[0], time)
        page.clock.run_for(EVENLY)
    lengths = [times[n + 1] - times[n] for n in range(5)]
    # Ten moves, and half a second for a look at the whole output.
    for length, expected in zip(lengths, [9500, 3500, 1500, 500, 500], strict=True):
        assert abs(length - expected) <= 2 * EVENLY


def test_products_go_by_key_and_by_button(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore())
    stage.focus()
    press(page, "Slow")
    forward = page.get_by_role("button", name="Step forward", exact=True)
    assert forward.get_attribute("title") == "Step forward by a product"
    forward.click()
    assert (*state(stage), total(stage)) == (0, 1, "10000")
    stage.focus()
    for expected in ("12000", "12300", "12340"):
        page.keyboard.press("ArrowRight")
        assert total(stage) == expected
    expect(stage.locator(".cv-cell.is-adding[data-panel=input]")).to_have_text("4")
    page.keyboard.press("ArrowLeft")
    assert (*state(stage), total(stage)) == (0, 3, "12300")
    press(page, "Step back")
    assert state(stage) == (0, 2)
    for _ in range(8):
        page.keyboard.press("ArrowRight")
    expect(output(stage, 0, 0)).to_have_text("12345.679")
    page.keyboard.press("ArrowRight")
    assert state(stage) == (1, 0)
    page.keyboard.press("ArrowLeft")
    assert state(stage) == (0, 9)
    press(page, "Slow")
    page.keyboard.press("ArrowRight")
    assert state(stage) == (1, 9)


def test_a_pause_stops_what_flies_and_play_goes_on_from_there(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore())
    press(page, "Slow")
    press(page, "Play")
    page.clock.run_for(1000)
    assert stage.locator(".cv-flying").count() > 0
    press(page, "Pause")
    assert state(stage) == (0, 1)
    assert stage.locator(".cv-flying").count() == 0
    press(page, "Play")
    page.clock.run_for(800)
    assert state(stage) == (0, 1)
    page.clock.run_for(200)
    assert state(stage) == (0, 2)


def test_above_eight_moves_a_second_nothing_flies(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore())
    press(page, "Slow")
    speed = page.get_by_role("slider", name="Speed")
    for _ in range(3):
        speed.press("ArrowRight")  # 8 times: nine products a second
    press(page, "Play")
    for _ in range(10):
        page.clock.run_for(100)
        assert stage.locator(".cv-flying").count() == 0
    assert state(stage)[1] > 0


def test_above_eight_steps_a_second_the_window_does_not_flicker(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore())
    window = stage.locator(".cv-frame.is-window")
    speed = page.get_by_role("slider", name="Speed")
    for factor, is_seen in [(2, True), (4, True), (8, False)]:
        speed.press("ArrowRight")
        press(page, "First step")
        press(page, "Play")
        page.clock.run_for(600)
        assert window.is_visible() == is_seen
        assert stage.locator(".is-done").count() == factor * 1.2 // 1
        press(page, "Pause")
        assert window.is_visible()


def test_reduced_motion_outlines_and_nothing_flies(page: Page, tmp_path: Path) -> None:
    page.emulate_media(reduced_motion="reduce")
    stage = show(page, tmp_path, explore())
    press(page, "Slow")
    press(page, "Play")
    page.clock.run_for(1000)
    assert state(stage) == (0, 1)
    assert stage.locator(".cv-flight > *").count() == 0
    expect(stage.locator(".cv-cell.is-adding[data-panel=input]")).to_have_text("2")
    expect(stage.locator(".cv-cell.is-adding[data-panel=kernel]")).to_have_text("10³")


def test_a_screen_reader_hears_each_output_once(page: Page, tmp_path: Path) -> None:
    show(page, tmp_path, explore())
    press(page, "Slow")
    page.evaluate("""() => {
      window.heard = [];
      const live = document.querySelector(".cv-live");
      new MutationObserver(() => heard.push(live.textContent)).observe(live, { childList: true });
    }""")
    press(page, "Play")
    for _ in range(16):
        page.clock.run_for(1000)
    heard = [words for words in page.evaluate("heard") if words]
    assert [re.match(r"Step (\d+)", words)[1] for words in heard] == ["1", "2", "3"]
    assert all(words.count("×") == 9 for words in heard)


@pytest.mark.parametrize("sort", ["bias", "int8", "channels", "volume"])
def test_what_is_no_single_product(page: Page, tmp_path: Path, sort: str) -> None:
    case = reference()
    small = RNG.integers(1, 9, (2, 3, 3)).astype(np.float32)
    volume = RNG.integers(1, 9, (2, 3, 3, 3)).astype(np.float32)
    explorer = {
        "bias": lambda: cv.explore(case.data, case.kernel, np.float32([5])),
        "int8": lambda: cv.explore(case.data, case.kernel, input_scale=0.05, kernel_scale=80.0),
        "channels": lambda: cv.explore(small, np.ones((1, 2, 2, 2), np.float32)),
        "volume": lambda: cv.explore(volume, np.ones((1, 2, 2, 2, 1), np.float32)),
    }[sort]()
    stage = show(page, tmp_path, explorer)
    scene = explorer.scene
    taps = scene.geometry.tap_count
    press(page, "Slow")
    totals: list[str] = []
    while True:
        press(page, "Step forward")
        if not stage.locator(".cv-cell.is-current.is-hidden").count():
            break
        totals.append(total(stage))
        assert stage.locator(".cv-cell.is-adding[data-panel=input]").count() == (
            len(totals) <= taps
        )
        if sort in ("channels", "volume") and len(totals) % (taps // 2) == 0:
            left = stage.locator(".cv-subtotals span").all_inner_texts()
            assert [words.split(":")[0] for words in left] == [
                f"channel {n}" for n in range(len(totals) * 2 // taps)
            ]
            assert sum(int(words.split(":")[1]) for words in left) == int(totals[-1])
    assert totals[:-1] == scene.running["exact"][0] or totals == scene.running["exact"][0]
    if sort == "bias":
        assert totals[-1] == scene.exact[0] != scene.running["exact"][0][-1]
    assert output(stage, 0, 0).first.inner_text() == scene.output_texts[0]


def test_nothing_jumps_while_an_output_comes_about(page: Page, tmp_path: Path) -> None:
    case = reference()
    int8 = cv.explore(case.data, case.kernel, input_scale=0.05, kernel_scale=80.0)
    stage = show(page, tmp_path, int8)
    play = stage.get_by_role("button", name="Play")
    place = play.bounding_box()
    press(page, "Slow")
    for _ in range(11):
        assert play.bounding_box() == place
        press(page, "Step forward")


# Pictures


def test_an_output_of_a_photograph_comes_about_pixel_by_pixel(page: Page, tmp_path: Path) -> None:
    pixels = (np.arange(8100) * 37 % 251).astype(np.float32).reshape(1, 1, 90, 90)
    kernel = np.float32([[1, 0, 2], [-1, 3, 1], [0.5, 1, 0.25]])
    stage = show(page, tmp_path, cv.explore(pixels, kernel, step=1000))
    speed = stage.get_by_role("slider", name="Speed")
    usual = speed.get_attribute("aria-valuetext")
    press(page, "Slow")
    assert speed.get_attribute("aria-valuetext") == "1 times"
    assert (state(stage), total(stage)) == ((1000, 0), "0")
    press(page, "Play")
    seen = moves_of(page, stage, 9000)
    assert stage.locator(".cv-flying").count() > 0
    row, column = divmod(1000, 88)
    window = pixels[0, 0, row : row + 3, column : column + 3]
    totals = np.cumsum(window.reshape(-1) * kernel.reshape(-1))
    expected = [(1000, n + 1, f"{value:g}") for n, value in enumerate(totals)]
    assert [each for each in seen if each[0] == 1000 and each[1]] == expected
    press(page, "Pause")
    press(page, "Slow")
    assert speed.get_attribute("aria-valuetext") == usual
    assert stage.locator(".cv-value.is-empty").count() == 0


def test_the_size_of_a_picture_s_output_can_be_asked_for(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, cv.explore(np.ones((70, 80)), np.ones((3, 3)), predict="size"))
    rows, columns = stage.locator(".cv-number").all()
    output_image = stage.locator('.cv-tensor[data-tensor="output"] canvas')
    expect(output_image).to_be_hidden()
    rows.click()
    page.keyboard.type("68")  # both digits into one field
    columns.click()
    page.keyboard.type("78")
    page.keyboard.press("Enter")
    expect(output_image).to_be_visible()
    expect(stage.locator(".cv-verdict")).to_have_text("Right.")


# Comparisons

MODES: dict[str, Any] = {"padding_mode": ["SAME_UPPER", "SAME_LOWER"], "stride_nd": (2, 2)}


def compare(page: Page, folder: Path, *arrays: np.ndarray, **parameters: Any) -> list[Locator]:
    """The stages of a comparison, on a page."""
    case = reference()
    cv.page([cv.compare(*(arrays or (case.data, case.kernel)), **parameters)], folder / "x.html")
    page.goto((folder / "x.html").as_uri())
    page.clock.pause_at(1000)
    return page.locator(".convviz-stage").all()


def test_outputs_of_a_comparison_come_about_together(page: Page, tmp_path: Path) -> None:
    upper, lower = compare(page, tmp_path, **MODES)
    scenes = [
        reference(**{**MODES, "padding_mode": mode}).scene() for mode in MODES["padding_mode"]
    ]
    press(page, "Slow")
    assert [state(upper), state(lower)] == [(0, 0), (0, 0)]
    press(page, "Play")
    flew: set[int] = set()
    seen = []
    for _ in range(200):
        page.clock.run_for(EVENLY)
        flew |= {n for n, stage in enumerate((upper, lower)) if stage.locator(".cv-flying").count()}
        now = [(state(stage), total(stage)) for stage in (upper, lower)]
        assert now[0][0] == now[1][0]
        if not seen or seen[-1] != now:
            seen.append(now)
        if state(upper)[0] == 1:
            break
    assert flew == {0, 1}, "in both pictures something flies"
    for (tap, first), (_, second) in ((each[0], each[1]) for each in seen if each[0][0][0] == 0):
        for scene, text in zip(scenes, (first, second), strict=True):
            assert scene.running is not None
            exact = ["0", *(scene.running["exact"] or [])[0]]
            assert text == exact[tap[1]]
    for stage, scene in zip((upper, lower), scenes, strict=True):
        expect(output(stage, 0, 0)).to_have_text(scene.output_texts[0])
    press(page, "Pause")
    for stage in (upper, lower):
        assert stage.locator(".cv-flying").count() == 0


def test_products_of_a_comparison_go_by_key_from_any_picture(page: Page, tmp_path: Path) -> None:
    upper, lower = compare(page, tmp_path, **MODES)
    press(page, "Slow")
    press(page, "Step forward")
    assert [state(upper), state(lower)] == [(0, 1), (0, 1)]
    lower.focus()
    page.keyboard.press("ArrowRight")
    assert {state(upper)[0], state(lower)[0]} == {0}
    assert state(upper)[1] == state(lower)[1] > 1
    for stage in (upper, lower):
        assert stage.locator(".cv-cell.is-adding[data-panel=kernel]").count() >= 1
    press(page, "Slow")
    for stage in (upper, lower):
        assert stage.locator(".is-adding").count() == 0
        assert stage.locator(".is-hidden").count() == 0


def test_where_one_has_no_such_output_it_shows_its_nearest_whole(
    page: Page, tmp_path: Path
) -> None:
    large, small = compare(page, tmp_path, stride_nd=[(1, 1), (2, 3)])
    press(page, "Last step")
    press(page, "Step back")  # (3, 5) of the large output
    press(page, "Slow")
    press(page, "Step forward")
    assert state(large) == (26, 1)
    assert state(small) == (5, 9)
    assert small.locator(".is-adding").count() == 0


@pytest.mark.parametrize("width", [700, 820, 1280])
def test_the_player_of_a_comparison_covers_nothing(page: Page, tmp_path: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 720})
    compare(page, tmp_path, **MODES)
    press(page, "Slow")
    press(page, "Step forward")
    player, bar, heading = (
        page.locator(where).first.bounding_box()
        for where in (".is-conductor > .cv-player", ".is-conductor > .cv-bar", "h3")
    )
    assert player is not None
    assert bar is not None
    assert heading is not None
    assert player["y"] + player["height"] <= heading["y"]
    assert player["x"] + player["width"] <= bar["x"]


def test_a_comparison_offers_what_works_in_it_and_nothing_else(page: Page, tmp_path: Path) -> None:
    def offered(name: str) -> int:
        return page.get_by_role("button", name=name, exact=True).count()

    compare(page, tmp_path, **MODES)
    assert (offered("Slow"), offered("Predict"), offered("Play")) == (1, 0, 1)
    channels = np.ones((1, 4, 5, 5), np.float32), np.ones((4, 4, 3, 3), np.float32)
    compare(page, tmp_path, *channels, num_groups=[1, 2])
    assert (offered("Slow"), offered("Predict")) == (0, 0), "their sums have not as many products"


# Prediction


def answer(page: Page, typed: str) -> None:
    """Type over what stands in the field, and press Enter."""
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.keyboard.type(typed)
    page.keyboard.press("Enter")


def test_outputs_are_empty_until_they_are_reached(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore(predict=[5]))
    cells = stage.locator(".cv-cell[data-panel=output]")
    expect(stage.get_by_role("button", name="Predict")).to_have_attribute("aria-pressed", "true")
    assert cells.all_inner_texts() == ["12345.679", *[""] * 27]
    assert stage.locator(".cv-cell.is-hidden").count() == 27
    output(stage, 2, 2).hover()  # pointing does not give it away
    assert "34567" not in stage.inner_text()
    assert total(stage) == "?"
    assert all("34567" not in (cell.get_attribute("title") or "") for cell in cells.all())
    stage.focus()
    page.mouse.move(0, 0)
    page.keyboard.press("ArrowRight")
    assert cells.all_inner_texts()[:3] == ["12345.679", "23156.4", ""] or (
        cells.all_inner_texts()[1] != ""
    )
    assert stage.locator(".cv-cell.is-hidden").count() == 26


@pytest.mark.parametrize("way", ["Last step", "slider", "End"])
def test_nothing_jumps_over_a_question(page: Page, tmp_path: Path, way: str) -> None:
    stage = show(page, tmp_path, explore(predict=[5, 9]))
    if way == "End":
        stage.focus()
        page.keyboard.press("End")
    elif way == "slider":
        page.get_by_role("slider", name="Step", exact=True).fill("27")
    else:
        press(page, way)
    assert state(stage)[0] == 5
    assert stage.locator(".is-asked").all_inner_texts() == ["?"]
    assert total(stage) == "?"
    expected = stage.locator(".cv-cell[data-panel=output]").all_inner_texts()
    assert expected[5:] == ["?", *[""] * 22]


def test_digits_go_into_slots_and_a_wrong_one_lights_its_cell(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore(predict=[1, 2, 3], padding_nd=(1, 1)))
    press(page, "Play")
    page.clock.run_for(600)
    assert not is_playing(stage)
    slots = stage.locator(".cv-slot")
    expect(slots).to_have_count(9)
    expect(slots.first).to_be_focused()
    page.keyboard.type("000123457")
    page.keyboard.press("Enter")
    expect(stage.locator(".cv-cell.is-hinted[data-panel=input]")).to_have_text("6")
    expect(slots.nth(8)).to_have_attribute("aria-invalid", "true")
    expect(slots.nth(8)).to_be_focused()
    assert output(stage, 0, 1).inner_text() == "?"
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    expect(output(stage, 0, 1)).to_have_text("12.3456")
    assert is_playing(stage)
    assert stage.locator(".is-hinted").count() == 0
    page.clock.run_for(1000)
    assert state(stage)[0] == 1, "there is time to read"
    assert stage.locator(".cv-verdict").inner_text() == "Right."
    page.clock.run_for(1100)
    assert (state(stage)[0], is_playing(stage)) == (2, False)
    assert stage.locator(".cv-verdict").inner_text() == "", "it was about another output"


def test_two_wrong_answers_and_slow_motion_shows_it(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore(predict=[1]))
    press(page, "Play")
    page.clock.run_for(600)
    page.keyboard.type("111111111")
    page.keyboard.press("Enter")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    assert (*state(stage), is_playing(stage)) == (1, 0, True)
    seen = moves_of(page, stage, 9500)
    assert [tap for step, tap, _ in seen if step == 1] == list(range(10))
    assert output(stage, 0, 1).inner_text() == explore().scene.output_texts[1]
    page.clock.run_for(1000)
    assert state(stage)[0] > 1
    expect(stage.get_by_role("button", name="Slow")).to_have_attribute("aria-pressed", "false")


def numbers(predict: object = True) -> Explorer:
    """A layer whose outputs have to be worked out."""
    data = np.array([[1.5, 2, -3], [0.25, 4, 1], [2, 2, 5]], np.float32)
    return cv.explore(data, np.float32([[1, 2], [3, -1]]), predict=predict)


@pytest.mark.parametrize(
    ("typed", "words", "goes_on"),
    [
        ("5", "lower", False),
        ("-100", "higher", False),
        ("two", "no number", False),
        ("7", "Right", True),
        ("7.00", "Right", True),
        ("", "", True),
    ],
)
def test_a_number_is_judged_in_the_browser(
    page: Page, tmp_path: Path, typed: str, words: str, goes_on: bool
) -> None:
    explorer = numbers([1])
    assert explorer.scene.output_texts == ["2.25", "7", "12.25", "3"] or explorer.scene.exact
    result = explorer.scene.output_texts[1]
    typed = {"7": result, "7.00": f"{float(result):.2f}", "5": str(float(result) + 1)}.get(
        typed, typed
    )
    stage = show(page, tmp_path, explorer)
    press(page, "Play")
    page.clock.run_for(600)
    expect(stage.locator(".cv-number")).to_be_focused()
    answer(page, typed)
    assert words in stage.locator(".cv-verdict").inner_text()
    assert is_playing(stage) == goes_on
    assert output(stage, 0, 1).inner_text() == (result if goes_on else "?")
    if words in ("lower", "higher"):
        assert "×" in stage.locator(".cv-verdict").inner_text()


def test_after_two_right_at_first_try_nothing_more_is_asked(page: Page, tmp_path: Path) -> None:
    explorer = numbers([1, 2, 3])
    stage = show(page, tmp_path, explorer)
    press(page, "Play")
    for step in (1, 2):
        page.clock.run_for(2100)
        assert (state(stage)[0], is_playing(stage)) == (step, False)
        answer(page, explorer.scene.exact[step])
    page.clock.run_for(2100)
    assert state(stage)[0] == 3
    assert stage.locator(".is-asked").count() == 0
    assert "" not in stage.locator(".cv-cell[data-panel=output]").all_inner_texts()


def test_an_empty_answer_skips_all_questions(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, numbers([1, 2, 3]))
    press(page, "Play")
    page.clock.run_for(600)
    page.keyboard.press("Enter")
    page.clock.run_for(2000)
    assert (state(stage)[0], is_playing(stage)) == (3, False)
    assert stage.locator(".is-hidden").count() == 0


def test_a_remote_s_two_keys_ask_and_reveal(page: Page, tmp_path: Path) -> None:
    explorer = numbers([1, 3])
    stage = show(page, tmp_path, explorer)
    stage.focus()
    seen = []
    for _ in range(5):
        page.keyboard.press("PageDown")
        current = stage.locator(".cv-cell.is-current")
        seen.append((state(stage)[0], current.inner_text()))
    texts = explorer.scene.output_texts
    assert seen == [(1, "?"), (1, texts[1]), (3, "?"), (3, texts[3]), (3, texts[3])]
    page.keyboard.press("PageUp")
    assert state(stage)[0] == 2
    assert not is_playing(stage)


def test_the_size_is_asked_before_anything_of_the_output_is_drawn(
    page: Page, tmp_path: Path
) -> None:
    stage = show(page, tmp_path, explore("size", stride_nd=(2, 1)))
    picture = stage.locator(".cv-tensor[data-tensor=output]")
    assert picture.inner_text().strip() == ""
    for hidden in ("2×7", "of 14", "= 2", "= 7"):
        assert hidden not in stage.inner_text()
    rows, columns = stage.locator(".cv-number").all()
    press(page, "Play")
    expect(rows).to_be_focused()
    rows.fill("1")
    columns.fill("nine")
    columns.press("Enter")
    assert "no number" in stage.locator(".cv-verdict").inner_text()
    columns.fill("11")
    columns.press("Enter")
    assert stage.locator(".cv-verdict").inner_text() == "More rows. Fewer columns."
    expect(rows).to_be_focused()
    rows.fill("2")
    columns.fill("7")
    columns.press("Enter")
    assert "2×7" in picture.inner_text()
    assert is_playing(stage)
    page.clock.run_for(2100)
    assert state(stage)[0] == 1


def test_the_size_is_told_after_two_wrong_answers(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore("size", stride_nd=(2, 2)))
    rows, columns = stage.locator(".cv-number").all()
    for wrong in ("7", "8"):
        rows.fill(wrong)
        columns.fill(wrong)
        columns.press("Enter")
    words = stage.locator(".cv-verdict").inner_text()
    assert "⌊(6 + 0 + 0 − 3) / 2⌋ + 1 = 2" in words
    assert "2×4" in stage.locator(".cv-tensor[data-tensor=output]").inner_text()


def cell(stage: Locator, row: int, col: int) -> Locator:
    return stage.locator(f".cv-cell[data-panel=input][data-row='{row}'][data-col='{col}']")


def test_the_next_window_is_pointed_at(page: Page, tmp_path: Path) -> None:
    stage = show(page, tmp_path, explore("cell", stride_nd=(2, 2)))
    press(page, "Play")
    assert (state(stage)[0], is_playing(stage)) == (0, False)
    assert stage.locator(".cv-frame.is-next").evaluate_all(
        "(frames) => frames.every((frame) => !frame.offsetParent)"
    )
    cell(stage, 0, 1).click()
    assert "2 columns" in stage.locator(".cv-verdict").inner_text()
    assert state(stage)[0] == 0
    cell(stage, 0, 2).click()
    assert (state(stage)[0], is_playing(stage)) == (1, True)
    page.mouse.move(0, 0)
    page.clock.run_for(5000)
    assert (state(stage)[0], is_playing(stage)) == (3, False)
    stage.locator(".cv-panels[data-tensor=input]").focus()
    for _ in range(3):  # by keys: the first cell, then two rows down
        page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert (state(stage)[0], is_playing(stage)) == (4, True)


def test_switched_off_all_is_told(page: Page, tmp_path: Path) -> None:
    explorer = numbers([1])
    stage = show(page, tmp_path, explorer)
    press(page, "Last step")
    press(page, "Predict")
    cells = stage.locator(".cv-cell[data-panel=output]")
    assert cells.all_inner_texts() == explorer.scene.output_texts
    assert stage.locator(".cv-answer").is_hidden()
    press(page, "Predict")
    assert "" in cells.all_inner_texts()


def test_touch_answers_too(chromium: Any, tmp_path: Path) -> None:
    context = chromium.new_context(
        viewport={"width": 820, "height": 1180}, has_touch=True, offline=True
    )
    page = context.new_page()
    explorer = numbers([1])
    stage = show_now(page, tmp_path, explorer)
    stage.get_by_role("button", name="Step forward").tap()
    field = stage.locator(".cv-number")
    field.tap()
    page.keyboard.type(explorer.scene.exact[1])
    check = stage.get_by_role("button", name="Check")
    for each in (field, check, stage.get_by_role("button", name="Skip")):
        assert (each.bounding_box() or {})["height"] >= 44
    check.tap()
    expect(output(stage, 0, 1)).to_have_text(explorer.scene.output_texts[1])
    context.close()


def show_now(page: Page, folder: Path, explorer: Explorer) -> Locator:
    """The same with the browser's own time."""
    cv.page([explorer], folder / "x.html")
    page.goto((folder / "x.html").as_uri())
    return page.locator(".convviz-stage")


# What neither does

MOUNT = """
window.sent = [];
window.begin = (states) => {
  window.over = new AbortController();
  const listeners = {};
  window.take = (scene) => { states.scene = scene; listeners.scene(); };
  window.ask = (predict) => { states.predict = predict; listeners.predict(); };
  const source = {
    get: (name) => states[name], on: (name, listener) => { listeners[name] = listener; },
    send: (message) => sent.push(message),
    save: async () => { sent.push("save"); return ""; },
  };
  mount(document.body, source, over.signal);
};
"""


@pytest.fixture
def bare(page: Page) -> Page:
    """A page on which ``begin`` mounts a stage that can send, and ``over.abort`` takes it away."""
    script = f"{bundle.script('stage')}{MOUNT}"
    page.set_content(f"<style>{bundle.style_sheet()}</style><script type=module>{script}</script>")
    page.clock.pause_at(1000)
    return page


def begin(page: Page, explorer: Explorer) -> Locator:
    stage = explorer.stage
    state = {"scene": explorer.scene.message(), "predict": stage.predict, "step": stage.step}
    page.evaluate("(state) => begin(state)", json.loads(json.dumps(state)))
    return page.locator(".convviz-stage")


def test_slow_motion_and_prediction_send_nothing(bare: Page) -> None:
    stage = begin(bare, numbers([1, 2]))
    press(bare, "Slow")
    press(bare, "Play")
    for typed in ("1000", "1000", "words", ""):
        bare.clock.run_for(6000)
        if stage.locator(".cv-number").is_visible():
            answer(bare, typed)
    bare.clock.run_for(10_000)
    assert state(stage)[0] == 3
    assert bare.evaluate("sent") == []


def test_a_stage_that_goes_takes_what_flies_with_it(bare: Page) -> None:
    memory = Memory(bare)
    for _ in range(6):
        begin(bare, explore(predict=[9]))
        press(bare, "Slow")
        press(bare, "Play")
        bare.clock.run_for(1000)
        assert bare.evaluate("document.getAnimations().length") > 0
        bare.evaluate("over.abort()")
        assert bare.evaluate("document.getAnimations().length") == 0
        bare.clock.run_for(1000)
    assert bare.locator(".convviz-stage").count() == 0
    for _ in range(20):  # a collection may come before the browser has let go
        if memory.elements("convviz-stage") <= 1:
            break
        bare.clock.run_for(100)
    assert memory.elements("convviz-stage") <= 1  # the last signal holds on to its own


def test_a_changed_parameter_asks_again(bare: Page) -> None:
    stage = begin(bare, explore(predict=[2, 5]))
    stage.focus()
    for _ in range(3):  # the question at 2, its answer, the question at 5
        bare.keyboard.press("PageDown")
    assert state(stage)[0] == 5
    strided = json.loads(json.dumps(explore(stride_nd=(1, 2)).scene.message()))
    bare.evaluate("(scene) => take(scene)", strided)
    assert state(stage)[0] == 0
    assert stage.locator(".is-hidden").count() == strided["steps"] - 1
    press(bare, "Last step")
    assert (state(stage)[0], stage.locator(".is-asked").count()) == (2, 1)
    assert stage.locator(".cv-live").inner_text() == "y[0, 2] = ?"
    smaller = json.loads(json.dumps(explore(stride_nd=(4, 6)).scene.message()))
    bare.evaluate("(scene) => take(scene)", smaller)  # where there is neither step: the scene's own
    press(bare, "Last step")
    assert (state(stage)[0], smaller["questions"]) == (1, [1])


def test_a_lesson_can_ask_something_else_later(bare: Page) -> None:
    stage = begin(bare, explore())
    predict = stage.get_by_role("button", name="Predict")
    expect(predict).to_have_attribute("aria-pressed", "false")
    bare.evaluate("(predict) => ask(predict)", {"ask": "number", "steps": [3]})
    expect(predict).to_have_attribute("aria-pressed", "true")
    press(bare, "Last step")
    assert state(stage)[0] == 3
    bare.evaluate("(predict) => ask(predict)", {})
    expect(predict).to_have_attribute("aria-pressed", "false")
    assert stage.locator(".is-hidden").count() == 0


def hidden_kernel() -> Explorer:
    """A photograph that was sharpened, all of it, with the question what made it."""
    photograph = np.add.outer(np.arange(90), np.arange(80)).astype(np.float32) % 17
    return cv.explore(photograph, cv.examples.sharpen(), predict="kernel", step=-1)


@pytest.mark.parametrize("way", ["click", "keys"])
def test_which_of_four_kernels_made_this_is_a_choice(bare: Page, way: str) -> None:
    explorer = hidden_kernel()
    message = explorer.scene.kernel_choices
    assert message is not None
    right = message["right"]
    wrong = (right + 1) % 4
    stage = begin(bare, explorer)
    kernel = stage.locator(".cv-tensor[data-tensor=kernel] .cv-cell").first
    assert not kernel.is_visible()
    choices = stage.locator(".cv-choice")
    expect(choices).to_have_count(4)
    assert "sharpen" in choices.nth(right).inner_text()

    def choose(n: int) -> None:
        if way == "click":
            choices.nth(n).click()
        else:
            stage.focus()
            bare.keyboard.press(str(n + 1))

    choose(wrong)
    expect(choices.nth(wrong)).to_be_disabled()
    assert message["names"][wrong] in stage.locator(".cv-verdict").inner_text()
    choose(right)
    expect(stage.locator(".cv-verdict")).to_have_text("Right.")
    assert kernel.is_visible()
    assert not choices.first.is_visible()


def test_in_slow_motion_a_new_scene_with_a_question_is_answered_as_any_other(bare: Page) -> None:
    explorer = numbers([0])
    stage = begin(bare, explorer)
    press(bare, "Slow")
    bare.evaluate("(scene) => take(scene)", json.loads(json.dumps(explorer.scene.message())))
    assert stage.locator(".is-asked").all_inner_texts() == ["?"]
    stage.locator(".cv-number").click()
    answer(bare, explorer.scene.exact[0])
    expect(output(stage, 0, 0)).to_have_text(explorer.scene.output_texts[0])
    assert is_playing(stage)
