"""How far a control's slider goes: what a layer can be set to, the other parameters staying.

A field takes more; what cannot be is refused in words then.
"""

from __future__ import annotations

import bisect
import math
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TypeAlias

from convviz.errors import ArgumentError
from convviz.geometry import Axis, Geometry, check_int8_groups, divisors, make_axis
from convviz.network.convolution import ConvolutionLayer
from convviz.parameters import (
    DILATION_ND,
    KERNEL_SIZE_ND,
    NUM_GROUPS,
    NUM_OUTPUT_MAPS,
    PADDING_ND,
    POST_PADDING,
    PRE_PADDING,
    STRIDE_ND,
    PaddingMode,
    PerAxis,
)

_MOST_MAPS = 8  # of a slider's; in groups, so many maps a group
_MOST_LISTED = 4_096  # maps that a layer has and a slider leads through


def _maps(layer: ConvolutionLayer, shown: Geometry) -> Iterator[int]:
    """Numbers of output maps that go with the groups."""
    groups = layer.num_groups
    most = max(_MOST_MAPS * groups, min(layer.num_output_maps, _MOST_LISTED))
    for maps in range(groups, most + 1, groups):
        if _go_together(layer, shown, groups, maps):
            yield maps


def _groups(layer: ConvolutionLayer, shown: Geometry) -> Iterator[int]:
    """Numbers of groups that divide the input channels and the output maps."""
    maps = layer.num_output_maps
    for groups in divisors(math.gcd(maps, shown.channels)):
        if _go_together(layer, shown, groups, maps):
            yield groups


def _go_together(layer: ConvolutionLayer, shown: Geometry, groups: int, maps: int) -> bool:
    """Whether the layer can have so many groups and output maps."""
    if shown.channels % groups or maps % groups:
        return False
    try:
        if layer.is_quantized and groups > 1:
            check_int8_groups(replace(shown, groups=groups, maps=maps))
    except ArgumentError:
        return False
    return True


Counts: TypeAlias = Callable[[ConvolutionLayer, Geometry], Iterator[int]]

COUNTS: dict[str, Counts] = {  # by parameter, what can be beside the others
    NUM_OUTPUT_MAPS.name: _maps,
    NUM_GROUPS.name: _groups,
}


# Along an axis

_MOST = 8  # the largest value of a slider that a hand can follow; a field takes larger ones


def slider_ends(layer: ConvolutionLayer, shown: Geometry, row: PerAxis, n: int) -> tuple[int, int]:
    """The least and the largest value of a parameter's slider for axis ``n`` of what is shown."""
    return _least(layer, shown.axes[n], row, n), _slider_end(row, shown.axes[n], layer.padding_mode)


def _least(layer: ConvolutionLayer, axis: Axis, row: PerAxis, n: int) -> int:
    """The least value: with less padding, no window may fit."""
    if row.name not in (PADDING_ND.name, *PADDING_ND.sets):
        return row.least
    sides = {name: getattr(layer, name)[n] for name in PADDING_ND.sets}
    changing = row.sets or (row.name,)

    def fits(value: int) -> bool:
        pre, post = (value if name in changing else side for name, side in sides.items())
        sizes = (axis.size, axis.kernel, axis.stride, axis.dilation)
        try:
            make_axis(axis.name, *sizes, pre, post, layer.padding_mode)
        except ArgumentError:
            return False
        return True

    values = range(row.least, max(sides[name] for name in changing))
    return values.start + bisect.bisect_left(values, True, key=fits)


def _slider_end(row: PerAxis, axis: Axis, mode: PaddingMode) -> int:
    """The largest value of a parameter's slider for one axis of what is shown."""
    # SAME's padding follows from the sliders, whose ends would run away from who pulls them.
    padded = axis.size if mode.is_same else axis.pre + axis.size + axis.post
    rule = _ENDS.get(row.name)
    return _MOST if rule is None else rule(axis, padded)


def _kernel_end(axis: Axis, padded: int) -> int:
    """What fits into the padded input, up to 7: larger kernels are rare."""
    return max(1, min(7, (padded - 1) // axis.dilation + 1))


def _stride_end(axis: Axis, padded: int) -> int:
    """One more than what still gives two outputs, so that a single one is seen as well."""
    return max(2, min(_MOST, padded - axis.effective_kernel + 1))


def _dilation_end(axis: Axis, padded: int) -> int:
    """What the kernel still fits into the padded input with."""
    return max(1, min(_MOST, (padded - 1) // max(1, axis.kernel - 1)))


def _padding_end(axis: Axis, _padded: int) -> int:
    """Full padding: any more makes outputs of zeros alone."""
    return max(1, min(_MOST, axis.effective_kernel - 1))


_ENDS: dict[str, Callable[[Axis, int], int]] = {  # by parameter, from an axis and its padded size
    KERNEL_SIZE_ND.name: _kernel_end,
    STRIDE_ND.name: _stride_end,
    DILATION_ND.name: _dilation_end,
    PADDING_ND.name: _padding_end,
    PRE_PADDING.name: _padding_end,
    POST_PADDING.name: _padding_end,
}
