"""What int8 does to single numbers and to the maps of a layer, and which scales fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, cast, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from convviz.arrays import Array, as_array
from convviz.course.html import Table
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.network import Network
from convviz.network.run import ConvolutionRun
from convviz.network.values import DataType, check_fits, check_scale, convert
from convviz.parameters import LayerParameters, check_integer
from convviz.scene import decimals
from convviz.scene.scene import check_size
from convviz.signatures import lists_parameters

Scales: TypeAlias = NDArray[np.float32]

MOST_NUMBERS = 10_000  # of a table: a row each
SMALLEST_PART = 1e-4  # errors below it are not told apart


@overload
def scale_for(values: ArrayLike, axis: None = None) -> float: ...


@overload
def scale_for(values: ArrayLike, axis: int) -> Scales: ...


def scale_for(values: ArrayLike, axis: int | None = None) -> float | Scales:
    """The smallest scale at which nothing saturates: the largest absolute value / int8's largest.

    Source: TensorRT's developer guide, on quantizing weights.

    Parameters
    ----------
    values : numbers, such as a kernel or the data
    axis : int or None
        With an axis, a scale for each of its indices: 0 for the output maps of a kernel.

    Returns
    -------
    float, or float32 array with one scale for each index. 1 where all values are 0.
    """
    largest = _largest(values, axis)
    _, most = DataType.INT8.limits
    scales = np.where(largest > 0, largest / np.float32(most), np.float32(1))
    return float(str(scales)) if axis is None else scales  # 0.1, not 0.10000000149


def _largest(values: object, axis: int | None) -> Scales:
    """The largest absolute value of all, or of each index of an axis."""
    array = as_array("values", values)
    check_fits("values", array, DataType.FLOAT.numpy)
    if not array.size:
        remedy = "Pass the weights or the data."
        raise ArgumentError("values", f"shape {array.shape}", "one number or more", remedy)
    if axis is not None:
        axis = check_integer("axis", axis, least=-array.ndim, most=array.ndim - 1)
        axis %= array.ndim
    others = tuple(n for n in range(array.ndim) if n != axis)
    with np.errstate(over="ignore"):
        ends = [end(axis=others).astype(np.float32) for end in (array.max, array.min)]
    largest: Scales = np.maximum(*np.abs(ends))
    if not np.isfinite(largest).all():
        remedy = "Replace what is not, for example with numpy.nan_to_num."
        raise ArgumentError("values", "NaN or infinity", "numbers that float32 holds", remedy)
    return largest


# Single numbers


def quantize(values: ArrayLike, scale: float = 1.0) -> QuantizeTable:
    """Send numbers through a quantize and a dequantize layer.

    Parameters
    ----------
    values : numbers
    scale : positive number

    Raises
    ------
    ArgumentError
        Where the scale is not positive.
    """
    array, scale = as_array("values", values), check_scale("scale", scale)
    if not 1 <= array.size <= MOST_NUMBERS:
        allowed = f"1 to {MOST_NUMBERS:,} numbers"
        remedy = "Show some of them, such as values[:10]."
        raise ArgumentError("values", f"{array.size:,} numbers", allowed, remedy)
    numbers = convert("values", array, DataType.FLOAT.numpy, copy=False).reshape(-1)
    _refuse_nan(numbers)
    network = Network()
    x = network.add_input("values", DataType.FLOAT, numbers.shape)
    constant = network.add_constant([], [scale]).get_output(0)
    quantize = network.add_quantize(x, constant)
    dequantize = network.add_dequantize(quantize.get_output(0), constant)
    for layer in (quantize, dequantize):
        network.mark_output(layer.get_output(0))
    integers, dequantized = network.run({"values": numbers}).values()
    return QuantizeTable(numbers, np.float32(scale), integers, dequantized)


def _refuse_nan(numbers: Array) -> None:
    if np.isnan(numbers).any():
        remedy = "Replace it, for example with numpy.nan_to_num: int8 has no NaN."
        raise ArgumentError("values", "NaN", "numbers, to be quantized", remedy)


@dataclass(frozen=True, eq=False)
class QuantizeTable(Table):
    """Numbers on their way through int8; a notebook shows them as a table.

    Attributes
    ----------
    values : float32 array
    scale : float32
    integers : int8 array
    dequantized : float32 array
        The integers times the scale.
    """

    values: Array
    scale: np.float32
    integers: Array
    dequantized: Array

    @property
    def header(self) -> tuple[str, ...]:
        """What stands over the columns."""
        columns = ("value", "steps", "integer", "dequantized", "error")
        return tuple(say(f"course.quantize.{column}") for column in columns)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each number, as text."""
        columns = (
            self.values,
            self.values / self.scale,
            self.integers,
            self.dequantized,
            self.dequantized - self.values,
        )
        return list(zip(*(decimals.texts(column) for column in columns), strict=True))


# The maps of a layer


@lists_parameters
def per_channel(*subject: object, input_scale: float | None = None, **named: object) -> MapsTable:
    """Each output map's error with one scale for all weights, and with a scale of its own.

    Parameters
    ----------
    subject, named : as for `explore`
    input_scale : positive number
        By default the layer's own, or the `scale_for` the data where it has none.
    """
    if input_scale is not None:
        input_scale = check_scale("input_scale", input_scale)
    run = evaluate(subject, named)
    arrays = run.arrays
    if input_scale is None:
        input_scale = arrays["input_scale"] or scale_for(arrays["data"])
    kernel, maps_axis = arrays["kernel"], len(run.geometry.batch)
    shared_scale, own_scales = scale_for(kernel), scale_for(kernel, axis=0)
    exact = output_without_int8(run)
    others = tuple(axis for axis in range(exact.ndim) if axis != maps_axis)
    shared_error, own_error = (
        mean_error(output_in_int8(run, input_scale, scales), exact, others)
        for scales in (shared_scale, own_scales)
    )
    largest = _largest(kernel, 0)
    return MapsTable(largest, shared_scale, own_scales, shared_error, own_error)


def evaluate(subject: tuple[object, ...], named: dict[str, object]) -> ConvolutionRun:
    """The layer that `build.resolve` finds, computed on the CPU."""
    layer, data = build.resolve(subject, named, check_size)
    return layer.network.evaluate(layer, layer.network.feeds(data), "cpu")


def output_without_int8(run: ConvolutionRun) -> Array:
    """A run's output in float32; its own where nothing is known from before it was quantized."""
    if run.quantization is None or run.quantization.reference is None:
        return run.output
    return run.quantization.reference


def output_in_int8(run: ConvolutionRun, input_scale: float, kernel_scale: float | Scales) -> Array:
    """The output of the same layer on data and weights that went through int8, in float32."""
    arrays = run.arrays
    arrays["input_scale"], arrays["kernel_scale"] = input_scale, np.asarray(kernel_scale)
    settings = cast("LayerParameters", run.settings)
    layer, data = build.build_layer(**arrays, **settings)
    [output] = layer.network.run(layer.network.feeds(data), "cpu").values()
    return output


def mean_error(output: Array, exact: Array, axes: tuple[int, ...] | None = None) -> Array:
    """The mean error over ``axes``, by default all, as a part of the mean output's size."""
    error = np.asarray(np.abs(output - exact).mean(axes))
    size = np.abs(exact).mean(axes)
    with np.errstate(divide="ignore"):
        part: Array = np.divide(error, size, out=np.zeros_like(error), where=error > 0)
    return part


@dataclass(frozen=True, eq=False)
class MapsTable(Table):
    """What one scale and what several make of a layer's maps; a notebook shows it as a table.

    Attributes
    ----------
    largest : float32 array
        Each map's largest weight, without its sign.
    shared_scale : float
        The scale for all maps.
    own_scales : float32 array
        Each map's own scale.
    shared_error, own_error : float32 arrays
        Each map's mean error with either, as a part of its mean output.
    """

    largest: Array
    shared_scale: float
    own_scales: Array
    shared_error: Array
    own_error: Array

    @property
    def header(self) -> tuple[str, ...]:
        """What stands over the columns."""
        columns = ("map", "largest", "shared_scale", "shared_error", "own_scale", "own_error")
        return tuple(say(f"course.maps.{column}") for column in columns)

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each map, as text."""
        shared = f"{self.shared_scale:.4g}"
        columns = zip(self.largest, self.own_scales, self.shared_error, self.own_error, strict=True)
        return [
            (str(n), f"{most:.4g}", shared, _part(with_shared), f"{own:.4g}", _part(with_own))
            for n, (most, own, with_shared, with_own) in enumerate(columns)
        ]


def _part(error: float) -> str:
    if 0 < error < SMALLEST_PART:
        return say("course.error_below", part=f"{SMALLEST_PART:.2%}")
    return f"{error:.2%}"
