"""How many pixels a figure would have as a file, refused before any is drawn."""

from __future__ import annotations

import math
from collections.abc import Generator
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.figure import Figure

from convviz.checks import check_number
from convviz.errors import ArgumentError

LEAST_DPI, MOST_DPI = 1, 10_000
MOST_PIXELS = 89_478_485  # past these, Pillow and others take a picture for an attack
MOST_ACROSS = 16_383  # as in a WebP; a GIF ends at 65,535


def check_dpi(dpi: object) -> float | None:
    """``dpi`` as a float, None for matplotlib's setting; or an ArgumentError."""
    if dpi is None:
        return None
    return check_number("dpi", dpi, least=LEAST_DPI, most=MOST_DPI, remedy="Write dpi=100.")


def check_raster(figure: Figure, dpi: object) -> None:
    """Refuse a figure that has too many pixels at so many an inch, by default matplotlib's.

    Raises
    ------
    ArgumentError
        Naming dpi, or figsize where no dpi was given.
    """
    chosen = check_dpi(dpi)
    setting = mpl.rcParams["savefig.dpi"]
    default = figure.dpi if setting == "figure" else float(setting)
    width, height = (float(side) * (chosen or default) for side in figure.get_size_inches())
    if max(width, height) <= MOST_ACROSS and width * height <= MOST_PIXELS:
        return
    got = f"a picture of {math.ceil(width):,} × {math.ceil(height):,} pixels"
    allowed = f"at most {MOST_PIXELS:,} pixels, {MOST_ACROSS:,} across and down"
    remedy = "Choose a smaller dpi or figsize, or save an SVG or PDF."
    raise ArgumentError("figsize" if chosen is None else "dpi", got, allowed, remedy)


@contextmanager
def refusing_tiny_text() -> Generator[None]:
    """Turn FreeType's refusal of letters smaller than a pixel into an ArgumentError."""
    try:
        yield
    except RuntimeError as error:
        if "FT_" not in str(error):
            raise
        allowed, remedy = "letters of a pixel or more", "Choose a larger dpi or figsize."
        raise ArgumentError("dpi", "letters too small to draw", allowed, remedy) from None
