"""The still of what a widget shows, as a PNG.

A part of its own draws each view: `board` cells and images, `mosaics` many channels, `matrices` the
axes. What a lesson asks for is left out (hidden.py).
"""

from __future__ import annotations

import math
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from convviz.parameters import STORED
from convviz.poster.board import board
from convviz.poster.hidden import Hidden
from convviz.poster.matrices import matrices
from convviz.poster.mosaics import mosaics
from convviz.poster.parts import Line, Part, Under, in_columns
from convviz.poster.pen import DENSITY, Pen
from convviz.scene.metrics import METRICS
from convviz.scene.scene import Scene

MARGIN = 0.8
WIDTH, LARGEST_EM, READABLE_EM, LEAST_EM = 944.0, 13.0, 9.0, 5.0  # pixels of the page
HEADING_GAP, GAP_DOWN = 0.3, 1.0
LEAST_WIDTH = 50.0  # em of the line of parameters
LETTER = 0.57  # em of a parameter's


@dataclass(frozen=True)
class Poster:
    """A still.

    Attributes
    ----------
    png : the file
    width : pixels of the page that it is to take
    alt : what it shows, in words
    """

    png: bytes
    width: int
    alt: str


@dataclass(frozen=True, eq=False)
class Shown:
    """A scene as a stage shows it, and the words above it.

    ``view`` is "axes", or empty for what suits the scene.
    """

    scene: Scene
    heading: str = ""
    step: int = 0
    predict: Mapping[str, object] | None = None
    view: str = ""


def poster(shown: Sequence[Shown]) -> Poster:
    """The still of one scene, or of several side by side."""
    parts = [_part(each, alone=len(shown) == 1) for each in shown]
    whole = parts[0] if len(parts) == 1 else _side_by_side(parts)
    width, height = whole.width + 2 * MARGIN, whole.height + 2 * MARGIN
    em = max(LEAST_EM, min(LARGEST_EM, WIDTH / width))
    pen = Pen(width, height, em)
    whole.draw(pen, MARGIN, MARGIN)
    alt = " ".join(_alt(each) for each in shown)
    return Poster(pen.png(alt), math.ceil(pen.image.width / DENSITY), alt)


def _side_by_side(parts: Sequence[Part]) -> Part:
    """As many in a row as leave letters that can be read."""
    found: Part = Under(parts, GAP_DOWN)
    for columns in range(2, len(parts) + 1):
        row = in_columns(parts, columns, METRICS.tensor_gap_across, GAP_DOWN)
        if row.width + 2 * MARGIN > WIDTH / READABLE_EM:
            break
        found = row
    return found


def _part(shown: Shown, *, alone: bool) -> Part:
    scene, step = shown.scene, shown.scene.step(shown.step)
    hidden = Hidden.by(scene, shown.step, shown.predict or {})
    if shown.view == "axes":
        body: Part = matrices(scene.axis_views)
    elif scene.view == "channels":
        body = mosaics(scene, step, hidden)
    else:
        body = board(scene, step, hidden)
    lines: list[Part] = []
    if shown.heading:
        lines.append(Line(shown.heading, face="Sans-Bold"))
    elif alone and not hidden.kernel:
        words = " · ".join(_parameters(scene))
        most = int(max(LEAST_WIDTH, body.width) / LETTER)
        lines += [Line(line, face="SansMono", size=0.92) for line in textwrap.wrap(words, most)]
    return Under([*lines, body], HEADING_GAP)


def _parameters(scene: Scene) -> Iterator[str]:
    """Those of the layer that are not what they are by default."""
    for row in STORED:
        value = scene.run.settings[row.name]
        plain = {*value} == {row.default} if isinstance(value, tuple) else value == row.default
        if not plain:
            yield f"{row.name} = {getattr(value, 'name', value)}"


def _alt(shown: Shown) -> str:
    hidden = Hidden.by(shown.scene, shown.step, shown.predict or {})
    if hidden == Hidden():
        return shown.scene.step(shown.step).alt
    return ", ".join(shown.scene.titles[tensor] for tensor in ("input", "kernel"))
