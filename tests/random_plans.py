"""Layers at random, and plans to compute them with direct.cu and implicit_gemm.cu."""

from __future__ import annotations

import numpy as np

from convviz.compute.large.autotune import PLANNERS
from convviz.compute.large.plans import AnyPlan, LayerShape
from convviz.geometry import Geometry, make_geometry


def random_plan(rng: np.random.Generator, source: str) -> tuple[AnyPlan, Geometry, np.dtype]:
    """A plan for a source and its layer; a plan with several words per chunk if there is one."""
    fitting: list[AnyPlan] = []
    while not fitting:
        geometry, dtype = random_layer(rng, maps=14 if source == "direct" else 40)
        layer = LayerShape.of(geometry, dtype.itemsize)
        fitting = [plan for plan in PLANNERS[source](layer) if plan.fits]
    several = [plan for plan in fitting if plan.tile.chunk > 1] or fitting
    return several[rng.integers(len(several))], geometry, dtype


def random_layer(rng: np.random.Generator, maps: int) -> tuple[Geometry, np.dtype]:
    """A layer whose channels and maps seldom fill whole words, vectors and tiles."""
    dtype = np.dtype(rng.choice([np.int8, np.float32]))
    rank = int(rng.integers(2, 4))
    groups = int(rng.choice([1, 1, 2, 3]))
    unit = 4 if dtype == np.int8 and groups > 1 else 1  # int8 groups are whole fours
    channels = int(rng.integers(1, 4 if unit == 4 else 14)) * unit
    maps = int(rng.integers(1, 4 if unit == 4 else maps)) * unit
    kernel, stride, dilation = rng.integers(1, 4, rank), *rng.integers(1, 3, (2, rank))
    pre, post = rng.integers(0, 3, (2, rank))
    least = 1 + dilation * (kernel - 1) - pre - post
    size = np.maximum(1, least) + rng.integers(1, 13 if rank == 2 else 5, rank)
    geometry = make_geometry(
        (int(rng.integers(1, 4)), channels * groups, *size),
        maps * groups,
        kernel,
        stride_nd=stride,
        pre_padding=pre,
        post_padding=post,
        dilation_nd=dilation,
        num_groups=groups,
    )
    return geometry, dtype


def random_arrays(
    rng: np.random.Generator, geometry: Geometry, dtype: np.dtype
) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
    """Input, kernel and bias; no bias in half of the cases."""
    shapes = (geometry.input_shape, geometry.kernel_shape, (geometry.maps,))
    if dtype == np.int8:
        input, kernel, bias = (rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes)
        bias = bias.astype(np.int32)
    else:
        input, kernel, bias = (rng.normal(size=shape).astype(np.float32) for shape in shapes)
    return input, kernel, bias if rng.random() < 0.5 else None
