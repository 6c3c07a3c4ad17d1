"""APNG: an animated PNG, with one colour table or, for very many colours, in true colour.

Source: Portable Network Graphics specification, third edition, W3C.
"""

from __future__ import annotations

import struct
import zlib
from fractions import Fraction
from typing import BinaryIO

import numpy as np
from numpy.typing import NDArray

from convviz.plot.encoders.colour_table import TRANSPARENT, ColourTable, count_colours
from convviz.plot.encoders.encoder import Change, ChangeEncoder, FilmSpec, Pixels

_MOST_TIME = 65_535  # of the two numbers that a frame's time is made of
_MANY_COLOURS = 4096  # as in photographs; for fewer, a table looks no different


class APNG(ChangeEncoder):
    """A film as APNG."""

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        self._sequence = 0
        self._table: ColourTable | None = None
        self._table_at = 0
        super().__init__(file, spec)

    def write(self, change: Change, seconds: float) -> None:
        """One frame, blended over the one before."""
        if change.mask is None:
            self._header(change.pixels)
        lines = self._lines(change)
        height, width = change.pixels.shape[:2]
        time = Fraction(seconds).limit_denominator(min(1000, int(_MOST_TIME // max(1, seconds))))
        is_change = change.mask is not None
        control = (width, height, change.x, change.y, time.numerator, time.denominator)
        self._chunk(b"fcTL", self._number() + struct.pack(">IIIIHHBB", *control, 0, is_change))
        packed = zlib.compress(lines.tobytes(), 6)
        if is_change:
            self._chunk(b"fdAT", self._number() + packed)
        else:
            self._chunk(b"IDAT", packed)

    def end(self) -> None:
        """The last chunk; then the colour table, which is known by now."""
        self._chunk(b"IEND", b"")
        if self._table:
            self.file.seek(self._table_at)
            self._chunk(b"PLTE", self._table.bytes())

    def _header(self, pixels: Pixels) -> None:
        """Everything before the first frame, with room for the colour table."""
        few = count_colours(pixels) <= _MANY_COLOURS
        self.file.write(b"\x89PNG\r\n\x1a\n")
        colour_type = 3 if few else 6
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", *self.spec.size, 8, colour_type, 0, 0, 0))
        self._chunk(b"acTL", struct.pack(">II", self.spec.frames, self.spec.loop))
        if few:
            self._table = ColourTable()
            self._table_at = self.file.tell()
            self._chunk(b"PLTE", self._table.bytes())
            self._chunk(b"tRNS", b"\xff" * TRANSPARENT + b"\0")

    def _lines(self, change: Change) -> NDArray[np.uint8]:
        """The rows of pixels in bytes, each after a 0: no filter."""
        if self._table:
            rows = self._table.change_indices(change)
        else:
            rows = change.transparent.reshape(len(change.pixels), -1)
        return np.pad(rows, ((0, 0), (1, 0)))

    def _number(self) -> bytes:
        """The next sequence number."""
        self._sequence += 1
        return struct.pack(">I", self._sequence - 1)

    def _chunk(self, name: bytes, data: bytes) -> None:
        checksum = zlib.crc32(name + data)
        self.file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", checksum))
