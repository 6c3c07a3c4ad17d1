"""Which input cell each weight meets: sizes, padding modes and index rules, in integers only.

The single home of every index rule. The NumPy sums, the scene and the pictures ask here; the CUDA
kernel, which cannot, is held to this module by a test. Nothing here knows a value of a tensor.

The rules are separable, so an `Axis` holds all there is to know about one spatial axis, and a
`Geometry` is the axes plus the channels. The one index rule is ``Axis.index``.
"""

from __future__ import annotations

import enum
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Unpack

from convviz.errors import ArgumentError, short
from convviz.parameters import (
    DILATION_ND,
    MAX_SIZE,
    NUM_GROUPS,
    NUM_OUTPUT_MAPS,
    PADDING_MODE,
    PADDING_ND,
    POST_PADDING,
    PRE_PADDING,
    STRIDE_ND,
    LayerParameters,
    PaddingMode,
    as_integers,
    check_kernel_size,
    check_parameters,
)

MAX_RANK = 8  # TensorRT's Dims::MAX_DIMS
INT8_GROUP = 4  # TensorRT sums int8 groups of multiples of this only
AXIS_NAMES = ("depth", "height", "width")


class Kind(enum.StrEnum):
    """What a cell is. Of two axes that disagree, the kind named later here wins."""

    DATA = "data"
    POST = "post"
    PRE = "pre"
    BEYOND = "beyond"
    GAP = "gap"  # between the weights of a dilated kernel; never the kind of an input cell


_PRECEDENCE = {kind: rank for rank, kind in enumerate(Kind)}


def combine(kinds: Sequence[Kind]) -> Kind:
    """The kind of a cell from its kinds on each axis: beyond over pre over post over data."""
    return max(kinds, key=_PRECEDENCE.__getitem__)


@dataclass(frozen=True)
class Axis:
    """One spatial axis with its padding resolved. All lengths are in cells.

    Attributes
    ----------
    name : str
        ``"depth"``, ``"height"`` or ``"width"``.
    size, kernel, stride, dilation : int
        The input's size, the kernel's, the step of the window, the distance between two weights.
    pre, post : int
        The zeros before and after the data that the padding mode settled on.
    output : int
        The output's size.
    """

    name: str
    size: int
    kernel: int
    stride: int
    dilation: int
    pre: int
    post: int
    output: int

    @property
    def effective_kernel(self) -> int:
        """The kernel's size with its gaps: 1 + dilation · (kernel − 1)."""
        return 1 + self.dilation * (self.kernel - 1)

    @property
    def same_total(self) -> int:
        """The padding that a SAME mode wants, both sides together; where negative, it pads none."""
        return same_total(self.size, self.effective_kernel, self.stride)

    @property
    def beyond(self) -> int:
        """Zeros past the post-padding that the last window of a rounded-up output still reads."""
        read = (self.output - 1) * self.stride + self.effective_kernel
        return max(0, read - (self.pre + self.size + self.post))

    @property
    def cells(self) -> range:
        """Every index there is, padding included: negative before the data, ≥ size after it."""
        return range(-self.pre, self.size + self.post + self.beyond)

    def index(self, output: int, tap: int) -> int:
        """The input index that weight ``tap`` meets when the window stands at ``output``."""
        return output * self.stride - self.pre + tap * self.dilation

    def kind(self, index: int) -> Kind:
        """What the input cell at ``index`` is on this axis."""
        if index < 0:
            return Kind.PRE
        if index < self.size:
            return Kind.DATA
        return Kind.POST if index < self.size + self.post else Kind.BEYOND

    def readers(self, index: int) -> list[tuple[int, int]]:
        """The (output, tap) pairs that read the input at ``index``: `index` turned around."""
        pairs = []
        for tap in range(self.kernel):
            start = index + self.pre - tap * self.dilation
            output, rest = divmod(start, self.stride)
            if rest == 0 and 0 <= output < self.output:
                pairs.append((output, tap))
        return sorted(pairs)

    @cached_property
    def table(self) -> list[list[int]]:
        """``table[output][tap]`` is the input index read there."""
        return [[self.index(o, t) for t in range(self.kernel)] for o in range(self.output)]

    @cached_property
    def counts(self) -> list[int]:
        """How often each of `cells` is read while the window passes along this axis."""
        counts = [0] * len(self.cells)
        for tap in range(self.kernel):
            first = self.index(0, tap) + self.pre
            for cell in range(first, first + self.output * self.stride, self.stride):
                counts[cell] += 1
        return counts


# The depth of a layer without one: what computes in three axes takes a 2-D layer so.
FLAT = Axis("depth", size=1, kernel=1, stride=1, dilation=1, pre=0, post=0, output=1)


@dataclass(frozen=True)
class Tap:
    """One product of a sum: weight ``(channel within the group, *offset)`` meets an input cell.

    ``channel`` and ``cell`` are the input's own; ``cell`` may lie in the padding, as ``kind`` says.
    """

    channel: int
    weight: tuple[int, ...]
    cell: tuple[int, ...]
    kind: Kind


@dataclass(frozen=True)
class Geometry:
    """Everything about a convolution that follows from shapes and parameters alone.

    Attributes
    ----------
    batch : tuple of int
        The axes before the channel axis; each of their items is convolved on its own.
    channels, maps, groups : int
        Input channels, output maps (TensorRT's ``num_output_maps``), groups.
    axes : tuple of Axis
        The spatial axes in memory order: (depth,) height, width.
    """

    batch: tuple[int, ...]
    channels: int
    maps: int
    groups: int
    axes: tuple[Axis, ...]

    @property
    def group_channels(self) -> int:
        """Input channels that one output map sees."""
        return self.channels // self.groups

    @property
    def group_maps(self) -> int:
        """Output maps that one group makes."""
        return self.maps // self.groups

    @cached_property
    def input_shape(self) -> tuple[int, ...]:
        """The input's shape: batch, C, (D,) H, W."""
        return (*self.batch, self.channels, *(axis.size for axis in self.axes))

    @cached_property
    def kernel_shape(self) -> tuple[int, ...]:
        """The weights' shape and memory order: K, C/groups, (T,) R, S."""
        return (self.maps, self.group_channels, *(axis.kernel for axis in self.axes))

    @cached_property
    def output_shape(self) -> tuple[int, ...]:
        """The output's shape: batch, K, and the axes' output sizes."""
        return (*self.batch, self.maps, *(axis.output for axis in self.axes))

    @cached_property
    def weight_count(self) -> int:
        """How many weights a kernel has."""
        return math.prod(self.kernel_shape)

    @cached_property
    def tap_count(self) -> int:
        """Products in the sum of one output element."""
        return math.prod(self.kernel_shape[1:])

    @property
    def is_depthwise(self) -> bool:
        """Whether every input channel is a group of its own."""
        return self.groups > 1 and self.group_channels == 1

    def channels_of(self, output_map: int) -> range:
        """The input channels that ``output_map`` sums over."""
        first = output_map // self.group_maps * self.group_channels
        return range(first, first + self.group_channels)

    def taps(self, output_map: int, position: Sequence[int]) -> Iterator[Tap]:
        """The taps of one output element, in the order in which they are summed.

        That order is the weights' memory order: channel, (depth,) row, column.
        """
        for within, channel in enumerate(self.channels_of(output_map)):
            for offset in _positions([axis.kernel for axis in self.axes]):
                cell = tuple(
                    axis.index(o, t) for axis, o, t in zip(self.axes, position, offset, strict=True)
                )
                yield Tap(channel, (within, *offset), cell, self.kind(cell))

    def kind(self, cell: Sequence[int]) -> Kind:
        """What the input cell at these spatial indices is: data, or which padding."""
        return combine([axis.kind(i) for axis, i in zip(self.axes, cell, strict=True)])

    def reads(self, cell: Sequence[int]) -> int:
        """How many windows of one output map read the input cell (0: no window ever does)."""
        return math.prod(axis.counts[i + axis.pre] for axis, i in zip(self.axes, cell, strict=True))


def _positions(sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    if not sizes:
        yield ()
        return
    for first in range(sizes[0]):
        for rest in _positions(sizes[1:]):
            yield (first, *rest)


def resolve_padding(
    size: int, effective_kernel: int, stride: int, pre: int, post: int, mode: PaddingMode
) -> tuple[int, int]:
    """The padding (before, after) that ``mode`` uses along one axis.

    Source: TensorRT's ``PaddingMode`` documentation (NvInfer.h). SAME modes take what makes the
    output ⌈size/stride⌉ and ignore both explicit values; the CAFFE modes know one value for both
    sides. A negative SAME total, for which TensorRT states no rule, counts as 0, as in ONNX.
    """
    if mode.is_same:
        total = max(0, same_total(size, effective_kernel, stride))
        half = total // 2
        return (half, total - half) if mode is PaddingMode.SAME_UPPER else (total - half, half)
    if mode.is_caffe:
        return pre, pre
    return pre, post


def same_total(size: int, effective_kernel: int, stride: int) -> int:
    """The zeros with which the output of one axis is ⌈size/stride⌉; negative where none are."""
    return (size - 1) // stride * stride + effective_kernel - size


def output_size(size: int, effective_kernel: int, stride: int, mode: PaddingMode) -> int:
    """The output's size along one axis; ``size`` is the padded input's.

    SAME needs no rule of its own: with its padding the floor gives ⌈unpadded size/stride⌉.
    """
    slack = size - effective_kernel
    return (-(-slack // stride) if mode.rounds_up else slack // stride) + 1


def make_geometry(
    input_shape: Sequence[int],
    num_output_maps: int,
    kernel_size_nd: Sequence[int],
    **parameters: Unpack[LayerParameters],
) -> Geometry:
    """Check shapes and parameters and work out the geometry.

    Parameters
    ----------
    input_shape : (…, C, [D,] H, W), all positive
    num_output_maps : positive
    kernel_size_nd : one positive integer per axis
    parameters : stride_nd, padding_nd, … by the layer's names

    Raises
    ------
    ArgumentError
        Naming the first parameter that cannot be.
    """
    check_parameters(parameters)
    kernel = check_kernel_size(kernel_size_nd)
    rank = len(kernel)
    shape = check_input_shape(input_shape, rank)
    stride = STRIDE_ND.check(parameters.get("stride_nd"), rank)
    dilation = DILATION_ND.check(parameters.get("dilation_nd"), rank)
    both = PADDING_ND.check(parameters.get("padding_nd"), rank)
    before, after = parameters.get("pre_padding"), parameters.get("post_padding")
    pre = both if before is None else PRE_PADDING.check(before, rank)
    post = both if after is None else POST_PADDING.check(after, rank)
    mode = PADDING_MODE.check(parameters.get("padding_mode"))
    maps = NUM_OUTPUT_MAPS.check(num_output_maps)
    groups = NUM_GROUPS.check(parameters.get("num_groups"))
    channels = shape[-rank - 1]
    check_groups(groups, channels, maps)
    axes = tuple(
        make_axis(
            AXIS_NAMES[n - rank],
            shape[n - rank],
            kernel[n],
            stride[n],
            dilation[n],
            pre[n],
            post[n],
            mode,
        )
        for n in range(rank)
    )
    return Geometry(shape[: -rank - 1], channels, maps, groups, axes)


def make_axis(
    name: str,
    size: int,
    kernel: int,
    stride: int,
    dilation: int,
    pre: int,
    post: int,
    mode: PaddingMode,
) -> Axis:
    """Resolve one axis, whose numbers have been checked one by one but not together."""
    effective_kernel = 1 + dilation * (kernel - 1)
    before, after = resolve_padding(size, effective_kernel, stride, pre, post, mode)
    padded = before + size + after
    if effective_kernel > padded:
        raise ArgumentError(
            "kernel_size_nd",
            f"{kernel} along the {name}, an effective {effective_kernel} at dilation {dilation}",
            f"an effective size of at most {padded}: the input's {size}, padded by {before} and "
            f"{after}",
            f"Use a smaller kernel or dilation, or at least {effective_kernel - padded} more "
            "padding.",
        )
    output = output_size(padded, effective_kernel, stride, mode)
    return Axis(name, size, kernel, stride, dilation, before, after, output)


def check_input_shape(value: Sequence[int], rank: int) -> tuple[int, ...]:
    """``value`` as the shape of an input for a kernel of ``rank`` axes, or an ArgumentError."""
    least = rank + 2
    layout = "(N, C, H, W)" if rank == 2 else "(N, C, D, H, W)"
    shape = as_integers(value)
    if shape is None or any(not 1 <= n <= MAX_SIZE for n in shape):
        raise ArgumentError(
            "input",
            f"shape {short(value)}",
            f"positive sizes, {layout}",
            "Give every axis a size of at least 1.",
        )
    if not least <= len(shape) <= MAX_RANK:
        raise ArgumentError(
            "input",
            f"shape {shape} of {len(shape)} axes",
            f"{least} to {MAX_RANK} axes, {layout} with more batch axes in front, "
            f"for a kernel of {rank} axes",
            "Add axes of size 1 with reshape, or use a kernel with another number of axes.",
        )
    return shape


def check_groups(groups: int, channels: int, maps: int) -> None:
    """Refuse groups that do not divide the input channels and the output maps."""
    for count, noun in ((channels, "input channels"), (maps, "output maps")):
        if count % groups:
            both = divisors(math.gcd(channels, maps))
            raise ArgumentError(
                "num_groups",
                f"{groups} with {channels} input channels and {maps} output maps",
                f"a number that divides the {count} {noun} (and both counts): " + _some(both),
                "Choose one of these, or change num_output_maps or the input's channels.",
            )


def check_int8_groups(geometry: Geometry) -> None:
    """Refuse groups that TensorRT cannot sum in int8: of a size that is no multiple of four.

    Groups of one channel are computed all the same: its header (NvInfer.h) excludes them too, yet
    NVIDIA recommends int8 for depthwise layers.
    """
    channels, maps = geometry.group_channels, geometry.group_maps
    if geometry.is_depthwise:
        return
    if geometry.groups > 1 and (channels % INT8_GROUP or maps % INT8_GROUP):
        raise ArgumentError(
            "num_groups",
            f"{geometry.groups} int8 groups of {channels} input channels and {maps} output maps",
            f"groups whose channels and maps are multiples of {INT8_GROUP}, or one group",
            "Choose fewer groups, bring the channels to such a multiple, or compute in float32.",
        )


def divisors(number: int) -> list[int]:
    """What divides a number, in order."""
    small = [n for n in range(1, math.isqrt(number) + 1) if number % n == 0]
    return sorted({*small, *(number // n for n in small)})


def _some(numbers: list[int], most: int = 12) -> str:
    shown = ", ".join(map(str, numbers[:most]))
    return shown if len(numbers) <= most else f"{shown}, … {numbers[-1]}"
