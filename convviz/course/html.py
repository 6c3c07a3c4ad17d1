"""Small HTML tables for notebooks, in the colours of whatever theme they stand in."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_TABLE = "font-family: monospace; font-size: 12px; line-height: 1.4; margin: 4px 0; width: auto"
_TEXT = "font-family: sans-serif"


class Table:
    """Rows of text under a header: an HTML table in a notebook, lines where it is printed."""

    @property
    def header(self) -> Sequence[str]:
        """What stands over the columns."""
        raise NotImplementedError

    @property
    def rows(self) -> Sequence[Sequence[str]]:
        """The cells, row by row."""
        raise NotImplementedError

    def __str__(self) -> str:
        return "\n".join("  ".join(row) for row in (self.header, *self.rows))

    def _repr_html_(self) -> str:
        return html_table(self.rows, header=self.header)


def html_table(
    rows: Sequence[Sequence[str]],
    *,
    caption: str = "",
    header: Sequence[str] = (),
    block: int = 0,
    indices: bool = False,
    wrong: Sequence[Sequence[bool]] = (),
) -> str:
    """A table of numbers as text, aligned to the right.

    Parameters
    ----------
    caption, header : text over the table and over its columns
    block : int
        After every so many rows comes a gap, as between two channels.
    indices : bool
        Whether rows and columns are numbered along the edges, the rows of each block from 0.
    wrong : a flag for each cell
        What is wrong is struck out, so that no colour has to say it.
    """
    lines = []
    if caption:
        lines.append(f'<caption style="text-align: left; {_TEXT}">{escape(caption)}</caption>')
    if indices:
        columns = "".join(_index(n) for n in range(len(rows[0])))
        lines.append(f"<tr><td></td>{columns}</tr>")
    if header:
        heads = "".join(f'<th style="text-align: right; {_TEXT}">{escape(h)}</th>' for h in header)
        lines.append(f"<tr>{heads}</tr>")
    for number, row in enumerate(rows):
        top = 11 if block and number and number % block == 0 else 1
        flags = wrong[number] if wrong else [False] * len(row)
        cells = "".join(_cell(text, flag, top) for text, flag in zip(row, flags, strict=True))
        label = _index(number % block if block else number, top) if indices else ""
        lines.append(f"<tr>{label}{cells}</tr>")
    return f'<table style="{_TABLE}">{"".join(lines)}</table>'


def _index(number: int, top: int = 1) -> str:
    """A row's or a column's number, which is not one of the table's."""
    font = "font-size: 85%; font-weight: normal; font-style: italic"
    style = f"padding: {top}px 6px 1px; text-align: right; {font}; {_TEXT}"
    return f'<th style="{style}">{number}</th>'


def _cell(text: str, wrong: bool, top: int) -> str:
    shown = f"<s>{escape(text)}</s>" if wrong else escape(text)
    style = f"padding: {top}px 6px 1px; text-align: right; white-space: nowrap"
    return f'<td style="{style}">{shown}</td>'
