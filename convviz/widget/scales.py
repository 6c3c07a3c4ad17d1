"""The controls of a quantized layer's scales: a slider over powers of ten, and a field."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import partial

import numpy as np

from convviz.language.catalogue import say
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import ConstantLayer, DequantizeLayer, QuantizeLayer
from convviz.widget import numerals
from convviz.widget.control import Control, Slider

DECADE = 20  # places of the slider from one power of ten to the next
PLACES = (-5 * DECADE, 6 * DECADE)  # its first and its last
MOST_SCALES = 8  # controls for the scales of a kernel; more are set in code


def scale_controls(layer: ConvolutionLayer) -> Iterator[Control[np.float32]]:
    """A control for each scale of a layer, where it is quantized."""
    if not layer.is_quantized:
        return
    activation, kernel = (_scale_constants(each) for each in layer.scalings())
    if _count(activation):
        yield _scale_control(say("widget.controls.input_scale"), activation, 0)
    count = _count(kernel)
    if count == 1:
        yield _scale_control(say("widget.controls.kernel_scale"), kernel, 0)
        return
    for n in range(min(count, MOST_SCALES)):
        yield _scale_control(say("widget.controls.kernel_scale_of_map", map=n), kernel, n)


def kernel_scale_constants(layer: ConvolutionLayer) -> list[ConstantLayer]:
    """The constants that hold the scales of a quantized layer's kernel; none of any other."""
    return _scale_constants(layer.scalings()[1]) if layer.is_quantized else []


def _count(constants: Sequence[ConstantLayer]) -> int:
    """How many scales all of these constants hold: a constant may have lost its numbers."""
    return min(constant.weights.size for constant in constants)


def _scale_control(name: str, constants: Sequence[ConstantLayer], n: int) -> Control[np.float32]:
    """A control for the number at ``n``, which all of these constants share."""

    def write(value: np.float32) -> None:
        for constant in constants:
            weights = constant.weights.copy()
            weights.reshape(-1)[n] = value
            constant.weights = weights

    return Control(
        name,
        lambda: constants[0].weights.reshape(-1)[n],
        write,
        partial(numerals.positive, name),
        text=_scale_text,
        slider=Slider(lambda: PLACES, _place_of_scale, _scale_at),
    )


def _scale_constants(dequantize: DequantizeLayer) -> list[ConstantLayer]:
    """The constants that hold the scale of a tensor.

    There are two where it is quantized and dequantized by different ones.
    """
    constants = [dequantize.scale_constant]
    quantize = dequantize.input.producer
    if isinstance(quantize, QuantizeLayer) and quantize.scale_constant is not constants[0]:
        constants.append(quantize.scale_constant)
    return constants


def _scale_text(scale: np.float32) -> str:
    """The shortest text that is this number when it is typed."""
    if 1e-4 <= scale < 1e7:
        return np.format_float_positional(scale, trim="-")
    return np.format_float_scientific(scale, trim="-", exp_digits=1)


def _place_of_scale(scale: np.float32) -> int:
    """The place nearest to a scale; the first for what can be no scale, and is refused."""
    return round(min(PLACES[1], DECADE * math.log10(scale))) if scale > 0 else PLACES[0]


def _scale_at(place: int) -> np.float32:
    first, last = PLACES
    return np.float32(10 ** (min(max(place, first), last) / DECADE))
