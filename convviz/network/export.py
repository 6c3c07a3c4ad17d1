"""The same layer in TensorRT, PyTorch and ONNX, as code that runs as it stands.

`code` takes a layer with the numbers that reach it and writes a program for another framework.
Padding is geometry's, already resolved; here is only how each framework wants it written, and, in
comments of the program, what a framework cannot express and how it is done instead.

TensorRT's program is for version 10, PyTorch's for 2, ONNX's for opset 21 with ONNX Runtime.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING

import numpy as np

from convviz.errors import ArgumentError, short
from convviz.geometry import Geometry, PaddingMode
from convviz.network.layers import DequantizeLayer
from convviz.network.values import DYNAMIC

if TYPE_CHECKING:
    from convviz.network.convolution import ConvolutionLayer, ConvolutionRun

MOST_NUMBERS = 600  # past this many, nobody wants them in a program
WIDTH = 100
EXACT_FLOAT32 = 2**24  # whole numbers up to here are exact in float32


class Code(str):
    """A program. Print it, run it, or let a notebook show it in colours."""

    def _repr_markdown_(self) -> str:
        return f"```python\n{self}\n```"


def code(layer: ConvolutionLayer, framework: str, data: object = None) -> Code:
    """The layer alone, on the numbers that reach it, as a program for another framework.

    Parameters
    ----------
    layer : ConvolutionLayer
    framework : "tensorrt", "pytorch" or "onnx"
    data : as for `Network.feeds`; None for what ran last

    Raises
    ------
    ArgumentError
        Where the framework is none of these, or the layer's parameters do not go together.
    """
    if framework not in _WRITERS:
        allowed = ", ".join(map(repr, _WRITERS))
        raise ArgumentError("framework", short(framework), allowed, "Choose one of these.")
    return Code("\n".join(_WRITERS[framework](_Source.of(layer, data))))


@dataclass(frozen=True)
class _Scaled:
    """A tensor that is quantized on its way to the convolution."""

    values: np.ndarray  # float32, or int8 where it came so
    scales: np.ndarray

    @property
    def is_int8(self) -> bool:
        return self.values.dtype == np.int8


@dataclass(frozen=True)
class _Source:
    """What every writer needs: the layer's parameters, resolved, and its numbers."""

    layer: ConvolutionLayer
    geometry: Geometry
    run: ConvolutionRun
    activation: _Scaled | None  # where the sums are made of int8
    weights: _Scaled | None

    @classmethod
    def of(cls, layer: ConvolutionLayer, data: object) -> _Source:
        run = layer.network.evaluate(layer, layer.network.feeds(data), "cpu")
        whole = run.quantization
        if whole is None:
            return cls(layer, run.geometry, run, None, None)
        values = _start(layer.inputs[0].producer, whole.source, whole.input)
        kernel = _start(layer.inputs[1].producer, whole.source_kernel, whole.kernel)
        activation = _Scaled(values, np.atleast_1d(whole.input_scale))
        weights = _Scaled(kernel, whole.kernel_scales)
        return cls(layer, run.geometry, run, activation, weights)

    @property
    def items(self) -> int:
        """Batch axes run together: PyTorch and ONNX know one."""
        return math.prod(self.geometry.batch)

    @property
    def pads(self) -> list[tuple[int, int]]:
        """The zeros before and after each axis, those of a rounded-up output included."""
        return [(axis.pre, axis.post + axis.beyond) for axis in self.geometry.axes]

    def parameter(self, name: str) -> tuple[int, ...] | None:
        """A parameter with one value an axis; None where it is 1 everywhere."""
        value = getattr(self.layer, name)
        return None if set(value) == {1} else value

    def input_values(self) -> np.ndarray:
        return self.run.input if self.activation is None else self.activation.values

    def kernel_values(self) -> np.ndarray:
        if self.weights is None:
            return self.run.kernel
        return self.weights.values.reshape(self.geometry.kernel_shape)

    def padding_words(self) -> str:
        return ", ".join(
            f"{axis.name} {pre} before and {post} after"
            for axis, (pre, post) in zip(self.geometry.axes, self.pads, strict=True)
        )

    def size_words(self) -> str:
        return "×".join(str(axis.size) for axis in self.geometry.axes)


def _start(dequantize: DequantizeLayer, before: np.ndarray | None, after: np.ndarray) -> np.ndarray:
    """The float32 before quantizing; the int8 where it came so, or came by another scale."""
    quantize = dequantize.input.producer
    if before is None or not np.array_equal(quantize.scales, dequantize.scales):
        return after
    return before


# TensorRT


def _tensorrt(source: _Source) -> Iterator[str]:
    yield from ("import cupy", "import numpy as np", "import tensorrt as trt", "")
    yield from _numbers(source, batch=source.geometry.batch)
    yield from ("logger = trt.Logger(trt.Logger.ERROR)", "builder = trt.Builder(logger)")
    if source.activation is None:
        yield "network = builder.create_network()"
    else:
        yield "strong = 1 << int(trt.NetworkDefinitionCreationFlag.STRONGLY_TYPED)"
        yield "network = builder.create_network(strong)"
    yield "config = builder.create_builder_config()"
    yield "config.clear_flag(trt.BuilderFlag.TF32)  # on by default; it keeps 10 bits of 23"
    yield ""
    yield from _tensorrt_layer(source)
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
    yield from _finish()


def _tensorrt_layer(source: _Source) -> Iterator[str]:
    layer = source.layer
    kind = "INT8" if source.activation is not None and source.activation.is_int8 else "FLOAT"
    if DYNAMIC in layer.input.shape:
        yield from _comment(
            f"The layer's input is {layer.input.shape}. Here the dynamic sizes are those of x; to "
            "leave them open, TensorRT wants an optimization profile."
        )
    yield f'inputT0 = network.add_input("inputT0", trt.DataType.{kind}, x.shape)'
    tensor, kernel = "inputT0", "kernel"
    if source.activation is not None:
        yield from _tensorrt_scales(source)
        tensor, kernel = "x_back", "trt.Weights()"
    size = source.layer.kernel_size_nd
    bias = "" if source.run.bias is None else ", bias"
    maps = layer.num_output_maps
    yield f"layer = network.add_convolution_nd({tensor}, {maps}, {size}, {kernel}{bias})"
    if source.weights is not None:
        yield "layer.set_input(1, kernel_back)"
    for name in ("stride_nd", "dilation_nd"):
        if (value := source.parameter(name)) is not None:
            yield f"layer.{name} = {value}"
    if layer.num_groups != 1:
        yield f"layer.num_groups = {layer.num_groups}"
    yield from _tensorrt_padding(layer)


def _tensorrt_padding(layer: ConvolutionLayer) -> Iterator[str]:
    mode, pre, post = layer.padding_mode, layer.pre_padding, layer.post_padding
    if mode.is_same:
        if any(pre) or any(post):
            yield from _comment(f"{mode.name} decides the padding: {pre} and {post} are ignored.")
        yield f"layer.padding_mode = trt.PaddingMode.{mode.name}"
        return
    if mode.is_caffe:
        yield from _comment(
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


def _tensorrt_scales(source: _Source) -> Iterator[str]:
    """Both tensors through int8; what comes as int8 is only dequantized."""
    for name, tensor, scaled in (
        ("x", "inputT0", source.activation),
        ("kernel", "weights", source.weights),
    ):
        if name == "kernel":
            yield "weights = network.add_constant(kernel.shape, kernel).get_output(0)"
        shape = "[]" if scaled.scales.size == 1 else f"[{scaled.scales.size}]"
        yield f"scale = network.add_constant({shape}, {name}_scale).get_output(0)"
        for verb in ("quantize", "dequantize")[scaled.is_int8 :]:
            yield f"{verb} = network.add_{verb}({tensor}, scale)"
            if scaled.scales.size > 1:
                yield f"{verb}.axis = 0"
            tensor = f"{verb}.get_output(0)"
        yield f"{name}_back = {tensor}"


# PyTorch


def _pytorch(source: _Source) -> Iterator[str]:
    geometry = source.geometry
    yield from ("import numpy as np", "import torch", "from torch.nn import functional as F", "")
    yield from _numbers(source, batch=(source.items,))
    yield from _one_batch_axis("PyTorch", geometry)
    yield from ("x = torch.from_numpy(x)", "kernel = torch.from_numpy(kernel)")
    if source.activation is not None:
        yield from _pytorch_quantized(source)
    arguments = ["x", "kernel"]
    if source.run.bias is not None and source.activation is None:
        arguments.append("torch.from_numpy(bias)")
    yield from _pytorch_padding(source, arguments)
    names = (("stride", "stride_nd"), ("dilation", "dilation_nd"))
    for name, value in ((name, source.parameter(ours)) for name, ours in names):
        if value is not None:
            arguments.append(f"{name}={value}")
    if geometry.groups != 1:
        arguments.append(f"groups={geometry.groups}")
    yield from _call(f"y = F.conv{len(geometry.axes)}d", arguments)
    if source.activation is not None:
        yield from _pytorch_scale_back(source)
    yield from _reshape_back(geometry, "y.numpy()")
    yield from _finish()


def _pytorch_padding(source: _Source, arguments: list[str]) -> Iterator[str]:
    """Padding as an argument where both sides are alike, by F.pad where they are not."""
    mode = source.layer.padding_mode
    if mode.is_same:
        yield from _comment(
            f'PyTorch has padding="same" at stride 1 only. This is what {mode.name} comes to '
            f"for an input of {source.size_words()}: {source.padding_words()}."
        )
    if mode.rounds_up and any(axis.beyond for axis in source.geometry.axes):
        yield from _comment(
            "PyTorch always rounds the size down. The zeros that the last window reads past the "
            f"padding are padded by hand: {source.padding_words()}."
        )
    if all(pre == post for pre, post in source.pads):
        if any(pre for pre, _ in source.pads):
            arguments.append(f"padding={tuple(pre for pre, _ in source.pads)}")
        return
    if not mode.is_same and not mode.rounds_up:
        yield from _comment("PyTorch pads both sides alike; F.pad does not have to.")
    flat = tuple(side for pair in reversed(source.pads) for side in pair)
    yield f"x = F.pad(x, {flat})  # before and after, the last axis first"


def _pytorch_quantized(source: _Source) -> Iterator[str]:
    most = source.geometry.tap_count * 128 * 128
    kind, words = ("float", "float32") if most <= EXACT_FLOAT32 else ("double", "float64")
    yield from _comment(
        f"PyTorch's conv takes no int8. {words} holds these whole numbers without error. "
        "torch.round rounds ties to even, as TensorRT does."
    )
    for name, scale, scaled in (
        ("x", "x_scale", source.activation),
        ("kernel", "kernel_scale", source.weights),
    ):
        if scaled.is_int8:
            yield f"{name} = {name}.{kind}()"
            continue
        by = f"torch.from_numpy({scale})"
        if scaled.scales.size > 1:
            by += f".reshape({(-1, *[1] * (1 + len(source.geometry.axes)))})"
        yield f"{name} = torch.round({name} / {by}).clamp(-128, 127).{kind}()"


def _pytorch_scale_back(source: _Source) -> Iterator[str]:
    by_map = (-1, *[1] * len(source.geometry.axes))
    yield "scale = torch.from_numpy(x_scale) * torch.from_numpy(kernel_scale)"
    yield f"y = y.float() * scale.reshape({by_map})"
    if source.run.bias is not None:
        yield f"y = y + torch.from_numpy(bias).reshape({by_map})"


# ONNX


def _onnx(source: _Source) -> Iterator[str]:
    yield from (
        "import numpy as np",
        "import onnx",
        "import onnxruntime",
        "from onnx import TensorProto, helper, numpy_helper",
        "",
    )
    yield from _numbers(source, batch=(source.items,))
    yield from _one_batch_axis("ONNX", source.geometry)
    constants = ["kernel"] + ([] if source.run.bias is None else ["bias"])
    tensors = ["x", *constants]
    nodes = ["convolution"]
    if source.activation is not None:
        yield from _onnx_scales(source)
        constants += ["x_scale", "kernel_scale"]
        tensors[:2] = ["x_back", "kernel_back"]
        nodes = ["*quantization", *nodes]
    yield from _onnx_padding_words(source)
    arguments = ['"Conv"', _strings(tensors), '["y"]']
    yield from _call("convolution = helper.make_node", [*arguments, *_onnx_attributes(source)])
    yield f"constants = {{{', '.join(f'{_quoted(name)}: {name}' for name in constants)}}}"
    kind = "INT8" if source.input_values().dtype == np.int8 else "FLOAT"
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
    yield from _reshape_back(source.geometry, "y")
    yield from _finish()


def _onnx_attributes(source: _Source) -> Iterator[str]:
    yield f"kernel_shape={list(source.layer.kernel_size_nd)}"
    for name, ours in (("strides", "stride_nd"), ("dilations", "dilation_nd")):
        if (value := source.parameter(ours)) is not None:
            yield f"{name}={list(value)}"
    if _onnx_auto_pad(source):
        yield f'auto_pad="{source.layer.padding_mode.name}"'
    elif any(map(any, source.pads)):
        sides = [pre for pre, _ in source.pads] + [post for _, post in source.pads]
        yield f"pads={sides}"
    if source.geometry.groups != 1:
        yield f"group={source.geometry.groups}"


def _onnx_auto_pad(source: _Source) -> bool:
    """Whether ONNX can find the padding itself. The format can; ONNX Runtime not when dilated."""
    return source.layer.padding_mode.is_same and source.parameter("dilation_nd") is None


def _onnx_padding_words(source: _Source) -> Iterator[str]:
    mode = source.layer.padding_mode
    if mode.rounds_up and any(axis.beyond for axis in source.geometry.axes):
        yield from _comment(
            "ONNX's Conv always rounds the size down (ceil_mode is for pooling). The zeros that "
            f"the last window reads past the padding are pads: {source.padding_words()}."
        )
    if mode.is_same and not _onnx_auto_pad(source):
        yield from _comment(
            f"ONNX has auto_pad={mode.name}, but ONNX Runtime refuses it beside a dilation. This "
            f"is what it comes to for an input of {source.size_words()}: {source.padding_words()}."
        )
    elif not mode.is_same and any(pre != post for pre, post in source.pads):
        yield from _comment("pads: all axes before the data, then all axes after it.")


def _onnx_scales(source: _Source) -> Iterator[str]:
    """Both tensors through int8; what comes as int8 is only dequantized."""
    yield "quantization = ["
    for name, scaled in (("x", source.activation), ("kernel", source.weights)):
        axis = ", axis=0" if scaled.scales.size > 1 else ""
        tensor = name
        if not scaled.is_int8:
            inputs, tensor = _strings([name, f"{name}_scale"]), f"{name}_int8"
            arguments = f'{inputs}, ["{tensor}"], output_dtype=TensorProto.INT8{axis}'
            yield f'    helper.make_node("QuantizeLinear", {arguments}),'
        inputs = _strings([tensor, f"{name}_scale"])
        yield f'    helper.make_node("DequantizeLinear", {inputs}, ["{name}_back"]{axis}),'
    yield "]"


_WRITERS: dict[str, Callable[[_Source], Iterator[str]]] = {
    "tensorrt": _tensorrt,
    "pytorch": _pytorch,
    "onnx": _onnx,
}


# What they share


def _numbers(source: _Source, batch: Sequence[int]) -> Iterator[str]:
    """Lines that make the arrays x, kernel, bias and the scales."""
    values = source.input_values()
    shape = (*batch, *values.shape[len(source.geometry.batch) :])
    if values.size <= MOST_NUMBERS:
        yield from _literal("x", values, shape)
    else:
        yield "# Your data; here, as it has so many numbers, random ones."
        yield f"x = np.random.default_rng(0).normal(size={shape}).astype(np.{values.dtype})"
    kernel = source.kernel_values()
    if kernel.size <= MOST_NUMBERS:
        yield from _literal("kernel", kernel, kernel.shape)
    else:
        yield f"# {kernel.size:,} weights are too many to write down. Where the layer is, say"
        yield '# np.save("kernel.npy", layer.kernel)'
        yield f'kernel = np.load("kernel.npy").reshape{kernel.shape}'
    if source.run.bias is not None:
        yield from _literal("bias", source.run.bias, source.run.bias.shape)
    for name, scaled in (("x", source.activation), ("kernel", source.weights)):
        if scaled is not None:
            shape = () if scaled.scales.size == 1 else scaled.scales.shape
            yield from _literal(f"{name}_scale", scaled.scales, shape)
    yield ""


def _literal(name: str, values: np.ndarray, shape: Sequence[int]) -> Iterator[str]:
    """``name = np.array(…)`` with a line for each row, or shorter where that is possible."""
    kind, array = f"np.{values.dtype}", values.reshape(shape)
    for form in (_scalar, _uniform, _tiled, _in_one_line):
        text = form(array, kind)
        if text and len(f"{name} = {text}") <= WIDTH:
            yield f"{name} = {text}"
            return
    yield f"{name} = np.array(["
    for row in array.reshape(-1, shape[-1]):
        line = ", ".join(map(_number, row)) + ","
        yield from wrap(line, WIDTH, initial_indent="    ", subsequent_indent="    ")
    yield f"], {kind}){_reshape(array)}"


def _scalar(array: np.ndarray, kind: str) -> str:
    return f"np.array({_number(array[()])}, {kind})" if array.ndim == 0 else ""


def _uniform(array: np.ndarray, kind: str) -> str:
    first = array.flat[0]
    same = array.size > 1 and (array == first).all()
    return f"np.full({array.shape}, {_number(first)}, {kind})" if same else ""


def _tiled(array: np.ndarray, kind: str) -> str:
    """A block that is repeated along all axes, as the notebooks' input is."""
    if array.ndim < 2:
        return ""
    height, width = array.shape[-2:]
    blocks = [(r, c) for r in _divisors(height) for c in _divisors(width)]
    for rows, columns in sorted(blocks, key=math.prod):
        block = array[(0,) * (array.ndim - 2)][:rows, :columns]
        times = (*array.shape[:-2], height // rows, width // columns)
        if block.size < array.size and np.array_equal(np.tile(block, times), array):
            lines = ", ".join(f"[{', '.join(map(_number, row))}]" for row in block)
            return f"np.tile(np.array([{lines}], {kind}), {times})"
    return ""


def _in_one_line(array: np.ndarray, kind: str) -> str:
    return f"np.array([{', '.join(map(_number, array.flat))}], {kind}){_reshape(array)}"


def _reshape(array: np.ndarray) -> str:
    return "" if array.ndim == 1 else f".reshape{array.shape}"


def _divisors(number: int) -> list[int]:
    return [n for n in range(1, number + 1) if number % n == 0]


def _number(value: np.generic) -> str:
    """The shortest literal that is this number: 3, 0.1, 1e-04."""
    number = value.item()
    return str(int(number)) if number == round(number) and abs(number) < 1e6 else str(value)


def _call(name: str, arguments: Sequence[str]) -> Iterator[str]:
    line = f"{name}({', '.join(arguments)})"
    if len(line) <= WIDTH:
        yield line
        return
    yield f"{name}("
    yield from (f"    {argument}," for argument in arguments)
    yield ")"


def _comment(words: str) -> Iterator[str]:
    yield from wrap(words, WIDTH, initial_indent="# ", subsequent_indent="# ")


def _strings(names: Sequence[str]) -> str:
    return "[" + ", ".join(map(_quoted, names)) + "]"


def _quoted(name: str) -> str:
    return f'"{name}"'


def _one_batch_axis(framework: str, geometry: Geometry) -> Iterator[str]:
    if len(geometry.batch) > 1:
        items = math.prod(geometry.batch)
        yield from _comment(f"{framework} knows one batch axis: {geometry.batch} became {items}.")


def _reshape_back(geometry: Geometry, result: str) -> Iterator[str]:
    if len(geometry.batch) > 1:
        yield f"y = {result}.reshape{geometry.output_shape}"
    elif result != "y":
        yield f"y = {result}"


def _finish() -> Iterator[str]:
    yield "print(y.shape)"
    yield "print(y)"
