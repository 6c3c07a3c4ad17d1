"""The words and formulas under a picture: sizes, padding modes, what is never read or lost.

Numbers come from the geometry; nothing is worked out here but sentences.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from convviz.geometry import Axis, Geometry
from convviz.network.values import DataType
from convviz.parameters import (
    KERNEL_SIZE_ND,
    NUM_OUTPUT_MAPS,
    PADDING_MODE,
    PADDING_ND,
    POST_PADDING,
    PRE_PADDING,
    TABLE,
    PaddingMode,
    Setting,
)

LEGEND = {
    "pre": "padding before the data",
    "post": "padding after the data",
    "beyond": "zeros beyond the padding",
    "gap": "gap of the dilated kernel",
    "unread": "read by no window",
    "saturated": "saturated",
    "vanished": "became 0",
}


def shape(sizes: Sequence[int]) -> str:
    """Sizes as people write them: 1×1×6×9."""
    return "×".join(map(str, sizes))


def size_formula(axis: Axis, mode: PaddingMode) -> str:
    """The output size along one axis, worked out with its numbers.

    Source: TensorRT's ``PaddingMode`` documentation.
    """
    if mode.is_same:
        return f"{axis.name}: ⌈{axis.size} / {axis.stride}⌉ = {axis.output}"
    left, right = "⌈⌉" if mode.rounds_up else "⌊⌋"
    padded = f"{axis.size} + {axis.pre} + {axis.post} − {_effective_kernel(axis)}"
    return f"{axis.name}: {left}({padded}) / {axis.stride}{right} + 1 = {axis.output}"


def same_padding_formula(axis: Axis) -> str:
    """What a SAME mode pads along one axis, worked out with its numbers."""
    steps = f"⌊({axis.size} − 1) / {axis.stride}⌋·{axis.stride}"
    total = (axis.size - 1) // axis.stride * axis.stride + axis.effective_kernel - axis.size
    clamp = ", taken as 0" if total < 0 else ""
    return (
        f"{axis.name}: P = {steps} + {_effective_kernel(axis)} − {axis.size} = {total}{clamp}"
        f" → {axis.pre} before, {axis.post} after"
    )


def _effective_kernel(axis: Axis) -> str:
    """The effective kernel size as a formula."""
    if axis.dilation == 1:
        return str(axis.kernel)
    return f"(1 + {axis.dilation}·({axis.kernel} − 1))"


def parameters(geometry: Geometry, settings: Mapping[str, Setting]) -> list[str]:
    """The layer's parameters under TensorRT's names, with the padding that the mode settled on."""
    axes = geometry.axes
    values: dict[str, Setting] = {
        NUM_OUTPUT_MAPS.name: geometry.maps,
        KERNEL_SIZE_ND.name: tuple(axis.kernel for axis in axes),
        **settings,
    }
    lines = [
        f"{row.name} = {getattr(values[row.name], 'name', values[row.name])}"
        for row in TABLE
        if row.name not in (PADDING_ND.name, *PADDING_ND.sets)
    ]
    before, after = tuple(axis.pre for axis in axes), tuple(axis.post for axis in axes)
    return [*lines, f"padding before {before}", f"padding after {after}"]


def formulas(geometry: Geometry, mode: PaddingMode) -> list[str]:
    """The size of each axis, then, where the mode chooses it, the padding of each axis."""
    lines = [size_formula(axis, mode) for axis in geometry.axes]
    if mode.is_same:
        lines += [same_padding_formula(axis) for axis in geometry.axes]
    return lines


def notes(geometry: Geometry, settings: Mapping[str, Setting]) -> list[str]:
    """What a reader should not miss about these parameters, a sentence each."""
    lines = [*_mode_notes(settings), *_beyond_notes(geometry)]
    unread = _unread(geometry)
    if unread:
        total = int(np.prod([axis.size for axis in geometry.axes]))
        verb = "is" if unread == 1 else "are"
        lines.append(f"{unread} of {total} input cells a channel {verb} read by no window.")
    return lines


def _mode_notes(settings: Mapping[str, Setting]) -> list[str]:
    mode = settings[PADDING_MODE.name]
    pre, post = settings[PRE_PADDING.name], settings[POST_PADDING.name]
    assert isinstance(mode, PaddingMode)
    assert isinstance(pre, tuple)
    assert isinstance(post, tuple)
    lines = []
    if mode.is_same and (any(pre) or any(post)):
        lines.append(f"{mode.name} ignores pre_padding {pre} and post_padding {post}.")
    if mode.is_caffe:
        lines.append(f"{mode.name} is legacy: TensorRT 10 removed it.")
        if pre != post:
            lines.append(f"It pads both sides by pre_padding {pre} and ignores {post}.")
    return lines


def _beyond_notes(geometry: Geometry) -> list[str]:
    return [
        f"The size is rounded up: along the {axis.name} the last window reads {axis.beyond} more "
        f"zero{'s' if axis.beyond > 1 else ''} beyond the padding."
        for axis in geometry.axes
        if axis.beyond
    ]


def _unread(geometry: Geometry) -> int:
    """Data cells of one channel that no window reads."""
    read = total = 1
    for axis in geometry.axes:
        counts = axis.counts[axis.pre : axis.pre + axis.size]
        read *= sum(count > 0 for count in counts)
        total *= axis.size
    return total - read


def losses(what: str, flags: str) -> str | None:
    """How many values int8 could not hold; ``flags`` has an s or a v for each lost one."""
    saturated, vanished = flags.count("s"), flags.count("v")
    parts = []
    if saturated:
        least, most = DataType.INT8.limits
        parts.append(f"{saturated} saturate at {str(least).replace('-', '−')} or {most}")
    if vanished:
        parts.append(f"{vanished} vanish to 0")
    return f"{what}: of {len(flags)} values {' and '.join(parts)}." if parts else None
