"""Moving pictures as files: GIF, APNG, WebP and MP4, frame by frame as they are drawn.

An encoder takes whole frames and keeps what differs from the one before: a rectangle in which
everything that stayed is transparent. Containers are written here, since Pillow's own want all
frames at once; Pillow, which comes with matplotlib, packs the pixels. MP4 goes to ffmpeg by a pipe.
"""

from __future__ import annotations

import contextlib
import io
import shutil
import struct
import subprocess
import tempfile
import zlib
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import BinaryIO

import numpy as np
from PIL import GifImagePlugin, Image

from convviz.errors import ArgumentError

TRANSPARENT = 255  # the palette's last place
FASTEST_GIF = 50  # frames a second: browsers slow down what is faster


@dataclass(frozen=True)
class Change:
    """What is new in a frame: a rectangle, and which of its pixels changed.

    ``pixels`` (height, width, 4) are RGBA in bytes; ``mask`` (height, width) is None for a whole
    new picture.
    """

    x: int
    y: int
    pixels: np.ndarray
    mask: np.ndarray | None


class Encoder:
    """Writes one moving picture to an open file.

    Parameters
    ----------
    file : open for writing, from the start
    size : (width, height) in pixels
    count : how many frames there will be
    loop : how often to play; 0 for without end
    """

    even = False  # whether a rectangle's corner has to be even

    def __init__(self, file: BinaryIO, size: tuple[int, int], count: int, loop: int) -> None:
        self.file, self.size, self.count, self.loop = file, size, count, loop
        self._before: np.ndarray | None = None
        self.begin()

    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Take one frame: an array (height, width, 4) of RGBA bytes, left alone from now on."""
        self.write(self._change(frame), seconds)

    def _change(self, frame: np.ndarray) -> Change:
        now = frame.view(np.uint32)[..., 0]
        before, self._before = self._before, now
        if before is None:
            return Change(0, 0, frame, None)
        mask = now != before
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, bottom = (rows[0], rows[-1] + 1) if rows.size else (0, 1)
        left, right = (columns[0], columns[-1] + 1) if columns.size else (0, 1)
        if self.even:
            top, left = top // 2 * 2, left // 2 * 2
        part = slice(top, bottom), slice(left, right)
        return Change(int(left), int(top), frame[part], mask[part])

    def begin(self) -> None:
        """Write what comes before the first frame."""

    def write(self, change: Change, seconds: float) -> None:
        """Write one frame."""
        raise NotImplementedError

    def end(self) -> None:
        """Write what comes after the last frame."""


class Palette:
    """At most 255 colours, which fill up as they come; the rest take the nearest.

    Colours count as one where their first six bits are the same, which nobody sees. The edges of
    letters have thousands: once places get few, they are kept for what fills an area.
    """

    _AREA = 100  # pixels

    def __init__(self) -> None:
        self._colours = np.zeros((256, 3), np.uint8)
        self._count = 0
        self._places = np.full(1 << 18, TRANSPARENT, np.uint8)  # by the bits; as yet unknown

    def indices(self, pixels: np.ndarray) -> np.ndarray:
        """The place of each pixel (…, 4) of RGBA bytes."""
        keys = _keys(pixels)
        if not self._count:
            self._begin(pixels, keys)
        places = self._places[keys]
        unknown = places == TRANSPARENT
        if unknown.any():
            found = np.unique(keys[unknown], return_index=True, return_counts=True)
            self._learn(pixels[unknown][:, :3], *found)
            places = self._places[keys]
        return places

    def bytes(self) -> bytes:
        """Red, green and blue of 256 places."""
        return self._colours.tobytes()

    def _learn(
        self, colours: np.ndarray, keys: np.ndarray, first: np.ndarray, counts: np.ndarray
    ) -> None:
        """Give new colours a place; ``first`` says where each of ``keys`` is in ``colours``."""
        order = np.argsort(counts)[::-1]
        if self._count + len(keys) > TRANSPARENT:
            order = order[counts[order] >= self._AREA]
        self._take(keys[order], colours[first[order]])
        rest = np.flatnonzero(self._places[keys] == TRANSPARENT)
        known = self._colours[: self._count].astype(np.int32)
        for start in range(0, len(rest), 4096):  # a photograph has many
            some = rest[start : start + 4096]
            apart = colours[first[some], None].astype(np.int32) - known
            self._places[keys[some]] = (apart**2).sum(axis=-1).argmin(axis=-1)

    def _take(self, keys: np.ndarray, colours: np.ndarray) -> None:
        """Use up places, while there are any."""
        room = min(TRANSPARENT - self._count, len(keys))
        taken = slice(self._count, self._count + room)
        self._colours[taken] = colours[:room]
        self._places[keys[:room]] = np.arange(taken.start, taken.stop)
        self._count += room

    def _begin(self, pixels: np.ndarray, keys: np.ndarray) -> None:
        """Where there are too many: the most frequent as they are, a choice among the others."""
        counts = np.bincount(keys.reshape(-1), minlength=1 << 18)
        if np.count_nonzero(counts) <= TRANSPARENT:
            return
        frequent = np.argsort(counts)[::-1][:64]
        flat = pixels.reshape(-1, 4)
        at = [np.argmax(keys.reshape(-1) == key) for key in frequent]
        self._take(frequent, flat[at, :3])
        sample = np.ascontiguousarray(flat[:: max(1, keys.size // 100_000), :3])
        chosen = Image.fromarray(sample[None]).quantize(128, Image.Quantize.MEDIANCUT)
        mixed = np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)[:128]
        mixed_keys, first = np.unique(_keys(mixed), return_index=True)
        new = self._places[mixed_keys] == TRANSPARENT
        self._take(mixed_keys[new], mixed[first[new]])


def _keys(pixels: np.ndarray) -> np.ndarray:
    """The first six bits of red, green and blue in one number."""
    red, green, blue = (pixels[..., n].astype(np.int32) >> 2 for n in range(3))
    return red << 12 | green << 6 | blue


class GIF(Encoder):
    """One palette for all frames, written when all its colours are known."""

    def begin(self) -> None:
        """Leave room for the palette."""
        self.palette = Palette()
        self.file.write(b"GIF89a" + struct.pack("<HHBBB", *self.size, 0b1111_0111, 0, 0))
        self.file.write(bytes(768))
        if self.loop != 1:
            repeats = max(0, self.loop - 1)
            self.file.write(b"!\xff\x0bNETSCAPE2.0\x03\x01" + struct.pack("<HB", repeats, 0))

    def write(self, change: Change, seconds: float) -> None:
        """One frame, in hundredths of a second."""
        image = Image.fromarray(_indexed(self.palette, change), "P")
        settings = {"duration": max(10, round(100 * seconds) * 10), "transparency": TRANSPARENT}
        for part in GifImagePlugin.getdata(image, (change.x, change.y), disposal=1, **settings):
            self.file.write(part)

    def end(self) -> None:
        """Fill in the palette."""
        self.file.write(b";")
        self.file.seek(13)
        self.file.write(self.palette.bytes())


def _opened(change: Change) -> np.ndarray:
    """The frame's pixels, transparent where nothing changed."""
    if change.mask is None:
        return change.pixels
    return np.where(change.mask[..., None], change.pixels, np.uint8(0))


def _indexed(palette: Palette, change: Change) -> np.ndarray:
    """The frame's places in the palette, transparent where nothing changed."""
    if change.mask is None:
        return palette.indices(change.pixels)
    places = np.full(change.mask.shape, TRANSPARENT, np.uint8)
    places[change.mask] = palette.indices(change.pixels[change.mask])
    return places


class APNG(Encoder):
    """One palette for all frames of cells; true colours where there are very many, as in photos."""

    _MANY = 4096

    def write(self, change: Change, seconds: float) -> None:
        """One frame, laid over the one before."""
        if change.mask is None:
            self._header(change.pixels)
        lines = self._lines(change)
        height, width = change.pixels.shape[:2]
        time = Fraction(seconds).limit_denominator(1000)
        lays_over = change.mask is not None
        control = (width, height, change.x, change.y, time.numerator, time.denominator)
        self._chunk(b"fcTL", self._next() + struct.pack(">IIIIHHBB", *control, 0, lays_over))
        packed = zlib.compress(lines.tobytes(), 6)
        if lays_over:
            self._chunk(b"fdAT", self._next() + packed)
        else:
            self._chunk(b"IDAT", packed)

    def end(self) -> None:
        """The last chunk; then the palette, which is known by now."""
        self._chunk(b"IEND", b"")
        if self._palette:
            self.file.seek(self._palette_at)
            self._chunk(b"PLTE", self._palette.bytes())

    def _header(self, pixels: np.ndarray) -> None:
        few = np.count_nonzero(np.bincount(_keys(pixels).reshape(-1))) <= self._MANY
        self._number = 0
        self._palette = Palette() if few else None
        self.file.write(b"\x89PNG\r\n\x1a\n")
        self._chunk(b"IHDR", struct.pack(">IIBBBBB", *self.size, 8, 3 if few else 6, 0, 0, 0))
        self._chunk(b"acTL", struct.pack(">II", self.count, self.loop))
        if few:
            self._palette_at = self.file.tell()
            self._chunk(b"PLTE", self._palette.bytes())
            self._chunk(b"tRNS", b"\xff" * TRANSPARENT + b"\0")

    def _lines(self, change: Change) -> np.ndarray:
        """The rows of pixels in bytes, each after a 0: no filter."""
        if self._palette:
            rows = _indexed(self._palette, change)
        else:
            rows = _opened(change).reshape(len(change.pixels), -1)
        return np.pad(rows, ((0, 0), (1, 0)))

    def _next(self) -> bytes:
        self._number += 1
        return struct.pack(">I", self._number - 1)

    def _chunk(self, name: bytes, data: bytes) -> None:
        check = zlib.crc32(name + data)
        self.file.write(struct.pack(">I", len(data)) + name + data + struct.pack(">I", check))


class WebP(Encoder):
    """Lossless frames. Source of the container: developers.google.com, WebP Container."""

    even = True

    def begin(self) -> None:
        """The header, whose length is filled in at the end."""
        width, height = (_three_bytes(side - 1) for side in self.size)
        self.file.write(b"RIFF\0\0\0\0WEBP")
        self._chunk(b"VP8X", b"\x12\0\0\0" + width + height)  # with animation and transparency
        self._chunk(b"ANIM", b"\xff\xff\xff\xff" + struct.pack("<H", self.loop))

    def write(self, change: Change, seconds: float) -> None:
        """One frame, laid over the one before, in milliseconds."""
        pixels = _opened(change)
        still = io.BytesIO()
        Image.fromarray(np.ascontiguousarray(pixels), "RGBA").save(
            still, "WEBP", lossless=True, quality=40, method=1
        )
        height, width = pixels.shape[:2]
        parts = (change.x // 2, change.y // 2, width - 1, height - 1, round(1000 * seconds))
        header = b"".join(map(_three_bytes, parts)) + bytes([0 if change.mask is not None else 2])
        self._chunk(b"ANMF", header + _bitstream(still.getvalue()))

    def end(self) -> None:
        """Fill in the length."""
        length = self.file.tell() - 8
        self.file.seek(4)
        self.file.write(struct.pack("<I", length))

    def _chunk(self, name: bytes, data: bytes) -> None:
        self.file.write(name + struct.pack("<I", len(data)) + data + bytes(len(data) % 2))


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


def _bitstream(still: bytes) -> bytes:
    """The chunks of a still WebP that hold its pixels."""
    kept, place = b"", 12
    while place < len(still):
        name = still[place : place + 4]
        (length,) = struct.unpack("<I", still[place + 4 : place + 8])
        end = place + 8 + length + length % 2
        if name in (b"VP8L", b"VP8 ", b"ALPH"):
            kept += still[place:end]
        place = end
    return kept


class MP4(Encoder):
    """H.264 in the colours that every player knows, by ffmpeg.

    Parameters
    ----------
    path : where ffmpeg writes; it needs a file that it can go back in
    rate : frames a second
    """

    def __init__(self, path: Path, size: tuple[int, int], count: int, rate: float) -> None:
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 (closed by `stop`)
        self._rate = rate
        width, height = size
        # Its colours come in blocks of 2×2.
        even = f"pad={width + width % 2}:{height + height % 2}:color=white"
        time = str(Fraction(rate).limit_denominator(1000))
        command = [ffmpeg(), "-y", "-loglevel", "error", "-f", "rawvideo", "-pix_fmt", "rgba"]
        command += ["-s", f"{width}x{height}", "-r", time, "-i", "-", "-vf", even]
        command += ["-c:v", "libx264", "-preset", "veryfast", "-tune", "animation", "-crf", "18"]
        command += ["-pix_fmt", "yuv420p", "-movflags", "+faststart", "-f", "mp4", str(path)]
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=self._errors
        )

    def add(self, frame: np.ndarray, seconds: float) -> None:
        """Take one frame, as often as it takes to last ``seconds``."""
        for _ in range(max(1, round(seconds * self._rate))):
            try:
                self._process.stdin.write(frame)
            except BrokenPipeError:
                break  # `end` says why

    def end(self) -> None:
        """Wait for ffmpeg; what it complains about is an OSError."""
        with contextlib.suppress(BrokenPipeError):
            self._process.stdin.close()
        if self._process.wait():
            self._errors.seek(0)
            words = self._errors.read().decode(errors="replace").strip()
            raise OSError(f"ffmpeg could not write the film: {words}")

    def stop(self) -> None:
        """Let go of ffmpeg, whatever it was doing."""
        self._process.kill()
        self._process.communicate()
        self._errors.close()


def ffmpeg() -> str:
    """The path of ffmpeg: matplotlib's setting, the system's, or imageio-ffmpeg's.

    Raises
    ------
    ArgumentError
        Where there is none, with how to get it.
    """
    import matplotlib as mpl

    found = shutil.which(mpl.rcParams["animation.ffmpeg_path"])
    if found:
        return found
    try:
        import imageio_ffmpeg
    except ImportError:
        remedy = (
            "Install it: apt-get install ffmpeg, brew install ffmpeg, conda install ffmpeg, or "
            "pip install imageio-ffmpeg. Or save a .gif, .webp or .png, which need nothing more."
        )
        raise ArgumentError("path", "an MP4, without ffmpeg", "MP4 with ffmpeg", remedy) from None
    return imageio_ffmpeg.get_ffmpeg_exe()


ENCODERS = {"gif": GIF, "webp": WebP, "png": APNG, "apng": APNG}
