"""WebP without loss. Source of the container: developers.google.com, WebP Container."""

from __future__ import annotations

import io
import struct

import numpy as np
from PIL import Image

from convviz.plot.encoders.encoder import Change, ChangeEncoder, Pixels

_PIXEL_CHUNKS = (b"VP8L", b"VP8 ", b"ALPH")


class WebP(ChangeEncoder):
    """A film as WebP."""

    alignment = 2

    def begin(self) -> None:
        """The header, whose length is filled in at the end."""
        width, height = (_three_bytes(side - 1) for side in self.spec.size)
        self.file.write(b"RIFF\0\0\0\0WEBP")
        self._chunk(b"VP8X", b"\x12\0\0\0" + width + height)  # with animation and transparency
        self._chunk(b"ANIM", b"\xff\xff\xff\xff" + struct.pack("<H", self.spec.loop))

    def write(self, change: Change, seconds: float) -> None:
        """One frame, blended over the one before; times are in milliseconds."""
        height, width = change.pixels.shape[:2]
        numbers = (change.x // 2, change.y // 2, width - 1, height - 1, round(1000 * seconds))
        header = b"".join(map(_three_bytes, numbers)) + bytes([0 if change.mask is not None else 2])
        self._chunk(b"ANMF", header + _bitstream(_encode(change.transparent)))

    def end(self) -> None:
        """Fill in the length."""
        length = self.file.tell() - 8
        self.file.seek(4)
        self.file.write(struct.pack("<I", length))

    def _chunk(self, name: bytes, data: bytes) -> None:
        self.file.write(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2))


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _encode(pixels: Pixels) -> bytes:
    """Pixels as a WebP file of their own."""
    file = io.BytesIO()
    image = Image.fromarray(np.ascontiguousarray(pixels), "RGBA")
    image.save(file, "WEBP", lossless=True, quality=40, method=1)
    return file.getvalue()


def _bitstream(file: bytes) -> bytes:
    """The chunks of a WebP file that hold its pixels."""
    kept, start = b"", 12
    while start < len(file):
        name = file[start : start + 4]
        (length,) = struct.unpack("<I", file[start + 4 : start + 8])
        end = start + 8 + length + length % 2
        if name in _PIXEL_CHUNKS:
            kept += file[start:end]
        start = end
    return kept
