"""The scene in matplotlib: a still that is the same picture as the stage's.

A `Picture` is made once and then moved from step to step; films.py plays it. Places come from the
board, colours from the looks, and what is lit from the moment: this module owns the artists alone.
Lengths are in em. Letters and lines keep to them whatever becomes of the axes, by `_Fit`.
"""

from __future__ import annotations

import io
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from functools import cache, cached_property
from pathlib import Path as FilePath
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_hex, to_rgba
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.patches import PathPatch
from matplotlib.path import Path
from matplotlib.text import Text

from convviz import files, palette
from convviz.board import BAND, CELL, HOME, LETTER, Box, Spot, letters, plan
from convviz.errors import LayerError
from convviz.geometry import Kind
from convviz.looks import CORNER, LINE, Look, Theme, cell_look, digit_look, weight_look
from convviz.moment import Key, Moment, Window
from convviz.scene import Scene
from convviz.subject import scene_of

FORMATS = ("svg", "pdf", "png")
SUM = 1.1  # letters of the sum
SMALL = 0.92  # letters of the formulas and notes
WIDE = 0.64  # a letter's width where small letters snap to whole pixels
MARGIN = 0.8
TINTS = {"grey": [(1, 1, 1)], "rgb": [(1, 0, 0), (0, 1, 0), (0, 0, 1)]}


def draw(
    layer: object,
    data: object = None,
    bias: np.ndarray | None = None,
    *,
    step: int | None = None,
    ax: Axes | None = None,
    theme: str | None = None,
    figsize: tuple[float, float] | None = None,
    captions: bool = True,
    item: int = 0,
    device: str | None = None,
    **parameters: object,
) -> Picture:
    """Draw one step of a convolution: the picture that the widget shows, in matplotlib.

    ``draw(layer, data)``, ``draw(data, kernel, stride_nd=(2, 2))`` and ``draw(explorer)`` all do.
    The picture follows matplotlib's settings: fonts, the letters' size, and the page's colour, of
    which a dark one makes a dark picture. pyplot is left alone.

    Parameters
    ----------
    layer, data, bias, item, device, parameters : as for `explore`
    step : int
        The output element, in memory order; None for the one on an explorer's stage, else 0.
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
    LayerError
        Naming what cannot be.
    """
    if step is None:
        step = getattr(getattr(layer, "stage", None), "step", 0)
    if bias is not None:
        parameters["bias"] = bias
    scene = scene_of(layer, data, item=item, device=device, **parameters)
    return Picture(scene, step, ax=ax, theme=theme, figsize=figsize, captions=captions)


class Picture:
    """One scene in matplotlib's artists, at one step.

    Attributes
    ----------
    scene : Scene
    step : int
    figure, ax : matplotlib's, to add to
    board : Board
        The plan, in em; the axes' data coordinates are em too.
    tiles : dict
        The cells by (tensor, channel, depth, row, column).
    parts : list
        All that changes in its place: the cells, the captions' words, pictures of many values.
    changed : set
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
        moment = Moment(scene, check_step(scene, step))
        self.theme = _theme(theme, ax)
        self.scene = scene
        self.own = ax is None
        self.board = plan(scene, figsize or (16, 7))
        self._caption = _Caption(self, moment) if captions else None
        self.ax = self._own_axes(figsize) if ax is None else ax
        self.figure = self.ax.figure
        self.changed: set[Part] = set()
        self._stale: set[Part] = set()
        self.moved = False
        self.tiles: dict[Key, Tile] = {}
        self.parts: list[Part] = []
        self.frames: list[tuple[Window, PathPatch]] = []
        self._artists: list[Artist] = []
        self._fit = _Fit(self)
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
        if self._caption:
            width, height = max(width, self._caption.width), height + self._caption.height
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
        self.ax.add_artist(self._fit)

    # Artists

    def add(self, artist: Artist, zorder: float) -> Artist:
        """Put an artist on the axes. Where it has a size, it is in em, for `_Fit` to keep."""
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
        self._fit.letters(artist, size)
        return self.add(artist, 4)

    def outline(self, path: Path, width: float = 0.0, zorder: float = 1) -> PathPatch:
        """A patch in em, at pixels' edges where there are pixels."""
        patch = PathPatch(path, facecolor="none", edgecolor="none", snap=True)
        self._fit.line(patch, width)
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
        self._images = [_Image(self, spec, box) for spec, box in self.board.images]
        self._bias: Tile | None = None
        if self.scene.bias_texts:
            x, y = self.board.bias
            self.write(x, y + CELL / 2 + 0.36, "bias", colour=quiet)
            width = LETTER * letters(self.scene.bias_texts) + 0.8
            self._bias = Tile(self, Box(x + 2.6, y, width, CELL))
        if self._caption:
            self._caption.build()

    def _build_panel(self, spot: Spot) -> None:
        panel = spot.panel
        if panel.title:
            self.write(spot.x, spot.y - 0.5, panel.title, colour=self.theme["quiet"])
        in_kernel = HOME.get(panel.tensor, panel.tensor) == "kernel"
        if self.scene.geometry.groups > 1:
            grid = spot.box(0, 0, len(panel.rows), 1)
            top = 1.4 if panel.title else 0.0
            box = Box(spot.x - BAND, spot.y - top, 0.3, grid.height + top)
            band = self.outline(_rectangle(box))
            if in_kernel:
                self._kernel_bands.append(band)
            else:
                band.set_facecolor(palette.GROUPS[panel.group])
        for n, cell in enumerate(panel.cells):
            row, column = divmod(n, len(panel.columns))
            tile = Tile(self, spot.box(row, column), panel.tensor, cell.kind)
            tile.mark = panel.marks[n].strip() if panel.marks else ""
            tile.resting = ("is-unread",) if cell.unread else ()
            words = "·" if cell.kind is Kind.GAP else cell.text
            tile.show(self._look(tile, tile.resting), words)
            key = (panel.tensor, panel.channel, panel.depth, cell.row, cell.column)
            self.tiles[key] = tile

    def _look(self, tile: Tile, classes: tuple[str, ...]) -> Look:
        tile.classes = classes
        return cell_look(self.theme, tile.tensor, tile.kind, classes, tile.mark)

    @cached_property
    def _outputs(self) -> list[Tile]:
        return [tile for key, tile in self.tiles.items() if key[0] == "output"]

    @cached_property
    def _spots(self) -> dict[tuple[str, int, int | None], Spot]:
        return {(s.panel.tensor, s.panel.channel, s.panel.depth): s for s in self.board.spots}

    # Steps

    def show(self, step: int) -> list[Artist]:
        """Move to a step; gives the artists that changed, as matplotlib's animations expect."""
        self.move(step)
        changed = self.sync()
        return [artist for part in changed for artist in part.artists] + self.overlays

    def sync(self) -> set[Part]:
        """Bring the artists up to the step; gives the parts that changed since the last time."""
        changed = self._stale | self.changed
        for part in changed:
            part.sync()
        self._stale, self.changed = set(), set()
        return changed

    def move(self, step: int) -> None:
        """Work out a step, and leave the artists for `sync`."""
        self.step = check_step(self.scene, step)
        self._stale |= self.changed
        self.changed, self.moved = set(), False
        moment = Moment(self.scene, self.step)
        self._show_map(moment)
        if not self.scene.readable:
            self._show_images(moment)
        self._show_cells(moment)
        self._show_frames(moment.windows if self.scene.readable else [])
        if self._caption:
            self._caption.show(moment)
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

    def _show_cells(self, moment: Moment) -> None:
        """Light what this step lights, and let go of what the last one did."""
        first, last = sorted((self._done, moment.done))
        for tile in self._outputs[first:last]:
            tile.resting = ("is-done",) if last == moment.done else ()
            tile.show(self._look(tile, tile.resting))
        self._done = moment.done
        for key in self._lit.keys() - moment.lit.keys():
            if tile := self.tiles.get(key):
                tile.show(self._look(tile, tile.resting))
        for key, classes in moment.lit.items():
            if tile := self.tiles.get(key):
                tile.show(self._look(tile, classes))
        self._lit = moment.lit

    def _show_map(self, moment: Moment) -> None:
        """The weights of the map at work."""
        if moment.output_map == self._map:
            return
        self._map = moment.output_map
        self.moved = True
        self.headings["kernel"].set_text(moment.kernel_title)
        marks = moment.weight_marks()
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
            self._bias.show(Look(self.theme["cell"], self.theme["ink"]), moment.bias)

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
        patches += [self.outline(_EMPTY, zorder=6) for _ in places[len(patches) :]]
        self.frames = []
        for (window, box), patch in zip(places, patches, strict=False):
            self._show_frame(patch, box, window.style)
            self.frames.append((window, patch))
        for patch in patches[len(places) :]:
            self.frames.append((None, patch))

    def _show_frame(self, patch: PathPatch, box: Box, style: str) -> None:
        bold = style == "is-window"
        width = 0.18 if bold else 0.1
        patch.set(
            path=_rounded(_grown(box, 0.16 - width / 2), 0.4),
            edgecolor=to_rgba(self.theme["accent"], 1.0 if bold else 0.4),
            linestyle="-" if bold else (0, (3, 2)),
            visible=True,
            zorder=7 if bold else 6,
        )
        self._fit.line(patch, width)

    def _show_images(self, moment: Moment) -> None:
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
        LayerError
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
        return f"<Picture: {self.alt}>"


class Tile:
    """One cell: a body, in padding a core or a pattern, a text. Asked twice, it changes once.

    Attributes
    ----------
    tensor, kind : what it stands for
    look, words : how it looks and what it says; its artists follow in `sync`
    classes : its style classes just now, under the stage's names
    resting : its classes when no step lights it
    """

    def __init__(
        self,
        picture: Picture,
        box: Box,
        tensor: str = "",
        kind: Kind = Kind.DATA,
        *,
        size: float = 1.0,
        align: str = "center",
        corner: float = CORNER,
    ) -> None:
        self.picture = picture
        self.box = box
        self.tensor = tensor
        self.kind = kind
        self.mark = ""
        self.classes: tuple[str, ...] = ()
        self.resting: tuple[str, ...] = ()
        self._corner = corner
        self.look, self.words = Look(), ""
        self._drawn: Look | None = None
        self._body: PathPatch | None = None
        self._inner: PathPatch | None = None
        self._strike: PathPatch | None = None
        self.align = align
        self.at = (
            box.x + (box.width / 2 if align == "center" else 0.0),
            box.y + box.height / 2 + 0.36 * size,
        )
        self.text = picture.write(*self.at, "", size=size, mono=True, align=align)
        picture.parts.append(self)

    @property
    def artists(self) -> list[Artist]:
        """What it is made of, from the bottom up."""
        parts = (self._body, self._inner, self.text, self._strike)
        return [part for part in parts if part is not None]

    def show(self, look: Look, words: str | None = None) -> None:
        """Look like this and, where they are given, say these words, when it is next drawn."""
        if (words is None or words == self.words) and look == self.look:
            return
        self.look = look
        self.words = self.words if words is None else words
        self.picture.changed.add(self)

    def sync(self) -> None:
        """Bring the artists up to what was last shown."""
        look, old = self.look, self._drawn
        if self.words != self.text.get_text():
            self.text.set_text(self.words)
        if look == old:
            return
        self._drawn = look
        self.text.set(color=look.ink, fontweight="bold" if look.bold else "normal")
        self.text.set_alpha(look.alpha)
        self._show_body(look)
        if (look.hatch, look.core) != (old and old.hatch, old and old.core):
            self._show_inner(look)
        self._show_strike(look)

    def _show_body(self, look: Look) -> None:
        if look.fill is None and look.edge is None:
            if self._body:
                self._body.set_visible(False)
            return
        if self._body is None:
            self._body = self.picture.outline(_EMPTY)
        self._body.set(
            path=_rounded(_grown(self.box, -look.line / 2), self._corner),
            facecolor=to_rgba(look.fill or "none", look.alpha if look.fill else 0),
            edgecolor=to_rgba(look.edge or "none", look.alpha if look.edge else 0),
            linestyle=look.dash,
            visible=True,
        )
        self.picture._fit.line(self._body, look.line)

    def _show_inner(self, look: Look) -> None:
        if look.hatch is None and look.core is None:
            if self._inner:
                self._inner.set_visible(False)
            return
        if self._inner is None:
            self._inner = self.picture.outline(_EMPTY, zorder=2)
        if look.core:
            path, fill, edge, width = _rounded(_grown(self.box, -0.2), 0.12), look.core, "none", 0.0
        else:
            colour = self.picture.theme[look.hatch.value]
            path = _pattern(look.hatch, self.box)
            dots = look.hatch is Kind.BEYOND
            strong = to_rgba(colour, (0.6 if dots else 0.38) * look.alpha)
            fill, edge, width = (strong, "none", 0.0) if dots else ("none", strong, LINE)
        self._inner.set(path=path, facecolor=fill, edgecolor=edge, visible=True)
        self._inner.set_snap(bool(look.core))
        self.picture._fit.line(self._inner, width)

    def _show_strike(self, look: Look) -> None:
        if self._strike is None and look.strike:
            self._strike = self.picture.outline(_EMPTY, zorder=5)
            middle = self.box.y + self.box.height / 2
            half = LETTER * len(self.words) / 2 + 0.1
            centre = self.box.x + self.box.width / 2
            self._strike.set_path(Path([(centre - half, middle), (centre + half, middle)]))
            self.picture._fit.line(self._strike, 0.14)
        if self._strike is not None:
            self._strike.set(visible=look.strike, edgecolor=look.ink)


class _Image:
    """A tensor of too many values to read, as tones; an output as far as it has been reached."""

    def __init__(self, picture: Picture, spec: dict[str, object], box: Box) -> None:
        self.picture, self.spec, self.box = picture, spec, box
        self.title = picture.write(box.x, box.y - 0.5, "", colour=picture.theme["quiet"])
        extent = (box.x, box.x + box.width, box.y + box.height, box.y)
        self._border = picture.outline(_rectangle(box), LINE, 3)
        self._border.set_edgecolor(picture.theme["line"])
        image = AxesImage(picture.ax, extent=extent, interpolation="nearest", origin="upper")
        picture.ax.add_image(image)
        image.set_clip_path(None)
        image.set_zorder(2)
        self.image = image
        self.marks = [picture.outline(_EMPTY, width, 6) for width in (0.3, 0.12)]
        for mark, colour in zip(self.marks, ("#ffffff", picture.theme["accent"]), strict=True):
            mark.set_edgecolor(colour)
        picture.parts.append(self)
        self._depth: int | None = None
        self._reached: list[int] = []

    @property
    def artists(self) -> list[Artist]:
        """What it is made of, from the bottom up."""
        return [self.image, self._border]

    def show(self, moment: Moment) -> None:
        """The slice under the window, and a frame where the window stands."""
        scene, spec = moment.scene, self.spec
        *deep, high, wide = scene.geometry.axes
        *at, row, column = moment.position
        is_input = spec["tensor"] == "input"
        depth = 0
        if deep:
            depth = deep[0].table[at[0]][deep[0].kernel // 2] if is_input else at[0]
        self.title.set_text(", ".join(filter(None, [spec["title"], f"depth {depth}" * bool(deep)])))
        reached = [self._count(moment, channel, depth, is_input) for channel in spec["channels"]]
        if depth != self._depth:
            self.picture.moved = True  # the title too
            self._paint(scene, depth)
        if (depth, reached) != (self._depth, self._reached):
            self.picture.changed.add(self)
            self._reveal(reached)
        self._depth, self._reached = depth, reached
        if is_input:
            window = (high.table[row][0], wide.table[column][0], high.extent, wide.extent)
        else:
            window = (row, column, 1, 1)
        self._mark(window if is_input or moment.output_map in spec["channels"] else None)

    def sync(self) -> None:
        """A picture is never behind."""

    def _count(self, moment: Moment, channel: int, depth: int, is_input: bool) -> int:
        """How many elements of a channel's slice have been reached."""
        area = self.spec["height"] * self.spec["width"]
        if is_input:
            return area
        depths = moment.scene.output.shape[1] if moment.scene.output.ndim == 4 else 1
        start = (channel * depths + depth) * area
        return int(np.clip(moment.index + 1 - start, 0, area))

    def _paint(self, scene: Scene, depth: int) -> None:
        tensor = self.spec["tensor"]
        values = scene.values if tensor == "input" else scene.output
        low, high = scene.tones[tensor]
        size = (self.spec["height"], self.spec["width"], 3)
        self._tones = []
        for channel, tint in zip(self.spec["channels"], TINTS[self.spec["tint"]], strict=True):
            plane = values[channel]
            if plane.ndim == 3:
                plane = plane[depth] if 0 <= depth < len(plane) else np.zeros(size[:2])
            scaled = (plane.astype(np.float64) - low) / (high - low or 1)
            tones = np.nan_to_num(np.clip(scaled, 0, 1), posinf=1)
            self._tones.append(np.rint(255 * tones[..., None] * np.array(tint)).astype(np.uint8))

    def _reveal(self, reached: Sequence[int]) -> None:
        height, width = self.spec["height"], self.spec["width"]
        pixels = np.zeros((height * width, 4), np.uint8)
        for tones, count in zip(self._tones, reached, strict=True):
            pixels[:count, :3] += tones.reshape(-1, 3)[:count]
            pixels[:count, 3] = 255
        self.image.set_data(pixels.reshape(height, width, 4))

    def _mark(self, window: tuple[int, int, int, int] | None) -> None:
        for mark in self.marks:
            mark.set_visible(window is not None)
        if window is None:
            return
        row, column, rows, columns = window
        scale = self.box.width / self.spec["width"]
        least = 0.4  # a pixel of a large photograph would not be seen
        box = Box(
            self.box.x + column * scale,
            self.box.y + row * scale,
            columns * scale,
            rows * scale,
        )
        grow = max(0.0, (least - min(box.width, box.height)) / 2)
        for mark in self.marks:
            mark.set_path(_rectangle(_grown(box, grow)))


class _Caption:
    """The sum, the size formulas and the notes, below the board."""

    def __init__(self, picture: Picture, moment: Moment) -> None:
        self.picture, self.scene = picture, moment.scene
        board, scene = picture.board, moment.scene
        self.letter = LETTER * SUM
        last = Moment(scene, scene.steps - 1)
        self._name = self.letter * len(f"{last.name} =") + 0.5
        self._values = letters([*self._texts(), "-0.00"] if not scene.readable else self._texts())
        weights = scene.kernel_texts["kernel"]
        self._boxes = [
            self.letter * max(self._values, *(len(texts[tap]) for texts in weights)) + 0.7 * SUM
            for tap in range(scene.geometry.tap_count)
        ]
        self._bias = letters(scene.bias_texts) if moment.added_bias is not None else 0
        room = max(board.width, self._reach(self._boxes[:9]) if len(self._boxes) <= 9 else 34.0)
        self.shown = self._choose(room)
        self._formulas = self._rows(scene.formulas, max(room, 30.0))
        wide = int(max(room, 30.0) / (0.5 * SMALL))
        self._notes = [line for note in scene.notes for line in textwrap.wrap(note, wide)]
        lines = [WIDE * SMALL * len(line) for line in self._formulas]
        self.width = max([self._reach([self._boxes[n] for n in self.shown]), *lines])
        self.height = 6.4 + 1.35 * (len(self._formulas) + len(self._notes))

    def _texts(self) -> list[str]:
        return [*self.scene.value_texts, "0"] if self.scene.readable else ["-12345"]

    def _reach(self, boxes: Sequence[float]) -> float:
        bias = self._bias * self.letter + 2.4 if self._bias else 0.0
        return self._name + sum(boxes) + 1.3 * (len(boxes) - 1) + bias

    def _choose(self, room: float) -> list[int]:
        """The products to show: all, or the first and the last two around what is left out."""
        count = len(self._boxes)
        if self._reach(self._boxes) <= room:
            return list(range(count))
        head = 1
        while head < count - 3 and self._reach(self._boxes[: head + 3]) + 9.0 <= room:
            head += 1
        return [*range(head), *range(max(head, count - 2), count)]

    def _rows(self, formulas: Sequence[str], room: float) -> list[str]:
        """Formulas side by side while there is room."""
        rows: list[str] = []
        for formula in formulas:
            joined = f"{rows[-1]}    {formula}" if rows else formula
            if rows and WIDE * SMALL * len(joined) <= room:
                rows[-1] = joined
            else:
                rows.append(formula)
        return rows

    def build(self) -> None:
        """The artists; what moves is told by `show`."""
        picture, theme = self.picture, self.picture.theme
        y = picture.board.height + 1.2
        self.name = Tile(picture, Box(0, y + 0.8, self._name, 1.6), size=SUM, align="left")
        x = self._name
        self.values: list[Tile] = []
        self.weights: list[Tile] = []
        hidden = len(self._boxes) - len(self.shown)
        for n, tap in enumerate(self.shown):
            if hidden and n and tap != self.shown[n - 1] + 1:
                more = f"+ … {hidden} more …"
                picture.write(x - 0.9, y + 2, more, size=SUM, mono=True, colour=theme["quiet"])
                x += self.letter * (len(more) - 1) + 0.6
            if n:
                sign = x - 0.65
                picture.write(sign, y + 2, "+", size=SUM, colour=theme["quiet"], align="center")
            width = self._boxes[tap]
            top, bottom = Box(x, y, width, 1.55), Box(x, y + 1.6, width, 1.55)
            self.values.append(Tile(picture, top, size=SUM, corner=0.12))
            self.weights.append(Tile(picture, bottom, size=SUM, corner=0.12))
            x += width + 1.3
        self.bias: Tile | None = None
        if self._bias:
            picture.write(x - 0.65, y + 2, "+", size=SUM, colour=theme["quiet"], align="center")
            box = Box(x, y + 0.7, self._bias * self.letter + 0.8, 1.75)
            self.bias = Tile(picture, box, size=SUM)
        self._total = (self._name, y + 3.5)
        self.total: list[Tile] = []
        y += 6.6
        for line in self._formulas:
            picture.write(0, y, line, size=SMALL, mono=True, colour=theme["quiet"])
            y += 1.35
        for line in self._notes:
            picture.write(0, y, line, size=SMALL)
            y += 1.35

    def show(self, moment: Moment) -> None:
        """The sum of this step."""
        theme = self.picture.theme
        self.name.show(Look(ink=theme["ink"]), f"{moment.name} =")
        for tap, value, weight in zip(self.shown, self.values, self.weights, strict=True):
            product = moment.products[tap]
            value.show(Look(theme["cell"], theme["ink"]), product.value)
            weight.show(weight_look(theme, product.colour), product.weight)
        if self.bias:
            look = Look(ink=theme["ink"], edge=theme["line"], line=LINE)
            self.bias.show(look, moment.added_bias)
        self._show_total(moment)

    def _show_total(self, moment: Moment) -> None:
        """One tile a letter, since every digit has a colour of its own."""
        words = self._words(moment)
        while len(self.total) < len(words):
            x, y = self._total
            box = Box(x + len(self.total) * self.letter, y, self.letter, 1.6)
            self.total.append(Tile(self.picture, box, size=SUM, align="left"))
        blank = ("", Look())
        padded = words + [blank] * (len(self.total) - len(words))
        for tile, (letter, look) in zip(self.total, padded, strict=True):
            tile.show(look, letter)

    def _words(self, moment: Moment) -> list[tuple[str, Look]]:
        """The letters of the total, with their looks."""
        theme = self.picture.theme
        quiet = Look(ink=theme["quiet"])
        strong, plain = Look(ink=theme["ink"], bold=True), Look(ink=theme["ink"])
        exact = moment.exact
        words = _letters("= ", quiet)
        if exact is not None:
            for letter, colour in zip(exact, moment.digit_colours(exact), strict=True):
                words.append((letter, digit_look(theme, colour)))
            words += _letters(" ", quiet)
        if moment.note:
            return words + _letters(moment.sum_type + " ", quiet) + _letters(moment.note, plain)
        arrow = " → " if exact is not None else " "
        return words + _letters(moment.sum_type + arrow, quiet) + _letters(moment.result, strong)


def _letters(text: str, look: Look) -> list[tuple[str, Look]]:
    return [(letter, look) for letter in text]


class _Fit(Artist):
    """Keeps letters and lines at their size in em, whatever becomes of the axes.

    Artists are drawn by zorder: this one comes first and sets the sizes, in points, of the rest.
    """

    def __init__(self, picture: Picture) -> None:
        super().__init__()
        self.set_zorder(-1)
        self._picture = picture
        self._sizes: dict[Text, float] = {}
        self._lines: dict[PathPatch, float] = {}
        self._em = mpl.rcParams["font.size"]

    def letters(self, text: Text, size: float) -> None:
        """Keep a text at ``size`` em."""
        self._sizes[text] = size
        text.set_fontsize(size * self._em)

    def line(self, patch: PathPatch, width: float) -> None:
        """Keep a line at ``width`` em."""
        self._lines[patch] = width
        patch.set_linewidth(width * self._em)

    def draw(self, renderer: object) -> None:
        """Set all sizes, where the scale is no longer what it was."""
        transform = self._picture.ax.transData
        (_, top), (_, bottom) = transform.transform([(0, 0), (0, 1)])
        em = abs(top - bottom) * 72 / self._picture.figure.dpi
        if abs(em - self._em) < 1e-6:
            return
        self._em = em
        for text, size in self._sizes.items():
            text.set_fontsize(size * em)
        for patch, width in self._lines.items():
            patch.set_linewidth(width * em)


Part = Tile | _Image


def check_step(scene: Scene, step: int) -> int:
    """``step`` where the scene has it, else a LayerError."""
    return scene.step(step).index


def _theme(name: str | None, ax: Axes | None) -> Theme:
    """The theme asked for, or the one that goes with the page it is drawn on."""
    if name is not None:
        if name not in palette.THEMES:
            remedy = 'Write theme="dark", for example.'
            raise LayerError("theme", repr(name), "light, dark, or None", remedy)
        return Theme.of(name)
    page = mpl.rcParams["figure.facecolor"] if ax is None else ax.figure.get_facecolor()
    red, green, blue, alpha = to_rgba(page)
    page = to_hex((red, green, blue)) if alpha else "#ffffff"
    name = "dark" if palette.luminance(page) < 0.18 else "light"
    ink = to_hex(mpl.rcParams["text.color"])
    return Theme.of(name, page, ink if palette.contrast(ink, page) >= palette.READABLE else None)


def _families() -> list[str]:
    """The font of the style sheet, and one with every sign of the formulas behind it."""
    return [*mpl.rcParams["font.family"], "DejaVu Sans"]


# Shapes


_EMPTY = Path(np.zeros((1, 2)))


def _grown(box: Box, by: float) -> Box:
    return Box(box.x - by, box.y - by, box.width + 2 * by, box.height + 2 * by)


def _rectangle(box: Box) -> Path:
    x, y, right, bottom = box.x, box.y, box.x + box.width, box.y + box.height
    return Path([(x, y), (right, y), (right, bottom), (x, bottom), (x, y)], closed=True)


def _rounded(box: Box, corner: float) -> Path:
    unit = _rounded_unit(round(box.width, 6), round(box.height, 6), corner)
    return Path(unit.vertices + np.array((box.x, box.y)), unit.codes)


@cache
def _rounded_unit(width: float, height: float, corner: float) -> Path:
    r = min(corner, width / 2, height / 2)
    points = [(r, 0), (width - r, 0), (width, 0), (width, r), (width, height - r)]
    points += [(width, height), (width - r, height), (r, height), (0, height), (0, height - r)]
    points += [(0, r), (0, 0), (r, 0), (r, 0)]
    line, curve = Path.LINETO, Path.CURVE3
    codes = [Path.MOVETO, line, curve, curve, line, curve, curve, line, curve, curve, line]
    return Path(points, [*codes, curve, curve, Path.CLOSEPOLY])


def _pattern(kind: Kind, box: Box) -> Path:
    """The strokes or dots of a padding cell: real paths, so that no renderer makes a raster."""
    unit = _pattern_unit(kind, round(box.width, 6), round(box.height, 6))
    return Path(unit.vertices + np.array((box.x, box.y)), unit.codes)


@cache
def _pattern_unit(kind: Kind, width: float, height: float) -> Path:
    if kind is Kind.BEYOND:
        return Path.make_compound_path(*_dots(width, height))
    strokes = list(_strokes(width, height))
    if kind is Kind.POST:
        strokes = [[(x, height - y) for x, y in stroke] for stroke in strokes]
    points = [point for stroke in strokes for point in stroke]
    return Path(points, [Path.MOVETO, Path.LINETO] * len(strokes))


def _strokes(width: float, height: float, apart: float = 0.6) -> Iterator[list]:
    """Lines x + y = c through a box, cut at its edges."""
    for n in range(1, int((width + height) / apart) + 1):
        c = n * apart
        yield [(min(c, width), max(0.0, c - width)), (max(0.0, c - height), min(c, height))]


def _dots(width: float, height: float, apart: float = 0.5) -> Iterator[Path]:
    for x in np.arange(apart / 2, width, apart):
        for y in np.arange(apart / 2, height, apart):
            yield Path.circle((x, y), 0.075)
