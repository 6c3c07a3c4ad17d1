"""A layer as a program for TensorRT 10 and 11."""

from __future__ import annotations

from collections.abc import Iterator

from convviz.network.convolution import ConvolutionLayer
from convviz.network.export.lines import comment, number_lines, print_result, program
from convviz.network.export.source import Source
from convviz.network.program import Program
from convviz.network.values import DYNAMIC
from convviz.parameters import PaddingMode


def tensorrt(layer: ConvolutionLayer, data: object = None) -> Program:
    """The layer for TensorRT; ``data`` is as for `Network.feeds`."""
    source = Source.of(layer, data)
    return program(source, _lines(source))


def _lines(source: Source) -> Iterator[str]:
    yield "# For TensorRT 10 and 11."
    yield from ("import cupy", "import numpy as np", "import tensorrt as trt", "")
    yield from number_lines(source, "tensorrt", source.geometry.batch)
    yield from ("logger = trt.Logger(trt.Logger.ERROR)", "builder = trt.Builder(logger)")
    if not source.scaled:
        yield "network = builder.create_network()"
    else:
        yield "strong = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)"
        yield "network = builder.create_network(strong)"
    yield "config = builder.create_builder_config()"
    yield "config.clear_flag(trt.BuilderFlag.TF32)  # on by default; it keeps 10 bits of 23"
    yield ""
    yield from _layer(source)
    yield "network.mark_output(layer.get_output(0))"
    yield ""
    yield from (
        "plan = builder.build_serialized_network(network, config)",
        "engine = trt.Runtime(logger).deserialize_cuda_engine(plan)",
        "context = engine.create_execution_context()",
        "x_gpu = cupy.asarray(x)",
        "y_gpu = cupy.empty(tuple(layer.get_output(0).shape), np.float32)",
        "context.set_tensor_address(inputT0.name, x_gpu.data.ptr)",
        "context.set_tensor_address(layer.get_output(0).name, y_gpu.data.ptr)",
        "stream = cupy.cuda.Stream()",
        "context.execute_async_v3(stream.ptr)",
        "stream.synchronize()",
        "y = y_gpu.get()",
    )
    yield from print_result()


def _layer(source: Source) -> Iterator[str]:
    layer = source.layer
    kind = "INT8" if source.scaled and source.scaled["x"].is_int8 else "FLOAT"
    if DYNAMIC in layer.input.shape:
        yield from comment(
            f"The layer's input is {layer.input.shape}. Here the dynamic sizes are those of x; to "
            "leave them open, TensorRT wants an optimization profile."
        )
    yield f'inputT0 = network.add_input("inputT0", trt.DataType.{kind}, x.shape)'
    tensor, kernel = "inputT0", "kernel"
    if source.scaled:
        yield from _scales(source)
        tensor, kernel = "x_back", "trt.Weights()"
    size = source.layer.kernel_size_nd
    bias = "" if source.run.bias is None else ", bias"
    maps = layer.num_output_maps
    yield f"layer = network.add_convolution_nd({tensor}, {maps}, {size}, {kernel}{bias})"
    if source.scaled:
        yield "layer.set_input(1, kernel_back)"
    for name in ("stride_nd", "dilation_nd"):
        if (value := source.parameter(name)) is not None:
            yield f"layer.{name} = {value}"
    if layer.num_groups != 1:
        yield f"layer.num_groups = {layer.num_groups}"
    yield from _padding(layer)


def _padding(layer: ConvolutionLayer) -> Iterator[str]:
    mode, pre, post = layer.padding_mode, layer.pre_padding, layer.post_padding
    if mode.is_same:
        if any(pre) or any(post):
            yield from comment(f"{mode.name} decides the padding: {pre} and {post} are ignored.")
        yield f"layer.padding_mode = trt.PaddingMode.{mode.name}"
        return
    if mode.is_caffe:
        yield from comment(
            f"{mode.name} is gone since TensorRT 10. It padded both sides by the pre-padding and "
            "rounded the same way, so this is the same layer."
        )
        post = pre
    if pre == post and any(pre):
        yield f"layer.padding_nd = {pre}"
    elif pre != post:
        yield f"layer.pre_padding = {pre}"
        yield f"layer.post_padding = {post}"
    if mode.rounds_up:
        yield f"layer.padding_mode = trt.PaddingMode.{PaddingMode.EXPLICIT_ROUND_UP.name}"


def _scales(source: Source) -> Iterator[str]:
    """Both tensors through int8; what comes as int8 is only dequantized."""
    for name, scaled in source.scaled.items():
        tensor = "inputT0" if name == "x" else "weights"
        if name == "kernel":
            yield "weights = network.add_constant(kernel.shape, kernel).get_output(0)"
        shape = "[]" if scaled.scales.size == 1 else f"[{scaled.scales.size}]"
        yield f"scale = network.add_constant({shape}, {name}_scale).get_output(0)"
        for verb in ("quantize", "dequantize")[scaled.is_int8 :]:
            kind = "INT8" if verb == "quantize" else "FLOAT"
            yield f"{verb} = network.add_{verb}({tensor}, scale, trt.DataType.{kind})"
            if scaled.scales.size > 1:
                yield f"{verb}.axis = 0"
            tensor = f"{verb}.get_output(0)"
        yield f"{name}_back = {tensor}"
