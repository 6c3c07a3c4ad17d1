"""The first example: what is there, and how it steps and plays by keys, buttons and sliders."""

from __future__ import annotations

import re

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import cells, expected_taps, explore, kinds, names, read, show
from scenes import reference

from convviz.scene import palette

pytestmark = pytest.mark.browser


WITHOUT_BIAS = "cv.explore(digits, powers)"  # the sum's digits are the input's


def step_button(stage: Locator, name: str) -> Locator:
    return stage.get_by_role("button", name=name, exact=True)


def expect_step(stage: Locator, index: int) -> None:
    expect(stage).to_have_attribute("data-step", str(index))


def expect_under_way(stage: Locator) -> None:
    """Playing has left the first step and not reached the last of 28."""
    expect(stage).to_have_attribute("data-step", re.compile(r"^([1-9]|1\d|2[0-6])$"))


def test_the_first_example_is_all_there(notebook: Lab) -> None:
    scene, [stage] = reference().scene(), show(notebook, WITHOUT_BIAS)
    counts = {name: len(kinds(stage, name)) for name in ("input", "kernel", "output")}
    assert counts == {"input": 54, "kernel": 9, "output": 28}
    assert "NumPy on the CPU" in (stage.get_attribute("data-device") or "")
    expect(stage).to_have_attribute("data-playing", "false")
    assert [cell["text"] for cell in cells(stage, "kernel")] == scene.kernel_texts["kernel"][0]
    stage.get_by_role("button", name=scene.titles["output"], exact=True).click()
    for line in scene.formulas:
        expect(stage.get_by_text(line)).to_be_visible()


def test_arrows_home_and_end_step(notebook: Lab) -> None:
    scene, stage = reference().scene(), explore(notebook)
    stage.focus()
    expect_step(stage, 0)
    for key, index in [
        ("ArrowRight", 1),
        ("ArrowDown", 8),
        ("ArrowRight", 9),
        ("ArrowLeft", 8),
        ("ArrowUp", 1),
        ("End", 27),
        ("ArrowRight", 27),
        ("Home", 0),
        ("ArrowLeft", 0),
    ]:
        notebook.page.keyboard.press(key)
        expect_step(stage, index)
        assert read(stage)["taps"] == expected_taps(scene, index)
        current = f"output/0/{index // 7}/{index % 7}"
        assert names(stage, '.is-current[data-panel="output"]') == [current]
        assert len(names(stage, '.is-done[data-panel="output"]')) == index


def test_buttons_and_sliders_are_found_by_their_names_and_step(notebook: Lab) -> None:
    stage = explore(notebook)
    for name, index in [
        ("Step forward", 1),
        ("Last step", 27),
        ("Step back", 26),
        ("First step", 0),
    ]:
        step_button(stage, name).click()
        expect_step(stage, index)
    steps = stage.get_by_role("slider", name="Step", exact=True)
    steps.press("ArrowRight")
    expect_step(stage, 1)
    steps.click()  # in the middle
    expect(stage).to_have_attribute("data-step", re.compile("^1[34]$"))
    steps.press("End")
    expect_step(stage, 27)
    speed = stage.get_by_role("slider", name="Speed", exact=True)
    speed.press("ArrowRight")
    expect(speed).to_have_attribute("aria-valuetext", "2 times")
    expect_step(stage, 27)


def test_playing_from_the_end_begins_anew_and_pauses(notebook: Lab) -> None:
    stage, keyboard = explore(notebook), notebook.page.keyboard
    step_button(stage, "Last step").click()
    step_button(stage, "Play").click()
    expect(stage).to_have_attribute("data-playing", "true")
    expect_under_way(stage)
    stage.focus()
    keyboard.press(" ")
    expect(stage).to_have_attribute("data-playing", "false")
    keyboard.press("Home")
    keyboard.press(" ")
    expect_under_way(stage)
    step_button(stage, "Pause").click()
    expect(stage).to_have_attribute("data-playing", "false")


def rgb(hexadecimal: str) -> str:
    """A colour as the browser writes computed ones."""
    return f"rgb({', '.join(str(int(hexadecimal[i : i + 2], 16)) for i in (1, 3, 5))})"


def test_the_digits_of_the_sum_wear_their_weights_colours(notebook: Lab) -> None:
    [stage] = show(notebook, WITHOUT_BIAS)
    digits = stage.locator(".cv-digit")
    expect(digits).to_have_count(9)
    assert "".join(digits.all_inner_texts()) == "123456789"
    found = digits.evaluate_all("all => all.map((one) => getComputedStyle(one).color)")
    weights = [palette.weight_colour(row, column) for row in range(3) for column in range(3)]
    assert found == [rgb(palette.word_colour(weight, "light")) for weight in weights]
    expect(stage.locator('[data-text="12345.6789"]')).to_be_visible()


def test_the_stage_wears_jupyterlabs_theme_as_soon_as_it_changes(lab: Lab) -> None:
    lab.new([], app="doc")
    [stage] = show(lab, WITHOUT_BIAS)
    cell = stage.locator('.cv-cell[data-panel="input"]').last
    ground = "(node) => getComputedStyle(node).backgroundColor"
    ink = "(node) => getComputedStyle(node).color"
    for theme, name in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        lab.theme(name)
        colours = palette.THEMES[theme]
        assert stage.evaluate(ground) == rgb(colours["page"])
        assert cell.evaluate(ground) == rgb(colours["cell"])
        assert cell.evaluate(ink) == rgb(colours["ink"])
    words = stage.locator(".cv-digit").first.evaluate(ink)
    assert words == rgb(palette.word_colour(palette.weight_colour(0, 0), "dark"))
