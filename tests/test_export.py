"""`layer.code` writes programs that run, and give the numbers that the layer gives.

PyTorch's and ONNX Runtime's run here where they are installed (`pip install convviz[peers]`).
TensorRT's runs with ``tensorrt`` and ``cupy`` bound to stand-ins over convviz and NumPy.
"""

from __future__ import annotations

import ast
import contextlib
import io
import math
import sys
import types
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import convviz as cv
from convviz.course.printed import document_layer, load_examples
from convviz.network.export import lines
from convviz.network.export.lines import MOST_NUMBERS, WIDTH
from convviz.parameters import PaddingMode

RNG = np.random.default_rng(20)


def make_layer(
    shape: tuple[int, ...], maps: int, size: tuple[int, ...], bias: bool = False, **parameters: Any
) -> cv.ConvolutionLayer:
    """Build a layer with random weights, and run it once on random data."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, shape)
    count = maps * shape[-len(size) - 1] // parameters.get("num_groups", 1) * math.prod(size)
    kernel = RNG.normal(size=count).astype(np.float32)
    numbers = RNG.normal(size=maps).astype(np.float32) if bias else None
    layer = network.add_convolution_nd(x, maps, size, kernel, numbers)
    for name, value in parameters.items():
        setattr(layer, name, value)
    network.mark_output(layer.get_output(0))
    network.run({"x": RNG.normal(size=shape)})
    return layer


SHAPE = (1, 1, 6, 9)
LAYERS: dict[str, Any] = {
    "stride": lambda: make_layer(SHAPE, 1, (3, 3), stride_nd=(2, 1)),
    "symmetric padding": lambda: make_layer(SHAPE, 1, (3, 3), padding_nd=(1, 2)),
    "asymmetric padding": lambda: make_layer(
        SHAPE, 1, (3, 3), pre_padding=(1, 0), post_padding=(0, 2)
    ),
    "dilation": lambda: make_layer(SHAPE, 1, (2, 3), dilation_nd=(2, 3)),
    "bias and maps": lambda: make_layer((2, 3, 6, 7), 4, (3, 3), bias=True),
    "groups": lambda: make_layer((1, 6, 5, 5), 9, (2, 2), num_groups=3, bias=True),
    "two batch axes": lambda: make_layer((2, 3, 2, 6, 6), 2, (3, 3)),
    "rounded up": lambda: make_layer(
        SHAPE, 1, (3, 3), stride_nd=(2, 2), padding_mode=PaddingMode.EXPLICIT_ROUND_UP
    ),
    "rounded up with padding": lambda: make_layer(
        (1, 1, 4, 4),
        1,
        (3, 3),
        stride_nd=(2, 2),
        padding_nd=(1, 1),
        padding_mode=PaddingMode.EXPLICIT_ROUND_UP,
    ),
    "caffe": lambda: make_layer(
        SHAPE,
        1,
        (3, 3),
        stride_nd=(2, 2),
        pre_padding=(1, 2),
        post_padding=(0, 0),
        padding_mode=PaddingMode.CAFFE_ROUND_UP,
    ),
    "same ignores padding": lambda: make_layer(
        SHAPE,
        1,
        (3, 3),
        stride_nd=(2, 2),
        dilation_nd=(2, 2),
        padding_nd=(1, 1),
        padding_mode=PaddingMode.SAME_UPPER,
    ),
    "3-D": lambda: make_layer(
        (1, 2, 4, 5, 6), 2, (2, 3, 3), stride_nd=(1, 2, 1), pre_padding=(1, 0, 2), bias=True
    ),
}
for mode in (PaddingMode.SAME_UPPER, PaddingMode.SAME_LOWER):
    for stride in (1, 2, 3):
        for dilation in (1, 2):
            LAYERS[f"{mode.name}, stride {stride}, dilation {dilation}"] = (
                lambda mode=mode, stride=stride, dilation=dilation: make_layer(
                    (1, 1, 7, 10),
                    1,
                    (2, 3),
                    stride_nd=(stride, stride),
                    dilation_nd=(dilation, dilation),
                    padding_mode=mode,
                )
            )


def quantized(
    scales: object,
    *,
    bias: bool = False,
    through_int8: bool = True,
    maps: int = 4,
    back_scale: float = 0.05,
) -> cv.ConvolutionLayer:
    """A layer between dequantized tensors; several scales lie along the output maps."""
    network = cv.Network()
    kind = cv.DataType.FLOAT if through_int8 else cv.DataType.INT8
    x = network.add_input("x", kind, (1, 4, 5, 5))
    one = network.add_constant([], [0.05]).get_output(0)
    tensor = network.add_quantize(x, one).get_output(0) if through_int8 else x
    back = network.add_constant([], [back_scale]).get_output(0)
    activation = network.add_dequantize(tensor, back).get_output(0)
    values = RNG.normal(size=(maps, 4, 3, 3)).astype(np.float32)
    weights = network.add_constant(values.shape, values).get_output(0)
    shape = [] if np.isscalar(scales) else [len(scales)]
    scale = network.add_constant(shape, np.atleast_1d(scales)).get_output(0)
    to_int8 = network.add_quantize(weights, scale)
    back = network.add_dequantize(to_int8.get_output(0), scale)
    to_int8.axis = back.axis = 0
    numbers = [RNG.normal(size=maps)] if bias else []
    layer = network.add_convolution_nd(activation, maps, (3, 3), cv.Weights(), *numbers)
    layer.set_input(1, back.get_output(0))
    network.mark_output(layer.get_output(0))
    data = RNG.normal(scale=4, size=(1, 4, 5, 5))  # beyond 127 · 0.05: some values saturate
    network.run({"x": data if through_int8 else (20 * data).clip(-128, 127).astype(np.int8)})
    return layer


def dynamic() -> cv.ConvolutionLayer:
    """A layer whose batch and width are known only when data comes."""
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (-1, 1, 6, -1))
    layer = network.add_convolution_nd(x, 1, (3, 3), RNG.normal(size=9))
    layer.padding_mode = PaddingMode.SAME_UPPER
    layer.stride_nd = (2, 2)
    network.mark_output(layer.get_output(0))
    network.run({"x": RNG.normal(size=(2, 1, 6, 8))})
    return layer


LAYERS["dynamic"] = dynamic
LAYERS["SAME with a negative total"] = lambda: make_layer(
    (1, 1, 5, 9), 1, (1, 1), stride_nd=(3, 5), padding_mode=PaddingMode.SAME_UPPER
)
LAYERS["int8"] = lambda: quantized(0.02)
LAYERS["int8 by map, with bias"] = lambda: quantized([0.02, 0.01, 0.03, 0.04], bias=True)
LAYERS["int8, back by another scale"] = lambda: quantized(0.02, back_scale=0.07)
LAYERS["int8 input"] = lambda: quantized(0.02, through_int8=False)
for number, example in enumerate(load_examples()):
    LAYERS[f"section {number}: {example.title}"] = lambda example=example: document_layer(
        example.section, example.parameters
    )


def execute(code: str, **modules: Any) -> np.ndarray:
    """Run a program as it stands; give its ``y``."""
    for line in code.splitlines():
        assert len(line) <= WIDTH + 24, line
    namespace: dict[str, Any] = {}
    printed = io.StringIO()
    with (
        contextlib.redirect_stdout(printed),
        warnings.catch_warnings(),
        pytest.MonkeyPatch.context() as patch,
    ):
        warnings.simplefilter("ignore", ImportWarning)
        for name, module in modules.items():
            patch.setitem(sys.modules, name, module)
        exec(compile(code, "<code>", "exec"), namespace)
    assert str(tuple(namespace["y"].shape)) in printed.getvalue().replace("torch.Size(", "")
    return np.asarray(namespace["y"])


def expected(layer: cv.ConvolutionLayer) -> tuple[np.ndarray, float]:
    """What the layer gives, and how far another order of sums may be from it."""
    network = layer.network
    run = network.evaluate(layer, network.feeds(), "cpu")
    size = np.abs(run.kernel).sum() * np.abs(run.input).max()
    return run.output, float(size) * 1e-6


def check(layer: cv.ConvolutionLayer, framework: str, **modules: Any) -> None:
    ours, slack = expected(layer)
    theirs = execute(layer.code(framework), **modules)
    assert theirs.shape == ours.shape
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=slack)


@pytest.mark.parametrize("name", LAYERS)
def test_pytorch_gives_the_same_numbers(name: str) -> None:
    pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    check(LAYERS[name](), "pytorch")


@pytest.mark.parametrize("name", LAYERS)
def test_onnx_gives_the_same_numbers(name: str) -> None:
    pytest.importorskip("onnx", reason="onnx is not installed")
    pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    check(LAYERS[name](), "onnx")


def random_layer(seed: int) -> cv.ConvolutionLayer:
    """Draw a layer from all that parameters can be together."""
    rng = np.random.default_rng(seed)
    rank = int(rng.integers(2, 4))
    groups = int(rng.integers(1, 4))
    channels, maps = groups * int(rng.integers(1, 3)), groups * int(rng.integers(1, 3))
    batch = rng.integers(1, 3, int(rng.integers(1, 3)))
    shape = (*batch.tolist(), channels, *rng.integers(5, 9, rank).tolist())
    return make_layer(
        shape,
        maps,
        tuple(rng.integers(1, 4, rank).tolist()),
        bias=bool(rng.integers(2)),
        num_groups=groups,
        stride_nd=tuple(rng.integers(1, 4, rank).tolist()),
        dilation_nd=tuple(rng.integers(1, 3, rank).tolist()),
        pre_padding=tuple(rng.integers(0, 3, rank).tolist()),
        post_padding=tuple(rng.integers(0, 3, rank).tolist()),
        padding_mode=PaddingMode(int(rng.integers(6))),
    )


@pytest.mark.parametrize("framework", ["pytorch", "onnx", "tensorrt"])
def test_sixty_random_layers_give_the_same_numbers(
    framework: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lines, "MOST_NUMBERS", 10**6)  # all data are written out
    modules: dict[str, Any] = {}
    if framework == "pytorch":
        pytest.importorskip("torch", reason="PyTorch is not installed", exc_type=ImportError)
    elif framework == "onnx":
        pytest.importorskip("onnx", reason="onnx is not installed")
        pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    else:
        modules["tensorrt"], modules["cupy"] = stand_ins()
    for seed in range(60):
        check(random_layer(seed), framework, **modules)


@pytest.mark.parametrize("name", LAYERS)
def test_tensorrt_s_lines_build_the_same_layer(name: str) -> None:
    trt, cupy = stand_ins()
    check(LAYERS[name](), "tensorrt", tensorrt=trt, cupy=cupy)


def stand_ins() -> tuple[types.ModuleType, types.ModuleType]:
    """``tensorrt`` with convviz's network in it, and ``cupy`` on NumPy.

    What TensorRT 10 does not have is not there: the CAFFE padding modes.
    """
    trt, cupy = types.ModuleType("tensorrt"), types.ModuleType("cupy")
    arrays: dict[int, np.ndarray] = {}
    addresses: dict[str, np.ndarray] = {}

    class Array:
        def __init__(self, array: np.ndarray) -> None:
            self.array = array
            self.data = types.SimpleNamespace(ptr=id(self))
            arrays[id(self)] = array

        def get(self) -> np.ndarray:
            return self.array

    class Context:
        def __init__(self, network: cv.Network) -> None:
            self.network = network

        def set_tensor_address(self, name: str, pointer: int) -> None:
            addresses[name] = arrays[pointer]

        def execute_async_v3(self, stream: int) -> None:
            [x] = [self.network.get_input(0)]
            for name, array in self.network.run({x.name: addresses[x.name]}, "cpu").items():
                addresses[name][...] = array

    class Network11(cv.Network):
        """TensorRT 11's, where the output type of quantizing is no longer optional."""

        def add_quantize(self, input: Any, scale: Any, output_type: Any) -> Any:
            return super().add_quantize(input, scale, output_type)

        def add_dequantize(self, input: Any, scale: Any, output_type: Any) -> Any:
            return super().add_dequantize(input, scale, output_type)

    def builder(_logger: object) -> types.SimpleNamespace:
        return types.SimpleNamespace(
            create_network=lambda flags=0: Network11(),
            create_builder_config=lambda: types.SimpleNamespace(clear_flag=lambda flag: None),
            build_serialized_network=lambda network, config: network,
        )

    def runtime(_logger: object) -> types.SimpleNamespace:
        return types.SimpleNamespace(
            deserialize_cuda_engine=lambda network: types.SimpleNamespace(
                create_execution_context=lambda: Context(network)
            )
        )

    trt.Logger = type("Logger", (), {"ERROR": 1, "__init__": lambda self, level: None})
    trt.Builder, trt.Runtime = builder, runtime
    trt.NetworkDefinitionCreationFlag = types.SimpleNamespace(STRONGLY_TYPED=1)
    trt.BuilderFlag = types.SimpleNamespace(TF32=7)
    trt.DataType, trt.Weights = cv.DataType, cv.Weights
    trt.PaddingMode = types.SimpleNamespace(**{m.name: m for m in PaddingMode if not m.is_caffe})
    cupy.asarray, cupy.ndarray = Array, Array
    cupy.empty = lambda shape, dtype: Array(np.empty(shape, dtype))
    cupy.cuda = types.SimpleNamespace(
        Stream=lambda: types.SimpleNamespace(ptr=0, synchronize=lambda: None)
    )
    return trt, cupy


# What a framework cannot express is said


@pytest.mark.parametrize(
    ("name", "framework", "words"),
    [
        ("asymmetric padding", "pytorch", "pads both sides alike"),
        ("rounded up", "pytorch", "always rounds the size down"),
        ("rounded up", "onnx", "always rounds the size down"),
        ("SAME_LOWER, stride 2, dilation 1", "pytorch", "stride 1 only"),
        ("same ignores padding", "onnx", "ONNX Runtime refuses it beside a dilation"),
        ("two batch axes", "pytorch", "one batch axis"),
        ("two batch axes", "onnx", "one batch axis"),
        ("caffe", "tensorrt", "gone since TensorRT 10"),
        ("same ignores padding", "tensorrt", "are ignored"),
        ("int8", "pytorch", "takes no int8"),
        ("dynamic", "tensorrt", "wants an optimization profile"),
    ],
)
def test_the_program_says_what_the_framework_cannot(name, framework, words) -> None:
    comments = " ".join(
        line.removeprefix("# ")
        for line in LAYERS[name]().code(framework).splitlines()
        if line.startswith("#")
    )
    assert words in comments


def test_a_plain_layer_needs_no_excuse() -> None:
    layer = document_layer("initial_example", {})
    for framework in ("tensorrt", "pytorch", "onnx"):
        lines = layer.code(framework).splitlines()
        assert [n for n, line in enumerate(lines) if line.startswith("#")] == [0], "its versions"


# Form


@pytest.mark.parametrize("framework", ["tensorrt", "pytorch", "onnx"])
def test_a_large_layer_is_a_short_program(framework: str) -> None:
    layer = make_layer((1, 64, 28, 28), 64, (3, 3))
    code = layer.code(framework)
    ast.parse(code)
    assert len(code) < 3000
    assert f'layer.code("{framework}").save("layer.py")' in code
    assert layer.kernel.size > MOST_NUMBERS


@pytest.mark.parametrize("through_int8", [True, False])
@pytest.mark.parametrize("framework", ["tensorrt", "onnx"])
def test_large_weights_that_a_tensor_brings_are_saved_with_the_program(
    framework: str, through_int8: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    modules: dict[str, Any] = {}
    if framework == "tensorrt":
        modules["tensorrt"], modules["cupy"] = stand_ins()
    else:
        pytest.importorskip("onnx", reason="onnx is not installed")
        pytest.importorskip("onnxruntime", reason="ONNX Runtime is not installed")
    layer = quantized(0.02, through_int8=through_int8, maps=32)
    layer.code(framework).save(tmp_path / "layer.py")
    monkeypatch.chdir(tmp_path)
    ours, slack = expected(layer)
    theirs = execute((tmp_path / "layer.py").read_text(encoding="utf-8"), **modules)
    np.testing.assert_allclose(theirs, ours, rtol=0, atol=slack)


@pytest.mark.parametrize("framework", ["tensorrt", "pytorch", "onnx"])
def test_values_that_are_not_finite_are_written_as_numpy_has_them(framework: str) -> None:
    network = cv.Network()
    x = network.add_input("x", cv.DataType.FLOAT, (1, 1, 1, 4))
    layer = network.add_convolution_nd(x, 1, (1, 1), [1])
    code = layer.code(framework, np.float32([1, np.nan, np.inf, -np.inf]).reshape(1, 1, 1, 4))
    [line] = [line for line in code.splitlines() if line.startswith("x = np.array")]
    values = eval(line.removeprefix("x = "), {"np": np})
    np.testing.assert_array_equal(values.reshape(-1), np.float32([1, np.nan, np.inf, -np.inf]))


def test_onnx_has_no_auto_pad_where_runtimes_disagree() -> None:
    code = make_layer(
        (1, 1, 1, 9), 1, (1, 1), stride_nd=(1, 5), padding_mode=PaddingMode.SAME_UPPER
    ).code("onnx")
    assert "auto_pad=" not in code.replace("# ONNX has auto_pad=", "")
    assert "runtimes disagree" in code.replace("\n# ", " ")


@pytest.mark.parametrize("value", ["torch", None, 3])
def test_an_unknown_framework_is_refused_by_name(value: object) -> None:
    with pytest.raises(cv.ArgumentError, match="'onnx', 'pytorch', 'tensorrt'") as error:
        document_layer("initial_example", {}).code(value)
    assert error.value.parameter == "framework"


def test_a_notebook_shows_it_as_python() -> None:
    code = document_layer("stride", {"stride_nd": (2, 2)}).code("pytorch")
    assert code._repr_markdown_() == f"```python\n{code}\n```"
    assert "stride=(2, 2)" in code


def test_the_notebooks_arrays_take_a_line_each() -> None:
    lines = (
        document_layer("initial_example", {}).code("pytorch", cv.examples.counting()).splitlines()
    )
    block = "[[1, 2, 3], [4, 5, 6], [7, 8, 9]]"
    assert f"x = np.tile(np.array({block}, np.float32), (1, 1, 2, 3))" in lines
    assert lines.index("    10, 1, 0.1,") < 10
    assert len(lines) < 20
