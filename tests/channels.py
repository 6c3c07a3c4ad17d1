"""Layers of many channels, made of seeds: smooth activations under random weights."""

from __future__ import annotations

from typing import Any

import numpy as np
from scenes import Case

from convviz.geometry import make_geometry
from convviz.network.run import ConvolutionRun
from convviz.parameters import PaddingMode
from convviz.scene.scene import Scene


def activations(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Low-pass noise behind a ReLU: (1, C, [D,] H, W)."""
    noise = rng.standard_normal(shape)
    for axis in (-1, -2):
        noise = noise + np.roll(noise, 1, axis) + np.roll(noise, -1, axis)
    return np.maximum(noise / noise.std(), 0).astype(np.float32)


def weights(rng: np.random.Generator, *shape: int) -> np.ndarray:
    """Random weights of a size that keeps the activations' size."""
    return (rng.standard_normal(shape) / np.sqrt(np.prod(shape[1:]))).astype(np.float32)


def strided(seed: int = 0) -> Case:
    """64 channels to 40 maps under SAME_UPPER, with a dead channel and two dead maps."""
    rng = np.random.default_rng(seed)
    data, kernel = activations(rng, 1, 64, 12, 12), weights(rng, 40, 64, 3, 3)
    bias = weights(rng, 40, 1).reshape(-1)
    data[0, 23] = 0
    kernel[[5, 7]] = bias[[5, 7]] = 0
    return Case(data, kernel, bias, {"stride_nd": (2, 2), "padding_mode": PaddingMode.SAME_UPPER})


def depthwise(seed: int = 1) -> Case:
    """5×5 over 24 channels, each a group of its own."""
    rng = np.random.default_rng(seed)
    parameters = {"num_groups": 24, "padding_nd": (2, 2)}
    return Case(activations(rng, 1, 24, 9, 9), weights(rng, 24, 1, 5, 5), None, parameters)


def grouped(seed: int = 2) -> Case:
    """32 channels in two groups, with the window's gaps."""
    rng = np.random.default_rng(seed)
    parameters = {"num_groups": 2, "dilation_nd": (2, 1), "pre_padding": (1, 0)}
    kernel, bias = weights(rng, 6, 16, 3, 3), weights(rng, 6, 1).reshape(-1)
    return Case(activations(rng, 1, 32, 9, 8), kernel, bias, parameters)


def pointwise(seed: int = 3) -> Case:
    """1×1, 100 channels to 30 maps."""
    rng = np.random.default_rng(seed)
    return Case(activations(rng, 1, 100, 5, 5), weights(rng, 30, 100, 1, 1))


def volume(seed: int = 4) -> Case:
    """Three dimensions, 12 channels to 3 maps."""
    rng = np.random.default_rng(seed)
    bias = weights(rng, 3, 1).reshape(-1)
    kernel = weights(rng, 3, 12, 3, 3, 3)
    return Case(activations(rng, 1, 12, 4, 6, 7), kernel, bias, {"padding_nd": (1, 0, 1)})


def coloured(seed: int = 5) -> Case:
    """A colour picture under 7×7, to 20 maps."""
    rng = np.random.default_rng(seed)
    parameters = {"stride_nd": (2, 2), "padding_nd": (3, 3)}
    return Case(activations(rng, 1, 3, 40, 44) - 1, weights(rng, 20, 3, 7, 7), None, parameters)


def huge(channels: int = 512, side: int = 14) -> Scene:
    """As many channels to as many maps, 3×3: the shapes of a layer that nobody computes."""
    return empty((1, channels, side, side), channels, (3, 3), padding_nd=(1, 1))


def empty(shape: tuple[int, ...], maps: int, kernel: tuple[int, ...], **parameters: Any) -> Scene:
    """A layer of these shapes, all zeros."""
    geometry = make_geometry(shape, maps, kernel, **parameters)
    settings = {"stride_nd": (1,) * len(kernel), "padding_nd": (0,) * len(kernel), "num_groups": 1}
    others = {
        "dilation_nd": (1,) * len(kernel),
        "pre_padding": (0,) * len(kernel),
        "post_padding": (0,) * len(kernel),
        "padding_mode": PaddingMode.EXPLICIT_ROUND_DOWN,
    }
    run = ConvolutionRun(
        geometry,
        {**settings, **others, **parameters},
        np.zeros(shape, np.float32),
        np.zeros(geometry.kernel_shape, np.float32),
        None,
        np.zeros(geometry.output_shape, np.float32),
        "nothing",
        lambda: 0.0,
    )
    return Scene.of(run)


CASES = {
    "strided": strided,
    "depthwise": depthwise,
    "grouped": grouped,
    "pointwise": pointwise,
    "volume": volume,
    "coloured": coloured,
}
