"""A layer as a program for PyTorch 2: padding as an argument, or by hand where it must be."""

from __future__ import annotations

from collections.abc import Iterator

from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.lines import (
    batch_axis_note,
    call,
    comment,
    number_lines,
    print_result,
    program,
    reshape_back,
)
from convviz.network.export.source import Source
from convviz.network.program import Program
from convviz.network.values import DataType


def pytorch(layer: ConvolutionLayer, data: object = None) -> Program:
    """The layer for PyTorch; ``data`` is as for `Network.feeds`."""
    source = Source.of(layer, data)
    return program(source, _lines(source))


EXACT_FLOAT32 = 2**24  # whole numbers up to here are exact in float32


def _lines(source: Source) -> Iterator[str]:
    geometry = source.geometry
    yield "# For PyTorch 2."
    yield from ("import numpy as np", "import torch", "from torch.nn import functional as F", "")
    yield from number_lines(source, "pytorch", (source.items,))
    yield from batch_axis_note("PyTorch", geometry)
    yield from ("x = torch.from_numpy(x)", "kernel = torch.from_numpy(kernel)")
    if source.scaled:
        yield from _quantized(source)
    arguments = ["x", "kernel"]
    if source.run.bias is not None and not source.scaled:
        arguments.append("torch.from_numpy(bias)")
    yield from _padding(source, arguments)
    names = (("stride", "stride_nd"), ("dilation", "dilation_nd"))
    for name, value in ((name, source.parameter(ours)) for name, ours in names):
        if value is not None:
            arguments.append(f"{name}={value}")
    if geometry.groups != 1:
        arguments.append(f"groups={geometry.groups}")
    yield from call(f"y = F.conv{len(geometry.axes)}d", arguments)
    if source.scaled:
        yield from _scale_back(source)
    yield from reshape_back(geometry, "y.numpy()")
    yield from print_result()


def _padding(source: Source, arguments: list[str]) -> Iterator[str]:
    """Padding as an argument where both sides are alike, by F.pad where they are not."""
    mode = source.layer.padding_mode
    if mode.is_same:
        yield from comment(
            f'PyTorch has padding="same" at stride 1 only. This is what {mode.name} comes to '
            f"for an input of {source.size_words()}: {source.padding_words()}."
        )
    if mode.rounds_up and any(axis.beyond for axis in source.geometry.axes):
        yield from comment(
            "PyTorch always rounds the size down. The zeros that the last window reads past the "
            f"padding are padded by hand: {source.padding_words()}."
        )
    if all(pre == post for pre, post in source.pads):
        if any(pre for pre, _ in source.pads):
            arguments.append(f"padding={tuple(pre for pre, _ in source.pads)}")
        return
    if not mode.is_same and not mode.rounds_up:
        yield from comment("PyTorch pads both sides alike; F.pad does not have to.")
    flat = tuple(side for pair in reversed(source.pads) for side in pair)
    yield f"x = F.pad(x, {flat})  # before and after, the last axis first"


def _quantized(source: Source) -> Iterator[str]:
    least, most = DataType.INT8.limits
    largest_sum = source.geometry.tap_count * least**2
    kind, words = ("float", "float32") if largest_sum <= EXACT_FLOAT32 else ("double", "float64")
    yield from comment(
        f"PyTorch's conv takes no int8. {words} holds these whole numbers without error. "
        "torch.round rounds ties to even, as TensorRT does."
    )
    for name, scaled in source.scaled.items():
        if scaled.is_int8:
            yield f"{name} = {name}.{kind}()"
            continue
        by = f"torch.from_numpy({name}_scale)"
        if scaled.scales.size > 1:
            by += f".reshape({(-1, *[1] * (1 + len(source.geometry.axes)))})"
        yield f"{name} = torch.round({name} / {by}).clamp({least}, {most}).{kind}()"


def _scale_back(source: Source) -> Iterator[str]:
    by_map = (-1, *[1] * len(source.geometry.axes))
    yield "scale = torch.from_numpy(x_scale) * torch.from_numpy(kernel_scale)"
    yield f"y = y.float() * scale.reshape({by_map})"
    if source.run.bias is not None:
        yield f"y = y + torch.from_numpy(bias).reshape({by_map})"
