"""One spatial axis with all its windows, as a matrix: a column a cell, a row an output.

Which cell a weight meets, what a cell is, and how often it is read are geometry's. Decided here are
what of a long axis is shown, what is said about it, and whether it has values: with one row of data
it is the picture of a 1-D convolution. Draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, TypedDict

import numpy as np

from convviz.geometry import Axis, Kind
from convviz.language.catalogue import say
from convviz.parameters import PADDING_ND, POST_PADDING, PRE_PADDING, PaddingMode
from convviz.scene import captions, decimals
from convviz.scene.panels import LETTERS

if TYPE_CHECKING:
    from convviz.scene.scene import Scene

# Of longer axes the ends are shown, with a break between them.
MOST_CELLS, FIRST_CELLS, LAST_CELLS = 30, 20, 9
MOST_WINDOWS, FIRST_WINDOWS, LAST_WINDOWS = 12, 8, 3
MOST_NAMED = 4  # cells; of more only the count is said
MOST_CHARACTERS, FEW_PLACES = 7, 3  # of a value; longer ones are rounded to so many decimals


class WindowMessage(TypedDict):
    """A row: the cells from ``first`` to ``last`` are under the window, gaps included."""

    output: int
    first: int
    last: int
    taps: list[tuple[int, int]]
    text: str


class AxisViewMessage(TypedDict):
    """The matrix of one axis; null in a column's or a row's place is a break."""

    number: int
    name: str
    label: str
    words: str
    note: str
    fixed: dict[str, str]
    stride: int
    dilation: int
    pre: int
    post: int
    columns: list[int | None]
    kinds: str
    counts: list[int]
    texts: list[str]
    windows: list[WindowMessage | None]
    classes: list[str]


class AxesBlock(TypedDict):
    """The axes of one layer, under what is different in it."""

    heading: str
    axes: list[AxisViewMessage]


class AxesMessage(TypedDict):
    """The axes of one layer, or of one with a parameter (``varied``) at several values."""

    blocks: list[AxesBlock]
    varied: str


@dataclass(frozen=True)
class Window:
    """One output's window: ``taps`` are its pairs of weight and cell, as far as the cell is shown.

    ``text`` is the output's value, or empty.
    """

    output: int
    first: int
    last: int
    taps: tuple[tuple[int, int], ...]
    text: str = ""


@dataclass(frozen=True, eq=False)
class AxisView:
    """The matrix of one axis.

    Attributes
    ----------
    axis : Axis
    number : int
        Which spatial axis of the layer it is.
    words : str
        The size formula, and what is to be noticed.
    note : str
        What the values are, where that has to be said.
    fixed : {parameter: words}
        Paddings that setting does not change, and why.
    columns : the cells' indices, None at a break
    kinds, counts : what each cell is, and how often it is read; DATA and 0 at a break
    texts : the cells' values, or empty
    windows : the rows, None at a break
    classes : the style class of each weight
    """

    axis: Axis
    number: int
    words: str
    note: str
    fixed: dict[str, str]
    columns: tuple[int | None, ...]
    kinds: tuple[Kind, ...]
    counts: tuple[int, ...]
    texts: tuple[str, ...]
    windows: tuple[Window | None, ...]
    classes: tuple[str, ...]

    @property
    def label(self) -> str:
        """The axis in the reader's language."""
        return captions.axis_name(self.axis)

    def message(self) -> AxisViewMessage:
        """The matrix as JSON, with one letter for each kind."""
        axis = self.axis
        return {
            "number": self.number,
            "name": axis.name,
            "label": self.label,
            "words": self.words,
            "note": self.note,
            "fixed": self.fixed,
            "stride": axis.stride,
            "dilation": axis.dilation,
            "pre": axis.pre,
            "post": axis.post,
            "columns": list(self.columns),
            "kinds": "".join(LETTERS[kind] for kind in self.kinds),
            "counts": list(self.counts),
            "texts": list(self.texts),
            "windows": [None if each is None else _window_message(each) for each in self.windows],
            "classes": list(self.classes),
        }


def _window_message(window: Window) -> WindowMessage:
    return {
        "output": window.output,
        "first": window.first,
        "last": window.last,
        "taps": list(window.taps),
        "text": window.text,
    }


def axis_views(scene: Scene) -> list[AxisView]:
    """The matrices of a scene's axes; a height or a depth that is not used has none."""
    axes = scene.geometry.axes
    used = [n for n, axis in enumerate(axes) if not _is_flat(axis)]
    return [_view(scene, n) for n in used or [len(axes) - 1]]


def second_step(scene: Scene) -> int:
    """The step whose row is the second along each axis: there the stride is seen."""
    position = (0, *(min(1, axis.output - 1) for axis in scene.geometry.axes))
    return int(np.ravel_multi_index(position, scene.output.shape))


def _is_flat(axis: Axis) -> bool:
    """Whether there is but one cell, one weight and one output: the height of a 1-D layer."""
    return axis.size == axis.kernel == axis.output == len(axis.cells) == 1


def _view(scene: Scene, number: int) -> AxisView:
    axis = scene.geometry.axes[number]
    columns, shown = shown_columns(axis), shown_windows(axis)
    has_values = all(_is_flat(each) for n, each in enumerate(scene.geometry.axes) if n != number)
    return AxisView(
        axis=axis,
        number=number,
        words=_words(axis, scene.mode, _explicit(scene, number)),
        note=_note(scene) if has_values else "",
        fixed=_fixed(scene.mode),
        columns=columns,
        kinds=tuple(Kind.DATA if i is None else axis.kind(i) for i in columns),
        counts=tuple(0 if i is None else axis.counts[i + axis.pre] for i in columns),
        texts=_cell_texts(scene, columns) if has_values else (),
        windows=_windows(axis, shown, columns, scene if has_values else None),
        classes=_classes(scene, number),
    )


# What of an axis is shown


def shown_columns(axis: Axis) -> tuple[int | None, ...]:
    """The cells to show: all, or the first ones, a break (None), and the last ones."""
    cells = axis.cells
    if len(cells) <= MOST_CELLS:
        return tuple(cells)
    return (*cells[:FIRST_CELLS], None, *cells[-LAST_CELLS:])


def shown_windows(axis: Axis) -> tuple[int | None, ...]:
    """The outputs to show: all, or the first ones, a break (None), and the last ones.

    At a break of the columns few windows are shown that cannot be seen: the second, for the stride.
    """
    first, last = list(range(axis.output)), []
    if len(axis.cells) > MOST_CELLS:
        head, tail = axis.cells[FIRST_CELLS - 1], axis.cells[-LAST_CELLS]
        last = [o for o in first[2:] if axis.index(o, 0) >= tail] or first[2:][-1:]
        seen = (o for o in first if o < 2 or axis.index(o, axis.kernel - 1) <= head)
        first = sorted(set(seen) - set(last))
    elif axis.output > MOST_WINDOWS:
        first, last = first[:FIRST_WINDOWS], first[-LAST_WINDOWS:]
    first, last = first[:FIRST_WINDOWS] if last else first, last[-LAST_WINDOWS:]
    hidden = axis.output - len(first) - len(last)
    return (*first, *([None] if hidden else []), *last)


def _windows(
    axis: Axis,
    outputs: Sequence[int | None],
    columns: Sequence[int | None],
    scene: Scene | None,
) -> tuple[Window | None, ...]:
    """The rows; with a scene, each with its value."""
    shown = set(columns)
    rows: list[Window | None] = []
    for output in outputs:
        if output is None:
            rows.append(None)
            continue
        cells = axis.table[output]
        taps = tuple((tap, cell) for tap, cell in enumerate(cells) if cell in shown)
        text = "" if scene is None else decimals.text(scene.output.flat[output])
        rows.append(Window(output, cells[0], cells[-1], taps, text))
    return tuple(rows)


def _cell_texts(scene: Scene, columns: Sequence[int | None]) -> tuple[str, ...]:
    """The values of the first channel, rounded where they are long; padding is 0."""
    values = scene.values[0].reshape(-1)
    inside = [i for i in columns if i is not None and 0 <= i < len(values)]
    texts = decimals.texts(values[inside])
    if max(map(len, texts), default=0) > MOST_CHARACTERS:
        texts = decimals.texts(values[inside], FEW_PLACES)
    known = dict(zip(inside, texts, strict=True))
    return tuple("" if i is None else known.get(i, "0") for i in columns)


def _classes(scene: Scene, number: int) -> tuple[str, ...]:
    """Each weight's class: along the width the first row's, along the height the first column's.

    All depths of a kernel have the same colours.
    """
    *_, height, width = scene.geometry.axes
    classes, axis = scene.weight_classes, scene.geometry.axes[number]
    if axis is width:
        return tuple(classes[: width.kernel])
    return tuple(classes[:: width.kernel]) if axis is height else (classes[0],) * axis.kernel


# What is said


def _words(axis: Axis, mode: PaddingMode, explicit: tuple[int, int]) -> str:
    """The size formula, and what is to be noticed, in one line."""
    formula = captions.size_formula(axis, mode, plain=True)
    parts = [say("captions.axis_view.outputs", formula=formula, count=axis.output)]
    if mode.is_same:
        parts.append(say("captions.axis_view.sides", pre=axis.pre, post=axis.post))
        if axis.pre == axis.post:
            parts.append(say("captions.axis_view.agree"))
    elif mode.is_caffe:
        pre, post = explicit
        like = PaddingMode[mode.name.replace("CAFFE", "EXPLICIT")].name
        words = {"mode": like, "pre": pre, "post": post}
        key = "equals" if pre == post else "one_value"
        parts.append(say(f"captions.axis_view.{key}", **words))
    if axis.beyond:
        parts.append(say("captions.axis_view.beyond", count=axis.beyond))
    if unread := [i for i in range(axis.size) if not axis.counts[i + axis.pre]]:
        parts.append(_unread(unread))
    return "; ".join(parts)


def _unread(cells: list[int]) -> str:
    """Which cells of the data no window reads."""
    is_run = all(right == left + 1 for left, right in pairwise(cells))
    if len(cells) > 2 and is_run:
        return say("captions.axis_view.unread_run", first=cells[0], last=cells[-1])
    if len(cells) > MOST_NAMED:
        return say("captions.axis_view.unread_many", count=len(cells))
    return say("captions.axis_view.unread", cells=", ".join(map(str, cells)), count=len(cells))


def _explicit(scene: Scene, number: int) -> tuple[int, int]:
    """The padding that is set for an axis, whatever the mode makes of it."""
    pre, post = (scene.run.settings[row.name] for row in (PRE_PADDING, POST_PADDING))
    assert isinstance(pre, tuple)
    assert isinstance(post, tuple)
    return pre[number], post[number]


def _fixed(mode: PaddingMode) -> dict[str, str]:
    """By parameter, why setting it changes nothing."""
    if mode.is_same:
        words = say("captions.axis_view.same_decides", mode=mode.name)
        return {row.name: words for row in (PADDING_ND, PRE_PADDING, POST_PADDING)}
    if mode.is_caffe:
        return {POST_PADDING.name: say("captions.axis_view.caffe_decides", mode=mode.name)}
    return {}


def _note(scene: Scene) -> str:
    """Which channel and map the values are of, where there are several."""
    g = scene.geometry
    if g.channels == 1 and g.maps == 1:
        return ""
    if g.group_channels == 1:
        return say("captions.axis_view.first_pair", channels=g.channels, maps=g.maps)
    return say(
        "captions.axis_view.first_of_several",
        channels=g.channels,
        maps=g.maps,
        count=g.group_channels,
    )
