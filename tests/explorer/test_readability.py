"""Both themes can be read, the font grows for a projector, and nothing moves against a wish."""

from __future__ import annotations

from pathlib import Path

import pytest
from lab import Lab
from playwright.sync_api import Locator, expect
from reading import SETUP, choose, explore, read_step

from convviz.scene import palette

pytestmark = pytest.mark.browser

CONTRASTS = Path(__file__).with_name("contrasts.js").read_text(encoding="utf-8")
EXPLORERS = [
    f"cv.explore({each}, controls=['stride_nd'], formula=True)"
    for each in (
        "digits, powers, np.ones(1), stride_nd=(2, 2), pre_padding=(1, 2), "
        'padding_mode="EXPLICIT_ROUND_UP"',
        "np.tile(digits, (1, 2, 1, 1)), np.concatenate([powers, -powers]).reshape(2, 1, 3, 3), "
        "num_groups=2, stride_nd=(4, 4), dilation_nd=(1, 2)",
        "digits, powers, input_scale=0.04, kernel_scale=1.0",
        "np.arange(90.0 * 90).reshape(90, 90), np.ones((6, 6)) / 36",
    )
]


def open_all(lab: Lab) -> Locator:
    """Padding, groups, int8 and an image, with everything open that has text; the first stage."""
    lab.new(["\n".join([SETUP, *(f"display({each})" for each in EXPLORERS)])], app="doc")
    lab.run_all()
    stage = lab.stage()
    expect(lab.stage(3)).to_have_attribute("data-step", "0")
    read_step(stage, 5)
    for button in lab.page.get_by_role("button", name="All parameters").all():
        button.click()
    stage.locator('.cv-cell[data-panel="input"]').nth(30).click()
    choose(lab.stage(2), "Reads")
    for name in ("Running sum", "Code", "Save"):
        choose(stage, name)
    groups = lab.page.get_by_role("spinbutton", name="num_groups", exact=True).nth(3)
    groups.fill("5")
    groups.press("Enter")
    expect(lab.stage(3).get_by_role("alert")).to_be_visible()
    return stage


def test_every_text_stands_out_in_both_themes(lab: Lab) -> None:
    stage = open_all(lab)
    seen: dict[str, set[str]] = {}
    for theme, name in (("light", "JupyterLab Light"), ("dark", "JupyterLab Dark")):
        lab.theme(name)
        explorers = lab.page.locator(".convviz-explorer")
        contrasts = [each for one in explorers.all() for each in one.evaluate(CONTRASTS)]
        assert len(contrasts) > 300
        low = [each for each in contrasts if each[0] < palette.READABLE]
        assert low == [], theme
        ground = "(node) => getComputedStyle(node).backgroundColor"
        seen[theme] = {stage.evaluate(ground)}
    assert seen["light"] != seen["dark"]


def test_frames_move_only_where_the_system_allows_motion(notebook: Lab) -> None:
    frame = explore(notebook).locator(".cv-frame.is-window").first
    durations = "(node) => getComputedStyle(node).transitionDuration"
    assert {*frame.evaluate(durations).split(", ")} == {"0s"}
    notebook.page.emulate_media(reduced_motion="no-preference")
    assert {*frame.evaluate(durations).split(", ")} != {"0s"}
