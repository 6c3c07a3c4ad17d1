"""The input and the kernel that a command line names: a shape, an example, an image, an array."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from convviz.arrays import Array, as_array
from convviz.course import examples
from convviz.errors import ArgumentError, short
from convviz.parameters import NUM_GROUPS, NUM_OUTPUT_MAPS

GREY = ("1", "L", "LA")  # modes of images without colour
MOST_VALUES = 16_000_000  # of an array that is given by its shape
MOST_DIGITS = 9  # of a size
EXAMPLES: dict[str, Callable[[], Array]] = {
    each.__name__: each for each in (examples.blur, examples.edges, examples.sharpen)
}


def input_of(text: str, rank: int) -> Array:
    """The input: the digits 1 to 9 in this shape, an image's channels, or an array."""
    shape = _shape(text)
    if shape is not None:
        return _digits((1,) * (rank - len(shape)) + shape)
    if text.endswith(".npy"):
        array = _load(text).astype(np.float32)
        return array.reshape((1,) * (rank - array.ndim) + array.shape)
    return np.ascontiguousarray(_image(_there(text, "input"))[None], np.float32)


def _image(path: Path) -> Array:
    """An image's channels: one in grey, three in colour."""
    allowed = "an image, a .npy file, or a shape"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path) as image:
                return as_array("input", image.convert("L" if image.mode in GREY else "RGB"))
    except (Image.DecompressionBombWarning, Image.DecompressionBombError):
        got = f"{str(path)!r} with too many pixels"
        allowed = f"an image of at most {Image.MAX_IMAGE_PIXELS:,} pixels"
        raise ArgumentError("input", got, allowed, "Make it smaller.") from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:  # as Pillow's formats fail
        if isinstance(error, OSError) and error.errno is not None:
            raise  # the system's, who cannot read the file
        remedy = "Give a PNG, JPEG, WebP, GIF or TIFF, or np.save an array as .npy."
        raise ArgumentError("input", repr(str(path)), allowed, remedy) from None


def kernel_of(
    text: str, input_text: str, maps: int | None, groups: int | None
) -> tuple[Array, int | None]:
    """The weights, and the groups that go with them.

    ``text`` is a shape (powers of ten, or small whole numbers where they are many), the name of an
    example, or a file. An example is given to each channel, in a group of its own unless ``groups``
    says otherwise, so that a colour picture keeps its colours.
    """
    maps = None if maps is None else NUM_OUTPUT_MAPS.check(maps)
    groups = None if groups is None else NUM_GROUPS.check(groups)
    shape = _shape(text)
    if shape is not None:
        return _patterned(text, shape, input_text, maps or 1, groups or 1), groups
    if text in EXAMPLES:
        weights, channels = EXAMPLES[text](), _channels(input_text, 2)
        groups = channels if groups is None else groups
        filled = (channels, channels // max(1, groups), *weights.shape[2:])
        return np.broadcast_to(weights, filled).copy(), groups
    weights = _load(text).astype(np.float32)
    return (weights[None, None] if weights.ndim == 2 else weights), groups


def _patterned(text: str, shape: tuple[int, ...], input_text: str, maps: int, groups: int) -> Array:
    """Powers of ten with alternating signs; digits where float32 has no such powers."""
    if len(shape) not in (2, 3):
        allowed = "2 sizes (3x3) or 3 (2x3x3)"
        raise ArgumentError("kernel_size_nd", text, allowed, "Write --kernel 3x3, for example.")
    channels = max(1, _channels(input_text, len(shape)) // max(1, groups))
    size = math.prod(shape)
    count = maps * channels * size
    if count > MOST_VALUES:
        got, allowed = f"{count:,} weights", f"at most {MOST_VALUES:,} weights"
        raise ArgumentError("num_output_maps", got, allowed, "Ask for fewer maps.")
    first = size // 2
    weights = 10.0 ** np.arange(first, first - size, -1) if size <= 9 else _digits((size,))
    signs = (-1) ** np.add.outer(np.arange(maps), np.arange(channels))
    filled: Array = (signs[..., None] * weights).reshape(maps, channels, *shape)
    return filled.astype(np.float32)


def _channels(text: str, rank: int) -> int:
    """The input's channels, the axis before the ``rank`` spatial ones."""
    return int(input_of(text, rank + 2).shape[-rank - 1])


def _shape(text: str) -> tuple[int, ...] | None:
    """The sizes of 6x9; None for anything else."""
    parts = text.split("x")
    if not all(part.isdecimal() for part in parts):
        return None
    allowed = f"2 to 8 sizes, each from 1, and at most {MOST_VALUES:,} values"
    remedy = "Write 6x9, for example."
    if not 2 <= len(parts) <= 8 or max(map(len, parts)) > MOST_DIGITS:
        raise ArgumentError("shape", short(text), allowed, remedy)
    shape = tuple(map(int, parts))
    if not 1 <= math.prod(shape) <= MOST_VALUES:
        raise ArgumentError("shape", text, allowed, remedy)
    return shape


def _digits(shape: tuple[int, ...]) -> Array:
    """1 … 9 over and over, so that a 3×3 window holds each digit once where the rows are 9 long."""
    if len(shape) == 1:
        return (np.arange(*shape) % 9 + 1).astype(np.float32)
    rows, columns = np.ogrid[: shape[-2], : shape[-1]]
    block = (3 * (rows % 3) + columns % 3 + 1).astype(np.float32)
    return np.broadcast_to(block, shape).copy()


def _load(text: str) -> Array:
    try:
        array = np.load(_there(text, "file"), allow_pickle=False)
    except (ValueError, EOFError, SyntaxError, OverflowError) as error:  # as a damaged header fails
        got, remedy = f"{text!r}: {error}", "Write it by np.save, of numbers."
        raise ArgumentError("file", got, "a .npy file of numbers", remedy) from None
    if not isinstance(array, np.ndarray) or array.dtype.kind not in "fiub":
        remedy = "Write one array of numbers by np.save."
        raise ArgumentError("file", repr(text), "a .npy file of one array of numbers", remedy)
    return array


def _there(text: str, name: str) -> Path:
    path = Path(text)
    if not path.is_file():
        remedy = "A shape is written 6x9, without spaces."
        raise ArgumentError(name, repr(text), "a file that is there, or a shape", remedy)
    return path
