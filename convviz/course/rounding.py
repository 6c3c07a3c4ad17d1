"""What float32 does to a sum: each output beside its exact decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from convviz.course.html import html_table
from convviz.errors import ArgumentError
from convviz.network.convolution import ConvolutionLayer
from convviz.scene import decimals

MOST_ROWS = 30
PLACES = 10  # after the point: enough for every float32 from 2¹³ up to be shown in full


def rounding(
    layer: ConvolutionLayer, data: object = None, *, stored: bool = False
) -> RoundingTable:
    """What rounding to float32 did to a layer's outputs, equal ones listed once.

    Parameters
    ----------
    layer : ConvolutionLayer
        Of a network with a batch of one.
    data : as for `Network.feeds`; None for what ran last
    stored : bool
        Sum the numbers that float32 stores, to 17 digits, 0.10000000149011612 for 0.1, instead of
        the decimals that people write.

    Raises
    ------
    ArgumentError
        Where there are too many products for exact sums.
    """
    run = layer.network.evaluate(layer, layer.network.feeds(data))
    exact = None
    if all(size == 1 for size in run.geometry.batch):
        values = run.input.reshape(run.input.shape[-len(run.kernel.shape) + 1 :])
        kind = np.float64 if stored else np.float32  # a float64 names what a float32 stores
        bias = None if run.bias is None else run.bias.astype(kind)
        exact = decimals.exact_sums(
            run.geometry, values.astype(kind), run.kernel.astype(kind), bias
        )
    if exact is None:
        got = f"an input of shape {run.input.shape}"
        allowed = "one batch item with few enough products to sum exactly"
        raise ArgumentError("layer", got, allowed, "Use a smaller input.")
    return RoundingTable(run.output, exact, stored)


@dataclass(frozen=True)
class RoundingTable:
    """Outputs beside their exact decimals; a notebook shows it as a table.

    Attributes
    ----------
    output : float32 array
    exact : list of str
        The exact decimal of each element, in memory order.
    stored : bool
        Whether these are sums of what float32 stores.
    """

    output: np.ndarray
    exact: list[str]
    stored: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        """What stands over the columns."""
        exact = "exact sum of what is stored" if self.stored else "exact decimal"
        return ("output", exact, "float32", "error", "to the next float32")

    @property
    def rows(self) -> list[tuple[str, str, str, str, str]]:
        """One row for each different output, the first ones where there are many."""
        first: dict[tuple[str, float], int] = {}
        for index, pair in enumerate(zip(self.exact, self.output.flat, strict=True)):
            first.setdefault((pair[0], float(pair[1])), index)
        return [self._row(index) for index in list(first.values())[:MOST_ROWS]]

    def _row(self, index: int) -> tuple[str, str, str, str, str]:
        position = np.unravel_index(index, self.output.shape)[-2:]
        value, exact = self.output.flat[index], Decimal(self.exact[index])
        full = Decimal(float(value))  # every float32 is a finite decimal
        return (
            f"y[{position[0]}, {position[1]}]",
            _text(exact) if self.stored else self.exact[index],
            _text(full),
            _text(full - exact, "+"),
            _text(Decimal(float(np.spacing(abs(value))))),
        )

    def __str__(self) -> str:
        return "\n".join("  ".join(row) for row in (self.header, *self.rows))

    def _repr_html_(self) -> str:
        return html_table(self.rows, header=self.header)


def _text(number: Decimal, sign: str = "") -> str:
    """A decimal to ten places; a power of ten where that would be all zeros."""
    if 0 < abs(number) < Decimal("1e-6"):
        return f"{number:{sign}.2e}"
    text = f"{number:{sign}.{PLACES}f}"
    return text.rstrip("0").rstrip(".")
