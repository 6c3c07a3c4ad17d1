"""The tables and curves of the notebooks say what geometry and the layers say."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest

import convviz as cv
from convviz.parameters import PaddingMode


def test_the_odd_zero_goes_after_for_upper_and_before_for_lower() -> None:
    modes = [PaddingMode.SAME_UPPER, PaddingMode.SAME_LOWER]
    rows = cv.sizes(224, 225, kernel=7, stride=2, modes=modes).rows
    assert rows == [
        ("SAME_UPPER", "224", "2", "3", "0", "112"),
        ("SAME_UPPER", "225", "3", "3", "0", "113"),
        ("SAME_LOWER", "224", "3", "2", "0", "112"),
        ("SAME_LOWER", "225", "3", "3", "0", "113"),
    ]


def test_all_modes_stand_side_by_side() -> None:
    table = cv.sizes(4, kernel=3, stride=2, pre_padding=1)
    assert [row[0] for row in table.rows] == [mode.name for mode in PaddingMode]
    assert {row[0]: row[-2:] for row in table.rows}["EXPLICIT_ROUND_UP"] == ("1", "3")
    assert {row[0]: row[-2:] for row in table.rows}["EXPLICIT_ROUND_DOWN"] == ("0", "2")
    assert table._repr_html_().count("<tr>") == 7
    assert str(table).count("\n") == 6


@pytest.mark.parametrize(
    ("arguments", "parameter"),
    [
        ({"kernel": 0}, "kernel"),
        ({"kernel": 3, "stride": 0}, "stride"),
        ({"kernel": 3, "pre_padding": -1}, "pre_padding"),
        ({"kernel": 30}, "kernel_size_nd"),
    ],
)
def test_a_size_that_cannot_be_is_refused_by_name(arguments, parameter) -> None:
    with pytest.raises(cv.ArgumentError) as error:
        cv.sizes(9, **arguments)
    assert error.value.parameter == parameter


def test_a_chart_is_an_image() -> None:
    chart = cv.quantization_error(cv.examples.counting(), cv.examples.blur(), least=1e-3, most=1)
    assert chart._repr_png_().startswith(b"\x89PNG")


def test_the_error_is_least_near_the_smallest_scale_without_saturation() -> None:
    data, kernel = cv.examples.counting(), cv.examples.blur()
    chart = cv.quantization_error(data, kernel, least=1e-5, most=1)
    best = chart.data["scale"][chart.data["error"].argmin()]
    assert 0.5 < best / cv.scale_for(kernel) < 20
    assert chart.data["error"][-1] == 1  # every weight became 0
    with pytest.raises(cv.ArgumentError, match="least"):
        cv.quantization_error(data, kernel, least=1, most=0.1)


@pytest.mark.parametrize("scales", [{}, {"input_scale": 2, "kernel_scale": 3}])
def test_a_layer_and_its_data_give_what_their_arrays_give(scales: dict[str, float]) -> None:
    data, kernel, bias = cv.examples.counting(), cv.examples.filters(), [1, 2, 3, 4]
    layer = cv.explore(data, kernel, bias, stride_nd=(2, 2), **scales).layer
    scale = scales.get("input_scale")
    arrays = {"bias": bias, "stride_nd": (2, 2), "input_scale": scale}
    for make in (partial(cv.quantization_error, least=0.01, most=1), cv.per_channel):
        ours, theirs = make(layer, data), make(data, kernel, **arrays)
        assert _numbers(ours).tobytes() == _numbers(theirs).tobytes()
    assert str(cv.rounding(layer, data)) == str(cv.rounding(data=data, layer=layer))


def _numbers(result: object) -> np.ndarray:
    return result.own_error if hasattr(result, "own_error") else result.data["error"]


def test_single_numbers_through_int8() -> None:
    table = cv.quantize([0.5, 1.5, 2.5, -0.5, 1e4, -1e4, 0.1])
    assert table.integers.tolist() == [0, 2, 2, 0, 127, -128, 0]
    assert table.rows[4] == ("10000", "10000", "127", "127", "-9873")
    assert "value / scale" in table._repr_html_()
    with pytest.raises(cv.ArgumentError, match="scale"):
        cv.quantize([1], 0)


def test_a_map_of_zeros_has_no_largest_weight() -> None:
    table = cv.per_channel(np.ones((6, 9)), np.stack([np.ones((1, 3, 3)), np.zeros((1, 3, 3))]))
    assert table.largest.tolist() == [1, 0]


def test_at_the_scale_for_values_nothing_saturates_and_the_largest_is_127() -> None:
    kernel = cv.examples.filters()
    assert cv.scale_for(cv.examples.powers_of_ten()) == 78.74016
    assert cv.quantize(kernel, cv.scale_for(kernel)).integers.max() == 127
    scales = cv.scale_for(kernel, axis=0)
    assert scales.dtype == np.float32
    assert scales * 127 == pytest.approx([1 / 9, 8, 5, 2])
    assert cv.scale_for([0, 0]) == 1


def test_a_scale_for_each_map_helps_the_map_of_small_weights() -> None:
    table = cv.per_channel(cv.examples.counting(), cv.examples.filters(), input_scale=1)
    blur, edges = table.rows[0], table.rows[1]
    assert table.shared_error[0] > 0.1
    assert table.own_error[0] < 1e-6
    assert blur[-1] == "below 0.01%"
    assert edges[3] == edges[5]  # it has the largest weight, so both scales are the same
    assert table._repr_html_().count("<tr>") == 5


def test_several_maps_over_a_volume_have_an_error_each() -> None:
    kernel = np.concatenate([cv.examples.edges_3d(), cv.examples.ones(size=(3, 3, 3)) / 27])
    table = cv.per_channel(cv.examples.sphere(), kernel)
    assert len(table.rows) == 2
    assert table.shared_error[1] == 1  # every weight of the mean became 0
    assert table.own_error[1] < 0.01
