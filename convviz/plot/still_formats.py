"""The file formats of a still: what matplotlib has to be told to write each well.

A format is one row of the table.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.figure import Figure

from convviz.errors import ArgumentError, short
from convviz.language.catalogue import say


def _as_written(content: bytes, _alt: str) -> bytes:
    return content


def _name_drawing(content: bytes, alt: str) -> bytes:
    """Give an SVG its alternative text as the name of the whole drawing."""
    tag = f'<svg role="img" aria-label={quoteattr(alt)} '
    return content.decode().replace("<svg ", tag, 1).encode()


@dataclass(frozen=True)
class StillFormat:
    """A file format.

    Attributes
    ----------
    name : the ending of its files, which matplotlib knows it by
    alt_key : the field of its metadata for the alternative text
    has_title : whether its metadata have a title, too
    metadata : more of them; None leaves out what matplotlib would write
    finish : makes the file of what matplotlib writes and the alternative text
    """

    name: str
    alt_key: str
    has_title: bool = True
    metadata: dict[str, str | None] = field(default_factory=dict)
    finish: Callable[[bytes, str], bytes] = _as_written

    def encode(self, figure: Figure, alt: str, *, dpi: float | None, page: str) -> bytes:
        """The figure as a file; letters stay letters, an image stays itself.

        Parameters
        ----------
        dpi : pixels an inch; None for the figure's
        page : the page's colour; "auto" for the figure's
        """
        metadata = {self.alt_key: alt, **self.metadata}
        if self.has_title:
            metadata["Title"] = say("plot.title")
        file = io.BytesIO()
        with mpl.rc_context(
            {
                "svg.fonttype": "none",
                "svg.hashsalt": "convviz",
                "pdf.fonttype": 42,
                "image.composite_image": False,
            }
        ):
            dots = "figure" if dpi is None else dpi
            figure.savefig(file, format=self.name, dpi=dots, facecolor=page, metadata=metadata)
        return self.finish(file.getvalue(), alt)


_TABLE = (
    # Without the date, the same picture is the same file.
    StillFormat("svg", "Description", metadata={"Date": None}, finish=_name_drawing),
    StillFormat("pdf", "Subject"),
    StillFormat("png", "Description", has_title=False),
)
STILL_FORMATS = {row.name: row for row in _TABLE}


def still_format(name: str) -> StillFormat:
    """The format of this name.

    Raises
    ------
    ArgumentError
        For another name.
    """
    if name not in STILL_FORMATS:
        allowed = ", ".join(STILL_FORMATS)
        raise ArgumentError("format", short(name), allowed, "Use one of these.")
    return STILL_FORMATS[name]
