"""Kernels that have a name, for any size, and how the weights of a layer fit another shape.

A kernel of a name is a rule: blur is the mean of a window, whatever its size. So a kernel that is
known goes on as what it is where its size changes; of any other, what fits is kept.

Where the weights of a layer live, and when they are to fit, is left to `convviz.widget.fitting`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError

Shape = tuple[int, ...]  # (maps, channels of a group, [depth,] height, width)

LARGEST_POWER = 38  # of ten in float32
MOST_POWERS = 2 * LARGEST_POWER  # of ten that float32 holds in full, the smallest being 10⁻³⁷


def named(name: str, shape: Shape) -> Array:
    """The kernel of one of `NAMES`, float32.

    Raises
    ------
    ArgumentError
        Where float32 has no such kernel of this shape.
    """
    return _RULES[name](shape)


def powers_of_ten(shape: Shape) -> Array:
    """One for each weight of a map, falling in memory order; 10⁴ to 10⁻⁴ for 3×3."""
    count = math.prod(shape[1:])
    if count > MOST_POWERS:
        got = f"powers of ten for {count} weights of a map"
        allowed = f"at most {MOST_POWERS}, as many as float32 holds"
        raise ArgumentError("kernel", got, allowed, "Choose a smaller kernel_size_nd.")
    first = count // 2
    powers = [float(f"1e{exponent}") for exponent in range(first, first - count, -1)]
    return np.broadcast_to(np.array(powers, np.float32).reshape(shape[1:]), shape).copy()


def ones(shape: Shape) -> Array:
    """Adds up what it sees."""
    return np.ones(shape, np.float32)


def identity(shape: Shape) -> Array:
    """Each map repeats one channel of its group; in the middle, or just before it, stands the 1."""
    kernel = np.zeros(shape, np.float32)
    for output_map in range(shape[0]):
        kernel[(output_map, output_map % shape[1], *_centre(shape))] = 1
    return kernel


def blur(shape: Shape) -> Array:
    """The mean of all that a window reads: equal weights that sum to 1."""
    return np.full(shape, 1 / math.prod(shape[1:]), np.float32)


def edges(shape: Shape) -> Array:
    """How far a cell stands out from all others of its window: weights that sum to 0."""
    kernel = np.full(shape, -1, np.float32)
    kernel[_every(_centre(shape))] = math.prod(shape[2:]) - 1
    return kernel


def sharpen(shape: Shape) -> Array:
    """A cell, and what it has more than its direct neighbours added."""
    kernel, centre, neighbours = np.zeros(shape, np.float32), _centre(shape), 0
    for axis, size in enumerate(shape[2:]):
        for place in (centre[axis] - 1, centre[axis] + 1):
            if 0 <= place < size:
                kernel[_every((*centre[:axis], place, *centre[axis + 1 :]))] = -1
                neighbours += 1
    kernel[_every(centre)] = 1 + neighbours
    return kernel


def relief(shape: Shape) -> Array:
    """A cell, and the slope towards its first corner added: light from the top left."""
    places = np.indices(shape[2:], np.float32)
    middles = [(size - 1) / 2 for size in shape[2:]]
    kernel = np.zeros(shape, np.float32)
    for middle, along in zip(middles, places, strict=True):
        kernel += middle - along
    kernel[_every(_centre(shape))] += 1
    return kernel


def random(shape: Shape, seed: int = 0) -> Array:
    """Whole numbers from −9 to 9: at one index the same one in every shape, and each time."""
    state = np.full((1,) * len(shape), seed, np.uint64)
    for indices in np.ogrid[tuple(slice(size) for size in shape)]:
        state = _mixed(state + indices.astype(np.uint64) + _GOLDEN)
    numbers: Array = (state % np.uint64(19)).astype(np.float32) - np.float32(9)
    return numbers


_GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mixed(state: Array) -> Array:
    """SplitMix64's output function (Steele, Lea, Flood: Fast splittable PRNGs, 2014)."""
    for shift, factor in ((30, 0xBF58476D1CE4E5B9), (27, 0x94D049BB133111EB)):
        state = (state ^ (state >> np.uint64(shift))) * np.uint64(factor)
    mixed: Array = state ^ (state >> np.uint64(31))
    return mixed


_RULES: dict[str, Callable[[Shape], Array]] = {
    each.__name__: each
    for each in (powers_of_ten, ones, identity, blur, edges, sharpen, relief, random)
}
NAMES = tuple(_RULES)


def _centre(shape: Shape) -> Shape:
    """The middle weight, or the last before the middle, where SAME_UPPER has the output."""
    return tuple((size - 1) // 2 for size in shape[2:])


def _every(place: Shape) -> tuple[Any, ...]:
    """The index of one place in every map and channel."""
    return (..., *place)


# Which kernel is which


def available(shape: Shape, limits: tuple[int, int] | None = None) -> tuple[str, ...]:
    """The names that have a kernel of this shape; ``limits`` are those of a type of integers."""
    return tuple(name for name in NAMES if _exists(name, shape, limits))


def _exists(name: str, shape: Shape, limits: tuple[int, int] | None) -> bool:
    try:
        kernel = named(name, (1, *shape[1:]))
    except ArgumentError:
        return False
    if limits is None:
        return True
    least, most = limits
    return bool(((kernel == np.rint(kernel)) & (kernel >= least) & (kernel <= most)).all())


def name_of(kernel: Array, preferred: str = "") -> str:
    """The name of a kernel, or ``""``.

    A single 1 has several names: it is ``preferred``, if that is among them, or else ones, which
    leave it where it is as more come.
    """
    found = [name for name in available(kernel.shape) if _is(name, kernel)]
    several = [name for name in (preferred, ones.__name__) if name in found]
    return [*several, *found, ""][0]


def _is(name: str, kernel: Array) -> bool:
    first = named(name, (1, *kernel.shape[1:]))  # most kernels differ there already
    return np.array_equal(kernel[:1], first) and np.array_equal(kernel, named(name, kernel.shape))


# Other shapes


def resized(array: Array, shape: Shape) -> Array:
    """``array`` cut to ``shape`` along each axis, or filled up with zeros; float32."""
    result = np.zeros(shape, np.float32)
    common = tuple(slice(min(a, b)) for a, b in zip(array.shape, shape, strict=True))
    result[common] = array[common]
    return result


def fitted(
    kernel: Array, shape: Shape, names: Sequence[str] = NAMES, preferred: str = ""
) -> tuple[Array, dict[str, int]]:
    """A kernel of another shape, and as what it goes on: how many maps, by name.

    A kernel that has a name goes on under it. Of any other the weights that fit stay where they
    are, by their indices, and the rest is zero; but where the size alone changes, each map that has
    a name goes on by itself, also with all its signs turned.

    Parameters
    ----------
    names : which a kernel may go on as
    preferred : as for `name_of`
    """
    whole = name_of(kernel, preferred)
    if whole in names and whole in available(shape):
        return named(whole, shape), {whole: shape[0]}
    result = resized(kernel, shape)
    if kernel.shape[1] != shape[1] or kernel.shape[2:] == shape[2:]:
        return result, {}
    common = min(kernel.shape[0], shape[0])
    open_maps = np.ones(common, bool)
    found: dict[str, int] = {}
    for name in names:
        if not {name} <= {*available(kernel.shape)} & {*available(shape)}:
            continue
        old, new = (named(name, (1, *each[1:])) for each in (kernel.shape, shape))
        for sign in (1, -1):
            same = (kernel[:common] == sign * old).reshape(common, -1).all(axis=1) & open_maps
            result[:common][same] = sign * new
            open_maps &= ~same
            found[name] = found.get(name, 0) + int(same.sum())
    return result, {name: count for name, count in found.items() if count}
