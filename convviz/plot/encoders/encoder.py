"""What an encoder does: takes whole frames, and keeps of each what differs from the one before.

That is a rectangle in which everything that stayed is transparent. The containers are written here,
since Pillow's own want all frames at once; Pillow, which comes with matplotlib, packs the pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]  # (height, width, 4) of RGBA


@dataclass(frozen=True)
class FilmSpec:
    """What there is to know of a film before its first frame.

    Attributes
    ----------
    size : (width, height) in pixels
    frames : how many there will be
    fps : frames a second
    loop : how often to play; 0 for without end
    """

    size: tuple[int, int]
    frames: int
    fps: float
    loop: int


class Encoder(ABC):
    """Writes one film: a context that is left once all frames are in, or sooner.

    Parameters
    ----------
    file : open at its start, for writing, and for going back in it
    """

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        self.file, self.spec = file, spec

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Let go of all but the file."""
        return None

    @abstractmethod
    def add(self, frame: Pixels, seconds: float) -> None:
        """Take a frame, to be shown for so long; it is left alone from now on."""

    @abstractmethod
    def end(self) -> None:
        """Write what comes after the last frame."""


@dataclass(frozen=True)
class Change:
    """What is new in a frame: a rectangle, and which of its pixels changed.

    ``mask`` (height, width) is None for a whole new picture.
    """

    x: int
    y: int
    pixels: Pixels
    mask: NDArray[np.bool_] | None

    @property
    def opened(self) -> Pixels:
        """The pixels, transparent where nothing changed."""
        if self.mask is None:
            return self.pixels
        return np.where(self.mask[..., None], self.pixels, np.uint8(0))


class ChangeEncoder(Encoder):
    """An encoder that writes the changes of a film one by one."""

    alignment = 1  # pixels that the corner of a change is a multiple of

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        super().__init__(file, spec)
        self._before: NDArray[np.uint32] | None = None
        self.begin()

    def add(self, frame: Pixels, seconds: float) -> None:
        """Take a frame, to be shown for so long."""
        self.write(self._change(frame), seconds)

    def _change(self, frame: Pixels) -> Change:
        now = frame.view(np.uint32)[..., 0]
        before, self._before = self._before, now
        if before is None:
            return Change(0, 0, frame, None)
        mask = now != before
        rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
        top, bottom = (int(rows[0]), int(rows[-1]) + 1) if rows.size else (0, 1)
        left, right = (int(columns[0]), int(columns[-1]) + 1) if columns.size else (0, 1)
        top, left = top - top % self.alignment, left - left % self.alignment
        part = slice(top, bottom), slice(left, right)
        return Change(left, top, frame[part], mask[part])

    def begin(self) -> None:
        """Write what comes before the first frame."""

    @abstractmethod
    def write(self, change: Change, seconds: float) -> None:
        """Write one frame."""
