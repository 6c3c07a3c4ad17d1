"""Where sliders end: every place can be set, and the next one cannot, or is no use to a hand."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import convviz as cv
from convviz.errors import ArgumentError
from convviz.geometry import make_axis
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import TABLE, PaddingMode, PerAxis
from convviz.widget.ends import COUNTS, slider_ends

ROWS = {row.name: row for row in TABLE if isinstance(row, PerAxis) and row.has_control}
MOST = {"kernel_size_nd": 7}  # of a slider; 8 for all else
LAYERS = [
    {"size": size, "kernel": kernel, "stride": stride, "dilation": dilation, "pre": pre}
    for size, kernel, stride, dilation, pre in itertools.product(
        (3, 6, 30), (1, 3), (1, 2), (1, 3), (0, 1, 3)
    )
    if 1 + dilation * (kernel - 1) <= size + pre
]


def layer_of(
    size: int, kernel: int, stride: int, dilation: int, pre: int, mode: PaddingMode
) -> ConvolutionLayer:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 9, size))
    layer = network.add_convolution_nd(x, 1, (1, kernel), np.ones(kernel))
    layer.padding_mode = mode
    layer.stride_nd, layer.dilation_nd = (1, stride), (1, dilation)
    layer.pre_padding = (0, pre)
    return layer


def output(layer: ConvolutionLayer, changed: dict[str, int]) -> int | None:
    """How long the output's width is with some parameters changed; None where none can be."""
    names = ("kernel_size_nd", "stride_nd", "dilation_nd", "pre_padding", "post_padding")
    now = {name: getattr(layer, name)[1] for name in names}
    size = layer.geometry().axes[1].size
    try:
        return make_axis("width", size, *{**now, **changed}.values(), layer.padding_mode).output
    except ArgumentError:
        return None


@pytest.mark.parametrize("mode", [PaddingMode.EXPLICIT_ROUND_DOWN, PaddingMode.SAME_UPPER])
@pytest.mark.parametrize("name", ROWS)
def test_every_place_of_a_slider_can_be_set(name: str, mode: PaddingMode) -> None:
    row = ROWS[name]
    for numbers in LAYERS:
        layer = layer_of(**numbers, mode=mode)
        least, most = slider_ends(layer, layer.geometry(), row, 1)
        assert row.least <= least <= most <= MOST.get(name, 8), numbers
        parts = row.sets or (name,)
        lengths = {n: output(layer, dict.fromkeys(parts, n)) for n in range(row.least, most + 2)}
        if name != "stride_nd":  # whose last place shows a single output
            assert None not in [lengths[n] for n in range(least, most + 1)] or most == 1, numbers
        if least > row.least:
            assert lengths[least - 1] is None, "less padding, and no window fits"


@pytest.mark.parametrize("numbers", LAYERS, ids=str)
def test_a_slider_goes_as_far_as_there_is_something_to_see(numbers: dict[str, int]) -> None:
    layer = layer_of(**numbers, mode=PaddingMode.EXPLICIT_ROUND_DOWN)
    ends = {name: slider_ends(layer, layer.geometry(), row, 1)[1] for name, row in ROWS.items()}
    for name in ("kernel_size_nd", "dilation_nd"):
        if ends[name] < MOST.get(name, 8) and layer.kernel_size_nd[1] > 1:
            assert output(layer, {name: ends[name] + 1}) is None, "the next fits nowhere"
    if 2 < ends["stride_nd"] < 8:
        assert output(layer, {"stride_nd": ends["stride_nd"] - 1}) == 2
        assert output(layer, {"stride_nd": ends["stride_nd"]}) == 1
    effective = layer.geometry().axes[1].effective_kernel
    for name in ("padding_nd", "pre_padding", "post_padding"):
        assert ends[name] == max(1, min(8, effective - 1)), "full padding"


def test_counts_go_together() -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 12, 4, 4))
    layer = network.add_convolution_nd(x, 8, (1, 1), np.ones(8 * 12))
    shown = layer.geometry()
    assert list(COUNTS["num_groups"](layer, shown)) == [1, 2, 4]
    assert list(COUNTS["num_output_maps"](layer, shown)) == list(range(1, 9))
    layer.num_groups = 4
    assert list(COUNTS["num_output_maps"](layer, shown)) == list(range(4, 33, 4))
    layer.num_groups = 5  # no divisor of the channels
    assert list(COUNTS["num_output_maps"](layer, shown)) == []


def test_int8_counts_are_multiples_of_four_a_group() -> None:
    layer = cv.explore(
        np.ones((1, 16, 4, 4)), np.ones((16, 16, 1, 1)), input_scale=1, kernel_scale=1
    ).layer
    shown = layer.geometry()
    assert list(COUNTS["num_groups"](layer, shown)) == [1, 2, 4, 16]  # 8 groups hold two channels
