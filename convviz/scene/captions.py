"""The words and formulas under a picture: sizes, padding modes, what is never read or lost.

Numbers come from the geometry; nothing is worked out here but sentences.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from convviz.geometry import Axis, Geometry, Kind
from convviz.language.catalogue import say
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
from convviz.scene.int8 import SATURATED, VANISHED

ValueRanges = Mapping[str, tuple[float, float]]  # by tensor, what is black and what is white


def shape(sizes: Sequence[int]) -> str:
    """Sizes as people write them: 1×1×6×9."""
    return "×".join(map(str, sizes))


def size_formula(axis: Axis, mode: PaddingMode, *, plain: bool = False, short: bool = False) -> str:
    """The output size along one axis, worked out with its numbers.

    ``plain`` leaves out a padding of zero on both sides, and ``short`` a stride of 1 as well.
    Source: TensorRT's ``PaddingMode`` documentation.
    """
    if mode.is_same:
        return f"⌈{axis.size} / {axis.stride}⌉ = {axis.output}"
    left, right = "⌈⌉" if mode.rounds_up else "⌊⌋"
    unpadded = (plain or short) and axis.pre == axis.post == 0
    padding = "" if unpadded else f" + {axis.pre} + {axis.post}"
    padded = f"{axis.size}{padding} − {_effective_kernel(axis)}"
    if short and axis.stride == 1:
        return f"{padded} + 1 = {axis.output}"
    return f"{left}({padded}) / {axis.stride}{right} + 1 = {axis.output}"


def same_padding_formula(axis: Axis) -> str:
    """What a SAME mode pads along one axis, worked out with its numbers."""
    total = axis.same_total
    covered = f"⌊({axis.size} − 1) / {axis.stride}⌋·{axis.stride}"
    formula = f"P = {covered} + {_effective_kernel(axis)} − {axis.size} = {total}"
    words = {"axis": axis_name(axis), "formula": formula, "pre": axis.pre, "post": axis.post}
    if total < 0:
        return say("captions.same_padding_clamped", **words)
    return say("captions.same_padding", **words)


def axis_name(axis: Axis | str) -> str:
    """The axis, or the one of this name, in the reader's language."""
    name = axis if isinstance(axis, str) else axis.name
    return say(f"captions.axis.{name}")


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
    return [
        *lines,
        say("captions.padding_before", sizes=before),
        say("captions.padding_after", sizes=after),
    ]


def titles(geometry: Geometry, ranges: ValueRanges) -> dict[str, str]:
    """The heading of each tensor: its shape, and in images what is black and what is white."""
    shapes = {
        "input": geometry.input_shape,
        "kernel": geometry.kernel_shape,
        "output": geometry.output_shape,
    }
    found = {name: f"{say(f'captions.tensor.{name}')} {shape(s)}" for name, s in shapes.items()}
    padded = tuple(len(axis.cells) for axis in geometry.axes)
    if padded != geometry.input_shape[-len(padded) :]:
        found["input"] += " → " + say("captions.padded", shape=shape(padded))
    for name, (low, high) in ranges.items():
        found[name] += ", " + say("captions.value_range", black=f"{low:.4g}", white=f"{high:.4g}")
    return found


def legend(
    geometry: Geometry, flags: Iterable[str], *, padding: bool, readable: bool
) -> list[tuple[str, str]]:
    """What each kind of cell in a picture means: its kind and the words for it.

    ``padding`` is whether cells of it are shown at all: an image has pixels of the data alone. Of
    the int8 marks every picture has both.
    """
    axes, lost = geometry.axes, "".join(flags)
    zeros = {
        Kind.PRE.value: any(axis.pre for axis in axes),
        Kind.POST.value: any(axis.post for axis in axes),
        Kind.BEYOND.value: any(axis.beyond for axis in axes),
    }
    cells = {
        Kind.GAP.value: any(axis.dilation > 1 and axis.kernel > 1 for axis in axes[-2:]),
        "unread": any(0 in axis.counts for axis in axes),
    }
    shown = {kind: padding and is_there for kind, is_there in zeros.items()}
    shown |= {kind: readable and is_there for kind, is_there in cells.items()}
    shown |= {"saturated": SATURATED in lost, "vanished": VANISHED in lost}
    return [(kind, say(f"captions.legend.{kind}")) for kind, is_shown in shown.items() if is_shown]


def duration(seconds: float) -> str:
    """A time in a unit that leaves a readable number."""
    units = (("s", 1.0), ("ms", 1e3), ("µs", 1e6))
    unit, factor = next((u for u in units if seconds * u[1] >= 1), units[-1])
    return f"{seconds * factor:.3g} {unit}"


def formulas(geometry: Geometry, mode: PaddingMode) -> list[str]:
    """The size of each axis, then, where the mode chooses it, the padding of each axis."""
    lines = [f"{axis_name(axis)}: {size_formula(axis, mode)}" for axis in geometry.axes]
    if mode.is_same:
        lines += [same_padding_formula(axis) for axis in geometry.axes]
    return lines


def notes(geometry: Geometry, settings: Mapping[str, Setting]) -> list[str]:
    """What a reader should not miss about these parameters, a sentence each."""
    lines = [*_mode_notes(settings), *_beyond_notes(geometry)]
    unread = _unread(geometry)
    if unread:
        total = int(np.prod([axis.size for axis in geometry.axes]))
        lines.append(say("captions.notes.unread", count=unread, total=total))
    return lines


def _mode_notes(settings: Mapping[str, Setting]) -> list[str]:
    mode = settings[PADDING_MODE.name]
    pre, post = settings[PRE_PADDING.name], settings[POST_PADDING.name]
    assert isinstance(mode, PaddingMode)
    assert isinstance(pre, tuple)
    assert isinstance(post, tuple)
    lines = []
    if mode.is_same and (any(pre) or any(post)):
        lines.append(say("captions.notes.same_ignores", mode=mode.name, pre=pre, post=post))
    if mode.is_caffe:
        lines.append(say("captions.notes.legacy", mode=mode.name))
        if pre != post:
            lines.append(say("captions.notes.caffe_ignores", pre=pre, post=post))
    return lines


def _beyond_notes(geometry: Geometry) -> list[str]:
    return [
        say("captions.notes.beyond", axis=axis_name(axis), count=axis.beyond)
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


def losses(tensor: str, flags: str, dtype: DataType) -> str | None:
    """How many values the integers could not hold; ``flags`` has a letter for each value."""
    least, most = (f"{limit}".replace("-", "−") for limit in dtype.limits)
    parts = []
    if count := flags.count(SATURATED):
        parts.append(say("captions.int8.saturated", count=count, least=least, most=most))
    if count := flags.count(VANISHED):
        parts.append(say("captions.int8.vanished", count=count))
    if not parts:
        return None
    lost = say("captions.and").join(parts)
    name = say(f"captions.tensor.{tensor}")
    return say("captions.int8.lost", tensor=name, total=len(flags), lost=lost)
