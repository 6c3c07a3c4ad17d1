"""The colours of a whole film in one table of 256, as in GIF and APNG, made frame by frame."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from convviz.plot.encoders.encoder import Change, Pixels

TRANSPARENT = 255  # the table's last place
_KEYS = 1 << 18  # of colours, as `colour_keys` tells them apart
_LARGE_AREA = 100  # pixels
_FREQUENT, _MIXED = 64, 128  # places for the most frequent colours, and for a mix of the rest
_SAMPLE = 100_000  # pixels that the mix is made from

Indices = NDArray[np.uint8]


class ColourTable:
    """Up to 255 colours, in the order in which they occur; the rest take the nearest.

    Colours that agree in their first six bits count as one: nobody sees the difference. The edges
    of text have thousands of colours; when places run out, they are left to those of larger areas.
    """

    def __init__(self) -> None:
        self._colours = np.zeros((256, 3), np.uint8)
        self._count = 0
        self._index_of = np.full(_KEYS, TRANSPARENT, np.uint8)  # by the key; as yet unknown

    def indices(self, pixels: Pixels) -> Indices:
        """The index of each pixel (…, 4) of RGBA."""
        keys = colour_keys(pixels)
        if not self._count:
            self._begin(pixels, keys)
        indices = self._index_of[keys]
        unknown = indices == TRANSPARENT
        if unknown.any():
            self._learn(pixels[unknown][:, :3], keys[unknown])
            indices = self._index_of[keys]
        return indices

    def change_indices(self, change: Change) -> Indices:
        """The index of each pixel of a change, transparent where nothing changed."""
        if change.mask is None:
            return self.indices(change.pixels)
        indices = np.full(change.mask.shape, TRANSPARENT, np.uint8)
        indices[change.mask] = self.indices(change.pixels[change.mask])
        return indices

    def bytes(self) -> bytes:
        """Red, green and blue of all 256 places."""
        return self._colours.tobytes()

    def _learn(self, colours: NDArray[np.uint8], pixel_keys: NDArray[np.int32]) -> None:
        """Give new colours a place; ``pixel_keys`` are the keys of their pixels."""
        keys, first, counts = np.unique(pixel_keys, return_index=True, return_counts=True)
        order = np.argsort(counts)[::-1]
        if self._count + len(keys) > TRANSPARENT:
            order = order[counts[order] >= _LARGE_AREA]
        self._fill(keys[order], colours[first[order]])
        rest = np.flatnonzero(self._index_of[keys] == TRANSPARENT)
        known = self._colours[: self._count].astype(np.int32)
        for start in range(0, len(rest), 4096):  # a photograph has many
            some = rest[start : start + 4096]
            difference = colours[first[some], None].astype(np.int32) - known
            self._index_of[keys[some]] = (difference**2).sum(axis=-1).argmin(axis=-1)

    def _fill(self, keys: NDArray[np.int32], colours: NDArray[np.uint8]) -> None:
        """Put colours into the table, as far as there is room."""
        room = min(TRANSPARENT - self._count, len(keys))
        taken = slice(self._count, self._count + room)
        self._colours[taken] = colours[:room]
        self._index_of[keys[:room]] = np.arange(taken.start, taken.stop)
        self._count += room

    def _begin(self, pixels: Pixels, keys: NDArray[np.int32]) -> None:
        """If a film begins with too many colours, take the most frequent and a mix of the rest."""
        counts = np.bincount(keys.reshape(-1), minlength=_KEYS)
        if np.count_nonzero(counts) <= TRANSPARENT:
            return
        frequent = np.argsort(counts)[::-1][:_FREQUENT]
        flat = pixels.reshape(-1, 4)
        at = [np.argmax(keys.reshape(-1) == key) for key in frequent]
        self._fill(frequent.astype(np.int32), flat[at, :3])
        mixed = _mix(flat)
        mixed_keys, first = np.unique(colour_keys(mixed), return_index=True)
        new = self._index_of[mixed_keys] == TRANSPARENT
        self._fill(mixed_keys[new], mixed[first[new]])


def _mix(pixels: Pixels) -> NDArray[np.uint8]:
    """The colours (n, 3) that represent those of pixels (m, 4) best."""
    sample = np.ascontiguousarray(pixels[:: max(1, len(pixels) // _SAMPLE), :3])
    chosen = Image.fromarray(sample[None]).quantize(_MIXED, Image.Quantize.MEDIANCUT)
    return np.array(chosen.getpalette(), np.uint8).reshape(-1, 3)[:_MIXED]


def colour_keys(pixels: NDArray[np.uint8]) -> NDArray[np.int32]:
    """The first six bits of red, green and blue in one number."""
    red, green, blue = (pixels[..., n].astype(np.int32) >> 2 for n in range(3))
    return red << 12 | green << 6 | blue


def count_colours(pixels: Pixels) -> int:
    """How many colours there are, told apart by their keys."""
    return int(np.count_nonzero(np.bincount(colour_keys(pixels).reshape(-1))))
