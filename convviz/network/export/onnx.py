"""A layer as a program for ONNX, opset 21, with ONNX Runtime."""

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
    quoted_list,
    reshape_back,
)
from convviz.network.export.source import Source
from convviz.network.program import Program
from convviz.network.values import DataType


def onnx(layer: ConvolutionLayer, data: object = None) -> Program:
    """The layer for ONNX; ``data`` is as for `Network.feeds`."""
    source = Source.of(layer, data)
    return program(source, _lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield from (
        "# For ONNX, opset 21, with ONNX Runtime.",
        "import numpy as np",
        "import onnx",
        "import onnxruntime",
        "from onnx import TensorProto, helper, numpy_helper",
        "",
    )
    yield from number_lines(source, "onnx", (source.items,))
    yield from batch_axis_note("ONNX", source.geometry)
    constants = ["kernel"] + ([] if source.run.bias is None else ["bias"])
    tensors = ["x", *constants]
    nodes = ["convolution"]
    if source.scaled:
        yield from _scales(source)
        constants += ["x_scale", "kernel_scale"]
        tensors[:2] = ["x_back", "kernel_back"]
        nodes = ["*quantization", *nodes]
    yield from _padding_words(source)
    arguments = ['"Conv"', quoted_list(tensors), '["y"]']
    yield from call("convolution = helper.make_node", [*arguments, *_attributes(source)])
    named = ", ".join(f'"{name}": {name}' for name in constants)
    yield f"constants = {{{named}}}"
    kind = "INT8" if source.input_values().dtype == DataType.INT8.numpy else "FLOAT"
    shape = [source.items, *source.geometry.output_shape[len(source.geometry.batch) :]]
    yield from (
        "graph = helper.make_graph(",
        f"    [{', '.join(nodes)}],",
        '    "layer",',
        f'    [helper.make_tensor_value_info("x", TensorProto.{kind}, x.shape)],',
        f'    [helper.make_tensor_value_info("y", TensorProto.FLOAT, {shape})],',
        "    [numpy_helper.from_array(array, name) for name, array in constants.items()],",
        ")",
        'opset = [helper.make_opsetid("", 21)]',
        "model = helper.make_model(graph, opset_imports=opset, ir_version=10)",
        "onnx.checker.check_model(model)",
        "session = onnxruntime.InferenceSession(",
        '    model.SerializeToString(), providers=["CPUExecutionProvider"]',
        ")",
        'y = session.run(None, {"x": x})[0]',
    )
    yield from reshape_back(source.geometry, "y")
    yield from print_result()


def _attributes(source: Source) -> Iterator[str]:
    yield f"kernel_shape={list(source.layer.kernel_size_nd)}"
    for name, ours in (("strides", "stride_nd"), ("dilations", "dilation_nd")):
        if (value := source.parameter(ours)) is not None:
            yield f"{name}={list(value)}"
    if _auto_pad(source):
        yield f'auto_pad="{source.layer.padding_mode.name}"'
    elif any(map(any, source.pads)):
        sides = [pre for pre, _ in source.pads] + [post for _, post in source.pads]
        yield f"pads={sides}"
    if source.geometry.groups != 1:
        yield f"group={source.geometry.groups}"


def _auto_pad(source: Source) -> bool:
    """Whether every runtime finds the same padding by itself."""
    return source.layer.padding_mode.is_same and _auto_pad_trouble(source) is None


def _auto_pad_trouble(source: Source) -> str | None:
    """Why a SAME padding is written out."""
    if source.parameter("dilation_nd") is not None:
        return "ONNX Runtime refuses it beside a dilation"
    if any(axis.same_total < 0 for axis in source.geometry.axes):
        return "runtimes disagree where its total is negative"
    return None


def _padding_words(source: Source) -> Iterator[str]:
    mode = source.layer.padding_mode
    if mode.rounds_up and any(axis.beyond for axis in source.geometry.axes):
        yield from comment(
            "ONNX's Conv always rounds the size down (ceil_mode is for pooling). The zeros that "
            f"the last window reads past the padding are pads: {source.padding_words()}."
        )
    if mode.is_same and not _auto_pad(source):
        yield from comment(
            f"ONNX has auto_pad={mode.name}, but {_auto_pad_trouble(source)}. This is what it "
            f"comes to for an input of {source.size_words()}: {source.padding_words()}."
        )
    elif not mode.is_same and any(pre != post for pre, post in source.pads):
        yield from comment("pads: all axes before the data, then all axes after it.")


def _scales(source: Source) -> Iterator[str]:
    """Both tensors through int8; what comes as int8 is only dequantized."""
    yield "quantization = ["
    for name, scaled in source.scaled.items():
        axis = ", axis=0" if scaled.scales.size > 1 else ""
        tensor = name
        if not scaled.is_int8:
            inputs, tensor = quoted_list([name, f"{name}_scale"]), f"{name}_int8"
            arguments = f'{inputs}, ["{tensor}"], output_dtype=TensorProto.INT8{axis}'
            yield f'    helper.make_node("QuantizeLinear", {arguments}),'
        inputs = quoted_list([tensor, f"{name}_scale"])
        yield f'    helper.make_node("DequantizeLinear", {inputs}, ["{name}_back"]{axis}),'
    yield "]"
