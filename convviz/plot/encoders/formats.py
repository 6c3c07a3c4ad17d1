"""The file formats of a film: a row each, with its encoder."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from convviz.checks import check_choice
from convviz.errors import ArgumentError
from convviz.plot.encoders import mp4
from convviz.plot.encoders.apng import APNG
from convviz.plot.encoders.encoder import Encoder
from convviz.plot.encoders.gif import GIF
from convviz.plot.encoders.webp import WebP


@dataclass(frozen=True)
class FilmFormat:
    """A file format.

    Attributes
    ----------
    name : the ending of its files
    encoder : Encoder
    most_fps : frames per second up to which browsers keep time; None for any
    requirement : raises an ArgumentError if something is missing that it takes
    """

    name: str
    encoder: type[Encoder]
    most_fps: float | None = None
    requirement: Callable[[], object] | None = None

    def check(self, fps: float) -> None:
        """Refuse what cannot be written, before any frame is drawn.

        Raises
        ------
        ArgumentError
            If something is missing that it takes, or for too many frames per second.
        """
        if self.requirement is not None:
            self.requirement()
        if self.most_fps is not None and fps > self.most_fps:
            raise ArgumentError(
                "fps",
                f"{fps:g} for a {self.name.upper()}",
                f"at most {self.most_fps:g}: browsers slow down what is faster",
                "Save a .webp or .mp4, or film every other step, steps=range(0, n, 2).",
            )


_TABLE = (
    FilmFormat("gif", GIF, most_fps=50),
    FilmFormat("mp4", mp4.MP4, requirement=mp4.ffmpeg),
    FilmFormat("webp", WebP),
    FilmFormat("png", APNG),
    FilmFormat("apng", APNG),
)
FILM_FORMATS = {row.name: row for row in _TABLE}


def film_format(name: str) -> FilmFormat:
    """The format of this name.

    Raises
    ------
    ArgumentError
        For another name.
    """
    return FILM_FORMATS[check_choice("format", name, FILM_FORMATS)]
