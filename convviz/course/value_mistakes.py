"""What the usual mistakes make of one number of an output: the catalogue behind the kind "value".

Each is worked out on the reader's own layer: the same sum with another window, other weights, or
one product that is not right. Which window a mistaken rule leads to, geometry.py says, asked for
axes that are as the reader took them to be.
"""

from __future__ import annotations

import dataclasses
import itertools
import math
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from convviz.arrays import Array
from convviz.course import wording
from convviz.course.element import Element
from convviz.course.feedback import Mistakes
from convviz.geometry import Axis, Geometry, Kind
from convviz.language.catalogue import say
from convviz.parameters import PADDING_MODE
from convviz.scene import captions, decimals

MOST_PRODUCTS = 500  # of a sum whose products are each tried as the one that is not right
MOST_VALUES = 40  # different values of an input, likewise
MOST_POWER = 9  # of ten, that a point may have slipped by


class Product(NamedTuple):
    """A weight and the input value that it meets, 0 in the padding."""

    weight: np.number[Any]
    value: np.number[Any]

    @property
    def text(self) -> str:
        """Both as a reader sees them."""
        return f"{decimals.text(self.weight)}·{decimals.text(self.value)}"


def products(
    element: Element, values: Array, kernel: Array, geometry: Geometry | None = None
) -> list[Product]:
    """What an element is summed from, on these input values and weights of the run's shapes.

    ``geometry`` may have other axes than the run's; channels and sizes are the same.
    """
    item = element.run.item(values, 0)
    zero = item.dtype.type(0)
    return [
        Product(
            kernel[(element.at[0], *tap.weight)],
            item[(tap.channel, *tap.cell)] if tap.kind is Kind.DATA else zero,
        )
        for tap in (geometry or element.geometry).taps(element.at[0], element.at[1:])
    ]


def mistakes(element: Element) -> Mistakes:
    """What each mistake would have given, the likeliest first."""
    run = element.run
    bias = 0.0 if run.bias is None else float(run.bias[element.at[0]])
    pairs = products(element, run.input, run.kernel)
    weights, values = np.array(pairs, np.float64).T
    total = float(weights @ values)
    if run.bias is not None:
        yield total, say("feedback.value.without_bias")
    for mistaken, text in itertools.chain(
        _of_windows(element), _of_weights(element, weights, values), _of_channels(element, pairs)
    ):
        yield mistaken + bias, text
    yield from _of_points(total + bias)
    for mistaken, text in _of_one_product(element, pairs):
        yield mistaken + bias, text


# Another window


def _of_windows(element: Element) -> Mistakes:
    """The sum of the window that a mistaken rule leads to."""
    run = element.run
    for mistaken, text in mistaken_geometries(element):
        pairs = products(element, run.input, run.kernel, mistaken)
        yield float(np.array(pairs, np.float64).prod(axis=1).sum()), text


def mistaken_geometries(element: Element) -> Iterator[tuple[Geometry, str]]:
    """The layer as a reader may have taken it to be, the likeliest first, and what to say."""
    for axes, text in _mistaken_axes(element):
        yield dataclasses.replace(element.geometry, axes=tuple(axes)), text


def _mistaken_axes(element: Element) -> Iterator[tuple[Sequence[Axis], str]]:
    """Its axes as they were taken to be."""
    axes, replace = element.geometry.axes, dataclasses.replace
    if any(axis.stride > 1 for axis in axes):
        yield [replace(axis, stride=1) for axis in axes], say("feedback.value.without_stride")
    if any(axis.pre for axis in axes):
        yield [replace(axis, pre=0) for axis in axes], say("feedback.value.without_padding")
    if any(axis.dilation > 1 for axis in axes):
        yield [replace(axis, dilation=1) for axis in axes], say("feedback.value.without_dilation")
    mode = PADDING_MODE.check(element.run.settings[PADDING_MODE.name])
    if mode.is_same and any(axis.pre != axis.post for axis in axes):
        other_side = [replace(axis, pre=axis.post, post=axis.pre) for axis in axes]
        yield other_side, say("feedback.value.other_side", mode=mode.name)
    *front, height, width = axes
    swapped = [*front, _with_numbers_of(height, width), _with_numbers_of(width, height)]
    if swapped != [*axes]:
        yield swapped, say("feedback.value.swapped_parameters")
    for n, (axis, place) in enumerate(zip(axes, element.at[1:], strict=True)):
        for cells, way in ((1, "forward"), (-1, "back")):
            if axis.stride == 1 and 0 <= place + cells < axis.output:
                continue  # another output: the reader is told which
            moved = replace(axis, pre=axis.pre - cells)
            name = captions.axis_name(axis)
            text = say(f"feedback.value.one_cell.{way}", axis=name)
            yield [*axes[:n], moved, *axes[n + 1 :]], text


def _with_numbers_of(axis: Axis, other: Axis) -> Axis:
    """An axis with another's stride, dilation and padding before the data."""
    return dataclasses.replace(axis, stride=other.stride, dilation=other.dilation, pre=other.pre)


# Other weights


def _of_weights(element: Element, weights: Array, values: Array) -> Mistakes:
    """The sum of the right window under weights that were turned, mirrored or forgotten."""
    sizes = tuple(axis.kernel for axis in element.geometry.axes)
    grid = weights.reshape(-1, *sizes)
    spatial = tuple(range(1, grid.ndim))
    yield _dot(np.flip(grid, spatial), values), say("feedback.value.turned_kernel")
    if sizes[-1] == sizes[-2]:
        yield _dot(grid.swapaxes(-1, -2), values), say("feedback.value.transposed_kernel")
    yield _dot(np.flip(grid, -1), values), say("feedback.value.mirrored_kernel")
    yield _dot(np.flip(grid, -2), values), say("feedback.value.mirrored_kernel")
    yield float(values.sum()), say("feedback.value.without_weights")
    if (weights < 0).any():
        yield _dot(np.abs(grid), values), say("feedback.value.without_signs")


def _dot(weights: Array, values: Array) -> float:
    return float(weights.reshape(-1) @ values)


def _of_channels(element: Element, pairs: Sequence[Product]) -> Mistakes:
    """The sum over one channel alone, and, where there are groups, over those of another group."""
    geometry = element.geometry
    by_channel = np.array(pairs, np.float64).prod(axis=1).reshape(geometry.group_channels, -1)
    if geometry.group_channels > 1:
        for part in by_channel.sum(axis=1):
            yield float(part), say("feedback.value.one_channel")
    own = element.at[0] // geometry.group_maps
    for group in range(geometry.groups):
        if group == own:
            continue
        run, other = element.run, element.sibling((group * geometry.group_maps, *element.at[1:]))
        values = np.array(products(other, run.input, run.kernel), np.float64)[:, 1]
        weights = np.array(pairs, np.float64)[:, 0]
        yield float(weights @ values), say("feedback.value.other_group")


# One slip


def _of_points(total: float) -> Mistakes:
    """The right digits with the point elsewhere."""
    for power in range(1, MOST_POWER + 1):
        for mistaken in (total * 10.0**power, total / 10.0**power):
            yield mistaken, say("feedback.value.point")
    yield -total, say("feedback.value.sign")


def _of_one_product(element: Element, pairs: Sequence[Product]) -> Mistakes:
    """The sum with one product left out, or with another of the input's values in it.

    Where several products would explain a number, none is named.
    """
    if len(pairs) > MOST_PRODUCTS:
        return
    numbers = np.array(pairs, np.float64)
    total = float(numbers.prod(axis=1).sum())
    yield from _unique(
        (total - float(pair.weight) * float(pair.value), pair.text, "left_out")
        for pair in pairs
        if pair.weight and pair.value
    )
    seen = np.unique(element.run.item(element.run.input, 0)).astype(np.float64)
    if len(seen) <= MOST_VALUES:
        yield from _unique(
            (total + float(pair.weight) * (other - float(pair.value)), pair.text, "one_value")
            for pair in pairs
            for other in seen
            if pair.weight and other != float(pair.value)
        )


def _unique(found: Iterator[tuple[float, str, str]]) -> Mistakes:
    """Those that no other product gives as well."""
    by_number: dict[str, set[tuple[float, str, str]]] = {}
    for mistaken, product, key in found:
        if math.isfinite(mistaken):
            by_number.setdefault(f"{mistaken:.7g}", set()).add((mistaken, product, key))
    for each in by_number.values():
        if len({product for _, product, _ in each}) == 1:
            mistaken, product, key = min(each)
            yield mistaken, say(f"feedback.value.product.{key}", product=wording.minus(product))
