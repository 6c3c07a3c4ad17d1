"""A layer built again from its last run, with one parameter changed; the layer stays as it is."""

from __future__ import annotations

from typing import cast

from convviz.arrays import Array
from convviz.network import build
from convviz.network.convolution import ConvolutionLayer
from convviz.network.run import ConvolutionRun
from convviz.parameters import NUM_GROUPS, PADDING_ND, LayerParameters
from convviz.scene.scene import check_size


def varied(
    run: ConvolutionRun, parameter: str, value: object, device: str | None
) -> tuple[ConvolutionLayer, ConvolutionRun]:
    """The layer with another value of an optional parameter, on a network of its own, and its run.

    More groups keep the weights that fit: the first channels of each output map.

    Raises
    ------
    ArgumentError
        Where the parameter is not optional, or the layer cannot have that value.
    """
    arrays = run.arrays
    if parameter == NUM_GROUPS.name:
        arrays["kernel"] = _kernel_for(run, arrays["kernel"], NUM_GROUPS.check(value))
    replaced = PADDING_ND.sets if parameter == PADDING_ND.name else ()
    kept = {name: setting for name, setting in run.settings.items() if name not in replaced}
    settings = cast("LayerParameters", {**kept, parameter: value})  # checked there
    layer, data = build.build_layer(**arrays, **settings)
    network = layer.network
    return layer, network.evaluate(layer, network.feeds(data), device, check=check_size)


def _kernel_for(run: ConvolutionRun, kernel: Array, groups: int) -> Array:
    """The weights cut to the channels that each of ``groups`` has."""
    maps, channels, *size = kernel.shape
    return build.resized(kernel, (maps, channels * run.geometry.groups // groups, *size))
