"""Layers at random, and ways to compute them with tiled.cu and unfolded.cu."""

from __future__ import annotations

import numpy as np

from convviz.compute.large.direct import tilings
from convviz.compute.large.implicit_gemm import unfoldings
from convviz.compute.large.plans import Layer, Plan
from convviz.geometry import Geometry, make_geometry

KINDS = {"tiled": tilings, "unfolded": unfoldings}


def random_plan(rng: np.random.Generator, kind: str) -> tuple[Plan, Geometry, np.dtype]:
    """A layer that can be computed so, and one way, with several words a chunk if there is."""
    fitting: list[Plan] = []
    while not fitting:
        geometry, dtype = random_layer(rng, maps=14 if kind == "tiled" else 40)
        fitting = [p for p in KINDS[kind](Layer.of(geometry, dtype.itemsize)) if p.fits]
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
    reach = 1 + dilation * (kernel - 1) - pre - post
    size = np.maximum(1, reach) + rng.integers(1, 13 if rank == 2 else 5, rank)
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


def random_arrays(rng: np.random.Generator, geometry: Geometry, dtype: np.dtype) -> list:
    """Input, kernel and bias; no bias in half of the cases."""
    shapes = (geometry.input_shape, geometry.kernel_shape, (geometry.maps,))
    if dtype == np.int8:
        arrays = [rng.integers(-128, 128, shape).astype(np.int8) for shape in shapes]
        arrays[2] = arrays[2].astype(np.int32)
    else:
        arrays = [rng.normal(size=shape).astype(np.float32) for shape in shapes]
    return arrays if rng.random() < 0.5 else [*arrays[:2], None]
