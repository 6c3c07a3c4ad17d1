"""Values as colours: from black to white, or of either sign."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from convviz.arrays import Array
from convviz.scene import palette

Pixels: TypeAlias = NDArray[np.uint8]

_ENDS = [
    np.array(palette.channels(c)) for c in (palette.NEGATIVE, palette.MIDDLE, palette.POSITIVE)
]


def grey(values: Array, low: float, high: float) -> Pixels:
    """The pixels (…, 3) of values from black to white."""
    scaled = (values.astype(np.float64) - low) / (high - low or 1)
    level = np.nan_to_num(np.clip(scaled, 0, 1), posinf=1)
    return np.rint(255 * np.stack([level] * 3, axis=-1)).astype(np.uint8)


def signed(values: Array, size: float) -> Pixels:
    """The pixels (…, 3) of values of either sign: blue, a light grey, red."""
    level = np.nan_to_num(np.clip(values.astype(np.float64) / (size or 1), -1, 1), posinf=1)
    negative, middle, positive = _ENDS
    ends = np.where((level < 0)[..., None], negative, positive)
    mixed = middle + (ends - middle) * np.abs(level)[..., None]
    pixels: Pixels = np.rint(255 * mixed).astype(np.uint8)
    return pixels
