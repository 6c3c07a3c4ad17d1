"""What happens to single numbers on their way through int8, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from convviz import decimals
from convviz.network import DataType, Network
from convviz.tables import html_table

_HEADER = ("value", "value / scale", "int8", "times scale", "error")


def quantise(values: Sequence[float], scale: float = 1.0) -> QuantiseTable:
    """Send numbers through a quantise and a dequantise layer.

    Parameters
    ----------
    values : numbers
    scale : positive number

    Raises
    ------
    LayerError
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
    return QuantiseTable(numbers, np.float32(scale), *outputs.values())


@dataclass(frozen=True)
class QuantiseTable:
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
