"""A film shows each step once, at its speed, in every format; or is refused before any frame."""

from __future__ import annotations

import base64
import io
import os
import shutil
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.animation import FuncAnimation, PillowWriter
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image
from scenes import reference

import convviz as cv
from convviz.errors import ArgumentError
from convviz.plot import progress
from convviz.plot.encoders.colour_table import ColourTable
from convviz.plot.encoders.encoder import Encoder
from convviz.plot.encoders.formats import FILM_FORMATS, FilmFormat
from convviz.plot.film import MOST_FRAMES, Film
from convviz.plot.rasterizer import Rasterizer
from convviz.plot.still import Still
from convviz.scene.scene import Scene

needs_ffmpeg = pytest.mark.skipif(not shutil.which("ffmpeg"), reason="ffmpeg is not installed")
SMALL = {"captions": False, "figsize": (5, 3)}


@pytest.fixture(scope="module")
def scene() -> Scene:
    return reference(stride_nd=(2, 2), padding_mode="SAME_UPPER").scene()


@pytest.fixture(scope="module")
def frames(scene: Scene) -> list[np.ndarray]:
    """Each step's pixels, as the rasterizer draws them."""
    with Rasterizer.on(Still(scene, **SMALL)) as rasterizer:
        return [rasterizer.frame(step)[..., :3].copy() for step in range(scene.steps)]


def pixels(image: Image.Image) -> np.ndarray:
    return np.asarray(image.convert("RGB"))


def drawn_whole(picture: Still, step: int) -> np.ndarray:
    """The picture at a step as matplotlib draws a figure."""
    picture.show(step)
    canvas = FigureCanvasAgg(picture.figure)
    canvas.draw()
    return np.asarray(canvas.buffer_rgba())[..., :3].copy()


# What a film shows


def test_the_rasterizer_draws_what_matplotlib_draws(scene: Scene, frames: list) -> None:
    picture = Still(scene, **SMALL)
    for step in (0, 1, 7, scene.steps - 1):
        whole = drawn_whole(picture, step)
        assert whole.shape == frames[step].shape
        # Text and borders may be a pixel off; not so what an eighth of a cell shows.
        small = [np.asarray(Image.fromarray(each).reduce(8), int) for each in (whole, frames[step])]
        assert np.abs(small[0] - small[1]).max() < 40
        others = [np.mean(np.abs(whole.astype(int) - other)) for other in frames]
        assert int(np.argmin(others)) == step


def test_a_frame_is_the_same_whatever_came_before(scene: Scene, frames: list) -> None:
    with Rasterizer.on(Still(scene, 4, **SMALL)) as rasterizer:
        for step in (9, 2, 3, scene.steps - 1, 0):
            assert (rasterizer.frame(step)[..., :3] == frames[step]).all()


@pytest.mark.parametrize(
    "parameters",
    [
        {"padding_nd": (1, 1)},
        {"dilation_nd": (2, 2)},
        {"stride_nd": (2, 2), "padding_mode": "EXPLICIT_ROUND_UP"},
    ],
)
def test_cells_of_every_kind_come_back_as_they_were(parameters: dict) -> None:
    scene = reference(**parameters).scene()
    with Rasterizer.on(Still(scene, **SMALL)) as rasterizer:
        first = rasterizer.frame(0)
        for step in range(1, scene.steps):
            rasterizer.frame(step)
        assert (rasterizer.frame(0) == first).all()


def test_maps_groups_int8_and_photographs_can_be_filmed() -> None:
    rng = np.random.default_rng(3)
    data, kernel = np.ones((1, 4, 4, 4), np.float32), np.ones((4, 2, 2, 2), np.float32)
    grouped = cv.film(data, kernel, num_groups=2, bias=np.arange(4, dtype=np.float32))
    digits = reference()
    int8 = cv.film(digits.data, digits.kernel, input_scale=1.0, kernel_scale=80.0)
    photo = cv.film(rng.random((90, 90), np.float32), np.ones((3, 3)), steps=range(0, 7744, 700))
    for film in (grouped, int8, photo):
        with Image.open(io.BytesIO(film.bytes("gif", dpi=50))) as image:
            assert image.n_frames == len(film.steps)
        last = film.still.scene.steps - 1
        with Rasterizer.on(film.still, 50) as rasterizer:
            quick = rasterizer.frame(film.steps[-1]).copy()
        with Rasterizer.on(Still(film.still.scene, last), 50) as rasterizer:
            assert (rasterizer.frame(film.steps[-1]) == quick).all()


def test_a_given_figure_keeps_its_canvas_and_its_size(scene: Scene) -> None:
    figure = Figure(figsize=(4, 3), dpi=90)
    canvas = FigureCanvasAgg(figure)
    film = cv.film(scene, ax=figure.subplots())
    film.still.show(5)
    film.bytes("gif", dpi=40)
    assert (figure.canvas, figure.dpi, film.still.step) == (canvas, 90, 5)


def test_a_figure_without_a_page_is_filmed_on_white(scene: Scene) -> None:
    figure = Figure(figsize=(4, 3), facecolor="none")
    film = cv.film(scene, ax=figure.subplots(), steps=[0, 1])
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
    assert figure.get_facecolor()[3] == 0


# Formats


@pytest.mark.parametrize("form", ["gif", "png", "webp"])
def test_every_step_is_a_frame_that_shows_it(scene, frames, tmp_path: Path, form: str) -> None:
    film = cv.film(scene, fps=4, pause=2, **SMALL)
    film.save(tmp_path / f"x.{form}")
    with Image.open(tmp_path / f"x.{form}") as image:
        assert image.n_frames == scene.steps
        assert image.info["loop"] == 0
        durations = []
        for step in range(scene.steps):
            image.seek(step)
            image.load()
            apart = np.abs(pixels(image).astype(int) - frames[step]).max(axis=-1)
            assert apart.max() <= (0 if form == "webp" else 80), step
            assert np.mean(apart > 16) < 0.01
            durations.append(image.info.get("duration"))
    if form != "webp":  # Pillow does not read their durations
        assert durations == [250] * (scene.steps - 1) + [2250]


@needs_ffmpeg
def test_an_mp4_has_every_step_and_the_pause(scene: Scene, frames: list, tmp_path: Path) -> None:
    cv.film(scene, fps=4, pause=0.5, **SMALL).save(tmp_path / "x.mp4")
    height, width = (side + side % 2 for side in frames[0].shape[:2])
    command = ["ffmpeg", "-loglevel", "error", "-i", str(tmp_path / "x.mp4"), "-f", "rawvideo"]
    raw = subprocess.run(
        [*command, "-pix_fmt", "rgb24", "-"], check=True, capture_output=True
    ).stdout
    film = np.frombuffer(raw, np.uint8).reshape(-1, height, width, 3)
    assert len(film) == scene.steps + 2
    for step, frame in enumerate(frames):
        part = film[step, : frame.shape[0], : frame.shape[1]].astype(int)
        assert np.mean(np.abs(part - frame)) < 4
        assert int(np.argmin([np.mean(np.abs(part - other)) for other in frames])) == step


@needs_ffmpeg
def test_an_mp4_can_be_had_as_bytes(scene: Scene) -> None:
    assert cv.film(scene, steps=[0, 1], **SMALL).bytes("mp4")[4:8] == b"ftyp"


@needs_ffmpeg
def test_what_ffmpeg_says_is_passed_on_and_nothing_stays(scene, tmp_path, monkeypatch) -> None:
    fake = tmp_path / "ffmpeg"
    fake.write_text("#!/bin/sh\necho no such encoder >&2\nexit 1\n")
    fake.chmod(0o755)
    monkeypatch.setitem(mpl.rcParams, "animation.ffmpeg_path", str(fake))
    with pytest.raises(OSError, match="no such encoder"):
        cv.film(scene, **SMALL).save(tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == [fake]


@pytest.mark.parametrize(("loop", "gif", "png"), [(True, 0, 0), (1, None, 1), (3, 2, 3)])
def test_loop_is_how_often_a_film_plays(scene: Scene, loop, gif, png) -> None:
    film = cv.film(scene, steps=[0, 1], loop=loop, **SMALL)
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.info.get("loop") == gif
    with Image.open(io.BytesIO(film.bytes("png"))) as image:
        assert image.info["loop"] == png
    webp = film.bytes("webp")
    at = webp.index(b"ANIM")
    assert struct.unpack("<H", webp[at + 12 : at + 14])[0] == png


class Sizes(Encoder):
    """A format for this test: the bytes of each frame, and the seconds that it stays."""

    def add(self, frame: np.ndarray, seconds: float) -> None:
        self.file.write(f"{frame.size} {seconds:.2f}\n".encode())

    def end(self) -> None:
        self.file.write(f"{self.spec.frames} frames".encode())


def test_a_format_is_an_encoder_with_a_row_in_the_table(scene, frames, monkeypatch) -> None:
    monkeypatch.setitem(FILM_FORMATS, "sizes", FilmFormat("sizes", Sizes, most_fps=10))
    film = cv.film(scene, steps=[0, 1], fps=4, pause=1, **SMALL)
    size = frames[0].size // 3 * 4
    assert film.bytes("sizes").decode() == f"{size} 0.25\n{size} 1.25\n2 frames"
    with pytest.raises(ArgumentError, match="fps: got 20 for a SIZES; allowed: at most 10"):
        cv.film(scene, steps=[0, 1], fps=20, **SMALL).bytes("sizes")


def test_a_format_that_is_not_there_is_refused(scene: Scene) -> None:
    with pytest.raises(ArgumentError, match="format: got 'avi'; allowed: 'gif', 'mp4', 'webp'"):
        cv.film(scene, **SMALL).bytes("avi")


def test_a_film_of_equal_frames_keeps_them_all(scene: Scene) -> None:
    film = cv.film(scene, steps=[3, 3, 3], **SMALL)
    for form in ("gif", "png", "webp"):
        with Image.open(io.BytesIO(film.bytes(form))) as image:
            assert image.n_frames == 3


def test_every_chunk_of_an_apng_has_its_checksum(scene: Scene) -> None:
    content, at, names = cv.film(scene, steps=[0, 1, 2], **SMALL).bytes("png"), 8, []
    while at < len(content):
        (length,) = struct.unpack(">I", content[at : at + 4])
        body = content[at + 4 : at + 8 + length]
        assert struct.unpack(">I", content[at + 8 + length : at + 12 + length])[0] == zlib.crc32(
            body
        )
        names.append(body[:4])
        at += 12 + length
    assert names[:5] == [b"IHDR", b"acTL", b"PLTE", b"tRNS", b"fcTL"]
    assert names[5:] == [b"IDAT", b"fcTL", b"fdAT", b"fcTL", b"fdAT", b"IEND"]


def test_flat_colours_stay_themselves_in_a_colour_table() -> None:
    rng = np.random.default_rng(0)
    noise = np.full((100, 100, 4), 255, np.uint8)
    noise[:50, :, :3] = rng.integers(0, 256, (50, 100, 3))
    noise[50:, :, :3] = (225, 237, 251)
    table = ColourTable()
    colours = np.frombuffer(table.bytes(), np.uint8)
    places = table.indices(noise)
    colours = np.frombuffer(table.bytes(), np.uint8).reshape(256, 3)
    assert (colours[places[50:]] == (225, 237, 251)).all()
    assert np.abs(colours[places[:50]].astype(int) - noise[:50, :, :3]).mean() < 24
    later = np.full((20, 20, 4), 255, np.uint8)
    later[..., :3] = (1, 200, 3)
    places = table.indices(later)
    colours = np.frombuffer(table.bytes(), np.uint8).reshape(256, 3)
    assert (colours[places] == (1, 200, 3)).all()


# As matplotlib's animation


def test_it_is_an_animation_that_matplotlib_can_save(scene: Scene, tmp_path: Path) -> None:
    film = cv.film(scene, steps=range(4), **SMALL)
    assert isinstance(film, FuncAnimation)
    film.save(tmp_path / "x.gif", writer=PillowWriter(fps=5))
    with Image.open(tmp_path / "x.gif") as image:
        assert image.n_frames == 4
    html = film.to_jshtml()
    assert html.count("data:image/png;base64") == 4


@needs_ffmpeg
def test_a_notebook_can_have_it_as_a_video(scene: Scene) -> None:
    assert cv.film(scene, steps=range(3), **SMALL).to_html5_video().startswith("<video")


def test_a_notebook_shows_it_moving_and_says_what_it_is(scene: Scene) -> None:
    film = cv.film(scene, steps=range(3), **SMALL)
    data, metadata = film._repr_mimebundle_()
    assert "Film of 3 steps" in metadata["image/png"]["alt"]
    assert b"acTL" in base64.b64decode(data["image/png"])
    with mpl.rc_context({"animation.html": "jshtml"}):
        assert set(film._repr_mimebundle_()[0]) == {"text/html"}


def test_a_film_that_is_never_saved_gives_no_warning(scene: Scene, recwarn) -> None:
    del_me = cv.film(scene, steps=[0])
    del del_me
    assert not recwarn.list


def test_a_film_of_many_cells_is_no_larger_than_a_screen() -> None:
    film = cv.film(np.ones((40, 40), np.float32), np.ones((3, 3)), steps=[0, 7, 1443])
    with Image.open(io.BytesIO(film.bytes("gif"))) as image:
        assert image.size[0] <= 1920
        assert image.size[1] <= 1080
        assert max(image.size[0] / 1920, image.size[1] / 1080) > 0.99


# What is refused


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"steps": []}, "steps: got none"),
        ({"steps": [99]}, "steps: got 99; allowed: an integer, 0 to 14"),
        ({"steps": [0] * (MOST_FRAMES + 1)}, "steps: got 2,001 frames; allowed: at most 2,000"),
        ({"fps": 0}, "fps: got 0"),
        ({"fps": "fast"}, "fps: got 'fast'"),
        ({"pause": -1}, "pause: got -1"),
        ({"loop": -1}, "loop: got -1"),
        ({"theme": "blue"}, "theme: got 'blue'"),
    ],
)
def test_what_cannot_be_filmed_is_refused(scene: Scene, arguments: dict, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.film(scene, **arguments)
    assert str(refusal.value).startswith(words)


def test_a_refusal_of_too_many_steps_says_which_to_take() -> None:
    with pytest.raises(ArgumentError, match=r"steps=range\(0, 248004, 1241\)"):
        cv.film(np.ones((500, 500), np.float32), np.ones((3, 3), np.float32))


@pytest.fixture
def never_drawn(monkeypatch):
    monkeypatch.setattr(Rasterizer, "frame", lambda *_: pytest.fail("a frame was drawn"))


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no/x.gif", "a folder that is there"),
        ("x.avi", ".gif, .mp4, .webp, .png"),
        ("x", ".gif"),
        ("fast.gif", "browsers slow down"),
    ],
)
def test_a_bad_name_is_refused_before_a_frame_is_drawn(
    scene, tmp_path, never_drawn, name, words
) -> None:
    film = cv.film(scene, fps=60, **SMALL)
    with pytest.raises(ArgumentError, match=words):
        film.save(tmp_path / name)
    assert list(tmp_path.iterdir()) == []


def test_an_mp4_without_ffmpeg_says_how_to_get_it(
    scene, tmp_path, never_drawn, monkeypatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setitem(sys.modules, "imageio_ffmpeg", None)
    with pytest.raises(ArgumentError, match=r"apt-get install ffmpeg.*imageio-ffmpeg"):
        cv.film(scene, **SMALL).save(tmp_path / "x.mp4")
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_film_leaves_the_old_file(scene, tmp_path, monkeypatch) -> None:
    path = tmp_path / "x.gif"
    film: Film = cv.film(scene, **SMALL)
    film.save(path)
    old, draw = path.read_bytes(), Rasterizer.frame

    def stop(rasterizer: Rasterizer, step: int) -> np.ndarray:
        if step == 5:
            raise KeyboardInterrupt
        return draw(rasterizer, step)

    monkeypatch.setattr(Rasterizer, "frame", stop)
    with pytest.raises(KeyboardInterrupt):
        film.save(path)
    assert path.read_bytes() == old
    assert os.listdir(tmp_path) == ["x.gif"]


# Progress


def test_the_progress_bar_counts_to_the_end_and_can_be_left_out(capsys, monkeypatch) -> None:
    monkeypatch.setattr(progress, "PATIENCE", -1)
    assert list(progress.bar(range(4), 4, "x.gif", shown=True)) == [0, 1, 2, 3]
    words = capsys.readouterr().err
    assert words.endswith(" 4 of 4\n")
    assert words.count("\r") == 4
    list(progress.bar(range(4), 4, "x.gif", shown=False))
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("module", "is_shown"), [("ipykernel.iostream", True), ("io", False)])
def test_a_bar_goes_by_where_stderr_leads_not_by_what_was_imported(
    monkeypatch, module: str, is_shown: bool
) -> None:
    pytest.importorskip("ipykernel")
    written = type("Stream", (io.StringIO,), {"__module__": module})()
    monkeypatch.setattr(progress, "PATIENCE", -1)
    monkeypatch.setattr(sys, "stderr", written)
    list(progress.bar(range(4), 4, "x.gif"))
    assert bool(written.getvalue()) == is_shown


def test_matplotlibs_own_callback_is_called(scene: Scene, tmp_path: Path) -> None:
    calls = []
    film = cv.film(scene, steps=range(3), **SMALL)
    film.save(tmp_path / "x.gif", progress_callback=lambda n, count: calls.append((n, count)))
    assert calls == [(0, 3), (1, 3), (2, 3)]
