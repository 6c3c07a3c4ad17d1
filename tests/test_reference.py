"""The eleven sections of the reference document, run with ``trt`` bound to convviz.

Every section's lines between TensorRT's builder prelude and its engine epilogue stand here as text
and are executed; where a section shows several values of a parameter, its lines run with each. What
comes out is compared with what TensorRT printed, number by number as text.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import convviz

TABLES = json.loads((Path(__file__).parent / "data" / "seed_tables.json").read_text())

CONVOLUTION = "network.add_convolution_nd(inputT0, cOut, (hW, wW), weight, bias)"
INPUT = "inputT0 = network.add_input('inputT0', trt.DataType.FLOAT, (nIn, cIn, hIn, wIn))"

# Each section's lines; {value} stands for the value of the parameter that the section is about.
SECTIONS = {
    "initial_example": f"""
convolutionLayer = {CONVOLUTION}
""",
    "placeholder": """
placeHolder = np.zeros(1, dtype=np.float32)
convolutionLayer = network.add_convolution_nd(inputT0, 1, (1, 1), placeHolder)
convolutionLayer.num_output_maps = cOut
convolutionLayer.kernel_size_nd = (hW, wW)
convolutionLayer.kernel = weight
convolutionLayer.bias = bias
""",
    "stride": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.stride_nd = {{stride_nd}}
""",
    "padding": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.padding_nd = {{padding_nd}}
""",
    "pre_padding": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.pre_padding = {{pre_padding}}
""",
    "post_padding": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.post_padding = {{post_padding}}
""",
    "padding_mode": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.stride_nd = {{stride_nd}}
convolutionLayer.padding_mode = trt.PaddingMode.{{padding_mode}}
""",
    "dilation": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.dilation_nd = {{dilation_nd}}
""",
    "num_groups": f"""
convolutionLayer = {CONVOLUTION}
convolutionLayer.num_groups = nGroup
""",
    "3d_convolution": """
inputT0 = network.add_input('inputT0', trt.DataType.FLOAT, (nIn, 1, cIn, hIn, wIn))
convolutionLayer = network.add_convolution_nd(inputT0, cOut, weight.shape, weight, bias)
""",
    "set_input": """
constantLayer0 = network.add_constant([], np.array([1], dtype=np.float32))
constantLayer1 = network.add_constant([], np.array([1], dtype=np.float32))
weightLayer = network.add_constant([cOut, cIn, hW, wW], weight)

quantizeLayer0 = network.add_quantize(inputT0, constantLayer0.get_output(0))
quantizeLayer0.axis = 0
dequantizeLayer0 = network.add_dequantize(quantizeLayer0.get_output(0), constantLayer1.get_output(0))
dequantizeLayer0.axis = 0
quantizeLayer1 = network.add_quantize(weightLayer.get_output(0), constantLayer0.get_output(0))
quantizeLayer1.axis = 0
dequantizeLayer1 = network.add_dequantize(quantizeLayer1.get_output(0), constantLayer1.get_output(0))
dequantizeLayer1.axis = 0

convolutionLayer = network.add_convolution_nd(dequantizeLayer0.get_output(0), cOut, (hW, wW), trt.Weights())
convolutionLayer.set_input(1, dequantizeLayer1.get_output(0))
""",  # noqa: E501
}


def names_of(section: str) -> dict[str, object]:
    """What the lines of a section find defined: sizes, arrays, the network and ``trt``."""
    channels = 2 if section in ("num_groups", "3d_convolution") else 1
    groups = 2 if section == "num_groups" else 1
    digits = np.arange(1, 10, dtype=np.float32).reshape(3, 3)
    weight = np.power(10, range(4, -5, -1), dtype=np.float32)
    weight = weight if section == "num_groups" else weight.reshape(1, 3, 3)
    if channels == 2:  # flat for the groups, two slices of a 3-D kernel for the 3-D section
        weight = np.concatenate([weight, -weight], 0)
    return {
        "np": np,
        "trt": convviz,
        "network": convviz.Network(),
        "nIn": 1,
        "cIn": channels,
        "hIn": 6,
        "wIn": 9,
        "nGroup": groups,
        "cOut": groups,
        "hW": 3,
        "wW": 3,
        "data": np.tile(digits, (channels, 2, 3)).reshape(channels, 6, 9),
        "weight": weight,
        "bias": np.zeros(groups, dtype=np.float32),
    }


def execute(section: str, parameters: dict[str, object]) -> dict[str, object]:
    """Run a section's lines and return all names they leave."""
    names = names_of(section)
    values = {k: tuple(v) if isinstance(v, list) else v for k, v in parameters.items()}
    lines = SECTIONS[section].format(**values)
    if "inputT0 =" not in lines:
        lines = f"{INPUT}\n{lines}"
    exec(f"{lines}\nnetwork.mark_output(convolutionLayer.get_output(0))", names)
    return names


def printed(array: np.ndarray) -> list[str]:
    """The numbers as ``print`` writes them after set_printoptions(precision=8, suppress=True)."""
    text = np.array2string(array, precision=8, suppress_small=True, threshold=array.size + 1)
    return text.replace("[", " ").replace("]", " ").split()


def assert_printed_as(output: np.ndarray, table: dict) -> None:
    assert list(output.shape) == table["output_shape"]
    expected = [number for row in table["rows"] for number in row]
    if "note" in table:  # exact decimals: the nearest float32 or the one beside it
        nearest = np.array(expected, np.float64).astype(np.float32).reshape(output.shape)
        np.testing.assert_array_max_ulp(output, nearest, 1)
    else:
        assert printed(output) == expected


def name_of(table: dict) -> str:
    return "-".join([table["section"], *(str(value) for value in table["parameters"].values())])


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_a_section_prints_what_tensorrt_printed(table: dict) -> None:
    names = execute(table["section"], table["parameters"])
    output_name = names["convolutionLayer"].get_output(0).name
    outputs = names["network"].run({"inputT0": names["data"]})
    assert list(outputs) == [output_name]
    assert_printed_as(outputs[output_name], table)


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_a_section_takes_the_flat_buffer_that_the_document_copies(table: dict) -> None:
    names = execute(table["section"], table["parameters"])
    buffer = np.ascontiguousarray(names["data"].reshape(-1))
    (output,) = names["network"].run({"inputT0": buffer}).values()
    assert_printed_as(output, table)


@pytest.mark.parametrize("table", TABLES, ids=name_of)
def test_a_section_knows_its_output_shape_before_it_runs(table: dict) -> None:
    names = execute(table["section"], table["parameters"])
    assert list(names["convolutionLayer"].get_output(0).shape) == table["output_shape"]


def test_parameters_set_after_a_placeholder_give_the_first_section() -> None:
    names = execute("placeholder", {})
    (output,) = names["network"].run({"inputT0": names["data"]}).values()
    (table,) = [table for table in TABLES if table["section"] == "initial_example"]
    assert_printed_as(output, table)
    first = execute("initial_example", {})
    (same,) = first["network"].run({"inputT0": first["data"]}).values()
    assert output.tobytes() == same.tobytes()


def test_every_section_of_the_document_is_here() -> None:
    assert len(SECTIONS) == 11
    assert {table["section"] for table in TABLES} == set(SECTIONS) - {"placeholder"}
    assert len(TABLES) == 25


def test_the_set_input_section_sums_integers() -> None:
    names = execute("set_input", {})
    layer, network = names["convolutionLayer"], names["network"]
    quantization = network.evaluate(layer, {"inputT0": names["data"]}).quantization
    assert quantization.kernel.ravel().tolist() == [127, 127, 100, 10, 1, 0, 0, 0, 0]
    assert quantization.sums.dtype == np.int32
    assert quantization.sums[0, 0, 0, 0] == 127 * 1 + 127 * 2 + 100 * 3 + 10 * 4 + 1 * 5
