"""The scene as a film: a matplotlib animation that writes its files faster than matplotlib does.

`film` makes one. The rasterizer draws only what changes from frame to frame, and the encoders store
only the pixels that do. All else that an animation can do (``to_jshtml``, other writers) is
matplotlib's.
"""

from __future__ import annotations

import base64
import io
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, BinaryIO, Protocol, Unpack, overload, runtime_checkable

import matplotlib as mpl
import numpy as np
from matplotlib.animation import AbstractMovieWriter, Animation, FuncAnimation
from matplotlib.axes import Axes
from numpy.typing import ArrayLike

from convviz import files
from convviz.checks import check_items, check_number, check_switch
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.subject import LayerLike
from convviz.parameters import check_integer
from convviz.plot import progress
from convviz.plot.encoders.encoder import FilmSpec
from convviz.plot.encoders.formats import FILM_FORMATS, FilmFormat, film_format
from convviz.plot.encoders.mp4 import ffmpeg
from convviz.plot.raster import check_raster, refusing_tiny_text
from convviz.plot.rasterizer import Rasterizer
from convviz.plot.slow import SlowStill, moments_of
from convviz.plot.still import HasScene, PictureOptions, Still
from convviz.scene.scene import Scene, check_step
from convviz.scene.subject import scene_of
from convviz.signatures import lists_parameters

FORMATS = tuple(FILM_FORMATS)
FPS = 3.0  # steps a second, where nobody says how many
MOST_FRAMES = 2_000
MOST_PIXELS = (1920, 1080)  # of a film without a figsize: every player can play it
FEW_FRAMES = 200  # suggested in place of too many
# What all formats can hold: frames of 655 seconds, as in a GIF; 65,535 loops, as in a WebP.
LEAST_FPS, MOST_FPS = 0.02, 1000
MOST_PAUSE = 600
MOST_LOOPS = 65_535

Progress = Callable[[int, int], object]  # called with the frame's number and the count of frames


@runtime_checkable
class FilmsItself(Protocol):
    """What has a film of its own, as a dive has; `film` has checked all but what none has."""

    def as_film(self, **options: Any) -> Film:
        """The film."""
        ...


class FilmOptions(PictureOptions, total=False):
    """What `film` takes alongside its subject."""

    steps: Iterable[int] | None
    fps: float | None
    pause: float
    loop: bool | int
    taps: bool


class ArrayFilmOptions(FilmOptions, build.ArrayOptions, total=False):
    """The same with arrays."""


@overload
def film(layer: LayerLike, data: object = None, **options: Unpack[FilmOptions]) -> Film: ...


@overload
def film(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayFilmOptions],
) -> Film: ...


@overload
def film(shown: HasScene | Scene, **options: Unpack[FilmOptions]) -> Film: ...


@lists_parameters
def film(
    *subject: object,
    steps: Iterable[int] | None = None,
    fps: float | None = None,
    pause: float = 1.0,
    loop: bool | int = True,
    taps: bool = False,
    ax: Axes | None = None,
    theme: str | None = None,
    figsize: tuple[float, float] | None = None,
    captions: bool = True,
    item: int = 0,
    device: str | None = None,
    **named: object,
) -> Film:
    """Film a convolution: a frame per step. ``film(layer, data).save("x.gif")`` writes it.

    A dive is filmed from its first second to its last.

    Parameters
    ----------
    subject, item, device, named : as for `explore`
    steps : which output elements, in memory order, −1 for the last; None for all
    fps : steps per second; None for 3, and for 15 of a dive
    pause : seconds that the last frame stays longer
    loop : True to play without end, or how often to play
    taps : whether the first three outputs come about in slow motion, a frame per product
    ax, theme, figsize, captions : as for `draw`; without ``figsize`` it is no larger than a screen

    Raises
    ------
    ArgumentError
        Naming what cannot be, also for more frames than anybody would watch.
    """
    rate = None if fps is None else _check_fps(fps)
    pause, count = check_number("pause", pause, least=0, most=MOST_PAUSE), _check_loop(loop)
    scene = scene_of(*subject, item=item, device=device, **named)
    if subject and isinstance(subject[0], FilmsItself):
        return subject[0].as_film(
            steps=steps,
            fps=rate,
            pause=pause,
            loop=count,
            ax=ax,
            theme=theme,
            figsize=figsize,
            captions=captions,
        )
    frames: Sequence[int] = _check_steps(scene, steps)
    still: Still
    if check_switch("taps", taps):
        moments = moments_of(scene, frames)
        frames = range(len(moments))
        still = SlowStill(scene, moments, ax=ax, theme=theme, figsize=figsize, captions=captions)
    else:
        still = Still(scene, frames[0], ax=ax, theme=theme, figsize=figsize, captions=captions)
    if ax is None and figsize is None:
        _fit_screen(still)
    return Film(still, frames, fps=rate or FPS, end_pause=pause, loop=count)


class Film(FuncAnimation):
    """An animation of a still, a frame per step.

    Attributes
    ----------
    still : Still
    steps : list of int
    fps : steps per second
    end_pause : seconds that the last frame stays longer
    loop : how often to play; 0 for without end
    """

    def __init__(
        self, still: Still, steps: Sequence[int], *, fps: float, end_pause: float, loop: int
    ) -> None:
        self.still, self.steps = still, list(steps)
        self.fps, self.end_pause, self.loop = fps, end_pause, loop
        super().__init__(
            still.figure,
            still.show,
            frames=self.steps,
            interval=1000 / fps,
            repeat=loop != 1,
            repeat_delay=1000 * end_pause,
            blit=False,
            cache_frame_data=False,
        )
        self._draw_was_started = True  # no warning of a film that is never saved

    def save(
        self,
        filename: str | os.PathLike[str],
        writer: AbstractMovieWriter | str | None = None,
        fps: float | None = None,
        dpi: float | None = None,
        codec: str | None = None,
        bitrate: int | None = None,
        extra_args: list[str] | None = None,
        metadata: dict[str, str] | None = None,
        extra_anim: list[Animation] | None = None,
        savefig_kwargs: dict[str, Any] | None = None,
        *,
        progress_callback: Progress | None = None,
        show_progress: bool | None = None,
    ) -> None:
        """Write the film; the name's ending says how: .gif, .mp4, .webp, or .png for APNG.

        With a ``writer``, or any other argument that is only matplotlib's, this is matplotlib's
        `Animation.save`.

        Parameters
        ----------
        fps : steps per second; None for the film's
        dpi : pixels per inch; None for matplotlib's setting
        progress_callback : called with the frame's number and the count of frames, as in matplotlib
        show_progress : whether to show a progress bar on stderr; None if it is a terminal

        Raises
        ------
        ArgumentError
            For another ending, a folder that is not there, an MP4 without ffmpeg, or a GIF faster
            than browsers play: before any frame is drawn.
        """
        others = (codec, bitrate, extra_args, metadata, extra_anim, savefig_kwargs)
        if writer is not None or any(value is not None for value in others):
            super().save(
                os.fspath(filename),
                writer,
                fps,  # type: ignore[arg-type]  # any number will do, whatever the stubs say
                dpi,
                *others,
                progress_callback=progress_callback,
            )
            return
        target = files.target(filename, FORMATS)
        rate = self.fps if fps is None else _check_fps(fps)
        target_format = film_format(target.suffix[1:].lower())
        target_format.check(rate)
        check_raster(self.still.figure, dpi)
        steps = self._with_progress(target.name, show_progress)
        with files.replacing(target) as path, path.open("w+b") as file:
            self._write(target_format, file, rate, dpi, steps, progress_callback)

    def bytes(
        self, format: str, *, dpi: float | None = None, show_progress: bool | None = None
    ) -> bytes:
        """What `save` writes into a file of this format: "gif", "mp4", "webp" or "png".

        Raises
        ------
        ArgumentError
            As in `save`.
        """
        target_format = film_format(format)
        target_format.check(self.fps)
        check_raster(self.still.figure, dpi)
        file = io.BytesIO()
        steps = self._with_progress(f"film.{format}", show_progress)
        self._write(target_format, file, self.fps, dpi, steps)
        return file.getvalue()

    def _write(
        self,
        target_format: FilmFormat,
        file: BinaryIO,
        fps: float,
        dpi: float | None,
        steps: Iterable[int],
        callback: Progress | None = None,
    ) -> None:
        """Draw and encode each of the steps; afterwards the still is as it was."""
        count = len(self.steps)
        with refusing_tiny_text(), self._rasterized(dpi) as rasterizer:
            spec = FilmSpec(rasterizer.size, count, fps, self.loop)
            with target_format.encoder(file, spec) as encoder:
                for n, step in enumerate(steps):
                    pause = self.end_pause if n == count - 1 else 0
                    encoder.add(rasterizer.frame(step), 1 / fps + pause)
                    if callback is not None:
                        callback(n, count)
                encoder.end()

    def _rasterized(self, dpi: float | None) -> AbstractContextManager[Rasterizer]:
        """What draws the frames."""
        return Rasterizer.on(self.still, dpi)

    def _with_progress(self, name: str, shown: bool | None) -> Iterator[int]:
        """The steps, with a progress bar."""
        if shown is not None:
            check_switch("show_progress", shown)
        return progress.bar(self.steps, len(self.steps), name, shown=shown)

    def to_html5_video(self, embed_limit: float | None = None) -> str:
        """The film as an HTML ``video``, as in matplotlib; it needs ffmpeg."""
        with mpl.rc_context({"animation.ffmpeg_path": ffmpeg()}):
            return super().to_html5_video(embed_limit)

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, object], dict[str, object]]:
        """In a notebook: what ``animation.html`` asks for, else a film that any page plays."""
        html: str | None = self._repr_html_()
        if html is not None:
            return {"text/html": html}, {}
        alt = say("plot.film_alt", count=len(self.steps), picture=self.still.alt)
        image = base64.b64encode(self.bytes("png")).decode()
        return {"image/png": image, "text/plain": alt}, {"image/png": {"alt": alt}}


def _check_steps(scene: Scene, steps: Iterable[int] | None) -> list[int]:
    """The steps to film, or an ArgumentError."""
    stride = -(-scene.steps // FEW_FRAMES)
    remedy = (
        f"Take some, steps=range(0, {scene.steps}, {stride}), or film a part of the input, "
        "such as data[..., :16, :16]."
    )
    every = range(scene.steps) if steps is None else steps
    frames = check_items("steps", every, MOST_FRAMES, noun="frames", remedy=remedy)
    if not frames:
        raise ArgumentError("steps", "none", "at least one step", "Leave it out for all of them.")
    return [check_step(scene, step, "steps") for step in frames]


def _check_fps(fps: object) -> float:
    """``fps`` as a float, or an ArgumentError."""
    return check_number("fps", fps, least=LEAST_FPS, most=MOST_FPS, remedy="Write fps=3.")


def _check_loop(loop: object) -> int:
    """How often to play, 0 for without end; or an ArgumentError."""
    if isinstance(loop, (bool, np.bool_)):
        return 0 if loop else 1
    try:
        return check_integer("loop", loop, least=1, most=MOST_LOOPS)
    except ArgumentError as error:
        allowed = f"True, False, or how often to play: 1 to {MOST_LOOPS:,}"
        remedy = "Write loop=True to play it without end."
        raise ArgumentError("loop", error.got, allowed, remedy) from None


def _fit_screen(still: Still) -> None:
    """Make the font smaller if the film would be larger than a screen."""
    size = still.figure.get_size_inches()
    scale = min(np.divide(MOST_PIXELS, size * still.figure.dpi))
    if scale < 1:
        still.figure.set_size_inches(size * scale)
