"""The scene as a film: a matplotlib animation that is written faster than matplotlib does.

reel.py draws what does not move once and then only what changes; encoders.py keeps only the pixels
that do. Every other way of an animation (``to_jshtml``, a writer of one's own) is
matplotlib's.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import matplotlib as mpl
import numpy as np
from matplotlib.animation import FuncAnimation
from matplotlib.axes import Axes

from convviz import files
from convviz.errors import ArgumentError, short
from convviz.parameters import lists_parameters
from convviz.plot import encoders, progress
from convviz.plot.rasterizer import Rasterizer
from convviz.plot.still import Still, check_step
from convviz.scene.scene import Scene
from convviz.scene.subject import scene_of

FORMATS = ("gif", "mp4", "webp", "png", "apng")
MOST_FRAMES = 2_000
MOST_PIXELS = (1920, 1080)  # of a film that nobody chose a size for: what every player plays


@lists_parameters
def film(
    *subject: object,
    steps: Iterable[int] | None = None,
    fps: float = 3.0,
    pause: float = 1.0,
    loop: bool | int = True,
    ax: Axes | None = None,
    theme: str | None = None,
    figsize: tuple[float, float] | None = None,
    captions: bool = True,
    item: int = 0,
    device: str | None = None,
    **named: object,
) -> Film:
    """Film a convolution: one frame a step. ``film(layer, data).save("x.gif")`` writes it.

    Parameters
    ----------
    subject, item, device, named : as for `explore`
    steps : which output elements, in memory order, −1 for the last; None for all
    fps : steps a second
    pause : seconds that the last frame stays longer
    loop : True to play without end, or how often to play
    ax, theme, figsize, captions : as for `draw`, but no larger than a screen unless asked for

    Raises
    ------
    ArgumentError
        Naming what cannot be, and for more frames than anybody watches.
    """
    scene = scene_of(*subject, item=item, device=device, **named)
    frames = _check_steps(scene, steps)
    fps, pause = _check_time("fps", fps), _check_time("pause", pause, zero=True)
    times = _repeats(loop)
    picture = Still(scene, frames[0], ax=ax, theme=theme, figsize=figsize, captions=captions)
    if ax is None and figsize is None:
        _shrink(picture)
    return Film(picture, frames, fps=fps, pause=pause, loop=times)


class Film(FuncAnimation):
    """An animation of a picture, a frame a step.

    Attributes
    ----------
    picture : Picture
    steps : list of int
    fps : steps a second
    pause : seconds that the last frame stays longer
    loop : how often to play; 0 for without end
    """

    def __init__(
        self, picture: Still, steps: Sequence[int], *, fps: float, pause: float, loop: int
    ) -> None:
        self.picture, self.steps = picture, list(steps)
        self.fps, self.pause, self.loop = fps, pause, loop
        super().__init__(
            picture.figure,
            picture.show,
            frames=self.steps,
            interval=1000 / fps,
            repeat=loop != 1,
            repeat_delay=1000 * pause,
            blit=False,
            cache_frame_data=False,
        )
        self._draw_was_started = True  # a film that nobody saved is no mistake to warn of

    def save(
        self,
        filename: str | os.PathLike[str],
        writer: object = None,
        fps: float | None = None,
        dpi: float | None = None,
        *args: object,
        progress_callback: Callable[[int, int], object] | None = None,
        show_progress: bool | None = None,
        **kwargs: object,
    ) -> None:
        """Write the film; the name's ending says how: .gif, .mp4, .webp, or .png for APNG.

        With a ``writer``, or any other argument of matplotlib's `Animation.save`, this is that.

        Parameters
        ----------
        fps, dpi : steps a second and pixels an inch; None for the film's and matplotlib's setting
        progress_callback : called with the frame's number and their count, as in matplotlib
        show_progress : whether a line on stderr says how far it is; None where it is a terminal

        Raises
        ------
        ArgumentError
            For another ending, a folder that is not there, an MP4 without ffmpeg, or a GIF faster
            than browsers play: before any frame is drawn.
        """
        if writer is not None or args or kwargs:
            kwargs["progress_callback"] = progress_callback
            super().save(filename, writer, fps, dpi, *args, **kwargs)
            return
        target = files.target(filename, FORMATS)
        rate = self.fps if fps is None else _check_time("fps", fps)
        form = target.suffix[1:].lower()
        _check_form(form, rate)
        drawn = self._frames(dpi, target.name, progress_callback, show_progress)
        with files.part(target) as part, drawn as (size, frames):
            self._write(form, part, size, rate, frames)

    def bytes(
        self, form: str, *, dpi: float | None = None, show_progress: bool | None = None
    ) -> bytes:
        """What `save` writes into a file of this form, but for MP4."""
        buffer = io.BytesIO()
        with self._frames(dpi, "film", None, show_progress) as (size, frames):
            self._encode(form, buffer, size, self.fps, frames)
        return buffer.getvalue()

    def _write(
        self,
        form: str,
        part: Path,
        size: tuple[int, int],
        rate: float,
        frames: Iterable[np.ndarray],
    ) -> None:
        if form != "mp4":
            with part.open("wb") as file:
                self._encode(form, file, size, rate, frames)
            return
        encoder = encoders.MP4(part, size, len(self.steps), rate)
        try:
            self._feed(encoder, rate, frames)
        finally:
            encoder.stop()

    def _encode(
        self,
        form: str,
        file: BinaryIO,
        size: tuple[int, int],
        rate: float,
        frames: Iterable[np.ndarray],
    ) -> None:
        _check_form(form, rate)
        encoder = encoders.ENCODERS[form](file, size, len(self.steps), self.loop)
        self._feed(encoder, rate, frames)

    def _feed(self, encoder: encoders.Encoder, rate: float, frames: Iterable[np.ndarray]) -> None:
        last = len(self.steps) - 1
        for n, frame in enumerate(frames):
            encoder.add(frame, 1 / rate + (self.pause if n == last else 0))
        encoder.end()

    @contextmanager
    def _frames(
        self,
        dpi: float | None,
        name: str,
        callback: Callable[[int, int], object] | None,
        shown: bool | None,
    ) -> Iterator[tuple[tuple[int, int], Iterator[np.ndarray]]]:
        """The size in pixels and the frames; the picture is then left as it was found."""
        with Rasterizer.on(self.picture, dpi) as reel:
            count = len(self.steps)

            def frames() -> Iterator[np.ndarray]:
                for n, each in enumerate(progress.bar(self.steps, count, name, shown=shown)):
                    yield reel.frame(each)
                    if callback is not None:
                        callback(n, count)

            yield reel.size, frames()

    def to_html5_video(self, embed_limit: float | None = None) -> str:
        """The film as an HTML ``video``, as in matplotlib; it needs ffmpeg."""
        with mpl.rc_context({"animation.ffmpeg_path": encoders.ffmpeg()}):
            return super().to_html5_video(embed_limit)

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict, dict]:
        """In a notebook: what ``animation.html`` asks for, else a film that any page plays."""
        html = self._repr_html_()
        if html is not None:
            return {"text/html": html}, {}
        alt = f"Film of {len(self.steps)} steps. {self.picture.alt}"
        image = base64.b64encode(self.bytes("png")).decode()
        return {"image/png": image, "text/plain": alt}, {"image/png": {"alt": alt}}


def _check_steps(scene: Scene, steps: Iterable[int] | None) -> list[int]:
    """The steps to film, each of which there is, and no more than anybody watches."""
    frames = list(range(scene.steps) if steps is None else steps)
    if not frames:
        raise ArgumentError("steps", "none", "at least one step", "Leave it out for all of them.")
    if len(frames) > MOST_FRAMES:
        stride = -(-scene.steps // 200)
        remedy = (
            f"Take some, steps=range(0, {scene.steps}, {stride}), or film a part of the input, "
            "such as data[..., :16, :16]."
        )
        raise ArgumentError("steps", f"{len(frames):,} frames", f"at most {MOST_FRAMES:,}", remedy)
    return [check_step(scene, step) for step in frames]


def _shrink(picture: Still) -> None:
    """Make letters smaller where a film of so many cells would be larger than a screen."""
    size = picture.figure.get_size_inches()
    scale = min(np.divide(MOST_PIXELS, size * picture.figure.dpi))
    if scale < 1:
        picture.figure.set_size_inches(size * scale)


def _check_time(name: str, value: float, *, zero: bool = False) -> float:
    if not isinstance(value, (int, float, np.number)) or not (
        0 < value < 1e6 or (zero and not value)
    ):
        least = "0 or more" if zero else "a number above 0"
        raise ArgumentError(name, short(value), least, f"Write {name}=1, for example.")
    return float(value)


def _repeats(loop: bool | int) -> int:
    """How often to play, in an encoder's terms: 0 for without end."""
    if loop is True:
        return 0
    if loop is False:
        return 1
    if not isinstance(loop, int) or loop < 1:
        remedy = "Write loop=1 to play it once."
        raise ArgumentError("loop", short(loop), "True, False, or how often to play", remedy)
    return loop


def _check_form(form: str, rate: float) -> None:
    if form == "mp4":
        encoders.ffmpeg()
    if form == "gif" and rate > encoders.FASTEST_GIF:
        raise ArgumentError(
            "fps",
            f"{rate:g} for a GIF",
            f"at most {encoders.FASTEST_GIF}: browsers slow down what is faster",
            "Save a .webp or .mp4, or film every other step, steps=range(0, n, 2).",
        )
