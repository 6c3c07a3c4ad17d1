"""A dive in matplotlib: one moment of it as a still, and all of it as a film.

What is where at which second is choreography's (scene/), as for the browser; here its actors become
artists, made when they are first seen.
"""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz.arrays import Array
from convviz.checks import check_switch
from convviz.errors import ArgumentError, short
from convviz.geometry import Kind
from convviz.language.catalogue import say
from convviz.parameters import check_integer
from convviz.plot import shapes
from convviz.plot.canvas import MARGIN, Canvas, new_axes
from convviz.plot.cell_artist import CellArtist
from convviz.plot.film import Film
from convviz.plot.page_theme import theme_for
from convviz.plot.rasterizer import Pixels, Rasterizer
from convviz.plot.rectangle import Rectangle
from convviz.plot.still import Still, check_figsize
from convviz.scene import choreography, palette, timeline
from convviz.scene.dive import Dive
from convviz.scene.step import Key
from convviz.scene.timeline import Actor, Box, between

FPS = 15.0
EM = 20.0  # of the stage's lengths in one em
CAPTION = 3.0  # em under the stage
LINE = 84  # letters of a caption's line
BASELINE = 0.36  # of a letter's height, from its middle down
HATCH_WIDTH, EDGE, FRAME, HALO = 0.04, 0.05, 0.125, 0.225  # em, as in dive_painter.js
EDGED = ("value", "grey")  # shades that may be the page's own
SEEN = 0.004  # opacity, from which on anything is drawn


class DiveStill(Still):
    """One moment of a dive; a step of it is a frame.

    Attributes
    ----------
    dive : Dive
    fps : frames per second
    """

    def __init__(
        self,
        dive: Dive,
        step: int = 0,
        *,
        fps: float = FPS,
        theme: str | None = None,
        figsize: tuple[float, float] | None = None,
        captions: bool = True,
    ) -> None:
        # A step of a convolution is laid out in another way: of that, nothing is inherited.
        figsize, captions = check_figsize(figsize), check_switch("captions", captions)
        self.scene, self.dive, self.fps, self.footer = dive.scene, dive, fps, None
        self._has_own_figure = True
        width, height = timeline.WIDTH / EM, timeline.HEIGHT / EM
        size = (width + 2 * MARGIN, height + 2 * MARGIN + (CAPTION if captions else 0))
        colours = theme_for(theme, None)
        self.canvas = Canvas(new_axes(colours, size, figsize), colours, size, anchor="C")
        self._caption = self.canvas.text(0, height + 0.6, "") if captions else None
        if self._caption:
            self._caption.set_verticalalignment("top")
        self._stage = shapes.outline(Rectangle(0, 0, width, height))
        self._actors = [_ARTISTS[actor.kind](self, actor) for actor in choreography.actors(dive)]
        self.show(step)

    @property
    def frames(self) -> int:
        """How many there are."""
        return round(timeline.SECONDS * self.fps) + 1

    @property
    def second(self) -> float:
        """The moment on show."""
        return min(timeline.SECONDS, self.step / self.fps)

    @property
    def cells(self) -> dict[Key, CellArtist]:
        """None: a dive's cells move."""
        return {}

    @property
    def alt(self) -> str:
        """The dive in words, for readers who cannot see it."""
        return say("dive.alt", words=self.dive.alt)

    def set_step(self, step: int) -> None:
        """Go to a frame."""
        self.step = check_integer("step", step, least=0, most=self.frames - 1)
        for actor in self._actors:
            actor.show(self.second)
        if self._caption is not None:
            words = self.dive.words[timeline.stage_at(self.second)]
            self._caption.set_text("\n".join(textwrap.wrap(words, LINE)))

    def clip(self, artist: Artist) -> None:
        """Keep an artist to the stage."""
        artist.set_clip_path(self._stage, self.canvas.ax.transData)
        artist.set_clip_on(True)


class _ActorArtist:
    """An actor's artists, which are made when it is first seen.

    Parameters
    ----------
    still : what they are on
    """

    def __init__(self, still: DiveStill, actor: Actor) -> None:
        self.still, self.actor = still, actor
        self.canvas, self.theme = still.canvas, still.canvas.theme
        self._artists: Sequence[Artist] = ()

    def show(self, second: float) -> None:
        """Show the actor as it is at a second."""
        box, opacity = between(self.actor.keys, second)
        seen = opacity > SEEN
        if seen and not self._artists:
            self._artists = self.make()
        for artist in self._artists:
            artist.set_visible(seen)
            artist.set_alpha(opacity)
        if seen:
            self.place(Box(*(length / EM for length in box)))

    def make(self) -> Sequence[Artist]:
        """The artists, from the bottom up."""
        raise NotImplementedError

    def place(self, box: Box) -> None:
        """Put them into a box in em."""
        raise NotImplementedError

    def colour(self, name: str) -> str:
        """A colour by the palette's name for it, or as ``#rrggbb``."""
        if name == "halo":
            return palette.HALO
        if name == "window":
            return palette.WINDOW_HUE
        return name if name.startswith("#") else self.theme[name]

    def patch(self, width: float, edge: str, fill: str = "") -> PathPatch:
        """A patch that lies over all that was made before it."""
        patch = self.canvas.patch(shapes.EMPTY, width, _above(self.canvas))
        patch.set_snap(False)
        patch.set_edgecolor(self.colour(edge) if edge else "none")
        patch.set_facecolor(self.colour(fill) if fill else "none")
        self.still.clip(patch)
        return patch

    def letters(self) -> Text:
        """The text, without a place yet."""
        text = self.canvas.text(
            0, 0, self.actor.text, colour=self.colour(self.actor.ink), mono=True, align="center"
        )
        text.set_zorder(_above(self.canvas))
        text.set_fontweight("normal" if self.actor.name == "range" else "bold")
        return text

    def write(self, text: Text, box: Box) -> None:
        """Put the text into a box, in letters that fit."""
        room = timeline.FONT_BY_WIDTH * box.width / max(1, self.actor.letters)
        size = min(timeline.FONT_BY_HEIGHT * box.height, room)
        x, y = box.middle
        text.set_position((x, y + BASELINE * size))
        self.canvas.em.set_font_size(text, size)


class _Picture(_ActorArtist):
    """One of the two pictures; of one that is larger than the stage, the part that is on it."""

    def make(self) -> Sequence[Artist]:
        dive = self.still.dive
        pixels = dive.input_pixels if self.actor.name == "input" else dive.output_pixels
        self._pixels: Array = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        ax = self.canvas.ax
        self._image = AxesImage(ax, origin="upper", interpolation="nearest")
        self._image.set_data(self._pixels)
        ax.add_image(self._image)
        self._image.set_zorder(_above(self.canvas))
        self.still.clip(self._image)
        return [self._image]

    def place(self, box: Box) -> None:
        height, width, _ = self._pixels.shape
        across, down = box.width / width, box.height / height
        stage = timeline.WIDTH / EM, timeline.HEIGHT / EM
        left, top = max(0, int(-box.x / across)), max(0, int(-box.y / down))
        right = min(width, int((stage[0] - box.x) / across) + 1)
        bottom = min(height, int((stage[1] - box.y) / down) + 1)
        if right <= left or bottom <= top:
            self._image.set_visible(False)
            return
        self._image.set_interpolation("nearest" if across > 0.2 else "antialiased")
        self._image.set_data(self._pixels[top:bottom, left:right])
        x, y = box.x + left * across, box.y + top * down
        self._image.set_extent((x, x + (right - left) * across, y + (bottom - top) * down, y))


class _Cell(_ActorArtist):
    """A rounded rectangle, hatched where it is padding, with a text on it."""

    def make(self) -> Sequence[Artist]:
        actor = self.actor
        edge = "line" if actor.name in EDGED else ""
        artists: list[Artist] = []
        if actor.padding:
            self._body = self.patch(EDGE, actor.padding, "page")
            self._hatching = self.patch(HATCH_WIDTH, actor.padding)
            artists = [self._body, self._hatching]
        else:
            self._body = self.patch(EDGE if edge else 0.0, edge, actor.paint)
            artists = [self._body]
        self._text = self.letters() if actor.text else None
        return [*artists, self._text] if self._text else artists

    def place(self, box: Box) -> None:
        corner = 0 if self.actor.name == "ramp" else 0.1 * min(box.width, box.height)
        rectangle = Rectangle(*box)
        self._body.set_path(shapes.rounded_outline(rectangle, corner))
        if self.actor.padding:
            self._hatching.set_path(shapes.hatching(Kind(self.actor.padding), rectangle))
        if self._text:
            self.write(self._text, box)


class _Letters(_ActorArtist):
    """A text alone."""

    def make(self) -> Sequence[Artist]:
        self._text = self.letters()
        return [self._text]

    def place(self, box: Box) -> None:
        self.write(self._text, box)


class _Frame(_ActorArtist):
    """A frame in two lines, one on the other, so that it is seen on any picture."""

    def make(self) -> Sequence[Artist]:
        self._lines = [self.patch(HALO, "halo"), self.patch(FRAME, self.actor.paint)]
        return self._lines

    def place(self, box: Box) -> None:
        least = timeline.LEAST_FRAME / EM
        x, y = box.middle
        framed = Box.around(x, y, max(least, box.width), max(least, box.height))
        path: Path = shapes.outline(Rectangle(*framed))
        for line in self._lines:
            line.set_path(path)


_ARTISTS: dict[str, Callable[[DiveStill, Actor], _ActorArtist]] = {
    "picture": _Picture,
    "cell": _Cell,
    "text": _Letters,
    "frame": _Frame,
}


def _above(canvas: Canvas) -> int:
    """A place above all artists that there are."""
    return 10 + len(canvas.ax.get_children())


# The film


class DiveRasterizer(Rasterizer):
    """Draws every frame whole: in a dive, everything moves."""

    def frame(self, step: int) -> Pixels:
        """The dive at a frame: an array (height, width, 4) of RGBA bytes."""
        self.still.set_step(step)
        return self.draw_whole()


class DiveFilm(Film):
    """A dive as an animation, a frame per step."""

    def _rasterized(self, dpi: float | None) -> AbstractContextManager[Rasterizer]:
        return DiveRasterizer.on(self.still, dpi)


def dive_film(
    dive: Dive,
    *,
    steps: object,
    fps: float | None,
    pause: float,
    loop: int,
    ax: Axes | None,
    theme: str | None,
    figsize: tuple[float, float] | None,
    captions: bool,
) -> DiveFilm:
    """The film that `convviz.film` makes of a dive; its arguments are checked there.

    Raises
    ------
    ArgumentError
        For steps and axes, of which a dive has none.
    """
    for name, value in (("steps", steps), ("ax", ax)):
        if value is not None:
            remedy = "Leave it out: a dive is filmed from its first second to its last."
            raise ArgumentError(name, short(value), "nothing for a dive", remedy)
    rate = fps or FPS
    still = DiveStill(dive, fps=rate, theme=theme, figsize=figsize, captions=captions)
    return DiveFilm(still, range(still.frames), fps=rate, end_pause=pause, loop=loop)
