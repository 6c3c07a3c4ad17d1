"""The index rules, held to a reading of their definitions that materialises everything.

The reading here writes each axis out as a strip of cells, slides a window along it and notes what
it covers. It uses no formula but those of TensorRT's documentation for SAME padding.
"""

from __future__ import annotations

import itertools
import math
from collections import Counter
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from convviz.errors import ArgumentError
from convviz.geometry import (
    AXIS_NAMES,
    Axis,
    Geometry,
    Kind,
    combine,
    divisors,
    make_axis,
    make_geometry,
)
from convviz.parameters import PaddingMode, check_integers


@dataclass(frozen=True)
class Numbers:
    """What a user says about one axis."""

    size: int
    kernel: int
    stride: int
    dilation: int
    pre: int
    post: int

    def axis(self, mode: PaddingMode) -> Axis:
        return make_axis("width", *vars(self).values(), mode)


numbers = st.builds(
    Numbers,
    size=st.integers(1, 12),
    kernel=st.integers(1, 5),
    stride=st.integers(1, 6),
    dilation=st.integers(1, 4),
    pre=st.integers(0, 5),
    post=st.integers(0, 5),
)
modes = st.sampled_from(PaddingMode)


def padding(n: Numbers, mode: PaddingMode) -> tuple[int, int]:
    """The zeros before and after, by TensorRT's documentation."""
    effective = 1 + n.dilation * (n.kernel - 1)
    if mode.name.startswith("SAME"):
        total = max(0, math.floor((n.size - 1) / n.stride) * n.stride + effective - n.size)
        less, more = math.floor(total / 2), total - math.floor(total / 2)
        return (less, more) if mode is PaddingMode.SAME_UPPER else (more, less)
    return (n.pre, n.pre) if mode.name.startswith("CAFFE") else (n.pre, n.post)


def slide(n: Numbers, mode: PaddingMode) -> tuple[list[tuple[int, str]], list[list[int]]]:
    """The strip of (input index, kind), and for each output the places of the strip it reads."""
    before, after = padding(n, mode)
    strip = [(i, "pre") for i in range(-before, 0)]
    strip += [(i, "data") for i in range(n.size)]
    strip += [(i, "post") for i in range(n.size, n.size + after)]
    length = len(strip)
    offsets = range(0, n.dilation * n.kernel, n.dilation)
    windows: list[list[int]] = []
    for start in itertools.count(0, n.stride):
        last = start + offsets[-1]
        reached_the_end = windows and windows[-1][-1] >= length - 1
        if last >= length if not mode.name.endswith("ROUND_UP") else reached_the_end:
            break
        while len(strip) <= last:
            strip.append((strip[-1][0] + 1, "beyond"))
        windows.append([start + offset for offset in offsets])
    return strip, windows


@st.composite
def slid_axes(draw: st.DrawFn) -> tuple[Numbers, PaddingMode, Axis]:
    """An axis that can be, with what it was made from."""
    n, mode = draw(numbers), draw(modes)
    before, after = padding(n, mode)
    assume(1 + n.dilation * (n.kernel - 1) <= before + n.size + after)
    return n, mode, n.axis(mode)


@given(slid_axes())
def test_each_tap_reads_the_cell_that_the_sliding_window_covers(case) -> None:
    n, mode, axis = case
    strip, windows = slide(n, mode)
    assert axis.table == [[strip[place][0] for place in window] for window in windows]
    assert axis.output == len(windows)


@given(slid_axes())
def test_the_cells_of_an_axis_and_their_kinds_are_those_of_the_strip(case) -> None:
    n, mode, axis = case
    strip, _ = slide(n, mode)
    assert [(i, axis.kind(i)) for i in axis.cells] == strip
    kinds = Counter(kind for _, kind in strip)
    assert (axis.pre, axis.post, axis.beyond) == (kinds["pre"], kinds["post"], kinds["beyond"])


@given(slid_axes())
def test_counts_say_how_often_each_cell_is_read(case) -> None:
    n, mode, axis = case
    strip, windows = slide(n, mode)
    read = Counter(place for window in windows for place in window)
    assert axis.counts == [read[place] for place in range(len(strip))]


@given(slid_axes())
def test_readers_turn_the_index_rule_around(case) -> None:
    _, _, axis = case
    pairs = itertools.product(range(axis.output), range(axis.kernel))
    expected = {(axis.index(output, tap), output, tap) for output, tap in pairs}
    found = [(cell, *pair) for cell in axis.cells for pair in axis.readers(cell)]
    assert len(found) == len(set(found))
    assert set(found) == expected


@given(slid_axes())
def test_the_output_size_is_tensorrts_formula(case) -> None:
    n, mode, axis = case
    before, after = padding(n, mode)
    steps = (before + n.size + after - (1 + n.dilation * (n.kernel - 1))) / n.stride
    expected = {
        PaddingMode.EXPLICIT_ROUND_DOWN: math.floor(steps) + 1,
        PaddingMode.EXPLICIT_ROUND_UP: math.ceil(steps) + 1,
        PaddingMode.SAME_UPPER: math.ceil(n.size / n.stride),
        PaddingMode.SAME_LOWER: math.ceil(n.size / n.stride),
        PaddingMode.CAFFE_ROUND_DOWN: math.floor(steps) + 1,
        PaddingMode.CAFFE_ROUND_UP: math.ceil(steps) + 1,
    }
    assert axis.output == expected[mode]


@given(numbers, modes)
def test_a_kernel_is_refused_exactly_when_it_does_not_fit(n: Numbers, mode: PaddingMode) -> None:
    before, after = padding(n, mode)
    missing = 1 + n.dilation * (n.kernel - 1) - (before + n.size + after)
    if missing <= 0:
        assert n.axis(mode).output >= 1
        return
    with pytest.raises(ArgumentError, match=f"at least {missing} more padding") as refusal:
        n.axis(mode)
    assert refusal.value.parameter == "kernel_size_nd"


@given(numbers)
def test_same_padding_ignores_explicit_padding(n: Numbers) -> None:
    bare = Numbers(n.size, n.kernel, n.stride, n.dilation, 0, 0)
    for mode in (PaddingMode.SAME_UPPER, PaddingMode.SAME_LOWER):
        assert n.axis(mode) == bare.axis(mode)


@given(slid_axes())
def test_same_upper_and_lower_differ_by_the_side_of_the_odd_zero(case) -> None:
    n, _, _ = case
    upper, lower = n.axis(PaddingMode.SAME_UPPER), n.axis(PaddingMode.SAME_LOWER)
    assert (upper.pre, upper.post) == (lower.post, lower.pre)
    assert 0 <= upper.post - upper.pre <= 1


def test_a_negative_same_padding_counts_as_none() -> None:
    axis = Numbers(size=2, kernel=1, stride=2, dilation=1, pre=3, post=3).axis(
        PaddingMode.SAME_UPPER
    )
    assert (axis.pre, axis.post, axis.output) == (0, 0, 1)


def test_same_with_stride_two_and_dilation_two_halves_the_size_upwards() -> None:
    geometry = make_geometry(
        (1, 1, 6, 9),
        1,
        (3, 3),
        stride_nd=(2, 2),
        dilation_nd=(2, 2),
        pre_padding=(1, 1),
        post_padding=(1, 1),
        padding_mode=PaddingMode.SAME_UPPER,
    )
    assert geometry.output_shape == (1, 1, 3, 5)


@st.composite
def geometries(draw: st.DrawFn) -> Geometry:
    """A small layer in two or three dimensions with groups and any number of batch axes."""
    rank, mode = draw(st.integers(2, 3)), draw(modes)
    small = st.builds(
        Numbers,
        size=st.integers(1, 5),
        kernel=st.integers(1, 3),
        stride=st.integers(1, 3),
        dilation=st.integers(1, 2),
        pre=st.integers(0, 2),
        post=st.integers(0, 2),
    )
    axes = [draw(small) for _ in range(rank)]
    for n in axes:
        assume(1 + n.dilation * (n.kernel - 1) <= sum(padding(n, mode)) + n.size)
    groups = draw(st.integers(1, 3))
    batch = draw(st.lists(st.integers(1, 3), min_size=1, max_size=7 - rank))
    return make_geometry(
        (*batch, groups * draw(st.integers(1, 3)), *(n.size for n in axes)),
        groups * draw(st.integers(1, 3)),
        [n.kernel for n in axes],
        stride_nd=[n.stride for n in axes],
        dilation_nd=[n.dilation for n in axes],
        pre_padding=[n.pre for n in axes],
        post_padding=[n.post for n in axes],
        padding_mode=mode,
        num_groups=groups,
    )


@given(geometries(), st.data())
def test_taps_come_in_the_memory_order_of_the_weights(geometry: Geometry, data) -> None:
    output_map = data.draw(st.integers(0, geometry.maps - 1))
    place = [data.draw(st.integers(0, axis.output - 1)) for axis in geometry.axes]
    taps = list(geometry.taps(output_map, place))
    assert len(taps) == geometry.tap_count
    assert [tap.weight for tap in taps] == list(
        itertools.product(*(range(size) for size in geometry.kernel_shape[1:]))
    )
    channels = [*range(geometry.channels)]
    size = geometry.channels // geometry.groups
    bands = [channels[i : i + size] for i in range(0, geometry.channels, size)]
    band = bands[output_map * geometry.groups // geometry.maps]
    for tap in taps:
        assert tap.channel == band[tap.weight[0]]
        assert tap.cell == tuple(
            axis.table[o][t]
            for axis, o, t in zip(geometry.axes, place, tap.weight[1:], strict=True)
        )
        inside = all(0 <= i < axis.size for i, axis in zip(tap.cell, geometry.axes, strict=True))
        assert (tap.kind == Kind.DATA) == inside


@given(geometries())
def test_every_cell_knows_how_many_windows_read_it(geometry: Geometry) -> None:
    read = Counter(
        tap.cell
        for place in itertools.product(*(range(axis.output) for axis in geometry.axes))
        for tap in geometry.taps(0, place)
        if tap.weight[0] == 0
    )
    for cell in itertools.product(*(axis.cells for axis in geometry.axes)):
        assert geometry.reads(cell) == read.pop(cell, 0)
    assert not read, "a tap outside of every cell"


@given(geometries())
def test_shapes_and_counts_agree(geometry: Geometry) -> None:
    *batch, channels = geometry.input_shape[: -len(geometry.axes)]
    assert tuple(batch) == geometry.batch
    assert channels == geometry.channels
    assert geometry.output_shape[: len(batch) + 1] == (*batch, geometry.maps)
    assert math.prod(geometry.kernel_shape) == geometry.weight_count
    assert geometry.weight_count == geometry.maps * geometry.tap_count
    assert [axis.name for axis in geometry.axes] == list(AXIS_NAMES[-len(geometry.axes) :])


def test_every_input_channel_belongs_to_one_group() -> None:
    geometry = make_geometry((1, 6, 3, 3), 4, (1, 1), num_groups=2)
    assert [list(geometry.channels_of(k)) for k in range(4)] == [[0, 1, 2]] * 2 + [[3, 4, 5]] * 2


@pytest.mark.parametrize(
    ("kinds", "expected"),
    [
        ((Kind.DATA, Kind.DATA), Kind.DATA),
        ((Kind.DATA, Kind.POST), Kind.POST),
        ((Kind.PRE, Kind.POST), Kind.PRE),
        ((Kind.BEYOND, Kind.PRE), Kind.BEYOND),
    ],
)
def test_a_corner_takes_the_kind_that_goes_first(kinds, expected) -> None:
    assert combine(kinds) is combine(kinds[::-1]) is expected


def test_a_window_may_stand_in_the_zeros_beyond_altogether() -> None:
    axis = Numbers(size=3, kernel=1, stride=5, dilation=1, pre=0, post=0).axis(
        PaddingMode.EXPLICIT_ROUND_UP
    )
    assert axis.table == [[0], [5]]
    assert axis.kind(5) is Kind.BEYOND
    assert axis.counts == [1, 0, 0, 0, 0, 1]


def test_a_geometry_of_great_sizes_is_made_of_a_few_integers() -> None:
    huge = 2**31 - 1
    geometry = make_geometry((huge, huge, huge, huge), huge, (1, 1), num_groups=huge)
    assert geometry.output_shape == (huge,) * 4


def test_any_kind_of_integer_is_an_integer() -> None:
    assert check_integers("stride_nd", np.array([2, 3]), 2, default=1, least=1) == (2, 3)
    assert check_integers("stride_nd", [np.int8(2), 3], 2, default=1, least=1) == (2, 3)


@pytest.mark.parametrize(
    ("parameters", "sides"),
    [
        ({}, [(0, 0), (0, 0)]),
        ({"padding_nd": (1, 2)}, [(1, 1), (2, 2)]),
        ({"pre_padding": (1, 2)}, [(1, 0), (2, 0)]),
        ({"post_padding": (1, 2)}, [(0, 1), (0, 2)]),
        ({"pre_padding": (1, 2), "post_padding": (3, 0)}, [(1, 3), (2, 0)]),
    ],
)
def test_padding_nd_is_for_both_sides(parameters: dict, sides: list[tuple[int, int]]) -> None:
    geometry = make_geometry((1, 1, 6, 9), 1, (3, 3), **parameters)
    assert [(axis.pre, axis.post) for axis in geometry.axes] == sides


@pytest.mark.parametrize(
    ("channels", "maps", "groups", "depthwise"),
    [(1, 1, 1, False), (1, 4, 1, False), (4, 4, 1, False), (4, 4, 2, False), (4, 8, 4, True)],
)
def test_depthwise_is_a_group_for_each_of_several_channels(
    channels: int, maps: int, groups: int, depthwise: bool
) -> None:
    geometry = make_geometry((1, channels, 6, 9), maps, (3, 3), num_groups=groups)
    assert geometry.is_depthwise == depthwise


@given(st.integers(1, 500))
def test_divisors_are_all_that_divide(number: int) -> None:
    assert divisors(number) == [n for n in range(1, number + 1) if number % n == 0]
