"""The sizes that the browser and matplotlib draw by, from the one file that holds them.

metrics.json is read here for Python, by metrics.js for the browser's modules, and becomes custom
properties for its style sheet. An em is the font size that a layout chooses so that all of it fits.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files

_FILE = files("convviz.scene").joinpath("metrics.json")  # which may be in an archive
_UNITS = {"em": "em", "px": "px", "numbers": ""}


@dataclass(frozen=True)
class Metrics:
    """The sizes of what is drawn; in em where nothing else is said.

    Attributes
    ----------
    cell_height : of a cell; its width follows from its text
    tile_height : of a weight in the kernel, and of the value over it
    tile_gap : between two rows of these
    least_tile_width : of both
    cell_gap : between two cells of a panel
    cell_corner : radius of a cell's corners
    cell_padding : left and right of a cell's text, together
    least_cell_width : of a cell with the shortest text
    character_width : of a monospaced character, as in cells and sums
    heading_character_width : of a character of a tensor's heading, on average
    heading_height : of the line over a tensor's panels
    panel_title_height : of the line over one panel
    panel_gap_across, panel_gap_down : between two panels of a tensor
    tensor_gap_across, tensor_gap_down : between two tensors
    sum_width, sum_height : of the sum beside the kernel, at least
    sum_most_width : of its lines, at most
    total_size : of the total's letters
    board_width, board_height : that a still takes before its letters get smaller
    band_width, band_padding : the line in a group's colour beside a panel, and what parts them
    ring_width : of the edge inside the current output and inside a saturated value
    strike_width : of the line through a value that became 0
    frame_width, next_frame_width : of the window's frame, and of where it goes next
    frame_overhang : how far a frame reaches over the cells in it
    frame_corner : radius of a frame's corners
    axis_pitch, least_axis_pitch : from one cell of the axis view to the next; where room is short
    axis_cell_height, axis_row_height : of its cells, and from one window to the next
    axis_bar_height, axis_gap_height : of the bar under weights, and of the line between them
    axis_dot : diameter of a weight's dot
    axis_label_width : left of the cells
    stage_padding : pixels left and right of all that a stage shows
    sum_line_height, total_line_height : of the sum's lines, and of the total, in em of its letters
    long_total : characters; a longer total is written smaller
    unread_opacity : of a cell that no window reads, 0 … 1
    arrangement_gain : how many times larger the font must be for a less regular arrangement
    column_counts : how many panels of a tensor may stand side by side
    """

    cell_height: float
    tile_height: float
    tile_gap: float
    least_tile_width: float
    cell_gap: float
    cell_corner: float
    cell_padding: float
    least_cell_width: float
    character_width: float
    heading_character_width: float
    heading_height: float
    panel_title_height: float
    panel_gap_across: float
    panel_gap_down: float
    tensor_gap_across: float
    tensor_gap_down: float
    sum_width: float
    sum_height: float
    sum_most_width: float
    total_size: float
    board_width: float
    board_height: float
    band_width: float
    band_padding: float
    ring_width: float
    strike_width: float
    frame_width: float
    next_frame_width: float
    frame_overhang: float
    frame_corner: float
    axis_pitch: float
    least_axis_pitch: float
    axis_cell_height: float
    axis_row_height: float
    axis_bar_height: float
    axis_gap_height: float
    axis_dot: float
    axis_label_width: float
    stage_padding: float
    unread_opacity: float
    sum_line_height: float
    total_line_height: float
    long_total: int
    arrangement_gain: float
    column_counts: tuple[int, ...]


def style_sheet() -> str:
    """The sizes as the custom properties that stage.css draws with: ``--cv-cell-height: 2em``."""
    properties = [
        f"--cv-{name.replace('_', '-')}: {size}{unit};"
        for table, unit in _UNITS.items()
        for name, size in _TABLES[table].items()
    ]
    return f".convviz {{ {' '.join(properties)} }}\n"


_TABLES = json.loads(_FILE.read_text(encoding="utf-8"))
METRICS = Metrics(
    column_counts=tuple(_TABLES["column_counts"]),
    **{name: size for table in _UNITS for name, size in _TABLES[table].items()},
)
