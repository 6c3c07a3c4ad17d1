"""The view that gives each number a cell, and frames the window on the input."""

from __future__ import annotations

from collections.abc import Iterable

from matplotlib.colors import to_rgba
from matplotlib.patches import PathPatch

from convviz.plot import shapes
from convviz.plot.canvas import OVERLAY, TOP_OVERLAY, Canvas
from convviz.plot.rectangle import Rectangle
from convviz.plot.style import DASHED
from convviz.plot.tensors_view import TensorsView
from convviz.plot.view import Page
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene
from convviz.scene.step import Step, Window

NEXT_FRAME_ALPHA = 0.4


class CellsView(TensorsView):
    """A cell for every number of the input, the kernel and the output.

    Attributes
    ----------
    frames : list
        The window and the patch of each visible frame.
    """

    def __init__(self, scene: Scene, page: Page) -> None:
        super().__init__(scene, page)
        self.frames: list[tuple[Window, PathPatch]] = []
        self._done = 0  # outputs reached before the step
        self._hidden_from = scene.steps  # the first output that is empty

    def draw(self, canvas: Canvas) -> None:
        """Make the artists."""
        super().draw(canvas)
        self._outputs = [cell for key, cell in self.cells.items() if key[0] == "output"]
        self._patches: list[PathPatch] = []  # of frames, for reuse

    # Steps

    def show(self, step: Step) -> None:
        """Light the cells of this step, and frame the window."""
        super().show(step)
        self._hide(step.hidden_from)
        self._show_done(step.done)
        self.light(step.lit)
        self._show_frames(step.windows)

    def _show_done(self, done: int) -> None:
        """Mark the outputs before this step, and no others."""
        first, last = sorted((self._done, done))
        for cell in self._outputs[first:last]:
            cell.resting_classes = ("is-done",) if last == done else ()
            cell.rest()
        self._done = done

    def _hide(self, first: int) -> None:
        """Leave the outputs from this one on empty, and no others."""
        before, after = sorted((self._hidden_from, first))
        texts = self.scene.output_texts
        for n in range(before, after):
            cell = self._outputs[n]
            cell.show(cell.style, "" if first < self._hidden_from else texts[n])
        self._hidden_from = first

    def _show_frames(self, windows: Iterable[Window]) -> None:
        places = [
            (window, placed.rectangle(row, column, window.rows, window.columns))
            for window in windows
            for tensor in ("input", "source")
            if (placed := self.placed.get((tensor, window.channel, window.depth)))
            for row in [window.row - placed.panel.rows[0]]
            for column in [window.column - placed.panel.columns[0]]
        ]
        while len(self._patches) < len(places):
            self._patches.append(self.canvas.overlay())
        for patch in self._patches[len(places) :]:
            patch.set_visible(False)
        self.frames = []
        for (window, place), patch in zip(places, self._patches, strict=False):
            self._draw_frame(patch, place, window.style)
            self.frames.append((window, patch))

    def _draw_frame(self, patch: PathPatch, place: Rectangle, style: str) -> None:
        is_window = style == "is-window"
        width = METRICS.frame_width if is_window else METRICS.next_frame_width
        accent = self.canvas.theme["accent"]
        patch.set(
            path=shapes.rounded_outline(
                place.expanded(METRICS.frame_overhang - width / 2), METRICS.frame_corner
            ),
            edgecolor=to_rgba(accent, 1.0 if is_window else NEXT_FRAME_ALPHA),
            linestyle="-" if is_window else DASHED,
            visible=True,
            zorder=TOP_OVERLAY if is_window else OVERLAY,
        )
        self.canvas.em.set_line_width(patch, width)
