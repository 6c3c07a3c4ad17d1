"""The data that an explorer computes with: its own, whatever becomes of the caller's arrays.

Data belong to tensors here, not to names: an input of a network may be given another name.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeAlias

from convviz.arrays import Array
from convviz.network.convolution import ConvolutionLayer
from convviz.network.layers import Evaluation, Tensor
from convviz.network.network import Network
from convviz.network.values import convert
from convviz.scene.scene import check_size

Feeds: TypeAlias = Mapping[Tensor, Array]


def own(layer: ConvolutionLayer, data: object) -> Feeds:
    """Read-only copies of ``data`` for each input of the layer's network.

    Parameters
    ----------
    layer : what is to be shown
    data : as for `Network.feeds`

    Raises
    ------
    ArgumentError
        Before anything is copied where the layer cannot be, or is too large to show.
    """
    given = _by_tensor(layer.network, data)
    evaluation = Evaluation(given)
    evaluation.checks[layer] = check_size
    evaluation.shape(layer.get_output(0))
    return {tensor: _copy(array) for tensor, array in given.items()}


def completed(network: Network, feeds: Feeds) -> Feeds:
    """``feeds`` with data also for the inputs that the network has been given since."""
    missing = network.num_inputs > len(feeds)
    if not missing:
        return feeds
    every = _by_tensor(network, by_name(feeds))
    return {**{tensor: _copy(every[tensor]) for tensor in every.keys() - feeds.keys()}, **feeds}


def by_name(feeds: Feeds) -> dict[str, Array]:
    """The data by the names that the inputs have now, as for `Network.evaluate`."""
    return {tensor.name: array for tensor, array in feeds.items()}


def _by_tensor(network: Network, data: object) -> dict[Tensor, Array]:
    arrays = network.feeds(data)
    tensors = [network.get_input(n) for n in range(network.num_inputs)]
    return {tensor: arrays[tensor.name] for tensor in tensors}


def _copy(array: Array) -> Array:
    copy = convert("input", array, array.dtype, copy=True)
    copy.flags.writeable = False
    return copy
