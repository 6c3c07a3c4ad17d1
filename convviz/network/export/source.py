"""What every exporter needs: the layer's parameters, resolved, and the numbers that reach it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError
from convviz.geometry import Geometry
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import DequantizeLayer, QuantizeLayer
from convviz.network.run import ConvolutionRun

# The optional parameters that every exporter writes; a new one is refused until they do.
WRITTEN = {
    "stride_nd",
    "dilation_nd",
    "padding_nd",
    "pre_padding",
    "post_padding",
    "padding_mode",
    "num_groups",
}


@dataclass(frozen=True, eq=False)
class ScaledTensor:
    """A tensor that is quantized on its way to the convolution."""

    values: Array  # float32, or int8 where it came so
    scales: Array

    @property
    def is_int8(self) -> bool:
        """Whether it came as int8."""
        return self.values.dtype == np.int8


@dataclass(frozen=True, eq=False)
class Source:
    """What every writer needs: the layer's parameters, resolved, and its numbers."""

    layer: ConvolutionLayer
    geometry: Geometry
    run: ConvolutionRun
    scaled: Mapping[str, ScaledTensor]  # "x" and "kernel", where the sums are made of int8

    @classmethod
    def of(cls, layer: ConvolutionLayer, data: object) -> Source:
        """The layer on these data, computed on the CPU."""
        for name in layer.changed_settings.keys() - WRITTEN:
            allowed, remedy = f"only {', '.join(sorted(WRITTEN))}", f"Leave {name} at its default."
            raise ArgumentError(name, "a value that no exporter writes", allowed, remedy)
        run = layer.network.evaluate(layer, layer.network.feeds(data), "cpu")
        quantization = run.quantization
        if quantization is None:
            return cls(layer, run.geometry, run, {})
        activation, kernel = layer.scalings()
        values = _first_form(activation, quantization.source, quantization.input)
        weights = _first_form(kernel, quantization.source_kernel, quantization.kernel)
        scaled = {
            "x": ScaledTensor(values, np.atleast_1d(quantization.input_scale)),
            "kernel": ScaledTensor(
                weights.reshape(run.geometry.kernel_shape), quantization.kernel_scales
            ),
        }
        return cls(layer, run.geometry, run, scaled)

    @property
    def items(self) -> int:
        """Batch axes run together: PyTorch and ONNX know one."""
        return math.prod(self.geometry.batch)

    @property
    def pads(self) -> list[tuple[int, int]]:
        """The zeros before and after each axis, those of a rounded-up output included."""
        return [(axis.pre, axis.post + axis.beyond) for axis in self.geometry.axes]

    def parameter(self, name: str) -> tuple[int, ...] | None:
        """A parameter with one value per axis; None where it is 1 everywhere."""
        value: tuple[int, ...] = getattr(self.layer, name)
        return None if set(value) == {1} else value

    def input_values(self) -> Array:
        """The values that the program begins with."""
        return self.scaled["x"].values if self.scaled else self.run.input

    def kernel_values(self) -> Array:
        """The weights that the program begins with."""
        return self.scaled["kernel"].values if self.scaled else self.run.kernel

    def padding_words(self) -> str:
        """The padding of each axis in words."""
        return ", ".join(
            f"{axis.name} {pre} before and {post} after"
            for axis, (pre, post) in zip(self.geometry.axes, self.pads, strict=True)
        )

    def size_words(self) -> str:
        """The input's sizes in words."""
        return "×".join(str(axis.size) for axis in self.geometry.axes)


def _first_form(dequantize: DequantizeLayer, before: Array | None, after: Array) -> Array:
    """The float32 before quantizing; the int8 where it came so, or came by another scale."""
    quantize = dequantize.input.producer
    if before is None or not isinstance(quantize, QuantizeLayer):
        return after
    return before if np.array_equal(quantize.scales, dequantize.scales) else after
