"""The scene in matplotlib: a still that is the same picture as the stage's.

A `Picture` is made once and then moved from step to step; films.py plays it. Places come from the
board, colours from the looks, and what is lit from the moment: this module owns the artists alone.
Lengths are in em. Letters and lines keep to them whatever becomes of the axes, by `tiles.EmScale`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path as FilePath
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz import files
from convviz.errors import ArgumentError
from convviz.geometry import Kind
from convviz.parameters import lists_parameters
from convviz.plot.artists import EMPTY, CellArtist, EmScale, Image, Part, grown, rectangle, rounded
from convviz.plot.footer import Footer
from convviz.plot.layout import BAND, CELL, HOME, LETTER, PlacedPanel, Rectangle, letters, plan
from convviz.plot.style import CellStyle, Theme, cell_style
from convviz.scene import palette
from convviz.scene.scene import Scene
from convviz.scene.step import Key, Step, Window
from convviz.scene.subject import scene_of

FORMATS = ("svg", "pdf", "png")
MARGIN = 0.8


@lists_parameters
def draw(
    *subject: object,
    step: int | None = None,
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
    The picture follows matplotlib's settings: fonts, the letters' size, and the page's colour, of
    which a dark one makes a dark picture. pyplot is left alone.

    Parameters
    ----------
    subject, item, device, named : as for `explore`
    step : int
        The output element, in memory order, −1 for the last; None for the one on an explorer's
        stage, else 0.
    ax : Axes or None
        Where to draw; its frame and ticks go. None makes a figure of its own, of a size that suits
        its letters.
    theme : "light", "dark" or None
        None goes by the colour of the page.
    figsize : (width, height) in inches, for a figure of its own
    captions : bool
        Whether the sum, the size formulas and the notes stand below the cells.

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    if step is None:
        step = getattr(getattr(subject[0], "stage", None), "step", 0) if subject else 0
    scene = scene_of(*subject, item=item, device=device, **named)
    return Still(scene, step, ax=ax, theme=theme, figsize=figsize, captions=captions)


class Still:
    """One scene in matplotlib's artists, at one step.

    Attributes
    ----------
    scene : Scene
    step : int
    figure, ax : matplotlib's, to add to
    board : Layout
        The plan, in em; the axes' data coordinates are em too.
    tiles : dict
        The cells by (tensor, channel, depth, row, column).
    parts : list
        All that changes in its place: the cells, the captions' words, pictures of many values.
    changed : dict
        The parts that the last `move` changed, each with its ``box`` and ``artists``.
    moved : bool
        Whether the last step changed more than parts, such as a heading.
    """

    def __init__(
        self,
        scene: Scene,
        step: int = 0,
        *,
        ax: Axes | None = None,
        theme: str | None = None,
        figsize: tuple[float, float] | None = None,
        captions: bool = True,
    ) -> None:
        step = check_step(scene, step)
        self.theme = _theme(theme, ax)
        self.scene = scene
        self.own = ax is None
        self.board = plan(scene, figsize or (16, 7))
        self._footer = Footer(self) if captions else None
        self.ax = self._own_axes(figsize) if ax is None else ax
        self.figure = _root(self.ax)
        # Sets that keep their order, so that the same picture is the same file.
        self.changed: dict[Part, None] = {}
        self._stale: dict[Part, None] = {}
        self.moved = False
        self.tiles: dict[Key, CellArtist] = {}
        self.parts: list[Part] = []
        self.frames: list[tuple[Window, PathPatch]] = []
        self.fit = EmScale(self)
        self._prepare_axes()
        self._build()
        self._lit: dict[Key, tuple[str, ...]] = {}
        self._done = 0
        self._map = -1
        self.step = -1
        self.show(step)

    # The page

    @property
    def size(self) -> tuple[float, float]:
        """Width and height of everything, in em."""
        width, height = self.board.width, self.board.height
        if self._footer:
            width, height = max(width, self._footer.width), height + self._footer.height
        return width + 2 * MARGIN, height + 2 * MARGIN

    def _own_axes(self, figsize: tuple[float, float] | None) -> Axes:
        em = mpl.rcParams["font.size"] / 72
        width, height = figsize or (self.size[0] * em, self.size[1] * em)
        figure = Figure(figsize=(width, height), facecolor=self.theme["page"])
        FigureCanvasAgg(figure)
        return figure.add_axes((0, 0, 1, 1))

    def _prepare_axes(self) -> None:
        width, height = self.size
        self.ax.set_axis_off()
        self.ax.set(xlim=(-MARGIN, width - MARGIN), ylim=(height - MARGIN, -MARGIN))
        self.ax.set_aspect("equal", anchor="C" if self.own else "NW")
        self.ax.autoscale(False)
        self.ax.add_artist(self.fit)

    # Artists

    def add(self, artist: Artist, zorder: float) -> Artist:
        """Put an artist on the axes. Its size, if any, is in em, for `artists.EmScale` to keep."""
        artist.set_zorder(zorder)
        self.ax.add_artist(artist)
        artist.set_clip_path(None)
        artist.set_clip_on(False)
        return artist

    def write(
        self,
        x: float,
        y: float,
        text: str,
        *,
        size: float = 1.0,
        colour: str | None = None,
        bold: bool = False,
        mono: bool = False,
        align: str = "left",
    ) -> Text:
        """A line of letters whose baseline starts at (x, y)."""
        artist = Text(
            x,
            y,
            text,
            color=colour or self.theme["ink"],
            fontfamily=["monospace"] if mono else _families(),
            fontweight="bold" if bold else "normal",
            horizontalalignment=align,
            verticalalignment="baseline",
            parse_math=False,
            usetex=False,
        )
        self.fit.letters(artist, size)
        return self.add(artist, 4)

    def outline(self, path: Path, width: float = 0.0, zorder: float = 1) -> PathPatch:
        """A patch in em, at pixels' edges where there are pixels."""
        patch = PathPatch(path, facecolor="none", edgecolor="none", snap=True)
        self.fit.line(patch, width)
        return self.add(patch, zorder)

    def _build(self) -> None:
        quiet = self.theme["quiet"]
        self.headings = {
            tensor: self.write(x, y + 1.0, self.scene.titles[tensor], colour=quiet)
            for tensor, (x, y) in self.board.headings.items()
        }
        self._kernel_bands: list[PathPatch] = []
        for spot in self.board.spots:
            self._build_panel(spot)
        self._images = [Image(self, spec, box) for spec, box in self.board.images]
        self._bias: CellArtist | None = None
        if self.scene.bias_texts:
            x, y = self.board.bias
            self.write(x, y + CELL / 2 + 0.36, "bias", colour=quiet)
            width = LETTER * letters(self.scene.bias_texts) + 0.8
            self._bias = CellArtist(self, Rectangle(x + 2.6, y, width, CELL))
        if self._footer:
            self._footer.build()

    def _build_panel(self, spot: PlacedPanel) -> None:
        panel = spot.panel
        if panel.title:
            self.write(spot.x, spot.y - 0.5, panel.title, colour=self.theme["quiet"])
        in_kernel = HOME.get(panel.tensor, panel.tensor) == "kernel"
        if self.scene.geometry.groups > 1:
            grid = spot.box(0, 0, len(panel.rows), 1)
            top = 1.4 if panel.title else 0.0
            box = Rectangle(spot.x - BAND, spot.y - top, 0.3, grid.height + top)
            band = self.outline(rectangle(box))
            if in_kernel:
                self._kernel_bands.append(band)
            else:
                band.set_facecolor(palette.GROUPS[panel.group])
        for n, cell in enumerate(panel.cells):
            row, column = divmod(n, len(panel.columns))
            tile = CellArtist(self, spot.box(row, column), panel.tensor, cell.kind)
            tile.mark = panel.flags[n].strip() if panel.flags else ""
            tile.resting = ("is-unread",) if cell.unread else ()
            words = "·" if cell.kind is Kind.GAP else cell.text
            tile.show(self._look(tile, tile.resting), words)
            key = (panel.tensor, panel.channel, panel.depth, cell.row, cell.column)
            self.tiles[key] = tile

    def _look(self, tile: CellArtist, classes: tuple[str, ...]) -> CellStyle:
        tile.classes = classes
        return cell_style(self.theme, tile.tensor, tile.kind, classes, tile.mark)

    @cached_property
    def _outputs(self) -> list[CellArtist]:
        return [tile for key, tile in self.tiles.items() if key[0] == "output"]

    @cached_property
    def _spots(self) -> dict[tuple[str, int, int | None], PlacedPanel]:
        return {(s.panel.tensor, s.panel.channel, s.panel.depth): s for s in self.board.spots}

    # Steps

    def show(self, step: int) -> list[Artist]:
        """Move to a step; gives the artists that changed, as matplotlib's animations expect."""
        self.move(step)
        changed = self.sync()
        return [artist for part in changed for artist in part.artists] + self.overlays

    def sync(self) -> list[Part]:
        """Bring the artists up to the step; gives the parts that changed since the last time."""
        changed = list(self._stale | self.changed)
        for part in changed:
            part.sync()
        self._stale, self.changed = {}, {}
        return changed

    def move(self, step: int) -> None:
        """Work out a step, and leave the artists for `sync`."""
        self.step = check_step(self.scene, step)
        self._stale |= self.changed
        self.changed, self.moved = {}, False
        moment = self.scene.step(self.step)
        self._show_map(moment)
        if not self.scene.readable:
            self._show_images(moment)
        self._show_cells(moment)
        self._show_frames(moment.windows if self.scene.readable else [])
        if self._footer:
            self._footer.show(moment)
        self._moment = moment

    @property
    def alt(self) -> str:
        """The picture in words, for who cannot see it."""
        return self._moment.alt

    @property
    def overlays(self) -> list[Artist]:
        """What lies over the cells: frames and marks, from the bottom up."""
        marks = [mark for image in self._images for mark in image.marks]
        patches = [patch for _, patch in self.frames] + marks
        return sorted((p for p in patches if p.get_visible()), key=lambda p: p.get_zorder())

    def _show_cells(self, moment: Step) -> None:
        """Light what this step lights, and let go of what the last one did."""
        first, last = sorted((self._done, moment.done))
        for tile in self._outputs[first:last]:
            tile.resting = ("is-done",) if last == moment.done else ()
            tile.show(self._look(tile, tile.resting))
        self._done = moment.done
        for key in [key for key in self._lit if key not in moment.lit]:
            if tile := self.tiles.get(key):
                tile.show(self._look(tile, tile.resting))
        for key, classes in moment.lit.items():
            if tile := self.tiles.get(key):
                tile.show(self._look(tile, classes))
        self._lit = moment.lit

    def _show_map(self, moment: Step) -> None:
        """The weights of the map at work."""
        if moment.output_map == self._map:
            return
        self._map = moment.output_map
        self.moved = True
        self.headings["kernel"].set_text(moment.kernel_title)
        marks = moment.weight_flags()
        for tensor in self.scene.kernel_texts:
            texts = moment.weights(tensor)
            tiles = [
                tile
                for key, tile in self.tiles.items()
                if key[0] == tensor and tile.kind is Kind.DATA
            ]
            for n, (tile, text) in enumerate(zip(tiles, texts, strict=True)):
                tile.mark = marks[n].strip() if marks else ""
                tile.show(self._look(tile, tile.classes), text)
        if moment.band is not None:
            for band in self._kernel_bands:
                band.set_facecolor(palette.GROUPS[moment.band])
        if self._bias:
            self._bias.show(CellStyle(self.theme["cell"], self.theme["ink"]), moment.bias)

    def _show_frames(self, windows: Iterable[Window]) -> None:
        """Lay the window's frames over the input's panels."""
        for _, patch in self.frames:
            patch.set_visible(False)
        places = []
        for window in windows:
            for tensor in ("input", "source"):
                if spot := self._spots.get((tensor, window.channel, window.depth)):
                    rows, columns = spot.panel.rows, spot.panel.columns
                    row, column = window.row - rows[0], window.column - columns[0]
                    places.append((window, spot.box(row, column, window.rows, window.columns)))
        patches = [patch for _, patch in self.frames]
        patches += [self.outline(EMPTY, zorder=6) for _ in places[len(patches) :]]
        self.frames = []
        for (window, box), patch in zip(places, patches, strict=False):
            self._show_frame(patch, box, window.style)
            self.frames.append((window, patch))
        for patch in patches[len(places) :]:
            self.frames.append((None, patch))

    def _show_frame(self, patch: PathPatch, box: Rectangle, style: str) -> None:
        bold = style == "is-window"
        width = 0.18 if bold else 0.1
        patch.set(
            path=rounded(grown(box, 0.16 - width / 2), 0.4),
            edgecolor=to_rgba(self.theme["accent"], 1.0 if bold else 0.4),
            linestyle="-" if bold else (0, (3, 2)),
            visible=True,
            zorder=7 if bold else 6,
        )
        self.fit.line(patch, width)

    def _show_images(self, moment: Step) -> None:
        """Pictures as far as they have been reached, and the numbers under the window."""
        for image in self._images:
            image.show(moment)
        slices = [spot for spot in self.board.spots if spot.panel.tensor == "window"]
        values = iter(zip(moment.taps, moment.products, moment.colours, strict=True))
        for spot in slices:
            panel = spot.panel
            for row in panel.rows:
                for column in panel.columns:
                    tap, product, colour = next(values)
                    tile = self.tiles["window", panel.channel, panel.depth, row, column]
                    tile.kind = tap.kind
                    look = self._look(tile, ("is-tap", "cv-tint", colour))
                    tile.show(look, product.value)

    # What leaves

    def save(self, path: str | FilePath, *, dpi: float | None = None) -> None:
        """Write the picture as SVG, PDF or PNG, with its words inside; all of it or nothing.

        Letters stay letters in SVG and PDF. Metadata hold the alternative text.

        Parameters
        ----------
        path : ends in .svg, .pdf or .png
        dpi : pixels an inch, for PNG; None for matplotlib's setting

        Raises
        ------
        ArgumentError
            For another ending, and for a folder that is not there.
        """
        target = files.target(path, FORMATS)
        files.write(target, self.bytes(target.suffix[1:].lower(), dpi=dpi))

    def bytes(self, form: str, *, dpi: float | None = None) -> bytes:
        """What `save` writes into a file of this form: "svg", "pdf" or "png"."""
        title = "Description" if form in ("png", "svg") else "Subject"
        metadata = {title: self.alt, **({"Title": "Convolution"} if form != "png" else {})}
        if form == "svg":
            metadata["Date"] = None  # the same picture is the same file
        settings = {"svg.fonttype": "none", "svg.hashsalt": "convviz", "pdf.fonttype": 42}
        settings["image.composite_image"] = False  # each picture of many values stays itself
        buffer = io.BytesIO()
        page = self.theme["page"] if self.own else "auto"
        with mpl.rc_context(settings):
            self.figure.savefig(
                buffer,
                format=form,
                dpi="figure" if dpi is None else dpi,
                facecolor=page,
                metadata=metadata,
                bbox_inches=None,
            )
        if form != "svg":
            return buffer.getvalue()
        label = f'<svg role="img" aria-label={quoteattr(self.alt)} '
        return buffer.getvalue().decode().replace("<svg ", label, 1).encode()

    def _repr_mimebundle_(self, **_options: object) -> tuple[dict, dict] | None:
        """The picture in a notebook; a caller's own axes show themselves."""
        if not self.own:
            return {"text/plain": repr(self)}, {}
        data = {"image/png": self.bytes("png"), "text/plain": self.alt}
        return data, {"image/png": {"alt": self.alt}}

    def __repr__(self) -> str:
        return f"<Still: {self.alt}>"


def check_step(scene: Scene, step: int) -> int:
    """``step`` where the scene has it, else an ArgumentError; −1 is the last."""
    return scene.step(step + scene.steps if -scene.steps <= step < 0 else step).index


def _theme(name: str | None, ax: Axes | None) -> Theme:
    """The theme asked for, or the one that goes with the page it is drawn on."""
    if name is not None:
        if name not in palette.THEMES:
            remedy = 'Write theme="dark", for example.'
            raise ArgumentError("theme", repr(name), "light, dark, or None", remedy)
        return Theme.of(name)
    pages = [mpl.rcParams["figure.facecolor"]]
    if ax is not None:
        pages = [ax.figure.get_facecolor(), _root(ax).get_facecolor()]
    page = next((to_hex(page) for page in pages if to_rgba(page)[3]), "#ffffff")
    name = "dark" if palette.luminance(page) < 0.18 else "light"
    ink = to_hex(mpl.rcParams["text.color"])
    return Theme.of(name, page, ink if palette.contrast(ink, page) >= palette.READABLE else None)


def _root(ax: Axes) -> Figure:
    """The figure of a subfigure's axes, too."""
    return getattr(ax.figure, "figure", None) or ax.figure


def _families() -> list[str]:
    """The font of the style sheet, and one with every sign of the formulas behind it."""
    return [*mpl.rcParams["font.family"], "DejaVu Sans"]
