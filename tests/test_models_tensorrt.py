"""Layers out of TensorRT networks and engines' descriptions, by stand-ins for its classes.

The library itself is not here: the attributes are those of its Python interface (IConvolutionLayer,
ILayer, ITensor), the description is written after the Developer Guide's example.
"""

from __future__ import annotations

import enum
import json
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import numpy as np
import pytest

import convviz as cv
from convviz.errors import ArgumentError


def network() -> cv.Network:
    net = cv.Network("net")
    x = net.add_input("x", cv.DataType.FLOAT, (1, 4, 9, 9))
    kernel = np.arange(4 * 2 * 3 * 3, dtype=np.float32)
    layer = net.add_convolution_nd(x, 4, (3, 3), kernel, np.ones(4))
    layer.num_groups, layer.stride_nd, layer.padding_mode = 2, (2, 1), "SAME_LOWER"
    layer.name = "first"
    second = net.add_convolution_nd(layer.get_output(0), 2, (1, 1), cv.Weights())
    second.name = "second"
    weights = net.add_constant((2, 4, 1, 1), np.ones(8)).get_output(0)
    second.set_input(1, weights)
    return net


def test_this_packages_own_network() -> None:
    net = network()
    first, second = cv.from_tensorrt(net)
    assert first.name == "first"
    assert first.kernel_shape == (4, 2, 3, 3)
    axes = net.get_layer(0).geometry().axes
    assert first.padding == tuple((axis.pre, axis.post) for axis in axes)
    data = np.ones((1, 4, 9, 9))
    expected = net.evaluate(net.get_layer(0), {"x": data}).output
    assert np.array_equal(cv.explore(first, data).scene.output, expected[0])
    assert second.kernel is None
    with pytest.raises(ArgumentError, match=r"^kernel: got 'second'"):
        cv.explore(second)


class LayerType(enum.Enum):
    CONVOLUTION = 0
    ACTIVATION = 2
    DECONVOLUTION = 7


class PaddingMode(enum.Enum):
    EXPLICIT_ROUND_DOWN = 0
    SAME_UPPER = 2


class Layer:
    """As get_layer gives it: an ILayer, whose own attributes come with its class."""

    def __init__(self, name: str, type: LayerType) -> None:
        self.name, self.type = name, type

    def get_input(self, index: int) -> object:
        return SimpleNamespace(name="x", shape=(-1, 3, -1, 8))


class ConvolutionLayer(Layer):
    num_output_maps = 2
    kernel_size_nd = (3, 3)
    stride_nd = (2, 2)
    dilation_nd = (1, 1)
    pre_padding = (1, 0)
    post_padding = (0, 1)
    padding_mode = PaddingMode.EXPLICIT_ROUND_DOWN
    num_groups = 1
    kernel = np.ones(54, np.float16)
    bias = np.ones(2, np.float16)


def test_a_network_of_the_librarys_names(monkeypatch: pytest.MonkeyPatch) -> None:
    tensorrt = ModuleType("tensorrt")
    tensorrt.IConvolutionLayer = ConvolutionLayer  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "tensorrt", tensorrt)
    layers = [
        Layer("conv", LayerType.CONVOLUTION),
        Layer("relu", LayerType.ACTIVATION),
        Layer("up", LayerType.DECONVOLUTION),
        Layer("conv", LayerType.CONVOLUTION),
    ]
    source = SimpleNamespace(num_layers=4, get_layer=lambda n: layers[n], name="net")
    found = cv.from_tensorrt(source)
    assert [each.name for each in found] == ["conv", "conv (2)"]
    assert [each.name for each in found.not_shown] == ["up"]
    first = found[0]
    assert first.input_shape == (-1, 3, -1, 8)
    assert first.kernel.shape == (2, 3, 3, 3)
    assert first.bias.dtype == np.float32
    assert first.layer.pre_padding == (1, 0)
    assert type(layers[0]) is Layer  # as it was
    assert cv.explore(first).layer is first.layer


DESCRIPTION = {
    "Layers": [
        {
            "Name": "Conv_0 + Relu_1",
            "LayerType": "CaskConvolution",
            "Inputs": [
                {
                    "Name": "data",
                    "Dimensions": [16, 3, 224, 224],
                    "Format/Datatype": "Thirty-two wide channel vectorized row major Int8 format",
                }
            ],
            "Outputs": [{"Name": "r", "Dimensions": [16, 64, 112, 112]}],
            "ParameterType": "Convolution",
            "Kernel": [7, 7],
            "PaddingMode": "kEXPLICIT_ROUND_DOWN",
            "PrePadding": [3, 3],
            "PostPadding": [3, 3],
            "Stride": [2, 2],
            "Dilation": [1, 1],
            "OutMaps": 64,
            "Groups": 1,
            "Weights": {"Type": "Int8", "Count": 9408},
            "Bias": {"Type": "Float", "Count": 64},
            "Activation": "RELU",
        },
        {"Name": "pool", "LayerType": "CaskPooling", "ParameterType": "Pooling"},
        {"Name": "Up", "LayerType": "CaskDeconvolutionV2", "ParameterType": "Deconvolution"},
        {"Name": "Short", "LayerType": "CaskConvolution"},
    ],
    "Bindings": ["data", "r"],
}


@pytest.mark.parametrize("form", ["dict", "text", "path"])
def test_an_engines_description(form: str, tmp_path: Path, capsys) -> None:
    path = tmp_path / "engine.json"
    path.write_text(json.dumps(DESCRIPTION))
    source = {"dict": DESCRIPTION, "text": path.read_text(), "path": path}[form]
    model = cv.from_tensorrt(source)
    [found] = model
    assert found.name == "Conv_0 + Relu_1"
    assert found.kernel_shape == (64, 3, 7, 7)
    assert found.padding == ((3, 3), (3, 3))
    assert found.geometry.output_shape == (16, 64, 112, 112)
    assert found.multiply_adds == 16 * 64 * 112 * 112 * 147
    assert found.rectified
    assert found.kernel is None
    assert found.data is None
    assert {each.name for each in model.not_shown} == {"Up", "Short"}
    assert "holds no weights" in repr(model)
    with pytest.raises(ArgumentError, match=r"^kernel: got 'Conv_0 \+ Relu_1', of which only"):
        cv.explore(found)
    found._ipython_display_()
    shown = capsys.readouterr().out.splitlines()
    assert shown[0] == "<Convolution 'Conv_0 + Relu_1' Convolution 64×3×7×7>"
    assert shown[1].startswith("kernel: got 'Conv_0 + Relu_1'")


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (3, "source: got 3"),
        ("no.json", "source: got 'no.json'"),
        ("{", "source: got '{'"),
        ("[" * 100_000, "source: got"),
        ({}, "source: got a description without a list of Layers"),
        ({"Layers": 3}, "source: got a description without a list of Layers"),
        ({"Layers": ["Conv_0", "Relu_1"]}, "source: got a description of layers' names alone"),
    ],
)
def test_what_is_neither(source: object, words: str) -> None:
    with pytest.raises(ArgumentError) as refusal:
        cv.from_tensorrt(source)
    assert str(refusal.value).startswith(words)
    assert len(str(refusal.value)) < 500
