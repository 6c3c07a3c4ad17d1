"""What can be told of a layer by numbers: its products, what is dead in it, what each channel adds.

Everything is computed from a run, in the order of `convviz.compute`; nothing is estimated.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from convviz.arrays import Array
from convviz.compute import cpu
from convviz.errors import ArgumentError, short
from convviz.geometry import Axis, Geometry, make_geometry
from convviz.network.build import build_layer
from convviz.network.run import ConvolutionRun
from convviz.parameters import LayerParameters, as_integers, check_integer


def padding(geometry: Geometry) -> tuple[tuple[int, int], ...]:
    """The zeros before and after each axis, those included that a rounded-up output reads."""
    return tuple((axis.pre, axis.post + axis.beyond) for axis in geometry.axes)


def multiply_adds(geometry: Geometry) -> int:
    """The products of the layer's sums, those with padding included, over the whole batch."""
    return math.prod(geometry.output_shape) * geometry.tap_count


def dead_channels(run: ConvolutionRun) -> tuple[int, ...]:
    """The input channels that are zero everywhere in the activations: they add nothing."""
    values = run.input.reshape(run.items, run.geometry.channels, -1)
    return _silent(values)


def dead_maps(run: ConvolutionRun, *, rectified: bool = False) -> tuple[int, ...]:
    """The output maps that carry nothing on, for these activations.

    A map is dead where its output is zero everywhere; with ``rectified``, for a layer that a ReLU
    follows, where its output is nowhere above zero.
    """
    output = run.output.reshape(run.items, run.geometry.maps, -1)
    alive = (output > 0) if rectified else (output != 0)
    return _silent(alive)


def _silent(values: Array) -> tuple[int, ...]:
    """The numbers along the middle axis of which all values are zero."""
    return tuple(int(n) for n in np.flatnonzero(np.logical_not(values.any(axis=(0, 2)))))


# What each channel adds


def parts(run: ConvolutionRun, output_map: int, at: Sequence[int], item: int = 0) -> Array:
    """What each channel adds to one output, and last the bias; float64 (channels / groups + 1,).

    The sum runs in memory order, and each part is the running sum after the channel less the one
    before it, rounding included: added up in order they give the printed output exactly.

    Parameters
    ----------
    output_map : int
    at : (row, column) or (depth, row, column) of the output
    item : int
        Which item of the batch.
    """
    geometry = run.geometry
    place = _check_place(run, output_map, at, item)
    window = run.item(_summed(run), item)[geometry.channels_of(output_map).start :]
    window = window[: geometry.group_channels]
    for number, (axis, position) in enumerate(zip(geometry.axes, place, strict=True), 1):
        window = _read(window, number, axis, position)
    size = geometry.kernel_shape[2:]
    whole = make_geometry((1, *window.shape), 1, size)
    sums = cpu.channel_sums(whole, window[None], _weights(run)[output_map], 0)
    running = [0.0, *(float(total.item()) for total in _in_float(run, output_map, sums))]
    running.append(float(run.item(run.output, item)[output_map, *place]))
    return np.diff(np.array(running))


def part_spread(run: ConvolutionRun, output_map: int, item: int = 0) -> Array:
    """How much each channel's part varies over a map: its standard deviation over the places.

    float64 (channels / groups,). What a channel adds everywhere alike, a bias could add: channels
    are told apart by what varies, not by the mean.
    """
    spread = []
    before: Array = np.zeros((), np.float32)
    for total in channel_sums(run, output_map, item):
        spread.append(np.std(total.astype(np.float64) - before))
        before = total
    return np.array(spread)


def channel_sums(
    run: ConvolutionRun, output_map: int, item: int = 0, part: Sequence[slice] = ()
) -> Iterator[Array]:
    """The sum after each channel of a map's group, as float32, at every place; without the bias.

    Those of an int8 layer are its integers times the scales. ``part`` cuts a part out of the map, a
    slice for each spatial axis.
    """
    _check_map(run, output_map, item)
    sums = cpu.channel_sums(run.geometry, _whole(run), _weights(run), output_map, item, part)
    return _in_float(run, output_map, sums)


def _in_float(run: ConvolutionRun, output_map: int, sums: Iterator[Array]) -> Iterator[Array]:
    """Running sums as the output has them: those of integers times the scales."""
    quantization = run.quantization
    if quantization is None:
        yield from sums
        return
    scales = quantization.kernel_scales
    scale = quantization.input_scale * (scales[output_map] if scales.size > 1 else scales[0])
    for total in sums:
        yield total.astype(np.float32) * scale


def _summed(run: ConvolutionRun) -> Array:
    """The numbers that are multiplied: float32, or int8 where the layer is quantized."""
    return run.input if run.quantization is None else run.quantization.input


def _whole(run: ConvolutionRun) -> Array:
    return _summed(run).reshape(run.geometry.input_shape)


def _weights(run: ConvolutionRun) -> Array:
    return run.kernel if run.quantization is None else run.quantization.kernel


def _read(values: Array, number: int, axis: Axis, position: int) -> Array:
    """The cells of one axis that the window at ``position`` reads, zeros where it is padding."""
    indices = [axis.index(position, tap) for tap in range(axis.kernel)]
    inside = [0 <= index < axis.size for index in indices]
    taken = values.take([i if ok else 0 for i, ok in zip(indices, inside, strict=True)], number)
    shape = [-1 if n == number else 1 for n in range(values.ndim)]
    return np.where(np.reshape(inside, shape), taken, values.dtype.type(0))


def _check_map(run: ConvolutionRun, output_map: int, item: int) -> None:
    check_integer("map", output_map, least=0, most=run.geometry.maps - 1)
    check_integer("item", item, least=0, most=run.items - 1)


def _check_place(
    run: ConvolutionRun, output_map: int, at: Sequence[int], item: int
) -> tuple[int, ...]:
    _check_map(run, output_map, item)
    sizes = tuple(axis.output for axis in run.geometry.axes)
    place = as_integers(at)
    if (
        place is None
        or len(place) != len(sizes)
        or not all(0 <= n < size for n, size in zip(place, sizes, strict=True))
    ):
        allowed = f"{len(sizes)} indices into the output's {'×'.join(map(str, sizes))}"
        raise ArgumentError("at", short(at), allowed, f"Write at={tuple(0 for _ in sizes)}.")
    return place


# What int8 loses


def int8_loss(
    run: ConvolutionRun, input_scale: float | None = None, kernel_scale: object = None
) -> Array:
    """What int8 loses on these activations, map by map; float64 (maps,).

    The root mean square, over the batch and the places of a map, of the output in int8 less the
    output without int8, divided by that of the output without int8.

    Parameters
    ----------
    input_scale : positive number; the largest absolute activation divided by 127 where left out
    kernel_scale : one positive number, or one for each map; the same of the weights of each map

    Raises
    ------
    ArgumentError
        Naming a scale that cannot be, or the groups that int8 cannot have.
    """
    arrays = run.arrays
    data, kernel = arrays["data"], arrays["kernel"]
    if input_scale is None:
        input_scale = float(_scales(data.reshape(1, -1))[0])
    if kernel_scale is None:
        kernel_scale = _scales(kernel.reshape(len(kernel), -1))
    settings: LayerParameters = {**run.settings}  # type: ignore[typeddict-item]  # its very names
    layer, values = build_layer(
        data, kernel, run.bias, input_scale=input_scale, kernel_scale=kernel_scale, **settings
    )
    network = layer.network
    found = network.evaluate(layer, network.feeds(values))
    loss = quantization_loss(found)
    assert loss is not None
    return loss


def quantization_loss(run: ConvolutionRun) -> Array | None:
    """The same of a layer that is quantized, with its own scales; float64 (maps,).

    None where nothing is quantized, or where the layer's float32 values are not known.
    """
    quantization = run.quantization
    if quantization is None or quantization.source is None or quantization.source_kernel is None:
        return None
    sums = cpu.sums_in_float64(run.geometry, quantization.source, quantization.source_kernel)
    exact = sums.astype(np.float32)
    if run.bias is not None:
        exact += run.bias.reshape(-1, *(1,) * len(run.geometry.axes))
    return _relative(run, run.output, exact)


def _scales(rows: Array) -> Array:
    """The largest absolute value of each row divided by 127; 1 for rows of zeros."""
    largest = np.abs(rows).max(axis=1)
    return np.where(largest > 0, largest / np.float32(127), np.float32(1)).astype(np.float32)


def _relative(run: ConvolutionRun, output: Array, exact: Array) -> Array:
    """The root mean square of the difference in each map over that of ``exact``."""
    shape = (run.items, run.geometry.maps, -1)
    wide = exact.astype(np.float64).reshape(shape)
    change = _root_mean_square(output.astype(np.float64).reshape(shape) - wide)
    size = _root_mean_square(wide)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(change == 0, 0.0, change / size)


def _root_mean_square(values: Array) -> Array:
    root: Array = np.sqrt(np.square(values).mean(axis=(0, 2)))
    return root
