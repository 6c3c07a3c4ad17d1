"""A convolution between dequantized tensors: its sums are made of the integers before them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from convviz.arrays import Array
from convviz.compute import convolve as compute
from convviz.compute.convolve import Result
from convviz.errors import ArgumentError
from convviz.geometry import Geometry
from convviz.network.layers import DequantizeLayer, Evaluation, QuantizeLayer
from convviz.network.run import Quantization


def check_scales(
    activation: DequantizeLayer,
    kernel: DequantizeLayer,
    geometry: Geometry,
    evaluation: Evaluation,
) -> None:
    """Refuse scales that sums of integers cannot have: one for the input, and one or each map's."""
    if activation.scales.size > 1:
        got = f"{activation.scales.size} scales for the input of a quantized convolution"
        remedy = "Quantize the input with a scalar scale; only a kernel may have several."
        raise ArgumentError("scale", got, "one scale", remedy)
    count = kernel.scales.size
    by_map = kernel.axis == 0 and evaluation.shape(kernel.input)[:1] == (geometry.maps,)
    if count > 1 and not by_map:
        got = f"{count} scales along axis {kernel.axis} of a kernel for {geometry.maps} maps"
        allowed = "one scale, or one for each output map along axis 0"
        remedy = f"Use axis = 0 and a constant shaped {geometry.kernel_shape}."
        raise ArgumentError("axis", got, allowed, remedy)


def run(
    activation: DequantizeLayer,
    weights: DequantizeLayer,
    geometry: Geometry,
    bias: Array | None,
    evaluation: Evaluation,
) -> tuple[Result[Array], Quantization]:
    """The sums in int32, and all that belongs to them."""
    device = evaluation.device
    values = evaluation.value(activation.input)
    kernel = evaluation.value(weights.input).reshape(geometry.kernel_shape)
    result = compute.run(geometry, values, kernel, None, device)
    source = _before_quantizing(activation, evaluation)
    source_kernel = _before_quantizing(weights, evaluation)
    if source_kernel is not None:
        source_kernel = source_kernel.reshape(geometry.kernel_shape)
    scales = (activation.scales[0], weights.scales)
    reference = _in_float32(geometry, source, source_kernel, bias, device)
    quantization = Quantization(
        values, kernel, *scales, result.output, source, source_kernel, reference
    )
    return result, quantization


def _in_float32(
    geometry: Geometry,
    source: Array | None,
    kernel: Array | None,
    bias: Array | None,
    device: str | None,
) -> Callable[[], Array] | None:
    """What computes the layer without int8, where nothing came as integers."""
    if source is None or kernel is None:
        return None
    return lambda: compute.run(geometry, source, kernel, bias, device).output


def dequantized(quantization: Quantization, geometry: Geometry, bias: Array | None) -> Array:
    """The output in float32: the sums times the scales, then the bias."""
    by_map = (-1,) + (1,) * len(geometry.axes)
    scales = (quantization.input_scale * quantization.kernel_scales).reshape(by_map)
    output: Array = quantization.sums.astype(np.float32) * scales
    return output if bias is None else output + bias.reshape(by_map)


def _before_quantizing(dequantize: DequantizeLayer, evaluation: Evaluation) -> Array | None:
    """The float32 values that were quantized; None for what came as int8."""
    quantize = dequantize.input.producer
    return evaluation.value(quantize.input) if isinstance(quantize, QuantizeLayer) else None
