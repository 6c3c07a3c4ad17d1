"""The scene in matplotlib: a still, which shows one step as the stage does.

`draw` makes one. The view (views.py) draws it on a canvas, over the captions; still_formats.py
writes its files. Here they come together.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Any, Literal, Protocol, TypedDict, Unpack, overload, runtime_checkable

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import ArrayLike

from convviz import files
from convviz.checks import check_numbers, check_switch
from convviz.errors import ArgumentError, short
from convviz.network import build
from convviz.network.subject import LayerLike
from convviz.plot.canvas import MARGIN, Canvas, new_axes
from convviz.plot.cell_artist import CellArtist
from convviz.plot.facts import Facts
from convviz.plot.layout import Area
from convviz.plot.page_theme import theme_for
from convviz.plot.raster import check_dpi, check_raster, refusing_tiny_text
from convviz.plot.still_formats import STILL_FORMATS, still_format
from convviz.plot.theme import Theme
from convviz.plot.view import STILL, Page
from convviz.plot.views import view_of
from convviz.scene.axis_view import second_step
from convviz.scene.scene import Scene, check_step
from convviz.scene.step import Key, Step
from convviz.scene.subject import scene_of
from convviz.signatures import lists_parameters

FORMATS = tuple(STILL_FORMATS)
FIGURE_SIDES = 0.1, 650.0  # inches, the shortest and the longest
CAPTIONS_GAP = 0.4  # em
CAPTIONS_WIDTH = 30.0  # em of the lines below a view, where it is narrower

ThemeName = Literal["light", "dark"]


class HasScene(Protocol):
    """An explorer, or anything else with a scene."""

    @property
    def scene(self) -> Scene:
        """What it shows."""
        ...


@runtime_checkable
class HasAxes(Protocol):
    """An axis view: its scenes are compared where there are several."""

    @property
    def headings(self) -> Sequence[str]:
        """What is different in each."""
        ...

    @property
    def scenes(self) -> Sequence[Scene]:
        """Those whose axes it shows."""
        ...

    @property
    def view(self) -> str:
        """What `draw` makes of it: "axes"."""
        ...


@runtime_checkable
class DrawsItself(Protocol):
    """What has a still of its own, as a dive has."""

    def as_still(self, **options: Any) -> Still:
        """The still."""
        ...


class PictureOptions(TypedDict, total=False):
    """What `draw` and `film` take alongside their subject."""

    ax: Axes | None
    theme: ThemeName | None
    figsize: tuple[float, float] | None
    captions: bool
    item: int
    device: str | None


class DrawOptions(PictureOptions, total=False):
    """What `draw` takes alongside its subject."""

    step: int | None
    view: Literal["axes"] | None


class ArrayDrawOptions(DrawOptions, build.ArrayOptions, total=False):
    """The same with arrays."""


@overload
def draw(layer: LayerLike, data: object = None, **options: Unpack[DrawOptions]) -> Still: ...


@overload
def draw(
    data: ArrayLike,
    kernel: ArrayLike,
    bias: ArrayLike | None = None,
    **options: Unpack[ArrayDrawOptions],
) -> Still: ...


@overload
def draw(shown: HasScene | Scene, **options: Unpack[DrawOptions]) -> Still: ...


@lists_parameters
def draw(
    *subject: object,
    step: int | None = None,
    view: str | None = None,
    ax: Axes | None = None,
    theme: str | None = None,
    figsize: tuple[float, float] | None = None,
    captions: bool = True,
    item: int = 0,
    device: str | None = None,
    **named: object,
) -> Still:
    """Draw one step of a convolution: the picture that the widget shows, in matplotlib.

    ``draw(layer, data)``, ``draw(data, kernel, stride_nd=(2, 2))`` and ``draw(explorer)`` all do.
    A dive is drawn as six moments of it in a strip.
    The picture follows matplotlib's settings: fonts, their size, and the page's colour, of which a
    dark one makes a dark picture. pyplot is left alone.

    Parameters
    ----------
    subject, item, device, named : as for `explore`
    step : int
        The output element, in memory order, −1 for the last; None for the one on an explorer's
        stage, else 0, or with ``view="axes"`` the second along each axis.
    view : "axes" or None
        "axes" draws every window along each axis, as `axes` shows it; of an axis view that
        compares values, all of them.
    ax : Axes or None
        Where to draw; its frame and ticks are removed. None makes a new figure, sized to its font.
    theme : "light", "dark" or None
        None goes by the colour of the page.
    figsize : (width, height) in inches, for a new figure
    captions : bool
        Whether to write the sum, the size formulas, the legend and the notes as well.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    scene = scene_of(*subject, item=item, device=device, **named)
    if subject and isinstance(subject[0], DrawsItself):
        return subject[0].as_still(
            step=step, view=view, ax=ax, theme=theme, figsize=figsize, captions=captions
        )
    chosen = _view_on_show(subject) if view is None else view
    return Still(
        scene,
        _step_on_show(subject, scene, chosen) if step is None else step,
        view=chosen,
        compared=_compared(subject),
        ax=ax,
        theme=theme,
        figsize=figsize,
        captions=captions,
    )


class Still:
    """One scene as matplotlib artists, at one step.

    Attributes
    ----------
    scene : Scene
    step : int
        The output element on show, in memory order.
    view : View
        What draws the scene; data coordinates of the axes are em.
    footer : Facts or None
        What is written below it.
    canvas : Canvas
        The artists that change from step to step.
    """

    _is_slow = False  # whether outputs come about product by product

    def __init__(
        self,
        scene: Scene,
        step: int = 0,
        *,
        view: str | None = None,
        compared: Sequence[tuple[str, Scene]] = (),
        ax: Axes | None = None,
        theme: str | None = None,
        figsize: tuple[float, float] | None = None,
        captions: bool = True,
    ) -> None:
        step, figsize = check_step(scene, step), check_figsize(figsize)
        captions = check_switch("captions", captions)
        colours = theme_for(theme, _check_axes(ax))
        self.scene = scene
        page = Page(_room(figsize), captions, self._is_slow)
        self.view = view_of(scene, page, view, compared)
        self.footer = self._captions() if captions and self.view.has_captions else None
        self._has_own_figure = ax is None
        size = self._measure()
        anchor = "C" if ax is None else "NW"
        axes = new_axes(colours, size, figsize) if ax is None else ax
        self.canvas = Canvas(axes, colours, size, anchor=anchor)
        self.view.draw(self.canvas)
        if self.footer:
            self.footer.draw(self.canvas, 0, self.view.height + CAPTIONS_GAP)
        self.show(step)

    def _captions(self) -> Facts:
        """What is written below the view."""
        scene, width = self.scene, max(self.view.width, CAPTIONS_WIDTH)
        if self.view.has_facts:
            return Facts(width, scene.formulas)
        return Facts(width, scene.formulas, scene.legend, scene.notes, self.view.painted)

    def _measure(self) -> tuple[float, float]:
        """Width and height of everything, in em, with a margin."""
        width, height = self.view.width, self.view.height
        if self.footer:
            width = max(width, self.footer.width)
            height += self.footer.height + CAPTIONS_GAP
        return width + 2 * MARGIN, height + 2 * MARGIN

    @property
    def ax(self) -> Axes:
        """The axes, which can be added to."""
        return self.canvas.ax

    @property
    def figure(self) -> Figure:
        """The figure, which can be added to."""
        return self.canvas.figure

    @property
    def theme(self) -> Theme:
        """Light or dark, with the colours of the page."""
        return self.canvas.theme

    @property
    def cells(self) -> dict[Key, CellArtist]:
        """The cells by (tensor, channel, depth, row, column)."""
        return self.view.cells

    @property
    def alt(self) -> str:
        """The picture in words, for readers who cannot see it."""
        return self.view.alt(self.scene.step(self.step))

    # Steps

    def show(self, step: int) -> Sequence[Artist]:
        """Show a step; returns the artists that changed, as matplotlib's animations expect."""
        self.set_step(step)
        return self.canvas.sync()

    def set_step(self, step: int) -> None:
        """Go to a step, without its cells' artists, which `Canvas.sync` brings up to date."""
        self.step = check_step(self.scene, step)
        self.show_moment(self.scene.step(self.step))

    def show_moment(self, shown: Step) -> None:
        """Let the view show an output, or a moment of its coming about."""
        if not isinstance(shown, Step):
            remedy = "Write still.scene.step(0), for example."
            raise ArgumentError("shown", short(shown), "a step of the still's scene", remedy)
        self.canvas.begin_step()
        self.view.show(shown)

    # Files

    def save(self, path: str | os.PathLike[str], *, dpi: float | None = None) -> None:
        """Write the picture as SVG, PDF or PNG, either all of it or nothing.

        Text stays text in SVG and PDF. The metadata have the alternative text.

        Parameters
        ----------
        path : ends in .svg, .pdf or .png
        dpi : pixels per inch, for PNG; None for matplotlib's setting

        Raises
        ------
        ArgumentError
            For another ending, and for a folder that is not there.
        """
        target = files.target(path, FORMATS)
        check_dpi(dpi)
        files.write(target, self.bytes(target.suffix[1:].lower(), dpi=dpi))

    def bytes(self, format: str, *, dpi: float | None = None) -> bytes:
        """What `save` writes into a file of this format: "svg", "pdf" or "png".

        Raises
        ------
        ArgumentError
            For another format.
        """
        page = self.theme["page"] if self._has_own_figure else "auto"
        chosen = still_format(format)
        check_dpi(dpi)
        if chosen.is_raster:
            check_raster(self.figure, dpi)
        with refusing_tiny_text():
            return chosen.encode(self.figure, self.alt, dpi=dpi, page=page)

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict[str, object], dict[str, object]]:
        """The picture in a notebook; a caller's own axes show themselves."""
        if not self._has_own_figure:
            return {"text/plain": repr(self)}, {}
        alt, content = self.alt, self.bytes("png")
        return {"image/png": content, "text/plain": alt}, {"image/png": {"alt": alt}}

    def __repr__(self) -> str:
        return f"<Still: {self.alt}>"


def check_figsize(figsize: object) -> tuple[float, float] | None:
    """A figure's width and height in inches, or an ArgumentError."""
    if figsize is None:
        return None
    remedy = "Write figsize=(8, 4): the width and the height in inches."
    least, most = FIGURE_SIDES
    width, height = check_numbers("figsize", figsize, 2, least=least, most=most, remedy=remedy)
    return width, height


def _room(figsize: tuple[float, float] | None) -> Area:
    """The em that a figure has within its margin; without a size it takes what looks well."""
    if figsize is None:
        return STILL
    em = mpl.rcParams["font.size"] / 72
    return Area(*(max(1.0, side / em - 2 * MARGIN) for side in figsize))


def _check_axes(ax: object) -> Axes | None:
    """Axes to draw on, or an ArgumentError."""
    if ax is None or (isinstance(ax, Axes) and ax.name == "rectilinear"):
        return ax
    remedy = "Pass what figure.subplots() gave; of several, one."
    raise ArgumentError("ax", short(ax), "matplotlib's axes in two dimensions", remedy)


def _view_on_show(subject: tuple[object, ...]) -> str | None:
    """The view that the axes of a layer are shown in; None for what suits the scene."""
    view = getattr(subject[0], "view", None) if subject else None
    return view if view == "axes" else None


def _compared(subject: tuple[object, ...]) -> Sequence[tuple[str, Scene]]:
    """The scenes of an axis view, each with its heading, where they are compared."""
    if not (subject and isinstance(subject[0], HasAxes)):
        return ()
    headings, scenes = subject[0].headings, subject[0].scenes
    return list(zip(headings, scenes, strict=True)) if len(scenes) > 1 else ()


def _step_on_show(subject: tuple[object, ...], scene: Scene, view: str | None) -> int:
    """The step that an explorer's stage shows; for the axes alone their second row, else 0."""
    stage = getattr(subject[0], "stage", None) if subject else None
    step = getattr(stage, "step_shown", None)
    if isinstance(step, int) and _view_on_show(subject) is None:
        return step
    return second_step(scene) if isinstance(view, str) and view == "axes" else 0
