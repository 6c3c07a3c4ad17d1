"""The file formats of a still, a row each, with what matplotlib must be told to write it well."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.figure import Figure

from convviz.checks import check_choice
from convviz.language.catalogue import say


def _as_written(content: bytes, _alt: str) -> bytes:
    return content


def _name_drawing(content: bytes, alt: str) -> bytes:
    """Make the alternative text the accessible name of an SVG."""
    tag = f'<svg role="img" aria-label={quoteattr(alt)} '
    return content.decode().replace("<svg ", tag, 1).encode()


@dataclass(frozen=True, eq=False)
class StillFormat:
    """A file format.

    Attributes
    ----------
    name : the ending of its files, as matplotlib knows it
    alt_key : the field of the metadata that has the alternative text
    has_title : whether the metadata have a title
    is_raster : whether it is made of pixels
    metadata : other fields; None leaves one out that matplotlib would write
    finish : turns what matplotlib wrote, with the alternative text, into the file
    """

    name: str
    alt_key: str
    has_title: bool = True
    is_raster: bool = False
    metadata: dict[str, str | None] = field(default_factory=dict)
    finish: Callable[[bytes, str], bytes] = _as_written

    def encode(self, figure: Figure, alt: str, *, dpi: float | None, page: str) -> bytes:
        """The figure as a file, with text as text, and each tensor's image by itself.

        Parameters
        ----------
        dpi : pixels per inch; None for the figure's
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
    StillFormat("png", "Description", has_title=False, is_raster=True),
)
STILL_FORMATS = {row.name: row for row in _TABLE}


def still_format(name: str) -> StillFormat:
    """The format of this name.

    Raises
    ------
    ArgumentError
        For another name.
    """
    return STILL_FORMATS[check_choice("format", name, STILL_FORMATS)]
