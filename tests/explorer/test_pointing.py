"""Pointing: an output lights what it reads, an input what it feeds, a weight what it meets."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import (
    assert_outputs_answer,
    cell_name,
    choose,
    every_cell,
    expect_window,
    expected_taps,
    explore,
    names,
    numbers,
    point_at_each,
    read,
    read_step,
    show,
)
from scenes import Case, call, reference

from convviz.geometry import Kind
from convviz.parameters import PaddingMode
from convviz.scene.scene import Scene

pytestmark = pytest.mark.browser

FLAT = Case(
    np.arange(2 * 5 * 6, dtype=np.float32).reshape(1, 2, 5, 6),
    np.arange(4 * 1 * 3 * 2, dtype=np.float32).reshape(4, 1, 3, 2),
    np.ones(4, np.float32),
    {
        "stride_nd": (3, 2),
        "dilation_nd": (1, 2),
        "pre_padding": (1, 2),
        "padding_mode": PaddingMode.EXPLICIT_ROUND_UP,
        "num_groups": 2,
    },
)
DEEP = Case(
    np.arange(2 * 3 * 3 * 4, dtype=np.float32).reshape(1, 2, 3, 3, 4),
    np.arange(2 * 2 * 2 * 2 * 2, dtype=np.float32).reshape(2, 2, 2, 2, 2),
    None,
    {"stride_nd": (1, 2, 1), "post_padding": (1, 1, 0)},
)
both = pytest.mark.parametrize("case", [FLAT, DEEP], ids=["flat", "deep"])


def show_one(notebook: Lab, case: Case) -> tuple[Scene, Locator]:
    scene, [stage] = case.scene(), show(notebook, f"{call(case)}.stage")
    return scene, stage


@both
def test_each_cell_answers_as_geometry_says(notebook: Lab, case: Case) -> None:
    scene, stage = show_one(notebook, case)
    start = scene.steps - 2
    read_step(stage, start)
    assert_outputs_answer(scene, point_at_each(stage, "output"), start)
    assert_inputs_answer(scene, point_at_each(stage, "input"))
    output_map = scene.step(start).output_map
    assert_weights_answer(scene, point_at_each(stage, "kernel"), output_map)


def assert_inputs_answer(scene: Scene, seen: list[dict[str, Any]]) -> None:
    """An input or padding cell lights every output that it feeds."""
    geometry = scene.geometry
    feeds: dict[str, list[str]] = {}
    for index in range(scene.steps):
        step = scene.step(index)
        for tap in step.taps:
            name = cell_name("input", tap.channel, tap.cell)
            feeds.setdefault(name, []).append(cell_name("output", step.output_map, step.position))
    cells = [(c, at) for c in range(geometry.channels) for at in every_cell(geometry)]
    for (channel, at), answer in zip(cells, seen, strict=True):
        assert answer["at"] == cell_name("input", channel, at)
        assert answer["pointed"] == [answer["at"]]
        fed = feeds.get(answer["at"], [])
        assert sorted(answer["lit"]) == sorted(fed)
        kind = "Input" if geometry.kind(at) is Kind.DATA else "Padding"
        assert answer["words"].startswith(kind + " "), answer
        assert numbers(answer["words"]) == [channel, *at] + [len(fed)] * bool(fed)
        assert ("read by no window" in answer["words"]) == (not fed)


def assert_weights_answer(scene: Scene, seen: list[dict[str, Any]], output_map: int) -> None:
    """A weight lights every input cell that it ever multiplies, for the map on display."""
    geometry = scene.geometry
    meets: dict[tuple[int, ...], list[str]] = {}
    for index in range(scene.steps):
        step = scene.step(index)
        for tap in step.taps if step.output_map == output_map else ():
            meets.setdefault(tap.weight, []).append(cell_name("input", tap.channel, tap.cell))
    weights = list(np.ndindex(*geometry.kernel_shape[1:]))
    for weight, answer in zip(weights, seen, strict=True):
        assert answer["at"] == cell_name("kernel", weight[0], weight[1:])
        assert answer["pointed"] == [answer["at"]]
        assert sorted(answer["lit"]) == sorted(meets[weight])
        index = list(weight if geometry.group_channels > 1 else weight[1:])
        assert answer["words"].startswith("Weight "), answer
        assert numbers(answer["words"]) == [*index, output_map, len(meets[weight])]


@both
def test_reads_says_on_each_cell_how_often_it_is_read(notebook: Lab, case: Case) -> None:
    scene, stage = show_one(notebook, case)
    shown = "(stage) => probe.texts(stage, '[data-panel=\"input\"]')"
    before = stage.evaluate(shown)
    reads = choose(stage, "Reads")
    expect(reads).to_have_attribute("aria-pressed", "true")
    cells = every_cell(scene.geometry)
    expected = [scene.geometry.reads(at) for at in cells] * 2
    assert [int(count) for count in stage.evaluate(shown)] == expected
    reads.click()
    assert stage.evaluate(shown) == before


def test_a_click_pins_and_a_second_one_or_escape_lets_go(notebook: Lab) -> None:
    """With a real pointer."""
    _, stage = show_one(notebook, FLAT)
    cell = stage.locator('[data-panel="input"][data-channel="1"][data-row="2"][data-col="2"]')
    words, elsewhere = stage.locator(".cv-words"), stage.locator(".cv-bar")
    cell.hover()
    expect(words).to_contain_text("Input [1, 2, 2] feeds")
    elsewhere.hover()
    expect(words).to_be_empty()
    for let_go in (lambda: notebook.page.keyboard.press("Escape"), cell.click):
        cell.click()
        expect(stage).to_have_class(re.compile("is-pinned"))
        elsewhere.hover()
        expect(words).to_contain_text("Input [1, 2, 2] feeds")
        let_go()
        expect(stage).not_to_have_class(re.compile("is-pinned"))
        elsewhere.hover()
        expect(words).to_be_empty()
        expect(stage.locator(".is-pointed")).to_have_count(0)


def output(stage: Locator, row: int, column: int) -> Locator:
    return stage.locator(f'.cv-cell[data-panel="output"][data-row="{row}"][data-col="{column}"]')


def test_a_pointed_output_shows_its_window_and_a_pinned_one_keeps_it(notebook: Lab) -> None:
    """With a real pointer."""
    scene, stage = reference().scene(), explore(notebook)
    elsewhere = stage.locator(".cv-bar")
    output(stage, 2, 3).hover()
    expect_window(stage, scene, 17)
    assert names(stage, '.is-current[data-panel="output"]') == ["output/0/2/3"]
    expect(stage).to_have_attribute("data-step", "0")
    elsewhere.hover()
    expect_window(stage, scene, 0)
    output(stage, 3, 6).click()
    elsewhere.hover()
    expect_window(stage, scene, 27)
    output(stage, 0, 1).hover()
    assert read(stage)["taps"] == expected_taps(scene, 27), "what is pinned stays"
    elsewhere.hover()
    notebook.page.keyboard.press("Escape")
    expect_window(stage, scene, 0)


def test_a_pointed_input_lights_the_outputs_that_it_feeds(notebook: Lab) -> None:
    """With a real pointer."""
    stage = explore(notebook)
    stage.locator('.cv-cell[data-panel="input"][data-row="1"][data-col="1"]').hover()
    expect(stage.locator('.cv-cell.is-lit[data-panel="output"]')).to_have_count(4)
    expected = {f"output/0/{row}/{column}" for row in (0, 1) for column in (0, 1)}
    assert {*names(stage, '.is-lit[data-panel="output"]')} == expected


def test_a_pin_does_not_hold_the_player(notebook: Lab) -> None:
    scene, stage = show_one(notebook, FLAT)
    stage.locator('[data-panel="input"][data-channel="1"][data-row="2"][data-col="2"]').click()
    expect(stage).to_have_class(re.compile("is-pinned"))
    stage.get_by_role("button", name="Step forward", exact=True).click()
    expect(stage).to_have_attribute("data-step", "1")
    assert read(stage)["taps"] == expected_taps(scene, 1)


def test_what_is_pinned_while_it_plays_stops_it(notebook: Lab) -> None:
    _, stage = show_one(notebook, FLAT)
    stage.get_by_role("button", name="Play", exact=True).click()
    expect(stage).to_have_attribute("data-playing", "true")
    stage.locator('[data-panel="input"][data-channel="1"][data-row="2"][data-col="2"]').click()
    expect(stage).to_have_class(re.compile("is-pinned"))
    expect(stage).to_have_attribute("data-playing", "false")
    expect(stage.get_by_role("button", name="Play", exact=True)).to_be_visible()
