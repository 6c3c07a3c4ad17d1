"""What is on a stage can be saved from it: the step as a drawing, the film, the page."""

from __future__ import annotations

import io
import re
from pathlib import Path
from unittest import mock

import numpy as np
import pytest
from lab import Lab
from PIL import Image
from playwright.sync_api import expect

import convviz as cv
from convviz.errors import ArgumentError
from convviz.widget import saving
from convviz.widget.saving import MOST_STEPS, saved

EXPLORE = """
import numpy as np, convviz as cv
explorer = cv.explore(cv.examples.counting(), cv.examples.powers_of_ten(), step=9)
explorer
"""


@pytest.fixture
def explorer():
    return cv.explore(cv.examples.counting(), cv.examples.powers_of_ten(), stride_nd=(2, 2))


@pytest.mark.browser
def test_a_notebook_saves_what_is_on_the_screen(lab: Lab, chromium, tmp_path: Path) -> None:
    lab.new([EXPLORE])
    lab.run_all()
    stage = lab.stage()
    stage.get_by_role("button", name="More").click()
    stage.get_by_role("button", name="Save").click()
    files = {}
    for form in ("SVG", "PNG", "GIF", "HTML"):
        with lab.page.expect_download() as download:
            stage.get_by_role("button", name=form, exact=True).click()
        name = download.value.suggested_filename
        files[form] = tmp_path / name
        download.value.save_as(files[form])
        expect(stage.get_by_role("button", name=form, exact=True)).to_be_enabled()
    assert "step 10 of 28" in files["SVG"].read_text(encoding="utf-8")
    with Image.open(files["PNG"]) as image:
        assert "step 10 of 28" in image.text["Description"]
    with Image.open(files["GIF"]) as image:
        assert image.n_frames == 28
    assert lab.console_errors == []

    page = chromium.new_context(offline=True).new_page()
    page.goto(files["HTML"].as_uri())
    expect(page.locator(".cv-cell[data-panel=output]")).to_have_count(28)
    page.get_by_role("button", name="More").click()
    expect(page.get_by_role("button", name="Code")).to_be_visible()
    expect(page.get_by_role("button", name="Save")).to_be_hidden()
    page.context.close()


def test_a_drawing_shows_the_step_in_the_theme(explorer) -> None:
    name, content = saved(explorer.stage, "svg", 3, "dark")
    assert name == "step-4.svg"
    assert b"step 4 of 8" in content
    assert b"#111418" in content


def test_a_film_of_very_many_steps_takes_some_and_ends_with_the_last() -> None:
    large = cv.explore(np.ones((30, 30), np.float32), np.ones((3, 3), np.float32))
    _, content = saved(large.stage, "gif", 0, "light")
    with Image.open(io.BytesIO(content)) as image:
        assert MOST_STEPS / 2 < image.n_frames <= MOST_STEPS
    assert large.scene.steps > MOST_STEPS


def test_a_page_has_the_stages_code(explorer) -> None:
    _, content = saved(explorer.stage, "html", 0, "light")
    assert re.search(r"cv\.explore\(data, kernel, stride_nd=\(2, 2\)\)", content.decode())


def test_a_request_is_answered_with_the_file_or_the_reason(explorer, monkeypatch) -> None:
    sent = []
    monkeypatch.setattr(
        type(explorer.stage), "send", lambda _, content, buffers=(): sent.append((content, buffers))
    )
    request = {"save": "svg", "step": 2, "theme": "light", "request": "r1"}
    explorer.stage._handle_custom_msg(request, [])
    explorer.stage._handle_custom_msg({**request, "save": "exe"}, [])
    (done, [content]), (refused, _) = sent
    assert (done["request"], done["name"]) == ("r1", "step-3.svg")
    assert content.startswith(b"<?xml")
    assert refused["refused"].startswith("form: got 'exe'")
    assert explorer.stage.error == ""


@pytest.mark.parametrize(
    ("failure", "words"),
    [
        (MemoryError(), "as it was before: MemoryError"),
        (OSError("no room"), "OSError: no room"),
        (KeyboardInterrupt(), "interrupted"),
    ],
    ids=repr,
)
def test_whatever_fails_in_a_save_is_said(explorer, monkeypatch, failure, words: str) -> None:
    sent = []
    monkeypatch.setattr(
        type(explorer.stage), "send", lambda _, content, *_buffers: sent.append(content)
    )
    monkeypatch.setattr(saving, "saved", mock.Mock(side_effect=failure))
    request = {"save": "png", "step": 0, "theme": "light", "request": "r1"}
    explorer.stage._handle_custom_msg(request, [])
    [answer] = sent
    assert answer["request"] == "r1"
    assert words in answer["refused"]


def test_another_form_is_refused(explorer) -> None:
    with pytest.raises(ArgumentError, match="form"):
        saved(explorer.stage, "exe", 0, "light")
