"""Receptive fields against what really changes: one input cell after another is set, and seen.

With weights of one and an input of one cell, an output is not zero just where the cell is seen.
"""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  (skipped without it)

WIDTH = 150
ALL_KINDS = 40  # places among which there is one of each kind
SMALL = st.integers(1, 3)
OPERATIONS = ["conv", "pool", "pad", "part", "branch", "relu", "spread", "resize"]
RESIZES = (
    [2, 3, 1.5, 4],
    ["nearest", "linear"],
    ["asymmetric", "half_pixel", "pytorch_half_pixel"],
    ["floor", "ceil", "round_prefer_floor", "round_prefer_ceil"],
)


class Chain:
    """Nodes after one another, from ``x`` to the tensor that is last."""

    def __init__(self) -> None:
        self.nodes: list[object] = []
        self.constants: dict[str, np.ndarray] = {}
        self.last, self.channels = "x", 1

    def add(self, kind: str, *inputs: str, **attributes: object) -> str:
        output = f"t{len(self.nodes)}"
        names = [self.last, *inputs]
        self.nodes.append(helper.make_node(kind, names, [output], name=output, **attributes))
        return output

    def constant(self, value: object) -> str:
        name = f"c{len(self.constants)}"
        self.constants[name] = np.asarray(value)
        return name

    def conv(self, kernel: int, stride: int, dilation: int, pads: tuple[int, int]) -> None:
        ones = self.constant(np.ones((1, self.channels, 1, kernel), np.float32))
        self.last = self.add(
            "Conv", ones, strides=[1, stride], dilations=[1, dilation],
            pads=[0, pads[0], 0, pads[1]],
        )  # fmt: skip
        self.channels = 1

    def spread(self, kernel: int, stride: int, dilation: int, pads: int) -> None:
        ones = self.constant(np.ones((self.channels, 1, 1, kernel), np.float32))
        self.last = self.add(
            "ConvTranspose", ones, strides=[1, stride], dilations=[1, dilation],
            pads=[0, pads, 0, pads],
        )  # fmt: skip
        self.channels = 1

    def resize(self, scale: float, mode: str, coordinates: str, nearest: str) -> None:
        scales = self.constant(np.array([1, 1, 1, scale], np.float32))
        self.last = self.add(
            "Resize", "", scales, mode=mode, nearest_mode=nearest,
            coordinate_transformation_mode=coordinates,
        )  # fmt: skip

    def pool(self, kernel: int, stride: int) -> None:
        self.last = self.add("AveragePool", kernel_shape=[1, kernel], strides=[1, stride])

    def pad(self, before: int, after: int) -> None:
        self.last = self.add("Pad", self.constant([0, 0, 0, before, 0, 0, 0, after]))

    def part(self, start: int, step: int) -> None:
        numbers = (self.constant([number]) for number in (start, 10_000, 3, step))
        self.last = self.add("Slice", *numbers)

    def branch(self, kind: str, size: int) -> None:
        """What came before and a convolution of it, of the same width, put together."""
        before, channels = self.last, self.channels
        self.conv(2 * size + 1, 1, 1, (size, size))
        if kind == "Add":
            self.last = self.add("Add", before)
            self.channels = channels  # the sum is broadcast
        else:
            self.last = self.add("Concat", before, axis=1)
            self.channels = 1 + channels

    def model(self, batch: object = "n") -> object:
        graph = helper.make_graph(
            self.nodes,
            "chain",
            [helper.make_tensor_value_info("x", TensorProto.FLOAT, [batch, 1, 1, WIDTH])],
            [helper.make_tensor_value_info(self.last, TensorProto.FLOAT, None)],
            [numpy_helper.from_array(array, name) for name, array in self.constants.items()],
        )
        return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    """A few operations, and a convolution at the end."""
    chain = Chain()
    for _ in range(draw(st.integers(0, 5))):
        match draw(st.sampled_from(OPERATIONS)):
            case "conv":
                pads = (draw(st.integers(0, 2)), draw(st.integers(0, 2)))
                chain.conv(draw(SMALL), draw(st.integers(1, 2)), draw(SMALL), pads)
            case "pool":
                chain.pool(draw(SMALL), draw(st.integers(1, 2)))
            case "pad":
                chain.pad(draw(SMALL), draw(SMALL))
            case "part":
                chain.part(draw(st.integers(0, 2)), draw(st.integers(1, 2)))
            case "branch":
                chain.branch(draw(st.sampled_from(["Add", "Concat"])), draw(SMALL))
            case "spread":
                stride = draw(st.integers(1, 3))
                chain.spread(draw(SMALL), stride, draw(SMALL), draw(st.integers(0, 1)))
            case "resize":
                chain.resize(*(draw(st.sampled_from(each)) for each in RESIZES))
            case "relu":
                chain.last = chain.add("Relu")
    chain.conv(draw(SMALL), draw(st.integers(1, 2)), draw(SMALL), (0, 0))
    return chain


@settings(max_examples=60, database=None)
@given(chains())
def test_the_receptive_field_is_what_changes_an_output(chain: Chain) -> None:
    model = chain.model()
    session = onnxruntime.InferenceSession(
        model.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    cells = np.eye(WIDTH, dtype=np.float32)[:, None, None]
    [output] = session.run(None, {"x": cells})
    [*_, last] = cv.from_onnx(model)
    height, width = last.receptive_field
    assert height == 1
    sizes = [
        seen.max() - seen.min() + 1
        for seen in map(np.flatnonzero, output[:, 0, 0].T)
        if seen.size and seen.min() > 0 and seen.max() < WIDTH - 1  # else the edge may cut it
    ]
    assert width >= max(sizes, default=0)
    if len(sizes) >= ALL_KINDS:
        assert width == max(sizes)


def test_what_brings_all_places_together_sees_everything() -> None:
    chain = Chain()
    chain.conv(3, 1, 1, (1, 1))
    before = chain.last
    chain.last = chain.add("GlobalAveragePool")
    chain.conv(1, 1, 1, (0, 0))
    chain.last = chain.add("Sigmoid")
    chain.last = chain.add("Mul", before)
    chain.conv(3, 1, 1, (0, 0))
    fields = [each.receptive_field for each in cv.from_onnx(chain.model())]
    assert fields == [(1, 3), (np.inf, np.inf), (np.inf, np.inf)]


def test_axes_that_keep_their_sizes_keep_their_places() -> None:
    chain = Chain()
    chain.conv(3, 2, 1, (1, 1))
    chain.last = chain.add("Reshape", chain.constant([1, 1, 1, 1, WIDTH // 2]))
    chain.last = chain.add("Transpose", perm=[0, 2, 1, 3, 4])
    chain.last = chain.add("Reshape", chain.constant([1, 1, 1, WIDTH // 2]))
    chain.conv(3, 1, 1, (0, 0))
    [_, last] = cv.from_onnx(chain.model(batch=1))
    assert last.receptive_field == (1, 7)


def test_what_is_not_known_to_keep_places_is_not_guessed() -> None:
    chain = Chain()
    chain.conv(3, 1, 1, (1, 1))
    chain.last = chain.add("Reshape", chain.constant([0, 1, 10, 15]))
    chain.conv(1, 1, 1, (0, 0))
    first, second = cv.from_onnx(chain.model())
    assert first.receptive_field == (1, 3)
    assert second.receptive_field is None
    assert "not known behind Reshape" in second.notes[-1]
    assert "—" in repr(cv.from_onnx(chain.model()))
