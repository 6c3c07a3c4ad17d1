"""Layers out of ONNX models: each form that a convolution has there, against ONNX Runtime."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convviz as cv
from convviz.errors import ArgumentError
from convviz.models.convolution import Convolution

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
onnxruntime = pytest.importorskip(
    "onnxruntime", reason="onnxruntime is not installed: pip install onnxruntime"
)
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  (skipped without it)

RNG = np.random.default_rng(3)
FLOAT = TensorProto.FLOAT


def normal(*shape: int) -> np.ndarray:
    return RNG.standard_normal(shape, np.float32)


def integers(*shape: int, dtype: type = np.int8) -> np.ndarray:
    limits = np.iinfo(dtype)
    return RNG.integers(limits.min, limits.max + 1, shape).astype(dtype)


def model(
    nodes: Sequence[object],
    constants: dict[str, np.ndarray],
    shape: Sequence[int | str | None],
    *,
    kind: int = FLOAT,
    output_kind: int = FLOAT,
    opset: int = 17,
    **more: object,
) -> object:
    """A model from ``x`` of this shape to ``y``."""
    graph = helper.make_graph(
        nodes,
        "tiny",
        [helper.make_tensor_value_info("x", kind, shape)],
        [helper.make_tensor_value_info("y", output_kind, None)],
        [numpy_helper.from_array(array, name) for name, array in constants.items()],
    )
    imports = [helper.make_opsetid("", opset), helper.make_opsetid("com.microsoft", 1)]
    imports += [helper.make_opsetid(domain, 1) for domain in more.pop("domains", ())]
    return helper.make_model(graph, opset_imports=imports, ir_version=8, **more)


def conv(*inputs: str, output: str = "y", name: str = "c", **attributes: object) -> object:
    return helper.make_node("Conv", list(inputs), [output], name=name, **attributes)


def outputs(proto: object, x: np.ndarray) -> np.ndarray:
    """What ONNX Runtime makes of it."""
    session = onnxruntime.InferenceSession(
        proto.SerializeToString(), providers=["CPUExecutionProvider"]
    )
    return session.run(["y"], {"x": x})[0]


def assert_same(convolution: Convolution, expected: np.ndarray) -> None:
    """Within what float32 rounds, of the sum of the magnitudes."""
    run = convolution.run()
    if expected.ndim < run.output.ndim:
        expected = expected[..., None, :]
    settings = {k: v for k, v in run.settings.items() if v is not None}
    bound = cv.convolve(abs(run.input), abs(run.kernel), **settings)
    bias = 0 if run.bias is None else abs(run.bias).max()
    allowed = (bound + bias) * 2.0**-24 * (run.geometry.tap_count + 2)
    assert run.output.shape == expected.shape
    assert (abs(run.output - expected.astype(np.float64)) <= allowed).all()


# One node, its parameters


@pytest.mark.parametrize(
    "attributes",
    [
        {},
        {"strides": [2, 1], "pads": [1, 2, 0, 1]},
        {"dilations": [2, 3], "pads": [2, 3, 2, 3]},
        {"auto_pad": "VALID"},
        {"auto_pad": "SAME_UPPER", "strides": [2, 2]},
        {"auto_pad": "SAME_LOWER", "strides": [2, 3]},
        {"auto_pad": "NOTSET", "pads": [1, 1, 1, 1]},
        {"kernel_shape": [2, 3], "strides": [3, 3]},
    ],
    ids=str,
)
def test_a_node_with_its_parameters(attributes: dict[str, object]) -> None:
    x = normal(2, 3, 9, 8)
    proto = model(
        [conv("x", "w", "b", **attributes)], {"w": normal(4, 3, 2, 3), "b": normal(4)}, x.shape
    )
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.name == found.layer.name == "c"
    assert found.operator == "Conv"
    assert np.array_equal(found.data, x)
    assert_same(found, outputs(proto, x))


@pytest.mark.parametrize(
    ("x_shape", "w_shape", "group"),
    [
        ((1, 6, 5, 5), (6, 1, 3, 3), 6),
        ((1, 6, 5, 5), (4, 3, 3, 3), 2),
        ((1, 2, 4, 5, 6), (3, 2, 2, 3, 3), 1),
    ],
)
def test_groups_and_depth(x_shape: tuple[int, ...], w_shape: tuple[int, ...], group: int) -> None:
    x = normal(*x_shape)
    proto = model([conv("x", "w", group=group)], {"w": normal(*w_shape)}, x_shape)
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.layer.num_groups == group
    assert_same(found, outputs(proto, x))


def test_one_dimension_has_a_height_of_1_and_says_so() -> None:
    x = normal(2, 3, 20)
    proto = model(
        [conv("x", "w", strides=[2], pads=[3, 1], dilations=[2])], {"w": normal(5, 3, 4)}, x.shape
    )
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.kernel_shape == (5, 3, 1, 4)
    assert found.layer.stride_nd == (1, 2)
    assert found.padding == ((0, 0), (3, 1))
    assert any("height of 1" in note for note in found.notes)
    assert_same(found, outputs(proto, x))


def test_two_or_four_axes_more_are_listed_with_the_reason() -> None:
    proto = model([conv("x", "w")], {"w": normal(1, 1, 1, 1, 1, 1)}, (1, 1, 2, 2, 2, 2))
    found = cv.from_onnx(proto)
    assert len(found) == 0
    [other] = found.not_shown
    assert "4 spatial axes" in other.reason


# Where weights come from


def test_weights_of_constant_and_foldable_nodes() -> None:
    w = normal(3, 2, 3, 3)
    stored = helper.make_tensor("v", FLOAT, [3, 3, 2, 3], w.transpose(3, 2, 1, 0).reshape(-1))
    nodes = [
        helper.make_node("Constant", [], ["w0"], value=stored),
        helper.make_node("Transpose", ["w0"], ["w1"], perm=[3, 2, 1, 0]),
        helper.make_node("Constant", [], ["half"], value_float=0.5),
        helper.make_node("Mul", ["w1", "half"], ["w"]),
        helper.make_node("ConstantOfShape", ["three"], ["b"]),
        conv("x", "w", "b"),
    ]
    x = normal(1, 2, 5, 6)
    proto = model(nodes, {"three": np.array([3])}, x.shape)
    [found] = cv.from_onnx(proto, {"x": x})
    assert np.array_equal(found.kernel, w / 2)
    assert_same(found, outputs(proto, x))


def test_weights_that_the_model_computes_need_feeds() -> None:
    nodes = [helper.make_node("Softmax", ["x"], ["w"]), conv("x", "w")]
    x = normal(3, 2, 4, 4)
    proto = model(nodes, {}, x.shape)
    without = cv.from_onnx(proto)
    assert len(without) == 0
    assert "with feeds" in without.not_shown[0].reason
    [found] = cv.from_onnx(proto, {"x": x})
    assert_same(found, outputs(proto, x))


def test_external_data(tmp_path: Path) -> None:
    w = normal(2, 1, 3, 3)
    proto = model([conv("x", "w")], {"w": w}, (1, 1, 5, 5))
    path = tmp_path / "net.onnx"
    onnx.save_model(proto, path, save_as_external_data=True, location="net.bin", size_threshold=0)
    assert path.stat().st_size < 300
    x = normal(1, 1, 5, 5)
    found = cv.from_onnx(path, {"x": x})
    assert found.name == "net.onnx"
    assert np.array_equal(found[0].kernel, w)
    assert_same(found[0], outputs(model([conv("x", "w")], {"w": w}, x.shape), x))
    [missing] = cv.from_onnx(onnx.load(path, load_external_data=False)).not_shown
    assert "weights" in missing.reason


def test_float16_is_computed_in_float32_and_says_so() -> None:
    x = normal(1, 2, 5, 5).astype(np.float16)
    w = normal(2, 2, 3, 3).astype(np.float16)
    kind = TensorProto.FLOAT16
    proto = model([conv("x", "w")], {"w": w}, x.shape, kind=kind, output_kind=kind)
    [found] = cv.from_onnx(proto, {"x": x})
    assert np.array_equal(found.kernel, w)
    assert np.array_equal(found.data, x)
    assert found.notes == ("float32 here, float16 in the model",)
    exact = found.run().output
    assert abs(outputs(proto, x).astype(np.float32) - exact).max() <= 2.0**-9 * abs(exact).max()


def test_bfloat16_weights() -> None:
    w = normal(2, 2, 3, 3)
    bits = (w.view(np.uint32) >> 16).astype(np.uint16)
    tensor = helper.make_tensor("w", TensorProto.BFLOAT16, w.shape, bits.tobytes(), raw=True)
    proto = model([conv("x", "w")], {}, (1, 2, 5, 5), kind=TensorProto.BFLOAT16)
    proto.graph.initializer.append(tensor)
    [found] = cv.from_onnx(proto)
    assert np.array_equal(found.kernel, (bits.astype(np.uint32) << 16).view(np.float32))
    assert found.input_shape == (1, 2, 5, 5)


def test_weights_that_are_not_finite_are_refused_by_name() -> None:
    w = normal(1, 1, 2, 2)
    w[0, 0, 0, 0] = np.nan
    [other] = cv.from_onnx(model([conv("x", "w")], {"w": w}, (1, 1, 4, 4))).not_shown
    assert "finite" in other.reason


# Graphs within graphs


def branch(name: str, nodes: Sequence[object]) -> object:
    return helper.make_graph(
        nodes, name, [], [helper.make_tensor_value_info(nodes[-1].output[0], FLOAT, None)]
    )


def conditional(x: str, output: str, suffix: str = "") -> object:
    """Two convolutions, of which one is taken by the sign of the first element."""
    taken = branch(f"then{suffix}", [conv(x, "w", output=f"t{suffix}", name=f"then{suffix}")])
    other = branch(f"else{suffix}", [conv(x, "v", output=f"e{suffix}", name=f"else{suffix}")])
    return helper.make_node("If", ["positive"], [output], then_branch=taken, else_branch=other)


CONDITION = [
    helper.make_node("ReduceMax", ["x"], ["most"], keepdims=0),
    helper.make_node("Greater", ["most", "zero"], ["positive"]),
]


@pytest.mark.parametrize("sign", [1, -1])
def test_branches(sign: int) -> None:
    x = sign * abs(normal(1, 2, 5, 5))
    constants = {"w": normal(3, 2, 3, 3), "v": normal(3, 2, 3, 3), "zero": np.float32(0)}
    proto = model([*CONDITION, conditional("x", "y")], constants, x.shape)
    found = cv.from_onnx(proto, {"x": x})
    assert {each.name for each in found} == {"then", "else"}
    taken, other = (found["then"], found["else"])[::sign]
    assert_same(taken, outputs(proto, x))
    assert other.data is None
    assert any("did not come here" in note for note in other.notes)
    assert np.array_equal(other.layer.kernel, constants["v" if sign > 0 else "w"])
    with pytest.raises(ArgumentError, match=r"^feeds: got no activations"):
        _ = other.dead_maps


def test_a_branch_in_a_branch() -> None:
    x = abs(normal(1, 2, 5, 5))
    inner = conditional("x", "inside", "_in")
    outer = helper.make_node(
        "If", ["positive"], ["y"],
        then_branch=branch("then", [inner, helper.make_node("Relu", ["inside"], ["r"])]),
        else_branch=branch("else", [conv("x", "v", output="e", name="outer")]),
    )  # fmt: skip
    constants = {"w": normal(3, 2, 3, 3), "v": normal(3, 2, 3, 3), "zero": np.float32(0)}
    proto = model([*CONDITION, outer], constants, x.shape)
    found = cv.from_onnx(proto, {"x": x})
    assert {each.name for each in found} == {"then_in", "else_in", "outer"}
    assert np.array_equal(np.maximum(found["then_in"].run().output, 0) > 0, outputs(proto, x) > 0)
    assert found["else_in"].data is None
    assert found["outer"].data is None


def test_the_last_turn_of_a_loop() -> None:
    x = normal(1, 1, 4, 4)
    body = helper.make_graph(
        [
            conv("state", "w", output="next", name="turn", pads=[1, 1, 1, 1]),
            helper.make_node("Identity", ["going"], ["on"]),
        ],
        "body",
        [
            helper.make_tensor_value_info("number", TensorProto.INT64, []),
            helper.make_tensor_value_info("going", TensorProto.BOOL, []),
            helper.make_tensor_value_info("state", FLOAT, x.shape),
        ],
        [
            helper.make_tensor_value_info("on", TensorProto.BOOL, []),
            helper.make_tensor_value_info("next", FLOAT, x.shape),
        ],
    )
    loop = helper.make_node("Loop", ["turns", "", "x"], ["y"], body=body)
    proto = model([loop], {"turns": np.array(3), "w": normal(1, 1, 3, 3)}, x.shape)
    [found] = cv.from_onnx(proto, {"x": x})
    assert_same(found, outputs(proto, x))
    before = model([loop], {"turns": np.array(2), "w": found.kernel}, x.shape)
    assert np.array_equal(found.data, outputs(before, x))


def test_the_body_of_a_scan() -> None:
    x = normal(3, 1, 2, 4, 4)
    body = helper.make_graph(
        [conv("one", "w", output="out", name="each")],
        "body",
        [helper.make_tensor_value_info("one", FLOAT, x.shape[1:])],
        [helper.make_tensor_value_info("out", FLOAT, None)],
    )
    scan = helper.make_node(
        "Scan", ["x"], ["y"], body=body, num_scan_inputs=1, scan_output_axes=[0]
    )
    proto = model([scan], {"w": normal(2, 2, 3, 3)}, x.shape)
    [found] = cv.from_onnx(proto, {"x": x})
    assert np.array_equal(found.data, x[-1])
    assert_same(found, outputs(proto, x)[-1])


def test_functions() -> None:
    function = helper.make_function(
        "own", "block", ["a", "k"], ["r"],
        [conv("a", "k", output="m", name="inside"), helper.make_node("Relu", ["m"], ["r"])],
        [helper.make_opsetid("", 17)],
    )  # fmt: skip
    calls = [
        helper.make_node("block", ["x", "w"], ["h"], domain="own"),
        helper.make_node("block", ["h", "w"], ["y"], domain="own"),
    ]
    x = normal(1, 2, 7, 7)
    proto = model(calls, {"w": normal(2, 2, 3, 3)}, x.shape, functions=[function], domains=["own"])
    first, second = cv.from_onnx(proto, {"x": x})
    assert first.rectified
    assert second.rectified
    assert np.array_equal(second.data, np.maximum(first.run().output, 0)) or np.allclose(
        second.data, np.maximum(first.run().output, 0), atol=1e-5
    )
    assert first.receptive_field == (3, 3)
    assert second.receptive_field == (5, 5)


# Integers


def around(x_zero: np.ndarray, w: np.ndarray, w_scale: np.ndarray, axis: int = 0) -> object:
    """QuantizeLinear and DequantizeLinear around a Conv."""
    nodes = [
        helper.make_node("QuantizeLinear", ["x", "s", "z"], ["q"]),
        helper.make_node("DequantizeLinear", ["q", "s", "z"], ["xd"]),
        helper.make_node("DequantizeLinear", ["w", "ws"], ["wd"], axis=axis),
        conv("xd", "wd", "b", pads=[1, 1, 1, 1]),
    ]
    constants = {
        "s": np.float32(0.05), "z": x_zero, "w": w, "ws": w_scale, "b": normal(len(w)),
    }  # fmt: skip
    return model(nodes, constants, (1, 3, 6, 6))


@pytest.mark.parametrize("zero", [np.int8(0), np.uint8(128)])
@pytest.mark.parametrize("scales", [np.float32(0.02), np.full(4, 0.02, np.float32)])
def test_a_layer_between_scales_computes_in_int8(zero: np.ndarray, scales: np.ndarray) -> None:
    x = normal(1, 3, 6, 6) * 4
    proto = around(np.array(zero), integers(4, 3, 3, 3), scales)
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.layer.is_quantized
    assert np.array_equal(found.data, x)  # what is quantized, not what came out
    assert_same(found, outputs(proto, x))


def test_a_zero_point_elsewhere_is_computed_on_the_dequantized_numbers() -> None:
    x = normal(1, 3, 6, 6)
    proto = around(np.array(np.uint8(7)), integers(4, 3, 3, 3), np.float32(0.02))
    [found] = cv.from_onnx(proto, {"x": x})
    assert not found.layer.is_quantized
    assert any("zero point" in note for note in found.notes)
    assert_same(found, outputs(proto, x))


@pytest.mark.parametrize(
    ("dtype", "zero", "in_int8"), [(np.int8, 0, True), (np.uint8, 128, True), (np.uint8, 9, False)]
)
def test_qlinearconv(dtype: type, zero: int, in_int8: bool) -> None:
    x = integers(1, 3, 6, 6, dtype=dtype)
    names = ["x", "xs", "xz", "w", "ws", "wz", "ys", "yz", "b"]
    node = helper.make_node("QLinearConv", names, ["y"], name="q", pads=[1, 0, 1, 0])
    constants = {
        "xs": np.float32(0.1), "xz": dtype(zero), "w": integers(4, 3, 3, 3),
        "ws": np.full(4, 0.25, np.float32), "wz": np.zeros(4, np.int8),
        "ys": np.float32(20), "yz": dtype(zero), "b": RNG.integers(-999, 999, 4).astype(np.int32),
    }  # fmt: skip
    constants = {name: np.asarray(value) for name, value in constants.items()}
    kind = helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    proto = model([node], constants, x.shape, kind=kind, output_kind=kind)
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.operator == "QLinearConv"
    assert found.layer.is_quantized == in_int8
    limits = np.iinfo(dtype)
    ours = np.clip(np.rint(found.run().output / 20) + zero, limits.min, limits.max)
    difference = abs(ours - outputs(proto, x))
    assert difference.max() <= 1  # where the quotient lies next to a half
    assert (difference == 0).mean() > 0.98


@pytest.mark.parametrize("zero", [None, 0, 5])
def test_convinteger(zero: int | None) -> None:
    x = integers(1, 3, 6, 6)
    names = ["x", "w"] + ([] if zero is None else ["z"])
    constants = {"w": integers(4, 3, 3, 3)}
    if zero is not None:
        constants["z"] = np.array(zero, np.int8)
    node = helper.make_node("ConvInteger", names, ["y"], name="i")
    proto = model([node], constants, x.shape, kind=TensorProto.INT8, output_kind=TensorProto.INT32)
    try:
        expected = outputs(proto, x)
    except Exception as reason:  # of ONNX Runtime releases that convolve unsigned inputs alone
        pytest.skip(f"this ONNX Runtime refuses ConvInteger on int8: {reason}")
    [found] = cv.from_onnx(proto, {"x": x})
    assert found.layer.is_quantized == (zero != 5)
    assert np.array_equal(found.run().output, expected)


def test_dynamic_quantization() -> None:
    """A zero point that is known only when the model runs."""
    nodes = [
        helper.make_node("DynamicQuantizeLinear", ["x"], ["q", "s", "z"]),
        helper.make_node("ConvInteger", ["q", "w", "z"], ["i"], name="i"),
        helper.make_node("Cast", ["i"], ["f"], to=FLOAT),
        helper.make_node("Mul", ["f", "s"], ["h"]),
        conv("h", "v", name="next"),
    ]
    x = normal(1, 2, 6, 6)
    constants = {"w": integers(3, 2, 3, 3), "v": normal(1, 3, 2, 2)}
    proto = model(nodes, constants, x.shape)
    first, second = cv.from_onnx(proto, {"x": x})
    assert not first.layer.is_quantized
    assert np.array_equal(first.run().output, np.rint(first.run().output))
    assert second.receptive_field == (4, 4)
    assert_same(second, outputs(proto, x))


# What is not shown


def test_relatives_are_listed_with_the_reason() -> None:
    nodes = [
        helper.make_node("ConvTranspose", ["x", "w"], ["h"], name="up"),
        helper.make_node("Pixel2Conv", ["h"], ["i"], name="theirs", domain="com.microsoft"),
        conv("h", "w", name=""),
    ]
    found = cv.from_onnx(model(nodes, {"w": normal(2, 2, 3, 3)}, (1, 2, 5, 5)))
    assert [(each.name, each.operator) for each in found.not_shown] == [
        ("up", "ConvTranspose"), ("theirs", "Pixel2Conv"),
    ]  # fmt: skip
    assert "transposed" in found.not_shown[0].reason
    assert "com.microsoft" in found.not_shown[1].reason
    assert [each.name for each in found] == ["y"]  # without a name, by what it makes
    with pytest.raises(ArgumentError, match=r"^layer: got 'up' \(ConvTranspose\).*transposed"):
        _ = found["up"]


def test_names_that_come_twice_are_told_apart() -> None:
    nodes = [conv("x", "w", output="h"), conv("h", "w")]
    found = cv.from_onnx(model(nodes, {"w": normal(1, 1, 1, 1)}, (1, 1, 4, 4)))
    assert [each.name for each in found] == ["c", "c (2)"]
    assert found["c (2)"] is found[1] is found[-1] is found.convolutions[1]


# Feeds


def test_random_feeds_are_reproducible_and_asked_for() -> None:
    proto = model([conv("x", "w")], {"w": normal(1, 3, 3, 3)}, ("n", 3, "h", 9))
    assert cv.from_onnx(proto)[0].data is None
    assert cv.from_onnx(proto)[0].input_shape == (-1, 3, -1, 9)
    shapes = {"x": (1, 3, 7, 9)}
    one = cv.from_onnx(proto, "random", shapes=shapes)[0].data
    same = cv.from_onnx(proto, {"x": "random"}, shapes=shapes)[0].data
    other = cv.from_onnx(proto, "random", shapes=shapes, seed=1)[0].data
    assert one.shape == (1, 3, 7, 9)
    assert np.array_equal(one, same)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("feeds", "more", "words"),
    [
        ({}, {}, "feeds: got nothing for 'x'"),
        ({"y": 1}, {}, "feeds: got 'y'"),
        ("noise", {}, "feeds: got 'noise'"),
        (3, {}, "feeds: got int"),
        ("random", {}, "shapes: got nothing for 'x', whose shape (n, 3, h, 9)"),
        ("random", {"shapes": {"x": (0,)}}, "shapes: got (0,)"),
        ("random", {"shapes": {"z": (1,)}}, "shapes: got 'z'"),
        ("random", {"shapes": {"x": (1, 2, 5, 9)}}, "feeds: got a run that ONNX Runtime refuses"),
        ({"x": object()}, {}, "feeds: got"),
        (None, {"shapes": {"x": (1, 3, 4, 9)}}, "shapes: got"),
        ("random", {"seed": -1, "shapes": {"x": (1, 3, 5, 9)}}, "seed: got -1"),
    ],
)
def test_feeds_that_cannot_be(feeds: object, more: dict[str, object], words: str) -> None:
    proto = model([conv("x", "w")], {"w": normal(1, 3, 3, 3)}, ("n", 3, "h", 9))
    with pytest.raises(ArgumentError) as refusal:
        cv.from_onnx(proto, feeds, **more)
    assert str(refusal.value).startswith(words)


def test_random_whole_numbers_are_refused() -> None:
    nodes = [helper.make_node("Cast", ["x"], ["f"], to=FLOAT), conv("f", "w")]
    proto = model(nodes, {"w": normal(1, 1, 1, 1)}, (1, 1, 4, 4), kind=TensorProto.INT32)
    with pytest.raises(ArgumentError, match=r'^feeds: got "random" for \'x\', whose elements are'):
        cv.from_onnx(proto, "random")
    assert cv.from_onnx(proto, {"x": np.ones((1, 1, 4, 4))})[0].data.sum() == 16


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("no/such.onnx", "model: got 'no/such.onnx'; allowed: a file that is there"),
        (b"not a model at all", "model: got these bytes"),
        (b"", "model: got a file without a single node"),
        (3, "model: got 3"),
    ],
)
def test_what_is_no_model(source: object, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.from_onnx(source)
    assert str(refusal.value).startswith(words)


@pytest.mark.parametrize(
    ("attributes", "words"),
    [
        ({"strides": [1]}, "strides"),
        ({"dilations": 3}, "dilations"),
        ({"pads": [-1, 0, 0, 0]}, "pads (-1, 0, 0, 0)"),
        ({"auto_pad": "SAME"}, "auto_pad SAME"),
        ({"group": 0}, "num_groups"),
        ({"group": 3}, "num_groups"),
    ],
)
def test_attributes_that_cannot_be_are_listed(attributes: dict[str, object], words: str) -> None:
    proto = model([conv("x", "w", **attributes)], {"w": normal(4, 1, 3, 3)}, (1, 1, 6, 6))
    [other] = cv.from_onnx(proto).not_shown
    assert words in other.reason


@settings(max_examples=60, database=None)
@given(st.data())
def test_a_damaged_file_is_read_or_refused(data: st.DataObject) -> None:
    """Whatever bytes it has: what can be read is shown, and all else has a reason."""
    nodes = [*CONDITION, conditional("x", "h"), conv("h", "k", "b", name="last")]
    constants = {"w": np.ones((3, 2, 3, 3), np.float32), "v": np.ones((3, 2, 1, 1), np.float32)}
    constants |= {"k": np.ones((1, 3, 2, 2), np.float32), "b": np.ones(1, np.float32)}
    constants["zero"] = np.float32(0)
    whole = bytearray(model(nodes, constants, (1, 2, 5, 5)).SerializeToString())
    places = st.lists(st.integers(0, len(whole) - 1), min_size=1, max_size=4)
    for place in data.draw(places):
        whole[place] = data.draw(st.integers(0, 255))
    message = ""
    try:
        found = cv.from_onnx(bytes(whole), data.draw(st.sampled_from(["random", None])))
        assert repr(found)
        for each in found:
            assert each.layer.name == each.name
    except ArgumentError as refusal:
        message = str(refusal)
    assert len(message) < 1000


def test_a_missing_package_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    proto = model([conv("x", "w")], {"w": normal(1, 1, 1, 1)}, (1, 1, 4, 4))
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    assert len(cv.from_onnx(proto)) == 1
    with pytest.raises(ArgumentError, match=r"^feeds: .*pip install 'convviz\[models\]'"):
        cv.from_onnx(proto, "random")
    monkeypatch.setitem(sys.modules, "onnx", None)
    with pytest.raises(ArgumentError, match=r"^model: .*pip install 'convviz\[models\]'"):
        cv.from_onnx(b"x")


def test_the_callers_model_stays_as_it_is() -> None:
    proto = model([conv("x", "w")], {"w": normal(1, 1, 1, 1)}, (1, 1, 4, 4))
    before = proto.SerializeToString()
    cv.from_onnx(proto, "random")
    assert proto.SerializeToString() == before


# What is done with them


def small() -> tuple[Convolution, object, np.ndarray]:
    x = normal(1, 4, 6, 7)
    proto = model(
        [conv("x", "w", "b", strides=[2, 1], pads=[1, 0, 1, 2], group=2)],
        {"w": normal(4, 2, 3, 2), "b": normal(4)}, x.shape,
    )  # fmt: skip
    return cv.from_onnx(proto, {"x": x})[0], proto, x


def test_a_convolution_stands_for_its_layer_and_data(tmp_path: Path) -> None:
    found, proto, x = small()
    explorer = cv.explore(found)
    assert explorer.layer is found.layer
    assert np.array_equal(explorer.scene.values, x[0])
    assert np.allclose(explorer.scene.output, outputs(proto, x)[0], atol=1e-5)
    assert cv.explore(layer=found).layer is found.layer
    other = np.ones_like(x)
    assert np.array_equal(cv.explore(found, other).scene.values, other[0])
    cv.draw(found).save(tmp_path / "a.svg")
    cv.film(found, steps=range(2)).save(tmp_path / "a.gif")
    cv.page([found], tmp_path / "a.html")
    assert np.array_equal(cv.explore(found.layer).scene.values, x[0])  # as the layer itself
    found.layer.stride_nd = (1, 1)
    assert found.geometry.axes[0].stride == 1


@pytest.mark.parametrize(
    ("shape", "weights", "attributes"),
    [
        (("n", 2, "h", "w"), (3, 2, 11, 11), {}),
        (("n", 2, "h", 7), (3, 2, 3, 3), {"dilations": [5, 1]}),
        (("n", 2, "t"), (3, 2, 25), {}),
        ((1, 2, 8, 8), (3, 2, 3, 3), {"auto_pad": "SAME_UPPER"}),
    ],
)
def test_without_feeds_a_layer_shows_the_counting_pattern(
    shape: tuple[int | str, ...], weights: tuple[int, ...], attributes: dict[str, object]
) -> None:
    [found] = cv.from_onnx(model([conv("x", "w", **attributes)], {"w": normal(*weights)}, shape))
    assert found.data is None
    scene = cv.explore(found).scene
    assert set(np.unique(scene.values)) <= set(range(1, 10))
    assert scene.output.size
    for fact in ("dead_maps", "dead_channels"):
        with pytest.raises(ArgumentError, match=r"^feeds: got no activations of 'c'"):
            getattr(found, fact)


def test_a_layer_knows_what_the_model_tells_of_it() -> None:
    nodes = [
        conv("x", "w", output="h", name="one"),
        helper.make_node("Relu", ["h"], ["r"]),
        helper.make_node("MaxPool", ["r"], ["p"], kernel_shape=[2, 2], strides=[2, 2]),
        helper.make_node("Concat", ["p", "p"], ["c"], axis=1),
        conv("c", "v", name="two", pads=[2, 2, 2, 2], dilations=[2, 2]),
    ]
    constants = {"w": normal(2, 1, 3, 3), "v": normal(1, 4, 3, 3)}
    one, two = cv.from_onnx(model(nodes, constants, (1, 1, 12, 12)))
    assert (one.rectified, two.rectified) == (True, False)
    run = cv.explore(two).scene.run
    assert (run.name, run.receptive_field, run.rectified) == ("two", (12, 12), False)
    assert one.receptive_field == (3, 3)
    assert two.receptive_field == (12, 12)  # 3 + (2 − 1) · 1 + (5 − 1) · 2


@pytest.mark.parametrize("quantized", [False, True])
def test_the_round_trip_gives_the_same_numbers(
    quantized: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if quantized:
        proto = around(np.array(np.int8(0)), integers(4, 3, 3, 3), np.float32(0.02))
        found = cv.from_onnx(proto, {"x": normal(1, 3, 6, 6)})[0]
    else:
        found = small()[0]
    monkeypatch.chdir(tmp_path)
    program = found.code("onnx")
    program.save("layer.py")
    names: dict[str, object] = {}
    exec(program, names)
    [again] = cv.from_onnx(names["model"], {"x": names["x"]})
    assert np.array_equal(again.kernel, found.kernel)
    assert np.array_equal(again.run().output, found.run().output)
    assert np.allclose(names["y"], found.run().output, atol=1e-4)
