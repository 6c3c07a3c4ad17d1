"""The actors of a dive as matplotlib artists, on a stage that may stand anywhere on a canvas.

What is where at which second is choreography's (scene/), as for the browser; here its actors become
artists, made when they are first seen.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from matplotlib.artist import Artist
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz.arrays import Array
from convviz.geometry import Kind
from convviz.plot import shapes
from convviz.plot.canvas import Canvas
from convviz.plot.rectangle import Rectangle
from convviz.scene import choreography, palette, timeline
from convviz.scene.dive import Dive
from convviz.scene.timeline import Actor, Box, between

EM = 20.0  # of the stage's lengths in one em
WIDTH, HEIGHT = timeline.WIDTH / EM, timeline.HEIGHT / EM  # of a stage
BASELINE = 0.36  # of a letter's height, from its middle down
HATCH_WIDTH, EDGE, FRAME, HALO = 0.04, 0.05, 0.125, 0.225  # em, as in dive_painter.js
EDGED = ("value", "grey")  # shades that may be the page's own
SEEN = 0.004  # opacity, from which on anything is drawn


class DiveStage:
    """A dive's stage on a canvas.

    Parameters
    ----------
    x, y : its upper left corner, in em
    """

    def __init__(self, dive: Dive, canvas: Canvas, x: float = 0.0, y: float = 0.0) -> None:
        self.dive, self.canvas, self.place = dive, canvas, Rectangle(x, y, WIDTH, HEIGHT)
        self._outline = shapes.outline(self.place)
        self._actors = [_ARTISTS[actor.kind](self, actor) for actor in choreography.actors(dive)]

    def show(self, second: float) -> None:
        """Show the dive as it is at a second."""
        for actor in self._actors:
            actor.show(second)

    def clip(self, artist: Artist) -> None:
        """Keep an artist to the stage."""
        artist.set_clip_path(self._outline, self.canvas.ax.transData)
        artist.set_clip_on(True)


class _ActorArtist:
    """An actor's artists, which are made when it is first seen.

    Parameters
    ----------
    stage : what they are on
    """

    def __init__(self, stage: DiveStage, actor: Actor) -> None:
        self.stage, self.actor = stage, actor
        self.canvas, self.theme = stage.canvas, stage.canvas.theme
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
            x, y, width, height = (length / EM for length in box)
            self.place(Box(self.stage.place.x + x, self.stage.place.y + y, width, height))

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
        self.stage.clip(patch)
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
        dive = self.stage.dive
        pixels = dive.input_pixels if self.actor.name == "input" else dive.output_pixels
        self._pixels: Array = np.broadcast_to(pixels, (*pixels.shape[:2], 3))
        ax = self.canvas.ax
        self._image = AxesImage(ax, origin="upper", interpolation="nearest")
        self._image.set_data(self._pixels)
        ax.add_image(self._image)
        self._image.set_zorder(_above(self.canvas))
        self.stage.clip(self._image)
        return [self._image]

    def place(self, box: Box) -> None:
        height, width, _ = self._pixels.shape
        across, down = box.width / width, box.height / height
        stage = self.stage.place
        x, y = stage.x - box.x, stage.y - box.y
        left, top = max(0, int(x / across)), max(0, int(y / down))
        right = min(width, int((x + stage.width) / across) + 1)
        bottom = min(height, int((y + stage.height) / down) + 1)
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


_ARTISTS: dict[str, Callable[[DiveStage, Actor], _ActorArtist]] = {
    "picture": _Picture,
    "cell": _Cell,
    "text": _Letters,
    "frame": _Frame,
}


def _above(canvas: Canvas) -> int:
    """A place above all artists that there are."""
    return 10 + len(canvas.ax.get_children())
