"""A dive in matplotlib: one moment of it, six of them in a strip, and all of it as a film.

dive_stage.py draws each moment.
"""

from __future__ import annotations

import textwrap
from contextlib import AbstractContextManager

from matplotlib.axes import Axes

from convviz.checks import check_switch
from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say
from convviz.parameters import check_integer
from convviz.plot.canvas import MARGIN, Canvas, new_axes
from convviz.plot.cell_artist import CellArtist
from convviz.plot.dive_stage import HEIGHT, WIDTH, DiveStage
from convviz.plot.film import Film
from convviz.plot.page_theme import theme_for
from convviz.plot.rasterizer import Pixels, Rasterizer
from convviz.plot.still import Still, check_figsize
from convviz.scene import timeline
from convviz.scene.dive import Dive
from convviz.scene.step import Key

FPS = 15.0
CAPTION = 3.0  # em under the stage
LINE = 84  # letters of a caption's line
STRIP = ("picture", "pixels", "weights", "sum", "grey", "output")  # the stages that are drawn
ACROSS, GAP_ACROSS, GAP_DOWN = 3, 2.0, 1.5  # of a strip
TITLE, TITLE_LETTERS = 2.6, 1.8  # em over a picture of it
WORDS, WORDS_LETTERS, WORDS_LINE = 6.4, 1.5, 54  # em under it
STRIP_WIDTH = 13.0  # inches, where nobody says how many


class _DivePicture(Still):
    """What pictures of a dive have alike.

    A step of a convolution is laid out in another way: of that, nothing is inherited.

    Attributes
    ----------
    dive : Dive
    """

    def _open(
        self,
        dive: Dive,
        size: tuple[float, float],
        theme: str | None,
        figsize: tuple[float, float] | None,
    ) -> None:
        """Make the canvas; ``size`` is in em."""
        self.scene, self.dive, self.footer = dive.scene, dive, None
        self._has_own_figure = True
        colours = theme_for(theme, None)
        whole = size[0] + 2 * MARGIN, size[1] + 2 * MARGIN
        self.canvas = Canvas(new_axes(colours, whole, figsize), colours, whole, anchor="C")

    @property
    def cells(self) -> dict[Key, CellArtist]:
        """None: a dive's cells move."""
        return {}

    @property
    def alt(self) -> str:
        """The dive in words, for readers who cannot see it."""
        return say("dive.alt", words=self.dive.alt)


class DiveStill(_DivePicture):
    """One moment of a dive; a step of it is a frame.

    Attributes
    ----------
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
        figsize, captions = check_figsize(figsize), check_switch("captions", captions)
        self.fps = fps
        self._open(dive, (WIDTH, HEIGHT + (CAPTION if captions else 0)), theme, figsize)
        self._caption = self.canvas.text(0, HEIGHT + 0.6, "") if captions else None
        if self._caption:
            self._caption.set_verticalalignment("top")
        self._stage = DiveStage(dive, self.canvas)
        self.show(step)

    @property
    def frames(self) -> int:
        """How many there are."""
        return round(timeline.SECONDS * self.fps) + 1

    @property
    def second(self) -> float:
        """The moment on show."""
        return min(timeline.SECONDS, self.step / self.fps)

    def set_step(self, step: int) -> None:
        """Go to a frame."""
        self.step = check_integer("step", step, least=0, most=self.frames - 1)
        self._stage.show(self.second)
        if self._caption is not None:
            words = self.dive.words[timeline.stage_at(self.second)]
            self._caption.set_text("\n".join(textwrap.wrap(words, LINE)))


# The strip


class DiveStrip(_DivePicture):
    """Six moments of a dive, in their order; it has one step."""

    def __init__(
        self,
        dive: Dive,
        *,
        theme: str | None = None,
        figsize: tuple[float, float] | None = None,
        captions: bool = True,
    ) -> None:
        figsize, captions = check_figsize(figsize), check_switch("captions", captions)
        high = TITLE + HEIGHT + (WORDS if captions else 0)
        lines = -(-len(STRIP) // ACROSS)
        width = ACROSS * WIDTH + (ACROSS - 1) * GAP_ACROSS
        height = lines * high + (lines - 1) * GAP_DOWN
        natural = STRIP_WIDTH, STRIP_WIDTH * (height + 2 * MARGIN) / (width + 2 * MARGIN)
        self._open(dive, (width, height), theme, figsize or natural)
        for n, name in enumerate(STRIP):
            line, column = divmod(n, ACROSS)
            x, y = column * (WIDTH + GAP_ACROSS), line * (high + GAP_DOWN)
            self._draw_moment(name, n + 1, x, y, captions=captions)
        self.show(0)

    def _draw_moment(self, name: str, number: int, x: float, y: float, *, captions: bool) -> None:
        """Draw what shows a stage best, with its title above and its words below."""
        title = f"{number} {say(f'dive.titles.{name}')}"
        label = self.canvas.text(x, y + 0.7 * TITLE, title, size=TITLE_LETTERS)
        label.set_fontweight("bold")
        _, moment = timeline.STAGES[name]
        DiveStage(self.dive, self.canvas, x, y + TITLE).show(moment)
        if captions:
            words = "\n".join(textwrap.wrap(self.dive.words[name], WORDS_LINE))
            text = self.canvas.text(x, y + TITLE + HEIGHT + 0.5, words, size=WORDS_LETTERS)
            text.set_verticalalignment("top")

    def set_step(self, step: int) -> None:
        """It has one."""
        self.step = check_integer("step", step, least=0, most=0)


def dive_strip(
    dive: Dive,
    *,
    step: int | None,
    view: str | None,
    ax: Axes | None,
    theme: str | None,
    figsize: tuple[float, float] | None,
    captions: bool,
) -> DiveStrip:
    """The still that `convviz.draw` makes of a dive.

    Raises
    ------
    ArgumentError
        For a step, a view and axes, of which a dive has none.
    """
    _refuse_others("drawn", step=step, view=view, ax=ax)
    return DiveStrip(dive, theme=theme, figsize=figsize, captions=captions)


def _refuse_others(done: str, **options: object) -> None:
    """Refuse what a dive has none of."""
    for name, value in options.items():
        if value is not None:
            remedy = f"Leave it out: a dive is {done} from its first second to its last."
            raise ArgumentError(name, short(value), "nothing for a dive", remedy)


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
    _refuse_others("filmed", steps=steps, ax=ax)
    rate = fps or FPS
    still = DiveStill(dive, fps=rate, theme=theme, figsize=figsize, captions=captions)
    return DiveFilm(still, range(still.frames), fps=rate, end_pause=pause, loop=loop)
