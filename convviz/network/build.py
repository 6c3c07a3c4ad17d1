"""From what a user passes to a layer and its data: a layer as it is, or one built from arrays."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypedDict, Unpack

from convviz.arrays import Array, as_array
from convviz.compute.operands import with_height_1
from convviz.errors import ArgumentError
from convviz.geometry import Geometry, check_int8_groups, make_geometry
from convviz.network.convolution import ConvolutionLayer, check_counts
from convviz.network.layers import Tensor
from convviz.network.network import Network
from convviz.network.subject import Subject
from convviz.network.values import DataType, Weights, check_scales
from convviz.parameters import LayerParameters, check_parameters, with_height

ARRAYS = ("data", "kernel", "bias")
SCALES = ("input_scale", "kernel_scale")


class Quantizing(TypedDict, total=False):
    """The scales of a layer that is quantized to int8."""

    input_scale: float | None
    kernel_scale: object


class ArrayOptions(Quantizing, LayerParameters, total=False):
    """What may stand beside arrays: the scales, and the layer's parameters by their names."""


def resolve(
    subject: tuple[object, ...],
    named: dict[str, object],
    check: Callable[[Geometry], None] | None = None,
) -> tuple[ConvolutionLayer, object]:
    """The layer to show, and its data as for `Network.feeds`.

    Parameters
    ----------
    subject : (layer,), (layer, data), (data, kernel) or (data, kernel, bias)
        A `Subject` stands for its layer, on the data that it brings.
    named : the same by the names layer, data, kernel, bias; with arrays also the scales and the
        layer's parameters
    check : may refuse the geometry, before any array is copied

    Raises
    ------
    ArgumentError
        Naming what is missing, or what does not go with the rest.
    """
    first = subject[0] if subject else named.get("layer")
    if isinstance(first, Subject):
        first = first.layer
        if subject:
            subject = (first, *subject[1:])
        else:
            named = {**named, "layer": first}
    if isinstance(first, ConvolutionLayer):
        given = _by_name(subject, ("layer", "data", "bias"), named)
        for name in given.keys() - {"layer", "data"}:
            got, remedy = "a value together with a layer", f"Set layer.{name} instead."
            raise ArgumentError(name, got, "parameters together with arrays", remedy)
        if check is not None:
            first.network.check_geometry(first, given.get("data"), check)
        return first, given.get("data")
    given = _by_name(subject, ARRAYS, named)
    for name in ("data", "kernel"):
        if name not in given:
            remedy = "Pass data and a kernel, or a layer and its data."
            raise ArgumentError(name, "nothing", "an array, or a layer instead", remedy)
    return build_layer(**given, check=check)  # type: ignore[arg-type]  # checked there


def _by_name(
    subject: tuple[object, ...], names: tuple[str, ...], named: dict[str, object]
) -> dict[str, object]:
    """All that is not None by its name; what has none left, or two values, is refused."""
    if len(subject) > len(names):
        got = f"{len(subject)} arguments without a name"
        allowed = f"{len(names)}: {', '.join(names)}"
        raise ArgumentError("subject", got, allowed, "Pass the others by their names.")
    given = dict(zip(names, subject, strict=False))
    for name in given.keys() & named.keys():
        raise ArgumentError(name, "two values", "one", "Pass it once.")
    return {name: value for name, value in {**given, **named}.items() if value is not None}


def build_layer(
    data: object,
    kernel: object,
    bias: object = None,
    *,
    input_scale: float | None = None,
    kernel_scale: object = None,
    check: Callable[[Geometry], None] | None = None,
    **parameters: Unpack[LayerParameters],
) -> tuple[ConvolutionLayer, Array]:
    """A network of one layer for these arrays, and the data in the shape of its input.

    Parameters
    ----------
    data : array (…, C, [D,] H, W)
        Axes that it lacks are added in front.
    kernel : array (S,), (R, S), (K, C/groups, R, S) or (K, C/groups, T, R, S)
        With three axes, (K, C/groups, S), the layer is 1-D: data and kernel get a height of 1.
    bias : array (K,), or None
    input_scale, kernel_scale : positive numbers, or None
        Quantize to int8; ``kernel_scale`` may hold one for each output map.
    check : may refuse the geometry
    parameters : stride_nd, padding_nd, … by the layer's names

    Raises
    ------
    ArgumentError
        Naming what cannot be, before any array is copied.
    """
    check_parameters(parameters)
    values, weights, parameters = _shaped(data, kernel, parameters)
    maps, size = weights.shape[0], weights.shape[2:]
    geometry = make_geometry(values.shape, maps, size, **parameters)
    if check is not None:
        check(geometry)
    quantizes = input_scale is not None or kernel_scale is not None
    if quantizes:
        check_int8_groups(geometry)  # before the count, which would not mend it
    numbers = (
        bias
        if isinstance(bias, Weights)
        else Weights(() if bias is None else as_array("bias", bias))
    )
    check_counts(geometry, weights.size, numbers.size)
    network = Network()
    tensor = network.add_input("input", DataType.FLOAT, values.shape)
    if quantizes:
        scales = (input_scale, kernel_scale)
        layer = _add_quantized(network, tensor, weights, numbers, scales)
    else:
        layer = network.add_convolution_nd(tensor, maps, size, weights, numbers)
    network.mark_output(layer.get_output(0))
    for name, value in parameters.items():
        setattr(layer, name, value)
    return layer, values


def _shaped(
    data: object, kernel: object, parameters: LayerParameters
) -> tuple[Array, Array, LayerParameters]:
    """Data and kernel with all axes that a layer has, and the parameters for as many."""
    values, weights = as_array("data", data), as_array("kernel", kernel)
    if weights.ndim in (1, 2):
        weights = weights[None, None]
    values = values.reshape((1,) * (weights.ndim - values.ndim) + values.shape)
    if weights.ndim == 3:  # 1-D: TensorRT has it as height 1
        values, weights = with_height_1("data", values), with_height_1("kernel", weights)
        parameters = with_height(parameters)
    if weights.ndim not in (4, 5):
        raise ArgumentError(
            "kernel",
            f"shape {weights.shape} of {weights.ndim} axes",
            "1 axis (S,), 2 axes (R, S), 3 axes (K, C/groups, S), 4 axes (K, C/groups, R, S) or "
            "5 axes (K, C/groups, T, R, S)",
            "Bring it into shape with reshape.",
        )
    _refuse_channels_last(values, weights, parameters.get("num_groups"))
    return values, weights, parameters


def _refuse_channels_last(values: Array, weights: Array, groups: object) -> None:
    """Refuse an image as libraries read it, (rows, columns, 3), where it cannot be (C, H, W)."""
    channels = weights.shape[1] * (groups if isinstance(groups, int) else 1)
    *_, first, rows, last = values.shape
    if weights.ndim == 4 and last in (3, 4) and first != channels and rows > 4 and first > 4:
        raise ArgumentError(
            "data",
            f"shape {values.shape}, which looks like an image with its channels last",
            f"channels first, {channels} of them for this kernel",
            "Pass data.transpose(2, 0, 1), or data[..., :3].transpose(2, 0, 1) without "
            "transparency.",
        )


def _add_quantized(
    network: Network, tensor: Tensor, weights: Array, bias: Weights, scales: tuple[object, object]
) -> ConvolutionLayer:
    """A convolution whose input and kernel go through int8; a scale that is None is 1."""
    constant = network.add_constant(weights.shape, weights).get_output(0)
    activation, kernel = (
        add_scaling(network, each, check_scales(name, 1.0 if scale is None else scale))
        for each, name, scale in zip((tensor, constant), SCALES, scales, strict=True)
    )
    maps, size = weights.shape[0], weights.shape[2:]
    layer = network.add_convolution_nd(activation, maps, size, Weights(), bias)
    layer.set_input(1, kernel)
    return layer


def add_scaling(network: Network, tensor: Tensor, numbers: Array) -> Tensor:
    """``tensor`` through int8 and back, or back only where it is int8; several scales: axis 0."""
    shape = [] if numbers.size == 1 else [numbers.size]
    constant = network.add_constant(shape, numbers).get_output(0)
    integers, scaled = tensor, []
    if not tensor.dtype.is_quantized:
        scaled.append(network.add_quantize(tensor, constant))
        integers = scaled[0].get_output(0)
    dequantize = network.add_dequantize(integers, constant)
    if numbers.size > 1:
        for layer in (*scaled, dequantize):
            layer.axis = 0
    return dequantize.get_output(0)
