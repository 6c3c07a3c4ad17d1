"""What float32 does to a sum: each output beside its exact decimal."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from convviz.arrays import Array
from convviz.checks import check_switch
from convviz.course.html import Table
from convviz.errors import ArgumentError
from convviz.language.catalogue import say
from convviz.network import build
from convviz.network.run import ConvolutionRun
from convviz.scene import decimals
from convviz.scene.scene import check_size
from convviz.signatures import lists_parameters

MOST_ROWS = 30
PLACES = 10  # after the point: enough for every float32 from 2¹³ up to be shown in full


@lists_parameters
def rounding(*subject: object, stored: bool = False, **named: object) -> RoundingTable:
    """What rounding to float32 did to a layer's outputs, equal ones listed once.

    Parameters
    ----------
    subject, named : as for `explore`, with a batch of one
    stored : bool
        Sum the numbers that float32 stores, to 17 digits, 0.10000000149011612 for 0.1, instead of
        the decimals that people write.

    Raises
    ------
    ArgumentError
        Naming what cannot be, and where there are too many products for exact sums.
    """
    check_switch("stored", stored)
    layer, data = build.resolve(subject, named, check_size)
    run = layer.network.evaluate(layer, layer.network.feeds(data))
    if not np.isfinite(run.input).all():
        remedy = "Replace NaN and infinity, for example with numpy.nan_to_num."
        raise ArgumentError("data", "an input that is not all finite", "finite numbers", remedy)
    exact = _exact_sums(run, stored) if run.items == 1 else None
    if exact is None:
        got = f"an input of shape {run.input.shape}"
        allowed = "one batch item with few enough products to sum exactly"
        raise ArgumentError("data", got, allowed, "Use a smaller input.")
    return RoundingTable(run.output, exact, stored)


def _exact_sums(run: ConvolutionRun, stored: bool) -> list[str] | None:
    dtype = np.float64 if stored else np.float32  # a float64 names what a float32 stores
    bias = None if run.bias is None else run.bias.astype(dtype)
    values = run.item(run.input, 0).astype(dtype)
    return decimals.exact_sums(run.geometry, values, run.kernel.astype(dtype), bias)


@dataclass(frozen=True, eq=False)
class RoundingTable(Table):
    """Outputs beside their exact decimals; a notebook shows it as a table.

    Attributes
    ----------
    output : float32 array
    exact : list of str
        The exact decimal of each element, in memory order.
    stored : bool
        Whether these are sums of what float32 stores.
    """

    output: Array
    exact: list[str]
    stored: bool = False

    @property
    def header(self) -> tuple[str, ...]:
        """What stands over the columns."""
        exact = "stored" if self.stored else "decimal"
        columns = ("output", exact, "float32", "error", "spacing")
        return tuple(say(f"course.rounding.{column}") for column in columns)

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


def _text(number: Decimal, sign: str = "") -> str:
    """A decimal to ten places; a power of ten where that would be all zeros."""
    if 0 < abs(number) < Decimal("1e-6"):
        return f"{number:{sign}.2e}"
    text = f"{number:{sign}.{PLACES}f}"
    return text.rstrip("0").rstrip(".")
