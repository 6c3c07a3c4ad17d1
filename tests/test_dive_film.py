"""A dive as stills and as a film: the actors of choreography as artists, and files of them."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pytest
from matplotlib.text import Text
from PIL import Image
from scenes import reference
from test_dive import SCENES

import convviz as cv
from convviz import cli
from convviz.errors import ArgumentError
from convviz.plot.dive import STRIP, DiveStill, DiveStrip
from convviz.plot.film import Film
from convviz.scene import choreography, timeline
from convviz.scene.dive import Dive
from convviz.scene.timeline import SECONDS, STAGES, between

FPS = 10


def visible_texts(still: DiveStill) -> list[str]:
    found = still.ax.findobj(lambda a: isinstance(a, Text) and a.get_visible())
    return sorted(text.get_text() for text in found if text.get_text())


@pytest.mark.parametrize("name", SCENES)
def test_a_still_shows_the_texts_that_the_browser_shows(name: str) -> None:
    dive = Dive.of(SCENES[name])
    still = DiveStill(dive, fps=FPS, captions=False)
    for _, moment in STAGES.values():
        still.show(round(moment * FPS))
        seen = [
            actor.text
            for actor in choreography.actors(dive)
            if actor.text and between(actor.keys, still.second)[1] > 0.004
        ]
        assert visible_texts(still) == sorted(seen)


def test_every_text_is_inside_what_it_stands_on() -> None:
    dive = Dive.of(SCENES["colours"])
    still = DiveStill(dive, fps=FPS, captions=False)
    still.show(round(STAGES["weights"][1] * FPS))
    still.figure.canvas.draw()
    scale = (
        still.ax.transData.transform([(1, 0)])[0][0] - still.ax.transData.transform([(0, 0)])[0][0]
    )
    widths = {
        t.get_text(): t.get_window_extent().width for t in still.ax.findobj(Text) if t.get_visible()
    }
    for actor in choreography.actors(dive):
        box, shown = between(actor.keys, still.second)
        if actor.text and shown > 0.99:
            assert widths[actor.text] <= box.width / 20 * scale


def test_the_caption_is_the_stages_words_beside_nothing() -> None:
    dive = Dive.of(SCENES["edges"])
    still = DiveStill(dive, fps=FPS)
    for name, (_, moment) in STAGES.items():
        still.show(round(moment * FPS))
        caption = " ".join(still._caption.get_text().split())
        assert caption == dive.words[name]
        still.figure.canvas.draw()
        top = still._caption.get_window_extent().y1
        stage = still.ax.transData.transform([(0, timeline.HEIGHT / 20)])[0][1]
        assert top <= stage
        assert still._caption.get_window_extent().x1 <= still.figure.bbox.width


def test_a_film_has_a_frame_for_each_part_of_a_second(tmp_path: Path) -> None:
    widget = cv.dive(reference().scene(), at=(2, 4))
    film = cv.film(widget, fps=2, figsize=(4, 2), captions=False)
    assert isinstance(film, Film)
    film.save(tmp_path / "x.gif", show_progress=False)
    widget.film(tmp_path / "y.gif", fps=2, figsize=(4, 2), captions=False)
    assert (tmp_path / "x.gif").read_bytes() == (tmp_path / "y.gif").read_bytes()
    with Image.open(tmp_path / "x.gif") as image:
        lasts = []
        for n in range(image.n_frames):
            image.seek(n)
            lasts.append(image.info["duration"])
    assert sum(lasts) == pytest.approx(1000 * (SECONDS + 0.5 + 1), abs=20 * len(lasts))
    assert film.still.step == 0, "the still is as it was"
    assert widget.shown.step.result in film.still.alt


def test_the_films_pictures_are_the_dives_pixels() -> None:
    dive = Dive.of(reference().scene(), (2, 4))
    still = DiveStill(dive, fps=FPS, figsize=(8, 4), captions=False, theme="light")
    still.show(0)
    pixels = np.asarray(Image.open(io.BytesIO(still.bytes("png", dpi=100))).convert("L"))
    height, width, _ = dive.input_pixels.shape
    place = between(choreography.actors(dive)[0].keys, 0)[0]
    for row in range(height):
        for column in range(width):
            x = (place.x + (column + 0.5) * place.width / width) / 20
            y = (place.y + (row + 0.5) * place.height / height) / 20
            across, up = still.ax.transData.transform([(x, y)])[0]
            found = pixels[pixels.shape[0] - 1 - int(up), int(across)]
            assert abs(int(found) - int(dive.input_pixels[row, column, 0])) <= 2


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"steps": [1]}, "steps: got"),
        ({"fps": 0}, "fps: got 0"),
        ({"figsize": "big"}, "figsize: got"),
        ({"captions": 3}, "captions: got 3"),
        ({"theme": "x"}, "theme: got"),
        ({"loop": -1}, "loop: got"),
    ],
)
def test_what_no_film_of_a_dive_has_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.film(cv.dive(reference().scene()), **options)
    assert str(refusal.value).startswith(words)


# The strip


@pytest.mark.parametrize("name", ["edges", "colours", "padded", "model", "digits"])
def test_a_dive_is_drawn_as_six_moments_of_it(name: str) -> None:
    dive = Dive.of(SCENES[name])
    strip = cv.draw(cv.dive(SCENES[name]))
    assert isinstance(strip, DiveStrip)
    strip.figure.canvas.draw()
    expected = []
    for number, stage in enumerate(STRIP, 1):
        moment = STAGES[stage][1]
        expected += [
            actor.text
            for actor in choreography.actors(dive)
            if actor.text and between(actor.keys, moment)[1] > 0.004
        ]
        expected += [f"{number} {stage}", " ".join(dive.words[stage].split())]
    assert sorted(" ".join(text.split()) for text in visible_texts(strip)) == sorted(expected)
    assert strip.alt == DiveStill(dive).alt
    for text in strip.ax.findobj(lambda a: isinstance(a, Text) and a.get_text()):
        box = text.get_window_extent()
        page = strip.figure.bbox
        assert page.x0 <= box.x0 <= box.x1 <= page.x1
        assert page.y0 <= box.y0 <= box.y1 <= page.y1


def test_a_moment_of_the_strip_is_the_still_of_that_moment() -> None:
    dive = Dive.of(SCENES["edges"])
    strip = DiveStrip(dive, captions=False, theme="light")
    pixels = np.asarray(Image.open(io.BytesIO(strip.bytes("png", dpi=100))).convert("L"))
    to_pixels = strip.ax.transData.transform
    height, width, _ = dive.input_pixels.shape
    place = between(choreography.actors(dive)[0].keys, STAGES["picture"][1])[0]
    for row, column in ((10, 10), (200, 30), (250, 200), (120, 128)):
        x = (place.x + (column + 0.5) * place.width / width) / 20
        y = 2.6 + (place.y + (row + 0.5) * place.height / height) / 20
        across, up = to_pixels([(x, y)])[0]
        near = pixels[
            pixels.shape[0] - 1 - int(up) + np.arange(-2, 3)[:, None],
            int(across) + np.arange(-2, 3),
        ]
        around = dive.input_pixels[row - 4 : row + 5, column - 4 : column + 5, 0].astype(int)
        assert around.min() - 12 <= near.mean() <= around.max() + 12


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"step": 1}, "step: got 1; allowed: nothing for a dive"),
        ({"view": "axes"}, "view: got 'axes'; allowed: nothing for a dive"),
        ({"figsize": "big"}, "figsize: got"),
        ({"captions": 3}, "captions: got 3"),
        ({"theme": "x"}, "theme: got"),
        ({"item": 1, "data": 3}, "data: got 3"),
    ],
)
def test_what_no_strip_has_is_refused(options: dict[str, object], words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.draw(cv.dive(reference().scene()), **options)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize("form", ["svg", "png", "gif", "html"])
def test_a_shell_dives_too(tmp_path: Path, capsys, form: str) -> None:
    path = tmp_path / f"x.{form}"
    line = f"dive {path} --at 2,4 --padding-nd 1 --fps 1 --figsize 4,2 --dpi 60 --quiet"
    assert cli.main(line.split()) == cli.DONE
    out, err = capsys.readouterr()
    assert err == ""
    assert "The zoom goes to row 2, column 4." in out
    assert path.stat().st_size > 1_000
    assert cli.main(["dive", str(path), "--at", "9,9", "--quiet"]) == cli.REFUSED
    assert "at: got (9, 9)" in capsys.readouterr().err
    assert cli.main(["dive", str(tmp_path / "x.jpg")]) == cli.REFUSED
    assert cli.main(["dive", str(path), "--channel", "1"]) == cli.REFUSED
