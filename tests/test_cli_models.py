"""The command with models: the table, a layer of one, and what cannot be asked of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from convviz.cli import DONE, REFUSED, main

onnx = pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
from onnx import TensorProto, helper, numpy_helper  # noqa: E402  (skipped without it)


@pytest.fixture
def net(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.chdir(tmp_path)
    ones = np.ones((2, 2, 3, 3), np.float32)
    graph = helper.make_graph(
        [
            helper.make_node("Conv", ["x", "w"], ["h"], name="first", pads=[1, 1, 1, 1]),
            helper.make_node("ConvTranspose", ["h", "w"], ["u"], name="up"),
            helper.make_node("Conv", ["u", "w"], ["y"], name="3", strides=[2, 1]),
        ],
        "net",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2, "h", 9])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, None)],
        [numpy_helper.from_array(ones, "w")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.save_model(model, "net.onnx")
    np.save("x.npy", np.arange(90.0).reshape(1, 2, 5, 9))
    return "net.onnx"


def test_the_table_has_a_line_for_each_and_the_reasons(net: str, capsys) -> None:
    assert main(["model", net]) == DONE
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("net.onnx: 2 convolutions.")
    assert lines[0].endswith("convviz draw layer.svg --model net.onnx --layer first")
    rows = {line.split()[1]: line.split() for line in lines if line.split()[:1] in (["0"], ["1"])}
    expected = "Conv 2×?×9 2×2×3×3 2×?×9 1 1 1 1 36 — 3×3"
    assert rows["first"][2:] == expected.split()
    assert rows["3"][6:8] == ["2×1", "0"]
    assert any(line.startswith("  up (ConvTranspose): a transposed") for line in lines)


@pytest.mark.parametrize("feeds", [["x=x.npy"], ["random"], ["x=random"]])
def test_the_table_of_a_run(net: str, feeds: list[str], capsys) -> None:
    arguments = [f"--feeds={each}" for each in feeds]
    if "random" in feeds[0]:
        arguments.append("--shape=x=1x2x5x9")
    assert main(["model", net, *arguments]) == DONE
    out = capsys.readouterr().out
    assert "2×7×11" in out  # what came out of the transposed one
    assert "3,024 multiply-adds in all" not in out
    assert "—" not in out.splitlines()[3]


@pytest.mark.parametrize("layer", ["0", "first", "3", "-1"])
def test_a_layer_of_a_model_is_drawn(net: str, layer: str, capsys) -> None:
    assert main(["draw", "a.svg", "--model", net, f"--layer={layer}", "--feeds", "x=x.npy"]) == DONE
    out = capsys.readouterr().out
    expected = "5×9" if layer in ("0", "first") else "7×11"  # "3" is the name of the second
    assert f"input 1×2×{expected}" in out
    assert Path("a.svg").stat().st_size > 1000


def test_a_parameter_besides_changes_the_layer(net: str, capsys) -> None:
    assert main(["page", "a.html", "--model", net, "--layer", "0", "--stride-nd", "2"]) == DONE
    assert main(["draw", "a.svg", "--model", net, "--layer", "0", "--stride-nd", "2"]) == DONE
    assert "stride_nd = (2, 2)" in capsys.readouterr().out
    film = ["film", "a.gif", "--model", net, "--layer", "0", "--steps", "0:2", "--quiet"]
    assert main(film) == DONE


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["model", "no.onnx"], "model: got 'no.onnx'"),
        (["model", "x.npy"], "model: got 'x.npy', which onnx cannot read"),
        (["model", "net.onnx", "--feeds", "x"], "feeds: got 'x'"),
        (["model", "net.onnx", "--feeds", "z=x.npy"], "feeds: got 'z'"),
        (["model", "net.onnx", "--feeds", "x=no.npy"], "file: got 'no.npy'"),
        (["model", "net.onnx", "--feeds", "random"], "shape: got nothing for 'x'"),
        (["model", "net.onnx", "--shape", "x=1x2"], "shape: got"),
        (["model", "net.onnx", "--feeds", "random", "--shape", "x=1xx"], "shape: got '1xx'"),
        (["draw", "a.svg", "--model", "net.onnx"], "layer: got nothing"),
        (["draw", "a.svg", "--model", "net.onnx", "--layer", "9"], "layer: got 9"),
        (["draw", "a.svg", "--model", "net.onnx", "--layer", "up"], "layer: got 'up' (ConvTr"),
        (["draw", "a.svg", "--layer", "1"], "layer: got --layer without --model"),
        (["draw", "a.svg", "--feeds", "random"], "feeds: got --feeds without --model"),
        (
            ["draw", "a.svg", "--model", "net.onnx", "--layer", "0", "--input", "6x9"],
            "input: got --input together with --model",
        ),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(
    net: str, arguments: list[str], words: str, capsys
) -> None:
    assert main(arguments) == REFUSED
    said = capsys.readouterr().err
    assert said.startswith(f"convviz: {words}")
    assert said.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--shape", "x=1x2x9x8"], "shape: got --shape without --feeds"),
        (["--feeds", "y=random"], "Write --feeds x=photo.png or --feeds x=random"),
        (["--feeds", "random", "--shape", "y=1x2"], "Write --shape x=1x3x224x224"),
    ],
)
def test_a_command_is_refused_in_options(
    net: str, options: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["model", net, *options]) != DONE
    assert words in capsys.readouterr().err
