"""The still of every view: small, quick to make, and silent about what a lesson asks."""

from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image
from scenes import Case, mixed_cases, reference

import convviz as cv
from convviz.plot.rectangle import Rectangle
from convviz.poster.hidden import Hidden
from convviz.poster.pen import DENSITY, MOST_BYTES, Pen
from convviz.poster.poster import WIDTH, Shown, poster
from convviz.scene.scene import Scene


def of_many_channels() -> Scene:
    rng = np.random.default_rng(0)
    data = rng.standard_normal((1, 24, 9, 7)).astype(np.float32)
    kernel = rng.standard_normal((20, 24, 3, 3)).astype(np.float32)
    return Case(data, kernel).scene()


def scene_of(*arguments: object, **named: object) -> Scene:
    return cv.draw(*arguments, **named).scene


SCENES = {
    **{f"layer {n}": case.scene for n, case in enumerate(mixed_cases(12))},
    "photograph": lambda: scene_of(cv.examples.photograph(), cv.examples.edges()),
    "large kernel": lambda: scene_of(cv.examples.photograph(), cv.examples.blur(15)),
    "many channels": of_many_channels,
    "noise in many channels": lambda: Case(
        np.random.default_rng(0).random((1, 256, 14, 14), np.float32),
        np.random.default_rng(1).random((256, 1, 3, 3), np.float32),
        parameters={"num_groups": 256},
    ).scene(),
    "int8": lambda: scene_of(
        reference().data, reference().kernel, input_scale=1.0, kernel_scale=100.0
    ),
    "one row": lambda: scene_of(np.arange(12.0).reshape(1, 12), np.ones((1, 1, 3))),
    "not finite": lambda: scene_of(np.full((4, 4), np.nan), np.ones((2, 2))),
    "four million values": lambda: scene_of(np.ones((2000, 2000), np.float32), np.ones((3, 3))),
}


@pytest.mark.parametrize("name", SCENES)
@pytest.mark.parametrize("view", ["", "axes"])
def test_a_still_is_a_small_png_with_words(name: str, view: str) -> None:
    scene = SCENES[name]()
    found = poster([Shown(scene, step=scene.steps - 1, view=view)])
    image = Image.open(io.BytesIO(found.png))
    image.load()
    assert len(found.png) < MOST_BYTES
    assert 100 < found.width <= WIDTH + 1
    assert abs(image.width - DENSITY * found.width) <= DENSITY
    assert image.text["Description"] == found.alt
    assert scene.titles["input"] in found.alt
    assert len(image.getcolors() or range(257)) > 5, "something is drawn"


def test_noise_loses_pixels_before_it_fills_a_notebook() -> None:
    pen = Pen(60, 30, 13)
    noise = np.random.default_rng(0).integers(0, 256, (585, 1170, 3)).astype(np.uint8)
    pen.picture(Rectangle(0, 0, 60, 30), noise)
    image = Image.open(io.BytesIO(pen.png("noise")))
    assert image.width < pen.image.width / 2 + 1
    assert abs(image.width / image.height - 2) < 0.02


def test_pictures_side_by_side_stay_as_wide_as_a_page() -> None:
    case = reference()
    shown = [Shown(case.scene(), f"picture {n}") for n in range(7)]
    assert poster(shown).width <= WIDTH + 1


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every text that is drawn."""
    texts: list[str] = []
    cell, text = Pen.cell, Pen.text

    def noting_cell(self, place, style, words="", **options):
        texts.append(words)
        cell(self, place, style, words, **options)

    def noting_text(self, x, y, words, **options):
        texts.append(words)
        text(self, x, y, words, **options)

    monkeypatch.setattr(Pen, "cell", noting_cell)
    monkeypatch.setattr(Pen, "text", noting_text)
    return texts


def test_every_number_of_the_scene_is_written(written: list[str]) -> None:
    for case in mixed_cases(6):
        scene = case.scene()
        written.clear()
        poster([Shown(scene, step=scene.steps - 1)])
        missing = {text for panel in scene.panels for text in panel.texts} - set(written)
        kernel = set(scene.kernel_texts["kernel"][0])  # the first map's, where another is at work
        assert missing - kernel - {""} == set()


def test_the_bias_stands_under_the_kernel_and_is_added_where_it_changes_anything(written) -> None:
    for bias, sign in ((100.0, "+ "), (0.0, "")):
        case = Case(reference().data, reference().kernel, np.float32([bias]))
        written.clear()
        poster([Shown(case.scene())])
        assert {f"{sign}bias", f"{bias:g}"} <= set(written)


def test_what_becomes_of_an_int8_sum_is_broken_into_lines_and_shrinks_nothing(written) -> None:
    scene = SCENES["int8"]()
    note = scene.step(3).note
    written.clear()
    found = poster([Shown(scene, step=3)])
    assert note not in written
    assert note.replace(" ", "") in "".join(written).replace(" ", "")
    assert found.width < WIDTH


def test_a_colour_comes_when_its_map_does(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[np.ndarray] = []
    monkeypatch.setattr(Pen, "picture", lambda self, place, pixels, **options: drawn.append(pixels))
    data = np.random.default_rng(0).random((3, 60, 60), np.float32)
    scene = scene_of(data, np.ones((3, 1, 1, 1), np.float32), num_groups=3)
    for step, colours in ((3599, 1), (7199, 2), (10799, 3)):
        drawn.clear()
        poster([Shown(scene, step=step)])
        assert [bool(drawn[-1][..., n].any()) for n in range(3)] == [n < colours for n in range(3)]


@pytest.mark.parametrize("step", [0, 1, 3])
def test_outputs_to_be_guessed_are_empty(step: int, written: list[str]) -> None:
    scene = reference(padding_nd=(1, 1)).scene()
    poster([Shown(scene, step=step, predict={"ask": "number", "steps": [1, 9]})])
    seen = step + (step != 1)
    known = set(scene.output_texts[:seen])
    assert (set(scene.output_texts[seen:]) - known) & set(written) == set()
    assert known <= set(written)
    assert ("?" in written) == (step == 1)


def test_a_size_to_be_guessed_is_told_nowhere(written: list[str]) -> None:
    scene = reference(stride_nd=(2, 3)).scene()
    found = poster([Shown(scene, predict={"ask": "size", "steps": []})])
    assert scene.titles["output"] not in "\n".join([*written, found.alt])
    assert set(scene.output_texts) & set(written) == set()


def test_a_kernel_to_be_guessed_is_told_nowhere(written: list[str]) -> None:
    scene = scene_of(cv.examples.photograph(), cv.examples.edges())
    poster([Shown(scene, step=scene.steps - 1, predict={"ask": "kernel", "steps": []})])
    assert set(scene.kernel_texts["kernel"][0]) & set(written) == set()


def test_where_nothing_is_asked_nothing_is_hidden() -> None:
    scene = reference().scene()
    assert Hidden.by(scene, 0, {}) == Hidden()
    assert Hidden.by(scene, 0, {"ask": "cell", "steps": []}).next_window
