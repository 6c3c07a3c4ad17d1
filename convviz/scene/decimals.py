"""Numbers as people read them: the text of a value, and sums in exact decimals.

float32 cannot hold 0.1, yet a reader who sees 0.1 means one tenth. The exact decimal of a sum takes
every number as the shortest decimal that names it and adds without rounding, so that what float32
did to the last digits can be seen beside it.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, cast

import numpy as np

from convviz.arrays import Array
from convviz.geometry import Geometry

_SUPERSCRIPTS = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")
_MOST_EXACT_PRODUCTS = 60_000  # past this many, Python's integers would make a slider wait


def text(value: np.number[Any], places: int = 8) -> str:
    """The shortest decimal that is this value, at most eight digits after the point.

    That is what NumPy prints with ``precision=8, suppress=True`` for values below a million. Values
    that would read as zeros or as a row of twenty digits get a power of ten.
    """
    if isinstance(value, np.integer):
        return str(int(value))
    number = cast("np.floating[Any]", value)
    size = abs(number)
    if not np.isfinite(number) or size == 0 or 1e-4 <= size < 1e9:
        return np.format_float_positional(number, precision=places, unique=True, trim="-")
    return np.format_float_scientific(number, precision=3, unique=True, trim="-", exp_digits=1)


def texts(values: Array, places: int = 8) -> list[str]:
    """`text` of every element, in memory order. Equal values are worked out once."""
    flat = np.ascontiguousarray(values).reshape(-1)
    known: dict[float, str] = {}
    result = []
    for value, key in zip(flat, flat.tolist(), strict=True):
        shown = known.get(key)
        if shown is None:
            shown = known[key] = text(value, places)
        result.append(shown)
    return result


def power_of_ten(value: np.number[Any]) -> int | None:
    """The exponent e if ``value`` is the number nearest to ±10ᵉ of its kind, else None."""
    size = abs(float(value))
    if not 0 < size < np.inf:
        return None
    exponent = round(np.log10(size))
    return exponent if type(value)(10.0**exponent) == abs(value) else None


def weight_texts(kernel: Array, places: int = 8) -> list[str]:
    """`texts` of the weights; floats as 10⁴, 10⁻² … where every one is a power of ten or zero."""
    flat = np.ascontiguousarray(kernel).reshape(-1)
    if np.issubdtype(flat.dtype, np.integer):
        return texts(flat)
    exponents = [power_of_ten(value) if value else 0 for value in flat]
    known = [exponent for exponent in exponents if exponent is not None]
    if len(known) < len(exponents) or not any(known):
        return texts(flat, places)
    return [
        ("-" if value < 0 else "") + _power_text(exponent) if value else "0"
        for value, exponent in zip(flat, known, strict=True)
    ]


def _power_text(exponent: int) -> str:
    return "1" if exponent == 0 else f"10{str(exponent).translate(_SUPERSCRIPTS)}"


def exact_sums(
    geometry: Geometry, values: Array, kernel: Array, bias: Array | None
) -> list[str] | None:
    """The exact decimal of every output element, in memory order.

    Parameters
    ----------
    values : array (C, [D,] H, W), one batch item
    kernel : array (K, C/groups, [T,] R, S)
    bias : array (K,) or None

    Returns
    -------
    list of str, or None where there are too many products for a widget or a value is not finite.
    """
    spatial = geometry.output_shape[-len(geometry.axes) :]
    products = geometry.maps * int(np.prod(spatial)) * geometry.tap_count
    arrays = [values, kernel] + ([] if bias is None else [bias])
    if products > _MOST_EXACT_PRODUCTS or not all(np.isfinite(array).all() for array in arrays):
        return None
    totals, point = _running_totals(geometry, values, kernel)
    offsets, bias_point = _scaled_integers(np.zeros(geometry.maps) if bias is None else bias)
    common = max(point, bias_point)
    factor, bias_factor = 10 ** (common - point), 10 ** (common - bias_point)
    return [
        _decimal_text(int(total) * factor + int(offset) * bias_factor, common)
        for offset, map_totals in zip(offsets, totals, strict=True)
        for total in map_totals[:, -1]
    ]


def exact_running_sums(
    geometry: Geometry, values: Array, kernel: Array, after: Sequence[int] | None = None
) -> list[list[str]]:
    """For every output element the exact decimals after so many taps, or after each of them.

    Arrays are as for `exact_sums`.
    """
    totals, point = _running_totals(geometry, values, kernel)
    columns = range(geometry.tap_count) if after is None else [count - 1 for count in after]
    return [
        [_decimal_text(int(row[column]), point) for column in columns]
        for map_totals in totals
        for row in map_totals
    ]


def _running_totals(geometry: Geometry, values: Array, kernel: Array) -> tuple[list[Array], int]:
    """For each output map the sums (outputs, taps) in integers, and the point they share."""
    inputs, input_point = _scaled_integers(values)
    weights, weight_point = _scaled_integers(kernel)
    if geometry.tap_count * _largest(inputs) * _largest(weights) < 2**63:
        inputs, weights = inputs.astype(np.int64), weights.astype(np.int64)
    totals = []
    for output_map in range(geometry.maps):
        products = _windows(geometry, inputs, output_map) * weights[output_map]
        totals.append(products.reshape(-1, geometry.tap_count).cumsum(axis=-1))
    return totals, input_point + weight_point


def _scaled_integers(values: Array) -> tuple[Array, int]:
    """``values`` as Python integers, and the point: each integer times 10^-point is its value."""
    unique, where = np.unique(values, return_inverse=True)
    decimals = [Decimal(str(value)) for value in unique]
    point = max((max(0, -int(number.as_tuple().exponent)) for number in decimals), default=0)
    integers = [int(number.scaleb(point)) for number in decimals]
    return np.array(integers, dtype=object)[where].reshape(values.shape), point


def _largest(integers: Array) -> int:
    return max(map(abs, integers.reshape(-1).tolist()), default=0)


def _windows(geometry: Geometry, values: Array, output_map: int) -> Array:
    """The inputs under every window, shaped (*output, C/groups, *kernel); zeros in the padding."""
    axes = geometry.axes
    rank = len(axes)
    channels = geometry.channels_of(output_map)
    border = [(0, 0), *((axis.pre, axis.post + axis.beyond) for axis in axes)]
    zero = np.array(0, values.dtype)  # a Python integer among Python integers, which have no limit
    padded = np.pad(values[channels.start : channels.stop], border, constant_values=zero)
    index: list[Array] = []
    for i, axis in enumerate(axes):
        shape = [1] * (2 * rank)
        shape[i], shape[rank + i] = axis.output, axis.kernel
        index.append((np.array(axis.table) + axis.pre).reshape(shape))
    everything: tuple[Any, ...] = (slice(None), *index)
    windows = padded[everything]
    return np.moveaxis(windows, 0, rank)


def _decimal_text(integer: int, point: int) -> str:
    sign, digits = ("-" if integer < 0 else ""), str(abs(integer)).rjust(point + 1, "0")
    whole, fraction = digits[: len(digits) - point], digits[len(digits) - point :].rstrip("0")
    return sign + whole + ("." + fraction if fraction else "")
