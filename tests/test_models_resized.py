"""Receptive fields behind what moves or interpolates places: DepthToSpace, cubic Resize.

Each cell of an input is set alone, ONNX Runtime computes; an output sees the cells that change it.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

import convviz as cv

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  (skipped without it)

HIGH, WIDE = 18, 24
LEAST_INSIDE = 4  # outputs along an axis that see no edge
SMALL = st.integers(1, 3)
Arrays = dict[str, np.ndarray]


def convolution(
    name: str, maps: int, channels: int, size: int, stride: int
) -> tuple[object, Arrays]:
    """A convolution whose weights are all above zero and all different: nothing cancels."""
    rng = np.random.default_rng(size + 10 * maps)
    weights = rng.uniform(0.5, 1.5, (maps, channels, size, size)).astype(np.float32)
    node = helper.make_node(
        "Conv", [name, f"{name}.w"], [f"{name}.y"], name=name, strides=[stride, stride]
    )
    return node, {f"{name}.w": weights}


def model(nodes: Sequence[object], constants: Arrays, last: str) -> object:
    given_shape = ["n", 1, HIGH, WIDE]
    graph = helper.make_graph(
        nodes,
        "resized",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, given_shape)],
        [helper.make_tensor_value_info(last, TensorProto.FLOAT, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 18)], ir_version=8)


def seen(made: object) -> list[int]:
    """How far the outputs that see no edge see, along each axis; 0 where they are too few."""
    session = onnxruntime.InferenceSession(
        made.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    cells = np.eye(HIGH * WIDE, dtype=np.float32).reshape(-1, 1, HIGH, WIDE)
    [output] = session.run(None, {"x": cells})
    changed = (output != 0).any(axis=1).reshape(HIGH, WIDE, -1)
    found = []
    for axis, size in ((0, HIGH), (1, WIDE)):
        sizes = [
            places.max() - places.min() + 1
            for places in map(np.flatnonzero, changed.any(axis=1 - axis).T)
            if places.size and places.min() > 0 and places.max() < size - 1
        ]
        found.append(int(max(sizes)) if len(sizes) >= LEAST_INSIDE else 0)
    return found


def assert_as_seen(made: object) -> None:
    sizes = seen(made)
    assume(all(sizes))
    [*_, last] = cv.from_onnx(made)
    assert list(last.receptive_field) == sizes


@settings(max_examples=25, database=None, deadline=None)
@given(
    block=st.integers(2, 3), mode=st.sampled_from(["DCR", "CRD"]),
    before=SMALL, stride=st.integers(1, 2), after=SMALL,
)  # fmt: skip
def test_depth_that_becomes_space(
    block: int, mode: str, before: int, stride: int, after: int
) -> None:
    first, weights = convolution("x", 2 * block**2, 1, before, stride)
    moved = helper.make_node("DepthToSpace", ["x.y"], ["d"], blocksize=block, mode=mode)
    last, others = convolution("d", 1, 2, after, 1)
    assert_as_seen(model([first, moved, last], {**weights, **others}, "d.y"))


@pytest.mark.parametrize("block", [2, 3])
@pytest.mark.parametrize("after", [1, 2])
def test_places_of_a_block_lie_over_those_it_came_from(block: int, after: int) -> None:
    """Beside the input itself: an output sees its block, and no cell before or after it."""
    first, weights = convolution("x", block**2, 1, block, block)
    moved = helper.make_node("DepthToSpace", ["x.y"], ["d"], blocksize=block)
    both = helper.make_node("Add", ["d", "x"], ["sum"])
    last, others = convolution("sum", 1, 1, after, 1)
    made = model([first, moved, both, last], {**weights, **others}, "sum.y")
    assert seen(made) == [block * after] * 2
    [*_, layer] = cv.from_onnx(made)
    assert layer.receptive_field == (block * after, block * after)


@settings(max_examples=25, database=None, deadline=None)
@given(block=st.integers(2, 3), before=SMALL, after=st.integers(1, 2))
def test_space_that_becomes_depth(block: int, before: int, after: int) -> None:
    first, weights = convolution("x", 1, 1, before, 1)
    high, wide = ((size - before + 1) // block * block for size in (HIGH, WIDE))
    cut = helper.make_node("Slice", ["x.y", "zeros", "ends", "axes"], ["cut"])
    moved = helper.make_node("SpaceToDepth", ["cut"], ["d"], blocksize=block)
    last, others = convolution("d", 1, block**2, after, 1)
    bounds = {
        "zeros": np.array([0, 0]),
        "ends": np.array([high, wide]),
        "axes": np.array([2, 3]),
    }
    nodes = [first, cut, moved, last]
    assert_as_seen(model(nodes, {**weights, **others, **bounds}, "d.y"))


@settings(max_examples=40, database=None, deadline=None)
@given(
    scales=st.tuples(*[st.sampled_from([1.0, 1.5, 2.0, 3.0, 0.5])] * 2),
    coordinates=st.sampled_from(["asymmetric", "half_pixel", "pytorch_half_pixel"]),
    coefficient=st.sampled_from([-0.75, -0.5]), before=SMALL, after=SMALL,
)  # fmt: skip
def test_cubic_interpolation(
    scales: tuple[float, float], coordinates: str, coefficient: float, before: int, after: int
) -> None:
    first, weights = convolution("x", 1, 1, before, 1)
    resized = helper.make_node(
        "Resize", ["x.y", "", "scales"], ["r"], mode="cubic", cubic_coeff_a=coefficient,
        coordinate_transformation_mode=coordinates,
    )  # fmt: skip
    last, others = convolution("r", 1, 1, after, 1)
    factors = {"scales": np.array([1, 1, *scales], np.float32)}
    assert_as_seen(model([first, resized, last], {**weights, **others, **factors}, "r.y"))


@pytest.mark.parametrize(
    ("scale", "coordinates", "before", "after", "field"),
    [
        (2.0, "half_pixel", 1, 1, 4),  # four neighbours at each place
        (2.0, "half_pixel", 3, 1, 6),
        (2.0, "half_pixel", 1, 3, 5),  # three places between two of the input's
        (2.0, "asymmetric", 1, 1, 4),  # every second place is one of the input's
        (1.0, "half_pixel", 3, 3, 5),  # nothing is between
    ],
)
def test_cubic_fields_by_hand(
    scale: float, coordinates: str, before: int, after: int, field: int
) -> None:
    first, weights = convolution("x", 1, 1, before, 1)
    resized = helper.make_node(
        "Resize", ["x.y", "", "scales"], ["r"], mode="cubic",
        coordinate_transformation_mode=coordinates,
    )  # fmt: skip
    last, others = convolution("r", 1, 1, after, 1)
    factors = {"scales": np.array([1, 1, scale, scale], np.float32)}
    made = model([first, resized, last], {**weights, **others, **factors}, "r.y")
    [*_, layer] = cv.from_onnx(made)
    assert layer.receptive_field == (field, field)
    assert seen(made) == [field, field]


def test_antialiased_interpolation_is_not_guessed() -> None:
    first, weights = convolution("x", 1, 1, 3, 1)
    resized = helper.make_node("Resize", ["x.y", "", "scales"], ["r"], mode="cubic", antialias=1)
    last, others = convolution("r", 1, 1, 1, 1)
    factors = {"scales": np.array([1, 1, 0.5, 0.5], np.float32)}
    made = model([first, resized, last], {**weights, **others, **factors}, "r.y")
    [*_, layer] = cv.from_onnx(made)
    assert layer.receptive_field is None
    assert "not known behind Resize" in layer.notes[-1]
