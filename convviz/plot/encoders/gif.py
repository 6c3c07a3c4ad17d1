"""GIF, with one colour table for all frames, written when all its colours are known.

Source: Graphics Interchange Format, version 89a, and Netscape's extension for loops.
"""

from __future__ import annotations

import struct

from PIL import GifImagePlugin, Image

from convviz.plot.encoders.colour_table import TRANSPARENT, ColourTable
from convviz.plot.encoders.encoder import Change, ChangeEncoder

_TABLE_AT = 13  # bytes, after the header


class GIF(ChangeEncoder):
    """A film as GIF."""

    def begin(self) -> None:
        """The header, with room for the colour table."""
        self.table = ColourTable()
        self.file.write(b"GIF89a" + struct.pack("<HHBBB", *self.spec.size, 0b1111_0111, 0, 0))
        self.file.write(bytes(768))
        if self.spec.loop != 1:
            repeats = max(0, self.spec.loop - 1)
            self.file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0))

    def write(self, change: Change, seconds: float) -> None:
        """One frame; times are in hundredths of a second."""
        image = Image.fromarray(self.table.change_indices(change), "P")
        duration = max(10, round(100 * seconds) * 10)  # in milliseconds
        settings = {"duration": duration, "transparency": TRANSPARENT}
        for part in GifImagePlugin.getdata(image, (change.x, change.y), disposal=1, **settings):
            self.file.write(part)

    def end(self) -> None:
        """Fill in the colour table."""
        self.file.write(b";")
        self.file.seek(_TABLE_AT)
        self.file.write(self.table.bytes())
