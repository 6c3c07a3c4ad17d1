"""Where a number that a reader sees lives, and how it is set there.

The kernel and the bias live in the layer, or in a constant of the network; the input lives in the
data that the network is given. Where a tensor is quantized, a reader sets it as it was before.
"""

from __future__ import annotations

from typing import Literal

import numpy as np

from convviz.arrays import Array
from convviz.errors import ArgumentError
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import ConstantLayer, Layer, ScaleLayer, Tensor
from convviz.network.values import DataType
from convviz.parameters import check_integer
from convviz.widget.feeds import Feeds

Weights = Literal["kernel", "bias"]


def set_weight(layer: ConvolutionLayer, tensor: Weights, index: int, value: np.float32) -> None:
    """Set one number of the kernel or the bias; ``index`` is in memory order."""
    owner, name = home(layer, tensor)
    array = getattr(owner, name)
    _check_edit(array, index, value)
    changed = array.copy()
    changed.reshape(-1)[index] = value
    setattr(owner, name, changed)


def with_input_value(
    layer: ConvolutionLayer, feeds: Feeds, item: int, index: int, value: np.float32
) -> Feeds:
    """The data of a network, with one number of a layer's input changed.

    ``index`` is in memory order within the batch's ``item``.
    """
    source = _source(layer.input)
    if source not in feeds:
        remedy = "Change the data that the network is given."
        raise ArgumentError("input", "a computed value", "an input of the network", remedy)
    feed = feeds[source]
    batch = feed.reshape(-1, *feed.shape[-layer.rank - 1 :])
    _check_edit(batch[item], index, value)
    batch = batch.copy()
    batch[item].reshape(-1)[index] = value
    return {**feeds, source: batch.reshape(feed.shape)}


def _check_edit(array: Array, index: int, value: np.float32) -> None:
    """Refuse a number that ``array`` cannot hold, or has no place for."""
    check_integer("index", index, least=0, most=array.size - 1)
    if array.dtype == DataType.INT8.numpy:
        least, most = DataType.INT8.limits
        if not (least <= value <= most and value == np.rint(value)):
            allowed = f"one integer from {least} to {most}: this tensor is int8 from the start"
            raise ArgumentError("value", f"{value:g}", allowed, "Type such an integer.")


def replace(layer: ConvolutionLayer, tensor: Weights, array: Array) -> None:
    """Set all of the kernel or the bias, in a new shape."""
    owner, name = home(layer, tensor)
    if isinstance(owner, ConstantLayer):
        replace_constant(owner, array)
    else:
        setattr(owner, name, array)


def replace_constant(constant: ConstantLayer, array: Array) -> None:
    """Set all numbers of a constant, in a new shape."""
    with constant.hold_trait_notifications():
        constant.shape = array.shape
        constant.weights = array.astype(constant.weights.dtype)


def home(layer: ConvolutionLayer, tensor: Weights) -> tuple[Layer, str]:
    """The layer and the trait that hold the kernel or the bias."""
    source = layer.inputs[layer.input_names.index(tensor)]
    if source is None:
        return layer, tensor
    constant = _source(source).producer
    if not isinstance(constant, ConstantLayer):
        remedy = "Change the data that the network is given."
        raise ArgumentError(tensor, "values from an input", "weights or a constant", remedy)
    return constant, "weights"


def _source(tensor: Tensor) -> Tensor:
    """The tensor that ``tensor`` was quantized and dequantized from."""
    while isinstance(tensor.producer, ScaleLayer):
        tensor = tensor.producer.input
    return tensor
