"""From arrays to a layer, and from a layer back to the code that makes it.

`build_layer` is the short way into an explorer; `code` is the way back, so that what is on the
screen can be had again in another notebook.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from convviz.errors import ArgumentError
from convviz.geometry import PaddingMode
from convviz.network.convolution import ConvolutionLayer, ConvolutionRun
from convviz.network.layers import Tensor
from convviz.network.network import Network
from convviz.network.values import DataType, Weights

PARAMETERS = (
    "stride_nd",
    "padding_nd",
    "pre_padding",
    "post_padding",
    "padding_mode",
    "dilation_nd",
    "num_groups",
)
MOST_LITERALS = 400  # numbers that are written out in the code


@dataclass(frozen=True)
class Arrays:
    """What `build_layer` makes a layer from; scales are None where nothing is quantized."""

    data: np.ndarray
    kernel: np.ndarray
    bias: np.ndarray | None = None
    input_scale: float | None = None
    kernel_scale: np.ndarray | None = None

    @classmethod
    def of(cls, run: ConvolutionRun) -> Arrays:
        """The arrays that a layer was run on, before quantizing where it is quantized."""
        whole = run.quantization
        if whole is None or whole.source is None or whole.source_kernel is None:
            return cls(run.input, run.kernel, run.bias)
        scales = (float(whole.input_scale), whole.kernel_scales)
        return cls(whole.source, whole.source_kernel, run.bias, *scales)


def layer_and_data(
    layer: object, data: object, beside: dict[str, object], parameters: dict[str, object]
) -> tuple[ConvolutionLayer, object]:
    """The layer to show: the one given, or one built from arrays."""
    extra = {**{name: value for name, value in beside.items() if value is not None}, **parameters}
    if isinstance(layer, ConvolutionLayer):
        for name in extra:
            remedy = f"Set layer.{name} instead."
            raise ArgumentError(name, "a value beside a layer", "parameters beside arrays", remedy)
        return layer, data
    if data is None:
        remedy = "Pass a kernel after the data, or a layer before them."
        raise ArgumentError("kernel", "nothing", "an array beside an array of data", remedy)
    return build_layer(Arrays(layer, data, **beside), **parameters)


def build_layer(arrays: Arrays, **parameters: object) -> tuple[ConvolutionLayer, np.ndarray]:
    """A network of one layer for these arrays, and the data in the shape of its input.

    Parameters
    ----------
    arrays : Arrays
        The kernel has 2 axes (R, S), 4 or 5; axes that the data lack are added in front.
    parameters : any of `PARAMETERS`

    Raises
    ------
    ArgumentError
        Naming what cannot be.
    """
    values, weights = np.asarray(arrays.data), np.asarray(arrays.kernel)
    if weights.ndim == 2:
        weights = weights[None, None]
    if weights.ndim not in (4, 5):
        raise ArgumentError(
            "kernel",
            f"shape {weights.shape} of {weights.ndim} axes",
            "2 axes (R, S), 4 axes (K, C/groups, R, S) or 5 axes (K, C/groups, T, R, S)",
            "Bring it into shape with reshape.",
        )
    values = values.reshape((1,) * (weights.ndim - values.ndim) + values.shape)
    network = Network()
    tensor = network.add_input("input", DataType.FLOAT, values.shape)
    layer = _add_layer(network, tensor, weights, arrays)
    network.mark_output(layer.get_output(0))
    for name, value in parameters.items():
        if name not in PARAMETERS:
            raise ArgumentError(name, repr(value), ", ".join(PARAMETERS), "Use one of these names.")
        setattr(layer, name, value)
    return layer, values


def _add_layer(
    network: Network, tensor: Tensor, weights: np.ndarray, arrays: Arrays
) -> ConvolutionLayer:
    maps, size = weights.shape[0], weights.shape[2:]
    bias = Weights() if arrays.bias is None else arrays.bias
    if arrays.input_scale is None and arrays.kernel_scale is None:
        return network.add_convolution_nd(tensor, maps, size, weights, bias)
    constant = network.add_constant(weights.shape, weights).get_output(0)
    scales = [arrays.input_scale, arrays.kernel_scale]
    scaled = [
        _add_scaling(network, each, 1.0 if scale is None else scale)
        for each, scale in zip((tensor, constant), scales, strict=True)
    ]
    layer = network.add_convolution_nd(scaled[0], maps, size, Weights(), bias)
    layer.set_input(1, scaled[1])
    return layer


def _add_scaling(network: Network, tensor: Tensor, scale: object) -> Tensor:
    """``tensor`` quantized to int8 and back; several scales lie along axis 0."""
    numbers = np.atleast_1d(np.asarray(scale, np.float32))
    shape = [] if numbers.size == 1 else [numbers.size]
    constant = network.add_constant(shape, numbers).get_output(0)
    quantize = network.add_quantize(tensor, constant)
    dequantize = network.add_dequantize(quantize.get_output(0), constant)
    if numbers.size > 1:
        quantize.axis = dequantize.axis = 0
    return dequantize.get_output(0)


def resized(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """``array`` cut to ``shape`` along each axis, or filled up with zeros."""
    result = np.zeros(shape, np.float32)
    common = tuple(slice(min(a, b)) for a, b in zip(array.shape, shape, strict=True))
    result[common] = array[common]
    return result


def settings_of(layer: ConvolutionLayer) -> dict[str, object]:
    """All parameters; padding by its two sides, which `padding_nd` only repeats."""
    return {name: getattr(layer, name) for name in PARAMETERS if name != "padding_nd"}


def parameters_of(layer: ConvolutionLayer) -> dict[str, object]:
    """The parameters that differ from their defaults, in the shortest form that says them."""
    ones, zeros = (1,) * layer.rank, (0,) * layer.rank
    found: dict[str, object] = {}
    if layer.stride_nd != ones:
        found["stride_nd"] = layer.stride_nd
    if layer.pre_padding == layer.post_padding != zeros:
        found["padding_nd"] = layer.pre_padding
    elif layer.pre_padding != layer.post_padding:
        found["pre_padding"], found["post_padding"] = layer.pre_padding, layer.post_padding
    if layer.padding_mode is not PaddingMode.EXPLICIT_ROUND_DOWN:
        found["padding_mode"] = layer.padding_mode
    if layer.dilation_nd != ones:
        found["dilation_nd"] = layer.dilation_nd
    if layer.num_groups != 1:
        found["num_groups"] = layer.num_groups
    return found


def code(run: ConvolutionRun, layer: ConvolutionLayer) -> str:
    """Python that shows the same layer on the same data; large arrays are left to the reader."""
    arrays = Arrays.of(run)
    named = {"data": arrays.data, "kernel": arrays.kernel, "bias": arrays.bias}
    lines = ["import numpy as np", "import convviz as cv", ""]
    lines += [_literal(name, array) for name, array in named.items() if array is not None]
    arguments = ["data", "kernel"] + ([] if arrays.bias is None else ["bias"])
    if arrays.input_scale is not None:
        arguments.append(f"input_scale={arrays.input_scale!r}")
        arguments.append(f"kernel_scale={_numbers(arrays.kernel_scale)}")
    for name, value in parameters_of(layer).items():
        shown = repr(value.name) if isinstance(value, PaddingMode) else repr(value)
        arguments.append(f"{name}={shown}")
    lines.append(f"cv.explore({', '.join(arguments)})")
    return "\n".join(lines)


def _literal(name: str, array: np.ndarray) -> str:
    if array.size > MOST_LITERALS:
        return f"{name} = ...  # your array of shape {array.shape}"
    shape = "" if array.ndim == 1 else f".reshape{array.shape}"
    return f"{name} = np.array({_numbers(array)}, np.float32){shape}"


def _numbers(array: np.ndarray) -> str:
    """The shortest decimals that give these float32 again."""
    return "[" + ", ".join(str(value) for value in np.asarray(array).reshape(-1)) + "]"
