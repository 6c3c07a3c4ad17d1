"""A model's convolutions as a table: for a notebook in HTML, for a terminal in lines."""

from __future__ import annotations

import math
import shlex
from collections.abc import Sequence
from html import escape
from typing import TYPE_CHECKING

from convviz.geometry import Geometry
from convviz.language.catalogue import say
from convviz.models.convolution import Convolution
from convviz.network.facts import multiply_adds, padding
from convviz.network.values import DYNAMIC

if TYPE_CHECKING:
    from convviz.models.model import Model

COLUMNS = (
    "number", "name", "operator", "input", "weights", "output", "stride", "padding", "dilation",
    "groups", "parameters", "multiply_adds", "receptive_field",
)  # fmt: skip
WORDS = {"name", "operator", "reason"}  # columns of text, aligned to the left
_TABLE = "font-size: 12px; line-height: 1.4; margin: 4px 0; width: auto; white-space: nowrap"
_HEAD = "white-space: normal; vertical-align: bottom"
_CAPTION = "margin: 4px 0"
_ROOM = "max-width: 100%; max-height: 22em; overflow: auto"  # a long table scrolls


def as_text(model: Model, path: str = "") -> str:
    """The table in lines, its columns under one another.

    ``path`` is that of the file, where the table is a command's.
    """
    rows = [_header(COLUMNS), *_rows(model)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [_caption(model, path), ""] + [
        "  ".join(
            text.ljust(width) if name in WORDS else text.rjust(width)
            for name, text, width in zip(COLUMNS, row, widths, strict=True)
        ).rstrip()
        for row in rows
    ]
    lines += ["", *_remarks(model)]
    if model.not_shown:
        lines += ["", say("models.not_shown", count=len(model.not_shown))]
        lines += [f"  {each.name} ({each.operator}): {each.reason}" for each in model.not_shown]
    return "\n".join(lines)


def as_html(model: Model) -> str:
    """The table with a caption and header cells, in the colours of whatever it stands in."""
    opened = [each.kernel is not None for each in model.convolutions]
    caption, columns, rows = _caption(model), list(COLUMNS), _rows(model)
    if len({each.operator for each in model.convolutions}) <= 1:  # which tells nothing apart
        columns.remove("operator")
        rows = [[text for name, text in zip(COLUMNS, row, strict=True) if name in columns]
                for row in rows]  # fmt: skip
    table = _table(caption, columns, rows, row_header="name", opened=opened)
    shown = f'<p style="{_CAPTION}">{escape(caption)}</p>{table}'
    remarks = "".join(f"<p>{escape(each)}</p>" for each in _remarks(model))
    if not model.not_shown:
        return f"<div>{shown}{remarks}</div>"
    caption = say("models.not_shown", count=len(model.not_shown))
    rows = [[each.name, each.operator, each.reason] for each in model.not_shown]
    others = _table(caption, ("name", "operator", "reason"), rows, row_header="name")
    unfolded = f"<details><summary>{escape(caption)}</summary>{others}</details>"
    return f"<div>{shown}{remarks}{unfolded}</div>"


def _table(
    caption: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    row_header: str,
    opened: Sequence[bool] = (),
) -> str:
    """A table; the rows of layers that can be ``opened`` have the layer's number."""
    heads = "".join(
        f'<th scope="col" style="{_style(name)}; {_HEAD}">{escape(text)}</th>'
        for name, text in zip(columns, _header(columns), strict=True)
    )
    lines = []
    for number, row in enumerate(rows):
        cells = ""
        for name, text in zip(columns, row, strict=True):
            tag, scope = ("th", ' scope="row"') if name == row_header else ("td", "")
            cells += f'<{tag}{scope} style="{_style(name)}" {_heading(name)}>{escape(text)}</{tag}>'
        layer = f' data-layer="{number}"' if number < len(opened) and opened[number] else ""
        lines.append(f"<tr{layer}>{cells}</tr>")
    return (
        f'<div style="{_ROOM}"><table style="{_TABLE}" aria-label="{escape(caption)}">'
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def _style(column: str) -> str:
    side = "left" if column in WORDS else "right"
    return f"text-align: {side}; padding: 1px 5px"


def _heading(column: str) -> str:
    """What tells a cell's column where cells stand under one another (browser/model_table.css)."""
    return f'data-heading="{escape(say(f"models.columns.{column}"))}"'


def _header(columns: Sequence[str]) -> list[str]:
    return [say(f"models.columns.{name}") for name in columns]


def _caption(model: Model, path: str = "") -> str:
    """What the model is called, and how a layer of it is opened."""
    caption = say("models.caption", name=model.name, count=len(model))
    if not model.convolutions:
        return caption
    example = model.convolutions[0].name
    if path:
        how = say("models.open_command", path=shlex.quote(path), example=shlex.quote(example))
    else:
        how = say("models.open_python", example=repr(example))
    return f"{caption} {how}"


def _remarks(model: Model) -> list[str]:
    """The totals, and what is different here from the model, with the rows it is said of."""
    known = [_multiply_adds(each) for each in model.convolutions]
    found = []
    if known:
        adds = "—" if None in known else f"{sum(n for n in known if n is not None):,}"
        count = f"{sum(each.parameters for each in model.convolutions):,}"
        found.append(say("models.total", parameters=count, multiply_adds=adds))
    rows: dict[str, list[int]] = {}
    for number, each in enumerate(model.convolutions):
        for note in each.notes:
            rows.setdefault(note, []).append(number)
    found += [
        say("models.of_rows", rows=_ranges(numbers), note=note) for note, numbers in rows.items()
    ]
    return found


def _ranges(numbers: Sequence[int]) -> str:
    """Numbers in rising order, "0, 2–5"."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and parts[-1][1] == number - 1:
            parts[-1][1] = number
        else:
            parts.append([number, number])
    return ", ".join(str(a) if a == b else f"{a}–{b}" for a, b in parts)


# One row


def _rows(model: Model) -> list[list[str]]:
    return [_row(number, each) for number, each in enumerate(model.convolutions)]


def _row(number: int, convolution: Convolution) -> list[str]:
    geometry = convolution.open_geometry
    settings = convolution.settings
    rank = len(convolution.kernel_shape) - 2
    ones = (1,) * rank
    adds = _multiply_adds(convolution)
    return [
        str(number),
        convolution.name,
        convolution.operator,
        _sizes(convolution.shape[-rank - 1 :]),
        _sizes(convolution.kernel_shape),
        _sizes((convolution.kernel_shape[0], *_output(convolution, rank))),
        _per_axis(settings.get("stride_nd") or ones),
        _padding(convolution, geometry),
        _per_axis(settings.get("dilation_nd") or ones),
        str(settings.get("num_groups", 1)),
        f"{convolution.parameters:,}",
        say("models.unknown") if adds is None else f"{adds:,}",
        _field(convolution),
    ]


def _multiply_adds(convolution: Convolution) -> int | None:
    if DYNAMIC in convolution.shape[1:]:
        return None
    return multiply_adds(convolution.model_geometry)


def _output(convolution: Convolution, rank: int) -> tuple[int, ...]:
    """The output's sizes; -1 where the input's is not known."""
    geometry = convolution.open_geometry
    if geometry is None:
        return (DYNAMIC,) * rank
    sizes = convolution.shape[-rank:]
    return tuple(
        DYNAMIC if size == DYNAMIC else axis.output
        for size, axis in zip(sizes, geometry.axes, strict=True)
    )


def _sizes(sizes: Sequence[int]) -> str:
    return "×".join("?" if size == DYNAMIC else str(size) for size in sizes)


def _per_axis(numbers: Sequence[int]) -> str:
    """One number where all are alike."""
    return str(numbers[0]) if len(set(numbers)) == 1 else "×".join(map(str, numbers))


def _padding(convolution: Convolution, geometry: Geometry | None) -> str:
    """The padding as resolved, before and after each axis where they differ."""
    if geometry is None:
        return convolution.padding_mode.name
    sides = padding(geometry)
    if all(before == after for before, after in sides):
        return _per_axis([before for before, _ in sides])
    return "×".join(f"{before}|{after}" for before, after in sides)


def _field(convolution: Convolution) -> str:
    seen = convolution.receptive_field
    if seen is None:
        return say("models.unknown")
    if all(map(math.isinf, seen)):
        return say("models.all")
    return "×".join(say("models.all") if math.isinf(size) else str(size) for size in seen)
