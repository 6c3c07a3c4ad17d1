"""What int8 does to single numbers, to the maps of a layer, and which scales fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convviz.course.html import html_table
from convviz.network.network import Network
from convviz.network.values import DataType
from convviz.scene import decimals

_HEADER = ("value", "value / scale", "int8", "times scale", "error")
_MAPS_HEADER = ("map", "largest weight", "one scale", "mean error", "own scale", "mean error")


def scale_for(values: np.ndarray, axis: int | None = None) -> float | np.ndarray:
    """The smallest scale at which nothing saturates: the largest absolute value / 127.

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
    sizes = np.abs(np.asarray(values, np.float32))
    if axis is None:
        largest = sizes.max()
    else:
        largest = np.moveaxis(sizes, axis, 0).reshape(sizes.shape[axis], -1).max(axis=1)
    scales = np.where(largest > 0, largest / np.float32(127), np.float32(1))
    return float(str(scales)) if axis is None else scales  # 0.1, not 0.10000000149


def per_channel(
    data: np.ndarray, kernel: np.ndarray, input_scale: float | None = None
) -> MapsTable:
    """Each output map's error with one scale for all weights, and with a scale of its own.

    Parameters
    ----------
    data, kernel : as for `explore`
    input_scale : positive number
        By default the `scale_for` the data.
    """
    from convviz.compute.convolve import convolve
    from convviz.course.charts import convolve_int8

    input_scale = scale_for(data) if input_scale is None else input_scale
    one, own = scale_for(kernel), scale_for(kernel, axis=0)
    exact = convolve(data, kernel, device="cpu")
    axes = tuple(i for i in range(exact.ndim) if i != exact.ndim - kernel.ndim + 1)
    errors = [
        np.abs(convolve_int8(data, kernel, input_scale, scale) - exact).mean(axes)
        / np.abs(exact).mean(axes)
        for scale in (one, own)
    ]
    return MapsTable(own * np.float32(127), one, own, *errors)


def quantize(values: Sequence[float], scale: float = 1.0) -> QuantizeTable:
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
    numbers = np.asarray(values, np.float32).reshape(-1)
    network = Network()
    x = network.add_input("values", DataType.FLOAT, numbers.shape)
    constant = network.add_constant([], [scale]).get_output(0)
    quantize = network.add_quantize(x, constant)
    dequantize = network.add_dequantize(quantize.get_output(0), constant)
    for layer in (quantize, dequantize):
        network.mark_output(layer.get_output(0))
    outputs = network.run({"values": numbers})
    return QuantizeTable(numbers, np.float32(scale), *outputs.values())


@dataclass(frozen=True)
class QuantizeTable:
    """Numbers on their way through int8; a notebook shows them as a table.

    Attributes
    ----------
    values : float32 array
    scale : float32
    integers : int8 array
    back : float32 array
    """

    values: np.ndarray
    scale: np.float32
    integers: np.ndarray
    back: np.ndarray

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each number, as text."""
        columns = (
            self.values,
            self.values / self.scale,
            self.integers,
            self.back,
            self.back - self.values,
        )
        return list(zip(*(decimals.texts(column) for column in columns), strict=True))

    def __str__(self) -> str:
        return "\n".join("  ".join(row) for row in (_HEADER, *self.rows))

    def _repr_html_(self) -> str:
        return html_table(self.rows, header=_HEADER)


@dataclass(frozen=True)
class MapsTable:
    """What one scale and what several make of a layer's maps; a notebook shows it as a table.

    Attributes
    ----------
    largest : float32 array
        Each map's largest weight, without its sign.
    one : float
        The scale for all maps.
    own : float32 array
        Each map's own scale.
    one_error, own_error : float32 arrays
        Each map's mean error, as a part of its mean output.
    """

    largest: np.ndarray
    one: float
    own: np.ndarray
    one_error: np.ndarray
    own_error: np.ndarray

    @property
    def rows(self) -> list[tuple[str, ...]]:
        """One row for each map, as text."""
        return [
            (str(number), f"{most:.4g}", f"{self.one:.4g}", _part(one), f"{scale:.4g}", _part(own))
            for number, (most, scale, one, own) in enumerate(
                zip(self.largest, self.own, self.one_error, self.own_error, strict=True)
            )
        ]

    def __str__(self) -> str:
        return "\n".join("  ".join(row) for row in (_MAPS_HEADER, *self.rows))

    def _repr_html_(self) -> str:
        return html_table(self.rows, header=_MAPS_HEADER)


def _part(error: np.floating) -> str:
    return f"{error:.2%}" if error >= 1e-4 or error == 0 else "below 0.01%"
