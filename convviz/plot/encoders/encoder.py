"""What every encoder of films has to implement, and what those have in common that store changes.

A change is a rectangle of pixels in which all that stayed is transparent. The encoders write the
containers themselves, since Pillow's writers want all frames at once; Pillow, which matplotlib
requires, compresses the pixels.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import BinaryIO, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Pixels: TypeAlias = NDArray[np.uint8]  # (height, width, 4) of RGBA


@dataclass(frozen=True, eq=False)
class FilmSpec:
    """What is known of a film before its first frame.

    Attributes
    ----------
    size : (width, height) in pixels
    frames : how many there will be
    fps : frames per second
    loop : how often to play; 0 for without end
    """

    size: tuple[int, int]
    frames: int
    fps: float
    loop: int


class Encoder(ABC):
    """Writes one film; a context manager, which ends it early if something goes wrong.

    Parameters
    ----------
    file : writable and seekable, at its start
    """

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        self.file, self.spec = file, spec

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        """Release everything but the file."""
        return None

    @abstractmethod
    def add(self, frame: Pixels, seconds: float) -> None:
        """Write a frame, to be shown for so long. Nobody may change it any more."""

    @abstractmethod
    def end(self) -> None:
        """Write what comes after the last frame."""


@dataclass(frozen=True, eq=False)
class Change:
    """What a frame changes: a rectangle, and which of its pixels differ.

    ``mask`` (height, width) is None for the first frame, of which all is new.
    """

    x: int
    y: int
    pixels: Pixels
    mask: NDArray[np.bool_] | None

    @property
    def transparent(self) -> Pixels:
        """The pixels, transparent where nothing changed."""
        if self.mask is None:
            return self.pixels
        return np.where(self.mask[..., None], self.pixels, np.uint8(0))


class ChangeEncoder(Encoder):
    """An encoder that stores of each frame what it changes."""

    alignment = 1  # corners of changes are at multiples of it

    def __init__(self, file: BinaryIO, spec: FilmSpec) -> None:
        super().__init__(file, spec)
        self._before: NDArray[np.uint32] | None = None
        self.begin()

    def add(self, frame: Pixels, seconds: float) -> None:
        """Write what a frame changes."""
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
