"""A layer built again from its last run, with parameters changed; the layer stays as it is."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias, cast

from convviz.arrays import Array
from convviz.network import build, kernels
from convviz.network.convolution import ConvolutionLayer
from convviz.network.run import ConvolutionRun
from convviz.parameters import (
    KERNEL_SIZE_ND,
    NUM_GROUPS,
    PADDING_ND,
    LayerParameters,
    with_height,
)
from convviz.scene.scene import check_size

KERNEL = "kernel"  # beside the parameters' names

Fit: TypeAlias = Callable[[Array, tuple[int, ...]], Array]  # a kernel into another shape


def _fitted(kernel: Array, shape: tuple[int, ...]) -> Array:
    return kernels.fitted(kernel, shape)[0]


def varied(
    run: ConvolutionRun, changes: Mapping[str, object], device: str | None, fit: Fit = _fitted
) -> tuple[ConvolutionLayer, ConvolutionRun]:
    """The layer with other values of some parameters, on a network of its own, and its run.

    ``fit`` makes the weights for another number of groups, or another size of the kernel. Among the
    changes ``kernel`` is the name of one.

    Raises
    ------
    ArgumentError
        Where there is no such parameter, or the layer cannot have that value.
    """
    changes = dict(changes)
    arrays = run.arrays
    shape = _kernel_shape(run, changes)
    if shape != arrays["kernel"].shape:
        arrays["kernel"] = fit(arrays["kernel"], shape)
    changes.pop(KERNEL_SIZE_ND.name, None)
    if KERNEL in changes:
        arrays["kernel"] = kernels.named(str(changes.pop(KERNEL)), shape)
    replaced = PADDING_ND.sets if PADDING_ND.name in changes else ()
    kept = {name: setting for name, setting in run.settings.items() if name not in replaced}
    settings = cast("LayerParameters", {**kept, **changes})  # checked there
    height = run.geometry.axes[-2]
    if height.size == height.kernel == 1:
        settings = with_height(settings)
    layer, data = build.build_layer(**arrays, **settings)
    network = layer.network
    return layer, network.evaluate(layer, network.feeds(data), device, check=check_size)


def _kernel_shape(run: ConvolutionRun, changes: Mapping[str, object]) -> tuple[int, ...]:
    """The kernel's shape after the changes, as far as those can be."""
    geometry = run.geometry
    maps, channels, *size = geometry.kernel_shape
    if NUM_GROUPS.name in changes:
        groups = NUM_GROUPS.check(changes[NUM_GROUPS.name])
        if geometry.channels % groups == 0:
            channels = geometry.channels // groups
    if KERNEL_SIZE_ND.name in changes:
        size = [*KERNEL_SIZE_ND.check(changes[KERNEL_SIZE_ND.name], len(size))]
    return (maps, channels, *size)
